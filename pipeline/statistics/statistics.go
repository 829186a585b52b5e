package statistics

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

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

// Student is t, its two-sided p and the interval of an estimate by its standard error and degrees of freedom; level is that
// of the interval, such as [Confidence]. Without any error (all values alike) the interval is the estimate itself; with numbers that
// have no such test (NaN, no degrees of freedom, a level of 1) all are NaN.
func Student(estimate, se, df, level float64) (t, p, low, high float64) {
	if se == 0 && !math.IsNaN(estimate) {
		if estimate == 0 {
			return 0, 1, 0, 0
		}
		return math.Copysign(math.Inf(1), estimate), 0, estimate, estimate
	}
	if !(se > 0) || !(df > 0) || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	d := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	t = estimate / se
	half := d.Quantile((1+level)/2) * se
	return t, 2 * d.Survival(math.Abs(t)), estimate - half, estimate + half
}

// largest is the size beyond which squares and sums no longer fit a float64.
const largest = 1e150

// finite refuses values that no statistic can be made of.
func finite(values ...[]float64) error {
	for _, x := range values {
		for i, v := range x {
			if !(math.Abs(v) <= largest) { // nor NaN
				return fmt.Errorf("value %d is %g: unknown values must be left out", i+1, v)
			}
		}
	}
	return nil
}

// median leaves x sorted. That of nothing is NaN.
func median(x []float64) float64 {
	n := len(x)
	if n == 0 {
		return math.NaN()
	}
	slices.Sort(x)
	return x[(n-1)/2]/2 + x[n/2]/2
}

// direct is up to how many values all pairs are looked at one by one.
const direct = 1000

// medianOf is the median of so many numbers that need not be listed: atMost counts those up to a value.
func medianOf(total int64, atMost func(float64) int64) float64 {
	// Numbers in order of size are bits in order of size, once those below zero are turned around.
	number := func(rank uint64) float64 {
		if rank>>63 == 1 {
			return math.Float64frombits(rank &^ (1 << 63))
		}
		return math.Float64frombits(^rank)
	}
	smallest := func(k int64) float64 {
		low, high := ^math.Float64bits(-math.MaxFloat64), math.Float64bits(math.MaxFloat64)|1<<63
		for low < high {
			if middle := low + (high-low)/2; atMost(number(middle)) >= k {
				high = middle
			} else {
				low = middle + 1
			}
		}
		return number(low)
	}
	return smallest((total+1)/2)/2 + smallest(total/2+1)/2
}

// Quantile is the linear interpolation between the order statistics, type 7 of Hyndman & Fan (1996, Am. Stat. 50:361), which
// is R's. That of nothing is NaN.
func Quantile(q float64, x []float64) float64 {
	if len(x) == 0 || !(q >= 0 && q <= 1) {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(x))
	at := q * float64(len(s)-1)
	i := int(at)
	if i == len(s)-1 {
		return s[i]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// bisect finds where a monotone function crosses zero between low and high, which must lie on either side of it; otherwise the
// nearer end is the answer.
func bisect(low, high float64, f func(float64) float64) float64 {
	rising := f(high) > f(low)
	for range 200 {
		middle := low + (high-low)/2
		if high-low <= 1e-14*(math.Abs(low)+math.Abs(high)) {
			return middle
		}
		if f(middle) < 0 == rising {
			low = middle
		} else {
			high = middle
		}
	}
	return low + (high-low)/2
}
