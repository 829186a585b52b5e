package method

import "testing"

func init() {
	bindings["paired_before_after"] = func(t *testing.T, c published) (Method, *Table) {
		return PairedBeforeAfter{Diff: c.text("diff"), Before: c.text("pre"), After: c.text("post"), Level: c.level()}, c.filtered(t)
	}
}

// text is a parameter, or nothing.
func (p published) text(name string) string {
	s, _ := p.Params[name].(string)
	return s
}

func (p published) number(name string) float64 {
	x, _ := p.Params[name].(float64)
	return x
}

func (p published) numbers(name string) []float64 {
	list, _ := p.Params[name].([]any)
	var x []float64
	for _, v := range list {
		x = append(x, v.(float64))
	}
	return x
}

func (p published) level() level { return level(p.number("level")) }

// filtered is the case's table, in the rows that its filter lets pass.
func (p published) filtered(t *testing.T) *Table {
	t.Helper()
	table, err := p.table(t).Where(p.text("filter"))
	if err != nil {
		t.Fatal(err)
	}
	return table
}
