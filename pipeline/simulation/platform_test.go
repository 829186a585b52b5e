package simulation

import (
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var made = sync.OnceValue(func() *World { return New(1) })

// world is the same for all tests that only read it; its clock is theirs, one test at a time.
func world() *World {
	made().limits.window = time.Time{}
	return made()
}

// post and notification are those entities as a client reads them.
type (
	post struct {
		statusJSON
		RepliesCount       int          `json:"replies_count"`
		FavouritesCount    int          `json:"favourites_count"`
		InReplyToID        *string      `json:"in_reply_to_id"`
		InReplyToAccountID *string      `json:"in_reply_to_account_id"`
		Account            *accountJSON `json:"account"`
		Reblog             *post        `json:"reblog"`
	}
	notification struct {
		Type    string
		Account accountJSON
		Status  post
	}
)

// get asks the platform as a client would, but for the socket.
func get(t testing.TB, w *World, path string, header ...string) (*http.Response, []byte) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	resp := rec.Result()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func decode[T any](t testing.TB, w *World, path string, header ...string) T {
	t.Helper()
	resp, body := get(t, w, path, header...)
	var v T
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s at %v: %s %s", path, w.Now(), resp.Status, body)
	}
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

// walk follows the Link header from a page on.
func walk(t *testing.T, w *World, path, rel string, header ...string) (pages [][]*post) {
	t.Helper()
	for path != "" {
		resp, body := get(t, w, path, header...)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s", path, resp.Status, body)
		}
		var page []*post
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		path = ""
		for link := range strings.SplitSeq(resp.Header.Get("Link"), ", ") {
			address, params, _ := strings.Cut(link, "; ")
			u, err := url.Parse(strings.Trim(address, "<>"))
			if err != nil {
				t.Fatal(err)
			}
			if params == `rel="`+rel+`"` {
				path = u.RequestURI()
			}
		}
		if len(page) > 0 {
			pages = append(pages, page)
		}
	}
	return pages
}

func bearer(t testing.TB, w *World, a *account) []string {
	t.Helper()
	token, ok := w.Token(a.credential)
	if !ok {
		t.Fatalf("no token for %q", a.credential)
	}
	return []string{"Authorization", "Bearer " + token}
}

func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 4, 0, 0, 0, time.UTC)
}

