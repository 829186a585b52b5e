package reports

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// headline are the indicators of the summary's tiles, in order of preference; the first five that are known are shown.
var headline = []string{"posts", "followers", "interactions_per_post", "response_rate", "compliance", "time_to_first_answer", "accounts_active", "own_posts"}

// summary is the page for who has two minutes.
func (m *monthly) summary() Section {
	s := Section{ID: "summary", Title: m.say("summary.title")}
	var tiles Tiles
	var unknown []string
	for _, id := range headline {
		v := m.institution.at(id, "", m.month)
		switch {
		case !v.Known:
			unknown = append(unknown, m.say("summary.unknown", "name", m.name(id), "why", m.why(v)))
		case len(tiles) < 5:
			tiles = append(tiles, m.tile(id))
		}
	}
	if len(tiles) > 0 {
		s.Blocks = append(s.Blocks, tiles)
	}
	changed, same, short := m.movements()
	if len(changed) > 0 {
		s.Blocks = append(s.Blocks, List{m.say("summary.changed"), changed})
	}
	if len(same) > 0 {
		s.Blocks = append(s.Blocks, List{m.say("summary.same"), []string{m.say("summary.within", "names", m.list(same))}})
	}
	unknown = append(unknown, short...)
	unknown = append(unknown, m.blindSpots()...)
	if len(unknown) > 0 {
		s.Blocks = append(s.Blocks, List{m.say("summary.not_known"), unknown})
	}
	if alerts := m.alerts(); len(alerts) > 0 {
		s.Blocks = append(s.Blocks, List{m.say("summary.alerts"), alerts})
	}
	return s
}

// tile is an indicator with its changes.
func (m *monthly) tile(id string) Tile {
	unit, decimals := m.unit(id)
	t := Tile{Label: m.name(id), Value: m.institution.number(id, "", m.month), Unit: unit, Decimals: decimals}
	if id == "interactions_per_post" {
		t.Detail = m.className()
	}
	for _, w := range []pipeline.Window{m.before, m.lastYear} {
		c := Change{Label: m.say("change.than", "month", m.words.month(w.From.In(m.zone)))}
		then := m.institution.number(id, "", w)
		c.Value = minus(t.Value, then)
		if m.adds(id) {
			c.Value, then, _ = m.net(id, w)
		}
		switch {
		case !m.comparable(id):
			c.Value, c.Why = Number{}, m.say("why.ages")
		case !c.Value.Known:
			c.Why = m.say("why.no_comparison")
		case decimals == 0 && c.Value.Value != 0:
			c.Relative = relative(Number{then.Value + c.Value.Value, true}, then)
		}
		if r := round(c.Value.Value, decimals); c.Value.Known && r != 0 {
			c.Good = m.definition(id).Direction * int(math.Copysign(1, r))
		}
		t.Changes = append(t.Changes, c)
	}
	return t
}

// comparable: figures of posts at their newest reading are of different ages, and older posts have had longer.
func (m *monthly) comparable(id string) bool {
	return id != "interactions_per_post" || m.class != indicator.Newest
}

// movements sorts the indicators into those that left the limits in which they have moved in the last twelve months, and
// those that did not. Two points never make a change.
func (m *monthly) movements() (changed, same, short []string) {
	least := -1
	var partial []string
	for _, id := range headline {
		if !m.comparable(id) {
			continue
		}
		all, name := m.wellKnown(id), m.name(id)
		show := func(v float64) string { return m.shown(id, v) }
		stock := m.definition(id).Kind == indicator.Stock
		if stock { // it grows all the time; what may be unusual is by how much
			all, name = steps(all), m.say("summary.step", "name", lower(name))
			show = func(v float64) string { return m.signed(v, 0) }
		}
		now, ok := all[history-1].get()
		if !ok {
			if m.institution.at(id, "", m.month).Known {
				partial = append(partial, lower(name))
			}
			continue
		}
		low, high, n, ok := usual(all[history-13 : history-1])
		if !ok {
			if least < 0 || n < least {
				least = n
			}
			continue
		}
		if !stock {
			low = max(low, 0)
		}
		if unit, _ := m.unit(id); unit == "%" {
			high = min(high, 100)
		}
		key := "summary.above"
		switch {
		case now > high:
		case now < low:
			key = "summary.below"
		default:
			same = append(same, lower(name))
			continue
		}
		changed = append(changed, m.say(key, "name", name, "value", show(now), "low", show(low), "high", show(high)))
	}
	if len(partial) > 0 {
		short = append(short, m.say("summary.partial", "names", m.list(partial)))
	}
	if least >= 0 {
		short = append(short, m.say("summary.short", "n", least))
	}
	return changed, same, short
}

