package method

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func init() {
	bindings["cluster_robust_se"] = func(t *testing.T, c published) (Method, *Table) {
		m := ClusterRobust{Formula: rFormula(c.text("formula") + c.text("model")), Cluster: clustersOf(c.text("cluster"))}
		if len(m.Cluster) > 0 {
			return m, c.table(t)
		}
		for _, name := range slices.Sorted(maps.Keys(c.Expected)) { // the columns are the names of the errors alone
			of := strings.TrimPrefix(name, "se_")
			if both, ok := strings.CutSuffix(of, "_nomulti0"); ok {
				first, second, _ := strings.Cut(both, "_")
				m.Cluster, m.Cluster2 = []string{first}, []string{second}
				break
			}
			if one, ok := strings.CutSuffix(of, "_cr1"); ok && m.Cluster == nil {
				m.Cluster = []string{one}
			}
		}
		if m.Cluster == nil {
			c.unbound(t, "cluster")
		}
		return m, c.table(t)
	}
	bindings["wild_cluster_bootstrap"] = func(t *testing.T, c published) (Method, *Table) {
		m := WildClusterBootstrap{
			Formula: rFormula(c.text("model") + c.text("formula")), Coef: c.text("coef"), Weights: "rademacher",
			Impose: !strings.HasPrefix(c.text("null"), "not"), Cluster: clustersOf(c.text("cluster")), Seed: 1,
		}
		if strings.HasPrefix(strings.ToLower(c.text("weights")), "webb") {
			m.Weights = "webb"
		}
		table := c.table(t)
		if m.Cluster == nil {
			c.unbound(t, "cluster")
		}
		if strings.HasPrefix(m.Formula, "demp") && c.text("filter") == "" { // it stands in both rows of a store
			var err error
			if table, err = table.Where("d==0"); err != nil {
				t.Fatal(err)
			}
		}
		return m, table
	}
}

// clustersOf reads 'chain x state (8)': the columns whose combinations are the clusters.
func clustersOf(prose string) []string {
	prose, _, _ = strings.Cut(prose, " (")
	var columns []string
	for _, name := range strings.Fields(strings.NewReplacer(" x ", " ", " by ", " ", "*", " ", "+", " ", ",", " ").Replace(prose)) {
		switch name { // which are several columns of ones and zeros
		case "chain":
			columns = append(columns, "bk", "kfc", "roys", "wendys")
		case "state":
			if strings.Contains(prose, "chain") {
				name = "nj"
			}
			columns = append(columns, name)
		case "region":
			columns = append(columns, "centralj", "southj", "pa1", "pa2", "nj")
		default:
			columns = append(columns, name)
		}
	}
	return columns
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
