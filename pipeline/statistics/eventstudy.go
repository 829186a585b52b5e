package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Timeline says which bins of a panel lie before an event and which after it.
type Timeline struct {
	At        []float64 // the middle of each bin, in years from anywhere
	Reference int       // the last bin before; those up to it lie before, and gaps are measured from it
	After     int       // the first bin after; those between are set aside
}

func (l Timeline) check() error {
	if l.Reference < 0 || l.After <= l.Reference || l.After >= len(l.At) {
		return fmt.Errorf("%d bins, the last before being %d and the first after %d: each side needs one", len(l.At), l.Reference+1, l.After+1)
	}
	for i := 1; i < len(l.At); i++ {
		if !(l.At[i] > l.At[i-1]) {
			return fmt.Errorf("bin %d is not later than the one before it", i+1)
		}
	}
	return nil
}

// EventStudy is the gap between two groups over time.
type EventStudy struct {
	Gaps []Gap // one a bin
	// Tested are the bins before that PreTest asks about: whether their gaps differ at all. Statistic is that of the test. nil and
	// unknown where fewer than two bins are known, or nothing varies.
	Tested    int
	Statistic Value
	PreTest   *Chance
	// Change is the mean change of the first group's units, from before to after, less the second's; Drift is how fast the gap
	// would have to grow, a year, to give it all by itself; Power is the chance that PreTest, at 5 %, would see such a drift
	// (Roth 2022, AER: Insights 4:305).
	Change, Drift, Power Value
	// SlopeGap is the mean of the first group's slopes before, a year, less the second's; SlopeRank its permutation test.
	SlopeGap  Value
	SlopeRank *Chance
}

// Gap is the mean of the first group less that of the second in a bin, both from the reference; unknown with fewer than two
// units in a group.
type Gap struct {
	Known     bool
	N, Others int // units known in the bin and in the reference
	Estimate      // by Welch's t
}

// Gaps follows two groups of units over bins. The unit is what is compared: its values in a bin less its value in the
// reference, so that neither its own level nor the correlation of its values over time matters. A unit is left out of
// the bins where it is unknown.
//
// The joint test of the gaps before must hold its level with a dozen units and as many bins. A Wald test by chi-squared rejects far
// too often then, and Hotelling's has hardly a degree of freedom left. So the statistic is the sum of the squared gaps, from
// their own mean, over their estimated variances (the ANOVA-type statistic of Brunner, Dette and Munk 1997, JASA 92:1494), which
// needs no inverse and is the same whichever bin is the reference; and its distribution is that under all labellings of the units,
// which is exact if the groups vary alike, and nearly so if not, the statistic being studentised (Konietschke et al. 2015, J.
// Multivariate Anal. 140:291). Power is that of this test, by dealing out the units' own deviations from their groups'
// means with the drift added: no normal distribution and no covariance of more bins than units is needed.
func Gaps(group, others [][]Value, line Timeline, s Sampling) (*EventStudy, error) {
	if err := line.check(); err != nil {
		return nil, err
	}
	if len(group) < 2 || len(others) < 2 {
		return nil, fmt.Errorf("groups of %d and %d units: at least 2 each are needed", len(group), len(others))
	}
	panel := make([][]float64, 0, len(group)+len(others))
	for i, unit := range slices.Concat(group, others) {
		if len(unit) != len(line.At) {
			return nil, fmt.Errorf("unit %d has %d values for %d bins: unknown values must stand as unknown", i+1, len(unit), len(line.At))
		}
		panel = append(panel, numbers(unit))
	}
	k := len(group)
	e := &EventStudy{}
	for bin := range line.At {
		e.Gaps = append(e.Gaps, gap(panel, k, bin, line.Reference))
	}
	if !e.Gaps[line.Reference].Known {
		g := e.Gaps[line.Reference]
		return nil, fmt.Errorf("the bin that all gaps are measured from is known for %d and %d units: at least 2 each are needed", g.N, g.Others)
	}
	e.slopes(panel, k, line, s)
	e.change(panel, k, line)
	profiles, joint := e.pretest(panel, k, line, s)
	if joint && e.Change.Known {
		e.Power = driftPower(profiles, k, e.Drift.Number, line, s)
	}
	return e, nil
}

