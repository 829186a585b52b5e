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
	"time"

	"presencia/pipeline"
)

const (
	linkedinServer  = "https://api.linkedin.com"
	linkedinLogin   = "https://www.linkedin.com"
	linkedinVersion = "202610" // LinkedIn serves each for a year at least
	linkedinPage    = 100      // posts or comments, the most that the API gives at once
	linkedinPages   = 40       // of the list of posts in one visit
	linkedinBatch   = 50       // posts whose figures are asked for together: their addresses go into that of the request
	linkedinThreads = 50       // lists of comments that are read in one visit
	linkedinFigures = 365 * 24 * time.Hour
)

func linkedin() source {
	return source{
		platform: pipeline.LinkedIn,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
			pipeline.FieldAlt, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldReach,
			pipeline.FieldMessages,
		},
		proof:   OwnStub,
		open:    func(f *fetcher, o Options) pipeline.Collector { return pipeline.OneByOne(linkedinReader{f, o.Refresh}) },
		renewal: &renewal{before: 7 * 24 * time.Hour, ask: linkedinRenew}, // a token lives for 60 days
	}
}

// linkedinReader reads pages of organisations of which the token's member is an administrator, by LinkedIn's versioned REST
// API. Its limits are so many requests a day of each endpoint, which it does not tell: a refusal holds until midnight UTC.
//
// A visit asks for the page, its followers, its posts, and their figures. Posts are listed by their last change, down to the
// visit before or to the oldest post that is due again: scheduled posts and edits of old ones are found so. Figures, of
// organic reach only, come fifty posts at once, and exist for a year. Comments are read under young posts that have more of
// them than before; what the page itself answers are posts.
//
// LinkedIn-Version is the one that this was written for; a field linkedin_version in the credential names another.
type linkedinReader struct {
	fetch   *fetcher
	refresh time.Duration
}

type linkedinCursor struct {
	track
	Comments map[string]counted `json:"comments,omitempty"` // read under young posts
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	linkedinFault struct {
		Code string `json:"code"`
	}
	linkedinFound struct {
		Elements []linkedinOrganization `json:"elements"`
	}
	linkedinOrganization struct {
		ID          int64  `json:"id"`
		VanityName  string `json:"vanityName"`
		Name        string `json:"localizedName"`
		Description string `json:"localizedDescription"`
		Website     string `json:"localizedWebsite"`
	}
	linkedinSize struct {
		FirstDegreeSize *int64 `json:"firstDegreeSize"`
	}
	linkedinPaging struct {
		Links []linkedinLink `json:"links"`
	}
	linkedinLink struct {
		Rel string `json:"rel"`
	}
	linkedinPosts struct {
		Elements []linkedinPost `json:"elements"`
		Paging   linkedinPaging `json:"paging"`
	}
	linkedinPost struct {
		ID             string            `json:"id"` // urn:li:share:… or urn:li:ugcPost:…
		Commentary     string            `json:"commentary"`
		Content        linkedinContent   `json:"content"`
		CreatedAt      int64             `json:"createdAt"` // milliseconds, as the following
		PublishedAt    int64             `json:"publishedAt"`
		LastModifiedAt int64             `json:"lastModifiedAt"`
		LifecycleState string            `json:"lifecycleState"`
		LifecycleInfo  linkedinLifecycle `json:"lifecycleStateInfo"`
		Visibility     string            `json:"visibility"`
		Reshare        linkedinReshare   `json:"reshareContext"`
	}
	linkedinLifecycle struct {
		IsEditedByAuthor bool `json:"isEditedByAuthor"`
	}
	linkedinReshare struct {
		Parent string `json:"parent"`
	}
	linkedinContent struct {
		Media      linkedinMedia   `json:"media"`
		MultiImage linkedinImages  `json:"multiImage"`
		Article    linkedinArticle `json:"article"`
		Poll       linkedinPoll    `json:"poll"`
	}
	linkedinImages struct {
		Images []linkedinMedia `json:"images"`
	}
	linkedinMedia struct {
		ID      string `json:"id"` // urn:li:image:…, urn:li:video:… or urn:li:document:…
		AltText string `json:"altText"`
	}
	linkedinArticle struct {
		Source string `json:"source"`
	}
	linkedinPoll struct {
		Question string `json:"question"`
	}
	linkedinStatistics struct {
		Elements []linkedinStatistic `json:"elements"`
	}
	linkedinStatistic struct {
		Share   string          `json:"share"`
		UGCPost string          `json:"ugcPost"`
		Total   linkedinFigured `json:"totalShareStatistics"`
	}
	linkedinFigured struct {
		ImpressionCount        *int64 `json:"impressionCount"`
		UniqueImpressionsCount *int64 `json:"uniqueImpressionsCount"`
		LikeCount              *int64 `json:"likeCount"`
		CommentCount           *int64 `json:"commentCount"`
		ShareCount             *int64 `json:"shareCount"`
	}
	linkedinComments struct {
		Elements []linkedinComment `json:"elements"`
		Paging   linkedinPaging    `json:"paging"`
	}
	linkedinComment struct {
		URN     string           `json:"commentUrn"`
		Actor   string           `json:"actor"`
		Created linkedinStamp    `json:"created"`
		Message linkedinMessage  `json:"message"`
		Likes   linkedinLikes    `json:"likesSummary"`
		Below   *linkedinAnswers `json:"commentsSummary"`
	}
	linkedinStamp struct {
		Time int64 `json:"time"` // milliseconds
	}
	linkedinMessage struct {
		Text string `json:"text"`
	}
	linkedinLikes struct {
		TotalLikes *int64 `json:"totalLikes"`
	}
	linkedinAnswers struct {
		TotalFirstLevelComments int64 `json:"totalFirstLevelComments"`
		AggregatedTotalComments int64 `json:"aggregatedTotalComments"`
	}
	linkedinPostsByID struct {
		Results map[string]linkedinPost  `json:"results"`
		Errors  map[string]linkedinError `json:"errors"`
	}
	linkedinError struct {
		Status int `json:"status"`
	}
)

