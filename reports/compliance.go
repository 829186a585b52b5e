package reports

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"presencia/pipeline"
)

// ruleVerdicts is how an account fared by a rule in the month. Without an account it is the institution.
type ruleVerdicts struct {
	Account      string `ch:"account"`
	Rule         string `ch:"rule"`
	Passed       uint64 `ch:"passed"`
	Warned       uint64 `ch:"warned"`
	Evaluable    uint64 `ch:"evaluable"` // passed, warned and failed
	NotEvaluable uint64 `ch:"not_evaluable"`
	Example      string `ch:"example"`
}

func (v ruleVerdicts) failed() uint64 { return v.Evaluable - v.Passed - v.Warned }

func (v ruleVerdicts) share() Number {
	if v.Evaluable == 0 {
		return Number{}
	}
	return known(100 * float64(v.Passed) / float64(v.Evaluable))
}

// reason is why a rule could not be judged on an account as a whole, or how the institution fared.
type reason struct {
	Account  string `ch:"account"`
	Rule     string `ch:"rule"`
	Letter   string `ch:"letter"` // as in the store's table of verdicts
	Evidence string `ch:"evidence"`
}

// outcome is how a rule of the guide fared over all that it looks at.
type outcome struct {
	Rule
	all    ruleVerdicts
	judged int // accounts on which it could be judged at least once
	hit    int // accounts that failed or were warned
}

// weight orders what fails as steps are ordered.
func (o outcome) weight() float64 {
	return severityWeight[o.Severity] * (float64(o.all.failed()) + warningWeight*float64(o.all.Warned))
}

// fate is what became of a rule: something failed or was warned, all kept it, a person has to look, it could be evaluated
// nowhere, or there was nothing to judge.
func (o outcome) fate() string {
	switch {
	case o.all.Evaluable > o.all.Passed:
		return "failing"
	case o.all.Evaluable > 0:
		return "kept"
	case o.all.NotEvaluable > 0 && o.Rhythm == "event": // and it has not happened, as far as anybody said
		return "idle"
	case o.all.NotEvaluable > 0 && o.Rhythm != "":
		return "due"
	case o.all.NotEvaluable > 0:
		return "blind"
	}
	return "idle"
}

var fates = []string{"failing", "kept", "due", "blind", "idle"}

// scopes of rules on accounts, in the order in which they are read.
var scopes = []string{"account", "post", "reply"}

// guided is the month under the guide.
type guided struct {
	*monthly
	of       map[[2]string]ruleVerdicts // by account and rule
	outcomes []outcome                  // the gravest failing first
	reasons  []reason
	months   map[[2]string][]Number // share by scope and rule, over the report's months
}

// compliance is how far the guide is kept: first what leadership needs, then rule by rule and account by account.
func (m *monthly) compliance(ctx context.Context) (Section, error) {
	const id = "compliance"
	s := Section{ID: "compliance", Title: m.say("compliance.title")}
	if len(m.verdicts) == 0 {
		return s, nil
	}
	g, err := m.underGuide(ctx)
	if err != nil {
		return s, err
	}
	steps, err := g.steps(ctx)
	if err != nil {
		return s, err
	}
	if now := m.institution.at(id, "", m.month); now.Known {
		s.Blocks = append(s.Blocks, Text(m.say("compliance.text", "value", m.percent(now.Value, 1), "n", now.N)))
	}
	s.Blocks = append(s.Blocks, g.tiles())
	if proposed := slices.DeleteFunc(slices.Clone(m.Rules), func(r Rule) bool { return !r.proposed() }); len(proposed) > 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("compliance.proposed", "n", len(proposed), "all", len(m.Rules))})
	}
	if series := m.series(id); len(series)-missing(series) > 1 {
		s.Blocks = append(s.Blocks, g.trend(m.name(id), series))
	}
	// What is short and for everybody comes first; what people look up about one account or rule comes last.
	tables := []Table{
		g.byScope(), g.failing(), g.onInstitution(), g.toReview(), g.missing(),
		g.heatMap("accounts", m.say("head.account"), m.accountRows()), steps,
	}
	if len(m.Register.Departments) > 1 {
		departments := g.heatMap("departments", m.say("head.department"), m.departmentRows())
		departments.Folded = true
		tables = append(tables, departments)
	}
	for _, t := range append(tables, g.ruleTable()) {
		if len(t.Rows) > 0 {
			s.Blocks = append(s.Blocks, t)
		}
	}
	return s, nil
}

