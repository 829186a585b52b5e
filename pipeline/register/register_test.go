package register

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

const smallest = `institution: {name: Example, time_zone: Europe/Madrid, languages: [es, ca-ES-valencia], population: 1900000}
departments:
  - {id: office, name: Office, group: participant}
accounts:
  - {id: acc, department: office, platform: mastodon, handle: "@office@social.example"}
`

func TestParseSmallest(t *testing.T) {
	got, err := Parse("institution.yaml", []byte(smallest))
	if err != nil {
		t.Fatal(err)
	}
	want := &pipeline.Register{
		Institution: pipeline.Institution{Name: "Example", TimeZone: "Europe/Madrid", Languages: []string{"es", "ca-ES-valencia"}, Population: 1_900_000},
		Departments: []pipeline.Department{{ID: "office", Name: "Office", Group: pipeline.Participant}},
		Accounts: []pipeline.Account{{
			ID: "acc", Department: "office", Platform: pipeline.Mastodon, Handle: "@office@social.example",
			Languages: []string{"es", "ca-ES-valencia"},
		}},
		Version: "23cb12fd5a500e26ab2fc34a1be2f42afb7d2f0f7320f54ae1c3ebdad740d356",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStarterLoads(t *testing.T) {
	r, err := Parse("institution.yaml", Starter())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(Starter()), "# yaml-language-server: $schema=institution.schema.json\n") {
		t.Error("editors look for the schema on the first line")
	}
	c := r.Courses[0]
	if got := c.HoursInPerson + c.HoursOnline; got != 40 || c.Participants["presidency"] != 2 || c.Surveys[0].Mean != 3.77 {
		t.Errorf("course read as %+v", c)
	}
	if x := r.Collection.Of(pipeline.X); len(r.Collection.Revisit) != 4 || x.Budget.Euros != 40 || x.Revisit[0].String() != "7d" {
		t.Errorf("collection read as %+v", r.Collection)
	}
	if len(r.Peers)*len(r.Campaigns)*len(r.Events)*len(r.Calendar.WorkingHours)*len(r.Calendar.Holidays)*len(r.Calendar.Elections)*len(r.Calendar.Crises) == 0 {
		t.Error("a section is not taught")
	}
}

func TestParseKeepsTextAsWritten(t *testing.T) {
	for name, id := range map[string]string{"leading zero": "017", "yes": "yes", "hexadecimal": "0x1F", "underscores": "1_784_140", "a date": "2014-09-11", "true": "true"} {
		t.Run(name, func(t *testing.T) {
			r, err := Parse("r.yaml", []byte(strings.ReplaceAll(smallest, "office,", id+",")))
			if err != nil {
				t.Fatal(err)
			}
			if r.Departments[0].ID != id || r.Accounts[0].Department != id {
				t.Errorf("got %q and %q, want %q", r.Departments[0].ID, r.Accounts[0].Department, id)
			}
		})
	}
}

func TestParseAcceptsWhatYAMLOffers(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark":       "\xef\xbb\xbf" + smallest,
		"lines of Windows":      strings.ReplaceAll(smallest, "\n", "\r\n"),
		"document markers":      "---\n" + smallest + "...\n",
		"empty optional fields": smallest + "courses:\ncalendar: {working_hours: [], holidays: }\n",
		"anchors":               strings.Replace(smallest, "id: office,", "id: &office office,", 1),
		"an alias":              strings.Replace(strings.Replace(smallest, "id: office", "id: &office office", 1), "department: office", "department: *office", 1),
		"loopback over HTTP":    strings.Replace(smallest, "platform:", `server: "http://127.0.0.1:8080", allow_http: true, platform:`, 1),
		"merged defaults": strings.Replace(smallest, "- {id: acc, department: office, platform: mastodon,", "- &first {id: acc, department: office, platform: mastodon,", 1) +
			"  - {<<: *first, id: two, handle: \"@two@social.example\"}\n",
		"one handle on two servers": smallest + "  - {id: a, department: office, platform: wordpress, handle: news, server: \"https://a.example\"}\n" +
			"  - {id: b, department: office, platform: wordpress, handle: news, server: \"https://b.example\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Parse("r.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if a := r.Accounts[0]; a.ID != "acc" || a.Department != "office" || a.Handle != "@office@social.example" {
				t.Errorf("got %+v", a)
			}
			if name == "merged defaults" && (r.Accounts[1].Department != "office" || r.Accounts[1].Handle != "@two@social.example") {
				t.Errorf("got %+v", r.Accounts[1])
			}
		})
	}
}

// TestBadRegisters holds, beside each broken file, exactly what is said about it.
func TestBadRegisters(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Parse("institution.yaml", text)
			if err == nil {
				t.Fatal("accepted")
			}
			if r != nil {
				t.Error("a register came with the error")
			}
			var list Errors
			if !errors.As(err, &list) || !slices.IsSortedFunc(list, func(a, b Error) int { return a.Line - b.Line }) {
				t.Errorf("want Errors sorted by line, got %T", err)
			}
			got := err.Error() + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "institution.yaml")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
	if _, err := Load(dir); err == nil {
		t.Error("a folder was read as a register")
	}
	if err := os.WriteFile(path, []byte("accounts: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+":1: ") {
		t.Errorf("got %v, want the path and line first", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Starter())
	f.Add([]byte(smallest))
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse("f", b)
		if (r == nil) == (err == nil) {
			t.Fatalf("register %v with error %v", r, err)
		}
		if r != nil && (r.Institution.Name == "" || len(r.Institution.Languages) == 0 || len(r.Accounts) == 0) {
			t.Fatalf("accepted without what must be given: %+v", r)
		}
		if r != nil {
			for _, a := range r.Accounts {
				if _, ok := r.Department(a.Department); !ok || a.ID == "" || a.Handle == "" || !slices.Contains(pipeline.Platforms, a.Platform) || len(a.Languages) == 0 {
					t.Fatalf("accepted an account %+v", a)
				}
			}
		}
		var list Errors
		if err != nil && (!errors.As(err, &list) || len(list) == 0 || list[0].Line < 1) {
			t.Fatalf("%#v", err)
		}
	})
}
