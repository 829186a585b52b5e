package reports

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"presencia/pipeline"
)

//go:embed locale/*/*.json
var locales embed.FS

// Languages are those in which a report can be written; the first is the default.
var Languages = []string{"es", "ca-ES-valencia", "en"}

// words is the catalogue of one language with its way of writing numbers and dates. A message may hold {placeholders}
// and may be one text or several by plural category.
type words struct {
	style
	language string
	messages map[string]message
	order    *collate.Collator
	ordering sync.Mutex // order keeps a buffer
}

// message is a text by plural category: "other" always, "one", and "many" for whole millions ("1.000.000 de …").
type message map[string]string

// UnmarshalJSON reads a plain text as a message without plural.
func (m *message) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*m = message{"other": text}
		return nil
	}
	var forms map[string]string
	err := json.Unmarshal(b, &forms)
	*m = forms
	return err
}

func loadWords(lang string) (*words, error) {
	if !slices.Contains(Languages, lang) {
		return nil, fmt.Errorf("there is no report in the language %q: use one of %s", lang, strings.Join(Languages, ", "))
	}
	files, err := locales.ReadDir("locale/" + lang)
	if err != nil {
		return nil, err
	}
	w := &words{style: styleOf(lang), language: lang, messages: map[string]message{}, order: collate.New(language.Make(lang))}
	for _, f := range files {
		name := "locale/" + lang + "/" + f.Name()
		b, err := locales.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var some map[string]message
		if err := json.Unmarshal(b, &some); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, m := range some {
			if w.messages[key] != nil {
				return nil, fmt.Errorf("%s: %s stands in another file too", name, key)
			}
			w.messages[key] = m
		}
	}
	return w, nil
}

// say returns the message of a key. Arguments are pairs of a placeholder's name and its value; integers are written in
// the language, and the one named n chooses the plural form. A key that is not there returns itself, which the tests
// of the catalogue rule out.
func (w *words) say(key string, args ...any) string {
	m, ok := w.messages[key]
	if !ok {
		return key
	}
	form := "other"
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		name := args[i].(string)
		value := fmt.Sprint(args[i+1])
		if n, ok := integer(args[i+1]); ok {
			value = w.format(float64(n), 0)
			if name == "n" {
				form = plural(w.language, n)
			}
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	text, ok := m[form]
	if !ok {
		text = m["other"]
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// compare orders names as readers of the language look them up: á beside a, ñ after n.
func (w *words) compare(a, b string) int {
	w.ordering.Lock()
	defer w.ordering.Unlock()
	return cmp.Or(w.order.CompareString(a, b), strings.Compare(a, b))
}

// has tells whether the catalogue knows a key, for names that data bring along (platforms, roles).
func (w *words) has(key string) bool { return w.messages[key] != nil }

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// plural is the category of a whole number by CLDR. Spanish and Catalan say "un millón de": many.
func plural(language string, n int64) string {
	switch {
	case n == 1:
		return "one"
	case n != 0 && n%1_000_000 == 0 && language != "en":
		return "many"
	}
	return "other"
}

// percent writes a share given as 0 to 100.
func (w *words) percent(x float64, decimals int) string { return w.format(x, decimals) + w.Percent }

// month is "octubre de 2014"; monthShort, for axes, "oct 2014".
func (w *words) month(t time.Time) string {
	return w.say("month", "month", w.say("month."+strconv.Itoa(int(t.Month()))), "year", strconv.Itoa(t.Year()))
}

func (w *words) monthShort(t time.Time) string {
	return w.say("month.short."+strconv.Itoa(int(t.Month()))) + " " + strconv.Itoa(t.Year())
}

// ofMonth is the month as it stands after "in": "de octubre", "d'abril"; English keeps the name.
func (w *words) ofMonth(m time.Month) string { return w.say("month.of." + strconv.Itoa(int(m))) }

// date is "16 de diciembre de 2014".
func (w *words) date(d pipeline.Date) string {
	return w.say("date", "day", strconv.Itoa(d.Day), "month", w.ofMonth(d.Month), "year", strconv.Itoa(d.Year))
}

// dateWithDay is "martes, 16 de diciembre de 2014".
func (w *words) dateWithDay(d pipeline.Date) string {
	return w.say("weekday."+strconv.Itoa(int(d.In(time.UTC).Weekday()))) + ", " + w.date(d)
}

// list joins names: "A, B y C". Spanish changes y to e before the sound i: "Facebook e Instagram".
func (w *words) list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := names[len(names)-1]
	key := "list"
	if l := strings.ToLower(last); strings.HasPrefix(l, "i") || strings.HasPrefix(l, "hi") && !strings.HasPrefix(l, "hie") {
		key = "list.before_i"
	}
	return w.say(key, "first", strings.Join(names[:len(names)-1], ", "), "last", last)
}
