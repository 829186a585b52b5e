package collectors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
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
	telegramServer = "https://t.me"
	telegramFull   = 16  // messages from which on a page is not taken for the last one because it names no older one
	telegramPages  = 200 // read in one visit
)

func telegram() source {
	return source{
		platform: pipeline.Telegram,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldVerified,
			pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
			pipeline.FieldLikes, pipeline.FieldViews,
		},
		notApplicable: []pipeline.Field{pipeline.FieldAlt}, // nobody can write one
		proof:         OwnStub,
		open:          func(f *fetcher, _ Options) pipeline.Collector { return pipeline.OneByOne(telegramReader{f}) },
	}
}

// telegramReader reads public channels from the preview that Telegram shows to everybody at t.me/s/NAME: about twenty
// messages a page, older ones with ?before=ID. It lists down to the visit before, or to the oldest post that is due again;
// messages that are missing there are deleted.
//
// The preview shortens numbers from a thousand on to three digits ("1.13M"). Views and reactions are kept so, as 1,130,000: no
// digit after the third is known. Subscribers, whose growth would not be seen so, are read once more at t.me/NAME (one request
// more), which writes them in full; where that page is not to be had the shortened number is kept.
//
// Who forwarded a message, who commented on it, and what citizens write is not in the preview. A channel that has the preview
// switched off still tells its subscribers. The number of a channel, which no new name changes, is in its messages; it can be
// asked for by name only.
type telegramReader struct{ fetch *fetcher }

type telegramVisit struct {
	*visit
	base   *url.URL
	name   string
	cursor track
	page   *telegramPage // the first that was read
	liked  bool          // the channel allows reactions
}

// errNoPreview: there are no messages for the public.
var errNoPreview = fmt.Errorf("%w: the channel has its preview switched off: turn it on, or import its messages from an export of Telegram Desktop", pipeline.ErrDenied)

var telegramName = regexp.MustCompile(`^[a-z][a-z0-9_]{3,31}$`)

// Read implements [pipeline.Reader].
func (c telegramReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	t := &telegramVisit{visit: v}
	b, err := t.read(ctx, r)
	b.Calls = v.calls
	return b, err
}

func (t *telegramVisit) read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	b := pipeline.Batch{At: r.Now, Gives: slices.Clone(telegram().gives)}
	var err error
	if t.base, err = serverOf(r.Account, telegramServer); err != nil {
		return b, err
	}
	if t.name = pipeline.CanonicalHandle(r.Account.Handle); !telegramName.MatchString(t.name) {
		return b, fmt.Errorf("handle %q: write the name of the channel as in t.me/name", r.Account.Handle)
	}
	of := t.name + " " + t.base.Host
	if json.Unmarshal([]byte(r.Cursor), &t.cursor) != nil || !t.cursor.speaksOf(of, r) {
		t.cursor = track{Of: of, ID: r.StableID, Since: r.Since}
	}
	l, err := t.cursor.list(ctx, r, true, telegramPages, t.listed)
	if err != nil && t.page != nil && t.page.closed {
		b.Gives = []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldVerified}
		b.Gaps = append(b.Gaps, pipeline.Gap{Part: "posts", Cause: err})
	} else if err != nil {
		return b, err
	}
	if b.Posts = l.posts; len(l.seen) > 0 { // what is withheld is not deleted
		b.Listed = l.window
	}
	if l.gap != nil {
		b.Gaps = append(b.Gaps, pipeline.Gap{Part: "posts", Cause: l.gap})
	}
	for i := range b.Posts { // what has none shows nothing, as does a channel that allows none
		if likes := &b.Posts[i].Figures.Likes; t.liked && likes.State == pipeline.Unknown {
			*likes = pipeline.CountOf(0)
		}
	}
	if !t.liked {
		b.Gives = slices.DeleteFunc(b.Gives, func(f pipeline.Field) bool { return f == pipeline.FieldLikes })
	}
	t.cursor.ID = cmp.Or(t.page.id, t.cursor.ID)
	b.Profile = t.profile(ctx)
	next, err := json.Marshal(t.cursor)
	b.Next = pipeline.Cursor(next)
	return b, err
}

