package statistics

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/community"
	"gonum.org/v1/gonum/graph/iterator"
	"gonum.org/v1/gonum/graph/network"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"gonum.org/v1/gonum/stat"
)

// Network is who is tied to whom among nodes 0 to n − 1. It is simple: a tie is there or not, and none leads back to its node.
type Network struct {
	directed bool
	out, in  [][]int // neighbours, ascending; the same where ties have no direction
	ties     int
}

// NewNetwork takes ties from one node to another. Repeated ones count once, loops not at all.
func NewNetwork(n int, directed bool, ties [][2]int) (*Network, error) {
	if n < 0 {
		return nil, fmt.Errorf("a network of %d nodes", n)
	}
	for _, t := range ties {
		if min(t[0], t[1]) < 0 || max(t[0], t[1]) >= n {
			return nil, fmt.Errorf("a tie from %d to %d among nodes 0 to %d", t[0], t[1], n-1)
		}
	}
	return build(n, directed, ties), nil
}

func build(n int, directed bool, ties [][2]int) *Network {
	w := &Network{directed: directed, out: make([][]int, n), in: make([][]int, n)}
	for _, t := range ties {
		if t[0] == t[1] {
			continue
		}
		w.out[t[0]] = append(w.out[t[0]], t[1])
		if directed {
			w.in[t[1]] = append(w.in[t[1]], t[0])
		} else {
			w.out[t[1]] = append(w.out[t[1]], t[0])
		}
	}
	for i := range n {
		slices.Sort(w.out[i])
		w.out[i] = slices.Compact(w.out[i])
		slices.Sort(w.in[i])
		w.in[i] = slices.Compact(w.in[i])
		w.ties += len(w.out[i])
	}
	if !directed {
		w.in = w.out
		w.ties /= 2
	}
	return w
}

// N is the number of nodes.
func (w *Network) N() int { return len(w.out) }

// Ties is the number of ties.
func (w *Network) Ties() int { return w.ties }

// Has tells whether a tie leads from one node to another.
func (w *Network) Has(from, to int) bool {
	_, found := slices.BinarySearch(w.out[from], to)
	return found
}

// Undirected forgets directions. Mutual: only what is returned is a tie.
func (w *Network) Undirected(mutual bool) *Network {
	if !w.directed {
		return w
	}
	var ties [][2]int
	for i := range w.out {
		for _, j := range w.out[i] {
			if !mutual || w.Has(j, i) {
				ties = append(ties, [2]int{i, j})
			}
		}
	}
	return build(w.N(), false, ties)
}

// OutDegrees are the ties that leave each node.
func (w *Network) OutDegrees() []int { return degrees(w.out) }

// InDegrees are the ties that reach each node.
func (w *Network) InDegrees() []int { return degrees(w.in) }

func degrees(neighbours [][]int) []int {
	d := make([]int, len(neighbours))
	for i := range d {
		d[i] = len(neighbours[i])
	}
	return d
}

// Isolates is the number of nodes without any tie.
func (w *Network) Isolates() int {
	n := 0
	for i := range w.out {
		if len(w.out[i])+len(w.in[i]) == 0 {
			n++
		}
	}
	return n
}

// Density is the share of possible ties that are there; unknown below two nodes.
func (w *Network) Density() Value {
	n := float64(w.N())
	possible := n * (n - 1)
	if !w.directed {
		possible /= 2
	}
	return Known(float64(w.ties) / possible)
}

// Dyads counts the pairs of nodes whose ties go both ways, one way, and none.
func (w *Network) Dyads() (mutual, asymmetric, null int) {
	for i := range w.out {
		for _, j := range w.out[i] {
			switch {
			case !w.Has(j, i):
				asymmetric++
			case i < j:
				mutual++
			}
		}
	}
	return mutual, asymmetric, w.N()*(w.N()-1)/2 - mutual - asymmetric
}

// Reciprocity is how far ties are returned.
type Reciprocity struct {
	Edge      Value // share of ties that are returned
	Dyadic    Value // share of tied pairs whose tie goes both ways
	Corrected Value // Edge less what a random network of the same density has: below 0, less than by chance
}

