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
	instagramBase  = "https://graph.facebook.com/v25.0"
	instagramLogin = "https://graph.instagram.com/v25.0" // for tokens of an Instagram account itself, which begin with IG
	instagramPage  = 50                                  // media in one answer

	instagramProfile = "id,username,name,biography,website,profile_picture_url,followers_count,follows_count,media_count"
	// instagramMedia is what everybody's media show, instagramOwn what one's own show beside it.
	instagramMedia   = "id,caption,timestamp,media_type,media_url,permalink,like_count,comments_count"
	instagramForeign = instagramMedia + ",view_count,children{media_type,media_url}"
	instagramOwn     = instagramMedia + ",alt_text,children{media_type,media_url,alt_text}"
	instagramReply   = "id,text,timestamp,username,from,like_count"
	instagramComment = instagramReply + ",parent_id,replies.limit(50){" + instagramReply + "}"
)

// instagramInsights are the metrics of a medium of one's own.
var instagramInsights = []string{"views", "reach", "saved", "shares"}

func instagram() source {
	return source{
		platform: pipeline.Instagram,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio,
			pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
			pipeline.FieldAlt, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldReach,
			pipeline.FieldSaves, pipeline.FieldMessages,
		},
		proof:   Specification,
		open:    func(f *fetcher, o Options) pipeline.Collector { return instagramCollector{f, o.Refresh} },
		renewal: graphRenewal(instagramLogin, "ig_refresh_token", "IG"),
	}
}

// instagramCollector reads professional accounts.
//
// The register names an account and a credential, nothing else. The credential is the token of a Facebook Page, of a
// user or of a system user; which Instagram accounts are the token's own is found through its Pages, once, and remembered.
// Those are read in full: reach, views, saves, comments and the answers to them, media that tag the account. Any other
// professional account is asked for through one of them (business_discovery) and gives what everybody sees. A
// token of an Instagram account itself (it begins with IG) reads that account alone.
//
// One question an account brings it and its newest media. Posts of others cannot be asked for by id: where some are due
// again, the list is read down to the oldest. Mentions in other people's captions and comments are not listed by
// the API. Likes are missing where their owner hides them, and unknown then.
type instagramCollector struct {
	fetch   *fetcher
	refresh time.Duration
}

// instagramCursor is where a visit ended.
type instagramCursor struct {
	Of     string    `json:"of"`              // the account that it speaks of: another handle or server begins anew
	ID     string    `json:"id,omitempty"`    // of the account, if it is the token's own
	Via    string    `json:"via,omitempty"`   // the account of the token's own through which others are asked for
	Token  string    `json:"token,omitempty"` // the credential of which both were found
	Since  time.Time `json:"since,omitzero"`  // nothing older is wanted
	At     time.Time `json:"at"`              // the visit
	Newest time.Time `json:"newest,omitzero"` // post
	// A list that ended too early goes on after Rest, down to RestTo.
	Rest     string             `json:"rest,omitempty"`
	RestTo   time.Time          `json:"rest_to,omitzero"`
	Comments map[string]counted `json:"comments,omitempty"` // read under young posts
	Refused  refusals           `json:"refused,omitempty"`
}

