package impact

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// Verdict is the answer to "did the course change this?". Readers see clara, indicios, no demostrada, no se puede responder.
type Verdict string

// The verdicts.
const (
	Clear         Verdict = "clear"
	Suggestive    Verdict = "suggestive"
	NotShown      Verdict = "not_shown"
	NotAnswerable Verdict = "not_answerable"
)

// What a comparison must have to be answered at all.
const (
	MinUnits    = 3   // in either group; with two the labels say nothing
	MinCoverage = 0.9 // share of departments known on both sides
)

// The other bars of the verdict's rule.
const (
	SlopeExtreme   = 0.10 // part of the permutations in which a difference of slopes before the course fails its check
	TrendShare     = 0.5  // of the estimate that must be left when each department's own trend is taken out
	FalseDiscovery = 0.10 // share of false leads among the secondary outcomes
)

// Scale is how changes are compared.
type Scale string

// The scales. Counts and audiences grow in proportion to their size, so that only their ratios can be compared between
// large and small departments.
const (
	Natural Scale = "natural" // differences, in the indicator's unit
	Log     Scale = "log"     // differences of logarithms, that is ratios; Percent reads them
)

// smallCount is what keeps the logarithm of a count of zero finite.
const smallCount = 0.5

// Percent reads a difference of logarithms as a relative change: 0.1823 is +20 %.
func Percent(log float64) float64 { return 100 * math.Expm1(log) }

// ruler is a scale with what is added to a value before its logarithm is taken.
type ruler struct {
	scale Scale
	added float64
}

func (r ruler) of(x float64) float64 {
	if r.scale == Log {
		return math.Log(x + r.added)
	}
	return x
}

func (r ruler) change(u Unit) float64 { return r.of(u.After.Number) - r.of(u.Before.Number) }

// added is what keeps the logarithms of values finite: half of one where they are counts. What was added to a rate would decide
// how much a change of a small one counts, and the unit in which it is told would decide with it. So nothing is added where none is zero,
// and otherwise half of the smallest above zero, which for posts a week is half a post as well.
func added(ratio bool, values func(yield func(float64) bool)) float64 {
	if !ratio {
		return smallCount
	}
	zero, least := false, math.Inf(1)
	for x := range values {
		switch {
		case x == 0:
			zero = true
		case x > 0:
			least = min(least, x)
		}
	}
	switch {
	case !zero:
		return 0
	case math.IsInf(least, 1): // all are zero: whatever is added, nothing changed
		return smallCount
	}
	return least / 2
}

// Kind says what a measure consists of, and so what can be asked of it.
type Kind string

// The kinds of measure.
const (
	PerUnit    Kind = ""       // a value a department: tested in full
	Unlikeness Kind = "spread" // how far departments differ; Units hold the values that spread
)

// Unit is a department, before and after.
type Unit struct {
	ID            string
	Group         pipeline.Group
	Before, After statistics.Value
	// NoCases: on some side there was nothing to measure (no message received, no post). Nothing is missing from the data,
	// but the department cannot be compared.
	NoCases bool
	Hours   statistics.Value // that its people attended of the course, on average
}

func (u Unit) complete() bool { return u.Before.Known && u.After.Known }

// Measure is one indicator as Evaluate takes it.
type Measure struct {
	Indicator string
	Kind      Kind
	Scale     Scale
	Ratio     bool             // a rate or an average, no count: see [Result.Added]
	Direction int              // +1: more is better, -1: less is, 0: neither
	Primary   bool             // one of the few that the course is judged by
	Minimum   statistics.Value // the smallest effect worth having, on Scale
	Units     []Unit
	Placebo   []Unit // over the placebo windows; none: not tested
	Others    []Other
	Panel     *Panel // nil: what needs a series is not computed
}

