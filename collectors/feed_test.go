package collectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func blog(s *replayed) pipeline.Account {
	return pipeline.Account{ID: "blog", Platform: pipeline.Feed, Handle: "blog.example.org", Server: s.url + "/feed"}
}

func TestFeedReadsRSS(t *testing.T) {
	s := replay(t, "feed", map[string]string{"/feed": "rss"})
	b, err := collect(t, Options{}, pipeline.Request{Account: blog(s)})
	if err != nil {
		t.Fatal(err)
	}
	want := pipeline.Batch{
		At: visitDay, Gives: feed().gives, Calls: 1, Next: b.Next,
		Listed: pipeline.Window{From: day(11, 18, 9, 0).Add(time.Second), To: visitDay},
		Profile: &pipeline.Profile{
			Followers: pipeline.NoCount, Following: pipeline.NoCount, Handle: "blog.example.org", DisplayName: "Blog de l’Oficina",
			Bio: "Notícies i avisos normes", Website: "https://blog.example.org", Links: []string{"https://blog.example.org", "https://example.org/normes"},
			Avatar: s.url + "/logo.png", LastPostAt: day(11, 19, 8, 0),
		},
		Posts: []pipeline.Post{
			{
				ID: "https://blog.example.org/?p=31", CreatedAt: day(11, 19, 8, 0), Kind: pipeline.Own, Language: "ca-ES", URL: "https://blog.example.org/2026/11/fira/",
				Text:  "Fira d’Alacant & voltants\nLa fira obri dissabte.\nEntrada lliure 🙂\nMés a la web, correu",
				Links: []string{"https://blog.example.org/fira"},
				Media: []pipeline.Media{
					{Kind: "image", URL: "https://blog.example.org/cartell.jpg", Alt: "Cartell: dissabte 21, 10 h"},
					{Kind: "image", URL: "https://blog.example.org/2026/11/fira/planol.jpg"},
					{Kind: "audio", URL: "https://blog.example.org/falca.mp3"},
				},
				Figures: pipeline.Figures{Likes: pipeline.NoCount, Replies: pipeline.CountOf(4), Reposts: pipeline.NoCount},
			},
			{ // whose title is the beginning of its text
				ID: "https://blog.example.org/?p=30", CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Language: "es", URL: "https://blog.example.org/2026/11/aviso/",
				Text:    "Aviso: corte de agua.",
				Figures: pipeline.Figures{Likes: pipeline.NoCount, Replies: pipeline.CountOf(0), Reposts: pipeline.NoCount},
			},
		},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestFeedReadsAtomAndJSON(t *testing.T) {
	for _, c := range []struct {
		file string
		want []pipeline.Post
	}{
		{"atom", []pipeline.Post{
			{ID: "urn:2", CreatedAt: day(11, 20, 9, 0), URL: "https://blog.example.org/pleno", Text: "Pleno\nHoy hay pleno."},
			{ID: "urn:1", CreatedAt: day(11, 1, 10, 0), URL: "https://blog.example.org/bando", Text: "Bando\nSolo el resumen"},
		}},
		{"json", []pipeline.Post{
			{ID: "2", CreatedAt: day(11, 20, 9, 0), URL: "https://blog.example.org/2", Text: "Pleno\nHoy", Media: []pipeline.Media{{Kind: "image", URL: "https://blog.example.org/a.png", Alt: "Salón"}}},
			{ID: "1", CreatedAt: day(11, 1, 10, 0), URL: "https://blog.example.org/1", Text: "Bando"},
		}},
	} {
		b, err := collect(t, Options{}, pipeline.Request{Account: blog(replay(t, "feed", map[string]string{"/feed": c.file}))})
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		for i := range c.want {
			c.want[i].Kind, c.want[i].Language = pipeline.Own, "es"
			c.want[i].Figures = pipeline.Figures{Likes: pipeline.NoCount, Reposts: pipeline.NoCount} // no number of comments: unknown
		}
		if d := cmp.Diff(c.want, b.Posts); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.file, d)
		}
		if slices.Contains(b.Gives, pipeline.FieldReplies) || !slices.Contains(b.Gives, pipeline.FieldAlt) {
			t.Errorf("%s gives %v", c.file, b.Gives)
		}
		if listed := !b.Listed.IsZero(); listed != (c.file == "json") { // Atom may be in the order of its updates
			t.Errorf("%s listed %v", c.file, b.Listed)
		}
	}
}

