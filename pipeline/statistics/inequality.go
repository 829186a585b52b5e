package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// ErrUndefined: an index of inequality does not exist for the values; the text says why.
var ErrUndefined = errors.New("undefined")

var (
	errFew      = fmt.Errorf("%w: at least 2 values are needed", ErrUndefined)
	errNegative = fmt.Errorf("%w with values below zero", ErrUndefined)
	errNothing  = fmt.Errorf("%w where all values are zero", ErrUndefined)
	errZeros    = fmt.Errorf("%w with zeros", ErrUndefined)
)

// shareable refuses what cannot be read as parts of a whole.
func shareable(x []float64) error {
	if len(x) < 2 {
		return errFew
	}
	if err := finite(x); err != nil {
		return err
	}
	if slices.Min(x) < 0 {
		return errNegative
	}
	if slices.Max(x) == 0 {
		return errNothing
	}
	return nil
}

func positive(x []float64) error {
	if err := shareable(x); err != nil {
		return err
	}
	if slices.Min(x) == 0 {
		return errZeros
	}
	return nil
}

// Gini is 0 where all have the same and 1 − 1/n where one has everything (the population formula; times n/(n−1) it reaches 1).
func Gini(x []float64) (float64, error) {
	if err := shareable(x); err != nil {
		return 0, err
	}
	n, mean, weighted := float64(len(x)), stat.Mean(x, nil), 0.0
	for i, v := range slices.Sorted(slices.Values(x)) {
		weighted += (2*float64(i+1) - n - 1) * (v / mean)
	}
	return weighted / (n * n), nil
}

// TheilT is Theil's (1967) entropy index, the mean of x/m · ln(x/m); zeros count as nothing.
func TheilT(x []float64) (float64, error) {
	if err := shareable(x); err != nil {
		return 0, err
	}
	mean, sum := stat.Mean(x, nil), 0.0
	for _, v := range x {
		if v > 0 {
			sum += v / mean * math.Log(v/mean)
		}
	}
	return sum / float64(len(x)), nil
}

// TheilL is the mean logarithmic deviation, the mean of ln(m/x). It does not exist with zeros.
func TheilL(x []float64) (float64, error) {
	if err := positive(x); err != nil {
		return 0, err
	}
	mean, sum := stat.Mean(x, nil), 0.0
	for _, v := range x {
		sum += math.Log(mean / v)
	}
	return sum / float64(len(x)), nil
}

// Atkinson is the share of the total that could be given up if what is left were shared evenly (Atkinson 1970, J. Econ. Theory
// 2:244); the higher the aversion (above 0) the more the smallest count. From 1 on it does not exist with zeros.
func Atkinson(x []float64, aversion float64) (float64, error) {
	check := shareable
	if aversion >= 1 {
		check = positive
	}
	if err := check(x); err != nil {
		return 0, err
	}
	if !(aversion > 0) {
		return 0, fmt.Errorf("%g is no aversion to inequality: it must be above zero", aversion)
	}
	mean, sum := stat.Mean(x, nil), 0.0
	for _, v := range x {
		if aversion == 1 {
			sum += math.Log(v / mean)
		} else {
			sum += math.Pow(v/mean, 1-aversion)
		}
	}
	sum /= float64(len(x))
	if aversion == 1 {
		return 1 - math.Exp(sum), nil
	}
	return 1 - math.Pow(sum, 1/(1-aversion)), nil
}

// RicciSchutz is the share of the total that would have to change hands for all to have the same (the Pietra or Robin Hood
// index).
func RicciSchutz(x []float64) (float64, error) {
	if err := shareable(x); err != nil {
		return 0, err
	}
	mean, sum := stat.Mean(x, nil), 0.0
	for _, v := range x {
		sum += math.Abs(v/mean - 1)
	}
	return sum / (2 * float64(len(x))), nil
}

// Herfindahl is the sum of the squared shares: 1/n where all have the same, 1 where one has everything.
func Herfindahl(x []float64) (float64, error) {
	if err := shareable(x); err != nil {
		return 0, err
	}
	mean, sum := stat.Mean(x, nil), 0.0
	for _, v := range x {
		share := v / mean / float64(len(x))
		sum += share * share
	}
	return sum, nil
}

// CV is the coefficient of variation, the standard deviation in means. It says nothing of values that may lie below zero.
func CV(x []float64) (float64, error) {
	if err := shareable(x); err != nil {
		return 0, err
	}
	mean, sd := stat.MeanStdDev(x, nil)
	return sd / mean, nil
}

// Decomposition splits an index into what lies within groups and what between their means; both add up to the whole.
type Decomposition struct {
	Within, Between float64
}

// Share is the part that lies between groups; unknown where nothing is unequal.
func (d Decomposition) Share() Value { return Known(d.Between / (d.Within + d.Between)) }

// DecomposeTheilT weighs groups by their part of the total (Shorrocks 1980, Econometrica 48:613).
func DecomposeTheilT(x []float64, group []string) (Decomposition, error) {
	return decompose(x, group, shareable, func(size, mean float64, part []float64) (within, between float64) {
		if mean == 0 {
			return 0, 0
		}
		if t, err := TheilT(part); err == nil { // a group of one is equal within itself
			within = size * mean * t
		}
		return within, size * mean * math.Log(mean)
	})
}

// DecomposeTheilL weighs groups by their size. It does not exist with zeros.
func DecomposeTheilL(x []float64, group []string) (Decomposition, error) {
	return decompose(x, group, positive, func(size, mean float64, part []float64) (within, between float64) {
		if l, err := TheilL(part); err == nil {
			within = size * l
		}
		return within, -size * math.Log(mean)
	})
}

// decompose adds up the groups' terms by share of the units and by mean in units of the whole mean, in the order of names.
func decompose(x []float64, group []string, check func([]float64) error, terms func(size, mean float64, part []float64) (within, between float64)) (Decomposition, error) {
	if len(x) != len(group) {
		return Decomposition{}, fmt.Errorf("%d values in %d groups", len(x), len(group))
	}
	if err := check(x); err != nil {
		return Decomposition{}, err
	}
	parts := map[string][]float64{}
	for i, g := range group {
		parts[g] = append(parts[g], x[i])
	}
	var names []string
	for g := range parts {
		names = append(names, g)
	}
	slices.Sort(names)
	whole, d := stat.Mean(x, nil), Decomposition{}
	for _, g := range names {
		within, between := terms(float64(len(parts[g]))/float64(len(x)), stat.Mean(parts[g], nil)/whole, parts[g])
		d.Within += within
		d.Between += between
	}
	return d, nil
}
