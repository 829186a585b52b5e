package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

// X's price list as of 2026-08 (docs.x.com, "X API pricing"): US dollars for each resource in an answer, and none for the
// same one again until midnight UTC. What comes by an expansion is in the answer like the rest. A refusal costs nothing.
const (
	xUserPrice  = 0.010
	xPostPrice  = 0.005
	xMediaPrice = 0.005
)

// What one post can bring with it, for the worst case.
const (
	xMediaOfPost = 4
	xRefsOfPost  = 2 // the post that it answers and the one that it quotes
)

const (
	xServer    = "https://api.x.com"
	xBatch     = 100  // users or posts by id, and posts of a page, in one request
	xFewest    = 5    // posts that a page may be limited to
	xTimeline  = 3200 // newest posts of an account that X gives at all
	xMentioned = 800  // newest mentions
	xPages     = 700  // of one list in one visit
	xFruitless = 3    // pages one after another that bring nothing new: X goes on naming next ones where a list has ended
	xMemory    = 500  // ids that a cursor remembers of each kind

	xRelist = 7 * 24 * time.Hour // after which posts are listed although their number has not changed
)

// xViews is when X began to count views; a post from before has none, whatever number it shows.
var xViews = time.Date(2022, 12, 15, 0, 0, 0, 0, time.UTC)

// xBeginning is the earliest date that X lets a list begin with.
var xBeginning = time.Date(2010, 11, 6, 0, 0, 0, 0, time.UTC)

// asked is something that a platform is asked for, with what cannot be told without it.
type asked struct {
	metric string // parameter=value
	gives  []pipeline.Field
}

// untold are the fields that parked metrics take with them.
func untold(all []asked, parked []pipeline.Parked) map[pipeline.Field]bool {
	lost := map[pipeline.Field]bool{}
	for _, a := range all {
		if slices.ContainsFunc(parked, func(p pipeline.Parked) bool { return p.Metric == a.metric }) {
			for _, f := range a.gives {
				lost[f] = true
			}
		}
	}
	return lost
}

var xUserFields = []asked{
	{"user.fields=created_at", []pipeline.Field{pipeline.FieldCreatedAt}},
	{"user.fields=description", []pipeline.Field{pipeline.FieldBio}},
	{"user.fields=entities", []pipeline.Field{pipeline.FieldLinks, pipeline.FieldWebsite}},
	{"user.fields=profile_banner_url", []pipeline.Field{pipeline.FieldHeader}},
	{"user.fields=profile_image_url", []pipeline.Field{pipeline.FieldAvatar}},
	{"user.fields=protected", []pipeline.Field{pipeline.FieldProtected}},
	{"user.fields=public_metrics", []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount}},
	{"user.fields=url", []pipeline.Field{pipeline.FieldWebsite}},
	{"user.fields=verified", []pipeline.Field{pipeline.FieldVerified}},
}

var xPostFields = []asked{
	{"media.fields=alt_text", []pipeline.Field{pipeline.FieldAlt}},
	{"media.fields=type", []pipeline.Field{pipeline.FieldMedia, pipeline.FieldAlt}},
	{"media.fields=url", nil},
	{"post.fields=attachments", []pipeline.Field{pipeline.FieldMedia, pipeline.FieldAlt}},
	{"post.fields=created_at", nil}, // the id tells it as well
	{"post.fields=entities", []pipeline.Field{pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions}},
	{"post.fields=lang", []pipeline.Field{pipeline.FieldPostLanguage}},
	{"post.fields=note_post", []pipeline.Field{pipeline.FieldText}},
	{"post.fields=public_metrics", []pipeline.Field{pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldSaves}},
}

var xMentionFields = []asked{
	{"post.fields=created_at", nil},
	{"post.fields=entities", []pipeline.Field{pipeline.FieldMessages}}, // they tell whom it answers
	{"post.fields=lang", nil},
}

func x() source {
	return source{
		platform: pipeline.X,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio,
			pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldHeader, pipeline.FieldVerified,
			pipeline.FieldProtected, pipeline.FieldCreatedAt, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags,
			pipeline.FieldMentions, pipeline.FieldMedia, pipeline.FieldAlt, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts,
			pipeline.FieldViews, pipeline.FieldSaves, pipeline.FieldMessages,
		},
		proof: Specification,
		open:  func(f *fetcher, _ Options) pipeline.Collector { return xCollector{f} },
	}
}

// xCollector reads X by its API, version 2, with the bearer token of an app. Money is what bounds it: users are read a hundred at
// once, of posts and mentions only what is newer than the visit before, and posts that are due again a hundred at once
// for the whole group. Each request books the most that it can cost, and then what it has cost.
type xCollector struct{ fetch *fetcher }

// xCursor is where a visit ended.
type xCursor struct {
	ID       string    `json:"id"`              // the account that it speaks of
	Since    time.Time `json:"since,omitzero"`  // nothing older is wanted
	Count    int64     `json:"count,omitempty"` // posts that the profile told of
	At       time.Time `json:"at,omitzero"`     // when the posts were last listed
	Posts    xList     `json:"posts,omitzero"`
	Mentions xList     `json:"mentions,omitzero"`
	Reposts  []string  `json:"reposts,omitempty"` // by id, newest first: they have no figures, hence are not read again
	Day      string    `json:"day,omitempty"`     // UTC, in which Paid was paid for
	Paid     []string  `json:"paid,omitempty"`
}

// xList is what has been read of a list: everything up to Newest but for the stretches that were left.
type xList struct {
	Newest string     `json:"newest,omitempty"`
	Rest   []xStretch `json:"rest,omitempty"` // newest first
	Last   int        `json:"last,omitempty"` // how many the last visit found
}

