package collectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"presencia/pipeline"
)

// fault is something that goes wrong with the answers of a platform, from one request on.
type fault struct {
	name string
	// spoil changes the answer to a request; nil is a connection that is lost.
	spoil func(r *http.Request, w *http.Response, body []byte) (*http.Response, error)
	// kind is what the outcome must say, in its error or in a gap; nil: nothing, the answers serve.
	kind error
	may  bool // leave a gap, although the answers can be made to serve
}

// broken is a body that ends before its time.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (broken) Close() error { return nil }

// faults are those that every collector has to bear.
func faults() []fault {
	page := "<html>" + strings.Repeat("Bad Gateway ", 1<<20) + "</html>"
	status := func(code int, header ...string) func(*http.Request, *http.Response, []byte) (*http.Response, error) {
		return func(r *http.Request, _ *http.Response, _ []byte) (*http.Response, error) {
			says := r.Header.Get("Authorization") + r.URL.RawQuery // servers quote what they were sent
			return reply(code, fmt.Sprintf(`{"error":%q}`, says), append(header, "Content-Type", "application/json")...), nil
		}
	}
	type spoil = func(*http.Request, *http.Response, []byte) (*http.Response, error)
	body := func(change func([]byte) []byte) spoil {
		return func(_ *http.Request, w *http.Response, b []byte) (*http.Response, error) {
			w.Body = io.NopCloser(bytes.NewReader(change(b)))
			w.ContentLength = -1
			return w, nil
		}
	}
	return []fault{
		{"no token is taken", status(401), pipeline.ErrDenied, false},
		{"forbidden", status(403), pipeline.ErrDenied, false},
		{"not there", status(404), pipeline.ErrGone, false},
		{"gone", status(410), pipeline.ErrGone, false},
		{"too many, with a reset that is far", status(429, "Retry-After", "86400"), pipeline.ErrRateLimited, false},
		{"too many, without a word", status(429), pipeline.ErrRateLimited, false},
		{"the server's failure", status(500), pipeline.ErrUnavailable, false},
		{"a gateway's failure", func(*http.Request, *http.Response, []byte) (*http.Response, error) {
			return reply(502, page, "Content-Type", "text/html"), nil
		}, pipeline.ErrUnavailable, false},
		{"a lost connection", func(*http.Request, *http.Response, []byte) (*http.Response, error) {
			return nil, errors.New("connection reset by peer")
		}, pipeline.ErrUnavailable, false},
		{"no answer", func(r *http.Request, _ *http.Response, _ []byte) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, pipeline.ErrUnavailable, false},
		{"an answer that breaks off", func(_ *http.Request, w *http.Response, b []byte) (*http.Response, error) {
			w.Body = broken{bytes.NewReader(b[:len(b)/2])}
			return w, nil
		}, pipeline.ErrUnavailable, false},
		{"half an answer", body(func(b []byte) []byte { return b[:len(b)/2] }), pipeline.ErrBadAnswer, false},
		{"an answer without end", func(_ *http.Request, w *http.Response, b []byte) (*http.Response, error) {
			w.Body = io.NopCloser(io.MultiReader(bytes.NewReader(b), io.LimitReader(spaces{}, 32<<20)))
			return w, nil
		}, pipeline.ErrBadAnswer, false},
		{"a page for people", func(*http.Request, *http.Response, []byte) (*http.Response, error) {
			return reply(200, "<!doctype html><title>Mantenimiento</title>", "Content-Type", "text/html"), nil
		}, pipeline.ErrBadAnswer, false},
		{"a wrong type of content", func(_ *http.Request, w *http.Response, b []byte) (*http.Response, error) {
			w.Header.Set("Content-Type", "text/plain")
			return w, nil
		}, nil, false},
		{"a clock a day behind", func(_ *http.Request, w *http.Response, b []byte) (*http.Response, error) {
			w.Header.Set("Date", time.Now().AddDate(0, 0, -1).UTC().Format(http.TimeFormat))
			return w, nil
		}, nil, false},
		{"lists in the other order", body(inBatch(func(b []byte) []byte {
			var v any
			if json.Unmarshal(b, &v) != nil {
				return b
			}
			reverse(v)
			b, _ = json.Marshal(v)
			return b
		})), nil, false},
		{"lists that say everything twice", body(inBatch(func(b []byte) []byte {
			var v any
			if json.Unmarshal(b, &v) != nil {
				return b
			}
			b, _ = json.Marshal(twice(v))
			return b
		})), nil, true},
	}
}

// inBatch changes the answers in a batch, where a body is one: their order is the questions'.
func inBatch(change func([]byte) []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		var batch []map[string]any
		if json.Unmarshal(b, &batch) != nil || len(batch) == 0 {
			return change(b)
		}
		for _, answer := range batch {
			body, ok := answer["body"].(string)
			if !ok {
				return change(b)
			}
			answer["body"] = string(change([]byte(body)))
		}
		b, _ = json.Marshal(batch)
		return b
	}
}

// spaces is JSON's white space without end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// reverse turns the lists of records of an answer around, in place.
func reverse(v any) {
	switch v := v.(type) {
	case []any:
		if len(v) > 0 {
			if _, records := v[0].(map[string]any); records {
				slices.Reverse(v)
			}
		}
	case map[string]any:
		for _, of := range v {
			reverse(of)
		}
	}
}

// twice repeats each record in the lists of an answer.
func twice(v any) any {
	switch v := v.(type) {
	case []any:
		var all []any
		for _, of := range v {
			all = append(all, of)
			if _, record := of.(map[string]any); record {
				all = append(all, of)
			}
		}
		if all != nil {
			return all
		}
	case map[string]any:
		for name, of := range v {
			v[name] = twice(of)
		}
	}
	return v
}

