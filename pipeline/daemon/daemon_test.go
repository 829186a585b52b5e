package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"presencia/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// starts runs a job for a while of the bubble's time and answers when its runs started, counted from the beginning.
func starts(t *testing.T, j Job, long time.Duration, work func(ctx context.Context, n int) error) []time.Duration {
	t.Helper()
	var got []time.Duration
	begin := time.Now()
	j.Run = func(ctx context.Context) error {
		got = append(got, time.Since(begin))
		return work(ctx, len(got))
	}
	d := Daemon{Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	d.repeat(ctx, j)
	return got
}

func TestJobIsRepeatedWithoutOverlap(t *testing.T) {
	const h = time.Hour
	quick := func(context.Context, int) error { return nil }
	tests := map[string]struct {
		last time.Duration // before the beginning; 0: not known
		work func(ctx context.Context, n int) error
		want []time.Duration
	}{
		"at once, then at its interval":            {work: quick, want: []time.Duration{0, h, 2 * h, 3 * h}},
		"after a restart it keeps its rhythm":      {last: 20 * time.Minute, work: quick, want: []time.Duration{40 * time.Minute, 100 * time.Minute, 160 * time.Minute}},
		"after three days off it runs once":        {last: 72*h + h/2, work: quick, want: []time.Duration{0, h / 2, h + h/2, 2*h + h/2}},
		"a long run leaves out what it covers":     {work: func(context.Context, int) error { time.Sleep(h + h/2); return nil }, want: []time.Duration{0, 2 * h}},
		"a failure does not end it":                {work: func(context.Context, int) error { return errors.New("no") }, want: []time.Duration{0, h, 2 * h, 3 * h}},
		"nor does a panic":                         {work: func(context.Context, int) error { panic("no") }, want: []time.Duration{0, h, 2 * h, 3 * h}},
		"a run is told to stop and is not renewed": {work: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }, want: []time.Duration{0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := Job{Name: "collect", Every: h}
				if tt.last > 0 {
					j.Last = time.Now().Add(-tt.last)
				}
				if diff := cmp.Diff(tt.want, starts(t, j, 3*h+h/4, tt.work)); diff != "" {
					t.Errorf("starts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestJitterSpreadsStartsAndKeepsTheRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := Job{Name: "collect", Every: time.Hour, Jitter: 10 * time.Minute, Last: time.Now()}
		got := starts(t, j, 200*time.Hour+30*time.Minute, func(context.Context, int) error { return nil })
		if len(got) != 200 {
			t.Fatalf("%d runs in 200 hours, want 200: jitter must not add up", len(got))
		}
		differ := false
		for i, at := range got {
			late := at - time.Duration(i+1)*time.Hour
			if late < 0 || late >= j.Jitter {
				t.Errorf("run %d is %s off its hour, want less than %s", i, late, j.Jitter)
			}
			differ = differ || late != got[0]-time.Hour
		}
		if !differ {
			t.Error("every start has the same jitter")
		}
	})
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// get answers status, body and headers of a GET that goes to the server just as written, redirects not followed.
func get(t *testing.T, l net.Listener, target string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = "//" + l.Addr().String() + target
	tr := &http.Transport{DisableKeepAlives: true}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// serve starts a daemon over a folder and answers the way to stop it.
func serve(t *testing.T, d Daemon) (l net.Listener, stop func() error) {
	t.Helper()
	l = listen(t)
	d.Listener, d.Now, d.Log = l, time.Now, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return l, func() error { cancel(); return <-ended }
}

func TestDaemonEndToEnd(t *testing.T) {
	m, reg := newTestMetrics()
	var notReady error
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		fmt.Fprintf(w, "page %s %s", r.Method, r.URL.Path)
	})
	site := Site{Pages: pages, Metrics: reg, Ready: func(context.Context) error { return notReady }}
	ran := make(chan struct{})
	collect := Job{Name: "collect", Every: time.Hour, Run: func(context.Context) error {
		m.Observe(pipeline.Outcome{Account: "culture-masto", Platform: pipeline.Mastodon, At: noon, Calls: 2})
		close(ran)
		return nil
	}}
	l, stop := serve(t, Daemon{Handler: site.Handler(), Jobs: []Job{collect}})
	<-ran

	tests := map[string]struct {
		target string
		status int
		body   string // part of it
		header string
	}{
		"health":                 {"/healthz", 200, "ok", ""},
		"ready":                  {"/readyz", 200, "ok", ""},
		"metrics":                {"/metrics", 200, `presencia_calls_total{outcome="ok",platform="mastodon"} 2`, ""},
		"front door":             {"/", 200, "page GET /", ""},
		"a page":                 {"/reports/2014-12/monthly%20%231%20%C3%A9.html", 200, "page GET /reports/2014-12/monthly #1 é.html", ""},
		"anything else is pages": {"/debug/pprof/", 200, "page GET /debug/pprof/", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, body, header := get(t, l, tt.target)
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("GET %s: %d %q, want %d with %q", tt.target, status, body, tt.status, tt.body)
			}
			if tt.header != "" && header.Get("Content-Type") != tt.header {
				t.Errorf("Content-Type %q, want %q", header.Get("Content-Type"), tt.header)
			}
			policy := "default-src 'none'; frame-ancestors 'none'"
			if strings.HasPrefix(body, "page") {
				policy = "default-src 'self'" // pages say themselves what they may do
			}
			if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Content-Security-Policy") != policy {
				t.Errorf("unsafe headers: %v", header)
			}
		})
	}
	notReady = errors.New("store is locked")
	if status, body, _ := get(t, l, "/readyz"); status != 503 || strings.Contains(body, "locked") {
		t.Errorf("not ready: %d %q", status, body)
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("still listening after the stop")
	}
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	started, saved := make(chan struct{}), false
	job := Job{Name: "collect", Every: time.Hour, Run: func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond) // as if it saved what was fetched
		saved = true
		return ctx.Err()
	}}
	asked, answered := make(chan struct{}), make(chan string, 1)
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		time.Sleep(50 * time.Millisecond)
		fmt.Fprint(w, "whole")
	})
	l, stop := serve(t, Daemon{Handler: slow, Jobs: []Job{job}})
	go func() {
		_, body, _ := get(t, l, "/")
		answered <- body
	}()
	<-started
	<-asked
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if !saved {
		t.Error("the daemon did not wait for the job")
	}
	if body := <-answered; body != "whole" {
		t.Errorf("the open request got %q", body)
	}
}

