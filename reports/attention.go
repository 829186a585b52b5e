package reports

import (
	"context"

	"presencia/pipeline/indicator"
)

// attention is how citizens who wrote were attended. It is left out where no source shows messages.
func (m *monthly) attention(context.Context) (Section, error) {
	s := Section{ID: "attention", Title: m.say("attention.title")}
	received, ok := m.institution.number("messages_received", "", m.month).get()
	if !ok || received == 0 {
		return s, nil
	}
	rate, hours := m.institution.at("response_rate", "", m.month), m.institution.at("time_to_first_answer", "", m.month)
	s.Blocks = append(s.Blocks, Text(m.say("attention.received", "n", int64(received))))
	if rate.Known && hours.Known {
		s.Blocks = append(s.Blocks, Text(m.say("attention.text", "rate", m.percent(rate.Value, 1), "hours", m.shown("time_to_first_answer", hours.Value))))
	}
	if n := int64(received) - rate.N; n > 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("attention.undecided", "n", n)})
	}
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.fastest()...)
	}
	lines := Chart{ID: "attention-by-month", Sheet: m.say("attention.sheet.months"), Title: m.attentionMessage(hours), Form: Lines, Head: m.say("head.month"), Categories: m.names, Decimals: 1}
	for _, id := range []string{"response_rate", "time_to_first_answer"} {
		unit, _ := m.unit(id)
		name := m.name(id) + " (" + unit + ")"
		lines.Series = append(lines.Series, Series{Name: name, Panel: name, Role: Actual, Values: m.series(id), Why: m.say("why.unread")})
	}
	t := Table{ID: "attention-by-department", Sheet: m.say("attention.sheet.departments"), Title: m.say("attention.departments"), Columns: []Column{
		{Title: m.say("head.department")}, {Title: m.say("head.received"), Kind: Figures, About: m.say("about.received")},
		{Title: m.say("head.decided"), Kind: Figures, About: m.say("about.decided")},
		{Title: m.say("head.rate"), Kind: Figures, Decimals: 1, About: m.definition("response_rate").Formula[m.Language]},
		{Title: m.say("head.median"), Kind: Figures, Decimals: 1, About: m.definition("time_to_first_answer").Formula[m.Language]},
		{Title: m.say("head.p90"), Kind: Figures, Decimals: 1, About: m.say("about.p90")},
	}, Note: m.say("attention.note")}
	for _, d := range m.Register.Departments {
		if v := m.department.at("messages_received", d.ID, m.month); v.Value > 0 || v.Unknown > 0 {
			t.Rows = append(t.Rows, m.attended(d.Name, d.ID, m.department))
		}
	}
	t.Rows = sorted(t.Rows, 1, true)
	if len(t.Rows) > 1 {
		t.Rows, t.Total = append(t.Rows, m.attended(m.say("head.all"), "", m.institution)), true
	}
	s.Blocks = append(s.Blocks, m.described(lines.trimmed()), t)
	return s, nil
}

// attended is what became of the messages of a department, or of all.
func (m *monthly) attended(name, unit string, v values) []Cell {
	rate := v.at("response_rate", unit, m.month)
	decided := Number{float64(rate.N), v.at("messages_received", unit, m.month).Known}
	row := []Cell{text(name), number(v.number("messages_received", unit, m.month), m.say("why.no_messages")), number(decided, m.say("why.no_messages"))}
	for _, id := range []string{"response_rate", "time_to_first_answer", "time_to_first_answer_p90"} {
		why := m.say("why.undecided")
		if !decided.Known {
			why = m.say("why.no_messages")
		}
		row = append(row, number(v.number(id, unit, m.month), why))
	}
	return row
}

// attentionMessage says whether answers came sooner or later than a year before, or a month before, if that is known.
func (m *monthly) attentionMessage(now indicator.Value) string {
	if !now.Known {
		return m.say("attention.plain")
	}
	for _, w := range []struct {
		key string
		at  indicator.Value
	}{{"year", m.institution.at("time_to_first_answer", "", m.lastYear)}, {"month", m.institution.at("time_to_first_answer", "", m.before)}} {
		if !w.at.Known {
			continue
		}
		key := "attention.same"
		switch a, b := round(now.Value, 1), round(w.at.Value, 1); {
		case a < b:
			key = "attention.sooner"
		case a > b:
			key = "attention.later"
		}
		return m.say(key, "hours", m.shown("time_to_first_answer", now.Value), "then", m.shown("time_to_first_answer", w.at.Value), "month", m.words.month(w.at.Window.From.In(m.zone)))
	}
	return m.say("attention.plain")
}

// fastest names the department whose half is answered soonest, with at least five messages, if it is one alone.
func (m *monthly) fastest() []Block {
	const id = "time_to_first_answer"
	_, decimals := m.unit(id)
	var best indicator.Value
	alone := true
	for _, d := range m.Register.Departments {
		v := m.department.at(id, d.ID, m.month)
		switch {
		case !v.Known || v.N < 5:
		case !best.Known || round(v.Value, decimals) < round(best.Value, decimals):
			best, alone = v, true
		case round(v.Value, decimals) == round(best.Value, decimals):
			alone = false
		}
	}
	if !best.Known || !alone {
		return nil
	}
	return []Block{Text(m.say("attention.fastest", "department", m.departmentName(best.Unit), "hours", m.shown(id, best.Value), "n", best.N))}
}
