package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/indicator"
)

// Sentence is what can be said of one result of a course's evaluation.
type Sentence struct {
	Indicator string   // id
	Title     string   // the indicator's name
	Verdict   string   // the word, and which way it went
	Text      string   // number, comparison, certainty, and what it does not show
	Reasons   []string // what led to the verdict
}

// Sentences tells every result in the input's language, by rules: those that were promised first. It needs no more of the input than
// the register and the language.
func Sentences(in Input, e impact.Evaluation) ([]Sentence, error) {
	c, err := newCourseReport(in, e)
	if err != nil {
		return nil, err
	}
	var all []Sentence
	for _, r := range c.results {
		all = append(all, Sentence{Indicator: r.Indicator, Title: c.name(r.Indicator), Verdict: c.verdict(r), Text: c.sentence(r), Reasons: c.reasons(r)})
	}
	return all, nil
}

// WriteEvaluation writes an evaluation as plain text: what was compared, where it departs from its plan, a sentence for each result
// with what led to its verdict, and what can be said of answers, of the network and of the surveys.
func WriteEvaluation(w io.Writer, in Input, e impact.Evaluation) error {
	c, err := newCourseReport(in, e)
	if err != nil {
		return err
	}
	sentences, err := Sentences(in, e)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintln(&b, capital(c.say("course.compared", "before", c.span(c.plan.Before), "after", c.span(c.plan.After))))
	for _, d := range c.deviations() {
		fmt.Fprintln(&b, "!", d)
	}
	for _, s := range sentences {
		fmt.Fprintf(&b, "\n%s\n", c.say("sentence", "name", s.Title, "verdict", s.Verdict, "text", s.Text))
		for _, r := range s.Reasons {
			if !strings.Contains(s.Text, r) {
				fmt.Fprintln(&b, "  -", r)
			}
		}
	}
	for _, section := range []Section{c.answered(), c.cohesion(), {Title: c.say("course.surveys"), Blocks: c.satisfaction()}} {
		if said := section.said(); len(said) > 0 {
			fmt.Fprintf(&b, "\n%s\n  - %s\n", section.Title, strings.Join(said, "\n  - "))
		}
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// said is what a section says in words.
func (s Section) said() (texts []string) {
	for _, block := range s.Blocks {
		switch x := block.(type) {
		case Text:
			texts = append(texts, string(x))
		case Note:
			texts = append(texts, x.Text)
		case List:
			texts = append(texts, x.Items...)
		}
	}
	return texts
}

// newCourseReport is a report that has its evaluation and asks the store nothing.
func newCourseReport(in Input, e impact.Evaluation) (*courseReport, error) {
	say, err := loadWords(in.Language)
	if err != nil {
		return nil, err
	}
	c := &courseReport{builder: &builder{Input: in, words: say, zone: in.Register.Institution.Location()}}
	if c.indicators, err = indicator.All(); err != nil {
		return nil, err
	}
	c.evaluated(e)
	return c, nil
}

// evaluated takes an evaluation in.
func (c *courseReport) evaluated(e impact.Evaluation) {
	c.Evaluation, c.plan, c.results = e, e.Plan, e.Results
	if e.Placebo != nil {
		c.results = append(slices.Clone(c.results), *e.Placebo)
	}
}

// sentence tells a result: what became of either group, the difference with its certainty, and what it does not show. Each part is a
// message of its own.
func (c *courseReport) sentence(r impact.Result) string {
	var parts []string
	if p, q := r.Participants, r.Comparison; p.Before.Known && p.After.Known && q.Before.Known && q.After.Known {
		key := "sentence.moved"
		if r.Kind == impact.Unlikeness {
			key = "sentence.moved.spread"
		}
		parts = append(parts, c.say(key, "before", c.mean(r, p.Before, false), "after", c.mean(r, p.After, true), "other_before", c.mean(r, q.Before, false), "other_after", c.mean(r, q.After, false)))
	}
	switch e := r.Effect; {
	case r.Verdict == impact.NotAnswerable:
		parts = append(parts, c.say("sentence.not_answerable"))
		for _, reason := range r.Reasons {
			if slices.Contains([]string{impact.ReasonFewUnits, impact.ReasonLowCoverage, impact.ReasonNoCases}, reason.Code) && !idle(reason) {
				parts = append(parts, c.reason(reason, r))
			}
		}
	case r.Kind == impact.Unlikeness:
		parts = append(parts, c.say("sentence.spread."+string(r.Verdict)), c.say("sentence.spread.limit"))
	case e.Estimate == 0 && !e.G.Known:
		parts = append(parts, c.say("reason."+impact.ReasonNoVariation))
	default:
		parts = append(parts, c.say("sentence.difference", "effect", c.effect(r, e.Estimate), "low", c.effect(r, e.Low), "high", c.effect(r, e.High)),
			c.chance(r), c.judged(r), c.say("sentence.limit."+string(r.Verdict), "detectable", c.size(r, e.Detectable.Number)))
	}
	for _, reason := range r.Reasons {
		if slices.Contains([]string{impact.ReasonBelowMinimum, impact.ReasonOneUnit, impact.ReasonPlaceboOutcome}, reason.Code) {
			parts = append(parts, c.reason(reason, r))
		}
	}
	if r.Exploratory {
		parts = append(parts, c.say("sentence.exploratory"))
	}
	return strings.Join(parts, " ")
}

// chance says how often chance alone does as much.
func (c *courseReport) chance(r impact.Result) string {
	x := r.Effect.Labels
	key := "sentence.chance.drawn"
	if x.Exact {
		key = "sentence.chance.exact"
	}
	return c.say(key, "n", x.Count, "total", x.Total, "p", c.probability(x.P))
}

// judged ties the words to the interval and to what was promised.
func (c *courseReport) judged(r impact.Result) string {
	e := r.Effect
	excludes := e.Low > 0 || e.High < 0
	ruledOut, open := false, false
	for _, reason := range r.Reasons {
		ruledOut = ruledOut || reason.Code == impact.ReasonEquivalent
		open = open || reason.Code == impact.ReasonNotRuledOut
	}
	key := "sentence.judged." + string(r.Verdict)
	switch {
	case r.Verdict == impact.Clear:
	case r.Verdict == impact.Suggestive && !r.Primary:
		key = "sentence.judged.lead"
	case r.Verdict == impact.Suggestive:
	case ruledOut:
		key = "sentence.judged.ruled_out"
	case excludes:
		key = "sentence.judged.not_held"
	case open:
		key = "sentence.judged.open"
	}
	return c.say(key, "minimum", c.size(r, r.Minimum.Number))
}

// reasons are a result's reasons in words.
func (c *courseReport) reasons(r impact.Result) (texts []string) {
	for _, reason := range r.Reasons {
		if !idle(reason) {
			texts = append(texts, c.reason(reason, r))
		}
	}
	return texts
}

// idle tells that a reason says nothing: none known of none.
func idle(reason impact.Reason) bool {
	return reason.Code == impact.ReasonLowCoverage && reason.Args["of"] == 0
}

func (c *courseReport) reason(reason impact.Reason, r impact.Result) string {
	return c.say("reason."+reason.Code, c.arguments(reason, r)...)
}

// arguments writes the figures of a reason.
func (c *courseReport) arguments(reason impact.Reason, r impact.Result) []any {
	var args []any
	for name, v := range reason.Args {
		switch x := v.(type) {
		case float64:
			v = c.argument(name, x, r)
		case string:
			if k := "group." + x; c.has(k) {
				v = c.say(k)
			}
		}
		args = append(args, name, v)
	}
	return args
}

func (c *courseReport) argument(name string, x float64, r impact.Result) string {
	switch name {
	case "p":
		return c.probability(x)
	case "min":
		return c.percent(100*x, 0)
	case "detectable", "minimum":
		return c.size(r, x)
	}
	return c.effect(r, x)
}

func (w *words) probability(p float64) string {
	return w.figure(Column{Kind: Probability, Decimals: 3}, p)
}

// deviations are where the evaluation is not the one that was planned.
func (c *courseReport) deviations() (texts []string) {
	var unplanned []string
	for _, d := range c.Deviations {
		if d.Code == impact.DeviationUnplanned {
			unplanned = append(unplanned, lower(c.name(fmt.Sprint(d.Args["indicator"]))))
			continue
		}
		key := "deviation." + d.Code
		if cause, ok := d.Args["cause"].(string); ok {
			key += "." + cause
		}
		args := c.arguments(d, impact.Result{})
		for i := 0; i+1 < len(args); i += 2 {
			text, _ := args[i+1].(string)
			switch args[i] {
			case "indicator":
				args[i+1] = lower(c.name(text))
			case "departments":
				var names []string
				for id := range strings.SplitSeq(text, ", ") {
					names = append(names, c.departmentName(id))
				}
				args[i+1] = c.few(names)
			case "start", "end", "announced", "written":
				args[i+1] = c.day(text)
			}
		}
		texts = append(texts, c.say(key, args...))
	}
	if len(unplanned) > 0 {
		texts = append(texts, c.say("deviation."+impact.DeviationUnplanned, "n", len(unplanned), "names", c.few(unplanned)))
	}
	return texts
}

// day is a date of a deviation in words.
func (c *courseReport) day(text string) string {
	d, err := pipeline.ParseDate(text)
	if err != nil || d.IsZero() {
		return c.say("deviation.no_date")
	}
	return c.date(d)
}
