package reports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/collectors/export"
	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/learning"
	"presencia/pipeline/store"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// openStore is the real engine in a new folder.
func openStore(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), "chdb:"+t.TempDir(), store.Options{Log: slog.New(slog.DiscardHandler), Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func date(y int, m time.Month, d int) pipeline.Date { return pipeline.Date{Year: y, Month: m, Day: d} }

// small is a small institution: four departments that took a course, three that did not, an account each, a blog.
func small() *pipeline.Register {
	r := &pipeline.Register{
		Version:     "0123456789abcdef",
		Institution: pipeline.Institution{Name: "Diputación de Prueba", TimeZone: "Europe/Madrid", Languages: []string{"es"}, Population: 120_000},
		Simulated:   true,
		Courses: []pipeline.Course{{
			ID: "redes", Name: "Redes sociales", Start: date(2014, 9, 11), End: date(2014, 12, 16), HoursInPerson: 12, HoursOnline: 28, Cost: 3500,
			Sessions: []pipeline.Session{{Date: date(2014, 9, 11), Hours: 3}, {Date: date(2014, 12, 16), Hours: 3, Title: "Cierre"}}, Recognition: "40 horas",
			Participants: map[string]int{"turismo": 2, "cultura": 1, "deportes": 1, "juventud": 1}, Eligibility: "Personal de los departamentos",
			Surveys: []pipeline.Survey{{Role: "participants", Mean: 3.77, Max: 4, Answers: 5, Invited: 5}, {Role: "tutor", Mean: 4, Max: 4}},
		}},
		Events: []pipeline.Event{{Name: "Cambio de reglas de una red", Start: date(2014, 11, 14)}},
	}
	for i, name := range []string{"Turismo", "Cultura", "Deportes", "Juventud", "Museo", "Auditorio", "Archivo"} {
		id := strings.ToLower(name)
		d := pipeline.Department{ID: id, Name: name, Group: pipeline.Participant}
		if i >= 4 {
			d.Group = pipeline.Comparison
		}
		r.Departments = append(r.Departments, d)
		r.Accounts = append(r.Accounts, pipeline.Account{ID: pipeline.AccountID(id), Department: id, Platform: pipeline.Mastodon, Handle: "@" + id + "@social.example"})
	}
	r.Accounts = append(r.Accounts, pipeline.Account{ID: "blog", Department: "turismo", Platform: pipeline.Feed, Handle: "https://turismo.example/feed", Opened: date(2014, 12, 9)})
	return r
}

// lived stores two and a half years of the small institution, read every four weeks. From the course on its participants
// publish half as much again and answer in a third of the time; everything else goes on as before.
func lived(t *testing.T, db *store.DB, r *pipeline.Register) {
	t.Helper()
	ctx := context.Background()
	if err := db.SaveRegister(ctx, r, []byte("x"), time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	begin, course := time.Date(2012, 12, 31, 9, 0, 0, 0, time.UTC), time.Date(2014, 9, 11, 0, 0, 0, 0, time.UTC)
	gives := []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldText, pipeline.FieldKind, pipeline.FieldMentions, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldMessages}
	const weeks = 128
	for last := 3; last < weeks; last += 4 {
		at := begin.AddDate(0, 0, 7*last+6)
		run, err := db.Begin(ctx, pipeline.RunInfo{ID: fmt.Sprint("collect-", last), Kind: "collect", Started: at, Register: r.Version})
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range r.Accounts {
			b := pipeline.Batch{Account: a.ID, Platform: a.Platform, At: at, Gives: gives}
			o := pipeline.Outcome{Account: a.ID, Platform: a.Platform, At: at}
			switch {
			case !a.Active(at):
				continue
			case a.ID == "archivo" && last == weeks-1:
				o.Err = pipeline.ErrUnavailable
			case a.Platform == pipeline.Feed:
				b.Gives = []pipeline.Field{pipeline.FieldText}
				b.Profile = &pipeline.Profile{Followers: pipeline.NoCount}
			default:
				b.Profile = &pipeline.Profile{Followers: pipeline.CountOf(int64(500 + 100*i + 10*last))}
				for w := max(0, last-9); w <= last; w++ { // the last ten weeks are listed again and again
					week(&b, a, i, w, last, begin.AddDate(0, 0, 7*w), course)
				}
				b.Listed = pipeline.Window{From: begin.AddDate(0, 0, 7*max(0, last-9)), To: at}
			}
			if err := run.Save(ctx, b, o); err != nil {
				t.Fatal(err)
			}
		}
		if err := run.Complete(ctx, at); err != nil {
			t.Fatal(err)
		}
	}
	guide := pipeline.GuideState{Version: "guide"}
	for _, rule := range rules {
		guide.Rules = append(guide.Rules, pipeline.RuleState{ID: rule.ID, Version: 1, Scope: "post", Severity: rule.Severity})
	}
	var judged iter.Seq2[pipeline.Judged, error] = func(yield func(pipeline.Judged, error) bool) {
		for m := time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC); m.Before(time.Date(2015, 6, 1, 0, 0, 0, 0, time.UTC)); m = m.AddDate(0, 1, 0) {
			for i, a := range r.Accounts[:7] {
				j := pipeline.Judged{Account: a.ID, Subject: m.Format("2006-01"), At: m.AddDate(0, 0, 10),
					Window: pipeline.Window{From: m, To: m.AddDate(0, 1, 0)}, URL: "https://social.example/" + string(a.ID)}
				for k := range rules {
					v := pipeline.Pass
					switch {
					case k == 3:
						v = pipeline.NotEvaluable
					case (i+int(m.Month())+k)%3 == 0 && !(i < 4 && m.After(course)):
						v = pipeline.Fail
					}
					j.Verdicts = append(j.Verdicts, v)
				}
				if !yield(j, nil) {
					return
				}
			}
		}
	}
	at := begin.AddDate(0, 0, 7*weeks)
	if _, err := db.SaveVerdicts(ctx, pipeline.RunInfo{ID: "check", Kind: "check", Started: at, Register: r.Version}, guide, judged, func() time.Time { return at }); err != nil {
		t.Fatal(err)
	}
}

