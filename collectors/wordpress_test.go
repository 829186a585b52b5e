package collectors

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// wordpressTown is many sites, one a host, that answer as WordPress does: lists are filtered, ordered and paged, and what
// the real one refuses is refused.
type wordpressTown struct {
	mu    sync.Mutex
	sites map[string]*fakeSite
	hosts []string
}

// fakeSite is one of them.
type fakeSite struct {
	next     int64
	posts    []*fakePost
	comments []*fakeComment
	plain    bool   // without pretty addresses
	api      string // what the first page says of where the API is; empty: the truth
	old      bool   // it knows no modified_after, and something before it takes the totals away
	fail     func(w http.ResponseWriter, r *http.Request, route string) bool
}

type fakePost struct {
	wordpressPost
	status string
}

type fakeComment struct {
	wordpressComment
	approved bool
}

func newWordPressTown(accounts int) fakePlatform {
	town := &wordpressTown{sites: map[string]*fakeSite{}}
	for i := range accounts {
		host := fmt.Sprintf("site%d.example", i)
		town.hosts = append(town.hosts, host)
		town.sites[host] = &fakeSite{next: 1}
	}
	return town
}

func (town *wordpressTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("site", i)), Platform: pipeline.WordPress, Handle: town.hosts[i], Server: "https://" + town.hosts[i]}
}

func (town *wordpressTown) publish(each int, newest time.Time) {
	town.mu.Lock()
	defer town.mu.Unlock()
	for _, s := range town.sites {
		for i := range each {
			at := newest.Add(time.Duration(i-each+1) * time.Minute)
			p := s.post(at)
			c := s.comment(p, at.Add(10*time.Second), 0, 0)
			s.comment(p, at.Add(20*time.Second), 1, c)
		}
	}
}

func (s *fakeSite) id() int64 {
	s.next++
	return s.next
}

func (s *fakeSite) post(at time.Time) int64 {
	p := &fakePost{status: "publish"}
	p.ID, p.Date.Time, p.Modified.Time = s.id(), at.UTC().Truncate(time.Second), at.UTC().Truncate(time.Second)
	p.Title.Rendered, p.Content.Rendered = fmt.Sprintf("Post %d", p.ID), "<p>Text.</p>"
	p.CommentStatus = "open"
	s.posts = append(s.posts, p)
	return p.ID
}

func (s *fakeSite) comment(post int64, at time.Time, author, parent int64) int64 {
	c := &fakeComment{approved: true}
	c.ID, c.Post, c.Author, c.Parent, c.Date.Time = s.id(), post, author, parent, at.UTC().Truncate(time.Second)
	c.Name, c.Content.Rendered = "Ana", "<p>When?</p>"
	s.comments = append(s.comments, c)
	return c.ID
}

func (s *fakeSite) of(id int64) *fakePost {
	return s.posts[slices.IndexFunc(s.posts, func(p *fakePost) bool { return p.ID == id })]
}

// MarshalJSON writes a moment as WordPress does.
func (t wordpressTime) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05"`)), nil
}

func (town *wordpressTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	town.mu.Lock()
	defer town.mu.Unlock()
	s := town.sites[r.Host]
	scheme := "https://"
	if s == nil { // a server on this machine
		s, scheme = town.sites["site0.example"], "http://"
	}
	s.serve(w, r, scheme+r.Host)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":%q,"message":"No.","data":{"status":%d}}`, code, status)
}

