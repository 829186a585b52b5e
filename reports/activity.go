package reports

import (
	"context"
	"math"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// kinds are the figures of publications by kind.
var kinds = [...]struct{ id, name string }{{"own_posts", "kind.own"}, {"replies_sent", "kind.reply"}, {"reposts_made", "kind.repost"}}

// activity is what the institution published.
func (m *monthly) activity(context.Context) (Section, error) {
	s := Section{ID: "activity", Title: m.say("activity.title")}
	series := m.series("posts")
	now, ok := series[history-1].get()
	if !ok {
		return s, nil
	}
	columns := Chart{ID: "posts-by-month", Sheet: m.say("activity.sheet.months"), Title: m.activityMessage(), Form: Stacked,
		Head: m.say("head.month"), Categories: m.names, Unit: m.say("unit.posts")}
	var totals [len(kinds)]int64
	for i, k := range kinds {
		values := m.series(k.id)
		totals[i] = int64(values[history-1].Value)
		columns.Series = append(columns.Series, Series{Name: m.say(k.name), Role: Other, Values: values, Why: m.say("why.unread")})
	}
	s.Blocks = append(s.Blocks,
		Text(m.say("activity.text", "n", int64(math.Round(now)), "own", totals[0], "replies", totals[1], "reposts", totals[2])),
		m.described(columns.trimmed()))
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.departmentActivity())
	}
	return s, nil
}

// activityMessage says in which direction the month went, if it went anywhere, and whether that is a change.
func (m *monthly) activityMessage() string {
	than := m.words.month(m.before.From.In(m.zone))
	net, then, _ := m.net("posts", m.before)
	text := m.say("activity.same", "month", than)
	switch change, ok := relative(Number{then.Value + net.Value, net.Known}, then).get(); {
	case !ok:
		return m.say("activity.plain")
	case change >= 0.5:
		text = m.say("activity.more", "share", m.percent(change, 0), "month", than)
	case change <= -0.5:
		text = m.say("activity.less", "share", m.percent(-change, 0), "month", than)
	}
	h, _ := m.ofInstitution("posts")
	switch {
	case len(h.Months) == 0 || h.Movement() == statistics.TooFew:
		return text
	case changed(h.Movement()):
		return m.say("changed.beyond", "text", text)
	}
	return m.say("changed.within", "text", text)
}

func (m *monthly) departmentActivity() Table {
	t := Table{ID: "posts-by-department", Sheet: m.say("activity.sheet.departments"), Title: m.say("activity.departments"), Columns: []Column{
		{Title: m.say("head.department")}, {Title: m.say("kind.own"), Kind: Figures, About: m.definition("own_posts").Formula[m.Language]},
		{Title: m.say("kind.reply"), Kind: Figures, About: m.say("about.reply")}, {Title: m.say("kind.repost"), Kind: Figures, About: m.say("about.repost")},
		{Title: m.say("head.change_month"), Kind: Signed, About: m.say("about.change_own")}, {Title: m.say("head.change_year"), Kind: Signed, About: m.say("about.change_own")},
	}}
	for _, d := range m.Register.Departments {
		own := m.department.at("own_posts", d.ID, m.month)
		if own.Indicator == "" { // no account open
			continue
		}
		n := Number{own.Value, own.Known}
		row := []Cell{text(d.Name), number(n, m.why(own)), number(m.department.number("replies_sent", d.ID, m.month), m.why(own)), number(m.department.number("reposts_made", d.ID, m.month), m.why(own))}
		for _, w := range []pipeline.Window{m.before, m.lastYear} {
			row = append(row, Cell{Number: minus(n, m.department.number("own_posts", d.ID, w))})
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = sorted(t.Rows, 1, true)
	return t
}
