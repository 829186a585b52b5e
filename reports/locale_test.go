package reports

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func catalogue(t *testing.T, language string) map[string]message {
	t.Helper()
	w, err := loadWords(language)
	if err != nil {
		t.Fatal(err)
	}
	return w.messages
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// holes are the placeholders of a message, over all its forms.
func holes(m message) (names []string) {
	for _, text := range m {
		names = append(names, placeholder.FindAllString(text, -1)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestCataloguesAgree(t *testing.T) {
	es := catalogue(t, Languages[0])
	for _, lang := range Languages {
		words := catalogue(t, lang)
		for key, m := range words {
			if es[key] == nil {
				t.Errorf("%s: %s is not in Spanish", lang, key)
				continue
			}
			if diff := cmp.Diff(holes(es[key]), holes(m)); diff != "" {
				t.Errorf("%s: %s has other placeholders than Spanish:\n%s", lang, key, diff)
			}
			if (len(m) > 1) != (len(es[key]) > 1) {
				t.Errorf("%s: %s has plural forms in one language only", lang, key)
			}
			for form, text := range m {
				if !slices.Contains([]string{"one", "other", "many"}, form) {
					t.Errorf("%s: %s has a form %q", lang, key, form)
				}
				if strings.TrimSpace(text) == "" || text != strings.TrimSpace(text) || text == key {
					t.Errorf("%s: %s is empty, or has blanks around, or is its own key: %q", lang, key, text)
				}
				if strings.Contains(text, "...") || strings.Contains(text, " ,") || strings.Contains(text, "  ") || strings.Contains(text, "'") {
					t.Errorf("%s: %s is badly typed: %q", lang, key, text)
				}
			}
			if m["other"] == "" {
				t.Errorf("%s: %s has no form for other numbers", lang, key)
			}
		}
		for key := range es {
			if words[key] == nil {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
}

// TestEveryWordIsUsed reads the sources: a key stands in them whole, or its beginning does where the rest comes from data.
func TestEveryWordIsUsed(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "assets/*.html", "web/*.go", "web/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(b)
		}
	}
	code := source.String()
	keys := catalogue(t, "es")
	var begun []string
	for _, m := range regexp.MustCompile(`"([a-z_]+(?:\.[a-z_]+)*\.)" ?\+`).FindAllStringSubmatch(code, -1) {
		begun = append(begun, m[1])
	}
	for key := range keys {
		if !strings.Contains(code, `"`+key+`"`) && !slices.ContainsFunc(begun, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%s is not used", key)
		}
	}
	for _, m := range regexp.MustCompile(`say\(?\s*"([a-z_.0-9]+[a-z_0-9])"[,)}]`).FindAllStringSubmatch(code, -1) {
		if keys[m[1]] == nil {
			t.Errorf("%s is said, and not in the catalogue", m[1])
		}
	}
}

func TestWords(t *testing.T) {
	april := time.Date(2015, 4, 1, 0, 0, 0, 0, time.UTC)
	day := pipeline.Date{Year: 2014, Month: time.December, Day: 16}
	for _, c := range []struct {
		name string
		got  func(w *words) string
		want [3]string
	}{
		{"month", func(w *words) string { return w.month(april) }, [3]string{"abril de 2015", "abril de 2015", "April 2015"}},
		{"short month", func(w *words) string { return w.monthShort(april) }, [3]string{"abr 2015", "abr 2015", "Apr 2015"}},
		{"elision", func(w *words) string { return w.date(pipeline.DateOf(april)) }, [3]string{"1 de abril de 2015", "1 d’abril de 2015", "1 April 2015"}},
		{"weekday", func(w *words) string { return w.dateWithDay(day) }, [3]string{"martes, 16 de diciembre de 2014", "dimarts, 16 de desembre de 2014", "Tuesday, 16 December 2014"}},
		{"list", func(w *words) string { return w.list([]string{"A", "B", "C"}) }, [3]string{"A, B y C", "A, B i C", "A, B and C"}},
		{"list before i", func(w *words) string { return w.list([]string{"X", "Instagram"}) }, [3]string{"X e Instagram", "X i Instagram", "X and Instagram"}},
		{"one", func(w *words) string { return w.say("describe.missing", "n", 1) }, [3]string{"Falta un dato.", "Falta una dada.", "One figure is missing."}},
		{"other", func(w *words) string { return w.say("describe.missing", "n", 12345) }, [3]string{"Faltan 12.345 datos.", "Falten 12.345 dades.", "12,345 figures are missing."}},
		{"million", func(w *words) string { return w.say("summary.not_evaluable", "n", int64(2_000_000), "share", "9") }, [3]string{
			"2.000.000 de comprobaciones de la guía (9) no se pudieron evaluar, porque la red no da el dato que piden.",
			"2.000.000 de comprovacions de la guia (9) no es van poder avaluar, perquè la xarxa no dona la dada que demanen.",
			"2,000,000 checks of the guide (9) could not be evaluated, because the network does not give what they need.",
		}},
		{"percent", func(w *words) string { return w.percent(12.34, 1) }, [3]string{"12,3\u00a0%", "12,3\u00a0%", "12.3%"}},
		{"placeholders in data stay", func(w *words) string { return w.say("alert.slow", "department", "{names}") }, [3]string{
			"{names}: al menos la mitad de sus mensajes pasó una semana sin respuesta.",
			"{names}: almenys la mitat dels seus missatges va passar una setmana sense resposta.",
			"{names}: at least half of its messages went a week without an answer.",
		}},
	} {
		for i, lang := range Languages {
			w, err := loadWords(lang)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.got(w); got != c.want[i] {
				t.Errorf("%s, %s: %q, want %q", c.name, lang, got, c.want[i])
			}
		}
	}
	if _, err := loadWords("../en"); err == nil {
		t.Error("a language that does not exist was found")
	}
}
