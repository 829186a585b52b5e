package check

import (
	"hash/maphash"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// altSenses look at alternative texts.
var altSenses = []Sense{
	{"alt_flaw", in(text, text), text, func(_ *Guide, a []ref.Val) ref.Val { return types.String(altFlaw(str(a[0]), str(a[1]))) }},
	{"similar", in(text, text), cel.DoubleType, func(_ *Guide, a []ref.Val) ref.Val { return types.Double(similar(str(a[0]), str(a[1]))) }},
}

// The flaws of an alternative text, as alt_flaw names them.
const (
	flawFile        = "file name"
	flawImageOf     = "image of"
	flawRepeats     = "repeats the text"
	flawShort       = "too short"
	flawPlaceholder = "placeholder"
)

var (
	fileName = regexp.MustCompile(`(?i)^[^\n]{1,80}[\w)-]\.(?:jpe?g|png|gif|webp|heic|bmp|tiff?|svg|avif|mp4|mov)$` +
		`|^(?:IMG|DSC|DSCN|DSCF|PXL|MVIMG|VID|GOPR|WA|Screenshot|Captura(?: de pantalla)?|WhatsApp Image)[-_ ]?\d[\d_.: -]*(?:(?:at|a las|a les) ?[\d_.: -]+)?\S*$` +
		`|^[0-9a-f]{16,}$|^[\d_. -]{6,}$`)
)

// placeholders are what programs and haste write instead of a description, folded.
var placeholders = wordList(`alt; alt text; texto alternativo; text alternatiu; texto alt; sin descripcion; sense descripcio; no description; no hay descripcion disponible;
	no hay texto alternativo automatico disponible; no photo description available; no alt text; descripcion; descripcio; description; descripcion de la imagen;
	descripcio de la imatge; image description; imagen; imatge; image; foto; fotografia; photo; picture; cartel; cartell; poster; logo; logotipo; logotip; banner;
	infografia; infographic; video; gif; captura; captura de pantalla; screenshot; pendiente; pendent; todo; tbd; test; prueba; prova; untitled; sin titulo; sense titol;
	na; n a; none; null; undefined; ninguna; image may contain; puede ser una imagen; lorem ipsum; xxx; asdf; aaa; imagen adjunta; imatge adjunta; ver imagen;
	vore imatge; imagen decorativa; imatge decorativa; portada; cabecera; capcalera; thumbnail; miniatura; image 1; imagen 1; foto 1; imatge 1`)

func wordList(s string) []string {
	words := strings.Split(s, ";")
	for i, w := range words {
		words[i] = strings.TrimSpace(w)
	}
	return words
}

// automatic are the beginnings of what networks write by themselves.
var automatic = []string{"puede ser una imagen de", "puede ser arte de", "may be an image of", "may be art of", "image may contain", "la imagen puede contener",
	"pot ser una imatge de", "no photo description", "no hay ninguna descripcion", "texto alternativo", "alt text", "text alternatiu", "lorem ipsum"}

// shortAlt is how many letters an alternative text needs to tell anything.
const shortAlt = 10

// repeated is how alike an alternative text and its post may be.
const repeated = 0.85

// altFlaw names what is wrong with an alternative text; empty: nothing is. That there is none is another thing, and no
// flaw here.
func altFlaw(alt, post string) string {
	alt = strings.TrimSpace(alt)
	if alt == "" {
		return ""
	}
	if len(alt) <= 120 && strings.ContainsAny(alt, ".0123456789") && fileName.MatchString(alt) {
		return flawFile
	}
	words := slices.Collect(plainWords(fold(alt)))
	plain := strings.Join(words, " ")
	switch {
	case slices.Contains(placeholders, plain), slices.ContainsFunc(automatic, func(a string) bool { return strings.HasPrefix(plain, a) }):
		return flawPlaceholder
	case utf8.RuneCountInString(alt) < shortAlt:
		return flawShort
	case post != "" && repeatsText(words, slices.Collect(plainWords(fold(post)))):
		return flawRepeats
	case isImageOf(words):
		return flawImageOf
	}
	return ""
}

// repeatsText tells whether the words of an alternative text are those of its post again, its beginning, or a great part
// of it.
func repeatsText(alt, post []string) bool {
	if dice(hashes(alt), hashes(post)) >= repeated {
		return true
	}
	if len(alt) < 5 {
		return false
	}
	for from := 0; from+len(alt) <= len(post) && (from == 0 || 2*len(alt) >= len(post)); from++ {
		if slices.Equal(post[from:from+len(alt)], alt) {
			return true
		}
	}
	return false
}

var (
	articles = wordSet(`un una la el a an the`)
	pictures = wordSet(`imagen imatge image foto fotografia photo photograph picture pic`)
	showing  = wordSet(`de del d of donde on en que showing that`)
)

// isImageOf tells whether an alternative text begins with what screen readers say anyway: "foto de", "imatge d'una".
func isImageOf(words []string) bool {
	if len(words) > 0 && articles[words[0]] {
		words = words[1:]
	}
	if len(words) < 2 || !pictures[words[0]] {
		return false
	}
	next, _, _ := strings.Cut(strings.ReplaceAll(words[1], "’", "'"), "'")
	return showing[next]
}

// similar is how alike two texts are by the words that they use, from 0 to 1 (Dice, "Measures of the amount of ecologic
// association between species", Ecology 26 (1945), on the sets of words): order, case, accents, links and tags do not
// matter. Two texts without words are not alike.
func similar(a, b string) float64 {
	return dice(hashes(slices.Collect(plainWords(fold(a)))), hashes(slices.Collect(plainWords(fold(b)))))
}

func dice(x, y []uint64) float64 {
	if len(x)+len(y) == 0 {
		return 0
	}
	both := 0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			both++
			i++
			j++
		case x[i] < y[j]:
			i++
		default:
			j++
		}
	}
	return float64(2*both) / float64(len(x)+len(y))
}

// hashes are words as sorted numbers, each once.
func hashes(words []string) []uint64 {
	all := make([]uint64, len(words))
	for i, w := range words {
		all[i] = maphash.String(memorySeed, w)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
