package check

import (
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// textSenses look at what a text says and how it is written.
var textSenses = []Sense{
	{"fold", in(text), text, func(_ *Guide, a []ref.Val) ref.Val { return types.String(fold(str(a[0]))) }},
	{"graphemes", in(text), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val { return types.Int(graphemes(str(a[0]))) }},
	{"has_word", in(text, texts), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(hasWord(str(a[0]), strs(a[1]))) }},
	{"names", in(text, text), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(names(str(a[0]), str(a[1]))) }},
	// Capitals; the list holds acronyms, which may be written in them.
	{"letters", in(text), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val { return types.Int(letters(str(a[0]))) }},
	{"capital_share", in(text, texts), cel.DoubleType, func(_ *Guide, a []ref.Val) ref.Val { return types.Double(capitalShare(str(a[0]), strs(a[1]))) }},
	{"capital_run", in(text, texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(capitalRun(str(a[0]), strs(a[1]))) }},
}

// fold makes texts comparable: lower case, without accents. Ñ is n and ç is c: handles and addresses write them so.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
		case latinFirst <= r && r <= latinLast && unfolded[r-latinFirst] != 0:
			b.WriteByte(unfolded[r-latinFirst])
		case unicode.Is(unicode.Mn, r):
		case r == utf8.RuneError:
			b.WriteRune(r)
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			for _, base := range norm.NFD.String(s[i : i+n]) {
				if !unicode.Is(unicode.Mn, base) {
					b.WriteRune(unicode.ToLower(base))
				}
			}
		}
	}
	return b.String()
}

// unfolded are the letters below the accents of À to ſ, where nearly all do fall that are met: NFD costs ten times as much.
const latinFirst, latinLast = 'À', 'ſ'

var unfolded = func() (letters [latinLast - latinFirst + 1]byte) {
	for r := rune(latinFirst); r <= latinLast; r++ {
		if base, n := utf8.DecodeRuneInString(norm.NFD.String(string(r))); n == 1 {
			letters[r-latinFirst] = byte(unicode.ToLower(base))
		}
	}
	return letters
}()

// graphemes counts what a reader sees as one sign: ñ in any form is one, and so is a family emoji.
func graphemes(s string) int { return uniseg.GraphemeClusterCount(s) }

// plainWords are the words that a reader would say: without links, mentions, tags and mail addresses. A word is
// letters and digits with apostrophes, hyphens and middle dots inside (l'Alacantí, col·laboració).
func plainWords(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s != "" {
			var token string
			if i := strings.IndexFunc(s, unicode.IsSpace); i < 0 {
				token, s = s, ""
			} else {
				token, s = s[:i], s[i:]
				s = strings.TrimLeftFunc(s, unicode.IsSpace)
			}
			if strings.IndexByte(token, '@') >= 0 || strings.IndexByte(token, '#') >= 0 || strings.Contains(token, "://") || strings.HasPrefix(token, "www.") {
				continue
			}
			for token != "" {
				start := strings.IndexFunc(token, isWordRune)
				if start < 0 {
					break
				}
				token = token[start:]
				end := wordEnd(token)
				if !yield(token[:end]) {
					return
				}
				token = token[end:]
			}
		}
	}
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// wordEnd is the length of the word that s begins with. A joining sign belongs to it only between letters.
func wordEnd(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isWordRune(r) {
			next, _ := utf8.DecodeRuneInString(s[i+n:])
			if !strings.ContainsRune("'’-·", r) || !unicode.IsLetter(next) {
				return i
			}
		}
		i += n
	}
	return len(s)
}

// hasWord tells whether one of the words, or several in a row where an entry holds more than one, stands in the text;
// accents and case do not matter.
func hasWord(s string, words []string) bool {
	in := spacedOnce(s)
	return slices.ContainsFunc(words, func(w string) bool {
		if !isSpaced(w) {
			w = strings.Trim(spacedOnce(w), " ")
		}
		for from := 0; w != ""; {
			at := strings.Index(in[from:], w)
			if at < 0 {
				break
			}
			at += from
			if in[at-1] == ' ' && in[at+len(w)] == ' ' { // the text begins and ends with a blank
				return true
			}
			from = at + 1
		}
		return false
	})
}

