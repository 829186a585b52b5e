package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"presencia/pipeline"
	"presencia/reports"
)

type accountReportCmd struct {
	Account []string `help:"The account's id in the register; more than one may be named." placeholder:"ID"`
	All     bool     `help:"A sheet for every account that was open in the month, in a folder of their own."`
	Month   string   `help:"The month." required:"" placeholder:"YYYY-MM"`
}

// Help tells what the one line of the overview leaves out.
func (accountReportCmd) Help() string {
	return `One page of A4 for whoever runs an account: its month in figures, its next three steps, what its public answered to, the
guide, and how accounts like it fared. A workbook with the same figures lies beside it. Sheets of all accounts are made at once.

  presencia report account --account turismo --month 2015-06
  presencia report account --all --month 2015-06 --lang ca-ES-valencia`
}

func (cmd *accountReportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	if cmd.All == (len(cmd.Account) > 0) {
		return withCode(exitUsage, errors.New("name an account with --account, or ask for all of them with --all"))
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var ids []pipeline.AccountID
	for _, name := range cmd.Account {
		if _, ok := s.register.Account(pipeline.AccountID(name)); !ok {
			return withCode(exitUsage, fmt.Errorf("the register has no account %q", name))
		}
		ids = append(ids, pipeline.AccountID(name))
	}
	paths, err := s.accounts(ctx, c, cmd.Month, c.Report.Lang, ids...)
	return s.wrote(paths, err)
}

// accountReport is the sheet of one account.
func (s *site) accountReport(ctx context.Context, _ *cli, in reports.Input, asked reports.Request) (reports.Document, error) {
	month, err := pipeline.ParseMonth(asked.Month, s.zone)
	if err != nil {
		return reports.Document{}, withCode(exitUsage, err)
	}
	made, err := reports.Accounts(ctx, in, month, pipeline.AccountID(asked.Account))
	if err != nil {
		return reports.Document{}, err
	}
	return made[0], nil
}

// accounts writes the sheets of some accounts, or of all into a folder of the month, and answers their files. The store is asked once.
func (s *site) accounts(ctx context.Context, c *cli, name, lang string, ids ...pipeline.AccountID) (paths []string, err error) {
	month, err := pipeline.ParseMonth(name, s.zone)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	asked, from := reports.Request{Kind: "account", Month: name, Language: lang, AsKnown: c.Report.AsKnown}, s
	if !asked.AsKnown.IsZero() {
		if from, err = s.asKnown(ctx, c, asked.AsKnown); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, from.Close()) }()
	}
	documents, err := steadily(ctx, from, c, asked, func(in reports.Input) ([]reports.Document, error) { return reports.Accounts(ctx, in, month, ids...) })
	if err != nil {
		return nil, err
	}
	to := *c
	if len(ids) == 0 {
		to.Output = filepath.Join(c.Output, "accounts-"+month.From.In(s.zone).Format("2006-01"))
	}
	for _, d := range documents {
		some, err := from.write(ctx, &to, d)
		if paths = append(paths, some...); err != nil {
			return paths, err
		}
	}
	return paths, nil
}
