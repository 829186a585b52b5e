package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// blueskyExchange is a request and its answer, to be held against the lexicons.
type blueskyExchange struct {
	Verb   string     `json:"verb"`
	Method string     `json:"method"`
	Query  url.Values `json:"query"`
	Body   string     `json:"body"`
	Status int        `json:"status"`
	Answer string     `json:"answer"`
}

// blueskySaid is all that these tests have said and heard.
var blueskySaid []blueskyExchange

// appView is a Bluesky of the test's own: the AppView, and the server where accounts sign in.
type appView struct {
	*replayed
	t        *testing.T // nil: what is said is not kept
	mu       sync.Mutex
	actors   map[string]*blueskyActor // by DID
	bad      map[string]bool          // actors for which the whole request is refused
	answer   func(method string, query url.Values) (status int, body any)
	password string
	tokens   int    // given out
	valid    string // access token
	mentions []map[string]any
	page     int // smaller pages than asked for; 0: as asked
	headers  []http.Header
}

// blueskyActor is an account with its feed, newest first.
type blueskyActor struct {
	did, handle string
	profile     map[string]any
	feed        []map[string]any // of feedViewPost
	replies     map[string][]map[string]any
}

const (
	townDID    = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
	libraryDID = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
	anaDID     = "did:plc:cccccccccccccccccccccccc"
	aCID       = "bafyreicyy3zl2ixr7gved7n4vmcssrfik3vriut3iaqi5la72zdxs3nyfi"
)

func newAppView(t *testing.T) *appView {
	v := &appView{t: t, actors: map[string]*blueskyActor{}, bad: map[string]bool{}}
	v.replayed = serve(t, v.ServeHTTP)
	return v
}

func (v *appView) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.headers = append(v.headers, r.Header)
	method := strings.TrimPrefix(r.URL.Path, "/xrpc/")
	body, _ := io.ReadAll(r.Body)
	e := blueskyExchange{Verb: r.Method, Method: method, Query: r.URL.Query(), Body: string(body)}
	var answer any
	if v.answer != nil {
		e.Status, answer = v.answer(method, e.Query)
	}
	if e.Status == 0 {
		e.Status, answer = v.serve(method, e.Query, body, r.Header)
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		e.Status = http.StatusNotImplemented
	}
	if v.t != nil {
		e.Answer = string(raw)
		blueskySaid = append(blueskySaid, e)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_, _ = w.Write(raw)
}

func blueskyRefused(name string) (int, any) {
	return http.StatusBadRequest, map[string]any{"error": name, "message": "as documented"}
}

func (v *appView) serve(method string, query url.Values, body []byte, header http.Header) (int, any) {
	limit := 50
	if n, err := strconv.Atoi(query.Get("limit")); err == nil {
		limit = n
	}
	if limit > 100 {
		return blueskyRefused("InvalidRequest")
	}
	if v.page > 0 {
		limit = v.page
	}
	page := func(all []map[string]any) ([]map[string]any, string) {
		from, _ := strconv.Atoi(query.Get("cursor"))
		to := min(from+limit, len(all))
		if to == len(all) {
			return all[from:to], ""
		}
		return all[from:to], strconv.Itoa(to)
	}
	list := func(name string, all []map[string]any) (int, any) {
		some, next := page(all)
		answer := map[string]any{name: append([]map[string]any{}, some...)}
		if next != "" {
			answer["cursor"] = next
		}
		return http.StatusOK, answer
	}
	switch method {
	case "app.bsky.actor.getProfiles":
		if len(query["actors"]) > 25 {
			return blueskyRefused("InvalidRequest")
		}
		all := []any{}
		for _, a := range query["actors"] {
			if v.bad[a] {
				return blueskyRefused("InvalidRequest")
			}
			if p := v.actor(a); p != nil {
				all = append(all, p.profile)
			}
		}
		return http.StatusOK, map[string]any{"profiles": all}
	case "app.bsky.feed.getAuthorFeed":
		a := v.actor(query.Get("actor"))
		if a == nil {
			return blueskyRefused("InvalidRequest")
		}
		return list("feed", a.feed)
	case "app.bsky.feed.getPosts":
		if len(query["uris"]) > 25 {
			return blueskyRefused("InvalidRequest")
		}
		all := []any{}
		for _, uri := range query["uris"] {
			if p := v.find(uri); p != nil {
				all = append(all, p)
			}
		}
		return http.StatusOK, map[string]any{"posts": all}
	case "app.bsky.feed.getPostThread":
		p := v.find(query.Get("uri"))
		if p == nil {
			return blueskyRefused("NotFound")
		}
		replies := []any{}
		for _, a := range v.actors {
			for _, r := range a.replies[query.Get("uri")] {
				replies = append(replies, r)
			}
		}
		return http.StatusOK, map[string]any{"thread": map[string]any{"$type": "app.bsky.feed.defs#threadViewPost", "post": p, "replies": replies}}
	case "com.atproto.server.createSession":
		var in map[string]string
		if json.Unmarshal(body, &in) != nil || in["password"] != v.password {
			return http.StatusUnauthorized, map[string]any{"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
		}
		return v.signIn(in["identifier"])
	case "com.atproto.server.refreshSession":
		if header.Get("Authorization") != "Bearer refresh-"+strconv.Itoa(v.tokens) {
			return blueskyRefused("ExpiredToken")
		}
		return v.signIn(townDID)
	case "app.bsky.notification.listNotifications":
		switch got := header.Get("Authorization"); {
		case got == "":
			return http.StatusUnauthorized, map[string]any{"error": "AuthMissing", "message": "Authentication Required"}
		case got != "Bearer "+v.valid:
			return blueskyRefused("ExpiredToken")
		}
		return list("notifications", v.mentions)
	}
	return http.StatusNotImplemented, map[string]any{"error": "MethodNotImplemented"}
}

func (v *appView) signIn(who string) (int, any) {
	a := v.actor(who)
	v.tokens++
	v.valid = "access-" + strconv.Itoa(v.tokens)
	return http.StatusOK, map[string]any{"accessJwt": v.valid, "refreshJwt": "refresh-" + strconv.Itoa(v.tokens), "handle": a.handle, "did": a.did}
}

func (v *appView) actor(name string) *blueskyActor {
	if a := v.actors[name]; a != nil {
		return a
	}
	for _, a := range v.actors {
		if a.handle == name {
			return a
		}
	}
	return nil
}

func (v *appView) find(uri string) map[string]any {
	did, _, _ := strings.Cut(strings.TrimPrefix(uri, "at://"), "/")
	if a := v.actors[did]; a != nil {
		for _, item := range a.feed {
			if p := item["post"].(map[string]any); p["uri"] == uri && item["reason"] == nil {
				return p
			}
		}
	}
	return nil
}

// newBlueskyTown is the public AppView with accounts that all publish alike.
func newBlueskyTown(accounts int) fakePlatform {
	v := &appView{actors: map[string]*blueskyActor{}}
	for i := range accounts {
		v.open(fmt.Sprintf("did:plc:%024d", i), fmt.Sprintf("n%d.example.org", i))
	}
	return v
}

// blueskyFloor: all profiles, 25 in a request; the feed of each account that has new posts, with those that are due in it;
// otherwise those that are due, 25 in a request.
func blueskyFloor(n, p, w int) int {
	if p > 0 {
		return pages(n, blueskyBatch) + n*pages(p+w, blueskyPage)
	}
	return pages(n, blueskyBatch) + pages(n*w, blueskyBatch)
}

// account implements [fakePlatform] for the public AppView.
func (v *appView) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprintf("n%d", i)), Platform: pipeline.Bluesky, Handle: fmt.Sprintf("n%d.example.org", i)}
}

