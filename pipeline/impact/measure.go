package impact

import (
	"math"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// maxDrift is how far the share of what could not be known may move between two windows that are still compared: what is
// unknown on both sides alike does not bias a change, what is unknown on one side does.
const maxDrift = 1 - MinCoverage

// Measures lays out, for every indicator that can be judged, the departments' values in the windows of a plan. values are
// those of [indicator.Compute] at the level of departments for [Plan.Windows]; values of other windows are passed over, so that
// one computation can serve several plans. A spread is made from the values of the indicator that it is a spread of.
//
// A department without value, or whose share of unknowns moved by more than ten points, is unknown. One that had nothing
// to measure (no account open, no message, no post) on some side cannot be compared, and nothing is missing.
func Measures(plan Plan, departments []pipeline.Department, set []indicator.Indicator, values []indicator.Value) []Measure {
	type key struct {
		indicator, unit string
		from, to        int64
	}
	at := map[key]indicator.Value{}
	for _, v := range values {
		if v.Level == indicator.Department {
			at[key{v.Indicator, v.Unit, v.Window.From.Unix(), v.Window.To.Unix()}] = v
		}
	}
	units := func(id string, scale Scale, before, after pipeline.Window) []Unit {
		all := make([]Unit, len(departments))
		for i, d := range departments {
			b := at[key{id, d.ID, before.From.Unix(), before.To.Unix()}]
			a := at[key{id, d.ID, after.From.Unix(), after.To.Unix()}]
			all[i] = Unit{ID: d.ID, Group: d.Group, NoCases: empty(b) || empty(a)}
			logs := scale != Log || min(a.Value, b.Value) >= 0 // what has no logarithm cannot be compared as a ratio
			if logs && b.Known && a.Known && math.Abs(b.Coverage()-a.Coverage()) <= maxDrift+1e-9 {
				all[i].Before, all[i].After = statistics.Known(b.Value), statistics.Known(a.Value)
			}
		}
		return all
	}
	var measures []Measure
	for _, i := range set {
		m := Measure{Indicator: i.ID, Scale: Scale(i.Scale), Ratio: i.Kind == indicator.Ratio, Direction: i.Direction, Primary: i.Primary}
		if i.Worthwhile > 0 {
			m.Minimum = Outcome{Scale: m.Scale, Minimum: statistics.Known(i.Worthwhile)}.minimum()
		}
		id := i.ID
		if i.Kind == indicator.Spread {
			m.Kind, id = Unlikeness, i.Of
		} else if !i.At(indicator.Department) {
			continue
		}
		m.Units = units(id, m.Scale, plan.Before, plan.After)
		if !plan.PlaceboBefore.IsZero() && m.Kind == PerUnit {
			m.Placebo = units(id, m.Scale, plan.PlaceboBefore, plan.Before)
		}
		measures = append(measures, m)
	}
	return measures
}

// empty tells that there was nothing to measure.
func empty(v indicator.Value) bool { return !v.Known && v.Unknown == 0 }
