package statistics

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// scaled is a·x + b.
func scaled(x []float64, a, b float64) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = a*x[i] + b
	}
	return y
}

// integers draws n whole numbers, so that ties and zeros are common and equality is exact.
func integers(t *rapid.T, name string, least, most, n int) []float64 {
	x := make([]float64, n)
	for i, v := range rapid.SliceOfN(rapid.IntRange(least, most), n, n).Draw(t, name) {
		x[i] = float64(v)
	}
	return x
}

func agree(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Fatalf("%s: %.12g and %.12g", what, got, want)
	}
}

func TestAdjustedPValues(t *testing.T) {
	methods := map[string]func([]float64) []float64{
		"Bonferroni": Bonferroni, "Holm": Holm, "Hochberg": Hochberg, "Hommel": Hommel, "BH": BenjaminiHochberg, "BY": BenjaminiYekutieli,
	}
	// Benjamini & Hochberg (1995), section 4; by R's p.adjust.
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1}
	for name, want := range map[string][]float64{
		"Bonferroni": {0.0015, 0.006, 0.0285, 0.1425, 0.3015}, "Hochberg": {0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.2682},
		"Hommel": {0.0015, 0.0056, 0.0247, 0.095, 0.1608, 0.1946, 0.2086, 0.2408, 0.3213, 1}, "BH": {0.0015, 0.003, 0.0095, 0.035625, 0.0603},
		"BY": {0.00497734348984, 0.00995468697969, 0.0315231754357},
	} {
		got := methods[name](p)
		for i, x := range want {
			near(t, name, got[i], x)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := scaled(integers(t, "p", 0, 40, rapid.IntRange(1, 9).Draw(t, "n")), 1.0/40, 0)
		adjusted := map[string][]float64{}
		for name, f := range methods {
			a := f(p)
			adjusted[name] = a
			for i := range p {
				if a[i] < p[i]-1e-12 || a[i] > 1 {
					t.Fatalf("%s of %v: %v", name, p, a)
				}
				for j := range p {
					if p[i] < p[j] && a[i] > a[j] {
						t.Fatalf("%s of %v: %v, in another order", name, p, a)
					}
				}
			}
			back := slices.Clone(p)
			slices.Reverse(back)
			b := f(back)
			slices.Reverse(b)
			for i := range a {
				agree(t, name+" in reverse", b[i], a[i])
			}
		}
		for _, pair := range [][2]string{{"BH", "Hommel"}, {"Hommel", "Hochberg"}, {"Hochberg", "Holm"}, {"Holm", "Bonferroni"}, {"BH", "BY"}} {
			for i := range p {
				if adjusted[pair[0]][i] > adjusted[pair[1]][i]+1e-12 {
					t.Fatalf("%v: %s %v is above %s %v", p, pair[0], adjusted[pair[0]], pair[1], adjusted[pair[1]])
				}
			}
		}
	})
}

// Hommel's shortcut is the closed test by Simes' inequality: the largest bound over all sets that a hypothesis belongs to.
func TestHommelIsTheClosedTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := scaled(integers(t, "p", 0, 50, rapid.IntRange(1, 6).Draw(t, "n")), 1.0/50, 0)
		want := make([]float64, len(p))
		for set := 1; set < 1<<len(p); set++ {
			var in []float64
			for i := range p {
				if set>>i&1 == 1 {
					in = append(in, p[i])
				}
			}
			slices.Sort(in)
			simes := 1.0
			for k, x := range in {
				simes = math.Min(simes, float64(len(in))*x/float64(k+1))
			}
			for i := range p {
				if set>>i&1 == 1 {
					want[i] = math.Max(want[i], simes)
				}
			}
		}
		for i, got := range Hommel(p) {
			agree(t, "Hommel", got, want[i])
		}
	})
}

