package simulation

import (
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"presencia/pipeline"
)

// Limits of a Mastodon server.
const (
	pageSize    = 20
	maxPage     = 40
	maxMentions = 80
	quota       = 300 // requests of a client in five minutes
	quotaWindow = 5 * time.Minute
)

// Handler serves the platform: the Mastodon API under /api, web feeds under /feeds.
func (w *World) Handler() http.Handler { return w.handler }

func (w *World) platform() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /feeds/{file}", w.serveFeed)
	api := func(pattern string, answer func(q *request)) {
		mux.HandleFunc(pattern, func(rw http.ResponseWriter, r *http.Request) {
			q := &request{World: w, w: rw, r: r, now: w.Now(), seen: map[*account][]byte{}}
			if err := r.ParseForm(); err != nil {
				q.fail(http.StatusBadRequest, err.Error())
			} else if q.admit() {
				answer(q)
			}
		})
	}
	api("GET /api/v2/instance", (*request).instance)
	api("GET /api/v1/accounts/lookup", (*request).lookup)
	api("GET /api/v1/accounts/verify_credentials", (*request).credentials)
	api("GET /api/v1/accounts/{id}", (*request).profile)
	api("GET /api/v1/accounts/{id}/statuses", (*request).statuses)
	api("GET /api/v1/statuses/{id}", (*request).status)
	api("GET /api/v1/statuses/{id}/context", (*request).context)
	api("GET /api/v1/notifications", (*request).notifications)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Date", w.Now().Format(http.TimeFormat))
		mux.ServeHTTP(rw, r)
	})
}

// request is one call of the API, at one moment.
type request struct {
	*World
	w    http.ResponseWriter
	r    *http.Request
	now  time.Time
	user *account            // whose token it carries
	seen map[*account][]byte // profiles rendered for this answer
}

func (q *request) answer(body []byte) {
	q.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	q.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = q.w.Write(body) // a client that went away needs no answer
}

// encode writes an entity. Entities are made of strings and numbers, which always can be written.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func (q *request) fail(code int, why string) {
	q.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	q.w.WriteHeader(code)
	_, _ = q.w.Write(encode(map[string]string{"error": why}))
}

// admit counts the request against its client's quota and recognises the token.
func (q *request) admit() bool {
	client, _, _ := net.SplitHostPort(q.r.RemoteAddr)
	if token := q.r.Header.Get("Authorization"); token != "" {
		client = strings.TrimPrefix(token, "Bearer ")
		if q.user = q.byToken[client]; q.user == nil {
			q.fail(http.StatusUnauthorized, "The access token is invalid")
			return false
		}
	}
	window := q.now.Truncate(quotaWindow)
	left := quota - q.limits.count(client, window)
	h := q.w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(quota))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	h.Set("X-RateLimit-Reset", window.Add(quotaWindow).Format("2006-01-02T15:04:05.000000Z"))
	if left < 0 {
		q.fail(http.StatusTooManyRequests, "Too many requests")
	}
	return left >= 0
}

// limits count the requests of each client in one window of time.
type limits struct {
	mu     sync.Mutex
	window time.Time
	used   map[string]int
}

func (l *limits) count(client string, window time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.window.Equal(window) {
		l.window, l.used = window, map[string]int{}
	}
	l.used[client]++
	return l.used[client]
}

// exists tells whether the account can be served, and answers if not.
func (q *request) exists(a *account) bool {
	switch {
	case a == nil || !a.open(q.now):
		q.fail(http.StatusNotFound, "Record not found")
	case q.down(a, q.now):
		q.fail(http.StatusServiceUnavailable, "Service temporarily unavailable")
	default:
		return true
	}
	return false
}

func (q *request) instance() {
	q.answer(encode(map[string]any{"domain": host, "title": name, "version": "4.3.0", "source_url": "https://github.com/mastodon/mastodon",
		"description": "Plataforma simulada", "languages": []string{"es", "ca"}}))
}

func (q *request) lookup() {
	local, at, remote := strings.Cut(strings.ToLower(strings.TrimPrefix(q.r.FormValue("acct"), "@")), "@")
	a := q.byName[local]
	if remote && at != host && at != strings.ToLower(q.r.Host) {
		a = nil
	}
	if q.exists(a) {
		q.answer(q.account(a))
	}
}

