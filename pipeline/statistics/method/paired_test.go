package method

import (
	"strings"
	"testing"
)

func init() {
	bindings["paired_before_after"] = func(t *testing.T, c published) (Method, *Table) {
		if a := c.text("alternative"); a != "" && a != "two-sided" {
			c.unbound(t, "alternative")
		}
		return PairedBeforeAfter{Diff: c.text("diff"), Before: c.text("pre"), After: c.text("post"), Level: c.level()}, c.table(t)
	}
}

// refuses holds that a method answers an error that has the words, since that is all a user sees.
func refuses(t *testing.T, m Method, table *Table, words string) {
	t.Helper()
	if r, err := m.Compute(table); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("%+v: %v, error %v; want one with %q", m, r, err, words)
	}
}

func TestPairedReadsSides(t *testing.T) {
	table := read(t, "a,b,a-b\n1,3,0\n2,NA,0\n4,5,0\n,7,1\n3,3,0\n")
	byColumns, err := PairedBeforeAfter{Before: "a", After: "b"}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	byDifference, err := PairedBeforeAfter{Diff: "b - a"}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"n", "mean_diff", "sd_pre", "cohen_dav", "signflip_p"} {
		if byColumns[name] == nil || byColumns[name] != byDifference[name] {
			t.Errorf("%s: %v by columns, %v by difference", name, byColumns[name], byDifference[name])
		}
	}
	if byColumns["n"] != 3 || byColumns["mean_diff"] != 1.0 {
		t.Errorf("rows without a side were used: %v", byColumns)
	}
	if r, err := (PairedBeforeAfter{Diff: "a-b"}).Compute(table); err != nil || r["n"] != 5 || r["sd_pre"] != nil {
		t.Errorf("a column that is called a-b: %v, %v", r, err)
	}
	if r, err := (PairedBeforeAfter{Diff: "log(b)"}).Compute(table); err != nil || r["n"] != 4 || r["sd_pre"] != nil {
		t.Errorf("changes without sides: %v, %v", r, err)
	}
	flat, err := PairedBeforeAfter{Before: "a", After: "a+1"}.Compute(table)
	if err != nil || flat["cohen_dz"] != nil || flat["t"] != nil || flat["dz_ci_lo"] != nil {
		t.Errorf("changes that are all alike: %v, %v", flat, err)
	}
	still, err := PairedBeforeAfter{Before: "a", After: "a"}.Compute(table)
	if err != nil || still["mean_diff"] != 0.0 || still["p"] != 1.0 || still["dz_ci_lo"] != nil || still["signflip_p"] != 1.0 {
		t.Errorf("no change at all: %v, %v", still, err)
	}
	refuses(t, PairedBeforeAfter{}, table, "--before and --after")
	refuses(t, PairedBeforeAfter{Before: "a"}, table, "--before and --after")
	refuses(t, PairedBeforeAfter{Before: "a", After: "b", Diff: "b-a"}, table, "leave out")
	refuses(t, PairedBeforeAfter{Before: "a", After: "c"}, table, "c")
	refuses(t, PairedBeforeAfter{Before: "a", After: "b"}, nil, "--data")
	refuses(t, PairedBeforeAfter{Before: "a", After: "b", Level: 95}, table, "0.95")
	refuses(t, PairedBeforeAfter{Before: "a", After: "b"}, read(t, "a,b\n1,2\n"), "at least 2")
}
