package indicator

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

//go:embed sql
var files embed.FS

// Kind says how an indicator behaves over time and units.
type Kind string

// The kinds.
const (
	Count  Kind = "count"  // adds up over windows and units
	Stock  Kind = "level"  // a state at the window's end; adds up over units only
	Ratio  Kind = "ratio"  // a mean, share or median: never added up
	Spread Kind = "spread" // how far departments differ in another indicator, named by Of
)

// Level is what a value is of.
type Level string

// The levels.
const (
	Institution Level = "institution"
	Group       Level = "group" // participants, comparison, other
	Department  Level = "department"
	Platform    Level = "platform"
	Account     Level = "account"
)

var levels = []Level{Institution, Group, Department, Platform, Account}

// Groups are the parts of the ledger, in the order in which they are read.
var Groups = []string{
	"presence", "audience", "activity", "effectiveness", "conversation", "compliance", "plan", "languages", "unification", "cohesion",
}

// Scales on which changes are compared: differences, or ratios by logarithms.
const (
	Natural = "natural"
	Log     = "log"
)

// languages in which every text of a head is written.
var languages = []string{"es", "ca-ES-valencia", "en"}

// Indicator is one definition. Texts are keyed by language: es, ca-ES-valencia, en.
type Indicator struct {
	ID        string        `yaml:"id" json:"id"`
	Version   int           `yaml:"version" json:"version"`
	ValidFrom pipeline.Date `yaml:"valid_from" json:"valid_from"` // the day from which this version is used
	Group     string        `yaml:"group" json:"group"`           // one of Groups
	Unit      string        `yaml:"unit" json:"unit"`             // accounts, posts, followers, interactions, percent, points, hours
	Kind      Kind          `yaml:"kind" json:"kind"`
	Of        string        `yaml:"of" json:"of,omitempty"`     // of a spread, the indicator whose values differ
	Scale     string        `yaml:"scale" json:"scale"`         // how changes are compared between departments: natural or log
	Direction int           `yaml:"direction" json:"direction"` // +1: more is better, -1: less is, 0: neither
	Primary   bool          `yaml:"primary" json:"primary"`     // one of the few by which a course is judged
	// Worthwhile is the smallest change worth having: percent on the log scale, otherwise in the unit. 0: none is named.
	Worthwhile float64 `yaml:"worthwhile" json:"worthwhile,omitempty"`
	// Alone are the platforms whose terms do not allow the figure in a sum or score with others'. Their accounts are left out
	// of institution, groups and departments, and counted.
	Alone       []pipeline.Platform `yaml:"alone" json:"alone,omitempty"`
	Terms       string              `yaml:"terms" json:"terms,omitempty"` // what of their terms says so, with its source
	Levels      []Level             `yaml:"levels" json:"levels"`
	Title       map[string]string   `yaml:"title" json:"title"`
	Formula     map[string]string   `yaml:"formula" json:"formula"`
	Unknowns    map[string]string   `yaml:"unknowns" json:"unknowns"`       // what is done with what is not known
	Denominator map[string]string   `yaml:"denominator" json:"denominator"` // what happens where there is nothing to divide by
	Midway      map[string]string   `yaml:"midway" json:"midway"`           // what happens with accounts that were opened or closed within the window
	Source      string              `yaml:"source" json:"source"`
	SQL         string              `yaml:"-" json:"sql"` // the query, without its head
}

// All reads every definition, in alphabetical order of ids. An error lists every mistake of every file.
func All() ([]Indicator, error) {
	names, err := fs.Glob(files, "sql/*.sql")
	if err != nil {
		return nil, err
	}
	var all []Indicator
	var mistakes []error
	for _, f := range names {
		b, err := files.ReadFile(f)
		if err != nil {
			return nil, err
		}
		i, err := parse(strings.TrimSuffix(path.Base(f), ".sql"), b)
		all, mistakes = append(all, i), append(mistakes, err)
	}
	for _, i := range all {
		if i.Of != "" && !slices.ContainsFunc(all, func(o Indicator) bool { return o.ID == i.Of && o.Kind != Spread }) {
			mistakes = append(mistakes, fmt.Errorf("%s.sql: of: there is no indicator %q to be spread", i.ID, i.Of))
		}
	}
	return all, errors.Join(mistakes...)
}

// parse splits a file into head and query and checks the head.
func parse(id string, file []byte) (Indicator, error) {
	var head bytes.Buffer
	rest := string(file)
	for strings.HasPrefix(rest, "--") {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		head.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "--"), " ") + "\n")
	}
	i := Indicator{SQL: strings.TrimSpace(rest)}
	d := yaml.NewDecoder(&head)
	d.KnownFields(true)
	if err := d.Decode(&i); err != nil {
		return i, fmt.Errorf("%s.sql: head: %w", id, err)
	}
	var mistakes []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			mistakes = append(mistakes, fmt.Errorf("%s.sql: "+format, append([]any{id}, args...)...))
		}
	}
	check(i.ID == id, "id: is %q, write the file's name", i.ID)
	check(i.Version >= 1, "version: is %d, write 1 or more", i.Version)
	check(!i.ValidFrom.IsZero(), "valid_from: write the day from which this version is used")
	check(slices.Contains(Groups, i.Group), "group: is %q, write one of %s", i.Group, strings.Join(Groups, ", "))
	check(i.Unit != "", "unit: write what is counted, for example posts")
	check(slices.Contains([]Kind{Count, Stock, Ratio, Spread}, i.Kind), "kind: is %q, write count, level, ratio or spread", i.Kind)
	check((i.Kind == Spread) == (i.Of != ""), "of: belongs to a spread, and only there")
	check(i.Scale == Natural || i.Scale == Log, "scale: is %q, write natural or log", i.Scale)
	check(i.Direction >= -1 && i.Direction <= 1, "direction: is %d, write 1, 0 or -1", i.Direction)
	check(i.Worthwhile >= 0, "worthwhile: is %g, write the size of the change, without sign", i.Worthwhile)
	for _, p := range i.Alone {
		check(slices.Contains(pipeline.Platforms, p), "alone: there is no platform %q", p)
	}
	check((len(i.Alone) > 0) == (i.Terms != ""), "terms: belong to alone, and only there; say which terms and where they stand")
	check(len(i.Levels) > 0, "levels: write at least one")
	for _, l := range i.Levels {
		check(slices.Contains(levels, l), "levels: there is no level %q", l)
	}
	for name, text := range map[string]map[string]string{
		"title": i.Title, "formula": i.Formula, "unknowns": i.Unknowns, "denominator": i.Denominator, "midway": i.Midway,
	} {
		for _, lang := range languages {
			check(strings.TrimSpace(text[lang]) != "", "%s: write it in %s", name, lang)
		}
		check(len(text) == len(languages), "%s: write it in %s and nothing else", name, strings.Join(languages, ", "))
	}
	check(i.Source != "", "source: say where the definition comes from")
	check(i.SQL != "" && !strings.Contains(i.SQL, ";"), "the query must be one statement, without semicolon")
	return i, errors.Join(mistakes...)
}

// At tells whether the indicator is defined at a level.
func (i Indicator) At(level Level) bool { return slices.Contains(i.Levels, level) }
