package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"presencia/pipeline"
)

// hostile are strings that have broken pages and workbooks before.
var hostile = []string{`</script><script>alert(1)</script>`, `__f__alert(1)__f__`, "a\u2028b", `<!--`, `=cmd()`, `" onload="alert(1)`, `javascript:alert(1)`}

// synthetic is a document with every kind of block and every form of chart.
func synthetic(language string) Document {
	months := make([]string, 24)
	var posts, earlier []Number
	w, _ := loadWords(language)
	for i := range months {
		months[i] = w.monthShort(time.Date(2013, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC))
		posts = append(posts, known(1000+40*i+(i%5)*120))
		earlier = append(earlier, known(800+20*i))
	}
	posts[7], posts[9] = Number{}, Number{}
	line := Chart{
		ID: "activity", Sheet: "Actividad", Title: "Se publica más que en 2013", Form: Lines, Head: "Mes", Categories: months,
		Unit: "publicaciones", Series: []Series{{Name: "2014", Role: Actual, Values: posts, Why: "sin lectura"}, {Name: "2013", Role: Previous, Values: earlier}},
		Marks: []Mark{{From: 20, To: 23, Label: "Curso"}}, Description: "Línea de 24 meses.",
	}
	stacked := Chart{
		ID: "kinds", Sheet: "Clases", Title: "Por clase", Form: Stacked, Head: "Mes", Categories: months[:6], Unit: "publicaciones",
		Series: []Series{{Name: "Propias", Role: Other, Values: posts[:6]}, {Name: "Respuestas", Role: Other, Values: earlier[:6]}, {Name: hostile[0], Role: Other, Values: earlier[6:12]}},
	}
	bars := Chart{
		ID: "departments", Sheet: "Departamentos", Title: "Turismo es el que más publica", Form: Bars, Head: "Departamento",
		Categories: append([]string{"Turismo", "Un departamento con un nombre verdaderamente largo, larguísimo"}, hostile...),
		Series:     []Series{{Name: "Noviembre", Role: Actual}},
	}
	for i := range bars.Categories {
		bars.Series[0].Values = append(bars.Series[0].Values, known(300-20*i))
	}
	slopes := Chart{ID: "slopes", Sheet: "Antes y después", Title: "Trece de diecisiete mejoran", Form: Slopes, Head: "Departamento", Categories: []string{"Antes", "Después"}, Unit: "%"}
	for i := range 17 {
		slopes.Series = append(slopes.Series, Series{Name: "Departamento " + string(rune('A'+i)), Panel: "Participantes", Role: Faint, Values: []Number{known(40 + i), known(50 + 2*i%19)}})
	}
	for i := range 10 {
		slopes.Series = append(slopes.Series, Series{Name: "Organismo " + string(rune('A'+i)), Panel: "Comparación", Role: Faint, Values: []Number{known(38 + i), known(40 + i)}})
	}
	slopes.Series[3].Values[1] = Number{}
	forest := Chart{
		ID: "effects", Sheet: "Efectos", Title: "Efectos", Form: Intervals, Head: "Indicador", Decimals: 1, Unit: "desviaciones típicas",
		Categories: []string{"Publicaciones propias", "Tasa de respuesta", "Tiempo de respuesta"},
		Series:     []Series{{Name: "Efecto", Role: Actual, Values: []Number{known(0.8), known(-0.2), {}}, Low: []Number{known(0.3), known(-0.9), {}}, High: []Number{known(1.3), known(0.5), {}}, Why: "pocos datos"}},
	}
	panels := Chart{ID: "panels", Sheet: "Redes", Title: "Por red", Form: Lines, Head: "Mes", Categories: months, Series: []Series{
		{Name: "Mastodon", Panel: "Mastodon", Role: Actual, Values: posts}, {Name: "Blog", Panel: "Blog", Role: Actual, Values: earlier}}}
	histogram := Chart{
		ID: "spread", Sheet: "Reparto", Title: "La mitad responde en menos de un día", Form: Columns, Head: "Horas", Unit: "mensajes",
		Categories: []string{"0–4", "4–8", "8–24", "24–72", hostile[0]}, Series: []Series{{Name: "2014", Role: Actual, Values: []Number{known(4), known(19), known(31), {}, known(0)}}},
	}
	week := Chart{ID: "week", Sheet: "Semana", Title: "Se publica por la mañana", Form: Matrix, Head: "Hora", Unit: "publicaciones"}
	for h := range 24 {
		week.Categories = append(week.Categories, strconv.Itoa(h))
	}
	for _, name := range []string{"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", hostile[0]} {
		s := Series{Name: name, Role: Actual, Values: make([]Number, 24), Why: "sin lectura"}
		for h := range 24 {
			if h > 0 {
				s.Values[h] = known(max(0, 40-(h-11)*(h-11)))
			}
		}
		week.Series = append(week.Series, s)
	}
	shares := Chart{
		ID: "languages", Sheet: "Lenguas", Title: "Se publica en dos lenguas", Form: Shares, Head: "Departamento", Unit: "%", Decimals: 1, Categories: []string{"Turismo", "Cultura", hostile[3]},
		Series: []Series{{Name: "Valenciano", Role: Other, Values: []Number{known(60), known(20), {}}}, {Name: "Castellano", Role: Other, Values: []Number{known(30), known(80), known(100)}}, {Name: hostile[1], Role: Other, Values: []Number{known(10), known(0), {}}}},
	}
	network := Chart{
		ID: "network", Sheet: "Red", Title: "La red antes y después", Form: Network, Head: "Cuenta", Decimals: 1, Unit: "%",
		Categories: []string{"Turismo", "Cultura", "Archivo", hostile[0]}, Groups: []string{"a", "a", "b", hostile[3]}, Series: []Series{
			{Name: "antes", Panel: "Antes", Values: []Number{known(0.1), {}, known(0), {}}, Ties: []Tie{{0, 1, 3}, {1, 0, 1}}},
			{Name: "después", Panel: "Después", Values: []Number{known(0.1), known(0.405), known(0), {}}, Ties: []Tie{{0, 1, 3}, {1, 2, 1}, {2, 3, 1}}},
		},
	}
	for _, c := range []*Chart{&network, &histogram, &week, &shares} {
		*c = w.described(*c)
	}
	trends := Table{ID: "trends", Sheet: "Tendencias", Title: "Tendencias", Columns: []Column{{Title: "Cuenta"}, {Title: "Doce meses", Kind: Trend}, {Title: "Último", Kind: Figures}}}
	for i, row := range [][]Number{posts[:12], {known(3), {}, known(3), {}}, {{}, {}}, nil, {{math.Inf(1), true}, known(1e300), known(-1e300)}} {
		trends.Rows = append(trends.Rows, []Cell{text("Cuenta " + strconv.Itoa(i)), {Text: "De 1 a 2. " + hostile[i], Trend: row}, count(i)})
	}
	table := Table{
		ID: "accounts", Sheet: "Cuentas", Title: "Cuentas por departamento", Note: "Una nota.",
		Columns: []Column{{Title: "Cuenta"}, {Title: "Seguidores", Kind: Figures}, {Title: "Cambio", Kind: Signed}, {Title: "p", Kind: Probability, Decimals: 3}, {Title: "Alta", Kind: Day}, {Title: "Cumplimiento (%)", Kind: Figures, Decimals: 1, Shade: true}, {Title: "Enlace"}},
	}
	for i, s := range append([]string{"a", "b", "c"}, hostile...) {
		row := []Cell{text(s), count(9000 + 700*i), number(known(i-3), ""), number(known(0.0002*float64(i)), ""), {Day: pipeline.Date{Year: 2014, Month: 9, Day: 11}}, number(known(11.5*float64(i)), ""), {Text: s, Link: "https://example.org/?q=" + s}}
		if i == 1 {
			row[1], row[6] = number(Number{}, "la red no lo da"), Cell{Text: "x", Link: hostile[6]}
		}
		table.Rows = append(table.Rows, row)
	}
	return Document{
		Title: "Presencia en redes de Institución de Prueba", Subtitle: "Diciembre de 2014 · " + hostile[0], Language: language, Simulated: true,
		AsOf: time.Date(2015, 1, 2, 3, 4, 5, 0, time.UTC),
		Sections: []Section{
			{ID: "summary", Title: "En una página", Blocks: []Block{
				Tiles{
					{Label: "Publicaciones propias", Value: known(1234), Changes: []Change{{Label: "que en noviembre de 2014", Value: known(34)}, {Label: "que en diciembre de 2013", Value: known(-12)}}},
					{Label: "Tasa de respuesta", Value: known(63.25), Unit: "%", Decimals: 1, Changes: []Change{{Label: "que en noviembre de 2014", Value: known(-3.2)}, {Label: "que en diciembre de 2013", Why: "no había lecturas"}}},
					{Label: "Tiempo hasta la primera respuesta", Value: known(5.5), Unit: "h", Decimals: 1},
					{Label: "Seguidores", Why: "la red no lo da"},
					{Label: "Cuentas activas", Value: known(58), Changes: []Change{{Label: "que en noviembre de 2014", Value: known(0)}}},
				},
				List{Title: "Qué ha cambiado", Items: append([]string{"Se publica más."}, hostile...)},
				Note{Text: "Dos cuentas sin leer.", Warning: true}, Note{Text: "Método."},
			}},
			{ID: "charts", Title: "Gráficos", Blocks: []Block{line, stacked, bars, slopes, forest, panels, histogram, week, shares, network}},
			{ID: "steps", Title: "Qué hacer", NewPage: true, Blocks: []Block{Tasks{
				{Title: "Poner texto a las imágenes", Text: "Faltaba en 12 de 40.", Link: "https://example.org/1", Label: "Un ejemplo"},
				{Title: hostile[0], Text: hostile[3] + hostile[5], Link: hostile[6], Label: hostile[6]}, {Title: "Nada más"},
			}, trends}},
			{ID: "tables", Title: "Tablas", Blocks: []Block{Text("Párrafo."), table}},
		},
	}
}

