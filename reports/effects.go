package reports

import (
	"math"
	"slices"
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
		return c.unitWord(r.Indicator)
	}
	return unit
}

// unitWord is an indicator's unit in words.
func (b *builder) unitWord(id string) string {
	unit := b.definition(id).Unit
	if k := "unit." + strings.NewReplacer(" ", "_", ",", "").Replace(unit); b.has(k) {
		return b.say(k)
	}
	return unit
}

// decimals is how finely a result's numbers are told; an index lies between 0 and 1.
func (c *courseReport) decimals(r impact.Result) int {
	if r.Scale != impact.Log && c.definition(r.Indicator).Unit == "index" {
		return 2
	}
	return 1
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
	return c.withUnit(c.signed(c.scaled(r, x).Number.Value, c.decimals(r)), c.scaleUnit(r))
}

// size is the same without sign.
func (c *courseReport) size(r impact.Result, x float64) string {
	return c.withUnit(c.format(math.Abs(c.scaled(r, x).Number.Value), c.decimals(r)), c.scaleUnit(r))
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
		unit = c.unitWord(r.Indicator)
	case len(unit) > 2 && !full:
		unit = ""
	}
	decimals := c.decimals(r)
	if v.Number >= 100 && unit != "%" && unit != "h" {
		decimals = 0
	}
	return c.withUnit(c.format(v.Number, decimals), unit)
}

// shown tells whether a result gets pictures of its own: what was promised, and what gives a lead.
func shown(r impact.Result) bool {
	return r.Primary || r.Verdict == impact.Clear || r.Verdict == impact.Suggestive
}

// pictured are the results with a value for each department that get pictures of their own: what was promised and the strongest leads.
func (c *courseReport) pictured() (results []impact.Result) {
	var leads []impact.Result
	for _, r := range c.results {
		switch {
		case r.Kind != impact.PerUnit:
		case r.Primary:
			results = append(results, r)
		case shown(r):
			leads = append(leads, r)
		}
	}
	leads = strongest(leads)
	return append(results, leads[:min(len(leads), mostLeads)]...)
}

// label is an indicator's name, marked where its result is exploratory.
func (c *courseReport) label(r impact.Result) string {
	if r.Exploratory {
		return c.say("effects.exploratory", "name", c.name(r.Indicator))
	}
	return c.name(r.Indicator)
}

// effects are all results beside each other: a picture on one scale, then every number.
func (c *courseReport) effects() Section {
	s := Section{ID: "effects", Title: c.say("effects.title")}
	forest := Chart{ID: "forest", Sheet: c.say("effects.sheet.chart"), Title: c.say("effects.chart"), Form: Intervals, Head: c.say("head.indicator"), Decimals: 2, Unit: c.say("effects.unit"), Note: c.say("effects.note")}
	one := Series{Name: c.say("head.difference"), Role: Actual, Why: c.say("why.not_standardised")}
	for _, r := range c.results {
		if r.Kind != impact.PerUnit || !shown(r) {
			continue
		}
		forest.Categories = append(forest.Categories, c.name(r.Indicator))
		var v, low, high Number
		// Divided by the spread of the changes, and turned so that the better lies at the right.
		if e := r.Effect; e != nil && e.G.Known && e.Estimate != 0 {
			f := e.G.Number / e.Estimate
			if r.Direction < 0 {
				f = -f
			}
			v, low, high = known(f*e.Estimate), known(min(f*e.Low, f*e.High)), known(max(f*e.Low, f*e.High))
		}
		one.Values, one.Low, one.High = append(one.Values, v), append(one.Low, low), append(one.High, high)
	}
	if missing(one.Values) < len(one.Values) {
		forest.Series = []Series{one}
		s.Blocks = append(s.Blocks, c.described(forest), Text(forest.Note))
	}
	s.Blocks = append(s.Blocks, Text(c.say("effects.tests_text", "rate", c.percent(100*impact.FalseDiscovery, 0))), c.tests(), c.numbers())
	return s
}

// none is what stands where nothing could be estimated.
func (c *courseReport) none() Cell { return number(Number{}, c.say("verdict.not_answerable")) }

// value is a figure of a result, or that there is none.
func (c *courseReport) value(v statistics.Value) Cell {
	return number(Number{v.Number, v.Known}, c.say("verdict.not_answerable"))
}

func (c *courseReport) figureColumn(key string, decimals int) Column {
	return Column{Title: c.say("head." + key), Kind: Figures, Decimals: decimals, About: c.say("about." + key)}
}

func (c *courseReport) changeColumn(key string) Column {
	return Column{Title: c.say("head." + key), Kind: Signed, Decimals: 1, About: c.say("about." + key)}
}

