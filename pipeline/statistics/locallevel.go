package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// LocalLevel is the model of a level that wanders and is seen with noise: y_t = µ_t + ε_t, µ_{t+1} = µ_t + η_t (Durbin and
// Koopman 2012, Time Series Analysis by State Space Methods, chapter 2).
type LocalLevel struct {
	Noise, Level float64 // variances of ε and η
}

// Filtered is a pass of the Kalman filter. Where a value is unknown the level is carried on.
type Filtered struct {
	Innovation, Variance []float64 // v_t and F_t; NaN at the first known value, where the level starts, and where y is unknown
	State, StateVariance []float64 // the level and its variance, given y up to t; NaN before the level starts
	LogLikelihood        float64   // diffuse: the first known value carries none
}

// Filter runs over y with an exact diffuse start: nothing is known of the level before the first value.
func (m LocalLevel) Filter(y []Value) (*Filtered, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	p := pass(numbers(y), nil, m.Noise, m.Level)
	if p.known < 2 {
		return nil, fmt.Errorf("%d known values: at least 2 are needed", p.known)
	}
	f := &Filtered{Innovation: p.v[0], Variance: p.f, State: p.a[0], StateVariance: p.p}
	n := float64(p.known - 1)
	f.LogLikelihood = -(n*math.Log(2*math.Pi) + p.logF + p.squares.At(0, 0)) / 2
	return f, nil
}

func (m LocalLevel) check() error {
	if !(m.Noise >= 0 && m.Level >= 0 && m.Noise+m.Level > 0) || math.IsInf(m.Noise+m.Level, 0) {
		return fmt.Errorf("variances of %g and %g: none may be below zero, and one must be above", m.Noise, m.Level)
	}
	return nil
}

// FitLocalLevel finds the variances by maximum likelihood.
func FitLocalLevel(y []Value) (LocalLevel, *Filtered, error) {
	r, err := FitLevelRegression(y, nil)
	if err != nil {
		return LocalLevel{}, nil, err
	}
	f, err := r.LocalLevel.Filter(y)
	return r.LocalLevel, f, err
}

// passed is the filter over several series at once with the gains of one pair of variances, as the regression needs it: what
// the filter does to y it does to every regressor (de Jong 1991, Ann. Stat. 19:1073).
type passed struct {
	known   int           // values
	v       [][]float64   // innovations by series: y, then the regressors
	f       []float64     // their variance
	a       [][]float64   // filtered level by series
	p       []float64     // its variance
	logF    float64       // sum over the innovations
	squares *mat.SymDense // sums of products of innovations over F
}

func pass(y []float64, x [][]float64, noise, level float64) *passed {
	series := append([][]float64{y}, x...)
	k, n := len(series), len(y)
	p := &passed{v: make([][]float64, k), a: make([][]float64, k), f: make([]float64, n), p: make([]float64, n), squares: mat.NewSymDense(k, nil)}
	for j := range k {
		p.v[j], p.a[j] = make([]float64, n), make([]float64, n)
	}
	state, variance := make([]float64, k), math.NaN()
	for t := range n {
		known := true
		for j := range k {
			known = known && !math.IsNaN(series[j][t])
		}
		p.f[t] = math.NaN()
		for j := range k {
			p.v[j][t] = math.NaN()
		}
		if p.known > 0 {
			variance += level
		}
		switch {
		case known && p.known == 0:
			for j := range k {
				state[j] = series[j][t]
			}
			variance = noise
			p.known++
		case known:
			p.known++
			f := variance + noise
			p.f[t] = f
			p.logF += math.Log(f)
			for j := range k {
				p.v[j][t] = series[j][t] - state[j]
			}
			for j := range k {
				for i := range j + 1 {
					p.squares.SetSym(i, j, p.squares.At(i, j)+p.v[i][t]*p.v[j][t]/f)
				}
				state[j] += variance / f * p.v[j][t]
			}
			variance *= noise / f
		}
		for j := range k {
			p.a[j][t] = math.NaN()
			if p.known > 0 {
				p.a[j][t] = state[j]
			}
		}
		p.p[t] = variance
	}
	return p
}

