package method

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"presencia/pipeline/statistics"
)

// Ties are the parameters of both kinds of network.
type Ties struct {
	From   string   `name:"from" default:"from" help:"Node that a tie leaves." placeholder:"COLUMN"`
	To     string   `name:"to" default:"to" help:"Node that it reaches." placeholder:"COLUMN"`
	N      int      `name:"n" help:"Number of nodes, where some have no tie." placeholder:"NODES"`
	Groups string   `name:"groups" type:"existingfile" help:"Nodes and their groups, one column each; it names nodes without ties too." placeholder:"FILE.csv"`
	Node   string   `name:"node" default:"node" help:"Column of the nodes in that file." placeholder:"COLUMN"`
	Use    []string `name:"use" help:"Which of its columns are groups; without it all. NAME=COLUMN calls one otherwise." placeholder:"COLUMNS"`
	Before string   `name:"before" type:"existingfile" help:"Ties of the same nodes at another time, to compare with." placeholder:"FILE.csv"`
	Pair   string   `name:"pair" help:"What the comparison is called, as in fall_spring." placeholder:"NAME"`
	Runs   int      `name:"runs" default:"200" help:"Runs of Louvain's method, the best of which is taken." placeholder:"N"`
	Seed   uint64   `name:"seed" default:"1" help:"Start of the random numbers." placeholder:"N"`
	Draws  int      `name:"draws" help:"Exchanges of nodes in the comparison; without it 10,000." placeholder:"N"`
}

const networkColumns = `One row is a tie. Repeated rows count once; a tie from a node to itself is left out (loops tells how many). Nodes are what
the columns and --groups name; with --n there are more, without ties.`

const networkResults = `  density, isolates, components; mean_degree (ties by nodes where they have directions); avg_path and diameter of the pairs of
                          which one reaches the other
  assortativity           correlation of the degrees at both ends of a tie
  modularity of each column of --groups; best_found is the best of --runs seeded runs of Louvain's method, fast_greedy that of Clauset,
                          Newman and Moore
  betweenness             share of the shortest paths between other nodes that lead through a node
  jaccard, qap_cor        with --before: ties of both by ties of either; correlation of all pairs of nodes, qap_p by exchange of
                          nodes`

const networkNulls = `

What does not exist (transitivity without a path of two ties) is null. Figures of groups that were looked for depend on chance among
equal choices: best_found on --seed, fast_greedy on the order of the nodes.`

// NetworkUndirected is network_undirected.
type NetworkUndirected struct {
	Ties
	Directed bool `name:"directed" help:"Ties have directions: the figures of network_directed."`
}

// Help implements Method.
func (NetworkUndirected) Help() string {
	return networkColumns + `

  presencia stats network --data zachary_edges.csv --groups zachary_groups.csv --use faction
  presencia stats network --data ties.csv --from account --to other --n 40
  presencia stats network --data ties.csv --directed      (the same as network-directed)

The result has
` + networkResults + `
  transitivity_global     three times the triangles by the connected triples
  transitivity_local_avg  mean over nodes, with those of fewer than two neighbours as 0; _nan_excluded leaves these out
  degree_centralization   Freeman's, 1 for a star; odegree_top5 are the five greatest degrees` + networkNulls
}

// NetworkDirected is network_directed.
type NetworkDirected struct{ Ties }

// Help implements Method.
func (NetworkDirected) Help() string {
	return networkColumns + `

  presencia stats network-directed --data coleman_spring_edges.csv --n 73 --before coleman_fall_edges.csv --pair fall_spring

The result has
` + networkResults + `
  mutual, asymmetric, null        pairs of nodes tied both ways, one way, not at all; expected_mutual_given_density by chance
  reciprocity_edge                share of ties that are returned (sna_grecip_edgewise)
  reciprocity_dyadic_nonnull      share of tied pairs that are mutual; sna_grecip_dyadic also counts pairs that are not tied
  reciprocity_garlaschelli_loffredo  reciprocity_edge less what density alone gives
  transitivity_directed_weak      share of paths i-j-k that a tie from i to k closes; transitivity_undirected_collapse forgets
                                  directions, _mutual keeps only ties that are returned
  triad_census                    the 16 kinds of Holland and Leinhardt; 111D is A<->B<-C, 111U is A<->B->C
  components_weak, components_strong, largest_scc, indegree_centralization, outdegree_centralization
Modularities (modularity_undirected_*) forget directions.` + networkNulls
}

