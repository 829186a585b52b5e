package collectors

import (
	"bytes"
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
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html/charset"

	"presencia/pipeline"
)

// feedPages is how many pages of a WordPress feed are read in one visit.
const feedPages = 300

func feed() source {
	return source{
		platform: pipeline.Feed,
		gives: []pipeline.Field{
			pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLanguage, pipeline.FieldPostLinks, pipeline.FieldMedia, pipeline.FieldAlt,
			pipeline.FieldReplies,
		},
		notApplicable: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldProtected, pipeline.FieldHashtags, pipeline.FieldMentions,
			pipeline.FieldLikes, pipeline.FieldReposts,
		},
		proof: RealServer,
		open:  func(f *fetcher, _ Options) pipeline.Collector { return pipeline.OneByOne(feedReader{f}) },
	}
}

// feedReader reads RSS, Atom and JSON Feed. A feed shows its newest items only; where it comes from WordPress, older
// ones are read from its further pages. An ordinary visit is one request, answered by 304 when nothing is new; only where
// it tells the number of comments are its items read again for it.
type feedReader struct{ fetch *fetcher }

// feedCursor is where a visit ended.
type feedCursor struct {
	Of       string    `json:"of"`             // the address that it speaks of: another one begins anew
	Since    time.Time `json:"since,omitzero"` // nothing older is wanted
	Newest   time.Time `json:"newest,omitzero"`
	ETag     string    `json:"etag,omitempty"`
	Modified string    `json:"modified,omitempty"`
	ByLink   bool      `json:"by_link,omitempty"` // the feed gives one GUID to several items, so their links tell them apart
	Figures  bool      `json:"figures,omitempty"` // it tells how many comments there are
	Circles  int       `json:"circles,omitempty"` // visits in which a further page repeated what was there; 0 again where one does not
}

// feedCircles is after how many such visits a feed is believed to have no further pages.
const feedCircles = 3

// feedVisit is one visit under way.
type feedVisit struct {
	*visit
	cursor feedCursor
	due    []pipeline.DuePost
	items  []*gofeed.Item // each once, as listed
	known  map[[3]string]bool
	batch  pipeline.Batch
}

// Read implements [pipeline.Reader].
func (c feedReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	f := &feedVisit{visit: v, known: map[[3]string]bool{}, batch: pipeline.Batch{At: r.Now}}
	err = f.read(ctx, r)
	f.batch.Calls = v.calls
	return f.batch, err
}

func (f *feedVisit) read(ctx context.Context, r pipeline.Request) error {
	address := cmp.Or(r.Account.Server, r.Account.Handle)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fmt.Errorf("feed %q: write its address, for example https://blog.example/feed/", address)
	}
	if json.Unmarshal([]byte(r.Cursor), &f.cursor) != nil || f.cursor.Of != address {
		f.cursor = feedCursor{Of: address, Since: r.Since}
	}
	before := f.cursor
	if f.cursor.Figures { // other feeds have nothing that becomes due
		f.due = r.Due
	}
	q := request{url: u, accept: feedTypes, limit: feedLimit}
	if len(f.due) == 0 { // a comment makes no feed a new one
		q.etag, q.modified = f.cursor.ETag, f.cursor.Modified
	}
	resp, err := f.get(ctx, q)
	if err != nil {
		return err
	}
	if resp.status == http.StatusNotModified {
		f.batch.Next = r.Cursor
		return nil
	}
	doc, err := parseFeed(resp)
	if err != nil {
		return err
	}
	f.add(doc.Items)
	complete := f.older(ctx, resp.url, doc)
	newest := f.take(doc, resp.url)
	f.batch.Profile = f.profile(doc, resp.url, newest)
	if !complete {
		f.batch.Next = r.Cursor // so that the next visit asks again
		if before.Circles != f.cursor.Circles {
			before.Circles = f.cursor.Circles
			next, err := json.Marshal(before)
			f.batch.Next = pipeline.Cursor(next)
			return err
		}
		return nil
	}
	f.cursor.ETag, f.cursor.Modified = resp.header.Get("ETag"), resp.header.Get("Last-Modified")
	f.cursor.Newest = earliest(latest(f.cursor.Newest, newest), r.Now)
	next, err := json.Marshal(f.cursor)
	f.batch.Next = pipeline.Cursor(next)
	return err
}

