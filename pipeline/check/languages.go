package check

import (
	"slices"
	"sort"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
	"presencia/pipeline/language"
)

// sensed is the language of a text, unknown where it cannot be told.
func sensed(s string) ref.Val {
	tag, _ := language.Detect(s)
	return declared(tag)
}

// sentences counts the words of each sentence, without those that have none.
func sentences(s string) []int64 {
	var words []int64
	for _, sentence := range language.Sentences(s) {
		if n := language.Read(sentence).Words; n > 0 {
			words = append(words, int64(n))
		}
	}
	return words
}

// readability is unknown for short texts and for those that are not in Spanish alone: the scale has no other.
func readability(s string) ref.Val {
	if len(s) < 2*language.MinWords { // most posts of networks that are read in passing
		return nil
	}
	p, known := language.Read(s).Szigriszt()
	if tag, _ := language.Detect(s); !known || tag != "es" || len(language.Spoken(s)) > 1 {
		return nil
	}
	return types.Double(p)
}

// twinsWithin is how far two posts that say the same in two languages may lie apart.
const twinsWithin = 2 * time.Hour

// twin is the post that says the same as one of the account's in the other official language; empty: there is none.
// The account's own are joined first. For those that are left, the posts of its department's other accounts around
// them are looked at.
func (b *binding) twin(id string) string {
	if b.twins == nil {
		b.twins = map[string]string{}
		own := b.s.Posts
		alone := b.join(twinPosts(b.s, own), nil)
		if alone, near := b.sisters(alone); len(near) > 0 {
			b.join(append(alone, near...), func(x, y string) bool {
				return x != y && (x == string(b.s.Account.ID) || y == string(b.s.Account.ID))
			})
		}
	}
	return b.twins[id]
}

// join finds the twins among posts and answers the account's posts that have none.
func (b *binding) join(posts []language.Post, sisters func(x, y string) bool) (alone []language.Post) {
	for i, m := range language.Twins(posts, language.Options{Within: twinsWithin, Sisters: sisters}) {
		switch p := posts[i]; {
		case p.Account != string(b.s.Account.ID):
		case m.Index < 0:
			alone = append(alone, p)
		default:
			b.twins[p.ID] = posts[m.Index].ID
		}
	}
	return alone
}

// sisters are the posts of the department's other accounts that may be twins of those given, which are in order of time,
// and those of them that may have one there: near in time, and not told to be in the same language.
func (b *binding) sisters(alone []language.Post) (left, near []language.Post) {
	waiting := make([]bool, len(alone))
	for _, s := range b.s.All {
		if s.Account.ID == b.s.Account.ID || s.Account.Department == "" || s.Account.Department != b.s.Account.Department {
			continue
		}
		for _, p := range twinPosts(s, s.Posts) {
			from := sort.Search(len(alone), func(j int) bool { return !alone[j].At.Before(p.At.Add(-twinsWithin)) })
			may := false
			for j := from; j < len(alone) && alone[j].At.Sub(p.At) <= twinsWithin; j++ {
				for _, post := range []*language.Post{&p, &alone[j]} {
					if post.Language == "" {
						post.Language = tagOf(post.Text)
					}
				}
				if p.Language == untold || p.Language != alone[j].Language {
					may, waiting[j] = true, true
				}
			}
			if may {
				near = append(near, p)
			}
		}
	}
	for j, w := range waiting {
		if w {
			left = append(left, alone[j])
		}
	}
	for _, posts := range [][]language.Post{left, near} {
		for i := range posts {
			posts[i].Language = strings.TrimPrefix(posts[i].Language, untold) // Twins may tell more, of the two that it looks for
		}
	}
	return left, near
}

// untold is the language of a post that was looked at in vain.
const untold = "und"

func tagOf(s string) string {
	if tag, _ := language.Detect(s); tag != "" {
		return tag
	}
	return untold
}

// twinPosts are those that have words of their own.
func twinPosts(s *pipeline.Subject, posts []pipeline.Observed) []language.Post {
	var all []language.Post
	for i := range posts {
		p := &posts[i]
		if p.Kind == pipeline.Repost || p.Text == "" || !slices.Contains(p.Gives, pipeline.FieldText) {
			continue
		}
		all = append(all, language.Post{
			ID: p.ID, Account: string(s.Account.ID), At: p.CreatedAt, Text: p.Text, Links: p.Links, Hashtags: p.Hashtags, MediaCount: len(p.Media), Mentions: p.Mentions,
		})
	}
	return all
}
