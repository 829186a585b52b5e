package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/iter"

	"presencia/collectors"
	"presencia/pipeline"
	"presencia/pipeline/impact"
)

type doctorCmd struct{}

// Help tells what the one line of the overview leaves out.
func (doctorCmd) Help() string {
	return `Looks at everything that a collection needs and says of each fault what to do. It changes nothing but the store's
own tables, which it brings up to date. Exit code 1 when something needs a person.

Of each network it tells what reading has used in this month (UTC), what that comes to by the month's end at the same
pace, and what the register's budget allows (collection.platforms.NETWORK.budget). A budget is never exceeded:
collecting stops there and goes on in the next month, so a pace beyond it is told as a fault before that happens.

  presencia doctor`
}

// diagnosis is one thing looked at; an empty fault means that it is well. Advice is what could be better.
type diagnosis struct{ subject, state, fault, advice string }

func (doctorCmd) Run(ctx context.Context, p *program, c *cli) error {
	var all []diagnosis
	note := func(subject, state string, err error) bool {
		d := diagnosis{subject: subject, state: state}
		if err != nil {
			d.fault = err.Error()
		}
		all = append(all, d)
		return err == nil
	}
	r, _, err := p.readRegister(c)
	if note("register", fmt.Sprintf("%s is valid", c.Register), err) {
		all[0].state += fmt.Sprintf(": %d accounts of %d departments", len(r.Accounts), len(r.Departments))
		g, err := p.guide(c, r)
		if err == nil {
			err = errors.Join(g.Broken...) // rules that are left out for their mistakes
		}
		if note("guide", "", err) {
			all[len(all)-1].state = fmt.Sprintf("%d rules in force", len(g.Rules))
		}
	}
	if r != nil {
		all = append(all, p.examineStore(ctx, c, r)...)
		all = append(all, courses(c, r, p.now())...)
		all = append(all, p.credentials(r)...)
		all = append(all, reach(ctx, r)...)
	}
	faults := 0
	for _, d := range all {
		if d.fault == "" && d.advice == "" {
			fmt.Fprintf(p.stdout, "well    %s: %s\n", d.subject, d.state)
			continue
		}
		if d.fault == "" {
			fmt.Fprintf(p.stdout, "advice  %s: %s\n", d.subject, d.advice)
			continue
		}
		faults++
		fmt.Fprintf(p.stdout, "FAULT   %s: %s\n", d.subject, strings.ReplaceAll(d.fault, "\n", "\n        "))
	}
	if faults > 0 {
		return withCode(exitFindings, fmt.Errorf("%d of %d points need attention", faults, len(all)))
	}
	return nil
}

// examineStore opens the store and looks at what it knows of the accounts and of what reading has used.
func (p *program) examineStore(ctx context.Context, c *cli, r *pipeline.Register) (all []diagnosis) {
	opened := diagnosis{subject: "engine and store"}
	db, err := p.openStore(ctx, c)
	if err != nil {
		opened.fault = err.Error()
		return []diagnosis{opened}
	}
	defer func() {
		if err := db.Close(); err != nil {
			all = append(all, diagnosis{subject: "engine and store", fault: err.Error()})
		}
	}()
	var rows []struct {
		Engine string `ch:"engine"`
		Runs   uint64 `ch:"runs"`
		Posts  uint64 `ch:"posts"`
	}
	err = db.Select(ctx, &rows, "SELECT version() AS engine, (SELECT count() FROM runs) AS runs, (SELECT count() FROM post_contents) AS posts")
	if err != nil || len(rows) == 0 {
		opened.fault = fmt.Sprintf("it does not answer (%v)", err)
		return []diagnosis{opened}
	}
	opened.state = fmt.Sprintf("ClickHouse %s at %s, %d runs, %d posts", rows[0].Engine, c.Store, rows[0].Runs, rows[0].Posts)
	all = append(all, opened)
	now := p.now().UTC()
	known, err := db.Resume(ctx, now, now)
	if err != nil {
		return append(all, diagnosis{subject: "what is known of the accounts", fault: err.Error()})
	}
	var renamed []change
	err = db.Select(ctx, &renamed, `
		SELECT account, argMax(at, (c.at, c.after)) AS at, argMax(before, (c.at, c.after)) AS before, argMax(after, (c.at, c.after)) AS after
		FROM account_changes AS c
		WHERE change = 'renamed'
		GROUP BY account`)
	if err != nil {
		return append(all, diagnosis{subject: "what happened to the accounts", fault: err.Error()})
	}
	all = append(all, identities(r, known.Identities, renamed)...)
	for _, m := range known.Parked {
		all = append(all, diagnosis{subject: fmt.Sprintf("metric %s of %s", m.Metric, m.Platform),
			advice: fmt.Sprintf("set aside since %s and unknown in reports from then on, since the network refuses it (%s); it is asked for again 30 days after that", m.Since.Format(time.DateOnly), m.Cause)})
	}
	return append(all, budgets(r, known.Used, now)...)
}

