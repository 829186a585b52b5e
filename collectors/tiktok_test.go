package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// tiktokTown is the Display API for accounts of which each has a token of its own.
type tiktokTown struct {
	mu     sync.Mutex
	each   []*tiktokOwner
	limits int                 // requests that are refused
	tokens map[string]int      // account by token, beside secret-N
	asked  map[string]int      // requests by path
	renew  func() (any, int)   // answers a request for a new token
	form   map[string][]string // of the last one
}

type tiktokOwner struct {
	id, name string
	scopes   []string
	videos   []record // oldest first
}

func newTikTokTown(accounts int) fakePlatform { return tiktokTownOf(accounts) }

func tiktokTownOf(accounts int) *tiktokTown {
	f := &tiktokTown{tokens: map[string]int{}, asked: map[string]int{}}
	for i := range accounts {
		f.each = append(f.each, &tiktokOwner{id: fmt.Sprint("open-", i), name: fmt.Sprint("office", i), scopes: []string{"user.info.basic", "user.info.profile", "user.info.stats", "video.list"}})
	}
	return f
}

func (f *tiktokTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.TikTok, Handle: fmt.Sprint("@Office", i), Credential: fmt.Sprint(i)}
}

func (f *tiktokTown) publish(each int, newest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.each {
		for k := range each {
			o.film(newest.Add(-time.Duration(each-1-k)*time.Minute), "hola")
		}
	}
}

func (o *tiktokOwner) film(at time.Time, text string) record {
	id := fmt.Sprintf("7%s%04d", strings.TrimPrefix(o.id, "open-"), len(o.videos)+1)
	v := record{"id": id, "create_time": at.Unix(), "title": "", "video_description": text, "like_count": 5, "comment_count": 2, "share_count": 1, "view_count": 300,
		"share_url": "https://www.tiktok.com/@" + o.name + "/video/" + id + "?utm_campaign=tt4d_open_api&utm_source=x", "cover_image_url": "https://p16.example/x?x-expires=1", "duration": 12}
	o.videos = append(o.videos, v)
	return v
}

var tiktokUserFields = map[string]string{"open_id": "user.info.basic", "union_id": "user.info.basic", "avatar_url": "user.info.basic", "display_name": "user.info.basic",
	"username": "user.info.profile", "bio_description": "user.info.profile", "is_verified": "user.info.profile", "profile_deep_link": "user.info.profile",
	"follower_count": "user.info.stats", "following_count": "user.info.stats", "likes_count": "user.info.stats", "video_count": "user.info.stats"}

