package simulation

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/collectors"
	"presencia/pipeline"
	"presencia/pipeline/check"
	"presencia/pipeline/register"
)

// TestCollectorsAndGuideFindWhatWasDrawn reads a month of every account with the real collectors over HTTP and holds it
// against the real guide. The verdicts must be those that the truth counts with: so the words carry the flaws that
// were drawn, no others, and the truth speaks of the rules as they are.
func TestCollectorsAndGuideFindWhatWasDrawn(t *testing.T) {
	w := world()
	server := httptest.NewServer(w.Handler())
	defer server.Close()
	r, err := register.Parse("institution.yaml", w.Register(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	guide, err := check.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	all := collectors.All(collectors.Options{Refresh: 90 * 24 * time.Hour, Credential: func(name string) (pipeline.Secret, error) {
		token, ok := w.Token(name)
		if !ok {
			t.Errorf("there is no credential %q", name)
		}
		return pipeline.Secret(token), nil
	}})
	for _, month := range []pipeline.Window{pipeline.Month(2014, time.February, w.loc), pipeline.Month(2015, time.February, w.loc)} {
		w.SetNow(month.To.AddDate(0, 0, 14)) // by now every message has waited seven days
		type score struct{ Kept, Of int }
		got, want := map[string]map[string]score{}, map[string]map[string]score{}
		posts := 0
		for _, a := range r.Accounts {
			if !a.Active(w.Now()) {
				continue
			}
			var b pipeline.Batch
			err := errors.New("nothing was brought")
			q := pipeline.Request{Account: a, Since: month.From.AddDate(0, 0, -45), Now: w.Now()}
			all[a.Platform].Collect(t.Context(), []pipeline.Request{q}, func(_ pipeline.Request, batch pipeline.Batch, failed error) { b, err = batch, failed })
			if err != nil || len(b.Gaps) > 0 {
				t.Errorf("%s: %v %v", a.ID, err, b.Gaps)
				continue
			}
			s := subject(a, b, month)
			posts += len(s.Posts)
			if got[a.Department] == nil {
				got[a.Department] = map[string]score{}
			}
			for _, j := range guide.Check(s, w.Now()) {
				for i, v := range j.Verdicts {
					rule := guide.Rules[i].ID
					c := got[a.Department][rule]
					switch v {
					case pipeline.Pass:
						c.Kept++
						fallthrough
					case pipeline.Warn, pipeline.Fail:
						c.Of++
						got[a.Department][rule] = c
					}
				}
			}
		}
		there := slices.DeleteFunc(slices.Clone(w.all), func(s *status) bool {
			gone := func(s *status) bool { return s != nil && !s.deleted.IsZero() && !w.Now().Before(s.deleted) }
			return gone(s) || gone(s.boost)
		})
		for d, tally := range w.tallies(there, month) {
			want[d.id] = map[string]score{}
			posts -= tally.posts
			for rule, of := range tally.of {
				want[d.id][rule] = score{tally.kept[rule], of}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: what was drawn and what was found differ (-drawn +found):\n%s", month.From.Format("2006-01"), diff)
		}
		if posts != 0 {
			t.Errorf("%s: %+d posts", month.From.Format("2006-01"), posts)
		}
	}
}

// subject is what the store would show of an account.
func subject(a pipeline.Account, b pipeline.Batch, window pipeline.Window) pipeline.Subject {
	s := pipeline.Subject{Account: a, Window: window, Profile: b.Profile, ProfileAt: b.At, ProfileGives: b.Gives, GivesThreads: slices.Contains(b.Gives, pipeline.FieldMessages)}
	if !s.Profile.LastPostAt.Before(window.To) { // as of the window, not of today
		s.Profile.LastPostAt = time.Time{}
	}
	slices.SortFunc(b.Posts, func(a, b pipeline.Post) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, p := range b.Posts {
		if p.CreatedAt.Before(window.To) {
			s.LastPostAt = p.CreatedAt
		}
		if window.Contains(p.CreatedAt) {
			s.Posts = append(s.Posts, pipeline.Observed{Post: p, Gives: b.Gives})
		}
	}
	for _, m := range b.Messages {
		if !window.Contains(m.At) || strings.HasSuffix(m.Author, "@"+host) { // the institution's own accounts are not the public
			continue
		}
		thread := pipeline.Thread{Message: m}
		for i := range b.Posts {
			if b.Posts[i].InReplyTo == m.ID && thread.Answer == nil {
				thread.Answer = &b.Posts[i]
			}
		}
		s.Threads = append(s.Threads, thread)
	}
	return s
}
