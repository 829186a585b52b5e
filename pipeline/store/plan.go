package store

import (
	"context"
	"fmt"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/plan"
)

type planRow struct {
	Department  string            `ch:"department"`
	Month       time.Time         `ch:"month"`
	Saved       time.Time         `ch:"saved"`
	Version     string            `ch:"version"`
	Item        string            `ch:"item"`
	Account     string            `ch:"account"`
	Planned     time.Time         `ch:"planned"`
	Tolerance   uint32            `ch:"tolerance"`
	Languages   []string          `ch:"languages"`
	Format      string            `ch:"format"`
	Topic       string            `ch:"topic"`
	Campaign    string            `ch:"campaign"`
	Text        string            `ch:"text"`
	Link        string            `ch:"link"`
	Hashtags    []string          `ch:"hashtags"`
	Responsible string            `ch:"responsible"`
	State       string            `ch:"state"`
	Notes       map[string]string `ch:"notes"`
}

// SavedPart tells what saving did to a department's plan of a month.
type SavedPart struct {
	plan.Part
	Added, Changed, Removed int // against the plan in force before; all zero: nothing was written
}

// SavePlan keeps a content plan. For each department and month in it, in the zone given, it takes the place of what was
// planned before, which stays as history; departments and months that it does not name keep their plan. The same plan
// again writes nothing.
func (db *DB) SavePlan(ctx context.Context, items []plan.Item, zone *time.Location, saved time.Time) ([]SavedPart, error) {
	parts, err := plan.Parts(items, zone)
	if err != nil {
		return nil, err
	}
	done := make([]SavedPart, len(parts))
	for i, p := range parts {
		month := p.Month.In(time.UTC)
		var before []planRow
		err := db.Select(ctx, &before, "SELECT * FROM plan_latest WHERE department = {department:String} AND month = toDate32({month:String})",
			Named("department", p.Department), Named("month", p.Month.String()))
		if err != nil {
			return nil, wrap("the plan of "+p.Department, err)
		}
		done[i].Part = p
		if len(before) > 0 && before[0].Version == p.Version {
			continue
		}
		moment := saved.UTC().Truncate(time.Millisecond)
		if len(before) > 0 && !moment.After(before[0].Saved) { // the clock was put back
			moment = before[0].Saved.Add(time.Millisecond)
		}
		rows := make([]planRow, len(p.Items))
		for k, item := range p.Items {
			rows[k] = planRow{
				Department: p.Department, Month: month, Saved: moment, Version: p.Version, Item: item.ID, Account: string(item.Account),
				Planned: item.At, Tolerance: uint32(item.Tolerance.Seconds()), Languages: item.Languages, Format: item.Format, Topic: item.Topic,
				Campaign: item.Campaign, Text: item.Text, Link: item.Link, Hashtags: item.Hashtags, Responsible: item.Responsible, State: string(item.State),
				Notes: item.Notes,
			}
		}
		if err := done[i].compare(before); err != nil {
			return nil, err
		}
		if err := send(ctx, db, "plan_items", fmt.Sprintf("%s/%s/%d", p.Department, p.Month, moment.UnixMilli()), rows); err != nil {
			return nil, fmt.Errorf("store the plan of %s for %s: %w", p.Department, p.Month.String()[:7], err)
		}
	}
	return done, nil
}

// compare counts what is new against the plan before, item by item.
func (s *SavedPart) compare(before []planRow) error {
	old := make(map[string]plan.Item, len(before))
	for _, row := range before {
		old[row.Item] = row.item()
	}
	for _, item := range s.Items {
		was, known := old[item.ID]
		delete(old, item.ID)
		if !known {
			s.Added++
			continue
		}
		same, err := plan.Same(was, item)
		if err != nil {
			return err
		}
		if !same {
			s.Changed++
		}
	}
	s.Removed = len(old)
	return nil
}

