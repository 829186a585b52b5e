package reports

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// Which indicators are judged by their own routine variation. Those of every department and account are fewer: each more
// series is one more chance of an alarm that means nothing.
var (
	watched = []string{
		"posts", "own_posts", "followers_gained", "interactions_per_post", "response_rate", "time_to_first_answer", "compliance", "accounts_active",
		"compliance_spread", "response_time_spread", "mention_density",
	}
	everywhere = []string{"own_posts", "followers_gained", "interactions_per_post", "response_rate", "time_to_first_answer", "compliance"}
)

// judgedBy is the indicator by which another is judged: an audience drags on, and only what it gains in a month can be unusual.
var judgedBy = map[string]string{"followers": "followers_gained"}

// Of values in which nothing happens, so many are taken for a change; see [statistics.Behave].
const (
	rarelyByChance = 0.01
	oftenByChance  = 0.025
)

// mostPanels is how many indicators the section draws.
const mostPanels = 6

// look is what is asked for at a level: indicators of which some are judged. Of all its months the workbook keeps some.
type look struct {
	level  indicator.Level
	keep   []pipeline.Window
	judge  []string
	others []string
	found  *values
}

// lookBack asks at once for what is looked at, over all months of the histories, and judges it.
func (m *monthly) lookBack(ctx context.Context, looks ...look) error {
	var questions []indicator.Question
	for _, l := range looks {
		questions = append(questions, indicator.Question{Level: l.level, Set: m.set(slices.Concat(l.judge, l.others)...)})
	}
	months := indicator.Months(m.month, m.zone)
	answers, err := indicator.Answers(ctx, m.Querier, questions, months, indicator.Options{AgeClass: m.class})
	if err != nil {
		return err
	}
	for k, l := range looks {
		for _, v := range answers[k] {
			if slices.ContainsFunc(l.keep, func(w pipeline.Window) bool { return w.From.Equal(v.Window.From) }) {
				m.values = append(m.values, v)
			}
		}
		judge := slices.DeleteFunc(slices.Clone(l.judge), func(id string) bool { return !m.comparable(id) })
		for _, h := range indicator.Histories(m.set(judge...), answers[k], months, m.state.Observed) {
			if h.Last().Indicator != "" && !m.closing(h) {
				m.judged = append(m.judged, h)
			}
		}
		*l.found = index(answers[k])
	}
	return nil
}

// closing tells whether a history is that of an account that was closed in the month, of which it has a part only.
func (m *monthly) closing(h indicator.History) bool {
	a, ok := m.Register.Account(pipeline.AccountID(h.Unit))
	return h.Level == indicator.Account && ok && !a.Closed.IsZero() && m.month.Contains(a.Closed.In(m.zone))
}

// ofInstitution is the history of an indicator of the whole institution.
func (m *monthly) ofInstitution(id string) (indicator.History, bool) {
	i := slices.IndexFunc(m.judged, func(h indicator.History) bool { return h.Level == indicator.Institution && h.Indicator.ID == id })
	if i < 0 {
		return indicator.History{}, false
	}
	return m.judged[i], true
}

// histories are those of a level, in the order of the watched indicators, then of the units.
func (m *monthly) histories(level indicator.Level) (some []indicator.History) {
	for _, h := range m.judged {
		if h.Level == level {
			some = append(some, h)
		}
	}
	slices.SortStableFunc(some, func(a, b indicator.History) int {
		return slices.Index(watched, a.Indicator.ID) - slices.Index(watched, b.Indicator.ID)
	})
	return some
}

// changed tells whether a movement is a change.
func changed(v statistics.Movement) bool {
	return v != statistics.Same && v != statistics.TooFew
}

var icons = map[statistics.Movement]string{statistics.Better: "▲", statistics.Same: "=", statistics.Worse: "▼", statistics.Moved: "◆", statistics.TooFew: "?"}

// movement is a verdict as it is written everywhere: an icon and a word.
func (w *words) movement(v statistics.Movement) string {
	if v == "" {
		return ""
	}
	return icons[v] + "\u00a0" + w.say("change."+string(v))
}

// judgement is a verdict in a table.
func (w *words) judgement(v statistics.Movement) Cell { return Cell{Text: w.movement(v), Verdict: v} }

