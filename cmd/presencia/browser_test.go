package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presencia/pipeline/simulation"
)

// served runs the program on some weeks of the simulated institution, which it collects itself, and answers its address. A
// monthly report lies among its files.
func served(t *testing.T) string {
	t.Helper()
	world := simulation.New(1)
	world.SetNow(world.Weeks()[6])
	platform := httptest.NewServer(world.Handler())
	t.Cleanup(platform.Close)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("institution.yaml"), world.Register(platform.URL), 0o644); err != nil {
		t.Fatal(err)
	}
	p, _ := newProgram(t)
	inner := p.env
	p.now = world.Now
	p.env = func(name string) (string, bool) {
		if credential, ok := strings.CutPrefix(name, "PRESENCIA_TOKEN_"); ok {
			return world.Token(credential)
		}
		return inner(name)
	}
	flags := []string{"--register", at("institution.yaml"), "--store", "chdb:" + at("data"), "--output", at("reports"), "--log", "none"}
	for _, args := range [][]string{{"collect"}, {"check"}, {"report", "monthly", "--month", "2012-09"}} {
		if code := p.run(t.Context(), append(flags, args...)); code != exitOK && code != exitFindings {
			t.Fatalf("%v: exit code %d\n%s", args, code, p.stdout)
		}
	}
	read, write := io.Pipe()
	p.stdout = write
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, append(flags, "serve", "--listen", "127.0.0.1:0", "--no-collect"))
		write.Close()
	}()
	line := make([]byte, 200)
	n, err := read.Read(line)
	if err != nil {
		t.Fatalf("it said nothing: %v, exit code %d", err, <-ended)
	}
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("stopped with exit code %d", code)
		}
	})
	return strings.TrimSuffix(regexp.MustCompile(`http://[\d.:]+/`).FindString(string(line[:n])), "/")
}

// tab is a Chromium that remembers what went wrong on its pages.
type tab struct {
	*testing.T
	ctx       context.Context
	downloads string

	mu    sync.Mutex
	wrong []string
	saved chan string // names of files that were downloaded whole
}

func openTab(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the pages are not opened in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("disable-quic", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocated)
	b := &tab{T: t, downloads: t.TempDir(), saved: make(chan string, 10)}
	var cancel context.CancelFunc
	b.ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(func() { cancel(); end(); stop() })
	names := map[string]string{}
	chromedp.ListenTarget(b.ctx, func(e any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			b.wrong = append(b.wrong, e.ExceptionDetails.Error())
		case *log.EventEntryAdded: // what the policy forbids is told here
			b.wrong = append(b.wrong, e.Entry.Text)
		case *browser.EventDownloadWillBegin:
			names[e.GUID] = e.SuggestedFilename
		case *browser.EventDownloadProgress:
			if e.State == browser.DownloadProgressStateCompleted {
				b.saved <- names[e.GUID]
			}
		}
	})
	b.do(log.Enable(), browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(b.downloads).WithEventsEnabled(true),
		chromedp.EmulateViewport(1200, 900))
	return b
}

func (b *tab) do(actions ...chromedp.Action) {
	b.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.Fatalf("%v", err)
	}
}

// text is the answer of an expression.
func (b *tab) text(expression string) (s string) {
	b.Helper()
	b.do(chromedp.Evaluate("String("+expression+")", &s))
	return s
}

// want holds an expression of the page to a value.
func (b *tab) want(expression, want string) {
	b.Helper()
	if got := b.text(expression); got != want {
		b.Errorf("%s is %q, want %q on %s", expression, got, want, b.text("location.href"))
	}
}

// click follows a link or a button to another page.
func (b *tab) click(selector string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(selector, chromedp.ByQuery)); err != nil {
		b.Fatalf("click on %s: %v", selector, err)
	}
}

func (b *tab) visit(address string) {
	b.Helper()
	b.do(chromedp.Navigate(address))
}

// choose sets a field of a form as a reader does.
func (b *tab) choose(selector, value string) {
	b.Helper()
	b.do(chromedp.SetValue(selector, value, chromedp.ByQuery))
}

