package statistics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// staggered is a panel of units that walk, some treated at 3, some at 5 of 8 times; the effect grows by size a time.
func staggered(r *rand.Rand, never, early, late int, size float64) (panel [][]Value, first []int) {
	for _, g := range []struct{ first, units int }{{Never, never}, {3, early}, {5, late}} {
		for range g.units {
			own, row := 10*r.NormFloat64(), []Value{}
			for t := range 8 {
				x := own + 0.5*float64(t) + r.NormFloat64()
				if g.first != Never && t >= g.first {
					x += size * float64(t-g.first+1)
				}
				row = append(row, Known(x))
			}
			panel, first = append(panel, row), append(first, g.first)
		}
	}
	return panel, first
}

func TestGroupTimeEffectsFindWhatGrows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	panel, first := staggered(r, 400, 300, 300, 2)
	panel, first = append(panel, panel[0]), append(first, 0) // treated from the start: nothing to compare it with itself
	first[len(first)-1] = 0
	panel[1][4], panel[500][2] = Value{}, Value{}
	g, err := GroupTimeEffects(panel, first, 0)
	if err != nil {
		t.Fatal(err)
	}
	if g.Units != 1000 || g.Never != 400 || g.Left != 1 || len(g.Effects) != 14 || len(g.Groups) != 2 || g.PreDF != 6 {
		t.Errorf("%d units, %d never, %d left out, %d effects, %d groups, %d before", g.Units, g.Never, g.Left, len(g.Effects), len(g.Groups), g.PreDF)
	}
	for _, e := range g.Effects {
		want := 0.0
		if e.Time >= e.Group {
			want = 2 * float64(e.Time-e.Group+1)
		}
		if math.Abs(e.Value-want) > 4*e.SE {
			t.Errorf("group %d at %d: %v, want %g", e.Group, e.Time, e.Estimate, want)
		}
	}
	for _, l := range g.Lags {
		if want := 2 * float64(max(0, l.Lag+1)); math.Abs(l.Value-want) > 4*l.SE {
			t.Errorf("lag %d: %v, want %g", l.Lag, l.Estimate, want)
		}
	}
	near(t, "dynamic", g.Dynamic.Value, 6, 0.05)                         // of 2, 4, 6, 8, 10
	near(t, "simple", g.Simple.Value, (30+12)/8.0, 0.05)                 // of five and three times
	near(t, "by group", g.ByGroup.Value, (6.0+4.0)/2, 0.05)              // of their means
	near(t, "first group", g.Groups[0].Value, 6, 0.05)                   // over five times
	near(t, "error", g.Effects[0].SE, math.Sqrt(2*(1/300.+1/400.)), 0.1) // of a difference of differences of white noise
}

// One group only, known at two times: the difference in differences of unit changes.
func TestGroupTimeEffectsOfTwoTimesIsTheDifferenceInDifferences(t *testing.T) {
	panel := [][]Value{knownAll(1, 4), knownAll(2, 7), knownAll(3, 3), knownAll(5, 6), knownAll(2, 2)}
	g, err := GroupTimeEffects(panel, []int{1, 1, Never, Never, 7}, 3)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "effect", g.Simple.Value, 4-1.0/3)
	near(t, "error", g.Simple.SE, math.Sqrt(2.0/4+(2.0/3)/9))
	if g.Never != 3 || g.PreP.Known || g.PreTest.Known {
		t.Errorf("%+v", g)
	}
}

func TestGroupTimeChanceHoldsItsLevelWithFewUnits(t *testing.T) {
	const runs = 300
	r, found, normal := rand.New(rand.NewPCG(2, 2)), 0, 0
	for run := range runs {
		panel, first := staggered(r, 4, 3, 3, 0)
		c, err := GroupTimeChance(panel, first, Sampling{Seed: uint64(run), Draws: 199})
		if err != nil {
			t.Fatal(err)
		}
		if c.P <= 0.05 {
			found++
		}
		g, err := GroupTimeEffects(panel, first, 0)
		if err != nil {
			t.Fatal(err)
		}
		if g.Simple.P <= 0.05 {
			normal++
		}
	}
	if found < 4 || found > 27 { // 15 expected, three standard deviations of 3.8
		t.Errorf("something is found in %d of %d runs without effect", found, runs)
	}
	if normal <= found {
		t.Errorf("the normal distribution finds %d where the permutation finds %d: then it is not needed", normal, found)
	}
	panel, first := staggered(r, 6, 5, 5, 2)
	if c, err := GroupTimeChance(panel, first, Sampling{Seed: 1, Draws: 499}); err != nil || c.P > 0.01 {
		t.Errorf("a large effect: %+v, %v", c, err)
	}
}

