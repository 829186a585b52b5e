package impact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/learning"
	"presencia/pipeline/statistics"
)

// Study is a course with all that it is judged by.
type Study struct {
	Querier  indicator.Querier
	Register *pipeline.Register
	Ledger   []indicator.Indicator // all definitions
	Course   pipeline.Course
	Record   learning.Record // zero: nothing is known of who attended
}

// ErrNoData: the store is empty.
var ErrNoData = errors.New("there are no data yet: run presencia collect, or presencia import, first")

// extent is what the store holds.
type extent struct {
	Observed time.Time `ch:"observed"` // newest reading of anything
	First    time.Time `ch:"first"`    // oldest post
	Earliest time.Time `ch:"earliest"` // oldest reading at or after a moment
}

// extent asks for it; earliest is of the readings from a moment on. Zero times: there is nothing.
func (s Study) extent(ctx context.Context, from time.Time) (extent, error) {
	var rows []extent
	query := fmt.Sprintf(`WITH seen AS (SELECT run FROM runs)
SELECT
    (SELECT max(at) FROM outcomes WHERE state != 'failed' AND run IN seen) AS observed,
    (SELECT min(created) FROM posts WHERE run IN seen) AS first,
    (SELECT min(at) FROM outcomes WHERE state != 'failed' AND run IN seen AND toUnixTimestamp(at) >= %d) AS earliest`, max(0, from.Unix()))
	if err := s.Querier.Select(ctx, &rows, query); err != nil {
		return extent{}, fmt.Errorf("read what the store holds: %w", err)
	}
	if len(rows) == 0 {
		return extent{}, nil
	}
	e := rows[0]
	for _, t := range []*time.Time{&e.Observed, &e.First, &e.Earliest} {
		if t.Unix() <= 0 {
			*t = time.Time{}
		}
	}
	if e.First.IsZero() || e.First.After(e.Observed) {
		e.First = e.Observed
	}
	return e, nil
}

func (e extent) window() pipeline.Window { return pipeline.Window{From: e.First, To: e.Observed} }

// Evaluate judges the course by a plan that was written, or, where nobody wrote one, by the one that would be written now. It
// says where it had to depart from the plan. Errors that wrap ErrNoData, ErrNoBefore, ErrNoAfter, ErrElections or ErrDates say why there is nothing
// to judge.
func (s Study) Evaluate(ctx context.Context, written *Plan) (Evaluation, error) {
	loc := s.Register.Institution.Location()
	var after time.Time
	if written != nil {
		after = written.After.From
	}
	known, err := s.extent(ctx, after)
	if err != nil {
		return Evaluation{}, err
	}
	if known.Observed.IsZero() {
		return Evaluation{}, ErrNoData
	}
	e := Evaluation{Data: known.window()}
	if e.Plan, e.Deviations, err = s.follow(written, known, loc); err != nil {
		return Evaluation{}, err
	}
	plan := e.Plan
	departments := plan.departments(s.Register.Departments)
	set, strange := s.outcomes(plan)
	e.Deviations = append(e.Deviations, strange...)

	windows := plan.Windows()
	if e.Values, err = s.values(ctx, set, windows); err != nil {
		return Evaluation{}, err
	}
	primary := slices.DeleteFunc(slices.Clone(set), func(i indicator.Indicator) bool { return !i.Primary })
	others := map[string][]Other{}
	for _, w := range plan.Sensitivity {
		if !within(w.Before, e.Data) || !within(w.After, e.Data) {
			continue
		}
		values, err := s.values(ctx, primary, []pipeline.Window{w.Before, w.After})
		if err != nil {
			return Evaluation{}, err
		}
		for _, m := range Measures(Plan{Before: w.Before, After: w.After}, departments, primary, values) {
			others[m.Indicator] = append(others[m.Indicator], Other{w.Code, m.Units})
		}
	}
	panels, err := s.panels(ctx, plan, e.Data, departments, primary, loc)
	if err != nil {
		return Evaluation{}, err
	}
	e.Learning = learning.Summarize(s.Course, s.Record)
	hours, joined := map[string]statistics.Value{}, s.joined()
	for _, d := range e.Learning.Departments {
		hours[d.Department] = d.Hours
	}
	measures := Measures(plan, departments, set, e.Values)
	for k := range measures {
		m := &measures[k]
		m.Others, m.Panel = others[m.Indicator], panels[m.Indicator]
		for u := range m.Units {
			if !slices.ContainsFunc(s.Register.Departments, func(d pipeline.Department) bool { return d.ID == m.Units[u].ID }) {
				m.Units[u].NoCases = false // it was promised and is gone: that is missing
			}
			for _, d := range e.Learning.Departments {
				if d.Department == m.Units[u].ID {
					m.Units[u].Hours = d.Hours
				}
			}
		}
		if m.Panel != nil {
			for u := range m.Panel.Units {
				m.Panel.Units[u].Joined = joined[m.Panel.Units[u].Unit]
			}
		}
	}
	slices.SortStableFunc(measures, func(a, b Measure) int { return cmp.Compare(plan.rank(a.Indicator), plan.rank(b.Indicator)) })
	e.Results = Evaluate(plan, measures)
	e.settle(plan)
	if e.Departments, err = s.coverage(ctx, plan, departments, loc); err != nil {
		return Evaluation{}, err
	}
	waits, err := indicator.Waits(ctx, s.Querier, []pipeline.Window{plan.Before, plan.After})
	if err != nil {
		return Evaluation{}, err
	}
	e.Answers = NewAnswers(plan, departments, waits)
	e.Cohesion, err = s.cohesion(ctx, plan, e.Data, departments, loc)
	return e, err
}

