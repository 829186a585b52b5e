package method

import (
	"testing"
)

func init() {
	bindings["paired_binary"] = func(t *testing.T, c published) (Method, *Table) {
		if _, ok := c.Params["yes_yes"]; !ok {
			return PairedBinary{Before: c.text("pre") + c.text("before"), After: c.text("post") + c.text("after"), Level: c.level()}, c.table(t)
		}
		count := func(name string) *int {
			n := int(c.number(name))
			return &n
		}
		return PairedBinary{YesYes: count("yes_yes"), YesNo: count("yes_no"), NoYes: count("no_yes"), NoNo: count("no_no"), Level: c.level()}, nil
	}
}

func TestPairedBinaryCountsRows(t *testing.T) {
	table := read(t, "x,y\n1,1\n1,0\n0,1\n0,1\n0,0\n1,NA\n")
	r, err := PairedBinary{Before: "x", After: "y==1"}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	if r["n"] != 5 || r["b"] != 1 || r["c"] != 2 || r["p_exact"] != 1.0 {
		t.Errorf("%v", r)
	}
	one := 1
	refuses(t, PairedBinary{}, table, "--yes-yes")
	refuses(t, PairedBinary{YesYes: &one, Before: "x", After: "y"}, table, "--yes-yes")
	refuses(t, PairedBinary{Before: "x", After: "x+y"}, table, "1 or 0")
	zero, less := 0, -1
	refuses(t, PairedBinary{YesYes: &zero, YesNo: &zero, NoYes: &zero, NoNo: &zero}, nil, "no unit")
	refuses(t, PairedBinary{YesYes: &zero, YesNo: &less, NoYes: &one, NoNo: &zero}, nil, "below zero")
}
