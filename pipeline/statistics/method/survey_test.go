package method

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var grimKey = regexp.MustCompile(`^grim_ok_n_for_(\w+)_upto_(\d+)$`)

func init() {
	bindings["survey_reliability"] = func(t *testing.T, c published) (Method, *Table) {
		return SurveyReliability{}, c.table(t) // of all columns
	}
	bindings["survey_scale_1_4"] = func(t *testing.T, c published) (Method, *Table) {
		m := SurveyScale{Level: c.level()}
		counts := c.Params["counts"].(map[string]any)
		for _, mark := range slices.Sorted(maps.Keys(counts)) {
			m.Counts = append(m.Counts, int(counts[mark].(float64)))
		}
		for key := range c.Expected { // the name of the figure says which mean was reported
			if found := grimKey.FindStringSubmatch(key); found != nil {
				m.Mean = strings.ReplaceAll(found[1], "_", ".")
				m.Upto, _ = strconv.Atoi(found[2])
			}
		}
		return m, nil
	}
}

func TestSurveyOfAColumn(t *testing.T) {
	table := read(t, "a,b\n4,3\n3,2\n,2\n4,4\n1,2\n")
	r, err := SurveyScale{Column: "a", Asked: 6}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	if r["n"] != 4 || r["missing"] != 1 || r["mean"] != 3.0 || r["mean_worst"] != 14.0/6 || r["mean_best"] != 20.0/6 || r["grim_ok_n_for_3_00_upto_60"] == nil {
		t.Errorf("%v", r)
	}
	alpha, err := SurveyReliability{Items: []string{"a", "b"}}.Compute(table)
	if err != nil || alpha["n"] != 4 || alpha["alpha_if_dropped"].(Result)["a"] != nil {
		t.Errorf("%v, %v", alpha, err)
	}
	refuses(t, SurveyScale{}, table, "--counts")
	refuses(t, SurveyScale{Column: "a", Marks: 3}, table, "from 1 to 3")
	refuses(t, SurveyScale{Column: "a", Asked: 3}, table, "only 3 were asked")
	refuses(t, SurveyScale{Counts: []int{1, 2}, Mean: "much"}, nil, "3.77")
	refuses(t, SurveyReliability{Items: []string{"a"}}, table, "at least 2")
	refuses(t, SurveyReliability{}, nil, "at least 2")
}