func gap(panel [][]float64, k, bin, reference int) Gap {
	var a, b []float64
	for i, unit := range panel {
		switch d := unit[bin] - unit[reference]; {
		case math.IsNaN(d):
		case i < k:
			a = append(a, d)
		default:
			b = append(b, d)
		}
	}
	g := Gap{N: len(a), Others: len(b)}
	if g.Known = len(a) > 1 && len(b) > 1; g.Known {
		g.Estimate = estimated(welch(a, b))
	}
	return g
}

// slopes are least-squares lines of each unit with two or more values before.
func (e *EventStudy) slopes(panel [][]float64, k int, line Timeline, s Sampling) {
	var a, b []float64
	for i, unit := range panel {
		var x, y []float64
		for t := range line.Reference + 1 {
			if !math.IsNaN(unit[t]) {
				x, y = append(x, line.At[t]), append(y, unit[t])
			}
		}
		if len(x) < 2 {
			continue
		}
		_, slope := stat.LinearRegression(x, y, nil, false)
		if i < k {
			a = append(a, slope)
		} else {
			b = append(b, slope)
		}
	}
	if len(a) < 2 || len(b) < 2 {
		return
	}
	e.SlopeGap = Known(stat.Mean(a, nil) - stat.Mean(b, nil))
	rank := Labels(a, b, s)
	e.SlopeRank = &rank
}

func (e *EventStudy) change(panel [][]float64, k int, line Timeline) {
	side := func(unit []float64, from, to int) (value, at float64) {
		n := 0.0
		for t := from; t < to; t++ {
			if !math.IsNaN(unit[t]) {
				n, value, at = n+1, value+unit[t], at+line.At[t]
			}
		}
		return value / n, at / n
	}
	var sum, distance, n [2]float64
	for i, unit := range panel {
		before, from := side(unit, 0, line.Reference+1)
		after, to := side(unit, line.After, len(unit))
		if d := after - before; !math.IsNaN(d) {
			g := 0
			if i >= k {
				g = 1
			}
			n[g]++
			sum[g] += d
			distance[g] += to - from
		}
	}
	e.Change = Known(sum[0]/n[0] - sum[1]/n[1])
	if e.Change.Known {
		e.Drift = Known(e.Change.Number / (distance[0] / n[0]))
	}
}

// pretest answers the deviations before from what units and bins have in common, units by bins, and whether there was anything
// to test.
func (e *EventStudy) pretest(panel [][]float64, k int, line Timeline, s Sampling) ([][]float64, bool) {
	before := make([][]float64, len(panel))
	for i, unit := range panel {
		before[i] = slices.Clone(unit[:line.Reference+1])
	}
	for t := range line.Reference + 1 {
		if e.Gaps[t].Known {
			e.Tested++
		}
	}
	e.Tested-- // all but the reference
	additive(before)
	if e.Tested < 1 || constant(panel, before) {
		e.Tested = 0
		return nil, false
	}
	order := make([]int, len(panel))
	for i := range order {
		order[i] = i
	}
	a := newANOVA(before)
	seen := a.statistic(order[:k], nil)
	if math.IsNaN(seen) {
		return nil, false
	}
	e.Statistic = Known(seen)
	least, count := seen*(1-guard), int64(0)
	total, complete := choices(len(panel), k, s, func(chosen []int) {
		if !(a.statistic(chosen, nil) < least) { // what cannot be judged counts against
			count++
		}
	})
	c := drawn(count, total)
	if complete {
		c = exact(count, total)
	}
	e.PreTest = &c
	return before, true
}

// additive takes the effects of units and of bins out, where values are known: what is left has mean zero both ways.
func additive(x [][]float64) {
	if len(x) == 0 {
		return
	}
	centre := func(n int, at func(int) *float64) float64 {
		sum, known := 0.0, 0.0
		for i := range n {
			if v := *at(i); !math.IsNaN(v) {
				sum, known = sum+v, known+1
			}
		}
		if known == 0 {
			return 0
		}
		for i := range n {
			*at(i) -= sum / known
		}
		return math.Abs(sum / known)
	}
	first := 0.0
	for pass := range 500 { // complete panels are done after the first
		moved := 0.0
		for i := range x {
			moved = max(moved, centre(len(x[i]), func(t int) *float64 { return &x[i][t] }))
		}
		for t := range x[0] {
			moved = max(moved, centre(len(x), func(i int) *float64 { return &x[i][t] }))
		}
		if pass == 0 {
			first = moved
		}
		if moved <= 1e-13*first {
			return
		}
	}
}