// ask reads a page for people. In English, as its words are read.
func (t *telegramVisit) ask(ctx context.Context, u *url.URL) (*response, *telegramPage, error) {
	r, err := t.get(ctx, request{url: u, accept: "text/html", limit: apiLimit, noToken: true, header: http.Header{"Accept-Language": {"en"}}})
	if err != nil {
		return nil, nil, err
	}
	p, err := readTelegram(r.body, t.name)
	if err != nil {
		return nil, nil, failure(u, err)
	}
	return r, p, nil
}

// listed reads a page of messages.
func (t *telegramVisit) listed(ctx context.Context, before string) ([]entry, string, error) {
	u := t.base.JoinPath("s", t.name)
	if before != "" {
		u.RawQuery = url.Values{"before": {before}}.Encode()
	}
	r, p, err := t.ask(ctx, u)
	if err != nil {
		return nil, "", err
	}
	if !p.preview { // Telegram leads to the page of the name, whatever it is the name of
		return nil, "", t.refused(r.url, p)
	}
	if t.page == nil {
		t.page = p
	}
	t.page.id = cmp.Or(t.page.id, p.id)
	t.liked = t.liked || p.liked
	return p.entries, p.before, nil
}

// refused tells why there is no preview.
func (t *telegramVisit) refused(u *url.URL, p *telegramPage) error {
	switch {
	case !p.telegram:
		return failure(u, fmt.Errorf("%w: it is no page of Telegram", pipeline.ErrBadAnswer))
	case p.subscribers.State == pipeline.Known:
		p.closed, t.page = true, p
		return fmt.Errorf("@%s: %w", t.name, errNoPreview)
	case p.title == "":
		return fmt.Errorf("%w: Telegram knows no channel @%s", pipeline.ErrGone, t.name)
	}
	return fmt.Errorf("%w: @%s is a group, a bot or a person: only channels are read", pipeline.ErrDenied, t.name)
}

func (t *telegramVisit) profile(ctx context.Context) *pipeline.Profile {
	p := &pipeline.Profile{
		StableID: t.cursor.ID, Followers: t.page.subscribers, Handle: cmp.Or(t.page.name, t.name), DisplayName: t.page.title,
		Bio: t.page.description, Links: t.page.links, Verified: t.page.verified, LastPostAt: t.cursor.Newest,
	}
	if t.page.picture { // at an address of Telegram's that lasts; those in the page are made for each answer
		p.Avatar = telegramServer + "/i/userpic/320/" + p.Handle + ".jpg"
	}
	if t.page.shortened {
		if _, whole, err := t.ask(ctx, t.base.JoinPath(t.name)); err == nil && whole.subscribers.State == pipeline.Known && !whole.shortened {
			p.Followers = whole.subscribers
		}
	}
	return p
}

// telegramPage is what a page says: the preview of a channel, or the page of a name.
type telegramPage struct {
	telegram, preview, closed bool
	name, id                  string
	title, description        string
	links                     []string
	picture, verified, liked  bool
	subscribers               pipeline.Count
	shortened                 bool // the number of subscribers
	entries                   []entry
	before                    string // id from which on the next page is older
}

// readTelegram reads a page. Whatever part is missing is unknown; a page that was cut off is none.
func readTelegram(body []byte, name string) (*telegramPage, error) {
	if !bytes.Contains(body, []byte("</html>")) {
		return nil, fmt.Errorf("%w: the page is not complete", pipeline.ErrBadAnswer)
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err)
	}
	p := &telegramPage{telegram: bytes.Contains(body, []byte("tgme_"))}
	if info := byClass(root, "tgme_channel_info"); info != nil {
		p.preview = true
		p.title = words(byClass(info, "tgme_channel_info_header_title"))
		p.name = pipeline.CanonicalHandle(words(byClass(info, "tgme_channel_info_header_username")))
		p.verified = byClass(info, "verified-icon") != nil
		p.picture = tagged(byClass(info, "tgme_page_photo_image"), "img") != nil
		p.describe(byClass(info, "tgme_channel_info_description"))
		for _, c := range allByClass(info, "tgme_channel_info_counter") {
			if strings.HasPrefix(words(byClass(c, "counter_type")), "subscriber") {
				p.subscribers, p.shortened = abbreviated(words(byClass(c, "counter_value")))
			}
		}
		p.messages(root, cmp.Or(p.name, name))
		return p, nil
	}
	p.title = words(byClass(root, "tgme_page_title"))
	p.verified = byClass(root, "verified-icon") != nil
	p.picture = byClass(root, "tgme_page_photo_image") != nil
	p.describe(byClass(root, "tgme_page_description"))
	if n, _, channel := strings.Cut(words(byClass(root, "tgme_page_extra")), "subscriber"); channel {
		p.subscribers, p.shortened = abbreviated(n)
	}
	return p, nil
}

