package method

import (
	"errors"
	"math"

	"presencia/pipeline/statistics"
)

// CountModels is count_models.
type CountModels struct {
	Formula string `name:"formula" required:"" help:"Counts and columns, as in 'Days ~ Sex + Age'." placeholder:"FORMULA"`
}

// Help implements Method.
func (CountModels) Help() string {
	return `One row is one count. Poisson and negative binomial regression on the logarithmic scale; coefficients are logarithms of rate
ratios, under R's names.

  presencia stats count_models --data quine.csv --formula "Days ~ Sex + Age + Eth + Lrn"
  presencia stats count-models --data posts.csv --formula "replies ~ after*course + offset(log(followers))"

  poisson, poisson_se        by the model; poisson_se_hc0: whatever the variance
  pearson_dispersion         about 1 if counts are Poisson's; far above: use the negative binomial or quasi-Poisson (its-count)
  nb, nb_se, nb_theta        variance mu + mu^2/theta, theta by maximum likelihood (as MASS::glm.nb); nb_2loglik with all constants
  zeros_observed and zeros_expected_*: more zeros than either model expects are a reason to ask who could not have posted at all

The nb_ names are null where the counts vary no more than Poisson's; nb_why says so.

` + formulas
}

// Compute implements Method.
func (m CountModels) Compute(t *Table) (Result, error) {
	model, err := t.Model(m.Formula)
	if err != nil {
		return nil, err
	}
	p, err := statistics.Poisson(model.Names, model.X, model.Y, model.Offset)
	if err != nil {
		return nil, err
	}
	robust, err := p.NeweyWest(0, nil)
	if err != nil {
		return nil, err
	}
	byName := func(values []float64) Result {
		r := Result{}
		for j, name := range model.Names {
			r[name] = finite(values[j])
		}
		return r
	}
	zeros := 0
	for _, y := range model.Y {
		if y == 0 {
			zeros++
		}
	}
	r := Result{
		"n": p.N(), "df_resid": p.N() - p.K(),
		"poisson":            byName(p.Coef),
		"poisson_se":         byName(statistics.Errors(p.Covariance(1))),
		"poisson_se_hc0":     byName(statistics.Errors(robust)),
		"pearson_dispersion": finite(p.Dispersion()),
		"deviance":           finite(p.Deviance),
		"poisson_2loglik":    finite(2 * p.LogLikelihood()),
		"zeros_observed":     zeros, "zeros_expected_poisson": finite(p.Zeros()),
		"nb": nil, "nb_se": nil, "nb_theta": nil, "nb_theta_se": nil, "nb_2loglik": nil, "zeros_expected_nb": nil, "nb_why": nil,
	}
	nb, err := statistics.NegativeBinomial(model.Names, model.X, model.Y, model.Offset)
	if errors.Is(err, statistics.ErrNotOverdispersed) {
		r["nb_why"] = err.Error()
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r["nb"], r["nb_se"] = byName(nb.Coef), byName(statistics.Errors(nb.Covariance(1)))
	r["nb_theta"], r["nb_theta_se"] = finite(nb.Theta), finite(nb.ThetaError)
	r["nb_2loglik"], r["zeros_expected_nb"] = finite(2*nb.LogLikelihood()), finite(nb.Zeros())
	return r, nil
}

// wald is the interval of a coefficient on the scale of ratios.
func wald(e statistics.Estimate) Result {
	return Result{"rr": finite(math.Exp(e.Value)), "lo": finite(math.Exp(e.Low)), "hi": finite(math.Exp(e.High))}
}
