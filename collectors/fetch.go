package collectors

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"presencia/pipeline"
)

const (
	perHost        = 4                // requests under way at one server
	perSecond      = 4                // requests a second at one server, after a burst of as many
	retries        = 3                // after the first attempt
	redirects      = 5                // followed for one request
	attemptTimeout = 45 * time.Second // one attempt with its body
	headerTimeout  = 20 * time.Second // until the server begins to answer
	longestTrust   = time.Hour        // a limit that a successful answer announces for later than this is not believed
	longestWait    = 15 * time.Minute // for a limit, where the context has no deadline

	apiLimit  = 8 << 20  // bytes of an API's answer
	feedLimit = 20 << 20 // bytes of a feed
)

// fetcher is the one way to the outside: it keeps to the limits of each server, retries, and lets neither a token nor
// a query into an error or a log.
type fetcher struct {
	agent      string
	now        func() time.Time
	log        *slog.Logger
	credential func(string) (pipeline.Secret, error)
	backoff    time.Duration
	public     http.RoundTripper // for HTTPS: public addresses only
	loopback   http.RoundTripper // for plain HTTP: this machine only

	mu    sync.Mutex
	hosts map[string]*host
}

func newFetcher(o Options) *fetcher {
	f := &fetcher{now: o.Now, log: o.Log, credential: o.Credential, backoff: o.Backoff, hosts: map[string]*host{}, public: o.Transport, loopback: o.Transport}
	if o.Transport == nil {
		f.public, f.loopback = newTransport(public), newTransport(netip.Addr.IsLoopback)
	}
	f.agent = "presencia/" + o.Version
	if o.Version == "" {
		f.agent = "presencia"
	}
	if c := strings.Join(strings.Fields(o.Contact), " "); c != "" {
		f.agent += " (+" + c + ")"
	}
	return f
}

// newTransport connects to allowed addresses only. The check is made on the address that is dialled, after the name
// was resolved, so that no name and no redirect leads past it; a proxy would dial for us, so there is none.
func newTransport(allowed func(netip.Addr) bool) *http.Transport {
	d := &net.Dialer{
		Timeout: 10 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil || !allowed(a.Addr().Unmap().WithZone("")) {
				return errAddress
			}
			return nil
		},
	}
	return &http.Transport{
		DialContext:           d.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: headerTimeout,
		MaxIdleConnsPerHost:   perHost,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

var errAddress = errors.New("this address is not connected to: HTTPS goes to public addresses only, plain HTTP to this machine only")

// reserved are the ranges that netip's predicates take for public although they are not: IANA's special-purpose
// registries, and the ranges in which an IPv4 address hides inside an IPv6 one.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

var globalIPv6 = netip.MustParsePrefix("2000::/3") // all that is assigned for use on the Internet

func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && (a.Is4() || globalIPv6.Contains(a)) &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// host is what is known of the limits of one server.
type host struct {
	limiter *rate.Limiter
	slots   chan struct{}

	mu    sync.Mutex
	until time.Time // no request before this moment
}

func (h *host) block(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until.After(h.until) {
		h.until = until
	}
}

func (h *host) blocked() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.until
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

// visit is the reading of one account: what it may use, and what it has cost.
type visit struct {
	*fetcher
	account pipeline.Account
	token   pipeline.Secret
	meter   *pipeline.Meter
	calls   int // requests sent, retries and redirects included
}

func (f *fetcher) visit(r pipeline.Request) (*visit, error) {
	a := r.Account
	v := &visit{fetcher: f, account: a, meter: r.Meter}
	if a.Credential == "" {
		return v, nil
	}
	if f.credential == nil {
		return nil, fmt.Errorf("credential %s: %w: no credentials are available here", a.Credential, pipeline.ErrDenied)
	}
	token, err := f.credential(a.Credential)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w: %w", a.Credential, pipeline.ErrDenied, err)
	}
	v.token = token
	return v, nil
}

// request is a GET of something.
type request struct {
	url            *url.URL
	accept         string
	limit          int    // bytes of the body
	etag, modified string // of the last answer; empty: not conditional
}

// response is an answer of success, or 304 to a conditional request.
type response struct {
	url    *url.URL // where it came from, after redirects
	status int
	header http.Header
	body   []byte
}

