package pipeline

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAge(t *testing.T) {
	for s, want := range map[string]time.Duration{"1h": time.Hour, "36h": 36 * time.Hour, "7d": 7 * 24 * time.Hour, "10000d": 10_000 * 24 * time.Hour} {
		got, err := ParseAge(s)
		if err != nil || time.Duration(got) != want {
			t.Errorf("%s: got %v, %v", s, time.Duration(got), err)
		}
		var again Age
		if text, err := got.MarshalText(); err != nil || again.UnmarshalText(text) != nil || again != got {
			t.Errorf("%s is written as %s and read as %v", s, text, again)
		}
	}
	for _, s := range []string{"", "1", "h", "0d", "-1d", "+7d", "1.5h", "1h30m", "7 d", "7d x", "7D", "10001d", "99999999999999999999d", "٧d"} {
		if got, err := ParseAge(s); err == nil || !strings.Contains(err.Error(), "7d") {
			t.Errorf("%q: got %v, %v; want an error that shows how", s, got, err)
		}
	}
}

func FuzzParseAge(f *testing.F) {
	f.Add("1h")
	f.Add("30d")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAge(s)
		if err != nil {
			return
		}
		if again, err := ParseAge(a.String()); err != nil || again != a {
			t.Errorf("%q: %v is written %q", s, time.Duration(a), a)
		}
	})
}

func TestReadingFillsInWhatIsNotSaid(t *testing.T) {
	c := Collection{Revisit: []Age{Age(time.Hour)}, Platforms: map[Platform]Reading{X: {Revisit: []Age{Age(48 * time.Hour)}}, Feed: {Budget: Budget{Calls: 3}}}}
	if got := c.Of(X).Revisit; len(got) != 1 || got[0] != Age(48*time.Hour) {
		t.Errorf("X's own ages: %v", got)
	}
	if got := c.Of(Feed); len(got.Revisit) != 1 || got.Revisit[0] != Age(time.Hour) || got.Budget.Calls != 3 {
		t.Errorf("the ages of all: %+v", got)
	}
	if diff := cmp.Diff(DefaultRevisit, Collection{}.Of(Mastodon).Revisit); diff != "" {
		t.Error(diff)
	}
	if got, want := c.horizon(), 48*time.Hour+late; got != want {
		t.Errorf("horizon %v, want %v", got, want)
	}
	if got, want := (Collection{}).horizon(), 60*24*time.Hour; got != want {
		t.Errorf("horizon %v, want %v", got, want)
	}
}

func TestDue(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const hour, day = time.Hour, 24 * time.Hour
	for _, c := range []struct {
		name      string
		age, last time.Duration // of the post, and since it was last read
		want      bool
	}{
		{"just published", 10 * time.Minute, 5 * time.Minute, false},
		{"an hour old", hour, 50 * time.Minute, true},
		{"an hour old and read at that", 2 * hour, hour, false},
		{"a day old, last read at an hour", day, 23 * hour, true},
		{"two days old, read at a day", 2 * day, day, false},
		{"a week old, last read at a day", 7 * day, 6 * day, true},
		{"several ages missed are one reading", 10 * day, 10 * day, true},
		{"a month old, last read at a week", 31 * day, 20 * day, true},
		{"a month old, read then", 40 * day, 10 * day, false},
		{"so late that it serves no more", 61 * day, 50 * day, false},
		{"older than everything, first seen now", 400 * day, hour, false},
		{"of the future", -hour, hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Collection{}.Of(Mastodon).due([]SeenPost{{ID: "1", CreatedAt: now.Add(-c.age), At: now.Add(-c.last)}}, now)
			if (len(got) == 1) != c.want {
				t.Errorf("due: %v, want %v", got, c.want)
			}
		})
	}
}

// TestEveryPostIsReadAtEachAge runs collections at intervals over the life of a post.
func TestEveryPostIsReadAtEachAge(t *testing.T) {
	created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		every time.Duration
		want  []time.Duration
	}{
		{time.Hour, []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}},
		{24 * time.Hour, []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}},
		{10 * 24 * time.Hour, []time.Duration{10 * 24 * time.Hour, 30 * 24 * time.Hour}},
	} {
		seen := []SeenPost{{ID: "1", CreatedAt: created, At: created.Add(time.Minute)}}
		var got []time.Duration
		for at := created.Add(c.every); at.Before(created.AddDate(0, 6, 0)); at = at.Add(c.every) {
			if len((Collection{}).Of(Mastodon).due(seen, at)) > 0 {
				seen[0].At = at
				got = append(got, at.Sub(created))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("every %v: %s", c.every, diff)
		}
	}
}

func TestMeter(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	m := NewMeter(X, Budget{Euros: 10, EurosPerDollar: 0.9}, Use{Calls: 7, Dollars: 10}, now) // 9 of 10 euros
	if err := m.Take(1, 2); !errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), "9.00 of 10.00 euros for x in 2026-12") || !strings.Contains(err.Error(), "goes on in 2027-01") {
		t.Errorf("got %v", err)
	}
	if err := m.Take(1, 1); err != nil {
		t.Errorf("what is left may be used: %v", err)
	}
	m.Refund(0.5)
	if err := m.Take(1, 0.5); err != nil {
		t.Errorf("what came cheaper may be used again: %v", err)
	}
	if err := m.Take(1, 0); err != nil {
		t.Errorf("what costs nothing is no matter of euros: %v", err)
	}
	var none *Meter
	none.Refund(1)
	if err := none.Take(1, 1e9); err != nil {
		t.Error(err)
	}
	free := NewMeter(X, Budget{}, Use{Calls: 1e6, Dollars: 1e6}, now)
	if err := free.Take(1, 1e6); err != nil {
		t.Errorf("no budget is no bound: %v", err)
	}
}

func TestMeterHoldsAgainstMany(t *testing.T) {
	m := NewMeter(X, Budget{Calls: 1000}, Use{Calls: 100}, time.Time{})
	var mu sync.Mutex
	allowed := 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for m.Take(1, 0.1) == nil {
				mu.Lock()
				allowed++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if allowed != 900 {
		t.Errorf("%d requests were allowed, 900 were left", allowed)
	}
}
