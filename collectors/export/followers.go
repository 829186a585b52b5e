package export

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"presencia/pipeline"
)

// day is what is known of the followers of a day.
type day struct {
	stock, gain pipeline.Count
}

// day reads a row of a table of days.
func (t *tableReading) day(row []string, line int) error {
	at, err := t.moment(row)
	if err != nil {
		t.bad(t.in, line, "created: %v", err)
		return nil
	}
	var d day
	for _, figure := range []struct {
		field string
		into  *pipeline.Count
		parse func(string, bool) (pipeline.Count, error)
	}{{"followers", &d.stock, parseFigure}, {"gain", &d.gain, parseGain}} {
		if *figure.into, err = figure.parse(t.cell(row, figure.field), t.Mapping.DecimalComma); err != nil {
			t.bad(t.in, line, "%s: %v", figure.field, err)
			return nil
		}
	}
	if t.has("loss") {
		loss, err := parseFigure(t.cell(row, "loss"), t.Mapping.DecimalComma)
		if err != nil {
			t.bad(t.in, line, "loss: %v", err)
			return nil
		}
		if loss.State != pipeline.Known {
			d.gain = pipeline.Count{}
		}
		d.gain.N -= loss.N
	}
	date := pipeline.DateOf(at.In(t.zone))
	switch before, ok := t.days[date]; {
	case ok && before == d:
		t.report.Repeated++
	case ok:
		t.bad(t.in, line, "%s was there with another number of followers; import exports of different days one by one", date)
	default:
		t.days[date] = d
	}
	t.daysFile = t.in.name
	return nil
}

// history makes the followers at the end of each day of what was read, oldest first. Where only gains are known it goes
// from one known count to both sides, as far as day follows day.
func (x *reading) history() error {
	if len(x.days) == 0 {
		return nil
	}
	dates := slices.SortedFunc(maps.Keys(x.days), func(a, b pipeline.Date) int { return a.In(time.UTC).Compare(b.In(time.UTC)) })
	var runs [][]pipeline.Date // of days that follow each other and have a gain
	for _, d := range dates {
		switch {
		case x.days[d].stock.State == pipeline.Known:
			x.past(d, x.days[d].stock.N)
		case x.days[d].gain.State != pipeline.Known:
		case len(runs) > 0 && runs[len(runs)-1][len(runs[len(runs)-1])-1].AddDays(1) == d:
			runs[len(runs)-1] = append(runs[len(runs)-1], d)
		default:
			runs = append(runs, []pipeline.Date{d})
		}
	}
	for i, run := range runs {
		if err := x.reckon(run, i == len(runs)-1); err != nil {
			return err
		}
	}
	slices.SortFunc(x.report.History, func(a, b pipeline.FollowersAt) int { return a.At.Compare(b.At) })
	return nil
}

// reckon goes from a known count through days with gains.
func (x *reading) reckon(run []pipeline.Date, newest bool) error {
	first, last := run[0], run[len(run)-1]
	var sum int64 // gained from the end of the day before the first
	ends := map[pipeline.Date]int64{first.AddDays(-1): 0}
	for _, d := range run {
		sum += x.days[d].gain.N
		ends[d] = sum
	}
	known, at := int64(0), pipeline.Date{}
	if n, ok := x.Followers.Get(); ok && newest {
		known, at = n, last
	} else {
		dayAfter, ok := int64(0), false
		for _, s := range x.Seen { // the latest that stands within the days, or else one day after them
			d := pipeline.DateOf(s.At.In(x.zone()).Add(12 * time.Hour)).AddDays(-1) // the end of the day that is nearest
			if _, within := ends[d]; within && (at.IsZero() || !d.Before(at)) {
				known, at = s.Followers, d
			}
			if d == last.AddDays(1) {
				dayAfter, ok = s.Followers, true
			}
		}
		if at.IsZero() && ok {
			known, at = dayAfter, last
		}
	}
	if at.IsZero() {
		if newest {
			return fmt.Errorf("%s tells the followers gained each day from %s to %s, but not how many there were, and no count from those days is stored; say with --followers N how many there were at the end of %s",
				x.daysFile, first, last, last)
		}
		x.note(fmt.Sprintf("the followers from %s to %s are not known: days are missing after them", first, last))
		return nil
	}
	for d, sum := range ends {
		n := known - ends[at] + sum
		if n < 0 {
			return fmt.Errorf("with %d followers at the end of %s there would be %d at the end of %s; check that number and the account", known, at, n, d)
		}
		x.past(d, n)
	}
	return nil
}

// past notes how many followers there were at the end of a day, or at the export where that was earlier.
func (x *reading) past(d pipeline.Date, n int64) {
	at := d.AddDays(1).In(x.zone()).Add(-time.Millisecond).UTC()
	if at.After(x.report.AsOf) {
		at = x.report.AsOf
	}
	x.report.History = append(x.report.History, pipeline.FollowersAt{At: at, Followers: n})
}
