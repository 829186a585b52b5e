package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"presencia/pipeline"
	"presencia/pipeline/check"
)

type actionCmd struct {
	List  actionListCmd  `cmd:"" default:"withargs" help:"List what was agreed, and how it stands."`
	Add   actionAddCmd   `cmd:"" help:"Write down what was agreed."`
	Close actionCloseCmd `cmd:"" help:"Say that an action is done, or dropped."`
}

// Limits of what is written down, in characters: it must fit into a line of a report.
const (
	longestAction = 300
	longestOwner  = 80
)

type actionAddCmd struct {
	Text       string `arg:"" help:"What is to be done, in a sentence."`
	Account    string `help:"The account that it is about." placeholder:"ID" xor:"about"`
	Department string `help:"The department that it is about; by default the whole institution." placeholder:"ID" xor:"about"`
	Rule       string `help:"The rule of the guide that it is to mend." placeholder:"ID"`
	Owner      string `help:"Who does it: a role or a unit." required:"" placeholder:"NAME"`
	Due        string `help:"The last day to do it." required:"" placeholder:"YYYY-MM-DD"`
	On         string `help:"The day on which it was agreed; by default today." placeholder:"YYYY-MM-DD"`
}

// Help tells what the one line of the overview leaves out.
func (actionAddCmd) Help() string {
	return `The monthly report lists what was agreed and closed in its month, what is open and what is overdue, department by department. Name
roles or units and no people. Nothing is deleted: what was agreed and when it was closed stay on record.

  presencia action add "Escribir el texto alternativo de los carteles" --department cultura --owner "Gabinete de prensa" --due 2026-12-15
  presencia action add "Enlazar la web oficial en el perfil" --account turismo --rule account-links-official-site --owner Turismo --due 2026-12-01`
}

