package statistics

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Codes numbers labels from 0 in the order in which they first appear; levels are the labels in that order. Clusters, units
// and times are handed to this package as such numbers.
func Codes[T comparable](labels []T) (codes []int, levels []T) {
	known := map[T]int{}
	codes = make([]int, len(labels))
	for i, l := range labels {
		c, ok := known[l]
		if !ok {
			c = len(levels)
			known[l] = c
			levels = append(levels, l)
		}
		codes[i] = c
	}
	return codes, levels
}

// groups are the rows of each cluster.
func (l *Linear) groups(cluster []int) ([][]int, error) {
	if len(cluster) != l.N() {
		return nil, fmt.Errorf("%d clusters are named for %d observations", len(cluster), l.N())
	}
	codes, levels := Codes(cluster)
	if len(levels) < 2 {
		return nil, errors.New("all observations lie in one cluster: an error between clusters needs at least 2 of them")
	}
	rows := make([][]int, len(levels))
	for i, c := range codes {
		rows[c] = append(rows[c], i)
	}
	return rows, nil
}

// exact says that the residuals are nothing but rounding, so that no error can be made of them.
func (l *Linear) exact() bool {
	return floats.Norm(l.Residuals, math.Inf(1)) <= 1e-12*floats.Norm(l.Y, math.Inf(1))
}

// score is X_g'e_g: what a cluster adds to the normal equations.
func (l *Linear) score(rows []int, residuals []float64) []float64 {
	s := make([]float64, l.K())
	for _, i := range rows {
		for j, x := range l.X.RawRowView(i) {
			s[j] += x * residuals[i]
		}
	}
	return s
}

// CR0 is the covariance of the coefficients if errors depend on each other within clusters in whatever way and not between
// them (Liang & Zeger 1986, Biometrika 73:13), without a correction for few clusters. Each observation has its cluster's number;
// with each in a cluster of its own it is White's.
func (l *Linear) CR0(cluster []int) (*mat.SymDense, error) {
	rows, err := l.groups(cluster)
	if err != nil {
		return nil, err
	}
	meat := mat.NewSymDense(l.K(), nil)
	for _, g := range rows {
		meat.SymRankOne(meat, 1, mat.NewVecDense(l.K(), l.score(g, l.Residuals)))
	}
	return l.Sandwich(meat, 1), nil
}

// CR1 is the factor by which CR0 is multiplied for g clusters, n observations and k coefficients, G/(G−1)·(n−1)/(n−k), as Stata
// has it. Fixed effects that are nested in the clusters are left out of k by some programs (Cameron & Miller 2015, J. Human Res.
// 50:317, section III.B); k = 1 leaves G/(G−1).
func CR1(g, n, k int) float64 {
	return float64(g) / float64(g-1) * float64(n-1) / float64(n-k)
}

// TwoWay is the covariance if errors depend on each other within clusters of either kind (Cameron, Gelbach & Miller 2011, JBES
// 29:238): the two one-way covariances less that of the clusters' intersections, each with its CR1 factor. With white the
// subtrahend is White's HC0 instead, as in Petersen (2009, RFS 22:435). A variance may come out below zero, which
// is then no answer.
func (l *Linear) TwoWay(first, second []int, white bool) (*mat.SymDense, error) {
	if len(first) != len(second) {
		return nil, fmt.Errorf("%d clusters of one kind and %d of the other", len(first), len(second))
	}
	both := make([][2]int, len(first))
	for i := range both {
		both[i] = [2]int{first[i], second[i]}
	}
	intersection, _ := Codes(both)
	sum := mat.NewSymDense(l.K(), nil)
	add := func(sign float64, cluster []int) error {
		c, err := l.CR0(cluster)
		if err != nil {
			return err
		}
		_, levels := Codes(cluster)
		c.ScaleSym(sign*CR1(len(levels), l.N(), l.K()), c)
		sum.AddSym(sum, c)
		return nil
	}
	if err := errors.Join(add(1, first), add(1, second)); err != nil {
		return nil, err
	}
	if white {
		c := l.HC(HC0)
		c.ScaleSym(-1, c)
		sum.AddSym(sum, c)
		return sum, nil
	}
	return sum, add(-1, intersection)
}