func TestFeedAsksOnlyForWhatIsNew(t *testing.T) {
	conditions := map[string]string{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conditions[r.Header.Get("If-None-Match")] = r.Header.Get("If-Modified-Since")
		file := "rss"
		if r.Header.Get("If-None-Match") == `"abc"` {
			file = "not-modified"
		}
		send(t, w, r, filepath.Join("testdata", "feed", file+".http"))
	})
	r := pipeline.Request{Account: blog(s)}
	first, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Cursor, r.Now = first.Next, visitDay.AddDate(0, 0, 1)
	for range 2 {
		b, err := collect(t, Options{}, r)
		if err != nil || b.Profile != nil || len(b.Posts) > 0 || !b.Listed.IsZero() || len(b.Gaps) > 0 || b.Calls != 1 {
			t.Errorf("got %v, %+v; want an empty batch", err, b)
		}
		r.Cursor = b.Next
	}
	if d := cmp.Diff(map[string]string{"": "", `"abc"`: "Thu, 19 Nov 2026 08:00:00 GMT"}, conditions); d != "" {
		t.Errorf("conditions (-want +got)\n%s", d)
	}
	r.Account.Server += "?other"
	if b, err := collect(t, Options{}, r); err != nil || len(b.Posts) != 2 {
		t.Errorf("another address should begin anew, got %v and %d posts", err, len(b.Posts))
	}
}

// TestFeedReadsAgainWhatIsDueOnlyForItsFigures: a comment makes no feed a new one, so that it is asked for without
// condition; a feed that tells no figures has nothing that becomes due.
func TestFeedReadsAgainWhatIsDueOnlyForItsFigures(t *testing.T) {
	for file, again := range map[string]bool{"rss": true, "json": false} {
		var conditions []string
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			conditions = append(conditions, r.Header.Get("If-None-Match"))
			w.Header().Set("ETag", `"1"`)
			send(t, w, r, filepath.Join("testdata", "feed", file+".http"))
		})
		r := pipeline.Request{Account: blog(s)}
		b, err := collect(t, Options{}, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Cursor, r.Due = b.Next, []pipeline.DuePost{{ID: b.Posts[0].ID, CreatedAt: b.Posts[0].CreatedAt}}
		if b, err = collect(t, Options{}, r); err != nil || len(b.Gaps) > 0 {
			t.Fatalf("%s: %v, gaps %v", file, err, b.Gaps)
		}
		if conditional := conditions[1] != ""; conditional == again {
			t.Errorf("%s: the second visit asked on condition: %v", file, conditional)
		}
	}
	old := day(10, 1, 0, 0) // on the second page
	s := replay(t, "feed", map[string]string{"/feed": "wordpress-1", "/feed?paged=2": "wordpress-2", "/feed?paged=3": "not-found"})
	r := pipeline.Request{Account: blog(s)}
	b, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	var c feedCursor
	if err := json.Unmarshal([]byte(b.Next), &c); err != nil {
		t.Fatal(err)
	}
	c.Figures = true
	next, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Cursor, r.Due = pipeline.Cursor(next), []pipeline.DuePost{{ID: "old", CreatedAt: old}}
	if b, err = collect(t, Options{}, r); err != nil || len(b.Posts) != 4 || len(b.Gaps) > 0 {
		t.Errorf("due on the second page: %v, %d posts, gaps %v", err, len(b.Posts), b.Gaps)
	}
}