func (s *fakeSite) serve(w http.ResponseWriter, r *http.Request, home string) {
	q := r.URL.Query()
	route, api := strings.CutPrefix(r.URL.Path, "/wp-json")
	if s.plain {
		api = q.Get("rest_route") != ""
		route = q.Get("rest_route")
	}
	if s.fail != nil && s.fail(w, r, cmp.Or(route, r.URL.Path)) {
		return
	}
	switch {
	case !api && r.URL.Path == "/":
		root := home + "/wp-json/"
		if s.plain {
			root = home + "/?rest_route=/"
		}
		root = cmp.Or(s.api, root)
		w.Header().Set("Link", "<"+root+`>; rel="https://api.w.org/"`)
		fmt.Fprintf(w, `<!doctype html><html lang="es-ES"><head><link rel="alternate" type="application/rss+xml" href="%s/feed/"></head><body></body></html>`, home)
	case !api:
		http.NotFound(w, r)
	case strings.Trim(route, "/") == "":
		_ = json.NewEncoder(w).Encode(map[string]any{"name": "Town", "description": "News", "home": home, "site_icon_url": home + "/icon.png"})
	case route == "/wp/v2/posts":
		list(w, r, s.posts, true, !s.old, func(p *fakePost) bool {
			modified, ok := moment(q.Get("modified_after"))
			return p.status == "publish" && (s.old || !ok || p.Modified.After(modified))
		})
	case route == "/wp/v2/comments":
		of := strings.Split(q.Get("post"), ",")
		list(w, r, s.comments, false, !s.old, func(c *fakeComment) bool {
			return c.approved && (of[0] == "" || slices.Contains(of, fmt.Sprint(c.Post)))
		})
	default:
		refuse(w, http.StatusNotFound, "rest_no_route")
	}
}

