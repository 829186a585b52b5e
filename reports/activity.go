package reports

import (
	"context"
	"math"

	"presencia/pipeline"
)

// kindCount is an account's publications of one kind in a month.
type kindCount struct {
	Account string `ch:"account"`
	Kind    string `ch:"kind"`
	Window  uint32 `ch:"window"`
	N       uint64 `ch:"n"`
}

var postKinds = []pipeline.PostKind{pipeline.Own, pipeline.Reply, pipeline.Repost}

// activity is what the institution published.
func (m *monthly) activity(context.Context) (Section, error) {
	s := Section{ID: "activity", Title: m.say("activity.title")}
	series := m.series("posts")
	now, ok := series[history-1].get()
	if !ok {
		return s, nil
	}
	first := 0 // no empty years before the first month that is known
	for first < history-2 && !series[first].Known {
		first++
	}
	columns := Chart{ID: "posts-by-month", Sheet: m.say("activity.sheet.months"), Title: m.activityMessage(now, series[history-2]), Form: Stacked,
		Head: m.say("head.month"), Categories: m.names[first:], Unit: m.say("unit.posts")}
	totals := map[pipeline.PostKind]uint64{}
	for _, kind := range postKinds {
		values := make([]Number, 0, history)
		for i := first; i < history; i++ {
			n := m.published(kind, m.months[i], nil)
			values = append(values, Number{float64(n), series[i].Known})
			if i == history-1 {
				totals[kind] = n
			}
		}
		columns.Series = append(columns.Series, Series{Name: m.say("kind." + string(kind)), Role: Other, Values: values, Why: m.say("why.unread")})
	}
	s.Blocks = append(s.Blocks,
		Text(m.say("activity.text", "n", int64(math.Round(now)), "own", int64(totals[pipeline.Own]), "replies", int64(totals[pipeline.Reply]), "reposts", int64(totals[pipeline.Repost]))),
		m.described(columns))
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.departmentActivity())
	}
	return s, nil
}

// activityMessage says in which direction the month went, if it went anywhere.
func (m *monthly) activityMessage(now float64, before Number) string {
	than := m.words.month(m.before.From.In(m.zone))
	switch change, ok := relative(known(now), before).get(); {
	case !ok:
		return m.say("activity.plain")
	case change >= 0.5:
		return m.say("activity.more", "share", m.percent(change, 0), "month", than)
	case change <= -0.5:
		return m.say("activity.less", "share", m.percent(-change, 0), "month", than)
	}
	return m.say("activity.same", "month", than)
}

// published counts publications of a kind in a month, of all accounts or of those of a department.
func (m *monthly) published(kind pipeline.PostKind, w pipeline.Window, department *pipeline.Department) (n uint64) {
	for _, k := range m.kinds {
		if k.Kind != string(kind) || int64(k.Window) != w.From.Unix() {
			continue
		}
		a, ok := m.Register.Account(pipeline.AccountID(k.Account))
		if ok && m.read(a) || w != m.month {
			if department == nil || a.Department == department.ID {
				n += k.N
			}
		}
	}
	return n
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
		row := []Cell{text(d.Name), number(n, m.why(own))}
		for _, kind := range []pipeline.PostKind{pipeline.Reply, pipeline.Repost} {
			row = append(row, number(Number{float64(m.published(kind, m.month, &d)), own.Known}, m.why(own)))
		}
		for _, w := range []pipeline.Window{m.before, m.lastYear} {
			row = append(row, Cell{Number: minus(n, m.department.number("own_posts", d.ID, w))})
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = sorted(t.Rows, 1, true)
	return t
}