// ruler is the scale of the measure's changes.
func (m Measure) ruler() ruler {
	r := ruler{scale: m.Scale}
	if r.scale == "" {
		r.scale = Natural
	}
	r.added = added(m.Ratio, func(yield func(float64) bool) {
		sets := [][]Unit{m.Units, m.Placebo}
		for _, o := range m.Others {
			sets = append(sets, o.Units)
		}
		for _, units := range sets {
			for _, u := range units {
				if u.complete() && (u.Group == pipeline.Participant || u.Group == pipeline.Comparison) && (!yield(u.Before.Number) || !yield(u.After.Number)) {
					return
				}
			}
		}
	})
	return r
}

// Other is the same measure over other windows.
type Other struct {
	Code  string
	Units []Unit
}

// Change is what became of a group.
type Change struct {
	N             int                // departments compared
	Before, After statistics.Value   // their means, in the indicator's unit; of kind Unlikeness their standard deviations
	Paired        *statistics.Paired // on the result's scale; nil: fewer than two departments, or not of this kind
	Spread        *statistics.Spread // of kind Unlikeness only
}

// Result is what can be said of one indicator.
type Result struct {
	Indicator    string
	Kind         Kind
	Scale        Scale
	Added        float64 // to a value before its logarithm is taken: 0.5 to counts, half of the smallest above zero to rates of which one is zero
	Direction    int
	Primary      bool
	Verdict      Verdict
	Reasons      []Reason
	Units        []Unit
	Coverage     float64 // share of the two groups' departments that are known on both sides; those without cases left out
	Participants Change
	Comparison   Change
	// Effect is the participants' change minus the comparison's, on Scale: the number that the verdict judges. Nil: not answerable.
	Effect *statistics.Compared
	// Natural is the same difference in the indicator's own unit; Effect itself where the scale is natural.
	Natural *statistics.Compared
	// Adjusted is the permutation p of Effect after Holm's adjustment over the primary indicators; unknown for the others.
	Adjusted statistics.Value
	Placebo  *statistics.Compared // nil: not tested
	// Lowest and Highest are the extremes of the estimate when each department in turn is left out.
	Lowest, Highest statistics.Value
	// FalseDiscovery is the permutation p after Benjamini and Hochberg's adjustment over the secondary indicators, spreads (by the larger p
	// of the participants' Spread.Swap and of Convergence) among them; unknown for the primary ones and the placebo outcome.
	FalseDiscovery statistics.Value
	// Convergence is of kind Unlikeness only: the change of the logarithm of the participants' spread less that of the comparison's.
	// Below zero: they became more alike than the comparison did. Nil: too few departments, or all alike.
	Convergence *statistics.Compared
	// Exploratory: the plan does not name it, or not as it was computed.
	Exploratory    bool
	Minimum        statistics.Value     // the smallest effect worth having, by the plan, on Scale
	Baseline       *statistics.Compared // the values before, group against group: how alike they were
	Alternatives   Alternatives
	Panel          *Panel // nil: not computed for this indicator
	EventStudy     *EventStudy
	Interrupted    []Interrupted // participants, comparison
	Specifications []Specification
	Agreement      statistics.Value // share of the specifications that agree
	Dose           *Dose
	Counterfactual *Counterfactual
	Synthetic      *Synthetic
}

