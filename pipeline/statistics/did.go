package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
	"gonum.org/v1/gonum/stat/distuv"
)

// Cell is the mean of one group on one side.
type Cell struct {
	N        int
	Mean, SE float64
}

// FourMeans is the difference in differences of two groups on two sides, whatever was observed in each.
type FourMeans struct {
	Others, Treated [2]Cell // before, after
	Estimate        float64
	Fit             *Linear // intercept, treated, post, treated:post
}

// DiD takes the change of the others' mean away from the change of the treated's mean (Card & Krueger 1994, AER 84:772, table 3).
// Observations are held to be independent; where units are seen on both sides Compare their changes instead. Each
// of the four cells needs two observations.
func DiD(y []float64, treated, post []bool) (*FourMeans, error) {
	if len(treated) != len(y) || len(post) != len(y) {
		return nil, fmt.Errorf("%d values, of which %d are said to be treated or not and %d to be after or before", len(y), len(treated), len(post))
	}
	if err := finite(y); err != nil {
		return nil, err
	}
	var cells [2][2][]float64
	x := mat.NewDense(max(1, len(y)), 4, nil)
	for i, v := range y {
		g, s := one(treated[i]), one(post[i])
		cells[g][s] = append(cells[g][s], v)
		x.SetRow(i, []float64{1, float64(g), float64(s), float64(g * s)})
	}
	d := &FourMeans{}
	for g, side := range cells {
		for s, values := range side {
			if len(values) < 2 {
				return nil, fmt.Errorf("%s, %s: %d observations, at least 2 are needed in each of the four cells",
					[]string{"the others", "the treated"}[g], []string{"before", "after"}[s], len(values))
			}
			mean, sd := stat.MeanStdDev(values, nil)
			cell := Cell{len(values), mean, stat.StdErr(sd, float64(len(values)))}
			if g == 0 {
				d.Others[s] = cell
			} else {
				d.Treated[s] = cell
			}
		}
	}
	d.Estimate = d.Treated[1].Mean - d.Treated[0].Mean - (d.Others[1].Mean - d.Others[0].Mean)
	var err error
	d.Fit, err = LeastSquares([]string{"intercept", "treated", "post", "treated:post"}, x, y)
	return d, err
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Relabelled is the distribution of the difference of two groups' means if the labels are dealt out anew.
type Relabelled struct {
	TwoSided, Upper, Lower float64 // p: a distance from zero, a difference, or a fall of at least as much as was seen
	Total                  float64 // labellings; it may be beyond what an int64 holds
	Exact                  bool    // all of them; otherwise p is (count+1)/(total+1)
}

const (
	maxGrid     = 9   // decimals up to which values are whole numbers
	maxTable    = 2e8 // additions of the dynamic programme
	maxLogTotal = 700 // so that the counts are float64
)

// Relabel is Labels with both one-sided p-values too. Values that all lie on a decimal grid, as measured ones do, have their whole
// distribution counted by dynamic programming over the sum of the first group (Pagano & Tritchler 1983, JASA 78:435;
// Streitberg & Röhmel 1986), in whole numbers and thus without a doubt about ties. Others are tried or drawn as Labels does.
func Relabel(a, b []float64, s Sampling) (Relabelled, error) {
	if len(a) < 1 || len(b) < 1 {
		return Relabelled{}, fmt.Errorf("groups of %d and %d: at least 1 each is needed", len(a), len(b))
	}
	if err := finite(a, b); err != nil {
		return Relabelled{}, err
	}
	all := slices.Concat(a, b)
	if scores, ok := whole(all); ok {
		if r, ok := countLabels(scores, len(a)); ok {
			return r, nil
		}
	}
	all = centred(all)
	var seen, scale float64
	for i, x := range all {
		scale += math.Abs(x)
		if i < len(a) {
			seen += x
		}
	}
	ties := guard * scale
	var two, upper, lower int64
	total, complete := labellings(all, len(a), s, func(sum float64) {
		two += int64(one(math.Abs(sum) >= math.Abs(seen)-ties))
		upper += int64(one(sum >= seen-ties))
		lower += int64(one(sum <= seen+ties))
	})
	chance := drawn
	if complete {
		chance = exact
	}
	return Relabelled{chance(two, total).P, chance(upper, total).P, chance(lower, total).P, float64(total), complete}, nil
}

// whole are values in units of the last decimal that any of them has, from the least of them on. What a value is off the grid, by
// the rounding of a subtraction, is small beside the grid and beside the range of the values.
func whole(values []float64) ([]int, bool) {
	least := slices.Min(values)
	span := slices.Max(values) - least
	for decimals := range maxGrid + 1 {
		unit := math.Pow10(decimals)
		scores, divisor := make([]int, 0, len(values)), 0
		for _, x := range values {
			scaled := (x - least) * unit
			rounded := math.Round(scaled)
			if math.Abs(scaled-rounded) > 1e-6*math.Min(1, span*unit) || rounded > maxTable {
				break
			}
			scores = append(scores, int(rounded))
			divisor = gcd(divisor, int(rounded))
		}
		if len(scores) == len(values) {
			for i := range scores {
				scores[i] /= max(1, divisor)
			}
			return scores, true
		}
	}
	return nil, false
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// countLabels counts the choices of k scores by their sum; not ok: there would be too much to count.
func countLabels(scores []int, k int) (Relabelled, bool) {
	n, all, seen := len(scores), 0, 0
	for i, x := range scores {
		all += x
		if i < k {
			seen += x
		}
	}
	sorted := slices.Sorted(slices.Values(scores))
	most := 0
	for _, x := range sorted[n-k:] {
		most += x
	}
	if float64(n)*float64(k)*float64(most+1) > maxTable || combin.LogGeneralizedBinomial(float64(n), float64(k)) > maxLogTotal {
		return Relabelled{}, false
	}
	ways := make([][]float64, k+1) // by how many are chosen and by their sum
	for j := range ways {
		ways[j] = make([]float64, most+1)
	}
	ways[0][0] = 1
	for i, x := range sorted {
		for j := min(i+1, k); j >= 1; j-- {
			for sum := most; sum >= x; sum-- {
				ways[j][sum] += ways[j-1][sum-x]
			}
		}
	}
	r := Relabelled{Exact: true}
	distance := abs(n*seen - k*all) // n times that of the sum from what is expected of it
	for sum, w := range ways[k] {
		r.Total += w
		if abs(n*sum-k*all) >= distance {
			r.TwoSided += w
		}
		if sum >= seen {
			r.Upper += w
		}
		if sum <= seen {
			r.Lower += w
		}
	}
	r.TwoSided /= r.Total
	r.Upper /= r.Total
	r.Lower /= r.Total
	return r, true
}

func abs(x int) int { return max(x, -x) }

// RankSum compares two groups by the order of their values alone.
type RankSum struct {
	U     float64 // pairs in which the first group's value is the larger one, ties by half
	P     float64 // two-sided, normal approximation with corrections for ties and continuity
	Delta float64 // Cliff's: share of pairs in which it is larger less the share in which it is smaller, −1 to 1
	Shift float64 // Hodges and Lehmann's: the median of all differences between the groups
}

// MannWhitney is the rank-sum test (1947, Ann. Math. Stat. 18:50) with Cliff's delta (1993, Psychol. Bull. 114:494) and the shift of
// Hodges & Lehmann (1963, Ann. Math. Stat. 34:598). With all values alike p is 1.
func MannWhitney(a, b []float64) (RankSum, error) {
	if len(a) < 1 || len(b) < 1 {
		return RankSum{}, fmt.Errorf("groups of %d and %d: at least 1 each is needed", len(a), len(b))
	}
	if err := finite(a, b); err != nil {
		return RankSum{}, err
	}
	ranks, ties := Ranks(slices.Concat(a, b))
	na, nb := float64(len(a)), float64(len(b))
	n := na + nb
	r := RankSum{U: -na * (na + 1) / 2, P: 1}
	for _, x := range ranks[:len(a)] {
		r.U += x
	}
	r.Delta = 2*r.U/(na*nb) - 1
	if variance := na * nb / 12 * (n + 1 - ties/(n*(n-1))); variance > 0 {
		z := math.Max(0, math.Abs(r.U-na*nb/2)-0.5) / math.Sqrt(variance)
		r.P = 2 * distuv.UnitNormal.Survival(z)
	}
	if len(a) > direct || len(b) > direct {
		a, b := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
		r.Shift = medianOf(int64(len(a))*int64(len(b)), func(v float64) (pairs int64) {
			j := 0
			for _, x := range a {
				for ; j < len(b) && x-b[j] > v; j++ {
				}
				pairs += int64(len(b) - j)
			}
			return pairs
		})
		return r, nil
	}
	differences := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, x-y)
		}
	}
	r.Shift = median(differences)
	return r, nil
}

