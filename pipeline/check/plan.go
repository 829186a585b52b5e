package check

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// planVariables are what became of the account's content plan in the window, as far as that is known. Where no plan was
// imported, or nothing of it could be looked up, they are unknown; an account without items in it has planned none.
var planVariables = []variable{
	{"plan.items", cel.IntType, "", anAccount, func(b *binding) ref.Val { return b.planned(func(p *pipeline.PlanFigures) int { return p.Judged }) }},
	{"plan.on_time", cel.IntType, "", anAccount, func(b *binding) ref.Val { return b.planned(func(p *pipeline.PlanFigures) int { return p.OnTime }) }},
	{"plan.missing", cel.IntType, "", anAccount, func(b *binding) ref.Val { return b.planned(func(p *pipeline.PlanFigures) int { return p.Missing }) }},
}

func (b *binding) planned(figure func(*pipeline.PlanFigures) int) ref.Val {
	if p := b.s.Plan; p != nil && (p.Items == 0 || p.Judged > 0) {
		return types.Int(figure(p))
	}
	return nil
}
