package collectors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// world is a network in memory: what is at each address, without its scheme.
type world map[string]string

func (w world) options() Options {
	return Options{Backoff: time.Millisecond, Transport: transport(func(r *http.Request) (*http.Response, error) {
		at := r.URL.Host + r.URL.Path
		if r.URL.RawQuery != "" {
			at += "?" + r.URL.RawQuery
		}
		if body, ok := w[at]; ok {
			if to, ok := strings.CutPrefix(body, "-> "); ok {
				return reply(http.StatusMovedPermanently, "", "Location", to), nil
			}
			return reply(http.StatusOK, body, "Content-Type", "text/html"), nil
		}
		return reply(http.StatusNotFound, ""), nil
	})}
}

func told(d Discovery) string {
	var b strings.Builder
	for _, f := range d.Accounts {
		fmt.Fprintf(&b, "%s %s | %s | %s | %s", f.Platform, f.Handle, f.How, f.Back, f.Title)
		if f.Server != "" {
			b.WriteString(" | " + f.Server)
		}
		if f.StableID != "" {
			b.WriteString(" | " + f.StableID)
		}
		b.WriteByte('\n')
	}
	for _, g := range d.Gaps {
		fmt.Fprintf(&b, "! %v\n", g.Cause)
	}
	return b.String()
}

func TestDiscover(t *testing.T) {
	w := world{
		"town.example/": "-> https://www.town.example/",
		"www.town.example/": `<!DOCTYPE html><html><head><title>Town</title>
<meta name="twitter:site" content="@town_example"><meta name="twitter:creator" content="@a_journalist">
<link rel="alternate" type="application/rss+xml" title="News" href="/feed/"><link rel="alternate" type="application/rss+xml" title="News » Comments Feed" href="/comments/feed/">
<link rel="alternate" hreflang="ca" href="/ca/"><link rel="me" href="https://social.example/@town">
<script type="application/ld+json">{"@graph":[{"@type":"GovernmentOrganization","sameAs":["https://www.youtube.com/@TownTV","https://en.wikipedia.org/wiki/Town"]},
 {"@type":"Article","author":{"@type":"Person","sameAs":"https://x.com/a_journalist"}}]}</script>
<script>var x = '<a href="https://x.com/in_a_script">';</script></head><body>
<a class="share-button" href="https://www.facebook.com/somebody">Share</a>
<a href="https://www.facebook.com/sharer/sharer.php?u=https://www.town.example/">f</a> <a href="https://twitter.com/intent/tweet?text=Town">t</a>
<a href="https://twitter.com/town_example/status/1">a post</a> <a href=https://www.facebook.com/town.example><img src=f.png alt="Facebook of the town"></a>
<a href="https://bsky.app/profile/town.example">Bluesky</a> <a href="https://bsky.app/profile/tourism.bsky.example">Tourism</a>
<a href="/comunicacion/redes-sociales">Síguenos</a> <a href="/contacte/">Contacte</a> <a href="/tributos">Tributos</a> <a href="https://other.example/redes-sociales">Elsewhere</a>
<a href="https://other.example/feed">Their feed</a></body></html>`,
		"www.town.example/comunicacion/redes-sociales": `<ul><li><a href="https://www.instagram.com/town_example/" aria-label="Instagram"></a><li>
<a rel="me nofollow" href="https://x.com/town_example">X</a><li><a href="https://t.me/s/town_news">Telegram<li><a href="https://social.example/@library">Biblioteca</a>
<li><a href="https://gone.example/@museum">Museu</a><li><a href="/tourism/atom.xml">Turisme</a></ul>`,
		"www.town.example/contacte/":                                                    `<a href="https://es.linkedin.com/company/town-example">LinkedIn</a>`,
		"social.example/api/v1/accounts/lookup?acct=town":                               `{"id":"11","note":"","fields":[{"name":"Web","value":"<a href=\"https://www.town.example/\" rel=\"me\">town.example</a>"}]}`,
		"social.example/api/v1/accounts/lookup?acct=library":                            `{"id":"12","note":"<p>Books. nottown.example</p>","fields":[]}`,
		"www.town.example/feed/":                                                        `<rss version="2.0"><channel><title>N</title><link>https://www.town.example</link></channel></rss>`,
		"public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=tourism.bsky.example": `{"did":"did:plc:t","handle":"tourism.bsky.example","description":"Tourism (www.town.example/tourism)."}`,
	}
	got, err := Discover(t.Context(), w.options(), "town.example", false)
	if err != nil {
		t.Fatal(err)
	}
	want := `x @town_example | rel=me | not known | X
feed town.example | feed | yes | News | https://www.town.example/feed/
mastodon @town@social.example | rel=me | yes |  | 11
youtube @TownTV | sameAs | not known | 
facebook town.example | link | not known | Facebook of the town
bluesky @town.example | link | yes | Bluesky
bluesky @tourism.bsky.example | link | yes | Tourism | did:plc:t
instagram @town_example | link | not known | Instagram
telegram @town_news | link | not known | Telegram
mastodon @library@social.example | link | no | Biblioteca | 12
mastodon @museum@gone.example | link | not known | Museu
feed town.example | feed | not known | Turisme | https://www.town.example/tourism/atom.xml
linkedin town-example | link | not known | LinkedIn
`
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"https://www.town.example/", "https://www.town.example/comunicacion/redes-sociales", "https://www.town.example/contacte/"}, got.Pages); diff != "" {
		t.Error(diff)
	}
	if got.Calls != 4+6 {
		t.Errorf("%d requests", got.Calls)
	}
}