// week is what account number i did in one week, as a reading in another week sees it.
func week(b *pipeline.Batch, a pipeline.Account, i, w, seen int, monday, course time.Time) {
	after := i < 4 && monday.After(course)
	posts, wait := 4+(i+w)%3, 12+8*((i+w)%4)
	if after {
		posts, wait = posts*3/2, wait/3
	}
	if a.ID == "auditorio" && !monday.Before(time.Date(2015, 4, 27, 0, 0, 0, 0, time.UTC)) {
		posts = 0
	}
	for k := range posts {
		p := pipeline.Post{
			ID: fmt.Sprintf("%d-%d", w, k), Kind: pipeline.Own, CreatedAt: monday.Add(time.Duration(k) * 20 * time.Hour), Text: fmt.Sprintf("Semana %d, publicación %d. %s", w, k, hostile[k%len(hostile)]),
			URL:     fmt.Sprintf("https://social.example/%s/%d-%d", a.ID, w, k),
			Figures: pipeline.Figures{Likes: pipeline.CountOf(int64(3 + (i+w+k)%5 + min(seen-w, 4))), Replies: pipeline.CountOf(0), Reposts: pipeline.CountOf(int64(k % 2))},
		}
		if k == 1 && i < 6 {
			p.Mentions = []string{strings.TrimPrefix(fmt.Sprintf("%s@social.example", []string{"cultura", "deportes", "juventud", "turismo", "auditorio", "museo"}[(i+w)%6]), "@")}
		}
		if k == 3 && w%2 == 0 {
			p.Kind = pipeline.Repost
		}
		b.Posts = append(b.Posts, p)
	}
	for k := range 2 {
		received := monday.Add(time.Duration(26+30*k) * time.Hour)
		id := fmt.Sprintf("%s-%d-%d", a.ID, w, k)
		b.Messages = append(b.Messages, pipeline.Message{ID: id, At: received})
		if (i+w+k)%4 != 0 || after && k == 0 {
			b.Posts = append(b.Posts, pipeline.Post{ID: "r" + id, Kind: pipeline.Reply, CreatedAt: received.Add(time.Duration(wait+k) * time.Hour), InReplyTo: id, Text: "Gracias."})
		}
	}
}

