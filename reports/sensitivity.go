package reports

import (
	"slices"

	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// sensitivity is what else could have been chosen, and how alike the groups were before.
func (c *courseReport) sensitivity() Section {
	s := Section{ID: "sensitivity", Title: c.say("sensitivity.title")}
	var said []string
	for _, r := range c.results {
		if r.Agreement.Known {
			said = append(said, c.say("sensitivity.agree", "name", c.name(r.Indicator), "n", len(r.Specifications), "share", c.percent(100*r.Agreement.Number, 0)))
		}
	}
	if len(said) > 0 {
		s.Blocks = append(s.Blocks, List{c.say("sensitivity.agreement"), said})
	}
	s.Blocks = append(s.Blocks, c.otherMeans())
	few, all := c.choices(false), c.choices(true)
	for _, t := range []Table{few, all} {
		if len(t.Rows) > 0 {
			s.Blocks = append(s.Blocks, t)
		}
	}
	s.Blocks = append(s.Blocks, c.baseline())
	return s
}

// otherMeans are other estimates of the same effect.
func (c *courseReport) otherMeans() Table {
	t := Table{ID: "alternatives", Sheet: c.say("sensitivity.sheet.means"), Title: c.say("sensitivity.means"), Note: c.say("sensitivity.means_note"), Columns: slices.Concat([]Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.method")}, {Title: c.say("head.estimate"), Kind: Signed, Decimals: 1},
	}, c.limitColumns(), []Column{c.measuredIn(), {Title: c.say("head.p"), Kind: Probability, Decimals: 3}})}
	for _, r := range c.results {
		if !r.Primary || r.Effect == nil {
			continue
		}
		row := func(method string, value, low, high, p statistics.Value) {
			cell := func(v statistics.Value) Cell {
				x := c.scaled(r, v.Number).Number
				x.Known = v.Known
				return number(x, "")
			}
			t.Rows = append(t.Rows, []Cell{text(c.label(r)), text(c.say("estimate." + method)), cell(value), cell(low), cell(high), text(c.scaleUnit(r)), number(Number{p.Number, p.Known}, "")})
		}
		k := statistics.Known
		compared := func(method string, x *statistics.Compared) {
			if x != nil {
				row(method, k(x.Estimate), k(x.Low), k(x.High), k(x.Labels.P))
			}
		}
		estimate := func(method string, x *statistics.Estimate) {
			if x != nil {
				row(method, k(x.Value), k(x.Low), k(x.High), k(x.P))
			}
		}
		compared("difference", r.Effect)
		if p := r.Participants.Paired; p != nil {
			row("paired", k(p.Mean), k(p.Low), k(p.High), k(p.SignFlip.P))
			row("hodges_lehmann", k(p.HodgesLehmann), statistics.Value{}, statistics.Value{}, statistics.Value{})
		}
		row("left_out", statistics.Value{}, r.Lowest, r.Highest, statistics.Value{})
		a := r.Alternatives
		estimate("ancova", a.Ancova)
		compared("own_trend", a.OwnTrend)
		estimate("panel", a.Panel)
		if a.Panel != nil {
			row("wild", k(a.Panel.Value), statistics.Value{}, statistics.Value{}, a.Wild)
		}
		row("mann_whitney", statistics.Value{}, statistics.Value{}, statistics.Value{}, a.MannWhitney)
		estimate("group_time", a.GroupTime)
	}
	return t
}

// choices is the effect under other choices than the plan's; single departments left out only if every is set.
func (c *courseReport) choices(every bool) Table {
	t := Table{ID: "choices", Sheet: c.say("sensitivity.sheet.choices"), Title: c.say("sensitivity.choices"), Columns: slices.Concat([]Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.choice")}, c.changeColumn("difference"),
	}, c.limitColumns(), []Column{c.measuredIn(), c.chanceColumn("p"), {Title: c.say("head.agrees")}})}
	if every {
		t.ID, t.Sheet, t.Title, t.Folded = "choices-all", c.say("sensitivity.sheet.every"), c.say("sensitivity.every"), true
	}
	for _, r := range c.results {
		for _, x := range r.Specifications {
			var choice string
			department, dropped := x.Args["department"].(string)
			switch {
			case dropped && !every:
				continue
			case dropped:
				choice = c.say("sensitivity.drop", "department", c.departmentName(department))
			default:
				choice = c.say("sensitivity."+x.Code, "weakest", x.Args["n"])
			}
			on := r
			on.Scale = x.Scale
			agrees := "sensitivity.no"
			if x.Agrees {
				agrees = "sensitivity.yes"
			}
			t.Rows = append(t.Rows, []Cell{text(c.label(r)), text(choice), c.scaled(on, x.Estimate), c.scaled(on, x.Low), c.scaled(on, x.High), text(c.scaleUnit(on)), number(known(x.P), ""), text(c.say(agrees))})
		}
	}
	return t
}

// baseline is how alike the groups were before the course.
func (c *courseReport) baseline() Table {
	limits := c.limitColumns()
	for i := range limits {
		limits[i].Sheet = true
	}
	t := Table{ID: "baseline", Sheet: c.say("sensitivity.sheet.baseline"), Title: c.say("sensitivity.baseline"), Note: c.say("sensitivity.baseline_note"), Columns: slices.Concat([]Column{
		{Title: c.say("head.indicator")}, c.figureColumn("participants_before", 1), c.figureColumn("comparison_before", 1), {Title: c.say("head.difference"), Kind: Signed, Decimals: 1},
	}, limits, []Column{{Title: c.say("sheet.unit")}, c.chanceColumn("p"), {Title: c.say("head.smd"), Kind: Signed, Decimals: 2, About: c.say("about.smd")}, {Title: c.say("head.baseline_slope"), Kind: Signed, Decimals: 2, About: c.say("about.baseline_slope")}})}
	for _, r := range c.pictured() {
		x := r.Baseline
		if x == nil {
			continue
		}
		slope := r.Alternatives.BaselineSlope
		t.Rows = append(t.Rows, []Cell{text(c.name(r.Indicator)), c.value(r.Participants.Before), c.value(r.Comparison.Before), number(known(x.Estimate), ""), number(known(x.Low), ""), number(known(x.High), ""),
			text(c.unitOf(r)), number(known(x.Labels.P), ""), number(Number{x.G.Number, x.G.Known}, c.say("why.no_variation")), number(Number{slope.Number, slope.Known}, c.say("why.not_estimated"))})
	}
	return t
}

// doses tells whether more attendance went with more change.
func (c *courseReport) doses() []Block {
	t := Table{ID: "dose", Sheet: c.say("dose.sheet"), Title: c.say("dose.title"), Note: c.say("dose.note"), Columns: slices.Concat([]Column{
		{Title: c.say("head.indicator")}, {Title: c.say("head.departments"), Kind: Figures}, c.changeColumn("dose"),
	}, c.limitColumns(), []Column{c.measuredIn(), {Title: c.say("head.spearman"), Kind: Signed, Decimals: 2}, c.chanceColumn("p")})}
	for _, r := range c.pictured() {
		if x := r.Dose; x != nil {
			t.Rows = append(t.Rows, []Cell{text(c.label(r)), count(x.N), c.scaled(r, x.Slope.Value), c.scaled(r, x.Slope.Low), c.scaled(r, x.Slope.High), text(c.scaleUnit(r)), number(known(x.Rank), ""), number(known(x.P), "")})
		}
	}
	if len(t.Rows) == 0 {
		return []Block{Note{Text: c.say("dose.none", "min", impact.MinUnits+1)}}
	}
	return []Block{t}
}
