// Package simulation is an institution that does not exist, shaped like a provincial council: 17 departments that take
// part in a course, 10 bodies that may not, about 60 accounts and three years of what they and the citizens publish.
// A platform that speaks the Mastodon API and web feeds serves it over HTTP, at one moment of a clock that the caller
// moves, and shows nothing of what comes later. What the course truly did is known: [World.Truth].
//
// The same seed gives the same world, wherever it is served.
package simulation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"presencia/pipeline"
)

// World is a simulated institution with its platform. Its methods are safe for concurrent use.
type World struct {
	process
	all     []*status // every publication, in the order of ids
	byID    map[int64]*status
	byName  map[string]*account
	byToken map[string]*account
	now     atomic.Int64 // Unix seconds
	limits  limits
	feeds   sync.Map // file and newest entry → its bytes
	handler http.Handler
}

// citizens is how many people write to the institution.
const citizens = 2000

// New makes the world of a seed, with its clock at the beginning of September 2012.
func New(seed uint64) *World {
	w := &World{process: process{institution: found(seed), seed: seed}, byID: map[int64]*status{}, byName: map[string]*account{}, byToken: map[string]*account{}}
	for _, a := range w.accounts {
		if a.social() {
			w.byName[a.handle] = a
			if token, ok := w.Token(a.credential); ok {
				w.byToken[token] = a
			}
		}
		a.followers = w.audience(a)
	}
	w.all = w.draw(0, weeks)
	slices.SortStableFunc(w.all, func(a, b *status) int { return a.created.Compare(b.created) })
	r, promoted := stream(seed, "words"), stream(seed, "campaigns")
	id := int64(0)
	for _, s := range w.all {
		id = max(id+1, s.created.UnixMilli()<<16) // as the platform's own ids: sorted by time
		s.id = id
		w.byID[s.id] = s
		if s.kind == pipeline.Own {
			switch r.IntN(400) {
			case 0:
				s.deleted = s.created.Add(time.Duration(8+r.IntN(12)) * 24 * time.Hour)
				s.account.gone = append(s.account.gone, s)
			case 1, 2:
				if s.account.social() {
					s.edited = s.created.Add(time.Duration(1+r.IntN(200)) * time.Hour)
				}
			}
		}
		s.campaign = w.promotes(promoted, s)
		s.write(r)
		if s.account != nil {
			s.account.statuses = append(s.account.statuses, s)
		}
		if s.to != nil {
			s.to.mentions = append(s.to.mentions, s)
		}
		slices.SortFunc(s.boostedBy, func(a, b *status) int { return a.created.Compare(b.created) })
	}
	w.SetNow(begin.In(w.loc))
	w.handler = w.platform()
	return w
}

// audience draws the followers of an account at each Monday. The course has no part in it.
func (p process) audience(a *account) []int {
	r := stream(p.seed, "audience "+a.id)
	n := make([]int, weeks+1)
	x := a.dept.audience * a.share
	gain := a.dept.growth * a.share
	for i := range n {
		n[i] = max(int(math.Round(x)), 0)
		if a.open(p.monday(i).In(p.loc)) {
			x += gain * (1 + .5*r.NormFloat64()) * p.season(p.monday(i))
		} else {
			x = 20
		}
	}
	return n
}

// SetNow moves the platform's clock.
func (w *World) SetNow(t time.Time) { w.now.Store(t.Unix()) }

// Now is the moment that the platform shows, UTC, whole seconds.
func (w *World) Now() time.Time { return time.Unix(w.now.Load(), 0).UTC() }

// missed are Mondays on which nobody collected.
func missed() []pipeline.Date {
	return []pipeline.Date{{Year: 2012, Month: 12, Day: 31}, {Year: 2013, Month: 8, Day: 12}, {Year: 2014, Month: 8, Day: 18}, {Year: 2015, Month: 4, Day: 6}}
}

// Weeks are the moments of the weekly collections: Mondays at 06:00 of the institution, without a few that were missed.
// The last one lies a week after the end, and sees all.
func (w *World) Weeks() []time.Time {
	var all []time.Time
	for i := 1; i <= weeks; i++ {
		if d := w.monday(i); !slices.Contains(missed(), d) {
			all = append(all, at(d, 6*time.Hour, w.loc).UTC())
		}
	}
	return all
}

// Outage lists the accounts that the platform cannot serve in the week of t: it answers 503 for them.
func (w *World) Outage(t time.Time) []pipeline.AccountID {
	week := int(t.Sub(w.monday(0).In(w.loc)) / (7 * 24 * time.Hour))
	var down []pipeline.AccountID
	if slices.Contains([]int{23, 118}, week) {
		for i, a := range w.accounts {
			if (i+week)%15 == 0 && a.open(t) {
				down = append(down, pipeline.AccountID(a.id))
			}
		}
	}
	return down
}

func (w *World) down(a *account, t time.Time) bool {
	return slices.Contains(w.Outage(t), pipeline.AccountID(a.id))
}

// Token is the secret behind the name of a credential in the register.
func (w *World) Token(credential string) (string, bool) {
	known := credential != "" && slices.ContainsFunc(w.social, func(a *account) bool { return a.credential == credential })
	if !known {
		return "", false
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%d %s", w.seed, credential))
	return hex.EncodeToString(h[:16]), true
}
