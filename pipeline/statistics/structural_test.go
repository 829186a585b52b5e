package statistics

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestOneBreakIsFoundWhereItIs(t *testing.T) {
	n := 60
	x, y := mat.NewDense(n, 2, nil), make([]float64, n)
	for i := range n {
		x.SetRow(i, []float64{1, float64(i)})
		y[i] = 0.1*float64(i) + math.Sin(float64(i*i))/2
		if i >= 37 {
			y[i] += 4 - 0.3*float64(i-37)
		}
	}
	b, err := OneBreak([]string{"one", "t"}, x, y, 0.15)
	if err != nil {
		t.Fatal(err)
	}
	if b.After != 36 || b.SupF < 50 || b.RSS >= b.Without {
		t.Errorf("break after %d, F %g, squares %g of %g", b.After, b.SupF, b.RSS, b.Without)
	}
	ones := mat.NewDense(n, 1, nil)
	for i := range n {
		ones.Set(i, 0, 1)
	}
	if _, err := OneBreak([]string{"one"}, ones, y, 0.7); err == nil {
		t.Error("more was trimmed than there is")
	}
	if _, err := OneBreak([]string{"one"}, mat.NewDense(3, 1, []float64{1, 1, 1}), []float64{1, 2, 3}, 0.15); err == nil {
		t.Error("three values had a break")
	}
}