func TestProportionIntervals(t *testing.T) {
	low, high, err := ClopperPearson(81, 263, 0.95) // Newcombe (1998), table I
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low", low, 0.252736745585)
	near(t, "high", high, 0.367621922601)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 80).Draw(t, "n")
		x := rapid.IntRange(0, n).Draw(t, "x")
		level := rapid.Float64Range(0.5, 0.999).Draw(t, "level")
		for name, f := range map[string]func(x, n, level float64) (float64, float64, error){"Wilson": Wilson, "Clopper–Pearson": ClopperPearson} {
			low, high, err := f(float64(x), float64(n), level)
			if err != nil {
				t.Fatal(err)
			}
			if p := float64(x) / float64(n); low < 0 || high > 1 || low > p || high < p {
				t.Fatalf("%s of %d in %d: %g to %g", name, x, n, low, high)
			}
			otherLow, otherHigh, _ := f(float64(n-x), float64(n), level)
			agree(t, name+" of the others", otherLow, 1-high)
			agree(t, name+" of the others", otherHigh, 1-low)
		}
	})
}

func TestMcNemar(t *testing.T) {
	p, err := McNemar(Changed{YesYes: 794, YesNo: 150, NoYes: 86, NoNo: 570}, 0.95) // R's ?mcnemar.test
	if err != nil {
		t.Fatal(err)
	}
	near(t, "corrected", p.Corrected.Number, 16.8177966102)
	near(t, "exact", p.PExact, 3.71593613957e-05)
	near(t, "low", p.Low, 0.0212304239829)
	near(t, "high", p.High, 0.0587038728957)
	five, err := McNemar(Changed{YesYes: 11, NoYes: 5, NoNo: 1}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "exact p of five that turned to yes and none back", five.PExact, 0.0625)
	near(t, "the smallest that five changes can have", five.Smallest, 0.0625)
	none, err := McNemar(Changed{YesYes: 3, NoNo: 2}, 0.95)
	if err != nil || none.PExact != 1 || none.ChiSquare.Known || none.OddsRatio.Known {
		t.Errorf("nobody changed: %+v, %v", none, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.IntRange(0, 30)
		c := Changed{YesYes: cell.Draw(t, "yy"), YesNo: cell.Draw(t, "yn"), NoYes: cell.Draw(t, "ny"), NoNo: cell.Draw(t, "nn")}
		p, err := McNemar(c, 0.9)
		if err != nil {
			if c.N() > 0 {
				t.Fatal(err)
			}
			return
		}
		q, err := McNemar(Changed{YesYes: c.YesYes, YesNo: c.NoYes, NoYes: c.YesNo, NoNo: c.NoNo}, 0.9) // the other way round in time
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "p", p.P, q.P)
		agree(t, "exact p", p.PExact, q.PExact)
		agree(t, "interval", p.Low, -q.High)
		if d := p.First - p.Second; p.Low > d || p.High < d || p.Low < -1-1e-12 || p.High > 1+1e-12 {
			t.Fatalf("%+v: %g lies not in %g to %g", c, d, p.Low, p.High)
		}
		if p.PMid > p.PExact || p.Smallest > p.PExact+1e-12 || p.PExact > 1 {
			t.Fatalf("%+v: %+v", c, p)
		}
	})
}

func TestSignedRanks(t *testing.T) {
	w, err := SignedRank(sleep)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "normal", w.Normal, 0.00909069801593) // printed by R's ?sleep
	near(t, "exact", w.P.Number, 0.00390625)
	if w.V != 45 || w.N != 9 {
		t.Errorf("V %g of %d changes", w.V, w.N)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := integers(t, "changes", -6, 6, rapid.IntRange(1, 10).Draw(t, "n"))
		w, err := SignedRank(d)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := SignedRank(scaled(d, -3, 0))
		agree(t, "sum of both V", w.V+u.V, float64(w.N*(w.N+1))/2)
		agree(t, "p of the opposite", w.P.Number, u.P.Number)
		// Against all patterns of signs.
		var ranks []float64
		for _, x := range d {
			if x != 0 {
				ranks = append(ranks, math.Abs(x))
			}
		}
		ranks, _ = Ranks(ranks)
		count, centre := 0, float64(w.N*(w.N+1))/4
		for pattern := range 1 << w.N {
			v := 0.0
			for i, r := range ranks {
				if pattern>>i&1 == 1 {
					v += r
				}
			}
			if math.Abs(v-centre) >= math.Abs(w.V-centre)-1e-9 {
				count++
			}
		}
		agree(t, "exact p", w.P.Number, float64(count)/float64(int(1)<<w.N))
	})
}

