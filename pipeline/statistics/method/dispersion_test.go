package method

import (
	"testing"
)

func init() {
	bindings["dispersion_change_paired"] = func(t *testing.T, c published) (Method, *Table) {
		return DispersionChangePaired{Before: c.text("pre"), After: c.text("post")}, c.table(t)
	}
}

func TestDispersionWithoutRelativeFigures(t *testing.T) {
	table := read(t, "a,b\n-1,3\n2,4\n4,5\n0,5\n")
	r, err := DispersionChangePaired{Before: "a", After: "b"}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"log_scale_p", "gini_pre", "cv_diff", "swap_perm_p"} {
		if value, there := r[name]; !there || value != nil {
			t.Errorf("%s of values below zero is %v", name, value)
		}
	}
	if r["gini_post"] == nil || r["sd_ratio_corrected"] == nil {
		t.Errorf("%v", r)
	}
	r, err = DispersionChangePaired{Before: "a", After: "b", Statistic: "sd"}.Compute(table)
	if err != nil || r["swap_perm_total"] != int64(16) {
		t.Errorf("%v, %v", r, err)
	}
	refuses(t, DispersionChangePaired{Before: "a", After: "a"}, table, "do not vary")
	refuses(t, DispersionChangePaired{Before: "a", After: "b"}, read(t, "a,b\n1,2\n2,4\n"), "3 or more")
}
