package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"presencia/collectors"
	"presencia/pipeline"
)

type collectCmd struct {
	Account []string `help:"Only these accounts of the register." placeholder:"ID"`
	Since   string   `help:"On an account's first reading, go back to this day." placeholder:"YYYY-MM-DD"`
	Web     bool     `help:"Look afterwards at the web addresses that posts, profiles and the register name." default:"true" negatable:""`
}

// Help tells what the one line of the overview leaves out.
func (collectCmd) Help() string {
	return `Every account that is open is read at the same time as the others, within the limits of its server. A second
collection brings only what is new and the fresh figures of posts that have come to an age of the register's schedule
(collection.revisit). An account that fails stops nobody; it is named at the end, and the exit code is 4 (5 when none
could be read). A budget of the register is never exceeded: what it stops goes on in the next month. What happened to
an account itself is told: another handle, another image, gone, back, or a handle that somebody else has now.

Afterwards up to 200 web addresses that nobody has looked at yet are looked at, for the rules on links and images: links of
new posts and of profiles, images of profiles, and every week the register's pages. --no-web leaves that out.

  presencia collect
  presencia collect --account turismo --since 2013-01-01`
}

func (cmd *collectCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	var since time.Time
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if cmd.Since != "" {
		d, err := pipeline.ParseDate(cmd.Since)
		if err != nil {
			return withCode(exitUsage, err)
		}
		since = d.In(s.zone)
	}
	accounts, err := s.choose(cmd.Account)
	if err != nil {
		return withCode(exitUsage, err)
	}
	outcomes, err := s.collect(ctx, accounts, since, nil)
	if err != nil {
		return err
	}
	err = s.tell(outcomes)
	if cmd.Web && ctx.Err() == nil {
		seen, failed := s.look(ctx, false)
		if err = errors.Join(err, failed); seen != (looked{}) {
			fmt.Fprintln(s.stdout, seen)
		}
	}
	return err
}

// live are the open accounts that can be read, and how many more there are on networks that cannot be read yet.
func (s *site) live() (accounts []pipeline.Account, others int) {
	readable := map[pipeline.Platform]bool{}
	for _, c := range collectors.Capabilities() {
		readable[c.Platform] = true
	}
	for _, a := range s.register.Accounts {
		switch {
		case !a.Active(s.now()):
		case readable[a.Platform]:
			accounts = append(accounts, a)
		default:
			others++
		}
	}
	return accounts, others
}

// choose picks accounts by id; none named means every account that is open and can be read.
func (s *site) choose(ids []string) ([]pipeline.Account, error) {
	if len(ids) == 0 {
		accounts, others := s.live()
		if others > 0 {
			fmt.Fprintf(s.stderr, "%s on networks that are not read live yet: 'presencia import' brings their history\n", plural(others, "account"))
		}
		if len(accounts) == 0 {
			return nil, errors.New("the register has no open account that can be read live")
		}
		return accounts, nil
	}
	var chosen []pipeline.Account
	for _, id := range ids {
		a, ok := s.register.Account(pipeline.AccountID(id))
		if !ok {
			return nil, fmt.Errorf("the register has no account %q; it has %s", id, s.accountIDs())
		}
		if !slices.ContainsFunc(chosen, func(b pipeline.Account) bool { return b.ID == a.ID }) { // named twice
			chosen = append(chosen, a)
		}
	}
	return chosen, nil
}

func (s *site) accountIDs() string {
	const most = 12
	var ids []string
	for _, a := range s.register.Accounts {
		ids = append(ids, string(a.ID))
	}
	slices.Sort(ids)
	if len(ids) > most {
		return fmt.Sprintf("%v and %d more", ids[:most], len(ids)-most)
	}
	return fmt.Sprint(ids)
}

// collect runs one collection at this moment.
func (s *site) collect(ctx context.Context, accounts []pipeline.Account, since time.Time, observe func(pipeline.Outcome)) ([]pipeline.Outcome, error) {
	at := s.now().UTC()
	info := pipeline.RunInfo{ID: runID("collect", at), Kind: "collect", Started: at, Register: s.register.Version}
	return s.runner(observe).Run(ctx, info, accounts, since)
}

