package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
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
	// StableID is the platform's own id of the account, from the register or as first seen; empty: not known. Where it is
	// known the account is read by it, so that a new handle does not lose it.
	StableID string
	// Due are the posts whose figures are to be read again now, newest first; those that are gone are told in Batch.Gone.
	Due []DuePost
	// Parked are the metrics of the platform that are not asked for at present.
	Parked []Parked
	// Meter is to be asked before each request. What it has booked for a group and no batch has told is counted with the
	// account that comes last. Nil counts nothing and allows everything.
	Meter *Meter
}

// DuePost is a post seen before whose figures are to be read again.
type DuePost struct {
	ID        string
	CreatedAt time.Time
}

// Collector reads one kind of source. Implementations are safe for concurrent use and keep nothing between calls but
// connections and rate limits.
type Collector interface {
	// Together is how many accounts one call of Collect takes at most. More than one is for platforms that answer for many
	// accounts at once.
	Together() int
	// Collect reads accounts that have their server and their credential in common, and hands over what each of them
	// brought as soon as it is there, once for each, from any goroutine but before it returns. A batch holds what could be
	// had, with Gaps for what failed; an error means that nothing of the account is usable.
	Collect(ctx context.Context, accounts []Request, done func(Request, Batch, error))
}

// Reader reads one account; [OneByOne] makes a Collector of it. Batch and error are as of [Collector].
type Reader interface {
	Read(ctx context.Context, r Request) (Batch, error)
}

// OneByOne is the collector of a platform that is asked for each account by itself.
func OneByOne(r Reader) Collector { return oneByOne{r} }

type oneByOne struct{ Reader }

func (oneByOne) Together() int { return 1 }

func (c oneByOne) Collect(ctx context.Context, accounts []Request, done func(Request, Batch, error)) {
	for _, r := range accounts {
		b, err := c.Read(ctx, r)
		done(r, b, err)
	}
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
	// Resume answers what a run has to know of complete earlier ones, with the posts created since a moment.
	Resume(ctx context.Context, now, posts time.Time) (Resume, error)
	// Begin opens a run. ErrRunExists says that a run of this id is complete already.
	Begin(ctx context.Context, info RunInfo) (Run, error)
}

// Resume is what a run knows of earlier ones.
type Resume struct {
	Cursors    map[AccountID]Cursor     // where the last collection stopped
	Posts      map[AccountID][]SeenPost // newest first, without those that are gone
	Identities map[AccountID]Identity   // as last seen
	Parked     []Parked
	Used       map[Platform]Use // in this calendar month (UTC), by incomplete runs too
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
	Parked   []Parked
	Changes  []Change // what happened to the account itself since it was last read
	Calls    int      // as the platform counts them, see [Use]
	Cost     float64  // US dollars
	Took     time.Duration
}

// Runner collects accounts concurrently. A failing account is an outcome, never a failed run.
type Runner struct {
	Collectors  map[Platform]Collector
	Sink        Sink
	Privacy     *Privacy
	Collection  Collection // how often posts are read again, and what reading may use
	Now         func() time.Time
	Concurrency int           // calls of collectors at once; 0: 8
	Deadline    time.Duration // for one call of a collector; 0: 5 minutes, and 15 seconds for each further account of it
	Log         *slog.Logger
	Observe     func(Outcome) // called once an account is done; may be nil; must be safe for concurrent use
}

// saveTimeout bounds the saving of what was already fetched when the run is told to stop.
const saveTimeout = 2 * time.Minute

