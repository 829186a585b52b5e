package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// SimplexWeights are the weights, none below zero and one in sum, whose mix of the columns of a (n by k) comes nearest to b in the
// least squares. It is exact: the nearest point of a polytope (Wolfe 1976, Math. Prog. 11:128) as a problem of non-negative
// least squares (Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23), which an active set solves in few steps.
func SimplexWeights(a mat.Matrix, b []float64) ([]float64, error) {
	n, k := a.Dims()
	if n == 0 || k == 0 || len(b) != n {
		return nil, fmt.Errorf("%d values to be mixed from %d columns of %d", len(b), k, n)
	}
	// With columns less b, and a row of ones that is to be one, the solution's multiple that is nearest has the same weights. The
	// columns are scaled to about one, as the row is.
	c, y, scale := mat.NewDense(n+1, k, nil), make([]float64, n+1), 0.0
	for j := range k {
		for i := range n {
			scale = max(scale, math.Abs(a.At(i, j)-b[i]))
		}
	}
	if math.IsNaN(scale) || math.IsInf(scale, 0) {
		return nil, errors.New("a value is unknown or infinite")
	}
	for j := range k {
		for i := range n {
			if scale > 0 {
				c.Set(i, j, (a.At(i, j)-b[i])/scale)
			}
		}
		c.Set(n, j, 1)
	}
	y[n] = 1
	w, err := nonNegative(c, y)
	if err != nil {
		return nil, err
	}
	sum := 0.0
	for _, x := range w {
		sum += x
	}
	if !(sum > 0) {
		return nil, errors.New("no weights could be found: the units do not vary before, or not together with the treated one")
	}
	for j := range w {
		w[j] /= sum
	}
	return w, nil
}

// nonNegative minimises |c w − y| over w ≥ 0.
func nonNegative(c *mat.Dense, y []float64) ([]float64, error) {
	n, k := c.Dims()
	w, in, left := make([]float64, k), []int{}, slices.Clone(y)
	const tolerance = 1e-12
	for range 10 * k {
		best, most := -1, tolerance
		for j := range k {
			if slices.Contains(in, j) {
				continue
			}
			g := 0.0
			for i := range n {
				g += c.At(i, j) * left[i]
			}
			if g > most {
				best, most = j, g
			}
		}
		if best < 0 {
			return w, nil
		}
		in = append(in, best)
		for {
			z, err := solve(c, in, y)
			if err != nil { // the newest says nothing new
				in = in[:len(in)-1]
				if len(in) == 0 {
					return w, nil
				}
				if z, err = solve(c, in, y); err != nil {
					return nil, err
				}
				for i, j := range in {
					w[j] = max(0, z[i])
				}
				return w, nil
			}
			step := 1.0
			for i, j := range in {
				if z[i] <= 0 {
					step = min(step, w[j]/(w[j]-z[i]))
				}
			}
			for i, j := range in {
				w[j] += step * (z[i] - w[j])
			}
			if step == 1 {
				break
			}
			in = slices.DeleteFunc(in, func(j int) bool {
				if w[j] > tolerance {
					return false
				}
				w[j] = 0
				return true
			})
			if len(in) == 0 { // what there was to gain is rounding
				return w, nil
			}
		}
		for i := range n {
			left[i] = y[i]
			for _, j := range in {
				left[i] -= c.At(i, j) * w[j]
			}
		}
	}
	return nil, errors.New("the weights do not settle")
}

// solve is least squares on some of the columns.
func solve(c *mat.Dense, in []int, y []float64) ([]float64, error) {
	n, _ := c.Dims()
	x := mat.NewDense(n, len(in), nil)
	for i, j := range in {
		x.SetCol(i, mat.Col(nil, j, c))
	}
	if n < len(in) {
		return nil, ErrCollinear
	}
	var qr mat.QR
	qr.Factorize(x)
	if qr.Cond() > 1e12 {
		return nil, ErrCollinear
	}
	var z mat.VecDense
	if err := qr.SolveVecTo(&z, false, mat.NewVecDense(n, y)); err != nil {
		return nil, err
	}
	return z.RawVector().Data, nil
}

