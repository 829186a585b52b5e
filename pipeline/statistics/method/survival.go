package method

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"presencia/pipeline/statistics"
)

// KaplanMeier is kaplan_meier_logrank.
type KaplanMeier struct {
	Time   string    `name:"time" required:"" help:"How long it lasted, or was watched." placeholder:"COLUMN"`
	Event  string    `name:"event" required:"" help:"Whether it ended then, such as status==2." placeholder:"EXPRESSION"`
	Group  string    `name:"group" help:"Groups that are compared." placeholder:"COLUMN"`
	Strata string    `name:"strata" help:"Strata within which they are compared, and clusters of Cox's errors." placeholder:"COLUMN"`
	Count  string    `name:"count" help:"How many such there are; without it a row is one." placeholder:"COLUMN"`
	At     []float64 `name:"at" help:"Times at which the curve is read, as in 180,365." placeholder:"TIMES"`
	Tau    float64   `name:"tau" help:"Where the restricted mean ends; without it where the first group was last watched." placeholder:"TIME"`
}

// Help implements Method.
func (KaplanMeier) Help() string {
	return `One row is one thing that lasted, or --count of them. Rows without time or event are left out, and rows without stratum
from what is stratified.

  presencia stats kaplan-meier --data lung.csv --time time --event "status==2" --group sex --strata inst --at 180,365 --tau 730
  presencia stats kaplan-meier --data waits.csv --time hours --event answered --count messages --group side --at 24 --tau 168

The result has the curve of all rows and of each group: n, events, median with limits by the logarithm (R's default) and by
log(-log), q25 and q75 (first time at which no more than 3/4 and 1/4 last; the middle of a flat stretch at just that
height), S_TIME (Greenwood's error), rmst (restricted mean; null where the curve is not known up to tau).

A group of numbers is called by its column (sex1, logrank_sex), one of words by its word in small letters (maintained, logrank).
  logrank                the log-rank test; peto_rho1 weighs early times more
  logrank_stratified_*   the same within strata
  cox                    proportional hazards with two groups or a numeric one: Efron's ties (coef_breslow: Breslow's), the score
                         test; cox_cluster_* has errors clustered by the strata
All tests take rows as independent. Messages of one department are not: compare departments (presencia stats did).`
}

// Compute implements Method.
func (m KaplanMeier) Compute(t *Table) (Result, error) {
	if math.IsNaN(m.Tau) || math.IsInf(m.Tau, 0) || m.Tau < 0 {
		return nil, fmt.Errorf("--tau %v: a time is a finite number above zero", m.Tau)
	}
	needed := []string{m.Time, m.Event}
	if m.Group != "" {
		needed = append(needed, m.Group)
	}
	if m.Count != "" {
		needed = append(needed, m.Count)
	}
	t, err := t.Complete(needed...)
	if err != nil {
		return nil, err
	}
	all, codes, err := m.lifetimes(t)
	if err != nil {
		return nil, err
	}
	curves, labels := map[string]statistics.Survival{}, []string{"all"}
	if curves["all"], err = statistics.KaplanMeier(all); err != nil {
		return nil, err
	}
	byGroup := map[string][]statistics.Lifetime{}
	for _, l := range all {
		byGroup[l.Group] = append(byGroup[l.Group], l)
	}
	tau := last(curves["all"])
	if m.Group != "" {
		for g, own := range byGroup {
			s, err := statistics.KaplanMeier(own)
			if err != nil {
				return nil, fmt.Errorf("group %s: %w", g, err)
			}
			if g == "all" {
				return nil, fmt.Errorf("a group is called %q, as the curve of all rows is: rename it", g)
			}
			curves[g], labels = s, append(labels, g)
			tau = min(tau, last(s))
		}
	}
	if m.Tau > 0 {
		tau = m.Tau
	}
	result := Result{}
	for _, label := range labels {
		result[label] = m.curve(curves[label], tau)
	}
	if len(labels) < 3 { // all, and one group or none
		return result, nil
	}
	return result, m.compare(result, t, all, codes)
}

func last(s statistics.Survival) float64 { return s.Steps[len(s.Steps)-1].Time }

