package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// panel draws departments whose values rise by effect (participants) or not, with some noise.
func panel(seed uint64, participants, comparison int, effect float64) []Unit {
	r := rand.New(rand.NewPCG(seed, 1))
	var units []Unit
	for i := range participants + comparison {
		u := Unit{ID: fmt.Sprintf("d%02d", i), Group: pipeline.Participant}
		base := 50 + 10*r.NormFloat64()
		u.Before, u.After = statistics.Known(base+r.NormFloat64()), statistics.Known(base+r.NormFloat64()+effect)
		if i >= participants {
			u.Group = pipeline.Comparison
			u.After.Number -= effect
		}
		units = append(units, u)
	}
	return units
}

// course is a plan for tests of panels: a course of fourteen weeks.
var course = Plan{Start: pipeline.Date{Year: 2014, Month: 9, Day: 11}, End: pipeline.Date{Year: 2014, Month: 12, Day: 16}, Weeks: 10,
	Sampling: statistics.Sampling{Seed: 1, Draws: 999}}

// lines are two years before and half a year after the course, of the departments that panel draws: the participants' values
// rise by drift a year, and by effect after the course.
func lines(seed uint64, participants, comparison int, drift, effect float64) *Panel {
	r := rand.New(rand.NewPCG(seed, 2))
	p := &Panel{Scale: Natural, PerWindow: 1, Bins: bins(course, pipeline.Window{From: time.Date(2012, 9, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 7, 1, 0, 0, 0, 0, time.UTC)}, nil, time.UTC)}
	for i := range participants + comparison {
		s := Series{Unit: fmt.Sprintf("d%02d", i), Group: pipeline.Participant}
		if i >= participants {
			s.Group = pipeline.Comparison
		}
		base := 50 + 10*r.NormFloat64()
		for k, b := range p.Bins {
			x := base + 2*r.NormFloat64() + 3*math.Sin(2*math.Pi*float64(k)/13)
			if s.Group == pipeline.Participant {
				x += drift * float64(k) / 13
				if b.Side == AfterCourse {
					x += effect
				}
			}
			s.Values = append(s.Values, statistics.Known(x))
		}
		p.Units = append(p.Units, s)
	}
	return p
}

func codes(r Result) []string {
	var c []string
	for _, reason := range r.Reasons {
		c = append(c, reason.Code)
	}
	return c
}

