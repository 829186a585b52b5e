package method

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"presencia/pipeline/statistics"
)

func init() {
	bindings["its_poisson"] = func(t *testing.T, c published) (Method, *Table) {
		table := c.table(t)
		m := ITSPoisson{Interruption: interruption(t, c, table), Offset: "log(stdpop)", Family: c.text("family")}
		if m.Y == "" {
			m.Y = "aces"
		}
		if _, ok := c.Params["offset"]; ok { // also null
			m.Offset = c.text("offset")
		}
		if m.Offset == "none" {
			m.Offset = ""
		}
		for name := range c.Expected {
			if lag, ok := strings.CutPrefix(name, "newey_west_lag"); ok {
				l, err := strconv.Atoi(lag)
				if err != nil {
					t.Fatal(err)
				}
				m.Lags = append(m.Lags, l)
			}
		}
		return m, table
	}
	loose["its_poisson"] = 1e-5
	bindings["its_linear_hac"] = func(t *testing.T, c published) (Method, *Table) {
		table := c.table(t)
		m := ITSLinear{Interruption: interruption(t, c, table), Lag: -1, Unadjusted: c.Params["adjust"] == "none" || c.Params["adjust"] == false}
		if lag, ok := c.Params["lag"].(float64); ok {
			m.Lag = int(lag)
		}
		for name := range c.Expected {
			if found := orderOf.FindStringSubmatch(name); found != nil {
				m.Order, _ = strconv.Atoi(found[1])
			}
		}
		return m, table
	}
}

var (
	orderOf  = regexp.MustCompile(`^(?:ljung_box_lag|bg_order)(\d+)`)
	centred  = regexp.MustCompile(`\((\w+) ?- ?(\d+)\) ?\*|\* ?\((\w+) ?- ?(\d+)\)`)
	slope    = regexp.MustCompile(`(\w+) ?[*:] ?(\w+)`)
	counted  = regexp.MustCompile(`(\d+) (?:pairs? of )?harmonics?`)
	listed   = regexp.MustCompile(`\bk ?= ?(\d+(?:, ?\d+)*)`)
	harmonic = regexp.MustCompile(`harmonic\w*|sin/cos`)
	leading  = regexp.MustCompile(`^\w+`)
)

// interruption reads a case's terms, which are half formula, half prose: the step, the trend, the change of slope and the season
// in any order.
func interruption(t *testing.T, c published, table *Table) Interruption {
	t.Helper()
	s := Interruption{Y: c.text("y"), Formula: c.text("formula")}
	if s.Formula != "" {
		return s
	}
	column := func(name string) bool { return slices.Contains(table.Names(), name) }
	terms := c.text("terms")
	if post := c.text("post"); post != "" {
		s.After = post
	}
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(terms, -1) {
		switch {
		case !column(word) || word == "month":
		case word == "time" || word == "year" || word == c.text("time"):
			s.Time = word
		case s.After == "":
			s.After = word
		}
	}
	if s.Flat = s.Time == ""; s.Flat { // the order alone
		s.Time = leading.FindString(s.After)
		if s.After != c.text("post") || !column(s.Time) {
			s.Time = "time"
		}
	}
	if s.After == "" || !column(s.Time) {
		c.unbound(t, "terms")
	}
	if m := centred.FindStringSubmatch(terms); m != nil {
		at, err := strconv.ParseFloat(m[2]+m[4], 64)
		if err != nil {
			t.Fatal(err)
		}
		s.Centre = &at
	} else if m := slope.FindStringSubmatch(terms); m != nil && (m[1] == s.Time || m[2] == s.Time) {
		s.Centre = new(float64) // the step is that at time 0
	}
	if harmonic.MatchString(terms) {
		s.Season, s.Period, s.Harmonics = "month", 12, 2
		if m := listed.FindStringSubmatch(terms); m != nil {
			s.Harmonics = 1 + strings.Count(m[1], ",")
		} else if m := counted.FindStringSubmatch(terms); m != nil {
			s.Harmonics, _ = strconv.Atoi(m[1])
		}
	}
	return s
}

const bins = `month,t,after,y,n
1,1,0,10,3
2,2,0,12,4
3,3,0,11,2
4,4,0,13,5
5,5,0,15,4
6,6,0,14,6
7,7,1,20,9
8,8,1,23,12
9,9,1,22,9
10,10,1,25,14
11,11,1,24,11
12,12,1,27,13
`

func TestInterruptedSeriesIsTheSameByFlagsAndByFormula(t *testing.T) {
	table := read(t, bins)
	byFlags, err := ITSLinear{Interruption: Interruption{Y: "y", Time: "t", After: "t>=7", Slope: true}, Lag: 2}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	byFormula, err := ITSLinear{Interruption: Interruption{Formula: "y ~ I(t>=7) + t + I((t-6)*after)"}, Lag: 2}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	a, b := plain(t, byFlags), plain(t, byFormula)
	for flag, name := range map[string]string{"intercept": "intercept", "post": "I(t>=7)", "t": "t", "tc": "I((t-6)*after)"} {
		for key, value := range a[flag].(map[string]any) {
			if other := b[name].(map[string]any)[key]; other != value {
				t.Errorf("%s/%s: %v by flags, %v by formula", flag, key, value, other)
			}
		}
	}
}

