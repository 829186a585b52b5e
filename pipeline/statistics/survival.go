package statistics

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Lifetime is how long something lasted, or had lasted when one stopped looking.
type Lifetime struct {
	Time           float64 // finite, not negative
	Event          bool    // it ended then; otherwise it was still going on (censored)
	Count          int64   // how many such there are
	Group, Stratum string  // for comparisons; [KaplanMeier] does not look at them
}

// Survival is the share that still lasts, by time.
type Survival struct {
	N, Events int64
	Steps     []Step // one a time at which something ended or was no longer watched, ascending
}

// Step is the curve from one time on.
type Step struct {
	Time           float64
	AtRisk, Events int64   // lasting just before; ending then
	Surviving      float64 // share
	Greenwood      float64 // sum of d/(n(n − d)), the variance of the share's logarithm; infinite once none is left
}

// KaplanMeier estimates the share that still lasts, with those censored counted for as long as they were watched (Kaplan &
// Meier 1958, JASA 53:457).
func KaplanMeier(lifetimes []Lifetime) (Survival, error) {
	if err := lasting(lifetimes); err != nil {
		return Survival{}, err
	}
	sorted := slices.SortedStableFunc(slices.Values(lifetimes), func(a, b Lifetime) int { return cmp.Compare(a.Time, b.Time) })
	var s Survival
	for _, l := range sorted {
		s.N += l.Count
	}
	share, greenwood, risk := 1.0, 0.0, s.N
	for i := 0; i < len(sorted); {
		step := Step{Time: sorted[i].Time, AtRisk: risk}
		for ; i < len(sorted) && sorted[i].Time == step.Time; i++ {
			risk -= sorted[i].Count
			if sorted[i].Event {
				step.Events += sorted[i].Count
			}
		}
		if d, n := float64(step.Events), float64(step.AtRisk); d > 0 {
			share *= (n - d) / n
			greenwood += d / (n * (n - d))
		}
		step.Surviving, step.Greenwood = share, greenwood
		s.Events += step.Events
		s.Steps = append(s.Steps, step)
	}
	return s, nil
}

// lasting tells what is wrong with lifetimes.
func lasting(lifetimes []Lifetime) error {
	n := int64(0)
	for i, l := range lifetimes {
		switch {
		case math.IsNaN(l.Time) || math.IsInf(l.Time, 0) || l.Time < 0:
			return fmt.Errorf("time %d is %v: times are finite numbers from zero on", i+1, l.Time)
		case l.Count < 0:
			return fmt.Errorf("time %d is there %d times: counts are not below zero", i+1, l.Count)
		}
		n += l.Count
	}
	if n == 0 {
		return errors.New("no times at all")
	}
	return nil
}

// Limits are an estimate with its interval by two ways: on the logarithm (as R's survfit) and on log(−log), which keeps within 0
// and 1 (Kalbfleisch & Prentice 2002, section 1.4).
type Limits struct {
	Value                 Value
	Low, High             Value
	LowLogLog, HighLogLog Value
}

// Surviving is the share that lasts beyond t with its error (Greenwood 1926) and intervals, and how many were watched at t. The
// error of a share that has come down to zero does not exist.
func (s Survival) Surviving(t float64) (share Limits, se Value, atRisk int64) {
	at, last := Step{Surviving: 1}, s.N > 0
	for _, step := range s.Steps {
		if step.Time >= t && last {
			atRisk, last = step.AtRisk, false
		}
		if step.Time <= t {
			at = step
		}
	}
	return at.limits(), at.se(), atRisk
}

func (s Step) se() Value { return Known(s.Surviving * math.Sqrt(s.Greenwood)) }

func (s Step) limits() Limits {
	l := Limits{Value: Known(s.Surviving)}
	if s.Surviving == 0 {
		return l
	}
	half := normalQuantile() * math.Sqrt(s.Greenwood)
	l.Low, l.High = Known(s.Surviving*math.Exp(-half)), Known(math.Min(1, s.Surviving*math.Exp(half)))
	l.LowLogLog, l.HighLogLog = Known(1), Known(1)
	if log := math.Log(s.Surviving); log < 0 {
		l.LowLogLog = Known(math.Exp(log * math.Exp(-half/log)))
		l.HighLogLog = Known(math.Exp(log * math.Exp(half/log)))
	}
	return l
}

func normalQuantile() float64 { return distuv.UnitNormal.Quantile((1 + Confidence) / 2) }

