package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"presencia/pipeline/impact"
	"presencia/pipeline/simulation"
	"presencia/pipeline/statistics"
)

// newProgram is a program that prints into a buffer.
func newProgram(t *testing.T) (*program, *bytes.Buffer) {
	t.Helper()
	out := &bytes.Buffer{}
	env := map[string]string{"PRESENCIA_LIBCHDB": engine(t)}
	return &program{stdout: out, stderr: out, now: time.Now, env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}, out
}

// TestDemoFindsTheEffectsThatWerePutIn runs the demo as a newcomer does and holds what the pipeline says of the course
// against the truth of the simulation.
func TestDemoFindsTheEffectsThatWerePutIn(t *testing.T) {
	if raceEnabled {
		t.Skip("three years are collected without the race detector; TestServe runs the same way under it")
	}
	p, out := newProgram(t)
	dir := filepath.Join(t.TempDir(), "demo")
	if code := p.run(t.Context(), []string{"--log", "none", "demo", "--dir", dir}); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	var truth simulation.Truth
	content, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &truth); err != nil {
		t.Fatal(err)
	}
	c := &cli{Register: filepath.Join(dir, "institution.yaml"), Store: "chdb:" + filepath.Join(dir, "data"), Output: filepath.Join(dir, "again"), Log: "none"}
	s, err := p.openSite(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if string(s.key) != demoKey {
		t.Error("a later command hashes people by another key: the demo's files imported again would double them")
	}

	results := evaluate(t, s, c)
	for _, e := range truth.Effects {
		r, ok := results[e.Indicator]
		if !ok {
			t.Errorf("%s was not evaluated", e.Indicator)
			continue
		}
		if e.Effect == "none" {
			if r.Verdict != impact.NotShown {
				t.Errorf("%s: there is no effect, and the verdict is %v", e.Indicator, r.Verdict)
			}
			continue
		}
		if r.Primary && r.Verdict != impact.Clear {
			t.Errorf("%s: the effect is %g, and the verdict is %v: %v", e.Indicator, e.Difference, r.Verdict, r.Reasons)
		}
		if r.Natural == nil { // a spread is compared within each group only
			continue
		}
		if off := math.Abs(r.Natural.Estimate - e.Difference); off > 3*e.SamplingSD {
			t.Errorf("%s: estimated %g, the truth is %g, chance explains %g", e.Indicator, r.Natural.Estimate, e.Difference, e.SamplingSD)
		}
	}

	for _, u := range truth.Unanswerable {
		if r, ok := results[u.Indicator]; !ok || r.Verdict != impact.NotAnswerable {
			t.Errorf("%s: %s, and the verdict is %q", u.Indicator, u.Why, r.Verdict)
		}
	}
	doses := 0
	for _, r := range results {
		if r.Primary && r.Dose != nil {
			doses++
			if r.Dose.P < statistics.Alpha/4 { // of four outcomes
				t.Errorf("%s: attendance does nothing, and it is said to: %+v", r.Indicator, r.Dose)
			}
		}
	}
	if doses == 0 {
		t.Error("attendance was not held against any outcome")
	}

	// The same store gives the same bytes, whoever writes them and when.
	var monthly, course []string
	if err := together(
		func() (err error) { monthly, err = s.monthly(t.Context(), c, "2015-06", "es"); return err },
		func() (err error) { course, err = s.course(t.Context(), c, courseOfDemo, "es"); return err },
		func() error { _, err := s.course(t.Context(), c, courseOfDemo, "en"); return err },
		func() error { _, err := s.course(t.Context(), c, courseOfDemo, "ca-ES-valencia"); return err },
	); err != nil {
		t.Error(err)
	}
	for _, again := range slices.Concat(monthly, course) {
		first := filepath.Join(dir, "reports", filepath.Base(again))
		if sum(t, again) != sum(t, first) {
			t.Errorf("%s differs when it is written again", filepath.Base(again))
		}
	}
}

// evaluate judges the course by the plan that the demo wrote.
func evaluate(t *testing.T, s *site, c *cli) map[string]impact.Result {
	t.Helper()
	study, err := s.study(t.Context(), courseOfDemo)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.coursePlan(c, courseOfDemo, "")
	if err != nil || plan == nil {
		t.Fatalf("the demo's plan: %v, %v", plan, err)
	}
	e, err := study.Evaluate(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Deviations) > 0 {
		t.Errorf("the evaluation departs from the plan: %v", e.Deviations)
	}
	results := map[string]impact.Result{}
	for _, r := range e.Results {
		results[r.Indicator] = r
	}
	if e.Placebo != nil {
		results[e.Placebo.Indicator] = *e.Placebo
	}
	return results
}

func sum(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}
