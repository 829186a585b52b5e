package check

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

// Scope is the kind of thing that a rule judges.
type Scope string

// The scopes.
const (
	Account     Scope = "account"
	Post        Scope = "post"
	Reply       Scope = "reply"
	Institution Scope = "institution"
)

// Span is the stretch that a rule looks at as a whole; empty: it judges posts or messages one by one.
type Span string

// The spans.
const (
	Day   Span = "day"
	Month Span = "month"
)

// Rhythm is how often a person answers a rule that no machine can judge.
type Rhythm string

// The rhythms.
const (
	Monthly   Rhythm = "monthly"
	Quarterly Rhythm = "quarterly"
	Yearly    Rhythm = "yearly"
	OnEvent   Rhythm = "event"
)

// Rule is one rule of the guide. A rule passes where Expr is true; where it is not, it warns if Warn is true, and
// fails otherwise. Where When is false it does not apply.
type Rule struct {
	ID          string
	Version     int
	Scope       Scope
	Window      Span
	Manual      Rhythm              // a person answers it, see [pipeline.Tick]; empty: its expressions do
	Severity    string              // crit, high, med, low, info
	Platforms   []pipeline.Platform // empty: all
	Kinds       []pipeline.PostKind // of posts judged one by one
	Title       map[string]string   // by language: es, ca-ES-valencia, en
	Explanation map[string]string   // why
	Remedy      map[string]string   // what to do where it fails, in words for a community manager
	Good, Bad   map[string]string   // an example of each; may be empty
	Sources     []Source            // the guides or laws that ask for it
	Params      []Param             // by name

	When, Expr, Warn, Evidence string // CEL

	when, expr, warn, evidence cel.Program
}

func (r *Rule) unit() unit {
	switch {
	case r.Window != "":
		return aSpan
	case r.Scope == Post:
		return aPost
	case r.Scope == Reply:
		return aThread
	case r.Scope == Institution:
		return anInstitution
	}
	return anAccount
}

// Param is a value that a rule's expressions name as p.NAME.
type Param struct {
	Name   string
	Type   string // int, double, bool, string, strings, duration
	Value  any    // int64, float64, bool, string, []string, time.Duration
	Origin string // guide: its source states the value; law: so does a law; proposed: presencia's or the institution's own choice
	Source Source // empty where proposed
}

