package impact

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

func TestMeasures(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2014, 1, n, 0, 0, 0, 0, time.UTC) }
	plan := Plan{Before: pipeline.Window{From: day(8), To: day(15)}, After: pipeline.Window{From: day(22), To: day(29)},
		PlaceboBefore: pipeline.Window{From: day(1), To: day(8)}}
	departments := []pipeline.Department{{ID: "a", Group: pipeline.Participant}, {ID: "b", Group: pipeline.Comparison}}
	set := []indicator.Indicator{
		{ID: "posts", Kind: indicator.Count, Scale: indicator.Log, Direction: 1, Primary: true, Levels: []indicator.Level{indicator.Department}},
		{ID: "posts_spread", Kind: indicator.Spread, Of: "posts", Scale: indicator.Natural, Direction: -1, Levels: []indicator.Level{indicator.Group}},
		{ID: "whole", Kind: indicator.Ratio, Levels: []indicator.Level{indicator.Institution}},
	}
	value := func(unit string, w pipeline.Window, x float64, n, unknown int64) indicator.Value {
		return indicator.Value{Indicator: "posts", Level: indicator.Department, Unit: unit, Window: w, Known: n > 0, Value: x, N: n, Unknown: unknown}
	}
	none := statistics.Value{}
	for _, c := range []struct {
		name          string
		before, after indicator.Value
		want          Unit
	}{
		{"known", value("a", plan.Before, 10, 4, 0), value("a", plan.After, 0, 4, 0), Unit{Before: statistics.Known(10), After: statistics.Known(0)}},
		{"unknown alike on both sides", value("a", plan.Before, 10, 1, 1), value("a", plan.After, 12, 1, 1), Unit{Before: statistics.Known(10), After: statistics.Known(12)}},
		{"unknown on one side", value("a", plan.Before, 10, 4, 0), value("a", plan.After, 12, 3, 1), Unit{Before: none, After: none}},
		{"not read", value("a", plan.Before, 10, 4, 0), value("a", plan.After, 0, 0, 4), Unit{Before: none, After: none}},
		{"nothing to measure", value("a", plan.Before, 10, 4, 0), value("a", plan.After, 0, 0, 0), Unit{NoCases: true}},
		{"no account open", value("a", plan.Before, 10, 4, 0), indicator.Value{}, Unit{NoCases: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Measures(plan, departments, set, []indicator.Value{c.before, c.after, value("b", plan.PlaceboBefore, 1, 1, 0), value("b", plan.Before, 2, 1, 0)})
			c.want.ID, c.want.Group = "a", pipeline.Participant
			b := Unit{ID: "b", Group: pipeline.Comparison}
			b.NoCases = true // it has no value after
			want := []Measure{
				{Indicator: "posts", Scale: Log, Direction: 1, Primary: true, Units: []Unit{c.want, b},
					Placebo: []Unit{{ID: "a", Group: pipeline.Participant, NoCases: true}, {ID: "b", Group: pipeline.Comparison, Before: statistics.Known(1), After: statistics.Known(2)}}},
				{Indicator: "posts_spread", Kind: Unlikeness, Scale: Natural, Direction: -1, Units: []Unit{c.want, b}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
