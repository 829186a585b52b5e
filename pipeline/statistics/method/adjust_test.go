package method

import (
	"testing"
)

func init() {
	bindings["multiple_testing"] = func(_ *testing.T, c published) (Method, *Table) {
		return MultipleTesting{P: c.numbers("p"), Alpha: c.number("alpha")}, nil
	}
}

func TestAdjustReadsColumns(t *testing.T) {
	table := read(t, "p\n0.01\nNA\n0.04\n")
	r, err := MultipleTesting{Column: "p", Alpha: 0.1}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	holm, _ := r["holm"].([]any)
	counts, _ := r["rejections_10"].(Result)
	if len(holm) != 3 || holm[0] != 0.02 || holm[1] != nil || holm[2] != 0.04 || counts["bonferroni"] != 2 {
		t.Errorf("%v", r)
	}
	for alpha, want := range map[float64]string{0.05: "05", 0.1: "10", 0.01: "01", 0.001: "001", 0.125: "125"} {
		if got := percent(alpha); got != want {
			t.Errorf("%v is written %s, not %s", alpha, got, want)
		}
	}
	refuses(t, MultipleTesting{}, table, "--p")
	refuses(t, MultipleTesting{P: []float64{1.5}}, nil, "between 0 and 1")
	refuses(t, MultipleTesting{P: []float64{0.5}, Column: "p"}, table, "not both")
	refuses(t, MultipleTesting{P: []float64{0.5}, Alpha: 5}, nil, "--alpha")
}
