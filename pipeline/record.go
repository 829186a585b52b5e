package pipeline

import (
	"encoding/json"
	"strconv"
	"time"
)

// AccountID is the register's id of an account; it never changes, whatever happens to handles.
type AccountID string

// Platform is the name of a network or kind of source, as written in the register.
type Platform string

// The platforms that a register may name.
const (
	Mastodon  Platform = "mastodon"
	Bluesky   Platform = "bluesky"
	X         Platform = "x"
	Facebook  Platform = "facebook"
	Instagram Platform = "instagram"
	Threads   Platform = "threads"
	YouTube   Platform = "youtube"
	LinkedIn  Platform = "linkedin"
	TikTok    Platform = "tiktok"
	Telegram  Platform = "telegram"
	Flickr    Platform = "flickr"
	Feed      Platform = "feed"
	WordPress Platform = "wordpress"
)

// Platforms lists every name that a register may use, in the order that readers see.
var Platforms = []Platform{Mastodon, Bluesky, X, Facebook, Instagram, Threads, YouTube, LinkedIn, TikTok, Telegram, Flickr, Feed, WordPress}

// State says what is known of a number. The zero value is Unknown.
type State uint8

const (
	// Unknown: the source does not say, or could not be read.
	Unknown State = iota
	// Known: the source gave the number.
	Known
	// NotApplicable: the number has no meaning there (followers of a feed).
	NotApplicable
)

// Count is a number that may be missing. The zero value is unknown.
type Count struct {
	State State
	N     int64
}

// CountOf is a known number.
func CountOf(n int64) Count { return Count{State: Known, N: n} }

// NoCount is a number that has no meaning at its source.
var NoCount = Count{State: NotApplicable}

// Get returns the number and whether it is known.
func (c Count) Get() (int64, bool) { return c.N, c.State == Known }

// String writes the number, or a question mark or dash where there is none.
func (c Count) String() string {
	switch c.State {
	case Known:
		return strconv.FormatInt(c.N, 10)
	case NotApplicable:
		return "–"
	}
	return "?"
}

// MarshalJSON writes a known number as itself and any other as null.
func (c Count) MarshalJSON() ([]byte, error) {
	if n, ok := c.Get(); ok {
		return json.Marshal(n)
	}
	return []byte("null"), nil
}

// Field names a piece of a profile, post or message that a source may or may not give. A rule that reads a
// field the source does not give is not evaluable.
type Field string

// Fields of a profile.
const (
	FieldFollowers   Field = "account.followers"
	FieldFollowing   Field = "account.following"
	FieldPostCount   Field = "account.posts"
	FieldDisplayName Field = "account.display_name"
	FieldBio         Field = "account.bio"
	FieldWebsite     Field = "account.website"
	FieldLinks       Field = "account.links"
	FieldAvatar      Field = "account.avatar"
	FieldHeader      Field = "account.header"
	FieldVerified    Field = "account.verified"
	FieldProtected   Field = "account.protected"
	FieldCreatedAt   Field = "account.created_at"
	FieldLastPostAt  Field = "account.last_post_at"
)

// Fields of a post.
const (
	FieldText         Field = "post.text"
	FieldPostLanguage Field = "post.language"
	FieldKind         Field = "post.kind"
	FieldPostLinks    Field = "post.links"
	FieldHashtags     Field = "post.hashtags"
	FieldMentions     Field = "post.mentions"
	FieldMedia        Field = "post.media"
	FieldAlt          Field = "post.media.alt"
	FieldCaptions     Field = "post.media.captions"
	FieldLikes        Field = "post.likes"
	FieldReplies      Field = "post.replies"
	FieldReposts      Field = "post.reposts"
	FieldViews        Field = "post.views"
	FieldReach        Field = "post.reach"
	FieldSaves        Field = "post.saves"
)

// FieldMessages stands for the messages that the public sends to an account.
const FieldMessages Field = "messages"

// Profile is an account as its platform showed it at one moment.
type Profile struct {
	// StableID is the platform's id of the account, which a new handle does not change; empty: it has none.
	StableID                    string
	Followers, Following, Posts Count
	Handle, DisplayName         string
	Bio, Website                string   // text, without markup
	Links                       []string // every link of the profile, website and fields included
	Avatar, Header              string   // addresses of the images
	Verified                    bool     // a badge or a verified link back
	Protected                   bool
	CreatedAt, LastPostAt       time.Time // zero: unknown
}

