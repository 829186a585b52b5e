package web

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/reports"
)

// filter is a form that narrows a list, with what it found.
type filter struct {
	Path   string
	Fields []field
	Found  string
	All    string // address of the list without a filter; empty: nothing was left out
	Rows   any
	Pages  []link
}

// field is one of its questions: a choice, or a text where it has no options.
type field struct {
	Name, Label, Value string
	Options            []option
}

// choice is a field that offers the values that there are, after any.
func (v *visit) choice(name, value string, values []option) field {
	f := field{Name: name, Label: v.words.Say("web.field." + name), Options: []option{{Text: v.words.Say("web.any")}}}
	for _, o := range values {
		o.Chosen = o.Value == value
		if !slices.ContainsFunc(f.Options, func(there option) bool { return there.Value == o.Value }) {
			f.Options = append(f.Options, o)
		}
	}
	return f
}

// asked is a value of the query, without blanks around and no longer than anybody would write.
func (v *visit) asked(name string) string {
	text := []rune(strings.TrimSpace(strings.ToValidUTF8(v.r.URL.Query().Get(name), "")))
	return string(text[:min(len(text), 100)])
}

// accountRow is an account in the list.
type accountRow struct{ Name, URL, Network, Department, Read, At string }

// accounts lists those of the register.
func (h *site) accounts(v *visit) error {
	err := v.now()
	if err != nil && !errors.Is(err, reports.ErrNoData) {
		return err
	}
	network, department, text := v.asked("network"), v.asked("department"), v.asked("text")
	var networks, departments []option
	var rows []accountRow
	for _, a := range v.Register.Accounts {
		row := accountRow{Name: cmp.Or(a.Handle, string(a.ID)), Network: v.words.Network(a.Platform), Department: a.Department, Read: v.words.Say("web.accounts.never")}
		if d, ok := v.Register.Department(a.Department); ok {
			row.Department = d.Name
		}
		networks = append(networks, option{Value: string(a.Platform), Text: row.Network})
		departments = append(departments, option{Value: a.Department, Text: row.Department})
		if network != "" && network != string(a.Platform) || department != "" && department != a.Department || !holds(text, row.Name, string(a.ID), row.Network, row.Department) {
			continue
		}
		if at, ok := v.data.Read[a.ID]; ok {
			at = at.In(v.zone)
			row.At, row.Read = at.Format(time.RFC3339), v.words.Date(at)
		}
		if month, ok := v.lastOpen(a); ok {
			row.URL = v.address("/accounts/"+string(a.ID)+"/"+month.From.In(v.zone).Format("2006-01"), nil)
		}
		rows = append(rows, row)
	}
	f := filter{Path: "/accounts", Rows: rows, Found: v.words.Say("web.accounts.found", "n", len(rows)), Fields: []field{
		v.choice("network", network, networks), v.choice("department", department, departments),
		{Name: "text", Label: v.words.Say("web.field.text"), Value: text},
	}}
	if len(rows) < len(v.Register.Accounts) {
		f.All = v.address("/accounts", nil)
	}
	return v.plain(http.StatusOK, v.words.Say("web.way.accounts"), v.Institution(), bar{Current: "accounts"}, v.lead("accounts", f))
}

// lastOpen is the newest month in which an account was open; one that the data hold to its end where there is any.
func (v *visit) lastOpen(a pipeline.Account) (month pipeline.Window, ok bool) {
	for _, m := range slices.Backward(v.data.Months) {
		open := (a.Opened.IsZero() || a.Opened.In(v.zone).Before(m.To)) && (a.Closed.IsZero() || a.Closed.In(v.zone).After(m.From))
		switch {
		case open && !v.ends(m):
			return m, true
		case open && !ok:
			month, ok = m, true
		}
	}
	return month, ok
}

// accents are what people leave out where they search.
var accents = strings.NewReplacer("á", "a", "à", "a", "é", "e", "è", "e", "í", "i", "ï", "i", "ó", "o", "ò", "o", "ú", "u", "ü", "u", "ç", "c", "ñ", "n", "·", "")

func folded(text string) string { return accents.Replace(strings.ToLower(text)) }

// holds tells whether the texts have every word that was asked for, with or without accents and capitals.
func holds(asked string, texts ...string) bool {
	in := folded(strings.Join(texts, "\n"))
	for _, word := range strings.Fields(folded(asked)) {
		if !strings.Contains(in, word) {
			return false
		}
	}
	return true
}