// spaced are the plain words of a text, folded, each between two blanks.
func spaced(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte(' ')
	for w := range plainWords(fold(s)) {
		b.WriteString(w)
		b.WriteByte(' ')
	}
	return b.String()
}

// isSpaced tells whether a text is its own plain words: small letters with single blanks between them.
func isSpaced(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c != ' ' || i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// memory keeps the words of the texts that were looked at last: many rules look for words in one text, and for the same
// words in every text. A slot is overwritten by the next text that falls there.
var memory [1024]atomic.Pointer[remembered]

type remembered struct{ text, spaced string }

var memorySeed = maphash.MakeSeed()

// spacedOnce is [spaced], remembered.
func spacedOnce(s string) string {
	slot := &memory[maphash.String(memorySeed, s)%uint64(len(memory))]
	if r := slot.Load(); r != nil && r.text == s {
		return r.spaced
	}
	r := &remembered{s, spaced(s)}
	slot.Store(r)
	return r.spaced
}

// small are the words that a name may lose when it is shortened.
var small = []string{"de", "del", "d", "la", "las", "el", "los", "els", "les", "l", "y", "i", "e", "a", "of", "the", "and", "para", "per", "por", "en", "s"}

// names tells whether a text names a body: every word of the name but the small ones stands in it, in any order, so
// that "Diputación Provincial de Alicante" names the Diputación de Alicante.
func names(s, name string) bool {
	folded := fold(s)
	want := slices.DeleteFunc(nameWords(name), func(w string) bool { return slices.Contains(small, w) })
	if len(want) == 0 || slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(folded, w) }) {
		return false // most texts
	}
	in := nameWords(s)
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(in, w) })
}

// nameWords splits at apostrophes and hyphens too: d'Alacant holds alacant.
func nameWords(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !isWordRune(r) && r != '·' })
}

// letters counts the letters of the plain words.
func letters(s string) int {
	all := 0
	for w := range plainWords(s) {
		_, n := capitals(w)
		all += n
	}
	return all
}

// capitalShare is the share of capitals among the letters of the plain words, from 0 to 1, acronyms left out.
func capitalShare(s string, acronyms []string) float64 {
	upper, all := 0, 0
	for w := range plainWords(s) {
		if u, n := capitals(w); u < n || !slices.Contains(acronyms, w) {
			upper += u
			all += n
		}
	}
	if all == 0 {
		return 0
	}
	return float64(upper) / float64(all)
}

// capitalRun is the longest run of words written in capitals. A single letter, a number and an acronym neither make
// nor break a run.
func capitalRun(s string, acronyms []string) []string {
	if !capitalsMeet(s) {
		return nil // most posts
	}
	var longest, run []string
	for w := range plainWords(s) {
		switch upper, n := capitals(w); {
		case n < 2 || upper == n && slices.Contains(acronyms, w):
			continue
		case upper == n:
			run = append(run, w)
			if len(run) > len(longest) {
				longest = slices.Clone(run)
			}
		default:
			run = run[:0]
		}
	}
	return longest
}

// capitalsMeet tells whether two capitals stand side by side.
func capitalsMeet(s string) bool {
	before := false
	for _, r := range s {
		upper := unicode.IsUpper(r)
		if upper && before {
			return true
		}
		before = upper
	}
	return false
}

// capitals counts the capitals and the letters of a word.
func capitals(w string) (upper, all int) {
	for _, r := range w {
		switch {
		case unicode.IsUpper(r):
			upper++
			all++
		case unicode.IsLetter(r):
			all++
		}
	}
	return upper, all
}
