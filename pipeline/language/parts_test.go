package language

import (
	"slices"
	"strings"
	"testing"
)

func TestParts(t *testing.T) {
	for text, want := range map[string]string{
		"Obrim la inscripció dels tallers d'estiu / Abrimos la inscripción de los talleres de verano":                "ca es",
		"Mañana cierran los jardines por el viento\nDemà tanquen els jardins pel vent":                               "es ca",
		"Demà no hi haurà classe per la pluja. Mañana no habrá clase por la lluvia.":                                 "ca es",
		"🔵 Hui comencen les festes del poble 🔴 Hoy empiezan las fiestas del pueblo":                                  "ca es",
		"Todas las oficinas abren el lunes a las nueve | Totes les oficines obrin dilluns a les nou":                 "es ca",
		"Avís: es talla el carrer Major per obres • Aviso: se corta la calle Mayor por obras":                        "ca es",
		"Hoy abrimos el nuevo centro de día para mayores. Ven a conocerlo con tu familia.":                           "es es",
		"The museum is open today until eight. El museo abre hoy hasta las ocho. El museu obri hui fins a les huit.": "en es ca",
		"":     "",
		"2027": "?",
		"Obrim dilluns a les huit del matí\nhttps://villanube.es\n#Villanube": "ca ? ?",
	} {
		var got []string
		for _, p := range Parts(text) {
			tag := p.Language
			if tag == "" {
				tag = "?"
			}
			got = append(got, tag)
			if !strings.Contains(text, p.Text) || p.Text == "" {
				t.Errorf("%q is no part of %q", p.Text, text)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, not %q", text, got, want)
		}
	}
}

// TestSpokenOnTheLabelledSet joins the posts of the language set that say the same in Spanish and Catalan, as bilingual
// posts do, and looks whether both languages are seen; and whether a post in one language is taken for two.
func TestSpokenOnTheLabelledSet(t *testing.T) {
	texts := map[string][]string{}
	var alone tally
	for _, s := range samples(t, "testdata/languages.tsv") {
		if len(strings.Fields(s.text)) < 3 {
			continue
		}
		texts[s.want] = append(texts[s.want], s.text)
		if s.want == "" {
			continue
		}
		switch spoken := Spoken(s.text); {
		case len(spoken) > 1:
			alone.wrong++
			t.Logf("%v in one: %s", spoken, s.text)
		case len(spoken) == 0:
			alone.unknown++
		default:
			alone.right++
		}
	}
	for _, joint := range []string{"\n", " / ", ". "} {
		var both tally
		forced := 0
		for i := range min(len(texts["es"]), len(texts["ca"])) {
			text := texts["ca"][i] + joint + texts["es"][i]
			if tag, _ := Detect(text); tag != "" {
				forced++
			}
			spoken := Spoken(text)
			if slices.Contains(spoken, "es") && slices.Contains(spoken, "ca") && len(spoken) == 2 {
				both.right++
			} else {
				both.unknown++
			}
		}
		t.Logf("joined by %q: both languages seen in %d of %d; Detect names one of them for %d", joint, both.right, both.all(), forced)
		if float64(both.right) < 0.85*float64(both.all()) {
			t.Errorf("joined by %q: both languages are seen in %d of %d", joint, both.right, both.all())
		}
	}
	t.Logf("posts in one language: %d seen as one, %d as none, %d as several", alone.right, alone.unknown, alone.wrong)
	if alone.wrong > 2 {
		t.Errorf("%d posts in one language are taken for bilingual", alone.wrong)
	}
}

// TestCleaning holds what is a word of a post and what is passed over.
func TestCleaning(t *testing.T) {
	for text, want := range map[string]string{
		"visita https://villanube.es/els-nostres-carrers-i-places": "visita",
		"Hola @ajuntament_de_valencia, qué tal":                    "hola qué tal",
		"escriu a el.meu.nom@villanube.es hui":                     "escriu a hui",
		"#FestesDeVilanuvol2027 són ací":                           "festes de vilanuvol són ací",
		"L'Hospitalet i l’Alcúdia d´ací":                           "l' hospitalet i l' alcúdia d' ací",
		"col·legi col.legi col•legi":                               "col·legi col·legi col·legi",
		"𝗛𝗼𝗹𝗮 𝓶𝓾𝓷𝓭𝓸 Ｈｏｌａ Ⓗⓞⓛⓐ":                                     "hola mundo hola hola",
		"acció cami\u0301 nin\u0303o c\u0327a":                     "acció camí niño ça",
		"el 3r premi de 2027, a les 18.30 h":                       "el premi de a les h",
		"anar-se'n posar-lo":                                       "anar se' n posar lo",
		"gva.es i www.villanube.es/ca":                             "i",
		"Fin.Mañana más":                                           "fin mañana más",
		"🎉🎉":                                                       "",
		"(#Cultura) «Hola»":                                        "cultura hola",
		"DANA2024 covid-19":                                        "covid",
		"per a\u00a0tu":                                            "per a tu",
	} {
		var got []string
		s := scanner{text: text}
		for s.next() {
			got = append(got, string(s.word()))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, not %q", text, strings.Join(got, " "), want)
		}
	}
}