// Synthetic is a treated unit against the mix of others that came nearest to it before.
type Synthetic struct {
	Weights           []float64 // one a donor
	Gap               []float64 // the unit less its mix, one a time
	PreError          float64   // root mean square of the gap before
	Average           float64   // of the gap after
	Ratio             Value     // of the mean squares of the gap after and before; unknown where the mix is the unit itself on both sides
	PerfectBefore     bool      // the mix is the unit itself before: the ratio has no bounds
	preSquare, square float64
}

// MixUnits fits a synthetic control by outcomes alone: weights that sum to one, no intercept and no covariates (Abadie, Diamond and
// Hainmueller 2010, JASA 105:493, without their predictors). unit and donors have a value at each time; start is the
// position of the first time after the treatment.
func MixUnits(unit []float64, donors [][]float64, start int) (*Synthetic, error) {
	if start < 2 || start >= len(unit) {
		return nil, fmt.Errorf("%d of %d times lie before the start: at least 2 before and 1 after are needed", start, len(unit))
	}
	if len(donors) < 2 {
		return nil, fmt.Errorf("%d units to mix from: at least 2 are needed", len(donors))
	}
	a := mat.NewDense(start, len(donors), nil)
	for j, d := range donors {
		if len(d) != len(unit) {
			return nil, fmt.Errorf("unit %d to mix from has %d times, the treated one %d", j+1, len(d), len(unit))
		}
		a.SetCol(j, d[:start])
	}
	if err := finite(append([][]float64{unit}, donors...)...); err != nil {
		return nil, err
	}
	w, err := SimplexWeights(a, unit[:start])
	if err != nil {
		return nil, err
	}
	s, scale := &Synthetic{Weights: w, Gap: make([]float64, len(unit))}, 0.0
	for t := range unit {
		s.Gap[t] = unit[t]
		scale = max(scale, math.Abs(unit[t]))
		for j, d := range donors {
			s.Gap[t] -= w[j] * d[t]
		}
		if t < start {
			s.preSquare += s.Gap[t] * s.Gap[t] / float64(start)
		} else {
			s.square += s.Gap[t] * s.Gap[t] / float64(len(unit)-start)
			s.Average += s.Gap[t] / float64(len(unit)-start)
		}
	}
	s.PreError = math.Sqrt(s.preSquare)
	if s.PerfectBefore = s.PreError <= 1e-9*scale; !s.PerfectBefore {
		s.Ratio = Known(s.square / s.preSquare)
	}
	return s, nil
}

// Placebos is a synthetic control beside those of all other units, which were not treated.
type Placebos struct {
	*Synthetic
	Units []*Synthetic // every unit's own; the treated one's is Synthetic
	// Rank is the treated unit's place by Ratio among Of units, 1: the largest. Rank by Of is the p-value; it cannot be below 1 by
	// Of. RankBelow and RankAbove are the places of its Average from the lowest, and from the highest.
	Rank, Of             int
	RankBelow, RankAbove int
}

// MixPlacebos treats every unit in turn as if it had been the treated one, with all others as donors, the treated one
// among them, and ranks the ratio of errors after and before (Abadie, Diamond and Hainmueller 2010, section 3.4). panel is
// units by times, without unknown values.
func MixPlacebos(panel [][]float64, treated, start int) (*Placebos, error) {
	if treated < 0 || treated >= len(panel) {
		return nil, fmt.Errorf("there is no unit %d of %d", treated+1, len(panel))
	}
	p := &Placebos{Of: len(panel)}
	for i, unit := range panel {
		s, err := MixUnits(unit, slices.Concat(panel[:i], panel[i+1:]), start)
		if err != nil {
			return nil, err
		}
		p.Units = append(p.Units, s)
	}
	p.Synthetic = p.Units[treated]
	for _, u := range p.Units {
		if !u.less(p.Synthetic) {
			p.Rank++
		}
		if u.Average <= p.Average {
			p.RankBelow++
		}
		if u.Average >= p.Average {
			p.RankAbove++
		}
	}
	return p, nil
}