func TestRanks(t *testing.T) {
	ranks, ties := Ranks([]float64{10, 30, 20, 30, 30})
	if !slices.Equal(ranks, []float64{1, 4, 2, 4, 4}) || ties != 24 {
		t.Errorf("%v, ties %g", ranks, ties)
	}
}

func TestSpearman(t *testing.T) {
	x, y := []float64{1, 2, 3, 4, 5}, []float64{2, 1, 4, 3, 5}
	c, err := Spearman(x, y, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	// rho = 1 − 6·4/(5·24); 16 of 120 orders lie as far from 0 (tables of Zar 1972, JASA 67:578: 0.067 on one side).
	near(t, "rho", c.Rho.Number, 0.8)
	if c.Chance.Count != 16 || c.Chance.Total != 120 || !c.Chance.Exact {
		t.Errorf("%+v", c.Chance)
	}
	if flat, err := Spearman(x, []float64{1, 1, 1, 1, 1}, Sampling{}); err != nil || flat.Rho.Known || flat.Chance.P != 1 {
		t.Errorf("one side does not vary: %+v, %v", flat, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 11).Draw(t, "n")
		x, y := integers(t, "x", 0, 5, n), integers(t, "y", 0, 5, n)
		s := Sampling{Seed: 7, Draws: 199}
		a, err := Spearman(x, y, s)
		if err != nil {
			t.Fatal(err)
		}
		curved := make([]float64, n)
		for i, v := range y {
			curved[i] = math.Exp(v)
		}
		if b, _ := Spearman(x, curved, s); a != b {
			t.Fatalf("%+v, and of a monotone transformation %+v", a, b)
		}
		b, _ := Spearman(x, scaled(y, -1, 0), s)
		agree(t, "rho of the opposite", a.Rho.Number, -b.Rho.Number)
		agree(t, "p of the opposite", a.Chance.P, b.Chance.P)
	})
}

func TestPairedStatisticsKnowNoUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := integers(t, "changes", -20, 20, rapid.IntRange(2, 12).Draw(t, "n"))
		factor := rapid.SampledFrom([]float64{1e-6, 0.125, 3, 1e6}).Draw(t, "factor")
		a, err := Pair(d, Sampling{})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := Pair(scaled(d, factor, 0), Sampling{})
		c, _ := Pair(scaled(d, -1, 0), Sampling{})
		agree(t, "p", b.P, a.P)
		agree(t, "g", b.G.Number, a.G.Number)
		agree(t, "Hodges–Lehmann", b.HodgesLehmann/factor, a.HodgesLehmann)
		agree(t, "bound", b.Equivalence/factor, a.Equivalence)
		if a.SignFlip != b.SignFlip || a.SignFlip != c.SignFlip {
			t.Fatalf("sign-flip %+v, in another unit %+v, of the opposite %+v", a.SignFlip, b.SignFlip, c.SignFlip)
		}
		agree(t, "low of the opposite", c.Low, -a.High)
		if a.Equivalence < math.Abs(a.Mean) || a.Equivalence > math.Max(math.Abs(a.Low), math.Abs(a.High))+1e-9 {
			t.Fatalf("bound %g of %g in %g to %g", a.Equivalence, a.Mean, a.Low, a.High)
		}
	})
}

