package indicator

import (
	"math"
	"slices"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// Lookback is how many months a history holds: years enough to know a month of the year, and not so many that what an
// institution did in another age judges it today.
const Lookback = 60

// A month counts in a history if so much of what there was is known: of a sum almost all, since what is missing lowers it; of a
// mean, share or median half.
const (
	leastOfSum  = 0.9
	leastOfMean = 0.5
)

const (
	season   = 12   // the year in months
	seasonal = 0.05 // below which p there is one: taking off a season that is not there only adds noise
)

// Months are the Lookback months that end with one.
func Months(last pipeline.Window, zone *time.Location) []pipeline.Window {
	first := last.From.In(zone)
	months := make([]pipeline.Window, Lookback)
	for i := range months {
		months[i] = pipeline.Month(first.Year(), first.Month()-time.Month(Lookback-1-i), zone)
	}
	return months
}

// History is an indicator of a unit by month, and what its own routine variation says of the last one.
type History struct {
	Indicator Indicator
	Level     Level
	Unit      string
	Months    []Value // one a month; without an indicator where the unit had no account

	// Behaviour is that of the months that count, less their season where Seasonal.
	Behaviour statistics.Behaviour
	// Seasonal: months of the year differ, and the last one and most others are known of two other years at least; so each month is
	// judged by what is usual for its month of the year, and those that cannot be do not count.
	Seasonal bool

	complete bool // the last month
}

// Histories sorts values by month of one level, as [Compute] answers them, into histories, in their order. observed is the
// newest observation: a month that it falls into is not complete and does not count, nor does the first month of a unit, of
// which nobody knows whether it is known from its first day. A new version of a definition begins a new history. Stocks, which drag
// on from month to month, cannot be judged so and have none; their changes can.
func Histories(set []Indicator, values []Value, months []pipeline.Window, observed time.Time) []History {
	at := make(map[int64]int, len(months))
	for i, m := range months {
		at[m.From.Unix()] = i
	}
	type key struct{ indicator, unit string }
	place := map[key]int{}
	var all []History
	for _, i := range set {
		if i.Kind == Stock {
			continue
		}
		begun := len(all)
		for _, v := range values {
			m, ok := at[v.Window.From.Unix()]
			if !ok || v.Indicator != i.ID {
				continue
			}
			k, ok := place[key{v.Indicator, v.Unit}]
			if !ok {
				k, place[key{v.Indicator, v.Unit}] = len(all), len(all)
				all = append(all, History{Indicator: i, Level: v.Level, Unit: v.Unit, Months: make([]Value, len(months))})
			}
			all[k].Months[m] = v
		}
		slices.SortFunc(all[begun:], func(a, b History) int {
			if a.Unit < b.Unit {
				return -1
			}
			return 1
		})
	}
	for i := range all {
		all[i].judge(months, observed)
	}
	return all
}

func (h *History) judge(months []pipeline.Window, observed time.Time) {
	counted := make([]statistics.Value, len(months))
	begun, version := false, 0
	for i, v := range h.Months {
		if v.Indicator == "" {
			continue
		}
		if v.Version != version {
			version = v.Version
			clear(counted[:i])
		}
		if v.Known && begun && v.Coverage() >= h.least() && !months[i].To.After(observed) {
			counted[i] = statistics.Known(v.Value)
		}
		begun = begun || v.Known
	}
	last := len(months) - 1
	h.complete = !months[last].To.After(observed)
	if _, p, err := statistics.StableSeason(counted, season); err == nil && p < seasonal {
		h.Behaviour = statistics.Behave(counted, season)
		h.Seasonal = h.Behaviour.Season[last].Known && 2*known(h.Behaviour.Values) >= known(counted)
	}
	if !h.Seasonal {
		h.Behaviour = statistics.Behave(counted, 0)
	}
}

func known(values []statistics.Value) (n int) {
	for _, v := range values {
		if v.Known {
			n++
		}
	}
	return n
}

// Counted is how many months count.
func (h *History) Counted() int { return known(h.Behaviour.Values) }

func (h *History) least() float64 {
	if h.Indicator.Kind == Count {
		return leastOfSum
	}
	return leastOfMean
}

// Last is the value of the last month.
func (h *History) Last() Value { return h.Months[len(h.Months)-1] }

// Movement is what the last month says: whether the indicator really changed.
func (h *History) Movement() statistics.Movement {
	return h.Behaviour.Movement(len(h.Months)-1, h.Indicator.Direction)
}

// Signals are the rules by which the last month was judged, without a moving range, which judges nothing.
func (h *History) Signals() (s []statistics.Signal) {
	for _, x := range h.Behaviour.Points[len(h.Months)-1].Signals {
		if x != statistics.Jump {
			s = append(s, x)
		}
	}
	return s
}

// Usual is what was usual for a month, in the indicator's own unit, its season included; ok is false where too little is known.
// Limits end where the unit does.
func (h *History) Usual(month int) (centre, low, high float64, ok bool) {
	l := h.Behaviour.Points[month].Limits
	if l == nil {
		return 0, 0, 0, false
	}
	effect := 0.0
	if h.Seasonal {
		effect = h.Behaviour.Season[month].Number
	}
	centre, low, high = l.Centre+effect, l.Low+effect, l.High+effect
	if h.Indicator.Group != "audience" { // a gain may be a loss
		low, centre = math.Max(low, 0), math.Max(centre, 0)
		if h.Indicator.Unit == "percent" {
			high, centre = math.Min(high, 100), math.Min(centre, 100)
		}
	}
	return centre, low, high, true
}

// Since is the month with which the state of the last one began: the change, or the level at which it has stayed. It is −1
// where too little is known.
func (h *History) Since() int {
	last := len(h.Months) - 1
	moved := h.Movement()
	switch {
	case moved == statistics.TooFew:
		return -1
	case moved == statistics.Same || slices.Contains(h.Behaviour.Points[last].Signals, statistics.Run):
		if n := len(h.Behaviour.Shifts); n > 0 {
			return h.Behaviour.Shifts[n-1]
		}
		return slices.IndexFunc(h.Behaviour.Values, func(v statistics.Value) bool { return v.Known })
	}
	since := last
	for i := last; i >= 0; i-- {
		if !h.Behaviour.Values[i].Known {
			continue
		}
		if h.Behaviour.Movement(i, h.Indicator.Direction) != moved {
			break
		}
		since = i
	}
	return since
}

// Shift is a change of level that has lasted.
type Shift struct {
	Month         int // the first at the new level
	Before, After float64
	Movement      statistics.Movement
}

// Shifts are the changes of level since a month, oldest first. Levels are means of what was usual, without the season of any
// one month.
func (h *History) Shifts(since int) (shifts []Shift) {
	level := func(i int) (float64, bool) {
		for ; i >= 0; i-- {
			if l := h.Behaviour.Points[i].Limits; l != nil {
				return l.Centre, true
			}
		}
		return 0, false
	}
	for n, at := range h.Behaviour.Shifts {
		end := len(h.Months) - 1
		if n+1 < len(h.Behaviour.Shifts) {
			end = h.Behaviour.Shifts[n+1] - 1
		}
		before, ok := level(at - 1)
		var of []float64
		for _, v := range h.Behaviour.Values[at : end+1] {
			if v.Known {
				of = append(of, v.Number)
			}
		}
		if at < since || !ok || len(of) == 0 {
			continue
		}
		s := Shift{Month: at, Before: before, Movement: statistics.Moved}
		for _, x := range of {
			s.After += x / float64(len(of))
		}
		switch d := float64(h.Indicator.Direction) * (s.After - s.Before); {
		case d > 0:
			s.Movement = statistics.Better
		case d < 0:
			s.Movement = statistics.Worse
		}
		shifts = append(shifts, s)
	}
	return shifts
}

// Lack says why a last month is not judged.
type Lack string

// What may be lacking.
const (
	Unfinished Lack = "unfinished" // the data end before the month does
	Unknown    Lack = "unknown"    // the month has no figure
	Partial    Lack = "partial"    // too much of what makes the figure up is missing
	Short      Lack = "short"      // too few months before it are known
)

// Lack is why the last month is not judged, empty where it is.
func (h *History) Lack() Lack {
	switch v := h.Last(); {
	case h.Movement() != statistics.TooFew:
		return ""
	case !h.complete:
		return Unfinished
	case !v.Known:
		return Unknown
	case v.Coverage() < h.least():
		return Partial
	}
	return Short
}