// wellKnown is an indicator over the months. Months in which more than a tenth of what adds up to a sum is missing are
// left out; a share or median does not suffer so.
func (m *monthly) wellKnown(id string) []Number {
	s := m.series(id)
	for i, w := range m.months {
		if m.adds(id) && m.institution.at(id, "", w).Coverage() < 0.9 {
			s[i] = Number{}
		}
	}
	return s
}

// adds tells whether an indicator is a sum over accounts.
func (m *monthly) adds(id string) bool {
	k := m.definition(id).Kind
	return k == indicator.Count || k == indicator.Stock
}

// steps are the changes from month to month.
func steps(months []Number) []Number {
	s := make([]Number, len(months))
	for i := 1; i < len(months); i++ {
		s[i] = minus(months[i], months[i-1])
	}
	return s
}

// blindSpots are what the report cannot see.
func (m *monthly) blindSpots() (spots []string) {
	if names := m.unread(); len(names) > 0 {
		spots = append(spots, m.say("summary.unread", "n", len(names), "names", m.some(names)))
	}
	var evaluable, not uint64
	for _, v := range m.verdicts {
		if r, _ := m.rule(v.Rule); r.Rhythm == "" { // else a person has yet to look, and no network is to blame
			evaluable, not = evaluable+v.Evaluable, not+v.NotEvaluable
		}
	}
	if not > 0 {
		spots = append(spots, m.say("summary.not_evaluable", "n", int64(not), "share", m.percent(100*float64(not)/float64(evaluable+not), 0)))
	}
	return spots
}

func (m *monthly) unread() (names []string) {
	for _, a := range m.accounts {
		if !m.read(a) {
			names = append(names, accountName(a))
		}
	}
	return names
}

// some names the first few of many.
func (m *monthly) some(names []string) string {
	const most = 5
	if len(names) <= most+1 {
		return m.list(names)
	}
	return m.say("list.more", "names", strings.Join(names[:most], ", "), "n", len(names)-most)
}

// alerts are what somebody has to look at.
func (m *monthly) alerts() (alerts []string) {
	var failing, silent []string
	for _, a := range m.accounts {
		r := m.readings[string(a.ID)]
		if r.State == "failed" {
			failing = append(failing, accountName(a))
		}
		if v, ok := m.account.number("posts", string(a.ID), m.month).get(); ok && v == 0 {
			silent = append(silent, accountName(a))
		}
	}
	if len(failing) > 0 {
		alerts = append(alerts, m.say("alert.failing", "n", len(failing), "names", m.some(failing)))
	}
	if len(silent) > 0 {
		alerts = append(alerts, m.say("alert.silent", "n", len(silent), "names", m.some(silent)))
	}
	failed := map[string]int64{}
	for _, v := range m.verdicts {
		failed[v.Rule] += int64(v.Evaluable - v.Passed)
	}
	for _, r := range m.Rules {
		if r.Severity == "crit" && failed[r.ID] > 0 {
			alerts = append(alerts, m.say("alert.critical", "n", failed[r.ID], "rule", m.ruleTitle(r)))
		}
	}
	if name := m.slowest(); name != "" {
		alerts = append(alerts, m.say("alert.slow", "department", name))
	}
	return alerts
}

// slowest is the department that lets half of its messages wait for a week.
func (m *monthly) slowest() string {
	const week = 168
	for _, d := range m.Register.Departments {
		if v := m.department.at("time_to_first_answer", d.ID, m.month); v.Known && v.N >= 5 && v.Value >= week {
			return d.Name
		}
	}
	return ""
}

func lower(s string) string {
	for i, r := range s {
		return strings.ToLower(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// sorted orders rows by a number, unknown ones last, then by name.
func sorted(rows [][]Cell, column int, descending bool) [][]Cell {
	slices.SortStableFunc(rows, func(a, b []Cell) int {
		x, ok := a[column].Number.get()
		y, ok2 := b[column].Number.get()
		switch {
		case ok != ok2:
			if ok {
				return -1
			}
			return 1
		case descending:
			x, y = y, x
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a[0].Text, b[0].Text))
	})
	return rows
}

// ageClass names the class in keys of the catalogue.
func (m *monthly) ageClass() string { return cmp.Or(string(m.class), "newest") }

func (m *monthly) className() string {
	return m.say("class." + m.ageClass())
}
