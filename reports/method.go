package reports

import (
	"slices"
	"strconv"
	"strings"

	"presencia/pipeline"
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

// manifest names everything that the report was made from, so that it can be made again.
func (b *builder) manifest() List {
	used := b.used()
	versions := make([]string, len(used))
	for i, d := range used {
		versions[i] = d.ID + " v" + strconv.Itoa(d.Version)
	}
	return List{b.say("manifest.title"), []string{
		b.say("manifest.program", "version", b.Program),
		b.say("manifest.register", "version", short(b.Register.Version)),
		b.say("manifest.guide", "version", short(b.GuideVersion)),
		b.say("manifest.indicators", "versions", strings.Join(versions, ", ")),
		b.say("manifest.runs", "n", int64(b.state.Runs), "collects", int64(b.state.Collects), "imports", int64(b.state.Imports), "checks", int64(b.state.Checks)),
		b.say("manifest.data", "from", b.date(pipeline.DateOf(b.state.First.In(b.zone))), "to", b.date(pipeline.DateOf(b.state.Observed.In(b.zone)))),
	}}
}

// used are the indicators that the report rests on.
func (b *builder) used() []indicator.Indicator {
	ids := map[string]bool{}
	for _, v := range b.values {
		ids[v.Indicator] = true
	}
	return slices.DeleteFunc(slices.Clone(b.indicators), func(i indicator.Indicator) bool { return !ids[i.ID] })
}

// short is enough of a hash to tell versions apart.
func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}
