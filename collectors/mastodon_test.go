package collectors

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

const month = 30 * 24 * time.Hour

var visitDay = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// replayed is a server that answers with files of testdata, or from elsewhere by handler.
type replayed struct {
	url   string
	calls []string // path and query of each request, in order
}

// replay answers each path and query with its file; several files answer one call each, the last for good. An answer
// names the server http://server.example.
func replay(t *testing.T, folder string, answers map[string]string) *replayed {
	t.Helper()
	left := map[string][]string{}
	for uri, files := range answers {
		left[uri] = strings.Fields(files)
	}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		files := left[r.URL.RequestURI()]
		if len(files) == 0 {
			t.Errorf("unexpected request %s", r.URL.RequestURI())
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if len(files) > 1 {
			left[r.URL.RequestURI()] = files[1:]
		}
		send(t, w, r, filepath.Join("testdata", folder, files[0]+".http"))
	})
}

func send(t *testing.T, w http.ResponseWriter, r *http.Request, file string) {
	t.Helper()
	resp, body := recorded(t, file)
	here := func(s string) string { return strings.ReplaceAll(s, "http://server.example", "http://"+r.Host) }
	for name, values := range resp.Header {
		for _, v := range values {
			w.Header().Add(name, here(v))
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.WriteString(w, here(string(body)))
}

func recorded(t *testing.T, file string) (*http.Response, []byte) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return resp, body
}

func serve(t *testing.T, answer http.HandlerFunc) *replayed {
	s := &replayed{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls = append(s.calls, r.URL.RequestURI())
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

// collect visits an account as production does, network and guard included.
func collect(t *testing.T, o Options, r pipeline.Request) (pipeline.Batch, error) {
	t.Helper()
	o.Backoff = time.Millisecond
	o.Credential = func(name string) (pipeline.Secret, error) { return pipeline.Secret("secret-" + name), nil }
	r.Account.AllowHTTP = true
	if r.Now.IsZero() {
		r.Now = visitDay
	}
	b, err := readOne(t.Context(), All(o), r)
	if err == nil {
		covers(t, r.Account.Platform, b)
	}
	return b, err
}

// covers checks that a batch gives nothing that its platform's capability does not list.
func covers(t *testing.T, p pipeline.Platform, b pipeline.Batch) {
	t.Helper()
	for _, c := range Capabilities() {
		for _, f := range b.Gives {
			if c.Platform == p && !slices.Contains(c.Gives, f) {
				t.Errorf("%s gives %s, which its capability does not list", p, f)
			}
		}
	}
}

func office(s *replayed) pipeline.Account {
	return pipeline.Account{ID: "office", Platform: pipeline.Mastodon, Handle: "@Office@example.org", Server: s.url}
}

const (
	lookupCall   = "/api/v1/accounts/lookup?acct=office%40example.org"
	statusesCall = "/api/v1/accounts/7/statuses?limit=40"
	olderCall    = "/api/v1/accounts/7/statuses?limit=40&max_id=105"
	searchCall   = "/api/v2/search?limit=5&q=%40office%40example.org&type=accounts"
	verifyCall   = "/api/v1/accounts/verify_credentials"
	mentionsCall = "/api/v1/notifications?limit=80&types%5B%5D=mention"
)

func day(month time.Month, d, hour, minute int) time.Time {
	return time.Date(2026, month, d, hour, minute, 0, 0, time.UTC)
}

func TestMastodonReadsProfileAndPosts(t *testing.T) {
	s := replay(t, "mastodon", map[string]string{
		lookupCall: "lookup", statusesCall: "too-many-requests statuses-1", olderCall: "statuses-2",
		"/api/v1/statuses/108/context": "context-108", "/api/v1/statuses/106/context": "context-106",
	})
	b, err := collect(t, Options{Refresh: month}, pipeline.Request{Account: office(s)})
	if err != nil {
		t.Fatal(err)
	}
	none := pipeline.NoCount
	want := pipeline.Batch{
		At: visitDay, Gives: mastodon().gives, Calls: 6,
		Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{
			StableID: "7", Followers: pipeline.CountOf(1250), Following: pipeline.CountOf(80), Posts: pipeline.CountOf(412),
			Handle: "office@example.org", DisplayName: "Oficina de Turisme",
			Bio:     "Cuenta oficial de la Oficina.\nAtención de 8:30 a 14:30\nNormas: https://example.org/normas",
			Website: "https://example.org",
			Links:   []string{"https://portal.example.org", "https://example.org", "https://example.org/normas"},
			Avatar:  s.url + "/avatars/7.png", Verified: true,
			CreatedAt: time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC), LastPostAt: day(11, 20, 9, 0),
		},
		Posts: []pipeline.Post{
			{
				ID: "108", CreatedAt: day(11, 20, 9, 0), Kind: pipeline.Own, Language: "ca", URL: s.url + "/@office/108", Edited: true,
				Text: "Demà comença la Setmana del Llibre & les visites a @museu@social.example\nPrograma:\n" +
					"· https://example.org/setmana/programa-complet-2026?any=2026\n#SetmanaDelLlibre #Alacant",
				Links:    []string{"https://example.org/setmana/programa-complet-2026?any=2026"},
				Hashtags: []string{"SetmanaDelLlibre", "Alacant"}, Mentions: []string{"museu@social.example"},
				Media: []pipeline.Media{
					{Kind: "image", URL: s.url + "/media/1.png", Alt: "Cartell: del 21 al 28 de novembre, 18 h"},
					{Kind: "image", URL: s.url + "/media/2.png"}, {Kind: "video", URL: s.url + "/media/3.mp4"}, {Kind: "other"},
				},
				Figures: pipeline.Figures{Likes: pipeline.CountOf(11), Replies: pipeline.CountOf(2), Reposts: pipeline.CountOf(5)},
			},
			{ // goes on with 106, hence an answer to a citizen that answers a post of its own
				ID: "107", CreatedAt: day(11, 19, 15, 0), Kind: pipeline.Reply, SelfReply: true, InReplyTo: "106", Language: "es", URL: s.url + "/@office/107",
				Text:    "Y el domingo cierra a las 14:00.",
				Figures: pipeline.Figures{Likes: pipeline.CountOf(0), Replies: pipeline.CountOf(0), Reposts: pipeline.CountOf(0)},
			},
			{
				ID: "106", CreatedAt: day(11, 19, 14, 59), Kind: pipeline.Reply, InReplyTo: "55001", Language: "es", URL: s.url + "/@office/106",
				Text: "@vecina@example.org Hasta las 20:00. Gracias por preguntar.", Mentions: []string{"vecina@example.org"},
				Figures: pipeline.Figures{Likes: pipeline.CountOf(1), Replies: pipeline.CountOf(1), Reposts: pipeline.CountOf(0)},
			},
			// 105 is a private message.
			{
				ID: "104", CreatedAt: day(10, 2, 8, 0), Kind: pipeline.Own, SelfReply: true, InReplyTo: "103", URL: s.url + "/@office/104",
				Text:    "2/2 El aparcamiento es gratuito.",
				Figures: pipeline.Figures{Likes: pipeline.CountOf(2), Replies: pipeline.CountOf(0), Reposts: pipeline.CountOf(0)},
			},
			{ // its server does not say how often it was passed on, and marks neither tag nor warning in the text
				ID: "103", CreatedAt: day(10, 2, 7, 59), Kind: pipeline.Own, Language: "es", URL: s.url + "/@office/103",
				Text: "Aviso por obras\n1/2 Corte de la calle Mayor. Vea el plano", Links: []string{"https://example.org/plano"}, Hashtags: []string{"obras"},
				Figures: pipeline.Figures{Likes: pipeline.CountOf(3), Replies: pipeline.CountOf(1)},
			},
			{
				ID: "102", CreatedAt: day(9, 1, 9, 0), Kind: pipeline.Repost, RepostOf: "https://social.example/@museu/9001",
				URL:     s.url + "/users/office/statuses/102/activity",
				Figures: pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none},
			},
		},
		Messages: []pipeline.Message{ // by others, public, and directly under a post; 103 is too old to be asked about
			{ID: "66001", At: day(11, 20, 10, 0), Author: "vecino@other.example", Language: "ca", InReplyTo: "108", Text: "hola"},
		},
		Next: b.Next,
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMastodonQuietVisitIsOneRequest(t *testing.T) {
	for _, c := range []struct {
		name, credential string
		want             []string
	}{
		{"without a credential", "", []string{statusesCall}},
		{"with its own", "OFFICE", []string{statusesCall, "/api/v1/notifications?limit=80&since_id=930&types%5B%5D=mention"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := replay(t, "mastodon", map[string]string{
				lookupCall: "lookup", statusesCall: "statuses-1", olderCall: "statuses-2",
				"/api/v1/statuses/108/context": "context-108", "/api/v1/statuses/106/context": "context-106",
				verifyCall: "verify-own", mentionsCall: "notifications-1",
				"/api/v1/notifications?limit=80&max_id=928&types%5B%5D=mention":   "notifications-2",
				"/api/v1/notifications?limit=80&since_id=930&types%5B%5D=mention": "empty",
			})
			r := pipeline.Request{Account: office(s), Since: day(11, 19, 0, 0)}
			r.Account.Credential = c.credential
			b, err := collect(t, Options{}, r)
			if err != nil {
				t.Fatal(err)
			}
			s.calls = nil
			r.Cursor, r.Now = b.Next, visitDay.Add(24*time.Hour)
			b, err = collect(t, Options{}, r)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, s.calls); d != "" || b.Calls != len(c.want) {
				t.Errorf("%d calls counted, made (-want +got)\n%s", b.Calls, d)
			}
			if b.Profile == nil || len(b.Messages) > 0 || len(b.Gaps) > 0 || !slices.Contains(b.Gives, pipeline.FieldMessages) {
				t.Errorf("got %+v", b)
			}
		})
	}
}

func TestMastodonMessagesFromNotifications(t *testing.T) {
	s := replay(t, "mastodon", map[string]string{
		lookupCall: "lookup", statusesCall: "empty", verifyCall: "verify-own", mentionsCall: "notifications-1",
		"/api/v1/notifications?limit=80&max_id=928&types%5B%5D=mention": "notifications-2",
	})
	r := pipeline.Request{Account: office(s)}
	r.Account.Credential = "OFFICE"
	b, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	want := []pipeline.Message{ // neither its own nor private ones
		{ID: "55003", At: day(11, 20, 10, 0), Author: "vecino@other.example", Language: "es", Text: "¿Hay visitas?"},
		{ID: "55001", At: day(11, 19, 11, 0), Author: "vecina@example.org", Language: "es", InReplyTo: "103", Text: "¿Hasta qué hora?"},
		{ID: "55000", At: day(11, 1, 11, 0), Author: "vecina@example.org", Language: "es", Text: "a otra"}, // on somebody else's post
	}
	if d := cmp.Diff(want, b.Messages); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMastodonAsksOnlyForNewNotifications(t *testing.T) {
	next := func(id string) string {
		return "/api/v1/notifications?limit=80" + id + "&types%5B%5D=mention"
	}
	s := replay(t, "mastodon", map[string]string{
		lookupCall: "lookup", statusesCall: "empty", "/api/v1/accounts/7": "lookup", verifyCall: "verify-own", mentionsCall: "empty notifications-2",
		next("&since_id=927"):            "notifications-1", // which links to what is older, whatever was asked for
		next("&max_id=928&since_id=927"): "empty",
	})
	r := pipeline.Request{Account: office(s)}
	r.Account.Credential = "OFFICE"
	for visit, messages := range []int{0, 2, 1} {
		b, err := collect(t, Options{}, r)
		if err != nil || len(b.Messages) != messages || len(b.Gaps) > 0 {
			t.Fatalf("visit %d: %v, messages %v, gaps %v", visit, err, b.Messages, b.Gaps)
		}
		r.Cursor = b.Next
	}
}

func TestMastodonMessagesThatCannotBeReadAreAGap(t *testing.T) {
	for _, c := range []struct {
		name, credential string
		answers          map[string]string
		messages         int
	}{
		{"conversation refused", "", map[string]string{"/api/v1/statuses/108/context": "context-108", "/api/v1/statuses/106/context": "forbidden"}, 1},
		{"token without the right", "OFFICE", map[string]string{verifyCall: "verify-own", mentionsCall: "forbidden"}, 0},
		{"owner of the token unknown", "OFFICE", map[string]string{verifyCall: "not-json"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers := map[string]string{lookupCall: "lookup", statusesCall: "statuses-1", olderCall: "empty"}
			maps.Copy(answers, c.answers)
			r := pipeline.Request{Account: office(replay(t, "mastodon", answers))}
			r.Account.Credential = c.credential
			b, err := collect(t, Options{}, r)
			if err != nil {
				t.Fatal(err)
			}
			if len(b.Gaps) != 1 || b.Gaps[0].Part != "messages" || slices.Contains(b.Gives, pipeline.FieldMessages) || len(b.Posts) != 3 || len(b.Messages) != c.messages {
				t.Errorf("got gaps %v, %d posts, %d messages, gives %v", b.Gaps, len(b.Posts), len(b.Messages), b.Gives)
			}
		})
	}
}

func TestMastodonTokenOfAnotherAccountReadsConversations(t *testing.T) {
	s := replay(t, "mastodon", map[string]string{
		lookupCall: "lookup", statusesCall: "statuses-1", olderCall: "empty", verifyCall: "verify-other",
		"/api/v1/statuses/108/context": "context-108", "/api/v1/statuses/106/context": "not-found",
	})
	r := pipeline.Request{Account: office(s)}
	r.Account.Credential = "PRESS"
	b, err := collect(t, Options{}, r)
	if err != nil || len(b.Messages) != 1 || len(b.Gaps) != 0 {
		t.Errorf("got %v, messages %v, gaps %v", err, b.Messages, b.Gaps)
	}
}

func TestMastodonAccountsInTrouble(t *testing.T) {
	quiet := map[string]string{lookupCall: "lookup", statusesCall: "empty"}
	for _, c := range []struct {
		name    string
		answers map[string]string
		account func(*pipeline.Account)
		want    error
		says    string
	}{
		{"no such account", map[string]string{lookupCall: "not-found", searchCall: "search-others"}, nil, pipeline.ErrGone, "/api/v1/accounts/lookup: the account does not exist there: 404 Not Found"},
		{"no such account any more", map[string]string{lookupCall: "lookup", statusesCall: "not-found"}, nil, pipeline.ErrGone, "404"},
		{"no such account where nobody may search", map[string]string{lookupCall: "not-found", searchCall: "unauthorized"}, nil, pipeline.ErrGone, "/api/v1/accounts/lookup: the account does not exist there: 404 Not Found"},
		{"a server that cannot look up", map[string]string{lookupCall: "not-found", searchCall: "search", statusesCall: "empty"}, nil, nil, ""},
		{"a token is wanted", map[string]string{lookupCall: "unauthorized"}, nil, pipeline.ErrDenied, "PRESENCIA_TOKEN_NAME"},
		{"the token is refused", map[string]string{lookupCall: "unauthorized"}, func(a *pipeline.Account) { a.Credential = "OFFICE" }, pipeline.ErrDenied, "PRESENCIA_TOKEN_OFFICE"},
		{"suspended", map[string]string{lookupCall: "suspended", statusesCall: "empty"}, nil, pipeline.ErrGone, "suspended"},
		{"moved", map[string]string{lookupCall: "moved", statusesCall: "empty"}, nil, nil, "@office@new.example"},
		{"maintenance page", map[string]string{lookupCall: "not-json", searchCall: "not-json"}, nil, pipeline.ErrBadAnswer, "could not be understood"},
		{"a field changed its type", map[string]string{lookupCall: "lookup", statusesCall: "changed-field"}, nil, pipeline.ErrBadAnswer, "yesterday"},
		{"next page elsewhere", map[string]string{lookupCall: "lookup", statusesCall: "statuses-foreign-link"}, nil, nil, "another server"},
		{"handle without server", nil, func(a *pipeline.Account) { a.Handle, a.Server = "@office", "" }, errAny, "@user@server"},
		{"server that is no address", nil, func(a *pipeline.Account) { a.Server = "http://" }, errAny, "https://social.example"},
		{"number of followers hidden", map[string]string{lookupCall: "hidden-figures", statusesCall: "empty"}, nil, nil, ""},
		{"stable id", map[string]string{statusesCall: "empty", "/api/v1/accounts/7": "lookup"}, func(a *pipeline.Account) { a.StableID = "7" }, nil, ""},
		{"an empty account", map[string]string{statusesCall: "empty", "/api/v1/accounts/7": "null"}, func(a *pipeline.Account) { a.StableID = "7" }, pipeline.ErrBadAnswer, "empty"},
		{"no posts", quiet, nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := office(replay(t, "mastodon", c.answers))
			if c.account != nil {
				c.account(&a)
			}
			b, err := collect(t, Options{Refresh: month}, pipeline.Request{Account: a, StableID: a.StableID})
			if (err == nil) != (c.want == nil) || c.want != nil && !errors.Is(c.want, errAny) && !errors.Is(err, c.want) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if said := fmt.Sprint(err, b.Gaps); !strings.Contains(said, c.says) || strings.Contains(said, "secret-") {
				t.Errorf("says %s, want %q and no secret", said, c.says)
			}
			if err != nil {
				return
			}
			if b.Profile == nil || b.Next == "" {
				t.Errorf("got profile %v, cursor %q", b.Profile, b.Next)
			}
			if c.name == "number of followers hidden" {
				unknown := pipeline.Count{}
				if p := b.Profile; p.Followers != unknown || p.Following != unknown || p.Posts != unknown || !p.LastPostAt.Equal(day(11, 20, 0, 0)) {
					t.Errorf("got %+v, want unknown numbers and the day of the last post", p)
				}
			}
		})
	}
}

// errAny stands for an error of no particular kind.
var errAny = errors.New("any")

// wall is a server with an account's statuses, oldest first, that pages as Mastodon does.
type wall struct {
	posts   []mastodonStatus
	down    func(maxID int) bool // answers 500
	noLinks bool                 // names no next page, as old Pixelfed
	replies map[string][]mastodonStatus
}

// post publishes n posts, one every hour from a moment, with ids that go on.
func (w *wall) post(n int, from time.Time) {
	for i := range n {
		w.posts = append(w.posts, mastodonStatus{ID: strconv.Itoa(len(w.posts) + 1), CreatedAt: from.Add(time.Duration(i) * time.Hour), Visibility: "public",
			Account: mastodonAccount{ID: "7", Acct: "office"}, RepliesCount: new(int64)})
	}
}

func (w *wall) serve(t *testing.T) *replayed {
	return serve(t, func(rw http.ResponseWriter, r *http.Request) {
		var answer any = mastodonAccount{ID: "7", Acct: "office"}
		if id, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/api/v1/statuses/"), "/context"); ok {
			answer = mastodonContext{Descendants: w.replies[id]}
		}
		if strings.HasSuffix(r.URL.Path, "/statuses") {
			limit, _ := strconv.Atoi(r.FormValue("limit"))
			maxID, err := strconv.Atoi(r.FormValue("max_id"))
			if err != nil {
				maxID = 1 << 30
			}
			if w.down != nil && w.down(maxID) {
				rw.WriteHeader(http.StatusInternalServerError)
				return
			}
			page := []mastodonStatus{}
			for _, s := range slices.Backward(w.posts) {
				if id, _ := strconv.Atoi(s.ID); id < maxID && len(page) < limit {
					page = append(page, s)
				}
			}
			if len(page) == limit && !w.noLinks {
				rw.Header().Set("Link", fmt.Sprintf(`<http://%s%s?limit=%d&max_id=%s>; rel="next"`, r.Host, r.URL.Path, limit, page[limit-1].ID))
			}
			answer = page
		}
		if err := json.NewEncoder(rw).Encode(answer); err != nil {
			t.Error(err)
		}
	})
}

func ids(posts []pipeline.Post) (all []int) {
	for _, p := range posts {
		id, _ := strconv.Atoi(p.ID)
		all = append(all, id)
	}
	return all
}

// upTo is n, n-1 … down to m.
func upTo(n, m int) (all []int) {
	for ; n >= m; n-- {
		all = append(all, n)
	}
	return all
}

// due are posts of the wall by their ids, as a run names those whose figures it wants again.
func (w *wall) due(ids ...int) (due []pipeline.DuePost) {
	for _, p := range w.posts {
		if id, _ := strconv.Atoi(p.ID); slices.Contains(ids, id) {
			due = append(due, pipeline.DuePost{ID: p.ID, CreatedAt: p.CreatedAt})
		}
	}
	slices.Reverse(due)
	return due
}

func TestMastodonReadsAPostAgainWhenItIsDue(t *testing.T) {
	begin := day(1, 1, 0, 0)
	w := &wall{}
	w.post(1, begin)
	s := w.serve(t)
	r := pipeline.Request{Account: office(s)}
	var ages []int // of the post at its readings, in days
	for _, n := range []int{3, 20, 29, 45, 46, 90} {
		r.Now, r.Due = begin.AddDate(0, 0, n), nil
		if n == 20 || n == 45 {
			r.Due = w.due(1)
		}
		b, err := collect(t, Options{}, r)
		if err != nil {
			t.Fatal(err)
		}
		for range b.Posts {
			ages = append(ages, n)
		}
		r.Cursor = b.Next
	}
	if d := cmp.Diff([]int{3, 20, 45}, ages); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMastodonListsDownToSinceAndThenToWhatIsDue(t *testing.T) {
	w := &wall{}
	w.post(100, day(1, 1, 0, 0))   // up to 5 January, 3 h
	w.post(100, day(11, 10, 0, 0)) // 101 … 200, up to 14 November
	s := w.serve(t)
	r := pipeline.Request{Account: office(s), Since: day(1, 3, 0, 0)} // 1 January + 48 h: 49
	b, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(upTo(200, 49), ids(b.Posts)); d != "" {
		t.Errorf("first visit (-want +got)\n%s", d)
	}
	if want := (pipeline.Window{From: r.Since, To: visitDay}); b.Listed != want {
		t.Errorf("first visit listed %v, want %v", b.Listed, want)
	}

	w.posts = slices.Delete(w.posts, 149, 150) // 150 is deleted
	w.post(1, day(11, 21, 0, 0))
	w.posts[len(w.posts)-1].ID = "201"
	r.Cursor, r.Since, r.Now = b.Next, time.Time{}, visitDay.AddDate(0, 0, 1)
	s.calls = nil
	if b, err = collect(t, Options{}, r); err != nil || len(s.calls) != 1 || b.Listed.Contains(day(11, 12, 1, 0)) {
		t.Errorf("nothing is due: %v, calls %v, listed %v", err, s.calls, b.Listed)
	}
	if d := cmp.Diff([]int{201}, ids(b.Posts)); d != "" {
		t.Errorf("nothing is due (-want +got)\n%s", d)
	}
	s.calls, r.Due = nil, w.due(101, 130, 199)
	b, err = collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(append(upTo(201, 151), upTo(149, 101)...), ids(b.Posts)); d != "" {
		t.Errorf("second visit (-want +got)\n%s", d)
	}
	if deleted := day(11, 12, 1, 0); !b.Listed.Contains(deleted) || b.Listed.Contains(day(1, 5, 3, 0)) {
		t.Errorf("second visit listed %v, which should hold %v and not the posts of January", b.Listed, deleted)
	}
	if len(s.calls) != 3 {
		t.Errorf("second visit made calls %v, want 3 pages", s.calls)
	}
}

func TestMastodonPagesWhereTheServerNamesNoNextPage(t *testing.T) {
	w := &wall{noLinks: true}
	w.post(2*mastodonPage, day(1, 1, 0, 0)) // the last page is full
	b, err := collect(t, Options{}, pipeline.Request{Account: office(w.serve(t))})
	if err != nil || len(b.Gaps) > 0 || !b.Listed.From.Equal(time.Unix(0, 0)) {
		t.Fatal(err, b.Gaps, b.Listed)
	}
	if d := cmp.Diff(upTo(2*mastodonPage, 1), ids(b.Posts)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMastodonCountsQuotesAsReposts(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name            string
		reblogs, quotes *int64
		want            pipeline.Count
	}{
		{"both are told", number(3), number(2), pipeline.CountOf(5)},
		{"a server that has no quotes", number(3), nil, pipeline.CountOf(3)},
		{"quotes alone are not the whole", nil, number(2), pipeline.Count{}},
		{"none", nil, nil, pipeline.Count{}},
	} {
		w := &wall{}
		w.post(1, day(11, 1, 0, 0))
		w.posts[0].ReblogsCount, w.posts[0].QuotesCount = c.reblogs, c.quotes
		b, err := collect(t, Options{}, pipeline.Request{Account: office(w.serve(t))})
		if err != nil || b.Posts[0].Figures.Reposts != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, err, b.Posts[0].Figures.Reposts, c.want)
		}
	}
}

func TestMastodonBudgetLeavesAGap(t *testing.T) {
	w := &wall{}
	w.post(5*mastodonPage, day(1, 1, 0, 0))
	s := w.serve(t)
	r := pipeline.Request{Account: office(s), Meter: pipeline.NewMeter(pipeline.Mastodon, pipeline.Budget{Calls: 3}, pipeline.Use{}, visitDay)}
	b, err := collect(t, Options{}, r)
	if err != nil || len(b.Posts) != 2*mastodonPage || b.Calls != 3 || len(s.calls) != 3 {
		t.Fatalf("got %v, %d posts, %d calls; want the two pages that the budget allows after the lookup", err, len(b.Posts), b.Calls)
	}
	if len(b.Gaps) != 1 || b.Gaps[0].Part != "posts" || !errors.Is(b.Gaps[0].Cause, pipeline.ErrBudget) {
		t.Errorf("gaps %v", b.Gaps)
	}
	if _, err := collect(t, Options{}, r); !errors.Is(err, pipeline.ErrBudget) || len(s.calls) != 3 {
		t.Errorf("nothing is left: %v, %d calls", err, len(s.calls))
	}
	r.Cursor, r.Meter = b.Next, nil // the next month
	if b, err = collect(t, Options{}, r); err != nil || len(b.Gaps) > 0 || !slices.Contains(ids(b.Posts), 1) {
		t.Errorf("what was left should follow: %v, gaps %v", err, b.Gaps)
	}
}

func TestMastodonGoesOnWhereAListingBrokeOff(t *testing.T) {
	w := &wall{down: func(maxID int) bool { return maxID <= 121 }}
	w.post(200, day(1, 1, 0, 0)) // 200: 9 January, 7 h
	s := w.serve(t)
	r := pipeline.Request{Account: office(s), Now: day(1, 9, 12, 0)}
	b, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(upTo(200, 121), ids(b.Posts)); d != "" {
		t.Errorf("first visit (-want +got)\n%s", d)
	}
	if len(b.Gaps) != 1 || b.Gaps[0].Part != "posts" || !errors.Is(b.Gaps[0].Cause, pipeline.ErrUnavailable) {
		t.Errorf("gaps %v", b.Gaps)
	}
	if oldest := day(1, 6, 0, 0); !b.Listed.From.After(oldest) || b.Listed.From.After(oldest.Add(time.Hour)) {
		t.Errorf("listed %v, want from just after %v", b.Listed, oldest)
	}

	w.down = nil
	w.post(1, day(1, 9, 13, 0))
	r.Cursor, r.Now, r.Due = b.Next, day(1, 9, 18, 0), w.due(130)
	b, err = collect(t, Options{}, r)
	if err != nil || len(b.Gaps) > 0 {
		t.Fatal(err, b.Gaps)
	}
	if d := cmp.Diff(append(upTo(201, 130), upTo(120, 1)...), ids(b.Posts)); d != "" {
		t.Errorf("second visit (-want +got)\n%s", d)
	}

	r.Cursor, r.Now, r.Due = b.Next, day(3, 1, 0, 0), nil
	if b, err = collect(t, Options{}, r); err != nil || len(b.Gaps) > 0 {
		t.Fatal(err, b.Gaps)
	}
	s.calls = nil
	r.Cursor = b.Next
	if b, err = collect(t, Options{}, r); err != nil || len(b.Posts) > 0 || len(s.calls) != 1 {
		t.Errorf("afterwards there is nothing left to go on with; got %v, %d posts, %v", err, len(b.Posts), s.calls)
	}
}

func TestMastodonTakesNoPostForDeletedThatMayOnlyBeWithheld(t *testing.T) {
	forty := make([]mastodonStatus, mastodonPage)
	for i := range forty {
		forty[i] = mastodonStatus{ID: strconv.Itoa(100 - i), CreatedAt: visitDay.Add(-time.Duration(i) * time.Hour), Visibility: "public", Account: mastodonAccount{ID: "7"}}
	}
	last := forty[mastodonPage-1].CreatedAt
	for _, c := range []struct {
		name     string
		statuses []mastodonStatus
		count    int64
		link     string
		want     pipeline.Window
		gaps     int
	}{
		{"nothing is listed, nothing is counted", nil, 0, "", pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay}, 0},
		{"nothing is listed of what is counted", nil, 12, "", pipeline.Window{}, 0},
		{"a short page is the last", forty[:39], 39, "", pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay}, 0},
		{"a full page without a next one", forty, 100, "", pipeline.Window{From: last.Add(mastodonOrder), To: visitDay}, 1},
		{"a page that is its own next one", forty, 100, "<" + statusesCall + ">; rel=\"next\"", pipeline.Window{From: last.Add(mastodonOrder), To: visitDay}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				var answer any = mastodonAccount{ID: "7", Acct: "office", StatusesCount: &c.count}
				if strings.HasSuffix(r.URL.Path, "/statuses") {
					answer = c.statuses
					w.Header().Set("Link", c.link)
				}
				if err := json.NewEncoder(w).Encode(answer); err != nil {
					t.Error(err)
				}
			})
			b, err := collect(t, Options{}, pipeline.Request{Account: office(s)})
			if err != nil || b.Listed != c.want || len(b.Gaps) != c.gaps || len(b.Posts) != len(c.statuses) {
				t.Errorf("got %v, %d posts, listed %v, gaps %v; want %v and %d gaps", err, len(b.Posts), b.Listed, b.Gaps, c.want, c.gaps)
			}
		})
	}
}