// underGuide reads what only this section needs.
func (m *monthly) underGuide(ctx context.Context) (*guided, error) {
	g := &guided{monthly: m, of: map[[2]string]ruleVerdicts{}, months: map[[2]string][]Number{}}
	for _, v := range m.verdicts {
		g.of[[2]string{v.Account, v.Rule}] = v
	}
	everybody := make([]pipeline.AccountID, 0, len(m.Register.Accounts))
	for _, a := range m.Register.Accounts {
		everybody = append(everybody, a.ID)
	}
	for _, r := range m.Rules {
		o := outcome{Rule: r}
		if r.Scope == "institution" {
			o.all = g.of[[2]string{"", r.ID}]
		} else {
			o.all, o.judged, o.hit = g.total(r.ID, everybody)
		}
		g.outcomes = append(g.outcomes, o)
	}
	slices.SortStableFunc(g.outcomes, func(a, b outcome) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(b.all.Evaluable-b.all.Passed, a.all.Evaluable-a.all.Passed), cmp.Compare(a.ID, b.ID))
	})
	if err := m.query(ctx, &g.reasons, "reasons", m.month); err != nil {
		return nil, err
	}
	var months []struct {
		Start     uint32 `ch:"start"`
		Rule      string `ch:"rule"`
		Passed    uint64 `ch:"passed"`
		Evaluable uint64 `ch:"evaluable"`
	}
	if err := m.query(ctx, &months, "months", m.months...); err != nil {
		return nil, err
	}
	for _, row := range months {
		r, ok := m.rule(row.Rule)
		i := slices.IndexFunc(m.months, func(w pipeline.Window) bool { return w.From.Unix() == int64(row.Start) })
		if !ok || i < 0 {
			continue
		}
		k := [2]string{r.Scope, r.ID}
		if g.months[k] == nil {
			g.months[k] = make([]Number, len(m.months))
		}
		g.months[k][i] = ruleVerdicts{Passed: row.Passed, Evaluable: row.Evaluable}.share()
	}
	return g, nil
}

