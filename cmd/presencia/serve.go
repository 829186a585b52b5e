package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"presencia/pipeline"
	"presencia/pipeline/daemon"
	"presencia/pipeline/store"
	"presencia/reports/web"
)

type serveCmd struct {
	Listen  string        `help:"Address of the reports, of /metrics and of /healthz." default:"127.0.0.1:8080" env:"PRESENCIA_LISTEN" placeholder:"ADDRESS"`
	Every   time.Duration `help:"Time from one collection to the next." default:"6h" env:"PRESENCIA_EVERY" placeholder:"DURATION"`
	Collect bool          `help:"Collect and check at the interval; without it the pages show what other commands collect." default:"true" negatable:""`
	Web     bool          `help:"Look after each collection at the web addresses that posts, profiles and the register name." default:"true" negatable:""`
}

// Help tells what the one line of the overview leaves out.
func (serveCmd) Help() string {
	return `Collects every account at the interval, looks at the web addresses that posts and profiles name (not with --no-web),
holds the last two months against the guide, and shows the reports to browsers: any month, account and course as the data
are now, in three languages, the guide, and the files of the output folder. It has no users and no passwords: listen where
only those can connect who may read everything, or behind a proxy that asks who they are. /metrics is for Prometheus,
/healthz and /readyz for supervisors. The register and the guide are those of its start: restart it after changing them.
Other presencia commands may be used meanwhile. It ends at SIGINT or SIGTERM, after what it has begun is stored.

  presencia serve
  presencia serve --listen :8080 --every 1h`
}

func (cmd *serveCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	guide, err := s.guide(c, s.register)
	if err != nil {
		return err
	}
	look, err := corporate(c.Register, s.register.Institution)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Output, 0o755); err != nil {
		return fmt.Errorf("make the folder of the reports: %w", err)
	}
	folder, err := os.OpenRoot(c.Output)
	if err != nil {
		return fmt.Errorf("open the folder of the reports: %w", err)
	}
	defer folder.Close()
	listener, err := net.Listen("tcp", cmd.Listen)
	if err != nil {
		return withCode(exitConfig, fmt.Errorf("listen on %s: %w; name another address with --listen", cmd.Listen, err))
	}
	registry := prometheus.NewRegistry()
	accounts, _ := s.live()
	metrics := daemon.NewMetrics(registry, accounts, version, s.now)
	if cmd.Collect {
		metrics.Schedule("collect", cmd.Every)
	}
	last, err := s.restore(ctx, metrics)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	jobs, does := []daemon.Job{{
		Name: "collect", Every: cmd.Every, Jitter: cmd.Every / 50, Last: last,
		Run: func(ctx context.Context) error { return s.round(ctx, c, metrics, cmd.Web) },
	}}, "and collecting every "+cmd.Every.String()
	if !cmd.Collect {
		jobs, does = nil, "and collecting nothing"
	}
	fmt.Fprintf(s.stdout, "Serving http://%s/ %s. Stop with Ctrl-C.\n", listener.Addr(), does)
	d := daemon.Daemon{
		Listener: listener, Now: s.now, Log: s.log, Grace: 3 * time.Minute, // what was read may still have to be stored
		Handler: daemon.Site{
			Metrics: registry,
			Pages:   web.Site{Source: pages{s, c, guide, look}, Register: s.register, Look: look, Reports: folder.FS(), Log: s.log}.Handler(ctx),
			Ready: func(ctx context.Context) error {
				var one []struct {
					N uint8 `ch:"n"`
				}
				return s.db.Select(ctx, &one, "SELECT 1 AS n")
			},
		}.Handler(),
		Jobs: jobs,
	}
	return d.Run(ctx)
}

// round is one collection with its checks and the figures that come of it.
func (s *site) round(ctx context.Context, c *cli, metrics *daemon.Metrics, web bool) (err error) {
	begun := s.now()
	rows := 0
	defer func() { metrics.RunDone("collect", s.now().Sub(begun), rows, err) }()
	accounts, _ := s.live()
	if _, err = s.collect(ctx, accounts, time.Time{}, metrics.Observe); err != nil {
		return err
	}
	if web {
		if _, err = s.look(ctx, false); err != nil {
			return err
		}
	}
	at := s.now().In(s.zone)
	present := pipeline.Month(at.Year(), at.Month(), s.zone)
	before := present.From.AddDate(0, -1, 0)
	months := []pipeline.Window{pipeline.Month(before.Year(), before.Month(), s.zone), present}
	if _, err = s.check(ctx, c, months); err != nil {
		return err
	}
	if rows, err = s.rowsSince(ctx, begun); err != nil {
		return err
	}
	return s.presence(ctx, metrics)
}

func (s *site) rowsSince(ctx context.Context, begun time.Time) (int, error) {
	var sum []struct {
		Rows uint64 `ch:"written"`
	}
	err := s.db.Select(ctx, &sum, "SELECT sum(rows) AS written FROM runs FINAL WHERE started >= fromUnixTimestamp64Milli({begun:Int64})", store.Named("begun", begun.UnixMilli()))
	if err != nil || len(sum) == 0 {
		return 0, err
	}
	return int(sum[0].Rows), nil
}

// restore tells the metrics what the store knows from before the start, and answers when accounts were last collected.
func (s *site) restore(ctx context.Context, metrics *daemon.Metrics) (last time.Time, err error) {
	var successes []struct {
		Account string    `ch:"account"`
		At      time.Time `ch:"last_success"`
	}
	const query = `SELECT account, max(at) AS last_success FROM outcomes
		WHERE state != 'failed' AND run IN (SELECT run FROM runs WHERE kind = 'collect') GROUP BY account`
	if err := s.db.Select(ctx, &successes, query); err != nil {
		return last, fmt.Errorf("find the last collection: %w", err)
	}
	for _, r := range successes {
		metrics.LastSuccess(pipeline.AccountID(r.Account), r.At)
		if r.At.After(last) {
			last = r.At
		}
	}
	return last, s.presence(ctx, metrics)
}

//go:embed presence.sql
var presenceSQL string

// presence sets the headline figures of each department on each platform.
func (s *site) presence(ctx context.Context, metrics *daemon.Metrics) error {
	var rows []struct {
		Department string  `ch:"department"`
		Platform   string  `ch:"platform"`
		Followers  *uint64 `ch:"followers"`
		Posts      uint64  `ch:"posts"`
	}
	if err := s.db.Select(ctx, &rows, presenceSQL); err != nil {
		return fmt.Errorf("read the headline figures: %w", err)
	}
	var all []daemon.Presence
	for _, r := range rows {
		h := daemon.Presence{Department: r.Department, Platform: pipeline.Platform(r.Platform), Posts: pipeline.CountOf(int64(r.Posts))}
		if r.Followers != nil {
			h.Followers = pipeline.CountOf(int64(*r.Followers))
		}
		all = append(all, h)
	}
	metrics.SetPresence(all)
	return nil
}
