package statistics

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// interrupted is a monthly series with a known path: level 50, trend 6 a year, season, and from bin 40 on a step of 10 and a slope
// steeper by 12 a year; months 36 to 39 are set aside.
func interrupted(noise float64) Interruption {
	s := Interruption{From: 36, To: 40, PerYear: 12}
	r := rand.New(rand.NewPCG(7, 0))
	for i := range 64 {
		t := float64(i-40) / 12
		y := 50 + 6*t + 3*math.Sin(2*math.Pi*t) + noise*r.NormFloat64()
		switch {
		case i >= 40:
			y += 10 + 12*t
		case i >= 36:
			y += 1000 // whatever happens aside
		}
		s.Values = append(s.Values, Known(y))
	}
	return s
}

func TestSegmentedFindsStepAndSlope(t *testing.T) {
	r, err := Segmented(interrupted(0.01))
	if err != nil {
		t.Fatal(err)
	}
	if r.Harmonics != 2 || len(r.At) != 60 || r.Lag != AutomaticLag(60) {
		t.Errorf("%d harmonics, %d bins, lag %d", r.Harmonics, len(r.At), r.Lag)
	}
	near(t, "step", r.Step.Value, 10, 1e-2)
	near(t, "slope", r.Slope.Value, 12, 1e-2)
	if r.Fitted[37].Known || r.Expected[39].Known || !r.Fitted[35].Known || !r.Expected[40].Known {
		t.Error("what is set aside has a path, or what is not has none")
	}
	for i, want := range map[int]float64{40: 50, 52: 56, 63: 50 + 6*23.0/12 + 3*math.Sin(2*math.Pi*23/12)} {
		near(t, "old path", r.Expected[i].Number, want, 2e-3)
		if !(r.Low[i].Number < r.Expected[i].Number && r.Expected[i].Number < r.High[i].Number) {
			t.Errorf("bin %d: %g is not within %g and %g", i, r.Expected[i].Number, r.Low[i].Number, r.High[i].Number)
		}
	}
	if r.High[63].Number-r.Low[63].Number <= r.High[40].Number-r.Low[40].Number {
		t.Error("the old path is as certain two years on as at the start")
	}
	if r.Step.SE != math.Max(r.Step.Ordinary, r.Step.NeweyWest) || (r.Step.Larger() == "newey_west") != (r.Step.NeweyWest > r.Step.Ordinary) {
		t.Errorf("the error is %g of %g and %g (%s)", r.Step.SE, r.Step.Ordinary, r.Step.NeweyWest, r.Step.Larger())
	}
	if !r.BreuschGodfrey.Known || len(r.Autocorrelation) != 4 || !r.Autocorrelation[3].Known {
		t.Errorf("left over: %v, %v", r.Autocorrelation, r.BreuschGodfrey)
	}
}

func TestSegmentedLeavesUnknownBinsOut(t *testing.T) {
	s := interrupted(0.01)
	for _, i := range []int{3, 4, 17, 18, 19, 55} {
		s.Values[i] = Value{}
	}
	r, err := Segmented(s)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "step", r.Step.Value, 10, 1e-2)
	if len(r.At) != 54 || slices.Contains(r.At, 17) || !r.Fitted[17].Known {
		t.Errorf("%d bins; the path at an unknown bin is %v", len(r.At), r.Fitted[17])
	}
}

func TestSegmentedTakesTheSeasonThatTheBinsIdentify(t *testing.T) {
	for name, c := range map[string]struct {
		from, perYear, want int
	}{
		"two years before": {0, 12, 2}, "two years less a month": {17, 12, 0}, "quarters": {0, 4, 1}, "half-years": {0, 2, 0}, "weeks of less than a year": {0, 52, 0},
	} {
		s := interrupted(1)
		for i := range c.from - 4 {
			s.Values[i] = Value{}
		}
		s.PerYear = float64(c.perYear)
		r, err := Segmented(s)
		if err != nil {
			t.Fatal(name, err)
		}
		if r.Harmonics != c.want {
			t.Errorf("%s: %d harmonics, want %d", name, r.Harmonics, c.want)
		}
	}
}

func TestSegmentedTakesOutExtraordinaryMonths(t *testing.T) {
	s := interrupted(0.01)
	august, once := make([]bool, 64), make([]bool, 64)
	for i := 7; i < 64; i += 12 {
		august[i] = true
		s.Values[i].Number -= 20
	}
	once[20] = true
	s.Dummies = []Dummy{{"august", august}, {"once", once}}
	r, err := Segmented(s)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Dummies, []string{"august"}) {
		t.Errorf("dummies %v", r.Dummies)
	}
	near(t, "step", r.Step.Value, 10, 1e-2)
	near(t, "august", r.Fit.Coef[r.Fit.Column("august")], -20, 1e-2)
	s.Dummies = []Dummy{{"short", []bool{true}}}
	if _, err := Segmented(s); err == nil {
		t.Error("a dummy of one bin was laid over 64")
	}
}

func TestSegmentedSaysWhatItCannotFit(t *testing.T) {
	series := func(n int, f func(i int) float64) Interruption {
		s := Interruption{From: n / 2, To: n / 2, PerYear: 12, Values: make([]Value, n)}
		for i := range s.Values {
			s.Values[i] = Known(f(i))
		}
		return s
	}
	wave := func(i int) float64 { return math.Sin(float64(i * i)) }
	if _, err := Segmented(series(8, wave)); err != nil {
		t.Errorf("four bins on either side: %v", err)
	}
	for name, s := range map[string]Interruption{
		"too few": series(7, wave), "empty": {PerYear: 12}, "constant": series(40, func(int) float64 { return 3 }),
		"a straight line": series(40, func(i int) float64 { return float64(i) }), "no number": series(40, func(int) float64 { return math.NaN() }),
		"too large": series(40, func(i int) float64 { return 1e300 * wave(i) }),
	} {
		if _, err := Segmented(s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Segmented(series(7, wave)); !errors.Is(err, ErrShortSeries) {
		t.Errorf("too few: %v", err)
	}
	for _, wrong := range []func(*Interruption){
		func(s *Interruption) { s.PerYear = 0 }, func(s *Interruption) { s.From = -1 }, func(s *Interruption) { s.To = 41 }, func(s *Interruption) { s.From = 30 },
	} {
		s := series(40, wave)
		wrong(&s)
		if _, err := Segmented(s); err == nil {
			t.Errorf("%d to %d of %d, %g a year: no error", s.From, s.To, len(s.Values), s.PerYear)
		}
	}
}

// On an independent series without any change the interval of the step covers zero about as often as it says; on an autocorrelated
// one less often, which is why a segmented regression is a picture and no verdict.
func TestSegmentedCoversWhereNothingHappened(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	covered := func(phi float64) int {
		in := 0
		for range 300 {
			s, last := Interruption{From: 30, To: 32, PerYear: 12, Values: make([]Value, 48)}, 0.0
			for i := range s.Values {
				last = phi*last + r.NormFloat64()
				s.Values[i] = Known(last)
			}
			g, err := Segmented(s)
			if err != nil {
				t.Fatal(err)
			}
			if g.Step.Low <= 0 && g.Step.High >= 0 {
				in++
			}
		}
		return in
	}
	independent, related := covered(0), covered(0.6)
	t.Logf("of 300 intervals %d cover zero in independent series, %d in autocorrelated ones", independent, related)
	if independent < 273 || independent > 300 || related >= independent {
		t.Errorf("of 300 intervals %d cover zero in independent series, %d in autocorrelated ones", independent, related)
	}
}
