package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"presencia/collectors"
	"presencia/pipeline"
)

func mastodonFormats() []format { return []format{mastodonOutbox{}, mastodonActor{}} }

// mastodonOutbox is what an account of Mastodon has sent, as ActivityPub.
type mastodonOutbox struct{}

func (mastodonOutbox) about() Format {
	return Format{
		Name: "Mastodon archive, posts", Platforms: []pipeline.Platform{pipeline.Mastodon}, Gives: []pipeline.Field{
			pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions,
			pipeline.FieldMedia, pipeline.FieldAlt,
		},
		Note: "a Mastodon archive has no figures of posts; they are read with 'presencia collect'",
	}
}

var activityKind = regexp.MustCompile(`"type"\s*:\s*"(Create|Announce)"`)

func (mastodonOutbox) claims(h head) bool {
	return strings.HasPrefix(h.text, "{") && strings.Contains(h.text, `"orderedItems"`) &&
		(strings.EqualFold(path.Base(h.path), "outbox.json") || activityKind.MatchString(h.text))
}

// activity is one thing that was done: something written (Create) or passed on (Announce).
type activity struct {
	ID, Type  string
	Published time.Time
	To, CC    oneOrMore
	Object    json.RawMessage
}

// note is what was written.
type note struct {
	ID, Type, Content, Summary string
	URL                        string
	Published                  time.Time
	Updated                    string
	InReplyTo                  string
	ContentMap                 map[string]string
	Tag                        []struct{ Type, Name string }
	Attachment                 []struct{ MediaType, URL, Name string }
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*o = []string{one}
		return nil
	}
	var more []string
	err := json.Unmarshal(b, &more)
	*o = more
	return err
}

// public tells whether everybody may read it; what is for followers or for one person alone is nobody's figure.
func (a activity) public() bool {
	return slices.ContainsFunc(slices.Concat(a.To, a.CC), func(to string) bool {
		return to == "as:Public" || to == "Public" || to == "https://www.w3.org/ns/activitystreams#Public"
	})
}

func (f mastodonOutbox) read(ctx context.Context, x *reading, in *input) error {
	if err := x.posting(in, "Mastodon archive", f.about().Gives); err != nil {
		return err
	}
	return elements(ctx, in, "orderedItems", func(n int, a activity) error {
		if a.Type != "Create" && a.Type != "Announce" {
			return nil
		}
		x.report.Rows++
		if !a.public() {
			x.report.Others++
			return nil
		}
		p, err := x.activity(a)
		if err != nil {
			x.bad(in, n, "%v", err)
			return nil
		}
		if _, again := x.seen[p.ID]; again { // an edited post was sent again; the list begins with the oldest
			x.posts[x.seen[p.ID].post] = p
			x.report.Repeated++
			return nil
		}
		return x.add(in, n, p)
	})
}

func (x *reading) activity(a activity) (pipeline.Post, error) {
	if a.Type == "Announce" {
		p := pipeline.Post{
			ID: lastSegment(strings.TrimSuffix(a.ID, "/activity")), CreatedAt: a.Published.UTC(), Kind: pipeline.Repost, URL: a.ID,
			Figures: pipeline.Figures{Likes: pipeline.NoCount, Replies: pipeline.NoCount, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount},
		}
		_ = json.Unmarshal(a.Object, &p.RepostOf) // not an address: not known
		return x.sound(p)
	}
	var o note
	if err := json.Unmarshal(a.Object, &o); err != nil {
		return pipeline.Post{}, errors.New("object: it holds no post")
	}
	text, links := collectors.Text(o.Content)
	p := pipeline.Post{
		ID: lastSegment(o.ID), CreatedAt: o.Published.UTC(), Kind: pipeline.Own, Text: text, Links: links, URL: o.URL, InReplyTo: lastSegment(o.InReplyTo),
		Edited: o.Updated != "" && o.Updated != o.Published.Format(time.RFC3339),
	}
	if o.Summary != "" { // the warning that stands before the text
		p.Text = strings.TrimSpace(norm.NFC.String(o.Summary) + "\n" + p.Text)
	}
	if o.InReplyTo != "" {
		p.Kind = pipeline.Reply
		if i := strings.LastIndex(o.ID, "/"); i >= 0 && strings.HasPrefix(o.InReplyTo, o.ID[:i+1]) {
			p.Kind, p.SelfReply = pipeline.Own, true
		}
	}
	for language := range o.ContentMap {
		if len(o.ContentMap) == 1 {
			p.Language = language
		}
	}
	for _, t := range o.Tag {
		switch t.Type {
		case "Hashtag":
			p.Hashtags = append(p.Hashtags, strings.TrimPrefix(t.Name, "#"))
		case "Mention":
			p.Mentions = append(p.Mentions, strings.TrimPrefix(t.Name, "@"))
		}
	}
	p.Hashtags, p.Mentions = collectors.Distinct(p.Hashtags), collectors.Distinct(p.Mentions)
	for _, m := range o.Attachment {
		kind, _, _ := strings.Cut(m.MediaType, "/")
		if kind != "image" && kind != "video" && kind != "audio" {
			kind = "other"
		}
		p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: m.URL, Alt: norm.NFC.String(strings.TrimSpace(m.Name))})
	}
	return x.sound(p)
}

// sound refuses a post without id, or with a date misread.
func (x *reading) sound(p pipeline.Post) (pipeline.Post, error) {
	if p.ID == "" {
		return p, errors.New("id: it has none")
	}
	if err := x.plausible(p.CreatedAt, p.CreatedAt.Format(time.RFC3339)); err != nil {
		return p, fmt.Errorf("published: %w", err)
	}
	return p, nil
}

func lastSegment(address string) string { return address[strings.LastIndex(address, "/")+1:] }

// mastodonActor is an account's profile in its archive.
type mastodonActor struct{}

func (mastodonActor) about() Format {
	return Format{Name: "Mastodon archive, profile", Platforms: []pipeline.Platform{pipeline.Mastodon}, Gives: []pipeline.Field{
		pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldLinks, pipeline.FieldCreatedAt,
	}}
}

func (mastodonActor) claims(h head) bool {
	return strings.HasPrefix(h.text, "{") && strings.Contains(h.text, `"preferredUsername"`) && strings.Contains(h.text, `"inbox"`)
}

func (f mastodonActor) read(_ context.Context, x *reading, in *input) error {
	var a struct {
		ID, PreferredUsername, Name, Summary, URL, Published string
		Attachment                                           []struct{ Value string }
	}
	if err := object(in, &a); err != nil {
		return err
	}
	handle := a.PreferredUsername
	for _, address := range []string{a.ID, a.URL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			handle += "@" + u.Host
			break
		}
	}
	if err := x.rightAccount(in, "@"+handle, ""); err != nil {
		return err
	}
	bio, links := collectors.Text(a.Summary)
	for _, field := range a.Attachment {
		_, more := collectors.Text(field.Value)
		links = append(links, more...)
	}
	x.give(f.about().Gives...)
	x.profile = &pipeline.Profile{Handle: pipeline.CanonicalHandle(handle), DisplayName: norm.NFC.String(a.Name), Bio: bio, Links: collectors.Distinct(links)}
	x.profile.CreatedAt, _ = time.Parse(time.RFC3339, a.Published) // not a date: not known
	return nil
}
