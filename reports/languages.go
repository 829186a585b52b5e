package reports

import (
	"context"
	"slices"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/language"
)

// tongues counts own posts by the languages that they speak.
type tongues struct {
	alone  []int // in one official language only, in the order of the register
	both   int   // in several official ones
	other  int   // in none that is official
	untold int   // nobody can tell
}

// told are the posts of which the languages are known.
func (t tongues) told() int {
	n := t.both + t.other
	for _, k := range t.alone {
		n += k
	}
	return n
}

func (t tongues) share(n int) Number {
	if t.told() == 0 {
		return Number{}
	}
	return known(100 * float64(n) / float64(t.told()))
}

// least is the share of the posts in the official language that is used least, alone or with others. Those in several are
// taken to be in all.
func (t tongues) least() Number {
	if len(t.alone) == 0 {
		return Number{}
	}
	return t.share(slices.Min(t.alone) + t.both)
}

func (t *tongues) add(o tongues) {
	if t.alone == nil {
		t.alone = make([]int, len(o.alone))
	}
	for i, n := range o.alone {
		t.alone[i] += n
	}
	t.both, t.other, t.untold = t.both+o.both, t.other+o.other, t.untold+o.untold
}

// count adds a post that speaks some languages.
func (t *tongues) count(spoken, official []string) {
	first, n := -1, 0
	for i, o := range official {
		if slices.Contains(spoken, o) {
			if n++; first < 0 {
				first = i
			}
		}
	}
	switch {
	case len(spoken) == 0:
		t.untold++
	case n == 0:
		t.other++
	case n == 1:
		t.alone[first]++
	default:
		t.both++
	}
}

// primary is a tag without its variants: ca of ca-ES-valencia.
func primary(tag string) string {
	first, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return first
}

// spokenIn are the languages of a post: those that its text speaks, or, where that cannot be told, the one that its account declares.
func spokenIn(text, declared string) []string {
	if spoken := language.Spoken(text); len(spoken) > 0 {
		return spoken
	}
	if tag, _ := language.Detect(text); tag != "" {
		return []string{tag}
	}
	if declared != "" {
		return []string{primary(declared)}
	}
	return nil
}

// tongue is a language of the register: its tag without variants, and its name.
type tongue struct{ tag, name string }

// official are the institution's languages.
func (b *builder) official() (all []tongue) {
	for _, tag := range b.Register.Institution.Languages {
		if !slices.ContainsFunc(all, func(t tongue) bool { return t.tag == primary(tag) }) {
			all = append(all, tongue{primary(tag), b.languageName(tag)})
		}
	}
	return all
}

// languageName is what readers call a language; one that the catalogue does not know keeps its tag.
func (b *builder) languageName(tag string) string {
	for _, t := range []string{tag, primary(tag)} {
		if k := "language." + t; b.has(k) {
			return b.say(k)
		}
	}
	return tag
}

// languages is in which languages the institution published, by department and account, in the month and in the one before.
func (m *monthly) languages(ctx context.Context) (Section, error) {
	s := Section{ID: "languages", Title: m.say("languages.title")}
	official := m.official()
	if len(official) == 0 {
		return s, nil
	}
	now, before, err := m.spoken(ctx, official)
	if err != nil {
		return s, err
	}
	whole, then := total(now), total(before)
	if whole.told() == 0 {
		return s, nil
	}
	u := spokenUnits{m, official, now, before, whole.other+then.other > 0}
	s.Blocks = append(s.Blocks, Text(u.text(whole)), m.described(u.chart(whole, then)))
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, u.departments(whole, then))
	}
	s.Blocks = append(s.Blocks, u.accounts())
	if further := m.languageFigures(); len(further) > 0 {
		s.Blocks = append(s.Blocks, List{m.say("languages.further"), further})
	}
	return s, nil
}

// spoken counts the own posts of every account that was read, in the month and in the one before.
func (m *monthly) spoken(ctx context.Context, official []tongue) (now, before map[string]tongues, err error) {
	var posts []struct {
		Account  string `ch:"account"`
		Start    uint32 `ch:"start"`
		Text     string `ch:"text"`
		Language string `ch:"language"`
	}
	if err := m.query(ctx, &posts, "languages", m.before, m.month); err != nil {
		return nil, nil, err
	}
	tags := make([]string, len(official))
	for i, o := range official {
		tags[i] = o.tag
	}
	now, before = map[string]tongues{}, map[string]tongues{}
	for _, a := range m.accounts {
		for _, w := range []struct {
			pipeline.Window
			by map[string]tongues
		}{{m.month, now}, {m.before, before}} {
			if m.account.at("posts", string(a.ID), w.Window).Known {
				w.by[string(a.ID)] = tongues{alone: make([]int, len(official))}
			}
		}
	}
	for _, p := range posts {
		by := before
		if int64(p.Start) == m.month.From.Unix() {
			by = now
		}
		t, ok := by[p.Account]
		if !ok {
			continue
		}
		t.count(spokenIn(p.Text, p.Language), tags)
		by[p.Account] = t
	}
	return now, before, nil
}

