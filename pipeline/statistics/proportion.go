package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson is the interval of a proportion of x in n (Wilson 1927, JASA 22:209), at a level such as [Confidence]. It needs
// 0 ≤ x ≤ n and n > 0. Where n of a known few were asked, both may be multiplied by (N−1)/(N−n).
func Wilson(x, n, level float64) (low, high float64, err error) {
	if err := proportion(x, n, level); err != nil {
		return 0, 0, err
	}
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	p := x / n
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = math.Max(0, centre-half), math.Min(1, centre+half)
	if x == 0 {
		low = 0 // but for rounding
	}
	if x == n {
		high = 1
	}
	return low, high, nil
}

// ClopperPearson is the interval of a proportion that is never too narrow (Clopper & Pearson 1934, Biometrika 26:404).
func ClopperPearson(x, n, level float64) (low, high float64, err error) {
	if err := proportion(x, n, level); err != nil {
		return 0, 0, err
	}
	tail := (1 - level) / 2
	high = 1
	if x > 0 {
		low = mathext.InvRegIncBeta(x, n-x+1, tail)
	}
	if x < n {
		high = mathext.InvRegIncBeta(x+1, n-x, 1-tail)
	}
	return low, high, nil
}

func proportion(x, n, level float64) error {
	switch {
	case !(n > 0) || !(x >= 0 && x <= n) || n > largest:
		return fmt.Errorf("%g of %g is no proportion", x, n)
	case !(level > 0 && level < 1):
		return fmt.Errorf("%g is no level of confidence: it must lie between 0 and 1, such as 0.95", level)
	}
	return nil
}
