package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func TestActions(t *testing.T) {
	db := open(t, Options{})
	day := func(n int) pipeline.Date { return pipeline.DateOf(days(n).In(time.UTC)) }
	save := func(a pipeline.Action, saved time.Time) pipeline.Action {
		t.Helper()
		a, err := db.SaveAction(t.Context(), a, saved)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	known := func(at time.Time, want ...pipeline.Action) {
		t.Helper()
		got, err := db.Actions(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]pipeline.Action{}, want...), got); diff != "" {
			t.Errorf("known at %v (-want +got)\n%s", at, diff)
		}
	}
	known(time.Time{})
	first := save(pipeline.Action{Text: "text; \t'\"", Department: "d1", Account: "a", Rule: "post-hashtag-max", Owner: "press office", Agreed: day(0), Due: day(9)}, days(0))
	all := []pipeline.Action{first}
	for n := range 10 { // so that A10 must come after A9
		all = append(all, save(pipeline.Action{Text: "t", Owner: "o", Agreed: day(1), Due: day(n)}, days(1)))
	}
	if first.ID != "A1" || all[10].ID != "A11" {
		t.Errorf("the ids are %s and %s", first.ID, all[10].ID)
	}
	closed := first
	closed.Closed, closed.Dropped, closed.Note = day(3), true, "note"
	save(closed, days(3))
	known(days(0).Add(-time.Second))
	known(days(0), first)
	known(days(2), all...)
	all[0] = closed
	known(days(3), all...)
	known(time.Time{}, all...)

	again := closed
	again.Note = "another"
	save(again, days(2)) // by a clock that was put back: it is the newest all the same
	all[0] = again
	known(time.Time{}, all...)
	expect(t, db, "SELECT note FROM actions_latest WHERE action = 'A1'", "another")
	expect(t, db, "SELECT count() FROM actions WHERE action = 'A1'", "3")
}