// change is something that happened to an account, as the store has it.
type change struct {
	Account string    `ch:"account"`
	At      time.Time `ch:"at"`
	Before  string    `ch:"before"`
	After   string    `ch:"after"`
}

// identities says where the register no longer calls an account what its platform calls it, or could hold it faster.
func identities(r *pipeline.Register, known map[pipeline.AccountID]pipeline.Identity, renamed []change) (all []diagnosis) {
	name := func(handle string) string {
		name, _, _ := strings.Cut(pipeline.CanonicalHandle(handle), "@")
		return name
	}
	for _, a := range r.Accounts {
		i, ok := known[a.ID]
		if !ok || i.Asked != a.Asked() { // the register calls it otherwise by now
			continue
		}
		d := diagnosis{subject: "account " + string(a.ID)}
		n := slices.IndexFunc(renamed, func(c change) bool { return c.Account == string(a.ID) && name(c.Before) == name(a.Handle) })
		switch {
		case i.Gone:
			d.fault = fmt.Sprintf("%s does not exist on %s any more; write closed: with the day beside it in the register, or correct its handle", a.Handle, a.Platform)
		case n >= 0:
			d.fault = fmt.Sprintf("%s is called %s since %s; write that as its handle in the register", a.Handle, renamed[n].After, renamed[n].At.Format(time.DateOnly))
		case a.StableID == "" && i.StableID != "":
			d.advice = fmt.Sprintf("write stable_id: %q beside it in the register, so that a new handle does not lose it", i.StableID)
		case a.StableID != "" && i.StableID != "" && a.StableID != i.StableID:
			d.fault = fmt.Sprintf("its stable_id is %s in the register and %s on %s; correct the register, or the handle is of another account", a.StableID, i.StableID, a.Platform)
		default:
			continue
		}
		all = append(all, d)
	}
	return all
}

// budgets tells what reading has used in the month of a moment, and holds what it comes to against what is allowed.
func budgets(r *pipeline.Register, used map[pipeline.Platform]pipeline.Use, now time.Time) (all []diagnosis) {
	begin := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	end := begin.AddDate(0, 1, 0)
	gone := now.Sub(begin).Seconds() / end.Sub(begin).Seconds()
	for _, p := range pipeline.Platforms {
		b, u := r.Collection.Of(p).Budget, used[p]
		if u.Calls == 0 && u.Dollars == 0 && b.Calls == 0 && b.Euros == 0 {
			continue
		}
		d := diagnosis{subject: "use of " + string(p)}
		calls, euros := newPace(float64(u.Calls), float64(b.Calls), gone), newPace(inEuros(b, u.Dollars), b.Euros, gone)
		d.state = "in " + begin.Format("2006-01") + " " + calls.tell("calls", 0)
		if u.Dollars > 0 || b.Euros > 0 {
			d.state += "; " + euros.tell("euros", 2)
		}
		if runsOut := min(calls.runsOut(), euros.runsOut()); runsOut < 1 {
			at := begin.Add(time.Duration(runsOut * float64(end.Sub(begin))))
			when := "is used up on " + at.Format(time.DateOnly)
			if !at.After(now) {
				when = "is used up"
			}
			d.fault = fmt.Sprintf("%s; at this pace the budget %s and reading stops until %s: read less often (collection.platforms.%s.revisit, serve --every), or raise collection.platforms.%[4]s.budget",
				d.state, when, end.Format(time.DateOnly), p)
		}
		all = append(all, d)
	}
	return all
}

// courses says what each course lacks to be evaluated.
func courses(c *cli, r *pipeline.Register, now time.Time) (all []diagnosis) {
	zone := r.Institution.Location()
	for _, k := range r.Courses {
		d := diagnosis{subject: "course " + k.ID}
		groups := map[pipeline.Group]int{}
		for _, x := range r.Departments {
			if slices.ContainsFunc(r.Accounts, func(a pipeline.Account) bool { return a.Department == x.ID }) {
				groups[x.Group]++
			}
		}
		_, err := os.Stat(planPath(c, k.ID))
		switch {
		case groups[pipeline.Participant] < impact.MinUnits || groups[pipeline.Comparison] < impact.MinUnits:
			d.advice = fmt.Sprintf("%s with accounts took part and %d are there to compare with; with fewer than %d in either group it cannot be answered what the course changed: write group: participant or comparison beside the departments",
				plural(groups[pipeline.Participant], "department"), groups[pipeline.Comparison], impact.MinUnits)
		case err == nil:
			d.state = "its evaluation is planned in " + planPath(c, k.ID)
		case now.Before(k.Start.In(zone)):
			d.advice = fmt.Sprintf("it begins on %s: write what it will be judged by before that, 'presencia course plan %s'", k.Start, k.ID)
		default:
			d.advice = fmt.Sprintf("it began on %s and no plan says what it will be judged by: write it now, 'presencia course plan %s'; without one all results are exploratory", k.Start, k.ID)
		}
		all = append(all, d)
	}
	return all
}