// Compute implements Method.
func (m NetworkUndirected) Compute(t *Table) (Result, error) {
	if m.Directed {
		return NetworkDirected{m.Ties}.Compute(t)
	}
	w, names, r, err := m.read(t, false, "modularity_")
	if err != nil {
		return nil, err
	}
	degrees := w.OutDegrees()
	local, defined := w.Clustering()
	r["m"] = w.Ties()
	r["mean_degree"] = mean(w, 2)
	r["transitivity_global"] = number(w.Transitivity())
	r["transitivity_local_avg"], r["transitivity_local_avg_nan_excluded"] = number(local), number(defined)
	r["triangles"] = w.Triangles()
	r["components"] = len(w.Components())
	r["degree_centralization"] = number(w.Centralization(degrees))
	slices.SortFunc(degrees, func(a, b int) int { return b - a })
	r["odegree_top5"] = degrees[:min(5, len(degrees))]
	r["betweenness"] = byName(names, w.Betweenness())
	return r, nil
}

// Compute implements Method.
func (m NetworkDirected) Compute(t *Table) (Result, error) {
	w, names, r, err := m.read(t, true, "modularity_undirected_")
	if err != nil {
		return nil, err
	}
	mutual, asymmetric, null := w.Dyads()
	pairs := float64(mutual + asymmetric + null)
	reciprocity, density := w.Reciprocity(), w.Density()
	r["arcs"], r["mean_degree"] = w.Ties(), mean(w, 1)
	r["mutual"], r["asymmetric"], r["null"] = mutual, asymmetric, null
	r["expected_mutual_given_density"] = number(statistics.Known(pairs * density.Number * density.Number))
	r["reciprocity_edge"], r["sna_grecip_edgewise"] = number(reciprocity.Edge), number(reciprocity.Edge)
	r["reciprocity_dyadic_nonnull"] = number(reciprocity.Dyadic)
	r["reciprocity_garlaschelli_loffredo"] = number(reciprocity.Corrected)
	r["sna_grecip_dyadic"], r["sna_gden"] = number(statistics.Known((float64(mutual)+float64(null))/pairs)), number(density)
	r["transitivity_directed_weak"] = number(w.Transitivity())
	r["transitivity_undirected_collapse"] = number(w.Undirected(false).Transitivity())
	r["transitivity_undirected_mutual"] = number(w.Undirected(true).Transitivity())
	census := Result{}
	for kind, n := range w.Triads() {
		census[kind] = n
	}
	r["triad_census"] = census
	in, out := w.InDegrees(), w.OutDegrees()
	r["indeg_max"], r["outdeg_max"] = slices.Max(append(in, 0)), slices.Max(append(out, 0))
	r["indegree_centralization"], r["outdegree_centralization"] = number(w.Centralization(in)), number(w.Centralization(out))
	strong := w.StrongComponents()
	r["components_weak"], r["components_strong"], r["largest_scc"] = len(w.Components()), len(strong), 0
	if len(strong) > 0 {
		r["largest_scc"] = len(strong[0])
	}
	r["betweenness"] = byName(names, w.Betweenness())
	return r, nil
}

func mean(w *statistics.Network, ends float64) any {
	return number(statistics.Known(ends * float64(w.Ties()) / float64(w.N())))
}

func byName(names []string, values []float64) Result {
	r := Result{}
	for i, name := range names {
		r[name] = values[i]
	}
	return r
}

