package dashboards

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
	"presencia/pipeline/daemon"
)

// exposed are the names that a daemon in which everything has happened shows to Prometheus.
func exposed(t *testing.T) map[string]bool {
	t.Helper()
	now := time.Now()
	reg := prometheus.NewRegistry()
	m := daemon.NewMetrics(reg, []pipeline.Account{{ID: "a", Department: "d", Platform: pipeline.Mastodon}}, "v0", func() time.Time { return now })
	m.Schedule("collect", time.Hour)
	m.Observe(pipeline.Outcome{Account: "a", Platform: pipeline.Mastodon, At: now, Calls: 1})
	m.SetPresence([]daemon.Presence{{Department: "d", Platform: pipeline.Mastodon, Followers: pipeline.CountOf(1), Posts: pipeline.CountOf(1)}})
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, f := range families {
		names[f.GetName()] = true
		if f.GetType().String() == "HISTOGRAM" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				names[f.GetName()+suffix] = true
			}
		}
	}
	return names
}

// expressions finds the PromQL of a parsed file, by the keys under which Grafana and Prometheus keep it.
func expressions(v any) []string {
	var found []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = append(found, expressions(e)...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if s, ok := v[k].(string); ok && (k == "expr" || k == "definition") {
				found = append(found, s)
			}
			found = append(found, expressions(v[k])...)
		}
	}
	return found
}

// read parses an embedded file.
func read(t *testing.T, name string) map[string]any {
	t.Helper()
	b, err := Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	parse := yaml.Unmarshal
	if path.Ext(name) == ".json" {
		parse = json.Unmarshal
	}
	if err := parse(b, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func files(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(Files, "*/*.*")
	if err != nil || len(names) < 2 {
		t.Fatalf("embedded files: %v, %v", names, err)
	}
	return names
}

var metricName = regexp.MustCompile(`\b(presencia|process|go)_[a-z0-9_]+`)

func TestEveryMetricNamedExists(t *testing.T) {
	known := exposed(t)
	used := make(map[string]bool)
	for _, name := range files(t) {
		for _, expr := range expressions(read(t, name)) {
			for _, metric := range metricName.FindAllString(expr, -1) {
				used[metric] = true
				if !known[metric] {
					t.Errorf("%s: the daemon has no metric %s, named in %q", name, metric, expr)
				}
			}
		}
	}
	for metric := range known {
		if base := strings.TrimSuffix(strings.TrimSuffix(metric, "_sum"), "_count"); strings.HasPrefix(metric, "presencia_") && !used[base] && !used[base+"_bucket"] {
			t.Errorf("nothing shows %s", metric)
		}
	}
}

func TestDashboardIsWellFormed(t *testing.T) {
	for _, name := range files(t) {
		if path.Ext(name) != ".json" {
			continue
		}
		d := read(t, name)
		if d["uid"] == nil || d["title"] == nil || d["schemaVersion"] == nil {
			t.Errorf("%s lacks uid, title or schemaVersion", name)
		}
		seen := make(map[any]string)
		taken := make(map[[2]int]string)
		for _, p := range d["panels"].([]any) {
			panel := p.(map[string]any)
			title := panel["title"].(string)
			if other, twice := seen[panel["id"]]; twice {
				t.Errorf("%s: %q and %q have the same id", name, other, title)
			}
			seen[panel["id"]] = title
			if panel["type"] != "row" && panel["description"] == nil {
				t.Errorf("%s: %q has no description", name, title)
			}
			pos := panel["gridPos"].(map[string]any)
			at := func(k string) int { return int(pos[k].(float64)) }
			if at("x")+at("w") > 24 {
				t.Errorf("%s: %q is wider than the page", name, title)
			}
			for x := range at("w") {
				for y := range at("h") {
					cell := [2]int{at("x") + x, at("y") + y}
					if other, overlap := taken[cell]; overlap {
						t.Fatalf("%s: %q lies on %q", name, title, other)
					}
					taken[cell] = title
				}
			}
		}
	}
}

func TestEveryAlertHasARunbook(t *testing.T) {
	var alerts int
	for _, g := range read(t, "rules/presencia.yaml")["groups"].([]any) {
		for _, r := range g.(map[string]any)["rules"].([]any) {
			rule := r.(map[string]any)
			alerts++
			runbook, _ := rule["annotations"].(map[string]any)["runbook"].(string)
			b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(runbook)))
			if err != nil || !strings.HasPrefix(string(b), fmt.Sprintf("# %s\n", rule["alert"])) {
				t.Errorf("alert %s: its runbook %q is missing or about something else: %v", rule["alert"], runbook, err)
			}
		}
	}
	if alerts == 0 {
		t.Error("no alert found")
	}
}

func promtool(t *testing.T, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian's package prometheus has it)")
	}
	if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	promtool(t, "test", "rules", "testdata/rules_test.yaml")
}

func TestPrometheusConfigParses(t *testing.T) {
	promtool(t, "check", "config", "--syntax-only", "../deploy/prometheus.yml")
}

// Every expression of the dashboard becomes a rule, so that promtool parses it.
func TestDashboardExpressionsParse(t *testing.T) {
	variables := strings.NewReplacer("$__rate_interval", "5m", "$platform", ".+", "$department", ".+")
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var rules []rule
	for _, name := range files(t) {
		for _, expr := range expressions(read(t, name)) {
			if !strings.HasPrefix(expr, "label_values(") { // Grafana's own
				rules = append(rules, rule{fmt.Sprintf("presencia:expr:%d", len(rules)), variables.Replace(expr)})
			}
		}
	}
	b, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "expressions", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "expressions.yaml")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}
