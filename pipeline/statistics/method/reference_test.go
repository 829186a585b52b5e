package method

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// published is one case of the reference results.
type published struct {
	Params   map[string]any `json:"params"`
	Expected map[string]any `json:"expected"`

	dir, method, dataset, name string
}

// table opens the case's data set.
func (p published) table(t *testing.T) *Table {
	t.Helper()
	f, err := os.Open(filepath.Join(p.dir, p.dataset))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := ReadTable(f)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// bindings say, by key of a method, how its cases are run: mostly from their parameters, by name of the case where these are
// prose. Each method's test adds its own.
var bindings = map[string]func(*testing.T, published) (Method, *Table){}

// loose are tolerances by "method/case/path" (or a beginning of it) where a case asks for another one than 1e-6.
var loose = map[string]float64{}

// uncovered says why a figure, or all below a path, is not reproduced.
var uncovered = map[string]string{}

// TestEveryMethodReproducesTheReference walks the whole file of reference results. PRESENCIA_REFERENCE names the folder
// above refdata.
func TestEveryMethodReproducesTheReference(t *testing.T) {
	root := os.Getenv("PRESENCIA_REFERENCE")
	if root == "" {
		t.Skip("PRESENCIA_REFERENCE does not name the reference results")
	}
	dir := filepath.Join(root, "refdata")
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Methods map[string]map[string]map[string]published `json:"methods"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	unused := maps.Clone(uncovered)
	figures, missing := 0, 0
	for _, method := range slices.Sorted(maps.Keys(file.Methods)) {
		for _, dataset := range slices.Sorted(maps.Keys(file.Methods[method])) {
			for _, name := range slices.Sorted(maps.Keys(file.Methods[method][dataset])) {
				c := file.Methods[method][dataset][name]
				c.dir, c.method, c.dataset, c.name = dir, method, dataset, name
				t.Run(method+"/"+name, func(t *testing.T) {
					run, ok := bindings[method]
					if !ok {
						t.Fatalf("no method is bound to %s", method)
					}
					m, table := run(t, c)
					got, err := m.Compute(table)
					if err != nil {
						t.Fatal(err)
					}
					got = plain(t, got)
					compare(t, method+"/"+name, c.Expected, map[string]any(got), func(path string) (string, bool) {
						for key, why := range uncovered {
							if path == key || strings.HasPrefix(path, key+"/") {
								delete(unused, key)
								return why, true
							}
						}
						return "", false
					}, &figures, &missing)
				})
			}
		}
	}
	for key := range unused {
		t.Errorf("%s is said to be not covered, and the file has no such figure", key)
	}
	t.Logf("%d figures compared, %d not covered:", figures, missing)
	for _, key := range slices.Sorted(maps.Keys(uncovered)) {
		t.Logf("  %s: %s", key, uncovered[key])
	}
}

// plain is a result as JSON has it, which is how a user sees it.
func plain(t *testing.T, r Result) Result {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatalf("the result cannot be written: %v", err)
	}
	var p Result
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// compare holds a tree against another: numbers to the tolerance, everything else as it is.
func compare(t *testing.T, path string, want, got any, skip func(string) (string, bool), figures, missing *int) {
	t.Helper()
	if _, ok := skip(path); ok {
		*missing++
		return
	}
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			at := path + "/" + key
			value, ok := g[key]
			if _, skipped := skip(at); !ok && !skipped {
				t.Errorf("%s is missing; want %v", at, want[key])
				continue
			}
			compare(t, at, want[key], value, skip, figures, missing)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return
		}
		for i := range want {
			compare(t, fmt.Sprintf("%s/%d", path, i), want[i], g[i], skip, figures, missing)
		}
	case float64:
		*figures++
		tolerance := 1e-6
		longest := 0
		for key, x := range loose {
			if len(key) > longest && strings.HasPrefix(path, key) {
				longest, tolerance = len(key), x
			}
		}
		g, ok := got.(float64)
		if !ok || math.Abs(g-want) > math.Max(1e-9, tolerance*math.Abs(want)) {
			t.Errorf("%s: got %v, want %.12g", path, got, want)
		}
	default:
		*figures++
		if got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}