// spoiled is a platform whose answers go wrong from the n-th request on, until it is mended. stuck ones answer each
// path with what they first answered there.
type spoiled struct {
	fakePlatform
	fault fault
	from  int

	mu     sync.Mutex
	asked  int
	mended bool
}

func (s *spoiled) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.asked++
	bad := !s.mended && s.asked >= s.from
	s.mu.Unlock()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	resp := w.Result()
	if !bad {
		return resp, nil
	}
	return s.fault.spoil(r, resp, w.Body.Bytes())
}

// TestFaultsLoseNothing reads an account of every platform while something goes wrong, and again when it is mended. Every
// post is there in the end, none is there twice or taken for deleted, the outcome says what went wrong, and nobody
// sees the token.
func TestFaultsLoseNothing(t *testing.T) {
	const posts = 130
	stuck := map[string][]byte{}
	var mu sync.Mutex
	all := append(faults(), fault{"pages that go round in circles", func(r *http.Request, w *http.Response, b []byte) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if first, ok := stuck[r.URL.Path]; ok {
			w.Body = io.NopCloser(bytes.NewReader(first))
		} else {
			stuck[r.URL.Path] = b
		}
		return w, nil
	}, errAny, false})
	credential := func(string) (pipeline.Secret, error) { return "secret-token-of-the-office", nil }
	requests := []int{1, 3}
	if raceEnabled { // one suffices for it
		requests = []int{3}
	}
	for _, c := range fakePlatforms {
		whole := map[string]time.Time{} // all posts by id, as they are read when nothing goes wrong
		synctest.Test(t, func(t *testing.T) {
			today()
			fake := c.open(1)
			fake.publish(posts, visitDay.Add(-time.Hour))
			a := fake.account(0)
			b, err := readOne(t.Context(), All(Options{Transport: inMemory(fake), Credential: credential}), pipeline.Request{Account: a, StableID: a.StableID, Now: visitDay})
			if err != nil || len(b.Gaps) > 0 || len(b.Posts) < posts {
				t.Fatalf("%s without any fault: %v, gaps %v, %d posts", c.platform, err, b.Gaps, len(b.Posts))
			}
			for _, p := range b.Posts {
				whole[p.ID] = p.CreatedAt
			}
		})
		for _, fault := range all {
			for _, from := range requests {
				if c.platform == pipeline.Feed && from > 1 && errors.Is(fault.kind, pipeline.ErrGone) {
					continue // so does WordPress say that there are no further pages
				}
				t.Run(fmt.Sprintf("%s, %s from request %d on", c.platform, fault.name, from), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						today()
						clear(stuck)
						s := &spoiled{fakePlatform: c.open(1), fault: fault, from: from}
						s.publish(posts, visitDay.Add(-time.Hour))
						var log bytes.Buffer
						collector := All(Options{
							Transport: s, Credential: credential,
							Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
						})
						r := pipeline.Request{Account: s.account(0), StableID: s.account(0).StableID}
						seen := map[string]bool{}
						said := ""
						wrong := false
						visit := func(at time.Time) (pipeline.Batch, error) {
							r.Now = at
							b, err := readOne(t.Context(), collector, r)
							said += fmt.Sprint(err, " ")
							for _, g := range b.Gaps {
								said += fmt.Sprint(g.Part, ": ", g.Cause, " ")
							}
							if err != nil {
								return b, err // nothing of it is stored, and the next visit begins where this one did
							}
							now := map[string]bool{}
							for _, p := range b.Posts {
								if now[p.ID] {
									t.Errorf("post %s was brought twice", p.ID)
								}
								now[p.ID], seen[p.ID] = true, true
							}
							for id, created := range whole {
								if b.Listed.Contains(created) && !now[id] {
									t.Errorf("post %s of %v is taken for deleted, listed %v", id, created, b.Listed)
								}
							}
							if len(b.Gone) > 0 {
								t.Errorf("%v are taken for deleted", b.Gone)
							}
							r.Cursor = b.Next
							return b, nil
						}
						b, err := visit(visitDay)
						causes := []error{err}
						for _, g := range b.Gaps {
							causes = append(causes, g.Cause)
						}
						for _, cause := range causes {
							wrong = wrong || cause != nil && (errors.Is(fault.kind, errAny) || errors.Is(cause, fault.kind))
						}
						switch reached := s.asked >= from; {
						case errors.Is(fault.kind, errAny), !reached:
						case fault.kind == nil && (err != nil || len(b.Gaps) > 0 && !fault.may):
							t.Errorf("it should serve: %s", said)
						case fault.kind != nil && !wrong:
							t.Errorf("the outcome should say %q: %s", fault.kind, said)
						}
						if s.asked > 400 {
							t.Errorf("%d requests were made", s.asked)
						}
						s.mended = true
						time.Sleep(48 * time.Hour)
						for i := range 3 { // what is left to read may need more than one visit
							if _, err := visit(visitDay.Add(time.Duration(i+1) * 49 * time.Hour)); err != nil {
								t.Errorf("when it is mended: %v", err)
							}
						}
						for id := range whole {
							if !seen[id] {
								t.Errorf("post %s of %d was never read; it said %s", id, len(whole), said)
								break
							}
						}
						if len(seen) > len(whole) {
							t.Errorf("%d posts were read, there are %d", len(seen), len(whole))
						}
						if all := said + log.String() + string(r.Cursor); strings.Contains(all, "secret-token") {
							t.Errorf("the token appears in %s", all)
						}
					})
				})
			}
		}
	}
}
