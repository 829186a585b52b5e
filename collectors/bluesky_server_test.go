package collectors

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// realBluesky is a network of the test's own: directory, personal data server and AppView.
type realBluesky struct {
	t     *testing.T
	in    *os.File
	out   *os.File
	lines *bufio.Reader
	truth blueskyTruth
}

// blueskyTruth is what serve.mjs has put into the network.
type blueskyTruth struct {
	AppView  string `json:"app_view"`
	Service  string `json:"service"`
	Password string `json:"password"`
	Profile  struct {
		DID         string `json:"did"`
		DisplayName string `json:"displayName"`
		Description string `json:"description"`
		Website     string `json:"website"`
		Followers   int64  `json:"followers"`
		Following   int64  `json:"following"`
		Posts       int64  `json:"posts"`
	} `json:"profile"`
	Posts    map[string]blueskyTruePost `json:"posts"`
	Messages map[string]struct {
		Author   string    `json:"author"`
		At       time.Time `json:"at"`
		Language string    `json:"language"`
		Answers  string    `json:"answers"`
		Mention  bool      `json:"mention"` // told to the account alone
	} `json:"messages"`
}

type blueskyTruePost struct {
	Kind     string   `json:"kind"`
	Created  string   `json:"created"`
	Text     string   `json:"text"`
	Language string   `json:"language"`
	Links    []string `json:"links"`
	Hashtags []string `json:"hashtags"`
	Mentions []string `json:"mentions"`
	Media    []string `json:"media"`
	Answers  string   `json:"answers"`
	Self     bool     `json:"self"`
	RepostOf string   `json:"repost_of"`

	Likes   int64 `json:"likes"`
	Replies int64 `json:"replies"`
	Reposts int64 `json:"reposts"`
	Saves   int64 `json:"saves"`
}

func (p blueskyTruePost) figures() pipeline.Figures {
	if none := pipeline.NoCount; p.Kind == "repost" {
		return pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}
	}
	return pipeline.Figures{
		Likes: pipeline.CountOf(p.Likes), Replies: pipeline.CountOf(p.Replies), Reposts: pipeline.CountOf(p.Reposts), Saves: pipeline.CountOf(p.Saves),
	}
}

func startBluesky(t *testing.T, now time.Time) *realBluesky {
	t.Helper()
	folder := realServer(t, "bluesky")
	dir := t.TempDir()
	for d := dir; d != filepath.Dir(d) && d != filepath.Clean(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { // PostgreSQL is another user
			t.Fatal(err)
		}
	}
	begun := time.Now()
	b := &realBluesky{t: t}
	stdin, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(folder, "start.sh"), dir, fmt.Sprint(freePort(t)), fmt.Sprint(freePort(t)))
	cmd.Env = append(os.Environ(), fmt.Sprintf("TEST_NOW=%d", now.UnixMilli()))
	cmd.Stdin, cmd.Stdout = stdin, stdout
	t.Cleanup(func() {
		in.Close()
		out.Close()
		if log, err := os.ReadFile(filepath.Join(dir, "serve.log")); err == nil && t.Failed() {
			t.Logf("%s", log[max(0, len(log)-4000):])
		}
	})
	start(t, cmd)
	stdin.Close()
	stdout.Close()
	b.in, b.out, b.lines = in, out, bufio.NewReader(out)
	b.answer(&b.truth)
	t.Logf("it runs and is seeded with %d posts after %v", len(b.truth.Posts), time.Since(begun).Round(10*time.Millisecond))
	return b
}

// answer reads the next line that the network says.
func (b *realBluesky) answer(into any) {
	b.t.Helper()
	if err := b.out.SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		b.t.Fatal(err)
	}
	line, err := b.lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		b.t.Fatalf("%v\n%s", err, line)
	}
}

// do makes the town hall do something, and answers the id of what came of it.
func (b *realBluesky) do(what, argument string) (id string) {
	b.t.Helper()
	line, err := json.Marshal([]string{what, argument})
	if err == nil {
		_, err = b.in.Write(append(line, '\n'))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.answer(&id)
	return id
}

func (b *realBluesky) account(name, credential string) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(name), Department: "office", Platform: pipeline.Bluesky, Handle: name + ".test", Server: b.truth.AppView,
		AllowHTTP: true, Credential: credential}
}

