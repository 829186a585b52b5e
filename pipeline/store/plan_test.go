package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"presencia/pipeline"
	"presencia/pipeline/plan"
)

func TestPlan(t *testing.T) {
	db := open(t, Options{})
	zone := register.Institution.Location()
	item := func(id, department, account string, at time.Time) plan.Item {
		return plan.Item{ID: id, Department: department, Account: pipeline.AccountID(account), At: at.UTC(), Tolerance: time.Hour, State: plan.Planned, Topic: "topic of " + id}
	}
	whole := item("a", "d1", "a", days(0).Add(10*time.Hour))
	whole.Languages, whole.Format, whole.Campaign, whole.Text, whole.Link = []string{"es"}, "image", "c", "text", "https://dip.example/a"
	whole.Hashtags, whole.Responsible, whole.Notes = []string{"T"}, "press office", map[string]string{"objective": "o", "Prioridad": "alta"}
	next := item("z", "d1", "a", days(40))
	other := item("b", "d2", "", days(1))
	save := func(saved time.Time, items ...plan.Item) (said []string) {
		t.Helper()
		parts, err := db.SavePlan(t.Context(), items, zone, saved)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			said = append(said, fmt.Sprintf("%s %s +%d ~%d -%d", p.Department, p.Month.String()[:7], p.Added, p.Changed, p.Removed))
		}
		return said
	}
	month := pipeline.Month(days(0).In(zone).Year(), days(0).In(zone).Month(), zone)
	first := month.From.Format("2006-01")
	second := days(40).In(zone).Format("2006-01")
	inForce := func(w pipeline.Window, want ...plan.Item) {
		t.Helper()
		got, err := db.Plan(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("in force (-want +got)\n%s", diff)
		}
	}
	inForce(month)
	if diff := cmp.Diff([]string{"d1 " + first + " +1 ~0 -0", "d1 " + second + " +1 ~0 -0", "d2 " + first + " +1 ~0 -0"}, save(days(0), whole, next, other)); diff != "" {
		t.Error(diff)
	}
	inForce(month, whole, other)

	before := lines(t, db, "SELECT * FROM plan_items ORDER BY ALL")
	if diff := cmp.Diff([]string{"d1 " + first + " +0 ~0 -0", "d1 " + second + " +0 ~0 -0", "d2 " + first + " +0 ~0 -0"}, save(days(1), other, next, whole)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, lines(t, db, "SELECT * FROM plan_items ORDER BY ALL")); diff != "" {
		t.Errorf("the same plan again changed something: %s", diff)
	}

	// A later version of one department's month leaves the others alone, and what had been planned can be asked for.
	changed := whole
	changed.Topic, changed.State = "another", plan.Cancelled
	added := item("n", "d1", "a", days(2))
	if diff := cmp.Diff([]string{"d1 " + first + " +1 ~1 -0"}, save(days(2), changed, added)); diff != "" {
		t.Error(diff)
	}
	moved := other
	moved.ID = "b2"
	if diff := cmp.Diff([]string{"d2 " + first + " +1 ~0 -0"}, save(days(2), other, moved)); diff != "" { // what is empty in it stays so
		t.Error(diff)
	}
	save(days(3), other)
	inForce(month, changed, other, added)
	inForce(pipeline.Window{From: days(39), To: days(41)}, next)
	if diff := cmp.Diff([]string{"d1 " + first + " +0 ~0 -1"}, save(days(2), changed)); diff != "" { // at the same moment of a slow clock
		t.Error(diff)
	}
	inForce(month, changed, other)
	if diff := cmp.Diff([]string{"d1 " + first + " +0 ~1 -0"}, save(days(3), whole)); diff != "" { // back to the first
		t.Error(diff)
	}
	inForce(month, whole, other)
	expect(t, db, "SELECT count(DISTINCT saved) FROM plan_items WHERE department = 'd1' AND toStartOfMonth(planned) = toStartOfMonth(toDateTime64('"+days(0).Format(time.DateOnly)+" 10:00:00', 3, 'UTC'))", "4")
	expect(t, db, "SELECT topic FROM plan_items WHERE item = 'a' ORDER BY saved LIMIT 1", "topic of a")
}

func TestAdherence(t *testing.T) {
	db := open(t, Options{})
	zone := register.Institution.Location()
	w := pipeline.Window{From: days(0), To: days(30)}
	figures := func() map[pipeline.AccountID]*pipeline.PlanFigures {
		t.Helper()
		found := map[pipeline.AccountID]*pipeline.PlanFigures{}
		for s, err := range db.Subjects(t.Context(), register, w) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Account.ID != "" {
				found[s.Account.ID] = s.Plan
			}
		}
		return found
	}
	p, reply := post("p", hours(10), pipeline.Count{}), post("r", hours(50), pipeline.Count{})
	p.Links, reply.Kind = []string{"https://dip.example/a"}, pipeline.Reply
	gone := post("gone", hours(100), pipeline.Count{})
	collect(t, db, "1", batch("a", hours(101), p, reply, gone))
	broken := batch("a", days(20))
	broken.Gaps = []pipeline.Gap{{Part: "posts", Cause: pipeline.ErrUnavailable}}
	collect(t, db, "2", broken)
	if diff := cmp.Diff(map[pipeline.AccountID]*pipeline.PlanFigures{"a": nil, "b": nil}, figures()); diff != "" {
		t.Errorf("without a plan nothing is known of it: %s", diff)
	}

	item := func(id, account, link string, at time.Time) plan.Item {
		d := "d1"
		if account == "b" {
			d = "d2"
		}
		return plan.Item{ID: id, Department: d, Account: pipeline.AccountID(account), At: at, Tolerance: time.Hour, Link: link, State: plan.Planned}
	}
	_, err := db.SavePlan(t.Context(), []plan.Item{
		item("kept", "a", "https://dip.example/a", hours(10)), item("missing", "a", "", hours(60)), item("later", "a", "", days(10)), item("unread", "b", "", hours(20)),
		item("gone", "a", "", hours(100)),
	}, zone, days(0))
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Adherence(t.Context(), register, w)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, j := range got.Items {
		said = append(said, j.ID+" "+string(j.Outcome)+" "+j.Post.ID)
	}
	for _, u := range got.Unplanned {
		said = append(said, "unplanned "+u.Post.ID)
	}
	// The reading that could not list posts tells nothing of the item of day ten, nor of any other account's.
	if diff := cmp.Diff([]string{"kept on_time p", "unread not_judged ", "missing missing ", "gone on_time gone", "later to_come "}, said); diff != "" {
		t.Error(diff)
	}
	want := map[pipeline.AccountID]*pipeline.PlanFigures{"a": {Items: 4, Judged: 3, OnTime: 2, Missing: 1}, "b": {Items: 1}}
	if diff := cmp.Diff(want, figures()); diff != "" {
		t.Error(diff)
	}

	listed := batch("a", days(21)) // the post is no longer there: it had been published all the same
	listed.Listed = pipeline.Window{From: hours(99), To: days(21)}
	collect(t, db, "3", listed, batch("b", hours(10))) // the other account published nothing at all
	collect(t, db, "4", batch("b", days(22)))
	got, err = db.Adherence(t.Context(), register, w)
	if err != nil {
		t.Fatal(err)
	}
	said = nil
	for _, j := range got.Items {
		said = append(said, j.ID+" "+string(j.Outcome))
	}
	if diff := cmp.Diff([]string{"kept on_time", "unread missing", "missing missing", "gone on_time", "later missing"}, said); diff != "" {
		t.Error(diff)
	}
}