// LeaveOneOut are the differences between two groups' means without each unit in turn, the first group's units before the
// others'. A group of one cannot do without it: NaN.
func LeaveOneOut(a, b []float64) []float64 {
	meanA, meanB := stat.Mean(a, nil), stat.Mean(b, nil)
	without := func(group []float64, i int) float64 {
		if n := len(group); n > direct {
			mean := meanA
			if &group[0] == &b[0] {
				mean = meanB
			}
			return mean - (group[i]-mean)/float64(n-1)
		}
		return stat.Mean(slices.Concat(group[:i], group[i+1:]), nil)
	}
	estimates := make([]float64, 0, len(a)+len(b))
	for i := range a {
		estimates = append(estimates, without(a, i)-meanB)
	}
	for i := range b {
		estimates = append(estimates, meanA-without(b, i))
	}
	return estimates
}

// PlaceboInSpace sets each unit's change against the mean change of all others, as if it alone had been treated (Abadie, Diamond &
// Hainmueller 2010, JASA 105:493). How the treated unit ranks among them is Relabel's p.
func PlaceboInSpace(changes []float64) ([]float64, error) {
	if len(changes) < 2 {
		return nil, errors.New("a placebo in space needs at least 2 units")
	}
	sum, others := 0.0, float64(len(changes)-1)
	for _, x := range changes {
		sum += x
	}
	effects := make([]float64, len(changes))
	for i, x := range changes {
		effects[i] = x - (sum-x)/others
	}
	return effects, nil
}

