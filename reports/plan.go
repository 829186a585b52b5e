package reports

import (
	"context"
	"math"
	"strconv"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/plan"
)

// planned is how the content plan was kept, and what was published beside it.
func (m *monthly) planned(ctx context.Context) (Section, error) {
	if m.Plan == nil {
		return Section{}, nil
	}
	s := Section{ID: "plan", Title: m.say("planned.title")}
	a, err := m.Plan(ctx, m.month)
	if err != nil || len(a.Items) == 0 {
		return s, err
	}
	all := a.Tally(func(string, pipeline.AccountID, time.Time) bool { return true })
	said := m.say("planned.text", "n", all.Judged(), "on_time", all.OnTime, "off", all.Early+all.Late, "missing", all.Missing)
	if all.Judged() == 0 {
		said = m.say("planned.nothing", "n", all.Planned)
	} else if all.Open > 0 {
		said += " " + m.say("planned.open", "n", all.Open)
	}
	if n, known := all.Unplanned.Get(); known && n > 0 {
		said += " " + m.say("planned.beside", "n", n)
	}
	s.Blocks = append(s.Blocks, Text(said), Note{Text: m.say("planned.proposed")}, m.described(m.planWeeks(a, all)))
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.planDepartments(a))
	}
	s.Blocks = append(s.Blocks, m.planTable(a))
	if t := m.missed(a); len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	if t := m.unplanned(a); len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	if len(a.Unread) > 0 {
		names := make([]string, len(a.Unread))
		for i, u := range a.Unread {
			names[i] = accountName(u)
		}
		s.Blocks = append(s.Blocks, Note{Text: m.say("planned.unread", "n", len(names), "names", m.list(names))})
	}
	return s, nil
}

// onTime is the share of the items that were published on time, of those of which that is known.
func onTime(t plan.Tally) Number {
	if t.Judged() == 0 {
		return Number{}
	}
	return known(100 * float64(t.OnTime) / float64(t.Judged()))
}

func unplannedNumber(t plan.Tally) Number {
	n, ok := t.Unplanned.Get()
	return Number{float64(n), ok}
}

// inWeek is a department's week; empty: all departments'.
func (m *monthly) inWeek(department string, week pipeline.Date) plan.Of {
	return func(d string, _ pipeline.AccountID, at time.Time) bool {
		return (department == "" || d == department) && (at.IsZero() || plan.Week(at, m.zone) == week)
	}
}

// weekName is the Monday of a week, on an axis.
func (m *monthly) weekName(d pipeline.Date) string {
	return m.say("planned.week", "day", strconv.Itoa(d.Day), "month", m.say("month.short."+strconv.Itoa(int(d.Month))))
}

func (m *monthly) planWeeks(a plan.Adherence, all plan.Tally) Chart {
	c := Chart{ID: "plan-by-week", Sheet: m.say("planned.sheet.chart"), Title: m.say("planned.plain"), Form: Stacked, Head: m.say("planned.head.week"), Unit: m.say("unit.posts")}
	if share, ok := onTime(all).get(); ok {
		c.Title = m.say("planned.chart", "share", m.percent(share, 0))
	}
	var tallies []plan.Tally
	for _, week := range a.Weeks(m.zone) {
		c.Categories = append(c.Categories, m.weekName(week))
		tallies = append(tallies, a.Tally(m.inWeek("", week)))
	}
	for _, k := range []struct {
		key   string
		value func(plan.Tally) Number
	}{
		{"planned.head.on_time", func(t plan.Tally) Number { return known(t.OnTime) }},
		{"planned.head.off", func(t plan.Tally) Number { return known(t.Early + t.Late) }},
		{"planned.head.missing", func(t plan.Tally) Number { return known(t.Missing) }},
		{"planned.head.open", func(t plan.Tally) Number { return known(t.Open) }},
		{"planned.head.unplanned", unplannedNumber},
	} {
		values, some := make([]Number, len(tallies)), false
		for i, t := range tallies {
			values[i] = k.value(t)
			some = some || values[i].Value > 0 || !values[i].Known
		}
		if some || k.key != "planned.head.open" {
			c.Series = append(c.Series, Series{Name: m.say(k.key), Role: Other, Values: values, Why: m.say("why.unread")})
		}
	}
	return c
}