// The parts of the API's nodes that are read. A number that is missing is unknown.
type (
	instagramNode struct {
		ID         string                        `json:"id"`
		Username   string                        `json:"username"`
		Name       string                        `json:"name"`
		Biography  string                        `json:"biography"`
		Website    string                        `json:"website"`
		Picture    string                        `json:"profile_picture_url"`
		Followers  *int64                        `json:"followers_count"`
		Following  *int64                        `json:"follows_count"`
		MediaCount *int64                        `json:"media_count"`
		Media      graphList[instagramMediaNode] `json:"media"`
		Discovered *instagramNode                `json:"business_discovery"`
	}
	instagramMediaNode struct {
		ID        string                        `json:"id"`
		Caption   string                        `json:"caption"`
		Created   graphTime                     `json:"timestamp"`
		Kind      string                        `json:"media_type"`
		URL       string                        `json:"media_url"`
		Permalink string                        `json:"permalink"`
		Likes     *int64                        `json:"like_count"`
		Comments  *int64                        `json:"comments_count"`
		Views     *int64                        `json:"view_count"`
		Alt       string                        `json:"alt_text"`
		Username  string                        `json:"username"` // of media that tag the account
		Children  graphList[instagramMediaNode] `json:"children"`
		Insights  *graphInsights                `json:"insights"`
	}
	instagramCommentNode struct {
		ID       string                          `json:"id"`
		Text     string                          `json:"text"`
		Created  graphTime                       `json:"timestamp"`
		Username string                          `json:"username"`
		From     graphID                         `json:"from"`
		Likes    *int64                          `json:"like_count"`
		Parent   string                          `json:"parent_id"`
		Replies  graphList[instagramCommentNode] `json:"replies"`
	}
	// instagramOwner is a Page of the token's, or the Page that the token is of.
	instagramOwner struct {
		Instagram instagramNode `json:"instagram_business_account"`
	}
)

// Together implements [pipeline.Collector].
func (instagramCollector) Together() int { return graphTogether }

// Collect implements [pipeline.Collector].
func (c instagramCollector) Collect(ctx context.Context, accounts []pipeline.Request, done func(pipeline.Request, pipeline.Batch, error)) {
	g, err := openGraph(c.fetch, accounts[0], instagramBase, graphBatch)
	if err != nil {
		for _, r := range accounts {
			done(r, pipeline.Batch{}, err)
		}
		return
	}
	f := &instagramGroup{graph: g, refresh: c.refresh, own: map[string]string{}}
	if f.login = strings.HasPrefix(g.token.Reveal(), "IG"); f.login {
		g.most = 1
		if accounts[0].Account.Server == "" {
			g.base, _ = url.Parse(instagramLogin)
		}
	}
	g.metrics = unparked(instagramInsights, accounts[0].Parked)
	users := make([]*instagramUser, len(accounts))
	for i, r := range accounts {
		users[i] = f.open(r)
	}
	f.begin(ctx, users)
	var lost []*instagramUser
	for _, u := range users {
		if u.remembered && (errors.Is(u.err, pipeline.ErrGone) || errors.Is(u.err, errPermission)) {
			// Perhaps it is not the account that is gone, but the one through which it was asked for.
			u.err, u.remembered, u.cursor.Via, u.cursor.ID = nil, false, "", ""
			lost = append(lost, u)
		}
	}
	f.begin(ctx, lost)
	for _, u := range users {
		if u.err == nil && u.cursor.ID != "" {
			u.follow(ctx)
		}
	}
	g.run(ctx)
	for _, u := range users {
		b, err := u.finish()
		done(u.request, b, err)
	}
}

// instagramGroup is a group of accounts under way.
type instagramGroup struct {
	*graph
	refresh time.Duration
	login   bool              // the token is of the one account that it reads
	own     map[string]string // accounts of the token's own: their ids by their names
}

// instagramUser is the visit of one account.
type instagramUser struct {
	graphAccount
	*instagramGroup
	name      string
	cursor    instagramCursor
	first     bool
	to        time.Time // nothing older is listed
	listed    time.Time // down to here the list is complete
	node      *instagramNode
	left      int  // pages that may be listed
	nested    bool // metrics are asked for with the media
	media     map[string]*instagramMediaNode
	replies   map[string]*instagramCommentNode // the account's own, by the id of their post
	heard     map[string]pipeline.Message
	read      map[string]bool // posts whose comments were read
	gaveViews bool
	gaveTalk  bool

	remembered bool // by which of the token's accounts it is asked for
}

