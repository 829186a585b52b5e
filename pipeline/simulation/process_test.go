package simulation

import (
	"math"
	"slices"
	"testing"
	"time"

	"presencia/pipeline"
)

func TestShapeOfTheCase(t *testing.T) {
	w := world()
	n := map[string]int{}
	for _, d := range w.depts {
		n[string(d.group)]++
	}
	for _, a := range w.accounts {
		if a.social() {
			n["social"]++
		} else {
			n["blogs"]++
		}
		if !a.silent.IsZero() {
			n["silent"]++
		}
	}
	months := map[time.Month]int{}
	for _, s := range w.all {
		switch {
		case s.account == nil:
			n["messages"]++
		default:
			n["posts"]++
			months[s.created.In(w.loc).Month()]++
		}
		if s.kind == pipeline.Own && !w.lasts(pipeline.DateOf(s.created.In(w.loc))) {
			t.Fatalf("a post of %v lies outside the 36 months", s.created)
		}
		if s.kind == pipeline.Reply && !s.created.After(s.answers.created) {
			t.Errorf("an answer of %v to a message of %v", s.created, s.answers.created)
		}
	}
	for _, c := range []struct {
		what     string
		min, max int
	}{{"participant", 17, 17}, {"comparison", 10, 10}, {"social", 48, 48}, {"blogs", 12, 12}, {"silent", 3, 3}, {"posts", 35_000, 52_000}, {"messages", 9_000, 12_000}} {
		if n[c.what] < c.min || n[c.what] > c.max {
			t.Errorf("%d %s, want %d to %d", n[c.what], c.what, c.min, c.max)
		}
	}
	if 2*months[time.August] > months[time.June]+months[time.July] || 10*months[time.December] > 9*months[time.November] {
		t.Errorf("no low in August or at Christmas: %v", months)
	}
	if weeks := w.Weeks(); len(weeks) != 154 || slices.ContainsFunc(weeks, func(t time.Time) bool {
		return t.In(w.loc).Weekday() != time.Monday || t.In(w.loc).Hour() != 6
	}) {
		t.Errorf("%d weekly runs", len(weeks))
	}
}

func TestAttendedCountsHoursOfAttentionOnly(t *testing.T) {
	w := world()
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2014, month, day, hour, minute, 0, 0, w.loc)
	}
	for _, c := range []struct {
		name     string
		from, to time.Time
		d        time.Duration
	}{
		{"within a day", at(3, 10, 10, 0), at(3, 10, 12, 0), 2 * time.Hour},
		{"over the night", at(3, 10, 18, 30), at(3, 11, 9, 30), 2 * time.Hour},
		{"from the night", at(3, 11, 3, 0), at(3, 11, 10, 30), 2 * time.Hour},
		{"over a weekend", at(3, 14, 19, 0), at(3, 17, 10, 0), 2 * time.Hour},
		{"over a holiday", at(3, 18, 19, 0), at(3, 20, 10, 0), 2 * time.Hour},
		{"over the change of the clock", at(3, 28, 19, 0), at(3, 31, 9, 0), time.Hour},
		{"several days", at(3, 10, 8, 30), at(3, 12, 8, 31), 22*time.Hour + time.Minute},
	} {
		if got := w.attended(c.from, c.d); !got.Equal(c.to) {
			t.Errorf("%s: %v, want %v", c.name, got, c.to)
		}
	}
}

