package reports

import (
	"strconv"

	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// Of the curves of waits every second hour of a week is drawn.
const (
	waitStep = 2
	waitWeek = 168
)

// answered is how long citizens wait, before and after: curves in which silence counts as still waiting.
func (c *courseReport) answered() Section {
	s := Section{ID: "answers", Title: c.say("answers.title"), Blocks: []Block{Text(c.say("answers.text"))}}
	a := c.Answers
	chart := Chart{ID: "waits", Sheet: c.say("answers.sheet.chart"), Title: c.say("answers.chart"), Form: Steps, Unit: "%", Decimals: 1, Head: c.say("head.hours_waited")}
	for h := 0; h <= waitWeek; h += waitStep {
		chart.Categories = append(chart.Categories, strconv.Itoa(h))
	}
	t := Table{ID: "waits-table", Sheet: c.say("answers.sheet.table"), Title: c.say("answers.table"), Columns: []Column{
		{Title: c.say("chart.group")}, {Title: c.say("head.period")}, {Title: c.say("head.messages"), Kind: Figures}, {Title: c.say("head.answered"), Kind: Figures},
		{Title: c.say("head.median"), Kind: Figures, Decimals: 1}, c.figureColumn("within_day", 1), c.figureColumn("never", 1),
	}}
	for _, k := range a.Curves {
		role, period := Previous, c.say("one.before")
		if k.Side == impact.AfterCourse {
			role, period = Actual, c.say("one.after")
		}
		one := Series{Name: period, Panel: capital(c.say("group." + string(k.Group))), Role: role}
		at := 0
		for h := 0; h <= waitWeek; h += waitStep {
			for at+1 < len(k.Hours) && k.Hours[at+1] <= float64(h) {
				at++
			}
			one.Values = append(one.Values, known(100*k.Waiting[at]))
			one.Low, one.High = append(one.Low, known(100*k.Low[at])), append(one.High, known(100*k.High[at]))
		}
		chart.Series = append(chart.Series, one)
		share := func(v statistics.Value) Cell { return number(Number{100 * v.Number, v.Known}, c.say("why.nothing")) }
		t.Rows = append(t.Rows, []Cell{text(one.Panel), text(period), count(k.Messages), count(k.Answered), number(Number{k.Median.Number, k.Median.Known}, c.say("why.half_unanswered")), share(k.Within24), share(k.Never)})
	}
	if len(chart.Series) > 0 {
		s.Blocks = append(s.Blocks, c.described(chart), t)
	}
	var said []string
	for _, x := range []struct {
		key      string
		compared *statistics.Compared
		factor   float64
		unit     string
	}{{"answers.within_day", a.Within24, 100, c.say("unit.points")}, {"answers.hours", a.Hours, 1, "h"}} {
		if e := x.compared; e != nil {
			tell := func(v float64) string { return c.withUnit(c.signed(x.factor*v, 1), x.unit) }
			said = append(said, c.say(x.key, "effect", tell(e.Estimate), "low", tell(e.Low), "high", tell(e.High), "p", c.probability(e.Labels.P), "participants", e.N, "comparison", e.Others))
		}
	}
	for _, r := range a.Reasons {
		said = append(said, c.reason(r, impact.Result{}))
	}
	if a.LogRank.Known && a.OthersLogRank.Known {
		said = append(said, c.say("answers.log_rank", "p", c.probability(a.LogRank.Number), "other", c.probability(a.OthersLogRank.Number)))
	}
	if len(said) > 0 {
		s.Blocks = append(s.Blocks, List{Items: said})
	}
	if len(a.Curves) == 0 {
		s.Blocks = []Block{Note{Text: c.say("answers.none")}}
	}
	return s
}
