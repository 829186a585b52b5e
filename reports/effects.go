package reports

import (
	"math"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// How an effect is told: ratios as a percentage, differences of percentages in points, others in their unit.
func (c *courseReport) scaleUnit(r impact.Result) string {
	if r.Scale == impact.Log {
		return "%"
	}
	unit, _ := c.unit(r.Indicator)
	if unit == "%" {
		return c.say("unit.points")
	}
	if unit == "" {
		return c.say("unit." + c.definition(r.Indicator).Unit)
	}
	return unit
}

// scaled is a number on a result's scale as readers see it.
func (c *courseReport) scaled(r impact.Result, x float64) Cell {
	if r.Scale == impact.Log {
		x = impact.Percent(x)
	}
	return number(known(x), "")
}

// effect writes a number on a result's scale with sign and unit.
func (c *courseReport) effect(r impact.Result, x float64) string {
	return c.withUnit(c.signed(c.scaled(r, x).Number.Value, 1), c.scaleUnit(r))
}

// size is the same without sign.
func (c *courseReport) size(r impact.Result, x float64) string {
	return c.withUnit(c.format(math.Abs(c.scaled(r, x).Number.Value), 1), c.scaleUnit(r))
}

func (c *courseReport) tile(r impact.Result) Tile {
	t := Tile{Label: c.name(r.Indicator), Unit: c.scaleUnit(r), Decimals: 1, Signed: true, Detail: c.say("tile.verdict", "verdict", c.verdict(r))}
	if r.Effect == nil {
		t.Why = c.say("verdict.not_answerable")
		t.Detail = ""
		return t
	}
	t.Value = c.scaled(r, r.Effect.Estimate).Number
	t.Detail += " " + c.say("tile.interval", "low", c.effect(r, r.Effect.Low), "high", c.effect(r, r.Effect.High))
	return t
}

// verdict is the word, and which way it went where that can be said.
func (c *courseReport) verdict(r impact.Result) string {
	word := c.say("verdict." + string(r.Verdict))
	if way := c.way(r); way != "" && (r.Verdict == impact.Clear || r.Verdict == impact.Suggestive) {
		word += ", " + way
	}
	return word
}

// way says whether the participants did better or worse than the comparison.
func (c *courseReport) way(r impact.Result) string {
	var x float64
	switch {
	case r.Effect != nil:
		x = r.Effect.Estimate
	case r.Participants.Spread != nil:
		x = r.Participants.Spread.Change
	}
	switch x *= float64(r.Direction); {
	case x > 0:
		return c.say("way.better")
	case x < 0:
		return c.say("way.worse")
	}
	return ""
}

// mean is a group's mean in the indicator's unit; units that are words are said once in a sentence.
func (c *courseReport) mean(r impact.Result, v statistics.Value, full bool) string {
	unit, _ := c.unit(r.Indicator)
	switch {
	case unit == "" && full:
		unit = c.say("unit." + c.definition(r.Indicator).Unit)
	case len(unit) > 2 && !full:
		unit = ""
	}
	decimals := 1
	if v.Number >= 100 && unit != "%" && unit != "h" {
		decimals = 0
	}
	return c.withUnit(c.format(v.Number, decimals), unit)
}

// sentence tells a result in natural units and ties the verdict to the interval.
func (c *courseReport) sentence(r impact.Result) string {
	p, q := r.Participants, r.Comparison
	moved := ""
	if p.Before.Known && p.After.Known && q.Before.Known && q.After.Known {
		key := "sentence.moved"
		if r.Kind == impact.Unlikeness {
			key = "sentence.moved.spread"
		}
		moved = c.say(key, "before", c.mean(r, p.Before, false), "after", c.mean(r, p.After, true), "other_before", c.mean(r, q.Before, false), "other_after", c.mean(r, q.After, false))
	}
	var judged string
	switch {
	case r.Kind == impact.Unlikeness && r.Verdict != impact.NotAnswerable:
		judged = c.say("sentence.spread." + string(r.Verdict))
	case r.Effect == nil:
		judged = c.say("sentence.not_answerable")
	case !r.Effect.G.Known:
		judged = c.say("reason." + impact.ReasonNoVariation)
	default:
		judged = c.say("sentence."+string(r.Verdict), "effect", c.effect(r, r.Effect.Estimate), "low", c.effect(r, r.Effect.Low), "high", c.effect(r, r.Effect.High),
			"detectable", c.size(r, r.Effect.Detectable.Number))
	}
	return strings.TrimSpace(moved + " " + judged)
}

// reasons are a result's reasons in words.
func (c *courseReport) reasons(r impact.Result) (texts []string) {
	for _, reason := range r.Reasons {
		texts = append(texts, c.say("reason."+reason.Code, c.arguments(reason, r)...))
	}
	return texts
}

// arguments writes the figures of a reason.
func (c *courseReport) arguments(reason impact.Reason, r impact.Result) []any {
	var args []any
	for name, v := range reason.Args {
		switch x := v.(type) {
		case float64:
			v = c.argument(name, x, r)
		case string:
			if k := "group." + x; c.has(k) {
				v = c.say(k)
			}
		}
		args = append(args, name, v)
	}
	return args
}

func (c *courseReport) argument(name string, x float64, r impact.Result) string {
	switch name {
	case "p":
		return c.figure(Column{Kind: Probability, Decimals: 3}, x)
	case "min":
		return c.percent(100*x, 0)
	case "detectable", "minimum":
		return c.size(r, x)
	}
	return c.effect(r, x)
}

// effects are all results beside each other: a picture on one scale, then every number.
func (c *courseReport) effects() Section {
	s := Section{ID: "effects", Title: c.say("effects.title")}
	forest := Chart{ID: "forest", Sheet: c.say("effects.sheet.chart"), Title: c.say("effects.chart"), Form: Intervals, Head: c.say("head.indicator"), Decimals: 2, Unit: c.say("effects.unit"), Note: c.say("effects.note")}
	one := Series{Name: c.say("head.difference"), Role: Actual, Why: c.say("verdict.not_answerable")}
	for _, r := range c.results {
		if r.Kind != impact.PerUnit {
			continue
		}
		forest.Categories = append(forest.Categories, c.name(r.Indicator))
		var v, low, high Number
		// Divided by the spread of the changes, and turned so that the better lies at the right.
		if e := r.Effect; e != nil && e.G.Known && e.Estimate != 0 {
			f := e.G.Number / e.Estimate * float64(r.Direction)
			v, low, high = known(f*e.Estimate), known(min(f*e.Low, f*e.High)), known(max(f*e.Low, f*e.High))
		}
		one.Values, one.Low, one.High = append(one.Values, v), append(one.Low, low), append(one.High, high)
	}
	if missing(one.Values) < len(one.Values) {
		forest.Series = []Series{one}
		s.Blocks = append(s.Blocks, c.described(forest))
	}
	s.Blocks = append(s.Blocks, c.numbers())
	return s
}

// numbers is the table of everything that was estimated.
func (c *courseReport) numbers() Table {
	figures := func(key string, decimals int) Column {
		return Column{Title: c.say("head." + key), Kind: Figures, Decimals: decimals, About: c.say("about." + key)}
	}
	change := func(title, about string) Column {
		return Column{Title: title, Kind: Signed, Decimals: 1, About: c.say("about." + about)}
	}
	t := Table{ID: "numbers", Sheet: c.say("effects.sheet.numbers"), Title: c.say("effects.numbers"), Note: c.say("effects.numbers_note", "weeks", c.plan.Weeks), Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.verdict"), About: c.say("about.verdict")},
		figures("participants_before", 1), figures("participants_after", 1), figures("comparison_before", 1), figures("comparison_after", 1),
		change(c.say("head.difference"), "difference"), {Title: c.say("head.measured_in"), About: c.say("about.measured_in")},
		change(c.say("chart.low"), "interval"), change(c.say("chart.high"), "interval"),
		{Title: c.say("head.p"), Kind: Probability, Decimals: 3, About: c.say("about.p")}, {Title: c.say("head.p_holm"), Kind: Probability, Decimals: 3, About: c.say("about.p_holm")},
		figures("detectable", 1), {Title: c.say("head.g"), Kind: Signed, Decimals: 2, About: c.say("about.g")},
		figures("n_participants", 0), figures("n_comparison", 0),
	}}
	value := func(v statistics.Value) Cell {
		return number(Number{v.Number, v.Known}, c.say("verdict.not_answerable"))
	}
	for _, r := range c.results {
		if r.Kind != impact.PerUnit {
			continue
		}
		row := []Cell{text(c.name(r.Indicator)), text(c.verdict(r)), value(r.Participants.Before), value(r.Participants.After), value(r.Comparison.Before), value(r.Comparison.After)}
		unit := text(c.scaleUnit(r))
		if e := r.Effect; e != nil {
			detectable := Cell{}
			if e.Detectable.Known {
				detectable = c.scaled(r, e.Detectable.Number)
			}
			holm := Cell{Why: c.say("why.secondary")}
			if r.Adjusted.Known {
				holm = number(known(r.Adjusted.Number), "")
			}
			row = append(row, c.scaled(r, e.Estimate), unit, c.scaled(r, e.Low), c.scaled(r, e.High), number(known(e.Labels.P), ""), holm, detectable, value(e.G))
		} else {
			none := number(Number{}, c.say("verdict.not_answerable"))
			row = append(row, none, unit, none, none, none, none, none, none)
		}
		t.Rows = append(t.Rows, append(row, count(r.Participants.N), count(r.Comparison.N)))
	}
	return t
}

