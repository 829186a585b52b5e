package method

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"presencia/pipeline/statistics"
)

// Power is power.
type Power struct {
	Question
	Ask      []string `name:"ask" sep:"none" help:"A question with a name; may be repeated." placeholder:"NAME: TEST KEY=VALUE …"`
	Alpha    float64  `name:"alpha" help:"Level of the test." default:"0.05"`
	OneSided bool     `name:"one-sided" help:"Look for an effect in one direction only."`
}

// Question is what is asked about a test: all but one of its figures.
type Question struct {
	Test   string   `name:"test" help:"paired, one_sample, two_sample or proportions." placeholder:"TEST"`
	N      *float64 `name:"n" help:"Units; of two groups, those of the first."`
	Others *float64 `name:"others" help:"Units of the second group; without it as many as of the first."`
	Effect *float64 `name:"effect" help:"The difference, in the unit of --sd."`
	SD     *float64 `name:"sd" help:"Standard deviation: of the changes if paired, within groups otherwise. Without it 1."`
	P1     *float64 `name:"p1" help:"The first of two proportions."`
	P2     *float64 `name:"p2" help:"The second."`
	Power  *float64 `name:"power" help:"Chance of finding it, such as 0.8."`
	Strict bool     `name:"strict" help:"Count rejections on the wrong side as well (R's strict=TRUE)."`
}

// courseQuestions are answered where nothing is asked.
var courseQuestions = []string{
	"two_sample_power: two_sample n=20 effect=1",
	"two_sample_n_for_90: two_sample effect=1 power=0.9",
	"paired_power_n17_d05: paired n=17 effect=0.5",
	"paired_power_n17_d08: paired n=17 effect=0.8",
	"paired_mde_80_n17: paired n=17 power=0.8",
	"paired_mde_90_n17: paired n=17 power=0.9",
	"two_sample_unequal_17_26_d08: two_sample n=17 others=26 effect=0.8 strict",
	"two_sample_unequal_mde_17_26: two_sample n=17 others=26 power=0.8 strict",
	"two_sample_unequal_mde_17_10: two_sample n=17 others=10 power=0.8 strict",
	"prop_power: proportions n=50 p1=0.5 p2=0.75",
}

// Help implements Method.
func (Power) Help() string {
	return `Leave out the one figure that is asked: --n, --effect (the smallest that is found) or --power of a t-test; --n, --p2 (the smallest
above --p1) or --power of two proportions. It takes no table.

  presencia stats power --test paired --n 17 --power 0.8
  presencia stats power --test two_sample --n 17 --others 10 --effect 0.8
  presencia stats power --test two_sample --effect 1 --sd 1 --power 0.9
  presencia stats power --test proportions --n 50 --p1 0.5 --p2 0.75
  presencia stats power --ask "small: paired n=17 effect=0.3" --ask "large: paired n=17 effect=0.8"

The result of one question is its figures with the one that was asked, and its name under "asked"; of questions with --ask, each
one's answer by name. Without any question it answers these, the examples of R's power.t.test and power.prop.test and the
course's 17 departments:

  ` + strings.Join(courseQuestions, "\n  ") + `

t-tests by the noncentral t, two proportions by the normal approximation. "strict" counts rejections on the wrong side as well, as R's
pwr always does and power.t.test does not unless it is told. The root is exact: R stops searching within 1e-4 of it. Effects are in
standard deviations unless --sd says what one is.`
}

// Compute implements Method.
func (m Power) Compute(*Table) (Result, error) {
	if m.Question != (Question{}) {
		if len(m.Ask) > 0 {
			return nil, errors.New("say one question by flags, or all of them with --ask")
		}
		asked, answer, err := m.answer(m.Question)
		if err != nil {
			return nil, err
		}
		r := Result{"test": m.Test, "asked": asked, asked: answer, "alpha": m.design().Alpha, "one_sided": m.OneSided, "strict": m.Strict}
		for name, x := range m.figures() {
			if *x != nil {
				r[name] = **x
			}
		}
		return r, nil
	}
	questions := m.Ask
	if len(questions) == 0 {
		questions = courseQuestions
	}
	r := Result{}
	for _, text := range questions {
		name, q, err := parseQuestion(text)
		if err != nil {
			return nil, err
		}
		_, answer, err := m.answer(q)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		if _, twice := r[name]; twice {
			return nil, fmt.Errorf("two questions are called %q", name)
		}
		r[name] = answer
	}
	return r, nil
}

