package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/statistics"
)

// twoGroups are departments whose values are known before; participants changed by the given, the comparison not at all.
func twoGroups(changes ...float64) (units []impact.Unit) {
	for i, d := range changes {
		units = append(units,
			impact.Unit{ID: string(rune('a' + i)), Group: pipeline.Participant, Before: statistics.Known(50 + float64(i)), After: statistics.Known(50 + float64(i) + d)},
			impact.Unit{ID: string(rune('n' + i)), Group: pipeline.Comparison, Before: statistics.Known(50 + float64(i)), After: statistics.Known(50 + float64(i) + float64(i%2))})
	}
	return units
}

// judgedResult is a real result of the rules, but for what a test sets.
func judgedResult(t *testing.T, primary bool, units []impact.Unit) impact.Result {
	t.Helper()
	plan := impact.Plan{Sampling: statistics.Sampling{Seed: 1}}
	m := impact.Measure{Indicator: "compliance", Scale: impact.Natural, Direction: 1, Primary: primary, Minimum: statistics.Known(5), Units: units, Placebo: twoGroups(0, 1, 0, 1, 0, 1)}
	return impact.Evaluate(plan, []impact.Measure{m})[0]
}

func TestSentences(t *testing.T) {
	strong, weak := []float64{19, 20, 21, 22, 20, 21}, []float64{-9, 12, -7, 8, -6, 9}
	clear := judgedResult(t, true, twoGroups(strong...))
	if clear.Verdict != impact.Suggestive {
		t.Fatalf("without a series it is %s", clear.Verdict)
	}
	clear.Verdict = impact.Clear // as with a series before, which is the business of package impact
	spread := impact.Evaluate(impact.Plan{Sampling: statistics.Sampling{Seed: 1}}, []impact.Measure{{Indicator: "compliance_spread", Kind: impact.Unlikeness, Direction: -1, Units: twoGroups(weak...)}})[0]
	same := judgedResult(t, true, twoGroups(0, 0, 0, 0, 0, 0)[:0])
	exploratory := judgedResult(t, false, twoGroups(strong...))
	exploratory.Exploratory = true
	still := twoGroups(0, 0, 0, 0)
	for i := range still {
		still[i].After = still[i].Before
	}
	little := judgedResult(t, true, twoGroups(2.4, 2.6, 2.5, 2.4, 2.6, 2.5))
	for _, c := range []struct {
		name   string
		result impact.Result
		es     []string
		words  [3]string // one that each language must say
	}{
		{"clear", clear, []string{"(clara, a mejor)", "pasan de 52,5 % a 73,0 %", "de +20,0 puntos (intervalo del 95 %", "De los 924 repartos posibles", "pasa todas las comprobaciones", "no demuestra que el curso sea la causa"},
			[3]string{"no hubo sorteo", "no hi va haver sorteig", "drawn by lot"}},
		{"suggestive", judgedResult(t, true, twoGroups(strong...)), []string{"(indicios, a mejor)", "no pasa todas las comprobaciones", "No demuestra que haya cambio"},
			[3]string{"Apunta a un cambio", "Apunta a un canvi", "points to a change"}},
		{"lead", exploratory, []string{"es una pista que conviene seguir", "Exploratorio"}, [3]string{"Exploratorio", "Exploratori:", "Exploratory"}},
		{"small", little, []string{"Es menor que el efecto más pequeño que merece la pena (5,0 puntos)"}, [3]string{"menor que", "menor que", "smaller than"}},
		{"not shown", judgedResult(t, true, twoGroups(weak...)), []string{"(no demostrada)", "incluye el cero", "estos datos no deciden", "No demuestra que no haya efecto"},
			[3]string{"no deciden", "no decidixen", "do not decide"}},
		{"ruled out", judgedResult(t, true, twoGroups(0, 1, 0, 1, 0, 1)), []string{"Queda descartado un efecto que merezca la pena (5,0 puntos o más)"}, [3]string{"descartado", "descartat", "ruled out"}},
		{"nothing moved", judgedResult(t, false, still), []string{"Nada cambió en ningún departamento."}, [3]string{"Nada cambió", "Res no va canviar", "Nothing changed"}},
		{"no comparison group", judgedResult(t, true, twoGroups(strong...)[:1]), []string{"(no se puede responder)", "No se puede responder.", "«comparación»: 0. Hacen falta 3."},
			[3]string{"No se puede responder.", "No es pot respondre.", "It cannot be answered."}},
		{"nobody known", same, []string{"No se puede responder."}, [3]string{"No se puede", "No es pot", "cannot"}},
		{"spread", spread, []string{"cambian más de lo que explica el azar", "No muestra que lo cause el curso"}, [3]string{"No muestra que lo cause el curso", "No mostra que ho cause el curs", "It does not show that the course is the cause"}},
	} {
		for i, lang := range Languages {
			in := Input{Register: small(), Language: lang}
			got, err := Sentences(in, impact.Evaluation{Results: []impact.Result{c.result}})
			if err != nil || len(got) != 1 {
				t.Fatal(err, got)
			}
			text := strings.ReplaceAll(got[0].Title+" ("+got[0].Verdict+"). "+got[0].Text, "\u00a0", " ")
			if placeholder.MatchString(text) || strings.Contains(text, "sentence.") || strings.Contains(text, "reason.") {
				t.Errorf("%s, %s: not all is said: %s", c.name, lang, text)
			}
			if !strings.Contains(text, c.words[i]) {
				t.Errorf("%s, %s: %q is not said: %s", c.name, lang, c.words[i], text)
			}
			for _, want := range c.es {
				if lang == "es" && !strings.Contains(text, want) {
					t.Errorf("%s: %q is not said: %s", c.name, want, text)
				}
			}
			for _, r := range got[0].Reasons {
				if placeholder.MatchString(r) || strings.HasPrefix(r, "reason.") {
					t.Errorf("%s, %s: a reason is not said: %s", c.name, lang, r)
				}
			}
		}
	}
}

