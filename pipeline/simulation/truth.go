package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"presencia/pipeline"
)

// Truth is what the course changes, as the generating process knows it.
type Truth struct {
	Simulated bool   `json:"simulated"`
	Seed      uint64 `json:"seed"`
	Course    string `json:"course"`
	// Before and After are the weeks compared: ISO weeks 3 to 12 of 2014 and of 2015.
	Before     string   `json:"before"`
	After      string   `json:"after"`
	Replicates int      `json:"replicates"`
	Method     string   `json:"method"`
	Effects    []Effect `json:"effects"`
	// Dose: what more attendance does, which is nothing.
	Dose string `json:"dose"`
	// Unanswerable are questions that the world was built without an answer to.
	Unanswerable []Unanswerable `json:"unanswerable"`
}

// Unanswerable is an indicator of which nobody can tell what the course did to it.
type Unanswerable struct {
	Indicator string `json:"indicator"`
	Why       string `json:"why"`
}

var unanswerable = []Unanswerable{
	{"interaction_rate_by_reach", "the platform tells nobody how many people a post reached"},
	{"interaction_rate_by_views", "the platform tells nobody how often a post was seen"},
	{"plan_slots_kept", "the institution keeps no content plan"},
	{"language_compliance", "its guide asks nothing of languages"},
}

// Effect is the true effect on one indicator: what the participants change by, less what the comparison bodies do.
type Effect struct {
	Indicator  string  `json:"indicator"`
	Unit       string  `json:"unit"`
	Effect     string  `json:"effect"` // up, down or none
	Difference float64 `json:"difference"`
	// Ratio is exp of the difference of the mean changes of log(x + 0.5); for counts.
	Ratio float64 `json:"ratio,omitempty"`
	// StandardError is that of Difference, which is an average over draws.
	StandardError float64 `json:"standard_error,omitempty"`
	// SamplingSD is how far chance alone takes the difference seen in one world from Difference.
	SamplingSD float64 `json:"sampling_sd,omitempty"`
	// Means over departments; for a spread the group's own figure.
	Participants BeforeAfter `json:"participants,omitzero"`
	Comparison   BeforeAfter `json:"comparison,omitzero"`
}