// hostile is a real site on this machine.
func hostile(t *testing.T, pages map[string]http.HandlerFunc) (site string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "text/html")
		if h := pages[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func says(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) }
}

func TestDiscoverOfHostileSites(t *testing.T) {
	secret, secretAsked := hostile(t, map[string]http.HandlerFunc{"/": says(`<a href="https://x.com/internal">`)})
	private := strings.Replace(secret, "http://", "https://", 1)
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for line := []byte(strings.Repeat("<p>more of it</p>", 1000)); ; {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	}
	for _, c := range []struct {
		name  string
		pages map[string]http.HandlerFunc
		want  string // of the accounts and gaps
		err   string
		most  int64 // requests
	}{
		{"redirects to a private address", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		}},
			"", "this address is not connected to", 1},
		{"redirects to the metadata of a cloud", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusFound)
		}}, "", "this address is not connected to", 1},
		{"redirects to another scheme", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}}, "", "it redirects from http to file", 1},
		{"redirects for ever", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }}, "", "redirects more than 5 times", 6},
		{"a page without end", map[string]http.HandlerFunc{"/": endless}, "", "longer than 4 MB", 1},
		{"a page without end behind the first", map[string]http.HandlerFunc{"/": says(`<a href="/social">social</a><a href="https://x.com/town">X</a>`), "/social": endless},
			"x @town | link | not known | X\n! get SITE/social: the answer could not be understood: it is longer than 4 MB\n", "", 2},
		{"a page of 10 MB behind the first", map[string]http.HandlerFunc{"/": says(`<a href="/social">social</a>`), "/social": says(strings.Repeat("x", 10<<20))},
			"! get SITE/social: the answer could not be understood: it is longer than 4 MB\n", "", 2},
		{"no program is let in", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }}, "", "shows it to no program", 1},
		{"no page", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "application/pdf") }}, "", "it is no page but application/pdf", 1},
		{"an inner address as a profile", map[string]http.HandlerFunc{"/": says(`<a href="` + private + `/@admin">Mastodon</a>`)},
			"mastodon @admin@" + strings.TrimPrefix(secret, "http://") + " | link | not known | Mastodon\n", "", 1},
		{"links in a loop", map[string]http.HandlerFunc{"/": says(`<a href="/social">social</a>`), "/social": func(w http.ResponseWriter, r *http.Request) {
			n, _ := fmt.Sscanf(r.URL.RawQuery, "page=%d", new(int))
			fmt.Fprintf(w, `<a href="/">home</a><a href="/social">social</a>`)
			for i := range 50 {
				fmt.Fprintf(w, `<a href="/social?page=%d%d">social media</a>`, n, i)
			}
		}}, "", "", sitePages},
		{"two thousand accounts", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
			for i := range 2000 {
				fmt.Fprintf(w, `<a href="https://x.com/town%d">X</a>`, i)
			}
		}}, strings.Join(func() (all []string) {
			for i := range siteAccounts {
				all = append(all, fmt.Sprintf("x @town%d | link | not known | X\n", i))
			}
			return all
		}(), ""), "", 1},
		{"weird markup", map[string]http.HandlerFunc{"/": says("<a href='https://x.com/town'><a HREF = https://www.facebook.com/town>Face\x00book<b></a></a><a><a href><a href=''>" +
			"<a href='javascript:alert(1)'>j</a><a href='https://[::1/@x'>b</a><base href='javascript:0'><a href='//www.instagram.com/town'>I</a><!-- <a href='https://x.com/comment'> --" +
			strings.Repeat("<div", 10000) + "<script type=application/ld+json>{\"sameAs\":[[[{}]],1,null,\"https://t.me/town\"]}</script><script type=application/ld+json>" +
			strings.Repeat("[", 20000) + "</script><a href=\"https://x.com/unclosed")},
			"x @town | link | not known | \nfacebook town | link | not known | Facebook\ninstagram @town | link | not known | I\n", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			site, asked := hostile(t, c.pages)
			before := secretAsked.Load()
			got, err := Discover(t.Context(), Options{Backoff: time.Millisecond}, site, true)
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			text := strings.NewReplacer(site, "SITE", "\x00", "", "�", "").Replace(told(got))
			if diff := cmp.Diff(c.want, text); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if n := asked.Load(); n > c.most {
				t.Errorf("%d requests, want at most %d", n, c.most)
			}
			if secretAsked.Load() != before {
				t.Error("a request has gone to an address of this machine under HTTPS")
			}
		})
	}
}

