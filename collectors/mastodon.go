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
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

const (
	mastodonPage     = 40  // statuses, the most that a server gives at once
	mastodonPages    = 100 // read in one visit
	mastodonContexts = 50  // conversations opened in one visit
	mastodonMemory   = 500 // posts whose number of replies is remembered

	// mastodonOrder is how far the order of the list, which is that of the ids, may stray from that of the dates.
	mastodonOrder = time.Minute
)

func mastodon() source {
	return source{
		platform: pipeline.Mastodon,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio,
			pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldHeader, pipeline.FieldVerified,
			pipeline.FieldProtected, pipeline.FieldCreatedAt, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags,
			pipeline.FieldMentions, pipeline.FieldMedia, pipeline.FieldAlt, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts,
			pipeline.FieldMessages,
		},
		proof: RealServer,
		open:  func(f *fetcher, o Options) pipeline.Collector { return pipeline.OneByOne(mastodonReader{f, o.Refresh}) },
	}
}

// mastodonReader reads servers of the Mastodon API.
//
// A visit lists the account's statuses from the newest down to the visit before, or to the oldest post whose figures are
// due again. The first visit lists down to Request.Since. Each status carries
// the account, hence an ordinary visit is one request.
//
// Profiles are not asked for in batches (accounts?id[]=, since 4.3): they come with the statuses, so that a batch would
// save one request a visit for accounts without any visible post, and none for the others.
//
// What the public writes comes from the notifications where the credential is the account's own (one request more):
// every mention. Otherwise it comes from the conversations under posts younger than the refresh age whose number of replies
// has grown when they were listed: answers only, and not every one that other servers hold.
//
// Other software speaks the API with an accent: GoToSocial and Akkoma answer nobody without a token, ids are opaque
// words, older Pixelfed and Pleroma do not know lookup, and Pixelfed's lists may name no next page.
type mastodonReader struct {
	fetch   *fetcher
	refresh time.Duration
}

// mastodonCursor is where a visit ended.
type mastodonCursor struct {
	Of    string    `json:"of"`             // the account that it speaks of: another handle or server begins anew
	ID    string    `json:"id"`             // of the account at its server
	Since time.Time `json:"since,omitzero"` // nothing older is wanted
	At    time.Time `json:"at"`             // the visit

	// A listing that ended too early goes on at Rest, down to RestTo.
	Rest   string    `json:"rest,omitempty"`
	RestTo time.Time `json:"rest_to,omitzero"`

	Credential string                  `json:"credential,omitempty"` // whose owner is known
	Owner      bool                    `json:"owner,omitempty"`      // it is the account's own
	Newest     string                  `json:"newest,omitempty"`     // notification read
	Answered   map[string]mastodonTalk `json:"answered,omitempty"`   // young posts that have answers
}

