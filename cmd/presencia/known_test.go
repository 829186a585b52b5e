package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatWasKnownThen makes a report, lets time bring more data, another register and a later action, and asks for what was
// known before.
func TestWhatWasKnownThen(t *testing.T) {
	if raceEnabled {
		t.Skip("it takes long, and its parts run under the race detector by themselves")
	}
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const header = "created_at,text,url,replies,retweets,favorites,user\n"
	register := func(name string) string {
		return file("institution.yaml", `institution: {name: `+name+`, time_zone: Europe/Madrid, languages: [es], population: 1000, contact: web@town.example}
departments:
  - {id: office, name: Office, group: participant}
accounts:
  - {id: office, department: office, platform: x, handle: "@office", owner: office@town.example}
`)
	}
	path := register("Villavieja")
	p, out := newProgram(t)
	run := func(day time.Time, want int, args ...string) string {
		t.Helper()
		out.Reset()
		p.now = func() time.Time { return day }
		if code := p.run(t.Context(), append([]string{"--register", path, "--store", "chdb:" + filepath.Join(dir, "data"), "--output", filepath.Join(dir, "reports")}, args...)); code != want {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, code, want, out)
		}
		return out.String()
	}
	read := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, "reports", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first, second := time.Date(2014, 7, 5, 9, 0, 0, 0, time.UTC), time.Date(2014, 9, 5, 9, 0, 0, 0, time.UTC)
	monthly := []string{"report", "--lang", "en", "monthly", "--month", "2014-06"}

	run(first, 0, "import", "--account", "office", file("first.csv", header+
		"6/2/14 10:00,Early one,https://x.example/office/status/1,1,1,1,office\n6/3/14 10:00,Early two,https://x.example/office/status/2,1,1,1,office\n"))
	run(first, 0, monthly...)
	then := read("monthly-2014-06.en.html")
	manifest := read("monthly-2014-06.en.manifest.json")

	register("Villanueva")
	run(second, 0, "import", "--account", "office", file("second.csv", header+"6/9/14 10:00,Late one,https://x.example/office/status/3,9,9,9,office\n"))
	run(second, 0, "action", "add", "Late action", "--owner", "Office", "--due", "2014-06-20", "--on", "2014-06-10")

	if said := run(second, 0, "report", "verify", filepath.Join(dir, "reports", "monthly-2014-06.en.html")); !strings.Contains(said, "Identical: made again from the 1 runs of then") {
		t.Errorf("the first report, verified later: %s", said)
	}

	run(second, 0, append([]string{"report", "--as-known", "2014-07-05"}, monthly[1:]...)...)
	known := string(read("monthly-2014-06.known-2014-07-05.en.html"))
	for text, in := range map[string]bool{"Early one": true, "Villavieja": true, "5 July 2014": true, "Late one": false, "Villanueva": false, "Late action": false} {
		if strings.Contains(known, text) != in {
			t.Errorf("as known then: %q stands in it: %v", text, !in)
		}
	}
	again := read("monthly-2014-06.known-2014-07-05.en.xlsx")
	run(second.AddDate(0, 1, 0), 0, append([]string{"report", "--as-known", "2014-07-05"}, monthly[1:]...)...)
	if !bytes.Equal(again, read("monthly-2014-06.known-2014-07-05.en.xlsx")) || known != string(read("monthly-2014-06.known-2014-07-05.en.html")) {
		t.Error("the same past state gave other bytes")
	}
	if !bytes.Equal(then, read("monthly-2014-06.en.html")) || !bytes.Equal(manifest, read("monthly-2014-06.en.manifest.json")) {
		t.Error("a past state's report took the place of the first one")
	}

	run(second, 0, monthly...)
	now := string(read("monthly-2014-06.en.html"))
	for _, text := range []string{"Late one", "Villanueva", "Late action"} {
		if !strings.Contains(now, text) {
			t.Errorf("what is known now does not hold %q", text)
		}
	}
	if left := run(second, 0, "sql", "SELECT count() AS n FROM system.databases WHERE name LIKE 'presencia\\_known%'"); !strings.Contains(left, "0") {
		t.Errorf("databases of past states are left: %s", left)
	}
}
