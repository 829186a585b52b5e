package method

import (
	"errors"
	"fmt"
	"math"

	"presencia/pipeline/statistics"
)

// LocalLevel is local_level_kalman.
type LocalLevel struct {
	Y        string    `name:"y" help:"The series, a column or an expression of columns, in order of time." placeholder:"COLUMN" required:""`
	Time     string    `help:"The column that names the times, for --filtered." placeholder:"COLUMN"`
	At       []float64 `help:"Variances of the noise and of the level to filter with, in place of the estimated ones." placeholder:"NOISE,LEVEL"`
	Filtered []string  `help:"Times whose filtered level to give." placeholder:"TIME"`
}

// Help implements Method.
func (LocalLevel) Help() string {
	return `A level that wanders and is seen with noise: y = level + noise, next level = level + step (Durbin and Koopman 2012, chapter 2).
Empty cells are carried over. The start is exactly diffuse: the first value sets the level and carries no likelihood.

mle_eps_var, mle_level_var, mle_loglik: the variances of noise and step by maximum likelihood, and its logarithm.
StructTS_eps_var, StructTS_level_var: the same variances under the names of R's StructTS, whose search stops earlier (4e-6 away).
filtered_state_last, filtered_var_last: the level at the last time and its variance, with the variances of --at, or else the
estimated ones. v2, F2: the second innovation and its variance. loglik_at_NOISE_LEVEL: the log-likelihood of --at.

  presencia stats local-level --data nile.csv --y flow --time year --at 15099,1469.1 --filtered 1899`
}

// Compute implements Method.
func (m LocalLevel) Compute(t *Table) (Result, error) {
	y, err := values(t, m.Y)
	if err != nil {
		return nil, err
	}
	fit, best, err := statistics.FitLocalLevel(y)
	if err != nil {
		return nil, err
	}
	r := Result{
		"mle_eps_var": fit.Noise, "mle_level_var": fit.Level, "mle_loglik": best.LogLikelihood,
		"StructTS_eps_var": fit.Noise, "StructTS_level_var": fit.Level,
	}
	f := best
	switch len(m.At) {
	case 0:
	case 2:
		if f, err = (statistics.LocalLevel{Noise: m.At[0], Level: m.At[1]}).Filter(y); err != nil {
			return nil, err
		}
		r[fmt.Sprintf("loglik_at_%v_%v", m.At[0], m.At[1])] = f.LogLikelihood
	default:
		return nil, errors.New("--at takes two variances, of the noise and of the level")
	}
	last := len(y) - 1
	r["filtered_state_last"], r["filtered_var_last"] = f.State[last], f.StateVariance[last]
	r["v2"], r["F2"] = statistics.Known(f.Innovation[1]), statistics.Known(f.Variance[1])
	if len(m.Filtered) == 0 {
		return r, nil
	}
	if m.Time == "" {
		return nil, errors.New("--filtered names times: --time must name their column")
	}
	times, err := t.Strings(m.Time)
	if err != nil {
		return nil, err
	}
	for _, wanted := range m.Filtered {
		found := false
		for i, name := range times {
			if name == wanted {
				r["filtered_"+wanted], found = statistics.Known(f.State[i]), true
			}
		}
		if !found {
			return nil, fmt.Errorf("--filtered: there is no time %s in column %s", wanted, m.Time)
		}
	}
	return r, nil
}

// LocalLevelRegression is local_level_regression_ml.
type LocalLevelRegression struct {
	Y    string   `name:"y" help:"The series that something happened to, in order of time." placeholder:"COLUMN" required:""`
	X    []string `name:"x" help:"Series it did not happen to, which the forecast rests on." placeholder:"COLUMN"`
	Pre  int      `help:"How many rows lie before the event." placeholder:"ROWS" required:""`
	Post int      `help:"The row where the effect is measured from, counted from 1; rows between are set aside. Default: the next." placeholder:"ROW"`
}

