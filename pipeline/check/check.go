package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	// Broken are the mistakes in rules that were left out for them, each with file and line.
	Broken []error

	state    pipeline.GuideState
	register *pipeline.Register
	zone     *time.Location
	hours    hours
	index    map[string]int            // of variables, by name
	own      int                       // how many of them are the account's
	unknowns []unknown                 // by variable
	names    map[*types.Unknown]string // of these
}

// State is what the store keeps of the guide.
func (g *Guide) State() pipeline.GuideState { return g.state }

// Check judges one subject. at is the moment up to which the store knows: a message without an answer has waited
// until then. Account rules look at the end of the subject's window. Everything else is dated with its own civil day
// or month in the institution's zone, so that it has the same verdict in every window that holds it; a day or month
// that the window covers only in part has none, and neither has a rule for other platforms.
//
// A subject without an account is the institution: its rules look at all accounts together, at the end of the window.
//
// First comes the account with its months, then posts and messages by time, then days.
func (g *Guide) Check(s pipeline.Subject, at time.Time) []pipeline.Judged {
	c := checking{binding: g.bind(&s, at), judged: make([]pipeline.Judged, 0, 1+len(s.Posts)+len(s.Threads))}
	defer c.frame.Close()
	for i := range g.Rules {
		if r := &g.Rules[i]; (r.Scope == Institution) == (s.Account.ID == "") && (len(r.Platforms) == 0 || slices.Contains(r.Platforms, s.Account.Platform)) {
			c.rules[r.unit()] = append(c.rules[r.unit()], placed{r, i})
		}
	}
	if s.Account.ID == "" {
		j := c.on("", "", c.last(s.Window), s.Window)
		for _, r := range c.rules[anInstitution] {
			c.judge(r, j)
		}
		return c.judged
	}
	c.account()
	c.spans(Month, c.month, "")
	c.eachThread()
	c.eachPost()
	c.spans(Day, c.day, time.DateOnly)
	return slices.DeleteFunc(c.judged, func(j pipeline.Judged) bool {
		return !slices.ContainsFunc(j.Verdicts, func(v pipeline.Verdict) bool { return v != pipeline.NotJudged })
	})
}

// placed is a rule with its place in the guide.
type placed struct {
	*Rule
	place int
}

// checking is one subject under judgement.
type checking struct {
	*binding
	rules  [units][]placed
	judged []pipeline.Judged
	// Room for the verdicts and the evidence of judgements to come.
	letters []pipeline.Verdict
	texts   []pipeline.Evidence
}

// usualEvidence is how many rules of a post say something, mostly what is missing.
const usualEvidence = 16

// on begins the judgement of something, or goes on with it: the account, its months and what is not known of its
// messages share one where they share their window.
func (c *checking) on(subject, url string, at time.Time, w pipeline.Window) *pipeline.Judged {
	if subject == "" {
		for i := range c.judged {
			if j := &c.judged[i]; j.Subject == "" && j.Window.From.Equal(w.From) && j.Window.To.Equal(w.To) {
				return j
			}
		}
	}
	n := len(c.Rules)
	if len(c.letters) < n {
		c.letters = make([]pipeline.Verdict, 256*n)
	}
	c.judged = append(c.judged, pipeline.Judged{
		Account: c.s.Account.ID, Subject: subject, URL: url, At: at.UTC(), Window: w, Verdicts: c.letters[:n:n],
	})
	c.letters = c.letters[n:]
	return &c.judged[len(c.judged)-1]
}

func (c *checking) judge(r placed, j *pipeline.Judged) {
	v, evidence := r.judge(c.binding)
	c.find(r, j, v, evidence)
}

func (c *checking) find(r placed, j *pipeline.Judged, v pipeline.Verdict, evidence string) {
	j.Verdicts[r.place] = v
	if evidence != "" {
		if j.Evidence == nil {
			if len(c.texts) < usualEvidence {
				c.texts = make([]pipeline.Evidence, 128*usualEvidence)
			}
			j.Evidence, c.texts = c.texts[:0:usualEvidence], c.texts[usualEvidence:]
		}
		j.Evidence = append(j.Evidence, pipeline.Evidence{Rule: r.place, Text: evidence})
	}
}

