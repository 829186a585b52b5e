package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
)

// manifestFormat is the version of the form of manifests.
const manifestFormat = 1

// Manifest names everything that a report was made from, so that it can be made again and compared. It lies beside the
// report's files as JSON, and the report's last section says the same in words. No clock is read for it: the same data
// give the same manifest.
type Manifest struct {
	Format      int     `json:"format"`
	Report      Request `json:"report"`
	Institution string  `json:"institution"`
	TimeZone    string  `json:"time_zone"` // in which days and months begin

	Program     string         `json:"program"`     // version of presencia
	Register    string         `json:"register"`    // SHA-256 of the register file
	Guide       string         `json:"guide"`       // version of the rules in force
	Definitions map[string]int `json:"definitions"` // versions of the indicators in the report, by their ids

	From   time.Time `json:"data_from,omitzero"` // the oldest publication
	To     time.Time `json:"data_to"`            // the newest reading
	Runs   Runs      `json:"runs"`
	Inputs []Content `json:"inputs"` // what else there was, by name
	Files  []File    `json:"files"`
}

// Request is what report is asked for.
type Request struct {
	Kind     string        `json:"kind"`              // monthly, course …
	Month    string        `json:"month,omitempty"`   // 2015-06
	Account  string        `json:"account,omitempty"` // its id in the register
	Course   string        `json:"course,omitempty"`  // its id in the register
	Language string        `json:"language"`          // one of [Languages]
	AsKnown  pipeline.Date `json:"as_known,omitzero"` // what was known when this day ended; zero: what is known
}

// Runs are the complete runs of the store.
type Runs struct {
	Count   int       `json:"count"`
	Reads   int       `json:"collections"`
	Imports int       `json:"imports"`
	Checks  int       `json:"checks"`
	Newest  time.Time `json:"newest,omitzero"`  // when the last one was finished
	SHA256  string    `json:"sha256,omitempty"` // of their ids in order, each with a line feed after it
}

// Content is what the store held of something that people save, or a file that was looked at.
type Content struct {
	Name   string    `json:"name"`  // plan_items, ticks, actions …; course_plan, look
	Count  int       `json:"count"` // of items
	Newest time.Time `json:"newest,omitzero"`
	SHA256 string    `json:"sha256"`
}

// File is a file of the report.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// The names of inputs that are files and not tables of the store.
const (
	CoursePlanInput = "course_plan"
	lookInput       = "look"
)

// Moments are the moments up to which the store's tables have to be looked at to see what the report has seen.
func (m Manifest) Moments() map[string]time.Time {
	at := map[string]time.Time{"runs": m.Runs.Newest}
	for _, c := range m.Inputs {
		at[c.Name] = c.Newest
	}
	return at
}

// Input finds what there was of a name.
func (m Manifest) Input(name string) Content {
	i := slices.IndexFunc(m.Inputs, func(c Content) bool { return c.Name == name })
	if i < 0 {
		return Content{Name: name}
	}
	return m.Inputs[i]
}

// Write writes the manifest as JSON.
func (m Manifest) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(m)
}

// ReadManifest reads what [Manifest.Write] wrote.
func ReadManifest(r io.Reader) (Manifest, error) {
	var m Manifest
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return m, fmt.Errorf("this is not the manifest of a report: %w", err)
	}
	switch {
	case m.Format > manifestFormat:
		return m, errors.New("the manifest was written by a newer presencia: install that one")
	case m.Format < 1 || m.Report.Kind == "":
		return m, errors.New("this is not the manifest of a report")
	}
	return m, nil
}

// request says what report is being made, for its name and its manifest.
func (b *builder) request(r Request) {
	r.Language, r.AsKnown = b.Language, b.AsKnown
	b.asked = r
}