func (f *instagramGroup) open(r pipeline.Request) *instagramUser {
	u := &instagramUser{graphAccount: graphAccount{request: r}, instagramGroup: f, left: graphMost,
		media: map[string]*instagramMediaNode{}, replies: map[string]*instagramCommentNode{}, heard: map[string]pipeline.Message{}, read: map[string]bool{}}
	u.name = pipeline.CanonicalHandle(r.Account.Handle)
	if u.name == "" || strings.ContainsAny(u.name, "/?{}(), ") {
		u.err = fmt.Errorf("handle %q: write it as @name", r.Account.Handle)
		return u
	}
	of := u.name + " " + f.base.Host
	if json.Unmarshal([]byte(r.Cursor), &u.cursor) != nil || u.cursor.Of != of {
		u.cursor, u.first = instagramCursor{Of: of, Since: r.Since}, true
	}
	if u.cursor.Token != r.Account.Credential { // another token has other accounts of its own
		u.cursor.Token, u.cursor.ID, u.cursor.Via, u.cursor.Refused = r.Account.Credential, "", "", nil
	}
	u.remembered = u.cursor.Via != ""
	return u
}

// discover finds the accounts that the token may read in full, where a visit before has not.
func (f *instagramGroup) discover(ctx context.Context, users []*instagramUser) {
	unknown := slices.DeleteFunc(slices.Clone(users), func(u *instagramUser) bool { return u.err != nil || u.cursor.Via != "" })
	if len(unknown) == 0 {
		return
	}
	if f.login {
		for _, u := range unknown {
			u.cursor.ID, u.cursor.Via = "me", "me"
		}
		return
	}
	take := func(o instagramOwner) {
		if o.Instagram.ID != "" {
			f.own[pipeline.CanonicalHandle(o.Instagram.Username)] = o.Instagram.ID
		}
	}
	var failed error
	of := &unknown[0].graphAccount
	fields := url.Values{"fields": {"instagram_business_account{id,username}"}, "limit": {"100"}}
	// A user has Pages, a Page is one: the question that does not fit the token is refused.
	(&graphPages[instagramOwner]{graph: f.graph, of: of, path: "/me/accounts", query: fields, left: graphMost,
		take: func(page []instagramOwner) bool {
			for _, o := range page {
				take(o)
			}
			return true
		},
		then: func(err error) { failed = err }}).next()
	f.ask(&graphQuestion{of: of, path: "/me", query: url.Values{"fields": fields["fields"]}, then: read(func(o *instagramOwner, err error) {
		if err == nil {
			take(*o)
		}
	})})
	f.run(ctx)
	names := slices.Sorted(maps.Keys(f.own))
	for _, u := range unknown {
		switch {
		case len(names) > 0:
			u.cursor.Via = f.own[names[0]]
			u.cursor.ID = f.own[u.name]
			for _, id := range f.own {
				if id == u.request.StableID { // by its number: it may have another name now
					u.cursor.ID = id
				}
			}
		case f.ended != nil:
			u.err = f.ended
		case failed != nil && !errors.Is(failed, errQuestion) && !errors.Is(failed, errPermission):
			u.err = failed
		default:
			u.err = fmt.Errorf("%w: the token of credential %s leads to no Instagram account: connect a professional account with a Facebook Page that the token may read (instagram_basic, pages_show_list)",
				pipeline.ErrDenied, u.request.Account.Credential)
		}
	}
}

// begin asks for accounts and their newest media, each in one question.
func (f *instagramGroup) begin(ctx context.Context, users []*instagramUser) {
	f.discover(ctx, users)
	for _, u := range users {
		if u.err == nil {
			u.begin(ctx)
		}
	}
	f.run(ctx)
}

func (u *instagramUser) begin(ctx context.Context) {
	u.to = beginning(u.cursor.Since)
	if !u.first {
		u.to = latest(u.to, u.cursor.At.Add(-graphOverlap))
		if due := u.request.Due; len(due) > 0 && u.cursor.ID == "" {
			u.to = earliest(u.to, due[len(due)-1].CreatedAt)
		}
	}
	u.nested = u.cursor.ID != "" && u.cursor.Refused.may(partInsights, u.request.Now)
	u.list(ctx, instagramProfile+",", u.to, "", instagramPage)
}

