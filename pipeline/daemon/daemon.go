// Package daemon keeps presencia running: it repeats jobs at their intervals, answers Prometheus and health checks,
// and shows the folder of reports. It does not know what a job does or what a report says.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sourcegraph/conc/panics"
)

// Job is work that is repeated for as long as the daemon lives. A run never overlaps the one before it: what would
// have started meanwhile is left out.
type Job struct {
	Name  string
	Every time.Duration // from start to start
	// Jitter puts each start off by a random part of it, so that not every institution asks a platform at the same second.
	Jitter time.Duration
	// Last is when the job started before there was this daemon; zero: not known, it starts at once.
	Last time.Time
	Run  func(ctx context.Context) error
}

// Daemon is what runs.
type Daemon struct {
	Listener net.Listener
	Handler  http.Handler
	Jobs     []Job
	Now      func() time.Time
	Log      *slog.Logger
	// Grace bounds the stop: running jobs and open requests have this long to end; 0: 30 seconds.
	Grace time.Duration
}

// Run works until ctx ends, then stops: no new request, no new run; what runs is told so by its context and waited for.
// A job that fails is logged and tried again at its next time. The error is of the listener, or names what did not stop
// within the grace.
func (d *Daemon) Run(ctx context.Context) error {
	for _, j := range d.Jobs {
		if j.Every <= 0 {
			return fmt.Errorf("job %s: its interval is %s, it must be longer than nothing", j.Name, j.Every)
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	var work sync.WaitGroup
	for _, j := range d.Jobs {
		work.Go(func() { d.repeat(ctx, j) })
	}
	srv := &http.Server{
		Handler:           d.Handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 16,
		ErrorLog:          slog.NewLogLogger(d.Log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	work.Go(func() { served <- srv.Serve(d.Listener) })
	d.Log.Info("listening", "address", d.Listener.Addr().String(), "jobs", len(d.Jobs))

	var failed error
	select {
	case <-ctx.Done():
	case err := <-served:
		failed = fmt.Errorf("serve %s: %w", d.Listener.Addr(), err)
		stop()
	}

	grace := d.Grace
	if grace <= 0 {
		grace = 30 * time.Second
	}
	d.Log.Info("stopping", "grace", grace)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := srv.Shutdown(late); err != nil {
		failed = errors.Join(failed, fmt.Errorf("requests were still open after %s: %w", grace, err), srv.Close())
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	select {
	case <-done:
	case <-late.Done():
		failed = errors.Join(failed, fmt.Errorf("a job was still running after %s", grace))
	}
	return failed
}

// repeat runs a job until ctx ends.
func (d *Daemon) repeat(ctx context.Context, j Job) {
	due, put := d.Now(), time.Duration(0)
	if !j.Last.IsZero() {
		due, put = j.Last.Add(j.Every), jitter(j.Jitter)
	}
	for sleep(ctx, due.Sub(d.Now())+put) {
		var err error
		if caught := panics.Try(func() { err = j.Run(ctx) }); caught != nil {
			err = fmt.Errorf("the job broke, please report it: %w", caught.AsError())
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			d.Log.Error("job failed", "job", j.Name, "error", err)
		}
		due, put = next(due, d.Now(), j.Every), jitter(j.Jitter)
	}
}

// next is the first slot after now; slots lie every apart, counted from due.
func next(due, now time.Time, every time.Duration) time.Time {
	return due.Add((now.Sub(due)/every + 1) * every)
}

func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}

// sleep waits, and tells whether to go on.
func sleep(ctx context.Context, wait time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
