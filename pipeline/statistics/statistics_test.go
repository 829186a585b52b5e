package statistics

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// near compares to a relative 1e-6, or an absolute 1e-9 near zero, unless told otherwise.
func near(t *testing.T, what string, got, want float64, tolerance ...float64) {
	t.Helper()
	tol := 1e-6
	if len(tolerance) > 0 {
		tol = tolerance[0]
	}
	if math.IsNaN(got) || math.Abs(got-want) > math.Max(1e-9, tol*math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// Student (1908), Biometrika 6:1, table of additional hours of sleep: drug 2 minus drug 1, ten patients. The t, p and
// interval are printed by R's ?t.test.
var sleep = []float64{1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4}

// Hand et al. (1994), A Handbook of Small Data Sets, set 285: weight before and after, in pounds.
var (
	familyBefore = []float64{83.8, 83.3, 86, 82.5, 86.7, 79.6, 76.9, 94.2, 73.4, 80.5, 81.6, 82.1, 77.6, 83.5, 89.9, 86, 87.3}
	familyAfter  = []float64{95.2, 94.3, 91.5, 91.9, 100.3, 76.7, 76.8, 101.6, 94.9, 75.2, 77.8, 95.5, 90.7, 92.5, 93.8, 91.7, 98}
	noneBefore   = []float64{80.7, 89.4, 91.8, 74, 78.1, 88.3, 87.3, 75.1, 80.6, 78.4, 77.6, 88.7, 81.3, 78.1, 70.5, 77.3, 85.2, 86, 84.1, 79.7, 85.5, 84.4, 79.6, 77.5, 72.3, 89}
	noneAfter    = []float64{80.2, 80.1, 86.4, 86.3, 76.1, 78.1, 75.1, 86.7, 73.5, 84.6, 77.4, 79.5, 89.6, 81.4, 81.8, 77.3, 84.2, 75.4, 79.5, 73, 88.3, 84.7, 81.4, 81.2, 88.2, 78.8}
)

func minus(after, before []float64) []float64 {
	d := make([]float64, len(after))
	for i := range d {
		d[i] = after[i] - before[i]
	}
	return d
}

func TestPairAgreesWithPublishedFigures(t *testing.T) {
	for _, c := range []struct {
		name                                 string
		changes                              []float64
		mean, t, p, low, high, g, hl, signed float64
		count                                int64
	}{
		{"sleep", sleep, 1.58, 4.062127683, 0.002832890197, 0.700114237, 2.459885763, 1.173924904, 1.3, 0.00390625, 4},
		{"family therapy", minus(familyAfter, familyBefore), 7.264705882, 4.184908135, 0.0007002531, 3.584699536, 10.944712229, 0.966527463, 7.65, 0.00105285644531, 138},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Pair(c.changes, Sampling{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "mean", p.Mean, c.mean)
			near(t, "t", p.T, c.t)
			near(t, "p", p.P, c.p)
			near(t, "low", p.Low, c.low)
			near(t, "high", p.High, c.high)
			near(t, "g", p.G.Number, c.g)
			near(t, "Hodges–Lehmann", p.HodgesLehmann, c.hl)
			near(t, "sign-flip p", p.SignFlip.P, c.signed)
			if p.SignFlip.Count != c.count || !p.SignFlip.Exact {
				t.Errorf("sign-flip %+v, want %d exactly", p.SignFlip, c.count)
			}
		})
	}
}

func TestCompareAgreesWithPublishedFigures(t *testing.T) {
	c, err := Compare(minus(familyAfter, familyBefore), minus(noneAfter, noneBefore), Sampling{Seed: 1, Draws: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "estimate", c.Estimate, 7.71470588235)
	near(t, "t", c.T, 3.2991600039)
	near(t, "df", c.DF, 36.9788639295)
	near(t, "p", c.P, 0.00215181355752)
	near(t, "low", c.Low, 2.97659664152)
	near(t, "high", c.High, 12.4528151232)
	near(t, "g", c.G.Number, 0.986651571685)
	// R's exactRankTests::perm.test, over all 421,171,648,758 labellings: 0.00278692849213. Four standard errors of 100,000 draws.
	if want := 0.00278692849213; math.Abs(c.Labels.P-want) > 4*math.Sqrt(want/100_000) || c.Labels.Exact {
		t.Errorf("labels %+v, want about %g by draws", c.Labels, want)
	}
}

// Kessler & Roth (2014), one treated state of 27: the changes of which five are at least as far from the others'.
func TestLabelsWithOneTreatedUnitIsARank(t *testing.T) {
	others := []float64{0.1, -0.2, 0.3, 0, 0.15, 5, -6, 7, -8}
	got := Labels([]float64{-4}, others, Sampling{})
	if diff := cmp.Diff(Chance{P: 0.5, Count: 5, Total: 10, Exact: true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDrawsAgreeWithEnumeration(t *testing.T) {
	a, b := minus(familyAfter, familyBefore)[:8], minus(noneAfter, noneBefore)[:8]
	full := Labels(a, b, Sampling{})
	if !full.Exact || full.Total != 12870 {
		t.Fatalf("16 over 8 is not enumerated: %+v", full)
	}
	decimals := append(append([]float64{}, sleep...), minus(noneAfter, noneBefore)[:11]...)
	seen := math.Abs(sum(decimals)) - 1e-9
	if got, want := SignFlip(decimals, Sampling{}), flips(decimals, 0, seen); got != exact(want, 1<<21) {
		t.Errorf("21 changes of one decimal: %+v, want %d counted", got, want)
	}
	if got := SignFlip(slices.Repeat([]float64{0.3, -0.2}, 32), Sampling{}); got.Exact { // more patterns than can be counted
		t.Errorf("64 changes: %+v", got)
	}
	many := make([]float64, direct+1)
	for i := range many {
		many[i] = math.Sin(float64(i)) + 0.03
	}
	z := sum(many) / math.Sqrt(product(many, many))
	if got, want := SignFlip(many, Sampling{Seed: 1}), math.Erfc(math.Abs(z)/math.Sqrt2); got.Exact || math.Abs(got.P-want) > 0.02 {
		t.Errorf("%d changes: %+v, about %g", len(many), got, want)
	}
	long := make([]float64, len(decimals)) // and these have no last decimal
	for i, d := range decimals {
		long[i] = d * math.Pi
	}
	if got := SignFlip(long, Sampling{Seed: 3}); got.Exact || got.Total != 10_000 {
		t.Errorf("21 changes: %+v, want 10,000 draws", got)
	} else if again := SignFlip(long, Sampling{Seed: 3}); again != got {
		t.Errorf("the same seed gave %+v and %+v", got, again)
	} else if want := float64(flips(long, 0, math.Abs(sum(long))-1e-9)) / (1 << 21); math.Abs(got.P-want) > 0.02 {
		t.Errorf("drawn p %g, exact %g", got.P, want)
	}
}

func product(x, y []float64) (s float64) {
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

func TestHolm(t *testing.T) {
	// Benjamini & Hochberg (1995), JRSS B 57:289, section 4; Holm's values by R's p.adjust. Given out of order.
	p := []float64{0.0095, 0.0001, 1, 0.0019, 0.0004, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759}
	want := []float64{0.114, 0.0015, 1, 0.0247, 0.0056, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1, 1, 1, 1, 1}
	for i, got := range Holm(p) {
		near(t, strconv.FormatFloat(p[i], 'g', -1, 64), got, want[i])
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestDetectableEffects(t *testing.T) {
	// R 4.2.2: power.t.test and pwr::pwr.t2n.test.
	near(t, "17 paired", DetectablePaired(17), 0.723866293087, 2e-5) // R stops searching at 1e-4
	near(t, "17 against 26", DetectableBetween(17, 26), 0.894974666419)
	near(t, "17 against 10", DetectableBetween(17, 10), 1.16175968077)
}

func TestWilson(t *testing.T) {
	// Newcombe (1998), Stat. Med. 17:857, table I; the last is the share of top marks of a survey.
	for _, c := range []struct {
		x, n      float64
		low, high float64
	}{{81, 263, 0.255288519878, 0.366209576983}, {0, 20, 0, 0.161125158053}, {20, 20, 1 - 0.161125158053, 1}, {24, 30, 0.626943035869, 0.904948928227}} {
		low, high, err := Wilson(c.x, c.n, Confidence)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low", low, c.low)
		near(t, "high", high, c.high)
	}
	for _, bad := range [][2]float64{{1, 0}, {-1, 3}, {4, 3}} {
		if _, _, err := Wilson(bad[0], bad[1], Confidence); err == nil {
			t.Errorf("%v was taken for a proportion", bad)
		}
	}
}

func TestSwapAgreesWithPublishedFigure(t *testing.T) {
	got := Swap(familyBefore, familyAfter, func(x []float64) float64 { return stat.StdDev(x, nil) / stat.Mean(x, nil) }, Sampling{})
	if diff := cmp.Diff(Chance{P: 3932.0 / 131072, Count: 3932, Total: 131072, Exact: true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDispersionIgnoresASharedShift(t *testing.T) {
	before := []float64{20, 35, 50, 62, 71, 80, 88, 93}
	after := make([]float64, len(before))
	shifted := make([]float64, len(before))
	for i, x := range before {
		after[i] = 60 + (x-60)/4
		shifted[i] = after[i] + 30
	}
	a, err := Dispersion(before, after, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Dispersion(before, shifted, Sampling{})
	if diff := cmp.Diff(a.Swap, b.Swap); diff != "" || a.Swap.P > 0.05 {
		t.Errorf("p %g and, 30 points higher, %g", a.Swap.P, b.Swap.P)
	}
	near(t, "change", a.Change, -0.75*a.Before)
	if _, err := Dispersion(before, after[1:], Sampling{}); err == nil {
		t.Error("7 and 8 values were compared")
	}
}

func TestTooFewOrUnvaryingUnits(t *testing.T) {
	if _, err := Pair([]float64{1}, Sampling{}); err == nil {
		t.Error("one pair was tested")
	}
	if _, err := Compare([]float64{1}, []float64{1, 2}, Sampling{}); err == nil {
		t.Error("one unit was compared")
	}
	p, _ := Pair([]float64{0, 0, 0}, Sampling{})
	if p.P != 1 || p.SignFlip.P != 1 || p.G.Known {
		t.Errorf("nothing changed, and yet %+v", p)
	}
	c, _ := Compare([]float64{1, 1, 1}, []float64{0, 0, 0}, Sampling{})
	if c.Low != 1 || c.High != 1 || c.G.Known || c.Labels.P != 0.1 {
		t.Errorf("all of one group rose by 1: %+v", c)
	}
}

func TestComparisonIsAntisymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-50, 50), 2, 7)
		a, b := values.Draw(t, "a"), values.Draw(t, "b")
		x, _ := Compare(a, b, Sampling{})
		y, _ := Compare(b, a, Sampling{})
		if math.Abs(x.Estimate+y.Estimate) > 1e-9 || math.Abs(x.Low+y.High) > 1e-6 || x.Labels.P != y.Labels.P {
			t.Fatalf("swapping the groups: %+v and %+v", x, y)
		}
		if p := x.Labels.P; p <= 0 || p > 1 {
			t.Fatalf("p %g", p)
		}
	})
}

// On panels shaped like the case (17 against 10, a common shock, units that drift) and without any effect, the test may
// cry wolf in 5 % of them: the A/A test of every experiment.
func TestPermutationKeepsItsLevel(t *testing.T) {
	const panels = 2000
	r := rand.New(rand.NewPCG(2014, 0))
	wolves, shuffled := 0, 0
	for range panels {
		a, b := noEffect(r, 17, 10)
		s := Sampling{Seed: r.Uint64(), Draws: 499}
		if Labels(a, b, s).P < 0.05 {
			wolves++
		}
		all := append(a, b...)
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if Labels(all[:17], all[17:], s).P < 0.05 {
			shuffled++
		}
	}
	for name, n := range map[string]int{"as drawn": wolves, "labels shuffled": shuffled} {
		if rate := float64(n) / panels; rate < 0.03 || rate > 0.07 {
			t.Errorf("%s: p < 0.05 in %.1f %% of the panels without effect", name, 100*rate)
		}
	}
}

// noEffect draws the changes of log means between ten weeks and the same ten a year later: a common AR(1) shock, per unit
// an AR(1), a random walk and noise, and a shift of the whole platform by a quarter.
func noEffect(r *rand.Rand, n, others int) (a, b []float64) {
	const weeks, gap = 62, 52
	common := make([]float64, weeks)
	for w := 1; w < weeks; w++ {
		common[w] = 0.6*common[w-1] + 0.15*0.8*r.NormFloat64()
	}
	for u := range n + others {
		own, walk, change := 0.35*r.NormFloat64(), 0.0, 0.25
		for w := range weeks {
			own = 0.6*own + 0.35*0.8*r.NormFloat64()
			walk += 0.02 * r.NormFloat64()
			y := common[w] + own + walk + 0.3*r.NormFloat64()
			switch {
			case w < 10:
				change -= y / 10
			case w >= gap:
				change += y / 10
			}
		}
		if u < n {
			a = append(a, change)
		} else {
			b = append(b, change)
		}
	}
	return a, b
}

// The rest is checked against the reference folder, where it is at hand.

type cases map[string]map[string]map[string]struct {
	Expected map[string]any
}

func reference(t *testing.T) (string, cases) {
	t.Helper()
	dir := os.Getenv("PRESENCIA_REFERENCE")
	if dir == "" {
		t.Skip("PRESENCIA_REFERENCE is not set: the reference numbers of the statistics were not compared")
	}
	b, err := os.ReadFile(filepath.Join(dir, "refdata", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Methods cases }
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "refdata"), all.Methods
}

// columns reads two columns of a csv where the row passes.
func columns(t *testing.T, path, x, y string, pass func(row map[string]string) bool) (xs, ys []float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = r[i]
		}
		if !pass(row) {
			continue
		}
		a, err1 := strconv.ParseFloat(row[x], 64)
		b, err2 := strconv.ParseFloat(row[y], 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("%s: %v %v", path, err1, err2)
		}
		xs, ys = append(xs, a), append(ys, b)
	}
	return xs, ys
}

func TestReference(t *testing.T) {
	dir, all := reference(t)
	expect := func(t *testing.T, method, data, name string, got map[string]float64) {
		t.Helper()
		expected := all[method][data][name].Expected
		for key, x := range got {
			want, ok := expected[key].(float64)
			if !ok {
				t.Errorf("%s/%s/%s has no number %s", method, data, name, key)
				continue
			}
			near(t, key, x, want)
		}
	}
	treat := func(name string) func(map[string]string) bool {
		return func(row map[string]string) bool { return row["Treat"] == name }
	}
	anorexia := filepath.Join(dir, "anorexia.csv")
	before, after := columns(t, anorexia, "Prewt", "Postwt", treat("FT"))
	before0, after0 := columns(t, anorexia, "Prewt", "Postwt", treat("Cont"))

	pair := func(t *testing.T, changes []float64, data, name string) {
		p, err := Pair(changes, Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "paired_before_after", data, name, map[string]float64{
			"n": float64(p.N), "mean_diff": p.Mean, "sd_diff": p.SD, "t": p.T, "df": p.DF, "p": p.P, "ci_lo": p.Low, "ci_hi": p.High,
			"hedges_gz": p.G.Number, "hedges_J": HedgesFactor(p.DF), "signflip_exact_count": float64(p.SignFlip.Count),
			"signflip_total": float64(p.SignFlip.Total), "signflip_p": p.SignFlip.P, "hodges_lehmann": p.HodgesLehmann,
		})
	}
	t.Run("paired, Student's sleep", func(t *testing.T) {
		x, y := columns(t, filepath.Join(dir, "sleep.csv"), "drug1", "drug2", func(map[string]string) bool { return true })
		pair(t, minus(y, x), "sleep.csv", "student1908")
	})
	t.Run("paired, family therapy", func(t *testing.T) { pair(t, minus(after, before), "anorexia.csv", "family_therapy_n17") })
	t.Run("difference in differences", func(t *testing.T) {
		c, err := Compare(minus(after, before), minus(after0, before0), Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "did_unit_change", "anorexia.csv", "ft17_vs_control26", map[string]float64{
			"did": c.Estimate, "t_welch": c.T, "df_welch": c.DF, "p_welch": c.P, "lo": c.Low, "hi": c.High, "hedges_g": c.G.Number,
			"n_treated": float64(c.N), "n_control": float64(c.Others),
		})
		want := all["did_unit_change"]["anorexia.csv"]["ft17_vs_control26"].Expected["perm_exact_two_sided"].(float64)
		if math.Abs(c.Labels.P-want) > 4*math.Sqrt(want/10_000) {
			t.Errorf("labels: p %g by draws, %g exactly", c.Labels.P, want)
		}
	})
	t.Run("difference in differences, Card and Krueger", func(t *testing.T) {
		change := func(nj string) []float64 {
			x, _ := columns(t, filepath.Join(dir, "njmin3.csv"), "demp", "nj", func(row map[string]string) bool {
				return row["nj"] == nj && row["d"] == "1" && row["demp"] != "" && row["demp"] != "NA"
			})
			return x
		}
		c, err := Compare(change("1"), change("0"), Sampling{Draws: 100})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "did_2x2", "njmin3.csv", "card_krueger1994", map[string]float64{
			"did_balanced": c.Estimate, "did_balanced_t": c.T, "did_balanced_df": c.DF, "did_balanced_p": c.P,
			"did_balanced_lo": c.Low, "did_balanced_hi": c.High, "n_balanced_nj": float64(c.N), "n_balanced_pa": float64(c.Others),
		})
	})
	t.Run("one treated of 27", func(t *testing.T) {
		states := all["did_few_treated_ri"]["organ_donation.csv"]["kessler_roth2014_california"].Expected["placebo_in_space"].(map[string]any)
		var others []float64
		for state, x := range states {
			if state != "California" {
				others = append(others, x.(float64))
			}
		}
		// A state's effect against the rest is its change from the mean, times n/(n-1): the ranks are the same.
		got := Labels([]float64{states["California"].(float64)}, others, Sampling{})
		expect(t, "did_few_treated_ri", "organ_donation.csv", "kessler_roth2014_california", map[string]float64{
			"ri_rank_abs": float64(got.Count), "ri_p_two_sided": got.P,
		})
	})
	t.Run("swap", func(t *testing.T) {
		got := Swap(before, after, func(x []float64) float64 { return stat.StdDev(x, nil) / stat.Mean(x, nil) }, Sampling{})
		expect(t, "dispersion_change_paired", "anorexia.csv", "ft_pre_post_dispersion", map[string]float64{
			"swap_perm_count": float64(got.Count), "swap_perm_total": float64(got.Total), "swap_perm_p": got.P,
		})
	})
	t.Run("power", func(t *testing.T) {
		expect(t, "power", "inline", "power_t_test", map[string]float64{
			"two_sample_unequal_mde_17_26": DetectableBetween(17, 26),
			"two_sample_unequal_mde_17_10": DetectableBetween(17, 10),
		})
	})
	t.Run("Wilson", func(t *testing.T) {
		for name, x := range map[string][2]float64{"newcombe_81_263": {81, 263}, "newcombe_0_20": {0, 20}} {
			low, high, err := Wilson(x[0], x[1], Confidence)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "proportion_ci", "inline", name, map[string]float64{"lo": low, "hi": high})
		}
	})
	t.Run("Holm", func(t *testing.T) {
		var p, want []float64
		b, _ := os.ReadFile(filepath.Join(dir, "expected.json"))
		var raw struct {
			Methods map[string]map[string]map[string]struct {
				Params   struct{ P []float64 }
				Expected struct{ Holm []float64 }
			}
		}
		_ = json.Unmarshal(b, &raw) // other cases have other shapes; only this one is read
		c := raw.Methods["multiple_testing"]["inline"]["benjamini_hochberg1995"]
		p, want = c.Params.P, c.Expected.Holm
		if len(p) != 15 {
			t.Fatalf("%d p-values", len(p))
		}
		for i, got := range Holm(p) {
			near(t, strconv.Itoa(i), got, want[i])
		}
	})
}