func (q *request) accountByID() *account {
	n, _ := strconv.Atoi(q.r.PathValue("id"))
	if i := slices.IndexFunc(q.social, func(a *account) bool { return a.number == n }); i >= 0 {
		return q.social[i]
	}
	return nil
}

func (q *request) profile() {
	if a := q.accountByID(); q.exists(a) {
		q.answer(q.account(a))
	}
}

// credentials answers whose token it is.
func (q *request) credentials() {
	if q.authorized() && q.exists(q.user) {
		q.answer(q.account(q.user))
	}
}

// authorized tells whether the request has a token, and answers if not.
func (q *request) authorized() bool {
	if q.user == nil {
		q.fail(http.StatusUnauthorized, "The access token is invalid")
	}
	return q.user != nil
}

// statuses lists an account's publications, newest first.
func (q *request) statuses() {
	a := q.accountByID()
	if !q.exists(a) {
		return
	}
	noReplies, noReblogs := flag(q.r.FormValue("exclude_replies")), flag(q.r.FormValue("exclude_reblogs"))
	onlyMedia, pinned := flag(q.r.FormValue("only_media")), flag(q.r.FormValue("pinned"))
	page(q, a.statuses, pageSize, maxPage, func(s *status) bool {
		return q.shows(s) && !pinned && !(noReblogs && s.kind == pipeline.Repost) && !(noReplies && s.kind == pipeline.Reply) &&
			!(onlyMedia && !s.image && !s.video) && (s.boost == nil || q.shows(s.boost))
	}, q.render)
}

// notifications lists what citizens and other accounts wrote to the account of the token, newest first.
func (q *request) notifications() {
	if !q.authorized() || !q.exists(q.user) {
		return
	}
	types := append(q.r.Form["types[]"], q.r.Form["types"]...)
	wanted := (len(types) == 0 || slices.Contains(types, "mention")) && !slices.Contains(q.r.Form["exclude_types[]"], "mention")
	page(q, q.user.mentions, maxPage, maxMentions, func(s *status) bool { return wanted && q.shows(s) }, func(b []byte, s *status) []byte {
		b = fmt.Appendf(b, `{"id":"%d","type":"mention","group_key":"ungrouped-%[1]d","created_at":"%s","account":`, s.id, stamp(s.created))
		b = append(append(b, q.author(s)...), `,"status":`...)
		return append(q.render(b, s), '}')
	})
}

// page answers with one page of a list that is kept in time order, under max_id, since_id, min_id and limit, and with
// the links to its neighbours.
func page(q *request, list []*status, size, most int, wanted func(*status) bool, render func([]byte, *status) []byte) {
	limit, bounds := size, map[string]int64{}
	for _, key := range []string{"limit", "max_id", "since_id", "min_id"} {
		text := q.r.FormValue(key)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			q.fail(http.StatusBadRequest, fmt.Sprintf("Invalid %s: %q is not a number", key, text))
			return
		}
		bounds[key] = n
	}
	if n, ok := bounds["limit"]; ok {
		limit = int(min(n, int64(most)))
	}
	from := position(list, max(bounds["since_id"], bounds["min_id"])+1)
	to, _ := slices.BinarySearchFunc(list, q.now, func(s *status, t time.Time) int { return s.created.Compare(t.Add(1)) })
	if id, ok := bounds["max_id"]; ok {
		to = min(to, position(list, id))
	}
	var found []*status
	if _, forward := bounds["min_id"]; forward { // the page just above an id, not the newest one
		for i := from; i < to && len(found) < limit; i++ {
			if wanted(list[i]) {
				found = append(found, list[i])
			}
		}
		slices.Reverse(found)
	} else {
		for i := to - 1; i >= from && len(found) < limit; i-- {
			if wanted(list[i]) {
				found = append(found, list[i])
			}
		}
	}
	if n := len(found); n > 0 {
		links := []string{q.link("prev", "min_id", found[0].id)}
		if n == limit {
			links = slices.Insert(links, 0, q.link("next", "max_id", found[n-1].id))
		}
		q.w.Header().Set("Link", strings.Join(links, ", "))
	}
	q.answer(array(found, render))
}

func array(all []*status, render func([]byte, *status) []byte) []byte {
	b := make([]byte, 0, 2+3200*len(all))
	b = append(b, '[')
	for i, s := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = render(b, s)
	}
	return append(b, ']')
}

