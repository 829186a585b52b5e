package method

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"presencia/pipeline/statistics"
)

// Inequality is inequality.
type Inequality struct {
	X      []float64 `name:"x" help:"The values, as in 3,5,8." placeholder:"X"`
	Groups []string  `name:"groups" help:"The group of each value of --x, as in a,b,a." placeholder:"GROUP"`
	Column string    `name:"column" help:"Instead of a list: a column of values." placeholder:"EXPRESSION"`
	Group  string    `name:"group" help:"The column with the group of each row." placeholder:"COLUMN"`
}

// Help implements Method.
func (Inequality) Help() string {
	return `How unequally something is spread over units; one value is one unit, rows without value (or group) are left out.

  presencia stats inequality --x 541,1463,2445,3438,4437,5401,6392,8304,11904,22261 --groups a,b,a,b,a,b,a,b,a,b
  presencia stats inequality --data departments.csv --column posts --group kind

  n, mean, sd                            sd with n - 1
  cv_sample, cv_pop, cv_unbiased         sd over mean, with n - 1, with n, and cv_sample times 1 + 1/(4n)
  gini, gini_corrected                   population formula, and times n/(n-1)
  theil_T, theil_L_mld                   Theil's index, mean logarithmic deviation
  atkinson_05, atkinson_1                aversion 0.5 and 1
  ricci_schutz, herfindahl               half the mean absolute deviation over the mean; sum of squared shares
  qcd, mad_over_median                   (Q3-Q1)/(Q3+Q1) by R's type 7; median absolute deviation (unscaled) over median
  entropy_half_cv2                       half the square of cv_pop
  theil_T_within, theil_T_between, …     with groups: both add up to the whole; between_share_T and _L are the parts between

Zeros count as nothing in theil_T (0 log 0 = 0). What does not exist is null and named with its reason under "undefined": theil_L_mld and
atkinson_1 with zeros, everything that divides by the mean with values below zero.`
}

// Compute implements Method.
func (m Inequality) Compute(t *Table) (Result, error) {
	x, group, err := m.read(t)
	if err != nil {
		return nil, err
	}
	if len(x) == 0 {
		return nil, errors.New("there are no values: at least one is needed")
	}
	for i, v := range x {
		if math.IsInf(v, 0) || math.IsNaN(v) || math.Abs(v) > 1e150 {
			return nil, fmt.Errorf("value %d is %v: leave unknown values out", i+1, v)
		}
	}
	n := float64(len(x))
	mean, sd := stat.MeanStdDev(x, nil)
	r, undefined := Result{"n": len(x), "mean": mean, "sd": known(sd)}, Result{}
	put := func(name string, x float64, err error) float64 {
		r[name] = index(x, err)
		switch {
		case err != nil:
			undefined[name] = err.Error()
			return math.NaN()
		case r[name] == nil:
			undefined[name] = "undefined where it divides by zero"
		}
		return x
	}
	of := func(f func([]float64) (float64, error)) (float64, error) { return f(x) }
	cv, err := of(statistics.CV)
	put("cv_sample", cv, err)
	put("cv_pop", cv*math.Sqrt((n-1)/n), err)
	put("cv_unbiased", cv*(1+1/(4*n)), err)
	put("entropy_half_cv2", cv*cv*(n-1)/n/2, err)
	gini, err := of(statistics.Gini)
	put("gini", gini, err)
	put("gini_corrected", gini*n/(n-1), err)
	for name, f := range map[string]func([]float64) (float64, error){
		"theil_T": statistics.TheilT, "theil_L_mld": statistics.TheilL, "ricci_schutz": statistics.RicciSchutz, "herfindahl": statistics.Herfindahl,
		"atkinson_05": func(x []float64) (float64, error) { return statistics.Atkinson(x, 0.5) },
		"atkinson_1":  func(x []float64) (float64, error) { return statistics.Atkinson(x, 1) },
	} {
		v, err := f(x)
		put(name, v, err)
	}
	_, negative := of(statistics.Herfindahl) // whether the values can be shares at all
	q1, q3 := statistics.Quantile(0.25, x), statistics.Quantile(0.75, x)
	put("qcd", (q3-q1)/(q3+q1), negative)
	middle := statistics.Quantile(0.5, x)
	off := make([]float64, len(x))
	for i, v := range x {
		off[i] = math.Abs(v - middle)
	}
	put("mad_over_median", statistics.Quantile(0.5, off)/middle, negative)
	if group != nil {
		for index, f := range map[string]func([]float64, []string) (statistics.Decomposition, error){
			"T": statistics.DecomposeTheilT, "L": statistics.DecomposeTheilL,
		} {
			d, err := f(x, group)
			put("theil_"+index+"_within", d.Within, err)
			put("theil_"+index+"_between", d.Between, err)
			share := d.Share()
			if err == nil && !share.Known {
				err = fmt.Errorf("%w where nothing is unequal", statistics.ErrUndefined)
			}
			put("between_share_"+index, share.Number, err)
		}
	}
	if len(undefined) > 0 {
		r["undefined"] = undefined
	}
	return r, nil
}

func (m Inequality) read(t *Table) (x []float64, group []string, err error) {
	switch {
	case (m.Column == "") == (m.X == nil):
		return nil, nil, errors.New("say --x, or --column of a table")
	case m.X != nil:
		if m.Group != "" || m.Groups != nil && len(m.Groups) != len(m.X) {
			return nil, nil, fmt.Errorf("%d values: with --x, say the group of each in --groups", len(m.X))
		}
		return m.X, m.Groups, nil
	case m.Groups != nil:
		return nil, nil, errors.New("--groups belongs to --x: with --column, say --group, the column that has them")
	}
	needed := []string{m.Column}
	if m.Group != "" {
		needed = append(needed, m.Group)
	}
	if t, err = t.Complete(needed...); err != nil {
		return nil, nil, err
	}
	if x, err = t.Numbers(m.Column); err != nil || m.Group == "" {
		return x, nil, err
	}
	if group, err = t.Strings(m.Group); err != nil {
		return nil, nil, err
	}
	return x, group, nil
}