// pace is what was used in the part of the month that is gone.
type pace struct{ used, most, gone float64 }

func newPace(used, most, gone float64) pace { return pace{used, most, gone} }

// early is the part of a month before which a pace says nothing: a first reading takes more than all later ones.
const early = 1.0 / 15

func (x pace) tell(what string, decimals int) string {
	s := fmt.Sprintf("%.*f %s used", decimals, x.used, what)
	if x.most > 0 {
		s = fmt.Sprintf("%.*f of %.*f %s used", decimals, x.used, decimals, x.most, what)
	}
	if x.gone < early {
		return s + ", too early for a forecast"
	}
	return s + fmt.Sprintf(", %.*f by its end at this pace", decimals, x.used/x.gone)
}

// runsOut is the part of the month after which nothing is left; 1 or more: something always is.
func (x pace) runsOut() float64 {
	switch {
	case x.most <= 0 || x.used <= 0:
		return 1
	case x.used >= x.most:
		return 0
	case x.gone < early:
		return 1
	}
	return x.most / x.used * x.gone
}

// inEuros is what a platform's price in dollars comes to by the register's rate.
func inEuros(b pipeline.Budget, dollars float64) float64 {
	if b.EurosPerDollar > 0 {
		return dollars * b.EurosPerDollar
	}
	return dollars
}

// credentials looks whether each secret that the register names is there.
func (p *program) credentials(r *pipeline.Register) []diagnosis {
	names := map[string]bool{}
	for _, a := range r.Accounts {
		if a.Credential != "" {
			names[a.Credential] = true
		}
	}
	var all []diagnosis
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := diagnosis{subject: "credential " + name, state: "set"}
		content, err := p.credential(name)
		var ends time.Time
		var renewable bool
		if err == nil {
			ends, renewable, err = collectors.Expiry(content)
		}
		left := ends.Sub(p.now())
		switch day := ends.UTC().Format(time.DateOnly); {
		case err != nil:
			d.fault = err.Error()
		case ends.IsZero():
		case renewable:
			d.state = fmt.Sprintf("set, ends on %s and is renewed before where its network allows that", day)
		case left <= 0:
			d.fault = fmt.Sprintf("its token ended on %s: make a new one at the network and put it in PRESENCIA_TOKEN_%s", day, name)
		case left < collectors.ExpirySoon:
			d.fault = fmt.Sprintf("its token ends on %s, in %s: make a new one at the network and put it in PRESENCIA_TOKEN_%s", day, plural(int(left.Hours()/24), "day"), name)
		default:
			d.state = "set, ends on " + day
		}
		all = append(all, d)
	}
	return all
}

// reach opens a connection to each server of the register.
func reach(ctx context.Context, r *pipeline.Register) []diagnosis {
	collected := collectors.All(collectors.Options{})
	servers := map[string]bool{}
	var all []diagnosis
	for _, a := range r.Accounts {
		if _, ok := collected[a.Platform]; !ok {
			all = append(all, diagnosis{subject: "account " + string(a.ID), state: fmt.Sprintf("%s is not read live yet; its history can be imported", a.Platform)})
			continue
		}
		if address := serverOf(a); address != "" {
			servers[address] = true
		}
	}
	addresses := slices.Sorted(maps.Keys(servers))
	return append(all, iter.Map(addresses, func(address *string) diagnosis {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		d := diagnosis{subject: "server " + *address, state: "answers"}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", *address)
		if err != nil {
			d.fault = fmt.Sprintf("no connection (%v): look at the address in the register and at this machine's way out to the network", err)
			return d
		}
		conn.Close()
		return d
	})...)
}

// serverOf is the host and port that an account is read from.
func serverOf(a pipeline.Account) string {
	host := a.Server
	if host == "" {
		_, host, _ = strings.Cut(pipeline.CanonicalHandle(a.Handle), "@")
	}
	if host == "" {
		return ""
	}
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80"}[u.Scheme]
	}
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
