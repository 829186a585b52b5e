package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"presencia/pipeline"
)

// The questions of Subjects ask for all accounts at once. They read the tables rather than the views, whose newest
// content of every post ever would have to be found before its window could be looked at.
const (
	// A day of the follower history does not take the place of a profile that was read.
	subjectProfiles = `
		SELECT * FROM profiles
		WHERE observed < {to:DateTime64(3, 'UTC')} AND gives != ['account.followers'] AND run IN (SELECT run FROM runs)
		ORDER BY observed DESC, run DESC LIMIT 1 BY account`

	subjectPosts = `
		SELECT * FROM posts
		WHERE created >= {from:DateTime64(3, 'UTC')} AND created < {to:DateTime64(3, 'UTC')} AND run IN (SELECT run FROM runs)
		ORDER BY observed DESC, run DESC LIMIT 1 BY account, post`

	subjectFigures = `
		SELECT
			account, post, max(f.observed) AS observed, '' AS run, any(f.created) AS created,
			argMax(f.likes, (f.observed, f.run)) AS likes, argMax(f.replies, (f.observed, f.run)) AS replies,
			argMax(f.reposts, (f.observed, f.run)) AS reposts, argMax(f.views, (f.observed, f.run)) AS views,
			argMax(f.reach, (f.observed, f.run)) AS reach, argMax(f.saves, (f.observed, f.run)) AS saves,
			argMax(f.not_applicable, (f.observed, f.run)) AS not_applicable
		FROM figures AS f
		WHERE f.created >= {from:DateTime64(3, 'UTC')} AND f.created < {to:DateTime64(3, 'UTC')} AND f.run IN (SELECT run FROM runs)
		GROUP BY account, post`

	subjectDeletions = `
		SELECT account, post, '' AS run, max(d.seen) AS seen FROM deletions AS d
		WHERE d.run IN (SELECT run FROM runs) GROUP BY account, post`

	subjectMessages = `
		SELECT * FROM messages
		WHERE received >= {from:DateTime64(3, 'UTC')} AND received < {to:DateTime64(3, 'UTC')} AND run IN (SELECT run FROM runs)
		ORDER BY observed DESC, run DESC LIMIT 1 BY account, message`

	// An answer may come after the window, and from another account.
	subjectAnswers = `
		SELECT * FROM
		(
			SELECT * FROM posts
			WHERE created >= {from:DateTime64(3, 'UTC')} AND NOT self_reply AND run IN (SELECT run FROM runs) AND in_reply_to IN
			(
				SELECT message FROM messages
				WHERE received >= {from:DateTime64(3, 'UTC')} AND received < {to:DateTime64(3, 'UTC')}
			)
			ORDER BY observed DESC, run DESC LIMIT 1 BY account, post
		)
		ORDER BY created, account, post LIMIT 1 BY in_reply_to`

	subjectLastPosts = `
		SELECT account, max(created) AS at FROM posts
		WHERE created < {to:DateTime64(3, 'UTC')} AND run IN (SELECT run FROM runs) GROUP BY account`

	// Messages are known where a source that gives them was read after the window had begun.
	subjectGivesThreads = `
		SELECT account, max(o.at) AS at FROM outcomes AS o
		WHERE o.at > {from:DateTime64(3, 'UTC')} AND state != 'failed' AND has(gives, {messages:String})
			AND NOT arrayExists(g -> startsWith(g, {messages:String}), gaps) AND run IN (SELECT run FROM runs)
		GROUP BY account`
)

// accountTime is an instant of an account.
type accountTime struct {
	Account string    `ch:"account"`
	At      time.Time `ch:"at"`
}

// postKey names a post among all accounts'.
type postKey struct{ account, post string }

// Subjects answers what checks see of each account of the register in a window, by account id, and then of the institution. Posts known to be gone
// are left out: nobody can look at them any more.
func (db *DB) Subjects(ctx context.Context, r *pipeline.Register, w pipeline.Window) iter.Seq2[pipeline.Subject, error] {
	return func(yield func(pipeline.Subject, error) bool) {
		subjects, err := db.subjects(ctx, r, w)
		if err != nil {
			yield(pipeline.Subject{}, fmt.Errorf("read what is to be checked: %w", err))
			return
		}
		for _, s := range subjects {
			if !yield(*s, nil) {
				return
			}
		}
	}
}

