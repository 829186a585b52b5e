package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"presencia/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transport is a network in memory, which synctest needs; like the real one it ends with the request's context.
type transport func(r *http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return t(r)
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func testVisit(t *testing.T, o Options, a pipeline.Account) *visit {
	t.Helper()
	v, err := newFetcher(withDefaults(o)).visit(pipeline.Request{Account: a})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func contextUntil(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func get(ctx context.Context, t *testing.T, v *visit, to string) (*response, error) {
	t.Helper()
	return v.get(ctx, request{url: address(t, to), accept: "*/*", limit: 1000})
}

const place = "https://social.example/api?access_token=secret-query"

func TestGetRetriesWhatMayPassAndGivesUp(t *testing.T) {
	broken := func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset by peer") }
	hangs := func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }
	for _, c := range []struct {
		name     string
		answer   transport
		calls    int
		kind     error
		min, max time.Duration
	}{
		{"a server's failure", func(*http.Request) (*http.Response, error) { return reply(503, ""), nil }, 4, pipeline.ErrUnavailable, 3500 * time.Millisecond, 10500 * time.Millisecond},
		{"maintenance of a minute", func(*http.Request) (*http.Response, error) { return reply(503, "", "Retry-After", "60"), nil }, 4, pipeline.ErrUnavailable, 3 * time.Minute, 3 * time.Minute},
		{"a lost connection", broken, 4, pipeline.ErrUnavailable, 3500 * time.Millisecond, 10500 * time.Millisecond},
		{"a server that hangs", hangs, 4, pipeline.ErrUnavailable, 4 * attemptTimeout, 4*attemptTimeout + 10500*time.Millisecond},
		{"too many requests", func(*http.Request) (*http.Response, error) { return reply(429, "", "Retry-After", "10"), nil }, 4, pipeline.ErrRateLimited, 30 * time.Second, 30 * time.Second},
		{"too many requests for two hours", func(*http.Request) (*http.Response, error) { return reply(429, "", "Retry-After", "7200"), nil }, 1, pipeline.ErrRateLimited, 0, 0},
		{"not implemented", func(*http.Request) (*http.Response, error) { return reply(501, ""), nil }, 1, pipeline.ErrUnavailable, 0, 0},
		{"not found", func(*http.Request) (*http.Response, error) { return reply(404, ""), nil }, 1, pipeline.ErrGone, 0, 0},
		{"gone", func(*http.Request) (*http.Response, error) { return reply(410, ""), nil }, 1, pipeline.ErrGone, 0, 0},
		{"forbidden", func(*http.Request) (*http.Response, error) { return reply(403, ""), nil }, 1, pipeline.ErrDenied, 0, 0},
		{"bad request", func(*http.Request) (*http.Response, error) { return reply(400, ""), nil }, 1, pipeline.ErrBadAnswer, 0, 0},
		{"not modified, unasked", func(*http.Request) (*http.Response, error) { return reply(304, ""), nil }, 1, pipeline.ErrBadAnswer, 0, 0},
		{"too long", func(*http.Request) (*http.Response, error) { return reply(200, strings.Repeat("x", 1001)), nil }, 1, pipeline.ErrBadAnswer, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := testVisit(t, Options{Transport: c.answer}, pipeline.Account{})
				begun := time.Now()
				_, err := get(t.Context(), t, v, place)
				if took := time.Since(begun); took < c.min || took > c.max {
					t.Errorf("took %v, want %v to %v", took, c.min, c.max)
				}
				if !errors.Is(err, c.kind) || v.calls != c.calls {
					t.Errorf("after %d calls: %v; want %d calls and %q", v.calls, err, c.calls, c.kind)
				}
			})
		})
	}
}

func TestGetSucceedsAfterAPassingFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		v := testVisit(t, Options{Transport: transport(func(*http.Request) (*http.Response, error) {
			if n++; n < 3 {
				return reply(429, "", "Retry-After", "30"), nil
			}
			return reply(200, "here"), nil
		})}, pipeline.Account{})
		begun := time.Now()
		r, err := get(t.Context(), t, v, place)
		if err != nil || string(r.body) != "here" || time.Since(begun) != time.Minute {
			t.Errorf("got %v, %v after %v; want the answer after two waits of 30 s", r, err, time.Since(begun))
		}
	})
}

func TestRefusalHoldsBackEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		begun := time.Now()
		v := testVisit(t, Options{Transport: transport(func(*http.Request) (*http.Response, error) {
			if n.Add(1); time.Since(begun) < 30*time.Second {
				return reply(429, "", "Retry-After", "30"), nil
			}
			return reply(200, ""), nil
		})}, pipeline.Account{})
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				w := *v
				if _, err := get(t.Context(), t, &w, place); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(begun); n.Load() != 1+3 || took != 30*time.Second {
			t.Errorf("%d requests in %v; want one refused, and three answered after 30 s", n.Load(), took)
		}
	})
}

func TestLimitIsNotWaitedForBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := testVisit(t, Options{Transport: transport(func(*http.Request) (*http.Response, error) {
			return reply(200, "", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", time.Now().Add(4*time.Minute).UTC().Format(time.RFC3339)), nil
		})}, pipeline.Account{})
		begun := time.Now()
		if _, err := get(t.Context(), t, v, place); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := get(short, t, v, place); !errors.Is(err, pipeline.ErrRateLimited) || v.calls != 1 || time.Since(begun) != 0 {
			t.Errorf("got %v after %v and %d calls, want %q at once", err, time.Since(begun), v.calls, pipeline.ErrRateLimited)
		}
		if _, err := get(t.Context(), t, v, place); err != nil || time.Since(begun) != 4*time.Minute {
			t.Errorf("got %v after %v, want an answer after the 4 minutes", err, time.Since(begun))
		}
	})
}

func TestRequestsAreSpreadAndFewAtATimeByServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int64
		o := Options{Transport: transport(func(*http.Request) (*http.Response, error) {
			n := under.Add(1)
			defer under.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(3 * time.Second)
			return reply(200, ""), nil
		})}
		v := testVisit(t, o, pipeline.Account{})
		begun := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				w := *v // the visits of several accounts share a fetcher
				if _, err := get(t.Context(), t, &w, place); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			w := *v
			if _, err := get(t.Context(), t, &w, "https://other.example/"); err != nil || time.Since(begun) > 3*time.Second {
				t.Errorf("another server was held up: %v, %v", time.Since(begun), err)
			}
		})
		all.Wait()
		// Four at a time for three seconds each makes five rounds; the one at the other server counts besides.
		if took := time.Since(begun); most.Load() != perHost+1 || took != 15*time.Second {
			t.Errorf("%d at once, done after %v; want %d and 15 s", most.Load(), took, perHost+1)
		}

		quick := testVisit(t, Options{Transport: transport(func(*http.Request) (*http.Response, error) { return reply(200, ""), nil })}, pipeline.Account{})
		begun = time.Now()
		for range perSecond + 12 {
			if _, err := get(t.Context(), t, quick, place); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(begun).Round(time.Millisecond); took != 3*time.Second {
			t.Errorf("12 requests beyond the burst took %v, want 3 s", took)
		}
	})
}

func TestCancellationEndsEveryWait(t *testing.T) {
	stop := errors.New("the operator pressed Ctrl-C")
	for name, answer := range map[string]transport{
		"in a request":       func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
		"between attempts":   func(*http.Request) (*http.Response, error) { return reply(503, "", "Retry-After", "600"), nil },
		"for a server limit": func(*http.Request) (*http.Response, error) { return reply(429, "", "Retry-After", "600"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := testVisit(t, Options{Transport: answer}, pipeline.Account{})
				ctx, cancel := context.WithCancelCause(t.Context())
				begun := time.Now()
				time.AfterFunc(5*time.Second, func() { cancel(stop) })
				_, err := get(ctx, t, v, place)
				if !errors.Is(err, stop) || time.Since(begun) != 5*time.Second || v.calls != 1 {
					t.Errorf("got %v after %v and %d calls, want %q after 5 s and 1", err, time.Since(begun), v.calls, stop)
				}
			})
		})
	}
}