func TestNoncentrality(t *testing.T) {
	low, high, err := Noncentrality(4.06212768338, 9, 0.95) // of Student's sleep; by R's pt and uniroot
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low", low/math.Sqrt(10), 0.41462775638)
	near(t, "high", high/math.Sqrt(10), 2.11801651398)
	for _, bad := range []float64{math.Inf(1), math.NaN()} {
		if _, _, err := Noncentrality(bad, 9, 0.95); err == nil {
			t.Errorf("t of %g has a noncentrality", bad)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x, df := rapid.Float64Range(-12, 12).Draw(t, "t"), float64(rapid.IntRange(2, 60).Draw(t, "df"))
		low, high, err := Noncentrality(x, df, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(distuv.NoncentralT{Nu: df, Mu: low}.CDF(x)-0.95) > 1e-6 || math.Abs(distuv.NoncentralT{Nu: df, Mu: high}.CDF(x)-0.05) > 1e-6 {
			t.Fatalf("%g to %g", low, high)
		}
		otherLow, otherHigh, _ := Noncentrality(-x, df, 0.9)
		if math.Abs(low+otherHigh) > 1e-6 || math.Abs(high+otherLow) > 1e-6 {
			t.Fatalf("%g to %g, of the opposite %g to %g", low, high, otherLow, otherHigh)
		}
	})
}

func TestPowerAndWhatItAsksFor(t *testing.T) {
	p, err := Design{N: 20, Others: 20}.Power(1) // R's ?power.t.test
	if err != nil {
		t.Fatal(err)
	}
	near(t, "power", p, 0.868952801692)
	n, err := Design{Others: 1, N: 2}.Units(1, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "n", n, 22.02110, 1e-6)
	p, err = Design{N: 50}.PowerProportions(0.5, 0.75) // R's ?power.prop.test
	if err != nil {
		t.Fatal(err)
	}
	near(t, "power of proportions", p, 0.740165901331)
	if _, err := (Design{N: 17}).UnitsProportions(0.3, 0.3, 0.8); !errors.Is(err, ErrNoPower) {
		t.Errorf("no difference is found with some n: %v", err)
	}
	for _, x := range []float64{DetectablePaired(1), DetectablePaired(0), DetectableBetween(1, 1), DetectableBetween(0, 9), DetectableBetween(-3, 9)} {
		if !math.IsNaN(x) {
			t.Errorf("too few units, and %g would be found", x)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Design{N: float64(rapid.IntRange(3, 60).Draw(t, "n")), Alpha: rapid.SampledFrom([]float64{0.01, 0.05, 0.1}).Draw(t, "alpha"),
			OneSided: rapid.Bool().Draw(t, "one-sided"), Strict: rapid.Bool().Draw(t, "strict")}
		if rapid.Bool().Draw(t, "two groups") {
			d.Others = float64(rapid.IntRange(3, 60).Draw(t, "others"))
		}
		power := rapid.Float64Range(0.3, 0.95).Draw(t, "power")
		effect, err := d.Detectable(power)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Power(effect)
		if err != nil || math.Abs(got-power) > 1e-8 {
			t.Fatalf("an effect of %g is found with %g, not %g: %v", effect, got, power, err)
		}
		if more, _ := d.Power(1.2 * effect); more <= got {
			t.Fatalf("a larger effect is found with %g, not above %g", more, got)
		}
		if d.Others > 0 {
			d.Others = d.N
			if effect, err = d.Detectable(power); err != nil {
				t.Fatal(err)
			}
		}
		units, err := d.Units(effect, power)
		if err != nil || math.Abs(units-d.N) > 1e-5*d.N {
			t.Fatalf("%g units, not %g: %v", units, d.N, err)
		}
	})
}

func TestInequality(t *testing.T) {
	x := []float64{541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261} // R's ?ineq
	groups := []string{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b"}
	for _, c := range []struct {
		name string
		f    func([]float64) (float64, error)
		want float64
	}{
		{"Gini", Gini, 0.462091130268}, {"Theil T", TheilT, 0.362341242344}, {"Theil L", TheilL, 0.43359464952}, {"Ricci–Schutz", RicciSchutz, 0.337806746163},
		{"Herfindahl", Herfindahl, 0.184081230915}, {"CV", CV, 0.966558792346},
		{"Atkinson", func(x []float64) (float64, error) { return Atkinson(x, 0.5) }, 0.179659098046},
		{"Atkinson 1", func(x []float64) (float64, error) { return Atkinson(x, 1) }, 0.351825059735},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.f(x)
			if err != nil {
				t.Fatal(err)
			}
			near(t, c.name, got, c.want)
			for _, bad := range [][]float64{nil, {1}, {0, 0}, {-1, 2}, {1, math.NaN()}, {1, math.Inf(1)}} {
				if got, err := c.f(bad); err == nil {
					t.Errorf("of %v: %g", bad, got)
				}
			}
			rapid.Check(t, func(t *rapid.T) {
				x := integers(t, "x", 1, 30, rapid.IntRange(2, 9).Draw(t, "n"))
				a, err := c.f(x)
				if err != nil {
					t.Fatal(err)
				}
				if a < -1e-12 {
					t.Fatalf("%v: %g", x, a)
				}
				b, _ := c.f(scaled(x, 1e-7, 0))
				agree(t, "in another unit", b, a)
				slices.Reverse(x)
				b, _ = c.f(x)
				agree(t, "in reverse", b, a)
			})
		})
	}
	for name, f := range map[string]func([]float64) (float64, error){"Theil L": TheilL, "Atkinson 1": func(x []float64) (float64, error) { return Atkinson(x, 1) }} {
		if got, err := f([]float64{0, 1, 2}); !errors.Is(err, ErrUndefined) {
			t.Errorf("%s with a zero: %g, %v", name, got, err)
		}
	}
	d, err := DecomposeTheilT(x, groups)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "within", d.Within, 0.33623623321)
	near(t, "between", d.Between, 0.0261050091335)
	near(t, "share", d.Share().Number, 0.0720453707248)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "n")
		x, groups := integers(t, "x", 1, 30, n), rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), n, n).Draw(t, "groups")
		for _, c := range []struct {
			whole func([]float64) (float64, error)
			parts func([]float64, []string) (Decomposition, error)
		}{{TheilT, DecomposeTheilT}, {TheilL, DecomposeTheilL}} {
			all, err := c.whole(x)
			if err != nil {
				t.Fatal(err)
			}
			d, err := c.parts(x, groups)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, "within and between", d.Within+d.Between, all)
			if d.Within < -1e-12 || d.Between < -1e-12 {
				t.Fatalf("%+v", d)
			}
		}
	})
}