// record is the manifest of the report in the making, as far as it is known before there are files.
func (b *builder) record() Manifest {
	m := Manifest{
		Format: manifestFormat, Report: b.asked, Institution: b.Register.Institution.Name, TimeZone: b.zone.String(),
		Program: b.Program, Register: b.Register.Version, Guide: b.GuideVersion, Definitions: map[string]int{},
		To:   b.state.Observed.In(b.zone),
		Runs: Runs{Count: int(b.state.Runs), Reads: int(b.state.Collects), Imports: int(b.state.Imports), Checks: int(b.state.Checks)},
	}
	if b.state.First.Unix() > 0 {
		m.From = b.state.First.In(b.zone)
	}
	for _, d := range b.used() {
		m.Definitions[d.ID] = d.Version
	}
	for _, h := range b.Held {
		if h.Name == "runs" {
			m.Runs.Newest, m.Runs.SHA256 = h.Newest, h.SHA256
			continue
		}
		m.Inputs = append(m.Inputs, Content(h))
	}
	if sum := b.Look.sum(); sum != "" {
		m.Inputs = append(m.Inputs, Content{Name: lookInput, Count: 1, SHA256: sum})
	}
	return m
}

// sum tells one look from another; empty: it is presencia's own.
func (l Look) sum() string {
	h, any := sha256.New(), false
	for _, part := range [][]byte{l.Logo, []byte(l.LogoType), []byte(l.LogoText), []byte(l.Colour), []byte(l.Accent), []byte(l.Typeface), l.Font} {
		any = any || len(part) > 0
		fmt.Fprintf(h, "%d\n", len(part))
		h.Write(part)
	}
	if !any {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// manifest is the record in words.
func (b *builder) manifest() List {
	m := b.record()
	versions := make([]string, 0, len(m.Definitions))
	for _, d := range b.indicators {
		if v, ok := m.Definitions[d.ID]; ok {
			versions = append(versions, d.ID+" v"+strconv.Itoa(v))
		}
	}
	l := List{b.say("manifest.title"), []string{
		b.say("manifest.program", "version", m.Program),
		b.say("manifest.register", "version", short(m.Register)),
		b.say("manifest.guide", "version", short(m.Guide)),
		b.say("manifest.indicators", "versions", strings.Join(versions, ", ")),
		b.say("manifest.runs", "n", m.Runs.Count, "collects", m.Runs.Reads, "imports", m.Runs.Imports, "checks", m.Runs.Checks),
	}}
	if m.Runs.SHA256 != "" {
		l.Items = append(l.Items, b.say("manifest.runs_sum", "sum", short(m.Runs.SHA256), "date", b.date(pipeline.DateOf(m.Runs.Newest.In(b.zone)))))
	}
	for _, c := range m.Inputs {
		if key := "manifest.input." + c.Name; c.Count > 0 && b.has(key) {
			l.Items = append(l.Items, b.say("manifest.input", "what", b.say(key, "n", c.Count), "sum", short(c.SHA256)))
		}
	}
	if m.From.IsZero() {
		l.Items = append(l.Items, b.say("manifest.read", "to", b.date(pipeline.DateOf(m.To))))
	} else {
		l.Items = append(l.Items, b.say("manifest.data", "from", b.date(pipeline.DateOf(m.From)), "to", b.date(pipeline.DateOf(m.To))))
	}
	if !m.Report.AsKnown.IsZero() {
		l.Items = append(l.Items, b.say("manifest.as_known", "date", b.date(m.Report.AsKnown)))
	}
	return List{l.Title, append(l.Items, b.say("manifest.verify", "file", b.fileName()+ManifestExt))}
}

// ManifestExt ends the name of a manifest's file.
const ManifestExt = ".manifest.json"

// fileName is the name of a report's files without their ending. A past state's do not take the place of others.
func (b *builder) fileName() string {
	parts := []string{b.asked.Kind}
	for _, p := range []string{b.asked.Account, b.asked.Course, b.asked.Month} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	name := strings.Join(parts, "-")
	if !b.AsKnown.IsZero() {
		name += ".known-" + b.AsKnown.String()
	}
	return name + "." + b.Language
}

// dated are the last parts of a report's cover line: how far the data reach, and where it is so, that a past state is told.
func (b *builder) dated() []string {
	parts := []string{b.say("cover.cutoff", "date", b.date(pipeline.DateOf(b.state.Observed.In(b.zone))))}
	if !b.AsKnown.IsZero() {
		parts = append(parts, b.say("cover.as_known", "date", b.date(b.AsKnown)))
	}
	return parts
}

// short is enough of a hash to tell versions apart.
func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}
