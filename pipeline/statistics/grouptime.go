package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// GroupTime is the effect by group (units that were treated first at the same time) and time, and its averages.
type GroupTime struct {
	Units, Never int // units that enter; those of them that were never treated
	Left         int // units left out, as they were treated from the first time on
	Effects      []GroupTimeEffect
	Simple       Estimate // over all groups and times since the treatment, by size of the group
	Lags         []LagEffect
	Dynamic      Estimate // the mean of the lags from 0 on
	Groups       []GroupEffect
	ByGroup      Estimate // over the groups, by size
	// PreTest is the Wald statistic of all effects before the treatment being zero, PreP its p-value by chi-squared on PreDF;
	// unknown where there are none, or where the units cannot tell them apart.
	PreTest, PreP Value
	PreDF         int
}

// GroupTimeEffect is that of units first treated at Group, at Time: positions in the panel's times. Before Group it is a placebo.
type GroupTimeEffect struct {
	Group, Time int
	Estimate
}

// LagEffect is the mean effect Lag times after the treatment (below zero: before), over the groups that reach it.
type LagEffect struct {
	Lag int
	Estimate
}

// GroupEffect is the mean effect on one group, over all times since its treatment.
type GroupEffect struct {
	Group, Units int
	Estimate
}

// Never is the first time of a unit that was never treated.
const Never = -1

// GroupTimeEffects compares the units first treated at a time with those never treated, each with itself at the last time
// before the treatment (a placebo: at the time before), after Callaway and Sant'Anna (2021, J. Econometrics 225:200), without
// covariates. Two-way fixed effects would also compare units treated late with units treated early, whose effect may still grow.
//
// panel is units by times; first is the position of the time at which a unit was treated first, or [Never]. A unit enters an
// effect if both of its values are known. Errors are those of the influence function, the estimation of the groups' shares
// included; degrees are those of the intervals' t, 0 for the normal distribution, which suits many units. With few the
// errors are too small: see [GroupTimeChance].
func GroupTimeEffects(panel [][]Value, first []int, degrees float64) (*GroupTime, error) {
	p, err := newCohorts(panel, first)
	if err != nil {
		return nil, err
	}
	return p.effects(len(panel), degrees)
}

// NotYetTreatedEffects are the same, compared with the never treated and with those that are treated only after both times of the
// comparison. It leans on one assumption more: that these do not know yet, or do not act on it.
func NotYetTreatedEffects(panel [][]Value, first []int, degrees float64) (*GroupTime, error) {
	p, err := newCohorts(panel, first)
	if err != nil {
		return nil, err
	}
	p.notYet = true
	return p.effects(len(panel), degrees)
}

func (p *cohorts) effects(units int, degrees float64) (*GroupTime, error) {
	if degrees <= 0 {
		degrees = math.Inf(1)
	}
	cells := p.cells(p.first, true)
	g := &GroupTime{Units: len(p.first), Left: units - len(p.first)}
	for _, f := range p.first {
		if f == Never {
			g.Never++
		}
	}
	finish := func(e influence) Estimate { return estimated(e.value, e.error(), degrees) }
	for _, c := range cells {
		g.Effects = append(g.Effects, GroupTimeEffect{Group: c.group, Time: c.time, Estimate: finish(c)})
	}
	after := keep(cells, func(c influence) bool { return c.time >= c.group })
	if len(after) == 0 {
		return nil, errNoGroupTime
	}
	g.Simple = finish(p.weighted(p.first, after))
	var late []influence
	for lag := -p.times; lag < p.times; lag++ {
		if kept := keep(cells, func(c influence) bool { return c.time-c.group == lag }); len(kept) > 0 {
			e := p.weighted(p.first, kept)
			g.Lags = append(g.Lags, LagEffect{Lag: lag, Estimate: finish(e)})
			if lag >= 0 {
				late = append(late, e)
			}
		}
	}
	g.Dynamic = finish(even(late))
	var own []influence
	for _, f := range p.groups {
		if kept := keep(after, func(c influence) bool { return c.group == f }); len(kept) > 0 {
			e := even(kept)
			own = append(own, e)
			g.Groups = append(g.Groups, GroupEffect{Group: f, Units: int(p.size[f]), Estimate: finish(e)})
		}
	}
	g.ByGroup = finish(p.weighted(p.first, own))
	g.pretest(keep(cells, func(c influence) bool { return c.time < c.group }), len(p.first))
	return g, nil
}

