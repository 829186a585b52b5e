package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"presencia/pipeline"
)

// Metrics is what the daemon tells Prometheus. Accounts are named by their id in the register, never by a handle, and
// every label value comes from the register or from this file. What is not known has no sample.
type Metrics struct {
	readings    *prometheus.CounterVec
	calls       *prometheus.CounterVec
	runs        *prometheus.CounterVec
	rows        prometheus.Counter
	runDuration *prometheus.HistogramVec
	runInterval *prometheus.GaugeVec
	accounts    *accountCollector
	presence    *presenceCollector
}

// outcomes are the ways in which the reading of an account can end.
var outcomes = []string{"ok", "partial", "gone", "denied", "rate_limited", "unavailable", "bad_answer", "timeout", "stopped", "failed"}

func outcome(o pipeline.Outcome) string {
	switch {
	case o.Err == nil && len(o.Gaps) > 0:
		return "partial"
	case o.Err == nil:
		return "ok"
	case errors.Is(o.Err, pipeline.ErrGone):
		return "gone"
	case errors.Is(o.Err, pipeline.ErrDenied):
		return "denied"
	case errors.Is(o.Err, pipeline.ErrRateLimited):
		return "rate_limited"
	case errors.Is(o.Err, pipeline.ErrUnavailable):
		return "unavailable"
	case errors.Is(o.Err, pipeline.ErrBadAnswer):
		return "bad_answer"
	case errors.Is(o.Err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(o.Err, context.Canceled):
		return "stopped"
	}
	return "failed"
}

// NewMetrics registers the metrics on reg, for the accounts that the daemon reads. Every pair of platform and outcome exists
// from the start, so that the first failure is an increase. now is asked at each scrape.
func NewMetrics(reg prometheus.Registerer, accounts []pipeline.Account, version string, now func() time.Time) *Metrics {
	auto := promauto.With(reg)
	m := &Metrics{
		readings: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "presencia_readings_total",
			Help: "Readings of an account, by how they ended.",
		}, []string{"platform", "outcome"}),
		calls: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "presencia_calls_total",
			Help: "Requests sent to platforms, by how the reading of the account that needed them ended.",
		}, []string{"platform", "outcome"}),
		runs: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "presencia_runs_total",
			Help: "Runs of a job, by result; a run is ok although single accounts failed.",
		}, []string{"kind", "result"}),
		rows: auto.NewCounter(prometheus.CounterOpts{
			Name: "presencia_rows_written_total",
			Help: "Rows written to the store.",
		}),
		runDuration: auto.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "presencia_run_duration_seconds",
			Help:    "How long a run of a job took.",
			Buckets: prometheus.ExponentialBuckets(0.5, 2, 13), // half a second to an hour and eight minutes
		}, []string{"kind"}),
		runInterval: auto.NewGaugeVec(prometheus.GaugeOpts{
			Name: "presencia_run_interval_seconds",
			Help: "Time from the start of one run of a job to the start of the next, as configured.",
		}, []string{"kind"}),
		accounts: newAccountCollector(accounts, now),
		presence: newPresenceCollector(),
	}
	auto.NewGauge(prometheus.GaugeOpts{
		Name:        "presencia_build_info",
		Help:        "The version that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version},
	}).Set(1)
	reg.MustRegister(m.accounts, m.presence, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, a := range accounts {
		for _, o := range outcomes {
			m.readings.WithLabelValues(string(a.Platform), o)
			m.calls.WithLabelValues(string(a.Platform), o)
		}
	}
	return m
}

// Observe counts the reading of an account. It is made for [pipeline.Runner.Observe] and safe for concurrent use.
func (m *Metrics) Observe(o pipeline.Outcome) {
	how := outcome(o)
	m.readings.WithLabelValues(string(o.Platform), how).Inc()
	m.calls.WithLabelValues(string(o.Platform), how).Add(float64(o.Calls))
	if how != "stopped" { // by us: it says nothing about the account
		m.accounts.observe(o)
	}
}

// LastSuccess tells when an account was last read, as the store knows it from before the daemon started. An earlier
// moment than the one known changes nothing.
func (m *Metrics) LastSuccess(account pipeline.AccountID, at time.Time) {
	m.accounts.succeeded(account, at)
}

// SetPresence replaces the headline figures.
func (m *Metrics) SetPresence(p []Presence) { m.presence.set(p) }