// attended is the record of the small institution's course: five people, of whom the departments' attended more or less, two questions, and
// two weeks online.
func attended() (r learning.Record) {
	for i, d := range []string{"turismo", "turismo", "cultura", "deportes", "juventud"} {
		person := fmt.Sprint("p", i)
		for k, session := range []pipeline.Date{date(2014, 9, 11), date(2014, 12, 16)} {
			hours := 3.0
			if k == 1 {
				hours = float64(i) / 2
			}
			r.Attendance = append(r.Attendance, learning.Attendance{Course: "redes", Person: person, Department: d, Session: session, Hours: hours})
			r.Activity = append(r.Activity, learning.Activity{Course: "redes", Person: person, Department: d, Day: session.AddDays(i - 8*k), Kind: "post", Count: 1 + i})
		}
		for k, item := range []string{"Utilidad", "Ritmo"} {
			r.Answers = append(r.Answers, learning.Answer{Course: "redes", Respondent: person, Role: "participants", Item: item, Value: 4 - (i+k)/4})
		}
	}
	return r
}

var rules = []Rule{
	{ID: "post-hashtag-max", Scope: "post", Title: map[string]string{"es": "Pocas etiquetas", "ca-ES-valencia": "Poques etiquetes", "en": "Few hashtags"}, Severity: "med", Values: []Threshold{{Origin: "guide"}, {Origin: "proposed"}}, Sources: []Source{{Name: "Guía de redes"}}},
	{ID: "post-no-personal-data", Scope: "post", Title: map[string]string{"es": "Sin datos personales", "ca-ES-valencia": "Sense dades personals", "en": "No personal data"}, Severity: "crit"},
	{ID: "own-hashtags", Scope: "post", Title: map[string]string{"es": "Pocas etiquetas", "ca-ES-valencia": "Poques etiquetes", "en": "Few hashtags"}, Severity: "low", Values: []Threshold{{Origin: "proposed"}}},
	{ID: "post-video-captions", Scope: "post", Title: map[string]string{"es": "Vídeos con subtítulos", "ca-ES-valencia": "Vídeos amb subtítols", "en": "Captioned videos"}, Severity: "high", Values: []Threshold{{Origin: "law"}}},
}