func TestRedirects(t *testing.T) {
	for _, c := range []struct {
		name, token, to string
		calls           int
		want            error // nil: followed
	}{
		{"the same server", "secret-token", "/moved", 2, nil},
		{"another server", "", "https://other.example/", 2, nil},
		{"another server, with a token", "secret-token", "https://other.example/", 1, pipeline.ErrBadAnswer},
		{"a server below, with a token", "secret-token", "https://x.social.example/", 1, pipeline.ErrBadAnswer},
		{"another port, with a token", "secret-token", "https://social.example:8443/", 1, pipeline.ErrBadAnswer},
		{"plain HTTP", "", "http://social.example/", 1, pipeline.ErrBadAnswer},
		{"a file", "", "file:///etc/passwd", 1, pipeline.ErrBadAnswer},
		{"itself", "", "/api", 1 + redirects, pipeline.ErrBadAnswer},
		{"no address", "", "://", 1, pipeline.ErrBadAnswer},
		{"nowhere", "", "", 1, pipeline.ErrBadAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Options{Credential: func(string) (pipeline.Secret, error) { return pipeline.Secret(c.token), nil }}
				o.Transport = transport(func(r *http.Request) (*http.Response, error) {
					if got := r.Header.Get("Authorization"); (got == "Bearer "+c.token) != (c.token != "") {
						t.Errorf("authorization %q", got)
					}
					if r.URL.Path == "/api" {
						return reply(302, "", "Location", c.to), nil
					}
					return reply(200, ""), nil
				})
				v := testVisit(t, o, pipeline.Account{AllowHTTP: true, Credential: "office"})
				_, err := get(t.Context(), t, v, place)
				if !errors.Is(err, c.want) || v.calls != c.calls {
					t.Errorf("after %d calls: %v; want %d calls and %v", v.calls, err, c.calls, c.want)
				}
			})
		})
	}
}

func TestSecretsAppearNowhere(t *testing.T) {
	certain := []string{"secret-token", "secret-query", "access_token"}
	for name, answer := range map[string]transport{
		"unauthorised": func(*http.Request) (*http.Response, error) { return reply(401, "secret-token"), nil },
		"redirect": func(*http.Request) (*http.Response, error) {
			return reply(302, "", "Location", "http://other.example/?access_token=secret-query"), nil
		},
		"loop": func(*http.Request) (*http.Response, error) {
			return reply(302, "", "Location", "?access_token=secret-query"), nil
		},
		"bad redirect": func(*http.Request) (*http.Response, error) {
			return reply(302, "", "Location", "https://%zz/?access_token=secret-query"), nil
		},
		"failure":         func(*http.Request) (*http.Response, error) { return reply(500, ""), nil },
		"limit":           func(*http.Request) (*http.Response, error) { return reply(429, ""), nil },
		"no JSON":         func(*http.Request) (*http.Response, error) { return reply(200, "<html>"), nil },
		"lost connection": func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"success":         func(*http.Request) (*http.Response, error) { return reply(200, "{}"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				v := testVisit(t, Options{
					Transport: answer, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
					Credential: func(string) (pipeline.Secret, error) { return "secret-token", nil },
				}, pipeline.Account{Credential: "office"})
				var into map[string]any
				_, err := v.json(t.Context(), address(t, place), &into)
				said := fmt.Sprintf("%v %+v %s", err, v.token, log.String())
				for _, s := range certain {
					if strings.Contains(said, s) {
						t.Errorf("%q appears in %s", s, said)
					}
				}
				if !strings.Contains(said, "social.example") || err != nil && !strings.Contains(err.Error(), "https://social.example/api") {
					t.Errorf("it does not say what was asked: %s", said)
				}
			})
		})
	}
}

func TestUserAgent(t *testing.T) {
	for _, c := range []struct{ version, contact, want string }{
		{"1.2", "mailto:redes@diputacion.example", "presencia/1.2 (+mailto:redes@diputacion.example)"},
		{"1.2", "", "presencia/1.2"},
		{"", "a\r\nCookie: b", "presencia (+a Cookie: b)"},
	} {
		if got := newFetcher(Options{Version: c.version, Contact: c.contact}).agent; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for s, want := range map[string]bool{
		"8.8.8.8": true, "193.145.233.10": true, "2a00:1450:4003:80e::200e": true, "2001:4860:4860::8888": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "192.0.0.8": false, "192.0.2.1": false, "198.18.0.1": false,
		"198.51.100.1": false, "203.0.113.9": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::1": false, "::": false, "fe80::1": false, "fc00::1": false, "fec0::1": false, "ff02::1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::1": false, "2001::1": false, "2001:db8::1": false, "100::1": false,
		"::ffff:127.0.0.1": false, "::127.0.0.1": false, "3fff::1": false,
	} {
		if got := public(netip.MustParseAddr(s).Unmap()); got != want {
			t.Errorf("%s: public is %v, want %v", s, got, want)
		}
	}
}

// TestAddressesAreCheckedWhenDialled uses the real network of this machine: nothing is sent beyond it.
func TestAddressesAreCheckedWhenDialled(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	port := address(t, plain.URL).Port()
	for _, c := range []struct {
		name, url string
		allow     bool
		want      string // of the error; empty: answered
	}{
		{"plain HTTP to this machine", plain.URL, true, ""},
		{"plain HTTP to this machine by name", "http://localhost:" + port, true, ""},
		{"plain HTTP without permission", plain.URL, false, "only https is read"},
		{"plain HTTP elsewhere", "http://192.0.2.1/", true, errAddress.Error()},
		{"a redirect to the metadata of a cloud", plain.URL + "/?to=http://169.254.169.254/latest", true, errAddress.Error()},
		{"HTTPS to this machine", secure.URL, true, errAddress.Error()},
		{"HTTPS to this machine by name", "https://localhost:" + address(t, secure.URL).Port(), false, errAddress.Error()},
		{"HTTPS to a private network", "https://10.255.255.1/", false, errAddress.Error()},
		{"HTTPS to this machine through NAT64", "https://[64:ff9b::7f00:1]/", false, errAddress.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := testVisit(t, Options{}, pipeline.Account{AllowHTTP: c.allow})
			defer v.loopback.(*http.Transport).CloseIdleConnections()
			_, err := get(t.Context(), t, v, c.url)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.want != "" && v.calls > 2 {
				t.Errorf("%d attempts at an address that is refused", v.calls)
			}
		})
	}
}

