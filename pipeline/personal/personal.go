// Package personal finds what identifies a person in short texts in Spanish, Valencian and English, and hides it: numbers
// of identity and bank accounts, telephones, mail addresses, plates and bank cards, as they are written in Spain.
//
//	Find(text) []Match      what was found and where, masked
//	Redact(text) string     the text with a mark in place of each, which Find finds again
//	Official{…}             the same, but for what an institution publishes of itself
//
// Numbers with a check letter or sum are told from others by it; telephones and plates, which have none, by what stands
// around them. How well that works is measured by the tests and published in docs/senses.md. Everything is a pure
// function of the text.
package personal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of personal data.
const (
	DNI   = "dni"   // number of identity of Spaniards, with its letter
	NIE   = "nie"   // number of identity of foreigners
	IBAN  = "iban"  // bank account
	Card  = "card"  // bank card
	Phone = "phone" // Spanish telephone, with or without +34; no service numbers such as 900 or 112
	Email = "email" // but those of offices, such as info@
	Plate = "plate" // of a vehicle, those by provinces too
)

// Kinds lists them all.
var Kinds = []string{DNI, NIE, IBAN, Card, Phone, Email, Plate}

// Match is one piece of personal data in a text.
type Match struct {
	Kind     string
	From, To int    // in bytes
	Masked   string // what may be shown of it: nobody is identified by that
	Marked   bool   // it had been hidden already: From and To are those of the mark
}

// String is the match as evidence: its kind and what may be shown.
func (m Match) String() string { return m.Kind + " " + m.Masked }

// mark is how a match stands in a redacted text: ⟦dni ***4567**⟧.
func (m Match) mark() string { return markOpens + m.String() + markCloses }

// White square brackets are on no keyboard and in no language's orthography.
const markOpens, markCloses = "⟦", "⟧"

// Official is what an institution may publish: mail addresses on its domains and those below them, and its contacts,
// which are telephones, mail addresses and bank accounts, written in any way.
type Official struct{ Domains, Contacts []string }

// Find lists the personal data of a text, in order, marks of hidden ones included. Web addresses are not looked into.
func Find(text string) []Match { return Official{}.Find(text) }

// Redact puts a mark in place of personal data. What is redacted stays so: marks are left as they are.
func Redact(text string) string { return Official{}.Redact(text) }

// Redact is [Redact], leaving what is official.
func (o Official) Redact(text string) string {
	var b strings.Builder
	end := 0
	for _, m := range o.Find(text) {
		if !m.Marked {
			b.WriteString(text[end:m.From])
			b.WriteString(m.mark())
			end = m.To
		}
	}
	if end == 0 {
		return text
	}
	return b.String() + text[end:]
}

// Find is [Find], without what is official.
func (o Official) Find(text string) []Match {
	if !promising(text) {
		return nil
	}
	var found []Match
	last := 0       // where the match before ends; it says nothing about those that follow, since nothing of it is there in a redacted text
	inWord := false // the rune before belongs to a word
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if strings.HasPrefix(text[i:], markOpens) {
			if m, ok := parseMark(text, i); ok {
				found = append(found, m)
				i, last, inWord = m.To, m.To, false
				continue
			}
		}
		word := isWord(r)
		if (word || r == '+') && !inWord {
			if end := linkEnd(text, i); end > 0 {
				i = end
				continue
			}
			if m, ok := o.at(text[last:], i-last); ok {
				m.From, m.To = m.From+last, m.To+last
				if m.Masked != "" {
					found = append(found, m)
					last = m.To
				}
				i, inWord = m.To, m.Masked == ""
				continue
			}
		}
		inWord = word
		i += n
	}
	return found
}

// promising tells whether a text has enough figures, or a sign, to be worth a second look; most have not.
func promising(s string) bool {
	figures, row := 0, 0
	for i := range len(s) {
		c := s[i]
		if '0' <= c && c <= '9' {
			figures++
			if row++; row == 4 || figures == 7 {
				return true
			}
			continue
		}
		row = 0
		if c == '@' || c == markOpens[0] && strings.HasPrefix(s[i:], markOpens) {
			return true
		}
	}
	return false
}

// parseMark reads back what [Match.mark] wrote.
func parseMark(s string, from int) (Match, bool) {
	inside := s[from+len(markOpens):]
	end := strings.Index(inside, markCloses)
	if end < 0 {
		return Match{}, false
	}
	kind, masked, ok := strings.Cut(inside[:end], " ")
	if !ok || !slices.Contains(Kinds, kind) || !strings.Contains(masked, "*") {
		return Match{}, false
	}
	return Match{Kind: kind, From: from, To: from + len(markOpens) + end + len(markCloses), Masked: masked, Marked: true}, true
}

// linkEnd is where the web address ends that begins at i; 0 if none does.
func linkEnd(s string, i int) int {
	rest := s[i:]
	word := rest
	if end := strings.IndexFunc(rest, unicode.IsSpace); end >= 0 {
		word = rest[:end]
	}
	if strings.HasPrefix(word, "www.") || strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") {
		return i + len(word)
	}
	return 0
}

// finders are tried in turn where a word begins; the surer come first. Each answers where its match ends, the value that
// contacts are compared with, and what may be shown of it.
var finders = []struct {
	kind string
	find func(s string, i int) (to int, value, masked string)
}{
	{Email, email}, {IBAN, iban}, {NIE, nie}, {DNI, dni}, {Card, card}, {Phone, phone}, {Plate, plate},
}

// at is the match that begins at i. One that is official has nothing to be shown.
func (o Official) at(s string, i int) (Match, bool) {
	for _, f := range finders {
		to, value, masked := f.find(s, i)
		if to == 0 {
			continue
		}
		if o.allows(f.kind, value) {
			masked = ""
		}
		return Match{Kind: f.kind, From: i, To: to, Masked: masked}, true
	}
	return Match{}, false
}

func (o Official) allows(kind, value string) bool {
	if kind == Email {
		_, host, _ := strings.Cut(value, "@")
		for _, d := range o.Domains {
			if d = strings.ToLower(strings.Trim(d, " .")); d != "" && (host == d || strings.HasSuffix(host, "."+d)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(o.Contacts, func(c string) bool {
		switch kind {
		case Email:
			return strings.EqualFold(strings.TrimSpace(c), value)
		case Phone:
			c = figuresOf(c)
			return c[max(0, len(c)-9):] == value
		}
		return compact(c) == value
	})
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

func isFigure(c byte) bool { return '0' <= c && c <= '9' }

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }

func isASCIILetter(c byte) bool { return isCapital(c &^ 0x20) }

// ends tells whether no word goes on at i.
func ends(s string, i int) bool {
	if i >= len(s) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return !isWord(r)
}

// compact drops what people put into numbers to read them.
func compact(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, s))
}

func figuresOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
