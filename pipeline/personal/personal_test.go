package personal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ours is what is official in the labelled texts.
var ours = Official{Domains: []string{"dip.example"}, Contacts: []string{"+34 965 00 71 21"}}

type labelled struct {
	half, text string
	want       []string
}

func readLabelled(t *testing.T) (all []labelled) {
	content, err := os.ReadFile("testdata/personal.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("%q: half, kinds and text", line)
		}
		l := labelled{half: f[0], text: strings.ReplaceAll(f[2], `\n`, "\n")}
		if f[1] != "-" {
			l.want = strings.Split(f[1], ",")
		}
		all = append(all, l)
	}
	return all
}

// The figures stand in docs/senses.md.
func TestFindOnLabelledTexts(t *testing.T) {
	type tally struct{ right, wrong, missed int }
	all := readLabelled(t)
	hard := 0
	for _, half := range []string{"tuning", "heldout"} {
		byKind, sum, texts := map[string]tally{}, tally{}, 0
		for _, l := range all {
			if l.half != half {
				continue
			}
			texts++
			if l.want == nil {
				hard++
			}
			left := slices.Clone(l.want)
			for _, m := range ours.Find(l.text) {
				k := byKind[m.Kind]
				if i := slices.Index(left, m.Kind); i >= 0 {
					left = slices.Delete(left, i, i+1)
					k.right++
					sum.right++
				} else {
					k.wrong++
					sum.wrong++
					t.Logf("%s: wrong %s in %q", half, m, l.text)
				}
				byKind[m.Kind] = k
			}
			for _, kind := range left {
				k := byKind[kind]
				k.missed++
				sum.missed++
				byKind[kind] = k
				t.Logf("%s: missed %s in %q", half, kind, l.text)
			}
		}
		for _, kind := range Kinds {
			t.Logf("%s %-5s %+v", half, kind, byKind[kind])
		}
		precision, recall := float64(sum.right)/float64(sum.right+sum.wrong), float64(sum.right)/float64(sum.right+sum.missed)
		t.Logf("%s: %d texts, precision %.3f, recall %.3f", half, texts, precision, recall)
		if precision < 0.99 || recall < 0.95 {
			t.Errorf("%s: precision %.3f, recall %.3f", half, precision, recall)
		}
	}
	if len(all) < 300 || 2*hard < len(all) {
		t.Errorf("%d texts, %d without personal data", len(all), hard)
	}
}