// constant says whether what is left of a panel is rounding.
func constant(panel, left [][]float64) bool {
	scale, most := 0.0, 0.0
	for i := range left {
		for t, x := range left[i] {
			if !math.IsNaN(x) {
				scale, most = max(scale, math.Abs(panel[i][t])), max(most, math.Abs(x))
			}
		}
	}
	return most <= 1e-12*scale
}

// anova is the ANOVA-type statistic of profiles (units by bins) under any choice of the first group.
type anova struct {
	profiles  [][]float64
	n, s, ss  []float64 // by bin over all units: known ones, their sum and sum of squares
	a, as, aa []float64 // the same over the first group
}

func newANOVA(profiles [][]float64) *anova {
	bins := len(profiles[0])
	v := make([]float64, 6*bins)
	a := &anova{profiles: profiles, n: v[:bins], s: v[bins : 2*bins], ss: v[2*bins : 3*bins], a: v[3*bins : 4*bins], as: v[4*bins : 5*bins], aa: v[5*bins:]}
	for i := range profiles {
		a.add(i, a.n, a.s, a.ss)
	}
	return a
}

func (a *anova) add(unit int, n, s, ss []float64) {
	for t, x := range a.profiles[unit] {
		if !math.IsNaN(x) {
			n[t]++
			s[t] += x
			ss[t] += x * x
		}
	}
}

// statistic is the sum of squared differences of means over that of their variances, with shift added to the first group's means
// if there is one.
func (a *anova) statistic(chosen []int, shift []float64) float64 {
	clear(a.a)
	clear(a.as)
	clear(a.aa)
	for _, i := range chosen {
		a.add(i, a.a, a.as, a.aa)
	}
	squares, variances := 0.0, 0.0
	for t, n := range a.a {
		m := a.n[t] - n
		if n < 2 || m < 2 {
			continue
		}
		x, y := a.as[t]/n, (a.s[t]-a.as[t])/m
		variances += max(0, (a.aa[t]/n-x*x)/(n-1)) + max(0, ((a.ss[t]-a.aa[t])/m-y*y)/(m-1))
		d := x - y
		if shift != nil {
			d += shift[t]
		}
		squares += d * d
	}
	return squares / variances // NaN where no bin can be compared or nothing varies
}

// driftPower is how often the test finds a drift, in draws of the units' own deviations.
func driftPower(profiles [][]float64, k int, drift float64, line Timeline, s Sampling) Value {
	own := make([][]float64, 0, len(profiles))
	for _, group := range [][][]float64{profiles[:k], profiles[k:]} { // without the gaps that are there
		n, sum := make([]float64, line.Reference+1), make([]float64, line.Reference+1)
		for _, unit := range group {
			for t, x := range unit {
				if !math.IsNaN(x) {
					n[t], sum[t] = n[t]+1, sum[t]+x
				}
			}
		}
		for _, unit := range group {
			row := make([]float64, len(unit))
			for t, x := range unit {
				row[t] = (x - sum[t]/n[t]) * math.Sqrt(n[t]/max(1, n[t]-1)) // NaN stays
			}
			own = append(own, row)
		}
	}
	middle := stat.Mean(line.At[:line.Reference+1], nil)
	shift := make([]float64, line.Reference+1)
	for t := range shift {
		shift[t] = drift * (line.At[t] - middle)
	}
	a := newANOVA(own)
	var chance, moved []float64
	choices(len(own), k, s, func(chosen []int) {
		x, y := a.statistic(chosen, nil), a.statistic(chosen, shift)
		if !math.IsNaN(x) && !math.IsNaN(y) {
			chance, moved = append(chance, x), append(moved, y)
		}
	})
	if len(chance) == 0 {
		return Value{}
	}
	slices.Sort(chance)
	critical := stat.Quantile(Confidence, stat.Empirical, chance, nil)
	found := 0
	for _, y := range moved {
		if y > critical {
			found++
		}
	}
	return Known(float64(found) / float64(len(moved)))
}

// TwoWayEvents is an event study by regression on effects of units and of times.
type TwoWayEvents struct {
	Static     float64 // the effect if it were the same at all times
	CR0, CR1   float64 // its error, clustered by unit: without a factor, and with that of few clusters, the unit effects not counted
	Lags       []LagEffect
	Wald, P    Value // all lags before the treatment are zero: chi-squared with DF, errors CR0
	DF         int
	Units, Obs int
}