func TestFeedQuirks(t *testing.T) {
	for _, c := range []struct {
		file   string
		ids    []string
		gap    string
		listed bool
	}{
		{"same-guid", []string{"https://blog.example.org/1", "https://blog.example.org/2"}, "", true},
		{"repeated-item", []string{"g1", "https://blog.example.org/2"}, "", true},
		{"undated", []string{"g3"}, "2 items are left out: they carry no date", false},
		{"out-of-order", []string{"g1", "g2", "g3"}, "", false},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := pipeline.Request{Account: blog(replay(t, "feed", map[string]string{"/feed": c.file, "/feed?paged=2": "not-found"}))}
			for visit := range 2 {
				b, err := collect(t, Options{}, r)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, p := range b.Posts {
					got = append(got, p.ID)
				}
				if d := cmp.Diff(c.ids, got); d != "" {
					t.Errorf("visit %d (-want +got)\n%s", visit, d)
				}
				if len(b.Gaps) == 0 != (c.gap == "") || c.gap != "" && !strings.HasPrefix(b.Gaps[0].Cause.Error(), c.gap) {
					t.Errorf("visit %d: gaps %v, want %q", visit, b.Gaps, c.gap)
				}
				if b.Listed.IsZero() == c.listed {
					t.Errorf("visit %d: listed %v", visit, b.Listed)
				}
				r.Cursor = b.Next
			}
		})
	}
}

func TestFeedCharsets(t *testing.T) {
	for _, file := range []string{"charset-declared", "charset-said-utf-8", "charset-said-latin-1", "charset-in-header", "charset-utf-16", "charset-unknown"} {
		b, err := collect(t, Options{}, pipeline.Request{Account: blog(replay(t, "feed", map[string]string{"/feed": file}))})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		want := "¿Cuándo? – «mañana»"
		if file == "charset-declared" {
			want = "¿Cuándo? - «mañana»" // which ISO 8859-1 can write
		}
		if b.Profile.DisplayName != "Año" || b.Posts[0].Text != want {
			t.Errorf("%s: got %q and %q", file, b.Profile.DisplayName, b.Posts[0].Text)
		}
	}
}

func TestFeedReadsOlderPagesOfWordPress(t *testing.T) {
	for _, c := range []struct {
		name    string
		since   time.Time
		answers map[string]string
		posts   int
		gaps    int
	}{
		{"everything", time.Time{}, map[string]string{"/feed?paged=2": "wordpress-2", "/feed?paged=3": "not-found"}, 4, 0},
		{"back to a date", day(10, 15, 0, 0), map[string]string{"/feed?paged=2": "wordpress-2"}, 3, 0},
		{"the newest suffice", day(11, 18, 10, 0), nil, 1, 0},
		{"a server that knows no pages", time.Time{}, map[string]string{"/feed?paged=2": "wordpress-1"}, 2, 1},
		{"a page that fails", time.Time{}, map[string]string{"/feed?paged=2": "unavailable"}, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers := map[string]string{"/feed": "wordpress-1"}
			for uri, file := range c.answers {
				answers[uri] = file
			}
			s := replay(t, "feed", answers)
			r := pipeline.Request{Account: blog(s), Since: c.since}
			b, err := collect(t, Options{}, r)
			if err != nil || len(b.Posts) != c.posts || len(b.Gaps) != c.gaps {
				t.Fatalf("got %v, %d posts, gaps %v", err, len(b.Posts), b.Gaps)
			}
			answers["/feed?paged=2"] = "wordpress-2"
			s.calls = nil
			r.Cursor = b.Next
			if b, err = collect(t, Options{}, r); err != nil {
				t.Fatal(err)
			}
			if again := len(s.calls) > 1; again != (c.gaps > 0) {
				t.Errorf("second visit made calls %v", s.calls)
			}
		})
	}
}

