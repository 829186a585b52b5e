package opendata

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
)

// languages of the texts of definitions, with the suffixes of their columns.
var languages = []struct{ tag, suffix string }{{"es", "es"}, {"ca-ES-valencia", "ca"}, {"en", "en"}}

// writeDefinitions is the data dictionary, from the heads of the indicators.
func (d Dataset) writeDefinitions(w io.Writer) error {
	c := csv.NewWriter(w)
	names := []string{"indicator", "version", "valid_from", "group", "measure", "kind", "direction"}
	for _, text := range []string{"title", "formula", "unknowns", "denominator", "midway"} {
		for _, l := range languages {
			names = append(names, text+"_"+l.suffix)
		}
	}
	_ = c.Write(append(names, "source")) // its error is told at the end
	for _, i := range d.Definitions {
		row := []string{i.ID, strconv.Itoa(i.Version), i.ValidFrom.String(), i.Group, i.Unit, string(i.Kind), strconv.Itoa(i.Direction)}
		for _, text := range []map[string]string{i.Title, i.Formula, i.Unknowns, i.Denominator, i.Midway} {
			for _, l := range languages {
				row = append(row, inert(text[l.tag]))
			}
		}
		_ = c.Write(append(row, inert(i.Source)))
	}
	c.Flush()
	return c.Error()
}

// writeUnits tells what the ids of the rows are.
func (d Dataset) writeUnits(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"level", "unit", "name", "platform", "department", "group"})
	for _, u := range d.Units {
		_ = c.Write([]string{string(u.Level), inert(u.ID), inert(u.Name), u.Platform, u.Department, u.Group})
	}
	c.Flush()
	return c.Error()
}

// column is a column as CSVW describes it.
type column struct {
	Name        string `json:"name"`
	Titles      string `json:"titles"`
	Description Texts  `json:"dc:description,omitempty"`
	Datatype    any    `json:"datatype"`
	Required    bool   `json:"required,omitempty"`
	Null        string `json:"null,omitempty"`
}

// reference is a foreign key.
type reference struct {
	Columns   []string `json:"columnReference"`
	Reference struct {
		Resource string   `json:"resource"`
		Columns  []string `json:"columnReference"`
	} `json:"reference"`
}

func refer(to string, columns ...string) reference {
	r := reference{Columns: columns}
	r.Reference.Resource, r.Reference.Columns = to, columns
	return r
}

type schema struct {
	Columns     []column    `json:"columns"`
	PrimaryKey  []string    `json:"primaryKey"`
	ForeignKeys []reference `json:"foreignKeys,omitempty"`
}

type table struct {
	URL    string `json:"url"`
	Title  Texts  `json:"dc:title,omitempty"`
	Schema schema `json:"tableSchema"`
}

// writeTables describes the three tables by CSVW (Metadata Vocabulary for Tabular Data, W3C Recommendation of 2015).
func (d Dataset) writeTables(w io.Writer) error {
	date := map[string]string{"base": "date", "format": "yyyy-MM-dd"}
	count := map[string]any{"base": "integer", "minimum": 0}
	kinds := map[string]any{
		"version": "integer", "valid_from": date, "from": date, "to": date, "value": "double", "n": count, "unknown": count, "direction": "integer",
		"level":     map[string]string{"base": "string", "format": "institution|group|department|platform|account"},
		"age_class": map[string]string{"base": "string", "format": "newest|at_7_days|settled"},
		"state":     map[string]string{"base": "string", "format": "known|unknown|nothing"},
	}
	describe := func(table string, optional []string, names ...string) (all []column) {
		for _, n := range names {
			about := d.Columns[table+"."+n]
			if about == nil {
				about = d.Columns[n]
			}
			c := column{Name: n, Titles: n, Description: about, Datatype: cmp.Or[any](kinds[n], "string"), Required: !slices.Contains(optional, n)}
			if n == "unit" { // the institution's is an empty text and not a missing one: it is part of keys
				c.Null = "null"
			}
			all = append(all, c)
		}
		return all
	}
	definitions := []string{"indicator", "version", "valid_from", "group", "measure", "kind", "direction"}
	for _, text := range []string{"title", "formula", "unknowns", "denominator", "midway"} {
		for _, l := range languages {
			definitions = append(definitions, text+"_"+l.suffix)
		}
	}
	group := struct {
		Context     []any             `json:"@context"`
		Type        string            `json:"@type"`
		Title       Texts             `json:"dc:title"`
		Description Texts             `json:"dc:description"`
		Publisher   string            `json:"dc:publisher"`
		License     map[string]string `json:"dc:license,omitempty"`
		Modified    map[string]string `json:"dc:modified"`
		Dialect     map[string]any    `json:"dialect"`
		Tables      []table           `json:"tables"`
	}{
		Context: []any{"http://www.w3.org/ns/csvw", map[string]string{"@language": "es"}},
		Type:    "TableGroup", Title: d.Title, Description: d.Description, Publisher: d.Publisher,
		Modified: map[string]string{"@value": d.Modified.String(), "@type": "xsd:date"},
		Dialect:  map[string]any{"encoding": "utf-8", "lineTerminators": []string{"\n"}, "header": true},
		Tables: []table{
			{rowsCSV, d.Tables["indicators"], schema{
				Columns:    describe("indicators", []string{"unit", "value"}, columns...),
				PrimaryKey: []string{"indicator", "level", "unit", "from", "to"},
				ForeignKeys: []reference{
					refer(definitionsCSV, "indicator"), refer(unitsCSV, "level", "unit"),
				},
			}},
			{definitionsCSV, d.Tables["definitions"], schema{
				Columns: describe("definitions", nil, append(definitions, "source")...), PrimaryKey: []string{"indicator"},
			}},
			{unitsCSV, d.Tables["units"], schema{
				Columns:    describe("units", []string{"unit", "platform", "department", "group"}, "level", "unit", "name", "platform", "department", "group"),
				PrimaryKey: []string{"level", "unit"},
			}},
		},
	}
	if d.License != "" {
		group.License = map[string]string{"@id": d.License}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(group)
}

// MarshalJSON writes texts as JSON-LD does, in the order of their languages.
func (t Texts) MarshalJSON() ([]byte, error) {
	type text struct {
		Value    string `json:"@value"`
		Language string `json:"@language"`
	}
	all := []text{}
	for _, l := range slices.Sorted(maps.Keys(t)) {
		all = append(all, text{t[l], l})
	}
	return json.Marshal(all)
}
