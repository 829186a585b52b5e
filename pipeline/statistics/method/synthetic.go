package method

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"presencia/pipeline/statistics"
)

// SyntheticControl is synthetic_control.
type SyntheticControl struct {
	Y       string  `name:"y" help:"The outcome, a column or an expression of columns." placeholder:"COLUMN" required:""`
	Unit    string  `help:"The unit that is seen at several times." placeholder:"COLUMN" required:""`
	Time    string  `help:"The time, a number." placeholder:"COLUMN" required:""`
	Treated string  `help:"The unit that something happened to." placeholder:"UNIT" required:""`
	From    float64 `help:"The first time at which it had happened." placeholder:"TIME" required:""`
}

// Help implements Method.
func (SyntheticControl) Help() string {
	return `One treated unit against a weighted mean of the others. One row is one unit at one time; every unit must be known at every time.

sc_qp: weights that sum to one and none below zero, by exact least squares on the outcomes before; no covariates, no intercept.
att: the mean gap from --from on; gap_TIME: the gap at a time; post_pre_mspe_ratio: mean squared gap after by before.
placebo: every unit in turn as if treated, all others as donors; ratio_rank and p by the ratio, att_rank_lower by the mean gap.
synthdid: synthetic difference in differences, synthetic control and difference in differences as R's synthdid has them, whose steps stop
before the optimum; zeta_omega is the ridge on the units, lambda the weights of times, omega_top the largest weights of units.

  presencia stats synthetic-control --data california_prop99.csv --y PacksPerCapita --unit State --time Year --treated California --from 1989`
}

// Compute implements Method.
func (m SyntheticControl) Compute(t *Table) (Result, error) {
	p, err := readPanel(t, m.Y, m.Unit, m.Time)
	if err != nil {
		return nil, err
	}
	treated, ok := slices.BinarySearch(p.units, m.Treated)
	if !ok {
		return nil, fmt.Errorf("there is no unit %q in column %s", m.Treated, m.Unit)
	}
	start, _ := slices.BinarySearch(p.times, m.From)
	panel := make([][]float64, len(p.units))
	for u, row := range p.values {
		for s, v := range row {
			if !v.Known {
				return nil, fmt.Errorf("unit %s is unknown at %v: leave the unit or the time out, with --where", p.units[u], p.times[s])
			}
			panel[u] = append(panel[u], v.Number)
		}
	}
	if y := slices.Concat(panel...); slices.Max(y) == slices.Min(y) {
		return nil, fmt.Errorf("%s is %g everywhere: there is nothing to compare", m.Y, y[0])
	}
	s, err := statistics.MixPlacebos(panel, treated, start)
	if err != nil {
		return nil, err
	}
	donors := slices.Delete(slices.Clone(p.units), treated, treated+1)
	fit := Result{"att": s.Average, "pre_rmspe": s.PreError, "post_pre_mspe_ratio": s.Ratio, "weights": largest(s.Weights, donors, len(donors))}
	for i, gap := range s.Gap[start:] {
		fit["gap_"+strconv.FormatFloat(p.times[start+i], 'f', -1, 64)] = gap
	}
	ratios := make([]float64, len(p.units))
	for u, x := range s.Units {
		ratios[u] = x.Ratio.Number
	}
	placebo := Result{
		"ratio_rank": s.Rank, "n_units": s.Of, "p": float64(s.Rank) / float64(s.Of),
		"att_rank_lower": s.RankBelow, "top3": largest(ratios, p.units, 3),
	}
	controls := append(slices.Delete(slices.Clone(panel), treated, treated+1), panel[treated])
	d, err := statistics.SyntheticDifferences(controls, len(donors), start)
	if err != nil {
		return nil, err
	}
	times := make([]string, start)
	for i := range times {
		times[i] = strconv.FormatFloat(p.times[i], 'f', -1, 64)
	}
	return Result{"sc_qp": fit, "placebo": placebo, "synthdid": Result{
		"sdid": d.SDID, "sc": d.SC, "did": d.DiD, "zeta_omega": d.Zeta,
		"lambda": largest(d.Lambda, times, start), "omega_top": largest(d.Omega, donors, 6),
	}}, nil
}

// largest are up to n names with the largest values above zero.
func largest(values []float64, names []string, n int) Result {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[j], values[i]) })
	r := Result{}
	for _, i := range order[:min(n, len(order))] {
		if values[i] > 1e-9 {
			r[names[i]] = values[i]
		}
	}
	return r
}
