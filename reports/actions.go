package reports

import (
	"cmp"
	"context"
	"slices"
	"time"

	"presencia/pipeline"
)

// agreed is what was agreed to be done, as it stands at the end of the month. That something was done says nothing of what it
// brought about.
func (m *monthly) agreed(ctx context.Context) (Section, error) {
	if m.Actions == nil {
		return Section{}, nil
	}
	s := Section{ID: "actions", Title: m.say("actions.title")}
	all, err := m.Actions(ctx)
	if err != nil {
		return s, err
	}
	last := pipeline.DateOf(m.month.To.In(m.zone).Add(-time.Second))
	in := func(d pipeline.Date) bool { return !d.IsZero() && m.month.Contains(d.In(m.zone)) }
	var shown []pipeline.Action // open at the end, or closed in the month
	by := map[string]*actionTally{}
	var sum actionTally
	for _, a := range all {
		state := a.On(last)
		open := state == pipeline.ActionOpen || state == pipeline.ActionOverdue
		if state == "" || !open && !in(a.Closed) {
			continue
		}
		shown = append(shown, a)
		if by[a.Department] == nil {
			by[a.Department] = &actionTally{}
		}
		for _, t := range []*actionTally{by[a.Department], &sum} {
			t.add(state, in(a.Agreed))
		}
	}
	if len(shown) == 0 {
		return s, nil
	}
	closed := func(a pipeline.Action) string { // by the end of the month; what is open stands before it
		if last.Before(a.Closed) {
			return ""
		}
		return a.Closed.String()
	}
	slices.SortStableFunc(shown, func(a, b pipeline.Action) int {
		return cmp.Or(cmp.Compare(closed(a), closed(b)), cmp.Compare(a.Due.String(), b.Due.String()))
	})
	said := m.say("actions.open", "n", sum.open)
	if sum.open > 0 {
		said += " " + m.say("actions.overdue", "n", sum.overdue)
	}
	s.Blocks = append(s.Blocks, Text(said), Text(m.say("actions.month", "agreed", sum.agreed, "done", sum.done, "dropped", sum.dropped)))
	if len(by) > 1 {
		s.Blocks = append(s.Blocks, m.actionDepartments(by, sum))
	}
	s.Blocks = append(s.Blocks, m.actionTable(shown, last))
	return s, nil
}

// actionTally counts actions; the overdue ones are open too.
type actionTally struct{ agreed, done, dropped, open, overdue int }

func (t *actionTally) add(state pipeline.ActionState, new bool) {
	if new {
		t.agreed++
	}
	switch state {
	case pipeline.ActionDone:
		t.done++
	case pipeline.ActionDropped:
		t.dropped++
	case pipeline.ActionOverdue:
		t.overdue++
		t.open++
	default:
		t.open++
	}
}

func (m *monthly) actionDepartments(by map[string]*actionTally, sum actionTally) Table {
	t := Table{ID: "actions-by-department", Sheet: m.say("actions.sheet.departments"), Title: m.say("actions.departments"), Total: true, Columns: []Column{
		{Title: m.say("head.department")}, {Title: m.say("actions.head.agreed_month"), Kind: Figures, About: m.say("actions.about.agreed")},
		{Title: m.say("actions.head.done"), Kind: Figures}, {Title: m.say("actions.head.dropped"), Kind: Figures},
		{Title: m.say("actions.head.open"), Kind: Figures, About: m.say("actions.about.open")}, {Title: m.say("actions.head.overdue"), Kind: Figures, About: m.say("actions.about.overdue")},
	}}
	row := func(name string, n actionTally) {
		t.Rows = append(t.Rows, []Cell{text(name), count(n.agreed), count(n.done), count(n.dropped), count(n.open), count(n.overdue)})
	}
	for _, id := range m.actionOrder(by) {
		name := m.departmentName(id)
		if id == "" {
			name = m.say("actions.institution")
		}
		row(name, *by[id])
	}
	row(m.say("head.total"), sum)
	return t
}

// actionOrder is the register's order of departments, the institution first; those that the register no longer has come last.
func (m *monthly) actionOrder(by map[string]*actionTally) []string {
	ids := make([]string, 0, len(by))
	for id := range by {
		ids = append(ids, id)
	}
	place := func(id string) int {
		if id == "" {
			return -1
		}
		if i := slices.IndexFunc(m.Register.Departments, func(d pipeline.Department) bool { return d.ID == id }); i >= 0 {
			return i
		}
		return len(m.Register.Departments)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	return ids
}

func (m *monthly) actionTable(shown []pipeline.Action, last pipeline.Date) Table {
	t := Table{ID: "actions", Sheet: m.say("actions.sheet"), Title: m.say("actions.list"), Note: m.say("actions.note"), Columns: []Column{
		{Title: m.say("actions.head.what")}, {Title: m.say("actions.head.id")}, {Title: m.say("actions.head.about")}, {Title: m.say("actions.head.owner")},
		{Title: m.say("actions.head.agreed"), Kind: Day, Sheet: true}, {Title: m.say("actions.head.due"), Kind: Day}, {Title: m.say("head.state")},
		{Title: m.say("actions.head.days"), Kind: Figures, About: m.say("actions.about.days")}, {Title: m.say("actions.head.closed"), Kind: Day, Sheet: true},
		{Title: m.say("head.rule"), Sheet: true}, {Title: m.say("actions.head.note"), Sheet: true},
	}}
	for _, a := range shown {
		about := m.say("actions.institution")
		if account, ok := m.Register.Account(a.Account); ok {
			about = accountName(account)
		} else if a.Account != "" {
			about = string(a.Account)
		} else if a.Department != "" {
			about = m.departmentName(a.Department)
		}
		rule := a.Rule
		if r, ok := m.rule(a.Rule); ok {
			rule = m.ruleTitle(r)
		}
		end := last
		if !a.Closed.IsZero() && a.Closed.Before(last) {
			end = a.Closed
		}
		state := a.On(last)
		row := []Cell{
			text(a.Text), text(a.ID), text(about), text(a.Owner), {Day: a.Agreed}, {Day: a.Due}, text(m.say("actions.state." + string(state))),
			count(int(end.In(time.UTC).Sub(a.Agreed.In(time.UTC)).Hours() / 24)), {}, text(rule), {},
		}
		if state == pipeline.ActionDone || state == pipeline.ActionDropped { // what was said later is not known yet
			row[8], row[10] = Cell{Day: a.Closed}, text(a.Note)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