// mastodonTalk is what is known of the answers under a post.
type mastodonTalk struct {
	At    time.Time `json:"at"`             // of the post
	Count int64     `json:"count"`          // of answers, when it was last listed
	Read  int64     `json:"read,omitempty"` // how many there were when they were last read
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	mastodonAccount struct {
		ID             string           `json:"id"`
		Acct           string           `json:"acct"`
		DisplayName    string           `json:"display_name"`
		Note           string           `json:"note"`
		Avatar         string           `json:"avatar"`
		Header         string           `json:"header"`
		Locked         bool             `json:"locked"`
		Suspended      bool             `json:"suspended"`
		CreatedAt      time.Time        `json:"created_at"`
		LastStatusAt   string           `json:"last_status_at"` // a day, without time
		FollowersCount *int64           `json:"followers_count"`
		FollowingCount *int64           `json:"following_count"`
		StatusesCount  *int64           `json:"statuses_count"`
		Fields         []mastodonField  `json:"fields"`
		Moved          *mastodonAccount `json:"moved"`
	}
	mastodonField struct {
		Value      string `json:"value"`
		VerifiedAt string `json:"verified_at"`
	}
	mastodonStatus struct {
		ID                 string            `json:"id"`
		URI                string            `json:"uri"`
		URL                string            `json:"url"`
		CreatedAt          time.Time         `json:"created_at"`
		EditedAt           string            `json:"edited_at"`
		Account            mastodonAccount   `json:"account"`
		Content            string            `json:"content"`
		SpoilerText        string            `json:"spoiler_text"`
		Language           string            `json:"language"`
		Visibility         string            `json:"visibility"`
		InReplyToID        string            `json:"in_reply_to_id"`
		InReplyToAccountID string            `json:"in_reply_to_account_id"`
		Reblog             *mastodonStatus   `json:"reblog"`
		Media              []mastodonMedia   `json:"media_attachments"`
		Mentions           []mastodonMention `json:"mentions"`
		Tags               []mastodonTag     `json:"tags"`
		FavouritesCount    *int64            `json:"favourites_count"`
		RepliesCount       *int64            `json:"replies_count"`
		ReblogsCount       *int64            `json:"reblogs_count"`
		QuotesCount        *int64            `json:"quotes_count"` // since 4.5
	}
	mastodonMedia struct {
		Type        string `json:"type"`
		URL         string `json:"url"`
		Description string `json:"description"`
	}
	mastodonMention struct {
		Acct string `json:"acct"`
		URL  string `json:"url"`
	}
	mastodonTag struct {
		Name string `json:"name"`
	}
	mastodonSearch struct {
		Accounts []mastodonAccount `json:"accounts"`
	}
	mastodonContext struct {
		Descendants []mastodonStatus `json:"descendants"`
	}
	mastodonNotification struct {
		ID        string          `json:"id"`
		Type      string          `json:"type"`
		CreatedAt time.Time       `json:"created_at"`
		Status    *mastodonStatus `json:"status"`
	}
)

// public tells whether everybody may see the status. What is private is left out on both sides: the token of the
// account would show its private posts, and private messages get private answers, which are nobody's figures.
func (s mastodonStatus) public() bool { return s.Visibility == "public" || s.Visibility == "unlisted" }

// mastodonVisit is one visit under way.
type mastodonVisit struct {
	*visit
	request pipeline.Request
	base    *url.URL // of the server
	domain  string   // of the handles that have none
	cursor  mastodonCursor
	first   bool
	account *mastodonAccount // as last seen
	newest  time.Time        // post
	pages   int              // that may still be listed
	refresh time.Duration
	seen    map[string]bool // ids of the account's own statuses
	batch   pipeline.Batch
}

// Read implements [pipeline.Reader].
func (c mastodonReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	m := &mastodonVisit{visit: v, request: r, pages: mastodonPages, refresh: c.refresh, seen: map[string]bool{},
		batch: pipeline.Batch{At: r.Now, Gives: slices.Clone(mastodon().gives)}}
	err = m.read(ctx)
	m.batch.Calls = v.calls
	return m.batch, err
}

func (m *mastodonVisit) read(ctx context.Context) error {
	user, err := m.locate()
	if err != nil {
		return err
	}
	if m.cursor.ID == "" {
		if err := m.lookup(ctx, user); err != nil {
			return err
		}
	}
	if err := m.list(ctx); err != nil {
		return err
	}
	if m.account == nil { // no status to tell of it
		if _, err := m.json(ctx, m.api("v1/accounts/"+m.cursor.ID, nil), &m.account); err != nil {
			return err
		}
	}
	switch a := m.account; {
	case a == nil:
		return fmt.Errorf("account %s: %w: it is empty", m.cursor.ID, pipeline.ErrBadAnswer)
	case a.Suspended:
		return fmt.Errorf("%w: its server has suspended %s", pipeline.ErrGone, m.request.Account.Handle)
	case a.Moved != nil:
		m.gap("account", fmt.Errorf("it has moved to @%s: correct the handle in the register", m.full(a.Moved.Acct)))
	}
	m.batch.Profile = m.profile()
	if n, known := m.batch.Profile.Posts.Get(); len(m.seen) == 0 && (!known || n > 0) {
		m.batch.Listed = pipeline.Window{} // posts that are withheld are not deleted
	}

	if err := m.messages(ctx); err != nil {
		m.gap("messages", err)
		m.batch.Gives = slices.DeleteFunc(m.batch.Gives, func(f pipeline.Field) bool { return f == pipeline.FieldMessages })
	}
	m.cursor.At = m.request.Now
	next, err := json.Marshal(m.cursor)
	m.batch.Next = pipeline.Cursor(next)
	return err
}

