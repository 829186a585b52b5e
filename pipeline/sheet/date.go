package sheet

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
)

var (
	isoDate     = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(.*))?$`)
	dayFirst    = regexp.MustCompile(`^(?:\pL+\.?,? +)?(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:,? +(.*))?$`)
	wordedDate  = regexp.MustCompile(`^(?:\pL+\.?,? +)?(\d{1,2})[ -](?:de +|d['’] *)?(\pL+)\.?[ -](?:de +|del +)?(\d{4})(?:,? +(.*))?$`)
	timeOfDay   = regexp.MustCompile(`^(?:a +las +|a +les +|at +)?(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2}(?:\.\d+)?)? ?(?:h|hs|hores|horas)?\.? ?(?:([ap])\.? ?m\.?)?$`)
	monthsNamed = [12][]string{
		{"ene", "gen", "jan"}, {"feb"}, {"mar"}, {"abr", "apr"}, {"may", "mai"}, {"jun"}, {"jul"}, {"ago", "aug"}, {"sep", "set"}, {"oct"}, {"nov"}, {"dic", "des", "dec"},
	}
)

// Date reads a date as people write it or as a workbook counts it, and what is left behind it.
func Date(s string, epoch time.Time) (day pipeline.Date, rest string, ok bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if math.IsNaN(n) || n < 25_000 || n > 80_000 { // 1968 to 2119
			return day, "", false
		}
		whole := math.Floor(n + 1e-9)
		if fraction := n - whole; fraction > 1e-6 {
			rest = strconv.FormatFloat(fraction, 'f', -1, 64)
		}
		return pipeline.DateOf(epoch.AddDate(0, 0, int(whole))), rest, true
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return validDate(number(m[1]), number(m[2]), number(m[3]), m[4])
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		year := number(m[3])
		if len(m[3]) == 2 {
			year += 2000
		}
		return validDate(year, number(m[2]), number(m[1]), m[4])
	}
	if m := wordedDate.FindStringSubmatch(s); m != nil {
		name := Fold(m[2])
		for i, names := range monthsNamed {
			if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(name, n) }) {
				return validDate(number(m[3]), i+1, number(m[1]), m[4])
			}
		}
	}
	return day, "", false
}

func validDate(year, month, day int, rest string) (pipeline.Date, string, bool) {
	d := pipeline.Date{Year: year, Month: time.Month(month), Day: day}
	return d, strings.TrimSpace(rest), year >= 1970 && year < 2120 && pipeline.DateOf(d.In(time.UTC)) == d
}

// TimeOfDay reads a time of day as people write it or as a workbook counts it, in minutes.
func TimeOfDay(s string) (minutes int, ok bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil && !strings.HasPrefix(s, "00") {
		if n >= 25_000 && n < 80_000 { // with a date in front
			n -= math.Floor(n)
		}
		if n >= 0 && n < 1 && (n > 0 || s != "0") {
			return int(math.Round(n*24*60)) % (24 * 60), true
		}
	}
	m := timeOfDay.FindStringSubmatch(Fold(s))
	if m == nil {
		return 0, false
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	switch {
	case m[3] != "" && (hour < 1 || hour > 12):
		return 0, false
	case m[3] == "p" && hour < 12:
		hour += 12
	case m[3] == "a" && hour == 12:
		hour = 0
	}
	return hour*60 + minute, hour < 24 && minute < 60
}
