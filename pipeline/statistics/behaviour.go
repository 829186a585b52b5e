package statistics

import (
	"math"
	"slices"
)

// How a process behaviour chart is read; Wheeler, Understanding Variation (2nd ed. 2000), unless said otherwise.
const (
	MinPoints = 6  // values that limits rest on: "useful limits may be found with as few as five or six"
	Baseline  = 24 // values after which limits stay as they are: two years of months; beyond about 17 they hardly move
	RunLength = 8  // values on one side of the centre that make a shift

	limitFactor = 2.66  // 3 / 1.128, the mean range of two normal values
	rangeFactor = 3.268 // 1 + 3 · 0.853 / 1.128, its upper limit
	nearOf      = 4     // of so many values …
	nearAtLeast = 3     // … so many nearer to a limit than to the centre
)

// Signal is a way in which a value tells that the process has changed.
type Signal string

// The signals. A moving range beyond its limit is told, but judges no value: the value after an outlier has it too.
const (
	Outside Signal = "outside" // beyond a natural process limit
	Run     Signal = "run"     // the eighth in a row on one side of the centre
	Near    Signal = "near"    // the third of four that are nearer to a limit than to the centre, on one side
	Jump    Signal = "jump"    // the moving range is beyond its limit
)

// Movement is what a value says of the process it comes from.
type Movement string

// The movements. Better and Worse need a direction; without one a value is said to have Moved.
const (
	Better Movement = "better"
	Same   Movement = "same" // within its routine variation
	Worse  Movement = "worse"
	Moved  Movement = "changed"
	TooFew Movement = "too_few" // values, or this one is unknown
)

// NaturalLimits are what a process does as long as nothing happens to it.
type NaturalLimits struct {
	N                 int // values they rest on
	Centre, Low, High float64
	Range, RangeHigh  float64 // the mean moving range and its upper limit
}

// Behaviour is a process behaviour chart: individual values and moving ranges (XmR).
type Behaviour struct {
	// Values are those judged, less their season where that was asked for; unknown where it could not be taken off.
	Values []Value
	// Season is what was taken off, unknown where nothing was. Nil: not asked for.
	Season []Value
	Points []BehaviourPoint // one a value
	// Shifts are where new limits begin: once a run is complete, where it parts best from what was before.
	Shifts []int
}

// BehaviourPoint is how one value was judged when it came.
type BehaviourPoint struct {
	Limits  *NaturalLimits // nil: too few values
	Range   Value          // the moving range: from the value just before, unknown where that is
	Above   bool           // the centre
	Signals []Signal
}

// Behave judges each value by limits from those before it and itself, as it would have been judged on its day. Limits take in
// values up to Baseline and then stay, until a run tells that the process has shifted: those after it are judged by limits
// that begin with the run. Unknown values have no part in limits and runs, and no range leads over them.
//
// season is the length of the year in values, 12 for months; 0 asks for no adjustment. With three years or more each value
// loses what its place in the year is above or below in the other years, later ones included, if two of them know it; a value
// that cannot be adjusted is not judged among those that are. With less than three years all are judged as they are.
//
// Of values that are independent and normal one in a hundred is taken for a change while limits grow, and one in forty
// afterwards; a shift of two standard deviations is told within four values in three cases of four. Values that drag on, as
// audiences do, must be judged by their changes.
func Behave(values []Value, season int) Behaviour {
	b := Behaviour{Values: slices.Clone(values), Points: make([]BehaviourPoint, len(values))}
	if season > 1 {
		b.Season = make([]Value, len(values))
		if len(values) >= 3*season {
			b.Season = seasons(values, season)
			for i, s := range b.Season {
				if b.Values[i] = (Value{}); s.Known {
					b.Values[i] = Known(values[i].Number - s.Number)
				}
			}
		}
	}
	from := 0
	for i, v := range b.Values {
		if !v.Known {
			continue
		}
		p := &b.Points[i]
		if i > 0 && b.Values[i-1].Known {
			p.Range = Known(math.Abs(v.Number - b.Values[i-1].Number))
		}
		p.Limits = natural(b.Values[from : i+1])
		if p.Limits == nil {
			continue
		}
		p.Above = p.Limits.side(v.Number) > 0
		if run := b.signals(from, i); run >= 0 {
			from = b.split(from, run, i)
			b.Shifts = append(b.Shifts, from)
		}
	}
	return b
}

// natural is the limits by the first values of a stretch, nil where these are too few.
func natural(values []Value) *NaturalLimits {
	l, sum, ranges, steps := NaturalLimits{}, 0.0, 0.0, 0
	for i, v := range values {
		if !v.Known {
			continue
		}
		if i > 0 && values[i-1].Known {
			ranges += math.Abs(v.Number - values[i-1].Number)
			steps++
		}
		sum += v.Number
		if l.N++; l.N == Baseline {
			break
		}
	}
	if l.N < MinPoints || steps < MinPoints-1 {
		return nil
	}
	l.Centre, l.Range = sum/float64(l.N), ranges/float64(steps)
	l.Low, l.High, l.RangeHigh = l.Centre-limitFactor*l.Range, l.Centre+limitFactor*l.Range, rangeFactor*l.Range
	if math.IsInf(l.Low, 0) || math.IsInf(l.High, 0) || math.IsNaN(l.Centre) {
		return nil // numbers too large to be added
	}
	return &l
}

