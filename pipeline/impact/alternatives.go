package impact

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"presencia/pipeline/statistics"
)

// alternatives are estimates of the same effect that need nothing but the two values of each department.
func (r *Result) alternatives(a, b []Unit) {
	before, after, treated := make([]float64, 0, len(a)+len(b)), make([]float64, 0, len(a)+len(b)), make([]bool, 0, len(a)+len(b))
	by := r.ruler()
	for _, u := range slices.Concat(a, b) {
		before, after = append(before, by.of(u.Before.Number)), append(after, by.of(u.After.Number))
		treated = append(treated, len(treated) < len(a))
	}
	if x, err := statistics.Ancova(before, after, treated); err == nil { // not where all were alike before
		r.Alternatives.Ancova, r.Alternatives.BaselineSlope = &x.Estimate, x.ChangeSlope
	}
	if x, err := statistics.MannWhitney(changes(a, by), changes(b, by)); err == nil {
		r.Alternatives.MannWhitney = statistics.Known(x.P)
	}
}

// winsorised is the share of the changes that are pulled in at either end.
const winsorised = 0.1

// specify tries what else could have been chosen: other windows, the other scale, extreme changes pulled in, the weakest
// participants left out (who would have risen anyway), and each department in turn.
func (r *Result) specify(a, b []Unit, others []Other, s statistics.Sampling) {
	try := func(code string, args map[string]any, x, y []float64, same bool) {
		c := contrast(x, y, s)
		if len(x) < MinUnits || len(y) < MinUnits || c == nil {
			return
		}
		p := Specification{Code: code, Args: args, Estimate: c.Estimate, Low: c.Low, High: c.High, P: c.Labels.P, Scale: r.Scale}
		if !same {
			p.Scale = r.Scale.other()
		}
		p.Agrees = c.Estimate*r.Effect.Estimate > 0 || c.Estimate == r.Effect.Estimate
		r.Specifications = append(r.Specifications, p)
	}
	by := r.ruler()
	for _, o := range others {
		try(o.Code, nil, changes(members(o.Units, "participant"), by), changes(members(o.Units, "comparison"), by), true)
	}
	if other := r.Scale.other(); other == Natural || !negative(a) && !negative(b) {
		try("scale", map[string]any{"scale": string(other)}, changes(a, ruler{other, r.Added}), changes(b, ruler{other, r.Added}), false)
	}
	x, y := changes(a, by), changes(b, by)
	low, high := limits(slices.Concat(x, y))
	try("winsorised", nil, pulled(x, low, high), pulled(y, low, high), true)
	if weak := len(a) / 4; weak > 0 {
		strong := slices.Clone(a)
		slices.SortStableFunc(strong, func(u, v Unit) int { return cmp.Compare(u.Before.Number, v.Before.Number) })
		if r.Direction < 0 { // the weakest are the highest
			slices.Reverse(strong)
		}
		try("drop_weakest", map[string]any{"n": weak}, changes(strong[weak:], by), y, true)
	}
	for i, u := range a {
		try("drop_"+u.ID, map[string]any{"department": u.ID}, without(x, i), y, true)
	}
	for i, u := range b {
		try("drop_"+u.ID, map[string]any{"department": u.ID}, x, without(y, i), true)
	}
	agree := 0.0
	for _, p := range r.Specifications {
		if p.Agrees {
			agree++
		}
	}
	r.Agreement = statistics.Known(agree / float64(len(r.Specifications))) // of none: unknown
}

func (s Scale) other() Scale {
	if s == Log {
		return Natural
	}
	return Log
}

func negative(units []Unit) bool {
	return slices.ContainsFunc(units, func(u Unit) bool { return min(u.Before.Number, u.After.Number) < 0 })
}

// limits are the changes beyond which a tenth lies at either end.
func limits(x []float64) (low, high float64) {
	x = slices.Sorted(slices.Values(x))
	k := int(math.Ceil(winsorised * float64(len(x))))
	return x[k], x[len(x)-1-k]
}

func pulled(x []float64, low, high float64) []float64 {
	p := make([]float64, len(x))
	for i := range x {
		p[i] = min(max(x[i], low), high)
	}
	return p
}

// doseHours is what the slope of the dose is told for.
const doseHours = 10

// dose asks whether departments whose people attended more changed more. It needs four departments that attended differently.
func (r *Result) dose(participants []Unit, s statistics.Sampling) {
	var hours, change []float64
	for _, u := range participants {
		if u.Hours.Known {
			hours, change = append(hours, u.Hours.Number/doseHours), append(change, r.ruler().change(u))
		}
	}
	if len(hours) <= MinUnits || stat.Variance(hours, nil) == 0 {
		return
	}
	rank, err := statistics.Spearman(hours, change, s)
	if err != nil || !rank.Rho.Known {
		return
	}
	x := mat.NewDense(len(hours), 2, nil)
	for i, h := range hours {
		x.SetRow(i, []float64{1, h})
	}
	fit, err := statistics.LeastSquares([]string{"intercept", "hours"}, x, change)
	if err != nil {
		return
	}
	slope := statistics.Estimates(fit.Coef, fit.Covariance(), float64(len(hours)-2))[1]
	r.Dose = &Dose{N: len(hours), Slope: slope, Rank: rank.Rho.Number, P: rank.Chance.P}
}
