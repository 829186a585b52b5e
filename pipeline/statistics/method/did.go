package method

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"

	"presencia/pipeline/statistics"
)

// DiD2x2 is did_2x2.
type DiD2x2 struct {
	Y       string `name:"y" required:"" help:"The outcome." placeholder:"COLUMN"`
	Treated string `name:"treated" required:"" help:"Which rows are of the treated: a column of 1 and 0, or such as state==NJ." placeholder:"EXPRESSION"`
	Post    string `name:"post" required:"" help:"Which rows are of the side after." placeholder:"EXPRESSION"`
	Change  string `name:"change" help:"The change of the row's unit, known where it was seen on both sides; taken from the rows before." placeholder:"COLUMN"`
	Group   string `name:"group" help:"Name of the treated in the result; without it the column of --treated." placeholder:"NAME"`
	Others  string `name:"others" help:"Name of the others in the result." default:"control" placeholder:"NAME"`
}

// Help implements Method.
func (DiD2x2) Help() string {
	return `One row is one observation; those in which outcome, group or side is missing are left out. Rows are taken as independent:
where units are seen on both sides, --change or 'presencia stats did' has the right error.

  presencia stats did_2x2 --data njmin3.csv --y fte --treated nj --post d --change demp --others pa

  mean_GROUP_before, _after    the four means (GROUP is nj or pa here), se_… their errors, n_… the observations of each
  did_pooled                   the treated's change less the others'; did_se_ols with one variance, did_se_hc1 with White's
  did_balanced, …              the same of the units that were seen on both sides (--change), with Welch's t`
}

// Compute implements Method.
func (m DiD2x2) Compute(t *Table) (Result, error) {
	treated, post, err := indicators(t, m.Treated, m.Post)
	if err != nil {
		return nil, err
	}
	y, err := t.Numbers(m.Y)
	if err != nil {
		return nil, err
	}
	var values []float64
	var ofTreated, after []bool
	for i := range y {
		if !math.IsNaN(y[i]) && !math.IsNaN(treated[i]) && !math.IsNaN(post[i]) {
			values, ofTreated, after = append(values, y[i]), append(ofTreated, treated[i] == 1), append(after, post[i] == 1)
		}
	}
	d, err := statistics.DiD(values, ofTreated, after)
	if err != nil {
		return nil, err
	}
	group, others := cmp.Or(m.Group, m.Treated), cmp.Or(m.Others, "control")
	if group == others {
		return nil, fmt.Errorf("both groups would be called %q: name them by --group and --others", group)
	}
	result := Result{
		"n": len(values), "did_pooled": d.Estimate,
		"did_se_ols": statistics.Errors(d.Fit.Covariance())[3], "did_se_hc1": statistics.Errors(d.Fit.HC(statistics.HC1))[3],
	}
	for name, cells := range map[string][2]statistics.Cell{group: d.Treated, others: d.Others} {
		for side, cell := range cells {
			at := name + []string{"_before", "_after"}[side]
			result["mean_"+at], result["se_"+at], result["n_"+at] = cell.Mean, cell.SE, cell.N
		}
	}
	if m.Change == "" {
		return result, nil
	}
	change, err := t.Numbers(m.Change)
	if err != nil {
		return nil, err
	}
	var a, b []float64
	for i := range change {
		switch {
		case math.IsNaN(change[i]) || post[i] != 0:
		case treated[i] == 1:
			a = append(a, change[i])
		case treated[i] == 0:
			b = append(b, change[i])
		}
	}
	c, err := statistics.Compare(a, b, statistics.Sampling{})
	if err != nil {
		return nil, fmt.Errorf("--change: %w", err)
	}
	result["did_balanced"], result["did_balanced_se_welch"] = c.Estimate, c.SE
	result["did_balanced_t"], result["did_balanced_df"], result["did_balanced_p"] = finite(c.T), c.DF, c.P
	result["did_balanced_lo"], result["did_balanced_hi"] = c.Low, c.High
	result["n_balanced_"+group], result["n_balanced_"+others] = c.N, c.Others
	return result, nil
}

// indicators are expressions that are 1, 0 or missing by row.
func indicators(t *Table, first, second string) (a, b []float64, err error) {
	read := func(expression string) ([]float64, error) {
		x, err := t.Numbers(expression)
		if err != nil {
			return nil, err
		}
		for i, v := range x {
			if v != 0 && v != 1 && !math.IsNaN(v) {
				return nil, fmt.Errorf("%s: row %d has %g; it must be 1 or 0, or a comparison such as group==treated", expression, i+1, v)
			}
		}
		return x, nil
	}
	if a, err = read(first); err != nil || second == "" {
		return a, nil, err
	}
	b, err = read(second)
	return a, b, err
}

