package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Ranks are the ranks of values from 1 on; equal ones share their mean rank. ties is the sum of t³ − t over the groups of t
// equal values, which the variances of rank statistics are corrected by.
func Ranks(x []float64) (ranks []float64, ties float64) {
	ranks, order := make([]float64, len(x)), ascending(x)
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		if j == i { // not equal to itself
			j++
		}
		for _, k := range order[i:j] {
			ranks[k] = float64(i+1+j) / 2
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return ranks, ties
}

// SignedRanks is Wilcoxon's test that changes are symmetric around zero (1945, Biom. Bull. 1:80). Changes of zero are left out.
type SignedRanks struct {
	N            int     // changes other than zero
	V            float64 // sum of the ranks of those above zero
	P            Value   // over all 2^N signs of the mid-ranks; unknown above 200 changes
	Normal       float64 // p by the normal distribution, corrected for ties and continuity
	Uncorrected  float64 // the same without the correction for continuity
	RankBiserial Value   // matched rank-biserial correlation (Kerby 2014, Compr. Psychol. 3:11.IT.3.1): 1 is all up
}

const maxSigned = 200

// SignedRank computes Wilcoxon's test. Without any change other than zero its p-values are 1.
func SignedRank(changes []float64) (SignedRanks, error) {
	if len(changes) == 0 {
		return SignedRanks{}, errors.New("there are no changes to rank")
	}
	if err := finite(changes); err != nil {
		return SignedRanks{}, err
	}
	var sizes []float64
	var up []bool
	for _, d := range changes {
		if d != 0 {
			sizes, up = append(sizes, math.Abs(d)), append(up, d > 0)
		}
	}
	n := float64(len(sizes))
	w := SignedRanks{N: len(sizes), P: Known(1), Normal: 1, Uncorrected: 1}
	if w.N == 0 {
		return w, nil
	}
	ranks, ties := Ranks(sizes)
	for i, r := range ranks {
		if up[i] {
			w.V += r
		}
	}
	total := n * (n + 1) / 2
	w.RankBiserial = Known((2*w.V - total) / total)
	z, sd := w.V-total/2, math.Sqrt(n*(n+1)*(2*n+1)/24-ties/48)
	tail := func(z float64) float64 { return math.Min(1, 2*distuv.UnitNormal.Survival(math.Abs(z)/sd)) }
	w.Uncorrected = tail(z)
	w.Normal = tail(math.Max(0, math.Abs(z)-0.5))
	w.P = Value{}
	if w.N <= maxSigned {
		w.P = Known(signedTail(ranks, math.Abs(z)))
	}
	return w, nil
}

// signedTail is the chance that the sum of ranks with random signs lies at least so far from its mean. Ranks are halves, so
// that their doubles count.
func signedTail(ranks []float64, distance float64) float64 {
	total := 0
	for _, r := range ranks {
		total += int(math.Round(2 * r))
	}
	chance := make([]float64, total+1) // of every doubled sum
	chance[0] = 1
	reached := 0
	for _, r := range ranks {
		step := int(math.Round(2 * r))
		reached += step
		for s := reached; s >= 0; s-- {
			chance[s] /= 2
			if s >= step {
				chance[s] += chance[s-step] / 2
			}
		}
	}
	p := 0.0
	for s, c := range chance {
		if math.Abs(float64(s)-float64(total)/2) >= 2*distance-guard {
			p += c
		}
	}
	return math.Min(1, p)
}

// RankCorrelation is Spearman's, with its p by permutation.
type RankCorrelation struct {
	N      int
	Rho    Value // unknown where one side does not vary
	Chance Chance
}

const maxPermuted = 8 // values up to which all n! orders are tried

// Spearman tests whether two values of the same units go together, by the correlation of their mid-ranks (Spearman 1904, Am. J.
// Psychol. 15:72) under all orders of one side up to 8 units, and drawn ones above. It needs three units.
func Spearman(x, y []float64, s Sampling) (RankCorrelation, error) {
	if len(x) != len(y) || len(x) < 3 {
		return RankCorrelation{}, fmt.Errorf("%d and %d values: the same 3 or more units are needed on both sides", len(x), len(y))
	}
	if err := finite(x, y); err != nil {
		return RankCorrelation{}, err
	}
	n := len(x)
	a, _ := Ranks(x)
	b, _ := Ranks(y)
	c := RankCorrelation{N: n, Rho: Known(stat.Correlation(a, b, nil))}
	a, b = centred(a), centred(b)
	product := func() (sum float64) {
		for i := range a {
			sum += a[i] * b[i]
		}
		return sum
	}
	least, count := math.Abs(product())-guard*float64(n*n*n), int64(0)
	try := func() {
		if !(math.Abs(product()) < least) {
			count++
		}
	}
	if n <= maxPermuted {
		total := int64(0)
		permute(b, n, func() { total++; try() })
		c.Chance = exact(count, total)
		return c, nil
	}
	r := s.rand()
	for range s.draws() {
		r.Shuffle(n, func(i, j int) { b[i], b[j] = b[j], b[i] })
		try()
	}
	c.Chance = drawn(count, int64(s.draws()))
	return c, nil
}

// permute visits all orders of the first n values (Heap 1963, Comput. J. 6:293).
func permute(x []float64, n int, visit func()) {
	if n <= 1 {
		visit()
		return
	}
	for i := range n {
		permute(x, n-1, visit)
		if i < n-1 {
			j := 0
			if n%2 == 0 {
				j = i
			}
			x[j], x[n-1] = x[n-1], x[j]
		}
	}
}