func moment(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

func list[T wordpressRecord](w http.ResponseWriter, r *http.Request, all []T, strict, totals bool, keep func(T) bool) {
	q := r.URL.Query()
	per, _ := strconv.Atoi(cmp.Or(q.Get("per_page"), "10"))
	page, _ := strconv.Atoi(cmp.Or(q.Get("page"), "1"))
	if per < 1 || per > 100 || page < 1 || q.Get("_fields") == "" {
		refuse(w, http.StatusBadRequest, "rest_invalid_param")
		return
	}
	include := strings.Split(q.Get("include"), ",")
	after, hasAfter := moment(q.Get("after"))
	before, hasBefore := moment(q.Get("before"))
	var kept []T
	for _, v := range all {
		id, at := v.key()
		if keep(v) && (!hasAfter || at.After(after)) && (!hasBefore || at.Before(before)) && (include[0] == "" || slices.Contains(include, fmt.Sprint(id))) {
			kept = append(kept, v)
		}
	}
	slices.SortStableFunc(kept, func(a, b T) int {
		_, s := a.key()
		_, t := b.key()
		return t.Compare(s)
	})
	found := len(kept)
	total := (found + per - 1) / per
	if page > 1 && page > total {
		if strict {
			refuse(w, http.StatusBadRequest, "rest_post_invalid_page_number")
			return
		}
		kept = nil
	} else {
		kept = kept[(page-1)*per : min(page*per, len(kept))]
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if totals {
		w.Header().Set("X-WP-Total", fmt.Sprint(found))
		w.Header().Set("X-WP-TotalPages", fmt.Sprint(total))
	}
	if kept == nil {
		kept = []T{}
	}
	_ = json.NewEncoder(w).Encode(kept)
}

// oneSite is a site on this machine, with the requests that it got.
func oneSite(t *testing.T) (*fakeSite, *replayed, pipeline.Account) {
	town, ok := newWordPressTown(1).(*wordpressTown)
	if !ok {
		t.Fatal("it is another town")
	}
	served := serve(t, town.ServeHTTP)
	return town.sites["site0.example"], served, pipeline.Account{ID: "site", Platform: pipeline.WordPress, Handle: "site0.example", Server: served.url}
}

// known is the state of a batch's posts: the id and the number of comments.
func known(b pipeline.Batch) map[string]string {
	all := map[string]string{}
	for _, p := range b.Posts {
		all[p.ID] = p.Figures.Replies.String()
	}
	return all
}

func TestWordPressMakesRepliesOfTheSitesOwnComments(t *testing.T) {
	s, served, a := oneSite(t)
	p := s.post(day(11, 18, 9, 0))
	s.of(p).Title.Rendered = "Fira d&#8217;Alacant"
	s.of(p).Content.Rendered = `<p>Obri dissabte. <a href="/bases">Bases</a></p><img src="/a-300x200.png" alt="Cartell">`
	s.of(p).Tags, s.of(p).Categories = []int64{3}, []int64{1, 4}
	s.of(p).Lang = json.RawMessage(`"ca"`)
	s.of(p).Embedded.Terms = [][]wordpressTerm{{{1, "Sense categoria", "category"}, {4, "Oci &amp; esport", "category"}}, {{3, "fira", "post_tag"}, {9, "x", "other"}}}
	s.of(p).Embedded.Media = []wordpressMedia{{Alt: "Cartell", Type: "image", URL: served.url + "/a.png"}}
	q := s.comment(p, day(11, 18, 10, 0), 0, 0)
	r := s.comment(p, day(11, 18, 12, 0), 5, q)
	u := s.comment(p, day(11, 18, 13, 0), 5, r)
	v := s.comment(p, day(11, 18, 14, 0), 5, 0)
	w := s.comment(p, day(11, 18, 15, 0), 5, 77) // of one that is gone

	b, err := collect(t, Options{}, pipeline.Request{Account: a})
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(served.url, "http://")
	comments := pipeline.Figures{Replies: pipeline.CountOf(5), Likes: pipeline.NoCount, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount, Saves: pipeline.NoCount}
	answer := func(id int64, hour int, to string, self bool) pipeline.Post {
		return pipeline.Post{ID: fmt.Sprint("comment-", id), CreatedAt: day(11, 18, hour, 0), Author: "Ana", Kind: pipeline.Reply, Text: "When?", Language: "es-ES", InReplyTo: to, SelfReply: self, Figures: nobodyCounts}
	}
	want := pipeline.Batch{
		At: visitDay, Gives: wordpress().gives, Calls: 5, Next: b.Next, Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{Followers: pipeline.NoCount, Following: pipeline.NoCount, Handle: "site0.example", DisplayName: "Town", Bio: "News", Website: served.url,
			Links: []string{served.url}, Avatar: served.url + "/icon.png", LastPostAt: day(11, 18, 9, 0)},
		Posts: []pipeline.Post{
			answer(w, 15, host+"#comment-77", false), answer(v, 14, fmt.Sprint(p), true), answer(u, 13, fmt.Sprint("comment-", r), true), answer(r, 12, fmt.Sprint(host, "#comment-", q), false),
			{ID: fmt.Sprint(p), CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Language: "ca", Text: "Fira d’Alacant\nObri dissabte. Bases", Links: []string{served.url + "/bases"},
				Hashtags: []string{"fira", "Oci & esport"}, Media: []pipeline.Media{{Kind: "image", URL: served.url + "/a-300x200.png", Alt: "Cartell"}}, Figures: comments},
		},
		Messages: []pipeline.Message{{ID: fmt.Sprint(host, "#comment-", q), At: day(11, 18, 10, 0), Author: "Ana", InReplyTo: fmt.Sprint(p), Text: "When?"}},
	}
	if d := gocmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWordPressQuietVisitIsTwoRequests(t *testing.T) {
	s, served, a := oneSite(t)
	old := s.post(visitDay.AddDate(0, -3, 0))
	s.comment(old, visitDay.AddDate(0, -2, 0), 0, 0)
	edited := s.post(visitDay.AddDate(0, -2, 0))
	gone := s.post(visitDay.AddDate(0, 0, -12))
	closed := s.post(visitDay.AddDate(0, 0, -11))
	s.of(closed).CommentStatus = "closed"
	young := s.post(visitDay.AddDate(0, 0, -10))
	asked := s.comment(young, visitDay.AddDate(0, 0, -9), 0, 0)

	r := pipeline.Request{Account: a, Now: visitDay}
	visit := func(days int, calls ...string) pipeline.Batch {
		t.Helper()
		served.calls = nil
		r.Now = visitDay.AddDate(0, 0, days)
		b, err := collect(t, Options{}, r)
		if err != nil || len(b.Gaps) > 0 {
			t.Fatalf("after %d days: %v, gaps %v", days, err, b.Gaps)
		}
		for i, c := range served.calls {
			served.calls[i], _, _ = strings.Cut(c, "?")
			for _, name := range []string{"include", "post", "modified_after"} {
				if strings.Contains(c, "&"+name+"=") {
					served.calls[i] += " " + name
				}
			}
		}
		if d := gocmp.Diff(calls, served.calls); d != "" || b.Calls != len(calls) {
			t.Errorf("after %d days: %d calls (-want +got)\n%s", days, b.Calls, d)
		}
		r.Cursor = b.Next
		return b
	}
	const posts, comments = "/wp-json/wp/v2/posts", "/wp-json/wp/v2/comments"
	id := func(n int64) string { return fmt.Sprint(n) }

	b := visit(0, "/", "/wp-json/", posts, comments)
	if d := gocmp.Diff(map[string]string{id(old): "1", id(edited): "0", id(gone): "0", id(closed): "–", id(young): "1"}, known(b)); d != "" {
		t.Errorf("first visit (-want +got)\n%s", d)
	}
	s.of(gone).status = "trash"
	s.of(edited).Modified.Time, s.of(edited).Title.Rendered = visitDay.AddDate(0, 0, 1), "Edited"
	b = visit(1, posts, comments)
	if d := gocmp.Diff(map[string]string{id(closed): "–", id(young): "1"}, known(b)); d != "" {
		t.Errorf("quiet visit (-want +got)\n%s", d)
	}
	if at := s.of(gone).Date.Time; !b.Listed.Contains(at) || b.Profile != nil {
		t.Errorf("listed %v, profile %v", b.Listed, b.Profile)
	}

	// What is due and old is asked for together; edits, and the site, once a week.
	r.Due = []pipeline.DuePost{{ID: id(young), CreatedAt: s.of(young).Date.Time}, {ID: id(old), CreatedAt: s.of(old).Date.Time},
		{ID: "99", CreatedAt: s.of(old).Date.Time}, {ID: "comment-98", CreatedAt: s.of(old).Date.Time}}
	b = visit(2, posts, comments, posts+" include", comments+" include", comments+" post")
	if d := gocmp.Diff(map[string]string{id(closed): "–", id(young): "1", id(old): "1"}, known(b)); d != "" {
		t.Errorf("due (-want +got)\n%s", d)
	}
	if d := gocmp.Diff([]string{"99", "comment-98"}, b.Gone); d != "" {
		t.Errorf("gone (-want +got)\n%s", d)
	}
	r.Due = nil
	b = visit(8, "/", "/wp-json/", posts, comments, posts+" modified_after")
	if d := gocmp.Diff(map[string]string{id(closed): "–", id(young): "1", id(edited): "?"}, known(b)); d != "" || b.Profile == nil {
		t.Errorf("after a week: profile %v (-want +got)\n%s", b.Profile, d)
	}
	// An answer says the same after its question has left the list.
	said := func(b pipeline.Batch) (to string) {
		for _, p := range b.Posts {
			if p.Kind == pipeline.Reply {
				to += p.InReplyTo + fmt.Sprint(p.SelfReply)
			}
		}
		return to
	}
	first := s.comment(young, visitDay.AddDate(0, 0, -8), 1, asked)
	s.comment(young, visitDay.AddDate(0, 0, 20), 1, first)
	before := visit(20, "/", "/wp-json/", posts, comments, posts+" modified_after")
	s.comment(young, visitDay.AddDate(0, 0, 20), 0, 0)
	after := visit(28, "/", "/wp-json/", posts, comments, posts+" modified_after", comments+" include")
	if !strings.Contains(said(before), fmt.Sprint("comment-", first, "true")) || !strings.Contains(said(after), fmt.Sprint("comment-", first, "true")) {
		t.Errorf("the answer to an answer was %q and is %q", said(before), said(after))
	}
}

func TestWordPressGoesOnWhereAListBrokeOff(t *testing.T) {
	for _, broken := range []string{"/wp/v2/posts", "/wp/v2/comments"} {
		s, _, a := oneSite(t)
		for i := range 250 {
			p := s.post(visitDay.Add(-time.Duration(i) * 24 * time.Hour))
			s.comment(p, visitDay.Add(-time.Duration(i)*24*time.Hour), 0, 0)
		}
		from := "2"
		s.fail = func(w http.ResponseWriter, r *http.Request, route string) bool {
			bad := route == broken && r.URL.Query().Get("page") >= from
			if bad {
				refuse(w, http.StatusForbidden, "rest_forbidden")
			}
			return bad
		}
		posts, messages := map[string]bool{}, map[string]bool{}
		r := pipeline.Request{Account: a}
		visit := func(gap bool) {
			t.Helper()
			r.Now = visitDay
			b, err := collect(t, Options{}, r)
			if err != nil || (len(b.Gaps) > 0) != gap || !b.Listed.IsZero() && gap && b.Listed.From.Before(visitDay.AddDate(0, 0, -40)) {
				t.Fatalf("%s: %v, gaps %v, listed %v", broken, err, b.Gaps, b.Listed)
			}
			for _, p := range b.Posts {
				posts[p.ID] = true
			}
			for _, m := range b.Messages {
				messages[m.ID] = true
			}
			r.Cursor = b.Next
		}
		visit(true)
		if n := min(len(posts), len(messages)); n != 100 {
			t.Errorf("%s: %d records of the first visit", broken, n)
		}
		from = "9"
		visit(false)
		if len(posts) != 250 || len(messages) != 250 {
			t.Errorf("%s: %d posts and %d messages of 250", broken, len(posts), len(messages))
		}
	}
}

// TestWordPressLosesNothing: lists break off twice, and visits are months apart.
func TestWordPressLosesNothing(t *testing.T) {
	s, _, a := oneSite(t)
	publish := func(to time.Time) {
		for i := range 250 {
			s.post(to.Add(-time.Duration(i) * time.Hour))
		}
	}
	seen := map[string]bool{}
	r := pipeline.Request{Account: a}
	visit := func(at time.Time, gaps int, from string) {
		t.Helper()
		s.fail = func(w http.ResponseWriter, req *http.Request, route string) bool {
			bad := route == "/wp/v2/posts" && from != "" && (req.URL.Query().Get("page") >= from || from == "rest" && req.URL.Query().Get("before") != "" && req.URL.Query().Get("modified_after") == "")
			if bad {
				refuse(w, http.StatusForbidden, "rest_forbidden")
			}
			return bad
		}
		r.Now = at
		b, err := collect(t, Options{}, r)
		if err != nil || len(b.Gaps) != gaps {
			t.Fatalf("%v: %v, gaps %v", at, err, b.Gaps)
		}
		for _, p := range b.Posts {
			seen[p.ID] = true
		}
		r.Cursor = b.Next
	}
	publish(visitDay.Add(-time.Hour))
	visit(visitDay, 1, "2")
	publish(visitDay.AddDate(0, 3, 0).Add(-time.Hour)) // they leave the weeks that are read again before they are read
	visit(visitDay.AddDate(0, 3, 0), 1, "2")
	visit(visitDay.AddDate(0, 5, 0), 1, "rest")
	visit(visitDay.AddDate(0, 6, 0), 1, "rest")                      // nothing is new, and the rest cannot be read
	s.of(s.post(visitDay.AddDate(0, 6, 5))).Modified.Time = visitDay // it was written long before
	visit(visitDay.AddDate(0, 9, 0), 0, "")
	if len(seen) != 501 {
		t.Errorf("%d of 501 posts", len(seen))
	}
}

// TestWordPressAsksNoOtherServer: what the site's first page says of its API is believed for the same server only, and
// never that it is to be asked without encryption.
func TestWordPressAsksNoOtherServer(t *testing.T) {
	for _, api := range []string{"https://elsewhere.example/wp-json/", "http://site0.example/wp-json/"} {
		town, ok := newWordPressTown(1).(*wordpressTown)
		if !ok {
			t.Fatal("it is another town")
		}
		s := town.sites["site0.example"]
		s.post(day(11, 18, 9, 0))
		s.api = api
		hosts := map[string]bool{}
		b, err := collect(t, Options{Transport: inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hosts[r.URL.Scheme+"://"+r.Host] = true
			town.ServeHTTP(w, r)
		}))}, pipeline.Request{Account: town.account(0)})
		if err != nil || len(b.Posts) != 1 || len(hosts) != 1 || !hosts["https://site0.example"] {
			t.Errorf("%s: %v, %d posts, asked %v", api, err, len(b.Posts), hosts)
		}
	}
}

