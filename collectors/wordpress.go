package collectors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
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

	"golang.org/x/net/html"

	"presencia/pipeline"
)

const (
	wordpressPage  = 100 // records, the most that a site gives at once
	wordpressPages = 300 // of one list, read in one visit

	// wordpressYoung is the age up to which every visit reads posts and comments again: a little more than the month at
	// which most schedules look at a post for the last time.
	wordpressYoung = 35 * 24 * time.Hour

	// wordpressSlack is how much further than needed is asked for: sites compare their own local times, in which an hour
	// may come twice, and old ones overlook the zone of ours.
	wordpressSlack = 24 * time.Hour

	// wordpressSeldom is how often the site itself, and edits of old posts, are looked at.
	wordpressSeldom = 7 * 24 * time.Hour
)

func wordpress() source {
	return source{
		platform: pipeline.WordPress,
		gives: []pipeline.Field{
			pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLanguage, pipeline.FieldPostLinks, pipeline.FieldHashtags,
			pipeline.FieldMedia, pipeline.FieldAlt, pipeline.FieldReplies, pipeline.FieldMessages,
		},
		notApplicable: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldProtected, pipeline.FieldMentions, pipeline.FieldLikes,
			pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldReach, pipeline.FieldSaves,
		},
		proof: RealServer,
		open:  func(f *fetcher, _ Options) pipeline.Collector { return pipeline.OneByOne(wordpressReader{f}) },
	}
}

// wordpressReader reads sites by WordPress' REST API, and by their feed where that is closed.
//
// An ordinary visit is two requests: the posts and the comments of the last weeks, all of them again. So it sees what a
// list of what was modified lately cannot tell: posts that were written long ago for this day, comments that waited for
// approval, and what has been deleted. Edits of older posts, and the site itself, are looked at once a week. The first
// visit lists back to Request.Since.
//
// A comment by a user of the site is the institution's: a Reply to the comment that it answers. All others are messages
// from the public.
type wordpressReader struct{ fetch *fetcher }

// wordpressCursor is where a visit ended.
type wordpressCursor struct {
	Of    string    `json:"of"`             // the site that it speaks of: another one begins anew
	Since time.Time `json:"since,omitzero"` // nothing older is wanted
	At    time.Time `json:"at,omitzero"`    // the visit

	Site     time.Time `json:"site,omitzero"` // when the site itself was read
	Root     string    `json:"root"`          // of the API
	Feed     string    `json:"feed"`
	Language string    `json:"language,omitempty"`
	Newest   time.Time `json:"newest,omitzero"` // post
	Edits    time.Time `json:"edits,omitzero"`  // when edits of old posts were looked for

	// What a list that ended too early has not come to.
	Posts    pipeline.Window `json:"posts,omitzero"`
	Comments pipeline.Window `json:"comments,omitzero"`

	FromFeed pipeline.Cursor `json:"from_feed,omitempty"` // of the feed, while the API is closed
}

// The parts of the API's records that are read; _fields asks for no others.
type (
	wordpressSite struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Home        string `json:"home"`
		Icon        string `json:"site_icon_url"`
	}
	wordpressPost struct {
		ID            int64             `json:"id"`
		Date          wordpressTime     `json:"date_gmt"`
		Modified      wordpressTime     `json:"modified_gmt"`
		Link          string            `json:"link"`
		Title         wordpressText     `json:"title"`
		Content       wordpressText     `json:"content"`
		CommentStatus string            `json:"comment_status"`
		Categories    []int64           `json:"categories"`
		Tags          []int64           `json:"tags"`
		Lang          json.RawMessage   `json:"lang"` // of a plugin for languages, a text if it is of any use
		Embedded      wordpressEmbedded `json:"_embedded"`
	}
	wordpressText struct {
		Rendered  string `json:"rendered"`
		Protected bool   `json:"protected"` // by a password
	}
	wordpressEmbedded struct {
		Terms   [][]wordpressTerm `json:"wp:term"`
		Media   []wordpressMedia  `json:"wp:featuredmedia"`
		Authors []wordpressAuthor `json:"author"`
	}
	wordpressAuthor struct {
		Name string `json:"name"` // empty: the site does not show its users
	}
	wordpressTerm struct {
		ID       int64  `json:"id"`
		Name     string `json:"name"`
		Taxonomy string `json:"taxonomy"`
	}
	wordpressMedia struct {
		Alt  string `json:"alt_text"`
		Type string `json:"media_type"` // image or file
		URL  string `json:"source_url"`
	}
	wordpressComment struct {
		ID      int64         `json:"id"`
		Post    int64         `json:"post"`
		Parent  int64         `json:"parent"`
		Author  int64         `json:"author"` // user of the site; 0: somebody else
		Name    string        `json:"author_name"`
		Date    wordpressTime `json:"date_gmt"`
		Content wordpressText `json:"content"`
		Link    string        `json:"link"`
	}
	wordpressError struct {
		Code string `json:"code"`
	}
)

