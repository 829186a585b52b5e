package method

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"presencia/pipeline/statistics"
)

// DispersionChangePaired is dispersion_change_paired.
type DispersionChangePaired struct {
	Before    string `name:"before" aliases:"pre" required:"" help:"The values before." placeholder:"EXPRESSION"`
	After     string `name:"after" aliases:"post" required:"" help:"The values after." placeholder:"EXPRESSION"`
	Statistic string `name:"statistic" help:"Whose difference the swap test takes: cv, or sd of values whose means are taken out." enum:"cv,sd" default:"cv"`
	Level     level  `name:"level" help:"Confidence of the intervals." default:"0.95"`
	Seed      uint64 `name:"seed" help:"Of the drawn swaps, above 20 units." default:"1"`
}

// Help implements Method.
func (DispersionChangePaired) Help() string {
	return `One row is one unit; rows without both values are left out.

  presencia stats dispersion --data anorexia.csv --where Treat==FT --before Prewt --after Postwt

  var_pre, var_post, ratio       variances (n - 1), and the later by the earlier
  pitman_morgan_r, t, df, p      correlation of sum and difference: above 0 the later values vary more
  log_scale_r, _t, _p            the same of logarithms: whether relative differences grew; null with values of zero or less
  swap_perm_count, _total, _p    exchanging before and after within units: all 2^n up to 20 units, 10,000 drawn ones above. The statistic
                                 is cv_diff (coefficient of variation after less before), two-sided; with --statistic sd it is that of
                                 the standard deviations around each side's mean, so that a shared shift does not count
  gini_pre, gini_post, theil_pre, theil_post, cv_pre, cv_post   null with values below zero. They fall by themselves when the mean rises
  sd_pre, sd_post                standard deviations, each with _corrected, _lo and _hi: bias and interval by the jackknife of the logarithm
                                 of the variance (Miller 1968), which does not lean on normal values
  sd_ratio                       the later by the earlier, likewise, with sd_ratio_p`
}

// Compute implements Method.
func (m DispersionChangePaired) Compute(t *Table) (Result, error) {
	level, err := m.Level.value()
	if err != nil {
		return nil, err
	}
	before, after, err := both(t, m.Before, m.After)
	if err != nil {
		return nil, err
	}
	c, err := statistics.PitmanMorgan(before, after)
	if err != nil {
		return nil, err
	}
	v1, v2 := stat.Variance(before, nil), stat.Variance(after, nil)
	r := Result{
		"n": len(before), "var_pre": v1, "var_post": v2, "ratio": known(v2 / v1), "mean_pre": stat.Mean(before, nil), "mean_post": stat.Mean(after, nil),
		"pitman_morgan_r": c.R, "t": known(c.T), "df": c.DF, "p": c.P, "log_scale_r": nil, "log_scale_t": nil, "log_scale_p": nil, "cv_diff": nil,
	}
	if l, err := statistics.PitmanMorgan(logarithms(before), logarithms(after)); err == nil {
		r["log_scale_r"], r["log_scale_t"], r["log_scale_p"] = l.R, known(l.T), l.P
	}
	for _, side := range []struct {
		name   string
		values []float64
	}{{"pre", before}, {"post", after}} {
		r["gini_"+side.name] = index(statistics.Gini(side.values))
		r["theil_"+side.name] = index(statistics.TheilT(side.values))
		r["cv_"+side.name] = index(statistics.CV(side.values))
		s, err := statistics.StandardDeviation(side.values, level)
		r.scatter("sd_"+side.name, s, err)
		r["sd_"+side.name] = stat.StdDev(side.values, nil)
	}
	if a, ok := r["cv_post"].(float64); ok {
		if b, ok := r["cv_pre"].(float64); ok {
			r["cv_diff"] = a - b
		}
	}
	s, err := statistics.DispersionRatio(before, after, level)
	r.scatter("sd_ratio", s, err)
	r["sd_ratio_p"] = nil
	if err == nil {
		r["sd_ratio_p"] = number(s.P)
	}
	sampling := statistics.Sampling{Seed: m.Seed}
	var swap *statistics.Chance
	if m.Statistic == "sd" {
		d, err := statistics.Dispersion(before, after, sampling)
		if err != nil {
			return nil, err
		}
		swap = &d.Swap
	} else if r["cv_diff"] != nil {
		chance := statistics.Swap(before, after, func(x []float64) float64 { return stat.StdDev(x, nil) / stat.Mean(x, nil) }, sampling)
		swap = &chance
	}
	r["swap_perm_count"], r["swap_perm_total"], r["swap_perm_p"] = nil, nil, nil
	if swap != nil {
		r["swap_perm_count"], r["swap_perm_total"], r["swap_perm_p"], r["swap_perm_exact"] = swap.Count, swap.Total, swap.P, swap.Exact
	}
	return r, nil
}

// scatter adds a standard deviation with its correction and interval, null where there are none.
func (r Result) scatter(name string, s statistics.Scatter, err error) {
	r[name], r[name+"_corrected"], r[name+"_lo"], r[name+"_hi"] = nil, nil, nil, nil
	if err == nil {
		r[name], r[name+"_corrected"], r[name+"_lo"], r[name+"_hi"] = known(s.Raw), known(s.Estimate), known(s.Low), known(s.High)
	}
}

// index is a figure, nil where it does not exist.
func index(x float64, err error) any {
	if err != nil {
		return nil
	}
	return known(x)
}

func logarithms(x []float64) []float64 {
	l := make([]float64, len(x))
	for i, v := range x {
		l[i] = math.Log(v)
	}
	return l
}
