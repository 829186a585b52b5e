package pipeline

import (
	"testing"
	"time"
)

func TestActionOn(t *testing.T) {
	day := func(d int) Date { return Date{2015, time.June, d} }
	open := Action{Agreed: day(3), Due: day(10)}
	done := open
	done.Closed = day(12)
	dropped := done
	dropped.Dropped = true
	for _, c := range []struct {
		name string
		a    Action
		on   int
		want ActionState
	}{
		{"before it was agreed", open, 2, ""}, {"on its first day", open, 3, ActionOpen}, {"on its last", open, 10, ActionOpen}, {"after it", open, 11, ActionOverdue},
		{"the day before it was closed", done, 11, ActionOverdue}, {"closed", done, 12, ActionDone}, {"long closed", done, 30, ActionDone}, {"dropped", dropped, 12, ActionDropped},
	} {
		if got := c.a.On(day(c.on)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