// usual says what was usual for the month. A limit that rounds to the value is written more exactly, or nobody would see on
// which side of it the value lies.
func (m *monthly) usual(h indicator.History) string {
	low, high, ok := m.usually(h)
	if !ok {
		return ""
	}
	return m.say("changed.usual", "low", low, "high", high)
}

// usually are the limits between which the month usually lies, as they are written.
func (m *monthly) usually(h indicator.History) (from, to string, ok bool) {
	_, low, high, ok := h.Usual(len(h.Months) - 1)
	if !ok {
		return "", "", false
	}
	unit, decimals := m.unit(h.Indicator.ID)
	value := h.Last().Value
	shown := func(limit float64) string {
		d := decimals
		for limit != value && d < decimals+3 && round(limit, d) == round(value, decimals) {
			d++
		}
		return m.withUnit(m.format(limit, d), unit)
	}
	return shown(low), shown(high), true
}

// ruling says which rule judged the month, or what is lacking.
func (m *monthly) ruling(h indicator.History) string {
	if why := h.Lack(); why != "" {
		if why == indicator.Unknown {
			return m.why(h.Last())
		}
		return m.say("changed.lack."+string(why), "n", h.Counted(), "least", statistics.MinPoints)
	}
	side := ".below"
	if h.Behaviour.Points[len(h.Months)-1].Above {
		side = ".above"
	}
	var rules []string
	for _, s := range h.Signals() {
		rules = append(rules, m.say("changed.rule."+string(s)+side))
	}
	if len(rules) == 0 {
		return m.say("changed.rule.none")
	}
	return strings.Join(rules, "; ")
}

// since is the month with which the state began.
func (m *monthly) since(h indicator.History) string {
	if i := h.Since(); i >= 0 {
		return strings.ReplaceAll(m.monthShort(h.Months[i].Window.From), " ", "\u00a0")
	}
	return ""
}

// changes is what really changed, for readers who would otherwise take each month's ups and downs for news. The page tells the
// changes; the workbook has every verdict.
func (m *monthly) changes() Section {
	s := Section{ID: "changes", Title: m.say("changed.title")}
	if len(m.judged) == 0 {
		return s
	}
	tally := map[statistics.Movement]int{}
	for _, h := range m.judged {
		tally[h.Movement()]++
	}
	all := m.verdictTable("verdicts", slices.Concat(m.histories(indicator.Institution), m.histories(indicator.Department), m.histories(indicator.Account)), true)
	all.Sheet, all.Title, all.Workbook = m.say("changed.sheet.all"), m.say("changed.all"), true
	n, decimals := len(m.judged)-tally[statistics.TooFew], 0
	if n < 200 {
		decimals = 1
	}
	if n == 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("changed.nothing") + " " + strings.Join(m.lacking(m.histories(indicator.Institution)), " ")}, all)
		return s
	}
	whole := m.verdictTable("verdicts-institution", m.histories(indicator.Institution), false)
	whole.Sheet, whole.Title, whole.Note = m.say("changed.sheet.institution"), m.say("head.all"), m.adjusted()
	s.Blocks = append(s.Blocks, Text(m.say("changed.how")), whole)
	if c, ok := m.limits(); ok {
		s.Blocks = append(s.Blocks, c)
	}
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.departmentChanges())
	}
	s.Blocks = append(s.Blocks, m.accountChanges(), Note{Text: m.say("changed.tally", "n", n, "better", tally[statistics.Better],
		"worse", tally[statistics.Worse], "same", tally[statistics.Same], "few", tally[statistics.TooFew]) + " " +
		m.say("changed.chance", "low", m.format(rarelyByChance*float64(n), decimals), "high", m.format(oftenByChance*float64(n), decimals))}, all)
	return s
}

