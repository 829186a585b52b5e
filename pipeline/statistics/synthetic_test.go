package statistics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// The weights are optimal if and only if the gradient is the same where they are above zero, and nowhere smaller (Karush, Kuhn
// and Tucker).
func TestSimplexWeightsAreOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(1, 12).Draw(t, "n"), rapid.IntRange(1, 15).Draw(t, "k")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		size := math.Pow(10, float64(rapid.IntRange(-6, 6).Draw(t, "size")))
		a, b := mat.NewDense(n, k, nil), make([]float64, n)
		for i := range n {
			b[i] = size * (5 + r.NormFloat64())
			for j := range k {
				a.Set(i, j, size*(5+r.NormFloat64()))
			}
		}
		if k > 2 && rapid.Bool().Draw(t, "twins") {
			a.SetCol(1, mat.Col(nil, 0, a))
		}
		w, err := SimplexWeights(a, b)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		left := mat.NewVecDense(n, nil)
		left.MulVec(a, mat.NewVecDense(k, w))
		left.SubVec(left, mat.NewVecDense(n, b))
		g := mat.NewVecDense(k, nil)
		g.MulVec(a.T(), left)
		mean := 0.0
		for j, x := range w {
			if x < 0 {
				t.Fatalf("weight %d is %g", j, x)
			}
			sum += x
			mean += x * g.AtVec(j)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("the weights sum to %g", sum)
		}
		for j := range k {
			if d := (g.AtVec(j) - mean) / (size * size); d < -1e-7 {
				t.Fatalf("weight %d should grow: gradient %g below the mean", j, d)
			}
		}
	})
}

func TestSimplexWeightsWithoutChoice(t *testing.T) {
	a := mat.NewDense(2, 3, []float64{1, 1, 1, 2, 2, 2})
	w, err := SimplexWeights(a, []float64{1, 2})
	if err != nil || math.Abs(w[0]+w[1]+w[2]-1) > 1e-12 {
		t.Errorf("columns alike, and alike the target: %v, %v", w, err)
	}
	for _, b := range [][]float64{nil, {1}, {1, math.NaN()}, {math.Inf(1), 1}} {
		if w, err := SimplexWeights(a, b); err == nil {
			t.Errorf("%v is mixed by %v", b, w)
		}
	}
}

// mixed is a panel of units that follow two paths, and one that is a mix of others, with an effect of its own from start.
func mixedPanel(r *rand.Rand, donors, times, start int, effect, noise float64) (treated []Value, others [][]Value) {
	panel := make([][]float64, donors)
	paths := make([][2]float64, times)
	for t := 1; t < times; t++ {
		paths[t] = [2]float64{paths[t-1][0] + r.NormFloat64(), paths[t-1][1] + r.NormFloat64()}
	}
	for i := range panel {
		share := r.Float64()
		for t := range times {
			panel[i] = append(panel[i], 20+share*paths[t][0]+(1-share)*paths[t][1]+noise*r.NormFloat64())
		}
		others = append(others, knownAll(panel[i]...))
	}
	for t := range times {
		x := 0.3*panel[0][t] + 0.7*panel[1][t] + noise*r.NormFloat64()/3
		if t >= start {
			x += effect
		}
		treated = append(treated, Known(x))
	}
	return treated, others
}

func TestSyntheticControlFindsTheMixAndTheEffect(t *testing.T) {
	treated, others := mixedPanel(rand.New(rand.NewPCG(1, 1)), 10, 30, 20, 6, 0.3)
	treated[4], others[9][2] = Value{}, Value{}
	treated[18], treated[19] = Known(100), Known(-100) // set aside
	p, used, err := SyntheticControl(treated, others, 18, 20)
	if err != nil {
		t.Fatal(err)
	}
	if len(used) != 9 || used[8] != 8 || p.Of != 10 || p.Rank != 1 || p.RankAbove != 1 || len(p.Gap) != 27 {
		t.Errorf("used %v, rank %d (of the gap %d) of %d, %d times", used, p.Rank, p.RankAbove, p.Of, len(p.Gap))
	}
	near(t, "effect", p.Average, 6, 0.06)
	if p.PreError > 0.3 {
		t.Errorf("error before %g", p.PreError)
	}
}

