package method

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var grimKey = regexp.MustCompile(`^grim_ok_n_for_(\w+)_upto_(\d+)$`)

func init() {
	bindings["survey_reliability"] = func(t *testing.T, c published) (Method, *Table) {
		m, table := SurveyReliability{}, c.table(t) // of all columns, unless some are named
		for _, name := range c.words("items") {
			for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(", +", r) }) {
				if slices.Contains(table.Names(), word) {
					m.Items = append(m.Items, word)
				}
			}
		}
		var percent float64
		if c.text("ci") != "" {
			c.scan(t, "ci", "Feldt %g%%", &percent)
		}
		m.Level = level(percent / 100)
		return m, table
	}
	bindings["survey_scale_1_4"] = func(t *testing.T, c published) (Method, *Table) {
		m := SurveyScale{Level: c.level()}
		if asked, ok := c.Params["fpc"].(float64); ok {
			m.Asked = int(asked)
		}
		counts, ok := c.Params["counts"].(map[string]any)
		if !ok {
			c.unbound(t, "counts")
		}
		m.Counts = make([]int, max(4, len(counts)))
		for mark, n := range counts { // a mark that nobody gave may be left out
			at, err := strconv.Atoi(mark)
			if err != nil || at < 1 || at > len(m.Counts) {
				c.unbound(t, "counts")
			}
			m.Counts[at-1] = int(n.(float64))
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