func TestVerdicts(t *testing.T) {
	missing := func(units []Unit, n int, noCases bool) []Unit {
		units = slices.Clone(units)
		for i := range n {
			units[i].After, units[i].NoCases = statistics.Value{}, noCases
		}
		return units
	}
	effect, none, earlier := panel(1, 17, 10, 6), panel(4, 17, 10, 0), panel(3, 17, 10, 0)
	sound, drifting := lines(1, 17, 10, 0, 6), lines(1, 17, 10, 6, 0)
	short := &Panel{Scale: Natural, PerWindow: 1, Bins: sound.Bins[22:]}
	for _, u := range sound.Units {
		u.Values = u.Values[22:]
		short.Units = append(short.Units, u)
	}
	checks := func(codes ...string) []string {
		return append([]string{ReasonInterval, ReasonHolmPassed}, codes...)
	}
	for _, c := range []struct {
		name    string
		measure Measure
		want    Verdict
		because []string
	}{
		{"an effect", Measure{Primary: true, Units: effect, Placebo: earlier, Panel: sound}, Clear,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboPassed)},
		{"an effect for the worse", Measure{Primary: true, Direction: -1, Units: effect, Placebo: earlier, Panel: sound}, Clear,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboPassed)},
		{"none", Measure{Primary: true, Units: none, Placebo: earlier, Panel: lines(2, 17, 10, 0, 0)}, NotShown,
			[]string{ReasonIntervalZero, ReasonHolmFailed, ReasonSlopePassed, ReasonTrendFailed, ReasonPlaceboPassed}},
		{"the groups drift apart", Measure{Primary: true, Units: effect, Placebo: earlier, Panel: drifting}, Suggestive,
			checks(ReasonSlopeFailed, ReasonTrendFailed, ReasonPlaceboPassed)},
		{"too short a series", Measure{Primary: true, Units: effect, Placebo: earlier, Panel: short}, Suggestive,
			checks(ReasonSlopeMissing, ReasonTrendMissing, ReasonPlaceboPassed)},
		{"no series", Measure{Primary: true, Units: effect, Placebo: earlier}, Suggestive,
			checks(ReasonSlopeMissing, ReasonTrendMissing, ReasonPlaceboPassed)},
		{"an effect, but not promised", Measure{Units: effect, Placebo: earlier}, Suggestive,
			[]string{ReasonInterval, ReasonSecondary, ReasonLeadPassed, ReasonPlaceboPassed}},
		{"an effect that was there a year earlier", Measure{Primary: true, Units: effect, Placebo: effect, Panel: sound}, Suggestive,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboFailed)},
		{"an effect without placebo", Measure{Primary: true, Units: effect, Panel: sound}, Suggestive,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboMissing)},
		{"an effect with a placebo of few departments", Measure{Primary: true, Units: effect, Placebo: missing(earlier, 3, false), Panel: sound}, Suggestive,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboMissing)},
		{"an effect smaller than is worth having", Measure{Primary: true, Minimum: statistics.Known(20), Units: effect, Placebo: earlier, Panel: sound}, Clear,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboPassed, ReasonBelowMinimum)},
		{"none, and none worth having possible", Measure{Units: none, Minimum: statistics.Known(20), Placebo: earlier}, NotShown,
			[]string{ReasonIntervalZero, ReasonSecondary, ReasonLeadFailed, ReasonPlaceboPassed, ReasonEquivalent}},
		{"none, and one worth having possible", Measure{Units: none, Minimum: statistics.Known(0.1), Placebo: earlier}, NotShown,
			[]string{ReasonIntervalZero, ReasonSecondary, ReasonLeadFailed, ReasonPlaceboPassed, ReasonNotRuledOut}},
		{"two bodies to compare with", Measure{Primary: true, Units: panel(1, 17, 2, 6)}, NotAnswerable, []string{ReasonFewUnits}},
		{"no body to compare with", Measure{Primary: true, Units: panel(1, 17, 0, 6), Panel: lines(1, 17, 0, 0, 6)}, NotAnswerable, []string{ReasonFewUnits}},
		{"one department", Measure{Primary: true, Units: panel(1, 1, 0, 6), Panel: lines(1, 1, 0, 0, 6)}, NotAnswerable, []string{ReasonFewUnits, ReasonFewUnits}},
		{"three departments of 27 unknown", Measure{Primary: true, Units: missing(effect, 3, false), Placebo: earlier, Panel: sound}, NotAnswerable,
			[]string{ReasonLowCoverage}},
		{"two departments of 27 unknown", Measure{Primary: true, Units: missing(effect, 2, false), Placebo: earlier, Panel: sound}, Clear,
			checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboPassed)},
		{"three departments without a message", Measure{Primary: true, Units: missing(effect, 3, true), Placebo: earlier, Panel: sound}, Clear,
			append([]string{ReasonNoCases}, checks(ReasonSlopePassed, ReasonTrendPassed, ReasonPlaceboPassed)...)},
		{"no data at all", Measure{Primary: true}, NotAnswerable, []string{ReasonFewUnits, ReasonFewUnits, ReasonLowCoverage}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Evaluate(course, []Measure{c.measure})[0]
			if r.Verdict != c.want || !slices.Equal(codes(r), c.because) {
				t.Errorf("%s because of %v, want %s because of %v", r.Verdict, codes(r), c.want, c.because)
			}
		})
	}
}

func TestHolmCountsEveryPromisedTest(t *testing.T) {
	measures := []Measure{
		{Indicator: "a", Primary: true, Units: panel(1, 17, 10, 6)},
		{Indicator: "b", Primary: true}, // cannot be answered, and was promised
		{Indicator: "c", Units: panel(1, 17, 10, 6)},
	}
	r := Evaluate(Plan{}, measures)
	if got, want := r[0].Adjusted.Number, 2*r[0].Effect.Labels.P; got != want {
		t.Errorf("adjusted p %g, want %g", got, want)
	}
	if r[1].Adjusted.Known || r[2].Adjusted.Known {
		t.Error("a p where there is none")
	}
}

func TestLogScaleComparesLargeWithSmall(t *testing.T) {
	// Everybody's audience grows by a fifth; the participants are ten times larger.
	var units []Unit
	for i := range 12 {
		u := Unit{ID: fmt.Sprint(i), Group: pipeline.Comparison, Before: statistics.Known(100 + float64(10*i))}
		if i < 6 {
			u.Group, u.Before.Number = pipeline.Participant, 10*u.Before.Number
		}
		u.After = statistics.Known(1.2 * u.Before.Number * (1 + 0.001*float64(i%3)))
		units = append(units, u)
	}
	r := Evaluate(Plan{}, []Measure{{Scale: Natural, Units: units}, {Scale: Log, Units: units}})
	if r[0].Verdict != Suggestive || r[1].Verdict != NotShown {
		t.Errorf("natural %s, log %s", r[0].Verdict, r[1].Verdict)
	}
	near(t, "growth of the participants in %", Percent(r[1].Participants.Paired.Mean), 20.1, 0.01)
	near(t, "natural estimate", r[1].Natural.Estimate, r[0].Effect.Estimate)
}

