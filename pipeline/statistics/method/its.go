package method

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"presencia/pipeline/statistics"
)

// Interruption is what both kinds of interrupted time series ask for.
type Interruption struct {
	Formula   string   `name:"formula" help:"The whole model, instead of --y, --after, --slope and --season." placeholder:"FORMULA"`
	Y         string   `name:"y" help:"What is explained, such as log(flow)." placeholder:"EXPRESSION"`
	Time      string   `name:"time" help:"Time, evenly spaced: the trend, and the order of the rows." placeholder:"EXPRESSION"`
	After     string   `name:"after" help:"1 after the interruption and 0 before, such as year>=1899." placeholder:"EXPRESSION"`
	Flat      bool     `name:"flat" help:"No trend: only the level before and after."`
	Slope     bool     `name:"slope" help:"The slope may change too."`
	Centre    *float64 `name:"centre" help:"Time from which the change of slope counts, so that the step is the one at this time; without it the last time before." placeholder:"TIME"`
	Season    string   `name:"season" help:"Where in the year a row lies, such as month." placeholder:"EXPRESSION"`
	Period    float64  `name:"period" default:"12" help:"Length of the year in --season."`
	Harmonics int      `name:"harmonics" help:"Pairs of sine and cosine of the season; 2 are usual." placeholder:"N"`
}

const interruptions = `One row is one bin of time. With --time the rows are put in order, and bins that are not there are gaps that autocorrelations
respect; without it the rows are in order and evenly spaced. The model has an intercept, the step (named after --after where that
is a column, otherwise post), the trend (named after --time, or time), with --slope or --centre the centred change of slope (tc) and
with --season s1, c1, s2, c2 and so on; --formula says something else, and then --time only gives the order.`

// model answers the columns, in order of time, and the rows' places in time.
func (s Interruption) model(t *Table, offset string) (*Model, []int, error) {
	if t == nil {
		return nil, nil, errors.New("no table was given; name one with --data")
	}
	t, err := s.ordered(t)
	if err != nil {
		return nil, nil, err
	}
	var m *Model
	if s.Formula != "" {
		if s.Y != "" || s.After != "" || s.Flat || s.Slope || s.Centre != nil || s.Season != "" || s.Harmonics != 0 || offset != "" {
			return nil, nil, errors.New("--formula is the whole model: leave --y, --after, --flat, --slope, --centre, --season, --harmonics and --offset out, or the formula")
		}
		m, err = t.Model(s.Formula)
	} else {
		m, err = s.built(t, offset)
	}
	if err != nil {
		return nil, nil, err
	}
	at, err := s.places(t, m)
	return m, at, err
}

func (s Interruption) ordered(t *Table) (*Table, error) {
	if s.Time == "" {
		return t, nil
	}
	t, err := t.Complete(s.Time)
	if err != nil {
		return nil, fmt.Errorf("--time: %w", err)
	}
	times, err := t.Numbers(s.Time)
	if err != nil {
		return nil, fmt.Errorf("--time: %w", err)
	}
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	sorted := &Table{names: t.names, commas: t.commas, rows: make([][]string, len(order))}
	for i, row := range order {
		if i > 0 && times[row] == times[order[i-1]] {
			return nil, fmt.Errorf("--time: two rows have %g; a series has one row for each time (choose one with --where, or add them up first)", times[row])
		}
		sorted.rows[i] = t.rows[row]
	}
	return sorted, nil
}