// written is a report in the folder, in all its forms.
type written struct {
	stem              string // path without ending
	kind, month, lang string // by its name; empty: not known
	rest              string // of the name: what it is of
	changed           time.Time
	files             []writtenFile
}

type writtenFile struct {
	name string
	size int64
}

// kinds are the reports that a name can tell of.
var kinds = []string{"monthly", "account", "course", "guide"}

var monthInName = regexp.MustCompile(`^(\d{4}-(?:0[1-9]|1[0-2]))$|^(.*)-(\d{4}-(?:0[1-9]|1[0-2]))$`)

// read tells what a report is by the name of its files: monthly-2015-06.es, account-turismo-2015-06.es, course-redes.es, guide.es.
func (w *written) read() {
	name := path.Base(w.stem)
	if i := strings.LastIndex(name, "."); i >= 0 && slices.Contains(reports.Languages, name[i+1:]) {
		name, w.lang = name[:i], name[i+1:]
	}
	kind, rest, _ := strings.Cut(name, "-")
	if !slices.Contains(kinds, kind) {
		return
	}
	w.kind, w.rest = kind, rest
	if m := monthInName.FindStringSubmatch(rest); m != nil {
		w.rest, w.month = m[2], m[1]+m[3]
	}
}

// shelf is everything in the folder, the newest first.
func (h *site) shelf() ([]*written, error) {
	found := map[string]*written{}
	var all []*written
	err := fs.WalkDir(h.Reports, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && hidden(name) && e.IsDir():
			return fs.SkipDir
		case hidden(name) || !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // replaced meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		stem := strings.TrimSuffix(name, path.Ext(name))
		if s, manifest := strings.CutSuffix(name, reports.ManifestExt); manifest {
			stem = s
		}
		w := found[stem]
		if w == nil {
			w = &written{stem: stem}
			w.read()
			found[stem] = w
			all = append(all, w)
		}
		w.files = append(w.files, writtenFile{name, info.Size()})
		if info.ModTime().After(w.changed) {
			w.changed = info.ModTime()
		}
		return nil
	})
	slices.SortFunc(all, func(a, b *written) int { return cmp.Or(b.changed.Compare(a.changed), strings.Compare(a.stem, b.stem)) })
	return all, err
}

// libraryRow is a report in the list.
type libraryRow struct {
	Title, Language, Written, At string
	Files                        []link
}

// shelfPage is how many reports are listed at once.
const shelfPage = 100

// library lists what was written into the folder.
func (h *site) library(v *visit) error {
	all, err := h.shelf()
	if err != nil {
		return err
	}
	kind, month, lang := v.asked("kind"), v.asked("month"), v.asked("in")
	var kindsThere, months, langs []option
	var chosen []*written
	for _, w := range all {
		if w.kind != "" {
			kindsThere = append(kindsThere, option{Value: w.kind, Text: v.words.Say("web.kind." + w.kind)})
		}
		if w.month != "" {
			months = append(months, option{Value: w.month, Text: v.monthName(w.month)})
		}
		if w.lang != "" {
			langs = append(langs, option{Value: w.lang, Text: v.words.Say("web.language." + w.lang)})
		}
		if (kind == "" || kind == w.kind) && (month == "" || month == w.month) && (lang == "" || lang == w.lang) {
			chosen = append(chosen, w)
		}
	}
	slices.SortFunc(kindsThere, func(a, b option) int { return slices.Index(kinds, a.Value) - slices.Index(kinds, b.Value) })
	slices.SortFunc(months, func(a, b option) int { return strings.Compare(b.Value, a.Value) })
	slices.SortFunc(langs, func(a, b option) int {
		return slices.Index(reports.Languages, a.Value) - slices.Index(reports.Languages, b.Value)
	})
	f := filter{Path: "/library", Found: v.words.Say("web.library.found", "n", len(chosen)), Fields: []field{
		v.choice("kind", kind, kindsThere), v.choice("month", month, months), v.choice("in", lang, langs),
	}}
	switch {
	case len(all) == 0:
		f.Found = v.words.Say("web.library.empty")
	case len(chosen) < len(all):
		f.All = v.address("/library", nil)
	}
	page, _ := strconv.Atoi(v.asked("page"))
	pages := (len(chosen) + shelfPage - 1) / shelfPage
	page = max(1, min(page, pages))
	for n := 1; pages > 1 && n <= pages; n++ {
		query := url.Values{"page": {strconv.Itoa(n)}}
		for name, value := range map[string]string{"kind": kind, "month": month, "in": lang} {
			if value != "" {
				query.Set(name, value)
			}
		}
		f.Pages = append(f.Pages, link{Text: v.words.Number(float64(n), 0), URL: v.address("/library", query), Current: n == page})
	}
	var rows []libraryRow
	for _, w := range chosen[(page-1)*shelfPage : min(page*shelfPage, len(chosen))] {
		rows = append(rows, v.row(w))
	}
	f.Rows = rows
	return v.plain(http.StatusOK, v.words.Say("web.way.library"), v.Institution(), bar{Current: "library"}, v.lead("library", f))
}

