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
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
)

const (
	facebookBase  = "https://graph.facebook.com/v25.0"
	facebookFirst = 25  // posts asked for together with the Page
	facebookPosts = 100 // on each further page of the list, the most that the API gives

	facebookProfile = "id,name,username,about,description,website,emails,followers_count,verification_status," +
		"picture.type(large){url},cover{source},access_token"
	facebookPost = "id,created_time,message,permalink_url,parent_id,shares,message_tags," +
		"reactions.limit(0).summary(total_count),comments.filter(stream).limit(0).summary(total_count)," +
		"attachments{media_type,unshimmed_url,media{image{src}},subattachments{media_type,media{image{src}}}}"
	facebookComment = "id,created_time,message,permalink_url,like_count,comment_count,from{id},parent{id}"
	facebookTagged  = "id,created_time,message,from{id},comments.filter(stream).limit(25){" + facebookComment + "}"
)

// facebookInsights are the metrics of a post: how often it was shown, and to how many.
var facebookInsights = []string{"post_media_view", "post_total_media_view_unique"}

func facebook() source {
	return source{
		platform: pipeline.Facebook,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar,
			pipeline.FieldHeader, pipeline.FieldVerified, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
			pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldReach, pipeline.FieldMessages,
		},
		proof: Specification,
		open:  func(f *fetcher, o Options) pipeline.Collector { return facebookCollector{f, o.Refresh} },
	}
}

// facebookCollector reads Facebook Pages with the token of a Page, or of a system user who may read several.
//
// One question a Page brings it and its newest posts. Posts whose figures are due again are asked for by id, 50 in one
// question whatever Pages they are of. For Pages that the token manages (it is given their own token then) a second
// round reads views and reach, the comments under posts that have more of them than before, what visitors
// wrote on the Page and where it was tagged. What the Page answers there becomes a post of kind Reply.
//
// Alternative texts are not exposed with posts. Nothing is said of deleted posts but those found gone when due.
type facebookCollector struct {
	fetch   *fetcher
	refresh time.Duration
}

// facebookCursor is where a visit ended.
type facebookCursor struct {
	Of     string    `json:"of"`              // the Page that it speaks of: another handle or server begins anew
	Since  time.Time `json:"since,omitzero"`  // nothing older is wanted
	At     time.Time `json:"at"`              // the visit
	Newest time.Time `json:"newest,omitzero"` // post
	// A list that ended too early goes on before Rest, down to RestTo.
	Rest     time.Time          `json:"rest,omitzero"`
	RestTo   time.Time          `json:"rest_to,omitzero"`
	Comments map[string]counted `json:"comments,omitempty"` // read under young posts
	Refused  refusals           `json:"refused,omitempty"`
}

// The parts of the API's nodes that are read. A number that is missing is unknown.
type (
	facebookNode struct {
		ID           string                      `json:"id"`
		Name         string                      `json:"name"`
		Username     string                      `json:"username"`
		About        string                      `json:"about"`
		Description  string                      `json:"description"`
		Website      string                      `json:"website"`
		Emails       []string                    `json:"emails"`
		Followers    *int64                      `json:"followers_count"`
		Verification string                      `json:"verification_status"`
		Picture      facebookPicture             `json:"picture"`
		Cover        facebookCover               `json:"cover"`
		Token        string                      `json:"access_token"`
		Posts        graphList[facebookPostNode] `json:"published_posts"`
	}
	facebookPicture struct {
		Data struct {
			URL string `json:"url"`
		} `json:"data"`
	}
	facebookCover struct {
		Source string `json:"source"`
	}
	facebookPostNode struct {
		ID          string                        `json:"id"`
		Created     graphTime                     `json:"created_time"`
		Message     string                        `json:"message"`
		Permalink   string                        `json:"permalink_url"`
		Parent      string                        `json:"parent_id"`
		Shares      *facebookShares               `json:"shares"`
		Tags        []facebookTag                 `json:"message_tags"`
		Reactions   *facebookSummary              `json:"reactions"`
		Comments    *facebookSummary              `json:"comments"`
		Attachments graphList[facebookAttachment] `json:"attachments"`
		Insights    *graphInsights                `json:"insights"`
	}
	facebookShares struct {
		Count *int64 `json:"count"`
	}
	facebookTag struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
	}
	facebookSummary struct {
		Summary struct {
			Total *int64 `json:"total_count"`
		} `json:"summary"`
	}
	facebookAttachment struct {
		Kind  string `json:"media_type"`
		URL   string `json:"unshimmed_url"`
		Media struct {
			Image struct {
				Src string `json:"src"`
			} `json:"image"`
		} `json:"media"`
		Parts graphList[facebookAttachment] `json:"subattachments"`
	}
	facebookCommentNode struct {
		ID        string    `json:"id"`
		Created   graphTime `json:"created_time"`
		Message   string    `json:"message"`
		Permalink string    `json:"permalink_url"`
		Likes     *int64    `json:"like_count"`
		Answers   *int64    `json:"comment_count"`
		From      graphID   `json:"from"`
		Parent    graphID   `json:"parent"`
	}
	facebookTaggedNode struct {
		ID       string                         `json:"id"`
		Created  graphTime                      `json:"created_time"`
		Message  string                         `json:"message"`
		From     graphID                        `json:"from"`
		Comments graphList[facebookCommentNode] `json:"comments"`
	}
)

