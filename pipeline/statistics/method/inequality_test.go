package method

import (
	"testing"
)

func init() {
	bindings["inequality"] = func(_ *testing.T, c published) (Method, *Table) {
		m := Inequality{X: c.numbers("x")}
		if c.text("group") == "alternating a,b" {
			for i := range m.X {
				m.Groups = append(m.Groups, []string{"a", "b"}[i%2])
			}
		}
		return m, nil
	}
}

func TestInequalitySaysWhatDoesNotExist(t *testing.T) {
	table := read(t, "x,kind\n0,a\n1,a\n3,b\nNA,b\n5,\n")
	r, err := Inequality{Column: "x", Group: "kind"}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	undefined, _ := r["undefined"].(Result)
	for _, name := range []string{"theil_L_mld", "atkinson_1", "theil_L_within", "between_share_L"} {
		value, there := r[name]
		if !there || value != nil || undefined[name] != "undefined with zeros" {
			t.Errorf("%s is %v, since %v", name, value, undefined[name])
		}
	}
	if r["n"] != 3 || r["theil_T_within"] == nil || r["atkinson_05"] == nil {
		t.Errorf("%v", r)
	}
	same, err := Inequality{X: []float64{2, 2}, Groups: []string{"a", "b"}}.Compute(nil)
	if err != nil || same["gini"] != 0.0 || same["between_share_T"] != nil {
		t.Errorf("all alike: %v, %v", same, err)
	}
	plain(t, same)
	refuses(t, Inequality{}, table, "--column")
	refuses(t, Inequality{X: []float64{1}}, nil, "at least 2")
	refuses(t, Inequality{X: []float64{1, 2}, Groups: []string{"a"}}, nil, "--groups")
	refuses(t, Inequality{Column: "x", Groups: []string{"a"}}, table, "--group")
	refuses(t, Inequality{Column: "kind"}, table, "no number")
}
