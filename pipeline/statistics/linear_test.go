package statistics

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Anscombe (1973), Am. Stat. 27:17, first set: every textbook prints 3.00 + 0.500 x, errors 1.125 and 0.118.
func TestLeastSquaresAgreesWithAnscombe(t *testing.T) {
	x := []float64{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5}
	y := []float64{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68}
	design := mat.NewDense(len(x), 2, nil)
	for i, v := range x {
		design.SetRow(i, []float64{1, v})
	}
	l, err := LeastSquares([]string{"one", "x"}, design, y)
	if err != nil {
		t.Fatal(err)
	}
	se := Errors(l.Covariance())
	near(t, "intercept", l.Coef[0], 3.0000909, 1e-6)
	near(t, "slope", l.Coef[1], 0.5000909, 1e-6)
	near(t, "its error", se[0], 1.1247468, 1e-6)
	near(t, "slope's error", se[1], 0.1179055, 1e-6)
}

func TestLeastSquaresRefusesWhatCannotBeToldApart(t *testing.T) {
	design := mat.NewDense(4, 3, []float64{1, 1, 2, 1, 2, 4, 1, 3, 6, 1, 5, 10})
	if _, err := LeastSquares([]string{"one", "x", "twice"}, design, []float64{1, 2, 3, 4}); !errors.Is(err, ErrCollinear) {
		t.Errorf("err = %v", err)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), 1e200} {
		if _, err := LeastSquares([]string{"one"}, mat.NewDense(3, 1, []float64{1, bad, 1}), []float64{1, 2, 3}); err == nil || errors.Is(err, ErrCollinear) {
			t.Errorf("a column with %g: %v", bad, err)
		}
		if _, err := LeastSquares([]string{"one"}, mat.NewDense(3, 1, []float64{1, 1, 1}), []float64{1, bad, 3}); err == nil {
			t.Errorf("a response with %g was fitted", bad)
		}
	}
	if _, err := LeastSquares([]string{"one"}, mat.NewDense(1, 1, []float64{1}), []float64{1}); err == nil {
		t.Error("one observation determined a mean and its error")
	}
}
