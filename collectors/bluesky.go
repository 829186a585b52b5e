package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

const (
	blueskyAppView = "https://public.api.bsky.app" // answers everybody
	blueskyService = "https://bsky.social"         // where most accounts sign in
	blueskyWeb     = "https://bsky.app"            // where people look

	blueskyTogether = 250 // accounts of one call: batches are full, and a large register is still read four calls at once
	blueskyBatch    = 25  // profiles, or posts by id, the most that a request may name
	blueskyPage     = 100 // posts or notifications, the most that a server gives at once
	blueskyPages    = 100 // read of one listing in one visit
	blueskyThreads  = 50  // conversations opened in one visit to an account
	blueskyMemory   = 500 // posts whose number of replies is remembered

	// blueskySearch is how many pages are looked through when the number of posts does not fit what was listed: one was
	// deleted, or was dated back.
	blueskySearch = 10
	// blueskySweep is after what time a quiet account is listed nevertheless: reposts are not in its number of posts.
	blueskySweep = 7 * 24 * time.Hour
	// blueskyOrder is how far the order of a listing may stray from that of the dates.
	blueskyOrder = time.Minute
	// blueskyOverlap is how far the dates of notifications, which are those of their authors' clocks, may lie behind.
	blueskyOverlap = time.Hour

	blueskyPost = "app.bsky.feed.post"
)

func bluesky() source {
	return source{
		platform: pipeline.Bluesky,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio,
			pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldHeader, pipeline.FieldVerified,
			pipeline.FieldProtected, pipeline.FieldCreatedAt, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags,
			pipeline.FieldMentions, pipeline.FieldMedia, pipeline.FieldAlt, pipeline.FieldCaptions,
			pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldSaves,
			pipeline.FieldMessages,
		},
		proof: RealServer,
		open: func(f *fetcher, o Options) pipeline.Collector {
			return &blueskyCollector{fetch: f, refresh: o.Refresh, sessions: map[pipeline.Secret]*blueskySession{}}
		},
	}
}

// blueskyCollector reads Bluesky through an AppView that answers everybody.
//
// The profiles of 25 accounts are one request. Only accounts whose number of posts has changed are listed, from the newest
// down to what the visit before has seen; the others once a week, for their reposts. Posts whose figures are due and that
// no listing showed are read 25 in a request, whosoever they are.
//
// What the public writes comes from the notifications where the credential is the account's own: mentions and answers.
// Otherwise it comes from the answers under posts younger than the refresh age, where their number has grown.
type blueskyCollector struct {
	fetch   *fetcher
	refresh time.Duration

	mu       sync.Mutex
	sessions map[pipeline.Secret]*blueskySession // by credential: signing in is limited to 300 times a day
}