// less compares ratios; one without bounds is larger than any other.
func (s *Synthetic) less(o *Synthetic) bool {
	switch {
	case s.PerfectBefore:
		return false
	case o.PerfectBefore:
		return true
	}
	return s.Ratio.Number < o.Ratio.Number
}

// MinDonors is the number of comparison units below which a synthetic control is not made: with few of them its weights are an
// accident, and no rank can be remarkable.
const MinDonors = 8

// SyntheticControl is the synthetic control of a mean series by comparison units with placebos, for a course. Times at which
// the treated series is unknown are left out; then units that are unknown at any time; those kept are used, by position in
// donors. start is the position of the first time after, aside how many before that are set aside.
func SyntheticControl(treated []Value, donors [][]Value, before, start int) (p *Placebos, used []int, err error) {
	if len(donors) < MinDonors {
		return nil, nil, fmt.Errorf("%d comparison units: a synthetic control needs at least %d", len(donors), MinDonors)
	}
	if before < 0 || start < before || start > len(treated) {
		return nil, nil, fmt.Errorf("%d of %d times lie before, and those from %d on after: the sides overlap or are not there", before, len(treated), start+1)
	}
	var times []int
	pre := 0
	for t, v := range treated {
		if v.Known && (t < before || t >= start) {
			times = append(times, t)
			if t < before {
				pre++
			}
		}
	}
	pick := func(row []Value) []float64 {
		x := make([]float64, len(times))
		for i, t := range times {
			if t >= len(row) || !row[t].Known {
				return nil
			}
			x[i] = row[t].Number
		}
		return x
	}
	panel := [][]float64{pick(treated)}
	for j, d := range donors {
		if x := pick(d); x != nil {
			panel, used = append(panel, x), append(used, j)
		}
	}
	if len(used) < MinDonors {
		return nil, nil, fmt.Errorf("%d of %d comparison units are known at all times: a synthetic control needs at least %d", len(used), len(donors), MinDonors)
	}
	if flat(panel[0]) {
		return nil, nil, errors.New("the treated series does not vary: there is nothing to mix")
	}
	p, err = MixPlacebos(panel, 0, pre)
	return p, used, err
}

func flat(x []float64) bool {
	return len(x) == 0 || slices.Max(x) == slices.Min(x)
}

// SyntheticDiD is synthetic difference in differences, beside the synthetic control and the difference in differences of the
// same data.
type SyntheticDiD struct {
	SDID, SC, DiD float64
	Omega         []float64 // weights of the control units in SDID
	Lambda        []float64 // weights of the times before in SDID
	Zeta          float64   // ridge of Omega
}

// SyntheticDifferences weighs control units and times before so that both match the treated ones up to a constant, with a ridge on the
// units (Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021, AER 111:4088, algorithm 1). panel is units by times without
// unknown values, the controls first; start is the position of the first treated time.
//
// The weights are those of the authors' program, synthdid: Frank–Wolfe steps from equal weights, 100 of them, then weights of a quarter of
// the largest or less are dropped and the steps go on until one gains less than (1e-5 σ)², or 10,000; σ is the standard
// deviation of the controls' first differences before. It stops before the optimum: MixUnits is exact.
func SyntheticDifferences(panel [][]float64, controls, start int) (*SyntheticDiD, error) {
	if controls < 2 || controls >= len(panel) {
		return nil, fmt.Errorf("%d controls of %d units: at least 2 controls and 1 treated unit are needed", controls, len(panel))
	}
	times := len(panel[0])
	for i, row := range panel {
		if len(row) != times {
			return nil, fmt.Errorf("unit %d has %d times, the first has %d", i+1, len(row), times)
		}
	}
	if start < 2 || start >= times {
		return nil, fmt.Errorf("%d of %d times lie before the start: at least 2 before and 1 after are needed", start, times)
	}
	if err := finite(panel...); err != nil {
		return nil, err
	}
	var steps []float64
	for _, row := range panel[:controls] {
		for t := 1; t < start; t++ {
			steps = append(steps, row[t]-row[t-1])
		}
	}
	noise := stat.StdDev(steps, nil)
	if !(noise > 0) {
		return nil, errors.New("the controls do not vary before the start: no weights can be found")
	}
	treated := len(panel) - controls
	s := &SyntheticDiD{Zeta: math.Pow(float64(treated*(times-start)), 0.25) * noise}
	// The mean of the treated units stands as one more unit, that of the times after as one more time.
	y := mat.NewDense(controls+1, start+1, nil)
	for i, row := range panel {
		r, part := i, 1.0
		if i >= controls {
			r, part = controls, 1/float64(treated)
		}
		for t, x := range row {
			c, share := t, part
			if t >= start {
				c, share = start, part/float64(times-start)
			}
			y.Set(r, c, y.At(r, c)+share*x)
		}
	}
	least := 1e-5 * noise
	units := mat.DenseCopyOf(y.Slice(0, controls+1, 0, start).T()) // times by units, the treated last
	s.Omega = frankWolfe(units, s.Zeta, true, least)
	s.Lambda = frankWolfe(mat.DenseCopyOf(y.Slice(0, controls, 0, start+1)), 1e-6*noise, true, least)
	s.SDID = blocks(y, s.Omega, s.Lambda)
	s.SC = blocks(y, frankWolfe(units, 1e-6*noise, false, least), make([]float64, start))
	equal := func(n int) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = 1 / float64(n)
		}
		return w
	}
	s.DiD = blocks(y, equal(controls), equal(start))
	return s, nil
}

