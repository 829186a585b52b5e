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

	"presencia/pipeline"
)

const (
	youtubeServer   = "https://youtube.googleapis.com"
	youtubeBatch    = 50  // channels, videos or comments by id, and videos of a page, in one request
	youtubeComments = 100 // of a page
	youtubePages    = 400 // of one list in one visit; a list of uploads has no more
	youtubeThreads  = 50  // whose replies are listed in one visit, where they do not come with the thread
	youtubeMemory   = 500 // ids that a cursor remembers of each kind

	youtubeRelist = 7 * 24 * time.Hour // after which videos are listed although their number has not changed
	youtubeLate   = 48 * time.Hour     // how much later than its date a video may come to its list
)

var youtubeChannelParts = []asked{
	{"channels.part=brandingSettings", []pipeline.Field{pipeline.FieldHeader}},
	{"channels.part=contentDetails", nil}, // the channel's id tells its list of uploads as well
	{"channels.part=snippet", []pipeline.Field{pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldAvatar, pipeline.FieldCreatedAt}},
	{"channels.part=statistics", []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldPostCount}},
}

var youtubeVideoParts = []asked{
	{"videos.part=contentDetails", []pipeline.Field{pipeline.FieldCaptions}},
	{"videos.part=snippet", []pipeline.Field{pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions}},
	{"videos.part=statistics", []pipeline.Field{pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldViews}},
	{"videos.part=status", nil},
}

func youtube() source {
	return source{
		platform: pipeline.YouTube,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldAvatar,
			pipeline.FieldHeader, pipeline.FieldCreatedAt, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags,
			pipeline.FieldMentions, pipeline.FieldMedia, pipeline.FieldCaptions, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldViews,
			pipeline.FieldMessages,
		},
		notApplicable: []pipeline.Field{pipeline.FieldAlt}, // a video has captions in its place
		proof:         Specification,
		open:          func(f *fetcher, o Options) pipeline.Collector { return youtubeCollector{f, o.Refresh} },
	}
}

// youtubeCollector reads channels by the YouTube Data API, version 3, with an API key or an OAuth token. Each request costs one
// of the 10,000 units that a project has a day. Channels are read fifty at once; the uploads are listed of those
// channels only that have more or fewer videos than before; videos, new ones and those that are due again, are read fifty at once for the
// whole group. Comments under a channel's videos are one list.
//
// Subscribers come rounded down to three digits from 1,000 on: a growth of less than that is not seen.
type youtubeCollector struct {
	fetch   *fetcher
	refresh time.Duration // age up to which comments are followed
}

