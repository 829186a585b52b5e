package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
)

const (
	threadsBase = "https://graph.threads.net/v1.0"
	threadsPage = "100" // posts in one answer, the most that the API gives

	threadsProfile = "id,username,name,threads_biography,threads_profile_picture_url,is_verified"
	threadsMedia   = "id,media_type,media_url,permalink,username,text,timestamp,alt_text,link_attachment_url,reposted_post,children{media_type,media_url,alt_text}"
	threadsReply   = threadsMedia + ",root_post,replied_to"
	threadsHeard   = "id,username,text,timestamp,replied_to,is_reply_owned_by_me"
)

// threadsInsights are the metrics of a post.
var threadsInsights = []string{"views", "likes", "replies", "reposts", "quotes", "shares"}

// threadsFirst is the first moment that since may name.
var threadsFirst = time.Unix(1688540400, 0)

func threads() source {
	return source{
		platform: pipeline.Threads,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldVerified,
			pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
			pipeline.FieldAlt, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldMessages,
		},
		proof:   OwnStub,
		open:    func(f *fetcher, o Options) pipeline.Collector { return pipeline.OneByOne(threadsReader{f, o.Refresh}) },
		renewal: graphRenewal(threadsBase, "th_refresh_token", "TH"),
	}
}

// threadsReader reads the account that a token is of: others' accounts are closed to ordinary tokens.
//
// A visit asks for the profile, the number of followers, the posts, the answers to others, and the mentions: five
// requests, there are no batches. Posts bring their metrics with them; where the API does not give them so, they are
// asked for post by post, and that is remembered. Posts are listed down to the visit before, or to the oldest that is due
// again. Conversations are read under young posts that have more replies than before.
type threadsReader struct {
	fetch   *fetcher
	refresh time.Duration
}

// threadsCursor is where a visit ended.
type threadsCursor struct {
	Of      string             `json:"of"`                // the account that it speaks of: another handle or server begins anew
	Since   time.Time          `json:"since,omitzero"`    // nothing older is wanted
	At      time.Time          `json:"at"`                // the visit
	Newest  time.Time          `json:"newest,omitzero"`   // post
	Singly  bool               `json:"singly,omitempty"`  // metrics come only post by post
	Replies map[string]counted `json:"replies,omitempty"` // read under young posts
	Refused refusals           `json:"refused,omitempty"`
	// Lists that ended too early go on before these moments, down to RestTo.
	Rest   map[string]time.Time `json:"rest,omitempty"`
	RestTo time.Time            `json:"rest_to,omitzero"`
}

// The parts of the API's nodes that are read. A number that is missing is unknown.
type (
	threadsNode struct {
		ID        string `json:"id"`
		Username  string `json:"username"`
		Name      string `json:"name"`
		Biography string `json:"threads_biography"`
		Picture   string `json:"threads_profile_picture_url"`
		Verified  bool   `json:"is_verified"`
	}
	threadsPost struct {
		ID        string                 `json:"id"`
		Kind      string                 `json:"media_type"`
		URL       string                 `json:"media_url"`
		Permalink string                 `json:"permalink"`
		Username  string                 `json:"username"`
		Text      string                 `json:"text"`
		Created   graphTime              `json:"timestamp"`
		Alt       string                 `json:"alt_text"`
		Link      string                 `json:"link_attachment_url"`
		Reposted  graphID                `json:"reposted_post"`
		Root      graphID                `json:"root_post"`
		Answers   graphID                `json:"replied_to"`
		Mine      bool                   `json:"is_reply_owned_by_me"`
		Children  graphList[threadsPost] `json:"children"`
		Insights  *graphInsights         `json:"insights"`
	}
)

// threadsVisit is one visit under way.
type threadsVisit struct {
	graphAccount
	*graph
	refresh   time.Duration
	cursor    threadsCursor
	first     bool
	to        time.Time // nothing older is listed
	node      *threadsNode
	followers pipeline.Count
	posts     map[string]*threadsPost
	heard     map[string]pipeline.Message
	read      map[string]bool // posts whose conversation was read
	partial   bool            // a list ended too early
	gaveViews bool
	gaveTalk  bool
}