func TestDrawsFollowTheirDistributions(t *testing.T) {
	r := stream(1, "test")
	const n = 200_000
	for _, c := range []struct {
		name           string
		mean, variance float64
		draw           func() float64
	}{
		{"poisson of 0.3", .3, .3, func() float64 { return float64(poisson(r, .3)) }},
		{"poisson of 7", 7, 7, func() float64 { return float64(poisson(r, 7)) }},
		{"gamma of 1.5", 1.5, 1.5, func() float64 { return gamma(r, 1.5) }},
		{"gamma of 20", 20, 20, func() float64 { return gamma(r, 20) }},
	} {
		var sum, squares float64
		for range n {
			x := c.draw()
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / n
		variance := squares/n - mean*mean
		if math.Abs(mean-c.mean) > 4*math.Sqrt(c.variance/n) || math.Abs(variance/c.variance-1) > .04 {
			t.Errorf("%s: mean %.4f, variance %.4f", c.name, mean, variance)
		}
	}
}

// TestWorldsShowTheTruth counts the indicators on what worlds really hold and sets it against what Truth expects.
func TestWorldsShowTheTruth(t *testing.T) {
	const worlds = 4
	type sample struct{ estimate, truth, spread float64 }
	samples := map[string][]sample{}
	add := func(id string, estimate float64, e Effect) {
		samples[id] = append(samples[id], sample{estimate, e.Difference, e.SamplingSD})
	}
	for seed := range uint64(worlds) {
		w := New(100 + seed)
		truth := map[string]Effect{}
		for _, e := range w.truth(16).Effects {
			truth[e.Indicator] = e
		}
		for k, c := range w.contrasts(w.all, w.all) {
			add(measures[k].id, c.difference(), truth[measures[k].id])
		}
		for id, of := range map[string]func(*department, pipeline.Window) float64{"followers": w.audienceOf, "interactions_per_post": interactions, "accounts_active": active} {
			if truth[id].Effect != "none" {
				t.Errorf("%s is said to have an effect", id)
			}
			add(id, w.contrast(of), Effect{})
		}
	}
	for id, all := range samples {
		var off, spread float64
		for _, s := range all {
			off += (s.estimate - s.truth) / worlds
			spread += s.spread * s.spread / worlds
		}
		if spread == 0 { // no effect, hence nothing but what the worlds differ by
			for _, s := range all {
				spread += (s.estimate - off) * (s.estimate - off) / (worlds - 1)
			}
		}
		// The truth itself is a mean over 16 draws.
		if limit := 3.5 * math.Sqrt(spread/worlds*(1+1./16)); math.Abs(off) > max(limit, 1e-9) {
			t.Errorf("%s is off by %.3f on average, more than %.3f", id, off, limit)
		}
	}
}

// contrast is the difference of the participants' mean change and the comparison's between the windows compared.
func (w *World) contrast(of func(*department, pipeline.Window) float64) float64 {
	before, after := w.windows()
	window := func(week int) pipeline.Window {
		return pipeline.Window{From: w.monday(week).In(w.loc), To: w.monday(week + compared).In(w.loc)}
	}
	diff := 0.
	for _, d := range w.depts {
		change := of(d, window(after)) - of(d, window(before))
		if d.group == pipeline.Participant {
			diff += change / float64(w.size(d.group))
		} else {
			diff -= change / float64(w.size(d.group))
		}
	}
	return diff
}

func (p process) size(g pipeline.Group) (n int) {
	for _, d := range p.depts {
		if d.group == g {
			n++
		}
	}
	return n
}

func (w *World) audienceOf(d *department, in pipeline.Window) (n float64) {
	q := &request{World: w, now: in.To}
	for _, a := range d.accounts {
		if a.social() {
			n += float64(q.followers(a))
		}
	}
	return n
}

func interactions(d *department, in pipeline.Window) float64 {
	sum, posts := 0, 0
	for _, a := range d.accounts {
		for _, s := range a.statuses {
			if a.social() && s.kind == pipeline.Own && in.Contains(s.created) {
				sum += s.likes + s.boosts + len(s.replies) + len(s.boostedBy)
				posts++
			}
		}
	}
	return float64(sum) / float64(posts)
}

func active(d *department, in pipeline.Window) (n float64) {
	for _, a := range d.accounts {
		if slices.ContainsFunc(a.statuses, func(s *status) bool { return in.Contains(s.created) }) {
			n++
		}
	}
	return n
}

// TestEffectsAreThoseOfTheProcess holds the truth to the constants that the process is made of.
func TestEffectsAreThoseOfTheProcess(t *testing.T) {
	w := world()
	for _, e := range w.truth(60).Effects {
		c := e.Comparison
		if drift := math.Abs(c.After - c.Before); e.Effect != "none" && drift > 4*e.StandardError {
			t.Errorf("%s: the comparison moves from %.2f to %.2f by itself", e.Indicator, c.Before, c.After)
		}
		switch e.Indicator {
		case "own_posts":
			if math.Abs(e.Ratio-(1+morePosts)) > .04 {
				t.Errorf("own posts are multiplied by %.3f", e.Ratio)
			}
		case "response_rate":
			want := 0.
			for _, d := range w.depts {
				if d.group == pipeline.Participant {
					want += 100 * pull * (bestAnswers - d.answers) / 17
				}
			}
			if math.Abs(e.Difference-want) > 4*e.StandardError+1 { // a little less: some answers come after the seven days
				t.Errorf("the response rate rises by %.2f points, the process says %.2f", e.Difference, want)
			}
		}
		down := slices.Contains([]string{"time_to_first_answer", "compliance_spread", "response_time_spread"}, e.Indicator)
		if e.Effect != "none" && (e.Effect == "down") != down {
			t.Errorf("%s goes %s", e.Indicator, e.Effect)
		}
	}
}
