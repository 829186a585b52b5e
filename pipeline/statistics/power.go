package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Design is a test whose power is asked: how many units, at which level.
type Design struct {
	// N are the units of a paired test, of the first group or, of Proportions, of either group. They may be fractions where the
	// number is what is asked.
	N float64
	// Others are the units of the second group; 0: the test is paired, or of one sample.
	Others   float64
	Alpha    float64 // 0: 5 %
	OneSided bool
	Strict   bool // a two-sided test also counts rejections on the wrong side
}

// ErrNoPower: no effect, or no number of units, gives the power that was asked.
var ErrNoPower = errors.New("that power cannot be reached")

func (d Design) alpha() float64 {
	if d.Alpha == 0 {
		return Alpha
	}
	return d.Alpha
}

func (d Design) upper() float64 { // level of the quantile that is to be passed
	if d.OneSided {
		return 1 - d.alpha()
	}
	return 1 - d.alpha()/2
}

func (d Design) check() error {
	switch {
	case !(d.alpha() > 0 && d.alpha() < 1):
		return fmt.Errorf("%g is no level of a test: it must lie between 0 and 1, such as 0.05", d.Alpha)
	case !(d.N > 0 && d.N <= 1e9) || !(d.Others >= 0 && d.Others <= 1e9):
		return fmt.Errorf("%g and %g are no numbers of units", d.N, d.Others)
	}
	return nil
}

// Power is that of a t-test at an effect in standard deviations: of the changes if paired, pooled otherwise (Cohen 1988, ch. 2;
// as R's power.t.test and pwr). It needs two units if paired, three in all otherwise.
func (d Design) Power(effect float64) (float64, error) {
	power, root, err := d.curve()
	if err != nil {
		return 0, err
	}
	if !(math.Abs(effect*root) < farthest) {
		return 0, fmt.Errorf("%g standard deviations are no effect", effect)
	}
	return power(effect), nil
}

// farthest is the largest noncentrality that is computed.
const farthest = 1e6

// curve is the power by effect, and what turns an effect into a noncentrality.
func (d Design) curve() (power func(effect float64) float64, root float64, err error) {
	if err := d.check(); err != nil {
		return nil, 0, err
	}
	df, root := d.N-1, math.Sqrt(d.N)
	if d.Others > 0 {
		df, root = d.N+d.Others-2, math.Sqrt(d.N*d.Others/(d.N+d.Others))
	}
	if !(df > 0) {
		return nil, 0, fmt.Errorf("%g and %g units are too few for a test", d.N, d.Others)
	}
	critical := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(d.upper())
	return func(effect float64) float64 {
		t := distuv.NoncentralT{Nu: df, Mu: effect * root}
		if !d.OneSided {
			t.Mu = math.Abs(t.Mu)
		}
		p := 1 - t.CDF(critical)
		if d.Strict && !d.OneSided {
			p += t.CDF(-critical)
		}
		return math.Min(1, math.Max(0, p))
	}, root, nil
}

// Detectable is the smallest effect, in standard deviations, that the test would find with a power.
func (d Design) Detectable(power float64) (float64, error) {
	at, root, err := d.curve()
	if err != nil {
		return 0, err
	}
	return d.solve(power, 0, math.Min(1000, farthest/root), func(effect float64) (float64, error) { return at(effect), nil })
}

// Units is the number of units, a fraction, that finds an effect with a power: of a paired test, or of each of two groups of
// equal size where Others is not zero.
func (d Design) Units(effect, power float64) (float64, error) {
	return d.solve(power, 2, 1e7, func(n float64) (float64, error) {
		e := d
		if e.N = n; e.Others > 0 {
			e.Others = n
		}
		return e.Power(effect)
	})
}

// PowerProportions is the power to tell two proportions apart, each seen in N units, by the normal approximation (Fleiss 1981,
// ch. 3; as R's power.prop.test).
func (d Design) PowerProportions(p1, p2 float64) (float64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if !(p1 >= 0 && p1 <= 1) || !(p2 >= 0 && p2 <= 1) {
		return 0, fmt.Errorf("%g and %g: proportions lie between 0 and 1", p1, p2)
	}
	difference, critical := math.Abs(p1-p2), distuv.UnitNormal.Quantile(d.upper())
	if d.OneSided {
		difference = p2 - p1
	}
	null, own := math.Sqrt((p1+p2)*(1-(p1+p2)/2)), math.Sqrt(p1*(1-p1)+p2*(1-p2))
	if own == 0 { // 0 or 1 in both
		if math.Sqrt(d.N)*difference > critical*null {
			return 1, nil
		}
		return 0, nil
	}
	p := distuv.UnitNormal.CDF((math.Sqrt(d.N)*difference - critical*null) / own)
	if d.Strict && !d.OneSided {
		p += distuv.UnitNormal.CDF((-math.Sqrt(d.N)*difference - critical*null) / own)
	}
	return p, nil
}

// UnitsProportions is the number of units, a fraction, that each group needs.
func (d Design) UnitsProportions(p1, p2, power float64) (float64, error) {
	return d.solve(power, 1, 1e9, func(n float64) (float64, error) {
		e := d
		e.N = n
		return e.PowerProportions(p1, p2)
	})
}

// DetectableProportion is the smallest second proportion above the first that would be told apart with a power.
func (d Design) DetectableProportion(p1, power float64) (float64, error) {
	return d.solve(power, p1, 1, func(p2 float64) (float64, error) { return d.PowerProportions(p1, p2) })
}

// solve finds where the power is reached, between low and high.
func (d Design) solve(power, low, high float64, of func(float64) (float64, error)) (float64, error) {
	if !(power > 0 && power < 1) {
		return 0, fmt.Errorf("%g is no power: it must lie between 0 and 1, such as 0.8", power)
	}
	var failed error
	missing := func(x float64) float64 {
		p, err := of(x)
		if err != nil {
			failed = err
		}
		return p - power
	}
	if a, b := missing(low), missing(high); failed == nil && (a > 0 || b < 0) {
		return 0, fmt.Errorf("a power of %g lies beyond %g to %g: %w", power, low, high, ErrNoPower)
	}
	x := bisect(low, high, missing)
	return x, failed
}

// DetectablePaired is the smallest mean change, in standard deviations of the changes, that a paired t-test of n units
// would find in four cases of five. NaN: there is none, with fewer than two units.
func DetectablePaired(n int) float64 { return detectable(Design{N: float64(n)}) }

// DetectableBetween is the same for the difference between two groups, in pooled standard deviations.
func DetectableBetween(n, others int) float64 {
	if n < 1 || others < 1 {
		return math.NaN()
	}
	return detectable(Design{N: float64(n), Others: float64(others)})
}

func detectable(d Design) float64 {
	x, err := d.Detectable(Power)
	if err != nil {
		return math.NaN()
	}
	return x
}