// json reads an API's answer into v and returns its headers.
func (v *visit) json(ctx context.Context, u *url.URL, into any) (http.Header, error) {
	r, err := v.get(ctx, request{url: u, accept: "application/json", limit: apiLimit})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		return nil, failure(u, fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err))
	}
	return r.header, nil
}

// get sends a request and follows redirects: never to another scheme, and with a token never to another server.
func (v *visit) get(ctx context.Context, q request) (*response, error) {
	u := q.url
	for range redirects + 1 {
		if u.Scheme != "https" && (u.Scheme != "http" || !v.account.AllowHTTP) {
			return nil, failure(u, errors.New("only https is read; plain http needs allow_http in the register, and a server on this machine"))
		}
		r, err := v.send(ctx, u, q)
		if err != nil {
			return nil, failure(u, err)
		}
		if r.status < 300 || r.status == http.StatusNotModified && q.etag+q.modified != "" {
			return r, nil
		}
		to := r.header.Get("Location")
		next, err := u.Parse(to)
		switch {
		case to == "":
			return nil, failure(u, fmt.Errorf("%w: %s", pipeline.ErrBadAnswer, statusText(r.status)))
		case err != nil:
			return nil, failure(u, fmt.Errorf("%w: it redirects to something that is no address", pipeline.ErrBadAnswer))
		case next.Scheme != u.Scheme:
			return nil, failure(u, fmt.Errorf("%w: it redirects from %s to %s", pipeline.ErrBadAnswer, u.Scheme, next.Scheme))
		case v.token != "" && next.Host != u.Host:
			return nil, failure(u, fmt.Errorf("%w: it redirects to %s, where the token must not go: correct the server in the register", pipeline.ErrBadAnswer, next.Host))
		}
		u = next
	}
	return nil, failure(q.url, fmt.Errorf("%w: it redirects more than %d times", pipeline.ErrBadAnswer, redirects))
}

// send makes one request, again if it fails in a way that may pass.
func (v *visit) send(ctx context.Context, u *url.URL, q request) (*response, error) {
	h := v.host(u)
	for tried := 0; ; tried++ {
		if err := v.admit(ctx, h); err != nil {
			return nil, err
		}
		r, err := v.attempt(ctx, u, q)
		<-h.slots
		if err != nil && ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		delay, named := time.Duration(0), false
		if r != nil {
			delay, named = limits(r.status, r.header, v.now())
		}
		again := false
		switch {
		case err != nil:
			again = !permanent(err)
			if !errors.Is(err, pipeline.ErrBadAnswer) {
				err = fmt.Errorf("%w: %w", pipeline.ErrUnavailable, err)
			}
		case r.status == http.StatusTooManyRequests:
			again, err = true, pipeline.ErrRateLimited
		case r.status >= 500:
			again, err = r.status != http.StatusNotImplemented, fmt.Errorf("%w: %s", pipeline.ErrUnavailable, statusText(r.status))
		default:
			if named { // the last request of its time was a good one
				h.block(v.now().Add(delay))
			}
			return r, v.refusal(r.status)
		}
		if !again || tried == retries {
			return nil, err
		}
		if !named {
			backoff := v.backoff << tried
			delay = backoff/2 + rand.N(backoff) // jitter: those that failed together do not come back together
		} else if r.status == http.StatusTooManyRequests {
			h.block(v.now().Add(delay)) // whoever else asks this server waits as well
		}
		if wait := v.pause(ctx, delay); wait != nil {
			if ctx.Err() != nil || errors.Is(err, pipeline.ErrRateLimited) {
				return nil, wait
			}
			return nil, err // there is no time left to see it mended
		}
	}
}

// admit waits until the server may be asked, and takes one of its slots.
func (f *fetcher) admit(ctx context.Context, h *host) error {
	if until := h.blocked(); until.After(f.now()) {
		if err := f.pause(ctx, until.Sub(f.now())); err != nil {
			return err
		}
	}
	if err := h.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return stopped(ctx)
		}
		return fmt.Errorf("%w: the time for this account does not suffice for another request", pipeline.ErrRateLimited)
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return stopped(ctx)
	}
}

// pause waits. A wait beyond the deadline is not begun: it is ErrRateLimited at once.
func (f *fetcher) pause(ctx context.Context, d time.Duration) error {
	now := f.now()
	last := now.Add(longestWait)
	if deadline, ok := ctx.Deadline(); ok {
		last = deadline
	}
	if now.Add(d).After(last) {
		return fmt.Errorf("%w: the server may be asked again at %s", pipeline.ErrRateLimited, now.Add(d).UTC().Format(time.RFC3339))
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return stopped(ctx)
	}
}

