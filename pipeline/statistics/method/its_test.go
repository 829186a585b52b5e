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
		m := ITSPoisson{Interruption: interruption(t, c), Offset: "log(stdpop)"}
		m.Y = "aces"
		if o, ok := c.Params["offset"].(string); ok {
			m.Offset = o
		}
		m.Family, _ = c.Params["family"].(string)
		for name := range c.Expected {
			if lag, ok := strings.CutPrefix(name, "newey_west_lag"); ok {
				l, err := strconv.Atoi(lag)
				if err != nil {
					t.Fatal(err)
				}
				m.Lags = append(m.Lags, l)
			}
		}
		return m, c.table(t)
	}
	loose["its_poisson"] = 1e-5
	bindings["its_linear_hac"] = func(t *testing.T, c published) (Method, *Table) {
		m := ITSLinear{Interruption: interruption(t, c)}
		lag, _ := c.Params["lag"].(float64)
		m.Lag, m.Unadjusted = int(lag), c.Params["adjust"] == "none"
		for name := range c.Expected {
			if order, ok := strings.CutPrefix(name, "ljung_box_lag"); ok && !strings.HasSuffix(order, "_p") {
				m.Order, _ = strconv.Atoi(order)
			}
		}
		return m, c.table(t)
	}
}

var (
	centred  = regexp.MustCompile(`\(?time ?- ?(\d+)\)?`)
	twoPairs = regexp.MustCompile(`2 harmonics|k=1,2|\+ harmonics`)
)

// interruption reads a case's terms, which are half formula, half prose.
func interruption(t *testing.T, c published) Interruption {
	t.Helper()
	s := Interruption{}
	s.Y, _ = c.Params["y"].(string)
	if post, ok := c.Params["post"].(string); ok {
		s.After, s.Time, s.Flat = post, regexp.MustCompile(`^\w+`).FindString(post), true
		return s
	}
	terms := c.Params["terms"].(string)
	s.After, s.Time = regexp.MustCompile(`^\w+`).FindString(terms), "time"
	if m := centred.FindStringSubmatch(terms); m != nil {
		at, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		s.Centre = &at
	}
	if twoPairs.MatchString(terms) {
		s.Season, s.Period, s.Harmonics = "month", 12, 2
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
			compare(t, name+"/"+key, want[name].(map[string]any)[key], value, func(string) (string, bool) { return "", false }, new(int), new(int))
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
		compare(t, name, want[name], in(shuffled)[name], func(string) (string, bool) { return "", false }, new(int), new(int))
	}
	missing := slices.Clone(lines)
	missing[3] = "4,4,0,NA,5"
	removed := slices.Delete(slices.Clone(lines), 3, 4)
	a, b := in(missing), in(removed)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		compare(t, name, a[name], b[name], func(string) (string, bool) { return "", false }, new(int), new(int))
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