// position is the place of the first status with at least this id.
func position(list []*status, id int64) int {
	i, _ := slices.BinarySearchFunc(list, id, func(s *status, id int64) int {
		switch {
		case s.id < id:
			return -1
		case s.id > id:
			return 1
		}
		return 0
	})
	return i
}

func (q *request) link(rel, bound string, id int64) string {
	v := url.Values{}
	for key, values := range q.r.Form {
		if key != "max_id" && key != "since_id" && key != "min_id" {
			v[key] = values
		}
	}
	v.Set(bound, strconv.FormatInt(id, 10))
	return fmt.Sprintf(`<http://%s%s?%s>; rel="%s"`, q.r.Host, q.r.URL.Path, v.Encode(), rel)
}

func flag(s string) bool { return s == "true" || s == "1" }

// shows tells whether a publication exists at the moment of the request.
func (q *request) shows(s *status) bool {
	return !s.created.After(q.now) && (s.deleted.IsZero() || q.now.Before(s.deleted))
}

func (q *request) statusByID() *status {
	n, _ := strconv.ParseInt(q.r.PathValue("id"), 10, 64)
	s := q.byID[n]
	if s == nil || !q.shows(s) || s.account != nil && !s.account.social() {
		q.fail(http.StatusNotFound, "Record not found")
		return nil
	}
	if s.account != nil && !q.exists(s.account) {
		return nil
	}
	return s
}

func (q *request) status() {
	if s := q.statusByID(); s != nil {
		q.answer(q.render(nil, s))
	}
}

// context answers with what a status replies to and what replies to it.
func (q *request) context() {
	s := q.statusByID()
	if s == nil {
		return
	}
	var above, below []*status
	for up := s.answers; up != nil && q.shows(up); up = up.answers {
		above = slices.Insert(above, 0, up)
	}
	var down func(*status)
	down = func(s *status) {
		for _, reply := range s.replies {
			if q.shows(reply) {
				below = append(below, reply)
				down(reply)
			}
		}
	}
	down(s)
	q.answer(slices.Concat([]byte(`{"ancestors":`), array(above, q.render), []byte(`,"descendants":`), array(below, q.render), []byte("}")))
}

// The entities of the API, with the fields of a Mastodon 4.3 server.
type (
	accountJSON struct {
		ID             string      `json:"id"`
		Username       string      `json:"username"`
		Acct           string      `json:"acct"`
		DisplayName    string      `json:"display_name"`
		Locked         bool        `json:"locked"`
		Bot            bool        `json:"bot"`
		Discoverable   bool        `json:"discoverable"`
		Indexable      bool        `json:"indexable"`
		Group          bool        `json:"group"`
		CreatedAt      string      `json:"created_at"`
		Note           string      `json:"note"`
		URL            string      `json:"url"`
		URI            string      `json:"uri"`
		Avatar         string      `json:"avatar"`
		AvatarStatic   string      `json:"avatar_static"`
		Header         string      `json:"header"`
		HeaderStatic   string      `json:"header_static"`
		FollowersCount int         `json:"followers_count"`
		FollowingCount int         `json:"following_count"`
		StatusesCount  int         `json:"statuses_count"`
		LastStatusAt   *string     `json:"last_status_at"`
		Emojis         []struct{}  `json:"emojis"`
		Fields         []fieldJSON `json:"fields"`
	}
	fieldJSON struct {
		Name       string  `json:"name"`
		Value      string  `json:"value"`
		VerifiedAt *string `json:"verified_at"`
	}
	// statusJSON is a status without its author and what may change from one moment to the next; render adds these.
	statusJSON struct {
		ID               string         `json:"id"`
		CreatedAt        string         `json:"created_at"`
		EditedAt         *string        `json:"edited_at"`
		Content          string         `json:"content"`
		Sensitive        bool           `json:"sensitive"`
		SpoilerText      string         `json:"spoiler_text"`
		Visibility       string         `json:"visibility"`
		Language         *string        `json:"language"`
		URI              string         `json:"uri"`
		URL              string         `json:"url"`
		MediaAttachments []mediaJSON    `json:"media_attachments"`
		Mentions         []mentionJSON  `json:"mentions"`
		Tags             []tagJSON      `json:"tags"`
		Emojis           []struct{}     `json:"emojis"`
		Card             map[string]any `json:"card"`
		Poll             map[string]any `json:"poll"`
	}
	mediaJSON struct {
		ID          string         `json:"id"`
		Type        string         `json:"type"`
		URL         string         `json:"url"`
		PreviewURL  string         `json:"preview_url"`
		RemoteURL   *string        `json:"remote_url"`
		Meta        map[string]any `json:"meta"`
		Description *string        `json:"description"`
		Blurhash    *string        `json:"blurhash"`
	}
	mentionJSON struct {
		ID       string `json:"id"`
		Username string `json:"username"`
		URL      string `json:"url"`
		Acct     string `json:"acct"`
	}
	tagJSON struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
)

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (a *account) url() string { return "https://" + host + "/@" + a.handle }

