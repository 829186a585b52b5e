package indicator

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
)

// Querier asks the store. Rows go to *[]struct whose fields carry the columns' names as `ch:"name"`.
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
}

// Coverage is the share of what there was that is known; 1 where there was nothing.
func (v Value) Coverage() float64 {
	if v.N+v.Unknown == 0 {
		return 1
	}
	return float64(v.N) / float64(v.N+v.Unknown)
}

// row is what every query answers.
type row struct {
	Unit    string   `ch:"unit"`
	Window  uint32   `ch:"window"`
	Value   *float64 `ch:"value"`
	N       uint64   `ch:"n"`
	Unknown uint64   `ch:"unknown"`
}

// Compute asks for the values of a set of indicators at one level, in the order of the set, then of the windows, then of
// the units. Indicators that are not defined at the level are left out. A unit has a value in each window in which one of
// its accounts was open. Windows may overlap; their bounds are taken to the second.
func Compute(ctx context.Context, q Querier, set []Indicator, level Level, windows []pipeline.Window, o Options) ([]Value, error) {
	if !slices.Contains(levels, level) {
		return nil, fmt.Errorf("there is no level %q", level)
	}
	if !slices.Contains([]AgeClass{Newest, At7Days, Settled}, o.AgeClass) {
		return nil, fmt.Errorf("there is no age class %q", o.AgeClass)
	}
	batches, err := disjoint(windows)
	if err != nil {
		return nil, err
	}
	var values []Value
	for _, i := range set {
		if !i.At(level) {
			continue
		}
		found := make([][]Value, len(windows))
		for _, batch := range batches {
			var rows []row
			if err := q.Select(ctx, &rows, i.query(level, batch, windows, o)); err != nil {
				return nil, fmt.Errorf("indicator %s: %w", i.ID, err)
			}
			at := map[uint32]int{}
			for _, w := range batch {
				at[seconds(windows[w].From)] = w
			}
			for _, r := range rows {
				w, ok := at[r.Window]
				if !ok {
					return nil, fmt.Errorf("indicator %s: its query answers for a window that starts at %d, which was not asked", i.ID, r.Window)
				}
				v := Value{Indicator: i.ID, Version: i.Version, Level: level, Unit: r.Unit, Window: windows[w], N: int64(r.N), Unknown: int64(r.Unknown)}
				if r.Value != nil && !math.IsNaN(*r.Value) && !math.IsInf(*r.Value, 0) {
					v.Known, v.Value = true, *r.Value
				}
				found[w] = append(found[w], v)
			}
		}
		for _, unsorted := range found {
			slices.SortFunc(unsorted, func(a, b Value) int { return cmp.Compare(a.Unit, b.Unit) })
			values = append(values, unsorted...)
		}
	}
	return values, nil
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

// figures are the columns of every answer, in the types that are promised.
const figures = "toNullable(toFloat64(v.value)) AS value, toUInt64(v.n) AS n, toUInt64(v.unknown) AS unknown"

// query is the text for a batch of windows.
func (i Indicator) query(level Level, batch []int, windows []pipeline.Window, o Options) string {
	starts, ends := make([]string, len(batch)), make([]string, len(batch))
	for k, w := range batch {
		starts[k], ends[k] = fmt.Sprintf("toUInt32(%d)", windows[w].From.Unix()), fmt.Sprintf("toUInt32(%d)", windows[w].To.Unix())
	}
	return bind(scope+"\nSELECT v.unit.2 AS unit, window, "+figures+" FROM (\n"+i.SQL+"\n) AS v",
		"["+strings.Join(starts, ",")+"]", "["+strings.Join(ends, ",")+"]", []Level{level}, o.AgeClass)
}

func seconds(t time.Time) uint32 { return uint32(t.Unix()) }

// bind sets the parameters. They are set in the text, not handed to the engine, because a view cannot have parameters and
// long arrays do not fit into an address; levels and classes come from closed lists, bounds are numbers.
func bind(query, starts, ends string, of []Level, class AgeClass) string {
	names := make([]string, len(of))
	for i, l := range of {
		names[i] = "'" + string(l) + "'"
	}
	return strings.NewReplacer(
		"{starts:Array(UInt32)}", starts, "{ends:Array(UInt32)}", ends,
		"{levels:Array(String)}", "["+strings.Join(names, ",")+"]", "{age_class:String}", "'"+string(class)+"'",
	).Replace(query)
}
