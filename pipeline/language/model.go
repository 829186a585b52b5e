package language

import (
	"embed"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The lists were written for this package from knowledge of the languages: the function words of each, words that public
// institutions and the people who write to them use, and some prose for the run of letters. A word that several languages
// share must stand in the list of each, or it counts for some of them alone.
//
//go:embed lexicon/*.txt
var lexicon embed.FS

// class says in which part of its list a word stands.
type class uint8

const (
	absent class = iota
	core         // function words: the list is meant to be complete
	common       // frequent words
	prose        // met in the prose, names not
)

var heads = map[string]class{"= core": core, "= common": common, "= prose": prose}

// likelihood of one word of each class in running text, and how far it may speak against a language.
var (
	likelihood = [...]float64{core: 1.0 / 120, common: 1.0 / 1500, prose: 1.0 / 3000}
	limit      = [...]float32{core: 4.5, common: 2.5, prose: 2.0}
)

// fromList is the share of running text that is thought to be words of the lists; the rest is known by its letters alone.
const fromList = 0.7

// entry is a word of some list.
type entry struct {
	score row    // 0 for the language that it suits best, less for the others, down to the limit
	in    uint16 // the languages whose lists have it, by bit
}

// tables is what the lists teach.
type tables struct {
	words   map[string]int32
	entries []entry
	// index finds the row of each run of three letters: the logarithm of the third's chance after the first two. Runs that
	// no list has share the row of their last two letters.
	index []uint16
	rows  []row
}

// model is built at the first use and never changes.
var model = sync.OnceValue(learn)

// alphabet numbers the letters that tell these languages apart; 0 is the edge of a word and every other letter.
const alphabet = "abcdefghijklmnopqrstuvwxyzáàâãäåçéèêëíìîïñóòôõöúùûüß·œ"

const (
	bits   = 6
	signs  = 1 << bits
	pairs  = signs * signs
	triads = signs * signs * signs
)

// beyond is code for the letters that are not ASCII.
var beyond = func() (t [0x160]uint8) {
	n := uint8(0)
	for _, r := range alphabet {
		n++
		t[r] = n
	}
	return t
}()

func code(r rune) int {
	if r < 0 || int(r) >= len(beyond) {
		return 0
	}
	return int(beyond[r])
}

// spell adds up how likely a word's letters are in each language.
func (m *tables) spell(word []byte, sum *row) {
	*sum = row{}
	run := 0
	for i := 0; i < len(word); {
		r, n := rune(word[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(word[i:])
		}
		i += n
		run = (run<<bits | code(r)) & (triads - 1)
		sum.add(&m.rows[m.index[run]])
	}
	sum.add(&m.rows[m.index[run<<bits&(triads-1)]])
}

func (r *row) add(other *row) {
	for l := range r {
		r[l] += other[l]
	}
}

// counts are the letters of one language, alone, in pairs and in runs of three.
type counts struct {
	one, two, three                []float64
	all                            float64
	after1, after2, kinds1, kinds2 []float64 // how often a context was met, and with how many letters
}

func (n *counts) add(run int, weight float64) {
	one, two := run&(signs-1), run&(pairs-1)
	n.all += weight
	n.one[one] += weight
	if n.two[two] == 0 {
		n.kinds1[two>>bits]++
	}
	n.two[two] += weight
	n.after1[two>>bits] += weight
	if n.three[run] == 0 {
		n.kinds2[run>>bits]++
	}
	n.three[run] += weight
	n.after2[run>>bits] += weight
}

// chance of the last letter of a run after the one before it, and after the two before it. What a context has not shown is
// taken from the shorter one, in the shares of I. H. Witten and T. C. Bell, "The zero-frequency problem", IEEE Trans.
// Information Theory 37 (1991), 1085-1094.
func (n *counts) chance(run int) (two, three float64) {
	pair := run & (pairs - 1)
	p := 0.1/signs + 0.9*n.one[run&(signs-1)]/n.all
	if seen, kinds := n.after1[pair>>bits], n.kinds1[pair>>bits]; seen > 0 {
		p = (n.two[pair] + kinds*p) / (seen + kinds)
	}
	two = p
	if seen, kinds := n.after2[run>>bits], n.kinds2[run>>bits]; seen > 0 {
		p = (n.three[run] + kinds*p) / (seen + kinds)
	}
	return two, p
}

// runs calls f for each run of three letters of a word, its edges included.
func runs(word string, f func(run int)) {
	run := 0
	for _, r := range word {
		run = (run<<bits | code(r)) & (triads - 1)
		f(run)
	}
	f(run << bits & (triads - 1))
}

func learn() *tables {
	var in [languages]map[string]class
	var letters [languages]counts
	seen := make([]bool, triads)
	for l, tag := range tags {
		in[l] = list(tag)
		letters[l] = counts{
			one: make([]float64, signs), two: make([]float64, pairs), three: make([]float64, triads),
			after1: make([]float64, signs), kinds1: make([]float64, signs),
			after2: make([]float64, pairs), kinds2: make([]float64, pairs),
		}
		for word, c := range in[l] {
			weight := 1.0 // a power of two: sums do not depend on their order
			if c == core {
				weight = 2
			}
			runs(strings.Trim(word, "-'"), func(run int) {
				letters[l].add(run, weight)
				seen[run] = true
			})
		}
	}

	m := &tables{words: map[string]int32{}, index: make([]uint16, triads), rows: make([]row, pairs, 4*pairs)}
	for run := range triads {
		at := run & (pairs - 1)
		m.index[run] = uint16(at)
		if !seen[run] && run >= pairs {
			continue
		}
		var two, three row
		for l := range languages {
			p2, p3 := letters[l].chance(run)
			two[l], three[l] = float32(math.Log(p2)), float32(math.Log(p3))
		}
		if run < pairs {
			m.rows[at] = two
		}
		if seen[run] {
			m.index[run] = uint16(len(m.rows))
			m.rows = append(m.rows, three)
		}
	}

	var words []string
	for l := range languages {
		for word := range in[l] {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	for _, word := range slices.Compact(words) {
		var e entry
		m.spell([]byte(strings.Trim(word, "-'")), &e.score)
		highest := prose
		for l := range languages {
			c := in[l][word]
			p := (1 - fromList) * math.Exp(float64(e.score[l]))
			if c != absent {
				e.in |= 1 << l
				p += fromList * likelihood[c]
				highest = min(highest, c)
			}
			e.score[l] = float32(math.Log(p))
		}
		top := slices.Max(e.score[:])
		for l := range e.score {
			e.score[l] = max(e.score[l]-top, -limit[highest])
		}
		m.words[word] = int32(len(m.entries))
		m.entries = append(m.entries, e)
	}
	return m
}

// list reads the list of a language.
func list(tag string) map[string]class {
	text, err := lexicon.ReadFile("lexicon/" + tag + ".txt")
	if err != nil {
		panic(err) // it was embedded when the program was built
	}
	words := map[string]class{}
	at := absent
	for line := range strings.Lines(string(text)) {
		if head, ok := heads[strings.TrimSpace(line)]; ok {
			at = head
			continue
		}
		for field := range strings.FieldsSeq(line) {
			s := scanner{text: field}
			for s.next() {
				word := string(s.word())
				switch {
				case at == prose && (s.capital || s.glued):
					continue // names and beginnings of sentences are no words of a language
				case s.glued || field[0] == '-':
					word = "-" + word
				}
				if had := words[word]; had == absent || at < had {
					words[word] = at
				}
			}
		}
	}
	return words
}
