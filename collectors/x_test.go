package collectors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// xTown is X: users and posts by id, timelines and mentions in pages, with the errors, the limits and the bill of the real one.
type xTown struct {
	mu     sync.Mutex
	users  []*xCitizen
	byID   map[string]*xCitizen
	posts  map[string]record
	hidden map[string]string // what does not show: by id, the type of its problem
	media  map[string]record
	last   int64

	retired map[string]bool                                        // fields that are not known any more, parameter=value
	fault   func(w http.ResponseWriter, r *http.Request) (ok bool) // true: it has answered
	paid    map[string]bool                                        // of one day
	bill    float64
	limit   int // of each endpoint in a quarter of an hour; 0: none
	used    map[string]int
	reset   time.Time
}

// record is one of the API's, with everything that can be asked for.
type record map[string]any

type xCitizen struct {
	record
	timeline, mentions []string // ids, oldest first
}

func newXTown(accounts int) fakePlatform { return xTownOf(accounts) }

func xTownOf(accounts int) *xTown {
	f := &xTown{byID: map[string]*xCitizen{}, posts: map[string]record{}, hidden: map[string]string{}, media: map[string]record{}, retired: map[string]bool{},
		paid: map[string]bool{}, used: map[string]int{}}
	for i := range accounts {
		f.join(strconv.Itoa(7000+i), fmt.Sprint("office", i))
	}
	return f
}

func (f *xTown) join(id, name string) *xCitizen {
	u := &xCitizen{record: record{
		"id": id, "username": name, "name": strings.ToUpper(name), "created_at": "2012-05-01T10:00:00.000Z", "protected": false, "verified": true,
		"description": "Aviso & noticias https://t.co/bio0000001", "url": "https://t.co/web0000001",
		"profile_image_url": "https://pbs.example/" + id + "_normal.jpg", "profile_banner_url": "https://pbs.example/banner/" + id,
		"entities": record{
			"url":         record{"urls": []any{record{"start": 0, "end": 23, "url": "https://t.co/web0000001", "expanded_url": "https://" + name + ".example/"}}},
			"description": record{"urls": []any{record{"start": 16, "end": 39, "url": "https://t.co/bio0000001", "expanded_url": "https://" + name + ".example/normas"}}},
		},
		"public_metrics": record{"followers_count": 1000, "following_count": 10, "post_count": 0, "listed_count": 3},
	}}
	f.users = append(f.users, u)
	f.byID[id] = u
	return u
}

func (f *xTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.X, Handle: fmt.Sprint("@Office", i), Credential: "TOWN"}
}

func (f *xTown) publish(each int, newest time.Time) {
	for _, u := range f.users {
		for k := range each {
			f.post(u, newest.Add(-time.Duration(each-1-k)*time.Minute), "hola", nil)
		}
	}
}

// snowflake is an id of a moment.
func (f *xTown) snowflake(at time.Time) string {
	f.last = max(f.last+1, (at.UnixMilli()-1288834974657)<<22)
	return strconv.FormatInt(f.last, 10)
}

// post writes one.
func (f *xTown) post(u *xCitizen, at time.Time, text string, more record) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.snowflake(at)
	p := record{
		"id": id, "text": text, "author_id": u.record["id"], "created_at": at.UTC().Format("2006-01-02T15:04:05.000Z"), "lang": "es",
		"edit_history_post_ids": []any{id},
		"public_metrics":        record{"repost_count": 2, "reply_count": 3, "like_count": 5, "quote_count": 1, "bookmark_count": 4, "impression_count": 100},
	}
	maps.Copy(p, more)
	f.posts[id] = p
	u.timeline = append(u.timeline, id)
	m := u.record["public_metrics"].(record)
	m["post_count"] = m["post_count"].(int) + 1
	return id
}

// mention lets somebody write to a user.
func (f *xTown) mention(by, to *xCitizen, at time.Time, text string, more record) string {
	id := f.post(by, at, text, record{"entities": record{"mentions": []any{record{"start": strings.Index(text, "@"), "end": 5, "username": to.record["username"], "id": to.record["id"]}}}})
	maps.Copy(f.posts[id], more)
	to.mentions = append(to.mentions, id)
	return id
}

func (f *xTown) erase(id, problem string) {
	f.hidden[id] = problem
	for _, u := range f.users {
		gone := func(s string) bool { return s == id }
		u.timeline, u.mentions = slices.DeleteFunc(u.timeline, gone), slices.DeleteFunc(u.mentions, gone)
	}
}

func answersTo(kind, id string) record {
	return record{"referenced_posts": []any{record{"type": kind, "id": id}}}
}

var xDefaults = map[string][]string{"post": {"id", "text", "edit_history_post_ids"}, "user": {"id", "name", "username"}, "media": {"media_key", "type"}}

// xKnown are the fields that may be asked for here.
var xKnown = map[string][]string{
	"user.fields":  {"created_at", "description", "entities", "location", "profile_banner_url", "profile_image_url", "protected", "public_metrics", "url", "verified"},
	"post.fields":  {"attachments", "created_at", "entities", "lang", "note_post", "public_metrics"},
	"media.fields": {"alt_text", "type", "url"},
	"expansions":   {"attachments.media_keys", "author_id", "referenced_posts"},
}

