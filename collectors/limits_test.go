package collectors

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"presencia/pipeline"
)

// TestLimits has a row for each way in which a platform tells its limits: how long the next request is held back after
// an answer, or after how long the same one is repeated.
func TestLimits(t *testing.T) {
	const second, minute = time.Second, time.Minute
	start := visitDay
	at := func(d time.Duration) string { return start.Add(d).Format(time.RFC3339Nano) }
	unix := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	date := func(d time.Duration) string { return start.Add(d).Format(http.TimeFormat) }
	type judge = func(*response) (time.Duration, error)
	meta := func(v *visit) judge {
		return func(r *response) (time.Duration, error) { return (&graph{visit: v}).weigh(r.header, r.body) }
	}
	youtube := func(v *visit) judge { return (&youtubeGroup{visit: v}).judge }
	linkedin := func(v *visit) judge { return (&linkedinVisit{visit: v}).judge }
	tiktok := func(v *visit) judge { return (&tiktokVisit{visit: v}).judge }
	always := func(wait time.Duration) func(*visit) judge {
		return func(*visit) judge {
			return func(r *response) (time.Duration, error) {
				if r.status < 300 {
					return 0, nil
				}
				return wait, pipeline.ErrRateLimited
			}
		}
	}
	const metaBusiness = `{"1":[{"type":"pages","call_count":100,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":7}]}`
	for _, c := range []struct {
		name   string
		status int
		header []string
		judge  func(*visit) judge
		want   time.Duration
		body   string
	}{
		{"Mastodon, nothing left", 200, []string{"X-RateLimit-Limit", "300", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at(4 * minute)}, nil, 4 * minute, ""},
		{"Mastodon, something left", 200, []string{"X-RateLimit-Remaining", "1", "X-RateLimit-Reset", at(4 * minute)}, nil, 0, ""},
		{"Mastodon, refused", 429, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at(7500 * time.Millisecond)}, nil, 7500 * time.Millisecond, ""},
		{"Mastodon, the last request was for something that is not there", 404, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at(minute)}, nil, minute, ""},
		{"Bluesky", 200, []string{"RateLimit-Limit", "3000", "RateLimit-Remaining", "0", "RateLimit-Reset", unix(5 * minute), "RateLimit-Policy", "3000;w=300"}, nil, 5 * minute, ""},
		{"Bluesky's view for everybody says nothing", 200, nil, nil, 0, ""},
		{"IETF draft, seconds from now", 200, []string{"RateLimit-Remaining", "0", "RateLimit-Reset", "30"}, nil, 30 * second, ""},
		{"X", 200, []string{"x-rate-limit-limit", "300", "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(14 * minute)}, nil, 14 * minute, ""},
		{"X, refused although 14 remain", 429, []string{"x-rate-limit-remaining", "14", "x-rate-limit-reset", unix(minute)}, nil, minute, ""},
		{"Meta, an answer of success at the app's limit", 200, []string{"X-App-Usage", `{"call_count":100,"total_time":3,"total_cputime":3}`}, meta, 30 * minute, ""},
		{"Meta, an answer of success at the business's limit", 200, []string{"X-Business-Use-Case-Usage", metaBusiness}, meta, 7 * minute, ""},
		{"Meta, slower near the limit", 200, []string{"X-App-Usage", `{"call_count":90}`}, meta, 36 * second, ""},
		{"Meta, refused with the time to regain access", 400, []string{"X-Business-Use-Case-Usage", metaBusiness}, meta, 7 * minute, `{"error":{"message":"(#80001) There have been too many calls","code":80001}}`},
		{"Meta, refused without a time", 403, nil, meta, 30 * minute, `{"error":{"message":"(#4) Application request limit reached","code":4,"is_transient":true}}`},
		{"YouTube until midnight at the Pacific", 403, nil, youtube, 20 * time.Hour, `{"error":{"code":403,"errors":[{"reason":"quotaExceeded","domain":"youtube.quota"}]}}`},
		{"YouTube, too quick", 403, nil, youtube, guess, `{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}`},
		{"LinkedIn until midnight", 429, nil, linkedin, 12 * time.Hour, `{"status":429,"code":"TOO_MANY_REQUESTS"}`},
		{"LinkedIn, a time", 429, []string{"Retry-After", "90"}, linkedin, 90 * second, `{"status":429,"code":"TOO_MANY_REQUESTS"}`},
		{"TikTok", 429, nil, tiktok, minute, `{"error":{"code":"rate_limit_exceeded","message":"","log_id":"1"}}`},
		{"Telegram's pages, like any server", 429, []string{"Retry-After", "35"}, nil, 35 * second, ""},
		{"the platform's own signal goes before its headers", 429, []string{"Retry-After", "5"}, always(minute), minute, ""},
		{"where the platform's own signal is silent its headers count", 429, []string{"Retry-After", "5"}, always(0), 5 * second, ""},
		{"Retry-After in seconds", 429, []string{"Retry-After", "120"}, nil, 2 * minute, ""},
		{"Retry-After as a date", 429, []string{"Retry-After", date(minute)}, nil, minute, ""},
		{"Retry-After against the server's own clock", 429, []string{"Date", date(time.Hour), "Retry-After", date(time.Hour + minute)}, nil, minute, ""},
		{"reset against the server's own clock", 200, []string{"Date", date(-time.Hour), "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at(-time.Hour + 5*second)}, nil, 5 * second, ""},
		{"Retry-After goes before the reset", 429, []string{"Retry-After", "5", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at(4 * minute)}, nil, 5 * second, ""},
		{"maintenance", 503, []string{"Retry-After", "60"}, nil, minute, ""},
		{"Retry-After beside a success says nothing", 200, []string{"Retry-After", "60"}, nil, 0, ""},
		{"a mock's reset of years ago", 200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2019-12-13T11:07:48.000000Z"}, nil, 0, ""},
		{"a reset in the far future", 200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2126-11-24T12:00:00Z"}, nil, 0, ""},
		{"no numbers", 200, []string{"X-RateLimit-Remaining", "none", "X-RateLimit-Reset", "soon"}, nil, 0, ""},
		{"refused without a word", 429, nil, nil, guess, ""},
		{"refused with a mock's reset of years ago", 429, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2019-12-13T11:07:48.000000Z"}, nil, guess, ""},
		{"refused with a negative number", 429, []string{"Retry-After", "-5"}, nil, guess, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				today()
				var sent []time.Duration
				v := testVisit(t, Options{Transport: transport(func(*http.Request) (*http.Response, error) {
					sent = append(sent, time.Since(start))
					if len(sent) == 1 {
						return reply(c.status, c.body, c.header...), nil
					}
					return reply(200, ""), nil
				})}, pipeline.Account{})
				long, cancel := contextUntil(t, 48*time.Hour)
				defer cancel()
				q := request{url: address(t, place), limit: 1000}
				if c.judge != nil {
					q.judge = c.judge(v)
				}
				for range 3 {
					if len(sent) == 2 {
						break
					} // the second is a repetition, or the next one
					if _, err := v.get(long, q); err != nil && len(sent) > 1 {
						t.Fatal(err)
					}
				}
				if len(sent) < 2 {
					t.Fatal("nothing was asked again")
				}
				if c.want == guess {
					if sent[1] < second/2 || sent[1] > 3*second/2 {
						t.Errorf("waited %v, want a guess of about a second", sent[1])
					}
				} else if sent[1] != c.want {
					t.Errorf("waited %v, want %v", sent[1], c.want)
				}
			})
		})
	}
}

// today brings synctest's clock, which begins in 2000, to our time: in its own every Unix second looks like a stretch.
func today() { time.Sleep(time.Until(visitDay)) }

// guess stands for the fetcher's own pause.
const guess = -1

// TestAnnouncedLimitIsShared runs many visits against a server that counts, and tells what is left, by token and
// endpoint. None is refused, and none waits longer than the server wants.
func TestAnnouncedLimitIsShared(t *testing.T) {
	const most, window, visitors = 20, time.Minute, 8
	for name, header := range map[string]func(left int, reset time.Time) []string{
		"ISO 8601": func(left int, reset time.Time) []string {
			return []string{"X-RateLimit-Remaining", fmt.Sprint(left), "X-RateLimit-Reset", reset.UTC().Format(time.RFC3339Nano)}
		},
		"Unix": func(left int, reset time.Time) []string {
			return []string{"x-rate-limit-remaining", fmt.Sprint(left), "x-rate-limit-reset", strconv.FormatInt(reset.Unix(), 10)}
		},
		"seconds": func(left int, reset time.Time) []string {
			return []string{"RateLimit-Remaining", fmt.Sprint(left), "RateLimit-Reset", fmt.Sprint(math.Ceil(time.Until(reset).Seconds()))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				used := map[string]int{} // by token, endpoint and window
				var refused atomic.Int64
				today()
				begun := time.Now()
				f := newFetcher(withDefaults(Options{
					Credential: func(name string) (pipeline.Secret, error) { return pipeline.Secret(name), nil },
					Transport: transport(func(r *http.Request) (*http.Response, error) {
						time.Sleep(50 * time.Millisecond)
						mu.Lock()
						n := time.Since(begun) / window
						key := fmt.Sprint(r.Header.Get("Authorization"), r.URL.Path, n)
						used[key]++
						left := most - used[key]
						mu.Unlock()
						h := header(max(0, left), begun.Add((n+1)*window))
						time.Sleep(time.Duration(left%3) * time.Millisecond) // answers overtake each other
						if left < 0 {
							refused.Add(1)
							return reply(429, "", h...), nil
						}
						return reply(200, "", h...), nil
					}),
				}))
				var all sync.WaitGroup
				var quick atomic.Int64
				for i := range visitors {
					all.Go(func() {
						v, err := f.visit(pipeline.Request{Account: pipeline.Account{Credential: []string{"A", "B"}[i/(visitors-1)]}}) // seven share A
						if err != nil {
							t.Error(err)
							return
						}
						for k := range 10 {
							path := "users"
							if k%5 == 0 {
								path = "posts"
							}
							if _, err := v.get(t.Context(), request{url: address(t, "https://api.example/"+path), limit: 1000, bucket: path}); err != nil {
								t.Error(err)
							}
						}
						if i == visitors-1 {
							quick.Store(int64(time.Since(begun)))
						}
					})
				}
				all.Wait()
				// Of A's 70 requests 56 are for users: three windows.
				if took := time.Since(begun); refused.Load() > 0 || took < 2*window || took > 3*window {
					t.Errorf("%d requests were refused; done after %v, want in the third minute", refused.Load(), took)
				}
				if time.Duration(quick.Load()) > window {
					t.Errorf("the other credential was held up for %v", time.Duration(quick.Load()))
				}
			})
		})
	}
}

