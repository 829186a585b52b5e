package reports

import (
	"context"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// attention is how citizens who wrote were attended. It is left out where no source shows messages.
func (m *monthly) attention(ctx context.Context) (Section, error) {
	s := Section{ID: "attention", Title: m.say("attention.title")}
	n, ok := m.institution.number("messages_received", "", m.month).get()
	if !ok || n == 0 {
		return s, nil
	}
	rate, hours := m.institution.at("response_rate", "", m.month), m.institution.at("time_to_first_answer", "", m.month)
	lines := Chart{ID: "attention-by-month", Sheet: m.say("attention.sheet.months"), Title: m.attentionMessage(hours), Form: Lines, Head: m.say("head.month"), Categories: m.names, Decimals: 1}
	for _, id := range []string{"response_rate", "time_to_first_answer"} {
		unit, _ := m.unit(id)
		name := m.name(id) + " (" + unit + ")"
		lines.Series = append(lines.Series, Series{Name: name, Panel: name, Role: Actual, Values: m.series(id), Why: m.say("why.unread")})
	}
	s.Blocks = append(s.Blocks, m.overTime(lines, "response_rate", "time_to_first_answer"), Text(m.say("attention.received", "n", int64(n))))
	if rate.Known && hours.Known {
		s.Blocks = append(s.Blocks, Text(m.say("attention.text", "rate", m.percent(rate.Value, 1), "hours", m.shown("time_to_first_answer", hours.Value))))
	}
	if language := m.institution.at("same_language_answers", "", m.month); language.Known {
		s.Blocks = append(s.Blocks, Text(m.say("attention.language", "n", language.N, "share", m.percent(language.Value, 0))))
	}
	var messages []received
	if err := m.query(ctx, &messages, "messages", m.month); err != nil {
		return s, err
	}
	late := m.outOfHours(messages)
	if n := late[""]; n.all > 0 {
		s.Blocks = append(s.Blocks, Text(m.say("attention.out_of_hours", "share", m.percent(n.share().Value, 0))))
	}
	if n := int64(n) - rate.N; n > 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("attention.undecided", "n", n)})
	}
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.fastest()...)
	}
	t := Table{ID: "attention-by-department", Sheet: m.say("attention.sheet.departments"), Title: m.say("attention.departments"), Columns: []Column{
		{Title: m.say("head.department")}, {Title: m.say("head.received"), Kind: Figures, About: m.say("about.received")},
		{Title: m.say("head.decided"), Kind: Figures, About: m.say("about.decided")},
		{Title: m.say("head.rate"), Kind: Figures, Decimals: 1, About: m.definition("response_rate").Formula[m.Language]},
		{Title: m.say("head.median"), Kind: Figures, Decimals: 1, About: m.definition("time_to_first_answer").Formula[m.Language]},
		{Title: m.say("head.p90"), Kind: Figures, Decimals: 1, About: m.say("about.p90")},
		{Title: m.say("head.out_of_hours"), Kind: Figures, About: m.say("about.out_of_hours")}, m.trendColumn("time_to_first_answer"),
	}, Note: m.say("attention.note")}
	for _, d := range m.Register.Departments {
		if v := m.department.at("messages_received", d.ID, m.month); v.Value > 0 || v.Unknown > 0 {
			t.Rows = append(t.Rows, m.attended(d.Name, d.ID, m.department, late))
		}
	}
	t.Rows = m.sorted(t.Rows, 1, true)
	if len(t.Rows) > 1 {
		t.Rows, t.Total = append(t.Rows, m.attended(m.say("head.all"), "", m.institution, late)), true
	}
	if c, ok := m.waits(messages); ok {
		s.Blocks = append(s.Blocks, c)
	}
	s.Blocks = append(s.Blocks, t)
	return s, nil
}

