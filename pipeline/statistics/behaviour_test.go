package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func series(x ...float64) []Value {
	v := make([]Value, len(x))
	for i := range x {
		v[i] = Known(x[i])
	}
	return v
}

func TestLimitsByHand(t *testing.T) {
	b := Behave(series(10, 12, 11, 13, 9, 11), 0)
	for i := range 5 {
		if b.Movement(i, 1) != TooFew {
			t.Errorf("value %d is judged by %d", i, i+1)
		}
	}
	l := b.Points[5].Limits // mean 11; ranges 2, 1, 2, 4, 2
	if l == nil || l.N != 6 {
		t.Fatalf("limits %+v", l)
	}
	for what, c := range map[string][2]float64{
		"centre": {l.Centre, 11}, "range": {l.Range, 2.2}, "low": {l.Low, 11 - 2.66*2.2}, "high": {l.High, 11 + 2.66*2.2}, "range limit": {l.RangeHigh, 3.268 * 2.2},
	} {
		near(t, what, c[0], c[1])
	}
}

func TestSignals(t *testing.T) {
	calm := []float64{10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11} // mean 10.5, mean range 2
	for _, c := range []struct {
		name      string
		then      []float64
		signals   []Signal
		direction int
		want      Movement
	}{
		{"routine", []float64{13}, nil, 1, Same},
		{"on the centre", []float64{10.5}, nil, 1, Same},
		{"outside", []float64{17}, []Signal{Outside}, 1, Better},
		{"outside, less is better", []float64{17}, []Signal{Outside}, -1, Worse},
		{"outside, neither", []float64{4}, []Signal{Jump, Outside}, 0, Moved},
		{"a jump within the limits", []float64{7.2, 14.5}, []Signal{Jump}, 1, Same},
		{"two of three near", []float64{14, 14}, nil, 1, Same},
		{"three of four near", []float64{14, 10, 14, 14}, []Signal{Near}, -1, Worse},
		{"near on both sides", []float64{14, 7, 14, 7}, []Signal{Jump}, 1, Same},
		{"near, but not the last", []float64{14, 14, 14, 11}, nil, 1, Same},
		{"seven below", []float64{10, 10, 10, 10, 10, 10, 10}, nil, 1, Same},
		{"eight below", []float64{11, 10, 10, 10, 10, 10, 10, 10, 10}, []Signal{Run}, 1, Worse},
		{"nine below: the new level is no news", []float64{11, 10, 10, 10, 10, 10, 10, 10, 10, 10}, nil, 1, Same},
	} {
		b := Behave(series(slices.Concat(calm, c.then)...), 0)
		last := len(b.Points) - 1
		if got := b.Points[last].Signals; !slices.Equal(got, c.signals) || b.Movement(last, c.direction) != c.want {
			t.Errorf("%s: %v, %s; want %v, %s", c.name, got, b.Movement(last, c.direction), c.signals, c.want)
		}
	}
}

func TestLimitsStayUntilTheProcessShifts(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	var x []float64
	for i := range 60 {
		level := 50.
		if i >= 30 {
			level = 70
		}
		x = append(x, level+r.NormFloat64())
	}
	b := Behave(series(x...), 0)
	if !slices.Equal(b.Shifts, []int{30}) {
		t.Fatalf("shifts %v", b.Shifts)
	}
	for i := 30; i <= 36; i++ { // value 29 happens to lie above the centre too: the run is complete with 36
		if b.Movement(i, 1) != Better || *b.Points[i].Limits != *b.Points[29].Limits {
			t.Errorf("value %d, by the old limits, is %s", i, b.Movement(i, 1))
		}
	}
	if l := b.Points[37].Limits; l.Low < 60 || l.N != 8 || b.Movement(37, 1) != Same {
		t.Errorf("value 37 is judged by %+v", l)
	}
	if b.Points[53].Limits.N != Baseline || *b.Points[59].Limits != *b.Points[53].Limits {
		t.Errorf("limits %+v go on moving", b.Points[59].Limits)
	}
}

func TestUnknownValuesHaveNoPart(t *testing.T) {
	v := series(10, 12, 11, 0, 13, 9, 11, 12, 10)
	v[3] = Value{}
	b := Behave(v, 0)
	if b.Points[3].Limits != nil || b.Points[4].Range.Known || b.Movement(3, 1) != TooFew {
		t.Errorf("around the gap: %+v", b.Points[3:5])
	}
	if l := b.Points[6].Limits; l != nil { // six values, but four ranges
		t.Errorf("limits by four ranges: %+v", l)
	}
	if l := b.Points[7].Limits; l == nil || l.N != 7 || l.Range != (2+1+4+2+1)/5. {
		t.Errorf("limits %+v", l)
	}
	// Every second month known: no range at all.
	gaps := make([]Value, 30)
	for i := 0; i < 30; i += 2 {
		gaps[i] = Known(float64(i))
	}
	if m := Behave(gaps, 0).Movement(28, 1); m != TooFew {
		t.Errorf("without neighbours %s", m)
	}
}