// verdictTable is a table of verdicts with what they rest on. With units it names them.
func (m *monthly) verdictTable(id string, rows []indicator.History, units bool) Table {
	t := Table{ID: id}
	if units {
		t.Columns = []Column{{Title: m.say("head.who")}, {Title: m.say("head.level"), Sheet: true}}
	}
	figure := func(key string) Column {
		return Column{Title: m.say("head." + key), Kind: Figures, Decimals: 1, About: m.say("about." + key)}
	}
	t.Columns = append(t.Columns, Column{Title: m.say("head.indicator")}, Column{Title: m.say("head.judgement"), About: m.say("about.judgement")},
		Column{Title: m.say("head.value"), Kind: Figures, Decimals: 1, About: m.say("about.value")}, figure("centre"), figure("low"), figure("high"),
		Column{Title: m.say("head.since"), About: m.say("about.since")}, Column{Title: m.say("head.ruling"), About: m.say("about.ruling")},
		Column{Title: m.say("head.months"), Kind: Figures, About: m.say("about.months"), Sheet: true},
		Column{Title: m.say("head.season"), Kind: Signed, Decimals: 1, About: m.say("about.season"), Sheet: true})
	for _, h := range rows {
		var row []Cell
		if units {
			row = []Cell{text(m.unitName(h)), text(m.say("level." + string(h.Level)))}
		}
		last, unit, decimals := len(h.Months)-1, "", 0
		if unit, decimals = m.unit(h.Indicator.ID); unit != "" {
			unit = " (" + unit + ")"
		}
		centre, low, high, ok := h.Usual(last)
		usual := func(x float64) Cell { return number(Number{x, ok}, m.say("changed.no_limits")) }
		value := number(Number{h.Last().Value, h.Last().Known}, m.why(h.Last()))
		value.Whole = decimals == 0
		season := Cell{}
		if h.Seasonal {
			season.Number = known(h.Behaviour.Season[last].Number)
		}
		t.Rows = append(t.Rows, append(row, text(m.name(h.Indicator.ID)+unit), m.judgement(h.Movement()), value, usual(centre), usual(low), usual(high),
			text(m.since(h)), text(m.ruling(h)), count(h.Counted()), season))
	}
	return t
}

// unitName names what a history is of.
func (m *monthly) unitName(h indicator.History) string {
	switch h.Level {
	case indicator.Department:
		return m.departmentName(h.Unit)
	case indicator.Account:
		if a, ok := m.Register.Account(pipeline.AccountID(h.Unit)); ok {
			return m.nameWithNetwork(a)
		}
		return h.Unit
	}
	return m.say("head.all")
}

// adjusted says of which indicators of the institution the time of year was taken off.
func (m *monthly) adjusted() string {
	var names []string
	all := m.histories(indicator.Institution)
	for _, h := range all {
		if h.Seasonal {
			names = append(names, lower(m.name(h.Indicator.ID)))
		}
	}
	switch len(names) {
	case 0:
		return m.say("changed.season.none", "month", m.say("month."+strconv.Itoa(int(m.month.From.In(m.zone).Month()))))
	case len(all):
		return m.say("changed.season.all")
	}
	return m.say("changed.season.some", "names", m.list(names))
}

// lacking says why histories are not judged, a sentence for each reason.
func (m *monthly) lacking(of []indicator.History) (said []string) {
	names, fewest := map[indicator.Lack][]string{}, indicator.Lookback
	for _, h := range of {
		why := h.Lack()
		names[why] = append(names[why], lower(m.name(h.Indicator.ID)))
		if why == indicator.Short {
			fewest = min(fewest, h.Counted())
		}
	}
	for _, why := range []indicator.Lack{indicator.Unfinished, indicator.Unknown, indicator.Partial, indicator.Short} {
		if len(names[why]) > 0 {
			said = append(said, m.say("changed.few."+string(why), "names", m.list(names[why]), "n", fewest, "least", statistics.MinPoints,
				"date", m.date(pipeline.DateOf(m.state.Observed.In(m.zone)))))
		}
	}
	return said
}

// lasting are the levels of the institution that changed in the last year and have stayed, but for those that are told this month.
func (m *monthly) lasting() (said []string) {
	for _, h := range m.histories(indicator.Institution) {
		for _, x := range h.Shifts(len(h.Months) - 12) {
			if changed(h.Movement()) && h.Since() == x.Month {
				continue
			}
			id := h.Indicator.ID
			said = append(said, m.say("changed.shift", "verdict", m.movement(x.Movement), "name", m.name(id), "before", m.shown(id, x.Before),
				"after", m.shown(id, x.After), "month", m.words.month(h.Months[x.Month].Window.From.In(m.zone))))
		}
	}
	return said
}

