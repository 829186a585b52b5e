package check

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// spanVariables are of a day or a month.
var spanVariables = []variable{
	{"window.own", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Own) }},
	{"window.replies", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Reply) }},
	{"window.reposts", cel.IntType, "", aSpan, func(b *binding) ref.Val { return b.posted(pipeline.Repost) }},
	{"window.crisis", cel.BoolType, "", aSpan, func(b *binding) ref.Val { return types.Bool(b.crisis()) }}, // touches a declared crisis
	{"replies.answered_after", cel.ListType(cel.DurationType), pipeline.FieldMessages, aSpan, func(b *binding) ref.Val { return b.waits(true) }},
	{"replies.waiting", cel.ListType(cel.DurationType), pipeline.FieldMessages, aSpan, func(b *binding) ref.Val { return b.waits(false) }},
}