func (c *courseReport) chanceColumn(key string) Column {
	return Column{Title: c.say("head." + key), Kind: Probability, Decimals: 3, About: c.say("about." + key)}
}

// limitColumns are the ends of an interval.
func (c *courseReport) limitColumns() []Column {
	return []Column{
		{Title: c.say("chart.low"), Kind: Signed, Decimals: 1, About: c.say("about.interval")}, {Title: c.say("chart.high"), Kind: Signed, Decimals: 1, About: c.say("about.interval")},
	}
}

// measuredIn is the column with the unit of an effect.
func (c *courseReport) measuredIn() Column {
	return Column{Title: c.say("head.measured_in"), About: c.say("about.measured_in")}
}

// numbers is the table of what was measured and how the groups differ.
func (c *courseReport) numbers() Table {
	t := Table{ID: "numbers", Sheet: c.say("effects.sheet.numbers"), Title: c.say("effects.numbers"), Note: c.say("effects.numbers_note", "weeks", c.plan.Weeks), Folded: true,
		Columns: slices.Concat([]Column{{Title: c.say("head.indicator")}, {Title: c.say("head.verdict"), About: c.say("about.verdict")}},
			[]Column{c.figureColumn("participants_before", 1), c.figureColumn("participants_after", 1), c.figureColumn("comparison_before", 1), c.figureColumn("comparison_after", 1), c.changeColumn("difference"), c.measuredIn()},
			c.limitColumns(), []Column{{Title: c.say("head.g"), Kind: Signed, Decimals: 2, About: c.say("about.g"), Sheet: true}, c.figureColumn("n_participants", 0), c.figureColumn("n_comparison", 0)})}
	for _, r := range c.results {
		if r.Kind != impact.PerUnit {
			continue
		}
		row := []Cell{text(c.label(r)), text(c.verdict(r)), c.value(r.Participants.Before), c.value(r.Participants.After), c.value(r.Comparison.Before), c.value(r.Comparison.After)}
		if e := r.Effect; e != nil {
			row = append(row, c.scaled(r, e.Estimate), text(c.scaleUnit(r)), c.scaled(r, e.Low), c.scaled(r, e.High), number(Number{e.G.Number, e.G.Known}, c.say("why.not_standardised")))
		} else {
			row = append(row, c.none(), text(c.scaleUnit(r)), c.none(), c.none(), c.none())
		}
		t.Rows = append(t.Rows, append(row, count(r.Participants.N), count(r.Comparison.N)))
	}
	return t
}

// tests is the table of probabilities, raw and adjusted, and of what could have been seen.
func (c *courseReport) tests() Table {
	t := Table{ID: "tests", Sheet: c.say("effects.sheet.tests"), Title: c.say("effects.tests"), Note: c.say("effects.tests_note"), Folded: true, Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.verdict"), About: c.say("about.verdict"), Sheet: true}, c.chanceColumn("p"), c.chanceColumn("p_holm"), c.chanceColumn("p_bh"), c.chanceColumn("p_welch"),
		c.figureColumn("detectable", 1), c.figureColumn("minimum", 1), c.figureColumn("equivalence", 1), c.measuredIn(),
	}}
	for _, r := range c.results {
		e := r.Effect
		if r.Kind != impact.PerUnit || e == nil {
			continue
		}
		adjusted := func(p statistics.Value, why string) Cell { return number(Number{p.Number, p.Known}, c.say(why)) }
		size := func(v statistics.Value, why string) Cell {
			x := c.scaled(r, v.Number)
			x.Number.Known = v.Known
			return number(x.Number, c.say(why))
		}
		t.Rows = append(t.Rows, []Cell{
			text(c.label(r)), text(c.verdict(r)), number(known(e.Labels.P), ""), adjusted(r.Adjusted, "why.secondary"), adjusted(r.FalseDiscovery, "why.primary"), number(known(e.P), ""),
			size(e.Detectable, "why.no_variation"), size(r.Minimum, "why.no_minimum"), size(statistics.Known(e.Equivalence), "why.no_variation"), text(c.scaleUnit(r)),
		})
	}
	return t
}

