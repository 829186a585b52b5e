package reports

import (
	"context"
	"slices"
)

// unification is whether departments do alike, which is what common criteria are for.
func (m *monthly) unification(context.Context) (Section, error) {
	s := Section{ID: "unification", Title: m.say("unification.title")}
	lines := Chart{ID: "unification-by-month", Sheet: m.say("unification.sheet"), Title: m.message("compliance_spread", m.lastYear, m.before), Form: Lines, Head: m.say("head.month"), Categories: m.names, Decimals: 1}
	for _, id := range []string{"compliance_spread", "response_time_spread", "mention_density"} {
		series := m.series(id)
		if len(series)-missing(series) < 2 {
			continue
		}
		unit, _ := m.unit(id)
		name := m.name(id) + " (" + unit + ")"
		lines.Series = append(lines.Series, Series{Name: name, Panel: name, Role: Actual, Values: series, Why: m.say("why.too_few")})
		if v, ok := series[history-1].get(); ok {
			s.Blocks = append(s.Blocks, Text(m.say("unification."+id, "value", m.shown(id, v))))
		}
	}
	if len(lines.Series) == 0 {
		return Section{ID: s.ID, Title: s.Title}, nil
	}
	s.Blocks = slices.Insert(s.Blocks, 0, Block(m.overTime(lines, "compliance_spread", "response_time_spread", "mention_density")))
	return s, nil
}
