package statistics

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Freireich et al. (1963), Blood 21:699: weeks of remission of 21 patients under 6-mercaptopurine and of 21 under placebo, as printed by
// Kalbfleisch & Prentice (2002), with the curve, the median of 23 and of 8 weeks and the log-rank chi-squared of 16.79 that
// textbooks print of it.
var remission = func() []Lifetime {
	var l []Lifetime
	for _, c := range []struct {
		group string
		event bool
		weeks []float64
	}{
		{"6-MP", true, []float64{6, 6, 6, 7, 10, 13, 16, 22, 23}},
		{"6-MP", false, []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}},
		{"placebo", true, []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}},
	} {
		for _, w := range c.weeks {
			l = append(l, Lifetime{Time: w, Event: c.event, Count: 1, Group: c.group})
		}
	}
	return l
}()

func TestRemissionIsAsPublished(t *testing.T) {
	s, err := KaplanMeier(remission[:21])
	if err != nil || s.N != 21 || s.Events != 9 {
		t.Fatalf("%+v, %v", s, err)
	}
	for week, want := range map[float64][2]float64{6: {0.857, 0.0764}, 7: {0.807, 0.0869}, 10: {0.753, 0.0963}, 23: {0.448, 0.1346}, 35: {0.448, 0.1346}} {
		share, se, _ := s.Surviving(week)
		near(t, fmt.Sprint("share after ", week), share.Value.Number, want[0], 1e-3)
		near(t, fmt.Sprint("its error after ", week), se.Number, want[1], 1e-3)
	}
	if m := s.Quantile(0.5); m.Value != Known(23) || m.High.Known {
		t.Errorf("median %+v", m)
	}
	if _, _, n := s.Surviving(35.5); n != 0 {
		t.Errorf("%d are watched after the last", n)
	}
	if mean, _ := s.RestrictedMean(36); mean.Known {
		t.Error("the mean up to week 36 is given, and nobody was watched so long")
	}
	r, err := LogRank(remission, 0)
	if err != nil || r.DF != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	near(t, "log-rank", r.ChiSquared, 16.79, 3e-4)
	near(t, "expected", r.Expected[0], 19.25, 1e-3)
}

func lifetimes(t *rapid.T) []Lifetime {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Lifetime {
		return Lifetime{
			Time: float64(rapid.IntRange(0, 8).Draw(t, "time")), Event: rapid.Bool().Draw(t, "event"), Count: int64(rapid.IntRange(1, 4).Draw(t, "count")),
			Group: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group"), Stratum: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "stratum"),
		}
	}), 1, 30).Draw(t, "lifetimes")
}

func TestWithoutCensoringTheCurveIsTheShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := lifetimes(t)
		tau := float64(rapid.IntRange(0, 10).Draw(t, "tau"))
		n, later, sum := 0.0, 0.0, 0.0
		for i := range all {
			all[i].Event = true
			c := float64(all[i].Count)
			n, sum = n+c, sum+c*math.Min(tau, all[i].Time)
			if all[i].Time > tau {
				later += c
			}
		}
		s, err := KaplanMeier(all)
		if err != nil {
			t.Fatal(err)
		}
		share, _, _ := s.Surviving(tau)
		mean, se := s.RestrictedMean(tau)
		if math.Abs(share.Value.Number-later/n) > 1e-12 || math.Abs(mean.Number-sum/n) > 1e-12 || !se.Known {
			t.Fatalf("share %v of %v, mean %v of %v, error %v", share.Value, later/n, mean, sum/n, se)
		}
	})
}

func TestCountsAreRepetitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counted := lifetimes(t)
		var long []Lifetime
		var x, y []float64
		var c, d []string
		for _, l := range counted {
			x, c = append(x, float64(len(l.Group+l.Stratum))+float64(l.Group[0]-'a')), append(c, l.Stratum)
			for range l.Count {
				one := l
				one.Count = 1
				long, y, d = append(long, one), append(y, x[len(x)-1]), append(d, l.Stratum)
			}
		}
		a, err := KaplanMeier(counted)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := KaplanMeier(long); err != nil || !cmp.Equal(a, b, cmp.Comparer(func(a, b float64) bool { return a == b })) {
			t.Fatalf("%+v\n%+v, %v", a, b, err)
		}
		same := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Max(1, math.Abs(b)) })
		r, err := LogRank(counted, 1)
		if q, other := LogRank(long, 1); (err == nil) != (other == nil) || !cmp.Equal(r, q, same) {
			t.Fatalf("%+v\n%+v, %v %v", r, q, err, other)
		}
		if err == nil && (math.IsNaN(r.P) || r.P < 0 || r.P > 1 || r.DF < 1 || r.DF > 2) {
			t.Fatalf("%+v", r)
		}
		p, err := Cox(counted, x, c, false)
		if q, other := Cox(long, y, d, false); (err == nil) != (other == nil) || !cmp.Equal(p, q, same) {
			t.Fatalf("%+v\n%+v, %v %v", p, q, err, other)
		}
	})
}

func TestTheScoreOfUntiedTimesIsTheLogRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.Permutation([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}).Draw(t, "times")
		var l []Lifetime
		var x []float64
		for i, time := range all {
			x = append(x, float64(i%2))
			l = append(l, Lifetime{Time: time, Event: rapid.Bool().Draw(t, "event") || i == 0, Count: 1, Group: string('a' + rune(i%2))})
		}
		r, err := LogRank(l, 0)
		if err != nil {
			t.Skip("nothing to compare")
		}
		p, err := Cox(l, x, nil, false)
		if err == nil && math.Abs(p.Score-r.ChiSquared) > 1e-9 {
			t.Fatalf("score %v, log-rank %v", p.Score, r.ChiSquared)
		}
	})
}

func TestSurvivalRefusesWhatCannotBe(t *testing.T) {
	one := []Lifetime{{Time: 3, Event: true, Count: 1, Group: "a"}, {Time: 4, Event: true, Count: 1, Group: "b"}}
	for name, l := range map[string][]Lifetime{
		"none": nil, "zero": {{Time: 1}}, "below": {{Time: -1, Count: 1}}, "nan": {{Time: math.NaN(), Count: 1}}, "inf": {{Time: math.Inf(1), Count: 1}},
		"count": {{Time: 1, Count: -1}},
	} {
		if _, err := KaplanMeier(l); err == nil {
			t.Errorf("%s: a curve", name)
		}
		if _, err := LogRank(l, 0); err == nil {
			t.Errorf("%s: a test", name)
		}
		if _, err := Cox(l, make([]float64, len(l)), nil, false); err == nil {
			t.Errorf("%s: a hazard", name)
		}
	}
	if _, err := LogRank(one[:1], 0); err == nil {
		t.Error("one group is compared with nothing")
	}
	for name, x := range map[string][]float64{"constant": {1, 1}, "separated": {1, 0}, "short": {1}, "nan": {math.NaN(), 1}} {
		if p, err := Cox(one, x, nil, false); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, err := Cox([]Lifetime{{Time: 1, Event: true, Count: 1 << 40}, {Time: 2, Count: 1}}, []float64{0, 1}, nil, false); err == nil {
		t.Error("a million million ends are summed one by one")
	}
	if s := (Survival{}).Quantile(0.5); s.Value.Known {
		t.Error("no curve has a median")
	}
}
