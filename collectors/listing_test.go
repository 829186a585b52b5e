package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// readFake reads an account of a fake platform over HTTP, as a run does, and makes sure that no secret is kept or shown.
func readFake(t *testing.T, fake http.Handler, r pipeline.Request) (pipeline.Batch, error) {
	t.Helper()
	return readFakeWith(t, fake, r, Options{Credential: func(name string) (pipeline.Secret, error) { return pipeline.Secret("secret-" + name), nil }})
}

func readFakeWith(t *testing.T, fake http.Handler, r pipeline.Request, o Options) (pipeline.Batch, error) {
	t.Helper()
	s := serve(t, fake.ServeHTTP)
	r.Account.Server, r.Account.AllowHTTP = s.url, true
	if r.Now.IsZero() {
		r.Now = visitDay
	}
	// Each visit has a server, and a port, of its own: what the last one stopped at is the same server's.
	r.Cursor = pipeline.Cursor(strings.ReplaceAll(string(r.Cursor), "server.example", strings.TrimPrefix(s.url, "http://")))
	var log bytes.Buffer
	o.Backoff, o.Log = time.Millisecond, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b, err := readOne(t.Context(), All(o), r)
	if err == nil {
		covers(t, r.Account.Platform, b)
	}
	b.Next = pipeline.Cursor(strings.ReplaceAll(string(b.Next), strings.TrimPrefix(s.url, "http://"), "server.example"))
	shown := log.String() + fmt.Sprint(err, b)
	for _, g := range b.Gaps {
		shown += g.Cause.Error()
	}
	for _, secret := range []string{"secret-", "api_key"} {
		if i := strings.Index(shown, secret); i >= 0 {
			t.Errorf("%s is shown: …%s…", secret, shown[max(0, i-100):min(len(shown), i+100)])
		}
	}
	return b, err
}

// the is the post of an id in a batch.
func the(t *testing.T, b pipeline.Batch, id string) pipeline.Post {
	t.Helper()
	i := slices.IndexFunc(b.Posts, func(p pipeline.Post) bool { return p.ID == id })
	if i < 0 {
		t.Fatalf("there is no post %s", id)
	}
	return b.Posts[i]
}

// shelf is a list of posts, newest first, a day apart, of which ten are on a page.
type shelf struct {
	posts []pipeline.Post
	fail  map[string]bool // pages
	asked []string
}

func (s *shelf) read(_ context.Context, page string) ([]entry, string, error) {
	s.asked = append(s.asked, page)
	if s.fail[page] {
		return nil, "", pipeline.ErrUnavailable
	}
	from, _ := strconv.Atoi(page)
	var entries []entry
	for i := from; i < min(len(s.posts), from+10); i++ {
		entries = append(entries, entry{s.posts[i].ID, s.posts[i].CreatedAt, &s.posts[i]})
	}
	if from+10 >= len(s.posts) {
		return entries, "", nil
	}
	return entries, strconv.Itoa(from + 10), nil
}

