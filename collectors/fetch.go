package collectors

import (
	"bytes"
	"cmp"
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

	"presencia/pipeline"
)

const (
	perHost        = 4                // requests under way at one server
	perSecond      = 4                // requests a second at one server, after a burst of as many
	retries        = 3                // after the first attempt
	redirects      = 5                // followed for one request
	attemptTimeout = 45 * time.Second // one attempt with its body
	headerTimeout  = 20 * time.Second // until the server begins to answer
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

	mu     sync.Mutex
	hosts  map[string]*host
	quotas map[quotaKey]*quota

	save     func(string, pipeline.Secret) error
	renewals map[pipeline.Platform]renewal
	holders  map[string]*holder // by the credential's name
}

func newFetcher(o Options) *fetcher {
	f := &fetcher{
		now: o.Now, log: o.Log, credential: o.Credential, save: o.Save, backoff: o.Backoff, public: o.Transport, loopback: o.Transport,
		hosts: map[string]*host{}, quotas: map[quotaKey]*quota{}, holders: map[string]*holder{}, renewals: map[pipeline.Platform]renewal{},
	}
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

// visit is the reading of one account, or of a group that is asked for together: what it may use, and what it has cost.
// It is for one goroutine.
type visit struct {
	*fetcher
	account pipeline.Account // the first of a group: its server and its credential are the group's
	token   pipeline.Secret  // or all that stands behind the credential's name, where that is no token
	holder  *holder          // of the credential; nil: there is none
	secrets []string
	meter   *pipeline.Meter
	renewed bool    // because the token was refused
	calls   int     // as booked with the meter: what was sent, retries and redirects included
	cost    float64 // of them, in US dollars
}

func (f *fetcher) visit(r pipeline.Request) (*visit, error) {
	a := r.Account
	v := &visit{fetcher: f, account: a, meter: r.Meter}
	if a.Credential == "" {
		return v, nil
	}
	h, c, err := f.hold(a.Credential)
	if err != nil {
		return nil, err
	}
	v.holder = h
	v.take(c)
	return v, nil
}

// request is something to be asked for.
type request struct {
	url            *url.URL
	accept         string
	limit          int         // bytes of the answer's body
	etag, modified string      // of the last answer; empty: not conditional
	method         string      // empty: GET
	header         http.Header // further ones that the API wants
	body           []byte
	contentType    string // of the body
	noToken        bool   // the token is not sent as Authorization: Bearer
	bucket         string // the endpoints with which it shares a limit of its own at that server; empty: all that name none

	// useful says from its headers how many bytes of an answer of success are worth reading; what comes after them is no
	// failure and is left. nil: all, up to limit.
	useful func(http.Header) int

	calls int // as how many calls the platform counts it; 0: one
	// judge reads the platform's own signals from an answer of any status: how long it wants to be left alone, and what
	// its error means as one of pipeline's kinds. A nil error leaves that to the status.
	judge func(*response) (wait time.Duration, err error)
	// price is the most that the request can cost, in US dollars; it is booked before the request is sent.
	price float64
	// charge is what an answer of success has cost; nil: the price. A refusal costs nothing.
	charge func(*response) float64
}

// verb is how errors name the request.
func (q request) verb() string { return strings.ToLower(cmp.Or(q.method, http.MethodGet)) }

// response is what a server answered: for the callers of get a success, or 304 to a conditional request.
type response struct {
	url    *url.URL  // where it came from, after redirects
	at     time.Time // by the server's own clock where it tells it, against which its times are meant
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
	return r.header, r.decode(into)
}

// decode reads the JSON of an answer.
func (r *response) decode(into any) error {
	if err := json.Unmarshal(r.body, into); err != nil {
		return failure(r.url, fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err))
	}
	return nil
}

