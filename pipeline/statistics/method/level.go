package method

import (
	"fmt"

	"presencia/pipeline/statistics"
)

// level is the confidence of intervals; left out it is 95 %.
type level float64

func (l level) value() (float64, error) {
	switch {
	case l == 0:
		return statistics.Confidence, nil
	case l > 0 && l < 1:
		return float64(l), nil
	}
	return 0, fmt.Errorf("--level %v: it must lie between 0 and 1, such as 0.95", float64(l))
}

// known is a number, or nil where it does not exist.
func known(x float64) any { return number(statistics.Known(x)) }
