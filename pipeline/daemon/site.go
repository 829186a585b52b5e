package daemon

import (
	"cmp"
	"context"
	_ "embed" // the page that lists the reports
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Site is what the daemon answers over HTTP: /metrics, /healthz, /readyz and the reports under /reports/.
type Site struct {
	// Reports is the folder of reports; os.Root's FS keeps links from leading out of it. Names that begin with a dot
	// are not shown.
	Reports  fs.FS
	Metrics  prometheus.Gatherer
	Ready    func(ctx context.Context) error // nil error: the store answers
	Title    string                          // the institution's name
	Language string                          // es, ca-ES-valencia or en; any other is es
	Location *time.Location                  // the institution's, for the dates of files
}

// policy lets a report use what is inside its file and nothing else. It permits inline scripts because the file's own
// policy, which holds too, names each of them by its hash.
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; " +
	"font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler is the site. It answers GET and HEAD only.
func (s Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := s.Ready(ctx); err != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /{$}", http.RedirectHandler("/reports/", http.StatusFound))
	mux.Handle("GET /reports/{name...}", http.HandlerFunc(s.file))
	return headers(mux)
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache") // a report made anew keeps its name
		next.ServeHTTP(w, r)
	})
}

// types are the kinds of file that reports are made of; the machine's own list of types may lack or mistake them.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".csv":  "text/csv; charset=utf-8",
	".json": "application/json",
	".pdf":  "application/pdf",
}

func (s Site) file(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if name == "" {
		s.index(w)
		return
	}
	f, err := s.Reports.Open(name) // refuses what is not a plain path inside the folder
	if err != nil || hidden(name) {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	content, seekable := f.(io.ReadSeeker)
	if err != nil || !info.Mode().IsRegular() || !seekable {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", cmp.Or(types[path.Ext(name)], "application/octet-stream"))
	http.ServeContent(w, r, name, info.ModTime(), content)
}

func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, ".") })
}

//go:embed index.html
var indexPage string

// words are what the list of reports says besides names.
type words struct{ Reports, File, Changed, Size, None string }

func (s Site) words() (lang string, w words) {
	switch s.Language {
	case "en":
		return "en", words{"Reports", "File", "Changed", "Size (KB)", "There are no reports yet."}
	case "ca-ES-valencia":
		return "ca-ES-valencia", words{"Informes", "Fitxer", "Modificat", "Mida (KB)", "Encara no hi ha cap informe."}
	}
	return "es", words{"Informes", "Archivo", "Modificado", "Tamaño (KB)", "Todavía no hay ningún informe."}
}

type reportFile struct {
	Name    string
	URL     string // relative, escaped
	Changed time.Time
	KB      int64
}

// index lists every report, the newest first.
func (s Site) index(w http.ResponseWriter) {
	var files []reportFile
	err := fs.WalkDir(s.Reports, ".", func(name string, e fs.DirEntry, err error) error {
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
		if err == nil {
			u := url.URL{Path: "./" + name}
			files = append(files, reportFile{name, u.EscapedPath(), info.ModTime().In(s.Location), (info.Size() + 1023) / 1024})
		}
		return err
	})
	if err != nil {
		http.Error(w, "the folder of reports cannot be read", http.StatusInternalServerError)
		return
	}
	slices.SortFunc(files, func(a, b reportFile) int {
		return cmp.Or(b.Changed.Compare(a.Changed), strings.Compare(a.Name, b.Name))
	})
	lang, say := s.words()
	page := template.Must(template.New("index").Parse(indexPage))
	w.Header().Set("Content-Type", types[".html"])
	_ = page.Execute(w, struct { // an error here is a reader who has gone
		Language, Title string
		Say             words
		Files           []reportFile
	}{lang, s.Title, say, files})
}
