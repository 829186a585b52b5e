package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// emblem is a cross on a ground, square; brush is how broad it is.
func emblem(side, brush int, ink, ground color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.Draw(img, img.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	for _, r := range []image.Rectangle{image.Rect(side/4, side/2-side/brush, side*3/4, side/2+side/brush), image.Rect(side/2-side/brush, side/4, side/2+side/brush, side*3/4)} {
		draw.Draw(img, r, image.NewUniform(ink), image.Point{}, draw.Src)
	}
	return img
}

// TestLookFromPostsToVerdicts collects accounts of a real HTTP server, looks at what they and the register name on a real
// website, and judges it by rules.
func TestLookFromPostsToVerdicts(t *testing.T) {
	red, blue, white := color.NRGBA{180, 20, 40, 255}, color.NRGBA{0, 60, 130, 255}, color.NRGBA{255, 255, 255, 255}
	asPNG := func(img image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var onPlatform bytes.Buffer // smaller, and recompressed
	if err := jpeg.Encode(&onPlatform, emblem(96, 8, red, white), &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	mux := http.NewServeMux()
	page := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, body)
		})
	}
	file := func(path string, body []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	}
	page("/news", `<title>News of the town</title>`)
	page("/rules", `<title>Rules</title>`)
	page("/networks", `<title>Networks</title><a href="https://social.example/@good">Good</a> <a href="https://x.com/town">X</a>`)
	mux.HandleFunc("GET /short", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/news", http.StatusMovedPermanently)
	})
	mux.HandleFunc("GET /guarded", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("GET /busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	file("/logo.png", asPNG(emblem(400, 8, red, white)))
	file("/logo-2010.png", asPNG(emblem(400, 20, red, white)))
	file("/good.jpg", onPlatform.Bytes())
	file("/old.png", asPNG(emblem(128, 20, red, white)))
	file("/other.png", asPNG(emblem(128, 8, blue, white)))
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		mux.ServeHTTP(w, r)
	}))
	defer site.Close()

	day := time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC)
	links := []string{site.URL + "/news", site.URL + "/missing", site.URL + "/short", "http://203.0.113.9/", site.URL + "/guarded", site.URL + "/busy"}
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		profile := func(name string) string {
			return fmt.Sprintf(`{"id":"1%s","username":"%[1]s","acct":"%[1]s","avatar":"%s","followers_count":5,"statuses_count":6,"created_at":"2020-01-01T00:00:00.000Z","fields":[]}`,
				name, site.URL+map[string]string{"good": "/good.jpg", "old": "/old.png", "other": "/other.png"}[name])
		}
		switch {
		case r.URL.Path == "/api/v1/accounts/lookup":
			fmt.Fprint(w, profile(r.URL.Query().Get("acct")))
		case r.URL.Path == "/api/v1/accounts/1good/statuses" && r.URL.Query().Get("max_id") == "" && r.URL.Query().Get("pinned") == "":
			var all []string
			for i, l := range slices.Backward(links) {
				all = append(all, fmt.Sprintf(`{"id":"%d","created_at":"%s","visibility":"public","uri":"%[3]s/s/%[1]d","url":"%[3]s/s/%[1]d","content":"<p>Look: <a href=\"%[4]s\">here</a></p>","account":%[5]s,"media_attachments":[],"mentions":[],"tags":[],"replies_count":0,"reblogs_count":0,"favourites_count":0}`,
					100+i, day.Add(time.Duration(i-10)*time.Minute).Format("2006-01-02T15:04:05.000Z"), site.URL, l, profile("good")))
			}
			fmt.Fprintf(w, "[%s]", strings.Join(all, ","))
		default:
			fmt.Fprint(w, "[]")
		}
	}))
	defer platform.Close()

	register := `institution:
  name: Town
  time_zone: Europe/Madrid
  languages: [es]
  website: SITE/news
  policy_url: SITE/rules
  directory_url: SITE/networks
  avatars: [SITE/logo.png]
  avatars_withdrawn: [SITE/logo-2010.png]
departments:
  - {id: press, name: Press, group: other}
guide: {packs: [web.yaml], only: [link-alive, avatar-approved, avatar-old, rules-answer, networks-listed]}
accounts:
`
	for _, id := range []string{"good", "old", "other"} {
		register += `  - {id: ` + id + `, department: press, platform: mastodon, handle: "@` + id + `", server: "` + platform.URL + `", allow_http: true}` + "\n"
	}
	h := newHome(t, strings.ReplaceAll(register, "SITE", site.URL))
	pack := "rules:\n"
	for _, r := range [][4]string{
		{"link-alive", "post", "post.link_status.all(s, s > 0 && s < 400)", `post.link_final.join() + " " + post.link_titles.join()`},
		{"avatar-approved", "account", "alike(account.avatar_image, institution.avatars) >= 0.95", "account.avatar"},
		{"avatar-old", "account", "alike(account.avatar_image, institution.avatars_withdrawn) < 0.95", "account.avatar"},
		{"rules-answer", "institution", "institution.policy_status == 200 && institution.website_status == 200", "institution.policy_url"},
		{"networks-listed", "institution", "institution.directory_links == ['https://social.example/@good', 'https://x.com/town']", "institution.directory_links.join()"},
	} {
		pack += fmt.Sprintf("  - {id: %s, version: 1, scope: %s, severity: med, title: {es: t, ca-ES-valencia: t, en: t}, explanation: {es: e, ca-ES-valencia: e, en: e}, remedy: {es: r, ca-ES-valencia: r, en: r}, expr: %q, evidence: %q}\n",
			r[0], r[1], r[2], r[3])
	}
	if err := os.WriteFile(filepath.Join(h.dir, "web.yaml"), []byte(pack), 0o644); err != nil {
		t.Fatal(err)
	}

	h.now = day
	out := &bytes.Buffer{}
	p := &program{stdout: out, stderr: out, now: func() time.Time { return h.now }, env: func(name string) (string, bool) { v, ok := h.env[name]; return v, ok }}
	c := &cli{Register: filepath.Join(h.dir, "institution.yaml"), Store: "chdb:" + filepath.Join(h.dir, "data"), Log: "none"}
	s, err := p.openSite(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	accounts, err := s.choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := s.collect(t.Context(), accounts, time.Time{}, nil)
	if err != nil || s.tell(outcomes) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	look := func(want string, requests int64) {
		t.Helper()
		asked.Store(0)
		l, err := s.look(t.Context(), true)
		if got := l.String(); err != nil || got != want || asked.Load() != requests {
			t.Errorf("%v, %q after %d requests; want %q after %d", err, got, asked.Load(), want, requests)
		}
	}
	verdicts := func() map[string]string {
		t.Helper()
		g, err := s.guide(c, s.register)
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Broken) > 0 {
			t.Fatal(g.Broken)
		}
		all := map[string]string{}
		for subject, err := range s.db.Subjects(t.Context(), s.register, pipeline.Month(2026, time.November, s.zone)) {
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range g.Check(subject, day) {
				for _, f := range g.State().Findings(j) {
					all[strings.TrimSpace(fmt.Sprint(f.ID, " ", f.Account, " ", f.Subject))] = strings.TrimSpace(f.Verdict.String() + " " + strings.ReplaceAll(f.Evidence, site.URL, "SITE"))
				}
			}
		}
		return all
	}

	for what, v := range verdicts() {
		if strings.HasPrefix(what, "link-alive good") || strings.HasPrefix(what, "avatar") {
			if !strings.HasPrefix(v, "not_evaluable") {
				t.Errorf("before anybody has looked, %s: %s", what, v)
			}
		}
	}
	// Pages: news, rules, networks; images: two of the register, three of accounts; five more links, one of them to news.
	look("Looked at 13 web addresses: 9 answer, of 2 it is not known.", 13)
	want := map[string]string{
		"link-alive good 100":  "pass", // alive
		"link-alive good 101":  "fail SITE/missing",
		"link-alive good 102":  "pass", // by a redirect
		"link-alive good 103":  "fail", // not encrypted
		"link-alive good 104":  "not_evaluable post.link_status",
		"link-alive good 105":  "not_evaluable post.link_status",
		"avatar-approved good": "pass", "avatar-approved old": "fail SITE/old.png", "avatar-approved other": "fail SITE/other.png",
		"avatar-old good": "pass", "avatar-old old": "fail SITE/old.png", "avatar-old other": "pass",
		"rules-answer": "pass", "networks-listed": "pass",
	}
	got := verdicts()
	for what, v := range got {
		if kind, _, _ := strings.Cut(v, " "); kind == "pass" { // what a rule has seen where it passes is not told
			got[what] = kind
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	look("", 0)
	h.now = day.Add(8 * 24 * time.Hour) // the register's pages, and what was not seen: the links that fail without an answer too
	look("Looked at 8 web addresses: 5 answer, of 2 it is not known.", 7)
}

func TestCollectLooksAtTheWeb(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>T</title><link>http://%s/</link></channel></rss>`, r.Host)
	}))
	defer server.Close()
	register := "institution: {name: Town, time_zone: Europe/Madrid, languages: [es], website: \"http://203.0.113.9/\"}\ndepartments:\n  - {id: press, name: Press, group: other}\naccounts:\n" +
		"  - {id: a, department: press, platform: feed, handle: a, server: \"" + server.URL + "/a\", allow_http: true}\n"
	h := newHome(t, register)
	collect := func(flags ...string) (int, string) {
		h.now = h.now.Add(time.Hour)
		return h.run(t, append([]string{"collect"}, flags...)...)
	}
	if code, out := collect("--no-web"); code != exitOK || strings.Contains(out, "Looked") {
		t.Errorf("with --no-web: exit code %d\n%s", code, out)
	}
	h.write(t, register+"simulated: true\n")
	if code, out := collect(); code != exitOK || strings.Contains(out, "Looked") {
		t.Errorf("a simulated institution: exit code %d\n%s", code, out)
	}
	h.write(t, register)
	if code, out := collect(); code != exitOK || !strings.HasSuffix(out, "Looked at 2 web addresses: 0 answer.\n") { // plain HTTP is not read
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := collect(); code != exitOK || strings.Contains(out, "Looked") {
		t.Errorf("again: exit code %d\n%s", code, out)
	}
	for want, l := range map[string]looked{
		"Looked at 1 web address: 1 answers.": {addresses: 1, answer: 1},
		"Looked at 200 web addresses: 190 answer, of 3 it is not known; 40 more wait for the next time.": {200, 190, 3, 40},
	} {
		if l.String() != want {
			t.Errorf("got %q, want %q", l, want)
		}
	}
}