// blueskyCursor is where a visit ended.
type blueskyCursor struct {
	Of     string    `json:"of"`             // the account that it speaks of: another handle or server begins anew
	ID     string    `json:"id"`             // of the account, a DID
	Since  time.Time `json:"since,omitzero"` // nothing older is wanted
	Posts  *int64    `json:"posts,omitempty"`
	Listed time.Time `json:"listed,omitzero"` // when the posts were last listed
	Newest time.Time `json:"newest,omitzero"` // post seen

	// A listing that ended too early goes on at Rest, down to RestTo.
	Rest   string    `json:"rest,omitempty"`
	RestTo time.Time `json:"rest_to,omitzero"`

	Notified time.Time        `json:"notified,omitzero"` // newest notification read
	Replies  map[string]int64 `json:"replies,omitempty"` // seen under young posts, by the last part of their ids
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	blueskyProfiles struct {
		Profiles []blueskyProfile `json:"profiles"`
	}
	blueskyProfile struct {
		DID            string               `json:"did"`
		Handle         string               `json:"handle"`
		DisplayName    string               `json:"displayName"`
		Description    string               `json:"description"`
		Website        string               `json:"website"`
		Avatar         string               `json:"avatar"`
		Banner         string               `json:"banner"`
		CreatedAt      string               `json:"createdAt"`
		FollowersCount *int64               `json:"followersCount"`
		FollowsCount   *int64               `json:"followsCount"`
		PostsCount     *int64               `json:"postsCount"`
		Verification   *blueskyVerification `json:"verification"`
		Labels         []blueskyLabel       `json:"labels"`
	}
	blueskyVerification struct {
		VerifiedStatus        string `json:"verifiedStatus"`
		TrustedVerifierStatus string `json:"trustedVerifierStatus"`
	}
	blueskyLabel struct {
		Src string `json:"src"`
		Val string `json:"val"`
		Neg bool   `json:"neg"`
	}
	blueskyAuthor struct {
		DID    string `json:"did"`
		Handle string `json:"handle"`
	}
	blueskyFeed struct {
		Cursor string            `json:"cursor"`
		Feed   []blueskyFeedItem `json:"feed"`
	}
	blueskyFeedItem struct {
		Post   blueskyView    `json:"post"`
		Reason *blueskyReason `json:"reason"`
	}
	blueskyReason struct {
		Type      string        `json:"$type"`
		By        blueskyAuthor `json:"by"`
		URI       string        `json:"uri"`
		IndexedAt string        `json:"indexedAt"`
	}
	blueskyPosts struct {
		Posts []blueskyView `json:"posts"`
	}
	blueskyView struct {
		URI           string           `json:"uri"`
		Author        blueskyAuthor    `json:"author"`
		Record        blueskyRecord    `json:"record"`
		Embed         blueskyEmbedView `json:"embed"`
		LikeCount     *int64           `json:"likeCount"`
		ReplyCount    *int64           `json:"replyCount"`
		RepostCount   *int64           `json:"repostCount"`
		QuoteCount    *int64           `json:"quoteCount"`
		BookmarkCount *int64           `json:"bookmarkCount"`
		IndexedAt     string           `json:"indexedAt"`
	}
	blueskyRecord struct {
		Text      string         `json:"text"`
		Facets    []blueskyFacet `json:"facets"`
		Langs     []string       `json:"langs"`
		Tags      []string       `json:"tags"`
		Reply     *blueskyReply  `json:"reply"`
		Embed     blueskyEmbed   `json:"embed"`
		CreatedAt string         `json:"createdAt"`
	}
	blueskyReply struct {
		Root   blueskyRef `json:"root"`
		Parent blueskyRef `json:"parent"`
	}
	blueskyRef struct {
		URI string `json:"uri"`
	}
	blueskyFacet struct {
		Index    blueskySlice     `json:"index"`
		Features []blueskyFeature `json:"features"`
	}
	blueskySlice struct {
		ByteStart int `json:"byteStart"`
		ByteEnd   int `json:"byteEnd"`
	}
	blueskyFeature struct {
		Type string `json:"$type"`
		DID  string `json:"did"`
		URI  string `json:"uri"`
		Tag  string `json:"tag"`
	}
	// blueskyEmbed is what the author attached. Captions are told nowhere else.
	blueskyEmbed struct {
		Captions []blueskyCaption `json:"captions"`
		Media    struct {
			Captions []blueskyCaption `json:"captions"`
		} `json:"media"`
	}
	blueskyCaption struct {
		Lang string `json:"lang"`
	}
	// blueskyEmbedView is what is shown of it: pictures, a video, a link, another record, or a record with one of these.
	blueskyEmbedView struct {
		Type     string            `json:"$type"`
		Images   []blueskyImage    `json:"images"`
		Items    []blueskyImage    `json:"items"`
		Playlist string            `json:"playlist"`
		Alt      string            `json:"alt"`
		External blueskyExternal   `json:"external"`
		Record   blueskyQuoted     `json:"record"`
		Media    *blueskyEmbedView `json:"media"`
	}
	blueskyImage struct {
		Fullsize string `json:"fullsize"`
		Alt      string `json:"alt"`
	}
	blueskyExternal struct {
		URI string `json:"uri"`
	}
	// blueskyQuoted is the record, or what wraps it where media stand beside it.
	blueskyQuoted struct {
		URI    string     `json:"uri"`
		Record blueskyRef `json:"record"`
	}
	blueskyThread struct {
		Thread struct {
			Replies []struct {
				Post *blueskyView `json:"post"` // none where it was deleted, or somebody has blocked somebody
			} `json:"replies"`
		} `json:"thread"`
	}
	blueskyNotifications struct {
		Cursor        string                `json:"cursor"`
		Notifications []blueskyNotification `json:"notifications"`
	}
	blueskyNotification struct {
		URI       string        `json:"uri"`
		Author    blueskyAuthor `json:"author"`
		Reason    string        `json:"reason"`
		Record    blueskyRecord `json:"record"`
		IndexedAt string        `json:"indexedAt"`
	}
	blueskyLogin struct {
		Identifier string `json:"identifier"`
		Password   string `json:"password"`
	}
	blueskySignedIn struct {
		AccessJwt  string `json:"accessJwt"`
		RefreshJwt string `json:"refreshJwt"`
		DID        string `json:"did"`
		DIDDoc     struct {
			Service []struct {
				ID       string `json:"id"`
				Endpoint string `json:"serviceEndpoint"`
			} `json:"service"`
		} `json:"didDoc"`

		service *url.URL // the account's server
	}
	blueskyError struct {
		Error string `json:"error"`
	}
)

var (
	errBlueskyInput   = fmt.Errorf("%w: the server does not take the request", pipeline.ErrBadAnswer)
	errBlueskySession = fmt.Errorf("%w: the session has ended", pipeline.ErrDenied)
)

// blueskyJudge reads the error that an answer names. Its message is not repeated: it may hold what was asked.
func blueskyJudge(r *response) (time.Duration, error) {
	if r.status < 400 {
		return 0, nil
	}
	var e blueskyError
	_ = json.Unmarshal(r.body, &e) // where it is none, the status tells
	switch e.Error {
	case "ExpiredToken", "InvalidToken":
		return 0, errBlueskySession
	case "InvalidRequest":
		return 0, errBlueskyInput
	case "NotFound":
		return 0, pipeline.ErrGone
	case "BlockedActor", "BlockedByActor":
		return 0, fmt.Errorf("%w: one account has blocked the other", pipeline.ErrDenied)
	case "AccountTakedown", "AccountSuspended", "AccountDeactivated":
		return 0, fmt.Errorf("%w: the account is suspended or deactivated", pipeline.ErrDenied)
	case "AuthFactorTokenRequired":
		return 0, fmt.Errorf("%w: it asks for a code by mail: make an app password for presencia in the account's settings", pipeline.ErrDenied)
	case "AuthenticationRequired", "AuthMissing":
		return 0, fmt.Errorf("%w: it answers only who has signed in: for the account's server write an AppView that answers everybody, or leave it out", pipeline.ErrDenied)
	}
	return 0, nil
}

// blueskyGroup is a visit to a group of accounts under way.
type blueskyGroup struct {
	*visit
	collector *blueskyCollector
	base      *url.URL
	handles   map[string]string // of the accounts that were met, by DID
}

