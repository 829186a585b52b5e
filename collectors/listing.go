package collectors

import (
	"context"
	"fmt"
	"time"

	"presencia/pipeline"
)

const (
	listOverlap = time.Hour   // what is listed again, as a list may be behind
	listOrder   = time.Minute // how far a list may stray from the order of its dates
)

// track is where the reading of a list of posts ended. The cursors of platforms that list posts page by page, the newest
// first, embed it.
type track struct {
	Of     string    `json:"of"`              // the account that it speaks of: another handle or server begins anew
	ID     string    `json:"id,omitempty"`    // of the account at its platform
	Since  time.Time `json:"since,omitzero"`  // nothing older is wanted
	At     time.Time `json:"at,omitzero"`     // the visit; zero: the list was never read
	Newest time.Time `json:"newest,omitzero"` // post

	// A listing that ended too early goes on with the page Rest, down to RestTo.
	Rest   string    `json:"rest,omitempty"`
	RestTo time.Time `json:"rest_to,omitzero"`
}

// speaksOf tells whether a cursor is of the account that is asked for now.
func (t *track) speaksOf(of string, r pipeline.Request) bool {
	return t.Of == of && (r.StableID == "" || t.ID == "" || t.ID == r.StableID)
}

// entry is a record of a list. What is no post of the account only takes its place.
type entry struct {
	id   string
	at   time.Time // by which the list is ordered; zero: not told
	post *pipeline.Post
}

// postList is a list of posts while it is read.
type postList struct {
	read  func(ctx context.Context, page string) (entries []entry, next string, err error) // page "" is the newest; next "": there is no older one
	most  int                                                                              // pages in one visit
	pages int                                                                              // that may still be read
	due   map[string]bool
	seen  map[string]bool // ids of posts, wanted or not

	posts  []pipeline.Post // those that are wanted
	window pipeline.Window // of which posts holds everything
	gap    error           // why older posts that are wanted are missing; nil: they are not
}

// list reads the posts: the newest down to the visit before, or to the oldest that is due where down is set, then what an
// earlier visit had to leave. The first visit lists down to Since. An error says that nothing was read; the track is then
// as it was.
func (t *track) list(ctx context.Context, r pipeline.Request, down bool, most int, read func(ctx context.Context, page string) ([]entry, string, error)) (*postList, error) {
	l := &postList{read: read, most: most, pages: most, due: map[string]bool{}, seen: map[string]bool{}}
	to := beginning(t.Since)
	if !t.At.IsZero() {
		to = latest(to, t.At.Add(-listOverlap))
		if n := len(r.Due); down && n > 0 {
			to = earliest(to, r.Due[n-1].CreatedAt)
		}
	}
	for _, p := range r.Due {
		l.due[p.ID] = true
	}
	rest, oldest, err := l.stretch(ctx, "", to)
	if err != nil && rest == "" {
		return l, err
	}
	l.window = pipeline.Window{From: to, To: r.Now}
	if !oldest.IsZero() {
		l.window.From = latest(to, oldest.Add(listOrder))
	}
	switch {
	case rest == "" && t.Rest != "" && !oldest.IsZero() && t.RestTo.Before(to):
		to = t.RestTo
		rest, _, err = l.stretch(ctx, t.Rest, to)
	case rest != "" && t.Rest != "":
		to = earliest(to, t.RestTo)
	}
	t.Rest, t.RestTo, t.At = "", time.Time{}, r.Now
	if rest != "" {
		t.Rest, t.RestTo = rest, to
		l.gap = fmt.Errorf("older posts follow on the next visit: %w", err)
	}
	for i := range l.posts {
		t.Newest = latest(t.Newest, l.posts[i].CreatedAt)
	}
	return l, nil
}

// stretch lists from a page down to a moment. It answers the page that it did not come to, with the reason, and the date
// of the oldest entry that it saw, zero when it saw the last there is.
func (l *postList) stretch(ctx context.Context, page string, to time.Time) (rest string, oldest time.Time, err error) {
	known := map[string]bool{}
	for {
		if l.pages == 0 {
			return page, oldest, fmt.Errorf("%d pages are read in one visit", l.most)
		}
		l.pages--
		entries, next, err := l.read(ctx, page)
		if err != nil {
			return page, oldest, err
		}
		before := len(known)
		for _, e := range entries {
			known[e.id] = true
			if !e.at.IsZero() && (oldest.IsZero() || e.at.Before(oldest)) {
				oldest = e.at
			}
			if e.post == nil || l.seen[e.id] {
				continue
			}
			l.seen[e.id] = true
			if !e.at.Before(to) || l.due[e.id] {
				l.posts = append(l.posts, *e.post)
			}
		}
		switch {
		case next == "":
			return "", time.Time{}, nil
		case !oldest.IsZero() && oldest.Before(to), len(entries) == 0: // an empty page is an end, but proves nothing of what is older
			return "", oldest, nil
		case len(known) == before || next == page:
			return page, oldest, fmt.Errorf("%w: the page brings nothing that was not on the pages before", pipeline.ErrBadAnswer)
		}
		page = next
	}
}
