package reports

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// Handbook is the guide in force, as people read it.
type Handbook struct {
	Institution string
	Language    string // one of [Languages]
	Version     string // of the guide
	Rules       []Rule
	Look        Look
}

// WriteHandbook writes the guide as one file that needs nothing else: what each rule asks, why, how to comply, examples,
// and its values with their origin. A text that is missing in the language stands in Spanish, and is marked as such.
func WriteHandbook(w io.Writer, h Handbook) error { return writeHandbook(w, h, nil) }

func writeHandbook(w io.Writer, h Handbook, f *Frame) error {
	say, err := loadWords(h.Language)
	if err != nil {
		return err
	}
	version := h.Version
	if len(version) > 12 {
		version = version[:12]
	}
	p := &handbookPage{page: &page{words: say, Frame: f, Document: Document{
		Language: h.Language, Look: h.Look, Title: say.say("handbook.title", "institution", h.Institution),
		Subtitle: say.say("handbook.subtitle", "n", len(h.Rules), "version", version),
	}}}
	if err := p.dress("screen.css", "print.css", "handbook.css"); err != nil {
		return err
	}
	p.place()
	for _, scope := range []string{"account", "post", "reply", "institution"} {
		c := chapter{ID: scope, Title: say.say("handbook.scope." + scope)}
		for _, r := range h.Rules {
			if r.Scope == scope {
				c.Rules = append(c.Rules, r)
			}
		}
		if len(c.Rules) > 0 {
			p.Chapters = append(p.Chapters, c)
		}
	}
	t, err := template.New("handbook.html").Funcs(template.FuncMap{"say": say.say}).ParseFS(assets, "assets/handbook.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// chapter are the rules of a scope.
type chapter struct {
	ID, Title string
	Rules     []Rule
}

// handbookPage is what handbook.html sees.
type handbookPage struct {
	*page
	Chapters []chapter
}

// said is a text with its language where that is not the page's.
type said struct{ Text, Lang string }

// In is a text in the page's language, or in Spanish.
func (p *handbookPage) In(texts map[string]string) said {
	if text := strings.TrimSpace(texts[p.Language]); text != "" {
		return said{Text: text}
	}
	return said{strings.TrimSpace(texts[Languages[0]]), Languages[0]}
}

// Proposed tells whether some rule has a value that no guide states.
func (p *handbookPage) Proposed() bool {
	return slices.ContainsFunc(p.Chapters, func(c chapter) bool { return slices.ContainsFunc(c.Rules, Rule.proposed) })
}

// Facts are the severity of a rule, what it looks at and where it applies.
func (p *handbookPage) Facts(r Rule) []string {
	looks := p.say("handbook.looks." + r.Scope)
	switch {
	case r.Rhythm != "":
		looks = p.say("handbook.rhythm." + r.Rhythm)
	case r.Window != "":
		looks = p.say("handbook.looks." + r.Window)
	}
	facts := []string{looks}
	if len(r.Platforms) > 0 {
		var names []string
		for _, platform := range r.Platforms {
			names = append(names, p.say("platform."+string(platform)))
		}
		facts = append(facts, p.say("handbook.platforms", "list", p.list(names)))
	} else if r.Scope != "institution" {
		facts = append(facts, p.say("handbook.everywhere"))
	}
	return facts
}

// Severity is how much a rule matters.
func (p *handbookPage) Severity(r Rule) string {
	return p.say("handbook.severity", "severity", p.say("severity."+r.Severity))
}

// Origin tells where a value comes from.
func (p *handbookPage) Origin(v Threshold) string { return p.say("handbook.from." + v.Origin) }

// mostListed is how many texts of a list a reader is shown.
const mostListed = 20

// Value writes a value in the reader's language.
func (p *handbookPage) Value(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return p.say("handbook.yes")
		}
		return p.say("handbook.no")
	case int64:
		return p.format(float64(v), 0)
	case float64:
		decimals := 0
		for decimals < 4 && math.Abs(v-round(v, decimals)) > 1e-9 {
			decimals++
		}
		return p.format(v, decimals)
	case time.Duration:
		switch {
		case v%time.Hour == 0:
			return p.withUnit(p.format(v.Hours(), 0), "h")
		case v%time.Minute == 0:
			return p.withUnit(p.format(v.Minutes(), 0), "min")
		}
		return p.withUnit(p.format(v.Seconds(), 0), "s")
	case []string:
		if len(v) == 0 {
			return p.say("handbook.nothing")
		}
		if more := len(v) - mostListed; more > 0 {
			return strings.Join(v[:mostListed], ", ") + " " + p.say("handbook.more", "n", more)
		}
		return strings.Join(v, ", ")
	}
	if s := fmt.Sprint(v); s != "" {
		return s
	}
	return p.say("handbook.nothing")
}