// Help implements Method.
func (LocalLevelRegression) Help() string {
	return `What the series would have been without the event: a wandering level plus the regressors, fitted to the rows before, continued
after them. The variances are those of maximum restricted (diffuse) likelihood; the forecast's covariance is exact given these; the
interval is normal. eps_var and level_var are the variances of the noise and of the level's step.

avg_effect, cum_effect: by how much the series lay above the forecast; rel_effect: avg_effect by pred_mean.
stiff, free: the same effect with a level that is fixed, and with the most wandering level that the data do not reject
(profile likelihood, 95 %). If they differ much, the data before do not settle the question.
ols_counterfactual: an ordinary regression of the rows before, continued; its errors know of no autocorrelation.

  presencia stats local-level-regression --data causalimpact_example.csv --y y --x x1 --pre 70`
}

// Compute implements Method.
func (m LocalLevelRegression) Compute(t *Table) (Result, error) {
	y, err := values(t, m.Y)
	if err != nil {
		return nil, err
	}
	post := m.Post - 1
	if m.Post == 0 {
		post = m.Pre
	}
	if m.Pre < 1 || post < m.Pre || post >= len(y) {
		return nil, fmt.Errorf("%d rows before and the effect from row %d: the table has %d rows, and both sides need some", m.Pre, post+1, len(y))
	}
	before, later := make([][]statistics.Value, len(m.X)), make([][]statistics.Value, len(m.X))
	for j, name := range m.X {
		x, err := values(t, name)
		if err != nil {
			return nil, err
		}
		before[j], later[j] = x[:m.Pre], x[m.Pre:]
	}
	actual := append(make([]statistics.Value, post-m.Pre), y[post:]...) // unknown in the rows set aside
	fit, err := statistics.FitLevelRegression(y[:m.Pre], before)
	if err != nil {
		return nil, err
	}
	average, cumulative, predicted, err := m.effect(fit, actual, later)
	if err != nil {
		return nil, err
	}
	r := Result{
		"eps_var": fit.Noise, "level_var": fit.Level, "loglik_diffuse": fit.LogLikelihood,
		"actual_mean": predicted + average.Value, "pred_mean": predicted,
		"avg_effect": average.Value, "se_avg_effect": average.SE, "lo": average.Low, "hi": average.High, "p": average.P,
		"cum_effect": cumulative.Value, "se_cum_effect": cumulative.SE, "rel_effect": statistics.Known(average.Value / predicted),
	}
	for j, name := range m.X {
		b, se := "beta", "se_beta"
		if len(m.X) > 1 {
			b, se = "beta_"+name, "se_beta_"+name
		}
		r[b], r[se] = fit.Coef[j], math.Sqrt(fit.Covariance.At(j, j))
	}
	stiff, err := fit.Stiff()
	if err != nil {
		return nil, err
	}
	free, err := fit.At(fit.FreeLevel)
	if err != nil {
		return nil, err
	}
	for name, other := range map[string]*statistics.LevelRegression{"stiff": stiff, "free": free} {
		e, _, _, err := m.effect(other, actual, later)
		if err != nil {
			return nil, err
		}
		r[name] = Result{"eps_var": other.Noise, "level_var": other.Level, "avg_effect": e.Value, "se_avg_effect": e.SE, "lo": e.Low, "hi": e.High}
	}
	least := Result{"beta0": stiff.State(), "sigma2": stiff.Noise} // a fixed level is ordinary least squares
	for j, b := range stiff.Coef {
		least[fmt.Sprintf("beta%d", j+1)] = b
	}
	if e, ok := r["stiff"].(Result); ok {
		least["avg_effect"], least["se_avg_effect"] = e["avg_effect"], e["se_avg_effect"]
	}
	r["ols_counterfactual"] = least
	return r, nil
}

func (LocalLevelRegression) effect(r *statistics.LevelRegression, actual []statistics.Value, later [][]statistics.Value) (average, cumulative statistics.Estimate, predicted float64, err error) {
	f, err := r.Forecast(later, len(actual))
	if err != nil {
		return average, cumulative, 0, err
	}
	return f.Effect(actual, 0)
}

// values are an expression's values by row.
func values(t *Table, expression string) ([]statistics.Value, error) {
	x, err := t.Numbers(expression)
	if err != nil {
		return nil, err
	}
	v := make([]statistics.Value, len(x))
	for i := range x {
		v[i] = statistics.Known(x[i])
	}
	return v, nil
}
