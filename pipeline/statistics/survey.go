package statistics

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Reliability says how far the items of a questionnaire measure one thing.
type Reliability struct {
	N, K         int     // respondents, items
	Alpha        float64 // Cronbach (1951, Psychometrika 16:297), of covariances
	Standardised float64 // the same of correlations
	Correlation  float64 // mean between items
	Low, High    float64 // of Alpha by the F distribution (Feldt 1965, Psychometrika 30:357)
	Dropped      []Value // Alpha without each item; unknown with two
}

// Cronbach computes the reliability of items, each a column of as many answers. It needs two items and two respondents, and
// items that vary.
func Cronbach(items [][]float64, level float64) (Reliability, error) {
	if len(items) < 2 {
		return Reliability{}, fmt.Errorf("%d items: at least 2 are needed", len(items))
	}
	for _, x := range items {
		if len(x) != len(items[0]) || len(x) < 2 {
			return Reliability{}, fmt.Errorf("items of %d and %d answers: the same 2 or more respondents are needed", len(items[0]), len(x))
		}
	}
	if err := finite(items...); err != nil {
		return Reliability{}, err
	}
	if !(level > 0 && level < 1) {
		return Reliability{}, fmt.Errorf("%g is no level of confidence: it must lie between 0 and 1, such as 0.95", level)
	}
	r := Reliability{N: len(items[0]), K: len(items)}
	for i := range items {
		if stat.Variance(items[i], nil) == 0 {
			return Reliability{}, fmt.Errorf("item %d does not vary: leave it out", i+1)
		}
		for j := range i {
			r.Correlation += stat.Correlation(items[i], items[j], nil)
		}
	}
	k, n := float64(r.K), float64(r.N)
	r.Correlation /= k * (k - 1) / 2
	alpha := cronbach(items)
	if !alpha.Known {
		return Reliability{}, errors.New("the items cancel out: the sum of the answers does not vary")
	}
	r.Alpha = alpha.Number
	r.Standardised = k * r.Correlation / (1 + (k-1)*r.Correlation)
	f := distuv.F{D1: n - 1, D2: (n - 1) * (k - 1)}
	r.Low, r.High = 1-(1-r.Alpha)*f.Quantile((1+level)/2), 1-(1-r.Alpha)*f.Quantile((1-level)/2)
	for i := range items {
		v := Value{}
		if r.K > 2 {
			v = cronbach(append(append([][]float64{}, items[:i]...), items[i+1:]...))
		}
		r.Dropped = append(r.Dropped, v)
	}
	return r, nil
}

func cronbach(items [][]float64) Value {
	k, parts, sums := float64(len(items)), 0.0, make([]float64, len(items[0]))
	for _, x := range items {
		parts += stat.Variance(x, nil)
		for i, v := range x {
			sums[i] += v
		}
	}
	return Known(k / (k - 1) * (1 - parts/stat.Variance(sums, nil)))
}

// GRIM tells whether a reported mean, as printed, can be that of n whole numbers (Brown & Heathers 2017, Soc. Psychol. Personal.
// Sci. 8:363); items is how many are averaged for each, mostly 1. Either way of rounding a half is allowed.
func GRIM(mean string, n, items int) (bool, error) {
	_, decimals, _ := strings.Cut(mean, ".")
	digits, err := strconv.ParseInt(strings.Replace(mean, ".", "", 1), 10, 64)
	if err != nil || len(decimals) > 6 || digits < 0 || digits > 1e9 {
		return false, fmt.Errorf("%q is no reported mean: write it as it was printed, such as 3.77", mean)
	}
	if n < 1 || items < 1 || n > 1e6 || items > 1e3 {
		return false, fmt.Errorf("%d answers of %d items cannot be checked", n, items)
	}
	// A total k is looked for with digits − ½ ≤ k/(n·items) · 10^decimals < digits + ½, all doubled.
	grid, scale := int64(n*items), int64(2*math.Pow10(len(decimals)))
	low, high := (2*digits-1)*grid, (2*digits+1)*grid
	k := max(0, (low+scale-1)/scale)
	if low < 0 {
		k = 0
	}
	if digits%2 == 0 { // a half may also be rounded to the even digit
		return k*scale <= high, nil
	}
	return k*scale < high, nil
}

