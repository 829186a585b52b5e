package indicator

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"presencia/pipeline"
)

// Querier asks the store, of several callers at once. Rows go to *[]struct whose fields carry the columns' names as `ch:"name"`.
type Querier interface {
	Select(ctx context.Context, dst any, query string, args ...any) error
}

// AgeClass says at what age the figures of posts are taken; one comparison uses one class and names it.
type AgeClass string

// The age classes.
const (
	Newest  AgeClass = ""          // whatever was read last: older posts have had longer to collect
	At7Days AgeClass = "at_7_days" // the first reading between 7 and 14 days
	Settled AgeClass = "settled"   // the first reading at 30 days or more, as all back-filled history is
)

// String is the class's name in tables.
func (c AgeClass) String() string { return cmp.Or(string(c), "newest") }

// Options of a computation. The zero value takes the newest figures.
type Options struct {
	AgeClass AgeClass
}

// Value is one figure of one unit over one window.
type Value struct {
	Indicator string
	Version   int
	Level     Level
	Unit      string // id of the department, platform, account or group; empty for the institution
	Window    pipeline.Window
	// Known is false where there is no figure: with Unknown above zero it was not observed, otherwise there was nothing to
	// measure (no message received, no post).
	Known      bool
	Value      float64
	N, Unknown int64 // what the figure rests on, and what of the same could not be known
	Apart      int64 // accounts left out, since their platform's terms do not allow the figure in a sum with others'
	// AgeClass is that of the computation; it bears on figures of posts.
	AgeClass AgeClass
}

// State is known, unknown (it could not be read) or nothing (there was nothing to measure), as tables of values say it.
func (v Value) State() string {
	switch {
	case v.Known:
		return "known"
	case v.Unknown > 0:
		return "unknown"
	}
	return "nothing"
}

// Coverage is the share of what there was that is known; 1 where there was nothing.
func (v Value) Coverage() float64 {
	if v.N+v.Unknown == 0 {
		return 1
	}
	return float64(v.N) / float64(v.N+v.Unknown)
}

// row is what every query answers: value of the indicator at a place of the set.
type row struct {
	Place   uint16   `ch:"place"`
	Unit    string   `ch:"unit"`
	Window  uint32   `ch:"window"`
	Value   *float64 `ch:"value"`
	N       uint64   `ch:"n"`
	Unknown uint64   `ch:"unknown"`
}

// aside is the place of the rows that count the accounts left out at the first of a query's levels, one less that at the second …
const aside = math.MaxUint16

// Question asks for some indicators at a level.
type Question struct {
	Level Level
	Set   []Indicator
}

// Compute asks one question; see [Answers].
func Compute(ctx context.Context, q Querier, set []Indicator, level Level, windows []pipeline.Window, o Options) ([]Value, error) {
	answers, err := Answers(ctx, q, []Question{{level, set}}, windows, o)
	if err != nil {
		return nil, err
	}
	return answers[0], nil
}

// atOnce is how many queries are asked at a time. For most of a small institution's time the engine reads a query, on one core. So
// what stands on posts and what does not, which have little in common and take about as long, are two queries.
const atOnce = 2

// wanted is an indicator that a question asks for, with what was found by window.
type wanted struct {
	Indicator
	level    Level
	question int
	onPosts  bool
	found    [][]Value
}

// Answers asks for the values of indicators, for each question in the order of its set, then of the windows, then of the units.
// Indicators that are not defined at the level are left out. A unit has a value in each window in which one of its accounts was
// open. Windows may overlap; their bounds are taken to the second. What questions have in common is computed once.
func Answers(ctx context.Context, q Querier, questions []Question, windows []pipeline.Window, o Options) ([][]Value, error) {
	if !slices.Contains([]AgeClass{Newest, At7Days, Settled}, o.AgeClass) {
		return nil, fmt.Errorf("there is no age class %q", o.AgeClass)
	}
	batches, err := disjoint(windows)
	if err != nil {
		return nil, err
	}
	var all []wanted
	for k, of := range questions {
		if !slices.Contains(levels, of.Level) {
			return nil, fmt.Errorf("there is no level %q", of.Level)
		}
		for _, i := range of.Set {
			if i.At(of.Level) {
				all = append(all, wanted{i, of.Level, k, onPosts(i.SQL), make([][]Value, len(windows))})
			}
		}
	}
	queries := pool.New().WithMaxGoroutines(atOnce).WithContext(ctx).WithCancelOnError().WithFirstError()
	for _, places := range together(all, func(a, b wanted) bool { return slices.Equal(a.Alone, b.Alone) && a.onPosts == b.onPosts }) {
		for _, batch := range batches {
			queries.Go(func(ctx context.Context) error { return ask(ctx, q, all, places, batch, windows, o) })
		}
	}
	if err := queries.Wait(); err != nil {
		return nil, err
	}
	answers := make([][]Value, len(questions))
	for _, x := range all {
		for _, unsorted := range x.found {
			slices.SortFunc(unsorted, func(a, b Value) int { return cmp.Compare(a.Unit, b.Unit) })
			answers[x.question] = append(answers[x.question], unsorted...)
		}
	}
	return answers, nil
}

