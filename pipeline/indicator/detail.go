package indicator

import (
	"context"

	"presencia/pipeline"
)

// Wait counts the messages of an account that were answered, or had been left unanswered, after as many hours.
type Wait struct {
	Account    pipeline.AccountID
	Department string
	Window     pipeline.Window
	Kind       string  // of the message: query, complaint, incident, thanks, other
	Hours      float64 // rounded up; 168 where there was no answer in a week
	Answered   bool
	Count      int64
}

// Arc counts how often an account named, shared or answered another of the institution's in a window.
type Arc struct {
	From, To pipeline.AccountID
	Window   pipeline.Window
	Kind     string // mention, share, reply
	Count    int64
}

// Waits are the times to the first answer, for curves.
func Waits(ctx context.Context, q Querier, windows []pipeline.Window) ([]Wait, error) {
	return nil, nil
}

// Arcs are the ties between the institution's own accounts.
func Arcs(ctx context.Context, q Querier, windows []pipeline.Window) ([]Arc, error) { return nil, nil }