// BiasReduced is the CR2 covariance, which is right on average if errors are in truth independent and alike, with the degrees of
// freedom that belong to it. Fewer than 4 or 5 of them: not even this is to be trusted.
type BiasReduced struct {
	Covariance *mat.SymDense

	fit  *Linear
	rows [][]int
	half *mat.Dense // A_g X_g by observation
}

// CR2 adjusts each cluster's residuals by the inverse square root of its part of I − H (Bell & McCaffrey 2002, Survey Methodology
// 28:169), the Moore–Penrose inverse where a cluster has effects of its own (Pustejovsky & Tipton 2018, JBES 36:672).
func (l *Linear) CR2(cluster []int) (*BiasReduced, error) {
	rows, err := l.groups(cluster)
	if err != nil {
		return nil, err
	}
	n, k := l.X.Dims()
	b := &BiasReduced{fit: l, rows: rows, half: mat.NewDense(n, k, nil)}
	var root mat.Cholesky
	if !root.Factorize(l.Bread) {
		return nil, ErrCollinear
	}
	var lower mat.TriDense
	root.LTo(&lower)
	meat := mat.NewSymDense(k, nil)
	for _, g := range rows {
		x := mat.NewDense(len(g), k, nil)
		for r, i := range g {
			x.SetRow(r, l.X.RawRowView(i))
		}
		// With Z = X_g L, where LL' = (X'X)⁻¹, the cluster's part of H is ZZ' = US²U', so that
		// A = I + U diag((1−s²)^−½ − 1) U' and no n × n matrix is needed.
		var z, u, ux mat.Dense
		z.Mul(x, &lower)
		var svd mat.SVD
		if !svd.Factorize(&z, mat.SVDThinU) {
			return nil, errors.New("the clusters' adjustment (CR2) does not converge: rescale the columns")
		}
		svd.UTo(&u)
		ux.Mul(u.T(), x)
		for r, s := range svd.Values(nil) {
			scale := -1.0 // the cluster determines this direction by itself: nothing is left of it
			if rest := (1 - s) * (1 + s); rest > 1e-9 {
				scale = 1/math.Sqrt(rest) - 1
			}
			for j := range k {
				ux.Set(r, j, scale*ux.At(r, j))
			}
		}
		var ax mat.Dense
		ax.Mul(&u, &ux)
		ax.Add(&ax, x)
		score := mat.NewVecDense(k, nil)
		for r, i := range g {
			b.half.SetRow(i, ax.RawRowView(r))
			score.AddScaledVec(score, l.Residuals[i], ax.RowView(r))
		}
		meat.SymRankOne(meat, 1, score)
	}
	b.Covariance = l.Sandwich(meat, 1)
	return b, nil
}

// DF is Satterthwaite's for coefficient j: those of the χ² with the mean and the variance that the estimated variance would have if
// errors were independent and alike (Bell & McCaffrey 2002, section 4). Unknown: no cluster says anything of the coefficient.
func (b *BiasReduced) DF(j int) Value {
	k, m := b.fit.K(), len(b.rows)
	direction := mat.NewVecDense(k, mat.Col(nil, j, b.fit.Bread))
	// p_g = A_g X_g M c. The quadratic form's matrix is P_gh = p_g'p_h [g = h] − (X_g'p_g)' M (X_h'p_h).
	var p mat.VecDense
	p.MulVec(b.half, direction)
	own, u := make([]float64, m), mat.NewDense(m, k, nil)
	for g, rows := range b.rows {
		u.SetRow(g, b.fit.score(rows, p.RawVector().Data))
		for _, i := range rows {
			own[g] += p.AtVec(i) * p.AtVec(i)
		}
	}
	var um, cross mat.Dense
	um.Mul(u, b.fit.Bread)
	cross.Mul(&um, u.T())
	trace, squares := 0.0, 0.0
	for g := range m {
		for h := range m {
			x := -cross.At(g, h)
			if g == h {
				x += own[g]
				trace += x
			}
			squares += x * x
		}
	}
	return Known(trace * trace / squares)
}