// The codes of reasons, beside a plan's notices. Their arguments are in brackets.
const (
	ReasonFewUnits        = "few_units"              // too few departments in a group [group, n, min]
	ReasonLowCoverage     = "low_coverage"           // too many departments unknown [known, of, min]
	ReasonNoCases         = "no_cases"               // departments with nothing to measure were left out [n]
	ReasonUncontrolled    = "uncontrolled"           // a spread is tested within the participants and against the comparison, and the larger p counts []
	ReasonNoVariation     = "no_variation"           // nothing changed anywhere []
	ReasonInterval        = "interval_excludes_zero" // []
	ReasonIntervalZero    = "interval_includes_zero" // [detectable]
	ReasonHolmPassed      = "holm_passed"            // [p, tests]
	ReasonHolmFailed      = "holm_failed"            // [p, tests]
	ReasonSecondary       = "secondary"              // not among the primary indicators: a lead, never a proof []
	ReasonPlaceboPassed   = "placebo_passed"         // no difference a year earlier [p]
	ReasonPlaceboFailed   = "placebo_failed"         // the groups differed already a year earlier [p]
	ReasonPlaceboMissing  = "placebo_missing"        // could not be tried []
	ReasonSlopePassed     = "slope_passed"           // the groups were on parallel paths before the course [p]
	ReasonSlopeFailed     = "slope_failed"           // they were not [p]
	ReasonSlopeMissing    = "slope_missing"          // the series before the course is too short to tell []
	ReasonTrendPassed     = "trend_passed"           // enough of the effect is left beside each department's own trend [estimate]
	ReasonTrendFailed     = "trend_failed"           // it is not [estimate]
	ReasonTrendMissing    = "trend_missing"          // the series is too short to tell []
	ReasonLeadPassed      = "lead_passed"            // a secondary outcome, by Benjamini and Hochberg [p, tests]
	ReasonLeadFailed      = "lead_failed"            // [p, tests]
	ReasonBelowMinimum    = "below_minimum"          // an effect, but smaller than is worth having [minimum]
	ReasonEquivalent      = "equivalent"             // an effect worth having is ruled out [minimum]
	ReasonNotRuledOut     = "not_ruled_out"          // neither no effect nor one worth having is ruled out [minimum]
	ReasonPlaceboOutcome  = "placebo_outcome_failed" // what the course could not move differs too: something else set the groups apart [p]
	ReasonOneUnit         = "depends_on_one_unit"    // the sign changes when one department is left out []
	ReasonSpreadChanged   = "spread_changed"         // [p]
	ReasonSpreadUnchanged = "spread_unchanged"       // [p]
	ReasonSpreadShared    = "spread_shared"          // the comparison group moved likewise [change]
)

// Evaluate judges every measure by the plan. A primary measure stands four checks: the permutation p after Holm's adjustment over
// the primary measures; the groups' slopes before the course, which must not differ; the estimate against each department's
// own trend; and the placebo a year earlier. A verdict is
//
//	clear           the adjusted p is below 0.05, the interval excludes zero, the difference of slopes is not among the extreme tenth
//	                of permutations, the trend-adjusted estimate has the same sign and at least half the size, and the placebo
//	                finds nothing;
//	suggestive      the interval excludes zero, or the adjusted p is below 0.05 with exactly one of the other checks failed;
//	not shown       otherwise;
//	not answerable  fewer than three departments in a group, or fewer than nine in ten known on both sides.
//
// A check that cannot be computed, for want of data, has not been passed: a course is not cleared by what nobody could see.
// Secondary measures and spreads get no further than suggestive, and must stand Benjamini and Hochberg's adjustment, of all of them
// but the placebo outcome, at one false lead in ten; secondary ones need an interval that excludes zero too. A clear change may be one for the worse, or smaller than is
// worth having; Effect, Direction and the reasons tell.
func Evaluate(plan Plan, measures []Measure) []Result {
	results := make([]Result, len(measures))
	var primary, secondary []int
	var p, leads []float64
	for i, m := range measures {
		results[i] = describe(plan, m)
		e := results[i].Effect
		switch {
		case plan.Placebo != nil && m.Indicator == plan.Placebo.Indicator && m.Kind == PerUnit: // no lead
		case m.Kind == Unlikeness:
			if results[i].spreads() {
				secondary, leads = append(secondary, i), append(leads, results[i].unlike())
			}
		case m.Primary:
			// A primary measure that cannot be answered still counts among the promised tests.
			primary, p = append(primary, i), append(p, 1)
			if e != nil {
				p[len(p)-1] = e.Labels.P
			}
		case e != nil:
			secondary, leads = append(secondary, i), append(leads, e.Labels.P)
		}
	}
	for k, adjusted := range statistics.Holm(p) {
		if r := &results[primary[k]]; r.Effect != nil {
			r.Adjusted = statistics.Known(adjusted)
		}
	}
	for k, adjusted := range statistics.BenjaminiHochberg(leads) {
		results[secondary[k]].FalseDiscovery = statistics.Known(adjusted)
	}
	for i := range results {
		tests := len(secondary)
		if results[i].Primary {
			tests = len(primary)
		}
		results[i].judge(tests)
	}
	return results
}

