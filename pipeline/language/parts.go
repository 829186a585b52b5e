package language

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Part is a sentence or line of a text and its language.
type Part struct {
	Text       string // as written, without the blanks around it
	Language   string // as Detect tells it; empty: not told
	Confidence float64
	Words      int // of the running text: no links, handles, hashtags or numbers
}

// Parts splits a text by lines, sentences, bars and emoji, and tells the language of each part, so that a post in two
// languages can be seen: "Obrim dilluns / Abrimos el lunes". Short parts are often not
// told; a link, a hashtag or a date alone is a part without words.
func Parts(text string) []Part {
	var parts []Part
	for _, t := range split(text, true) {
		v := weigh(t)
		p := Part{Text: t, Words: v.words}
		best, confidence := v.best()
		p.Confidence = confidence
		if best >= 0 && confidence >= Sure {
			p.Language = tags[best]
		}
		parts = append(parts, p)
	}
	return parts
}

// Spoken lists the languages that a text really speaks, in the order of their first part: each needs a part of at least
// two words. A post that says the same in both official languages speaks es and ca.
func Spoken(text string) []string {
	var spoken []string
	for _, p := range Parts(text) {
		if p.Language != "" && p.Words >= 2 && !slices.Contains(spoken, p.Language) {
			spoken = append(spoken, p.Language)
		}
	}
	return spoken
}

// Sentences splits a text into its lines and sentences. A point ends one only where a blank follows, so that addresses and
// numbers stay whole, and not after an abbreviation or an initial.
func Sentences(text string) []string { return split(text, false) }

// split is sentences; fine also splits at bars, bullets and emoji, which part the languages of a post.
func split(text string, fine bool) []string {
	var parts []string
	begin := 0
	cut := func(end, next int) {
		if t := strings.TrimSpace(text[begin:end]); t != "" {
			parts = append(parts, t)
		}
		begin = next
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		next := i + n
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			cut(i, next)
		case r == '.' || r == '!' || r == '?' || r == '…':
			end := next
			for end < len(text) {
				c, n := utf8.DecodeRuneInString(text[end:])
				if !strings.ContainsRune(".!?…\"'»”’)", c) {
					break
				}
				end += n
			}
			after, _ := utf8.DecodeRuneInString(text[end:])
			if end < len(text) && !unicode.IsSpace(after) && !isPicture(after) {
				next = end
				break
			}
			if r == '.' && end == next && abbreviated(text[begin:i], text[end:]) {
				break
			}
			next = end
			cut(end, end)
		case fine && (isPicture(r) || r == '|' || r == '•' || r == '·' && !isLetterAt(text, next)):
			cut(i, next)
		case fine && r == '/' && i > 0 && text[i-1] == ' ' && next < len(text) && (text[next] == ' ' || text[next] == '/'):
			for next < len(text) && text[next] == '/' {
				next++
			}
			cut(i, next)
		}
		i = next
	}
	cut(len(text), len(text))
	return parts
}

func isLetterAt(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return unicode.IsLetter(r)
}

// isPicture tells emoji, flags and other pictures of the networks from signs of writing.
func isPicture(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r >= 0x2190 && r <= 0x21ff ||
		r >= 0x25a0 && r <= 0x25ff || r >= 0x2b00 && r <= 0x2bff || r == 0xfe0f || r == 0x20e3
}

// titles are abbreviations after which a name follows; others are the ones after which a number or a small letter does. In
// Spanish, Catalan and English.
var (
	titles = set(`sr sra sres sras srta d dª dña dr dra dres prof ing arq av avd avda avgda c cl ctra pl plza pza pça pg
		excmo excma ilmo ilma hble st sta sto ntra mr mrs ms jr gral vs`)
	others = set(`pº núm num nº n no nos pág págs pag pàg pàgs tel tels tfno tlf tf telf ext exp art arts aptdo apdo cap ed vol
		fig admón dpto depto dept ayto ajunt ej ex p a m aprox máx mín màx min hab kg km ud uds vd vds approx inc ltd
		ene feb mar abr jun jul ago sep sept oct nov dic gen febr juny set des lun mié jue vie sáb dom h s etc`)
)

func set(words string) map[string]bool {
	in := map[string]bool{}
	for _, w := range strings.Fields(words) {
		in[w] = true
	}
	return in
}

// abbreviated tells whether the point after before is one of an abbreviation or an initial and the sentence goes on.
func abbreviated(before, after string) bool {
	at := len(before)
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(before[:at])
		if unicode.IsSpace(r) || strings.ContainsRune("(¿¡/\"«“", r) {
			break
		}
		at -= n
	}
	word := before[at:]
	next, _ := utf8.DecodeRuneInString(strings.TrimSpace(after))
	name := unicode.IsUpper(next)
	if next == utf8.RuneError || word == "" {
		return false
	}
	if r, n := utf8.DecodeRuneInString(word); n == len(word) && unicode.IsUpper(r) {
		return true // an initial
	}
	if len(word) == 2 && word[0] == word[1] && unicode.IsUpper(rune(word[0])) {
		return true // EE. UU., AA. PP.
	}
	low := strings.ToLower(word)
	i := strings.LastIndexByte(low, '.')
	switch {
	case titles[low]:
		return true
	case unicode.IsDigit(next), unicode.IsLower(next):
		return others[low] || i >= 0 && len(low)-i <= 3 // a.m., p.ej.
	}
	return name && i >= 0 && len(low)-i == 2 && unicode.IsUpper(rune(word[len(word)-1])) // J.M. Serrat
}
