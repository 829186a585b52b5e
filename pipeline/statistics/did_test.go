package statistics

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

// sample are a few numbers of one decimal, as measurements are, which makes for ties.
func sample(least, most int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(-60, 60), func(x int) float64 { return float64(x) / 10 }), least, most)
}

func TestRelabelCountsWhatTryingThemAllFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sample(1, 6).Draw(t, "a"), sample(1, 6).Draw(t, "b")
		r, err := Relabel(a, b, Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		n, k := len(a)+len(b), len(a)
		if total := combin.Binomial(n, k); !r.Exact || r.Total != float64(total) {
			t.Fatalf("%v labellings (exact: %v), want %d", r.Total, r.Exact, total)
		}
		if want := Labels(a, b, Sampling{}).P; math.Abs(r.TwoSided-want) > 1e-12 {
			t.Errorf("two-sided p %v, by trying %v", r.TwoSided, want)
		}
		if least := 1/r.Total - 1e-12; r.TwoSided < least || r.Upper < least || r.Lower < least {
			t.Errorf("%+v leaves out the labelling that was seen", r)
		}
		if r.Upper+r.Lower < 1 {
			t.Errorf("%+v: the two tails leave something out", r)
		}
	})
}

// Without a grid the sums are compared with a guard; the distribution must be the same.
func TestRelabelDoesNotDependOnUnitOrOrigin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sample(1, 6).Draw(t, "a"), sample(1, 6).Draw(t, "b")
		scale, shift := rapid.Float64Range(0.001, 1000).Draw(t, "scale"), rapid.Float64Range(-10, 10).Draw(t, "shift")
		move := func(x []float64) []float64 {
			y := make([]float64, len(x))
			for i := range x {
				y[i] = x[i]*scale + shift
			}
			return y
		}
		r, err := Relabel(a, b, Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		moved, err := Relabel(move(a), move(b), Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		if moved != r {
			t.Errorf("%+v became %+v", r, moved)
		}
		turned, err := Relabel(b, a, Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(turned.TwoSided-r.TwoSided)+math.Abs(turned.Upper-r.Lower) > 1e-12 {
			t.Errorf("%+v with the groups exchanged is %+v", r, turned)
		}
	})
}

func TestRelabelDrawsWhereThereIsTooMuchToCount(t *testing.T) {
	var a, b []float64
	for i := range 40 {
		a, b = append(a, math.Sqrt(float64(i+3))), append(b, math.Sqrt(float64(2*i)))
	}
	r, err := Relabel(a, b, Sampling{Seed: 7, Draws: 500})
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := Relabel(a, b, Sampling{Seed: 7, Draws: 500}); r.Exact || r.Total != 500 || r != again || r.TwoSided < 1./501 {
		t.Errorf("%+v, again %+v", r, again)
	}
	for _, tiny := range []float64{1e-11, 1e-300} { // no grid is so fine that everything is alike on it
		r, err := Relabel([]float64{3 * tiny, 4 * tiny, 5 * tiny}, []float64{0, tiny, 2 * tiny}, Sampling{})
		if err != nil || r.TwoSided != 0.1 || r.Upper != 0.05 {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// Hollander & Wolfe (1973), Nonparametric Statistical Methods, p. 69: permeability of membranes at term and earlier, of which R's
// ?wilcox.test prints W = 35 and, exactly, p = 0.1272 one-sided; the normal approximation is by hand.
func TestMannWhitneyAgreesWithHollanderAndWolfe(t *testing.T) {
	term := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	r, err := MannWhitney(term, early)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "U", r.U, 35)
	near(t, "delta", r.Delta, 0.4)
	near(t, "shift", r.Shift, 0.305) // printed by R as the difference in location
	near(t, "p", r.P, math.Erfc(9.5/math.Sqrt(50./12*16)/math.Sqrt2))
}

func TestMannWhitneyIsOfOrderAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sample(1, 12).Draw(t, "a"), sample(1, 12).Draw(t, "b")
		r, err := MannWhitney(a, b)
		if err != nil {
			t.Fatal(err)
		}
		above, ties := 0.0, 0.0
		for _, x := range a {
			for _, y := range b {
				switch {
				case x > y:
					above++
				case x == y:
					ties++
				}
			}
		}
		if math.Abs(r.U-above-ties/2) > 1e-9 || r.P < 0 || r.P > 1 {
			t.Errorf("%+v, %v pairs above and %v alike", r, above, ties)
		}
		exponentials := func(x []float64) []float64 {
			y := slices.Clone(x)
			for i := range y {
				y[i] = math.Exp(y[i])
			}
			return y
		}
		grown, err := MannWhitney(exponentials(a), exponentials(b))
		turned, err2 := MannWhitney(b, a)
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if grown.U != r.U || grown.P != r.P || math.Abs(turned.Delta+r.Delta)+math.Abs(turned.P-r.P)+math.Abs(turned.Shift+r.Shift) > 1e-9 {
			t.Errorf("%+v, by a rising function %+v, exchanged %+v", r, grown, turned)
		}
	})
}

