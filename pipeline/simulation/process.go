package simulation

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"presencia/pipeline"
)

// The generating process: what people do, in numbers. Texts are written later, from what is drawn here.
//
// An account's own posts in a week are negative binomial around
//
//	share × department's rate × season × exp(common shock + department's shock) × (1 + 0.25 course)
//
// with shocks that remember the week before (AR(1)) and a slow random walk for each department; course is 0 before the
// course, 1 after it, and rises evenly between. The constants are smaller than life's in places, so that an effect of
// this size can be found in ten weeks with 17 departments against 10.
const (
	weeks        = 158 // from the Monday before the beginning
	memory       = .6  // of both AR(1) shocks
	commonShock  = .10 // their standard deviations
	deptShock    = .10
	drift        = .006 // of the random walk, a week
	clumping     = 20   // size of the negative binomial
	morePosts    = .25  // the course's effect on own posts
	faster       = .55  // part of the time to the answer that the course takes away
	bestAnswers  = .96  // the response rate that the course pulls towards …
	pull         = .55  // … by this part of the distance; also the care for the rules
	ownMentions  = .05  // probability that a post mentions one of the institution's accounts
	moreMentions = .10  // what the course adds to it
	boosted      = .08  // probability that a post is boosted by another own account
	threaded     = .02  // probability that a post goes on in a second one
	commented    = .12  // comments by citizens on a post
)

// flaw is a departure of a post from the guide.
type flaw uint8

const (
	manyTags     flaw = 1 << iota // more than two hashtags
	flatTag                       // a hashtag of several words in lower case
	shouting                      // a sentence in capitals
	personalData                  // an identity number
	noAlt                         // a picture without alternative text
)

// flaws lists how often each is avoided by an average department before the course, how much of a standard deviation
// of care moves it, and the best that the course pulls towards.
var flaws = []struct {
	flaw               flaw
	avoid, swing, best float64
}{{manyTags, .80, .07, .98}, {flatTag, .55, .12, .95}, {shouting, .88, .05, .99}, {personalData, .985, .004, .998}, {noAlt, .38, .12, .92}}

// status is a publication, of one of the institution's accounts or of a citizen.
type status struct {
	account *account // author; nil: a citizen
	citizen int
	kind    pipeline.PostKind // of the institution's
	created time.Time
	edited  time.Time // zero: never
	deleted time.Time // zero: never
	answers *status   // what it replies to
	replies []*status // in order of time
	boost   *status
	to      *account // whom a post mentions, or a citizen writes to
	spanish bool
	flaws   flaw
	tags    int
	words   bool // has a hashtag of several words
	link    bool
	image   bool
	video   bool
	about   string // a message's kind: query, complaint, thanks, other

	likes, boosts int       // settled
	boostedBy     []*status // by own accounts, in order of time

	campaign string // tag of a campaign that it belongs to

	id      int64
	content string   // HTML
	before  string   // HTML until it was edited
	names   []string // hashtags, categories
	alt     string
	title   string // of a blog entry

	fixed atomic.Pointer[[]byte] // see render
}

// process draws histories of an institution.
type process struct {
	*institution
	seed uint64
}

// course is the part of the course's effect that has come to a department.
func (p process) course(d *department, t time.Time) float64 {
	if d.group != pipeline.Participant {
		return 0
	}
	from, to := courseOn.In(p.loc), courseOff.In(p.loc)
	return min(max(float64(t.Sub(from))/float64(to.Sub(from)), 0), 1)
}

// monday is the beginning of a week of the simulation.
func (p process) monday(week int) pipeline.Date {
	first := begin.In(time.UTC)
	return begin.AddDays(7*week - (int(first.Weekday())+6)%7)
}

// lasts tells whether a day lies in the simulated time.
func (p process) lasts(d pipeline.Date) bool { return !d.Before(begin) && d.Before(end) }