// locate finds server and user name in the register's entry, and the place where the last visit ended.
func (m *mastodonVisit) locate() (user string, err error) {
	a := m.request.Account
	user = pipeline.CanonicalHandle(a.Handle)
	name, domain, _ := strings.Cut(user, "@")
	server := cmp.Or(a.Server, domain)
	if name == "" || server == "" {
		return "", fmt.Errorf("handle %q: write it as @user@server, or set the account's server", a.Handle)
	}
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	m.base, err = url.Parse(server)
	if err != nil || m.base.Host == "" {
		return "", fmt.Errorf("server %q: write it as an address, for example https://social.example", a.Server)
	}
	m.base.Path = cmp.Or(m.base.Path, "/")
	m.domain = cmp.Or(domain, strings.ToLower(m.base.Host))

	of := user + " " + m.base.Host
	if json.Unmarshal([]byte(m.request.Cursor), &m.cursor) != nil || m.cursor.Of != of || m.request.StableID != "" && m.request.StableID != m.cursor.ID {
		m.cursor = mastodonCursor{Of: of, ID: m.request.StableID, Since: m.request.Since}
		m.first = true
	}
	return user, nil
}

// lookup finds the account's id at its server, by searching where the server cannot look up.
func (m *mastodonVisit) lookup(ctx context.Context, user string) error {
	_, err := m.json(ctx, m.api("v1/accounts/lookup", url.Values{"acct": {user}}), &m.account)
	if errors.Is(err, pipeline.ErrGone) || errors.Is(err, pipeline.ErrBadAnswer) {
		err = m.search(ctx, user, err)
	}
	if err != nil {
		return err
	}
	if m.account == nil || m.account.ID == "" {
		return fmt.Errorf("look up %s: %w: it has no id", m.request.Account.Handle, pipeline.ErrBadAnswer)
	}
	m.cursor.ID = m.account.ID
	return nil
}

// search finds the account of exactly that name; where there is none it answers why it was not looked up.
func (m *mastodonVisit) search(ctx context.Context, user string, unknown error) error {
	var found mastodonSearch
	if _, err := m.json(ctx, m.api("v2/search", url.Values{"q": {"@" + user}, "type": {"accounts"}, "limit": {"5"}}), &found); err != nil {
		if errors.Is(err, pipeline.ErrBudget) || ctx.Err() != nil {
			return err
		}
		return unknown
	}
	for i := range found.Accounts {
		if m.full(found.Accounts[i].Acct) == m.full(user) {
			m.account = &found.Accounts[i]
			return nil
		}
	}
	return unknown
}

// api is an address of the API: its version, a path and a query.
func (m *mastodonVisit) api(path string, query url.Values) *url.URL {
	u := m.base.JoinPath("api", path)
	u.RawQuery = query.Encode()
	return u
}

