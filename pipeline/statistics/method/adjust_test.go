package method

import "testing"

func init() {
	bindings["multiple_testing"] = func(_ *testing.T, c published) (Method, *Table) {
		return MultipleTesting{P: c.numbers("p"), Alpha: c.number("alpha")}, nil
	}
}
