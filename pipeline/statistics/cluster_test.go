package statistics

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// The unit changes of two groups, written as a panel of two times: CR2 errors clustered by unit are Welch's.
func TestCR2OnTwoGroupsIsWelch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sample(2, 9).Draw(t, "a"), sample(2, 9).Draw(t, "b")
		if spread := span(a) + span(b); spread == 0 {
			t.Skip("no error")
		}
		level := sample(18, 18).Draw(t, "level")
		var unit, time []int
		var y, exposed []float64
		for u := range len(a) + len(b) {
			for now := range 2 {
				v, x := level[u], 0.0
				switch {
				case now == 1 && u < len(a):
					v, x = v+a[u], 1
				case now == 1:
					v += b[u-len(a)]
				}
				unit, time, y, exposed = append(unit, u), append(time, now), append(y, v), append(exposed, x)
			}
		}
		fit, err := FixedEffects(unit, time, y, []string{"exposed"}, exposed)
		if err != nil {
			t.Fatal(err)
		}
		reduced, err := fit.CR2(unit)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Compare(a, b, Sampling{Draws: 1})
		if err != nil {
			t.Fatal(err)
		}
		j := fit.K() - 1
		if got := Errors(reduced.Covariance)[j]; math.Abs(fit.Coef[j]-want.Estimate) > 1e-9 || math.Abs(got-want.SE) > 1e-7 {
			t.Errorf("%v (%v), Welch's %v (%v)", fit.Coef[j], got, want.Estimate, want.SE)
		}
		if df := reduced.DF(j); !df.Known || df.Number <= 0 || df.Number > float64(len(a)+len(b)) {
			t.Errorf("%+v degrees of freedom of %d units", df, len(a)+len(b))
		}
	})
}

func span(x []float64) float64 { return floats.Max(x) - floats.Min(x) }

// someFit is a regression with clusters of unequal sizes.
func someFit(t interface{ Fatal(...any) }, seed uint64, clusters, k int) (*Linear, []int) {
	r := rand.New(rand.NewPCG(seed, 1))
	var cluster []int
	for g := range clusters {
		for range 2 + r.IntN(5) {
			cluster = append(cluster, g)
		}
	}
	n := len(cluster)
	x, y, names := mat.NewDense(n, k, nil), make([]float64, n), make([]string, k)
	shared := make([]float64, clusters)
	for g := range shared {
		shared[g] = r.NormFloat64()
	}
	for i := range n {
		x.Set(i, 0, 1)
		for j := 1; j < k; j++ {
			x.Set(i, j, r.NormFloat64()+shared[cluster[i]])
		}
		y[i] = r.NormFloat64() + shared[cluster[i]]
	}
	l, err := LeastSquares(names, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return l, cluster
}

// The definitions written down with n × n matrices: A = (I−H)^−½ by cluster, and the trace and norm of Satterthwaite's form.
func TestCR2AgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, cluster := someFit(t, rapid.Uint64().Draw(t, "seed"), rapid.IntRange(3, 7).Draw(t, "clusters"), rapid.IntRange(1, 3).Draw(t, "k"))
		reduced, err := l.CR2(cluster)
		if err != nil {
			t.Fatal(err)
		}
		n, k := l.X.Dims()
		var hat, xm mat.Dense
		xm.Mul(l.X, l.Bread)
		hat.Mul(&xm, l.X.T())
		rest := mat.NewDense(n, n, nil)
		for i := range n {
			for h := range n {
				rest.Set(i, h, -hat.At(i, h))
			}
			rest.Set(i, i, 1-hat.At(i, i))
		}
		_, levels := Codes(cluster)
		meat, forms := mat.NewSymDense(k, nil), mat.NewDense(n, len(levels), nil)
		for g := range levels {
			var rows []int
			for i, c := range cluster {
				if c == g {
					rows = append(rows, i)
				}
			}
			block := mat.NewSymDense(len(rows), nil)
			for a, i := range rows {
				for b, h := range rows {
					if a <= b {
						block.SetSym(a, b, rest.At(i, h))
					}
				}
			}
			var e mat.EigenSym
			if !e.Factorize(block, true) {
				t.Fatal("no eigenvalues")
			}
			var v, half mat.Dense
			e.VectorsTo(&v)
			scale := mat.NewDiagDense(len(rows), nil)
			for i, value := range e.Values(nil) {
				scale.SetDiag(i, 1/math.Sqrt(value))
			}
			half.Product(&v, scale, v.T())
			adjusted, x := mat.NewDense(len(rows), k, nil), mat.NewDense(len(rows), k, nil)
			for a, i := range rows {
				x.SetRow(a, l.X.RawRowView(i))
			}
			adjusted.Mul(&half, x)
			score := mat.NewVecDense(k, nil)
			direction := mat.NewVecDense(k, mat.Col(nil, k-1, l.Bread))
			for a, i := range rows {
				score.AddScaledVec(score, l.Residuals[i], adjusted.RowView(a))
				p := mat.Dot(adjusted.RowView(a), direction)
				for h := range n {
					forms.Set(h, g, forms.At(h, g)+rest.At(h, i)*p)
				}
			}
			meat.SymRankOne(meat, 1, score)
		}
		if want := l.Sandwich(meat, 1); !mat.EqualApprox(want, reduced.Covariance, 1e-9) {
			t.Errorf("covariance\n%v\nwant\n%v", mat.Formatted(reduced.Covariance), mat.Formatted(want))
		}
		var form mat.Dense
		form.Mul(forms.T(), forms)
		norm := mat.Norm(&form, 2)
		if got, want := reduced.DF(k-1), mat.Trace(&form)*mat.Trace(&form)/(norm*norm); math.Abs(got.Number-want) > 1e-6*want {
			t.Errorf("%v degrees of freedom, want %v", got, want)
		}
	})
}

