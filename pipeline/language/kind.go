package language

import (
	_ "embed"
	"math"
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

var kinds = [...]string{Incident, Complaint, Query, Thanks, Other}

const (
	_ = iota
	complaining
	asking
	thanking
)

// Kind tells what a message in Spanish, Catalan or English is, by what weighs most: question marks and interrogatives,
// words of faults and places, of discontent, of thanks, and the habits of messages that were labelled. Other is one that
// shows itself to be none of these: a greeting, a memory. "" is what cannot be told: no words, nothing that weighs, or two
// kinds alike. It is read when a message comes in, before its text is dropped. About half of the messages that people
// write without any such word are not told; see docs/senses.md.
func Kind(text string) string {
	words, shape := read(text)
	if len(words) == 0 {
		return ""
	}
	var score [len(kinds)]float64
	cues().weigh(words, &score)
	shape.weigh(&score)
	var used [len(kinds)]float64
	habits().weigh(words, shape, &used)
	for k := range score {
		score[k] += habitWeight * used[k]
	}

	best, second := 0, math.Inf(-1)
	for k := 1; k < len(score); k++ {
		switch {
		case score[k] > score[best]:
			best, second = k, score[best]
		case score[k] > second:
			second = score[k]
		}
	}
	if score[best] < told || score[best]-second < apart {
		return ""
	}
	return kinds[best]
}

// What a kind must weigh to be told, and by how much more than any other.
const (
	told        = 1.0
	habitWeight = 0.14 // of what habit learned, against the cues
	apart       = 0.3
)

// shape is what the signs of a message say, beside its words.
type shape struct {
	asks   int // question marks
	hearts int // emoji of thanks: hearts, applause, folded hands
	angry  int
}

func (s shape) weigh(score *[len(kinds)]float64) {
	if s.asks > 0 {
		score[asking] += 1.0
		score[thanking] *= 0.5 // thanks in advance
	}
	if s.hearts > 0 {
		score[thanking] += 0.8
	}
	if s.angry > 0 {
		score[complaining] += 0.9
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
	var met, end [len(kinds)]int
	for i, w := range words {
		switch w {
		case "pero", "but", "aunque":
			score[thanking] *= 0.3 // politeness before what is meant
		}
		var best [len(kinds)]float64
		var length [len(kinds)]int
		for _, c := range b[lead(w)] {
			switch {
			case !c.at(words[i:]):
			case c.weight < 0:
				score[c.kind] += c.weight
			case i >= end[c.kind] && c.weight > best[c.kind]: // of phrases that overlap the first and heaviest counts
				best[c.kind], length[c.kind] = c.weight, len(c.words)
			}
		}
		for k, weight := range best {
			if weight == 0 {
				continue
			}
			// The third word of a kind says less than the first.
			if met[k] >= 2 {
				weight *= 0.4
			}
			score[k] += weight
			met[k]++
			end[k] = i + length[k]
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
