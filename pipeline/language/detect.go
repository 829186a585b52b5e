package language

import "math"

// The languages that Detect tells apart. The three of the reports come first; the others are there so that a foreign text
// is not forced into Spanish. Catalan and Valencian are one language here: a post cannot tell them apart.
var tags = [...]string{"es", "ca", "en", "gl", "eu", "fr", "pt", "it", "de"}

const languages = len(tags)

// prior is what is expected of an institution in Spain before a word is read.
var prior = [languages]float64{0.30, 0.30, 0.14, 0.06, 0.06, 0.05, 0.03, 0.03, 0.03}

// Sure is the confidence from which Detect names a language.
const Sure = 0.90

// row holds something for each language.
type row [languages]float32

// Detect tells the language of a text as a BCP 47 tag among es, ca (Catalan and Valencian alike), en, gl, eu, fr, pt, it
// and de, and how sure that is, from 0 to 1. The tag is empty where it is not [Sure]: too little text, names only
// or another language; the confidence is then that of the best guess. A text in two languages is told by its greater part,
// if at all: [Spoken] sees both.
func Detect(text string) (tag string, confidence float64) {
	v := weigh(text)
	best, p := v.best()
	if best < 0 || p < Sure {
		return "", p
	}
	return tags[best], p
}

// evidence is what the words of a text say together.
type evidence struct {
	score   row     // the sum of the words, 0 at most for each word
	words   int     // of the running text
	weight  float64 // of all that counted
	known   [languages]uint16
	foreign int // letters of other alphabets
	letters int
}

// How much a word counts, whose letters alone speak where no list has it.
const (
	letterLimit = 2.0 // how far an unknown word may speak against a language

	tagWeight     = 0.25 // of a hashtag's word
	nameWeight    = 0.20 // of an unknown word with a capital, probably a name
	unknownWeight = 0.65 // of an unknown word

	spread = 10 // words after which the evidence grows slower: words of one text are not independent
)

func weigh(text string) evidence {
	m := model()
	var v evidence
	s := scanner{text: text}
	shout := isShouted(text)
	var letters row
	for s.next() {
		v.letters += s.length
		word := s.word()
		at, ok := m.words[string(word)]
		if s.glued {
			if hung, found := m.words[string(s.hung())]; found {
				at, ok = hung, true
			}
		}
		if ok {
			w := 1.0
			if s.tag {
				w = tagWeight
			} else {
				v.words++
			}
			e := &m.entries[at]
			for i := range v.score {
				v.score[i] += float32(w) * e.score[i]
				if e.in&(1<<i) != 0 && !s.tag {
					v.known[i]++
				}
			}
			v.weight += w
			continue
		}
		if s.elided || s.length < 2 || isLaughter(word) {
			continue
		}
		w := unknownWeight
		switch {
		case s.tag:
			w = tagWeight * nameWeight
		case !shout && s.capital:
			w = nameWeight
		default:
			v.words++
		}
		m.spell(word, &letters)
		top := letters[0]
		for _, l := range letters[1:] {
			top = max(top, l)
		}
		for i, l := range letters {
			v.score[i] += float32(w) * max(l-top, -letterLimit)
		}
		v.weight += w
	}
	v.foreign = s.foreign
	return v
}

// best is the likeliest language and its probability; -1 where the text says nothing.
func (v *evidence) best() (int, float64) {
	if v.weight == 0 || v.foreign > v.letters {
		return -1, 0
	}
	temper := min(1, (spread+0.35*v.weight)/(spread+v.weight))
	top, sum := 0, 0.0
	var at row
	for i := range at {
		at[i] = float32(math.Log(prior[i])) + float32(temper)*v.score[i]
		if at[i] > at[top] {
			top = i
		}
	}
	for i := range at {
		sum += math.Exp(float64(at[i] - at[top]))
	}
	p := 1 / sum
	// A text of a known language has words that its list knows: the longer, the more.
	switch known := int(v.known[top]); {
	case known == 0, v.words >= 5 && 5*known < 2*v.words:
		p = min(p, 0.5)
	case v.words >= 3 && known == 1:
		p = min(p, 0.85+0.1*p)
	}
	return top, p
}

// isShouted tells whether a text is written in capitals, which then say nothing about names.
func isShouted(text string) bool {
	upper, lower := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		}
	}
	return upper > 2*lower
}

// isLaughter tells jajaja, hahaha, jejeje, hehehe, jiji, lol, mmm and the like from words: hardly two different letters.
func isLaughter(word []byte) bool {
	if len(word) < 3 {
		return false
	}
	a, b := word[0], byte(0)
	for _, c := range word[1:] {
		switch {
		case c == a || c == b:
		case b == 0:
			b = c
		default:
			return false
		}
	}
	return len(word) > 3 || b == 0
}