func (v *appView) publish(each int, newest time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, a := range v.actors {
		for i := range each {
			at := newest.Add(-time.Duration(each-1-i) * time.Minute)
			a.write(fmt.Sprintf("3k%d", at.UnixMilli()), at, "x", nil, nil)
		}
	}
}

func (v *appView) open(did, handle string) *blueskyActor {
	a := &blueskyActor{did: did, handle: handle, replies: map[string][]map[string]any{}, profile: map[string]any{
		"did": did, "handle": handle, "displayName": "Ajuntament d'Exemple", "followersCount": 1250, "followsCount": 80, "postsCount": 0,
		"createdAt": "2023-08-01T10:00:00.000Z", "indexedAt": "2023-08-01T10:00:01.000Z", "labels": []any{},
	}}
	v.actors[did] = a
	return a
}

func blueskyURI(did, key string) string { return "at://" + did + "/app.bsky.feed.post/" + key }

func blueskyStamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

// view is a post as the AppView shows it.
func (a *blueskyActor) view(key string, at time.Time, text string, record, view map[string]any) map[string]any {
	r := map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": blueskyStamp(at), "langs": []any{"es"}}
	maps.Copy(r, record)
	p := map[string]any{
		"uri": blueskyURI(a.did, key), "cid": aCID, "author": map[string]any{"did": a.did, "handle": a.handle}, "record": r, "indexedAt": blueskyStamp(at.Add(time.Second)),
		"likeCount": 3, "replyCount": 0, "repostCount": 2, "quoteCount": 1, "bookmarkCount": 4, "labels": []any{},
	}
	maps.Copy(p, view)
	return p
}

// write puts a post at the head of the feed and counts it.
func (a *blueskyActor) write(key string, at time.Time, text string, record, view map[string]any) map[string]any {
	p := a.view(key, at, text, record, view)
	a.feed = slices.Insert(a.feed, 0, map[string]any{"post": p})
	a.profile["postsCount"] = a.profile["postsCount"].(int) + 1
	return p
}

func (a *blueskyActor) remove(key string) {
	a.feed = slices.DeleteFunc(a.feed, func(item map[string]any) bool {
		return item["post"].(map[string]any)["uri"] == blueskyURI(a.did, key) && item["reason"] == nil
	})
	a.profile["postsCount"] = a.profile["postsCount"].(int) - 1
}

func (v *appView) here(handle string) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(handle), Platform: pipeline.Bluesky, Handle: handle, Server: v.url, AllowHTTP: true}
}

// together reads accounts as a run does, and answers batches and errors by account.
func (v *appView) together(secret string, requests ...pipeline.Request) (map[pipeline.AccountID]pipeline.Batch, map[pipeline.AccountID]error) {
	v.t.Helper()
	c := All(Options{Backoff: time.Millisecond, Credential: func(string) (pipeline.Secret, error) { return pipeline.Secret(secret), nil }})[pipeline.Bluesky]
	return v.with(c, requests...)
}

func (v *appView) with(c pipeline.Collector, requests ...pipeline.Request) (map[pipeline.AccountID]pipeline.Batch, map[pipeline.AccountID]error) {
	v.t.Helper()
	for i := range requests {
		if requests[i].Now.IsZero() {
			requests[i].Now = visitDay
		}
	}
	before := len(v.calls)
	batches, failed := map[pipeline.AccountID]pipeline.Batch{}, map[pipeline.AccountID]error{}
	calls := 0
	c.Collect(v.t.Context(), requests, func(r pipeline.Request, b pipeline.Batch, err error) {
		if _, twice := batches[r.Account.ID]; twice {
			v.t.Errorf("%s is handed over twice", r.Account.ID)
		}
		calls += b.Calls
		batches[r.Account.ID] = b
		if err != nil {
			failed[r.Account.ID] = err
			return
		}
		covers(v.t, pipeline.Bluesky, b)
	})
	if len(batches) != len(requests) {
		v.t.Errorf("%d of %d accounts are handed over", len(batches), len(requests))
	}
	if calls != len(v.calls)-before {
		v.t.Errorf("%d calls are counted, %d were made", calls, len(v.calls)-before)
	}
	return batches, failed
}

// one reads an account that can be read.
func (v *appView) one(r pipeline.Request) pipeline.Batch {
	v.t.Helper()
	batches, failed := v.together("", r)
	if err := failed[r.Account.ID]; err != nil {
		v.t.Fatal(err)
	}
	return batches[r.Account.ID]
}

// methods are the names of the methods that were asked since n calls.
func (v *appView) methods(n int) []string {
	var all []string
	for _, c := range v.calls[n:] {
		path, _, _ := strings.Cut(c, "?")
		all = append(all, path[strings.LastIndex(path, ".")+1:])
	}
	return all
}

func blueskyMark(text, part string, feature map[string]any) map[string]any {
	from := strings.Index(text, part)
	return map[string]any{"index": map[string]any{"byteStart": from, "byteEnd": from + len(part)}, "features": []any{feature}}
}

func blueskyLinkTo(uri string) map[string]any {
	return map[string]any{"$type": "app.bsky.richtext.facet#link", "uri": uri}
}

func blueskyStrong(did, key string) map[string]any {
	return map[string]any{"uri": blueskyURI(did, key), "cid": aCID}
}

func blueskyBlob(mime string) map[string]any {
	return map[string]any{"$type": "blob", "ref": map[string]any{"$link": "bafkreiabaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibae"}, "mimeType": mime, "size": 1000}
}

