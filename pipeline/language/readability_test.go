package language

import (
	"math"
	"strings"
	"testing"
)

// TestSyllables holds the count against words divided by hand after the rules of the Ortografía of the Real Academia
// Española (2010), 3.3 to 3.5.2: the divisions stand here so that a reader can check them.
func TestSyllables(t *testing.T) {
	for _, divided := range strings.Fields(`
		sol pan ca-sa pla-za ciu-dad a-yun-ta-mien-to in-for-ma-ción
		cau-sa rei-na boi-na deu-da bou agua:a-gua cui-da-do viu-da ciu-da-da-no rui-do
		po-e-ta te-a-tro ca-er le-er zo-o-lo-gí-a ca-o-ba a-é-re-o cre-er o-cé-a-no
		dí-a pa-ís ma-íz ba-úl re-ír o-ír tran-ví-a pe-rí-o-do ha-bí-a gra-dú-a flú-or
		es-tu-diáis lim-piéis U-ru-guay buey gui-ón:guion a-ve-ri-güéis miau
		que qui-so gue-rra gui-ta-rra pin-güi-no ver-güen-za a-gua guan-te cuo-ta quin-to se-guí si-guió
		a-hí a-ho-ra pro-hi-bir:prohi-bir bú-ho ta-húr al-co-hol re-ha-cer ve-hí-cu-lo co-he-te hue-vo des-ahu-cio
		y muy rey hoy ley ya yo pla-ya ha-ya po-yo pa-ra-gua-yo ma-yo
		je-suí-ta:je-sui-ta cons-truir flui-do in-clui-do je-sui-ta
		ex-tra-or-di-na-rio cons-ti-tu-ción a-e-ro-puer-to trans-por-te ins-truc-cio-nes a-bier-to
		le-í-ais re-ú-ne vi-ví-ais con-ti-nuo con-ti-nú-o bien-ve-ni-dos e-lec-tró-ni-ca mu-ni-ci-pio
	`) {
		if word, better, found := strings.Cut(divided, ":"); found { // written one way, divided another
			divided = better
			_ = word
		}
		want := strings.Count(divided, "-") + 1
		word := strings.ReplaceAll(divided, "-", "")
		if got := Syllables(word); got != want {
			t.Errorf("%s has %d syllables, not %d: %s", word, want, got, divided)
		}
	}
	for word, want := range map[string]int{"": 0, "123": 0, "ONU": 2, "AYUNTAMIENTO": 5, "pst": 1, "🎉": 0, "dos palabras": 4, "accio\u0301n": 2, "ano\u0301nimo": 4} {
		if got := Syllables(word); got != want {
			t.Errorf("%q has %d syllables, not %d", word, want, got)
		}
	}
}

// TestSentences holds what ends a sentence and what does not.
func TestSentences(t *testing.T) {
	for text, want := range map[string]int{
		"":                         0,
		"🎉🎉🎉":                      0,
		"Hoy abre":                 1,
		"Hoy abre. Mañana cierra.": 2,
		"Hoy abre\nMañana cierra":  2,
		"¿Vienes? ¡Te esperamos!":  2,
		"¡¡Vamos!!! ... ¿sí?":      2,
		"Más en https://sede.villanube.es/tramites?id=3. Hasta el viernes.":       2,
		"Escribe a info@villanube.es. Te contestamos.":                            2,
		"El Sr. García y la Dra. Pérez abren el acto a las 18.30 h. en el salón.": 1,
		"Ven a la Avda. de la Constitución, núm. 5, antes del 3 de mayo.":         1,
		"A las 9 a.m. en la plaza. Gratis.":                                       2,
		"Cuesta 1.234,50 euros. Se paga en el banco.":                             2,
		"Obra de J. M. Serrat en EE. UU. y Europa.":                               1,
		"Comida, bebida, etc. para todos. Ven.":                                   2,
		"Concierto 🎶 en la plaza 🎉":                                               1,
		"Ven al concierto. 🎶 Te esperamos.":                                       2,
		"Dijo: «Abrimos mañana». Y abrió.":                                        2,
		"Queda una semana… ¿Te apuntas?":                                          2,
		"Viajamos al mar. Volvemos mañana.":                                       2,
		"No. Nunca.":                                                              2,
		"#Villanube #Cultura":                                                     1,
		"https://sede.villanube.es":                                               0,
		"1. Pide cita.\n2. Ven con el DNI.\n3. Firma.":                            3,
	} {
		if got := Read(text).Sentences; got != want {
			t.Errorf("%q has %d sentences, not %d: %q", text, want, got, Sentences(text))
		}
	}
}

