package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// ErrNotOverdispersed: counts vary no more than Poisson's would, so that the negative binomial has no theta.
var ErrNotOverdispersed = errors.New("the counts vary no more than a Poisson distribution's, which is the model to use")

// LogLinear is a regression of counts on the logarithmic scale: Poisson, or negative binomial with variance μ + μ²/θ.
type LogLinear struct {
	Names []string
	X     *mat.Dense // n × k
	Y     []float64  // counts
	Coef  []float64  // logarithms of rate ratios
	Mean  []float64  // fitted counts
	Bread *mat.SymDense
	Theta float64 // infinite: Poisson
	// ThetaError is the standard error of Theta by the observed information; 0: Poisson.
	ThetaError float64
	Deviance   float64

	scores *mat.Dense // terms of the likelihood's derivative
}

// Limits of the iterations; both converge within about ten where the counts determine the coefficients at all.
const (
	maxIterations = 100
	converged     = 1e-12 // relative change of the deviance; that of the means is 1e-6
)

// Poisson fits counts y by the columns of x on the logarithmic scale, by iterated least squares (Nelder & Wedderburn 1972,
// JRSS A 135:370). The offset (nil: none) has the coefficient 1: the logarithm of what the counts are a rate of. Quasi-Poisson
// has the same coefficients, and [LogLinear.Covariance] times [LogLinear.Dispersion].
func Poisson(names []string, x *mat.Dense, y, offset []float64) (*LogLinear, error) {
	return logLinear(names, x, y, offset, math.Inf(1), nil)
}

// NegativeBinomial fits counts whose variance is μ + μ²/θ, θ by maximum likelihood in turn with the coefficients, as R's glm.nb does
// (Venables & Ripley 2002, section 7.4; Lawless 1987, Can. J. Stat. 15:209).
func NegativeBinomial(names []string, x *mat.Dense, y, offset []float64) (*LogLinear, error) {
	l, err := Poisson(names, x, y, offset)
	if err != nil {
		return nil, err
	}
	theta := 0.0
	for range maxIterations {
		last := theta
		if theta, err = fitTheta(l.Y, l.Mean); err != nil {
			return nil, err
		}
		if l, err = logLinear(names, x, y, offset, theta, l.Mean); err != nil {
			return nil, err
		}
		if math.Abs(theta-last) <= 1e-10*theta {
			_, information := thetaScore(theta, l.Y, l.Mean)
			l.ThetaError = math.Sqrt(1 / information)
			return l, nil
		}
	}
	return nil, fmt.Errorf("negative binomial: theta did not settle in %d rounds", maxIterations)
}

