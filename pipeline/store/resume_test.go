package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func resume(t testing.TB, db *DB, now, posts time.Time) pipeline.Resume {
	t.Helper()
	r, err := db.Resume(t.Context(), now, posts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// save stores one account in a run of its own, as the runner does.
func save(t testing.TB, db *DB, id, kind string, complete bool, b pipeline.Batch, o pipeline.Outcome) {
	t.Helper()
	r, err := db.Begin(t.Context(), pipeline.RunInfo{ID: id, Kind: kind, Started: b.At, Register: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	o.Account, o.Platform, o.At, o.Posts = b.Account, b.Platform, b.At, len(b.Posts)
	if err := r.Save(t.Context(), b, o); err != nil {
		t.Fatal(err)
	}
	if !complete { // everything is sent, and then the machine stops
		if err := r.(*run).flush(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := r.Complete(t.Context(), b.At.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

func TestResumeOfAnEmptyStore(t *testing.T) {
	r := resume(t, open(t, Options{}), day0, day0)
	if len(r.Cursors)+len(r.Posts)+len(r.Identities)+len(r.Parked)+len(r.Used) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestResumeCursors(t *testing.T) {
	db := open(t, Options{})
	at := func(account string, d int, cursor string) pipeline.Batch {
		b := batch(account, days(d))
		b.Next = pipeline.Cursor(cursor)
		return b
	}
	save(t, db, "1", "collect", true, at("a", 0, "a0"), pipeline.Outcome{})
	save(t, db, "2", "collect", true, at("a", 1, "a1"), pipeline.Outcome{Gaps: []pipeline.Gap{{Part: "messages", Cause: errors.New("slow")}}})
	save(t, db, "3", "collect", true, at("a", 2, ""), pipeline.Outcome{Err: pipeline.ErrUnavailable})
	save(t, db, "4", "import", true, at("a", 3, "of a file"), pipeline.Outcome{})
	save(t, db, "5", "collect", false, at("a", 4, "of a broken run"), pipeline.Outcome{})
	save(t, db, "6", "collect", true, at("b", 2, "b2"), pipeline.Outcome{})
	save(t, db, "7", "collect", true, at("b", 1, "of an older moment"), pipeline.Outcome{})
	want := map[pipeline.AccountID]pipeline.Cursor{"a": "a1", "b": "b2"}
	if diff := cmp.Diff(want, resume(t, db, days(9), days(9)).Cursors); diff != "" {
		t.Error(diff)
	}
}

func TestResumePosts(t *testing.T) {
	db := open(t, Options{})
	likes := pipeline.CountOf(1)
	save(t, db, "1", "collect", true, batch("a", days(1), post("old", days(-40), likes), post("p1", days(0), likes), post("p2", hours(1), likes), post("gone", hours(2), likes), post("back", hours(3), likes)), pipeline.Outcome{})
	save(t, db, "2", "import", true, batch("b", days(1), post("file", days(-1), likes)), pipeline.Outcome{}) // of a file, known all the same
	missing := batch("a", days(2), post("p2", hours(1), likes))
	missing.Gone = []string{"gone", "back", "never seen"}
	save(t, db, "3", "collect", true, missing, pipeline.Outcome{})
	got := resume(t, db, days(2), days(-30)).Posts
	seen := func(id string, created, at time.Time) pipeline.SeenPost {
		return pipeline.SeenPost{ID: id, CreatedAt: created, At: at}
	}
	want := map[pipeline.AccountID][]pipeline.SeenPost{
		"a": {seen("p2", hours(1), days(2)), seen("p1", days(0), days(1))},
		"b": {seen("file", days(-1), days(1))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after two have gone: %s", diff)
	}
	expect(t, db, "SELECT post, count() FROM deletions GROUP BY post ORDER BY post", "back\t1", "gone\t1")

	save(t, db, "4", "collect", true, batch("a", days(3), post("back", hours(3), likes)), pipeline.Outcome{})
	save(t, db, "5", "collect", false, batch("a", days(4), post("p1", days(0), likes), post("p9", days(4), likes)), pipeline.Outcome{}) // seen by nobody
	want["a"] = []pipeline.SeenPost{seen("back", hours(3), days(3)), seen("p2", hours(1), days(2)), seen("p1", days(0), days(1))}
	if diff := cmp.Diff(want, resume(t, db, days(4), days(-30)).Posts); diff != "" {
		t.Errorf("after one is back: %s", diff)
	}
	again := batch("a", days(5))
	again.Gone = []string{"back", "gone"} // one is noted already, the other goes a second time
	save(t, db, "6", "collect", true, again, pipeline.Outcome{})
	want["a"] = want["a"][1:]
	if diff := cmp.Diff(want, resume(t, db, days(5), days(-30)).Posts); diff != "" {
		t.Errorf("after it has gone again: %s", diff)
	}
	expect(t, db, "SELECT post, count() FROM deletions GROUP BY post ORDER BY post", "back\t2", "gone\t1")
}

// TestGoneOfLongAgo: what has gone is noted however many newer posts there are.
func TestGoneOfLongAgo(t *testing.T) {
	db := open(t, Options{})
	var many []pipeline.Post
	for i := range 3 * recentRecords {
		many = append(many, post(fmt.Sprint(i), hours(-i), pipeline.CountOf(1)))
	}
	collect(t, db, "1", batch("a", days(1), many...), batch("b", days(1), many...))
	b := batch("a", days(2), post("new", days(1), pipeline.CountOf(1)))
	b.Gone = []string{"299", "150", "2", "never seen"}
	collect(t, db, "2", b, batch("b", days(2)))
	expect(t, db, "SELECT account, post FROM deletions ORDER BY toUInt32(post)", "a\t2", "a\t150", "a\t299")
}

func TestResumeIdentities(t *testing.T) {
	db := open(t, Options{})
	known := func(d int, handle string) pipeline.Batch {
		b := batch("a", days(d))
		b.Asked, b.Profile = "office", &pipeline.Profile{StableID: "77", Handle: handle, Avatar: "https://a.example/" + handle}
		return b
	}
	save(t, db, "1", "collect", true, known(0, "office"), pipeline.Outcome{})
	save(t, db, "2", "collect", true, known(1, "office2"), pipeline.Outcome{Changes: []pipeline.Change{{At: days(1), Kind: pipeline.Renamed, Before: "office", After: "office2"}}})
	save(t, db, "3", "import", true, known(2, "of a file"), pipeline.Outcome{})
	save(t, db, "4", "collect", false, known(3, "of a broken run"), pipeline.Outcome{Changes: []pipeline.Change{{At: days(3), Kind: pipeline.Disappeared}}})
	want := pipeline.Identity{Asked: "office", StableID: "77", Handle: "office2", Avatar: "https://a.example/office2"}
	if diff := cmp.Diff(want, resume(t, db, days(4), days(4)).Identities["a"]); diff != "" {
		t.Error(diff)
	}
	save(t, db, "5", "collect", true, batch("a", days(4)), pipeline.Outcome{Err: pipeline.ErrGone, Changes: []pipeline.Change{{At: days(4), Kind: pipeline.Disappeared, Before: "office2"}}})
	want.Gone = true
	if diff := cmp.Diff(want, resume(t, db, days(5), days(5)).Identities["a"]); diff != "" {
		t.Error(diff)
	}
	save(t, db, "6", "collect", true, known(6, "office3"), pipeline.Outcome{Changes: []pipeline.Change{{At: days(6), Kind: pipeline.Returned, After: "office3"}, {At: days(6), Kind: pipeline.AvatarChanged}}})
	want = pipeline.Identity{Asked: "office", StableID: "77", Handle: "office3", Avatar: "https://a.example/office3"}
	if diff := cmp.Diff(want, resume(t, db, days(7), days(7)).Identities["a"]); diff != "" {
		t.Error(diff)
	}
	save(t, db, "7", "collect", true, batch("a", days(8)), pipeline.Outcome{Err: pipeline.ErrGone, Changes: []pipeline.Change{{At: days(8), Kind: pipeline.Disappeared, Before: "office3"}}})
	corrected := known(9, "office4") // the register names another handle, under which it is there
	corrected.Asked = "office4"
	save(t, db, "8", "collect", true, corrected, pipeline.Outcome{})
	want = pipeline.Identity{Asked: "office4", StableID: "77", Handle: "office4", Avatar: "https://a.example/office4"}
	if diff := cmp.Diff(want, resume(t, db, days(10), days(10)).Identities["a"]); diff != "" {
		t.Error(diff)
	}
	expect(t, db, "SELECT toDate(at), change, before, after FROM account_changes ORDER BY at, change",
		"2014-11-04\trenamed\toffice\toffice2", "2014-11-07\tdisappeared\toffice2\t", "2014-11-09\tavatar_changed\t\t", "2014-11-09\treturned\t\toffice3", "2014-11-11\tdisappeared\toffice3\t")
}

// TestTakenIsToldOnce runs collections over a handle that has come to another account, then to yet another, and back.
func TestTakenIsToldOnce(t *testing.T) {
	db := open(t, Options{})
	read := pipeline.Account{ID: "read", Platform: pipeline.Mastodon, Handle: "@office"}
	never := pipeline.Account{ID: "never", Platform: pipeline.Mastodon, Handle: "@press", StableID: "7"}
	for d, stable := range []string{"7", "9", "9", "10", "10", "7", "10"} {
		runner := &pipeline.Runner{
			Collectors: map[pipeline.Platform]pipeline.Collector{pipeline.Mastodon: pipeline.OneByOne(readerFunc(func(_ context.Context, q pipeline.Request) (pipeline.Batch, error) {
				id := stable
				if q.Account.ID == "never" {
					id = "9"
				}
				return pipeline.Batch{Profile: &pipeline.Profile{StableID: id, Handle: "office"}}, nil
			}))},
			Sink: db, Privacy: &pipeline.Privacy{Key: []byte("k")}, Now: func() time.Time { return days(d) }, Log: slog.New(slog.DiscardHandler),
		}
		out, err := runner.Run(t.Context(), pipeline.RunInfo{ID: fmt.Sprint(d), Kind: "collect", Started: days(d)}, []pipeline.Account{read, never}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if errors.Is(out[0].Err, pipeline.ErrTaken) != (stable != "7") || !errors.Is(out[1].Err, pipeline.ErrTaken) {
			t.Errorf("day %d: %v, %v", d, out[0].Err, out[1].Err)
		}
	}
	expect(t, db, "SELECT account, dateDiff('day', toDateTime('2014-11-03'), at) AS day, before, after FROM changes WHERE change = 'taken' ORDER BY account, day",
		"never\t0\t7\t9", "read\t1\t7\t9", "read\t3\t7\t10", "read\t6\t7\t10")
}

type readerFunc func(context.Context, pipeline.Request) (pipeline.Batch, error)

func (f readerFunc) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	return f(ctx, r)
}

// TestResumeIdentityOfAnAccountNeverSeen: an account that was gone at its first reading is known to be gone.
func TestResumeIdentityOfAnAccountNeverSeen(t *testing.T) {
	db := open(t, Options{})
	save(t, db, "1", "collect", true, batch("a", days(0)), pipeline.Outcome{Err: pipeline.ErrGone})
	if got, ok := resume(t, db, days(1), days(1)).Identities["a"]; ok {
		t.Errorf("%+v", got)
	}
}

func TestResumeParked(t *testing.T) {
	db := open(t, Options{})
	parked := func(metric string, d int, cause string) []pipeline.Parked {
		return []pipeline.Parked{{Platform: pipeline.Mastodon, Metric: metric, Since: days(d), Cause: cause}}
	}
	save(t, db, "1", "collect", true, batch("a", days(0)), pipeline.Outcome{Parked: parked("reach", 0, "an old refusal")})
	save(t, db, "2", "collect", true, batch("a", days(40)), pipeline.Outcome{Parked: parked("reach", 40, "a new refusal")})
	save(t, db, "3", "collect", true, batch("b", days(41)), pipeline.Outcome{Parked: parked("reach", 39, "another account's, older")})
	save(t, db, "4", "collect", false, batch("a", days(42)), pipeline.Outcome{Parked: parked("views", 42, "of a broken run")})
	want := parked("reach", 40, "a new refusal")
	if diff := cmp.Diff(want, resume(t, db, days(50), days(50)).Parked); diff != "" {
		t.Error(diff)
	}
}

func TestUsed(t *testing.T) {
	db := open(t, Options{})
	month := time.Date(2014, 11, 1, 0, 0, 0, 0, time.UTC)
	use := func(run string, at time.Time, p pipeline.Platform, complete bool, calls int, cost float64, err error) {
		b := batch("a"+string(p), at)
		b.Platform = p
		save(t, db, run, "collect", complete, b, pipeline.Outcome{Calls: calls, Cost: cost, Err: err})
	}
	use("1", month.Add(-time.Millisecond), pipeline.X, true, 1000, 100, nil)
	use("2", month, pipeline.X, true, 10, 0.5, nil)
	use("3", month.Add(time.Hour), pipeline.X, false, 7, 0.25, nil) // the platform counts what a broken run has asked
	use("4", month.Add(2*time.Hour), pipeline.X, true, 3, 0.125, pipeline.ErrUnavailable)
	use("5", month.Add(2*time.Hour), pipeline.YouTube, true, 5, 0, nil)
	use("6", month.Add(50*time.Hour), pipeline.X, true, 10_000, 1000, nil) // later than the moment asked for
	got, err := db.Used(t.Context(), month.Add(3*time.Hour))
	want := map[pipeline.Platform]pipeline.Use{pipeline.X: {Calls: 20, Dollars: 0.875}, pipeline.YouTube: {Calls: 5}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	elsewhere := time.Date(2014, 12, 1, 0, 30, 0, 0, time.FixedZone("", 3600)) // still November in UTC
	if got, err := db.Used(t.Context(), elsewhere); err != nil || got[pipeline.X].Calls != 10_020 {
		t.Error(got, err)
	}
	expect(t, db, "SELECT sum(cost) FROM outcomes WHERE run = '4' AND state = 'failed'", "0.125")
}

func TestSavesAreKept(t *testing.T) {
	db := open(t, Options{})
	p := post("p", days(0), pipeline.CountOf(1))
	p.Figures.Saves = pipeline.CountOf(4)
	q := post("q", days(0), pipeline.CountOf(1))
	q.Figures.Saves = pipeline.NoCount
	save(t, db, "1", "collect", true, batch("a", days(1), p, q, post("r", days(0), pipeline.Count{})), pipeline.Outcome{})
	expect(t, db, "SELECT post, saves, has(not_applicable, 'saves') FROM post_figures ORDER BY post", `p	4	0`, `q	\N	1`, `r	\N	0`)
	expect(t, db, "SELECT post, saves FROM posts_latest ORDER BY post", `p	4`, `q	\N`, `r	\N`)
}

// BenchmarkResume is a thousand accounts with a hundred thousand posts of the last two months, each read four times, over
// a history of three years that is ten times as large.
func BenchmarkResume(b *testing.B) {
	db := open(b, Options{})
	const accounts, recent = 1000, 100
	now := days(0)
	for reading := range 4 {
		at := now.AddDate(0, 0, reading-10)
		batches := make([]pipeline.Batch, accounts)
		for a := range accounts {
			batches[a] = batch(fmt.Sprintf("account-%04d", a), at)
			batches[a].Asked, batches[a].Profile = "x", &pipeline.Profile{StableID: fmt.Sprint(a), Handle: "x"}
			batches[a].Next = `{"newest":"2014-11-03T09:00:00Z"}`
			for n := range recent {
				batches[a].Posts = append(batches[a].Posts, post(fmt.Sprintf("%019d", a*1_000_000+n), now.Add(-time.Duration(n)*14*time.Hour-240*time.Hour), pipeline.CountOf(int64(reading))))
			}
			if reading == 0 {
				for n := range 10 * recent {
					batches[a].Posts = append(batches[a].Posts, post(fmt.Sprintf("%019d", a*1_000_000+1000+n), now.Add(-time.Duration(n)*24*time.Hour-80*24*time.Hour), pipeline.CountOf(int64(n))))
				}
			}
			batches[a].Gone = []string{fmt.Sprintf("%019d", a*1_000_000+99)}
			if reading > 0 {
				batches[a].Posts = batches[a].Posts[:99]
			}
		}
		collect(b, db, fmt.Sprint("run", reading), batches...)
	}
	b.ResetTimer()
	b.ReportAllocs()
	for b.Loop() {
		r := resume(b, db, now, now.Add(-60*24*time.Hour))
		n := 0
		for _, p := range r.Posts {
			n += len(p)
		}
		b.ReportMetric(float64(n), "posts")
	}
}
