package simulation

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// feedSize is how many entries a feed shows.
const feedSize = 20

// serveFeed serves a blog's feed, with validators for conditional requests.
func (w *World) serveFeed(rw http.ResponseWriter, r *http.Request) {
	now, file := w.Now(), r.PathValue("file")
	id, format, _ := strings.Cut(file, ".")
	i := slices.IndexFunc(w.accounts, func(a *account) bool { return a.id == id && !a.social() })
	write := map[string]func(channel) ([]byte, error){"rss": rss, "atom": atom, "json": jsonFeed}[format]
	if i < 0 || write == nil || !w.accounts[i].open(now) {
		http.NotFound(rw, r)
		return
	}
	a := w.accounts[i]
	if w.down(a, now) {
		http.Error(rw, "temporarily unavailable", http.StatusServiceUnavailable)
		return
	}
	c := w.channel(a, now)
	key := fmt.Sprint(file, c.updated.Unix(), len(c.entries))
	body, ok := w.feeds.Load(key)
	if !ok {
		b, err := write(c)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		body, _ = w.feeds.LoadOrStore(key, b)
	}
	rw.Header().Set("Content-Type", map[string]string{"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}[format]+"; charset=utf-8")
	sum := sha256.Sum256(body.([]byte))
	rw.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:16]))
	http.ServeContent(rw, r, "", c.updated, bytes.NewReader(body.([]byte)))
}

// channel is what a feed says, in any format.
type channel struct {
	title, about, home, self string
	updated                  time.Time
	entries                  []entry
}

type entry struct {
	id, title, link, html, category string
	published, updated              time.Time
}

// channel collects the newest entries of a blog that exist at a moment.
func (w *World) channel(a *account, now time.Time) channel {
	home := "https://blogs." + domain + "/" + a.dept.id
	c := channel{title: a.title, about: a.description(now), home: home, self: home + "/feed", updated: begin.In(w.loc).UTC()}
	for _, change := range []time.Time{a.bio, a.policy} {
		if kept(change, now) {
			c.updated = later(c.updated, change)
		}
	}
	for i := position(a.statuses, now.UnixMilli()<<16|0xffff) - 1; i >= 0 && len(c.entries) < feedSize; i-- {
		s := a.statuses[i]
		if !s.deleted.IsZero() && !now.Before(s.deleted) {
			c.updated = later(c.updated, s.deleted)
			continue
		}
		link := fmt.Sprintf("%s/%s/%d", home, s.created.UTC().Format("2006/01"), s.id)
		e := entry{id: link, title: s.title, link: link, html: s.content, category: s.names[0], published: s.created.UTC(), updated: s.created.UTC()}
		c.updated = later(c.updated, e.updated)
		c.entries = append(c.entries, e)
	}
	return c
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a
}

func rss(c channel) ([]byte, error) {
	type item struct {
		Title       string `xml:"title"`
		Link        string `xml:"link"`
		GUID        string `xml:"guid"`
		PubDate     string `xml:"pubDate"`
		Category    string `xml:"category"`
		Description string `xml:"description"`
		Content     string `xml:"content:encoded"`
	}
	doc := struct {
		XMLName     xml.Name `xml:"rss"`
		Version     string   `xml:"version,attr"`
		Content     string   `xml:"xmlns:content,attr"`
		Title       string   `xml:"channel>title"`
		Link        string   `xml:"channel>link"`
		Description string   `xml:"channel>description"`
		Language    string   `xml:"channel>language"`
		Built       string   `xml:"channel>lastBuildDate"`
		Items       []item   `xml:"channel>item"`
	}{Version: "2.0", Content: "http://purl.org/rss/1.0/modules/content/", Title: c.title, Link: c.home, Description: c.about,
		Language: "es", Built: c.updated.Format(time.RFC1123Z)}
	for _, e := range c.entries {
		doc.Items = append(doc.Items, item{e.title, e.link, e.id, e.published.Format(time.RFC1123Z), e.category, e.title, e.html})
	}
	return markup(doc)
}

func atom(c channel) ([]byte, error) {
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	type text struct {
		Type string `xml:"type,attr"`
		Body string `xml:",chardata"`
	}
	type category struct {
		Term string `xml:"term,attr"`
	}
	type item struct {
		ID        string   `xml:"id"`
		Title     string   `xml:"title"`
		Link      link     `xml:"link"`
		Published string   `xml:"published"`
		Updated   string   `xml:"updated"`
		Category  category `xml:"category"`
		Content   text     `xml:"content"`
	}
	doc := struct {
		XMLName  xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID       string   `xml:"id"`
		Title    string   `xml:"title"`
		Subtitle string   `xml:"subtitle"`
		Author   string   `xml:"author>name"`
		Updated  string   `xml:"updated"`
		Links    []link   `xml:"link"`
		Entries  []item   `xml:"entry"`
	}{ID: c.home, Title: c.title, Subtitle: c.about, Author: name, Updated: c.updated.Format(time.RFC3339), Links: []link{{"alternate", c.home}, {"self", c.self}}}
	for _, e := range c.entries {
		doc.Entries = append(doc.Entries, item{e.id, e.title, link{"alternate", e.link}, e.published.Format(time.RFC3339), e.updated.Format(time.RFC3339),
			category{e.category}, text{"html", e.html}})
	}
	return markup(doc)
}

func markup(doc any) ([]byte, error) {
	b, err := xml.MarshalIndent(doc, "", " ")
	return append([]byte(xml.Header), b...), err
}

func jsonFeed(c channel) ([]byte, error) {
	type item struct {
		ID        string   `json:"id"`
		URL       string   `json:"url"`
		Title     string   `json:"title"`
		HTML      string   `json:"content_html"`
		Published string   `json:"date_published"`
		Tags      []string `json:"tags"`
	}
	doc := struct {
		Version     string `json:"version"`
		Title       string `json:"title"`
		Home        string `json:"home_page_url"`
		Feed        string `json:"feed_url"`
		Description string `json:"description"`
		Language    string `json:"language"`
		Items       []item `json:"items"`
	}{"https://jsonfeed.org/version/1.1", c.title, c.home, c.self, c.about, "es", []item{}}
	for _, e := range c.entries {
		doc.Items = append(doc.Items, item{e.id, e.link, e.title, e.html, e.published.Format(time.RFC3339), []string{e.category}})
	}
	return json.Marshal(doc)
}
