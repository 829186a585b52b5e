package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Interruption is a series with a moment at which its path may have changed.
type Interruption struct {
	Values []Value // one a bin, the bins consecutive and of equal length; unknown ones are left out of the fit
	// From is the first bin that is set aside, and To the first that counts as after; equal where none is set aside.
	From, To int
	PerYear  float64 // bins in a year: 12 months, or 365.25 by the days of a bin
	Dummies  []Dummy
}

// Dummy marks bins that are out of the ordinary every year, such as those with August in them.
type Dummy struct {
	Name string
	Bins []bool // one a bin
}

// Segments is a segmented regression: level and trend before, and how both changed.
type Segments struct {
	Fit *Linear // of the known bins that are not set aside
	At  []int   // their places in the series
	// Step is how far the level at the first bin after lies from where the old path would have led; Slope how much steeper the path a
	// year is from there on. Both have the larger of their two errors, and Student's t with n − k degrees of freedom.
	Step, Slope SegmentEstimate
	Harmonics   int      // annual pairs of sine and cosine in the model
	Dummies     []string // in the model
	Lag         int      // of the Newey–West error
	Fitted      []Value  // one a bin; unknown where the bin is set aside
	// Expected is the old path continued over the bins after, with the interval of that path (not of single values) by the larger
	// error, bin by bin; unknown before.
	Expected, Low, High []Value
	Autocorrelation     []Value // of the residuals, lags 1 to 4
	BreuschGodfrey      Value   // p, order 4; unknown where the bins are too few for it
}

// SegmentEstimate is a coefficient with the larger of its errors, and both.
type SegmentEstimate struct {
	Estimate
	Ordinary, NeweyWest float64
}

// Larger names the error that is reported: ordinary or newey_west.
func (e SegmentEstimate) Larger() string {
	if e.NeweyWest > e.Ordinary {
		return "newey_west"
	}
	return "ordinary"
}

// Few bins, and the most annual harmonics that are tried.
const (
	minSegment   = 4
	maxHarmonics = 2
	serialOrder  = 4
)

// Segmented fits an interrupted series by least squares: level, trend, step and centred change of slope (Wagner et al. 2002, J. Clin.
// Pharm. Ther. 27:299; Lopez Bernal et al. 2017, Int. J. Epidemiol. 46:348, with its correction of 2020, 49:1414, which centres the
// slope), one or two annual harmonics where two full years before identify them, and the dummies that occur in at least two known
// bins. Errors are ordinary and Newey–West's with the automatic lag and n/(n−k), and the larger is reported, since
// either alone is too small in short series (Turner et al. 2021, BMC Med. Res. Methodol. 21:181). It needs four known bins on either side and a
// series that varies around its path.
func Segmented(s Interruption) (*Segments, error) {
	n := len(s.Values)
	if s.From < 0 || s.From > s.To || s.To > n {
		return nil, fmt.Errorf("%d bins, of which %d to %d are set aside", n, s.From, s.To)
	}
	if !(s.PerYear > 0) || math.IsInf(s.PerYear, 0) {
		return nil, fmt.Errorf("%g bins a year", s.PerYear)
	}
	r := &Segments{}
	var y []float64
	before := 0
	for i, v := range s.Values {
		if !v.Known || i >= s.From && i < s.To {
			continue
		}
		if i < s.From {
			before++
		}
		r.At, y = append(r.At, i), append(y, v.Number)
	}
	if err := finite(y); err != nil {
		return nil, err
	}
	if after := len(y) - before; before < minSegment || after < minSegment {
		return nil, fmt.Errorf("%d known bins before and %d after: a segmented regression needs %d on either side: %w", before, after, minSegment, ErrShortSeries)
	}
	if slices.Min(y) == slices.Max(y) {
		return nil, errors.New("the series is constant, so there is nothing to fit a path to")
	}
	if err := r.fit(s, y, before); err != nil {
		return nil, err
	}
	return r, r.describe(s)
}