// photograph is a hash of much of what a platform shows.
func photograph(t *testing.T, w *World) string {
	h := sha256.New()
	for _, now := range []time.Time{on(2012, 11, 5), on(2014, 3, 3), on(2015, 9, 7)} {
		w.SetNow(now)
		for _, a := range w.accounts {
			path := "/feeds/" + a.id + "." + a.format
			var header []string
			if a.social() {
				path = fmt.Sprintf("/api/v1/accounts/%d/statuses?limit=40", a.number)
				if a.credential != "" {
					header = bearer(t, w, a)
				}
			}
			_, body := get(t, w, path, header...)
			h.Write(body)
		}
	}
	h.Write(w.Register("http://127.0.0.1:1"))
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestSameSeedGivesSameBytes(t *testing.T) {
	first := photograph(t, New(7))
	if again := photograph(t, New(7)); again != first {
		t.Error("two worlds of one seed differ")
	}
	if other := photograph(t, New(8)); other == first {
		t.Error("two worlds of different seeds are the same")
	}
}

func TestServesNothingOfTheFuture(t *testing.T) {
	w := world()
	for _, now := range []time.Time{on(2012, 9, 1), on(2013, 3, 4)} {
		w.SetNow(now)
		check := func(what, date string) {
			t.Helper()
			at, err := time.Parse(time.RFC3339, date)
			if err != nil || at.After(now) {
				t.Fatalf("at %v the platform shows %s of %s (%v)", now, what, date, err)
			}
		}
		seen := 0
		for _, a := range w.accounts {
			if !a.open(now) {
				continue
			}
			if !a.social() {
				_, body := get(t, w, "/feeds/"+a.id+".json")
				var feed struct {
					Items []struct {
						Date string `json:"date_published"`
					}
				}
				if err := json.Unmarshal(body, &feed); err != nil {
					t.Fatal(err)
				}
				for _, i := range feed.Items {
					check("an article", i.Date)
				}
				continue
			}
			var header []string
			if a.credential != "" {
				header = bearer(t, w, a)
				for _, n := range decode[[]notification](t, w, "/api/v1/notifications?types[]=mention&limit=80", header...) {
					check("a mention", n.Status.CreatedAt)
				}
			}
			for _, page := range walk(t, w, fmt.Sprintf("/api/v1/accounts/%d/statuses?limit=40", a.number), "next", header...) {
				for _, s := range page {
					seen++
					check("a post", s.CreatedAt)
					if s.Reblog != nil {
						check("a boosted post", s.Reblog.CreatedAt)
					}
					if s.EditedAt != nil {
						check("an edit", *s.EditedAt)
					}
				}
			}
		}
		want := 0
		for _, s := range w.all {
			if s.account != nil && s.account.social() && s.account.open(now) && !s.created.After(now) && (s.deleted.IsZero() || now.Before(s.deleted)) &&
				(s.boost == nil || s.boost.deleted.IsZero() || now.Before(s.boost.deleted)) {
				want++
			}
		}
		if seen != want {
			t.Errorf("at %v the platform lists %d posts, %d exist", now, seen, want)
		}
	}
}

func TestPagingGivesEachPostOnceInOrder(t *testing.T) {
	w := world()
	w.SetNow(on(2015, 1, 5))
	a := w.social[0]
	path := fmt.Sprintf("/api/v1/accounts/%d/statuses?limit=17", a.number)
	var down, up []string
	for _, page := range walk(t, w, path, "next", bearer(t, w, a)...) {
		for _, s := range page {
			down = append(down, s.ID)
		}
	}
	if !slices.IsSortedFunc(down, func(a, b string) int { return strings.Compare(b, a) }) || len(slices.Compact(slices.Clone(down))) != len(down) {
		t.Error("following next does not give newest first, each once")
	}
	w.SetNow(w.Now().Add(time.Hour)) // a new quota
	for _, page := range walk(t, w, path+"&min_id=0", "prev", bearer(t, w, a)...) {
		for _, s := range slices.Backward(page) {
			up = append(up, s.ID)
		}
	}
	slices.Reverse(up)
	if diff := cmp.Diff(down, up); diff != "" {
		t.Errorf("next from the top and prev from the bottom differ (-next +prev):\n%s", diff)
	}
	if got := decode[[]*post](t, w, path+"&since_id="+down[3]); len(got) != 3 || got[0].ID != down[0] {
		t.Errorf("since_id gives %d posts, want the 3 newer ones", len(got))
	}
	for _, s := range decode[[]*post](t, w, path+"&exclude_replies=true&exclude_reblogs=true&limit=40") {
		if s.Reblog != nil || s.InReplyToAccountID != nil && *s.InReplyToAccountID != s.Account.ID {
			t.Errorf("%s is a reply or boost, though excluded", s.ID)
		}
	}
	if n := len(decode[[]*post](t, w, strings.Replace(path, "17", "500", 1))); n != 40 {
		t.Errorf("a page holds %d posts, want at most 40", n)
	}
	if resp, body := get(t, w, strings.Replace(path, "17", "abc", 1)); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("limit=abc: %s %s", resp.Status, body)
	}
}