// xStretch is a part of a list that is still to be read.
type xStretch struct {
	Until string    `json:"until,omitempty"` // older than this id
	After string    `json:"after,omitempty"` // newer than this id
	From  time.Time `json:"from,omitzero"`   // where there is no After
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	xUser struct {
		ID              string        `json:"id"`
		Username        string        `json:"username"`
		Name            string        `json:"name"`
		Description     string        `json:"description"`
		URL             string        `json:"url"`
		ProfileImageURL string        `json:"profile_image_url"`
		ProfileBanner   string        `json:"profile_banner_url"`
		CreatedAt       time.Time     `json:"created_at"`
		Protected       bool          `json:"protected"`
		Verified        bool          `json:"verified"`
		PublicMetrics   xUserMetrics  `json:"public_metrics"`
		Entities        xUserEntities `json:"entities"`
	}
	xUserMetrics struct {
		Followers *int64 `json:"followers_count"`
		Following *int64 `json:"following_count"`
		Posts     *int64 `json:"post_count"`
	}
	xUserEntities struct {
		URL         xEntities `json:"url"`
		Description xEntities `json:"description"`
	}
	xPost struct {
		ID            string       `json:"id"`
		Text          string       `json:"text"`
		AuthorID      string       `json:"author_id"`
		CreatedAt     time.Time    `json:"created_at"`
		Lang          string       `json:"lang"`
		Note          *xNote       `json:"note_post"`
		Entities      xEntities    `json:"entities"`
		Attachments   xAttachments `json:"attachments"`
		Referenced    []xReference `json:"referenced_posts"`
		EditHistory   []string     `json:"edit_history_post_ids"` // oldest version first
		PublicMetrics xPostMetrics `json:"public_metrics"`
	}
	xNote struct {
		Text     string    `json:"text"`
		Entities xEntities `json:"entities"`
	}
	xEntities struct {
		URLs     []xLink    `json:"urls"`
		Hashtags []xTag     `json:"hashtags"`
		Mentions []xMention `json:"mentions"`
	}
	xLink struct {
		URL         string `json:"url"`
		ExpandedURL string `json:"expanded_url"`
		MediaKey    string `json:"media_key"`
	}
	xTag struct {
		Tag string `json:"tag"`
	}
	xMention struct {
		Start    int    `json:"start"`
		Username string `json:"username"`
		ID       string `json:"id"`
	}
	xAttachments struct {
		MediaKeys []string `json:"media_keys"`
	}
	xReference struct {
		Type string `json:"type"` // retweeted, quoted, replied_to
		ID   string `json:"id"`
	}
	xPostMetrics struct {
		Likes       *int64 `json:"like_count"`
		Replies     *int64 `json:"reply_count"`
		Reposts     *int64 `json:"repost_count"`
		Quotes      *int64 `json:"quote_count"`
		Impressions *int64 `json:"impression_count"`
		Bookmarks   *int64 `json:"bookmark_count"`
	}
	xMedia struct {
		MediaKey string `json:"media_key"`
		Type     string `json:"type"`
		URL      string `json:"url"`
		AltText  string `json:"alt_text"`
	}
	xAnswer struct {
		Data     []json.RawMessage `json:"data"`
		Includes xIncludes         `json:"includes"`
		Errors   []xProblem        `json:"errors"`
		Meta     xMeta             `json:"meta"`
	}
	xIncludes struct {
		Users []xUser  `json:"users"`
		Posts []xPost  `json:"posts"`
		Media []xMedia `json:"media"`
	}
	xMeta struct {
		NextToken string `json:"next_token"`
	}
	// xProblem is an error of the whole request, or of a part of an answer that otherwise succeeded.
	xProblem struct {
		Type       string `json:"type"`
		Title      string `json:"title"`
		Detail     string `json:"detail"`
		Parameter  string `json:"parameter"`
		Value      string `json:"value"`
		ResourceID string `json:"resource_id"`
	}
)

// The types of problem end so, whichever of its names the host before them bears.
const (
	xNotFound     = "/resource-not-found"
	xInvalid      = "/invalid-request"
	xUsageCapped  = "/usage-capped"
	xUnauthorized = "/not-authorized-for-resource"
)

func (p xProblem) is(kind string) bool { return strings.HasSuffix(p.Type, kind) }

// of tells whether the problem is that of a user or post.
func (p xProblem) of(id string) bool {
	return p.ResourceID == id || strings.EqualFold(p.Value, id)
}

// err is the problem of an account in the terms of the runner.
func (p xProblem) err(handle string) error {
	switch {
	case p.is(xNotFound) && strings.Contains(p.Detail, "suspended"):
		return fmt.Errorf("%w: X has suspended %s", pipeline.ErrGone, handle)
	case p.is(xNotFound):
		return fmt.Errorf("%w: X knows no %s", pipeline.ErrGone, handle)
	case p.is(xUnauthorized):
		return fmt.Errorf("%w: X does not show %s to this credential", pipeline.ErrDenied, handle)
	}
	return fmt.Errorf("%w: X on %s: %s", pipeline.ErrBadAnswer, handle, cmp.Or(p.Title, "nothing"))
}

// xGroup is the reading of accounts that are asked for together.
type xGroup struct {
	*visit
	base   *url.URL
	now    time.Time
	parked []pipeline.Parked // those found here included
	paid   map[string]bool   // resources of this UTC day
}

// xVisit is one account of a group.
type xVisit struct {
	request pipeline.Request
	cursor  xCursor
	first   bool
	user    *xUser
	own     map[string]bool // ids of the account's own posts, versions included
	reposts []string
	paid    []string
	unheard bool // messages could not be read, or not all
	batch   pipeline.Batch
	err     error
}

// Together implements [pipeline.Collector].
func (xCollector) Together() int { return xBatch }

