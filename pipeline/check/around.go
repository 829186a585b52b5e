package check

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
	"presencia/pipeline/language"
)

// aroundVariables tell what lies around a post: the calendar, the account's other posts, and other accounts.
var aroundVariables = []variable{
	{"institution.tags", texts, "", always, func(b *binding) ref.Val { return list(b.ownTags()) }}, // of its campaigns and events, without #
	{"account.website_links", texts, pipeline.FieldWebsite, anAccount, func(b *binding) ref.Val { // of its main page; unknown until that was seen
		p, known := b.page(b.s.Profile.Website)
		if !known || p.Status == 0 || p.Status >= 400 {
			return nil
		}
		return list(p.Links)
	}},
	{"post.wording", text, pipeline.FieldText, aPost, func(b *binding) ref.Val { return types.String(wording(b.post.Text)) }}, // for phrases
	{"post.account", text, "", aPost, func(b *binding) ref.Val { return types.String(b.s.Account.ID) }},
	{"post.in_election", cel.BoolType, "", aPost, func(b *binding) ref.Val { return types.Bool(b.election(b.post.CreatedAt) != nil) }},
	{"post.in_crisis", cel.BoolType, "", aPost, func(b *binding) ref.Val { return types.Bool(b.crisisAt(b.post.CreatedAt) != nil) }},
	// Of the declared emergency in which the post lies; unknown outside of one.
	{"crisis.name", text, "", aPost, func(b *binding) ref.Val { return declared(b.inCrisis().Name) }},
	{"crisis.lead", text, "", aPost, func(b *binding) ref.Val { return declared(string(b.inCrisis().Lead)) }},
	{"crisis.pages", texts, "", aPost, func(b *binding) ref.Val { return declaredAll(b.inCrisis().Pages) }},
	{"post.live", cel.BoolType, "", aPost, func(b *binding) ref.Val { return b.live(b.post) }}, // it carries the tag of a declared event on its days
	// The tags of the declared events of that day that the text names.
	{"post.event_tags", texts, pipeline.FieldText, aPost, func(b *binding) ref.Val { return list(b.eventTags()) }},
	// How alike the text is to what the department's other networks published in the ten minutes before, from 0 to 1, and where that was.
	{"post.copied", cel.DoubleType, pipeline.FieldText, aPost, func(b *binding) ref.Val {
		alike, _ := b.copied()
		return types.Double(alike)
	}},
	{"post.copy_of", text, pipeline.FieldText, aPost, func(b *binding) ref.Val {
		_, of := b.copied()
		return types.String(of)
	}},
	{"post.networks", cel.IntType, "", aPost, func(b *binding) ref.Val { return types.Int(len(b.networks())) }}, // of its department, beside the account and blogs
	{"post.shared_after", cel.ListType(cel.DurationType), "", aPost, func(b *binding) ref.Val { return b.sharedAfter() }},
	{"post.repost_of", text, "", aPost, func(b *binding) ref.Val { return declared(b.post.RepostOf) }},
	{"post.repost_source", text, "", aPost, func(b *binding) ref.Val { return b.repostSource() }},                            // the account of the register or of its peers that is passed on; empty: another
	{"post.mentioned", cel.IntType, pipeline.FieldText, aPost, func(b *binding) ref.Val { return types.Int(b.mentioned()) }}, // accounts, those that are not stored included
	{"post.unmentioned", texts, pipeline.FieldMentions, aPost, func(b *binding) ref.Val { return b.unmentioned() }},          // departments with an account there that the text names without it
	{"post.links_to_own", texts, pipeline.FieldPostLinks, aPost, func(b *binding) ref.Val { return list(b.linksToOwn()) }},   // links to the institution's accounts on other networks
	// The languages of the account's own posts within half an hour, this one's included.
	{"post.languages_nearby", texts, pipeline.FieldText, aPost, func(b *binding) ref.Val { return list(b.languagesNearby()) }},
}

// between tells whether an instant lies on the days from first to last; without a last day, on the first.
func (b *binding) between(t time.Time, first, last pipeline.Date) bool {
	if last.IsZero() {
		last = first
	}
	return !t.Before(first.In(b.zone)) && t.Before(last.AddDays(1).In(b.zone))
}

// election is the one in whose time an instant lies, from its call to polling day.
func (b *binding) election(t time.Time) *pipeline.Election {
	for i, e := range b.register.Calendar.Elections {
		if b.between(t, e.Call, e.Polling) {
			return &b.register.Calendar.Elections[i]
		}
	}
	return nil
}

