package reports

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"presencia/pipeline"
)

// ruleVerdicts is how an account fared by a rule in the month.
type ruleVerdicts struct {
	Account      string `ch:"account"`
	Rule         string `ch:"rule"`
	Passed       uint64 `ch:"passed"`
	Evaluable    uint64 `ch:"evaluable"`
	NotEvaluable uint64 `ch:"not_evaluable"`
	Example      string `ch:"example"`
}

// compliance is how far the guide is kept.
func (m *monthly) compliance(context.Context) (Section, error) {
	const id = "compliance"
	s := Section{ID: "compliance", Title: m.say("compliance.title")}
	now := m.institution.at(id, "", m.month)
	if len(m.verdicts) == 0 {
		return s, nil
	}
	if now.Known {
		s.Blocks = append(s.Blocks, Text(m.say("compliance.text", "value", m.percent(now.Value, 1), "n", now.N)))
	}
	if proposed := slices.DeleteFunc(slices.Clone(m.Rules), func(r Rule) bool { return !r.proposed() }); len(proposed) > 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("compliance.proposed", "n", len(proposed), "all", len(m.Rules))})
	}
	if series := m.series(id); len(series)-missing(series) > 1 {
		line := Chart{ID: "compliance-by-month", Sheet: m.say("compliance.sheet.months"), Title: m.say("compliance.line"), Form: Lines, Head: m.say("head.month"),
			Categories: m.names, Unit: "%", Decimals: 1, Series: []Series{{Name: m.name(id), Role: Actual, Values: series, Why: m.say("why.unchecked")}}}
		s.Blocks = append(s.Blocks, m.described(line.trimmed()))
	}
	s.Blocks = append(s.Blocks, m.ruleTable())
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.heatMap("departments", m.say("head.department"), m.departmentRows()))
	}
	s.Blocks = append(s.Blocks, m.heatMap("accounts", m.say("head.account"), m.accountRows()))
	return s, nil
}

// ruleTitle is a rule in the reader's words.
func (b *builder) ruleTitle(r Rule) string { return cmp.Or(r.Title[b.Language], r.ID) }

// total adds up the verdicts on a rule over some accounts.
func (m *monthly) total(rule string, of func(pipeline.Account) bool) (sum ruleVerdicts) {
	for _, v := range m.verdicts {
		a, ok := m.Register.Account(pipeline.AccountID(v.Account))
		if v.Rule != rule || !ok || !of(a) {
			continue
		}
		sum.Passed, sum.Evaluable, sum.NotEvaluable = sum.Passed+v.Passed, sum.Evaluable+v.Evaluable, sum.NotEvaluable+v.NotEvaluable
		if sum.Example == "" {
			sum.Example = v.Example
		}
	}
	return sum
}

func (v ruleVerdicts) share() Number {
	if v.Evaluable == 0 {
		return Number{}
	}
	return known(100 * float64(v.Passed) / float64(v.Evaluable))
}

// ruleTable is rule by rule, the worst kept first.
func (m *monthly) ruleTable() Table {
	t := Table{ID: "rules", Sheet: m.say("compliance.sheet.rules"), Title: m.say("compliance.rules"), Columns: []Column{
		{Title: m.say("head.rule")}, {Title: m.say("head.passed"), Kind: Figures, Decimals: 1, Shade: true, About: m.say("about.passed")},
		{Title: m.say("head.evaluable"), Kind: Figures, About: m.say("about.evaluable")}, {Title: m.say("head.not_evaluable"), Kind: Figures, About: m.say("about.not_evaluable")},
		{Title: m.say("head.severity")}, {Title: m.say("head.origin"), About: m.say("about.origin")}, {Title: m.say("definition.source"), Sheet: true}, {Title: m.say("head.example")},
	}}
	for _, r := range m.Rules {
		v := m.total(r.ID, func(pipeline.Account) bool { return true })
		row := []Cell{
			text(m.ruleTitle(r)), number(v.share(), m.say("why.nothing_evaluable")), count(v.Evaluable), count(v.NotEvaluable), text(m.say("severity." + r.Severity)), text(m.origin(r)), text(r.sources()), {},
		}
		if safeLink(v.Example) != "" {
			row[7] = Cell{Text: m.say("compliance.example"), Link: v.Example}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = sorted(t.Rows, 1, false)
	return t
}

// sources are the names of the documents that ask for a rule.
func (r Rule) sources() string {
	var names []string
	for _, s := range r.Sources {
		names = append(names, s.Name)
	}
	return strings.Join(names, "; ")
}

// origin says whose the thresholds of a rule are, so that a proposal never passes for the guide's word.
func (m *monthly) origin(r Rule) string {
	var origins []string
	for _, o := range []string{"guide", "law", "proposed"} {
		if slices.ContainsFunc(r.Values, func(v Threshold) bool { return v.Origin == o }) {
			origins = append(origins, m.say("origin."+o))
		}
	}
	if len(origins) == 0 {
		return m.say("origin.none")
	}
	return m.list(origins)
}

// complianceRow is a line of a heat map.
type complianceRow struct {
	name string
	all  Number
	of   func(pipeline.Account) bool
}

func (m *monthly) departmentRows() (rows []complianceRow) {
	for _, d := range m.Register.Departments {
		if v := m.department.at("compliance", d.ID, m.month); v.Indicator != "" {
			rows = append(rows, complianceRow{d.Name, Number{v.Value, v.Known}, func(a pipeline.Account) bool { return a.Department == d.ID }})
		}
	}
	return rows
}

func (m *monthly) accountRows() (rows []complianceRow) {
	for _, a := range m.accounts {
		rows = append(rows, complianceRow{accountName(a), m.account.number("compliance", string(a.ID), m.month), func(b pipeline.Account) bool { return a.ID == b.ID }})
	}
	return rows
}

// heatMap is compliance by rule, figures on a ground that follows them.
func (m *monthly) heatMap(of, head string, rows []complianceRow) Table {
	t := Table{ID: "compliance-of-" + of, Sheet: m.say("compliance.sheet." + of), Title: m.say("compliance." + of), Folded: of == "accounts" && len(rows) > 12,
		Note: m.say("compliance.heat_note"), Columns: []Column{
			{Title: head}, {Title: m.say("head.index"), Kind: Figures, Decimals: 0, Shade: true, About: m.definition("compliance").Formula[m.Language]},
		}}
	used := map[string]bool{strings.ToLower(head): true, strings.ToLower(m.say("head.index")): true}
	for _, r := range m.Rules {
		title := m.ruleTitle(r)
		if used[strings.ToLower(title)] { // titles are the institution's to write
			title += " (" + r.ID + ")"
		}
		used[strings.ToLower(title)] = true
		t.Columns = append(t.Columns, Column{Title: title, Kind: Figures, Shade: true, About: m.say("about.passed")})
	}
	for _, row := range rows {
		cells := []Cell{text(row.name), number(row.all, m.say("why.nothing_evaluable"))}
		for _, r := range m.Rules {
			v := m.total(r.ID, row.of)
			c := Cell{Number: v.share()}
			if v.Evaluable == 0 && v.NotEvaluable > 0 {
				c.Why = m.say("why.nothing_evaluable")
			}
			cells = append(cells, c)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}