// Adding what is predicted by the value before to all units changes the slopes and not the effect.
func TestAncovaTakesTheValueBeforeOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 20).Draw(t, "n")
		before, after := sample(n, n).Draw(t, "before"), sample(n, n).Draw(t, "after")
		treated := make([]bool, n)
		for i := range treated {
			treated[i] = i%2 == 0
		}
		a, err := Ancova(before, after, treated)
		if err != nil {
			t.Skip(err.Error())
		}
		slope, shift := rapid.Float64Range(-3, 3).Draw(t, "slope"), rapid.Float64Range(-9, 9).Draw(t, "shift")
		for i := range after {
			after[i] += slope*before[i] + shift
		}
		b, err := Ancova(before, after, treated)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []float64{b.Value - a.Value, b.SE - a.SE, b.Slope - a.Slope - slope, b.Gap - a.Gap, b.ChangeSlope.Number - a.ChangeSlope.Number - slope} {
			if !(math.Abs(d) < 1e-8) {
				t.Fatalf("%+v became %+v", a, b)
			}
		}
	})
}

func TestPlaceboAndLeaveOneOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sample(2, 8).Draw(t, "a"), sample(2, 8).Draw(t, "b")
		one := LeaveOneOut(a, b)
		for i := range a {
			if want := stat.Mean(slices.Delete(slices.Clone(a), i, i+1), nil) - stat.Mean(b, nil); math.Abs(one[i]-want) > 1e-12 {
				t.Errorf("without unit %d: %v, want %v", i, one[i], want)
			}
		}
		if len(one) != len(a)+len(b) {
			t.Fatalf("%d estimates of %d units", len(one), len(a)+len(b))
		}
		all := slices.Concat(a, b)
		placebos, err := PlaceboInSpace(all)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range placebos { // the rank of one unit is its permutation p
			others := slices.Delete(slices.Clone(all), i, i+1)
			r, err := Relabel(all[i:i+1], others, Sampling{})
			if err != nil {
				t.Fatal(err)
			}
			rank := 0
			for _, y := range placebos {
				if math.Abs(y) >= math.Abs(x)-1e-9 {
					rank++
				}
			}
			if math.Abs(r.TwoSided*float64(len(all))-float64(rank)) > 1e-9 || math.Abs(stat.Mean(all[i:i+1], nil)-stat.Mean(others, nil)-x) > 1e-9 {
				t.Errorf("unit %d: effect %v, rank %d, %+v", i, x, rank, r)
			}
		}
	})
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	nan, some := math.NaN(), []float64{1, 2, 4}
	for name, err := range map[string]error{
		"no unit":           second(Relabel(nil, some, Sampling{})),
		"not a number":      second(Relabel(some, []float64{nan, 1}, Sampling{})),
		"no rank":           second(MannWhitney(some, nil)),
		"infinite":          second(MannWhitney(some, []float64{math.Inf(1)})),
		"one unit":          second(PlaceboInSpace([]float64{1})),
		"all treated":       second(Ancova(some, some, []bool{true, true, true})),
		"no rows":           second(Ancova(nil, nil, nil)),
		"unequal":           second(Ancova(some, some, nil)),
		"alike before":      second(Ancova([]float64{1, 1, 1, 1, 1}, []float64{1, 2, 3, 5, 4}, []bool{true, true, false, false, false})),
		"no change":         second(Ancova([]float64{1, 3, 2, 5, 4}, []float64{1, 3, 2, 5, 4}, []bool{true, true, false, false, false})),
		"a cell is missing": second(DiD([]float64{1, 2, 3, 4}, []bool{true, true, false, false}, []bool{true, false, false, false})),
		"no value":          second(DiD(nil, nil, nil)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
