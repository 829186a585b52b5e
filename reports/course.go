package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
)

// courseReport is the report on a course in the making.
type courseReport struct {
	*builder
	course pipeline.Course
	impact.Evaluation
	plan    impact.Plan
	cannot  error // why there is none
	results []impact.Result
	ruled   map[ruledBy]ruleVerdicts
}

// Course is the report on what a course changed, for training staff and leadership: a page of summary, the course and
// its evaluation, every indicator with its verdict, the numbers, and what they cannot say. Where the course cannot be
// evaluated (yet), the report says so and why.
func Course(ctx context.Context, in Input, course pipeline.Course) (Document, error) {
	b, err := newBuilder(ctx, in)
	if err != nil {
		return Document{}, err
	}
	c := &courseReport{builder: b, course: course}
	c.Evaluation, err = impact.Study{Querier: in.Querier, Register: in.Register, Ledger: b.indicators, Course: course, Record: in.Record}.Evaluate(ctx, in.CoursePlan)
	switch {
	case err == nil:
		c.plan, c.results, b.values = c.Evaluation.Plan, c.Results, c.Values
		if c.Evaluation.Placebo != nil {
			c.results = append(slices.Clone(c.results), *c.Evaluation.Placebo)
		}
		if err := c.underGuide(ctx); err != nil {
			return Document{}, err
		}
	case errors.Is(err, impact.ErrNoBefore), errors.Is(err, impact.ErrNoAfter), errors.Is(err, impact.ErrElections):
		c.cannot = err
	default:
		return Document{}, err
	}
	of, err := b.origins(ctx, pipeline.Window{From: b.state.First, To: b.state.Observed})
	if err != nil {
		return Document{}, err
	}
	d := Document{
		Title:    b.say("course.title", "institution", in.Register.Institution.Name, "course", course.Name),
		Subtitle: c.cover(), Language: in.Language, Simulated: in.Register.Simulated, AsOf: b.state.Observed.In(b.zone),
		Sections: []Section{c.summary(), c.about()},
	}
	if c.cannot == nil {
		d.Sections = append(d.Sections, c.windows(), c.effects(), c.byRule(), c.oneByOne(), c.alike(), c.placebo())
	}
	d.Sections = append(d.Sections, c.limits(), Section{ID: "method", Title: b.say("method.title"), Blocks: []Block{
		List{b.say("method.how"), append([]string{b.say("course.statistics", "draws", 10_000, "seed", int(c.plan.Seed)), b.say("method.zone", "zone", b.zone.String()), b.say("method.unknown")},
			b.fromFiles(in.Register.Accounts, of)...)},
		Definitions(b.indicators), b.manifest(),
	}})
	d.Values = b.values
	return d, nil
}

func (c *courseReport) cover() string {
	parts := []string{c.say("course.dates", "start", c.date(c.course.Start), "end", c.date(c.course.End))}
	if c.cannot == nil {
		parts = append(parts, c.say("course.compared", "before", c.span(c.plan.Before), "after", c.span(c.plan.After)))
	}
	return strings.Join(append(parts, c.say("cover.cutoff", "date", c.date(pipeline.DateOf(c.state.Observed.In(c.zone))))), " · ")
}

// span is a window in words, its last day included.
func (b *builder) span(w pipeline.Window) string {
	last := pipeline.DateOf(w.To.In(b.zone).Add(-time.Nanosecond))
	return b.say("span", "from", b.date(pipeline.DateOf(w.From.In(b.zone))), "to", b.date(last))
}

// summary is the page for leadership: the verdicts first.
func (c *courseReport) summary() Section {
	s := Section{ID: "summary", Title: c.say("course.summary")}
	if c.cannot != nil {
		s.Blocks = []Block{Note{Text: c.say("course.cannot", "why", c.whyNot()), Warning: true}}
		return s
	}
	var tiles Tiles
	var clear, hints, nothing, unanswered []string
	for _, r := range c.results {
		if r.Primary {
			tiles = append(tiles, c.tile(r))
		}
		sentence := c.say("sentence", "name", c.name(r.Indicator), "verdict", c.verdict(r), "text", c.sentence(r))
		switch r.Verdict {
		case impact.Clear:
			clear = append(clear, sentence)
		case impact.Suggestive:
			hints = append(hints, sentence)
		case impact.NotShown:
			nothing = append(nothing, c.name(r.Indicator))
		default:
			unanswered = append(unanswered, c.name(r.Indicator))
		}
	}
	s.Blocks = append(s.Blocks, Text(c.headline(len(clear), len(hints), len(nothing), len(unanswered))), tiles)
	for _, l := range []List{{c.say("course.summary.clear"), clear}, {c.say("course.summary.hints"), hints}} {
		if len(l.Items) > 0 {
			s.Blocks = append(s.Blocks, l)
		}
	}
	var rest []string
	if len(nothing) > 0 {
		rest = append(rest, c.say("course.summary.not_shown", "names", c.list(lowered(nothing))))
	}
	if len(unanswered) > 0 {
		rest = append(rest, c.say("course.summary.not_answerable", "names", c.list(lowered(unanswered))))
	}
	if len(rest) > 0 {
		s.Blocks = append(s.Blocks, List{c.say("course.summary.rest"), rest})
	}
	s.Blocks = append(s.Blocks, Note{Text: c.say("course.caution")})
	return s
}

