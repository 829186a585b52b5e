package impact

import (
	"errors"
	"fmt"
	"math"
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

// Plan is what is compared with what and how it will be judged, fixed before any value is looked at. [NewPlan] lays out the
// windows; [Study.Plan] adds what a reader must be able to hold the evaluation against, and [Plan.Write] seals it in a file.
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

	Written                  time.Time // zero: nobody wrote the plan down
	Edited                   bool      // the file was changed after it was sealed
	AfterDataSeen            bool      // the store held data of the after side when the plan was written
	Program, Register        string    // versions
	Start, End, Announced    pipeline.Date
	Data                     pipeline.Window // what the store held
	Primary, Secondary       []Outcome       // none of either: those of the ledger
	Placebo                  *Outcome        // one that the course could not move; nil: there is none
	PlaceboWhy               string          // why it could not, in words
	Sensitivity              []Sensitivity
	Participants, Comparison []string // departments
	Excluded                 []Exclusion
}

// Outcome is an indicator as a plan promises it.
type Outcome struct {
	Indicator string
	Version   int
	Scale     Scale
	Direction int
	// Minimum is the smallest effect worth having: percent on the logarithmic scale, otherwise in the indicator's unit.
	Minimum     statistics.Value
	MinimumFrom string // ledger, flag or rule
	// SD is the standard deviation of the departments' changes where there was no course, Detectable the effect that would be
	// seen four times in five, both in the unit of Minimum. They rest on data from before the course alone.
	SD, Detectable statistics.Value
	SDFrom         string // changes: from the placebo's weeks to the ones before; levels: their spread before, as if half of it were change
}

// minimum is the smallest effect worth having on the scale of the comparison.
func (o Outcome) minimum() statistics.Value {
	if o.Scale == Log && o.Minimum.Known {
		return statistics.Known(math.Log1p(o.Minimum.Number / 100))
	}
	return o.Minimum
}

// Sensitivity is another pair of windows on which the primary outcomes are tried too.
type Sensitivity struct {
	Code          string // window_longer, window_shorter
	Before, After pipeline.Window
}

// Exclusion is a department that is left out, and why: other_group, no_account, not_covered.
type Exclusion struct{ Department, Why string }

// Windows are the stretches that the plan compares; those of [Plan.Sensitivity] are for the primary outcomes alone.
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
	p := Plan{Course: course.ID, Start: course.Start, End: course.End, Announced: course.Announced, Sampling: statistics.Sampling{Seed: 1, Draws: 10_000}}
	untouched, after := p.untouched(), resumption(course.End)
	years, before := 0, after
	for !before.AddDays(7 * Weeks).Before(untouched.AddDays(1)) {
		years++
		before = yearsBefore(after, years)
	}
	p.Years = years
	first, n, cause, err := longest(course.ID, before, after, Weeks, data, elections, loc)
	if err != nil {
		return Plan{}, err
	}
	if n < Weeks {
		p.Notices = append(p.Notices, Reason{NoticeShortened, map[string]any{"weeks": n, "planned": Weeks, "cause": cause}})
	}
	p.Weeks = n
	before, after = before.AddDays(7*first), after.AddDays(7*first)
	p.Before, p.After = weeksFrom(before, n, loc), weeksFrom(after, n, loc)

	placebo := yearsBefore(after.AddDays(-7*first), 2*years).AddDays(7 * first)
	if why := unusableWeeks(placebo, n, data, elections, loc); why != "" {
		p.Notices = append(p.Notices, Reason{NoticeNoPlacebo, map[string]any{"cause": why}})
	} else {
		p.PlaceboBefore = weeksFrom(placebo, n, loc)
	}
	p.Sensitivity = sensitivity(p, data, loc)
	return p, nil
}

// untouched is the day from which on what happens may be an effect: the announcement's or the first one of the course.
func (p Plan) untouched() pipeline.Date {
	if !p.Announced.IsZero() && p.Announced.Before(p.Start) {
		return p.Announced
	}
	return p.Start
}

// resumption is the Monday from which on the weeks after a course count.
func resumption(end pipeline.Date) pipeline.Date {
	return monday(end.AddDays(7)).AddDays(7 * SetAside)
}

// weeksFrom is the window of n weeks.
func weeksFrom(monday pipeline.Date, n int, loc *time.Location) pipeline.Window {
	return pipeline.Window{From: monday.In(loc), To: monday.AddDays(7 * n).In(loc)}
}

// longest is the longest stretch of weeks, by the first one's number, that both sides have in the data and without election.
func longest(course string, before, after pipeline.Date, weeks int, data pipeline.Window, elections []pipeline.Election, loc *time.Location) (first, n int, cause string, err error) {
	var side error
	for i, run := 0, 0; i < weeks; i++ {
		run++
		for _, w := range []struct {
			start pipeline.Date
			err   error
		}{{before, ErrNoBefore}, {after, ErrNoAfter}} {
			if why := unusable(w.start.AddDays(7*i), data, elections, loc); why != "" {
				run, cause, side = 0, why, w.err
			}
		}
		if run > n {
			first, n = i-run+1, run
		}
	}
	if n >= min(MinWeeks, weeks) {
		return first, n, cause, nil
	}
	if cause == "election" {
		side = ErrElections
	}
	return 0, 0, "", fmt.Errorf("course %s needs at least %d whole weeks without elections within %s to %s and within %s to %s, and the data run from %s to %s: %w",
		course, MinWeeks, before, before.AddDays(7*weeks-1), after, after.AddDays(7*weeks-1),
		pipeline.DateOf(data.From.In(loc)), pipeline.DateOf(data.To.In(loc)), side)
}

// longerWeeks is how far the longer of the other windows reaches: half a year. It may run through an election.
const longerWeeks = 25

// sensitivity are the windows that could as well have been chosen: all weeks from the same one on that both sides have, up to
// half a year, and the first half of the plan's.
func sensitivity(p Plan, data pipeline.Window, loc *time.Location) []Sensitivity {
	before, after := pipeline.DateOf(p.Before.From.In(loc)), pipeline.DateOf(p.After.From.In(loc))
	n := p.Weeks
	for n < longerWeeks && !p.untouched().Before(before.AddDays(7*(n+1))) && unusable(before.AddDays(7*n), data, nil, loc)+unusable(after.AddDays(7*n), data, nil, loc) == "" {
		n++
	}
	var s []Sensitivity
	if n > p.Weeks {
		s = append(s, Sensitivity{"window_longer", weeksFrom(before, n, loc), weeksFrom(after, n, loc)})
	}
	if n = (p.Weeks + 1) / 2; n >= MinWeeks {
		s = append(s, Sensitivity{"window_shorter", weeksFrom(before, n, loc), weeksFrom(after, n, loc)})
	}
	return s
}

// unusableWeeks says why some of n weeks cannot be compared, or nothing.
func unusableWeeks(monday pipeline.Date, n int, data pipeline.Window, elections []pipeline.Election, loc *time.Location) string {
	for i := range n {
		if why := unusable(monday.AddDays(7*i), data, elections, loc); why != "" {
			return why
		}
	}
	return ""
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
