package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"presencia/pipeline"
)

// handbookRules have every kind of value and origin, texts that are missing in a language, and what breaks pages.
var handbookRules = []Rule{
	{
		ID: "post-hashtag-max", Scope: "post", Severity: "med", Platforms: []pipeline.Platform{pipeline.X, pipeline.Instagram},
		Title:       map[string]string{"es": "Pocas etiquetas", "ca-ES-valencia": "Poques etiquetes", "en": "Few hashtags"},
		Explanation: map[string]string{"es": "Muchas etiquetas cansan.", "ca-ES-valencia": "Moltes etiquetes cansen.", "en": "Many hashtags tire."},
		Remedy:      map[string]string{"es": "Deja dos.", "en": "Leave two."},
		Good:        map[string]string{"es": "Abre el museo. #Cultura"}, Bad: map[string]string{"es": hostile[0]},
		Values: []Threshold{
			{Name: "max", Value: int64(2), Origin: "guide", Source: Source{"Guía de estilo", "https://guia.example/"}},
			{Name: "share", Value: 0.25, Origin: "proposed"}, {Name: "target", Value: 2 * time.Hour, Origin: "law", Source: Source{Name: "Ley"}},
			{Name: "wait", Value: 90 * time.Minute, Origin: "proposed"}, {Name: "strict", Value: true, Origin: "proposed"}, {Name: "kinds", Value: []string{}, Origin: "proposed"},
			{Name: "known", Value: strings.Split(strings.Repeat("ab ", 22)+"c", " "), Origin: "proposed"},
		},
		Sources: []Source{{"Guía de estilo", "https://guia.example/"}, {hostile[0], hostile[6]}},
	},
	{
		ID: "account-two-admins", Scope: "account", Severity: "high", Title: map[string]string{"es": "Al menos dos personas"}, Explanation: map[string]string{"es": "Una falta."},
	},
	{ID: "manual-drill", Scope: "institution", Rhythm: "yearly", Severity: "low", Title: map[string]string{"es": "Simulacro"}, Explanation: map[string]string{"es": "Se ensaya."}},
	{ID: "post-daily-max", Scope: "post", Window: "day", Severity: "crit", Title: map[string]string{"es": "No demasiadas al día"}, Explanation: map[string]string{"es": "Cansa."}},
}

func handbook(t *testing.T, language string) (string, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	h := Handbook{Institution: "Institución de Prueba", Language: language, Version: "0123456789abcdef", Rules: handbookRules}
	if err := WriteHandbook(&b, h); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), root
}

// TestHandbook compares what a reader sees, with the language of each text that is not the page's.
func TestHandbook(t *testing.T) {
	var seen strings.Builder
	for _, lang := range Languages {
		_, root := handbook(t, lang)
		seen.WriteString("== " + lang + "\n")
		for n := range root.Descendants() {
			if n.Type != html.TextNode || n.Parent.Data == "style" || strings.TrimSpace(n.Data) == "" {
				continue
			}
			mark := ""
			for _, a := range n.Parent.Attr {
				if a.Key == "lang" {
					mark = "[" + a.Val + "] "
				}
			}
			seen.WriteString(mark + strings.Join(strings.Fields(n.Data), " ") + "\n")
		}
	}
	golden(t, "handbook.golden", seen.String())
}

func TestHandbookNeedsNothingElseAndIsAccessible(t *testing.T) {
	for _, lang := range Languages {
		text, root := handbook(t, lang)
		if strings.Contains(text, "<script") || strings.Contains(text, "ZgotmplZ") {
			t.Error("there is script in the page, or a text in the wrong place")
		}
		ids, level := map[string]bool{}, 0
		var refs []string
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				switch {
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("the id %s stands twice", a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "aria-labelledby":
					refs = append(refs, a.Val)
				case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
					refs = append(refs, a.Val[1:])
				case a.Key == "href" && !strings.HasPrefix(a.Val, "https://"), a.Key == "src", strings.HasPrefix(a.Key, "on"):
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				case n.Data == "html" && a.Key == "lang" && a.Val != lang:
					t.Errorf("lang is %q, want %q", a.Val, lang)
				case a.Key == "content" && strings.HasPrefix(a.Val, "default-src") && !strings.Contains(a.Val, "default-src 'none'"):
					t.Errorf("policy %q", a.Val)
				}
			}
			if n.Data == "h1" || n.Data == "h2" || n.Data == "h3" {
				if h := int(n.Data[1] - '0'); h > level+1 {
					t.Errorf("a heading of level %d follows one of level %d", h, level)
				} else {
					level = h
				}
			}
		}
		for _, r := range refs {
			if !ids[r] {
				t.Errorf("%s is referred to and not there", r)
			}
		}
	}
	if err := WriteHandbook(&bytes.Buffer{}, Handbook{Language: "fr"}); err == nil {
		t.Error("a handbook in a language that there is not")
	}
}

func TestHandbookIsAccessibleInABrowser(t *testing.T) {
	text, _ := handbook(t, "ca-ES-valencia")
	accessible(t, text)
}
