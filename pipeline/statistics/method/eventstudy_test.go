package method

import (
	"strings"
	"testing"
)

func init() {
	bindings["event_study_cs"] = func(t *testing.T, c published) (Method, *Table) {
		m := EventStudyCS{staggered: staggered{Y: c.text("y"), Unit: c.text("id"), Time: c.text("time"), Group: first(c.text("group"))}}
		switch control := c.text("control"); {
		case strings.HasPrefix(control, "not"): // not yet treated
			m.Control = "notyet"
		case control != "" && !strings.HasPrefix(control, "never"):
			c.unbound(t, "control")
		}
		if base := c.text("base"); base != "" && !strings.HasPrefix(base, "varying") {
			c.unbound(t, "base")
		}
		if x := c.text("covariates"); x != "" && x != "none" {
			c.unbound(t, "covariates")
		}
		return m, c.table(t)
	}
	bindings["event_study_twfe"] = func(t *testing.T, c published) (Method, *Table) {
		var unit, time string
		c.scan(t, "fe", "%s + %s", &unit, &time)
		group := "first.treat"
		if g := first(c.text("group")); g != "" {
			group = g
		}
		return EventStudyTWFE{staggered{Y: c.text("y"), Unit: unit, Time: time, Group: group}}, c.table(t)
	}
}

// first is the first word of 'first.treat (0=never)'.
func first(prose string) string {
	word, _, _ := strings.Cut(prose, " ")
	return word
}