// youtubeCursor is where a visit ended.
type youtubeCursor struct {
	ID      string         `json:"id"`                // the channel that it speaks of
	Since   time.Time      `json:"since,omitzero"`    // nothing older is wanted
	At      time.Time      `json:"at,omitzero"`       // when the uploads were last listed
	Count   int64          `json:"count,omitempty"`   // videos that the channel told of then
	Seen    []string       `json:"seen,omitempty"`    // the newest videos then
	Newest  time.Time      `json:"newest,omitzero"`   // date of the newest of all
	Threads map[string]int `json:"threads,omitempty"` // young threads of comments, with the replies that they had
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	youtubeAnswer struct {
		NextPageToken string            `json:"nextPageToken"`
		Items         []json.RawMessage `json:"items"`
	}
	youtubeChannel struct {
		ID             string                   `json:"id"`
		Snippet        youtubeChannelSnippet    `json:"snippet"`
		Statistics     youtubeChannelStatistics `json:"statistics"`
		ContentDetails youtubeChannelDetails    `json:"contentDetails"`
		Branding       youtubeBranding          `json:"brandingSettings"`
	}
	youtubeChannelSnippet struct {
		Title       string            `json:"title"`
		Description string            `json:"description"`
		CustomURL   string            `json:"customUrl"` // the handle
		PublishedAt time.Time         `json:"publishedAt"`
		Thumbnails  youtubeThumbnails `json:"thumbnails"`
	}
	youtubeChannelStatistics struct {
		SubscriberCount       *int64 `json:"subscriberCount,string"`
		HiddenSubscriberCount bool   `json:"hiddenSubscriberCount"`
		VideoCount            *int64 `json:"videoCount,string"`
	}
	youtubeChannelDetails struct {
		RelatedPlaylists youtubePlaylists `json:"relatedPlaylists"`
	}
	youtubePlaylists struct {
		Uploads string `json:"uploads"`
	}
	youtubeBranding struct {
		Image youtubeImages `json:"image"`
	}
	youtubeImages struct {
		BannerExternalURL string `json:"bannerExternalUrl"`
	}
	youtubeThumbnails struct {
		Default youtubeThumbnail `json:"default"`
		High    youtubeThumbnail `json:"high"`
	}
	youtubeThumbnail struct {
		URL string `json:"url"`
	}
	youtubeItem struct {
		ID             string             `json:"id"`
		ContentDetails youtubeItemDetails `json:"contentDetails"`
	}
	youtubeItemDetails struct {
		VideoID          string    `json:"videoId"`
		VideoPublishedAt time.Time `json:"videoPublishedAt"`
	}
	youtubeVideo struct {
		ID             string                 `json:"id"`
		Snippet        youtubeVideoSnippet    `json:"snippet"`
		ContentDetails youtubeVideoDetails    `json:"contentDetails"`
		Status         youtubeVideoStatus     `json:"status"`
		Statistics     youtubeVideoStatistics `json:"statistics"`
	}
	youtubeVideoSnippet struct {
		Title                string    `json:"title"`
		Description          string    `json:"description"`
		PublishedAt          time.Time `json:"publishedAt"`
		DefaultLanguage      string    `json:"defaultLanguage"` // of title and description
		DefaultAudioLanguage string    `json:"defaultAudioLanguage"`
	}
	youtubeVideoDetails struct {
		Caption string `json:"caption"` // "true": somebody wrote captions; those made by machine do not count
	}
	youtubeVideoStatus struct {
		PrivacyStatus string `json:"privacyStatus"`
	}
	youtubeVideoStatistics struct {
		ViewCount    *int64 `json:"viewCount,string"`
		LikeCount    *int64 `json:"likeCount,string"`
		CommentCount *int64 `json:"commentCount,string"`
	}
	youtubeThread struct {
		ID      string               `json:"id"`
		Snippet youtubeThreadSnippet `json:"snippet"`
		Replies youtubeReplies       `json:"replies"`
	}
	youtubeThreadSnippet struct {
		VideoID         string         `json:"videoId"`
		TopLevelComment youtubeComment `json:"topLevelComment"`
		TotalReplyCount int            `json:"totalReplyCount"`
	}
	youtubeReplies struct {
		Comments []youtubeComment `json:"comments"` // some of them
	}
	youtubeComment struct {
		ID      string                `json:"id"`
		Snippet youtubeCommentSnippet `json:"snippet"`
	}
	youtubeCommentSnippet struct {
		AuthorDisplayName string        `json:"authorDisplayName"` // the handle
		AuthorChannelID   youtubeAuthor `json:"authorChannelId"`
		TextDisplay       string        `json:"textDisplay"`
		ParentID          string        `json:"parentId"`
		LikeCount         *int64        `json:"likeCount"`
		PublishedAt       time.Time     `json:"publishedAt"`
		UpdatedAt         time.Time     `json:"updatedAt"`
	}
	youtubeAuthor struct {
		Value string `json:"value"`
	}
	youtubeError struct {
		Error youtubeFault `json:"error"`
	}
	youtubeFault struct {
		Message string          `json:"message"`
		Errors  []youtubeReason `json:"errors"`
		Details []youtubeReason `json:"details"`
	}
	youtubeReason struct {
		Reason   string `json:"reason"`
		Location string `json:"location"`
	}
)

