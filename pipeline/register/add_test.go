package register

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func entry(line int, department, called string, p pipeline.Platform) Entry {
	a, err := Called(p, called)
	if err != nil {
		panic(err)
	}
	return Entry{File: "list.csv", Line: line, Department: department, Account: a}
}

const commented = `# Our register.
institution: {name: Example, time_zone: Europe/Madrid, languages: [es]}   # the council

departments:
  # those of the palace
  - {id: office, name: Office, group: participant}   # took the course

# The accounts.
accounts:
    - id: office-x     # the oldest
      department: office
      platform: x
      handle: "@office"

    - id: office-feed
      department: office
      platform: feed
      handle: blog
      server: https://www.town.example/feed/
      # closed soon

# When citizens are attended.
calendar:
  holidays:
    - {date: 2014-06-24, name: Midsummer}
`

func TestAddKeepsAllElse(t *testing.T) {
	entries := []Entry{
		entry(2, "Office", "@OFFICE", pipeline.X),
		entry(3, "Office", "http://town.example/feed", ""),
		entry(4, "Oficina de Atención al Público", "https://social.example/@atencion", ""),
		entry(5, "office", "@office2", pipeline.X),
		entry(6, "office", "@office3", pipeline.X),
		entry(7, "oficina de atencion al publico", "@atencion@other.example", pipeline.Mastodon),
		entry(8, "office", "https://x.com/office2", ""),
	}
	entries[3].Account.Owner = "nobody in particular"
	entries[3].Account.Languages = []string{"klingonish", "es_ES"}
	entries[4].Account.ID = "office-x"
	got, err := Add("r.yaml", []byte(commented), entries, Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(commented, "# took the course\n", `# took the course
  - {id: oficina-de-atencion-al-publico, name: Oficina de Atención al Público, group: other}
`, 1)
	want = strings.Replace(want, "      # closed soon\n", `      # closed soon
    - id: oficina-de-atencion-al-publico-mastodon
      department: oficina-de-atencion-al-publico
      platform: mastodon
      handle: "@atencion@social.example"
    - id: office-x-office2
      department: office
      platform: x
      handle: "@office2"
    - id: oficina-de-atencion-al-publico-mastodon-atencion-other-example
      department: oficina-de-atencion-al-publico
      platform: mastodon
      handle: "@atencion@other.example"
`, 1)
	if diff := cmp.Diff(want, string(got.Text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var known []string
	for _, k := range got.Known {
		known = append(known, string(k.As.ID))
	}
	if diff := cmp.Diff([]string{"office-x", "office-feed", "office-x-office2"}, known); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`list.csv:5: x @office2: languages is left out: "klingonish" is not a language; write a tag of BCP 47, for example es, ca-ES-valencia or en
list.csv:5: x @office2: owner is left out: "nobody in particular" is not a mail address; write it as office@town.example
list.csv:6: x @office3: id: the id "office-x" is there already, on line 11; write another, or take one out`, got.Refused.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestAddTellsOneAccountFromAnother(t *testing.T) {
	text := smallest + "  - {id: y, department: office, platform: x, handle: \"@old\", stable_id: \"77\"}\n"
	renamed := entry(2, "", "@new", pipeline.X)
	renamed.Account.StableID = "77"
	taken := entry(3, "", "@old", pipeline.X)
	taken.Account.StableID = "78"
	numbered := entry(4, "", "@office@social.example", pipeline.Mastodon)
	numbered.Account.StableID = "5"
	got, err := Add("r.yaml", []byte(text), []Entry{renamed, taken, numbered, entry(5, "", "@office@other.example", pipeline.Mastodon), entry(6, "", "@office", pipeline.Threads), entry(7, "Press", "@old", pipeline.X)}, Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	var differs []string
	for _, k := range got.Known {
		differs = append(differs, k.Differs)
	}
	if diff := cmp.Diff([]string{
		`the same account as y, whose handle is "@old" there and "@new" here; if it was renamed, correct the handle of y`,
		`the handle of y, with the stable id 78 here and 77 there: one of them is another account`,
		`write stable_id: "5" beside acc, it has none`,
		`it belongs to "Press" here, and is y of department office: an account has one department`,
	}, differs); diff != "" {
		t.Error(diff)
	}
	if len(got.Accounts) != 2 || got.Accounts[0].As.ID != "office-mastodon" || got.Accounts[1].As.ID != "office-threads" {
		t.Errorf("added %+v", got.Accounts)
	}
}

// TestAddToAnyForm: however a register is written, what was in it stays and what is added is there.
func TestAddToAnyForm(t *testing.T) {
	for name, text := range map[string]string{
		"flow lists":            "# top\ninstitution: {name: E, time_zone: Europe/Madrid, languages: [es]} # inline\ndepartments: [{id: office, name: Office, group: other}]\naccounts: [{id: acc, department: office, platform: x, handle: a}]\n",
		"JSON":                  `{"institution": {"name": "E", "time_zone": "Europe/Madrid", "languages": ["es"]}, "departments": [{"id": "office", "name": "Office", "group": "other"}], "accounts": [{"id": "acc", "department": "office", "platform": "x", "handle": "a"}]}`,
		"no indent, no newline": strings.TrimSuffix(strings.ReplaceAll(smallest, "  - ", "- "), "\n"),
		"lines of Windows":      strings.ReplaceAll(commented, "\n", "\r\n"),
		"end of document":       "---\n" + smallest + "...\n",
		"accounts first":        "accounts:\n  - {id: acc, department: office, platform: x, handle: a}\n# of departments\ndepartments:\n  - {id: office, name: Office, group: other}\ninstitution: {name: E, time_zone: Europe/Madrid, languages: [es]}\n",
		"a block of text last":  strings.Replace(smallest, "name: Office, group: participant}", "group: participant, name: Office}\n  - id: two\n    group: other\n    name: |\n      Two\n      # lines\n", 1),
		"anchors":               strings.Replace(smallest, "- {id: acc,", "- &a {id: acc,", 1) + "  - {<<: *a, id: b, handle: \"@b@social.example\"}\n",
		"dashes with room":      strings.ReplaceAll(commented, "    - id", "    -   id"),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "dashes with room" {
				text = strings.ReplaceAll(strings.ReplaceAll(text, "      department", "        department"), "      platform", "        platform")
				text = strings.ReplaceAll(strings.ReplaceAll(text, "      handle", "        handle"), "      server", "        server")
			}
			before, err := Parse("r.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Add("r.yaml", []byte(text), []Entry{entry(2, "Press: \"now\" #1", "@new", pipeline.X), entry(3, "Office", "did:plc:abc", pipeline.Bluesky)}, Defaults{Group: pipeline.Comparison})
			if err != nil {
				t.Fatal(err)
			}
			after, err := Parse("r.yaml", got.Text)
			if err != nil {
				t.Fatalf("%v\n%s", err, got.Text)
			}
			n, m := len(before.Accounts), len(before.Departments)
			if d := after.Departments[m]; d.Name != "Press: \"now\" #1" || d.ID != "press-now-1" || d.Group != pipeline.Comparison {
				t.Errorf("department %+v", d)
			}
			if a := after.Accounts[n]; a.Handle != "@new" || a.Department != "press-now-1" || after.Accounts[n+1].Handle != "did:plc:abc" {
				t.Errorf("accounts %+v", after.Accounts[n:])
			}
			for i, l := range strings.Split(text, "\n") {
				if j := strings.Index(l, "#"); j >= 0 && !strings.Contains(string(got.Text), strings.TrimSpace(l[j:])) {
					t.Errorf("line %d has lost its comment %q:\n%s", i+1, l[j:], got.Text)
				}
			}
			if strings.Contains(text, "\r\n") && strings.Count(string(got.Text), "\n") != strings.Count(string(got.Text), "\r\n") {
				t.Error("lines end in two ways")
			}
		})
	}
}

func TestAddRefuses(t *testing.T) {
	if _, err := Add("r.yaml", []byte("accounts: []"), nil, Defaults{}); err == nil || !strings.HasPrefix(err.Error(), "r.yaml:1: ") {
		t.Errorf("a register that is not valid: %v", err)
	}
	two := strings.Replace(smallest, "accounts:", "  - {id: two, name: Two, group: other}\naccounts:", 1)
	got, err := Add("r.yaml", []byte(two), []Entry{entry(9, "", "@a", pipeline.X)}, Defaults{})
	if err != nil || len(got.Accounts) != 0 || string(got.Text) != two || got.Refused.Error() != "list.csv:9: x @a: it is not said which department answers for it; name one with --department" {
		t.Errorf("got %v, %+v", err, got)
	}
	plain := entry(9, "New", "http://feed.example/rss.xml", "")
	got, err = Add("r.yaml", []byte(two), []Entry{plain}, Defaults{})
	if err != nil || len(got.Accounts)+len(got.Departments) != 0 || string(got.Text) != two || !strings.Contains(got.Refused.Error(), "would be read without encryption") {
		t.Errorf("got %v, %+v", err, got)
	}
	got, err = Add("r.yaml", Blank(pipeline.Institution{Name: "Ajuntament d'Exemple: \"nou\"", TimeZone: "Europe/Madrid", Languages: []string{"ca-ES-valencia", "es"}}),
		[]Entry{entry(2, "", "@a", pipeline.X), entry(3, "Premsa", "@b", pipeline.X)}, Defaults{})
	if err != nil || len(got.Accounts) != 1 || len(got.Departments) != 1 {
		t.Fatalf("got %v, %+v", err, got)
	}
	if r, err := Parse("r.yaml", got.Text); err != nil || r.Institution.Name != "Ajuntament d'Exemple: \"nou\"" || r.Accounts[0].ID != "premsa-x" {
		t.Errorf("%v\n%s", err, got.Text)
	}
}
