package method

import "testing"

func init() {
	bindings["paired_binary"] = func(_ *testing.T, c published) (Method, *Table) {
		count := func(name string) *int {
			n := int(c.number(name))
			return &n
		}
		return PairedBinary{YesYes: count("yes_yes"), YesNo: count("yes_no"), NoYes: count("no_yes"), NoNo: count("no_no"), Level: c.level()}, nil
	}
}