// DiDUnitChange is did_unit_change.
type DiDUnitChange struct {
	Before  string `name:"before" help:"The value before, where a row is a unit." placeholder:"COLUMN"`
	After   string `name:"after" help:"The value after, where a row is a unit." placeholder:"COLUMN"`
	Treated string `name:"treated" required:"" help:"Which rows are of treated units: a column of 1 and 0, or such as group==participant." placeholder:"EXPRESSION"`
	Control string `name:"control" help:"Which rows they are compared with; without it all others." placeholder:"EXPRESSION"`
	UnitTimes
	Seed  uint64 `name:"seed" help:"Seed of what is drawn." default:"1"`
	Draws int    `name:"draws" help:"Labellings that are drawn where there are too many to count; of more than 20,000 units at most 999." default:"10000"`
}

// Help implements Method.
func (DiDUnitChange) Help() string {
	return `Each unit is set against itself, and the changes of the treated against those of the others. One row is one unit (--before,
--after), or a unit at one time (--unit, --time, --y, --post: its means before and after). Units that lack a side are left out.

  presencia stats did --data anorexia.csv --before Prewt --after Postwt --treated "Treat==FT" --control "Treat==Cont"
  presencia stats did --data panel.csv --y posts --unit department --time month --post 2024-10 --treated "group==participant"

  did, se_welch, lo, hi, …     difference of the mean changes, each group with its own variance
  se_pooled, cohen_d, hedges_g on the standard deviation within groups; g with the exact factor for small samples
  perm_exact_two_sided, _upper share of all labellings (perm_total_assignments) with a difference at least as far from zero, or as
                               large; counted in whole numbers of the last decimal. null: too many to count, see perm_two_sided
  perm_two_sided               the same, drawn where it cannot be counted
  mannwhitney_U, _p_cc         pairs in which the treated changed more; ties and continuity corrected
  cliffs_delta, hodges_lehmann_shift
  ancova_…                     the value after by group and value before, for regression to the mean; ancova_p is by the ordinary
                               error, ancova_p_hc3 the one to use; ancova_COLUMN_slope is that of the value before.
                               ancova_missing: why there is none
  baseline_diff                between the groups before
  rtm_slope_change_on_baseline_controls   far below zero: regression to the mean
  twfe_…                       two-way fixed effects, clustered by unit: cr1_nested_fe counts time and interaction alone as
                               coefficients, cr2 is Welch's error again, with Satterthwaite's degrees of freedom
  leave_one_out                the range of did without one unit in turn`
}

