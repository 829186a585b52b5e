package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/conc/iter"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// The A/A benchmark: institutions shaped like the case, in which nothing happened, are evaluated over and over; a test at 5 % may
// find something in one of twenty. docs/evaluation-error-rates.md has the figures of the long form,
//
//	PRESENCIA_AA=2000 go test ./pipeline/impact -run AA -v

// world is what happens in a simulated institution. Rates are logarithms of weekly figures.
type world struct {
	name       string
	comparison int     // bodies that did not take part
	shift      float64 // of everyone, when the course ends: the platform changed
	drift      float64 // of the participants alone, a year, from the beginning on
	effect     float64 // of the participants, when the course ends
	counts     bool    // weekly counts are seen, not the rates themselves
	zeros      float64 // share of weeks whose count is zero whatever the rate
}

var worlds = []world{
	{name: "no effect", comparison: 10},
	{name: "no effect, platform shift", comparison: 10, shift: 0.25},
	{name: "no effect, counts, platform shift", comparison: 10, shift: 0.25, counts: true},
	{name: "no effect, counts with forced zeros, platform shift", comparison: 10, shift: 0.25, counts: true, zeros: 0.15},
	{name: "no effect, participants drift", comparison: 10, drift: 0.10},
	{name: "no effect, participants drift steeply", comparison: 10, drift: 0.30},
	{name: "no effect, 5 comparison bodies", comparison: 5},
	{name: "effect +25 %", comparison: 10, effect: math.Log(1.25)},
	{name: "effect +25 %, counts with forced zeros, platform shift", comparison: 10, shift: 0.25, effect: math.Log(1.25), counts: true, zeros: 0.15},
}

const (
	participants = 17
	weeks        = 156
)

// simulated is one draw of a world: weekly figures by unit, participants first.
type simulated struct {
	monday [weeks]time.Time
	units  [][weeks]float64
}

// draw makes an institution. Each unit has a mean rate (normal, 1.2 and 0.6), shares an AR(1) with all others (0.6, sd 0.15) and the
// dips of August and Christmas, and has an AR(1) (0.6, sd 0.35), a random walk (0.02 a week) and noise (0.3) of its own. Counts
// are negative binomial with size 2.
func (w world) draw(r *rand.Rand, plan Plan) simulated {
	const rho = 0.6
	fresh := math.Sqrt(1 - rho*rho) // of an AR(1) with standard deviation 1
	in := simulated{units: make([][weeks]float64, participants+w.comparison)}
	var common [weeks]float64
	state := r.NormFloat64()
	for t := range weeks {
		in.monday[t] = first.AddDate(0, 0, 7*t)
		state = rho*state + fresh*r.NormFloat64()
		common[t] = 0.15 * state
		switch _, week := in.monday[t].ISOWeek(); {
		case week >= 31 && week <= 35:
			common[t] -= 0.6
		case week >= 52 || week == 1:
			common[t] -= 0.5
		}
		if !in.monday[t].Before(plan.After.From.AddDate(0, 0, -7*SetAside)) {
			common[t] += w.shift
		}
	}
	for u := range in.units {
		mean, own, walk := 1.2+0.6*r.NormFloat64(), r.NormFloat64(), 0.0
		for t := range weeks {
			own = rho*own + fresh*r.NormFloat64()
			walk += 0.02 * r.NormFloat64()
			rate := mean + common[t] + 0.35*own + walk + 0.3*r.NormFloat64()
			if u < participants {
				rate += w.drift * float64(t) / 52
				if !in.monday[t].Before(plan.After.From.AddDate(0, 0, -7*SetAside)) {
					rate += w.effect
				}
			}
			if w.counts {
				rate = w.count(r, math.Exp(rate))
			}
			in.units[u][t] = rate
		}
	}
	return in
}

func (w world) count(r *rand.Rand, mean float64) float64 {
	const size = 2
	count := distuv.Poisson{Lambda: distuv.Gamma{Alpha: size, Beta: size / mean, Src: r}.Rand(), Src: r}.Rand()
	if r.Float64() < w.zeros {
		return 0
	}
	return count
}

