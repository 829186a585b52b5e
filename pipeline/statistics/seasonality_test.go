package statistics

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestStableSeasonByHand(t *testing.T) {
	// Two years of two places, 1 and 3, 2 and 6: year means 2 and 4, place means 1.5 and 4.5. Between places 9; left of it 1.
	f, p, err := StableSeason(series(1, 3, 2, 6), 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "F", f, 9)
	near(t, "p", p, 2*math.Atan(1./3)/math.Pi) // F(1, 1) is the square of a Cauchy
	for _, c := range []struct {
		name   string
		values []Value
		season int
		f, p   float64
	}{
		{"the same everywhere", series(5, 5, 5, 5, 5, 5), 3, 0, 1},
		{"nothing but season", series(1, 2, 3, 1, 2, 3), 3, math.Inf(1), 0},
	} {
		if f, p, err := StableSeason(c.values, c.season); err != nil || f != c.f || p != c.p {
			t.Errorf("%s: F %g, p %g, %v", c.name, f, p, err)
		}
	}
	for name, v := range map[string][]Value{"nothing": nil, "one year": series(1, 2, 3, 4), "a year and a value": series(1, 2, 3, 4, 5)} {
		if _, _, err := StableSeason(v, 4); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestStableSeasonKeepsItsLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	const runs = 2000
	share := func(value func(i int) float64) float64 {
		found := 0
		for range runs {
			v := make([]Value, 36)
			for i := range v {
				if v[i] = Known(value(i) + r.NormFloat64()); r.IntN(10) == 0 {
					v[i] = Value{}
				}
			}
			if _, p, err := StableSeason(v, 12); err == nil && p < 0.05 {
				found++
			}
		}
		return float64(found) / runs
	}
	if s := share(func(int) float64 { return 0 }); s < 0.03 || s > 0.07 {
		t.Errorf("noise has a season in %.3f of cases", s)
	}
	if s := share(func(i int) float64 { return map[bool]float64{true: 3}[i >= 28] }); s > 0.05 {
		t.Errorf("a shift is taken for a season in %.3f of cases", s)
	}
	if s := share(func(i int) float64 { return 2 * math.Sin(2*math.Pi*float64(i)/12) }); s < 0.95 {
		t.Errorf("a season of two standard deviations is found in %.3f of cases", s)
	}
}