// lifetimes reads the rows; codes are the groups as numbers, nil where they are more than two words.
func (m KaplanMeier) lifetimes(t *Table) (all []statistics.Lifetime, codes []float64, err error) {
	times, err := t.Numbers(m.Time)
	if err != nil {
		return nil, nil, err
	}
	events, err := t.Numbers(m.Event)
	if err != nil {
		return nil, nil, err
	}
	all = make([]statistics.Lifetime, len(times))
	for i := range all {
		if events[i] != 0 && events[i] != 1 {
			return nil, nil, fmt.Errorf("--event %s is %v in row %d: it must be 1 (ended) or 0, as of a comparison such as \"%s==2\"", m.Event, events[i], i+1, m.Event)
		}
		all[i] = statistics.Lifetime{Time: times[i], Event: events[i] == 1, Count: 1}
	}
	if m.Count != "" {
		counts, err := t.Numbers(m.Count)
		if err != nil {
			return nil, nil, err
		}
		for i, c := range counts {
			if c < 0 || c != math.Trunc(c) || c > 1<<53 {
				return nil, nil, fmt.Errorf("--count %s is %v in row %d: it must be a whole number from 0 on", m.Count, c, i+1)
			}
			all[i].Count = int64(c)
		}
	}
	if m.Group == "" {
		return all, nil, nil
	}
	words, err := t.Strings(m.Group)
	if err != nil {
		return nil, nil, err
	}
	codes, numeric := make([]float64, len(words)), true
	for i, w := range words {
		if codes[i], err = strconv.ParseFloat(w, 64); err != nil {
			numeric = false
		}
	}
	for i, w := range words {
		if all[i].Group = strings.ToLower(w); numeric {
			all[i].Group = m.Group + w
		}
	}
	if numeric {
		return all, codes, nil
	}
	kinds := slices.Compact(slices.Sorted(slices.Values(words)))
	if len(kinds) != 2 {
		return all, nil, nil
	}
	for i, w := range words {
		codes[i] = float64(slices.Index(kinds, w))
	}
	return all, codes, nil
}

func (m KaplanMeier) curve(s statistics.Survival, tau float64) Result {
	median := s.Quantile(0.5)
	r := Result{
		"n": s.N, "events": s.Events,
		"median": number(median.Value), "median_lo": number(median.Low), "median_hi": number(median.High),
		"median_lo_loglog": number(median.LowLogLog), "median_hi_loglog": number(median.HighLogLog),
		"q25": number(s.Quantile(0.25).Value), "q75": number(s.Quantile(0.75).Value),
	}
	for _, at := range m.At {
		share, se, atRisk := s.Surviving(at)
		r["S_"+strconv.FormatFloat(at, 'f', -1, 64)] = Result{
			"surv": number(share.Value), "se": number(se), "n_risk": atRisk,
			"lo": number(share.Low), "hi": number(share.High), "lo_loglog": number(share.LowLogLog), "hi_loglog": number(share.HighLogLog),
		}
	}
	mean, se := s.RestrictedMean(tau)
	r["rmst"] = Result{"tau": tau, "rmst": number(mean), "se": number(se)}
	return r
}

// number is a value as a result has it.
func number(v statistics.Value) any {
	if !v.Known {
		return nil
	}
	return v.Number
}

func (m KaplanMeier) compare(result Result, t *Table, all []statistics.Lifetime, codes []float64) error {
	suffix := ""
	if strings.HasPrefix(all[0].Group, m.Group) && codes != nil {
		suffix = "_" + m.Group
	}
	test := func(name string, l []statistics.Lifetime, rho float64) error {
		r, err := statistics.LogRank(l, rho)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		result[name] = Result{"chisq": r.ChiSquared, "df": r.DF, "p": r.P, "observed": r.Observed, "expected": r.Expected, "groups": r.Groups}
		return nil
	}
	if err := test("logrank"+suffix, all, 0); err != nil {
		return err
	}
	if err := test("peto_rho1"+suffix, all, 1); err != nil {
		return err
	}
	if codes != nil {
		efron, err := statistics.Cox(all, codes, nil, false)
		if err == nil { // a hazard that is infinite is no reason to hold back the rest
			r := Result{"coef": efron.Coef, "hr": math.Exp(efron.Coef), "se": efron.SE, "score": efron.Score, "coef_breslow": nil}
			if breslow, err := statistics.Cox(all, codes, nil, true); err == nil {
				r["coef_breslow"] = breslow.Coef
			}
			result["cox"+suffix] = r
		}
	}
	if m.Strata == "" {
		return nil
	}
	strata, err := t.Strings(m.Strata)
	if err != nil {
		return err
	}
	var within []statistics.Lifetime
	var x []float64
	var clusters []string
	for i, l := range all {
		if missing(strata[i]) {
			continue
		}
		l.Stratum = strata[i]
		within, clusters = append(within, l), append(clusters, strata[i])
		if codes != nil {
			x = append(x, codes[i])
		}
	}
	if err := test("logrank"+suffix+"_stratified_"+m.Strata, within, 0); err != nil {
		return err
	}
	if codes != nil {
		if p, err := statistics.Cox(within, x, clusters, false); err == nil {
			result["cox"+suffix+"_cluster_"+m.Strata] = Result{"coef": p.Coef, "se_model": p.SE, "se_robust": number(p.Robust)}
		}
	}
	return nil
}
