package method

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"presencia/pipeline/statistics"
)

// ClusterRobust is cluster_robust_se.
type ClusterRobust struct {
	Formula  string   `name:"formula" required:"" help:"The regression, such as 'y ~ x'." placeholder:"FORMULA"`
	Cluster  []string `name:"cluster" required:"" help:"The clusters; of several columns each combination is one." placeholder:"COLUMN"`
	Cluster2 []string `name:"cluster2" help:"Clusters of a second kind, for errors that are clustered two ways." placeholder:"COLUMN"`
}

// Help implements Method.
func (ClusterRobust) Help() string {
	return `Errors that allow for dependence within clusters, whatever its form. With fewer than some 40 clusters use CR2 with its degrees of
freedom, or 'presencia stats wild'.

` + formulas + `

  presencia stats cluster --data petersen.csv --formula "y ~ x" --cluster firm --cluster2 year
  presencia stats cluster --data mortality.csv --cluster state --formula "mrate ~ legal + beertaxa + factor(state) + factor(year)"

By coefficient (the intercept is called intercept): coef, se_ols, se_hc0, se_hc1 (n/(n-k)), and of the clusters
  se_CLUSTER_cr1               factor G/(G-1)*(n-1)/(n-k); columns are joined by an underscore
  se_FIRST_SECOND              two ways: the sum of both less White's HC0, as Petersen has it
  se_FIRST_SECOND_nomulti0     two ways: the sum of both less that of the intersections, with its own factor
Of each column of numbers X also X (coefficient), by the first clusters
  se_X_CR0, _CR1, _CR1S, _CR2  no factor; G/(G-1); that of cr1; bias-reduced (Bell and McCaffrey)
  df_satt_X, p_satt_X          Satterthwaite's degrees of freedom of CR2, and p; null: the clusters say nothing of X
  lo_satt_X, hi_satt_X         the interval at 95 %`
}