// rule finds a rule that is in force.
func (b *builder) rule(id string) (Rule, bool) {
	i := slices.IndexFunc(b.Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return b.Rules[i], true
}

// ruleTitle is a rule in the reader's words.
func (b *builder) ruleTitle(r Rule) string {
	return cmp.Or(r.Title[b.Language], r.Title[Languages[0]], r.ID)
}

// total adds up the verdicts on a rule over some accounts, of which so many were judged and so many failed or were warned.
func (g *guided) total(rule string, accounts []pipeline.AccountID) (sum ruleVerdicts, judged, hit int) {
	for _, a := range accounts {
		v := g.of[[2]string{string(a), rule}]
		sum.Passed, sum.Warned, sum.Evaluable, sum.NotEvaluable = sum.Passed+v.Passed, sum.Warned+v.Warned, sum.Evaluable+v.Evaluable, sum.NotEvaluable+v.NotEvaluable
		sum.Example = cmp.Or(sum.Example, v.Example)
		if v.Evaluable > 0 {
			judged++
		}
		if v.Evaluable > v.Passed {
			hit++
		}
	}
	return sum, judged, hit
}

// tiles count what became of the rules. Together they are the whole guide.
func (g *guided) tiles() (tiles Tiles) {
	n := map[string]int{}
	for _, o := range g.outcomes {
		n[o.fate()]++
	}
	for _, f := range fates {
		if n[f] > 0 || f == "failing" {
			tiles = append(tiles, Tile{Label: g.say("compliance.fate." + f), Value: known(n[f]), Detail: g.say("compliance.of_rules", "n", len(g.outcomes))})
		}
	}
	return tiles
}

// mean is the index of a scope in a month: the mean of its rules, as the index of the whole guide is.
func (g *guided) mean(scope string, month int) Number {
	var sum float64
	n := 0
	for _, r := range g.Rules { // and not the map, whose order would change the last digit
		if months := g.months[[2]string{scope, r.ID}]; r.Scope == scope && months != nil && months[month].Known {
			sum, n = sum+months[month].Value, n+1
		}
	}
	if n == 0 {
		return Number{}
	}
	return known(sum / float64(n))
}

// trend is the index over the months, that of the whole guide and of what rules look at.
func (g *guided) trend(name string, whole []Number) Chart {
	line := Chart{ID: "compliance-by-month", Sheet: g.say("compliance.sheet.months"), Title: g.message("compliance", g.lastYear, g.before), Form: Lines, Head: g.say("head.month"),
		Categories: g.names, Unit: "%", Decimals: 1, Series: []Series{{Name: name, Panel: name, Role: Actual, Values: whole, Why: g.say("why.unchecked")}}}
	for _, scope := range scopes {
		s := Series{Name: g.say("compliance.scope." + scope), Panel: g.say("compliance.scope." + scope), Role: Actual, Why: g.say("why.unchecked")}
		for i := range g.monthly.months {
			s.Values = append(s.Values, g.mean(scope, i))
		}
		if len(s.Values)-missing(s.Values) > 1 {
			line.Series = append(line.Series, s)
		}
	}
	return g.overTime(line, "compliance")
}

// byScope is what rules look at, with the change on a month and on a year before.
func (g *guided) byScope() Table {
	t := Table{ID: "compliance-by-scope", Sheet: g.say("compliance.sheet.scopes"), Title: g.say("compliance.by_scope"), Columns: []Column{
		{Title: g.say("head.looks_at")}, {Title: g.say("head.index"), Kind: Figures, Decimals: 1, Shade: true, About: g.say("about.scope_index")},
		{Title: g.say("head.points_month"), Kind: Signed, Decimals: 1, About: g.say("about.points")}, {Title: g.say("head.points_year"), Kind: Signed, Decimals: 1, About: g.say("about.points")},
		{Title: g.say("head.rules"), Kind: Figures}, {Title: g.say("head.rules_failing"), Kind: Figures},
		{Title: g.say("head.evaluable"), Kind: Figures, About: g.say("about.evaluable")}, {Title: g.say("head.not_evaluable"), Kind: Figures, About: g.say("about.not_evaluable")},
	}}
	for _, scope := range scopes {
		var rules, failing int
		var evaluable, not uint64
		for _, o := range g.outcomes {
			if o.Scope != scope {
				continue
			}
			rules++
			if o.fate() == "failing" {
				failing++
			}
			if evaluable += o.all.Evaluable; o.Rhythm == "" {
				not += o.all.NotEvaluable
			}
		}
		if rules == 0 {
			continue
		}
		now := g.mean(scope, history-1)
		t.Rows = append(t.Rows, []Cell{
			text(g.say("compliance.scope." + scope)), number(now, g.say("why.nothing_evaluable")),
			number(minus(now, g.mean(scope, history-2)), g.say("why.no_comparison")), number(minus(now, g.mean(scope, history-13)), g.say("why.no_comparison")),
			count(rules), count(failing), count(evaluable), count(not),
		})
	}
	return t
}

// mostFailing is how many rules leadership is shown at once.
const mostFailing = 10

// failing are the rules whose failing weighs most.
func (g *guided) failing() Table {
	t := Table{ID: "rules-failing", Sheet: g.say("compliance.sheet.failing"), Note: g.say("compliance.weight"), Columns: []Column{
		{Title: g.say("head.rule")}, {Title: g.say("head.severity")}, {Title: g.say("head.looks_at"), Sheet: true},
		{Title: g.say("head.passed"), Kind: Figures, Decimals: 1, Shade: true, About: g.say("about.passed")}, {Title: g.say("head.failed"), Kind: Figures}, {Title: g.say("head.warned"), Kind: Figures, About: g.say("about.warned")},
		{Title: g.say("head.accounts_hit"), Kind: Figures, About: g.say("about.accounts_hit")}, {Title: g.say("head.accounts_judged"), Kind: Figures, Sheet: true, About: g.say("about.accounts_judged")},
		{Title: g.say("head.origin"), About: g.say("about.origin")}, {Title: g.say("head.example")},
	}}
	for _, o := range g.outcomes {
		if o.Scope == "institution" || o.fate() != "failing" || len(t.Rows) == mostFailing {
			continue
		}
		t.Rows = append(t.Rows, []Cell{
			text(g.ruleTitle(o.Rule)), text(g.say("severity." + o.Severity)), text(g.say("compliance.scope." + o.Scope)),
			number(o.all.share(), ""), count(o.all.failed()), count(o.all.Warned), count(o.hit), count(o.judged), text(g.origin(o.Rule)), g.example(o.all.Example),
		})
	}
	t.Title = g.say("compliance.failing", "n", len(t.Rows))
	return t
}

func (g *guided) example(url string) Cell {
	if safeLink(url) == "" {
		return Cell{}
	}
	return Cell{Text: g.say("compliance.example"), Link: url}
}

// nextSteps is how many steps an account is told to take.
const nextSteps = 3

// steps are what each account should mend first.
func (g *guided) steps(ctx context.Context) (Table, error) {
	t := Table{ID: "next-steps", Sheet: g.say("compliance.sheet.steps"), Title: g.say("compliance.steps"), Folded: len(g.accounts) > 12,
		Note: g.say("compliance.steps_note", "days", stepDays), Columns: []Column{
			{Title: g.say("head.account")}, {Title: g.say("head.step"), Kind: Figures}, {Title: g.say("head.advice")}, {Title: g.say("head.severity")},
			{Title: g.say("head.failed"), Kind: Figures}, {Title: g.say("head.warned"), Kind: Figures, About: g.say("about.warned")},
			{Title: g.say("head.rule"), Sheet: true}, {Title: g.say("head.example")},
		}}
	steps, err := Next(ctx, g.Input, g.month.To, nextSteps)
	if err != nil {
		return t, err
	}
	for _, a := range g.accounts {
		for i, s := range steps[a.ID] {
			t.Rows = append(t.Rows, []Cell{
				text(accountName(a)), count(i + 1), text(s.Advice), text(g.say("severity." + s.Rule.Severity)), count(s.Failed), count(s.Warned), text(g.ruleTitle(s.Rule)), g.example(s.Example),
			})
		}
	}
	return t, nil
}

// verdictNames are keys of the catalogue by the store's letters.
var verdictNames = map[string]string{"p": "pass", "w": "warn", "f": "fail", "?": "not_evaluable", "-": "not_applicable"}

// onInstitution are the rules on the institution as a whole, which are nobody's account.
func (g *guided) onInstitution() Table {
	t := Table{ID: "rules-institution", Sheet: g.say("compliance.sheet.institution"), Title: g.say("compliance.institution"), Columns: []Column{
		{Title: g.say("head.rule")}, {Title: g.say("head.judged")}, {Title: g.say("head.severity")}, {Title: g.say("head.decides"), About: g.say("about.decides")}, {Title: g.say("head.origin"), About: g.say("about.origin")},
	}}
	for _, letter := range []string{"f", "w", "?", "p", "-"} {
		for _, o := range g.outcomes {
			i := slices.IndexFunc(g.reasons, func(r reason) bool { return r.Account == "" && r.Rule == o.ID && r.Letter == letter })
			if i < 0 || o.Rhythm != "" && letter == "?" { // somebody has to look: that is told apart
				continue
			}
			decided := shortened(g.reasons[i].Evidence)
			if letter == "?" {
				decided = g.lacking(o.Rule, g.reasons[i].Evidence)
			}
			t.Rows = append(t.Rows, []Cell{text(g.ruleTitle(o.Rule)), text(g.say("judged." + verdictNames[letter])), text(g.say("severity." + o.Severity)), text(decided), text(g.origin(o.Rule))})
		}
	}
	return t
}

// shortened is as much of a text as a cell has room for.
func shortened(s string) string {
	const most = 160
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// toReview are the rules that wait for a person.
func (g *guided) toReview() Table {
	t := Table{ID: "rules-to-review", Sheet: g.say("compliance.sheet.review"), Note: g.say("compliance.review_note"), Columns: []Column{
		{Title: g.say("head.rule")}, {Title: g.say("head.rhythm")}, {Title: g.say("head.severity")}, {Title: g.say("head.to_review"), Kind: Figures, About: g.say("about.to_review")}, {Title: g.say("head.reviewed"), Kind: Figures},
	}}
	var places uint64
	for _, severity := range []string{"crit", "high", "med", "low", "info"} {
		for _, o := range g.outcomes {
			if o.Severity != severity || o.Rhythm == "" || o.Rhythm == "event" || o.all.NotEvaluable == 0 {
				continue
			}
			places += o.all.NotEvaluable
			t.Rows = append(t.Rows, []Cell{text(g.ruleTitle(o.Rule)), text(g.say("rhythm." + o.Rhythm)), text(g.say("severity." + o.Severity)), count(o.all.NotEvaluable), count(o.all.Evaluable)})
		}
	}
	t.Title = g.say("compliance.review", "n", len(t.Rows), "reviews", int64(places))
	t.Folded = len(t.Rows) > 12
	return t
}

// missing is what kept rules from being evaluated, what stopped most checks first.
func (g *guided) missing() Table {
	type lack struct {
		what   string
		checks uint64
		rules  []string
	}
	var lacks []*lack
	add := func(o outcome, what string, checks uint64) {
		i := slices.IndexFunc(lacks, func(l *lack) bool { return l.what == what })
		if i < 0 {
			i, lacks = len(lacks), append(lacks, &lack{what: what})
		}
		l := lacks[i]
		if l.checks += checks; !slices.Contains(l.rules, g.ruleTitle(o.Rule)) {
			l.rules = append(l.rules, g.ruleTitle(o.Rule))
		}
	}
	checks := uint64(0)
	for _, o := range g.outcomes {
		if o.Rhythm != "" || o.Scope == "institution" {
			continue
		}
		rest := o.all.NotEvaluable
		for _, r := range g.reasons {
			if r.Account != "" && r.Rule == o.ID && rest > 0 {
				add(o, g.lacking(o.Rule, r.Evidence), 1)
				rest--
			}
		}
		if rest > 0 {
			add(o, g.say("missing.unrecorded"), rest)
		}
		checks += o.all.NotEvaluable
	}
	slices.SortStableFunc(lacks, func(a, b *lack) int {
		return cmp.Or(cmp.Compare(b.checks, a.checks), cmp.Compare(a.what, b.what))
	})
	t := Table{ID: "not-evaluable", Sheet: g.say("compliance.sheet.missing"), Title: g.say("compliance.missing", "n", int64(checks)), Folded: len(lacks) > 12, Columns: []Column{
		{Title: g.say("head.missing")}, {Title: g.say("head.not_evaluable"), Kind: Figures}, {Title: g.say("head.rules"), Kind: Figures}, {Title: g.say("head.which_rules")},
	}}
	for _, l := range lacks {
		t.Rows = append(t.Rows, []Cell{text(l.what), count(l.checks), count(len(l.rules)), text(g.some(l.rules))})
	}
	return t
}

// lacking tells in words what a rule missed. The store has names of the rule language, joined by commas.
func (g *guided) lacking(r Rule, evidence string) string {
	if evidence == "" {
		return g.say("missing.unrecorded")
	}
	if strings.HasPrefix(evidence, "error: ") {
		return g.say("missing.broken")
	}
	var names []string
	for name := range strings.SplitSeq(evidence, ", ") {
		words := name
		if value, own := strings.CutPrefix(name, "p."); own {
			words = g.say("missing.value", "name", value, "rule", r.ID)
		} else if key := "missing." + name; g.has(key) {
			words = g.say(key)
		}
		names = append(names, words)
	}
	return capital(g.list(names))
}

// ruleTable is rule by rule, the gravest failing first.
func (g *guided) ruleTable() Table {
	t := Table{ID: "rules", Sheet: g.say("compliance.sheet.rules"), Title: g.say("compliance.rules", "n", len(g.outcomes)), Folded: len(g.outcomes) > mostFailing, Columns: []Column{
		{Title: g.say("head.rule")}, {Title: g.say("head.looks_at")}, {Title: g.say("head.severity")}, {Title: g.say("head.state")},
		{Title: g.say("head.passed"), Kind: Figures, Decimals: 1, Shade: true, About: g.say("about.passed")},
		{Title: g.say("head.evaluable"), Kind: Figures, About: g.say("about.evaluable")}, {Title: g.say("head.failed"), Kind: Figures, Sheet: true}, {Title: g.say("head.warned"), Kind: Figures, Sheet: true, About: g.say("about.warned")},
		{Title: g.say("head.not_evaluable"), Kind: Figures, About: g.say("about.not_evaluable")},
		{Title: g.say("head.origin"), About: g.say("about.origin")}, {Title: g.say("definition.source"), Sheet: true}, {Title: g.say("head.example")}, {Title: g.say("head.id"), Sheet: true},
	}}
	for _, fate := range fates {
		for _, o := range g.outcomes {
			if o.fate() != fate {
				continue
			}
			why := g.say("why.nothing_evaluable")
			switch fate {
			case "idle":
				why = g.say("why.nothing_to_judge")
			case "due":
				why = g.say("why.not_reviewed")
			}
			t.Rows = append(t.Rows, []Cell{
				text(g.ruleTitle(o.Rule)), text(g.say("compliance.scope." + o.Scope)), text(g.say("severity." + o.Severity)), text(g.say("fate." + fate)),
				number(o.all.share(), why), count(o.all.Evaluable), count(o.all.failed()), count(o.all.Warned), count(o.all.NotEvaluable),
				text(g.origin(o.Rule)), text(o.sources()), g.example(o.all.Example), text(o.ID),
			})
		}
	}
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
func (b *builder) origin(r Rule) string {
	var origins []string
	for _, o := range []string{"guide", "law", "proposed"} {
		if slices.ContainsFunc(r.Values, func(v Threshold) bool { return v.Origin == o }) {
			origins = append(origins, b.say("origin."+o))
		}
	}
	if len(origins) == 0 {
		return b.say("origin.none")
	}
	return b.list(origins)
}

// complianceRow is a line of a heat map.
type complianceRow struct {
	name string
	all  Number
	of   []pipeline.AccountID
}

func (m *monthly) departmentRows() (rows []complianceRow) {
	for _, d := range m.Register.Departments {
		if v := m.department.at("compliance", d.ID, m.month); v.Indicator != "" {
			row := complianceRow{name: d.Name, all: Number{v.Value, v.Known}}
			for _, a := range m.Register.Accounts {
				if a.Department == d.ID {
					row.of = append(row.of, a.ID)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func (m *monthly) accountRows() (rows []complianceRow) {
	for _, a := range m.accounts {
		rows = append(rows, complianceRow{accountName(a), m.account.number("compliance", string(a.ID), m.month), []pipeline.AccountID{a.ID}})
	}
	return rows
}

// heatWidth is how many rules fit side by side on A4.
const heatWidth = 16

// heatMap is compliance by rule, figures on a ground that follows them, in parts by what the rules look at. The page has the
// rules that something fails, the gravest failing first; the workbook has all. Who keeps least comes first.
func (g *guided) heatMap(of, head string, rows []complianceRow) Table {
	t := Table{ID: "compliance-of-" + of, Sheet: g.say("compliance.sheet." + of), Title: g.say("compliance." + of), Columns: []Column{
		{Title: head}, {Title: g.say("head.index"), Kind: Figures, Decimals: 0, Shade: true, About: g.definition("compliance").Formula[g.Language]},
	}}
	used := map[string]bool{strings.ToLower(head): true, strings.ToLower(t.Columns[1].Title): true}
	away := map[string]int{}
	var rules []outcome
	for _, scope := range scopes {
		failing := 0
		for _, o := range g.outcomes {
			if o.Scope == scope && o.fate() == "failing" {
				failing++
			}
		}
		parts, shown := (failing+heatWidth-1)/heatWidth, 0
		for _, o := range g.outcomes {
			if o.Scope != scope {
				continue
			}
			title := g.ruleTitle(o.Rule) + " · " + g.say("severity."+o.Severity)
			if used[strings.ToLower(title)] { // titles are the institution's to write
				title += " (" + o.ID + ")"
			}
			used[strings.ToLower(title)] = true
			c := Column{Title: title, Kind: Figures, Shade: true, About: g.say("about.passed"), Group: g.say("compliance.scope." + scope)}
			if fate := o.fate(); fate != "failing" {
				away[fate]++
				c.Sheet = true
			} else {
				if parts > 1 {
					c.Group = g.say("compliance.part", "scope", c.Group, "part", 1+shown*parts/failing, "parts", parts)
				}
				shown++
			}
			t.Columns, rules = append(t.Columns, c), append(rules, o)
		}
	}
	note := []string{g.say("compliance.heat_note")}
	for _, fate := range fates[1:] {
		if away[fate] > 0 {
			note = append(note, g.say("compliance.away."+fate, "n", away[fate]))
		}
	}
	t.Note = strings.Join(note, " ")
	for _, row := range rows {
		cells := []Cell{text(row.name), number(row.all, g.say("why.nothing_evaluable"))}
		for _, o := range rules {
			v, _, _ := g.total(o.ID, row.of)
			c := Cell{Number: v.share()}
			if v.Evaluable == 0 && v.NotEvaluable > 0 {
				c.Why = g.say("why.nothing_evaluable")
			}
			cells = append(cells, c)
		}
		t.Rows = append(t.Rows, cells)
	}
	t.Rows = g.sorted(t.Rows, 1, false)
	return t
}
