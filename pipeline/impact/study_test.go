package impact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/learning"
)

// fakeStore answers what the engine would: values of departments over windows, by a formula.
type fakeStore struct {
	observed, first time.Time
	readings        []time.Time // when anything was read; none: observed alone
	departments     []string
	value           func(id, department string, from, to time.Time) (value, n, unknown float64)
	latest          time.Time // end of the latest window that was asked for
}

var (
	part  = regexp.MustCompile(`(?s)unknown AS unknown_(\d+) FROM \(\n(.*?)\n\)`)
	bound = regexp.MustCompile(`\[([^\]]+)\](?:, 'Array\(UInt32\)'\))? AS (starts|ends)`)
	since = regexp.MustCompile(`toUnixTimestamp\(at\) >= (\d+)`)
	digit = regexp.MustCompile(`\b(\d+)\b`)
)

func (w *fakeStore) Select(_ context.Context, dst any, query string, _ ...any) error {
	rows := reflect.ValueOf(dst).Elem()
	add := func(columns map[string]any) {
		row := reflect.New(rows.Type().Elem()).Elem()
		for k := range row.NumField() {
			if x, ok := columns[row.Type().Field(k).Tag.Get("ch")]; ok {
				row.Field(k).Set(reflect.ValueOf(x).Convert(row.Field(k).Type()))
			}
		}
		rows.Set(reflect.Append(rows, row))
	}
	if m := since.FindStringSubmatch(query); m != nil && strings.Contains(query, "AS earliest") {
		from, _ := strconv.ParseInt(m[1], 10, 64)
		earliest := time.Unix(0, 0)
		for _, t := range append(slices.Clone(w.readings), w.observed) {
			if t.Unix() >= from && (earliest.Unix() == 0 || t.Before(earliest)) {
				earliest = t
			}
		}
		add(map[string]any{"observed": w.observed, "first": w.first, "earliest": earliest})
		return nil
	}
	bounds := map[string][]int64{}
	for _, m := range bound.FindAllStringSubmatch(query, -1) {
		for _, d := range digit.FindAllStringSubmatch(m[1], -1) {
			t, _ := strconv.ParseInt(d[1], 10, 64)
			bounds[m[2]] = append(bounds[m[2]], t)
		}
	}
	if len(bounds["starts"]) == 0 {
		return nil // a question about accounts: there are none
	}
	asked := part.FindAllStringSubmatch(query, -1)
	if strings.Contains(query, "countIf(read)") { // which is asked for alone
		asked = [][]string{{"", "0", "-- read"}}
	}
	for _, m := range asked {
		id := strings.TrimPrefix(m[2], "-- ")
		if strings.Contains(id, "p.stored") {
			id = "stored"
		}
		place, _ := strconv.Atoi(m[1])
		for k := range bounds["starts"] {
			from, to := time.Unix(bounds["starts"][k], 0), time.Unix(bounds["ends"][k], 0)
			if to.After(w.latest) {
				w.latest = to
			}
			for _, d := range w.departments {
				x, n, unknown := w.value(id, d, from, to)
				row := map[string]any{"place": place, "unit": d, "window": bounds["starts"][k], "n": n, "unknown": unknown, "value": &x}
				if n == 0 {
					delete(row, "value")
				}
				add(row)
			}
		}
	}
	return nil
}

// noise is a number around 0 that is always the same for the same words.
func noise(words ...any) float64 {
	h := fnv.New64a()
	fmt.Fprint(h, words...)
	return rand.New(rand.NewPCG(h.Sum64(), 1)).NormFloat64()
}