func TestCredentialThatCannotBeFoundIsDenied(t *testing.T) {
	for name, find := range map[string]func(string) (pipeline.Secret, error){
		"no source": nil,
		"not set":   func(string) (pipeline.Secret, error) { return "", errors.New("set PRESENCIA_TOKEN_OFFICE") },
	} {
		_, err := newFetcher(Options{Credential: find}).visit(pipeline.Request{Account: pipeline.Account{Credential: "OFFICE"}})
		if !errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), "OFFICE") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRequestSaysWhatTheAPIWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got *http.Request
		var body []byte
		o := Options{Credential: func(string) (pipeline.Secret, error) { return "secret-token", nil }}
		o.Transport = transport(func(r *http.Request) (*http.Response, error) {
			got = r
			body, _ = io.ReadAll(r.Body)
			if r.URL.Path == "/moved" {
				return reply(307, "", "Location", "/api"), nil
			}
			return reply(200, "{}"), nil
		})
		v := testVisit(t, o, pipeline.Account{Credential: "office"})
		q := request{url: address(t, place), limit: 100, method: http.MethodPost, accept: "application/json", contentType: "application/json",
			body: []byte(`{"a":1}`), header: http.Header{"linkedin-version": {"202610"}}, noToken: true}
		if _, err := v.get(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if got.Method != "POST" || string(body) != `{"a":1}` || got.ContentLength != 7 || got.Header.Get("Content-Type") != "application/json" ||
			got.Header.Get("LinkedIn-Version") != "202610" || got.Header.Get("Authorization") != "" {
			t.Errorf("sent %s %q %v", got.Method, body, got.Header)
		}
		q.url = address(t, "https://social.example/moved")
		if _, err := v.get(t.Context(), q); !errors.Is(err, pipeline.ErrBadAnswer) || !strings.HasPrefix(err.Error(), "post https://social.example/moved") {
			t.Errorf("a redirect of something that says more than its address: %v", err)
		}
	})
}

func TestJudgeHasTheFirstWord(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		means  error
		calls  int
		want   error
	}{
		{"a success that is none", 200, pipeline.ErrGone, 1, pipeline.ErrGone},
		{"a denial that is a limit", 403, pipeline.ErrRateLimited, 4, pipeline.ErrRateLimited},
		{"a bad request that may pass", 400, pipeline.ErrUnavailable, 4, pipeline.ErrUnavailable},
		{"a server's failure that will not pass", 500, pipeline.ErrDenied, 1, pipeline.ErrDenied},
		{"no word", 404, nil, 1, pipeline.ErrGone},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := testVisit(t, Options{Transport: transport(func(*http.Request) (*http.Response, error) { return reply(c.status, "{}"), nil })}, pipeline.Account{})
				_, err := v.get(t.Context(), request{url: address(t, place), limit: 100, judge: func(*response) (time.Duration, error) { return 0, c.means }})
				if !errors.Is(err, c.want) || v.calls != c.calls {
					t.Errorf("after %d calls: %v; want %d calls and %v", v.calls, err, c.calls, c.want)
				}
			})
		})
	}
}
