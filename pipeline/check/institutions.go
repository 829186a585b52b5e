package check

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline"
)

// institutionVariables are of all accounts together.
var institutionVariables = []variable{
	{"register.accounts", cel.IntType, "", anInstitution, func(b *binding) ref.Val { return types.Int(len(b.register.Accounts)) }},
	{"register.closed_accounts", cel.IntType, "", anInstitution, func(b *binding) ref.Val { return types.Int(len(b.closedAt(b.now))) }},
	{"register.platforms", texts, "", anInstitution, func(b *binding) ref.Val { // of the open accounts, each once
		var of []string
		for _, a := range b.openAt(b.now) {
			of = append(of, string(a.Platform))
		}
		slices.Sort(of)
		return list(slices.Compact(of))
	}},
	{"register.peers", texts, "", anInstitution, func(b *binding) ref.Val { // the platform of each peer
		var of []string
		for _, p := range b.register.Peers {
			of = append(of, string(p.Platform))
		}
		return list(of)
	}},
	{"register.alike", texts, "", anInstitution, func(b *binding) ref.Val { return list(b.alikeAccounts()) }}, // pairs of open accounts of one department, platform and language
	{"institution.read", cel.IntType, "", anInstitution, func(b *binding) ref.Val { // open accounts of which the window has figures
		unread, known := b.unread()
		if !known {
			return nil
		}
		return types.Int(len(b.openAt(b.now)) - len(unread))
	}},
	{"institution.unread", texts, "", anInstitution, func(b *binding) ref.Val { // the others
		unread, known := b.unread()
		if !known {
			return nil
		}
		return list(unread)
	}},
}

// unread lists the open accounts whose profile was not read in the window; false where no account was looked at.
func (b *binding) unread() ([]string, bool) {
	var found []string
	for _, a := range b.openAt(b.now) {
		i := slices.IndexFunc(b.s.All, func(s *pipeline.Subject) bool { return s.Account.ID == a.ID })
		if i < 0 || b.s.All[i].Profile == nil || !b.s.Window.Contains(b.s.All[i].ProfileAt) {
			found = append(found, named(a))
		}
	}
	return found, len(b.s.All) > 0
}

func (b *binding) alikeAccounts() []string {
	var pairs []string
	open := b.openAt(b.now)
	for i, x := range open {
		for _, y := range open[i+1:] {
			if x.Department == y.Department && x.Platform == y.Platform && slices.Equal(x.Languages, y.Languages) {
				pairs = append(pairs, fmt.Sprintf("%s = %s", named(x), pipeline.CanonicalHandle(y.Handle)))
			}
		}
	}
	return pairs
}

// named is an account in evidence.
func named(a pipeline.Account) string {
	return string(a.Platform) + " " + pipeline.CanonicalHandle(a.Handle)
}