// TestFormulas holds the formulas to values worked out by hand from their terms, and the bands to their borders.
func TestFormulas(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	for _, c := range []struct {
		r         Reading
		fernandez float64 // 206.84 − 60 s/w − 1.02 w/f
		szigriszt float64 // 206.835 − 62.3 s/w − w/f
		band      Band
	}{
		{Reading{100, 10, 200}, 206.84 - 120 - 10.2, 206.835 - 124.6 - 10, RatherEasy},      // 76.64, 72.235
		{Reading{100, 5, 220}, 206.84 - 132 - 20.4, 206.835 - 137.06 - 20, RatherHard},      // 54.44, 49.775
		{Reading{120, 4, 276}, 206.84 - 138 - 30.6, 206.835 - 143.29 - 30, VeryHard},        // 38.24, 33.545
		{Reading{60, 10, 102}, 206.84 - 102 - 6.12, 206.835 - 105.91 - 6, VeryEasy},         // 98.72, 94.925
		{Reading{1000, 60, 2050}, 206.84 - 123 - 17, 206.835 - 127.715 - 1000.0/60, Normal}, // 66.84, 62.45
	} {
		f, known := c.r.FernandezHuerta()
		s, also := c.r.Szigriszt()
		if !known || !also || !near(f, c.fernandez) || !near(s, c.szigriszt) || c.r.INFLESZ() != c.band {
			t.Errorf("%+v: %.3f, %.3f, %s; want %.3f, %.3f, %s", c.r, f, s, c.r.INFLESZ(), c.fernandez, c.szigriszt, c.band)
		}
	}
	for _, few := range []Reading{{}, {29, 3, 60}, {40, 0, 80}} {
		_, a := few.FernandezHuerta()
		_, b := few.Szigriszt()
		if a || b || few.INFLESZ() != "" {
			t.Errorf("%+v is too little to be told", few)
		}
	}
}

// TestReadOfAText holds a whole text that was counted by hand.
func TestReadOfAText(t *testing.T) {
	// Ma-ña-na a-bre la bi-blio-te-ca nue-va = 5 words, 3+2+1+4+2 = 12; Ven con tus hi-jos = 4 words, 1+1+1+2 = 5.
	const text = "📚 Mañana abre la biblioteca nueva. Ven con tus hijos 👉 https://villanube.es/biblioteca @villanube"
	if got, want := Read(text), (Reading{Words: 9, Sentences: 2, Syllables: 17}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	month := Reading{}
	for range 4 {
		month = month.Add(Read(text))
	}
	if want := (Reading{36, 8, 68}); month != want {
		t.Errorf("%+v, not %+v", month, want)
	}
	if month.INFLESZ() != VeryEasy {
		t.Errorf("short words in short sentences are %s", month.INFLESZ())
	}
	const law = `La resolución del procedimiento sancionador determinará las responsabilidades administrativas correspondientes a los
		incumplimientos acreditados durante la instrucción del expediente, sin perjuicio de las actuaciones jurisdiccionales que las
		personas interesadas consideren procedentes de conformidad con la legislación aplicable.`
	if got := Read(strings.Join(strings.Fields(law), " ")); got.INFLESZ() != VeryHard {
		t.Errorf("a lawyer's sentence is %s: %+v", got.INFLESZ(), got)
	}
}
