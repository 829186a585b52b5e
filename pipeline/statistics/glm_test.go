package statistics

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// With a group as the only column the fitted counts are the groups' means, and the coefficient is the logarithm of their ratio with
// the error √(1/Σ + 1/Σ) of the sums.
func TestPoissonOfTwoGroupsByHand(t *testing.T) {
	x := mat.NewDense(6, 2, []float64{1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1})
	y := []float64{3, 5, 4, 9, 0, 15}
	l, err := Poisson([]string{"one", "group"}, x, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", l.Coef[1], math.Log(2))
	near(t, "its error", Errors(l.Covariance(1))[1], math.Sqrt(1.0/12+1.0/24))
	pearson := (1+1+0)/4.0 + (1+64+49)/8.0
	near(t, "dispersion", l.Dispersion(), pearson/4)
	near(t, "zeros", l.Zeros(), 3*math.Exp(-4)+3*math.Exp(-8))
	rate, err := Poisson([]string{"one", "group"}, x, y, []float64{0, 0, 0, math.Log(2), math.Log(2), math.Log(2)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio of rates", rate.Coef[1], 0)
	// White's, by hand: a mean's variance on the scale of logarithms is Σ(y−m)² / (Σy)².
	robust, err := l.NeweyWest(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "robust error", Errors(robust)[1], math.Sqrt(2.0/144+114.0/576))
}

func TestDevianceIsTheSumOfSquaredResiduals(t *testing.T) {
	x := mat.NewDense(7, 2, []float64{1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1, 7})
	y := []float64{9, 0, 3, 14, 2, 0, 11}
	for name, fit := range map[string]func([]string, *mat.Dense, []float64, []float64) (*LogLinear, error){"poisson": Poisson, "negative binomial": NegativeBinomial} {
		l, err := fit([]string{"one", "x"}, x, y, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		sum := 0.0
		for _, r := range l.DevianceResiduals() {
			sum += r * r
		}
		near(t, name, sum, l.Deviance)
		if name == "negative binomial" {
			score, information := thetaScore(l.Theta, l.Y, l.Mean)
			if math.Abs(score) > 1e-8 || information <= 0 {
				t.Errorf("at theta %g the slope of the likelihood is %g, its curvature %g", l.Theta, score, information)
			}
		}
	}
}

// At the fit the likelihood has no slope, and any other coefficients are less likely.
func TestPoissonIsMostLikely(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(5, 20).Draw(t, "n")
		x, y := mat.NewDense(n, 2, nil), make([]float64, n)
		for i := range n {
			x.SetRow(i, []float64{1, float64(i % 5)})
			y[i] = float64(rapid.IntRange(0, 1000).Draw(t, "y"))
		}
		l, err := Poisson([]string{"one", "x"}, x, y, nil)
		if err != nil {
			t.Skip(err)
		}
		for j := range 2 {
			slope, scale := 0.0, 0.0
			for i := range n {
				slope += x.At(i, j) * (y[i] - l.Mean[i])
				scale += math.Abs(x.At(i, j)) * (y[i] + l.Mean[i])
			}
			if math.Abs(slope) > 1e-6*scale {
				t.Fatalf("the likelihood still rises by %g in column %d", slope, j)
			}
		}
	})
}

func TestCountsThatDetermineNothing(t *testing.T) {
	x := mat.NewDense(6, 2, []float64{1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1})
	names := []string{"one", "group"}
	for name, y := range map[string][]float64{
		"a group of zeros": {0, 0, 0, 3, 1, 2}, "zeros only": make([]float64, 6), "below zero": {1, 2, 3, 4, -5, 6}, "not a number": {1, 2, 3, 4, math.NaN(), 6},
	} {
		if l, err := Poisson(names, x, y, nil); err == nil {
			t.Errorf("%s: %v", name, l.Coef)
		}
	}
	if _, err := Poisson(names, x, []float64{1, 2, 3, 4, 5, 6}, []float64{0, 0, 0, 0, 0, math.Inf(1)}); err == nil {
		t.Error("an infinite offset was used")
	}
	if _, err := NegativeBinomial(names, x, []float64{3, 4, 5, 7, 8, 9}, nil); !errors.Is(err, ErrNotOverdispersed) {
		t.Errorf("even counts: %v", err)
	}
	steep := []float64{1, 10, 100, 1e3, 1e4, 1e5} // steep is not the same as endless
	line := mat.NewDense(6, 2, []float64{1, 0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5})
	l, err := Poisson(names, line, steep, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "tenfold", l.Coef[1], math.Log(10))
}