// blueskyTown is a town hall with a post of every kind, and a library.
func blueskyHall(t *testing.T) (*appView, *blueskyActor) {
	v := newAppView(t)
	library := v.open(libraryDID, "biblioteca.example.org")
	quoted := library.write("3kq", day(11, 1, 9, 0), "Club de lectura", nil, nil)
	a := v.open(townDID, "exemple.bsky.social")
	maps.Copy(a.profile, map[string]any{
		"description": "Compte oficial. Normes: https://example.org/normes, web (example.org) i premsa@example.org",
		"website":     "https://www.example.org", "avatar": "https://cdn.example.org/a.jpg", "banner": "https://cdn.example.org/b.jpg",
		"verification": map[string]any{"verifications": []any{}, "verifiedStatus": "valid", "trustedVerifierStatus": "none"},
		"labels":       []any{map[string]any{"src": townDID, "uri": townDID, "val": "!no-unauthenticated", "cts": "2024-01-01T00:00:00.000Z"}},
	})

	a.write("3kzero", time.Time{}, "sin fecha", map[string]any{"createdAt": "0000-01-01T00:00:00.000Z"}, map[string]any{"indexedAt": blueskyStamp(day(3, 1, 9, 0))})
	a.write("3kold", time.Date(2014, 9, 11, 8, 0, 0, 0, time.UTC), "de otra red", nil, map[string]any{"indexedAt": blueskyStamp(day(3, 1, 9, 0))})
	a.write("3ka", day(11, 10, 9, 0), "1/2", nil, map[string]any{"replyCount": 1})
	a.write("3kb", day(11, 10, 9, 1), "2/2", map[string]any{"reply": map[string]any{"root": blueskyStrong(townDID, "3ka"), "parent": blueskyStrong(townDID, "3ka")}}, nil)
	a.write("3kc", day(11, 11, 9, 0), "Gràcies, Ana", map[string]any{"reply": map[string]any{"root": blueskyStrong(anaDID, "3kx"), "parent": blueskyStrong(anaDID, "3kx")}}, map[string]any{"replyCount": 1})
	a.write("3kd", day(11, 11, 9, 1), "Obrim a les 9", map[string]any{"reply": map[string]any{"root": blueskyStrong(anaDID, "3kx"), "parent": blueskyStrong(townDID, "3kc")}}, nil)
	pictures := map[string]any{"$type": "app.bsky.embed.images", "images": []any{
		map[string]any{"image": blueskyBlob("image/png"), "alt": "Cartell: del 21 al 28"}, map[string]any{"image": blueskyBlob("image/png"), "alt": ""}}}
	a.write("3ke", day(11, 12, 9, 0), "Fotos", map[string]any{"embed": pictures}, map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.images#view", "images": []any{
		map[string]any{"thumb": "https://cdn.example.org/1t", "fullsize": "https://cdn.example.org/1", "alt": "Cartell: del 21 al 28"},
		map[string]any{"thumb": "https://cdn.example.org/2t", "fullsize": "https://cdn.example.org/2", "alt": ""}}}})
	video := map[string]any{"$type": "app.bsky.embed.video", "video": blueskyBlob("video/mp4"), "captions": []any{map[string]any{"lang": "es", "file": blueskyBlob("text/vtt")}}}
	a.write("3kf", day(11, 13, 9, 0), "Ple", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.recordWithMedia",
		"record": map[string]any{"$type": "app.bsky.embed.record", "record": blueskyStrong(libraryDID, "3kq")}, "media": video}},
		map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.recordWithMedia#view",
			"record": map[string]any{"$type": "app.bsky.embed.record#view", "record": map[string]any{"$type": "app.bsky.embed.record#viewRecord", "uri": quoted["uri"], "cid": aCID,
				"author": quoted["author"], "value": quoted["record"], "indexedAt": quoted["indexedAt"]}},
			"media": map[string]any{"$type": "app.bsky.embed.video#view", "cid": aCID, "playlist": "https://cdn.example.org/v.m3u8", "alt": "El ple"}}})
	a.write("3kg", day(11, 14, 9, 0), "Álbum", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.gallery", "items": []any{}}},
		map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.gallery#view", "items": []any{map[string]any{"$type": "app.bsky.embed.gallery#viewImage",
			"thumbnail": "https://cdn.example.org/3t", "fullsize": "https://cdn.example.org/3", "alt": "Pati", "aspectRatio": map[string]any{"width": 1, "height": 1}}}}})
	a.feed = slices.Insert(a.feed, 0, map[string]any{"post": quoted, "reason": map[string]any{"$type": "app.bsky.feed.defs#reasonRepost",
		"by": map[string]any{"did": townDID, "handle": a.handle}, "uri": "at://" + townDID + "/app.bsky.feed.repost/3kr", "cid": aCID, "indexedAt": blueskyStamp(day(11, 15, 9, 0))}})
	text := "Demà, la Setmana amb @biblioteca.example.org: example.org/setmana/pro... #Alacant 📚"
	a.write("3kh", day(11, 16, 9, 0), text, map[string]any{"langs": []any{"ca", "es"}, "tags": []any{"alacant", "Llibres"}, "facets": []any{
		blueskyMark(text, "@biblioteca.example.org", map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": libraryDID}),
		blueskyMark(text, "example.org/setmana/pro...", blueskyLinkTo("https://example.org/setmana/programa")),
		blueskyMark(text, "#Alacant", map[string]any{"$type": "app.bsky.richtext.facet#tag", "tag": "Alacant"}),
	}, "embed": map[string]any{"$type": "app.bsky.embed.external", "external": map[string]any{"uri": "https://example.org/targeta", "title": "T", "description": "D"}}},
		map[string]any{"replyCount": 3, "embed": map[string]any{"$type": "app.bsky.embed.external#view",
			"external": map[string]any{"uri": "https://example.org/targeta", "title": "T", "description": "D"}}})
	a.write("3ki", day(12, 31, 9, 0), "del futuro", nil, map[string]any{"indexedAt": blueskyStamp(day(11, 17, 9, 0))})

	ana := v.open(anaDID, "ana.bsky.social")
	answer := func(of, key string, at time.Time, by map[string]any) {
		p := ana.view(key, at, "¿A qué hora?", map[string]any{"reply": map[string]any{"root": blueskyStrong(townDID, of), "parent": blueskyStrong(townDID, of)}}, nil)
		p["author"] = by
		ana.replies[blueskyURI(townDID, of)] = append(ana.replies[blueskyURI(townDID, of)], map[string]any{"$type": "app.bsky.feed.defs#threadViewPost", "post": p})
	}
	by := map[string]any{"did": anaDID, "handle": ana.handle}
	answer("3kh", "3m1", day(11, 16, 10, 0), by)
	answer("3kh", "3m2", day(11, 16, 11, 0), map[string]any{"did": anaDID, "handle": "handle.invalid"})
	ana.replies[blueskyURI(townDID, "3kh")] = append(ana.replies[blueskyURI(townDID, "3kh")],
		map[string]any{"$type": "app.bsky.feed.defs#blockedPost", "uri": blueskyURI(libraryDID, "3m3"), "blocked": true, "author": map[string]any{"did": libraryDID}},
		map[string]any{"$type": "app.bsky.feed.defs#notFoundPost", "uri": blueskyURI(libraryDID, "3m4"), "notFound": true})
	return v, a
}

