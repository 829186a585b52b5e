package method

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"presencia/pipeline/statistics"
)

// NeweyWest is newey_west.
type NeweyWest struct {
	Formula string `name:"formula" required:"" help:"Response and columns, as in 'RealInv ~ RealGNP + RealInt'." placeholder:"FORMULA"`
	Lag     int    `name:"lag" default:"-1" help:"Lag beyond which errors are independent; -1: the whole part of 4(n/100)^(2/9)."`
	Orders  []int  `name:"order" help:"Lags of further tests of autocorrelation beside those at 1 and at --lag, as in 2,12." placeholder:"LAGS"`
}

// Help implements Method.
func (NeweyWest) Help() string {
	return `One row is one moment; the rows are in order of time and evenly spaced (one that is left out for a missing value keeps its
place). Least squares, with standard errors of several kinds:

  presencia stats newey_west --data investment.csv --formula "RealInv ~ RealGNP + RealInt" --lag 4

  se_ols            ordinary
  se_hc0 to se_hc3  errors independent, not alike (White; MacKinnon and White)
  se_nw_lagL        neighbours in time together up to the lag: Bartlett's weights 1 - l/(L+1), no prewhitening; _adj: with n/(n-k)
  nw                each coefficient with the _adj error, and t with n - k degrees of freedom
  durbin_watson, bg_orderN_LM and _p (Breusch and Godfrey), ljung_box_lagL and _p: whether the residuals have autocorrelation

` + formulas
}

// Compute implements Method.
func (m NeweyWest) Compute(t *Table) (Result, error) {
	model, err := t.Model(m.Formula)
	if err != nil {
		return nil, err
	}
	l, err := model.linear()
	if err != nil {
		return nil, err
	}
	lag := m.Lag
	if lag < 0 {
		lag = statistics.AutomaticLag(l.N())
	}
	robust, err := l.NeweyWest(lag, model.Rows)
	if err != nil {
		return nil, fmt.Errorf("--lag: %w", err)
	}
	adjusted := mat.NewSymDense(l.K(), nil)
	adjusted.ScaleSym(l.SmallSample(), robust)
	watson, err := l.DurbinWatson(model.Rows)
	if err != nil {
		return nil, err
	}
	nw := fmt.Sprintf("se_nw_lag%d", lag)
	r := Result{
		"n": l.N(), "df_resid": l.N() - l.K(), "lag": lag,
		"coef":          model.named(l.Coef),
		"se_ols":        model.named(statistics.Errors(l.Covariance())),
		"se_hc0":        model.named(statistics.Errors(l.HC(statistics.HC0))),
		"se_hc1":        model.named(statistics.Errors(l.HC(statistics.HC1))),
		"se_hc2":        model.named(statistics.Errors(l.HC(statistics.HC2))),
		"se_hc3":        model.named(statistics.Errors(l.HC(statistics.HC3))),
		"se_nw_lag0":    model.named(statistics.Errors(l.HC(statistics.HC0))),
		nw:              model.named(statistics.Errors(robust)),
		nw + "_adj":     model.named(statistics.Errors(adjusted)),
		"nw":            model.estimates(statistics.Estimates(l.Coef, adjusted, float64(l.N()-l.K()))),
		"durbin_watson": finite(watson),
	}
	breuschGodfrey(r, l, model.Rows, 1)
	for _, order := range append(slices.Clone(m.Orders), lag) {
		switch {
		case order > 0:
			breuschGodfrey(r, l, model.Rows, order)
			ljungBox(r, l.Residuals, model.Rows, order)
		case order < 0:
			return nil, fmt.Errorf("--order %d: a lag is at least 1", order)
		}
	}
	return r, nil
}

// breuschGodfrey and ljungBox add a test; nil where it cannot be made.
func breuschGodfrey(r Result, l *statistics.Linear, at []int, order int) {
	name := fmt.Sprintf("bg_order%d_", order)
	r[name+"LM"], r[name+"p"] = nil, nil
	if lm, p, err := l.BreuschGodfrey(order, at); err == nil {
		r[name+"LM"], r[name+"p"] = finite(lm), finite(p)
	}
}

func ljungBox(r Result, values []float64, at []int, lag int) {
	name := fmt.Sprintf("ljung_box_lag%d", lag)
	r[name], r[name+"_p"] = nil, nil
	if q, p, err := statistics.LjungBox(values, at, lag); err == nil {
		r[name], r[name+"_p"] = finite(q), finite(p)
	}
}

// plainName is a column's name in the results that call the intercept so.
func plainName(column string) string {
	if column == Intercept {
		return "intercept"
	}
	return column
}

// named are numbers by the names of the columns.
func (m *Model) named(values []float64) Result {
	r := Result{}
	for j, name := range m.Names {
		r[plainName(name)] = finite(values[j])
	}
	return r
}

// estimates are coefficients by the names of the columns.
func (m *Model) estimates(all []statistics.Estimate) Result {
	r := Result{}
	for j, name := range m.Names {
		e := all[j]
		r[plainName(name)] = Result{
			"estimate": finite(e.Value), "se": finite(e.SE), "stat": finite(e.Value / e.SE), "p": finite(e.P), "lo": finite(e.Low), "hi": finite(e.High),
		}
	}
	return r
}