// cohesion asks for the ties between the accounts, and which of these were read when.
func (s Study) cohesion(ctx context.Context, plan Plan, data pipeline.Window, departments []pipeline.Department, loc *time.Location) (Cohesion, error) {
	windows := CohesionWindows(plan, data, loc)
	if len(windows) == 0 {
		return NewCohesion(plan, nil, nil, nil, nil, nil), nil
	}
	arcs, err := indicator.Arcs(ctx, s.Querier, windows)
	if err != nil {
		return Cohesion{}, err
	}
	values, err := indicator.Compute(ctx, s.Querier, []indicator.Indicator{readShare}, indicator.Account, windows, indicator.Options{})
	if err != nil {
		return Cohesion{}, err
	}
	type reading struct {
		account string
		from    int64
	}
	read := map[reading]bool{}
	for _, v := range values {
		read[reading{v.Unit, v.Window.From.Unix()}] = v.N > 0 && v.Unknown == 0
	}
	return NewCohesion(plan, windows, s.Register.Accounts, departments, arcs, func(a pipeline.AccountID, w pipeline.Window) bool {
		return read[reading{string(a), w.From.Unix()}]
	}), nil
}

// settle takes the placebo outcome out of the results and marks what rests on a deviation.
func (e *Evaluation) settle(plan Plan) {
	if plan.Placebo != nil {
		if k := slices.IndexFunc(e.Results, func(r Result) bool { return r.Indicator == plan.Placebo.Indicator && r.Kind == PerUnit }); k >= 0 {
			r := e.Results[k]
			e.Results, e.Placebo = slices.Delete(e.Results, k, k+1), &r
		}
	}
	for k := range e.Results {
		r := &e.Results[k]
		for _, d := range e.Deviations {
			if of, one := d.Args["indicator"]; !one || of == r.Indicator {
				r.Exploratory = true
			}
		}
		if p := e.Placebo; r.Primary && p != nil && p.Effect != nil && p.Effect.Labels.P < statistics.Alpha {
			r.because(ReasonPlaceboOutcome, "p", p.Effect.Labels.P)
		}
	}
}