// youtubeGroup is the reading of channels that are asked for together.
type youtubeGroup struct {
	*visit
	base    *url.URL
	at      time.Time // the moment of the run
	refresh time.Duration
	parked  []pipeline.Parked // those found here included
}

// youtubeVisit is one channel of a group.
type youtubeVisit struct {
	request pipeline.Request
	cursor  youtubeCursor
	first   bool
	channel *youtubeChannel
	fresh   []string // videos to be read
	listed  func()   // to be done once they are read; nil: they were not listed
	unheard bool     // comments could not be read, or not all
	batch   pipeline.Batch
	err     error
}

// Together implements [pipeline.Collector].
func (youtubeCollector) Together() int { return youtubeBatch }

// Collect implements [pipeline.Collector].
func (c youtubeCollector) Collect(ctx context.Context, accounts []pipeline.Request, done func(pipeline.Request, pipeline.Batch, error)) {
	if len(accounts) == 0 {
		return
	}
	all := make([]*youtubeVisit, len(accounts))
	for i, r := range accounts {
		all[i] = &youtubeVisit{request: r, batch: pipeline.Batch{At: r.Now}}
	}
	g, err := c.open(accounts[0])
	if err == nil {
		g.channels(ctx, all)
	}
	var read []*youtubeVisit
	for _, a := range all {
		if a.err == nil {
			a.err = err
		}
		if a.err != nil {
			done(a.request, a.batch, a.err)
			continue
		}
		g.countWith(&a.batch, func() { g.uploads(ctx, a) })
		read = append(read, a)
	}
	if len(read) > 0 {
		g.videos(ctx, read)
		g.replies(ctx, read)
	}
	for _, a := range read {
		g.countWith(&a.batch, func() { g.comments(ctx, a) })
		done(a.request, g.finish(a), a.err)
	}
}

func (c youtubeCollector) open(r pipeline.Request) (*youtubeGroup, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return nil, err
	}
	if v.token == "" {
		return nil, fmt.Errorf("%w: YouTube answers with a key only: give the account a credential NAME in the register, and the key of a Google Cloud project in PRESENCIA_TOKEN_NAME", pipeline.ErrDenied)
	}
	base, err := serverOf(r.Account, youtubeServer)
	if err != nil {
		return nil, err
	}
	return &youtubeGroup{visit: v, base: base, at: r.Now, refresh: c.refresh, parked: slices.Clone(r.Parked)}, nil
}

// finish makes the batch of what was read of a channel.
func (g *youtubeGroup) finish(a *youtubeVisit) pipeline.Batch {
	lost := untold(slices.Concat(youtubeChannelParts, youtubeVideoParts), g.parked)
	if a.unheard {
		lost[pipeline.FieldMessages] = true
	}
	a.batch.Gives = slices.DeleteFunc(slices.Clone(youtube().gives), func(f pipeline.Field) bool { return lost[f] })
	a.batch.Profile = a.profile()
	next, err := json.Marshal(a.cursor)
	if err != nil {
		a.err = err
	}
	a.batch.Next = pipeline.Cursor(next)
	return a.batch
}