// read makes the network, the names of its nodes (those that have one come first), and the figures that both kinds share.
func (m Ties) read(t *Table, directed bool, modularity string) (*statistics.Network, []string, Result, error) {
	ties, loops, err := m.ties(t)
	if err != nil {
		return nil, nil, nil, err
	}
	var before [][2]string
	if m.Before != "" {
		other, err := open(m.Before)
		if err == nil {
			before, _, err = m.ties(other)
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("--before %s: %w", m.Before, err)
		}
	}
	var groups *Table
	named := map[string]bool{}
	for _, t := range slices.Concat(ties, before) {
		named[t[0]], named[t[1]] = true, true
	}
	if m.Groups != "" {
		var nodes []string
		if groups, err = open(m.Groups); err == nil {
			nodes, err = groups.Strings(cmp.Or(m.Node, "node"))
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("--groups %s: %w", m.Groups, err)
		}
		for _, node := range nodes {
			named[node] = true
		}
	}
	delete(named, "") // nodes of left-out loops alone stay: they are there
	names := slices.SortedFunc(maps.Keys(named), func(a, b string) int {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		if errX == nil && errY == nil && x != y {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a, b)
	})
	const most = 20_000 // paths between all pairs are counted
	n := len(names)
	if n > most {
		return nil, nil, nil, fmt.Errorf("the table names %d nodes; at most %d can be looked at", n, most)
	}
	if m.N != 0 {
		if n = m.N; n < len(names) || n > most {
			return nil, nil, nil, fmt.Errorf("--n %d: the table names %d nodes; give at least that many, and at most %d", m.N, len(names), most)
		}
	}
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}
	build := func(ties [][2]string) (*statistics.Network, error) {
		pairs := make([][2]int, len(ties))
		for i, t := range ties {
			pairs[i] = [2]int{index[t[0]], index[t[1]]}
		}
		return statistics.NewNetwork(n, directed, pairs)
	}
	w, err := build(ties)
	if err != nil {
		return nil, nil, nil, err
	}
	path, diameter := w.Paths()
	r := Result{
		"n": n, "loops": loops, "density": number(w.Density()), "isolates": w.Isolates(), "avg_path": number(path), "diameter": number(diameter),
		"assortativity": number(w.Assortativity()),
	}
	_, best := w.Louvain(cmp.Or(m.Runs, 200), m.Seed)
	fast, greedy := w.FastGreedy()
	r[modularity+"best_found"], r[modularity+"fast_greedy"] = number(best), number(greedy)
	r["n_comm_fast_greedy"] = len(slices.Compact(slices.Sorted(slices.Values(fast))))
	if groups != nil {
		if err := m.modularities(w.Undirected(false), groups, index, modularity, r); err != nil {
			return nil, nil, nil, fmt.Errorf("--groups %s: %w", m.Groups, err)
		}
	}
	if m.Before != "" {
		other, err := build(before)
		if err != nil {
			return nil, nil, nil, err
		}
		s, err := w.Compare(other, statistics.Sampling{Seed: m.Seed, Draws: m.Draws})
		if err != nil {
			return nil, nil, nil, err
		}
		suffix := ""
		if m.Pair != "" {
			suffix = "_" + m.Pair
		}
		r["jaccard"+suffix], r["qap_cor"+suffix], r["qap_p"+suffix] = number(s.Jaccard), number(s.Correlation), s.QAP.P
	}
	return w, names, r, nil
}

// ties are the rows with both nodes; loops counts those with the same twice.
func (m Ties) ties(t *Table) (ties [][2]string, loops int, err error) {
	from, err := t.Strings(cmp.Or(m.From, "from"))
	if err != nil {
		return nil, 0, fmt.Errorf("--from: %w", err)
	}
	to, err := t.Strings(cmp.Or(m.To, "to"))
	if err != nil {
		return nil, 0, fmt.Errorf("--to: %w", err)
	}
	for i := range from {
		if missing(from[i]) || missing(to[i]) {
			return nil, 0, fmt.Errorf("row %d names no node at one end: leave it out with --where, and say with --n how many nodes there are", i+1)
		}
		if from[i] == to[i] {
			loops++
		}
		ties = append(ties, [2]string{from[i], to[i]})
	}
	return ties, loops, nil
}

// modularities adds that of each column of groups.
func (m Ties) modularities(w *statistics.Network, groups *Table, index map[string]int, prefix string, r Result) error {
	node := cmp.Or(m.Node, "node")
	nodes, err := groups.Strings(node)
	if err != nil {
		return err
	}
	use := m.Use
	if len(use) == 0 {
		use = slices.DeleteFunc(groups.Names(), func(name string) bool { return name == node })
	}
	for _, u := range use {
		name, column, ok := strings.Cut(u, "=")
		if !ok {
			column = name
		}
		words, err := groups.Strings(column)
		if err != nil {
			return err
		}
		of, numbers, seen := make([]int, w.N()), map[string]int{}, map[string]bool{}
		for i := range of {
			of[i] = -1 - i // a node of no group is one of its own
		}
		for i, word := range words {
			if seen[nodes[i]] {
				return fmt.Errorf("node %s has two rows", nodes[i])
			}
			seen[nodes[i]] = true
			if _, ok := numbers[word]; !ok {
				numbers[word] = len(numbers)
			}
			if !missing(word) {
				of[index[nodes[i]]] = numbers[word]
			}
		}
		q, err := w.Modularity(of)
		if err != nil {
			return err
		}
		r[prefix+name] = number(q)
	}
	return nil
}

func open(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadTable(f)
}