// render makes a page of a document, or skips where ECharts is not built in.
func render(t *testing.T, d Document) string {
	t.Helper()
	var b bytes.Buffer
	err := WriteHTML(&b, d)
	if errors.Is(err, ErrNoECharts) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageNeedsNothingElse(t *testing.T) {
	page := render(t, synthetic("es"))
	if n := strings.Count(page, "Apache ECharts") + strings.Count(page, "apache.org/licenses"); n == 0 {
		t.Error("the licence of ECharts is not in the page")
	}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var policy string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "src" || a.Key == "srcset" || n.Data == "link" {
				t.Errorf("<%s %s=%q> loads something", n.Data, a.Key, a.Val)
			}
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q> is script", n.Data, a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://") {
				t.Errorf("a link leads to %q", a.Val)
			}
			if a.Key == "content" && strings.HasPrefix(a.Val, "default-src") {
				policy = a.Val
			}
		}
		// Every script is one of ours, or data.
		if n.Data == "script" && n.FirstChild != nil {
			data := false
			for _, a := range n.Attr {
				data = data || a.Key == "type" && a.Val == "application/json"
			}
			if !data && !strings.Contains(policy, hash(n.FirstChild.Data)) {
				t.Errorf("a script is not in the policy: %.80s", n.FirstChild.Data)
			}
			if data && !json.Valid([]byte(n.FirstChild.Data)) {
				t.Errorf("data are not JSON: %.80s", n.FirstChild.Data)
			}
		}
		if n.Data == "style" && n.Type == html.ElementNode && !strings.Contains(policy, hash(n.FirstChild.Data)) {
			t.Error("the style is not in the policy")
		}
	}
	if strings.Contains(policy, "unsafe-eval") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
}