// BeforeAfter is an expected value in either window.
type BeforeAfter struct {
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// replicates is how many histories the truth is averaged over.
const replicates = 160

// measures are the indicators that the course changes.
var measures = []struct {
	id, unit string
	count    bool
	spread   string // the indicator whose standard deviation between departments it is
}{
	{id: "posts", unit: "publications of a department in ten weeks", count: true},
	{id: "own_posts", unit: "posts of a department in ten weeks", count: true},
	{id: "response_rate", unit: "percentage points"},
	{id: "time_to_first_answer", unit: "hours"},
	{id: "compliance", unit: "percentage points"},
	{id: "compliance_spread", unit: "percentage points", spread: "compliance"},
	{id: "response_time_spread", unit: "hours", spread: "time_to_first_answer"},
	{id: "mention_density", unit: "percentage points"},
}

// Truth computes the effects. For the indicators that the course changes, the two windows of ten weeks are drawn anew
// many times from the process that made this world, with the same institution and other chance, and what each
// indicator is meant to say is counted on what was drawn, not on what a platform shows or a pipeline stores. A figure is
// the mean over the draws of the mean over a group's departments, where
//
//   - posts and own_posts are counts, own_posts without replies and boosts;
//   - response_rate is the share of messages that are answered within 7 days;
//   - time_to_first_answer is the median time to the answer, where silence and all beyond 168 hours count as 168;
//   - compliance is the mean over the rules of the guide of the share of cases that keep the rule, among those that can be
//     judged; profiles and the response rate of an account are judged once a calendar month;
//   - compliance_spread and response_time_spread are the standard deviations between the departments of a group;
//   - mention_density is the share of the pairs of an account of the department and another of the institution's in which
//     the first mentions the second.
//
// Of accounts without a credential only the comments on their posts count as messages: nobody can read the rest.
// Accounts active, followers and interactions per post do not depend on the course anywhere in the process.
func (w *World) Truth() Truth { return w.truth(replicates) }

func (w *World) truth(replicates int) Truth {
	before, after := w.windows()
	span := func(week int) string {
		return fmt.Sprintf("%s/%s", w.monday(week), w.monday(week+compared).AddDays(-1))
	}
	t := Truth{Simulated: true, Seed: w.seed, Course: CourseID, Before: span(before), After: span(after), Replicates: replicates,
		Dose: "none", Unanswerable: unanswerable,
		Method: "mean over histories drawn from the generating process, counted without platform and pipeline"}
	draws := make([][]contrast, len(measures))
	for i := range replicates {
		p := process{w.institution, stream(w.seed, fmt.Sprint("truth ", i)).Uint64()}
		for k, c := range p.contrasts(p.draw(before-lead, before+compared), p.draw(after-lead, after+compared)) {
			draws[k] = append(draws[k], c)
		}
	}
	for k, m := range measures {
		t.Effects = append(t.Effects, effect(m.id, m.unit, draws[k], m.count))
	}
	for _, none := range [][2]string{{"accounts_active", "accounts"}, {"followers", "followers"}, {"interactions_per_post", "interactions a post"}} {
		t.Effects = append(t.Effects, Effect{Indicator: none[0], Unit: none[1], Effect: "none"})
	}
	return t
}

// effect averages over draws.
func effect(id, unit string, draws []contrast, count bool) Effect {
	e := Effect{Indicator: id, Unit: unit, Effect: "up"}
	n, squares, logs := float64(len(draws)), 0., 0.
	for _, c := range draws {
		d := c.difference()
		e.Difference += d / n
		squares += d * d
		logs += c.logs / n
		e.Participants.Before += c.participants.Before / n
		e.Participants.After += c.participants.After / n
		e.Comparison.Before += c.comparison.Before / n
		e.Comparison.After += c.comparison.After / n
	}
	e.SamplingSD = math.Sqrt((squares - n*e.Difference*e.Difference) / (n - 1))
	e.StandardError = e.SamplingSD / math.Sqrt(n)
	if count {
		e.Ratio = math.Exp(logs)
	}
	if e.Difference < 0 {
		e.Effect = "down"
	}
	return e
}

const (
	compared = 10 // weeks on each side
	lead     = 6  // weeks drawn before them, where what reaches into them begins: months, silences
)

// windows are the first weeks compared: the third ISO weeks of 2014 and 2015.
func (p process) windows() (before, after int) {
	week := func(d pipeline.Date) int { return int(d.In(time.UTC).Sub(p.monday(0).In(time.UTC)).Hours()) / (7 * 24) }
	return week(pipeline.Date{Year: 2014, Month: time.January, Day: 13}), week(pipeline.Date{Year: 2015, Month: time.January, Day: 12})
}

// contrast is one indicator in one history.
type contrast struct {
	participants, comparison BeforeAfter
	logs                     float64 // the participants' mean change of log(x + 0.5), less the comparison's
}

func (c contrast) difference() float64 {
	return c.participants.After - c.participants.Before - (c.comparison.After - c.comparison.Before)
}

// contrasts sets two histories against each other by each of the measures.
func (p process) contrasts(before, after []*status) []contrast {
	b, a := p.windows()
	was, is := p.figures(before, b), p.figures(after, a)
	all := make([]contrast, len(measures))
	for k, m := range measures {
		c := &all[k]
		for _, g := range []struct {
			group pipeline.Group
			into  *BeforeAfter
			sign  float64
		}{{pipeline.Participant, &c.participants, 1}, {pipeline.Comparison, &c.comparison, -1}} {
			var x, y, logs []float64
			for i, d := range p.depts {
				from, to := was[i][cmp.Or(m.spread, m.id)], is[i][cmp.Or(m.spread, m.id)]
				if d.group == g.group && !math.IsNaN(from+to) {
					x, y, logs = append(x, from), append(y, to), append(logs, math.Log((to+.5)/(from+.5)))
				}
			}
			mx, sx := moments(x)
			my, sy := moments(y)
			if *g.into = (BeforeAfter{mx, my}); m.spread != "" {
				*g.into = BeforeAfter{sx, sy}
			}
			ml, _ := moments(logs)
			c.logs += g.sign * ml
		}
	}
	return all
}

// moments are mean and sample standard deviation.
func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, math.Sqrt(sd)
}

// tally counts what a department did in the weeks compared.
type tally struct {
	posts, own int
	waits      []float64 // hours until the answer
	pairs      map[[2]*account]bool
	kept, of   map[string]int // cases by rule
}

func (t *tally) rule(id string, kept bool) {
	t.of[id]++
	if kept {
		t.kept[id]++
	}
}

// day is a civil day of an account.
type day struct {
	*account
	pipeline.Date
}