// tell prints what a collection brought; the error says how many accounts failed.
func (s *site) tell(outcomes []pipeline.Outcome) error {
	var posts, messages, calls, failed int
	var euros float64
	stopped := map[pipeline.Platform]string{} // by the budget
	parked := map[string]bool{}
	for _, o := range outcomes {
		posts, messages, calls = posts+o.Posts, messages+o.Messages, calls+o.Calls
		euros += inEuros(s.register.Collection.Of(o.Platform).Budget, o.Cost)
		for _, c := range o.Changes {
			fmt.Fprintf(s.stderr, "changed: %s (%s): %s\n", o.Account, o.Platform, s.happened(o.Account, c))
		}
		for _, m := range o.Parked {
			if key := string(m.Platform) + " " + m.Metric; !parked[key] {
				parked[key] = true
				fmt.Fprintf(s.stderr, "set aside: the metric %s of %s since %s, it is refused (%s); it stays unknown and is asked for again in 30 days\n",
					m.Metric, m.Platform, m.Since.In(s.zone).Format(time.DateOnly), m.Cause)
			}
		}
		budget := false
		for _, err := range append([]error{o.Err}, causes(o.Gaps)...) {
			if errors.Is(err, pipeline.ErrBudget) {
				budget = true
				stopped[o.Platform] = cmp.Or(stopped[o.Platform], budgetOf(err))
			}
		}
		if o.Err != nil {
			failed++
			if budget {
				fmt.Fprintf(s.stderr, "not read: %s (%s): the budget is used up\n", o.Account, o.Platform)
			} else {
				fmt.Fprintf(s.stderr, "not read: %s (%s): %v\n", o.Account, o.Platform, o.Err)
			}
		}
		for _, g := range o.Gaps {
			fmt.Fprintf(s.stderr, "incomplete: %s (%s): %s: %v\n", o.Account, o.Platform, g.Part, g.Cause)
		}
	}
	for _, p := range sortedKeys(stopped) {
		fmt.Fprintf(s.stderr, "budget: %s: %s\n", p, stopped[p])
	}
	cost := ""
	if euros > 0 {
		cost = fmt.Sprintf(", %.2f euros", euros)
	}
	fmt.Fprintf(s.stdout, "%d of %d accounts read: %d posts and %d messages seen, %d requests%s.\n", len(outcomes)-failed, len(outcomes), posts, messages, calls, cost)
	switch {
	case failed == 0:
		return nil
	case failed == len(outcomes):
		return withCode(exitAllFailed, errors.New("no account could be read; 'presencia doctor' looks for the reason"))
	}
	return withCode(exitSomeFailed, fmt.Errorf("%d of %d accounts could not be read; the others are stored", failed, len(outcomes)))
}

func causes(gaps []pipeline.Gap) []error {
	all := make([]error, len(gaps))
	for i, g := range gaps {
		all[i] = g.Cause
	}
	return all
}

// budgetOf is what stopped the reading of a platform, without what was being read.
func budgetOf(err error) string {
	text := err.Error()
	return text[max(0, strings.Index(text, pipeline.ErrBudget.Error())):]
}

// happened says what happened to an account, and what to do.
func (s *site) happened(id pipeline.AccountID, c pipeline.Change) string {
	switch a, _ := s.register.Account(id); c.Kind {
	case pipeline.Renamed:
		return fmt.Sprintf("%s is called %s now; write that as its handle in the register", c.Before, c.After)
	case pipeline.Taken:
		return fmt.Sprintf("the handle %s was of the account %s and is of %s now", a.Handle, c.Before, c.After)
	case pipeline.Disappeared:
		return "it does not exist any more; write closed: with the day in the register, or correct its handle"
	case pipeline.Returned:
		return "it exists again"
	case pipeline.AvatarChanged:
		return "it shows another image: " + c.After
	}
	return string(c.Kind)
}
