package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Heteroscedastic is a covariance that holds where errors differ in size between observations.
type Heteroscedastic int

// The kinds: HC0 is White's (1980, Econometrica 48:817); HC1 has n/(n−k) for the degrees of freedom, HC2 and HC3 divide each
// squared residual by 1−h and (1−h)², h being the observation's leverage (MacKinnon & White 1985, J. Econometrics 29:305).
const (
	HC0 Heteroscedastic = iota
	HC1
	HC2
	HC3
)

// HC is the covariance of the coefficients where errors are independent but not alike. HC2 and HC3 do not exist (NaN) where an
// observation has a column to itself.
func (l *Linear) HC(kind Heteroscedastic) *mat.SymDense {
	scores, factor := l.scores(), 1.0
	n, k := l.X.Dims()
	switch kind {
	case HC1:
		factor = l.SmallSample()
	case HC2, HC3:
		power := float64(kind-HC1) / 2
		var xb mat.Dense
		xb.Mul(l.X, l.Bread)
		for i := range n {
			h := 0.0
			for j := range k {
				h += xb.At(i, j) * l.X.At(i, j)
			}
			shrink := math.NaN()
			if 1-h > 1e-12 {
				shrink = 1 / math.Pow(1-h, power)
			}
			for j := range k {
				scores.Set(i, j, scores.At(i, j)*shrink)
			}
		}
	}
	return l.Sandwich(bartlett(scores, nil, 0), factor)
}

// SmallSample is n/(n−k), the factor of HC1 and of Stata's newey.
func (l *Linear) SmallSample() float64 { return float64(l.N()) / float64(l.N()-l.K()) }

// NeweyWest is the covariance of the coefficients where errors are not alike and neighbours in time go together, up to a lag
// beyond which they do not: Bartlett's weights 1 − l/(lag+1), no prewhitening, no factor for small samples (Newey & West 1987,
// Econometrica 55:703). Lag 0 is HC0. The observations are in order of time; at holds their times, of which those that
// are l apart are neighbours of order l, and nil says that none is missing.
func (l *Linear) NeweyWest(lag int, at []int) (*mat.SymDense, error) {
	if err := checkLag(lag, at, l.N()); err != nil {
		return nil, err
	}
	return l.Sandwich(bartlett(l.scores(), at, lag), 1), nil
}

// AutomaticLag is the usual truncation of [Linear.NeweyWest], the whole part of 4(n/100)^(2/9) (Newey & West 1994, Rev. Econ.
// Stud. 61:631).
func AutomaticLag(n int) int {
	return int(math.Floor(4 * math.Pow(float64(n)/100, 2.0/9)))
}

// scores are the terms of X'e, n × k.
func (l *Linear) scores() *mat.Dense {
	var s mat.Dense
	s.Apply(func(i, _ int, x float64) float64 { return x * l.Residuals[i] }, l.X)
	return &s
}

func checkLag(lag int, at []int, n int) error {
	if lag < 0 || lag >= n {
		return fmt.Errorf("a lag of %d: it must lie between 0 and %d, as there are %d observations", lag, n-1, n)
	}
	return checkTimes(at, n)
}

// checkTimes refuses times that do not rise.
func checkTimes(at []int, n int) error {
	if at == nil {
		return nil
	}
	if len(at) != n {
		return fmt.Errorf("%d times for %d observations", len(at), n)
	}
	for i := 1; i < n; i++ {
		if at[i] <= at[i-1] {
			return fmt.Errorf("the observations are not in order of time: %d after %d", at[i], at[i-1])
		}
	}
	return nil
}

// pairs calls f with all i < j that are lag apart.
func pairs(n int, at []int, lag int, f func(i, j int)) {
	if at == nil {
		for j := lag; j < n; j++ {
			f(j-lag, j)
		}
		return
	}
	i := 0
	for j := range n {
		for at[j]-at[i] > lag {
			i++
		}
		if at[j]-at[i] == lag {
			f(i, j)
		}
	}
}

// bartlett is the meat of a sandwich: Σ s s' and, weighted, the products of neighbours both ways. What is missing counts as zero,
// so that the whole cannot become negative (Parzen's amplitude modulation; Datta & Du 2012).
func bartlett(scores *mat.Dense, at []int, lag int) *mat.SymDense {
	n, k := scores.Dims()
	meat := mat.NewSymDense(k, nil)
	for l := range lag + 1 {
		weight := 1 - float64(l)/float64(lag+1)
		if l == 0 {
			weight = 0.5 // both ways are the same
		}
		pairs(n, at, l, func(i, j int) {
			a, b := scores.RawRowView(i), scores.RawRowView(j)
			for p := range k {
				for q := p; q < k; q++ {
					meat.SetSym(p, q, meat.At(p, q)+weight*(a[p]*b[q]+a[q]*b[p]))
				}
			}
		})
	}
	return meat
}