// TestDeviationsAreTold gives every code that package impact has.
func TestDeviationsAreTold(t *testing.T) {
	all := []impact.Reason{
		{Code: impact.DeviationNoPlan}, {Code: impact.DeviationOtherCourse, Args: map[string]any{"course": "x"}}, {Code: impact.DeviationAfterData, Args: map[string]any{"written": "2015-02-03"}},
		{Code: impact.DeviationEdited}, {Code: impact.DeviationDates, Args: map[string]any{"start": "2014-09-11", "end": "2014-12-16", "announced": ""}},
		{Code: impact.DeviationDepartments, Args: map[string]any{"departments": "turismo, museo"}}, {Code: impact.DeviationDefinition, Args: map[string]any{"indicator": "compliance", "planned": 1, "now": 2}},
		{Code: impact.DeviationMissing, Args: map[string]any{"indicator": "posts"}}, {Code: impact.DeviationUnplanned, Args: map[string]any{"indicator": "followers"}},
		{Code: impact.DeviationUnplanned, Args: map[string]any{"indicator": "following"}}, {Code: impact.DeviationWindows, Args: map[string]any{"weeks": 6, "planned": 10, "cause": "election"}},
		{Code: impact.DeviationWindows, Args: map[string]any{"weeks": 6, "planned": 10, "cause": "data"}}, {Code: impact.DeviationPlaceboDates, Args: map[string]any{"cause": "election"}},
		{Code: impact.DeviationPlaceboDates, Args: map[string]any{"cause": "data"}},
	}
	loc := small().Institution.Location()
	week := pipeline.Window{From: time.Date(2014, 1, 13, 0, 0, 0, 0, loc), To: time.Date(2014, 3, 24, 0, 0, 0, 0, loc)}
	for _, lang := range Languages {
		var b bytes.Buffer
		e := impact.Evaluation{Deviations: all, Plan: impact.Plan{Before: week, After: week}, Results: []impact.Result{judgedResult(t, true, twoGroups(1, 2, 1, 2))}}
		if err := WriteEvaluation(&b, Input{Register: small(), Language: lang}, e); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if placeholder.MatchString(text) || strings.Contains(text, "deviation.") || strings.Contains(text, "%!") {
			t.Errorf("%s: not all is said:\n%s", lang, text)
		}
		if n := strings.Count(text, "\n! "); n != len(all)-1 { // what is not in the plan is told once
			t.Errorf("%s: %d deviations are told:\n%s", lang, n, text)
		}
		if lang == "es" {
			for _, want := range []string{"3 de febrero de 2015", "anuncio, sin fecha", "Turismo y Museo", "el plan se hizo con la versión 1 y ahora rige la 2", "2 indicadores no están en el plan"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not said:\n%s", want, text)
				}
			}
		}
	}
	if err := WriteEvaluation(&bytes.Buffer{}, Input{Register: small(), Language: "fr"}, impact.Evaluation{}); err == nil {
		t.Error("an unknown language was written")
	}
}