// built is the model that the flags describe, under the names of the reference results.
func (s Interruption) built(t *Table, offset string) (*Model, error) {
	switch {
	case s.Y == "" || s.After == "":
		return nil, errors.New("say what is explained with --y and what comes after the interruption with --after, or give a --formula")
	case s.Time == "" && !s.Flat:
		return nil, errors.New("name the time with --time, or leave the trend out with --flat")
	case s.Flat && (s.Slope || s.Centre != nil):
		return nil, errors.New("--flat has no slope that could change: leave --slope and --centre out")
	case (s.Season == "") != (s.Harmonics == 0):
		return nil, errors.New("a season needs both --season and --harmonics, such as --season month --harmonics 2")
	}
	after, err := t.Numbers(s.After)
	if err != nil {
		return nil, fmt.Errorf("--after: %w", err)
	}
	for i, a := range after {
		if a != 0 && a != 1 && !math.IsNaN(a) {
			return nil, fmt.Errorf("--after: %s is %g in row %d; it must be 0 before and 1 after", s.After, a, i+1)
		}
	}
	formula, names := s.Y+" ~ "+part(t, s.After), []string{Intercept, nameOf(t, s.After, "post")}
	if !s.Flat {
		formula, names = formula+" + "+part(t, s.Time), append(names, nameOf(t, s.Time, "time"))
	}
	if s.Slope || s.Centre != nil {
		centre := math.NaN()
		if s.Centre != nil {
			centre = *s.Centre
		} else {
			times, err := t.Numbers(s.Time)
			if err != nil {
				return nil, fmt.Errorf("--time: %w", err)
			}
			for i, a := range after { // in order of time
				if a == 0 {
					centre = times[i]
				}
			}
		}
		if math.IsNaN(centre) || math.IsInf(centre, 0) {
			return nil, errors.New("--slope: no row lies before the interruption")
		}
		formula, names = formula+fmt.Sprintf(" + I(((%s)-(%v))*(%s))", s.Time, centre, s.After), append(names, "tc")
	}
	if s.Harmonics != 0 {
		formula += fmt.Sprintf(" + harmonics(%s, %g, %d)", s.Season, s.period(), s.Harmonics)
	}
	if offset != "" {
		formula += " + offset(" + offset + ")"
	}
	m, err := t.Model(formula)
	if err != nil {
		return nil, err
	}
	copy(m.Names, names)
	return m, nil
}

func (s Interruption) period() float64 {
	if s.Period == 0 {
		return 12
	}
	return s.Period
}

// part is an expression as part of a formula.
func part(t *Table, expression string) string {
	if slices.Contains(t.names, expression) {
		return "`" + expression + "`"
	}
	return "I(" + expression + ")"
}

func nameOf(t *Table, expression, otherwise string) string {
	if slices.Contains(t.names, expression) {
		return expression
	}
	return otherwise
}

// places counts the rows' times in steps of the smallest distance, where all distances are multiples of it; otherwise rows are neighbours as
// they stand.
func (s Interruption) places(t *Table, m *Model) ([]int, error) {
	if s.Time == "" {
		return m.Rows, nil
	}
	all, err := t.Numbers(s.Time)
	if err != nil {
		return nil, err
	}
	step := math.Inf(1)
	for i := 1; i < len(all); i++ {
		step = math.Min(step, all[i]-all[i-1])
	}
	at := make([]int, len(m.Rows))
	for i, row := range m.Rows {
		steps := (all[row] - all[m.Rows[0]]) / step
		if i > 0 {
			if d := (all[row] - all[m.Rows[i-1]]) / step; !(math.Abs(d-math.Round(d)) < 0.05) || !(steps < 1e9) {
				return m.Rows, nil
			}
		}
		at[i] = int(math.Round(steps))
		if i > 0 && at[i] <= at[i-1] {
			return m.Rows, nil
		}
	}
	return at, nil
}

// seasonal are the columns of the season, which stand last.
func (s Interruption) seasonal(m *Model) []int {
	var all []int
	if s.Harmonics > 0 {
		first := 2
		if !s.Flat {
			first++
		}
		if s.Slope || s.Centre != nil {
			first++
		}
		for j := first; j < len(m.Names); j++ {
			all = append(all, j)
		}
	}
	return all
}

// join puts the coefficients beside the other figures; a column that is called like one of these would hide it.
func (r Result) join(coefficients Result) (Result, error) {
	for _, name := range slices.Sorted(maps.Keys(coefficients)) {
		if _, taken := r[name]; taken {
			return nil, fmt.Errorf("the column %s has the name of a figure of the result: give it another one", name)
		}
		r[name] = coefficients[name]
	}
	return r, nil
}

// ITSPoisson is its_poisson.
type ITSPoisson struct {
	Interruption `embed:""`
	Offset       string `name:"offset" help:"Logarithm of what the counts are a rate of, such as log(people)." placeholder:"EXPRESSION"`
	Family       string `name:"family" default:"quasipoisson" enum:"poisson,quasipoisson" help:"${enum}: whether errors grow with the dispersion (they should)."`
	Lags         []int  `name:"lag" help:"Lags of Newey-West errors that are given beside the model's, as in 3,12." placeholder:"LAGS"`
}

// Help implements Method.
func (ITSPoisson) Help() string {
	return `Counts before and after an interruption: a log-linear regression with trend, step and season (Lopez Bernal and others, 2017).

  presencia stats its_poisson --data sicily.csv --y aces --offset "log(stdpop)" --after smokban --time time \
      --season month --harmonics 2 --centre 36 --lag 3,12

` + interruptions + `

Each coefficient has estimate, se, stat, p, lo and hi by the normal distribution; quasipoisson multiplies variances by dispersion,
Pearson's chi-squared over df_resid. rr_NAME is the rate ratio, rr_NAME_per_year that of the trend over a whole --period.
newey_west_lagL has the errors that allow for autocorrelation (no factor for small samples): report the larger. anova_F_seasonality
tests the season, F_slope_change and p_slope_change the change of slope; dev_resid_acf1 is the autocorrelation that is left.

` + formulas
}

