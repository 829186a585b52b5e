package reports

import (
	"cmp"
	"slices"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// headline are the indicators of the summary's tiles, in order of preference; the first five that are known are shown.
var headline = []string{"posts", "followers", "interactions_per_post", "response_rate", "compliance", "time_to_first_answer", "accounts_active", "own_posts"}

// So many of each kind fit on the page; the sections have the rest.
const (
	mostTold    = 4
	mostUnknown = 4
	mostAlerts  = 4
)

// summary is the page for who has two minutes: the message, what it rests on, five figures, then what changed, what did not, what
// is not known and what somebody has to look at.
func (m *monthly) summary() Section {
	s := Section{ID: "summary", Title: m.say("summary.title"), Blocks: []Block{Text(strings.Join(m.news(), " ")), Text(m.rests())}}
	var tiles Tiles
	missing := map[string][]string{} // by reason
	var reasons []string
	for _, id := range headline {
		v := m.institution.at(id, "", m.month)
		switch {
		case !v.Known:
			why := m.why(v)
			if missing[why] == nil {
				reasons = append(reasons, why)
			}
			missing[why] = append(missing[why], lower(m.name(id)))
		case len(tiles) < 5:
			tiles = append(tiles, m.tile(id))
		}
	}
	if len(tiles) > 0 {
		s.Blocks = append(s.Blocks, tiles)
	}
	told, same, short := m.movements()
	list := func(title string, items []string, most int, more string) {
		if n := len(items) - most; n > 0 {
			items = append(slices.Clone(items[:most]), m.say("summary.more", "n", n, "section", more))
		}
		if len(items) > 0 {
			s.Blocks = append(s.Blocks, List{title, items})
		}
	}
	list(m.say("summary.changed"), told, mostTold, m.say("changed.title"))
	list(m.say("changed.lasting"), m.lasting(), mostTold, m.say("changed.title"))
	if len(same) > 0 {
		list(m.say("summary.same"), []string{m.say("summary.within", "names", capital(m.list(same)))}, 1, "")
	}
	var unknown []string
	for _, why := range reasons {
		unknown = append(unknown, m.say("summary.unknown", "names", capital(m.list(missing[why])), "why", why))
	}
	list(m.say("summary.not_known"), slices.Concat(unknown, m.blindSpots(), short), mostUnknown, m.say("changed.title"))
	list(m.say("summary.alerts"), m.alerts(), mostAlerts, m.say("compliance.title"))
	return s
}

// news is the message of the month: whether anything changed, and whether people wait longer than they did.
func (m *monthly) news() (said []string) {
	month, observed := m.words.month(m.month.From.In(m.zone)), m.state.Observed.In(m.zone)
	first := m.state.First
	if first.Unix() <= 0 || m.state.Begun.Before(first) {
		first = m.state.Begun
	}
	switch {
	case len(m.accounts) == 0:
		return []string{m.say("presence.none", "month", month)}
	case !m.month.From.Before(observed):
		return []string{m.say("news.future", "month", capital(month), "date", m.date(pipeline.DateOf(observed)))}
	case !m.month.To.After(first):
		return []string{m.say("news.past", "month", capital(month), "date", m.date(pipeline.DateOf(first.In(m.zone))))}
	}
	if !slices.ContainsFunc(headline, func(id string) bool { return m.institution.at(id, "", m.month).Known }) {
		return []string{m.say("news.unknown", "month", month)}
	}
	var better, worse, moved []string
	judged := false
	for _, h := range m.histories(indicator.Institution) {
		name, v := lower(m.name(h.Indicator.ID)), h.Movement()
		judged = judged || v != statistics.TooFew
		switch v {
		case statistics.Better:
			better = append(better, name)
		case statistics.Worse:
			worse = append(worse, name)
		case statistics.Moved:
			moved = append(moved, name)
		}
	}
	switch {
	case m.month.To.After(observed):
		said = append(said, m.say("news.unfinished", "month", month, "date", m.date(pipeline.DateOf(observed))))
	case !judged:
		said = append(said, m.say("news.unjudged", "month", month))
	case len(better) > 0 && len(worse) > 0:
		said = append(said, m.say("news.both", "month", month, "better", m.list(better), "worse", m.list(worse)))
	case len(better) > 0:
		said = append(said, m.say("news.better", "n", len(better), "month", month, "names", m.list(better)))
	case len(worse) > 0:
		said = append(said, m.say("news.worse", "n", len(worse), "month", month, "names", m.list(worse)))
	case len(moved) > 0:
		said = append(said, m.say("news.moved", "n", len(moved), "month", month, "names", m.list(moved)))
	default:
		said = append(said, m.say("news.nothing", "month", month))
	}
	if now := m.institution.at("time_to_first_answer", "", m.month); now.Known {
		said = append(said, m.say("sentence.full", "text", m.attentionMessage(now)))
	}
	return said
}

// rests is what the page rests on.
func (m *monthly) rests() string {
	read, gaps := m.covered()
	key := "summary.rests"
	if gaps > 0 {
		key = "summary.rests_gaps"
	}
	return m.say(key, "n", len(m.accounts), "read", read, "gaps", gaps, "date", m.date(pipeline.DateOf(m.state.Observed.In(m.zone))))
}

// tile is an indicator with the verdict on it, and its changes, which are numbers and judge nothing.
func (m *monthly) tile(id string) Tile {
	unit, decimals := m.unit(id)
	t := Tile{Label: m.name(id), Value: m.institution.number(id, "", m.month), Unit: unit, Decimals: decimals, Source: m.institution.at(id, "", m.month)}
	if id == "interactions_per_post" {
		t.Detail = m.className()
	}
	by := cmp.Or(judgedBy[id], id)
	t.Verdict, t.Usual = statistics.TooFew, m.say("why.ages")
	if h, ok := m.ofInstitution(by); ok {
		t.Verdict = h.Movement()
		switch {
		case t.Verdict == statistics.TooFew:
			t.Usual = m.ruling(h)
		case by != id:
			t.Usual = m.say("summary.gained", "value", m.shown(by, h.Last().Value), "usual", m.usual(h))
		default:
			t.Usual = m.usual(h)
		}
	}
	for _, w := range []pipeline.Window{m.before, m.lastYear} {
		c := Change{Label: m.say("change.than", "month", m.words.month(w.From.In(m.zone)))}
		then := m.institution.number(id, "", w)
		c.Value, c.Source = minus(t.Value, then), m.institution.at(id, "", w)
		if m.adds(id) {
			c.Value, then, _ = m.net(id, w)
			c.Source = indicator.Value{} // accounts that are known in both
		}
		switch {
		case !m.comparable(id):
			c.Value, c.Why = Number{}, m.say("why.ages")
		case !c.Value.Known:
			c.Why = m.say("why.no_comparison")
		case decimals == 0 && c.Value.Value != 0:
			c.Relative = relative(Number{then.Value + c.Value.Value, true}, then)
		}
		t.Changes = append(t.Changes, c)
	}
	return t
}

// comparable: figures of posts at their newest reading are of different ages, and older posts have had longer.
func (m *monthly) comparable(id string) bool {
	return id != "interactions_per_post" || m.class != indicator.Newest
}

// movements sorts the indicators of the institution into those that really changed, those that did not, and those of which
// there is too little to say. A difference of two months makes no change.
func (m *monthly) movements() (told, same, short []string) {
	var few []indicator.History
	for _, h := range m.histories(indicator.Institution) {
		id := h.Indicator.ID
		switch v := h.Movement(); v {
		case statistics.TooFew:
			if !slices.Contains(headline, id) || h.Lack() != indicator.Unknown { // else it is told with its reason
				few = append(few, h)
			}
		case statistics.Same:
			same = append(same, lower(m.name(id)))
		default:
			told = append(told, m.say("summary.told", "verdict", m.movement(v), "name", m.name(id), "value", m.shown(id, h.Last().Value),
				"usual", m.usual(h), "month", m.since(h)))
		}
	}
	if len(told) == 0 && len(same) > 0 {
		told = []string{m.say("summary.nothing")}
	}
	if n, up, down := m.departmentsMoved(); n > 0 {
		told = append(told, m.say("summary.departments", "n", n, "better", up, "worse", down, "section", m.say("changed.title")))
	}
	short = m.lacking(few)
	for _, id := range watched {
		if !m.comparable(id) {
			short = append(short, m.say("changed.few.ages", "names", lower(m.name(id))))
		}
	}
	return told, same, short
}

// departmentsMoved counts the departments in which something really changed, and what it was.
func (m *monthly) departmentsMoved() (n, better, worse int) {
	units := map[string]bool{}
	for _, h := range m.histories(indicator.Department) {
		switch h.Movement() {
		case statistics.Better:
			better, units[h.Unit] = better+1, true
		case statistics.Worse:
			worse, units[h.Unit] = worse+1, true
		}
	}
	return len(units), better, worse
}

// adds tells whether an indicator is a sum over accounts.
func (m *monthly) adds(id string) bool {
	k := m.definition(id).Kind
	return k == indicator.Count || k == indicator.Stock
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
func (w *words) sorted(rows [][]Cell, column int, descending bool) [][]Cell {
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
		return cmp.Or(cmp.Compare(x, y), w.compare(a[0].Text, b[0].Text))
	})
	return rows
}

// ageClass names the class in keys of the catalogue.
func (m *monthly) ageClass() string { return cmp.Or(string(m.class), "newest") }

func (m *monthly) className() string {
	return m.say("class." + m.ageClass())
}
