package reports

import (
	"strconv"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// objections are what a careful reviewer asks of such an evaluation, each with its answer and where it stands; where there is none, that is
// the answer.
func (c *courseReport) objections() Section {
	s := Section{ID: "objections", Title: c.say("objections.title"), Blocks: []Block{Text(c.say("objections.text"))}}
	t := Table{ID: "objections-table", Sheet: c.say("objections.sheet"), Title: c.say("objections.table"), Columns: []Column{{Title: c.say("head.objection")}, {Title: c.say("head.answer")}, {Title: c.say("head.where")}}}
	// where names sections by the key of their title.
	add := func(key string, where []string, args ...any) {
		var titles []string
		for _, w := range where {
			titles = append(titles, c.say(w))
		}
		t.Rows = append(t.Rows, []Cell{text(c.say("objection." + key)), text(c.say("objection."+key+".answer", args...)), text(c.list(titles))})
	}
	compared, included, late := 0, 0, 0
	for _, d := range c.Departments {
		if d.Group == pipeline.OtherGroup {
			continue
		}
		compared++
		if d.Included {
			included++
		}
		if d.Collected.After(c.plan.Before.To) {
			late++
		}
	}
	kinds := map[string]int{}
	for _, h := range c.happenings() {
		kinds[h.kind]++
	}
	ancova, same, weakest, agree := 0, 0, 0, statistics.Value{}
	primary, studied, placebos, failed := 0, 0, 0, 0
	n, m := len(c.plan.Participants), len(c.plan.Comparison)
	for _, r := range c.results {
		if r.Placebo != nil {
			placebos++
			if r.Placebo.Labels.P < statistics.Alpha {
				failed++
			}
		}
		if !r.Primary {
			continue
		}
		primary++
		if len(r.Interrupted) > 0 {
			studied++
		}
		if a := r.Alternatives.Ancova; a != nil && r.Effect != nil {
			ancova++
			if a.Value*r.Effect.Estimate > 0 {
				same++
			}
		}
		for _, x := range r.Specifications {
			if x.Code == "drop_weakest" && x.Agrees {
				weakest++
			}
		}
		if v := r.Agreement; v.Known && (!agree.Known || v.Number < agree.Number) {
			agree = v
		}
	}
	share := c.say("unknown.short")
	if agree.Known {
		share = c.percent(100*agree.Number, 0)
	}
	add("backfilled", []string{"gathered.title"}, "late", late, "n", compared)
	add("missing", []string{"gathered.title"}, "included", included, "n", compared, "min", c.percent(100*impact.MinCoverage, 0))
	add("randomisation", []string{"sensitivity.title", "limit.title"})
	add("regression", []string{"sensitivity.title"}, "n", ancova, "same", same, "weakest", weakest)
	add("staggered", []string{"plan.title", "course.about"}, "aside", impact.SetAside)
	announced := "objection.anticipation.unannounced"
	if !c.plan.Announced.IsZero() {
		announced = "objection.anticipation.announced"
	}
	t.Rows = append(t.Rows, []Cell{text(c.say("objection.anticipation")), text(c.say(announced, "date", c.date(c.plan.Announced))), text(c.say("paths.title"))})
	add("season", []string{"plan.title"}, "holidays", kinds["holiday"])
	add("platforms", []string{"calendar.title", "paths.title"}, "n", kinds["event"])
	add("history", []string{"calendar.title"}, "n", kinds["election"])
	add("observed", []string{"limit.title"})
	add("authors", []string{"limit.title"})
	add("spillover", []string{"limit.title"})
	add("few", []string{"effects.title", "sensitivity.title"}, "participants", n, "comparison", m)
	add("autocorrelation", []string{"paths.title"}, "n", studied)
	if c.plan.Written.IsZero() {
		t.Rows = append(t.Rows, []Cell{text(c.say("objection.forking")), text(c.say("objection.forking.unwritten", "share", share)), text(c.say("plan.title"))})
	} else {
		add("forking", []string{"plan.title", "sensitivity.title"}, "n", primary, "deviations", len(c.Deviations), "share", share)
	}
	add("composition", []string{"gathered.title", "cohesion.title"})
	add("outliers", []string{"one.title", "sensitivity.title"})
	add("zeros", []string{"effects.title"})
	add("ratios", []string{"one.title"})
	add("null", []string{"effects.title"})
	add("meaning", []string{"course.summary"})
	add("placebo", []string{"placebo.title"}, "n", placebos, "failed", failed)
	t.Note = c.say("objections.seed", "seed", strconv.FormatUint(c.plan.Seed, 10), "draws", c.plan.Draws)
	s.Blocks = append(s.Blocks, t)
	return s
}