func logLinear(names []string, x *mat.Dense, y, offset []float64, theta float64, start []float64) (*LogLinear, error) {
	n, k := x.Dims()
	if len(y) != n || offset != nil && len(offset) != n {
		return nil, fmt.Errorf("%d counts and %d offsets for a matrix of %d rows", len(y), len(offset), n)
	}
	total := 0.0
	for i, v := range y {
		if !(v >= 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("observation %d is %g: a count is not below zero", i+1, v)
		}
		if offset != nil && (math.IsNaN(offset[i]) || math.IsInf(offset[i], 0)) {
			return nil, fmt.Errorf("observation %d has the offset %g", i+1, offset[i])
		}
		total += v
	}
	if total == 0 {
		return nil, errors.New("all counts are zero")
	}
	at := func(i int) float64 {
		if offset == nil {
			return 0
		}
		return offset[i]
	}
	l := &LogLinear{Names: names, X: x, Y: y, Mean: make([]float64, n), Theta: theta}
	for i, v := range y {
		l.Mean[i] = v + 0.1
	}
	if start != nil {
		copy(l.Mean, start)
	}
	// Newton's steps can run away where a count meets a mean near zero; a step that makes the fit worse is halved.
	deviance, last := math.Inf(1), []float64(nil)
	wx, wz := mat.NewDense(n, k, nil), make([]float64, n)
	for range maxIterations {
		for i, mu := range l.Mean {
			w := math.Sqrt(l.weight(mu))
			for j := range k {
				wx.Set(i, j, w*x.At(i, j))
			}
			wz[i] = w * (math.Log(mu) - at(i) + (y[i]-mu)/mu)
		}
		step, err := LeastSquares(names, wx, wz)
		if err != nil {
			if errors.Is(err, ErrCollinear) && last != nil {
				return nil, fmt.Errorf("%w, or a group has counts of zero only, so that its rate has no logarithm", err)
			}
			return nil, err
		}
		coef := step.Coef
		next := l.means(coef, at)
		d := l.deviance(next)
		for range 30 {
			if last == nil || d <= deviance*(1+1e-9)+1e-9 {
				break
			}
			for j := range coef {
				coef[j] = (coef[j] + last[j]) / 2
			}
			next = l.means(coef, at)
			d = l.deviance(next)
		}
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return nil, errors.New("the fit does not converge: the counts, offsets or columns are too far apart in size")
		}
		// Where a group has counts of zero only its rate falls by a factor for ever, while the deviance hardly moves.
		settled := last != nil && math.Abs(d-deviance) <= converged*(d+0.1)
		for i, mu := range next {
			settled = settled && math.Abs(mu-l.Mean[i]) <= 1e-6*mu
		}
		deviance, last, l.Mean = d, coef, next
		if settled {
			return l.settle(coef, deviance)
		}
	}
	return nil, fmt.Errorf("the fit did not converge in %d steps: a group may have counts of zero only", maxIterations)
}

// weight is that of an observation in the iterated least squares.
func (l *LogLinear) weight(mu float64) float64 {
	if math.IsInf(l.Theta, 1) {
		return mu
	}
	return mu / (1 + mu/l.Theta)
}

func (l *LogLinear) means(coef []float64, at func(int) float64) []float64 {
	var eta mat.VecDense
	eta.MulVec(l.X, mat.NewVecDense(len(coef), coef))
	mean := make([]float64, len(l.Y))
	for i := range mean {
		mean[i] = math.Max(math.Exp(eta.AtVec(i)+at(i)), 1e-300)
	}
	return mean
}

func (l *LogLinear) settle(coef []float64, deviance float64) (*LogLinear, error) {
	n, k := l.X.Dims()
	l.Coef, l.Deviance = coef, deviance
	l.scores = mat.NewDense(n, k, nil)
	wx := mat.NewDense(n, k, nil)
	for i, mu := range l.Mean {
		w := l.weight(mu)
		for j := range k {
			wx.Set(i, j, math.Sqrt(w)*l.X.At(i, j))
			l.scores.Set(i, j, w/mu*(l.Y[i]-mu)*l.X.At(i, j))
		}
	}
	bread, err := LeastSquares(l.Names, wx, make([]float64, n))
	if err != nil {
		return nil, err
	}
	l.Bread = bread.Bread
	return l, nil
}

// N is the number of observations.
func (l *LogLinear) N() int { return len(l.Y) }

// K is the number of coefficients, theta not counted.
func (l *LogLinear) K() int { return len(l.Coef) }

// unit is an observation's part of the deviance.
func (l *LogLinear) unit(y, mu float64) float64 {
	d := 0.0
	if y > 0 {
		d = y * math.Log(y/mu)
	}
	if math.IsInf(l.Theta, 1) {
		return math.Max(0, 2*(d-(y-mu)))
	}
	return math.Max(0, 2*(d-(y+l.Theta)*math.Log((y+l.Theta)/(mu+l.Theta))))
}

func (l *LogLinear) deviance(mean []float64) float64 {
	d := 0.0
	for i, y := range l.Y {
		d += l.unit(y, mean[i])
	}
	return d
}