// The segmented regression of the course's evaluation is this method at the first bin after, with the gap-aware errors.
func TestTheEvaluationsSegmentsAreThisMethod(t *testing.T) {
	table := read(t, strings.Replace(bins, "4,4,0,13,5", "4,4,0,NA,5", 1))
	first := 7.0
	r, err := ITSLinear{Interruption: Interruption{Y: "y", Time: "t", After: "after", Centre: &first}, Lag: -1}.Compute(table)
	if err != nil {
		t.Fatal(err)
	}
	values, err := table.Numbers("y")
	if err != nil {
		t.Fatal(err)
	}
	in := statistics.Interruption{From: 6, To: 6, PerYear: 1}
	for _, y := range values {
		in.Values = append(in.Values, statistics.Known(y))
	}
	s, err := statistics.Segmented(in)
	if err != nil {
		t.Fatal(err)
	}
	want := plain(t, r)
	for name, e := range map[string]statistics.SegmentEstimate{"after": s.Step, "tc": s.Slope} {
		got := map[string]any{"estimate": e.Value, "se": e.NeweyWest}
		for key, value := range got {
			compare(t, name+"/"+key, want[name].(map[string]any)[key], value, 1e-6, func(string) (string, bool) { return "", false }, new(int), new(int))
		}
		if want["larger"].(map[string]any)[name] != e.Larger() || want["ols_se_"+name].(float64)-e.Ordinary > 1e-9 {
			t.Errorf("%s: the larger error is %s of %g and %g", name, e.Larger(), e.Ordinary, e.NeweyWest)
		}
	}
}

// The rows' order does not matter where the time is named, and a missing bin is a gap: what is on either side is no neighbour.
func TestInterruptedSeriesKeepsTheOrderOfTime(t *testing.T) {
	head, rows, _ := strings.Cut(bins, "\n")
	lines := strings.Fields(rows)
	in := func(lines []string) Result {
		t.Helper()
		r, err := ITSLinear{Interruption: Interruption{Y: "y", Time: "t", After: "after"}, Lag: 2}.Compute(read(t, head+"\n"+strings.Join(lines, "\n")+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		return plain(t, r)
	}
	want := in(lines)
	shuffled := append(slices.Clone(lines[5:]), lines[:5]...)
	slices.Reverse(shuffled[2:7])
	for _, name := range slices.Sorted(maps.Keys(want)) {
		compare(t, name, want[name], in(shuffled)[name], 1e-6, func(string) (string, bool) { return "", false }, new(int), new(int))
	}
	missing := slices.Clone(lines)
	missing[3] = "4,4,0,NA,5"
	removed := slices.Delete(slices.Clone(lines), 3, 4)
	a, b := in(missing), in(removed)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		compare(t, name, a[name], b[name], 1e-6, func(string) (string, bool) { return "", false }, new(int), new(int))
	}
}

func TestInterruptedSeriesSaysWhatIsWrong(t *testing.T) {
	table := read(t, bins)
	good := Interruption{Y: "y", Time: "t", After: "after"}
	for want, change := range map[string]func(*Interruption){
		"--y and what comes after": func(s *Interruption) { s.After = "" },
		"--flat":                   func(s *Interruption) { s.Time = "" },
		"both --season":            func(s *Interruption) { s.Season = "month" },
		"0 before and 1 after":     func(s *Interruption) { s.After = "month" },
		"no slope":                 func(s *Interruption) { s.Flat, s.Slope = true, true },
		"the whole model":          func(s *Interruption) { s.Formula = "y ~ t" },
		"depend on each other":     func(s *Interruption) { s.After = "t>=0" },
		"two rows":                 func(s *Interruption) { s.Time = "after" },
		`no column "nothing"`:      func(s *Interruption) { s.Time = "nothing" },
		"before the interruption":  func(s *Interruption) { s.After, s.Slope = "t>=1", true },
		"at most 6 pairs":          func(s *Interruption) { s.Season, s.Harmonics = "month", 7 },
	} {
		s := good
		change(&s)
		if _, err := (ITSLinear{Interruption: s}).Compute(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("linear: %v, want %s", err, want)
		}
		s.Y = "n"
		if s.Formula != "" {
			s.Formula = "n ~ t"
		}
		if _, err := (ITSPoisson{Interruption: s}).Compute(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("poisson: %v, want %s", err, want)
		}
	}
	if _, err := (ITSPoisson{Interruption: good, Lags: []int{12}}).Compute(table); err == nil {
		t.Error("a lag as long as the series was allowed")
	}
	taken := read(t, strings.ReplaceAll(bins, "after", "rss"))
	if _, err := (ITSLinear{Interruption: Interruption{Y: "y", Time: "t", After: "rss"}}).Compute(taken); err == nil {
		t.Error("a column hid a figure of its name")
	}
	if _, err := (ITSLinear{Interruption: good}).Compute(nil); err == nil {
		t.Error("no table was computed")
	}
}

func TestAConstantSeriesHasNoBreak(t *testing.T) {
	series := "year,y\n"
	for year := range 30 {
		series += strconv.Itoa(1990+year) + ",7\n"
	}
	r, err := ITSLinear{Interruption: Interruption{Y: "y", Time: "year", After: "year>=2005", Flat: true}, Lag: 2}.Compute(read(t, series))
	if err != nil || r["chosen_break_year"] != nil || r["supF"] != nil {
		t.Errorf("%v, %v", r, err)
	}
	plain(t, r)
}
