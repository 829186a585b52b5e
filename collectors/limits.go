package collectors

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"presencia/pipeline"
)

// longestTrust: a limit that an answer of success announces for later than this is not believed.
const longestTrust = time.Hour

// host is the politeness that every server is owed, whoever asks and whatever it says.
type host struct {
	limiter *rate.Limiter
	slots   chan struct{}
}

func (f *fetcher) host(u *url.URL) *host {
	f.mu.Lock()
	defer f.mu.Unlock()
	h, ok := f.hosts[u.Host]
	if !ok {
		h = &host{limiter: rate.NewLimiter(perSecond, perSecond), slots: make(chan struct{}, perHost)}
		if u.Scheme == "http" { // this very machine needs no politeness
			h.limiter.SetLimit(rate.Inf)
		}
		f.hosts[u.Host] = h
	}
	return h
}

// quota is a limit that a server has announced for a credential and a family of endpoints. All visits that use it
// share it.
type quota struct {
	mu     sync.Mutex
	until  time.Time // no request before this moment
	known  bool      // left may be used up to reset
	left   int
	reset  time.Time
	flying int // requests under way
}

type quotaKey struct{ host, credential, bucket string }

func (f *fetcher) quota(u *url.URL, credential, bucket string) *quota {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := quotaKey{u.Host, credential, bucket}
	q, ok := f.quotas[key]
	if !ok {
		q = &quota{}
		f.quotas[key] = q
	}
	return q
}

// take books a request, or tells when it may be tried again.
func (q *quota) take(now time.Time) (again time.Time, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.known && !now.Before(q.reset) {
		q.known = false
	}
	switch {
	case now.Before(q.until):
		return q.until, false
	case q.known && q.left <= 0:
		return q.reset, false
	}
	q.left--
	q.flying++
	return time.Time{}, true
}

func (q *quota) answered() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
}

func (q *quota) block(until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if until.After(q.until) {
		q.until = until
	}
}

// announce notes how many requests are left. Answers overtake each other: within one stretch the count only falls, and
// at its beginning those under way are not in it yet.
func (q *quota) announce(left int, reset time.Time) {
	const same = 2 * time.Second // the same moment, seen through clocks and the way
	q.mu.Lock()
	defer q.mu.Unlock()
	switch d := reset.Sub(q.reset); {
	case !q.known || d > same:
		q.known, q.left, q.reset = true, left-q.flying, reset
	case d > -same:
		q.left = min(q.left, left)
	}
}

// admit waits until the server may be asked, and takes one of its slots and one of the requests that are left.
func (f *fetcher) admit(ctx context.Context, h *host, limit *quota) error {
	for {
		select {
		case h.slots <- struct{}{}:
		case <-ctx.Done():
			return stopped(ctx)
		}
		again, ok := limit.take(f.now())
		if ok {
			break
		}
		<-h.slots // not held while waiting: other credentials may ask meanwhile
		if err := f.pause(ctx, again.Sub(f.now())); err != nil {
			return err
		}
	}
	if err := h.limiter.Wait(ctx); err != nil {
		limit.answered()
		<-h.slots
		if ctx.Err() != nil {
			return stopped(ctx)
		}
		return fmt.Errorf("%w: the time for this account does not suffice for another request", pipeline.ErrRateLimited)
	}
	return nil
}

// announcement is what the headers of an answer say of its server's limit.
type announcement struct {
	wait  time.Duration // to be left alone; 0: not said
	known bool          // the following are said
	left  int
	reset time.Duration
}

// limits reads how long the server wants to be left alone, and how much of its limit is left. The status has the last
// word: headers beside a 429 count whatever remains, headers beside a success only when nothing remains.
func limits(status int, h http.Header, now time.Time) announcement {
	var a announcement
	refused := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	if refused {
		a.wait = max(0, until(h.Get("Retry-After"), now))
	}
	for _, prefix := range []string{"X-RateLimit-", "X-Rate-Limit-", "RateLimit-"} {
		left, err := strconv.Atoi(h.Get(prefix + "Remaining"))
		reset := until(h.Get(prefix+"Reset"), now)
		switch {
		case reset <= 0 || !refused && reset > longestTrust: // mocks announce limits that ended years ago
		case refused && a.wait == 0, !refused && err == nil && left <= 0:
			a.wait = reset
		case !refused && err == nil && !a.known:
			a.known, a.left, a.reset = true, left, reset
		}
	}
	return a
}

// until reads a moment as servers write it (ISO 8601, HTTP date, Unix seconds, or seconds from now) as the time from now.
func until(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		const unix = 1_000_000_000 // a number from here on is a date, not a stretch of 30 years
		if n >= unix {
			return time.Unix(n, 0).Sub(now)
		}
		return time.Duration(n) * time.Second
	}
	for _, parse := range []func(string) (time.Time, error){http.ParseTime, func(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) }} {
		if t, err := parse(s); err == nil {
			return t.Sub(now)
		}
	}
	return 0
}

// untilMidnight is the time left of a day that begins at midnight in a zone: daily quotas begin anew then.
func untilMidnight(at time.Time, zone *time.Location) time.Duration {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(at)
}
