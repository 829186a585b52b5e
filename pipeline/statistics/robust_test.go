package statistics

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// regression draws a random one, whose columns can be told apart.
func regression(t *rapid.T) *Linear {
	n, k := rapid.IntRange(8, 25).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "k")
	x, y := mat.NewDense(n, k, nil), make([]float64, n)
	names := make([]string, k)
	for j := range k {
		names[j] = string(rune('a' + j))
	}
	for i := range n {
		x.Set(i, 0, 1)
		for j := 1; j < k; j++ {
			x.Set(i, j, rapid.Float64Range(-10, 10).Draw(t, "x"))
		}
		y[i] = rapid.Float64Range(-100, 100).Draw(t, "y")
	}
	l, err := LeastSquares(names, x, y)
	if err != nil {
		t.Skip(err)
	}
	var gram mat.SymDense
	gram.SymOuterK(1, x.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, false) || eigen.Values(nil)[0] < 1e-3 {
		t.Skip("nearly collinear")
	}
	return l
}

func alike(t *rapid.T, what string, got, want, scale float64) {
	if math.Abs(got-want) > 1e-6*(1e-6+math.Abs(want)+scale) {
		t.Fatalf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// Another origin, unit or order of the columns is another way of saying the same: fit, errors and tests follow it.
func TestLeastSquaresDoesNotDependOnUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := regression(t)
		n, k := l.X.Dims()
		a, b := rapid.Float64Range(0.01, 100).Draw(t, "unit"), rapid.Float64Range(-100, 100).Draw(t, "origin")
		scaled := make([]float64, n)
		for i, y := range l.Y {
			scaled[i] = a*y + b
		}
		turned, names := mat.NewDense(n, k, nil), make([]string, k)
		for j := range k { // the columns backwards, each in its own unit
			names[j] = l.Names[k-1-j]
			for i := range n {
				turned.Set(i, j, l.X.At(i, k-1-j)*1000)
			}
		}
		m, err := LeastSquares(names, turned, scaled)
		if err != nil {
			t.Fatal(err)
		}
		scale := math.Abs(b)/a + 100
		for i := range n {
			alike(t, "residual", m.Residuals[i]/a, l.Residuals[i], scale)
		}
		lag := rapid.IntRange(0, 3).Draw(t, "lag")
		first, err := l.NeweyWest(lag, nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := m.NeweyWest(lag, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j := range k {
			alike(t, "Newey and West's variance", second.At(k-1-j, k-1-j)*1e6/(a*a), first.At(j, j), scale*1e-3)
		}
	})
}

// Residuals are orthogonal to the columns, so that adding any combination of these to y changes nothing but the coefficients.
func TestLeastSquaresAddsWhatIsAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := regression(t)
		n, k := l.X.Dims()
		shift := make([]float64, k)
		for j := range shift {
			shift[j] = rapid.Float64Range(-5, 5).Draw(t, "shift")
		}
		var added mat.VecDense
		added.MulVec(l.X, mat.NewVecDense(k, shift))
		y := make([]float64, n)
		for i := range y {
			y[i] = l.Y[i] + added.AtVec(i)
		}
		m, err := LeastSquares(l.Names, l.X, y)
		if err != nil {
			t.Fatal(err)
		}
		for j := range k {
			alike(t, "coefficient", m.Coef[j], l.Coef[j]+shift[j], 1000)
		}
		alike(t, "variance", m.Variance(), l.Variance(), 1)
	})
}

func TestColumnsOfAnySizeCanBeToldApart(t *testing.T) {
	x := mat.NewDense(5, 3, []float64{1, 1e-9, 4e8, 1, 2e-9, 5e8, 1, 4e-9, 3e8, 1, 3e-9, 9e8, 1, 7e-9, 1e8})
	if _, err := LeastSquares([]string{"one", "small", "large"}, x, []float64{1, 3, 2, 5, 4}); err != nil {
		t.Error(err)
	}
}

// The variances are those of weighted sums of a mean: with one column of ones all of them can be written by hand.
func TestErrorsOfAMeanByHand(t *testing.T) {
	y := []float64{1, 4, 2, 7}
	l, err := LeastSquares([]string{"one"}, mat.NewDense(4, 1, []float64{1, 1, 1, 1}), y)
	if err != nil {
		t.Fatal(err)
	}
	e := []float64{-2.5, 0.5, -1.5, 3.5} // their squares sum to 21
	near(t, "HC0", l.HC(HC0).At(0, 0), 21.0/16)
	near(t, "HC1", l.HC(HC1).At(0, 0), 21.0/12)
	near(t, "HC2", l.HC(HC2).At(0, 0), 21.0/16*4/3)
	near(t, "HC3", l.HC(HC3).At(0, 0), 21.0/16*16/9)
	first := e[0]*e[1] + e[1]*e[2] + e[2]*e[3]
	second := e[0]*e[2] + e[1]*e[3]
	for _, c := range []struct {
		name string
		at   []int
		want float64
	}{
		{"without gaps", nil, 21 + 2*(2.0/3*first+1.0/3*second)},
		{"counted from anywhere", []int{-2, -1, 0, 1}, 21 + 2*(2.0/3*first+1.0/3*second)},
		{"a gap in the middle", []int{0, 1, 3, 4}, 21 + 2*(2.0/3*(e[0]*e[1]+e[2]*e[3])+1.0/3*e[1]*e[2])},
		{"far apart", []int{0, 10, 20, 30}, 21},
	} {
		v, err := l.NeweyWest(2, c.at)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name, v.At(0, 0), c.want/16)
	}
	for _, wrong := range []struct {
		lag int
		at  []int
	}{{-1, nil}, {4, nil}, {1, []int{0, 1}}, {1, []int{0, 2, 1, 3}}, {1, []int{0, 1, 1, 2}}} {
		if _, err := l.NeweyWest(wrong.lag, wrong.at); err == nil {
			t.Errorf("lag %d at %v was computed", wrong.lag, wrong.at)
		}
	}
}

// Whatever the gaps, the variance of a combination of coefficients is not below zero.
func TestNeweyWestIsAVariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := regression(t)
		at, now := make([]int, l.N()), 0
		for i := range at {
			now += rapid.IntRange(1, 4).Draw(t, "gap")
			at[i] = now
		}
		v, err := l.NeweyWest(rapid.IntRange(0, l.N()-1).Draw(t, "lag"), at)
		if err != nil {
			t.Fatal(err)
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(v, false) {
			t.Fatal("no eigenvalues")
		}
		values := eigen.Values(nil)
		if values[0] < -1e-9*values[len(values)-1] {
			t.Fatalf("eigenvalues %v", values)
		}
	})
}

func TestAutomaticLag(t *testing.T) {
	for n, want := range map[int]int{2: 1, 19: 2, 26: 2, 40: 3, 59: 3, 100: 4, 300: 5} {
		if got := AutomaticLag(n); got != want {
			t.Errorf("%d observations: lag %d, want %d", n, got, want)
		}
	}
}