// Reciprocity is unknown without ties. Its correction is that of Garlaschelli & Loffredo (2004, Phys. Rev. Lett. 93:268701):
// without it a denser network looks more mutual by density alone.
func (w *Network) Reciprocity() Reciprocity {
	mutual, asymmetric, _ := w.Dyads()
	m, density := float64(mutual), w.Density()
	r := Reciprocity{Edge: Known(2 * m / (2*m + float64(asymmetric))), Dyadic: Known(m / (m + float64(asymmetric)))}
	if r.Edge.Known && density.Known {
		r.Corrected = Known((r.Edge.Number - density.Number) / (1 - density.Number))
	}
	return r
}

// Transitivity is the share of paths of two ties, i to j to k, that a tie from i to k closes (Wasserman & Faust 1994, section 6.3 and 14.3);
// without directions three times the triangles by the connected triples. It is unknown where there is no such path.
func (w *Network) Transitivity() Value {
	paths, closed := 0, 0
	for i := range w.out {
		for _, j := range w.out[i] {
			for _, k := range w.out[j] {
				if k == i {
					continue
				}
				paths++
				if w.Has(i, k) {
					closed++
				}
			}
		}
	}
	return Known(float64(closed) / float64(paths))
}

// Clustering is, on average over nodes, the share of pairs of a node's neighbours that are tied themselves (Watts & Strogatz
// 1998, Nature 393:440), directions forgotten. Nodes with fewer than two neighbours count as 0 in the first, and are left out of the second.
func (w *Network) Clustering() (all, defined Value) {
	u, sum, n := w.Undirected(false), 0.0, 0
	for i := range u.out {
		if d := len(u.out[i]); d > 1 {
			sum += float64(u.closed(i)) / float64(d*(d-1)/2)
			n++
		}
	}
	return Known(sum / float64(u.N())), Known(sum / float64(n))
}

// Triangles is the number of three nodes that are all tied, directions forgotten.
func (w *Network) Triangles() int {
	u, n := w.Undirected(false), 0
	for i := range u.out {
		n += u.closed(i)
	}
	return n / 3
}

// closed counts the pairs of a node's neighbours that are tied.
func (w *Network) closed(node int) int {
	n := 0
	for a, j := range w.out[node] {
		for _, k := range w.out[node][:a] {
			if w.Has(j, k) {
				n++
			}
		}
	}
	return n
}

// Paths are the mean length and the greatest (the diameter) of the shortest paths between nodes of which one can be reached from
// the other; unknown where there are none.
func (w *Network) Paths() (mean, diameter Value) {
	sum, pairs, longest := 0, 0, 0
	distance := make([]int, w.N())
	for from := range w.out {
		for i := range distance {
			distance[i] = -1
		}
		distance[from] = 0
		for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
			for _, next := range w.out[queue[0]] {
				if distance[next] < 0 {
					distance[next] = distance[queue[0]] + 1
					sum, pairs, longest = sum+distance[next], pairs+1, max(longest, distance[next])
					queue = append(queue, next)
				}
			}
		}
	}
	if pairs == 0 {
		return Value{}, Value{}
	}
	return Known(float64(sum) / float64(pairs)), Known(float64(longest))
}

// Components are the parts that no tie connects, directions forgotten, largest first.
func (w *Network) Components() [][]int {
	return parts(topo.ConnectedComponents(undirected{ordered{w.Undirected(false)}}))
}

// StrongComponents are the parts within which every node can be reached from every other along the ties' directions, largest first.
func (w *Network) StrongComponents() [][]int { return parts(topo.TarjanSCC(directed{ordered{w}})) }

func parts(found [][]graph.Node) [][]int {
	p := make([][]int, len(found))
	for i, nodes := range found {
		for _, n := range nodes {
			p[i] = append(p[i], int(n.ID()))
		}
		slices.Sort(p[i])
	}
	slices.SortFunc(p, func(a, b []int) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return a[0] - b[0]
	})
	return p
}