func TestFeedAsksAgainForPagesThatFailed(t *testing.T) {
	s := replay(t, "feed", map[string]string{"/feed": "wordpress-2 wordpress-1", "/feed?paged=2": "not-found unavailable unavailable unavailable unavailable wordpress-2"})
	r := pipeline.Request{Account: blog(s)}
	for visit, want := range []struct{ posts, gaps int }{{2, 0}, {2, 1}, {4, 0}} {
		b, err := collect(t, Options{}, r)
		if err != nil || len(b.Posts) != want.posts || len(b.Gaps) != want.gaps {
			t.Fatalf("visit %d: %v, %d posts, gaps %v", visit, err, len(b.Posts), b.Gaps)
		}
		r.Cursor = b.Next
	}
}

func TestFeedThatForgetsFasterThanItIsReadIsAGap(t *testing.T) {
	r := pipeline.Request{Account: blog(replay(t, "feed", map[string]string{"/feed": "rss later"}))}
	b, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Cursor = b.Next
	b, err = collect(t, Options{}, r)
	if slices.Contains(b.Gives, pipeline.FieldMedia) || slices.Contains(b.Gives, pipeline.FieldAlt) || slices.Contains(b.Gives, pipeline.FieldPostLinks) {
		t.Errorf("an item without content cannot tell of media and links, but gives %v", b.Gives)
	}
	if err != nil || len(b.Posts) != 1 || len(b.Gaps) != 1 || !strings.Contains(b.Gaps[0].Cause.Error(), "between 2026-11-19 and 2026-11-20") {
		t.Errorf("got %v, %d posts, gaps %v", err, len(b.Posts), b.Gaps)
	}
}

func TestFeedFailures(t *testing.T) {
	for file, want := range map[string]error{
		"not-found": pipeline.ErrGone, "html": pipeline.ErrBadAnswer, "json-null": pipeline.ErrBadAnswer, "unavailable": pipeline.ErrUnavailable,
	} {
		if _, err := collect(t, Options{}, pipeline.Request{Account: blog(replay(t, "feed", map[string]string{"/feed": file}))}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", file, err, want)
		}
	}
	if _, err := collect(t, Options{}, pipeline.Request{Account: pipeline.Account{Platform: pipeline.Feed, Handle: "https://"}}); err == nil || !strings.Contains(err.Error(), "https://blog.example/feed/") {
		t.Errorf("no address: got %v", err)
	}
}

