package check

import (
	"fmt"
	"testing"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// of asks for a variable of a post or thread that the binding is on.
func (b *binding) of(name string) any {
	v, _ := b.ResolveName(name)
	if u, unknown := v.(*types.Unknown); unknown {
		return "unknown: " + missingNames(u)
	}
	return v.(ref.Val).Value()
}

func TestLanguagesOfAPost(t *testing.T) {
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{Name: "Diputación", TimeZone: "Europe/Madrid", Languages: []string{"es", "ca-ES-valencia"}}}))
	long := "La Diputación abre el plazo para pedir las ayudas al alquiler. Puedes presentar la solicitud en la sede electrónica o en tu ayuntamiento. " +
		"El plazo acaba el viernes a las dos de la tarde y no se amplía."
	for _, c := range []struct {
		text string
		want map[string]any
	}{
		{"Abrimos la biblioteca el lunes por la mañana para todos los vecinos", map[string]any{
			"post.sensed_language": "es", "post.languages": []string{"es"}, "post.sentences": []int64{12}, "post.readability": "unknown: post.readability",
		}},
		{"Obrim la biblioteca dilluns de matí per a tots els veïns / Abrimos la biblioteca el lunes por la mañana para los vecinos", map[string]any{
			"post.languages": []string{"ca", "es"}, "post.readability": "unknown: post.readability",
		}},
		{"MARQ 2014 https://dip.example 🎉", map[string]any{
			"post.sensed_language": "unknown: post.sensed_language", "post.languages": []string{}, "post.sentences": []int64{1},
		}},
		{"", map[string]any{"post.sensed_language": "unknown: post.sensed_language", "post.languages": []string{}, "post.sentences": []int64{}, "post.twin": ""}},
		{long, map[string]any{"post.sensed_language": "es", "post.sentences": []int64{11, 12, 15}}},
	} {
		s := pipeline.Subject{Posts: []pipeline.Observed{{
			Post: pipeline.Post{ID: "1", Text: c.text, Language: "en", CreatedAt: localTime{}.or("2014-10-03 10:00")}, Gives: []pipeline.Field{pipeline.FieldText},
		}}}
		b := g.bind(&s, localTime{}.or("2014-10-31 10:00"))
		b.onPost(&s.Posts[0])
		for name, want := range c.want {
			if diff := cmp.Diff(want, b.of(name)); diff != "" {
				t.Errorf("%q: %s: %s", c.text, name, diff)
			}
		}
	}
	s := pipeline.Subject{Posts: []pipeline.Observed{{Post: pipeline.Post{Text: long}, Gives: []pipeline.Field{pipeline.FieldText}}, {Post: pipeline.Post{Text: long}}}}
	b := g.bind(&s, time.Time{})
	b.onPost(&s.Posts[0])
	if p, ok := b.of("post.readability").(float64); !ok || p < 55 || p > 85 {
		t.Errorf("plain Spanish reads as %v", b.of("post.readability"))
	}
	b.onPost(&s.Posts[1]) // whose source gives no text
	for _, name := range []string{"post.sensed_language", "post.languages", "post.twin", "post.sentences", "post.readability"} {
		if got := b.of(name); got != "unknown: post.text" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLanguageOfAnAnswer(t *testing.T) {
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{Name: "Diputación", TimeZone: "Europe/Madrid", Languages: []string{"es"}}}))
	at := localTime{}.or("2014-10-03 10:00")
	s := pipeline.Subject{GivesThreads: true, Threads: []pipeline.Thread{
		{Message: pipeline.Message{At: at}},
		{Message: pipeline.Message{At: at}, Answer: &pipeline.Post{CreatedAt: at.Add(time.Hour), Text: "Bon dia, podeu demanar cita en la nostra web", Language: "es"}},
		{Message: pipeline.Message{At: at}, Answer: &pipeline.Post{CreatedAt: at.Add(time.Hour), Text: "👍"}},
	}}
	b := g.bind(&s, at.Add(24*time.Hour))
	for i, want := range []string{"unknown: reply.sensed_language", "ca", "unknown: reply.sensed_language"} {
		b.onThread(&s.Threads[i])
		if got := b.of("reply.sensed_language"); got != want {
			t.Errorf("answer %d: %v, want %s", i, got, want)
		}
	}
}