// account renders a profile as of now.
func (q *request) account(a *account) []byte {
	if b := q.seen[a]; b != nil {
		return b
	}
	created := a.opened
	if created.Equal(begin.In(q.loc)) { // older than the simulation
		created = created.AddDate(0, 0, -7*(a.number-900))
	}
	n := position(a.statuses, q.now.UnixMilli()<<16|0xffff)
	v := &accountJSON{ID: strconv.Itoa(a.number), Username: a.handle, Acct: a.handle, DisplayName: a.title, Discoverable: true,
		CreatedAt: created.UTC().Format("2006-01-02T00:00:00.000Z"), Note: "<p>" + a.description(q.now) + "</p>", URL: a.url(), URI: "https://" + host + "/users/" + a.handle,
		FollowersCount: q.followers(a), FollowingCount: 40 + a.number%97, StatusesCount: n, Emojis: []struct{}{}}
	for _, s := range a.gone {
		if !s.created.After(q.now) && !q.shows(s) {
			v.StatusesCount--
		}
	}
	if n > 0 {
		day := a.statuses[n-1].created.UTC().Format(time.DateOnly)
		v.LastStatusAt = &day
	}
	v.Avatar = "https://" + host + "/system/accounts/avatars/" + v.ID + ".png"
	v.Header = "https://" + host + "/system/accounts/headers/" + v.ID + ".png"
	v.AvatarStatic, v.HeaderStatic = v.Avatar, v.Header
	v.Fields = []fieldJSON{{Name: "Web", Value: anchor(q.website(a))}}
	if kept(a.policy, q.now) {
		v.Fields = append(v.Fields, fieldJSON{Name: "Normas de participación", Value: anchor(policy)})
	}
	q.seen[a] = encode(v)
	return q.seen[a]
}

func anchor(address string) string {
	return fmt.Sprintf(`<a href="%s" target="_blank" rel="nofollow noopener me" translate="no"><span class="invisible">https://</span><span class="">%s</span></a>`,
		address, strings.TrimPrefix(address, "https://"))
}

// description is the text that the account says of itself. A blog has no other place for a link to the rules of
// participation.
func (a *account) description(now time.Time) string {
	text := "Toda la actualidad sobre " + a.dept.es[0] + " y mucho más. ¡Síguenos!"
	if kept(a.bio, now) {
		text = fmt.Sprintf("%s, %s. Atención de lunes a viernes, de 8.30 a 19.30.", a.dept.name, name)
	}
	if !a.social() && kept(a.policy, now) {
		text += " Normas de participación: " + policy
	}
	return text
}

// website is the page that the account's profile links to.
func (q *request) website(a *account) string {
	if kept(a.link, q.now) {
		return "https://www." + domain + "/" + a.dept.id
	}
	return "https://" + a.dept.id + ".pagina-externa.test/inicio"
}

// followers is the audience as of now, between the Mondays before and after.
func (q *request) followers(a *account) int {
	passed := q.now.Sub(q.monday(0).In(q.loc)).Hours() / (7 * 24)
	week := min(int(passed), len(a.followers)-2)
	share := min(passed-float64(week), 1)
	return a.followers[week] + int(share*float64(a.followers[week+1]-a.followers[week]))
}

func citizenID(n int) int { return 200000 + n }

// citizen is somebody of another server.
func citizen(n int) *accountJSON {
	user := fmt.Sprintf("vecina%d", n)
	url := "https://otra.test/@" + user
	picture := "https://otra.test/avatars/original/missing.png"
	return &accountJSON{ID: strconv.Itoa(citizenID(n)), Username: user, Acct: user + "@otra.test", DisplayName: user, URL: url,
		URI: "https://otra.test/users/" + user, CreatedAt: "2011-05-01T00:00:00.000Z", FollowersCount: 20 + n%300, FollowingCount: 30 + n%200,
		StatusesCount: 50 + n%900, Avatar: picture, AvatarStatic: picture, Header: picture, HeaderStatic: picture, Emojis: []struct{}{}, Fields: []fieldJSON{}}
}

