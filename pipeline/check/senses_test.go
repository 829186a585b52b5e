package check

import (
	std "cmp"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"presencia/pipeline"
	"presencia/pipeline/language"
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
		{"Sol, y playas", []string{"playa", "y sol", "sol  y"}, true},
		{"la playa de Xàbia", []string{"Xabia", "l"}, true},
		{"#gratis @gratis https://x.example/gratis", []string{"gratis"}, false},
		{"col·laboració", []string{"col", "colaboracion"}, false},
		{"col·laboració", []string{"Col·laboració"}, true},
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

func TestEmoji(t *testing.T) {
	for in, want := range map[string][]string{
		"": nil,
		"1 #2 * © ® ™ ☎ ❤ → ✓ 10 €": nil, // signs of writing
		"❤️ ©️ 1️⃣ #⃣":              {"❤️", "©️", "1️⃣", "#⃣"},
		"👨‍👩‍👧👍🏽 🇪🇸🇫🇷":              {"👨‍👩‍👧", "👍🏽", "🇪🇸", "🇫🇷"},
		"⌚ ⏰☔⚽⭐⭕":                   {"⌚", "⏰", "☔", "⚽", "⭐", "⭕"},
		"🏴󠁧󠁢󠁥󠁮󠁧󠁿 y 🏳️‍🌈":            {"🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈"},
		"⚽︎ y 🌶":                    {"🌶"}, // the ball asks to be written as a sign
		"🀀 𝐀 𐍈 \U0001F3FB":          nil,   // a tile, letters, a skin without anybody
		"🫶🪩🥑":                       {"🫶", "🪩", "🥑"},
	} {
		if diff := cmp.Diff(want, emoji(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestSimilar(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"", "", 0},
		{"Hola", "", 0},
		{"#solo https://x.example", "#solo https://x.example", 0}, // no words
		{"La feria, el lunes", "EL LUNES: la Feria! #fira @dip https://x.example", 1},
		{"sol y playa", "sol y nieve", 2. / 3},
		{"sol sol sol", "sol", 1},
		{"uno dos", "tres cuatro", 0},
	} {
		if x, y := similar(c.a, c.b), similar(c.b, c.a); x != y || x < c.want-1e-9 || x > c.want+1e-9 {
			t.Errorf("%q and %q: %v and %v, want %v", c.a, c.b, x, y, c.want)
		}
	}
}

// labelled reads a set of testdata/senses: half, what is wanted, and one text or two.
func labelled(t *testing.T, sense string) (rows [][4]string) {
	t.Helper()
	for line := range strings.Lines(string(must(os.ReadFile("testdata/senses/" + sense + ".tsv")))) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) < 3 || len(f) > 4 || f[0] != "tuning" && f[0] != "heldout" {
			t.Fatalf("%s: %q", sense, line)
		}
		var row [4]string
		for i := range f {
			row[i] = strings.ReplaceAll(f[i], `\n`, "\n")
		}
		rows = append(rows, row)
	}
	return rows
}

// The figures stand in docs/senses.md; each half must stay as good as it is.
func TestSensesOnLabelledTexts(t *testing.T) {
	joined := func(list []string) string {
		if len(list) == 0 {
			return "-"
		}
		return strings.Join(list, " ")
	}
	yesNo := func(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }
	known := []string{"AEMET", "UE", "MARQ"}
	for _, c := range []struct {
		sense, none string
		tell        func(a, b string) string
		floor       float64
	}{
		{"emoji_in_text", "no", func(a, _ string) string { return yesNo(emojiInText(a)) }, 0.94},
		{"emoticons", "-", func(a, _ string) string { return joined(emoticons(a)) }, 0.94},
		{"fancy", "-", func(a, _ string) string { return joined(fancy(a)) }, 0.94},
		{"acronyms", "-", func(a, _ string) string { return joined(acronyms(a, known)) }, 0.94},
		{"alt_flaw", "good", func(a, b string) string {
			if flaw := altFlaw(a, b); flaw != "" {
				return flaw
			}
			return "good"
		}, 0.94},
		{"first_person", "-", func(a, _ string) string { return joined(firstPerson(a)) }, 0.94},
		{"asks_for_data", "no", func(a, _ string) string { return yesNo(len(asksForData(a)) > 0) }, 0.92},
		{"signed", "-", func(a, _ string) string { return std.Or(signed(a), "-") }, 0.94},
		{"has_contact", "no", func(a, _ string) string { return yesNo(hasContact(a)) }, 0.94},
		{"named_ids", "no", func(a, _ string) string { return yesNo(len(namedIDs([]string{a})) > 0) }, 0.94},
	} {
		for _, half := range []string{"tuning", "heldout"} {
			texts, right, found, missed, mistaken := 0, 0, 0, 0, 0
			for _, row := range labelled(t, c.sense) {
				if row[0] != half {
					continue
				}
				texts++
				got := c.tell(row[2], row[3])
				switch want := row[1]; {
				case got == want:
					right++
					if want != c.none {
						found++
					}
				case got == c.none:
					missed++
				default:
					mistaken++
				}
				if got != row[1] {
					t.Logf("%s, %s: %s instead of %s in %q", c.sense, half, got, row[1], row[2])
				}
			}
			t.Logf("| `%s` | %s | %d | %d | %d | %d | %.3f |", c.sense, half, texts, found, missed, mistaken, float64(right)/float64(texts))
			if float64(right)/float64(texts) < c.floor {
				t.Errorf("%s, %s: only %d of %d right", c.sense, half, right, texts)
			}
		}
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
	yearEnd := pipeline.Calendar{WorkingHours: office.WorkingHours, Holidays: []pipeline.Holiday{
		{Date: pipeline.Date{Year: 2014, Month: 12, Day: 25}}, {Date: pipeline.Date{Year: 2015, Month: 1, Day: 1}}, {Date: pipeline.Date{Year: 2015, Month: 1, Day: 6}},
	}}
	twice := pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: all, From: "02:00", To: "03:00"}}}
	twiceHalf := pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: all, From: "02:30", To: "04:00"}}}
	closing := pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: all, From: "01:00", To: "02:30"}}}
	everyDay := pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: all, From: "00:00", To: "24:00"}}, Holidays: office.Holidays}
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
		{"over the year's end", yearEnd, "2014-12-31 19:00", "2015-01-02 09:00", time.Hour},
		{"over a holiday, a weekend and the year's end", yearEnd, "2014-12-24 19:30", "2015-01-07 08:30", 6 * 11 * time.Hour},
		{"a weekend that the clocks change, by the clock", pipeline.Calendar{}, "2014-03-29 12:00", "2014-03-30 12:00", 23 * time.Hour},
		{"office hours over a weekend that the clocks change", office, "2014-10-24 19:00", "2014-10-27 09:00", time.Hour},
		{"the hour that there is twice", twice, "2014-10-26 00:00", "2014-10-26 12:00", 2 * time.Hour},
		{"the hour that there is not", twice, "2014-03-30 00:00", "2014-03-30 12:00", 0},
		{"opening in the hour that there is twice", twiceHalf, "2014-10-26 00:00", "2014-10-26 12:00", 150 * time.Minute}, // 02:30, 03:00 = 02:00, 02:30, …, 04:00
		{"opening in the hour that there is not", twiceHalf, "2014-03-30 00:00", "2014-03-30 12:00", time.Hour},
		{"closing in the hour that there is not", closing, "2014-03-30 00:00", "2014-03-30 12:00", time.Hour},
		{"closing in the hour that there is twice", closing, "2014-10-26 00:00", "2014-10-26 12:00", 150 * time.Minute},
		{"a holiday that holds for other days too", everyDay, "2014-10-08 12:00", "2014-10-10 12:00", 24 * time.Hour},
		{"the first minute and the last", office, "2014-10-03 08:30", "2014-10-03 19:30", 11 * time.Hour},
		{"twenty-four hours of attention from a Friday", office, "2014-10-03 12:30", "2014-10-08 12:30", 33 * time.Hour},
		{"a day of February that is there every fourth year", office, "2016-02-28 00:00", "2016-03-01 00:00", 11 * time.Hour},
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

