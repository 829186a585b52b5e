package web

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

const (
	mostKept    = 128 << 20        // bytes, about, of what was made
	mostMade    = 2                // reports that are made at once
	longestWait = 20 * time.Second // until one's turn comes
	longest     = 90 * time.Second // to make one
)

// errBusy says that too much is being made already.
var errBusy = errors.New("too many reports are being made")

// cache keeps what was used last. What several ask for at once is made once, and to its end although the one who asked for
// it leaves: whoever asks again finds it.
type cache struct {
	life  context.Context // ends with the program, and with it what is in the making
	slots chan struct{}

	mu      sync.Mutex
	entries map[string]*entry
	clock   int
	weight  int
}

// entry is a thing that was made, or is being made.
type entry struct {
	done   chan struct{} // closed when value or err is there
	value  any
	err    error
	weight int // 0: being made
	used   int
}

func newCache(ctx context.Context) *cache {
	return &cache{life: ctx, slots: make(chan struct{}, mostMade), entries: map[string]*entry{}}
}

// key joins the parts of a name.
func key(parts ...string) string { return strings.Join(parts, "\x00") }

// get answers the thing of a name, which is made if it is not there. A failure is not kept.
func get[T any](ctx context.Context, c *cache, name string, build func(context.Context) (value T, weight int, err error)) (T, error) {
	var none T
	c.mu.Lock()
	e, there := c.entries[name]
	if !there {
		e = &entry{done: make(chan struct{}), err: errors.New("it broke in the making")}
		c.entries[name] = e
	}
	c.clock++
	e.used = c.clock
	c.mu.Unlock()
	if there {
		select {
		case <-e.done:
		case <-ctx.Done():
			return none, ctx.Err()
		}
		value, _ := e.value.(T)
		return value, e.err
	}
	weight := 0
	defer func() { c.finish(name, e, weight) }() // also where it panics: nobody must wait for ever
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)() //nolint:contextcheck // the cache ends what it builds when it ends
	value, w, err := build(ctx)
	if e.err = err; err != nil {
		return none, err
	}
	e.value, weight = value, w
	return value, nil
}

// finish lets those who wait know, and what was used longest ago go.
func (c *cache) finish(name string, e *entry, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(e.done)
	if e.err != nil {
		delete(c.entries, name)
		return
	}
	e.weight = max(1, weight)
	c.weight += e.weight
	for c.weight > mostKept {
		oldest := ""
		for n, other := range c.entries {
			if other != e && other.weight > 0 && (oldest == "" || other.used < c.entries[oldest].used) {
				oldest = n
			}
		}
		if oldest == "" {
			return
		}
		c.weight -= c.entries[oldest].weight
		delete(c.entries, oldest)
	}
}

// slot waits for one's turn to make something that costs; call release afterwards.
func (c *cache) slot(ctx context.Context) (release func(), err error) {
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, errBusy
	}
}
