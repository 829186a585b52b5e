package learning

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
	"presencia/pipeline/statistics"
)

var (
	first  = pipeline.Date{Year: 2014, Month: time.September, Day: 11}
	second = pipeline.Date{Year: 2014, Month: time.October, Day: 7}
	reader = Reader{
		Course:   pipeline.Course{ID: "redes", Sessions: []pipeline.Session{{Date: first, Hours: 3, Title: "Criterios comunes"}, {Date: second, Hours: 3}}},
		Register: &pipeline.Register{Departments: []pipeline.Department{{ID: "tourism", Name: "Turismo"}, {ID: "press", Name: "Gabinete de Prensa"}}},
		Key:      []byte("k"), Role: "participants",
	}
)

// attended is a list in the order of its rows: who, where, when, how long. People are numbered as they come.
func attended(all []Attendance) (rows []string) {
	var people []string
	for _, a := range all {
		if !slices.Contains(people, a.Person) {
			people = append(people, a.Person)
		}
		rows = append(rows, fmt.Sprint(slices.Index(people, a.Person), " ", a.Department, " ", a.Session, " ", a.Hours))
	}
	return rows
}

func TestAttendanceIsReadAsOrganisersKeepIt(t *testing.T) {
	want := []string{"0 tourism 2014-09-11 3", "0 tourism 2014-10-07 0", "1 press 2014-09-11 3", "1 press 2014-10-07 1.5"}
	for name, file := range map[string]string{
		"a column a session, by date":  "Lista de asistencia;;;\nNombre y apellidos;Departamento;11/09/2014;7 de octubre de 2014\nAna Pérez;Turismo;Sí;\nLuis;press;x;1,5\n",
		"a column a session, by title": "Participante,Área,Criterios comunes,Sesión 2,Notas\nana  pérez,Turismo,X,no,ñ\nLUIS,Gabinete de Prensa,3,1.5,\n",
		"a row a session":              "persona\tdepartament\tfecha\thoras\nAna Perez\ttourism\t2014-09-11\t3\nAna Perez\ttourism\t2014-10-07\t0\n\nLuis\tpress\t11-9-2014\tsí\nLuis\tpress\tSesión 2\t1,5\n",
	} {
		got, err := reader.Attendance(name, []byte(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, attended(got)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if strings.Contains(fmt.Sprint(got), "na P") {
			t.Errorf("%s: a name is kept", name)
		}
	}
	f := excelize.NewFile()
	for i, row := range [][]any{{"Alumno", "Servicio", time.Date(2014, 9, 11, 0, 0, 0, 0, time.UTC)}, {"Ana", "Turismo", 3}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := reader.Attendance("lista.xlsx", b.Bytes())
	if err != nil || !slices.Equal(attended(got), []string{"0 tourism 2014-09-11 3"}) {
		t.Errorf("a workbook gives %v, %v", attended(got), err)
	}
}

func TestMistakesAreNamedByTheirCells(t *testing.T) {
	for file, want := range map[string]string{
		"persona,departamento,fecha\nAna,Nowhere,2014-09-11\n":            `!B2: the register has no department "Nowhere"`,
		"persona,departamento,fecha\nAna,Turismo,2014-09-12\n":            `!C2: course redes has no session "2014-09-12"`,
		"persona,departamento,2014-09-11\n,Turismo,x\n":                   "!A2: write who it is",
		"persona,departamento,2014-09-11\nAna,,x\n":                       "!B2: write the department",
		"persona,departamento,2014-09-11\nAna,Turismo,perhaps\n":          `!C2: "perhaps" is neither yes, no, nor hours`,
		"persona,departamento,2014-09-11,2014-09-12\nAna,Turismo,x,x\n":   "!D1: course redes has no session on this day",
		"persona,departamento,2014-09-11\nAna,Turismo,x\nANA,Turismo,x\n": "!C3: this person and session stand in row 2 as well",
		"persona,departamento\nAna,Turismo\n":                             "neither a column for the session",
		"quien,donde\nAna,Turismo\n":                                      "no row with the titles of its columns",
		"persona,departamento,2014-09-11\n":                               "nothing below the titles",
		"persona,departamento,2014-09-11\nAna,Turismo,#REF!\n":            "the formula in this cell gives #REF!",
	} {
		_, err := reader.Attendance("lista", []byte(file))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", file, err, want)
		}
	}
}

func TestSurveysAreReadAsFormsExportThem(t *testing.T) {
	google := "Marca temporal,Dirección de correo electrónico,Soy,¿Útil?,¿Recomendaría?,Comentarios,Sugerencia libre\n" +
		"2014/12/18 10:01:02,ana@dip.example,Participante,4,4 - Muy satisfecho,bien,más horas\n" +
		"2014/12/18 10:05:00,luis@dip.example,Participante,3,,,\n" +
		"2014/12/19 9:00:00,eva@dip.example,Tutora,4,Muy satisfecha,,gracias\n"
	answers, ignored, err := reader.Survey("encuesta.csv", []byte(google))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range answers {
		got = append(got, fmt.Sprint(a.Role, " ", a.Item, " ", a.Value))
	}
	if diff := cmp.Diff([]string{"participants ¿Útil? 4", "participants ¿Útil? 3", "tutor ¿Útil? 4", "participants ¿Recomendaría? 4", "participants ¿Recomendaría? 0", "tutor ¿Recomendaría? 4"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !slices.Equal(ignored, []string{"Sugerencia libre"}) {
		t.Errorf("ignored %q", ignored)
	}
	if s := fmt.Sprint(answers); strings.Contains(s, "ana") || strings.Contains(s, "horas") {
		t.Errorf("people or their words are kept: %s", s)
	}

	anonymous := "¿Útil?\t¿Claro?\n4\t3\n4\t3\n2\t1\n"
	one, _, err := reader.Survey("a", []byte(anonymous))
	if err != nil {
		t.Fatal(err)
	}
	longer, _, err := reader.Survey("a", []byte(anonymous+"1\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	respondents := func(all []Answer) map[string]bool {
		set := map[string]bool{}
		for _, a := range all {
			set[a.Respondent] = true
		}
		return set
	}
	if a, b := respondents(one), respondents(longer); len(a) != 3 || len(b) != 4 {
		t.Errorf("%d and %d respondents", len(a), len(b))
	} else {
		for r := range a {
			if !b[r] {
				t.Error("a later export of the same form names the same respondent otherwise")
			}
		}
	}

	for file, want := range map[string]string{
		"a,b\n4,5\n4,4\n4,4\n4,4\n4,4\n4,4\n4,4\n4,4\n4,4\n4,4\n4,4\n": "!B2: all others of this column are marks from 1 to 4, and this is",
		"¿Qué tal?,¿Y?\nbien gracias,pues no sé\n":                     "in no column stand marks from 1 to 4 only",
		"¿Útil?,¿Claro?\n5,7\n3,9\n":                                   "words such as \"De acuerdo\" and \"Muy satisfecho\": ¿Útil?, ¿Claro?",
		"correo,¿Útil?\nana@dip.example,4\nana@dip.example,1\n":        "!A3: this person has answered in row 2 as well",
		"persona,pregunta,nota\nana,¿Útil?,4\nAna,¿Útil?,3\n":          "!A3: this person has answered in row 2 as well",
		"respondent,pregunta\n1,useful\n":                              "none for the mark",
	} {
		if _, _, err := reader.Survey("encuesta", []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", file, err, want)
		}
	}
	nobody := reader
	nobody.Role = ""
	if _, _, err := nobody.Survey("encuesta", []byte(anonymous)); err == nil || !strings.Contains(err.Error(), "--role") {
		t.Errorf("no role: %v", err)
	}
}

// As platforms write them: a first name beside its surname, letters with points, an anonymous mailbox, words for an answer, none at all.
func TestPlatformsWriteThingsTheirWay(t *testing.T) {
	list := func(file string) []Attendance {
		t.Helper()
		got, err := reader.Attendance("lista", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	plain := list("persona,departamento,2014-09-11\nAna Pérez,Turismo,x\n")[0].Person
	for _, file := range []string{
		"Cognoms i nom;Departament;11 de setembre de 2014\n\"Pérez, Ana\";Turismo;assistix\nLuis;Turismo;no assistix\n",
		"Apellido(s),Nombre,Nombre de usuario,Departamento,11 sep 2014 10:00\nPérez,Ana,ana1,Turismo,P (2/2)\nLópez,Ana,ana2,Turismo,A (0/2)\n",
		"Nom;Cognoms;Departament;11/09/2014\nAna;Pérez;Turismo;R (1,5/2)\nAna;López;Turismo;J (1/2)\n",
	} {
		if got := list(file); len(got) != 2 || got[0].Person != plain || got[0].Hours != 3 || got[1].Person == plain || got[1].Hours != 0 {
			t.Errorf("%q: %+v", file, got)
		}
	}
	if _, err := reader.Attendance("lista", []byte("persona,departamento,2014-09-11\nAna,Turismo,A\n")); err == nil {
		t.Error("a letter that means an absence to some and the contrary to others is taken")
	}

	for file, want := range map[string]string{
		"Hora de inicio;Correo electrónico;Nombre;¿Útil?;¿Claro?\n17/12/2014;anonymous;;4;NS/NC\n17/12/2014;anonymous;;3;3\n": "[4 3] [0 3]",
		"Marca de temps;Ho recomanaria;Edat\n2014;Totalment d’acord;2\n2015;Gens d'acord;1\n":                                 "[4 1]",
	} {
		answers, _, err := reader.Survey("encuesta", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		people, columns := map[string]bool{}, map[string][]int{}
		for _, a := range answers {
			people[a.Respondent] = true
			columns[a.Item] = append(columns[a.Item], a.Value)
		}
		got := fmt.Sprint(columns["¿Útil?"], columns["¿Claro?"])
		if len(columns) == 1 {
			got = fmt.Sprint(columns["Ho recomanaria"])
		}
		if len(people) != 2 || got != want {
			t.Errorf("%q: %d people, %s", file, len(people), got)
		}
	}

	for _, head := range []string{`Hora,"Nombre completo del usuario","Nombre evento"`, `Hora,"Nom complet de l'usuari","Nom de l'esdeveniment"`, `Time,"User full name","Event name"`} {
		online, err := reader.Activity("log", []byte(head+"\n\"11/09/14, 10:05\",Ana Pérez,Curso visto\n"))
		if err != nil || len(online) != 1 || online[0].Person != plain || online[0].Day != first || online[0].Kind != "curso visto" {
			t.Errorf("%s: %+v, %v", head, online, err)
		}
	}
}

func TestActivityAddsUp(t *testing.T) {
	file := "usuario,fecha,acción,departamento\nana,11/9/2014,Comentario,Turismo\nana,11/9/2014,comentario,Turismo\nluis,12/9/2014,visita,\n"
	got, err := reader.Activity("log.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Count != 2 || got[0].Kind != "comentario" || got[0].Department != "tourism" || got[1].Day != first.AddDays(1) {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsWrittenOnTheCoursesSiteCounts(t *testing.T) {
	list, err := reader.Attendance("l", []byte("persona,departamento,2014-09-11\nAna Pérez,Turismo,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := first.In(time.UTC)
	got, unnamed := reader.Site(pipeline.Batch{
		Posts:    []pipeline.Post{{Author: "ana  perez", Kind: pipeline.Own, CreatedAt: at}, {Author: "Ana Pérez", Kind: pipeline.Reply, CreatedAt: at}, {Kind: pipeline.Own, CreatedAt: at}},
		Messages: []pipeline.Message{{Author: "ANA PÉREZ", At: at}, {Author: "Luis", At: at}},
	})
	want := []Activity{
		{Course: "redes", Person: list[0].Person, Day: first, Kind: "post", Count: 1}, {Course: "redes", Person: list[0].Person, Day: first, Kind: "comment", Count: 2},
		{Course: "redes", Person: reader.pseudonym("person", "luis"), Day: first, Kind: "comment", Count: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" || unnamed != 1 {
		t.Errorf("%d unnamed (-want +got)\n%s", unnamed, diff)
	}
}

func TestSummary(t *testing.T) {
	list, err := reader.Attendance("l", []byte("persona,departamento,2014-09-11,2014-10-07\nAna,Turismo,x,x\nEva,Turismo,x,\nLuis,press,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	online, err := reader.Activity("o", []byte("persona,fecha,count\nana,2014-09-15,4\nluis,2014-09-16,1\nluis,2014-09-23,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	var answers []Answer
	for i := range 30 { // 24 of the best mark, 5 of the next, 1 of the second: 113/30
		value := 4
		switch {
		case i == 0:
			value = 2
		case i < 6:
			value = 3
		}
		answers = append(answers, Answer{Course: "redes", Respondent: fmt.Sprint(i), Role: "participants", Item: "satisfied?", Value: value})
	}
	course := reader.Course
	course.Surveys = []pipeline.Survey{{Role: "participants", Mean: 3.77, Max: 4, Answers: 30, Invited: 40}, {Role: "tutor", Mean: 4, Max: 4, Answers: 1, Invited: 1}, {Role: "board", Mean: 3.5, Max: 4, Answers: 3}}
	s := Summarize(course, Record{Attendance: list, Answers: answers, Activity: online})
	if s.People != 2 || s.Active != 2 || len(s.Sessions) != 2 || s.Sessions[0].Listed != 3 || s.Sessions[0].Present != 2 || s.Sessions[1].Present != 1 {
		t.Errorf("%+v", s)
	}
	if len(s.Departments) != 2 || s.Departments[1].Department != "tourism" || s.Departments[1].Hours.Number != 4.5 || s.Departments[1].Online.Number != 2 ||
		s.Departments[0].Hours.Number != 0 || s.Departments[0].Online.Number != 3 {
		t.Errorf("doses %+v", s.Departments)
	}
	if len(s.Online) != 2 || s.Online[0].People != 2 || s.Online[0].Count != 5 || s.Online[1].Monday.String() != "2014-09-22" {
		t.Errorf("weeks %+v", s.Online)
	}
	all := s.Surveys[0]
	if all.Role != "participants" || all.Item != "" || all.Marks == nil || all.Counts != [4]int{0, 1, 5, 24} || math.Abs(all.Marks.Mean-113.0/30) > 1e-12 ||
		!all.Marks.Response.Known || all.Marks.Response.Number != .75 || all.Possible == nil || !*all.Possible {
		t.Errorf("participants %+v", all)
	}
	if all.Reliability != nil {
		t.Error("one question has a reliability")
	}
	last := s.Surveys[len(s.Surveys)-1]
	if tutor := s.Surveys[3]; tutor.Role != "tutor" || tutor.Marks != nil || tutor.Declared.Number != 4 {
		t.Errorf("tutor %+v", last)
	}
	if board := s.Surveys[2]; board.Role != "board" || board.Possible == nil || *board.Possible {
		t.Errorf("3.5 of three whole marks is said to be possible: %+v", board)
	}
}

// The same answers to three questions are no more people than the answers to one.
func TestQuestionsAreNoPeople(t *testing.T) {
	var one, three []Answer
	for i := range 12 {
		for q := range 3 {
			a := Answer{Respondent: fmt.Sprint(i), Role: "participants", Item: fmt.Sprint(q), Value: 3 + i%2}
			if three = append(three, a); q == 0 {
				one = append(one, a)
			}
		}
	}
	a, b := Summarize(reader.Course, Record{Answers: one}).Surveys[0].Marks, Summarize(reader.Course, Record{Answers: three}).Surveys[0].Marks
	if math.Abs(a.Low.Number-b.Low.Number) > 1e-12 || math.Abs(a.High.Number-b.High.Number) > 1e-12 || !(a.Low.Number < 3.5) {
		t.Errorf("%v to %v and %v to %v", a.Low, a.High, b.Low, b.High)
	}
	single, err := statistics.Answers{Counts: []int{0, 0, 6, 6}}.Describe(statistics.Confidence)
	if err != nil || math.Abs(single.Low.Number-a.Low.Number) > 1e-12 {
		t.Errorf("one question is %v, by Student %v (%v)", a.Low, single.Low, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("persona,departamento,2014-09-11\nAna,Turismo,x\n"))
	f.Add([]byte("Marca temporal,¿Útil?\n2014/12/18,4\n"))
	f.Add([]byte("usuario;fecha;count\nana;11/9/2014;1e9\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		list, err := reader.Attendance("f", content)
		var cells sheet.CellErrors
		if errors.As(err, &cells) && len(cells) == 0 {
			t.Error("an error without a cell")
		}
		answers, _, _ := reader.Survey("f", content)
		online, _ := reader.Activity("f", content)
		for _, a := range answers {
			if a.Value < 0 || a.Value > 4 {
				t.Errorf("a mark of %d", a.Value)
			}
		}
		Summarize(reader.Course, Record{Attendance: list, Answers: answers, Activity: online})
	})
}
