package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/collectors"
	"presencia/pipeline"
)

var update = flag.Bool("update", false, "write the README's tables anew")

// TestReadmeTablesAreCurrent holds the README's tables of platforms to the collectors.
func TestReadmeTablesAreCurrent(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- platforms: made by 'presencia platforms --format md' -->\n", "<!-- end of platforms -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("README.md has no line %q, or no %q after it", begin, end)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+platformsMarkdown()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table, platformsMarkdown()); diff != "" {
		t.Errorf("the README's tables are not what the collectors say: run go test ./cmd/presencia -run Readme -update (-README +collectors)\n%s", diff)
	}
}

// TestEveryFieldHasAColumn: what a collector declares is shown, and says what it was proven against.
func TestEveryFieldHasAColumn(t *testing.T) {
	var shown []pipeline.Field
	for _, g := range fieldGroups {
		for _, f := range g.fields {
			if slices.Contains(shown, f.field) {
				t.Errorf("%s has two columns", f.field)
			}
			shown = append(shown, f.field)
		}
	}
	for _, c := range collectors.Capabilities() {
		if !slices.Contains(pipeline.Platforms, c.Platform) || !slices.Contains([]collectors.Proof{collectors.RealServer, collectors.Specification, collectors.OwnStub}, c.Proof) {
			t.Errorf("%s is proven against %q", c.Platform, c.Proof)
		}
		for _, f := range slices.Concat(c.Gives, c.NotApplicable) {
			if !slices.Contains(shown, f) {
				t.Errorf("%s declares %s, which no column shows", c.Platform, f)
			}
		}
	}
}

func TestPlatformsAsJSON(t *testing.T) {
	var out bytes.Buffer
	p := &program{stdout: &out, stderr: &out, env: func(string) (string, bool) { return "", false }}
	if code := p.run(t.Context(), []string{"platforms", "--format", "json"}); code != exitOK {
		t.Fatal(code, out.String())
	}
	var all []struct {
		Platform pipeline.Platform
		Live     bool
		Proof    string
		Fields   map[pipeline.Field]string
	}
	if err := json.Unmarshal(out.Bytes(), &all); err != nil || len(all) != len(pipeline.Platforms) {
		t.Fatal(err, len(all))
	}
	for _, x := range all {
		if x.Live != (x.Proof != "") || x.Platform == pipeline.Mastodon && (x.Proof != "real server" || x.Fields[pipeline.FieldFollowers] != "yes" || x.Fields[pipeline.FieldViews] == "yes") ||
			x.Platform == pipeline.Feed && x.Fields[pipeline.FieldFollowers] != "none" {
			t.Errorf("%+v", x)
		}
	}
}
