package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// What is stored of a message is what its text said of itself, and of a post nothing that identifies a person.
func TestIntakeTellsAndHides(t *testing.T) {
	s := &site{key: []byte("key"), register: &pipeline.Register{
		Institution: pipeline.Institution{OfficialDomains: []string{"dip.example"}, OfficialContacts: []string{"965 00 71 21"}, Contact: "web@otro.example"},
		Accounts:    []pipeline.Account{{ID: "office", Handle: "@office", Owner: "marta.ferri@socio.example"}},
	}}
	b := pipeline.Batch{
		Posts: []pipeline.Post{{
			Text:  "Llama a Ana (612 345 678, ana.p@correo.example) o al 965007121. luis@dip.example, marta.ferri@socio.example. DNI 12345678Z @vecina",
			Media: []pipeline.Media{{Alt: "Cartel con el 612345678 y el 965 00 71 21"}},
		}},
		Messages: []pipeline.Message{
			{ID: "1", Author: "ana", At: time.Unix(0, 0), Text: "Bon dia, a quina hora obri la biblioteca els dissabtes?"},
			{ID: "2", Author: "ana", At: time.Unix(0, 0), Text: "¡Muchas gracias por la ayuda, sois geniales!", Language: "en"}, // says her app
			{ID: "3", Author: "ana", At: time.Unix(0, 0), Text: "👍"},
		},
	}
	s.privacy().Apply(&b)
	p := b.Posts[0]
	if want := "Llama a Ana (⟦phone ******678⟧, ⟦email a***@correo.example⟧) o al 965007121. luis@dip.example, marta.ferri@socio.example. DNI ⟦dni ***4567**⟧ " + pipeline.Mask; p.Text != want {
		t.Errorf("post:\n got %s\nwant %s", p.Text, want)
	}
	if want := "Cartel con el ⟦phone ******678⟧ y el 965 00 71 21"; p.Media[0].Alt != want {
		t.Errorf("alternative text: %s", p.Media[0].Alt)
	}
	var got [][3]string
	for _, m := range b.Messages {
		got = append(got, [3]string{m.Language, m.Kind, m.Text})
	}
	if diff := cmp.Diff([][3]string{{"ca", "query", ""}, {"es", "thanks", ""}, {"", "", ""}}, got); diff != "" {
		t.Errorf("messages (-want +got): %s", diff)
	}
}