func TestFeedOfFiftyMegabytesIsNotRead(t *testing.T) {
	sent := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<rss version="2.0"><channel>`)
		chunk := bytes.Repeat([]byte("<item><title>a</title></item>"), 1<<15)
		for sent < 50<<20 {
			n, err := w.Write(chunk)
			if sent += n; err != nil {
				return
			}
		}
	})
	_, err := collect(t, Options{}, pipeline.Request{Account: blog(s)})
	if !errors.Is(err, pipeline.ErrBadAnswer) || !strings.Contains(err.Error(), "20 MB") || len(s.calls) != 1 {
		t.Errorf("got %v after %d calls", err, len(s.calls))
	}
}

// FuzzFeed holds that no feed, however broken, makes a panic, a post without id or date, or the same id twice.
func FuzzFeed(f *testing.F) {
	files, err := filepath.Glob("testdata/feed/*.http")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds:", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		u := address(t, "https://blog.example/feed")
		doc, err := parseFeed(&response{url: u, header: http.Header{}, body: body})
		if err != nil {
			return
		}
		v := &feedVisit{visit: &visit{}, known: map[[3]string]bool{}}
		v.add(doc.Items)
		v.profile(doc, u, v.take(doc, u))
		seen := map[string]bool{}
		for _, p := range v.batch.Posts {
			if p.ID == "" || p.CreatedAt.IsZero() || seen[p.ID] {
				t.Errorf("got %+v", p)
			}
			seen[p.ID] = true
		}
	})
}

const feedTownPage = 10 // WordPress shows as many items

// feedTown is a town whose offices have WordPress feeds.
type feedTown struct {
	mu    sync.Mutex
	hosts []string
	items map[string][]time.Time // of each host, the oldest first
}

func newFeedTown(accounts int) fakePlatform {
	town := &feedTown{items: map[string][]time.Time{}}
	for i := range accounts {
		town.hosts = append(town.hosts, fmt.Sprintf("feed%d.example", i))
	}
	return town
}

func (town *feedTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("feed", i)), Platform: pipeline.Feed, Handle: town.hosts[i], Server: "https://" + town.hosts[i] + "/feed/"}
}

func (town *feedTown) publish(each int, newest time.Time) {
	town.mu.Lock()
	defer town.mu.Unlock()
	for _, host := range town.hosts {
		for i := range each {
			town.items[host] = append(town.items[host], newest.Add(time.Duration(i-each+1)*time.Minute))
		}
	}
}

func (town *feedTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	town.mu.Lock()
	items := slices.Clone(town.items[r.Host])
	town.mu.Unlock()
	page, _ := strconv.Atoi(r.URL.Query().Get("paged"))
	from := (max(1, page) - 1) * feedTownPage
	if r.URL.Path != "/feed/" || from > 0 && from >= len(items) {
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	}
	tag := fmt.Sprintf("%q", fmt.Sprint(page, len(items)))
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml; charset=UTF-8")
	w.Header().Set("ETag", tag)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">`+
		`<channel><title>Blog</title><link>https://%s</link><generator>https://wordpress.org/?v=6.8</generator>`, r.Host)
	for i := len(items) - 1 - from; i >= max(0, len(items)-from-feedTownPage); i-- {
		fmt.Fprintf(w, `<item><title>Post %[2]d</title><link>https://%[1]s/%[2]d/</link><guid isPermaLink="false">https://%[1]s/?p=%[2]d</guid>`+
			`<pubDate>%[3]s</pubDate><description>Text.</description><slash:comments>1</slash:comments></item>`, r.Host, i, items[i].UTC().Format(time.RFC1123Z))
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// TestFeedWithoutFurtherPages: a server that answers every page with the first is asked for others a few times, and then
// believed. Nothing is lost where it comes to its senses before.
func TestFeedWithoutFurtherPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		town := newFeedTown(1)
		town.publish(25, visitDay.Add(-time.Hour))
		asked, deaf := 0, true
		all := All(Options{Transport: inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if deaf {
				r.URL.RawQuery = ""
			}
			town.ServeHTTP(w, r)
		}))})
		r := pipeline.Request{Account: town.account(0)}
		visit := func(days int) pipeline.Batch {
			t.Helper()
			r.Now = visitDay.AddDate(0, 0, days)
			b, err := readOne(t.Context(), all, r)
			if err != nil {
				t.Fatal(err)
			}
			r.Cursor = b.Next
			return b
		}
		for i := range feedCircles {
			if b := visit(i); len(b.Posts) != 10 || len(b.Gaps) != 1 {
				t.Errorf("visit %d: %d posts, gaps %v", i, len(b.Posts), b.Gaps)
			}
		}
		if asked != 2*feedCircles {
			t.Errorf("%d requests", asked)
		}
		if b := visit(feedCircles); len(b.Posts) != 0 || len(b.Gaps) != 0 || asked != 2*feedCircles+1 {
			t.Errorf("then %d posts, gaps %v, %d requests", len(b.Posts), b.Gaps, asked)
		}
		r.Cursor = ""
		visit(0)
		deaf = false
		if b := visit(1); len(b.Posts) != 25 || len(b.Gaps) != 0 {
			t.Errorf("when it hears again: %d posts, gaps %v", len(b.Posts), b.Gaps)
		}
	})
}