func (b *realBluesky) options() Options {
	return Options{Backoff: time.Millisecond, Credential: func(string) (pipeline.Secret, error) {
		return pipeline.Secret(fmt.Sprintf(`{"identifier": "ayuntamiento.test", "password": %q, "service": %q}`, b.truth.Password, b.truth.Service)), nil
	}}
}

func TestServerBluesky(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	b := startBluesky(t, now)
	begun := time.Now()
	t.Run("every number is the true one", b.compare)
	t.Run("through a store, again and again", b.store)
	t.Logf("read and compared in %v", time.Since(begun).Round(10*time.Millisecond))
}

// compare reads the town hall and holds each post and message against the truth.
func (b *realBluesky) compare(t *testing.T) {
	for _, credential := range []string{"", "TOWN"} {
		var batch pipeline.Batch
		var gone error
		requests := []pipeline.Request{{Account: b.account("ayuntamiento", credential)}, {Account: b.account("cerrado", credential)}, {Account: b.account("nadie", credential)}}
		for i := range requests {
			requests[i].Now = time.Now().UTC()
		}
		All(b.options())[pipeline.Bluesky].Collect(t.Context(), requests, func(r pipeline.Request, got pipeline.Batch, err error) {
			switch {
			case r.Account.ID != "ayuntamiento":
				if !errors.Is(err, pipeline.ErrGone) {
					t.Errorf("%s: got %v, want that it is gone", r.Account.ID, err)
				}
			default:
				batch, gone = got, err
			}
		})
		if gone != nil || len(batch.Gaps) > 0 {
			t.Fatalf("%v, gaps %v", gone, batch.Gaps)
		}
		want := b.truth.Profile
		p := batch.Profile
		shown := *p
		shown.Avatar, shown.Header, shown.CreatedAt, shown.LastPostAt = "", "", time.Time{}, time.Time{}
		if d := cmp.Diff(pipeline.Profile{
			StableID: want.DID, Handle: "ayuntamiento.test", DisplayName: want.DisplayName, Bio: want.Description, Website: want.Website,
			Links:     []string{want.Website, "https://example.org/normas"},
			Followers: pipeline.CountOf(want.Followers), Following: pipeline.CountOf(want.Following), Posts: pipeline.CountOf(want.Posts),
		}, shown); d != "" || p.Avatar == "" || p.Header == "" || p.CreatedAt.IsZero() || p.LastPostAt.IsZero() {
			t.Errorf("profile %+v (-want +got)\n%s", p, d)
		}

		got := map[string]blueskyTruePost{}
		for _, p := range batch.Posts {
			if _, twice := got[p.ID]; twice {
				t.Errorf("%s came twice", p.ID)
			}
			seen := blueskyTruePost{
				Kind: string(p.Kind), Created: p.CreatedAt.Format("2006-01-02T15:04:05.000Z"), Text: p.Text, Language: p.Language,
				Links: p.Links, Hashtags: p.Hashtags, Mentions: p.Mentions, Answers: p.InReplyTo, Self: p.SelfReply, RepostOf: p.RepostOf,
			}
			for _, m := range p.Media {
				said := m.Kind + " " + m.Alt
				if m.Captions {
					said += ", captions"
				}
				if m.URL == "" {
					t.Errorf("%s: a picture has no address", p.ID)
				}
				seen.Media = append(seen.Media, said)
			}
			got[p.ID] = seen
			if d := cmp.Diff(b.truth.Posts[p.ID].figures(), p.Figures); d != "" {
				t.Errorf("%q (-want +got)\n%s", p.Text, d)
			}
		}
		truth := map[string]blueskyTruePost{}
		for id, p := range b.truth.Posts {
			p.Likes, p.Replies, p.Reposts, p.Saves = 0, 0, 0, 0 // compared above
			if p.Created == "" {                                // a clock that is fast
				at, err := time.Parse(time.RFC3339, got[id].Created)
				if err != nil || at.After(time.Now()) || time.Since(at) > time.Hour {
					t.Errorf("a post of the future is dated %s", got[id].Created)
				}
				p.Created = got[id].Created
			}
			truth[id] = p
		}
		empty := cmp.Transformer("empty", func(s []string) []string { return append([]string{}, s...) })
		if d := cmp.Diff(truth, got, cmp.FilterPath(func(p cmp.Path) bool { _, in := p.Last().(cmp.StructField); return in }, empty)); d != "" {
			t.Errorf("%d posts (-want +got)\n%s", len(got), d)
		}

		heard := map[string]bool{}
		for _, m := range batch.Messages {
			heard[m.ID] = true
			want, ok := b.truth.Messages[m.ID]
			if !ok && m.Author == "biblioteca.test" { // the pipeline knows that it is no citizen
				continue
			}
			if !ok || m.Author != want.Author || !m.At.Equal(want.At) || m.Language != want.Language || m.InReplyTo != want.Answers {
				t.Errorf("message %+v, want %+v", m, want)
			}
		}
		for id, m := range b.truth.Messages {
			if !heard[id] && (credential != "" || !m.Mention) {
				t.Errorf("message %s %+v is missing", id, m)
			}
		}
		t.Logf("credential %q: %d posts, %d messages, %d calls", credential, len(batch.Posts), len(batch.Messages), batch.Calls)
	}
}

