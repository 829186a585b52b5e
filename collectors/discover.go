package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sourcegraph/conc/pool"
	"golang.org/x/net/html"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

const (
	sitePages    = 10              // of a site that are read, its first page included
	siteAccounts = 300             // that are kept; a page that links to more is a directory of something else
	pageLimit    = 4 << 20         // bytes of a page
	siteTime     = 3 * time.Minute // for the whole site
	profileTime  = 20 * time.Second
)

// Discovery is what an official website says of its institution's accounts.
type Discovery struct {
	Accounts []Found
	Pages    []string // that were read
	Gaps     []pipeline.Gap
	Calls    int
}

// Found is an account that a website names.
type Found struct {
	pipeline.Account
	Page  string // the first that names it
	How   string // the strongest way in which it does: rel=me, sameAs, feed, twitter:site, link
	Title string // the text of the link
	Back  Back
}

// Back tells whether a profile links back to the website, which shows that it is the institution's own.
type Back string

// What can be known of a link back.
const (
	LinksBack    Back = "yes"
	NoLinkBack   Back = "no"
	BackNotKnown Back = "not known" // its platform shows no profile without credentials, or the profile could not be read
)

// hows are the ways in which a page names an account, the strongest first.
var hows = []string{"rel=me", "sameAs", "feed", "twitter:site", "link"}

// Discover reads the first page of a website, and a few of its pages that look as if they listed accounts, and answers
// the accounts that they name. Share buttons and links to posts are no accounts. Pages that fail are gaps; the error is of
// the first page. allowHTTP permits plain HTTP to this machine only.
func Discover(ctx context.Context, o Options, address string, allowHTTP bool) (Discovery, error) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	start, err := url.Parse(address)
	if err != nil || start.Hostname() == "" || start.User != nil {
		return Discovery{}, errors.New("this is not the address of a website: write it whole, for example https://www.town.example/")
	}
	start.Fragment = ""
	if start.Path == "" {
		start.Path = "/"
	}
	o = withDefaults(o)
	ctx, cancel := context.WithTimeout(ctx, siteTime)
	defer cancel()
	s := &siteVisit{fetch: newFetcher(o), allowHTTP: allowHTTP, places: map[string]int{}, queued: map[string]bool{}}
	v, err := s.visit()
	if err != nil {
		return Discovery{}, err
	}
	err = s.walk(ctx, v, start)
	s.result.Calls += v.calls
	if err != nil {
		return s.result, err
	}
	s.backlinks(ctx)
	return s.result, nil
}

// siteVisit is the reading of a website.
type siteVisit struct {
	fetch     *fetcher
	allowHTTP bool
	home      *url.URL // the first page, after redirects
	queue     []sitePage
	queued    map[string]bool
	places    map[string]int // of accounts in the result
	result    Discovery
}

type sitePage struct {
	url   *url.URL
	depth int
	worth int // how much it looks like a page that lists accounts
}

func (s *siteVisit) visit() (*visit, error) {
	return s.fetch.visit(pipeline.Request{Account: pipeline.Account{AllowHTTP: s.allowHTTP}})
}

// walk reads the first page and then the most promising ones that it leads to.
func (s *siteVisit) walk(ctx context.Context, v *visit, start *url.URL) error {
	s.queue = []sitePage{{url: start}}
	s.queued[pageKey(start)] = true
	for len(s.queue) > 0 && len(s.result.Pages)+len(s.result.Gaps) < sitePages {
		i := 0
		for j, p := range s.queue {
			if p.worth > s.queue[i].worth {
				i = j
			}
		}
		p := s.queue[i]
		s.queue = slices.Delete(s.queue, i, i+1)
		r, err := v.get(ctx, request{url: p.url, accept: "text/html, application/xhtml+xml;q=0.9, */*;q=0.1", limit: pageLimit, judge: judgePage})
		if kind := contentType(r); err == nil && kind != "" && !strings.Contains(kind, "html") {
			err = failure(p.url, fmt.Errorf("%w: it is no page but %s", pipeline.ErrBadAnswer, kind))
		}
		if err != nil {
			if s.home == nil || ctx.Err() != nil {
				return err
			}
			s.result.Gaps = append(s.result.Gaps, pipeline.Gap{Part: "page", Cause: err})
			continue
		}
		if s.home == nil {
			s.home = r.url
		}
		s.queued[pageKey(r.url)] = true
		s.result.Pages = append(s.result.Pages, r.url.String())
		s.page(r, p.depth)
	}
	return nil
}

