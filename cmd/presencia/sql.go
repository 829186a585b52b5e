package main

import (
	"context"
	"errors"
)

type sqlCmd struct {
	Format string `help:"table, tsv, csv or json." enum:"table,tsv,csv,json" default:"table"`
	Query  string `arg:"" help:"One SELECT."`
}

// Help tells what the one line of the overview leaves out.
func (sqlCmd) Help() string {
	return `The views whose names stand: accounts, posts_latest, post_figures, profiles_latest, profile_history,
messages_latest, checks_latest, indicators. What was imported of courses is in attendance, survey_answers and course_activity,
to be read with FINAL. Times are UTC. Nothing can be changed from here.

  presencia sql "SELECT account, count(), sum(likes) FROM posts_latest GROUP BY account"
  presencia sql --format csv "SELECT * FROM indicators WHERE indicator = 'response_rate'" > rate.csv`
}

func (cmd *sqlCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	db, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return withCode(exitUsage, db.Query(ctx, p.stdout, cmd.Query, cmd.Format))
}
