package statistics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// line is a year of bins of four weeks before, two aside, and half a year after.
func line() Timeline {
	l := Timeline{Reference: 12, After: 15}
	for i := range 22 {
		l.At = append(l.At, float64(i)/13)
	}
	return l
}

// groups are units with levels of their own and autocorrelated noise; the first group drifts by drift a year, and gains step after.
func groups(r *rand.Rand, l Timeline, n, others int, spread, drift, step float64) (a, b [][]Value) {
	common := make([]float64, len(l.At))
	for t := range common {
		common[t] = r.NormFloat64()
	}
	for i := range n + others {
		own, e, row := 5*r.NormFloat64(), r.NormFloat64(), []Value{}
		scale := 1.0
		if i >= n {
			scale = spread
		}
		for t, at := range l.At {
			e = 0.5*e + math.Sqrt(0.75)*r.NormFloat64()
			x := own + common[t] + scale*e
			if i < n {
				x += drift * at
				if t >= l.After {
					x += step
				}
			}
			row = append(row, Known(x))
		}
		if i < n {
			a = append(a, row)
		} else {
			b = append(b, row)
		}
	}
	return a, b
}

// The groups' sizes are those of a course: 17 and 10 units, 13 bins before. A chi-squared test of 12 gaps would find
// something in most runs there.
func TestThePreTestHoldsItsLevel(t *testing.T) {
	const runs = 400
	l := line()
	for _, c := range []struct {
		name        string
		n, others   int
		spread      float64
		least, most int // of runs that find something: 20 are expected, standard deviation 4.4
	}{
		{"alike", 17, 10, 1, 8, 33},
		{"few", 5, 4, 1, 6, 33},
		{"the smaller group varies twice as much", 17, 10, 2, 5, 38},
	} {
		r, found, slopes := rand.New(rand.NewPCG(1, uint64(c.n))), 0, 0
		for run := range runs {
			a, b := groups(r, l, c.n, c.others, c.spread, 0, 0)
			a[0][3], b[1][7], b[2][12] = Value{}, Value{}, Value{}
			e, err := Gaps(a, b, l, Sampling{Seed: uint64(run), Draws: 199})
			if err != nil {
				t.Fatal(err)
			}
			if e.PreTest.P <= 0.05 {
				found++
			}
			if e.SlopeRank.P <= 0.05 {
				slopes++
			}
		}
		t.Logf("%s: gaps in %d, slopes in %d of %d runs", c.name, found, slopes, runs)
		if found < c.least || found > c.most {
			t.Errorf("%s: the pre-test finds gaps in %d of %d runs without any", c.name, found, runs)
		}
	}
}

// What the test says of its power is how often it does find the drift.
func TestThePowerOfThePreTestIsHowOftenItFinds(t *testing.T) {
	const runs, drift = 200, 2.0
	l := line()
	r, found, said := rand.New(rand.NewPCG(5, 5)), 0, 0.0
	a, b := groups(r, l, 17, 10, 1, 0, 0)
	e, err := Gaps(a, b, l, Sampling{Draws: 999})
	if err != nil {
		t.Fatal(err)
	}
	if e.Power.Number > 0.5 {
		t.Errorf("the test would find a drift of %g in %g of cases", e.Drift.Number, e.Power.Number)
	}
	for run := range runs {
		a, b := groups(r, l, 17, 10, 1, drift, 0)
		e, err := Gaps(a, b, l, Sampling{Seed: uint64(run), Draws: 199})
		if err != nil {
			t.Fatal(err)
		}
		if e.PreTest.P <= 0.05 {
			found++
		}
		said += e.Power.Number / runs
	}
	t.Logf("a drift of %g is found in %.3f of runs, the power is said to be %.3f", drift, float64(found)/runs, said)
	if math.Abs(said-float64(found)/runs) > 0.1 {
		t.Errorf("the drift is found in %.3f of runs, the power is said to be %.3f", float64(found)/runs, said)
	}
}