func TestPriceIsBookedBeforeAndSettledAfter(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer transport
		charge func(*response) float64
		cost   float64
		err    error
	}{
		{"as booked", func(*http.Request) (*http.Response, error) { return reply(200, "12"), nil }, nil, 0.5, nil},
		{"less", func(*http.Request) (*http.Response, error) { return reply(200, "12"), nil }, func(r *response) float64 { return 0.01 * float64(len(r.body)) }, 0.02, nil},
		{"refused", func(*http.Request) (*http.Response, error) { return reply(403, "12"), nil }, nil, 0, pipeline.ErrDenied},
		{"an answer that broke off has its price", func(*http.Request) (*http.Response, error) { return nil, errors.New("reset") }, nil, 4 * 0.5, pipeline.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := testVisit(t, Options{Transport: c.answer}, pipeline.Account{})
				v.meter = pipeline.NewMeter(pipeline.X, pipeline.Budget{Euros: 10}, pipeline.Use{}, visitDay)
				_, err := v.get(t.Context(), request{url: address(t, place), limit: 100, price: 0.5, charge: c.charge})
				if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
					t.Errorf("got %v, want %v", err, c.err)
				}
				near := func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
				if !near(v.cost, c.cost) {
					t.Errorf("cost %v, want %v", v.cost, c.cost)
				}
				// What is left of the budget shows what was booked.
				if err := v.meter.Take(0, 10-c.cost-1e-9); err != nil {
					t.Error(err)
				}
				if err := v.meter.Take(1, 0.01); !errors.Is(err, pipeline.ErrBudget) {
					t.Errorf("got %v, want %v", err, pipeline.ErrBudget)
				}
			})
		})
	}
}