// Run reads the accounts and stores what they give. Outcomes come in the order of the accounts. The error is of the
// store, or of an account whose failure refuses a Whole run; when ctx ends, accounts not yet read are outcomes with its
// error, and what was fetched is still stored.
func (r *Runner) Run(ctx context.Context, info RunInfo, accounts []Account, since time.Time) ([]Outcome, error) {
	known := Resume{}
	if !info.Whole { // a file has no place to go on from
		var err error
		if known, err = r.Sink.Resume(ctx, info.Started, info.Started.Add(-r.Collection.horizon())); err != nil {
			return nil, fmt.Errorf("read where earlier runs stopped: %w", err)
		}
	}
	run, err := r.Sink.Begin(ctx, info)
	if err != nil {
		return nil, err
	}
	s := &session{Runner: r, info: info, run: run, known: known, places: map[AccountID]int{}, outcomes: make([]Outcome, len(accounts))}
	requests := make([]Request, len(accounts))
	meters := map[Platform]*Meter{}
	for i, a := range accounts {
		if meters[a.Platform] == nil {
			meters[a.Platform] = NewMeter(a.Platform, r.Collection.Of(a.Platform).Budget, known.Used[a.Platform], info.Started)
		}
		s.places[a.ID] = i
		requests[i] = s.request(a, since, meters[a.Platform])
	}
	limit := r.Concurrency
	if limit <= 0 {
		limit = 8
	}
	p := pool.New().WithMaxGoroutines(limit).WithContext(ctx).WithCancelOnError() // nothing is paid for that cannot be stored
	for _, group := range s.groups(requests) {
		p.Go(func(ctx context.Context) error { return s.collect(ctx, group) })
	}
	if err := p.Wait(); err != nil {
		return s.outcomes, err
	}
	save, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := run.Complete(save, r.Now()); err != nil {
		return s.outcomes, fmt.Errorf("complete the run: %w", err)
	}
	return s.outcomes, nil
}

// session is a run under way.
type session struct {
	*Runner
	info     RunInfo
	run      Run
	known    Resume
	places   map[AccountID]int
	outcomes []Outcome // each is written once, by the goroutine that read the account
}

func (s *session) request(a Account, since time.Time, m *Meter) Request {
	q := Request{Account: a, Cursor: s.known.Cursors[a.ID], Since: since, Now: s.info.Started, StableID: a.StableID, Meter: m}
	if i := s.known.Identities[a.ID]; q.StableID == "" && i.Asked == a.Asked() {
		q.StableID = i.StableID
	}
	q.Due = s.Collection.Of(a.Platform).due(s.known.Posts[a.ID], q.Now)
	for _, parked := range s.known.Parked {
		if parked.Platform == a.Platform && q.Now.Sub(parked.Since) < parkedFor {
			q.Parked = append(q.Parked, parked)
		}
	}
	return q
}

// groups puts together what one call of a collector may read.
func (s *session) groups(requests []Request) [][]Request {
	type key struct {
		platform           Platform
		server, credential string
	}
	var order []key
	of := map[key][]Request{}
	for _, q := range requests {
		k := key{q.Account.Platform, q.Account.Server, q.Account.Credential}
		if of[k] == nil {
			order = append(order, k)
		}
		of[k] = append(of[k], q)
	}
	var groups [][]Request
	for _, k := range order {
		most := 1
		if c, ok := s.Collectors[k.platform]; ok {
			most = max(most, c.Together())
		}
		groups = slices.AppendSeq(groups, slices.Chunk(of[k], most))
	}
	return groups
}

