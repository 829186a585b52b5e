package statistics

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Medians of pairs are the same whether the pairs are listed or counted.
func TestMediansOfManyPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	for _, n := range []int{direct + 1, direct + 2, direct + 37} {
		a, b := make([]float64, n), make([]float64, n/3)
		for _, x := range [][]float64{a, b} {
			for i := range x {
				x[i] = float64(r.IntN(40))/10 - 1 // with ties, and on both sides of zero
				if i%3 == 0 {
					x[i] = r.NormFloat64()
				}
			}
		}
		var means, differences []float64
		for i, x := range a {
			for _, y := range a[i:] {
				means = append(means, x/2+y/2)
			}
			for _, y := range b {
				differences = append(differences, x-y)
			}
		}
		if got, want := HodgesLehmann(a), median(means); got != want {
			t.Errorf("%d values: %v, listed %v", n, got, want)
		}
		if s, err := MannWhitney(a, b); err != nil || s.Shift != median(slices.Clone(differences)) {
			t.Errorf("%d values: shift %v, listed %v, %v", n, s.Shift, median(differences), err)
		}
		one := LeaveOneOut(a, b)
		near(t, "without the first", one[0], mean(a[1:])-mean(b), 1e-12)
		near(t, "without the last", one[len(one)-1], mean(a)-mean(b[:len(b)-1]), 1e-12)
		pseudo, err := LogSpread(a)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "pseudo-value", pseudo[7], float64(n)*logSD(a)-float64(n-1)*logSD(slices.Concat(a[:7], a[8:])), 1e-8)
	}
}

func mean(x []float64) float64 { return sum(x) / float64(len(x)) }
