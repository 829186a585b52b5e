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
	"strconv"
	"strings"
	"time"

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

// Due is the day on which an answer given on a day is to be given again; zero: not again until something happens. The
// 31st becomes the last day of a shorter month.
func (r Rhythm) Due(on pipeline.Date) pipeline.Date {
	months := map[Rhythm]int{Monthly: 1, Quarterly: 3, Yearly: 12}[r]
	if months == 0 {
		return pipeline.Date{}
	}
	first := time.Date(on.Year, on.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return pipeline.DateOf(first.AddDate(0, 0, min(on.Day, last)-1))
}

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
// its id, key by key and parameter by parameter; off: true takes it out, as does the register's guide.off. A mistake in
// a rule costs that rule only, see Guide.Broken; where a pack as a whole cannot be read, the error lists every mistake in
// every pack. Each stands with its file and line.
func Load(r *pipeline.Register, packs ...Pack) (*Guide, error) { return load(All, r, packs) }

func load(senses []Sense, r *pipeline.Register, packs []Pack) (*Guide, error) {
	l := loader{sources: map[string]Source{}, rules: map[string]*entry{}, bad: map[string]bool{}}
	first, err := base()
	if err != nil {
		return nil, fmt.Errorf("read the base pack: %w", err)
	}
	for _, p := range append(first, packs...) {
		l.read(p)
	}
	if len(l.errs) > 0 { // what comes of them would only hide them
		return nil, errors.Join(append(l.errs, l.broken...)...)
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
	g.unknowns, g.names = unknowns()
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
		if e := l.rules[id]; !e.Off && !l.bad[id] {
			if rule, ok := l.rule(e, envs); ok {
				g.Rules = append(g.Rules, rule)
			}
		}
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(append(l.errs, l.broken...)...)
	}
	g.Broken = l.broken
	merged, err := json.Marshal(g.Rules)
	if err != nil {
		return nil, fmt.Errorf("version of the guide: %w", err)
	}
	sum := sha256.Sum256(merged)
	g.Version = hex.EncodeToString(sum[:])
	g.state.Version = g.Version
	for _, r := range g.Rules {
		values := map[string]any{}
		for _, p := range r.Params {
			values[p.Name] = p.Value
			if d, ok := p.Value.(time.Duration); ok {
				values[p.Name] = d.String()
			}
		}
		params, err := json.Marshal(values)
		if err != nil {
			return nil, fmt.Errorf("values of rule %s: %w", r.ID, err)
		}
		g.state.Rules = append(g.state.Rules, pipeline.RuleState{
			ID: r.ID, Version: r.Version, Scope: string(r.Scope), Severity: r.Severity, Params: string(params),
		})
	}
	return g, nil
}

// PackSchema is the JSON schema of packs.
func PackSchema() []byte { return bytes.Clone(packSchema) }

//go:embed pack_schema.json
var packSchema []byte

// written is a pack as written. Its comments are what editors show; the schema is made of them.
type written struct {
	// Documents that rules and values come from, by a short name.
	Sources map[string]Source `yaml:"sources,omitempty"`
	// Rules, new ones and what is different in those that other packs have.
	Rules []*entry `yaml:"rules"`
}

// entry is a rule as written.
type entry struct {
	// The name of the rule, in words joined by hyphens. That of a rule in an earlier pack changes that rule, key by key.
	ID scalar `yaml:"id"`
	// Takes the rule out.
	Off bool `yaml:"off,omitempty"`
	// A number from 1, and a higher one whenever the rule's verdicts may change.
	Version int `yaml:"version,omitempty"`
	// What it judges.
	Scope Scope `yaml:"scope,omitempty"`
	// It looks at days or months as a whole, and not at single posts or messages.
	Window Span `yaml:"window,omitempty"`
	// A person answers it, this often.
	Manual Rhythm `yaml:"manual,omitempty"`
	// How bad it is where it fails.
	Severity string `yaml:"severity,omitempty"`
	// The networks where it holds; all of them where there is no list.
	Platforms []pipeline.Platform `yaml:"platforms,omitempty"`
	// The posts that it judges: own where there is no list.
	Kinds []pipeline.PostKind `yaml:"kinds,omitempty"`
	// What is asked, by language. Spanish is a must.
	Title map[string]string `yaml:"title,omitempty"`
	// Why.
	Explanation map[string]string `yaml:"explanation,omitempty"`
	// What to do where it fails, in words for a community manager.
	Remedy map[string]string `yaml:"remedy,omitempty"`
	// An example that keeps to it.
	Good map[string]string `yaml:"good,omitempty"`
	// An example that does not.
	Bad map[string]string `yaml:"bad,omitempty"`
	// Short names of the documents that ask for it.
	Sources []string `yaml:"sources,omitempty"`
	// Values that its expressions name as p.NAME.
	Params map[string]parameter `yaml:"params,omitempty"`
	// In CEL: where this is false the rule does not apply.
	When scalar `yaml:"when,omitempty"`
	// In CEL: where this is true the rule passes.
	Expr scalar `yaml:"expr,omitempty"`
	// In CEL: where the rule does not pass and this is true, it warns only.
	Warn scalar `yaml:"warn,omitempty"`
	// In CEL: the value that decided, as text.
	Evidence scalar `yaml:"evidence,omitempty"`

	file string
}

type parameter struct {
	// What the value is; a change of a known parameter may leave it out.
	Type string `yaml:"type,omitempty"`
	// The value, of that type.
	Value yaml.Node `yaml:"value"`
	// Where it comes from: guide or law state it in their source; proposed is presencia's or the institution's own.
	Origin string `yaml:"origin"`
	// The short name of the document that states it.
	Source string `yaml:"source,omitempty"`
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
	order   []string        // ids, as they came
	bad     map[string]bool // ids of rules whose YAML is wrong
	errs    []error         // of packs as a whole
	broken  []error         // of single rules
}

// fail is a mistake in a rule.
func (l *loader) fail(file string, line int, format string, args ...any) {
	l.broken = append(l.broken, fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

// yamlError is how the library says it: line 3: field sevrity not found in type check.entry.
var yamlError = regexp.MustCompile(`^line (\d+): (?:field (\S+) not found in type (?:check\.(\w+)|.*)$|(.*))`)

func (l *loader) read(p Pack) {
	var f written
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
			err := fmt.Errorf("%s:%s", p.Name, yamlMessage(e))
			if id := ruleAt(p.Content, e); id != "" {
				l.bad[id], l.broken = true, append(l.broken, err)
			} else {
				l.errs = append(l.errs, err)
			}
		}
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
		if e == nil {
			l.broken = append(l.broken, fmt.Errorf("%s: a rule is empty", p.Name))
			continue
		}
		e.file = p.Name
		for _, s := range []*scalar{&e.ID, &e.When, &e.Expr, &e.Warn, &e.Evidence} {
			s.file = p.Name
		}
		id := e.ID.text
		switch old, known := l.rules[id]; {
		case id == "":
			l.broken = append(l.broken, fmt.Errorf("%s: a rule has no id", p.Name))
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

// ruleAt is the id of the rule in which the library found a mistake; empty: it is in none.
func ruleAt(content []byte, message string) (id string) {
	var pack struct {
		Rules []yaml.Node `yaml:"rules"`
	}
	m := yamlError.FindStringSubmatch(message)
	if m == nil || yaml.Unmarshal(content, &pack) != nil {
		return ""
	}
	line, _ := strconv.Atoi(m[1])
	for i, rule := range pack.Rules {
		if rule.Line > line || i+1 < len(pack.Rules) && pack.Rules[i+1].Line <= line {
			continue
		}
		for k := 0; k+1 < len(rule.Content); k += 2 {
			if rule.Content[k].Value == "id" && rule.Content[k+1].Tag == "!!str" {
				id = rule.Content[k+1].Value
			}
		}
	}
	return id
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
	before := len(l.broken)
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
	if len(l.broken) == before {
		r.compile(l, e, envs[r.unit()])
	}
	return r, len(l.broken) == before
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