func (r planRow) item() plan.Item {
	return plan.Item{
		ID: r.Item, Department: r.Department, Account: pipeline.AccountID(r.Account), At: r.Planned, Tolerance: time.Duration(r.Tolerance) * time.Second,
		Languages: r.Languages, Format: r.Format, Topic: r.Topic, Campaign: r.Campaign, Text: r.Text, Link: r.Link, Hashtags: r.Hashtags,
		Responsible: r.Responsible, State: plan.State(r.State), Notes: r.Notes,
	}
}

// Plan answers the items in force that are planned in a window, by time.
func (db *DB) Plan(ctx context.Context, w pipeline.Window) ([]plan.Item, error) {
	var rows []planRow
	err := db.Select(ctx, &rows, `
		SELECT * FROM plan_latest
		WHERE planned >= {from:DateTime64(3, 'UTC')} AND planned < {to:DateTime64(3, 'UTC')} ORDER BY planned, department, item`,
		Named("from", w.From), Named("to", w.To))
	items := make([]plan.Item, len(rows))
	for i, row := range rows {
		items[i] = row.item()
	}
	return items, wrap("the content plan", err)
}

// An account is known from its first post or reading on, up to the newest reading that could list its posts.
const planKnown = `
	SELECT account, least(min(o.at), ifNull(min(p.first), min(o.at))) AS from, max(o.at) AS to
	FROM outcomes AS o LEFT JOIN
	(
		SELECT account, min(created) AS first FROM posts WHERE run IN (SELECT run FROM runs) GROUP BY account
	) AS p USING (account)
	WHERE o.state != 'failed' AND has(o.gives, {text:String}) AND NOT arrayExists(g -> startsWith(g, 'posts'), o.gaps)
		AND o.run IN (SELECT run FROM runs)
	GROUP BY account
	SETTINGS join_use_nulls = 1`

// Adherence holds the plan of a window against what was published. It has no items where none were planned.
func (db *DB) Adherence(ctx context.Context, r *pipeline.Register, w pipeline.Window) (plan.Adherence, error) {
	around := pipeline.Window{From: w.From.Add(-plan.Reach), To: w.To.Add(plan.Reach)}
	items, err := db.Plan(ctx, around)
	if err != nil || len(items) == 0 {
		return plan.Adherence{Window: w}, err
	}
	var (
		posts []postRow
		known []struct {
			Account string    `ch:"account"`
			From    time.Time `ch:"from"`
			To      time.Time `ch:"to"`
		}
	)
	for _, q := range []struct {
		dst any
		sql string
	}{{&posts, subjectPosts}, {&known, planKnown}} {
		err := db.Select(ctx, q.dst, q.sql, Named("from", around.From), Named("to", around.To), Named("text", string(pipeline.FieldText)))
		if err != nil {
			return plan.Adherence{}, fmt.Errorf("read what was published of the plan: %w", err)
		}
	}
	accounts := make([]plan.Account, len(r.Accounts))
	by := make(map[string]*plan.Account, len(r.Accounts))
	for i, a := range r.Accounts {
		accounts[i].Account = a
		by[string(a.ID)] = &accounts[i]
	}
	// What was published on time was published, although it may be gone by now.
	for _, p := range posts {
		if a := by[p.Account]; a != nil {
			a.Posts = append(a.Posts, p.post())
		}
	}
	for _, k := range known {
		if a := by[k.Account]; a != nil {
			a.Known = pipeline.Window{From: k.From, To: k.To}
		}
	}
	return plan.Match(items, accounts, w), nil
}

// planFigures are those of one account; nil where nothing at all was planned in the window.
func planFigures(a plan.Adherence, account pipeline.AccountID) *pipeline.PlanFigures {
	if len(a.Items) == 0 {
		return nil
	}
	t := a.Tally(func(_ string, id pipeline.AccountID, _ time.Time) bool { return id == account })
	return &pipeline.PlanFigures{Items: t.Planned, Judged: t.Judged(), OnTime: t.OnTime, Missing: t.Missing}
}
