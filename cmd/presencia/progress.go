package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// progress tells how far a long piece of work has come: one line that is rewritten on a terminal, a plain line every
// ten seconds elsewhere. Safe for concurrent use.
type progress struct {
	w        io.Writer
	terminal bool
	what     string
	now      func() time.Time

	mu    sync.Mutex
	last  time.Time
	shown bool
}

func (p *program) progress(what string) *progress {
	return &progress{w: p.stderr, terminal: p.terminal, what: what, now: time.Now, last: time.Now()}
}

const (
	barWidth      = 30
	plainEvery    = 10 * time.Second
	terminalEvery = 100 * time.Millisecond
)

// at reports that done of total is done.
func (g *progress) at(done, total int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	every := plainEvery
	if g.terminal {
		every = terminalEvery
	}
	if total <= 0 || g.now().Sub(g.last) < every {
		return
	}
	g.last = g.now()
	share := min(float64(done)/float64(total), 1)
	if !g.terminal {
		fmt.Fprintf(g.w, "%s: %.0f %%\n", g.what, share*100)
		return
	}
	full := int(share * barWidth)
	fmt.Fprintf(g.w, "\r%s [%s%s] %3.0f %%", g.what, strings.Repeat("█", full), strings.Repeat("·", barWidth-full), share*100)
	g.shown = true
}

// done takes the line away.
func (g *progress) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shown {
		fmt.Fprint(g.w, "\r\x1b[K")
		g.shown = false
	}
}
