package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type readerFunc func(ctx context.Context, r Request) (Batch, error)

func (f readerFunc) Read(ctx context.Context, r Request) (Batch, error) { return f(ctx, r) }

// memory is a sink that obeys the contract: it honours its context and shows nothing before Complete.
type memory struct {
	mu       sync.Mutex
	pending  map[AccountID]Batch
	visible  map[AccountID]Batch
	complete map[string]bool
	refuse   error
	known    Resume // of earlier runs, beside the cursors
}

func (m *memory) Resume(ctx context.Context, _, _ time.Time) (Resume, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.known
	r.Cursors = map[AccountID]Cursor{}
	for id, b := range m.visible {
		r.Cursors[id] = b.Next
	}
	return r, ctx.Err()
}

func (m *memory) Begin(ctx context.Context, info RunInfo) (Run, error) {
	if m.complete[info.ID] {
		return nil, ErrRunExists
	}
	m.pending = map[AccountID]Batch{}
	return &memoryRun{m, info}, ctx.Err()
}

type memoryRun struct {
	*memory
	info RunInfo
}

func (r *memoryRun) Save(ctx context.Context, b Batch, o Outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	if o.Err == nil {
		r.pending[b.Account] = b
	}
	return ctx.Err()
}

func (r *memoryRun) Complete(ctx context.Context, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visible == nil {
		r.visible, r.complete = map[AccountID]Batch{}, map[string]bool{}
	}
	for id, b := range r.pending {
		r.visible[id] = b
	}
	r.complete[r.info.ID] = true
	return ctx.Err()
}

func newRunner(sink Sink, c Reader) *Runner {
	return &Runner{
		Collectors: map[Platform]Collector{Mastodon: OneByOne(c)}, Sink: sink, Privacy: &Privacy{Key: []byte("k")},
		Now: func() time.Time { return time.Unix(0, 0).UTC() }, Log: slog.New(slog.DiscardHandler),
	}
}

// groupFunc is a collector of groups of three.
type groupFunc func(ctx context.Context, accounts []Request, done func(Request, Batch, error))

func (groupFunc) Together() int { return 3 }

func (f groupFunc) Collect(ctx context.Context, accounts []Request, done func(Request, Batch, error)) {
	f(ctx, accounts, done)
}

func accounts(n int) []Account {
	a := make([]Account, n)
	for i := range a {
		a[i] = Account{ID: AccountID(fmt.Sprintf("a%02d", i)), Platform: Mastodon}
	}
	return a
}

func TestRunKeepsOrderAndIsolatesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{}
		r := newRunner(sink, readerFunc(func(ctx context.Context, q Request) (Batch, error) {
			switch q.Account.ID {
			case "a01":
				return Batch{}, ErrGone
			case "a02":
				panic("boom")
			case "a03":
				<-ctx.Done()
				return Batch{}, ctx.Err()
			}
			time.Sleep(time.Duration(10-len(q.Cursor)) * time.Second)
			return Batch{Next: "c"}, nil
		}))
		out, err := r.Run(t.Context(), RunInfo{ID: "1", Kind: "collect"}, accounts(6), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range out {
			if want := accounts(6)[i].ID; o.Account != want {
				t.Errorf("outcome %d is of %s, want %s", i, o.Account, want)
			}
			if failed := i >= 1 && i <= 3; (o.Err != nil) != failed {
				t.Errorf("%s: error %v", o.Account, o.Err)
			}
		}
		if !errors.Is(out[1].Err, ErrGone) || !errors.Is(out[3].Err, context.DeadlineExceeded) || !strings.Contains(out[2].Err.Error(), "boom") {
			t.Errorf("causes are lost: %v", []error{out[1].Err, out[2].Err, out[3].Err})
		}
		if len(sink.visible) != 3 {
			t.Errorf("%d accounts stored, want the 3 that were read", len(sink.visible))
		}
	})
}

func TestRunStoresWhatWasReadWhenStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{}
		ctx, stop := context.WithCancel(t.Context())
		r := newRunner(sink, readerFunc(func(_ context.Context, q Request) (Batch, error) {
			if q.Account.ID == "a00" {
				stop()
			}
			return Batch{Next: "c"}, nil
		}))
		r.Concurrency = 1
		out, err := r.Run(ctx, RunInfo{ID: "1"}, accounts(3), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if out[0].Err != nil || !errors.Is(out[1].Err, context.Canceled) || len(sink.visible) != 1 {
			t.Errorf("outcomes %v, stored %d", out, len(sink.visible))
		}
	})
}

