package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/learning"
	"presencia/pipeline/plan"
)

// collectAt runs a whole run that starts at a moment.
func collectAt(t testing.TB, db *DB, id, register string, at time.Time, batches ...pipeline.Batch) {
	t.Helper()
	if err := tryCollect(t.Context(), db, pipeline.RunInfo{ID: id, Kind: "collect", Started: at, Register: register}, batches...); err != nil {
		t.Fatalf("run %s: %v", id, err)
	}
}

// everything is what all views of a store show, and the tables that people save.
func everything(t testing.TB, db *DB) (all []string) {
	t.Helper()
	for _, v := range lines(t, db, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name") {
		all = append(all, lines(t, db, "SELECT '"+v+"', * FROM "+v+" ORDER BY ALL")...)
	}
	for _, v := range []string{"ticks", "attendance", "survey_answers", "runs"} {
		all = append(all, lines(t, db, "SELECT '"+v+"', * FROM "+v+" FINAL ORDER BY ALL")...)
	}
	return all
}

func attended(hours float64) learning.Record {
	return learning.Record{
		Attendance: []learning.Attendance{{Course: "c", Person: "p", Department: "d1", Session: pipeline.DateOf(days(1)), Hours: hours}},
		Answers:    []learning.Answer{{Course: "c", Respondent: "p", Role: "participants", Item: "1", Value: int(hours)}},
	}
}

func tick(result pipeline.Verdict) []pipeline.Tick {
	return []pipeline.Tick{{Rule: "r", Account: "a", On: pipeline.DateOf(days(1)), Result: result, By: "x"}}
}

func planned(text string) []plan.Item {
	return []plan.Item{{ID: "i", Department: "d1", At: days(3), Tolerance: time.Hour, Text: text, State: plan.Planned}}
}

// A store is told at a moment, changed in every way that there is, and asked what was known at that moment.
func TestAsKnown(t *testing.T) {
	dir := t.TempDir()
	db := reopen(t, dir, Options{Views: []string{"CREATE OR REPLACE VIEW further AS SELECT count() AS n FROM runs"}})
	ctx := t.Context()
	save := func(r *pipeline.Register, at time.Time) {
		t.Helper()
		if err := db.SaveRegister(ctx, r, []byte("of "+r.Version), at); err != nil {
			t.Fatal(err)
		}
	}
	person := func(hours float64, result pipeline.Verdict, text string, at time.Time) {
		t.Helper()
		if err := errors.Join(db.SaveLearning(ctx, attended(hours), at), db.SaveTicks(ctx, tick(result), at)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SavePlan(ctx, planned(text), time.UTC, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.As(ctx, Known{At: days(0)}); !errors.Is(err, ErrNotKnown) {
		t.Errorf("of an empty store: %v", err)
	}
	save(register, days(0))
	collectAt(t, db, "1", "v1", days(8), batch("a", days(8), post("p", hours(1), pipeline.CountOf(1)), post("q", hours(2), pipeline.CountOf(1))))
	person(2, pipeline.Fail, "first", days(8))
	before := everything(t, db)
	state, err := db.State(ctx)
	if err != nil {
		t.Fatal(err)
	}

	second := *register
	second.Version, second.Accounts = "v2", register.Accounts[:1]
	save(&second, days(9))
	b := batch("a", days(15), post("p", hours(1), pipeline.CountOf(9)), post("r", days(10), pipeline.CountOf(3)))
	b.Listed = pipeline.Window{From: hours(0), To: days(15)}
	collectAt(t, db, "2", "v2", days(15), b)
	person(3, pipeline.Pass, "second", days(15))
	save(register, days(16)) // back again: the table of registers has forgotten that it was in force before
	if slices.Equal(before, everything(t, db)) {
		t.Fatal("nothing changed; the test would show nothing")
	}

	stored := lines(t, db, "SELECT count() FROM posts")
	for name, k := range map[string]Known{
		"by the day":   {At: days(8).Add(time.Hour)},
		"by the state": {Tables: moments(state), Register: "v1"},
	} {
		past, err := db.As(ctx, k)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := everything(t, past); !slices.Equal(before, got) {
			t.Errorf("%s:\nthen %s\nnow  %s", name, strings.Join(before, "\n     "), strings.Join(got, "\n     "))
		}
		if again, err := past.State(ctx); err != nil || !slices.Equal(state, again) {
			t.Errorf("%s: the state is %v, error %v; it was %v", name, again, err, state)
		}
		if a, err := past.Learning(ctx, "c"); err != nil || a.Attendance[0].Hours != 2 || !a.Saved.Equal(days(8)) {
			t.Errorf("%s: learning %+v, %v", name, a, err)
		}
		expect(t, past, "SELECT n FROM further", "1")

		if err := tryCollect(ctx, past, pipeline.RunInfo{ID: "3", Started: days(8)}, batch("a", days(8), post("x", hours(1), pipeline.CountOf(1)))); err == nil {
			t.Errorf("%s: it was written to", name)
		}
		if err := past.Close(); err != nil {
			t.Error(err)
		}
	}
	expect(t, db, "SELECT count() FROM posts", stored...)
	expect(t, db, "SELECT name FROM system.databases WHERE startsWith(name, 'presencia_known_')")

	// The register of then is found although it came back; between, it was the other.
	for at, want := range map[time.Time]string{days(8).Add(time.Hour): "v1", days(9): "v2", days(17): "v1"} {
		if got, err := db.RegisterOf(ctx, Known{At: at}); err != nil || got != want {
			t.Errorf("the register of %v is %q, error %v", at, got, err)
		}
	}
	if content, err := db.RegisterContent(ctx, "v2"); err != nil || string(content) != "of v2" {
		t.Errorf("its content is %q, error %v", content, err)
	}
	if content, err := db.RegisterContent(ctx, "v9"); err != nil || content != nil {
		t.Errorf("of one that was never there %q, error %v", content, err)
	}
}

func moments(state []pipeline.Holding) map[string]time.Time {
	m := map[string]time.Time{}
	for _, h := range state {
		m[h.Name] = h.Newest
	}
	return m
}

// A process that does not hold the store asks the holder, which must answer in the database that was asked.
func TestAsKnownOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	db := reopen(t, dir, Options{})
	if err := db.SaveRegister(t.Context(), register, nil, days(0)); err != nil {
		t.Fatal(err)
	}
	collectAt(t, db, "1", "v1", days(1), batch("a", days(1), post("p", hours(1), pipeline.CountOf(1))))
	collectAt(t, db, "2", "v1", days(3), batch("a", days(3), post("q", hours(1), pipeline.CountOf(1))))
	other := start(t, dir)
	if got := other.says(); got != "open false" {
		t.Fatal(got)
	}
	if got := other.ask(fmt.Sprint("known ", days(2).UnixMilli())); got != `"post\np\n" <nil>` {
		t.Errorf("the other process sees %s", got)
	}
	expect(t, db, "SELECT post FROM posts_latest ORDER BY post", "p", "q")
}

func TestWhatWasLeftBehindGoes(t *testing.T) {
	db := open(t, Options{})
	old, new := knownPrefix+fmt.Sprint(time.Now().Add(-2*abandonedAfter).UnixMilli())+"_x", knownPrefix+fmt.Sprint(time.Now().UnixMilli())+"_y"
	for _, name := range []string{old, new} {
		if err := db.conn.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = db.As(t.Context(), Known{})
	expect(t, db, "SELECT name FROM system.databases WHERE startsWith(name, 'presencia_known_')", new)
}