// download clicks and waits for the file.
func (b *tab) download(selector, name string) []byte {
	b.Helper()
	b.do(chromedp.Click(selector, chromedp.ByQuery))
	select {
	case got := <-b.saved:
		if got != name {
			b.Errorf("%s is saved as %q, want %q", selector, got, name)
		}
		content, err := os.ReadFile(filepath.Join(b.downloads, got))
		if err != nil {
			b.Fatal(err)
		}
		return content
	case <-b.ctx.Done():
		b.Fatalf("%s was not downloaded", name)
	}
	return nil
}

// onPaper is what a page says on paper, and how many pages it takes.
func (b *tab) onPaper() (text string, pages int) {
	b.Helper()
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		pdf, _, err := page.PrintToPDF().WithPreferCSSPageSize(true).Do(ctx)
		pages = len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1))
		return err
	}), emulation.SetEmulatedMedia().WithMedia("print"))
	text = b.text("document.body.innerText.replace(/\\s+/g, ' ')")
	b.do(emulation.SetEmulatedMedia().WithMedia(""))
	return text, pages
}

// accessible holds a part of the page to axe-core: everything in the light, contrast in the dark, room on a telephone. What a
// document holds is looked at in the tests of reports.
func (b *tab) accessible(axe, part string) {
	b.Helper()
	for _, view := range []struct {
		width         int64
		scheme, rules string
	}{
		{1200, "light", "rules: {'target-size': {enabled: true}}"}, {1200, "dark", "runOnly: ['color-contrast']"},
		{400, "light", "runOnly: ['target-size', 'scrollable-region-focusable']"},
	} {
		var answer json.RawMessage
		b.do(chromedp.EmulateViewport(view.width, 900),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: view.scheme}}),
			chromedp.Evaluate(axe+`; (async () => {
				const r = await axe.run(`+part+`, {resultTypes: ['violations'], `+view.rules+`});
				const found = r.violations.map((v) => v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 3).map((n) => n.html).join(' | '));
				if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window');
				return found;
			})()`, &answer, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
				return p.WithAwaitPromise(true).WithReturnByValue(true)
			}))
		if string(answer) != "[]" {
			b.Errorf("%s, %d %s: %s", b.text("location.pathname"), view.width, view.scheme, answer)
		}
	}
	b.do(chromedp.EmulateViewport(1200, 900))
}

// What is held to axe-core of a page.
const whole, frame = "document", "{include: ['.web', 'h1'], exclude: ['section']}"