func (m Power) design() statistics.Design {
	d := statistics.Design{Alpha: m.Alpha, OneSided: m.OneSided}
	if d.Alpha == 0 {
		d.Alpha = statistics.Alpha
	}
	return d
}

func (q *Question) figures() map[string]**float64 {
	return map[string]**float64{"n": &q.N, "others": &q.Others, "effect": &q.Effect, "sd": &q.SD, "p1": &q.P1, "p2": &q.P2, "power": &q.Power}
}

// parseQuestion reads NAME: TEST KEY=VALUE …
func parseQuestion(text string) (name string, q Question, err error) {
	name, rest, ok := strings.Cut(text, ":")
	words := strings.Fields(rest)
	if name = strings.TrimSpace(name); !ok || name == "" || len(words) == 0 {
		return "", q, fmt.Errorf("%q is no question: write NAME: TEST KEY=VALUE, as in \"small: paired n=17 effect=0.3\"", text)
	}
	q.Test = words[0]
	figures := q.figures()
	for _, w := range words[1:] {
		if w == "strict" {
			q.Strict = true
			continue
		}
		key, value, _ := strings.Cut(w, "=")
		figure, ok := figures[key]
		x, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil {
			return "", q, fmt.Errorf("%q in %q: write n, others, effect, sd, p1, p2 or power, =, and a number, or strict", w, text)
		}
		*figure = &x
	}
	return name, q, nil
}

// answer computes the figure that a question leaves out.
func (m Power) answer(q Question) (asked string, x float64, err error) {
	d := m.design()
	d.Strict = q.Strict
	if q.N != nil {
		d.N = *q.N
	} else {
		d.N = 2 // to be found
	}
	if q.Test == "proportions" {
		if q.P1 == nil || q.Effect != nil || q.SD != nil || q.Others != nil {
			return "", 0, errors.New("of proportions say p1 and two of n, p2 and power")
		}
		switch {
		case q.N == nil && q.P2 != nil && q.Power != nil:
			x, err = d.UnitsProportions(*q.P1, *q.P2, *q.Power)
			return "n", x, err
		case q.N != nil && q.P2 == nil && q.Power != nil:
			x, err = d.DetectableProportion(*q.P1, *q.Power)
			return "p2", x, err
		case q.N != nil && q.P2 != nil && q.Power == nil:
			x, err = d.PowerProportions(*q.P1, *q.P2)
			return "power", x, err
		}
		return "", 0, errors.New("of proportions leave out exactly one of n, p2 and power")
	}
	two := q.Test == "two_sample"
	switch {
	case !two && q.Test != "paired" && q.Test != "one_sample":
		return "", 0, fmt.Errorf("test %q: it must be paired, one_sample, two_sample or proportions", q.Test)
	case q.P1 != nil || q.P2 != nil:
		return "", 0, errors.New("p1 and p2 belong to proportions")
	case q.Others != nil && (!two || q.N == nil):
		return "", 0, errors.New("others are the units of the second group of two_sample, beside n")
	}
	if two {
		d.Others = d.N
		if q.Others != nil {
			d.Others = *q.Others
		}
	}
	sd := 1.0
	if q.SD != nil {
		sd = *q.SD
	}
	if !(sd > 0) {
		return "", 0, fmt.Errorf("a standard deviation of %v: it must be above zero", sd)
	}
	switch {
	case q.N == nil && q.Effect != nil && q.Power != nil:
		x, err = d.Units(*q.Effect/sd, *q.Power)
		return "n", x, err
	case q.N != nil && q.Effect == nil && q.Power != nil:
		x, err = d.Detectable(*q.Power)
		return "effect", x * sd, err
	case q.N != nil && q.Effect != nil && q.Power == nil:
		x, err = d.Power(*q.Effect / sd)
		return "power", x, err
	}
	return "", 0, errors.New("leave out exactly one of n, effect and power")
}
