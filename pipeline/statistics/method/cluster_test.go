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

func TestClustersOfATableAreSaid(t *testing.T) {
	table, err := ReadTable(strings.NewReader(`firm,year,y,x,w,same
a,1,1,2,0,5
a,2,3,1,1,5
b,1,2,4,0,5
b,2,5,3,1,5
c,1,4,6,0,5
c,2,,5,1,5
,1,9,9,0,5
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := ClusterRobust{Formula: "y ~ x", Cluster: []string{"firm"}, Cluster2: []string{"year"}}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	if r["n"] != 5 || r["clusters_firm"] != 3 || r["clusters_year"] != 2 { // neither the row without outcome nor that without firm
		t.Errorf("%v", r)
	}
	// A cluster of two columns is a combination of their values.
	w, err := WildClusterBootstrap{Formula: "y ~ x", Coef: "x", Cluster: []string{"firm", "year"}, Impose: true}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	if w["G"] != 5 || w["total"] != int64(32) || w["exact"] != true {
		t.Errorf("%v", w)
	}
	for says, m := range map[string]Method{
		"in one cluster of same": ClusterRobust{Formula: "y ~ x", Cluster: []string{"same"}},
		"no column \"nothing\"":  ClusterRobust{Formula: "y ~ x", Cluster: []string{"nothing"}},
		"depend on each other":   ClusterRobust{Formula: "y ~ x + same", Cluster: []string{"firm"}},
		"fitted exactly":         WildClusterBootstrap{Formula: "same ~ x", Coef: "x", Cluster: []string{"firm"}},
		"no coefficient \"z\"":   WildClusterBootstrap{Formula: "y ~ x", Coef: "z", Cluster: []string{"firm"}},
		"rademacher or webb":     WildClusterBootstrap{Formula: "y ~ x", Coef: "x", Cluster: []string{"firm"}, Weights: "normal"},
		"it has no '~'":          WildClusterBootstrap{Formula: "y", Coef: "x", Cluster: []string{"firm"}},
	} {
		if _, err := m.Compute(table); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
	if _, err := (ClusterRobust{Formula: "y ~ x", Cluster: []string{"firm"}}).Compute(nil); err == nil {
		t.Error("no table had clusters")
	}
	r, err = ClusterRobust{Formula: "same ~ x", Cluster: []string{"firm"}}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	if r = plain(t, r); r["p_satt_x"] != nil {
		t.Errorf("a constant outcome has p = %v", r["p_satt_x"])
	}
}
