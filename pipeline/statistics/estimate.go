package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a number with its standard error, the interval and the two-sided p-value of being zero.
type Estimate struct {
	Value, SE, Low, High, P float64
}

// estimated has its interval and p by Student's t; infinite degrees of freedom are the normal distribution.
func estimated(value, se, df float64) Estimate {
	e := Estimate{Value: value, SE: se}
	if !math.IsInf(df, 1) || se == 0 {
		_, e.P, e.Low, e.High = Student(value, se, df, Confidence)
		return e
	}
	half := distuv.UnitNormal.Quantile((1+Confidence)/2) * se
	e.Low, e.High, e.P = value-half, value+half, math.Erfc(math.Abs(value/se)/math.Sqrt2)
	return e
}
