package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRegisterDiscover reads a real site on this machine and completes a register from it.
func TestRegisterDiscover(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/":
			fmt.Fprint(w, `<link rel="alternate" type="application/rss+xml" href="/feed/"><a href="https://x.com/town">X</a>
				<a href="https://twitter.com/intent/tweet?url=x">Share</a><a href="/redes-sociales">Redes</a>`)
		case "/redes-sociales":
			fmt.Fprint(w, `<a rel=me href="https://www.facebook.com/town.example">Facebook</a>`)
		case "/feed/":
			fmt.Fprintf(w, `<rss version="2.0"><channel><title>T</title><link>http://%s/</link></channel></rss>`, r.Host)
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	path := filepath.Join(t.TempDir(), "institution.yaml")
	text := "institution: {name: Town, time_zone: Europe/Madrid, languages: [es]} # ours\ndepartments:\n  - {id: press, name: Press, group: other}\naccounts:\n  - {id: main, department: press, platform: x, handle: \"@Town\"}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string) {
		out := &bytes.Buffer{}
		p := &program{stdout: out, stderr: out, now: time.Now, env: func(string) (string, bool) { return "", false }}
		return p.run(t.Context(), append([]string{"--register", path, "--log", "none", "register", "discover", "--allow-http", site.URL}, args...)), out.String()
	}
	code, out := run()
	for _, want := range []string{"x         @town", "link      not known   main", "feed      " + site.URL + "/feed/", "feed      yes         no", "rel=me    not known   no", "3 accounts on 2 pages; the register lacks 2."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said", want)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || string(kept) != text || code != exitOK {
		t.Errorf("exit code %d, %v\n%s", code, err, kept)
	}
	if t.Failed() {
		t.Log(out)
	}
	if code, out := run("--add"); code != exitOK || !strings.Contains(out, "Added 2 accounts and 0 departments") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	want := text + "  - {id: press-feed, department: press, platform: feed, handle: \"127.0.0.1\", server: '" + site.URL + "/feed/', allow_http: true}\n" +
		"  - {id: press-facebook, department: press, platform: facebook, handle: \"town.example\"}\n"
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if code, out := run("--add"); code != exitOK || !strings.Contains(out, "Nothing is new") || !strings.Contains(out, "the register lacks 0") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
