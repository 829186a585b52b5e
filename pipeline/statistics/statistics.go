package statistics

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Value is a number that may be missing. The zero value is unknown.
type Value struct {
	Known  bool
	Number float64
}

// Known is a number that is there; NaN and infinities are not.
func Known(x float64) Value {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return Value{}
	}
	return Value{Known: true, Number: x}
}

// MarshalJSON writes an unknown number as null.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.Known {
		return []byte("null"), nil
	}
	return json.Marshal(v.Number)
}

// Level of every interval and test, and the power that a detectable effect stands for.
const (
	Confidence = 0.95
	Alpha      = 1 - Confidence
	Power      = 0.80
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
	SignFlip      Chance
}

// Pair describes changes (after minus before), one a unit: Student's paired t with its interval, the exact sign-flip test,
// the Hodges–Lehmann estimate (1963, Ann. Math. Stat. 34:598) and Hedges' g. It needs two units.
func Pair(changes []float64, s Sampling) (Paired, error) {
	n := len(changes)
	if n < 2 {
		return Paired{}, fmt.Errorf("%d paired values: at least 2 are needed", n)
	}
	p := Paired{N: n, DF: float64(n - 1), HodgesLehmann: hodgesLehmann(changes), SignFlip: SignFlip(changes, s)}
	for _, d := range changes {
		switch {
		case d > 0:
			p.Up++
		case d < 0:
			p.Down++
		}
	}
	p.Mean, p.SD = stat.MeanStdDev(changes, nil)
	p.T, p.P, p.Low, p.High = student(p.Mean, p.SD/math.Sqrt(float64(n)), p.DF)
	p.G = Known(p.Mean / p.SD * hedges(p.DF))
	p.Detectable = Known(DetectablePaired(n) * p.SD)
	return p, nil
}

// Compared is the difference between the changes of two groups.
type Compared struct {
	N, Others  int     // units of the first group, of the second
	Estimate   float64 // mean change of the first minus mean change of the second
	Low, High  float64 // by Welch's t
	T, DF, P   float64 // Welch's
	G          Value   // Hedges' g on the pooled SD of the changes; unknown where they do not vary
	Detectable Value   // the difference that would be seen four times in five
	Labels     Chance  // by permutation of the labels; the p-value of every verdict
}

// Compare sets the changes of one group against those of another: a difference in differences whose unit is the
// department. Welch's interval (1947, Biometrika 34:28) on unit changes equals the cluster-robust (CR2) one.
// It needs two units a group.
func Compare(a, b []float64, s Sampling) (Compared, error) {
	if len(a) < 2 || len(b) < 2 {
		return Compared{}, fmt.Errorf("groups of %d and %d: at least 2 each are needed", len(a), len(b))
	}
	na, nb := float64(len(a)), float64(len(b))
	ma, va := stat.MeanVariance(a, nil)
	mb, vb := stat.MeanVariance(b, nil)
	c := Compared{N: len(a), Others: len(b), Estimate: ma - mb, Labels: Labels(a, b, s)}
	ea, eb := va/na, vb/nb
	c.DF = na + nb - 2
	if ea+eb > 0 { // Welch–Satterthwaite
		c.DF = (ea + eb) * (ea + eb) / (ea*ea/(na-1) + eb*eb/(nb-1))
	}
	c.T, c.P, c.Low, c.High = student(c.Estimate, math.Sqrt(ea+eb), c.DF)
	pooled := math.Sqrt(((na-1)*va + (nb-1)*vb) / (na + nb - 2))
	c.G = Known(c.Estimate / pooled * hedges(na+nb-2))
	c.Detectable = Known(DetectableBetween(len(a), len(b)) * pooled)
	return c, nil
}

// student is t, its two-sided p and the interval of an estimate. Without any error (all values alike) the interval is
// the estimate itself.
func student(estimate, se, df float64) (t, p, low, high float64) {
	if se == 0 {
		if estimate == 0 {
			return 0, 1, 0, 0
		}
		return math.Copysign(math.Inf(1), estimate), 0, estimate, estimate
	}
	d := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	t = estimate / se
	half := d.Quantile((1+Confidence)/2) * se
	return t, 2 * d.Survival(math.Abs(t)), estimate - half, estimate + half
}