func TestBlueskyReadsProfileAndPosts(t *testing.T) {
	v, _ := blueskyHall(t)
	b := v.one(pipeline.Request{Account: v.here("@Exemple.bsky.social")})
	none := pipeline.NoCount
	figures := func(replies int64) pipeline.Figures {
		return pipeline.Figures{Likes: pipeline.CountOf(3), Replies: pipeline.CountOf(replies), Reposts: pipeline.CountOf(3), Saves: pipeline.CountOf(4)}
	}
	web := func(did, key string) string { return "https://bsky.app/profile/" + did + "/post/" + key }
	post := func(key string, at time.Time, text string, replies int64, change func(*pipeline.Post)) pipeline.Post {
		p := pipeline.Post{ID: blueskyURI(townDID, key), CreatedAt: at, Kind: pipeline.Own, Text: text, Language: "es", URL: web(townDID, key), Figures: figures(replies)}
		if change != nil {
			change(&p)
		}
		return p
	}
	want := pipeline.Batch{
		At: visitDay, Gives: bluesky().gives, Calls: 3, Next: b.Next, // profile, feed, and one conversation: the other answers are its own
		Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{
			StableID: townDID, Followers: pipeline.CountOf(1250), Following: pipeline.CountOf(80), Posts: pipeline.CountOf(11),
			Handle: "exemple.bsky.social", DisplayName: "Ajuntament d'Exemple",
			Bio:     "Compte oficial. Normes: https://example.org/normes, web (example.org) i premsa@example.org",
			Website: "https://www.example.org", Links: []string{"https://www.example.org", "https://example.org/normes", "https://example.org"},
			Avatar: "https://cdn.example.org/a.jpg", Header: "https://cdn.example.org/b.jpg", Verified: true, Protected: true,
			CreatedAt: time.Date(2023, 8, 1, 10, 0, 0, 0, time.UTC), LastPostAt: day(11, 17, 9, 0),
		},
		Posts: []pipeline.Post{
			post("3ki", day(11, 17, 9, 0), "del futuro", 0, nil), // no later than the AppView knows it
			post("3kh", day(11, 16, 9, 0), "Demà, la Setmana amb @biblioteca.example.org: https://example.org/setmana/programa #Alacant 📚", 3, func(p *pipeline.Post) {
				p.Language = "ca"
				p.Links = []string{"https://example.org/setmana/programa", "https://example.org/targeta"}
				p.Hashtags, p.Mentions = []string{"Alacant", "Llibres"}, []string{"biblioteca.example.org"}
			}),
			{
				ID: "at://" + townDID + "/app.bsky.feed.repost/3kr", CreatedAt: day(11, 15, 9, 0), Kind: pipeline.Repost, URL: web(libraryDID, "3kq"), RepostOf: web(libraryDID, "3kq"),
				Figures: pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none},
			},
			post("3kg", day(11, 14, 9, 0), "Álbum", 0, func(p *pipeline.Post) {
				p.Media = []pipeline.Media{{Kind: "image", URL: "https://cdn.example.org/3", Alt: "Pati"}}
			}),
			post("3kf", day(11, 13, 9, 0), "Ple", 0, func(p *pipeline.Post) {
				p.RepostOf = web(libraryDID, "3kq")
				p.Media = []pipeline.Media{{Kind: "video", URL: "https://cdn.example.org/v.m3u8", Alt: "El ple", Captions: true}}
			}),
			post("3ke", day(11, 12, 9, 0), "Fotos", 0, func(p *pipeline.Post) {
				p.Media = []pipeline.Media{{Kind: "image", URL: "https://cdn.example.org/1", Alt: "Cartell: del 21 al 28"}, {Kind: "image", URL: "https://cdn.example.org/2"}}
			}),
			post("3kd", day(11, 11, 9, 1), "Obrim a les 9", 0, func(p *pipeline.Post) {
				p.Kind, p.InReplyTo, p.SelfReply = pipeline.Reply, blueskyURI(townDID, "3kc"), true
			}),
			post("3kc", day(11, 11, 9, 0), "Gràcies, Ana", 1, func(p *pipeline.Post) {
				p.Kind, p.InReplyTo = pipeline.Reply, blueskyURI(anaDID, "3kx")
			}),
			post("3kb", day(11, 10, 9, 1), "2/2", 0, func(p *pipeline.Post) { p.InReplyTo, p.SelfReply = blueskyURI(townDID, "3ka"), true }),
			post("3ka", day(11, 10, 9, 0), "1/2", 1, nil),
			post("3kold", time.Date(2014, 9, 11, 8, 0, 0, 0, time.UTC), "de otra red", 0, nil),
			post("3kzero", time.Unix(0, 0).UTC(), "sin fecha", 0, nil), // where the AppView lists it
		},
		Messages: []pipeline.Message{ // by others, and shown
			{ID: blueskyURI(anaDID, "3m1"), At: day(11, 16, 10, 0), Author: "ana.bsky.social", Language: "es", InReplyTo: blueskyURI(townDID, "3kh"), Text: "¿A qué hora?"},
			{ID: blueskyURI(anaDID, "3m2"), At: day(11, 16, 11, 0), Author: anaDID, Language: "es", InReplyTo: blueskyURI(townDID, "3kh"), Text: "¿A qué hora?"},
		},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, h := range v.headers {
		if h.Get("Authorization") != "" {
			t.Error("a credential was sent although there is none")
		}
	}
}

func TestBlueskyQuietVisitAsksForProfilesOnly(t *testing.T) {
	v, _ := blueskyHall(t)
	r := pipeline.Request{Account: v.here("exemple.bsky.social")}
	b := v.one(r)
	n := len(v.calls)
	r.Cursor, r.StableID, r.Now = b.Next, b.Profile.StableID, visitDay.Add(24*time.Hour)
	b = v.one(r)
	if d := cmp.Diff([]string{"getProfiles"}, v.methods(n)); d != "" {
		t.Errorf("calls (-want +got)\n%s", d)
	}
	if b.Profile == nil || !b.Profile.LastPostAt.Equal(day(11, 17, 9, 0)) || len(b.Posts)+len(b.Messages)+len(b.Gaps) > 0 || !b.Listed.IsZero() {
		t.Errorf("got %+v", b)
	}
	// A repost changes no number; it is found when the account is listed for that.
	n, r.Cursor, r.Now = len(v.calls), b.Next, visitDay.Add(blueskySweep)
	b = v.one(r)
	if d := cmp.Diff([]string{"getProfiles", "getAuthorFeed"}, v.methods(n)); d != "" || len(b.Gaps) > 0 {
		t.Errorf("calls (-want +got)\n%s%v", d, b.Gaps)
	}
}

func TestBlueskyListsNewPostsOnly(t *testing.T) {
	v, a := blueskyHall(t)
	r := pipeline.Request{Account: v.here("exemple.bsky.social")}
	b := v.one(r)
	v.page = 2
	a.write("3kn", day(11, 20, 13, 0), "nou", nil, nil)
	n := len(v.calls)
	r.Cursor, r.Now = b.Next, visitDay.Add(24*time.Hour)
	b = v.one(r)
	if d := cmp.Diff([]string{"getProfiles", "getAuthorFeed", "getAuthorFeed"}, v.methods(n)); d != "" { // the second page begins before the newest of the last visit
		t.Errorf("calls (-want +got)\n%s", d)
	}
	var ids []string
	for _, p := range b.Posts {
		ids = append(ids, p.ID)
	}
	if d := cmp.Diff([]string{blueskyURI(townDID, "3kn"), blueskyURI(townDID, "3ki")}, ids); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if want := (pipeline.Window{From: day(11, 17, 9, 0), To: r.Now}); b.Listed != want {
		t.Errorf("listed %v, want %v", b.Listed, want)
	}
}