// How often a value of a process to which nothing happens is taken for a change, and how soon a shift is told.
func TestFalseAlarmsAndDetection(t *testing.T) {
	const runs = 4000
	r := rand.New(rand.NewPCG(1, 0))
	noise := func(n int, shift float64) Behaviour {
		v := make([]Value, n)
		for i := range v {
			v[i] = Known(r.NormFloat64())
			if i >= 24 {
				v[i].Number += shift
			}
		}
		return Behave(v, 0)
	}
	for n, most := range map[int]float64{7: 0.015, 12: 0.015, 24: 0.015, 36: 0.03, 60: 0.03} {
		alarms := 0
		for range runs {
			if b := noise(n, 0); b.Movement(n-1, 0) != Same {
				alarms++
			}
		}
		if rate := float64(alarms) / runs; rate > most || rate < 0.003 {
			t.Errorf("of %d values the last is taken for a change in %.4f of cases", n, rate)
		}
	}
	for _, n := range []int{36, 43, 60} {
		alarms := 0
		for range runs / 4 {
			v := make([]Value, n)
			for i := range v {
				v[i] = Known(5*math.Sin(2*math.Pi*float64(i)/12) + r.NormFloat64())
			}
			if m := Behave(v, 12).Movement(n-1, 0); m != Same {
				alarms++
			}
		}
		if rate := 4 * float64(alarms) / runs; rate > 0.04 {
			t.Errorf("of %d values with a season the last is taken for a change in %.4f of cases", n, rate)
		}
	}
	for shift, least := range map[float64]float64{1: 0.5, 2: 0.95, 3: 0.99} { // within eight months
		told := 0
		for range runs {
			b := noise(32, shift)
			for i := 24; i < 32; i++ {
				if b.Movement(i, 1) == Better {
					told++
					break
				}
			}
		}
		if rate := float64(told) / runs; rate < least {
			t.Errorf("a shift of %v standard deviations is told in %.3f of cases", shift, rate)
		}
	}
}

func TestTheSeasonIsTakenOff(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	month := func(i int) float64 { return 100 + 30*math.Sin(2*math.Pi*float64(i)/12) }
	var v []Value
	for i := range 41 { // three years and five months
		v = append(v, Known(month(i)+r.NormFloat64()))
	}
	v[40].Number += 12
	told := func(b Behaviour) (n int) {
		for i := range 40 {
			if m := b.Movement(i, 1); m != Same && m != TooFew {
				n++
			}
		}
		return n
	}
	b := Behave(v, 12)
	if m := b.Movement(40, 1); m != Better {
		t.Errorf("a rise of many standard deviations is %s", m)
	}
	if with, without := told(b), told(Behave(v, 0)); with > 2 || without < 10 {
		t.Errorf("changes in months in which nothing happened: %d, and %d with the season left in", with, without)
	}
	for i, s := range b.Season {
		if !s.Known || math.Abs(s.Number-(month(i)-100)) > 4 {
			t.Errorf("month %d: %v is taken off, and its season is %v", i, s, month(i)-100)
		}
	}
	// Less than three years: no month of the first is known in two others.
	short := Behave(v[:35], 12)
	for i, s := range short.Season {
		if s.Known || short.Values[i] != v[i] {
			t.Errorf("month %d of 35 loses %v", i, s)
		}
	}
	// January is unknown in two of four years: what is left of it has no two others, and is not judged.
	v[0], v[12] = Value{}, Value{}
	b = Behave(v, 12)
	for i, s := range b.Season {
		if s.Known != (i%12 > 0) || s.Known != b.Values[i].Known || !s.Known && b.Movement(i, 1) != TooFew {
			t.Errorf("month %d with few Januaries: %v is taken off", i, s)
		}
	}
}

// An unfinished year is not mistaken for one of another level, nor a year's own rise for its season.
func TestSeasonsAreApartFromYears(t *testing.T) {
	var v []Value
	for i := range 41 {
		v = append(v, Known(float64(100*(i/12))+float64(i%12)))
	}
	for i, s := range Behave(v, 12).Season {
		near(t, "season", s.Number, float64(i%12)-5.5)
	}
}

func TestBehaviourTakesWhatComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Value {
			return Value{Known: rapid.Bool().Draw(t, "known"), Number: rapid.OneOf(rapid.Float64Range(-9, 9), rapid.Float64(), rapid.Just(3.)).Draw(t, "x")}
		}), 0, 50).Draw(t, "values")
		season := rapid.SampledFrom([]int{-1, 0, 1, 4, 12}).Draw(t, "season")
		b := Behave(v, season)
		if len(b.Values) != len(v) || len(b.Points) != len(v) {
			t.Fatal("values are lost")
		}
		for i := range v {
			if !v[i].Known && (b.Points[i].Limits != nil || b.Movement(i, 1) != TooFew) {
				t.Fatalf("value %d is unknown, and judged", i)
			}
		}
		if season <= 1 { // later values change nothing
			for i := range v {
				if a, b := b.Movement(i, 1), Behave(v[:i+1], 0).Movement(i, 1); a != b {
					t.Fatalf("value %d was %s on its day and is %s now", i, b, a)
				}
			}
		}
		b.Movement(-1, 0)
		b.Movement(len(v), 0)
	})
	if b := Behave(series(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1), 0); b.Movement(10, 1) != Same || len(b.Shifts) > 0 {
		t.Errorf("a constant is %s", b.Movement(10, 1))
	}
	if b := Behave(series(5, 5, 5, 5, 5, 5, 5, 5, 6), 0); b.Movement(8, 1) != Better {
		t.Errorf("what never moved has moved: %s", b.Movement(8, 1))
	}
}