var errNoGroupTime = errors.New("no treated unit has values both before and after its first time beside a never treated one")

// GroupTimeChance deals the first times out anew among the units and asks how often the simple average is as large as the one
// seen, each taken in its own error so that a group that varies more does not pass for an effect (Janssen 1997, Stat. Prob.
// Lett. 36:9). It holds its level with few units, where the analytic errors do not.
func GroupTimeChance(panel [][]Value, first []int, s Sampling) (Chance, error) {
	p, err := newCohorts(panel, first)
	if err != nil {
		return Chance{}, err
	}
	ratio := func(first []int) float64 {
		e := p.weighted(first, p.cells(first, false))
		return math.Abs(e.value / e.error()) // NaN if there is nothing to compare or nothing varies
	}
	seen := ratio(p.first)
	if math.IsNaN(seen) {
		return Chance{}, errNoGroupTime
	}
	least := seen * (1 - guard)
	r, dealt, count := s.rand(), slices.Clone(p.first), int64(0)
	for range s.draws() {
		r.Shuffle(len(dealt), func(i, j int) { dealt[i], dealt[j] = dealt[j], dealt[i] })
		if !(ratio(dealt) < least) { // what cannot be judged counts against the effect
			count++
		}
	}
	return drawn(count, int64(s.draws())), nil
}

// cohorts are the units that are seen untreated, by the time of their treatment.
type cohorts struct {
	values [][]float64 // units by times; NaN: unknown
	first  []int
	times  int
	groups []int // in order of time
	size   map[int]float64
	notYet bool // those treated later are compared with, too
}

// compared tells whether units first treated at g are compared with group f at time t.
func (p *cohorts) compared(g, f, t int) bool {
	return g == Never || p.notYet && g > t && g != f
}

func newCohorts(panel [][]Value, first []int) (*cohorts, error) {
	if len(panel) != len(first) {
		return nil, fmt.Errorf("%d units and %d first times: one is needed for each unit", len(panel), len(first))
	}
	p := &cohorts{size: map[int]float64{}}
	never := 0
	for i, row := range panel {
		if i == 0 {
			p.times = len(row)
		}
		f := first[i]
		if len(row) != p.times {
			return nil, fmt.Errorf("unit %d has %d times, the first unit has %d: unknown values must stand as unknown", i+1, len(row), p.times)
		}
		switch {
		case f == 0:
			continue
		case f < 0 || f >= p.times: // nothing is seen of its treatment
			f = Never
			never++
		default:
			p.size[f]++
		}
		p.values, p.first = append(p.values, numbers(row)), append(p.first, f)
	}
	for f := range p.size {
		p.groups = append(p.groups, f)
	}
	slices.Sort(p.groups)
	switch treated := len(p.first) - never; {
	case p.times < 2:
		return nil, fmt.Errorf("%d times: at least 2 are needed, one before the treatment and one after", p.times)
	case never < 2:
		return nil, fmt.Errorf("%d units were never treated: at least 2 are needed to compare with", never)
	case treated < 2:
		return nil, fmt.Errorf("%d units were treated after the first time: at least 2 are needed", treated)
	}
	return p, nil
}

// numbers has NaN for unknown.
func numbers(values []Value) []float64 {
	x := make([]float64, len(values))
	for i, v := range values {
		x[i] = math.NaN()
		if v.Known {
			x[i] = v.Number
		}
	}
	return x
}

// influence is an estimate with what each unit adds to its error: the variance is the sum of squares over n².
type influence struct {
	group, time int
	value       float64
	psi         []float64
}

