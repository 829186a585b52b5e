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
}

func (m *memory) Resume(ctx context.Context, _, _ time.Time) (Resume, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := map[AccountID]Cursor{}
	for id, b := range m.visible {
		c[id] = b.Next
	}
	return Resume{Cursors: c}, ctx.Err()
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
