package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"presencia/pipeline"
)

// seenBy are the pages and ticks that the checks of a window see, by account.
func seenBy(t *testing.T, db *DB, r *pipeline.Register, w pipeline.Window) (pages map[string]pipeline.Page, ticks map[pipeline.AccountID][]pipeline.Tick) {
	t.Helper()
	ticks = map[pipeline.AccountID][]pipeline.Tick{}
	for s, err := range db.Subjects(t.Context(), r, w) {
		if err != nil {
			t.Fatal(err)
		}
		pages, ticks[s.Account.ID] = s.Pages, s.Ticks
	}
	return pages, ticks
}

func TestPages(t *testing.T) {
	db := open(t, Options{})
	r := *register
	r.Institution.Website = "https://dip.example/"
	p := post("p", hours(1), pipeline.Count{})
	p.Links = []string{"https://dip.example/a", "https://gone.example/", "https://refuses.example/"}
	b := batch("a", hours(2), p)
	b.Profile = &pipeline.Profile{Avatar: "https://cdn.example/avatar", Links: []string{"https://dip.example/a"}}
	collect(t, db, "1", b)

	unseen := func(want ...string) {
		t.Helper()
		got, err := db.Unseen(t.Context(), &r, days(1))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("to be looked at (-want +got)\n%s", diff)
		}
	}
	unseen("https://dip.example/", "https://cdn.example/avatar", "https://dip.example/a", "https://gone.example/", "https://refuses.example/")

	first := pipeline.Page{URL: "https://dip.example/a", At: hours(3), Status: 200, Final: "https://dip.example/b", Title: "T", Text: "x", Links: []string{"l"}, Image: "i"}
	later := first
	later.At, later.Title = days(20), "later"
	last := first
	last.At, last.Title = days(30), "last"
	dead := pipeline.Page{URL: "https://gone.example/", At: days(40), Failure: "no such host"}
	old := pipeline.Page{URL: "https://dip.example/", At: days(-10), Status: 200}
	refused := pipeline.Page{URL: "https://refuses.example/", At: days(-8), Status: 403, Failure: "no program is let in"}
	if err := db.SavePages(t.Context(), []pipeline.Page{first, later, last, dead, old, refused, {URL: "https://other.example/", At: hours(3)}}); err != nil {
		t.Fatal(err)
	}
	unseen("https://dip.example/", "https://cdn.example/avatar", "https://refuses.example/") // of the register, and looked at ten days ago; and what was refused

	pages, _ := seenBy(t, db, &r, pipeline.Window{From: days(0), To: days(25)})
	want := map[string]pipeline.Page{later.URL: later, dead.URL: dead, old.URL: old, refused.URL: refused} // dead was only seen after the window
	if diff := cmp.Diff(want, pages, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a check sees (-want +got)\n%s", diff)
	}
}

func TestTicks(t *testing.T) {
	db := open(t, Options{})
	on := func(n int) pipeline.Date { return pipeline.DateOf(days(n)) }
	old := pipeline.Tick{Rule: "r", Account: "a", On: on(0), Result: pipeline.Fail, By: "Ana", Note: "n", Evidence: "acta 7", Due: on(90)}
	again := old
	again.On, again.Result, again.Due = on(20), pipeline.Pass, pipeline.Date{}
	all := pipeline.Tick{Rule: "drill", On: on(1), Result: pipeline.NotApplies, By: "Ana"}
	if err := db.SaveTicks(t.Context(), []pipeline.Tick{old, again, all}, days(21)); err != nil {
		t.Fatal(err)
	}
	corrected := old
	corrected.Result = pipeline.Warn
	if err := db.SaveTicks(t.Context(), []pipeline.Tick{corrected}, days(22)); err != nil {
		t.Fatal(err)
	}
	ticks, err := db.Ticks(t.Context())
	if diff := cmp.Diff([]pipeline.Tick{again, all}, ticks); err != nil || diff != "" {
		t.Errorf("error %v, the newest (-want +got)\n%s", err, diff)
	}
	_, seen := seenBy(t, db, register, pipeline.Window{From: days(0), To: days(10)})
	want := map[pipeline.AccountID][]pipeline.Tick{"a": {corrected}, "b": nil, "": {all}}
	if diff := cmp.Diff(want, seen, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a check sees (-want +got)\n%s", diff)
	}
}
