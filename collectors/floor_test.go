package collectors

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sourcegraph/conc/pool"

	"presencia/pipeline"
)

// fakePlatform is a platform that behaves as documented: it pages, and it refuses what the real one refuses. It answers
// whatever host it is asked under, from several goroutines at once.
type fakePlatform interface {
	http.Handler
	// account is the register's entry of the i-th account, from 0.
	account(i int) pipeline.Account
	// publish makes each account publish so many posts, a minute apart, the newest at a moment.
	publish(each int, newest time.Time)
}

// fakePlatforms are held to the floor and to every fault. The owner of a collector adds one line.
var fakePlatforms = []struct {
	platform pipeline.Platform
	open     func(accounts int) fakePlatform
	// floor is the fewest requests of an ordinary run over n accounts, each with p new posts and w posts whose figures
	// are due again.
	floor func(n, p, w int) int
}{
	{pipeline.Mastodon, newMastodonTown, func(n, p, w int) int { return n * max(1, pages(p+w, 40)) }},
	{pipeline.Bluesky, newBlueskyTown, blueskyFloor},
	{pipeline.X, newXTown, xFloor},
	{pipeline.YouTube, newYouTubeTown, youtubeFloor},
	{pipeline.WordPress, newWordPressTown, func(n, p, w int) int { return n * (max(1, pages(p+w, 100)) + max(1, pages(2*(p+w), 100))) }},
	{pipeline.Feed, newFeedTown, func(n, p, w int) int { return n * max(1, pages(p+w, feedTownPage)) }},
	{pipeline.Facebook, newFacebookTown, func(n, _, w int) int { return pages(n, 50) + pages(pages(n*w, 50), 50) }},
	{pipeline.Instagram, newInstagramTown, func(n, p, w int) int { return pages(n*max(1, pages(p+w, 50)), 50) }},
	{pipeline.Threads, newThreadsTown, func(n, _, _ int) int { return 5 * n }}, // profile, followers, posts, answers, mentions
	// Page, followers, posts, and the figures of those that are new, due, or of the hour before the last visit.
	{pipeline.LinkedIn, newLinkedInTown, func(n, p, w int) int { return n * (2 + max(1, pages(p+w, 100)) + max(1, pages(p+w, 50))) }},
	{pipeline.TikTok, newTikTokTown, func(n, p, w int) int { return n * (1 + max(1, pages(p+w, 20))) }},
	{pipeline.Telegram, newTelegramTown, func(n, p, w int) int { return n * max(1, pages(p+w, 20)) }},
	{pipeline.Flickr, newFlickrTown, func(n, p, w int) int { return n * (1 + max(1, pages(p+w, 500))) }},
}

// pages is how many pages n records fill.
func pages(n, page int) int { return (n + page - 1) / page }

// inMemory is a network whose only server is the handler; synctest needs one.
func inMemory(h http.Handler) transport {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

// round reads all accounts in groups, as a run does.
func round(t *testing.T, c pipeline.Collector, requests []pipeline.Request) map[pipeline.AccountID]pipeline.Batch {
	t.Helper()
	type result struct {
		id    pipeline.AccountID
		batch pipeline.Batch
	}
	results := make(chan result, len(requests))
	p := pool.New().WithMaxGoroutines(8)
	for group := range slices.Chunk(requests, max(1, c.Together())) {
		p.Go(func() {
			c.Collect(t.Context(), group, func(r pipeline.Request, b pipeline.Batch, err error) {
				if err != nil || len(b.Gaps) > 0 {
					t.Errorf("account %s: %v, gaps %v", r.Account.ID, err, b.Gaps)
				}
				results <- result{r.Account.ID, b}
			})
		})
	}
	p.Wait()
	close(results)
	all := map[pipeline.AccountID]pipeline.Batch{}
	for r := range results {
		all[r.id] = r.batch
	}
	if len(all) != len(requests) {
		t.Errorf("%d of %d accounts were brought", len(all), len(requests))
	}
	return all
}

// TestCallsStayAtTheFloor counts, at the server, the requests of an ordinary run over a thousand accounts; over fewer
// where there is much to read of each, and where the race detector makes everything slow.
func TestCallsStayAtTheFloor(t *testing.T) {
	for _, c := range fakePlatforms {
		for _, s := range []struct{ n, p, w int }{{1000, 0, 0}, {1000, 5, 0}, {200, 5, 20}} {
			n := s.n
			if raceEnabled {
				n = min(n, 100)
			}
			t.Run(fmt.Sprintf("%s, %d new and %d due", c.platform, s.p, s.w), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fake := c.open(n)
					var asked atomic.Int64
					all := All(Options{
						Credential: func(name string) (pipeline.Secret, error) { return pipeline.Secret("secret-" + name), nil },
						Transport: inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							asked.Add(1)
							fake.ServeHTTP(w, r)
						})),
					})
					first := visitDay
					fake.publish(max(1, s.w), first.Add(-time.Minute))
					requests := make([]pipeline.Request, n)
					for i := range requests {
						requests[i] = pipeline.Request{Account: fake.account(i), Now: first, StableID: fake.account(i).StableID}
					}
					before := round(t, all[c.platform], requests)

					second := first.Add(24 * time.Hour)
					fake.publish(s.p, second.Add(-time.Minute))
					for i := range requests {
						r := &requests[i]
						b := before[r.Account.ID]
						r.Now, r.Cursor = second, b.Next
						if b.Profile != nil {
							r.StableID = b.Profile.StableID
						}
						for _, p := range b.Posts[:min(s.w, len(b.Posts))] {
							r.Due = append(r.Due, pipeline.DuePost{ID: p.ID, CreatedAt: p.CreatedAt})
						}
						slices.SortFunc(r.Due, func(a, b pipeline.DuePost) int { return b.CreatedAt.Compare(a.CreatedAt) })
					}
					asked.Store(0)
					meter := pipeline.NewMeter(c.platform, pipeline.Budget{}, pipeline.Use{}, second)
					for i := range requests {
						requests[i].Meter = meter
					}
					after := round(t, all[c.platform], requests)

					counted := 0
					for b := range maps.Values(after) {
						counted += b.Calls
						profile := b.Profile != nil || c.platform == pipeline.WordPress || // whose sites themselves are read once a week
							c.platform == pipeline.Feed && s.p+s.w == 0 // which is as it was
						if len(b.Posts) < s.p+s.w || !profile {
							t.Errorf("account %s: %d posts, profile %v; want %d new and %d due, and a profile", b.Account, len(b.Posts), b.Profile, s.p, s.w)
						}
					}
					floor := c.floor(n, s.p, s.w)
					t.Logf("%d requests, the floor is %d: %.3f", asked.Load(), floor, float64(asked.Load())/float64(floor))
					if booked := meter.Used().Calls; booked != counted || booked < int(asked.Load()) { // more where a request holds many questions
						t.Errorf("%d requests came, %d calls are booked, %d told", asked.Load(), booked, counted)
					}
					if float64(asked.Load()) > 1.05*float64(floor) {
						t.Errorf("%d requests for %d accounts, the floor is %d", asked.Load(), n, floor)
					}
				})
			})
		}
	}
}
