package method

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// questionNames read the questions of the reference from the names of their answers, as far as these have numbers in them; the
// others are the examples of R's help pages. Unequal groups are pwr's, which counts both tails.
var questionNames = []struct{ pattern, question string }{
	{`^paired_power_n(\d+)_d0(\d)$`, "paired n=$1 effect=0.$2"},
	{`^paired_mde_(\d+)_n(\d+)$`, "paired n=$2 power=0.$1"},
	{`^two_sample_unequal_(\d+)_(\d+)_d0(\d)$`, "two_sample n=$1 others=$2 effect=0.$3 strict"},
	{`^two_sample_unequal_mde_(\d+)_(\d+)$`, "two_sample n=$1 others=$2 power=0.8 strict"},
	{`^two_sample_n_for_(\d+)$`, "two_sample effect=1 power=0.$1"},
	{`^two_sample_power$`, "two_sample n=20 effect=1"},
	{`^prop_power$`, "proportions n=50 p1=0.5 p2=0.75"},
}

func init() {
	bindings["power"] = func(t *testing.T, c published) (Method, *Table) {
		m := Power{Alpha: c.number("alpha"), OneSided: c.Params["two_sided"] == false}
		for _, name := range slices.Sorted(maps.Keys(c.Expected)) {
			for _, q := range questionNames {
				if pattern := regexp.MustCompile(q.pattern); pattern.MatchString(name) {
					m.Ask = append(m.Ask, name+": "+pattern.ReplaceAllString(name, q.question))
				}
			}
		}
		return m, nil
	}
	// R's search for these stops within 1e-4 of the root.
	loose["power/power_t_test/paired_mde"] = 2e-5
	loose["power/power_t_test/two_sample_n"] = 2e-5
}

func TestQuestionsOfTheHelp(t *testing.T) {
	r, err := Power{}.Compute(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range courseQuestions {
		name, _, _ := strings.Cut(q, ":")
		if x, ok := r[name].(float64); !ok || !(x > 0) {
			t.Errorf("%s: %v", q, r[name])
		}
	}
}
