package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chrome is the one Chromium of a run of the tests.
var chrome struct {
	sync.Once
	ctx   context.Context
	close func()
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chrome.close != nil {
		chrome.close()
	}
	os.Exit(code)
}

// browser is a new tab, or a reason to skip.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not opened in a browser")
	}
	chrome.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("disable-quic", true))
		if os.Geteuid() == 0 {
			options = append(options, chromedp.NoSandbox)
		}
		allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, end := chromedp.NewContext(allocated)
		chrome.ctx, chrome.close = ctx, func() { end(); stop() }
		chrome.err = chromedp.Run(ctx)
	})
	if chrome.err != nil {
		t.Fatal(chrome.err)
	}
	tab, closeTab := chromedp.NewContext(chrome.ctx)
	ctx, cancel := context.WithTimeout(tab, time.Minute)
	t.Cleanup(func() { cancel(); closeTab() })
	return ctx
}

// seen is how a page is looked at.
type seen struct {
	name   string
	width  int64
	scheme string // light or dark
	rules  []string
}

// views are a screen and a telephone, which is also a screen at 400 %, in both schemes. Colours do not change with the width.
var views = []seen{
	{"light", 1200, "light", nil}, {"dark", 1200, "dark", nil}, {"narrow", 400, "light", nil},
}

// finding is a rule of axe-core that a page breaks, with where.
type finding struct {
	ID, Help string
	Nodes    []struct {
		Target  []any
		HTML    string
		Summary string `json:"failureSummary"`
	}
}

func (f finding) String() string {
	var places []string
	for _, n := range f.Nodes[:min(len(f.Nodes), 3)] {
		places = append(places, fmt.Sprintf("%v %.200s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.Summary, "\n", " ")))
	}
	return fmt.Sprintf("%s: %s (%d)\n  %s", f.ID, f.Help, len(f.Nodes), strings.Join(places, "\n  "))
}

// axe is axe-core, or a reason to skip.
func axe(t *testing.T) string {
	t.Helper()
	code, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed: run 'make setup'")
	}
	return string(code)
}

// ask is WCAG 2.2 A and AA and what axe-core calls best practice. What is folded is open.
const ask = `(async () => {
	for (const d of document.querySelectorAll('details')) d.open = true;
	await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
	const r = await axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: {'target-size': {enabled: true}},
		resultTypes: ['violations'], elementRef: false,
	});
	return {violations: r.violations, wide: document.documentElement.scrollWidth - innerWidth, charts: document.querySelectorAll('.chart > div svg').length};
})()`

// opened shows a page to the tab.
func opened(t *testing.T, tab context.Context, page string, v seen) (console *[]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	console = new([]string)
	chromedp.ListenTarget(tab, func(e any) {
		switch e := e.(type) {
		case *runtime.EventConsoleAPICalled:
			for _, a := range e.Args {
				*console = append(*console, string(a.Value)+a.Description)
			}
		case *runtime.EventExceptionThrown:
			*console = append(*console, e.ExceptionDetails.Error())
		}
	})
	if err := chromedp.Run(tab,
		chromedp.EmulateViewport(v.width, 900),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}),
		chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()),
	); err != nil {
		t.Fatal(err)
	}
	return console
}

// accessible holds a page to axe-core in every view, and to its width.
func accessible(t *testing.T, page string) {
	t.Helper()
	code := axe(t)
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			tab := browser(t)
			console := opened(t, tab, page, v)
			for _, f := range violations(t, tab, code, v) {
				t.Error(f)
			}
			if len(*console) > 0 {
				t.Errorf("the console says %q", *console)
			}
		})
	}
}

// awaited waits for a promise and takes what it gives.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams {
	return p.WithAwaitPromise(true).WithReturnByValue(true)
}

// violations asks axe-core, and whether the page is wider than the window.
func violations(t *testing.T, tab context.Context, code string, v seen) []finding {
	t.Helper()
	var answer json.RawMessage
	if err := chromedp.Run(tab, chromedp.Evaluate(code+"; 0", nil), chromedp.Evaluate(ask, &answer, awaited)); err != nil {
		t.Fatal(err)
	}
	var found struct {
		Violations []finding
		Wide       float64
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	if found.Wide > 0 {
		found.Violations = append(found.Violations, finding{ID: "reflow", Help: fmt.Sprintf("the page is %v px wider than the window of %d", found.Wide, v.width)})
	}
	return found.Violations
}

// TestAccessibilityCanFail breaks a page and wants to be told.
func TestAccessibilityCanFail(t *testing.T) {
	code := axe(t)
	plain := render(t, Document{Title: "A", Language: "en", Sections: []Section{{ID: "a", Title: "A", Blocks: []Block{Text("no chart")}}}})
	for _, c := range []struct{ rule, spoilt string }{
		{"image-alt", `<img src="data:image/png;base64,AA==">`},
		{"color-contrast", `<p style="color: #999; background: #fff">pale</p>`},
		{"heading-order", `<h2>two</h2><h5>five</h5>`},
		{"empty-table-header", `<table><tr><th></th><td>1</td></tr></table>`},
		{"reflow", `<div style="width: 2000px">wide</div>`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			tab := browser(t)
			opened(t, tab, strings.Replace(plain, "</main>", c.spoilt+"</main>", 1), views[0])
			for _, f := range violations(t, tab, code, views[0]) {
				if f.ID == c.rule {
					return
				}
			}
			t.Error("not found")
		})
	}
}

func TestEveryBlockIsAccessible(t *testing.T) { accessible(t, render(t, synthetic("es"))) }
