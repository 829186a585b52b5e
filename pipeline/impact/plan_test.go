package impact

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func date(t *testing.T, s string) pipeline.Date {
	t.Helper()
	d, err := pipeline.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func madrid(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestNewPlan(t *testing.T) {
	loc := madrid(t)
	full := [2]string{"2012-09-01", "2015-09-01"}
	may2015 := pipeline.Election{Name: "local", Call: date(t, "2015-03-31"), Polling: date(t, "2015-05-24")}
	for _, c := range []struct {
		name             string
		start, end, told string
		data             [2]string
		elections        []pipeline.Election
		want             [3]string // first and last day of before, after, placebo
		years            int
		notices          []Reason
		err              error
	}{
		{
			name: "the course of 2014", start: "2014-09-11", end: "2014-12-16", data: full, elections: []pipeline.Election{may2015},
			want: [3]string{"2014-01-13 2014-03-23", "2015-01-12 2015-03-22", "2013-01-14 2013-03-24"}, years: 1,
		},
		{
			name: "a course that ends on a Sunday", start: "2014-09-11", end: "2014-12-21", data: full,
			want: [3]string{"2014-01-13 2014-03-23", "2015-01-12 2015-03-22", "2013-01-14 2013-03-24"}, years: 1,
		},
		{
			name: "a course that ends on a Monday", start: "2014-09-11", end: "2014-12-22", data: full,
			want: [3]string{"2014-01-20 2014-03-30", "2015-01-19 2015-03-29", "2013-01-21 2013-03-31"}, years: 1,
		},
		{
			name: "announced in the weeks that would be before", start: "2014-09-11", end: "2014-12-16", told: "2014-03-01",
			data: [2]string{"2010-01-01", "2015-09-01"},
			want: [3]string{"2013-01-14 2013-03-24", "2015-01-12 2015-03-22", "2011-01-17 2011-03-27"}, years: 2,
		},
		{
			name: "weeks 50 to 6 cross the year's end", start: "2014-10-01", end: "2015-11-22", data: [2]string{"2010-01-01", "2016-09-01"},
			want: [3]string{"2013-12-16 2014-02-23", "2015-12-14 2016-02-21", "2011-12-19 2012-02-26"}, years: 2,
		},
		{
			name: "data that begin in 2014", start: "2014-09-11", end: "2014-12-16", data: [2]string{"2014-01-01", "2015-09-01"},
			want: [3]string{"2014-01-13 2014-03-23", "2015-01-12 2015-03-22", ""}, years: 1,
			notices: []Reason{{NoticeNoPlacebo, map[string]any{"cause": "data"}}},
		},
		{
			name: "data that begin after the first week of before", start: "2014-09-11", end: "2014-12-16", data: [2]string{"2014-01-14", "2015-09-01"},
			want: [3]string{"2014-01-20 2014-03-23", "2015-01-19 2015-03-22", ""}, years: 1,
			notices: []Reason{
				{NoticeShortened, map[string]any{"weeks": 9, "planned": 10, "cause": "data"}},
				{NoticeNoPlacebo, map[string]any{"cause": "data"}},
			},
		},
		{
			name: "data that end within after", start: "2014-09-11", end: "2014-12-16", data: [2]string{"2012-09-01", "2015-02-20"},
			want: [3]string{"2014-01-13 2014-02-16", "2015-01-12 2015-02-15", "2013-01-14 2013-02-17"}, years: 1,
			notices: []Reason{{NoticeShortened, map[string]any{"weeks": 5, "planned": 10, "cause": "data"}}},
		},
		{
			name: "an election called within after", start: "2014-09-11", end: "2014-12-16", data: full,
			elections: []pipeline.Election{{Call: date(t, "2015-02-25"), Polling: date(t, "2015-04-01")}},
			want:      [3]string{"2014-01-13 2014-02-23", "2015-01-12 2015-02-22", "2013-01-14 2013-02-24"}, years: 1,
			notices: []Reason{{NoticeShortened, map[string]any{"weeks": 6, "planned": 10, "cause": "election"}}},
		},
		{
			name: "an election at the beginning of before", start: "2014-09-11", end: "2014-12-16", data: full,
			elections: []pipeline.Election{{Call: date(t, "2013-12-01"), Polling: date(t, "2014-01-26")}},
			want:      [3]string{"2014-01-27 2014-03-23", "2015-01-26 2015-03-22", "2013-01-28 2013-03-24"}, years: 1,
			notices: []Reason{{NoticeShortened, map[string]any{"weeks": 8, "planned": 10, "cause": "election"}}},
		},
		{
			name: "an election in the placebo's year", start: "2014-09-11", end: "2014-12-16", data: full,
			elections: []pipeline.Election{{Call: date(t, "2013-02-01"), Polling: date(t, "2013-02-10")}},
			want:      [3]string{"2014-01-13 2014-03-23", "2015-01-12 2015-03-22", ""}, years: 1,
			notices: []Reason{{NoticeNoPlacebo, map[string]any{"cause": "election"}}},
		},
		{name: "too early to ask", start: "2014-09-11", end: "2014-12-16", data: [2]string{"2012-09-01", "2015-02-01"}, err: ErrNoAfter},
		{name: "data that begin with the course", start: "2014-09-11", end: "2014-12-16", data: [2]string{"2014-09-01", "2015-09-01"}, err: ErrNoBefore},
		{
			name: "nothing but elections", start: "2014-09-11", end: "2014-12-16", data: full, err: ErrElections,
			elections: []pipeline.Election{{Call: date(t, "2015-02-01"), Polling: date(t, "2015-06-01")}},
		},
		{name: "an end before the start", start: "2014-12-16", end: "2014-09-11", data: full, err: ErrDates},
	} {
		t.Run(c.name, func(t *testing.T) {
			course := pipeline.Course{ID: "c", Start: date(t, c.start), End: date(t, c.end)}
			if c.told != "" {
				course.Announced = date(t, c.told)
			}
			data := pipeline.Window{From: date(t, c.data[0]).In(loc), To: date(t, c.data[1]).In(loc)}
			p, err := NewPlan(course, data, c.elections, loc)
			if !errors.Is(err, c.err) || (err != nil) != (c.err != nil) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			got := [3]string{days(p.Before), days(p.After), days(p.PlaceboBefore)}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.notices, p.Notices); diff != "" {
				t.Error(diff)
			}
			if p.Years != c.years {
				t.Errorf("%d years apart, want %d", p.Years, c.years)
			}
			for _, w := range p.Windows() {
				if w.From.In(loc).Hour() != 0 || w.From.In(loc).Weekday() != time.Monday {
					t.Errorf("a window starts at %v", w.From.In(loc))
				}
			}
		})
	}
}

// days is the first and last day of a window.
func days(w pipeline.Window) string {
	if w.IsZero() {
		return ""
	}
	return w.From.Format(time.DateOnly) + " " + w.To.AddDate(0, 0, -1).Format(time.DateOnly)
}

func TestWeek53HasItsNeighbour(t *testing.T) {
	// 2015 has a week 53 (from 28 December), 2014 and 2013 have none.
	if got := yearsBefore(date(t, "2015-12-28"), 1); got != date(t, "2014-12-22") {
		t.Errorf("week 53 of 2015 is compared with the week from %s", got)
	}
	if got := yearsBefore(date(t, "2015-12-28"), 6); got != date(t, "2009-12-28") {
		t.Errorf("week 53 of 2015 is compared with the week from %s", got)
	}
}
