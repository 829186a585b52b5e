package check

import (
	"fmt"
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

// All lists every function. To add one, write it in a file of its own with its tests, and a line here.
var All = []Sense{
	// Texts.
	{"fold", in(text), text, func(_ *Guide, a []ref.Val) ref.Val { return types.String(fold(str(a[0]))) }},
	{"graphemes", in(text), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val { return types.Int(graphemes(str(a[0]))) }},
	{"has_word", in(text, texts), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(hasWord(str(a[0]), strs(a[1]))) }},
	{"names", in(text, text), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(names(str(a[0]), str(a[1]))) }},
	// Capitals; the list holds acronyms, which may be written in them.
	{"letters", in(text), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val { return types.Int(letters(str(a[0]))) }},
	{"capital_share", in(text, texts), cel.DoubleType, func(_ *Guide, a []ref.Val) ref.Val { return types.Double(capitalShare(str(a[0]), strs(a[1]))) }},
	{"capital_run", in(text, texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(capitalRun(str(a[0]), strs(a[1]))) }},
	// Hashtags.
	{"run_together", in(text), cel.DoubleType, func(_ *Guide, a []ref.Val) ref.Val { return types.Double(runTogether(str(a[0]))) }},
	// Personal data of the kinds of the second list, but for the contacts of the third; masked.
	{"personal_data", in(texts, texts, texts), texts, func(g *Guide, a []ref.Val) ref.Val {
		return list(personalData(strs(a[0]), strs(a[1]), strs(a[2]), g.register.Institution.OfficialDomains))
	}},
	// Links.
	{"on_domain", in(text, texts), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(onDomain(str(a[0]), strs(a[1]))) }},
	{"same_page", in(text, text), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(samePage(str(a[0]), str(a[1]))) }},
	{"links_in", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(linksIn(str(a[0]))) }},
	// Times.
	{"days_since", in(cel.TimestampType, cel.TimestampType), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val {
		return types.Int(instantOf(a[1]).Sub(instantOf(a[0])) / (24 * time.Hour))
	}},
	{"attention", in(cel.TimestampType, cel.TimestampType), cel.DurationType, func(g *Guide, a []ref.Val) ref.Val {
		return types.Duration{Duration: g.hours.between(instantOf(a[0]), instantOf(a[1]))}
	}},
	{"hours", in(cel.DurationType), text, func(_ *Guide, a []ref.Val) ref.Val {
		return types.String(hoursAndMinutes(a[0].(types.Duration).Duration))
	}},
}

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