func TestWordPressThatIsOldOrBehindAProxy(t *testing.T) {
	s, served, a := oneSite(t)
	s.old = true
	for i := range 400 {
		p := s.post(visitDay.AddDate(-1, 0, -i))
		s.comment(p, visitDay.AddDate(-1, 0, -i), 0, 0)
	}
	r := pipeline.Request{Account: a, Now: visitDay}
	b, err := collect(t, Options{}, r)
	if err != nil || len(b.Gaps) > 0 || len(b.Posts) != 400 || len(b.Messages) != 400 {
		t.Fatalf("got %v, gaps %v, %d posts, %d messages", err, b.Gaps, len(b.Posts), len(b.Messages))
	}
	r.Cursor, r.Now, served.calls = b.Next, visitDay.AddDate(0, 0, 8), nil
	if b, err = collect(t, Options{}, r); err != nil || len(b.Gaps) > 0 || b.Calls != 5 {
		t.Errorf("got %v, gaps %v, calls %v", err, b.Gaps, served.calls)
	}
}

func TestWordPressTakesNoPostForDeletedThatSlippedBy(t *testing.T) {
	s, _, a := oneSite(t)
	for i := range 150 {
		s.post(visitDay.Add(-time.Duration(i) * time.Hour))
	}
	asked := 0
	s.fail = func(_ http.ResponseWriter, r *http.Request, route string) bool {
		if route == "/wp/v2/posts" {
			if asked++; asked == 2 { // between two pages
				s.posts = s.posts[1:]
			}
		}
		return false
	}
	r := pipeline.Request{Account: a}
	b, err := collect(t, Options{}, r)
	if err != nil || len(b.Gaps) != 1 || !b.Listed.IsZero() || len(b.Posts) != 149 {
		t.Fatalf("got %v, gaps %v, listed %v, %d posts", err, b.Gaps, b.Listed, len(b.Posts))
	}
	r.Cursor = b.Next
	if b, err = collect(t, Options{}, r); err != nil || len(b.Gaps) > 0 || len(b.Posts) != 149 || b.Listed.IsZero() {
		t.Errorf("again: %v, gaps %v, %d posts", err, b.Gaps, len(b.Posts))
	}
}