// Collect implements [pipeline.Collector].
func (c xCollector) Collect(ctx context.Context, accounts []pipeline.Request, done func(pipeline.Request, pipeline.Batch, error)) {
	if len(accounts) == 0 {
		return
	}
	all := make([]*xVisit, len(accounts))
	for i, r := range accounts {
		all[i] = &xVisit{request: r, own: map[string]bool{}, batch: pipeline.Batch{At: r.Now}}
	}
	g, err := c.open(all)
	if err == nil {
		g.users(ctx, all)
	}
	for _, a := range all {
		if a.err == nil {
			a.err = err
		}
	}
	var due []*xVisit
	for _, a := range all {
		if a.err == nil {
			g.countWith(&a.batch, func() { g.read(ctx, a) })
		}
		if a.err == nil && len(a.due()) > 0 {
			due = append(due, a)
			continue
		}
		done(a.request, g.finish(a), a.err)
	}
	if len(due) > 0 {
		g.again(ctx, due)
	}
	for _, a := range due {
		done(a.request, g.finish(a), a.err)
	}
}

func (c xCollector) open(all []*xVisit) (*xGroup, error) {
	first := all[0].request
	v, err := c.fetch.visit(first)
	if err != nil {
		return nil, err
	}
	if v.token == "" {
		return nil, fmt.Errorf("%w: X answers to an app only: give the account a credential NAME in the register, and the app's bearer token in PRESENCIA_TOKEN_NAME", pipeline.ErrDenied)
	}
	base, err := serverOf(first.Account, xServer)
	if err != nil {
		return nil, err
	}
	g := &xGroup{visit: v, base: base, now: first.Now, parked: slices.Clone(first.Parked), paid: map[string]bool{}}
	for _, a := range all {
		if json.Unmarshal([]byte(a.request.Cursor), &a.cursor) != nil {
			a.cursor = xCursor{}
		}
		if a.cursor.Day != g.day() {
			a.cursor.Day, a.cursor.Paid = g.day(), nil
		}
		for _, r := range a.cursor.Paid {
			g.paid[r] = true
		}
	}
	return g, nil
}

// serverOf is the address that an account's platform is asked at.
func serverOf(a pipeline.Account, usual string) (*url.URL, error) {
	server := cmp.Or(a.Server, usual)
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("server %q: write it as an address, for example %s", a.Server, usual)
	}
	u.Path = cmp.Or(u.Path, "/")
	return u, nil
}

func (g *xGroup) day() string { return g.now.UTC().Format(time.DateOnly) }

// countWith counts with one account of a group what is asked for meanwhile.
func (v *visit) countWith(b *pipeline.Batch, ask func()) {
	calls, cost := v.calls, v.cost
	ask()
	b.Calls += v.calls - calls
	b.Cost += v.cost - cost
}

// finish makes the batch of what was read of an account.
func (g *xGroup) finish(a *xVisit) pipeline.Batch {
	if a.err != nil {
		return a.batch
	}
	lost := untold(slices.Concat(xUserFields, xPostFields, xMentionFields), g.parked)
	if a.unheard {
		lost[pipeline.FieldMessages] = true
	}
	a.batch.Gives = slices.DeleteFunc(slices.Clone(x().gives), func(f pipeline.Field) bool { return lost[f] })
	for i := range a.batch.Posts {
		p := &a.batch.Posts[i]
		if p.Kind == pipeline.Reply && a.own[p.InReplyTo] {
			p.Kind, p.SelfReply = pipeline.Own, true
		}
	}
	a.batch.Profile = a.profile()
	a.cursor.Reposts = xRemember(a.reposts, a.cursor.Reposts)
	a.cursor.Paid = xRemember(a.paid, a.cursor.Paid)
	next, err := json.Marshal(a.cursor)
	if err != nil {
		a.err = err
	}
	a.batch.Next = pipeline.Cursor(next)
	return a.batch
}

// xRemember puts what is new before what was known, and forgets the oldest.
func xRemember(fresh, known []string) []string {
	all := Distinct(slices.Concat(fresh, known))
	return all[:min(len(all), xMemory)]
}