// together parts things into the places of those that are alike and so can be asked for at once.
func together[T any](all []T, alike func(a, b T) bool) [][]int {
	var parts [][]int
	for i := range all {
		k := slices.IndexFunc(parts, func(p []int) bool { return alike(all[p[0]], all[i]) })
		if k < 0 {
			k, parts = len(parts), append(parts, nil)
		}
		parts[k] = append(parts[k], i)
	}
	return parts
}

// ask adds the values of the indicators at some places over a batch of windows to what was found of each. No two of its calls
// share both a place and a window.
func ask(ctx context.Context, q Querier, all []wanted, places, batch []int, windows []pipeline.Window, o Options) error {
	var ids []string
	var at []Level
	for _, i := range places {
		ids, at = append(ids, all[i].ID), append(at, all[i].level)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	name := strings.Join(ids, ", ")
	var rows []row
	if err := q.Select(ctx, &rows, query(all, places, at, batch, windows, o)); err != nil {
		return fmt.Errorf("indicator %s: %w", name, err)
	}
	starting := map[uint32]int{}
	for _, w := range batch {
		starting[seconds(windows[w].From)] = w
	}
	type key struct {
		level  Level
		unit   string
		window int
	}
	apart := map[key]int64{}
	for _, r := range rows {
		w, ok := starting[r.Window]
		if !ok {
			return fmt.Errorf("indicator %s: its query answers for a window that starts at %d, which was not asked", name, r.Window)
		}
		if k := aside - int(r.Place); k < len(at) {
			apart[key{at[k], r.Unit, w}] = int64(r.N)
			continue
		}
		x := all[r.Place]
		v := Value{Indicator: x.ID, Version: x.Version, Level: x.level, Unit: r.Unit, Window: windows[w], N: int64(r.N), Unknown: int64(r.Unknown), AgeClass: o.AgeClass}
		if r.Value != nil && !math.IsNaN(*r.Value) && !math.IsInf(*r.Value, 0) {
			v.Known, v.Value = true, *r.Value
		}
		x.found[w] = append(x.found[w], v)
	}
	for _, i := range places {
		x := all[i]
		for k, n := range apart {
			if k.level != x.level {
				continue
			}
			of := &x.found[k.window]
			if at := slices.IndexFunc(*of, func(v Value) bool { return v.Unit == k.unit }); at >= 0 {
				(*of)[at].Apart = n
			} else { // it has no other accounts
				*of = append(*of, Value{Indicator: x.ID, Version: x.Version, Level: x.level, Unit: k.unit, Window: windows[k.window], Apart: n, AgeClass: o.AgeClass})
			}
		}
	}
	return nil
}

// disjoint parts windows into batches, of indices in ascending order, within which none overlap.
func disjoint(windows []pipeline.Window) ([][]int, error) {
	order := make([]int, len(windows))
	for i, w := range windows {
		if w.From.Unix() < 0 || w.To.Unix() > math.MaxUint32 || seconds(w.From) >= seconds(w.To) {
			return nil, fmt.Errorf("the window from %s to %s is empty or out of range", w.From, w.To)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return windows[a].From.Compare(windows[b].From) })
	var batches [][]int
next:
	for _, i := range order {
		for k, b := range batches {
			if seconds(windows[b[len(b)-1]].To) <= seconds(windows[i].From) {
				batches[k] = append(b, i)
				continue next
			}
		}
		batches = append(batches, []int{i})
	}
	return batches, nil
}

// query is the text for the indicators at some places, at as many levels, over a batch of windows.
func query(all []wanted, places []int, at []Level, batch []int, windows []pipeline.Window, o Options) string {
	var set []Indicator              // each once, at however many levels
	answers := map[string][]string{} // by level and indicator, the places
	for _, i := range places {
		x := all[i]
		if !slices.ContainsFunc(set, func(s Indicator) bool { return s.ID == x.ID }) {
			set = append(set, x.Indicator)
		}
		k := string(x.level) + x.ID
		answers[k] = append(answers[k], fmt.Sprintf("toUInt16(%d)", i))
	}
	alone := set[0].Alone
	var parts []string
	for _, j := range merged(set) {
		var figures strings.Builder
		for _, l := range at {
			fmt.Fprintf(&figures, "v.unit.1 = '%s', %s, ", l, j.figures(func(i int) []string { return answers[string(l)+set[i].ID] }))
		}
		parts = append(parts, fmt.Sprintf("SELECT f.1 AS place, v.unit.2 AS unit, window, f.2 AS value, f.3 AS n, f.4 AS unknown FROM (\n%s\n) AS v ARRAY JOIN multiIf(%s[]) AS f",
			j.text, figures.String()))
	}
	if len(alone) > 0 {
		parts = append(parts, fmt.Sprintf("SELECT toUInt16(%d - indexOf(%s, e.unit.1)) AS place, e.unit.2 AS unit, e.start AS window, NULL AS value, count() AS n, toUInt64(0) AS unknown\n"+
			"FROM everyone AS e WHERE e.apart GROUP BY e.unit, e.start", aside+1, texts(at)))
	}
	starts, ends := bounds(batch, windows)
	return bind(whole(parts), starts, ends, at, alone, o.AgeClass) + materialized
}

// materialized ends a query: what the scope marks so is computed once.
const materialized = "\nSETTINGS enable_materialized_cte = 1"

// bounds writes the arrays of the starts and ends of a batch of windows.
func bounds(batch []int, windows []pipeline.Window) (starts, ends string) {
	from, to := make([]string, len(batch)), make([]string, len(batch))
	for k, w := range batch {
		from[k], to[k] = fmt.Sprint(windows[w].From.Unix()), fmt.Sprint(windows[w].To.Unix())
	}
	// Literals of one type: the engine would resolve a call for each bound anew wherever the array is used.
	return "CAST([" + strings.Join(from, ",") + "], 'Array(UInt32)')", "CAST([" + strings.Join(to, ",") + "], 'Array(UInt32)')"
}

// plain is the form of most definitions: they only group one part of the scope. Those of one part are asked for in one query,
// in which each has its own names: to resolve a part anew for each would cost the engine more than to compute it.
var (
	plain = regexp.MustCompile(`(?s)^SELECT unit, start AS window, (.+)\nFROM (\w+)\nGROUP BY unit, start$`)
	names = regexp.MustCompile(`\bn\b|\bAS (?:value|unknown)\b`)
)

// joint is a query of the scope with the figures of several indicators in each of its rows of unit and window.
type joint struct {
	text   string
	places []int // of the indicators in the set
}

// merged are the queries for a set of indicators.
func merged(set []Indicator) []joint {
	var all []joint
	selected := map[string][]string{} // by the part that they group
	at := map[string]int{}
	for i := range set {
		m := plain.FindStringSubmatch(set[i].SQL)
		if m == nil {
			text := fmt.Sprintf("SELECT unit, window, value AS value_%[1]d, n AS n_%[1]d, unknown AS unknown_%[1]d FROM (\n%[2]s\n)", i, set[i].SQL)
			all = append(all, joint{text, []int{i}})
			continue
		}
		part := m[2]
		if _, known := at[part]; !known {
			at[part], all = len(all), append(all, joint{})
		}
		j := &all[at[part]]
		selected[part] = append(selected[part], names.ReplaceAllString(m[1], fmt.Sprintf("${0}_%d", i)))
		j.places = append(j.places, i)
		j.text = "SELECT unit, start AS window, " + strings.Join(selected[part], ",\n    ") + "\nFROM " + part + "\nGROUP BY unit, start"
	}
	return all
}

// figures is the array of a joint's answers, each once under each of its labels, in the types that are promised.
func (j joint) figures(labels func(int) []string) string {
	var tuples []string
	for _, i := range j.places {
		for _, label := range labels(i) {
			tuples = append(tuples, fmt.Sprintf("(%s, toNullable(toFloat64(value_%[2]d)), toUInt64(n_%[2]d), toUInt64(unknown_%[2]d))", label, i))
		}
	}
	return "[" + strings.Join(tuples, ", ") + "]"
}

// whole puts the parts of a question under one scope. They stand in a query of their own, because the engine would copy the
// scope before each part of a UNION that is not.
func whole(parts []string) string {
	return scoped("SELECT * FROM (\n" + strings.Join(parts, "\nUNION ALL\n") + "\n)")
}

func seconds(t time.Time) uint32 { return uint32(t.Unix()) }

// bind sets the parameters. They are set in the text, not handed to the engine, because a view cannot have parameters and
// long arrays do not fit into an address; levels, platforms and classes come from closed lists, bounds are numbers.
func bind(query, starts, ends string, of []Level, alone []pipeline.Platform, class AgeClass) string {
	return strings.NewReplacer(
		"{starts:Array(UInt32)}", starts, "{ends:Array(UInt32)}", ends, "{levels:Array(String)}", texts(of),
		"{alone:Array(String)}", texts(alone), "{age_class:String}", "'"+string(class)+"'",
	).Replace(query)
}

// texts writes an array of words from a closed list.
func texts[S ~string](words []S) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + string(w) + "'"
	}
	return "CAST([" + strings.Join(quoted, ",") + "], 'Array(String)')"
}