// get sends a request and follows redirects: never to another scheme, with a token never to another server, and never
// with a body.
func (v *visit) get(ctx context.Context, q request) (*response, error) {
	u := q.url
	fail := func(err error) (*response, error) {
		return nil, v.hide(fmt.Errorf("%s %s: %w", q.verb(), where(u), err))
	}
	if !q.noToken {
		if err := v.fresh(ctx); err != nil {
			return nil, err
		}
	}
	for range redirects + 1 {
		if u.Scheme != "https" && (u.Scheme != "http" || !v.account.AllowHTTP) {
			return fail(errors.New("only https is read; plain http needs allow_http in the register, and a server on this machine"))
		}
		r, err := v.send(ctx, u, q)
		if errors.Is(err, pipeline.ErrDenied) && !q.noToken && !v.renewed {
			v.renewed = true // once: another token may be refused for the same reason
			if again, renewErr := v.renew(ctx, true); renewErr != nil {
				err = renewErr
			} else if again {
				r, err = v.send(ctx, u, q)
			}
		}
		if err != nil {
			return fail(err)
		}
		if r.status < 300 || r.status == http.StatusNotModified && q.etag+q.modified != "" {
			return r, nil
		}
		to := r.header.Get("Location")
		next, err := u.Parse(to)
		switch {
		case to == "":
			return fail(fmt.Errorf("%w: %s", pipeline.ErrBadAnswer, statusText(r.status)))
		case err != nil:
			return fail(fmt.Errorf("%w: it redirects to something that is no address", pipeline.ErrBadAnswer))
		case next.Scheme != u.Scheme:
			return fail(fmt.Errorf("%w: it redirects from %s to %s", pipeline.ErrBadAnswer, u.Scheme, next.Scheme))
		case v.token != "" && next.Host != u.Host:
			return fail(fmt.Errorf("%w: it redirects to %s, where the token must not go: correct the server in the register", pipeline.ErrBadAnswer, next.Host))
		case q.body != nil:
			return fail(fmt.Errorf("%w: it redirects a request that says more than its address", pipeline.ErrBadAnswer))
		}
		u = next
	}
	u = q.url
	return fail(fmt.Errorf("%w: it redirects more than %d times", pipeline.ErrBadAnswer, redirects))
}

// send makes one request, again if it fails in a way that may pass.
func (v *visit) send(ctx context.Context, u *url.URL, q request) (*response, error) {
	h, limit := v.host(u), v.quota(u, v.account.Credential, q.bucket)
	for tried := 0; ; tried++ {
		if err := v.admit(ctx, h, limit); err != nil {
			return nil, err
		}
		r, err := v.attempt(ctx, u, q)
		<-h.slots
		limit.answered()
		if err != nil && (ctx.Err() != nil || errors.Is(err, pipeline.ErrBudget)) {
			return nil, cmp.Or(stopped(ctx), err)
		}
		delay, again := time.Duration(0), false
		if err != nil {
			again = !permanent(err)
			if !errors.Is(err, pipeline.ErrBadAnswer) {
				err = fmt.Errorf("%w: %w", pipeline.ErrUnavailable, err)
			}
		} else {
			delay, err = v.judge(r, q, limit)
			if err == nil {
				return r, nil
			}
			limited := errors.Is(err, pipeline.ErrRateLimited)
			again = limited || errors.Is(err, pipeline.ErrUnavailable) && r.status != http.StatusNotImplemented
		}
		if !again || tried == retries {
			return nil, err
		}
		if delay <= 0 {
			backoff := v.backoff << tried
			delay = backoff/2 + rand.N(backoff) // jitter: those that failed together do not come back together
		}
		if wait := v.pause(ctx, delay); wait != nil {
			if ctx.Err() != nil || errors.Is(err, pipeline.ErrRateLimited) {
				return nil, wait
			}
			return nil, err // there is no time left to see it mended
		}
	}
}

