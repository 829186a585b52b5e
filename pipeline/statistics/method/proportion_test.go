package method

import "testing"

func init() {
	bindings["proportion_ci"] = func(_ *testing.T, c published) (Method, *Table) {
		x, n := c.number("x"), c.number("n")
		return ProportionCI{X: &x, N: &n, Level: c.level()}, nil
	}
}