func (cmd *actionAddCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	r, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	a, err := cmd.action(r, pipeline.DateOf(p.now().In(r.Institution.Location())))
	if err != nil {
		return withCode(exitUsage, err)
	}
	if a.Rule != "" {
		g, err := p.guide(c, r)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(g.Rules, func(r check.Rule) bool { return r.ID == a.Rule }) {
			return withCode(exitUsage, fmt.Errorf("there is no rule %q in force; 'presencia guide' lists those that are", a.Rule))
		}
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if a, err = s.db.SaveAction(ctx, a, s.now()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s, %s: agreed on %s, due on %s\n", a.ID, about(a), a.Agreed, a.Due)
	return err
}

// action understands what was typed, except for the rule.
func (cmd *actionAddCmd) action(r *pipeline.Register, today pipeline.Date) (pipeline.Action, error) {
	a := pipeline.Action{
		Text: oneLine(cmd.Text), Department: cmd.Department, Account: pipeline.AccountID(cmd.Account), Rule: cmd.Rule, Owner: oneLine(cmd.Owner), Agreed: today,
	}
	if cmd.Account != "" {
		account, ok := r.Account(a.Account)
		if !ok {
			return a, fmt.Errorf("the register has no account %q", cmd.Account)
		}
		a.Department = account.Department
	}
	if _, ok := r.Department(a.Department); a.Department != "" && !ok {
		return a, fmt.Errorf("the register has no department %q", cmd.Department)
	}
	for _, t := range []struct {
		what, text string
		longest    int
	}{{"what is to be done", a.Text, longestAction}, {"--owner", a.Owner, longestOwner}} {
		switch n := utf8.RuneCountInString(t.text); {
		case n == 0:
			return a, fmt.Errorf("%s is empty: write it in some words", t.what)
		case n > t.longest:
			return a, fmt.Errorf("%s has %d characters: write at most %d", t.what, n, t.longest)
		}
	}
	var err error
	if a.Agreed, err = pastDay(cmd.On, today); err != nil {
		return a, fmt.Errorf("--on: %w", err)
	}
	if a.Due, err = pipeline.ParseDate(cmd.Due); err != nil {
		return a, fmt.Errorf("--due: %w", err)
	}
	if a.Due.Before(a.Agreed) {
		return a, fmt.Errorf("--due %s lies before the day of the agreement, %s", a.Due, a.Agreed)
	}
	return a, nil
}

// pastDay reads a day that has come; none is today.
func pastDay(s string, today pipeline.Date) (pipeline.Date, error) {
	if s == "" {
		return today, nil
	}
	d, err := pipeline.ParseDate(s)
	if err == nil && today.Before(d) {
		err = fmt.Errorf("%s has not come yet, today is %s", d, today)
	}
	return d, err
}

// oneLine is a text without line breaks and double blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// about names what an action is about.
func about(a pipeline.Action) string {
	return cmp.Or(string(a.Account), a.Department, "the institution")
}

type actionCloseCmd struct {
	ID      string `arg:"" help:"The action, such as A3."`
	Dropped bool   `help:"It was not done, and nobody is going to do it."`
	Note    string `help:"What came of it, or why it was dropped."`
	On      string `help:"The day on which it was closed; by default today." placeholder:"YYYY-MM-DD"`
}

// Help tells what the one line of the overview leaves out.
func (actionCloseCmd) Help() string {
	return `An action that was closed stays closed: what comes up again is a new one.

  presencia action close A3
  presencia action close A4 --dropped --note "La cuenta se cierra en enero"`
}

func (cmd *actionCloseCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	on, err := pastDay(cmd.On, pipeline.DateOf(s.now().In(s.zone)))
	if err != nil {
		return withCode(exitUsage, fmt.Errorf("--on: %w", err))
	}
	note := oneLine(cmd.Note)
	if n := utf8.RuneCountInString(note); n > longestAction {
		return withCode(exitUsage, fmt.Errorf("--note has %d characters: write at most %d", n, longestAction))
	}
	all, err := s.db.Actions(ctx, time.Time{})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a pipeline.Action) bool { return strings.EqualFold(a.ID, cmd.ID) })
	if i < 0 {
		return withCode(exitUsage, fmt.Errorf("there is no action %q; 'presencia action list' lists them", cmd.ID))
	}
	a := all[i]
	switch {
	case !a.Closed.IsZero():
		return withCode(exitUsage, fmt.Errorf("%s was closed on %s", a.ID, a.Closed))
	case on.Before(a.Agreed):
		return withCode(exitUsage, fmt.Errorf("--on %s lies before the day on which %s was agreed, %s", on, a.ID, a.Agreed))
	}
	a.Closed, a.Dropped, a.Note = on, cmd.Dropped, note
	if a, err = s.db.SaveAction(ctx, a, s.now()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s, %s: %s on %s\n", a.ID, about(a), a.On(on), on)
	return err
}

type actionListCmd struct {
	Open       bool   `help:"Only what is still to be done."`
	Department string `help:"Only what is about this department." placeholder:"ID"`
	Format     string `help:"table or json." enum:"table,json" default:"table"`
}

// Help tells what the one line of the overview leaves out.
func (actionListCmd) Help() string {
	return `What is open comes first, by its last day, and then what is closed, the newest first.

  presencia action
  presencia action list --open --department turismo --format json`
}

// listedAction is an action as it is printed.
type listedAction struct {
	pipeline.Action
	State pipeline.ActionState `json:"state"`
}

func (cmd *actionListCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, ok := s.register.Department(cmd.Department); cmd.Department != "" && !ok {
		return withCode(exitUsage, fmt.Errorf("the register has no department %q", cmd.Department))
	}
	all, err := s.db.Actions(ctx, time.Time{})
	if err != nil {
		return err
	}
	today := pipeline.DateOf(s.now().In(s.zone))
	listed := []listedAction{}
	for _, a := range all {
		if cmd.Open && !a.Closed.IsZero() || cmd.Department != "" && a.Department != cmd.Department {
			continue
		}
		listed = append(listed, listedAction{a, a.On(today)})
	}
	slices.SortStableFunc(listed, func(a, b listedAction) int {
		if open := a.Closed.IsZero(); open != b.Closed.IsZero() {
			if open {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Closed.String(), a.Closed.String()), cmp.Compare(a.Due.String(), b.Due.String()))
	})
	if cmd.Format == "json" {
		e := json.NewEncoder(s.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(listed)
	}
	return listActions(s.stdout, listed)
}

func listActions(out io.Writer, listed []listedAction) error {
	if len(listed) == 0 {
		_, err := fmt.Fprintln(out, `Nothing is agreed. Write it down with: presencia action add "what is to be done" --owner NAME --due YYYY-MM-DD`)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "action\tstate\tdue\tclosed\tabout\towner\trule\twhat")
	for _, a := range listed {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.State, a.Due, orDash(a.Closed.String()), about(a.Action), a.Owner, orDash(a.Rule), a.Text)
	}
	return w.Flush()
}