type linkedinVisit struct {
	*visit
	base    *url.URL
	refresh time.Duration
	cursor  linkedinCursor
	page    linkedinOrganization
	batch   pipeline.Batch
	heard   map[string]bool
	left    int // lists of comments that may still be read
}

// Read implements [pipeline.Reader].
func (c linkedinReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	l := &linkedinVisit{visit: v, refresh: c.refresh, heard: map[string]bool{}, left: linkedinThreads,
		batch: pipeline.Batch{At: r.Now, Gives: slices.Clone(linkedin().gives)}}
	err = l.read(ctx, r)
	l.batch.Calls = v.calls
	return l.batch, err
}

func (l *linkedinVisit) read(ctx context.Context, r pipeline.Request) error {
	if r.Account.Credential == "" {
		return fmt.Errorf("%w: LinkedIn answers an administrator of the page only: give the account a credential NAME in the register, and the administrator's token in PRESENCIA_TOKEN_NAME; or import the page's exports", pipeline.ErrDenied)
	}
	var err error
	if l.base, err = serverOf(r.Account, linkedinServer); err != nil {
		return err
	}
	handle := pipeline.CanonicalHandle(r.Account.Handle)
	of := handle + " " + l.base.Host
	if json.Unmarshal([]byte(r.Cursor), &l.cursor) != nil || !l.cursor.speaksOf(of, r) {
		l.cursor = linkedinCursor{track: track{Of: of, ID: r.StableID, Since: r.Since}}
	}
	if err := l.organization(ctx, handle); err != nil {
		return err
	}
	var size linkedinSize
	if err := l.ask(ctx, "networkSizes/"+url.QueryEscape(l.urn()), "edgeType=COMPANY_FOLLOWED_BY_MEMBER", "", &size); err != nil {
		l.gap("followers", err)
	}
	l.cursor.Rest = offsetBefore(l.cursor.Rest)
	listed, err := l.cursor.list(ctx, r, true, linkedinPages, l.listed)
	l.batch.Posts = listed.posts
	if gap := cmp.Or(err, listed.gap); gap != nil {
		l.gap("posts", gap)
	}
	if err == nil {
		if err := l.missing(ctx, r, listed); err != nil {
			l.gap("figures of older posts", err)
		}
	}
	if err := l.figures(ctx, r.Now); err != nil {
		l.gap("figures", err)
	}
	if err := l.talk(ctx, r); err != nil {
		l.gap("messages", err)
		l.batch.Gives = slices.DeleteFunc(l.batch.Gives, func(f pipeline.Field) bool { return f == pipeline.FieldMessages })
	}
	l.profile(size, handle)
	next, err := json.Marshal(l.cursor)
	l.batch.Next = pipeline.Cursor(next)
	return err
}