// follow is the plan that the data allow, and where it is not the one that was written.
func (s Study) follow(written *Plan, known extent, loc *time.Location) (Plan, []Reason, error) {
	var d []Reason
	deviates := func(code string, args ...any) { d = append(d, because(code, args...)) }
	data, elections := known.window(), s.Register.Calendar.Elections
	if written == nil || written.Course != s.Course.ID {
		p, err := NewPlan(s.Course, data, elections, loc)
		if err != nil {
			return Plan{}, nil, err
		}
		p.Data = data
		if err := s.promise(&p, Choices{}); err != nil {
			return Plan{}, nil, err
		}
		s.group(&p, nil)
		if written == nil {
			deviates(DeviationNoPlan)
		} else {
			deviates(DeviationOtherCourse, "course", written.Course)
		}
		return p, d, nil
	}
	p := *written
	if p.Edited {
		deviates(DeviationEdited)
	}
	if p.AfterDataSeen || !known.Earliest.IsZero() && known.Earliest.Before(p.Written) {
		deviates(DeviationAfterData, "written", p.Written.In(loc).Format(time.DateOnly))
	}
	if c := s.Course; p.Start != c.Start || p.End != c.End || p.Announced != c.Announced {
		deviates(DeviationDates, "start", c.Start.String(), "end", c.End.String(), "announced", c.Announced.String())
	}
	if moved := p.moved(s.Register.Departments); len(moved) > 0 {
		deviates(DeviationDepartments, "departments", strings.Join(moved, ", "))
	}
	before, after := pipeline.DateOf(p.Before.From.In(loc)), pipeline.DateOf(p.After.From.In(loc))
	first, n, cause, err := longest(p.Course, before, after, p.Weeks, data, elections, loc)
	if err != nil {
		return Plan{}, nil, err
	}
	placebo := pipeline.DateOf(p.PlaceboBefore.From.In(loc)).AddDays(7 * first)
	if n < p.Weeks {
		deviates(DeviationWindows, "weeks", n, "planned", p.Weeks, "cause", cause)
		p.Notices = append(slices.Clone(p.Notices), because(NoticeShortened, "weeks", n, "planned", p.Weeks, "cause", cause))
		p.Before, p.After, p.Weeks = weeksFrom(before.AddDays(7*first), n, loc), weeksFrom(after.AddDays(7*first), n, loc), n
	}
	if p.PlaceboBefore.IsZero() {
		p.Notices = append(slices.Clone(p.Notices), because(NoticeNoPlacebo, "cause", "data"))
	} else if why := unusableWeeks(placebo, n, data, elections, loc); why != "" {
		deviates(DeviationPlaceboDates, "cause", why)
		p.Notices = append(slices.Clone(p.Notices), because(NoticeNoPlacebo, "cause", why))
		p.PlaceboBefore = pipeline.Window{}
	} else {
		p.PlaceboBefore = weeksFrom(placebo, n, loc)
	}
	return p, d, nil
}

// departments are the register's in the groups that the plan put them in; those that it does not compare are of no group.
func (p Plan) departments(register []pipeline.Department) []pipeline.Department {
	all := slices.Clone(register)
	for k := range all {
		all[k].Group = pipeline.OtherGroup
		switch {
		case slices.Contains(p.Participants, all[k].ID):
			all[k].Group = pipeline.Participant
		case slices.Contains(p.Comparison, all[k].ID):
			all[k].Group = pipeline.Comparison
		}
	}
	for _, g := range []struct {
		ids []string
		of  pipeline.Group
	}{{p.Participants, pipeline.Participant}, {p.Comparison, pipeline.Comparison}} {
		for _, id := range g.ids { // those that are gone stay unknown
			if !slices.ContainsFunc(register, func(d pipeline.Department) bool { return d.ID == id }) {
				all = append(all, pipeline.Department{ID: id, Name: id, Group: g.of})
			}
		}
	}
	return all
}

// moved are the departments that the register has in another group than the plan, or that only one of them has.
func (p Plan) moved(register []pipeline.Department) []string {
	now, planned := map[string]pipeline.Group{}, map[string]pipeline.Group{}
	for _, d := range register {
		now[d.ID] = d.Group
	}
	for _, id := range p.Participants {
		planned[id] = pipeline.Participant
	}
	for _, id := range p.Comparison {
		planned[id] = pipeline.Comparison
	}
	for _, x := range p.Excluded {
		planned[x.Department] = now[x.Department]
		if g := now[x.Department]; x.Why == WhyOtherGroup && g != pipeline.OtherGroup {
			planned[x.Department] = pipeline.OtherGroup
		}
	}
	var moved []string
	for id, g := range now {
		if planned[id] != g {
			moved = append(moved, id)
		}
	}
	for id := range planned {
		if _, there := now[id]; !there {
			moved = append(moved, id)
		}
	}
	slices.Sort(moved)
	return moved
}