func TestClustersOfOneAreWhites(t *testing.T) {
	l, cluster := someFit(t, 3, 6, 3)
	alone := make([]int, l.N())
	for i := range alone {
		alone[i] = 100 - i
	}
	c, err := l.CR0(alone)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(c, l.HC(HC0), 1e-12) {
		t.Error("each observation in a cluster of its own is not HC0")
	}
	reduced, err := l.CR2(alone)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(reduced.Covariance, l.HC(HC2), 1e-12) {
		t.Error("CR2 of clusters of one is not HC2")
	}
	// Twice the same clusters, less their intersections, are those clusters.
	twice, err := l.TwoWay(cluster, cluster, false)
	if err != nil {
		t.Fatal(err)
	}
	once, err := l.CR0(cluster)
	if err != nil {
		t.Fatal(err)
	}
	once.ScaleSym(CR1(6, l.N(), l.K()), once)
	if !mat.EqualApprox(twice, once, 1e-12) {
		t.Error("two ways of the same clusters are not one way")
	}
}

// The bootstrap without refitting against one that refits every draw.
func TestWildAgreesWithRefitting(t *testing.T) {
	for _, imposed := range []bool{true, false} {
		for seed := range uint64(6) {
			l, cluster := someFit(t, seed, 5, 3)
			j := 1 + int(seed%2)
			w, err := l.Wild(j, cluster, Rademacher, imposed, Sampling{})
			if err != nil {
				t.Fatal(err)
			}
			n, k := l.X.Dims()
			base, residuals, zero := make([]float64, n), append([]float64(nil), l.Residuals...), l.Coef[j]
			if imposed {
				others, names := mat.NewDense(n, k-1, nil), make([]string, k-1)
				for i := range n {
					row := append(append([]float64(nil), l.X.RawRowView(i)[:j]...), l.X.RawRowView(i)[j+1:]...)
					others.SetRow(i, row)
				}
				restricted, err := LeastSquares(names, others, l.Y)
				if err != nil {
					t.Fatal(err)
				}
				residuals, zero = restricted.Residuals, 0
			}
			for i := range base {
				base[i] = l.Y[i] - residuals[i]
			}
			tOf := func(y []float64) float64 {
				f, err := LeastSquares(l.Names, l.X, y)
				if err != nil {
					t.Fatal(err)
				}
				c, err := f.CR0(cluster)
				if err != nil {
					t.Fatal(err)
				}
				return (f.Coef[j] - zero) / math.Sqrt(CR1(5, n, k)*c.At(j, j))
			}
			least, beyond := int64(0), int64(0)
			for pattern := range 1 << 5 {
				y := make([]float64, n)
				for i, g := range cluster {
					y[i] = base[i] + residuals[i]*float64(1-2*(pattern>>g&1))
				}
				switch x := math.Abs(tOf(y)) / math.Abs(w.T); {
				case x > 1+1e-7:
					least++
					beyond++
				case x > 1-1e-7:
					least++
				}
			}
			if w.AtLeast.Count != least || w.Beyond.Count != beyond || w.AtLeast.Total != 32 || w.Undefined != 0 {
				t.Errorf("seed %d, imposed %v: %+v; refitted %d and %d", seed, imposed, w, least, beyond)
			}
		}
	}
}

func TestWildCountsThePatternWithoutChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.IntRange(3, 6).Draw(t, "clusters")
		l, cluster := someFit(t, rapid.Uint64().Draw(t, "seed"), g, 2)
		for _, weights := range []Weights{Rademacher, Webb} {
			w, err := l.Wild(1, cluster, weights, true, Sampling{})
			if err != nil {
				t.Fatal(err)
			}
			// It, its mirror, and with six weights all multiples of it are as extreme as what was seen.
			if w.AtLeast.Count-w.Beyond.Count < int64(len(weights)) || w.AtLeast.Total+w.Undefined != int64(math.Pow(float64(len(weights)), float64(g))) {
				t.Errorf("%d weights, %d clusters: %+v", len(weights), g, w)
			}
		}
		drawn, err := l.Wild(1, cluster, Weights{1, -1, 1.0001, -1.0001, 1.0002, -1.0002, 1.0003, -1.0003, 1.0004, -1.0004, 1.0005, -1.0005}, true, Sampling{Seed: 1, Draws: 200})
		if err != nil {
			t.Fatal(err)
		}
		if p := drawn.AtLeast.P; p < 1./201 || p > 1 {
			t.Errorf("p = %v", p)
		}
	})
}

// What is drawn estimates what is counted: 10,000 draws are within five standard errors.
func TestWildDrawsWhatItWouldCount(t *testing.T) {
	l, cluster := someFit(t, 4, 8, 2)
	counted, err := l.Wild(1, cluster, Webb, true, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	doubled := append(append(Weights{}, Webb...), Webb...) // 12^8 patterns are too many
	drawn, err := l.Wild(1, cluster, doubled, true, Sampling{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Wild(1, cluster, doubled, true, Sampling{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	p := counted.AtLeast.P
	if !counted.AtLeast.Exact || drawn.AtLeast.Exact || drawn != again || math.Abs(drawn.AtLeast.P-p) > 5*math.Sqrt(p*(1-p)/10_000) {
		t.Errorf("counted %+v, drawn %+v", counted.AtLeast, drawn.AtLeast)
	}
}

// panel is an effect of 2 on the units below treated, from the fourth of six times on.
func panel(units, treated int) (unit, time []int, y, exposed []float64) {
	r := rand.New(rand.NewPCG(8, 8))
	for u := range units {
		for now := range 6 {
			x := 0.0
			if u < treated && now >= 3 {
				x = 1
			}
			unit, time = append(unit, u), append(time, now)
			y, exposed = append(y, float64(u)-float64(now)/3+2*x+0.1*r.NormFloat64()), append(exposed, x)
		}
	}
	return unit, time, y, exposed
}

func TestPanelEffectFindsWhatWasPutIn(t *testing.T) {
	unit, time, y, exposed := panel(14, 6)
	e, err := PanelEffect(unit, time, y, exposed, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Low > 2 || e.High < 2 || e.SE > 0.1 || e.P > 0.001 || e.Units != 14 || e.Wild.AtLeast.P > 0.01 || !(e.DF > 5 && e.DF < 14) {
		t.Errorf("%+v", e)
	}
	// Units and times may be numbered in any way and come in any order, and their levels do not matter.
	for i, j := 0, len(y)-1; i < j; i, j = i+1, j-1 {
		unit[i], unit[j], time[i], time[j] = unit[j], unit[i], time[j], time[i]
		y[i], y[j], exposed[i], exposed[j] = y[j], y[i], exposed[j], exposed[i]
	}
	for i := range y {
		y[i] += float64(7*unit[i] - 3*time[i])
		unit[i], time[i] = 1000-unit[i], 5*time[i]
	}
	moved, err := PanelEffect(unit, time, y, exposed, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []float64{moved.Value - e.Value, moved.SE - e.SE, moved.DF - e.DF, moved.Wild.AtLeast.P - e.Wild.AtLeast.P} {
		if !(math.Abs(d) < 1e-8) {
			t.Errorf("%+v became %+v", e.Estimate, moved.Estimate)
		}
	}
}

func TestPanelEffectSaysWhatCannotBeTold(t *testing.T) {
	unit, time, y, exposed := panel(5, 5)
	if _, err := PanelEffect(unit, time, y, exposed, Sampling{}); !errors.Is(err, ErrCollinear) {
		t.Errorf("all treated: %v", err)
	}
	unit, time, y, exposed = panel(5, 0)
	if _, err := PanelEffect(unit, time, y, exposed, Sampling{}); !errors.Is(err, ErrCollinear) {
		t.Errorf("none treated: %v", err)
	}
	unit, time, y, exposed = panel(5, 2)
	if _, err := PanelEffect(unit, time, make([]float64, len(y)), exposed, Sampling{}); err == nil {
		t.Error("a constant outcome had an effect with an error")
	}
	y[3] = math.NaN()
	if _, err := PanelEffect(unit, time, y, exposed, Sampling{}); err == nil {
		t.Error("an unknown value was used")
	}
	if _, err := PanelEffect(nil, nil, nil, nil, Sampling{}); err == nil {
		t.Error("nothing had an effect")
	}
	// One treated unit: its errors mean nothing, and nothing breaks.
	unit, time, y, exposed = panel(5, 1)
	if e, err := PanelEffect(unit, time, y, exposed, Sampling{}); err == nil && !(e.DF < 5) {
		t.Errorf("one treated unit has %v degrees of freedom", e.DF)
	}
	l, cluster := someFit(t, 1, 4, 2)
	for name, err := range map[string]error{
		"one cluster":       second(l.CR0(make([]int, l.N()))),
		"one cluster, CR2":  second(l.CR2(make([]int, l.N()))),
		"clusters missing":  second(l.CR0(nil)),
		"two ways, one":     second(l.TwoWay(cluster, make([]int, l.N()), false)),
		"two ways, unequal": second(l.TwoWay(cluster, nil, true)),
		"wild, one cluster": second(l.Wild(1, make([]int, l.N()), Webb, true, Sampling{})),
		"no coefficient":    second(l.Wild(7, cluster, Webb, true, Sampling{})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkWild(b *testing.B) {
	for name, c := range map[string]struct {
		clusters int
		weights  Weights
	}{"webb of 8": {8, Webb}, "rademacher of 21": {21, Rademacher}, "rademacher drawn of 30": {30, Rademacher}} {
		l, cluster := someFit(b, 2, c.clusters, 3)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Wild(1, cluster, c.weights, true, Sampling{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
