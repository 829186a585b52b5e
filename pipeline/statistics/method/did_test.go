package method

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func init() {
	bindings["did_2x2"] = func(t *testing.T, c published) (Method, *Table) {
		m := DiD2x2{Y: text(c, "y"), Treated: text(c, "treated"), Post: text(c, "post")}
		if strings.HasPrefix(text(c, "balanced"), "demp") {
			m.Change = "demp"
		}
		for _, name := range slices.Sorted(maps.Keys(c.Expected)) { // what the case calls the two groups
			name, ok := strings.CutPrefix(name, "mean_")
			name, before := strings.CutSuffix(name, "_before")
			if ok && before && name != m.Treated {
				m.Others = name
			}
		}
		return m, c.table(t)
	}
	bindings["did_unit_change"] = func(t *testing.T, c published) (Method, *Table) {
		return DiDUnitChange{
			Before: text(c, "y0"), After: text(c, "y1"),
			Treated: "Treat==" + text(c, "treated"), Control: "Treat==" + text(c, "control"),
		}, c.table(t)
	}
	bindings["did_few_treated_ri"] = func(t *testing.T, c published) (Method, *Table) {
		post := strings.ReplaceAll(strings.TrimSuffix(text(c, "post"), " on"), " ", "") // Q3 2011 on
		return DiDFewTreated{
			UnitTimes: UnitTimes{Y: text(c, "y"), Unit: "State", Time: "Quarter", Post: post},
			Treated:   strings.Split(text(c, "treated"), ","), Base: text(c, "base"),
		}, c.table(t)
	}
}

// text is a parameter of a case, "" where it has none.
func text(c published, parameter string) string {
	s, _ := c.Params[parameter].(string)
	return s
}
