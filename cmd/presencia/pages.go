package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/check"
	"presencia/reports"
	"presencia/reports/web"
)

// pages makes what the site shows from the running store, by the register and the guide that serve began with.
type pages struct {
	*site
	c     *cli
	rules *check.Guide
	look  reports.Look
}

var _ web.Source = pages{}

//go:embed pages.sql
var pagesSQL string

// State names the data and the plans of courses, which lie beside the register.
func (p pages) State(ctx context.Context) (string, error) {
	var rows []struct {
		State string `ch:"state"`
	}
	if err := p.db.Select(ctx, &rows, pagesSQL); err != nil || len(rows) != 1 {
		return "", fmt.Errorf("ask for the state of the data: %w", err)
	}
	state := rows[0].State
	for _, course := range p.register.Courses {
		if info, err := os.Stat(planPath(p.c, course.ID)); err == nil {
			state += "-" + strconv.FormatInt(info.ModTime().UnixNano(), 36)
		}
	}
	return state, nil
}

// Data tells what has been read, and of which months there are publications or readings.
func (p pages) Data(ctx context.Context) (d web.Data, err error) {
	var read []struct {
		Account string    `ch:"account"`
		Last    time.Time `ch:"last"`
	}
	const readings = `SELECT account, max(at) AS last FROM outcomes WHERE state != 'failed' AND run IN (SELECT run FROM runs) GROUP BY account`
	if err := p.db.Select(ctx, &read, readings); err != nil {
		return d, fmt.Errorf("ask for the newest readings: %w", err)
	}
	d.Read = map[pipeline.AccountID]time.Time{}
	for _, r := range read {
		d.Read[pipeline.AccountID(r.Account)] = r.Last
		if r.Last.After(d.Until) {
			d.Until = r.Last
		}
	}
	var months []struct {
		Year  uint16 `ch:"year"`
		Month uint8  `ch:"month"`
	}
	zone := "'" + p.register.Institution.Location().String() + "'" // a name that Go knows
	query := `SELECT DISTINCT toYear(at, ` + zone + `) AS year, toMonth(at, ` + zone + `) AS month
		FROM (SELECT created AS at FROM posts WHERE run IN (SELECT run FROM runs)
			UNION ALL SELECT at FROM outcomes WHERE state != 'failed' AND run IN (SELECT run FROM runs))
		ORDER BY year, month`
	if err := p.db.Select(ctx, &months, query); err != nil {
		return d, fmt.Errorf("ask for the months: %w", err)
	}
	for _, m := range months {
		if w := pipeline.Month(int(m.Year), time.Month(m.Month), p.zone); !w.From.After(d.Until) { // what is dated ahead is of no month yet
			d.Months = append(d.Months, w)
		}
	}
	return d, nil
}

// Monthly makes the report on a month.
func (p pages) Monthly(ctx context.Context, lang string, month pipeline.Window) (reports.Document, error) {
	return p.document(ctx, p.c, reports.Request{Kind: "monthly", Month: month.From.In(p.zone).Format("2006-01"), Language: lang})
}

// Course makes the report of a course.
func (p pages) Course(ctx context.Context, lang, id string) (reports.Document, error) {
	return p.document(ctx, p.c, reports.Request{Kind: "course", Course: id, Language: lang})
}

// Account makes the sheet of an account for a month.
func (p pages) Account(ctx context.Context, lang string, id pipeline.AccountID, month pipeline.Window) (reports.Document, error) {
	return p.document(ctx, p.c, reports.Request{Kind: "account", Account: string(id), Month: month.From.In(p.zone).Format("2006-01"), Language: lang})
}

// Handbook is the guide in force.
func (p pages) Handbook(lang string) reports.Handbook {
	h := handbook(p.register, p.rules, lang)
	h.Look = p.look
	return h
}