func (a *youtubeVisit) gap(part string, err error) {
	a.batch.Gaps = append(a.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// list asks for one page of a resource. An API key goes as a parameter, which no error and no log shows.
func (g *youtubeGroup) list(ctx context.Context, resource string, query url.Values) (*youtubeAnswer, error) {
	query = maps.Clone(query)
	oauth := strings.HasPrefix(g.token.Reveal(), "ya29.") // so begin all of Google's access tokens, and no key
	if !oauth {
		query.Set("key", g.token.Reveal())
	}
	u := g.base.JoinPath("youtube/v3", resource)
	u.RawQuery = query.Encode()
	r, err := g.get(ctx, request{url: u, accept: "application/json", limit: apiLimit, noToken: !oauth, judge: g.judge})
	if err != nil {
		return nil, err
	}
	var answer youtubeAnswer
	return &answer, r.decode(&answer)
}

// askYouTube asks for records by id with all the parts that YouTube still gives, and merges them where it takes several requests.
func askYouTube[T any](ctx context.Context, g *youtubeGroup, b *pipeline.Batch, resource string, query url.Values, parts []asked, id func(*T) string) (map[string]*T, error) {
	var metrics []string
	for _, p := range parts {
		metrics = append(metrics, p.metric)
	}
	found := map[string]*T{}
	refused, err := askInGroups(ctx, metrics, g.parked, func(ctx context.Context, metrics []string) error {
		var part []string
		for _, m := range metrics {
			part = append(part, strings.TrimPrefix(m, resource+".part="))
		}
		q := maps.Clone(query)
		q.Set("part", strings.Join(part, ","))
		answer, err := g.list(ctx, resource, q)
		if err != nil {
			return err
		}
		return mergeRecords(found, answer.Items, id)
	})
	g.parked = append(g.parked, refused...)
	b.Parked = append(b.Parked, refused...)
	return found, err
}

// errNoComments: the comments of the channel are switched off.
var errNoComments = errors.New("comments are switched off")

// judge reads the errors that YouTube explains in the body.
func (g *youtubeGroup) judge(r *response) (time.Duration, error) {
	if r.status < 400 {
		return 0, nil
	}
	var e youtubeError
	_ = json.Unmarshal(r.body, &e) // where it is no JSON the status has to tell
	for _, reason := range append(e.Error.Errors, e.Error.Details...) {
		switch reason.Reason {
		case "quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg":
			return untilMidnightPacific(r.at), fmt.Errorf("%w: the project's units of this day are used up: ask Google for more, or collect less often", pipeline.ErrRateLimited)
		case "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED":
			return 0, pipeline.ErrRateLimited
		case "keyInvalid", "keyExpired", "API_KEY_INVALID":
			return 0, fmt.Errorf("%w: the key of credential %s is not valid: renew it in PRESENCIA_TOKEN_%[2]s", pipeline.ErrDenied, g.account.Credential)
		case "accessNotConfigured", "SERVICE_DISABLED":
			return 0, fmt.Errorf("%w: the project of credential %s has no YouTube Data API: enable it in Google's console", pipeline.ErrDenied, g.account.Credential)
		case "ipRefererBlocked", "API_KEY_IP_ADDRESS_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_SERVICE_BLOCKED":
			return 0, fmt.Errorf("%w: the key of credential %s is not allowed from here: change its restrictions in Google's console", pipeline.ErrDenied, g.account.Credential)
		case "commentsDisabled":
			return 0, fmt.Errorf("%w: %w", pipeline.ErrDenied, errNoComments)
		case "unknownPart", "invalidPart":
			return 0, fmt.Errorf("%w: a part", errBadMetric)
		}
		if r.status == http.StatusBadRequest && reason.Location == "part" {
			return 0, fmt.Errorf("%w: a part", errBadMetric)
		}
	}
	return 0, nil
}

// untilMidnightPacific is how long it is until the units of a new day are there.
func untilMidnightPacific(now time.Time) time.Duration {
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		pacific = time.FixedZone("PST", -8*60*60) // never too early
	}
	return untilMidnight(now, pacific)
}

var youtubeID = regexp.MustCompile(`^UC[A-Za-z0-9_-]{22}$`)

// channels reads the profiles: by id where it is known, otherwise by handle, one by one.
func (g *youtubeGroup) channels(ctx context.Context, all []*youtubeVisit) {
	of := map[string][]*youtubeVisit{}
	for _, a := range all {
		name := strings.TrimPrefix(strings.TrimSpace(a.request.Account.Handle), "@")
		switch {
		case a.request.StableID != "":
			of[a.request.StableID] = append(of[a.request.StableID], a)
		case youtubeID.MatchString(name):
			of[name] = append(of[name], a)
		default:
			g.countWith(&a.batch, func() { g.handle(ctx, a, name) })
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(of)), youtubeBatch) {
		b := &of[ids[0]][0].batch
		g.countWith(b, func() {
			found, err := askYouTube(ctx, g, b, "channels", url.Values{"id": {strings.Join(ids, ",")}, "maxResults": {strconv.Itoa(youtubeBatch)}},
				youtubeChannelParts, func(c *youtubeChannel) string { return c.ID })
			for _, id := range ids {
				for _, a := range of[id] {
					a.begin(found[id], err)
				}
			}
		})
	}
}

func (g *youtubeGroup) handle(ctx context.Context, a *youtubeVisit, name string) {
	if name == "" {
		a.err = errors.New("the account has no handle: write it as @name")
		return
	}
	found, err := askYouTube(ctx, g, &a.batch, "channels", url.Values{"forHandle": {"@" + name}}, youtubeChannelParts, func(c *youtubeChannel) string { return c.ID })
	var one *youtubeChannel
	for _, c := range found {
		one = c
	}
	a.begin(one, err)
}

// begin goes on from the cursor if it is this channel's.
func (a *youtubeVisit) begin(c *youtubeChannel, err error) {
	switch {
	case err != nil:
		a.err = err
		return
	case c == nil: // YouTube does not say whether it was closed or never was
		a.err = fmt.Errorf("%w: YouTube knows no channel %s", pipeline.ErrGone, cmp.Or(a.request.StableID, a.request.Account.Handle))
		return
	}
	a.channel = c
	if json.Unmarshal([]byte(a.request.Cursor), &a.cursor) != nil || a.cursor.ID != c.ID {
		a.cursor, a.first = youtubeCursor{ID: c.ID, Since: a.request.Since}, true
	}
}

// uploads lists the videos that are new.
func (g *youtubeGroup) uploads(ctx context.Context, a *youtubeVisit) {
	n, counted := count(a.channel.Statistics.VideoCount).Get()
	if counted && n == a.cursor.Count && !a.cursor.At.IsZero() && g.at.Sub(a.cursor.At) < youtubeRelist {
		return // as many as before: none was published, or another one was deleted, and the next listing finds it
	}
	to := a.cursor.Since
	if !a.cursor.At.IsZero() {
		to = latest(to, a.cursor.At.Add(-youtubeLate))
	}
	seen := map[string]bool{}
	for _, id := range a.cursor.Seen {
		seen[id] = true
	}
	met := map[string]bool{}
	var listed []string
	newest := a.cursor.Newest
	query := url.Values{"part": {"contentDetails"}, "maxResults": {strconv.Itoa(youtubeBatch)},
		"playlistId": {cmp.Or(a.channel.ContentDetails.RelatedPlaylists.Uploads, "UU"+strings.TrimPrefix(a.channel.ID, "UC"))}}
	err := g.pages(ctx, "playlistItems", query, func(items []json.RawMessage) (fresh, more bool, err error) {
		records := map[string]*youtubeItem{}
		if err := mergeRecords(records, items, func(i *youtubeItem) string { return i.ContentDetails.VideoID }); err != nil {
			return false, false, err
		}
		more = true // unless the oldest of the page decides otherwise: below what was seen before everything was
		for _, i := range slices.SortedFunc(maps.Values(records), func(a, b *youtubeItem) int {
			return b.ContentDetails.VideoPublishedAt.Compare(a.ContentDetails.VideoPublishedAt)
		}) {
			id, at := i.ContentDetails.VideoID, i.ContentDetails.VideoPublishedAt
			if met[id] {
				continue
			}
			met[id], fresh = true, true
			if at.IsZero() { // it is not public yet, and says nothing of where it stands
				continue
			}
			listed = append(listed, id)
			newest = latest(newest, at)
			if more = !at.Before(to) && !seen[id]; more {
				a.fresh = append(a.fresh, id)
			}
		}
		return fresh, more, nil
	})
	if errors.Is(err, pipeline.ErrGone) && n == 0 { // a channel without a video may have no list either
		err = nil
	}
	if err != nil {
		a.gap("posts", fmt.Errorf("the next visit lists them again: %w", err))
		return
	}
	a.listed = func() {
		a.cursor.At, a.cursor.Count, a.cursor.Newest = g.at, n, newest
		a.cursor.Seen = listed[:min(len(listed), youtubeMemory)]
		if a.first {
			a.batch.Listed = pipeline.Window{From: beginning(a.cursor.Since), To: g.at}
		}
	}
}

// pages reads a list page by page. take tells whether a page held anything that was not there before, and whether further
// pages are wanted.
func (g *youtubeGroup) pages(ctx context.Context, resource string, query url.Values, take func([]json.RawMessage) (fresh, more bool, err error)) error {
	query = maps.Clone(query)
	for range youtubePages {
		answer, err := g.list(ctx, resource, query)
		if err != nil {
			return err
		}
		fresh, more, err := take(answer.Items)
		next := answer.NextPageToken
		switch {
		case err != nil:
			return err
		case next == "":
			return nil
		case !fresh || next == query.Get("pageToken"):
			return fmt.Errorf("%w: YouTube names further pages of %s that hold nothing new", pipeline.ErrBadAnswer, resource)
		case !more:
			return nil
		}
		query.Set("pageToken", next)
	}
	return fmt.Errorf("%d pages of %s are read in one visit", youtubePages, resource)
}

// isVideo tells the ids of videos from those of comments, which are posts where the channel answers.
func isVideo(id string) bool { return len(id) == 11 }

// videos reads the videos that are new or due again, of all channels together.
func (g *youtubeGroup) videos(ctx context.Context, all []*youtubeVisit) {
	of, due := map[string]*youtubeVisit{}, map[string]bool{}
	var ids []string
	need := func(id string, a *youtubeVisit) {
		if of[id] == nil {
			of[id] = a
			ids = append(ids, id)
		}
	}
	for _, a := range all {
		for _, id := range a.fresh {
			need(id, a)
		}
		for _, p := range a.request.Due {
			if isVideo(p.ID) {
				need(p.ID, a)
				due[p.ID] = true
			}
		}
	}
	failures := map[*youtubeVisit]error{}
	for chunk := range slices.Chunk(ids, youtubeBatch) {
		b := &of[chunk[0]].batch
		g.countWith(b, func() {
			found, err := askYouTube(ctx, g, b, "videos", url.Values{"id": {strings.Join(chunk, ",")}}, youtubeVideoParts, func(v *youtubeVideo) string { return v.ID })
			for _, id := range chunk {
				a, v := of[id], found[id]
				switch {
				case err != nil:
					failures[a] = cmp.Or(failures[a], err)
				case v != nil && (v.Status.PrivacyStatus == "public" || v.Status.PrivacyStatus == ""):
					a.put(v.post())
				case due[id]: // deleted, or hidden from the public, which its owner's token may still see
					a.batch.Gone = append(a.batch.Gone, id)
				}
			}
		})
	}
	for _, a := range all {
		if err := failures[a]; err != nil {
			a.gap("posts", fmt.Errorf("some videos are not read: %w", err))
			continue
		}
		if a.listed != nil {
			a.listed()
		}
	}
}

// put takes a post into the batch, once.
func (a *youtubeVisit) put(p pipeline.Post) {
	if i := slices.IndexFunc(a.batch.Posts, func(q pipeline.Post) bool { return q.ID == p.ID }); i >= 0 {
		a.batch.Posts[i] = p
		return
	}
	a.batch.Posts = append(a.batch.Posts, p)
}

func (v *youtubeVideo) post() pipeline.Post {
	s := v.Snippet
	p := pipeline.Post{
		ID: v.ID, CreatedAt: s.PublishedAt.UTC(), Kind: pipeline.Own, Text: plain(s.Title + "\n" + s.Description),
		Language: cmp.Or(s.DefaultLanguage, s.DefaultAudioLanguage), URL: "https://www.youtube.com/watch?v=" + v.ID,
		Figures: pipeline.Figures{Likes: count(v.Statistics.LikeCount), Replies: count(v.Statistics.CommentCount), Views: count(v.Statistics.ViewCount)},
	}
	p.Links, p.Hashtags, p.Mentions = InText(p.Text)
	p.Media = []pipeline.Media{{Kind: "video", URL: p.URL, Captions: v.ContentDetails.Caption == "true"}}
	return p
}

// replies reads the channels' answers that are due again, of all channels together.
func (g *youtubeGroup) replies(ctx context.Context, all []*youtubeVisit) {
	of := map[string]*youtubeVisit{}
	var ids []string
	for _, a := range all {
		for _, p := range a.request.Due {
			if !isVideo(p.ID) && of[p.ID] == nil {
				of[p.ID] = a
				ids = append(ids, p.ID)
			}
		}
	}
	failures := map[*youtubeVisit]error{}
	for chunk := range slices.Chunk(ids, youtubeBatch) {
		g.countWith(&of[chunk[0]].batch, func() {
			answer, err := g.list(ctx, "comments", url.Values{"part": {"snippet"}, "textFormat": {"plainText"}, "id": {strings.Join(chunk, ",")}})
			found := map[string]*youtubeComment{}
			if err == nil {
				err = mergeRecords(found, answer.Items, func(c *youtubeComment) string { return c.ID })
			}
			for _, id := range chunk {
				a := of[id]
				switch c := found[id]; {
				case err != nil:
					failures[a] = err
				case c == nil:
					a.batch.Gone = append(a.batch.Gone, id)
				default:
					a.put(a.reply(c, "", ""))
				}
			}
		})
	}
	for _, a := range all {
		if err := failures[a]; err != nil {
			a.gap("posts", fmt.Errorf("some of the channel's answers are not read again: %w", err))
		}
	}
}

// reply is an answer of the channel to a comment.
func (a *youtubeVisit) reply(c *youtubeComment, thread, video string) pipeline.Post {
	none := pipeline.NoCount
	parent, _, _ := strings.Cut(c.ID, ".") // an answer's id begins with that of its thread
	p := pipeline.Post{
		ID: c.ID, CreatedAt: c.Snippet.PublishedAt.UTC(), Kind: pipeline.Reply, Text: plain(c.Snippet.TextDisplay),
		InReplyTo: cmp.Or(thread, c.Snippet.ParentID, parent), Edited: c.Snippet.UpdatedAt.After(c.Snippet.PublishedAt),
		Figures: pipeline.Figures{Likes: count(c.Snippet.LikeCount), Replies: none, Reposts: none, Views: none, Reach: none, Saves: none},
	}
	if video != "" {
		p.URL = "https://www.youtube.com/watch?v=" + video + "&lc=" + c.ID
	}
	p.Links, p.Hashtags, p.Mentions = InText(p.Text)
	return p
}

// comments reads what was written under the channel's videos: comments as messages, the channel's answers as posts. The list
// is in the order of the comments, hence it is read down to the age up to which answers are followed.
func (g *youtubeGroup) comments(ctx context.Context, a *youtubeVisit) {
	young := g.at.Add(-g.refresh)
	to := a.cursor.Since
	if a.cursor.Threads != nil {
		to = latest(to, young)
	}
	seen, threads := map[string]bool{}, map[string]int{}
	left := youtubeThreads
	var failed error // a thread, where the list goes on
	query := url.Values{"part": {"snippet,replies"}, "allThreadsRelatedToChannelId": {a.channel.ID}, "maxResults": {strconv.Itoa(youtubeComments)},
		"order": {"time"}, "textFormat": {"plainText"}}
	err := g.pages(ctx, "commentThreads", query, func(items []json.RawMessage) (fresh, more bool, err error) {
		records := map[string]*youtubeThread{}
		if err := mergeRecords(records, items, func(t *youtubeThread) string { return t.ID }); err != nil {
			return false, false, err
		}
		for _, t := range slices.SortedFunc(maps.Values(records), func(a, b *youtubeThread) int { return b.at().Compare(a.at()) }) {
			if seen[t.ID] {
				continue
			}
			seen[t.ID], fresh = true, true
			if t.at().Before(to) {
				continue
			}
			more = true
			answered, known := a.cursor.Threads[t.ID]
			if !known {
				a.message(t)
			}
			if n := t.Snippet.TotalReplyCount; n != answered {
				if err := g.answers(ctx, a, t, &left); err != nil {
					failed = cmp.Or(failed, err)
				} else {
					answered = n
				}
			}
			if !t.at().Before(young) && len(threads) < youtubeMemory { // what is forgotten is read once more
				threads[t.ID] = answered
			}
		}
		return fresh, more, nil
	})
	if err == nil {
		a.cursor.Threads = threads
	}
	if err = cmp.Or(err, failed); err != nil {
		a.unheard = true
		a.gap("messages", err)
	}
}

func (t *youtubeThread) at() time.Time { return t.Snippet.TopLevelComment.Snippet.PublishedAt }

// message takes a comment of somebody else into the batch.
func (a *youtubeVisit) message(t *youtubeThread) {
	c := t.Snippet.TopLevelComment.Snippet
	if c.AuthorChannelID.Value == a.channel.ID || c.PublishedAt.IsZero() {
		return
	}
	author := c.AuthorChannelID.Value
	if strings.HasPrefix(c.AuthorDisplayName, "@") {
		author = pipeline.CanonicalHandle(c.AuthorDisplayName)
	}
	a.batch.Messages = append(a.batch.Messages, pipeline.Message{ID: t.ID, At: c.PublishedAt.UTC(), Author: author, InReplyTo: t.Snippet.VideoID, Text: plain(c.TextDisplay)})
}

// answers takes the channel's own replies of a thread into the batch.
func (g *youtubeGroup) answers(ctx context.Context, a *youtubeVisit, t *youtubeThread, left *int) error {
	replies := map[string]*youtubeComment{}
	for i := range t.Replies.Comments {
		replies[t.Replies.Comments[i].ID] = &t.Replies.Comments[i]
	}
	if len(replies) < t.Snippet.TotalReplyCount {
		if *left == 0 {
			return fmt.Errorf("%d threads are opened in one visit, the others follow on the next", youtubeThreads)
		}
		*left--
		query := url.Values{"part": {"snippet"}, "parentId": {t.ID}, "maxResults": {strconv.Itoa(youtubeComments)}, "textFormat": {"plainText"}}
		listed := map[string]*youtubeComment{}
		err := g.pages(ctx, "comments", query, func(items []json.RawMessage) (fresh, more bool, err error) {
			known := len(listed)
			err = mergeRecords(listed, items, func(c *youtubeComment) string { return c.ID })
			return len(listed) > known, true, err
		})
		if err != nil {
			return err
		}
		maps.Copy(replies, listed)
	}
	for _, c := range slices.SortedFunc(maps.Values(replies), func(a, b *youtubeComment) int {
		return a.Snippet.PublishedAt.Compare(b.Snippet.PublishedAt)
	}) {
		if c.Snippet.AuthorChannelID.Value == a.channel.ID {
			a.put(a.reply(c, t.ID, t.Snippet.VideoID))
		}
	}
	return nil
}

func (a *youtubeVisit) profile() *pipeline.Profile {
	c := a.channel
	p := &pipeline.Profile{
		StableID: c.ID, Followers: count(c.Statistics.SubscriberCount), Posts: count(c.Statistics.VideoCount),
		Handle:      pipeline.CanonicalHandle(cmp.Or(c.Snippet.CustomURL, a.request.Account.Handle)),
		DisplayName: plain(c.Snippet.Title), Bio: plain(c.Snippet.Description),
		Avatar: cmp.Or(c.Snippet.Thumbnails.High.URL, c.Snippet.Thumbnails.Default.URL), Header: c.Branding.Image.BannerExternalURL,
		CreatedAt: c.Snippet.PublishedAt.UTC(), LastPostAt: a.cursor.Newest.UTC(),
	}
	if c.Statistics.HiddenSubscriberCount {
		p.Followers = pipeline.Count{}
	}
	return p
}