// Source is a document that a rule or a value comes from.
type Source struct {
	ID   string `yaml:"-"`
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

// Pack is a file of rules.
type Pack struct {
	Name    string // for messages
	Content []byte
}

//go:embed packs
var packFiles embed.FS

// Shipped answers a pack that comes with presencia, by the name that a register gives it, such as comunitat-valenciana.
func Shipped(name string) (Pack, bool) {
	content, err := packFiles.ReadFile(path.Join("packs", name+".yaml"))
	return Pack{name, content}, err == nil
}

// base is the pack that always comes first, a file for each scope.
func base() ([]Pack, error) {
	names, err := fs.Glob(packFiles, "packs/base/*.yaml")
	var packs []Pack
	for _, name := range names {
		content, readErr := packFiles.ReadFile(name)
		err = errors.Join(err, readErr)
		packs = append(packs, Pack{strings.TrimPrefix(name, "packs/"), content})
	}
	return packs, err
}

// Load merges the base pack and further ones, and makes them ready for a register. A later pack overrides a rule by
// its id, key by key and parameter by parameter; off: true takes it out, as does the register's guide.off. The error
// lists every mistake in every pack, each with file and line.
func Load(r *pipeline.Register, packs ...Pack) (*Guide, error) { return load(All, r, packs) }

func load(senses []Sense, r *pipeline.Register, packs []Pack) (*Guide, error) {
	l := loader{sources: map[string]Source{}, rules: map[string]*entry{}}
	first, err := base()
	if err != nil {
		return nil, fmt.Errorf("read the base pack: %w", err)
	}
	for _, p := range append(first, packs...) {
		l.read(p)
	}
	for key, ids := range map[string][]string{"only": r.Guide.Only, "off": r.Guide.Off} {
		for _, id := range ids {
			if l.rules[id] == nil {
				l.errs = append(l.errs, fmt.Errorf("the register's guide.%s names %s: there is no such rule; the rules are %s", key, id, strings.Join(l.order, ", ")))
			}
		}
	}
	for id, e := range l.rules {
		e.Off = e.Off || slices.Contains(r.Guide.Off, id) || len(r.Guide.Only) > 0 && !slices.Contains(r.Guide.Only, id)
	}
	h, err := newHours(r.Calendar, r.Institution.Location())
	if err != nil {
		l.errs = append(l.errs, err)
	}
	g := &Guide{register: r, zone: r.Institution.Location(), hours: h, index: map[string]int{}}
	for i, v := range variables {
		g.index[v.name] = i
		if v.unit <= anAccount {
			g.own = i + 1
		}
	}
	envs, err := environments(g, senses)
	if err != nil {
		return nil, err
	}
	for _, id := range l.order {
		if e := l.rules[id]; !e.Off {
			if rule, ok := l.rule(e, envs); ok {
				g.Rules = append(g.Rules, rule)
			}
		}
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	merged, err := json.Marshal(g.Rules)
	if err != nil {
		return nil, fmt.Errorf("version of the guide: %w", err)
	}
	sum := sha256.Sum256(merged)
	g.Version = hex.EncodeToString(sum[:])
	g.state.Version = g.Version
	for _, r := range g.Rules {
		g.state.Rules = append(g.state.Rules, pipeline.RuleState{ID: r.ID, Version: r.Version, Scope: string(r.Scope), Severity: r.Severity})
	}
	return g, nil
}

// entry is a rule as written.
type entry struct {
	ID          scalar               `yaml:"id"`
	Off         bool                 `yaml:"off"`
	Version     int                  `yaml:"version"`
	Scope       Scope                `yaml:"scope"`
	Window      Span                 `yaml:"window"`
	Manual      Rhythm               `yaml:"manual"`
	Severity    string               `yaml:"severity"`
	Platforms   []pipeline.Platform  `yaml:"platforms"`
	Kinds       []pipeline.PostKind  `yaml:"kinds"`
	Title       map[string]string    `yaml:"title"`
	Explanation map[string]string    `yaml:"explanation"`
	Remedy      map[string]string    `yaml:"remedy"`
	Good        map[string]string    `yaml:"good"`
	Bad         map[string]string    `yaml:"bad"`
	Sources     []string             `yaml:"sources"`
	Params      map[string]parameter `yaml:"params"`
	When        scalar               `yaml:"when"`
	Expr        scalar               `yaml:"expr"`
	Warn        scalar               `yaml:"warn"`
	Evidence    scalar               `yaml:"evidence"`

	file string
}

type parameter struct {
	Type   string    `yaml:"type"`
	Value  yaml.Node `yaml:"value"`
	Origin string    `yaml:"origin"`
	Source string    `yaml:"source"`
}

// scalar is a text of a pack with its place.
type scalar struct {
	text         string
	file         string
	line, column int
}

// UnmarshalYAML keeps the place, and takes text only: id: 017 would be the number 15.
func (s *scalar) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: write this as text, in quotes", n.Line)}}
	}
	s.text, s.line, s.column = n.Value, n.Line, n.Column
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 { // the text begins on the line after the mark
		s.line, s.column = n.Line+1, 1
	}
	return nil
}

// loader reads and merges packs, and collects what is wrong.
type loader struct {
	sources map[string]Source
	rules   map[string]*entry
	order   []string // ids, as they came
	errs    []error
}

func (l *loader) fail(file string, line int, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

// yamlError is how the library says it: line 3: field sevrity not found in type check.entry.
var yamlError = regexp.MustCompile(`^line (\d+): (?:field (\S+) not found in type (?:check\.(\w+)|.*)$|(.*))`)

func (l *loader) read(p Pack) {
	var f struct {
		Sources map[string]Source `yaml:"sources"`
		Rules   []*entry          `yaml:"rules"`
	}
	d := yaml.NewDecoder(bytes.NewReader(p.Content))
	d.KnownFields(true)
	err := d.Decode(&f)
	var wrong *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		l.errs = append(l.errs, fmt.Errorf("%s: the pack is empty: write its rules under rules", p.Name))
		return
	case errors.As(err, &wrong):
		for _, e := range wrong.Errors {
			l.errs = append(l.errs, fmt.Errorf("%s:%s", p.Name, yamlMessage(e)))
		}
		return
	case err != nil: // not YAML at all
		l.errs = append(l.errs, fmt.Errorf("%s:%s", p.Name, yamlMessage(strings.TrimPrefix(err.Error(), "yaml: "))))
		return
	}
	for id, s := range f.Sources {
		s.ID = id
		l.sources[id] = s
	}
	seen := map[string]bool{}
	for _, e := range f.Rules {
		e.file = p.Name
		for _, s := range []*scalar{&e.ID, &e.When, &e.Expr, &e.Warn, &e.Evidence} {
			s.file = p.Name
		}
		id := e.ID.text
		switch old, known := l.rules[id]; {
		case id == "":
			l.errs = append(l.errs, fmt.Errorf("%s: a rule has no id", p.Name))
		case seen[id]:
			l.fail(p.Name, e.ID.line, "rule %s stands twice in this pack", id)
		case known:
			l.override(old, e)
		default:
			l.rules[id] = e
			l.order = append(l.order, id)
		}
		seen[id] = true
	}
}