// Quantile is the time by which a share p has ended: the first at which no more than 1 − p last, or, where exactly that share
// lasts for a while, the middle of that while. Its limits are where the limits of the curve do so (Brookmeyer & Crowley 1982,
// Biometrics 38:29). What the data do not reach is unknown.
func (s Survival) Quantile(p float64) Limits {
	cross := func(height func(Limits) Value) Value {
		const near = 1e-8
		for i, step := range s.Steps {
			h := height(step.limits())
			if !h.Known || h.Number > 1-p+near {
				continue
			}
			if h.Number < 1-p-near {
				return Known(step.Time)
			}
			for _, later := range s.Steps[i:] { // to the next fall, or to the last of those watched
				next := height(later.limits())
				if step := later.Time; !next.Known || next.Number < 1-p-near || later.Time == s.Steps[len(s.Steps)-1].Time {
					return Known((s.Steps[i].Time + step) / 2)
				}
			}
		}
		return Value{}
	}
	return Limits{
		Value: cross(func(l Limits) Value { return l.Value }),
		Low:   cross(func(l Limits) Value { return l.Low }), High: cross(func(l Limits) Value { return l.High }),
		LowLogLog: cross(func(l Limits) Value { return l.LowLogLog }), HighLogLog: cross(func(l Limits) Value { return l.HighLogLog }),
	}
}

// RestrictedMean is how long it lasted on average, with all that lasts longer than tau counted as tau: the area under the curve,
// with its error (Klein & Moeschberger 2003, section 4.5). It is unknown where something still lasted when the last was
// watched before tau.
func (s Survival) RestrictedMean(tau float64) (mean, se Value) {
	if s.N == 0 || math.IsNaN(tau) || tau < 0 {
		return Value{}, Value{}
	}
	if last := s.Steps[len(s.Steps)-1]; last.Time < tau && last.Surviving > 0 {
		return Value{}, Value{}
	}
	area, variance, to := 0.0, 0.0, tau
	for _, step := range slices.Backward(s.Steps) {
		if step.Time >= tau {
			continue
		}
		area += step.Surviving * (to - step.Time)
		to = step.Time
		if d, n := float64(step.Events), float64(step.AtRisk); d < n {
			variance += area * area * d / (n * (n - d))
		}
	}
	return Known(area + to), Known(math.Sqrt(variance))
}

// Tested is a test that groups end alike.
type Tested struct {
	Groups             []string // in order of name
	N                  []int64
	Observed, Expected []float64 // ends, weighted, one a group; expected if all groups were alike
	ChiSquared, P      float64
	DF                 int
}