func lowered(names []string) []string {
	l := make([]string, len(names))
	for i, n := range names {
		l[i] = lower(n)
	}
	return l
}

func (c *courseReport) headline(clear, hints, nothing, unanswered int) string {
	key := "course.headline.nothing"
	switch {
	case clear > 0:
		key = "course.headline.clear"
	case hints > 0:
		key = "course.headline.hints"
	}
	return c.say(key, "n", clear+hints+nothing+unanswered, "clear", clear, "hints", hints, "nothing", nothing, "unanswered", unanswered)
}

// whyNot says in the reader's language why a course cannot be evaluated.
func (c *courseReport) whyNot() string {
	key := "course.cannot.elections"
	switch {
	case errors.Is(c.cannot, impact.ErrNoBefore):
		key = "course.cannot.before"
	case errors.Is(c.cannot, impact.ErrNoAfter):
		key = "course.cannot.after"
	}
	return c.say(key, "from", c.date(pipeline.DateOf(c.state.First.In(c.zone))), "to", c.date(pipeline.DateOf(c.state.Observed.In(c.zone))), "weeks", impact.MinWeeks)
}

// about is the course itself.
func (c *courseReport) about() Section {
	k := c.course
	s := Section{ID: "course", Title: c.say("course.about")}
	facts := []string{c.say("course.dates", "start", c.date(k.Start), "end", c.date(k.End))}
	if !k.Announced.IsZero() {
		facts = append(facts, c.say("course.announced", "date", c.date(k.Announced)))
	}
	if h := k.HoursInPerson + k.HoursOnline; h > 0 {
		facts = append(facts, c.say("course.hours", "hours", c.hours(h), "in_person", c.hours(k.HoursInPerson), "online", c.hours(k.HoursOnline)))
	}
	people := 0
	for _, n := range k.Participants {
		people += n
	}
	taking, comparing := c.groupSize(pipeline.Participant), c.groupSize(pipeline.Comparison)
	if people > 0 {
		facts = append(facts, c.say("course.people", "n", people, "departments", len(k.Participants)))
	}
	facts = append(facts, c.say("course.groups", "participants", taking, "comparison", comparing))
	if k.Eligibility != "" {
		facts = append(facts, c.say("course.eligibility", "text", k.Eligibility))
	}
	if k.Cost > 0 {
		facts = append(facts, c.say("course.cost", "cost", c.format(k.Cost, 0)))
	}
	if k.Cost > 0 && people > 0 {
		facts = append(facts, c.say("course.cost_each", "cost", c.format(k.Cost/float64(people), 0)))
	}
	if k.Recognition != "" {
		facts = append(facts, c.say("course.recognition", "text", k.Recognition))
	}
	s.Blocks = append(s.Blocks, List{Items: facts})
	if len(k.Sessions) > 0 {
		t := Table{ID: "sessions", Sheet: c.say("course.sessions"), Title: c.say("course.sessions"), Columns: []Column{
			{Title: c.say("head.session")}, {Title: c.say("head.day")}, {Title: c.say("head.hours"), Kind: Figures, Decimals: 1},
		}}
		for i, x := range k.Sessions {
			name := x.Title
			if name == "" {
				name = c.say("course.session", "number", i+1)
			}
			t.Rows = append(t.Rows, []Cell{text(name), text(c.dateWithDay(x.Date)), number(Number{x.Hours, x.Hours > 0}, c.say("why.not_stated"))})
		}
		s.Blocks = append(s.Blocks, t)
	}
	if len(k.Surveys) > 0 {
		s.Blocks = append(s.Blocks, c.surveys(), Text(c.say("course.survey_note")))
	}
	return s
}

func (c *courseReport) hours(h float64) string {
	if h == float64(int64(h)) {
		return c.format(h, 0)
	}
	return c.format(h, 1)
}

func (c *courseReport) groupSize(g pipeline.Group) (n int) {
	for _, d := range c.Register.Departments {
		if d.Group == g {
			n++
		}
	}
	return n
}