// judgePage says of a page what the errors of an account would say wrongly.
func judgePage(r *response) (time.Duration, error) {
	switch r.status {
	case http.StatusNotFound, http.StatusGone:
		return 0, fmt.Errorf("%w: there is no such page: %s", pipeline.ErrBadAnswer, statusText(r.status))
	case http.StatusUnauthorized, http.StatusForbidden:
		return 0, fmt.Errorf("%w: the site shows it to no program (%s): look at it in a browser, and write its accounts with 'register import'", pipeline.ErrBadAnswer, statusText(r.status))
	}
	return 0, nil
}

func contentType(r *response) string {
	if r == nil {
		return ""
	}
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// pageKey tells pages apart; a query that only counts visits makes no other page.
func pageKey(u *url.URL) string {
	q := u.Query()
	for k := range q {
		if strings.HasPrefix(k, "utm_") {
			q.Del(k)
		}
	}
	return strings.ToLower(u.Host) + strings.TrimSuffix(u.Path, "/") + "?" + q.Encode()
}

// page notes what a page names, and where it leads.
func (s *siteVisit) page(r *response, depth int) {
	base := r.url
	var link *siteLink
	var script *strings.Builder
	finish := func() {
		if link != nil {
			s.link(r.url, base, *link, depth)
		}
		link = nil
	}
	z := html.NewTokenizer(strings.NewReader(string(toUTF8(r.body, r.header.Get("Content-Type")))))
	z.SetMaxBuf(pageLimit)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			finish()
			return
		}
		t := z.Token()
		switch {
		case kind == html.TextToken:
			switch {
			case script != nil:
				script.WriteString(t.Data)
			case link != nil && len(link.text) < 200:
				link.text += t.Data
			}
		case kind == html.EndTagToken && t.Data == "script" && script != nil:
			s.linkedData(r.url, base, script.String())
			script = nil
		case kind == html.EndTagToken && (t.Data == "a" || t.Data == "body"):
			finish()
		case kind != html.StartTagToken && kind != html.SelfClosingTagToken:
		case t.Data == "script" && strings.Contains(strings.ToLower(attribute(t, "type")), "ld+json"):
			script = &strings.Builder{}
		case t.Data == "base":
			if u, err := r.url.Parse(attribute(t, "href")); err == nil && base == r.url && web(u.String()) {
				base = u
			}
		case t.Data == "a" || t.Data == "area":
			finish()
			link = &siteLink{href: attribute(t, "href"), rel: strings.ToLower(attribute(t, "rel")), class: strings.ToLower(attribute(t, "class")),
				text: attribute(t, "title") + " " + attribute(t, "aria-label") + " " + attribute(t, "alt") + " "}
			if t.Data == "area" {
				finish()
			}
		case t.Data == "img" && link != nil:
			link.text += " " + attribute(t, "alt")
		case t.Data == "link":
			s.head(r.url, base, t)
		case t.Data == "meta":
			name := strings.ToLower(cmp.Or(attribute(t, "name"), attribute(t, "property")))
			if a, ok := pipeline.AccountAt("https://x.com/" + strings.TrimPrefix(strings.TrimSpace(attribute(t, "content")), "@")); name == "twitter:site" && ok {
				s.found(a, r.url, "twitter:site", "")
			}
		}
	}
}

// siteLink is a link that a person can follow.
type siteLink struct{ href, rel, class, text string }

// link is an account, another page worth reading, or nothing.
func (s *siteVisit) link(page, base *url.URL, l siteLink, depth int) {
	u, err := base.Parse(strings.TrimSpace(l.href))
	if err != nil || l.href == "" || !web(u.String()) {
		return
	}
	text := strings.Join(strings.Fields(l.text), " ")
	if a, ok := pipeline.AccountAt(u.String()); ok {
		how := "link"
		if slices.Contains(strings.Fields(l.rel), "me") {
			how = "rel=me"
		}
		if a.Platform == pipeline.Feed { // of others there are feeds everywhere
			if how = "feed"; !sameSite(u, s.home) {
				return
			}
		}
		if !shares(l) {
			s.found(a, page, how, text)
		}
		return
	}
	u.Fragment = ""
	worth := promise(text, u)
	if worth == 0 || depth >= 2 || u.Host != page.Host || s.queued[pageKey(u)] || len(s.queue) > 10*sitePages {
		return
	}
	s.queued[pageKey(u)] = true
	s.queue = append(s.queue, sitePage{u, depth + 1, worth})
}