// yamlMessage turns the library's "line 3: …" into "3: …", in words of packs rather than of Go.
func yamlMessage(s string) string {
	m := yamlError.FindStringSubmatch(s)
	switch {
	case m == nil:
		return " " + s
	case m[2] != "":
		of := map[string]string{"entry": "a rule", "parameter": "a parameter", "Source": "a source"}
		return fmt.Sprintf("%s: %s is not a key of %s", m[1], m[2], cmp.Or(of[m[3]], "a pack: those are sources and rules"))
	}
	return m[1] + ": " + m[4]
}

// override lays a later pack's entry over an earlier one.
func (l *loader) override(old, e *entry) {
	old.Off = e.Off
	old.Version = cmp.Or(e.Version, old.Version)
	old.Scope, old.Window, old.Severity = cmp.Or(e.Scope, old.Scope), cmp.Or(e.Window, old.Window), cmp.Or(e.Severity, old.Severity)
	old.Manual = cmp.Or(e.Manual, old.Manual)
	old.When, old.Expr = either(e.When, old.When), either(e.Expr, old.Expr)
	old.Warn, old.Evidence = either(e.Warn, old.Warn), either(e.Evidence, old.Evidence)
	if e.Platforms != nil {
		old.Platforms = e.Platforms
	}
	if e.Kinds != nil {
		old.Kinds = e.Kinds
	}
	if e.Sources != nil {
		old.Sources = e.Sources
	}
	old.Title, old.Explanation, old.Remedy = merged(old.Title, e.Title), merged(old.Explanation, e.Explanation), merged(old.Remedy, e.Remedy)
	old.Good, old.Bad = merged(old.Good, e.Good), merged(old.Bad, e.Bad)
	for name, p := range e.Params {
		was := old.Params[name]
		if p.Value.Kind == 0 {
			l.fail(e.file, e.ID.line, "rule %s: parameter %s has no value", e.ID.text, name)
		} else if p.Origin == "" {
			// The guide that stated the old value does not state the new one.
			l.fail(e.file, p.Value.Line, "rule %s: parameter %s gets another value: say where it comes from, with origin guide, law or proposed", e.ID.text, name)
		}
		p.Type = cmp.Or(p.Type, was.Type)
		old.Params = merged(old.Params, map[string]parameter{name: p})
	}
	old.file, old.ID = e.file, e.ID
}

func either(a, b scalar) scalar {
	if a.text != "" {
		return a
	}
	return b
}

func merged[V any](a, b map[string]V) map[string]V {
	m := maps.Clone(a)
	if m == nil {
		m = map[string]V{}
	}
	maps.Copy(m, b)
	return m
}

var (
	ruleID     = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)
	severities = []string{"crit", "high", "med", "low", "info"}
	languages  = []string{"es", "ca-ES-valencia", "en"}
	scopes     = []Scope{Account, Post, Reply, Institution}
	rhythms    = []Rhythm{"", Monthly, Quarterly, Yearly, OnEvent}
	spans      = []Span{"", Day, Month}
	kinds      = []pipeline.PostKind{pipeline.Own, pipeline.Reply, pipeline.Repost}
	origins    = []string{"guide", "law", "proposed"}
)

