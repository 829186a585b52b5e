package method

import (
	"strconv"
	"strings"
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

func TestSyntheticControlOfNothing(t *testing.T) {
	long := "u,t,y\n"
	for _, u := range []string{"a", "b", "c", "d"} {
		for _, time := range []string{"1", "2", "3", "4"} {
			long += u + "," + time + ",7\n"
		}
	}
	refuses(t, SyntheticControl{Y: "y", Unit: "u", Time: "t", Treated: "a", From: 3}, read(t, long), "everywhere")
	// Constant before, and not after.
	r, err := SyntheticControl{Y: "y", Unit: "u", Time: "t", Treated: "a", From: 3}.Compute(read(t, strings.Replace(long, "a,4,7", "a,4,9", 1)))
	if err == nil {
		plain(t, r)
	}
}