func (b *binding) crisisAt(t time.Time) *pipeline.Crisis {
	for i, c := range b.register.Calendar.Crises {
		if b.between(t, c.Start, c.End) {
			return &b.register.Calendar.Crises[i]
		}
	}
	return nil
}

// inCrisis is the emergency of the post, an empty one if there is none.
func (b *binding) inCrisis() pipeline.Crisis {
	if c := b.crisisAt(b.post.CreatedAt); c != nil {
		return *c
	}
	return pipeline.Crisis{}
}

// events are those with a tag that are on at a moment, here. One without a tag explains a chart, and is not covered live.
func (b *binding) events(t time.Time) []pipeline.Event {
	var on []pipeline.Event
	for _, e := range b.register.Events {
		if e.Hashtag != "" && b.between(t, e.Start, e.End) && (len(e.Platform) == 0 || slices.Contains(e.Platform, b.s.Account.Platform)) {
			on = append(on, e)
		}
	}
	return on
}

// live is unknown where an event is on and the source lists no tags.
func (b *binding) live(p *pipeline.Observed) ref.Val {
	on := b.events(p.CreatedAt)
	switch {
	case len(on) == 0:
		return types.False
	case !slices.Contains(p.Gives, pipeline.FieldHashtags):
		return nil
	}
	return types.Bool(slices.ContainsFunc(on, func(e pipeline.Event) bool { return len(tagged(p.Hashtags, []string{e.Hashtag})) > 0 }))
}

func (b *binding) eventTags() []string {
	var tags []string
	for _, e := range b.events(b.post.CreatedAt) {
		if hasWord(b.post.Text, []string{e.Name}) {
			tags = append(tags, strings.TrimPrefix(e.Hashtag, "#"))
		}
	}
	return tags
}

func (g *Guide) ownTags() []string {
	var tags []string
	for _, c := range g.register.Campaigns {
		tags = append(tags, c.Hashtags...)
	}
	for _, e := range g.register.Events {
		if e.Hashtag != "" {
			tags = append(tags, strings.TrimPrefix(e.Hashtag, "#"))
		}
	}
	return tags
}

// besides are the department's other accounts, where they were looked at.
func (b *binding) besides() []*pipeline.Subject {
	var found []*pipeline.Subject
	for _, s := range b.s.All {
		if s.Account.ID != b.s.Account.ID && s.Account.Department != "" && s.Account.Department == b.s.Account.Department {
			found = append(found, s)
		}
	}
	return found
}

// networks are those of them that are no blogs.
func (b *binding) networks() []*pipeline.Subject {
	return slices.DeleteFunc(b.besides(), func(s *pipeline.Subject) bool {
		return s.Account.Platform == pipeline.Feed || s.Account.Platform == pipeline.WordPress || !s.Account.Active(b.post.CreatedAt)
	})
}

// copiesWithin is how soon a program copies a post to another network.
const copiesWithin = 10 * time.Minute

// copied finds the most alike post. What bears the same instant on two networks counts as the copy of the account whose id
// comes first.
func (b *binding) copied() (alike float64, of string) {
	at := b.post.CreatedAt
	for _, s := range b.besides() {
		if s.Account.Platform == b.s.Account.Platform {
			continue
		}
		for i := range near(s.Posts, at.Add(-copiesWithin), at) {
			p := &s.Posts[i]
			if p.Kind != pipeline.Own || !slices.Contains(p.Gives, pipeline.FieldText) || p.CreatedAt.Equal(at) && s.Account.ID > b.s.Account.ID {
				continue
			}
			if a := similar(p.Text, b.post.Text); a > alike {
				alike, of = a, named(s.Account)
			}
		}
	}
	return alike, of
}

// near are the places of the posts from one moment to another, both included, in a slice with the oldest first.
func near(posts []pipeline.Observed, from, to time.Time) func(yield func(int) bool) {
	first := sort.Search(len(posts), func(i int) bool { return !posts[i].CreatedAt.Before(from) })
	return func(yield func(int) bool) {
		for i := first; i < len(posts) && !posts[i].CreatedAt.After(to) && yield(i); i++ {
		}
	}
}

// sharedAfter lists how long after the post each post of the department's networks came that links to it. It is unknown
// where there is none and links of one of them are not known.
func (b *binding) sharedAfter() ref.Val {
	if b.post.URL == "" {
		return nil
	}
	after := []time.Duration{}
	known := true
	for _, s := range b.networks() {
		for i := range near(s.Posts, b.post.CreatedAt, b.s.Window.To) {
			p := &s.Posts[i]
			known = known && slices.Contains(p.Gives, pipeline.FieldPostLinks)
			if slices.ContainsFunc(p.Links, func(l string) bool { return samePage(b.leads(l), b.post.URL) }) {
				after = append(after, p.CreatedAt.Sub(b.post.CreatedAt))
			}
		}
	}
	if len(after) == 0 && !known {
		return nil
	}
	return list(after)
}

