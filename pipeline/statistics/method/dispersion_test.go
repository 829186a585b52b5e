package method

import "testing"

func init() {
	bindings["dispersion_change_paired"] = func(t *testing.T, c published) (Method, *Table) {
		return DispersionChangePaired{Before: c.text("pre"), After: c.text("post")}, c.filtered(t)
	}
}