// oneByOne is every indicator with its sentence, its reasons and all departments drawn.
func (c *courseReport) oneByOne() Section {
	s := Section{ID: "indicators", Title: c.say("one.title")}
	for _, r := range c.results {
		if r.Kind != impact.PerUnit {
			continue
		}
		s.Blocks = append(s.Blocks, List{c.name(r.Indicator) + ": " + c.verdict(r), append([]string{c.sentence(r)}, append(c.moved(r), c.reasons(r)...)...)})
		if chart, ok := c.slopes(r); ok {
			s.Blocks = append(s.Blocks, c.described(chart))
		}
	}
	return s
}

// moved says how many departments rose and fell, which needs no statistics.
func (c *courseReport) moved(r impact.Result) (texts []string) {
	for _, g := range []struct {
		name   pipeline.Group
		change impact.Change
	}{{pipeline.Participant, r.Participants}, {pipeline.Comparison, r.Comparison}} {
		if p := g.change.Paired; p != nil {
			texts = append(texts, c.say("one.moved", "group", capital(c.say("group."+string(g.name))), "n", p.N, "up", p.Up, "down", p.Down))
		}
	}
	return texts
}

// slopes draws every department before and after, and the mean of its group.
func (c *courseReport) slopes(r impact.Result) (Chart, bool) {
	unit, _ := c.unit(r.Indicator)
	if unit == "" {
		unit = c.say("unit." + c.definition(r.Indicator).Unit)
	}
	chart := Chart{ID: "slopes-" + r.Indicator, Sheet: c.name(r.Indicator), Title: c.say("one.chart", "name", c.name(r.Indicator)), Form: Slopes, Head: c.say("head.department"),
		Categories: []string{c.say("one.before"), c.say("one.after")}, Unit: unit, Decimals: 1}
	for _, g := range []pipeline.Group{pipeline.Participant, pipeline.Comparison} {
		panel := capital(c.say("group." + string(g)))
		var before, after float64
		n := 0
		for _, u := range r.Units {
			if u.Group != g || !u.Before.Known || !u.After.Known {
				continue
			}
			n++
			before, after = before+u.Before.Number, after+u.After.Number
			chart.Series = append(chart.Series, Series{Name: c.departmentName(u.ID), Panel: panel, Role: Faint, Values: []Number{known(u.Before.Number), known(u.After.Number)}})
		}
		if n > 0 {
			chart.Series = append(chart.Series, Series{Name: c.say("one.mean"), Panel: panel, Role: Actual, Values: []Number{known(before / float64(n)), known(after / float64(n))}})
		}
	}
	return chart, len(chart.Series) > 0
}

