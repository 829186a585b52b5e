package method

import "testing"

func init() {
	bindings["event_study_cs"] = func(t *testing.T, c published) (Method, *Table) {
		var group string
		scan(t, c, "group", "%s (0=never)", &group)
		return EventStudyCS{staggered{Y: c.Params["y"].(string), Unit: c.Params["id"].(string), Time: c.Params["time"].(string), Group: group}}, c.table(t)
	}
	bindings["event_study_twfe"] = func(t *testing.T, c published) (Method, *Table) {
		var unit, time string
		scan(t, c, "fe", "%s + %s", &unit, &time)
		return EventStudyTWFE{staggered{Y: c.Params["y"].(string), Unit: unit, Time: time, Group: "first.treat"}}, c.table(t)
	}
}