// leads is where a link leads, as far as it was looked at.
func (b *binding) leads(link string) string {
	if p, ok := b.s.Pages[link]; ok && p.Final != "" {
		return p.Final
	}
	return link
}

// repostSource tells the account by the address of its post, of which it is the beginning.
func (b *binding) repostSource() ref.Val {
	address := b.post.RepostOf
	if address == "" {
		return nil
	}
	known := map[string]bool{}
	for _, a := range b.register.Accounts {
		for _, n := range addresses(a) {
			known[n] = true
		}
	}
	for _, p := range b.register.Peers {
		for _, n := range addresses(pipeline.Account{Platform: p.Platform, Handle: p.Handle, Server: p.Server}) {
			known[n] = true
		}
	}
	return types.String(publisher(address, func(at string) bool { return known[at] }))
}

// publisher is the account by which an address was published: its profile's address is the beginning of those of its posts.
func publisher(address string, known func(at string) bool) string {
	for address = strings.TrimRight(address, "/"); len(address) > len("https://"); address = address[:max(strings.LastIndexByte(address, '/'), 0)] {
		if at := accountAt(address); at != "" && known(at) {
			return at
		}
	}
	return ""
}

// mention finds @name and @name@host, and the mark of an account that is not stored; a mail address is none.
var mention = regexp.MustCompile(`(?:^|[^\pL\pN_.@%+-])@(?:…|[\pL\pN_])`)

func (b *binding) mentioned() int {
	n := 0
	if strings.Contains(b.post.Text, "@") {
		n = len(mention.FindAllStringIndex(b.post.Text, -1))
	}
	if b.postGiven[pipeline.FieldMentions] {
		n = max(n, len(b.post.Mentions))
	}
	return n
}

// unmentioned looks for names of two words and more: "Cultura" alone is a word before it is a department. It is unknown
// where the text is.
func (b *binding) unmentioned() ref.Val {
	if !b.postGiven[pipeline.FieldText] {
		return nil
	}
	found := []string{}
	folded := fold(b.post.Text)
	for _, d := range b.register.Departments {
		words := nameWords(d.Name)
		if d.ID == b.s.Account.Department || len(words) < 2 || !strings.Contains(folded, slices.MaxFunc(words, func(x, y string) int { return len(x) - len(y) })) ||
			len(slices.DeleteFunc(words, func(w string) bool { return slices.Contains(small, w) })) < 2 || !hasWord(b.post.Text, []string{d.Name}) {
			continue
		}
		there, mentioned := false, false
		for _, a := range b.register.Accounts {
			if a.Department == d.ID && a.Platform == b.s.Account.Platform && a.Active(b.post.CreatedAt) {
				there = true
				handle := pipeline.CanonicalHandle(a.Handle)
				local, _, _ := strings.Cut(handle, "@")
				mentioned = mentioned || slices.Contains(b.post.Mentions, handle) || slices.Contains(b.post.Mentions, local)
			}
		}
		if there && !mentioned {
			found = append(found, d.Name)
		}
	}
	return list(found)
}

func (b *binding) linksToOwn() []string {
	var found []string
	for _, l := range b.post.Links {
		at := publisher(b.leads(l), func(at string) bool {
			return slices.ContainsFunc(b.register.Accounts, func(a pipeline.Account) bool {
				return a.Platform != b.s.Account.Platform && a.Platform != pipeline.WordPress && slices.Contains(addresses(a), at)
			})
		})
		if at != "" {
			found = append(found, l)
		}
	}
	return found
}

// nearby is how far apart posts in several languages may lie.
const nearby = 30 * time.Minute

func (b *binding) languagesNearby() []string {
	var spoken []string
	for i := range near(b.s.Posts, b.post.CreatedAt.Add(-nearby), b.post.CreatedAt.Add(nearby)) {
		if p := &b.s.Posts[i]; p.Kind == pipeline.Own {
			spoken = append(spoken, b.spoken(p)...)
		}
	}
	slices.Sort(spoken)
	return slices.Compact(spoken)
}

// spoken are the languages of a post's parts; they are told once.
func (b *binding) spoken(p *pipeline.Observed) []string {
	told, ok := b.tongues[p]
	if !ok {
		if b.tongues == nil {
			b.tongues = map[*pipeline.Observed][]string{}
		}
		told = language.Spoken(p.Text)
		b.tongues[p] = told
	}
	return told
}