func TestStopEndsAfterItsGrace(t *testing.T) {
	release, started := make(chan struct{}), make(chan struct{})
	job := Job{Name: "collect", Every: time.Hour, Run: func(context.Context) error {
		close(started)
		<-release
		return nil
	}}
	_, stop := serve(t, Daemon{Handler: http.NotFoundHandler(), Jobs: []Job{job}, Grace: 30 * time.Millisecond})
	<-started
	err := stop()
	close(release)
	if err == nil || !strings.Contains(err.Error(), "a job was still running after 30ms") {
		t.Errorf("got %v", err)
	}
}

func TestALostListenerStopsTheJobs(t *testing.T) {
	l := listen(t)
	started := make(chan struct{})
	job := Job{Name: "collect", Every: time.Hour, Run: func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return nil
	}}
	d := Daemon{Listener: l, Handler: http.NotFoundHandler(), Jobs: []Job{job}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(t.Context()) }()
	<-started
	l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want the listener's error", err)
	}
}

func TestAnIntervalOfNothingIsRefused(t *testing.T) {
	l := listen(t)
	defer l.Close()
	err := (&Daemon{Listener: l, Jobs: []Job{{Name: "collect"}}}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "job collect: its interval is 0s") {
		t.Errorf("got %v", err)
	}
}