// shares tells a button that shares the page from a link to a profile, where the address does not.
func shares(l siteLink) bool {
	for _, w := range strings.FieldsFunc(l.class, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if w == "share" || w == "sharer" || w == "sharing" || w == "compartir" || w == "comparteix" {
			return true
		}
	}
	return false
}

// promises are what pages that list accounts are called, with how sure it is; accents do not count.
var promises = []struct {
	words string
	worth int
}{
	{"redes sociales", 4}, {"xarxes socials", 4}, {"social media", 4}, {"social networks", 4}, {"rrss", 4}, {"xxss", 4}, {"perfiles sociales", 4}, {"perfils socials", 4},
	{"siguenos", 3}, {"segueix nos", 3}, {"follow us", 3}, {"redes", 2}, {"xarxes", 2}, {"social", 2}, {"directorio", 1}, {"directori", 1}, {"directory", 1}, {"contact", 1}, {"contacto", 1}, {"contacte", 1}, {"contacta", 1}, {"rss", 1},
}

// promise is how much a link looks as if it led to a list of accounts.
func promise(text string, u *url.URL) int {
	words := " " + plainWords(text) + " "
	path := " " + plainWords(u.Path) + " "
	most := 0
	for _, p := range promises {
		if strings.Contains(words, " "+p.words+" ") || strings.Contains(path, " "+p.words+" ") || p.worth == 4 && strings.Contains(path, strings.ReplaceAll(p.words, " ", "")) {
			most = max(most, p.worth)
		}
	}
	return most
}

// plainWords are the words of a text in lower case and without accents, with one space between them.
func plainWords(s string) string {
	return strings.Join(strings.FieldsFunc(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// head reads a link of a page's head: rel=me and the feeds that it announces.
func (s *siteVisit) head(page, base *url.URL, t html.Token) {
	rel := strings.Fields(strings.ToLower(attribute(t, "rel")))
	u, err := base.Parse(strings.TrimSpace(attribute(t, "href")))
	if err != nil || attribute(t, "href") == "" || !web(u.String()) {
		return
	}
	kind, _, _ := strings.Cut(strings.ToLower(attribute(t, "type")), ";")
	title := attribute(t, "title")
	switch {
	case slices.Contains(rel, "me"):
		if a, ok := pipeline.AccountAt(u.String()); ok {
			s.found(a, page, "rel=me", title)
		}
	case slices.Contains(rel, "alternate") && slices.Contains([]string{"application/rss+xml", "application/atom+xml", "application/feed+json"}, strings.TrimSpace(kind)):
		comments := " " + plainWords(title+" "+u.Path) + " "
		for _, w := range []string{" comments ", " comentarios ", " comentaris "} { // WordPress announces those as well
			if strings.Contains(comments, w) {
				return
			}
		}
		s.found(pipeline.FeedAt(u), page, "feed", title)
	}
}

// linkedData reads the sameAs of a page's JSON-LD; those of a person are not the institution's.
func (s *siteVisit) linkedData(page, base *url.URL, text string) {
	var doc any
	if json.Unmarshal([]byte(strings.TrimSpace(text)), &doc) != nil {
		return
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if kind, _ := v["@type"].(string); kind == "Person" {
				return
			}
			for _, name := range sortedNames(v) {
				if name != "sameAs" {
					walk(v[name])
					continue
				}
				list, ok := v[name].([]any)
				if !ok {
					list = []any{v[name]}
				}
				for _, x := range list {
					address, _ := x.(string)
					if a, ok := pipeline.AccountAt(resolve(base, address)); ok && a.Platform != pipeline.Feed {
						s.found(a, page, "sameAs", "")
					}
				}
			}
		}
	}
	walk(doc)
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// found notes an account, once, with the strongest way in which it is named.
func (s *siteVisit) found(a pipeline.Account, page *url.URL, how, title string) {
	if strings.HasPrefix(a.Server, "http://") && !s.allowHTTP {
		a.Server = "https://" + strings.TrimPrefix(a.Server, "http://")
	}
	a.AllowHTTP = s.allowHTTP && strings.HasPrefix(a.Server, "http://")
	key := string(a.Platform) + " " + pipeline.CanonicalHandle(a.Handle) + " " + strings.TrimSuffix(a.Server, "/")
	title = strings.Join(strings.Fields(title), " ")
	if i, ok := s.places[key]; ok {
		f := &s.result.Accounts[i]
		if slices.Index(hows, how) < slices.Index(hows, f.How) {
			f.How = how
		}
		f.Title = cmp.Or(f.Title, title)
		return
	}
	if len(s.result.Accounts) == siteAccounts {
		return
	}
	s.places[key] = len(s.result.Accounts)
	s.result.Accounts = append(s.result.Accounts, Found{Account: a, Page: page.String(), How: how, Title: title, Back: BackNotKnown})
}

// sameSite tells whether two addresses are of one site, or of a site and its subdomain.
func sameSite(a, b *url.URL) bool {
	x, y := strings.TrimPrefix(strings.ToLower(a.Hostname()), "www."), strings.TrimPrefix(strings.ToLower(b.Hostname()), "www.")
	return x == y || under(x, y) || under(y, x)
}

// under tells whether a host lies in a domain that somebody owns; what a registry or a provider shares out is nobody's site.
func under(host, domain string) bool {
	shared, _ := publicsuffix.PublicSuffix(domain)
	return strings.HasSuffix(host, "."+domain) && shared != domain
}

// backlinks asks the platforms that show profiles to everybody whether they name the site.
func (s *siteVisit) backlinks(ctx context.Context) {
	calls := make([]int, len(s.result.Accounts))
	p := pool.New().WithMaxGoroutines(4)
	for i := range s.result.Accounts {
		f := &s.result.Accounts[i]
		p.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, profileTime)
			defer cancel()
			v, err := s.visit()
			if err != nil {
				return
			}
			f.Back = s.back(ctx, v, f)
			calls[i] = v.calls
		})
	}
	p.Wait()
	for _, n := range calls {
		s.result.Calls += n
	}
}