func (a *xVisit) gap(part string, err error) {
	a.batch.Gaps = append(a.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// The parts of an account that can be missing.
const (
	xPosts    = "posts"
	xMessages = "messages"
)

// ask asks for records with all the fields that X still gives, and merges them where it takes several requests. query
// holds everything else; price is the most that the answer can cost.
func (g *xGroup) ask(ctx context.Context, a *xVisit, path, bucket string, query url.Values, fields []asked, price float64, take func(*xAnswer) error) error {
	var metrics []string
	for _, f := range fields {
		metrics = append(metrics, f.metric)
	}
	refused, err := askInGroups(ctx, metrics, g.parked, func(ctx context.Context, metrics []string) error {
		q := maps.Clone(query)
		of := map[string][]string{}
		for _, m := range metrics {
			parameter, value, _ := strings.Cut(m, "=")
			of[parameter] = append(of[parameter], value)
		}
		for parameter, values := range of {
			q.Set(parameter, strings.Join(values, ","))
		}
		u := g.base.JoinPath("2", path)
		u.RawQuery = q.Encode()
		r, err := g.get(ctx, request{url: u, accept: "application/json", limit: apiLimit, bucket: bucket, judge: xJudge, price: price,
			charge: func(r *response) float64 { return g.charge(r, price) }})
		if err != nil {
			return err
		}
		var answer xAnswer
		if err := r.decode(&answer); err != nil {
			return err
		}
		return take(&answer)
	})
	g.parked = append(g.parked, refused...)
	a.batch.Parked = append(a.batch.Parked, refused...)
	return err
}

// charge is what an answer costs: each resource that was not paid for earlier in the day.
func (g *xGroup) charge(r *response, price float64) float64 {
	var answer struct {
		Data []struct {
			ID       string `json:"id"`
			Username string `json:"username"` // of users only, as no post is asked for it
		} `json:"data"`
		Includes xIncludes `json:"includes"`
	}
	if json.Unmarshal(r.body, &answer) != nil {
		return price
	}
	cost := 0.0
	pay := func(resource string, price float64) {
		if !g.paid[resource] {
			g.paid[resource] = true
			cost += price
		}
	}
	for _, d := range answer.Data {
		if d.Username != "" {
			pay(xUserKey(d.ID), xUserPrice)
		} else {
			pay(xPostKey(d.ID), xPostPrice)
		}
	}
	for _, u := range answer.Includes.Users {
		pay(xUserKey(u.ID), xUserPrice)
	}
	for _, p := range answer.Includes.Posts {
		pay(xPostKey(p.ID), xPostPrice)
	}
	for _, m := range answer.Includes.Media {
		pay(xMediaKey(m.MediaKey), xMediaPrice)
	}
	return cost
}

// Users and posts may bear the same number.
func xUserKey(id string) string   { return "u" + id }
func xPostKey(id string) string   { return "p" + id }
func xMediaKey(key string) string { return "m" + key }

// xJudge reads the errors that X explains in the body.
func xJudge(r *response) (time.Duration, error) {
	if r.status < 400 {
		return 0, nil
	}
	var p struct {
		xProblem
		Message string `json:"message"` // of an error without type
		Errors  []struct {
			xProblem
			Message    string                     `json:"message"`
			Parameters map[string]json.RawMessage `json:"parameters"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(r.body, &p) // where it is no JSON the status has to tell
	says := cmp.Or(p.Detail, p.Message, p.Title, statusText(r.status))
	names := []string{p.Parameter}
	for _, e := range p.Errors {
		says = cmp.Or(e.Message, e.Detail, says)
		names = append(names, e.Parameter)
		names = slices.AppendSeq(names, maps.Keys(e.Parameters))
	}
	says = strings.Join(strings.Fields(strings.ToValidUTF8(says[:min(len(says), 200)], "")), " ")
	switch r.status {
	case http.StatusBadRequest:
		if slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".fields") }) {
			return 0, fmt.Errorf("%w: %s", errBadMetric, says)
		}
		return 0, fmt.Errorf("%w: X refuses the request: %s", pipeline.ErrBadAnswer, says)
	case http.StatusForbidden:
		return 0, fmt.Errorf("%w: X refuses the app: %s: see its project and its permissions in X's developer console", pipeline.ErrDenied, says)
	case http.StatusPaymentRequired:
		return 0, fmt.Errorf("%w: the credit of the app is used up: buy more in X's developer console", pipeline.ErrDenied)
	case http.StatusTooManyRequests:
		if p.is(xUsageCapped) { // no header says when it ends; a day later somebody may have raised it
			return 24 * time.Hour, fmt.Errorf("%w: the monthly cap of the app is used up: raise its spending limit in X's developer console", pipeline.ErrRateLimited)
		}
	}
	return 0, nil
}

var xHandle = regexp.MustCompile(`^[A-Za-z0-9_]{1,15}$`)

// users reads the profiles: by id where it is known, otherwise by name.
func (g *xGroup) users(ctx context.Context, all []*xVisit) {
	byID, byName := map[string][]*xVisit{}, map[string][]*xVisit{}
	for _, a := range all {
		name := pipeline.CanonicalHandle(a.request.Account.Handle)
		switch {
		case a.request.StableID != "":
			byID[a.request.StableID] = append(byID[a.request.StableID], a)
		case xHandle.MatchString(name):
			byName[name] = append(byName[name], a)
		default:
			a.err = fmt.Errorf("handle %q: X has letters, digits and _ only, at most 15: write it as @name", a.request.Account.Handle)
		}
	}
	g.lookUp(ctx, all[0], "users", "ids", byID, func(u *xUser) string { return u.ID })
	g.lookUp(ctx, all[0], "users/by", "usernames", byName, func(u *xUser) string { return strings.ToLower(u.Username) })
}

// lookUp finds users. Where the budget does not reach for all, it does for some.
func (g *xGroup) lookUp(ctx context.Context, counts *xVisit, path, parameter string, of map[string][]*xVisit, key func(*xUser) string) {
	g.countWith(&counts.batch, func() {
		for chunk := range slices.Chunk(slices.Sorted(maps.Keys(of)), xBatch) {
			g.halve(chunk, func(names []string) error {
				return g.lookUpSome(ctx, counts, path, parameter, names, of, key)
			}, func(names []string, err error) {
				for _, n := range names {
					for _, a := range of[n] {
						a.err = err
					}
				}
			})
		}
	})
}

// halve asks for all, and where the budget is too small for that for fewer; failed hears which could not be had.
func (g *xGroup) halve(all []string, ask func([]string) error, failed func([]string, error)) {
	err := ask(all)
	switch n := len(all); {
	case err == nil:
	case errors.Is(err, pipeline.ErrBudget) && n > 1:
		g.halve(all[:n/2], ask, failed)
		g.halve(all[n/2:], ask, failed)
	default:
		failed(all, err)
	}
}

func (g *xGroup) lookUpSome(ctx context.Context, counts *xVisit, path, parameter string, names []string, of map[string][]*xVisit, key func(*xUser) string) error {
	price := 0.0
	for _, n := range names {
		if !g.paid[xUserKey(cmp.Or(of[n][0].cursor.ID, "?"))] {
			price += xUserPrice
		}
	}
	found := map[string]*xUser{}
	var problems []xProblem
	err := g.ask(ctx, counts, path, path, url.Values{parameter: {strings.Join(names, ",")}}, xUserFields, price, func(answer *xAnswer) error {
		problems = append(problems, answer.Errors...)
		return mergeRecords(found, answer.Data, func(u *xUser) string { return u.ID })
	})
	if err != nil {
		return err
	}
	users := map[string]*xUser{}
	for _, u := range found {
		users[key(u)] = u
	}
	for _, n := range names {
		for _, a := range of[n] {
			a.user = users[n]
			if a.user == nil {
				var p xProblem
				if i := slices.IndexFunc(problems, func(p xProblem) bool { return p.of(n) }); i >= 0 {
					p = problems[i]
				}
				a.err = p.err(a.request.Account.Handle)
				continue
			}
			a.begin()
		}
	}
	return nil
}

// mergeRecords adds what further requests told of the same records. A record without id is none.
func mergeRecords[T any](into map[string]*T, records []json.RawMessage, id func(*T) string) error {
	for _, raw := range records {
		var peek T
		if err := json.Unmarshal(raw, &peek); err != nil {
			return fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err)
		}
		key := id(&peek)
		switch {
		case key == "":
		case into[key] == nil:
			into[key] = &peek
		default:
			if err := json.Unmarshal(raw, into[key]); err != nil {
				return fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err)
			}
		}
	}
	return nil
}

// begin goes on from the cursor if it is this user's.
func (a *xVisit) begin() {
	a.paid = append(a.paid, xUserKey(a.user.ID))
	if a.cursor.ID != a.user.ID {
		a.first = true
		a.cursor = xCursor{ID: a.user.ID, Since: a.request.Since, Day: a.cursor.Day, Paid: a.cursor.Paid}
	}
}

// read lists what is new of an account.
func (g *xGroup) read(ctx context.Context, a *xVisit) {
	count, counted := count(a.user.PublicMetrics.Posts).Get()
	likely := xBatch
	if counted && a.cursor.Count > 0 {
		likely = int(max(0, min(xBatch, count-a.cursor.Count))) + xFewest
	}
	switch {
	case a.user.Protected:
		a.gap(xPosts, errors.New("the account is protected: X shows its posts to those who follow it only"))
	case counted && count == a.cursor.Count && len(a.cursor.Posts.Rest) == 0 && g.now.Sub(a.cursor.At) < xRelist:
		// As many as before: none was written. If one was written and another deleted, the next listing finds it.
	case g.posts(ctx, a, likely):
		a.cursor.Count, a.cursor.At = count, g.now
	}
	g.mentions(ctx, a)
}

// posts lists the account's posts since the last visit, and tells whether it read all that is new.
func (g *xGroup) posts(ctx context.Context, a *xVisit, likely int) bool {
	perPost := xPostPrice*(1+xRefsOfPost) + xMediaPrice*xMediaOfPost
	top := xStretch{After: a.cursor.Posts.Newest, From: a.cursor.Since}
	found, complete, oldest := g.list(ctx, a, xPosts, &a.cursor.Posts, likely, perPost, "users/"+a.user.ID+"/tweets", "timeline",
		url.Values{"expansions": {"attachments.media_keys,referenced_posts"}}, xPostFields,
		func(p *xPost, in *xIncludes) {
			if !p.created().Before(a.cursor.Since) {
				a.add(p, in)
			}
		})
	switch {
	case complete:
		a.batch.Listed = pipeline.Window{From: beginning(top.From), To: a.request.Now}
		if top.After != "" {
			a.batch.Listed.From = xTime(top.After).Add(time.Millisecond)
		}
	case !oldest.IsZero():
		a.batch.Listed = pipeline.Window{From: oldest, To: a.request.Now}
	}
	if n, _ := count(a.user.PublicMetrics.Posts).Get(); a.first && found >= xTimeline-xBatch && n > int64(found) && !oldest.IsZero() {
		a.batch.Listed = pipeline.Window{From: oldest, To: a.request.Now}
		a.gap(xPosts, fmt.Errorf("X gives the newest %d posts of an account only: those before %s are missing; import them from the account's archive", xTimeline, oldest.Format(time.DateOnly)))
	}
	return complete
}

// mentions lists what others wrote to the account since the last visit.
func (g *xGroup) mentions(ctx context.Context, a *xVisit) {
	perPost := xPostPrice*(1+xRefsOfPost) + xUserPrice
	likely := xBatch
	if !a.first {
		likely = 2*a.cursor.Mentions.Last + 2*xFewest
	}
	first := a.cursor.Mentions.Newest == ""
	found, complete, oldest := g.list(ctx, a, xMessages, &a.cursor.Mentions, likely, perPost, "users/"+a.user.ID+"/mentions", "mentions",
		url.Values{"expansions": {"author_id,referenced_posts"}}, xMentionFields,
		func(p *xPost, in *xIncludes) { a.mention(p, in) })
	a.unheard = !complete
	if first && found >= xMentioned-xBatch && !oldest.IsZero() {
		a.gap(xMessages, fmt.Errorf("X gives the newest %d mentions of an account only: those before %s may be missing", xMentioned, oldest.Format(time.DateOnly)))
	}
}

// list reads the stretches of a list that are still to be read, the newest first. It tells how many records it found,
// whether everything that is new was read, and how old the oldest of that is.
func (g *xGroup) list(ctx context.Context, a *xVisit, part string, l *xList, likely int, perPost float64, path, bucket string,
	query url.Values, fields []asked, add func(*xPost, *xIncludes)) (found int, complete bool, oldest time.Time) {
	stretches := append([]xStretch{{After: l.Newest, From: a.cursor.Since}}, l.Rest...)
	newest := l.Newest
	l.Rest, l.Last = nil, 0
	pages := xPages
	for i, s := range stretches {
		seen, rest, err := g.stretch(ctx, a, s, likely, &pages, perPost, path, bucket, query, fields, add)
		found += len(seen)
		if len(seen) > 0 && i == 0 {
			newest = seen[len(seen)-1]
			oldest = xTime(seen[0])
			l.Last = len(seen)
		}
		complete = complete || i == 0 && err == nil
		if err != nil {
			a.gap(part, fmt.Errorf("the others follow on the next visit: %w", err))
			if i > 0 || len(seen) > 0 { // otherwise the next visit begins as this one did
				l.Rest = append(l.Rest, rest)
			}
			l.Rest = append(l.Rest, stretches[i+1:]...)
			break
		}
	}
	l.Newest = newest
	return found, complete, oldest
}

// stretch reads a part of a list from its newest end. It answers the ids, oldest first, and where it failed what is left.
func (g *xGroup) stretch(ctx context.Context, a *xVisit, s xStretch, likely int, pages *int, perPost float64, path, bucket string,
	query url.Values, fields []asked, add func(*xPost, *xIncludes)) (ids []string, rest xStretch, err error) {
	rest = s
	size, token, fruitless := max(xFewest, min(likely, xBatch)), "", 0
	known := map[string]bool{}
	for ; ; *pages-- {
		if *pages <= 0 {
			return ids, rest, fmt.Errorf("%d pages are read in one visit", xPages)
		}
		q := maps.Clone(query)
		q.Set("max_results", strconv.Itoa(size))
		switch {
		case s.After != "":
			q.Set("since_id", s.After)
		case s.From.After(xBeginning):
			q.Set("start_time", s.From.UTC().Format(time.RFC3339))
		}
		if s.Until != "" {
			q.Set("until_id", s.Until)
		}
		if token != "" {
			q.Set("pagination_token", token)
		}
		posts, includes := map[string]*xPost{}, xIncludes{}
		next := ""
		var problems []xProblem
		err := g.ask(ctx, a, path, bucket, q, fields, float64(size)*perPost, func(answer *xAnswer) error {
			includes.add(answer.Includes)
			next, problems = answer.Meta.NextToken, append(problems, answer.Errors...)
			return mergeRecords(posts, answer.Data, func(p *xPost) string { return p.ID })
		})
		if errors.Is(err, pipeline.ErrBudget) && size > xFewest { // a smaller page may still be within it
			size = max(xFewest, size/2)
			continue
		}
		if i := slices.IndexFunc(problems, func(p xProblem) bool { return p.of(a.user.ID) }); err == nil && i >= 0 && len(posts) == 0 {
			err = problems[i].err(a.request.Account.Handle)
		}
		if err != nil {
			return ids, rest, err
		}
		fruitless++
		for _, p := range slices.SortedFunc(maps.Values(posts), func(p, q *xPost) int { return xOrder(q.ID, p.ID) }) {
			if known[p.ID] {
				continue
			}
			known[p.ID], fruitless = true, 0
			ids = append(ids, p.ID)
			add(p, &includes)
		}
		slices.SortFunc(ids, xOrder)
		if len(ids) > 0 {
			rest.Until = ids[0]
		}
		switch {
		case next == "":
			return ids, xStretch{}, nil
		case next == token || fruitless >= xFruitless:
			return ids, rest, fmt.Errorf("%w: X names further pages of the list that hold nothing new", pipeline.ErrBadAnswer)
		}
		token = next
	}
}

// xOrder orders ids by their number, which is that of their time.
func xOrder(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func (in *xIncludes) add(more xIncludes) {
	in.Users = append(in.Users, more.Users...)
	in.Posts = append(in.Posts, more.Posts...)
	in.Media = append(in.Media, more.Media...)
}

// xTime is when an id was given out: X counts the milliseconds since 2010-11-04 above its lowest 22 bits. Ids from
// before that were counted one by one; they, and what is no id, have the zero time.
func xTime(id string) time.Time {
	const began = 1288834974657
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n < 1<<40 {
		return time.Time{}
	}
	return time.UnixMilli(n>>22 + began).UTC()
}

// created is when a post was written.
func (p *xPost) created() time.Time {
	if p.CreatedAt.IsZero() {
		return xTime(p.ID)
	}
	return p.CreatedAt.UTC()
}

// reference is the post that this one answers, quotes or passes on.
func (p *xPost) reference(kind string) string {
	for _, r := range p.Referenced {
		if r.Type == kind {
			return r.ID
		}
	}
	return ""
}

// first is the id of the post's first version: an edited one has another, and is the same post.
func (p *xPost) first() string {
	if len(p.EditHistory) > 0 {
		return cmp.Or(p.EditHistory[0], p.ID)
	}
	return p.ID
}

// latest is the id of the version that is shown now.
func (p *xPost) latest() string {
	if n := len(p.EditHistory); n > 0 {
		return cmp.Or(p.EditHistory[n-1], p.ID)
	}
	return p.ID
}

// answers tells whether the post answers the user: an answer begins with the name of whom it answers.
func (p *xPost) answers(u *xUser, in *xIncludes) bool {
	if i := slices.IndexFunc(in.Posts, func(q xPost) bool { return q.ID == p.reference("replied_to") }); i >= 0 && in.Posts[i].AuthorID != "" {
		return in.Posts[i].AuthorID == u.ID
	}
	for _, m := range p.Entities.Mentions {
		if m.Start == 0 {
			return m.ID == u.ID || strings.EqualFold(m.Username, u.Username)
		}
	}
	return !strings.HasPrefix(p.Text, "@") && p.AuthorID == u.ID // one's own name is left out in a thread
}

// add takes a post of the account into the batch; of an edited one the latest version.
func (a *xVisit) add(p *xPost, in *xIncludes) {
	a.paid = append(a.paid, xPostKey(p.ID))
	for _, k := range p.Attachments.MediaKeys {
		a.paid = append(a.paid, xMediaKey(k))
	}
	for _, r := range p.Referenced {
		a.paid = append(a.paid, xPostKey(r.ID))
	}
	a.own[p.ID] = true
	for _, id := range p.EditHistory {
		a.own[id] = true
	}
	made := a.post(p, in)
	if made.CreatedAt.IsZero() {
		return
	}
	if made.Kind == pipeline.Repost {
		a.reposts = append(a.reposts, made.ID)
	}
	i := slices.IndexFunc(a.batch.Posts, func(q pipeline.Post) bool { return q.ID == made.ID })
	switch {
	case i < 0:
		a.batch.Posts = append(a.batch.Posts, made)
	case p.ID == p.latest():
		a.batch.Posts[i] = made
	}
}

func (a *xVisit) post(p *xPost, in *xIncludes) pipeline.Post {
	out := pipeline.Post{ID: p.first(), CreatedAt: p.created(), Kind: pipeline.Own, URL: "https://x.com/" + a.user.Username + "/status/" + p.ID}
	if first := xTime(out.ID); out.ID != p.ID && !first.IsZero() {
		out.CreatedAt = first
	}
	if of := p.reference("retweeted"); of != "" { // words, pictures and figures are somebody else's
		none := pipeline.NoCount
		out.Kind, out.RepostOf = pipeline.Repost, xAddress(of)
		out.Figures = pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}
		return out
	}
	out.Edited = len(p.EditHistory) > 1
	out.Language = xLanguage(p.Lang)
	quoted := p.reference("quoted")
	if quoted != "" {
		out.RepostOf = xAddress(quoted)
	}
	if out.InReplyTo = p.reference("replied_to"); out.InReplyTo != "" {
		own := *p
		own.AuthorID = a.user.ID // it is in the account's list
		out.Kind, out.SelfReply = pipeline.Reply, own.answers(a.user, in)
		if out.SelfReply {
			out.Kind = pipeline.Own
		}
	}
	text, entities := p.whole()
	out.Text, out.Links = xText(text, entities.URLs, quoted)
	for _, t := range entities.Hashtags {
		out.Hashtags = append(out.Hashtags, t.Tag)
	}
	for _, m := range entities.Mentions {
		out.Mentions = append(out.Mentions, pipeline.CanonicalHandle(m.Username))
	}
	out.Hashtags, out.Mentions = Distinct(out.Hashtags), Distinct(out.Mentions)
	for _, k := range p.Attachments.MediaKeys {
		i := slices.IndexFunc(in.Media, func(m xMedia) bool { return m.MediaKey == k && m.Type != "" })
		if i < 0 {
			out.Media = append(out.Media, pipeline.Media{Kind: "other"})
			continue
		}
		m := in.Media[i]
		for _, n := range in.Media { // what further requests told of it
			if n.MediaKey == k {
				m.URL, m.AltText = cmp.Or(m.URL, n.URL), cmp.Or(m.AltText, n.AltText)
			}
		}
		out.Media = append(out.Media, pipeline.Media{Kind: xMediaKind(m.Type), URL: m.URL, Alt: norm.NFC.String(strings.TrimSpace(m.AltText))})
	}
	f := p.PublicMetrics
	out.Figures = pipeline.Figures{Likes: count(f.Likes), Replies: count(f.Replies), Views: count(f.Impressions), Saves: count(f.Bookmarks)}
	if reposts, quotes := count(f.Reposts), count(f.Quotes); reposts.State == pipeline.Known && quotes.State == pipeline.Known {
		out.Figures.Reposts = pipeline.CountOf(reposts.N + quotes.N)
	}
	if n, _ := out.Figures.Views.Get(); n == 0 && out.CreatedAt.Before(xViews) {
		out.Figures.Views = pipeline.Count{}
	}
	return out
}

// xAddress leads to a post whoever wrote it.
func xAddress(id string) string { return "https://x.com/i/web/status/" + id }

func xMediaKind(kind string) string {
	switch kind {
	case "photo":
		return "image"
	case "video", "animated_gif":
		return "video"
	}
	return "other"
}

// xLanguage is the language that X has detected; some of its codes say that there is none.
func xLanguage(code string) string {
	switch code {
	case "und", "zxx", "qam", "qct", "qht", "qme", "qst", "art":
		return ""
	case "in": // the codes of old
		return "id"
	case "iw":
		return "he"
	}
	return code
}

// xText is a text as it reads: with the addresses that X had shortened, and without those that only stand for the pictures
// or the quoted post below it. X escapes three characters.
func xText(text string, urls []xLink, quoted string) (string, []string) {
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
	var links []string
	whole := map[string]string{}
	for _, u := range urls {
		expanded := cmp.Or(u.ExpandedURL, u.URL)
		switch _, id, status := strings.Cut(expanded, "/status/"); {
		case u.URL == "":
			continue
		case u.MediaKey != "", quoted != "" && status && strings.HasPrefix(id, quoted) && strings.HasSuffix(strings.TrimRight(text, " \n"), u.URL):
			expanded = ""
		case web(expanded):
			links = append(links, expanded)
		}
		if _, known := whole[u.URL]; !known {
			whole[u.URL] = expanded
		}
	}
	var pairs []string
	for _, short := range slices.SortedFunc(maps.Keys(whole), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }) {
		pairs = append(pairs, short, whole[short]) // the longer first, as one may begin like another
	}
	return norm.NFC.String(strings.TrimSpace(strings.NewReplacer(pairs...).Replace(text))), Distinct(links)
}

// whole is the text, also of a post that is longer than one once could be, with what stands in it.
func (p *xPost) whole() (string, xEntities) {
	if p.Note == nil {
		return p.Text, p.Entities
	}
	in := p.Note.Entities
	in.URLs = append(slices.Clone(in.URLs), p.Entities.URLs...)
	in.Hashtags = append(slices.Clone(in.Hashtags), p.Entities.Hashtags...)
	in.Mentions = append(slices.Clone(in.Mentions), p.Entities.Mentions...)
	return p.Note.Text, in
}

// mention takes what somebody wrote to the account into the batch.
func (a *xVisit) mention(p *xPost, in *xIncludes) {
	a.paid = append(a.paid, xPostKey(p.ID), xUserKey(p.AuthorID))
	for _, r := range p.Referenced {
		a.paid = append(a.paid, xPostKey(r.ID))
	}
	if p.AuthorID == a.user.ID || p.reference("retweeted") != "" || p.created().IsZero() || p.created().Before(a.cursor.Since) {
		return
	}
	m := pipeline.Message{ID: p.ID, At: p.created(), Author: p.AuthorID, Language: xLanguage(p.Lang)}
	for _, u := range in.Users {
		if u.ID == p.AuthorID && u.Username != "" {
			m.Author = pipeline.CanonicalHandle(u.Username)
		}
	}
	if p.answers(a.user, in) {
		m.InReplyTo = p.reference("replied_to")
	}
	text, entities := p.whole()
	m.Text, _ = xText(text, entities.URLs, "")
	a.batch.Messages = append(a.batch.Messages, m)
}

// due are the ids of posts to be read again. What has just been read is up to date, and reposts have no figures.
func (a *xVisit) due() []string {
	if a.user == nil || a.user.Protected {
		return nil
	}
	reposts := map[string]bool{}
	for _, id := range a.cursor.Reposts {
		reposts[id] = true
	}
	var ids []string
	for _, p := range a.request.Due {
		if !a.own[p.ID] && !reposts[p.ID] {
			ids = append(ids, p.ID)
		}
	}
	return Distinct(ids)
}

// again reads the posts that are due, those of all accounts together.
func (g *xGroup) again(ctx context.Context, all []*xVisit) {
	of := map[string]*xVisit{}
	var ids []string
	for _, a := range all {
		for _, id := range a.due() {
			of[id] = a
			ids = append(ids, id)
		}
	}
	failures := map[*xVisit]error{}
	failed := func(ids []string, err error) {
		for _, id := range ids {
			failures[of[id]] = cmp.Or(failures[of[id]], err)
		}
	}
	for len(ids) > 0 {
		var edited []string
		for chunk := range slices.Chunk(ids, xBatch) {
			g.countWith(&of[chunk[0]].batch, func() {
				g.halve(chunk, func(ids []string) error {
					later, err := g.lookAgain(ctx, ids, of, failed)
					edited = append(edited, later...)
					return err
				}, failed)
			})
		}
		ids = edited
	}
	for _, a := range all {
		if err := failures[a]; err != nil {
			a.gap(xPosts, fmt.Errorf("figures of posts that were due: %w", err))
		}
	}
}

// lookAgain reads posts by id, and answers the ids of their later versions where they were edited.
func (g *xGroup) lookAgain(ctx context.Context, ids []string, of map[string]*xVisit, failed func([]string, error)) (later []string, err error) {
	price := 0.0
	for _, id := range ids {
		if !g.paid[xPostKey(id)] {
			price += xPostPrice*(1+xRefsOfPost) + xMediaPrice*xMediaOfPost
		}
	}
	posts, includes := map[string]*xPost{}, xIncludes{}
	var problems []xProblem
	query := url.Values{"ids": {strings.Join(ids, ",")}, "expansions": {"attachments.media_keys,referenced_posts"}}
	err = g.ask(ctx, of[ids[0]], "tweets", "tweets", query, xPostFields, price, func(answer *xAnswer) error {
		includes.add(answer.Includes)
		problems = append(problems, answer.Errors...)
		return mergeRecords(posts, answer.Data, func(p *xPost) string { return p.ID })
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		a := of[id]
		if p := posts[id]; p != nil {
			a.add(p, &includes)
			if last := p.latest(); last != id && of[last] == nil {
				of[last] = a
				later = append(later, last)
			}
			continue
		}
		i := slices.IndexFunc(problems, func(p xProblem) bool { return p.of(id) })
		switch {
		case i < 0:
			failed([]string{id}, fmt.Errorf("%w: X says nothing of some", pipeline.ErrBadAnswer))
		case problems[i].is(xNotFound):
			a.batch.Gone = append(a.batch.Gone, id)
		default:
			failed([]string{id}, fmt.Errorf("%w: X does not show some any more: %s", pipeline.ErrDenied, problems[i].Title))
		}
	}
	return later, nil
}

func (a *xVisit) profile() *pipeline.Profile {
	u := a.user
	bio, links := xText(u.Description, u.Entities.Description.URLs, "")
	p := &pipeline.Profile{
		StableID: u.ID, Followers: count(u.PublicMetrics.Followers), Following: count(u.PublicMetrics.Following), Posts: count(u.PublicMetrics.Posts),
		Handle: pipeline.CanonicalHandle(u.Username), DisplayName: norm.NFC.String(u.Name), Bio: bio,
		Avatar: u.ProfileImageURL, Header: u.ProfileBanner, Verified: u.Verified, Protected: u.Protected,
		CreatedAt: u.CreatedAt.UTC(), LastPostAt: xTime(a.cursor.Posts.Newest),
	}
	if strings.Contains(p.Avatar, "/default_profile") { // nobody chose it
		p.Avatar = ""
	}
	for _, l := range u.Entities.URL.URLs {
		p.Website = cmp.Or(p.Website, l.ExpandedURL, l.URL)
	}
	p.Website = cmp.Or(p.Website, u.URL)
	p.Links = Distinct(append([]string{p.Website}, links...))
	return p
}
