package store

import (
	"context"
	"fmt"
	"time"

	"presencia/pipeline"
)

type pageRow struct {
	URL      string    `ch:"url"`
	Observed time.Time `ch:"observed"`
	Status   uint16    `ch:"status"`
	Failure  string    `ch:"failure"`
	Final    string    `ch:"final"`
	Title    string    `ch:"title"`
	Text     string    `ch:"text"`
	Links    []string  `ch:"links"`
	Image    string    `ch:"image"`
}

type tickRow struct {
	Rule     string     `ch:"rule"`
	Account  string     `ch:"account"`
	Day      time.Time  `ch:"day"`
	Saved    time.Time  `ch:"saved"`
	Result   string     `ch:"result"`
	Reviewer string     `ch:"reviewer"`
	Note     string     `ch:"note"`
	Evidence string     `ch:"evidence"`
	Due      *time.Time `ch:"due"`
}

// SavePages keeps what was found at web addresses.
func (db *DB) SavePages(ctx context.Context, pages []pipeline.Page) error {
	rows := make([]pageRow, len(pages))
	for i, p := range pages {
		rows[i] = pageRow{p.URL, p.At, uint16(p.Status), p.Failure, p.Final, p.Title, p.Text, p.Links, string(p.Image)}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := send(ctx, db, "pages", fmt.Sprintf("%s/%d", rows[0].URL, rows[0].Observed.UnixNano()), rows); err != nil {
		return fmt.Errorf("store what was found at web addresses: %w", err)
	}
	return nil
}

// pageAge is how long what was found at an address is taken for what is there.
const pageAge = 7 * 24 * time.Hour

// Unseen answers the web addresses that rules ask about and that nobody has looked at, the most wanted first: those of
// the register, images and links of profiles as last seen, links of posts younger than a month. The register's, and those
// that did not show what they show, are looked at again every week.
func (db *DB) Unseen(ctx context.Context, r *pipeline.Register, now time.Time) ([]string, error) {
	var rows []struct {
		URL string `ch:"url"`
	}
	err := db.Select(ctx, &rows, `
		WITH fromUnixTimestamp64Milli({now:Int64}, 'UTC') AS moment
		SELECT url FROM
		(
			SELECT arrayJoin({register:Array(String)}) AS url, moment + INTERVAL 2 DAY AS wanted
			UNION ALL
			SELECT arrayJoin(arrayConcat(links, [avatar, header, website])), moment + INTERVAL 1 DAY
			FROM (SELECT * FROM profiles WHERE run IN (SELECT run FROM runs) ORDER BY observed DESC, run DESC LIMIT 1 BY account)
			UNION ALL
			SELECT arrayJoin(links), created FROM posts WHERE created > moment - INTERVAL 30 DAY AND run IN (SELECT run FROM runs)
		)
		WHERE url != '' AND url NOT IN
		(
			SELECT url FROM pages GROUP BY url
			HAVING NOT has({register:Array(String)}, url) AND argMax(failure, observed) = '' OR max(observed) > fromUnixTimestamp64Milli({fresh:Int64})
		)
		GROUP BY url ORDER BY max(wanted) DESC, url`,
		Named("now", now.UnixMilli()), Named("fresh", now.Add(-pageAge).UnixMilli()), Named("register", r.Pages()))
	urls := make([]string, len(rows))
	for i, row := range rows {
		urls[i] = row.URL
	}
	return urls, wrap("which web addresses nobody has looked at", err)
}

// Of each address the newest page seen before the window's end, or the oldest where all were seen later.
const subjectPages = `
	SELECT * FROM pages
	WHERE has({register:Array(String)}, url) OR url IN
	(
		SELECT arrayJoin(links) FROM posts WHERE created >= {from:DateTime64(3, 'UTC')} AND created < {to:DateTime64(3, 'UTC')}
		UNION ALL
		SELECT arrayJoin(arrayConcat(links, [avatar, header, website])) FROM profiles WHERE observed < {to:DateTime64(3, 'UTC')}
	)
	ORDER BY observed < {to:DateTime64(3, 'UTC')} DESC, abs(dateDiff('second', observed, {to:DateTime64(3, 'UTC')})) LIMIT 1 BY url`

const subjectTicks = `
	SELECT * FROM ticks FINAL WHERE day < {to:DateTime64(3, 'UTC')} ORDER BY day DESC LIMIT 1 BY rule, account`

// SaveTicks keeps what people have reviewed. The same rule, account and day again takes the place of what was said before.
func (db *DB) SaveTicks(ctx context.Context, ticks []pipeline.Tick, saved time.Time) error {
	rows := make([]tickRow, len(ticks))
	for i, t := range ticks {
		rows[i] = tickRow{
			Rule: t.Rule, Account: string(t.Account), Day: t.On.In(time.UTC), Saved: saved, Result: t.Result.String(), Reviewer: t.By,
			Note: t.Note, Evidence: t.Evidence, Due: day(t.Due),
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := send(ctx, db, "ticks", fmt.Sprintf("%s/%s/%d", rows[0].Rule, rows[0].Account, saved.UnixNano()), rows); err != nil {
		return fmt.Errorf("store what was reviewed: %w", err)
	}
	return nil
}

// Ticks answers the newest review of each rule and account.
func (db *DB) Ticks(ctx context.Context) ([]pipeline.Tick, error) {
	var rows []tickRow
	err := db.Select(ctx, &rows, "SELECT * FROM ticks FINAL ORDER BY day DESC LIMIT 1 BY rule, account")
	ticks := make([]pipeline.Tick, len(rows))
	for i, row := range rows {
		ticks[i] = row.tick()
	}
	return ticks, wrap("what was reviewed", err)
}

var tickResults = map[string]pipeline.Verdict{
	pipeline.NotApplies.String(): pipeline.NotApplies, pipeline.Pass.String(): pipeline.Pass, pipeline.Warn.String(): pipeline.Warn, pipeline.Fail.String(): pipeline.Fail,
}

func (r tickRow) tick() pipeline.Tick {
	t := pipeline.Tick{
		Rule: r.Rule, Account: pipeline.AccountID(r.Account), On: pipeline.DateOf(r.Day), Result: tickResults[r.Result], By: r.Reviewer,
		Note: r.Note, Evidence: r.Evidence,
	}
	if r.Due != nil {
		t.Due = pipeline.DateOf(*r.Due)
	}
	return t
}

func (r pageRow) page() pipeline.Page {
	return pipeline.Page{
		URL: r.URL, At: r.Observed, Status: int(r.Status), Failure: r.Failure, Final: r.Final, Title: r.Title, Text: r.Text,
		Links: r.Links, Image: pipeline.Likeness(r.Image),
	}
}