// Centralization is how far one node's degree stands out: 1 for a star, 0 where all are alike (Freeman 1979, Soc. Networks 1:215).
// degrees are those of the network, in or out where ties have directions. It is unknown below three nodes.
func (w *Network) Centralization(degrees []int) Value {
	n := float64(w.N())
	if n < 3 || len(degrees) != w.N() {
		return Value{}
	}
	sum, most := 0, slices.Max(degrees)
	for _, d := range degrees {
		sum += most - d
	}
	star := (n - 1) * (n - 2)
	if w.directed {
		star = (n - 1) * (n - 1)
	}
	return Known(float64(sum) / star)
}

// Assortativity is the correlation, over ties, of the degrees at both ends: out where it leaves, in where it arrives (Newman 2003,
// Phys. Rev. E 67:026126). It is unknown where degrees do not vary.
func (w *Network) Assortativity() Value {
	var x, y []float64
	for i := range w.out {
		for _, j := range w.out[i] {
			x, y = append(x, float64(len(w.out[i]))), append(y, float64(len(w.in[j])))
		}
	}
	if len(x) < 2 {
		return Value{}
	}
	return Known(stat.Correlation(x, y, nil))
}

// Betweenness is, for each node, the share of shortest paths between the others that lead through it: 0 at the edge, 1 in the
// middle of a star (Freeman 1977, Sociometry 40:35).
func (w *Network) Betweenness() []float64 {
	n := w.N()
	b := make([]float64, n)
	if n < 3 {
		return b
	}
	for node, x := range network.Betweenness(w.graph()) {
		b[node] = x / float64((n-1)*(n-2)) // pairs are counted in both directions
	}
	return b
}

// Triads counts the three nodes of each of the 16 kinds of Holland & Leinhardt (1970, Am. J. Sociol. 76:492), by their usual
// names: pairs tied both ways, one way and not at all, then Down, Up, Cyclic or Transitive. Method: Batagelj & Mrvar (2001, Soc. Networks
// 23:237), in time of the ties and not of all triples.
func (w *Network) Triads() map[string]int64 {
	census := map[string]int64{}
	for _, name := range TriadNames {
		census[name] = 0
	}
	n, u := int64(w.N()), w.Undirected(false)
	rest := n * (n - 1) * (n - 2) / 6
	count := func(name string, k int64) {
		census[name] += k
		rest -= k
	}
	for v := range u.out {
		for _, x := range u.out[v] {
			if x < v {
				continue
			}
			around := append(append(make([]int, 0, len(u.out[v])+len(u.out[x])), u.out[v]...), u.out[x]...)
			slices.Sort(around)
			around = slices.DeleteFunc(slices.Compact(around), func(i int) bool { return i == v || i == x })
			pair := "012"
			if w.Has(v, x) && w.Has(x, v) {
				pair = "102"
			}
			count(pair, n-int64(len(around))-2)
			for _, y := range around {
				if x < y || v < y && !u.Has(v, y) { // each three once
					count(w.triad(v, x, y), 1)
				}
			}
		}
	}
	census["003"] = rest
	return census
}

// TriadNames are the kinds of triads in their usual order.
var TriadNames = []string{"003", "012", "102", "021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D", "120U", "120C", "210", "300"}

func (w *Network) triad(a, b, c int) string {
	mutual, oneWay, leaves, arrives := 0, 0, map[int]int{}, map[int]int{}
	apart := -1 // the node outside the pair that is mutual or not tied, if there is one such pair only
	for _, p := range [3][3]int{{a, b, c}, {a, c, b}, {b, c, a}} {
		there, back := w.Has(p[0], p[1]), w.Has(p[1], p[0])
		switch {
		case there && back:
			mutual, apart = mutual+1, p[2]
		case there:
			oneWay, leaves[p[0]], arrives[p[1]] = oneWay+1, leaves[p[0]]+1, arrives[p[1]]+1
		case back:
			oneWay, leaves[p[1]], arrives[p[0]] = oneWay+1, leaves[p[1]]+1, arrives[p[0]]+1
		}
	}
	name := fmt.Sprint(mutual, oneWay, 3-mutual-oneWay)
	name = name[:1] + name[2:3] + name[4:]
	most := func(ends map[int]int) bool { return ends[a] == 2 || ends[b] == 2 || ends[c] == 2 }
	switch name {
	case "021", "120":
		switch {
		case most(leaves):
			return name + "D"
		case most(arrives):
			return name + "U"
		}
		return name + "C"
	case "111": // seen from the mutual pair: Down comes from the third node, Up goes to it
		if leaves[apart] == 1 {
			return name + "D"
		}
		return name + "U"
	case "030":
		if most(leaves) {
			return name + "T"
		}
		return name + "C"
	}
	return name
}

