package check

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// postVariables are of one post.
var postVariables = []variable{
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
	// What the text itself says of its language; what the source declares does not count, since apps declare that of the telephone.
	{"post.sensed_language", text, pipeline.FieldText, aPost, func(b *binding) ref.Val { return sensed(b.post.Text) }},
	{"post.languages", texts, pipeline.FieldText, aPost, func(b *binding) ref.Val { return list(b.spoken(b.post)) }}, // of its parts
	// The id of the post that says the same in the other official language, not two hours apart, by the same account or by
	// another of its department; empty: there is none.
	{"post.twin", text, pipeline.FieldText, aPost, func(b *binding) ref.Val { return types.String(b.twin(b.post.ID)) }},
	{"post.sentences", cel.ListType(cel.IntType), pipeline.FieldText, aPost, func(b *binding) ref.Val { return list(sentences(b.post.Text)) }}, // words of each sentence that has any
	// The perspicuity of Szigriszt-Pazos on the INFLESZ scale, of Spanish texts of thirty words and more.
	{"post.readability", cel.DoubleType, pipeline.FieldText, aPost, func(b *binding) ref.Val { return readability(b.post.Text) }},
}