func TestSpreadVerdicts(t *testing.T) {
	// spread draws departments around 60 whose distance from it is multiplied.
	spread := func(participants, comparison float64) []Unit {
		r := rand.New(rand.NewPCG(5, 0))
		var units []Unit
		for i := range 27 {
			d, factor, g := 20*r.NormFloat64(), participants, pipeline.Participant
			if i >= 17 {
				factor, g = comparison, pipeline.Comparison
			}
			units = append(units, Unit{Group: g, Before: statistics.Known(60 + d + 2*r.NormFloat64()), After: statistics.Known(75 + factor*d + 2*r.NormFloat64())})
		}
		return units
	}
	for _, c := range []struct {
		name                     string
		participants, comparison float64
		want                     Verdict
	}{{"more alike", 0.3, 1, Suggestive}, {"everybody more alike", 0.3, 0.3, NotShown}, {"as before", 1, 1, NotShown}} {
		r := Evaluate(Plan{}, []Measure{{Kind: Unlikeness, Units: spread(c.participants, c.comparison)}})[0]
		if r.Verdict != c.want {
			t.Errorf("%s: %s because of %v", c.name, r.Verdict, codes(r))
		}
		if alone := c.participants < c.comparison; r.Convergence == nil || (r.Convergence.High < 0) != alone {
			t.Errorf("%s: the participants' spread against the comparison's: %+v", c.name, r.Convergence)
		}
	}
}

func TestNothingChangedIsSaid(t *testing.T) {
	units := panel(1, 5, 5, 0)
	for i := range units {
		units[i].After = units[i].Before
	}
	r := Evaluate(Plan{}, []Measure{{Primary: true, Units: units}})[0]
	if r.Verdict != NotShown || r.Effect.Estimate != 0 || r.Effect.Labels.P != 1 || !slices.Contains(codes(r), ReasonNoVariation) {
		t.Errorf("%s because of %v: %+v", r.Verdict, codes(r), r.Effect)
	}
}

func TestSwappingTheWindowsFlipsTheSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := panel(rapid.Uint64().Draw(t, "seed"), 5, 4, rapid.Float64Range(-9, 9).Draw(t, "effect"))
		back := slices.Clone(units)
		for i := range back {
			back[i].Before, back[i].After = back[i].After, back[i].Before
		}
		scale := rapid.SampledFrom([]Scale{Natural, Log}).Draw(t, "scale")
		r := Evaluate(Plan{}, []Measure{{Primary: true, Scale: scale, Units: units}, {Primary: true, Scale: scale, Units: back}})
		if a, b := r[0], r[1]; a.Verdict != b.Verdict || a.Effect.Estimate+b.Effect.Estimate > 1e-9 || a.Effect.Labels != b.Effect.Labels {
			t.Fatalf("there %+v\nback %+v", a.Effect, b.Effect)
		}
	})
}

func TestUnknownsNeverBecomeNumbers(t *testing.T) {
	units := panel(1, 17, 10, 6)
	whole := Evaluate(Plan{}, []Measure{{Units: units}})[0]
	more := append(slices.Clone(units), Unit{Group: pipeline.Comparison, Before: statistics.Known(50)}, Unit{Group: pipeline.OtherGroup, Before: statistics.Known(1), After: statistics.Known(99)})
	r := Evaluate(Plan{}, []Measure{{Units: more}})[0]
	if *r.Effect != *whole.Effect || r.Comparison.Before != whole.Comparison.Before {
		t.Error("an unknown department, or one of no group, moved the estimate")
	}
	near(t, "coverage", r.Coverage, 27.0/28)
}

// near compares to a relative 1e-6, or an absolute 1e-9 near zero, unless told otherwise.
func near(t *testing.T, what string, got, want float64, tolerance ...float64) {
	t.Helper()
	tol := 1e-6
	if len(tolerance) > 0 {
		tol = tolerance[0]
	}
	if math.IsNaN(got) || math.Abs(got-want) > math.Max(1e-9, tol*math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

func TestASpreadNeedsTwo(t *testing.T) {
	units := []Unit{{ID: "only", Group: pipeline.Participant, Before: statistics.Known(19.3), After: statistics.Known(0.6)}}
	r := Evaluate(Plan{}, []Measure{{Kind: Unlikeness, Units: units}})[0]
	for _, v := range []statistics.Value{r.Participants.Before, r.Participants.After, r.Comparison.Before, r.Comparison.After} {
		if v.Known {
			t.Errorf("one department, or none, spreads by %g", v.Number)
		}
	}
	if r.Verdict != NotAnswerable {
		t.Errorf("%s because of %v", r.Verdict, codes(r))
	}
}

// A platform that moves everyone's figures by one factor moves the spread of large departments by more than that of small ones.
func TestSpreadsAreSharedInProportion(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 0))
	var units []Unit
	for i := range 27 {
		g, size := pipeline.Participant, 100.0
		if i >= 17 {
			g, size = pipeline.Comparison, 10
		}
		x := size * (1 + 0.3*r.NormFloat64())
		units = append(units, Unit{ID: fmt.Sprint(i), Group: g, Before: statistics.Known(x), After: statistics.Known(1.5 * x)})
	}
	if r := Evaluate(Plan{}, []Measure{{Kind: Unlikeness, Units: units}})[0]; r.Verdict != NotShown || !slices.Contains(codes(r), ReasonSpreadShared) {
		t.Errorf("all grew by half: %s because of %v", r.Verdict, codes(r))
	}
}

