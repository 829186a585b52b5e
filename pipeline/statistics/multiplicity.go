package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Adjusted p-values keep the order in which they are given. With all of them judged at one level, those of Bonferroni, Holm,
// Hochberg and Hommel keep the chance of any false claim below it, those of Benjamini and Hochberg or Yekutieli the
// expected share of false claims. Values must lie in 0 to 1.

// Bonferroni multiplies by the number of tests.
func Bonferroni(p []float64) []float64 {
	adjusted := make([]float64, len(p))
	for i := range p {
		adjusted[i] = math.Min(1, float64(len(p))*p[i])
	}
	return adjusted
}

// Holm steps down from the smallest (Holm 1979, Scand. J. Stat. 6:65).
func Holm(p []float64) []float64 {
	adjusted, floor := make([]float64, len(p)), 0.0
	for rank, i := range ascending(p) {
		floor = math.Max(floor, math.Min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = floor
	}
	return adjusted
}

// Hochberg steps up from the largest (Hochberg 1988, Biometrika 75:800); it asks for independence or positive dependence.
func Hochberg(p []float64) []float64 {
	return stepUp(p, func(rank int) float64 { return float64(len(p) - rank) })
}

// BenjaminiHochberg controls the false discovery rate under independence or positive dependence (Benjamini & Hochberg 1995,
// JRSS B 57:289).
func BenjaminiHochberg(p []float64) []float64 {
	return stepUp(p, func(rank int) float64 { return float64(len(p)) / float64(rank+1) })
}

// BenjaminiYekutieli controls the false discovery rate under any dependence (Benjamini & Yekutieli 2001, Ann. Stat. 29:1165).
func BenjaminiYekutieli(p []float64) []float64 {
	harmonic := 0.0
	for i := range p {
		harmonic += 1 / float64(i+1)
	}
	return stepUp(p, func(rank int) float64 { return harmonic * float64(len(p)) / float64(rank+1) })
}

// Hommel closes Simes' test (Hommel 1988, Biometrika 75:383): a claim stands if every set of hypotheses that it belongs to falls.
// Of the sets of one size the hardest is it and the largest others (Wright 1992, Biometrics 48:1005).
func Hommel(p []float64) []float64 {
	n, order := len(p), ascending(p)
	adjusted := slices.Clone(p)
	for m := 2; m <= n; m++ {
		others := math.Inf(1) // of Simes' bounds, without that of the smallest of the set
		for k := 2; k <= m; k++ {
			others = math.Min(others, float64(m)*p[order[n-m+k-1]]/float64(k))
		}
		for rank, i := range order {
			smallest := order[min(rank, n-m)]
			adjusted[i] = math.Max(adjusted[i], math.Min(others, float64(m)*p[smallest]))
		}
	}
	return adjusted
}

// stepUp multiplies each by the factor of its rank (0 is the smallest), from the largest down never above the one before.
func stepUp(p []float64, factor func(rank int) float64) []float64 {
	adjusted, ceiling, order := make([]float64, len(p)), 1.0, ascending(p)
	for rank := len(p) - 1; rank >= 0; rank-- {
		ceiling = math.Min(ceiling, factor(rank)*p[order[rank]])
		adjusted[order[rank]] = ceiling
	}
	return adjusted
}

// ascending are the places of values from the smallest on; among equals the first comes first.
func ascending(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
	return order
}
