package reports

import (
	"cmp"
	"slices"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// letters name what has too long a name to stand in a chart.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// shortest is how many days something lasts that is shaded in a chart of months; what is shorter is a line in its first month.
const shortest = 28

// marks are what a reader must know of to read a chart over windows, which follow each other: courses from the first to the
// last session, and elections from call to polling, as shades; crises, events of the register and changes of the definitions
// of indicators by letters, which the legend explains. What touches none of the windows is left out.
func (b *builder) marks(windows []pipeline.Window, ids ...string) (marks []Mark, legend string) {
	within := func(from, to pipeline.Date) (first, last int, ok bool) {
		begin, end := from.In(b.zone), cmp.Or(to, from).AddDays(1).In(b.zone)
		first = slices.IndexFunc(windows, func(w pipeline.Window) bool { return w.From.Before(end) && begin.Before(w.To) })
		for last = len(windows) - 1; last > first && !windows[last].From.Before(end); last-- {
		}
		return first, last, first >= 0
	}
	shade := func(label string, from, to pipeline.Date) {
		if first, last, ok := within(from, to); ok {
			marks = append(marks, Mark{From: first, To: last, Label: label})
		}
	}
	for _, c := range b.Register.Courses {
		from, to := c.Start, c.End
		if n := len(c.Sessions); n > 0 {
			byDay := func(x, y pipeline.Session) int { return strings.Compare(x.Date.String(), y.Date.String()) }
			from, to = slices.MinFunc(c.Sessions, byDay).Date, slices.MaxFunc(c.Sessions, byDay).Date
		}
		shade(b.say("mark.course"), from, to)
	}
	for _, e := range b.Register.Calendar.Elections {
		shade(b.say("mark.election"), e.Call, e.Polling)
	}

	type happening struct {
		name     string
		from, to pipeline.Date
	}
	var all []happening
	for _, c := range b.Register.Calendar.Crises {
		all = append(all, happening{b.say("mark.crisis", "name", c.Name), c.Start, c.End})
	}
	for _, e := range b.Register.Events {
		all = append(all, happening{e.Name, e.Start, e.End})
	}
	for _, id := range ids {
		if d := b.definition(id); d.Version > 1 {
			all = append(all, happening{b.say("mark.definition", "name", b.name(id)), d.ValidFrom, d.ValidFrom})
		}
	}
	slices.SortStableFunc(all, func(x, y happening) int { return strings.Compare(x.from.String(), y.from.String()) })
	var names []string
	var months [][]string // in which each happened
	at := map[int]string{}
	for _, h := range all {
		first, last, ok := within(h.from, h.to)
		if !ok {
			continue
		}
		k := slices.Index(names, h.name)
		if k < 0 {
			if len(names) == len(letters) {
				continue
			}
			k, names, months = len(names), append(names, h.name), append(months, nil)
		}
		if letter, month := letters[k:k+1], b.monthShort(windows[first].From); !slices.Contains(months[k], month) {
			months[k] = append(months[k], month)
			if last > first && !h.to.Before(h.from.AddDays(shortest)) {
				marks = append(marks, Mark{From: first, To: last, Label: letter})
			} else {
				at[first] += letter
			}
		}
	}
	for i := range windows {
		if at[i] != "" {
			marks = append(marks, Mark{From: i, To: i, Label: at[i]})
		}
	}
	said := make([]string, len(names))
	for k, name := range names {
		said[k] = b.say("mark.legend", "letter", letters[k:k+1], "name", name, "months", b.list(months[k]))
	}
	return marks, strings.Join(said, " ")
}

// overTime finishes a chart whose categories are the report's months: it begins where something is known, bears the marks that
// concern it and its indicators, and is described.
func (m *monthly) overTime(c Chart, ids ...string) Chart {
	return m.described(m.marked(c.trimmed(), ids...))
}

// marked puts marks on a chart of the last months.
func (m *monthly) marked(c Chart, ids ...string) Chart {
	var legend string
	c.Marks, legend = m.marks(m.months[len(m.months)-len(c.Categories):], ids...)
	c.Note = strings.TrimSpace(c.Note + " " + legend)
	return c
}

// sparkline is an indicator of a unit over the report's months, as a small picture with its words.
func (m *monthly) sparkline(v values, id, unit string) Cell {
	c := Cell{Trend: make([]Number, len(m.months))}
	for i, w := range m.months {
		c.Trend[i] = v.number(id, unit, w)
	}
	first, last, low, high, ok := extremes(c.Trend)
	at := func(i int) string { return m.shown(id, c.Trend[i].Value) }
	switch {
	case !ok:
		return Cell{Why: m.why(v.at(id, unit, m.month))}
	case first == last:
		c.Text = m.say("trend.one", "value", at(first), "month", m.names[first])
	case low == high:
		c.Text = m.say("trend.flat", "value", at(first), "from", m.names[first], "to", m.names[last])
	default:
		c.Text = m.say("trend.text", "first", at(first), "last", at(last), "high", at(high), "month", m.names[high])
	}
	return c
}

// trendColumn is the column of an indicator's sparklines.
func (m *monthly) trendColumn(id string) Column {
	return Column{Title: m.say("head.trend", "name", m.name(id), "months", history), Kind: Trend, About: m.say("about.trend", "formula", m.definition(id).Formula[m.Language])}
}

// message says how an indicator of the institution stands to what it was, a year before if that is known, else a month before.
// Without either there is nothing to compare and it says so.
func (m *monthly) message(id string, windows ...pipeline.Window) string {
	now := m.institution.number(id, "", m.month)
	for _, w := range windows {
		then := m.institution.number(id, "", w)
		if !now.Known || !then.Known || !m.comparable(id) {
			continue
		}
		_, decimals := m.unit(id)
		key := "message." + id
		switch a, b := round(now.Value, decimals), round(then.Value, decimals); {
		case a > b:
			key += ".more"
		case a < b:
			key += ".less"
		default:
			key += ".same"
		}
		return m.say(key, "value", m.shown(id, now.Value), "then", m.shown(id, then.Value), "month", m.words.month(w.From.In(m.zone)))
	}
	return m.say("message.plain", "name", m.name(id))
}

// ruled says of a text on the month whether it tells of a change or of the usual ups and downs, where that is known.
func (m *monthly) ruled(text, id string) string {
	h, ok := m.ofInstitution(id)
	switch {
	case !ok || h.Movement() == statistics.TooFew:
		return text
	case changed(h.Movement()):
		return m.say("changed.beyond", "text", text)
	}
	return m.say("changed.within", "text", text)
}