func TestBlueskySearchesWhatTheNumberOfPostsTells(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*blueskyActor)
		want   []string // new among the posts
		gone   string
	}{
		{"an old post was deleted", func(a *blueskyActor) { a.remove("3ka") }, nil, "3ka"},
		{"one was dated back", func(a *blueskyActor) {
			a.write("3kback", day(11, 12, 8, 0), "d'abans", nil, nil)
			back := a.feed[0]
			a.feed = append(a.feed[1:8:8], append([]map[string]any{back}, a.feed[8:]...)...)
		}, []string{"3kback"}, ""},
		{"one for another", func(a *blueskyActor) {
			a.remove("3kb")
			a.write("3kn", day(11, 20, 13, 0), "nou", nil, nil)
		}, []string{"3kn"}, "3kb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, a := blueskyHall(t)
			v.page = 3
			r := pipeline.Request{Account: v.here("exemple.bsky.social"), Since: day(1, 1, 0, 0)}
			b := v.one(r)
			seen := map[string]bool{}
			for _, p := range b.Posts {
				seen[p.ID] = true
			}
			c.change(a)
			r.Cursor, r.Now = b.Next, visitDay.Add(24*time.Hour)
			// An equal number tells nothing until a post that is due is missing.
			r.Due = []pipeline.DuePost{{ID: blueskyURI(townDID, "3kb"), CreatedAt: day(11, 10, 9, 1)}, {ID: blueskyURI(townDID, "3ka"), CreatedAt: day(11, 10, 9, 0)}}
			b = v.one(r)
			there := map[string]int{}
			for _, p := range b.Posts {
				there[p.ID]++
				if there[p.ID] > 1 {
					t.Errorf("%s came twice", p.ID)
				}
			}
			for _, key := range c.want {
				if there[blueskyURI(townDID, key)] == 0 {
					t.Errorf("%s is missing", key)
				}
			}
			for id := range seen { // what the pipeline concludes
				deleted := b.Listed.Contains(day(11, 10, 9, 0)) && there[id] == 0
				if want := c.gone != "" && id == blueskyURI(townDID, c.gone); deleted != want {
					t.Errorf("%s deleted: %v; listed %v", id, deleted, b.Listed)
				}
			}
			if len(b.Gaps) > 0 {
				t.Error(b.Gaps)
			}
		})
	}
}

func TestBlueskyReadsDuePostsOfManyTogether(t *testing.T) {
	v := newAppView(t)
	var requests []pipeline.Request
	for i := range 60 {
		a := v.open(fmt.Sprintf("did:plc:%024d", i), fmt.Sprintf("n%d.example.org", i))
		a.write("3ka", day(11, 10, 9, 0), "a", nil, nil)
		a.write("3kb", day(11, 11, 9, 0), "b", nil, nil)
		requests = append(requests, pipeline.Request{Account: v.here(a.handle)})
	}
	first, failed := v.together("", requests...)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	for i := range requests {
		r := &requests[i]
		did := first[r.Account.ID].Profile.StableID
		r.Cursor, r.StableID, r.Now = first[r.Account.ID].Next, did, visitDay.Add(24*time.Hour)
		r.Due = []pipeline.DuePost{
			{ID: "at://" + did + "/app.bsky.feed.repost/3kr"}, // has no figures
			{ID: blueskyURI(did, "3kb")}, {ID: blueskyURI(did, "3ka")},
		}
	}
	gone := v.actor("n7.example.org")
	gone.feed = gone.feed[1:] // its number of posts lags behind
	n := len(v.calls)
	second, failed := v.together("", requests...)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	got := map[string]int{}
	for _, m := range v.methods(n) {
		got[m]++
	}
	if d := cmp.Diff(map[string]int{"getProfiles": 3, "getPosts": 5, "getAuthorFeed": 1}, got); d != "" { // 120 posts; the feed of the one that has lost a post
		t.Errorf("calls (-want +got)\n%s", d)
	}
	for _, r := range requests {
		b := second[r.Account.ID]
		if want := []string(nil); r.Account.Handle == gone.handle {
			want = []string{blueskyURI(gone.did, "3kb")}
			if !slices.Equal(b.Gone, want) || len(b.Posts) != 1 {
				t.Errorf("gone %v, posts %v", b.Gone, b.Posts)
			}
		} else if len(b.Posts) != 2 || len(b.Gone) > 0 {
			t.Errorf("%s: posts %v, gone %v", r.Account.ID, b.Posts, b.Gone)
		}
	}
}

func TestBlueskyBadAccountCostsTheOthersNothing(t *testing.T) {
	v := newAppView(t)
	var requests []pipeline.Request
	for i := range 25 {
		a := v.open(fmt.Sprintf("did:plc:%024d", i), fmt.Sprintf("n%d.example.org", i))
		requests = append(requests, pipeline.Request{Account: v.here(a.handle)})
	}
	v.bad["n3.example.org"], v.bad["n20.example.org"] = true, true
	delete(v.actors, v.actor("n5.example.org").did)
	v.actor("n6.example.org").profile["handle"] = "handle.invalid"
	requests[8].Account.Handle = "no handle"
	requests[9].StableID = "9"
	batches, failed := v.together("", requests...)
	for i, r := range requests {
		err := failed[r.Account.ID]
		switch want := map[int]error{3: pipeline.ErrBadAnswer, 20: pipeline.ErrBadAnswer, 5: pipeline.ErrGone}[i]; {
		case i == 8 || i == 9:
			if err == nil || !strings.Contains(err.Error(), "write ") {
				t.Errorf("account %d: %v", i, err)
			}
		case !errors.Is(err, want) || want == nil && batches[r.Account.ID].Profile == nil:
			t.Errorf("account %d: %v, want %v", i, err, want)
		}
	}
	if b := batches[requests[6].Account.ID]; len(b.Gaps) != 1 || b.Profile.StableID != fmt.Sprintf("did:plc:%024d", 6) {
		t.Errorf("an account whose handle is not confirmed: %+v", b)
	}
}

func TestBlueskyPages(t *testing.T) {
	for _, c := range []struct {
		name  string
		pages func(n int) (feed []any, cursor string)
		gap   string
		posts int
		whole bool // listed to the beginning
	}{
		{"an empty page with a cursor, then more", func(n int) ([]any, string) { return [][]any{{0}, {}, {1}}[n], []string{"x", "y", ""}[n] }, "", 2, true},
		{"an empty page at the end", func(n int) ([]any, string) { return [][]any{{0}, {}}[n], []string{"x", ""}[n] }, "", 1, true},
		{"a page that names itself", func(int) ([]any, string) { return []any{0}, "x" }, "circle", 1, false},
		{"pages in a circle", func(n int) ([]any, string) { return []any{n % 2}, []string{"x", "y"}[n%2] }, "circle", 2, false},
		{"more than a visit reads", func(n int) ([]any, string) { return []any{n}, strconv.Itoa(n) }, "100 pages", 100, false},
		{"nothing is shown of an account with posts", func(int) ([]any, string) { return []any{}, "" }, "", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newAppView(t)
			a := v.open(townDID, "exemple.bsky.social")
			a.profile["postsCount"] = 200
			n := 0
			v.answer = func(method string, _ url.Values) (int, any) {
				if method != "app.bsky.feed.getAuthorFeed" {
					return 0, nil
				}
				items, cursor := c.pages(n)
				n++
				feed := []any{}
				for _, i := range items {
					feed = append(feed, map[string]any{"post": a.view(fmt.Sprintf("3k%d", i), visitDay.Add(-time.Duration(i.(int)+1)*time.Hour), "x", nil, nil)})
				}
				answer := map[string]any{"feed": feed}
				if cursor != "" {
					answer["cursor"] = cursor
				}
				return http.StatusOK, answer
			}
			b := v.one(pipeline.Request{Account: v.here("exemple.bsky.social")})
			if len(b.Posts) != c.posts || (len(b.Gaps) > 0) != (c.gap != "") || len(b.Gaps) > 0 && !strings.Contains(b.Gaps[0].Cause.Error(), c.gap) {
				t.Errorf("%d posts, gaps %v", len(b.Posts), b.Gaps)
			}
			if whole := b.Listed.From.Equal(time.Unix(0, 0)); whole != c.whole {
				t.Errorf("listed %v", b.Listed)
			}
			if c.name != "more than a visit reads" {
				return
			}
			c.pages = func(n int) ([]any, string) { return []any{n}, "" }
			n = 100
			v.answer = func(method string, q url.Values) (int, any) {
				if method == "app.bsky.feed.getAuthorFeed" && q.Get("cursor") == "99" {
					return http.StatusOK, map[string]any{"feed": []any{map[string]any{"post": a.view("3k100", visitDay.Add(-200*time.Hour), "x", nil, nil)}}}
				}
				if method == "app.bsky.feed.getAuthorFeed" {
					var feed []any
					for i := range 2 {
						feed = append(feed, map[string]any{"post": a.view(fmt.Sprintf("3k%d", i), visitDay.Add(-time.Duration(i+1)*time.Hour), "x", nil, nil)})
					}
					return http.StatusOK, map[string]any{"feed": feed, "cursor": "z"}
				}
				return 0, nil
			}
			calls := len(v.calls)
			b = v.one(pipeline.Request{Account: v.here("exemple.bsky.social"), Cursor: b.Next, Now: visitDay.Add(time.Hour)})
			if len(b.Gaps) > 0 || !slices.ContainsFunc(b.Posts, func(p pipeline.Post) bool { return p.ID == blueskyURI(townDID, "3k100") }) || len(v.calls)-calls > 4 {
				t.Errorf("the rest: %d posts, gaps %v, calls %v", len(b.Posts), b.Gaps, v.methods(calls))
			}
		})
	}
}

