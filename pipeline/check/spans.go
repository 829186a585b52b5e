package check

import (
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

var ints = cel.ListType(cel.IntType)

// spanVariables are of a day or a month.
var spanVariables = []variable{
	{"window.own", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Own) }},
	{"window.replies", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Reply) }},
	{"window.reposts", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Repost) }},
	{"window.crisis", cel.BoolType, "", aSpan, func(b *binding) ref.Val { return types.Bool(b.crisis()) }}, // touches a declared crisis
	{"window.live", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.covered() }},               // own posts that cover a declared event
	{"window.burst", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.burst(time.Hour) }},       // most own posts within an hour, those that cover an event left out
	// Own posts on each day of work that is over, on each whole weekend, and the number of days, while the account is open.
	{"window.working_days", ints, "", aSpan, func(b *binding) ref.Val { return b.onEach(1, b.worked) }},
	{"window.weekends", ints, "", aSpan, func(b *binding) ref.Val {
		return b.onEach(2, func(d pipeline.Date) bool { return d.In(time.UTC).Weekday() == time.Saturday })
	}},
	{"window.days", cel.IntType, "", aSpan, func(b *binding) ref.Val {
		return types.Int(len(b.eachDay()))
	}},
	// Of each own post: its text, what it is made of, and its languages, told ones in order with blanks between, those of its twin included.
	{"window.texts", texts, "", aSpan, func(b *binding) ref.Val {
		return eachOwn(b, pipeline.FieldText, func(p *pipeline.Observed) string { return p.Text })
	}},
	{"window.types", texts, "", aSpan, func(b *binding) ref.Val { return eachOwn(b, pipeline.FieldMedia, madeOf) }},
	{"window.languages", texts, "", aSpan, func(b *binding) ref.Val { return eachOwn(b, pipeline.FieldText, b.saidIn) }},
	{"window.links", texts, "", aSpan, func(b *binding) ref.Val { return b.linked() }},                   // of own posts, where they lead as far as that is known
	{"window.same_replies", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.sameReplies() }}, // how often the commonest answer stands
	{"replies.answered_after", cel.ListType(cel.DurationType), pipeline.FieldMessages, aSpan, func(b *binding) ref.Val { return b.waits(true) }},
	{"replies.waiting", cel.ListType(cel.DurationType), pipeline.FieldMessages, aSpan, func(b *binding) ref.Val { return b.waits(false) }},
}

// eachOwn tells something of every own post; unknown where the kind or the field of one is.
func eachOwn[T any](b *binding, f pipeline.Field, of func(*pipeline.Observed) T) ref.Val {
	all := []T{}
	for i := range b.posts {
		switch p := &b.posts[i]; {
		case p.Kind == "" || p.Kind == pipeline.Own && !slices.Contains(p.Gives, f):
			return nil
		case p.Kind == pipeline.Own:
			all = append(all, of(p))
		}
	}
	return list(all)
}

// madeOf is what a reader sees first of a post.
func madeOf(p *pipeline.Observed) string {
	for _, kind := range []string{"video", "image", "audio"} {
		if slices.ContainsFunc(p.Media, func(m pipeline.Media) bool { return m.Kind == kind }) {
			return kind
		}
	}
	if len(p.Links) > 0 {
		return "link"
	}
	return "text"
}

// saidIn are the languages in which the account says what a post says.
func (b *binding) saidIn(p *pipeline.Observed) string {
	spoken := b.spoken(p)
	if len(spoken) == 1 && b.twin(p.ID) != "" { // of the two official ones
		spoken = []string{"ca", "es"}
	}
	spoken = slices.Clone(spoken)
	slices.Sort(spoken)
	return strings.Join(spoken, " ")
}

func (b *binding) covered() ref.Val {
	var n types.Int
	for i := range b.posts {
		p := &b.posts[i]
		if p.Kind != pipeline.Own {
			continue
		}
		switch b.live(p) {
		case nil:
			return nil
		case types.True:
			n++
		}
	}
	return n
}

func (b *binding) burst(within time.Duration) ref.Val {
	var times []time.Time
	most := 0
	for i := range b.posts {
		p := &b.posts[i]
		live := b.live(p)
		if p.Kind == "" || live == nil {
			return nil
		}
		if p.Kind == pipeline.Own && live == types.False {
			times = append(times, p.CreatedAt)
			for !times[0].Add(within).After(p.CreatedAt) {
				times = times[1:]
			}
			most = max(most, len(times))
		}
	}
	return types.Int(most)
}

// eachDay lists the days of the span that are over and on which the account was open.
func (b *binding) eachDay() []pipeline.Date {
	var days []pipeline.Date
	for d := pipeline.DateOf(b.span.From.In(b.zone)); !d.AddDays(1).In(b.zone).After(earlier(b.span.To, b.now)); d = d.AddDays(1) {
		if a := b.s.Account; (a.Opened.IsZero() || !d.Before(a.Opened)) && (a.Closed.IsZero() || d.Before(a.Closed)) {
			days = append(days, d)
		}
	}
	return days
}

// worked tells whether it is a day of work: from Monday to Friday, no holiday.
func (b *binding) worked(d pipeline.Date) bool {
	w := d.In(time.UTC).Weekday()
	return w != time.Saturday && w != time.Sunday && !b.hours.holidays[d]
}

// onEach counts the own posts on stretches of so many days, each beginning on a day that is chosen.
func (b *binding) onEach(days int, begins func(pipeline.Date) bool) ref.Val {
	if b.posted(pipeline.Own) == nil {
		return nil
	}
	all := b.eachDay()
	counts := []int64{}
	for i, d := range all {
		if !begins(d) || i+days > len(all) {
			continue
		}
		var n int64
		for _, p := range within(b.posts, pipeline.Window{From: d.In(b.zone), To: d.AddDays(days).In(b.zone)}, func(p *pipeline.Observed) time.Time { return p.CreatedAt }) {
			if p.Kind == pipeline.Own {
				n++
			}
		}
		counts = append(counts, n)
	}
	return list(counts)
}

func (b *binding) linked() ref.Val {
	all := []string{}
	for i := range b.posts {
		switch p := &b.posts[i]; {
		case p.Kind == "" || p.Kind == pipeline.Own && !slices.Contains(p.Gives, pipeline.FieldPostLinks):
			return nil
		case p.Kind == pipeline.Own:
			for _, l := range p.Links {
				all = append(all, b.leads(l))
			}
		}
	}
	return list(all)
}

// sameReplies compares the words that answers say; whom they address does not matter.
func (b *binding) sameReplies() ref.Val {
	times, most := map[string]int{}, 0
	for i := range b.posts {
		switch p := &b.posts[i]; {
		case p.Kind == "" || p.Kind == pipeline.Reply && !slices.Contains(p.Gives, pipeline.FieldText):
			return nil
		case p.Kind == pipeline.Reply:
			said := strings.Join(slices.Collect(plainWords(fold(p.Text))), " ")
			if said != "" {
				times[said]++
				most = max(most, times[said])
			}
		}
	}
	return types.Int(most)
}