// attended is what became of the messages of a department, or of all.
func (m *monthly) attended(name, unit string, v values, late map[string]tally) []Cell {
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
	return append(row, number(late[unit].share(), m.say("why.no_hours")), m.sparkline(v, "time_to_first_answer", unit))
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

// received is a message of the month.
type received struct {
	Account  string  `ch:"account"`
	Received uint32  `ch:"received"`
	Decided  uint8   `ch:"decided"` // its week has passed
	Wait     *uint32 `ch:"wait"`    // seconds until the first answer; nil: none so far
}

// tally is some of all.
type tally struct{ some, all int }

func (t tally) share() Number {
	if t.all == 0 {
		return Number{}
	}
	return known(100 * float64(t.some) / float64(t.all))
}

// outOfHours counts the messages that came outside the hours of attention, by department and, without a name, in all. It is
// empty where the register has no such hours.
func (m *monthly) outOfHours(messages []received) map[string]tally {
	of := map[string]tally{}
	if len(m.Register.Calendar.WorkingHours) == 0 {
		return of
	}
	for _, x := range messages {
		a, ok := m.Register.Account(pipeline.AccountID(x.Account))
		if !ok {
			continue
		}
		attended := m.attends(time.Unix(int64(x.Received), 0))
		for _, unit := range []string{"", a.Department} {
			t := of[unit]
			if t.all++; !attended {
				t.some++
			}
			of[unit] = t
		}
	}
	return of
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// attends tells whether a moment lies in the register's hours of attention.
func (m *monthly) attends(t time.Time) bool {
	t = t.In(m.zone)
	if slices.ContainsFunc(m.Register.Calendar.Holidays, func(h pipeline.Holiday) bool { return h.Date == pipeline.DateOf(t) }) {
		return false
	}
	clock := func(s string) string { // of two digits, so that times compare as texts
		return strings.Repeat("0", max(0, 5-len(s))) + s
	}
	now := t.Format("15:04")
	return slices.ContainsFunc(m.Register.Calendar.WorkingHours, func(w pipeline.WorkingHours) bool {
		return slices.Contains(w.Days, weekdays[t.Weekday()]) && clock(w.From) <= now && now < clock(w.To)
	})
}

// waitClasses are the classes of waiting, each up to so many hours; what comes later, and what never came, are two more.
var waitClasses = []struct {
	key   string
	hours int
}{{"1h", 1}, {"4h", 4}, {"24h", 24}, {"3d", 72}, {"7d", 168}}

// waits is how long those who wrote had to wait, of the messages whose week has passed.
func (m *monthly) waits(messages []received) (c Chart, ok bool) {
	counts, all, soon := make([]int, len(waitClasses)+2), 0, 0
	for _, x := range messages {
		if v := m.account.at("response_rate", x.Account, m.month); x.Decided == 0 || v.N == 0 {
			continue
		}
		k := len(waitClasses) + 1
		if x.Wait != nil {
			k = len(waitClasses)
			for i := len(waitClasses) - 1; i >= 0; i-- {
				if int64(*x.Wait) < int64(waitClasses[i].hours)*3600 {
					k = i
				}
			}
		}
		counts[k]++
		if all++; k < 3 {
			soon++
		}
	}
	if all == 0 {
		return c, false
	}
	s := Series{Name: m.say("head.received"), Role: Actual}
	for i, n := range counts {
		key := "wait.never"
		switch {
		case i < len(waitClasses):
			key = "wait." + waitClasses[i].key
		case i == len(waitClasses):
			key = "wait.later"
		}
		c.Categories = append(c.Categories, m.say(key))
		s.Values = append(s.Values, known(n))
	}
	c.ID, c.Sheet, c.Form, c.Head, c.Unit = "waits", m.say("attention.sheet.waits"), Columns, m.say("head.wait"), m.say("unit.messages")
	c.Title = m.say("attention.waits", "soon", m.percent(100*float64(soon)/float64(all), 0), "never", m.percent(100*float64(counts[len(counts)-1])/float64(all), 0))
	c.Series, c.Note = []Series{s}, m.say("attention.waits.note")
	return m.described(c), true
}
