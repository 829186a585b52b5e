package reports

import (
	"html/template"
	"io"
	"time"

	"presencia/pipeline"
)

// Frame is what a page on the web has and a file has not: a way to other pages, and style and scripts beside it, which a
// browser fetches once. On paper nothing of it is seen: a page prints as its file does.
type Frame struct {
	Bar  template.HTML // above the document: where a reader can go from here
	Lead template.HTML // before the document's sections
	// Asset keeps a style sheet or a script and answers the address under which browsers find it.
	Asset func(name string, content []byte) (address string)
}

// WritePage writes the document as [WriteHTML] does, in a frame. Its Content-Security-Policy is the server's matter: style and
// scripts come from Frame.Asset, and style attributes are used.
func WritePage(w io.Writer, d Document, f Frame) error { return writeDocument(w, d, &f) }

// WriteHandbookPage writes the guide as [WriteHandbook] does, in a frame.
func WriteHandbookPage(w io.Writer, h Handbook, f Frame) error { return writeHandbook(w, h, &f) }

// part is a script of a page: inside it, or at an address.
type part struct {
	Code    template.JS
	Address string
}

// place puts style and scripts where they belong: into the page, or beside it where it has a frame.
func (p *page) place() {
	if p.Frame == nil {
		return
	}
	p.Sheet = p.Frame.Asset("style.css", []byte(p.CSS))
	for i, name := range []string{"echarts.js", "charts.js"}[:len(p.Scripts)] {
		p.Scripts[i].Address = p.Frame.Asset(name, []byte(p.Scripts[i].Code))
	}
}

// Catalogue are the texts of one language, for pages around the reports.
type Catalogue struct{ words *words }

// CatalogueOf answers the texts of one of [Languages].
func CatalogueOf(language string) (Catalogue, error) {
	w, err := loadWords(language)
	return Catalogue{w}, err
}

// Say is the text of a key of the catalogue; arguments are pairs of a placeholder's name and its value.
func (c Catalogue) Say(key string, args ...any) string { return c.words.say(key, args...) }

// Number writes a number.
func (c Catalogue) Number(x float64, decimals int) string { return c.words.format(x, decimals) }

// Month writes a month with its year.
func (c Catalogue) Month(t time.Time) string { return c.words.month(t) }

// Date writes a day.
func (c Catalogue) Date(t time.Time) string { return c.words.date(pipeline.DateOf(t)) }

// Network is the name of a network as readers know it.
func (c Catalogue) Network(p pipeline.Platform) string {
	if key := "platform." + string(p); c.words.has(key) {
		return c.words.say(key)
	}
	return string(p)
}
