//go:build linux

package collectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
	"presencia/pipeline/store"
)

// realWordPress is a WordPress of the test's own, with its database.
type realWordPress struct {
	t      *testing.T
	url    string
	dir    string // of the site's files
	folder string // of its scripts
	env    []string
}

func startWordPress(t *testing.T) *realWordPress {
	t.Helper()
	w := &realWordPress{t: t, folder: realServer(t, "wordpress"), dir: filepath.Join(t.TempDir(), "site")}
	if err := os.CopyFS(w.dir, os.DirFS("/usr/share/wordpress")); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(w.folder, "wp-config.php"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "wp-config.php"), config, 0o600); err != nil {
		t.Fatal(err)
	}

	data, port := t.TempDir(), freePort(t)
	as := []string{"--no-defaults", "--datadir=" + data}
	if os.Getuid() == 0 { // the folder is root's
		as = append(as, "--user=root")
	}
	run(t, exec.Command("mariadb-install-db", append(as, "--auth-root-authentication-method=normal", "--skip-test-db")...))
	initial := filepath.Join(t.TempDir(), "init.sql")
	sql := "CREATE DATABASE wordpress;\nCREATE USER wordpress@'127.0.0.1' IDENTIFIED BY 'wordpress';\nGRANT ALL ON wordpress.* TO wordpress@'127.0.0.1';\n"
	if err := os.WriteFile(initial, []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
	ended := start(t, exec.Command("mariadbd", append(as, "--socket="+filepath.Join(data, "s"), "--pid-file="+filepath.Join(data, "pid"), fmt.Sprintf("--port=%d", port),
		"--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--init-file="+initial)...))
	await(t, ended, listens(port)) // it listens once the file is executed

	web := freePort(t)
	w.url = fmt.Sprintf("http://127.0.0.1:%d", web)
	w.env = append(os.Environ(), "TEST_SITE="+w.url, fmt.Sprintf("TEST_DB_PORT=%d", port))
	php := exec.Command("php", "-d", "display_errors=0", "-S", fmt.Sprintf("127.0.0.1:%d", web), "-t", w.dir)
	php.Env = w.env
	await(t, start(t, php), listens(web))
	return w
}

// act does something in the site, past its API.
func (w *realWordPress) act(into any, action string, argument any) {
	w.t.Helper()
	cmd := exec.Command("php", "-d", "display_errors=stderr", filepath.Join(w.folder, "act.php"), w.dir, action, fmt.Sprint(argument))
	cmd.Env = w.env
	out := run(w.t, cmd)
	if into == nil {
		return
	}
	if err := json.Unmarshal(out, into); err != nil {
		w.t.Fatalf("%s: %v\n%s", action, err, out)
	}
}

