package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"presencia/pipeline/indicator"
)

type indicatorsCmd struct {
	List indicatorsListCmd `cmd:"" default:"1" help:"Every indicator with its unit."`
	Show indicatorsShowCmd `cmd:"" help:"The definition of one indicator, and its SQL."`
}

type indicatorsListCmd struct{}

func (indicatorsListCmd) Run(p *program) error {
	ledger, err := indicator.All()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "indicator\tversion\tunit\tmore is\ttitle")
	for _, i := range ledger {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", i.ID, i.Version, i.Unit, direction(i.Direction), i.Title["en"])
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
	ID string `arg:"" help:"The indicator's id."`
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
	fmt.Fprintf(p.stdout, "%s, version %d, in force since %s\n\n", i.ID, i.Version, i.ValidFrom)
	for _, lang := range slices.Sorted(maps.Keys(i.Title)) {
		fmt.Fprintf(p.stdout, "[%s] %s\n  %s\n  %s\n\n", lang, i.Title[lang], i.Formula[lang], i.Unknowns[lang])
	}
	fmt.Fprintf(p.stdout, "unit: %s; more is %s; source: %s\n\n%s\n", i.Unit, direction(i.Direction), i.Source, strings.TrimSpace(i.SQL))
	return nil
}

func sortedKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K { return slices.Sorted(maps.Keys(m)) }