// side is +1 above the centre, −1 below, 0 on it.
func (l *NaturalLimits) side(x float64) int {
	switch d, least := x-l.Centre, guard*math.Max(math.Abs(x), math.Abs(l.Centre)); {
	case d > least:
		return 1
	case d < -least:
		return -1
	}
	return 0
}

// signals judges a known value by the limits of its day, and answers where a run that it completes began, or −1.
func (b *Behaviour) signals(from, i int) int {
	p := &b.Points[i]
	l, side := p.Limits, p.Limits.side(b.Values[i].Number)
	if p.Range.Known && p.Range.Number > l.RangeHigh*(1+guard) {
		p.Signals = append(p.Signals, Jump)
	}
	if side == 0 {
		return -1
	}
	half := (l.High - l.Centre) / 2
	far := func(x float64, by float64) bool { return l.side(x) == side && math.Abs(x-l.Centre) > by*(1+guard) }
	if far(b.Values[i].Number, 2*half) {
		p.Signals = append(p.Signals, Outside)
	}
	run, first, seen, near := 0, -1, 0, 0
	for k := i; k >= from; k-- {
		v := b.Values[k]
		if !v.Known {
			continue
		}
		if run == seen && l.side(v.Number) == side && run < RunLength {
			run, first = run+1, k
		}
		if seen < nearOf && far(v.Number, half) {
			near++
		}
		seen++
	}
	if near >= nearAtLeast && far(b.Values[i].Number, half) {
		p.Signals = append(p.Signals, Near)
	}
	if run < RunLength {
		return -1
	}
	p.Signals = append(p.Signals, Run)
	return first
}

// split is where, from the beginning of a run on, two means fit the values to i best: before a shift a value or two may by
// chance have lain on the side to which it went. Enough values are left for new limits.
func (b *Behaviour) split(from, run, i int) int {
	best, at, left := math.Inf(1), run, 0
	for k := i; k >= run; k-- {
		if !b.Values[k].Known {
			continue
		}
		if left++; left < MinPoints {
			continue
		}
		if s := squares(b.Values[from:k]) + squares(b.Values[k:i+1]); s <= best {
			best, at = s, k
		}
	}
	return at
}

// squares is the sum of squares about the mean.
func squares(values []Value) float64 {
	n, mean, sum := 0.0, 0.0, 0.0
	for _, v := range values {
		if v.Known {
			n++
			d := v.Number - mean
			mean += d / n
			sum += d * (v.Number - mean)
		}
	}
	return sum
}

// Movement judges value i, for a figure of which more is better (+1), less is better (−1), or neither (0).
func (b Behaviour) Movement(i, direction int) Movement {
	if i < 0 || i >= len(b.Points) || b.Points[i].Limits == nil {
		return TooFew
	}
	p := b.Points[i]
	switch {
	case !slices.ContainsFunc(p.Signals, func(s Signal) bool { return s != Jump }):
		return Same
	case direction == 0:
		return Moved
	case p.Above == (direction > 0):
		return Better
	}
	return Worse
}

// seasons is, for each value, how much the same place of the other years lies above the mean of its year. It is unknown where the
// value is, where fewer than two other years know that place, and where some place of the year is known in none of them.
func seasons(values []Value, season int) []Value {
	s := make([]Value, len(values))
	for year := 0; year*season < len(values); year++ {
		var others []int // indices
		known := make([]int, season)
		for i, v := range values {
			if v.Known && i/season != year {
				others, known[i%season] = append(others, i), known[i%season]+1
			}
		}
		if slices.Contains(known, 0) {
			continue
		}
		effects := seasonal(values, others, season)
		for i := year * season; i < min(len(values), (year+1)*season); i++ {
			if values[i].Known && known[i%season] >= 2 {
				s[i] = Known(effects[i%season])
			}
		}
	}
	return s
}

// seasonal fits values by year and place, so that a year of which only some months are known is not taken for a low one, and
// answers the places' effects, whose mean is zero.
func seasonal(values []Value, indices []int, season int) []float64 {
	years := make([]float64, len(values)/season+1)
	effects := make([]float64, season)
	fit := func(into []float64, key func(int) int, rest func(int) float64) (moved float64) {
		sums, n := make([]float64, len(into)), make([]float64, len(into))
		for _, i := range indices {
			sums[key(i)] += values[i].Number - rest(i)
			n[key(i)]++
		}
		for k := range into {
			if n[k] > 0 {
				moved = math.Max(moved, math.Abs(sums[k]/n[k]-into[k]))
				into[k] = sums[k] / n[k]
			}
		}
		return moved
	}
	year, place := func(i int) int { return i / season }, func(i int) int { return i % season }
	for range 100 {
		fit(years, year, func(i int) float64 { return effects[place(i)] })
		moved := fit(effects, place, func(i int) float64 { return years[year(i)] })
		mean, largest := 0.0, 0.0
		for _, e := range effects {
			mean += e / float64(season)
		}
		for k := range effects {
			effects[k] -= mean
			largest = math.Max(largest, math.Abs(effects[k]))
		}
		if moved-math.Abs(mean) <= guard*largest {
			break
		}
	}
	return effects
}