// Compute implements Method.
func (m DiDUnitChange) Compute(t *Table) (Result, error) {
	before, after, treated, column, err := m.read(t)
	if err != nil {
		return nil, err
	}
	var units, times []int
	var a, b, both, exposed []float64
	for i := range before {
		change := changeOf(before[i], after[i])
		if treated[i] {
			a = append(a, change)
		} else {
			b = append(b, change)
		}
		for time, y := range []float64{before[i], after[i]} {
			x := 0.0
			if treated[i] && time == 1 {
				x = 1
			}
			units, times, both, exposed = append(units, i), append(times, time), append(both, y), append(exposed, x)
		}
	}
	sampling := statistics.Sampling{Seed: m.Seed, Draws: m.Draws}
	if len(before) > 20_000 && (m.Draws == 0 || m.Draws > 999) {
		sampling.Draws = 999
	}
	if len(a) < 2 || len(b) < 2 {
		return nil, fmt.Errorf("%d treated and %d other units have a value on both sides: at least 2 each are needed "+
			"(the rank of one treated unit among placebos: presencia stats did_few_treated_ri)", len(a), len(b))
	}
	c, err := statistics.Compare(a, b, sampling)
	if err != nil {
		return nil, err
	}
	labels, err := statistics.Relabel(a, b, sampling)
	if err != nil {
		return nil, err
	}
	ranks, err := statistics.MannWhitney(a, b)
	if err != nil {
		return nil, err
	}
	result := Result{
		"n_treated": c.N, "n_control": c.Others, "mean_change_treated": stat.Mean(a, nil), "mean_change_control": stat.Mean(b, nil),
		"did": c.Estimate, "se_welch": c.SE, "t_welch": finite(c.T), "df_welch": c.DF, "p_welch": c.P, "lo": c.Low, "hi": c.High,
		"se_pooled": c.Pooled * math.Sqrt(1/float64(c.N)+1/float64(c.Others)), "cohen_d": finite(c.Estimate / c.Pooled),
		"hedges_g": number(c.G), "detectable": number(c.Detectable),
		"perm_two_sided": labels.TwoSided, "perm_upper": labels.Upper,
		"perm_exact_two_sided": nil, "perm_exact_upper": nil, "perm_total_assignments": nil,
		"mannwhitney_U": ranks.U, "mannwhitney_p_cc": ranks.P, "cliffs_delta": ranks.Delta, "hodges_lehmann_shift": ranks.Shift,
	}
	if labels.Exact {
		result["perm_exact_two_sided"], result["perm_exact_upper"] = labels.TwoSided, labels.Upper
		result["perm_total_assignments"] = labels.Total
	}
	if one := statistics.LeaveOneOut(a, b); len(one) > 0 {
		result["leave_one_out"] = Result{"min": finite(slices.Min(one)), "max": finite(slices.Max(one))}
	}
	m.adjusted(result, column, before, after, treated)
	result["twfe_did"], result["twfe_se_cr0"], result["twfe_se_cr1_nested_fe"], result["twfe_se_cr1_all_params"] = nil, nil, nil, nil
	result["twfe_se_cr2"], result["twfe_cr2_df"], result["twfe_cr2_p"] = nil, nil, nil
	if len(before) > 1000 {
		result["twfe_missing"] = "more than 1000 units: with two times they give did and se_welch again"
		return result, nil
	}
	fit, err := statistics.FixedEffects(units, times, both, []string{"exposed"}, exposed)
	if err != nil {
		return nil, err
	}
	return result, clustered(result, fit, units)
}

// adjusted adds what ANCOVA says, or why it says nothing.
func (DiDUnitChange) adjusted(result Result, column string, before, after []float64, treated []bool) {
	names := []string{"ancova_effect", "ancova_se_ols", "ancova_se_hc2", "ancova_se_hc3", "ancova_" + column + "_slope", "ancova_p",
		"ancova_p_hc3", "ancova_lo_hc3", "ancova_hi_hc3", "baseline_diff", "rtm_slope_change_on_baseline_controls"}
	for _, name := range names {
		result[name] = nil
	}
	a, err := statistics.Ancova(before, after, treated)
	if err != nil {
		result["ancova_missing"] = err.Error()
		return
	}
	for i, x := range []float64{a.Value, a.Ordinary, a.HC2, a.SE, a.Slope, a.POrdinary, a.P, a.Low, a.High, a.Gap} {
		result[names[i]] = finite(x)
	}
	result["rtm_slope_change_on_baseline_controls"] = number(a.ChangeSlope)
}

// clustered adds the errors of the last coefficient of a fit with unit effects at two times.
func clustered(result Result, fit *statistics.Linear, units []int) error {
	j := fit.K() - 1
	_, levels := statistics.Codes(units)
	cr0, err := fit.CR0(units)
	if err != nil {
		return err
	}
	se := statistics.Errors(cr0)[j]
	result["twfe_did"], result["twfe_se_cr0"] = fit.Coef[j], se
	result["twfe_se_cr1_nested_fe"] = se * math.Sqrt(statistics.CR1(len(levels), fit.N(), 2))
	result["twfe_se_cr1_all_params"] = se * math.Sqrt(statistics.CR1(len(levels), fit.N(), fit.K()))
	cr2, err := fit.CR2(units)
	if err != nil {
		return err
	}
	result["twfe_se_cr2"], result["twfe_cr2_df"], result["twfe_cr2_p"] = statistics.Errors(cr2.Covariance)[j], number(cr2.DF(j)), nil
	if e, _, err := cr2.Estimate(j); err == nil {
		result["twfe_cr2_p"] = e.P
	}
	return nil
}

