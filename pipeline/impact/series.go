package impact

import (
	"math"
	"slices"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// What a series must have for something to be said of trends.
const (
	BinWeeks      = 4 // of a bin of a panel
	MinBinsBefore = 6 // known before the course: half a year
	MinBinsAfter  = 2
)

// bins part the data into stretches of four ISO weeks, laid so that one ends with the last full week before the course or its
// announcement. The weeks of the course, and those set aside after it, lie aside; so does a bin that holds a part of them.
func bins(plan Plan, data pipeline.Window, elections []pipeline.Election, loc *time.Location) []Bin {
	edge := plan.untouched()
	edge = monday(edge)
	resumed := resumption(plan.End)
	first := edge
	for !first.AddDays(-7 * BinWeeks).In(loc).Before(data.From) {
		first = first.AddDays(-7 * BinWeeks)
	}
	var all []Bin
	for d := first; !d.AddDays(7 * BinWeeks).In(loc).After(data.To); d = d.AddDays(7 * BinWeeks) {
		b := Bin{Window: weeksFrom(d, BinWeeks, loc), Side: AsideCourse}
		switch {
		case unusableWeeks(d, BinWeeks, data, elections, loc) != "":
			b.Side = ElectionTime
		case !edge.Before(d.AddDays(7 * BinWeeks)):
			b.Side = BeforeCourse
		case !d.Before(resumed):
			b.Side = AfterCourse
		}
		all = append(all, b)
	}
	return all
}

// newPanel lays out an indicator's values by bin. A value of which more than a tenth could not be known is unknown.
func newPanel(plan Plan, i indicator.Indicator, scale Scale, departments []pipeline.Department, bins []Bin, values []indicator.Value) *Panel {
	p := &Panel{Indicator: i.ID, Scale: scale, PerWindow: 1, Bins: bins}
	if i.Kind == indicator.Count {
		p.PerWindow = float64(plan.Weeks) / BinWeeks
	}
	at := map[int64]int{}
	for k, b := range bins {
		at[b.From.Unix()] = k
	}
	place := map[string]int{}
	for _, d := range departments {
		if d.Group == pipeline.Participant || d.Group == pipeline.Comparison {
			place[d.ID] = len(p.Units)
			p.Units = append(p.Units, Series{Unit: d.ID, Group: d.Group, Values: make([]statistics.Value, len(bins))})
		}
	}
	for _, v := range values {
		u, ours := place[v.Unit]
		k, asked := at[v.Window.From.Unix()]
		if ours && asked && v.Indicator == i.ID && v.Level == indicator.Department && v.Known && v.Coverage() >= MinCoverage {
			p.Units[u].Values[k] = statistics.Known(v.Value)
		}
	}
	p.Added = added(i.Kind == indicator.Ratio, func(yield func(float64) bool) {
		for _, u := range p.Units {
			for _, v := range u.Values {
				if v.Known && !yield(v.Number) {
					return
				}
			}
		}
	})
	return p
}

// line is a unit's series on the panel's scale, as long as the plan's windows count; NaN: unknown.
func (p *Panel) line(s Series) []float64 {
	y := make([]float64, len(s.Values))
	for k, v := range s.Values {
		y[k] = math.NaN()
		if x := (ruler{p.Scale, p.Added}).of(v.Number * p.PerWindow); v.Known && !math.IsInf(x, 0) {
			y[k] = x
		}
	}
	return y
}

// Read is a number of the panel's lines in the indicator's own unit.
func (p *Panel) Read(x float64) float64 {
	if p.Scale == Log {
		return math.Exp(x) - p.Added
	}
	return x
}

// on counts the known values of a line on a side.
func (p *Panel) on(y []float64, side Side) (n int) {
	for k, b := range p.Bins {
		if b.Side == side && !math.IsNaN(y[k]) {
			n++
		}
	}
	return n
}

// only leaves of a line what lies on some sides.
func (p *Panel) only(y []float64, sides ...Side) []float64 {
	left := make([]float64, len(y))
	for k, b := range p.Bins {
		left[k] = math.NaN()
		for _, s := range sides {
			if b.Side == s {
				left[k] = y[k]
			}
		}
	}
	return left
}

// long are the lines of a group that are long enough on either side, and how many there should be.
func (p *Panel) long(g pipeline.Group) (lines [][]float64, of int) {
	for _, u := range p.Units {
		if u.Group != g {
			continue
		}
		of++
		if y := p.line(u); p.on(y, BeforeCourse) >= MinBinsBefore && p.on(y, AfterCourse) >= MinBinsAfter {
			lines = append(lines, y)
		}
	}
	return lines, of
}

// Mean is the mean line of a group, on the panel's scale and as long as the plan's windows count: of the departments' distances from
// their own mean before the course, so that one that is missing for a while does not move it.
func (p *Panel) Mean(g pipeline.Group) []statistics.Value {
	lines, _ := p.long(g)
	sum, n, level := make([]float64, len(p.Bins)), make([]float64, len(p.Bins)), 0.0
	for _, y := range lines {
		own := average(p.only(y, BeforeCourse))
		level += own / float64(len(lines))
		for k, x := range y {
			if !math.IsNaN(x) {
				sum[k], n[k] = sum[k]+x-own, n[k]+1
			}
		}
	}
	mean := make([]statistics.Value, len(p.Bins))
	for k := range mean {
		if n[k] > 0 && n[k] >= MinCoverage*float64(len(lines)) {
			mean[k] = statistics.Known(level + sum[k]/n[k])
		}
	}
	return mean
}

// average of what is known.
func average(y []float64) float64 {
	sum, n := 0.0, 0.0
	for _, x := range y {
		if !math.IsNaN(x) {
			sum, n = sum+x, n+1
		}
	}
	return sum / n
}

// series computes what needs a panel. A group of whose departments less than nine in ten have long enough series, or fewer
// than three, leaves it out.
func (r *Result) series(plan Plan) {
	if r.Panel == nil {
		return
	}
	a, ofA := r.Panel.long(pipeline.Participant)
	b, ofB := r.Panel.long(pipeline.Comparison)
	if len(a) < MinUnits || len(b) < MinUnits || float64(len(a)+len(b)) < MinCoverage*float64(ofA+ofB) {
		return
	}
	r.Alternatives.OwnTrend = r.Panel.ownTrend(a, b, plan.Sampling)
	r.EventStudy = r.Panel.eventStudy(a, b, plan.Sampling)
	r.twoWay(a, b, plan.Sampling)
	for _, g := range []pipeline.Group{pipeline.Participant, pipeline.Comparison} {
		if i := r.Panel.interrupted(g); i != nil {
			r.Interrupted = append(r.Interrupted, *i)
		}
	}
	r.Counterfactual, r.Synthetic = r.Panel.counterfactual(), r.Panel.synthetic()
	r.Alternatives.GroupTime = r.Panel.groupTime(plan.Sampling)
}

// ownTrend compares the steps that the departments' own straight lines leave at the course.
func (p *Panel) ownTrend(a, b [][]float64, s statistics.Sampling) *statistics.Compared {
	times := make([]float64, len(p.Bins))
	for k := range times {
		times[k] = float64(k)
	}
	steps := func(lines [][]float64) (all []float64) {
		for _, y := range lines {
			if step, err := statistics.LevelChange(times, p.only(y, BeforeCourse, AfterCourse), float64(p.firstAfter())); err == nil {
				all = append(all, step)
			}
		}
		return all
	}
	return contrast(steps(a), steps(b), s)
}

// eventStudy measures the gap between the groups from the last bin before the course that nearly all departments have.
func (p *Panel) eventStudy(a, b [][]float64, s statistics.Sampling) *EventStudy {
	e, line := &EventStudy{Reference: -1}, statistics.Timeline{At: make([]float64, len(p.Bins))}
	for k, bin := range p.Bins {
		line.At[k] = float64(k) * BinWeeks * 7 / 365.25
		known := 0
		for _, y := range slices.Concat(a, b) {
			if !math.IsNaN(y[k]) {
				known++
			}
		}
		if bin.Side == BeforeCourse && float64(known) >= MinCoverage*float64(len(a)+len(b)) {
			e.Reference = k
		}
	}
	line.Reference, line.After = e.Reference, p.firstAfter()
	values := func(lines [][]float64) [][]statistics.Value {
		all := make([][]statistics.Value, len(lines))
		for i, y := range lines {
			for _, x := range p.only(y, BeforeCourse, AsideCourse, AfterCourse) {
				all[i] = append(all[i], statistics.Known(x))
			}
		}
		return all
	}
	of, err := statistics.Gaps(values(a), values(b), line, s)
	if err != nil {
		return nil
	}
	for k, g := range of.Gaps {
		gap := Gap{Bin: p.Bins[k]}
		if g.Known {
			gap.Estimate, gap.Low, gap.High = statistics.Known(g.Value), statistics.Known(g.Low), statistics.Known(g.High)
		}
		e.Gaps = append(e.Gaps, gap)
	}
	e.Tested, e.Power, e.Drift, e.SlopeGap = of.Tested, of.Power, of.Drift, of.SlopeGap
	if of.PreTest != nil {
		e.PreTest = statistics.Known(of.PreTest.P)
	}
	if of.SlopeRank != nil {
		e.SlopeRank = statistics.Known(of.SlopeRank.P)
	}
	return e
}

// firstAfter is the first bin after the course; there is one where lines are long enough.
func (p *Panel) firstAfter() int {
	return slices.IndexFunc(p.Bins, func(b Bin) bool { return b.Side == AfterCourse })
}

// interrupted is the segmented regression of a group's mean line, with the dips of August and Christmas.
func (p *Panel) interrupted(g pipeline.Group) *Interrupted {
	of := statistics.Interruption{Values: p.Mean(g), From: len(p.Bins), To: len(p.Bins), PerYear: 365.25 / (7 * BinWeeks)}
	august, christmas := make([]bool, len(p.Bins)), make([]bool, len(p.Bins))
	for k, b := range p.Bins {
		switch b.Side {
		case BeforeCourse:
			of.From = k + 1
		case AfterCourse:
			of.To = min(of.To, k)
		case ElectionTime:
			of.Values[k] = statistics.Value{}
		}
		middle := b.From.Add(b.To.Sub(b.From) / 2)
		august[k] = middle.Month() == time.August
		christmas[k] = holds(b, time.December, 25)
	}
	of.From = min(of.From, of.To)
	of.Dummies = []statistics.Dummy{{Name: "august", Bins: august}, {Name: "christmas", Bins: christmas}}
	s, err := statistics.Segmented(of)
	if err != nil { // too short, or constant
		return nil
	}
	return &Interrupted{
		Group: g, Fitted: s.Fitted, Expected: s.Expected, Low: s.Low, High: s.High, Step: s.Step.Estimate, Slope: s.Slope.Estimate,
		Harmonics: s.Harmonics, Lag: s.Lag, Larger: s.Step.Larger(), Correlation: s.Autocorrelation, BreuschGodfrey: s.BreuschGodfrey,
	}
}

// holds tells whether a day of the year lies in a bin.
func holds(b Bin, month time.Month, day int) bool {
	for _, year := range []int{b.From.Year(), b.To.Year()} {
		if d := time.Date(year, month, day, 12, 0, 0, 0, b.From.Location()); b.Contains(d) {
			return true
		}
	}
	return false
}

// twoWay is the effect by fixed effects of departments and bins. On balanced panels it is the difference in differences of the
// bins' means; its errors are clustered by department.
func (r *Result) twoWay(a, b [][]float64, s statistics.Sampling) {
	var unit, time []int
	var y, exposed []float64
	for g, lines := range [][][]float64{a, b} {
		for i, line := range lines {
			for k, x := range r.Panel.only(line, BeforeCourse, AfterCourse) {
				if math.IsNaN(x) {
					continue
				}
				unit, time, y = append(unit, g*len(a)+i), append(time, k), append(y, x)
				if g == 0 && r.Panel.Bins[k].Side == AfterCourse {
					exposed = append(exposed, 1)
				} else {
					exposed = append(exposed, 0)
				}
			}
		}
	}
	e, err := statistics.PanelEffect(unit, time, y, exposed, s)
	if err != nil { // a constant series has no error to speak of
		return
	}
	r.Alternatives.Panel = &e.Estimate
	r.Alternatives.Wild = statistics.Known(e.Wild.AtLeast.P)
}

// counterfactual continues the participants' mean line by the comparison's and a wandering level.
func (p *Panel) counterfactual() *Counterfactual {
	y, x := p.judged(p.Mean(pipeline.Participant)), p.judged(p.Mean(pipeline.Comparison))
	first := p.firstAfter()
	before := first
	for before > 0 && p.Bins[before-1].Side != BeforeCourse {
		before--
	}
	of, err := statistics.Continue(y, x, before, first)
	if err != nil { // too short a series before, or one that does not vary
		return nil
	}
	return &Counterfactual{
		From: first, Predicted: of.Predicted, Low: of.Low, High: of.High, Average: of.Average, Cumulative: of.Cumulative,
		LevelVariance: of.Level, Stiff: of.Stiff, Free: of.Free, Held: of.Held,
	}
}

// judged is a line without what lies aside or in an election.
func (p *Panel) judged(line []statistics.Value) []statistics.Value {
	left := slices.Clone(line)
	for k, b := range p.Bins {
		if b.Side != BeforeCourse && b.Side != AfterCourse {
			left[k] = statistics.Value{}
		}
	}
	return left
}

// synthetic mixes comparison departments so that they come near to the participants' mean before the course.
func (p *Panel) synthetic() *Synthetic {
	var donors [][]statistics.Value
	var names []string
	for _, u := range p.Units {
		if u.Group != pipeline.Comparison {
			continue
		}
		line := make([]statistics.Value, len(p.Bins))
		for k, x := range p.line(u) {
			line[k] = statistics.Known(x)
		}
		donors, names = append(donors, p.judged(line)), append(names, u.Unit)
	}
	first := p.firstAfter()
	of, used, err := statistics.SyntheticControl(p.judged(p.Mean(pipeline.Participant)), donors, first, first)
	if err != nil { // too few departments, or too short a series
		return nil
	}
	s := &Synthetic{PreError: of.PreError, Average: of.Average, Rank: of.Rank, Of: of.Of}
	for k, u := range used {
		s.Weights = append(s.Weights, Weight{names[u], of.Weights[k]})
	}
	return s
}

// groupTime is the effect where departments joined in different editions; a day in the middle of a bin counts from that bin on.
func (p *Panel) groupTime(s statistics.Sampling) *statistics.Estimate {
	var panel [][]statistics.Value
	var first []int
	editions := map[int]bool{}
	for _, u := range p.Units {
		at := statistics.Never
		if !u.Joined.IsZero() {
			if at = slices.IndexFunc(p.Bins, func(b Bin) bool { return u.Joined.In(b.From.Location()).Before(b.To) }); at >= 0 {
				editions[at] = true
			}
		}
		line := make([]statistics.Value, len(p.Bins))
		for k, x := range p.line(u) {
			if p.Bins[k].Side != ElectionTime {
				line[k] = statistics.Known(x)
			}
		}
		panel, first = append(panel, line), append(first, at)
	}
	if len(editions) < 2 {
		return nil
	}
	g, err := statistics.GroupTimeEffects(panel, first, float64(len(panel)-2))
	if err != nil {
		return nil
	}
	chance, err := statistics.GroupTimeChance(panel, first, s)
	if err != nil {
		return nil
	}
	g.Simple.P = chance.P // the analytic error is too small with few departments
	return &g.Simple
}