func TestGapsFindTheStepAndNothingBefore(t *testing.T) {
	l := line()
	r := rand.New(rand.NewPCG(7, 7))
	a, b := groups(r, l, 17, 10, 1, 0, 3)
	for i := range 16 {
		a[i][2] = Value{} // one unit is left
	}
	b[0] = make([]Value, len(l.At))
	e, err := Gaps(a, b, l, Sampling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if e.Tested != 11 || e.Gaps[2].Known || e.Gaps[2].N != 1 || e.Gaps[2].Others != 9 || e.Gaps[5].N != 17 {
		t.Errorf("%d bins tested, %+v in the one that is hardly known", e.Tested, e.Gaps[2])
	}
	if g := e.Gaps[l.Reference]; g.Value != 0 || g.SE != 0 || !g.Known {
		t.Errorf("the reference differs from itself: %+v", g)
	}
	if e.Change.Number < 2 || e.Change.Number > 4 || e.PreTest.P < 0.05 {
		t.Errorf("change %v, pre-test %+v", e.Change, e.PreTest)
	}
	near(t, "drift", e.Drift.Number, e.Change.Number*13/12.0, 0.05) // half a bin more for the unit with a bin missing
	late := 0.0
	for _, g := range e.Gaps[l.After:] {
		late += g.Value / 7
		if !(g.Low < g.Value && g.Value < g.High) {
			t.Errorf("%+v", g)
		}
	}
	if math.Abs(late-3) > 1.2 {
		t.Errorf("the gap after is %g", late)
	}
	again, err := Gaps(a, b, l, Sampling{Seed: 1})
	if err != nil || *again.PreTest != *e.PreTest || again.Power != e.Power || *again.SlopeRank != *e.SlopeRank {
		t.Errorf("the same seed gives something else: %+v, %+v, %v", again.PreTest, e.PreTest, err)
	}
}

// The joint test does not depend on which bin the gaps are measured from, nor on units' own levels.
func TestThePreTestKnowsNoReference(t *testing.T) {
	l := line()
	a, b := groups(rand.New(rand.NewPCG(9, 9)), l, 6, 5, 1, 0, 0)
	e, err := Gaps(a, b, l, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		for t := range a[i] {
			a[i][t].Number += 1000 * float64(i)
		}
	}
	for _, group := range [][][]Value{a, b} {
		for i := range group {
			group[i][3], group[i][12] = group[i][12], group[i][3]
		}
	}
	o, err := Gaps(a, b, l, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "statistic", o.Statistic.Number, e.Statistic.Number)
	if o.PreTest.P != e.PreTest.P {
		t.Errorf("p %g and %g", o.PreTest.P, e.PreTest.P)
	}
}

func TestGapsSayWhyTheyCannot(t *testing.T) {
	l := Timeline{At: []float64{0, 1, 2, 3}, Reference: 1, After: 2}
	unit := func(x ...float64) []Value { return knownAll(x...) }
	two := [][]Value{unit(1, 2, 3, 4), unit(2, 2, 5, 1)}
	for _, c := range []struct {
		a, b [][]Value
		line Timeline
		want string
	}{
		{two[:1], two, l, "groups of 1 and 2 units"},
		{two, nil, l, "groups of 2 and 0 units"},
		{two, [][]Value{unit(1, 2, 3), unit(1, 2, 3)}, l, "unit 3 has 3 values for 4 bins"},
		{two, [][]Value{{Known(1), {}, Known(2), Known(3)}, unit(1, 2, 3, 4)}, l, "measured from is known for 2 and 1 units"},
		{two, two, Timeline{At: l.At, Reference: 2, After: 2}, "each side needs one"},
		{two, two, Timeline{At: l.At, Reference: 1, After: 4}, "each side needs one"},
		{two, two, Timeline{At: []float64{0, 1, 1, 2}, Reference: 1, After: 2}, "not later"},
		{two, two, Timeline{At: []float64{0, 1, math.NaN(), 2}, Reference: 1, After: 2}, "not later"},
		{nil, nil, Timeline{}, "each side needs one"},
	} {
		if _, err := Gaps(c.a, c.b, c.line, Sampling{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	same := [][]Value{unit(4, 4, 4, 4), unit(7, 7, 7, 7), unit(1e9, 1e9, 1e9, 1e9)}
	e, err := Gaps(same, same, l, Sampling{})
	if err != nil || e.PreTest != nil || e.Power.Known || e.Tested != 0 || e.Gaps[3].Value != 0 {
		t.Errorf("constant series: %+v, %v", e, err)
	}
	one := Timeline{At: l.At, Reference: 0, After: 1}
	if e, err = Gaps(two, two, one, Sampling{}); err != nil || e.PreTest != nil || e.SlopeRank != nil || !e.Gaps[3].Known {
		t.Errorf("one bin before: %+v, %v", e, err)
	}
	after := [][]Value{{Known(1), Known(2), {}, {}}, {Known(2), Known(1), {}, {}}}
	if e, err = Gaps(after, after, l, Sampling{}); err != nil || e.Change.Known || e.Power.Known || e.PreTest == nil {
		t.Errorf("nothing known after: %+v, %v", e, err)
	}
}

func TestTwoWayEventStudy(t *testing.T) {
	panel, first := staggered(rand.New(rand.NewPCG(11, 11)), 60, 50, 0, 2) // one date: nothing is mixed
	e, err := TwoWayEventStudy(panel, first)
	if err != nil {
		t.Fatal(err)
	}
	g, err := GroupTimeEffects(panel, first, 0)
	if err != nil {
		t.Fatal(err)
	}
	if e.Units != 110 || e.Obs != 880 || e.DF != 2 || len(e.Lags) != 7 || e.P.Number < 0.001 {
		t.Errorf("%+v", e)
	}
	for _, l := range e.Lags {
		for _, o := range g.Lags {
			if l.Lag == o.Lag && l.Lag >= 0 {
				near(t, "effect", l.Value, o.Value)
				near(t, "error", l.SE, o.SE)
			}
		}
	}
	if _, err := TwoWayEventStudy(panel[:60], first[:60]); err == nil || !strings.Contains(err.Error(), "0 units were treated") {
		t.Errorf("nobody treated: %v", err)
	}
	for i := range panel {
		panel[i][2] = Value{}
	}
	if _, err := TwoWayEventStudy(panel, first); err == nil || !strings.Contains(err.Error(), "reference") {
		t.Errorf("no reference: %v", err)
	}
	constant := [][]Value{knownAll(1, 1, 1), knownAll(1, 1, 1), knownAll(1, 1, 1), knownAll(1, 1, 1)}
	if e, err := TwoWayEventStudy(constant, []int{Never, Never, 1, 1}); err != nil || math.Abs(e.Static) > 1e-12 {
		t.Errorf("constant series: %+v, %v", e, err)
	}
}