// Read implements [pipeline.Reader].
func (c threadsReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	g, err := openGraph(c.fetch, r, threadsBase, 1)
	if err != nil {
		return pipeline.Batch{}, err
	}
	g.metrics = unparked(threadsInsights, r.Parked)
	v := &threadsVisit{graphAccount: graphAccount{request: r}, graph: g, refresh: c.refresh,
		posts: map[string]*threadsPost{}, heard: map[string]pipeline.Message{}, read: map[string]bool{}, gaveTalk: true}
	of := pipeline.CanonicalHandle(r.Account.Handle) + " " + g.base.Host
	if json.Unmarshal([]byte(r.Cursor), &v.cursor) != nil || v.cursor.Of != of {
		v.cursor, v.first = threadsCursor{Of: of, Since: r.Since}, true
	}
	v.to = latest(v.cursor.Since, threadsFirst)
	if !v.first {
		v.to = latest(v.to, v.cursor.At.Add(-graphOverlap))
		if due := r.Due; len(due) > 0 {
			v.to = earliest(v.to, due[len(due)-1].CreatedAt)
		}
	}
	v.ask(&graphQuestion{of: &v.graphAccount, path: "/me", query: url.Values{"fields": {threadsProfile}}, then: read(func(n *threadsNode, err error) {
		v.node, v.err = n, err
	})})
	g.run(ctx)
	if v.err == nil {
		v.err = v.check()
	}
	if v.err != nil {
		return pipeline.Batch{Calls: v.batch.Calls}, v.err
	}
	v.followed()
	v.list(ctx)
	v.mentions()
	g.run(ctx)
	v.conversations()
	g.run(ctx)
	return v.finish()
}

// check makes sure that the token is of the account that the register names: it may have another name now, but not be another.
func (v *threadsVisit) check() error {
	handle := pipeline.CanonicalHandle(v.request.Account.Handle)
	switch {
	case v.node.ID == "":
		return fmt.Errorf("%w: the profile has no id", pipeline.ErrBadAnswer)
	case v.request.StableID == "" && v.node.Username != "" && pipeline.CanonicalHandle(v.node.Username) != handle:
		return fmt.Errorf("%w: the token of credential %s is of @%s, not of @%s", pipeline.ErrDenied, v.request.Account.Credential, v.node.Username, handle)
	}
	return nil
}

func (v *threadsVisit) followed() {
	const part = "followers"
	if !v.cursor.Refused.may(part, v.request.Now) {
		return
	}
	v.ask(&graphQuestion{of: &v.graphAccount, path: "/me/threads_insights", query: url.Values{"metric": {"followers_count"}}, then: read(func(i *graphInsights, err error) {
		if err != nil {
			v.refuse(&v.cursor.Refused, part, err)
		}
		v.followers = i.count("followers_count")
	})})
}

// list reads what the account has written: its posts, and its answers to others.
func (v *threadsVisit) list(ctx context.Context) {
	v.gaveViews = len(v.metrics) > 0 && v.cursor.Refused.may(partInsights, v.request.Now)
	rest, down := v.cursor.Rest, v.cursor.RestTo
	v.cursor.Rest, v.cursor.RestTo = nil, v.to
	if rest != nil {
		v.cursor.RestTo = earliest(v.to, down)
	}
	for _, edge := range []string{"threads", "replies"} {
		v.stretch(ctx, edge, v.to, time.Time{}, func() {
			if before, ok := rest[edge]; ok && down.Before(v.to) { // what an earlier visit had to leave
				v.stretch(ctx, edge, down, before, func() {})
			}
		})
	}
}