// Together implements [pipeline.Collector].
func (facebookCollector) Together() int { return graphTogether }

// Collect implements [pipeline.Collector].
func (c facebookCollector) Collect(ctx context.Context, accounts []pipeline.Request, done func(pipeline.Request, pipeline.Batch, error)) {
	g, err := openGraph(c.fetch, accounts[0], facebookBase, graphBatch)
	if err != nil {
		for _, r := range accounts {
			done(r, pipeline.Batch{}, err)
		}
		return
	}
	g.metrics = unparked(facebookInsights, accounts[0].Parked)
	f := &facebookGroup{graph: g, refresh: c.refresh, alone: len(accounts) == 1, handles: map[string]string{}}
	pages := make([]*facebookPage, len(accounts))
	for i, r := range accounts {
		pages[i] = f.open(r)
	}
	g.run(ctx)
	for _, p := range pages {
		if p.err == nil {
			p.insights(ctx, slices.Sorted(maps.Keys(p.posts)))
			p.messages()
		}
	}
	f.due(ctx, pages)
	g.run(ctx)
	for _, p := range pages {
		b, err := p.finish()
		done(p.request, b, err)
	}
}

// facebookGroup is a group of Pages under way.
type facebookGroup struct {
	*graph
	refresh time.Duration
	alone   bool              // only one Page is asked for: the token may be its own
	handles map[string]string // of the Pages of the group, by their ids
}

// facebookPage is the visit of one Page.
type facebookPage struct {
	graphAccount
	*facebookGroup
	name      string // by which it is asked for
	cursor    facebookCursor
	first     bool
	to        time.Time // nothing older is listed
	node      *facebookNode
	posts     map[string]*facebookPostNode
	replies   map[string]*facebookCommentNode // the Page's own
	answered  map[string]string               // what they answer, where the comment does not say
	heard     map[string]pipeline.Message
	read      map[string]bool // posts whose comments were read
	gaveViews bool
	gaveTalk  bool
}

func (f *facebookGroup) open(r pipeline.Request) *facebookPage {
	p := &facebookPage{graphAccount: graphAccount{request: r}, facebookGroup: f,
		posts: map[string]*facebookPostNode{}, replies: map[string]*facebookCommentNode{}, answered: map[string]string{},
		heard: map[string]pipeline.Message{}, read: map[string]bool{}}
	handle := pipeline.CanonicalHandle(r.Account.Handle)
	p.name = cmp.Or(r.StableID, handle)
	if p.name == "" || strings.ContainsAny(p.name, "/?{}(), ") {
		p.err = fmt.Errorf("handle %q: write the name or the number of the Page as in its address", r.Account.Handle)
		return p
	}
	of := handle + " " + f.base.Host
	if json.Unmarshal([]byte(r.Cursor), &p.cursor) != nil || p.cursor.Of != of {
		p.cursor, p.first = facebookCursor{Of: of, Since: r.Since}, true
	}
	p.to = beginning(p.cursor.Since)
	if !p.first {
		p.to = latest(p.to, p.cursor.At.Add(-graphOverlap))
	}
	p.ask(p.main(facebookFirst))
	return p
}

