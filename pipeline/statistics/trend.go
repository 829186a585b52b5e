package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ErrShortSeries: a series has too few values on a side for what is asked of it.
var ErrShortSeries = errors.New("too few values")

// LevelChange is how far a unit's values lie above (or below) its own straight line from some moment on: the step in a regression
// on time. Values that are NaN (unknown, or set aside) are passed over; what is at or after the moment has the step. Compared
// between groups by [Compare] it is the difference in differences that holds where the groups were on different paths, at
// a price in power. It needs two values on either side, and four in all.
func LevelChange(times, values []float64, from float64) (float64, error) {
	if len(times) != len(values) {
		return 0, fmt.Errorf("%d values at %d times", len(values), len(times))
	}
	var rows, y []float64
	before, after := 0, 0
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		step := 0.0
		if times[i] >= from {
			step = 1
			after++
		} else {
			before++
		}
		rows, y = append(rows, 1, times[i]-from, step), append(y, v)
	}
	if before < 2 || after < 2 || len(y) < 4 {
		return 0, fmt.Errorf("%d before and %d after: %w", before, after, ErrShortSeries)
	}
	if err := finite(y, rows); err != nil {
		return 0, err
	}
	fit, err := LeastSquares([]string{"level", "trend", "step"}, mat.NewDense(len(y), 3, rows), y)
	if err != nil {
		return 0, err
	}
	return fit.Coef[2], nil
}
