package statistics

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// StableSeason tests whether places of the year differ whatever the year: values by year and place against values by year alone. It is the F
// test for stable seasonality of X-11 (Shiskin, Young & Musgrave 1967, US Census Bureau Technical Paper 15) with the years' means
// for a trend. A level that shifts once is no season: it lies between places and years, which the test takes for noise. season is
// the length of the year in values; unknown values are left out. Without places enough that are known in several years there is no
// test, and an error.
func StableSeason(values []Value, season int) (f, p float64, err error) {
	years, places := map[int]int{}, map[int]int{}
	var y []float64
	var at []int
	for i, v := range values {
		if !v.Known {
			continue
		}
		y, at = append(y, v.Number), append(at, i)
		if _, ok := years[i/season]; !ok {
			years[i/season] = len(years)
		}
		if _, ok := places[i%season]; !ok {
			places[i%season] = len(places)
		}
	}
	if len(years) < 2 || len(places) < 2 {
		return 0, 0, fmt.Errorf("%d years of %d places: a season needs two of each at least", len(years), len(places))
	}
	columns := len(years) + len(places) - 1
	if len(y) <= columns {
		return 0, 0, fmt.Errorf("%d values are too few to tell %d years and %d places of the year apart", len(y), len(years), len(places))
	}
	names := make([]string, columns)
	x := mat.NewDense(len(y), columns, nil)
	for j := range names {
		names[j] = strconv.Itoa(j + 1)
	}
	for n, i := range at {
		x.Set(n, years[i/season], 1)
		if p := places[i%season]; p > 0 { // the first is part of the year
			x.Set(n, len(years)+p-1, 1)
		}
	}
	by, err := LeastSquares(names[:len(years)], x.Slice(0, len(y), 0, len(years)).(*mat.Dense), y)
	if err != nil {
		return 0, 0, err
	}
	full, err := LeastSquares(names, x, y)
	if err != nil {
		return 0, 0, err
	}
	scale := 0.0
	for _, v := range y {
		scale += v * v
	}
	within, without, tiny := full.RSS(), by.RSS(), guard*guard*scale
	more, left := float64(len(places)-1), float64(len(y)-columns)
	switch {
	case without <= tiny: // the same in all places
		return 0, 1, nil
	case within <= tiny:
		return math.Inf(1), 0, nil
	}
	f = math.Max(0, without-within) / more / (within / left)
	return f, distuv.F{D1: more, D2: left}.Survival(f), nil
}