const feedTypes = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, application/json;q=0.8, */*;q=0.1"

func parseFeed(r *response) (doc *gofeed.Feed, err error) {
	defer func() { // gofeed stumbles over a null among the items of a JSON Feed
		if recover() != nil {
			doc, err = nil, failure(r.url, fmt.Errorf("%w: the feed is broken", pipeline.ErrBadAnswer))
		}
	}()
	doc, err = gofeed.NewParser().Parse(bytes.NewReader(toUTF8(r.body, r.header.Get("Content-Type"))))
	if errors.Is(err, gofeed.ErrFeedTypeNotDetected) {
		return nil, failure(r.url, fmt.Errorf("%w: it is no RSS, Atom or JSON feed: give the account the feed's own address as server", pipeline.ErrBadAnswer))
	}
	if err != nil {
		return nil, failure(r.url, fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err))
	}
	return doc, nil
}

var xmlDeclaration = regexp.MustCompile(`^\s*<\?xml[^>]*\?>`)
var xmlEncoding = regexp.MustCompile(`encoding\s*=\s*["']([\w.:-]+)["']`)

// toUTF8 trusts the bytes more than what is said of them: text that is valid UTF-8 is UTF-8. Otherwise the declaration
// of the document counts, then that of the answer, and where these say UTF-8 all the same it is Windows-1252.
func toUTF8(body []byte, contentType string) []byte {
	if !utf8.Valid(body) {
		encoding, name, _ := charset.DetermineEncoding(body, contentType)
		bom := bytes.HasPrefix(body, []byte{0xFE, 0xFF}) || bytes.HasPrefix(body, []byte{0xFF, 0xFE})
		if m := xmlEncoding.FindSubmatch(xmlDeclaration.Find(body)); m != nil && !bom {
			if e, n := charset.Lookup(string(m[1])); e != nil {
				encoding, name = e, n
			}
		}
		if name == "utf-8" {
			encoding, _ = charset.Lookup("windows-1252")
		}
		if decoded, err := encoding.NewDecoder().Bytes(body); err == nil {
			body = decoded
		}
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	return xmlDeclaration.ReplaceAll(body, nil) // what it said of the encoding is no longer true
}

// older reads the further pages of a WordPress feed, down to what the last visit saw or the first one wants. It tells
// whether nothing is missing that may still be had.
func (f *feedVisit) older(ctx context.Context, u *url.URL, doc *gofeed.Feed) bool {
	to := latest(f.cursor.Newest, f.cursor.Since)
	oldest := func() time.Time {
		var t time.Time
		for _, i := range f.items {
			if at := i.PublishedParsed; at != nil && (t.IsZero() || at.Before(t)) {
				t = *at
			}
		}
		return t
	}
	// wanted tells whether older items are: down to what is known, and to the oldest that is due or the place where it stood.
	wanted := func() bool {
		at := oldest()
		if n := len(f.due); n > 0 && !at.Before(f.due[n-1].CreatedAt) {
			id := f.due[n-1].ID
			return at.After(to) || !slices.ContainsFunc(f.items, func(i *gofeed.Item) bool { return i.GUID == id || i.Link == id })
		}
		return at.After(to)
	}
	if !strings.Contains(strings.ToLower(doc.Generator), "wordpress") || f.cursor.Circles >= feedCircles {
		if newest := f.cursor.Newest; !newest.IsZero() && oldest().After(newest) {
			f.gap(fmt.Errorf("the feed shows its newest %d items only: what was published between %s and %s may be missing",
				len(f.items), newest.Format(time.DateOnly), oldest().Format(time.DateOnly)))
		}
		return true
	}
	for page := 2; wanted(); page++ {
		if page > feedPages {
			f.gap(fmt.Errorf("%d pages of the feed are read, older posts are missing", feedPages))
			return true
		}
		next := *u
		query := next.Query()
		query.Set("paged", strconv.Itoa(page))
		next.RawQuery = query.Encode()
		resp, err := f.get(ctx, request{url: &next, accept: feedTypes, limit: feedLimit})
		if errors.Is(err, pipeline.ErrGone) { // the page after the last
			return true
		}
		var more *gofeed.Feed
		if err == nil {
			more, err = parseFeed(resp)
		}
		if err != nil {
			f.gap(fmt.Errorf("older posts follow on the next visit: %w", err))
			return false
		}
		if !f.add(more.Items) {
			f.cursor.Circles++
			f.gap(fmt.Errorf("page %d of the feed only repeats what came before it: older posts may be missing", page))
			return f.cursor.Circles >= feedCircles
		}
		f.cursor.Circles = 0
	}
	return true
}

// add keeps the items that were not there yet, and tells whether there were any.
func (f *feedVisit) add(items []*gofeed.Item) bool {
	before := len(f.items)
	for _, i := range items {
		if key := [3]string{i.GUID, i.Link, i.Title}; !f.known[key] {
			f.known[key] = true
			f.items = append(f.items, i)
		}
	}
	return len(f.items) > before
}

func (f *feedVisit) gap(err error) {
	f.batch.Gaps = append(f.batch.Gaps, pipeline.Gap{Part: "posts", Cause: err})
}

// take makes posts of the items and tells the date of the newest.
func (f *feedVisit) take(doc *gofeed.Feed, base *url.URL) (newest time.Time) {
	links := map[string]string{}
	for _, i := range f.items {
		if other, ok := links[i.GUID]; ok && i.GUID != "" && other != i.Link {
			f.cursor.ByLink = true
		}
		links[i.GUID] = i.Link
	}
	undated, nameless := 0, 0
	inOrder := doc.FeedType != "atom" // which may be in the order of its updates, and then says nothing of what is not in it
	seen := map[string]bool{}
	var last time.Time
	var content, comments bool
	for _, i := range f.items {
		id := cmp.Or(i.GUID, i.Link)
		if f.cursor.ByLink {
			id = cmp.Or(i.Link, i.GUID)
		}
		switch {
		case i.PublishedParsed == nil:
			undated++
			continue
		case id == "":
			nameless++
			continue
		case seen[id]:
			continue
		}
		seen[id] = true
		at := i.PublishedParsed.UTC()
		newest = latest(newest, at)
		inOrder = inOrder && (last.IsZero() || !at.After(last))
		last = at
		if at.Before(f.cursor.Since) {
			continue
		}
		p := f.post(i, doc, base)
		p.ID, p.CreatedAt = id, at
		content = content || i.Content != ""
		comments = comments || p.Figures.Replies.State == pipeline.Known
		f.batch.Posts = append(f.batch.Posts, p)
	}
	if undated > 0 {
		f.gap(fmt.Errorf("%d items are left out: they carry no date that could be read", undated))
	}
	if nameless > 0 {
		f.gap(fmt.Errorf("%d items are left out: they carry neither an id nor a link", nameless))
	}
	if inOrder && undated+nameless == 0 && len(f.batch.Posts) > 1 {
		// Of the oldest date there may be more items than the feed shows.
		f.batch.Listed = pipeline.Window{From: latest(last.Add(time.Second), f.cursor.Since), To: f.batch.At}
	}
	f.cursor.Figures = f.cursor.Figures || comments
	f.batch.Gives = slices.DeleteFunc(slices.Clone(feed().gives), func(field pipeline.Field) bool {
		switch field {
		case pipeline.FieldReplies:
			return !comments
		case pipeline.FieldMedia, pipeline.FieldAlt, pipeline.FieldPostLinks: // a summary has none, whatever the post has
			return !content
		}
		return false
	})
	return newest
}

func (f *feedVisit) post(i *gofeed.Item, doc *gofeed.Feed, feedURL *url.URL) pipeline.Post {
	p := pipeline.Post{Kind: pipeline.Own, URL: resolve(feedURL, i.Link), Language: doc.Language,
		Figures: pipeline.Figures{Likes: pipeline.NoCount, Reposts: pipeline.NoCount}}
	if i.DublinCoreExt != nil && len(i.DublinCoreExt.Language) > 0 {
		p.Language = i.DublinCoreExt.Language[0]
	}
	base := feedURL
	if u, err := url.Parse(p.URL); err == nil && p.URL != "" {
		base = u
	}
	article(&p, base, i.Title, cmp.Or(i.Content, i.Description))
	for _, e := range i.Enclosures { // pictures stand in the text, where they have their alternative text
		if kind, _, _ := strings.Cut(e.Type, "/"); kind == "audio" || kind == "video" {
			p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: resolve(base, e.URL)})
		}
	}
	if c := i.Extensions["slash"]["comments"]; len(c) > 0 {
		if n, err := strconv.ParseInt(strings.TrimSpace(c[0].Value), 10, 64); err == nil {
			p.Figures.Replies = count(&n)
		}
	}
	return p
}

// article reads a page of a site into a post: its text under its title, its links and its pictures.
func article(p *pipeline.Post, base *url.URL, title, content string) {
	text := readHTML(content, nil)
	head := readHTML(title, nil).text
	p.Text = text.text
	if !strings.HasPrefix(p.Text, head) { // where the title is but the beginning of the text
		p.Text = strings.TrimSpace(head + "\n" + p.Text)
	}
	for _, a := range text.anchors {
		if to := resolve(base, a.href); to != p.URL {
			p.Links = append(p.Links, to)
		}
	}
	p.Links = Distinct(p.Links)
	for _, pic := range text.pictures {
		p.Media = append(p.Media, pipeline.Media{Kind: "image", URL: resolve(base, pic.src), Alt: pic.alt})
	}
}

// resolve completes an address found in a page; what does not lead to the web is empty.
func resolve(base *url.URL, address string) string {
	u, err := base.Parse(strings.TrimSpace(address))
	if address == "" || err != nil || !web(u.String()) {
		return ""
	}
	return u.String()
}

func (f *feedVisit) profile(doc *gofeed.Feed, feedURL *url.URL, newest time.Time) *pipeline.Profile {
	about := readHTML(doc.Description, nil)
	p := &pipeline.Profile{
		Followers: pipeline.NoCount, Following: pipeline.NoCount,
		Handle: pipeline.CanonicalHandle(f.account.Handle), DisplayName: readHTML(doc.Title, nil).text, Bio: about.text,
		Website: resolve(feedURL, doc.Link), LastPostAt: newest,
	}
	if doc.Image != nil {
		p.Avatar = resolve(feedURL, doc.Image.URL)
	}
	p.Links = []string{p.Website}
	for _, a := range about.anchors {
		p.Links = append(p.Links, resolve(feedURL, a.href))
	}
	p.Links = Distinct(p.Links)
	return p
}
