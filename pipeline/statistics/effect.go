package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Paired is the change of units that are compared with themselves.
type Paired struct {
	N             int
	Up, Down      int // how many rose, how many fell
	Mean, SD      float64
	Low, High     float64 // of the mean, by Student's t
	T, DF, P      float64
	HodgesLehmann float64 // the typical change: the median of all pairwise means
	G             Value   // Hedges' g_z; unknown where the changes do not vary
	Detectable    Value   // the mean change that would be seen four times in five
	Equivalence   float64 // the smallest margin within which the mean change is shown to lie, see EquivalenceBound
	SignFlip      Chance
}

// Pair describes changes (after minus before), one a unit: Student's paired t with its interval, the exact sign-flip test,
// the Hodges–Lehmann estimate and Hedges' g. It needs two units.
func Pair(changes []float64, s Sampling) (Paired, error) {
	n := len(changes)
	if n < 2 {
		return Paired{}, fmt.Errorf("%d paired values: at least 2 are needed", n)
	}
	if err := finite(changes); err != nil {
		return Paired{}, err
	}
	p := Paired{N: n, DF: float64(n - 1), HodgesLehmann: HodgesLehmann(changes), SignFlip: SignFlip(changes, s)}
	for _, d := range changes {
		switch {
		case d > 0:
			p.Up++
		case d < 0:
			p.Down++
		}
	}
	p.Mean, p.SD = stat.MeanStdDev(changes, nil)
	se := p.SD / math.Sqrt(float64(n))
	p.T, p.P, p.Low, p.High = Student(p.Mean, se, p.DF, Confidence)
	p.G = Known(p.Mean / p.SD * HedgesFactor(p.DF))
	p.Detectable = Known(DetectablePaired(n) * p.SD)
	p.Equivalence = EquivalenceBound(p.Mean, se, p.DF)
	return p, nil
}

// Compared is the difference between the changes of two groups.
type Compared struct {
	N, Others   int     // units of the first group, of the second
	Estimate    float64 // mean change of the first minus mean change of the second
	SE          float64 // Welch's: each group with its own variance
	Low, High   float64 // by Welch's t
	T, DF, P    float64 // Welch's
	Pooled      float64 // standard deviation of the changes within the groups
	G           Value   // Hedges' g on the pooled SD; unknown where the changes do not vary
	Detectable  Value   // the difference that would be seen four times in five
	Equivalence float64 // the smallest margin within which the difference is shown to lie, see EquivalenceBound
	Labels      Chance  // by permutation of the labels; the p-value of every verdict
}

// Compare sets the changes of one group against those of another: a difference in differences whose unit is the
// department. Welch's interval (1947, Biometrika 34:28) on unit changes equals the cluster-robust (CR2) one.
// It needs two units a group.
func Compare(a, b []float64, s Sampling) (Compared, error) {
	if len(a) < 2 || len(b) < 2 {
		return Compared{}, fmt.Errorf("groups of %d and %d: at least 2 each are needed", len(a), len(b))
	}
	if err := finite(a, b); err != nil {
		return Compared{}, err
	}
	na, nb := float64(len(a)), float64(len(b))
	va, vb := stat.Variance(a, nil), stat.Variance(b, nil)
	c := Compared{N: len(a), Others: len(b), Labels: Labels(a, b, s)}
	c.Estimate, c.SE, c.DF = welch(a, b)
	c.T, c.P, c.Low, c.High = Student(c.Estimate, c.SE, c.DF, Confidence)
	c.Pooled = math.Sqrt(((na-1)*va + (nb-1)*vb) / (na + nb - 2))
	c.G = Known(c.Estimate / c.Pooled * HedgesFactor(na+nb-2))
	c.Detectable = Known(DetectableBetween(len(a), len(b)) * c.Pooled)
	c.Equivalence = EquivalenceBound(c.Estimate, c.SE, c.DF)
	return c, nil
}

// welch is the difference of two means, its error where each group has a variance of its own, and Satterthwaite's degrees of
// freedom. Groups that do not vary have those of a pooled variance.
func welch(a, b []float64) (difference, se, df float64) {
	na, nb := float64(len(a)), float64(len(b))
	ma, va := stat.MeanVariance(a, nil)
	mb, vb := stat.MeanVariance(b, nil)
	ea, eb := va/na, vb/nb
	df = na + nb - 2
	if ea+eb > 0 {
		share := ea / (ea + eb)
		df = 1 / (share*share/(na-1) + (1-share)*(1-share)/(nb-1))
	}
	return ma - mb, math.Sqrt(ea + eb), df
}

// EquivalenceBound is the smallest margin such that both one-sided tests at 5 % place the true value within it, on either side
// of zero (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657): what an estimate that shows nothing has ruled out. It is
// the farther end of the 90 % interval.
func EquivalenceBound(estimate, se, df float64) float64 {
	_, _, low, high := Student(estimate, se, df, 1-2*Alpha)
	return math.Max(math.Abs(low), math.Abs(high))
}

// HedgesFactor is the exact factor that takes the bias of a small sample out of a standardised difference with df degrees of
// freedom (Hedges 1981, J. Educ. Stat. 6:107).
func HedgesFactor(df float64) float64 {
	a, _ := math.Lgamma(df / 2)
	b, _ := math.Lgamma((df - 1) / 2)
	return math.Exp(a-b) / math.Sqrt(df/2)
}

// HodgesLehmann is the median of all pairwise means, each value with itself included (Hodges & Lehmann 1963, Ann. Math.
// Stat. 34:598). That of nothing is NaN.
func HodgesLehmann(x []float64) float64 {
	if n := len(x); n > direct {
		sorted := slices.Sorted(slices.Values(x))
		return medianOf(int64(n)*int64(n+1)/2, func(v float64) (pairs int64) {
			for i, j := 0, n-1; i <= j; i++ {
				for ; j >= i && sorted[i]/2+sorted[j]/2 > v; j-- {
				}
				pairs += int64(j - i + 1)
			}
			return pairs
		})
	}
	walsh := make([]float64, 0, len(x)*(len(x)+1)/2)
	for i := range x {
		for j := i; j < len(x); j++ {
			walsh = append(walsh, x[i]/2+x[j]/2)
		}
	}
	return median(walsh)
}

// Noncentrality is the exact interval of the noncentrality of a t that was observed, by turning its distribution around
// (Steiger & Fouladi 1997); divided by √n it is that of a standardised mean change d_z. An infinite t has none.
func Noncentrality(t, df, level float64) (low, high float64, err error) {
	if !(df > 0) || math.IsNaN(t) || math.Abs(t) > largest || !(level > 0 && level < 1) {
		return 0, 0, errors.New("a t-value without spread has no noncentrality")
	}
	at := func(p float64) float64 {
		missing := func(ncp float64) float64 { return distuv.NoncentralT{Nu: df, Mu: ncp}.CDF(t) - p }
		reach := 5.0
		for reach < 1e9 && (missing(t-reach) < 0 || missing(t+reach) > 0) {
			reach *= 2
		}
		return bisect(t-reach, t+reach, missing)
	}
	return at((1 + level) / 2), at((1 - level) / 2), nil
}