func TestAccountLivesAsLongAsItIsOpen(t *testing.T) {
	w := world()
	status := func(now time.Time, a *account) int {
		w.SetNow(now)
		resp, _ := get(t, w, "/api/v1/accounts/lookup?acct=@"+a.handle+"@"+host)
		return resp.StatusCode
	}
	var opened, closed *account
	for _, a := range w.social {
		if !a.opened.Equal(begin.In(w.loc)) {
			opened = a
		}
		if !a.closed.IsZero() {
			closed = a
		}
	}
	for _, c := range []struct {
		name string
		now  time.Time
		a    *account
		want int
	}{
		{"before it was opened", opened.opened.Add(-time.Second), opened, 404},
		{"once it was opened", opened.opened, opened, 200},
		{"until it is closed", closed.closed.Add(-time.Second), closed, 200},
		{"once it is closed", closed.closed, closed, 404},
	} {
		if got := status(c.now, c.a); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	for _, acct := range []string{"nadie", opened.handle + "@otra.test"} {
		if resp, _ := get(t, w, "/api/v1/accounts/lookup?acct="+acct); resp.StatusCode != 404 {
			t.Errorf("lookup of %s: %s", acct, resp.Status)
		}
	}
}

func TestDeletedAndEditedPosts(t *testing.T) {
	w := world()
	i := slices.IndexFunc(w.all, func(s *status) bool { return !s.deleted.IsZero() && s.account.social() && s.account.closed.IsZero() })
	gone := w.all[i]
	path := fmt.Sprint("/api/v1/statuses/", gone.id)
	listed := func() bool {
		page := decode[[]*post](t, w, fmt.Sprintf("/api/v1/accounts/%d/statuses?max_id=%d&limit=1", gone.account.number, gone.id+1))
		return len(page) > 0 && page[0].ID == strconv.FormatInt(gone.id, 10)
	}
	w.SetNow(gone.deleted.Add(-time.Second))
	before := decode[accountJSON](t, w, fmt.Sprint("/api/v1/accounts/", gone.account.number)).StatusesCount
	if resp, _ := get(t, w, path); resp.StatusCode != 200 || !listed() {
		t.Errorf("before it is deleted: %s", resp.Status)
	}
	w.SetNow(gone.deleted)
	if resp, _ := get(t, w, path); resp.StatusCode != 404 || listed() {
		t.Errorf("once it is deleted: %s", resp.Status)
	}
	if after := decode[accountJSON](t, w, fmt.Sprint("/api/v1/accounts/", gone.account.number)).StatusesCount; after != before-1 {
		t.Errorf("statuses_count went from %d to %d on deletion", before, after)
	}

	i = slices.IndexFunc(w.all, func(s *status) bool {
		return !s.edited.IsZero() && s.deleted.IsZero() && s.account.closed.IsZero() && len(w.Outage(s.edited)) == 0
	})
	path = fmt.Sprint("/api/v1/statuses/", w.all[i].id)
	w.SetNow(w.all[i].edited.Add(-time.Second))
	first := decode[post](t, w, path)
	w.SetNow(w.all[i].edited)
	second := decode[post](t, w, path)
	if first.EditedAt != nil || second.EditedAt == nil || first.Content == second.Content {
		t.Errorf("an edit does not show: %v %q, %v %q", first.EditedAt, first.Content, second.EditedAt, second.Content)
	}
}

func TestCountsGrowAndSettle(t *testing.T) {
	w := world()
	i := slices.IndexFunc(w.all, func(s *status) bool { return s.likes > 15 && s.created.After(on(2014, 3, 1)) && s.deleted.IsZero() })
	s := w.all[i]
	last := -1
	for _, age := range []time.Duration{time.Second, 24 * time.Hour, 7 * 24 * time.Hour, 31 * 24 * time.Hour, 400 * 24 * time.Hour} {
		w.SetNow(s.created.Add(age))
		v := decode[post](t, w, fmt.Sprint("/api/v1/statuses/", s.id))
		n := v.FavouritesCount
		if n < last || age < time.Minute && n != 0 || age > 30*24*time.Hour && n != s.likes {
			t.Errorf("at an age of %v: %d likes after %d, %d in the end", age, n, last, s.likes)
		}
		last = n
	}
}

func TestRepliesMatchTheirCount(t *testing.T) {
	w := world()
	w.SetNow(on(2014, 5, 5))
	seen := 0
	for _, s := range w.all {
		if len(s.replies) < 2 || s.account == nil || s.created.After(w.Now()) || !s.deleted.IsZero() || !s.account.open(w.Now()) {
			continue
		}
		w.SetNow(w.Now().Add(quotaWindow))
		id := strconv.FormatInt(s.id, 10)
		v := decode[post](t, w, "/api/v1/statuses/"+id)
		c := decode[struct{ Descendants []post }](t, w, "/api/v1/statuses/"+id+"/context")
		direct := 0
		for _, d := range c.Descendants {
			if d.InReplyToID != nil && *d.InReplyToID == id {
				direct++
			}
		}
		if v.RepliesCount != direct {
			t.Errorf("%s has %d replies, and %d in its context", id, v.RepliesCount, direct)
		}
		if seen++; seen == 50 {
			return
		}
	}
	t.Fatal("there are no conversations")
}

func TestQuota(t *testing.T) {
	w := world()
	w.SetNow(time.Date(2014, 3, 3, 5, 1, 0, 0, time.UTC))
	path := "/api/v1/accounts/lookup?acct=turismo"
	for i := range quota {
		resp, _ := get(t, w, path)
		if left := resp.Header.Get("X-RateLimit-Remaining"); left != strconv.Itoa(quota-1-i) {
			t.Fatalf("request %d: %s remaining", i, left)
		}
	}
	resp, _ := get(t, w, path)
	reset, err := time.Parse(time.RFC3339, resp.Header.Get("X-RateLimit-Reset"))
	if resp.StatusCode != http.StatusTooManyRequests || err != nil || !reset.Equal(w.Now().Add(4*time.Minute)) {
		t.Errorf("over the quota: %s, reset %v (%v)", resp.Status, reset, err)
	}
	if date := resp.Header.Get("Date"); date != "Mon, 03 Mar 2014 05:01:00 GMT" {
		t.Errorf("the server's clock says %s", date)
	}
	if resp, _ := get(t, w, path, bearer(t, w, w.social[0])...); resp.StatusCode != 200 {
		t.Errorf("another client: %s", resp.Status)
	}
	w.SetNow(reset)
	if resp, _ := get(t, w, path); resp.StatusCode != 200 {
		t.Errorf("after the reset: %s", resp.Status)
	}
}

func TestTokens(t *testing.T) {
	w := world()
	w.SetNow(on(2014, 3, 3))
	for _, c := range []struct {
		name, path string
		header     []string
		want       int
	}{
		{"mentions without a token", "/api/v1/notifications", nil, 401},
		{"mentions with a wrong one", "/api/v1/notifications", []string{"Authorization", "Bearer x"}, 401},
		{"public data with a wrong one", "/api/v1/accounts/1000", []string{"Authorization", "Bearer x"}, 401},
		{"public data without one", "/api/v1/accounts/1000", nil, 200},
		{"whose token without one", "/api/v1/accounts/verify_credentials", nil, 401},
	} {
		if resp, _ := get(t, w, c.path, c.header...); resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", c.name, resp.Status, c.want)
		}
	}
	for _, a := range w.social[:3] {
		if got := decode[accountJSON](t, w, "/api/v1/accounts/verify_credentials", bearer(t, w, a)...); got.Username != a.handle {
			t.Errorf("the token of %s is that of %s", a.handle, got.Username)
		}
		for _, n := range decode[[]notification](t, w, "/api/v1/notifications?types[]=mention", bearer(t, w, a)...) {
			if n.Type != "mention" || !slices.ContainsFunc(n.Status.Mentions, func(m mentionJSON) bool { return m.Acct == a.handle }) {
				t.Errorf("%s is notified of %s by %s", a.handle, n.Type, n.Account.Acct)
			}
		}
	}
	if n := len(decode[[]notification](t, w, "/api/v1/notifications?types[]=favourite", bearer(t, w, w.social[0])...)); n != 0 {
		t.Errorf("%d mentions among the favourites", n)
	}
	if _, ok := w.Token(""); ok {
		t.Error("an account without credential has a token")
	}
}