// plugin puts code into the site, or takes it out again.
func (w *realWordPress) plugin(code string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "wp-content", "mu-plugins", "test.php")
	err := os.MkdirAll(filepath.Dir(path), 0o750)
	if err == nil {
		err = os.WriteFile(path, []byte("<?php\n"+code), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *realWordPress) account() pipeline.Account {
	return pipeline.Account{ID: "office", Department: "office", Platform: pipeline.WordPress, Handle: "town.example", Server: w.url, AllowHTTP: true}
}

// truth is what act.php has put into the site.
type wordpressTruth struct {
	Name, Description string
	Posts             map[string]*struct {
		At       time.Time
		Text     string
		URL      string
		Links    []string
		Hashtags []string
		Alts     []string
		Replies  int64
		Closed   bool
	}
	Comments map[string]struct {
		Post   int64
		At     time.Time
		Answer int64
		Wait   int64 // seconds
	}
	Held, Own, Scheduled int64
}

// listener notes every request that is sent.
type listener struct {
	http.RoundTripper
	mu   sync.Mutex
	sent []*url.URL
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.sent = append(l.sent, r.URL)
	l.mu.Unlock()
	return l.RoundTripper.RoundTrip(r)
}

func (l *listener) take() []*url.URL {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}

// institution is a store with a runner over real collectors.
type institution struct {
	t        *testing.T
	db       *store.DB
	runner   *pipeline.Runner
	accounts []pipeline.Account
}

func newInstitution(t *testing.T, transport http.RoundTripper, accounts ...pipeline.Account) *institution {
	t.Helper()
	db, err := store.Open(t.Context(), "chdb:"+t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &pipeline.Register{
		Institution: pipeline.Institution{Name: "Town", TimeZone: "Europe/Madrid", Languages: []string{"es"}},
		Departments: []pipeline.Department{{ID: "office", Name: "Office", Group: pipeline.Participant}},
		Accounts:    accounts, Version: "v1",
	}
	if err := db.SaveRegister(t.Context(), r, []byte("{}"), time.Now()); err != nil {
		t.Fatal(err)
	}
	return &institution{t, db, &pipeline.Runner{
		Collectors: All(Options{Transport: transport, Backoff: time.Millisecond}), Sink: db, Privacy: pipeline.NewPrivacy(bytes.Repeat([]byte("k"), 32), r),
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}, accounts}
}

// collect makes a run at a moment and answers how the only account went.
func (i *institution) collect(at time.Time) pipeline.Outcome {
	i.t.Helper()
	all, err := i.runner.Run(i.t.Context(), pipeline.RunInfo{ID: at.Format(time.RFC3339), Kind: "collect", Started: at, Register: "v1"}, i.accounts, time.Time{})
	if err != nil {
		i.t.Fatal(err)
	}
	o := all[0]
	if o.Err != nil || len(o.Gaps) > 0 {
		i.t.Fatalf("run of %v: %v, gaps %v", at, o.Err, o.Gaps)
	}
	i.t.Logf("run of %v: %d posts, %d messages, %d calls", at.Format(time.DateTime), o.Posts, o.Messages, o.Calls)
	return o
}

// rows answers a query as lines of tab-separated values.
func (i *institution) rows(query string) []string {
	i.t.Helper()
	var b strings.Builder
	if err := i.db.Query(i.t.Context(), &b, query, "tsv"); err != nil {
		i.t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	return lines[1:]
}

func (i *institution) expect(query string, want ...string) {
	i.t.Helper()
	if d := cmp.Diff(want, i.rows(query)); d != "" {
		i.t.Errorf("%s\n(-want +got)\n%s", query, d)
	}
}

func TestServerWordPress(t *testing.T) {
	w := startWordPress(t)
	begun := time.Now()
	now := begun.UTC().Truncate(time.Second)
	var truth wordpressTruth
	w.act(&truth, "seed", now.Unix())
	t.Logf("%d posts and %d comments were seeded in %v", len(truth.Posts), len(truth.Comments), time.Since(begun).Round(time.Millisecond))

	t.Run("its feed", func(t *testing.T) { w.feed(t, truth, now) }) // with a store of its own, which is closed then

	ears := &listener{RoundTripper: &http.Transport{DisableKeepAlives: true}}
	town := newInstitution(t, ears, w.account())
	first := town.collect(now)
	if first.Calls != 2+2+2 { // the site and its API, two pages of posts and two of comments
		t.Errorf("the first run made %d calls", first.Calls)
	}
	requests := ears.take()

	t.Run("what was seeded is in the store", func(t *testing.T) { town.t = t; w.compare(t, town, truth) })
	t.Run("requests and fields are those of the API", func(t *testing.T) { w.contract(t, ears, requests) })

	town.t = t
	const stored = "SELECT (SELECT count() FROM posts), (SELECT count() FROM messages), (SELECT count() FROM deletions)"
	before := town.rows(stored)
	if o := town.collect(now.Add(time.Hour)); o.Calls != 2 {
		t.Errorf("an ordinary run made %d calls: %v", o.Calls, ears.take())
	}
	town.expect(stored, before...)
	ears.take()

	// What changes at the site.
	ids := slices.SortedFunc(maps.Keys(truth.Posts), func(a, b string) int { return truth.Posts[b].At.Compare(truth.Posts[a].At) })
	young, old, trashed := ids[3], ids[len(ids)-1], ids[6]
	removed := int64(0) // an answer to a young comment
	for _, c := range truth.Comments {
		if c.Answer != 0 && now.Sub(c.At) < 20*24*time.Hour && strconv.FormatInt(c.Post, 10) != trashed {
			removed = max(removed, c.Answer)
		}
	}
	w.act(nil, "edit", young)
	w.act(nil, "edit", old)
	w.act(nil, "trash", trashed)
	w.act(nil, "approve", truth.Held)
	w.act(nil, "publish", truth.Scheduled)
	w.act(nil, "remove", removed)

	messages := len(truth.Comments)
	town.collect(now.Add(24 * time.Hour))
	// The comments under a post in the bin are out of sight with it; the institution's answers are deleted with it.
	gone := []string{trashed, commentID(removed)}
	for _, c := range truth.Comments {
		if strconv.FormatInt(c.Post, 10) == trashed && c.Answer != 0 {
			gone = append(gone, commentID(c.Answer))
		}
	}
	slices.Sort(gone)
	town.expect("SELECT post FROM posts_latest WHERE deleted IS NOT NULL ORDER BY post", gone...)
	town.expect("SELECT text, edited FROM post_contents JOIN posts USING (account, post) WHERE post = '"+young+"' AND text LIKE '%Corregido%' LIMIT 1", "Aviso 3\\nCorregido.\ttrue")
	town.expect("SELECT text FROM posts_latest WHERE post = '"+fmt.Sprint(truth.Scheduled)+"'", "Programado\\nTexto del aviso.")
	town.expect("SELECT count() FROM messages_latest", fmt.Sprint(messages+1)) // the one that was held
	town.expect("SELECT text FROM posts_latest WHERE post = '"+old+"'", fmt.Sprintf("Aviso %d\\nHoy, aviso número %[1]d.", len(ids)-1))

	town.collect(now.Add(8 * 24 * time.Hour)) // a week later old posts are looked at
	town.expect("SELECT text FROM posts_latest WHERE post = '"+old+"'", fmt.Sprintf("Aviso %d\\nCorregido.", len(ids)-1))
	town.expect("SELECT count() FROM posts_latest WHERE deleted IS NOT NULL", fmt.Sprint(len(gone)))

	// What a list of the posts that were modified would not have told.
	var listed []struct{ ID int64 }
	w.ask(t, "/wp-json/wp/v2/posts?_fields=id&modified_after="+url.QueryEscape(now.Add(-24*time.Hour).Format(time.RFC3339)), &listed)
	if len(listed) == 0 || slices.Contains(listed, struct{ ID int64 }{truth.Scheduled}) {
		t.Errorf("modified lately: %v", listed)
	}

	t.Run("however the API is reached", func(t *testing.T) { w.ways(t, truth) })
}

// compare holds the store against the truth, number by number.
func (w *realWordPress) compare(t *testing.T, town *institution, truth wordpressTruth) {
	type row struct {
		At, Text, Language, URL, Replies, Kind string
		Links, Hashtags, Alts                  string
	}
	list := func(all []string) string { return strings.Join(all, "|") }
	want, got := map[string]row{}, map[string]row{}
	for id, p := range truth.Posts {
		replies := fmt.Sprint(p.Replies)
		if p.Closed {
			replies = `\N`
		}
		want[id] = row{p.At.Format(time.RFC3339), p.Text, "es-ES", p.URL, replies, "own", list(p.Links), list(p.Hashtags), list(p.Alts)}
	}
	for _, line := range town.rows(`
		SELECT c.post, formatDateTime(c.created, '%FT%TZ'), replaceAll(c.text, '\n', '¶'), c.language, c.url, l.replies, c.kind,
			arrayStringConcat(c.links, '|'), arrayStringConcat(arraySort(c.hashtags), '|'), arrayStringConcat(c.media_alt, '|')
		FROM post_contents AS c JOIN posts_latest AS l ON l.account = c.account AND l.post = c.post
		WHERE c.kind = 'own'`) {
		f := strings.Split(line, "\t")
		got[f[0]] = row{f[1], strings.ReplaceAll(f[2], "¶", "\n"), f[3], f[4], f[5], f[6], f[7], f[8], f[9]}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("posts (-want +got)\n%s", d)
	}
	town.expect("SELECT count() FROM figures WHERE NOT has(not_applicable, 'likes')", "0")
	closed := 0
	for _, p := range truth.Posts {
		if p.Closed {
			closed++
		}
	}
	town.expect("SELECT count() FROM figures WHERE has(not_applicable, 'replies')", fmt.Sprint(closed))

	// Who waited how long for an answer.
	type wait struct {
		Post     string
		At       string
		Answered string
	}
	var waits, measured []wait
	answers := 0
	for _, c := range truth.Comments {
		w := wait{fmt.Sprint(c.Post), c.At.Format(time.RFC3339), `\N`}
		if c.Answer != 0 {
			w.Answered = fmt.Sprint(c.Wait)
			answers++
		}
		waits = append(waits, w)
	}
	for _, line := range town.rows("SELECT on_post, formatDateTime(received, '%FT%TZ'), dateDiff('second', received, answered) FROM messages_latest") {
		f := strings.Split(line, "\t")
		measured = append(measured, wait{f[0], f[1], f[2]})
	}
	order := func(a, b wait) int { return strings.Compare(a.Post+a.At+a.Answered, b.Post+b.At+b.Answered) }
	slices.SortFunc(waits, order)
	slices.SortFunc(measured, order)
	if d := cmp.Diff(waits, measured); d != "" || answers < 20 {
		t.Errorf("waits, %d of them answered (-want +got)\n%s", answers, d)
	}
	town.expect("SELECT post, self_reply, in_reply_to = any(n.p) FROM post_contents, (SELECT argMax(post, created) AS p FROM posts WHERE kind = 'own') AS n WHERE self_reply GROUP BY ALL",
		commentID(truth.Own)+"\ttrue\t1")
	town.expect("SELECT display_name, bio, website, links, avatar LIKE '%/icono%.png' FROM profile_history",
		fmt.Sprintf("%s\t%s\t%s\t['%[3]s']\t1", truth.Name, truth.Description, w.url))
	town.expect("SELECT (SELECT max(last_post) FROM profile_history) = (SELECT max(created) FROM posts WHERE kind = 'own')", "1")
	if strings.Contains(strings.Join(town.rows("SELECT * FROM messages"), ""), "Vecina") {
		t.Error("the name of a citizen is in the store")
	}
}

// ask asks the site past the collector.
func (w *realWordPress) ask(t *testing.T, path string, into any, method ...string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), strings.Join(append(method, "")[:1], "")+strings.Repeat("GET", 1-len(method)), w.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
}

// object is a JSON object; PHP writes an empty one as an empty list.
type object[V any] map[string]V

func (o *object[V]) UnmarshalJSON(b []byte) error {
	if string(b) == "[]" {
		return nil
	}
	return json.Unmarshal(b, (*map[string]V)(o))
}

// contract holds every parameter that was sent, and every field that is read, against what the site says of itself.
func (w *realWordPress) contract(t *testing.T, ears *listener, first []*url.URL) {
	type property struct {
		Type       any // a name or several
		Format     string
		Properties object[*property]
	}
	type description struct {
		Endpoints []struct {
			Methods []string
			Args    object[struct{ Maximum *int }]
		}
		Schema property
	}
	describe := func(path string) (d description) {
		w.ask(t, path, &d, http.MethodOptions)
		return d
	}
	// A visit of every kind: what is due is older than the list, answers whose comments are older, edits.
	b, err := readOne(t.Context(), All(Options{Transport: ears}), pipeline.Request{Account: w.account(), Now: time.Now().UTC()})
	if err != nil {
		t.Fatal(err)
	}
	var cursor wordpressCursor
	if err := json.Unmarshal([]byte(b.Next), &cursor); err != nil {
		t.Fatal(err)
	}
	cursor.Edits = cursor.Edits.AddDate(0, 0, -30)
	cursor.Posts = pipeline.Window{From: time.Now().AddDate(-1, 0, 0), To: time.Now().AddDate(0, -2, 0)}
	cursor.Comments = cursor.Posts
	next, err := json.Marshal(cursor)
	if err != nil {
		t.Fatal(err)
	}
	r := pipeline.Request{Account: w.account(), Now: time.Now().UTC(), Cursor: pipeline.Cursor(next)}
	for i := len(b.Posts) - 1; i >= 0 && len(r.Due) < 150; i-- {
		if p := b.Posts[i]; r.Now.Sub(p.CreatedAt) > 60*24*time.Hour {
			r.Due = append(r.Due, pipeline.DuePost{ID: p.ID, CreatedAt: p.CreatedAt})
		}
	}
	r.Due = append(r.Due, pipeline.DuePost{ID: "999999", CreatedAt: r.Now.AddDate(-1, 0, 0)}, pipeline.DuePost{ID: "comment-999999", CreatedAt: r.Now.AddDate(-1, 0, 0)})
	b, err = readOne(t.Context(), All(Options{Transport: ears}), r)
	if err != nil || len(b.Gaps) > 0 {
		t.Fatal(err, b.Gaps)
	}
	if d := cmp.Diff([]string{"999999", "comment-999999"}, b.Gone); d != "" {
		t.Errorf("gone (-want +got)\n%s", d)
	}
	brought := map[string]pipeline.Count{}
	for _, p := range b.Posts {
		brought[p.ID] = p.Figures.Replies
	}
	for _, d := range r.Due {
		if n := brought[d.ID]; n.State == pipeline.Unknown && !strings.HasPrefix(d.ID, "comment-") && d.ID != "999999" {
			t.Errorf("post %s was due, and its comments are unknown", d.ID)
		}
	}

	sent := map[string]bool{}
	for _, u := range append(first, ears.take()...) {
		route, api := strings.CutPrefix(u.Path, "/wp-json")
		if !api {
			continue
		}
		d := describe("/wp-json" + route)
		for name, values := range u.Query() {
			sent[route+" "+name] = true
			if name == "_fields" || name == "_embed" { // of every route
				continue
			}
			found := false
			for _, e := range d.Endpoints {
				arg, ok := e.Args[name]
				if !ok || !slices.Contains(e.Methods, http.MethodGet) {
					continue
				}
				found = true
				if n, err := strconv.Atoi(values[0]); err == nil && arg.Maximum != nil && n > *arg.Maximum {
					t.Errorf("%s: %s is %d, the most is %d", route, name, n, *arg.Maximum)
				}
			}
			if !found {
				t.Errorf("%s has no parameter %s", route, name)
			}
		}
	}
	for _, want := range []string{"posts after", "posts before", "posts page", "posts include", "posts modified_after", "posts _embed", "posts _fields", "comments after", "comments post", "comments include", "comments _fields"} {
		if !sent["/wp/v2/"+want] {
			t.Errorf("%s was not sent, %v were", want, slices.Sorted(maps.Keys(sent)))
		}
	}

	fields := 0
	var check func(path string, p *property, of reflect.Type)
	check = func(path string, p *property, of reflect.Type) {
		for i := range of.NumField() {
			name, kind := of.Field(i).Tag.Get("json"), of.Field(i).Type
			if name == "lang" || name == "_embedded" { // of plugins; of every record, and checked by itself
				continue
			}
			is, ok := p.Properties[name]
			want := map[reflect.Kind]string{reflect.String: "string", reflect.Int64: "integer", reflect.Bool: "boolean", reflect.Slice: "array", reflect.Struct: "object"}[kind.Kind()]
			if kind == reflect.TypeFor[wordpressTime]() {
				want = "string"
				if ok && is.Format != "date-time" {
					t.Errorf("%s.%s is read as a time, the API says %q", path, name, is.Format)
				}
			}
			if !ok || !slices.Contains(strings.Fields(strings.Trim(fmt.Sprint(is.Type), "[]")), want) {
				t.Errorf("%s.%s is read as %s, the API says %+v", path, name, want, is)
				continue
			}
			fields++
			if want == "object" && name != "title" && !(path == "comment" && name == "content") { // those are never protected
				check(path+"."+name, is, kind)
			}
		}
	}
	posts, comments := describe("/wp-json/wp/v2/posts"), describe("/wp-json/wp/v2/comments")
	check("post", &posts.Schema, reflect.TypeFor[wordpressPost]())
	check("comment", &comments.Schema, reflect.TypeFor[wordpressComment]())
	media, tags, categories := describe("/wp-json/wp/v2/media"), describe("/wp-json/wp/v2/tags"), describe("/wp-json/wp/v2/categories")
	check("media", &media.Schema, reflect.TypeFor[wordpressMedia]())
	check("tag", &tags.Schema, reflect.TypeFor[wordpressTerm]())
	check("category", &categories.Schema, reflect.TypeFor[wordpressTerm]())
	var site map[string]any
	w.ask(t, "/wp-json/", &site)
	for i := range reflect.TypeFor[wordpressSite]().NumField() {
		name := reflect.TypeFor[wordpressSite]().Field(i).Tag.Get("json")
		if _, ok := site[name].(string); !ok {
			t.Errorf("the site has no %s", name)
		}
		fields++
	}
	asked := strings.Split(wordpressPostFields+","+wordpressCommentFields+","+wordpressSiteFields, ",")
	for _, of := range []reflect.Type{reflect.TypeFor[wordpressPost](), reflect.TypeFor[wordpressComment](), reflect.TypeFor[wordpressSite]()} {
		for i := range of.NumField() {
			if name := of.Field(i).Tag.Get("json"); !slices.Contains(asked, name) {
				t.Errorf("%s is read and not asked for", name)
			}
		}
	}
	t.Logf("%d parameters and %d fields were held against the API", len(sent), fields)
	if fields < 25 {
		t.Errorf("only %d fields were held against the API", fields)
	}
}

// ways reads the site with plain addresses, with a password, and by its feed.
func (w *realWordPress) ways(t *testing.T, truth wordpressTruth) {
	read := func(a pipeline.Account) pipeline.Batch {
		t.Helper()
		b, err := readOne(t.Context(), All(Options{Backoff: time.Millisecond, Credential: func(string) (pipeline.Secret, error) {
			var password string
			w.act(&password, "password", "")
			return pipeline.Secret("editora:" + password), nil
		}}), pipeline.Request{Account: a, Now: time.Now().UTC().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	own := func(b pipeline.Batch) map[string]string {
		all := map[string]string{}
		for _, p := range b.Posts {
			if p.Kind == pipeline.Own {
				all[p.ID] = p.CreatedAt.Format(time.RFC3339) + " " + p.Text
			}
		}
		return all
	}
	usual := read(w.account())
	if n := len(own(usual)); n != len(truth.Posts) || len(usual.Gaps) > 0 { // one in the bin, one more published
		t.Fatalf("%d posts, gaps %v", n, usual.Gaps)
	}

	w.act(nil, "plain", "")
	plain := read(w.account())
	if d := cmp.Diff(own(usual), own(plain)); d != "" || len(plain.Gaps) > 0 || len(plain.Messages) != len(usual.Messages) {
		t.Errorf("plain addresses: gaps %v (-pretty +plain)\n%s", plain.Gaps, d)
	}
	w.act(nil, "pretty", "")

	w.plugin(`add_filter('rest_authentication_errors', fn($e) => $e ?: (is_user_logged_in() ? $e : new WP_Error('rest_not_logged_in', 'Closed.', ['status' => 401])));`)
	withPassword := w.account()
	withPassword.Credential = "SITE"
	if b := read(withPassword); len(b.Gaps) > 0 || len(b.Messages) != len(usual.Messages) || cmp.Diff(own(usual), own(b)) != "" {
		t.Errorf("with a password: gaps %v, %d posts", b.Gaps, len(b.Posts))
	}
	b := read(w.account())
	if len(b.Gaps) != 1 || b.Gaps[0].Part != "messages" || !strings.Contains(b.Gaps[0].Cause.Error(), "its feed is read") || slices.Contains(b.Gives, pipeline.FieldMessages) {
		t.Errorf("closed: gaps %v, gives %v", b.Gaps, b.Gives)
	}
	feed := map[string]pipeline.Post{}
	for _, p := range b.Posts {
		feed[p.URL] = p
	}
	numbered := 0
	for _, want := range usual.Posts {
		got := feed[want.URL]
		if want.Kind != pipeline.Own {
			continue
		}
		if got.ID == want.ID { // so it is where a draft came before the post
			numbered++
		}
		if !got.CreatedAt.Equal(want.CreatedAt) || got.Text != want.Text {
			t.Errorf("in the feed %s is %+v, not %+v", want.URL, got, want)
		}
	}
	if numbered == 0 || numbered == len(usual.Posts) {
		t.Errorf("%d of %d posts of the feed have the ids of the API", numbered, len(usual.Posts))
	}
	covers(t, pipeline.WordPress, b)
	if b.Profile == nil || b.Profile.DisplayName != truth.Name {
		t.Errorf("closed: profile %+v", b.Profile)
	}
	w.plugin("")
}
