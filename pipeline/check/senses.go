package check

import (
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Sense is a Go function that expressions may call. It is pure but for the guide, which knows the register.
type Sense struct {
	Name string
	In   []*cel.Type
	Out  *cel.Type
	// Call gets as many arguments, of the types of In.
	Call func(g *Guide, args []ref.Val) ref.Val
}

// All lists every function by what it looks at. To add one, write it beside its like, with its tests, and name it in
// the list of its file.
var All = slices.Concat(textSenses, wordingSenses, styleSenses, emojiSenses, altSenses, hashtagSenses, personalSenses, linkSenses, accountSenses, timeSenses, valueSenses, webSenses)

func (s Sense) declare(g *Guide) cel.EnvOption {
	var binding cel.OverloadOpt
	switch len(s.In) { // CEL calls one and two arguments without a slice
	case 1:
		binding = cel.UnaryBinding(func(a ref.Val) ref.Val { return s.Call(g, []ref.Val{a}) })
	case 2:
		binding = cel.BinaryBinding(func(a, b ref.Val) ref.Val { return s.Call(g, []ref.Val{a, b}) })
	default:
		binding = cel.FunctionBinding(func(a ...ref.Val) ref.Val { return s.Call(g, a) })
	}
	return cel.Function(s.Name, cel.Overload(fmt.Sprintf("%s_%d", s.Name, len(s.In)), s.In, s.Out, binding))
}

func in(t ...*cel.Type) []*cel.Type { return t }

func str(v ref.Val) string { return string(v.(types.String)) }

func instantOf(v ref.Val) time.Time { return v.(types.Timestamp).Time }

func strs(v ref.Val) []string {
	if s, ok := v.Value().([]string); ok {
		return s
	}
	var s []string
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		s = append(s, str(it.Next()))
	}
	return s
}
