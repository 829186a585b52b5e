package method

import (
	"strings"
	"testing"
)

func init() {
	bindings["inequality"] = func(t *testing.T, c published) (Method, *Table) {
		if c.dataset != inline || c.Params["data"] != nil {
			return Inequality{Column: c.text("x"), Group: c.text("group")}, c.table(t)
		}
		m := Inequality{X: c.numbers("x")}
		if _, list := c.Params["group"].([]any); list {
			m.Groups = c.words("group")
		} else if names, ok := strings.CutPrefix(c.text("group"), "alternating "); ok {
			of := strings.Split(names, ",")
			for i := range m.X {
				m.Groups = append(m.Groups, of[i%len(of)])
			}
		} else if c.Params["group"] != nil {
			c.unbound(t, "group")
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
	one, err := Inequality{X: []float64{5}}.Compute(nil)
	why, _ := one["undefined"].(Result)
	if err != nil || one["mean"] != 5.0 || one["sd"] != nil || one["gini"] != nil || !strings.Contains(why["gini"].(string), "at least 2") {
		t.Errorf("one value: %v, %v", one, err)
	}
	plain(t, one)
	refuses(t, Inequality{X: []float64{}}, nil, "no values")
	refuses(t, Inequality{X: []float64{1, 2}, Groups: []string{"a"}}, nil, "--groups")
	refuses(t, Inequality{Column: "x", Groups: []string{"a"}}, table, "--group")
	refuses(t, Inequality{Column: "kind"}, table, "no number")
}
