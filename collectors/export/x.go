package export

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/collectors"
	"presencia/pipeline"
)

var onlyX = []pipeline.Platform{pipeline.X}

func xFormats() []format {
	return []format{
		xArchive{},
		tableFormat{
			name: "table of tweets", platforms: onlyX, signature: []string{"created", "text", "url", "replies", "reposts", "likes", "user"},
			columns: map[string][]string{
				"created": {"created_at"}, "text": {"text"}, "url": {"url"}, "likes": {"favorites"}, "replies": {"replies"}, "reposts": {"retweets"},
			},
			layouts: []string{"M/D/YY H:MM"},
		},
		tableFormat{
			name: "X Analytics content", platforms: onlyX, signature: []string{"id", "created", "text", "url"},
			columns: map[string][]string{
				"id": {"Post id"}, "created": {"Date"}, "text": {"Post text"}, "url": {"Post Link"}, "likes": {"Likes"}, "replies": {"Replies"},
				"reposts": {"Reposts"}, "views": {"Impressions"}, "saves": {"Bookmarks"},
			},
			layouts: []string{"DDD, MMM D, YYYY", "YYYY-MM-DD"}, born: snowflake,
		},
		tableFormat{
			name: "X Analytics overview", platforms: onlyX, signature: []string{"created", "Impressions", "gain", "loss", "Create Post"},
			columns: map[string][]string{"created": {"Date"}, "gain": {"New follows"}, "loss": {"Unfollows"}},
			layouts: []string{"DDD, MMM D, YYYY", "YYYY-MM-DD"},
		},
		tableFormat{
			name: "Twitter Analytics", platforms: onlyX, signature: []string{"id", "url", "text", "created"},
			columns: map[string][]string{
				"id": {"Tweet id"}, "created": {"time"}, "text": {"Tweet text"}, "url": {"Tweet permalink"}, "likes": {"likes", "favorites"},
				"replies": {"replies"}, "reposts": {"retweets"}, "views": {"impressions"},
			},
			layouts: []string{"YYYY-MM-DD HH:MM ZZ"},
		},
	}
}

// snowflake is when X gave out an id: since November 2010 its upper bits are the milliseconds since that epoch.
func snowflake(id string) (time.Time, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n < 1<<40 {
		return time.Time{}, false
	}
	return time.UnixMilli(n>>22 + 1_288_834_974_657).UTC().Truncate(time.Second), true
}

// xArchive is the archive that X gives an account of itself: scripts of which each holds one list. Of followers only
// the number is read.
type xArchive struct{}

var xScript = regexp.MustCompile(`^(?:window\.YTD\.(tweets?|followers?|following|account|profile)\.part\d+|Grailbird\.data\.(tweets)_\d{4}_\d{2})\s*=`)

var xArchiveGives = []pipeline.Field{
	pipeline.FieldText, pipeline.FieldPostLanguage, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions,
	pipeline.FieldMedia,
}

func (xArchive) about() Format {
	return Format{
		Name: "X archive", Platforms: onlyX, Gives: slices.Concat(xArchiveGives, []pipeline.Field{
			pipeline.FieldLikes, pipeline.FieldReposts, pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldDisplayName, pipeline.FieldBio,
			pipeline.FieldWebsite, pipeline.FieldCreatedAt,
		}),
	}
}

func (xArchive) claims(h head) bool { return xScript.MatchString(h.text) }

func (xArchive) read(ctx context.Context, x *reading, in *input) error {
	begin, err := in.begin()
	if err != nil {
		return err
	}
	m := xScript.FindStringSubmatch(begin)
	kind := strings.TrimSuffix(m[1]+m[2], "s")
	if kind == "tweet" {
		return x.tweets(ctx, in, m[2] != "")
	}
	if x.profile == nil {
		x.profile = &pipeline.Profile{}
	}
	p := x.profile
	switch kind {
	case "follower", "following":
		into, gives := &p.Followers, pipeline.FieldFollowers
		if kind == "following" {
			into, gives = &p.Following, pipeline.FieldFollowing
		}
		x.give(gives)
		n := into.N // an archive may have several parts
		if err := elements(ctx, in, "", func(int, struct{}) error { n++; return nil }); err != nil {
			return err
		}
		*into = pipeline.CountOf(n)
		return nil
	case "account":
		return elements(ctx, in, "", func(_ int, v struct {
			Account struct {
				ID          string `json:"accountId"`
				Username    string
				DisplayName string `json:"accountDisplayName"`
				CreatedAt   time.Time
			}
		}) error {
			x.give(pipeline.FieldDisplayName, pipeline.FieldCreatedAt)
			p.StableID, p.Handle, p.DisplayName, p.CreatedAt = v.Account.ID, pipeline.CanonicalHandle(v.Account.Username), x.words(v.Account.DisplayName), v.Account.CreatedAt
			return x.rightAccount(in, "@"+v.Account.Username, v.Account.ID)
		})
	}
	return elements(ctx, in, "", func(_ int, v struct {
		Profile struct {
			Description struct{ Bio, Website string }
		}
	}) error {
		x.give(pipeline.FieldBio, pipeline.FieldWebsite)
		p.Bio, p.Website = x.words(v.Profile.Description.Bio), v.Profile.Description.Website
		return nil
	})
}