func (f *xTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if f.fault != nil && f.fault(w, r) {
		return
	}
	q := r.URL.Query()
	refuse := func(status int, kind, detail string, more record) {
		body := record{"type": "https://api.x.com/2/problems/" + kind, "title": http.StatusText(status), "detail": detail, "status": status}
		maps.Copy(body, more)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer secret-") {
		refuse(http.StatusUnauthorized, "not-authorized-for-resource", "Unauthorized", record{"resource_type": "app"})
		return
	}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/2/"), "/")
	endpoint := path[0] + "/" + path[len(path)-1]
	if f.limit > 0 {
		if now := time.Now(); !now.Before(f.reset) {
			f.reset, f.used = now.Add(15*time.Minute), map[string]int{}
		}
		f.used[endpoint]++
		w.Header().Set("x-rate-limit-limit", strconv.Itoa(f.limit))
		w.Header().Set("x-rate-limit-remaining", strconv.Itoa(max(0, f.limit-f.used[endpoint])))
		w.Header().Set("x-rate-limit-reset", strconv.FormatInt(f.reset.Unix()+1, 10))
		if f.used[endpoint] > f.limit {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"code":88,"message":"Rate limit exceeded"}`))
			return
		}
	}
	for parameter, known := range xKnown {
		if q.Get(parameter) == "" {
			continue
		}
		for v := range strings.SplitSeq(q.Get(parameter), ",") {
			if !slices.Contains(known, v) || f.retired[parameter+"="+v] {
				refuse(http.StatusBadRequest, "invalid-request", "One or more parameters to your request was invalid.", record{"parameter": parameter, "value": v})
				return
			}
		}
	}
	a := &xFakeAnswer{town: f, query: q, data: []any{}, includes: map[string][]any{}, seen: map[string]bool{}}
	switch {
	case endpoint == "users/users" || endpoint == "users/by":
		parameter, key := "ids", "id"
		if endpoint == "users/by" {
			parameter, key = "usernames", "username"
		}
		names := strings.Split(q.Get(parameter), ",")
		if len(names) > 100 {
			refuse(http.StatusBadRequest, "invalid-request", "too many", record{"parameter": parameter, "value": strconv.Itoa(len(names))})
			return
		}
		for _, n := range names {
			i := slices.IndexFunc(f.users, func(u *xCitizen) bool { return strings.EqualFold(u.record[key].(string), n) })
			if i < 0 {
				a.problem("resource-not-found", "user", parameter, n, "Could not find user with "+parameter+": ["+n+"].")
			} else if kind := f.hidden[f.users[i].record["id"].(string)]; kind != "" {
				a.problem(kind, "user", parameter, n, "User has been suspended: ["+n+"].")
			} else {
				a.data = append(a.data, a.user(f.users[i]))
			}
		}
	case endpoint == "tweets/tweets":
		for id := range strings.SplitSeq(q.Get("ids"), ",") {
			if p := f.posts[id]; p == nil || f.hidden[id] != "" {
				kind := f.hidden[id]
				if p == nil {
					kind = "resource-not-found"
				}
				a.problem(kind, "post", "ids", id, "Could not find post with ids: ["+id+"].")
			} else {
				a.data = append(a.data, a.post(p))
			}
		}
	case len(path) == 3 && f.byID[path[1]] != nil:
		u := f.byID[path[1]]
		ids := u.timeline
		if path[2] == "mentions" {
			ids = u.mentions
		}
		size, err := strconv.Atoi(q.Get("max_results"))
		if err != nil || size < 5 || size > 100 {
			refuse(http.StatusBadRequest, "invalid-request", "The `max_results` query parameter value is not between 5 and 100", record{"parameter": "max_results", "value": q.Get("max_results")})
			return
		}
		if u.record["protected"] == true {
			a.problem("not-authorized-for-resource", "user", "id", path[1], "Sorry, you are not authorized to see the user with id: ["+path[1]+"].")
			break
		}
		a.page(ids[max(0, len(ids)-map[string]int{"tweets": 3200, "mentions": 800}[path[2]]):], size)
	default:
		refuse(http.StatusNotFound, "resource-not-found", "no such endpoint", record{"resource_type": "endpoint"})
		return
	}
	_ = json.NewEncoder(w).Encode(a.body())
}

// xFakeAnswer is an answer of the fake, which bills what is in it.
type xFakeAnswer struct {
	town     *xTown
	query    url.Values
	data     []any
	includes map[string][]any
	errors   []any
	meta     record
	seen     map[string]bool
}

func (a *xFakeAnswer) charge(key string, price float64) {
	if !a.town.paid[key] {
		a.town.paid[key] = true
		a.town.bill += price
	}
}

func (a *xFakeAnswer) pick(r record, kind string) record {
	out := record{}
	for _, k := range slices.Concat(xDefaults[kind], strings.Split(a.query.Get(kind+".fields"), ",")) {
		if v, ok := r[k]; ok {
			out[k] = v
		}
	}
	return out
}

func (a *xFakeAnswer) expands(e string) bool {
	return slices.Contains(strings.Split(a.query.Get("expansions"), ","), e)
}

func (a *xFakeAnswer) user(u *xCitizen) record {
	a.charge("u"+u.record["id"].(string), 0.010)
	return a.pick(u.record, "user")
}

func (a *xFakeAnswer) include(list, key string, r func() record) {
	if !a.seen[list+key] {
		a.seen[list+key] = true
		a.includes[list] = append(a.includes[list], r())
	}
}

func (a *xFakeAnswer) post(p record) record {
	out := a.pick(p, "post")
	a.charge("p"+p["id"].(string), 0.005)
	if a.expands("author_id") {
		out["author_id"] = p["author_id"]
		if u := a.town.byID[p["author_id"].(string)]; u != nil {
			a.include("users", p["author_id"].(string), func() record { return a.user(u) })
		}
	}
	if refs, _ := p["referenced_posts"].([]any); refs != nil && a.expands("referenced_posts") {
		out["referenced_posts"] = refs
		for _, ref := range refs {
			id := ref.(record)["id"].(string)
			if q := a.town.posts[id]; q != nil && a.town.hidden[id] == "" {
				a.charge("p"+id, 0.005)
				a.include("posts", id, func() record { return a.pick(q, "post") })
			}
		}
	}
	if at, _ := p["attachments"].(record); at != nil && a.expands("attachments.media_keys") {
		for _, k := range at["media_keys"].([]any) {
			a.charge("m"+k.(string), 0.005)
			a.include("media", k.(string), func() record { return a.pick(a.town.media[k.(string)], "media") })
		}
	}
	return out
}

func (a *xFakeAnswer) page(ids []string, size int) {
	after, _ := strconv.ParseInt(a.query.Get("since_id"), 10, 64)
	before, err := strconv.ParseInt(a.query.Get("until_id"), 10, 64)
	if err != nil {
		before = math.MaxInt64
	}
	from := a.query.Get("start_time")
	var fits []string
	for _, id := range slices.Backward(ids) {
		n, _ := strconv.ParseInt(id, 10, 64)
		if n > after && n < before && a.town.posts[id]["created_at"].(string) >= from {
			fits = append(fits, id)
		}
	}
	begin, _ := strconv.Atoi(strings.TrimPrefix(a.query.Get("pagination_token"), "page"))
	page := fits[min(begin, len(fits)):min(begin+size, len(fits))]
	for _, id := range page {
		a.data = append(a.data, a.post(a.town.posts[id]))
	}
	a.meta = record{"result_count": len(page)}
	if begin+size < len(fits) {
		a.meta["next_token"] = fmt.Sprint("page", begin+size)
	}
	if len(page) > 0 {
		a.meta["newest_id"], a.meta["oldest_id"] = page[0], page[len(page)-1]
	}
}

func (a *xFakeAnswer) problem(kind, resource, parameter, value, detail string) {
	a.errors = append(a.errors, record{"type": "https://api.x.com/2/problems/" + kind, "title": "Not Found Error", "detail": detail,
		"resource_type": resource, "parameter": parameter, "value": value, "resource_id": value})
}

func (a *xFakeAnswer) body() record {
	out := record{}
	if len(a.data) > 0 {
		out["data"] = a.data
	}
	if len(a.includes) > 0 {
		out["includes"] = a.includes
	}
	if len(a.errors) > 0 {
		out["errors"] = a.errors
	}
	if a.meta != nil {
		out["meta"] = a.meta
	}
	return out
}

// collectGroup visits accounts together as production does.
func collectGroup(t *testing.T, s *replayed, requests []pipeline.Request) (map[pipeline.AccountID]pipeline.Batch, map[pipeline.AccountID]error) {
	t.Helper()
	all := All(Options{Backoff: time.Millisecond, Credential: func(name string) (pipeline.Secret, error) { return pipeline.Secret("secret-" + name), nil }})
	batches, errs := map[pipeline.AccountID]pipeline.Batch{}, map[pipeline.AccountID]error{}
	for i := range requests {
		requests[i].Account.Server, requests[i].Account.AllowHTTP = s.url, true
		if requests[i].Now.IsZero() {
			requests[i].Now = visitDay
		}
	}
	all[requests[0].Account.Platform].Collect(t.Context(), requests, func(r pipeline.Request, b pipeline.Batch, err error) {
		if _, twice := batches[r.Account.ID]; twice {
			t.Errorf("account %s is brought twice", r.Account.ID)
		}
		batches[r.Account.ID], errs[r.Account.ID] = b, err
		if err == nil {
			covers(t, r.Account.Platform, b)
		}
	})
	if len(batches) != len(requests) {
		t.Errorf("%d of %d accounts are brought", len(batches), len(requests))
	}
	return batches, errs
}

// again is the request for a visit later, with the posts that are due then.
func again(r pipeline.Request, b pipeline.Batch, after time.Duration, due ...string) pipeline.Request {
	r.Cursor, r.Now, r.StableID = b.Next, r.Now.Add(after), b.Profile.StableID
	r.Due = nil
	for _, id := range due {
		r.Due = append(r.Due, pipeline.DuePost{ID: id, CreatedAt: xTime(id)})
	}
	return r
}

// serveX serves the town over HTTP; what goes over the wire is held to the API's description where that is at hand.
func serveX(t *testing.T, f *xTown) *replayed {
	t.Helper()
	return serve(t, xContract(t, f).ServeHTTP)
}

func dollars(f float64) float64 { return math.Round(f*1000) / 1000 }

func TestXReadsProfileAndPosts(t *testing.T) {
	f := xTownOf(1)
	office, vecina := f.users[0], f.join("55", "Vecina")
	f.media["3_1"] = record{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": " Cartel: 18 h "}
	f.media["7_2"] = record{"media_key": "7_2", "type": "video"}
	at := func(minutes int) time.Time { return visitDay.Add(-time.Hour).Add(time.Duration(minutes) * time.Minute) }

	plainPost := f.post(office, at(0), "Visita el museo &amp; la torre https://t.co/aaaaaaaaaa #Alacant #Museo @Vecina https://t.co/photo00001", record{
		"lang": "ca", "attachments": record{"media_keys": []any{"3_1", "7_2"}},
		"entities": record{
			"urls": []any{
				record{"start": 0, "end": 1, "url": "https://t.co/aaaaaaaaaa", "expanded_url": "https://museo.example/visita?a=1&b=2", "display_url": "museo.example/…"},
				record{"start": 0, "end": 1, "url": "https://t.co/photo00001", "expanded_url": "https://x.com/Office0/status/1/photo/1", "media_key": "3_1"},
				record{"start": 0, "end": 1, "url": "https://t.co/photo00001", "expanded_url": "https://x.com/Office0/status/1/photo/1", "media_key": "7_2"},
			},
			"hashtags": []any{record{"start": 1, "end": 2, "tag": "Alacant"}, record{"start": 1, "end": 2, "tag": "Museo"}},
			"mentions": []any{record{"start": 60, "end": 67, "username": "Vecina", "id": "55"}},
		},
	})
	asked := f.mention(vecina, office, at(1), "@office0 ¿a qué hora?", answersTo("replied_to", plainPost))
	answer := f.post(office, at(2), "@Vecina A las 18 h", record{"lang": "und",
		"referenced_posts": []any{record{"type": "replied_to", "id": asked}}, "entities": record{"mentions": []any{record{"start": 0, "end": 7, "username": "Vecina", "id": "55"}}}})
	thread := f.post(office, at(3), "2/2 Y mañana cerrado", answersTo("replied_to", plainPost))
	foreign := f.post(vecina, at(4), "una foto", nil)
	repost := f.post(office, at(5), "RT @Vecina: una foto", answersTo("retweeted", foreign))
	quote := f.post(office, at(6), "¡Gracias! https://t.co/quote00001", record{
		"referenced_posts": []any{record{"type": "quoted", "id": foreign}},
		"entities":         record{"urls": []any{record{"start": 10, "end": 33, "url": "https://t.co/quote00001", "expanded_url": "https://x.com/Vecina/status/" + foreign}}}})
	long := f.post(office, at(7), "Un texto lar… https://t.co/cut0000001", record{"note_post": record{
		"text":     "Un texto largo, con https://t.co/bbbbbbbbbb al final",
		"entities": record{"urls": []any{record{"start": 20, "end": 43, "url": "https://t.co/bbbbbbbbbb", "expanded_url": "https://larga.example/"}}}}})
	first := f.post(office, at(8), "Errata", nil)
	second := f.post(office, at(9), "Corregida", nil)
	f.posts[second]["edit_history_post_ids"] = []any{first, second}
	office.timeline = slices.DeleteFunc(office.timeline, func(id string) bool { return id == first })
	mention := f.mention(vecina, office, at(10), "Mirad esto, @office0", nil)
	f.mention(vecina, office, at(11), "RT @office0: Visita", answersTo("retweeted", plainPost))

	s := serveX(t, f)
	batches, errs := collectGroup(t, s, []pipeline.Request{{Account: f.account(0)}})
	if errs["a0"] != nil {
		t.Fatal(errs["a0"])
	}
	b := batches["a0"]
	none := pipeline.NoCount
	figures := pipeline.Figures{Likes: pipeline.CountOf(5), Replies: pipeline.CountOf(3), Reposts: pipeline.CountOf(3), Views: pipeline.CountOf(100), Saves: pipeline.CountOf(4)}
	own := func(id string, minutes int, text string) pipeline.Post {
		return pipeline.Post{ID: id, CreatedAt: at(minutes), Kind: pipeline.Own, Text: text, Language: "es", URL: "https://x.com/office0/status/" + id, Figures: figures}
	}
	edited := own(second, 9, "Corregida")
	edited.ID, edited.CreatedAt, edited.Edited = first, at(8), true
	longer := own(long, 7, "Un texto largo, con https://larga.example/ al final")
	longer.Links = []string{"https://larga.example/"}
	quoting := own(quote, 6, "¡Gracias!")
	quoting.RepostOf = "https://x.com/i/web/status/" + foreign
	reposting := own(repost, 5, "")
	reposting.Kind, reposting.Language, reposting.RepostOf = pipeline.Repost, "", "https://x.com/i/web/status/"+foreign
	reposting.Figures = pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}
	threading := own(thread, 3, "2/2 Y mañana cerrado")
	threading.InReplyTo, threading.SelfReply = plainPost, true
	answering := own(answer, 2, "@Vecina A las 18 h")
	answering.Kind, answering.Language, answering.InReplyTo, answering.Mentions = pipeline.Reply, "", asked, []string{"vecina"}
	whole := own(plainPost, 0, "Visita el museo & la torre https://museo.example/visita?a=1&b=2 #Alacant #Museo @Vecina")
	whole.Language, whole.Links = "ca", []string{"https://museo.example/visita?a=1&b=2"}
	whole.Hashtags, whole.Mentions = []string{"Alacant", "Museo"}, []string{"vecina"}
	whole.Media = []pipeline.Media{{Kind: "image", URL: "https://pbs.example/1.jpg", Alt: "Cartel: 18 h"}, {Kind: "video"}}
	want := pipeline.Batch{
		At: visitDay, Gives: x().gives, Calls: 3,
		Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{
			StableID: "7000", Followers: pipeline.CountOf(1000), Following: pipeline.CountOf(10), Posts: pipeline.CountOf(8),
			Handle: "office0", DisplayName: "OFFICE0", Bio: "Aviso & noticias https://office0.example/normas", Website: "https://office0.example/",
			Links:  []string{"https://office0.example/", "https://office0.example/normas"},
			Avatar: "https://pbs.example/7000_normal.jpg", Header: "https://pbs.example/banner/7000", Verified: true,
			CreatedAt: time.Date(2012, 5, 1, 10, 0, 0, 0, time.UTC), LastPostAt: xTime(second),
		},
		Posts: []pipeline.Post{edited, longer, quoting, reposting, threading, answering, whole},
		Messages: []pipeline.Message{
			{ID: mention, At: at(10), Author: "vecina", Language: "es", Text: "Mirad esto, @office0"},
			{ID: asked, At: at(1), Author: "vecina", Language: "es", InReplyTo: plainPost, Text: "@office0 ¿a qué hora?"},
		},
		Next: b.Next,
		// The user; seven posts, two media, and of those that posts refer to the question and the photograph; two more mentions and who wrote them.
		Cost: b.Cost,
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got, want := dollars(b.Cost), 0.010+7*0.005+2*0.005+2*0.005+2*0.005+0.010; got != dollars(want) || got != dollars(f.bill) {
		t.Errorf("cost %.3f, X bills %.3f, want %.3f", got, f.bill, want)
	}
}

func TestXReadsOnlyWhatIsNew(t *testing.T) {
	f := xTownOf(1)
	f.publish(250, visitDay.Add(-time.Minute))
	since := visitDay.Add(-130*time.Minute - time.Second)
	s := serveX(t, f)
	r := pipeline.Request{Account: f.account(0), Since: since}
	first, errs := collectGroup(t, s, []pipeline.Request{r})
	if b := first["a0"]; errs["a0"] != nil || len(b.Posts) != 130 || b.Calls != 4 {
		t.Fatalf("%v: %d posts in %d calls, want those of 130 minutes in 4: the user, two pages, mentions", errs["a0"], len(b.Posts), b.Calls)
	}
	r.Now = visitDay
	r.Account.Handle = "@Renamed" // in the register only; the id is known
	f.users[0].record["username"] = "NewName"
	for _, c := range []struct {
		name         string
		publish      int
		after        time.Duration
		calls, posts int
		cost         float64
	}{
		{"nothing new on the same day is free, and posts are not listed", 0, time.Hour, 2, 0, 0},
		{"one new", 1, 2 * time.Hour, 3, 1, 0.005},
		{"nothing new on another day", 0, 24 * time.Hour, 2, 0, 0.010},
		{"the number has not changed for a week", 0, 9 * 24 * time.Hour, 3, 0, 0.010},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := again(r, first["a0"], c.after)
			f.paid = map[string]bool{}
			if q.Now.Day() == visitDay.Day() {
				for k := range f.posts {
					f.paid["p"+k] = true
				}
				f.paid["u7000"] = true
			}
			f.bill, s.calls = 0, nil
			f.publish(c.publish, q.Now.Add(-time.Minute))
			b, errs := collectGroup(t, s, []pipeline.Request{q})
			got := b["a0"]
			if errs["a0"] != nil || len(got.Gaps) > 0 || got.Calls != c.calls || len(got.Posts) != c.posts || dollars(got.Cost) != c.cost || dollars(f.bill) != c.cost {
				t.Errorf("%v, %v: %d calls, %d posts, %.3f dollars, billed %.3f; want %d, %d, %.3f: %v", errs["a0"], got.Gaps, got.Calls, len(got.Posts), got.Cost, f.bill, c.calls, c.posts, c.cost, s.calls)
			}
			for _, call := range s.calls {
				u, _ := url.Parse(call)
				if n, _ := strconv.Atoi(u.Query().Get("max_results")); n > 10 {
					t.Errorf("so few are to be expected, and as many may be booked: %s", call)
				}
			}
			if got.Profile.Handle != "newname" || got.Profile.StableID != "7000" {
				t.Errorf("profile %+v", got.Profile)
			}
			first = b
			r.Now = q.Now
		})
		if c.after > 3*time.Hour {
			r.Now = visitDay
		}
	}
}

func TestXReadsTheSameTwiceADayForNothing(t *testing.T) {
	f := xTownOf(1)
	f.media["3_1"] = record{"media_key": "3_1", "type": "photo"}
	other := f.join("55", "vecina")
	asked := f.mention(other, f.users[0], visitDay.Add(-time.Hour), "@office0 hola", nil)
	id := f.post(f.users[0], visitDay.Add(-time.Minute), "@vecina hola", record{"attachments": record{"media_keys": []any{"3_1"}}, "referenced_posts": []any{record{"type": "replied_to", "id": asked}}})
	s := serveX(t, f)
	r := pipeline.Request{Account: f.account(0), Now: visitDay}
	b := first(collectGroup(t, s, []pipeline.Request{r}))["a0"]
	f.bill = 0
	r = again(r, b, time.Hour, id)
	r.Meter = pipeline.NewMeter(pipeline.X, pipeline.Budget{Euros: 0.2}, pipeline.Use{Dollars: 0.2 - 1e-9}, visitDay)
	got, errs := collectGroup(t, s, []pipeline.Request{r})
	if c := got["a0"]; errs["a0"] != nil || len(c.Posts) != 1 || c.Cost != 0 || f.bill != 0 {
		t.Errorf("%v, gaps %v: %d posts for %.3f dollars, billed %.3f", errs["a0"], c.Gaps, len(c.Posts), c.Cost, f.bill)
	}
	r = again(r, b, 24*time.Hour, id)
	if got, errs = collectGroup(t, s, []pipeline.Request{r}); !errors.Is(errs["a0"], pipeline.ErrBudget) || len(got["a0"].Posts) > 0 {
		t.Errorf("on the next day it costs again: %v", errs["a0"])
	}
}

func TestXDuePostsOfAGroup(t *testing.T) {
	const accounts, each = 3, 60
	f := xTownOf(accounts)
	f.publish(each, visitDay.Add(-time.Minute))
	passed := f.post(f.users[0], visitDay.Add(-30*time.Second), "RT @x: y", answersTo("retweeted", f.users[1].timeline[0]))
	s := serveX(t, f)
	var requests []pipeline.Request
	for i := range accounts {
		requests = append(requests, pipeline.Request{Account: f.account(i)})
	}
	first, _ := collectGroup(t, s, slices.Clone(requests))
	deleted, withheld := f.users[1].timeline[5], f.users[2].timeline[6]
	f.erase(deleted, "resource-not-found")
	f.erase(withheld, "not-authorized-for-resource")
	for _, p := range f.posts {
		p["public_metrics"].(record)["like_count"] = 77
	}
	edited := f.users[0].timeline[0]
	version := f.post(f.users[0], visitDay.Add(-20*time.Second), "Corregida", record{})
	f.users[0].timeline = slices.DeleteFunc(f.users[0].timeline, func(id string) bool { return id == version || id == edited })
	f.posts[version]["edit_history_post_ids"], f.posts[edited]["edit_history_post_ids"] = []any{edited, version}, []any{edited, version}
	f.users[0].record["public_metrics"].(record)["post_count"] = each + 1

	for i := range requests {
		b := first[requests[i].Account.ID]
		var due []string
		for _, p := range b.Posts {
			due = append(due, p.ID)
		}
		requests[i].Now = visitDay
		requests[i] = again(requests[i], b, 24*time.Hour, due...)
	}
	s.calls, f.bill, f.paid = nil, 0, map[string]bool{}
	got, errs := collectGroup(t, s, requests)
	calls, cost, posts := 0, 0.0, 0
	for id, b := range got {
		if errs[id] != nil {
			t.Error(id, errs[id])
		}
		calls, cost = calls+b.Calls, cost+b.Cost
		for _, p := range b.Posts {
			if p.ID == passed {
				t.Error("a repost, which has no figures, was paid for again")
			}
			if n, _ := p.Figures.Likes.Get(); n != 77 && p.Text != "Corregida" {
				t.Errorf("post %s has %d likes", p.ID, n)
			}
			posts++
		}
	}
	// Users, mentions of each, 180 posts in two batches, and the version of the edited one.
	if want := 1 + accounts + 2 + 1; calls != want || len(s.calls) != want {
		t.Errorf("%d calls counted, %d made, want %d: %v", calls, len(s.calls), want, s.calls)
	}
	if want := accounts*each - 2; posts != want {
		t.Errorf("%d posts, want %d", posts, want)
	}
	if dollars(cost) != dollars(f.bill) {
		t.Errorf("cost %.3f, X bills %.3f", cost, f.bill)
	}
	if d := cmp.Diff([]string{deleted}, got["a1"].Gone); d != "" || len(got["a1"].Gaps) > 0 {
		t.Errorf("gone (-want +got)\n%s, gaps %v", d, got["a1"].Gaps)
	}
	if b := got["a2"]; len(b.Gone) > 0 || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, pipeline.ErrDenied) {
		t.Errorf("a post that is withheld: gone %v, gaps %v", b.Gone, b.Gaps)
	}
	i := slices.IndexFunc(got["a0"].Posts, func(p pipeline.Post) bool { return p.ID == edited })
	if i < 0 || got["a0"].Posts[i].Text != "Corregida" || !got["a0"].Posts[i].Edited {
		t.Errorf("the edited post is not there in its latest version")
	}
}

func TestXAccountsThatAreNotLikeOthers(t *testing.T) {
	f := xTownOf(4)
	f.hidden["7001"] = "resource-not-found"
	f.users[2].record["protected"] = true
	f.publish(1, visitDay.Add(-time.Minute))
	f.mention(f.users[0], f.users[2], visitDay.Add(-time.Second), "@office2 hola", nil)
	s := serveX(t, f)
	requests := []pipeline.Request{{Account: f.account(0)}, {Account: f.account(1)}, {Account: f.account(2)}, {Account: f.account(3)}, {Account: f.account(3)}, {Account: f.account(3)}}
	requests[3].Account.Handle, requests[3].Account.ID = "@nobody", "nobody"
	requests[4].Account.Handle, requests[4].Account.ID = "@not.a.handle", "wrong"
	requests[5].StableID, requests[5].Account.ID = "99", "gone"
	got, errs := collectGroup(t, s, requests)
	for id, want := range map[pipeline.AccountID]error{"a0": nil, "a1": pipeline.ErrGone, "a2": nil, "nobody": pipeline.ErrGone, "gone": pipeline.ErrGone} {
		if !errors.Is(errs[id], want) || (errs[id] == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", id, errs[id], want)
		}
	}
	if !strings.Contains(fmt.Sprint(errs["a1"]), "suspended") || errs["wrong"] == nil {
		t.Errorf("%v, %v", errs["a1"], errs["wrong"])
	}
	if b := got["a2"]; !b.Profile.Protected || len(b.Gaps) == 0 || b.Gaps[0].Part != "posts" || !b.Listed.IsZero() {
		t.Errorf("the protected account: %+v", b)
	}
	if slices.ContainsFunc(s.calls, func(c string) bool { return strings.HasPrefix(c, "/2/users/7002/tweets") }) {
		t.Error("posts are asked for that nobody may see")
	}
	b, err := collect(t, Options{}, pipeline.Request{Account: pipeline.Account{ID: "b", Platform: pipeline.X, Handle: "@office0", Server: s.url}})
	if !errors.Is(err, pipeline.ErrDenied) || b.Calls > 0 || !strings.Contains(err.Error(), "PRESENCIA_TOKEN_NAME") {
		t.Errorf("without a credential: %v after %d calls", err, b.Calls)
	}
}

func TestXWaitsForItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(visitDay)) // in the bubble it is the year 2000, whose seconds are too few for a date
		f := xTownOf(3)
		f.limit = 2
		all := All(Options{Transport: inMemory(f), Credential: func(string) (pipeline.Secret, error) { return "secret-TOWN", nil }})
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		calls := 0
		var requests []pipeline.Request
		for i := range 3 {
			requests = append(requests, pipeline.Request{Account: f.account(i), Now: visitDay})
		}
		all[pipeline.X].Collect(ctx, requests, func(r pipeline.Request, b pipeline.Batch, err error) {
			calls += b.Calls
			if err != nil || len(b.Gaps) > 0 {
				t.Errorf("%s: %v, %v", r.Account.ID, err, b.Gaps)
			}
		})
		if took := time.Since(begun); calls != 7 || took < 14*time.Minute || took > 16*time.Minute {
			t.Errorf("%d calls in %s; want 7, one wait, and none refused: each endpoint has two in a quarter of an hour", calls, took)
		}
	})
}

func TestXKeepsToItsBudget(t *testing.T) {
	for _, c := range []struct {
		name        string
		euros       float64
		before      float64 // used by earlier runs
		read, posts int
		spent       float64
	}{
		{name: "for three of five users", euros: 0.0349, read: 3, spent: 0.030},
		{name: "for no user", euros: 0.009, read: 0, spent: 0},
		{name: "used up by earlier runs", euros: 10, before: 10, read: 0, spent: 0},
		// Five users leave 0.25. A post is booked with the six resources that it may bring, 0.035: pages of 6, 6 and 5 are
		// within what is left, and cost 0.030, 0.030 and 0.025; of 0.165 not even the smallest page can be booked.
		{name: "for users and some posts", euros: 0.30, read: 5, posts: 17, spent: 0.05 + 17*0.005},
		{name: "for everything", euros: 100, read: 5, posts: 200, spent: 0.05 + 200*0.005},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := xTownOf(5)
			f.publish(40, visitDay.Add(-time.Minute))
			s := serveX(t, f)
			meter := pipeline.NewMeter(pipeline.X, pipeline.Budget{Euros: c.euros}, pipeline.Use{Dollars: c.before}, visitDay)
			var requests []pipeline.Request
			for i := range f.users {
				requests = append(requests, pipeline.Request{Account: f.account(i), Meter: meter})
			}
			got, errs := collectGroup(t, s, requests)
			read, posts, cost := 0, 0, 0.0
			for id, b := range got {
				cost += b.Cost
				posts += len(b.Posts)
				if errs[id] == nil {
					read++
				} else if !errors.Is(errs[id], pipeline.ErrBudget) {
					t.Errorf("%s: %v", id, errs[id])
				}
				for _, g := range b.Gaps {
					if !errors.Is(g.Cause, pipeline.ErrBudget) {
						t.Errorf("%s: %v", id, g)
					}
				}
			}
			if read != c.read || posts != c.posts || dollars(cost) != dollars(c.spent) || dollars(f.bill) != dollars(c.spent) {
				t.Errorf("%d users, %d posts, %.3f dollars counted and %.3f billed; want %d, %d, %.3f", read, posts, cost, f.bill, c.read, c.posts, c.spent)
			}
			if c.before+f.bill > c.euros {
				t.Errorf("%.3f billed of %.3f", c.before+f.bill, c.euros)
			}
			rest := c.euros - c.before - cost
			if err := meter.Take(0, rest-1e-9); err != nil {
				t.Errorf("the meter has not %.3f left: %v", rest, err)
			}
		})
	}
}

func TestXGoesOnWhereTheBudgetEnded(t *testing.T) {
	f := xTownOf(1)
	f.publish(30, visitDay.Add(-time.Minute))
	s := serveX(t, f)
	r := pipeline.Request{Account: f.account(0), Now: visitDay, Meter: pipeline.NewMeter(pipeline.X, pipeline.Budget{Euros: 0.2}, pipeline.Use{}, visitDay)}
	found := map[string]int{}
	for visit := range 4 {
		got, errs := collectGroup(t, s, []pipeline.Request{r})
		b := got["a0"]
		if errs["a0"] != nil {
			t.Fatal(errs["a0"])
		}
		for _, p := range b.Posts {
			found[p.ID]++
		}
		if visit == 0 && (len(b.Gaps) == 0 || len(b.Posts) == 0 || b.Listed.From.IsZero() || b.Listed.From.Before(b.Posts[len(b.Posts)-1].CreatedAt.Add(-time.Second))) {
			t.Errorf("the first visit: %d posts, listed %v, gaps %v", len(b.Posts), b.Listed, b.Gaps)
		}
		if visit == 2 && len(found) != 30 {
			t.Errorf("%d of 30 posts are read after three visits", len(found))
		}
		if visit == 2 { // before, what was left is read although the profile tells of no other number of posts
			f.publish(3, visitDay.Add(150*time.Minute))
		}
		r = again(r, b, time.Hour)
		r.Meter = nil
		if visit == 0 {
			r.Meter = pipeline.NewMeter(pipeline.X, pipeline.Budget{Euros: 0.2}, pipeline.Use{}, visitDay)
		}
	}
	if len(found) != 33 {
		t.Errorf("%d of 33 posts are read", len(found))
	}
	for id, n := range found {
		if n > 1 {
			t.Errorf("post %s was paid for %d times", id, n)
		}
	}
}

func TestXParksWhatIsRefused(t *testing.T) {
	f := xTownOf(2)
	f.retired["user.fields=verified"], f.retired["media.fields=alt_text"], f.retired["post.fields=public_metrics"] = true, true, true
	f.media["3_1"] = record{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "x"}
	for _, u := range f.users {
		f.post(u, visitDay.Add(-time.Minute), "hola", record{"attachments": record{"media_keys": []any{"3_1"}}})
	}
	s := serveX(t, f)
	requests := []pipeline.Request{{Account: f.account(0)}, {Account: f.account(1)}}
	got, errs := collectGroup(t, s, requests)
	var parked []pipeline.Parked
	for _, id := range []pipeline.AccountID{"a0", "a1"} {
		b := got[id]
		parked = append(parked, b.Parked...)
		if errs[id] != nil || len(b.Posts) != 1 || len(b.Gaps) > 0 {
			t.Fatalf("%v: %+v", errs[id], b)
		}
		for _, lost := range []pipeline.Field{pipeline.FieldVerified, pipeline.FieldAlt, pipeline.FieldLikes, pipeline.FieldViews} {
			if slices.Contains(b.Gives, lost) {
				t.Errorf("%s is given", lost)
			}
		}
		p := b.Posts[0]
		if !slices.Contains(b.Gives, pipeline.FieldMedia) || p.Figures.Likes.State != pipeline.Unknown || p.Text != "hola" || p.Language != "es" || len(p.Media) != 1 || p.Media[0].URL == "" {
			t.Errorf("what is still told is not read: %+v", p)
		}
	}
	var names []string
	for _, p := range parked {
		names = append(names, p.Metric)
	}
	slices.Sort(names)
	if d := cmp.Diff([]string{"media.fields=alt_text", "post.fields=public_metrics", "user.fields=verified"}, names); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	s.calls = nil
	for i := range requests {
		requests[i].Parked, requests[i].Cursor = parked, ""
	}
	if got, errs = collectGroup(t, s, requests); errs["a0"] != nil || len(got["a0"].Parked) > 0 || len(s.calls) != 5 {
		t.Errorf("%v; the next run asks for %v", errs, s.calls)
	}
}

func TestXListsThatDoNotEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(n int, w http.ResponseWriter, body record) // of the n-th page
		posts int
		gap   error
	}{
		{"the same token for ever", func(_ int, _ http.ResponseWriter, body record) {
			body["meta"].(map[string]any)["next_token"] = "page100"
		}, 130, pipeline.ErrBadAnswer},
		{"fresh tokens with the same post", func(n int, _ http.ResponseWriter, body record) {
			if n > 1 {
				body["meta"].(map[string]any)["next_token"] = fmt.Sprint("more", n)
			}
		}, 130, pipeline.ErrBadAnswer},
		{"a page that breaks off", func(n int, w http.ResponseWriter, _ record) {
			if n > 1 {
				w.Header().Set("Content-Length", "100000")
			}
		}, 100, pipeline.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := xTownOf(1)
			f.publish(130, visitDay.Add(-time.Minute))
			n := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/tweets") || strings.HasSuffix(r.URL.Path, "/2/tweets") {
					f.ServeHTTP(w, r)
					return
				}
				n++
				rec := httptest.NewRecorder()
				f.ServeHTTP(rec, r)
				var body record
				_ = json.Unmarshal(rec.Body.Bytes(), &body)
				c.fault(n, w, body)
				_ = json.NewEncoder(w).Encode(body)
			})
			got, errs := collectGroup(t, s, []pipeline.Request{{Account: f.account(0)}})
			b := got["a0"]
			if errs["a0"] != nil || len(b.Posts) != c.posts || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, c.gap) {
				t.Errorf("%v: %d posts, gaps %v", errs["a0"], len(b.Posts), b.Gaps)
			}
			var cursor xCursor
			if err := json.Unmarshal([]byte(b.Next), &cursor); err != nil || len(cursor.Posts.Rest) != 1 || cursor.Posts.Rest[0].Until != b.Posts[len(b.Posts)-1].ID {
				t.Errorf("the next visit does not go on behind the oldest post that was read: %s", b.Next)
			}
			if n > 12 {
				t.Errorf("%d pages were asked for", n)
			}
		})
	}
}

func TestXSaysWhereItsListsEnd(t *testing.T) {
	f := xTownOf(1)
	f.publish(3300, visitDay.Add(-time.Minute))
	vecina := f.join("55", "Vecina")
	for i := range 900 {
		f.mention(vecina, f.users[0], visitDay.Add(time.Duration(i-1000)*time.Second), "@office0 hola", nil)
	}
	s := serve(t, f.ServeHTTP)
	got, errs := collectGroup(t, s, []pipeline.Request{{Account: f.account(0)}})
	b := got["a0"]
	if errs["a0"] != nil || len(b.Posts) != 3200 || len(b.Messages) != 800 || len(b.Gaps) != 2 {
		t.Fatalf("%v: %d posts, %d messages, gaps %v", errs["a0"], len(b.Posts), len(b.Messages), b.Gaps)
	}
	if from := b.Listed.From; from.Before(b.Posts[len(b.Posts)-1].CreatedAt.Add(-time.Second)) {
		t.Errorf("posts from %s on would be taken for deleted", from)
	}
	if !slices.Contains(b.Gives, pipeline.FieldMessages) {
		t.Error("the messages of late are known")
	}
}

func TestXErrors(t *testing.T) {
	problem := func(kind, rest string) string {
		return `{"type":"https://api.x.com/2/problems/` + kind + `","title":"T","detail":"D"` + rest + `}`
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   error
		says   string
	}{
		{"token", 401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`, pipeline.ErrDenied, "PRESENCIA_TOKEN_TOWN"},
		{"credit", 402, `{"title":"CreditsDepleted","detail":"no credits"}`, pipeline.ErrDenied, "buy more"},
		{"app", 403, `{"title":"Client Forbidden","detail":"must use keys from a Project","reason":"client-not-enrolled"}`, pipeline.ErrDenied, "Project"},
		{"parameter", 400, problem("invalid-request", `,"parameter":"usernames","value":"x"`), pipeline.ErrBadAnswer, "refuses the request"},
		{"cap", 429, problem("usage-capped", `,"period":"Monthly"`), pipeline.ErrRateLimited, "asked again"},
		{"limit", 429, `{"code":88,"message":"Rate limit exceeded"}`, pipeline.ErrRateLimited, ""},
		{"internal", 500, problem("internal-error", ""), pipeline.ErrUnavailable, ""},
		{"no such path", 404, `{}`, pipeline.ErrGone, ""},
		{"page of a proxy", 200, `<html>`, pipeline.ErrBadAnswer, ""},
		{"no record", 200, `{"data":["x"]}`, pipeline.ErrBadAnswer, ""},
		{"nothing", 200, `{}`, pipeline.ErrBadAnswer, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			got, errs := collectGroup(t, s, []pipeline.Request{{Account: xTownOf(0).account(0)}})
			if err := errs["a0"]; !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, want %v that says %q", err, c.want, c.says)
			}
			if got["a0"].Cost > 0 && c.status >= 300 {
				t.Errorf("a refusal costs %.3f", got["a0"].Cost)
			}
		})
	}
}