// describe computes everything but the verdict.
func describe(plan Plan, m Measure) Result {
	r := Result{Indicator: m.Indicator, Kind: m.Kind, Direction: m.Direction, Primary: m.Primary, Minimum: m.Minimum, Units: m.Units, Panel: m.Panel}
	by := m.ruler()
	r.Scale, r.Added = by.scale, by.added
	known, of, noCases := coverage(m.Units)
	if noCases > 0 {
		r.because(ReasonNoCases, "n", noCases)
	}
	if of > 0 {
		r.Coverage = float64(known) / float64(of)
	}
	a, b := members(m.Units, pipeline.Participant), members(m.Units, pipeline.Comparison)
	r.Participants, r.Comparison = r.group(a, plan.Sampling), r.group(b, plan.Sampling)
	answerable := true
	for _, g := range []struct {
		name pipeline.Group
		n    int
	}{{pipeline.Participant, len(a)}, {pipeline.Comparison, len(b)}} {
		if g.n < MinUnits {
			r.because(ReasonFewUnits, "group", string(g.name), "n", g.n, "min", MinUnits)
			answerable = false
		}
	}
	if r.Coverage < MinCoverage {
		r.because(ReasonLowCoverage, "known", known, "of", of, "min", MinCoverage)
		answerable = false
	}
	if answerable && m.Kind == Unlikeness {
		r.Convergence = converged(a, b, plan.Sampling)
	}
	if !answerable || m.Kind != PerUnit {
		return r
	}
	r.Effect = compare(a, b, by, plan.Sampling)
	r.Natural = r.Effect
	if r.Scale != Natural {
		r.Natural = compare(a, b, ruler{scale: Natural}, plan.Sampling)
	}
	before, _ := sides(a)
	others, _ := sides(b)
	r.Baseline = contrast(before, others, plan.Sampling)
	r.leaveOneOut(a, b)
	r.alternatives(a, b)
	r.dose(a, plan.Sampling)
	if m.Primary {
		r.specify(a, b, m.Others, plan.Sampling)
		r.series(plan)
	}
	known, of, _ = coverage(m.Placebo)
	a, b = members(m.Placebo, pipeline.Participant), members(m.Placebo, pipeline.Comparison)
	if len(a) >= MinUnits && len(b) >= MinUnits && float64(known) >= MinCoverage*float64(of) {
		r.Placebo = compare(a, b, by, plan.Sampling)
	}
	return r
}

// coverage counts the departments of the two groups that are known on both sides, those that should be, and those that had
// nothing to measure.
func coverage(units []Unit) (known, of, noCases int) {
	for _, u := range units {
		switch {
		case u.Group != pipeline.Participant && u.Group != pipeline.Comparison:
		case u.complete():
			known, of = known+1, of+1
		case u.NoCases:
			noCases++
		default:
			of++
		}
	}
	return known, of, noCases
}

// judge gives the verdict and its reasons.
func (r *Result) judge(tests int) {
	switch {
	case r.Kind == Unlikeness:
		r.judgeSpread(tests)
	case r.Effect == nil:
		r.Verdict = NotAnswerable
	default:
		r.judgeEffect(tests)
	}
}