// hedges is the exact factor that takes the bias of a small sample out of a standardised difference (Hedges 1981,
// J. Educ. Stat. 6:107).
func hedges(df float64) float64 {
	a, _ := math.Lgamma(df / 2)
	b, _ := math.Lgamma((df - 1) / 2)
	return math.Exp(a-b) / math.Sqrt(df/2)
}

func hodgesLehmann(x []float64) float64 {
	walsh := make([]float64, 0, len(x)*(len(x)+1)/2)
	for i := range x {
		for j := i; j < len(x); j++ {
			walsh = append(walsh, (x[i]+x[j])/2)
		}
	}
	return median(walsh)
}

func median(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// DetectablePaired is the smallest mean change, in standard deviations of the changes, that a paired t-test of n units
// would find in four cases of five (Cohen 1988, ch. 2; as R's power.t.test).
func DetectablePaired(n int) float64 {
	return detectable(float64(n-1), math.Sqrt(float64(n)))
}

// DetectableBetween is the same for the difference between two groups, in pooled standard deviations.
func DetectableBetween(n, others int) float64 {
	a, b := float64(n), float64(others)
	return detectable(a+b-2, math.Sqrt(a*b/(a+b)))
}

func detectable(df, root float64) float64 {
	if df < 1 {
		return math.NaN()
	}
	low, high := 0.0, 100.0
	for range 60 {
		if middle := (low + high) / 2; power(middle*root, df) < Power {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// power of a two-sided t-test at noncentrality ncp, the far tail left out.
func power(ncp, df float64) float64 {
	critical := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile((1 + Confidence) / 2)
	return 1 - distuv.NoncentralT{Nu: df, Mu: ncp}.CDF(critical)
}

// Holm adjusts p-values so that, with all of them judged at one level, the chance of any false claim stays below it
// (Holm 1979, Scand. J. Stat. 6:65). The order is kept.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	adjusted, floor := make([]float64, len(p)), 0.0
	for rank, i := range order {
		floor = math.Max(floor, math.Min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = floor
	}
	return adjusted
}

// Wilson is the interval of a proportion of x in n (Wilson 1927, JASA 22:209). It needs 0 ≤ x ≤ n and n > 0.
func Wilson(x, n int) (low, high float64, err error) {
	if n <= 0 || x < 0 || x > n {
		return 0, 0, fmt.Errorf("%d of %d is no proportion", x, n)
	}
	z := distuv.UnitNormal.Quantile((1 + Confidence) / 2)
	p, m := float64(x)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return math.Max(0, centre-half), math.Min(1, centre+half), nil
}

// Spread is how alike the units of a group are, before and after.
type Spread struct {
	N             int
	Before, After float64 // standard deviations, in the indicator's unit
	Change        float64 // below zero: the units have become more alike
	Swap          Chance  // by exchanging before and after within units
}

// Dispersion tests whether units have become more (or less) alike. The means of both sides are taken out first, so that
// a shift that all share is not mistaken for a change of spread. It needs two units.
func Dispersion(before, after []float64, s Sampling) (Spread, error) {
	if len(before) != len(after) || len(before) < 2 {
		return Spread{}, fmt.Errorf("%d and %d values: the same 2 or more units are needed on both sides", len(before), len(after))
	}
	d := Spread{N: len(before), Before: stat.StdDev(before, nil), After: stat.StdDev(after, nil)}
	d.Change = d.After - d.Before
	d.Swap = swap(centred(before), centred(after), func(a, b []float64) float64 {
		return stat.StdDev(a, nil) - stat.StdDev(b, nil)
	}, s)
	return d, nil
}

func centred(x []float64) []float64 {
	mean, c := stat.Mean(x, nil), make([]float64, len(x))
	for i := range x {
		c[i] = x[i] - mean
	}
	return c
}