// Compute implements Method.
func (m ITSPoisson) Compute(t *Table) (Result, error) {
	model, at, err := m.model(t, m.Offset)
	if err != nil {
		return nil, err
	}
	fit, err := statistics.Poisson(model.Names, model.X, model.Y, model.Offset)
	if err != nil {
		return nil, err
	}
	dispersion := fit.Dispersion()
	scale := 1.0
	switch m.Family {
	case "poisson":
	case "", "quasipoisson":
		scale = dispersion
	default:
		return nil, fmt.Errorf("--family %s: it is poisson or quasipoisson", m.Family)
	}
	df := fit.N() - fit.K()
	estimates := statistics.Estimates(fit.Coef, fit.Covariance(scale), math.Inf(1))
	r := Result{"n": fit.N(), "df_resid": df, "dispersion": finite(scale), "deviance": finite(fit.Deviance)}
	season := m.seasonal(model)
	for j, name := range model.Names {
		if name != Intercept && !slices.Contains(season, j) {
			r["rr_"+name] = wald(estimates[j])
		}
	}
	if j := 2; m.Formula == "" && !m.Flat {
		r["rr_"+model.Names[j]+"_per_year"] = finite(math.Exp(m.period() * fit.Coef[j]))
	}
	for _, lag := range m.Lags {
		robust, err := fit.NeweyWest(lag, at)
		if err != nil {
			return nil, fmt.Errorf("--lag: %w", err)
		}
		errs := Result{}
		for j, se := range statistics.Errors(robust) {
			errs["se_"+plainName(model.Names[j])] = finite(se)
		}
		r[fmt.Sprintf("newey_west_lag%d", lag)] = errs
	}
	if len(season) > 0 {
		if r["anova_F_seasonality"], r["anova_p_seasonality"], err = withoutColumns(fit, model, season, dispersion); err != nil {
			return nil, fmt.Errorf("without the season: %w", err)
		}
	}
	if j := slices.Index(model.Names, "tc"); j >= 0 && m.Formula == "" {
		if r["F_slope_change"], r["p_slope_change"], err = withoutColumns(fit, model, []int{j}, dispersion); err != nil {
			return nil, fmt.Errorf("without the change of slope: %w", err)
		}
	}
	acf, err := statistics.Autocorrelations(fit.DevianceResiduals(), at, 1)
	if err != nil {
		return nil, err
	}
	r["dev_resid_acf1"] = number(acf[0])
	return r.join(model.estimates(estimates))
}

// withoutColumns is the F test of a model against the one without some of its columns, as R's anova(…, test = "F").
func withoutColumns(fit *statistics.LogLinear, m *Model, drop []int, dispersion float64) (f, p any, err error) {
	n, k := m.X.Dims()
	x, names := mat.NewDense(n, k-len(drop), nil), make([]string, 0, k)
	for j, name := range m.Names {
		if !slices.Contains(drop, j) {
			x.SetCol(len(names), mat.Col(nil, j, m.X))
			names = append(names, name)
		}
	}
	small, err := statistics.Poisson(names, x, m.Y, m.Offset)
	if err != nil {
		return nil, nil, err
	}
	df := float64(len(drop))
	F := math.Max(0, (small.Deviance-fit.Deviance)/df/dispersion)
	return finite(F), finite(distuv.F{D1: df, D2: float64(n - k)}.Survival(F)), nil
}

// ITSLinear is its_linear_hac.
type ITSLinear struct {
	Interruption `embed:""`
	Lag          int     `name:"lag" default:"-1" help:"Lag of the Newey-West errors; -1: the whole part of 4(n/100)^(2/9)."`
	Unadjusted   bool    `name:"unadjusted" help:"Errors without the factor n/(n-k) for small samples."`
	Order        int     `name:"order" help:"Lag of the tests of autocorrelation; without it --period with a season, otherwise 4." placeholder:"LAG"`
	Trim         float64 `name:"trim" default:"0.15" help:"Share of the series at either end where no break is looked for."`
}