// judge tells what an answer means and how long it wants us to wait, and notes its limits for whoever else asks there.
func (v *visit) judge(r *response, q request, limit *quota) (wait time.Duration, err error) {
	announced := limits(r.status, r.header, r.at)
	if q.judge != nil {
		wait, err = q.judge(r)
	}
	own := wait > 0 // the platform's own signal goes before its headers
	if err == nil {
		err = v.refusal(r.status)
	}
	if !own {
		wait = announced.wait
	}
	switch now := v.now(); {
	case wait > 0 && (own || !errors.Is(err, pipeline.ErrUnavailable)): // whoever else asks there waits as well
		limit.block(now.Add(wait))
	case announced.known && !errors.Is(err, pipeline.ErrRateLimited):
		limit.announce(announced.left, now.Add(announced.reset))
	}
	return wait, err
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
	req, err := http.NewRequestWithContext(ctx, cmp.Or(q.method, http.MethodGet), u.String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("%w: no valid address", pipeline.ErrBadAnswer)
	}
	for name, values := range q.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if q.contentType != "" {
		req.Header.Set("Content-Type", q.contentType)
	}
	req.Header.Set("User-Agent", v.agent)
	req.Header.Set("Accept", q.accept)
	if q.etag != "" {
		req.Header.Set("If-None-Match", q.etag)
	}
	if q.modified != "" {
		req.Header.Set("If-Modified-Since", q.modified)
	}
	if v.token != "" && !q.noToken {
		req.Header.Set("Authorization", "Bearer "+v.token.Reveal())
	}
	transport := v.public
	if u.Scheme == "http" {
		transport = v.loopback
	}
	calls := max(1, q.calls)
	if err := v.meter.Take(calls, q.price); err != nil {
		return nil, err
	}
	v.calls += calls
	v.cost += q.price // until the answer says what it was; without an answer nobody knows better
	begun := v.now()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		v.log.DebugContext(ctx, "request", "host", u.Host, "path", v.clean(u.Path), "error", v.hide(err), "took", v.now().Sub(begun))
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" { // nothing was asked
			v.settle(q, 0)
		}
		return nil, err
	}
	defer resp.Body.Close()
	limit, cut := q.limit, resp.StatusCode >= 300 // what it says of a failure begins at its head
	if q.useful != nil && !cut {
		limit, cut = q.useful(resp.Header), true
	}
	var body bytes.Buffer
	body.Grow(min(max(int(resp.ContentLength), 0), limit) + bytes.MinRead)
	_, err = body.ReadFrom(io.LimitReader(resp.Body, int64(limit)+1))
	v.log.DebugContext(ctx, "request", "host", u.Host, "path", v.clean(u.Path), "status", resp.StatusCode, "bytes", body.Len(), "took", v.now().Sub(begun))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	if body.Len() > limit {
		if !cut {
			return nil, fmt.Errorf("%w: it is longer than %d MB", pipeline.ErrBadAnswer, limit>>20)
		}
		body.Truncate(limit)
	}
	r := &response{url: u, at: v.now(), status: resp.StatusCode, header: resp.Header, body: body.Bytes()}
	if date, err := http.ParseTime(r.header.Get("Date")); err == nil {
		r.at = date
	}
	switch {
	case r.status >= 300:
		v.settle(q, 0)
	case q.charge != nil:
		v.settle(q, q.charge(r))
	}
	return r, nil
}

// settle puts what a request has cost in the place of the price that was booked for it.
func (v *visit) settle(q request, cost float64) {
	v.cost += cost - q.price
	v.meter.Refund(q.price - cost)
}

// refusal is the error of a status that trying again does not change.
func (v *visit) refusal(status int) error {
	switch {
	case status < 400:
		return nil
	case status == http.StatusTooManyRequests:
		return pipeline.ErrRateLimited
	case status >= 500:
		return fmt.Errorf("%w: %s", pipeline.ErrUnavailable, statusText(status))
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
	return fmt.Errorf("get %s: %w", where(u), err)
}

func where(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// stopped tells a run that was told to stop from an account whose time was used up; nil: neither.
func stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
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