func TestPageIsAccessible(t *testing.T) {
	for _, lang := range Languages {
		root, err := html.Parse(strings.NewReader(render(t, synthetic(lang))))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		var refs []string
		level := 0
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			attr := map[string]string{}
			for _, a := range n.Attr {
				attr[a.Key] = a.Val
			}
			if id := attr["id"]; id != "" {
				if ids[id] {
					t.Errorf("the id %s stands twice", id)
				}
				ids[id] = true
			}
			refs = append(refs, strings.Fields(attr["aria-labelledby"]+" "+attr["aria-describedby"])...)
			switch n.Data {
			case "html":
				if attr["lang"] != lang {
					t.Errorf("lang is %q, want %q", attr["lang"], lang)
				}
			case "h1", "h2", "h3":
				h := int(n.Data[1] - '0')
				if h > level+1 {
					t.Errorf("a heading of level %d follows one of level %d", h, level)
				}
				level = h
			case "table":
				caption := false
				for c := range n.Descendants() {
					caption = caption || c.Data == "caption"
					if c.Data == "th" && len(c.Attr) == 0 {
						t.Error("a th without scope")
					}
				}
				if !caption {
					t.Error("a table without caption")
				}
			}
		}
		for _, r := range refs {
			if !ids[r] {
				t.Errorf("%s is referred to and not there", r)
			}
		}
	}
}