// Spreads are leads like the other secondary outcomes: of many, some change by chance.
func TestSpreadsStandTheFalseDiscoveryRate(t *testing.T) {
	var measures []Measure
	for seed := range uint64(60) {
		measures = append(measures, Measure{Indicator: fmt.Sprint(seed), Kind: Unlikeness, Units: panel(seed, 17, 10, 0)})
	}
	chance := 0
	for _, r := range Evaluate(Plan{Sampling: statistics.Sampling{Draws: 199}}, measures) {
		if r.Participants.Spread.Swap.P < statistics.Alpha {
			chance++
		}
		if !r.FalseDiscovery.Known || r.FalseDiscovery.Number < r.unlike() {
			t.Fatalf("%s: p %g, adjusted %v", r.Indicator, r.Participants.Spread.Swap.P, r.FalseDiscovery)
		}
		if r.Verdict == Suggestive {
			t.Errorf("%s: %s because of %v", r.Indicator, r.Verdict, codes(r))
		}
	}
	if chance == 0 {
		t.Error("of 60 spreads chance should move some")
	}
}

// Rates far below one keep their ratios: the unit in which a rate is told must not decide what is found.
func TestRatiosDoNotDependOnTheUnit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	var units []Unit
	for i := range 27 { // the participants' rates are ten times those of the comparison, and the platform halves everyone's
		g, rate := pipeline.Participant, 2.0
		if i >= 17 {
			g, rate = pipeline.Comparison, 0.2
		}
		x := rate * math.Exp(0.3*r.NormFloat64())
		units = append(units, Unit{ID: fmt.Sprint(i), Group: g, Before: statistics.Known(x), After: statistics.Known(x / 2 * math.Exp(0.1*r.NormFloat64()))})
	}
	scaled := func(factor float64, units []Unit) []Unit {
		other := slices.Clone(units)
		for k := range other {
			other[k].Before.Number *= factor
			other[k].After.Number *= factor
		}
		return other
	}
	silent := slices.Clone(units)
	silent[20].After.Number = 0
	for name, units := range map[string][]Unit{"all above zero": units, "one silent": silent} {
		of := Evaluate(Plan{}, []Measure{{Scale: Log, Ratio: true, Units: units}, {Scale: Log, Ratio: true, Units: scaled(1000, units)}})
		near(t, name+": in thousandths", of[1].Effect.Estimate, of[0].Effect.Estimate)
		if of[0].Verdict != NotShown {
			t.Errorf("%s: %s, %.2f", name, of[0].Verdict, of[0].Effect.Estimate)
		}
	}
	near(t, "halved, in %", Percent(Evaluate(Plan{}, []Measure{{Scale: Log, Ratio: true, Units: units}})[0].Participants.Paired.Mean), -50, 0.05)
}

// The placebo outcome is no lead: what it shows must not move the bar of those that are.
func TestThePlaceboOutcomeIsNoLead(t *testing.T) {
	leads := []Measure{{Indicator: "a", Units: panel(1, 17, 10, 1)}, {Indicator: "b", Units: panel(2, 17, 10, 0)}}
	placebo := Measure{Indicator: "messages_received", Units: panel(3, 17, 10, 20)}
	with := Evaluate(Plan{Placebo: &Outcome{Indicator: "messages_received"}}, append(slices.Clone(leads), placebo))
	for k, r := range Evaluate(Plan{}, leads) {
		if with[k].FalseDiscovery != r.FalseDiscovery {
			t.Errorf("%s: adjusted p %v with a placebo outcome, %v without", r.Indicator, with[k].FalseDiscovery, r.FalseDiscovery)
		}
	}
	if r := with[2]; r.FalseDiscovery.Known || r.Verdict != Suggestive {
		t.Errorf("the placebo outcome, which moved, is %s by p %g, adjusted %v", r.Verdict, r.Effect.Labels.P, r.FalseDiscovery)
	}
	if of := codes(with[2]); slices.Contains(of, ReasonLeadFailed) || slices.Contains(of, ReasonLeadPassed) {
		t.Errorf("the placebo outcome is said to stand an adjustment or not: %v", of)
	}
}
