package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/pool"
)

// Request is one account to be read.
type Request struct {
	Account Account
	Cursor  Cursor    // where the last complete run stopped; empty: first reading
	Since   time.Time // on a first reading, how far back to go; zero: as far as the source goes
	Now     time.Time // the moment of the run; what is observed is dated with it
}

// Collector reads one kind of source. Implementations are safe for concurrent use and keep nothing between calls but
// connections and rate limits. They return what they got, with Gaps for what failed; an error means that nothing is usable.
type Collector interface {
	Collect(ctx context.Context, r Request) (Batch, error)
}

// RunInfo names a run.
type RunInfo struct {
	ID      string // unique; the same input imported twice has the same id
	Kind    string // collect, import, check
	Started time.Time
	// Register is the version of the register that it ran under.
	Register string
	// Whole refuses the run, of which then nothing is stored, when an account fails: a file is imported or it is not.
	Whole bool
}

// Sink opens runs. Implemented by the store.
type Sink interface {
	// Cursors answers where the last complete run stopped for each account.
	Cursors(ctx context.Context) (map[AccountID]Cursor, error)
	// Begin opens a run. ErrRunExists says that a run of this id is complete already.
	Begin(ctx context.Context, info RunInfo) (Run, error)
}

// ErrRunExists says that the very same run was completed before; there is nothing to do.
var ErrRunExists = errors.New("this was stored before; nothing changed")

// Run takes what one run brings. Nothing of it is seen by anybody until Complete has written its last row. Save may
// be called from several goroutines and waits while the store is behind.
type Run interface {
	Save(ctx context.Context, b Batch, o Outcome) error
	Complete(ctx context.Context, finished time.Time) error
}

// Outcome is how the reading of one account ended.
type Outcome struct {
	Account  AccountID
	Platform Platform
	At       time.Time
	Err      error // nil: read
	Posts    int
	Messages int
	Gaps     []Gap
	Calls    int
	Took     time.Duration
}

// Runner collects accounts concurrently. A failing account is an outcome, never a failed run.
type Runner struct {
	Collectors  map[Platform]Collector
	Sink        Sink
	Privacy     *Privacy
	Now         func() time.Time
	Concurrency int           // accounts read at once; 0: 8
	Deadline    time.Duration // for one account; 0: 5 minutes
	Log         *slog.Logger
	Observe     func(Outcome) // called once an account is done; may be nil; must be safe for concurrent use
}

// saveTimeout bounds the saving of what was already fetched when the run is told to stop.
const saveTimeout = 2 * time.Minute

// Run reads the accounts and stores what they give. Outcomes come in the order of the accounts. The error is of the
// store, or of an account whose failure refuses a Whole run; when ctx ends, accounts not yet read are outcomes with its
// error, and what was fetched is still stored.
func (r *Runner) Run(ctx context.Context, info RunInfo, accounts []Account, since time.Time) ([]Outcome, error) {
	cursors, err := r.Sink.Cursors(ctx)
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	if info.Whole { // a file has no place to go on from
		cursors = nil
	}
	run, err := r.Sink.Begin(ctx, info)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(accounts))
	limit := r.Concurrency
	if limit <= 0 {
		limit = 8
	}
	p := pool.New().WithErrors().WithMaxGoroutines(limit)
	for i, a := range accounts {
		p.Go(func() error {
			b, o := r.collect(ctx, Request{Account: a, Cursor: cursors[a.ID], Since: since, Now: info.Started})
			if info.Whole && o.Err != nil {
				outcomes[i] = o
				return fmt.Errorf("account %s: %w", a.ID, o.Err)
			}
			save, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
			defer cancel()
			err := run.Save(save, b, o)
			outcomes[i] = o
			if r.Observe != nil {
				r.Observe(o)
			}
			if err != nil {
				return fmt.Errorf("store what account %s brought: %w", a.ID, err)
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return outcomes, err
	}
	save, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := run.Complete(save, r.Now()); err != nil {
		return outcomes, fmt.Errorf("complete the run: %w", err)
	}
	return outcomes, nil
}

func (r *Runner) collect(ctx context.Context, q Request) (Batch, Outcome) {
	begun := time.Now()
	a := q.Account
	o := Outcome{Account: a.ID, Platform: a.Platform, At: q.Now}
	var b Batch
	switch c, ok := r.Collectors[a.Platform]; {
	case ctx.Err() != nil:
		o.Err = fmt.Errorf("not read, the run was stopped: %w", context.Cause(ctx))
	case !ok:
		o.Err = fmt.Errorf("presencia has no collector for %s yet: import its history with 'presencia import --account %s FILE'", a.Platform, a.ID)
	default:
		deadline := r.Deadline
		if deadline <= 0 {
			deadline = 5 * time.Minute
		}
		ctx, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		var err error
		if caught := panics.Try(func() { b, err = c.Collect(ctx, q) }); caught != nil {
			err = fmt.Errorf("the %s collector broke, please report it: %w", a.Platform, caught.AsError())
		}
		o.Err = err
	}
	o.Took = time.Since(begun)
	o.Calls = b.Calls
	if o.Err != nil {
		r.Log.Warn("account not read", "account", a.ID, "platform", a.Platform, "error", o.Err)
		return Batch{Account: a.ID, Platform: a.Platform, At: q.Now}, o
	}
	b.Account, b.Platform = a.ID, a.Platform
	if b.At.IsZero() {
		b.At = q.Now
	}
	r.Privacy.Apply(&b)
	o.Posts, o.Messages, o.Gaps = len(b.Posts), len(b.Messages), b.Gaps
	r.Log.Info("account read", "account", a.ID, "platform", a.Platform, "posts", o.Posts, "messages", o.Messages,
		"calls", o.Calls, "gaps", len(o.Gaps), "took", o.Took.Round(time.Millisecond))
	return b, o
}