// blueskyAccount is one of them.
type blueskyAccount struct {
	*blueskyGroup
	request pipeline.Request
	actor   string // by which it is asked for: DID or handle
	cursor  blueskyCursor
	first   bool
	profile *blueskyProfile
	due     map[string]bool // ids of posts still to be read by id
	posts   []pipeline.Post // all that a listing has shown, wanted or not
	seen    map[string]bool // ids of posts and messages
	newest  time.Time
	items   int              // of the account that listings have shown
	fresh   int64            // posts among them, without reposts, newer than any seen before
	own     map[string]int64 // answers of its own among them, by the post that they answer
	batch   pipeline.Batch
	err     error
}

// Together implements [pipeline.Collector].
func (c *blueskyCollector) Together() int { return blueskyTogether }

// Collect implements [pipeline.Collector].
func (c *blueskyCollector) Collect(ctx context.Context, requests []pipeline.Request, done func(pipeline.Request, pipeline.Batch, error)) {
	g, err := c.group(requests[0])
	var all, readable []*blueskyAccount
	for _, r := range requests {
		a := &blueskyAccount{blueskyGroup: g, request: r, due: map[string]bool{}, seen: map[string]bool{}, own: map[string]int64{},
			batch: pipeline.Batch{At: r.Now, Gives: slices.Clone(bluesky().gives)}, err: err}
		if a.err == nil {
			a.err = a.locate()
		}
		if a.err == nil {
			readable = append(readable, a)
		}
		all = append(all, a)
	}
	for some := range slices.Chunk(readable, blueskyBatch) {
		_ = some[0].spend(func() error { g.profiles(ctx, some); return nil }) // each account has its own error
	}
	var waiting []*blueskyAccount // for posts that are asked for together
	for _, a := range all {
		if a.err == nil {
			a.err = a.spend(func() error { return a.read(ctx) })
		}
		switch {
		case a.err == nil && len(a.due) > 0:
			waiting = append(waiting, a)
			continue
		case a.err == nil:
			a.err = a.spend(func() error { return a.finish(ctx) })
		}
		done(a.request, a.batch, a.err)
		a.posts, a.batch = nil, pipeline.Batch{}
	}
	g.figures(ctx, waiting)
	for _, a := range waiting {
		a.err = a.spend(func() error { return a.finish(ctx) })
		done(a.request, a.batch, a.err)
	}
}

// group opens the visit to accounts that have server and credential in common.
func (c *blueskyCollector) group(r pipeline.Request) (*blueskyGroup, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return nil, err
	}
	server := cmp.Or(r.Account.Server, blueskyAppView)
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	base, err := url.Parse(server)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("server %q: write the AppView as an address, for example %s, or leave it out", r.Account.Server, blueskyAppView)
	}
	base.Path = cmp.Or(base.Path, "/")
	return &blueskyGroup{visit: v, collector: c, base: base, handles: map[string]string{}}, nil
}

// xrpc asks the AppView, which is told nothing of any credential.
func (g *blueskyGroup) xrpc(ctx context.Context, method string, query url.Values, into any) error {
	u := g.base.JoinPath("xrpc", method)
	u.RawQuery = query.Encode()
	r, err := g.get(ctx, request{url: u, accept: "application/json", limit: apiLimit, noToken: true, judge: blueskyJudge})
	if err != nil {
		return err
	}
	return r.decode(into)
}

// spend counts the requests of something with the account.
func (a *blueskyAccount) spend(do func() error) error {
	before := a.calls
	err := do()
	a.batch.Calls += a.calls - before
	return err
}