func TestQuantile(t *testing.T) {
	x := []float64{8, 1, 4, 2} // R: quantile(c(8,1,4,2), c(0,.25,.5,.75,1))
	for q, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 3, 0.75: 5, 1: 8} {
		near(t, "quantile", Quantile(q, x), want)
	}
	if !math.IsNaN(Quantile(0.5, nil)) || !math.IsNaN(Quantile(2, x)) {
		t.Error("a quantile of nothing")
	}
}

func TestPitmanMorgan(t *testing.T) {
	c, err := PitmanMorgan(familyBefore, familyAfter)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "r", c.R, 0.545610060613)
	near(t, "t", c.T, 2.52152731867)
	near(t, "p", c.P, 0.0234853903849)
	if _, err := PitmanMorgan([]float64{1, 1, 1}, []float64{1, 2, 3}); err != nil {
		t.Errorf("only one side varies: %v", err)
	}
	if _, err := PitmanMorgan([]float64{1, 2, 3}, []float64{2, 3, 4}); err == nil {
		t.Error("changes that do not vary were correlated")
	}
}

func TestSpreads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 9).Draw(t, "n")
		x, y := integers(t, "x", 0, 40, n), integers(t, "y", 0, 40, n)
		a, err := DispersionRatio(x, y, 0.95)
		if err != nil {
			if !errors.Is(err, ErrNoSpread) {
				t.Fatal(err)
			}
			return
		}
		b, err := DispersionRatio(scaled(y, 2, 100), scaled(x, 2, -30), 0.95) // the other way round, in another unit, shifted
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "ratio", a.Raw*b.Raw, 1)
		agree(t, "estimate", a.Estimate*b.Estimate, 1)
		agree(t, "limits", a.Low*b.High, 1)
		agree(t, "p", a.P.Number, b.P.Number)
		sd, err := StandardDeviation(x, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "raw", sd.Raw, stat.StdDev(x, nil))
		if sd.Low > sd.Estimate || sd.High < sd.Estimate || sd.Low < 0 {
			t.Fatalf("%+v", sd)
		}
	})
	for _, bad := range [][]float64{{5, 5, 5, 5}, {5, 5, 5, 9}, {1, 2}, nil, {1, 2, math.NaN()}} {
		if s, err := StandardDeviation(bad, 0.95); err == nil {
			t.Errorf("of %v: %+v", bad, s)
		}
	}
}

