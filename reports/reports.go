// Package reports turns what the store knows into documents for readers, and documents into files.
//
// A report is one function from [Input] to [Document]: [Monthly], [Course]. A document holds sections of blocks (text,
// tiles, tables, charts) with the numbers still numbers; [WriteHTML] and [WriteXLSX] give it a form. To add a section, write
// a function that answers a Section and name it in its report; both forms have it at once. To add a report, write its
// file; to add a form, write a renderer.
//
// All words are in locale/, a folder a language with a file for each part of the reports, and are put in here; numbers are written in number.go and nowhere
// else. Nothing here reads a clock: a report is dated by its data, and the same data give the same bytes.
package reports

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/indicator"
	"presencia/pipeline/learning"
	"presencia/pipeline/plan"
)

// Input is what a report is made from.
type Input struct {
	Querier      indicator.Querier
	Register     *pipeline.Register
	Rules        []Rule // of the guide, in its order
	Language     string // one of [Languages]
	Program      string // version of presencia
	Look         Look
	GuideVersion string
	AsKnown      pipeline.Date      // the report tells what was known when this day ended; zero: what is known
	Held         []pipeline.Holding // what the store holds, for the manifest
	// Plan answers how the content plan of a window was kept; nil: content plans are not looked at.
	Plan func(context.Context, pipeline.Window) (plan.Adherence, error)
	// Actions answers everything that was ever agreed to be done; nil: agreed actions are not looked at.
	Actions func(context.Context) ([]pipeline.Action, error)
	// CoursePlan is the written plan of a course's evaluation; nil: there is none. Record is what is known of who attended.
	CoursePlan *impact.Plan
	Record     learning.Record
}

// Rule is what readers are told of a rule of the guide.
type Rule struct {
	ID          string
	Scope       string              // account, post, reply, institution
	Window      string              // day or month where it looks at one as a whole
	Rhythm      string              // monthly, quarterly, yearly or event where a person answers it
	Severity    string              // crit, high, med, low, info
	Platforms   []pipeline.Platform // empty: all
	Title       map[string]string   // by language, as are all its texts
	Explanation map[string]string
	Remedy      map[string]string
	Good, Bad   map[string]string
	Values      []Threshold
	Sources     []Source // the documents that ask for it
}

// Threshold is a value of a rule with its origin.
type Threshold struct {
	Name   string
	Value  any    // int64, float64, bool, string, []string, time.Duration
	Origin string // guide, law or proposed
	Source Source // that states it; empty where proposed
}

// Source is a document.
type Source struct{ Name, URL string }

// proposed tells whether some threshold is presencia's own and must not be shown as the guide's.
func (r Rule) proposed() bool {
	for _, v := range r.Values {
		if v.Origin == "proposed" {
			return true
		}
	}
	return false
}

// ErrNoData says that there is nothing to report on yet.
var ErrNoData = errors.New("there are no data yet: run presencia collect, or presencia import, first")

//go:embed sql/*.sql
var queries embed.FS

// builder is a report in the making.
type builder struct {
	Input
	*words
	zone       *time.Location
	indicators []indicator.Indicator
	asked      Request
	values     []indicator.Value // all that was asked for, for the tidy sheet
	state      state
	class      indicator.AgeClass // at which the figures of posts are taken; one holds for a whole report
}

// state is what is known of the data as a whole.
type state struct {
	Observed time.Time `ch:"observed"` // newest reading of anything
	Begun    time.Time `ch:"begun"`    // oldest reading
	First    time.Time `ch:"first"`    // oldest post
	Runs     uint64    `ch:"runs"`
	Collects uint64    `ch:"collects"`
	Imports  uint64    `ch:"imports"`
	Checks   uint64    `ch:"checks"`
}

func newBuilder(ctx context.Context, in Input) (*builder, error) {
	say, err := loadWords(in.Language)
	if err != nil {
		return nil, err
	}
	b := &builder{Input: in, words: say, zone: in.Register.Institution.Location()}
	if b.indicators, err = indicator.All(); err != nil {
		return nil, err
	}
	var rows []state
	if err := b.query(ctx, &rows, "state"); err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].Observed.Unix() <= 0 {
		return nil, ErrNoData
	}
	b.state = rows[0]
	return b, nil
}

// document is the report in the making, before its sections.
func (b *builder) document(title, subtitle, period string) Document {
	i := b.Register.Institution
	return Document{
		Name: b.fileName(), Title: title, Subtitle: subtitle, Period: period, Language: b.Language, Simulated: b.Register.Simulated, AsOf: b.state.Observed.In(b.zone),
		Institution: i.Name, Contact: i.Contact, Licence: i.OpenData.License, Look: b.Look,
	}
}

// query runs a file of sql/ with windows for parameters. They are numbers and are set in the text, as in package indicator: long
// arrays do not fit into an address.
func (b *builder) query(ctx context.Context, dst any, name string, windows ...pipeline.Window) error {
	return b.queryAt(ctx, dst, name, "", windows...)
}

// queryAt is query for figures of posts at an age class.
func (b *builder) queryAt(ctx context.Context, dst any, name string, class indicator.AgeClass, windows ...pipeline.Window) error {
	text, err := queries.ReadFile("sql/" + name + ".sql")
	if err != nil {
		return err
	}
	var starts, ends []string
	for _, w := range windows {
		starts, ends = append(starts, seconds(w.From)), append(ends, seconds(w.To))
	}
	bound := strings.NewReplacer("{starts:Array(UInt32)}", "["+strings.Join(starts, ",")+"]", "{ends:Array(UInt32)}", "["+strings.Join(ends, ",")+"]",
		"{age_class:String}", "'"+string(class)+"'").Replace(string(text))
	if err := b.Querier.Select(ctx, dst, bound); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func seconds(t time.Time) string { return "toUInt32(" + strconv.FormatInt(t.Unix(), 10) + ")" }

// compute asks for indicators at a level and keeps the values for the workbook.
func (b *builder) compute(ctx context.Context, level indicator.Level, windows []pipeline.Window, o indicator.Options, ids ...string) (values, error) {
	found, err := indicator.Compute(ctx, b.Querier, b.set(ids...), level, windows, o)
	if err != nil {
		return nil, err
	}
	b.values = append(b.values, found...)
	return index(found), nil
}

// set are indicators by their ids, in the ledger's order. Networks that must stand alone are named only where the institution has
// accounts there, so that the rest is asked for at once.
func (b *builder) set(ids ...string) (set []indicator.Indicator) {
	for _, i := range b.indicators {
		if slices.Contains(ids, i.ID) {
			i.Alone = slices.DeleteFunc(slices.Clone(i.Alone), func(p pipeline.Platform) bool {
				return !slices.ContainsFunc(b.Register.Accounts, func(a pipeline.Account) bool { return a.Platform == p })
			})
			set = append(set, i)
		}
	}
	return set
}

func index(found []indicator.Value) values {
	v := values{}
	for _, x := range found {
		v[key{x.Indicator, x.Unit, x.Window.From.Unix()}] = x
	}
	return v
}

// key finds a value.
type key struct {
	indicator, unit string
	from            int64
}

// values are indicator values by what they are of.
type values map[key]indicator.Value

func (v values) at(id, unit string, w pipeline.Window) indicator.Value {
	return v[key{id, unit, w.From.Unix()}]
}

func (v values) number(id, unit string, w pipeline.Window) Number {
	x := v.at(id, unit, w)
	return Number{x.Value, x.Known}
}
