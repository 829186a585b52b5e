package language

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The kinds of a message from the public, as pipeline.Message has them.
const (
	Query     = "query"     // asks for something to be told
	Complaint = "complaint" // is discontent with how something is done
	Incident  = "incident"  // reports a fault that has to be mended: a lamp, a leak, a page that does not load
	Thanks    = "thanks"    // thanks, praises, congratulates
	Other     = "other"     // says something, but none of these
)

var kinds = [...]string{Query, Complaint, Incident, Thanks}

// Kind tells what a message in Spanish, Catalan or English is: what weighs most among question marks, interrogatives, words
// of faults and places, of discontent, and of thanks. Other is a message of at least three words that shows nothing of the
// kind; "" is one that cannot be told: empty, emoji alone, in another language, or two kinds alike. It is read when a
// message comes in, before its text is dropped.
func Kind(text string) string {
	words, shape := read(text)
	if len(words) == 0 {
		return ""
	}
	var score [len(kinds)]float64
	cues().weigh(words, &score)
	shape.weigh(&score)

	best, second := 0, -1
	for k := range score {
		if score[k] > score[best] {
			best = k
		}
	}
	for k := range score {
		if k != best && (second < 0 || score[k] > score[second]) {
			second = k
		}
	}
	switch {
	case score[best] >= told && score[best]-score[second] >= apart:
		return kinds[best]
	case score[best] >= told:
		return ""
	}
	if tag, _ := Detect(text); len(words) < 3 || tag != "" && tag != "es" && tag != "ca" && tag != "en" {
		return ""
	}
	return Other
}

// What a kind must weigh to be told, and by how much more than the next.
const (
	told  = 1.0
	apart = 0.25
)

// shape is what the signs of a message say, beside its words.
type shape struct {
	asks     int // question marks
	exclaims int
	hearts   int // emoji of thanks: hearts, applause, folded hands
	angry    int
}

func (s shape) weigh(score *[len(kinds)]float64) {
	if s.asks > 0 {
		score[0] += 1.0
	}
	if s.hearts > 0 {
		score[3] += 0.8
	}
	if s.angry > 0 {
		score[1] += 0.9
	}
}

// read gives the words of a message without accents, so that hurried spelling matters little, and its signs.
func read(text string) ([]string, shape) {
	var words []string
	var signs shape
	s := scanner{text: text}
	for s.next() {
		words = append(words, plain(s.word()))
	}
	for _, r := range text {
		switch r {
		case '?', '¿':
			signs.asks++
		case '!', '¡':
			signs.exclaims++
		case '❤', '♥', '👏', '🙏', '😍', '🥰', '💙', '💚', '💛', '🧡', '💜', '😘', '🤗', '💪', '🙌', '👍':
			signs.hearts++
		case '😡', '🤬', '😠', '🤮', '👎', '😤', '💩', '🤦':
			signs.angry++
		}
	}
	// The mark of a link's query is no question.
	signs.asks -= strings.Count(text, "?utm") + strings.Count(text, "?id=")
	return words, signs
}

// plain is a word without accents and apostrophes; ñ and ç stay n and c.
func plain(word []byte) string {
	ascii := true
	for _, c := range word {
		ascii = ascii && c < utf8.RuneSelf && c != '\''
	}
	if ascii {
		return string(word)
	}
	return strings.Map(unaccent, string(word))
}

func unaccent(r rune) rune {
	switch r {
	case 'á', 'à', 'â', 'ä', 'ã':
		return 'a'
	case 'é', 'è', 'ê', 'ë':
		return 'e'
	case 'í', 'ì', 'î', 'ï':
		return 'i'
	case 'ó', 'ò', 'ô', 'ö', 'õ':
		return 'o'
	case 'ú', 'ù', 'û', 'ü':
		return 'u'
	case 'ñ':
		return 'n'
	case 'ç':
		return 'c'
	case '·', '\'':
		return -1
	}
	return r
}

// cue is a phrase and what it says about each kind. A word that ends with * stands for all that begin so.
type cue struct {
	words  []string
	kind   int
	weight float64
}

//go:embed cues.txt
var cueList string

// book finds cues by the first three letters of their first word.
type book map[string][]cue

var cues = sync.OnceValue(func() book {
	b := book{}
	for line := range strings.Lines(cueList) {
		head, rest, found := strings.Cut(strings.TrimSpace(line), ":")
		fields := strings.Fields(head)
		if !found || len(fields) != 2 {
			continue
		}
		kind := slices.Index(kinds[:], fields[0])
		weight := weights[fields[1]]
		for phrase := range strings.SplitSeq(rest, ",") {
			words := strings.Fields(phrase)
			if len(words) == 0 {
				continue
			}
			for i, w := range words {
				words[i] = plain([]byte(w))
			}
			key := lead(words[0])
			b[key] = append(b[key], cue{words, kind, weight})
		}
	}
	return b
})

var weights = map[string]float64{"sure": 1.6, "strong": 1.0, "some": 0.6, "hint": 0.35, "against": -0.8}

func lead(word string) string {
	word = strings.TrimSuffix(word, "*")
	return word[:min(3, len(word))]
}

func (b book) weigh(words []string, score *[len(kinds)]float64) {
	var met [len(kinds)]int
	for i, w := range words {
		for _, c := range b[lead(w)] {
			if !c.at(words[i:]) {
				continue
			}
			// The third word of a kind says less than the first.
			share := 1.0
			if met[c.kind] >= 2 {
				share = 0.4
			}
			score[c.kind] += share * c.weight
			met[c.kind]++
		}
	}
}

func (c cue) at(words []string) bool {
	if len(words) < len(c.words) {
		return false
	}
	for i, want := range c.words {
		if begin, open := strings.CutSuffix(want, "*"); open {
			if !strings.HasPrefix(words[i], begin) {
				return false
			}
		} else if words[i] != want {
			return false
		}
	}
	return true
}
