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