// list asks for a page of media, beside other fields.
func (u *instagramUser) list(ctx context.Context, with string, to time.Time, after string, limit int) {
	var from string
	if after != "" {
		from = ".after(" + after + ")"
	}
	var metrics []string
	if u.nested {
		metrics = slices.Clone(u.metrics)
	}
	path, fields := "/"+u.cursor.ID, ""
	media := func(of string) string { return fmt.Sprintf("%smedia%s.limit(%d){%s}", with, from, limit, of) }
	if u.cursor.ID != "" {
		fields = media(withInsights(instagramOwn, metrics))
	} else {
		path, fields = "/"+u.cursor.Via, "business_discovery.username("+u.name+"){"+media(instagramForeign)+"}"
	}
	u.ask(&graphQuestion{of: &u.graphAccount, path: path, query: url.Values{"fields": {fields}}, then: read(func(n *instagramNode, err error) {
		again := func() { u.list(ctx, with, to, after, limit) }
		switch {
		case errors.Is(err, errTooMuch) && limit >= 10:
			limit /= 2
			again()
		case errors.Is(err, errBadMetric) && len(metrics) > 0:
			err = u.retire(ctx, &u.graphAccount, metrics, func(some []string) *graphQuestion {
				return &graphQuestion{of: &u.graphAccount, path: path, query: url.Values{"fields": {"media.limit(1){" + withInsights("id", some) + "}"}}}
			})
			if err != nil {
				u.nested = false
				u.refuse(&u.cursor.Refused, partInsights, err)
			}
			again()
		case err != nil && len(metrics) > 0 && !over(err) && !errors.Is(err, pipeline.ErrGone) && !errors.Is(err, pipeline.ErrUnavailable):
			u.nested = false // one medium without metrics spoils the list: they are asked for one by one
			if errors.Is(err, errPermission) {
				u.refuse(&u.cursor.Refused, partInsights, err)
			}
			again()
		default:
			u.page(ctx, n, err, to, after, limit)
		}
	})})
}

// page takes a page of media, which was asked for after another, and asks for the next.
func (u *instagramUser) page(ctx context.Context, n *instagramNode, err error, to time.Time, before string, limit int) {
	if n != nil && u.cursor.ID == "" {
		n = n.Discovered
	}
	if err == nil && n == nil {
		err = fmt.Errorf("%s: %w: it is empty", u.name, pipeline.ErrBadAnswer)
	}
	if u.node == nil {
		switch {
		case err != nil:
			u.err = err
			return
		case n.ID == "":
			u.err = fmt.Errorf("%s: %w: it has no id", u.name, pipeline.ErrBadAnswer)
			return
		case u.login && u.request.StableID == "" && pipeline.CanonicalHandle(n.Username) != u.name:
			u.err = fmt.Errorf("%w: the token of credential %s is of @%s, not of @%s", pipeline.ErrDenied, u.request.Account.Credential, n.Username, u.name)
			return
		}
		u.node = n
	}
	if err != nil {
		u.early(before, to, err)
		return
	}
	u.left--
	oldest := to
	for i := range n.Media.Data {
		m := &n.Media.Data[i]
		if !m.Created.Before(to) {
			u.media[m.ID] = m
		}
		oldest = m.Created.Time
	}
	if to.Equal(u.to) {
		u.listed = latest(to, oldest)
	}
	after := n.Media.Paging.Cursors.After
	more := after != "" && len(n.Media.Data) > 0 && !oldest.Before(to)
	if more && n.Media.Paging.Next == "" {
		// The end is where no next page is named, but for other people's media none ever is: there it is a short page,
		// unless the account has more of them.
		total, known := count(u.node.MediaCount).Get()
		more = u.cursor.ID == "" && (len(n.Media.Data) >= limit || known && int64(len(u.media)) < total)
	}
	switch {
	case more && after == before:
		u.early(before, to, fmt.Errorf("%w: it names itself as the next page", pipeline.ErrBadAnswer))
	case more && u.left == 0:
		u.early(after, to, fmt.Errorf("%d pages are read in one visit", graphMost))
	case more:
		u.list(ctx, "", to, after, instagramPage)
	case to.Equal(u.to):
		u.listed = to
		if rest, down := u.cursor.Rest, u.cursor.RestTo; rest != "" { // what an earlier visit had to leave
			u.cursor.Rest, u.cursor.RestTo = "", time.Time{}
			if down.Before(to) {
				u.list(ctx, "", down, rest, instagramPage)
			}
		}
	default:
		u.cursor.Rest, u.cursor.RestTo = "", time.Time{}
	}
}

