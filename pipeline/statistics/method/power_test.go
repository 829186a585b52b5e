package method

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// questionNames read the questions of the reference from the names of their answers, as far as these have numbers in them; the
// others are the examples of R's help pages. Unequal groups are pwr's, which counts both tails.
var questionNames = []struct{ pattern, question string }{
	{`^paired_power_n(\d+)_d(\d)(\d+)$`, "paired n=$1 effect=$2.$3"},
	{`^paired_mde_(\d+)_n(\d+)$`, "paired n=$2 power=0.$1"},
	{`^paired_n_for_(\d+)_d(\d)(\d+)$`, "paired power=0.$1 effect=$2.$3"},
	{`^two_sample_power_n(\d+)_d(\d)(\d+)$`, "two_sample n=$1 effect=$2.$3"},
	{`^two_sample_mde_(\d+)_n(\d+)$`, "two_sample n=$2 power=0.$1"},
	{`^two_sample_unequal_(\d+)_(\d+)_d(\d)(\d+)$`, "two_sample n=$1 others=$2 effect=$3.$4 strict"},
	{`^two_sample_unequal_mde_(\d+)_(\d+)$`, "two_sample n=$1 others=$2 power=0.8 strict"},
	{`^two_sample_unequal_mde_(\d+)_(\d+)_(\d+)$`, "two_sample n=$2 others=$3 power=0.$1 strict"},
	{`^two_sample_n_for_(\d+)$`, "two_sample effect=DELTA sd=SD power=0.$1"},
	{`^two_sample_power$`, "two_sample n=UNITS effect=DELTA sd=SD"},
	{`^prop_power$`, "proportions n=SHARED p1=P1 p2=P2"},
	{`^prop_n_for_(\d+)$`, "proportions p1=P1 p2=P2 power=0.$1"},
}

func init() {
	bindings["power"] = func(t *testing.T, c published) (Method, *Table) {
		m := Power{Alpha: c.number("alpha"), OneSided: c.Params["two_sided"] == false}
		given := func(parameter string, otherwise float64) string { // R's examples, unless the case says otherwise
			if x, ok := c.Params[parameter].(float64); ok {
				otherwise = x
			}
			return strconv.FormatFloat(otherwise, 'g', -1, 64)
		}
		figures := strings.NewReplacer("UNITS", given("n", 20), "SHARED", given("n", 50), "DELTA", given("delta", 1), "SD", given("sd", 1),
			"P1", given("p1", 0.5), "P2", given("p2", 0.75))
		for _, name := range slices.Sorted(maps.Keys(c.Expected)) {
			for _, q := range questionNames {
				if pattern := regexp.MustCompile(q.pattern); pattern.MatchString(name) {
					text := figures.Replace(pattern.ReplaceAllString(name, q.question))
					if c.Params["strict"] == true && !strings.Contains(text, "strict") {
						text += " strict"
					}
					m.Ask = append(m.Ask, name+": "+text)
				}
			}
		}
		if len(m.Ask) < len(c.Expected) {
			t.Fatalf("power has no binding for some of these figures: %v; it asks %v", slices.Sorted(maps.Keys(c.Expected)), m.Ask)
		}
		return m, nil
	}
	// R's search for these stops within 1e-4 of the root.
	loose["power/*/paired_mde"] = 2e-5
	loose["power/*/two_sample_n"] = 2e-5
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

func TestPowerAsksOneThing(t *testing.T) {
	number := func(x float64) *float64 { return &x }
	r, err := Power{Question: Question{Test: "two_sample", N: number(17), Others: number(10), Power: number(0.8), SD: number(3)}}.Compute(nil)
	if err != nil {
		t.Fatal(err)
	}
	if x, _ := r["effect"].(float64); r["asked"] != "effect" || x < 3.48 || x > 3.49 { // 1.16176 times 3
		t.Errorf("%v", r)
	}
	r, err = Power{Question: Question{Test: "proportions", P1: number(0.5), P2: number(0.75), Power: number(0.740165901331)}}.Compute(nil)
	if x, _ := r["n"].(float64); err != nil || x < 49.9999 || x > 50.0001 {
		t.Errorf("%v, %v", r, err)
	}
	for words, q := range map[string]Question{
		"exactly one":     {Test: "paired", N: number(17)},
		"must be paired":  {N: number(17), Power: number(0.8)},
		"second group":    {Test: "paired", N: number(17), Others: number(3), Power: number(0.8)},
		"proportions":     {Test: "paired", N: number(17), P1: number(0.3), Power: number(0.8)},
		"above zero":      {Test: "paired", N: number(17), SD: number(-1), Power: number(0.8)},
		"too few":         {Test: "paired", N: number(1), Power: number(0.8)},
		"between 0 and 1": {Test: "paired", N: number(17), Power: number(80)},
		"no effect":       {Test: "paired", N: number(17), Effect: number(1e9)},
	} {
		refuses(t, Power{Question: q}, nil, words)
	}
	for words, text := range map[string]string{"no question": "paired n=17", "n=x": "a: paired n=x", "k=1": "a: paired k=1", "exactly one": "a: paired n=17"} {
		refuses(t, Power{Ask: []string{text}}, nil, words)
	}
	refuses(t, Power{Ask: []string{"a: paired n=17 effect=1", "a: paired n=18 effect=1"}}, nil, "two questions")
	refuses(t, Power{Ask: []string{"a: paired n=17 effect=1"}, Question: Question{Test: "paired"}}, nil, "--ask")
}