// plain writes a document as text, for people to review and tests to compare.
func plain(t *testing.T, d Document) string {
	t.Helper()
	say, err := loadWords(d.Language)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{Document: d, words: say}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\nsimulated: %v, as of %s\n", d.Title, d.Subtitle, d.Simulated, d.AsOf.Format(time.RFC3339))
	table := func(x Table) {
		fmt.Fprintf(&b, "[%s] %s\n", x.Sheet, x.Title)
		var titles []string
		for _, c := range x.Columns {
			titles = append(titles, c.Title)
		}
		fmt.Fprintf(&b, "  %s\n", strings.Join(titles, " | "))
		for _, row := range x.Rows {
			var cells []string
			for i, c := range row {
				e := p.Entry(x, i, c)
				if e.Why != "" {
					e.Text += "(" + e.Why + ")"
				}
				cells = append(cells, e.Text)
			}
			fmt.Fprintf(&b, "  %s\n", strings.Join(cells, " | "))
		}
		if x.Note != "" {
			fmt.Fprintf(&b, "  %s\n", x.Note)
		}
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n# %s (%s)\n", s.Title, s.ID)
		for _, block := range s.Blocks {
			switch x := block.(type) {
			case Text:
				fmt.Fprintf(&b, "%s\n", x)
			case Note:
				fmt.Fprintf(&b, "! %s\n", x.Text)
			case List:
				fmt.Fprintf(&b, "%s\n", x.Title)
				for _, i := range x.Items {
					fmt.Fprintf(&b, "- %s\n", i)
				}
			case Tiles:
				for _, tile := range x {
					fmt.Fprintf(&b, "* %s: %s %s %s%s\n", tile.Label, p.Figure(tile), tile.Unit, tile.Detail, tile.Why)
					if tile.Verdict != "" {
						fmt.Fprintf(&b, "    %s: %s\n", p.Verdict(tile), tile.Usual)
					}
					for _, c := range tile.Changes {
						fmt.Fprintf(&b, "    %s %s (%s)\n", p.Delta(tile, c), c.Label, c.Why)
					}
				}
			case Table:
				table(x)
			case Chart:
				fmt.Fprintf(&b, "<%s> %s\n  %s\n", x.ID, x.Title, x.Description)
				if x.Form != Lines && x.Form != Stacked {
					table(x.Table(say))
				}
			case Definitions:
				fmt.Fprintf(&b, "(%d definitions)\n", len(x))
			}
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it should, run the tests with -update and review:\n%s", file, diff)
	}
}

// memory answers a question that was asked before from its first answer: languages ask the same.
type memory struct {
	indicator.Querier
	answers *sync.Map // of a query, its rows
}

func (m memory) Select(ctx context.Context, dst any, query string, args ...any) error {
	rows := reflect.ValueOf(dst).Elem()
	if known, ok := m.answers.Load(query); ok {
		rows.Set(known.(reflect.Value))
		return nil
	}
	err := m.Querier.Select(ctx, dst, query, args...)
	m.answers.Store(query, rows)
	return err
}

func TestReportsOfASmallInstitution(t *testing.T) {
	db, r := openStore(t), small()
	lived(t, db, r)
	key := regexp.MustCompile(`(^|[^\w@./-])[a-z_]+\.[a-z_]+(\.[a-z_]+)*($|[^\w./@])`)
	month := pipeline.Month(2015, time.May, r.Institution.Location())
	asked := memory{db, &sync.Map{}}
	for _, lang := range Languages {
		in := Input{Querier: asked, Register: r, Rules: rules, Language: lang, Program: "test", GuideVersion: "fedcba9876543210"}
		monthly := func() Document {
			d, err := Monthly(t.Context(), in, month)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := monthly()
		in.Record = attended()
		c, err := Course(t.Context(), in, r.Courses[0])
		if err != nil {
			t.Fatal(err)
		}
		for name, d := range map[string]Document{"monthly": d, "course": c} {
			text := plain(t, d)
			for line := range strings.Lines(text) {
				if m := key.FindString(line); m != "" && !strings.Contains(line, "http") && !strings.Contains(line, "alert(1)") {
					t.Errorf("%s, %s: a word is missing: %s", name, lang, line)
				}
			}
			if placeholder.MatchString(text) {
				t.Errorf("%s, %s: a placeholder is left: %s", name, lang, placeholder.FindString(text))
			}
			if lang == "es" {
				golden(t, name+".golden", text)
				t.Run(name, func(t *testing.T) { accessible(t, render(t, d)) })
			}
			var b bytes.Buffer
			if err := WriteXLSX(&b, d); err != nil {
				t.Errorf("%s, %s: %v", name, lang, err)
			}
			if err := WriteHTML(&b, d); err != nil && !errors.Is(err, ErrNoECharts) {
				t.Errorf("%s, %s: %v", name, lang, err)
			}
		}
		if in.Querier = db; lang == "es" {
			if diff := cmp.Diff(sums(t, d), sums(t, monthly())); diff != "" {
				t.Errorf("the same data gave two reports:\n%s", diff)
			}
		}
	}
	monthsWithoutMuch(t, db, r)
}

// monthsWithoutMuch makes reports of months and institutions of which little or nothing is known: each says so, and none has an
// empty chart, a table without rows or a number that is none.
func monthsWithoutMuch(t *testing.T, db *store.DB, r *pipeline.Register) {
	t.Helper()
	only := func(accounts ...pipeline.Account) *pipeline.Register {
		one := *r
		one.Accounts = accounts
		return &one
	}
	never := pipeline.Account{ID: "nuevo", Department: "museo", Platform: pipeline.Mastodon, Handle: "@nuevo@social.example"}
	later := never
	later.Opened = date(2030, 1, 1)
	alike := *r
	alike.Courses, alike.Events, alike.Departments = nil, nil, slices.Clone(r.Departments)
	for i := range alike.Departments {
		alike.Departments[i].Group = pipeline.OtherGroup
	}
	saved := time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		name     string
		register *pipeline.Register
		year     int
		month    time.Month
		want     []string
	}{
		{"before any data", r, 2012, time.June, []string{"Junio de 2012 es anterior a los datos, que empiezan el 31 de diciembre de 2012", "- Actividad: no se conocen"}},
		{"after all data", r, 2016, time.January, []string{"Enero de 2016 es posterior a los datos, que acaban el 14 de junio de 2015"}},
		{"unfinished", r, 2015, time.June, []string{"Los datos acaban el 14 de junio de 2015, antes que junio de 2015"}},
		{"no comparison group", &alike, 2015, time.May, []string{"En mayo de 2015 hay mejoras de verdad"}},
		{"nothing published", only(r.Accounts[7]), 2015, time.May, []string{"De 1 cuenta abierta en mayo de 2015: con publicaciones, 0; sin ninguna, 1", "Una cuenta no publicó nada en el mes"}},
		{"never read", only(never), 2015, time.May, []string{"De mayo de 2015 no se conoce ninguna de las cifras principales.", "Descansa en 0 de 1 cuenta"}},
		{"not yet open", only(later), 2015, time.May, []string{"El registro no tiene ninguna cuenta abierta en mayo de 2015."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.register.Version = fmt.Sprint("register-", i)
			if err := db.SaveRegister(t.Context(), c.register, []byte("x"), saved.AddDate(0, 0, i)); err != nil {
				t.Fatal(err)
			}
			in := Input{Querier: db, Register: c.register, Rules: rules, Language: "es", Program: "test"}
			d, err := Monthly(t.Context(), in, pipeline.Month(c.year, c.month, c.register.Institution.Location()))
			if err != nil {
				t.Fatal(err)
			}
			text := plain(t, d)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the report does not say %q:\n%s", want, text)
				}
			}
			if bad := regexp.MustCompile(`NaN|Inf\b|\{\w+\}|\(\)\.`).FindString(text); bad != "" {
				t.Errorf("the report says %q:\n%s", bad, text)
			}
			for _, s := range d.Sections {
				for _, b := range s.Blocks {
					switch x := b.(type) {
					case Text:
						if x == "" {
							t.Errorf("%s: an empty text", s.ID)
						}
					case Table:
						if len(x.Rows) == 0 {
							t.Errorf("%s: table %s is empty", s.ID, x.ID)
						}
					case Chart:
						some := false
						for _, y := range x.Series {
							some = some || missing(y.Values) < len(y.Values)
						}
						if !some {
							t.Errorf("%s: chart %s is empty", s.ID, x.ID)
						}
					}
				}
			}
			if err := WriteXLSX(io.Discard, d); err != nil {
				t.Error(err)
			}
			if err := WriteHTML(io.Discard, d); err != nil && !errors.Is(err, ErrNoECharts) {
				t.Error(err)
			}
		})
	}
}

