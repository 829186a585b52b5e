package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"presencia/pipeline"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	goleak.VerifyTestMain(m)
}

// open opens a store of the test's own. An engine that is not installed skips the test.
func open(t testing.TB, o Options) *DB {
	t.Helper()
	return reopen(t, t.TempDir(), o)
}

func reopen(t testing.TB, dir string, o Options) *DB {
	t.Helper()
	if _, err := findEngine(""); err != nil {
		t.Skip("libchdb is not installed, 'npm ci' brings it")
	}
	db, err := Open(t.Context(), "chdb:"+dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

var (
	day0  = time.Date(2014, 11, 3, 9, 0, 0, 0, time.UTC)
	hours = func(n int) time.Time { return day0.Add(time.Duration(n) * time.Hour) }
	days  = func(n int) time.Time { return hours(24 * n) }
)

// collect runs a whole run of batches and fails the test where it is not stored.
func collect(t testing.TB, db *DB, id string, batches ...pipeline.Batch) {
	t.Helper()
	if err := tryCollect(t.Context(), db, pipeline.RunInfo{ID: id, Kind: "collect", Started: day0, Register: "v1"}, batches...); err != nil {
		t.Fatalf("run %s: %v", id, err)
	}
}

func tryCollect(ctx context.Context, db *DB, info pipeline.RunInfo, batches ...pipeline.Batch) error {
	r, err := db.Begin(ctx, info)
	if err != nil {
		return err
	}
	for _, b := range batches {
		o := pipeline.Outcome{Account: b.Account, Platform: b.Platform, At: b.At, Posts: len(b.Posts), Messages: len(b.Messages), Gaps: b.Gaps}
		if err := r.Save(ctx, b, o); err != nil {
			return err
		}
	}
	return r.Complete(ctx, info.Started.Add(time.Minute))
}

// lines answers a query as lines of tab-separated values without head.
func lines(t testing.TB, db *DB, query string) []string {
	t.Helper()
	var b strings.Builder
	if err := db.Query(t.Context(), &b, query, "tsv"); err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(strings.TrimSuffix(b.String(), "\n"), "\n")
	if rows == "" {
		return nil
	}
	return strings.Split(rows, "\n")
}

func expect(t testing.TB, db *DB, query string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, lines(t, db, query), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s\n(-want +got)\n%s", query, diff)
	}
}

var register = &pipeline.Register{
	Institution: pipeline.Institution{Name: "Diputación", TimeZone: "Europe/Madrid", Languages: []string{"es"}, Population: 1900000},
	Departments: []pipeline.Department{{ID: "d1", Name: "Uno", Group: pipeline.Participant}, {ID: "d2", Name: "Dos", Group: pipeline.Comparison}},
	Accounts: []pipeline.Account{
		{ID: "b", Department: "d2", Platform: pipeline.Mastodon, Handle: "@B@social.example", Opened: pipeline.Date{Year: 2013, Month: 5, Day: 2}},
		{ID: "a", Department: "d1", Platform: pipeline.Mastodon, Handle: "@A@social.example", Owner: "ana.perez@dip.example"},
	},
	Version: "v1",
}

func post(id string, at time.Time, likes pipeline.Count) pipeline.Post {
	return pipeline.Post{ID: id, CreatedAt: at, Kind: pipeline.Own, Text: "text of " + id, Figures: pipeline.Figures{Likes: likes}}
}

func batch(account string, at time.Time, posts ...pipeline.Post) pipeline.Batch {
	return pipeline.Batch{
		Account: pipeline.AccountID(account), Platform: pipeline.Mastodon, At: at, Posts: posts,
		Gives: []pipeline.Field{pipeline.FieldText, pipeline.FieldLikes}, Next: pipeline.Cursor("c" + at.Format("0215")),
	}
}

func TestOpenIsRepeatable(t *testing.T) {
	dir := t.TempDir()
	o := Options{Log: slog.New(slog.DiscardHandler), Views: []string{"CREATE OR REPLACE VIEW further AS SELECT count() AS n FROM runs"}}
	state := func() []string {
		db := reopen(t, dir, o)
		defer db.Close()
		return lines(t, db, `SELECT * FROM
			(SELECT id, checksum, applied FROM migrations UNION ALL
			SELECT name, create_table_query, metadata_modification_time FROM system.tables WHERE database = 'default') ORDER BY ALL`)
	}
	first := state()
	if diff := cmp.Diff(first, state()); diff != "" {
		t.Errorf("opening again changed the store (-first +second)\n%s", diff)
	}
	o.Views[0] = "CREATE OR REPLACE VIEW further AS SELECT 2 AS n"
	db := reopen(t, dir, o)
	expect(t, db, "SELECT n FROM further", "2")
}

func TestRunRoundTrip(t *testing.T) {
	db := open(t, Options{Program: "test"})
	if err := db.SaveRegister(t.Context(), register, nil, day0); err != nil {
		t.Fatal(err)
	}
	full := pipeline.Post{
		ID: "p\x00\t'1'", CreatedAt: hours(1), Kind: pipeline.Reply, Text: "¿Qué?\n\x00\xff \\ 'x'", Language: "es", URL: "https://x.example/1",
		InReplyTo: "m", RepostOf: "r", Links: []string{"https://a.example", ""}, Hashtags: []string{"Uno"}, Mentions: []string{"b@social.example"},
		Media:  []pipeline.Media{{Kind: "image", URL: "u", Alt: "alt"}, {Kind: "video", Captions: true}},
		Edited: true,
		Figures: pipeline.Figures{
			Likes: pipeline.CountOf(0), Replies: pipeline.Count{}, Reposts: pipeline.NoCount, Views: pipeline.CountOf(7), Reach: pipeline.NoCount,
		},
	}
	b := batch("a", hours(24), full)
	b.Profile = &pipeline.Profile{
		Followers: pipeline.CountOf(0), Following: pipeline.NoCount, Handle: "a@social.example", DisplayName: "A", Bio: "Diputación", Website: "w",
		Links: []string{"w"}, Avatar: "av", Header: "he", Verified: true, CreatedAt: days(-500), LastPostAt: hours(1),
	}
	b.Gives = append(b.Gives, pipeline.FieldMessages)
	b.Messages = []pipeline.Message{{ID: "m", At: hours(0), Author: "h", Language: "ca", Kind: "query", InReplyTo: "q"}, {ID: "n", At: hours(2)}}
	empty := batch("b", hours(25))
	empty.Profile = &pipeline.Profile{}
	empty.Gaps = []pipeline.Gap{{Part: "messages", Cause: pipeline.ErrDenied}}
	empty.Gives = append(empty.Gives, pipeline.FieldMessages)
	collect(t, db, "1", b, empty)

	var got []pipeline.Subject
	for s, err := range db.Subjects(t.Context(), register, pipeline.Window{From: days(0), To: days(7)}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(s.All) != 2 || s.Account.ID != "" && s.All[len(got)].Account.ID != s.Account.ID {
			t.Errorf("%q does not see all accounts", s.Account.ID)
		}
		s.All = nil
		got = append(got, s)
	}
	w := pipeline.Window{From: days(0), To: days(7)}
	want := []pipeline.Subject{
		{
			Account: register.Accounts[1], Window: w, Profile: b.Profile, ProfileAt: hours(24), ProfileGives: b.Gives, LastPostAt: hours(1),
			Posts:   []pipeline.Observed{{Post: full, Gives: b.Gives}},
			Threads: []pipeline.Thread{{Message: b.Messages[0], Answer: func() *pipeline.Post { p := full; p.Figures = pipeline.Figures{}; return &p }()}, {Message: b.Messages[1]}},

			GivesThreads: true,
		},
		{Account: register.Accounts[0], Window: w, Profile: &pipeline.Profile{}, ProfileAt: hours(25), ProfileGives: empty.Gives},
		{Window: w}, // the institution
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	resume, err := db.Resume(t.Context(), days(9), days(0))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[pipeline.AccountID]pipeline.Cursor{"a": b.Next, "b": empty.Next}, resume.Cursors); diff != "" {
		t.Error(diff)
	}
	expect(t, db, "SELECT account, state, gaps FROM outcomes ORDER BY account", "a\tok\t[]", "b\tpartial\t['messages: access denied']")
	expect(t, db, "SELECT run, kind, register, program, accounts, failed, rows FROM runs", "1\tcollect\tv1\ttest\t2\t0\t8")
	if err := tryCollect(t.Context(), db, pipeline.RunInfo{ID: "1"}, b); !errors.Is(err, pipeline.ErrRunExists) {
		t.Errorf("the same run again: %v", err)
	}
}

func TestNumbersStayThreeThings(t *testing.T) {
	db := open(t, Options{})
	b := batch("a", days(1), post("zero", hours(1), pipeline.CountOf(0)), post("unknown", hours(2), pipeline.Count{}), post("none", hours(3), pipeline.NoCount))
	collect(t, db, "1", b)
	expect(t, db, "SELECT post, likes, not_applicable FROM posts_latest ORDER BY created",
		"zero\t0\t[]", "unknown\t\\N\t[]", "none\t\\N\t['likes']")
	expect(t, db, "SELECT sum(likes), count(likes), count() FROM posts_latest", "0\t1\t3")
}

func TestRunsAreInvisibleUntilComplete(t *testing.T) {
	db := open(t, Options{})
	ctx := t.Context()
	collect(t, db, "1", batch("a", days(1), post("p", hours(1), pipeline.CountOf(1))))
	views := []string{"post_contents", "posts_latest", "post_figures", "profiles_latest", "profile_history", "messages_latest", "checks_latest", "verdicts_latest", "account_changes", "parked_metrics"}
	seen := func() (all []string) {
		for _, v := range views {
			all = append(all, lines(t, db, "SELECT '"+v+"', * FROM "+v+" ORDER BY ALL")...)
		}
		return all
	}
	before := seen()

	// A later reading of everything that stops before its completion: same post, other content and figures.
	b := batch("a", days(2), post("p", hours(1), pipeline.CountOf(9)), post("q", hours(2), pipeline.CountOf(9)))
	b.Posts[0].Text = "changed"
	b.Profile = &pipeline.Profile{Followers: pipeline.CountOf(5)}
	b.Messages = []pipeline.Message{{ID: "m", At: hours(2)}}
	r, err := db.begin(ctx, pipeline.RunInfo{ID: "2", Kind: "collect", Started: days(2)})
	if err != nil {
		t.Fatal(err)
	}
	o := pipeline.Outcome{Account: "a", Platform: pipeline.Mastodon, At: b.At, Changes: []pipeline.Change{{At: b.At, Kind: pipeline.Renamed, Before: "a", After: "b"}},
		Parked: []pipeline.Parked{{Platform: pipeline.Mastodon, Metric: "m", Since: b.At, Cause: "c"}}}
	if err := r.Save(ctx, b, o); err != nil {
		t.Fatal(err)
	}
	r.evidence.add(0, evidenceRow{Account: "a", Run: "2", At: days(2), Evidence: "e"})
	r.verdicts.add(0, newVerdictsRow("2", "g", days(2), pipeline.Judged{Account: "a"}))
	if err := r.flush(ctx, true); err != nil {
		t.Fatal(err)
	}
	for _, table := range r.tables() {
		name, sent := table.state()
		if sent == 0 && name != "deletions" {
			t.Errorf("nothing was sent to %s: this proves nothing", name)
		}
		if err := db.conn.Exec(ctx, "OPTIMIZE TABLE "+name+" FINAL"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, seen()); diff != "" {
		t.Errorf("an incomplete run shows (-before +after)\n%s", diff)
	}
	if c, err := db.Resume(ctx, days(9), days(0)); err != nil || c.Cursors["a"] != batch("a", days(1)).Next {
		t.Errorf("cursors %v, error %v: an incomplete run moved them", c.Cursors, err)
	}

	// The same run again: what the first attempt left does not show, however different it was.
	b.Posts = b.Posts[:1]
	b.At = days(3)
	collect(t, db, "2", b)
	expect(t, db, "SELECT post, text, likes FROM posts_latest", "p\tchanged\t9")
	expect(t, db, "SELECT count() FROM figures WHERE run = '2'", "1")
}

func TestSendingTwiceChangesNothing(t *testing.T) {
	db := open(t, Options{})
	b := batch("a", days(1), post("p", hours(1), pipeline.CountOf(1)), post("p", hours(1), pipeline.CountOf(2)))
	b.Messages = []pipeline.Message{{ID: "m", At: hours(2)}, {ID: "m", At: hours(2)}}
	b.Profile = &pipeline.Profile{Followers: pipeline.CountOf(5)}
	collect(t, db, "1", b)
	views := "SELECT * FROM posts_latest ORDER BY ALL"
	before := lines(t, db, views)
	expect(t, db, "SELECT count(), any(likes) FROM posts_latest", "1\t2") // the last of two readings in one batch

	collect(t, db, "2", b) // the same reading under another name
	if diff := cmp.Diff(before, lines(t, db, views)); diff != "" {
		t.Error(diff)
	}
	expect(t, db, "SELECT count() FROM posts", "1")
	expect(t, db, "SELECT count() FROM messages", "1")

	rows := []deletionRow{{"a", "x", "3", days(1)}}
	for _, token := range []string{"t1", "t1", "t2"} {
		if err := send(t.Context(), db, "deletions", token, rows); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, db, "SELECT count() FROM deletions", "2") // a block of the same token is taken once
}

func TestWhatCannotBeSavedIsNotCompleted(t *testing.T) {
	db := open(t, Options{})
	ctx := t.Context()
	o := pipeline.Outcome{Account: "a", At: days(1)}
	begin := func(id string) *run {
		r, err := db.begin(ctx, pipeline.RunInfo{ID: id, Kind: "collect", Started: day0})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Run("an account twice", func(t *testing.T) {
		r := begin("1")
		err := errors.Join(r.Save(ctx, batch("a", days(1)), o), r.Save(ctx, batch("a", days(1)), o))
		if err == nil || r.Complete(ctx, days(1)) == nil {
			t.Error("an account was saved twice")
		}
	})
	t.Run("rows that the store has lost", func(t *testing.T) {
		r := begin("2")
		if err := errors.Join(r.Save(ctx, batch("a", days(1), post("p", hours(1), pipeline.Count{})), o), r.flush(ctx, true)); err != nil {
			t.Fatal(err)
		}
		if err := db.conn.Exec(ctx, "TRUNCATE TABLE figures"); err != nil {
			t.Fatal(err)
		}
		if err := r.Complete(ctx, days(1)); err == nil || !strings.Contains(err.Error(), "1 rows were sent to figures and 0 are there") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a store that is behind", func(t *testing.T) {
		r := begin("3")
		r.turn <- struct{}{} // another caller's block is being sent
		soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if err := r.Save(soon, batch("a", days(1)), o); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Save did not wait: %v", err)
		}
		<-r.turn
		if err := r.Complete(ctx, days(1)); err == nil {
			t.Error("the run was completed without its account")
		}
	})
	t.Run("findings that break off", func(t *testing.T) {
		broken := errors.New("broken")
		_, err := db.SaveVerdicts(ctx, pipeline.RunInfo{ID: "4"}, pipeline.GuideState{}, func(yield func(pipeline.Judged, error) bool) {
			_ = yield(pipeline.Judged{Account: "a"}, nil) && yield(pipeline.Judged{}, broken)
		}, nil)
		if !errors.Is(err, broken) {
			t.Error(err)
		}
	})
	expect(t, db, "SELECT run FROM runs")
}

func TestImpossibleDatesAreLeftOutAndSaid(t *testing.T) {
	db := open(t, Options{})
	b := batch("a", days(1), post("zero", time.Time{}, pipeline.Count{}), post("p", hours(1), pipeline.Count{}), post("far", day0.AddDate(7985, 0, 0), pipeline.Count{}))
	b.Messages = []pipeline.Message{{ID: "m"}}
	collect(t, db, "1", b)
	expect(t, db, "SELECT post, observed FROM posts_latest", "p\t2014-11-04 09:00:00.000")
	expect(t, db, "SELECT count() FROM messages", "0")
	expect(t, db, "SELECT state, gaps FROM outcomes", "partial\t['dates: 3 records with an impossible date were left out']")
}

func TestBlocks(t *testing.T) {
	db := open(t, Options{})
	posts := make([]pipeline.Post, blockRows+1)
	for i := range posts {
		posts[i] = post(fmt.Sprint(i), days(-i%900), pipeline.CountOf(int64(i)))
	}
	collect(t, db, "1", batch("a", days(1), posts...), batch("b", days(1), posts[:10]...))
	expect(t, db, "SELECT count(), uniqExact(post), sum(likes) FROM posts_latest", fmt.Sprintf("%d\t%d\t%d", blockRows+11, blockRows+1, blockRows*(blockRows+1)/2+45))
}

func TestRaggedColumnsAreRefused(t *testing.T) {
	db := open(t, Options{})
	b, err := db.conn.PrepareBatch(t.Context(), "INSERT INTO deletions (account, post)")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Column(0).Append([]string{"a", "a"}), b.Column(1).Append([]string{"p"})); err != nil {
		t.Fatal(err)
	}
	var refused *clickhouse.Exception
	if err := b.Send(); !errors.As(err, &refused) || refused.Code != 108 {
		t.Errorf("error %v: rows were lost in silence", err)
	}
	expect(t, db, "SELECT count() FROM deletions", "0")
}

func TestVerdicts(t *testing.T) {
	db := open(t, Options{})
	if err := db.SaveRegister(t.Context(), register, nil, day0); err != nil {
		t.Fatal(err)
	}
	guide := pipeline.GuideState{Version: "g1"}
	for v := pipeline.NotJudged; v <= pipeline.Fail; v++ {
		guide.Rules = append(guide.Rules, pipeline.RuleState{ID: "r" + v.String(), Version: 2, Scope: "post", Severity: "low"})
	}
	check := func(id string, at time.Time, g pipeline.GuideState, judged ...pipeline.Judged) int {
		n, err := db.SaveVerdicts(t.Context(), pipeline.RunInfo{ID: id, Kind: "check", Started: at}, g, func(yield func(pipeline.Judged, error) bool) {
			for _, j := range judged {
				j.Window = pipeline.Window{From: days(0), To: days(30)}
				if !yield(j, nil) {
					return
				}
			}
		}, func() time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := pipeline.Judged{Account: "a", Subject: "s", URL: "u", Verdicts: []pipeline.Verdict{0, 1, 2, 3, 4, 5}, Evidence: []pipeline.Evidence{{Rule: 4, Text: "w"}, {Rule: 5, Text: "f"}}}
	n := check("1", days(31), guide, all, pipeline.Judged{Account: "b", Verdicts: []pipeline.Verdict{0, 0, 0, pipeline.Pass, 0, 0}},
		pipeline.Judged{Subject: "institution", Verdicts: []pipeline.Verdict{0, 0, 0, 0, 0, pipeline.Fail}})
	if n != 7 {
		t.Errorf("%d verdicts stored, want 7", n)
	}
	const query = "SELECT rule, account, department, subject, version, severity, verdict, evidence FROM checks_latest ORDER BY account, subject, rule"
	expect(t, db, query, "rfail\t\t\tinstitution\t2\tlow\tfail\t",
		"rfail\ta\td1\ts\t2\tlow\tfail\tf", "rnot_applicable\ta\td1\ts\t2\tlow\tnot_applicable\t", "rnot_evaluable\ta\td1\ts\t2\tlow\tnot_evaluable\t",
		"rpass\ta\td1\ts\t2\tlow\tpass\t", "rwarn\ta\td1\ts\t2\tlow\twarn\tw", "rpass\tb\td2\t\t2\tlow\tpass\t")

	// Another guide: one rule is left, in another place. What was found before stays in the history.
	later := pipeline.GuideState{Version: "g2", Rules: []pipeline.RuleState{{ID: "rfail", Version: 3, Scope: "post", Severity: "high", Params: `{"max":3}`}}}
	check("2", days(32), later, pipeline.Judged{Account: "a", Subject: "s", Verdicts: []pipeline.Verdict{pipeline.Pass}})
	expect(t, db, query, "rfail\t\t\tinstitution\t2\tlow\tfail\t", "rfail\ta\td1\ts\t3\thigh\tpass\t", "rpass\tb\td2\t\t2\tlow\tpass\t")
	expect(t, db, "SELECT account, params FROM checks_latest WHERE rule = 'rfail' ORDER BY account", "\t", "a\t{\"max\":3}")
	expect(t, db, "SELECT run, guide, letters FROM verdicts WHERE account = 'a' ORDER BY run", "1\tg1\t ?-pwf", "2\tg2\tp")
}

func TestRegisters(t *testing.T) {
	db := open(t, Options{})
	save := func(version string, at time.Time, accounts ...pipeline.Account) {
		r := *register
		r.Version, r.Accounts = version, accounts
		content := "accounts:\n  - {id: a, owner: ana.perez@dip.example, platform: mastodon}\n  - id: b\n    owner: 'Luis, 965 00 00 00'\n    \"owner\": \"x\"\n# ask ana.perez@dip.example\n"
		if err := db.SaveRegister(t.Context(), &r, []byte(content), at); err != nil {
			t.Fatal(err)
		}
	}
	save("v1", days(0), register.Accounts...)
	save("v1", days(1), register.Accounts...)
	expect(t, db, "SELECT version, saved FROM registers", "v1\t2014-11-03 09:00:00.000")
	expect(t, db, "SELECT account, department_name, department_group, handle, opened, closed FROM accounts ORDER BY account",
		"a\tUno\tparticipant\ta@social.example\t\\N\t\\N", "b\tDos\tcomparison\tb@social.example\t2013-05-02\t\\N")
	save("v2", days(2), register.Accounts[1])
	expect(t, db, "SELECT account FROM accounts", "a")
	save("v1", days(3), register.Accounts...) // back to the first
	expect(t, db, "SELECT count() FROM accounts", "2")
	for _, gone := range []string{"ana.perez", "Luis", "965", `"x"`} {
		expect(t, db, "SELECT count() FROM registers WHERE position(content, '"+gone+"') > 0", "0")
	}
	expect(t, db, "SELECT count() FROM registers WHERE position(content, 'platform: mastodon}') > 0", fmt.Sprint(3))
}

func TestPostsLatest(t *testing.T) {
	db := open(t, Options{})
	listed := pipeline.Window{From: days(0), To: days(10)}
	read := func(id string, at time.Time, posts ...pipeline.Post) {
		b := batch("a", at, posts...)
		b.Listed = listed
		collect(t, db, id, b)
	}
	const q = "SELECT post, text, likes, deleted FROM posts_latest ORDER BY post"
	old := post("old", days(-5), pipeline.CountOf(1)) // outside of what is listed: nothing can be said
	p, r := post("p", days(1), pipeline.CountOf(3)), post("r", days(2), pipeline.CountOf(4))
	read("1", days(3), old, p, r)
	p.Text, p.Figures.Likes = "edited", pipeline.Count{}
	read("2", days(4), p)
	expect(t, db, q, "old\ttext of old\t1\t\\N", "p\tedited\t3\t\\N", "r\ttext of r\t4\t2014-11-07 09:00:00.000")
	read("3", days(5), p)
	expect(t, db, "SELECT count() FROM deletions", "1") // noted once
	expect(t, db, "SELECT count() FROM posts WHERE post = 'p'", "2")
	expect(t, db, "SELECT count() FROM figures WHERE post = 'p'", "3")
	var posts []string
	for s, err := range db.Subjects(t.Context(), register, pipeline.Window{From: days(0), To: days(10)}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Posts {
			posts = append(posts, p.ID+" "+p.Figures.Likes.String())
		}
	}
	if diff := cmp.Diff([]string{"p 3"}, posts); diff != "" {
		t.Errorf("a check sees (-want +got)\n%s", diff)
	}
	read("4", days(6), p, r)
	expect(t, db, "SELECT post FROM posts_latest WHERE deleted IS NOT NULL") // it was back
	read("5", days(7), p)
	expect(t, db, "SELECT post, deleted FROM posts_latest WHERE deleted IS NOT NULL", "r\t2014-11-10 09:00:00.000")
}

// What is known is read for all accounts at once where a run looks back a little, and by account where it looks far.
func TestWhatIsKnownIsNotWrittenAgain(t *testing.T) {
	for name, from := range map[string]time.Time{"lately": days(-10), "long ago": days(-400), "since ever": {}} {
		t.Run(name, func(t *testing.T) {
			db := open(t, Options{})
			at := from
			if at.IsZero() {
				at = days(-3000)
			}
			read := func(id string, posts ...pipeline.Post) {
				a, b := batch("a", days(1), posts...), batch("b", days(1), posts...)
				a.Messages = []pipeline.Message{{ID: "m", At: at.Add(3 * time.Hour)}}
				a.Listed = pipeline.Window{From: from, To: days(0)}
				collect(t, db, id, a, b)
			}
			p, q := post("p", at.Add(time.Hour), pipeline.Count{}), post("q", at.Add(2*time.Hour), pipeline.Count{})
			read("1", p, q)
			q.Text = "edited"
			read("2", p, q)
			read("3", q)
			expect(t, db, "SELECT account, post, count(), max(run) FROM posts GROUP BY ALL ORDER BY ALL", "a\tp\t1\t1", "a\tq\t2\t2", "b\tp\t1\t1", "b\tq\t2\t2")
			expect(t, db, "SELECT run FROM messages", "1")
			expect(t, db, "SELECT account, post, run FROM deletions", "a\tp\t3") // b's list says nothing of what is not in it
		})
	}
}

func TestMessagesLatest(t *testing.T) {
	db := open(t, Options{})
	if err := db.SaveRegister(t.Context(), register, nil, day0); err != nil {
		t.Fatal(err)
	}
	a := batch("a", days(1))
	a.Messages = []pipeline.Message{{ID: "m1", At: hours(0), Language: "ca"}, {ID: "m2", At: hours(1)}, {ID: "m3", At: hours(2)}}
	answer := func(id, to string, at time.Time) pipeline.Post {
		return pipeline.Post{ID: id, CreatedAt: at, Kind: pipeline.Reply, InReplyTo: to, Language: "es"}
	}
	thread := answer("self", "m3", hours(3))
	thread.SelfReply = true
	a.Posts = []pipeline.Post{answer("late", "m1", hours(9)), thread}
	collect(t, db, "1", a, batch("b", days(1), answer("first", "m1", hours(4))))
	expect(t, db, "SELECT message, department, answered, answered_by, answer, answer_language FROM messages_latest ORDER BY message",
		"m1\td1\t2014-11-03 13:00:00.000\tb\tfirst\tes", "m2\td1\t\\N\t\\N\t\\N\t\\N", "m3\td1\t\\N\t\\N\t\\N\t\\N")
}

func TestAgeClasses(t *testing.T) {
	db := open(t, Options{})
	for i, n := range []int{1, 7, 8, 14, 20, 30, 31} {
		collect(t, db, fmt.Sprint(i), batch("a", days(n), post("p", days(0), pipeline.CountOf(int64(n)))))
	}
	collect(t, db, "back-fill", batch("a", days(100), post("old", days(0), pipeline.CountOf(100))))
	expect(t, db, "SELECT likes, age_class FROM post_figures ORDER BY likes",
		"1\tother", "7\tat_7_days", "8\tother", "14\tother", "20\tother", "30\tsettled", "31\tother", "100\tsettled")
}

func TestCursorsComeFromCollections(t *testing.T) {
	db := open(t, Options{})
	collect(t, db, "1", batch("a", days(1)))
	if err := tryCollect(t.Context(), db, pipeline.RunInfo{ID: "2", Kind: "import", Started: day0}, batch("a", days(2))); err != nil {
		t.Fatal(err)
	}
	r, err := db.Begin(t.Context(), pipeline.RunInfo{ID: "3", Kind: "collect", Started: day0})
	if err != nil {
		t.Fatal(err)
	}
	failed := batch("a", days(3))
	if err := errors.Join(r.Save(t.Context(), failed, pipeline.Outcome{Account: "a", At: days(3), Err: pipeline.ErrGone}), r.Complete(t.Context(), days(3))); err != nil {
		t.Fatal(err)
	}
	c, err := db.Resume(t.Context(), days(9), days(0))
	if err != nil || c.Cursors["a"] != batch("a", days(1)).Next {
		t.Errorf("cursor %v, error %v: want the one of the last collection that read the account", c.Cursors, err)
	}
	expect(t, db, "SELECT accounts, failed FROM runs WHERE run = '3'", "1\t1")
}

func TestQuery(t *testing.T) {
	db := open(t, Options{})
	const q = "SELECT 'a' AS x, 1 AS y, NULL AS z, 18446744073709551615 AS big ;\n"
	for format, want := range map[string]string{
		"tsv":   "x\ty\tz\tbig\na\t1\t\\N\t18446744073709551615\n",
		"csv":   "\"x\",\"y\",\"z\",\"big\"\n\"a\",1,\\N,18446744073709551615\n",
		"table": "┌─x─┬─y─┬─z────┬──────────────────big─┐\n│ a │ 1 │ ᴺᵁᴸᴸ │ 18446744073709551615 │\n└───┴───┴──────┴──────────────────────┘\n",
	} {
		var b strings.Builder
		if err := db.Query(t.Context(), &b, q, format); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
	}
	var b strings.Builder
	if err := db.Query(t.Context(), &b, q, "json"); err != nil || !strings.Contains(b.String(), `"y": 1`) {
		t.Errorf("json: %v %s", err, b.String())
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, refused := range []string{
		"INSERT INTO runs (run) VALUES ('x')", "DROP TABLE runs", "CREATE TABLE x (a Int8) ENGINE = Memory", "ALTER TABLE runs DELETE WHERE 1",
		"TRUNCATE TABLE runs", "OPTIMIZE TABLE runs", "SET readonly = 0", "SELECT 1; DROP TABLE runs", "SYSTEM SHUTDOWN", "USE system",
		"SELECT 1 SETTINGS readonly = 0", "SELECT * FROM file('" + secret + "', 'LineAsString')", "SELECT 1 INTO OUTFILE '" + secret + ".out'",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", "BACKUP TABLE runs TO File('" + secret + ".zip')", "INSERT INTO FUNCTION file('" + secret + "') SELECT 1",
		"", "SELECT", "SELECT file('" + secret + "')", "SELECT arrayMap(FILE, ['" + secret + "'])", "EXPLAIN SELECT file('" + secret + "')",
		"WITH (SELECT file('" + secret + "')) AS f SELECT f", "SHOW TABLES WHERE name = file('" + secret + "')",
	} {
		b.Reset()
		if err := db.Query(t.Context(), &b, refused, "tsv"); err == nil {
			t.Errorf("%s was not refused, it answered %q", refused, b.String())
		}
	}
	if _, err := os.Stat(secret + ".out"); err == nil {
		t.Error("a file was written")
	}
	for _, allowed := range []string{"SHOW CREATE TABLE runs", "EXISTS TABLE runs", "DESCRIBE TABLE posts_latest", "EXPLAIN SELECT 1", "SELECT * FROM numbers(2)", "CHECK TABLE runs", "WITH 1 AS x SELECT x", "(SELECT 1) UNION ALL (SELECT 2)"} {
		if err := db.Query(t.Context(), &b, allowed, "tsv"); err != nil {
			t.Errorf("%s: %v", allowed, err)
		}
	}
	expect(t, db, "SHOW TABLES LIKE 'runs'", "runs")
	expect(t, db, "SELECT count() FROM runs", "0")
	if err := db.Query(t.Context(), &b, "SELECT 1", "yaml"); err == nil {
		t.Error("an unknown format was taken")
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		dsn  string
		o    Options
		want error
		says string
	}{
		"no scheme":         {dsn: "data", want: ErrDSN, says: "chdb:"},
		"no folder":         {dsn: "chdb:", want: ErrDSN, says: "chdb:./data"},
		"not a server":      {dsn: "clickhouse://", want: ErrDSN, says: "clickhouse://user:password@host:9000/database"},
		"broken address":    {dsn: "clickhouse://u:s3cret@h:9000?dial_timeout=x", want: ErrDSN, says: "clickhouse://"},
		"unreachable":       {dsn: "clickhouse://ana:s3cret@127.0.0.1:1/db", want: ErrUnreachable, says: `127.0.0.1:1 as user "ana"`},
		"unreachable, HTTP": {dsn: "http://ana:s3cret@127.0.0.1:1/db", want: ErrUnreachable, says: `127.0.0.1:1 as user "ana"`},
		"library not there": {dsn: "chdb:" + t.TempDir(), o: Options{Libchdb: "/nowhere/libchdb.so"}, want: ErrNoEngine, says: "/nowhere/libchdb.so"},
		"not the library":   {dsn: "chdb:" + t.TempDir(), o: Options{Libchdb: os.Args[0]}, says: "load the engine"},
		"folder is a file":  {dsn: "chdb:" + os.Args[0], says: "make the folder of the store"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), c.dsn, c.o)
			if err == nil {
				db.Close()
				t.Fatal("it opened")
			}
			if c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func TestSchemasOfOtherPrograms(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		want   error
	}{
		"newer":   {"INSERT INTO migrations VALUES ('9999_later', 'x', now())", ErrNewerSchema},
		"changed": {"INSERT INTO migrations SELECT id, 'other', now() + 1 FROM migrations WHERE id != 'views'", ErrChangedMigration},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := reopen(t, dir, Options{})
			if err := errors.Join(db.conn.Exec(t.Context(), c.change), db.Close()); err != nil {
				t.Fatal(err)
			}
			if db, err := Open(t.Context(), "chdb:"+dir, Options{}); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
				db.Close()
			}
		})
	}
}

func TestMigrationsCanBeRepeated(t *testing.T) {
	dir := t.TempDir()
	db := reopen(t, dir, Options{})
	collect(t, db, "1", batch("a", days(1), post("p", hours(1), pipeline.CountOf(1))))
	if err := errors.Join(db.conn.Exec(t.Context(), "TRUNCATE TABLE migrations"), db.conn.Exec(t.Context(), "DROP TABLE verdicts"), db.Close()); err != nil {
		t.Fatal(err) // as if killed between two statements
	}
	db = reopen(t, dir, Options{})
	expect(t, db, "SELECT post FROM posts_latest", "p")
	expect(t, db, "SELECT count() FROM checks_latest", "0")
}

func BenchmarkInsert100kPosts(b *testing.B) {
	db := open(b, Options{})
	posts := make([]pipeline.Post, 100_000)
	for i := range posts {
		posts[i] = post(fmt.Sprint(i), days(-i%1000), pipeline.CountOf(int64(i)))
		posts[i].Text = strings.Repeat("palabra ", 20)
		posts[i].Hashtags = []string{"Alicante", "Cultura"}
	}
	n := 0
	for b.Loop() {
		collect(b, db, fmt.Sprint(n), batch(fmt.Sprint("a", n), days(1), posts...))
		n++
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	reopen(b, dir, Options{}).Close()
	for b.Loop() {
		db, err := Open(b.Context(), "chdb:"+dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		db.Close()
	}
}

// A run that is given up reads in the background; closing must end that, and nothing may open the store again after it.
func TestClosingEndsWhatIsReadInTheBackground(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		db := reopen(t, dir, Options{})
		if _, err := db.begin(t.Context(), pipeline.RunInfo{ID: fmt.Sprint(i), Kind: "collect", Started: day0}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://chdb/", strings.NewReader("SELECT 1"))
		if _, err := db.embedded.RoundTrip(r); err == nil || db.embedded.engine != nil {
			t.Fatalf("a late request opened the store again: %v", err)
		}
	}
}
