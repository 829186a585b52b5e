package plan

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
)

func day(s string) pipeline.Date {
	d, err := pipeline.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// register is a small institution with a December full of occasions.
func register() *pipeline.Register {
	return &pipeline.Register{
		Institution: pipeline.Institution{Name: "Diputación de Ejemplo", TimeZone: "Europe/Madrid", Languages: []string{"es", "ca-ES-valencia"}},
		Departments: []pipeline.Department{{ID: "turismo", Name: "Turismo de Interior"}, {ID: "cultura", Name: "Cultura"}, {ID: "archivo", Name: "Archivo"}},
		Accounts: []pipeline.Account{
			{ID: "turismo-x", Department: "turismo", Platform: pipeline.X, Handle: "@turismo_ej"},
			{ID: "turismo-m", Department: "turismo", Platform: pipeline.Mastodon, Handle: "@turismo@social.example"},
			{ID: "turismo-ig", Department: "turismo", Platform: pipeline.Instagram, Handle: "@turismo_ej"},
			{ID: "cultura-ig", Department: "cultura", Platform: pipeline.Instagram, Handle: "@cultura_ej"},
		},
		Campaigns: []pipeline.Campaign{{ID: "nadal", Name: "Nadal a la província", Start: day("2026-12-01"), End: day("2026-12-20"), Hashtags: []string{"NadalEjemplo"}}},
		Events:    []pipeline.Event{{Name: "Feria del Turismo", Start: day("2026-12-09"), End: day("2026-12-13")}},
		Calendar: pipeline.Calendar{
			Holidays: []pipeline.Holiday{
				{Date: day("2026-12-07"), Name: "Festivo local"}, {Date: day("2026-12-08"), Name: "Inmaculada"}, {Date: day("2026-12-25"), Name: "Navidad"}, {Date: day("2027-01-01"), Name: "Año Nuevo"},
			},
			Elections: []pipeline.Election{{Name: "Elecciones locales", Call: day("2026-12-15"), Polling: day("2027-02-07")}},
		},
	}
}

// december is the workbook of a month in a language.
func december(t testing.TB, language string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (Template{Register: register(), Month: pipeline.Month(2026, time.December, madrid), Language: language, File: "plan.xlsx"}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, content []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func save(t testing.TB, f *excelize.File) []byte {
	t.Helper()
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fillIn writes into cells of the first sheet that has the model's columns, by field and row.
func fillIn(t testing.TB, f *excelize.File, sheet string, row int, values map[string]any) {
	t.Helper()
	m, err := loadModel()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range m.Columns {
		if v, ok := values[c.Field]; ok {
			if err := f.SetCellValue(sheet, name(i+1, row), v); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func planSheet(t testing.TB, language string) string {
	m, err := loadModel()
	if err != nil {
		t.Fatal(err)
	}
	return m.say(language, "sheet.plan")
}

func TestModelIsWhole(t *testing.T) {
	m, err := loadModel()
	if err != nil {
		t.Fatal(err)
	}
	whole := func(what string, words map[string]string) {
		for _, l := range Languages {
			if strings.TrimSpace(words[l]) == "" {
				t.Errorf("%s has nothing in %s", what, l)
			}
		}
		if len(words) != len(Languages) {
			t.Errorf("%s has further languages: %v", what, words)
		}
	}
	titles := map[string]string{}
	for _, c := range m.Columns {
		whole(c.Field+": title", c.Title)
		whole(c.Field+": about", c.About)
		whole(c.Field+": example", c.Example)
		for _, title := range slices.AppendSeq(slices.Clone(c.Also), maps.Values(c.Title)) {
			if other, taken := titles[sheet.Title(title)]; taken && other != c.Field {
				t.Errorf("%q is the title of %s and of %s", title, other, c.Field)
			}
			titles[sheet.Title(title)] = c.Field
		}
		for _, l := range Languages { // what Excel takes for the message of a cell
			if n := len([]rune(c.About[l])); n > 255 {
				t.Errorf("%s: about in %s has %d letters", c.Field, l, n)
			}
		}
	}
	for list, entries := range m.Lists {
		for _, e := range entries {
			whole(list+": "+e.Word, e.Names)
			for _, n := range slices.AppendSeq(slices.Clone(e.Also), maps.Values(e.Names)) {
				if w, _ := m.word(list, n); w != e.Word {
					t.Errorf("%s: %q means %s and %s", list, n, e.Word, w)
				}
			}
		}
	}
	for key, words := range m.Words {
		whole(key, words)
	}
	for _, p := range pipeline.Platforms {
		if m.Platforms[p] == "" {
			t.Errorf("the network %s has no name", p)
		}
	}
	source, err := os.ReadFile("workbook.go")
	if err != nil {
		t.Fatal(err)
	}
	for key := range m.Words {
		if !strings.Contains(string(source), `"`+key+`"`) && !strings.HasPrefix(key, "step.") {
			t.Errorf("%s is not used", key)
		}
	}
}

// TestTemplateComesBack fills a workbook in as a person does, in each language, and reads it.
func TestTemplateComesBack(t *testing.T) {
	for language, words := range map[string]map[string]any{
		"es":             {"department": "Turismo de Interior", "account": "X · @turismo_ej", "format": "Vídeo", "language": "castellano y valenciano", "state": "Validado", "line": "Agenda y trámites"},
		"ca-ES-valencia": {"department": "turismo de interior", "account": "x · @turismo_ej", "format": "Vídeo", "language": "castellà, valencià", "state": "Validat", "line": "Agenda i tràmits"},
		"en":             {"department": "turismo", "account": "turismo-x", "format": "Video", "language": "es; ca-ES-valencia", "state": "Validated", "line": "Agenda and procedures"},
	} {
		t.Run(language, func(t *testing.T) {
			f := open(t, december(t, language))
			sheet := planSheet(t, language)
			// 1 December stands in the first row. A time is the fraction of a day that spreadsheets keep.
			fillIn(t, f, sheet, headRow+1, words)
			fillIn(t, f, sheet, headRow+1, map[string]any{"time": 10.5 / 24, "topic": "Mercado", "text": "Abre el mercado\nde Navidad", "link": "www.dip.example/mercado",
				"hashtags": "#NadalEjemplo, Mercado", "campaign": "Nadal a la província", "responsible": "Gabinete", "media": "Archivo propio", "tolerance": 30, "id": "M-1"})
			// A free row at the end, with a text for a date; its department has one account.
			fillIn(t, f, sheet, headRow+40, map[string]any{"date": "lunes, 14 de diciembre de 2026", "time": "9.15 h", "department": "Cultura", "topic": "Concierto"})
			content := save(t, f)
			got, err := Reader{Register: register()}.Read("plan.xlsx", content)
			if err != nil {
				t.Fatal(err)
			}
			want := []Item{
				{ID: "M-1", Department: "turismo", Account: "turismo-x", At: at("1 10:30"), Tolerance: 30 * time.Minute, Languages: []string{"es", "ca-ES-valencia"}, Format: "video",
					Topic: "Mercado", Campaign: "Nadal a la província", Text: "Abre el mercado\nde Navidad", Link: "https://www.dip.example/mercado", Hashtags: []string{"NadalEjemplo", "Mercado"},
					Responsible: "Gabinete", State: Validated, Notes: map[string]string{"line": "agenda", "media": "Archivo propio"}},
				{ID: "cultura-ig-20261214-0915", Department: "cultura", Account: "cultura-ig", At: at("14 09:15"), Tolerance: time.Hour, Topic: "Concierto", State: Planned, Notes: map[string]string{}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTemplateIsAWorkbook looks at what a person meets.
func TestTemplateIsAWorkbook(t *testing.T) {
	f := open(t, december(t, "es"))
	if diff := cmp.Diff([]string{"Instrucciones", "Plan", "Listas"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	var days []string
	rows, err := f.GetRows("Plan", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[headRow:] {
		if len(r) == 0 || r[0] == "" {
			continue
		}
		d, _, ok := sheet.Date(r[0], time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC))
		if !ok {
			t.Fatalf("%q stands for a date", r[0])
		}
		note := ""
		if len(r) > 1 {
			note = " " + r[1]
		}
		days = append(days, strings.TrimPrefix(d.String(), "2026-12-")+note)
	}
	want := []string{
		"01 Empieza la campaña Nadal a la província", "02", "03", "04", "07 Festivo local", "08 Inmaculada", "09 Feria del Turismo (hasta el 13/12)", "10", "11", "13 Feria del Turismo",
		"14", "15 Elecciones locales: convocatoria", "16", "17", "18", "20 Acaba la campaña Nadal a la província", "21", "22", "23", "24", "25 Navidad", "28", "29", "30", "31",
	}
	if diff := cmp.Diff(want, days); diff != "" {
		t.Errorf("days (-want +got)\n%s", diff)
	}
	tables, err := f.GetTables("Plan")
	if err != nil || len(tables) != 1 || tables[0].Range != fmt.Sprintf("A%d:W%d", headRow, headRow+len(want)+freeRows) {
		t.Errorf("tables %+v, %v", tables, err)
	}
	validations, err := f.GetDataValidations("Plan")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{}
	for _, v := range validations {
		if v.Type == "list" {
			lists[v.Sqref[:1]] = v.Formula1
		}
	}
	for column, header := range map[string]string{"D": "Departamentos", "E": "Cuentas", "G": "Formatos", "H": "Idiomas", "K": "Etiquetas", "L": "Campañas", "N": "Estados", "O": "Líneas de contenido"} {
		m := regexp.MustCompile(`^'?Listas'?!\$([A-Z])\$2:`).FindStringSubmatch(lists[column])
		if m == nil {
			t.Errorf("the list of column %s is %q", column, lists[column])
			continue
		}
		if got, _ := f.GetCellValue("Listas", m[1]+"1"); got != header {
			t.Errorf("column %s offers %s, want %s", column, got, header)
		}
	}
	if len(validations) != 23 {
		t.Errorf("%d columns explain themselves, want all 23", len(validations))
	}
	if p, err := f.GetPanes("Plan"); err != nil || !p.Freeze || p.YSplit != headRow || p.XSplit != 3 {
		t.Errorf("panes %+v, %v", p, err)
	}
	if props, err := f.GetDocProps(); err != nil || props.Creator != "Diputación de Ejemplo" || props.Language != "es" {
		t.Errorf("properties %+v, %v", props, err)
	}
	names := map[string]string{}
	for _, n := range f.GetDefinedName() {
		names[n.Name] = n.RefersTo
	}
	if names["_xlnm.Print_Titles"] != fmt.Sprintf("'Plan'!$%d:$%d", headRow, headRow) || names[namePrefix+"account"] != fmt.Sprintf("'Plan'!$E$%d", headRow) {
		t.Errorf("names %v", names)
	}
	if err := (Template{Register: register(), Month: pipeline.Month(2026, time.December, madrid), Language: "fr"}).Write(io.Discard); err == nil {
		t.Error("a workbook in French was written")
	}
	if bytes.Equal(december(t, "es"), december(t, "en")) {
		t.Error("languages do not differ")
	}
}

// TestAnotherProgramKeepsTheWorkbook has LibreOffice open and save what we wrote.
func TestAnotherProgramKeepsTheWorkbook(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed")
	}
	f := open(t, december(t, "es"))
	fillIn(t, f, "Plan", headRow+1, map[string]any{"time": 10.5 / 24, "account": "X · @turismo_ej", "topic": "Mercado"})
	if err := f.SetCellValue("Plan", "F5", "Asunto propio"); err != nil { // a column with a name of the institution's
		t.Fatal(err)
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "plan.xlsx")
	if err := os.WriteFile(in, save(t, f), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"xlsx", "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,2"} {
		out := filepath.Join(dir, form[:3])
		c := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", form, "--outdir", out, in)
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		files, err := filepath.Glob(out + "/*")
		if err != nil || len(files) != 1 {
			t.Fatalf("it wrote %v", files)
		}
		content, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		r := Reader{Register: register()}
		if strings.HasPrefix(form, "csv") { // which has no place for what a column was called
			r.Columns = map[string]string{"topic": "Asunto propio"}
		}
		got, err := r.Read(files[0], content)
		if err != nil {
			t.Fatalf("%s: %v\n%.600s", form, err, content)
		}
		if len(got) != 1 || got[0].Topic != "Mercado" || !got[0].At.Equal(at("1 10:30")) || got[0].Account != "turismo-x" {
			t.Errorf("%s: %+v", form, got)
		}
	}
}

const table3 = "\ufeffHora;Asunto;Día;Canal;Enlace;Prioridad\r\n10:30;Mercado;3/12/2026;turismo-x;;alta\r\n;;4/12/2026;;;\r\n\r\n9h05;Feria;5 de desembre de 2026;Mastodon @turismo@social.example;https://dip.example/feria;\r\n"

func TestTables(t *testing.T) {
	want := []Item{
		{ID: "turismo-x-20261203-1030", Department: "turismo", Account: "turismo-x", At: at("3 10:30"), Tolerance: time.Hour, Topic: "Mercado", State: Planned, Notes: map[string]string{"Prioridad": "alta"}},
		{ID: "turismo-m-20261205-0905", Department: "turismo", Account: "turismo-m", At: at("5 09:05"), Tolerance: time.Hour, Topic: "Feria", Link: "https://dip.example/feria", State: Planned, Notes: map[string]string{}},
	}
	plain := strings.TrimPrefix(table3, "\ufeff")
	ansi, err := charmap.Windows1252.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(plain)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for name, content := range map[string][]byte{
		"UTF-8": []byte(table3), "Windows-1252": []byte(ansi), "UTF-16": wide, "tabs": []byte(strings.ReplaceAll(plain, ";", "\t")), "commas": []byte(strings.ReplaceAll(plain, ";", ",")),
		"lines before": []byte("Plan de contenidos\n\n" + plain),
	} {
		got, err := Reader{Register: register()}.Read("plan.csv", content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDatesAndTimes(t *testing.T) {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"46359": "2026-12-03 ", "46359.4375": "2026-12-03 10:30", "3/12/2026": "2026-12-03 ", "03-12-26": "2026-12-03 ", "3.12.2026": "2026-12-03 ", "2026-12-3": "2026-12-03 ",
		"2026-12-03T10:30:00": "2026-12-03 10:30", "2026-12-03 10:30": "2026-12-03 10:30", "3/12/2026, 10:30": "2026-12-03 10:30", "jue 3/12/2026": "2026-12-03 ",
		"jueves, 3 de diciembre de 2026": "2026-12-03 ", "3 de diciembre del 2026": "2026-12-03 ", "3 dic 2026": "2026-12-03 ", "3 dic. 2026": "2026-12-03 ", "3 de desembre de 2026": "2026-12-03 ",
		"dj. 3/12/2026": "2026-12-03 ", "1 d'abril de 2026": "2026-04-01 ", "1 d’agost de 2026": "2026-08-01 ", "3 December 2026": "2026-12-03 ", "3-dic-2026": "2026-12-03 ", "29/2/2028": "2028-02-29 ",
		"31/11/2026": "", "29/2/2026": "", "12/31/2026": "", "mañana": "", "3 de brumario de 2026": "", "0": "", "1e9": "", "NaN": "", "3/12": "", "2026": "", "3/12/0026": "",
	} {
		d, rest, ok := sheet.Date(text, epoch)
		got := ""
		if ok {
			got = d.String() + " "
			if rest != "" {
				minutes, _ := sheet.TimeOfDay(rest)
				got += fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]int{
		"10:30": 630, "10.30": 630, "10h30": 630, "10:30 h": 630, "10:30:00": 630, "9": 540, "9 h": 540, "09:05": 545, "0.4375": 630, "0.99930556": 1439, "46359.4375": 630, "5:30 pm": 1050, "12:15 a. m.": 15,
		"00.25": 25, "0": 0, "0:00": 0, "23:59": 1439, "a las 10:30": 630, "24:00": -1, "10:60": -1, "10.3": -1, "13 pm": -1, "tarde": -1, "-1": -1, "1e3": -1, "": -1,
	} {
		got, ok := sheet.TimeOfDay(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is minute %d, want %d", text, got, want)
		}
	}
}

// TestMistakesAreNamedByCell has every mistake that a cell can hold, all of which are told at once.
func TestMistakesAreNamedByCell(t *testing.T) {
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", "Plan"); err != nil {
		t.Fatal(err)
	}
	rows := [][]any{
		{"Fecha", "Hora", "Departamento", "Cuenta", "Tema", "Enlace", "Idioma", "Estado", "Margen", "Responsable", "Referencia", "Título"},
		{"31/11/2026", "10:30", "", "turismo-x", "a"},
		{"3/12/2026", "25:00", "", "turismo-x", "a"},
		{"3/12/2026", "", "", "turismo-x", "a"},
		{"", "10:30", "", "turismo-x", "a"},
		{"3/12/2026", "10:30", "Hacienda", "", "a"},
		{"3/12/2026", "10:30", "", "@hacienda", "a"},
		{"3/12/2026", "10:30", "", "@turismo_ej", "a"},
		{"3/12/2026", "10:30", "Cultura", "turismo-x", "a"},
		{"3/12/2026", "10:30", "", "", "a"},
		{"3/12/2026", "10:30", "Archivo", "", "a"},
		{"3/12/2026", "10:30", "", "turismo-x", "a", "dip.example/x", "élfico", "hecho", "0", "ana@dip.example"},
		{"28/3/2027", "2:30", "", "turismo-x", "a"},
		{"3/12/2026", "10:30", "", "turismo-x", "a", "", "", "", "", "", "R"},
		{"3/12/2026", "11:30", "", "turismo-m", "b", "", "", "", "", "", "R"},
	}
	for i, r := range rows {
		if err := f.SetSheetRow("Plan", name(1, i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Reader{Register: register()}.Read("plan.xlsx", save(t, f))
	var cells sheet.CellErrors
	if !errors.As(err, &cells) {
		t.Fatalf("got %v", err)
	}
	want := []string{
		"Plan!L1: this column is the same as Plan!E1: name one of them otherwise",
		`Plan!A2: "31/11/2026" is no date: write it with the day first, such as 3/11/2026, or as 2026-11-03`,
		`Plan!B3: "25:00" is no time of day: write it like 10:30`,
		"Plan!B4: write the time, such as 10:30",
		"Plan!A5: write the date, such as 3/11/2026",
		`Plan!C6: the register has no department "Hacienda"; write its name or its id`,
		`Plan!D7: the register has no account "@hacienda"; write its id, or network and handle`,
		`Plan!D8: "@turismo_ej" may be turismo-x or turismo-ig: write which`,
		"Plan!D9: the account turismo-x belongs to turismo, not to cultura",
		"Plan!D10: write the account, or at least the department",
		"Plan!C11: the register has no account of archivo",
		"Plan!F12: write one whole address, with https:// in front",
		`Plan!G12: "élfico" is no language: write castellano, valencià, or a tag such as es, with commas between several`,
		"Plan!I12: write minutes, from 1 to 720",
		`Plan!H12: "hecho" is no state of an item: write one of Planificado, Validado, Programado, Publicado, Anulado`,
		"Plan!J12: write a role, such as press office, instead of a person's address",
		"Plan!B13: the clocks are put forward that night, there is no 02:30 on 2027-03-28",
		"Plan!K15: the reference R stands in row 14 as well: give each row its own, or leave it empty",
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestWorkbooksAsTheyAre reads what programs leave in cells.
func TestWorkbooksAsTheyAre(t *testing.T) {
	read := func(change func(*excelize.File)) ([]Item, error) {
		f := excelize.NewFile()
		for cell, v := range map[string]any{"A1": "Notas", "B3": "Date", "C3": "Time", "D3": "Account", "E3": "Topic", "B4": 46359, "C4": 0.4375, "D4": "turismo-x", "E4": "Mercado"} {
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
		change(f)
		return Reader{Register: register()}.Read("plan.xlsx", save(t, f))
	}
	one := func(name string, change func(*excelize.File), want string) {
		t.Helper()
		got, err := read(change)
		if err != nil || len(got) != 1 || got[0].At.In(madrid).Format("2006-01-02 15:04 ")+got[0].Topic != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	one("a table that starts anywhere", func(*excelize.File) {}, "2026-12-03 10:30 Mercado")
	one("date and time in one cell", func(f *excelize.File) { f.SetCellValue("Sheet1", "B4", 46359.4375); f.SetCellValue("Sheet1", "C4", "") }, "2026-12-03 10:30 Mercado")
	one("dates counted from 1904", func(f *excelize.File) {
		yes := true
		f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes})
		f.SetCellValue("Sheet1", "B4", 46359-1462)
	}, "2026-12-03 10:30 Mercado")
	one("on the second sheet", func(f *excelize.File) {
		f.NewSheet("Primera")
		f.MoveSheet("Primera", "Sheet1")
	}, "2026-12-03 10:30 Mercado")
	// The value that was saved with a formula counts, whatever the formula would give.
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	w.SetRow("A1", []any{"Fecha", "Hora", "Cuenta", "Tema"})
	w.SetRow("A2", []any{excelize.Cell{Formula: "TODAY()", Value: 46359}, 0.4375, "turismo-x", excelize.Cell{Formula: `WEBSERVICE("https://dip.example/")`, Value: "Mercado"}})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := Reader{Register: register()}.Read("plan.xlsx", save(t, f))
	if err != nil || len(got) != 1 || got[0].Topic != "Mercado" || !got[0].At.Equal(at("3 10:30")) {
		t.Errorf("formulas: %+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		change func(*excelize.File)
		want   string
	}{
		"a formula that came to nothing": {func(f *excelize.File) { f.SetCellValue("Sheet1", "E4", "#REF!") }, "Sheet1!E4: the formula in this cell gives #REF!: write the value itself"},
		"nothing but dates":              {func(f *excelize.File) { f.SetSheetRow("Sheet1", "B4", &[]any{46359, "", "", ""}) }, "no row says more than a date"},
		"no titles":                      {func(f *excelize.File) { f.SetCellValue("Sheet1", "B3", "Cuándo") }, "no table with a column for the date (Fecha, Data, Date)"},
		"a row too far down":             {func(f *excelize.File) { f.SetCellValue("Sheet1", "E20000", "x") }, "Sheet1!A20000: there are more than 10000 rows"},
		"a column too far out":           {func(f *excelize.File) { f.SetCellValue("Sheet1", "ZZ4", "x") }, "Sheet1!GS4: there are more than 200 columns"},
		"a text too long":                {func(f *excelize.File) { f.SetCellValue("Sheet1", "E4", strings.Repeat("ñ", maxText+1)) }, "Sheet1!E4: this is longer than 10000 letters"},
	} {
		if _, err := read(c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	bomb := func(size int64) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		book := december(t, "es") // not the same bytes at each call
		src, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range src.File {
			w, err := z.Create(part.Name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(w, r)
			if part.Name == "xl/sharedStrings.xml" {
				for range size >> 20 {
					w.Write(bytes.Repeat([]byte(" "), 1<<20))
				}
			}
		}
		z.Close()
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"a bomb":            {bomb(100 << 20), "exceeds the 67108864 bytes limit"},
		"a zip of nothing":  {[]byte("PK\x03\x04"), "open the workbook"},
		"an old workbook":   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "save it as XLSX"},
		"a picture":         {[]byte("\x89PNG\r\n\x1a\n\x00\x00"), "neither a workbook nor a table"},
		"nothing":           {nil, "no table with a column for the date"},
		"much of it":        {make([]byte, sheet.MaxFile+1), "larger than 16 MB"},
		"a broken workbook": {december(t, "es")[:4000], "open the workbook"},
	} {
		if _, err := (Reader{Register: register()}).Read("dir/plan.xlsx", c.content); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		} else if strings.Contains(err.Error(), "dir/") {
			t.Errorf("%s: a path stands in %v", name, err)
		}
	}
	if _, err := (Reader{Register: register(), Columns: map[string]string{"nonsense": "x"}}).Read("a.csv", nil); err == nil || !strings.Contains(err.Error(), "it has date, ") {
		t.Errorf("a field that does not exist: %v", err)
	}
}

func TestIdsStay(t *testing.T) {
	read := func(rows string) []Item {
		t.Helper()
		items, err := Reader{Register: register()}.Read("p.csv", []byte("Fecha,Hora,Cuenta,Tema,Referencia\n"+rows))
		if err != nil {
			t.Fatal(err)
		}
		return items
	}
	first := read("3/12/2026,10:30,turismo-x,\x1b[31mUno\x07,\n3/12/2026,10:30,turismo-x,Dos,\n3/12/2026,10:30,turismo-x,Tres,\n4/12/2026,10:30,turismo-x,Cuatro,K\n")
	later := read("4/12/2026,12:30,turismo-x,Otro,K\n3/12/2026,10:30,turismo-x,Cambiado,\n")
	var ids []string
	for _, i := range first {
		ids = append(ids, i.ID)
	}
	if diff := cmp.Diff([]string{"turismo-x-20261203-1030", "turismo-x-20261203-1030-2", "turismo-x-20261203-1030-3", "K"}, ids); diff != "" {
		t.Error(diff)
	}
	if first[0].Topic != "[31mUno" {
		t.Errorf("what speaks to terminals stayed in %q", first[0].Topic)
	}
	if later[0].ID != "K" || later[1].ID != first[0].ID {
		t.Errorf("later they are %s, %s", later[0].ID, later[1].ID)
	}
	a, err := Parts(first, madrid)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(first)
	b, err := Parts(first, madrid)
	if err != nil || len(a) != 1 || a[0].Version != b[0].Version {
		t.Errorf("the order of rows makes another plan: %v, %v, %v", a, b, err)
	}
	first[0].Topic = "x"
	if c, err := Parts(first, madrid); err != nil || c[0].Version == a[0].Version {
		t.Errorf("another topic makes no other plan: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(table3))
	f.Add(december(f, "es"))
	x := open(f, december(f, "en"))
	fillIn(f, x, "Plan", headRow+1, map[string]any{"time": 0.5, "account": "turismo-x", "topic": "a"})
	f.Add(save(f, x))
	f.Add([]byte("date\taccount\ttime\n46359.5\tturismo-x\t\"a\nb\"\n\n"))
	f.Add([]byte("\xff\xfeF\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		items, err := Reader{Register: register()}.Read("plan", content)
		if (err == nil) != (len(items) > 0) {
			t.Fatalf("%d items and %v", len(items), err)
		}
		ids := map[string]bool{}
		for _, i := range items {
			if i.ID == "" || i.Department == "" || i.At.IsZero() || i.Tolerance < time.Minute || ids[i.Department+" "+i.ID] {
				t.Errorf("an item of no use: %+v", i)
			}
			ids[i.Department+" "+i.ID] = true
		}
	})
}