// Senses run on a million posts.
func BenchmarkSenses(b *testing.B) {
	const (
		plain = "Hoy inauguramos la exposición sobre los tesoros del Mediterráneo, con visita guiada y taller para toda la familia. ¡Os esperamos a las 18:30!"
		busy  = "🎉 GRAN FIESTA en el MARQ: creo que os va a encantar :) IVAJ y SUMA invitan, 25/10/2014 18:30, tel. 965 007 121, info@x.example 👉 https://x.example"
	)
	g := &Guide{register: &pipeline.Register{}}
	every := []string{"dni", "nie", "iban", "phone", "email", "plate", "card"}
	for _, s := range []struct {
		name string
		tell func(string)
	}{
		{"emoji", func(s string) { emoji(s) }},
		{"emoji_in_text", func(s string) { emojiInText(s) }},
		{"emoticons", func(s string) { emoticons(s) }},
		{"fancy", func(s string) { fancy(s) }},
		{"acronyms", func(s string) { acronyms(s, []string{"MARQ"}) }},
		{"alt_flaw", func(s string) { altFlaw(s, plain) }},
		{"similar", func(s string) { similar(s, plain) }},
		{"first_person", func(s string) { firstPerson(s) }},
		{"capital_share", func(s string) { capitalShare(s, nil) }},
		{"capital_run", func(s string) { capitalRun(s, nil) }},
		{"fold", func(s string) { fold(s) }},
		{"has_word", func(s string) { hasWord(s, []string{"inauguración", "primera piedra", "logro", "éxito"}) }},
		{"names", func(s string) { names(s, "Diputación de Alicante") }},
		{"graphemes", func(s string) { graphemes(s) }},
		{"links_in", func(s string) { linksIn(s) }},
		{"personal_data", func(s string) { g.personalData([]string{s}, every, nil) }},
		{"sensed_language", func(s string) { sensed(s) }},
		{"languages", func(s string) { language.Spoken(s) }},
		{"sentences", func(s string) { sentences(s) }},
		{"readability", func(s string) { readability(s) }},
	} {
		for i, text := range []string{plain, busy} {
			b.Run(s.name+[]string{"/plain", "/busy"}[i], func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.tell(text)
				}
			})
		}
	}
}
