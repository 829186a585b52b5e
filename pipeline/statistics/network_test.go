package statistics

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestKnownNetworks(t *testing.T) {
	var star, ring, complete, chain [][2]int
	for i := range 6 {
		if i > 0 {
			star = append(star, [2]int{0, i})
			chain = append(chain, [2]int{i - 1, i})
		}
		ring = append(ring, [2]int{i, (i + 1) % 6})
		for j := range i {
			complete = append(complete, [2]int{j, i}, [2]int{i, j}) // twice the same
		}
	}
	for _, c := range []struct {
		name                            string
		ties                            [][2]int
		density, centralization         float64
		transitivity, path, betweenness float64 // of node 0
		diameter, triangles             float64
	}{
		{"star", star, 1. / 3, 1, 0, 25. / 15, 1, 2, 0},
		{"ring", ring, 0.4, 0, 0, 1.8, 0.2, 3, 0},
		{"complete", complete, 1, 0, 1, 1, 0, 1, 20},
		{"chain", chain, 1. / 3, 0.1, 0, 35. / 15, 0, 5, 0},
	} {
		w, err := NewNetwork(6, false, c.ties)
		if err != nil {
			t.Fatal(err)
		}
		mean, diameter := w.Paths()
		near(t, c.name+" density", w.Density().Number, c.density)
		near(t, c.name+" centralization", w.Centralization(w.OutDegrees()).Number, c.centralization)
		near(t, c.name+" transitivity", w.Transitivity().Number, c.transitivity)
		near(t, c.name+" path", mean.Number, c.path)
		near(t, c.name+" diameter", diameter.Number, c.diameter)
		near(t, c.name+" triangles", float64(w.Triangles()), c.triangles)
		near(t, c.name+" betweenness", w.Betweenness()[0], c.betweenness)
	}
	// One way round: nobody answers, everybody can be reached.
	w, err := NewNetwork(6, true, ring)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Reciprocity(); r.Edge != Known(0) || !(r.Corrected.Number < 0) {
		t.Errorf("reciprocity %+v: less than by chance", r)
	}
	if s := w.StrongComponents(); len(s) != 1 || len(s[0]) != 6 {
		t.Errorf("strong components %v", s)
	}
	if a := w.Assortativity(); a.Known {
		t.Errorf("assortativity of equal degrees is %v", a)
	}
}

func TestTwoCirclesAreTwoGroups(t *testing.T) {
	w, err := NewNetwork(7, true, [][2]int{{0, 1}, {1, 2}, {2, 0}, {3, 4}, {4, 5}, {5, 3}, {2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	want := []int{0, 0, 0, 1, 1, 1, 2}
	louvain, q := w.Louvain(20, 1)
	fast, p := w.FastGreedy()
	if !slices.Equal(louvain, want) || !slices.Equal(fast, want) {
		t.Errorf("%v and %v, want %v", louvain, fast, want)
	}
	near(t, "Q", q.Number, 6./7-0.5) // six of seven ties within, half the ends in each
	near(t, "Q", p.Number, q.Number)
	if parts := w.Components(); !cmp.Equal(parts, [][]int{{0, 1, 2, 3, 4, 5}, {6}}) {
		t.Errorf("components %v", parts)
	}
	if w.Isolates() != 1 {
		t.Errorf("%d isolates", w.Isolates())
	}
}

func someNetwork(t *rapid.T, directed bool) (*Network, [][2]int) {
	n := rapid.IntRange(3, 12).Draw(t, "n")
	ties := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int {
		return [2]int{rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")}
	}), 0, 40).Draw(t, "ties")
	w, err := NewNetwork(n, directed, ties)
	if err != nil {
		t.Fatal(err)
	}
	return w, ties
}

func TestTheTriadCensusCountsEveryThree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := someNetwork(t, true)
		want := map[string]int64{}
		for _, name := range TriadNames {
			want[name] = 0
		}
		for i := range w.N() {
			for j := range i {
				for k := range j {
					want[w.triad(i, j, k)]++
				}
			}
		}
		if diff := cmp.Diff(want, w.Triads()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTriadsByName(t *testing.T) {
	for name, ties := range map[string][][2]int{ // Wasserman & Faust (1994), figure 14.1, seen from node 1
		"021D": {{1, 0}, {1, 2}}, "021U": {{0, 1}, {2, 1}}, "021C": {{0, 1}, {1, 2}}, "111D": {{0, 1}, {1, 0}, {2, 1}}, "111U": {{0, 1}, {1, 0}, {1, 2}},
		"030T": {{0, 1}, {1, 2}, {0, 2}}, "030C": {{0, 1}, {1, 2}, {2, 0}}, "120D": {{1, 0}, {1, 2}, {0, 2}, {2, 0}}, "120U": {{0, 1}, {2, 1}, {0, 2}, {2, 0}},
		"120C": {{0, 1}, {1, 2}, {0, 2}, {2, 0}}, "210": {{0, 1}, {1, 0}, {1, 2}, {2, 1}, {0, 2}},
	} {
		w, err := NewNetwork(3, true, ties)
		if err != nil {
			t.Fatal(err)
		}
		if census := w.Triads(); census[name] != 1 {
			t.Errorf("%s: %v", name, census)
		}
	}
}

// What a network is does not depend on how its nodes are numbered, and every run says the same.
func TestFiguresDoNotDependOnNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, ties := someNetwork(t, rapid.Bool().Draw(t, "directed"))
		as := rapid.Permutation(singles(w.N())).Draw(t, "as")
		var others [][2]int
		for _, tie := range ties {
			others = append(others, [2]int{as[tie[0]], as[tie[1]]})
		}
		v, err := NewNetwork(w.N(), w.directed, others)
		if err != nil {
			t.Fatal(err)
		}
		figures := func(w *Network) []any {
			mean, diameter := w.Paths()
			all, defined := w.Clustering()
			mutual, asymmetric, null := w.Dyads()
			return []any{
				w.Density(), w.Reciprocity(), w.Transitivity(), all, defined, w.Triangles(), mean, diameter, len(w.Components()), len(w.StrongComponents()),
				w.Centralization(w.InDegrees()), w.Assortativity(), mutual, asymmetric, null, w.Triads(), w.Isolates(), w.Ties(),
			}
		}
		same := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
		if diff := cmp.Diff(figures(w), figures(v), same); diff != "" {
			t.Fatal(diff)
		}
		a, b := w.Betweenness(), v.Betweenness()
		for i := range a {
			if d := a[i] - b[as[i]]; d > 1e-9 || d < -1e-9 || a[i] < 0 || a[i] > 1 {
				t.Fatalf("betweenness %v and %v", a, b)
			}
		}
		groups, q := w.Louvain(5, 3)
		again, p := w.Louvain(5, 3)
		if !slices.Equal(groups, again) || q != p || !slices.Equal(w.Betweenness(), a) {
			t.Fatalf("Louvain %v %v, again %v %v", groups, q, again, p)
		}
		fast, f := w.FastGreedy()
		m, err := w.Undirected(false).Modularity(fast)
		if err != nil || m != f || f.Known && (f.Number < -1e-12 || q.Number < -1e-12) {
			t.Fatalf("fast greedy %v is %v, Louvain %v", f, m, q)
		}
	})
}