func (p *telegramPage) describe(n *html.Node) {
	m := telegramText(n)
	p.description, p.links = m.text, linksOf(m)
}

// messages reads the channel's messages, and where older ones are.
func (p *telegramPage) messages(root *html.Node, name string) {
	lowest := int64(math.MaxInt64)
	for _, n := range allByClass(root, "tgme_widget_message") {
		channel, id, _ := strings.Cut(attributeOf(n, "data-post"), "/")
		number, err := strconv.ParseInt(id, 10, 64)
		if err != nil || number <= 0 || !strings.EqualFold(channel, name) {
			continue
		}
		lowest = min(lowest, number)
		p.id = cmp.Or(p.id, telegramID(n))
		e := entry{id: id}
		if sent, err := time.Parse(time.RFC3339, attributeOf(tagged(byClass(n, "tgme_widget_message_date"), "time"), "datetime")); err == nil {
			e.at = sent.UTC()
			if !slices.Contains(classes(n), "service_message") { // "channel created", "photo updated"
				e.post = p.post(n, name, id, e.at)
			}
		}
		p.entries = append(p.entries, e)
	}
	slices.Reverse(p.entries) // the page ends with the newest
	before := attributeOf(byClass(root, "tme_messages_more"), "data-before")
	for _, l := range elements(root, func(n *html.Node) bool { return n.Data == "link" && attributeOf(n, "rel") == "prev" }) {
		if u, err := url.Parse(attributeOf(l, "href")); err == nil {
			before = cmp.Or(before, u.Query().Get("before"))
		}
	}
	switch n, err := strconv.ParseInt(before, 10, 64); {
	case err == nil && n > 1:
		p.before = before
	case err == nil: // there is none before the first
	case len(p.entries) >= telegramFull && lowest > 1: // to take this for the end would make all older posts deleted ones
		p.before = strconv.FormatInt(lowest, 10)
	}
}

