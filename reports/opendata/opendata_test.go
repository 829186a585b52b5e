package opendata_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/reports/opendata"
)

var madrid = func() *time.Location {
	l, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		panic(err)
	}
	return l
}()

// dataset is one whose texts try to break out of every form.
func dataset() opendata.Dataset {
	texts := opendata.Texts{"es": "Título con \"comillas\"\\ y\nsalto <b>", "ca-ES-valencia": "Títol", "en": "Title"}
	return opendata.Dataset{
		Title: texts, Description: texts, Keywords: map[string][]string{"es": {"redes"}}, Publisher: "Diputación de <Ejemplo>", DIR3: "L02000003",
		License: "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", Address: "https://www.ejemplo.test/abiertos>/",
		Homepage: "https://www.ejemplo.test/", Contact: "redes@ejemplo.test", Languages: []string{"es", "ca-ES-valencia"},
		From: pipeline.Date{Year: 2014, Month: 12, Day: 1}, To: pipeline.Date{Year: 2014, Month: 12, Day: 31},
		Issued: pipeline.Date{Year: 2015, Month: 1, Day: 1}, Modified: pipeline.Date{Year: 2015, Month: 1, Day: 2}, Location: madrid,
		Definitions: []indicator.Indicator{{ID: "posts", Version: 1, Unit: "posts", Title: texts, Formula: texts, Source: "=cmd|' /C calc'!A0"}},
		Units: []opendata.Unit{
			{Level: indicator.Institution, Name: "Diputación"}, {Level: indicator.Account, ID: "office", Name: "@SUM(1+1)", Platform: "x", Department: "office"},
		},
		Columns: map[string]opendata.Texts{"value": texts}, Tables: map[string]opendata.Texts{"indicators": texts, "definitions": texts, "units": texts},
	}
}

// values are a zero, one that is not known, one of which there was nothing to measure, and one that is no number.
func values() []indicator.Value {
	month := pipeline.Month(2014, 12, madrid)
	return []indicator.Value{
		{Indicator: "posts", Version: 1, Level: indicator.Institution, Window: month, Known: true, Value: 0, N: 4, AgeClass: indicator.Settled},
		{Indicator: "posts", Version: 1, Level: indicator.Account, Unit: "office", Window: month, Unknown: 3, AgeClass: indicator.Settled},
		{Indicator: "posts", Version: 1, Level: indicator.Account, Unit: "=1+1", Window: month},
		{Indicator: "posts", Version: 1, Level: indicator.Account, Unit: "nan", Window: month, Known: true, Value: math.NaN()},
		{Indicator: "posts", Version: 1, Level: indicator.Account, Unit: "third", Window: month, Known: true, Value: 1.0 / 3, N: 3},
	}
}

func rows(vs []indicator.Value, end error) iter.Seq2[indicator.Value, error] {
	return func(yield func(indicator.Value, error) bool) {
		for _, v := range vs {
			if !yield(v, nil) {
				return
			}
		}
		if end != nil {
			yield(indicator.Value{}, end)
		}
	}
}