// The interval of a standard deviation holds the truth about as often as it says, also where values are not normal, and the
// correction takes bias away.
func TestStandardDeviationCovers(t *testing.T) {
	for _, c := range []struct {
		name  string
		draw  func(r *rand.Rand) float64
		sd    float64
		least float64
	}{
		{"normal", func(r *rand.Rand) float64 { return 3 * r.NormFloat64() }, 3, 0.91},
		{"uniform", func(r *rand.Rand) float64 { return r.Float64() }, math.Sqrt(1.0 / 12), 0.91},
		{"exponential", func(r *rand.Rand) float64 { return r.ExpFloat64() }, 1, 0.80},
	} {
		r, covered := rand.New(rand.NewPCG(17, 0)), 0
		raw, corrected := 0.0, 0.0
		const runs = 2000
		for range runs {
			x := make([]float64, 17)
			for i := range x {
				x[i] = c.draw(r)
			}
			s, err := StandardDeviation(x, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if s.Low <= c.sd && c.sd <= s.High {
				covered++
			}
			raw += math.Log(s.Raw/c.sd) / runs
			corrected += math.Log(s.Estimate/c.sd) / runs
		}
		if rate := float64(covered) / runs; rate < c.least || rate > 0.98 {
			t.Errorf("%s: covers in %.3f of the runs", c.name, rate)
		}
		if math.Abs(corrected) > math.Abs(raw) {
			t.Errorf("%s: bias of the logarithm %.4f, corrected %.4f", c.name, raw, corrected)
		}
	}
}

func TestCeilingSpread(t *testing.T) {
	v, err := CeilingSpread([]float64{0, 1, 0, 1})
	if err != nil || math.Abs(v.Number-math.Sqrt(4.0/3)) > 1e-12 {
		t.Errorf("half at 0 and half at 1: %+v, %v", v, err)
	}
	if v, err := CeilingSpread([]float64{1, 1, 1}); err != nil || v.Known {
		t.Errorf("all at 1: %+v, %v", v, err)
	}
	if _, err := CeilingSpread([]float64{0.5, 50}); err == nil {
		t.Error("50 was taken for a share")
	}
	rapid.Check(t, func(t *rapid.T) {
		x := scaled(integers(t, "x", 0, 20, rapid.IntRange(2, 9).Draw(t, "n")), 1.0/20, 0)
		a, err := CeilingSpread(x)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := CeilingSpread(scaled(x, -1, 1)) // of failing as of passing
		if a.Known != b.Known || a.Number > math.Sqrt(float64(len(x))/float64(len(x)-1))+1e-9 {
			t.Fatalf("%+v and %+v", a, b)
		}
		agree(t, "of the complement", b.Number, a.Number)
	})
}

func TestCronbach(t *testing.T) {
	x := []float64{1, 2, 4, 3}
	r, err := Cronbach([][]float64{x, scaled(x, 1, 1), {2, 1, 4, 4}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// By hand: item variances 5/3, 5/3 and 9/4, that of the sums 14: 3/2·(1 − (67/12)/14.25…)
	sums := []float64{5, 6, 13, 11}
	near(t, "alpha", r.Alpha, 1.5*(1-(2*5.0/3+2.25)/stat.Variance(sums, nil)))
	near(t, "alpha without the third", r.Dropped[2].Number, 1)
	if r.Low > r.Alpha || r.High < r.Alpha {
		t.Errorf("%+v", r)
	}
	for _, bad := range [][][]float64{nil, {x}, {x, {1, 2}}, {x, {1, 1, 1, 1}}, {x, scaled(x, -1, 5)}, {x, {1, 2, math.NaN(), 3}}} {
		if r, err := Cronbach(bad, 0.95); err == nil {
			t.Errorf("of %v: %+v", bad, r)
		}
	}
}

func TestGRIM(t *testing.T) {
	for _, c := range []struct {
		mean     string
		n, items int
		want     bool
	}{
		{"3.77", 30, 1, true}, {"3.77", 17, 1, false}, {"3.77", 40, 1, false}, {"5.19", 28, 1, false}, // the last: Brown & Heathers (2017)
		{"3.765", 17, 1, true}, {"3.77", 10, 3, true}, {"0.50", 2, 1, true}, {"2.5", 4, 1, true}, {"0.12", 8, 1, true}, {"0.13", 8, 1, true}, {"4", 1, 1, true},
	} {
		if got, err := GRIM(c.mean, c.n, c.items); err != nil || got != c.want {
			t.Errorf("%s of %d answers of %d items: %t, %v", c.mean, c.n, c.items, got, err)
		}
	}
	for _, bad := range []string{"", "x", "-1", "1.2.3", "1e5", "3,77"} {
		if _, err := GRIM(bad, 10, 1); err == nil {
			t.Errorf("%q was taken for a mean", bad)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // whatever n whole numbers give passes
		n := rapid.IntRange(1, 99).Draw(t, "n")
		hundredths := int(math.Floor(100*float64(rapid.IntRange(n, 4*n).Draw(t, "total"))/float64(n) + 0.5 + 1e-9))
		mean := string([]byte{byte('0' + hundredths/100), '.', byte('0' + hundredths/10%10), byte('0' + hundredths%10)})
		if ok, err := GRIM(mean, n, 1); err != nil || !ok {
			t.Fatalf("%s of %d: %t, %v", mean, n, ok, err)
		}
	})
}

func TestAnswers(t *testing.T) {
	m, err := Answers{Counts: []int{0, 1, 5, 24}, Asked: 34}.Describe(0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", m.Mean, 113.0/30)
	near(t, "worst", m.Worst.Number, 117.0/34)
	near(t, "best", m.Best.Number, 129.0/34)
	near(t, "response", m.Response.Number, 30.0/34)
	open, _ := Answers{Counts: []int{0, 1, 5, 24}}.Describe(0.95)
	near(t, "how much narrower", (m.High.Number-m.Low.Number)/(open.High.Number-open.Low.Number), math.Sqrt(4.0/34))
	if m.Top.High >= open.Top.High || m.Top.Low <= open.Top.Low {
		t.Errorf("of 34: %+v, of any number: %+v", m.Top, open.Top)
	}
	if all, err := (Answers{Counts: []int{0, 1, 5, 24}, Asked: 30}).Describe(0.95); err != nil || all.Top.Low != 0.8 || all.Low.Number != all.Mean {
		t.Errorf("all answered, so that nothing is uncertain: %+v, %v", all, err)
	}
	if one, err := (Answers{Counts: []int{0, 0, 1}}).Describe(0.95); err != nil || one.SD.Known || one.Low.Known {
		t.Errorf("one answer: %+v, %v", one, err)
	}
	for _, bad := range []Answers{{}, {Counts: []int{3}}, {Counts: []int{0, 0}}, {Counts: []int{-1, 2}}, {Counts: []int{5, 5}, Asked: 9}} {
		if m, err := bad.Describe(0.95); err == nil {
			t.Errorf("%+v: %+v", bad, m)
		}
	}
}

func TestLevelChangeKnowsNoTrend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(8, 30).Draw(t, "n")
		times, values := make([]float64, n), integers(t, "values", -9, 9, n)
		tilted := make([]float64, n)
		slope, step := rapid.Float64Range(-2, 2).Draw(t, "slope"), rapid.Float64Range(-5, 5).Draw(t, "step")
		from := float64(n / 2)
		for i := range times {
			times[i] = float64(i)
			if i == 3 {
				values[i] = math.NaN()
			}
			tilted[i] = values[i] + slope*times[i] + 7
			if times[i] >= from {
				tilted[i] += step
			}
		}
		a, err := LevelChange(times, values, from)
		if err != nil {
			t.Fatal(err)
		}
		b, err := LevelChange(times, tilted, from)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "with a trend and a step", b, a+step)
	})
	for _, from := range []float64{0, 1, 4, 9} {
		if x, err := LevelChange([]float64{0, 1, 2, 3}, []float64{1, 2, 3, 4}, from); !errors.Is(err, ErrShortSeries) {
			t.Errorf("a series of four from %g on: %g, %v", from, x, err)
		}
	}
}

