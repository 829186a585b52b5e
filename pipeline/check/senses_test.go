package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"presencia/pipeline"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"ÚLTIMA": "ultima", "Col·laboració d'Alacant": "col·laboracio d'alacant", "e\u0301s": "es", "Ñu": "nu", "plain": "plain", "": "",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestGraphemes(t *testing.T) {
	for in, want := range map[string]int{"": 0, "ñ": 1, "n\u0303": 1, "👨‍👩‍👧": 1, "🇪🇸": 1, "a b": 3} {
		if got := graphemes(in); got != want {
			t.Errorf("%q: got %d, want %d", in, got, want)
		}
	}
}

func TestHasWord(t *testing.T) {
	for _, c := range []struct {
		text  string
		words []string
		want  bool
	}{
		{"Es la última semana", []string{"ultima"}, true}, // RE2's \b would not find it
		{"Penúltima semana", []string{"última"}, false},
		{"¡GRATIS!", []string{"gratis"}, true},
		{"primera piedra del centro", []string{"primera piedra"}, true},
		{"primera y última piedra", []string{"primera piedra"}, false},
		{"text", nil, false},
		{"", []string{""}, false},
	} {
		if got := hasWord(c.text, c.words); got != c.want {
			t.Errorf("%q, %v: got %v", c.text, c.words, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		text, name string
		want       bool
	}{
		{"Museu d'Art de la Diputació d'Alacant", "Diputació d'Alacant", true},
		{"Diputación Provincial de Alicante", "Diputación de Alicante", true},
		{"Diputación Provincial", "Diputación de Alicante", false},
		{"Cualquier texto", "", false},
		{"Cualquier texto", "de la", false},
	} {
		if got := names(c.text, c.name); got != c.want {
			t.Errorf("%q names %q: got %v", c.text, c.name, got)
		}
	}
}

func TestPlainWords(t *testing.T) {
	got := slices.Collect(plainWords("¡Hola!Mira l'Alacantí, col·labora: (fi) #Tag @ana a@b.es https://x.example/A www.x.example 3,5 -no- 👍"))
	want := []string{"Hola", "Mira", "l'Alacantí", "col·labora", "fi", "3", "5", "no"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCapitals(t *testing.T) {
	for _, c := range []struct {
		text  string
		share float64
		run   string
	}{
		{"", 0, ""},
		{"1234 !!", 0, ""},
		{"Una", 1. / 3, ""},
		{"VEN AL MARQ HOY mismo", 8. / 13, "VEN AL HOY"}, // the acronym neither makes nor breaks a run
		{"A LA UNA", 1, "LA UNA"},
		{"DOS DE mayo TRES DE mayo YA", 13. / 21, "DOS DE"},
		{"@DIPUTACION #FIESTA y más", 0, ""},
	} {
		if got := capitalShare(c.text, []string{"MARQ"}); got != c.share {
			t.Errorf("%q: share %v, want %v", c.text, got, c.share)
		}
		if got := strings.Join(capitalRun(c.text, []string{"MARQ"}), " "); got != c.run {
			t.Errorf("%q: run %q, want %q", c.text, got, c.run)
		}
	}
}

func TestTagParts(t *testing.T) {
	for in, want := range map[string][]string{
		"CostaBlanca":   {"Costa", "Blanca"},
		"MARQAbierto":   {"MARQ", "Abierto"},
		"turismo2014_a": {"turismo", "a"},
		"ODS":           {"ODS"},
		"AñoNuevo":      {"Año", "Nuevo"},
		"2014":          nil,
	} {
		if diff := cmp.Diff(want, tagParts(in)); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

// The labels are ours: tags as institutions of the Comunitat Valenciana write them, in small letters, of 13 letters
// and more; and words of that length. What is wrong on either side is in the figures, and may only get better.
func TestRunTogetherOnLabelledTags(t *testing.T) {
	several := strings.Fields(`gobiernoabierto violenciadegenero plandeempleo diamundialdelagua turismoalicante provinciadealicante
		diputacionalicante museoarqueologico feriadellibro quedateencasa yomequedoencasa hoguerasdesanjuan fogueresdesantjoan nochedelosmuseos
		emergenciaclimatica cambioclimatico teatroprincipal palaudelamusica bibliotecamunicipal mercadocentral foroeconomico rutadelvino
		administracionelectronica seguridadvial formacioncontinua serviciossociales igualdadefectiva empleojuvenil prevenciondeincendios
		historialocal musicaendirecto participacionciudadana memoriahistorica turismorural mediterraneoenvivo consumoresponsable
		alcoiesdiversa parlemvalencia correllengua2014elx mostradecinema costablancafilms volemviureaci elcheestademoda sumatealreto`)
	one := strings.Fields(`internacionalizacion responsabilidad sostenibilidad accesibilidad medioambiente ciberseguridad telecomunicaciones
		participacion administracion comunicaciones institucional municipalidad biodiversidad patrimonialmente gastronomicament
		responsabilitat sostenibilitat internacional emprendimiento agroalimentario multicultural interculturalidad transparencia
		vicepresidencia subdelegacion microempresas extraordinario independientemente socioeconomico videoconferencia
		despoblamiento ajardinamiento constantinopla paleontologia benicadellense castellonense alicantinisimo digitalizacion`)
	missed, wrong := []string{}, []string{}
	for _, s := range several {
		if runTogether(s) < 0.5 {
			missed = append(missed, s)
		}
	}
	for _, s := range one {
		if runTogether(s) >= 0.5 {
			wrong = append(wrong, s)
		}
	}
	t.Logf("%d of %d found, without %v; %d of %d words mistaken: %v", len(several)-len(missed), len(several), missed, len(wrong), len(one), wrong)
	if len(missed) > 5 || len(wrong) > 0 {
		t.Errorf("too many missed %v or mistaken %v", missed, wrong)
	}
	if runTogether("ProvinciaDeAlicante") != 0 || runTogether("") != 0 {
		t.Error("words that are parted were joined")
	}
}

func TestPersonalData(t *testing.T) {
	g := &Guide{register: &pipeline.Register{
		Institution: pipeline.Institution{OfficialDomains: []string{"dip.example"}, OfficialContacts: []string{"965 148 904"}, Contact: "https://dip.example"},
		Accounts:    []pipeline.Account{{Owner: "turismo.interior@socio.example"}},
	}}
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"DNI 12345678Z, NIE Y1234567X", "dni ***4567**, nie ****4567*"},
		{"965 14 89 03, 965148904 y 965 148 905", "phone ******905"}, // a contact of the rule and one of the register
		{"ana.p@correo.example, ana.p@sub.dip.example, Turismo.Interior@socio.example", "email a***@correo.example"},
		{"stored as ⟦iban ES** … 1332⟧", "iban ES** … 1332"}, // hidden when it was stored
		{"card 4111 1111 1111 1111", ""},                     // not among the kinds
	} {
		got := strings.Join(g.personalData([]string{"", c.text}, []string{"dni", "nie", "iban", "phone", "email", "plate"}, []string{"+34 965 148 903"}), ", ")
		if got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestSensesTakeAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		fold(s)
		if n := letters(s); n > len(s) {
			t.Errorf("%d letters", n)
		}
		if share := capitalShare(s, nil); share < 0 || share > 1 {
			t.Errorf("share %v", share)
		}
		if p := runTogether(s); p < 0 || p > 1 {
			t.Errorf("likelihood %v", p)
		}
		capitalRun(s, nil)
		emojiInText(s)
		for _, e := range emoji(s) {
			if !strings.Contains(s, e) || graphemes(e) != 1 {
				t.Errorf("%q is not an emoji of %q", e, s)
			}
		}
		emoticons(s)
		fancy(s)
		acronyms(s, nil)
		firstPerson(s)
		altFlaw(s, s)
		if x := similar(s, s); x != 0 && x != 1 {
			t.Errorf("like itself by %v", x)
		}
		sentences(s)
		readability(s)
		onDomain(s, []string{s})
		samePage(s, s)
		linksIn(s)
	})
}

func TestOnDomain(t *testing.T) {
	for in, want := range map[string]bool{
		"https://dip.example": true, "HTTP://WWW.DIP.EXAMPLE:8080/x": true, "dip.example/x": true, "https://dip.example./": true,
		"https://notdip.example": false, "https://dip.example.org": false, "https://x.example/dip.example": false,
		"mailto:a@dip.example": false, "ftp://dip.example": false, "": false, "%%": false, "https://": false,
	} {
		if got := onDomain(in, []string{"", "Dip.example."}); got != want {
			t.Errorf("%q: got %v", in, got)
		}
	}
}

func TestSamePage(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"https://www.dip.example/normas/", "http://dip.example/normas#x", true},
		{"dip.example/normas?utm_source=x", "https://dip.example/normas", true},
		{"https://dip.example/?id=1", "https://dip.example/?id=2", false},
		{"https://dip.example/Normas", "https://dip.example/normas", false},
		{"", "", false},
	} {
		if got := samePage(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: got %v", c.a, c.b, got)
		}
	}
}

func TestLinksIn(t *testing.T) {
	got := linksIn("Normas (https://dip.example/normas). Y en www.dip.example/a, o en dip.example.")
	if diff := cmp.Diff([]string{"https://dip.example/normas", "www.dip.example/a"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestHoursOfAttention(t *testing.T) {
	all := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	office := pipeline.Calendar{
		WorkingHours: []pipeline.WorkingHours{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:30", To: "19:30"}},
		Holidays:     []pipeline.Holiday{{Date: pipeline.Date{Year: 2014, Month: 10, Day: 9}}},
	}
	overlapping := pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{
		{Days: all, From: "09:00", To: "14:00"}, {Days: all, From: "13:00", To: "15:00"}, {Days: all, From: "22:00", To: "24:00"},
	}}
	night := pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: all, From: "00:00", To: "08:00"}}}
	for _, c := range []struct {
		name     string
		calendar pipeline.Calendar
		from, to string
		want     time.Duration
	}{
		{"within a day", office, "2014-10-03 10:00", "2014-10-03 12:30", 150 * time.Minute},
		{"over a weekend", office, "2014-10-03 19:00", "2014-10-06 09:00", time.Hour},
		{"over a holiday", office, "2014-10-08 19:30", "2014-10-10 08:30", 0},
		{"outside", office, "2014-10-04 10:00", "2014-10-05 22:00", 0},
		{"backwards", office, "2014-10-03 12:00", "2014-10-03 10:00", 0},
		{"by the clock", pipeline.Calendar{}, "2014-10-03 19:00", "2014-10-06 09:00", 62 * time.Hour},
		{"overlapping hours count once", overlapping, "2014-10-03 00:00", "2014-10-04 00:00", 8 * time.Hour},
		{"the night that lasts an hour more", night, "2014-10-26 00:00", "2014-10-26 12:00", 9 * time.Hour},
		{"the night that lasts an hour less", night, "2014-03-30 00:00", "2014-03-30 12:00", 7 * time.Hour},
		{"office hours on a day that the clocks change", overlapping, "2014-10-26 00:00", "2014-10-26 12:00", 3 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := must(newHours(c.calendar, madrid))
			if got := h.between(localTime{}.or(c.from), localTime{}.or(c.to)); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestHoursAndMinutes(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0:00 h", 119*time.Minute + 59*time.Second: "1:59 h", 26*time.Hour + 5*time.Minute: "26:05 h"} {
		if got := hoursAndMinutes(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
