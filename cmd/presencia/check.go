package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/stream"

	"presencia/pipeline"
	"presencia/pipeline/check"
)

type checkCmd struct {
	Months checkMonthsCmd `cmd:"" default:"withargs" help:"Month by month against the guide; this is what 'check' alone does."`
	Next   checkNextCmd   `cmd:"" help:"What each account should mend first."`
	Tick   checkTickCmd   `cmd:"" help:"Say what a person has reviewed, where no machine can judge."`
}

// Help tells what the one line of the overview leaves out.
func (checkCmd) Help() string {
	return `Reads each month of each account from the store and holds it against the rules in force. A rule that needs a field
which the network does not give is not evaluable: neither passed nor failed. A rule that breaks costs nobody but itself
and is named at the end. Every run is kept, so after a change of the guide this same command judges the past anew; what
was judged before stays in the store. 'presencia check months --help' lists the options.

  presencia check
  presencia check --from 2014-01 --to 2014-12 --account turismo
  presencia check --format csv > findings.csv
  presencia check --fail-on high
  presencia check --explain post-hashtag-max
  presencia check next
  presencia check tick --list`
}

type checkMonthsCmd struct {
	From    string   `help:"First month; by default that of the oldest post." placeholder:"YYYY-MM"`
	To      string   `help:"Last month; by default the present one." placeholder:"YYYY-MM"`
	Account []string `help:"Only these accounts of the register, and not the institution as a whole." placeholder:"ID"`
	Rule    []string `help:"Show only these rules; all are checked and stored." placeholder:"ID"`
	Format  string   `help:"table: the last month by rule, and the sum of all. json, csv, junit: each finding of the last month, or of all from --from to --to." enum:"table,json,csv,junit" default:"table"`
	Verdict []string `help:"The findings that json and csv list." enum:"fail,warn,pass,not_evaluable,not_applicable" default:"fail,warn" placeholder:"VERDICT"`
	FailOn  string   `help:"Exit code 1 where a rule of this severity, or a worse one, fails in the last month, or from --from to --to: crit, high, med, low or never." enum:"crit,high,med,low,never" default:"never" placeholder:"SEVERITY"`
	Explain string   `help:"Check nothing; tell what a rule asks, why, its values with their origin, and how to comply." placeholder:"RULE"`
}

// severities by how bad they are, the worst first.
var severities = []string{"crit", "high", "med", "low", "info"}