// Whatever the numbers are, the answer is one or an error.
func TestNothingPanics(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-3, 3), rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, 1e-320, 1e150}))
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(value, 0, 6)
		x, y := values.Draw(t, "x"), values.Draw(t, "y")
		s := Sampling{Seed: 1, Draws: 50}
		a, b, c := value.Draw(t, "a"), value.Draw(t, "b"), value.Draw(t, "c")
		if p, err := Pair(x, s); err == nil && !(p.P >= 0 && p.P <= 1 && p.SignFlip.P > 0) {
			t.Fatalf("%v: %+v", x, p)
		}
		if p, err := Compare(x, y, s); err == nil && !(p.P >= 0 && p.P <= 1 && p.Labels.P > 0) {
			t.Fatalf("%v, %v: %+v", x, y, p)
		}
		if p, err := Dispersion(x, y, s); err == nil && !(p.Swap.P > 0 && p.Swap.P <= 1) {
			t.Fatalf("%v, %v: %+v", x, y, p)
		}
		if p, err := SignedRank(x); err == nil && !(p.Normal >= 0 && p.Normal <= 1) {
			t.Fatalf("%v: %+v", x, p)
		}
		if p, err := Spearman(x, y, s); err == nil && !(p.Chance.P > 0 && p.Chance.P <= 1) {
			t.Fatalf("%v, %v: %+v", x, y, p)
		}
		if p, err := PitmanMorgan(x, y); err == nil && !(p.P >= 0 && p.P <= 1) {
			t.Fatalf("%v, %v: %+v", x, y, p)
		}
		SignFlip(x, s)
		Labels(x, y, s)
		HodgesLehmann(x)
		Quantile(a, x)
		Ranks(x)
		_, _ = StandardDeviation(x, a)
		_, _ = DispersionRatio(x, y, a)
		_, _ = CeilingSpread(x)
		_, _ = Gini(x)
		_, _ = TheilT(x)
		_, _ = TheilL(x)
		_, _ = Atkinson(x, a)
		_, _ = Herfindahl(x)
		_, _ = Cronbach([][]float64{x, y}, a)
		_, _ = LevelChange(x, y, a)
		_, _, _ = Wilson(a, b, c)
		_, _, _ = ClopperPearson(a, b, c)
		_, _, _ = Noncentrality(a, b, c)
		d := Design{N: a, Others: b, Alpha: c}
		_, _ = d.Power(a)
		_, _ = d.Detectable(0.8)
		_, _ = d.Units(b, 0.8)
		_, _ = d.PowerProportions(a, b)
		_, _ = d.UnitsProportions(a, b, 0.8)
		for _, f := range []func([]float64) []float64{Bonferroni, Holm, Hochberg, Hommel, BenjaminiHochberg, BenjaminiYekutieli} {
			f(x)
		}
	})
}