// institution is a study of 12 participating and 8 other departments over three years, in which compliance rises by ten points
// with the course and nothing else does.
func institution(t *testing.T) (Study, *fakeStore) {
	t.Helper()
	loc := madrid(t)
	r := &pipeline.Register{Version: "v1", Institution: pipeline.Institution{TimeZone: "Europe/Madrid"},
		Courses: []pipeline.Course{{ID: "c", Start: date(t, "2014-09-11"), End: date(t, "2014-12-16")}}}
	w := &fakeStore{first: date(t, "2012-09-01").In(loc), observed: date(t, "2015-09-01").In(loc)}
	var record learning.Record
	for k := range 21 {
		d := pipeline.Department{ID: fmt.Sprintf("d%02d", k), Group: pipeline.Participant}
		switch {
		case k == 20:
			d.Group = pipeline.OtherGroup
		case k >= 12:
			d.Group = pipeline.Comparison
		default:
			record.Attendance = append(record.Attendance, learning.Attendance{Course: "c", Person: d.ID, Department: d.ID, Session: date(t, "2014-09-11"), Hours: float64(3 + k%4*3)})
		}
		r.Departments = append(r.Departments, d)
		r.Accounts = append(r.Accounts, pipeline.Account{ID: pipeline.AccountID(d.ID), Department: d.ID})
		w.departments = append(w.departments, d.ID)
	}
	end := date(t, "2014-12-17").In(loc)
	w.value = func(id, d string, from, to time.Time) (value, n, unknown float64) {
		switch id {
		case "read":
			return 1, 1, 0
		case "stored":
			return float64(from.Unix() + 3600), 1, 0
		}
		x := 60 + 5*noise(d, id) + noise(d, id, from.Unix())
		if id == "compliance" && d < "d12" && !from.Before(end) {
			x += 10
		}
		return x, 20, 0
	}
	head := func(id string, primary bool, kind indicator.Kind, of string) indicator.Indicator {
		return indicator.Indicator{ID: id, Version: 1, Unit: "percent", Kind: kind, Of: of, Scale: indicator.Natural, Direction: 1, Primary: primary,
			Levels: []indicator.Level{indicator.Department}, SQL: "-- " + id}
	}
	ledger := []indicator.Indicator{head("compliance", true, indicator.Ratio, ""), head("spread", false, indicator.Spread, "compliance"), head("followers", false, indicator.Stock, ""),
		head("other", true, indicator.Ratio, ""), head("more", false, indicator.Ratio, "")}
	return Study{Querier: w, Register: r, Ledger: ledger, Course: r.Courses[0], Record: record}, w
}

