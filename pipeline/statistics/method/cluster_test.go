package method

import (
	"regexp"
	"strings"
	"testing"
)

func init() {
	bindings["cluster_robust_se"] = func(t *testing.T, c published) (Method, *Table) {
		m := ClusterRobust{Formula: rFormula(text(c, "formula") + text(c, "model")), Cluster: strings.Fields(text(c, "cluster"))}
		if len(m.Cluster) == 0 { // the columns are the names of the errors alone
			for name := range c.Expected {
				if both, ok := strings.CutSuffix(strings.TrimPrefix(name, "se_"), "_nomulti0"); ok {
					first, second, _ := strings.Cut(both, "_")
					m.Cluster, m.Cluster2 = []string{first}, []string{second}
				}
			}
		}
		return m, c.table(t)
	}
	bindings["wild_cluster_bootstrap"] = func(t *testing.T, c published) (Method, *Table) {
		m := WildClusterBootstrap{
			Formula: rFormula(text(c, "model")), Coef: text(c, "coef"), Weights: "rademacher", Impose: !strings.HasPrefix(text(c, "null"), "not"),
			Cluster: []string{"bk", "kfc", "roys", "wendys", "nj"}, Seed: 1,
		}
		if strings.HasPrefix(text(c, "weights"), "Webb") {
			m.Weights = "webb"
		}
		table := c.table(t)
		if name, _, _ := strings.Cut(text(c, "cluster"), " ("); !strings.Contains(name, " ") { // not 'chain x state'
			m.Cluster = []string{name}
		}
		if strings.HasPrefix(m.Formula, "demp") { // it stands in both rows of a store
			var err error
			if table, err = table.Where("d==0"); err != nil {
				t.Fatal(err)
			}
		}
		return m, table
	}
}

var fixedEffects = regexp.MustCompile(`(\w+) FE`)

// rFormula makes 'a + state FE (unweighted), one row per state' a formula.
func rFormula(prose string) string {
	model, _, _ := strings.Cut(prose, ",")
	model, _, _ = strings.Cut(model, " (")
	return fixedEffects.ReplaceAllString(model, "factor($1)")
}