func (m *mastodonVisit) gap(part string, err error) {
	m.batch.Gaps = append(m.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// beginning is where a listing of everything ends. The store's dates do not go back to the zero time.
func beginning(since time.Time) time.Time {
	if since.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return since
}

// list reads the statuses: first the newest ones, then what an earlier visit had to leave.
func (m *mastodonVisit) list(ctx context.Context) error {
	to := beginning(m.cursor.Since)
	if !m.first {
		to = latest(to, m.cursor.At)
		if due := m.request.Due; len(due) > 0 {
			to = earliest(to, due[len(due)-1].CreatedAt)
		}
	}
	rest, oldest, err := m.stretch(ctx, m.api("v1/accounts/"+m.cursor.ID+"/statuses", url.Values{"limit": {strconv.Itoa(mastodonPage)}}), to)
	if err != nil && oldest.IsZero() {
		return err
	}
	m.batch.Listed = pipeline.Window{From: to, To: m.request.Now}
	if !oldest.IsZero() {
		m.batch.Listed.From = latest(to, oldest.Add(mastodonOrder))
	}
	if rest == nil && m.cursor.Rest != "" {
		from, parseErr := m.base.Parse(m.cursor.Rest)
		if parseErr != nil {
			return fmt.Errorf("cursor: %w", parseErr)
		}
		to = m.cursor.RestTo
		rest, _, err = m.stretch(ctx, from, to)
	} else if rest != nil && m.cursor.Rest != "" {
		to = earliest(to, m.cursor.RestTo)
	}
	m.cursor.Rest, m.cursor.RestTo = "", time.Time{}
	if rest != nil {
		m.cursor.Rest, m.cursor.RestTo = rest.RequestURI(), to
		if err == nil {
			err = fmt.Errorf("%d pages are read in one visit", mastodonPages)
		}
		m.gap("posts", fmt.Errorf("older posts follow on the next visit: %w", err))
	}
	for i := range m.batch.Posts {
		// A chain of answers to somebody names that somebody throughout; the id tells whose post was answered.
		p := &m.batch.Posts[i]
		p.SelfReply = p.SelfReply || m.seen[p.InReplyTo]
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// stretch lists statuses from a page down to a moment. It answers the page that it did not come to, if any, and the
// date of the oldest status that it saw, zero when it saw the last there is.
func (m *mastodonVisit) stretch(ctx context.Context, page *url.URL, to time.Time) (rest *url.URL, oldest time.Time, err error) {
	for {
		if m.pages == 0 {
			return page, oldest, nil
		}
		m.pages--
		var statuses []mastodonStatus
		header, err := m.json(ctx, page, &statuses)
		if err != nil {
			return page, oldest, err
		}
		before := len(m.seen)
		for i := range statuses {
			m.add(&statuses[i], to)
		}
		if len(statuses) == 0 {
			return nil, time.Time{}, nil
		}
		last := statuses[len(statuses)-1]
		oldest = last.CreatedAt
		next, err := m.next(header, page)
		switch {
		case err != nil:
			return page, oldest, err
		case next == nil && len(statuses) >= mastodonPage: // to take this for the end would make all older posts deleted ones
			next = m.older(page, last.ID)
		}
		switch {
		case next != nil && len(m.seen) == before && !oldest.Before(to):
			return page, oldest, failure(page, fmt.Errorf("%w: the page brings nothing that was not on the pages before", pipeline.ErrBadAnswer))
		case next == nil:
			return nil, time.Time{}, nil
		case oldest.Before(to):
			return nil, oldest, nil
		}
		page = next
	}
}

// next is the page of older records that the server names, if it is one of the same server.
func (m *mastodonVisit) next(h http.Header, page *url.URL) (*url.URL, error) {
	for _, line := range h.Values("Link") {
		for link := range strings.SplitSeq(line, ",") {
			address, params, _ := strings.Cut(link, ";")
			if !strings.Contains(params, `rel="next"`) && !strings.Contains(params, "rel=next") {
				continue
			}
			u, err := m.base.Parse(strings.Trim(address, "<> \t"))
			switch {
			case err != nil || u.Scheme != m.base.Scheme || u.Host != m.base.Host:
				return nil, failure(page, fmt.Errorf("%w: it names a next page on another server", pipeline.ErrBadAnswer))
			case *u == *page:
				return nil, failure(page, fmt.Errorf("%w: it names itself as the next page", pipeline.ErrBadAnswer))
			}
			return u, nil
		}
	}
	return nil, nil
}

// older is the page after the one that ends with a status, where the server names none.
func (m *mastodonVisit) older(page *url.URL, id string) *url.URL {
	next := *page
	q := next.Query()
	q.Set("max_id", id)
	next.RawQuery = q.Encode()
	return &next
}

// add takes a status of the account into the batch, if it is public and wanted.
func (m *mastodonVisit) add(s *mastodonStatus, to time.Time) {
	if s.Account.ID != m.cursor.ID || m.seen[s.ID] {
		return
	}
	m.seen[s.ID] = true
	if m.account == nil {
		m.account = &s.Account
	}
	if !s.public() {
		return
	}
	m.newest = latest(m.newest, s.CreatedAt)
	if !s.CreatedAt.Before(to) {
		m.batch.Posts = append(m.batch.Posts, m.post(s))
	}
}

func (m *mastodonVisit) post(s *mastodonStatus) pipeline.Post {
	p := pipeline.Post{ID: s.ID, CreatedAt: s.CreatedAt.UTC(), Kind: pipeline.Own, URL: cmp.Or(s.URL, s.URI)}
	if s.Reblog != nil { // words, pictures and figures are somebody else's
		p.Kind = pipeline.Repost
		p.RepostOf = cmp.Or(s.Reblog.URL, s.Reblog.URI)
		p.Figures = pipeline.Figures{Likes: pipeline.NoCount, Replies: pipeline.NoCount, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount}
		return p
	}
	p.Language, p.Edited = s.Language, s.EditedAt != ""
	p.InReplyTo, p.SelfReply = s.InReplyToID, s.InReplyToID != "" && s.InReplyToAccountID == m.cursor.ID
	if (s.InReplyToID != "" || s.InReplyToAccountID != "") && s.InReplyToAccountID != m.cursor.ID {
		p.Kind = pipeline.Reply
	}
	text := readHTML(s.Content, func(a anchor) string { return m.show(s, a) })
	p.Text = text.text
	if s.SpoilerText != "" { // the warning that stands before the text
		p.Text = strings.TrimSpace(norm.NFC.String(s.SpoilerText) + "\n" + p.Text)
	}
	for _, a := range text.anchors {
		switch {
		case hasClass(a, "hashtag"):
			p.Hashtags = append(p.Hashtags, strings.TrimPrefix(a.text, "#"))
		case !hasClass(a, "mention") && web(a.href):
			p.Links = append(p.Links, a.href)
		}
	}
	for _, t := range s.Tags { // where the server does not mark them in the text
		if !slices.ContainsFunc(p.Hashtags, func(h string) bool { return strings.EqualFold(h, t.Name) }) {
			p.Hashtags = append(p.Hashtags, t.Name)
		}
	}
	for _, a := range s.Mentions {
		p.Mentions = append(p.Mentions, m.full(a.Acct))
	}
	p.Hashtags, p.Links, p.Mentions = Distinct(p.Hashtags), Distinct(p.Links), Distinct(p.Mentions)
	for _, a := range s.Media {
		kind := a.Type
		switch kind {
		case "image", "video", "audio":
		case "gifv":
			kind = "video"
		default:
			kind = "other"
		}
		p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: a.URL, Alt: norm.NFC.String(strings.TrimSpace(a.Description))})
	}
	p.Figures = pipeline.Figures{Likes: count(s.FavouritesCount), Replies: count(s.RepliesCount), Reposts: count(s.ReblogsCount)}
	if quotes, known := count(s.QuotesCount).Get(); known && p.Figures.Reposts.State == pipeline.Known { // passed on with words of one's own
		p.Figures.Reposts.N += quotes
	}
	return p
}

// show writes a mention with its server, and in full the address that Mastodon shortens for the eye.
func (m *mastodonVisit) show(s *mastodonStatus, a anchor) string {
	switch {
	case hasClass(a, "hashtag"):
	case hasClass(a, "mention"):
		i := slices.IndexFunc(s.Mentions, func(n mastodonMention) bool { return n.URL == a.href })
		if i >= 0 {
			return "@" + m.full(s.Mentions[i].Acct)
		}
	case strings.Contains(a.text, ".") && strings.HasPrefix(bare(a.href), bare(strings.TrimSuffix(a.text, "…"))):
		return a.href
	}
	return a.text
}

// bare is an address without what the eye is spared.
func bare(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	return strings.TrimPrefix(address, "www.")
}

func hasClass(a anchor, class string) bool { return slices.Contains(strings.Fields(a.class), class) }

// full is the canonical handle of an account as the server names it; its own accounts it names without server.
func (m *mastodonVisit) full(acct string) string {
	h := pipeline.CanonicalHandle(acct)
	if h != "" && !strings.Contains(h, "@") {
		h += "@" + m.domain
	}
	return h
}

// count is a number of the API; servers that hide one leave it out or make it negative.
func count(n *int64) pipeline.Count {
	if n == nil || *n < 0 {
		return pipeline.Count{}
	}
	return pipeline.CountOf(*n)
}

func (m *mastodonVisit) profile() *pipeline.Profile {
	a := m.account
	note := readHTML(a.Note, nil)
	p := &pipeline.Profile{
		StableID:  m.cursor.ID,
		Followers: count(a.FollowersCount), Following: count(a.FollowingCount), Posts: count(a.StatusesCount),
		Handle: m.full(a.Acct), DisplayName: norm.NFC.String(a.DisplayName), Bio: note.text,
		Avatar: image(a.Avatar), Header: image(a.Header), Protected: a.Locked,
		CreatedAt: a.CreatedAt.UTC(), LastPostAt: m.newest.UTC(),
	}
	if p.LastPostAt.IsZero() {
		p.LastPostAt, _ = time.Parse(time.DateOnly, a.LastStatusAt) // no more than the day is told
	}
	var links, verified []string
	for _, f := range a.Fields {
		value := readHTML(f.Value, nil)
		var of []string
		for _, l := range value.anchors {
			of = append(of, l.href)
		}
		if len(of) == 0 {
			of = append(of, value.text)
		}
		of = slices.DeleteFunc(of, func(l string) bool { return !web(l) })
		links = append(links, of...)
		if f.VerifiedAt != "" {
			p.Verified = true
			verified = append(verified, of...)
		}
	}
	if websites := append(verified, links...); len(websites) > 0 { // a verified one goes before
		p.Website = websites[0]
	}
	for _, l := range note.anchors {
		if !hasClass(l, "mention") && web(l.href) {
			links = append(links, l.href)
		}
	}
	p.Links = Distinct(links)
	return p
}

// image is the address of a picture that somebody chose.
func image(address string) string {
	if strings.HasSuffix(address, "/original/missing.png") {
		return ""
	}
	return address
}

// messages reads what the public wrote.
func (m *mastodonVisit) messages(ctx context.Context) error {
	if m.token != "" && m.cursor.Credential != m.request.Account.Credential {
		var owner mastodonAccount
		if _, err := m.json(ctx, m.api("v1/accounts/verify_credentials", nil), &owner); err != nil {
			return err
		}
		m.cursor.Credential, m.cursor.Owner, m.cursor.Newest = m.request.Account.Credential, owner.ID == m.cursor.ID, ""
	}
	if m.token != "" && m.cursor.Owner {
		return m.notifications(ctx)
	}
	return m.contexts(ctx)
}

// message takes a public status of somebody else into the batch.
func (m *mastodonVisit) message(s *mastodonStatus) {
	if s.Account.ID == m.cursor.ID || !s.public() || m.seen[s.ID] {
		return
	}
	m.seen[s.ID] = true
	msg := pipeline.Message{ID: s.ID, At: s.CreatedAt.UTC(), Author: m.full(s.Account.Acct), Language: s.Language, Text: readHTML(s.Content, nil).text}
	if s.InReplyToAccountID == m.cursor.ID {
		msg.InReplyTo = s.InReplyToID
	}
	m.batch.Messages = append(m.batch.Messages, msg)
}

// notifications reads the mentions since the last visit.
func (m *mastodonVisit) notifications(ctx context.Context) error {
	query := url.Values{"types[]": {"mention"}, "limit": {"80"}}
	if m.cursor.Newest != "" {
		query.Set("since_id", m.cursor.Newest)
	}
	since, newest := beginning(m.cursor.Since), ""
	page := m.api("v1/notifications", query)
	for range mastodonPages {
		var all []mastodonNotification
		header, err := m.json(ctx, page, &all)
		if err != nil {
			return err // the cursor stays, so that the next visit reads them all again
		}
		for _, n := range all {
			newest = cmp.Or(newest, n.ID)
			if n.Type == "mention" && n.Status != nil && !n.CreatedAt.Before(since) {
				m.message(n.Status)
			}
		}
		next, err := m.next(header, page)
		if err != nil {
			return err
		}
		if next == nil || len(all) == 0 || all[len(all)-1].CreatedAt.Before(since) {
			m.cursor.Newest = cmp.Or(newest, m.cursor.Newest)
			return nil
		}
		if m.cursor.Newest != "" { // servers forget it in their links
			q := next.Query()
			q.Set("since_id", m.cursor.Newest)
			next.RawQuery = q.Encode()
		}
		page = next
	}
	m.cursor.Newest = newest
	return fmt.Errorf("%d pages of mentions are read in one visit, older ones are missing", mastodonPages)
}

// contexts reads the answers under young posts that have more of them than when they were last read. What one visit
// does not come to stays in the cursor for the next.
func (m *mastodonVisit) contexts(ctx context.Context) error {
	young := func(t time.Time) bool { return t.After(m.request.Now.Add(-m.refresh)) }
	talks := m.cursor.Answered
	if talks == nil {
		talks = map[string]mastodonTalk{}
		m.cursor.Answered = talks
	}
	for _, p := range m.batch.Posts {
		if n, known := p.Figures.Replies.Get(); known && n > 0 && young(p.CreatedAt) {
			talks[p.ID] = mastodonTalk{At: p.CreatedAt, Count: n, Read: talks[p.ID].Read}
		}
	}
	maps.DeleteFunc(talks, func(_ string, t mastodonTalk) bool { return !young(t.At) })
	newest := slices.SortedFunc(maps.Keys(talks), func(a, b string) int { return cmp.Or(talks[b].At.Compare(talks[a].At), cmp.Compare(a, b)) })
	var failed error
	if len(newest) > mastodonMemory {
		failed = fmt.Errorf("more than %d posts have answers at once, the older ones are not read", mastodonMemory)
		for _, id := range newest[mastodonMemory:] {
			delete(talks, id)
		}
		newest = newest[:mastodonMemory]
	}
	left := mastodonContexts
	for _, id := range newest {
		t := talks[id]
		if t.Count <= t.Read {
			continue
		}
		if err := m.context(ctx, id, &left); err != nil {
			return err
		}
		t.Read = t.Count
		talks[id] = t
	}
	return failed
}

func (m *mastodonVisit) context(ctx context.Context, post string, left *int) error {
	if *left == 0 {
		return fmt.Errorf("%d conversations are read in one visit, the others follow on the next", mastodonContexts)
	}
	*left--
	var c mastodonContext
	_, err := m.json(ctx, m.api("v1/statuses/"+post+"/context", nil), &c)
	if errors.Is(err, pipeline.ErrGone) { // deleted a moment ago
		return nil
	}
	for i := range c.Descendants {
		if c.Descendants[i].InReplyToID == post {
			m.message(&c.Descendants[i])
		}
	}
	return err
}