// early notes where a list ended too early.
func (u *instagramUser) early(after string, to time.Time, err error) {
	if !u.cursor.RestTo.IsZero() {
		to = earliest(to, u.cursor.RestTo)
	}
	u.cursor.Rest, u.cursor.RestTo = after, to
	u.gap("posts", fmt.Errorf("older posts follow on the next visit: %w", err))
}

// follow asks for what only an account of the token's own tells.
func (u *instagramUser) follow(ctx context.Context) {
	u.gaveViews = u.nested && len(u.metrics) > 0
	if !u.nested && u.cursor.Refused.may(partInsights, u.request.Now) {
		u.gaveViews = len(u.metrics) > 0
		u.measure(slices.Sorted(maps.Keys(u.media)))
	}
	if u.cursor.Refused.may(partMessages, u.request.Now) {
		u.gaveTalk = true
		since := beginning(u.cursor.Since)
		if !u.first {
			since = latest(since, u.cursor.At.Add(-graphRefusals))
		}
		(&graphPages[instagramMediaNode]{graph: u.graph, of: &u.graphAccount, path: "/" + u.node.ID + "/tags", left: graphMost,
			query: url.Values{"limit": {"50"}, "fields": {"id,caption,timestamp,username"}},
			take: func(page []instagramMediaNode) bool {
				for _, m := range page {
					if !m.Created.Before(since) && pipeline.CanonicalHandle(m.Username) != pipeline.CanonicalHandle(u.node.Username) {
						u.heard[m.ID] = pipeline.Message{ID: m.ID, At: m.Created.Time, Author: pipeline.CanonicalHandle(m.Username), Text: plain(m.Caption)}
					}
				}
				return len(page) > 0 && !page[len(page)-1].Created.Before(since)
			},
			then: u.heardAll}).next()
	}
	for id := range u.media {
		u.comments(id)
	}
	var posts []string
	replies := map[string]string{} // their posts' ids, by those of the comments
	for _, d := range u.request.Due {
		if _, comment, ok := strings.Cut(d.ID, "_"); ok {
			replies[comment] = d.ID
		} else if u.media[d.ID] == nil {
			posts = append(posts, d.ID)
		}
	}
	u.due(ctx, posts)
	u.dueReplies(replies)
}

// due asks for posts whose figures are due again, with their metrics if they are given in one.
func (u *instagramUser) due(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	var metrics []string
	if u.nested {
		metrics = slices.Clone(u.metrics)
	}
	several(u.graph, &u.graphAccount, "", withInsights(instagramOwn, metrics), ids, u.gone, func(ids []string, found map[string]*instagramMediaNode, err error) {
		switch {
		case err != nil && len(metrics) > 0 && !over(err) && !errors.Is(err, pipeline.ErrUnavailable):
			if errors.Is(err, errBadMetric) {
				err = u.retire(ctx, &u.graphAccount, metrics, func(some []string) *graphQuestion {
					return &graphQuestion{of: &u.graphAccount, path: "/" + ids[0], query: url.Values{"fields": {withInsights("id", some)}}}
				})
			}
			if err != nil {
				u.nested = false
			}
			u.due(ctx, ids)
		case err != nil:
			u.refuse(&u.cursor.Refused, "figures of older posts", err)
		default:
			for _, id := range ids {
				if found[id] != nil {
					u.media[id] = found[id]
					u.comments(id)
				}
			}
			if len(metrics) == 0 && u.gaveViews {
				u.measure(ids)
			}
		}
	})
}

func (u *instagramUser) gone(id string) {
	if u.media[id] == nil {
		u.batch.Gone = append(u.batch.Gone, id)
	}
}

