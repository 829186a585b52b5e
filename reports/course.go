package reports

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/learning"
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
	b.request(Request{Kind: "course", Course: course.ID})
	c := &courseReport{builder: b, course: course}
	e, err := impact.Study{Querier: in.Querier, Register: in.Register, Ledger: b.indicators, Course: course, Record: in.Record}.Evaluate(ctx, in.CoursePlan)
	switch {
	case err == nil:
		c.evaluated(e)
		b.values = e.Values
		if err := c.underGuide(ctx); err != nil {
			return Document{}, err
		}
	case errors.Is(err, impact.ErrNoBefore), errors.Is(err, impact.ErrNoAfter), errors.Is(err, impact.ErrElections):
		c.cannot = err
		c.Learning = learning.Summarize(course, in.Record)
	default:
		return Document{}, err
	}
	of, err := b.origins(ctx, pipeline.Window{From: b.state.First, To: b.state.Observed})
	if err != nil {
		return Document{}, err
	}
	d := b.document(b.say("course.title", "institution", in.Register.Institution.Name, "course", course.Name), c.cover(),
		b.say("span", "from", b.date(course.Start), "to", b.date(course.End)))
	d.Sections = []Section{c.summary(), c.about()}
	if c.cannot == nil {
		d.Sections = []Section{
			c.summary(), c.promised(), c.effects(), c.oneByOne(), c.byRule(), c.alike(), c.answered(), c.cohesion(), c.about(),
			c.paths(), c.sensitivity(), c.placebo(), c.gathered(), c.calendar(), c.objections(),
		}
	}
	d.Sections = append(d.Sections, c.limits(), Section{ID: "method", Title: b.say("method.title"), Blocks: []Block{
		List{b.say("method.how"), append([]string{b.say("method.zone", "zone", b.zone.String()), b.say("method.unknown")}, b.fromFiles(in.Register.Accounts, of)...)},
		Definitions(b.used()), b.manifest(),
	}})
	d.Values, d.Manifest = b.values, b.record()
	return d, nil
}

func (c *courseReport) cover() string {
	parts := []string{c.say("course.dates", "start", c.date(c.course.Start), "end", c.date(c.course.End))}
	if c.cannot == nil {
		parts = append(parts, c.say("course.compared", "before", c.span(c.plan.Before), "after", c.span(c.plan.After)))
	}
	return strings.Join(append(parts, c.dated()...), " · ")
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
	var judged, nothing, unanswered []string
	var hints []impact.Result
	counts := map[impact.Verdict]int{}
	everything := !slices.ContainsFunc(c.results, func(r impact.Result) bool {
		return !r.Exploratory && (c.Evaluation.Placebo == nil || r.Indicator != c.Evaluation.Placebo.Indicator)
	})
	for _, r := range c.results {
		counts[r.Verdict]++
		switch {
		case r.Primary:
			tiles = append(tiles, c.tile(r))
			if everything {
				r.Exploratory = false // the note says it once for all
			}
			judged = append(judged, c.say("sentence", "name", c.name(r.Indicator), "verdict", c.verdict(r), "text", c.sentence(r)))
		case r.Verdict == impact.Clear || r.Verdict == impact.Suggestive:
			hints = append(hints, r)
		case r.Verdict == impact.NotShown:
			nothing = append(nothing, c.name(r.Indicator))
		default:
			unanswered = append(unanswered, c.name(r.Indicator))
		}
	}
	s.Blocks = append(s.Blocks, Text(c.headline(counts)), tiles)
	if len(c.Deviations) > 0 {
		s.Blocks = append(s.Blocks, Note{Text: c.say("course.exploratory"), Warning: true})
	}
	for _, l := range []List{{c.say("course.summary.judged"), judged}, {c.say("course.summary.leads"), c.leads(hints)}} {
		if len(l.Items) > 0 {
			s.Blocks = append(s.Blocks, l)
		}
	}
	var rest []string
	if len(nothing) > 0 {
		rest = append(rest, c.say("course.summary.not_shown", "names", c.few(lowered(nothing))))
	}
	if len(unanswered) > 0 {
		rest = append(rest, c.say("course.summary.not_answerable", "names", c.few(lowered(unanswered))))
	}
	if len(rest) > 0 {
		s.Blocks = append(s.Blocks, List{c.say("course.summary.rest"), rest})
	}
	s.Blocks = append(s.Blocks, Note{Text: c.say("course.caution")})
	return s
}

// mostLeads is how many leads the first page tells, and how many get a picture of all departments.
const mostLeads = 8

// strongest orders results by the size of their effects against the spread of the changes.
func strongest(results []impact.Result) []impact.Result {
	size := func(r impact.Result) float64 {
		if r.Effect == nil {
			return 0
		}
		return math.Abs(r.Effect.G.Number)
	}
	results = slices.Clone(results)
	slices.SortStableFunc(results, func(a, b impact.Result) int { return cmp.Compare(size(b), size(a)) })
	return results
}

// leads tells the strongest leads, and how many there are besides.
func (c *courseReport) leads(results []impact.Result) (told []string) {
	results = strongest(results)
	for _, r := range results[:min(len(results), mostLeads)] {
		if e := r.Effect; e != nil {
			told = append(told, c.say("course.lead", "name", c.name(r.Indicator), "verdict", c.verdict(r), "effect", c.effect(r, e.Estimate), "low", c.effect(r, e.Low), "high", c.effect(r, e.High)))
		} else {
			told = append(told, c.say("course.lead.spread", "name", c.name(r.Indicator), "verdict", c.verdict(r)))
		}
	}
	if n := len(results) - mostLeads; n > 0 {
		told = append(told, c.say("course.lead.more", "n", n, "section", c.say("effects.title")))
	}
	return told
}

func lowered(names []string) []string {
	l := make([]string, len(names))
	for i, n := range names {
		l[i] = lower(n)
	}
	return l
}

// headline counts the verdicts.
func (c *courseReport) headline(counts map[impact.Verdict]int) string {
	key := "course.headline.nothing"
	switch {
	case counts[impact.Clear] > 0:
		key = "course.headline.clear"
	case counts[impact.Suggestive] > 0:
		key = "course.headline.hints"
	case counts[impact.NotShown] == 0:
		key = "course.headline.unanswered"
	}
	return c.say(key, "n", len(c.results), "clear", counts[impact.Clear], "hints", counts[impact.Suggestive], "nothing", counts[impact.NotShown], "unanswered", counts[impact.NotAnswerable])
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
	s.Blocks = append(s.Blocks, c.attendance()...)
	if c.cannot == nil {
		s.Blocks = append(s.Blocks, c.doses()...)
	}
	s.Blocks = append(s.Blocks, c.satisfaction()...)
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
	for _, r := range c.pictured() {
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
	if p := c.Evaluation.Placebo; p != nil {
		s.Blocks = append(s.Blocks, Text(c.say("placebo.outcome", "name", c.name(p.Indicator), "text", c.sentence(*p))))
	}
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