func (r *Result) judgeEffect(tests int) {
	e := r.Effect
	excludes := e.Low > 0 || e.High < 0
	switch {
	case excludes:
		r.because(ReasonInterval)
	case !e.G.Known:
		r.because(ReasonNoVariation)
	default:
		r.because(ReasonIntervalZero, "detectable", e.Detectable.Number)
	}
	significant := r.Adjusted.Known && r.Adjusted.Number < statistics.Alpha
	lead := r.FalseDiscovery.Known && r.FalseDiscovery.Number <= FalseDiscovery
	alone := !r.FalseDiscovery.Known && e.Labels.P < statistics.Alpha // the placebo outcome, one test by itself
	switch {
	case significant:
		r.because(ReasonHolmPassed, "p", r.Adjusted.Number, "tests", tests)
	case r.Primary:
		r.because(ReasonHolmFailed, "p", r.Adjusted.Number, "tests", tests)
	default:
		r.because(ReasonSecondary)
		switch {
		case lead:
			r.because(ReasonLeadPassed, "p", r.FalseDiscovery.Number, "tests", tests)
		case r.FalseDiscovery.Known: // unlike the placebo's, which is no lead
			r.because(ReasonLeadFailed, "p", r.FalseDiscovery.Number, "tests", tests)
		}
	}
	failed := 0
	check := func(known, passed bool, codes [3]string, args ...any) { // passed, failed, missing
		switch {
		case !known:
			failed++
			r.because(codes[2])
		case passed:
			r.because(codes[0], args...)
		default:
			failed++
			r.because(codes[1], args...)
		}
	}
	if r.Primary {
		var slope statistics.Value
		if r.EventStudy != nil {
			slope = r.EventStudy.SlopeRank
		}
		check(slope.Known, slope.Number >= SlopeExtreme, [3]string{ReasonSlopePassed, ReasonSlopeFailed, ReasonSlopeMissing}, "p", slope.Number)
		var left float64
		if r.Alternatives.OwnTrend != nil {
			left = r.Alternatives.OwnTrend.Estimate
		}
		check(r.Alternatives.OwnTrend != nil, left*e.Estimate > 0 && math.Abs(left) >= TrendShare*math.Abs(e.Estimate),
			[3]string{ReasonTrendPassed, ReasonTrendFailed, ReasonTrendMissing}, "estimate", left)
	}
	var placebo float64
	if r.Placebo != nil {
		placebo = r.Placebo.Labels.P
	}
	check(r.Placebo != nil, placebo >= statistics.Alpha, [3]string{ReasonPlaceboPassed, ReasonPlaceboFailed, ReasonPlaceboMissing}, "p", placebo)
	if r.Lowest.Known && r.Lowest.Number*r.Highest.Number < 0 {
		r.because(ReasonOneUnit)
	}
	switch {
	case r.Primary && significant && excludes && failed == 0:
		r.Verdict = Clear
	case r.Primary && (excludes || significant && failed == 1), !r.Primary && excludes && (lead || alone):
		r.Verdict = Suggestive
	default:
		r.Verdict = NotShown
	}
	r.judgeSize()
}

// judgeSize holds an effect against the smallest one worth having.
func (r *Result) judgeSize() {
	e, least := r.Effect, r.Minimum
	switch {
	case !least.Known || least.Number <= 0:
	case r.Verdict != NotShown && math.Abs(e.Estimate) < least.Number:
		r.because(ReasonBelowMinimum, "minimum", least.Number)
	case r.Verdict == NotShown && e.Low > -least.Number && e.High < least.Number:
		r.because(ReasonEquivalent, "minimum", least.Number)
	case r.Verdict == NotShown:
		r.because(ReasonNotRuledOut, "minimum", least.Number)
	}
}

// spreads tells whether enough departments are known for their spread to be judged.
func (r *Result) spreads() bool {
	a, b := r.Participants.Spread, r.Comparison.Spread
	return a != nil && b != nil && r.Coverage >= MinCoverage && a.N >= MinUnits && b.N >= MinUnits
}

// unlike is the p of a spread: that of the participants changed, and otherwise than that of the comparison. Both have to be shown, so
// that it is the larger one (Berger 1982, Technometrics 24:295). The exchange alone would take what happened to all for the course's.
func (r *Result) unlike() float64 {
	if r.Convergence == nil { // somewhere all are alike: nothing can be set against the other
		return 1
	}
	return max(r.Participants.Spread.Swap.P, r.Convergence.Labels.P)
}