// FollowersAt is how many followers an account had at one moment.
type FollowersAt struct {
	At        time.Time
	Followers int64
}

// PostKind tells an account's own words from answers and from what it passes on.
type PostKind string

// The kinds of post.
const (
	Own    PostKind = "own"
	Reply  PostKind = "reply"  // an answer to somebody else; a thread of one's own is Own
	Repost PostKind = "repost" // somebody else's post passed on
)

// Media is one picture, video or sound of a post.
type Media struct {
	Kind     string // image, video, audio, other
	URL      string
	Alt      string // alternative text; empty means none was written, where the source gives FieldAlt
	Captions bool   // has captions, where the source gives FieldCaptions
}

// Figures are a post's counts at one moment.
type Figures struct {
	Likes, Replies, Reposts, Views, Reach Count
	Saves                                 Count // bookmarks; comments on a post are its Replies, shares and quotes its Reposts
}

// Post is a publication of one of the register's accounts.
type Post struct {
	ID        string // the platform's id, opaque
	CreatedAt time.Time
	Author    string // who of several people wrote it, where the source tells; Privacy drops it
	Kind      PostKind
	Text      string // NFC, without markup
	Language  string // BCP 47 as the source declares it; empty: not declared
	URL       string
	InReplyTo string // id of the message or post that it answers (hashed by Privacy unless the account's own)
	SelfReply bool   // InReplyTo is a post of the same account
	RepostOf  string // address of the post passed on
	Links     []string
	Hashtags  []string // without #, as written
	Mentions  []string // handles without @; after Privacy only those the register knows
	Media     []Media
	Edited    bool
	Figures   Figures
}

// Message is something the public wrote to an account. ID and Author are the platform's until Privacy has hashed
// them, and Text is dropped there; no citizen is stored.
type Message struct {
	ID        string
	At        time.Time
	Author    string
	Language  string
	Kind      string // query, complaint, incident, thanks, other; empty: not told
	InReplyTo string // id of the institution's post that it comments on
	Text      string
}

// Cursor is where a collector stopped reading an account. Only its collector can read it; empty means the beginning.
type Cursor string

// Window is a stretch of time, From included, To not.
type Window struct{ From, To time.Time }

// Contains tells whether t lies in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.From) && t.Before(w.To) }

// IsZero tells whether the window is empty and unset.
func (w Window) IsZero() bool { return w.From.IsZero() && w.To.IsZero() }

// Gap is a part of an account that could not be read although the rest could.
type Gap struct {
	Part  string // what is missing, e.g. "messages"
	Cause error
}

// Batch is what one reading of one account brought.
type Batch struct {
	Account  AccountID
	Platform Platform
	Asked    string    // [Account.Asked] of the reading; set by the runner
	At       time.Time // the moment of observation of every figure in the batch
	Gives    []Field   // what this source can tell; every other field of the records below is unknown
	Profile  *Profile  // nil: not read
	// History are the followers of other days, where a source lists them; all else of the account is unknown there.
	History  []FollowersAt
	Posts    []Post
	Messages []Message
	// Listed is the stretch for which Posts holds every post that still exists; a post known from before that lies
	// in it and is not in Posts has been deleted. Zero: nothing can be said.
	Listed Window
	Gone   []string // ids of posts that were asked for and no longer exist
	Gaps   []Gap
	Parked []Parked // metrics that were found to be refused in this reading
	Next   Cursor
	Calls  int     // as the Meter booked them; those that served several accounts are counted with one of them
	Cost   float64 // what the platform charges for this reading, in US dollars
}

// Parked is a metric that its platform refuses, set aside so that it costs no further run.
type Parked struct {
	Platform Platform
	Metric   string // the platform's name of it
	Since    time.Time
	Cause    string
}

// Holding is what a store holds of one thing that reports rest on, by which it is known again.
type Holding struct {
	Name   string    // of the table: runs, plan_items, ticks …
	Count  int       // of its rows, a run or an answer each
	Newest time.Time // when the newest was finished or saved; zero: there are none
	SHA256 string    // over all of them
}
