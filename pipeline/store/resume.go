package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sourcegraph/conc/pool"

	"presencia/pipeline"
)

// Resume implements [pipeline.Sink].
func (db *DB) Resume(ctx context.Context, now, posts time.Time) (pipeline.Resume, error) {
	r := pipeline.Resume{
		Cursors: map[pipeline.AccountID]pipeline.Cursor{}, Posts: map[pipeline.AccountID][]pipeline.SeenPost{},
		Identities: map[pipeline.AccountID]pipeline.Identity{}, Used: map[pipeline.Platform]pipeline.Use{},
	}
	p := pool.New().WithContext(ctx).WithFirstError().WithCancelOnError()
	p.Go(func(ctx context.Context) error {
		var rows []struct {
			Account string `ch:"account"`
			Cursor  string `ch:"cursor"`
		}
		err := db.Select(ctx, &rows, `
			SELECT account, argMax(o.cursor, (o.at, o.run)) AS cursor
			FROM outcomes AS o
			WHERE state != 'failed' AND run IN (SELECT run FROM runs WHERE kind != 'import')
			GROUP BY account`)
		for _, row := range rows {
			r.Cursors[pipeline.AccountID(row.Account)] = pipeline.Cursor(row.Cursor)
		}
		return wrap("where collections stopped", err)
	})
	p.Go(func(ctx context.Context) error {
		var rows []struct {
			Account string    `ch:"account"`
			Post    string    `ch:"post"`
			Created time.Time `ch:"created"`
			At      time.Time `ch:"at"`
		}
		err := db.Select(ctx, &rows, `
			WITH complete AS (SELECT run FROM runs)
			SELECT f.account AS account, f.post AS post, f.created AS created, f.at AS at
			FROM
			(
				SELECT account, post, any(figures.created) AS created, max(observed) AS at
				FROM figures
				WHERE figures.created >= fromUnixTimestamp64Milli({since:Int64}) AND run IN complete
				GROUP BY account, post
			) AS f
			LEFT ANTI JOIN
			(
				SELECT account, post, max(deletions.seen) AS seen FROM deletions WHERE run IN complete GROUP BY account, post
			) AS d ON d.account = f.account AND d.post = f.post AND d.seen > f.at
			ORDER BY created DESC, post`, Named("since", posts.UnixMilli()))
		for _, row := range rows {
			a := pipeline.AccountID(row.Account)
			r.Posts[a] = append(r.Posts[a], pipeline.SeenPost{ID: row.Post, CreatedAt: row.Created, At: row.At})
		}
		return wrap("the posts to be read again", err)
	})
	p.Go(func(ctx context.Context) error {
		var rows []struct {
			Account  string `ch:"account"`
			Asked    string `ch:"asked"`
			StableID string `ch:"stable_id"`
			Handle   string `ch:"handle"`
			Avatar   string `ch:"avatar"`
			Change   string `ch:"change"`
			Taken    string `ch:"taken"`
		}
		err := db.Select(ctx, &rows, `
			WITH complete AS (SELECT run FROM runs WHERE kind = 'collect')
			SELECT if(p.account = '', c.account, p.account) AS account, p.asked AS asked, p.stable_id AS stable_id, p.handle AS handle, p.avatar AS avatar,
				if(c.at > p.observed, c.change, '') AS change, -- one that was read since is there, by whatever handle
				if(c.taken_at > p.observed, c.taken, '') AS taken
			FROM (SELECT * FROM profiles WHERE run IN complete ORDER BY observed DESC, run DESC LIMIT 1 BY account) AS p
			FULL JOIN
			(
				SELECT account,
					argMaxIf(changes.change, (changes.at, run), changes.change != 'taken') AS change, maxIf(changes.at, changes.change != 'taken') AS at,
					argMaxIf(changes.after, (changes.at, run), changes.change = 'taken') AS taken, maxIf(changes.at, changes.change = 'taken') AS taken_at
				FROM changes
				WHERE changes.change IN ('disappeared', 'returned', 'taken') AND run IN complete
				GROUP BY account
			) AS c ON c.account = p.account
			WHERE p.account != '' OR taken != ''`)
		for _, row := range rows {
			r.Identities[pipeline.AccountID(row.Account)] = pipeline.Identity{
				Asked: row.Asked, StableID: row.StableID, Handle: row.Handle, Avatar: row.Avatar, Gone: row.Change == string(pipeline.Disappeared), Taken: row.Taken,
			}
		}
		return wrap("how accounts were last seen", err)
	})
	p.Go(func(ctx context.Context) error {
		var rows []struct {
			Platform string    `ch:"platform"`
			Metric   string    `ch:"metric"`
			Since    time.Time `ch:"since"`
			Cause    string    `ch:"cause"`
		}
		err := db.Select(ctx, &rows, "SELECT platform, metric, since, cause FROM parked_metrics ORDER BY platform, metric")
		for _, row := range rows {
			r.Parked = append(r.Parked, pipeline.Parked{Platform: pipeline.Platform(row.Platform), Metric: row.Metric, Since: row.Since, Cause: row.Cause})
		}
		return wrap("which metrics are set aside", err)
	})
	p.Go(func(ctx context.Context) error {
		used, err := db.Used(ctx, now)
		r.Used = used
		return err
	})
	return r, p.Wait()
}

// Used is what reading has used of each platform in the calendar month (UTC) of a moment, up to that moment. Runs that
// were not completed count: the platform counts them too.
func (db *DB) Used(ctx context.Context, now time.Time) (map[pipeline.Platform]pipeline.Use, error) {
	var rows []struct {
		Platform string  `ch:"platform"`
		Calls    uint64  `ch:"calls"`
		Cost     float64 `ch:"cost"`
	}
	y, m, _ := now.UTC().Date()
	err := db.Select(ctx, &rows, `
		SELECT platform, sum(calls) AS calls, sum(cost) AS cost
		FROM outcomes FINAL
		WHERE at >= fromUnixTimestamp64Milli({from:Int64}) AND at <= fromUnixTimestamp64Milli({now:Int64})
		GROUP BY platform`, Named("from", time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).UnixMilli()), Named("now", now.UnixMilli()))
	used := map[pipeline.Platform]pipeline.Use{}
	for _, row := range rows {
		used[pipeline.Platform(row.Platform)] = pipeline.Use{Calls: int(row.Calls), Dollars: row.Cost}
	}
	return used, wrap("what reading has used this month", err)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}