// read answers a value before and after by unit, and what the values before are called.
func (m DiDUnitChange) read(t *Table) (before, after []float64, treated []bool, column string, err error) {
	mine, others, err := indicators(t, m.Treated, m.Control)
	if err != nil {
		return nil, nil, nil, "", err
	}
	group := make([]float64, len(mine)) // 1, 0, or missing: neither
	for i, x := range mine {
		group[i] = x
		if m.Control != "" && x != 1 && others[i] != 1 {
			group[i] = math.NaN()
		}
		if m.Control != "" && x == 1 && others[i] == 1 {
			return nil, nil, nil, "", fmt.Errorf("row %d is said to be treated and control", i+1)
		}
	}
	keep := func(b, a, g float64) {
		if !math.IsNaN(b) && !math.IsNaN(a) && !math.IsNaN(g) {
			before, after, treated = append(before, b), append(after, a), append(treated, g == 1)
		}
	}
	switch {
	case m.Before != "" && m.After != "" && m.UnitTimes == UnitTimes{}:
		b, err := t.Numbers(m.Before)
		if err != nil {
			return nil, nil, nil, "", err
		}
		a, err := t.Numbers(m.After)
		if err != nil {
			return nil, nil, nil, "", err
		}
		for i := range b {
			keep(b[i], a[i], group[i])
		}
		return before, after, treated, strings.ToLower(m.Before), nil
	case m.Before == "" && m.After == "" && m.Unit != "":
		p, err := m.grid(t)
		if err != nil {
			return nil, nil, nil, "", err
		}
		units, err := t.Strings(m.Unit)
		if err != nil {
			return nil, nil, nil, "", err
		}
		of := map[string]float64{}
		for i, u := range units {
			if known, ok := of[u]; ok && !(known == group[i] || math.IsNaN(known) && math.IsNaN(group[i])) {
				return nil, nil, nil, "", fmt.Errorf("%s is treated in some rows and not in others: --treated says of which units a row is, "+
					"--post which time is after", u)
			}
			of[u] = group[i]
		}
		for i, u := range p.units {
			b, a := p.sides(i, p.post)
			keep(b, a, of[u])
		}
		return before, after, treated, "before", nil
	}
	return nil, nil, nil, "", errors.New("name --before and --after (a row is a unit), or --y, --unit, --time and --post (a row is a unit at a time)")
}

// changeOf is after − before without the rounding of the subtraction, so that equal changes of decimal numbers are equal.
func changeOf(before, after float64) float64 {
	change := after - before
	if x := math.Round(change*1e9) / 1e9; math.Abs(x-change) <= 1e-15*(math.Abs(before)+math.Abs(after)) {
		return x
	}
	return change
}

// UnitTimes are the columns of a table that has one row for each unit at each time.
type UnitTimes struct {
	Y    string `name:"y" help:"The outcome, where a row is a unit at a time." placeholder:"COLUMN"`
	Unit string `name:"unit" help:"The unit." placeholder:"COLUMN"`
	Time string `name:"time" help:"The time. Numbers stand in their order, words in the order of the file." placeholder:"COLUMN"`
	Post string `name:"post" help:"The first time of the side after." placeholder:"TIME"`
}

// grid is a table of unit by time.
type grid struct {
	units, times []string
	values       [][]float64 // NaN where missing
	post         int         // the first time after
}

func (u UnitTimes) grid(t *Table) (*grid, error) {
	if u.Y == "" || u.Unit == "" || u.Time == "" || u.Post == "" {
		return nil, errors.New("--y, --unit, --time and --post are all needed where a row is a unit at a time")
	}
	y, err := t.Numbers(u.Y)
	if err != nil {
		return nil, err
	}
	units, err := t.Strings(u.Unit)
	if err != nil {
		return nil, err
	}
	times, err := t.Strings(u.Time)
	if err != nil {
		return nil, err
	}
	if t.Rows() == 0 {
		return nil, errors.New("the table has no rows")
	}
	ofUnit, g := []int(nil), &grid{}
	ofUnit, g.units = statistics.Codes(units)
	_, g.times = statistics.Codes(times)
	if !slices.ContainsFunc(g.times, func(s string) bool { _, err := strconv.ParseFloat(s, 64); return err != nil }) {
		slices.SortStableFunc(g.times, func(a, b string) int {
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			return cmp.Compare(x, y)
		})
	}
	at := map[string]int{}
	for i, time := range g.times {
		at[time] = i
	}
	var ok bool
	if g.post, ok = at[u.Post]; !ok {
		return nil, fmt.Errorf("--post: there is no time %q; there are %s", u.Post, strings.Join(g.times, ", "))
	}
	if g.post == 0 {
		return nil, fmt.Errorf("--post: no time comes before %q, the first one", u.Post)
	}
	seen := make([][]bool, len(g.units))
	for range g.units {
		row := make([]float64, len(g.times))
		for i := range row {
			row[i] = math.NaN()
		}
		g.values = append(g.values, row)
	}
	for i := range seen {
		seen[i] = make([]bool, len(g.times))
	}
	for i, v := range y {
		unit, time := ofUnit[i], at[times[i]]
		if seen[unit][time] {
			return nil, fmt.Errorf("%s has two rows at time %s; one is expected", units[i], times[i])
		}
		seen[unit][time], g.values[unit][time] = true, v
	}
	return g, nil
}

