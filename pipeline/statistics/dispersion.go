package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Spread is how alike the units of a group are, before and after.
type Spread struct {
	N             int
	Before, After float64 // standard deviations, in the indicator's unit
	Change        float64 // below zero: the units have become more alike
	Swap          Chance  // by exchanging before and after within units
	// BeforeLimits and AfterLimits are the same with the bias taken out and their interval ([StandardDeviation]); nil where the
	// values do not vary.
	BeforeLimits, AfterLimits *Scatter
}

// Dispersion tests whether units have become more (or less) alike. The means of both sides are taken out first, so that
// a shift that all share is not mistaken for a change of spread. It needs two units.
func Dispersion(before, after []float64, s Sampling) (Spread, error) {
	if err := sides(before, after, 2); err != nil {
		return Spread{}, err
	}
	d := Spread{N: len(before), Before: stat.StdDev(before, nil), After: stat.StdDev(after, nil)}
	d.Change = d.After - d.Before
	d.Swap = Swap(centred(before), centred(after), func(x []float64) float64 { return stat.StdDev(x, nil) }, s)
	for _, side := range []struct {
		values []float64
		limits **Scatter
	}{{before, &d.BeforeLimits}, {after, &d.AfterLimits}} {
		if x, err := StandardDeviation(side.values, Confidence); err == nil {
			*side.limits = &x
		}
	}
	return d, nil
}

func sides(before, after []float64, least int) error {
	if len(before) != len(after) || len(before) < least {
		return fmt.Errorf("%d and %d values: the same %d or more units are needed on both sides", len(before), len(after), least)
	}
	return finite(before, after)
}

func centred(x []float64) []float64 {
	mean, c := stat.Mean(x, nil), make([]float64, len(x))
	for i := range x {
		c[i] = x[i] - mean
	}
	return c
}

// Correlated is a correlation, tested by Student's t.
type Correlated struct {
	R, T, DF, P float64
}

// PitmanMorgan tests whether paired values have the same variance, by the correlation of their sums with their differences
// (Pitman 1939, Biometrika 31:9; Morgan 1939, Biometrika 31:13). T is above zero where the later values vary more. It assumes
// normal values and needs three units that vary.
func PitmanMorgan(before, after []float64) (Correlated, error) {
	if err := sides(before, after, 3); err != nil {
		return Correlated{}, err
	}
	n := len(before)
	sums, differences := make([]float64, n), make([]float64, n)
	for i := range before {
		sums[i], differences[i] = after[i]+before[i], after[i]-before[i]
	}
	c := Correlated{R: stat.Correlation(sums, differences, nil), DF: float64(n - 2)}
	if math.IsNaN(c.R) {
		return Correlated{}, errors.New("the values, or their changes, do not vary: their variances cannot be compared")
	}
	c.T = c.R * math.Sqrt(c.DF/(1-c.R*c.R))
	c.P = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: c.DF}.Survival(math.Abs(c.T))
	if math.Abs(c.R) >= 1 {
		c.R, c.T, c.P = math.Copysign(1, c.R), math.Copysign(math.Inf(1), c.R), 0
	}
	return c, nil
}

// Scatter is a standard deviation, or a ratio of two, with the bias of a small sample taken out.
type Scatter struct {
	N         int
	Raw       float64 // as computed
	Estimate  float64 // bias corrected
	Low, High float64
	P         Value // of a ratio: that it is 1; unknown of a standard deviation, of which nothing is asked
}

// ErrNoSpread: values do not vary, or would not if one unit were left out, so that nothing can be said of their spread.
var ErrNoSpread = errors.New("the values, or all but one of them, are the same")

// StandardDeviation estimates how far units differ. Its bias and its interval are those of the jackknife of the logarithm of
// the variance (Miller 1968, Ann. Math. Stat. 39:567), which, unlike chi-square limits, does not lean on normal values. It
// needs three units that vary.
func StandardDeviation(x []float64, level float64) (Scatter, error) {
	pseudo, err := LogSpread(x)
	if err != nil {
		return Scatter{}, err
	}
	s := scatter(pseudo, stat.StdDev(x, nil), level)
	s.P = Value{}
	return s, nil
}

