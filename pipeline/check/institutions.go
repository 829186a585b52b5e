package check

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// institutionVariables are of all accounts together.
var institutionVariables = []variable{
	{"register.accounts", cel.IntType, "", anInstitution, func(b *binding) ref.Val { return types.Int(len(b.register.Accounts)) }},
	{"register.peers", cel.IntType, "", anInstitution, func(b *binding) ref.Val { return types.Int(len(b.register.Peers)) }},
}