// shocks draws the logarithm of every department's level for every week.
func (p process) shocks() [][]float64 {
	walk := func(r *rand.Rand, sd, drift float64) []float64 {
		x, level := make([]float64, weeks), 0.
		for w, ar := 0, sd*r.NormFloat64(); w < weeks; w++ {
			x[w] = ar + level
			ar = memory*ar + sd*math.Sqrt(1-memory*memory)*r.NormFloat64()
			level += drift * r.NormFloat64()
		}
		return x
	}
	common := walk(stream(p.seed, "common"), commonShock, 0)
	all := make([][]float64, len(p.depts))
	for i, d := range p.depts {
		all[i] = walk(stream(p.seed, "shock "+d.id), deptShock, drift)
		for w := range all[i] {
			all[i][w] += common[w]
		}
	}
	return all
}

// draw lets the accounts live through the weeks from first up to last, and gives back all that was published, in no order.
func (p process) draw(first, last int) []*status {
	var all []*status
	shocks := p.shocks()
	for i, d := range p.depts {
		for _, a := range d.accounts {
			r := stream(p.seed, a.id)
			for w := first; w < last; w++ {
				all = p.week(r, all, a, w, math.Exp(shocks[i][w]))
			}
		}
	}
	return all
}

// weekdays and hours are the rhythm of posting and of writing to an institution.
var (
	weekdays = [7]float64{.35, 1, 1.05, 1.05, 1, .9, .4} // from Sunday
	hours    = [24]float64{7: .3, 8: 1, 9: 2.5, 10: 3, 11: 3, 12: 2.6, 13: 2.2, 14: 1.4, 15: .6, 16: .8, 17: 1.3, 18: 1.4, 19: 1.1, 20: .7, 21: .4}
	daytime  = [24]float64{.3, .1, 0, 0, 0, .1, .3, .8, 1.4, 2, 2.2, 2.2, 2.2, 2.2, 1.8, 1.5, 1.6, 1.9, 2, 2.2, 2.4, 2.6, 2, 1}
)

// season is the low of August, of Christmas and of holidays.
func (p process) season(d pipeline.Date) float64 {
	switch {
	case d.Month == time.August:
		return .45
	case d.Month == time.December && d.Day >= 22 || d.Month == time.January && d.Day <= 6:
		return .5
	case p.holidays[d] != "":
		return .4
	}
	return 1
}

func (p process) moment(r *rand.Rand, d pipeline.Date, rhythm *[24]float64) time.Time {
	sum := 0.
	for _, w := range rhythm {
		sum += w
	}
	u := r.Float64() * sum
	hour := 0
	for ; hour < 23 && u >= rhythm[hour]; hour++ {
		u -= rhythm[hour]
	}
	return at(d, time.Duration(hour)*time.Hour+time.Duration(r.IntN(3600))*time.Second, p.loc)
}

// week appends what an account publishes and receives in a week, and what follows from it.
func (p process) week(r *rand.Rand, all []*status, a *account, week int, shock float64) []*status {
	d, monday := a.dept, p.monday(week)
	clump := gamma(r, clumping) / clumping
	counts, total := [7]int{}, 0
	for i := range counts {
		day := monday.AddDays(i)
		t := at(day, 12*time.Hour, p.loc)
		rate := d.articles
		if a.social() {
			rate = d.posts * a.share
		}
		rate *= weekdays[(i+1)%7] / 5.75 * p.season(day) * shock * clump * (1 + morePosts*p.course(d, t))
		if a.open(t) && a.speaks(t) && p.lasts(day) {
			counts[i] = poisson(r, rate)
			total += counts[i]
		}
	}
	// Now and then all falls on one day: an event told live. The course does not change how much is told.
	if live := .05 * (1 - pull*p.course(d, monday.In(p.loc))); r.Float64() < live && a.social() {
		counts = [7]int{3: total}
	}
	for i, n := range counts {
		day := monday.AddDays(i)
		for range n {
			all = p.post(r, all, a, p.moment(r, day, &hours))
		}
		if t := at(day, 12*time.Hour, p.loc); a.social() && a.open(t) && p.lasts(day) {
			rate := d.messages * a.share / 7 * (.5 + .5*p.season(day))
			for range poisson(r, rate) {
				all = p.message(r, all, a, p.moment(r, day, &daytime), nil)
			}
		}
	}
	return all
}

