package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Changed counts units that answer yes or no twice: the first word is the first answer.
type Changed struct {
	YesYes, YesNo, NoYes, NoNo int
}

func (c Changed) check() error {
	if c.YesYes < 0 || c.YesNo < 0 || c.NoYes < 0 || c.NoNo < 0 {
		return errors.New("counts cannot be below zero")
	}
	if c.N() == 0 {
		return errors.New("no unit answered on both sides")
	}
	return nil
}

// N is the number of units.
func (c Changed) N() int { return c.YesYes + c.YesNo + c.NoYes + c.NoNo }

// PairedProportions is the change of a share among the same units.
type PairedProportions struct {
	First, Second float64 // share of yes
	// Low and High bound First − Second: Newcombe's hybrid of two Wilson intervals (1998, Stat. Med. 17:2635, method 10).
	Low, High float64
	OddsRatio Value // of those that changed: from yes to no for one from no to yes
	// McNemar's test (1947, Psychometrika 12:153), that as many turned one way as the other. Statistics are chi-square on one
	// degree of freedom, the second with Edwards' correction for continuity; unknown where none turned.
	ChiSquare, Corrected    Value
	P, PCorrected           float64
	PExact, PMid            float64 // binomial; mid-p counts what was seen by half (Fagerland et al. 2013, BMC Med. Res. Methodol. 13:91)
	Smallest                float64 // the smallest exact p that so many changes can have
	TurnedToNo, TurnedToYes int
}

// McNemar compares two shares of the same units.
func McNemar(c Changed, level float64) (PairedProportions, error) {
	if err := c.check(); err != nil {
		return PairedProportions{}, err
	}
	n, b, d := float64(c.N()), float64(c.YesNo), float64(c.NoYes)
	p := PairedProportions{TurnedToNo: c.YesNo, TurnedToYes: c.NoYes, P: 1, PCorrected: 1, PExact: 1, PMid: 1, Smallest: 1}
	yes1, yes2 := float64(c.YesYes+c.YesNo), float64(c.YesYes+c.NoYes)
	p.First, p.Second = yes1/n, yes2/n
	p.OddsRatio = Known(b / d)
	if b+d > 0 {
		chi := distuv.ChiSquared{K: 1}
		plain := (b - d) * (b - d) / (b + d)
		lessOne := math.Max(0, math.Abs(b-d)-1)
		corrected := lessOne * lessOne / (b + d)
		p.ChiSquare, p.Corrected = Known(plain), Known(corrected)
		p.P, p.PCorrected = chi.Survival(plain), chi.Survival(corrected)
		flip := distuv.Binomial{N: b + d, P: 0.5}
		tail := flip.CDF(math.Min(b, d))
		p.PExact = math.Min(1, 2*tail)
		p.PMid = math.Min(1, 2*tail-flip.Prob(math.Min(b, d)))
		p.Smallest = math.Min(1, 2*math.Pow(0.5, b+d))
	}
	low1, high1, err := Wilson(yes1, n, level)
	if err != nil {
		return PairedProportions{}, err
	}
	low2, high2, err := Wilson(yes2, n, level)
	if err != nil {
		return PairedProportions{}, fmt.Errorf("after: %w", err)
	}
	// The correlation of both answers, with n/2 taken off the determinant where it is above that, as Newcombe has it.
	phi := 0.0
	if product := yes1 * (n - yes1) * yes2 * (n - yes2); product > 0 {
		e, f, g, h := float64(c.YesYes), b, d, float64(c.NoNo)
		determinant := e*h - f*g
		if determinant > 0 {
			determinant = math.Max(determinant-n/2, 0)
		}
		phi = determinant / math.Sqrt(product)
	}
	down := func(a, b float64) float64 { return math.Sqrt(math.Max(0, a*a-2*phi*a*b+b*b)) }
	difference := p.First - p.Second
	p.Low = difference - down(p.First-low1, high2-p.Second)
	p.High = difference + down(high1-p.First, p.Second-low2)
	return p, nil
}
