package check

import (
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// valueSenses look at what an institution has filled in.
var valueSenses = []Sense{
	// What stands in the second list less often than so many times.
	{"lacking", in(texts, texts, cel.IntType), texts, func(_ *Guide, a []ref.Val) ref.Val {
		return list(lacking(strs(a[0]), strs(a[1]), int(a[2].(types.Int))))
	}},
	// A list that an institution fills in; the text is its parameter's name.
	{"configured", in(texts, text), texts, func(_ *Guide, a []ref.Val) ref.Val { return configured(a[0], str(a[1])) }},
}

// unfilled are the unknowns that configured answers, by parameter.
var unfilled sync.Map

// configured is a list that an institution fills in, and unknown under its parameter's name while it is empty: what
// nobody has said cannot be kept, so that it is neither a pass nor a failure.
func configured(filled ref.Val, parameter string) ref.Val {
	if filled.(traits.Sizer).Size() == types.IntZero {
		u, made := unfilled.Load(parameter)
		if !made { // once for all posts
			u, _ = unfilled.LoadOrStore(parameter, types.NewUnknown(0, types.NewAttributeTrail("p."+parameter)))
		}
		return u.(*types.Unknown)
	}
	return filled
}

func lacking(wanted, there []string, times int) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(w string) bool {
		n := 0
		for _, t := range there {
			if t == w {
				n++
			}
		}
		return n >= times
	})
}