func write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := opendata.Write(dir, dataset(), rows(values(), nil)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func table(t *testing.T, dir, name string) [][]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(read(t, dir, name))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestZeroUnknownAndNothingStayThreeThings(t *testing.T) {
	dir := write(t)
	want := [][]string{
		{"", "0", "settled", "known"}, {"office", "", "settled", "unknown"}, {"'=1+1", "", "newest", "nothing"}, {"nan", "", "newest", "known"},
		{"third", "0.3333333333333333", "newest", "known"},
	}
	var got [][]string
	for _, r := range table(t, dir, "indicators.csv")[1:] {
		got = append(got, []string{r[3], r[6], r[9], r[10]})
		if r[4] != "2014-12-01" || r[5] != "2014-12-31" {
			t.Errorf("from %s to %s", r[4], r[5])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CSV:\n%s", diff)
	}

	var objects []struct {
		Unit, From, To, State string
		Value                 *float64
	}
	if err := json.Unmarshal(read(t, dir, "indicators.json"), &objects); err != nil {
		t.Fatal(err)
	}
	columns, err := parquet.Read[struct {
		Unit  string   `parquet:"unit"`
		From  int32    `parquet:"from,date"`
		Value *float64 `parquet:"value,optional"`
		State string   `parquet:"state"`
	}](bytes.NewReader(read(t, dir, "indicators.parquet")), int64(len(read(t, dir, "indicators.parquet"))))
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 5 || len(columns) != 5 {
		t.Fatalf("%d and %d rows", len(objects), len(columns))
	}
	for i, known := range []bool{true, false, false, false, true} {
		if (objects[i].Value != nil) != known || (columns[i].Value != nil) != known || objects[i].State != want[i][3] || columns[i].State != want[i][3] {
			t.Errorf("row %d: JSON %+v, Parquet %+v", i, objects[i], columns[i])
		}
	}
	if *objects[0].Value != 0 || *columns[0].Value != 0 || *columns[4].Value != 1.0/3 || objects[0].From != "2014-12-01" || columns[0].From != 16405 {
		t.Errorf("JSON %+v, Parquet %+v", objects[0], columns[0])
	}
}

func TestSameRowsGiveTheSameBytes(t *testing.T) {
	a, b := write(t), write(t)
	entries, err := os.ReadDir(a)
	if err != nil || len(entries) != 7 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		if !bytes.Equal(read(t, a, e.Name()), read(t, b, e.Name())) {
			t.Errorf("%s differs", e.Name())
		}
	}
}

func TestNothingIsLeftOfAnExportThatFails(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("broken")
	if _, err := opendata.Write(dir, dataset(), rows(values(), broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("%v", entries)
	}
	if _, err := opendata.Write(dir, dataset(), rows(nil, nil)); err != nil {
		t.Fatal(err)
	}
	if got := string(read(t, dir, "indicators.json")); got != "[]\n" {
		t.Errorf("no rows: %q", got)
	}
}

// TestSpreadsheetsRunNothing: no field of any CSV begins as a formula does.
func TestSpreadsheetsRunNothing(t *testing.T) {
	dir := write(t)
	for _, name := range []string{"indicators.csv", "definitions.csv", "units.csv"} {
		for _, row := range table(t, dir, name)[1:] {
			for i, field := range row {
				if field != "" && strings.ContainsRune("=+@\t", rune(field[0])) || strings.HasPrefix(field, "-") && name == "units.csv" {
					t.Errorf("%s: column %d is %q", name, i+1, field)
				}
			}
		}
	}
}

// TestTablesAreAsDescribed holds the metadata of CSVW against the files.
func TestTablesAreAsDescribed(t *testing.T) {
	dir := write(t)
	var group struct {
		Context []any `json:"@context"`
		Tables  []struct {
			URL    string `json:"url"`
			Schema struct {
				Columns []struct {
					Name     string `json:"name"`
					Required bool   `json:"required"`
					Datatype any    `json:"datatype"`
				} `json:"columns"`
				PrimaryKey  []string `json:"primaryKey"`
				ForeignKeys []struct {
					Columns   []string `json:"columnReference"`
					Reference struct{ Resource string }
				} `json:"foreignKeys"`
			} `json:"tableSchema"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(read(t, dir, "csv-metadata.json"), &group); err != nil {
		t.Fatal(err)
	}
	if len(group.Tables) != 3 || group.Context[0] != "http://www.w3.org/ns/csvw" {
		t.Fatalf("%+v", group)
	}
	for _, described := range group.Tables {
		rows := table(t, dir, described.URL)
		var names []string
		for i, c := range described.Schema.Columns {
			names = append(names, c.Name)
			if c.Datatype == nil {
				t.Errorf("%s.%s has no type", described.URL, c.Name)
			}
			for n, r := range rows[1:] {
				if c.Required && r[i] == "" && described.URL != "definitions.csv" { // ours are short
					t.Errorf("%s.%s is required, and empty in row %d", described.URL, c.Name, n+1)
				}
			}
		}
		if diff := cmp.Diff(rows[0], names); diff != "" {
			t.Errorf("%s:\n%s", described.URL, diff)
		}
		for _, k := range described.Schema.ForeignKeys {
			if _, err := os.Stat(filepath.Join(dir, k.Reference.Resource)); err != nil || !slices.Contains(rows[0], k.Columns[0]) {
				t.Errorf("%+v: %v", k, err)
			}
		}
	}
}

// TestCatalogue reads the metadata with a parser that was not written for them, and holds them against what DCAT-AP-ES 1.0.0
// makes obligatory, and what its shapes would warn of.
func TestCatalogue(t *testing.T) {
	rapper, err := exec.LookPath("rapper")
	if err != nil {
		t.Skip("rapper (Debian: raptor2-utils) is not installed")
	}
	dir := write(t)
	out, err := exec.Command(rapper, "-q", "-i", "turtle", "-o", "ntriples", filepath.Join(dir, "catalog.ttl"), "https://www.ejemplo.test/").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	classes := map[string][]string{} // subjects by class
	has := map[string]map[string]string{}
	for line := range strings.Lines(string(out)) {
		part := strings.SplitN(strings.TrimSpace(line), " ", 3)
		subject, property, value := part[0], part[1], part[2]
		if has[subject] == nil {
			has[subject] = map[string]string{}
		}
		has[subject][strings.Trim(property, "<>")] += value + "\n"
		if strings.HasSuffix(property, "#type>") {
			class := strings.TrimSuffix(value[strings.LastIndexAny(value, "#/")+1:], "> .")
			classes[class] = append(classes[class], subject)
		}
	}
	const dct, dcat, foaf, dcatap = "http://purl.org/dc/terms/", "http://www.w3.org/ns/dcat#", "http://xmlns.com/foaf/0.1/", "http://data.europa.eu/r5r/"
	for class, wanted := range map[string][]string{
		"Catalog": {dct + "title", dct + "description", dct + "publisher", foaf + "homepage", dcat + "themeTaxonomy", dct + "issued", dct + "modified", dct + "language", dct + "license", dcat + "dataset"},
		"Dataset": {dct + "title", dct + "description", dct + "publisher", dcat + "theme", dcat + "distribution", dct + "temporal", dcatap + "applicableLegislation", dcat + "contactPoint"},
		"Distribution": {dcat + "accessURL", dct + "title", dct + "description", dct + "format", dct + "license", dcatap + "availability", dcatap + "applicableLegislation",
			dcat + "byteSize", "http://spdx.org/rdf/terms#checksum"},
		"Agent": {foaf + "name", dct + "identifier"},
	} {
		if len(classes[class]) == 0 {
			t.Errorf("there is no %s", class)
		}
		for _, subject := range classes[class] {
			for _, property := range wanted {
				if has[subject][property] == "" {
					t.Errorf("%s %s has no %s", class, subject, property)
				}
			}
		}
	}
	if n := len(classes["Distribution"]); n != 5 {
		t.Errorf("%d distributions, want those of three forms, definitions and units", n)
	}
	if got := has[classes["Catalog"][0]][dct+"title"]; !strings.Contains(got, `"T\u00EDtulo con \"comillas\"\\ y\nsalto <b>"@es`) {
		t.Errorf("title %s", got)
	}
}

// BenchmarkWrite is an export of a million rows.
func BenchmarkWrite(b *testing.B) {
	vs := values()
	million := func(yield func(indicator.Value, error) bool) {
		for i := range 1_000_000 {
			v := vs[i%len(vs)]
			v.N = int64(i)
			if !yield(v, nil) {
				return
			}
		}
	}
	for b.Loop() {
		if _, err := opendata.Write(b.TempDir(), dataset(), million); err != nil {
			b.Fatal(err)
		}
	}
}