// alike is whether departments have become more alike, and mention each other more.
func (c *courseReport) alike() Section {
	s := Section{ID: "alike", Title: c.say("unification.title")}
	t := Table{ID: "spread", Sheet: c.say("unification.sheet"), Title: c.say("alike.table"), Note: c.say("alike.note"), Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("chart.group")}, {Title: c.say("one.before"), Kind: Figures, Decimals: 1}, {Title: c.say("one.after"), Kind: Figures, Decimals: 1},
		{Title: c.say("head.change"), Kind: Signed, Decimals: 1}, {Title: c.say("head.p"), Kind: Probability, Decimals: 3, About: c.say("about.p_swap")}, {Title: c.say("sheet.unit")},
	}}
	for _, r := range c.results {
		if r.Kind == impact.PerUnit {
			continue
		}
		s.Blocks = append(s.Blocks, List{c.name(r.Indicator) + ": " + c.verdict(r), append([]string{c.sentence(r)}, c.reasons(r)...)})
		unit, _ := c.unit(r.Indicator)
		for _, g := range []struct {
			name   pipeline.Group
			change impact.Change
		}{{pipeline.Participant, r.Participants}, {pipeline.Comparison, r.Comparison}} {
			why := c.say("verdict.not_answerable")
			before, after := Number{g.change.Before.Number, g.change.Before.Known}, Number{g.change.After.Number, g.change.After.Known}
			p := number(Number{}, c.say("why.not_tested"))
			if x := g.change.Spread; x != nil {
				p = number(known(x.Swap.P), "")
			}
			t.Rows = append(t.Rows, []Cell{text(c.name(r.Indicator)), text(c.say("group." + string(g.name))), number(before, why), number(after, why), number(minus(after, before), why), p, text(unit)})
		}
	}
	s.Blocks = append(s.Blocks, t)
	return s
}