func total(by map[string]tongues) (sum tongues) {
	for _, t := range by { // sums do not depend on the order
		sum.add(t)
	}
	return sum
}

// spokenUnits are the counts of accounts, to be put together and shown.
type spokenUnits struct {
	*monthly
	official    []tongue
	now, before map[string]tongues
	others      bool // somebody used a language that is not official
}

// watchedLanguage is the one of which changes are told: the last of the register's, which is the one that may fall behind.
func (u spokenUnits) watchedLanguage() int { return len(u.official) - 1 }

func (u spokenUnits) uses(t tongues) Number {
	if t.told() == 0 {
		return Number{}
	}
	return t.share(t.alone[u.watchedLanguage()] + t.both)
}

func (u spokenUnits) text(whole tongues) string {
	said := u.say("languages.text", "n", whole.told())
	if len(u.official) > 1 {
		if whole.both > 0 {
			said += " " + u.say("languages.both", "n", whole.both)
		} else {
			said += " " + u.say("languages.none_both")
		}
	}
	if whole.untold > 0 {
		said += " " + u.say("languages.untold", "n", whole.untold)
	}
	return said
}

// message is how much the watched language is used, and how much it was a month before. Whether that is a change nobody says.
func (u spokenUnits) message(whole, then tongues) string {
	name, now, was := u.official[u.watchedLanguage()].name, u.uses(whole), u.uses(then)
	if !was.Known {
		return u.say("languages.message", "language", capital(name), "share", u.percent(now.Value, 1))
	}
	return u.say("languages.message.then", "language", capital(name), "share", u.percent(now.Value, 1), "then", u.percent(was.Value, 1), "month", u.words.month(u.monthly.before.From.In(u.zone)))
}

// parts are the kinds of post in the order in which they are shown.
func (u spokenUnits) parts() (names []string, value []func(tongues) int) {
	for i, o := range u.official {
		names, value = append(names, capital(o.name)), append(value, func(t tongues) int { return t.alone[i] })
	}
	if len(u.official) > 1 {
		names, value = append(names, u.say("languages.bilingual")), append(value, func(t tongues) int { return t.both })
	}
	if u.others {
		names, value = append(names, u.say("languages.other")), append(value, func(t tongues) int { return t.other })
	}
	return names, value
}

// named is a row of a chart or table.
type named struct {
	name        string
	now, before tongues
}

// byDepartment are the departments that published, in the register's order.
func (u spokenUnits) byDepartment() (rows []named) {
	for _, d := range u.Register.Departments {
		r := named{name: d.Name}
		for _, a := range u.monthly.accounts {
			if a.Department == d.ID {
				r.now.add(u.now[string(a.ID)])
				r.before.add(u.before[string(a.ID)])
			}
		}
		if r.now.told()+r.now.untold > 0 {
			rows = append(rows, r)
		}
	}
	return rows
}

func (u spokenUnits) chart(whole, then tongues) Chart {
	c := Chart{ID: "languages", Sheet: u.say("languages.sheet.chart"), Title: u.message(whole, then), Form: Shares, Unit: "%", Decimals: 1, Head: u.say("head.department")}
	rows := u.byDepartment()
	slices.SortStableFunc(rows, func(a, b named) int {
		x, y := u.uses(a.now), u.uses(b.now)
		switch {
		case x.Known != y.Known && x.Known:
			return -1
		case x.Known != y.Known:
			return 1
		case x.Value > y.Value:
			return -1
		case x.Value < y.Value:
			return 1
		}
		return 0
	})
	rows = slices.DeleteFunc(rows, func(r named) bool { return r.now.told() == 0 })
	rows = append([]named{{u.say("head.all"), whole, then}}, rows...)
	if len(rows) == 2 { // one department is the institution
		rows = rows[:1]
	}
	names, value := u.parts()
	for _, r := range rows {
		c.Categories = append(c.Categories, r.name)
	}
	for k, name := range names {
		one := Series{Name: name, Role: Other}
		for _, r := range rows {
			one.Values = append(one.Values, r.now.share(value[k](r.now)))
		}
		c.Series = append(c.Series, one)
	}
	return c
}

// target is the smallest share of each official language that the guide asks for, and where that stands.
func (u spokenUnits) target() (percent, note string, ok bool) {
	r, ok := u.rule("post-bilingual")
	if !ok || len(u.official) < 2 {
		return "", "", false
	}
	for _, v := range r.Values {
		if n, whole := v.Value.(int64); whole && v.Name == "percent" {
			percent := u.percent(float64(n), 0)
			return percent, u.say("languages.target", "percent", percent, "rule", u.ruleTitle(r), "origin", u.say("origin."+v.Origin)), true
		}
	}
	return "", "", false
}