// archivedTweet is a tweet of an archive: with numbers as strings, or in archives up to 2018 as numbers.
type archivedTweet struct {
	ID             string `json:"id_str"`
	CreatedAt      string `json:"created_at"`
	FullText       string `json:"full_text"`
	Text           string `json:"text"`
	Likes          figure `json:"favorite_count"`
	Retweets       figure `json:"retweet_count"`
	InReplyTo      string `json:"in_reply_to_status_id_str"`
	InReplyToName  string `json:"in_reply_to_screen_name"`
	Language       string `json:"lang"`
	Entities       archivedEntities
	Extended       archivedEntities `json:"extended_entities"`
	RetweetedPosts *struct{}        `json:"retweeted_status"`
	Edits          struct {
		Initial, Edit struct {
			Versions []string `json:"editTweetIds"`
			First    string   `json:"initialTweetId"`
			Control  struct {
				Versions []string `json:"editTweetIds"`
			} `json:"editControlInitial"`
		}
	} `json:"edit_info"`
}

type archivedEntities struct {
	Hashtags []struct{ Text string }
	Mentions []struct {
		Name string `json:"screen_name"`
	} `json:"user_mentions"`
	URLs []struct {
		Expanded string `json:"expanded_url"`
	}
	Media []struct {
		Type string
		URL  string `json:"media_url_https"`
		Link string `json:"expanded_url"`
	}
}

// figure is a number that may be written as a string.
type figure string

func (f *figure) UnmarshalJSON(b []byte) error {
	if s := strings.Trim(string(b), `"`); s != "null" {
		*f = figure(s)
	}
	return nil
}

var archivedLayouts = layoutsOf([]string{time.RubyDate, "2006-01-02 15:04:05 -0700"})

// tweets reads the posts of an archive. old tells the archives until 2018, which have no figures.
func (x *reading) tweets(ctx context.Context, in *input, old bool) error {
	shape, gives := "X archive", append(slices.Clone(xArchiveGives), pipeline.FieldLikes, pipeline.FieldReposts)
	if old {
		shape, gives = "X archive, old", xArchiveGives
	}
	if err := x.posting(in, shape, gives); err != nil {
		return err
	}
	return elements(ctx, in, "", func(n int, v struct {
		Tweet *archivedTweet
		archivedTweet
	}) error {
		x.report.Rows++
		t := v.Tweet
		if t == nil {
			t = &v.archivedTweet
		}
		if versions := append(t.Edits.Initial.Versions, t.Edits.Edit.Control.Versions...); len(versions) > 0 && t.ID != versions[len(versions)-1] {
			x.report.Repeated++ // an older version
			return nil
		}
		p, err := x.tweet(t, old)
		if err != nil {
			x.bad(in, n, "%v", err)
			return nil
		}
		return x.add(in, n, p)
	})
}

func (x *reading) tweet(t *archivedTweet, old bool) (pipeline.Post, error) {
	if _, err := strconv.ParseUint(t.ID, 10, 64); err != nil {
		return pipeline.Post{}, fmt.Errorf("id_str: %q is not the id of a post", t.ID)
	}
	at, err := x.date(t.CreatedAt, archivedLayouts, time.UTC)
	if err != nil {
		return pipeline.Post{}, fmt.Errorf("created_at: %w", err)
	}
	own := strings.TrimPrefix(strings.TrimSpace(x.account.Handle), "@")
	p := pipeline.Post{
		ID: t.ID, CreatedAt: at.Time, Kind: pipeline.Own, Text: x.words(t.FullText + t.Text), URL: "https://x.com/" + own + "/status/" + t.ID, InReplyTo: t.InReplyTo,
		Edited: t.Edits.Edit.First != "" || len(t.Edits.Initial.Versions) > 1,
	}
	if t.Language != "und" && !strings.HasPrefix(t.Language, "q") { // X's own codes for what is no language
		p.Language = map[string]string{"in": "id", "iw": "he"}[t.Language]
		if p.Language == "" {
			p.Language = t.Language
		}
	}
	for _, h := range t.Entities.Hashtags {
		p.Hashtags = append(p.Hashtags, h.Text)
	}
	for _, m := range t.Entities.Mentions {
		p.Mentions = append(p.Mentions, m.Name)
	}
	for _, u := range t.Entities.URLs {
		p.Links = append(p.Links, u.Expanded)
	}
	p.Hashtags, p.Mentions, p.Links = collectors.Distinct(p.Hashtags), collectors.Distinct(p.Mentions), collectors.Distinct(p.Links)
	media := t.Extended.Media
	if len(media) == 0 {
		media = t.Entities.Media
	}
	for _, m := range media {
		kind := map[string]string{"photo": "image", "video": "video", "animated_gif": "video"}[m.Type]
		if kind == "" {
			kind = "other"
		}
		p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: m.URL})
	}
	if strings.HasPrefix(p.Text, "RT @") || t.RetweetedPosts != nil { // pictures and figures are somebody else's
		p.Kind, p.Media = pipeline.Repost, nil
		p.Figures = pipeline.Figures{Likes: pipeline.NoCount, Replies: pipeline.NoCount, Reposts: pipeline.NoCount, Views: pipeline.NoCount, Reach: pipeline.NoCount, Saves: pipeline.NoCount}
		return p, nil
	}
	switch {
	case t.InReplyToName != "" && strings.EqualFold(t.InReplyToName, own):
		p.SelfReply = t.InReplyTo != ""
	case t.InReplyToName != "" || t.InReplyTo != "":
		p.Kind = pipeline.Reply
	}
	if old {
		return p, nil
	}
	if p.Figures.Likes, err = parseFigure(string(t.Likes), false); err != nil {
		return p, fmt.Errorf("favorite_count: %w", err)
	}
	if p.Figures.Reposts, err = parseFigure(string(t.Retweets), false); err != nil {
		return p, fmt.Errorf("retweet_count: %w", err)
	}
	return p, nil
}
