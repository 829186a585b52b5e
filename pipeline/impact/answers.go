package impact

import (
	"math"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

const (
	maxWait = 168 // hours after which a message counts as left unanswered, on both sides alike
	day     = 24
)

// NewAnswers describes the waits in a plan's windows by curves, and compares the departments, in the groups in which they
// are given. A department without messages on one side cannot be compared; that is told. Waits of other windows and
// departments are passed over.
func NewAnswers(plan Plan, departments []pipeline.Department, waits []indicator.Wait) Answers {
	groups := map[string]pipeline.Group{}
	for _, d := range departments {
		groups[d.ID] = d.Group
	}
	sides := map[pipeline.Group]map[Side][]statistics.Lifetime{pipeline.Participant: {}, pipeline.Comparison: {}}
	own := map[string]map[Side][]statistics.Lifetime{}
	for _, w := range waits {
		g, of := groups[w.Department], sides[groups[w.Department]]
		side, ok := plan.side(w.Window)
		if !ok || of == nil || w.Count <= 0 || math.IsNaN(w.Hours) {
			continue
		}
		l := statistics.Lifetime{Time: min(max(w.Hours, 0), maxWait), Event: w.Answered && w.Hours <= maxWait, Count: w.Count, Group: string(side), Stratum: w.Department}
		if !l.Event { // the same for all: nobody was waited for longer
			l.Time = maxWait
		}
		sides[g][side] = append(of[side], l)
		if own[w.Department] == nil {
			own[w.Department] = map[Side][]statistics.Lifetime{}
		}
		own[w.Department][side] = append(own[w.Department][side], l)
	}
	a := Answers{}
	for _, g := range []pipeline.Group{pipeline.Participant, pipeline.Comparison} {
		for _, side := range []Side{BeforeCourse, AfterCourse} {
			if s, err := statistics.KaplanMeier(sides[g][side]); err == nil { // otherwise there are no messages
				a.Curves = append(a.Curves, newCurve(g, side, s))
			}
		}
	}
	logRank := func(g pipeline.Group) statistics.Value {
		r, err := statistics.LogRank(append(append([]statistics.Lifetime{}, sides[g][BeforeCourse]...), sides[g][AfterCourse]...), 0)
		if err != nil { // no department has messages on both sides, or none was ever answered
			return statistics.Value{}
		}
		return statistics.Known(r.P)
	}
	a.LogRank, a.OthersLogRank = logRank(pipeline.Participant), logRank(pipeline.Comparison)
	a.compare(plan, departments, own)
	return a
}

// side tells on which side of the course a plan's window lies.
func (p Plan) side(w pipeline.Window) (Side, bool) {
	same := func(v pipeline.Window) bool { return w.From.Equal(v.From) && w.To.Equal(v.To) }
	switch {
	case same(p.Before):
		return BeforeCourse, true
	case same(p.After):
		return AfterCourse, true
	}
	return "", false
}

func newCurve(g pipeline.Group, side Side, s statistics.Survival) Curve {
	c := Curve{
		Group: g, Side: side, Messages: int(s.N), Answered: int(s.Events), Median: s.Quantile(0.5).Value,
		Within24: answered(s, day), Never: statistics.Known(1 - answered(s, maxWait).Number),
		Hours: []float64{0}, Waiting: []float64{1}, Low: []float64{1}, High: []float64{1},
	}
	for _, step := range s.Steps {
		share, _, _ := s.Surviving(step.Time)
		low, high := share.LowLogLog, share.HighLogLog // unknown once nobody waits
		c.Hours, c.Waiting = append(c.Hours, step.Time), append(c.Waiting, share.Value.Number)
		c.Low, c.High = append(c.Low, low.Number), append(c.High, high.Number)
	}
	return c
}

// answered is the share answered within so many hours.
func answered(s statistics.Survival, hours float64) statistics.Value {
	share, _, _ := s.Surviving(hours)
	return statistics.Known(1 - share.Value.Number)
}

// compare sets the departments' changes of the groups against each other.
func (a *Answers) compare(plan Plan, departments []pipeline.Department, own map[string]map[Side][]statistics.Lifetime) {
	shares, hours, silent := map[pipeline.Group][]float64{}, map[pipeline.Group][]float64{}, 0
	for _, d := range departments {
		if d.Group != pipeline.Participant && d.Group != pipeline.Comparison {
			continue
		}
		before, errBefore := statistics.KaplanMeier(own[d.ID][BeforeCourse])
		after, errAfter := statistics.KaplanMeier(own[d.ID][AfterCourse])
		if errBefore != nil || errAfter != nil {
			silent++
			continue
		}
		shares[d.Group] = append(shares[d.Group], answered(after, day).Number-answered(before, day).Number)
		b, _ := before.RestrictedMean(maxWait) // known: whoever has no answer waits until then
		c, _ := after.RestrictedMean(maxWait)
		hours[d.Group] = append(hours[d.Group], c.Number-b.Number)
	}
	because := func(code string, args map[string]any) { a.Reasons = append(a.Reasons, Reason{code, args}) }
	if silent > 0 {
		because(ReasonNoCases, map[string]any{"n": silent})
	}
	enough := true
	for _, g := range []pipeline.Group{pipeline.Participant, pipeline.Comparison} {
		if n := len(shares[g]); n < MinUnits {
			because(ReasonFewUnits, map[string]any{"group": string(g), "n": n, "min": MinUnits})
			enough = false
		}
	}
	if !enough {
		return
	}
	a.Within24 = contrast(shares[pipeline.Participant], shares[pipeline.Comparison], plan.Sampling)
	a.Hours = contrast(hours[pipeline.Participant], hours[pipeline.Comparison], plan.Sampling)
}