// LevelRegression is y_t = µ_t + β'x_t + ε_t with a wandering level. Beta and the level's start are diffuse: the likelihood is
// the restricted one (REML).
type LevelRegression struct {
	LocalLevel
	Coef          []float64
	Covariance    *mat.SymDense // of Coef; nil without regressors
	LogLikelihood float64       // restricted, with n log 2π
	N             int           // values fitted
	// FreeLevel are the variances with the most wandering level that the data do not reject: where the profile likelihood
	// is still within its 95 % interval.
	FreeLevel LocalLevel

	y    []float64
	x    [][]float64
	last *passed // with the variances of the fit
}

// FitLevelRegression finds the variances by maximum (restricted) likelihood and the coefficients given these. x are the
// regressors, each as long as y; where a value of y or of a regressor is unknown the level is carried on.
func FitLevelRegression(y []Value, x [][]Value) (*LevelRegression, error) {
	r, err := newLevelRegression(y, x)
	if err != nil {
		return nil, err
	}
	// The sum of the variances has a closed form given their share, which leaves one dimension on a closed interval: a grid finds
	// the hill, a golden section its top. Neither end (a fixed level, no noise) needs care, as it would on a logarithm.
	const steps = 40
	share := func(i float64) float64 { // dense near both ends; exact at them
		switch z := i - steps/2; {
		case i <= 0:
			return 0
		case i >= steps:
			return 1
		default:
			return 1 / (1 + math.Exp(-z*math.Log(10)/2))
		}
	}
	at := func(i float64) float64 { l, _ := r.profile(share(i)); return l }
	best, top := 0, math.Inf(-1)
	for i := range steps + 1 {
		if l := at(float64(i)); l > top {
			best, top = i, l
		}
	}
	if math.IsInf(top, -1) {
		if _, _, _, ok := pass(r.y, r.x, 1, 0).regress(); !ok {
			return nil, fmt.Errorf("the regressors do not vary, or say the same thing twice: %w", ErrCollinear)
		}
		return nil, errors.New("nothing is left to chance: the series does not vary, or it follows the regressors exactly; no variance can be estimated")
	}
	peak := golden(at, float64(max(best-1, 0)), float64(min(best+1, steps)))
	if at(peak) < top {
		peak = float64(best)
	}
	if err := r.fix(share(peak)); err != nil {
		return nil, err
	}
	critical := r.LogLikelihood - distuv.ChiSquared{K: 1}.Quantile(Confidence)/2
	edge := float64(steps)
	if at(edge) < critical {
		low := peak
		for range 40 {
			if middle := (low + edge) / 2; at(middle) < critical {
				edge = middle
			} else {
				low = middle
			}
		}
	}
	r.FreeLevel = r.variances(share(edge))
	return r, nil
}

func newLevelRegression(y []Value, x [][]Value) (*LevelRegression, error) {
	r := &LevelRegression{y: numbers(y), Coef: make([]float64, len(x))}
	for j, c := range x {
		if len(c) != len(y) {
			return nil, fmt.Errorf("regressor %d has %d values, y has %d", j+1, len(c), len(y))
		}
		r.x = append(r.x, numbers(c))
	}
	p := pass(r.y, r.x, 1, 0)
	if r.N = p.known; r.N < len(x)+4 {
		return nil, fmt.Errorf("%d times are known on all sides: at least %d are needed", r.N, len(x)+4)
	}
	return r, nil
}

// profile is the log-likelihood at a share of the level's variance in the sum of both, and that sum; -Inf: it does not exist.
func (r *LevelRegression) profile(share float64) (l, sum float64) {
	p := pass(r.y, r.x, 1-share, share)
	k := len(r.x)
	df := float64(r.N - 1 - k)
	rss, logDet, _, ok := p.regress()
	scale := p.squares.At(0, 0)
	if !ok || !(rss > 1e-14*scale) {
		return math.Inf(-1), 0
	}
	sum = rss / df
	return -(float64(r.N)*math.Log(2*math.Pi) + df*math.Log(sum) + p.logF + logDet + df) / 2, sum
}