func (cmd *checkMonthsCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	if cmd.Explain != "" {
		return (&guideShowCmd{ID: cmd.Explain}).Run(p, c)
	}
	r, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	g, err := p.guide(c, r)
	if err != nil {
		return err
	}
	for _, id := range cmd.Rule {
		if !slices.ContainsFunc(g.Rules, func(r check.Rule) bool { return r.ID == id }) {
			return withCode(exitUsage, fmt.Errorf("there is no rule %q in force; 'presencia guide' lists them", id))
		}
	}
	only := map[pipeline.AccountID]bool{}
	for _, id := range cmd.Account {
		if _, ok := r.Account(pipeline.AccountID(id)); !ok {
			return withCode(exitUsage, fmt.Errorf("the register has no account %q", id))
		}
		only[pipeline.AccountID(id)] = true
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	sh := &showing{cmd: cmd, site: s, guide: g, last: newTally(g), total: newTally(g)}
	if sh.months, err = s.months(ctx, cmd.From, cmd.To); err != nil {
		return err
	}
	if sh.out, err = newFindings(cmd.Format, s.stdout); err != nil {
		return err
	}
	if err := s.judge(ctx, g, sh.months, only, sh.hear); err != nil {
		return err
	}
	return sh.end()
}

// months lists the calendar months between two names; empty names mean all that the store has posts of.
func (s *site) months(ctx context.Context, first, last string) ([]pipeline.Window, error) {
	var span []struct {
		First time.Time `ch:"first"`
		Posts uint64    `ch:"posts"`
	}
	if err := s.db.Select(ctx, &span, "SELECT min(created) AS first, count() AS posts FROM post_contents"); err != nil {
		return nil, fmt.Errorf("find the oldest post: %w", err)
	}
	from, to := s.now().In(s.zone), s.now().In(s.zone)
	if len(span) == 1 && span[0].Posts > 0 {
		from = span[0].First.In(s.zone)
	}
	for _, m := range []struct {
		text string
		at   *time.Time
	}{{first, &from}, {last, &to}} {
		if m.text == "" {
			continue
		}
		w, err := pipeline.ParseMonth(m.text, s.zone)
		if err != nil {
			return nil, withCode(exitUsage, err)
		}
		*m.at = w.From
	}
	var months []pipeline.Window
	for w := pipeline.Month(from.Year(), from.Month(), s.zone); !w.From.After(to); w = pipeline.Month(w.To.Year(), w.To.Month(), s.zone) {
		months = append(months, w)
	}
	if len(months) == 0 {
		return nil, withCode(exitUsage, fmt.Errorf("--from %s lies after --to %s", cmp.Or(first, from.Format("2006-01")), cmp.Or(last, "the present month")))
	}
	return months, nil
}

// tally counts verdicts by rule.
type tally map[string]*[pipeline.Fail + 1]int

func newTally(g *check.Guide) tally {
	t := tally{}
	for _, r := range g.Rules {
		t[r.ID] = new([pipeline.Fail + 1]int)
	}
	return t
}

// check holds every account of the register against the guide, month by month, in one run.
func (s *site) check(ctx context.Context, c *cli, months []pipeline.Window) (tally, error) {
	g, err := s.guide(c, s.register)
	if err != nil {
		return nil, err
	}
	counts := newTally(g)
	err = s.judge(ctx, g, months, nil, func(_ int, j pipeline.Judged) error {
		for i, v := range j.Verdicts {
			counts[g.Rules[i].ID][v]++
		}
		return nil
	})
	return counts, err
}

// judge holds accounts against a guide, month by month, and stores what comes of it as one run. hear learns of each
// judgement with the place of its month, in order. An empty list of accounts means all, and the institution.
func (s *site) judge(ctx context.Context, g *check.Guide, months []pipeline.Window, only map[pipeline.AccountID]bool, hear func(month int, j pipeline.Judged) error) error {
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // most of what checks make is thrown away at once, and little stays
	at := s.now().UTC()
	judged := func(yield func(pipeline.Judged, error) bool) {
		for r, err := range s.judgements(ctx, g, months, only, at) {
			for _, j := range r.judged {
				if err == nil {
					err = hear(r.month, j)
				}
				if !yield(j, err) || err != nil {
					return
				}
			}
			if err != nil {
				yield(pipeline.Judged{}, err)
				return
			}
		}
	}
	info := pipeline.RunInfo{ID: runID("check", at), Kind: "check", Started: at, Register: s.register.Version}
	_, err := s.db.SaveVerdicts(ctx, info, g.State(), judged, s.now)
	return err
}

// accountMonth is what was found of one account, or of the institution, in one month.
type accountMonth struct {
	month  int
	judged []pipeline.Judged
}

// monthSubjects is what is to be judged of one month.
type monthSubjects struct {
	month    int
	subjects []pipeline.Subject
	err      error
}

// judgements checks accounts side by side, as many as there are processors, and yields what comes of it in order, months
// and accounts. What is not asked for yet is not read: two months are held at most.
func (s *site) judgements(ctx context.Context, g *check.Guide, months []pipeline.Window, only map[pipeline.AccountID]bool, at time.Time) iter.Seq2[accountMonth, error] {
	return func(yield func(accountMonth, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		done := make(chan accountMonth)
		ahead := make(chan monthSubjects) // the next month is read while one is judged: two are in memory
		var failed error
		var running conc.WaitGroup
		defer running.Wait()
		defer stop()
		running.Go(func() {
			defer close(ahead)
			for i, m := range months {
				r := monthSubjects{month: i}
				for subject, err := range s.db.Subjects(ctx, s.register, m) {
					if r.err = cmp.Or(err, ctx.Err()); r.err != nil {
						break
					}
					if len(only) == 0 || only[subject.Account.ID] {
						r.subjects = append(r.subjects, subject)
					}
				}
				select {
				case ahead <- r:
				case <-ctx.Done():
					return
				}
				if r.err != nil {
					return
				}
			}
		})
		running.Go(func() {
			defer close(done)
			work := stream.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
			defer work.Wait()
			for r := range ahead {
				if r.err != nil {
					failed = r.err
					return
				}
				for _, subject := range r.subjects {
					if ctx.Err() != nil {
						return
					}
					work.Go(func() stream.Callback {
						judged := accountMonth{r.month, g.Check(subject, at)}
						return func() {
							select {
							case done <- judged:
							case <-ctx.Done():
							}
						}
					})
				}
			}
		})
		for r := range done {
			if !yield(r, nil) {
				return
			}
		}
		if failed == nil {
			failed = ctx.Err()
		}
		if failed != nil {
			yield(accountMonth{}, failed)
		}
	}
}

// showing is what 'check' tells of its run.
type showing struct {
	*site
	cmd         *checkMonthsCmd
	guide       *check.Guide
	months      []pipeline.Window
	last, total tally
	failing     int // verdicts that --fail-on is about
	out         findings
	broken      map[string]string // how a rule broke first
	times       map[string]int    // and how often
}

// shows tells whether findings of a month are listed, and count for the exit code.
func (sh *showing) shows(month int) bool {
	return sh.cmd.From+sh.cmd.To != "" || month == len(sh.months)-1
}

func (sh *showing) hear(month int, j pipeline.Judged) error {
	for i, v := range j.Verdicts {
		r := &sh.guide.Rules[i]
		sh.total[r.ID][v]++
		if month == len(sh.months)-1 {
			sh.last[r.ID][v]++
		}
		if v == pipeline.Fail && sh.shows(month) && sh.asked(r.ID) && slices.Index(severities, r.Severity) <= slices.Index(severities, sh.cmd.FailOn) {
			sh.failing++
		}
	}
	for _, e := range j.Evidence {
		if how, yes := check.Broke(e.Text); yes {
			sh.broke(sh.guide.Rules[e.Rule].ID, j, how)
		}
	}
	if sh.out == nil || !sh.shows(month) {
		return nil
	}
	for _, f := range sh.guide.State().Findings(j) {
		if !sh.asked(f.ID) {
			continue
		}
		if err := sh.out.add(f, slices.Contains(sh.cmd.Verdict, f.Verdict.String())); err != nil {
			return err
		}
	}
	return nil
}

func (sh *showing) asked(rule string) bool {
	return len(sh.cmd.Rule) == 0 || slices.Contains(sh.cmd.Rule, rule)
}

func (sh *showing) broke(rule string, j pipeline.Judged, how string) {
	if sh.broken == nil {
		sh.broken, sh.times = map[string]string{}, map[string]int{}
	}
	if sh.times[rule]++; sh.times[rule] == 1 {
		sh.broken[rule] = fmt.Sprintf("%s, first on %s", how, strings.TrimSpace(cmp.Or(string(j.Account), "the institution")+" "+j.Subject))
	}
}

func (sh *showing) end() error {
	if sh.out == nil {
		sh.table()
	} else if err := sh.out.end(); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	for _, rule := range sortedKeys(sh.broken) {
		fmt.Fprintf(sh.stderr, "broken: %s could not be evaluated %s: %s\n", rule, plural(sh.times[rule], "time"), sh.broken[rule])
	}
	for _, mistake := range sh.guide.Broken {
		fmt.Fprintf(sh.stderr, "left out: %v\n", mistake)
	}
	if sh.failing > 0 {
		return withCode(exitFindings, fmt.Errorf("%s of severity %s or worse failed", plural(sh.failing, "check"), sh.cmd.FailOn))
	}
	return nil
}

// table is the last month rule by rule, the gravest first, and the sum of all months.
func (sh *showing) table() {
	rules := slices.Clone(sh.guide.Rules)
	slices.SortStableFunc(rules, func(a, b check.Rule) int {
		return cmp.Or(cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)), cmp.Compare(a.ID, b.ID))
	})
	width := len("rule")
	for _, r := range rules {
		width = max(width, len(r.ID))
	}
	month := sh.months[len(sh.months)-1].From.In(sh.zone).Format("2006-01")
	fmt.Fprintf(sh.stdout, "%s\n\n%-8s  %-*s %8s %8s %8s %14s %15s %8s\n", month, "severity", width, "rule", "pass", "warn", "fail", "not evaluable", "not applicable", "passed")
	var sum, whole [pipeline.Fail + 1]int
	shown, idle := 0, 0
	for _, r := range rules {
		if !sh.asked(r.ID) {
			continue
		}
		shown++
		n := sh.last[r.ID]
		for v := range n {
			sum[v] += n[v]
			whole[v] += sh.total[r.ID][v]
		}
		if n[pipeline.Pass]+n[pipeline.Warn]+n[pipeline.Fail]+n[pipeline.NotEvaluable]+n[pipeline.NotApplies] == 0 {
			idle++
			continue
		}
		sh.row(r.Severity, width, r.ID, n)
	}
	sh.row("", width, "all", &sum)
	if len(sh.months) > 1 {
		sh.row("", width, "all of "+plural(len(sh.months), "month"), &whole)
	}
	accounts := cmp.Or(len(sh.cmd.Account), len(sh.register.Accounts))
	fmt.Fprintf(sh.stdout, "\n%s, %s, %s since %s", plural(shown, "rule"), plural(accounts, "account"), plural(len(sh.months), "month"), sh.months[0].From.In(sh.zone).Format("2006-01"))
	if idle > 0 {
		fmt.Fprintf(sh.stdout, "; %s had nothing to judge", plural(idle, "rule"))
	}
	fmt.Fprintln(sh.stdout, ".\nThe single findings: presencia check --format csv, and what to do about a rule: presencia check --explain RULE")
}

func (sh *showing) row(severity string, width int, name string, n *[pipeline.Fail + 1]int) {
	passed := "-"
	if evaluable := n[pipeline.Pass] + n[pipeline.Warn] + n[pipeline.Fail]; evaluable > 0 {
		passed = fmt.Sprintf("%.1f%%", 100*float64(n[pipeline.Pass])/float64(evaluable))
	}
	fmt.Fprintf(sh.stdout, "%-8s  %-*s %8d %8d %8d %14d %15d %8s\n", severity, width, name,
		n[pipeline.Pass], n[pipeline.Warn], n[pipeline.Fail], n[pipeline.NotEvaluable], n[pipeline.NotApplies], passed)
}
