package method

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"presencia/pipeline/statistics"
)

// PairedBeforeAfter is paired_before_after.
type PairedBeforeAfter struct {
	Before string `name:"before" aliases:"pre" help:"The values before." placeholder:"EXPRESSION"`
	After  string `name:"after" aliases:"post" help:"The values after." placeholder:"EXPRESSION"`
	Diff   string `name:"diff" help:"The changes instead, such as drug2-drug1." placeholder:"EXPRESSION"`
	Level  level  `name:"level" help:"Confidence of the intervals." default:"0.95"`
	Seed   uint64 `name:"seed" help:"Of the signs, where they are drawn." default:"1"`
}

// Help implements Method.
func (PairedBeforeAfter) Help() string {
	return `One row is one unit. Its change is --after less --before, or --diff; rows without it are left out. A --diff that is one column
less another (drug2-drug1) also says which is before and which after.

  presencia stats paired --data sleep.csv --before drug1 --after drug2
  presencia stats paired --data anorexia.csv --where Treat==FT --diff Postwt-Prewt

  n, mean_diff, sd_diff, t, df, p, ci_lo, ci_hi   Student's paired t, two-sided
  cohen_dz, dz_ci_lo, dz_ci_hi                    mean over standard deviation of the changes, exact interval by the noncentral t
  hedges_J, hedges_gz                             the exact small-sample factor, and d_z times it
  cohen_dav                                       mean change over the root of the mean of both variances
  signflip_*                                      changes symmetric around zero: all 2^n signs up to 20 units, and up to 62 where the changes are
                                                  decimals of few places; otherwise 10,000 drawn ones, and p is
                                                  (count+1)/(total+1). signflip_exact says which
  wilcoxon_V, wilcoxon_n_nonzero                  sum of the ranks of the rises; changes of zero are left out, equal ones share a rank
  wilcoxon_p_exact_midrank                        over all signs of those ranks, up to 200 changes
  wilcoxon_p_normal_cc, wilcoxon_p_normal_nocc    by the normal distribution, with and without continuity correction (R: exact=FALSE)
  hodges_lehmann, matched_rank_biserial           the typical change; 1 where all rise, -1 where all fall
  sd_pre, sd_post, cv_pre, cv_post, r_pair        the two sides, where they are known
  pitman_morgan_t, pitman_morgan_df, pitman_morgan_p   whether the two sides vary alike; above 0: more afterwards
  equivalence                                     the smallest margin that holds the mean change by two one-sided tests at 5 %
  detectable                                      the mean change that such a test would find four times in five

What does not exist (a standardised change where all changes are alike) is null.`
}

// Compute implements Method.
func (m PairedBeforeAfter) Compute(t *Table) (Result, error) {
	level, err := m.Level.value()
	if err != nil {
		return nil, err
	}
	before, after, changes, err := m.read(t)
	if err != nil {
		return nil, err
	}
	p, err := statistics.Pair(changes, statistics.Sampling{Seed: m.Seed})
	if err != nil {
		return nil, err
	}
	n := float64(p.N)
	_, _, low, high := statistics.Student(p.Mean, p.SD/math.Sqrt(n), p.DF, level)
	r := Result{
		"n": p.N, "mean_diff": p.Mean, "sd_diff": p.SD, "t": known(p.T), "df": p.DF, "p": p.P, "ci_lo": low, "ci_hi": high,
		"cohen_dz": known(p.Mean / p.SD), "hedges_J": statistics.HedgesFactor(p.DF), "hedges_gz": number(p.G), "dz_ci_lo": nil, "dz_ci_hi": nil,
		"signflip_exact_count": p.SignFlip.Count, "signflip_total": p.SignFlip.Total, "signflip_p": p.SignFlip.P, "signflip_exact": p.SignFlip.Exact,
		"hodges_lehmann": p.HodgesLehmann, "up": p.Up, "down": p.Down, "equivalence": p.Equivalence, "detectable": number(p.Detectable),
	}
	if low, high, err := statistics.Noncentrality(p.T, p.DF, level); err == nil && p.SD > 0 {
		r["dz_ci_lo"], r["dz_ci_hi"] = known(low/math.Sqrt(n)), known(high/math.Sqrt(n))
	}
	w, err := statistics.SignedRank(changes)
	if err != nil {
		return nil, err
	}
	r["wilcoxon_V"], r["wilcoxon_n_nonzero"] = w.V, w.N
	r["wilcoxon_p_normal_cc"], r["wilcoxon_p_normal_nocc"], r["wilcoxon_p_exact_midrank"] = w.Normal, w.Uncorrected, number(w.P)
	r["matched_rank_biserial"] = number(w.RankBiserial)
	if before == nil {
		return r, nil
	}
	m1, v1 := stat.MeanVariance(before, nil)
	m2, v2 := stat.MeanVariance(after, nil)
	r["mean_pre"], r["mean_post"], r["sd_pre"], r["sd_post"] = m1, m2, math.Sqrt(v1), math.Sqrt(v2)
	r["cv_pre"], r["cv_post"] = known(math.Sqrt(v1)/m1), known(math.Sqrt(v2)/m2)
	r["cohen_dav"], r["r_pair"] = known(p.Mean/math.Sqrt((v1+v2)/2)), known(stat.Correlation(before, after, nil))
	r["pitman_morgan_t"], r["pitman_morgan_df"], r["pitman_morgan_p"] = nil, nil, nil
	if c, err := statistics.PitmanMorgan(before, after); err == nil {
		r["pitman_morgan_t"], r["pitman_morgan_df"], r["pitman_morgan_p"] = known(c.T), c.DF, c.P
	}
	return r, nil
}

// read gives the changes, and both sides where they are known.
func (m PairedBeforeAfter) read(t *Table) (before, after, changes []float64, err error) {
	first, second := m.Before, m.After
	switch {
	case m.Diff == "" && (first == "" || second == ""):
		return nil, nil, nil, errors.New("say --before and --after, or --diff")
	case m.Diff != "" && (first != "" || second != ""):
		return nil, nil, nil, errors.New("--diff is the changes; leave out --before and --after")
	case m.Diff != "":
		second, first = difference(t, m.Diff)
	}
	if second == "" {
		if t, err = t.Complete(m.Diff); err != nil {
			return nil, nil, nil, err
		}
		changes, err = t.Numbers(m.Diff)
		return nil, nil, changes, err
	}
	if before, after, err = both(t, first, second); err != nil {
		return nil, nil, nil, err
	}
	changes = make([]float64, len(before))
	for i := range changes {
		changes[i] = after[i] - before[i]
	}
	return before, after, changes, nil
}

// difference takes an expression apart that is one column less another.
func difference(t *Table, expression string) (of, less string) {
	if slices.Contains(t.Names(), expression) {
		return "", ""
	}
	for i := range expression {
		if expression[i] != '-' {
			continue
		}
		of, less = strings.TrimSpace(expression[:i]), strings.TrimSpace(expression[i+1:])
		if slices.Contains(t.Names(), of) && slices.Contains(t.Names(), less) {
			return of, less
		}
	}
	return "", ""
}

// both are two expressions in the rows that have both.
func both(t *Table, first, second string) (x, y []float64, err error) {
	if t, err = t.Complete(first, second); err != nil {
		return nil, nil, err
	}
	if x, err = t.Numbers(first); err != nil {
		return nil, nil, err
	}
	if y, err = t.Numbers(second); err != nil {
		return nil, nil, err
	}
	if len(x) == 0 {
		return nil, nil, fmt.Errorf("no row has both %s and %s", first, second)
	}
	return x, y, nil
}
