package method

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"presencia/pipeline/statistics"
)

// MultipleTesting is multiple_testing.
type MultipleTesting struct {
	P      []float64 `name:"p" help:"The p-values, as in 0.01,0.02,0.2." placeholder:"P"`
	Column string    `name:"column" help:"Instead of a list: a column of p-values." placeholder:"EXPRESSION"`
	Alpha  float64   `name:"alpha" help:"The level at which claims are counted." default:"0.05"`
}

// Help implements Method.
func (MultipleTesting) Help() string {
	return `  presencia stats adjust --p 0.001,0.02,0.04
  presencia stats adjust --data results.csv --column p

Adjusted p-values in the order given. Missing ones (NaN in the list, an empty cell or NA in the column) count as not tested and stay
null in their place.
  bonferroni, holm, hochberg, hommel   the chance of any false claim stays below the level (hochberg and hommel ask for tests
                                       that are independent or go together)
  BH, BY                               the share of false claims does (Benjamini-Hochberg; -Yekutieli under any dependence)
hommel is null for more than 5000 values. rejections_05 counts those at or below 0.05, raw ones too; with --alpha 0.1 it is rejections_10.`
}

// Compute implements Method.
func (m MultipleTesting) Compute(t *Table) (Result, error) {
	p := m.P
	switch {
	case m.Column != "" && p != nil:
		return nil, errors.New("say --p or --column, not both")
	case m.Column != "":
		var err error
		if p, err = t.numbers(m.Column); err != nil {
			return nil, err
		}
	}
	var tested []float64
	for i, x := range p {
		switch {
		case math.IsNaN(x):
		case x >= 0 && x <= 1:
			tested = append(tested, x)
		default:
			return nil, fmt.Errorf("value %d is %v: a p-value lies between 0 and 1", i+1, x)
		}
	}
	if len(tested) == 0 {
		return nil, errors.New("there are no p-values: say --p, or --column of a table")
	}
	alpha := m.Alpha
	if alpha == 0 {
		alpha = statistics.Alpha
	}
	if !(alpha > 0 && alpha < 1) {
		return nil, fmt.Errorf("--alpha %v: it must lie between 0 and 1, such as 0.05", alpha)
	}
	adjusted := map[string][]float64{
		"raw": tested, "bonferroni": statistics.Bonferroni(tested), "holm": statistics.Holm(tested), "hochberg": statistics.Hochberg(tested),
		"BH": statistics.BenjaminiHochberg(tested), "BY": statistics.BenjaminiYekutieli(tested),
	}
	r, rejections := Result{"hommel": nil}, Result{}
	if len(tested) <= 5000 { // its work grows with the square
		adjusted["hommel"] = statistics.Hommel(tested)
	}
	for name, values := range adjusted {
		n, list, next := 0, make([]any, len(p)), 0
		for i, x := range p {
			if math.IsNaN(x) {
				continue
			}
			list[i] = values[next]
			if values[next] <= alpha+1e-12 {
				n++
			}
			next++
		}
		rejections[name] = n
		if name != "raw" {
			r[name] = list
		}
	}
	r["rejections_"+percent(alpha)] = rejections
	return r, nil
}

// percent writes 0.05 as 05, 0.1 as 10 and 0.001 as 001.
func percent(x float64) string {
	if whole := math.Round(100 * x); math.Abs(100*x-whole) < 1e-9 {
		return fmt.Sprintf("%02.0f", whole)
	}
	return strings.TrimPrefix(strconv.FormatFloat(x, 'f', -1, 64), "0.")
}