func (l *linkedinVisit) profile(size linkedinSize, handle string) {
	o := l.page
	bio := plain(o.Description)
	links, _, _ := InText(bio)
	p := &pipeline.Profile{StableID: l.cursor.ID, Followers: count(size.FirstDegreeSize), Handle: cmp.Or(pipeline.CanonicalHandle(o.VanityName), handle), DisplayName: plain(o.Name),
		Bio: bio, LastPostAt: l.cursor.Newest}
	if p.Website = strings.TrimSpace(o.Website); p.Website != "" && !web(p.Website) {
		p.Website = "https://" + p.Website
	}
	p.Links = Distinct(append([]string{p.Website}, links...))
	l.batch.Profile = p
}

// offsetBefore goes on a page before the one that an earlier visit did not come to: posts have been added and deleted since.
func offsetBefore(start string) string {
	if n, err := strconv.Atoi(start); err == nil && n > linkedinPage {
		return strconv.Itoa(n - linkedinPage)
	}
	return start
}

func (l *linkedinVisit) urn() string { return "urn:li:organization:" + l.cursor.ID }

func (l *linkedinVisit) gap(part string, err error) {
	l.batch.Gaps = append(l.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// organization finds the page, by its number where that is known.
func (l *linkedinVisit) organization(ctx context.Context, handle string) error {
	number := func(s string) bool { _, err := strconv.ParseUint(s, 10, 64); return err == nil }
	switch {
	case l.cursor.ID == "" && number(handle):
		l.cursor.ID = handle
	case l.cursor.ID == "" && handle == "":
		return errors.New("the account has no handle: write the name in the page's address, linkedin.com/company/name")
	case l.cursor.ID == "":
		var found linkedinFound
		if err := l.ask(ctx, "organizations", "q=vanityName&vanityName="+url.QueryEscape(handle), "", &found); err != nil {
			return err
		}
		if len(found.Elements) == 0 {
			return fmt.Errorf("%w: LinkedIn knows no page %s", pipeline.ErrGone, handle)
		}
		l.page = found.Elements[0]
	case !number(l.cursor.ID):
		return fmt.Errorf("stable_id %q: write the number of the page, as its administrators see it in its address", l.cursor.ID)
	}
	if l.cursor.ID != "" {
		if err := l.ask(ctx, "organizations/"+l.cursor.ID, "", "", &l.page); err != nil {
			return err
		}
	}
	if l.page.ID <= 0 {
		return fmt.Errorf("the page %s: %w: it has no id", cmp.Or(l.cursor.ID, handle), pipeline.ErrBadAnswer)
	}
	l.cursor.ID = strconv.FormatInt(l.page.ID, 10)
	return nil
}

// ask reads one answer. The query is as Rest.li writes it, which leaves the brackets and commas of lists as they are.
func (l *linkedinVisit) ask(ctx context.Context, path, query, method string, into any) error {
	u := l.base.JoinPath("rest", path)
	u.RawQuery = query
	header := http.Header{"X-Restli-Protocol-Version": {"2.0.0"}}
	header.Set("LinkedIn-Version", cmp.Or(l.holder.current().Text("linkedin_version"), linkedinVersion))
	if method != "" {
		header.Set("X-RestLi-Method", method)
	}
	endpoint, _, _ := strings.Cut(path, "/")
	r, err := l.get(ctx, request{url: u, accept: "application/json", limit: apiLimit, header: header, judge: l.judge, bucket: endpoint})
	if err != nil {
		return err
	}
	return r.decode(into)
}

func (l *linkedinVisit) judge(r *response) (time.Duration, error) {
	var fault linkedinFault
	if r.status >= 400 && json.Unmarshal(r.body, &fault) != nil {
		fault = linkedinFault{}
	}
	switch {
	case r.status == http.StatusTooManyRequests:
		err := fmt.Errorf("%w: LinkedIn allows so many requests a day, until midnight UTC", pipeline.ErrRateLimited)
		if r.header.Get("Retry-After") != "" {
			return 0, err
		}
		return untilMidnight(r.at, time.UTC), err
	case r.status == http.StatusForbidden:
		return 0, fmt.Errorf("%w: LinkedIn tells this to administrators of the page only: let the member whose token credential %s holds be one, and the app have the Community Management API", pipeline.ErrDenied, l.account.Credential)
	case r.status == http.StatusUpgradeRequired || fault.Code == "NONEXISTENT_VERSION" || fault.Code == "VERSION_MISSING":
		return 0, fmt.Errorf("%w: LinkedIn does not serve the version of its API any more that is asked for: write a later one (YYYYMM) as linkedin_version into credential %s, or use a newer presencia", pipeline.ErrBadAnswer, l.account.Credential)
	}
	return 0, nil
}

// listed reads a page of posts, the last changed first.
func (l *linkedinVisit) listed(ctx context.Context, page string) ([]entry, string, error) {
	start, err := strconv.Atoi(cmp.Or(page, "0"))
	if err != nil {
		return nil, "", fmt.Errorf("cursor: %w", err)
	}
	var posts linkedinPosts
	query := fmt.Sprintf("author=%s&q=author&count=%d&start=%d&sortBy=LAST_MODIFIED", url.QueryEscape(l.urn()), linkedinPage, start)
	if err := l.ask(ctx, "posts", query, "FINDER", &posts); err != nil {
		return nil, "", err
	}
	if posts.Elements == nil {
		return nil, "", fmt.Errorf("posts: %w: there is no list in it", pipeline.ErrBadAnswer)
	}
	var entries []entry
	for i := range posts.Elements {
		n := &posts.Elements[i]
		e := entry{id: n.ID, at: millis(max(n.LastModifiedAt, n.PublishedAt, n.CreatedAt))}
		if p := n.post(); n.public() && !p.CreatedAt.IsZero() && !p.CreatedAt.Before(l.cursor.Since) {
			e.post = &p
		}
		entries = append(entries, e)
	}
	if posts.Paging.more() || len(entries) >= linkedinPage {
		return entries, strconv.Itoa(start + linkedinPage), nil
	}
	return entries, "", nil
}

func (p linkedinPaging) more() bool {
	return slices.ContainsFunc(p.Links, func(l linkedinLink) bool { return l.Rel == "next" })
}

// millis is a moment; zero: none.
func millis(n int64) time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// public: drafts and what only members of a group see are nobody's figures.
func (n *linkedinPost) public() bool {
	return n.ID != "" && n.LifecycleState == "PUBLISHED" && (n.Visibility == "PUBLIC" || n.Visibility == "LOGGED_IN")
}

func (n *linkedinPost) post() pipeline.Post {
	p := pipeline.Post{ID: n.ID, CreatedAt: millis(cmp.Or(n.PublishedAt, n.CreatedAt)), Kind: pipeline.Own, URL: linkedinAddress(n.ID), Edited: n.LifecycleInfo.IsEditedByAuthor}
	if n.Reshare.Parent != "" {
		p.RepostOf = linkedinAddress(n.Reshare.Parent)
		if strings.TrimSpace(n.Commentary) == "" { // words and figures are somebody else's
			none := pipeline.NoCount
			p.Kind, p.Figures = pipeline.Repost, pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}
			return p
		}
	}
	var mentions []string
	p.Text, mentions = littleText(n.Commentary)
	if q := plain(n.Content.Poll.Question); q != "" {
		p.Text = plain(p.Text + "\n" + q)
	}
	links, hashtags, _ := InText(p.Text)
	p.Hashtags, p.Mentions = Distinct(hashtags), mentions
	if web(n.Content.Article.Source) {
		links = append(links, n.Content.Article.Source)
	}
	p.Links = Distinct(links)
	media := n.Content.MultiImage.Images
	if n.Content.Media.ID != "" {
		media = append(media, n.Content.Media)
	}
	for _, m := range media {
		kind := "other"
		for _, k := range []string{"image", "video"} {
			if strings.HasPrefix(m.ID, "urn:li:"+k+":") {
				kind = k
			}
		}
		p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: p.URL, Alt: plain(m.AltText)}) // it has no address of its own
	}
	return p
}

