package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MinWords is how many words a reading needs before its formulas say anything: one post is too short, so readings of an
// account's month are added up.
const MinWords = 30

// Reading is what was counted in Spanish text. Readings add up: the formulas of a month are those of its sum, not the mean
// of its posts.
type Reading struct{ Words, Sentences, Syllables int }

// Add counts another text to the reading.
func (r Reading) Add(other Reading) Reading {
	return Reading{r.Words + other.Words, r.Sentences + other.Sentences, r.Syllables + other.Syllables}
}

// known tells whether there is enough to speak of.
func (r Reading) known() bool { return r.Words >= MinWords && r.Sentences > 0 }

// FernandezHuerta is the ease of reading after J. Fernández Huerta, "Medidas sencillas de lecturabilidad", Consigna 214
// (1959), 29-32: 206.84 − 60 × syllables/words − 1.02 × words/sentences. It is the form that G. Law set right in 2011
// ("Error in the Fernandez Huerta readability formula"): 1.02 goes with the words of a sentence, where many copies have
// the sentences of a hundred words. From 0 (very hard) to 100 (very easy), and beyond for odd texts; false below
// [MinWords] words.
func (r Reading) FernandezHuerta() (float64, bool) {
	if !r.known() {
		return 0, false
	}
	words := float64(r.Words)
	return 206.84 - 60*float64(r.Syllables)/words - 1.02*words/float64(r.Sentences), true
}

// Szigriszt is the perspicuity after F. Szigriszt Pazos, "Sistemas predictivos de legibilidad del mensaje escrito: fórmula
// de perspicuidad" (thesis, Universidad Complutense de Madrid, 1993): 206.835 − 62.3 × syllables/words − words/sentences.
// False below [MinWords] words.
func (r Reading) Szigriszt() (float64, bool) {
	if !r.known() {
		return 0, false
	}
	words := float64(r.Words)
	return 206.835 - 62.3*float64(r.Syllables)/words - words/float64(r.Sentences), true
}

// Band is a degree of the INFLESZ scale, which reads the perspicuity for today's Spanish reader.
type Band string

// The bands of I. M. Barrio-Cantalejo et al., "Validación de la Escala INFLESZ para evaluar la legibilidad de los textos
// dirigidos a pacientes", An. Sist. Sanit. Navar. 31 (2008), 135-152.
const (
	VeryHard   Band = "very_hard"   // muy difícil, up to 40
	RatherHard Band = "rather_hard" // algo difícil, up to 55
	Normal     Band = "normal"      // normal, up to 65
	RatherEasy Band = "rather_easy" // bastante fácil, up to 80
	VeryEasy   Band = "very_easy"   // muy fácil, above 80
)

// INFLESZ is the band of the perspicuity; "" where there are too few words.
func (r Reading) INFLESZ() Band {
	p, known := r.Szigriszt()
	switch {
	case !known:
		return ""
	case p <= 40:
		return VeryHard
	case p <= 55:
		return RatherHard
	case p <= 65:
		return Normal
	case p <= 80:
		return RatherEasy
	}
	return VeryEasy
}

// Read counts the words, sentences and syllables of a Spanish text. Links, handles, numbers and emoji are not read aloud
// alike by everyone, so they are no words; the words of a hashtag are. It does not look whether the text is Spanish:
// other languages have other syllables.
func Read(text string) Reading {
	var r Reading
	for _, sentence := range Sentences(text) {
		words := 0
		s := scanner{text: sentence}
		for s.next() {
			if n := syllables(s.word()); n > 0 {
				words++
				r.Syllables += n
			}
		}
		if words > 0 {
			r.Words += words
			r.Sentences++
		}
	}
	return r
}

// Syllables counts the syllables of a Spanish word as they are divided in writing: strong vowels and accented weak ones are
// a syllable each (hiatus: po-e-ta, dí-a), a weak one joins its neighbour (diphthong: cau-sa, triphthong: es-tu-diáis), the
// u of que, qui, gue and gui is silent and that of güe is not, h divides nothing (ahu-mar), y is a vowel at the end of a
// word. A word without a vowel has one syllable if it has a letter at all; what is no word has none.
func Syllables(word string) int {
	s := scanner{text: word}
	total := 0
	for s.next() {
		total += syllables(s.word())
	}
	return total
}

// vowel classes of a letter.
const (
	consonant = iota
	weak      // i, u, ü, and y where it ends a word
	strong    // a, e, o
	stressed  // í, ú: weak letters that stand alone
)

func syllables(word []byte) int {
	count, last := 0, consonant
	letters := 0
	var before rune // the letter before, h not counted
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRune(word[i:])
		i += size
		if !unicode.IsLetter(r) {
			before, last = 0, consonant
			continue
		}
		letters++
		class := consonant
		switch r {
		case 'a', 'e', 'o', 'á', 'é', 'ó', 'à', 'è', 'ò':
			class = strong
		case 'i', 'ü', 'ï':
			class = weak
		case 'í', 'ú':
			class = stressed
		case 'u':
			class = weak
			if before == 'q' || before == 'g' {
				if next, _ := utf8.DecodeRune(word[i:]); strings.ContainsRune("eiéí", next) {
					continue // silent
				}
			}
		case 'y':
			if next, _ := utf8.DecodeRune(word[i:]); !unicode.IsLetter(next) {
				class = weak
			}
		case 'h':
			continue
		}
		switch {
		case class == consonant:
		case last == consonant, class == stressed, last == stressed, class == strong && last == strong:
			count++
		}
		before = r
		if class == weak && last == strong {
			// After a falling diphthong a further strong vowel begins a new syllable: pla-ya's i of "pa-ra-guay-o" is y
			// and a consonant, "a-hu-e-car" keeps its u with the e.
			class = strong
		}
		last = class
	}
	if count == 0 && letters > 0 {
		return 1
	}
	return count
}