func TestRunDoesNotCompleteWhenTheStoreRefuses(t *testing.T) {
	full := errors.New("disk full")
	sink := &memory{refuse: full}
	r := newRunner(sink, readerFunc(func(context.Context, Request) (Batch, error) { return Batch{}, nil }))
	if _, err := r.Run(t.Context(), RunInfo{ID: "1"}, accounts(2), time.Time{}); !errors.Is(err, full) || !strings.Contains(err.Error(), "a00") {
		t.Errorf("error %v", err)
	}
	if len(sink.complete) != 0 {
		t.Error("the run was completed")
	}
}

func TestRunGoesOnFromTheLastCompleteCursor(t *testing.T) {
	sink := &memory{}
	var seen []Cursor
	r := newRunner(sink, readerFunc(func(_ context.Context, q Request) (Batch, error) {
		seen = append(seen, q.Cursor)
		return Batch{Next: q.Cursor + "x"}, nil
	}))
	for i := range 3 {
		if _, err := r.Run(t.Context(), RunInfo{ID: fmt.Sprint(i)}, accounts(1), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]Cursor{"", "x", "xx"}, seen); diff != "" {
		t.Error(diff)
	}
	if _, err := r.Run(t.Context(), RunInfo{ID: "1"}, accounts(1), time.Time{}); !errors.Is(err, ErrRunExists) {
		t.Errorf("the same run again: %v", err)
	}
}

