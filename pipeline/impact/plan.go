package impact

import (
	"errors"
	"fmt"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// Why a course cannot be evaluated (yet). Each wraps into a sentence with the dates; readers see "no se puede responder".
var (
	// ErrNoBefore: there are no data of the same weeks before the course.
	ErrNoBefore = errors.New("no data from before the course")
	// ErrNoAfter: the weeks after the course are not over, or no longer in the data.
	ErrNoAfter = errors.New("no data from after the course")
	// ErrElections: elections leave no weeks to compare.
	ErrElections = errors.New("elections leave no weeks to compare")
	// ErrDates: the course has no usable dates.
	ErrDates = errors.New("the course's dates cannot be used")
)

// The windows of every plan, in full ISO weeks of the institution's zone.
const (
	SetAside = 3  // left out after the course's end, while what was learnt is put to work
	Weeks    = 10 // compared on each side
	MinWeeks = 4  // fewer say more about the week than about the course
)

// Plan is what is compared with what, fixed before any value is looked at.
type Plan struct {
	Course string
	// Before and After are the same ISO weeks, Years apart; Before ends before the course starts or is announced.
	Before, After pipeline.Window
	// PlaceboBefore is set against Before, as Before against After: two stretches without a course between them, where a
	// sound comparison finds nothing. It is zero where the data do not reach or an election lies in it.
	PlaceboBefore pipeline.Window
	Weeks, Years  int
	Notices       []Reason
	statistics.Sampling
}

// Windows are all stretches for which the plan needs values.
func (p Plan) Windows() []pipeline.Window {
	w := []pipeline.Window{p.Before, p.After}
	if !p.PlaceboBefore.IsZero() {
		w = append(w, p.PlaceboBefore)
	}
	return w
}

// Reason is one thing that led to a verdict or qualifies it: a code with its figures. The words are the reports'.
type Reason struct {
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
}

// The codes of a plan's notices.
const (
	NoticeShortened = "shortened"  // weeks: how many are left; planned: how many there should be; cause: data or election
	NoticeNoPlacebo = "no_placebo" // cause: data or election
)

// NewPlan lays out the comparison for a course: after it come three full ISO weeks that are set aside, then ten that are
// compared with the same ISO weeks of the latest year in which they lie wholly before the course. Weeks that either year
// lacks in the data, or spends between the call of an election and its polling day, are dropped from both; the longest
// stretch left is used if it has at least four. For a course from 11 September to 16 December 2014 the plan is ISO
// weeks 3 to 12 of 2014 and 2015. A week 53 is compared with the week 52 of a year that has none.
func NewPlan(course pipeline.Course, data pipeline.Window, elections []pipeline.Election, loc *time.Location) (Plan, error) {
	if course.Start.IsZero() || course.End.IsZero() || course.End.Before(course.Start) {
		return Plan{}, fmt.Errorf("course %s runs from %q to %q: write both dates in the register: %w", course.ID, course.Start, course.End, ErrDates)
	}
	untouched := course.Start // what happens from the announcement on may be an effect already
	if !course.Announced.IsZero() && course.Announced.Before(untouched) {
		untouched = course.Announced
	}
	after := monday(course.End.AddDays(7)).AddDays(7 * SetAside)
	years, before := 0, after
	for !before.AddDays(7 * Weeks).Before(untouched.AddDays(1)) {
		years++
		before = yearsBefore(after, years)
	}
	p := Plan{Course: course.ID, Years: years, Sampling: statistics.Sampling{Seed: 1}}

	use := func(week pipeline.Date) string { return unusable(week, data, elections, loc) }
	first, n, cause, side := 0, 0, "", error(nil)
	for i, run := 0, 0; i < Weeks; i++ {
		run++
		for _, w := range []struct {
			start pipeline.Date
			err   error
		}{{before, ErrNoBefore}, {after, ErrNoAfter}} {
			if why := use(w.start.AddDays(7 * i)); why != "" {
				run, cause, side = 0, why, w.err
			}
		}
		if run > n {
			first, n = i-run+1, run
		}
	}
	if n < MinWeeks {
		if cause == "election" {
			side = ErrElections
		}
		return Plan{}, fmt.Errorf("course %s needs at least %d whole weeks without elections within %s to %s and within %s to %s, and the data run from %s to %s: %w",
			course.ID, MinWeeks, before, before.AddDays(7*Weeks-1), after, after.AddDays(7*Weeks-1),
			pipeline.DateOf(data.From.In(loc)), pipeline.DateOf(data.To.In(loc)), side)
	}
	if n < Weeks {
		p.Notices = append(p.Notices, Reason{NoticeShortened, map[string]any{"weeks": n, "planned": Weeks, "cause": cause}})
	}
	window := func(start pipeline.Date) pipeline.Window {
		return pipeline.Window{From: start.In(loc), To: start.AddDays(7 * n).In(loc)}
	}
	p.Weeks = n
	p.Before, p.After = window(before.AddDays(7*first)), window(after.AddDays(7*first))

	placebo := yearsBefore(after, 2*years).AddDays(7 * first)
	for i := range n {
		if why := use(placebo.AddDays(7 * i)); why != "" {
			p.Notices = append(p.Notices, Reason{NoticeNoPlacebo, map[string]any{"cause": why}})
			return p, nil
		}
	}
	p.PlaceboBefore = window(placebo)
	return p, nil
}

// unusable says why a week cannot be compared, or nothing.
func unusable(week pipeline.Date, data pipeline.Window, elections []pipeline.Election, loc *time.Location) string {
	end := week.AddDays(7)
	for _, e := range elections {
		if e.Call.Before(end) && !e.Polling.Before(week) {
			return "election"
		}
	}
	if week.In(loc).Before(data.From) || end.In(loc).After(data.To) {
		return "data"
	}
	return ""
}

// monday is the Monday of d's week.
func monday(d pipeline.Date) pipeline.Date {
	return d.AddDays(-(int(d.In(time.UTC).Weekday()) + 6) % 7)
}

// yearsBefore is the Monday of the same ISO week, n ISO years earlier.
func yearsBefore(d pipeline.Date, n int) pipeline.Date {
	year, week := d.In(time.UTC).ISOWeek()
	for ; ; week-- {
		// 4 January always lies in the first ISO week.
		m := monday(pipeline.Date{Year: year - n, Month: time.January, Day: 4}).AddDays(7 * (week - 1))
		if y, _ := m.In(time.UTC).ISOWeek(); y == year-n {
			return m
		}
	}
}
