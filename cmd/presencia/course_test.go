package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCoursePlan writes plans as a person does: before anything is collected, not twice, and again.
func TestCoursePlan(t *testing.T) {
	p, out := newProgram(t)
	now := time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)
	p.now = func() time.Time { return now }
	dir := t.TempDir()
	register := `institution: {name: Example, time_zone: Europe/Madrid, languages: [es]}
departments:
  - {id: office, name: Office, group: participant}
  - {id: museum, name: Museum, group: comparison}
accounts:
  - {id: acc, department: office, platform: mastodon, handle: "@office@social.example"}
courses:
  - {id: networks, name: Networks, start: 2028-01-10, end: 2028-03-01}
`
	if err := os.WriteFile(filepath.Join(dir, "institution.yaml"), []byte(register), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string) {
		out.Reset()
		code := p.run(t.Context(), append([]string{"--register", filepath.Join(dir, "institution.yaml"), "--store", "chdb:" + filepath.Join(dir, "data"), "--log", "none", "course"}, args...))
		return code, out.String()
	}
	if code, said := run("plan", "other"); code != exitUsage || !strings.Contains(said, "networks") {
		t.Errorf("a course that is not there: %d %s", code, said)
	}
	if code, said := run("evaluate", "networks"); code == exitOK || !strings.Contains(said, "presencia collect") {
		t.Errorf("nothing to evaluate: %d %s", code, said)
	}
	if code, said := run("plan", "networks"); code != exitOK {
		t.Fatalf("%d %s", code, said)
	}
	path := filepath.Join(dir, "course-networks.plan.yaml")
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"after_data_seen: false", "written: 2026-11-24T11:30:00+01:00", `participants: ["office"]`, `department: "museum", why: no_account`, "seal: "} {
		if !strings.Contains(string(first), says) {
			t.Errorf("the plan does not say %q:\n%s", says, first)
		}
	}
	now = now.Add(time.Hour)
	if code, said := run("plan", "networks"); code != exitUsage || !strings.Contains(said, "--again") {
		t.Errorf("twice: %d %s", code, said)
	}
	if code, said := run("plan", "networks", "--again", "--minimum", "compliance=7"); code != exitOK {
		t.Errorf("again: %d %s", code, said)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "course-networks.plan-20261124T103000Z.yaml"))
	if err != nil || !bytes.Equal(kept, first) {
		t.Errorf("the first plan is not kept: %v", err)
	}
	if second, err := os.ReadFile(path); err != nil || !strings.Contains(string(second), "minimum: 7") || !strings.Contains(string(second), "minimum_from: flag") {
		t.Errorf("the second plan: %v\n%s", err, second)
	}
	other := filepath.Join(dir, "notes.yaml")
	if err := os.WriteFile(other, []byte("notes: mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, said := run("plan", "networks", "--again", "--out", other); code != exitUsage || !strings.Contains(said, "nothing is written over it") {
		t.Errorf("over another file: %d %s", code, said)
	}
	if code, said := run("evaluate", "networks", "--plan", filepath.Join(dir, "none.yaml")); code != exitConfig || !strings.Contains(said, "none.yaml") {
		t.Errorf("a plan that is not there: %d %s", code, said)
	}
}
