package store

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"presencia/pipeline"
)

// The rows of the tables, column by column; see migrations. A nil number is unknown or, where its column is named in
// not_applicable, without meaning.

type runRow struct {
	Run      string    `ch:"run"`
	Kind     string    `ch:"kind"`
	Started  time.Time `ch:"started"`
	Finished time.Time `ch:"finished"`
	Register string    `ch:"register"`
	Program  string    `ch:"program"`
	Accounts uint32    `ch:"accounts"`
	Failed   uint32    `ch:"failed"`
	Rows     uint64    `ch:"rows"`
}

type outcomeRow struct {
	Account  string    `ch:"account"`
	At       time.Time `ch:"at"`
	Run      string    `ch:"run"`
	Platform string    `ch:"platform"`
	State    string    `ch:"state"`
	Error    string    `ch:"error"`
	Gaps     []string  `ch:"gaps"`
	Gives    []string  `ch:"gives"`
	Cursor   string    `ch:"cursor"`
	Calls    uint32    `ch:"calls"`
	Cost     float64   `ch:"cost"`
	Posts    uint32    `ch:"posts"`
	Messages uint32    `ch:"messages"`
	TookMS   uint32    `ch:"took_ms"`
}

type profileRow struct {
	Account       string     `ch:"account"`
	Observed      time.Time  `ch:"observed"`
	Run           string     `ch:"run"`
	Followers     *uint64    `ch:"followers"`
	Following     *uint64    `ch:"following"`
	Posts         *uint64    `ch:"posts"`
	NotApplicable []string   `ch:"not_applicable"`
	Gives         []string   `ch:"gives"`
	Asked         string     `ch:"asked"`
	StableID      string     `ch:"stable_id"`
	Handle        string     `ch:"handle"`
	DisplayName   string     `ch:"display_name"`
	Bio           string     `ch:"bio"`
	Website       string     `ch:"website"`
	Links         []string   `ch:"links"`
	Avatar        string     `ch:"avatar"`
	Header        string     `ch:"header"`
	Verified      bool       `ch:"verified"`
	Protected     bool       `ch:"protected"`
	Created       *time.Time `ch:"created"`
	LastPost      *time.Time `ch:"last_post"`
}

type postRow struct {
	Account       string    `ch:"account"`
	Post          string    `ch:"post"`
	Run           string    `ch:"run"`
	Observed      time.Time `ch:"observed"`
	Created       time.Time `ch:"created"`
	Kind          string    `ch:"kind"`
	Text          string    `ch:"text"`
	Language      string    `ch:"language"`
	URL           string    `ch:"url"`
	InReplyTo     string    `ch:"in_reply_to"`
	SelfReply     bool      `ch:"self_reply"`
	RepostOf      string    `ch:"repost_of"`
	Links         []string  `ch:"links"`
	Hashtags      []string  `ch:"hashtags"`
	Mentions      []string  `ch:"mentions"`
	MediaKind     []string  `ch:"media_kind"`
	MediaURL      []string  `ch:"media_url"`
	MediaAlt      []string  `ch:"media_alt"`
	MediaCaptions []bool    `ch:"media_captions"`
	Edited        bool      `ch:"edited"`
	Gives         []string  `ch:"gives"`
	ContentHash   uint64    `ch:"content_hash"`
}

type figuresRow struct {
	Account       string    `ch:"account"`
	Post          string    `ch:"post"`
	Observed      time.Time `ch:"observed"`
	Run           string    `ch:"run"`
	Created       time.Time `ch:"created"`
	Likes         *uint64   `ch:"likes"`
	Replies       *uint64   `ch:"replies"`
	Reposts       *uint64   `ch:"reposts"`
	Views         *uint64   `ch:"views"`
	Reach         *uint64   `ch:"reach"`
	Saves         *uint64   `ch:"saves"`
	NotApplicable []string  `ch:"not_applicable"`
}

type deletionRow struct {
	Account string    `ch:"account"`
	Post    string    `ch:"post"`
	Run     string    `ch:"run"`
	Seen    time.Time `ch:"seen"`
}

type changeRow struct {
	Account string    `ch:"account"`
	At      time.Time `ch:"at"`
	Run     string    `ch:"run"`
	Change  string    `ch:"change"`
	Before  string    `ch:"before"`
	After   string    `ch:"after"`
}

type parkedRow struct {
	Platform string    `ch:"platform"`
	Metric   string    `ch:"metric"`
	Since    time.Time `ch:"since"`
	Run      string    `ch:"run"`
	Cause    string    `ch:"cause"`
}

type messageRow struct {
	Account  string    `ch:"account"`
	Message  string    `ch:"message"`
	Run      string    `ch:"run"`
	Observed time.Time `ch:"observed"`
	Received time.Time `ch:"received"`
	Author   string    `ch:"author"`
	Language string    `ch:"language"`
	Kind     string    `ch:"kind"`
	OnPost   string    `ch:"on_post"`
}