// planColumns are those of every table of the plan, behind what names the row.
func (m *monthly) planColumns(head ...Column) []Column {
	return append(head,
		Column{Title: m.say("planned.head.planned"), Kind: Figures, About: m.say("planned.about.planned")},
		Column{Title: m.say("planned.head.on_time"), Kind: Figures, About: m.say("planned.about.on_time")},
		Column{Title: m.say("planned.head.share"), Kind: Figures, Shade: true, About: m.say("planned.about.share")},
		Column{Title: m.say("planned.head.off"), Kind: Figures, About: m.say("planned.about.off")},
		Column{Title: m.say("planned.head.missing"), Kind: Figures, About: m.say("planned.about.missing")},
		Column{Title: m.say("planned.head.open"), Kind: Figures, About: m.say("planned.about.open")},
		Column{Title: m.say("planned.head.unplanned"), Kind: Figures, About: m.say("planned.about.unplanned")})
}

func (m *monthly) planCells(t plan.Tally, head ...Cell) []Cell {
	return append(head, count(t.Planned), count(t.OnTime), number(onTime(t), m.say("planned.why")), count(t.Early+t.Late), count(t.Missing), count(t.Open),
		number(unplannedNumber(t), m.say("why.unread")))
}

func (m *monthly) planDepartments(a plan.Adherence) Table {
	t := Table{ID: "plan-by-department", Sheet: m.say("planned.sheet.departments"), Title: m.say("planned.departments"), Columns: m.planColumns(Column{Title: m.say("head.department")})}
	for _, d := range m.Register.Departments {
		tally := a.Tally(func(department string, _ pipeline.AccountID, _ time.Time) bool { return department == d.ID })
		if tally != (plan.Tally{Unplanned: pipeline.CountOf(0)}) {
			t.Rows = append(t.Rows, m.planCells(tally, text(d.Name)))
		}
	}
	return t
}

func (m *monthly) planTable(a plan.Adherence) Table {
	t := Table{ID: "plan-weeks", Sheet: m.say("planned.sheet.weeks"), Title: m.say("planned.weeks"), Folded: true,
		Columns: m.planColumns(Column{Title: m.say("head.department")}, Column{Title: m.say("planned.head.week"), Kind: Day, About: m.say("planned.about.week")})}
	for _, d := range m.Register.Departments {
		for _, week := range a.Weeks(m.zone) {
			tally := a.Tally(m.inWeek(d.ID, week))
			if n, _ := tally.Unplanned.Get(); tally.Planned+int(n) > 0 {
				t.Rows = append(t.Rows, m.planCells(tally, text(d.Name), Cell{Day: week}))
			}
		}
	}
	return t
}

// missed are the items that were not published on time, with what is known of them.
func (m *monthly) missed(a plan.Adherence) Table {
	t := Table{ID: "plan-missed", Sheet: m.say("planned.sheet.missed"), Title: m.say("planned.missed"), Columns: []Column{
		{Title: m.say("planned.head.item")}, {Title: m.say("head.account")}, {Title: m.say("planned.head.day"), Kind: Day}, {Title: m.say("planned.head.time")},
		{Title: m.say("planned.head.outcome")}, {Title: m.say("planned.head.hours"), Kind: Signed, Decimals: 1, About: m.say("planned.about.hours")},
	}}
	for _, j := range a.Items {
		if j.Outcome != plan.Missing && j.Outcome != plan.Late && j.Outcome != plan.Early {
			continue
		}
		account, ok := m.Register.Account(j.Account)
		if !ok {
			account, ok = m.Register.Account(j.By)
		}
		name := m.departmentName(j.Department)
		if ok {
			name = accountName(account)
		}
		off := Cell{Why: m.say("planned.outcome.missing")}
		if j.Outcome != plan.Missing {
			off = Cell{Number: known(math.Round(10*j.Off().Hours()) / 10)}
		}
		at := j.At.In(m.zone)
		t.Rows = append(t.Rows, []Cell{{Text: excerpt(j.Name(), 110, j.ID), Link: j.Post.URL}, text(name), day(at), text(at.Format("15:04")), text(m.say("planned.outcome." + string(j.Outcome))), off})
	}
	t.Folded = len(t.Rows) > 12
	return t
}

// unplanned are the publications that the plan did not ask for.
func (m *monthly) unplanned(a plan.Adherence) Table {
	t := Table{ID: "plan-unplanned", Sheet: m.say("planned.sheet.unplanned"), Title: m.say("planned.unplanned"), Note: m.say("planned.unplanned.note"), Columns: []Column{
		{Title: m.say("head.post")}, {Title: m.say("head.account")}, {Title: m.say("head.date"), Kind: Day},
	}}
	for _, u := range a.Unplanned {
		name := string(u.Account)
		if account, ok := m.Register.Account(u.Account); ok {
			name = accountName(account)
		}
		t.Rows = append(t.Rows, []Cell{{Text: excerpt(u.Post.Text, 110, m.say("content.no_text")), Link: u.Post.URL}, text(name), day(u.Post.CreatedAt.In(m.zone))})
	}
	t.Folded = len(t.Rows) > 12
	return t
}