// linkedinAddress leads to a post, or to a comment.
func linkedinAddress(urn string) string { return "https://www.linkedin.com/feed/update/" + urn + "/" }

var (
	littleMention = regexp.MustCompile(`@\[((?:\\.|[^\]\\])*)\]\(urn:li:(\w+):([^)]*)\)`)
	littleHashtag = regexp.MustCompile(`\{hashtag\|(?:\\)?#\|((?:\\.|[^}\\])*)\}`)
	littleEscape  = regexp.MustCompile(`\\([|{}@\[\]()<>#\\*_~])`)
)

// littleText reads LinkedIn's own markup of texts: mentions, hashtags and escaped characters. Of a mention, organisations
// have their number for a handle; people, who are named in the text, are masked.
func littleText(s string) (text string, mentions []string) {
	s = littleMention.ReplaceAllStringFunc(s, func(m string) string {
		parts := littleMention.FindStringSubmatch(m)
		if parts[2] != "organization" {
			return pipeline.Mask
		}
		mentions = append(mentions, parts[3])
		return parts[1]
	})
	s = littleHashtag.ReplaceAllString(s, "#$1")
	return plain(littleEscape.ReplaceAllString(s, "$1")), Distinct(mentions)
}

// missing looks for posts that are due and were not where they belong in the list: by their ids, as a list that is read by
// offsets lets one slip by when another is deleted meanwhile.
func (l *linkedinVisit) missing(ctx context.Context, r pipeline.Request, listed *postList) error {
	var ids []string
	for _, p := range r.Due { // answers of the page are read with the comments
		if !listed.seen[p.ID] && !strings.HasPrefix(p.ID, "urn:li:comment:") {
			ids = append(ids, p.ID)
		}
	}
	for chunk := range slices.Chunk(ids, linkedinBatch) {
		var found linkedinPostsByID
		if err := l.ask(ctx, "posts", "ids="+restliList(chunk), "BATCH_GET", &found); err != nil {
			return err
		}
		for _, id := range chunk {
			n, there := found.Results[id]
			n.ID = id
			switch {
			case there && n.public():
				l.batch.Posts = append(l.batch.Posts, n.post())
			case there, found.Errors[id].Status == http.StatusNotFound:
				l.batch.Gone = append(l.batch.Gone, id)
			default:
				return fmt.Errorf("%w: LinkedIn says nothing of some posts", pipeline.ErrBadAnswer)
			}
		}
	}
	return nil
}

