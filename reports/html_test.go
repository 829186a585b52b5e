package reports

import (
	"bytes"
	"os"
	"testing"
	"time"

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
		Name: "synthetic", Title: "Presencia en redes de Institución de Prueba", Subtitle: "Diciembre de 2014 · " + hostile[0], Language: language, Simulated: true,
		AsOf: time.Date(2015, 1, 2, 3, 4, 5, 0, time.UTC),
		Sections: []Section{
			{ID: "summary", Title: "En una página", Blocks: []Block{
				Tiles{
					{Label: "Publicaciones propias", Value: known(1234), Changes: []Change{{Label: "que en noviembre de 2014", Value: known(34), Good: 1}, {Label: "que en diciembre de 2013", Value: known(-12), Good: -1}}},
					{Label: "Tasa de respuesta", Value: known(63.25), Unit: "%", Decimals: 1, Changes: []Change{{Label: "que en noviembre de 2014", Value: known(-3.2), Good: -1}, {Label: "que en diciembre de 2013", Why: "no había lecturas"}}},
					{Label: "Tiempo hasta la primera respuesta", Value: known(5.5), Unit: "h", Decimals: 1},
					{Label: "Seguidores", Why: "la red no lo da"},
					{Label: "Cuentas activas", Value: known(58), Changes: []Change{{Label: "que en noviembre de 2014", Value: known(0), Good: 0}}},
				},
				List{Title: "Qué ha cambiado", Items: append([]string{"Se publica más."}, hostile...)},
				Note{Text: "Dos cuentas sin leer.", Warning: true}, Note{Text: "Método."},
			}},
			{ID: "charts", Title: "Gráficos", Blocks: []Block{line, stacked, bars, slopes, forest, panels}},
			{ID: "tables", Title: "Tablas", Blocks: []Block{Text("Párrafo."), table}},
		},
	}
}

func TestTmp(t *testing.T) {
	var b bytes.Buffer
	if err := WriteHTML(&b, synthetic("es")); err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/lo/s.html", b.Bytes(), 0o644)
	b.Reset()
	if err := WriteXLSX(&b, synthetic("es")); err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/lo/s.xlsx", b.Bytes(), 0o644)
}
