package reports

import (
	"context"

	"presencia/pipeline"
)

// audience is how many follow the institution. It is left out where no source tells.
func (m *monthly) audience(context.Context) (Section, error) {
	const id = "followers"
	s := Section{ID: "audience", Title: m.say("audience.title")}
	series := m.series(id)
	now, ok := series[history-1].get()
	if !ok {
		return s, nil
	}
	net, _, n := m.net(id, m.before)
	than := m.words.month(m.before.From.In(m.zone))
	message, detail := m.say("message.plain", "name", m.name(id)), ""
	if v, ok := net.get(); ok {
		detail = m.say("audience.net", "n", n, "change", m.signed(v, 0), "month", than)
		switch {
		case v > 0:
			message = m.say("audience.grew", "followers", m.format(v, 0), "month", than)
		case v < 0:
			message = m.say("audience.fell", "followers", m.format(-v, 0), "month", than)
		default:
			message = m.say("audience.same", "month", than)
		}
		message = m.ruled(message, judgedBy[id])
	}
	line := Chart{ID: "followers", Sheet: m.say("audience.sheet"), Title: message, Form: Lines, Head: m.say("head.month"), Categories: m.names,
		Series: []Series{{Name: m.name(id), Role: Actual, Values: series, Why: m.say("why.unread")}}, Note: m.say("audience.note")}
	s.Blocks = append(s.Blocks, m.overTime(line, id))
	if detail != "" {
		s.Blocks = append(s.Blocks, Text(detail))
	}
	if p := m.Register.Institution.Population; p > 0 {
		s.Blocks = append(s.Blocks, Text(m.say("audience.coverage", "rate", m.format(1000*now/float64(p), 1), "population", p)))
	}
	s.Blocks = append(s.Blocks, m.byPlatform(id, "followers-by-network", m.say("audience.sheet.networks"), m.say("audience.networks")))
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.byDepartment(id, "followers-by-department", m.say("audience.sheet.departments"), m.say("audience.departments")))
	}
	return s, nil
}

// net is the change of a sum since another month, over the accounts that are known in both: were others counted, an
// account that could not be read would pass for a loss. n says how many accounts that are, then what they had then.
func (m *monthly) net(id string, since pipeline.Window) (net, then Number, n int) {
	for _, a := range m.accounts {
		now, ok := m.account.number(id, string(a.ID), m.month).get()
		before, ok2 := m.account.number(id, string(a.ID), since).get()
		if ok && ok2 {
			net.Value, then.Value, n = net.Value+now-before, then.Value+before, n+1
		}
	}
	net.Known, then.Known = n > 0, n > 0
	return net, then, n
}

// byPlatform is an indicator by network, with the month before and the same month of last year.
func (m *monthly) byPlatform(id, table, sheet, title string) Table {
	_, decimals := m.unit(id)
	t := Table{ID: table, Sheet: sheet, Title: title, Columns: m.compared(m.say("head.network"), id, decimals)}
	for _, p := range m.platformsInUse() {
		if v := m.platform.at(id, string(p), m.month); v.N+v.Unknown > 0 { // a blog has no followers
			t.Rows = append(t.Rows, m.comparedRow(m.platformName(string(p)), m.platform, id, string(p)))
		}
	}
	t.Rows = m.sorted(t.Rows, 1, true)
	return t
}

// byDepartment is an indicator by department, with the month before, the same month of last year and the way between.
func (m *monthly) byDepartment(id, table, sheet, title string) Table {
	_, decimals := m.unit(id)
	t := Table{ID: table, Sheet: sheet, Title: title, Columns: append(m.compared(m.say("head.department"), id, decimals), m.trendColumn(id))}
	for _, d := range m.Register.Departments {
		if v := m.department.at(id, d.ID, m.month); v.N+v.Unknown > 0 {
			t.Rows = append(t.Rows, append(m.comparedRow(d.Name, m.department, id, d.ID), m.sparkline(m.department, id, d.ID)))
		}
	}
	t.Rows = m.sorted(t.Rows, 1, true)
	return t
}

// compared are the columns of a table that sets a month against two others.
func (m *monthly) compared(head, id string, decimals int) []Column {
	column := func(w pipeline.Window) Column {
		return Column{Title: m.monthShort(w.From.In(m.zone)), Kind: Figures, Decimals: decimals, About: m.definition(id).Formula[m.Language]}
	}
	return []Column{
		{Title: head}, column(m.month), column(m.before),
		{Title: m.say("head.change_month"), Kind: Signed, Decimals: decimals}, column(m.lastYear),
		{Title: m.say("head.change_year"), Kind: Signed, Decimals: decimals},
	}
}

func (m *monthly) comparedRow(name string, v values, id, unit string) []Cell {
	row := []Cell{text(name)}
	now := v.number(id, unit, m.month)
	row = append(row, number(now, m.why(v.at(id, unit, m.month))))
	for _, w := range []pipeline.Window{m.before, m.lastYear} {
		then := v.number(id, unit, w)
		change := Cell{Number: minus(now, then)}
		if !m.comparable(id) {
			change = Cell{Why: m.say("why.ages")}
		}
		row = append(row, number(then, m.why(v.at(id, unit, w))), change)
	}
	return row
}
