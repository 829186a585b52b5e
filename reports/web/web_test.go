package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"presencia/pipeline"
	"presencia/reports"
)

var madrid, _ = time.LoadLocation("Europe/Madrid")

// shelf is a source with documents of a few words; how often each was made is counted.
type shelf struct {
	months []pipeline.Window
	state  string
	fail   error
	made   atomic.Int64
	hold   chan struct{} // what is made waits for it; nil: it does not
}

func (s *shelf) State(context.Context) (string, error) { return s.state, s.fail }

func (s *shelf) Data(context.Context) (Data, error) {
	d := Data{Months: s.months, Read: map[pipeline.AccountID]time.Time{"turismo": time.Date(2015, 7, 3, 22, 30, 0, 0, time.UTC)}}
	if len(s.months) > 0 {
		d.Until = time.Date(2015, 7, 3, 22, 30, 0, 0, time.UTC)
	}
	return d, nil
}

func (s *shelf) make(ctx context.Context, name, lang, title string) (reports.Document, error) {
	s.made.Add(1)
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return reports.Document{}, ctx.Err()
		}
	}
	if strings.Contains(name, "panic") {
		panic("secret of the program")
	}
	return reports.Document{Name: name + "." + lang, Title: title, Language: lang, Sections: []reports.Section{
		{ID: "summary", Title: "Sum " + s.state, Blocks: []reports.Block{reports.Tiles{{Label: "Posts", Value: reports.Number{Value: 7, Known: true}}}}},
		{ID: "more", Title: "More", Blocks: []reports.Block{reports.Chart{ID: "c", Sheet: "C", Title: hostile, Form: reports.Lines, Head: "M", Categories: []string{"a", "b"},
			Series: []reports.Series{{Name: "s", Role: reports.Actual, Values: []reports.Number{{Value: 1, Known: true}, {Value: 2, Known: true}}}}}}},
	}}, s.fail
}

func (s *shelf) Monthly(ctx context.Context, lang string, m pipeline.Window) (reports.Document, error) {
	name := m.From.In(madrid).Format("2006-01")
	return s.make(ctx, "monthly-"+name, lang, "Month "+name)
}

func (s *shelf) Account(ctx context.Context, lang string, id pipeline.AccountID, m pipeline.Window) (reports.Document, error) {
	return s.make(ctx, "account-"+string(id)+"-"+m.From.In(madrid).Format("2006-01"), lang, "Sheet of "+string(id))
}

func (s *shelf) Course(ctx context.Context, lang, id string) (reports.Document, error) {
	return s.make(ctx, "course-"+id, lang, "Course "+id)
}

func (s *shelf) Handbook(lang string) reports.Handbook {
	return reports.Handbook{Institution: "I", Language: lang, Version: "v", Rules: []reports.Rule{{ID: "r", Scope: "post", Severity: "high", Title: map[string]string{"es": "Regla " + hostile}}}}
}

const hostile = `</title><script>alert(1)</script>`