// fit takes the largest model that the bins identify: fewer harmonics first, then no dummies.
func (r *Segments) fit(s Interruption, y []float64, before int) error {
	dummies := make([]Dummy, 0, len(s.Dummies))
	for _, d := range s.Dummies {
		if len(d.Bins) != len(s.Values) {
			return fmt.Errorf("the dummy %s has %d bins, the series %d", d.Name, len(d.Bins), len(s.Values))
		}
		in := 0
		for _, i := range r.At {
			if d.Bins[i] {
				in++
			}
		}
		if in >= 2 && len(r.At)-in >= 2 { // one bin alone would only take itself out
			dummies = append(dummies, d)
		}
	}
	most := 0
	if span := r.At[before-1] - r.At[0] + 1; float64(span) >= 2*s.PerYear-0.5 {
		for most < maxHarmonics && 2*float64(most+1) < s.PerYear {
			most++
		}
	}
	for _, with := range [][]Dummy{dummies, nil} {
		for h := most; h >= 0; h-- {
			names, row := s.columns(h, with)
			if len(y) < 2*len(names) && h+len(with) > 0 { // as many bins again as coefficients, to judge these by
				continue
			}
			x := mat.NewDense(len(y), len(names), nil)
			for j, i := range r.At {
				x.SetRow(j, row(i, i >= s.To))
			}
			fit, err := LeastSquares(names, x, y)
			if errors.Is(err, ErrCollinear) && h+len(with) > 0 {
				continue
			}
			if err != nil {
				return err
			}
			r.Fit, r.Harmonics = fit, h
			for _, d := range with {
				r.Dummies = append(r.Dummies, d.Name)
			}
			return nil
		}
	}
	return fmt.Errorf("segmented regression: %w", ErrCollinear)
}

// columns are those of a model, and the row of a bin under the old path or the new. Time is in years from the first bin after.
func (s Interruption) columns(harmonics int, dummies []Dummy) (names []string, row func(bin int, after bool) []float64) {
	names = []string{"level", "trend", "step", "slope"}
	for h := 1; h <= harmonics; h++ {
		names = append(names, fmt.Sprintf("s%d", h), fmt.Sprintf("c%d", h))
	}
	for _, d := range dummies {
		names = append(names, d.Name)
	}
	return names, func(bin int, after bool) []float64 {
		t := float64(bin-s.To) / s.PerYear
		x := append(make([]float64, 0, len(names)), 1, t, 0, 0)
		if after {
			x[2], x[3] = 1, t
		}
		for h := 1; h <= harmonics; h++ {
			sin, cos := math.Sincos(2 * math.Pi * float64(h) * t)
			x = append(x, sin, cos)
		}
		for _, d := range dummies {
			x = append(x, truth(d.Bins[bin]))
		}
		return x
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (r *Segments) describe(s Interruption) error {
	l := r.Fit
	squares := 0.0
	for _, v := range l.Y {
		squares += v * v
	}
	if l.RSS() <= 1e-20*squares {
		return errors.New("the series follows its path exactly, so that nothing tells how uncertain it is")
	}
	df := float64(l.N() - l.K())
	r.Lag = min(AutomaticLag(l.N()), l.N()-1)
	ordinary := l.Covariance()
	robust, err := l.NeweyWest(r.Lag, r.At)
	if err != nil {
		return err
	}
	robust.ScaleSym(l.SmallSample(), robust)
	r.Step = segment(l.Coef[2], ordinary.At(2, 2), robust.At(2, 2), df)
	r.Slope = segment(l.Coef[3], ordinary.At(3, 3), robust.At(3, 3), df)

	dummies := slices.DeleteFunc(slices.Clone(s.Dummies), func(d Dummy) bool { return !slices.Contains(r.Dummies, d.Name) })
	_, row := s.columns(r.Harmonics, dummies)
	n := len(s.Values)
	r.Fitted, r.Expected = make([]Value, n), make([]Value, n)
	r.Low, r.High = make([]Value, n), make([]Value, n)
	coef := mat.NewVecDense(l.K(), l.Coef)
	for i := range n {
		if i < s.From || i >= s.To {
			r.Fitted[i] = Known(mat.Dot(mat.NewVecDense(l.K(), row(i, i >= s.To)), coef))
		}
		if i >= s.To {
			x := mat.NewVecDense(l.K(), row(i, false))
			e := estimated(mat.Dot(x, coef), math.Sqrt(math.Max(mat.Inner(x, ordinary, x), mat.Inner(x, robust, x))), df)
			r.Expected[i], r.Low[i], r.High[i] = Known(e.Value), Known(e.Low), Known(e.High)
		}
	}
	if r.Autocorrelation, err = Autocorrelations(l.Residuals, r.At, serialOrder); err != nil {
		return err
	}
	if _, p, err := l.BreuschGodfrey(serialOrder, r.At); err == nil {
		r.BreuschGodfrey = Known(p)
	}
	return nil
}

func segment(value, ordinary, robust, df float64) SegmentEstimate {
	e := SegmentEstimate{Ordinary: math.Sqrt(ordinary), NeweyWest: math.Sqrt(robust)}
	e.Estimate = estimated(value, math.Max(e.Ordinary, e.NeweyWest), df)
	return e
}