// row is a report as the list shows it.
func (v *visit) row(w *written) libraryRow {
	at := w.changed.In(v.zone)
	row := libraryRow{Title: v.titleOf(w), Written: v.words.Say("web.moment", "date", v.words.Date(at), "time", at.Format("15:04")), At: at.Format(time.RFC3339)}
	if w.lang != "" {
		row.Language = v.words.Say("web.language." + w.lang)
	}
	slices.SortFunc(w.files, func(a, b writtenFile) int { return strings.Compare(a.name, b.name) })
	for _, f := range w.files {
		ext := path.Ext(f.name)
		form := strings.ToUpper(strings.TrimPrefix(ext, "."))
		switch {
		case strings.HasSuffix(f.name, reports.ManifestExt):
			form = v.words.Say("web.form.manifest")
		case ext == ".html" || ext == ".xlsx":
			form = v.words.Say("web.form" + ext)
		}
		u := url.URL{Path: "/reports/" + f.name}
		l := link{Text: v.words.Say("web.file", "form", form, "size", v.size(f.size)), URL: u.String(), File: ext != ".html" && ext != ".pdf"}
		l.About = v.words.Say("web.file.about", "file", l.Text, "report", row.Title)
		row.Files = append(row.Files, l)
	}
	return row
}

// titleOf is what a reader calls a report.
func (v *visit) titleOf(w *written) string {
	what := w.rest
	switch w.kind {
	case "":
		return w.stem
	case "account":
		for _, a := range v.Register.Accounts {
			if string(a.ID) == w.rest {
				what = v.words.Say("web.account", "account", cmp.Or(a.Handle, w.rest), "network", v.words.Network(a.Platform))
			}
		}
	case "course":
		for _, c := range v.Register.Courses {
			if c.ID == w.rest {
				what = c.Name
			}
		}
	}
	parts := []string{v.words.Say("web.kind." + w.kind)}
	if what != "" {
		parts = append(parts, what)
	}
	if w.month != "" {
		parts = append(parts, v.monthName(w.month))
	}
	return strings.Join(parts, " · ")
}

func (v *visit) monthName(name string) string {
	m, err := pipeline.ParseMonth(name, v.zone)
	if err != nil {
		return name
	}
	return v.words.Month(m.From)
}

func (v *visit) size(bytes int64) string {
	if bytes < 1_000_000 {
		return v.words.Say("web.size.kb", "size", v.words.Number(float64(max(1, bytes/1000)), 0))
	}
	return v.words.Say("web.size.mb", "size", v.words.Number(float64(bytes)/1e6, 1))
}

func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, ".") })
}

// filePolicy lets a written report use what is inside its file and nothing else, as if it came from nowhere. It permits inline
// scripts because the file's own policy, which holds too, names each of them by its hash.
const filePolicy = "sandbox allow-scripts allow-popups allow-downloads allow-modals; default-src 'none'; script-src 'unsafe-inline'; " +
	"style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// file sends one of the folder.
func (h *site) file(v *visit) error {
	name := v.r.PathValue("name")
	f, err := h.Reports.Open(name) // refuses what is not a plain path inside the folder
	if err != nil || hidden(name) {
		return errMissing
	}
	defer f.Close()
	info, err := f.Stat()
	content, seekable := f.(io.ReadSeeker)
	if err != nil || !info.Mode().IsRegular() || !seekable {
		return errMissing
	}
	head := v.w.Header()
	head.Set("Content-Type", cmp.Or(types[path.Ext(name)], "application/octet-stream"))
	if path.Ext(name) == ".html" {
		head.Set("Content-Security-Policy", filePolicy)
	}
	http.ServeContent(v.w, v.r, name, info.ModTime(), content)
	return nil
}