// rule checks a merged entry and makes it ready. It answers false where anything is wrong.
func (l *loader) rule(e *entry, envs [units]*cel.Env) (Rule, bool) {
	before := len(l.errs)
	wrong := func(ok bool, format string, args ...any) {
		if !ok {
			l.fail(e.file, e.ID.line, "rule %s: %s", e.ID.text, fmt.Sprintf(format, args...))
		}
	}
	r := Rule{
		ID: e.ID.text, Version: e.Version, Scope: e.Scope, Window: e.Window, Manual: e.Manual, Severity: e.Severity,
		Platforms: e.Platforms, Kinds: e.Kinds, Title: e.Title, Explanation: e.Explanation,
		Remedy: e.Remedy, Good: e.Good, Bad: e.Bad,
		When: e.When.text, Expr: e.Expr.text, Warn: e.Warn.text, Evidence: e.Evidence.text,
	}
	wrong(ruleID.MatchString(r.ID), "an id is words in lower case joined by hyphens")
	wrong(r.Version > 0, "version: give it a number from 1, and a higher one whenever its verdicts may change")
	wrong(slices.Contains(scopes, r.Scope), "scope %q: write one of %v", r.Scope, scopes)
	wrong(slices.Contains(spans, r.Window), "window %q: write day or month, or leave it out", r.Window)
	whole := r.Scope == Account || r.Scope == Institution
	wrong(!whole || r.Window == "", "window: a rule on accounts or the institution looks at the end of the window; leave it out")
	wrong(slices.Contains(rhythms, r.Manual), "manual %q: write one of %v, or leave it out", r.Manual, rhythms[1:])
	wrong(r.Manual == "" || whole, "manual: a person answers rules on accounts and on the institution only")
	wrong(r.Manual == "" || e.When.text+e.Expr.text+e.Warn.text+e.Evidence.text == "", "manual: a person answers it, so it has no when, expr, warn or evidence")
	wrong(r.Scope != Institution || r.Platforms == nil, "platforms: a rule on the institution has none")
	wrong(slices.Contains(severities, r.Severity), "severity %q: write one of %v", r.Severity, severities)
	for _, p := range r.Platforms {
		wrong(slices.Contains(pipeline.Platforms, p), "platforms: %q is none of %v", p, pipeline.Platforms)
	}
	for _, k := range r.Kinds {
		wrong(slices.Contains(kinds, k), "kinds: %q is none of %v", k, kinds)
	}
	if wrong(r.Kinds == nil || r.unit() == aPost, "kinds: only a rule on single posts takes it"); r.Kinds == nil && r.unit() == aPost {
		r.Kinds = []pipeline.PostKind{pipeline.Own}
	}
	for key, m := range map[string]map[string]string{"title": r.Title, "explanation": r.Explanation, "remedy": r.Remedy, "good": r.Good, "bad": r.Bad} {
		wrong(m["es"] != "" || len(m) == 0 && key != "title" && key != "explanation", "%s: it is missing in Spanish (es)", key)
		for lang := range m {
			wrong(slices.Contains(languages, lang), "%s: %q is none of the languages %v", key, lang, languages)
		}
	}
	for _, id := range e.Sources {
		s, ok := l.sources[id]
		wrong(ok, "sources: %s stands in no pack's sources", id)
		r.Sources = append(r.Sources, s)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Params)) {
		if p, err := l.param(name, e.Params[name]); err != nil {
			l.fail(e.file, cmp.Or(e.Params[name].Value.Line, e.ID.line), "rule %s: parameter %s: %v", r.ID, name, err)
		} else {
			r.Params = append(r.Params, p)
		}
	}
	wrong(r.Manual != "" || e.Expr.text != "", "expr: it says when the rule passes, and is missing")
	wrong(r.Manual != "" || e.Evidence.text != "", "evidence: it shows the value that decided, and is missing")
	if len(l.errs) == before {
		r.compile(l, e, envs[r.unit()])
	}
	return r, len(l.errs) == before
}

func (l *loader) param(name string, n parameter) (Param, error) {
	p := Param{Name: name, Type: n.Type, Origin: n.Origin}
	t, ok := paramTypes[n.Type]
	if !ok {
		return p, fmt.Errorf("type %q: write one of %v", n.Type, slices.Sorted(maps.Keys(paramTypes)))
	}
	var err error
	if p.Value, err = t.read(&n.Value); err != nil {
		return p, err
	}
	if !slices.Contains(origins, n.Origin) {
		return p, fmt.Errorf("origin %q: write one of %v", n.Origin, origins)
	}
	if p.Source, ok = l.sources[n.Source]; !ok && (n.Source != "" || n.Origin != "proposed") {
		return p, fmt.Errorf("source %q: a value of origin %s names one of the pack's sources", n.Source, n.Origin)
	}
	return p, nil
}
