package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Break is where a regression changed, if it changed once.
type Break struct {
	After   int     // the last observation before the change, counted from 0
	RSS     float64 // with the change
	Without float64 // residual sum of squares without any
	// SupF is the largest Chow F over all places. It does not follow an F distribution, as the place was chosen by it: its 5 % points
	// are those of Andrews (1993, Econometrica 61:821), which for one coefficient lie near 8.7 where 15 % are trimmed, not near 4.
	SupF float64
}

// OneBreak finds the single change of all coefficients that leaves the least squares (Bai 1994, J. Time Ser. Anal. 15:453; Bai & Perron 2003, J. Appl.
// Econometrics 18:1), and Andrews' sup F. Either side holds at least the share trim of the observations (0.15 is usual), and more than
// there are columns. Observations are in order of time.
func OneBreak(names []string, x *mat.Dense, y []float64, trim float64) (*Break, error) {
	if !(trim > 0 && trim < 0.5) {
		return nil, fmt.Errorf("a share of %g to be trimmed: it must lie between 0 and 0.5", trim)
	}
	whole, err := LeastSquares(names, x, y)
	if err != nil {
		return nil, err
	}
	n, k := x.Dims()
	least := max(int(math.Floor(trim*float64(n))), k+1)
	if n < 2*least {
		return nil, fmt.Errorf("%d observations are too few to look for a break: at least %d are needed", n, 2*least)
	}
	b := &Break{After: -1, RSS: math.Inf(1), Without: whole.RSS()}
	for split := least; split <= n-least; split++ {
		before, err := LeastSquares(names, x.Slice(0, split, 0, k).(*mat.Dense), y[:split])
		if errors.Is(err, ErrCollinear) {
			continue
		}
		if err != nil {
			return nil, err
		}
		after, err := LeastSquares(names, x.Slice(split, n, 0, k).(*mat.Dense), y[split:])
		if errors.Is(err, ErrCollinear) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if rss := before.RSS() + after.RSS(); rss < b.RSS {
			b.After, b.RSS = split-1, rss
		}
	}
	if b.After < 0 {
		return nil, fmt.Errorf("no place at which both sides can be fitted: %w", ErrCollinear)
	}
	b.SupF = (b.Without - b.RSS) / float64(k) / (b.RSS / float64(n-2*k))
	return b, nil
}
