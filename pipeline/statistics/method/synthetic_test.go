package method

import "testing"

func init() {
	bindings["synthetic_control"] = func(t *testing.T, c published) (Method, *Table) {
		var from, last float64
		scan(t, c, "T0", "%g-%g", &from, &last)
		y, _ := c.Params["y"].(string)
		treated, _ := c.Params["treated"].(string)
		return SyntheticControl{Y: y, Unit: "State", Time: "Year", Treated: treated, From: last + 1}, c.table(t)
	}
	for _, rounded := range []string{"sc_qp/weights", "placebo/top3", "synthdid/lambda", "synthdid/omega_top"} {
		loose["synthetic_control/prop99_outcomes_only/"+rounded] = 5e-5 // printed with few digits
	}
}