// Without any effect each unit is as likely as another to have the largest ratio.
func TestPlaceboRankIsUniformWithoutEffect(t *testing.T) {
	const runs = 300
	r, first := rand.New(rand.NewPCG(2, 2)), 0
	for range runs {
		panel := make([][]float64, 10)
		for i := range panel {
			for range 16 {
				panel[i] = append(panel[i], r.NormFloat64())
			}
		}
		p, err := MixPlacebos(panel, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if p.Rank == 1 {
			first++
		}
	}
	if first < 14 || first > 50 { // 30 expected, three standard deviations of 5.2, and one for luck
		t.Errorf("first of 10 in %d of %d runs", first, runs)
	}
}

func TestSyntheticControlSaysWhyItCannot(t *testing.T) {
	treated, others := mixedPanel(rand.New(rand.NewPCG(3, 3)), 8, 12, 8, 1, 0.3)
	gappy := append([][]Value{make([]Value, 12)}, others[1:]...)
	for _, c := range []struct {
		treated       []Value
		others        [][]Value
		before, start int
		want          string
	}{
		{treated, others[:7], 8, 8, "7 comparison units: a synthetic control needs at least 8"},
		{treated, nil, 8, 8, "0 comparison units"},
		{treated, gappy, 8, 8, "7 of 8 comparison units are known at all times"},
		{make([]Value, 12), others, 8, 8, "does not vary"},
		{knownAll(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), others, 8, 8, "does not vary"},
		{treated, others, 1, 8, "1 of 5 times lie before"},
		{treated, others, 8, 12, "8 of 8 times lie before"},
		{treated, others, 8, 7, "overlap"},
	} {
		if _, _, err := SyntheticControl(c.treated, c.others, c.before, c.start); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// A treated unit that is one of the donors all along has no error on either side, and takes no rank from others.
func TestSyntheticControlOfATwin(t *testing.T) {
	treated, others := mixedPanel(rand.New(rand.NewPCG(4, 4)), 8, 12, 8, 0, 0.3)
	others[3] = treated
	p, _, err := SyntheticControl(treated, others, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	if !p.PerfectBefore || p.Ratio.Known || math.Abs(p.Average) > 1e-9 {
		t.Errorf("%+v", p.Synthetic)
	}
}

func TestSyntheticDifferencesOfParallelUnits(t *testing.T) {
	r, panel := rand.New(rand.NewPCG(5, 5)), make([][]float64, 12)
	common := make([]float64, 20)
	for i := range common {
		common[i] = r.NormFloat64()
	}
	for u := range panel {
		for i := range 20 {
			x := float64(u) + common[i]
			if u >= 10 && i >= 14 {
				x += 2.5
			}
			panel[u] = append(panel[u], x)
		}
	}
	d, err := SyntheticDifferences(panel, 10, 14)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sdid", d.SDID, 2.5)
	near(t, "did", d.DiD, 2.5)
	for _, c := range [][3]int{{1, 14, 12}, {12, 14, 12}, {10, 1, 12}, {10, 20, 12}, {0, 5, 0}} {
		if _, err := SyntheticDifferences(panel[:c[2]], c[0], c[1]); err == nil {
			t.Errorf("%v is taken", c)
		}
	}
	hole := [][]float64{{1, 2, 1}, {2, 3, 2}, {3, math.NaN(), 4}}
	if _, err := SyntheticDifferences(hole, 2, 2); err == nil {
		t.Error("an unknown value is taken")
	}
	if _, err := MixPlacebos(hole, 0, 2); err == nil {
		t.Error("an unknown value is taken")
	}
	flat := [][]float64{{1, 1, 1}, {2, 2, 2}, {3, 3, 4}}
	if _, err := SyntheticDifferences(flat, 2, 2); err == nil || !strings.Contains(err.Error(), "do not vary") {
		t.Errorf("controls that do not vary: %v", err)
	}
}

// Units that are constant, or alike but for rounding, leave nothing to fit.
func TestSyntheticControlOfConstantUnits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for range 300 {
		k := 3 + r.IntN(20)
		panel := make([][]float64, k)
		for u := range panel {
			level := 7.0
			if r.IntN(3) == 0 {
				level += float64(r.IntN(3)) * 1e-15
			}
			for range 6 {
				panel[u] = append(panel[u], level+float64(r.IntN(2))*1e-15)
			}
		}
		if s, err := MixPlacebos(panel, r.IntN(k), 3+r.IntN(3)); err == nil && math.Abs(s.Average) > 1e-12 {
			t.Errorf("%+v", s)
		}
	}
}
