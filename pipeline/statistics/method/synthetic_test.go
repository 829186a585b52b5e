package method

import (
	"strconv"
	"testing"
)

func init() {
	bindings["synthetic_control"] = func(t *testing.T, c published) (Method, *Table) {
		var from, last float64
		c.scan(t, "T0", "%g-%g", &from, &last)
		table := c.table(t)
		m := SyntheticControl{Y: c.text("y"), Treated: c.text("treated"), From: last + 1}
		m.Unit = columnWith(t, table, m.Treated)
		m.Time = columnWith(t, table, strconv.FormatFloat(from, 'f', -1, 64))
		return m, table
	}
	for _, rounded := range []string{"sc_qp/weights", "placebo/top3", "synthdid/lambda", "synthdid/omega_top"} {
		loose["synthetic_control/*/"+rounded] = 5e-5 // printed with few digits
	}
}
