package check

import (
	"slices"

	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline/personal"
)

// personalSenses find personal data.
var personalSenses = []Sense{
	// Personal data of the kinds of the second list, but for the contacts of the third and those of the register; masked.
	// What was hidden when it was stored counts as well: it had been published.
	{"personal_data", in(texts, texts, texts), texts, func(g *Guide, a []ref.Val) ref.Val {
		return list(g.personalData(strs(a[0]), strs(a[1]), strs(a[2])))
	}},
}

func (g *Guide) personalData(all, kinds, contacts []string) []string {
	var found []string
	for _, s := range all {
		if personal.Find(s) == nil { // nearly always
			continue
		}
		official := personal.Official{Domains: g.register.Institution.OfficialDomains, Contacts: slices.Concat(contacts, g.register.Contacts())}
		for _, m := range official.Find(s) {
			if slices.Contains(kinds, m.Kind) {
				found = append(found, m.String())
			}
		}
	}
	return found
}
