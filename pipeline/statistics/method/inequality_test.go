package method

import "testing"

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
