package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/indicator"
	"presencia/pipeline/simulation"
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

	results := evaluate(t, s)
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

	// The same store gives the same bytes, whoever writes them and when.
	for _, write := range []func() ([]string, error){
		func() ([]string, error) { return s.monthly(t.Context(), c, "2015-06", "es") },
		func() ([]string, error) { return s.course(t.Context(), c, courseOfDemo, "es") },
	} {
		paths, err := write()
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range paths {
			first := filepath.Join(dir, "reports", filepath.Base(again))
			if sum(t, again) != sum(t, first) {
				t.Errorf("%s differs when it is written again", filepath.Base(again))
			}
		}
	}
	for _, lang := range []string{"en", "ca-ES-valencia"} {
		if _, err := s.course(t.Context(), c, courseOfDemo, lang); err != nil {
			t.Error(err)
		}
	}
}

// evaluate asks the store for the indicators of the course and judges them as the report does.
func evaluate(t *testing.T, s *site) map[string]impact.Result {
	t.Helper()
	course, _ := s.register.Course(courseOfDemo)
	data := pipeline.Window{From: time.Date(2012, 9, 1, 0, 0, 0, 0, s.zone), To: time.Date(2015, 8, 31, 0, 0, 0, 0, s.zone)}
	plan, err := impact.NewPlan(course, data, s.register.Calendar.Elections, s.zone)
	if err != nil {
		t.Fatal(err)
	}
	var values []indicator.Value
	for _, level := range []indicator.Level{indicator.Department, indicator.Group} {
		v, err := indicator.Compute(context.Background(), s.db, s.ledger, level, plan.Windows(), indicator.Options{AgeClass: indicator.Settled})
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v...)
	}
	results := map[string]impact.Result{}
	for _, r := range impact.Evaluate(plan, impact.Measures(plan, s.register.Departments, s.ledger, values)) {
		results[r.Indicator] = r
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
