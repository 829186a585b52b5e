package indicator

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

var may = pipeline.Month(2015, time.May, time.UTC)

// monthly makes values of one unit: NaN is a month without a figure.
func monthly(i Indicator, unit string, n int, value func(month int) float64) []Value {
	months := Months(may, time.UTC)
	var values []Value
	for m := Lookback - n; m < Lookback; m++ {
		v := Value{Indicator: i.ID, Version: 1, Level: Department, Unit: unit, Window: months[m], N: 10}
		if x := value(m - (Lookback - n)); math.IsNaN(x) {
			v.N, v.Unknown = 0, 10
		} else {
			v.Known, v.Value = true, x
		}
		values = append(values, v)
	}
	return values
}

func history(t *testing.T, i Indicator, values []Value) History {
	t.Helper()
	all := Histories([]Indicator{i}, values, Months(may, time.UTC), may.To)
	if len(all) != 1 {
		t.Fatalf("%d histories", len(all))
	}
	return all[0]
}

var (
	answered = Indicator{ID: "answered", Kind: Ratio, Unit: "percent", Direction: 1}
	waiting  = Indicator{ID: "waiting", Kind: Ratio, Unit: "hours", Direction: -1}
	posted   = Indicator{ID: "posted", Kind: Count, Unit: "posts", Direction: 1}
)

func TestAShiftIsTold(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	noisy := func(level, shifted float64, at int) func(int) float64 {
		return func(m int) float64 {
			if m >= at {
				level = shifted
			}
			return level + r.NormFloat64()
		}
	}
	for _, c := range []struct {
		name string
		of   Indicator
		to   float64
		want statistics.Movement
	}{{"more answers", answered, 58, statistics.Better}, {"fewer answers", answered, 42, statistics.Worse}, {"shorter waits", waiting, 42, statistics.Better}, {"longer waits", waiting, 58, statistics.Worse}} {
		h := history(t, c.of, monthly(c.of, "a", 40, noisy(50, c.to, 38)))
		if got := h.Movement(); got != c.want || h.Since() != Lookback-2 || h.Lack() != "" || len(h.Signals()) == 0 {
			t.Errorf("%s: %s since month %d of %d by %v", c.name, got, h.Since(), Lookback, h.Signals())
		}
		centre, low, high, ok := h.Usual(Lookback - 1)
		if !ok || math.Abs(centre-50) > 1.5 || low > centre || high < centre || c.to > low && c.to < high {
			t.Errorf("%s: usual is %g, from %g to %g", c.name, centre, low, high)
		}
		// A year later the level is no news, but it is told as one that has lasted.
		h = history(t, c.of, monthly(c.of, "a", 52, noisy(50, c.to, 40)))
		s := h.Shifts(Lookback - 13)
		if h.Movement() != statistics.Same || len(s) != 1 || s[0].Month != Lookback-12 || s[0].Movement != c.want || math.Abs(s[0].Before-50) > 1 || math.Abs(s[0].After-c.to) > 1 {
			t.Errorf("%s, a year later: %s, %+v", c.name, h.Movement(), s)
		}
		if h.Since() != Lookback-12 || len(h.Shifts(Lookback-11)) != 0 {
			t.Errorf("%s: the level is of month %d", c.name, h.Since())
		}
	}
}

func TestNoiseIsNoChange(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 7))
	const runs = 1500
	for name, value := range map[string]func(int) float64{
		"noise":              func(int) float64 { return 60 + 3*r.NormFloat64() },
		"noise and a season": func(m int) float64 { return 60 + 20*math.Cos(2*math.Pi*float64(m)/12) + 3*r.NormFloat64() },
		"shares of messages": func(int) float64 {
			n := 0
			for range 30 {
				if r.Float64() < 0.6 {
					n++
				}
			}
			return 100 * float64(n) / 30
		},
	} {
		told, seasonal := 0, 0
		for range runs {
			h := history(t, answered, monthly(answered, "a", 48, value))
			if m := h.Movement(); m != statistics.Same {
				told++
			}
			if h.Seasonal {
				seasonal++
			}
		}
		if share := float64(told) / runs; share > 0.045 {
			t.Errorf("%s: a change in %.3f of cases", name, share)
		}
		if share := float64(seasonal) / runs; (name == "noise and a season") != (share > 0.95) || name != "noise and a season" && share > 0.08 {
			t.Errorf("%s: a season in %.3f of cases", name, share)
		}
	}
}

