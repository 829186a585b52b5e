package method

import (
	"errors"
	"fmt"

	"presencia/pipeline/statistics"
)

// ProportionCI is proportion_ci.
type ProportionCI struct {
	X      *float64 `name:"x" help:"How many of them."`
	N      *float64 `name:"n" help:"How many in all."`
	Column string   `name:"column" help:"Instead of counts: a column of 1 and 0, or a comparison." placeholder:"EXPRESSION"`
	Level  level    `name:"level" help:"Confidence of the intervals." default:"0.95"`
}

// Help implements Method.
func (ProportionCI) Help() string {
	return `  presencia stats proportion --x 81 --n 263
  presencia stats proportion --data lung.csv --column "sex==2"

  p, lo, hi                Wilson's interval, which is right even for 0 of 20
  clopper_lo, clopper_hi   Clopper and Pearson's, never too narrow and mostly too wide
  x, n                     the counts; cells that are missing are left out`
}

// Compute implements Method.
func (m ProportionCI) Compute(t *Table) (Result, error) {
	level, err := m.Level.value()
	if err != nil {
		return nil, err
	}
	var x, n float64
	switch {
	case m.X != nil && m.N != nil && m.Column == "":
		x, n = *m.X, *m.N
	case m.X == nil && m.N == nil && m.Column != "":
		if t, err = t.Complete(m.Column); err != nil {
			return nil, err
		}
		answers, err := t.Numbers(m.Column)
		if err != nil {
			return nil, err
		}
		for i, v := range answers {
			if v != 0 && v != 1 {
				return nil, fmt.Errorf("--column %s is %v in row %d: it must be 1 or 0, as of a comparison such as \"%s==2\"", m.Column, v, i+1, m.Column)
			}
			x += v
			n++
		}
	default:
		return nil, errors.New("say --x and --n, or --column of a table")
	}
	low, high, err := statistics.Wilson(x, n, level)
	if err != nil {
		return nil, err
	}
	exactLow, exactHigh, err := statistics.ClopperPearson(x, n, level)
	if err != nil {
		return nil, err
	}
	return Result{"x": x, "n": n, "p": x / n, "lo": low, "hi": high, "clopper_lo": exactLow, "clopper_hi": exactHigh}, nil
}
