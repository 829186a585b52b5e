// Package web shows reports on the web: any month, account or course as the data are now, the guide, and the library of what was
// written into files. Pages are drawn by the server from the same documents and templates as the files, and work without
// script but for the charts.
package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/panics"

	"presencia/pipeline"
	"presencia/reports"
)

// Source makes the documents that the site shows.
type Source interface {
	// State names what the data are now: in the same state the same is made.
	State(ctx context.Context) (string, error)
	// Data tells what is known.
	Data(ctx context.Context) (Data, error)
	Monthly(ctx context.Context, lang string, month pipeline.Window) (reports.Document, error)
	Account(ctx context.Context, lang string, id pipeline.AccountID, month pipeline.Window) (reports.Document, error)
	Course(ctx context.Context, lang, id string) (reports.Document, error)
	Handbook(lang string) reports.Handbook
}

// Data is what is known at a moment.
type Data struct {
	Months []pipeline.Window                // of which something is known, the oldest first
	Until  time.Time                        // the newest reading of anything
	Read   map[pipeline.AccountID]time.Time // the newest reading of each account; an account that was never read is not in it
}

// Site is an institution's pages.
type Site struct {
	Source   Source
	Register *pipeline.Register
	Look     reports.Look
	// Reports is the folder of written reports; os.Root's FS keeps links from leading out of it. Names that begin with a
	// dot are not shown.
	Reports fs.FS
	Log     *slog.Logger
}

// site is a Site at work.
type site struct {
	Site
	zone   *time.Location
	lang   string // the institution's
	cache  *cache
	assets assets
}