// judgeSpread: departments have become more alike, or less, if the participants' spread changed, and otherwise than the
// comparison's, by Benjamini and Hochberg, and the comparison's did not go at least half as far the same way. How far is told
// in proportion: what moves everyone by one factor moves the spread of large departments by more.
func (r *Result) judgeSpread(tests int) {
	if !r.spreads() {
		r.Verdict = NotAnswerable
		return
	}
	a, b := r.Participants.Spread, r.Comparison.Spread
	r.because(ReasonUncontrolled)
	r.Verdict = NotShown
	if a.Swap.P >= statistics.Alpha {
		r.because(ReasonSpreadUnchanged, "p", a.Swap.P)
		return
	}
	r.because(ReasonSpreadChanged, "p", a.Swap.P)
	ours, theirs := math.Log(a.After/a.Before), math.Log(b.After/b.Before)
	if theirs*ours > 0 && math.Abs(theirs) >= math.Abs(ours)/2 {
		r.because(ReasonSpreadShared, "change", b.Change)
		return
	}
	if r.FalseDiscovery.Number > FalseDiscovery {
		r.because(ReasonLeadFailed, "p", r.FalseDiscovery.Number, "tests", tests)
		return
	}
	r.because(ReasonLeadPassed, "p", r.FalseDiscovery.Number, "tests", tests)
	r.Verdict = Suggestive
}

// because adds a reason with its arguments, given as name, value, name, value …
func (r *Result) because(code string, args ...any) {
	r.Reasons = append(r.Reasons, because(code, args...))
}

func because(code string, args ...any) Reason {
	reason := Reason{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if reason.Args == nil {
			reason.Args = map[string]any{}
		}
		reason.Args[args[i].(string)] = args[i+1]
	}
	return reason
}

func (r *Result) leaveOneOut(a, b []Unit) {
	low, high := math.Inf(1), math.Inf(-1)
	x, y := changes(a, r.ruler()), changes(b, r.ruler())
	try := func(x, y []float64) {
		estimate := stat.Mean(x, nil) - stat.Mean(y, nil)
		low, high = math.Min(low, estimate), math.Max(high, estimate)
	}
	for i := range x {
		try(without(x, i), y)
	}
	for i := range y {
		try(x, without(y, i))
	}
	r.Lowest, r.Highest = statistics.Known(low), statistics.Known(high)
}

func without(x []float64, i int) []float64 {
	return append(append(make([]float64, 0, len(x)), x[:i]...), x[i+1:]...)
}

func (r *Result) group(units []Unit, s statistics.Sampling) Change {
	before, after := sides(units)
	c := Change{N: len(units)}
	if r.Kind == Unlikeness { // of one department there is no spread
		if d, err := statistics.Dispersion(before, after, s); err == nil {
			c.Spread, c.Before, c.After = &d, statistics.Known(d.Before), statistics.Known(d.After)
		}
		return c
	}
	c.Before, c.After = statistics.Known(stat.Mean(before, nil)), statistics.Known(stat.Mean(after, nil))
	if p, err := statistics.Pair(changes(units, r.ruler()), s); err == nil {
		c.Paired = &p
	}
	return c
}

// members are the units of a group that are known on both sides.
func members(units []Unit, g pipeline.Group) []Unit {
	var m []Unit
	for _, u := range units {
		if u.Group == g && u.complete() {
			m = append(m, u)
		}
	}
	return m
}

func sides(units []Unit) (before, after []float64) {
	for _, u := range units {
		before, after = append(before, u.Before.Number), append(after, u.After.Number)
	}
	return before, after
}

func (r *Result) ruler() ruler { return ruler{r.Scale, r.Added} }

func changes(units []Unit, by ruler) []float64 {
	d := make([]float64, len(units))
	for i, u := range units {
		d[i] = by.change(u)
	}
	return d
}

// converged sets the change of one group's spread against that of another.
func converged(a, b []Unit, s statistics.Sampling) *statistics.Compared {
	x, err := statistics.LogSpreadChange(sides(a))
	if err != nil {
		return nil
	}
	y, err := statistics.LogSpreadChange(sides(b))
	if err != nil {
		return nil
	}
	return contrast(x, y, s)
}

func compare(a, b []Unit, by ruler, s statistics.Sampling) *statistics.Compared {
	return contrast(changes(a, by), changes(b, by), s)
}

func contrast(a, b []float64, s statistics.Sampling) *statistics.Compared {
	c, err := statistics.Compare(a, b, s)
	if err != nil { // fewer than two a group; the callers ask for MinUnits
		return nil
	}
	return &c
}