func (f *tiktokTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[r.URL.Path]++
	answer := func(status int, code string, data any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(record{"data": data, "error": record{"code": code, "message": "of " + r.Header.Get("Authorization"), "log_id": "1"}})
	}
	if r.URL.Path == "/v2/oauth/token/" {
		_ = r.ParseForm()
		f.form = r.PostForm
		body, status := f.renew()
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
		return
	}
	i := 0
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if n, ok := f.tokens[token]; ok {
		i = n
	} else if len(f.tokens) > 0 {
		answer(401, "access_token_invalid", record{})
		return
	}
	_, _ = fmt.Sscanf(token, "secret-%d", &i) // any other is the first account's
	o := f.each[i]
	if f.limits > 0 {
		f.limits--
		answer(429, "rate_limit_exceeded", record{})
		return
	}
	fields := strings.Split(r.URL.Query().Get("fields"), ",")
	var body struct {
		MaxCount int   `json:"max_count"`
		Cursor   int64 `json:"cursor"`
		Filters  struct {
			VideoIDs []string `json:"video_ids"`
		} `json:"filters"`
	}
	if r.URL.Path != "/v2/user/info/" {
		wrong := json.NewDecoder(r.Body).Decode(&body) != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json"
		for _, name := range fields {
			if len(o.videos) > 0 {
				_, known := o.videos[0][name]
				wrong = wrong || !known
			}
		}
		if wrong {
			answer(400, "invalid_params", record{})
			return
		}
		if !slices.Contains(o.scopes, "video.list") {
			answer(401, "scope_not_authorized", record{})
			return
		}
	}
	pick := func(v record) record {
		some := record{}
		for _, name := range fields {
			some[name] = v[name]
		}
		return some
	}
	switch r.URL.Path {
	case "/v2/user/info/":
		all := record{"open_id": o.id, "avatar_url": "https://p16-sign.tiktokcdn-eu.com/a/b.jpeg?x-expires=" + token, "display_name": "Oficina", "username": o.name,
			"bio_description": "Compte oficial https://office.example", "is_verified": true, "follower_count": 88, "following_count": 3, "video_count": len(o.videos)}
		for _, name := range fields {
			if tiktokUserFields[name] == "" {
				answer(400, "invalid_params", record{})
				return
			}
			if !slices.Contains(o.scopes, tiktokUserFields[name]) {
				answer(401, "scope_not_authorized", record{})
				return
			}
		}
		answer(200, "ok", record{"user": pick(all)})
	case "/v2/video/list/":
		if body.MaxCount < 1 || body.MaxCount > 20 {
			answer(400, "invalid_params", record{})
			return
		}
		page, more := []record{}, false
		for _, v := range slices.Backward(o.videos) {
			at := v["create_time"].(int64) * 1000
			switch {
			case body.Cursor != 0 && at >= body.Cursor:
			case len(page) == body.MaxCount:
				more = true
			default:
				page = append(page, v)
			}
		}
		cursor := int64(0)
		if len(page) > 0 {
			cursor = page[len(page)-1]["create_time"].(int64) * 1000
		}
		for i := range page {
			page[i] = pick(page[i])
		}
		answer(200, "ok", record{"videos": page, "cursor": cursor, "has_more": more})
	case "/v2/video/query/":
		if n := len(body.Filters.VideoIDs); n < 1 || n > 20 {
			answer(400, "invalid_params", record{})
			return
		}
		found := []record{}
		for _, v := range o.videos {
			if slices.Contains(body.Filters.VideoIDs, v["id"].(string)) {
				found = append(found, pick(v))
			}
		}
		answer(200, "ok", record{"videos": found})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestTikTokReadsItsOwnersAccount(t *testing.T) {
	f := tiktokTownOf(1)
	o := f.each[0]
	v := o.film(day(11, 18, 9, 0), "Hui #Fira amb @cultura https://office.example/fira")
	v["like_count"], v["title"] = nil, "La fira"
	r := pipeline.Request{Account: f.account(0)}
	b, err := readFake(t, f, r)
	if err != nil {
		t.Fatal(err)
	}
	n, at := pipeline.CountOf, "https://www.tiktok.com/@office0/video/700001"
	want := pipeline.Batch{
		At: visitDay, Gives: tiktok().gives, Calls: 2, Next: b.Next, Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{StableID: "open-0", Followers: n(88), Following: n(3), Posts: n(1), Handle: "office0", DisplayName: "Oficina", Bio: "Compte oficial https://office.example",
			Links: []string{"https://office.example"}, Avatar: "https://tiktokcdn.com/a/b.jpeg", Verified: true, LastPostAt: day(11, 18, 9, 0)},
		Posts: []pipeline.Post{{ID: "700001", CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Text: "La fira\nHui #Fira amb @cultura https://office.example/fira", URL: at,
			Links: []string{"https://office.example/fira"}, Hashtags: []string{"Fira"}, Mentions: []string{"cultura"}, Media: []pipeline.Media{{Kind: "video", URL: at}},
			Figures: pipeline.Figures{Replies: n(2), Reposts: n(1), Views: n(300)}}},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestTikTokReadsWhatIsNewAndWhatIsDue(t *testing.T) {
	f := tiktokTownOf(1)
	o := f.each[0]
	for i := range 70 {
		o.film(visitDay.Add(time.Duration(i-70)*24*time.Hour), "hola")
	}
	r := pipeline.Request{Account: f.account(0), Since: visitDay.Add(-50 * 24 * time.Hour)}
	b, err := readFake(t, f, r)
	if err != nil || len(b.Posts) != 50 || b.Calls != 4 || !b.Listed.From.Equal(r.Since) {
		t.Fatalf("%v: %d posts in %d calls, listed %v", err, len(b.Posts), b.Calls, b.Listed)
	}
	r.Cursor, r.StableID, r.Now = b.Next, b.Profile.StableID, visitDay.Add(23*time.Hour)
	o.film(r.Now.Add(-time.Hour), "nou")
	gone := o.videos[40]["id"].(string)
	for _, i := range []int{69, 45, 40, 30} {
		r.Due = append(r.Due, pipeline.DuePost{ID: o.videos[i]["id"].(string), CreatedAt: time.Unix(o.videos[i]["create_time"].(int64), 0)})
	}
	o.videos = slices.DeleteFunc(o.videos, func(v record) bool { return v["id"] == gone })
	o.name = "townhall" // a new name
	b, err = readFake(t, f, r)
	if err != nil || len(b.Posts) != 4 || !slices.Equal(b.Gone, []string{gone}) || b.Calls != 3 || b.Profile.Handle != "townhall" || b.Profile.StableID != "open-0" {
		t.Errorf("%v: %v, gone %v in %d calls, %+v", err, ids(b.Posts), b.Gone, b.Calls, b.Profile)
	}
	for _, p := range b.Posts {
		if p.ID == gone || b.Listed.Contains(p.CreatedAt) != (p.CreatedAt.After(visitDay.Add(-2*time.Hour))) {
			t.Errorf("post %s of %v, listed %v", p.ID, p.CreatedAt, b.Listed)
		}
	}
}

func TestTikTokScopes(t *testing.T) {
	f := tiktokTownOf(1)
	o := f.each[0]
	o.film(visitDay.Add(-time.Hour), "hola")
	o.scopes = []string{"user.info.basic", "user.info.stats", "video.list"}
	r := pipeline.Request{Account: f.account(0)}
	b, err := readFake(t, f, r)
	if err != nil || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, errPermission) || !strings.Contains(b.Gaps[0].Cause.Error(), "user.info.profile") || slices.Contains(b.Gives, pipeline.FieldBio) ||
		b.Profile.Followers != pipeline.CountOf(88) || len(b.Posts) != 1 {
		t.Fatalf("%v, gaps %v, %+v", err, b.Gaps, b.Profile)
	}
	r.Cursor, r.StableID = b.Next, b.Profile.StableID
	if b, err := readFake(t, f, r); err != nil || b.Calls != 2 || len(b.Gaps) > 0 || slices.Contains(b.Gives, pipeline.FieldBio) {
		t.Errorf("what is refused is not asked for at once: %v, %d calls, gaps %v", err, b.Calls, b.Gaps)
	}
	r.Now = visitDay.Add(8 * 24 * time.Hour)
	o.scopes = append(o.scopes, "user.info.profile")
	if b, err := readFake(t, f, r); err != nil || b.Calls != 2 || b.Profile.Bio == "" || !slices.Contains(b.Gives, pipeline.FieldBio) {
		t.Errorf("a week later: %v, %d calls", err, b.Calls)
	}
	o.scopes = []string{"user.info.basic", "user.info.profile", "user.info.stats"}
	if b, err := readFake(t, f, r); err != nil || len(b.Gaps) == 0 || b.Profile == nil || !b.Listed.IsZero() || len(b.Gone) > 0 {
		t.Errorf("without videos: %v, gaps %v", err, b.Gaps)
	}
	o.scopes = nil
	if _, err := readFake(t, f, r); !errors.Is(err, errPermission) {
		t.Errorf("nothing is allowed: %v", err)
	}
}

func TestTikTokRefusals(t *testing.T) {
	f := tiktokTownOf(2)
	r := pipeline.Request{Account: f.account(0)}
	r.Account.Credential = ""
	if _, err := readFake(t, f, r); !errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), "import its export") {
		t.Errorf("without a token: %v", err)
	}
	r.Account.Credential = "1"
	if _, err := readFake(t, f, r); !errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), "of @office1") {
		t.Errorf("the token of another account: %v", err)
	}
	f.tokens["good"] = 0
	r.Account.Credential = "0"
	if _, err := readFake(t, f, r); !errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), "PRESENCIA_TOKEN_0") {
		t.Errorf("a token that has ended: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		today()
		f := tiktokTownOf(1)
		f.publish(1, visitDay.Add(-time.Hour))
		f.limits = 1
		begun := time.Now()
		b, err := readOne(t.Context(), All(Options{Transport: inMemory(f), Credential: func(string) (pipeline.Secret, error) { return "secret-0", nil }}), pipeline.Request{Account: f.account(0), Now: visitDay})
		if err != nil || len(b.Posts) != 1 || time.Since(begun) != time.Minute {
			t.Errorf("%v, %d posts after %v, want a minute", err, len(b.Posts), time.Since(begun))
		}
	})
}

