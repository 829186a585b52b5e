package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sourcegraph/conc/iter"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// Seasons that all share cancel between the groups, whatever their depth. Deeper dips of the participants' own do not: against them
// only the same weeks of two years are proof, and docs/evaluation-error-rates.md says so.
func TestSeasonsAreNoEffect(t *testing.T) {
	const runs = 200
	for _, c := range []struct {
		name  string
		years int     // before 2014's September
		own   float64 // what the participants' dips are deeper by, in standard deviations of the noise
	}{{"shared, two years", 2, 0}, {"shared, one year", 1, 0}, {"of their own, two years", 2, 2}} {
		t.Run(c.name, func(t *testing.T) {
			found, slopes := make([]bool, runs), make([]bool, runs)
			iter.ForEachIdx(found, func(i int, of *bool) {
				r := rand.New(rand.NewPCG(uint64(i), 12))
				from := time.Date(2014-c.years, 9, 10, 0, 0, 0, 0, time.UTC)
				p := &Panel{Scale: Natural, PerWindow: 1, Bins: bins(course, pipeline.Window{From: from, To: time.Date(2015, 7, 1, 0, 0, 0, 0, time.UTC)}, nil, time.UTC)}
				for u := range 27 {
					s := Series{Unit: fmt.Sprint(u), Group: pipeline.Participant}
					deep := 10 + c.own
					if u >= 17 {
						s.Group, deep = pipeline.Comparison, 10
					}
					base := 5 * r.NormFloat64()
					for _, b := range p.Bins {
						x := base + r.NormFloat64() + 3*math.Sin(2*math.Pi*float64(b.From.YearDay())/365)
						if m := b.From.Add(14 * 24 * time.Hour).Month(); m == time.August || holds(b, time.December, 25) {
							x -= deep
						}
						s.Values = append(s.Values, statistics.Known(x))
					}
					p.Units = append(p.Units, s)
				}
				a, _ := p.long(pipeline.Participant)
				b, _ := p.long(pipeline.Comparison)
				s := statistics.Sampling{Seed: uint64(i), Draws: 199}
				*of = p.ownTrend(a, b, s).Labels.P < statistics.Alpha
				slopes[i] = p.eventStudy(a, b, statistics.Sampling{Seed: uint64(i), Draws: 99}).SlopeRank.Number < SlopeExtreme
			})
			share := func(of []bool) (n float64) {
				for _, x := range of {
					if x {
						n += 1.0 / runs
					}
				}
				return n
			}
			trend, slope := share(found), share(slopes)
			t.Logf("own trend %.3f, slopes %.3f", trend, slope)
			if c.own == 0 && (trend < 0.01 || trend > 0.10 || slope < 0.04 || slope > 0.18) {
				t.Errorf("a level change against own trends in %.1f %% of the runs, other slopes in %.1f %%", 100*trend, 100*slope)
			}
			if c.own > 0 && trend < 0.10 {
				t.Errorf("own trends err in %.1f %% of the runs only: the docs say more", 100*trend)
			}
		})
	}
}
