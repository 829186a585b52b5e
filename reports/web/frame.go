package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/url"
	"slices"

	"presencia/pipeline"
	"presencia/reports"
)

//go:embed frame.html
var frames embed.FS

// bar is what stands above every page: the ways to the others, and what can be done with this one.
type bar struct {
	Current    string // which of the ways leads here
	Path       string // of the months' form; empty: the page is not of a month
	Month      string // YYYY-MM
	Files      string // path of the page's files without their ending; empty: it has none
	NoWorkbook bool
}

// lead is a part of a page that is not of a report: the name of its template and what it shows.
type lead struct {
	name string
	data any
}

func (v *visit) lead(name string, data any) lead { return lead{name, data} }

// link is a way to another page.
type link struct {
	Text, URL string
	About     string // the text where it must be understood alone
	Lang      string // of the page it leads to, where that is another one
	Current   bool
	File      bool // it is kept, not shown
}

// option is one that a form offers.
type option struct {
	Value, Text string
	Chosen      bool
}

// around is what frame.html sees.
type around struct {
	bar
	*visit
	Data any // of a lead
}

// frame is what surrounds a document.
func (v *visit) frame(b bar, leads ...lead) (reports.Frame, error) {
	t, err := template.New("frame").Funcs(template.FuncMap{"say": v.words.Say}).ParseFS(frames, "frame.html")
	if err != nil {
		return reports.Frame{}, err
	}
	draw := func(name string, data any) (template.HTML, error) {
		var buf bytes.Buffer
		err := t.ExecuteTemplate(&buf, name, around{b, v, data})
		return template.HTML(buf.String()), err //nolint:gosec // the template has escaped what is in it
	}
	f := reports.Frame{Asset: v.assets.keep}
	if f.Bar, err = draw("bar", nil); err != nil {
		return f, err
	}
	for _, l := range leads {
		if l.name == "" {
			continue
		}
		part, err := draw(l.name, l.data)
		if err != nil {
			return f, err
		}
		f.Lead += part
	}
	return f, nil
}

// Institution is its name.
func (v *visit) Institution() string { return v.Register.Institution.Name }

// Home is the address of the first page.
func (v *visit) Home() string { return v.address("/", nil) }

// Self is the address of a form's answer.
func (v *visit) Self(path string) string { u := url.URL{Path: path}; return u.String() }

// Lang is the reader's language, where addresses must name it.
func (v *visit) Lang() string {
	if v.lang == v.site.lang {
		return ""
	}
	return v.lang
}

// Ways lead to the other pages.
func (a around) Ways() (ways []link) {
	for _, name := range []string{"monthly", "accounts", "courses", "guide", "library"} {
		if name == "courses" && len(a.Register.Courses) == 0 {
			continue
		}
		ways = append(ways, link{Text: a.words.Say("web.way." + name), URL: a.address("/"+name, nil), Current: name == a.Current})
	}
	return ways
}

// Languages lead to this page in the others.
func (a around) Languages() (links []link) {
	query := a.r.URL.Query()
	query.Del("month") // forms lead on to a page of their own
	for _, lang := range reports.Languages {
		links = append(links, link{Text: a.words.Say("web.language." + lang), URL: a.in(lang, a.r.URL.Path, query), Lang: lang, Current: lang == a.lang})
	}
	return links
}

// Months are those of which something is known, the newest first.
func (a around) Months() (months []option) {
	for _, m := range slices.Backward(a.data.Months) {
		at := m.From.In(a.zone)
		name := at.Format("2006-01")
		months = append(months, option{Value: name, Text: a.words.Month(at), Chosen: name == a.Month})
	}
	return months
}

// Downloads are the files that the page can be had as.
func (a around) Downloads() (links []link) {
	if a.Files == "" {
		return nil
	}
	links = append(links, link{Text: a.words.Say("web.form.html"), URL: a.address(a.Files+".html", nil)})
	if !a.NoWorkbook {
		links = append(links, link{Text: a.words.Say("web.form.xlsx"), URL: a.address(a.Files+".xlsx", nil)})
	}
	return links
}

// ways lead from the first page to the reports that it is of: the month's, and that of the month that is running.
func (v *visit) ways(month pipeline.Window) (links []link) {
	to := func(key string, m pipeline.Window) link {
		at := m.From.In(v.zone)
		return link{Text: v.words.Say(key, "month", v.words.Month(at)), URL: v.address("/monthly/"+at.Format("2006-01"), nil)}
	}
	links = append(links, to("web.home.monthly", month))
	if newest := v.data.Months[len(v.data.Months)-1]; newest != month {
		links = append(links, to("web.home.running", newest))
	}
	return links
}

// running warns of a month that the data do not hold to its end.
func (v *visit) running(month pipeline.Window) lead {
	if !v.ends(month) {
		return lead{}
	}
	return v.lead("note", v.words.Say("web.running", "month", v.words.Month(month.From.In(v.zone)), "date", v.words.Date(v.data.Until.In(v.zone))))
}

// list sends a page of links.
func (v *visit) list(name string, links []link) error {
	return v.plain(200, v.words.Say("web.way."+name), v.Institution(), bar{Current: name}, v.lead("links", links))
}
