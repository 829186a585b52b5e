package impact

import (
	"cmp"
	"slices"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// cohesionWeeks is the length of the windows of cohesion, a quarter: density grows with the length, so that only equal ones compare.
const cohesionWeeks = 13

// The codes of what qualifies cohesion.
const (
	ReasonNoWindows   = "no_windows"   // the data hold no whole window [weeks]
	ReasonFewAccounts = "few_accounts" // fewer than two accounts share a platform and were open all the time [n]
	ReasonNeverRead   = "never_read"   // accounts left out, of which no window was read [n]
	ReasonNoTies      = "no_ties"      // no account ever named, shared or answered another []
)

// CohesionWindows are the consecutive windows of a quarter that the data hold, laid out from the day on from which the weeks after
// the course count: four of them are the same season of the year before.
func CohesionWindows(plan Plan, data pipeline.Window, loc *time.Location) []pipeline.Window {
	var windows []pipeline.Window
	if plan.End.IsZero() || !data.From.Before(data.To) {
		return nil
	}
	start := resumption(plan.End)
	for start.In(loc).After(data.From) {
		start = start.AddDays(-7 * cohesionWeeks)
	}
	for ; ; start = start.AddDays(7 * cohesionWeeks) {
		w := weeksFrom(start, cohesionWeeks, loc)
		if w.To.After(data.To) {
			return windows
		}
		if !w.From.Before(data.From) {
			windows = append(windows, w)
		}
	}
}

// NewCohesion describes the ties between accounts in consecutive windows of equal length. They are always those of the same
// accounts, of the register's departments, that were open in all windows; ties to others are passed over. read tells whether
// all that an account published in a window is known, mentions included; nil: it always is. Accounts that were read in no window are left
// out.
func NewCohesion(plan Plan, windows []pipeline.Window, accounts []pipeline.Account, departments []pipeline.Department, arcs []indicator.Arc,
	read func(pipeline.AccountID, pipeline.Window) bool) Cohesion {
	c := Cohesion{}
	because := func(code string, args map[string]any) { c.Reasons = append(c.Reasons, Reason{code, args}) }
	if len(windows) == 0 {
		because(ReasonNoWindows, map[string]any{"weeks": cohesionWeeks})
		return c
	}
	if read == nil {
		read = func(pipeline.AccountID, pipeline.Window) bool { return true }
	}
	groups := map[string]pipeline.Group{}
	for _, d := range departments {
		groups[d.ID] = d.Group
	}
	r, neverRead := newRing(windows, accounts, groups, read)
	if neverRead > 0 {
		because(ReasonNeverRead, map[string]any{"n": neverRead})
	}
	if r.possible == 0 {
		because(ReasonFewAccounts, map[string]any{"n": len(r.accounts)})
	}
	graphs := make([]Network, len(windows))
	ties := 0
	for i, w := range windows {
		graphs[i] = r.network(w, arcs, groups)
		c.Windows = append(c.Windows, r.figures(graphs[i], plan.where(w), read))
		ties += len(graphs[i].Ties)
	}
	if r.possible > 0 && ties == 0 {
		because(ReasonNoTies, nil)
	}
	before, after := drawn(c.Windows, plan.Years)
	if before >= 0 {
		c.Before = graphs[before].bridges()
	}
	if after >= 0 {
		c.After = graphs[after].bridges()
	}
	return c
}

// where tells on which side of the course any window lies.
func (p Plan) where(w pipeline.Window) Side {
	loc := w.From.Location()
	switch {
	case !w.To.After(p.untouched().In(loc)):
		return BeforeCourse
	case !w.From.Before(resumption(p.End).In(loc)):
		return AfterCourse
	}
	return AsideCourse
}

// drawn chooses the windows that are shown as graphs, −1 for none: the first after the course, and that of the same season years
// before, or the last one before the course.
func drawn(windows []NetworkFigures, years int) (before, after int) {
	before, after = -1, -1
	for i, w := range windows {
		switch {
		case w.Side == BeforeCourse:
			before = i
		case w.Side == AfterCourse && after < 0:
			after = i
		}
	}
	if same := after - 52/cohesionWeeks*years; after >= 0 && same >= 0 && years > 0 && windows[same].Side == BeforeCourse {
		before = same
	}
	return before, after
}

// ring are the accounts whose ties are followed.
type ring struct {
	accounts []pipeline.Account // by id
	index    map[pipeline.AccountID]int
	possible int // ordered pairs on one platform
}

func newRing(windows []pipeline.Window, accounts []pipeline.Account, groups map[string]pipeline.Group, read func(pipeline.AccountID, pipeline.Window) bool) (r ring, neverRead int) {
	r.index = map[pipeline.AccountID]int{}
	first, last := windows[0].From, windows[len(windows)-1].To
	for _, a := range accounts {
		loc := first.Location()
		_, ours := groups[a.Department]
		open := (a.Opened.IsZero() || !a.Opened.In(loc).After(first)) && (a.Closed.IsZero() || !a.Closed.In(loc).Before(last))
		switch {
		case !ours || !open:
		case !slices.ContainsFunc(windows, func(w pipeline.Window) bool { return read(a.ID, w) }):
			neverRead++
		default:
			r.accounts = append(r.accounts, a)
		}
	}
	slices.SortFunc(r.accounts, func(a, b pipeline.Account) int { return cmp.Compare(a.ID, b.ID) })
	on := map[pipeline.Platform]int{}
	for i, a := range r.accounts {
		r.index[a.ID] = i
		r.possible += 2 * on[a.Platform]
		on[a.Platform]++
	}
	return r, neverRead
}

// network is the graph of a window.
func (r ring) network(w pipeline.Window, arcs []indicator.Arc, groups map[string]pipeline.Group) Network {
	n := Network{Window: w}
	for _, a := range r.accounts {
		n.Nodes = append(n.Nodes, Node{Account: a.ID, Department: a.Department, Group: groups[a.Department]})
	}
	weights := map[[2]int]int{}
	for _, arc := range arcs {
		from, known := r.index[arc.From]
		to, also := r.index[arc.To]
		if !known || !also || from == to || arc.Count <= 0 || !arc.Window.From.Equal(w.From) || !arc.Window.To.Equal(w.To) ||
			r.accounts[from].Platform != r.accounts[to].Platform {
			continue
		}
		weights[[2]int{from, to}] += int(arc.Count)
	}
	for pair, weight := range weights {
		n.Ties = append(n.Ties, Tie{From: pair[0], To: pair[1], Weight: weight})
	}
	slices.SortFunc(n.Ties, func(a, b Tie) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return n
}

// simple is a network without weights.
func (n Network) simple() (*statistics.Network, error) {
	pairs := make([][2]int, len(n.Ties))
	for i, t := range n.Ties {
		pairs[i] = [2]int{t.From, t.To}
	}
	return statistics.NewNetwork(len(n.Nodes), true, pairs)
}

// bridges fills in who bridges, which takes long and is asked of drawn networks only.
func (n Network) bridges() Network {
	if g, err := n.simple(); err == nil { // ties are between nodes
		for i, b := range g.Betweenness() {
			n.Nodes[i].Betweenness = b
		}
	}
	return n
}

func (r ring) figures(n Network, side Side, read func(pipeline.AccountID, pipeline.Window) bool) NetworkFigures {
	f := NetworkFigures{Window: n.Window, Side: side, Accounts: len(n.Nodes)}
	for _, node := range n.Nodes {
		if !read(node.Account, n.Window) {
			f.Unread++
		}
	}
	f.Known = f.Unread == 0
	g, err := n.simple()
	if err != nil { // never: ties are between nodes
		return f
	}
	f.Ties, f.Isolates, f.Components = g.Ties(), g.Isolates(), len(g.Components())
	if r.possible == 0 || float64(f.Accounts-f.Unread) < MinCoverage*float64(f.Accounts) {
		return f
	}
	f.Density = statistics.Known(float64(f.Ties) / float64(r.possible))
	f.Returned = g.Reciprocity().Edge
	if d := f.Density.Number; f.Returned.Known {
		f.Reciprocity = statistics.Known((f.Returned.Number - d) / (1 - d))
	}
	f.Clustering = g.Undirected(false).Transitivity()
	across := 0
	for _, t := range n.Ties {
		if n.Nodes[t.From].Department != n.Nodes[t.To].Department {
			across++
		}
	}
	f.Across = statistics.Known(float64(across) / float64(f.Ties))
	return f
}