// Schedule announces a job, so that its interval is known and its counters start at zero.
func (m *Metrics) Schedule(kind string, every time.Duration) {
	m.runInterval.WithLabelValues(kind).Set(every.Seconds())
	m.runs.WithLabelValues(kind, "ok")
	m.runs.WithLabelValues(kind, "failed")
	m.runDuration.WithLabelValues(kind)
}

// RunDone counts a run of a job: how long it took, the rows it wrote, and its error.
func (m *Metrics) RunDone(kind string, took time.Duration, rows int, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.runs.WithLabelValues(kind, result).Inc()
	m.runDuration.WithLabelValues(kind).Observe(took.Seconds())
	m.rows.Add(float64(rows))
}

// accountCollector answers for each account that the register has open at the moment of the scrape; those closed
// since vanish by themselves.
type accountCollector struct {
	accounts []pipeline.Account
	now      func() time.Time

	info, lastSuccess, freshness, failures *prometheus.Desc

	mu   sync.Mutex
	seen map[pipeline.AccountID]sight
}

// sight is what is known of the readings of an account.
type sight struct {
	success time.Time // zero: never read
	failed  int       // failures since then
	tried   bool      // read, or failed to, since the daemon started
}

func newAccountCollector(accounts []pipeline.Account, now func() time.Time) *accountCollector {
	labels := []string{"account", "platform", "department"}
	return &accountCollector{
		accounts: accounts,
		now:      now,
		info: prometheus.NewDesc("presencia_account_info",
			"An account that the register has open; always 1.", labels, nil),
		lastSuccess: prometheus.NewDesc("presencia_account_last_success_timestamp_seconds",
			"When the account was last read; a failure does not change it, and an account never read has none.", labels, nil),
		freshness: prometheus.NewDesc("presencia_account_freshness_seconds",
			"Age of what is known of the account.", labels, nil),
		failures: prometheus.NewDesc("presencia_account_consecutive_failures",
			"Failed readings of the account since the last one that succeeded.", labels, nil),
		seen: make(map[pipeline.AccountID]sight, len(accounts)),
	}
}

func (c *accountCollector) observe(o pipeline.Outcome) {
	if o.Err == nil {
		c.succeeded(o.Account, o.At)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seen[o.Account]
	s.tried = true
	if s.failed++; o.Err == nil {
		s.failed = 0
	}
	c.seen[o.Account] = s
}

func (c *accountCollector) succeeded(id pipeline.AccountID, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.seen[id]; at.After(s.success) {
		s.success = at
		c.seen[id] = s
	}
}

func (c *accountCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.info, c.lastSuccess, c.freshness, c.failures} {
		ch <- d
	}
}

func (c *accountCollector) Collect(ch chan<- prometheus.Metric) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.accounts {
		if !a.Active(now) {
			continue
		}
		gauge := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, string(a.ID), string(a.Platform), a.Department)
		}
		gauge(c.info, 1)
		s := c.seen[a.ID]
		if !s.success.IsZero() {
			gauge(c.lastSuccess, float64(s.success.UnixMilli())/1000)
			gauge(c.freshness, now.Sub(s.success).Seconds())
		}
		if s.tried {
			gauge(c.failures, float64(s.failed))
		}
	}
}

// Presence is the headline of one department on one platform.
type Presence struct {
	Department string
	Platform   pipeline.Platform
	Followers  pipeline.Count
	Posts      pipeline.Count // publications known to the store
}

type presenceCollector struct {
	followers, posts *prometheus.Desc

	mu      sync.Mutex
	figures []Presence
}

func newPresenceCollector() *presenceCollector {
	labels := []string{"department", "platform"}
	return &presenceCollector{
		followers: prometheus.NewDesc("presencia_followers", "Followers, as last seen.", labels, nil),
		posts:     prometheus.NewDesc("presencia_posts", "Publications known.", labels, nil),
	}
}

func (c *presenceCollector) set(p []Presence) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.figures = p
}

func (c *presenceCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.followers
	ch <- c.posts
}

func (c *presenceCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.figures {
		gauge := func(d *prometheus.Desc, n pipeline.Count) {
			if v, known := n.Get(); known {
				ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), p.Department, string(p.Platform))
			}
		}
		gauge(c.followers, p.Followers)
		gauge(c.posts, p.Posts)
	}
}