const (
	wordpressSiteFields    = "name,description,home,site_icon_url"
	wordpressPostFields    = "id,date_gmt,modified_gmt,link,title,content,comment_status,categories,tags,lang,_links,_embedded"
	wordpressCommentFields = "id,post,parent,author,author_name,date_gmt,content,link"
	wordpressEmbeds        = "wp:term,wp:featuredmedia,author"
	wordpressUnsorted      = 1 // the category that stands where nobody chose one
)

// wordpressTime is a moment as the API writes it: UTC without saying so. What is none is zero.
type wordpressTime struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *wordpressTime) UnmarshalJSON(b []byte) error {
	t.Time, _ = time.Parse(`"2006-01-02T15:04:05"`, string(b))
	return nil
}

func (p wordpressPost) key() (int64, time.Time)    { return p.ID, p.Date.Time }
func (c wordpressComment) key() (int64, time.Time) { return c.ID, c.Date.Time }

// wordpressVisit is one visit under way.
type wordpressVisit struct {
	*visit
	request  pipeline.Request
	base     *url.URL // of the site
	cursor   wordpressCursor
	from     time.Time // since when posts and comments are read again
	posts    map[int64]wordpressPost
	comments map[int64]wordpressComment
	counted  map[int64]bool // posts of which all comments are known, beside those since from
	batch    pipeline.Batch
}

// Read implements [pipeline.Reader].
func (c wordpressReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	w := &wordpressVisit{visit: v, request: r, posts: map[int64]wordpressPost{}, comments: map[int64]wordpressComment{},
		counted: map[int64]bool{}, batch: pipeline.Batch{At: r.Now, Gives: slices.Clone(wordpress().gives)}}
	err = w.read(ctx)
	w.batch.Calls += v.calls
	return w.batch, err
}

func (w *wordpressVisit) read(ctx context.Context) error {
	if err := w.locate(); err != nil {
		return err
	}
	if w.request.Now.Sub(w.cursor.Site) >= wordpressSeldom {
		if err := w.site(ctx); err != nil && w.cursor.Root == "" {
			return err
		} else if err != nil {
			w.gap("account", err)
		}
	}
	whole, err := readList(ctx, w, "posts", &w.cursor.Posts, w.posts)
	if err != nil {
		if closed(err) {
			return w.readFeed(ctx, err)
		}
		return err
	}
	heard, err := readList(ctx, w, "comments", &w.cursor.Comments, w.comments)
	switch {
	case err != nil:
		w.gap("messages", err)
	case whole && heard: // an answer is a post that stands among the comments
		w.batch.Listed = pipeline.Window{From: w.from, To: w.request.Now}
	}
	if err := w.again(ctx); err != nil {
		w.gap("posts", fmt.Errorf("figures of older posts follow on the next visit: %w", err))
	}
	if err := w.edits(ctx); err != nil {
		w.gap("posts", fmt.Errorf("edits of older posts follow on the next visit: %w", err))
	}
	if err == nil {
		if err := w.parents(ctx); err != nil {
			w.gap("messages", err)
		}
	}
	w.take(heard)
	if err != nil {
		w.without(pipeline.FieldMessages)
		w.without(pipeline.FieldReplies)
	}
	w.cursor.At = w.request.Now
	return w.next()
}

func (w *wordpressVisit) next() error {
	next, err := json.Marshal(w.cursor)
	w.batch.Next = pipeline.Cursor(next)
	return err
}