func TestMastodonLosesNothingWhenListingsBreakOffTwice(t *testing.T) {
	brokenBelow := 81
	w := &wall{down: func(maxID int) bool { return maxID <= brokenBelow }}
	w.post(120, day(1, 1, 0, 0))
	r := pipeline.Request{Account: office(w.serve(t)), Now: day(5, 20, 0, 0)}
	b, err := collect(t, Options{}, r) // 120 … 81
	if err != nil || len(b.Posts) != 40 {
		t.Fatal(err, len(b.Posts))
	}
	w.post(100, day(6, 1, 0, 0)) // 220 … 121
	brokenBelow = 181
	r.Cursor, r.Now = b.Next, day(6, 6, 0, 0)
	b, err = collect(t, Options{}, r) // 220 … 181
	if err != nil || len(b.Posts) != 40 {
		t.Fatal(err, len(b.Posts))
	}
	brokenBelow = 0
	r.Cursor, r.Now = b.Next, day(9, 1, 0, 0)
	b, err = collect(t, Options{}, r)
	if err != nil || len(b.Gaps) > 0 {
		t.Fatal(err, b.Gaps)
	}
	for _, id := range []int{180, 121, 80, 1} {
		if !slices.Contains(ids(b.Posts), id) {
			t.Errorf("post %d was never read", id)
		}
	}
}