// What is hidden is hidden, and can be found again.
func TestRedactedTextsTellWhatTheyHeld(t *testing.T) {
	for _, l := range readLabelled(t) {
		found := ours.Find(l.text)
		redacted := ours.Redact(l.text)
		again := ours.Find(redacted)
		if len(found) != len(again) {
			t.Fatalf("%q: %v before, %v after, in %q", l.text, found, again, redacted)
		}
		for i, m := range found {
			if again[i].String() != m.String() || !again[i].Marked {
				t.Errorf("%q: %v became %v", l.text, m, again[i])
			}
			if strings.Contains(redacted, l.text[m.From:m.To]) {
				t.Errorf("%q stands in %q", l.text[m.From:m.To], redacted)
			}
		}
		if ours.Redact(redacted) != redacted {
			t.Errorf("%q changes when it is redacted again", redacted)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"":                                                 "",
		"Sin datos":                                        "Sin datos",
		"DNI 12345678Z":                                    "DNI ⟦dni ***4567**⟧",
		"Y-1234567-X, X 1234567 L":                         "⟦nie ****4567*⟧, ⟦nie ****4567*⟧",
		"ES91 2100 0418 4502 0005 1332.":                   "⟦iban ES** … 1332⟧.",
		"(4111 1111 1111 1111)":                            "(⟦card **** **** **** 1111⟧)",
		"+34 612 345 678 y 96 514 89 01":                   "⟦phone ******678⟧ y ⟦phone ******901⟧",
		"ana.p@correo.example; a@b.example":                "⟦email a***@correo.example⟧; ⟦email ***@b.example⟧",
		"coche 1234BCD, A-1234-BC y M-123456":              "coche ⟦plate ****BCD⟧, ⟦plate A-****-BC⟧ y M-123456",
		"Matrícula M-123456":                               "Matrícula ⟦plate M-****56⟧",
		"⟦dni ***4567**⟧ y ⟦otra cosa⟧":                    "⟦dni ***4567**⟧ y ⟦otra cosa⟧",
		"Llame al 965007121 o a x.y@www.dip.example":       "Llame al 965007121 o a x.y@www.dip.example",
		"ES9121000418450200051332ES9121000418450200051332": "⟦iban ES** … 1332⟧⟦iban ES** … 1332⟧",
		"12345678Z12345678Z":                               "12345678Z12345678Z",
		"👤12345678Z👤":                                      "👤⟦dni ***4567**⟧👤",
	} {
		if got := ours.Redact(in); got != want {
			t.Errorf("%q\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestContactsAreOfficialHoweverTheyAreWritten(t *testing.T) {
	o := Official{Domains: []string{" Dip.Example. ", ""}, Contacts: []string{"965 14 89 03", "Prensa.Local@socio.example", "ES91 2100 0418 4502 0005 1332", ""}}
	if found := o.Find("+34 965-148-903, prensa.local@SOCIO.example, a.b@sub.dip.example, ES9121000418450200051332"); found != nil {
		t.Error(found)
	}
	if found := o.Find("a.b@notdip.example, a.b@dip.example.org"); len(found) != 2 {
		t.Error(found)
	}
}

// Of random numbers with a random letter one in 23 is valid: the letter is looked at, and nothing else is.
func TestOneInTwentyThreeRandomNumbersIsADNI(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 23_000
	found := 0
	for range n {
		found += len(Find(fmt.Sprintf("%08d%c", r.IntN(1e8), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[r.IntN(26)])))
	}
	want := n / 26. // three of the 26 letters are never valid: 23/26 × 1/23
	if got := float64(found); got < want*0.9 || got > want*1.1 {
		t.Errorf("%v of %d found, want about %.0f", got, n, want)
	}
}

func TestIdentitiesAreHiddenWhateverStandsAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 99_999_999).Draw(t, "number")
		id := fmt.Sprintf("%08d%c", n, "TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
		around := rapid.StringMatching(`[ .,;:¡!áñ¿?()"«»]{0,20}`)
		s := around.Draw(t, "before") + " " + id + " " + around.Draw(t, "after")
		if redacted := Redact(s); strings.Contains(redacted, id) || !strings.Contains(redacted, "⟦dni ***") {
			t.Errorf("%q: %q", s, redacted)
		}
	})
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{"", "12345678Z", "+34 ", "ES91", "⟦dni *", "⟦dni *⟧", "a@b.cd", "A-1234-", "1 2 3 4 5 6 7 8 9 10", "\xff12345678Z\xf0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, m := range Find(s) {
			if m.From < end || m.To <= m.From || m.To > len(s) || m.Masked == "" || !slices.Contains(Kinds, m.Kind) {
				t.Fatalf("%+v in %q", m, s)
			}
			end = m.To
		}
		once := Redact(s)
		if twice := Redact(once); twice != once {
			t.Errorf("%q, %q, %q", s, once, twice)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for name, s := range map[string]string{
		"without": "Hoy inauguramos la exposición sobre los tesoros del Mediterráneo en el MARQ, con visita guiada y taller para familias. ¡Os esperamos a todos!",
		"figures": "El 25/10/2014 a las 18:30, Ley 39/2015, 03001 Alicante, expediente 2014/612345678, 12.345 visitas, 900 100 200, presupuesto 612.345.678 €",
		"with":    "Llama a Ana al 612 345 678 o escribe a ana.p@correo.example antes del 3 de mayo; DNI 12345678Z, cuenta ES9121000418450200051332, gracias",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Find(s)
			}
		})
	}
}