func TestTikTokRenewsItsToken(t *testing.T) {
	f := tiktokTownOf(1)
	f.tokens["new-token-of-today"] = 0
	f.publish(1, visitDay.Add(-time.Hour))
	f.renew = func() (any, int) {
		return record{"access_token": "new-token-of-today", "expires_in": 86400, "open_id": "open-0", "refresh_token": "secret-refresh-2", "token_type": "Bearer"}, 200
	}
	stored := pipeline.Secret("")
	content := pipeline.Secret(`{"access_token":"secret-old-token","refresh_token":"secret-refresh-1","client_key":"key-of-app","client_secret":"secret-of-app","expires":"2026-11-20T12:30:00Z"}`)
	o := Options{Now: func() time.Time { return visitDay }, Credential: func(string) (pipeline.Secret, error) { return content, nil },
		Save: func(_ string, s pipeline.Secret) error { stored = s; return nil }}
	r := pipeline.Request{Account: f.account(0)}
	b, err := readFakeWith(t, f, r, o)
	if err != nil || len(b.Posts) != 1 || f.asked["/v2/oauth/token/"] != 1 {
		t.Fatalf("%v, %d posts, asked %v", err, len(b.Posts), f.asked)
	}
	want := map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {"secret-refresh-1"}, "client_key": {"key-of-app"}, "client_secret": {"secret-of-app"}}
	if d := cmp.Diff(want, f.form); d != "" {
		t.Error(d)
	}
	c, err := ParseCredential(stored)
	if err != nil || c.AccessToken != "new-token-of-today" || c.RefreshToken != "secret-refresh-2" || !c.Expires.Equal(visitDay.Add(24*time.Hour)) || c.Text("client_key") != "key-of-app" {
		t.Errorf("%v: %+v", err, c)
	}
	// TikTok refuses with a status of success.
	f.renew = func() (any, int) {
		return record{"error": "invalid_grant", "error_description": "secret-refresh-1 is invalid or expired.", "log_id": "1"}, 200
	}
	content = pipeline.Secret(strings.Replace(string(content), "12:30", "11:30", 1))
	if _, err := readFakeWith(t, f, r, o); !errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), "allow the app once more") {
		t.Errorf("%v", err)
	}
	content = `{"access_token":"secret-old-token","refresh_token":"secret-refresh-1","expires":"2026-11-20T11:30:00Z"}`
	if _, err := readFakeWith(t, f, r, o); err == nil || !strings.Contains(err.Error(), "client_secret") {
		t.Errorf("%v", err)
	}
}