func (a *blueskyAccount) gap(part string, err error) {
	a.batch.Gaps = append(a.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// blueskyName is a handle, which is the name of a host, or a DID.
var blueskyName = regexp.MustCompile(`^(did:[a-z]+:[a-zA-Z0-9._:%-]+|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?)$`)

// locate finds by what the account is asked for, and the place where the last visit ended.
func (a *blueskyAccount) locate() error {
	handle := pipeline.CanonicalHandle(a.request.Account.Handle)
	if !blueskyName.MatchString(handle) {
		return fmt.Errorf("handle %q: write it as name.bsky.social, or as the domain that is the account's name", a.request.Account.Handle)
	}
	of := handle + " " + a.base.Host
	id := a.request.StableID
	if json.Unmarshal([]byte(a.request.Cursor), &a.cursor) != nil || a.cursor.Of != of || id != "" && id != a.cursor.ID {
		a.cursor, a.first = blueskyCursor{Of: of, ID: id, Since: a.request.Since}, true
	}
	if a.cursor.ID != "" && !strings.HasPrefix(a.cursor.ID, "did:") || !blueskyName.MatchString(cmp.Or(a.cursor.ID, handle)) {
		return fmt.Errorf("stable_id %q: write the account's DID, which begins with did:, or leave it out", a.cursor.ID)
	}
	a.actor = cmp.Or(a.cursor.ID, handle)
	return nil
}

// profiles reads the profiles of a batch. Where the server refuses it for one of them, the batch is halved until that one
// stands alone.
func (g *blueskyGroup) profiles(ctx context.Context, of []*blueskyAccount) {
	query := url.Values{}
	for _, a := range of {
		if !slices.Contains(query["actors"], a.actor) {
			query.Add("actors", a.actor)
		}
	}
	var answer blueskyProfiles
	err := g.xrpc(ctx, "app.bsky.actor.getProfiles", query, &answer)
	if errors.Is(err, errBlueskyInput) && len(of) > 1 {
		g.profiles(ctx, of[:len(of)/2])
		g.profiles(ctx, of[len(of)/2:])
		return
	}
	by, astray := map[string]*blueskyProfile{}, false
	for i := range answer.Profiles {
		p := &answer.Profiles[i]
		by[p.DID], by[strings.ToLower(p.Handle)] = p, p
		g.handles[p.DID] = blueskyHandle(p.Handle)
		astray = astray || p.Handle == blueskyInvalid
	}
	for _, a := range of {
		switch a.profile = by[a.actor]; {
		case err != nil:
			a.err = err
		case a.profile != nil && a.profile.DID == "":
			a.err = fmt.Errorf("look up %s: %w: it has no DID", a.request.Account.Handle, pipeline.ErrBadAnswer)
		case a.profile != nil:
		case len(of) == 1 && len(answer.Profiles) == 1: // under a handle that its domain does not confirm
			a.profile = &answer.Profiles[0]
		case astray && len(of) > 1:
			g.profiles(ctx, []*blueskyAccount{a})
		default:
			a.err = fmt.Errorf("%w: Bluesky shows no account %s: it was deleted, deactivated or taken down, or never was", pipeline.ErrGone, a.request.Account.Handle)
		}
	}
}

// blueskyInvalid is what stands for a handle that its domain does not confirm.
const blueskyInvalid = "handle.invalid"

func blueskyHandle(h string) string {
	if h == blueskyInvalid {
		return ""
	}
	return pipeline.CanonicalHandle(h)
}

// read lists the account's posts where there may be new ones.
func (a *blueskyAccount) read(ctx context.Context) error {
	a.cursor.ID, a.newest = a.profile.DID, a.cursor.Newest
	for _, d := range a.request.Due {
		if strings.HasPrefix(d.ID, a.prefix(blueskyPost)) { // a repost has no figures of its own
			a.due[d.ID] = true
		}
	}
	before, now := a.cursor.Posts, a.profile.PostsCount
	if quiet := before != nil && now != nil && *before == *now; quiet && a.cursor.Rest == "" && a.request.Now.Sub(a.cursor.Listed) < blueskySweep {
		return nil
	}
	return a.list(ctx)
}

// prefix begins the ids of the account's records of a kind.
func (a *blueskyAccount) prefix(kind string) string { return "at://" + a.cursor.ID + "/" + kind + "/" }

// list reads the feed: first the newest posts, then what an earlier visit had to leave.
func (a *blueskyAccount) list(ctx context.Context) error {
	since, pages := beginning(a.cursor.Since), blueskyPages
	to := latest(since, a.cursor.Newest)
	s, err := a.stretch(ctx, "", to, &pages)
	if err != nil && a.items == 0 {
		return err
	}
	from := to
	if !s.reached {
		from = latest(to, s.oldest.Add(blueskyOrder))
	}
	rest, restTo := s.rest(), to
	switch {
	case rest != "" && a.cursor.Rest != "":
		restTo = earliest(restTo, a.cursor.RestTo)
	case rest == "" && a.cursor.Rest != "":
		restTo = a.cursor.RestTo
		to = earliest(to, restTo)
		s, err = a.stretch(ctx, a.cursor.Rest, restTo, &pages)
		rest = s.rest()
	case rest == "" && a.unbalanced():
		// Some were deleted, or dated back.
		search := blueskySearch
		s, err = a.stretch(ctx, s.next, since, &search)
		switch {
		case err != nil:
			a.gap("posts", fmt.Errorf("older ones, among which some were deleted or added: %w", err))
			err = nil
		case s.reached:
			from = since
		default:
			from = latest(since, s.oldest.Add(blueskyOrder))
		}
		to = earliest(to, from)
	}
	a.cursor.Rest, a.cursor.RestTo = "", time.Time{}
	if rest != "" {
		a.cursor.Rest, a.cursor.RestTo = rest, restTo
		if err == nil {
			err = fmt.Errorf("%d pages are read in one visit", blueskyPages)
		}
		a.gap("posts", fmt.Errorf("older posts follow on the next visit: %w", err))
	}
	for _, p := range a.posts {
		if !p.CreatedAt.Before(to) || a.due[p.ID] {
			a.batch.Posts = append(a.batch.Posts, p)
			delete(a.due, p.ID)
		}
	}
	a.posts = nil
	a.batch.Listed = pipeline.Window{From: from, To: a.request.Now}
	if n := a.profile.PostsCount; a.items == 0 && (n == nil || *n > 0) {
		a.batch.Listed = pipeline.Window{} // posts that are withheld are not deleted
	}
	a.cursor.Posts, a.cursor.Listed = a.profile.PostsCount, a.request.Now
	return nil
}

// unbalanced tells whether the number of posts has changed by another number than that of the new ones.
func (a *blueskyAccount) unbalanced() bool {
	before, now := a.cursor.Posts, a.profile.PostsCount
	return before != nil && now != nil && *now-*before != a.fresh
}

// blueskyStretch is how far a listing has come.
type blueskyStretch struct {
	next    string    // the page that it did not come to; empty: there is none
	reached bool      // all that was wanted was seen
	oldest  time.Time // date of the last item seen
}

// rest is where a listing that has not come to its end goes on.
func (s blueskyStretch) rest() string {
	if s.reached {
		return ""
	}
	return cmp.Or(s.next, blueskyTop)
}

// blueskyTop is the cursor of the first page, which has none.
const blueskyTop = "top"

// stretch lists the feed from a page down to a moment.
func (a *blueskyAccount) stretch(ctx context.Context, page string, to time.Time, pages *int) (blueskyStretch, error) {
	s := blueskyStretch{next: page, oldest: a.request.Now}
	asked := map[string]bool{}
	for ; *pages > 0; *pages-- {
		query := url.Values{"actor": {a.cursor.ID}, "limit": {strconv.Itoa(blueskyPage)}}
		if s.next != "" && s.next != blueskyTop {
			query.Set("cursor", s.next)
		}
		asked[s.next] = true
		var answer blueskyFeed
		if err := a.xrpc(ctx, "app.bsky.feed.getAuthorFeed", query, &answer); err != nil {
			return s, err
		}
		for i := range answer.Feed {
			if at := a.add(&answer.Feed[i]); !at.IsZero() {
				s.oldest = at
			}
		}
		if answer.Cursor != "" && asked[answer.Cursor] {
			return s, fmt.Errorf("list the posts: %w: the pages go round in a circle", pipeline.ErrBadAnswer)
		}
		s.next = answer.Cursor
		if s.next == "" || s.oldest.Before(to) {
			s.reached = true
			return s, nil
		}
	}
	return s, nil
}

// add notes an item of the account's feed, and answers the date by which it stands there; zero: by none.
func (a *blueskyAccount) add(item *blueskyFeedItem) time.Time {
	var p pipeline.Post
	switch reason := cmp.Or(item.Reason, &blueskyReason{}); {
	case reason.Type == "app.bsky.feed.defs#reasonRepost":
		none := pipeline.NoCount
		p = pipeline.Post{
			ID: cmp.Or(reason.URI, "repost of "+item.Post.URI), CreatedAt: blueskyDate("", reason.IndexedAt, a.request.Now), Kind: pipeline.Repost,
			URL: blueskyAddress(item.Post.URI), RepostOf: blueskyAddress(item.Post.URI),
			Figures: pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none},
		}
		if reason.By.DID != a.cursor.ID {
			return p.CreatedAt
		}
	case item.Post.Author.DID != a.cursor.ID:
		return time.Time{}
	default:
		p = a.post(&item.Post)
	}
	a.items++
	if !a.seen[p.ID] {
		a.seen[p.ID] = true
		a.posts = append(a.posts, p)
		if p.Kind != pipeline.Repost && p.CreatedAt.After(a.cursor.Newest) {
			a.fresh++
			if p.SelfReply {
				a.own[p.InReplyTo]++
			}
		}
		a.newest = latest(a.newest, p.CreatedAt)
	}
	if item.Reason != nil && p.Kind != pipeline.Repost { // pinned
		return time.Time{}
	}
	return p.CreatedAt
}

// figures reads posts by their ids, for all accounts together.
func (g *blueskyGroup) figures(ctx context.Context, accounts []*blueskyAccount) {
	type wanted struct {
		of *blueskyAccount
		id string
	}
	var all []wanted
	for _, a := range accounts {
		for _, d := range a.request.Due {
			if a.due[d.ID] {
				all = append(all, wanted{a, d.ID})
				delete(a.due, d.ID)
			}
		}
	}
	var ask func(some []wanted)
	ask = func(some []wanted) {
		query := url.Values{}
		for _, w := range some {
			query.Add("uris", w.id)
		}
		var answer blueskyPosts
		err := some[0].of.spend(func() error { return g.xrpc(ctx, "app.bsky.feed.getPosts", query, &answer) })
		if errors.Is(err, errBlueskyInput) && len(some) > 1 {
			ask(some[:len(some)/2])
			ask(some[len(some)/2:])
			return
		}
		by := map[string]*blueskyView{}
		for i := range answer.Posts {
			by[answer.Posts[i].URI] = &answer.Posts[i]
		}
		var told *blueskyAccount
		for _, w := range some {
			switch view := by[w.id]; {
			case err != nil:
				if told != w.of {
					w.of.gap("figures of older posts", err)
				}
				told = w.of
			case view == nil:
				w.of.batch.Gone = append(w.of.batch.Gone, w.id)
			default:
				w.of.seen[w.id] = true
				w.of.batch.Posts = append(w.of.batch.Posts, w.of.post(view))
			}
		}
	}
	for some := range slices.Chunk(all, blueskyBatch) {
		ask(some)
	}
}

// finish tells what was found of the account.
func (a *blueskyAccount) finish(ctx context.Context) error {
	if len(a.batch.Gone) > 0 && !a.cursor.Listed.Equal(a.request.Now) { // yet there are as many posts as before: others are new
		if err := a.list(ctx); err != nil {
			a.gap("posts", err)
		}
	}
	a.cursor.Newest = a.newest
	a.batch.Profile = a.shown()
	if err := a.messages(ctx); err != nil {
		a.gap("messages", err)
		a.batch.Gives = slices.DeleteFunc(a.batch.Gives, func(f pipeline.Field) bool { return f == pipeline.FieldMessages })
	}
	next, err := json.Marshal(a.cursor)
	a.batch.Next = pipeline.Cursor(next)
	return err
}

func (a *blueskyAccount) shown() *pipeline.Profile {
	p := a.profile
	shown := &pipeline.Profile{
		StableID: p.DID, Handle: blueskyHandle(p.Handle),
		Followers: count(p.FollowersCount), Following: count(p.FollowsCount), Posts: count(p.PostsCount),
		DisplayName: norm.NFC.String(p.DisplayName), Bio: norm.NFC.String(strings.TrimSpace(p.Description)),
		Avatar: p.Avatar, Header: p.Banner, LastPostAt: a.newest.UTC(),
	}
	if v := p.Verification; v != nil {
		shown.Verified = v.VerifiedStatus == "valid" || v.TrustedVerifierStatus == "valid"
	}
	if at, ok := blueskyTime(p.CreatedAt); ok {
		shown.CreatedAt = at
	}
	links := blueskyLinks(shown.Bio)
	if web(p.Website) {
		links = append([]string{p.Website}, links...)
	}
	if shown.Links = Distinct(links); len(shown.Links) > 0 {
		shown.Website = shown.Links[0]
	}
	for _, l := range p.Labels {
		switch {
		case l.Neg:
		case l.Val == "!no-unauthenticated": // the account wants to be shown to who has signed in
			shown.Protected = true
		case l.Src != p.DID && (l.Val == "!hide" || l.Val == "!warn"):
			a.gap("account", errors.New("moderators of Bluesky have hidden it, or warn of it: ask them why"))
		}
	}
	if shown.Handle == "" {
		a.gap("account", errors.New("its handle is not confirmed any more: see to the DNS record or the file of the domain"))
	}
	return shown
}

// blueskyLink finds addresses in text that marks none, as the app does: with a scheme, or a domain by itself.
var blueskyLink = regexp.MustCompile(`(?:^|[\s(])(https?://[^\s<>"]+|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[^\s<>"]*)?)`)

func blueskyLinks(text string) []string {
	var links []string
	for _, m := range blueskyLink.FindAllStringSubmatch(text, -1) {
		l := strings.TrimRight(m[1], ".,;:!?'")
		if !strings.Contains(l, "(") {
			l = strings.TrimRight(l, ")")
		}
		if !web(l) {
			l = "https://" + l
		}
		links = append(links, l)
	}
	return links
}

// blueskyAddress is where people see a record: at://DID/app.bsky.feed.post/KEY.
func blueskyAddress(id string) string {
	did, rest, _ := strings.Cut(strings.TrimPrefix(id, "at://"), "/")
	key, ok := strings.CutPrefix(rest, blueskyPost+"/")
	if !ok {
		return ""
	}
	return blueskyWeb + "/profile/" + did + "/post/" + key
}

// blueskyTime reads a date as the AppView does, which takes some that have no zone.
func blueskyTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// blueskyDate is when something was written. Its author says when, and may say anything: what would come from the future
// is as old as the AppView's knowledge of it. What cannot be a date stands at the end of every listing; with the date of
// that place it is not taken for deleted.
func blueskyDate(created, indexed string, now time.Time) time.Time {
	index, ok := blueskyTime(indexed)
	if !ok {
		index = now.UTC()
	}
	if created == "" {
		return index
	}
	at, ok := blueskyTime(created)
	if !ok {
		return time.Unix(0, 0).UTC()
	}
	return earliest(at, index)
}

func (a *blueskyAccount) post(v *blueskyView) pipeline.Post {
	r := &v.Record
	p := pipeline.Post{ID: v.URI, CreatedAt: blueskyDate(r.CreatedAt, v.IndexedAt, a.request.Now), Kind: pipeline.Own, URL: blueskyAddress(v.URI)}
	if len(r.Langs) > 0 {
		p.Language = r.Langs[0]
	}
	if r.Reply != nil {
		own := a.prefix(blueskyPost)
		p.InReplyTo, p.SelfReply = r.Reply.Parent.URI, strings.HasPrefix(r.Reply.Parent.URI, own)
		if !p.SelfReply || !strings.HasPrefix(r.Reply.Root.URI, own) { // in somebody else's thread it goes on answering
			p.Kind = pipeline.Reply
		}
	}
	t := blueskyText(r.Text, r.Facets, a.handles)
	p.Text, p.Links, p.Mentions = t.text, t.links, Distinct(t.mentions)
	for _, tag := range append(t.tags, r.Tags...) {
		tag = strings.TrimPrefix(norm.NFC.String(tag), "#")
		if !slices.ContainsFunc(p.Hashtags, func(h string) bool { return strings.EqualFold(h, tag) }) {
			p.Hashtags = append(p.Hashtags, tag)
		}
	}
	p.Hashtags = Distinct(p.Hashtags)
	captions := len(r.Embed.Captions)+len(r.Embed.Media.Captions) > 0
	for e := &v.Embed; e != nil; e = e.Media {
		for _, i := range append(e.Images, e.Items...) {
			p.Media = append(p.Media, pipeline.Media{Kind: "image", URL: i.Fullsize, Alt: norm.NFC.String(strings.TrimSpace(i.Alt))})
		}
		if e.Playlist != "" {
			p.Media = append(p.Media, pipeline.Media{Kind: "video", URL: e.Playlist, Alt: norm.NFC.String(strings.TrimSpace(e.Alt)), Captions: captions})
		}
		if web(e.External.URI) {
			p.Links = append(p.Links, e.External.URI)
		}
		if quoted := blueskyAddress(cmp.Or(e.Record.URI, e.Record.Record.URI)); quoted != "" {
			p.RepostOf = quoted
		}
	}
	p.Links = Distinct(p.Links)
	p.Figures = pipeline.Figures{Likes: count(v.LikeCount), Replies: count(v.ReplyCount), Saves: count(v.BookmarkCount)}
	if reposts, quotes := count(v.RepostCount), count(v.QuoteCount); reposts.State == pipeline.Known && quotes.State == pipeline.Known {
		p.Figures.Reposts = pipeline.CountOf(reposts.N + quotes.N)
	}
	return p
}

// blueskyWords is a text with what is marked in it.
type blueskyWords struct {
	text                  string // NFC; links are written in full
	links, tags, mentions []string
}

// blueskyText reads a text whose marks count the bytes of UTF-8. A mark that does not fit the text, or another mark, is
// left out. A mention names a DID; handles knows some of them.
func blueskyText(text string, facets []blueskyFacet, handles map[string]string) blueskyWords {
	facets = slices.Clone(facets)
	slices.SortStableFunc(facets, func(a, b blueskyFacet) int { return cmp.Compare(a.Index.ByteStart, b.Index.ByteStart) })
	var w blueskyWords
	var out strings.Builder
	at := 0
	for _, f := range facets {
		from, to := f.Index.ByteStart, f.Index.ByteEnd
		if from < at || to <= from || to > len(text) || !utf8.RuneStart(text[from]) || to < len(text) && !utf8.RuneStart(text[to]) {
			continue
		}
		shown := text[from:to]
		out.WriteString(text[at:from])
		at = to
		for _, feature := range f.Features {
			switch feature.Type {
			case "app.bsky.richtext.facet#link":
				if !web(feature.URI) {
					break
				}
				w.links = append(w.links, feature.URI)
				short := strings.TrimRight(bare(shown), "….")
				if strings.Contains(shown, ".") && strings.HasPrefix(bare(feature.URI), short) { // shortened for the eye
					shown = feature.URI
				}
			case "app.bsky.richtext.facet#tag":
				w.tags = append(w.tags, feature.Tag)
			case "app.bsky.richtext.facet#mention":
				handle := handles[feature.DID]
				if name, ok := strings.CutPrefix(shown, "@"); ok {
					handle = cmp.Or(handle, pipeline.CanonicalHandle(name))
				}
				w.mentions = append(w.mentions, norm.NFC.String(handle))
			}
		}
		out.WriteString(shown)
	}
	out.WriteString(text[at:])
	w.text = strings.TrimSpace(norm.NFC.String(strings.ToValidUTF8(out.String(), "\uFFFD")))
	return w
}

// messages reads what the public wrote.
func (a *blueskyAccount) messages(ctx context.Context) error {
	if a.token == "" {
		return a.threads(ctx)
	}
	s, err := a.signIn(ctx)
	switch {
	case err != nil:
		return err
	case s.DID != a.cursor.ID: // somebody else's credential
		return a.threads(ctx)
	}
	return a.notifications(ctx)
}

// message takes what somebody else wrote into the batch.
func (a *blueskyAccount) message(id string, by blueskyAuthor, r *blueskyRecord, indexed string) {
	if by.DID == a.cursor.ID || id == "" || a.seen[id] {
		return
	}
	a.seen[id] = true
	m := pipeline.Message{ID: id, At: blueskyDate(r.CreatedAt, indexed, a.request.Now), Author: cmp.Or(blueskyHandle(by.Handle), by.DID), Text: r.Text}
	if len(r.Langs) > 0 {
		m.Language = r.Langs[0]
	}
	if r.Reply != nil && strings.HasPrefix(r.Reply.Parent.URI, a.prefix(blueskyPost)) {
		m.InReplyTo = r.Reply.Parent.URI
	}
	a.batch.Messages = append(a.batch.Messages, m)
}

// threads reads the answers under young posts that have more of them than when they were last read, not counting the
// account's own.
func (a *blueskyAccount) threads(ctx context.Context) error {
	before, now := a.cursor.Replies, map[string]int64{}
	for key, n := range before {
		now[key] = n
	}
	left := blueskyThreads
	var failed error
	for _, p := range a.batch.Posts {
		n, known := p.Figures.Replies.Get()
		key := strings.TrimPrefix(p.ID, a.prefix(blueskyPost))
		if !known || n == 0 || p.CreatedAt.Before(a.request.Now.Add(-a.collector.refresh)) {
			continue
		}
		if n-before[key]-a.own[p.ID] > 0 {
			if failed == nil && left == 0 {
				failed = fmt.Errorf("%d conversations are read in one visit, the others follow when their posts are read again", blueskyThreads)
			}
			if failed == nil {
				left--
				failed = a.thread(ctx, p.ID)
			}
			if failed != nil {
				continue // to be read when it comes again
			}
		}
		now[key] = n
	}
	a.cursor.Replies = recent(now, blueskyMemory)
	return failed
}

// recent keeps the entries with the highest keys, which in Bluesky's are the youngest.
func recent(all map[string]int64, most int) map[string]int64 {
	if len(all) <= most {
		return all
	}
	keys := make([]string, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys[:len(keys)-most] {
		delete(all, key)
	}
	return all
}

func (a *blueskyAccount) thread(ctx context.Context, post string) error {
	var answer blueskyThread
	err := a.xrpc(ctx, "app.bsky.feed.getPostThread", url.Values{"uri": {post}, "depth": {"1"}, "parentHeight": {"0"}}, &answer)
	if errors.Is(err, pipeline.ErrGone) { // deleted a moment ago
		return nil
	}
	for _, reply := range answer.Thread.Replies {
		if v := reply.Post; v != nil {
			a.message(v.URI, v.Author, &v.Record, v.IndexedAt)
		}
	}
	return err
}

// notifications reads mentions and answers since the last visit. An answer that mentions the account is told as a mention.
func (a *blueskyAccount) notifications(ctx context.Context) error {
	since, newest := beginning(a.cursor.Since), a.cursor.Notified
	if !newest.IsZero() {
		since = latest(since, newest.Add(-blueskyOverlap))
	}
	asked := map[string]bool{}
	for page := ""; len(asked) < blueskyPages; {
		query := url.Values{"limit": {strconv.Itoa(blueskyPage)}, "reasons": {"mention", "reply"}}
		if page != "" {
			query.Set("cursor", page)
		}
		asked[page] = true
		var answer blueskyNotifications
		if err := a.signedIn(ctx, "app.bsky.notification.listNotifications", query, &answer); err != nil {
			return err // the cursor stays, so that the next visit reads them all again
		}
		past := false
		for i := range answer.Notifications {
			n := &answer.Notifications[i]
			at := blueskyDate("", n.IndexedAt, a.request.Now)
			newest = latest(newest, at)
			if past = at.Before(since); !past && (n.Reason == "mention" || n.Reason == "reply") {
				a.message(n.URI, n.Author, &n.Record, n.IndexedAt)
			}
		}
		page = answer.Cursor
		switch {
		case page == "" || past:
			a.cursor.Notified = newest
			return nil
		case asked[page]:
			return fmt.Errorf("list the notifications: %w: the pages go round in a circle", pipeline.ErrBadAnswer)
		}
	}
	a.cursor.Notified = newest
	return fmt.Errorf("%d pages of notifications are read in one visit, older ones are missing", blueskyPages)
}

// blueskySession is a credential at work.
type blueskySession struct {
	mu  sync.Mutex // held while signing in: one for all who wait
	now blueskySignedIn
}

// session is the one of the group's credential, opened or not.
func (g *blueskyGroup) session() *blueskySession {
	g.collector.mu.Lock()
	defer g.collector.mu.Unlock()
	s := g.collector.sessions[g.token]
	if s == nil {
		s = &blueskySession{}
		g.collector.sessions[g.token] = s
	}
	return s
}

// signIn answers whose session the credential opens, and opens it where none is open.
func (g *blueskyGroup) signIn(ctx context.Context) (blueskySignedIn, error) {
	s := g.session()
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.now.AccessJwt == "" {
		err = g.open(ctx, s)
	}
	return s.now, err
}

// open signs in with the credential: identifier:password, or JSON with identifier, password and service, the address of
// the account's server where that is not Bluesky's.
func (g *blueskyGroup) open(ctx context.Context, s *blueskySession) error {
	var c struct {
		blueskyLogin
		Service string `json:"service"`
	}
	secret := strings.TrimSpace(g.token.Reveal())
	if !strings.HasPrefix(secret, "{") {
		cut := strings.Index(secret, ":")
		if strings.HasPrefix(secret, "did:") { // which has colons of its own
			cut = strings.LastIndex(secret, ":")
		}
		if cut > 0 {
			c.Identifier, c.Password = secret[:cut], secret[cut+1:]
		}
	} else if json.Unmarshal([]byte(secret), &c) != nil {
		c.blueskyLogin = blueskyLogin{}
	}
	service, err := url.Parse(cmp.Or(c.Service, blueskyService))
	if c.Identifier == "" || c.Password == "" || err != nil || service.Host == "" {
		return fmt.Errorf("credential %s: %w: write it in PRESENCIA_TOKEN_%[1]s as handle:app-password, or as JSON with identifier, password and service",
			g.account.Credential, pipeline.ErrDenied)
	}
	c.Identifier = strings.TrimPrefix(strings.TrimSpace(c.Identifier), "@")
	body, err := json.Marshal(c.blueskyLogin) //nolint:gosec // it is the request to sign in
	if err != nil {
		return err
	}
	service.Path = cmp.Or(service.Path, "/")
	err = g.keep(ctx, s, service, request{url: service.JoinPath("xrpc", "com.atproto.server.createSession"), body: body, contentType: "application/json"})
	if errors.Is(err, errBlueskyRefused) {
		return fmt.Errorf("the app password of credential %s is refused: make a new one in the account's settings, and put it into PRESENCIA_TOKEN_%[1]s: %w",
			g.account.Credential, err)
	}
	return err
}

var errBlueskyRefused = fmt.Errorf("%w: sign in", pipeline.ErrDenied)

// keep asks a server for a session and keeps it.
func (g *blueskyGroup) keep(ctx context.Context, s *blueskySession, service *url.URL, q request) error {
	q.method, q.accept, q.limit, q.noToken, q.bucket = http.MethodPost, "application/json", apiLimit, true, "session"
	q.judge = func(r *response) (time.Duration, error) {
		if r.status == http.StatusUnauthorized {
			return 0, errBlueskyRefused
		}
		return blueskyJudge(r)
	}
	r, err := g.get(ctx, q)
	if err != nil {
		return err
	}
	var now blueskySignedIn
	if err := r.decode(&now); err != nil {
		return err
	}
	if now.AccessJwt == "" || now.DID == "" {
		return fmt.Errorf("sign in at %s: %w: it gives no session", q.url.Host, pipeline.ErrBadAnswer)
	}
	now.service = service
	for _, e := range now.DIDDoc.Service {
		if u, err := url.Parse(e.Endpoint); err == nil && u.Host != "" && strings.HasSuffix(e.ID, "#atproto_pds") {
			u.Path = cmp.Or(u.Path, "/")
			now.service = u
		}
	}
	s.now = now
	return nil
}

// reopen opens the session anew after one that has ended, unless somebody else has done so.
func (g *blueskyGroup) reopen(ctx context.Context, ended blueskySignedIn) error {
	s := g.session()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.AccessJwt != ended.AccessJwt {
		return nil
	}
	s.now = blueskySignedIn{}
	if ended.RefreshJwt != "" {
		err := g.keep(ctx, s, ended.service, request{url: ended.service.JoinPath("xrpc", "com.atproto.server.refreshSession"), header: bearer(ended.RefreshJwt)})
		if !errors.Is(err, errBlueskySession) && !errors.Is(err, errBlueskyRefused) {
			return err
		}
	}
	return g.open(ctx, s)
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// signedIn asks the account's own server with its session, and once more where that had ended.
func (g *blueskyGroup) signedIn(ctx context.Context, method string, query url.Values, into any) error {
	for again := false; ; again = true {
		now, err := g.signIn(ctx)
		if err != nil {
			return err
		}
		u := now.service.JoinPath("xrpc", method)
		u.RawQuery = query.Encode()
		r, err := g.get(ctx, request{url: u, accept: "application/json", limit: apiLimit, noToken: true, header: bearer(now.AccessJwt), judge: blueskyJudge})
		switch {
		case err == nil:
			return r.decode(into)
		case again || !errors.Is(err, errBlueskySession):
			return err
		}
		if err := g.reopen(ctx, now); err != nil {
			return err
		}
	}
}
