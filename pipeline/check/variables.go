package check

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"presencia/pipeline"
)

// unit is what a rule judges one of; it decides which variables an expression may name.
type unit uint8

const (
	always    unit = iota // no unit of its own: there for every rule
	anAccount             // there for every rule but the institution's
	aPost
	aThread // a message from the public and its answer
	aSpan   // a day or a month, with its posts and threads
	anInstitution

	units = iota
)

// variable is a name that expressions may use.
type variable struct {
	name string
	typ  *cel.Type
	// field is what the source must give for the variable to be known; empty: it does not come from a source.
	field pipeline.Field
	unit  unit
	get   func(*binding) ref.Val // nil for what is not known
}

var (
	text  = cel.StringType
	texts = cel.ListType(cel.StringType)
)

// variables lists every name: first those for every rule, then those of the account.
var variables = []variable{
	{"now", cel.TimestampType, "", always, func(b *binding) ref.Val { return instant(b.now) }}, // the end of the window, or the moment of the check if earlier
	{"institution.name", text, "", always, func(b *binding) ref.Val { return declared(b.register.Institution.Name) }},
	{"institution.languages", texts, "", always, func(b *binding) ref.Val { return declaredAll(b.register.Institution.Languages) }},
	{"institution.official_domains", texts, "", always, func(b *binding) ref.Val { return declaredAll(b.register.Institution.OfficialDomains) }},
	{"institution.policy_url", text, "", always, func(b *binding) ref.Val { return declared(b.register.Institution.PolicyURL) }},
	{"institution.attention_hours", text, "", always, func(b *binding) ref.Val { return types.String(b.hours.String()) }}, // 24/7 where none are declared
	{"register.department", text, "", anAccount, func(b *binding) ref.Val {
		d, _ := b.register.Department(b.s.Account.Department)
		return declared(d.Name)
	}},
	{"register.handle", text, "", anAccount, func(b *binding) ref.Val { return declared(b.s.Account.Handle) }},
	{"register.platform", text, "", anAccount, func(b *binding) ref.Val { return types.String(b.s.Account.Platform) }},
	{"register.languages", texts, "", anAccount, func(b *binding) ref.Val {
		if len(b.s.Account.Languages) > 0 {
			return list(b.s.Account.Languages)
		}
		return declaredAll(b.register.Institution.Languages)
	}},
	{"register.owner", text, "", anAccount, func(b *binding) ref.Val { return declared(b.s.Account.Owner) }},
	{"register.admins", cel.IntType, "", anAccount, func(b *binding) ref.Val { return positive(b.s.Account.Admins) }},
	{"register.reviewed", cel.TimestampType, "", anAccount, func(b *binding) ref.Val {
		if b.s.Account.Reviewed.IsZero() {
			return nil
		}
		return instant(b.s.Account.Reviewed.In(b.zone))
	}},

	{"account.followers", cel.IntType, pipeline.FieldFollowers, anAccount, func(b *binding) ref.Val { return count(b.s.Profile.Followers) }},
	{"account.following", cel.IntType, pipeline.FieldFollowing, anAccount, func(b *binding) ref.Val { return count(b.s.Profile.Following) }},
	{"account.posts", cel.IntType, pipeline.FieldPostCount, anAccount, func(b *binding) ref.Val { return count(b.s.Profile.Posts) }},
	{"account.display_name", text, pipeline.FieldDisplayName, anAccount, func(b *binding) ref.Val { return types.String(b.s.Profile.DisplayName) }},
	{"account.bio", text, pipeline.FieldBio, anAccount, func(b *binding) ref.Val { return types.String(b.s.Profile.Bio) }},
	{"account.website", text, pipeline.FieldWebsite, anAccount, func(b *binding) ref.Val { return types.String(b.s.Profile.Website) }},
	{"account.links", texts, pipeline.FieldLinks, anAccount, func(b *binding) ref.Val { return list(b.s.Profile.Links) }},
	{"account.avatar", text, pipeline.FieldAvatar, anAccount, func(b *binding) ref.Val { return types.String(b.s.Profile.Avatar) }},
	{"account.header", text, pipeline.FieldHeader, anAccount, func(b *binding) ref.Val { return types.String(b.s.Profile.Header) }},
	{"account.verified", cel.BoolType, pipeline.FieldVerified, anAccount, func(b *binding) ref.Val { return types.Bool(b.s.Profile.Verified) }},
	{"account.protected", cel.BoolType, pipeline.FieldProtected, anAccount, func(b *binding) ref.Val { return types.Bool(b.s.Profile.Protected) }},
	{"account.created_at", cel.TimestampType, pipeline.FieldCreatedAt, anAccount, func(b *binding) ref.Val { return instant(b.s.Profile.CreatedAt) }},
	{"account.last_post_at", cel.TimestampType, "", anAccount, func(b *binding) ref.Val { // the newest, of the posts known and of what the profile says
		last := b.s.LastPostAt
		if b.given[pipeline.FieldLastPostAt] && b.s.Profile.LastPostAt.After(last) {
			last = b.s.Profile.LastPostAt
		}
		return instant(last)
	}},

	{"post.text", text, pipeline.FieldText, aPost, func(b *binding) ref.Val { return types.String(b.post.Text) }},
	{"post.texts", texts, pipeline.FieldText, aPost, func(b *binding) ref.Val { // the text and every alternative text that is known
		all := []string{b.post.Text}
		if b.postGiven[pipeline.FieldAlt] {
			for _, m := range b.post.Media {
				if m.Alt != "" {
					all = append(all, m.Alt)
				}
			}
		}
		return list(all)
	}},
	{"post.created_at", cel.TimestampType, "", aPost, func(b *binding) ref.Val { return instant(b.post.CreatedAt) }},
	{"post.kind", text, "", aPost, func(b *binding) ref.Val { return declared(string(b.post.Kind)) }},
	{"post.language", text, pipeline.FieldPostLanguage, aPost, func(b *binding) ref.Val { return declared(b.post.Language) }},
	{"post.links", texts, pipeline.FieldPostLinks, aPost, func(b *binding) ref.Val { return list(b.post.Links) }},
	{"post.hashtags", texts, pipeline.FieldHashtags, aPost, func(b *binding) ref.Val { return list(b.post.Hashtags) }},
	{"post.mentions", texts, pipeline.FieldMentions, aPost, func(b *binding) ref.Val { return list(b.post.Mentions) }},
	{"post.images", cel.IntType, pipeline.FieldMedia, aPost, func(b *binding) ref.Val { return types.Int(len(b.media("image"))) }},
	{"post.videos", cel.IntType, pipeline.FieldMedia, aPost, func(b *binding) ref.Val { return types.Int(len(b.media("video"))) }},
	{"post.media.alt", texts, pipeline.FieldMedia, aPost, func(b *binding) ref.Val { // of each image
		images := b.media("image")
		if len(images) > 0 && !b.postGiven[pipeline.FieldAlt] {
			return nil
		}
		alts := make([]string, len(images))
		for i, m := range images {
			alts[i] = m.Alt
		}
		return list(alts)
	}},
	{"post.media.captions", cel.ListType(cel.BoolType), pipeline.FieldMedia, aPost, func(b *binding) ref.Val { // of each video
		videos := b.media("video")
		if len(videos) > 0 && !b.postGiven[pipeline.FieldCaptions] {
			return nil
		}
		captions := make([]bool, len(videos))
		for i, m := range videos {
			captions[i] = m.Captions
		}
		return list(captions)
	}},

	{"window.own", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Own) }},
	{"window.replies", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Reply) }},
	{"window.reposts", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Repost) }},
	{"window.crisis", cel.BoolType, "", aSpan, func(b *binding) ref.Val { return types.Bool(b.crisis()) }}, // touches a declared crisis

	{"message.at", cel.TimestampType, pipeline.FieldMessages, aThread, func(b *binding) ref.Val { return instant(b.thread.Message.At) }},
	{"message.language", text, pipeline.FieldMessages, aThread, func(b *binding) ref.Val { return declared(b.thread.Message.Language) }},
	{"message.kind", text, pipeline.FieldMessages, aThread, func(b *binding) ref.Val { return declared(b.thread.Message.Kind) }},
	{"reply.answered", cel.BoolType, pipeline.FieldMessages, aThread, func(b *binding) ref.Val { return types.Bool(b.answered(b.thread)) }},
	{"reply.until", cel.TimestampType, pipeline.FieldMessages, aThread, func(b *binding) ref.Val { return instant(b.until(b.thread)) }}, // when it was answered; while it is not, the moment of the check
	{"reply.language", text, pipeline.FieldMessages, aThread, func(b *binding) ref.Val {
		if !b.answered(b.thread) {
			return nil
		}
		return declared(b.thread.Answer.Language)
	}},

	{"replies.answered_after", cel.ListType(cel.DurationType), pipeline.FieldMessages, aSpan, func(b *binding) ref.Val { return b.waits(true) }},
	{"replies.waiting", cel.ListType(cel.DurationType), pipeline.FieldMessages, aSpan, func(b *binding) ref.Val { return b.waits(false) }},

	{"register.accounts", cel.IntType, "", anInstitution, func(b *binding) ref.Val { return types.Int(len(b.register.Accounts)) }},
	{"register.peers", cel.IntType, "", anInstitution, func(b *binding) ref.Val { return types.Int(len(b.register.Peers)) }},
}

