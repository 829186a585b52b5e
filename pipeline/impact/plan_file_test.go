package impact

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// written is a plan with something in every field.
func written(t *testing.T) Plan {
	t.Helper()
	loc := madrid(t)
	data := pipeline.Window{From: date(t, "2012-09-01").In(loc), To: date(t, "2015-09-01").In(loc)}
	p, err := NewPlan(pipeline.Course{ID: "c", Start: date(t, "2014-09-11"), End: date(t, "2014-12-16"), Announced: date(t, "2014-07-01")}, data, nil, loc)
	if err != nil {
		t.Fatal(err)
	}
	p.Written = time.Date(2014, 12, 1, 10, 0, 0, 0, loc)
	p.Program, p.Register, p.Data = `dev "x"`, "0123", pipeline.Window{From: data.From, To: date(t, "2014-12-01").In(loc)}
	p.Primary = []Outcome{
		{Indicator: "compliance", Version: 2, Scale: Natural, Direction: 1, Minimum: statistics.Known(5), MinimumFrom: "rule", SD: statistics.Known(4.25), Detectable: statistics.Known(4.94), SDFrom: "changes"},
		{Indicator: "own_posts", Version: 1, Scale: Log, Direction: 1, Minimum: statistics.Known(10), MinimumFrom: "flag"},
	}
	p.Placebo, p.PlaceboWhy = &Outcome{Indicator: "messages", Version: 1, Scale: Log}, "citizens: they write\nwhen they \"need\" something"
	p.Secondary = []Outcome{{Indicator: "followers", Version: 3, Scale: Log, Direction: -1}}
	p.Participants, p.Comparison = []string{"a", "yes"}, []string{"017"}
	p.Excluded = []Exclusion{{"b", WhyNoAccount}}
	return p
}

func sheet(t *testing.T, p Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b, madrid(t), map[string]string{"compliance": "Compliance\nwith the guide"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPlanIsReadAsItWasWritten(t *testing.T) {
	p := written(t)
	got, err := ReadPlan(sheet(t, p), madrid(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, sheet(t, p))
	}
	p.Notices = nil // they are the layout's, not the file's
	if diff := cmp.Diff(p, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Error(diff)
	}
	bare := p
	bare.Placebo, bare.PlaceboWhy, bare.Secondary, bare.Excluded, bare.Sensitivity, bare.Data = nil, "", nil, nil, nil, pipeline.Window{}
	bare.PlaceboBefore, bare.Announced = pipeline.Window{}, pipeline.Date{}
	if got, err = ReadPlan(sheet(t, bare), madrid(t)); err != nil || got.Edited || got.Placebo != nil || !got.PlaceboBefore.IsZero() || len(got.Sensitivity) > 0 {
		t.Errorf("%v: %+v\n%s", err, got, sheet(t, bare))
	}
}

func TestSealTellsEdits(t *testing.T) {
	content := string(sheet(t, written(t)))
	for _, c := range []struct {
		name, content string
		edited        bool
	}{
		{"as written", content, false},
		{"lines that end as on Windows", strings.ReplaceAll(content, "\n", "\r\n"), false},
		{"another minimum", strings.Replace(content, "minimum: 5 ", "minimum: 3 ", 1), true},
		{"another comment", strings.Replace(content, "# Leads, never proofs.", "# Proofs.", 1), true},
		{"another moment", strings.Replace(content, "written: 2014-12-01", "written: 2014-11-01", 1), true},
		{"no seal", content[:strings.Index(content, "seal:")], true},
		{"another seal", content[:len(content)-3] + "00\n", true},
	} {
		p, err := ReadPlan([]byte(c.content), madrid(t))
		if err != nil || p.Edited != c.edited {
			t.Errorf("%s: edited %v, want %v; %v", c.name, p.Edited, c.edited, err)
		}
	}
}

func TestPlansThatCannotBeRead(t *testing.T) {
	content := string(sheet(t, written(t)))
	for _, c := range []struct{ name, content, says string }{
		{"nothing", "", "empty"},
		{"no plan", "accounts: []", "no plan"},
		{"another file", "just text", "no plan"},
		{"a field too many", content + "more: 1\n", "more"},
		{"twice", content + "---\n" + content, "second document"},
		{"too large", strings.Repeat("# \n", 1<<20), "bytes"},
		{"a later form", strings.Replace(content, "presencia_plan: 1", "presencia_plan: 2", 1), "use the version"},
		{"windows on a Tuesday", strings.Replace(content, "from: 2015-01-12", "from: 2015-01-13", 1), "Monday"},
		{"windows out of order", strings.Replace(content, "after: {from: 2015-01-12, to: 2015-03-22}", "after: {from: 2013-01-14, to: 2013-03-24}", 1), "before must end"},
		{"no number", strings.Replace(content, "minimum: 5 ", "minimum: .nan ", 1), "without sign"},
		{"a scale", strings.Replace(content, "    scale: natural", "    scale: cubic", 1), "natural or log"},
		{"an outcome twice", strings.Replace(content, `"own_posts"`, `"compliance"`, 1), "only once"},
		{"a department twice", strings.Replace(content, `comparison: ["017"]`, `comparison: ["yes"]`, 1), "stands there twice"},
		{"no draws", strings.Replace(content, "draws: 10000", "draws: 0", 1), "between 100"},
		{"a text for a number", strings.Replace(content, "weeks: 10", "weeks: ten", 1), "does not belong there"},
	} {
		_, err := ReadPlan([]byte(c.content), madrid(t))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a sentence with %q", c.name, err, c.says)
		} else if strings.Contains(err.Error(), "impact.") || strings.Contains(err.Error(), "!!") {
			t.Errorf("%s: %v speaks of Go", c.name, err)
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	loc := time.UTC
	p := Plan{Course: "c", Written: time.Unix(1.4e9, 0), Weeks: 4, Years: 1, Sampling: statistics.Sampling{Seed: 1, Draws: 999}, Participants: []string{"a"},
		Before: weeksFrom(pipeline.Date{Year: 2014, Month: 1, Day: 13}, 4, loc), After: weeksFrom(pipeline.Date{Year: 2015, Month: 1, Day: 12}, 4, loc),
		Start: pipeline.Date{Year: 2014, Month: 9, Day: 11}, End: pipeline.Date{Year: 2014, Month: 12, Day: 16}, Primary: []Outcome{{Indicator: "x", Scale: Log}}}
	var b bytes.Buffer
	if err := p.Write(&b, loc, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("presencia_plan: 1"))
	f.Add([]byte("windows: &w {before: *w}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := ReadPlan(content, loc)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := p.Write(&b, loc, nil); err != nil {
			t.Fatal(err)
		}
		again, err := ReadPlan(b.Bytes(), loc)
		if err != nil || again.Edited {
			t.Fatalf("edited %v, %v:\n%s", again.Edited, err, b.String())
		}
		p.Edited = false
		if !p.Written.Equal(again.Written) || p.Before != again.Before || p.After != again.After || !slices.Equal(p.Participants, again.Participants) || len(p.Primary) != len(again.Primary) {
			t.Fatalf("%+v\n%+v", p, again)
		}
	})
}

func TestFiguresForPeople(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 4.25: "4.25", 4.9376: "4.94", 12345.6: "12346", 0.00123456: "0.00123", 1e300: "1e+300", 5e-324: "5e-324", math.MaxFloat64: "1.7976931348623157e+308"} {
		if got := figure(statistics.Known(x)); got != want {
			t.Errorf("%g is written %s, want %s", x, got, want)
		}
	}
}
