package reports

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
)

// Step is something that an account should mend.
type Step struct {
	Account pipeline.AccountID
	Rule    Rule
	// Advice is what to do, in the language that was asked for, or in Spanish.
	Advice string
	// Failed and Warned are how many posts, answers and days of the last 30 days did; the account itself counts as one.
	Failed, Warned int
	Weight         float64 // by which steps are ordered
	Example        string  // where a person can look; may be empty
}

// severityWeight makes a severity worth ten of the next: a grave failing comes first unless a lighter one is ten times as
// frequent. What is for information only is no step.
var severityWeight = map[string]float64{"crit": 1000, "high": 100, "med": 10, "low": 1}

// warningWeight is what a warning counts of a failure: as if the rule were one severity lighter.
const warningWeight = 0.1

// stepDays is how far back steps look.
const stepDays = 30

// Next answers what each account should mend first, at most so many steps of each: those rules whose severity, times how
// often they failed in the 30 days before the moment, weighs most; among equals by id. An account that failed in nothing has
// no steps. It is by the newest checks, and by the rules that are in force.
func Next(ctx context.Context, in Input, at time.Time, most int) (map[pipeline.AccountID][]Step, error) {
	var rows []struct {
		Account string `ch:"account"`
		Rule    string `ch:"rule"`
		Failed  uint64 `ch:"failed"`
		Warned  uint64 `ch:"warned"`
		Example string `ch:"example"`
	}
	b := &builder{Input: in}
	if err := b.query(ctx, &rows, "next", pipeline.Window{From: at.AddDate(0, 0, -stepDays), To: at}); err != nil {
		return nil, err
	}
	steps := map[pipeline.AccountID][]Step{}
	for _, row := range rows {
		i := slices.IndexFunc(in.Rules, func(r Rule) bool { return r.ID == row.Rule })
		if i < 0 {
			continue
		}
		r := in.Rules[i]
		s := Step{
			Account: pipeline.AccountID(row.Account), Rule: r, Failed: int(row.Failed), Warned: int(row.Warned), Example: row.Example,
			Weight: severityWeight[r.Severity] * (float64(row.Failed) + warningWeight*float64(row.Warned)),
			Advice: strings.TrimSpace(cmp.Or(r.Remedy[in.Language], r.Remedy[Languages[0]], r.Title[in.Language], r.Title[Languages[0]])),
		}
		if s.Weight > 0 {
			steps[s.Account] = append(steps[s.Account], s)
		}
	}
	for account, all := range steps {
		slices.SortFunc(all, func(a, b Step) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Rule.ID, b.Rule.ID)) })
		steps[account] = all[:min(most, len(all))]
	}
	return steps, nil
}