// rank is the place of an indicator in a plan: what was promised comes first, in its order.
func (p Plan) rank(id string) int {
	for k, o := range slices.Concat(p.Primary, p.Secondary) {
		if o.Indicator == id {
			return k
		}
	}
	return math.MaxInt
}

// outcomes are the definitions that are evaluated, each with the role and the scale that the plan gives it, and where they are no
// longer what it said. Definitions that it does not name are evaluated as well.
func (s Study) outcomes(plan Plan) (set []indicator.Indicator, d []Reason) {
	promised := map[string]Outcome{}
	for _, o := range slices.Concat(plan.Primary, plan.Secondary) {
		promised[o.Indicator] = o
	}
	primary := map[string]bool{}
	for _, o := range plan.Primary {
		primary[o.Indicator] = true
	}
	if plan.Placebo != nil {
		promised[plan.Placebo.Indicator] = *plan.Placebo
	}
	for _, i := range s.Ledger {
		if !judged(i) {
			continue
		}
		o, named := promised[i.ID]
		i.Primary = primary[i.ID]
		if named {
			if o.Version != i.Version {
				d = append(d, because(DeviationDefinition, "indicator", i.ID, "planned", o.Version, "now", i.Version))
			}
			i.Scale, i.Direction, i.Worthwhile = string(o.Scale), o.Direction, o.Minimum.Number
			delete(promised, i.ID)
		} else {
			d = append(d, because(DeviationUnplanned, "indicator", i.ID))
		}
		set = append(set, i)
	}
	for _, o := range slices.Concat(plan.Primary, plan.Secondary) {
		if _, left := promised[o.Indicator]; left {
			d = append(d, because(DeviationMissing, "indicator", o.Indicator))
			// It cannot be answered any more, and was promised: it counts among the tests.
			set = append(set, indicator.Indicator{ID: o.Indicator, Version: o.Version, Scale: string(o.Scale), Direction: o.Direction,
				Primary: primary[o.Indicator], Worthwhile: o.Minimum.Number, Levels: []indicator.Level{indicator.Department}})
		}
	}
	return set, d
}

// judged tells whether an indicator is one of departments, or of how they differ. Of the latter only standard deviations are tested,
// which are named after what they are of; Theil's index, ranges and spreads within kinds of message are not what [statistics.Dispersion]
// computes.
func judged(i indicator.Indicator) bool {
	if i.Kind == indicator.Spread {
		return strings.HasSuffix(i.ID, "spread")
	}
	return i.At(indicator.Department)
}

// values are those of the departments. Figures of posts are compared at one age on both sides: at seven days where those readings
// exist for most departments, settled ones otherwise. The newest figures would favour the older side.
func (s Study) values(ctx context.Context, set []indicator.Indicator, windows []pipeline.Window) ([]indicator.Value, error) {
	var plain, posts []indicator.Indicator
	for _, i := range set {
		switch {
		case i.SQL == "" || i.Kind == indicator.Spread: // a spread is made from the indicator that it is of
		case aged.MatchString(i.SQL):
			posts = append(posts, i)
		default:
			plain = append(plain, i)
		}
	}
	values, err := indicator.Compute(ctx, s.Querier, plain, indicator.Department, windows, indicator.Options{})
	if err != nil || len(posts) == 0 {
		return values, err
	}
	best, most := map[string][]indicator.Value{}, map[string]int{}
	for _, class := range []indicator.AgeClass{indicator.At7Days, indicator.Settled} {
		found, err := indicator.Compute(ctx, s.Querier, posts, indicator.Department, windows, indicator.Options{AgeClass: class})
		if err != nil {
			return nil, err
		}
		of, known := map[string][]indicator.Value{}, map[string]int{}
		for _, v := range found {
			of[v.Indicator] = append(of[v.Indicator], v)
			if v.Known && v.Coverage() >= MinCoverage {
				known[v.Indicator]++
			}
		}
		for id, values := range of {
			if best[id] == nil || known[id] > most[id] {
				best[id], most[id] = values, known[id]
			}
		}
	}
	for _, i := range posts {
		values = append(values, best[i.ID]...)
	}
	return values, nil
}