// oneByOne is every indicator with its sentence: what was promised and the strongest leads with their reasons and all departments
// drawn, the others in a table.
func (c *courseReport) oneByOne() Section {
	s := Section{ID: "indicators", Title: c.say("one.title")}
	rest := Table{ID: "others", Sheet: c.say("one.others"), Title: c.say("one.others"), Folded: true, Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.verdict"), About: c.say("about.verdict")}, {Title: c.say("head.sentence")}, {Title: c.say("head.reasons"), Sheet: true},
	}}
	pictured := map[string]bool{}
	for _, r := range c.pictured() {
		pictured[r.Indicator] = true
		s.Blocks = append(s.Blocks, List{c.label(r) + ": " + c.verdict(r), slices.Concat([]string{c.sentence(r)}, c.moved(r), c.leftOut(r), c.reasons(r))})
		if chart, ok := c.slopes(r); ok {
			s.Blocks = append(s.Blocks, c.described(chart))
		}
	}
	for _, r := range c.results {
		if r.Kind == impact.PerUnit && !pictured[r.Indicator] {
			rest.Rows = append(rest.Rows, []Cell{text(c.label(r)), text(c.verdict(r)), text(c.sentence(r)), text(strings.Join(c.reasons(r), " "))})
		}
	}
	if len(rest.Rows) > 0 {
		s.Blocks = append(s.Blocks, rest)
	}
	return s
}

// moved says how many departments rose and fell, and how often coin tosses do as much.
func (c *courseReport) moved(r impact.Result) (texts []string) {
	for _, g := range []struct {
		name   pipeline.Group
		change impact.Change
	}{{pipeline.Participant, r.Participants}, {pipeline.Comparison, r.Comparison}} {
		if p := g.change.Paired; p != nil {
			texts = append(texts, c.say("one.moved", "group", capital(c.say("group."+string(g.name))), "n", p.N, "up", p.Up, "down", p.Down,
				"mean", c.effect(r, p.Mean), "typical", c.effect(r, p.HodgesLehmann), "count", p.SignFlip.Count, "total", p.SignFlip.Total))
		}
	}
	return texts
}

// leftOut says how far the difference moves when each department in turn is left out.
func (c *courseReport) leftOut(r impact.Result) []string {
	if !r.Lowest.Known {
		return nil
	}
	return []string{c.say("one.left_out", "low", c.effect(r, r.Lowest.Number), "high", c.effect(r, r.Highest.Number))}
}

// slopes draws every department before and after, and the mean of its group.
func (c *courseReport) slopes(r impact.Result) (Chart, bool) {
	unit, _ := c.unit(r.Indicator)
	if unit == "" {
		unit = c.unitWord(r.Indicator)
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
	limit := func(key string) Column {
		return Column{Title: c.say(key), Kind: Figures, Decimals: 1, About: c.say("about.spread_limit")}
	}
	t := Table{ID: "spread", Sheet: c.say("unification.sheet"), Title: c.say("alike.table"), Note: c.say("alike.note"), Columns: []Column{
		{Title: c.say("head.indicator")}, {Title: c.say("chart.group")}, {Title: c.say("one.before"), Kind: Figures, Decimals: 1}, limit("head.before_from"), limit("head.before_to"),
		{Title: c.say("one.after"), Kind: Figures, Decimals: 1}, limit("head.after_from"), limit("head.after_to"),
		{Title: c.say("head.change"), Kind: Signed, Decimals: 1}, {Title: c.say("head.p"), Kind: Probability, Decimals: 3, About: c.say("about.p_swap")}, c.chanceColumn("p_bh"), {Title: c.say("sheet.unit")},
	}}
	for _, r := range c.results {
		if r.Kind == impact.PerUnit {
			continue
		}
		s.Blocks = append(s.Blocks, List{c.label(r) + ": " + c.verdict(r), append([]string{c.sentence(r)}, c.reasons(r)...)})
		unit, _ := c.unit(r.Indicator)
		for _, g := range []struct {
			name   pipeline.Group
			change impact.Change
		}{{pipeline.Participant, r.Participants}, {pipeline.Comparison, r.Comparison}} {
			why := c.say("verdict.not_answerable")
			before, after := Number{g.change.Before.Number, g.change.Before.Known}, Number{g.change.After.Number, g.change.After.Known}
			p := number(Number{}, c.say("why.not_tested"))
			limits := [4]Cell{}
			for i := range limits {
				limits[i] = number(Number{}, c.say("why.no_limits"))
			}
			if x := g.change.Spread; x != nil {
				p = number(known(x.Swap.P), "")
				for i, side := range []*statistics.Scatter{x.BeforeLimits, x.AfterLimits} {
					if side != nil {
						limits[2*i], limits[2*i+1] = number(known(side.Low), ""), number(known(side.High), "")
					}
				}
			}
			adjusted := Cell{}
			if g.name == pipeline.Participant {
				adjusted = number(Number{r.FalseDiscovery.Number, r.FalseDiscovery.Known}, c.say("why.not_tested"))
			}
			t.Rows = append(t.Rows, []Cell{text(c.name(r.Indicator)), text(c.say("group." + string(g.name))), number(before, why), limits[0], limits[1],
				number(after, why), limits[2], limits[3], number(minus(after, before), why), p, adjusted, text(unit)})
		}
	}
	s.Blocks = append(s.Blocks, t)
	return s
}