// collect reads a group of accounts; the error is the store's, or of an account that refuses the run.
func (s *session) collect(ctx context.Context, group []Request) error {
	begun := time.Now()
	var mu sync.Mutex
	var failed []error
	missing := map[AccountID]Request{}
	meter := group[0].Meter.part()
	for i := range group {
		group[i].Meter = meter
		missing[group[i].Account.ID] = group[i]
	}
	var told Use
	done := func(q Request, b Batch, err error) {
		mu.Lock()
		asked, ok := missing[q.Account.ID]
		delete(missing, q.Account.ID)
		if ok && len(missing) == 0 { // also what a collector that broke has asked and could not tell
			used := meter.Used()
			b.Calls, b.Cost = max(b.Calls, used.Calls-told.Calls), max(b.Cost, used.Dollars-told.Dollars)
		}
		if ok {
			told.Calls, told.Dollars = told.Calls+b.Calls, told.Dollars+b.Cost
		}
		mu.Unlock()
		if !ok {
			s.Log.Error("a collector brought an account twice or unasked, only the first is kept", "account", q.Account.ID)
			return
		}
		q = asked // whatever the collector made of it
		var stored error
		if caught := panics.Try(func() { stored = s.take(ctx, q, b, err, time.Since(begun)) }); caught != nil {
			stored = fmt.Errorf("store what account %s brought: %w", q.Account.ID, caught.AsError())
		}
		if err := stored; err != nil {
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, err)
		}
	}
	platform := group[0].Account.Platform
	var missed error
	switch c, ok := s.Collectors[platform]; {
	case ctx.Err() != nil:
		missed = fmt.Errorf("not read, the run was stopped: %w", context.Cause(ctx))
	case !ok:
		missed = fmt.Errorf("presencia has no collector for %s yet: import its history with 'presencia import --account %s FILE'", platform, group[0].Account.ID)
	default:
		missed = fmt.Errorf("the %s collector brought nothing for it, please report it", platform)
		deadline := s.Deadline
		if deadline <= 0 {
			deadline = 5*time.Minute + time.Duration(len(group)-1)*15*time.Second
		}
		limited, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		if caught := panics.Try(func() { c.Collect(limited, group, done) }); caught != nil {
			missed = fmt.Errorf("the %s collector broke, please report it: %w", platform, caught.AsError())
		}
	}
	mu.Lock()
	left := slices.DeleteFunc(slices.Clone(group), func(q Request) bool { _, ok := missing[q.Account.ID]; return !ok })
	mu.Unlock()
	for _, q := range left {
		done(q, Batch{}, missed)
	}
	mu.Lock()
	defer mu.Unlock()
	return errors.Join(failed...)
}

// take makes an outcome of what was read of an account, and stores it.
func (s *session) take(ctx context.Context, q Request, b Batch, err error, took time.Duration) error {
	a := q.Account
	for i := range b.Parked {
		p := &b.Parked[i]
		p.Platform = cmp.Or(p.Platform, a.Platform)
		if p.Since.IsZero() {
			p.Since = q.Now
		}
	}
	o := Outcome{Account: a.ID, Platform: a.Platform, At: q.Now, Err: err, Took: took, Calls: b.Calls, Cost: b.Cost, Parked: b.Parked}
	if !s.info.Whole {
		o.Changes, o.Err = identify(s.known.Identities[a.ID], q, b, err)
	}
	label := func() { // what only the runner knows
		b.Account, b.Platform, b.Asked = a.ID, a.Platform, a.Asked()
		if b.At.IsZero() {
			b.At = q.Now
		}
	}
	label()
	if o.Err == nil {
		if caught := panics.Try(func() { s.Privacy.Apply(&b) }); caught != nil { // one odd text must not stop the others
			o.Changes, o.Err = nil, fmt.Errorf("what it brought could not be made ready for the store, please report it: %w", caught.AsError())
		}
	}
	if o.Err != nil {
		s.Log.Warn("account not read", "account", a.ID, "platform", a.Platform, "error", o.Err)
		b = Batch{At: q.Now}
		label()
	}
	if o.Err == nil {
		o.Posts, o.Messages, o.Gaps = len(b.Posts), len(b.Messages), b.Gaps
		s.Log.Info("account read", "account", a.ID, "platform", a.Platform, "posts", o.Posts, "messages", o.Messages,
			"calls", o.Calls, "gaps", len(o.Gaps), "took", o.Took.Round(time.Millisecond))
	}
	s.outcomes[s.places[a.ID]] = o
	if s.info.Whole && o.Err != nil {
		return fmt.Errorf("account %s: %w", a.ID, o.Err)
	}
	save, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	err = s.run.Save(save, b, o)
	if s.Observe != nil {
		s.Observe(o)
	}
	if err != nil {
		return fmt.Errorf("store what account %s brought: %w", a.ID, err)
	}
	return nil
}
