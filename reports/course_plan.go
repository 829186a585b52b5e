package reports

import (
	"fmt"
	"slices"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// promised is the plan: when it was written, what it said, and where the evaluation is not what it promised.
func (c *courseReport) promised() Section {
	p := c.plan
	s := Section{ID: "plan", Title: c.say("plan.title")}
	if deviations := c.deviations(); len(deviations) > 0 {
		s.Blocks = append(s.Blocks, Note{Text: c.say("plan.exploratory"), Warning: true}, List{c.say("plan.deviations"), deviations})
	}
	var items []string
	if p.Written.IsZero() {
		items = append(items, c.say("plan.unwritten"))
	} else {
		items = append(items, c.say("plan.written", "date", c.date(pipeline.DateOf(p.Written.In(c.zone))), "program", p.Program, "register", short(p.Register)))
		if len(c.Deviations) == 0 {
			items = append(items, c.say("plan.kept"))
		}
	}
	items = append(items, c.say("plan.before", "span", c.span(p.Before)), c.say("plan.after", "span", c.span(p.After)),
		c.say("plan.why", "n", p.Years, "weeks", p.Weeks, "aside", impact.SetAside))
	if !p.PlaceboBefore.IsZero() {
		items = append(items, c.say("plan.placebo", "span", c.span(p.PlaceboBefore)))
	}
	for _, n := range p.Notices {
		items = append(items, c.say("plan.notice."+n.Code+"."+fmt.Sprint(n.Args["cause"]), c.arguments(n, impact.Result{})...))
	}
	if p.Placebo != nil {
		why := p.PlaceboWhy
		if k := "plan.placebo_why." + p.Placebo.Indicator; c.has(k) {
			why = c.say(k)
		}
		items = append(items, c.say("plan.placebo_outcome", "name", lower(c.name(p.Placebo.Indicator)), "why", why))
	}
	items = append(items, c.say("plan.secondary", "n", len(p.Secondary), "rate", c.percent(100*impact.FalseDiscovery, 0)),
		c.say("course.statistics", "draws", p.Draws, "seed", int(p.Seed)))
	s.Blocks = append(s.Blocks, List{Items: items}, c.outcomes())
	if len(p.Excluded) > 0 {
		t := Table{ID: "excluded", Sheet: c.say("plan.excluded"), Title: c.say("plan.excluded"), Columns: []Column{{Title: c.say("head.department")}, {Title: c.say("head.why")}}}
		for _, x := range p.Excluded {
			t.Rows = append(t.Rows, []Cell{text(c.departmentName(x.Department)), text(c.say("plan.excluded." + x.Why))})
		}
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

// outcomes is what the course is judged by, with what could be seen of it.
func (c *courseReport) outcomes() Table {
	t := Table{ID: "outcomes", Sheet: c.say("plan.sheet"), Title: c.say("plan.primary", "n", len(c.plan.Primary)), Note: c.say("plan.outcomes_note"), Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.version"), Kind: Figures}, {Title: c.say("head.compared_by")}, c.figureColumn("minimum", 1), {Title: c.say("head.minimum_from")},
		c.figureColumn("sd_planned", 1), c.figureColumn("detectable_planned", 1), {Title: c.say("head.measured_in")},
	}}
	for _, o := range c.plan.Primary {
		// Here the numbers already are in the unit that people read.
		told := func(v statistics.Value, why string) Cell { return number(Number{v.Number, v.Known}, c.say(why)) }
		from := ""
		if o.MinimumFrom != "" {
			from = c.say("plan.minimum_from." + o.MinimumFrom)
		}
		t.Rows = append(t.Rows, []Cell{
			text(c.name(o.Indicator)), count(o.Version), text(c.say("scale." + string(o.Scale))), told(o.Minimum, "why.no_minimum"), text(from),
			told(o.SD, "why.no_power"), told(o.Detectable, "why.no_power"), text(c.scaleUnit(impact.Result{Indicator: o.Indicator, Scale: o.Scale})),
		})
	}
	return t
}

// happening is an entry of the calendar.
type happening struct {
	from, to pipeline.Date
	kind     string // event, election, holiday
	name     string
	letter   string // by which charts name it
}

// happenings are what else took place while data were gathered, by date: the register's events and elections, and the holidays of the weeks
// that are compared. Only events that lie in a series get a letter.
func (c *courseReport) happenings() (all []happening) {
	inside := func(from, to pipeline.Date, w pipeline.Window) bool {
		return from.In(c.zone).Before(w.To) && !to.AddDays(1).In(c.zone).Before(w.From.Add(time.Nanosecond))
	}
	for _, e := range c.Register.Events {
		to := e.End
		if to.IsZero() {
			to = e.Start
		}
		if inside(e.Start, to, c.Data) {
			all = append(all, happening{from: e.Start, to: to, kind: "event", name: e.Name})
		}
	}
	for _, e := range c.Register.Calendar.Elections {
		if inside(e.Call, e.Polling, c.Data) {
			all = append(all, happening{from: e.Call, to: e.Polling, kind: "election", name: e.Name})
		}
	}
	for _, h := range c.Register.Calendar.Holidays {
		for _, w := range c.plan.Windows() {
			if inside(h.Date, h.Date, w) {
				all = append(all, happening{from: h.Date, to: h.Date, kind: "holiday", name: h.Name})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int { return a.from.In(time.UTC).Compare(b.from.In(time.UTC)) })
	n := 0
	for i := range all {
		if all[i].kind == "event" && n < 26 {
			all[i].letter = string(rune('A' + n))
			n++
		}
	}
	return all
}

// calendar is what else happened.
func (c *courseReport) calendar() Section {
	s := Section{ID: "calendar", Title: c.say("calendar.title"), Blocks: []Block{Text(c.say("calendar.text"))}}
	t := Table{ID: "happenings", Sheet: c.say("calendar.title"), Title: c.say("calendar.table"), Columns: []Column{
		{Title: c.say("head.what")}, {Title: c.say("head.letter"), About: c.say("about.letter")}, {Title: c.say("head.kind")}, {Title: c.say("head.from"), Kind: Day}, {Title: c.say("head.to"), Kind: Day}, {Title: c.say("head.touches")},
	}}
	for _, h := range c.happenings() {
		var touches []string
		for _, w := range []struct {
			name string
			pipeline.Window
		}{{"placebo", c.plan.PlaceboBefore}, {"before", c.plan.Before}, {"course", pipeline.Window{From: c.plan.Start.In(c.zone), To: c.plan.End.AddDays(1).In(c.zone)}}, {"after", c.plan.After}} {
			if !w.IsZero() && h.from.In(c.zone).Before(w.To) && h.to.AddDays(1).In(c.zone).After(w.From) {
				touches = append(touches, c.say("calendar."+w.name))
			}
		}
		t.Rows = append(t.Rows, []Cell{text(h.name), text(h.letter), text(c.say("calendar." + h.kind)), {Day: h.from}, {Day: h.to}, text(c.list(touches))})
	}
	if len(t.Rows) == 0 {
		s.Blocks = []Block{Note{Text: c.say("calendar.none")}}
		return s
	}
	s.Blocks = append(s.Blocks, t)
	return s
}

// gathered is what is known of every department, and when it was read.
func (c *courseReport) gathered() Section {
	s := Section{ID: "data", Title: c.say("gathered.title"), Blocks: []Block{Text(c.say("gathered.text", "min", c.percent(100*impact.MinCoverage, 0)))}}
	t := Table{ID: "departments", Sheet: c.say("gathered.sheet"), Title: c.say("gathered.table"), Note: c.say("gathered.note"), Columns: []Column{
		{Title: c.say("head.department")}, {Title: c.say("chart.group")}, {Title: c.say("head.accounts"), Kind: Figures}, c.figureColumn("covered_before", 0), c.figureColumn("covered_after", 0),
		{Title: c.say("head.collected"), Kind: Day, About: c.say("about.collected")}, {Title: c.say("head.included")},
	}}
	late := 0
	for _, d := range c.Departments {
		if d.Group == pipeline.OtherGroup {
			continue
		}
		collected := Cell{Why: c.say("why.nothing")}
		if !d.Collected.IsZero() {
			collected = Cell{Day: pipeline.DateOf(d.Collected.In(c.zone))}
			if d.Collected.After(c.plan.Before.To) {
				late++
			}
		}
		included := "no"
		if d.Included {
			included = "yes"
		}
		t.Rows = append(t.Rows, []Cell{
			text(c.departmentName(d.Unit)), text(c.say("group." + string(d.Group))), count(d.Accounts), number(known(100*d.Before), ""), number(known(100*d.After), ""), collected, text(c.say("gathered." + included)),
		})
	}
	if late > 0 {
		s.Blocks = append(s.Blocks, Note{Text: c.say("gathered.late", "n", late), Warning: true})
	}
	s.Blocks = append(s.Blocks, t)
	return s
}
