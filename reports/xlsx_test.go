package reports

import (
	"archive/zip"
	"bytes"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

func workbook(t *testing.T, d Document) ([]byte, *excelize.File) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteXLSX(&b, d); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return b.Bytes(), f
}

func cellOf(t *testing.T, f *excelize.File, sheet, name string) string {
	t.Helper()
	v, err := f.GetCellValue(sheet, name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// parts are the files inside a workbook.
func parts(t *testing.T, b []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	p := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		p[f.Name] = string(content)
	}
	return p
}

func TestWorkbookHoldsWhatWasPutIn(t *testing.T) {
	d := synthetic("es")
	d.Sections = append(d.Sections, Section{ID: "method", Title: "Método", Blocks: []Block{Definitions{{ID: "posts", Version: 2, Title: map[string]string{"es": "Publicaciones"}, Direction: 1}}}})
	w := pipeline.Month(2014, 12, d.AsOf.Location())
	d.Values = []indicator.Value{
		{Indicator: "posts", Version: 1, Level: indicator.Institution, Window: w, Known: true, Value: 0, N: 3},
		{Indicator: "posts", Version: 1, Level: indicator.Department, Unit: "d", Window: w, Unknown: 2},
		{Indicator: "posts", Version: 1, Level: indicator.Department, Unit: "e", Window: w},
	}
	b, f := workbook(t, d)
	want := []string{"Portada", "Notas del libro", "En una página", "Actividad", "Clases", "Departamentos", "Antes y después", "Efectos", "Redes", "Reparto", "Semana", "Lenguas", "Red", "Qué hacer", "Tendencias", "Cuentas", "Indicadores", "Texto", "Datos", "Columnas"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Fatal(diff)
	}
	for _, s := range f.GetSheetList() {
		if title := cellOf(t, f, s, "A1"); title == "" {
			t.Errorf("%s has no title in A1", s)
		}
		if notice := cellOf(t, f, s, "A2"); !strings.HasPrefix(notice, "Datos simulados.") {
			t.Errorf("%s does not say that it is simulated", s)
		}
		hf, err := f.GetHeaderFooter(s)
		if err != nil || hf == nil || !strings.Contains(hf.OddHeader, "simulados") {
			t.Errorf("%s is printed without the notice: %v", s, err)
		}
		panes, err := f.GetPanes(s)
		if err != nil || (s != "Portada") != panes.Freeze || panes.Freeze && panes.YSplit < 4 {
			t.Errorf("%s: panes %+v, %v", s, panes, err)
		}
		tables, err := f.GetTables(s)
		if err != nil || len(tables) != 1 {
			t.Errorf("%s has %d tables, want one: %v", s, len(tables), err)
		}
	}
	contents := 1
	for cellOf(t, f, "Portada", cell(1, contents)) != "Hoja" {
		contents++
	}
	for row := contents + 1; row < contents+len(want); row++ {
		cell := cell(1, row)
		if ok, to, err := f.GetCellHyperLink("Portada", cell); err != nil || !ok || to != "'"+cellOf(t, f, "Portada", cell)+"'!A1" {
			t.Errorf("the contents' %s leads to %q, %v", cell, to, err)
		}
	}
	if ok, _, _ := f.GetCellHyperLink("Cuentas", "G8"); !ok {
		t.Error("a link of a table is lost")
	}
	if formats, err := f.GetConditionalFormats("Cuentas"); err != nil || len(formats) != 1 {
		t.Errorf("%d conditional formats, want the shaded column's: %v", len(formats), err)
	}
	charts, alts := 0, 0
	for name, content := range parts(t, b) {
		if strings.HasPrefix(name, "xl/charts/chart") {
			charts++
		}
		if strings.HasPrefix(name, "xl/drawings/drawing") {
			alts += strings.Count(content, `descr="`)
		}
	}
	if charts != 10 || alts != charts { // eleven charts, two of them with two panels, two that Excel does not have
		t.Errorf("%d charts with %d alternative texts, want 10 and 10", charts, alts)
	}
	props, err := f.GetDocProps()
	if err != nil || props.Creator != "presencia" || props.Created != "2015-01-02T03:04:05Z" || props.Title != d.Title {
		t.Errorf("properties %+v, %v", props, err)
	}

	rows, err := f.GetRows("Datos", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, r := range rows[6:] {
		states = append(states, r[6]+" "+r[10])
	}
	if diff := cmp.Diff([]string{"0 known", " unknown", " nothing"}, states); diff != "" {
		t.Errorf("zero, unknown and nothing:\n%s", diff)
	}
}

func TestUnknownIsAnEmptyCellWithItsReason(t *testing.T) {
	d := synthetic("en")
	d.Sections = []Section{{ID: "a", Title: "A", Blocks: []Block{Table{ID: "t", Sheet: "T", Title: "T",
		Columns: []Column{{Title: "Name"}, {Title: "X", Kind: Figures}, {Title: "Y", Kind: Signed, Decimals: 1}},
		Rows: [][]Cell{
			{text("zero"), count(0), number(known(-1.5), "")}, {text("unknown"), number(Number{}, "not read"), number(Number{}, "no figure then")},
			{text("infinite"), number(Number{math.Inf(1), true}, ""), number(Number{math.NaN(), true}, "")},
		},
	}}}}
	_, f := workbook(t, d)
	rows, err := f.GetRows("T", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"Name", "X", "Y", "Why it is missing"}, {"zero", "0", "-1.5"}, {"unknown", "", "", "X: not read; Y: no figure then"}, {"infinite"}}
	if diff := cmp.Diff(want, rows[5:]); diff != "" {
		t.Error(diff)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	_, f := workbook(t, synthetic("es"))
	rows, err := f.GetRows("Departamentos", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rows {
		if len(r) > 0 {
			names = append(names, r[0])
		}
	}
	for _, s := range hostile {
		i := slices.Index(names, s)
		if i < 0 {
			t.Errorf("%q is not in the sheet", s)
			continue
		}
		if formula, err := f.GetCellFormula("Departamentos", cell(1, i+1)); err != nil || formula != "" {
			t.Errorf("%q became the formula %q", s, formula)
		}
	}
}

func TestWorkbookIsTheSameEachTime(t *testing.T) {
	first, _ := workbook(t, synthetic("es"))
	for range 8 {
		if again, _ := workbook(t, synthetic("es")); !bytes.Equal(first, again) {
			t.Fatal("the same document gave two workbooks")
		}
	}
}

// TestNothingStandsTwiceOrOutOfOrder holds workbooks against what Excel repairs or the schema forbids.
func TestNothingStandsTwiceOrOutOfOrder(t *testing.T) {
	d := synthetic("es")
	twice := Table{ID: "same-id", Sheet: "A", Title: "A", Columns: []Column{{Title: "Name"}, {Title: "X", Kind: Figures}}, Rows: [][]Cell{{text("x"), count(1)}}}
	other := twice
	other.ID, other.Sheet = "SAME_ID", "B"
	data := twice
	data.ID, data.Sheet = tidyID, "C" // the formulas of the summary mean the tidy one
	d.Sections = append(d.Sections, Section{ID: "twice", Title: "T", Blocks: []Block{data, twice, twice, other}})
	b, _ := workbook(t, d)
	names, stock := map[string]string{}, 0
	for part, content := range parts(t, b) {
		for _, m := range regexp.MustCompile(` displayName="([^"]*)"`).FindAllStringSubmatch(content, -1) {
			if before, ok := names[strings.ToLower(m[1])]; ok && strings.HasPrefix(part, "xl/tables/") {
				t.Errorf("the tables of %s and %s are both called %s", before, part, m[1])
			}
			names[strings.ToLower(m[1])] = part
		}
		last := 0
		for _, m := range regexp.MustCompile(`<col min="(\d+)"`).FindAllStringSubmatch(content, -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil || n <= last {
				t.Errorf("%s: column %s follows column %d", part, m[1], last)
			}
			last = n
		}
		if strings.Contains(content, "<stockChart>") {
			stock++
			if strings.Contains(content, "<stockChart><varyColors") || strings.Contains(content, "dateAx>") {
				t.Errorf("%s: a stock chart with what the schema forbids", part)
			}
		}
	}
	if len(names) < 6 || stock == 0 {
		t.Errorf("%d tables and %d stock charts prove nothing", len(names), stock)
	}
}

func TestSheetNames(t *testing.T) {
	used := map[string]bool{}
	for _, c := range []struct{ in, want string }{
		{"Cuentas", "Cuentas"}, {"cuentas", "cuentas 2"}, {"A/B: [C]?*", "A B C"}, {"'x'", "x"}, {"", "…"},
		{"Diferencias de tiempo de respuesta entre departamentos", "Diferencias de… departamentos"},
		{"Diferencias de tiempo de respuesta entre departamentos", "Diferencias de… departamentos 2"},
		{"Cumplimiento de las reglas de accesibilidad", "Cumplimiento… de accesibilidad"}, {"Serie Mensajes contestados en 24 horas", "Serie Mensajes… en 24 horas"},
		{"Qué se puede decir, en una página", "Qué se puede… en una página"}, {strings.Repeat("x", 40), strings.Repeat("x", 31)},
		{strings.Repeat("😀", 20), strings.Repeat("😀", 15)},
	} {
		got := sheetName(c.in, used)
		if got != c.want || len(utf16.Encode([]rune(got))) > 31 {
			t.Errorf("%q becomes %q, want %q", c.in, got, c.want)
		}
	}
	for _, lang := range Languages {
		for key, m := range catalogue(t, lang) {
			if strings.Contains(key, ".sheet") && !strings.Contains(m["other"], "{") && len([]rune(m["other"])) > 31 {
				t.Errorf("%s: %s is too long for a tab: %q", lang, key, m["other"])
			}
		}
	}
}

func TestColumnTitlesThatExcelWouldRenameAreRefused(t *testing.T) {
	for _, titles := range [][]string{{"A", "a"}, {"A", ""}} {
		table := Table{ID: "t", Sheet: "T", Title: "T", Rows: [][]Cell{{text("x"), text("y")}}}
		for _, c := range titles {
			table.Columns = append(table.Columns, Column{Title: c})
		}
		d := Document{Language: "en", Sections: []Section{{Blocks: []Block{table}}}}
		if err := WriteXLSX(io.Discard, d); err == nil || !strings.Contains(err.Error(), "column title") {
			t.Errorf("%q: error %v", titles, err)
		}
	}
}
