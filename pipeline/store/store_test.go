package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

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
		return lines(t, db, "SELECT id, checksum, applied FROM migrations UNION ALL SELECT name, create_table_query, metadata_modification_time FROM system.tables WHERE database = 'default' ORDER BY ALL")
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
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	cursors, err := db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[pipeline.AccountID]pipeline.Cursor{"a": b.Next, "b": empty.Next}, cursors); diff != "" {
		t.Error(diff)
	}
	expect(t, db, "SELECT account, state, gaps FROM outcomes ORDER BY account", "a\tok\t[]", "b\tpartial\t['messages: access denied']")
	expect(t, db, "SELECT run, kind, register, program, accounts, failed, rows FROM runs", "1\tcollect\tv1\ttest\t2\t0\t8")
	if err := tryCollect(t.Context(), db, pipeline.RunInfo{ID: "1"}, b); !errors.Is(err, pipeline.ErrRunExists) {
		t.Errorf("the same run again: %v", err)
	}
}

var _ = fmt.Sprint