// Compute implements Method.
func (m ClusterRobust) Compute(t *Table) (Result, error) {
	model, cluster, err := clusters(t, m.Formula, m.Cluster)
	if err != nil {
		return nil, err
	}
	var second []int
	if len(m.Cluster2) > 0 {
		// Rows without a second cluster are left out as those without a first are.
		if t, err = t.Complete(append(slices.Clone(m.Cluster), m.Cluster2...)...); err != nil {
			return nil, err
		}
		if model, cluster, err = clusters(t, m.Formula, m.Cluster); err != nil {
			return nil, err
		}
		if _, second, err = clusters(t, m.Formula, m.Cluster2); err != nil {
			return nil, err
		}
	}
	fit, err := model.linear()
	if err != nil {
		return nil, err
	}
	scaled := func(se []float64, factor float64) []float64 {
		s := make([]float64, len(se))
		for j := range se {
			s[j] = se[j] * math.Sqrt(factor)
		}
		return s
	}
	result := Result{
		"n": fit.N(), "k": fit.K(), "coef": model.named(fit.Coef), "se_ols": model.named(statistics.Errors(fit.Covariance())),
		"se_hc0": model.named(statistics.Errors(fit.HC(statistics.HC0))), "se_hc1": model.named(statistics.Errors(fit.HC(statistics.HC1))),
	}
	var cr0 []float64
	for way, codes := range [][]int{cluster, second} {
		if codes == nil {
			continue
		}
		name := strings.Join([][]string{m.Cluster, m.Cluster2}[way], "_")
		c, err := fit.CR0(codes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		_, levels := statistics.Codes(codes)
		se := statistics.Errors(c)
		result["clusters_"+name] = len(levels)
		result["se_"+name+"_cr1"] = model.named(scaled(se, statistics.CR1(len(levels), fit.N(), fit.K())))
		if way == 0 {
			cr0 = se
		}
	}
	if second != nil {
		both := "se_" + strings.Join(append(slices.Clone(m.Cluster), m.Cluster2...), "_")
		for suffix, white := range map[string]bool{"": true, "_nomulti0": false} {
			c, err := fit.TwoWay(cluster, second, white)
			if err != nil {
				return nil, err
			}
			result[both+suffix] = model.named(statistics.Errors(c))
		}
	}
	return result, m.reduced(result, model, fit, cluster, cr0)
}

// reduced adds what the first clusters say of each column of numbers.
func (m ClusterRobust) reduced(result Result, model *Model, fit *statistics.Linear, cluster []int, cr0 []float64) error {
	codes, levels := statistics.Codes(cluster)
	sizes := make([]int, len(levels))
	for _, c := range codes {
		sizes[c]++
	}
	const most = 1000
	if slices.Max(sizes) > most {
		result["cr2_missing"] = fmt.Sprintf("a cluster has more than %d rows, whose adjustment would take too long", most)
		return nil
	}
	cr2, err := fit.CR2(cluster)
	if err != nil {
		return err
	}
	se, g := statistics.Errors(cr2.Covariance), len(levels)
	for j, name := range fit.Names {
		if strings.HasPrefix(name, "factor(") || name == Intercept {
			continue
		}
		if _, taken := result[name]; !taken {
			result[name] = fit.Coef[j]
		}
		result["se_"+name+"_CR0"], result["se_"+name+"_CR2"] = cr0[j], se[j]
		result["se_"+name+"_CR1"] = cr0[j] * math.Sqrt(statistics.CR1(g, fit.N(), 1))
		result["se_"+name+"_CR1S"] = cr0[j] * math.Sqrt(statistics.CR1(g, fit.N(), fit.K()))
		for _, key := range []string{"df_satt_", "p_satt_", "lo_satt_", "hi_satt_"} {
			result[key+name] = nil
		}
		if e, df, err := cr2.Estimate(j); err == nil {
			result["df_satt_"+name], result["p_satt_"+name], result["lo_satt_"+name], result["hi_satt_"+name] = df, e.P, e.Low, e.High
		}
	}
	return nil
}

// clusters are a formula's columns and the cluster of each of its rows.
func clusters(t *Table, formula string, columns []string) (*Model, []int, error) {
	t, err := t.Complete(columns...)
	if err != nil {
		return nil, nil, err
	}
	model, err := t.Model(formula)
	if err != nil {
		return nil, nil, err
	}
	keys := make([]string, len(model.Rows))
	for _, c := range columns {
		values, err := t.Strings(c)
		if err != nil {
			return nil, nil, err
		}
		for i, row := range model.Rows {
			keys[i] += values[row] + "\x00"
		}
	}
	codes, levels := statistics.Codes(keys)
	if len(levels) < 2 {
		return nil, nil, fmt.Errorf("all rows that are used lie in one cluster of %s: at least 2 are needed", strings.Join(columns, ", "))
	}
	return model, codes, nil
}

// WildClusterBootstrap is wild_cluster_bootstrap.
type WildClusterBootstrap struct {
	Formula string   `name:"formula" required:"" help:"The regression, such as 'y ~ x'." placeholder:"FORMULA"`
	Cluster []string `name:"cluster" required:"" help:"The clusters; of several columns each combination is one." placeholder:"COLUMN"`
	Coef    string   `name:"coef" required:"" help:"The coefficient that is tested against zero; intercept is one too." placeholder:"NAME"`
	Weights string   `name:"weights" help:"rademacher: signs are kept or turned; webb: six values, for fewer than 12 clusters." default:"rademacher" enum:"rademacher,webb"`
	Impose  bool     `name:"impose" help:"Residuals are those of the model without the coefficient." default:"true" negatable:""`
	Seed    uint64   `name:"seed" help:"Seed of what is drawn." default:"1"`
	Draws   int      `name:"draws" help:"Patterns that are drawn where there are more than 2,097,152." default:"10000"`
}

// Help implements Method.
func (WildClusterBootstrap) Help() string {
	return `Whether a coefficient differs from zero, with few clusters: each cluster's residuals are multiplied by a random weight, and t (CR1
errors) is computed anew. All patterns are tried for up to 21 clusters with rademacher, 8 with webb; otherwise they are drawn.

` + formulas + `

  presencia stats wild --data njmin3.csv --where "d==0" --formula "demp ~ nj" --coef nj --cluster bk,kfc,roys,wendys,nj --weights webb

  G, n, k, coef, se_cr1, t     clusters, rows, columns; the coefficient with its error, factor G/(G-1)*(n-1)/(n-k)
  total, exact                 patterns, and whether these are all
  count_ge, p_ge               with |t*| >= |t|: the valid p, as the pattern without change and its mirror are among them
  count_gt, p_gt               with |t*| > |t|: what boottest prints when all are tried
  undefined                    patterns without an error, left out of both shares
Drawn patterns have p = (count+1)/(total+1). --no-impose takes the residuals of the whole model, which finds too much.`
}

// Compute implements Method.
func (m WildClusterBootstrap) Compute(t *Table) (Result, error) {
	model, cluster, err := clusters(t, m.Formula, m.Cluster)
	if err != nil {
		return nil, err
	}
	fit, err := model.linear()
	if err != nil {
		return nil, err
	}
	j := slices.IndexFunc(fit.Names, func(name string) bool { return name == m.Coef || plainName(name) == m.Coef })
	if j < 0 {
		return nil, fmt.Errorf("--coef: there is no coefficient %q; there are %s", m.Coef, strings.Join(fit.Names, ", "))
	}
	var weights statistics.Weights
	switch m.Weights {
	case "rademacher", "":
		weights = statistics.Rademacher
	case "webb":
		weights = statistics.Webb
	default:
		return nil, errors.New("--weights: rademacher or webb")
	}
	w, err := fit.Wild(j, cluster, weights, m.Impose, statistics.Sampling{Seed: m.Seed, Draws: m.Draws})
	if err != nil {
		return nil, err
	}
	return Result{
		"G": w.Clusters, "n": fit.N(), "k": fit.K(), "coef": w.Coef, "se_cr1": w.SE, "t": w.T,
		"total": w.AtLeast.Total + w.Undefined, "exact": w.AtLeast.Exact, "undefined": w.Undefined,
		"count_ge": w.AtLeast.Count, "count_gt": w.Beyond.Count, "p_ge": w.AtLeast.P, "p_gt": w.Beyond.P,
	}, nil
}