// policy lets pages use the style, script and pictures of this server, and nothing else. Style attributes are allowed because
// ECharts positions its tooltip with them.
const policy = "default-src 'none'; script-src 'self'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler is the site. It answers GET and HEAD only. What it has begun to make it gives up when ctx ends.
func (s Site) Handler(ctx context.Context) http.Handler {
	h := &site{Site: s, zone: s.Register.Institution.Location(), lang: reports.Languages[0], cache: newCache(ctx)}
	if own := s.Register.Institution.Languages; len(own) > 0 && slices.Contains(reports.Languages, own[0]) {
		h.lang = own[0]
	}
	mux := http.NewServeMux()
	for pattern, show := range map[string]func(*visit) error{
		"/{$}":                   h.home,
		"/monthly":               h.months,
		"/monthly/{month}":       h.monthly,
		"/accounts":              h.accounts,
		"/accounts/{id}":         h.accountMonths,
		"/accounts/{id}/{month}": h.account,
		"/courses":               h.courses,
		"/courses/{id}":          h.course,
		"/guide":                 h.guide,
		"/guide.html":            h.guideFile,
		"/library":               h.library,
		"/reports/{$}":           func(v *visit) error { return v.redirect("/library", nil) },
		"/reports/{name...}":     h.file,
		"/assets/{hash}/{name}":  h.asset,
		"/favicon.ico":           func(v *visit) error { v.w.WriteHeader(http.StatusNoContent); return nil },
		"/":                      func(*visit) error { return errMissing },
	} {
		mux.Handle(pattern, h.show(show))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "private, no-cache") // asked for again each time, and sent again only if it changed
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			head.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD are answered here", http.StatusMethodNotAllowed)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// visit is one request.
type visit struct {
	*site
	w     http.ResponseWriter
	r     *http.Request
	lang  string
	words reports.Catalogue
	state string // of the data, once it was asked for
	data  Data
}

// errMissing is of what is not there.
var errMissing = errors.New("there is no such page")

// show answers a request by a page, or by one that says what is wrong.
func (h *site) show(page func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{site: h, w: w, r: r, lang: cmp.Or(r.URL.Query().Get("lang"), h.lang)}
		known := slices.Contains(reports.Languages, v.lang)
		if !known {
			v.lang = h.lang
		}
		var err error
		if v.words, err = reports.CatalogueOf(v.lang); err == nil {
			if err = errMissing; known {
				if caught := panics.Try(func() { err = page(v) }); caught != nil {
					err = caught.AsError()
				}
			}
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// now asks for what is known. Reports cannot be shown where it answers ErrNoData.
func (v *visit) now() (err error) {
	ctx := v.r.Context()
	if v.state, err = v.Source.State(ctx); err != nil {
		return err
	}
	v.data, err = get(ctx, v.cache, key(v.state, "data"), func(ctx context.Context) (Data, int, error) {
		d, err := v.Source.Data(ctx)
		return d, 100 * len(d.Read), err
	})
	if err == nil && len(v.data.Months) == 0 {
		return reports.ErrNoData
	}
	return err
}

// latest is the newest month that the data hold to its end: one that has only begun would look like a collapse beside those
// before it. Where there is none, it is the newest.
func (v *visit) latest() pipeline.Window {
	for _, m := range slices.Backward(v.data.Months) {
		if !v.ends(m) {
			return m
		}
	}
	return v.data.Months[len(v.data.Months)-1]
}

// ends tells whether the data end before a month does.
func (v *visit) ends(month pipeline.Window) bool { return v.data.Until.Before(month.To) }

// home is the newest month at a glance.
func (h *site) home(v *visit) error {
	err := v.now()
	if errors.Is(err, reports.ErrNoData) {
		return v.empty()
	}
	if err != nil {
		return err
	}
	month := v.latest()
	return v.send(key("home"), func(ctx context.Context) (out output, err error) {
		d, err := v.document(ctx, key("monthly", month.From.Format("2006-01")), func(ctx context.Context) (reports.Document, error) {
			return v.Source.Monthly(ctx, v.lang, month)
		})
		if err != nil {
			return out, err
		}
		if len(d.Sections) > 0 {
			d.Sections = d.Sections[:1] // the summary, which says how much is known before anything else
		}
		return v.page(d, bar{Current: "home"}, v.lead("ways", v.ways(month)), v.running(month))
	})
}

// months leads to the month that was chosen, or to the newest one.
func (h *site) months(v *visit) error { return v.toMonth("/monthly/") }

func (v *visit) toMonth(path string) error {
	if err := v.now(); err != nil {
		return err
	}
	month := v.latest()
	if name := v.r.URL.Query().Get("month"); name != "" {
		var err error
		if month, err = v.month(name); err != nil {
			return err
		}
	}
	return v.redirect(path+month.From.In(v.zone).Format("2006-01"), nil)
}

// month is one of those of which something is known.
func (v *visit) month(name string) (pipeline.Window, error) {
	for _, m := range v.data.Months {
		if m.From.In(v.zone).Format("2006-01") == name {
			return m, nil
		}
	}
	return pipeline.Window{}, errMissing
}

func (h *site) monthly(v *visit) error {
	return v.ofMonth("/monthly", bar{Current: "monthly"}, func(ctx context.Context, month pipeline.Window) (reports.Document, error) {
		return v.Source.Monthly(ctx, v.lang, month)
	})
}

// accountMonths leads to a month of an account.
func (h *site) accountMonths(v *visit) error {
	a, err := v.accountOf()
	if err != nil {
		return err
	}
	return v.toMonth("/accounts/" + string(a.ID) + "/")
}

func (h *site) account(v *visit) error {
	a, err := v.accountOf()
	if err != nil {
		return err
	}
	return v.ofMonth("/accounts/"+string(a.ID), bar{Current: "accounts"}, func(ctx context.Context, month pipeline.Window) (reports.Document, error) {
		return v.Source.Account(ctx, v.lang, a.ID, month)
	})
}

// accountOf is the account that the address names.
func (v *visit) accountOf() (pipeline.Account, error) {
	a, ok := v.Register.Account(pipeline.AccountID(v.r.PathValue("id")))
	if !ok {
		return a, errMissing
	}
	return a, nil
}

// ofMonth shows a document of a month, or sends it as a file where the month's name ends like one.
func (v *visit) ofMonth(path string, b bar, build func(context.Context, pipeline.Window) (reports.Document, error)) error {
	if err := v.now(); err != nil {
		return err
	}
	name, form := v.form(v.r.PathValue("month"))
	month, err := v.month(name)
	if err != nil {
		return err
	}
	b.Path, b.Month, b.Files = path, name, path+"/"+name
	return v.report(key(path, name), form, b, func(ctx context.Context) (reports.Document, error) { return build(ctx, month) }, v.running(month))
}

// courses leads to the course where there is one only, and lists them otherwise.
func (h *site) courses(v *visit) error {
	if len(v.Register.Courses) == 1 {
		return v.redirect("/courses/"+v.Register.Courses[0].ID, nil)
	}
	var list []link
	for _, c := range v.Register.Courses {
		list = append(list, link{Text: c.Name, URL: v.address("/courses/"+c.ID, nil)})
	}
	return v.list("courses", list)
}

func (h *site) course(v *visit) error {
	id, form := v.r.PathValue("id"), ""
	there := func() bool {
		return slices.ContainsFunc(v.Register.Courses, func(c pipeline.Course) bool { return c.ID == id })
	}
	if !there() { // an id may hold a dot
		if id, form = v.form(id); !there() {
			return errMissing
		}
	}
	if err := v.now(); err != nil {
		return err
	}
	b := bar{Current: "courses", Files: "/courses/" + id}
	return v.report(key("course", id), form, b, func(ctx context.Context) (reports.Document, error) { return v.Source.Course(ctx, v.lang, id) })
}

func (h *site) guide(v *visit) error {
	b := bar{Current: "guide", Files: "/guide", NoWorkbook: true}
	return v.send(key("guide"), func(context.Context) (output, error) {
		book := v.Source.Handbook(v.lang)
		f, err := v.frame(b)
		if err != nil {
			return output{}, err
		}
		return pageOf(func(w io.Writer) error { return reports.WriteHandbookPage(w, book, f) })
	})
}

func (h *site) guideFile(v *visit) error {
	return v.send(key("guide.html"), func(context.Context) (output, error) {
		out, err := pageOf(func(w io.Writer) error { return reports.WriteHandbook(w, v.Source.Handbook(v.lang)) })
		out.file = "guide." + v.lang + ".html"
		return out, err
	})
}

// form tells what an address asks for besides a page: a file of the name's ending.
func (v *visit) form(name string) (string, string) {
	for _, form := range []string{".html", ".xlsx"} {
		if rest, ok := strings.CutSuffix(name, form); ok {
			return rest, form
		}
	}
	return name, ""
}

// report sends a document: as a page, or as the file that the command line would write.
func (v *visit) report(name, form string, b bar, build func(context.Context) (reports.Document, error), notes ...lead) error {
	return v.send(key(name, form), func(ctx context.Context) (out output, err error) {
		d, err := v.document(ctx, name, build)
		if err != nil {
			return out, err
		}
		release, err := v.cache.slot(ctx)
		if err != nil {
			return out, err
		}
		defer release()
		switch form {
		case ".html":
			out, err = pageOf(func(w io.Writer) error { return reports.WriteHTML(w, d) })
		case ".xlsx":
			var buf bytes.Buffer
			err = reports.WriteXLSX(&buf, d)
			out = output{kind: types[form], body: buf.Bytes()}
		default:
			return v.page(d, b, notes...)
		}
		out.file = d.Name + form
		return out, err
	})
}

// document is made once for all its forms.
func (v *visit) document(ctx context.Context, name string, build func(context.Context) (reports.Document, error)) (reports.Document, error) {
	return get(ctx, v.cache, key(v.state, v.lang, name, "document"), func(ctx context.Context) (reports.Document, int, error) {
		release, err := v.cache.slot(ctx)
		if err != nil {
			return reports.Document{}, 0, err
		}
		defer release()
		d, err := build(ctx)
		return d, 1<<20 + 256*len(d.Values), err
	})
}

// page draws a document in the site's frame.
func (v *visit) page(d reports.Document, b bar, leads ...lead) (output, error) {
	f, err := v.frame(b, leads...)
	if err != nil {
		return output{}, err
	}
	return pageOf(func(w io.Writer) error { return reports.WritePage(w, d, f) })
}

// plain sends a page that is not a report: a title with what stands under it.
func (v *visit) plain(status int, title, subtitle string, b bar, leads ...lead) error {
	d := reports.Document{Title: title, Subtitle: subtitle, Language: v.lang, Simulated: v.Register.Simulated, Look: v.Look}
	out, err := v.page(d, b, leads...)
	if err != nil {
		return err
	}
	out.write(v.w, v.r, status)
	return nil
}

// send answers with what is made, which is kept for as long as the data stay as they are.
func (v *visit) send(name string, make func(context.Context) (output, error)) error {
	out, err := get(v.r.Context(), v.cache, key(v.state, v.lang, name), func(ctx context.Context) (output, int, error) {
		out, err := make(ctx)
		return out, len(out.body) + len(out.packed), err
	})
	if err != nil {
		return err
	}
	out.write(v.w, v.r, http.StatusOK)
	return nil
}

// redirect leads to another page in the same language.
func (v *visit) redirect(path string, query url.Values) error {
	http.Redirect(v.w, v.r, v.address(path, query), http.StatusSeeOther) //nolint:gosec // paths are our own, of parts that were checked
	return nil
}

// address is that of a page, in the reader's language.
func (v *visit) address(path string, query url.Values) string { return v.in(v.lang, path, query) }

func (h *site) in(lang, path string, query url.Values) string {
	q := url.Values{}
	for name, values := range query {
		q[name] = values
	}
	if q.Del("lang"); lang != h.lang {
		q.Set("lang", lang)
	}
	u := url.URL{Path: path, RawQuery: q.Encode()}
	return u.String()
}

// fail says what is wrong and what to do.
func (v *visit) fail(err error) {
	status, what := http.StatusServiceUnavailable, "busy"
	switch {
	case v.r.Context().Err() != nil:
		return // the reader has gone
	case errors.Is(err, errMissing), errors.Is(err, fs.ErrNotExist):
		status, what = http.StatusNotFound, "missing"
	case errors.Is(err, reports.ErrNoData):
		status, what = http.StatusNotFound, "empty"
	case errors.Is(err, errBusy):
		v.w.Header().Set("Retry-After", "30")
	default:
		what = "broken"
		v.w.Header().Set("Retry-After", "60")
		v.Log.Error("a page could not be made", "path", v.r.URL.Path, "error", err)
	}
	if err := v.plain(status, v.words.Say("web."+what+".title"), "", bar{}, v.lead("message", v.words.Say("web."+what+".text"))); err != nil {
		v.Log.Error("a page could not be made", "path", v.r.URL.Path, "error", err)
		http.Error(v.w, "this page could not be made; the log says why", http.StatusInternalServerError)
	}
}

// empty is the first page while nothing has been read yet.
func (v *visit) empty() error {
	return v.plain(http.StatusOK, v.Register.Institution.Name, v.words.Say("web.empty.title"), bar{Current: "home"},
		v.lead("message", v.words.Say("web.empty.text")))
}

// disposition makes browsers keep a file instead of showing it.
func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