// post appends a post with its comments, boosts and continuation.
func (p process) post(r *rand.Rand, all []*status, a *account, t time.Time) []*status {
	d, course := a.dept, p.course(a.dept, t)
	s := &status{account: a, kind: pipeline.Own, created: t, spanish: r.Float64() < .65, image: r.Float64() < .45, link: r.Float64() < .55}
	for _, f := range flaws {
		avoid := min(max(f.avoid+f.swing*d.care, .02), f.best)
		if avoid += pull * course * (f.best - avoid); r.Float64() >= avoid {
			s.flaws |= f.flaw
		}
	}
	all = append(all, s)
	if !a.social() {
		s.link = true
		return all
	}
	if s.tags = [...]int{0, 0, 0, 1, 1, 1, 1, 2, 2, 2}[r.IntN(10)]; s.flaws&manyTags != 0 {
		s.tags = 3 + r.IntN(2)
	}
	s.words = s.tags > 0 && r.Float64() < .7
	s.video = !s.image && r.Float64() < .06
	switch u := r.Float64(); {
	case u < ownMentions:
		s.to = p.social[r.IntN(len(p.social))]
	case u < ownMentions+moreMentions*course:
		s.to = p.trained[r.IntN(len(p.trained))]
	}
	if s.to == a || s.to != nil && !s.to.open(t) {
		s.to = nil
	}
	s.likes = poisson(r, d.likes*gamma(r, 1.5)/1.5)
	s.boosts = poisson(r, .35*d.likes*gamma(r, 1.5)/1.5)
	if r.Float64() < boosted {
		if b := p.social[r.IntN(len(p.social))]; b != a {
			when := t.Add(time.Duration(r.ExpFloat64() * 8 * float64(time.Hour))).Truncate(time.Second)
			if b.open(when) && b.speaks(when) {
				boost := &status{account: b, kind: pipeline.Repost, created: when, boost: s}
				s.boostedBy = append(s.boostedBy, boost)
				all = append(all, boost)
			}
		}
	}
	for range poisson(r, commented) {
		all = p.message(r, all, a, t.Add(time.Duration(r.ExpFloat64()*36*float64(time.Hour))).Truncate(time.Second), s)
	}
	if r.Float64() < threaded {
		more := &status{account: a, kind: s.kind, created: t.Add(4 * time.Minute), answers: s, spanish: s.spanish, flaws: s.flaws,
			tags: s.tags, words: s.words, link: s.link, image: s.image, video: s.video, likes: s.likes, boosts: s.boosts}
		s.replies = append(s.replies, more)
		all = append(all, more)
	}
	slices.SortFunc(s.replies, func(a, b *status) int { return a.created.Compare(b.created) })
	return all
}

// message appends what a citizen writes to an account, on one of its posts or of their own accord, with the answer.
func (p process) message(r *rand.Rand, all []*status, a *account, t time.Time, on *status) []*status {
	d := a.dept
	m := &status{citizen: r.IntN(citizens), created: t, to: a, answers: on, spanish: r.Float64() < .7,
		about: [...]string{"query", "query", "query", "query", "query", "complaint", "complaint", "thanks", "thanks", "other"}[r.IntN(10)]}
	if on != nil {
		on.replies = append(on.replies, m)
	}
	all = append(all, m)
	course := p.course(d, t)
	answers := d.answers + pull*course*(bestAnswers-d.answers)
	delay := d.delay * (1 - faster*course) * math.Exp(r.NormFloat64())
	if r.Float64() >= answers {
		return all
	}
	when := p.attended(t, time.Duration(delay*float64(time.Hour))).Truncate(time.Second)
	if !a.open(when) || !a.speaks(when) {
		return all
	}
	reply := &status{account: a, kind: pipeline.Reply, created: when, answers: m, spanish: m.spanish, about: m.about}
	m.replies = append(m.replies, reply)
	return append(all, reply)
}

// poisson draws a count by multiplying, which is exact and quick for the small means here.
func poisson(r *rand.Rand, mean float64) int {
	n := -1
	for limit, product := math.Exp(-mean), 1.; product > limit || n < 0; n++ {
		product *= r.Float64()
	}
	return n
}

// gamma draws from the gamma distribution of unit scale (Marsaglia and Tsang 2000), shape at least 1.
func gamma(r *rand.Rand, shape float64) float64 {
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if u := r.Float64(); math.Log(u) < .5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
