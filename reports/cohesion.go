package reports

import (
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// cohesion is who names, shares and answers whom among the institution's own accounts, over time and drawn before and after.
func (c *courseReport) cohesion() Section {
	s := Section{ID: "cohesion", Title: c.say("cohesion.title")}
	k := c.Cohesion
	var said []string
	for _, r := range k.Reasons {
		said = append(said, c.reason(r, impact.Result{}))
	}
	if len(k.Windows) == 0 {
		s.Blocks = []Block{Note{Text: strings.Join(append([]string{c.say("cohesion.none")}, said...), " ")}}
		return s
	}
	s.Blocks = []Block{Text(c.say("cohesion.text"))}
	if len(said) > 0 {
		s.Blocks = append(s.Blocks, List{Items: said})
	}
	if text := c.tied(); text != "" {
		s.Blocks = append(s.Blocks, Text(text))
	}
	if chart, ok := c.network(); ok {
		s.Blocks = append(s.Blocks, c.described(chart))
	}
	clustering := c.figureColumn("clustering", 1)
	clustering.Sheet = true
	t := Table{ID: "cohesion-table", Sheet: c.say("cohesion.sheet"), Title: c.say("cohesion.table"), Note: c.say("cohesion.note"), Columns: []Column{
		{Title: c.say("head.stretch_of")}, {Title: c.say("head.side")}, {Title: c.say("head.accounts"), Kind: Figures}, {Title: c.say("head.unread"), Kind: Figures}, {Title: c.say("head.ties"), Kind: Figures},
		c.figureColumn("density", 2), c.figureColumn("returned", 1), c.changeColumn("reciprocity"), c.figureColumn("across", 1), clustering, {Title: c.say("head.isolates"), Kind: Figures}, {Title: c.say("head.components"), Kind: Figures, Sheet: true},
	}}
	chart := Chart{ID: "cohesion-series", Sheet: c.say("cohesion.sheet.series"), Title: c.say("cohesion.series"), Form: Lines, Unit: "%", Decimals: 1, Head: c.say("head.stretch_of")}
	var density, returned, across []Number
	for i, w := range k.Windows {
		share := func(v statistics.Value) Number { return Number{100 * v.Number, v.Known} }
		why := c.say("why.unread")
		name := c.span(w.Window)
		chart.Categories = append(chart.Categories, c.shortDate(pipeline.DateOf(w.Window.From.In(c.zone))))
		if w.Side == impact.AsideCourse {
			if n := len(chart.Marks); n > 0 && chart.Marks[n-1].To == i-1 {
				chart.Marks[n-1].To = i
			} else {
				chart.Marks = append(chart.Marks, Mark{From: i, To: i, Label: c.say("paths.course")})
			}
		}
		density, returned, across = append(density, share(w.Density)), append(returned, share(w.Returned)), append(across, share(w.Across))
		t.Rows = append(t.Rows, []Cell{
			text(name), text(c.say("side." + string(w.Side))), count(w.Accounts), count(w.Unread), count(w.Ties), number(share(w.Density), why), number(share(w.Returned), why),
			number(share(w.Reciprocity), why), number(share(w.Across), why), number(share(w.Clustering), why), count(w.Isolates), count(w.Components),
		})
	}
	for _, x := range []struct {
		key    string
		values []Number
	}{{"head.density", density}, {"head.returned", returned}, {"head.across", across}} {
		name := strings.TrimSuffix(c.say(x.key), " (%)")
		chart.Series = append(chart.Series, Series{Name: name, Panel: name, Role: Actual, Values: x.values, Why: c.say("why.unread")})
	}
	if len(chart.Categories) > 1 {
		s.Blocks = append(s.Blocks, c.described(chart))
	}
	s.Blocks = append(s.Blocks, t)
	return s
}

// tied tells the ties of the two windows that are drawn.
func (c *courseReport) tied() string {
	of := func(w pipeline.Window) *impact.NetworkFigures {
		for i, f := range c.Cohesion.Windows {
			if f.Window.From.Equal(w.From) && f.Density.Known {
				return &c.Cohesion.Windows[i]
			}
		}
		return nil
	}
	before, after := of(c.Cohesion.Before.Window), of(c.Cohesion.After.Window)
	if before == nil || after == nil {
		return ""
	}
	share := func(v statistics.Value) string {
		if !v.Known {
			return c.say("unknown.short")
		}
		return c.percent(100*v.Number, 1)
	}
	return c.say("cohesion.tied", "before", c.span(before.Window), "after", c.span(after.Window), "accounts", after.Accounts, "ties_before", before.Ties, "ties_after", after.Ties,
		"density_before", share(before.Density), "density_after", share(after.Density), "returned_before", share(before.Returned), "returned_after", share(after.Returned),
		"isolates_before", before.Isolates, "isolates_after", after.Isolates)
}

// network is the graph before and after.
func (c *courseReport) network() (Chart, bool) {
	chart := Chart{ID: "network", Sheet: c.say("cohesion.sheet.network"), Title: c.say("cohesion.network"), Form: Network, Decimals: 2, Head: c.say("head.account"), Note: c.say("cohesion.network_note")}
	for i, n := range []impact.Network{c.Cohesion.Before, c.Cohesion.After} {
		if len(n.Nodes) == 0 || len(chart.Categories) > 0 && len(chart.Categories) != len(n.Nodes) {
			continue
		}
		// Side by side there is no room for the dates; they are in the description.
		one := Series{Name: c.span(n.Window), Panel: c.say([]string{"one.before", "one.after"}[i])}
		for _, node := range n.Nodes {
			one.Values = append(one.Values, known(node.Betweenness))
		}
		for _, t := range n.Ties {
			one.Ties = append(one.Ties, Tie{t.From, t.To, t.Weight})
		}
		if len(chart.Categories) == 0 {
			for _, node := range n.Nodes {
				name := string(node.Account)
				if a, ok := c.Register.Account(node.Account); ok {
					name = c.nameWithNetwork(a)
				}
				group := string(node.Group)
				if k := "group." + group; c.has(k) {
					group = c.say(k)
				}
				chart.Categories, chart.Groups = append(chart.Categories, name), append(chart.Groups, group)
			}
		}
		chart.Series = append(chart.Series, one)
	}
	return chart, len(chart.Series) > 0
}