func (s *siteVisit) back(ctx context.Context, v *visit, f *Found) Back {
	name, host, _ := strings.Cut(pipeline.CanonicalHandle(f.Handle), "@")
	switch f.Platform {
	case pipeline.Mastodon:
		u := &url.URL{Scheme: "https", Host: host, Path: "/api/v1/accounts/lookup", RawQuery: url.Values{"acct": {name}}.Encode()}
		var profile struct {
			ID     string
			Note   string
			URL    string
			Fields []struct{ Value string }
		}
		if _, err := v.json(ctx, u, &profile); err != nil || profile.ID == "" {
			return BackNotKnown
		}
		f.StableID = profile.ID
		text := profile.Note
		for _, field := range profile.Fields {
			text += " " + field.Value
		}
		return s.names(readHTML(text, nil))
	case pipeline.Bluesky:
		if u, err := url.Parse("https://" + name); err == nil && f.StableID == "" && sameSite(u, s.home) { // such a handle is the domain's own
			return LinksBack
		}
		u := &url.URL{Scheme: "https", Host: "public.api.bsky.app", Path: "/xrpc/app.bsky.actor.getProfile", RawQuery: url.Values{"actor": {cmp.Or(f.StableID, name)}}.Encode()}
		var profile struct{ DID, Handle, Description string }
		if _, err := v.json(ctx, u, &profile); err != nil || profile.DID == "" {
			return BackNotKnown
		}
		f.StableID = profile.DID
		if profile.Handle != "" && profile.Handle != "handle.invalid" {
			f.Handle = "@" + profile.Handle
		}
		return s.names(markup{text: profile.Description})
	case pipeline.Feed:
		u, err := url.Parse(f.Server)
		if err != nil {
			return BackNotKnown
		}
		r, err := v.get(ctx, request{url: u, accept: feedTypes, limit: feedLimit})
		if err != nil {
			return BackNotKnown
		}
		doc, err := parseFeed(r)
		if err != nil {
			return BackNotKnown
		}
		return s.names(markup{anchors: []anchor{{href: resolve(r.url, doc.Link)}}})
	}
	return BackNotKnown
}

// names tells whether a profile's text or links name the site.
func (s *siteVisit) names(m markup) Back {
	for _, a := range m.anchors {
		if u, err := url.Parse(a.href); err == nil && u.Hostname() != "" && sameSite(u, s.home) {
			return LinksBack
		}
	}
	for _, word := range strings.FieldsFunc(m.text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()[]<>,;|\"", r) }) {
		word = strings.TrimRight(word, ".:!?")
		if !strings.Contains(word, "://") {
			word = "https://" + word
		}
		if u, err := url.Parse(word); err == nil && strings.Contains(u.Hostname(), ".") && u.User == nil && sameSite(u, s.home) {
			return LinksBack
		}
	}
	return NoLinkBack
}
