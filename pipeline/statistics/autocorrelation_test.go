package statistics

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestAutocorrelationsByHand(t *testing.T) {
	y := []float64{1, 4, 2, 7} // less the mean: -2.5, 0.5, -1.5, 3.5
	for _, c := range []struct {
		name string
		at   []int
		want []Value
	}{
		{"without gaps", nil, []Value{Known((-1.25 - 0.75 - 5.25) / 21), Known((3.75 + 1.75) / 21), Known(-8.75 / 21), {}}},
		{"a gap", []int{0, 1, 3, 4}, []Value{Known((-1.25 - 5.25) / 3 / (21.0 / 4)), Known(-0.75 / 3 / (21.0 / 4)), Known((3.75 + 1.75) / 5 / (21.0 / 4)), Known(-8.75 / 5 / (21.0 / 4))}},
	} {
		got, err := Autocorrelations(y, c.at, 4)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range c.want {
			if got[i].Known != w.Known {
				t.Errorf("%s, lag %d: %v, want %v", c.name, i+1, got[i], w)
				continue
			}
			near(t, c.name, got[i].Number, w.Number)
		}
	}
	constant, err := Autocorrelations([]float64{2, 2, 2}, nil, 1)
	if err != nil || constant[0].Known {
		t.Errorf("of a constant: %v, %v", constant, err)
	}
	if _, err := Autocorrelations(y, []int{1}, 1); err == nil {
		t.Error("one time served four values")
	}
}

func trended(t *testing.T, y []float64) *Linear {
	t.Helper()
	x, names := mat.NewDense(len(y), 2, nil), []string{"one", "t"}
	for i := range y {
		x.SetRow(i, []float64{1, float64(i)})
	}
	l, err := LeastSquares(names, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A wave is autocorrelated, an alternation negatively so; the reference results hold the figures.
func TestTestsSeeAutocorrelation(t *testing.T) {
	wave, zigzag := make([]float64, 60), make([]float64, 60)
	for i := range wave {
		wave[i] = math.Sin(float64(i)/4) + math.Sin(float64(i*i))/5
		zigzag[i] = float64(1-2*(i%2)) + math.Sin(float64(i*i))/5
	}
	for name, y := range map[string][]float64{"wave": wave, "zigzag": zigzag} {
		l := trended(t, y)
		if _, p, err := l.BreuschGodfrey(4, nil); err != nil || p > 1e-4 {
			t.Errorf("%s: Breusch and Godfrey's p is %g, %v", name, p, err)
		}
		if _, p, err := LjungBox(l.Residuals, nil, 4); err != nil || p > 1e-4 {
			t.Errorf("%s: Ljung and Box's p is %g, %v", name, p, err)
		}
		if d, err := l.DurbinWatson(nil); err != nil || (name == "wave") != (d < 1) || (name == "zigzag") != (d > 3) {
			t.Errorf("%s: Durbin and Watson's statistic is %g, %v", name, d, err)
		}
		far := make([]int, len(y))
		for i := range far {
			far[i] = 100 * i
		}
		if d, err := l.DurbinWatson(far); err != nil || d != 0 {
			t.Errorf("%s: with no neighbours there are no differences, not %g, %v", name, d, err)
		}
		if _, _, err := l.BreuschGodfrey(4, far); err == nil {
			t.Errorf("%s: a past that is nowhere known was tested", name)
		}
	}
	l := trended(t, []float64{1, 3, 2, 5, 4, 6})
	for _, order := range []int{0, -1, 4, 1000} {
		if _, _, err := l.BreuschGodfrey(order, nil); err == nil {
			t.Errorf("order %d was tested", order)
		}
	}
	if _, _, err := LjungBox([]float64{1, 1, 1, 1}, nil, 2); err == nil {
		t.Error("a constant was tested")
	}
}
