package language

import (
	_ "embed"
	"hash/fnv"
	"math"
	"strings"
	"sync"
)

// messages are what people write, written for this package, with their kinds: habit learns from them what no list of
// cues foresees.
//
//go:embed messages.tsv
var messageList string

// habit is how often a trait was met in the messages of each kind, as the logarithm of its share against the mean of the
// kinds: a naive Bayes of beginnings of words and pairs of them.
type habit map[uint64][len(kinds)]float64

var habits = sync.OnceValue(func() habit {
	var messages [len(kinds)]float64
	counts := map[uint64]*[len(kinds)]float64{}
	for line := range strings.Lines(messageList) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		_, text, _ := strings.Cut(rest, "\t")
		for k, name := range kinds {
			if name != kind {
				continue
			}
			messages[k]++
			words, signs := read(text)
			for _, t := range traits(words, signs) {
				if counts[t] == nil {
					counts[t] = new([len(kinds)]float64)
				}
				counts[t][k]++
			}
		}
	}
	h := habit{}
	for t, n := range counts {
		var weight [len(kinds)]float64
		mean := 0.0
		for k := range weight {
			weight[k] = math.Log((n[k] + smoothing) / (messages[k] + 2*smoothing))
			mean += weight[k] / float64(len(kinds))
		}
		for k := range weight {
			weight[k] -= mean
		}
		h[t] = weight
	}
	return h
})

// smoothing is added to each count, so that what was met once or never says little.
const smoothing = 0.5

// weigh adds the traits up.
func (h habit) weigh(words []string, signs shape, score *[len(kinds)]float64) {
	for _, t := range traits(words, signs) {
		weight, ok := h[t]
		if !ok {
			continue
		}
		for k := range score {
			score[k] += weight[k]
		}
	}
}

// traits of a message, each once: how its words begin, which follow one another, how it begins, its signs.
func traits(words []string, signs shape) []uint64 {
	found := make([]uint64, 0, 2*len(words)+3)
	add := func(sort byte, parts ...string) {
		h := fnv.New64a()
		h.Write([]byte{sort})
		for _, p := range parts {
			h.Write([]byte(p))
			h.Write([]byte{' '})
		}
		key := h.Sum64()
		for _, had := range found {
			if had == key {
				return
			}
		}
		found = append(found, key)
	}
	for i, w := range words {
		if i == 0 {
			add('<', w[:min(5, len(w))])
		}
		if len(w) > 1 {
			add('.', w[:min(5, len(w))])
		}
		if i > 0 {
			add('+', words[i-1][:min(4, len(words[i-1]))], w[:min(4, len(w))])
		}
	}
	if signs.asks > 0 {
		add('?')
	}
	if signs.hearts > 0 {
		add('!')
	}
	return found
}
