package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"presencia": main})
}

// engine is the path of the embedded engine, without which there is nothing to test.
func engine(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("../../node_modules/@chdb/lib-*/libchdb.so")
	if err != nil || len(found) == 0 {
		t.Skip("the embedded engine is not installed: run 'make setup'")
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestScripts runs the program as a user does. Each script is also an example.
func TestScripts(t *testing.T) {
	lib := engine(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PRESENCIA_LIBCHDB", lib)
			e.Setenv("REFERENCE", os.Getenv("PRESENCIA_REFERENCE"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "reference" && os.Getenv("PRESENCIA_REFERENCE") != "", nil
		},
	})
}

// TestImportsFollowTheHouse holds the packages to the way of the data: a stage knows the records and what stands before
// it, never a sibling.
func TestImportsFollowTheHouse(t *testing.T) {
	allowed := map[string][]string{
		"presencia/pipeline":                   nil,
		"presencia/pipeline/register":          {"presencia/pipeline", "presencia/pipeline/sheet"},
		"presencia/pipeline/sheet":             {"presencia/pipeline"},
		"presencia/pipeline/plan":              {"presencia/pipeline", "presencia/pipeline/sheet"},
		"presencia/pipeline/store":             {"presencia/pipeline", "presencia/pipeline/plan", "presencia/pipeline/learning"},
		"presencia/pipeline/check":             {"presencia/pipeline", "presencia/pipeline/language", "presencia/pipeline/personal"},
		"presencia/pipeline/indicator":         {"presencia/pipeline", "presencia/pipeline/statistics"},
		"presencia/pipeline/statistics":        nil,
		"presencia/pipeline/statistics/method": {"presencia/pipeline/statistics", "presencia/pipeline/sheet"},
		"presencia/pipeline/learning":          {"presencia/pipeline", "presencia/pipeline/sheet", "presencia/pipeline/statistics"},
		"presencia/pipeline/impact":            {"presencia/pipeline", "presencia/pipeline/indicator", "presencia/pipeline/statistics", "presencia/pipeline/learning"},
		"presencia/pipeline/simulation":        {"presencia/pipeline"},
		"presencia/pipeline/daemon":            {"presencia/pipeline"},
		"presencia/pipeline/language":          nil,
		"presencia/pipeline/personal":          nil,
		"presencia/collectors":                 {"presencia/pipeline"},
		"presencia/collectors/export":          {"presencia/pipeline", "presencia/collectors"},
		"presencia/reports":                    {"presencia/pipeline", "presencia/pipeline/plan", "presencia/pipeline/indicator", "presencia/pipeline/impact", "presencia/pipeline/statistics", "presencia/pipeline/language", "presencia/pipeline/learning", "presencia/reports/opendata"},
		"presencia/reports/web":                {"presencia/pipeline", "presencia/reports"},
		"presencia/reports/opendata":           {"presencia/pipeline", "presencia/pipeline/indicator"},
		"presencia/reports/delivery":           nil,
		"presencia/dashboards":                 nil,
	}
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "presencia/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if fields[0] == "presencia/cmd/presencia" {
			continue
		}
		may, known := allowed[fields[0]]
		if !known {
			t.Errorf("%s is a new package: say here what it may import", fields[0])
		}
		for _, dep := range fields[1:] {
			if strings.HasPrefix(dep, "presencia/") && !slices.Contains(may, dep) {
				t.Errorf("%s imports %s", fields[0], dep)
			}
		}
	}
}