// measure asks for the metrics of media one by one. Some have none: those from before the account was professional, and
// those that too few have seen.
func (u *instagramUser) measure(ids []string) {
	if len(u.metrics) == 0 {
		return
	}
	for _, id := range ids {
		u.ask(&graphQuestion{of: &u.graphAccount, path: "/" + id + "/insights", query: url.Values{"metric": {strings.Join(u.metrics, ",")}},
			then: read(func(i *graphInsights, err error) {
				switch {
				case err == nil && u.media[id] != nil:
					u.media[id].Insights = i
				case errors.Is(err, errPermission), errors.Is(err, pipeline.ErrRateLimited), errors.Is(err, pipeline.ErrUnavailable):
					u.gaveViews = false
					u.refuse(&u.cursor.Refused, partInsights, err)
				}
			})})
	}
}

// dueReplies asks for answers of the account whose figures are due again.
func (u *instagramUser) dueReplies(posts map[string]string) {
	several(u.graph, &u.graphAccount, "", instagramReply+",parent_id", slices.Sorted(maps.Keys(posts)),
		func(id string) { u.batch.Gone = append(u.batch.Gone, posts[id]) },
		func(ids []string, found map[string]*instagramCommentNode, err error) {
			if err != nil {
				u.refuse(&u.cursor.Refused, "figures of answers", err)
			}
			for _, id := range ids {
				if c := found[id]; c != nil {
					u.replies[posts[id]] = c
				}
			}
		})
}

// heardAll notes at the end of a list of messages whether it was complete.
func (u *instagramUser) heardAll(err error) {
	if err != nil {
		u.gaveTalk = false
		u.refuse(&u.cursor.Refused, partMessages, err)
	}
}

// comments asks for what is written under a medium, if it is more than before.
func (u *instagramUser) comments(id string) {
	n, known := count(u.media[id].Comments).Get()
	if !u.gaveTalk || !known || n <= u.cursor.Comments[id].N || u.media[id].Created.Before(u.request.Now.Add(-u.refresh)) {
		return
	}
	(&graphPages[instagramCommentNode]{graph: u.graph, of: &u.graphAccount, path: "/" + id + "/comments", left: graphMost,
		query: url.Values{"limit": {"50"}, "fields": {instagramComment}},
		take: func(page []instagramCommentNode) bool {
			for i := range page {
				c := &page[i]
				u.hear(c, id)
				u.answers(c.Replies, c.ID, id)
			}
			return true
		},
		then: func(err error) {
			u.read[id] = err == nil
			u.heardAll(err)
		}}).next()
}

// answers takes what is written under a comment, of which the first page came with it.
func (u *instagramUser) answers(first graphList[instagramCommentNode], comment, medium string) {
	(&graphPages[instagramCommentNode]{graph: u.graph, of: &u.graphAccount, path: "/" + comment + "/replies", left: graphMost,
		query: url.Values{"limit": {"50"}, "fields": {instagramReply}},
		take: func(page []instagramCommentNode) bool {
			for i := range page {
				page[i].Parent = comment
				u.hear(&page[i], medium)
			}
			return true
		},
		then: u.heardAll}).page(first)
}

func (u *instagramUser) hear(c *instagramCommentNode, medium string) {
	author := pipeline.CanonicalHandle(c.Username)
	switch own := c.From.ID == u.node.ID || author != "" && author == pipeline.CanonicalHandle(u.node.Username); {
	case c.ID == "":
	case !own:
		u.heard[c.ID] = pipeline.Message{ID: c.ID, At: c.Created.Time, Author: cmp.Or(author, c.From.ID), InReplyTo: medium, Text: plain(c.Text)}
	case c.Parent != "": // what the account adds to its own post answers nobody
		u.replies[medium+"_"+c.ID] = c // so that it can be told from a medium when it is due
	}
}

func (u *instagramUser) post(m *instagramMediaNode) pipeline.Post {
	p := pipeline.Post{ID: m.ID, CreatedAt: m.Created.Time, Kind: pipeline.Own, Text: plain(m.Caption), URL: m.Permalink}
	p.Links, p.Hashtags, p.Mentions = InText(p.Text)
	parts := m.Children.Data
	if len(parts) == 0 {
		parts = []instagramMediaNode{*m}
	}
	for _, part := range parts {
		kind := "other"
		switch part.Kind {
		case "IMAGE":
			kind = "image"
		case "VIDEO":
			kind = "video"
		}
		p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: still(part.URL), Alt: plain(part.Alt)})
	}
	p.Figures = pipeline.Figures{Likes: count(m.Likes), Replies: count(m.Comments), Views: count(m.Views)}
	if u.cursor.ID != "" {
		p.Figures.Views, p.Figures.Reach = m.Insights.count("views"), m.Insights.count("reach")
		p.Figures.Saves, p.Figures.Reposts = m.Insights.count("saved"), m.Insights.count("shares")
	}
	return p
}