func (w *wordpressVisit) gap(part string, err error) {
	w.batch.Gaps = append(w.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

func (w *wordpressVisit) without(f pipeline.Field) {
	w.batch.Gives = slices.DeleteFunc(w.batch.Gives, func(g pipeline.Field) bool { return g == f })
}

// locate finds the site in the register's entry, and the place where the last visit ended.
func (w *wordpressVisit) locate() (err error) {
	address := cmp.Or(w.request.Account.Server, w.request.Account.Handle)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	w.base, err = url.Parse(address)
	if err != nil || w.base.Host == "" {
		return fmt.Errorf("site %q: write its address as server, for example https://town.example", address)
	}
	w.base.Path = strings.TrimSuffix(w.base.Path, "/") + "/"
	w.from = w.request.Now.Add(-wordpressYoung)
	if json.Unmarshal([]byte(w.request.Cursor), &w.cursor) != nil || w.cursor.Of != address {
		w.cursor = wordpressCursor{Of: address, Since: w.request.Since, Edits: w.request.Now}
		w.from = beginning(w.cursor.Since)
	} else if !w.cursor.At.IsZero() {
		w.from = earliest(w.from, w.cursor.At)
	} else { // the API was closed up to now
		w.from = beginning(w.cursor.Since)
	}
	w.from = latest(w.from, beginning(w.cursor.Since))
	return nil
}

// closed tells the answers of a site that does not let the API be read.
func closed(err error) bool {
	return errors.Is(err, pipeline.ErrDenied) || errors.Is(err, pipeline.ErrGone) || errors.Is(err, pipeline.ErrBadAnswer)
}

// site reads the site's first page, which names the API, the feed and the language, and then the site's description.
func (w *wordpressVisit) site(ctx context.Context) error {
	base, head := w.base, siteHead{}
	page, err := w.get(ctx, request{url: w.base, accept: "text/html, */*;q=0.1", limit: apiLimit, noToken: true})
	switch {
	case err == nil:
		base, head = page.url, readHead(page.body)
		for _, line := range page.header.Values("Link") {
			for link := range strings.SplitSeq(line, ",") {
				if address, params, _ := strings.Cut(link, ";"); strings.Contains(params, "https://api.w.org/") {
					head.root = strings.Trim(address, "<> \t")
				}
			}
		}
	case !closed(err): // what shows no page may show its API or its feed
		return err
	}
	w.cursor.Language = cmp.Or(head.language, w.cursor.Language)
	w.cursor.Feed = cmp.Or(resolve(base, head.feed), w.cursor.Feed, w.base.JoinPath("feed/").String())
	roots := []string{base.JoinPath("wp-json/").String(), base.JoinPath("/").String() + "?rest_route=/"}
	if u, err := base.Parse(head.root); head.root != "" && err == nil && u.Host == base.Host {
		u.Scheme = base.Scheme // sites behind a proxy do not always know their own
		roots = []string{u.String()}
	}
	var site wordpressSite
	var failed error
	for _, root := range roots {
		w.cursor.Root = root
		var resp *response
		if resp, failed = w.ask(ctx, "", url.Values{"_fields": {wordpressSiteFields}}); failed == nil {
			failed = resp.decode(&site)
		}
		if failed == nil || !closed(failed) {
			break
		}
	}
	if failed != nil && !closed(failed) {
		return failed
	}
	w.cursor.Site = w.request.Now
	if failed != nil { // the list of posts tells whether the API is closed altogether
		w.cursor.Root = roots[0]
		w.gap("account", failed)
		return nil
	}
	about := readHTML(site.Description, nil)
	p := &pipeline.Profile{
		Followers: pipeline.NoCount, Following: pipeline.NoCount, Handle: pipeline.CanonicalHandle(w.account.Handle),
		DisplayName: readHTML(site.Name, nil).text, Bio: about.text, Website: resolve(base, cmp.Or(site.Home, base.String())),
		Avatar: resolve(base, cmp.Or(site.Icon, head.icon)),
	}
	p.Links = []string{p.Website}
	for _, a := range about.anchors {
		p.Links = append(p.Links, resolve(base, a.href))
	}
	p.Links = Distinct(p.Links)
	w.batch.Profile = p
	return nil
}

// siteHead is what the head of a site's first page tells.
type siteHead struct{ language, root, feed, icon string }

func readHead(page []byte) (h siteHead) {
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return h
		}
		t := z.Token()
		if t.Type != html.StartTagToken && t.Type != html.SelfClosingTagToken {
			continue
		}
		rel, href := strings.ToLower(attribute(t, "rel")), strings.TrimSpace(attribute(t, "href"))
		switch {
		case t.Data == "body":
			return h
		case t.Data == "html":
			h.language = strings.TrimSpace(attribute(t, "lang"))
		case t.Data != "link":
		case rel == "https://api.w.org/":
			h.root = cmp.Or(h.root, href)
		case rel == "alternate" && strings.Contains(attribute(t, "type"), "rss"): // the first is that of the posts
			h.feed = cmp.Or(h.feed, href)
		case rel == "icon":
			h.icon = cmp.Or(h.icon, href)
		}
	}
}