// stretch reads a list down to a moment, from the newest or from before another moment.
func (v *threadsVisit) stretch(ctx context.Context, edge string, to, before time.Time, complete func()) {
	fields := threadsMedia
	if edge == "replies" {
		fields = threadsReply
	}
	metrics := v.nested()
	query := url.Values{"since": {unix(to)}, "limit": {threadsPage}, "fields": {withInsights(fields, metrics)}}
	if !before.IsZero() {
		query.Set("until", unix(before))
	}
	oldest := before
	var singly []string
	(&graphPages[threadsPost]{graph: v.graph, of: &v.graphAccount, path: "/me/" + edge, query: query, left: graphMost,
		take: func(page []threadsPost) bool {
			for i := range page {
				p := &page[i]
				if !p.Created.Before(to) {
					v.posts[p.ID] = p
					if p.Insights == nil && p.Kind != "REPOST_FACADE" {
						singly = append(singly, p.ID)
					}
				}
				oldest = p.Created.Time
			}
			return len(page) > 0 && !oldest.Before(to)
		},
		mend: func(query url.Values, err error) bool {
			if len(metrics) == 0 || over(err) || errors.Is(err, pipeline.ErrUnavailable) {
				return false
			}
			switch {
			case errors.Is(err, errBadMetric):
				err = v.retire(ctx, &v.graphAccount, metrics, func(some []string) *graphQuestion {
					return &graphQuestion{of: &v.graphAccount, path: "/me/" + edge, query: url.Values{"limit": {"1"}, "fields": {withInsights("id", some)}}}
				})
				v.cursor.Singly = err != nil
			case errors.Is(err, errPermission):
				v.gaveViews = false
				v.refuse(&v.cursor.Refused, partInsights, err)
			default: // they do not come with the posts
				v.cursor.Singly = true
			}
			metrics = v.nested()
			query.Set("fields", withInsights(fields, metrics))
			return true
		},
		then: func(err error) {
			if v.gaveViews && len(v.metrics) > 0 && len(singly) > 0 { // also when the field was ignored
				v.cursor.Singly = true
				v.measure(singly)
			}
			if err == nil {
				complete()
				return
			}
			v.partial = true
			if v.cursor.Rest == nil {
				v.cursor.Rest = map[string]time.Time{}
			}
			v.cursor.Rest[edge] = cmp.Or(oldest, v.request.Now)
			v.gap(edge, fmt.Errorf("older ones follow on the next visit: %w", err))
		}}).next()
}

// nested are the metrics that are asked for together with posts.
func (v *threadsVisit) nested() []string {
	if v.cursor.Singly || !v.gaveViews {
		return nil
	}
	return slices.Clone(v.metrics)
}

// measure asks for the metrics of posts one by one.
func (v *threadsVisit) measure(ids []string) {
	for _, id := range ids {
		v.ask(&graphQuestion{of: &v.graphAccount, path: "/" + id + "/insights", query: url.Values{"metric": {strings.Join(v.metrics, ",")}},
			then: read(func(i *graphInsights, err error) {
				if err == nil {
					v.posts[id].Insights = i
					return
				}
				v.refuse(&v.cursor.Refused, partInsights, err)
			})})
	}
}

// mentions asks for posts of others that name the account.
func (v *threadsVisit) mentions() {
	if !v.cursor.Refused.may(partMessages, v.request.Now) {
		v.gaveTalk = false
		return
	}
	since := latest(v.cursor.Since, threadsFirst)
	if !v.first {
		since = latest(since, v.cursor.At.Add(-graphOverlap))
	}
	(&graphPages[threadsPost]{graph: v.graph, of: &v.graphAccount, path: "/me/mentions", left: graphMost,
		query: url.Values{"since": {unix(since)}, "limit": {threadsPage}, "fields": {threadsHeard}},
		take: func(page []threadsPost) bool {
			for i := range page {
				if !page[i].Created.Before(since) {
					v.hear(&page[i])
				}
			}
			return len(page) > 0 && !page[len(page)-1].Created.Before(since)
		},
		then: v.heardAll}).next()
}

// heardAll notes at the end of a list of messages whether it was complete.
func (v *threadsVisit) heardAll(err error) {
	if err != nil {
		v.gaveTalk = false
		v.refuse(&v.cursor.Refused, partMessages, err)
	}
}

// conversations asks for what is written under young posts that have more replies than before.
func (v *threadsVisit) conversations() {
	for _, id := range slices.Sorted(maps.Keys(v.posts)) {
		p := v.posts[id]
		n, known := p.Insights.count("replies").Get()
		if !v.gaveTalk || !known || p.Root.ID != "" || n <= v.cursor.Replies[id].N || p.Created.Before(v.request.Now.Add(-v.refresh)) {
			continue // those of an answer stand in its root's conversation
		}
		(&graphPages[threadsPost]{graph: v.graph, of: &v.graphAccount, path: "/" + id + "/conversation", left: graphMost,
			query: url.Values{"reverse": {"false"}, "limit": {threadsPage}, "fields": {threadsHeard}},
			take: func(page []threadsPost) bool {
				for i := range page {
					v.hear(&page[i])
				}
				return true
			},
			then: func(err error) {
				v.read[id] = err == nil
				v.heardAll(err)
			}}).next()
	}
}