func TestBlueskyMessagesFromNotifications(t *testing.T) {
	for _, secret := range []string{
		`{"identifier": "exemple.bsky.social", "password": "app-pass", "service": "SERVER"}`,
		`{"identifier": "` + townDID + `", "password": "app-pass", "service": "SERVER/"}`,
	} {
		v, _ := blueskyHall(t)
		v.password = "app-pass"
		ana := v.actors[anaDID]
		notify := func(key, reason string, at time.Time, record map[string]any) {
			p := ana.view(key, at, "@exemple.bsky.social hola", record, nil)
			v.mentions = slices.Insert(v.mentions, 0, map[string]any{"uri": p["uri"], "cid": aCID, "author": p["author"], "reason": reason, "record": p["record"], "isRead": true, "indexedAt": blueskyStamp(at)})
		}
		notify("3m0", "mention", day(10, 1, 9, 0), nil) // before the beginning
		notify("3m1", "reply", day(11, 16, 10, 0), map[string]any{"reply": map[string]any{"root": blueskyStrong(townDID, "3kh"), "parent": blueskyStrong(townDID, "3kh")}})
		notify("3m5", "mention", day(11, 17, 9, 0), map[string]any{"reply": map[string]any{"root": blueskyStrong(townDID, "3kh"), "parent": blueskyStrong(libraryDID, "3kz")}})
		v.page = 1
		c := All(Options{Backoff: time.Millisecond, Credential: func(string) (pipeline.Secret, error) {
			return pipeline.Secret(strings.ReplaceAll(secret, "SERVER", v.url)), nil
		}})[pipeline.Bluesky]
		town := pipeline.Request{Account: v.here("exemple.bsky.social"), Since: day(11, 1, 0, 0)}
		town.Account.Credential = "TOWN"
		library := pipeline.Request{Account: v.here("biblioteca.example.org"), Since: day(11, 1, 0, 0)} // somebody else's credential
		library.Account.Credential = "TOWN"
		batches, failed := v.with(c, town, library)
		if len(failed) > 0 {
			t.Fatal(failed)
		}
		b := batches[town.Account.ID]
		want := []pipeline.Message{
			{ID: blueskyURI(anaDID, "3m5"), At: day(11, 17, 9, 0), Author: "ana.bsky.social", Language: "es", Text: "@exemple.bsky.social hola"},
			{ID: blueskyURI(anaDID, "3m1"), At: day(11, 16, 10, 0), Author: "ana.bsky.social", Language: "es", InReplyTo: blueskyURI(townDID, "3kh"), Text: "@exemple.bsky.social hola"},
		}
		if d := cmp.Diff(want, b.Messages); d != "" || len(b.Gaps) > 0 || len(batches[library.Account.ID].Gaps) > 0 {
			t.Errorf("%v %v (-want +got)\n%s", b.Gaps, batches[library.Account.ID].Gaps, d)
		}

		// The session is kept, and refreshed when it has ended.
		n := len(v.calls)
		notify("3m6", "mention", day(11, 20, 11, 0), nil)
		v.valid = "another"
		town.Cursor, town.Now = b.Next, visitDay.Add(time.Hour)
		batches, _ = v.with(c, town)
		if d := cmp.Diff([]string{"getProfiles", "listNotifications", "refreshSession", "listNotifications", "listNotifications", "listNotifications"}, v.methods(n)); d != "" {
			t.Errorf("calls (-want +got)\n%s", d)
		}
		if b = batches[town.Account.ID]; len(b.Messages) != 2 || b.Messages[0].ID != blueskyURI(anaDID, "3m6") || len(b.Gaps) > 0 { // and the last one again
			t.Errorf("got %v, gaps %v", b.Messages, b.Gaps)
		}

		// One that cannot be refreshed is opened anew.
		n, v.valid, v.tokens = len(v.calls), "another", v.tokens+5
		town.Cursor, town.Now = b.Next, visitDay.Add(2*time.Hour)
		batches, _ = v.with(c, town)
		if d := cmp.Diff([]string{"getProfiles", "listNotifications", "refreshSession", "createSession", "listNotifications", "listNotifications"}, v.methods(n)); d != "" || len(batches[town.Account.ID].Gaps) > 0 {
			t.Errorf("%v, calls (-want +got)\n%s", batches[town.Account.ID].Gaps, d)
		}
		for i, h := range v.headers {
			to := v.calls[i]
			private := strings.Contains(to, "listNotifications") || strings.Contains(to, "refreshSession")
			if got := h.Get("Authorization"); (got != "") != private || strings.Contains(got, "app-pass") {
				t.Errorf("%s was sent to %s", got, to)
			}
		}
	}
}

func TestBlueskyMessagesThatCannotBeReadAreAGap(t *testing.T) {
	for _, c := range []struct {
		name, secret string
		answer       func(method string, query url.Values) (int, any)
		want         string
	}{
		{"wrong password", `{"identifier": "exemple.bsky.social", "password": "nonsense", "service": "SERVER"}`, nil, "make a new one"},
		{"no credential", "nonsense", nil, "handle:app-password"},
		{"half a credential", `{"identifier": "nonsense"}`, nil, "handle:app-password"},
		{"a code is wanted", `{"identifier": "exemple.bsky.social", "password": "nonsense", "service": "SERVER"}`,
			blueskyOnly("com.atproto.server.createSession", "AuthFactorTokenRequired"), "app password"},
		{"taken down", `{"identifier": "exemple.bsky.social", "password": "nonsense", "service": "SERVER"}`,
			blueskyOnly("com.atproto.server.createSession", "AccountTakedown"), "suspended"},
		{"conversation refused", "", blueskyOnly("app.bsky.feed.getPostThread", "InvalidRequest"), "does not take"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := blueskyHall(t)
			v.password, v.answer = "app-pass", c.answer
			r := pipeline.Request{Account: v.here("exemple.bsky.social")}
			if c.secret != "" {
				r.Account.Credential = "TOWN"
			}
			batches, failed := v.together(strings.ReplaceAll(c.secret, "SERVER", v.url), r)
			if len(failed) > 0 {
				t.Fatal(failed)
			}
			b := batches[r.Account.ID]
			if len(b.Gaps) != 1 || b.Gaps[0].Part != "messages" || !strings.Contains(b.Gaps[0].Cause.Error(), c.want) || strings.Contains(b.Gaps[0].Cause.Error(), "nonsense") ||
				slices.Contains(b.Gives, pipeline.FieldMessages) || len(b.Posts) == 0 {
				t.Errorf("gaps %v, gives %v", b.Gaps, b.Gives)
			}
		})
	}
}