func (e influence) error() float64 {
	sum := 0.0
	for _, x := range e.psi {
		sum += x * x
	}
	return math.Sqrt(sum) / float64(len(e.psi))
}

func keep(effects []influence, is func(influence) bool) []influence {
	var kept []influence
	for _, e := range effects {
		if is(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// cells are the effects of all groups since their treatment, and the placebos before it if wanted.
func (p *cohorts) cells(first []int, placebos bool) []influence {
	var cells []influence
	for _, f := range p.groups {
		from := f
		if placebos {
			from = 1
		}
		for t := from; t < p.times; t++ {
			if c, ok := p.cell(first, f, t); ok {
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// cell is the effect on group f at time t.
func (p *cohorts) cell(first []int, f, t int) (influence, bool) {
	base := min(f, t) - 1
	var treated, never, a, b float64
	for i, g := range first {
		d := p.values[i][t] - p.values[i][base]
		switch {
		case math.IsNaN(d):
		case g == f:
			treated++
			a += d
		case p.compared(g, f, t):
			never++
			b += d
		}
	}
	if treated == 0 || never == 0 {
		return influence{}, false
	}
	a, b = a/treated, b/never
	n := float64(len(first))
	e := influence{group: f, time: t, value: a - b, psi: make([]float64, len(first))}
	for i, g := range first {
		d := p.values[i][t] - p.values[i][base]
		switch {
		case math.IsNaN(d):
		case g == f:
			e.psi[i] = n / treated * (d - a)
		case p.compared(g, f, t):
			e.psi[i] = -n / never * (d - b)
		}
	}
	return e, true
}

// weighted is the mean of effects by size of their groups; that these sizes are themselves drawn has its part in the error.
func (p *cohorts) weighted(first []int, effects []influence) influence {
	total := 0.0
	for _, e := range effects {
		total += p.size[e.group]
	}
	w := influence{psi: make([]float64, len(first))}
	for _, e := range effects {
		w.value += p.size[e.group] / total * e.value
	}
	if len(effects) == 0 {
		w.value = math.NaN()
	}
	n := float64(len(first))
	for _, e := range effects {
		for i, f := range first {
			deviation := -p.size[e.group] / total
			if f == e.group {
				deviation += n / total
			}
			w.psi[i] += p.size[e.group]/total*e.psi[i] + deviation*(e.value-w.value)
		}
	}
	return w
}

// even is the plain mean of effects, for the group of the first.
func even(effects []influence) influence {
	m, k := influence{group: effects[0].group, psi: make([]float64, len(effects[0].psi))}, float64(len(effects))
	for _, e := range effects {
		m.value += e.value / k
		for i, x := range e.psi {
			m.psi[i] += x / k
		}
	}
	return m
}

func (g *GroupTime) pretest(before []influence, n int) {
	k := len(before)
	if k == 0 || k >= n {
		return
	}
	v, b := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i := range k {
		b.SetVec(i, before[i].value)
		for j := i; j < k; j++ {
			sum := 0.0
			for u := range n {
				sum += before[i].psi[u] * before[j].psi[u]
			}
			v.SetSym(i, j, sum/float64(n)/float64(n))
		}
	}
	if w, p, ok := wald(b, v); ok {
		g.PreTest, g.PreDF, g.PreP = Known(w), k, Known(p)
	}
}

// wald is b'V⁻¹b and its p-value by chi-squared; not where V cannot be inverted.
func wald(b mat.Vector, v mat.Symmetric) (w, p float64, ok bool) {
	var c mat.Cholesky
	if !c.Factorize(v) || c.Cond() > 1e12 {
		return 0, 0, false
	}
	var x mat.VecDense
	if err := c.SolveVecTo(&x, b); err != nil {
		return 0, 0, false
	}
	w = mat.Dot(b, &x)
	return w, distuv.ChiSquared{K: float64(b.Len())}.Survival(w), true
}