func TestPrivacyLeavesNoCitizen(t *testing.T) {
	reg := &Register{Accounts: []Account{{Handle: "@Office@social.example"}, {Handle: "@muSeo"}}}
	p := NewPrivacy([]byte("key"), reg)
	at := time.Date(2014, 11, 3, 0, 0, 0, 0, time.UTC)
	b := Batch{
		Platform: Mastodon,
		Posts: []Post{
			{
				Kind: Reply, Text: "@ana@ciudad.example Gracias, @ana. Lo ve @office y @museo; escriba a info@dip.example (vía @Ñu_1).", InReplyTo: "17",
				Mentions: []string{"ana@ciudad.example", "Office@social.example"},
				Links:    []string{"https://ciudad.example/@ana/7", "https://social.example/@office/8"},
			},
			{Kind: Own, InReplyTo: "3", SelfReply: true},
		},
		Messages: []Message{{ID: "17", Author: "ana@ciudad.example", Text: "Soy Ana, DNI 12345678Z", At: at}},
	}
	p.Apply(&b)
	if want := "@… Gracias, @…. Lo ve @office y @museo; escriba a info@dip.example (vía @…)."; b.Posts[0].Text != want {
		t.Errorf("text\n got %s\nwant %s", b.Posts[0].Text, want)
	}
	for in, want := range map[string]string{
		".@ana gracias": ".@… gracias", "(@ana)": "(@…)", "-@ana": "-@…", "a@b.example": "a@b.example", "RT @Ana: hola": "RT @…: hola",
		"@ana@ciudad.example.": "@….", "@museo.": "@museo.", "@office@otra.example": "@…", "ver https://c.example/@ana/1": "ver https://c.example/@…/1",
	} {
		if got := p.maskHandles(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	if diff := cmp.Diff([]string{"https://ciudad.example/@…/7", "https://social.example/@office/8"}, b.Posts[0].Links); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"office@social.example"}, b.Posts[0].Mentions); diff != "" {
		t.Error(diff)
	}
	m := b.Messages[0]
	if m.Text != "" || strings.Contains(m.Author, "ana") || m.ID == "17" {
		t.Errorf("a citizen is left in %+v", m)
	}
	if b.Posts[0].InReplyTo != m.ID {
		t.Error("the answer no longer finds its message")
	}
	if b.Posts[1].InReplyTo != "3" {
		t.Error("a thread of the account's own lost its link")
	}
	own := Batch{Messages: []Message{{ID: "1", Author: "Office@social.example"}}}
	if p.Apply(&own); len(own.Messages) != 0 {
		t.Error("what an account of the institution writes counts as a message from the public")
	}
	again := []Message{{ID: "18", Author: "ana@ciudad.example", At: at}, {ID: "19", Author: "ana@ciudad.example", At: at.AddDate(0, 3, 0)}}
	b2 := Batch{Platform: Mastodon, Messages: again}
	p.Apply(&b2)
	if b2.Messages[0].Author != m.Author || b2.Messages[1].Author == m.Author {
		t.Error("an author must be the same within a quarter, and another in the next")
	}
	if other := (&Privacy{Key: []byte("other")}).hash("author", "mastodon", "2014Q4", "ana@ciudad.example"); other == m.Author {
		t.Error("the key does not matter")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := Secret("hunter2")
	js, _ := s.MarshalText()
	for _, got := range []string{fmt.Sprint(s), fmt.Sprintf("%#v %+v %q", s, struct{ S Secret }{s}, s), string(js)} {
		if strings.Contains(got, "hunter2") {
			t.Errorf("printed: %s", got)
		}
	}
}

func TestDates(t *testing.T) {
	for _, bad := range []string{"", "2014-2-1", "2014-02-30", "11/09/2014"} {
		if _, err := ParseDate(bad); err == nil {
			t.Errorf("%q was read as a date", bad)
		}
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	w, err := ParseMonth("2014-10", madrid)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.To.Sub(w.From); got != 31*24*time.Hour+time.Hour {
		t.Errorf("October 2014 in Madrid lasts %v, want an hour more than 31 days", got)
	}
	if d := (Date{2014, 12, 31}).AddDays(1); d.String() != "2015-01-01" {
		t.Errorf("the day after New Year's Eve is %s", d)
	}
}

func TestRunReadsInGroupsOfWhatIsHadInCommon(t *testing.T) {
	r := newRunner(&memory{}, nil)
	var mu sync.Mutex
	var groups [][]AccountID
	r.Collectors[Mastodon] = groupFunc(func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
		var ids []AccountID
		for _, q := range accounts {
			ids = append(ids, q.Account.ID)
			done(q, Batch{}, nil)
		}
		mu.Lock()
		defer mu.Unlock()
		groups = append(groups, ids)
	})
	r.Concurrency = 1
	all := accounts(9)
	all[1].Server, all[4].Server = "b.example", "b.example"
	all[2].Credential, all[3].Platform = "OTHER", Feed
	out, err := r.Run(t.Context(), RunInfo{ID: "1"}, all, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]AccountID{{"a00", "a05", "a06"}, {"a07", "a08"}, {"a01", "a04"}, {"a02"}}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Error(diff)
	}
	for i, o := range out {
		if unread := all[i].Platform == Feed; (o.Err != nil) != unread || unread && !strings.Contains(o.Err.Error(), "presencia import --account a03") {
			t.Errorf("%s: %v", o.Account, o.Err)
		}
	}
}

func TestRunBearsACollectorThatKeepsNoContract(t *testing.T) {
	for _, c := range []struct {
		name    string
		collect groupFunc
		read    int
		says    string // of those not read
	}{
		{"an account twice", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			for _, q := range append(accounts, accounts...) {
				done(q, Batch{Next: "c"}, nil)
			}
		}, 3, ""},
		{"an account that nobody asked for", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			done(Request{Account: Account{ID: "stranger"}}, Batch{Next: "c"}, nil)
			for _, q := range accounts {
				done(Request{Account: Account{ID: q.Account.ID}}, Batch{Next: "c"}, nil)
			}
		}, 3, ""},
		{"one account never", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			for _, q := range accounts[1:] {
				done(q, Batch{Next: "c"}, nil)
			}
		}, 2, "brought nothing"},
		{"a panic half way", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			done(accounts[0], Batch{Next: "c"}, nil)
			panic("boom")
		}, 1, "boom"},
		{"from many goroutines", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			var all sync.WaitGroup
			for _, q := range accounts {
				all.Go(func() { done(q, Batch{Next: "c"}, nil) })
			}
			all.Wait()
		}, 3, ""},
		{"until the deadline", func(ctx context.Context, accounts []Request, done func(Request, Batch, error)) {
			done(accounts[0], Batch{Next: "c"}, nil)
			<-ctx.Done()
			done(accounts[1], Batch{}, ctx.Err())
		}, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := &memory{}
				r := newRunner(sink, nil)
				r.Collectors[Mastodon] = c.collect
				var seen []AccountID
				r.Observe = func(o Outcome) { // of one call of a collector, hence one after the other but in one case
					if c.name != "from many goroutines" {
						seen = append(seen, o.Account)
					}
				}
				out, err := r.Run(t.Context(), RunInfo{ID: "1"}, accounts(3), time.Time{})
				if err != nil {
					t.Fatal(err)
				}
				read := 0
				for i, o := range out {
					if o.Account != accounts(3)[i].ID || o.Platform != Mastodon {
						t.Errorf("outcome %d is of %q of %q", i, o.Account, o.Platform)
					}
					if o.Err == nil {
						read++
					} else if !strings.Contains(o.Err.Error(), c.says) {
						t.Errorf("%s: %v, want %q", o.Account, o.Err, c.says)
					}
				}
				if read != c.read || len(sink.visible) != c.read || c.name != "from many goroutines" && len(seen) != 3 {
					t.Errorf("%d read, %d stored, %d observed; want %d and 3 observed", read, len(sink.visible), len(seen), c.read)
				}
			})
		})
	}
}