// author renders who wrote a status.
func (q *request) author(s *status) []byte {
	if s.account == nil {
		return encode(citizen(s.citizen))
	}
	return q.account(s.account)
}

// render appends a status as of now.
func (q *request) render(b []byte, s *status) []byte {
	replies, boosts := 0, s.grown(s.boosts, q.now)
	for _, reply := range s.replies {
		if q.shows(reply) {
			replies++
		}
	}
	for _, boost := range s.boostedBy {
		if q.shows(boost) {
			boosts++
		}
	}
	b = fmt.Appendf(b, `{"replies_count":%d,"reblogs_count":%d,"favourites_count":%d`, replies, boosts, s.grown(s.likes, q.now))
	if up := s.answers; up == nil || !q.shows(up) {
		b = append(b, `,"in_reply_to_id":null,"in_reply_to_account_id":null`...)
	} else if up.account != nil {
		b = fmt.Appendf(b, `,"in_reply_to_id":"%d","in_reply_to_account_id":"%d"`, up.id, up.account.number)
	} else {
		b = fmt.Appendf(b, `,"in_reply_to_id":"%d","in_reply_to_account_id":"%d"`, up.id, citizenID(up.citizen))
	}
	b = append(append(b, `,"account":`...), q.author(s)...)
	b = append(b, `,"reblog":`...)
	if s.boost != nil {
		b = q.render(b, s.boost)
	} else {
		b = append(b, "null"...)
	}
	fixed := s.fixed.Load()
	if fixed == nil {
		entity := encode(s.entity(q.now))
		if fixed = &entity; s.edited.IsZero() {
			s.fixed.Store(fixed)
		}
	}
	return append(append(b, ','), (*fixed)[1:]...)
}

// entity is what changes by an edit only.
func (s *status) entity(now time.Time) statusJSON {
	v := statusJSON{ID: strconv.FormatInt(s.id, 10), CreatedAt: stamp(s.created), Visibility: "public", Content: s.content,
		MediaAttachments: []mediaJSON{}, Mentions: []mentionJSON{}, Tags: []tagJSON{}, Emojis: []struct{}{}}
	url, uri := citizen(s.citizen).URL, citizen(s.citizen).URI
	if s.account != nil {
		url, uri = s.account.url(), "https://"+host+"/users/"+s.account.handle
	}
	v.URL, v.URI = url+"/"+v.ID, uri+"/statuses/"+v.ID
	if s.boost != nil {
		v.URI += "/activity"
		v.URL = v.URI
		return v
	}
	if now.Before(s.edited) {
		v.Content = s.before
	} else if !s.edited.IsZero() {
		at := stamp(s.edited)
		v.EditedAt = &at
	}
	language := s.say("es", "ca")
	v.Language = &language
	switch {
	case s.to != nil:
		v.Mentions = append(v.Mentions, mentionJSON{strconv.Itoa(s.to.number), s.to.handle, s.to.url(), s.to.handle})
	case s.kind == pipeline.Reply:
		c := citizen(s.answers.citizen)
		v.Mentions = append(v.Mentions, mentionJSON{c.ID, c.Username, c.URL, c.Acct})
	}
	for _, tag := range s.names {
		lower := strings.ToLower(tag) // a server normalises the names of tags; only the text keeps the capitals
		v.Tags = append(v.Tags, tagJSON{lower, "https://" + host + "/tags/" + lower})
	}
	if s.image || s.video {
		m := mediaJSON{ID: v.ID, Type: "image", URL: "https://" + host + "/media/" + v.ID + ".jpg"}
		if s.video {
			m.Type, m.URL = "video", "https://"+host+"/media/"+v.ID+".mp4"
		}
		m.PreviewURL = m.URL
		if s.alt != "" {
			m.Description = &s.alt
		}
		v.MediaAttachments = append(v.MediaAttachments, m)
	}
	return v
}

// grown is the part of a settled count that a post has at t: most of it comes in the first days, all in thirty.
func (s *status) grown(settled int, t time.Time) int {
	const day, settles = 24 * time.Hour, 30
	age := min(float64(t.Sub(s.created))/float64(day), settles)
	return int(float64(settled)*(1-math.Exp(-age/2))/(1-math.Exp(-settles/2.)) + .5)
}