// Modularity is how much more ties stay within groups than chance alone would have it with the same degrees (Newman & Girvan
// 2004, Phys. Rev. E 69:026113; Leicht & Newman 2008 with directions). groups names each node's by any number. It is unknown
// without ties.
func (w *Network) Modularity(groups []int) (Value, error) {
	if len(groups) != w.N() {
		return Value{}, fmt.Errorf("%d groups for %d nodes: one each is needed", len(groups), w.N())
	}
	return w.modularity(groups), nil
}

func (w *Network) modularity(groups []int) Value {
	if w.ties == 0 {
		return Value{}
	}
	index, members := map[int]int{}, [][]graph.Node(nil)
	for node, g := range groups {
		if _, ok := index[g]; !ok {
			index[g] = len(members)
			members = append(members, nil)
		}
		members[index[g]] = append(members[index[g]], simple.Node(node))
	}
	return Known(community.Q(w.graph(), members, 1))
}

// Louvain looks for the groups of greatest modularity, directions forgotten, by the best of several runs (Blondel et al. 2008,
// J. Stat. Mech. P10008): one run depends on its order, and the best of many hardly does.
func (w *Network) Louvain(runs int, seed uint64) (groups []int, modularity Value) {
	u := w.Undirected(false)
	if u.ties == 0 {
		return singles(u.N()), Value{}
	}
	for run := range max(1, runs) {
		g := make([]int, u.N())
		for k, nodes := range community.Modularize(u.graph(), 1, rand.NewPCG(seed, uint64(run))).Communities() {
			for _, node := range nodes {
				g[node.ID()] = k
			}
		}
		if q := u.modularity(g); !modularity.Known || q.Number > modularity.Number+1e-12 {
			groups, modularity = numbered(g), q
		}
	}
	return groups, modularity
}

// FastGreedy looks for the groups of greatest modularity, directions forgotten, by joining again and again the two whose union
// adds most (Clauset, Newman & Moore 2004, Phys. Rev. E 70:066111). Of equal unions the one of the lowest nodes is taken.
func (w *Network) FastGreedy() (groups []int, modularity Value) {
	u := w.Undirected(false)
	if u.ties == 0 {
		return singles(u.N()), Value{}
	}
	ends := 2 * float64(u.ties)
	groups = singles(u.N())
	between, share := make([]map[int]float64, u.N()), make([]float64, u.N()) // e_ij and a_i of the paper
	q := 0.0
	for i := range u.out {
		between[i], share[i] = map[int]float64{}, float64(len(u.out[i]))/ends
		q -= share[i] * share[i]
		for _, j := range u.out[i] {
			between[i][j] = 1 / ends
		}
	}
	best, of := q, slices.Clone(groups)
	for {
		into, from, gain := -1, -1, math.Inf(-1)
		for i := range between {
			for j, e := range between[i] {
				if i > j {
					continue
				}
				d := 2 * (e - share[i]*share[j])
				if d > gain+1e-12 || d > gain-1e-12 && i == into && j < from {
					into, from, gain = i, j, math.Max(d, gain)
				}
			}
		}
		if into < 0 {
			break
		}
		for k, e := range between[from] {
			delete(between[k], from)
			if k != into {
				between[into][k] += e
				between[k][into] += e
			}
		}
		between[from] = nil
		share[into] += share[from]
		for node, g := range of {
			if g == from {
				of[node] = into
			}
		}
		if q += gain; q > best+1e-12 {
			best, groups = q, slices.Clone(of)
		}
	}
	return numbered(groups), u.modularity(groups)
}

