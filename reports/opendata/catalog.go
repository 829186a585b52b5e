package opendata

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Where the terms of the metadata come from.
const prefixes = `@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcatap: <http://data.europa.eu/r5r/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
`

const (
	authority = "http://publications.europa.eu/resource/authority/"
	sectors   = "http://datos.gob.es/kos/sector-publico/sector"
	directive = "http://data.europa.eu/eli/dir/2019/1024/oj" // on open data and the re-use of public sector information
)

// formats are the EU's and IANA's names of the forms, by the ending of a file.
var formats = map[string]struct{ file, media string }{
	"csv":     {"CSV", "text/csv"},
	"json":    {"JSON", "application/json"},
	"parquet": {"PARQUET", "application/vnd.apache.parquet"},
}

// tongues are the EU's names of languages; Valencian has none of its own there.
var tongues = map[string]string{"es": "SPA", "ca": "CAT", "en": "ENG", "gl": "GLG", "eu": "EUS", "oc": "OCI", "fr": "FRA", "de": "DEU", "pt": "POR", "it": "ITA"}

// writeCatalog describes the dataset and its files by DCAT-AP-ES 1.0.0 (the profile of datos.gob.es, 2025) in Turtle. Addresses are
// relative to the catalogue's own where none is declared, and what else is not declared is left out.
func (d Dataset) writeCatalog(w io.Writer, files []File) error {
	t := &turtle{}
	t.line("# DCAT-AP-ES 1.0.0")
	t.line("%s", prefixes)
	publisher := "<#publisher>"
	if d.DIR3 != "" {
		publisher = iri("http://datos.gob.es/recurso/sector-publico/org/Organismo/" + d.DIR3)
	}
	catalog, dataset := iri(d.Address+"#catalog"), iri(d.Address+"#dataset")

	t.subject(catalog, "dcat:Catalog")
	t.texts("dct:title", d.Title)
	t.texts("dct:description", d.Description)
	t.add("dct:publisher", publisher)
	t.add("foaf:homepage", iri(cmp.Or(d.Homepage, d.Address)))
	t.add("dcat:themeTaxonomy", iri(sectors))
	t.add("dct:language", d.tongues()...)
	t.dates(d)
	t.add("dct:license", iri(d.License))
	t.add("dcat:dataset", dataset)
	t.end()

	t.subject(dataset, "dcat:Dataset")
	t.texts("dct:title", d.Title)
	t.texts("dct:description", d.Description)
	t.add("dct:publisher", publisher)
	t.add("dcat:theme", iri(sectors+"/sector-publico"), iri(authority+"data-theme/GOVE"))
	for _, l := range slices.Sorted(maps.Keys(d.Keywords)) {
		for _, word := range d.Keywords[l] {
			t.add("dcat:keyword", literal(word, l))
		}
	}
	t.add("dct:accessRights", iri(authority+"access-right/PUBLIC"))
	t.add("dct:accrualPeriodicity", iri(authority+"frequency/MONTHLY"))
	t.add("dcatap:applicableLegislation", iri(directive))
	t.add("dct:language", d.tongues()...)
	t.dates(d)
	t.add("dct:temporal", fmt.Sprintf("[ a dct:PeriodOfTime ; dcat:startDate %s ; dcat:endDate %s ]", date(d.From.String()), date(d.To.String())))
	t.add("dct:conformsTo", iri("http://www.w3.org/TR/tabular-data-model/"))
	if contact := d.contact(); contact != "" {
		t.add("dcat:contactPoint", contact)
	}
	var shown []File
	for _, f := range files {
		if _, known := formats[ending(f.Name)]; known && f.Name != tablesMetadata {
			shown = append(shown, f)
			t.add("dcat:distribution", iri(d.Address+"#"+f.Name))
		}
	}
	t.end()

	for _, f := range shown {
		form := formats[ending(f.Name)]
		t.subject(iri(d.Address+"#"+f.Name), "dcat:Distribution")
		title := d.Tables[strings.TrimSuffix(f.Name, "."+ending(f.Name))]
		t.texts("dct:title", title)
		t.texts("dct:description", title)
		t.add("dcat:accessURL", iri(d.Address+f.Name))
		t.add("dcat:downloadURL", iri(d.Address+f.Name))
		t.add("dct:format", iri(authority+"file-type/"+form.file))
		t.add("dcat:mediaType", iri("https://www.iana.org/assignments/media-types/"+form.media))
		t.add("dct:license", iri(d.License))
		t.add("dcatap:applicableLegislation", iri(directive))
		t.add("dcatap:availability", iri(authority+"planned-availability/AVAILABLE"))
		t.dates(d)
		t.add("dcat:byteSize", fmt.Sprintf(`"%d"^^xsd:nonNegativeInteger`, f.Size))
		t.add("spdx:checksum", fmt.Sprintf(`[ a spdx:Checksum ; spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue "%s"^^xsd:hexBinary ]`, f.SHA256))
		t.end()
	}

	t.subject(publisher, "foaf:Agent")
	t.add("foaf:name", literal(d.Publisher, "es"))
	if d.DIR3 != "" {
		t.add("dct:identifier", literal(d.DIR3, ""))
	}
	t.end()
	_, err := io.WriteString(w, t.String())
	return err
}

func (t *turtle) dates(d Dataset) {
	t.add("dct:issued", date(d.Issued.String()))
	t.add("dct:modified", date(d.Modified.String()))
}

func (d Dataset) tongues() (all []string) {
	for _, l := range d.Languages {
		base, _, _ := strings.Cut(l, "-")
		if name, ok := tongues[base]; ok {
			if one := iri(authority + "language/" + name); !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

func (d Dataset) contact() string {
	to := ""
	switch {
	case d.Contact == "":
		return ""
	case strings.Contains(d.Contact, "://"):
		to = "vcard:hasURL " + iri(d.Contact)
	default:
		to = "vcard:hasEmail " + iri("mailto:"+d.Contact)
	}
	return "[ a vcard:Organization ; vcard:fn " + literal(d.Publisher, "es") + " ; " + to + " ]"
}

func ending(name string) string {
	_, end, _ := strings.Cut(name, ".")
	return end
}

// turtle is a text in Turtle (W3C Recommendation of 2014) in the making.
type turtle struct{ strings.Builder }

func (t *turtle) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func (t *turtle) subject(name, class string) { fmt.Fprintf(t, "\n%s\n  a %s", name, class) }

// add states a property, once for each value; an empty one is left out.
func (t *turtle) add(property string, values ...string) {
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" || v == "<>" })
	if len(values) > 0 {
		fmt.Fprintf(t, " ;\n  %s %s", property, strings.Join(values, " , "))
	}
}

func (t *turtle) texts(property string, texts Texts) {
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		t.add(property, literal(texts[l], l))
	}
}

func (t *turtle) end() { t.line(" .") }

// literal is a text with its language.
func literal(s, language string) string {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(strings.ToValidUTF8(s, "\ufffd")) + `"`
	if language != "" {
		quoted += "@" + language
	}
	return quoted
}

func date(s string) string { return `"` + s + `"^^xsd:date` }

// iri is an address in angle brackets; what may not stand between them is escaped.
func iri(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r <= ' ' || strings.ContainsRune("<>\"{}|^`\\", r) {
			b.WriteString(url.PathEscape(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return "<" + b.String() + ">"
}