func (c *courseReport) surveys() Table {
	t := Table{ID: "surveys", Sheet: c.say("course.surveys"), Title: c.say("course.surveys"), Columns: []Column{
		{Title: c.say("head.role")}, {Title: c.say("head.mean"), Kind: Figures, Decimals: 2}, {Title: c.say("head.of"), Kind: Figures},
		{Title: c.say("head.answers"), Kind: Figures}, {Title: c.say("head.invited"), Kind: Figures},
	}}
	stated := func(n int) Cell { return number(Number{float64(n), n > 0}, c.say("why.not_stated")) }
	for _, x := range c.course.Surveys {
		role := x.Role
		if k := "role." + role; c.has(k) {
			role = c.say(k)
		}
		t.Rows = append(t.Rows, []Cell{text(role), number(known(x.Mean), ""), number(known(x.Max), ""), stated(x.Answers), stated(x.Invited)})
	}
	return t
}

// windows is what was compared with what, and why.
func (c *courseReport) windows() Section {
	p := c.plan
	s := Section{ID: "plan", Title: c.say("plan.title")}
	items := []string{
		c.say("plan.before", "span", c.span(p.Before)), c.say("plan.after", "span", c.span(p.After)),
		c.say("plan.why", "n", p.Years, "weeks", p.Weeks, "aside", impact.SetAside),
	}
	if !p.PlaceboBefore.IsZero() {
		items = append(items, c.say("plan.placebo", "span", c.span(p.PlaceboBefore)))
	}
	for _, n := range p.Notices {
		items = append(items, c.say("plan.notice."+n.Code+"."+fmt.Sprint(n.Args["cause"]), c.arguments(n, impact.Result{})...))
	}
	var primary []string
	for _, i := range c.indicators {
		if i.Primary {
			primary = append(primary, lower(i.Title[c.Language]))
		}
	}
	items = append(items, c.say("plan.primary", "n", len(primary), "names", c.list(primary)))
	for _, e := range c.Register.Events {
		if e.Start.In(c.zone).Before(p.After.To) && !e.Start.In(c.zone).Before(p.Before.From) {
			items = append(items, c.say("plan.event", "date", c.date(e.Start), "name", e.Name))
		}
	}
	s.Blocks = []Block{List{Items: items}}
	return s
}

// placebo is the same comparison where no course was.
func (c *courseReport) placebo() Section {
	s := Section{ID: "placebo", Title: c.say("placebo.title")}
	if c.plan.PlaceboBefore.IsZero() {
		s.Blocks = []Block{Note{Text: c.say("placebo.none")}}
		return s
	}
	t := Table{ID: "placebo-table", Sheet: c.say("placebo.sheet"), Title: c.say("placebo.table", "first", c.span(c.plan.PlaceboBefore), "second", c.span(c.plan.Before)), Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.difference"), Kind: Signed, Decimals: 1}, {Title: c.say("head.measured_in")},
		{Title: c.say("chart.low"), Kind: Signed, Decimals: 1}, {Title: c.say("chart.high"), Kind: Signed, Decimals: 1}, {Title: c.say("head.p"), Kind: Probability, Decimals: 3},
	}}
	for _, r := range c.results {
		if r.Kind != impact.PerUnit {
			continue
		}
		row := []Cell{text(c.name(r.Indicator))}
		if r.Placebo == nil {
			why := c.say("why.no_placebo")
			row = append(row, number(Number{}, why), text(c.scaleUnit(r)), number(Number{}, why), number(Number{}, why), number(Number{}, why))
		} else {
			x := r.Placebo
			row = append(row, c.scaled(r, x.Estimate), text(c.scaleUnit(r)), c.scaled(r, x.Low), c.scaled(r, x.High), number(known(x.Labels.P), ""))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Blocks = []Block{Text(c.say("placebo.text")), t}
	return s
}

// limits are what a careful reader would hold against the report.
func (c *courseReport) limits() Section {
	items := []string{c.say("limit.cause"), c.say("limit.small", "participants", c.groupSize(pipeline.Participant), "comparison", c.groupSize(pipeline.Comparison))}
	if c.cannot == nil {
		if c.plan.Before.From.Before(c.state.Begun) {
			items = append(items, c.say("limit.backfilled", "date", c.date(pipeline.DateOf(c.state.Begun.In(c.zone)))))
		}
		items = append(items, c.say("limit.trend"))
	}
	for _, k := range []string{"limit.mean", "limit.platforms", "limit.observed", "limit.authors", "limit.spillover", "limit.many", "limit.null", "limit.satisfaction"} {
		items = append(items, c.say(k))
	}
	return Section{ID: "limits", Title: c.say("limit.title"), Blocks: []Block{List{Items: items}}}
}