// limits draws what changed in the institution this month or in the last year, each within what was usual.
func (m *monthly) limits() (Chart, bool) {
	var now, year []indicator.History
	for _, h := range m.histories(indicator.Institution) {
		switch {
		case changed(h.Movement()):
			now = append(now, h)
		case len(h.Shifts(len(h.Months)-12)) > 0:
			year = append(year, h)
		}
	}
	drawn := slices.Concat(now, year)
	if len(drawn) == 0 {
		return Chart{}, false
	}
	c := Chart{ID: "limits", Sheet: m.say("changed.sheet.limits"), Title: m.say("changed.chart"), Form: Lines, Head: m.say("head.month"), Categories: m.names, Decimals: 1,
		Note: m.say("changed.chart.note")}
	parts := []string{m.say("describe.time", "from", m.names[0], "to", m.names[history-1])}
	for _, h := range drawn[:min(len(drawn), mostPanels)] {
		panel := m.name(h.Indicator.ID)
		if unit, _ := m.unit(h.Indicator.ID); unit != "" {
			panel += " (" + unit + ")"
		}
		line := Series{Name: m.say("changed.line"), Panel: panel, Role: Actual, Why: m.say("changed.not_counted")}
		told := Series{Name: m.say("changed.told"), Panel: panel, Role: Notable}
		var months []string
		for i := len(h.Months) - history; i < len(h.Months); i++ {
			value := Number{h.Months[i].Value, h.Behaviour.Values[i].Known}
			_, low, high, ok := h.Usual(i)
			line.Values, line.Low, line.High = append(line.Values, value), append(line.Low, Number{low, ok}), append(line.High, Number{high, ok})
			if !changed(h.Behaviour.Movement(i, h.Indicator.Direction)) {
				value = Number{}
			} else {
				months = append(months, m.monthShort(h.Months[i].Window.From))
			}
			told.Values = append(told.Values, value)
		}
		c.Series = append(c.Series, line, told)
		text := m.say("changed.describe.plain", "name", panel, "value", m.shown(h.Indicator.ID, h.Last().Value), "month", m.names[history-1])
		if usual := m.usual(h); usual != "" {
			text = m.say("changed.describe", "name", panel, "value", m.shown(h.Indicator.ID, h.Last().Value), "month", m.names[history-1], "usual", usual)
		}
		if n := len(months); n > 0 {
			text += " " + m.say("changed.describe.told", "n", n, "months", m.some(months))
		}
		parts = append(parts, text)
	}
	c = m.marked(c, slices.Concat(watched, everywhere)...)
	c.Description = strings.Join(append(parts, m.describeMarks(c)...), " ")
	return c, true
}

// departmentChanges is what changed in which department.
func (m *monthly) departmentChanges() Block {
	of := map[string]map[string]statistics.Movement{} // by department and indicator
	for _, h := range m.histories(indicator.Department) {
		if of[h.Unit] == nil {
			of[h.Unit] = map[string]statistics.Movement{}
		}
		of[h.Unit][h.Indicator.ID] = h.Movement()
	}
	t := Table{ID: "verdicts-departments", Sheet: m.say("changed.sheet.departments"), Columns: []Column{{Title: m.say("head.department")}}}
	judged := slices.DeleteFunc(slices.Clone(everywhere), func(id string) bool { return !m.comparable(id) })
	for _, id := range judged {
		t.Columns = append(t.Columns, Column{Title: m.name(id), About: m.say("about.judgement")})
	}
	for _, d := range m.Register.Departments {
		row, some := []Cell{text(d.Name)}, false
		for _, id := range judged {
			v, ok := of[d.ID][id]
			if some = some || changed(v) && ok; !ok {
				row = append(row, Cell{})
				continue
			}
			row = append(row, m.judgement(v))
		}
		if some {
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return Text(m.say("changed.departments.none"))
	}
	t.Title = m.say("changed.departments", "n", len(t.Rows), "of", len(of))
	return t
}

// accountChanges is what changed in which account.
func (m *monthly) accountChanges() Block {
	var some []indicator.History
	units := map[string]bool{}
	for _, h := range m.judged {
		if h.Level == indicator.Account && changed(h.Movement()) {
			some, units[h.Unit] = append(some, h), true
		}
	}
	if len(some) == 0 {
		return Text(m.say("changed.accounts.none"))
	}
	slices.SortStableFunc(some, func(a, b indicator.History) int { return strings.Compare(a.Unit, b.Unit) })
	t := m.verdictTable("verdicts-accounts", some, true)
	t.Sheet, t.Title, t.Folded = m.say("changed.sheet.accounts"), m.say("changed.accounts", "n", len(units)), len(some) > 12
	return t
}