// tallies counts what the departments did in a window.
func (p process) tallies(all []*status, window pipeline.Window) map[*department]*tally {
	tallies := map[*department]*tally{}
	for _, d := range p.depts {
		tallies[d] = &tally{pairs: map[[2]*account]bool{}, kept: map[string]int{}, of: map[string]int{}}
	}
	days := map[day]int{} // own posts, where anything was published
	for _, s := range all {
		t, a := tallies[s.dept()], s.account
		switch {
		case !window.Contains(s.created):
		case a != nil:
			d := day{a, pipeline.DateOf(s.created.In(p.loc))}
			t.posts++
			days[d] += 0
			if s.kind == pipeline.Own {
				t.own++
				days[d]++
				t.post(s)
			}
			if s.kind != pipeline.Repost {
				t.rule("post-no-personal-data", s.flaws&personalData == 0)
			}
		case s.readable():
			t.waits = append(t.waits, s.wait())
			t.rule("reply-within-target", len(s.replies) > 0 && !s.replies[0].created.After(p.attended(s.created, 2*time.Hour)))
		}
	}
	for d, n := range days {
		if d.social() {
			tallies[d.dept].rule("post-daily-max", n <= 10)
		}
	}
	from := window.From.In(p.loc)
	for m := pipeline.Month(from.Year(), from.Month(), p.loc); !m.To.After(window.To); m = pipeline.Month(m.To.Year(), m.To.Month(), p.loc) {
		p.judge(tallies, all, m)
	}
	return tallies
}

// figures are the measures of every department over the weeks compared, of which week is the first. A figure without
// cases is not a number.
func (p process) figures(all []*status, week int) []map[string]float64 {
	window := pipeline.Window{From: p.monday(week).In(p.loc), To: p.monday(week + compared).In(p.loc)}
	tallies := p.tallies(all, window)
	figures := make([]map[string]float64, len(p.depts))
	for i, d := range p.depts {
		t := tallies[d]
		f := map[string]float64{"posts": float64(t.posts), "own_posts": float64(t.own), "response_rate": math.NaN(), "time_to_first_answer": math.NaN()}
		slices.Sort(t.waits)
		if n := len(t.waits); n > 0 {
			in, _ := slices.BinarySearch(t.waits, silence)
			f["response_rate"], f["time_to_first_answer"] = 100*float64(in)/float64(n), (t.waits[(n-1)/2]+t.waits[n/2])/2
		}
		for _, rule := range slices.Sorted(maps.Keys(t.of)) { // sums of floats depend on their order
			f["compliance"] += 100 * float64(t.kept[rule]) / float64(t.of[rule]) / float64(len(t.of))
		}
		from := 0
		for _, a := range d.accounts {
			if a.social() {
				from++
			}
		}
		f["mention_density"] = 100 * float64(len(t.pairs)) / float64(from*(len(p.social)-1))
		figures[i] = f
	}
	return figures
}

// silence is what a message without an answer waits, in hours: a week.
const silence = 168.

func (s *status) wait() float64 {
	if len(s.replies) == 0 {
		return silence
	}
	return min(s.replies[0].created.Sub(s.created).Hours(), silence)
}

// readable tells whether anybody but the platform can know of a message: by a token, or under the post that it comments on.
func (s *status) readable() bool { return s.to.credential != "" || s.answers != nil }

// post holds a post against the rules of the guide.
func (t *tally) post(s *status) {
	t.rule("post-no-all-caps", s.flaws&shouting == 0)
	if s.image {
		t.rule("post-image-alt-text", s.flaws&noAlt == 0)
	}
	if !s.account.social() {
		return
	}
	t.rule("post-hashtag-max", s.tags <= 2)
	if s.tags > 0 {
		t.rule("post-hashtag-camelcase", !s.words || s.flaws&flatTag == 0)
	}
	if s.to != nil {
		t.pairs[[2]*account{s.account, s.to}] = true
	}
}

// judge holds the accounts against the rules that are judged once a month.
func (p process) judge(tallies map[*department]*tally, all []*status, month pipeline.Window) {
	last, received, answered := map[*account]time.Time{}, map[*account]int{}, map[*account]int{}
	for _, s := range all {
		switch {
		case s.account != nil:
			if s.created.Before(month.To) {
				last[s.account] = later(last[s.account], s.created)
			}
		case month.Contains(s.created) && s.readable():
			received[s.to]++
			if s.wait() < silence {
				answered[s.to]++
			}
		}
	}
	for _, a := range p.accounts {
		if !a.open(month.To) {
			continue
		}
		t := tallies[a.dept]
		t.rule("account-bio-names-institution", kept(a.bio, month.To))
		t.rule("account-comment-policy-linked", kept(a.policy, month.To))
		t.rule("account-two-admins", a.admins >= 2)
		quiet := 31
		if a.social() {
			t.rule("account-links-official-site", kept(a.link, month.To) || kept(a.policy, month.To)) // the rules are on the site
		} else {
			quiet = 46
		}
		if !a.mute() {
			t.rule("account-going-quiet", month.To.Sub(last[a]).Hours() < float64(24*quiet))
		}
		if n := received[a]; n > 0 {
			t.rule("reply-rate", 10*answered[a] >= 9*n)
		}
	}
}