// main asks for the Page and its newest posts in one.
func (p *facebookPage) main(limit int) *graphQuestion {
	posts := fmt.Sprintf("published_posts%s.limit(%d){%s}", since(p.to), limit, facebookPost)
	return &graphQuestion{of: &p.graphAccount, path: "/" + p.name, query: url.Values{"fields": {facebookProfile + "," + posts}},
		then: read(func(n *facebookNode, err error) {
			switch {
			case errors.Is(err, errTooMuch) && limit >= 10:
				p.ask(p.main(limit / 2))
			case err != nil:
				p.err = err
			case n.ID == "":
				p.err = fmt.Errorf("%s: %w: it has no id", p.name, pipeline.ErrBadAnswer)
			default:
				p.node, p.graphAccount.token = n, pipeline.Secret(n.Token)
				n.Token = ""
				if h := pipeline.CanonicalHandle(n.Username); h != "" {
					p.handles[n.ID] = h
				}
				p.list(p.to, time.Time{}).page(n.Posts)
			}
		})}
}

// own tells whether the token may read what only those who manage the Page may.
func (p *facebookPage) own() bool { return p.graphAccount.token != "" || p.alone }

// list reads posts down to a moment, from the newest or from before another moment.
func (p *facebookPage) list(to, before time.Time) *graphPages[facebookPostNode] {
	oldest := before
	query := url.Values{"limit": {strconv.Itoa(facebookPosts)}, "fields": {facebookPost}}
	if to.Unix() > 0 {
		query.Set("since", unix(to))
	}
	if !before.IsZero() {
		query.Set("until", unix(before))
	}
	return &graphPages[facebookPostNode]{graph: p.graph, of: &p.graphAccount, path: "/" + cmp.Or(p.node.ID, p.name) + "/published_posts", query: query, left: graphMost,
		take: func(page []facebookPostNode) bool {
			for i := range page {
				if post := &page[i]; !post.Created.Before(to) {
					p.posts[post.ID] = post
				}
				oldest = page[i].Created.Time
			}
			return len(page) > 0 && !oldest.Before(to)
		},
		then: func(err error) {
			switch rest := p.cursor.Rest; {
			case err != nil:
				down := to
				if !rest.IsZero() {
					down = earliest(to, p.cursor.RestTo)
				}
				p.cursor.Rest, p.cursor.RestTo = oldest, down
				p.gap("posts", fmt.Errorf("older posts follow on the next visit: %w", err))
			case before.IsZero() && !rest.IsZero(): // what an earlier visit had to leave
				p.cursor.Rest = time.Time{}
				p.list(p.cursor.RestTo, rest).next()
			}
		}}
}

// due asks for the posts whose figures are due again, of all Pages at once where they have no token of their own.
func (f *facebookGroup) due(ctx context.Context, pages []*facebookPage) {
	of := map[string]*facebookPage{}
	var shared []string
	for _, p := range pages {
		if p.err != nil {
			continue
		}
		var posts, replies []string
		for _, d := range p.request.Due {
			switch local, _, _ := strings.Cut(d.ID, "_"); {
			case p.posts[d.ID] != nil:
			case local == p.node.ID || !strings.Contains(d.ID, "_"):
				posts = append(posts, d.ID)
				of[d.ID] = p
			default: // an answer of the Page
				replies = append(replies, d.ID)
			}
		}
		if p.own() && p.cursor.Refused.may(partInsights, p.request.Now) {
			p.dues(ctx, posts)
		} else {
			shared = append(shared, posts...)
		}
		several(f.graph, &p.graphAccount, p.graphAccount.token, facebookComment, replies, p.gone, func(_ []string, found map[string]*facebookCommentNode, err error) {
			if err != nil {
				p.gap("figures of answers", err)
			}
			for _, c := range found {
				p.replies[c.ID] = c
			}
		})
	}
	if len(shared) > 0 {
		several(f.graph, &of[shared[0]].graphAccount, "", facebookPost, shared, func(id string) { of[id].gone(id) },
			func(ids []string, found map[string]*facebookPostNode, err error) {
				for _, id := range ids {
					of[id].again(id, found[id], err)
				}
			})
	}
}

