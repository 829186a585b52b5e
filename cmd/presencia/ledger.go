package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"presencia/pipeline/indicator"
)

type indicatorsCmd struct {
	List indicatorsListCmd `cmd:"" default:"withargs" help:"Every indicator with its unit, by group."`
	Show indicatorsShowCmd `cmd:"" help:"The definition of one indicator, and its SQL."`

	Changed indicatorsChangedCmd `cmd:"" help:"What really changed in a month, by natural limits."`
}

type indicatorsListCmd struct {
	Group  string `help:"Only one group: ${indicator_group_names}." enum:",${indicator_groups}" default:"" placeholder:"GROUP"`
	Lang   string `help:"Language of the titles." enum:"es,ca-ES-valencia,en" default:"en"`
	Format string `help:"table or json." enum:"table,json" default:"table"`
}

func (cmd *indicatorsListCmd) Run(p *program) error {
	ledger, err := indicator.All()
	if err != nil {
		return err
	}
	if cmd.Group != "" {
		ledger = slices.DeleteFunc(ledger, func(i indicator.Indicator) bool { return i.Group != cmd.Group })
	}
	slices.SortStableFunc(ledger, func(a, b indicator.Indicator) int {
		return cmp.Compare(slices.Index(indicator.Groups, a.Group), slices.Index(indicator.Groups, b.Group))
	})
	if cmd.Format == "json" {
		return writeJSON(p.stdout, ledger)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "group\tindicator\tversion\tunit\tmore is\ttitle")
	for _, i := range ledger {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", i.Group, i.ID, i.Version, i.Unit, direction(i.Direction), i.Title[cmd.Lang])
	}
	return w.Flush()
}

func direction(d int) string {
	switch {
	case d > 0:
		return "better"
	case d < 0:
		return "worse"
	}
	return "neither"
}

type indicatorsShowCmd struct {
	ID     string `arg:"" help:"The indicator's id."`
	Lang   string `help:"Only in one language: es, ca-ES-valencia or en." enum:",es,ca-ES-valencia,en" default:"" placeholder:"LANGUAGE"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

func (cmd *indicatorsShowCmd) Run(p *program) error {
	ledger, err := indicator.All()
	if err != nil {
		return err
	}
	n := slices.IndexFunc(ledger, func(i indicator.Indicator) bool { return i.ID == cmd.ID })
	if n < 0 {
		return withCode(exitUsage, fmt.Errorf("there is no indicator %q; 'presencia indicators' lists them", cmd.ID))
	}
	i := ledger[n]
	if cmd.Format == "json" {
		return writeJSON(p.stdout, i)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, version %d, in force since %s, group %s\n\n", i.ID, i.Version, i.ValidFrom, i.Group)
	for _, lang := range sortedKeys(i.Title) {
		if cmd.Lang == "" || cmd.Lang == lang {
			fmt.Fprintf(&b, "[%s] %s\n", lang, i.Title[lang])
			for _, part := range []struct {
				name string
				text map[string]string
			}{{"formula", i.Formula}, {"unknown", i.Unknowns}, {"divisor of zero", i.Denominator}, {"part of a period", i.Midway}} {
				fmt.Fprintf(&b, "  %s: %s\n", part.name, part.text[lang])
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "unit: %s; %s; compared on the %s scale; more is %s\n", i.Unit, behaviour[i.Kind], i.Scale, direction(i.Direction))
	if i.Worthwhile > 0 {
		unit := i.Unit
		if i.Scale == indicator.Log {
			unit = "percent"
		}
		fmt.Fprintf(&b, "smallest change worth having: %g %s\n", i.Worthwhile, unit)
	}
	fmt.Fprintf(&b, "levels: %s\n", join(i.Levels))
	if len(i.Alone) > 0 {
		fmt.Fprintf(&b, "left out of institution, groups and departments: accounts on %s; %s\n", join(i.Alone), i.Terms)
	}
	fmt.Fprintf(&b, "source: %s\n\n%s\n", i.Source, strings.TrimSpace(i.SQL))
	_, err = io.WriteString(p.stdout, b.String())
	return err
}

// behaviour says in words what a kind allows.
var behaviour = map[indicator.Kind]string{
	indicator.Count: "adds up over periods and units", indicator.Stock: "adds up over units, not over periods",
	indicator.Ratio: "is never added up", indicator.Spread: "tells how far departments differ",
}

func join[S ~string](words []S) string {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = string(w)
	}
	return strings.Join(plain, ", ")
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func sortedKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K { return slices.Sorted(maps.Keys(m)) }