// house is a site over a folder of files, with the folder's parent for what must not be reached.
func house(t *testing.T, s *shelf) (http.Handler, string) {
	t.Helper()
	parent := t.TempDir()
	write := func(name, content string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(parent, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(parent, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(parent, name), time.Time{}, time.Date(2015, 7, len(content), 22, 30, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	write("institution.yaml", "secret")
	write("reports/monthly-2015-05.es.html", "<p>5")
	write("reports/monthly-2015-05.es.xlsx", "PK")
	write("reports/monthly-2015-05.es.manifest.json", "{}")
	write("reports/monthly-2015-06.ca-ES-valencia.html", "<p>june")
	write("reports/course-redes.en.html", "<p>course")
	write("reports/sub/account-turismo-2015-06.es.html", "<p>sheets")
	write("reports/notes #1 é.pdf", "PDF")
	write("reports/.unfinished", "half")
	if err := os.Symlink(filepath.Join(parent, "institution.yaml"), filepath.Join(parent, "reports", "link.html")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(parent, "reports"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	r := &pipeline.Register{
		Institution: pipeline.Institution{Name: "Diputación <de> prueba", TimeZone: "Europe/Madrid", Languages: []string{"es", "en"}},
		Departments: []pipeline.Department{{ID: "tur", Name: "Turismo & Ocio"}, {ID: "mus", Name: "Música"}},
		Courses:     []pipeline.Course{{ID: "redes", Name: "Redes"}, {ID: "v1.html", Name: "Otro " + hostile}},
		Accounts: []pipeline.Account{
			{ID: "turismo", Department: "tur", Platform: pipeline.Mastodon, Handle: "@turismo@social.example"},
			{ID: "música", Department: "mus", Platform: pipeline.Feed, Handle: hostile, Closed: pipeline.Date{Year: 2015, Month: 5, Day: 20}},
			{ID: "panic", Department: "mus", Platform: pipeline.Mastodon},
		},
	}
	return Site{Source: s, Register: r, Reports: root.FS(), Log: slog.New(slog.DiscardHandler)}.Handler(t.Context()), parent
}

// known is a source with three months, of which the last is running.
func known() *shelf {
	s := &shelf{state: "one"}
	for m := time.May; m <= time.July; m++ {
		s.months = append(s.months, pipeline.Month(2015, m, madrid))
	}
	return s
}

// ask sends a request as it is written and answers what came.
func ask(t *testing.T, h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	r.URL, r.RequestURI = u, target
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func skipWithoutECharts(t *testing.T) {
	t.Helper()
	d, err := (&shelf{}).make(t.Context(), "x", "es", "x")
	if err == nil {
		err = reports.WriteHTML(io.Discard, d)
	}
	if errors.Is(err, reports.ErrNoECharts) {
		t.Skip(err)
	}
}

func TestWays(t *testing.T) {
	skipWithoutECharts(t)
	h, _ := house(t, known())
	const page, sheet = "text/html; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	long := strings.Repeat("x", 60_000)
	for name, tt := range map[string]struct {
		target string
		status int
		has    string // in the body, or where it leads
		kind   string
	}{
		"home is of the last whole month":      {"/", 200, "<h1>Month 2015-06</h1>", page},
		"home leads to the running one":        {"/", 200, `<a href="/monthly/2015-07">Mes en curso: julio de 2015</a>`, page},
		"home in another language":             {"/?lang=en", 200, `<a href="/monthly/2015-06?lang=en">Full report: June 2015</a>`, page},
		"month":                                {"/monthly/2015-05", 200, "<h1>Month 2015-05</h1>", page},
		"month is chosen":                      {"/monthly/2015-05", 200, `<option value="2015-05" selected>mayo de 2015</option>`, page},
		"running month says so":                {"/monthly/2015-07", 200, "Mes sin terminar (julio de 2015): última lectura, 4 de julio de 2015.", page},
		"language":                             {"/monthly/2015-05?lang=ca-ES-valencia", 200, `<html lang="ca-ES-valencia">`, page},
		"languages of a page":                  {"/monthly/2015-05", 200, `<a href="/monthly/2015-05?lang=en" hreflang="en" lang="en">`, page},
		"own language needs no name":           {"/monthly/2015-05?lang=en", 200, `<a href="/monthly/2015-05" hreflang="es" lang="es">`, page},
		"months' form keeps the language":      {"/monthly/2015-05?lang=en", 200, `<input type="hidden" name="lang" value="en">`, page},
		"months' form":                         {"/monthly?month=2015-05&lang=en", 303, "/monthly/2015-05?lang=en", ""},
		"no month":                             {"/monthly", 303, "/monthly/2015-06", ""},
		"month without data":                   {"/monthly/1999-01", 404, "Aquí no hay ninguna página", page},
		"month in another writing":             {"/monthly/2015-5", 404, "", page},
		"month of the form without data":       {"/monthly?month=2031-01", 404, "", page},
		"month that is none":                   {"/monthly/%3Cscript%3Ealert(1)", 404, "", page},
		"header injection":                     {"/monthly?month=2015-05%0d%0aSet-Cookie:%20a=b", 404, "", page},
		"unknown language":                     {"/monthly/2015-05?lang=fr", 404, `<html lang="es">`, page},
		"language that breaks out":             {"/?lang=%22%3E%3Cscript%3E", 404, "", page},
		"file":                                 {"/monthly/2015-05.html?lang=en", 200, "<style>", page},
		"workbook":                             {"/monthly/2015-05.xlsx", 200, "PK", sheet},
		"file of no month":                     {"/monthly/1999-01.xlsx", 404, "", page},
		"another file":                         {"/monthly/2015-05.exe", 404, "", page},
		"accounts":                             {"/accounts", 200, "3 cuentas.", page},
		"account leads to its sheet":           {"/accounts", 200, `<a href="/accounts/turismo/2015-06">@turismo@social.example</a>`, page},
		"closed one to its last month":         {"/accounts", 200, `<a href="/accounts/m%C3%BAsica/2015-05">`, page},
		"last reading in the zone":             {"/accounts", 200, `<time datetime="2015-07-04T00:30:00&#43;02:00">4 de julio de 2015</time>`, page},
		"by network":                           {"/accounts?network=feed", 200, "Una cuenta.", page},
		"by department":                        {"/accounts?department=tur", 200, "Una cuenta.", page},
		"by words, without accents":            {"/accounts?text=MUSICA%20blog", 200, "Una cuenta.", page},
		"by what is not there":                 {"/accounts?text=nothing", 200, `0 cuentas. <a href="/accounts">Verlo todo</a>`, page},
		"hostile filter":                       {"/accounts?text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&network=%3Cb%3E", 200, "0 cuentas.", page},
		"very long filter":                     {"/accounts?text=" + long, 200, `value="` + strings.Repeat("x", 100) + `"`, page},
		"filter that is no text":               {"/accounts?text=%ff%00", 200, "0 cuentas.", page},
		"account":                              {"/accounts/turismo/2015-05", 200, "<h1>Sheet of turismo</h1>", page},
		"account's form":                       {"/accounts/turismo?month=2015-05", 303, "/accounts/turismo/2015-05", ""},
		"account's id is escaped":              {"/accounts/m%C3%BAsica?lang=en", 303, "/accounts/m%C3%BAsica/2015-06?lang=en", ""},
		"account's workbook":                   {"/accounts/turismo/2015-05.xlsx", 200, "PK", sheet},
		"unknown account":                      {"/accounts/none/2015-05", 404, "", page},
		"account that leads out":               {"/accounts/..%2f..%2finstitution.yaml/2015-05", 404, "", page},
		"broken report":                        {"/accounts/panic/2015-05", 503, "Esta página no se puede mostrar ahora", page},
		"courses":                              {"/courses", 200, `<a href="/courses/redes">Redes</a>`, page},
		"course":                               {"/courses/redes?lang=en", 200, "<h1>Course redes</h1>", page},
		"course's workbook":                    {"/courses/redes.xlsx", 200, "PK", sheet},
		"course with a dot":                    {"/courses/v1.html", 200, "<h1>Course v1.html</h1>", page},
		"file of a course with a dot":          {"/courses/v1.html.html", 200, "<style>", page},
		"unknown course":                       {"/courses/none", 404, "", page},
		"guide":                                {"/guide?lang=ca-ES-valencia", 200, `href="/guide.html?lang=ca-ES-valencia"`, page},
		"guide's file":                         {"/guide.html", 200, "<style>", page},
		"library":                              {"/library", 200, "5 informes.", page},
		"library names reports":                {"/library", 200, "Ficha de cuenta · @turismo@social.example en Mastodon · junio de 2015", page},
		"library has sizes and links":          {"/library", 200, `<a href="/reports/monthly-2015-05.es.xlsx" download aria-label="Libro de Excel (1 kB): Informe mensual · mayo de 2015">`, page},
		"manifest lies with its report":        {"/library", 200, `aria-label="Manifiesto (1 kB): Informe mensual · mayo de 2015"`, page},
		"library has local times":              {"/library", 200, "10 de julio de 2015, 00:30", page},
		"library has escaped links":            {"/library", 200, `/reports/notes%20%231%20%C3%A9.pdf`, page},
		"library by kind":                      {"/library?kind=monthly", 200, "2 informes.", page},
		"library by month":                     {"/library?month=2015-06", 200, "2 informes.", page},
		"library by language":                  {"/library?in=en", 200, "Un informe.", page},
		"library by all":                       {"/library?kind=monthly&month=2015-06&in=es", 200, "0 informes.", page},
		"library on a page that is not there":  {"/library?page=99999999999999999999", 200, "5 informes.", page},
		"written report":                       {"/reports/monthly-2015-05.es.html", 200, "<p>5", page},
		"written workbook":                     {"/reports/monthly-2015-05.es.xlsx", 200, "PK", sheet},
		"written report with a strange name":   {"/reports/notes%20%231%20%C3%A9.pdf", 200, "PDF", "application/pdf"},
		"list of old":                          {"/reports/?lang=en", 303, "/library?lang=en", ""},
		"folder":                               {"/reports/sub/", 404, "", page},
		"missing file":                         {"/reports/none.html", 404, "", page},
		"hidden file":                          {"/reports/.unfinished", 404, "", page},
		"link that leads out":                  {"/reports/link.html", 404, "", page},
		"up, encoded":                          {"/reports/%2e%2e/institution.yaml", 404, "", page},
		"up, slash encoded too":                {"/reports/..%2finstitution.yaml", 404, "", page},
		"up, backslash":                        {"/reports/..%5cinstitution.yaml", 404, "", page},
		"absolute":                             {"/reports/%2fetc%2fpasswd", 404, "", page},
		"NUL":                                  {"/reports/course.xlsx%00.html", 404, "", page},
		"asset that nobody made":               {"/assets/0000000000000000/style.css", 404, "", page},
		"anything else":                        {"/debug/pprof/", 404, `<a href="/">Ir a la portada</a>`, page},
		"anything else in a reader's language": {"/debug?lang=en", 404, "There is no page here", page},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(t, h, http.MethodGet, tt.target)
			got := w.Body.String() + w.Header().Get("Location")
			if w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect { // the way was cleaned; it must not lead further
				w = ask(t, h, http.MethodGet, w.Header().Get("Location"))
				got = w.Body.String()
			}
			if w.Code != tt.status || !strings.Contains(got, tt.has) || strings.Contains(got, "secret") || strings.Contains(got, "goroutine") {
				t.Errorf("GET %.100s: %d, want %d with %s\n%.4000s", tt.target, w.Code, tt.status, tt.has, got)
			}
			if strings.Contains(got, "<script>alert") || strings.Contains(got, `"><script`) {
				t.Errorf("a script of somebody else's is on the page:\n%s", got)
			}
			if kind := w.Header().Get("Content-Type"); tt.kind != "" && kind != tt.kind {
				t.Errorf("Content-Type %q, want %q", kind, tt.kind)
			}
			csp := w.Header().Get("Content-Security-Policy")
			if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "base-uri 'none'") ||
				!strings.HasPrefix(tt.target, "/reports/") && strings.Contains(strings.ReplaceAll(csp, "style-src-attr 'unsafe-inline'", ""), "unsafe") {
				t.Errorf("policy %q", csp)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

// TestPagesCarryNoScriptOfTheirOwn: a page under the strict policy would lose what stands inside it.
func TestPagesCarryNoScriptOfTheirOwn(t *testing.T) {
	skipWithoutECharts(t)
	h, _ := house(t, known())
	for _, target := range []string{"/", "/monthly/2015-05", "/accounts", "/accounts/turismo/2015-05", "/courses", "/courses/redes", "/guide", "/library", "/none"} {
		body := ask(t, h, http.MethodGet, target).Body
		root, err := html.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		sheets := 0
		for n := range root.Descendants() {
			attr := map[string]string{}
			for _, a := range n.Attr {
				attr[a.Key] = a.Val
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: <%s %s>", target, n.Data, a.Key)
				}
			}
			switch {
			case n.Type != html.ElementNode:
			case n.Data == "style":
				t.Errorf("%s: a style inside", target)
			case n.Data == "script" && attr["type"] != "application/json" && (attr["src"] == "" || n.FirstChild != nil):
				t.Errorf("%s: a script inside", target)
			}
			for _, address := range []string{attr["src"], attr["href"]} {
				if strings.HasPrefix(address, "/assets/") {
					sheets++
					w := ask(t, h, http.MethodGet, address, "Accept-Encoding", "gzip")
					if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Encoding") != "gzip" {
						t.Errorf("%s: %s answers %d %v", target, address, w.Code, w.Header())
					}
				}
			}
		}
		if sheets == 0 {
			t.Errorf("%s: no style", target)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	h, _ := house(t, known())
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "TRACE"} {
		if w := ask(t, h, method, "/accounts"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	for target, status := range map[string]int{"/accounts": 200, "/none": 404, "/reports/course-redes.en.html": 200} {
		if w := ask(t, h, http.MethodHead, target); w.Code != status || w.Body.Len() > 0 {
			t.Errorf("HEAD %s: %d with %d bytes", target, w.Code, w.Body.Len())
		}
	}
}

func TestDownloadsAreNamed(t *testing.T) {
	skipWithoutECharts(t)
	h, _ := house(t, known())
	for target, want := range map[string]string{
		"/monthly/2015-05.html?lang=en":      `attachment; filename=monthly-2015-05.en.html`,
		"/monthly/2015-05.xlsx":              `attachment; filename=monthly-2015-05.es.xlsx`,
		"/accounts/m%C3%BAsica/2015-05.xlsx": `attachment; filename*=utf-8''account-m%C3%BAsica-2015-05.es.xlsx`,
		"/guide.html":                        `attachment; filename=guide.es.html`,
		"/monthly/2015-05":                   "",
		"/reports/monthly-2015-05.es.html":   "",
	} {
		if got := ask(t, h, http.MethodGet, target).Header().Get("Content-Disposition"); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	var file bytes.Buffer
	s := known()
	d, _ := s.Monthly(t.Context(), "es", s.months[0])
	if err := reports.WriteHTML(&file, d); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, h, http.MethodGet, "/monthly/2015-05.html").Body.String(); got != file.String() {
		t.Error("the file that is downloaded is not the one that the command writes")
	}
}

func TestTheSameIsMadeOnceAndSentOnce(t *testing.T) {
	skipWithoutECharts(t)
	s := known()
	h, _ := house(t, s)
	first := ask(t, h, http.MethodGet, "/monthly/2015-05")
	tag := first.Header().Get("ETag")
	if again := ask(t, h, http.MethodGet, "/monthly/2015-05", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("again: %d with %d bytes", again.Code, again.Body.Len())
	}
	ask(t, h, http.MethodGet, "/monthly/2015-05.xlsx")
	if n := s.made.Load(); n != 1 {
		t.Errorf("the document was made %d times for a page, the page again and a workbook", n)
	}
	s.state = "two"
	if after := ask(t, h, http.MethodGet, "/monthly/2015-05", "If-None-Match", tag); after.Code != 200 || !strings.Contains(after.Body.String(), "Sum two") {
		t.Errorf("after new data: %d", after.Code)
	}
}

func TestNoDataYet(t *testing.T) {
	h, _ := house(t, &shelf{state: "none"})
	for target, want := range map[string]int{"/": 200, "/accounts": 200, "/library": 200, "/guide": 200, "/monthly": 404, "/monthly/2015-05": 404, "/courses/redes": 404} {
		w := ask(t, h, http.MethodGet, target+"?lang=en")
		if w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
		if said := strings.Contains(w.Body.String(), "presencia doctor"); said != (target == "/" || want == 404) {
			t.Errorf("%s: it says what to do: %t\n%s", target, said, w.Body)
		}
	}
}

func TestAStoreThatDoesNotAnswer(t *testing.T) {
	s := known()
	s.fail = errors.New("secret address of the store")
	h, _ := house(t, s)
	w := ask(t, h, http.MethodGet, "/monthly/2015-05?lang=en")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "cannot be shown now") {
		t.Errorf("%d %v\n%s", w.Code, w.Header(), w.Body)
	}
	if w := ask(t, h, http.MethodGet, "/library"); w.Code != 200 {
		t.Errorf("the library needs no store: %d", w.Code)
	}
}