func TestOutageLastsAWeek(t *testing.T) {
	w := world()
	n := 0
	for _, now := range w.Weeks() {
		for _, id := range w.Outage(now) {
			n++
			a := w.accounts[slices.IndexFunc(w.accounts, func(a *account) bool { return a.id == string(id) })]
			path := "/feeds/" + a.id + "." + a.format
			if a.social() {
				path = fmt.Sprintf("/api/v1/accounts/%d/statuses", a.number)
			}
			w.SetNow(now)
			if resp, _ := get(t, w, path); resp.StatusCode != 503 {
				t.Errorf("%s at %v: %s", id, now, resp.Status)
			}
			w.SetNow(now.AddDate(0, 0, 7))
			if resp, _ := get(t, w, path); resp.StatusCode != 200 {
				t.Errorf("%s a week after %v: %s", id, now, resp.Status)
			}
		}
	}
	if n == 0 {
		t.Error("there is no outage")
	}
}

func TestFeeds(t *testing.T) {
	w := world()
	w.SetNow(on(2014, 3, 3))
	for _, a := range w.accounts {
		if a.social() {
			continue
		}
		want := w.channel(a, w.Now()).entries
		for _, format := range []string{"rss", "atom", "json"} {
			path := "/feeds/" + a.id + "." + format
			resp, body := get(t, w, path)
			var titles []string
			switch format {
			case "json":
				var v struct{ Items []struct{ Title string } }
				if err := json.Unmarshal(body, &v); err != nil {
					t.Fatal(err)
				}
				for _, i := range v.Items {
					titles = append(titles, i.Title)
				}
			default:
				var v struct {
					Items []struct {
						Title string `xml:"title"`
					} `xml:"channel>item"`
					Entries []struct {
						Title string `xml:"title"`
					} `xml:"entry"`
				}
				if err := xml.Unmarshal(body, &v); err != nil {
					t.Fatal(err)
				}
				for _, i := range append(v.Items, v.Entries...) {
					titles = append(titles, i.Title)
				}
			}
			if len(titles) != len(want) || len(titles) == 0 || titles[0] != want[0].title {
				t.Errorf("%s has %d entries, want %d", path, len(titles), len(want))
			}
			for _, header := range [][]string{{"If-None-Match", resp.Header.Get("ETag")}, {"If-Modified-Since", resp.Header.Get("Last-Modified")}} {
				if resp, body := get(t, w, path, header...); resp.StatusCode != http.StatusNotModified || len(body) > 0 {
					t.Errorf("%s with %s: %s", path, header, resp.Status)
				}
			}
			later := w.Now()
			w.SetNow(later.AddDate(0, 2, 0))
			if resp, _ := get(t, w, path, "If-None-Match", resp.Header.Get("ETag")); resp.StatusCode != http.StatusOK {
				t.Errorf("%s two months later: %s", path, resp.Status)
			}
			w.SetNow(later)
		}
	}
}

// sink is a client that reads nothing.
type sink struct {
	header http.Header
	bytes  int64
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(b []byte) (int, error) { s.bytes += int64(len(b)); return len(b), nil }

func BenchmarkStatusesPage(b *testing.B) {
	w := world()
	w.SetNow(on(2014, 3, 3))
	r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/api/v1/accounts/%d/statuses?limit=40", w.social[0].number), nil)
	page := &sink{header: http.Header{}}
	for b.Loop() {
		w.limits.window = time.Time{}
		w.Handler().ServeHTTP(page, r)
	}
	b.SetBytes(page.bytes / int64(b.N))
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(1)
	}
}