type guideRow struct {
	Guide    string `ch:"guide"`
	Place    uint16 `ch:"place"`
	Rule     string `ch:"rule"`
	Version  uint16 `ch:"version"`
	Scope    string `ch:"scope"`
	Severity string `ch:"severity"`
	Params   string `ch:"params"`
}

type verdictsRow struct {
	Account    string    `ch:"account"`
	Subject    string    `ch:"subject"`
	WindowFrom time.Time `ch:"window_from"`
	WindowTo   time.Time `ch:"window_to"`
	Run        string    `ch:"run"`
	Guide      string    `ch:"guide"`
	URL        string    `ch:"url"`
	At         time.Time `ch:"at"`
	Checked    time.Time `ch:"checked"`
	Letters    string    `ch:"letters"`
}

type evidenceRow struct {
	Account    string    `ch:"account"`
	Rule       string    `ch:"rule"`
	Subject    string    `ch:"subject"`
	WindowFrom time.Time `ch:"window_from"`
	Run        string    `ch:"run"`
	At         time.Time `ch:"at"`
	Evidence   string    `ch:"evidence"`
}

type registerRow struct {
	Version    string    `ch:"version"`
	Saved      time.Time `ch:"saved"`
	Name       string    `ch:"name"`
	TimeZone   string    `ch:"time_zone"`
	Languages  []string  `ch:"languages"`
	Population uint64    `ch:"population"`
	Simulated  bool      `ch:"simulated"`
	Content    string    `ch:"content"`
}

type registerAccountRow struct {
	Version         string     `ch:"version"`
	Account         string     `ch:"account"`
	Department      string     `ch:"department"`
	DepartmentName  string     `ch:"department_name"`
	DepartmentGroup string     `ch:"department_group"`
	Platform        string     `ch:"platform"`
	Handle          string     `ch:"handle"`
	Languages       []string   `ch:"languages"`
	Opened          *time.Time `ch:"opened"`
	Closed          *time.Time `ch:"closed"`
}

// counts turns counts into columns and collects the names of those without meaning.
type counts struct{ missing []string }

func (c *counts) column(name string, n pipeline.Count) *uint64 {
	if n.State == pipeline.NotApplicable {
		c.missing = append(c.missing, name)
	}
	if v, ok := n.Get(); ok && v >= 0 {
		u := uint64(v)
		return &u
	}
	return nil
}

// count is the way back.
func count(name string, v *uint64, notApplicable []string) pipeline.Count {
	switch {
	case v != nil:
		return pipeline.CountOf(int64(*v))
	case slices.Contains(notApplicable, name):
		return pipeline.NoCount
	}
	return pipeline.Count{}
}

func newOutcomeRow(run string, b pipeline.Batch, o pipeline.Outcome) outcomeRow {
	row := outcomeRow{
		Account: string(o.Account), At: o.At, Run: run, Platform: string(o.Platform), State: "ok", Gives: texts(b.Gives),
		Cursor: string(b.Next), Calls: uint32(o.Calls), Cost: o.Cost, Posts: uint32(o.Posts), Messages: uint32(o.Messages),
		TookMS: uint32(o.Took.Milliseconds()),
	}
	for _, g := range o.Gaps {
		row.State = "partial"
		row.Gaps = append(row.Gaps, fmt.Sprintf("%s: %v", g.Part, g.Cause))
	}
	if o.Err != nil {
		row.State, row.Error = "failed", o.Err.Error()
	}
	return row
}

func newProfileRow(run string, b pipeline.Batch) profileRow {
	var c counts
	p := b.Profile
	return profileRow{
		Account: string(b.Account), Observed: b.At, Run: run,
		Followers: c.column("followers", p.Followers), Following: c.column("following", p.Following),
		Posts: c.column("posts", p.Posts), NotApplicable: c.missing, Gives: texts(b.Gives),
		Asked: b.Asked, StableID: p.StableID, Handle: p.Handle, DisplayName: p.DisplayName, Bio: p.Bio, Website: p.Website, Links: p.Links,
		Avatar: p.Avatar, Header: p.Header, Verified: p.Verified, Protected: p.Protected,
		Created: known(p.CreatedAt), LastPost: known(p.LastPostAt),
	}
}

func (r profileRow) profile() *pipeline.Profile {
	p := &pipeline.Profile{
		StableID: r.StableID, Followers: count("followers", r.Followers, r.NotApplicable), Following: count("following", r.Following, r.NotApplicable),
		Posts: count("posts", r.Posts, r.NotApplicable), Handle: r.Handle, DisplayName: r.DisplayName, Bio: r.Bio,
		Website: r.Website, Links: r.Links, Avatar: r.Avatar, Header: r.Header, Verified: r.Verified, Protected: r.Protected,
	}
	if r.Created != nil {
		p.CreatedAt = *r.Created
	}
	if r.LastPost != nil {
		p.LastPostAt = *r.LastPost
	}
	return p
}