// errNoPage: pages were counted, and meanwhile there are fewer.
var errNoPage = errors.New("there is no such page any more")

// ask sends a request to the API. A site without pretty addresses names a route in the query.
func (w *wordpressVisit) ask(ctx context.Context, route string, query url.Values) (*response, error) {
	u, err := url.Parse(w.cursor.Root)
	if err != nil {
		return nil, fmt.Errorf("cursor: %w", err)
	}
	of := u.Query()
	if at := of.Get("rest_route"); at != "" {
		of.Set("rest_route", strings.TrimSuffix(at, "/")+"/"+route)
	} else if route != "" {
		u = u.JoinPath(route)
	}
	for name, values := range query {
		of[name] = values
	}
	u.RawQuery = of.Encode()
	q := request{url: u, accept: "application/json", limit: feedLimit, judge: func(r *response) (time.Duration, error) {
		var e wordpressError
		if r.status >= 400 && json.Unmarshal(r.body, &e) == nil && e.Code == "rest_post_invalid_page_number" {
			return 0, fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, errNoPage)
		}
		return 0, nil
	}}
	if secret := w.token.Reveal(); strings.Contains(secret, ":") { // an application password, with its user
		q.noToken = true
		q.header = http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(secret))}}
	}
	resp, err := w.get(ctx, q)
	if err == nil {
		resp.body = bytes.TrimLeft(resp.body, "\uFEFF \r\n") // carelessly saved plugins begin every answer with these
	}
	return resp, err
}

// wordpressRecord is a post or a comment.
type wordpressRecord interface {
	key() (id int64, date time.Time)
}

func wordpressQuery[T wordpressRecord]() (route string, query url.Values) {
	var t T
	query = url.Values{"per_page": {strconv.Itoa(wordpressPage)}}
	if _, ok := any(t).(wordpressPost); ok {
		query.Set("_fields", wordpressPostFields)
		query.Set("_embed", wordpressEmbeds)
		return "wp/v2/posts", query
	}
	query.Set("_fields", wordpressCommentFields)
	return "wp/v2/comments", query
}

// readPages reads all pages of a query, newest first. Where it does not come to the end, or something was deleted
// meanwhile and another record has slipped by, it says why; what was read is kept. enough ends it after a page; nil: none.
func readPages[T wordpressRecord](ctx context.Context, w *wordpressVisit, more url.Values, into map[int64]T, enough func([]T) bool) (oldest time.Time, err error) {
	route, query := wordpressQuery[T]()
	for name, values := range more {
		query[name] = values
	}
	seen := map[int64]bool{}
	first, again := 0, 0
	for page := 1; page <= wordpressPages; page++ {
		if page > 1 {
			query.Set("page", strconv.Itoa(page))
		}
		resp, err := w.ask(ctx, route, query)
		if errors.Is(err, errNoPage) && page > 1 {
			return oldest, nil
		}
		var records []T
		if err == nil {
			err = resp.decode(&records)
		}
		if err != nil {
			return oldest, err
		}
		for _, r := range records {
			id, date := r.key()
			if id == 0 || date.IsZero() {
				continue
			}
			if seen[id] {
				again++
			}
			seen[id] = true
			into[id] = r
			if oldest.IsZero() || date.Before(oldest) {
				oldest = date
			}
		}
		n, counts := strconv.Atoi(resp.header.Get("X-WP-Total"))
		if page == 1 {
			first = n
		}
		pages, told := strconv.Atoi(resp.header.Get("X-WP-TotalPages"))
		switch {
		case counts == nil && again > n-first: // every new record pushes one to the next page; more came again, or fewer are there
			return oldest, fmt.Errorf("the list of %s changed while it was read", route)
		case told == nil && page >= pages, told != nil && len(records) == 0, enough != nil && enough(records):
			return oldest, nil
		}
	}
	return oldest, fmt.Errorf("%d pages are read in one visit", wordpressPages)
}