// attempt sends the request once and reads the whole answer. The transport is asked directly: http.Client would add
// the whole address, query included, to its errors.
func (v *visit) attempt(ctx context.Context, u *url.URL, q request) (*response, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: no valid address", pipeline.ErrBadAnswer)
	}
	req.Header.Set("User-Agent", v.agent)
	req.Header.Set("Accept", q.accept)
	if q.etag != "" {
		req.Header.Set("If-None-Match", q.etag)
	}
	if q.modified != "" {
		req.Header.Set("If-Modified-Since", q.modified)
	}
	if v.token != "" {
		req.Header.Set("Authorization", "Bearer "+v.token.Reveal())
	}
	transport := v.public
	if u.Scheme == "http" {
		transport = v.loopback
	}
	if err := v.meter.Take(0); err != nil {
		return nil, err
	}
	v.calls++
	begun := v.now()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		v.log.DebugContext(ctx, "request", "host", u.Host, "path", u.Path, "error", err, "took", v.now().Sub(begun))
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	body.Grow(min(max(int(resp.ContentLength), 0), q.limit) + bytes.MinRead)
	_, err = body.ReadFrom(io.LimitReader(resp.Body, int64(q.limit)+1))
	v.log.DebugContext(ctx, "request", "host", u.Host, "path", u.Path, "status", resp.StatusCode, "bytes", body.Len(), "took", v.now().Sub(begun))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	if body.Len() > q.limit {
		return nil, fmt.Errorf("%w: it is longer than %d MB", pipeline.ErrBadAnswer, q.limit>>20)
	}
	return &response{url: u, status: resp.StatusCode, header: resp.Header, body: body.Bytes()}, nil
}

// refusal is the error of a status that trying again does not change.
func (v *visit) refusal(status int) error {
	switch {
	case status < 400:
		return nil
	case status == http.StatusNotFound || status == http.StatusGone:
		return fmt.Errorf("%w: %s", pipeline.ErrGone, statusText(status))
	case status != http.StatusUnauthorized && status != http.StatusForbidden:
		return fmt.Errorf("%w: %s", pipeline.ErrBadAnswer, statusText(status))
	case v.token == "":
		return fmt.Errorf("%w: %s: the server wants a token: give the account a credential NAME in the register, and its secret in PRESENCIA_TOKEN_NAME",
			pipeline.ErrDenied, statusText(status))
	default:
		return fmt.Errorf("%w: %s: the token of credential %s is refused: renew it in PRESENCIA_TOKEN_%[3]s", pipeline.ErrDenied, statusText(status), v.account.Credential)
	}
}

// failure names what was asked for by scheme, host and path: a query may hold a secret.
func failure(u *url.URL, err error) error {
	return fmt.Errorf("get %s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
}

// stopped tells a run that was told to stop from an account whose time was used up.
func stopped(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: the time for this account is used up: %w", pipeline.ErrUnavailable, context.Cause(ctx))
	}
	return fmt.Errorf("the run was stopped: %w", context.Cause(ctx))
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// permanent tells the failures of a connection that no second attempt mends.
func permanent(err error) bool {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	return errors.Is(err, errAddress) || errors.Is(err, pipeline.ErrBadAnswer) || errors.As(err, &cert) || errors.As(err, &dns) && dns.IsNotFound
}

// limits reads how long the server wants to be left alone, and whether it said so at all. The status has the last
// word: headers beside a 429 count whatever remains, headers beside a success only when nothing remains.
func limits(status int, h http.Header, now time.Time) (time.Duration, bool) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // the server's own clock, against which its times are meant
	}
	refused := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	var wait time.Duration
	if refused {
		wait = until(h.Get("Retry-After"), now)
	}
	for _, prefix := range []string{"X-RateLimit-", "X-Rate-Limit-", "RateLimit-"} {
		left, err := strconv.Atoi(h.Get(prefix + "Remaining"))
		if wait > 0 || !refused && (err != nil || left > 0) {
			continue
		}
		wait = until(h.Get(prefix+"Reset"), now)
	}
	if !refused && wait > longestTrust {
		return 0, false
	}
	return wait, wait > 0
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
