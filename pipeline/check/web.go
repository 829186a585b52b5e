package check

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// webSenses compare what was seen on the web.
var webSenses = []Sense{
	// How much the first image looks like the most similar of the others, from 0 to 1; see [pipeline.Alike].
	{"alike", in(text, texts), cel.DoubleType, func(_ *Guide, a []ref.Val) ref.Val {
		best := 0.0
		for _, other := range strs(a[1]) {
			best = max(best, pipeline.Alike(pipeline.Likeness(str(a[0])), pipeline.Likeness(other)))
		}
		return types.Double(best)
	}},
}

// These are facts about web addresses, unknown until they were looked at; see [pipeline.Page] for refusals to programs.
var (
	webCommonVariables = []variable{
		{"institution.avatars", texts, "", always, func(b *binding) ref.Val { return b.images(b.register.Institution.Avatars) }},
		{"institution.avatars_withdrawn", texts, "", always, func(b *binding) ref.Val { return b.images(b.register.Institution.AvatarsWithdrawn) }},
		{"institution.website_status", cel.IntType, "", always, func(b *binding) ref.Val { return b.status(b.register.Institution.Website) }},
		{"institution.policy_status", cel.IntType, "", always, func(b *binding) ref.Val { return b.status(b.register.Institution.PolicyURL) }},
		{"institution.directory_status", cel.IntType, "", always, func(b *binding) ref.Val { return b.status(b.register.Institution.DirectoryURL) }},
		{"institution.directory_links", texts, "", always, func(b *binding) ref.Val {
			if p, ok := b.page(b.register.Institution.DirectoryURL); ok && p.Failure == "" && p.Status < 400 {
				return list(p.Links)
			}
			return nil
		}},
	}
	webAccountVariables = []variable{
		{"account.avatar_image", text, pipeline.FieldAvatar, anAccount, func(b *binding) ref.Val { return b.image(b.s.Profile.Avatar) }},
		{"account.header_image", text, pipeline.FieldHeader, anAccount, func(b *binding) ref.Val { return b.image(b.s.Profile.Header) }},
	}
	webPostVariables = []variable{ // one for each link
		{"post.link_status", cel.ListType(cel.IntType), pipeline.FieldPostLinks, aPost, func(b *binding) ref.Val {
			return seen(b, func(p pipeline.Page) int { return p.Status })
		}},
		{"post.link_final", texts, pipeline.FieldPostLinks, aPost, func(b *binding) ref.Val {
			return seen(b, func(p pipeline.Page) string { return p.Final })
		}},
		{"post.link_titles", texts, pipeline.FieldPostLinks, aPost, func(b *binding) ref.Val {
			return seen(b, func(p pipeline.Page) string { return p.Title })
		}},
	}
)

func (b *binding) image(address string) ref.Val { return declared(string(b.s.Pages[address].Image)) }

// images are what the addresses show; unknown where none are named or one was not seen.
func (b *binding) images(addresses []string) ref.Val {
	var images []string
	for _, a := range addresses {
		image := b.s.Pages[a].Image
		if image == "" {
			return nil
		}
		images = append(images, string(image))
	}
	return declaredAll(images)
}

// page is what is known of an address.
func (b *binding) page(address string) (pipeline.Page, bool) {
	p, ok := b.s.Pages[address]
	return p, ok && p.Known()
}

// status is what an address answers, 0 where nothing does.
func (b *binding) status(address string) ref.Val {
	p, ok := b.page(address)
	if !ok {
		return nil
	}
	return types.Int(p.Status)
}

// seen tells something of every link of the post, once it is known of all.
func seen[T any](b *binding, of func(pipeline.Page) T) ref.Val {
	all := make([]T, len(b.post.Links))
	for i, l := range b.post.Links {
		p, ok := b.page(l)
		if !ok {
			return nil
		}
		all[i] = of(p)
	}
	return list(all)
}