// between asks for records of a stretch of time, and a little more.
func between(after, before time.Time) url.Values {
	q := url.Values{}
	for name, t := range map[string]time.Time{"after": after.Add(-wordpressSlack), "before": before.Add(wordpressSlack)} {
		if t.Year() > 1970 {
			q.Set(name, t.UTC().Format(time.RFC3339))
		}
	}
	return q
}

// readList reads the records since from, and then those that an earlier visit had to leave. It tells whether those
// since from are complete; an error means that there is nothing.
func readList[T wordpressRecord](ctx context.Context, w *wordpressVisit, part string, rest *pipeline.Window, into map[int64]T) (whole bool, err error) {
	oldest, err := readPages(ctx, w, between(w.from, time.Time{}), into, nil)
	whole = err == nil
	left := pipeline.Window{}
	switch {
	case whole && !rest.IsZero():
		left = *rest
		if oldest, err = readPages(ctx, w, between(rest.From, rest.To), into, nil); err == nil {
			left = pipeline.Window{}
		} else if !oldest.IsZero() {
			left.To = oldest
		}
	case !whole:
		left = pipeline.Window{From: w.from, To: w.request.Now}
		if !oldest.IsZero() {
			left.To = oldest
		}
		if !rest.IsZero() {
			left.From = earliest(left.From, rest.From)
		}
	}
	*rest = left
	if err != nil && (whole || len(into) > 0) {
		w.gap(part, fmt.Errorf("older %s follow on the next visit: %w", part, err))
		err = nil
	}
	return whole, err
}

// commentID is the id of an answer as a post: comments are numbered beside the posts.
func commentID(id int64) string { return "comment-" + strconv.FormatInt(id, 10) }

// again asks by their ids for what is due and older than the list.
func (w *wordpressVisit) again(ctx context.Context) error {
	var posts, answers []string
	for _, d := range w.request.Due {
		switch id, answer := strings.CutPrefix(d.ID, "comment-"); {
		case !d.CreatedAt.Before(w.from):
		case answer:
			answers = append(answers, id)
		default:
			posts = append(posts, id)
		}
	}
	gone, err := readByID(ctx, w, posts, w.posts)
	if err != nil {
		return err
	}
	w.batch.Gone = append(w.batch.Gone, gone...)
	gone, err = readByID(ctx, w, answers, w.comments)
	if err != nil {
		return err
	}
	for _, id := range gone {
		w.batch.Gone = append(w.batch.Gone, "comment-"+id)
	}
	posts = slices.DeleteFunc(posts, func(id string) bool { return slices.Contains(w.batch.Gone, id) })
	for some := range slices.Chunk(posts, wordpressPage) {
		if _, err := readPages(ctx, w, url.Values{"post": {strings.Join(some, ",")}}, w.comments, nil); err != nil {
			return err
		}
		for _, id := range some {
			n, _ := strconv.ParseInt(id, 10, 64)
			w.counted[n] = true
		}
	}
	return nil
}

// readByID reads records by their ids and tells which do not exist.
func readByID[T wordpressRecord](ctx context.Context, w *wordpressVisit, ids []string, into map[int64]T) (gone []string, err error) {
	for some := range slices.Chunk(ids, wordpressPage) {
		if _, err := readPages(ctx, w, url.Values{"include": {strings.Join(some, ",")}}, into, nil); err != nil {
			return gone, err
		}
		for _, id := range some {
			n, err := strconv.ParseInt(id, 10, 64)
			if _, ok := into[n]; err != nil || !ok {
				gone = append(gone, id)
			}
		}
	}
	return gone, nil
}