// gone notes a post that was asked for and does not exist; one that was just listed does.
func (p *facebookPage) gone(id string) {
	if p.posts[id] == nil {
		p.batch.Gone = append(p.batch.Gone, id)
	}
}

// again takes a post that was due.
func (p *facebookPage) again(id string, post *facebookPostNode, err error) {
	switch {
	case err == nil && post != nil:
		p.posts[id] = post
		p.comments(id)
	case !slices.ContainsFunc(p.batch.Gaps, func(g pipeline.Gap) bool { return g.Part == "figures of older posts" }):
		p.gap("figures of older posts", cmp.Or(err, fmt.Errorf("%w: a post that was asked for is missing", pipeline.ErrBadAnswer)))
	}
}

// dues asks for posts with their views.
func (p *facebookPage) dues(ctx context.Context, ids []string) {
	p.measured(ctx, facebookPost, ids, func(id string, post *facebookPostNode, err error) { p.again(id, post, err) },
		func(ids []string, err error) {
			p.refuse(&p.cursor.Refused, partInsights, err)
			several(p.graph, &p.graphAccount, p.graphAccount.token, facebookPost, ids, p.gone, func(ids []string, found map[string]*facebookPostNode, err error) {
				for _, id := range ids {
					p.again(id, found[id], err)
				}
			})
		})
}

// insights asks for the views of posts that were listed.
func (p *facebookPage) insights(ctx context.Context, ids []string) {
	if len(p.metrics) == 0 || !p.own() || !p.cursor.Refused.may(partInsights, p.request.Now) {
		return
	}
	p.measured(ctx, "id", ids, func(id string, post *facebookPostNode, err error) {
		if post != nil {
			p.posts[id].Insights = post.Insights
		}
	}, func(_ []string, err error) { p.refuse(&p.cursor.Refused, partInsights, err) })
}

// measured asks for nodes with their metrics, with fewer of those when the platform has retired some.
func (p *facebookPage) measured(ctx context.Context, fields string, ids []string, each func(string, *facebookPostNode, error), failed func([]string, error)) {
	if len(ids) == 0 {
		return
	}
	metrics := slices.Clone(p.metrics)
	p.gaveViews = len(metrics) > 0
	several(p.graph, &p.graphAccount, p.graphAccount.token, withInsights(fields, metrics), ids, p.gone, func(ids []string, found map[string]*facebookPostNode, err error) {
		if errors.Is(err, errBadMetric) {
			err = p.retire(ctx, &p.graphAccount, metrics, func(some []string) *graphQuestion {
				return &graphQuestion{of: &p.graphAccount, token: p.graphAccount.token, path: "/" + ids[0], query: url.Values{"fields": {withInsights("id", some)}}}
			})
			if err == nil {
				p.measured(ctx, fields, ids, each, failed)
				return
			}
		}
		if err != nil {
			p.gaveViews = false
			failed(ids, err)
			return
		}
		for _, id := range ids {
			each(id, found[id], nil)
		}
	})
}

// messages asks for what the public says.
func (p *facebookPage) messages() {
	if !p.own() || !p.cursor.Refused.may(partMessages, p.request.Now) {
		return
	}
	p.gaveTalk = true
	for _, edge := range []string{"tagged", "visitor_posts"} {
		from := beginning(p.cursor.Since)
		if !p.first { // answers come days later
			from = latest(from, p.cursor.At.Add(-graphRefusals))
		}
		query := url.Values{"limit": {"50"}, "fields": {facebookTagged}}
		if from.Unix() > 0 {
			query.Set("since", unix(from))
		}
		(&graphPages[facebookTaggedNode]{graph: p.graph, of: &p.graphAccount, token: p.graphAccount.token, path: "/" + p.node.ID + "/" + edge, query: query, left: graphMost,
			take: func(page []facebookTaggedNode) bool {
				for i := range page {
					p.listen(&page[i])
				}
				return len(page) > 0 && !page[len(page)-1].Created.Before(from)
			},
			then: p.heardAll}).next()
	}
	for id := range p.posts {
		p.comments(id)
	}
}

// heardAll notes at the end of a list of messages whether it was complete.
func (p *facebookPage) heardAll(err error) {
	if err != nil {
		p.gaveTalk = false
		p.refuse(&p.cursor.Refused, partMessages, err)
	}
}