// restliList writes a list as Rest.li wants it in a query.
func restliList(items []string) string {
	escaped := make([]string, len(items))
	for i, s := range items {
		escaped[i] = url.QueryEscape(s)
	}
	return "List(" + strings.Join(escaped, ",") + ")"
}

// figures asks for the figures of the posts that were read, many at once.
func (l *linkedinVisit) figures(ctx context.Context, now time.Time) error {
	of := map[string]int{}
	kinds := map[string][]string{}
	for i, p := range l.batch.Posts {
		kind := map[bool]string{true: "ugcPosts", false: "shares"}[strings.HasPrefix(p.ID, "urn:li:ugcPost:")]
		if p.Kind == pipeline.Own && p.CreatedAt.After(now.Add(-linkedinFigures)) {
			of[p.ID] = i
			kinds[kind] = append(kinds[kind], p.ID)
		}
	}
	for _, kind := range []string{"shares", "ugcPosts"} {
		for chunk := range slices.Chunk(kinds[kind], linkedinBatch) {
			var answer linkedinStatistics
			query := "q=organizationalEntity&organizationalEntity=" + url.QueryEscape(l.urn()) + "&" + kind + "=" + restliList(chunk)
			if err := l.ask(ctx, "organizationalEntityShareStatistics", query, "", &answer); err != nil {
				return err
			}
			for _, e := range answer.Elements {
				if i, ok := of[cmp.Or(e.UGCPost, e.Share)]; ok {
					l.batch.Posts[i].Figures = pipeline.Figures{Likes: count(e.Total.LikeCount), Replies: count(e.Total.CommentCount), Reposts: count(e.Total.ShareCount),
						Views: count(e.Total.ImpressionCount), Reach: count(e.Total.UniqueImpressionsCount)}
				}
			}
		}
	}
	return nil
}

