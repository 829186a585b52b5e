package check

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// commonVariables are there for every rule.
var commonVariables = []variable{
	{"now", cel.TimestampType, "", always, func(b *binding) ref.Val { return instant(b.now) }}, // the end of the window, or the moment of the check if earlier
	{"institution.name", text, "", always, func(b *binding) ref.Val { return declared(b.register.Institution.Name) }},
	{"institution.languages", texts, "", always, func(b *binding) ref.Val { return declaredAll(b.register.Institution.Languages) }},
	{"institution.official_domains", texts, "", always, func(b *binding) ref.Val { return declaredAll(b.register.Institution.OfficialDomains) }},
	{"institution.policy_url", text, "", always, func(b *binding) ref.Val { return declared(b.register.Institution.PolicyURL) }},
	{"institution.attention_hours", text, "", always, func(b *binding) ref.Val { return types.String(b.hours.String()) }}, // 24/7 where none are declared
}

// accountVariables are there for every rule but the institution's.
var accountVariables = []variable{
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
		if r := b.onDay(b.s.Account.Reviewed); r != nil && !instantOf(r).After(b.now) {
			return r
		}
		return nil // a review to come says nothing of this moment
	}},
	{"register.opened", cel.TimestampType, "", anAccount, func(b *binding) ref.Val { return b.onDay(b.s.Account.Opened) }},
	{"register.closed", cel.TimestampType, "", anAccount, func(b *binding) ref.Val { return b.onDay(b.s.Account.Closed) }},
	{"register.empty", texts, "", anAccount, func(b *binding) ref.Val { return list(b.empty()) }},           // keys of its entry that say nothing
	{"register.campaigns", texts, "", anAccount, func(b *binding) ref.Val { return list(b.campaigns()) }},   // their names and tags
	{"account.known_as", texts, "", anAccount, func(b *binding) ref.Val { return list(b.knownAs()) }},       // in the form of account_at; empty for feeds
	{"account.handle", text, "", anAccount, func(b *binding) ref.Val { return declared(b.handle()) }},       // the name alone, in lower case
	{"account.host", text, "", anAccount, func(b *binding) ref.Val { return types.String(b.handleHost()) }}, // of the server or domain that the name stands for; empty where names stand for none
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
}

// onDay is a day's first instant, unknown where no day is declared.
func (b *binding) onDay(d pipeline.Date) ref.Val {
	if d.IsZero() {
		return nil
	}
	return instant(d.In(b.zone))
}

func (b *binding) empty() []string {
	a := b.s.Account
	department, _ := b.register.Department(a.Department)
	var keys []string
	for _, k := range []struct {
		key   string
		empty bool
	}{
		{"department", department.Name == ""},
		{"handle", a.Handle == ""},
		{"owner", a.Owner == ""},
		{"languages", len(a.Languages)+len(b.register.Institution.Languages) == 0},
		{"admins", a.Admins <= 0},
		{"opened", a.Opened.IsZero()},
		{"closed", a.Closed.IsZero()},
		{"reviewed", a.Reviewed.IsZero()},
	} {
		if k.empty {
			keys = append(keys, k.key)
		}
	}
	return keys
}

func (b *binding) campaigns() []string {
	var names []string
	for _, c := range b.register.Campaigns {
		names = append(append(names, c.Name), c.Hashtags...)
	}
	return names
}

func (b *binding) knownAs() []string {
	known := addresses(b.s.Account)
	if p := b.s.Profile; p != nil && p.Handle != "" { // it may have been renamed since the register was written
		a := b.s.Account
		a.Handle, a.StableID = p.Handle, p.StableID
		known = append(known, addresses(a)...)
	}
	return known
}

// seenHandle is the handle as last seen, or else as declared.
func (b *binding) seenHandle() string {
	if p := b.s.Profile; p != nil && p.Handle != "" {
		return pipeline.CanonicalHandle(p.Handle)
	}
	return pipeline.CanonicalHandle(b.s.Account.Handle)
}