// regress is the regression of the innovations of y on those of the regressors: what is left, the log determinant and the
// coefficients. Not where the regressors' innovations depend on each other.
func (p *passed) regress() (rss, logDet float64, coef *mat.VecDense, ok bool) {
	k := len(p.v) - 1
	rss = p.squares.At(0, 0)
	if k == 0 {
		return rss, 0, nil, true
	}
	c, xy := p.cross()
	if c == nil {
		return 0, 0, nil, false
	}
	coef = mat.NewVecDense(k, nil)
	if err := c.SolveVecTo(coef, xy); err != nil {
		return 0, 0, nil, false
	}
	return rss - mat.Dot(coef, xy), c.LogDet(), coef, true
}

// cross are the products of the regressors' innovations, factorised, and theirs with those of y.
func (p *passed) cross() (*mat.Cholesky, *mat.VecDense) {
	k := len(p.v) - 1
	xx, xy := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i := range k {
		xy.SetVec(i, p.squares.At(0, i+1))
		for j := i; j < k; j++ {
			xx.SetSym(i, j, p.squares.At(i+1, j+1))
		}
	}
	var c mat.Cholesky
	if !c.Factorize(xx) || c.Cond() > 1e14 {
		return nil, nil
	}
	return &c, xy
}

func (r *LevelRegression) variances(share float64) LocalLevel {
	_, sum := r.profile(share)
	return LocalLevel{Noise: (1 - share) * sum, Level: share * sum}
}

// fix sets everything that follows from a share of the level's variance.
func (r *LevelRegression) fix(share float64) error {
	l, _ := r.profile(share)
	if math.IsInf(l, -1) {
		return ErrCollinear
	}
	r.LogLikelihood, r.LocalLevel = l, r.variances(share)
	return r.settle()
}

// settle sets the coefficients given the variances.
func (r *LevelRegression) settle() error {
	p := pass(r.y, r.x, r.Noise, r.Level)
	_, _, coef, ok := p.regress()
	if !ok {
		return ErrCollinear
	}
	r.last = p
	if coef == nil {
		return nil
	}
	copy(r.Coef, coef.RawVector().Data)
	c, _ := p.cross()
	r.Covariance = mat.NewSymDense(len(r.x), nil)
	return c.InverseTo(r.Covariance)
}

// At is the same regression with other variances.
func (r *LevelRegression) At(m LocalLevel) (*LevelRegression, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	o := &LevelRegression{LocalLevel: m, N: r.N, FreeLevel: r.FreeLevel, y: r.y, x: r.x, Coef: make([]float64, len(r.x))}
	if err := o.settle(); err != nil {
		return nil, err
	}
	rss, logDet, _, _ := o.last.regress()
	o.LogLikelihood = -(float64(r.N)*math.Log(2*math.Pi) + o.last.logF + logDet + rss) / 2
	return o, nil
}

// Stiff is the same regression with a level that does not wander: ordinary least squares with its residual variance.
func (r *LevelRegression) Stiff() (*LevelRegression, error) {
	o := &LevelRegression{N: r.N, FreeLevel: r.FreeLevel, y: r.y, x: r.x, Coef: make([]float64, len(r.x))}
	return o, o.fix(0)
}

// State is the level at the end of the series, the regressors' part taken out.
func (r *LevelRegression) State() float64 {
	end := len(r.y) - 1
	state := r.last.a[0][end]
	for j, b := range r.Coef {
		state -= b * r.last.a[j+1][end]
	}
	return state
}

// Forecast is what y would have been later on: means and their exact covariance, which holds the uncertainty of the level, of
// its further way, of the coefficients and of the noise, but not of the variances.
type Forecast struct {
	At         []int // steps after the end of the series, from 1; where a regressor is unknown there is no forecast
	Mean       []float64
	Covariance *mat.SymDense
}

