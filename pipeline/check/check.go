package check

import (
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"presencia/pipeline"
)

// Guide is a set of rules ready to judge the accounts of one register. It is safe for concurrent use.
type Guide struct {
	// Rules are in the order of the packs, without those switched off.
	Rules []Rule
	// Version is a hash of the rules as merged, in hexadecimal.
	Version string

	register *pipeline.Register
	zone     *time.Location
	hours    hours
	index    map[string]int // of variables, by name
	own      int            // how many of them are the account's
}

// Check judges one subject. at is the moment up to which the store knows: a message without an answer has waited
// until then. Account rules look at the end of the subject's window. Everything else is dated with its own civil day
// or month in the institution's zone, so that it has the same finding in every window that holds it; a day or month
// that the window covers only in part has none, and neither has a rule for other platforms.
//
// Findings come by kind of rule, then by time, then in the order of Rules.
func (g *Guide) Check(s pipeline.Subject, at time.Time) []pipeline.Finding {
	var rules [aSpan + 1][]*Rule
	for i := range g.Rules {
		if r := &g.Rules[i]; len(r.Platforms) == 0 || slices.Contains(r.Platforms, s.Account.Platform) {
			rules[r.unit()] = append(rules[r.unit()], r)
		}
	}
	c := checking{
		binding: g.bind(&s, at),
		found:   make([]pipeline.Finding, 0, len(g.Rules)+len(s.Posts)*len(rules[aPost])+len(s.Threads)),
	}
	c.account(rules[anAccount])
	c.eachPost(rules[aPost])
	c.eachThread(rules[aThread])
	c.eachSpan(rules[aSpan])
	return c.found
}

// checking is one subject under judgement.
type checking struct {
	*binding
	found []pipeline.Finding
}

// occasion is what a finding is about.
type occasion struct {
	subject, url string
	at           time.Time
	window       pipeline.Window
}

func (c *checking) judge(r *Rule, o occasion) {
	v, evidence := r.judge(c.binding)
	c.find(r, o, v, evidence)
}

func (c *checking) find(r *Rule, o occasion, v pipeline.Verdict, evidence string) {
	c.found = append(c.found, pipeline.Finding{
		Rule: r.ID, Version: r.Version, Scope: string(r.Scope), Severity: r.Severity, Account: c.s.Account.ID,
		Subject: o.subject, URL: o.url, At: o.at.UTC(), Window: o.window, Verdict: v, Evidence: evidence,
	})
}

func (c *checking) account(rules []*Rule) {
	o := occasion{at: c.last(c.s.Window), window: c.s.Window}
	for _, r := range rules {
		if a := c.s.Account; a.Active(o.at) {
			c.judge(r, o)
		} else {
			c.find(r, o, pipeline.NotApplies, fmt.Sprintf("%v – %v", a.Opened, a.Closed))
		}
	}
}

func (c *checking) eachPost(rules []*Rule) {
	var day pipeline.Window
	for i := range c.s.Posts {
		p := &c.s.Posts[i]
		if !day.Contains(p.CreatedAt) {
			day = c.day(p.CreatedAt)
		}
		c.onPost(p)
		o := occasion{p.ID, p.URL, p.CreatedAt, day}
		for _, r := range rules {
			if p.Kind == "" {
				c.find(r, o, pipeline.NotEvaluable, string(pipeline.FieldKind))
			} else if slices.Contains(r.Kinds, p.Kind) {
				c.judge(r, o)
			}
		}
	}
}

func (c *checking) eachThread(rules []*Rule) {
	if !c.s.GivesThreads { // no message is known, nor that there was none: said once
		c.onThread(nil)
		for _, r := range rules {
			c.judge(r, occasion{at: c.last(c.s.Window), window: c.s.Window})
		}
		return
	}
	for i := range c.s.Threads {
		t := &c.s.Threads[i]
		c.onThread(t)
		o := occasion{subject: t.Message.ID, at: t.Message.At, window: c.day(t.Message.At)}
		if c.answered(t) {
			o.url = t.Answer.URL
		}
		for _, r := range rules {
			c.judge(r, o)
		}
	}
}

func (c *checking) eachSpan(rules []*Rule) {
	for _, r := range rules {
		span, subject := c.month, "" // a month is the account's; its window says which
		if r.Window == Day {
			span, subject = c.day, time.DateOnly
		}
		for w := span(c.s.Window.From); w.From.Before(c.now); w = span(w.To) {
			if known := earlier(w.To, c.at); w.From.Before(c.s.Window.From) || known.After(c.s.Window.To) {
				continue
			}
			c.onSpan(w)
			o := occasion{subject: w.From.In(c.zone).Format(subject), at: c.last(w), window: w}
			switch nothing := r.Scope == Post && len(c.posts) == 0 || r.Scope == Reply && c.s.GivesThreads && len(c.threads) == 0; {
			case !nothing:
				c.judge(r, o)
			case r.Window == Month:
				c.find(r, o, pipeline.NotApplies, "")
			}
		}
	}
}

// last is the last moment of a window, as far as it is over, in the store's resolution.
func (c *checking) last(w pipeline.Window) time.Time {
	return earlier(w.To, c.at).Add(-time.Millisecond)
}

func (g *Guide) day(t time.Time) pipeline.Window {
	d := pipeline.DateOf(t.In(g.zone))
	return pipeline.Window{From: d.In(g.zone).UTC(), To: d.AddDays(1).In(g.zone).UTC()}
}

func (g *Guide) month(t time.Time) pipeline.Window {
	y, m, _ := t.In(g.zone).Date()
	w := pipeline.Month(y, m, g.zone)
	return pipeline.Window{From: w.From.UTC(), To: w.To.UTC()}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// judge asks the rule's expressions in turn. A rule whose evaluation breaks is not evaluable, and says how.
func (r *Rule) judge(b *binding) (pipeline.Verdict, string) {
	if r.when != nil {
		if applies, missing := ask(r.when, b); missing != "" {
			return pipeline.NotEvaluable, missing
		} else if !applies {
			return pipeline.NotApplies, ""
		}
	}
	verdict := pipeline.Pass
	passes, missing := ask(r.expr, b)
	if missing == "" && !passes {
		verdict = pipeline.Fail
		if r.warn != nil {
			var only bool
			if only, missing = ask(r.warn, b); only {
				verdict = pipeline.Warn
			}
		}
	}
	switch {
	case missing != "":
		return pipeline.NotEvaluable, missing
	case verdict == pipeline.Pass && r.unit() == aPost:
		return verdict, "" // there are a million of them, and nobody reads their evidence
	}
	evidence, _, err := r.evidence.Eval(b)
	if err != nil {
		return verdict, "error: " + err.Error()
	}
	text, _ := evidence.(types.String) // empty where the evidence itself is unknown
	return verdict, string(text)
}

// ask answers a boolean expression, or what is missing to answer it.
func ask(p cel.Program, b *binding) (answer bool, missing string) {
	v, _, err := p.Eval(b)
	if err != nil {
		return false, "error: " + err.Error()
	}
	if u, unknown := v.(*types.Unknown); unknown {
		return false, missingNames(u)
	}
	return v == types.True, ""
}
