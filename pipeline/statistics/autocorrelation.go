package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Autocorrelations are those of a series at lags 1 to lags, about its mean, as R's acf has them. The values are in order of time; at holds
// their times (nil: none is missing), and only pairs of the right distance count. Those of a series that does not vary, and at
// lags at which there is no pair, are unknown.
func Autocorrelations(values []float64, at []int, lags int) ([]Value, error) {
	n := len(values)
	if lags < 0 {
		return nil, fmt.Errorf("%d lags", lags)
	}
	if err := checkTimes(at, n); err != nil {
		return nil, err
	}
	all := make([]Value, lags)
	if n < 2 {
		return all, nil
	}
	mean := stat.Mean(values, nil)
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	for l := 1; l <= lags; l++ {
		sum, m := 0.0, 0
		pairs(n, at, l, func(i, j int) {
			sum += (values[i] - mean) * (values[j] - mean)
			m++
		})
		if m > 0 {
			all[l-1] = Known(sum / float64(m+l) / (squares / float64(n)))
		}
	}
	return all, nil
}

// LjungBox tests that a series has no autocorrelation up to a lag: n(n+2) Σ r²/(n−l), χ² on as many degrees of freedom (Ljung &
// Box 1978, Biometrika 65:297). On a regression's residuals it is known to be too lenient; [Linear.BreuschGodfrey] is meant for these.
func LjungBox(values []float64, at []int, lags int) (q, p float64, err error) {
	n := len(values)
	if lags < 1 || lags >= n {
		return 0, 0, fmt.Errorf("Ljung and Box's test to lag %d of %d values", lags, n)
	}
	r, err := Autocorrelations(values, at, lags)
	if err != nil {
		return 0, 0, err
	}
	for i, v := range r {
		if !v.Known {
			return 0, 0, fmt.Errorf("Ljung and Box's test: no autocorrelation at lag %d, as the values are all alike or none is so far from another", i+1)
		}
		q += v.Number * v.Number / float64(n-i-1)
	}
	q *= float64(n) * float64(n+2)
	return q, distuv.ChiSquared{K: float64(lags)}.Survival(q), nil
}

// DurbinWatson is the sum of squared differences of neighbouring residuals over that of squares: 2 without autocorrelation of
// order 1, towards 0 with a positive one (Durbin & Watson 1950, Biometrika 37:409). NaN: all residuals are zero.
func (l *Linear) DurbinWatson(at []int) (float64, error) {
	if err := checkTimes(at, l.N()); err != nil {
		return 0, err
	}
	sum := 0.0
	pairs(l.N(), at, 1, func(i, j int) {
		d := l.Residuals[j] - l.Residuals[i]
		sum += d * d
	})
	return sum / l.RSS(), nil
}

// BreuschGodfrey tests that the errors of a regression have no autocorrelation up to an order: n R² of the residuals on
// the columns and on their own past, what is not there being zero, χ² on as many degrees of freedom as the order (Breusch 1978, Austr.
// Econ. Papers 17:334; Godfrey 1978, Econometrica 46:1293). It needs more observations than columns and orders.
func (l *Linear) BreuschGodfrey(order int, at []int) (lm, p float64, err error) {
	n, k := l.X.Dims()
	if order < 1 || n <= k+order {
		return 0, 0, fmt.Errorf("Breusch and Godfrey's test of order %d of %d observations and %d coefficients", order, n, k)
	}
	if err := checkTimes(at, n); err != nil {
		return 0, 0, err
	}
	x := mat.NewDense(n, k+order, nil)
	x.Slice(0, n, 0, k).(*mat.Dense).Copy(l.X)
	names := append(make([]string, 0, k+order), l.Names...)
	for o := 1; o <= order; o++ {
		names = append(names, fmt.Sprintf("residual %d before", o))
		pairs(n, at, o, func(i, j int) { x.Set(j, k+o-1, l.Residuals[i]) })
	}
	auxiliary, err := LeastSquares(names, x, l.Residuals)
	if err != nil {
		return 0, 0, fmt.Errorf("Breusch and Godfrey's test: %w", err)
	}
	lm = float64(n) * math.Max(0, 1-auxiliary.RSS()/l.RSS())
	return lm, distuv.ChiSquared{K: float64(order)}.Survival(lm), nil
}