func singles(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// numbered calls groups 0, 1, 2 … in the order of their first nodes.
func numbered(groups []int) []int {
	index, n := map[int]int{}, make([]int, len(groups))
	for i, g := range groups {
		if _, ok := index[g]; !ok {
			index[g] = len(index)
		}
		n[i] = index[g]
	}
	return n
}

// Similarity is how far two networks of the same nodes hold the same ties.
type Similarity struct {
	Jaccard     Value // ties of both by ties of either
	Correlation Value // of all pairs of nodes, tied being 1
	QAP         Chance
}

// Compare sets a network against another of the same nodes. The quadratic assignment procedure exchanges the nodes of
// one and leaves its ties as they are, since ties of one node are not independent (Krackhardt 1988, Soc. Networks 10:359).
func (w *Network) Compare(other *Network, s Sampling) (Similarity, error) {
	n := w.N()
	if other.N() != n || other.directed != w.directed {
		return Similarity{}, fmt.Errorf("networks of %d and %d nodes: they must be of the same kind and nodes", n, other.N())
	}
	if n < 3 {
		return Similarity{}, errors.New("networks of fewer than 3 nodes cannot be compared")
	}
	arcs := func(w *Network) (list [][2]int) {
		for i := range w.out {
			for _, j := range w.out[i] {
				list = append(list, [2]int{i, j})
			}
		}
		return list
	}
	own, others, there := arcs(w), arcs(other), make([]bool, n*n)
	for _, t := range own {
		there[t[0]*n+t[1]] = true
	}
	// Exchanging nodes changes nothing but the number of common ties, in which the correlation is linear.
	common := func(as []int) (k int) {
		for _, t := range others {
			if there[as[t[0]]*n+as[t[1]]] {
				k++
			}
		}
		return k
	}
	as := singles(n)
	seen, pairs := float64(common(as)), float64(n*(n-1))
	a, b := float64(len(own))/pairs, float64(len(others))/pairs
	r := Similarity{Jaccard: Known(seen / (float64(len(own)+len(others)) - seen)), Correlation: Known((seen/pairs - a*b) / math.Sqrt(a*(1-a)*b*(1-b)))}
	if !r.Correlation.Known {
		r.QAP = Chance{P: 1}
		return r, nil
	}
	random, count := s.rand(), int64(0)
	least := math.Abs(seen - a*b*pairs)
	for range s.draws() {
		random.Shuffle(n, func(i, j int) { as[i], as[j] = as[j], as[i] })
		if math.Abs(float64(common(as))-a*b*pairs) >= least*(1-guard) {
			count++
		}
	}
	r.QAP = drawn(count, int64(s.draws()))
	return r, nil
}

// graph is the network as gonum takes it. Its nodes and neighbours come in order, unlike those of gonum's own graphs, so
// that sums are the same every time.
func (w *Network) graph() graph.Graph {
	if w.directed {
		return directed{ordered{w}}
	}
	return undirected{ordered{w}}
}

// ordered is what both kinds of gonum's graphs have in common.
type ordered struct{ w *Network }

func (o ordered) Node(id int64) graph.Node {
	if id < 0 || id >= int64(o.w.N()) {
		return nil
	}
	return simple.Node(id)
}

func (o ordered) Nodes() graph.Nodes        { return nodes(singles(o.w.N())) }
func (o ordered) From(id int64) graph.Nodes { return nodes(o.w.out[id]) }
func (o ordered) HasEdgeBetween(x, y int64) bool {
	return o.w.Has(int(x), int(y)) || o.w.Has(int(y), int(x))
}

func (o ordered) Edge(from, to int64) graph.Edge {
	if !o.w.Has(int(from), int(to)) {
		return nil
	}
	return simple.Edge{F: simple.Node(from), T: simple.Node(to)}
}

func nodes(ids []int) graph.Nodes {
	n := make([]graph.Node, len(ids))
	for i, id := range ids {
		n[i] = simple.Node(id)
	}
	return iterator.NewOrderedNodes(n)
}

type undirected struct{ ordered }

func (u undirected) EdgeBetween(x, y int64) graph.Edge { return u.Edge(x, y) }

type directed struct{ ordered }

func (d directed) HasEdgeFromTo(from, to int64) bool { return d.w.Has(int(from), int(to)) }
func (d directed) To(id int64) graph.Nodes           { return nodes(d.w.in[id]) }
