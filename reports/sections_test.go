package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// outspoken is an institution of two languages that runs campaigns: a culture department, a youth department with a channel of a
// network that must stand alone, and a blog whose source tells no tags.
func outspoken() *pipeline.Register {
	r := &pipeline.Register{
		Version:     "spoken",
		Institution: pipeline.Institution{Name: "Diputación de Prueba", TimeZone: "Europe/Madrid", Languages: []string{"es", "ca-ES-valencia"}},
		Departments: []pipeline.Department{{ID: "cultura", Name: "Cultura"}, {ID: "juventud", Name: "Juventud"}},
		Accounts: []pipeline.Account{
			{ID: "cultura", Department: "cultura", Platform: pipeline.Mastodon, Handle: "@cultura@social.example"},
			{ID: "juventud", Department: "juventud", Platform: pipeline.Mastodon, Handle: "@juventud@social.example", Languages: []string{"ca-ES-valencia"}},
			{ID: "canal", Department: "juventud", Platform: pipeline.YouTube, Handle: "@canal"},
			{ID: "blog", Department: "cultura", Platform: pipeline.Feed, Handle: "https://blog.example/feed"},
			{ID: "mudo", Department: "cultura", Platform: pipeline.Mastodon, Handle: "@mudo@social.example"},
		},
		Campaigns: []pipeline.Campaign{
			{ID: "feria-2014", Name: "Feria del libro 2014", Start: date(2014, 5, 5), End: date(2014, 5, 14), Hashtags: []string{"FeriaDelLibro"}},
			{ID: "feria-2015", Name: "Feria del libro 2015", Start: date(2015, 5, 4), End: date(2015, 5, 13), Hashtags: []string{"#feriadellibro"}, Goal: "Más lectores"},
			{ID: "verano", Name: hostile[0], Start: date(2015, 5, 25), End: date(2015, 8, 31), Hashtags: []string{"Estiu"}, Goal: hostile[4]},
			{ID: "callada", Name: "La callada", Start: date(2015, 5, 1), End: date(2015, 5, 1), Hashtags: []string{"Nadie"}},
			{ID: "sin", Name: "Sin etiquetas", Start: date(2015, 4, 1)},
			{ID: "pasada", Name: "Pasada", Start: date(2015, 4, 1), End: date(2015, 4, 30), Hashtags: []string{"FeriaDelLibro"}},
		},
	}
	return r
}

// The texts, by what they speak.
var (
	inSpanish   = "Ya está disponible toda la información sobre el certamen de bandas de música."
	inValencian = "Este cap de setmana obrim el termini d'inscripció: hui vos contem com funciona."
	inBoth      = "Obrim dilluns la piscina municipal a tot el món. Abrimos el lunes la piscina municipal a todo el mundo."
	inEnglish   = "The museum is open to everybody this weekend, and you will find all the details on our website."
)