// sides are a unit's means before a time and from it on, NaN where nothing is known.
func (g *grid) sides(unit, post int) (before, after float64) {
	mean := func(values []float64) float64 {
		return stat.Mean(slices.DeleteFunc(slices.Clone(values), math.IsNaN), nil)
	}
	return mean(g.values[unit][:post]), mean(g.values[unit][post:])
}

// DiDFewTreated is did_few_treated_ri.
type DiDFewTreated struct {
	UnitTimes
	Treated []string `name:"treated" required:"" help:"The treated unit or units." placeholder:"UNIT"`
	Base    string   `name:"base" help:"The time that the gaps are measured from; without it the last one before." placeholder:"TIME"`
	Seed    uint64   `name:"seed" help:"Seed of what is drawn." default:"1"`
	Draws   int      `name:"draws" help:"Labellings that are drawn where there are more than 100,000." default:"10000"`
}

// Help implements Method.
func (DiDFewTreated) Help() string {
	return `One row is a unit at a time. Errors clustered by unit mean nothing with one or two treated units; what counts is how the
effect ranks among those of units to which nothing happened. Only units seen at every time take part; left_out names the others.

  presencia stats did_few_treated_ri --data organ_donation.csv --y Rate --unit State --time Quarter --post Q32011 \
      --treated California --base Q22011

  did, n, clusters             the treated's change less the others' mean change; rows and units that take part
  se_ols, se_cr0, se_cr1_…     two-way fixed effects: all_params counts every effect as a coefficient, nested_fe not those of units
  placebo_in_space             each unit in turn as the treated one, against all others
  ri_rank_abs, ri_p_two_sided  how many choices of as many units have an effect at least as far from zero (null where they are
                               drawn), and their share
  ri_p_lower, ri_p_upper       the share with one at most, or at least, as large
  event_study_base_TIME        the gap between the groups at each time, from that of the base; event_study_se_… its errors
  placebo_time_TIME            the effect in the time before, had it come at TIME
  leave_one_out                the range of did without one other unit in turn`
}

// Compute implements Method.
func (m DiDFewTreated) Compute(t *Table) (Result, error) {
	g, err := m.grid(t)
	if err != nil {
		return nil, err
	}
	treated := map[string]bool{}
	for _, u := range m.Treated {
		if !slices.Contains(g.units, u) {
			return nil, fmt.Errorf("--treated: there is no unit %q; there are %s", u, strings.Join(g.units, ", "))
		}
		treated[u] = true
	}
	leftOut := []any{}
	var units []string
	var values [][]float64
	for i, row := range g.values {
		switch {
		case !slices.ContainsFunc(row, math.IsNaN):
			units, values = append(units, g.units[i]), append(values, row)
		case treated[g.units[i]]:
			return nil, fmt.Errorf("%s is treated and has no value at some time: leave that time out by --where, or the unit", g.units[i])
		default:
			leftOut = append(leftOut, g.units[i])
		}
	}
	g.units, g.values = units, values
	if len(units)-len(treated) < 2 {
		return nil, fmt.Errorf("%d of the units with a value at every time are not treated: at least 2 are needed", len(units)-len(treated))
	}
	base := g.post - 1
	if m.Base != "" {
		if base = slices.Index(g.times, m.Base); base < 0 {
			return nil, fmt.Errorf("--base: there is no time %q; there are %s", m.Base, strings.Join(g.times, ", "))
		}
		if base >= g.post {
			return nil, fmt.Errorf("--base: %s is not before %s", m.Base, m.Post)
		}
	}
	if y := slices.Concat(g.values...); slices.Max(y) == slices.Min(y) {
		return nil, fmt.Errorf("%s is %g everywhere: there is nothing to compare", m.Y, y[0])
	}
	result := Result{"left_out": leftOut, "clusters": len(units), "n": len(units) * len(g.times)}
	if err := m.ranks(result, g, treated); err != nil {
		return nil, err
	}
	for post := 1; post < g.post; post++ {
		early := &grid{units: g.units, times: g.times[:g.post]}
		for _, row := range g.values {
			early.values = append(early.values, row[:g.post])
		}
		a, b, _ := early.changes(treated, post)
		result["placebo_time_"+g.times[post]] = stat.Mean(a, nil) - stat.Mean(b, nil)
	}
	return result, m.fits(result, g, treated, base)
}