// TestDiscoverEndsInTime: a site that sends a byte now and then does not hold the command up.
func TestDiscoverEndsInTime(t *testing.T) {
	site, _ := hostile(t, map[string]http.HandlerFunc{"/": says(`<a href="/social">social</a><a href="https://x.com/town">X</a>`), "/social": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got, err := Discover(ctx, Options{Backoff: time.Millisecond}, site, true)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if len(got.Accounts) != 1 {
		t.Errorf("what was found before is lost: %+v", got)
	}
}

func TestDiscoverRefusesWhatIsNoSite(t *testing.T) {
	for address, want := range map[string]string{
		"": "not the address of a website", "https://user:secret@town.example/": "not the address of a website", "http://town.example/": "only https is read", "ftp://town.example/": "only https is read",

		"https://10.0.0.1/": "this address is not connected to",
	} {
		_, err := Discover(t.Context(), Options{Backoff: time.Millisecond}, address, false)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"www.town.example", "town.example", true}, {"tourism.town.example", "www.town.example", true}, {"town.example", "nottown.example", false},
		{"a.github.io", "github.io", false}, {"a.github.io", "b.github.io", false}, {"TOWN.example", "town.example", true}, {"town.gob.es", "gob.es", false},
	} {
		if got := sameSite(&url.URL{Host: c.a}, &url.URL{Host: c.b}); got != c.want {
			t.Errorf("%s, %s: %v", c.a, c.b, got)
		}
	}
}

func FuzzDiscoverPage(f *testing.F) {
	f.Add(`<a href="https://x.com/town">X</a><link rel=me href="https://a.example/@b"><base href="/x">`)
	f.Add(`<script type="application/ld+json">{"sameAs":["https://t.me/town"]}</script><meta name="twitter:site" content="@a">`)
	f.Add(`<link rel="alternate" type="application/rss+xml" href="/feed"><a href=/social>social</a><area href=x>`)
	home := &url.URL{Scheme: "https", Host: "www.town.example", Path: "/"}
	f.Fuzz(func(t *testing.T, page string) {
		s := &siteVisit{fetch: newFetcher(withDefaults(Options{Log: slog.New(slog.DiscardHandler)})), home: home, places: map[string]int{}, queued: map[string]bool{}}
		s.page(&response{url: home, header: http.Header{}, body: []byte(page)}, 0)
		for _, a := range s.result.Accounts {
			if a.Handle == "" || a.Platform == "" || a.AllowHTTP || a.Platform != pipeline.Feed && a.Server != "" && a.Platform != pipeline.WordPress {
				t.Errorf("%+v", a)
			}
		}
		for _, p := range s.queue {
			if p.url.Host != home.Host || p.url.Scheme != "https" && p.url.Scheme != "http" {
				t.Errorf("would read %s", p.url)
			}
		}
	})
}