// TestBudgetIsNeverExceeded lets visits run against each other at a server that is not always well.
func TestBudgetIsNeverExceeded(t *testing.T) {
	for name, budget := range map[string]pipeline.Budget{"calls": {Calls: 50}, "euros": {Euros: 1, EurosPerDollar: 0.5}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent, answered, refused atomic.Int64
				f := newFetcher(withDefaults(Options{Transport: transport(func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Millisecond)
					if sent.Add(1)%10 == 0 {
						return reply(503, ""), nil
					}
					answered.Add(1)
					return reply(200, ""), nil
				})}))
				m := pipeline.NewMeter(pipeline.X, budget, pipeline.Use{}, visitDay)
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						v, err := f.visit(pipeline.Request{Meter: m})
						if err != nil {
							t.Error(err)
							return
						}
						for err == nil {
							// It may cost four cents and costs three.
							_, err = v.get(t.Context(), request{url: address(t, place), limit: 100, price: 0.04, charge: func(*response) float64 { return 0.03 }})
						}
						if errors.Is(err, pipeline.ErrBudget) && !errors.Is(err, pipeline.ErrUnavailable) {
							refused.Add(1)
						}
					})
				}
				all.Wait()
				if refused.Load() != 8 {
					t.Errorf("%d of 8 visits say that the budget is used up", refused.Load())
				}
				switch used := 0.03 * 0.5 * float64(answered.Load()); {
				case budget.Calls > 0 && sent.Load() != 50:
					t.Errorf("%d requests were sent, the budget is 50", sent.Load())
				case budget.Euros > 0 && (used > 1 || used < 0.9):
					t.Errorf("%.3f euros were used of 1", used)
				}
			})
		})
	}
}