func TestGroupTimeEffectsSayWhyTheyCannot(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	panel, first := staggered(r, 3, 2, 0, 1)
	hidden := append([][]Value{}, panel...)
	hidden[3], hidden[4] = make([]Value, 8), make([]Value, 8)
	short := append([][]Value{}, panel...)
	short[4] = short[4][:5]
	one := [][]Value{knownAll(1), knownAll(2), knownAll(3), knownAll(4)}
	for _, c := range []struct {
		panel [][]Value
		first []int
		want  string
	}{
		{panel, first[:4], "5 units and 4 first times"},
		{panel, []int{3, 3, 3, 3, Never}, "1 units were never treated"},
		{panel, []int{Never, Never, Never, Never, 3}, "1 units were treated after the first time"},
		{panel, []int{Never, Never, Never, 0, 0}, "0 units were treated after the first time"},
		{one, []int{Never, Never, 1, 1}, "1 times: at least 2"},
		{nil, nil, "0 times"},
		{short, first, "unit 5 has 5 times"},
		{hidden, first, "no treated unit has values both before and after"},
	} {
		if _, err := GroupTimeEffects(c.panel, c.first, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("effects: got %v, want %q", err, c.want)
		}
		if _, err := GroupTimeChance(c.panel, c.first, Sampling{Draws: 9}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("chance: got %v, want %q", err, c.want)
		}
	}
	constant := [][]Value{knownAll(1, 1, 1), knownAll(1, 1, 1), knownAll(1, 1, 1), knownAll(1, 1, 1)}
	g, err := GroupTimeEffects(constant, []int{Never, Never, 1, 1}, 0)
	if err != nil || g.Simple.Value != 0 || g.Simple.SE != 0 || g.Simple.P != 1 {
		t.Errorf("constant series: %+v, %v", g, err)
	}
	if _, err := GroupTimeChance(constant, []int{Never, Never, 1, 1}, Sampling{Draws: 9}); err == nil {
		t.Error("constant series have a permutation test")
	}
}

// Two groups, four times, by hand: those treated at the last time stand beside the never treated until then.
func TestNotYetTreatedAreComparedWith(t *testing.T) {
	rows := [][]float64{{1, 4, 6, 9}, {3, 5, 8, 10}, {0, 1, 1, 5}, {2, 2, 4, 9}, {0, 0, 1, 1}, {1, 2, 2, 4}, {5, 7, 7, 8}}
	first := []int{1, 1, 3, 3, Never, Never, Never}
	panel := make([][]Value, len(rows))
	for u, row := range rows {
		for _, x := range row {
			panel[u] = append(panel[u], Known(x))
		}
	}
	g, err := NotYetTreatedEffects(panel, first, 0)
	if err != nil {
		t.Fatal(err)
	}
	mean := func(from, to int, units ...int) (m float64) {
		for _, u := range units {
			m += (rows[u][to] - rows[u][from]) / float64(len(units))
		}
		return m
	}
	for _, e := range g.Effects {
		var want float64
		switch [2]int{e.Group, e.Time} {
		case [2]int{1, 1}, [2]int{1, 2}:
			want = mean(0, e.Time, 0, 1) - mean(0, e.Time, 2, 3, 4, 5, 6)
		case [2]int{1, 3}: // all are treated by then
			want = mean(0, 3, 0, 1) - mean(0, 3, 4, 5, 6)
		case [2]int{3, 1}, [2]int{3, 2}: // the first group is treated already
			want = mean(e.Time-1, e.Time, 2, 3) - mean(e.Time-1, e.Time, 4, 5, 6)
		case [2]int{3, 3}:
			want = mean(2, 3, 2, 3) - mean(2, 3, 4, 5, 6)
		default:
			t.Errorf("an effect on group %d at %d", e.Group, e.Time)
		}
		near(t, "effect", e.Value, want, 1e-12)
	}
	never, err := GroupTimeEffects(panel, first, 0)
	if err != nil || never.Effects[0].Value == g.Effects[0].Value || never.Effects[2] != g.Effects[2] {
		t.Errorf("%v and %v, %v", never.Effects, g.Effects, err)
	}
}