// aged are the questions that rest on the figures of posts, which have an age: directly or by the parts of the scope that do.
var aged = regexp.MustCompile(`\{age_class:String\}|\b(?:figured|earned)\b`)

// panels are the series of some indicators over all of the data.
func (s Study) panels(ctx context.Context, plan Plan, data pipeline.Window, departments []pipeline.Department, set []indicator.Indicator, loc *time.Location) (map[string]*Panel, error) {
	all := bins(plan, data, s.Register.Calendar.Elections, loc)
	panels := map[string]*Panel{}
	if len(all) == 0 {
		return panels, nil
	}
	windows := make([]pipeline.Window, len(all))
	for k, b := range all {
		windows[k] = b.Window
	}
	values, err := s.values(ctx, set, windows)
	if err != nil {
		return nil, err
	}
	for _, i := range set {
		if i.Kind != indicator.Spread {
			panels[i.ID] = newPanel(plan, i, Scale(i.Scale), departments, all, values)
		}
	}
	return panels, nil
}

func within(w, of pipeline.Window) bool { return !w.From.Before(of.From) && !w.To.After(of.To) }

// joined is the day on which a department's people first took part in any edition of a course.
func (s Study) joined() map[string]pipeline.Date {
	first := map[string]pipeline.Date{}
	note := func(department string, day pipeline.Date) {
		if was, there := first[department]; !day.IsZero() && (!there || day.Before(was)) {
			first[department] = day
		}
	}
	for _, c := range s.Register.Courses {
		for d, n := range c.Participants {
			if n > 0 {
				note(d, c.Start)
			}
		}
	}
	for _, a := range s.Record.Attendance {
		note(a.Department, a.Session)
	}
	return first
}

// Two questions that are asked like indicators: what share of accounts was read, and when its posts were first
// stored, half of them by then.
var (
	readShare = indicator.Indicator{ID: "read", Levels: []indicator.Level{indicator.Department, indicator.Account}, SQL: `SELECT unit, start AS window, countIf(read) / count() AS value, countIf(read) AS n, countIf(NOT read) AS unknown
FROM scope
GROUP BY unit, start`}
	storedAt = indicator.Indicator{ID: "stored", Levels: []indicator.Level{indicator.Department}, SQL: `SELECT s.unit AS unit, s.start AS window, quantileExact(0.5)(p.stored) AS value, count() AS n, 0 AS unknown
FROM scope AS s
INNER JOIN
(
    SELECT account, post, roundDown(toUnixTimestamp(created), starts) AS start, min(toUnixTimestamp(observed)) AS stored
    FROM posts
    WHERE run IN seen AND toUnixTimestamp(created) >= start AND toUnixTimestamp(created) < ends[indexOf(starts, start)]
    GROUP BY account, post, start
) AS p ON p.account = s.account AND p.start = s.start
GROUP BY s.unit, s.start`}
)

// coverage is what is known of the departments on either side, week by week and account by account.
func (s Study) coverage(ctx context.Context, plan Plan, departments []pipeline.Department, loc *time.Location) ([]DepartmentCoverage, error) {
	shares, err := s.read(ctx, []pipeline.Window{plan.Before, plan.After}, loc)
	if err != nil {
		return nil, err
	}
	before, after := shares[0], shares[1]
	values, err := indicator.Compute(ctx, s.Querier, []indicator.Indicator{storedAt}, indicator.Department, []pipeline.Window{plan.Before}, indicator.Options{})
	if err != nil {
		return nil, err
	}
	stored := map[string]time.Time{}
	for _, v := range values {
		if v.Known {
			stored[v.Unit] = time.Unix(int64(v.Value), 0).In(loc)
		}
	}
	all, joined := make([]DepartmentCoverage, len(departments)), s.joined()
	for k, d := range departments {
		all[k] = DepartmentCoverage{Unit: d.ID, Group: d.Group, Before: before[d.ID], After: after[d.ID], Collected: stored[d.ID], Accounts: s.accounts(d.ID), Joined: joined[d.ID]}
		all[k].Included = d.Group != pipeline.OtherGroup && all[k].Before >= MinCoverage && all[k].After >= MinCoverage
	}
	return all, nil
}

