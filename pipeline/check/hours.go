package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// timeSenses measure time.
var timeSenses = []Sense{
	{"days_since", in(cel.TimestampType, cel.TimestampType), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val {
		return types.Int(instantOf(a[1]).Sub(instantOf(a[0])) / (24 * time.Hour))
	}},
	{"attention", in(cel.TimestampType, cel.TimestampType), cel.DurationType, func(g *Guide, a []ref.Val) ref.Val {
		return types.Duration{Duration: g.hours.between(instantOf(a[0]), instantOf(a[1]))}
	}},
	{"hours", in(cel.DurationType), text, func(_ *Guide, a []ref.Val) ref.Val {
		return types.String(hoursAndMinutes(a[0].(types.Duration).Duration))
	}},
}

// hours are the hours of attention of a calendar: time outside them, and on holidays, does not count as waiting.
// Without working hours every hour counts.
type hours struct {
	zone     *time.Location
	week     [7][]stretch // by time.Weekday, merged and in order
	holidays map[pipeline.Date]bool
	text     string
}

// stretch is a part of a day, in minutes of the clock on the wall.
type stretch struct{ from, to int }

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func newHours(c pipeline.Calendar, zone *time.Location) (hours, error) {
	h := hours{zone: zone, holidays: map[pipeline.Date]bool{}, text: "24/7"}
	var parts []string
	for _, w := range c.WorkingHours {
		from, errFrom := clock(w.From)
		to, errTo := clock(w.To)
		if errFrom != nil || errTo != nil || to <= from {
			return h, fmt.Errorf("calendar.working_hours of the register: from %q to %q: write times such as 08:30 and 19:30, the later one last", w.From, w.To)
		}
		for _, d := range w.Days {
			i := slices.Index(weekdays, d)
			if i < 0 {
				return h, fmt.Errorf("calendar.working_hours of the register: day %q: write one of %s", d, strings.Join(weekdays, " "))
			}
			h.week[i] = append(h.week[i], stretch{from, to})
		}
		parts = append(parts, strings.Join(w.Days, " ")+" "+w.From+"–"+w.To)
	}
	if len(parts) > 0 {
		h.text = strings.Join(parts, ", ")
	}
	for i := range h.week {
		h.week[i] = union(h.week[i])
	}
	for _, d := range c.Holidays {
		h.holidays[d.Date] = true
	}
	return h, nil
}

// union merges stretches that touch or overlap, so that no minute counts twice.
func union(s []stretch) []stretch {
	slices.SortFunc(s, func(a, b stretch) int { return a.from - b.from })
	var merged []stretch
	for _, x := range s {
		if n := len(merged); n > 0 && x.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, x.to)
		} else {
			merged = append(merged, x)
		}
	}
	return merged
}

// clock reads HH:MM as minutes since midnight; 24:00 is the end of the day.
func clock(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err
}

// String is the hours as the register writes them, or 24/7.
func (h hours) String() string { return h.text }

// between is the time of attention from one instant to another; zero if there is none, or to is earlier.
func (h hours) between(from, to time.Time) time.Duration {
	if h.text == "24/7" {
		return max(to.Sub(from), 0)
	}
	var sum time.Duration
	for d := pipeline.DateOf(from.In(h.zone)); d.In(h.zone).Before(to); d = d.AddDays(1) {
		if h.holidays[d] {
			continue
		}
		for _, s := range h.week[d.In(h.zone).Weekday()] {
			opens, _ := h.onClock(d, s.from)
			_, closes := h.onClock(d, s.to)
			if opens.Before(from) {
				opens = from
			}
			sum += max(earlier(closes, to).Sub(opens), 0)
		}
	}
	return sum
}

// onClock is when the clock on the wall shows a minute of a day: the first and the last time, which are an hour apart in
// the night that the clocks are put back. A minute that is left out when they are put forward is the moment when they are.
func (h hours) onClock(d pipeline.Date, minute int) (first, last time.Time) {
	// Not midnight and so many minutes: 08:30 is 08:30 on those days too.
	t := time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, h.zone)
	shown := t.Hour()*60 + t.Minute()
	begins, ends := t.ZoneBounds()
	switch minute %= 24 * 60; {
	case shown > minute && !begins.IsZero():
		return begins, begins
	case shown < minute && !ends.IsZero():
		return ends, ends
	}
	if _, offset := t.Zone(); !begins.IsZero() {
		_, before := begins.Add(-1).Zone()
		if sooner := t.Add(time.Duration(offset-before) * time.Second); offset < before && sooner.Before(begins) {
			return sooner, t
		}
	}
	if _, offset := t.Zone(); !ends.IsZero() {
		_, after := ends.Zone()
		if later := t.Add(time.Duration(offset-after) * time.Second); offset > after && !later.Before(ends) {
			return t, later
		}
	}
	return t, t
}

// hoursAndMinutes writes a time as 26:05 h, in whole minutes.
func hoursAndMinutes(d time.Duration) string {
	m := int64(d / time.Minute)
	return fmt.Sprintf("%d:%02d h", m/60, m%60)
}