// Adjusted is the difference between two groups after, at equal values before.
type Adjusted struct {
	Estimate          // by HC3 errors and Student's t with n − 3 degrees of freedom
	Ordinary  float64 // standard error if errors are alike
	HC2       float64 // standard error
	POrdinary float64 // by it
	Slope     float64 // of the value after on the value before
	Gap       float64 // between the groups' means before
	// ChangeSlope is that of the change on the value before among the others: well below zero, those who began high fall
	// by themselves, and a raw comparison of changes is tilted by Gap times as much. Unknown: they were all alike before.
	ChangeSlope Value
}

// Ancova regresses the value after on group and value before, which takes regression to the mean out of a difference in
// differences (Frison & Pocock 1992, Stat. Med. 11:1685), with HC3 errors, for groups that vary differently
// (Long & Ervin 2000, Am. Stat. 54:217). The effect on the change is the same number.
func Ancova(before, after []float64, treated []bool) (*Adjusted, error) {
	n := len(before)
	if len(after) != n || len(treated) != n {
		return nil, fmt.Errorf("%d values before, %d after, of %d units", n, len(after), len(treated))
	}
	if err := finite(before, after); err != nil {
		return nil, err
	}
	var was [2][]float64
	var change []float64
	x := mat.NewDense(max(1, n), 3, nil)
	for i := range n {
		g := one(treated[i])
		was[g] = append(was[g], before[i])
		if g == 0 {
			change = append(change, after[i]-before[i])
		}
		x.SetRow(i, []float64{1, float64(g), before[i]})
	}
	if len(was[0]) < 2 || len(was[1]) < 2 {
		return nil, fmt.Errorf("groups of %d and %d: at least 2 each are needed", len(was[1]), len(was[0]))
	}
	l, err := LeastSquares([]string{"intercept", "treated", "before"}, x, after)
	if err != nil {
		return nil, err
	}
	if l.exact() {
		return nil, errors.New("the values after follow from those before without any error: there is nothing to adjust")
	}
	df := float64(n - 3)
	a := &Adjusted{Slope: l.Coef[2], Gap: stat.Mean(was[1], nil) - stat.Mean(was[0], nil), Ordinary: Errors(l.Covariance())[1]}
	_, a.POrdinary, _, _ = Student(l.Coef[1], a.Ordinary, df, Confidence)
	a.HC2 = Errors(l.HC(HC2))[1]
	a.Estimate = estimated(l.Coef[1], Errors(l.HC(HC3))[1], df)
	if math.IsNaN(a.SE) {
		return nil, errors.New("one unit alone decides a coefficient: the adjusted effect has no error (HC3)")
	}
	if _, slope := stat.LinearRegression(was[0], change, nil, false); stat.Variance(was[0], nil) > 0 {
		a.ChangeSlope = Known(slope)
	}
	return a, nil
}