// read is the share of each department's account-weeks that are known, in each of some windows.
func (s Study) read(ctx context.Context, windows []pipeline.Window, loc *time.Location) ([]map[string]float64, error) {
	var weeks []pipeline.Window
	for _, w := range windows {
		for d := pipeline.DateOf(w.From.In(loc)); d.In(loc).Before(w.To); d = d.AddDays(7) {
			weeks = append(weeks, weeksFrom(d, 1, loc))
		}
	}
	values, err := indicator.Compute(ctx, s.Querier, []indicator.Indicator{readShare}, indicator.Department, weeks, indicator.Options{})
	if err != nil {
		return nil, err
	}
	shares := make([]map[string]float64, len(windows))
	for k, w := range windows {
		known, of := map[string]float64{}, map[string]float64{}
		for _, v := range values {
			if w.Contains(v.Window.From) {
				known[v.Unit] += float64(v.N)
				of[v.Unit] += float64(v.N + v.Unknown)
			}
		}
		shares[k] = map[string]float64{}
		for d, n := range of {
			shares[k][d] = known[d] / max(1, n)
		}
	}
	return shares, nil
}

func (s Study) accounts(department string) (n int) {
	for _, a := range s.Register.Accounts {
		if a.Department == department {
			n++
		}
	}
	return n
}

// Choices are what whoever writes a plan may decide.
type Choices struct {
	Now     time.Time
	Program string             // its version
	Primary []string           // indicators; none: those that the ledger calls so
	Minimum map[string]float64 // smallest effects worth having, by indicator: percent on the log scale, otherwise in its unit
	Placebo string             // an indicator that the course could not move; empty: the ledger's best, "none": none
}

// MaxPrimary is how many outcomes a course may be judged by: each one more raises the bar for all.
const MaxPrimary = 4

// Plan lays out the evaluation and states its power. It reads values of before the course only.
func (s Study) Plan(ctx context.Context, c Choices) (Plan, error) {
	loc := s.Register.Institution.Location()
	known, err := s.extent(ctx, c.Now)
	if err != nil {
		return Plan{}, err
	}
	if known.Observed.IsZero() { // what will be collected begins now
		known.First, known.Observed = c.Now, c.Now
	}
	// What is not there yet may still come.
	p, err := NewPlan(s.Course, pipeline.Window{From: known.First, To: pipeline.Date{Year: 2100, Month: time.January, Day: 1}.In(loc)}, s.Register.Calendar.Elections, loc)
	if err != nil {
		return Plan{}, err
	}
	p.Written, p.Program, p.Register, p.Data = c.Now, c.Program, s.Register.Version, known.window()
	p.AfterDataSeen = known.Observed.After(p.After.From)
	var covered map[string]float64
	if !p.Before.To.After(known.Observed) {
		shares, err := s.read(ctx, []pipeline.Window{p.Before}, loc)
		if err != nil {
			return Plan{}, err
		}
		covered = shares[0]
	}
	s.group(&p, covered)
	if err := s.promise(&p, c); err != nil {
		return Plan{}, err
	}
	return p, s.power(ctx, &p, known.window())
}

// Why a department is left out.
const (
	WhyOtherGroup = "other_group" // the register counts it to neither group
	WhyNoAccount  = "no_account"
	WhyNotCovered = "not_covered" // less than MinCoverage of its account-weeks before the course are known
)