func (u spokenUnits) table(t Table) Table {
	t.Note = u.say("languages.note")
	t.Columns = append(t.Columns, Column{Title: u.say("languages.head.posts"), Kind: Figures, About: u.say("languages.about.posts")})
	names, _ := u.parts()
	for _, name := range names {
		t.Columns = append(t.Columns, Column{Title: u.say("languages.head.share", "language", name), Kind: Figures, Decimals: 1, About: u.say("languages.about.share")})
	}
	if len(u.official) > 1 {
		title := u.say("languages.head.least")
		if percent, note, ok := u.target(); ok {
			title = u.say("languages.head.least_target", "percent", percent)
			t.Note += " " + note
		}
		t.Columns = append(t.Columns, Column{Title: title, Kind: Figures, Decimals: 1, About: u.say("languages.about.least")})
	}
	t.Columns = append(t.Columns,
		Column{Title: u.say("languages.head.change", "language", u.official[u.watchedLanguage()].name), Kind: Signed, Decimals: 1, About: u.say("languages.about.change")},
		Column{Title: u.say("languages.head.untold"), Kind: Figures, About: u.say("languages.about.untold"), Sheet: true})
	return t
}

// cells are the figures of a row, behind what names it; why says why they are not known.
func (u spokenUnits) cells(now, before tongues, read bool, head ...Cell) []Cell {
	why := u.say("languages.why")
	posts := Cell{Number: known(now.told())}
	untold := Cell{Number: known(now.untold)}
	if !read {
		why = u.say("why.unread")
		posts, untold = Cell{Why: why}, Cell{Why: why}
	}
	row := append(head, posts)
	_, value := u.parts()
	for _, v := range value {
		n := Number{}
		if now.told() > 0 {
			n = now.share(v(now))
		}
		row = append(row, number(n, why))
	}
	if len(u.official) > 1 {
		row = append(row, number(now.least(), why))
	}
	return append(row, number(minus(u.uses(now), u.uses(before)), u.say("why.no_comparison")), untold)
}

func (u spokenUnits) departments(whole, then tongues) Table {
	t := u.table(Table{ID: "languages-by-department", Sheet: u.say("languages.sheet.departments"), Title: u.say("languages.departments"), Columns: []Column{{Title: u.say("head.department")}}})
	rows := u.byDepartment()
	t.Folded = len(rows) > 12
	for _, r := range rows {
		t.Rows = append(t.Rows, u.cells(r.now, r.before, true, text(r.name)))
	}
	if len(rows) > 1 {
		t.Rows, t.Total = append(t.Rows, u.cells(whole, then, true, text(u.say("head.all")))), true
	}
	return t
}

func (u spokenUnits) accounts() Table {
	declared := slices.ContainsFunc(u.monthly.accounts, func(a pipeline.Account) bool { return len(a.Languages) > 0 })
	t := Table{ID: "languages-by-account", Sheet: u.say("languages.sheet.accounts"), Title: u.say("languages.accounts"), Folded: len(u.monthly.accounts) > 12,
		Columns: []Column{{Title: u.say("head.account")}, {Title: u.say("head.network"), Sheet: true}, {Title: u.say("head.department"), Sheet: true}}}
	if declared {
		t.Columns = append(t.Columns, Column{Title: u.say("languages.head.declared"), About: u.say("languages.about.declared")})
	}
	t = u.table(t)
	for _, a := range u.monthly.accounts {
		now, read := u.now[string(a.ID)]
		head := []Cell{text(accountName(a)), text(u.platformName(string(a.Platform))), text(u.departmentName(a.Department))}
		if declared {
			var names []string
			for _, tag := range a.Languages {
				names = append(names, u.languageName(tag))
			}
			head = append(head, text(strings.Join(names, ", ")))
		}
		t.Rows = append(t.Rows, u.cells(now, u.before[string(a.ID)], read, head...))
	}
	return t
}

// languageFigures are the ledger's figures of the institution's languages.
func (m *monthly) languageFigures() (said []string) {
	for _, id := range languageIndicators {
		now := m.institution.at(id, "", m.month)
		if !now.Known {
			continue
		}
		value := m.shown(id, now.Value)
		if then := m.institution.at(id, "", m.before); then.Known {
			said = append(said, m.say("languages.figure.then", "name", m.name(id), "value", value, "then", m.shown(id, then.Value), "month", m.words.month(m.before.From.In(m.zone))))
		} else {
			said = append(said, m.say("languages.figure", "name", m.name(id), "value", value))
		}
	}
	return said
}

// languageIndicators are told beside the shares, of the institution as a whole.
var languageIndicators = []string{"bilingual_balance", "languages_kept", "same_language_answers"}
