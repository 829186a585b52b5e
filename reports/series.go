package reports

import (
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// paths are the groups over time: the gap between them, what each would have been by its old path, and second opinions. Only what was
// promised has series.
func (c *courseReport) paths() Section {
	s := Section{ID: "series", Title: c.say("paths.title")}
	var studied []impact.Result
	for _, r := range c.results {
		if r.EventStudy != nil || len(r.Interrupted) > 0 || r.Counterfactual != nil {
			studied = append(studied, r)
		}
	}
	if len(studied) == 0 {
		s.Blocks = []Block{Note{Text: c.say("paths.none", "before", impact.MinBinsBefore, "after", impact.MinBinsAfter, "weeks", impact.BinWeeks)}}
		return s
	}
	s.Blocks = []Block{Text(c.say("paths.text", "weeks", impact.BinWeeks))}
	if len(c.happenings()) > 0 {
		s.Blocks = append(s.Blocks, Text(c.say("paths.letters")))
	}
	for _, r := range studied {
		s.Blocks = append(s.Blocks, c.gap(r)...)
	}
	s.Blocks = append(s.Blocks, c.pretests(studied), Note{Text: c.say("paths.segmented")})
	for _, r := range studied {
		s.Blocks = append(s.Blocks, c.segmented(r)...)
	}
	s.Blocks = append(s.Blocks, c.steps(studied))
	opinions := false
	for _, r := range studied {
		if r.Counterfactual == nil {
			continue
		}
		if !opinions {
			s.Blocks = append(s.Blocks, Note{Text: c.say("paths.optional")})
			opinions = true
		}
		s.Blocks = append(s.Blocks, c.continued(r)...)
	}
	if t := c.mixtures(studied); len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

// stretches are the names of a panel's bins, by their first day, and what lies in them: the course and elections shaded, events as lines.
func (c *courseReport) stretches(bins []impact.Bin) (names []string, marks []Mark) {
	for i, b := range bins {
		names = append(names, c.shortDate(pipeline.DateOf(b.From.In(c.zone))))
		label := ""
		switch b.Side {
		case impact.AsideCourse:
			label = c.say("paths.course")
		case impact.ElectionTime:
			label = c.say("paths.election")
		}
		switch last := len(marks) - 1; {
		case label == "":
		case last >= 0 && marks[last].Label == label && marks[last].To == i-1:
			marks[last].To = i
		default:
			marks = append(marks, Mark{From: i, To: i, Label: label})
		}
	}
	for i := range marks { // a shade has some width
		if marks[i].From == marks[i].To {
			if marks[i].To+1 < len(bins) {
				marks[i].To++
			} else if marks[i].From > 0 {
				marks[i].From--
			}
		}
	}
	letters := make([]string, len(bins))
	for _, h := range c.happenings() {
		for i, b := range bins {
			if h.letter != "" && b.Contains(h.from.In(c.zone)) {
				letters[i] += h.letter
			}
		}
	}
	for i, l := range letters {
		if l != "" {
			marks = append(marks, Mark{From: i, To: i, Label: l})
		}
	}
	return names, marks
}

// shortDate is a day as it fits under an axis.
func (w *words) shortDate(d pipeline.Date) string {
	return d.In(time.UTC).Format(strings.Replace(w.dayLayout(), "2006", "06", 1))
}

// unitOf is the unit of a result's series.
func (c *courseReport) unitOf(r impact.Result) string {
	unit, _ := c.unit(r.Indicator)
	if unit == "" {
		unit = c.unitWord(r.Indicator)
	}
	return unit
}

// numbersOn turns values on a result's scale into those that people read: differences or, if level is set, values of the indicator.
func (c *courseReport) numbersOn(r impact.Result, values []statistics.Value, level bool) []Number {
	n := make([]Number, len(values))
	for i, v := range values {
		switch {
		case !v.Known:
		case level:
			n[i] = known(r.Panel.Read(v.Number))
		default:
			n[i] = c.scaled(r, v.Number).Number
		}
	}
	return n
}

// gap is the event study: the distance between the groups from the last stretch before the course.
func (c *courseReport) gap(r impact.Result) []Block {
	e := r.EventStudy
	if e == nil {
		return nil
	}
	chart := Chart{ID: "gap-" + r.Indicator, Sheet: c.say("paths.sheet.gap", "name", c.name(r.Indicator)), Title: c.say("paths.gap", "name", c.label(r)), Form: Estimates,
		Unit: c.scaleUnit(r), Decimals: 1, Head: c.say("head.stretch")}
	one := Series{Name: c.say("paths.gap_series"), Role: Actual, Why: c.say("why.gap")}
	var bins []impact.Bin
	var values, low, high []statistics.Value
	for _, g := range e.Gaps {
		bins, values, low, high = append(bins, g.Bin), append(values, g.Estimate), append(low, g.Low), append(high, g.High)
	}
	one.Values, one.Low, one.High = c.numbersOn(r, values, false), c.numbersOn(r, low, false), c.numbersOn(r, high, false)
	chart.Categories, chart.Marks = c.stretches(bins)
	chart.Series = []Series{one}
	if len(chart.Categories) < 2 || missing(one.Values) == len(one.Values) {
		return nil
	}
	chart.Note = c.say("paths.reference", "date", chart.Categories[e.Reference])
	return []Block{c.described(chart), Text(c.before(r) + " " + chart.Note)}
}

// before tells whether the groups moved together before the course, and what that is worth.
func (c *courseReport) before(r impact.Result) string {
	e := r.EventStudy
	var parts []string
	switch {
	case !e.PreTest.Known:
		parts = append(parts, c.say("paths.pretest.missing"))
	case e.PreTest.Number < statistics.Alpha:
		parts = append(parts, c.say("paths.pretest.failed", "n", e.Tested, "p", c.probability(e.PreTest.Number)))
	default:
		parts = append(parts, c.say("paths.pretest.passed", "n", e.Tested, "p", c.probability(e.PreTest.Number)))
	}
	if e.Power.Known && e.Drift.Known {
		key := "paths.power.high"
		if e.Power.Number < statistics.Power {
			key = "paths.power.low"
		}
		parts = append(parts, c.say(key, "power", c.percent(100*e.Power.Number, 0), "drift", c.size(r, e.Drift.Number)))
	}
	if e.SlopeGap.Known && e.SlopeRank.Known {
		key := "paths.slope.passed"
		if e.SlopeRank.Number < impact.SlopeExtreme {
			key = "paths.slope.failed"
		}
		parts = append(parts, c.say(key, "slope", c.effect(r, e.SlopeGap.Number), "p", c.probability(e.SlopeRank.Number)))
	}
	if o := r.Alternatives.OwnTrend; o != nil {
		parts = append(parts, c.say("paths.own_trend", "effect", c.effect(r, o.Estimate), "low", c.effect(r, o.Low), "high", c.effect(r, o.High)))
	}
	return strings.Join(parts, " ")
}

func (c *courseReport) pretests(results []impact.Result) Table {
	t := Table{ID: "pretests", Sheet: c.say("paths.sheet.pretests"), Title: c.say("paths.pretests"), Columns: []Column{
		{Title: c.say("head.indicator")}, c.chanceColumn("p_pretest"), {Title: c.say("head.tested"), Kind: Figures}, {Title: c.say("head.power"), Kind: Figures, About: c.say("about.power")},
		c.figureColumn("drift", 1), c.changeColumn("slope_gap"), c.chanceColumn("p_slope"), c.measuredIn(),
	}}
	why := c.say("why.short_series")
	for _, r := range results {
		e := r.EventStudy
		if e == nil {
			continue
		}
		on := func(v statistics.Value, f float64) Cell { return number(Number{f * v.Number, v.Known}, why) }
		scaled := func(v statistics.Value) Cell {
			x := c.scaled(r, v.Number).Number
			x.Known = v.Known
			return number(x, why)
		}
		t.Rows = append(t.Rows, []Cell{text(c.label(r)), on(e.PreTest, 1), count(e.Tested), on(e.Power, 100), scaled(e.Drift), scaled(e.SlopeGap), on(e.SlopeRank, 1), text(c.scaleUnit(r))})
	}
	return t
}

// segmented is what was observed in both groups, and the old path continued.
func (c *courseReport) segmented(r impact.Result) []Block {
	if r.Panel == nil || len(r.Interrupted) == 0 {
		return nil
	}
	chart := Chart{ID: "path-" + r.Indicator, Sheet: c.say("paths.sheet.path", "name", c.name(r.Indicator)), Title: c.say("paths.path", "name", c.label(r)), Form: Lines,
		Unit: c.unitOf(r), Decimals: 1, Head: c.say("head.stretch")}
	chart.Categories, chart.Marks = c.stretches(r.Panel.Bins)
	why := c.say("why.gap")
	var said []string
	for _, i := range r.Interrupted {
		panel := capital(c.say("group." + string(i.Group)))
		chart.Series = append(chart.Series,
			Series{Name: c.say("paths.observed"), Panel: panel, Role: Actual, Values: c.numbersOn(r, r.Panel.Mean(i.Group), true), Why: why},
			Series{Name: c.say("paths.fitted"), Panel: panel, Role: Other, Values: c.numbersOn(r, i.Fitted, true)},
			Series{Name: c.say("paths.expected"), Panel: panel, Role: Previous, Values: c.numbersOn(r, i.Expected, true), Low: c.numbersOn(r, i.Low, true), High: c.numbersOn(r, i.High, true)})
		said = append(said, c.say("paths.step", "group", panel, "step", c.effect(r, i.Step.Value), "low", c.effect(r, i.Step.Low), "high", c.effect(r, i.Step.High), "larger", c.say("paths.error."+i.Larger)))
	}
	if len(chart.Categories) < 2 {
		return nil
	}
	return []Block{c.described(chart), Text(strings.Join(said, " "))}
}

func (c *courseReport) steps(results []impact.Result) Table {
	t := Table{ID: "steps", Sheet: c.say("paths.sheet.steps"), Title: c.say("paths.steps"), Note: c.say("paths.steps_note"), Columns: slices.Concat([]Column{
		{Title: c.say("head.indicator")}, {Title: c.say("chart.group")}, c.changeColumn("level_change"),
	}, c.limitColumns(), []Column{
		c.changeColumn("slope"), c.chanceColumn("p_slope_change"), c.measuredIn(), {Title: c.say("head.error"), About: c.say("about.error")}, {Title: c.say("head.lag"), Kind: Figures, Sheet: true}, {Title: c.say("head.harmonics"), Kind: Figures, Sheet: true},
	})}
	for lag := 1; lag <= 4; lag++ {
		t.Columns = append(t.Columns, Column{Title: c.say("head.acf", "lag", lag), Kind: Signed, Decimals: 2, About: c.say("about.acf")})
	}
	t.Columns = append(t.Columns, c.chanceColumn("p_bg"))
	for _, r := range results {
		for _, i := range r.Interrupted {
			row := []Cell{text(c.label(r)), text(c.say("group." + string(i.Group))), c.scaled(r, i.Step.Value), c.scaled(r, i.Step.Low), c.scaled(r, i.Step.High),
				c.scaled(r, i.Slope.Value), number(known(i.Slope.P), ""), text(c.scaleUnit(r)), text(c.say("paths.error." + i.Larger)), count(i.Lag), count(i.Harmonics)}
			for lag := range 4 {
				x := Number{}
				if lag < len(i.Correlation) {
					x = Number{i.Correlation[lag].Number, i.Correlation[lag].Known}
				}
				row = append(row, number(x, c.say("why.short_series")))
			}
			t.Rows = append(t.Rows, append(row, number(Number{i.BreuschGodfrey.Number, i.BreuschGodfrey.Known}, c.say("why.short_series"))))
		}
	}
	return t
}

// continued is the participants' mean beside what it would have been by the comparison's.
func (c *courseReport) continued(r impact.Result) []Block {
	f := r.Counterfactual
	chart := Chart{ID: "continued-" + r.Indicator, Sheet: c.say("paths.sheet.continued", "name", c.name(r.Indicator)), Title: c.say("paths.continued", "name", c.label(r)), Form: Lines,
		Unit: c.unitOf(r), Decimals: 1, Head: c.say("head.stretch")}
	chart.Categories, chart.Marks = c.stretches(r.Panel.Bins)
	spread := func(values []statistics.Value) []Number { // from the first stretch after the course on
		all := make([]statistics.Value, len(r.Panel.Bins))
		copy(all[min(f.From, len(all)):], values)
		return c.numbersOn(r, all, true)
	}
	why := c.say("why.gap")
	chart.Series = []Series{
		{Name: c.say("paths.observed"), Role: Actual, Values: c.numbersOn(r, r.Panel.Mean(pipeline.Participant), true), Why: why},
		{Name: c.say("paths.predicted"), Role: Other, Values: spread(f.Predicted), Low: spread(f.Low), High: spread(f.High)},
	}
	if len(chart.Categories) < 2 {
		return nil
	}
	said := c.say("paths.average", "effect", c.effect(r, f.Average.Value), "low", c.effect(r, f.Average.Low), "high", c.effect(r, f.Average.High),
		"stiff_low", c.effect(r, f.Stiff.Low), "stiff_high", c.effect(r, f.Stiff.High), "free_low", c.effect(r, f.Free.Low), "free_high", c.effect(r, f.Free.High), "variance", c.format(f.LevelVariance, 4))
	if f.Held.Known {
		said += " " + c.say("paths.held", "share", c.percent(100*f.Held.Number, 0))
	}
	return []Block{c.described(chart), Text(said)}
}

// mixtures are the synthetic controls.
func (c *courseReport) mixtures(results []impact.Result) Table {
	t := Table{ID: "synthetic", Sheet: c.say("paths.sheet.synthetic"), Title: c.say("paths.synthetic"), Note: c.say("paths.synthetic_note"), Columns: []Column{
		{Title: c.say("head.indicator")}, c.changeColumn("gap_after"), c.figureColumn("pre_error", 2), c.measuredIn(), {Title: c.say("head.rank"), About: c.say("about.rank")}, {Title: c.say("head.weights")},
	}}
	for _, r := range results {
		x := r.Synthetic
		if x == nil {
			continue
		}
		var weights []string
		for _, w := range x.Weights {
			if w.Weight >= 0.005 {
				weights = append(weights, c.departmentName(w.Unit)+" "+c.percent(100*w.Weight, 0))
			}
		}
		t.Rows = append(t.Rows, []Cell{text(c.label(r)), c.scaled(r, x.Average), c.scaled(r, x.PreError), text(c.scaleUnit(r)), text(c.say("paths.rank", "rank", x.Rank, "of", x.Of)), text(strings.Join(weights, ", "))})
	}
	return t
}
