package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"presencia/pipeline/check"
	"presencia/reports"
)

type guideCmd struct {
	List guideListCmd `cmd:"" default:"1" help:"Every rule in force."`
	Show guideShowCmd `cmd:"" help:"One rule with its values and where they come from."`
}

type guideListCmd struct{}

func (guideListCmd) Run(p *program, c *cli) error {
	g, err := p.rules(c)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "rule\tscope\tseverity\ttitle")
	for _, r := range g.Rules {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Scope, r.Severity, r.Title["en"])
	}
	return w.Flush()
}

type guideShowCmd struct {
	ID string `arg:"" help:"The rule's id."`
}

func (cmd *guideShowCmd) Run(p *program, c *cli) error {
	g, err := p.rules(c)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(g.Rules, func(r check.Rule) bool { return r.ID == cmd.ID })
	if n < 0 {
		return withCode(exitUsage, fmt.Errorf("there is no rule %q in force; 'presencia guide' lists them", cmd.ID))
	}
	r := g.Rules[n]
	fmt.Fprintf(p.stdout, "%s, version %d, %s, severity %s\n\n", r.ID, r.Version, r.Scope, r.Severity)
	for _, lang := range sortedKeys(r.Title) {
		fmt.Fprintf(p.stdout, "[%s] %s\n  %s\n\n", lang, r.Title[lang], strings.TrimSpace(r.Explanation[lang]))
	}
	for _, v := range r.Params {
		origin := "proposed by presencia or the institution, no guide states it"
		if v.Origin != "proposed" {
			origin = fmt.Sprintf("from a %s: %s %s", v.Origin, v.Source.Name, v.Source.URL)
		}
		fmt.Fprintf(p.stdout, "%s = %v (%s)\n", v.Name, v.Value, strings.TrimSpace(origin))
	}
	for _, s := range r.Sources {
		fmt.Fprintf(p.stdout, "asked for by: %s %s\n", s.Name, s.URL)
	}
	return nil
}

// rules loads the guide of the register.
func (p *program) rules(c *cli) (*check.Guide, error) {
	r, _, err := p.readRegister(c)
	if err != nil {
		return nil, err
	}
	return p.guide(c, r)
}

// reportRule is what a report tells of a rule.
func reportRule(r check.Rule) reports.Rule {
	rule := reports.Rule{ID: r.ID, Title: r.Title, Severity: r.Severity}
	for _, v := range r.Params {
		rule.Origins = append(rule.Origins, v.Origin)
	}
	for _, s := range r.Sources {
		rule.Sources = append(rule.Sources, s.Name)
	}
	return rule
}