func TestMastodonReadsSoManyPagesInOneVisit(t *testing.T) {
	w := &wall{}
	w.post(40*mastodonPages+30, day(1, 1, 0, 0))
	r := pipeline.Request{Account: office(w.serve(t))}
	var got []int
	for visit, gaps := range []int{1, 0} {
		b, err := collect(t, Options{Refresh: time.Nanosecond}, r)
		if err != nil || len(b.Gaps) != gaps {
			t.Fatalf("visit %d: %v, gaps %v", visit, err, b.Gaps)
		}
		got = append(got, ids(b.Posts)...)
		r.Cursor, r.Now = b.Next, visitDay.AddDate(0, 0, 1)
	}
	if d := cmp.Diff(upTo(40*mastodonPages+30, 1), got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMastodonReadsConversationsThatHaveGrown(t *testing.T) {
	w := &wall{replies: map[string][]mastodonStatus{}}
	w.post(mastodonContexts+10, visitDay.AddDate(0, 0, -5))
	s := w.serve(t)
	r := pipeline.Request{Account: office(s)}
	said := 0
	say := func(post int) {
		id := strconv.Itoa(post)
		said++
		w.replies[id] = append(w.replies[id], mastodonStatus{ID: fmt.Sprint("m", said), InReplyToID: id, InReplyToAccountID: "7", Visibility: "public",
			Account: mastodonAccount{ID: "55", Acct: "vecina"}, CreatedAt: visitDay})
		*w.posts[post-1].RepliesCount++
	}
	for i := range mastodonContexts + 10 {
		r.Due = append(w.due(i+1), r.Due...)
	}
	visit := func(name string, contexts int, messages ...string) {
		t.Helper()
		s.calls = nil
		b, err := collect(t, Options{}, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Cursor = b.Next
		asked := len(slices.DeleteFunc(s.calls, func(c string) bool { return !strings.HasSuffix(c, "/context") }))
		var got []string
		for _, m := range b.Messages {
			got = append(got, m.ID)
		}
		slices.Sort(got)
		if d := cmp.Diff(messages, got); d != "" || asked != contexts {
			t.Errorf("%s: %d conversations asked for, want %d; messages (-want +got)\n%s", name, asked, contexts, d)
		}
	}
	visit("nobody has answered", 0)
	say(3)
	visit("one answer", 1, "m1")
	visit("nothing new", 0)
	say(3)
	say(4)
	visit("two more", 2, "m1", "m2", "m3")

	for i := range mastodonContexts + 5 {
		say(i + 1)
	}
	b, err := collect(t, Options{}, r)
	if err != nil || len(b.Gaps) != 1 || b.Gaps[0].Part != "messages" {
		t.Fatal("more conversations than one visit reads should be a gap:", err, b.Gaps)
	}
	r.Cursor, r.Due = b.Next, nil // nothing needs to be listed again for that
	s.calls = nil
	if b, err = collect(t, Options{}, r); err != nil || len(b.Gaps) > 0 || b.Calls != 1+5 {
		t.Errorf("the remaining 5 should follow on the next visit: %v, gaps %v, %d calls", err, b.Gaps, b.Calls)
	}
}

func TestMastodonBeginsAnewForAnotherHandle(t *testing.T) {
	s := replay(t, "mastodon", map[string]string{
		lookupCall: "lookup", statusesCall: "empty", "/api/v1/accounts/lookup?acct=press%40example.org": "verify-other",
		"/api/v1/accounts/8/statuses?limit=40": "empty",
	})
	r := pipeline.Request{Account: office(s)}
	b, err := collect(t, Options{}, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Account.Handle, r.Cursor = "@press@example.org", b.Next
	if b, err = collect(t, Options{}, r); err != nil || b.Profile.Handle != "press@example.org" {
		t.Errorf("got %v, %+v", err, b.Profile)
	}
	r.Cursor = "no cursor of ours"
	if _, err = collect(t, Options{}, r); err != nil {
		t.Errorf("a cursor that cannot be read should mean a first visit, got %v", err)
	}
}

func TestMastodonKeepsWhatItGotWhenStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &wall{down: func(maxID int) bool {
		if maxID <= 200 {
			cancel()
		}
		return maxID <= 200
	}}
	w.post(220, day(1, 1, 0, 0))
	a := office(w.serve(t))
	a.AllowHTTP = true
	b, err := readOne(ctx, All(Options{}), pipeline.Request{Account: a, Now: visitDay})
	if err != nil || len(b.Posts) != 40 || b.Next == "" || len(b.Gaps) == 0 || !errors.Is(b.Gaps[0].Cause, context.Canceled) {
		t.Errorf("got %v, %d posts, cursor %q, gaps %v", err, len(b.Posts), b.Next, b.Gaps)
	}
}

// reference finds a file of the reference inputs, which are not part of the repository.
func reference(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("PRESENCIA_REFERENCE")
	if dir == "" {
		t.Skip("PRESENCIA_REFERENCE is not set")
	}
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMastodonReadsARealServersAnswers replays what GoToSocial answered, under the address that it had.
func TestMastodonReadsARealServersAnswers(t *testing.T) {
	const account = "01RQFCNDA5HJNDYARM1M68GGMB"
	pages := map[string]string{
		"": "statuses-page1", "01M87A3133C4MNMHCDA4RS0PKC": "statuses-page2", "01JN8JC080GXXKQS3CC916EKJJ": "statuses-page3",
	}
	answers := func(r *http.Request) string {
		switch q := r.URL.Query(); {
		case r.Header.Get("Authorization") != "Bearer secret-GTS":
			return "lookup-401"
		case r.URL.Path == "/api/v1/accounts/lookup" && q.Get("acct") == "ayuntamiento@localhost:8089":
			return "lookup"
		case r.URL.Path == "/api/v1/accounts/lookup":
			return "lookup-404"
		case r.URL.Path == "/api/v1/accounts/verify_credentials":
			return "account"
		case r.URL.Path == "/api/v1/accounts/"+account+"/statuses":
			return pages[q.Get("max_id")]
		case r.URL.Path == "/api/v1/notifications" && q.Get("max_id")+q.Get("since_id") == "":
			return "notifications-mention"
		case r.URL.Path == "/api/v1/notifications":
			return "statuses-page3" // the empty list
		}
		return "accounts-batch-unsupported"
	}
	folder := reference(t, "recorded/mastodon-gotosocial")
	o := Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
		resp, body := recorded(t, filepath.Join(folder, answers(r)+".http"))
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	})}
	a := pipeline.Account{Platform: pipeline.Mastodon, Handle: "@ayuntamiento@localhost:8089", Server: "http://localhost:8089"}
	now := time.Date(2026, 11, 24, 18, 20, 0, 0, time.UTC)

	if _, err := collect(t, o, pipeline.Request{Account: a, Now: now}); !errors.Is(err, pipeline.ErrDenied) {
		t.Errorf("without a token: %v", err)
	}
	a.Credential = "GTS"
	nobody := a
	nobody.Handle = "@nadie@localhost:8089" // lookup answers 404, and what the search gets there is 405
	if _, err := collect(t, o, pipeline.Request{Account: nobody, Now: now}); !errors.Is(err, pipeline.ErrGone) || !strings.Contains(err.Error(), "404") {
		t.Errorf("an account that is not there: %v", err)
	}
	b, err := collect(t, o, pipeline.Request{Account: a, Now: now})
	if err != nil || len(b.Gaps) > 0 {
		t.Fatal(err, b.Gaps)
	}
	kinds, visible := map[pipeline.PostKind]int{}, map[string]pipeline.Post{}
	for _, p := range b.Posts {
		kinds[p.Kind]++
		visible[p.ID] = p
	}
	if d := cmp.Diff(map[pipeline.PostKind]int{pipeline.Own: 62, pipeline.Reply: 1, pipeline.Repost: 1}, kinds); d != "" {
		t.Errorf("kinds (-want +got)\n%s", d)
	}
	if b.Calls != 7 || !b.Listed.From.Equal(time.Unix(0, 0)) {
		t.Errorf("%d calls, listed %v", b.Calls, b.Listed)
	}
	book, poster, answer := visible["01M87CGQS9BWD1JKEPBCNXJKFX"], visible["01M87CGREH42KS45E0A9R2GRPN"], visible["01M87CGRFATXN07528QWY061CZ"]
	if !slices.Equal(book.Hashtags, []string{"SetmanaDelLlibre"}) || !book.Edited || book.Language != "ca" ||
		book.Text != "Demà comença la Setmana del Llibre a la biblioteca (18 h). Vos esperem! #SetmanaDelLlibre" {
		t.Errorf("got %+v", book)
	}
	if len(poster.Media) != 2 || poster.Media[0].Alt == "" || poster.Media[1].Alt != "" {
		t.Errorf("media %+v", poster.Media)
	}
	if len(b.Messages) != 2 || b.Messages[0].ID != answer.InReplyTo || b.Messages[0].InReplyTo != "01M87CGQTSSW4NWSJVKK53A6PC" ||
		answer.Kind != pipeline.Reply || !slices.Equal(answer.Mentions, []string{"vecina@localhost:8089"}) {
		t.Errorf("the citizen's question %+v and the answer %+v do not meet", b.Messages, answer)
	}
	p := b.Profile
	if p.Posts != pipeline.CountOf(63) || p.Website != "https://ejemplo.example" || !slices.Contains(p.Links, "https://ejemplo.example/normas") ||
		p.Bio != "Cuenta oficial del Ayuntamiento de Ejemplo. Atención de 8:30 a 14:30. Normas: https://ejemplo.example/normas" {
		t.Errorf("profile %+v", p)
	}
	if b, err = collect(t, o, pipeline.Request{Account: a, Now: now.Add(time.Hour), Cursor: b.Next}); err != nil || len(b.Messages) > 0 || len(b.Gaps) > 0 {
		t.Errorf("second visit: %v, messages %v, gaps %v", err, b.Messages, b.Gaps)
	}
}

// TestMastodonFieldsAreThoseOfTheAPI holds the fields that are read against the API's own description.
func TestMastodonFieldsAreThoseOfTheAPI(t *testing.T) {
	raw, err := os.ReadFile(reference(t, "specs/mastodon-openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Ref        string             `json:"$ref"`
		Type       any                `json:"type"` // a name or several
		Format     string             `json:"format"`
		Properties map[string]*schema `json:"properties"`
		Items      *schema            `json:"items"`
		OneOf      []*schema          `json:"oneOf"`
	}
	var doc struct {
		Components struct {
			Schemas map[string]*schema `json:"schemas"`
		} `json:"components"`
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	type pair struct {
		s *schema
		t reflect.Type
	}
	seen := map[pair]bool{}
	fields := 0
	var check func(path string, s *schema, of reflect.Type)
	check = func(path string, s *schema, of reflect.Type) {
		for of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if len(s.OneOf) > 0 {
			s = s.OneOf[0]
		}
		format := s.Format
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
			s = doc.Components.Schemas[name]
		}
		if seen[pair{s, of}] {
			return
		}
		seen[pair{s, of}] = true
		want := map[reflect.Kind]string{reflect.String: "string", reflect.Int64: "integer", reflect.Bool: "boolean", reflect.Slice: "array", reflect.Struct: "object"}[of.Kind()]
		if of == reflect.TypeFor[time.Time]() {
			want = "string"
			if format != "date-time" {
				t.Errorf("%s is read as a time, the API says %q", path, format)
			}
		}
		if got := fmt.Sprint(s.Type); !slices.Contains(strings.Fields(strings.Trim(got, "[]")), want) {
			t.Errorf("%s is read as %s, the API says %s", path, want, got)
			return
		}
		switch {
		case want == "array":
			check(path+"[]", s.Items, of.Elem())
		case want == "object":
			for i := range of.NumField() {
				name := of.Field(i).Tag.Get("json")
				property, ok := s.Properties[name]
				if !ok {
					t.Errorf("%s has no %s in the API", path, name)
					continue
				}
				fields++
				check(path+"."+name, property, of.Field(i).Type)
			}
		}
	}
	check("Status", doc.Components.Schemas["Status"], reflect.TypeFor[mastodonStatus]())
	check("Notification", doc.Components.Schemas["Notification"], reflect.TypeFor[mastodonNotification]())
	check("Search", doc.Components.Schemas["Search"], reflect.TypeFor[mastodonSearch]())
	check("Context", doc.Components.Schemas["Context"], reflect.TypeFor[mastodonContext]())
	if fields < 40 {
		t.Errorf("only %d fields were held against the API", fields)
	}
	for _, call := range []string{ // every one that the collector makes
		lookupCall, searchCall, statusesCall, olderCall, verifyCall, mentionsCall, mentionsCall + "&max_id=928&since_id=927",
		"/api/v1/accounts/7", "/api/v1/statuses/108/context",
	} {
		u := address(t, call)
		path := regexp.MustCompile(`/\d+`).ReplaceAllString(u.Path, "/{id}")
		get, ok := doc.Paths[path]["get"]
		if !ok {
			t.Errorf("the API has no %s", path)
		}
		for name := range u.Query() {
			if !slices.ContainsFunc(get.Parameters, func(p struct {
				Name string `json:"name"`
				In   string `json:"in"`
			}) bool {
				return p.Name == strings.TrimSuffix(name, "[]") && p.In == "query"
			}) {
				t.Errorf("%s has no parameter %s in the API", path, name)
			}
		}
	}
}

// mastodonTown is a server with many accounts, which pages as Mastodon does.
type mastodonTown struct {
	posts [][]mastodonStatus // by account, oldest first
}

func newMastodonTown(accounts int) fakePlatform {
	return &mastodonTown{make([][]mastodonStatus, accounts)}
}

func (f *mastodonTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.Mastodon, Handle: fmt.Sprintf("@office%d@social.example", i), Credential: "TOWN"}
}

func (f *mastodonTown) of(i int) mastodonAccount {
	n := int64(len(f.posts[i]))
	return mastodonAccount{ID: strconv.Itoa(7000 + i), Acct: fmt.Sprint("office", i), StatusesCount: &n}
}

func (f *mastodonTown) publish(each int, newest time.Time) {
	for i := range f.posts {
		for k := range each {
			f.posts[i] = append(f.posts[i], mastodonStatus{
				ID: strconv.Itoa(1_000_000*(i+1) + len(f.posts[i])), CreatedAt: newest.Add(-time.Duration(each-1-k) * time.Minute),
				Visibility: "public", Content: "<p>hola</p>", RepliesCount: new(int64),
			})
		}
	}
}

func (f *mastodonTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var answer any
	var i int
	path, query := r.URL.Path, r.URL.Query()
	switch scan := func(s, format string) bool { n, err := fmt.Sscanf(s, format, &i); return n == 1 && err == nil }; {
	case path == "/api/v1/accounts/lookup" && scan(query.Get("acct"), "office%d@social.example") && i < len(f.posts):
		answer = f.of(i)
	case path == "/api/v1/accounts/verify_credentials": // a reader's
		answer = mastodonAccount{ID: "1", Acct: "reader"}
	case strings.HasSuffix(path, "/statuses") && scan(path, "/api/v1/accounts/%d/statuses"):
		i -= 7000
		limit, _ := strconv.Atoi(query.Get("limit"))
		page := []mastodonStatus{}
		for _, s := range slices.Backward(f.posts[i]) {
			if len(page) < min(limit, mastodonPage) && (query.Get("max_id") == "" || s.ID < query.Get("max_id")) {
				s.Account = f.of(i)
				page = append(page, s)
			}
		}
		if len(page) == limit {
			w.Header().Set("Link", fmt.Sprintf(`<https://%s%s?limit=%d&max_id=%s>; rel="next"`, r.Host, path, limit, page[limit-1].ID))
		}
		answer = page
	case scan(path, "/api/v1/accounts/%d"):
		answer = f.of(i - 7000)
	default:
		http.Error(w, `{"error":"Record not found"}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(answer)
}