// changes are those of treated units, of others, and of all in the order of the units.
func (g *grid) changes(treated map[string]bool, post int) (a, b, all []float64) {
	for i, u := range g.units {
		before, after := g.sides(i, post)
		all = append(all, after-before)
		if treated[u] {
			a = append(a, after-before)
		} else {
			b = append(b, after-before)
		}
	}
	return a, b, all
}

func (m DiDFewTreated) ranks(result Result, g *grid, treated map[string]bool) error {
	a, b, all := g.changes(treated, g.post)
	labels, err := statistics.Relabel(a, b, statistics.Sampling{Seed: m.Seed, Draws: m.Draws})
	if err != nil {
		return err
	}
	placebos, err := statistics.PlaceboInSpace(all)
	if err != nil {
		return err
	}
	inSpace := Result{}
	for i, u := range g.units {
		inSpace[u] = placebos[i]
	}
	others := statistics.LeaveOneOut(a, b)[len(a):]
	result["did"], result["placebo_in_space"] = stat.Mean(a, nil)-stat.Mean(b, nil), inSpace
	result["leave_one_out"] = Result{"min": slices.Min(others), "max": slices.Max(others)}
	result["ri_p_two_sided"], result["ri_p_lower"], result["ri_p_upper"] = labels.TwoSided, labels.Lower, labels.Upper
	result["ri_rank_abs"], result["ri_total"] = nil, labels.Total
	if labels.Exact {
		result["ri_rank_abs"] = math.Round(labels.TwoSided * labels.Total)
	}
	return nil
}

// fits adds the errors of the effect and of the gap at each time.
func (m DiDFewTreated) fits(result Result, g *grid, treated map[string]bool, base int) error {
	var units, times []int
	var y, exposed []float64
	var names []string
	gaps := [][]float64{}
	for time, name := range g.times {
		if time != base {
			names, gaps = append(names, name), append(gaps, nil)
		}
	}
	for i, u := range g.units {
		for time := range g.times {
			units, times, y = append(units, i), append(times, time), append(y, g.values[i][time])
			is := func(yes bool) float64 {
				if yes && treated[u] {
					return 1
				}
				return 0
			}
			exposed = append(exposed, is(time >= g.post))
			for j, name := range names {
				gaps[j] = append(gaps[j], is(g.times[time] == name))
			}
		}
	}
	errorsOf := func(fit *statistics.Linear, columns int) (cr0, nested, all []float64, err error) {
		c, err := fit.CR0(units)
		if err != nil {
			return nil, nil, nil, err
		}
		for _, se := range statistics.Errors(c)[fit.K()-columns:] {
			cr0 = append(cr0, se)
			nested = append(nested, se*math.Sqrt(statistics.CR1(len(g.units), fit.N(), len(g.times)+columns)))
			all = append(all, se*math.Sqrt(statistics.CR1(len(g.units), fit.N(), fit.K())))
		}
		return cr0, nested, all, nil
	}
	fit, err := statistics.FixedEffects(units, times, y, []string{"exposed"}, exposed)
	if err != nil {
		return err
	}
	cr0, nested, all, err := errorsOf(fit, 1)
	if err != nil {
		return err
	}
	result["se_ols"], result["se_cr0"] = statistics.Errors(fit.Covariance())[fit.K()-1], cr0[0]
	result["se_cr1_nested_fe"], result["se_cr1_all_params"] = nested[0], all[0]
	if fit, err = statistics.FixedEffects(units, times, y, names, gaps...); err != nil {
		return err
	}
	if cr0, nested, _, err = errorsOf(fit, len(names)); err != nil {
		return err
	}
	study, se, seNested := Result{}, Result{}, Result{}
	for j, name := range names {
		study[name], se[name], seNested[name] = fit.Coef[fit.K()-len(names)+j], cr0[j], nested[j]
	}
	result["event_study_base_"+g.times[base]], result["event_study_se_cr0"], result["event_study_se_cr1_nested_fe"] = study, se, seNested
	return nil
}