// first is the Monday of the first week: the 156 weeks are those of 2013 to 2015 but the last.
var first = time.Date(2012, time.December, 31, 0, 0, 0, 0, time.UTC)

// casePlan is the plan of the case: ISO weeks 3 to 12 of 2014 and 2015.
func casePlan(t *testing.T) Plan {
	t.Helper()
	course := pipeline.Course{ID: "c", Start: pipeline.Date{Year: 2014, Month: time.September, Day: 11}, End: pipeline.Date{Year: 2014, Month: time.December, Day: 16}}
	plan, err := NewPlan(course, pipeline.Window{From: first, To: first.AddDate(0, 0, 7*weeks)}, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Weeks != Weeks || plan.PlaceboBefore.IsZero() {
		t.Fatalf("the plan of the case has %d weeks and the placebo %v", plan.Weeks, plan.PlaceboBefore)
	}
	return plan
}

// measure reduces an institution to a measure, by the way that the evaluation takes: a figure of each department in each window.
func (in simulated) measure(plan Plan, counts bool) Measure {
	i, departments, values := in.figures(plan.Windows(), counts)
	return Measures(plan, departments, []indicator.Indicator{i}, values)[0]
}

// judge evaluates an institution in full, by its windows and its panel, as the one primary measure of its course.
func (in simulated) judge(plan Plan, counts bool) Result {
	return Evaluate(plan, []Measure{in.outcome(plan, counts)})[0]
}

// outcome is an institution as a primary measure, with its panel.
func (in simulated) outcome(plan Plan, counts bool) Measure {
	all := bins(plan, pipeline.Window{From: first, To: first.AddDate(0, 0, 7*weeks)}, nil, time.UTC)
	windows := make([]pipeline.Window, len(all))
	for k, b := range all {
		windows[k] = b.Window
	}
	i, departments, values := in.figures(windows, counts)
	m := in.measure(plan, counts)
	m.Primary, m.Panel = true, newPanel(plan, i, m.Scale, departments, all, values)
	return m
}

// figures are those of each department in each window: the sum of counts, the mean of rates.
func (in simulated) figures(windows []pipeline.Window, counts bool) (indicator.Indicator, []pipeline.Department, []indicator.Value) {
	i := indicator.Indicator{ID: "rate", Kind: indicator.Ratio, Scale: indicator.Natural, Levels: []indicator.Level{indicator.Department}}
	if counts {
		i.ID, i.Kind, i.Scale = "posts", indicator.Count, indicator.Log
	}
	departments := make([]pipeline.Department, len(in.units))
	var values []indicator.Value
	for u, series := range in.units {
		departments[u] = pipeline.Department{ID: fmt.Sprintf("d%02d", u), Group: pipeline.Participant}
		if u >= participants {
			departments[u].Group = pipeline.Comparison
		}
		for _, w := range windows {
			v := indicator.Value{Indicator: i.ID, Level: indicator.Department, Unit: departments[u].ID, Window: w, Known: true}
			for t, x := range series {
				if !in.monday[t].Before(w.From) && in.monday[t].Before(w.To) {
					v.Value += x
					v.N++
				}
			}
			if !counts {
				v.Value /= float64(v.N)
			}
			values = append(values, v)
		}
	}
	return i, departments, values
}

// levels are the units' level changes against their own trends, the weeks from the course's first to the windows after it set
// aside.
func (in simulated) levels(plan Plan, course time.Time, counts bool) ([]float64, error) {
	changes, times := make([]float64, len(in.units)), make([]float64, weeks)
	for t := range times {
		times[t] = float64(t)
	}
	from := plan.After.From.Sub(first).Hours() / (7 * 24)
	for u, series := range in.units {
		values := series[:]
		for t := range values {
			switch {
			case in.monday[t].AddDate(0, 0, 7).After(course) && in.monday[t].Before(plan.After.From):
				values[t] = math.NaN()
			case counts:
				values[t] = math.Log(values[t] + smallCount)
			}
		}
		var err error
		if changes[u], err = statistics.LevelChange(times, values, from); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// outcome is what the methods say of one institution.
type outcome struct {
	paired, welch, labels, shuffled, wide, own, placebo float64 // p-values
	covered                                             bool    // Welch's interval holds the truth
	err                                                 error
}

func (w world) run(plan Plan, course time.Time, seed, draws int) (o outcome) {
	r := rand.New(rand.NewPCG(uint64(seed), 2014))
	in := w.draw(r, plan)
	s := statistics.Sampling{Seed: r.Uint64(), Draws: draws}
	m := in.measure(plan, w.counts)
	split := func(m Measure, units []Unit) (a, b []float64) {
		return changes(members(units, pipeline.Participant), m.ruler()), changes(members(units, pipeline.Comparison), m.ruler())
	}
	a, b := split(m, m.Units)
	c, err := statistics.Compare(a, b, s)
	if err != nil {
		return outcome{err: err}
	}
	mean, sd := stat.MeanStdDev(a, nil)
	_, paired, _, _ := statistics.Student(mean, sd/math.Sqrt(participants), participants-1, statistics.Confidence)
	o = outcome{paired: paired, welch: c.P, labels: c.Labels.P, covered: c.Low <= w.effect && w.effect <= c.High}
	x, y := split(m, m.Placebo)
	o.placebo = statistics.Labels(x, y, s).P
	wide := plan // 25 weeks a side
	for _, window := range []*pipeline.Window{&wide.PlaceboBefore, &wide.Before, &wide.After} {
		window.To = window.From.AddDate(0, 0, 7*25)
	}
	m = in.measure(wide, w.counts)
	x, y = split(m, m.Units)
	o.wide = statistics.Labels(x, y, s).P
	all := append(append([]float64(nil), a...), b...)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	o.shuffled = statistics.Labels(all[:participants], all[participants:], s).P
	levels, err := in.levels(plan, course, w.counts)
	if err != nil {
		return outcome{err: err}
	}
	o.own = statistics.Labels(levels[:participants], levels[participants:], s).P
	return o
}

// rates are the shares of runs in which a method found something at 5 %, and in which Welch's interval held the truth.
type rates struct {
	paired, welch, labels, shuffled, wide, own, placebo, covered float64
}

func (w world) rates(t *testing.T, runs, draws int) rates {
	t.Helper()
	plan := casePlan(t)
	course := time.Date(2014, time.September, 11, 0, 0, 0, 0, time.UTC)
	outcomes := make([]outcome, runs)
	iter.ForEachIdx(outcomes, func(i int, o *outcome) { *o = w.run(plan, course, i+1, draws) })
	var sum rates
	one := 1 / float64(runs)
	for _, o := range outcomes {
		if o.err != nil {
			t.Fatal(o.err)
		}
		for rate, p := range map[*float64]float64{
			&sum.paired: o.paired, &sum.welch: o.welch, &sum.labels: o.labels, &sum.shuffled: o.shuffled, &sum.wide: o.wide, &sum.own: o.own, &sum.placebo: o.placebo,
		} {
			if p < statistics.Alpha {
				*rate += one
			}
		}
		if o.covered {
			sum.covered += one
		}
	}
	return sum
}

// TestAA is the short form: 200 runs of each world with 199 draws a test, which is enough to see a method that errs twice too
// often.
func TestAA(t *testing.T) {
	if os.Getenv("PRESENCIA_AA") != "" {
		t.Skip("the long form runs")
	}
	within := func(t *testing.T, what string, rate, low, high float64) {
		t.Helper()
		if rate < low || rate > high {
			t.Errorf("%s: %.1f %% of the runs, where %.0f to %.0f %% are right", what, 100*rate, 100*low, 100*high)
		}
	}
	for _, w := range worlds {
		if w.comparison < 10 {
			continue // all of whose labellings are tried, which takes long
		}
		t.Run(w.name, func(t *testing.T) {
			r := w.rates(t, 200, 199)
			within(t, "labels shuffled", r.shuffled, 0.01, 0.10)
			if w.effect != 0 {
				within(t, "Welch's interval covers the effect", r.covered, 0.88, 0.99)
				within(t, "the effect is found over 25 weeks", r.wide, 0.15, 1)
			} else {
				within(t, "permutation of level changes against own trends", r.own, 0.01, 0.10)
			}
			if w.effect == 0 && w.drift == 0 {
				within(t, "permutation", r.labels, 0.01, 0.10)
				within(t, "permutation over 25 weeks", r.wide, 0.01, 0.10)
			}
			if w.drift >= 0.30 { // or there is none to be protected from
				within(t, "permutation takes the drift for an effect", r.labels, 0.20, 1)
			}
			if w.shift != 0 { // likewise
				within(t, "a test without comparison takes the shift for an effect", r.paired, 0.20, 1)
			}
		})
	}
}

// TestAALong is the long form: as many runs as PRESENCIA_AA says, of 999 draws a test. It prints the table of
// docs/evaluation-error-rates.md and holds the permutation to 3 to 7 %.
func TestAALong(t *testing.T) {
	runs, err := strconv.Atoi(os.Getenv("PRESENCIA_AA"))
	if err != nil || runs < 1 {
		t.Skip("PRESENCIA_AA does not say how many runs")
	}
	var table strings.Builder
	table.WriteString("| world | paired t, no comparison | Welch | permutation | labels shuffled | permutation, 25 weeks | own trends | placebo year | interval covers |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, w := range worlds {
		r := w.rates(t, runs, 999)
		fmt.Fprintf(&table, "| %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |\n", w.name, r.paired, r.welch, r.labels, r.shuffled, r.wide, r.own, r.placebo, r.covered)
		levels := map[string]float64{"labels shuffled": r.shuffled}
		if w.effect == 0 {
			levels["own trends"] = r.own
			if w.drift == 0 {
				levels["permutation"], levels["permutation, 25 weeks"] = r.labels, r.wide
			}
		}
		for name, rate := range levels {
			if runs >= 2000 && (rate < 0.03 || rate > 0.07) {
				t.Errorf("%s, %s: p < 0.05 in %.1f %% of the runs", w.name, name, 100*rate)
			}
		}
	}
	t.Logf("%d runs of each world\n\n%s", runs, table.String())
}

// TestAAVerdicts counts the verdicts of whole evaluations in a tenth of the runs of the long form. It prints the second table of
// docs/evaluation-error-rates.md.
func TestAAVerdicts(t *testing.T) {
	runs, err := strconv.Atoi(os.Getenv("PRESENCIA_AA"))
	if err != nil || runs < 10 {
		t.Skip("PRESENCIA_AA does not say how many runs")
	}
	plan := casePlan(t)
	plan.Draws = 499
	var table strings.Builder
	table.WriteString("| world | clear | suggestive | not shown | not answerable |\n|---|---|---|---|---|\n")
	for _, w := range worlds {
		verdicts := make([]Verdict, runs/10)
		iter.ForEachIdx(verdicts, func(i int, v *Verdict) {
			own := plan
			own.Seed = uint64(i + 1)
			*v = w.draw(rand.New(rand.NewPCG(uint64(i+1), 2014)), plan).judge(own, w.counts).Verdict
		})
		share := map[Verdict]float64{}
		for _, v := range verdicts {
			share[v] += 1 / float64(len(verdicts))
		}
		fmt.Fprintf(&table, "| %s | %.3f | %.3f | %.3f | %.3f |\n", w.name, share[Clear], share[Suggestive], share[NotShown], share[NotAnswerable])
		if w.effect == 0 && w.drift == 0 && share[Clear] > 0.05 {
			t.Errorf("%s: clear in %.1f %% of the runs", w.name, 100*share[Clear])
		}
	}
	t.Logf("%d runs of each world\n\n%s", runs/10, table.String())
}

// uneventful is a whole course in which nothing happened: four primary outcomes with their series, and 79 secondary ones as the ledger has
// them, of which 72 are 24 figures that are each told three times (as such, from the other end, and by a near relative), or all of
// their own, and 7 are spreads.
func uneventful(plan Plan, seed int, related bool) []Result {
	var measures []Measure
	r := rand.New(rand.NewPCG(uint64(seed), 79))
	draw := func(f int) (simulated, bool) {
		w := worlds[f%4] // those without effect and drift
		return w.draw(r, plan), w.counts
	}
	for f := range 4 {
		in, counts := draw(f)
		m := in.outcome(plan, counts)
		m.Indicator = fmt.Sprintf("primary %d", f)
		measures = append(measures, m)
	}
	for f := range 24 {
		in, counts := draw(f)
		m := in.measure(plan, counts)
		again, from := m, m
		if related {
			again.Units, again.Placebo = turned(m.Units, r, 0.3), turned(m.Placebo, r, 0.3)
			from.Units, from.Placebo = turned(m.Units, r, 0), turned(m.Placebo, r, 0)
			again.Scale, from.Scale = Natural, Natural
		} else {
			in, counts = draw(f)
			again = in.measure(plan, counts)
			in, counts = draw(f)
			from = in.measure(plan, counts)
		}
		measures = append(measures, m, again, from)
		if f < 7 {
			m.Kind = Unlikeness
			measures = append(measures, m)
		}
	}
	return Evaluate(plan, measures)
}

// turned are values counted from the other end, with some noise.
func turned(units []Unit, r *rand.Rand, noise float64) []Unit {
	other := make([]Unit, len(units))
	for k, u := range units {
		u.Before.Number = 100 - u.Before.Number + noise*r.NormFloat64()
		u.After.Number = 100 - u.After.Number + noise*r.NormFloat64()
		other[k] = u
	}
	return other
}

// TestAAInstitutions counts the institutions without any effect in which leadership would read of one, in a twentieth of the runs of the
// long form. It prints the third table of docs/evaluation-error-rates.md.
func TestAAInstitutions(t *testing.T) {
	runs, err := strconv.Atoi(os.Getenv("PRESENCIA_AA"))
	if err != nil || runs < 20 {
		t.Skip("PRESENCIA_AA does not say how many runs")
	}
	plan := casePlan(t)
	plan.Draws = 1999
	var table strings.Builder
	table.WriteString("| secondary outcomes | a clear one | a suggestive primary one | a suggestive secondary one | a suggestive spread | any of these | leads each |\n|---|---|---|---|---|---|---|\n")
	for _, related := range []bool{false, true} {
		type found struct{ clear, primary, secondary, spread, leads int }
		all := make([]found, runs/20)
		iter.ForEachIdx(all, func(i int, of *found) {
			own := plan
			own.Seed = uint64(i + 1)
			for _, r := range uneventful(own, i+1, related) {
				switch {
				case r.Verdict == Clear:
					of.clear++
				case r.Verdict != Suggestive:
				case r.Primary:
					of.primary++
				case r.Kind == Unlikeness:
					of.spread, of.leads = of.spread+1, of.leads+1
				default:
					of.secondary, of.leads = of.secondary+1, of.leads+1
				}
			}
		})
		share := func(of func(found) int) (share float64) {
			for _, f := range all {
				if of(f) > 0 {
					share += 1 / float64(len(all))
				}
			}
			return share
		}
		leads := 0.0
		for _, f := range all {
			leads += float64(f.leads) / float64(len(all))
		}
		name := "79 of their own"
		if related {
			name = "24 figures told three times"
		}
		anything := share(func(f found) int { return f.clear + f.primary + f.leads })
		fmt.Fprintf(&table, "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", name, share(func(f found) int { return f.clear }),
			share(func(f found) int { return f.primary }), share(func(f found) int { return f.secondary }), share(func(f found) int { return f.spread }), anything, leads)
		if rate := share(func(f found) int { return f.clear }); rate > 0.08 {
			t.Errorf("%s: something clear in %.0f %% of the institutions", name, 100*rate)
		}
		if rate := share(func(f found) int { return f.leads }); rate > 0.18 { // 10 % and two standard errors and a half of a hundred runs
			t.Errorf("%s: a lead in %.0f %% of the institutions", name, 100*rate)
		}
	}
	t.Logf("%d institutions of each kind\n\n%s", runs/20, table.String())
}