// Answers are how many gave each mark of a scale that starts at 1; of a known number that were asked, or of none known.
type Answers struct {
	Counts []int
	Asked  int // 0: not known
}

// Marks describe answers to one question. Where it is known how many were asked, errors shrink by the part that answered, as
// those of a finite population do (Cochran 1977, ch. 2).
type Marks struct {
	N                 int
	Mean              float64
	SD                Value
	Low, High         Value      // of the mean, by Student's t; unknown with one answer
	ShareOfMax        float64    // where the mean lies between the lowest mark (0) and the highest (1)
	Top, TopTwo       Proportion // of those that answered
	Response          Value      // share of those asked that answered
	Worst, Best       Value      // the mean if all that kept silent had given the lowest, the highest mark
	TopWorst, TopBest Value
}

// Proportion is a share with its Wilson interval.
type Proportion struct {
	P, Low, High float64
}

// Describe computes the figures of a question. It needs two marks and one answer.
func (a Answers) Describe(level float64) (Marks, error) {
	top := len(a.Counts)
	if top < 2 {
		return Marks{}, fmt.Errorf("a scale of %d marks: at least 2 are needed", top)
	}
	n, sum, squares := 0, 0, 0.0
	for i, c := range a.Counts {
		if c < 0 || c > 1e9 {
			return Marks{}, fmt.Errorf("%d answers of %d: that is no count", c, i+1)
		}
		n, sum = n+c, sum+c*(i+1)
	}
	switch {
	case n == 0:
		return Marks{}, errors.New("there are no answers")
	case a.Asked != 0 && a.Asked < n:
		return Marks{}, fmt.Errorf("%d answered and only %d were asked", n, a.Asked)
	}
	m := Marks{N: n, Mean: float64(sum) / float64(n)}
	for i, c := range a.Counts {
		squares += float64(c) * (float64(i+1) - m.Mean) * (float64(i+1) - m.Mean)
	}
	m.ShareOfMax = (m.Mean - 1) / float64(top-1)
	left, larger := 1.0, 1.0 // the parts of the variance that are left, by which answers count for more
	if a.Asked > 0 {
		silent := a.Asked - n
		left = float64(silent) / float64(a.Asked)
		if silent > 0 {
			larger = float64(a.Asked-1) / float64(silent)
		}
		m.Response = Known(float64(n) / float64(a.Asked))
		m.Worst = Known(float64(sum+silent) / float64(a.Asked))
		m.Best = Known(float64(sum+silent*top) / float64(a.Asked))
		m.TopWorst = Known(float64(a.Counts[top-1]) / float64(a.Asked))
		m.TopBest = Known(float64(a.Counts[top-1]+silent) / float64(a.Asked))
	}
	if n > 1 {
		variance := squares / float64(n-1)
		m.SD = Known(math.Sqrt(variance))
		_, _, low, high := Student(m.Mean, math.Sqrt(left*variance/float64(n)), float64(n-1), level)
		m.Low, m.High = Known(low), Known(high)
	}
	for _, p := range []struct {
		of    *Proportion
		count int
	}{{&m.Top, a.Counts[top-1]}, {&m.TopTwo, a.Counts[top-1] + a.Counts[top-2]}} {
		p.of.P = float64(p.count) / float64(n)
		low, high, err := Wilson(float64(p.count)*larger, float64(n)*larger, level)
		if err != nil {
			return Marks{}, err
		}
		if left == 0 { // everyone answered
			low, high = p.of.P, p.of.P
		}
		p.of.Low, p.of.High = low, high
	}
	return m, nil
}