func blueskyOnly(method, name string) func(string, url.Values) (int, any) {
	return func(asked string, _ url.Values) (int, any) {
		if asked == method {
			return blueskyRefused(name)
		}
		return 0, nil
	}
}

func TestBlueskyRefusals(t *testing.T) {
	for _, c := range []struct {
		method, name string
		status       int
		want         error
		gap          string
	}{
		{"app.bsky.actor.getProfiles", "InternalServerError", 500, pipeline.ErrUnavailable, ""},
		{"app.bsky.actor.getProfiles", "RateLimitExceeded", 429, pipeline.ErrRateLimited, ""},
		{"app.bsky.actor.getProfiles", "AuthMissing", 401, pipeline.ErrDenied, ""},
		{"app.bsky.feed.getAuthorFeed", "BlockedActor", 400, pipeline.ErrDenied, ""},
		{"app.bsky.feed.getAuthorFeed", "UpstreamFailure", 502, pipeline.ErrUnavailable, ""},
		{"app.bsky.feed.getPostThread", "NotFound", 400, nil, ""},
		{"app.bsky.feed.getPosts", "UpstreamFailure", 502, nil, "figures of older posts"},
		{"app.bsky.feed.getPosts", "InvalidRequest", 400, nil, "figures of older posts"},
	} {
		t.Run(c.method+" "+c.name, func(t *testing.T) {
			v, _ := blueskyHall(t)
			v.answer = func(method string, _ url.Values) (int, any) {
				if method == c.method {
					return c.status, map[string]any{"error": c.name, "message": "as documented"}
				}
				return 0, nil
			}
			r := pipeline.Request{Account: v.here("exemple.bsky.social"), Since: day(11, 15, 0, 0),
				Due: []pipeline.DuePost{{ID: blueskyURI(townDID, "3kunlisted")}, {ID: blueskyURI(townDID, "3kunlisted2")}}}
			batches, failed := v.together("", r)
			err, b := failed[r.Account.ID], batches[r.Account.ID]
			if !errors.Is(err, c.want) || err != nil && c.want == nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if c.want == nil && (len(b.Gaps) > 0) != (c.gap != "") || c.gap != "" && b.Gaps[0].Part != c.gap {
				t.Errorf("gaps %v", b.Gaps)
			}
		})
	}
}

func TestBlueskyRemembersAnswers(t *testing.T) {
	v, a := blueskyHall(t)
	r := pipeline.Request{Account: v.here("exemple.bsky.social")}
	b := v.one(r)
	// A post that the next visit does not see is not forgotten, and one whose answers have not grown is not asked about.
	r.Cursor, r.Now = b.Next, visitDay.Add(time.Hour)
	b = v.one(r)
	n := len(v.calls)
	r.Cursor, r.Now = b.Next, visitDay.Add(2*time.Hour)
	r.Due = []pipeline.DuePost{{ID: blueskyURI(townDID, "3kh")}, {ID: blueskyURI(townDID, "3kc")}}
	b = v.one(r)
	if d := cmp.Diff([]string{"getProfiles", "getPosts"}, v.methods(n)); d != "" || len(b.Posts) != 2 {
		t.Errorf("calls (-want +got)\n%s", d)
	}
	v.find(blueskyURI(townDID, "3kh"))["replyCount"] = 4
	n, r.Cursor, r.Now = len(v.calls), b.Next, visitDay.Add(3*time.Hour)
	b = v.one(r)
	if d := cmp.Diff([]string{"getProfiles", "getPosts", "getPostThread"}, v.methods(n)); d != "" || len(b.Messages) != 2 {
		t.Errorf("calls (-want +got)\n%s%v", d, b.Messages)
	}
	for i := range 60 { // more conversations than a visit opens
		a.write(fmt.Sprintf("3l%02d", i), day(11, 20, 12, i), "x", nil, map[string]any{"replyCount": 1})
	}
	r.Cursor, r.Now, r.Due = b.Next, visitDay.Add(24*time.Hour), nil
	b = v.one(r)
	if len(b.Gaps) != 1 || !strings.Contains(b.Gaps[0].Cause.Error(), "50 conversations") {
		t.Errorf("gaps %v", b.Gaps)
	}
	if kept := recent(map[string]int64{"3a": 1, "3b": 2, "3c": 3}, 2); !maps.Equal(kept, map[string]int64{"3b": 2, "3c": 3}) {
		t.Errorf("kept %v", kept)
	}
}

func TestBlueskyText(t *testing.T) {
	mark := func(from, to int, features ...blueskyFeature) blueskyFacet {
		return blueskyFacet{Index: blueskySlice{from, to}, Features: features}
	}
	link := blueskyFeature{Type: "app.bsky.richtext.facet#link", URI: "https://example.org/a/b"}
	for _, c := range []struct {
		name, text string
		facets     []blueskyFacet
		want       blueskyWords
	}{
		{"a named link keeps its words", "Vea aquí.", []blueskyFacet{mark(4, 9, link)}, blueskyWords{text: "Vea aquí.", links: []string{"https://example.org/a/b"}}},
		{"a shortened one is written in full", "example.org/a/… ", []blueskyFacet{mark(0, 17, link)}, blueskyWords{text: "https://example.org/a/b", links: []string{"https://example.org/a/b"}}},
		{"another address is not", "www.example.com", []blueskyFacet{mark(0, 15, link)}, blueskyWords{text: "www.example.com", links: []string{"https://example.org/a/b"}}},
		{"one of another kind is none", "x", []blueskyFacet{mark(0, 1, blueskyFeature{Type: "app.bsky.richtext.facet#link", URI: "javascript:x"})}, blueskyWords{text: "x"}},
		{"beyond the end", "abc", []blueskyFacet{mark(1, 9, link), mark(-1, 2, link), mark(2, 2, link)}, blueskyWords{text: "abc"}},
		{"in the middle of a character", "aé", []blueskyFacet{mark(0, 2, link), mark(2, 3, link)}, blueskyWords{text: "aé"}},
		{"overlapping, in any order", "abcd", []blueskyFacet{mark(1, 3, link), mark(0, 2, blueskyFeature{Type: "app.bsky.richtext.facet#tag", Tag: "ab"})},
			blueskyWords{text: "abcd", tags: []string{"ab"}}},
		{"mentions", "@Old.example.org @x.example", []blueskyFacet{
			mark(0, 16, blueskyFeature{Type: "app.bsky.richtext.facet#mention", DID: "did:plc:new"}), mark(17, 27, blueskyFeature{Type: "app.bsky.richtext.facet#mention", DID: "did:plc:x"}),
		}, blueskyWords{text: "@Old.example.org @x.example", mentions: []string{"new.example.org", "x.example"}}},
		{"no UTF-8", "a\xffb", nil, blueskyWords{text: "a\uFFFDb"}},
	} {
		got := blueskyText(c.text, c.facets, map[string]string{"did:plc:new": "new.example.org"})
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(blueskyWords{})); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}