// TestCourseThatCannotBeEvaluated: the report is there and says why.
func TestCourseThatCannotBeEvaluated(t *testing.T) {
	db, r := openStore(t), small()
	lived(t, db, r)
	late, alone := r.Courses[0], small()
	late.Start, late.End = date(2015, 4, 1), date(2015, 6, 1)
	asked := Input{Querier: db, Register: r, Rules: rules, Language: "es", Program: "test"}
	d, err := Course(t.Context(), asked, late)
	if err != nil {
		t.Fatal(err)
	}
	if text := plain(t, d); !strings.Contains(text, "No se puede responder: aún no hay al menos 4 semanas con datos después del curso") || !strings.Contains(text, "[Sesiones]") {
		t.Errorf("a course that has only ended:\n%s", text)
	}
	for i := range alone.Departments {
		alone.Departments[i].Group = pipeline.Participant
	}
	asked.Register = alone
	if d, err = Course(t.Context(), asked, r.Courses[0]); err != nil {
		t.Fatal(err)
	}
	text := plain(t, d)
	for _, want := range []string{"No se puede responder: de ", "«comparación»: 0. Hacen falta 3.", "No hay plan escrito"} {
		if !strings.Contains(text, want) {
			t.Errorf("without a comparison group the report does not say %q:\n%s", want, text[:3000])
		}
	}
	if strings.Contains(text, "clara") && strings.Contains(text, "(clara") {
		t.Error("something is clear without a comparison group")
	}
	var page bytes.Buffer
	if err := WriteXLSX(&page, d); err != nil {
		t.Error(err)
	}
}

func TestFormsOfTheEvaluation(t *testing.T) {
	say, err := loadWords("es")
	if err != nil {
		t.Fatal(err)
	}
	n := func(x ...float64) (all []Number) {
		for _, v := range x {
			all = append(all, known(v))
		}
		return all
	}
	for _, c := range []struct {
		chart   Chart
		says    []string
		draws   []string
		columns int
	}{
		{Chart{ID: "gap", Form: Estimates, Head: "Tramo", Unit: "puntos", Decimals: 1, Categories: []string{"a", "b", "c"}, Marks: []Mark{{0, 1, "curso"}, {2, 2, "A"}},
			Series: []Series{{Name: "Distancia", Values: append(n(1, 4), Number{}), Low: append(n(-1, 2), Number{}), High: append(n(3, 6), Number{})}}},
			[]string{"De 2 tramos con intervalo, en 1 queda entero por encima de cero y en 0, por debajo.", "Zona sombreada, de a a b: curso.", "Línea vertical en c: A.", "Falta un dato."},
			[]string{`"markLine"`, `["b",2]`, `["b",6]`}, 4},
		{Chart{ID: "band", Form: Lines, Head: "Tramo", Categories: []string{"a", "b"}, Series: []Series{
			{Name: "Observado", Panel: "Uno", Values: n(1, 2)}, {Name: "Esperado", Panel: "Uno", Values: n(1, 1), Low: n(-2, 0), High: n(3, 2)}, {Name: "Esperado", Panel: "Dos", Values: n(1, 1), Low: n(0, 0), High: n(2, 2)}}},
			[]string{"Observado (uno): 1 en a", "Esperado (dos)"}, []string{`"stack":"band 1"`, `"value":-2`, `"value":5`}, 8},
		{Chart{ID: "waits", Form: Steps, Head: "Horas", Unit: "%", Categories: []string{"0", "2"}, Series: []Series{{Name: "Antes", Values: n(100, 40)}}},
			[]string{"Antes: 100\u00a0% en 0"}, []string{`"step":"end"`, `"max":100`}, 2},
		{Chart{ID: "net", Form: Network, Head: "Cuenta", Decimals: 2, Categories: []string{"@a@x.example (Mastodon)", "@b@x.example (Mastodon)", "c"}, Groups: []string{"g", "h", "g"}, Series: []Series{
			{Panel: "Antes", Values: n(0, 0, 0), Ties: []Tie{{0, 1, 3}}}, {Panel: "Después", Values: n(0, 0.5, 0), Ties: []Tie{{0, 1, 1}, {1, 2, 4}}}}},
			[]string{"Antes: 3 cuentas y 1 enlaces; sin ninguno, 1.", "Después: 3 cuentas y 2 enlaces; sin ninguno, 0.", "Las que más hacen de puente: @b@x.example (Mastodon)."},
			[]string{`"graph"`, `"formatter":"@b"`, `"source":"1"`, `"xAxis":[]`}, 8},
	} {
		d := say.described(c.chart)
		for _, want := range c.says {
			if !strings.Contains(d.Description, want) {
				t.Errorf("%s: %q is not said: %s", c.chart.ID, want, d.Description)
			}
		}
		option, height := d.option()
		drawn, err := json.Marshal(option)
		if err != nil || height < 100 {
			t.Fatal(err, height)
		}
		for _, want := range c.draws {
			if !bytes.Contains(drawn, []byte(want)) {
				t.Errorf("%s: %s is not drawn: %s", c.chart.ID, want, drawn)
			}
		}
		table := d.Table(say)
		if len(table.Columns) != c.columns {
			t.Errorf("%s: %d columns: %+v", c.chart.ID, len(table.Columns), table.Columns)
		}
		if err := checkHeader(table); err != nil {
			t.Error(err)
		}
		var b bytes.Buffer
		if err := WriteXLSX(&b, Document{Language: "es", Sections: []Section{{ID: "s", Title: "S", Blocks: []Block{d}}}}); err != nil {
			t.Errorf("%s: %v", c.chart.ID, err)
		}
	}
}