func TestColoursHaveContrast(t *testing.T) {
	// The measure itself, against values of WCAG's own examples.
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ff0000", "#ffffff", 4.0}, {"#123456", "#123456", 1}} {
		a, _ := parseColour(c.a)
		b, _ := parseColour(c.b)
		if got := contrast(a, b); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%s on %s is %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
	for _, dark := range []bool{false, true} {
		colours := palette(dark)
		for _, c := range []struct {
			front string
			backs []string
			least float64
		}{
			{"ink", []string{"paper", "panel"}, 7}, {"ink", []string{"alert-panel"}, 4.5}, {"heading", []string{"paper"}, 4.5}, {"soft", []string{"paper", "panel"}, 4.5},
			{"link", []string{"paper", "panel"}, 4.5}, {"better", []string{"paper", "panel"}, 4.5}, {"worse", []string{"paper", "panel"}, 4.5},
			{"simulated", []string{"simulated-panel", "paper"}, 4.5}, {"shade-ink", []string{"s0", "s1", "s2", "s3", "s4"}, 4.5}, {"paper", []string{"actual"}, 4.5}, // of a task's number
			// Parts of pictures need three to one (WCAG 2.2, 1.4.11).
			{"actual", []string{"paper", "panel"}, 3}, {"notable", []string{"paper"}, 3}, {"previous", []string{"paper"}, 3}, {"faint", []string{"paper"}, 3}, {"alert", []string{"alert-panel"}, 3},
			{"c0", []string{"paper"}, 3}, {"c1", []string{"paper"}, 3}, {"c2", []string{"paper"}, 3}, {"c3", []string{"paper"}, 3}, {"c4", []string{"paper"}, 3}, {"c5", []string{"paper"}, 3},
		} {
			for _, back := range c.backs {
				x, ok := parseColour(colours[c.front])
				y, ok2 := parseColour(colours[back])
				if !ok || !ok2 {
					t.Fatalf("dark %v: %s or %s is not in screen.css", dark, c.front, back)
				}
				if got := contrast(x, y); got < c.least {
					t.Errorf("dark %v: %s on %s has a contrast of %.2f, want %.1f", dark, c.front, back, got, c.least)
				}
			}
		}
	}
	if palette(false)["paper"] == palette(true)["paper"] {
		t.Error("the dark scheme was not found")
	}
}

func TestPageIsTheSameEachTime(t *testing.T) {
	first, second := render(t, synthetic("es")), render(t, synthetic("es"))
	if first != second {
		t.Error("the same document gave two pages")
	}
}