func TestBlueskyDates(t *testing.T) {
	now, indexed := visitDay, "2026-11-19T10:00:00.000Z"
	for _, c := range []struct{ created, indexed, want string }{
		{"2026-11-19T09:00:00.000+02:00", indexed, "2026-11-19T07:00:00Z"},
		{"2026-11-19T09:00:00", indexed, "2026-11-19T09:00:00Z"},
		{"2999-01-01T00:00:00Z", indexed, "2026-11-19T10:00:00Z"},
		{"2999-01-01T00:00:00Z", "", "2026-11-20T12:00:00Z"},
		{"2014-09-11T08:00:00Z", indexed, "2014-09-11T08:00:00Z"},
		{"0001-01-01T00:00:00Z", indexed, "1970-01-01T00:00:00Z"},
		{"yesterday", indexed, "1970-01-01T00:00:00Z"},
		{"", indexed, "2026-11-19T10:00:00Z"},
	} {
		if got := blueskyDate(c.created, c.indexed, now).Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%s, %s: got %s, want %s", c.created, c.indexed, got, c.want)
		}
	}
}

func FuzzBlueskyText(f *testing.F) {
	f.Add("Demà a example.org/… #Alacant", 9, 24, 25, 33, "https://example.org/a", "Alacant")
	f.Add("@ana.bsky.social", 0, 16, 3, 5, "javascript:alert(1)", "")
	f.Add("\xff\xfeé", 1, 2, -1, 1<<40, "https://e", "#")
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int, uri, word string) {
		facets := []blueskyFacet{
			{Index: blueskySlice{a, b}, Features: []blueskyFeature{{Type: "app.bsky.richtext.facet#link", URI: uri}}},
			{Index: blueskySlice{c, d}, Features: []blueskyFeature{{Type: "app.bsky.richtext.facet#tag", Tag: word}, {Type: "app.bsky.richtext.facet#mention", DID: word}}},
			{Index: blueskySlice{b, c}},
		}
		w := blueskyText(text, facets, map[string]string{"x": "x.example"})
		if !utf8.ValidString(w.text) {
			t.Errorf("%q is no UTF-8", w.text)
		}
		for _, l := range w.links {
			if !web(l) {
				t.Errorf("%q is no address", l)
			}
		}
		if plain := blueskyText(text, nil, nil).text; len(w.links) == 0 && w.text != plain {
			t.Errorf("marks that are no links change %q to %q", plain, w.text)
		}
		for _, l := range blueskyLinks(text) {
			if !web(l) {
				t.Errorf("%q is no address", l)
			}
		}
	})
}

// TestBlueskyIsTold comes last in this file: it writes all that the tests before it have said, and every field that is
// decoded, to the folder that PRESENCIA_EXCHANGES names. collectors/contract holds it against Bluesky's own description.
func TestBlueskyIsTold(t *testing.T) {
	folder := os.Getenv("PRESENCIA_EXCHANGES")
	if folder == "" {
		t.Skip("make contract runs it")
	}
	if len(blueskySaid) == 0 {
		v, _ := blueskyHall(t)
		v.one(pipeline.Request{Account: v.here("exemple.bsky.social")})
	}
	type definition struct {
		Definitions []string `json:"definitions"`
		Fields      []string `json:"fields"`
	}
	var decoded []definition
	feed, embed := "app.bsky.feed.defs#", "app.bsky.embed."
	for _, d := range []struct {
		of          any
		definitions []string
	}{
		{blueskyProfiles{}, []string{"app.bsky.actor.getProfiles"}},
		{blueskyProfile{}, []string{"app.bsky.actor.defs#profileViewDetailed"}},
		{blueskyVerification{}, []string{"app.bsky.actor.defs#verificationState"}},
		{blueskyLabel{}, []string{"com.atproto.label.defs#label"}},
		{blueskyAuthor{}, []string{"app.bsky.actor.defs#profileViewBasic"}},
		{blueskyAuthor{}, []string{"app.bsky.actor.defs#profileView"}},
		{blueskyFeed{}, []string{"app.bsky.feed.getAuthorFeed"}},
		{blueskyFeedItem{}, []string{feed + "feedViewPost"}},
		{blueskyReason{}, []string{feed + "reasonRepost"}},
		{blueskyPosts{}, []string{"app.bsky.feed.getPosts"}},
		{blueskyView{}, []string{feed + "postView"}},
		{blueskyRecord{}, []string{"app.bsky.feed.post"}},
		{blueskyReply{}, []string{"app.bsky.feed.post#replyRef"}},
		{blueskyRef{}, []string{"com.atproto.repo.strongRef"}},
		{blueskyFacet{}, []string{"app.bsky.richtext.facet"}},
		{blueskySlice{}, []string{"app.bsky.richtext.facet#byteSlice"}},
		{blueskyFeature{}, []string{"app.bsky.richtext.facet#link", "app.bsky.richtext.facet#tag", "app.bsky.richtext.facet#mention"}},
		{blueskyEmbed{}, []string{embed + "video", embed + "recordWithMedia"}},
		{blueskyEmbed{}.Media, []string{embed + "video"}},
		{blueskyCaption{}, []string{embed + "video#caption"}},
		{blueskyEmbedView{}, []string{embed + "images#view", embed + "gallery#view", embed + "video#view", embed + "external#view", embed + "record#view", embed + "recordWithMedia#view"}},
		{blueskyImage{}, []string{embed + "images#viewImage"}},
		{blueskyImage{}, []string{embed + "gallery#viewImage"}},
		{blueskyExternal{}, []string{embed + "external#viewExternal"}},
		{blueskyQuoted{}, []string{embed + "record#viewRecord", embed + "record#view"}},
		{blueskyThread{}, []string{"app.bsky.feed.getPostThread"}},
		{blueskyThread{}.Thread, []string{feed + "threadViewPost"}},
		{slices.Grow(blueskyThread{}.Thread.Replies, 1)[:1][0], []string{feed + "threadViewPost"}},
		{blueskyNotifications{}, []string{"app.bsky.notification.listNotifications"}},
		{blueskyNotification{}, []string{"app.bsky.notification.listNotifications#notification"}},
		{blueskyLogin{}, []string{"com.atproto.server.createSession"}},
		{blueskySignedIn{}, []string{"com.atproto.server.createSession"}},
		{blueskySignedIn{}, []string{"com.atproto.server.refreshSession"}},
	} {
		var fields []string
		for i := range reflect.TypeOf(d.of).NumField() {
			if name := reflect.TypeOf(d.of).Field(i).Tag.Get("json"); name != "" {
				fields = append(fields, name)
			}
		}
		decoded = append(decoded, definition{d.definitions, fields})
	}
	said, err := json.Marshal(map[string]any{
		"exchanges": blueskySaid, "decoded": decoded,
		"errors": []string{"NotFound", "BlockedActor", "BlockedByActor", "AccountTakedown", "AuthFactorTokenRequired", "InvalidToken", "ExpiredToken"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "bluesky.json"), said, 0o644); err != nil {
		t.Error(err)
	}
	t.Logf("%d exchanges", len(blueskySaid))
}
