package reports

import (
	"cmp"
	"context"
	"math"
	"slices"

	"presencia/pipeline"
)

// ruledBy is a group of departments before or after the course, under a rule.
type ruledBy struct {
	rule  string
	group pipeline.Group
	after bool
}

// underGuide reads how both groups kept each rule before and after.
func (c *courseReport) underGuide(ctx context.Context) error {
	var rows []struct {
		Start     uint32 `ch:"start"`
		Group     string `ch:"department_group"`
		Rule      string `ch:"rule"`
		Passed    uint64 `ch:"passed"`
		Evaluable uint64 `ch:"evaluable"`
	}
	if err := c.query(ctx, &rows, "groups", c.plan.Before, c.plan.After); err != nil {
		return err
	}
	c.ruled = map[ruledBy]ruleVerdicts{}
	for _, r := range rows {
		c.ruled[ruledBy{r.Rule, pipeline.Group(r.Group), int64(r.Start) == c.plan.After.From.Unix()}] = ruleVerdicts{Passed: r.Passed, Evaluable: r.Evaluable}
	}
	return nil
}

// A rule is among those that moved if each group was judged at least so often in each period: a share of a handful of
// checks moves by itself.
const fewestChecks = 20

// mostMoved is how many rules are shown as those that moved most.
const mostMoved = 8

// moved is a rule with what both groups made of it, before and after.
type moved struct {
	Rule
	participants, comparison [2]ruleVerdicts
	difference               Number // of the changes, in points
	enough                   bool
}

// byRule is where compliance moved, rule by rule. It judges nothing: the verdict on compliance is that of its indicator.
func (c *courseReport) byRule() Section {
	s := Section{ID: "rules", Title: c.say("moved.title")}
	var all []moved
	for _, r := range c.Rules {
		x := moved{Rule: r, enough: true}
		for i, after := range []bool{false, true} {
			x.participants[i], x.comparison[i] = c.ruled[ruledBy{r.ID, pipeline.Participant, after}], c.ruled[ruledBy{r.ID, pipeline.Comparison, after}]
			x.enough = x.enough && min(x.participants[i].Evaluable, x.comparison[i].Evaluable) >= fewestChecks
		}
		x.difference = minus(change(x.participants), change(x.comparison))
		if x.participants[0].Evaluable+x.participants[1].Evaluable+x.comparison[0].Evaluable+x.comparison[1].Evaluable > 0 {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		s.Blocks = []Block{Note{Text: c.say("moved.none")}}
		return s
	}
	slices.SortStableFunc(all, func(a, b moved) int {
		switch {
		case a.enough != b.enough:
			if a.enough {
				return -1
			}
			return 1
		case a.difference.Known != b.difference.Known:
			if a.difference.Known {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(math.Abs(b.difference.Value), math.Abs(a.difference.Value)), cmp.Compare(a.ID, b.ID))
	})
	var most []moved
	for _, x := range all {
		if x.enough && len(most) < mostMoved {
			most = append(most, x)
		}
	}
	for _, r := range c.results {
		if r.Indicator == "compliance" {
			s.Blocks = append(s.Blocks, Text(c.say("sentence", "name", c.name(r.Indicator), "verdict", c.verdict(r), "text", c.sentence(r))))
		}
	}
	s.Blocks = append(s.Blocks, Note{Text: c.say("moved.caution", "n", len(all), "fewest", fewestChecks)})
	if len(most) > 0 {
		t := c.moves("rules-moved", most)
		t.Title, t.Sheet = c.say("moved.most", "n", len(most)), c.say("moved.sheet.most")
		s.Blocks = append(s.Blocks, t)
	}
	t := c.moves("rules-before-after", all)
	t.Title, t.Sheet, t.Folded = c.say("moved.all", "n", len(all)), c.say("moved.sheet.all"), true
	s.Blocks = append(s.Blocks, t)
	return s
}

// change is by how many points the share of what passes changed.
func change(v [2]ruleVerdicts) Number { return minus(v[1].share(), v[0].share()) }

func (c *courseReport) moves(id string, rules []moved) Table {
	t := Table{ID: id, Note: c.say("moved.note"), Columns: []Column{{Title: c.say("head.rule")}, {Title: c.say("head.severity"), Sheet: true}}}
	for _, group := range []string{"participants", "comparison"} {
		for _, period := range []string{"before", "after"} {
			t.Columns = append(t.Columns,
				Column{Title: c.say("moved." + group + "_" + period), Kind: Figures, Decimals: 0, About: c.say("about.passed")},
				Column{Title: c.say("moved." + group + "_" + period + "_n"), Kind: Figures, About: c.say("about.evaluable_period")})
		}
	}
	t.Columns = append(t.Columns, Column{Title: c.say("moved.difference"), Kind: Signed, Decimals: 0, About: c.say("about.moved")})
	why := c.say("why.nothing_evaluable")
	for _, x := range rules {
		row := []Cell{text(c.ruleTitle(x.Rule)), text(c.say("severity." + x.Severity))}
		for _, v := range []ruleVerdicts{x.participants[0], x.participants[1], x.comparison[0], x.comparison[1]} {
			row = append(row, number(v.share(), why), count(v.Evaluable))
		}
		t.Rows = append(t.Rows, append(row, number(x.difference, why)))
	}
	return t
}