// TestServeInABrowser goes the ways of a reader: opens, switches month and language, filters, downloads, prints, without a mouse
// and without script.
func TestServeInABrowser(t *testing.T) {
	if raceEnabled {
		t.Skip("the browser is as slow as the pages are; TestServe runs the same server under the race detector")
	}
	b := openTab(t)
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed: run 'make setup'")
	}
	site := served(t)

	// The first page is the last whole month at a glance.
	b.visit(site)
	b.want("document.documentElement.lang", "es")
	b.want("document.querySelectorAll('.tiles li').length > 2", "true")
	b.want("document.querySelector('.bar [aria-current=page]').textContent", "Diputación de Ejemplo (simulada)")
	b.accessible(string(axe), whole)

	// The keyboard reaches the content before the menu, and then the menu.
	b.do(chromedp.KeyEvent(kb.Tab))
	b.want("document.activeElement.className", "skip")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.want("document.activeElement.id", "main")
	b.visit(site)
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	b.want("document.activeElement.className", "home")

	// The month in full, with its charts; another month; another language.
	b.click(".ways a")
	b.want("location.pathname", "/monthly/2012-09")
	b.do(chromedp.WaitVisible("figure svg", chromedp.ByQuery))
	b.want("document.querySelectorAll('figure .chart:not(:has(svg))').length", "0")
	b.accessible(string(axe), frame)
	b.choose("#web-month", "2012-10")
	b.click(".tools button")
	b.want("location.pathname", "/monthly/2012-10")
	b.want("document.querySelector('#web-month').selectedOptions[0].textContent", "octubre de 2012")
	b.want("document.querySelector('main .note.warning').textContent.includes('Mes sin terminar (octubre de 2012)')", "true")
	b.click("a[hreflang=en]")
	b.want("document.documentElement.lang + location.pathname + location.search", "en/monthly/2012-10?lang=en")
	b.choose("#web-month", "2012-09")
	b.click(".tools button")
	b.want("document.documentElement.lang + location.pathname + location.search", "en/monthly/2012-09?lang=en")

	// What is downloaded is what is seen, and prints alike.
	if book := b.download(`.tools a[href*=".xlsx"]`, "monthly-2012-09.en.xlsx"); !strings.HasPrefix(string(book), "PK") {
		t.Error("the workbook is none")
	}
	file := b.download(`.tools a[href*=".html"]`, "monthly-2012-09.en.html")
	if !strings.Contains(string(file), "<style>") {
		t.Error("the file needs another file for its style")
	}
	text, pages := b.onPaper()
	b.visit("file://" + filepath.Join(b.downloads, "monthly-2012-09.en.html"))
	if fileText, filePages := b.onPaper(); text != fileText || pages != filePages || pages < 3 {
		t.Errorf("on paper the page takes %d sheets, the file %d; the same text: %t", pages, filePages, text == fileText)
	}

	// Accounts are found, and their sheets.
	b.visit(site + "/accounts?lang=en")
	all := b.text("document.querySelectorAll('tbody tr').length")
	b.accessible(string(axe), whole)
	b.choose("#web-network", "feed")
	b.do(chromedp.SendKeys("#web-text", "TURÍSMO", chromedp.ByQuery))
	b.click(".filter button")
	b.want("document.querySelector('[role=status]').textContent.trim()", "2 accounts. Show all")
	b.want("document.querySelector('#web-text').value + document.querySelector('#web-network').value", "TURÍSMOfeed")
	b.click("[role=status] a")
	b.want("document.querySelectorAll('tbody tr').length", all)
	b.click("tbody a")
	b.want("location.pathname.split('/').length + document.documentElement.lang", "4en")
	b.accessible(string(axe), frame)

	// The course, the guide and what was issued.
	b.click(`.bar a[href^="/courses"]`)
	b.want("location.pathname", "/courses/"+courseOfDemo)
	b.accessible(string(axe), frame)
	b.click(`.bar a[href^="/guide"]`)
	b.want("document.querySelectorAll('.rule').length > 10", "true")
	b.accessible(string(axe), frame)
	b.click(`.bar a[href^="/library"]`)
	b.want("document.querySelectorAll('tbody tr').length", "1")
	b.accessible(string(axe), whole)
	b.choose("#web-kind", "monthly")
	b.click(".filter button")
	b.want("document.querySelector('[role=status]').textContent.trim()", "One report.")
	if book := b.download(`.files a[download][href$=".xlsx"]`, "monthly-2012-09.es.xlsx"); !strings.HasPrefix(string(book), "PK") {
		t.Error("the written workbook is none")
	}
	b.click(`.files a[href$=".html"]`)
	b.do(chromedp.WaitVisible("figure svg", chromedp.ByQuery)) // its own scripts run
	if len(b.wrong) > 0 {
		t.Errorf("the browser says %q", b.wrong)
	}
	b.visit(site + "/nothing")
	b.accessible(string(axe), whole)

	// All but the charts works without script.
	b.do(emulation.SetScriptExecutionDisabled(true))
	b.visit(site + "/monthly/2012-09")
	b.do(chromedp.SetAttributeValue(`#web-month option[value="2012-10"]`, "selected", "", chromedp.ByQuery))
	b.click(".tools button")
	b.do(chromedp.Location(&text))
	if text != site+"/monthly/2012-10" {
		t.Errorf("without script the months' form leads to %s", text)
	}
	b.click(`.bar a[href^="/accounts"]`)
	b.do(chromedp.SetAttributeValue("#web-text", "value", "turismo", chromedp.ByQuery))
	b.click(".filter button")
	var found string
	b.do(chromedp.Text("[role=status]", &found, chromedp.ByQuery))
	if !strings.HasPrefix(found, "6 cuentas.") {
		t.Errorf("without script the filter finds %q", found)
	}
}