// FuzzOwnStubs reads any answer as one of each platform: nothing panics, and what is broken is told.
func FuzzOwnStubs(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"videos":[{"id":"1","create_time":1763600000,"title":"x","video_description":"y #z"}],"cursor":1,"has_more":true},"error":{"code":"ok"}}`,
		`{"photos":{"page":1,"pages":2,"total":"9","photo":[{"id":"1","secret":"s","server":"6","title":"x","dateupload":"1763600000","views":7,"count_faves":"3","tags":"a b"}]},"stat":"ok"}`,
		`{"stat":"fail","code":100}`, `{"person":{"nsid":"1@N01","iconserver":1,"iconfarm":2,"photos":{"count":{"_content":"5"}}}}`,
		`{"elements":[{"id":"urn:li:share:1","commentary":"@[A](urn:li:organization:1) {hashtag|\\#|b}","publishedAt":1763600000000,"lifecycleState":"PUBLISHED","visibility":"PUBLIC"}],"paging":{"links":[{"rel":"next"}]}}`,
	} {
		f.Add([]byte(seed), "@[A](urn:li:person:1) \\(x\\) {hashtag|\\#|b}")
	}
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		r := &response{url: &url.URL{Scheme: "https", Host: "api.example"}, status: 200, header: http.Header{}, body: body, at: visitDay}
		now := &visit{fetcher: newFetcher(withDefaults(Options{}))}
		for _, judge := range []func(*response) (time.Duration, error){(&tiktokVisit{visit: now}).judge, (&flickrVisit{visit: now}).judge, (&linkedinVisit{visit: now}).judge} {
			if wait, err := judge(r); wait < 0 || err != nil && !slices.ContainsFunc([]error{pipeline.ErrDenied, pipeline.ErrGone, pipeline.ErrBadAnswer, pipeline.ErrUnavailable, pipeline.ErrRateLimited, errPermission},
				func(kind error) bool { return errors.Is(err, kind) }) {
				t.Errorf("%v, %v", wait, err)
			}
		}
		var videos tiktokVideos
		if r.decode(&tiktokAnswer{Data: &videos}) == nil {
			for i := range videos.Videos {
				if p := videos.Videos[i].post(); len(p.Media) != 1 {
					t.Error(p)
				}
			}
		}
		var photos flickrList
		if r.decode(&photos) == nil && photos.Photos != nil {
			for i := range photos.Photos.Photo {
				p := (&flickrVisit{alias: "a"}).post(&photos.Photos.Photo[i])
				for _, c := range []pipeline.Count{p.Figures.Likes, p.Figures.Replies, p.Figures.Views} {
					if n, _ := c.Get(); n < 0 {
						t.Errorf("a figure of %d", n)
					}
				}
			}
		}
		var posts linkedinPosts
		if r.decode(&posts) == nil {
			for i := range posts.Elements {
				if p := posts.Elements[i].post(); p.Kind == pipeline.Repost && p.RepostOf == "" {
					t.Error(p)
				}
			}
		}
		for _, into := range []any{&flickrInfo{}, &flickrTalk{}, &linkedinStatistics{}, &linkedinComments{}, &linkedinPostsByID{}} {
			_ = r.decode(into)
		}
		if plainText, mentions := littleText(text); strings.Contains(strings.Join(mentions, ""), ")") || len(plainText) > 2*len(text)+4 {
			t.Errorf("%q: %q, %q", text, plainText, mentions)
		}
	})
}