// TestRunTellsCollectorsWhatIsKnown: what earlier runs saw comes with the request, and what this one saw goes into the outcome.
func TestRunTellsCollectorsWhatIsKnown(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	all := accounts(3)
	all[0].Handle, all[1].Handle, all[1].StableID = "@office", "@press", "17"
	all[2].Handle = "@museum"
	sink := &memory{known: Resume{
		Identities: map[AccountID]Identity{
			"a00": {Asked: all[0].Asked(), StableID: "7", Handle: "office"},
			"a01": {Asked: all[1].Asked(), StableID: "16", Handle: "press"},
			"a02": {Asked: "another handle", StableID: "8", Handle: "library"},
		},
		Posts: map[AccountID][]SeenPost{"a00": {
			{ID: "new", CreatedAt: ago(30 * time.Minute), At: ago(20 * time.Minute)},
			{ID: "hour", CreatedAt: ago(2 * time.Hour), At: ago(90 * time.Minute)},
			{ID: "week", CreatedAt: ago(8 * 24 * time.Hour), At: ago(12 * time.Hour)},
		}},
		Parked: []Parked{
			{Platform: Mastodon, Metric: "young", Since: ago(24 * time.Hour)}, {Platform: Mastodon, Metric: "old", Since: ago(31 * 24 * time.Hour)},
			{Platform: Feed, Metric: "elsewhere", Since: ago(24 * time.Hour)},
		},
		Used: map[Platform]Use{Mastodon: {Calls: 8}, Feed: {Calls: 100}},
	}}
	var mu sync.Mutex
	got := map[AccountID]Request{}
	r := newRunner(sink, readerFunc(func(_ context.Context, q Request) (Batch, error) {
		mu.Lock()
		defer mu.Unlock()
		got[q.Account.ID] = q
		if err := q.Meter.Take(1, 0.5); err != nil {
			return Batch{}, err
		}
		return Batch{Calls: 1, Cost: 0.5, Parked: []Parked{{Metric: "refused", Cause: "(#100)"}}}, fmt.Errorf("%w: later", ErrUnavailable)
	}))
	r.Collection.Platforms = map[Platform]Reading{Mastodon: {Budget: Budget{Calls: 10}}}
	r.Concurrency = 1
	out, err := r.Run(t.Context(), RunInfo{ID: "1", Started: now}, all, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got["a00"].StableID != "7" || got["a01"].StableID != "17" || got["a02"].StableID != "" {
		t.Errorf("stable ids %q, %q, %q; want what was seen, what the register says, and none for another handle", got["a00"].StableID, got["a01"].StableID, got["a02"].StableID)
	}
	if diff := cmp.Diff([]DuePost{{"hour", ago(2 * time.Hour)}}, got["a00"].Due); diff != "" {
		t.Errorf("due: %s", diff)
	}
	if p := got["a02"].Parked; len(p) != 1 || p[0].Metric != "young" {
		t.Errorf("set aside: %v", p)
	}
	for i, o := range out[:2] {
		if !errors.Is(o.Err, ErrUnavailable) || o.Calls != 1 || o.Cost != 0.5 {
			t.Errorf("what a failed reading has used is lost: %+v", out[i])
		}
		if diff := cmp.Diff([]Parked{{Mastodon, "refused", now, "(#100)"}}, o.Parked); diff != "" {
			t.Errorf("set aside: %s", diff)
		}
	}
	if !errors.Is(out[2].Err, ErrBudget) || !strings.Contains(out[2].Err.Error(), "10 of 10 calls to mastodon in 2026-11") || !strings.Contains(out[2].Err.Error(), "2026-12") {
		t.Errorf("the third account should be told of the budget: %v", out[2].Err)
	}
}

// TestRunBearsTextsThatBreakPrivacy: the account whose text it was is told as not read, the others are stored.
func TestRunBearsTextsThatBreakPrivacy(t *testing.T) {
	sink := &memory{}
	r := newRunner(sink, readerFunc(func(_ context.Context, q Request) (Batch, error) {
		return Batch{Posts: []Post{{ID: "1", Text: string(q.Account.ID)}}}, nil
	}))
	r.Privacy.Redact = func(text string) string {
		if text == "a01" {
			panic("odd text")
		}
		return text
	}
	out, err := r.Run(t.Context(), RunInfo{ID: "1"}, accounts(3), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if out[0].Err != nil || out[2].Err != nil || out[1].Account != "a01" || out[1].Err == nil || !strings.Contains(out[1].Err.Error(), "odd text") || len(sink.visible) != 2 {
		t.Errorf("%d stored, %v", len(sink.visible), out)
	}
}

// TestRunStopsPayingWhenTheStoreRefuses: what is not under way yet is not read any more.
func TestRunStopsPayingWhenTheStoreRefuses(t *testing.T) {
	read := 0
	r := newRunner(&memory{refuse: errors.New("disk full")}, readerFunc(func(context.Context, Request) (Batch, error) { read++; return Batch{}, nil }))
	r.Concurrency = 1
	if _, err := r.Run(t.Context(), RunInfo{ID: "1"}, accounts(5), time.Time{}); err == nil || read != 1 {
		t.Errorf("%v after %d readings", err, read)
	}
}

// TestRunBooksWhatTheMeterBooked: whatever a collector tells, or does not live to tell, the outcomes of a platform come to
// what its budget was charged with.
func TestRunBooksWhatTheMeterBooked(t *testing.T) {
	ask := func(q Request, calls int, dollars float64) Batch {
		if err := q.Meter.Take(calls, dollars); err != nil {
			t.Error(err)
		}
		return Batch{Calls: calls, Cost: dollars}
	}
	for _, c := range []struct {
		name    string
		collect groupFunc
		want    [][2]float64
	}{
		{"told", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			for i, q := range accounts {
				done(q, ask(q, i+1, 0.5), nil)
			}
		}, [][2]float64{{1, 0.5}, {2, 0.5}, {3, 0.5}}},
		{"not told by one that failed", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			for _, q := range accounts {
				ask(q, 2, 0.5)
				done(q, Batch{}, ErrUnavailable)
			}
		}, [][2]float64{{0, 0}, {0, 0}, {6, 1.5}}},
		{"a panic after what it asked", func(_ context.Context, accounts []Request, done func(Request, Batch, error)) {
			done(accounts[0], ask(accounts[0], 4, 1), nil)
			ask(accounts[1], 50, 0)
			accounts[1].Meter.Refund(-0.25)
			panic("boom")
		}, [][2]float64{{4, 1}, {0, 0}, {50, 0.25}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRunner(&memory{}, nil)
			r.Collectors[Mastodon] = c.collect
			r.Collection.Platforms = map[Platform]Reading{Mastodon: {Budget: Budget{Calls: 1000}}}
			out, err := r.Run(t.Context(), RunInfo{ID: "1"}, accounts(6), time.Time{}) // two groups, one budget
			if err != nil {
				t.Fatal(err)
			}
			var got [][2]float64
			for _, o := range out {
				got = append(got, [2]float64{float64(o.Calls), o.Cost})
			}
			if diff := cmp.Diff(append(c.want, c.want...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
