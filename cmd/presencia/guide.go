package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"presencia/pipeline"
	"presencia/pipeline/check"
	"presencia/reports"
)

type guideCmd struct {
	List guideListCmd `cmd:"" default:"1" help:"Every rule in force."`
	Show guideShowCmd `cmd:"" help:"One rule in full; without an id, the whole guide as a page for community managers."`
	Lint guideLintCmd `cmd:"" help:"The mistakes of rule packs, and what they change."`
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Scope, r.Severity, cmp.Or(r.Title["en"], r.Title["es"]))
	}
	return w.Flush()
}

type guideShowCmd struct {
	ID       string `arg:"" optional:"" help:"The rule's id."`
	Language string `help:"Language of the page: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
	Out      string `help:"Where the page is written; by default guide.LANGUAGE.html among the reports." placeholder:"FILE"`
}

// Help tells what the one line of the overview leaves out.
func (guideShowCmd) Help() string {
	return `Without an id it writes the guide in force as one HTML file, which needs no network: what each rule asks, why, how to
comply, examples, and its values with where they come from.

  presencia guide show
  presencia guide show --language ca-ES-valencia --out guia.html
  presencia guide show post-hashtag-max`
}

func (cmd *guideShowCmd) Run(p *program, c *cli) error {
	r, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	g, err := p.guide(c, r)
	if err != nil {
		return err
	}
	if cmd.ID != "" {
		n := slices.IndexFunc(g.Rules, func(r check.Rule) bool { return r.ID == cmd.ID })
		if n < 0 {
			return withCode(exitUsage, fmt.Errorf("there is no rule %q in force; 'presencia guide' lists them", cmd.ID))
		}
		return explain(p.stdout, g.Rules[n])
	}
	h := handbook(r, g, cmd.Language)
	if h.Look, err = corporate(c.Register, r.Institution); err != nil {
		return err
	}
	path := cmp.Or(cmd.Out, filepath.Join(c.Output, "guide."+cmd.Language+".html"))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of the guide: %w", err)
	}
	if err := replaceFile(path, func(w io.Writer) error { return reports.WriteHandbook(w, h) }); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = fmt.Fprintln(p.stdout, "wrote", path)
	return err
}

// handbook is the guide in force for community managers.
func handbook(r *pipeline.Register, g *check.Guide, lang string) reports.Handbook {
	h := reports.Handbook{Institution: r.Institution.Name, Language: lang, Version: g.Version}
	for _, rule := range g.Rules {
		h.Rules = append(h.Rules, reportRule(rule))
	}
	return h
}

// explain writes all that there is to know of a rule.
func explain(w io.Writer, r check.Rule) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, version %d, %s", r.ID, r.Version, r.Scope)
	if r.Window != "" {
		fmt.Fprintf(&b, " by %s", r.Window)
	}
	fmt.Fprintf(&b, ", severity %s", r.Severity)
	if r.Manual != "" {
		fmt.Fprintf(&b, ", answered by a person: %s", r.Manual)
	}
	if len(r.Platforms) > 0 {
		fmt.Fprintf(&b, ", on %v only", r.Platforms)
	}
	b.WriteString("\n\n")
	for _, lang := range sortedKeys(r.Title) {
		fmt.Fprintf(&b, "[%s] %s\n  %s\n", lang, r.Title[lang], strings.TrimSpace(r.Explanation[lang]))
		for _, x := range []struct {
			what string
			text map[string]string
		}{{"to comply", r.Remedy}, {"good", r.Good}, {"bad", r.Bad}} {
			if text := strings.TrimSpace(x.text[lang]); text != "" {
				fmt.Fprintf(&b, "  %s: %s\n", x.what, text)
			}
		}
		b.WriteString("\n")
	}
	for _, v := range r.Params {
		origin := "proposed by presencia or the institution, no guide states it"
		if v.Origin != "proposed" {
			origin = fmt.Sprintf("from a %s: %s %s", v.Origin, v.Source.Name, v.Source.URL)
		}
		fmt.Fprintf(&b, "%s = %v (%s)\n", v.Name, v.Value, strings.TrimSpace(origin))
	}
	for _, s := range r.Sources {
		fmt.Fprintf(&b, "asked for by: %s %s\n", s.Name, s.URL)
	}
	for _, x := range []struct{ what, cel string }{{"applies where", r.When}, {"passes where", r.Expr}, {"only warns where", r.Warn}} {
		if x.cel != "" {
			fmt.Fprintf(&b, "%s: %s\n", x.what, strings.TrimSpace(x.cel))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

type guideLintCmd struct {
	Packs  []string `arg:"" optional:"" name:"pack" help:"Rule packs: files, or names of packs that come with presencia. By default those of the register."`
	Schema bool     `help:"Print the JSON schema of packs, for editors, and check nothing."`
}

// Help tells what the one line of the overview leaves out.
func (guideLintCmd) Help() string {
	return `Reads each pack after the base pack and those before it, and lists every mistake with file and line; the exit code is
then 1. Of packs without mistakes it tells which rules they add, change and switch off. No store is needed, and where
packs are named no register either.

  presencia guide lint
  presencia guide lint our-rules.yaml
  presencia guide lint --schema > pack.schema.json`
}

func (cmd *guideLintCmd) Run(p *program, c *cli) error {
	if cmd.Schema {
		_, err := p.stdout.Write(check.PackSchema())
		return err
	}
	r := &pipeline.Register{}
	named := *c
	if _, err := os.Stat(c.Register); len(cmd.Packs) == 0 || !errors.Is(err, fs.ErrNotExist) {
		if r, _, err = p.readRegister(c); err != nil {
			return err
		}
	}
	names := r.Guide.Packs
	if len(cmd.Packs) > 0 { // written from here, and not from the register
		names, named.Register = cmd.Packs, ""
	}
	choice := r.Guide
	r.Guide = pipeline.GuideChoice{}
	before, err := p.guide(&named, r)
	if err != nil {
		return err
	}
	mistakes := before.Broken
	fmt.Fprintf(p.stdout, "base pack: %s\n", plural(len(before.Rules), "rule"))
	for _, name := range names {
		r.Guide.Packs = append(r.Guide.Packs, name)
		after, err := p.guide(&named, r)
		if err != nil {
			return withCode(exitFindings, err)
		}
		mistakes = after.Broken // those of the packs before it too
		tellChanges(p.stdout, name, check.Changes(before, after))
		before = after
	}
	if len(choice.Only)+len(choice.Off) > 0 {
		r.Guide.Only, r.Guide.Off = choice.Only, choice.Off
		after, err := p.guide(&named, r)
		if err != nil {
			return withCode(exitFindings, err)
		}
		tellChanges(p.stdout, "the register", check.Changes(before, after))
		before = after
	}
	fmt.Fprintf(p.stdout, "in force: %s\n", plural(len(before.Rules), "rule"))
	if len(mistakes) > 0 {
		return withCode(exitFindings, fmt.Errorf("%s; the rules in which they stand are left out:\n%w", plural(len(mistakes), "mistake"), errors.Join(mistakes...)))
	}
	return nil
}

func tellChanges(w io.Writer, pack string, changes []check.Change) {
	if len(changes) == 0 {
		fmt.Fprintf(w, "%s changes nothing\n", pack)
	}
	for _, c := range changes {
		line := map[string]string{"added": "adds", "changed": "changes", "off": "switches off"}[c.Kind] + " " + c.Rule
		if len(c.What) > 0 {
			line += ": " + strings.Join(c.What, "; ")
		}
		fmt.Fprintf(w, "%s %s\n", pack, line)
	}
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
	rule := reports.Rule{
		ID: r.ID, Scope: string(r.Scope), Window: string(r.Window), Rhythm: string(r.Manual), Severity: r.Severity, Platforms: r.Platforms,
		Title: r.Title, Explanation: r.Explanation, Remedy: r.Remedy, Good: r.Good, Bad: r.Bad,
	}
	for _, v := range r.Params {
		rule.Values = append(rule.Values, reports.Threshold{Name: v.Name, Value: v.Value, Origin: v.Origin, Source: reports.Source{Name: v.Source.Name, URL: v.Source.URL}})
	}
	for _, s := range r.Sources {
		rule.Sources = append(rule.Sources, reports.Source{Name: s.Name, URL: s.URL})
	}
	return rule
}
