package check

import (
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
}
