package statistics

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Weights are what a cluster's residuals are multiplied by in the wild bootstrap; with each value its negative is among them.
type Weights []float64

// The two usual distributions of weights; each value is equally likely.
var (
	// Rademacher keeps or turns the sign: 2^G patterns.
	Rademacher = Weights{1, -1}
	// Webb has six values, so that few clusters have more than a handful of patterns (Webb 2023, Can. J. Econ. 56:839).
	Webb = Weights{math.Sqrt(1.5), 1, math.Sqrt(0.5), -math.Sqrt(0.5), -1, -math.Sqrt(1.5)}
)

const maxPatterns = 1 << 21 // up to which all patterns of weights are tried: 21 clusters with two weights, 8 with six

// Wild is the wild cluster bootstrap of a coefficient against zero. AtLeast counts |t*| ≥ |t|; its p is that of a valid
// randomisation test, as the pattern without any change is among those tried. Beyond counts |t*| > |t|, which is what boottest
// prints when it tries them all.
type Wild struct {
	Clusters        int
	Coef, SE, T     float64 // SE is CR1
	AtLeast, Beyond Chance
	Undefined       int64 // patterns without a standard error, which count for nothing
}

// Wild draws new outcomes by multiplying each cluster's residuals by a random weight, and asks how often coefficient j is then as
// far from what is true of them, in its CR1 errors, as the one seen (Cameron, Gelbach & Miller 2008, REStat 90:414). With
// imposed the residuals are those of the model without the coefficient, which is to be preferred (ibid., section
// III.C); otherwise those of the model itself. All patterns are tried up to 2^21 of them.
//
// No model is refitted: the bootstrap coefficient is linear in the weights and so is each cluster's score (Roodman, Nielsen,
// MacKinnon & Webb 2019, Stata J. 19:4, section 5).
func (l *Linear) Wild(j int, cluster []int, weights Weights, imposed bool, s Sampling) (Wild, error) {
	if j < 0 || j >= l.K() {
		return Wild{}, fmt.Errorf("there is no coefficient %d", j)
	}
	rows, err := l.groups(cluster)
	if err != nil {
		return Wild{}, err
	}
	n, k, m := l.N(), l.K(), len(rows)
	var reach mat.VecDense // r = X M e_j: the coefficient is r'y
	reach.MulVec(l.X, mat.NewVecDense(k, mat.Col(nil, j, l.Bread)))
	residuals, seen := append([]float64(nil), l.Residuals...), 0.0
	for _, g := range rows {
		x := 0.0
		for _, i := range g {
			x += reach.AtVec(i) * l.Residuals[i]
		}
		seen += x * x
	}
	if l.exact() || seen == 0 {
		return Wild{}, fmt.Errorf("the residuals leave %s without an error: the outcome is constant or fitted exactly, or no cluster varies", l.Names[j])
	}
	if imposed { // the part of column j that the others do not explain comes back into the residuals
		for i := range residuals {
			residuals[i] += l.Coef[j] * reach.AtVec(i) / l.Bread.At(j, j)
		}
	}
	b := &wildForm{own: make([]float64, m), move: mat.NewDense(m, k, nil), pull: mat.NewDense(m, k, nil)}
	for c, g := range rows {
		score := mat.NewVecDense(k, l.score(g, residuals))
		var moved mat.VecDense
		moved.MulVec(l.Bread, score)
		b.move.SetRow(c, moved.RawVector().Data)
		b.pull.SetRow(c, l.score(g, reach.RawVector().Data))
		b.own[c] = moved.AtVec(j)
	}
	factor := CR1(m, n, k)
	w := Wild{Clusters: m, Coef: l.Coef[j], SE: math.Sqrt(factor * seen)}
	w.T = w.Coef / w.SE
	t := math.Abs(w.T)
	least := 1e-24 * floats.Dot(b.own, b.own)
	var atLeast, beyond, total int64
	each := int64(1) // patterns that one try stands for
	try := func(change, squares float64) {
		total += each
		if squares <= least {
			w.Undefined += each
			return
		}
		switch x := math.Abs(change) / math.Sqrt(factor*squares); {
		case x > t*(1+guard):
			beyond += each
			atLeast += each
		case x >= t*(1-guard):
			atLeast += each
		}
	}
	chance := drawn
	if float64(m)*math.Log(float64(len(weights))) <= math.Log(maxPatterns)+guard {
		chance, each = exact, 2
		b.all(weights, try)
	} else {
		b.draw(weights, s, try)
	}
	if total == w.Undefined {
		return Wild{}, fmt.Errorf("no pattern of weights leaves %s a standard error: too few clusters vary", l.Names[j])
	}
	w.AtLeast, w.Beyond = chance(atLeast, total-w.Undefined), chance(beyond, total-w.Undefined)
	return w, nil
}

// wildForm is the bootstrap of one coefficient as a function of the weights v by cluster: the coefficient changes by own'v, and the
// score of cluster g, in the coefficient's direction, is own_g v_g − pull_g·Σ_h move_h v_h.
type wildForm struct {
	own  []float64
	move *mat.Dense // clusters × coefficients: M X_g'u_g
	pull *mat.Dense // clusters × coefficients: X_g'r_g
}

// all walks through every pattern, one cluster after the other, so that most of the work is shared between patterns. Of a pattern
// and its mirror, which has the same |t*|, it tries one.
func (b *wildForm) all(weights Weights, try func(change, squares float64)) {
	m := len(b.own)
	var form mat.Dense // of the scores: column h is what the weight of cluster h does to each
	form.Mul(b.pull, b.move.T())
	form.Scale(-1, &form)
	columns, partial := make([][]float64, m), make([][]float64, m+1)
	for h := range m {
		form.Set(h, h, form.At(h, h)+b.own[h])
		columns[h] = mat.Col(nil, h, &form)
		partial[h+1] = make([]float64, m)
	}
	partial[0] = make([]float64, m)
	var walk func(h int, change float64)
	walk = func(h int, change float64) {
		if h == m {
			try(change, floats.Dot(partial[m], partial[m]))
			return
		}
		for _, v := range weights {
			if h == 0 && v < 0 {
				continue
			}
			floats.AddScaledTo(partial[h+1], partial[h], v, columns[h])
			walk(h+1, change+v*b.own[h])
		}
	}
	walk(0, 0)
}

func (b *wildForm) draw(weights Weights, s Sampling, try func(change, squares float64)) {
	m, k := b.move.Dims()
	r, v, moved, pulled := s.rand(), mat.NewVecDense(m, nil), mat.NewVecDense(k, nil), mat.NewVecDense(m, nil)
	for range s.draws() {
		change, squares := 0.0, 0.0
		for h := range m {
			x := weights.draw(r)
			v.SetVec(h, x)
			change += x * b.own[h]
		}
		moved.MulVec(b.move.T(), v)
		pulled.MulVec(b.pull, moved)
		for h := range m {
			q := b.own[h]*v.AtVec(h) - pulled.AtVec(h)
			squares += q * q
		}
		try(change, squares)
	}
}

func (w Weights) draw(r *rand.Rand) float64 { return w[r.IntN(len(w))] }