// talk reads the comments under young posts that have more of them than when they were last read.
func (l *linkedinVisit) talk(ctx context.Context, r pipeline.Request) error {
	l.cursor.Comments = remembered(l.cursor.Comments, r.Now, l.refresh)
	for _, p := range slices.Clone(l.batch.Posts) { // answers are added to it
		n, known := p.Figures.Replies.Get()
		if !known || n <= l.cursor.Comments[p.ID].N || p.CreatedAt.Before(r.Now.Add(-l.refresh)) {
			continue
		}
		err := l.comments(ctx, p.ID, p.ID, false)
		switch {
		case errors.Is(err, pipeline.ErrGone): // deleted a moment ago
			continue
		case err != nil:
			return err
		}
		if l.cursor.Comments == nil {
			l.cursor.Comments = map[string]counted{}
		}
		l.cursor.Comments[p.ID] = counted{n, p.CreatedAt}
	}
	return nil
}

// comments reads what was written under a post, or under a comment of that post.
func (l *linkedinVisit) comments(ctx context.Context, under, post string, below bool) error {
	for start := 0; ; start += linkedinPage {
		if l.left == 0 {
			return fmt.Errorf("%d lists of comments are read in one visit, the others follow when their posts are due again", linkedinThreads)
		}
		l.left--
		var answer linkedinComments
		if err := l.ask(ctx, "socialActions/"+url.QueryEscape(under)+"/comments", fmt.Sprintf("start=%d&count=%d", start, linkedinPage), "", &answer); err != nil {
			return err
		}
		fresh := false
		for i := range answer.Elements {
			c := &answer.Elements[i]
			at := millis(c.Created.Time)
			if c.URN == "" || l.heard[c.URN] || at.IsZero() {
				continue
			}
			l.heard[c.URN], fresh = true, true
			switch own := c.Actor == l.urn(); {
			case own && below:
				l.batch.Posts = append(l.batch.Posts, c.reply(under, at))
			case !own && !at.Before(l.cursor.Since): // what the page adds to its own post answers nobody
				l.batch.Messages = append(l.batch.Messages, pipeline.Message{ID: c.URN, At: at, Author: c.Actor, InReplyTo: post, Text: plain(c.Message.Text)})
			}
			if !below && c.Below != nil && max(c.Below.TotalFirstLevelComments, c.Below.AggregatedTotalComments) > 0 {
				if err := l.comments(ctx, c.URN, post, true); err != nil && !errors.Is(err, pipeline.ErrGone) {
					return err
				}
			}
		}
		if !fresh || !answer.Paging.more() && len(answer.Elements) < linkedinPage {
			return nil
		}
	}
}

// reply is an answer of the page to a comment.
func (c *linkedinComment) reply(to string, at time.Time) pipeline.Post {
	none := pipeline.NoCount
	p := pipeline.Post{ID: c.URN, CreatedAt: at, Kind: pipeline.Reply, Text: plain(c.Message.Text), InReplyTo: to, URL: linkedinAddress(c.URN),
		Figures: pipeline.Figures{Likes: count(c.Likes.TotalLikes), Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}}
	p.Links, p.Hashtags, _ = InText(p.Text)
	return p
}

// linkedinRenew asks for a new token with the one that is for that, which LinkedIn gives to some apps only.
func linkedinRenew(ctx context.Context, v *visit, c Credential) (Credential, error) {
	base, err := serverOf(v.account, linkedinLogin)
	if err != nil {
		return c, err
	}
	return renewByForm(ctx, v, c, base.JoinPath("oauth/v2/accessToken"), "client_id")
}
