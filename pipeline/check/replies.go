package check

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// threadVariables are of one message from the public with its answer.
var threadVariables = []variable{
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
	{"reply.sensed_language", text, pipeline.FieldMessages, aThread, func(b *binding) ref.Val { // of the answer's text
		if !b.answered(b.thread) {
			return nil
		}
		return sensed(b.thread.Answer.Text)
	}},
}