func TestNetworksAreCompared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := someNetwork(t, true)
		s, err := w.Compare(w, Sampling{Seed: 1, Draws: 200})
		if err != nil {
			t.Fatal(err)
		}
		if w.Ties() > 0 && w.Ties() < w.N()*(w.N()-1) && (s.Jaccard != Known(1) || s.Correlation.Number < 1-1e-12) || s.QAP.P <= 0 || s.QAP.P > 1 {
			t.Fatalf("with itself %+v", s)
		}
	})
	w, err := NewNetwork(8, true, [][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 0}, {0, 2}, {4, 0}, {5, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := w.Compare(w, Sampling{Seed: 1}); err != nil || s.QAP.P > 0.001 {
		t.Errorf("with itself %+v, %v", s, err)
	}
	v, err := NewNetwork(8, true, [][2]int{{6, 7}, {7, 5}, {1, 4}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := w.Compare(v, Sampling{Seed: 1}); err != nil || s.Jaccard != Known(0) || s.Correlation.Number >= 0 || s.QAP.P < 0.1 {
		t.Errorf("with what it has nothing in common %+v, %v", s, err)
	}
}

func TestNetworksRefuseWhatCannotBe(t *testing.T) {
	if _, err := NewNetwork(-1, true, nil); err == nil {
		t.Error("fewer nodes than none")
	}
	for _, tie := range [][2]int{{0, 3}, {-1, 0}} {
		if _, err := NewNetwork(3, true, [][2]int{tie}); err == nil {
			t.Errorf("a tie %v", tie)
		}
	}
	for n := range 3 {
		w, err := NewNetwork(n, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		mean, diameter := w.Paths()
		all, _ := w.Clustering()
		_, q := w.Louvain(3, 1)
		_, f := w.FastGreedy()
		for i, v := range []Value{w.Reciprocity().Edge, w.Reciprocity().Corrected, w.Transitivity(), mean, diameter, w.Centralization(w.InDegrees()), w.Assortativity(), q, f} {
			if v.Known {
				t.Errorf("%d nodes: figure %d is %v", n, i, v)
			}
		}
		if w.Density().Known != (n > 1) || all.Known != (n > 0) || len(w.Components()) != n || len(w.Betweenness()) != n || w.Triads()["003"] != 0 {
			t.Errorf("%d nodes: density %v, clustering %v", n, w.Density(), all)
		}
		if _, err := w.Modularity([]int{1, 2, 3}); err == nil {
			t.Error("groups of nodes that are not there")
		}
		if _, err := w.Compare(w, Sampling{}); err == nil {
			t.Error("too few nodes are compared")
		}
	}
}