func (c *checking) account() {
	at := c.last(c.s.Window)
	j := c.on("", "", at, c.s.Window)
	for _, r := range c.rules[anAccount] {
		if a := c.s.Account; a.Active(at) {
			c.judge(r, j)
		} else {
			c.find(r, j, pipeline.NotApplies, fmt.Sprintf("%v – %v", a.Opened, a.Closed))
		}
	}
}

func (c *checking) eachPost() {
	var day pipeline.Window
	for i := range c.s.Posts {
		p := &c.s.Posts[i]
		if !day.Contains(p.CreatedAt) {
			day = c.day(p.CreatedAt)
		}
		c.onPost(p)
		j := c.on(p.ID, p.URL, p.CreatedAt, day)
		for _, r := range c.rules[aPost] {
			if p.Kind == "" {
				c.find(r, j, pipeline.NotEvaluable, string(pipeline.FieldKind))
			} else if slices.Contains(r.Kinds, p.Kind) {
				c.judge(r, j)
			}
		}
	}
}

func (c *checking) eachThread() {
	if !c.s.GivesThreads { // no message is known, nor that there was none: said once
		c.onThread(nil)
		j := c.on("", "", c.last(c.s.Window), c.s.Window)
		for _, r := range c.rules[aThread] {
			c.judge(r, j)
		}
		return
	}
	for i := range c.s.Threads {
		t := &c.s.Threads[i]
		c.onThread(t)
		url := ""
		if c.answered(t) {
			url = t.Answer.URL
		}
		j := c.on(t.Message.ID, url, t.Message.At, c.day(t.Message.At))
		for _, r := range c.rules[aThread] {
			c.judge(r, j)
		}
	}
}

// spans judges the days or months of the window. A month is the account's own, its window says which.
func (c *checking) spans(span Span, around func(time.Time) pipeline.Window, subject string) {
	for w := around(c.s.Window.From); w.From.Before(c.now); w = around(w.To) {
		if known := earlier(w.To, c.at); w.From.Before(c.s.Window.From) || known.After(c.s.Window.To) {
			continue
		}
		c.onSpan(w)
		j := c.on(w.From.In(c.zone).Format(subject), "", c.last(w), w)
		for _, r := range c.rules[aSpan] {
			if r.Window != span {
				continue
			}
			switch nothing := r.Scope == Post && len(c.posts) == 0 || r.Scope == Reply && c.s.GivesThreads && len(c.threads) == 0; {
			case !nothing:
				c.judge(r, j)
			case span == Month:
				c.find(r, j, pipeline.NotApplies, "")
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

// judge asks the rule's expressions in turn, or looks for a person's answer. A rule whose evaluation breaks is not
// evaluable, and says how.
func (r *Rule) judge(b *binding) (pipeline.Verdict, string) {
	if r.Manual != "" {
		return r.ticked(b)
	}
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
		return verdict, ""
	}
	evidence, _, err := r.evidence.Eval(b.frame)
	if err != nil {
		return verdict, broke + err.Error()
	}
	text, _ := evidence.(types.String) // empty where the evidence itself is unknown
	return verdict, string(text)
}

// ticked is the verdict of a person, as long as it holds.
func (r *Rule) ticked(b *binding) (pipeline.Verdict, string) {
	for _, t := range b.s.Ticks {
		switch {
		case t.Rule != r.ID:
		case !t.Due.IsZero() && !b.now.Before(t.Due.In(b.zone)):
			return pipeline.NotEvaluable, "due since " + t.Due.String()
		default:
			return t.Result, strings.TrimSpace(t.On.String() + " " + cmp.Or(t.Note, t.Evidence))
		}
	}
	return pipeline.NotEvaluable, "not reviewed yet"
}

// broke begins the evidence of a rule whose evaluation broke.
const broke = "error: "

// Broke tells from its evidence whether the evaluation of a rule broke, and how.
func Broke(evidence string) (how string, yes bool) { return strings.CutPrefix(evidence, broke) }

// ask answers a boolean expression, or what is missing to answer it.
func ask(p cel.Program, b *binding) (answer bool, missing string) {
	v, _, err := p.Eval(b.frame)
	if err != nil {
		return false, broke + err.Error()
	}
	if u, unknown := v.(*types.Unknown); unknown {
		if name, one := b.names[u]; one { // most of them
			return false, name
		}
		return false, missingNames(u)
	}
	return v == types.True, ""
}