func newPostRow(run string, b pipeline.Batch, p pipeline.Post) postRow {
	row := postRow{
		Account: string(b.Account), Post: p.ID, Run: run, Observed: b.At, Created: p.CreatedAt,
		Kind: string(p.Kind), Text: p.Text, Language: p.Language, URL: p.URL, InReplyTo: p.InReplyTo, SelfReply: p.SelfReply,
		RepostOf: p.RepostOf, Links: p.Links, Hashtags: p.Hashtags, Mentions: p.Mentions, Edited: p.Edited, Gives: texts(b.Gives),
	}
	for _, m := range p.Media {
		row.MediaKind, row.MediaURL = append(row.MediaKind, m.Kind), append(row.MediaURL, m.URL)
		row.MediaAlt, row.MediaCaptions = append(row.MediaAlt, m.Alt), append(row.MediaCaptions, m.Captions)
	}
	row.ContentHash = row.hash()
	return row
}

// hash is of the content alone: the same post read again has the same.
func (r postRow) hash() uint64 {
	r.Run, r.Observed, r.Created, r.ContentHash = "", time.Time{}, r.Created.UTC(), 0
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(r) // neither fails
	return h.Sum64()
}

func (r postRow) post() pipeline.Post {
	p := pipeline.Post{
		ID: r.Post, CreatedAt: r.Created, Kind: pipeline.PostKind(r.Kind), Text: r.Text, Language: r.Language, URL: r.URL,
		InReplyTo: r.InReplyTo, SelfReply: r.SelfReply, RepostOf: r.RepostOf, Links: r.Links, Hashtags: r.Hashtags,
		Mentions: r.Mentions, Edited: r.Edited,
	}
	for i, kind := range r.MediaKind {
		p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: r.MediaURL[i], Alt: r.MediaAlt[i], Captions: r.MediaCaptions[i]})
	}
	return p
}

func newFiguresRow(run string, b pipeline.Batch, p pipeline.Post) figuresRow {
	var c counts
	f := p.Figures
	return figuresRow{
		Account: string(b.Account), Post: p.ID, Observed: b.At, Run: run, Created: p.CreatedAt,
		Likes: c.column("likes", f.Likes), Replies: c.column("replies", f.Replies), Reposts: c.column("reposts", f.Reposts),
		Views: c.column("views", f.Views), Reach: c.column("reach", f.Reach), Saves: c.column("saves", f.Saves), NotApplicable: c.missing,
	}
}

func (r figuresRow) figures() pipeline.Figures {
	return pipeline.Figures{
		Likes: count("likes", r.Likes, r.NotApplicable), Replies: count("replies", r.Replies, r.NotApplicable),
		Reposts: count("reposts", r.Reposts, r.NotApplicable), Views: count("views", r.Views, r.NotApplicable),
		Reach: count("reach", r.Reach, r.NotApplicable), Saves: count("saves", r.Saves, r.NotApplicable),
	}
}

func newMessageRow(run string, b pipeline.Batch, m pipeline.Message) messageRow {
	return messageRow{
		Account: string(b.Account), Message: m.ID, Run: run, Observed: b.At, Received: m.At,
		Author: m.Author, Language: m.Language, Kind: m.Kind, OnPost: m.InReplyTo,
	}
}

func (r messageRow) message() pipeline.Message {
	return pipeline.Message{ID: r.Message, At: r.Received, Author: r.Author, Language: r.Language, Kind: r.Kind, InReplyTo: r.OnPost}
}

// verdictLetters are how verdicts are written in a row, in the order of their constants.
const verdictLetters = " ?-pwf"

func newVerdictsRow(run, guide string, checked time.Time, j pipeline.Judged) verdictsRow {
	letters := make([]byte, len(j.Verdicts))
	for i, v := range j.Verdicts {
		letters[i] = verdictLetters[v]
	}
	return verdictsRow{
		Account: string(j.Account), Subject: j.Subject, WindowFrom: j.Window.From, WindowTo: j.Window.To, Run: run, Guide: guide,
		URL: j.URL, At: j.At, Checked: checked, Letters: string(letters),
	}
}

// known is an instant, or nil where it is unset.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func texts[S ~string](in []S) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = string(s)
	}
	return out
}

func fields(in []string) []pipeline.Field {
	out := make([]pipeline.Field, len(in))
	for i, s := range in {
		out[i] = pipeline.Field(s)
	}
	return out
}