func TestTwinsOfAccountsAndDepartments(t *testing.T) {
	const spanish, valencian = "Abrimos la biblioteca de Elda el lunes 3 a las 10:00, con cuentacuentos para niños", "Obrim la biblioteca d'Elda dilluns 3 a les 10:00, amb contacontes per a xiquets"
	texts := []pipeline.Field{pipeline.FieldText}
	post := func(id, at, text string) pipeline.Observed {
		return pipeline.Observed{Post: pipeline.Post{ID: id, Kind: pipeline.Own, CreatedAt: localTime{}.or("2014-10-03 " + at), Text: text}, Gives: texts}
	}
	account := func(id, department string, posts ...pipeline.Observed) *pipeline.Subject {
		return &pipeline.Subject{Account: pipeline.Account{ID: pipeline.AccountID(id), Department: department}, Posts: posts}
	}
	silent, repost := post("s-va", "10:00", valencian), post("r-va", "10:01", valencian)
	silent.Gives, repost.Kind = nil, pipeline.Repost
	all := []*pipeline.Subject{
		account("both", "culture", post("b-es", "10:00", spanish), post("b-va", "11:59", valencian), post("b-late", "14:00", spanish)),
		account("es", "culture", post("e-es", "10:30", spanish), post("e-tourism", "18:00", "El sábado, ruta guiada por la Serra Gelada, plazas limitadas")),
		account("other", "sports", post("o-es", "10:00", spanish)),
		account("none", "", post("n-es", "10:00", spanish)),
		account("late", "late", post("l-es", "10:00", spanish), post("l-va", "12:01", valencian)),
		account("silent", "silent", post("s-es", "10:00", spanish), silent, repost),
		account("alone", "", post("a-va", "10:00", valencian)),
	}
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{Name: "Diputación", TimeZone: "Europe/Madrid", Languages: []string{"es"}}}))
	for id, want := range map[string]string{
		"b-es": "b-va", "b-va": "b-es", // its own before the sister's
		"b-late":    "",     // two hours and a minute after the other
		"e-es":      "b-va", // a sister's, although that has one at home
		"e-tourism": "",
		"o-es":      "", "n-es": "", "a-va": "", // without a department there are no sisters
		"l-es": "", "l-va": "",
		"s-es": "", // the other's text is not known, or not its own
	} {
		for _, s := range all {
			s.All = all
			for i := range s.Posts {
				if s.Posts[i].ID != id {
					continue
				}
				b := g.bind(s, localTime{}.or("2014-10-31 10:00"))
				b.onPost(&s.Posts[i])
				if got := b.of("post.twin"); got != want {
					t.Errorf("twin of %s: %v, want %q", id, got, want)
				}
			}
		}
	}
}

// Posts of one account are looked through once, however many of them are asked about.
func TestTwinsAreLookedForOnce(t *testing.T) {
	s := &pipeline.Subject{}
	for i := range 50 {
		s.Posts = append(s.Posts, pipeline.Observed{Post: pipeline.Post{ID: fmt.Sprint(i), Text: "Abrimos la biblioteca"}, Gives: []pipeline.Field{pipeline.FieldText}})
	}
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{Name: "Diputación", TimeZone: "Europe/Madrid", Languages: []string{"es"}}}))
	b := g.bind(s, time.Time{})
	b.onPost(&s.Posts[0])
	b.of("post.twin")
	b.twins["7"] = "kept"
	b.onPost(&s.Posts[7])
	if got := b.of("post.twin"); got != "kept" {
		t.Errorf("looked for again: %v", got)
	}
}