func (b *binding) handle() string {
	name, _, _ := strings.Cut(b.seenHandle(), "@")
	return name
}

func (b *binding) handleHost() string {
	switch b.s.Account.Platform {
	case pipeline.Mastodon:
		if _, host, found := strings.Cut(b.seenHandle(), "@"); found {
			return host
		}
		return hostOf(b.s.Account.Server)
	case pipeline.Bluesky:
		return b.seenHandle()
	}
	return ""
}

// accountSenses hold web addresses against the accounts of the register.
var accountSenses = []Sense{
	// The account that an address leads to, as platform and name; empty: to none, or to a feed.
	{"account_at", in(text), text, func(_ *Guide, a []ref.Val) ref.Val { return types.String(accountAt(str(a[0]))) }},
	// The open accounts that none of the links leads to, and the closed ones to which one still does.
	{"unlinked", in(texts, cel.TimestampType), texts, func(g *Guide, a []ref.Val) ref.Val { return list(linked(g.openAt(instantOf(a[1])), strs(a[0]), false)) }},
	{"still_linked", in(texts, cel.TimestampType), texts, func(g *Guide, a []ref.Val) ref.Val {
		return list(linked(g.closedAt(instantOf(a[1])), strs(a[0]), true))
	}},
	// The links that lead to accounts which the register does not have.
	{"strangers", in(texts), texts, func(g *Guide, a []ref.Val) ref.Val { return list(g.strangers(strs(a[0]))) }},
}

// addresses are the names under which links can lead to an account: its handle, and its stable id where that is known.
// A feed has none: it is the site itself.
func addresses(a pipeline.Account) []string {
	handle := pipeline.CanonicalHandle(a.Handle)
	switch {
	case a.Platform == pipeline.Feed:
		return nil
	case a.Platform == pipeline.WordPress:
		if host := hostOf(a.Server); host != "" {
			handle = host
		}
	case a.Platform == pipeline.Mastodon && !strings.Contains(handle, "@"):
		handle += "@" + hostOf(a.Server)
	}
	names := []string{string(a.Platform) + " " + handle}
	if a.StableID != "" && a.Platform != pipeline.Mastodon { // there each server numbers its own
		names = append(names, string(a.Platform)+" "+strings.ToLower(a.StableID))
	}
	return names
}

func accountAt(link string) string {
	if a, ok := pipeline.AccountAt(link); ok {
		if names := addresses(a); len(names) > 0 {
			return names[0]
		}
	}
	return ""
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(domain(u.Hostname()), "www.")
}

// linked names those accounts to which a link leads, or to which none does.
func linked(accounts []pipeline.Account, links []string, leads bool) []string {
	led := map[string]bool{}
	for _, l := range links {
		led[accountAt(l)] = true
	}
	var found []string
	for _, a := range accounts {
		if names := addresses(a); len(names) > 0 && slices.ContainsFunc(names, func(n string) bool { return led[n] }) == leads {
			found = append(found, names[0])
		}
	}
	return found
}

// openAt lists the accounts that are open just before a moment, the end of a window.
func (g *Guide) openAt(end time.Time) []pipeline.Account {
	return slices.DeleteFunc(slices.Clone(g.register.Accounts), func(a pipeline.Account) bool { return !a.Active(end.Add(-time.Millisecond)) })
}

// closedAt lists those that are closed by then.
func (g *Guide) closedAt(end time.Time) []pipeline.Account {
	return slices.DeleteFunc(slices.Clone(g.register.Accounts), func(a pipeline.Account) bool { return a.Closed.IsZero() || end.Before(a.Closed.In(time.UTC)) })
}

func (g *Guide) strangers(links []string) []string {
	known := map[string]bool{"": true}
	for _, a := range g.register.Accounts {
		for _, n := range addresses(a) {
			known[n] = true
		}
	}
	var found []string
	for _, l := range links {
		if at := accountAt(l); !known[at] {
			known[at] = true
			found = append(found, l)
		}
	}
	return found
}
