package reports

import (
	"slices"

	"presencia/pipeline/indicator"
)

// method is what the reader may look up: definitions, how the report was made, and from what.
func (m *monthly) method(absent []string) Section {
	s := Section{ID: "method", Title: m.say("method.title")}
	if len(absent) > 0 {
		s.Blocks = append(s.Blocks, List{m.say("method.absent"), absent})
	}
	s.Blocks = append(s.Blocks, List{m.say("method.how"), []string{
		m.say("method.usual"), m.say("method.rounding"), m.say("method.followers"), m.say("method.zone", "zone", m.zone.String()), m.say("method.unknown"),
	}}, Definitions(m.used()), m.manifest())
	return s
}

// used are the indicators that the report rests on.
func (b *builder) used() []indicator.Indicator {
	ids := map[string]bool{}
	for _, v := range b.values {
		ids[v.Indicator] = true
	}
	return slices.DeleteFunc(slices.Clone(b.indicators), func(i indicator.Indicator) bool { return !ids[i.ID] })
}
