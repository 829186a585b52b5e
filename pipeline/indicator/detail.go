package indicator

import (
	"context"
	"fmt"
	"slices"

	"presencia/pipeline"
)

// Wait counts the messages of an account that were answered, or had been left unanswered, after as many hours.
type Wait struct {
	Account    pipeline.AccountID
	Department string
	Window     pipeline.Window
	Kind       string  // of the message: query, complaint, incident, thanks, other; empty: not told
	Hours      float64 // rounded up; 168 where there was no answer in a week
	Answered   bool
	Count      int64
}

// Arc counts how often an account named, shared or answered another of the institution's in a window.
type Arc struct {
	From, To pipeline.AccountID
	Window   pipeline.Window
	Kind     string // mention, share, reply
	Count    int64  // posts
}

// Waits are the times to the first answer, for curves: of the messages that were received in a window and whose week had
// passed when the account was last read. They come in the order of the windows, then by account, kind and hours. Windows may
// overlap.
func Waits(ctx context.Context, q Querier, windows []pipeline.Window) ([]Wait, error) {
	return detail(ctx, q, "waits", windows, func(r struct {
		Account    string  `ch:"account"`
		Department string  `ch:"department"`
		Window     uint32  `ch:"window"`
		Kind       string  `ch:"kind"`
		Hours      float64 `ch:"hours"`
		Answered   bool    `ch:"answered"`
		Times      uint64  `ch:"times"`
	}) (uint32, func(pipeline.Window) Wait) {
		return r.Window, func(w pipeline.Window) Wait {
			return Wait{pipeline.AccountID(r.Account), r.Department, w, r.Kind, r.Hours, r.Answered, int64(r.Times)}
		}
	})
}

// Arcs are the ties between the institution's own accounts that were open in a window. They come in the order of the windows,
// then by the two accounts and kind. A quotation counts as a share; an answer is known by the name in it, and counts as a reply
// and not as a mention. Windows may overlap.
func Arcs(ctx context.Context, q Querier, windows []pipeline.Window) ([]Arc, error) {
	return detail(ctx, q, "arcs", windows, func(r struct {
		Source string `ch:"source"`
		Target string `ch:"target"`
		Window uint32 `ch:"window"`
		Kind   string `ch:"kind"`
		Times  uint64 `ch:"times"`
	}) (uint32, func(pipeline.Window) Arc) {
		return r.Window, func(w pipeline.Window) Arc {
			return Arc{pipeline.AccountID(r.Source), pipeline.AccountID(r.Target), w, r.Kind, int64(r.Times)}
		}
	})
}

// detail asks one of the queries of sql/detail for every window. read tells of a row the start of its window and makes the
// answer once the window is known.
func detail[R, T any](ctx context.Context, q Querier, name string, windows []pipeline.Window, read func(R) (uint32, func(pipeline.Window) T)) ([]T, error) {
	text, err := files.ReadFile("sql/detail/" + name + ".sql")
	if err != nil {
		return nil, err
	}
	batches, err := disjoint(windows)
	if err != nil {
		return nil, err
	}
	found := make([][]T, len(windows))
	for _, batch := range batches {
		starts, ends := bounds(batch, windows)
		var rows []R
		if err := q.Select(ctx, &rows, bind(scoped(string(text)), starts, ends, []Level{Institution}, nil, Newest)+materialized); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		at := map[uint32]int{}
		for _, w := range batch {
			at[seconds(windows[w].From)] = w
		}
		for _, r := range rows {
			start, made := read(r)
			w, ok := at[start]
			if !ok {
				return nil, fmt.Errorf("read %s: the query answers for a window that starts at %d, which was not asked", name, start)
			}
			found[w] = append(found[w], made(windows[w]))
		}
	}
	return slices.Concat(found...), nil
}