// binding is the CEL activation of one subject: it answers names, computing each value once. Values of the account
// stay; the others are forgotten when the binding moves to another post, span or thread.
type binding struct {
	*Guide
	s         *pipeline.Subject
	at, now   time.Time
	given     map[pipeline.Field]bool // what the account's source tells
	gives     []pipeline.Field        // what the post's source tells,
	postGiven map[pipeline.Field]bool // and the same as a set

	post    *pipeline.Observed
	span    pipeline.Window
	posts   []pipeline.Observed
	thread  *pipeline.Thread
	threads []pipeline.Thread

	values []ref.Val // by variable; nil: not asked for yet
}

var _ interpreter.Activation = (*binding)(nil)

func (g *Guide) bind(s *pipeline.Subject, at time.Time) *binding {
	b := &binding{Guide: g, s: s, at: at, now: earlier(s.Window.To, at), given: map[pipeline.Field]bool{}, values: make([]ref.Val, len(variables))}
	if s.Profile != nil {
		b.given = set(s.ProfileGives)
	}
	b.given[pipeline.FieldMessages] = s.GivesThreads
	return b
}

// Parent ends the chain of activations.
func (b *binding) Parent() interpreter.Activation { return nil }

// ResolveName answers a variable's value, or CEL's unknown under the name of what is missing.
func (b *binding) ResolveName(name string) (any, bool) {
	i, ok := b.index[name]
	if !ok {
		return nil, false
	}
	if b.values[i] == nil {
		b.values[i] = b.value(i)
	}
	return b.values[i], true
}