// edits looks for posts older than the list that have been changed.
func (w *wordpressVisit) edits(ctx context.Context) error {
	if w.request.Now.Sub(w.cursor.Edits) < wordpressSeldom {
		return nil
	}
	since := w.cursor.Edits.Add(-wordpressSlack)
	q := between(time.Time{}, w.from)
	q.Set("modified_after", since.UTC().Format(time.RFC3339))
	overlooked := func(posts []wordpressPost) bool { // by WordPress before 5.7, which would list all that there is
		return slices.ContainsFunc(posts, func(p wordpressPost) bool { return p.Modified.Before(since.Add(-wordpressSlack)) })
	}
	if _, err := readPages(ctx, w, q, w.posts, overlooked); err != nil {
		return err
	}
	w.cursor.Edits = w.request.Now
	return nil
}

// parents reads the comments that answers answer to, where they are older than the list: whose they are decides what
// an answer is, and it must not change when the one leaves the list before the other.
func (w *wordpressVisit) parents(ctx context.Context) error {
	var missing []string
	for _, c := range w.comments {
		if _, ok := w.comments[c.Parent]; c.Author != 0 && c.Parent != 0 && !ok {
			missing = append(missing, strconv.FormatInt(c.Parent, 10))
		}
	}
	slices.Sort(missing)
	_, err := readByID(ctx, w, slices.Compact(missing), w.comments) // what is gone was the public's, as far as anyone knows
	return err
}

// take makes the batch of what was read; heard tells whether the comments since from are complete.
func (w *wordpressVisit) take(heard bool) {
	comments := map[int64]int64{}
	for _, c := range newestFirst(w.comments) {
		comments[c.Post]++
		w.comment(c)
	}
	named := true
	for _, raw := range newestFirst(w.posts) {
		if raw.Content.Protected || raw.Date.Before(w.cursor.Since) { // what wants a password is not public
			continue
		}
		p, all := w.post(raw)
		named = named && all
		n := comments[raw.ID]
		switch {
		case !w.counted[raw.ID] && (!heard || raw.Date.Before(w.from)):
			p.Figures.Replies = pipeline.Count{}
		case n == 0 && raw.CommentStatus == "closed": // nobody could
			p.Figures.Replies = pipeline.NoCount
		default:
			p.Figures.Replies = pipeline.CountOf(n)
		}
		w.cursor.Newest = latest(w.cursor.Newest, p.CreatedAt)
		w.batch.Posts = append(w.batch.Posts, p)
	}
	if !named {
		w.without(pipeline.FieldHashtags)
		w.gap("hashtags", errors.New("the site does not tell the names of its tags and categories: open /wp/v2/tags and /wp/v2/categories of its REST API"))
	}
	if w.batch.Profile != nil {
		w.batch.Profile.LastPostAt = w.cursor.Newest
	}
}

func newestFirst[T wordpressRecord](all map[int64]T) []T {
	sorted := make([]T, 0, len(all))
	for _, r := range all {
		sorted = append(sorted, r)
	}
	slices.SortFunc(sorted, func(a, b T) int {
		i, s := a.key()
		j, t := b.key()
		return cmp.Or(t.Compare(s), cmp.Compare(j, i))
	})
	return sorted
}

// post tells also whether all its tags and categories have a name.
func (w *wordpressVisit) post(raw wordpressPost) (p pipeline.Post, named bool) {
	p = pipeline.Post{
		ID: strconv.FormatInt(raw.ID, 10), CreatedAt: raw.Date.Time, Kind: pipeline.Own, Language: w.cursor.Language,
		URL: resolve(w.base, raw.Link), Edited: raw.Modified.After(raw.Date.Time), Figures: nobodyCounts,
	}
	var lang string
	if json.Unmarshal(raw.Lang, &lang) == nil && lang != "" {
		p.Language = lang
	}
	article(&p, w.base, raw.Title.Rendered, raw.Content.Rendered)
	for _, a := range raw.Embedded.Authors {
		p.Author = readHTML(a.Name, nil).text
	}
	for _, m := range raw.Embedded.Media {
		at := resolve(w.base, m.URL)
		shown := slices.ContainsFunc(p.Media, func(o pipeline.Media) bool { return unsized(o.URL) == unsized(at) })
		if at != "" && m.Type == "image" && !shown {
			alt := readHTML(html.EscapeString(m.Alt), nil).text
			p.Media = slices.Insert(p.Media, 0, pipeline.Media{Kind: "image", URL: at, Alt: alt})
		}
	}
	names := map[string][]string{}
	told := 0
	for _, group := range raw.Embedded.Terms {
		for _, t := range group {
			if t.Taxonomy != "post_tag" && t.Taxonomy != "category" {
				continue
			}
			told++
			if t.Taxonomy != "category" || t.ID != wordpressUnsorted {
				names[t.Taxonomy] = append(names[t.Taxonomy], readHTML(t.Name, nil).text)
			}
		}
	}
	p.Hashtags = Distinct(append(names["post_tag"], names["category"]...))
	return p, told >= len(raw.Tags)+len(raw.Categories)
}

