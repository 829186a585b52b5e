package language

import (
	"reflect"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"
)

// seed gives a fuzz target posts as they come, and the odd ones.
func seed(f *testing.F) {
	for i, s := range samples(f, "testdata/languages.tsv") {
		if i%20 == 0 {
			f.Add(s.text)
		}
	}
	for _, text := range []string{"", " ", "@", "#", "#a", "l·", "l·l", "'", "l'", "-", "a-", "\xff", "\u0301", "a\u0301\u0301", "é\u0301", ".", "...", "a.b", "a.bc", "://", "1a#b@c",
		"İ", "ﬀ", "ß", "𝗔", "#ÀÉÎ", "«", "q", "qu", "güe", "y", "h", "hhh", "\u200d", "a\u200db", "\u00a0", "\u2028", "a.\u0301", "🎉️", "A.B.", "¿¡", "a\x8d\\ⓔ\\\xaa"} {
		f.Add(text)
	}
}

func FuzzDetect(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		tag, p := Detect(text)
		if again, q := Detect(text); again != tag || q != p {
			t.Fatalf("%q is %q (%v) and %q (%v)", text, tag, p, again, q)
		}
		if !(p >= 0 && p <= 1) || tag != "" && (p < Sure || !slices.Contains(tags[:], tag)) {
			t.Fatalf("%q is %q with %v", text, tag, p)
		}
		s := scanner{text: text}
		for s.next() {
			if w := s.word(); len(w) == 0 || !utf8.Valid(w) || s.pos > len(text) {
				t.Fatalf("%q has the word %q and is read up to %d", text, w, s.pos)
			}
		}
		parts := Parts(text)
		if !reflect.DeepEqual(parts, Parts(text)) {
			t.Fatalf("%q has other parts the second time", text)
		}
		Spoken(text)
	})
}

func FuzzReadability(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		r := Read(text)
		if r != Read(text) {
			t.Fatalf("%q reads otherwise the second time", text)
		}
		letters := 0
		for _, c := range text {
			if letter, _ := fold(c); letter != 0 || unicode.IsLetter(c) { // ⓔ is a letter for us alone
				letters++
			}
		}
		if r.Words < 0 || r.Sentences > r.Words || r.Syllables < r.Words || r.Syllables > letters {
			t.Fatalf("%q with %d letters reads %+v", text, letters, r)
		}
		if n := Syllables(text); n > letters {
			t.Fatalf("%q has %d letters and %d syllables", text, letters, n)
		}
		r.FernandezHuerta()
		r.INFLESZ()
	})
}

func FuzzKind(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		kind := Kind(text)
		if kind != Kind(text) {
			t.Fatalf("%q has another kind the second time", text)
		}
		if kind != "" && !slices.Contains(kinds[:], kind) {
			t.Fatalf("%q is %q", text, kind)
		}
	})
}

func FuzzTwins(f *testing.F) {
	f.Add("Obert fins al 30 de juny", "Abierto hasta el 30 de junio", "https://villanube.es/va/x", 5)
	f.Add("", "", "%zz", -1)
	f.Fuzz(func(t *testing.T, a, b, link string, minutes int) {
		minutes %= 1000
		posts := []Post{published("1", "x", 0, 0, a), published("2", "x", minutes, 0, b), published("3", "x", 7, 1, a)}
		posts[0].Links, posts[1].Links, posts[1].Language = []string{link}, []string{link, b}, "es"
		posts[0].Hashtags, posts[1].Mentions = []string{b}, []string{a}
		found := Twins(posts, Options{})
		for i, m := range found {
			if m.Index >= 0 && (found[m.Index].Index != i || m.Index == i || m.Score < Alike) {
				t.Fatalf("%d of %+v: %+v", i, posts, found)
			}
		}
	})
}