// TwoWayEventStudy regresses a panel on effects of units and times, and on a dummy of each lag since a unit's treatment; the last time
// before it is the reference, and the never treated have all dummies zero. panel and first are those of
// [GroupTimeEffects], which is to be preferred: where units are treated at different times these coefficients mix the
// effects of different groups and lags (Sun and Abraham 2021, J. Econometrics 225:175). Intervals are normal, with CR0 errors.
func TwoWayEventStudy(panel [][]Value, first []int) (*TwoWayEvents, error) {
	p, err := newCohorts(panel, first)
	if err != nil {
		return nil, err
	}
	var y []float64
	var unit, time []int
	for i := range p.values {
		for t, v := range p.values[i] {
			if !math.IsNaN(v) {
				y, unit, time = append(y, v), append(unit, i), append(time, t)
			}
		}
	}
	static := make([]float64, len(y))
	lags := map[int][]float64{}
	for row := range y {
		f := p.first[unit[row]]
		if f == Never {
			continue
		}
		lag := time[row] - f
		if lag >= 0 {
			static[row] = 1
		}
		if lags[lag] == nil {
			lags[lag] = make([]float64, len(y))
		}
		lags[lag][row] = 1
	}
	if len(lags[-1]) == 0 {
		return nil, errors.New("no treated unit is known at the last time before its treatment, which is the reference")
	}
	fit, err := within(y, unit, time, []string{"treated"}, static)
	if err != nil {
		return nil, mixed(err)
	}
	e := &TwoWayEvents{Units: len(p.first), Obs: len(y), Static: fit.Coef[0]}
	covariance, err := fit.CR0(unit)
	if err != nil {
		return nil, err
	}
	e.CR0 = math.Sqrt(covariance.At(0, 0))
	e.CR1 = e.CR0 * math.Sqrt(CR1(e.Units, e.Obs, fit.K()+1)) // the intercept is left out of the fit, and counted

	var names []string
	var columns [][]float64
	for lag := 1 - p.times; lag < p.times; lag++ {
		if column := lags[lag]; column != nil && lag != -1 {
			names, columns = append(names, "lag "+strconv.Itoa(lag)), append(columns, column)
			e.Lags = append(e.Lags, LagEffect{Lag: lag})
		}
	}
	if fit, err = within(y, unit, time, names, columns...); err != nil {
		return nil, mixed(err)
	}
	if covariance, err = fit.CR0(unit); err != nil {
		return nil, err
	}
	for j := range e.Lags {
		e.Lags[j].Estimate = estimated(fit.Coef[j], math.Sqrt(covariance.At(j, j)), math.Inf(1))
		if e.Lags[j].Lag < 0 {
			e.DF = j + 1
		}
	}
	if e.DF > 0 {
		v := mat.NewSymDense(e.DF, nil)
		v.CopySym(covariance.SliceSym(0, e.DF))
		if w, q, ok := wald(mat.NewVecDense(e.DF, fit.Coef[:e.DF]), v); ok {
			e.Wald, e.P = Known(w), Known(q)
		}
	}
	return e, nil
}

func mixed(err error) error {
	return fmt.Errorf("the effect cannot be told apart from those of units and times: %w", err)
}

// within is a regression on columns and times with the effects of units taken out beforehand: the coefficients and residuals of
// FixedEffects (Frisch and Waugh 1933, Econometrica 1:387) without a column for each of many units. The columns come first.
func within(y []float64, unit, time []int, names []string, columns ...[]float64) (*Linear, error) {
	codes, times := Codes(time)
	names, columns = slices.Clone(names), slices.Clone(columns)
	for c := 1; c < len(times); c++ {
		column := make([]float64, len(y))
		for i := range y {
			if codes[i] == c {
				column[i] = 1
			}
		}
		names, columns = append(names, "time "+strconv.Itoa(times[c])), append(columns, column)
	}
	units, all := Codes(unit)
	demean := func(x []float64) []float64 {
		sum, n, d := make([]float64, len(all)), make([]float64, len(all)), make([]float64, len(x))
		for i, u := range units {
			sum[u] += x[i]
			n[u]++
		}
		for i, u := range units {
			d[i] = x[i] - sum[u]/n[u]
		}
		return d
	}
	x := mat.NewDense(len(y), len(columns), nil)
	for j, c := range columns {
		x.SetCol(j, demean(c))
	}
	return LeastSquares(names, x, demean(y))
}
