//go:build linux

package collectors

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// page is what stands in a source file of a site, under its name.
type page struct {
	title, body string
	at          time.Time
}

// TestServerFeeds reads the feeds of sites that other software has built, over a static file server.
func TestServerFeeds(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	for _, c := range []struct {
		name, feed string
		build      func(t *testing.T, source, site, address string, pages map[string]page)
		media      bool // the whole text stands in the feed, and not only a summary
	}{
		{"hugo", "/index.xml", buildHugo, false},
		{"jekyll", "/feed.xml", buildJekyll, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			realServer(t, c.name)
			site := t.TempDir()
			server := httptest.NewServer(http.FileServer(http.Dir(site)))
			defer server.Close()
			pages := map[string]page{}
			for i := range 30 {
				pages[fmt.Sprintf("aviso-%d", i)] = page{
					fmt.Sprintf("Aviso & fiesta %d", i), fmt.Sprintf("Hoy, aviso **número** %d. [Bases](https://example.org/bases/%[1]d) ![Plano del recinto](/plano.png)", i),
					time.Date(2026, 10, 1, 9, 30, 0, 0, zone).Add(time.Duration(i) * 25 * time.Hour),
				}
			}
			c.build(t, t.TempDir(), site, server.URL, pages)
			a := pipeline.Account{ID: "blog", Platform: pipeline.Feed, Handle: "blog.example", Server: server.URL + c.feed, AllowHTTP: true}
			town := newInstitution(t, nil, a)
			check := func(days int) {
				t.Helper()
				o := town.collect(visitDay.AddDate(0, 0, days))
				if o.Calls != 1 {
					t.Errorf("%d calls", o.Calls)
				}
				var want []string
				for name, p := range pages {
					text := fmt.Sprintf("%s¶Hoy, aviso número %s. Bases", p.title, strings.TrimPrefix(name, "aviso-"))
					media, links := "", ""
					if c.media {
						media, links = "Plano del recinto", "https://example.org/bases/"+strings.TrimPrefix(name, "aviso-")
					}
					if strings.Contains(p.body, "Corregido") {
						text, media, links = p.title+"¶Corregido.", "", ""
					}
					want = append(want, strings.Join([]string{p.at.UTC().Format(time.RFC3339), text, media, links}, "\t"))
				}
				slices.Sort(want)
				town.expect(`SELECT formatDateTime(created, '%FT%TZ'), replaceAll(text, '\n', '¶'), arrayStringConcat(media_alt, '|'), arrayStringConcat(links, '|')
					FROM post_contents WHERE (account, post) NOT IN (SELECT account, post FROM posts_latest WHERE deleted IS NOT NULL) ORDER BY ALL`, want...)
			}
			check(0)
			town.expect("SELECT display_name, website FROM profile_history", "Oficina & plaza\t"+server.URL+"/")

			rows := town.rows("SELECT count() FROM posts")
			if o := town.collect(visitDay.AddDate(0, 0, 1)); o.Posts != 0 || o.Calls != 1 { // 304
				t.Errorf("nothing was new, and %d posts came in %d calls", o.Posts, o.Calls)
			}
			town.expect("SELECT count() FROM posts", rows...)

			edited := pages["aviso-20"]
			edited.body = "Corregido."
			pages["aviso-20"] = edited
			delete(pages, "aviso-25")
			pages["aviso-30"] = page{"Aviso & fiesta 30", "Hoy, aviso **número** 30. [Bases](https://example.org/bases/30) ![Plano del recinto](/plano.png)", edited.at.AddDate(0, 1, 0)}
			if err := os.RemoveAll(filepath.Join(site, strings.TrimPrefix(c.feed, "/"))); err != nil {
				t.Fatal(err)
			}
			c.build(t, t.TempDir(), site, server.URL, pages)
			later := time.Now().Add(time.Hour) // the server knows a file's age to the second
			if err := os.Chtimes(filepath.Join(site, filepath.FromSlash(c.feed)), later, later); err != nil {
				t.Fatal(err)
			}
			if c.name == "jekyll" { // Atom may be in any order, so that nothing in it tells what was deleted
				town.collect(visitDay.AddDate(0, 0, 2))
				town.expect("SELECT count() FROM post_contents", "31")
				town.expect("SELECT text FROM post_contents WHERE text LIKE '%Corregido%'", "Aviso & fiesta 20\\nCorregido.")
				return
			}
			check(2)
			town.expect("SELECT text LIKE '%25%' FROM posts_latest WHERE deleted IS NOT NULL", "1")
		})
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func buildHugo(t *testing.T, source, site, address string, pages map[string]page) {
	files := map[string]string{"config.toml": fmt.Sprintf("baseURL = %q\nlanguageCode = \"es\"\ntitle = \"Oficina & plaza\"\ndisableKinds = [\"taxonomy\", \"term\"]\n", address+"/")}
	for name, p := range pages {
		files["content/"+name+".md"] = fmt.Sprintf("---\ntitle: %q\ndate: %s\n---\n%s\n", p.title, p.at.Format(time.RFC3339), p.body)
	}
	write(t, source, files)
	run(t, exec.Command("hugo", "--source", source, "--destination", site, "--quiet", "--buildFuture"))
}

func buildJekyll(t *testing.T, source, site, address string, pages map[string]page) {
	files := map[string]string{"_config.yml": fmt.Sprintf("title: Oficina & plaza\nurl: %s\nlang: es\ntimezone: Europe/Madrid\nplugins: [jekyll-feed]\nfeed: {posts_limit: 100}\nfuture: true\n", address)}
	for name, p := range pages {
		files["_posts/"+p.at.Format(time.DateOnly)+"-"+name+".md"] = fmt.Sprintf("---\ntitle: %q\ndate: %s\n---\n%s\n", p.title, p.at.Format("2006-01-02 15:04:05 -0700"), p.body)
	}
	write(t, source, files)
	cmd := exec.Command("jekyll", "build", "--source", source, "--destination", site, "--quiet", "--disable-disk-cache")
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8")
	run(t, cmd)
}

// feed reads the feed of the site page by page, and again for the number of comments.
func (w *realWordPress) feed(t *testing.T, truth wordpressTruth, now time.Time) {
	a := pipeline.Account{ID: "blog", Platform: pipeline.Feed, Handle: "town.example", Server: w.url + "/feed/", AllowHTTP: true}
	town := newInstitution(t, nil, a)
	town.collect(now)
	var want []string
	for _, p := range truth.Posts {
		replies := fmt.Sprint(p.Replies)
		if p.Closed { // the feed says nothing of comments there
			replies = `\N`
		}
		want = append(want, strings.Join([]string{p.At.Format(time.RFC3339), p.URL, strings.ReplaceAll(p.Text, "\n", "¶"), replies}, "\t"))
	}
	slices.Sort(want)
	got := town.rows(`SELECT formatDateTime(c.created, '%FT%TZ'), c.url, replaceAll(c.text, '\n', '¶'), l.replies
		FROM post_contents AS c JOIN posts_latest AS l ON l.account = c.account AND l.post = c.post
		WHERE c.text NOT LIKE 'Protected:%' ORDER BY ALL`) // feeds name posts that want a password
	newest := len(want) - 1 // whose number counts the link from elsewhere as well
	if !strings.HasSuffix(got[newest], "\t"+fmt.Sprint(truth.Posts[newestOf(truth)].Replies+1)) {
		t.Errorf("the newest is %q", got[newest])
	}
	if d := cmp.Diff(want[:newest], got[:newest]); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}

	before := town.rows("SELECT count() FROM posts")
	w.act(nil, "approve", truth.Held)
	o := town.collect(now.Add(25 * time.Hour)) // posts are a day old, so that their figures are due
	town.expect("SELECT count() FROM posts", before...)
	town.expect("SELECT replies FROM posts_latest ORDER BY created DESC LIMIT 1", fmt.Sprint(truth.Posts[newestOf(truth)].Replies+2))
	w.act(nil, "hold", truth.Held)
	if o.Calls > 5 { // down to the posts that are a month old
		t.Errorf("%d calls for what was due", o.Calls)
	}
}

func newestOf(truth wordpressTruth) (id string) {
	for i, p := range truth.Posts {
		if id == "" || p.At.After(truth.Posts[id].At) {
			id = i
		}
	}
	return id
}