// group parts the departments. covered is the share of their account-weeks before the course; nil: nothing is left out for that.
func (s Study) group(p *Plan, covered map[string]float64) {
	for _, d := range s.Register.Departments {
		why := ""
		switch {
		case d.Group != pipeline.Participant && d.Group != pipeline.Comparison:
			why = WhyOtherGroup
		case s.accounts(d.ID) == 0:
			why = WhyNoAccount
		case covered != nil && covered[d.ID] < MinCoverage:
			why = WhyNotCovered
		}
		switch {
		case why != "":
			p.Excluded = append(p.Excluded, Exclusion{d.ID, why})
		case d.Group == pipeline.Participant:
			p.Participants = append(p.Participants, d.ID)
		default:
			p.Comparison = append(p.Comparison, d.ID)
		}
	}
}

// placebos are outcomes that a course for community managers could not move, the best first, and why.
var placebos = []struct{ indicator, why string }{
	{"messages_received", "citizens write when they need something: how many messages arrive is not up to those who answer them"},
	{"mentions_received", "who names the institution, and when, is not up to those who manage its accounts"},
	{"followers", "audiences follow news and the networks' own rules; within a few months a course for those who write moves them little"},
}

// promise fills in the outcomes.
func (s Study) promise(p *Plan, c Choices) error {
	ledger := map[string]indicator.Indicator{}
	for _, i := range s.Ledger {
		if judged(i) {
			ledger[i.ID] = i
		}
	}
	outcome := func(i indicator.Indicator) Outcome {
		o := Outcome{Indicator: i.ID, Version: i.Version, Scale: Scale(i.Scale), Direction: i.Direction}
		if x, given := c.Minimum[i.ID]; given {
			o.Minimum, o.MinimumFrom = statistics.Known(x), "flag"
		} else if i.Worthwhile > 0 {
			o.Minimum, o.MinimumFrom = statistics.Known(i.Worthwhile), "ledger"
		}
		return o
	}
	primary := c.Primary
	if len(primary) == 0 {
		for _, i := range s.Ledger {
			if i.Primary && judged(i) {
				primary = append(primary, i.ID)
			}
		}
	}
	var mistakes []error
	taken := map[string]bool{}
	for _, id := range primary {
		i, there := ledger[id]
		switch {
		case !there:
			mistakes = append(mistakes, fmt.Errorf("%q is no indicator of departments: 'presencia indicators' lists them", id))
		case i.Kind == indicator.Spread:
			mistakes = append(mistakes, fmt.Errorf("%s is a spread, which is compared within each group only: name an indicator with a value for each department", id))
		case taken[id]:
			mistakes = append(mistakes, fmt.Errorf("%s is named twice", id))
		default:
			p.Primary = append(p.Primary, outcome(i))
		}
		taken[id] = true
	}
	if len(primary) > MaxPrimary {
		mistakes = append(mistakes, fmt.Errorf("%d primary outcomes: name at most %d, since each one more raises the bar for all", len(primary), MaxPrimary))
	}
	if len(primary) == 0 {
		mistakes = append(mistakes, errors.New("the ledger names no primary outcome: name some"))
	}
	for id, x := range c.Minimum {
		if _, there := ledger[id]; !there {
			mistakes = append(mistakes, fmt.Errorf("the smallest effect of %q: there is no such indicator of departments; 'presencia indicators' lists them", id))
		} else if !(x > 0) || math.IsInf(x, 0) {
			mistakes = append(mistakes, fmt.Errorf("the smallest effect of %s is %g: write a number above zero", id, x))
		}
	}
	slices.SortFunc(mistakes, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	switch i, there := ledger[c.Placebo]; {
	case there && !taken[c.Placebo] && i.Kind != indicator.Spread:
		o := outcome(i)
		p.Placebo, p.PlaceboWhy = &o, "named by whoever wrote the plan"
	case c.Placebo == "":
		for _, x := range placebos {
			if i, there := ledger[x.indicator]; there && !taken[i.ID] {
				o := outcome(i)
				p.Placebo, p.PlaceboWhy = &o, x.why
				break
			}
		}
	case c.Placebo != "none":
		mistakes = append(mistakes, fmt.Errorf("%q cannot be the placebo outcome: name an indicator of departments that is not primary, or none", c.Placebo))
	}
	for _, i := range s.Ledger {
		if judged(i) && !taken[i.ID] && (p.Placebo == nil || p.Placebo.Indicator != i.ID) {
			p.Secondary = append(p.Secondary, outcome(i))
		}
	}
	return errors.Join(mistakes...)
}

// What is worth having where neither the ledger nor the plan's writer says so.
const (
	worthRatio  = 10  // percent, on the log scale
	worthPoints = 5   // of a percentage
	worthSpread = 0.2 // of the departments' standard deviation before, otherwise; Cohen's "small"
)

// power adds the smallest effects worth having that follow from a rule, and what of an effect could be seen, from the time before
// the course alone: the departments' changes between the placebo's weeks and the ones before, or, where those are not there, their
// spread before.
func (s Study) power(ctx context.Context, p *Plan, data pipeline.Window) error {
	var windows []pipeline.Window
	if within(p.Before, data) {
		windows = append(windows, p.Before)
		if !p.PlaceboBefore.IsZero() && within(p.PlaceboBefore, data) {
			windows = append(windows, p.PlaceboBefore)
		}
	}
	named := map[string]bool{}
	for _, o := range p.Primary {
		named[o.Indicator] = true
	}
	set := slices.DeleteFunc(slices.Clone(s.Ledger), func(i indicator.Indicator) bool { return !named[i.ID] })
	units := map[string]indicator.Indicator{}
	for _, i := range set {
		units[i.ID] = i
	}
	var values []indicator.Value
	if len(windows) > 0 {
		var err error
		if values, err = s.values(ctx, set, windows); err != nil {
			return err
		}
	}
	// Set against itself, before is the departments' values; from the placebo's weeks to before, their changes.
	departments := p.departments(s.Register.Departments)
	levels := Measures(Plan{Before: p.Before, After: p.Before}, departments, set, values)
	changed := Measures(Plan{Before: p.PlaceboBefore, After: p.Before}, departments, set, values)
	for k := range p.Primary {
		o := &p.Primary[k]
		at := slices.IndexFunc(levels, func(m Measure) bool { return m.Indicator == o.Indicator })
		if at < 0 {
			continue
		}
		level := func(u Unit) float64 { return levels[at].ruler().of(u.Before.Number) }
		spread, n, m := pooled(levels[at].Units, level)
		sd := spread
		o.SDFrom = "levels"
		if x, a, b := pooled(changed[at].Units, changed[at].ruler().change); a >= MinUnits && b >= MinUnits && len(windows) == 2 {
			sd, n, m, o.SDFrom = x, a, b, "changes"
		}
		if n < MinUnits || m < MinUnits || math.IsNaN(sd) {
			o.SDFrom = ""
		} else {
			o.SD, o.Detectable = o.told(sd), o.told(statistics.DetectableBetween(n, m)*sd)
		}
		if o.Minimum.Known {
			continue
		}
		switch {
		case o.Scale == Log:
			o.Minimum = statistics.Known(worthRatio)
		case units[o.Indicator].Unit == "percent":
			o.Minimum = statistics.Known(worthPoints)
		case spread > 0:
			o.Minimum = statistics.Known(worthSpread * spread)
		}
		if o.Minimum.Known {
			o.MinimumFrom = "rule"
		}
	}
	return nil
}

// told is a size on the scale of the comparison in the unit that people read.
func (o Outcome) told(x float64) statistics.Value {
	if o.Scale == Log {
		x = Percent(x)
	}
	return statistics.Known(x)
}

// pooled is the standard deviation within the groups, and how many departments of each are known.
func pooled(units []Unit, of func(Unit) float64) (sd float64, n, m int) {
	var x [2][]float64
	for k, g := range []pipeline.Group{pipeline.Participant, pipeline.Comparison} {
		for _, u := range members(units, g) {
			x[k] = append(x[k], of(u))
		}
	}
	n, m = len(x[0]), len(x[1])
	if n < 2 || m < 2 {
		return math.NaN(), n, m
	}
	a, b := float64(n-1), float64(m-1)
	return math.Sqrt((a*stat.Variance(x[0], nil) + b*stat.Variance(x[1], nil)) / (a + b)), n, m
}
