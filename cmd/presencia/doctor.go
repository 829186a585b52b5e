package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/iter"

	"presencia/collectors"
	"presencia/pipeline"
)

type doctorCmd struct{}

// Help tells what the one line of the overview leaves out.
func (doctorCmd) Help() string {
	return `Looks at everything that a collection needs and says of each fault what to do. It changes nothing but the store's
own tables, which it brings up to date. Exit code 1 when something needs a person.

  presencia doctor`
}

// diagnosis is one thing looked at; an empty fault means that it is well.
type diagnosis struct{ subject, state, fault string }

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
		if note("guide", "", err) {
			all[len(all)-1].state = fmt.Sprintf("%d rules in force", len(g.Rules))
		}
	}
	note("engine and store", p.tryStore(ctx, c, &err), err)
	if r != nil {
		all = append(all, p.credentials(r)...)
		all = append(all, reach(ctx, r)...)
	}
	faults := 0
	for _, d := range all {
		if d.fault == "" {
			fmt.Fprintf(p.stdout, "well    %s: %s\n", d.subject, d.state)
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

func (p *program) tryStore(ctx context.Context, c *cli, err *error) string {
	db, e := p.openStore(ctx, c)
	if *err = e; e != nil {
		return ""
	}
	var rows []struct {
		Engine string `ch:"engine"`
		Runs   uint64 `ch:"runs"`
		Posts  uint64 `ch:"posts"`
	}
	*err = db.Select(ctx, &rows, "SELECT version() AS engine, (SELECT count() FROM runs) AS runs, (SELECT count() FROM post_contents) AS posts")
	*err = errors.Join(*err, db.Close())
	if *err != nil || len(rows) == 0 {
		return ""
	}
	return fmt.Sprintf("ClickHouse %s at %s, %d runs, %d posts", rows[0].Engine, c.Store, rows[0].Runs, rows[0].Posts)
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
		if _, err := p.credential(name); err != nil {
			d.fault = err.Error()
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
