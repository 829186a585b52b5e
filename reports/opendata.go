package reports

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/reports/opendata"
)

// monthsAtOnce bounds how many months are asked for together, and with it the memory of an export.
const monthsAtOnce = 36

// OpenData is the whole ledger by month as open data: what describes it, and its rows, which are computed as they are read: of
// each level in turn, the oldest first. Posts have their figures at one age class. ErrNoData says that nothing has been
// collected yet.
func OpenData(ctx context.Context, in Input, months []pipeline.Window, levels []indicator.Level, o indicator.Options) (opendata.Dataset, iter.Seq2[indicator.Value, error], error) {
	b, err := newBuilder(ctx, in)
	if err != nil {
		return opendata.Dataset{}, nil, err
	}
	var bounds []struct {
		First  time.Time `ch:"first"`
		Newest time.Time `ch:"newest"`
	}
	if err := in.Querier.Select(ctx, &bounds, "SELECT min(finished) AS first, max(finished) AS newest FROM runs"); err != nil {
		return opendata.Dataset{}, nil, err
	}
	if len(bounds) == 0 || len(months) == 0 {
		return opendata.Dataset{}, nil, ErrNoData
	}
	inst := in.Register.Institution
	d := opendata.Dataset{
		Publisher: inst.Name, DIR3: inst.OpenData.DIR3, License: inst.OpenData.License, Homepage: inst.Website, Contact: inst.Contact, Languages: inst.Languages,
		From: pipeline.DateOf(months[0].From.In(b.zone)), To: pipeline.DateOf(months[len(months)-1].To.In(b.zone).Add(-time.Nanosecond)),
		Issued: pipeline.DateOf(bounds[0].First.In(b.zone)), Modified: pipeline.DateOf(bounds[0].Newest.In(b.zone)), Location: b.zone,
		Definitions: b.indicators, Keywords: map[string][]string{}, Columns: map[string]opendata.Texts{}, Tables: map[string]opendata.Texts{},
		Title: opendata.Texts{}, Description: opendata.Texts{},
	}
	if a := inst.OpenData.Address; a != "" {
		d.Address = strings.TrimSuffix(a, "/") + "/"
	}
	for _, language := range Languages {
		say, err := loadWords(language)
		if err != nil {
			return d, nil, err
		}
		d.Title[language] = say.say("opendata.title", "institution", inst.Name)
		d.Description[language] = say.say("opendata.description")
		if in.Register.Simulated {
			d.Description[language] = say.say("opendata.simulated", "description", d.Description[language])
		}
		d.Keywords[language] = strings.Split(say.say("opendata.keywords"), ", ")
		put := func(into map[string]opendata.Texts, key, text string) {
			if into[key] == nil {
				into[key] = opendata.Texts{}
			}
			into[key][language] = text
		}
		for key := range say.messages {
			if column, ok := strings.CutPrefix(key, "tidy."); ok {
				put(d.Columns, column, say.say("tidy."+column))
			} else if column, ok := strings.CutPrefix(key, "opendata.column."); ok {
				put(d.Columns, column, say.say("opendata.column."+column))
			} else if table, ok := strings.CutPrefix(key, "opendata.table."); ok {
				put(d.Tables, table, say.say("opendata.table."+table))
			}
		}
	}
	d.Units = b.units()
	return d, b.rows(ctx, months, levels, o), nil
}

// units are all that a value can be of.
func (b *builder) units() []opendata.Unit {
	all := []opendata.Unit{{Level: indicator.Institution, Name: b.Register.Institution.Name}}
	for _, g := range []pipeline.Group{pipeline.Participant, pipeline.Comparison, pipeline.OtherGroup} {
		all = append(all, opendata.Unit{Level: indicator.Group, ID: string(g), Name: b.say("group." + string(g))})
	}
	for _, d := range b.Register.Departments {
		all = append(all, opendata.Unit{Level: indicator.Department, ID: d.ID, Name: d.Name, Group: string(d.Group)})
	}
	for _, p := range pipeline.Platforms {
		all = append(all, opendata.Unit{Level: indicator.Platform, ID: string(p), Name: b.platformName(string(p))})
	}
	for _, a := range b.Register.Accounts {
		name := cmp.Or(pipeline.CanonicalHandle(a.Handle), string(a.ID))
		all = append(all, opendata.Unit{Level: indicator.Account, ID: string(a.ID), Name: name, Platform: string(a.Platform), Department: a.Department})
	}
	return all
}

// rows asks for the ledger, some months of a level at a time.
func (b *builder) rows(ctx context.Context, months []pipeline.Window, levels []indicator.Level, o indicator.Options) iter.Seq2[indicator.Value, error] {
	return func(yield func(indicator.Value, error) bool) {
		for _, level := range levels {
			for some := range slices.Chunk(months, monthsAtOnce) {
				found, err := indicator.Compute(ctx, b.Querier, b.indicators, level, some, o)
				if err != nil {
					yield(indicator.Value{}, err)
					return
				}
				for _, v := range found {
					if !yield(v, nil) {
						return
					}
				}
			}
		}
	}
}