func TestTrackLists(t *testing.T) {
	s := &shelf{fail: map[string]bool{}}
	for i := range 45 { // 45 is of yesterday, 1 is the oldest
		s.posts = append(s.posts, pipeline.Post{ID: strconv.Itoa(45 - i), CreatedAt: visitDay.AddDate(0, 0, -1-i)})
	}
	epoch := time.Unix(0, 0).UTC()
	days := func(n int) time.Time { return visitDay.AddDate(0, 0, -n) }
	due := func(ids ...int) (all []pipeline.DuePost) {
		for _, id := range ids {
			all = append(all, pipeline.DuePost{ID: strconv.Itoa(id), CreatedAt: s.posts[45-id].CreatedAt})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		track  track
		due    []pipeline.DuePost
		fail   string
		most   int
		asked  []string
		ids    []int
		window pipeline.Window
		rest   string
		to     time.Time
		gap    bool
	}{
		{"all there is", track{}, nil, "none", 9, []string{"", "10", "20", "30", "40"}, upTo(45, 1), pipeline.Window{From: epoch, To: visitDay}, "", time.Time{}, false},
		{"down to since", track{Since: days(12)}, nil, "none", 9, []string{"", "10"}, upTo(45, 34), pipeline.Window{From: days(12), To: visitDay}, "", time.Time{}, false},
		{"what is new", track{At: days(3)}, nil, "none", 9, []string{""}, upTo(45, 43), pipeline.Window{From: days(3).Add(-listOverlap), To: visitDay}, "", time.Time{}, false},
		{"down to what is due", track{At: days(3)}, due(30), "none", 9, []string{"", "10"}, upTo(45, 30), pipeline.Window{From: days(16), To: visitDay}, "", time.Time{}, false},
		{"it breaks off", track{}, nil, "20", 9, []string{"", "10", "20"}, upTo(45, 26), pipeline.Window{From: days(20).Add(listOrder), To: visitDay}, "20", epoch, true},
		{"so many pages", track{}, nil, "none", 3, []string{"", "10", "20"}, upTo(45, 16), pipeline.Window{From: days(30).Add(listOrder), To: visitDay}, "30", epoch, true},
		{"it goes on where it broke off", track{At: days(1), Rest: "20", RestTo: epoch}, nil, "none", 9, []string{"", "20", "30", "40"}, append([]int{45}, upTo(25, 1)...),
			pipeline.Window{From: days(1).Add(-listOverlap), To: visitDay}, "", time.Time{}, false},
		{"it breaks off again", track{At: days(1), Rest: "20", RestTo: days(33)}, nil, "30", 9, []string{"", "20", "30"}, append([]int{45}, upTo(25, 16)...),
			pipeline.Window{From: days(1).Add(-listOverlap), To: visitDay}, "30", days(33), true},
		{"it breaks off above where it broke off", track{At: days(15), Rest: "20", RestTo: epoch}, nil, "10", 9, []string{"", "10"}, upTo(45, 36),
			pipeline.Window{From: days(10).Add(listOrder), To: visitDay}, "10", epoch, true},
		{"what was left is listed already", track{At: days(3), Rest: "10", RestTo: days(14)}, due(30), "none", 9, []string{"", "10"}, upTo(45, 30),
			pipeline.Window{From: days(16), To: visitDay}, "", time.Time{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.asked, s.fail = nil, map[string]bool{c.fail: true}
			l, err := c.track.list(t.Context(), pipeline.Request{Now: visitDay, Due: c.due}, true, c.most, s.read)
			if err != nil || (l.gap != nil) != c.gap {
				t.Fatal(err, l.gap)
			}
			if d := cmp.Diff(c.asked, s.asked); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.ids, ids(l.posts)); d != "" {
				t.Error(d)
			}
			if l.window != c.window || c.track.Rest != c.rest || !c.track.RestTo.Equal(c.to) || !c.track.At.Equal(visitDay) {
				t.Errorf("listed %v, want %v; the rest is at %q down to %v", l.window, c.window, c.track.Rest, c.track.RestTo)
			}
		})
	}
	t.Run("nothing is read", func(t *testing.T) {
		s.fail = map[string]bool{"": true}
		before := track{At: days(3), Rest: "20", RestTo: epoch}
		after := before
		if _, err := after.list(t.Context(), pipeline.Request{Now: visitDay}, true, 9, s.read); !errors.Is(err, pipeline.ErrUnavailable) || after != before {
			t.Errorf("%v: %+v", err, after)
		}
	})
	t.Run("a due post on a page that is read anyhow", func(t *testing.T) {
		s.fail, s.asked = nil, nil
		c := track{At: days(3)}
		l, err := c.list(t.Context(), pipeline.Request{Now: visitDay, Due: due(40, 30)}, false, 9, s.read)
		if err != nil || len(s.asked) != 1 || !slices.Equal(ids(l.posts), []int{45, 44, 43, 40}) {
			t.Errorf("%v: %v after %v", err, ids(l.posts), s.asked)
		}
	})
}