func sums(t *testing.T, d Document) []string {
	t.Helper()
	var page, sheets bytes.Buffer
	if err := WriteHTML(&page, d); err != nil && !errors.Is(err, ErrNoECharts) {
		t.Fatal(err)
	}
	if err := WriteXLSX(&sheets, d); err != nil {
		t.Fatal(err)
	}
	return []string{fmt.Sprintf("%x", sha256.Sum256(page.Bytes())), fmt.Sprintf("%x", sha256.Sum256(sheets.Bytes()))}
}

func TestNothingCollectedYet(t *testing.T) {
	db, r := openStore(t), small()
	in := Input{Querier: db, Register: r, Language: "es"}
	if _, err := Monthly(t.Context(), in, pipeline.Month(2015, time.May, time.UTC)); !errors.Is(err, ErrNoData) {
		t.Errorf("monthly: %v", err)
	}
	if _, err := Course(t.Context(), in, r.Courses[0]); !errors.Is(err, ErrNoData) {
		t.Errorf("course: %v", err)
	}
	in.Language = "fr"
	if _, err := Monthly(t.Context(), in, pipeline.Month(2015, time.May, time.UTC)); err == nil || !strings.Contains(err.Error(), "ca-ES-valencia") {
		t.Errorf("an unknown language: %v", err)
	}
}

