package method

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"presencia/pipeline/statistics"
)

// EventStudyCS is event_study_cs.
type EventStudyCS struct {
	staggered
	Control string `help:"Who is compared with: never (the never treated) or notyet (also those that are treated later)." enum:"never,notyet" default:"never"`
}

// Help implements Method.
func (EventStudyCS) Help() string {
	return `Effects of units treated at different times, by the time of their treatment and by time, after Callaway and Sant'Anna (2021), as R's did
has them: never treated units are compared with (--control notyet: also those treated later), no covariates, the base is the last time before the treatment (before the
treatment: the time before). One row is one unit at one time. Units treated from the first time on are left out; a unit enters an
effect if it is known at both times. Errors are those of the influence function, divided by n.

att_gt: by first time and time; simple: their mean since the treatment by size of the groups; dynamic: by lag; dynamic_overall: the
mean of the lags from 0 on; group, group_overall: by first time. pretest: Wald, all effects before the treatment are zero.

  presencia stats event-study --data mpdta.csv --y lemp --unit countyreal --time year --group first.treat`
}

// staggered are the columns of units treated at different times.
type staggered struct {
	Y     string `name:"y" help:"The outcome, a column or an expression of columns." placeholder:"COLUMN" required:""`
	Unit  string `help:"The unit that is seen at several times." placeholder:"COLUMN" required:""`
	Time  string `help:"The time, a number." placeholder:"COLUMN" required:""`
	Group string `help:"The time at which the unit was treated first; 0 or empty: never." placeholder:"COLUMN" required:""`
}

// read answers units by times, the position of each unit's first treated time, and the times.
func (m staggered) read(t *Table) (panel [][]statistics.Value, first []int, times []float64, err error) {
	p, err := readPanel(t, m.Y, m.Unit, m.Time)
	if err != nil {
		return nil, nil, nil, err
	}
	group, err := t.Numbers(m.Group)
	if err != nil {
		return nil, nil, nil, err
	}
	first = make([]int, len(p.units))
	treated := map[int]float64{}
	for row, g := range group {
		u := p.unit[row]
		if math.IsNaN(g) {
			g = 0
		}
		if before, ok := treated[u]; ok && before != g {
			return nil, nil, nil, fmt.Errorf("unit %s has two first times, %v and %v: one is needed for all its rows", p.units[u], before, g)
		}
		treated[u] = g
	}
	for u := range first {
		g := treated[u]
		first[u] = statistics.Never
		if g == 0 || g > p.times[len(p.times)-1] {
			continue
		}
		first[u], _ = slices.BinarySearch(p.times, g) // or the next time that was seen
	}
	return p.values, first, p.times, nil
}

// Compute implements Method.
func (m EventStudyCS) Compute(t *Table) (Result, error) {
	panel, first, times, err := m.read(t)
	if err != nil {
		return nil, err
	}
	compare := statistics.GroupTimeEffects
	switch m.Control {
	case "never", "":
	case "notyet":
		compare = statistics.NotYetTreatedEffects
	default:
		return nil, fmt.Errorf("--control %s: it is never or notyet", m.Control)
	}
	g, err := compare(panel, first, 0)
	if err != nil {
		return nil, err
	}
	name := func(t int) string { return strconv.FormatFloat(times[t], 'f', -1, 64) }
	average := func(e statistics.Estimate) Result {
		return Result{"estimate": e.Value, "se_analytic": e.SE, "lo": e.Low, "hi": e.High}
	}
	cells, lags, groups := Result{}, Result{}, Result{}
	for _, e := range g.Effects {
		cells[name(e.Group)+"_"+name(e.Time)] = Result{"att": e.Value, "se_analytic": e.SE, "lo": e.Low, "hi": e.High}
	}
	for _, e := range g.Lags {
		lags[fmt.Sprintf("e%d", e.Lag)] = average(e.Estimate)
	}
	for _, e := range g.Groups {
		groups["g"+name(e.Group)] = e.Value
	}
	return Result{
		"n_units": g.Units, "n_never": g.Never, "n_left": g.Left,
		"att_gt": cells, "simple": average(g.Simple), "dynamic": lags, "dynamic_overall": average(g.Dynamic),
		"group": groups, "group_overall": g.ByGroup.Value, "group_overall_se": g.ByGroup.SE,
		"pretest_wald": g.PreTest, "pretest_df": g.PreDF, "pretest_p": g.PreP,
	}, nil
}