// blocks is the weighted difference in differences.
func blocks(y *mat.Dense, omega, lambda []float64) float64 {
	change := func(row []float64) float64 {
		c := row[len(lambda)]
		for t, l := range lambda {
			c -= l * row[t]
		}
		return c
	}
	d := change(y.RawRowView(len(omega)))
	for i, w := range omega {
		d -= w * change(y.RawRowView(i))
	}
	return d
}

// frankWolfe finds weights on the simplex by which the columns of y but the last come near to it, up to a constant if intercept, with
// the ridge zeta² times the number of rows; least is the root of the gain at which it stops.
func frankWolfe(y *mat.Dense, zeta float64, intercept bool, least float64) []float64 {
	n, k := y.Dims()
	k--
	a := mat.DenseCopyOf(y)
	if intercept {
		for j := range k + 1 {
			mean := stat.Mean(mat.Col(nil, j, y), nil)
			for i := range n {
				a.Set(i, j, y.At(i, j)-mean)
			}
		}
	}
	ridge := zeta * zeta * float64(n)
	w := make([]float64, k)
	for j := range w {
		w[j] = 1 / float64(k)
	}
	left := make([]float64, n) // the mix less the last column
	residuals := func() (loss float64) {
		for i := range n {
			row := a.RawRowView(i)
			left[i] = -row[k]
			for j, x := range w {
				left[i] += x * row[j]
			}
			loss += left[i] * left[i] / float64(n)
		}
		for _, x := range w {
			loss += zeta * zeta * x * x
		}
		return loss
	}
	gradient := make([]float64, k)
	run := func(most int) {
		before := math.Inf(1)
		residuals()
		for step := range most {
			best := 0
			for j := range k {
				gradient[j] = ridge * w[j]
				for i := range n {
					gradient[j] += a.At(i, j) * left[i]
				}
				if gradient[j] < gradient[best] {
					best = j
				}
			}
			slope, curve := 0.0, 0.0 // along the way to the best corner
			for j := range k {
				d := -w[j]
				if j == best {
					d++
				}
				slope += gradient[j] * d
				curve += ridge * d * d
			}
			for i := range n {
				row := a.RawRowView(i)
				d := row[best] - row[k] - left[i]
				curve += d * d
			}
			if curve > 0 {
				length := min(1, max(0, -slope/curve))
				for j := range k {
					w[j] *= 1 - length
				}
				w[best] += length
			}
			loss := residuals()
			if step > 0 && before-loss <= least*least {
				return
			}
			before = loss
		}
	}
	run(100)
	largest, sum := slices.Max(w), 0.0
	for j, x := range w {
		if x <= largest/4 {
			w[j] = 0
		}
		sum += w[j]
	}
	for j := range w {
		w[j] /= sum
	}
	run(10_000)
	return w
}
