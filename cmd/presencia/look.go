package main

import (
	"context"
	"fmt"

	"presencia/collectors"
)

// looked is what looking at web addresses found.
type looked struct{ addresses, answer, unclear, waiting int }

// String is a sentence; empty where there was nothing to look at.
func (l looked) String() string {
	if l == (looked{}) {
		return ""
	}
	noun, verb := "addresses", "answer"
	if l.addresses == 1 {
		noun = "address"
	}
	if l.answer == 1 {
		verb = "answers"
	}
	text := fmt.Sprintf("Looked at %d web %s: %d %s", l.addresses, noun, l.answer, verb)
	if l.unclear > 0 {
		text += fmt.Sprintf(", of %d it is not known", l.unclear)
	}
	if l.waiting > 0 {
		text += fmt.Sprintf("; %d more wait for the next time", l.waiting)
	}
	return text + "."
}

// look looks at the web addresses that rules ask about and nobody has looked at. Those of an institution that does not
// exist do not exist either. allowHTTP permits plain HTTP to this machine only.
func (s *site) look(ctx context.Context, allowHTTP bool) (looked, error) {
	if s.register.Simulated {
		return looked{}, nil
	}
	at := s.now().UTC()
	addresses, err := s.db.Unseen(ctx, s.register, at)
	if err != nil {
		return looked{}, err
	}
	pages, calls := collectors.Look(ctx, s.outside(), addresses, at, allowHTTP)
	l := looked{addresses: len(pages), waiting: len(addresses) - len(pages)}
	for _, p := range pages {
		switch {
		case !p.Known():
			l.unclear++
		case p.Status > 0 && p.Status < 400:
			l.answer++
		}
	}
	s.log.DebugContext(ctx, "looked at web addresses", "addresses", l.addresses, "answer", l.answer, "unclear", l.unclear, "waiting", l.waiting, "requests", calls)
	if err := s.db.SavePages(context.WithoutCancel(ctx), pages); err != nil { // what was seen is kept, although the run be stopped
		return l, err
	}
	return l, ctx.Err()
}