// Estimate is coefficient j with its CR2 error, and the interval and p by Satterthwaite's degrees of freedom. There is none where
// these are unknown or the outcome is fitted exactly.
func (b *BiasReduced) Estimate(j int) (e Estimate, df float64, err error) {
	if b.fit.exact() {
		return Estimate{}, 0, errors.New("the outcome is constant or fitted exactly: there is no error to estimate")
	}
	se := math.Sqrt(b.Covariance.At(j, j))
	d := b.DF(j)
	if !d.Known || !(d.Number > 0) {
		return Estimate{}, 0, fmt.Errorf("the clusters say nothing of the error of %s: too few of them differ in it", b.fit.Names[j])
	}
	return estimated(b.fit.Coef[j], se, d.Number), d.Number, nil
}

// largestDesign is the number of cells of a table of columns that is still decomposed: above it one waits for minutes.
const largestDesign = 4e6

// FixedEffects fits y by columns of interest with an effect of its own for each unit and each time (numbered as by Codes). The
// columns of interest come last; the intercept is that of the first unit and time. Times and units that do not
// tell a column apart from these effects make it ErrCollinear.
func FixedEffects(unit, time []int, y []float64, names []string, columns ...[]float64) (*Linear, error) {
	n := len(y)
	if len(unit) != n || len(time) != n || len(names) != len(columns) {
		return nil, fmt.Errorf("%d values with %d units and %d times; %d names for %d columns", n, len(unit), len(time), len(names), len(columns))
	}
	units, us := Codes(unit)
	times, ts := Codes(time)
	k := len(us) + len(ts) - 1 + len(columns)
	if float64(n)*float64(k) > largestDesign {
		return nil, fmt.Errorf("%d values of %d units are too many for a regression with an effect for each unit", n, len(us))
	}
	if n <= k {
		return nil, fmt.Errorf("%d values are too few for %d units at %d times", n, len(us), len(ts))
	}
	all := make([]string, 0, k)
	all = append(all, "(Intercept)")
	for _, u := range us[1:] {
		all = append(all, "unit "+strconv.Itoa(u))
	}
	for _, t := range ts[1:] {
		all = append(all, "time "+strconv.Itoa(t))
	}
	x := mat.NewDense(n, k, nil)
	for i := range n {
		row := x.RawRowView(i)
		row[0] = 1
		if units[i] > 0 {
			row[units[i]] = 1
		}
		if times[i] > 0 {
			row[len(us)-1+times[i]] = 1
		}
	}
	for c, column := range columns {
		if len(column) != n {
			return nil, fmt.Errorf("%s has %d values instead of %d", names[c], len(column), n)
		}
		x.SetCol(k-len(columns)+c, column)
	}
	return LeastSquares(append(all, names...), x, y)
}

// Exposure is the effect of being exposed on units that are observed several times.
type Exposure struct {
	Estimate         // by CR2 errors and Satterthwaite's degrees of freedom
	DF       float64 // Satterthwaite's
	Units    int     // clusters
	Wild     Wild    // the null imposed
	Fit      *Linear // exposure is its last column
}

// PanelEffect is the effect of exposed (1 while a unit is treated, otherwise 0; or a dose) on y by two-way fixed effects, with
// errors clustered by unit. Where units are treated at different times it mixes effects (Goodman-Bacon 2021, J. Econometrics
// 225:254): GroupTimeEffects are for that. The wild bootstrap imposes the null; its weights are Webb's below 12 units.
func PanelEffect(unit, time []int, y, exposed []float64, s Sampling) (*Exposure, error) {
	if err := finite(y, exposed); err != nil {
		return nil, err
	}
	fit, err := FixedEffects(unit, time, y, []string{"exposed"}, exposed)
	switch {
	case errors.Is(err, ErrCollinear):
		return nil, fmt.Errorf("the effect cannot be told apart from those of units and times: "+
			"some units must be treated and others not, and treated ones be seen before and after: %w", err)
	case err != nil:
		return nil, err
	}
	reduced, err := fit.CR2(unit)
	if err != nil {
		return nil, err
	}
	e, j := &Exposure{Fit: fit, Units: len(reduced.rows)}, fit.K()-1
	weights := Rademacher
	if e.Units < 12 {
		weights = Webb
	}
	if e.Wild, err = fit.Wild(j, unit, weights, true, s); err != nil {
		return nil, err
	}
	e.Estimate, e.DF, err = reduced.Estimate(j)
	return e, err
}
