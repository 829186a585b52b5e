// Package language senses what short texts of the networks are: their language, whether they speak two of them, how hard
// their Spanish is to read, what a message from the public is, and which posts say the same in two languages.
//
//	Detect(text) (tag, confidence)   the language of a text; "" where it cannot be told
//	Parts(text), Spoken(text)        the language of each sentence; the languages that a post really speaks
//	Read(text) Reading               words, sentences and syllables of Spanish; Fernández Huerta, Szigriszt, INFLESZ
//	Kind(text)                       query, complaint, incident, thanks, other; "" where it cannot be told
//	Twins(posts, Options) []Match    for each post the one that says the same in the other official language
//
// Everything is a pure function of the text: no clock, no network, no state but the tables that are built once from the
// lists in lexicon, which were written for this package. Nothing is kept of a text.
//
// How well it does is measured by its tests and published in docs/senses.md.
package language
