package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is what a pack makes of a rule.
type Change struct {
	Rule string
	Kind string   // added, changed, off
	What []string // of a changed rule: each key that is different, with what it was and is where that is short
}

// Changes tells what is different between two guides, in the order of the later one; what it no longer has comes last.
func Changes(before, after *Guide) (all []Change) {
	was := map[string]Rule{}
	for _, r := range before.Rules {
		was[r.ID] = r
	}
	for _, r := range after.Rules {
		old, known := was[r.ID]
		delete(was, r.ID)
		if !known {
			all = append(all, Change{Rule: r.ID, Kind: "added"})
		} else if what := difference(old, r); len(what) > 0 {
			all = append(all, Change{Rule: r.ID, Kind: "changed", What: what})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		all = append(all, Change{Rule: id, Kind: "off"})
	}
	return all
}

// difference lists what is different in a rule.
func difference(a, b Rule) (what []string) {
	short := func(key string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			what = append(what, fmt.Sprintf("%s: %s, was %s", key, orNone(y), orNone(x)))
		}
	}
	short("version", a.Version, b.Version)
	short("scope", a.Scope, b.Scope)
	short("window", a.Window, b.Window)
	short("manual", a.Manual, b.Manual)
	short("severity", a.Severity, b.Severity)
	short("platforms", a.Platforms, b.Platforms)
	short("kinds", a.Kinds, b.Kinds)
	was := map[string]Param{}
	for _, p := range a.Params {
		was[p.Name] = p
	}
	value := func(p Param) string {
		if p.Name == "" {
			return "none"
		}
		return strings.TrimSpace(fmt.Sprintf("%v (%s %s", p.Value, p.Origin, p.Source.ID)) + ")"
	}
	for _, p := range b.Params {
		short("params."+p.Name, value(was[p.Name]), value(p))
	}
	ids := func(sources []Source) (names []string) {
		for _, s := range sources {
			names = append(names, s.ID)
		}
		return names
	}
	short("sources", ids(a.Sources), ids(b.Sources))
	for _, x := range []struct {
		key  string
		a, b any
	}{
		{"title", a.Title, b.Title}, {"explanation", a.Explanation, b.Explanation}, {"remedy", a.Remedy, b.Remedy}, {"good", a.Good, b.Good}, {"bad", a.Bad, b.Bad},
		{"when", a.When, b.When}, {"expr", a.Expr, b.Expr}, {"warn", a.Warn, b.Warn}, {"evidence", a.Evidence, b.Evidence},
	} {
		if fmt.Sprint(x.a) != fmt.Sprint(x.b) { // fmt writes maps by key
			what = append(what, x.key)
		}
	}
	return what
}

func orNone(s string) string {
	if s == "" || s == "[]" {
		return "none"
	}
	return s
}
