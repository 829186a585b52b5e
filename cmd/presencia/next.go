package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"presencia/pipeline"
	"presencia/reports"
)

type checkNextCmd struct {
	Account  []string `help:"Only these accounts of the register." placeholder:"ID"`
	On       string   `help:"As it stood at the end of this day; by default of the newest that was checked." placeholder:"YYYY-MM-DD"`
	Language string   `help:"Language of the advice: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
}

// Help tells what the one line of the overview leaves out.
func (checkNextCmd) Help() string {
	return `Lists for each account the three rules whose mending matters most, with what to do. A rule weighs as much as its severity
(crit 1000, high 100, med 10, low 1) times the posts, answers and days that failed it in the last 30 days; a failing of
the account itself counts as one, and a warning as a tenth. It is by the newest checks: run 'presencia check' first.

  presencia check next --account turismo --language ca-ES-valencia`
}

// nextSteps is how many things an account is told to mend.
const nextSteps = 3

func (cmd *checkNextCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	day := pipeline.Date{}
	if cmd.On != "" {
		if day, err = pipeline.ParseDate(cmd.On); err != nil {
			return withCode(exitUsage, err)
		}
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	accounts := s.register.Accounts
	if len(cmd.Account) > 0 {
		accounts = nil
	}
	for _, id := range cmd.Account {
		a, ok := s.register.Account(pipeline.AccountID(id))
		if !ok {
			return withCode(exitUsage, fmt.Errorf("the register has no account %q", id))
		}
		accounts = append(accounts, a)
	}
	in, err := s.reportInput(c, cmd.Language)
	if err != nil {
		return err
	}
	if day.IsZero() {
		if day, err = s.lastChecked(ctx); err != nil {
			return err
		}
	}
	at := day.AddDays(1).In(s.zone)
	fmt.Fprintf(s.stdout, "In the 30 days to %v:\n\n", day)
	steps, err := reports.Next(ctx, in, at, nextSteps)
	if err != nil {
		return err
	}
	for i, a := range accounts {
		if i > 0 {
			fmt.Fprintln(s.stdout)
		}
		fmt.Fprintf(s.stdout, "%s (%s %s)\n", a.ID, a.Platform, cmp.Or(a.Handle, a.Server))
		if len(steps[a.ID]) == 0 {
			fmt.Fprintln(s.stdout, "  nothing failed, as far as was checked")
		}
		for n, step := range steps[a.ID] {
			fmt.Fprintf(s.stdout, "  %d. %s\n     %s, %s", n+1, step.Advice, step.Rule.ID, step.Rule.Severity)
			if step.Failed > 0 {
				fmt.Fprintf(s.stdout, ", failed %s", plural(step.Failed, "time"))
			}
			if step.Warned > 0 {
				fmt.Fprintf(s.stdout, ", warned %s", plural(step.Warned, "time"))
			}
			if step.Example != "" {
				fmt.Fprintf(s.stdout, ": %s", step.Example)
			}
			fmt.Fprintln(s.stdout)
		}
	}
	return nil
}

// lastChecked is the day of the newest thing that a check has judged; today where nothing was.
func (s *site) lastChecked(ctx context.Context) (pipeline.Date, error) {
	var newest []struct {
		At time.Time `ch:"at"`
	}
	if err := s.db.Select(ctx, &newest, "SELECT max(at) AS at FROM verdicts WHERE run IN (SELECT run FROM runs) HAVING count() > 0"); err != nil {
		return pipeline.Date{}, fmt.Errorf("find what was checked last: %w", err)
	}
	at := s.now()
	if len(newest) == 1 && newest[0].At.Before(at) {
		at = newest[0].At
	}
	return pipeline.DateOf(at.In(s.zone)), nil
}
