package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"presencia/pipeline"
)

var noon = time.Date(2014, 12, 16, 12, 0, 0, 0, time.UTC)

var accounts = []pipeline.Account{
	{ID: "culture-masto", Department: "culture", Platform: pipeline.Mastodon, Handle: "@culture@social.example"},
	{ID: "sports-feed", Department: "sports", Platform: pipeline.Feed},
	{ID: "old-feed", Department: "sports", Platform: pipeline.Feed, Closed: pipeline.Date{Year: 2014, Month: 1, Day: 1}},
}

func newTestMetrics() (*Metrics, *prometheus.Registry) {
	reg := prometheus.NewPedanticRegistry()
	return NewMetrics(reg, accounts, "v1.2.3", func() time.Time { return noon }), reg
}

func compare(t *testing.T, reg prometheus.Gatherer, want string, names ...string) {
	t.Helper()
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

func TestEverySeriesOfTheCountersIsThereBeforeTheFirstReading(t *testing.T) {
	m, reg := newTestMetrics()
	m.Schedule("collect", time.Hour)
	for _, name := range []string{"presencia_readings_total", "presencia_calls_total"} {
		got, err := testutil.GatherAndCount(reg, name)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2 * len(outcomes); got != want {
			t.Errorf("%s has %d series, want %d: two platforms, each outcome", name, got, want)
		}
	}
	compare(t, reg, `
# HELP presencia_runs_total Runs of a job, by result; a run is ok although single accounts failed.
# TYPE presencia_runs_total counter
presencia_runs_total{kind="collect",result="failed"} 0
presencia_runs_total{kind="collect",result="ok"} 0
# HELP presencia_run_interval_seconds Time from the start of one run of a job to the start of the next, as configured.
# TYPE presencia_run_interval_seconds gauge
presencia_run_interval_seconds{kind="collect"} 3600
# HELP presencia_build_info The version that runs; always 1.
# TYPE presencia_build_info gauge
presencia_build_info{version="v1.2.3"} 1
`, "presencia_runs_total", "presencia_run_interval_seconds", "presencia_build_info")
}

func TestAFailureNeverMovesTheLastSuccess(t *testing.T) {
	m, reg := newTestMetrics()
	m.LastSuccess("culture-masto", noon.Add(-48*time.Hour))
	m.Observe(pipeline.Outcome{Account: "culture-masto", Platform: pipeline.Mastodon, At: noon.Add(-2 * time.Hour), Calls: 3})
	m.LastSuccess("culture-masto", noon.Add(-24*time.Hour)) // older than what is known
	for range 2 {
		m.Observe(pipeline.Outcome{Account: "culture-masto", Platform: pipeline.Mastodon, At: noon, Calls: 1, Err: pipeline.ErrUnavailable})
	}
	m.Observe(pipeline.Outcome{Account: "culture-masto", Platform: pipeline.Mastodon, At: noon, Err: context.Canceled})

	// The feed was never read and the old one is closed: no sample, not a zero.
	const want = `
# HELP presencia_account_consecutive_failures Failed readings of the account since the last one that succeeded.
# TYPE presencia_account_consecutive_failures gauge
presencia_account_consecutive_failures{account="culture-masto",department="culture",platform="mastodon"} 2
# HELP presencia_account_freshness_seconds Age of what is known of the account.
# TYPE presencia_account_freshness_seconds gauge
presencia_account_freshness_seconds{account="culture-masto",department="culture",platform="mastodon"} 7200
# HELP presencia_account_info An account that the register has open; always 1.
# TYPE presencia_account_info gauge
presencia_account_info{account="culture-masto",department="culture",platform="mastodon"} 1
presencia_account_info{account="sports-feed",department="sports",platform="feed"} 1
# HELP presencia_account_last_success_timestamp_seconds When the account was last read; a failure does not change it, and an account never read has none.
# TYPE presencia_account_last_success_timestamp_seconds gauge
presencia_account_last_success_timestamp_seconds{account="culture-masto",department="culture",platform="mastodon"} 1.4187240e+09
`
	if err := testutil.CollectAndCompare(m.accounts, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	for how, want := range map[string]float64{"ok": 3, "unavailable": 2, "stopped": 0} {
		if got := testutil.ToFloat64(m.calls.WithLabelValues("mastodon", how)); got != want {
			t.Errorf("calls that ended %s: got %v, want %v", how, got, want)
		}
	}

	m.Observe(pipeline.Outcome{Account: "culture-masto", Platform: pipeline.Mastodon, At: noon})
	compare(t, reg, `
# HELP presencia_account_consecutive_failures Failed readings of the account since the last one that succeeded.
# TYPE presencia_account_consecutive_failures gauge
presencia_account_consecutive_failures{account="culture-masto",department="culture",platform="mastodon"} 0
`, "presencia_account_consecutive_failures")
}

func TestUnknownFollowersHaveNoSample(t *testing.T) {
	m, reg := newTestMetrics()
	m.SetPresence([]Presence{
		{Department: "culture", Platform: pipeline.Mastodon, Followers: pipeline.CountOf(0), Posts: pipeline.CountOf(12)},
		{Department: "sports", Platform: pipeline.Feed, Followers: pipeline.NoCount, Posts: pipeline.CountOf(3)},
		{Department: "sports", Platform: pipeline.Mastodon},
	})
	compare(t, reg, `
# HELP presencia_followers Followers, as last seen.
# TYPE presencia_followers gauge
presencia_followers{department="culture",platform="mastodon"} 0
# HELP presencia_posts Publications known.
# TYPE presencia_posts gauge
presencia_posts{department="culture",platform="mastodon"} 12
presencia_posts{department="sports",platform="feed"} 3
`, "presencia_followers", "presencia_posts")
}

func TestOutcome(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("account a: %w", err) }
	for want, o := range map[string]pipeline.Outcome{
		"ok":           {},
		"partial":      {Gaps: []pipeline.Gap{{Part: "messages", Cause: pipeline.ErrDenied}}},
		"gone":         {Err: wrap(pipeline.ErrGone)},
		"denied":       {Err: wrap(pipeline.ErrDenied)},
		"rate_limited": {Err: wrap(pipeline.ErrRateLimited)},
		"unavailable":  {Err: wrap(pipeline.ErrUnavailable)},
		"bad_answer":   {Err: wrap(pipeline.ErrBadAnswer)},
		"timeout":      {Err: wrap(context.DeadlineExceeded)},
		"stopped":      {Err: wrap(context.Canceled)},
		"failed":       {Err: errors.New("anything else")},
	} {
		if got := outcome(o); got != want {
			t.Errorf("outcome of %v: got %s, want %s", o.Err, got, want)
		}
	}
}

func TestRunsAndRows(t *testing.T) {
	m, _ := newTestMetrics()
	m.RunDone("collect", 3*time.Second, 120, nil)
	m.RunDone("collect", time.Second, 0, errors.New("store: disk full"))
	got := map[string]float64{
		"rows":   testutil.ToFloat64(m.rows),
		"ok":     testutil.ToFloat64(m.runs.WithLabelValues("collect", "ok")),
		"failed": testutil.ToFloat64(m.runs.WithLabelValues("collect", "failed")),
	}
	if diff := cmp.Diff(map[string]float64{"rows": 120, "ok": 1, "failed": 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesFollowTheConventions(t *testing.T) {
	m, reg := newTestMetrics()
	m.Schedule("collect", time.Hour)
	m.RunDone("collect", time.Second, 1, nil)
	m.Observe(pipeline.Outcome{Account: "culture-masto", Platform: pipeline.Mastodon, At: noon})
	m.SetPresence([]Presence{{Department: "culture", Platform: pipeline.Mastodon, Followers: pipeline.CountOf(1), Posts: pipeline.CountOf(1)}})
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