// Forecast continues the series by the regressors' values x, each of the same length, which gives the steps; without
// regressors steps says how many.
func (r *LevelRegression) Forecast(x [][]Value, steps int) (*Forecast, error) {
	if len(x) != len(r.x) {
		return nil, fmt.Errorf("%d regressors to forecast by: the model has %d", len(x), len(r.x))
	}
	later := make([][]float64, len(x))
	for j, c := range x {
		if len(c) != steps {
			return nil, fmt.Errorf("regressor %d has %d later values, not %d", j+1, len(c), steps)
		}
		later[j] = numbers(c)
	}
	f := &Forecast{}
	var leverage [][]float64 // x less its own level
	end := len(r.y) - 1
	for h := range steps {
		row, mean, known := make([]float64, len(x)), r.last.a[0][end], true
		for j := range x {
			row[j] = later[j][h] - r.last.a[j+1][end]
			mean += r.Coef[j] * row[j]
			known = known && !math.IsNaN(row[j])
		}
		if known {
			f.At, f.Mean, leverage = append(f.At, h+1), append(f.Mean, mean), append(leverage, row)
		}
	}
	if len(f.At) == 0 {
		return nil, errors.New("there is nothing to forecast by after the series' end")
	}
	f.Covariance = mat.NewSymDense(len(f.At), nil)
	for a, row := range leverage {
		for b := a; b < len(leverage); b++ {
			c := r.last.p[end] + float64(f.At[a])*r.Level
			for i := range row {
				for j := range row {
					c += row[i] * r.Covariance.At(i, j) * leverage[b][j]
				}
			}
			if a == b {
				c += r.Noise
			}
			f.Covariance.SetSym(a, b, c)
		}
	}
	return f, nil
}

// Effect is by how much actual lay above the forecast, on average and in sum, over the steps where both are known. degrees are
// those of t, 0 for the normal distribution. actual has a value for every step.
func (f *Forecast) Effect(actual []Value, degrees float64) (average, cumulative Estimate, predicted float64, err error) {
	if degrees <= 0 {
		degrees = math.Inf(1)
	}
	sum, variance, n := 0.0, 0.0, 0.0
	known := func(i int) bool { return f.At[i] <= len(actual) && actual[f.At[i]-1].Known }
	for i, h := range f.At {
		if !known(i) {
			continue
		}
		n++
		sum += actual[h-1].Number - f.Mean[i]
		predicted += f.Mean[i]
		for j := range f.At {
			if known(j) {
				variance += f.Covariance.At(i, j)
			}
		}
	}
	if n == 0 {
		return average, cumulative, 0, errors.New("no time after the start is known on all sides")
	}
	se := math.Sqrt(variance)
	return estimated(sum/n, se/n, degrees), estimated(sum, se, degrees), predicted / n, nil
}

// Counterfactual is what a series would have been by another series and a wandering level.
type Counterfactual struct {
	LocalLevel                   // of the fit
	N                    int     // bins before that are known on both sides
	Beta                 float64 // by how much the series follows the other
	Predicted, Low, High []Value // one a bin from the start on; unknown where the other series is
	Average, Cumulative  Estimate
	Stiff, Free          Estimate // the average with a fixed level, and with the most wandering one that the bins before do not reject
	Held                 Value    // share of the last 30 % of the bins before that the band of a fit to those earlier covers
	HeldOf               int      // bins in Held
}

// MinBefore is the number of known bins before below which no path is continued.
const MinBefore = 10

