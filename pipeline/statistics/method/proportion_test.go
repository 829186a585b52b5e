package method

import (
	"testing"
)

func init() {
	bindings["proportion_ci"] = func(_ *testing.T, c published) (Method, *Table) {
		x, n := c.number("x"), c.number("n")
		return ProportionCI{X: &x, N: &n, Level: c.level()}, nil
	}
}

func TestProportionOfAColumn(t *testing.T) {
	table := read(t, "x\n1\n0\n1\nNA\n")
	r, err := ProportionCI{Column: "x"}.Compute(table)
	if err != nil || r["x"] != 2.0 || r["n"] != 3.0 {
		t.Errorf("%v, %v", r, err)
	}
	two, three := 2.0, 3.0
	refuses(t, ProportionCI{X: &two}, nil, "--n")
	refuses(t, ProportionCI{X: &three, N: &two}, nil, "no proportion")
	refuses(t, ProportionCI{Column: "x+1"}, table, "1 or 0")
	refuses(t, ProportionCI{Column: "x"}, read(t, "x\nNA\n"), "no proportion")
}
