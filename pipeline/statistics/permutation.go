package statistics

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/combin"
)

// Sampling says how arrangements are drawn where there are too many to try them all.
type Sampling struct {
	Seed  uint64
	Draws int // 0: 10,000
}

func (s Sampling) draws() int {
	if s.Draws > 0 {
		return s.Draws
	}
	return 10_000
}

func (s Sampling) rand() *rand.Rand { return rand.New(rand.NewPCG(s.Seed, 0)) }

// Chance is the two-sided p-value of a permutation test: how often chance alone gives at least as much as was seen.
type Chance struct {
	P     float64
	Count int64 // arrangements at least as extreme as the one seen, itself included when Exact
	Total int64 // arrangements tried
	Exact bool  // all of them; otherwise P is (Count+1)/(Total+1), Davison & Hinkley (1997), section 4.3
}

const (
	maxFlips  = 20      // units up to which all 2^n arrangements are tried
	maxLabels = 100_000 // labellings below which all are tried
	guard     = 1e-9    // part of the scale by which sums may differ and still be equal
)

func exact(count, total int64) Chance {
	return Chance{P: float64(count) / float64(total), Count: count, Total: total, Exact: true}
}

func drawn(count, total int64) Chance {
	return Chance{P: float64(count+1) / float64(total+1), Count: count, Total: total}
}

// SignFlip tests that changes are symmetric around zero: had nothing happened, each could as well have gone the other way
// (Fisher 1935, The Design of Experiments, section 21). All 2^n patterns of signs are tried up to 20 changes, and counted up to 62
// where the changes are decimals of few places.
func SignFlip(changes []float64, s Sampling) Chance {
	var sum, scale float64
	for _, d := range changes {
		sum += d
		scale += math.Abs(d)
	}
	least := math.Abs(sum) - guard*scale // sums that are no numbers count against the claim: they are never below
	if len(changes) <= maxFlips {
		return exact(flips(changes, 0, least), 1<<len(changes))
	}
	if count, ok := countFlips(changes); ok {
		return exact(count, 1<<len(changes))
	}
	r, count := s.rand(), int64(0)
	for range s.draws() {
		sum = 0
		if len(changes) > direct { // each bit of a random number is a sign: faster, where it matters
			signs := uint64(0)
			for i, d := range changes {
				if i%64 == 0 {
					signs = r.Uint64()
				}
				sum += math.Float64frombits(math.Float64bits(d) ^ signs<<63)
				signs >>= 1
			}
			if !(math.Abs(sum) < least) {
				count++
			}
			continue
		}
		for _, d := range changes {
			if r.Uint64()&1 == 0 {
				d = -d
			}
			sum += d
		}
		if !(math.Abs(sum) < least) {
			count++
		}
	}
	return drawn(count, int64(s.draws()))
}

// countFlips counts the patterns by their sum in whole units of the last decimal; not ok: there is no such unit, or too many.
func countFlips(changes []float64) (count int64, ok bool) {
	const most, longest = 62, 1 << 20 // signs in an int64, sums in a table
	sizes := []float64{0}
	for _, d := range changes {
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return 0, false
		}
		sizes = append(sizes, math.Abs(d))
	}
	scores, ok := whole(sizes)
	if !ok || len(changes) > most {
		return 0, false
	}
	scores = scores[1:]
	total, seen := 0, 0
	for i, d := range changes {
		total += scores[i]
		if d < 0 {
			seen -= scores[i]
		} else {
			seen += scores[i]
		}
	}
	if total > longest {
		return 0, false
	}
	of := make([]int64, total+1) // patterns by the sum of the changes that go up
	of[0] = 1
	reached := 0
	for _, score := range scores {
		reached += score
		for s := reached; s >= score; s-- {
			of[s] += of[s-score] // of[s] itself: the change goes down
		}
	}
	for up, n := range of {
		if sum := 2*up - total; max(sum, -sum) >= max(seen, -seen) {
			count += n
		}
	}
	return count, true
}

func flips(changes []float64, sum, least float64) int64 {
	if len(changes) == 0 {
		if !(math.Abs(sum) < least) {
			return 1
		}
		return 0
	}
	return flips(changes[1:], sum+changes[0], least) + flips(changes[1:], sum-changes[0], least)
}

// Labels tests that two groups changed alike: had taking part made no difference, the labels could be dealt out anew
// (Pitman 1937, JRSS Suppl. 4:119). The statistic is the difference of means. All labellings are tried below 100,000.
func Labels(a, b []float64, s Sampling) Chance {
	var seen, scale float64
	all := centred(slices.Concat(a, b)) // so that the first group's sum alone is the difference of means, up to a factor
	for i, x := range all {
		scale += math.Abs(x)
		if i < len(a) {
			seen += x
		}
	}
	least, count := math.Abs(seen)-guard*scale, int64(0)
	total, complete := labellings(all, len(a), s, func(sum float64) {
		if math.Abs(sum) >= least {
			count++
		}
	})
	if complete {
		return exact(count, total)
	}
	return drawn(count, total)
}

// labellings tries every choice of k values, or draws some, and hands over their sum.
func labellings(values []float64, k int, s Sampling, try func(sum float64)) (total int64, all bool) {
	return choices(len(values), k, s, func(chosen []int) {
		sum := 0.0
		for _, i := range chosen {
			sum += values[i]
		}
		try(sum)
	})
}

// choices tries every choice of k of n, or draws some; a choice is good until the next.
func choices(n, k int, s Sampling, try func(chosen []int)) (total int64, all bool) {
	if combin.LogGeneralizedBinomial(float64(n), float64(k)) < math.Log(maxLabels) {
		for g, chosen := combin.NewCombinationGenerator(n, k), make([]int, k); g.Next(); total++ {
			try(g.Combination(chosen))
		}
		return total, true
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	r := s.rand()
	for range s.draws() {
		for i := range k { // the first k of a Fisher–Yates shuffle
			j := i + r.IntN(n-i)
			order[i], order[j] = order[j], order[i]
		}
		try(order[:k])
	}
	return int64(s.draws()), false
}

// Swap tests that a spread is the same before and after: had nothing happened, the two could be exchanged within any unit
// (Pitman 1937, JRSS Suppl. 4:119). The statistic is the spread of the values after less that of the values before. Both
// must have as many values. All 2^n exchanges are tried up to 20 units.
func Swap(before, after []float64, spread func([]float64) float64, s Sampling) Chance {
	b, a := append([]float64(nil), before...), append([]float64(nil), after...)
	x, y := spread(a), spread(b)
	least, count := math.Abs(x-y)-guard*(math.Abs(x)+math.Abs(y)), int64(0)
	try := func() {
		if !(math.Abs(spread(a)-spread(b)) < least) {
			count++
		}
	}
	if n := len(b); n <= maxFlips {
		for pattern := range 1 << n { // Gray code: each pattern differs from the last in one unit
			if pattern > 0 {
				i := bits.TrailingZeros(uint(pattern))
				a[i], b[i] = b[i], a[i]
			}
			try()
		}
		return exact(count, 1<<n)
	}
	r := s.rand()
	for range s.draws() {
		for i := range b {
			if r.Uint64()&1 == 0 {
				a[i], b[i] = b[i], a[i]
			}
		}
		try()
	}
	return drawn(count, int64(s.draws()))
}
