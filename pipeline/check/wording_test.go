package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTagsInside(t *testing.T) {
	for s, want := range map[string]string{
		"Abre el museo #MARQ #Alicante":                  "",
		"El #MARQ abre hoy":                              "#MARQ",
		"#Agenda Abre el museo #Alicante":                "#Agenda",
		"Abre el museo (#MARQ).":                         "",
		"Abre #MARQ, #Alicante y más":                    "#MARQ #Alicante",
		"Abrimos el lunes #MARQ\nObrim dilluns #MARQ":    "",
		"Abre el museo #MARQ https://dip.example/marq 🎉": "",
		"Abre el museo #MARQ @museo":                     "",
		"Sin etiquetas":                                  "",
		"Habla de «#MARQ» mañana":                        "#MARQ",
		"El número # 3":                                  "",
	} {
		if diff := cmp.Diff(want, strings.Join(tagsInside(s), " ")); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
}

func TestWords(t *testing.T) {
	for s, want := range map[string]int{"": 0, "Ven al museo https://dip.example #MARQ @museo": 3, "l'Alacantí, 3 dies": 3} {
		if got := countWords(s); got != want {
			t.Errorf("%q: %d words, want %d", s, got, want)
		}
	}
}

func TestPhrases(t *testing.T) {
	list := []string{"primera piedra", "Inauguración", "hito", "l'obra", ""}
	for s, want := range map[string]string{
		"La PRIMERA PIEDRA del centro":         "primera piedra",
		"La inauguracion, mañana":              "Inauguración",
		"Primera, piedra":                      "primera piedra", // signs between words do not matter
		"Los hitos del año":                    "",
		"El hit o el hito":                     "hito",
		"Inaugurem l’obra: hito":               "hito, l'obra",
		"Inaugurem l'obra":                     "l'obra",
		"https://dip.example/hito #hito @hito": "",
		"":                                     "",
	} {
		if got := strings.Join(phrases(wording(s), list), ", "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestTagged(t *testing.T) {
	got := tagged([]string{"FiraDelLlibre", "PartidoEjemplo", "otra", "Navidad"}, []string{"#firadelllibre", "Partido Ejemplo", "navidád"})
	if diff := cmp.Diff([]string{"FiraDelLlibre", "PartidoEjemplo", "Navidad"}, got); diff != "" {
		t.Error(diff)
	}
	if got := repeatedOf([]string{"a", "b", "a", "a", "c", "b"}); strings.Join(got, "") != "ab" {
		t.Error(got)
	}
}