// comments asks for what is written under a post, if it is more than before.
func (p *facebookPage) comments(post string) {
	n, known := p.posts[post].comments().Get()
	before, seen := p.cursor.Comments[post]
	if !p.gaveTalk || !known || n <= before.N || p.posts[post].Created.Before(p.request.Now.Add(-p.refresh)) {
		return
	}
	query := url.Values{"filter": {"stream"}, "order": {"chronological"}, "limit": {"100"}, "fields": {facebookComment}}
	if seen {
		query.Set("since", unix(p.cursor.At.Add(-graphOverlap)))
	}
	(&graphPages[facebookCommentNode]{graph: p.graph, of: &p.graphAccount, token: p.graphAccount.token, path: "/" + post + "/comments", query: query, left: graphMost,
		take: func(page []facebookCommentNode) bool {
			for i := range page {
				p.hear(&page[i], post, "")
			}
			return true
		},
		then: func(err error) {
			p.read[post] = err == nil
			p.heardAll(err)
		}}).next()
}

// listen takes what somebody wrote to the Page, and what it answered.
func (p *facebookPage) listen(n *facebookTaggedNode) {
	if n.ID == "" || n.From.ID == p.node.ID {
		return
	}
	p.heard[n.ID] = pipeline.Message{ID: n.ID, At: n.Created.Time, Author: p.author(n.From), Text: plain(n.Message)}
	for i := range n.Comments.Data {
		if c := &n.Comments.Data[i]; c.From.ID == p.node.ID { // what others say there is not said to us
			p.hear(c, "", n.ID)
		}
	}
}

// hear takes a comment under a post of the Page, or of its own under somebody's post.
func (p *facebookPage) hear(c *facebookCommentNode, post, visitor string) {
	switch answers := cmp.Or(c.Parent.ID, visitor); {
	case c.ID == "": // not shown to those who do not moderate the Page
	case c.From.ID != p.node.ID:
		p.heard[c.ID] = pipeline.Message{ID: c.ID, At: c.Created.Time, Author: p.author(c.From), InReplyTo: post, Text: plain(c.Message)}
	case answers != "": // what the Page adds to its own post answers nobody
		p.replies[c.ID], p.answered[c.ID] = c, answers
	}
}

// author is who wrote something: the handle of a Page of ours, or an id that lasts.
func (p *facebookPage) author(from graphID) string { return cmp.Or(p.handles[from.ID], from.ID) }

func (n *facebookPostNode) comments() pipeline.Count {
	if n.Comments == nil {
		return pipeline.Count{}
	}
	return count(n.Comments.Summary.Total)
}

func (p *facebookPage) post(n *facebookPostNode) pipeline.Post {
	post := pipeline.Post{ID: n.ID, CreatedAt: n.Created.Time, Kind: pipeline.Own, Text: plain(n.Message), URL: n.Permalink}
	for _, t := range n.Tags {
		switch {
		case p.handles[t.ID] != "":
			post.Mentions = append(post.Mentions, p.handles[t.ID])
		case t.Type == "user" && plain(t.Name) != "": // a person, by name
			post.Text = strings.ReplaceAll(post.Text, plain(t.Name), pipeline.Mask)
		}
	}
	links, hashtags, mentions := InText(post.Text)
	post.Links, post.Hashtags, post.Mentions = links, hashtags, Distinct(append(post.Mentions, mentions...))
	for _, a := range n.Attachments.Data {
		p.attach(&post, a)
		for _, part := range a.Parts.Data {
			p.attach(&post, part)
		}
	}
	post.Links = Distinct(post.Links)
	if n.Parent != "" && post.Text == "" { // with words of its own it is a post that quotes
		post.Kind = pipeline.Repost
		if len(n.Attachments.Data) > 0 {
			post.RepostOf = n.Attachments.Data[0].URL
		}
	}
	f := pipeline.Figures{Replies: n.comments(), Views: n.Insights.count(facebookInsights[0]), Reach: n.Insights.count(facebookInsights[1])}
	if n.Reactions != nil {
		f.Likes = count(n.Reactions.Summary.Total)
	}
	switch {
	case n.Shares != nil:
		f.Reposts = count(n.Shares.Count)
	case n.Reactions != nil: // the API leaves shares out where there are none; it would not give the other figures either if it withheld it
		f.Reposts = pipeline.CountOf(0)
	}
	post.Figures = f
	return post
}