// Whether one group became more alike than another is asked of the units' pseudo-values; where neither did, one time in twenty.
func TestUnificationKeepsItsLevel(t *testing.T) {
	const runs = 1000
	r, welch, labels, found := rand.New(rand.NewPCG(3, 0)), 0, 0, 0
	draw := func(n int, factor float64) (before, after []float64) {
		for range n {
			own := r.NormFloat64()
			before, after = append(before, own+0.5*r.NormFloat64()), append(after, 4+factor*(own+0.5*r.NormFloat64()))
		}
		return before, after
	}
	compare := func(factor float64, s Sampling) Compared {
		a, err := LogSpreadChange(draw(17, factor))
		if err != nil {
			t.Fatal(err)
		}
		b, err := LogSpreadChange(draw(10, 1))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Compare(a, b, s)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for i := range runs {
		c := compare(1, Sampling{Seed: uint64(i), Draws: 199})
		if c.P < Alpha {
			welch++
		}
		if c.Labels.P < Alpha {
			labels++
		}
		if i < 200 && compare(0.4, Sampling{Seed: uint64(i), Draws: 199}).Labels.P < Alpha {
			found++
		}
	}
	for name, n := range map[string]int{"Welch": welch, "permutation": labels} {
		if rate := float64(n) / runs; rate < 0.02 || rate > 0.08 {
			t.Errorf("%s: p < 0.05 in %.1f %% of the runs", name, 100*rate)
		}
	}
	if found < 120 {
		t.Errorf("a spread that shrinks to two fifths is found in %d of 200 runs", found)
	}
}