func TestWordPressWhatIsNotPublicOrWanted(t *testing.T) {
	s, _, a := oneSite(t)
	s.of(s.post(day(11, 18, 9, 0))).Content.Protected = true
	s.of(s.post(day(11, 18, 8, 0))).Date.Time = time.Time{}
	old := s.post(day(11, 1, 0, 0))
	s.comment(old, day(11, 1, 0, 1), 0, 0)
	wanted := s.post(day(11, 10, 0, 0))
	s.of(wanted).Tags = []int64{3}
	b, err := collect(t, Options{}, pipeline.Request{Account: a, Since: day(11, 10, 0, 0)})
	if err != nil || len(b.Posts) != 1 || len(b.Messages) != 0 || b.Listed.From != day(11, 10, 0, 0) {
		t.Errorf("got %v, %+v", err, b)
	}
	if slices.Contains(b.Gives, pipeline.FieldHashtags) || len(b.Gaps) != 1 || b.Gaps[0].Part != "hashtags" {
		t.Errorf("names of tags that are not told: gives %v, gaps %v", b.Gives, b.Gaps)
	}
}

func TestWordPressClosedSites(t *testing.T) {
	const rss = `<?xml version="1.0"?><rss version="2.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>Town</title><link>https://town.example</link><description/>
		<generator>other</generator><item><title>One</title><link>https://town.example/one</link><guid isPermaLink="false">https://town.example/?p=12</guid>
		<pubDate>Wed, 18 Nov 2026 08:00:00 +0000</pubDate><slash:comments>2</slash:comments></item></channel></rss>`
	closed := func(status int, routes ...string) func(http.ResponseWriter, *http.Request, string) bool {
		return func(w http.ResponseWriter, r *http.Request, route string) bool {
			switch {
			case route == "/feed/" && status != http.StatusGone:
				_, _ = w.Write([]byte(rss))
			case slices.ContainsFunc(routes, func(p string) bool { return strings.HasPrefix(route, p) }):
				refuse(w, status, "rest_forbidden")
			default:
				return false
			}
			return true
		}
	}
	for _, c := range []struct {
		name string
		fail func(http.ResponseWriter, *http.Request, string) bool
		want error
		gaps []string
		ids  []string
	}{
		{"comments", closed(401, "/wp/v2/comments"), nil, []string{"messages"}, []string{"2"}},
		{"posts", closed(401, "/wp/v2/posts"), nil, []string{"messages"}, []string{"12"}},
		{"the API", closed(403, "/wp/", "/wp-json", "/"), nil, []string{"messages"}, []string{"12"}},
		{"the API, as if there were none", closed(404, "/wp/", "/wp-json", "/"), nil, []string{"messages"}, []string{"12"}},
		{"its description", func(w http.ResponseWriter, r *http.Request, route string) bool {
			if r.URL.Path == "/wp-json/" {
				refuse(w, 401, "rest_forbidden")
				return true
			}
			return false
		}, nil, []string{"account"}, []string{"2"}},
		{"everything", closed(http.StatusGone, "/"), pipeline.ErrGone, nil, nil},
		{"in maintenance", closed(503, "/wp/"), pipeline.ErrUnavailable, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, a := oneSite(t)
			s.post(day(11, 18, 9, 0))
			s.fail = c.fail
			r := pipeline.Request{Account: a}
			for range 2 {
				b, err := collect(t, Options{}, r)
				if !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				if c.want != nil {
					return
				}
				var gaps []string
				for _, g := range b.Gaps {
					gaps = append(gaps, g.Part)
				}
				if r.Cursor != "" && c.name == "its description" { // which is asked for again in a week
					c.gaps = nil
				}
				if d := gocmp.Diff([]any{c.gaps, c.ids}, []any{gaps, slices.Sorted(maps.Keys(known(b)))}); d != "" {
					t.Errorf("gaps %v (-want +got)\n%s", b.Gaps, d)
				}
				if slices.Contains(c.gaps, "messages") == slices.Contains(b.Gives, pipeline.FieldMessages) || b.Posts[0].Figures.Views != pipeline.NoCount {
					t.Errorf("gives %v, figures %+v", b.Gives, b.Posts[0].Figures)
				}
				if n := b.Posts[0].Figures.Replies; c.ids[0] == "12" && n != pipeline.CountOf(2) || c.gaps != nil && c.ids[0] == "2" && c.name == "comments" && n.State != pipeline.Unknown {
					t.Errorf("replies %v", n)
				}
				r.Cursor = b.Next
			}
		})
	}
}