func (p *facebookPage) attach(post *pipeline.Post, a facebookAttachment) {
	kind := ""
	switch a.Kind {
	case "photo":
		kind = "image"
	case "video":
		kind = "video"
	case "album": // its parts are
	default:
		if web(a.URL) {
			post.Links = append(post.Links, a.URL)
		}
	}
	if kind != "" {
		post.Media = append(post.Media, pipeline.Media{Kind: kind, URL: still(a.Media.Image.Src)})
	}
}

func (p *facebookPage) reply(c *facebookCommentNode) pipeline.Post {
	post := pipeline.Post{ID: c.ID, CreatedAt: c.Created.Time, Kind: pipeline.Reply, Text: plain(c.Message), URL: c.Permalink, InReplyTo: cmp.Or(p.answered[c.ID], c.Parent.ID)}
	post.Links, post.Hashtags, post.Mentions = InText(post.Text)
	post.Figures = pipeline.Figures{Likes: count(c.Likes), Replies: count(c.Answers), Reposts: pipeline.NoCount}
	return post
}

func (p *facebookPage) profile() *pipeline.Profile {
	n := p.node
	about := Distinct([]string{plain(n.About), plain(n.Description)})
	profile := &pipeline.Profile{
		StableID: n.ID, Followers: count(n.Followers), Handle: cmp.Or(pipeline.CanonicalHandle(n.Username), n.ID), DisplayName: plain(n.Name),
		Bio: strings.TrimSpace(strings.Join(append(about, n.Emails...), "\n")), Avatar: still(n.Picture.Data.URL), Header: still(n.Cover.Source),
		Verified: n.Verification == "blue_verified" || n.Verification == "gray_verified", LastPostAt: p.cursor.Newest,
	}
	for site := range strings.FieldsFuncSeq(n.Website, func(r rune) bool { return strings.ContainsRune(" ,;\n\t", r) }) {
		if !web(site) {
			site = "https://" + site
		}
		profile.Links = append(profile.Links, site)
	}
	if len(profile.Links) > 0 {
		profile.Website = profile.Links[0]
	}
	links, _, _ := InText(profile.Bio)
	profile.Links = Distinct(append(profile.Links, links...))
	return profile
}

// finish makes the batch of what was read.
func (p *facebookPage) finish() (pipeline.Batch, error) {
	b := p.batch
	if p.err != nil {
		return pipeline.Batch{Calls: b.Calls}, p.err
	}
	b.At = p.request.Now
	for _, id := range slices.Sorted(maps.Keys(p.posts)) {
		post := p.post(p.posts[id])
		p.cursor.Newest = latest(p.cursor.Newest, post.CreatedAt)
		b.Posts = append(b.Posts, post)
	}
	for _, id := range slices.Sorted(maps.Keys(p.replies)) {
		b.Posts = append(b.Posts, p.reply(p.replies[id]))
	}
	slices.SortStableFunc(b.Posts, func(a, b pipeline.Post) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for _, id := range slices.Sorted(maps.Keys(p.heard)) {
		b.Messages = append(b.Messages, p.heard[id])
	}
	b.Profile = p.profile()
	b.Gives = slices.DeleteFunc(facebook().gives, func(f pipeline.Field) bool {
		switch f {
		case pipeline.FieldViews, pipeline.FieldReach:
			return !p.gaveViews
		case pipeline.FieldMessages:
			return !p.gaveTalk
		}
		return false
	})
	for id, read := range p.read {
		if n, known := p.posts[id].comments().Get(); read && known {
			if p.cursor.Comments == nil {
				p.cursor.Comments = map[string]counted{}
			}
			p.cursor.Comments[id] = counted{n, p.posts[id].Created.Time}
		}
	}
	p.cursor.Comments = remembered(p.cursor.Comments, p.request.Now, p.refresh)
	p.cursor.At = p.request.Now
	next, err := json.Marshal(p.cursor)
	b.Next = pipeline.Cursor(next)
	return b, err
}