// hear takes what somebody else wrote.
func (v *threadsVisit) hear(p *threadsPost) {
	author := pipeline.CanonicalHandle(p.Username)
	if p.ID == "" || p.Mine || author == pipeline.CanonicalHandle(v.node.Username) {
		return
	}
	m := pipeline.Message{ID: p.ID, At: p.Created.Time, Author: author, Text: plain(p.Text)}
	if v.posts[p.Answers.ID] != nil {
		m.InReplyTo = p.Answers.ID
	}
	v.heard[p.ID] = m
}

func (v *threadsVisit) post(n *threadsPost) pipeline.Post {
	p := pipeline.Post{ID: n.ID, CreatedAt: n.Created.Time, Kind: pipeline.Own, Text: plain(n.Text), URL: n.Permalink}
	if n.Kind == "REPOST_FACADE" { // words and figures are somebody else's
		p.Kind, p.RepostOf, p.Text = pipeline.Repost, n.Reposted.ID, ""
		p.Figures = pipeline.Figures{Likes: pipeline.NoCount, Replies: pipeline.NoCount, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount}
		return p
	}
	p.Links, p.Hashtags, p.Mentions = InText(p.Text)
	if web(n.Link) {
		p.Links = Distinct(append(p.Links, n.Link))
	}
	if p.InReplyTo = n.Answers.ID; p.InReplyTo != "" {
		if p.SelfReply = v.posts[p.InReplyTo] != nil; !p.SelfReply {
			p.Kind = pipeline.Reply
		}
	}
	parts := n.Children.Data
	if len(parts) == 0 {
		parts = []threadsPost{*n}
	}
	for _, part := range parts {
		if kind := map[string]string{"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio"}[part.Kind]; kind != "" {
			p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: still(part.URL), Alt: plain(part.Alt)})
		}
	}
	p.Figures = pipeline.Figures{Likes: n.Insights.count("likes"), Replies: n.Insights.count("replies"), Views: n.Insights.count("views"),
		Reposts: sum(n.Insights.count("reposts"), n.Insights.count("quotes"), n.Insights.count("shares"))}
	return p
}

// sum is known when all its parts are.
func sum(counts ...pipeline.Count) pipeline.Count {
	var total int64
	for _, c := range counts {
		n, known := c.Get()
		if !known {
			return pipeline.Count{}
		}
		total += n
	}
	return pipeline.CountOf(total)
}

// finish makes the batch of what was read.
func (v *threadsVisit) finish() (pipeline.Batch, error) {
	b := v.batch
	b.At = v.request.Now
	for _, id := range slices.Sorted(maps.Keys(v.posts)) {
		p := v.post(v.posts[id])
		v.cursor.Newest = latest(v.cursor.Newest, p.CreatedAt)
		b.Posts = append(b.Posts, p)
	}
	slices.SortStableFunc(b.Posts, func(a, b pipeline.Post) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for _, id := range slices.Sorted(maps.Keys(v.heard)) {
		b.Messages = append(b.Messages, v.heard[id])
	}
	links, _, _ := InText(plain(v.node.Biography))
	b.Profile = &pipeline.Profile{StableID: v.node.ID, Followers: v.followers, Handle: cmp.Or(pipeline.CanonicalHandle(v.node.Username), pipeline.CanonicalHandle(v.request.Account.Handle)),
		DisplayName: plain(v.node.Name), Bio: plain(v.node.Biography), Links: links, Avatar: still(v.node.Picture), Verified: v.node.Verified, LastPostAt: v.cursor.Newest}
	if !v.partial && len(v.posts) > 0 { // posts that are withheld are not deleted
		b.Listed = pipeline.Window{From: v.to, To: v.request.Now}
	}
	b.Gives = slices.DeleteFunc(threads().gives, func(f pipeline.Field) bool {
		switch f {
		case pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews:
			return !v.gaveViews
		case pipeline.FieldMessages:
			return !v.gaveTalk
		}
		return false
	})
	for id, read := range v.read {
		if n, known := v.posts[id].Insights.count("replies").Get(); read && known {
			if v.cursor.Replies == nil {
				v.cursor.Replies = map[string]counted{}
			}
			v.cursor.Replies[id] = counted{n, v.posts[id].Created.Time}
		}
	}
	v.cursor.Replies = remembered(v.cursor.Replies, v.request.Now, v.refresh)
	v.cursor.At = v.request.Now
	next, err := json.Marshal(v.cursor)
	b.Next = pipeline.Cursor(next)
	return b, err
}