// LogRank tests whether groups end alike within strata, at each time among those that still last (Mantel 1966, Cancer
// Chemother. Rep. 50:163). With rho above zero early times weigh more: S(t−)^rho, 1 being Peto and Peto's modification of
// Wilcoxon's test (Harrington & Fleming 1982, Biometrika 69:553). Its units are the lifetimes: those that share a source are
// not independent, so that its p is too small then.
func LogRank(lifetimes []Lifetime, rho float64) (Tested, error) {
	if err := lasting(lifetimes); err != nil {
		return Tested{}, err
	}
	strata, n := map[string][]Lifetime{}, map[string]int64{}
	for _, l := range lifetimes {
		if l.Count > 0 {
			strata[l.Stratum] = append(strata[l.Stratum], l)
			n[l.Group] += l.Count
		}
	}
	t := Tested{Groups: slices.Sorted(maps.Keys(n))}
	k := len(t.Groups)
	if k < 2 {
		return Tested{}, fmt.Errorf("%d group: at least 2 are needed to compare", k)
	}
	index := map[string]int{}
	for i, g := range t.Groups {
		index[g] = i
		t.N = append(t.N, n[g])
	}
	t.Observed, t.Expected = make([]float64, k), make([]float64, k)
	variance := mat.NewSymDense(k, nil)
	for _, name := range slices.Sorted(maps.Keys(strata)) {
		t.add(variance, strata[name], index, rho)
	}
	difference := mat.NewVecDense(k, nil)
	for i := range k {
		difference.SetVec(i, t.Observed[i]-t.Expected[i])
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(variance, true) {
		return Tested{}, errors.New("the variance of the log-rank test has no eigenvalues")
	}
	// Its rank is one less than the groups, and less still where strata do not hold them all.
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	for j, v := range values {
		if v > 1e-10*values[k-1] && v > 0 {
			projected := mat.Dot(vectors.ColView(j), difference)
			t.ChiSquared += projected * projected / v
			t.DF++
		}
	}
	if t.DF == 0 {
		return Tested{}, errors.New("nothing ended at a time when two groups of one stratum still lasted: the groups cannot be compared")
	}
	t.P = distuv.ChiSquared{K: float64(t.DF)}.Survival(t.ChiSquared)
	return t, nil
}

// add adds the ends of one stratum and the variance of its differences.
func (t *Tested) add(variance *mat.SymDense, lifetimes []Lifetime, index map[string]int, rho float64) {
	slices.SortStableFunc(lifetimes, func(a, b Lifetime) int { return cmp.Compare(a.Time, b.Time) })
	k := len(t.Groups)
	risk, total := make([]float64, k), 0.0
	for _, l := range lifetimes {
		risk[index[l.Group]] += float64(l.Count)
		total += float64(l.Count)
	}
	share := 1.0
	for i := 0; i < len(lifetimes); {
		ends, gone, d, time := make([]float64, k), make([]float64, k), 0.0, lifetimes[i].Time
		for ; i < len(lifetimes) && lifetimes[i].Time == time; i++ {
			g, c := index[lifetimes[i].Group], float64(lifetimes[i].Count)
			gone[g] += c
			if lifetimes[i].Event {
				ends[g] += c
				d += c
			}
		}
		if d > 0 {
			w := math.Pow(share, rho)
			spread := 0.0
			if total > 1 {
				spread = w * w * d * (total - d) / (total - 1)
			}
			for a := range k {
				pa := risk[a] / total
				t.Observed[a] += w * ends[a]
				t.Expected[a] += w * d * pa
				variance.SetSym(a, a, variance.At(a, a)+spread*pa*(1-pa))
				for b := range a {
					variance.SetSym(a, b, variance.At(a, b)-spread*pa*risk[b]/total)
				}
			}
			share *= (total - d) / total
		}
		for g := range k {
			risk[g] -= gone[g]
			total -= gone[g]
		}
	}
}

// Proportional is a fit of proportional hazards by one covariate.
type Proportional struct {
	Coef, SE float64 // the logarithm of the ratio of hazards for one unit of the covariate
	Score    float64 // chi-squared of the score test, one degree of freedom
	Robust   Value   // standard error clustered; unknown without clusters
}

// Cox fits proportional hazards by one covariate, one value a lifetime, with tied times after Efron (1977, JASA 72:557), or
// after Breslow (1974, Biometrics 30:89). clusters, one a lifetime, give the robust error of Lin & Wei (1989, JASA 84:1074);
// nil: none.
func Cox(lifetimes []Lifetime, x []float64, clusters []string, breslow bool) (Proportional, error) {
	if err := lasting(lifetimes); err != nil {
		return Proportional{}, err
	}
	if len(x) != len(lifetimes) || clusters != nil && len(clusters) != len(lifetimes) {
		return Proportional{}, fmt.Errorf("%d times, %d covariates and %d clusters: one each is needed", len(lifetimes), len(x), len(clusters))
	}
	if i := slices.IndexFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); i >= 0 {
		return Proportional{}, fmt.Errorf("the covariate of time %d is %v", i+1, x[i])
	}
	const most = 10_000_000 // each end is one term of Efron's sums
	order := make([]int, len(x))
	mean, n := 0.0, 0.0
	for i, l := range lifetimes {
		order[i] = i
		n += float64(l.Count)
		mean += float64(l.Count) * (x[i] - mean) / math.Max(1, n) // of those so far: a centre keeps exponents small
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(lifetimes[i].Time, lifetimes[j].Time) })
	if n > most {
		return Proportional{}, fmt.Errorf("proportional hazards take up to %d times, and these are %.0f", most, n)
	}
	c := cox{lifetimes: lifetimes, x: make([]float64, len(x)), order: order, breslow: breslow}
	events, widest := 0.0, 0.0
	for i, l := range lifetimes {
		c.x[i] = x[i] - mean
		widest = math.Max(widest, math.Abs(c.x[i]))
		if l.Event {
			events += float64(l.Count)
		}
	}
	l, u, information := c.likelihood(0)
	if !(information > 1e-12*events*widest*widest) {
		return Proportional{}, errors.New("nothing ended while the covariate differed among those that lasted: it has no coefficient")
	}
	p := Proportional{Score: u * u / information}
	least := 1e-8 * information // where it fades away the coefficient has no end
	for range 100 {
		if information <= least {
			break
		}
		step := u / information
		for range 40 { // halved while it leads down
			next, nu, ni := c.likelihood(p.Coef + step)
			if next >= l-1e-12*math.Abs(l) && ni > 0 {
				p.Coef, l, u, information = p.Coef+step, next, nu, ni
				break
			}
			step /= 2
		}
		if math.Abs(step) <= 1e-10*math.Max(1, math.Abs(p.Coef)) {
			p.SE = 1 / math.Sqrt(information)
			if clusters != nil {
				p.Robust = Known(c.robust(p.Coef, clusters) / information)
			}
			return p, nil
		}
	}
	return Proportional{}, errors.New("proportional hazards find no coefficient: one value of the covariate ends always before the other")
}

