package statistics

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func knownAll(x ...float64) []Value {
	v := make([]Value, len(x))
	for i := range x {
		v[i] = Known(x[i])
	}
	return v
}

// wandering is a level with noise, and a series that it follows by beta.
func wandering(r *rand.Rand, n int, noise, level, beta float64) (y, x []Value) {
	state, drive := 10.0, 50.0
	for range n {
		drive += r.NormFloat64()
		y = append(y, Known(state+beta*drive+noise*r.NormFloat64()))
		x = append(x, Known(drive))
		state += level * r.NormFloat64()
	}
	return y, x
}

func TestLocalLevelFindsTheVariancesItWasMadeWith(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	y, _ := wandering(r, 4000, 2, 0.7, 0)
	m, f, err := FitLocalLevel(y)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "noise", m.Noise, 4, 0.1)
	near(t, "level", m.Level, 0.49, 0.15)
	for _, other := range []LocalLevel{{m.Noise * 1.05, m.Level}, {m.Noise, m.Level * 1.05}, {m.Noise * 0.95, m.Level * 0.95}} {
		if o, err := other.Filter(y); err != nil || o.LogLikelihood > f.LogLikelihood {
			t.Errorf("%v is likelier than the maximum %v (%v)", other, m, err)
		}
	}
}

// A fixed level is the mean, and the filter's last state its estimate with variance σ²/n.
func TestLocalLevelWithoutStepsIsTheMean(t *testing.T) {
	f, err := LocalLevel{Noise: 2}.Filter([]Value{{}, Known(1), Known(4), {}, Known(7)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "state", f.State[4], 4)
	near(t, "variance", f.StateVariance[4], 2.0/3)
	if !math.IsNaN(f.State[0]) || !math.IsNaN(f.Innovation[3]) {
		t.Errorf("what is unknown has a figure: %v, %v", f.State, f.Innovation)
	}
}

func TestLocalLevelCarriesOnOverGaps(t *testing.T) {
	m := LocalLevel{Noise: 1, Level: 0.5}
	f, err := m.Filter([]Value{Known(3), {}, {}, Known(5)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "state over the gap", f.State[2], 3)
	near(t, "variance over the gap", f.StateVariance[2], 2)
	near(t, "innovation", f.Innovation[3], 2)
	near(t, "its variance", f.Variance[3], 3.5)
}

func TestContinueFindsTheEffectAndItsIntervalsHold(t *testing.T) {
	const runs, bins, before, start = 200, 52, 26, 30
	for _, truth := range []struct {
		level                        float64
		least, leastFree, leastBands float64 // shares of intervals that must cover the truth
	}{
		{0, 0.92, 0.95, 0.90},
		// The step of the level is often estimated as zero, and the interval too short then: what the free one is for.
		{0.2, 0.70, 0.93, 0.85},
	} {
		r := rand.New(rand.NewPCG(3, 4))
		covered, free, held, of, sum := 0, 0, 0.0, 0, 0.0
		for range runs {
			y, x := wandering(r, bins, 1, truth.level, 0.8)
			for i := start; i < bins; i++ {
				y[i].Number += 5
			}
			y[7], x[9], x[start+3] = Value{}, Value{}, Value{}
			c, err := Continue(y, x, before, start)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Predicted) != bins-start || c.Predicted[3].Known || !c.Predicted[4].Known || c.N != 24 {
				t.Fatalf("%d bins predicted, %+v at a gap, %d bins fitted", len(c.Predicted), c.Predicted[3], c.N)
			}
			near(t, "sum of the effect", c.Cumulative.Value, c.Average.Value*(bins-start-1))
			sum += c.Average.Value
			if c.Average.Low <= 5 && 5 <= c.Average.High {
				covered++
			}
			if c.Free.Low <= 5 && 5 <= c.Free.High {
				free++
			}
			held += c.Held.Number * float64(c.HeldOf)
			of += c.HeldOf
		}
		near(t, "mean effect", sum/runs, 5, 0.05)
		a, b, d := float64(covered)/runs, float64(free)/runs, held/float64(of)
		t.Logf("step %g: the truth is in %.3f of intervals, %.3f of free ones; bands hold %.3f", truth.level, a, b, d)
		if a < truth.least || b < truth.leastFree || d < truth.leastBands || d > 0.99 {
			t.Errorf("step %g: the truth is in %.3f of intervals, %.3f of free ones; bands hold %.3f", truth.level, a, b, d)
		}
	}
}

// A regressor that nothing depends on, in a model whose level is fixed, is ordinary least squares.
func TestStiffIsLeastSquares(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	y, x := wandering(r, 40, 1, 0, 2)
	fit, err := FitLevelRegression(y[:30], [][]Value{x[:30]})
	if err != nil {
		t.Fatal(err)
	}
	stiff, err := fit.Stiff()
	if err != nil {
		t.Fatal(err)
	}
	var sx, sy, sxx, sxy float64
	for i := range 30 {
		sx, sy = sx+x[i].Number/30, sy+y[i].Number/30
	}
	for i := range 30 {
		sxx += (x[i].Number - sx) * (x[i].Number - sx)
		sxy += (x[i].Number - sx) * (y[i].Number - sy)
	}
	near(t, "slope", stiff.Coef[0], sxy/sxx)
	near(t, "intercept", stiff.State(), sy-sxy/sxx*sx)
	near(t, "its error", math.Sqrt(stiff.Covariance.At(0, 0)), math.Sqrt(stiff.Noise/sxx))
}

func TestContinueSaysWhyItCannot(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	y, x := wandering(r, 30, 1, 0.1, 1)
	same := make([]Value, 30)
	for i := range same {
		same[i] = Known(4)
	}
	follows := make([]Value, 30)
	for i := range follows {
		follows[i] = Known(3 + 2*x[i].Number)
	}
	unknown := append(append([]Value(nil), x[:20]...), make([]Value, 10)...)
	for _, c := range []struct {
		y, x          []Value
		before, start int
		want          string
	}{
		{y, x, 8, 10, "8 bins before are known"},
		{same, x, 20, 20, "the series does not vary before"},
		{y, same, 20, 20, "continued by does not vary"},
		{follows, x, 20, 20, "follows the regressors exactly"},
		{y, unknown, 20, 20, "nothing to forecast by"},
		{y, x[:29], 20, 20, "30 bins"},
		{y, x, 20, 30, "overlap"},
		{y, x, 20, 19, "overlap"},
		{nil, nil, 0, 0, "overlap"},
	} {
		if _, err := Continue(c.y, c.x, c.before, c.start); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := FitLevelRegression(y, [][]Value{x, x}); !errors.Is(err, ErrCollinear) {
		t.Errorf("the same regressor twice: %v", err)
	}
	for _, m := range []LocalLevel{{}, {Noise: -1, Level: 2}, {Noise: math.NaN()}, {Level: math.Inf(1)}} {
		if _, err := m.Filter(y); err == nil {
			t.Errorf("%v is taken", m)
		}
	}
	if _, err := (LocalLevel{Noise: 1}).Filter([]Value{{}, Known(1)}); err == nil {
		t.Error("one value is enough")
	}
}