func TestAugustIsNoChangeWhereEveryAugustIsSo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	value := func(m int) float64 { // the last month is an August
		if (48-1-m)%12 == 0 {
			return 40 + 2*r.NormFloat64()
		}
		return 100 + 2*r.NormFloat64()
	}
	h := history(t, posted, monthly(posted, "a", 48, value))
	centre, low, high, _ := h.Usual(Lookback - 1)
	if !h.Seasonal || h.Movement() != statistics.Same || math.Abs(centre-40) > 6 || low > 40 || high < 40 {
		t.Errorf("%s, seasonal %v, usual %g from %g to %g", h.Movement(), h.Seasonal, centre, low, high)
	}
	if h.Last().Value > 50 {
		t.Error("the value itself was adjusted")
	}
}

func TestMonthsThatDoNotCount(t *testing.T) {
	steady := func(m int) float64 { return 50 + float64(m%3) }
	for _, c := range []struct {
		name     string
		of       Indicator
		change   func([]Value)
		observed time.Time
		movement statistics.Movement
		lack     Lack
		counted  int
	}{
		{"all of them", posted, func([]Value) {}, may.To, statistics.Same, "", 23},
		{"the month is not over", posted, func([]Value) {}, may.To.Add(-time.Hour), statistics.TooFew, Unfinished, 22},
		{"the month is not known", posted, func(v []Value) { v[23].Known, v[23].N, v[23].Unknown = false, 0, 10 }, may.To, statistics.TooFew, Unknown, 22},
		{"a fifth of a sum is missing", posted, func(v []Value) { v[23].N, v[23].Unknown = 8, 2 }, may.To, statistics.TooFew, Partial, 22},
		{"a fifth of a mean is missing", answered, func(v []Value) { v[23].N, v[23].Unknown = 8, 2 }, may.To, statistics.Same, "", 23},
		{"most of a mean is missing", answered, func(v []Value) { v[23].N, v[23].Unknown = 4, 6 }, may.To, statistics.TooFew, Partial, 22},
		{"an outlier that was half read", posted, func(v []Value) { v[20].Value, v[20].N, v[20].Unknown = 5, 5, 5 }, may.To, statistics.Same, "", 22},
		{"a definition since a year", posted, func(v []Value) {
			for i := range v[12:] {
				v[12+i].Version, v[12+i].Value = 2, v[12+i].Value*3
			}
		}, may.To, statistics.Same, "", 12},
		{"a definition since four months", posted, func(v []Value) {
			for i := range v[20:] {
				v[20+i].Version, v[20+i].Value = 2, v[20+i].Value*3
			}
		}, may.To, statistics.TooFew, Short, 4},
	} {
		v := monthly(c.of, "a", 24, steady)
		c.change(v)
		h := Histories([]Indicator{c.of}, v, Months(may, time.UTC), c.observed)[0]
		if h.Movement() != c.movement || h.Lack() != c.lack || h.Counted() != c.counted {
			t.Errorf("%s: %s, %q, %d months", c.name, h.Movement(), h.Lack(), h.Counted())
		}
		if (h.Since() < 0) != (c.movement == statistics.TooFew) {
			t.Errorf("%s: since %d", c.name, h.Since())
		}
	}
	short := history(t, posted, monthly(posted, "a", 6, steady))
	if short.Movement() != statistics.TooFew || short.Lack() != Short || short.Counted() != 5 {
		t.Errorf("six months, of which the first does not count: %s, %q, %d", short.Movement(), short.Lack(), short.Counted())
	}
}

func TestHistoriesAreSorted(t *testing.T) {
	stock := Indicator{ID: "stock", Kind: Stock}
	var values []Value
	for _, i := range []Indicator{posted, answered, stock} {
		for _, unit := range []string{"b", "a"} {
			values = append(values, monthly(i, unit, 10, func(int) float64 { return 1 })...)
		}
	}
	var got []string
	for _, h := range Histories([]Indicator{answered, stock, posted}, values, Months(may, time.UTC), may.To) {
		got = append(got, h.Indicator.ID+" "+h.Unit)
		if h.Movement() != statistics.Same {
			t.Errorf("a constant %s", h.Movement())
		}
	}
	want := []string{"answered a", "answered b", "posted a", "posted b"}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}