// EventStudyTWFE is event_study_twfe.
type EventStudyTWFE struct {
	staggered
}

// Help implements Method.
func (EventStudyTWFE) Help() string {
	return `An event study by regression on effects of units and times, errors clustered by unit. One row is one unit at one time; units treated
from the first time on are left out. The reference is the last time before the treatment; the never treated have all dummies zero.

twfe: one effect for all times (se_cr0: no factor; se_cr1_nested: G/(G-1)*(n-1)/(n-k), unit effects not counted in k); event_twfe: by
lag, rm2 two times before, rp0 at the treatment; pretrend_wald_cr0: all lags before are zero, chi-squared.
Where units are treated at different times these figures mix effects of different groups: event-study does not.

  presencia stats event_study_twfe --data mpdta.csv --y lemp --unit countyreal --time year --group first.treat`
}

// Compute implements Method.
func (m EventStudyTWFE) Compute(t *Table) (Result, error) {
	panel, first, _, err := m.read(t)
	if err != nil {
		return nil, err
	}
	e, err := statistics.TwoWayEventStudy(panel, first)
	if err != nil {
		return nil, err
	}
	effects, errs := Result{}, Result{}
	for _, l := range e.Lags {
		name := fmt.Sprintf("rp%d", l.Lag)
		if l.Lag < 0 {
			name = fmt.Sprintf("rm%d", -l.Lag)
		}
		effects[name], errs[name] = l.Value, l.SE
	}
	return Result{
		"n_units": e.Units, "n": e.Obs, "twfe": e.Static, "se_cr0": e.CR0, "se_cr1_nested": e.CR1,
		"event_twfe": effects, "event_twfe_se_cr0": errs,
		"pretrend_wald_cr0": e.Wald, "pretrend_df": e.DF, "pretrend_p_chisq": e.P,
	}, nil
}

// panel is a table of one row a unit and time, as units by times.
type panel struct {
	units  []string // in order of name
	times  []float64
	values [][]statistics.Value
	unit   []int // of each row
}

func readPanel(t *Table, y, unit, time string) (*panel, error) {
	names, err := t.Strings(unit)
	if err != nil {
		return nil, err
	}
	at, err := t.Numbers(time)
	if err != nil {
		return nil, err
	}
	v, err := values(t, y)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("the table has no rows")
	}
	p := &panel{units: slices.Compact(slices.Sorted(slices.Values(names))), times: slices.Compact(slices.Sorted(slices.Values(at)))}
	for i := range names {
		if names[i] == "" || math.IsNaN(at[i]) {
			return nil, fmt.Errorf("row %d has no %s or no %s", i+1, unit, time)
		}
	}
	p.values, p.unit = make([][]statistics.Value, len(p.units)), make([]int, len(names))
	for u := range p.values {
		p.values[u] = make([]statistics.Value, len(p.times))
	}
	seen := map[[2]int]bool{}
	for i := range names {
		u, _ := slices.BinarySearch(p.units, names[i])
		s, _ := slices.BinarySearch(p.times, at[i])
		if seen[[2]int{u, s}] {
			return nil, fmt.Errorf("unit %s has two rows at %v: one is needed", strings.TrimSpace(names[i]), at[i])
		}
		seen[[2]int{u, s}], p.unit[i], p.values[u][s] = true, u, v[i]
	}
	return p, nil
}