// telegramID is the number of the channel, from what a message tells the counter of its views.
func telegramID(n *html.Node) string {
	if c, _, ok := strings.Cut(strings.TrimPrefix(attributeOf(n, "data-peer"), "c"), "_"); ok && c != "" {
		return c
	}
	var view struct {
		Channel int64 `json:"c"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(attributeOf(n, "data-view"), "="))
	if err != nil || json.Unmarshal(raw, &view) != nil || view.Channel == 0 {
		return ""
	}
	return strings.TrimPrefix(strconv.FormatInt(view.Channel, 10), "-")
}

func (p *telegramPage) post(n *html.Node, name, id string, at time.Time) *pipeline.Post {
	post := &pipeline.Post{ID: id, CreatedAt: at, Kind: pipeline.Own, URL: telegramServer + "/" + name + "/" + id}
	reactions := byClass(n, "tgme_widget_message_reactions")
	p.liked = p.liked || reactions != nil
	if from := byClass(n, "tgme_widget_message_forwarded_from"); from != nil { // words, pictures and views are somebody else's
		none := pipeline.NoCount
		post.Kind, post.Figures = pipeline.Repost, pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}
		if at := attributeOf(byClass(from, "tgme_widget_message_forwarded_from_name"), "href"); web(at) { // a person has none
			post.RepostOf = at
		}
		return post
	}
	if to := byClass(n, "tgme_widget_message_reply"); to != nil { // only the channel itself writes in it
		if u, err := url.Parse(attributeOf(to, "href")); err == nil {
			_, post.InReplyTo, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
		}
		post.SelfReply = post.InReplyTo != ""
		to.Parent.RemoveChild(to) // it quotes a text
	}
	text := telegramText(byClass(n, "tgme_widget_message_text"))
	post.Text = cmp.Or(text.text, telegramText(byClass(n, "tgme_widget_message_poll_question")).text)
	_, post.Hashtags, post.Mentions = InText(post.Text)
	post.Hashtags, post.Mentions = Distinct(post.Hashtags), Distinct(post.Mentions)
	post.Links = linksOf(text)
	if preview := attributeOf(byClass(n, "tgme_widget_message_link_preview"), "href"); web(preview) {
		post.Links = Distinct(append(post.Links, preview))
	}
	for _, m := range telegramMedia {
		for _, of := range allByClass(n, m.class) {
			at := attributeOf(of, "href")
			if !web(at) { // the picture itself has an address that does not last
				at = post.URL
			}
			post.Media = append(post.Media, pipeline.Media{Kind: m.kind, URL: at})
		}
	}
	post.Edited = strings.HasPrefix(words(byClass(n, "tgme_widget_message_meta")), "edited")
	post.Figures.Views, _ = abbreviated(words(byClass(n, "tgme_widget_message_views")))
	if reactions != nil {
		var each []pipeline.Count
		for _, r := range allByClass(reactions, "tgme_reaction") {
			c, _ := abbreviated(words(r))
			each = append(each, c)
		}
		post.Figures.Likes = sum(each...)
	}
	return post
}

var telegramMedia = []struct{ class, kind string }{
	{"tgme_widget_message_photo_wrap", "image"},
	{"tgme_widget_message_sticker_wrap", "image"},
	{"tgme_widget_message_video_player", "video"},
	{"tgme_widget_message_roundvideo_player", "video"},
	{"tgme_widget_message_voice_player", "audio"},
	{"tgme_widget_message_document_wrap", "other"},
}

// telegramText is what a part of the page says.
func telegramText(n *html.Node) markup {
	if n == nil {
		return markup{}
	}
	for _, e := range elements(n, func(n *html.Node) bool { return strings.HasPrefix(n.Data, "tg-") }) { // elements of Telegram's own, within a line
		e.Data, e.DataAtom = "span", 0
	}
	var b bytes.Buffer
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if html.Render(&b, c) != nil {
			return markup{}
		}
	}
	return readHTML(b.String(), nil)
}

// linksOf are the addresses to which a text leads, without its hashtags and mentions.
func linksOf(m markup) (links []string) {
	for _, a := range m.anchors {
		if web(a.href) && !strings.HasPrefix(a.text, "#") && !strings.HasPrefix(a.text, "@") {
			links = append(links, a.href)
		}
	}
	return Distinct(links)
}

var abbreviation = regexp.MustCompile(`([0-9]+(?:[ ,\x{a0}\x{202f}][0-9]{3})*)(?:\.([0-9]+))?\s?([KMB]?)\s*$`)

// abbreviated reads a number as Telegram shows it, "987", "12 345" or "1.13M", and tells whether it was shortened.
func abbreviated(s string) (n pipeline.Count, shortened bool) {
	m := abbreviation.FindStringSubmatch(s)
	if m == nil || m[2] != "" && m[3] == "" {
		return pipeline.Count{}, false
	}
	whole := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, m[1])
	f, err := strconv.ParseFloat(whole+"."+cmp.Or(m[2], "0"), 64)
	f *= map[string]float64{"": 1, "K": 1e3, "M": 1e6, "B": 1e9}[m[3]]
	if err != nil || f > 1e15 {
		return pipeline.Count{}, false
	}
	return pipeline.CountOf(int64(math.Round(f))), m[3] != ""
}

// elements are those below a node that match, in the order of the page.
func elements(n *html.Node, match func(*html.Node) bool) (found []*html.Node) {
	if n == nil {
		return nil
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && match(d) {
			found = append(found, d)
		}
	}
	return found
}

func allByClass(n *html.Node, class string) []*html.Node {
	return elements(n, func(n *html.Node) bool { return slices.Contains(classes(n), class) })
}

// byClass is the first element of a class below a node; nil: there is none.
func byClass(n *html.Node, class string) *html.Node {
	if found := allByClass(n, class); len(found) > 0 {
		return found[0]
	}
	return nil
}

// tagged is the first element of a name below a node.
func tagged(n *html.Node, name string) *html.Node {
	if found := elements(n, func(n *html.Node) bool { return n.Data == name }); len(found) > 0 {
		return found[0]
	}
	return nil
}

func classes(n *html.Node) []string { return strings.Fields(attributeOf(n, "class")) }

func attributeOf(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// words is the text of an element in one line.
func words(n *html.Node) string { return strings.Join(strings.Fields(telegramText(n).text), " ") }