// plannedIn is the plan that would have been written then, with the data until then, out of its file.
func plannedIn(t *testing.T, s Study, w *fakeStore, day string) *Plan {
	t.Helper()
	loc := madrid(t)
	at, now := date(t, day).In(loc), w.observed
	if at.Before(now) {
		w.observed = at
	}
	defer func() { w.observed = now }()
	p, err := s.Plan(t.Context(), Choices{Now: at, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p, err = ReadPlan(sheet(t, p), loc)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

func result(t *testing.T, e Evaluation, id string) Result {
	t.Helper()
	k := slices.IndexFunc(e.Results, func(r Result) bool { return r.Indicator == id })
	if k < 0 {
		t.Fatalf("there is no result of %s", id)
	}
	return e.Results[k]
}

func TestAPlanIsFollowed(t *testing.T) {
	s, w := institution(t)
	p := plannedIn(t, s, w, "2014-12-20")
	if course := date(t, "2014-09-11").In(time.UTC); w.latest.After(course) {
		t.Errorf("to plan, values up to %s were read", w.latest)
	}
	if p.AfterDataSeen || p.Primary[0].MinimumFrom != "rule" || p.Primary[0].Minimum.Number != 5 || p.Primary[0].SDFrom != "changes" || !p.Primary[0].Detectable.Known {
		t.Errorf("%+v", p)
	}
	if len(p.Excluded) != 1 || p.Excluded[0] != (Exclusion{"d20", WhyOtherGroup}) {
		t.Errorf("excluded: %v", p.Excluded)
	}
	e, err := s.Evaluate(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Deviations) > 0 {
		t.Errorf("deviations: %v", e.Deviations)
	}
	var order []string
	for _, r := range e.Results {
		order = append(order, r.Indicator)
		if r.Exploratory {
			t.Errorf("%s is exploratory", r.Indicator)
		}
	}
	if want := []string{"compliance", "other", "spread", "more"}; !slices.Equal(order, want) || e.Placebo == nil || e.Placebo.Indicator != "followers" {
		t.Errorf("results %v, want %v, and followers as placebo: %v", order, want, e.Placebo)
	}
	r := result(t, e, "compliance")
	if r.Verdict != Clear || math.Abs(r.Effect.Estimate-10) > 2 || r.Minimum.Number != 5 {
		t.Errorf("%s: %+v because of %v", r.Verdict, r.Effect, r.Reasons)
	}
	if a := r.Alternatives; a.Ancova == nil || a.OwnTrend == nil || a.Panel == nil || !a.Wild.Known || !a.MannWhitney.Known || math.Abs(a.OwnTrend.Estimate-10) > 3 || math.Abs(a.Panel.Value-10) > 2 {
		t.Errorf("alternatives: %+v", a)
	}
	if r.EventStudy == nil || !r.EventStudy.PreTest.Known || r.Counterfactual == nil || len(r.Interrupted) != 2 || r.Synthetic == nil || r.Baseline == nil || r.Alternatives.GroupTime != nil {
		t.Errorf("series: %+v %+v %+v %+v", r.EventStudy, r.Counterfactual, r.Interrupted, r.Synthetic)
	}
	var specified []string
	for _, x := range r.Specifications {
		if !strings.HasPrefix(x.Code, "drop_d") {
			specified = append(specified, x.Code)
		}
	}
	if want := []string{"window_longer", "window_shorter", "scale", "winsorised", "drop_weakest"}; !slices.Equal(specified, want) || r.Agreement.Number != 1 || len(r.Specifications) != len(want)+20 {
		t.Errorf("specifications: %v, %d of them, agreement %v", specified, len(r.Specifications), r.Agreement)
	}
	if r.Dose == nil || r.Dose.N != 12 || r.Dose.P < 0.01 {
		t.Errorf("dose: %+v", r.Dose)
	}
	if o := result(t, e, "other"); o.Verdict != NotShown {
		t.Errorf("other is %s because of %v", o.Verdict, o.Reasons)
	}
	for _, d := range e.Departments {
		if want := d.Group != pipeline.OtherGroup; d.Included != want || d.Before != 1 || d.Accounts != 1 || d.Collected.IsZero() {
			t.Errorf("%+v", d)
		}
	}
	content, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(content, &back); err != nil || back["results"] == nil || back["values"] != nil || back["plan"].(map[string]any)["seed"] != 1.0 {
		t.Errorf("%v: %.300s", err, content)
	}
	again, err := s.Evaluate(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := json.Marshal(again); string(second) != string(content) {
		t.Error("the same evaluation gives other bytes")
	}
}

func TestDeviations(t *testing.T) {
	const all = "*"
	for _, c := range []struct {
		name    string
		planned string // day; empty: no plan
		change  func(s *Study, w *fakeStore, p *Plan)
		want    []string
		touched string // the one result that is exploratory; all
	}{
		{"as planned", "2014-12-20", nil, nil, ""},
		{"no plan", "", nil, []string{DeviationNoPlan}, all},
		{"planned when the data were there", "2015-06-01", nil, []string{DeviationAfterData}, all},
		{"the store knows of readings before the plan", "2014-12-20", func(_ *Study, w *fakeStore, p *Plan) {
			p.Written = p.After.To
			w.readings = []time.Time{p.After.From.Add(time.Hour)}
		}, []string{DeviationAfterData}, all},
		{"edited", "2014-12-20", func(_ *Study, _ *fakeStore, p *Plan) { p.Edited = true }, []string{DeviationEdited}, all},
		{"another course's", "2014-12-20", func(_ *Study, _ *fakeStore, p *Plan) { p.Course = "d" }, []string{DeviationOtherCourse}, all},
		{"the course took longer", "2014-12-20", func(s *Study, _ *fakeStore, _ *Plan) { s.Course.End = s.Course.End.AddDays(1) }, []string{DeviationDates}, all},
		{"a department moved", "2014-12-20", func(s *Study, _ *fakeStore, _ *Plan) { s.Register.Departments[0].Group = pipeline.Comparison }, []string{DeviationDepartments}, all},
		{"a department is gone", "2014-12-20", func(s *Study, w *fakeStore, _ *Plan) {
			s.Register.Departments, w.departments = s.Register.Departments[1:], w.departments[1:]
		}, []string{DeviationDepartments}, all},
		{"a department of no group joined one", "2014-12-20", func(s *Study, _ *fakeStore, _ *Plan) { s.Register.Departments[20].Group = pipeline.Comparison }, []string{DeviationDepartments}, all},
		{"a definition changed", "2014-12-20", func(s *Study, _ *fakeStore, _ *Plan) { s.Ledger[0].Version = 2 }, []string{DeviationDefinition}, "compliance"},
		{"a definition is gone", "2014-12-20", func(s *Study, _ *fakeStore, _ *Plan) { s.Ledger = s.Ledger[:4] }, []string{DeviationMissing}, "more"},
		{"a definition is new", "2014-12-20", func(_ *Study, _ *fakeStore, p *Plan) { p.Secondary = p.Secondary[:1] }, []string{DeviationUnplanned}, "more"},
		{"the data end within after", "2014-12-20", func(_ *Study, w *fakeStore, p *Plan) { w.observed = p.After.To.AddDate(0, 0, -20) }, []string{DeviationWindows}, all},
		{"an election was called", "2014-12-20", func(s *Study, _ *fakeStore, p *Plan) {
			s.Register.Calendar.Elections = []pipeline.Election{{Call: pipeline.DateOf(p.After.To).AddDays(-8), Polling: pipeline.DateOf(p.After.To)}}
		}, []string{DeviationWindows}, all},
		{"data of the placebo are gone", "2014-12-20", func(_ *Study, w *fakeStore, p *Plan) { w.first = p.PlaceboBefore.From.AddDate(0, 0, 1) }, []string{DeviationPlaceboDates}, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := institution(t)
			var p *Plan
			if c.planned != "" {
				p = plannedIn(t, s, w, c.planned)
			}
			if c.change != nil {
				c.change(&s, w, p)
			}
			e, err := s.Evaluate(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, d := range e.Deviations {
				codes = append(codes, d.Code)
			}
			if !slices.Equal(codes, c.want) {
				t.Errorf("deviations %v, want %v", e.Deviations, c.want)
			}
			for _, r := range e.Results {
				if want := c.touched == all || c.touched == r.Indicator; r.Exploratory != want {
					t.Errorf("%s: exploratory %v, want %v", r.Indicator, r.Exploratory, want)
				}
			}
			if gone := slices.Equal(c.want, []string{DeviationDepartments}) && len(s.Register.Departments) == 20; gone && result(t, e, "compliance").Coverage != 19.0/20 {
				t.Errorf("a department that is gone is not missing: coverage %g", result(t, e, "compliance").Coverage)
			}
			if r := result(t, e, "compliance"); r.Effect == nil || math.Abs(r.Effect.Estimate-10) > 3 {
				t.Errorf("compliance: %+v", r.Effect)
			}
		})
	}
}

func TestWhatCannotBeEvaluatedIsSaid(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(s *Study, w *fakeStore)
		err     error
		verdict Verdict // of compliance
		because string
	}{
		{"an empty store", func(_ *Study, w *fakeStore) { w.observed, w.first = time.Unix(0, 0), time.Unix(0, 0) }, ErrNoData, "", ""},
		{"a course in the future", func(s *Study, _ *fakeStore) {
			s.Course.Start, s.Course.End = date(t, "2016-01-10"), date(t, "2016-03-01")
		}, ErrNoAfter, "", ""},
		{"a course longer than the data", func(s *Study, _ *fakeStore) { s.Course.Start = date(t, "2010-01-01") }, ErrNoBefore, "", ""},
		{"dates the wrong way round", func(s *Study, _ *fakeStore) { s.Course.End = date(t, "2010-01-01") }, ErrDates, "", ""},
		{"no comparison", func(s *Study, _ *fakeStore) {
			for k := range s.Register.Departments {
				s.Register.Departments[k].Group = pipeline.Participant
			}
		}, nil, NotAnswerable, ReasonFewUnits},
		{"one department", func(s *Study, w *fakeStore) {
			s.Register.Departments, w.departments = s.Register.Departments[:1], w.departments[:1]
		}, nil, NotAnswerable, ReasonFewUnits},
		{"no department", func(s *Study, w *fakeStore) { s.Register.Departments, w.departments = nil, nil }, nil, NotAnswerable, ReasonFewUnits},
		{"a constant", func(_ *Study, w *fakeStore) {
			w.value = func(string, string, time.Time, time.Time) (float64, float64, float64) { return 7, 1, 0 }
		}, nil, NotShown, ReasonNoVariation},
		{"all unknown", func(_ *Study, w *fakeStore) {
			w.value = func(string, string, time.Time, time.Time) (float64, float64, float64) { return 0, 0, 5 }
		}, nil, NotAnswerable, ReasonLowCoverage},
		{"nothing to measure", func(_ *Study, w *fakeStore) {
			w.value = func(string, string, time.Time, time.Time) (float64, float64, float64) { return 0, 0, 0 }
		}, nil, NotAnswerable, ReasonFewUnits},
		{"a gap in the data after the course", func(_ *Study, w *fakeStore) {
			whole := w.value
			w.value = func(id, d string, from, to time.Time) (float64, float64, float64) {
				if from.Before(time.Date(2015, 3, 1, 0, 0, 0, 0, time.UTC)) && to.After(time.Date(2015, 2, 1, 0, 0, 0, 0, time.UTC)) {
					return 0, 0, 3
				}
				return whole(id, d, from, to)
			}
		}, nil, NotAnswerable, ReasonLowCoverage},
		{"data that begin with the year", func(_ *Study, w *fakeStore) { w.first = date(t, "2014-01-01").In(time.UTC) }, nil, Suggestive, ReasonPlaceboMissing},
		{"huge values", func(_ *Study, w *fakeStore) {
			whole := w.value
			w.value = func(id, d string, from, to time.Time) (float64, float64, float64) {
				if id == "read" || id == "stored" {
					return whole(id, d, from, to)
				}
				return 1e300 * noise(d, from.Unix()), 1, 0
			}
		}, nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := institution(t)
			c.change(&s, w)
			e, err := s.Evaluate(t.Context(), nil)
			if !errors.Is(err, c.err) || (err != nil) != (c.err != nil) {
				t.Fatalf("%v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			r := result(t, e, "compliance")
			if c.verdict != "" && (r.Verdict != c.verdict || !slices.Contains(codes(r), c.because)) {
				t.Errorf("%s because of %v, want %s because of %s", r.Verdict, r.Reasons, c.verdict, c.because)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPlansBeforeAnything(t *testing.T) {
	s, w := institution(t)
	w.observed, w.first = time.Unix(0, 0), time.Unix(0, 0)
	s.Course.Start, s.Course.End = date(t, "2017-01-10"), date(t, "2017-03-01")
	p, err := s.Plan(t.Context(), Choices{Now: date(t, "2016-01-01").In(madrid(t))})
	if err != nil || p.AfterDataSeen || p.Primary[0].SD.Known || p.Primary[0].Minimum.Number != worthPoints {
		t.Errorf("%v: %+v", err, p)
	}
	if _, err := s.Plan(t.Context(), Choices{Now: date(t, "2017-01-01").In(madrid(t))}); !errors.Is(err, ErrNoBefore) {
		t.Errorf("collecting begins too late: %v", err)
	}
}

func TestChoicesAreChecked(t *testing.T) {
	for _, c := range []struct {
		name    string
		choices Choices
		says    string
	}{
		{"an unknown outcome", Choices{Primary: []string{"none"}}, "'presencia indicators'"},
		{"a spread", Choices{Primary: []string{"spread"}}, "is a spread"},
		{"one twice", Choices{Primary: []string{"more", "more"}}, "twice"},
		{"too many", Choices{Primary: []string{"compliance", "other", "more", "followers", "x"}}, "at most 4"},
		{"a minimum of what is not there", Choices{Minimum: map[string]float64{"x": 1}}, "no such indicator"},
		{"a minimum below zero", Choices{Minimum: map[string]float64{"more": -1}}, "above zero"},
		{"a placebo that is primary", Choices{Placebo: "compliance"}, "not primary"},
	} {
		s, _ := institution(t)
		c.choices.Now = date(t, "2014-12-20").In(madrid(t))
		if _, err := s.Plan(t.Context(), c.choices); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a sentence with %q", c.name, err, c.says)
		}
	}
	s, _ := institution(t)
	p, err := s.Plan(t.Context(), Choices{Now: date(t, "2014-12-20").In(madrid(t)), Primary: []string{"more"}, Minimum: map[string]float64{"more": 2}, Placebo: "none"})
	if err != nil || len(p.Primary) != 1 || p.Primary[0].Minimum.Number != 2 || p.Primary[0].MinimumFrom != "flag" || p.Placebo != nil {
		t.Errorf("%v: %+v", err, p)
	}
}

func TestSeveralEditions(t *testing.T) {
	s, _ := institution(t)
	early := pipeline.Course{ID: "b", Start: date(t, "2013-10-01"), End: date(t, "2013-12-01"), Participants: map[string]int{}}
	for k := range 5 {
		early.Participants[fmt.Sprintf("d%02d", k)] = 1
	}
	s.Register.Courses = append(s.Register.Courses, early)
	e, err := s.Evaluate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if g := result(t, e, "compliance").Alternatives.GroupTime; g == nil || math.IsNaN(g.Value) {
		t.Error("departments joined in two editions, and there is no group-time effect")
	}
	if d := e.Departments[0]; d.Joined != early.Start {
		t.Errorf("%s joined on %s, want %s", d.Unit, d.Joined, early.Start)
	}
}