func TestProgramWithoutEChartsSaysSo(t *testing.T) {
	if _, err := scripts(fstest.MapFS{}); !errors.Is(err, ErrNoECharts) {
		t.Errorf("error %v", err)
	}
	plain := Document{Title: "A", Language: "en", Sections: []Section{{ID: "a", Title: "A", Blocks: []Block{Text("no chart")}}}}
	if err := WriteHTML(io.Discard, plain); err != nil {
		t.Errorf("a document without charts needs no ECharts: %v", err)
	}
}

func TestUnknownIsAGap(t *testing.T) {
	o, _ := Chart{Form: Lines, Categories: []string{"a", "b", "c", "d"}, Series: []Series{{Name: "s", Values: []Number{known(1), {}, {math.NaN(), true}, {math.Inf(1), true}}}}}.option()
	b, err := json.Marshal(o["series"])
	if err != nil {
		t.Fatal(err)
	}
	if want := `"data":[{"value":1},{},{},{}]`; !strings.Contains(string(b), want) {
		t.Errorf("series %s, want %s", b, want)
	}
}

// chromium runs a page in headless Chromium and answers its DOM once scripts have run, and what stood on the console.
func chromium(t *testing.T, page string, flags ...string) (dom, console string) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not opened in a browser")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--user-data-dir=" + filepath.Join(dir, "profile"), "--enable-logging=stderr", "--virtual-time-budget=5000", "--window-size=1100,2000",
	}, flags...)
	cmd := exec.CommandContext(ctx, browser, append(args, "file://"+file)...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	return out.String(), console
}

func TestBrowserDrawsEveryChart(t *testing.T) {
	d := synthetic("es")
	page := render(t, d)
	picture := filepath.Join(t.TempDir(), "page.png")
	dom, console := chromium(t, page, "--dump-dom", "--screenshot="+picture)
	if console != "" {
		t.Errorf("the console says:\n%s", console)
	}
	if drawn, want := strings.Count(dom, "<svg")-strings.Count(page, "<svg"), len(d.Sections[1].Blocks); drawn != want {
		t.Errorf("%d charts are drawn, want %d", drawn, want)
	}
	for _, want := range []string{">1000<", ">0,5<", "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;", "__f__alert(1)__f__"} {
		if !strings.Contains(dom, want) {
			t.Errorf("%s is not on the page", want)
		}
	}
	if info, err := os.Stat(picture); err != nil || info.Size() < 50_000 {
		t.Errorf("the picture of the page: %v, %v", info, err)
	}
}

func TestBrowserWritesNumbersAsGoDoes(t *testing.T) {
	glue, err := assets.ReadFile("assets/glue.js")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := os.ReadFile("testdata/numbers.json")
	if err != nil {
		t.Fatal(err)
	}
	es, _ := json.Marshal(styleOf("es"))
	en, _ := json.Marshal(styleOf("en"))
	page := fmt.Sprintf(`<!DOCTYPE html><meta charset="utf-8"><pre></pre><script>%s
		document.querySelector('pre').textContent = JSON.stringify(%s.map((c) => ({...c, es: writer(%s)(c.value, c.decimals), en: writer(%s)(c.value, c.decimals)})));</script>`, glue, cases, es, en)
	dom, console := chromium(t, page, "--dump-dom")
	if console != "" {
		t.Fatal(console)
	}
	_, dom, _ = strings.Cut(dom, "<pre>")
	dom, _, _ = strings.Cut(dom, "</pre>")
	var got []numberCase
	if err := json.Unmarshal([]byte(dom), &got); err != nil {
		t.Fatalf("%v: %s", err, dom)
	}
	for i, want := range numberCases(t) {
		if got[i] != want {
			t.Errorf("%v with %d decimals is %q and %q, want %q and %q", want.Value, want.Decimals, got[i].ES, got[i].EN, want.ES, want.EN)
		}
	}
}
