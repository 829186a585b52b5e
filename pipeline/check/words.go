package check

import (
	"iter"
	"slices"
	"strings"
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
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

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
			if strings.ContainsAny(token, "@#") || strings.Contains(token, "://") || strings.HasPrefix(token, "www.") {
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
	in := slices.Collect(plainWords(fold(s)))
	return slices.ContainsFunc(words, func(w string) bool {
		want := slices.Collect(plainWords(fold(w)))
		for i := 0; len(want) > 0 && i+len(want) <= len(in); i++ {
			if slices.Equal(in[i:i+len(want)], want) {
				return true
			}
		}
		return false
	})
}

// small are the words that a name may lose when it is shortened.
var small = []string{"de", "del", "d", "la", "las", "el", "los", "els", "les", "l", "y", "i", "e", "a", "of", "the", "and", "para", "per", "por", "en", "s"}

// names tells whether a text names a body: every word of the name but the small ones stands in it, in any order, so
// that "Diputación Provincial de Alicante" names the Diputación de Alicante.
func names(s, name string) bool {
	in := nameWords(s)
	want := slices.DeleteFunc(nameWords(name), func(w string) bool { return slices.Contains(small, w) })
	for _, w := range want {
		if !slices.Contains(in, w) {
			return false
		}
	}
	return len(want) > 0
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