// Continue fits a series by another one that nothing happened to, in the first bins (before of them), and continues it from the bin
// start on (a position; those between are set aside), after the idea of Brodersen et al. (2015, Ann. Appl. Stat. 9:247) by
// maximum likelihood in place of priors. Intervals are by t, for a variance that is estimated from few bins; that the ratio of both
// variances is estimated too they do not know. Where a level that does wander is taken for a fixed one they are too short
// (in a simulation with 24 bins before, a step of a fifth of the noise and 22 bins after, 78 % for 95 %), while the Free
// ones then hold: an effect should be seen by both. At least [MinBefore] bins before must be known on both sides.
func Continue(series, other []Value, before, start int) (*Counterfactual, error) {
	switch {
	case len(series) != len(other):
		return nil, fmt.Errorf("the series has %d bins, the one that it is continued by %d", len(series), len(other))
	case before < 0 || start < before || start >= len(series):
		return nil, fmt.Errorf("%d of %d bins lie before, and those from %d on after: the sides overlap or are not there", before, len(series), start+1)
	}
	fit, err := continued(series[:before], other[:before])
	if err != nil {
		return nil, err
	}
	c := &Counterfactual{LocalLevel: fit.LocalLevel, N: fit.N, Beta: fit.Coef[0]}
	actual := append(make([]Value, start-before), series[start:]...) // unknown where set aside
	later := [][]Value{other[before:]}
	f, err := fit.Forecast(later, len(actual))
	if err != nil {
		return nil, err
	}
	df := float64(fit.N - 2)
	if c.Average, c.Cumulative, _, err = f.Effect(actual, df); err != nil {
		return nil, err
	}
	predicted, low, high := f.Band(len(actual), df)
	c.Predicted, c.Low, c.High = predicted[start-before:], low[start-before:], high[start-before:]
	stiff, err := fit.Stiff()
	if err != nil {
		return nil, err
	}
	free, err := fit.At(fit.FreeLevel)
	if err != nil {
		return nil, err
	}
	for variant, into := range map[*LevelRegression]*Estimate{stiff: &c.Stiff, free: &c.Free} {
		f, err := variant.Forecast(later, len(actual))
		if err != nil {
			return nil, err
		}
		if *into, _, _, err = f.Effect(actual, df); err != nil {
			return nil, err
		}
	}
	c.hold(series[:before], other[:before])
	return c, nil
}

// continued is the fit before.
func continued(series, other []Value) (*LevelRegression, error) {
	var y, x []float64
	for i := range series {
		if series[i].Known && other[i].Known {
			y, x = append(y, series[i].Number), append(x, other[i].Number)
		}
	}
	switch {
	case len(y) < MinBefore:
		return nil, fmt.Errorf("%d bins before are known on both sides: at least %d are needed to continue their path", len(y), MinBefore)
	case flat(y):
		return nil, errors.New("the series does not vary before: it has no path to continue")
	case flat(x):
		return nil, errors.New("the series that it would be continued by does not vary before")
	}
	return FitLevelRegression(series, [][]Value{other})
}

// hold tries the fit where the truth is known: before.
func (c *Counterfactual) hold(series, other []Value) {
	cut := len(series) * 7 / 10
	fit, err := FitLevelRegression(series[:cut], [][]Value{other[:cut]})
	if err != nil {
		return
	}
	f, err := fit.Forecast([][]Value{other[cut:]}, len(series)-cut)
	if err != nil {
		return
	}
	_, low, high := f.Band(len(series)-cut, float64(fit.N-2))
	covered := 0
	for i, v := range series[cut:] {
		if v.Known && low[i].Known {
			c.HeldOf++
			if low[i].Number <= v.Number && v.Number <= high[i].Number {
				covered++
			}
		}
	}
	c.Held = Known(float64(covered) / float64(c.HeldOf))
}

// Band is the forecast of each step and the interval in which a value would lie, by t with degrees of freedom (0: normal);
// unknown where there is no forecast.
func (f *Forecast) Band(steps int, degrees float64) (mean, low, high []Value) {
	if degrees <= 0 {
		degrees = math.Inf(1)
	}
	mean, low, high = make([]Value, steps), make([]Value, steps), make([]Value, steps)
	for i, h := range f.At {
		e := estimated(f.Mean[i], math.Sqrt(f.Covariance.At(i, i)), degrees)
		mean[h-1], low[h-1], high[h-1] = Known(e.Value), Known(e.Low), Known(e.High)
	}
	return mean, low, high
}

// golden finds the top of a hill between two points.
func golden(f func(float64) float64, low, high float64) float64 {
	ratio := (math.Sqrt(5) - 1) / 2
	a, b := high-ratio*(high-low), low+ratio*(high-low)
	fa, fb := f(a), f(b)
	for high-low > 1e-9 {
		if fa > fb {
			high, b, fb = b, a, fa
			a = high - ratio*(high-low)
			fa = f(a)
		} else {
			low, a, fa = a, b, fb
			b = low + ratio*(high-low)
			fb = f(b)
		}
	}
	return (low + high) / 2
}