// store makes runs as the program does.
func (b *realBluesky) store(t *testing.T) {
	accounts := []pipeline.Account{b.account("ayuntamiento", "TOWN"), b.account("biblioteca", "")}
	town := newInstitution(t, nil, accounts...)
	town.runner.Collectors = All(b.options())
	collect := func(at time.Time) (calls int) {
		t.Helper()
		all, err := town.runner.Run(t.Context(), pipeline.RunInfo{ID: at.Format(time.RFC3339), Kind: "collect", Started: at, Register: "v1"}, accounts, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			if o.Err != nil || len(o.Gaps) > 0 {
				t.Fatalf("%s: %v, gaps %v", o.Account, o.Err, o.Gaps)
			}
			calls += o.Calls
		}
		t.Logf("run of %v: %d posts, %d calls; changes %v", at.Format(time.DateTime), all[0].Posts, calls, all[0].Changes)
		return calls
	}
	now := time.Now().UTC().Truncate(time.Second)
	collect(now)
	const posts = `SELECT post, kind, text, language, created, likes, replies, reposts, saves FROM posts_latest WHERE account = 'ayuntamiento' ORDER BY post`
	const messages = `SELECT * FROM messages_latest ORDER BY ALL`
	first, heard := town.rows(posts), town.rows(messages)
	if len(first) != len(b.truth.Posts) || len(heard) != len(b.truth.Messages) {
		t.Fatalf("%d posts and %d messages are stored, %d and %d are true", len(first), len(heard), len(b.truth.Posts), len(b.truth.Messages))
	}

	calls := collect(now.Add(time.Hour))
	if d := cmp.Diff(first, town.rows(posts)); d != "" {
		t.Errorf("posts after the second run (-first +second)\n%s", d)
	}
	if d := cmp.Diff(heard, town.rows(messages)); d != "" {
		t.Errorf("messages after the second run (-first +second)\n%s", d)
	}
	if calls > 4 { // profiles of two groups, notifications, posts that are due
		t.Errorf("a quiet run made %d calls", calls)
	}
	town.expect("SELECT count() FROM deletions", "0")

	// One is deleted, one is new, and the account has another name.
	var old string
	for id, p := range b.truth.Posts {
		if p.Text == "Aviso número 30" {
			old = id
		}
	}
	b.t = t
	b.do("delete", old)
	collect(now.Add(2 * time.Hour))
	town.expect("SELECT post FROM deletions", old)
	b.do("rename", "poble.test")
	added := b.do("post", "Un aviso más")
	collect(now.Add(3 * time.Hour))
	town.expect("SELECT post FROM deletions", old)
	town.expect("SELECT text FROM posts_latest WHERE post = '"+added+"'", "Un aviso más")
	town.expect("SELECT change, before, after FROM changes", "renamed\tayuntamiento.test\tpoble.test")
	third := town.rows(posts)
	want := slices.DeleteFunc(slices.Clone(first), func(row string) bool { return strings.HasPrefix(row, old+"\t") })
	third = slices.DeleteFunc(third, func(row string) bool { return strings.HasPrefix(row, added+"\t") || strings.HasPrefix(row, old+"\t") })
	if d := cmp.Diff(want, third); d != "" {
		t.Errorf("posts in the end (-want +got)\n%s", d)
	}
	var raw bytes.Buffer
	if err := town.db.Query(t.Context(), &raw, "SELECT * FROM messages_latest", "tsv"); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"vecina", "vecino", "A qué hora"} {
		if strings.Contains(raw.String(), word) {
			t.Errorf("%q of a citizen is stored", word)
		}
	}
}