// nobodyCounts are the figures of a website: WordPress counts comments alone.
var nobodyCounts = pipeline.Figures{Likes: pipeline.NoCount, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount, Saves: pipeline.NoCount}

var size = regexp.MustCompile(`(-\d+x\d+|-scaled)(\.\w+)$`)

// unsized is the address of a picture whatever its size.
func unsized(address string) string { return size.ReplaceAllString(address, "$2") }

// comment adds a message from the public, or the institution's answer to one.
func (w *wordpressVisit) comment(c wordpressComment) {
	if c.Date.Before(w.cursor.Since) {
		return
	}
	content := readHTML(c.Content.Rendered, nil)
	if c.Author == 0 {
		w.batch.Messages = append(w.batch.Messages, pipeline.Message{
			ID: w.messageID(c.ID), At: c.Date.Time, Author: readHTML(c.Name, nil).text, InReplyTo: strconv.FormatInt(c.Post, 10), Text: content.text,
		})
		return
	}
	p := pipeline.Post{
		ID: commentID(c.ID), CreatedAt: c.Date.Time, Author: readHTML(c.Name, nil).text, Kind: pipeline.Reply, Text: content.text, Language: w.cursor.Language,
		URL: resolve(w.base, c.Link), Figures: nobodyCounts,
	}
	for _, a := range content.anchors {
		p.Links = append(p.Links, resolve(w.base, a.href))
	}
	p.Links = Distinct(p.Links)
	switch parent, ok := w.comments[c.Parent]; {
	case c.Parent == 0: // under a post of its own
		p.InReplyTo, p.SelfReply = strconv.FormatInt(c.Post, 10), true
	case ok && parent.Author != 0:
		p.InReplyTo, p.SelfReply = commentID(c.Parent), true
	default:
		p.InReplyTo = w.messageID(c.Parent)
	}
	w.batch.Posts = append(w.batch.Posts, p)
}

// messageID is unlike that of any other site, whose comments are numbered as well.
func (w *wordpressVisit) messageID(id int64) string {
	return w.base.Host + strings.TrimSuffix(w.base.Path, "/") + "#" + commentID(id)
}

// readFeed reads the feed of a site whose API is closed.
func (w *wordpressVisit) readFeed(ctx context.Context, cause error) error {
	r := w.request
	r.Account.Server, r.Account.Credential, r.Cursor = w.cursor.Feed, "", w.cursor.FromFeed
	if r.Cursor == "" {
		r.Since = w.cursor.Since
	}
	b, err := feedReader{w.fetcher}.Read(ctx, r)
	profile := w.batch.Profile
	w.batch = b
	if err != nil {
		return fmt.Errorf("%w, and its feed cannot be read either: %w", cause, err)
	}
	if profile != nil {
		w.batch.Profile = profile
		if b.Profile != nil {
			profile.LastPostAt = b.Profile.LastPostAt
		}
	}
	w.gap("messages", fmt.Errorf("the site does not open its REST API (%w): its feed is read, which tells no comments, tags or edits; let /wp-json/wp/v2/posts and /wp-json/wp/v2/comments be read, or give the account an application password", cause))
	for i := range w.batch.Posts {
		p := &w.batch.Posts[i]
		p.Figures = pipeline.Figures{Likes: pipeline.NoCount, Replies: p.Figures.Replies, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount, Saves: pipeline.NoCount}
		if u, err := url.Parse(p.ID); err == nil { // as the API would name it, should it be opened again
			if n, err := strconv.ParseInt(u.Query().Get("p"), 10, 64); err == nil {
				p.ID = strconv.FormatInt(n, 10)
			}
		}
	}
	w.cursor.FromFeed = b.Next
	return w.next()
}