// DevianceResiduals are the signed roots of the observations' parts of the deviance.
func (l *LogLinear) DevianceResiduals() []float64 {
	r := make([]float64, len(l.Y))
	for i, y := range l.Y {
		r[i] = math.Copysign(math.Sqrt(l.unit(y, l.Mean[i])), y-l.Mean[i])
	}
	return r
}

// Dispersion is Pearson's χ² over its degrees of freedom: about 1 if the model's variance holds, more in counts that vary more.
func (l *LogLinear) Dispersion() float64 {
	chi := 0.0
	for i, mu := range l.Mean {
		d := l.Y[i] - mu
		chi += d * d / mu * l.weight(mu) / mu
	}
	return chi / float64(l.N()-l.K())
}

// Covariance is that of the coefficients if the model's variance holds; times a dispersion, quasi-Poisson's.
func (l *LogLinear) Covariance(dispersion float64) *mat.SymDense {
	c := mat.NewSymDense(l.K(), nil)
	c.ScaleSym(dispersion, l.Bread)
	return c
}

// NeweyWest is the covariance of the coefficients where the model's variance need not hold and neighbours in time may go together, as
// [Linear.NeweyWest]. Lag 0 is HC0, for independent counts.
func (l *LogLinear) NeweyWest(lag int, at []int) (*mat.SymDense, error) {
	if err := checkLag(lag, at, l.N()); err != nil {
		return nil, err
	}
	return sandwich(l.Bread, bartlett(l.scores, at, lag), 1), nil
}

// LogLikelihood is the model's, with all constants.
func (l *LogLinear) LogLikelihood() float64 {
	sum := 0.0
	for i, mu := range l.Mean {
		y := l.Y[i]
		if math.IsInf(l.Theta, 1) {
			sum += y*math.Log(mu) - mu - lgamma(y+1)
			continue
		}
		t := l.Theta
		sum += lgamma(t+y) - lgamma(t) - lgamma(y+1) + t*math.Log(t/(t+mu)) + y*math.Log(mu/(t+mu))
	}
	return sum
}

// Zeros is how many counts of zero the model expects.
func (l *LogLinear) Zeros() float64 {
	sum := 0.0
	for _, mu := range l.Mean {
		if math.IsInf(l.Theta, 1) {
			sum += math.Exp(-mu)
		} else {
			sum += math.Exp(l.Theta * math.Log(l.Theta/(l.Theta+mu)))
		}
	}
	return sum
}

func lgamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}

// fitTheta is the most likely theta for given means, by Newton's method on its logarithm.
func fitTheta(y, mean []float64) (float64, error) {
	excess := 0.0 // moments give the start
	for i, mu := range mean {
		excess += (y[i]/mu - 1) * (y[i]/mu - 1)
	}
	theta := float64(len(y)) / excess
	for range maxIterations {
		if !(theta < 1e7) {
			return 0, ErrNotOverdispersed
		}
		score, information := thetaScore(theta, y, mean)
		// d²/d(log θ)² = θ·score − θ²·information
		step := score / math.Abs(theta*information-score)
		step = math.Max(-2, math.Min(2, step))
		theta *= math.Exp(step)
		if math.Abs(step) < 1e-12 {
			return theta, nil
		}
	}
	return 0, fmt.Errorf("negative binomial: theta did not converge in %d steps", maxIterations)
}

// thetaScore is the derivative of the likelihood by theta, and the observed information.
func thetaScore(theta float64, y, mean []float64) (score, information float64) {
	digamma, trigamma := mathext.Digamma(theta), mathext.Zeta(2, theta)
	for i, mu := range mean {
		s := theta + mu
		score += mathext.Digamma(theta+y[i]) - digamma + math.Log(theta) + 1 - math.Log(s) - (y[i]+theta)/s
		information += trigamma - mathext.Zeta(2, theta+y[i]) - 1/theta + 2/s - (y[i]+theta)/(s*s)
	}
	return score, information
}