func (u *instagramUser) reply(id string, c *instagramCommentNode) pipeline.Post {
	p := pipeline.Post{ID: id, CreatedAt: c.Created.Time, Kind: pipeline.Reply, Text: plain(c.Text), InReplyTo: c.Parent}
	p.Links, p.Hashtags, p.Mentions = InText(p.Text)
	p.Figures = pipeline.Figures{Likes: count(c.Likes), Reposts: pipeline.NoCount, Saves: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount}
	return p
}

func (u *instagramUser) profile() *pipeline.Profile {
	n := u.node
	p := &pipeline.Profile{
		StableID: n.ID, Followers: count(n.Followers), Following: count(n.Following), Posts: count(n.MediaCount),
		Handle: cmp.Or(pipeline.CanonicalHandle(n.Username), u.name), DisplayName: plain(n.Name), Bio: plain(n.Biography), Avatar: still(n.Picture),
		LastPostAt: u.cursor.Newest,
	}
	links, _, _ := InText(p.Bio)
	if web(n.Website) {
		p.Website = n.Website
		links = append([]string{n.Website}, links...)
	}
	p.Links = Distinct(links)
	return p
}

// finish makes the batch of what was read.
func (u *instagramUser) finish() (pipeline.Batch, error) {
	b := u.batch
	if u.err == nil && u.node == nil {
		u.err = fmt.Errorf("%s: %w: it was not answered", u.name, pipeline.ErrBadAnswer)
	}
	if u.err != nil {
		return pipeline.Batch{Calls: b.Calls}, u.err
	}
	b.At = u.request.Now
	for _, id := range slices.Sorted(maps.Keys(u.media)) {
		p := u.post(u.media[id])
		u.cursor.Newest = latest(u.cursor.Newest, p.CreatedAt)
		b.Posts = append(b.Posts, p)
	}
	for _, id := range slices.Sorted(maps.Keys(u.replies)) {
		b.Posts = append(b.Posts, u.reply(id, u.replies[id]))
	}
	slices.SortStableFunc(b.Posts, func(a, b pipeline.Post) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for _, id := range slices.Sorted(maps.Keys(u.heard)) {
		b.Messages = append(b.Messages, u.heard[id])
	}
	b.Profile = u.profile()
	own := u.cursor.ID != ""
	if !own && (len(u.media) > 0 || b.Profile.Posts == pipeline.CountOf(0)) { // answers of one's own are not in the list, and media that are withheld are not deleted
		b.Listed = pipeline.Window{From: u.listed, To: u.request.Now}
	}
	b.Gives = slices.DeleteFunc(instagram().gives, func(f pipeline.Field) bool {
		switch f {
		case pipeline.FieldAlt:
			return !own
		case pipeline.FieldViews:
			return own && !u.gaveViews
		case pipeline.FieldReach, pipeline.FieldSaves, pipeline.FieldReposts:
			return !u.gaveViews
		case pipeline.FieldMessages:
			return !u.gaveTalk
		}
		return false
	})
	for id, read := range u.read {
		if n, known := count(u.media[id].Comments).Get(); read && known {
			if u.cursor.Comments == nil {
				u.cursor.Comments = map[string]counted{}
			}
			u.cursor.Comments[id] = counted{n, u.media[id].Created.Time}
		}
	}
	u.cursor.Comments = remembered(u.cursor.Comments, u.request.Now, u.refresh)
	u.cursor.At = u.request.Now
	next, err := json.Marshal(u.cursor)
	b.Next = pipeline.Cursor(next)
	return b, err
}