func (b *binding) value(i int) ref.Val {
	v, given := &variables[i], b.given
	if v.unit == aPost {
		given = b.postGiven
	}
	if v.field != "" && !given[v.field] {
		return missing(i, string(v.field))
	}
	if val := v.get(b); val != nil {
		return val
	}
	return missing(i, v.name)
}

// missing is CEL's unknown. Its trail carries the name to the finding's evidence.
func missing(i int, name string) ref.Val {
	return types.NewUnknown(int64(i), types.NewAttributeTrail(name))
}

// missingNames reads back what missing wrote.
func missingNames(u *types.Unknown) string {
	var names []string
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			names = append(names, t.Variable())
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// forget drops the values that do not belong to the account.
func (b *binding) forget() { clear(b.values[b.own:]) }

func (b *binding) onPost(p *pipeline.Observed) {
	b.forget()
	b.post = p
	if b.postGiven == nil || !slices.Equal(b.gives, p.Gives) { // rarely changes from one post to the next
		b.gives, b.postGiven = p.Gives, set(p.Gives)
	}
}

func (b *binding) onThread(t *pipeline.Thread) {
	b.forget()
	b.thread = t
}

func (b *binding) onSpan(w pipeline.Window) {
	b.forget()
	b.span = w
	b.posts = within(b.s.Posts, w, func(p *pipeline.Observed) time.Time { return p.CreatedAt })
	b.threads = within(b.s.Threads, w, func(t *pipeline.Thread) time.Time { return t.Message.At })
}

// within is the part of a slice, oldest first, that lies in a window.
func within[T any](s []T, w pipeline.Window, at func(*T) time.Time) []T {
	from := sort.Search(len(s), func(i int) bool { return !at(&s[i]).Before(w.From) })
	to := sort.Search(len(s), func(i int) bool { return !at(&s[i]).Before(w.To) })
	return s[from:to]
}

func (b *binding) media(kind string) []pipeline.Media {
	var found []pipeline.Media
	for _, m := range b.post.Media {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// posted counts the posts of a kind; where the kind of one is not known, neither is the number.
func (b *binding) posted(k pipeline.PostKind) ref.Val {
	var n types.Int
	for _, p := range b.posts {
		switch p.Kind {
		case k:
			n++
		case "":
			return nil
		}
	}
	return n
}

func (b *binding) crisis() bool {
	return slices.ContainsFunc(b.register.Calendar.Crises, func(c pipeline.Crisis) bool {
		last := cmp.Or(c.End, c.Start)
		return c.Start.In(b.zone).Before(b.span.To) && b.span.From.Before(last.AddDays(1).In(b.zone))
	})
}

// answered tells whether the answer was there at the moment of the check.
func (b *binding) answered(t *pipeline.Thread) bool {
	return t.Answer != nil && !t.Answer.CreatedAt.After(b.at)
}

func (b *binding) until(t *pipeline.Thread) time.Time {
	if b.answered(t) {
		return t.Answer.CreatedAt
	}
	return b.at
}

// waits are the times that messages have waited, by the clock.
func (b *binding) waits(answered bool) ref.Val {
	waits := []time.Duration{}
	for i := range b.threads {
		if t := &b.threads[i]; b.answered(t) == answered {
			waits = append(waits, b.until(t).Sub(t.Message.At))
		}
	}
	return list(waits)
}

func list[T any](s []T) ref.Val {
	if s == nil {
		s = []T{}
	}
	return types.DefaultTypeAdapter.NativeToValue(s)
}

func instant(t time.Time) ref.Val {
	if t.IsZero() {
		return nil
	}
	return types.Timestamp{Time: t}
}

func declared(s string) ref.Val {
	if s == "" {
		return nil
	}
	return types.String(s)
}

func declaredAll(s []string) ref.Val {
	if len(s) == 0 {
		return nil
	}
	return list(s)
}

func positive(n int) ref.Val {
	if n <= 0 {
		return nil
	}
	return types.Int(n)
}

func count(c pipeline.Count) ref.Val {
	n, known := c.Get()
	if !known {
		return nil
	}
	return types.Int(n)
}

func set(fields []pipeline.Field) map[pipeline.Field]bool {
	m := make(map[pipeline.Field]bool, len(fields))
	for _, f := range fields {
		m[f] = true
	}
	return m
}