// Help implements Method.
func (ITSLinear) Help() string {
	return `A series before and after an interruption: a segmented regression with Newey-West errors.

  presencia stats its --data nile.csv --y "log(flow)" --time year --after "year>=1899" --slope --lag 4
  presencia stats its --data nile.csv --y flow --time year --after "year>=1899" --flat --lag 4 --unadjusted
  presencia stats its --data sicily.csv --y "log(aces/stdpop)" --time time --after smokban --centre 36 \
      --season month --harmonics 2 --lag 3

` + interruptions + `

Each coefficient has estimate, se, stat, p, lo and hi: Newey and West's errors (Bartlett's weights 1 - l/(L+1), no prewhitening, times
n/(n-k) unless --unadjusted), Student's t with n - k degrees of freedom. ols_se_NAME is the ordinary error and larger says which is
larger: report that one, as either alone is too small in short series (Turner and others, 2021).
durbin_watson, ljung_box_lagN and bg_orderN_LM test what autocorrelation is left.
Without a season, in up to 3000 rows, the break is also looked for as if nobody knew when it was: chosen_break_TIME is the last time before
the single change of the level (and of the slope, but for --flat) that leaves the least squares, supF the largest F of all
places: compare it with Andrews (1993), not with the F distribution.

` + formulas
}

// Compute implements Method.
func (m ITSLinear) Compute(t *Table) (Result, error) {
	model, at, err := m.model(t, "")
	if err != nil {
		return nil, err
	}
	fit, err := model.linear()
	if err != nil {
		return nil, err
	}
	lag := m.Lag
	if lag < 0 {
		lag = statistics.AutomaticLag(fit.N())
	}
	robust, err := fit.NeweyWest(lag, at)
	if err != nil {
		return nil, fmt.Errorf("--lag: %w", err)
	}
	if !m.Unadjusted {
		robust.ScaleSym(fit.SmallSample(), robust)
	}
	df := fit.N() - fit.K()
	r, larger := Result{}, Result{}
	hac := statistics.Errors(robust)
	for j, se := range statistics.Errors(fit.Covariance()) {
		name := plainName(model.Names[j])
		r["ols_se_"+name], larger[name] = finite(se), "ordinary"
		if hac[j] > se {
			larger[name] = "newey_west"
		}
	}
	r["larger"], r["n"], r["df_resid"], r["lag"], r["rss"] = larger, fit.N(), df, lag, finite(fit.RSS())
	watson, err := fit.DurbinWatson(at)
	if err != nil {
		return nil, err
	}
	r["durbin_watson"] = finite(watson)
	order := m.Order
	if order == 0 {
		order = 4
		if m.Season != "" {
			order = int(math.Round(m.period()))
		}
	}
	if order < 0 {
		return nil, fmt.Errorf("--order %d: a lag is at least 1", order)
	}
	ljungBox(r, fit.Residuals, at, order)
	breuschGodfrey(r, fit, at, order)
	if m.Formula == "" && m.Season == "" && m.Time != "" {
		if err := m.lookForBreak(t, r); err != nil {
			return nil, err
		}
	}
	return r.join(model.estimates(statistics.Estimates(fit.Coef, robust, float64(df))))
}

// lookForBreak adds the break that the series itself shows; nil where the series is too short to have one, or too long to try
// every place.
func (m ITSLinear) lookForBreak(t *Table, r Result) error {
	t, err := m.ordered(t)
	if err != nil {
		return err
	}
	terms := "1"
	if !m.Flat {
		terms = part(t, m.Time)
	}
	model, err := t.Model(m.Y + " ~ " + terms)
	if err != nil {
		return err
	}
	times, err := t.Numbers(m.Time)
	if err != nil {
		return err
	}
	name := "chosen_break_" + nameOf(t, m.Time, "time")
	r[name], r["rss_no_break"], r["rss_chosen_break"], r["supF"] = nil, nil, nil, nil
	trim := m.Trim
	if trim == 0 {
		trim = 0.15
	}
	if !(trim > 0 && trim < 0.5) {
		return fmt.Errorf("--trim %g: it must lie between 0 and 0.5", trim)
	}
	const most = 3000 // every place is tried
	if len(model.Y) > most {
		return nil
	}
	b, err := statistics.OneBreak(model.Names, model.X, model.Y, trim)
	if err != nil {
		return nil //nolint:nilerr // too short a series has no break to be found, and the rest of the result stands
	}
	size := 0.0
	for _, y := range model.Y {
		size += y * y
	}
	if b.Without <= 1e-20*size { // nothing but rounding, at whatever place
		return nil
	}
	r[name], r["rss_no_break"] = finite(times[model.Rows[b.After]]), finite(b.Without)
	r["rss_chosen_break"], r["supF"] = finite(b.RSS), finite(b.SupF)
	return nil
}