// TestReportOfAnImportedAccount is the real file of realdata: one account, its posts and nothing else.
func TestReportOfAnImportedAccount(t *testing.T) {
	reference := os.Getenv("PRESENCIA_REFERENCE")
	if reference == "" {
		t.Skip("PRESENCIA_REFERENCE is not set: the report on the real file is not made")
	}
	db := openStore(t)
	r := &pipeline.Register{
		Version: "v", Institution: pipeline.Institution{Name: "Example", TimeZone: "UTC", Languages: []string{"en"}},
		Departments: []pipeline.Department{{ID: "office", Name: "Office", Group: pipeline.Participant}},
		Accounts:    []pipeline.Account{{ID: "acc", Department: "office", Platform: pipeline.X, Handle: "@BarackObama"}},
		Courses:     []pipeline.Course{{ID: "c", Name: "Course", Start: date(2014, 9, 11), End: date(2014, 12, 16)}},
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	if err := db.SaveRegister(t.Context(), r, nil, now); err != nil {
		t.Fatal(err)
	}
	runner := &pipeline.Runner{
		Collectors: map[pipeline.Platform]pipeline.Collector{pipeline.X: pipeline.OneByOne(&export.Reader{Files: []string{filepath.Join(reference, "realdata", "twitter-BarackObama.csv")}, AsOf: now})},
		Sink:       db, Privacy: pipeline.NewPrivacy([]byte("key"), r), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	if out, err := runner.Run(t.Context(), pipeline.RunInfo{ID: "import", Kind: "import", Started: now}, r.Accounts, time.Time{}); err != nil || out[0].Err != nil {
		t.Fatal(err, out)
	}
	in := Input{Querier: db, Register: r, Rules: rules, Language: "es", Program: "test"}
	d, err := Monthly(t.Context(), in, pipeline.Month(2014, time.December, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	text := plain(t, d)
	for _, want := range []string{
		"* Publicaciones: 143", "1 de 1 cuenta leída", "143 publicaciones: 134 propias, 0 respuestas y 9 difundidas.", ": no se ha leído.",
		"- Audiencia: no se conocen los seguidores del mes.", "- Atención a la ciudadanía: no se conoce ningún mensaje", "- Cumplimiento de la guía: el mes no se ha comprobado: presencia check.",
		"- Unificación de criterios: hacen falta al menos dos departamentos con dato.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	c, err := Course(t.Context(), in, r.Courses[0])
	if err != nil {
		t.Fatal(err)
	}
	if text := plain(t, c); !strings.Contains(text, "! No se puede responder: no hay al menos 4 semanas con datos antes del curso") {
		t.Errorf("the course is judged without data from before:\n%s", text)
	}
}