// DispersionRatio is the standard deviation after divided by that before, of the same units: below 1 they have become more
// alike. It jackknifes the units, both their values at once.
func DispersionRatio(before, after []float64, level float64) (Scatter, error) {
	pseudo, err := LogSpreadChange(before, after)
	if err != nil {
		return Scatter{}, err
	}
	return scatter(pseudo, stat.StdDev(after, nil)/stat.StdDev(before, nil), level), nil
}

func scatter(pseudo []float64, raw, level float64) Scatter {
	mean, sd := stat.MeanStdDev(pseudo, nil)
	n := float64(len(pseudo))
	_, p, low, high := Student(mean, sd/math.Sqrt(n), n-1, level)
	return Scatter{N: len(pseudo), Raw: raw, Estimate: math.Exp(mean), Low: math.Exp(low), High: math.Exp(high), P: Known(p)}
}

// LogSpread are the jackknife's pseudo-values of the logarithm of the standard deviation, one a unit: their mean is the bias
// corrected logarithm, and as values of the units they can be compared like any others.
func LogSpread(x []float64) ([]float64, error) {
	if len(x) < 3 {
		return nil, fmt.Errorf("%d values: at least 3 are needed to say how far they spread", len(x))
	}
	if err := finite(x); err != nil {
		return nil, err
	}
	n := float64(len(x))
	whole, pseudo, rest := logSD(x), make([]float64, len(x)), make([]float64, len(x)-1)
	if len(x) > direct { // the squares without one, of which it is too small a part to matter to the last digits
		c := centred(x)
		squares := 0.0
		for _, d := range c {
			squares += d * d
		}
		for i, d := range c {
			left := squares - d*d*n/(n-1)
			if !(left > 1e-9*squares) {
				return nil, ErrNoSpread
			}
			pseudo[i] = n*whole - (n-1)*math.Log(left/(n-2))/2
		}
		return pseudo, nil
	}
	for i := range x {
		copy(rest, x[:i])
		copy(rest[i:], x[i+1:])
		part := logSD(rest)
		if math.IsInf(part, -1) {
			return nil, ErrNoSpread
		}
		pseudo[i] = n*whole - (n-1)*part
	}
	return pseudo, nil
}

// LogSpreadChange are the same pseudo-values of the change of the logarithm between two sides; [Compare] sets those of one
// group against those of another, which asks whether it became more alike than the other.
func LogSpreadChange(before, after []float64) ([]float64, error) {
	if err := sides(before, after, 3); err != nil {
		return nil, err
	}
	b, err := LogSpread(before)
	if err != nil {
		return nil, fmt.Errorf("before: %w", err)
	}
	a, err := LogSpread(after)
	if err != nil {
		return nil, fmt.Errorf("after: %w", err)
	}
	for i := range a {
		a[i] -= b[i]
	}
	return a, nil
}

func logSD(x []float64) float64 {
	c := centred(x)
	size := 0.0
	for _, d := range c {
		size = math.Max(size, math.Abs(d))
	}
	if size <= 1e-12*math.Abs(stat.Mean(x, nil)) { // equal but for rounding
		return math.Inf(-1)
	}
	sum := 0.0
	for _, d := range c {
		sum += (d / size) * (d / size)
	}
	return math.Log(size) + math.Log(sum/float64(len(x)-1))/2
}

// CeilingSpread is the standard deviation of shares (0 to 1) as a part of √(m(1−m)), the largest that shares of mean m can
// have: shares that all near 0 or 1 lie close together without anyone having become alike. It is unknown where the mean is 0 or 1.
func CeilingSpread(shares []float64) (Value, error) {
	if len(shares) < 2 {
		return Value{}, fmt.Errorf("%d shares: at least 2 are needed", len(shares))
	}
	for i, x := range shares {
		if !(x >= 0 && x <= 1) {
			return Value{}, fmt.Errorf("share %d is %g: it must lie between 0 and 1", i+1, x)
		}
	}
	mean, sd := stat.MeanStdDev(shares, nil)
	return Known(sd / math.Sqrt(mean*(1-mean))), nil
}
