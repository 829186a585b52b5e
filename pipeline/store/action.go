package store

import (
	"context"
	"fmt"
	"time"

	"presencia/pipeline"
)

type actionRow struct {
	Action     string     `ch:"action"`
	Saved      time.Time  `ch:"saved"`
	Text       string     `ch:"text"`
	Department string     `ch:"department"`
	Account    string     `ch:"account"`
	Rule       string     `ch:"rule"`
	Owner      string     `ch:"owner"`
	Agreed     time.Time  `ch:"agreed"`
	Due        time.Time  `ch:"due"`
	Closed     *time.Time `ch:"closed"`
	Dropped    bool       `ch:"dropped"`
	Note       string     `ch:"note"`
}

// SaveAction keeps an action and answers it with its id: one without gets the next. What was said of it before stays as history.
func (db *DB) SaveAction(ctx context.Context, a pipeline.Action, saved time.Time) (pipeline.Action, error) {
	var before []struct {
		Actions uint64    `ch:"actions"`
		Saved   time.Time `ch:"saved"` // the newest of this action, or 1970
	}
	err := db.Select(ctx, &before, "SELECT uniqExact(action) AS actions, maxIf(saved, action = {action:String}) AS saved FROM actions", Named("action", a.ID))
	if err != nil {
		return a, wrap("the agreed actions", err)
	}
	if a.ID == "" {
		a.ID = pipeline.ActionID(int(before[0].Actions) + 1)
	}
	moment := saved.UTC().Truncate(time.Millisecond)
	if !moment.After(before[0].Saved) { // the clock was put back
		moment = before[0].Saved.Add(time.Millisecond)
	}
	row := actionRow{
		Action: a.ID, Saved: moment, Text: a.Text, Department: a.Department, Account: string(a.Account), Rule: a.Rule, Owner: a.Owner,
		Agreed: a.Agreed.In(time.UTC), Due: a.Due.In(time.UTC), Closed: day(a.Closed), Dropped: a.Dropped, Note: a.Note,
	}
	if err := send(ctx, db, "actions", fmt.Sprintf("%s/%d", a.ID, moment.UnixMilli()), []actionRow{row}); err != nil {
		return a, fmt.Errorf("store the action %s: %w", a.ID, err)
	}
	return a, nil
}

// Actions answers every action as it was known at a moment, by number; at the zero moment, as it is known now.
func (db *DB) Actions(ctx context.Context, known time.Time) ([]pipeline.Action, error) {
	var rows []actionRow
	err := db.Select(ctx, &rows, `
		SELECT * FROM actions FINAL WHERE {known:Int64} = 0 OR saved <= fromUnixTimestamp64Milli({known:Int64})
		ORDER BY length(action), action, saved DESC LIMIT 1 BY action`, Named("known", milliseconds(known)))
	actions := make([]pipeline.Action, len(rows))
	for i, r := range rows {
		actions[i] = pipeline.Action{
			ID: r.Action, Text: r.Text, Department: r.Department, Account: pipeline.AccountID(r.Account), Rule: r.Rule, Owner: r.Owner,
			Agreed: pipeline.DateOf(r.Agreed), Due: pipeline.DateOf(r.Due), Dropped: r.Dropped, Note: r.Note,
		}
		if r.Closed != nil {
			actions[i].Closed = pipeline.DateOf(*r.Closed)
		}
	}
	return actions, wrap("the agreed actions", err)
}

// milliseconds since 1970; 0 for the zero time.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
