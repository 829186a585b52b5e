package check

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

const (
	inSpanish   = "El lunes abrimos la piscina municipal, de diez a ocho. https://dip.example/piscina"
	inValencian = "Dilluns obrim la piscina municipal, de deu a huit. https://dip.example/piscina"
)

// The pack of the Comunitat Valenciana asks for both languages where the base pack asks for a balance.
func TestThePackOfTheComunitatValenciana(t *testing.T) {
	pack, ok := Shipped("comunitat-valenciana")
	if !ok {
		t.Fatal("it is not shipped")
	}
	account := pipeline.Account{ID: "acc", Department: "turismo", Platform: pipeline.Mastodon}
	register := &pipeline.Register{
		Institution: pipeline.Institution{Name: "Diputación de Ejemplo", TimeZone: "Europe/Madrid", Languages: []string{"es", "ca-ES-valencia"}},
		Departments: []pipeline.Department{{ID: "turismo", Name: "Turismo"}}, Accounts: []pipeline.Account{account},
	}
	base, strict := must(Load(register)), must(Load(register, pack))
	if len(strict.Broken) > 0 {
		t.Fatal(strict.Broken)
	}
	for _, r := range strict.Rules {
		for _, lang := range languages {
			if r.Title[lang] == "" || r.Explanation[lang] == "" {
				t.Errorf("%s has no words in %s", r.ID, lang)
			}
		}
	}
	post := func(id, text string, hour int) pipeline.Observed {
		return pipeline.Observed{Gives: allOf, Post: pipeline.Post{
			ID: id, Kind: pipeline.Own, Text: text, Links: linksIn(text), CreatedAt: time.Date(2014, 10, 3, hour, 0, 0, 0, madrid).UTC(),
		}}
	}
	answer := &pipeline.Post{Text: "Buenos días, la oficina abre de ocho a tres todos los días laborables.", CreatedAt: time.Date(2014, 10, 3, 12, 0, 0, 0, madrid).UTC()}
	for _, c := range []struct {
		name         string
		posts        []pipeline.Observed
		rule         string
		base, strict []string // verdicts with their evidence
	}{
		{"one language each", []pipeline.Observed{
			post("1", "Este viernes abrimos la biblioteca hasta las diez de la noche.", 9), post("2", "El martes se vacuna de la gripe a los mayores en el consultorio.", 12),
			post("3", "Este dissabte hi ha mercat de segona mà en la plaça de l'Ajuntament.", 16), post("4", "Dimecres es reunix el consell de la joventut en la casa de cultura.", 20),
		}, "post-bilingual", []string{"pass es 2, ca-ES-valencia 2 / 4"}, []string{"fail es 2, ca-ES-valencia 2 / 4"}},
		{"twins", []pipeline.Observed{post("1", inSpanish, 9), post("2", inValencian, 10)}, "post-bilingual",
			[]string{"not_applicable"}, []string{"pass es 2, ca-ES-valencia 2 / 2"}},
		{"twins, one by one", []pipeline.Observed{post("1", inSpanish, 9), post("2", inValencian, 10)}, "post-other-language-missing",
			nil, []string{"1 pass", "2 pass"}},
		{"too late for twins", []pipeline.Observed{post("1", inSpanish, 9), post("2", inValencian, 12), post("3", "MARQ 2014", 13)}, "post-other-language-missing",
			nil, []string{"1 warn es", "2 warn ca", "3 not_applicable"}},
		{"an answer in the other language", nil, "reply-same-language", []string{"m fail ca → es"}, []string{"m fail ca → es"}},
		{"forms of other regions", []pipeline.Observed{post("1", "Avui a la tarda obrim el servei d'orientació a la seva oficina del poble.", 9)}, "post-valencian-forms",
			nil, []string{"1 warn avui, seva, a la tarda"}},
		{"words that Spanish has too", []pipeline.Observed{post("1", "La ruta sale a las diez y la tarda en llegar es de dos horas en la sierra.", 9)}, "post-valencian-forms",
			nil, []string{"1 not_applicable"}},
		{"a bio without a name for the other language", nil, "account-bio-second-language", []string{"not_evaluable p.second_names"}, []string{"not_evaluable p.second_names"}},
	} {
		s := pipeline.Subject{
			Account: account, Window: pipeline.Month(2014, 10, madrid), Posts: c.posts, GivesThreads: true,
			Threads:      []pipeline.Thread{{Message: pipeline.Message{ID: "m", Language: "ca", At: answer.CreatedAt.Add(-time.Hour)}, Answer: answer}},
			ProfileGives: allOf, Profile: &pipeline.Profile{Bio: "Turismo de la Diputación de Ejemplo"},
		}
		for guide, want := range map[*Guide][]string{base: c.base, strict: c.strict} {
			if diff := cmp.Diff(want, findingsOf(findings(guide, guide.Check(s, s.Window.To)), c.rule)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, c.rule, diff)
			}
		}
	}
	severity := func(g *Guide, id string) string {
		i := slices.IndexFunc(g.Rules, func(r Rule) bool { return r.ID == id })
		return g.Rules[i].Severity
	}
	for _, id := range []string{"post-bilingual", "reply-same-language"} {
		if severity(base, id) != "high" || severity(strict, id) != "crit" {
			t.Errorf("%s: %s, then %s", id, severity(base, id), severity(strict, id))
		}
	}
	// The name in the other language is what the institution fills in; a bio that is full is no excuse here.
	named := Pack{"own.yaml", []byte("rules:\n  - id: account-bio-second-language\n    params: {second_names: {value: [\"Diputació d'Exemple\"], origin: proposed}}\n")}
	s := pipeline.Subject{Account: account, Window: pipeline.Month(2014, 10, madrid), ProfileGives: allOf, Profile: &pipeline.Profile{Bio: "Diputación de Ejemplo"}}
	for bio, want := range map[string]string{"Diputación de Ejemplo": "fail Diputación de Ejemplo", "Diputació d’Exemple · Diputación de Ejemplo": "pass Diputació d’Exemple · Diputación de Ejemplo"} {
		s.Profile.Bio = bio
		g := must(Load(register, pack, named))
		if diff := cmp.Diff([]string{want}, findingsOf(findings(g, g.Check(s, s.Window.To)), "account-bio-second-language")); diff != "" {
			t.Error(diff)
		}
	}
}