type cox struct {
	lifetimes []Lifetime
	x         []float64 // centred
	order     []int     // by time
	breslow   bool
}

// instant are the sums at one time: over those at risk, over those that end, of 1, x and x², weighted by the hazard.
type instant struct {
	from, to      int // in order
	risk, ends    [3]float64
	events, score float64 // number, sum of x
}

// instants go backwards in time, as those at risk add up.
func (c cox) instants(beta float64, yield func(instant)) {
	var risk [3]float64
	for to := len(c.order); to > 0; {
		at := instant{from: to - 1, to: to}
		time := c.lifetimes[c.order[to-1]].Time
		for at.from > 0 && c.lifetimes[c.order[at.from-1]].Time == time {
			at.from--
		}
		for _, i := range c.order[at.from:to] {
			l, x := c.lifetimes[i], c.x[i]
			w := float64(l.Count) * math.Exp(beta*x)
			for power, v := range [3]float64{1, x, x * x} {
				risk[power] += w * v
				if l.Event {
					at.ends[power] += w * v
				}
			}
			if l.Event {
				at.events += float64(l.Count)
				at.score += float64(l.Count) * x
			}
		}
		at.risk, to = risk, at.from
		yield(at)
	}
}

// ties gives, for each of those that end at an instant, the sums over those at risk and the part of the others that end
// which is already gone.
func (c cox) ties(at instant, yield func(sums [3]float64, gone float64)) {
	for k := range int(at.events) {
		gone := 0.0
		if !c.breslow {
			gone = float64(k) / at.events
		}
		var sums [3]float64
		for power := range sums {
			sums[power] = at.risk[power] - gone*at.ends[power]
		}
		yield(sums, gone)
	}
}

func (c cox) likelihood(beta float64) (log, score, information float64) {
	c.instants(beta, func(at instant) {
		log += beta * at.score
		score += at.score
		c.ties(at, func(sums [3]float64, _ float64) {
			mean := sums[1] / sums[0]
			log -= math.Log(sums[0])
			score -= mean
			information += sums[2]/sums[0] - mean*mean
		})
	})
	return log, score, information
}

// robust is the root of the sum over clusters of their squared scores.
func (c cox) robust(beta float64, clusters []string) float64 {
	var instants []instant
	c.instants(beta, func(at instant) { instants = append(instants, at) })
	scores := map[string]float64{}
	hazard, moment := 0.0, 0.0 // sums of 1/S0 and of mean/S0 until now
	for _, at := range slices.Backward(instants) {
		var all, own [2]float64 // of this instant, for those that outlast it and for those that end
		means := 0.0
		c.ties(at, func(sums [3]float64, gone float64) {
			mean := sums[1] / sums[0]
			means += mean / at.events
			all[0] += 1 / sums[0]
			all[1] += mean / sums[0]
			own[0] += (1 - gone) / sums[0]
			own[1] += (1 - gone) * mean / sums[0]
		})
		for _, i := range c.order[at.from:at.to] {
			l, x := c.lifetimes[i], c.x[i]
			h, m, s := hazard+all[0], moment+all[1], 0.0
			if l.Event {
				h, m, s = hazard+own[0], moment+own[1], x-means
			}
			scores[clusters[i]] += float64(l.Count) * (s - math.Exp(beta*x)*(x*h-m))
		}
		hazard, moment = hazard+all[0], moment+all[1]
	}
	sum := 0.0
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		sum += scores[name] * scores[name]
	}
	return math.Sqrt(sum)
}
