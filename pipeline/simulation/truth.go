package simulation

import (
	"cmp"
	"fmt"
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
}

// Effect is the true effect on one indicator: what the participants changed by, less what the comparison bodies did.
type Effect struct {
	Indicator string `json:"indicator"`
	Unit      string `json:"unit"`
	Effect    string `json:"effect"` // up, down or none
	// Difference is in the unit, Ratio that of the ratios after/before (geometric, for counts only). Error is the standard
	// error of Difference as a figure drawn by chance; Spread is the standard deviation that it has from one world to
	// another, hence what an estimate from one world may be off by.
	Difference float64 `json:"difference"`
	Ratio      float64 `json:"ratio,omitempty"`
	Error      float64 `json:"error"`
	Spread     float64 `json:"spread"`
	// Means over departments, or the group's own figure for a spread.
	Participants BeforeAfter `json:"participants"`
	Comparison   BeforeAfter `json:"comparison"`
}

// BeforeAfter is an expected value in either window.
type BeforeAfter struct {
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// replicates is how many histories the truth is averaged over.
const replicates = 120

// windows are the ten weeks compared in either year, as weeks of the simulation.
func (p process) windows() (before, after int) {
	for w := range weeks {
		switch p.monday(w) {
		case pipeline.Date{Year: 2014, Month: time.January, Day: 13}:
			before = w
		case pipeline.Date{Year: 2015, Month: time.January, Day: 12}:
			after = w
		}
	}
	return before, after
}

// indicators are those that the course may change; their unit, and whether they are counts.
var indicators = []struct {
	id, unit string
	count    bool
	spreadOf string // the indicator whose standard deviation between departments it is
}{
	{id: "posts", unit: "publications of a department in ten weeks", count: true},
	{id: "own_posts", unit: "posts of a department in ten weeks", count: true},
	{id: "response_rate", unit: "percentage points"},
	{id: "time_to_first_answer", unit: "hours"},
	{id: "compliance", unit: "points of 100"},
	{id: "compliance_spread", unit: "points of 100", spreadOf: "compliance"},
	{id: "response_time_spread", unit: "hours", spreadOf: "time_to_first_answer"},
	{id: "mention_density", unit: "percentage points"},
}

// Truth computes the effects. For the indicators that the course changes, the two windows of ten weeks are drawn anew many
// times from the process that made this world, with the same departments and other chance, and what each indicator is meant to say
// is counted on what was drawn, not on what a platform shows or a pipeline stores; a figure is the mean over the draws.
//
// Per department: posts and own_posts are counts; response_rate is the share of messages answered within 7 days;
// time_to_first_answer is the median wait for an answer, counted up to 168 hours, silence as 168; compliance is the mean over
// the rules of the guide of the share of cases that keep the rule, among the cases in which it can be judged;
// mention_density is the pairs (an account of the department, another of the institution's) with a mention as a share of all such
// pairs. compliance_spread and response_time_spread are the standard deviations between a group's departments. For accounts
// without a credential only comments on posts count as messages, since nobody can read the rest.
//
// Accounts active, followers and interactions per post do not depend on the course anywhere in the process: none.
func (w *World) Truth() Truth {
	before, after := w.windows()
	t := Truth{Simulated: true, Seed: w.seed, Course: "redes-2014", Replicates: replicates,
		Before: fmt.Sprintf("%s/%s", w.monday(before), w.monday(before+9).AddDays(6)), After: fmt.Sprintf("%s/%s", w.monday(after), w.monday(after+9).AddDays(6)),
		Method: "mean over histories drawn from the generating process, counted without platform or pipeline"}
	draws := make([][]contrast, len(indicators))
	for i := range replicates {
		p := process{w.institution, stream(w.seed, fmt.Sprint("truth ", i)).Uint64()}
		for k, c := range p.contrasts(p.draw(before-2, before+10), p.draw(after-2, after+10)) {
			draws[k] = append(draws[k], c)
		}
	}
	for k, ind := range indicators {
		e := Effect{Indicator: ind.id, Unit: ind.unit}
		var sum, squares, ratio float64
		n := float64(replicates)
		for _, c := range draws[k] {
			d := c.difference()
			sum, squares, ratio = sum+d, squares+d*d, ratio+c.logs
			e.Participants.add(c.participants, n)
			e.Comparison.add(c.comparison, n)
		}
		e.Difference = sum / n
		e.Spread = math.Sqrt((squares - sum*sum/n) / (n - 1))
		e.Error = e.Spread / math.Sqrt(n)
		if ind.count {
			e.Ratio = math.Exp(ratio / n)
		}
		e.Effect = "up"
		if e.Difference < 0 {
			e.Effect = "down"
		}
		t.Effects = append(t.Effects, e)
	}
	for _, none := range []struct{ id, unit string }{{"accounts_active", "accounts"}, {"followers", "followers"}, {"interactions_per_post", "interactions a post"}} {
		t.Effects = append(t.Effects, Effect{Indicator: none.id, Unit: none.unit, Effect: "none"})
	}
	slices.SortFunc(t.Effects, func(a, b Effect) int { return cmp.Compare(a.Indicator, b.Indicator) })
	return t
}

func (b *BeforeAfter) add(x BeforeAfter, n float64) {
	b.Before += x.Before / n
	b.After += x.After / n
}

// contrast is one indicator in one history.
type contrast struct {
	participants, comparison BeforeAfter
	logs                     float64 // participants' mean change of logarithms, less the comparison's
}

func (c contrast) difference() float64 {
	return c.participants.After - c.participants.Before - (c.comparison.After - c.comparison.Before)
}

// contrasts sets what was drawn before against what was drawn after, for each of the indicators.
func (p process) contrasts(before, after []*status) []contrast {
	b, a := p.windows()
	was, is := p.tallies(before, b), p.tallies(after, a)
	all := make([]contrast, len(indicators))
	for k, ind := range indicators {
		c := &all[k]
		for _, g := range []struct {
			group pipeline.Group
			into  *BeforeAfter
			sign  float64
		}{{pipeline.Participant, &c.participants, 1}, {pipeline.Comparison, &c.comparison, -1}} {
			id := cmp.Or(ind.spreadOf, ind.id)
			var x, y []float64
			logs := 0.
			for i, d := range p.depts {
				if from, to := was[i][id], is[i][id]; d.group == g.group && !math.IsNaN(from+to) {
					x, y = append(x, from), append(y, to)
					logs += math.Log(to+.5) - math.Log(from+.5)
				}
			}
			c.logs += g.sign * logs / float64(len(x))
			mx, sx := meanSD(x)
			my, sy := meanSD(y)
			*g.into = BeforeAfter{mx, my}
			if ind.spreadOf != "" {
				*g.into = BeforeAfter{sx, sy}
			}
		}
	}
	return all
}

func meanSD(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, math.Sqrt(sd)
}

// tallies counts the indicators of each department over ten weeks; a figure without cases is not a number.
func (p process) tallies(all []*status, week int) []map[string]float64 {
	window := pipeline.Window{From: p.monday(week).In(p.loc), To: p.monday(week + 10).In(p.loc)}
	of := map[*department]*tally{}
	for _, d := range p.depts {
		of[d] = &tally{process: p, window: window, keep: map[string]share{}, pairs: map[[2]*account]bool{}, days: map[*account]map[pipeline.Date]int{}}
	}
	for _, s := range all {
		if window.Contains(s.created) {
			of[s.dept()].count(s)
		}
	}
	figures := make([]map[string]float64, len(p.depts))
	for i, d := range p.depts {
		figures[i] = of[d].figures(d)
	}
	return figures
}

type share struct{ kept, of int }

// tally counts what a department did in a window.
type tally struct {
	process
	window     pipeline.Window
	posts, own int
	waits      []float64 // hours until the answer
	keep       map[string]share
	pairs      map[[2]*account]bool
	days       map[*account]map[pipeline.Date]int // own posts
}

func (t *tally) rule(id string, kept bool) {
	s := t.keep[id]
	s.of++
	if kept {
		s.kept++
	}
	t.keep[id] = s
}

func (t *tally) count(s *status) {
	if s.account == nil {
		t.message(s)
		return
	}
	t.posts++
	if s.kind != pipeline.Own {
		return
	}
	t.own++
	if t.days[s.account] == nil {
		t.days[s.account] = map[pipeline.Date]int{}
	}
	t.days[s.account][pipeline.DateOf(s.created.In(t.loc))]++
	if s.to != nil {
		t.pairs[[2]*account{s.account, s.to}] = true
	}
	t.rule("post-no-all-caps", s.flaws&shouting == 0)
	t.rule("post-no-personal-data", s.flaws&personalData == 0)
	if s.image {
		t.rule("post-image-alt-text", s.flaws&noAlt == 0)
	}
	if s.account.social() {
		t.rule("post-hashtag-max", s.tags <= 2)
		if s.tags > 0 {
			t.rule("post-hashtag-camelcase", !s.words || s.flaws&flatTag == 0)
		}
	}
}

// silence is what an unanswered message counts as waiting, in hours: a week.
const silence = 168

func (t *tally) message(m *status) {
	if m.to.credential == "" && m.answers == nil {
		return
	}
	wait := float64(silence)
	within := false
	if len(m.replies) > 0 {
		answered := m.replies[0].created
		wait = min(answered.Sub(m.created).Hours(), silence)
		within = !answered.After(t.attended(m.created, 2*time.Hour))
	}
	t.waits = append(t.waits, wait)
	t.rule("reply-within-target", within)
}

func (t *tally) figures(d *department) map[string]float64 {
	f := map[string]float64{"posts": float64(t.posts), "own_posts": float64(t.own), "response_rate": math.NaN(), "time_to_first_answer": math.NaN()}
	if n := len(t.waits); n > 0 {
		slices.Sort(t.waits)
		answered, _ := slices.BinarySearch(t.waits, silence)
		f["response_rate"] = 100 * float64(answered) / float64(n)
		f["time_to_first_answer"] = (t.waits[(n-1)/2] + t.waits[n/2]) / 2
		t.rule("reply-rate", float64(answered) >= .9*float64(n))
	}
	social := 0
	for _, a := range d.accounts {
		now := t.window.To
		if !a.open(now) {
			continue
		}
		for _, n := range t.days[a] {
			t.rule("post-daily-max", n <= 10)
		}
		t.rule("account-bio-names-institution", kept(a.bio, now))
		t.rule("account-going-quiet", len(t.days[a]) > 0)
		t.rule("account-two-admins", a.admins >= 2)
		if a.social() {
			social++
			t.rule("account-links-official-site", kept(a.link, now))
			t.rule("account-comment-policy-linked", kept(a.policy, now))
		}
	}
	f["mention_density"] = 100 * float64(len(t.pairs)) / float64(social*(len(t.social)-1))
	for _, s := range t.keep {
		f["compliance"] += 100 * float64(s.kept) / float64(s.of) / float64(len(t.keep))
	}
	return f
}