// subjects answers the accounts by id, and last the institution.
func (db *DB) subjects(ctx context.Context, r *pipeline.Register, w pipeline.Window) ([]*pipeline.Subject, error) {
	var (
		profiles         []profileRow
		posts, answers   []postRow
		figures          []figuresRow
		deletions        []deletionRow
		messages         []messageRow
		last, withThread []accountTime
		pages            []pageRow
		ticks            []tickRow
	)
	for _, q := range []struct {
		dst any
		sql string
	}{
		{&profiles, subjectProfiles}, {&posts, subjectPosts}, {&figures, subjectFigures}, {&deletions, subjectDeletions},
		{&messages, subjectMessages}, {&answers, subjectAnswers}, {&last, subjectLastPosts}, {&withThread, subjectGivesThreads}, {&pages, subjectPages}, {&ticks, subjectTicks},
	} {
		err := db.Select(ctx, q.dst, q.sql, Named("from", w.From), Named("to", w.To), Named("messages", string(pipeline.FieldMessages)),
			Named("register", r.Pages()))
		if err != nil {
			return nil, err
		}
	}

	adherence, err := db.Adherence(ctx, r, w)
	if err != nil {
		return nil, err
	}

	subjects := make([]*pipeline.Subject, len(r.Accounts))
	by := make(map[string]*pipeline.Subject, len(r.Accounts))
	for i, a := range r.Accounts {
		subjects[i] = &pipeline.Subject{Account: a, Window: w, Plan: planFigures(adherence, a.ID)}
		by[string(a.ID)] = subjects[i]
	}
	slices.SortFunc(subjects, func(a, b *pipeline.Subject) int { return cmp.Compare(a.Account.ID, b.Account.ID) })
	of := func(account string) *pipeline.Subject { // rows of accounts that the register no longer has go nowhere
		if s := by[account]; s != nil {
			return s
		}
		return &pipeline.Subject{}
	}

	for _, l := range last {
		of(l.Account).LastPostAt = l.At
	}
	for _, p := range profiles {
		s := of(p.Account)
		s.Profile, s.ProfileAt, s.ProfileGives = p.profile(), p.Observed, fields(p.Gives)
		if t := s.Profile.LastPostAt; t.After(s.LastPostAt) && t.Before(w.To) {
			s.LastPostAt = t
		}
	}
	reading := make(map[postKey]figuresRow, len(figures))
	for _, f := range figures {
		reading[postKey{f.Account, f.Post}] = f
	}
	gone := map[postKey]bool{}
	for _, d := range deletions {
		k := postKey{d.Account, d.Post}
		gone[k] = d.Seen.After(reading[k].Observed)
	}
	for _, p := range posts {
		k := postKey{p.Account, p.Post}
		if gone[k] {
			continue
		}
		o := pipeline.Observed{Post: p.post(), Gives: fields(p.Gives)}
		o.Figures = reading[k].figures()
		s := of(p.Account)
		s.Posts = append(s.Posts, o)
	}
	answer := make(map[string]*pipeline.Post, len(answers))
	for _, a := range answers {
		p := a.post()
		answer[a.InReplyTo] = &p
	}
	for _, m := range messages {
		s := of(m.Account)
		s.Threads = append(s.Threads, pipeline.Thread{Message: m.message(), Answer: answer[m.Message]})
	}
	for _, t := range withThread {
		of(t.Account).GivesThreads = true
	}
	for _, s := range subjects {
		slices.SortFunc(s.Posts, func(a, b pipeline.Observed) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		slices.SortFunc(s.Threads, func(a, b pipeline.Thread) int {
			return cmp.Or(a.Message.At.Compare(b.Message.At), cmp.Compare(a.Message.ID, b.Message.ID))
		})
	}
	institution := &pipeline.Subject{Window: w}
	all := append(subjects, institution)
	by[""] = institution
	for _, t := range ticks {
		s := of(t.Account)
		s.Ticks = append(s.Ticks, t.tick())
	}
	known := make(map[string]pipeline.Page, len(pages))
	for _, p := range pages {
		known[p.URL] = p.page()
	}
	for _, s := range all {
		s.All, s.Pages = subjects, known
	}
	return all, nil
}
