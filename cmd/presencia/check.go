package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"text/tabwriter"
	"time"

	"presencia/pipeline"
)

type checkCmd struct {
	From string `help:"First month; by default that of the oldest post." placeholder:"YYYY-MM"`
	To   string `help:"Last month; by default the present one." placeholder:"YYYY-MM"`
}

// Help tells what the one line of the overview leaves out.
func (checkCmd) Help() string {
	return `Reads each month of each account from the store and holds it against the rules in force. A rule that needs a field
which the network does not give is not evaluable: neither passed nor failed.

  presencia check
  presencia check --from 2014-01 --to 2014-12`
}

func (cmd *checkCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	months, err := s.months(ctx, cmd.From, cmd.To)
	if err != nil {
		return err
	}
	tally, err := s.check(ctx, c, months)
	if err != nil {
		return err
	}
	tally.print(s, len(months))
	return nil
}

// months lists the calendar months between two names; empty names mean all that the store has posts of.
func (s *site) months(ctx context.Context, first, last string) ([]pipeline.Window, error) {
	var span []struct {
		First time.Time `ch:"first"`
		Posts uint64    `ch:"posts"`
	}
	if err := s.db.Select(ctx, &span, "SELECT min(created) AS first, count() AS posts FROM post_contents"); err != nil {
		return nil, fmt.Errorf("find the oldest post: %w", err)
	}
	from, to := s.now().In(s.zone), s.now().In(s.zone)
	if len(span) == 1 && span[0].Posts > 0 {
		from = span[0].First.In(s.zone)
	}
	for _, m := range []struct {
		text string
		at   *time.Time
	}{{first, &from}, {last, &to}} {
		if m.text == "" {
			continue
		}
		w, err := pipeline.ParseMonth(m.text, s.zone)
		if err != nil {
			return nil, withCode(exitUsage, err)
		}
		*m.at = w.From
	}
	var months []pipeline.Window
	for w := pipeline.Month(from.Year(), from.Month(), s.zone); !w.From.After(to); w = pipeline.Month(w.To.Year(), w.To.Month(), s.zone) {
		months = append(months, w)
	}
	if len(months) == 0 {
		return nil, withCode(exitUsage, fmt.Errorf("--from %s lies after --to %s", first, last))
	}
	return months, nil
}

// tally counts findings by rule and verdict.
type tally map[string]*[pipeline.Fail + 1]int

// check holds every account of the register against the guide, month by month, in one run.
func (s *site) check(ctx context.Context, c *cli, months []pipeline.Window) (tally, error) {
	g, err := s.guide(c, s.register)
	if err != nil {
		return nil, err
	}
	at := s.now().UTC()
	counts := tally{}
	for _, r := range g.Rules {
		counts[r.ID] = new([pipeline.Fail + 1]int)
	}
	judged := func(yield func(pipeline.Judged, error) bool) {
		for _, m := range months {
			for subject, err := range s.db.Subjects(ctx, s.register, m) {
				if err != nil {
					yield(pipeline.Judged{}, err)
					return
				}
				for _, j := range g.Check(subject, at) {
					for i, v := range j.Verdicts {
						counts[g.Rules[i].ID][v]++
					}
					if !yield(j, nil) {
						return
					}
				}
			}
		}
	}
	info := pipeline.RunInfo{ID: runID("check", at), Kind: "check", Started: at, Register: s.register.Version}
	_, err = s.db.SaveVerdicts(ctx, info, g.State(), iter.Seq2[pipeline.Judged, error](judged), s.now)
	return counts, err
}

func (t tally) print(s *site, months int) {
	w := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "rule\tpass\twarn\tfail\tnot evaluable\tnot applicable\t")
	for _, rule := range sortedKeys(t) {
		n := t[rule]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", rule, n[pipeline.Pass], n[pipeline.Warn], n[pipeline.Fail], n[pipeline.NotEvaluable], n[pipeline.NotApplies])
	}
	w.Flush()
	fmt.Fprintf(s.stdout, "%d rules, %d accounts, %d months. The single findings: presencia sql \"SELECT * FROM checks_latest WHERE verdict = 'fail'\"\n",
		len(t), len(s.register.Accounts), months)
}