// TestWordPressSendsAPasswordToItsSiteOnly: an application password goes as Basic, to the API alone.
func TestWordPressSendsAPasswordToItsSiteOnly(t *testing.T) {
	s, _, a := oneSite(t)
	s.plain = true
	s.post(day(11, 18, 9, 0))
	a.Credential, a.AllowHTTP = "SITE", true
	sent := map[string]string{}
	s.fail = func(_ http.ResponseWriter, r *http.Request, route string) bool {
		user, password, _ := r.BasicAuth()
		sent[route] = user + "/" + password + r.Header.Get("Authorization")[:min(6, len(r.Header.Get("Authorization")))]
		return false
	}
	b, err := readOne(t.Context(), All(Options{Credential: func(string) (pipeline.Secret, error) { return "editor:a b c", nil }}), pipeline.Request{Account: a, Now: visitDay})
	if err != nil || len(b.Posts) != 1 {
		t.Fatalf("got %v, %d posts", err, len(b.Posts))
	}
	const basic = "editor/a b cBasic "
	if d := gocmp.Diff(map[string]string{"/": basic, "/wp/v2/posts": basic, "/wp/v2/comments": basic}, sent); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWordPressWantsAnAddress(t *testing.T) {
	_, err := collect(t, Options{}, pipeline.Request{Account: pipeline.Account{Platform: pipeline.WordPress, Handle: "https://"}})
	if err == nil || !strings.Contains(err.Error(), "https://town.example") {
		t.Errorf("got %v", err)
	}
}

// FuzzWordPress holds that no answer, however broken, makes a panic, a post without id or date, or the same id twice.
func FuzzWordPress(f *testing.F) {
	s := &fakeSite{}
	s.comment(s.post(day(11, 18, 9, 0)), day(11, 18, 10, 0), 1, 7)
	posts, _ := json.Marshal(s.posts)
	comments, _ := json.Marshal(s.comments)
	f.Add([]byte("<html lang=es><link rel=icon href=/i.png>"), posts, comments)
	f.Add([]byte("<html><link rel='https://api.w.org/' href='?rest_route=/'>"), []byte(`[{"id":1,"date_gmt":null},{"id":2,"date_gmt":"2026-11-24T00:00:00","_embedded":{"wp:term":[[{"code":"x"}]],"wp:featuredmedia":[{}]}}]`), []byte(`[null]`))
	f.Fuzz(func(t *testing.T, page, posts, comments []byte) {
		a := pipeline.Account{Platform: pipeline.WordPress, Handle: "town.example", Server: "http://town.example", AllowHTTP: true} // which is not waited for
		network := transport(func(r *http.Request) (*http.Response, error) {
			switch of := r.URL.String(); {
			case strings.Contains(of, "posts"):
				return reply(200, string(posts), "X-WP-TotalPages", "1"), nil
			case strings.Contains(of, "comments"):
				return reply(200, string(comments), "X-WP-TotalPages", "1"), nil
			case strings.Contains(of, "feed"):
				return reply(404, ""), nil
			case strings.Contains(of, "rest_route"), strings.Contains(of, "wp-json"):
				return reply(200, `{"name":"x"}`), nil
			}
			return reply(200, string(page)), nil
		})
		b, err := readOne(t.Context(), All(Options{Transport: network, Backoff: time.Nanosecond}), pipeline.Request{Account: a, Now: visitDay})
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range b.Posts {
			if p.ID == "" || p.CreatedAt.IsZero() || seen[p.ID] {
				t.Errorf("got %+v", p)
			}
			seen[p.ID] = true
		}
	})
}