func TestXFiguresThatMeanNothing(t *testing.T) {
	n := func(i int64) *int64 { return &i }
	a := &xVisit{user: &xUser{ID: "1", Username: "office"}}
	for _, c := range []struct {
		created       time.Time
		metrics       xPostMetrics
		views, shares pipeline.Count
	}{
		{xViews.Add(-time.Second), xPostMetrics{Impressions: n(0), Reposts: n(2), Quotes: n(1)}, pipeline.Count{}, pipeline.CountOf(3)},
		{xViews, xPostMetrics{Impressions: n(0), Reposts: n(2)}, pipeline.CountOf(0), pipeline.Count{}},
		{xViews.Add(-time.Hour), xPostMetrics{Impressions: n(7), Quotes: n(2)}, pipeline.CountOf(7), pipeline.Count{}},
		{xViews, xPostMetrics{Impressions: n(-1)}, pipeline.Count{}, pipeline.Count{}},
	} {
		got := a.post(&xPost{ID: "1346889436626259968", CreatedAt: c.created, PublicMetrics: c.metrics}, &xIncludes{}).Figures
		if got.Views != c.views || got.Reposts != c.shares {
			t.Errorf("%+v: views %v, reposts %v", c, got.Views, got.Reposts)
		}
	}
}

func TestXWhomAPostAnswers(t *testing.T) {
	office := &xUser{ID: "1", Username: "Office"}
	mention := func(start int, name, id string) xEntities { return xEntities{Mentions: []xMention{{start, name, id}}} }
	refers := []xReference{{"replied_to", "9"}}
	for name, c := range map[string]struct {
		post  xPost
		known []xPost
		want  bool
	}{
		"by the post that is answered":            {xPost{AuthorID: "2", Referenced: refers, Entities: mention(0, "other", "3")}, []xPost{{ID: "9", AuthorID: "1"}}, true},
		"by that of another":                      {xPost{AuthorID: "2", Referenced: refers, Entities: mention(0, "office", "1")}, []xPost{{ID: "9", AuthorID: "3"}}, false},
		"by the name at its beginning":            {xPost{AuthorID: "2", Referenced: refers, Entities: mention(0, "OFFICE", "")}, []xPost{{ID: "9"}}, true},
		"by the id of that name":                  {xPost{AuthorID: "2", Referenced: refers, Entities: mention(0, "renamed", "1")}, nil, true},
		"by another name":                         {xPost{AuthorID: "2", Referenced: refers, Entities: mention(0, "other", "3")}, nil, false},
		"a name further on says nothing":          {xPost{AuthorID: "2", Referenced: refers, Text: "x @office", Entities: mention(2, "office", "1")}, nil, false},
		"one's own thread has no name":            {xPost{AuthorID: "1", Referenced: refers, Text: "2/2"}, nil, true},
		"a name where entities are no more given": {xPost{AuthorID: "1", Referenced: refers, Text: "@other sí"}, nil, false},
	} {
		if got := c.post.answers(office, &xIncludes{Posts: c.known}); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestXTime(t *testing.T) {
	for id, want := range map[string]time.Time{
		"1346889436626259968": time.Date(2021, 1, 6, 18, 40, 40, 344e6, time.UTC), // the example of the documentation
		"20":                  {}, "": {}, "x": {},
	} {
		if got := xTime(id); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

func FuzzXText(f *testing.F) {
	f.Add("a &amp;lt; https://t.co/a", "https://t.co/a", "https://example.org/?x=&amp;", "", "")
	f.Add("@a https://t.co/ab https://t.co/abc", "https://t.co/ab", "https://x.com/a/status/7", "", "7")
	f.Add("\u0301", "", "ftp://x", "3_1", "")
	f.Fuzz(func(t *testing.T, text, short, expanded, key, quoted string) {
		p := &xPost{ID: "1346889436626259968", Text: text, Entities: xEntities{
			URLs: []xLink{{short, expanded, key}, {short + "x", "https://example.org/", ""}}, Hashtags: []xTag{{text}}, Mentions: []xMention{{0, text, quoted}}},
			Referenced: []xReference{{"quoted", quoted}, {"replied_to", key}}, EditHistory: []string{key}}
		a := &xVisit{user: &xUser{ID: "1", Username: "office"}, own: map[string]bool{}}
		a.add(p, &xIncludes{Media: []xMedia{{key, text, short, expanded}}})
		a.mention(p, &xIncludes{})
		for _, l := range a.batch.Posts[0].Links {
			if !web(l) {
				t.Errorf("%q is no link", l)
			}
		}
		if text := a.batch.Posts[0].Text; strings.TrimSpace(text) != text {
			t.Errorf("%q", text)
		}
	})
}

// xFloor: users by the hundred, posts of those who wrote, mentions of all, posts that are due by the hundred of a group.
func xFloor(n, p, w int) int {
	return pages(n, xBatch) + n*min(1, p) + n + pages(n*w, xBatch)
}