func spoken(t *testing.T) Input {
	t.Helper()
	db, r := openStore(t), outspoken()
	if err := db.SaveRegister(t.Context(), r, []byte("x"), time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2015, 6, 20, 6, 0, 0, 0, time.UTC)
	run, err := db.Begin(t.Context(), pipeline.RunInfo{ID: "collect", Kind: "collect", Started: at})
	if err != nil {
		t.Fatal(err)
	}
	told := []pipeline.Field{pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldHashtags, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldReach}
	n := 0
	post := func(month time.Month, day int, text, declared string, likes int64, tags ...string) pipeline.Post {
		year := 2015
		if month > 12 {
			year, month = 2014, month-12
		}
		n++
		p := pipeline.Post{ID: fmt.Sprint(n), Kind: pipeline.Own, CreatedAt: time.Date(year, month, day, 9, 0, 0, 0, time.UTC), Text: text, Language: declared, Hashtags: tags,
			URL: fmt.Sprint("https://social.example/", n)}
		if likes >= 0 {
			p.Figures = pipeline.Figures{Likes: pipeline.CountOf(likes), Replies: pipeline.CountOf(1), Reposts: pipeline.CountOf(0)}
		}
		return p
	}
	const may2014 = 12 + time.May
	reply := post(5, 6, inEnglish, "en", 1, "FeriaDelLibro")
	reply.Kind = pipeline.Reply
	reached := post(5, 5, inSpanish, "es", 9, "FeriaDelLibro", hostile[4])
	reached.Figures.Reach = pipeline.CountOf(1500)
	for account, posts := range map[pipeline.AccountID][]pipeline.Post{
		"cultura": {
			post(may2014, 1, inSpanish, "es", 2), post(may2014, 6, inSpanish, "es", 2, "FeriaDelLibro"), post(may2014, 20, inSpanish, "es", 2, "FeriaDelLibro"), // the second comes too late
			post(4, 10, inSpanish, "es", 3, "Otra"), post(4, 11, inSpanish, "es", 3, "Otra"), post(4, 12, inSpanish, "es", 3),
			reached, post(5, 5, inSpanish, "es", 4, "feriaDelLibro", "FERIADELLIBRO"), post(5, 6, inBoth, "es", 30, "FeriaDelLibro"), post(5, 20, inEnglish, "en", 1), reply,
		},
		"juventud": {
			post(4, 12, inValencian, "es", 1, "Otra"), post(5, 7, inValencian, "es", -1, "FeriaDelLibro"), post(5, 27, hostile[0], "ca", 5, "Estiu"), post(5, 28, "2015", "", 5, "Estiu"),
		},
		"canal": {post(5, 8, inSpanish, "", 1000, "FeriaDelLibro")},
		"blog":  {post(4, 1, inSpanish, "", -1), post(5, 2, inSpanish, "", -1)},
	} {
		b := pipeline.Batch{Account: account, Platform: pipeline.Mastodon, At: at, Gives: told, Posts: posts}
		if account == "blog" {
			b.Gives = []pipeline.Field{pipeline.FieldText}
		}
		if err := run.Save(t.Context(), b, pipeline.Outcome{Account: account, Platform: pipeline.Mastodon, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Complete(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	in := Input{Querier: db, Register: r, Program: "test", Rules: []Rule{{
		ID: "post-bilingual", Scope: "post", Severity: "high", Title: map[string]string{"es": "Las lenguas oficiales se usan por igual"}, Values: []Threshold{{Name: "percent", Value: int64(40), Origin: "proposed"}},
	}}}
	in.Actions = func(context.Context) ([]pipeline.Action, error) {
		return []pipeline.Action{
			{ID: "A1", Text: "Tarde", Owner: "Dirección", Agreed: date(2015, 3, 1), Due: date(2015, 5, 30)},
			{ID: "A2", Text: hostile[4], Department: "cultura", Rule: "post-bilingual", Owner: hostile[0], Agreed: date(2015, 5, 12), Due: date(2015, 5, 31)},
			{ID: "A3", Text: "Hecha", Department: "juventud", Account: "canal", Owner: "Juventud", Agreed: date(2015, 4, 1), Due: date(2015, 4, 10), Closed: date(2015, 5, 31), Note: "Al fin"},
			{ID: "A4", Text: "Descartada", Department: "juventud", Owner: "Juventud", Agreed: date(2015, 5, 1), Due: date(2015, 5, 10), Closed: date(2015, 5, 2), Dropped: true},
			{ID: "A5", Text: "Cerrada más tarde", Department: "gone", Owner: "Nadie", Agreed: date(2015, 5, 1), Due: date(2015, 7, 10), Closed: date(2015, 6, 1), Note: "aún no dicho"},
			{ID: "A6", Text: "Cerrada antes", Owner: "Nadie", Agreed: date(2015, 3, 1), Due: date(2015, 7, 10), Closed: date(2015, 4, 30)},
			{ID: "A7", Text: "Acordada después", Owner: "Nadie", Agreed: date(2015, 6, 1), Due: date(2015, 7, 10)},
		}, nil
	}
	return in
}

func TestLanguagesCampaignsActionsAndGlossary(t *testing.T) {
	in := spoken(t)
	ids := []string{"languages", "campaigns", "actions", "glossary"}
	for _, in.Language = range Languages {
		d, err := Monthly(t.Context(), in, pipeline.Month(2015, time.May, in.Register.Institution.Location()))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteXLSX(io.Discard, d); err != nil {
			t.Error(err)
		}
		if err := WriteHTML(&b, d); err != nil && !errors.Is(err, ErrNoECharts) {
			t.Error(err)
		}
		if strings.Contains(b.String(), "<script>alert") {
			t.Error("a name has become a script")
		}
		d.Sections = slices.DeleteFunc(d.Sections, func(s Section) bool { return !slices.Contains(ids, s.ID) })
		var found []string
		for _, s := range d.Sections {
			found = append(found, s.ID)
		}
		if diff := cmp.Diff(ids, found); diff != "" {
			t.Errorf("%s: %s", in.Language, diff)
		}
		said := plain(t, d)
		if bad := placeholder.FindString(said); bad != "" || strings.Contains(said, "NaN") {
			t.Errorf("%s: %s is left, or no number:\n%s", in.Language, bad, said)
		}
		if in.Language == "es" {
			golden(t, "sections.golden", said)
		}
	}
}

// TestGlossaryHasNoOtherWords: a term is explained where the report uses it as a word, and not otherwise.
func TestGlossaryHasNoOtherWords(t *testing.T) {
	for _, c := range []struct {
		said, term string
		want       bool
	}{
		{"el alcance es", "alcance", true}, {"alcance", "alcance", true}, {"(alcance)", "alcance", true}, {"alcances", "alcance", false}, {"sinalcance, alcance", "alcance", true}, {"", "alcance", false},
		{"única", "nica", false}, {"valor: s/d", "s/d", true},
	} {
		if got := uses(c.said, c.term); got != c.want {
			t.Errorf("%q in %q: %v", c.term, c.said, got)
		}
	}
	w, err := loadWords("es")
	if err != nil {
		t.Fatal(err)
	}
	m := &monthly{builder: &builder{words: w}}
	s := m.glossary([]Section{{Title: "Alcance", Blocks: []Block{
		Table{Columns: []Column{{Title: "Cuenta"}, {Title: "Mediana", Sheet: true}}, Rows: [][]Cell{{text("la campaña de un nombre"), {Why: "Percentil"}}}},
		Tiles{{Label: "Interacciones", Why: "no se ha leído"}},
	}}})
	var terms []string
	for _, row := range s.Blocks[0].(Table).Rows {
		terms = append(terms, row[0].Text)
	}
	if diff := cmp.Diff([]string{"Alcance", "Cuenta", "Interacción", "s/d"}, terms); diff != "" {
		t.Error(diff)
	}
	if s := m.glossary(nil); len(s.Blocks) != 0 {
		t.Errorf("words of nothing are explained: %v", s.Blocks)
	}
}

func TestEditionsOfACampaign(t *testing.T) {
	for _, c := range []struct {
		a, b pipeline.Campaign
		want bool
	}{
		{pipeline.Campaign{ID: "feria-2014"}, pipeline.Campaign{ID: "feria-2015"}, true},
		{pipeline.Campaign{ID: "feria"}, pipeline.Campaign{ID: "feria2015"}, false},
		{pipeline.Campaign{ID: "a", Name: "Feria del Libro 2014"}, pipeline.Campaign{ID: "b", Name: "2015, feria del libro"}, true},
		{pipeline.Campaign{ID: "2014"}, pipeline.Campaign{ID: "2015"}, false},
		{pipeline.Campaign{ID: "a"}, pipeline.Campaign{ID: "b"}, false},
	} {
		if got := sameCampaign(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: %v", c.a, c.b, got)
		}
	}
}
