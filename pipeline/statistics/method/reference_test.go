package method

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// published is one case of the reference results.
type published struct {
	Params    map[string]any `json:"params"`
	Expected  map[string]any `json:"expected"`
	Tolerance any            `json:"tolerance"` // words or a number; the first number in it counts

	dir, method, dataset, name string
}

// inline names cases whose parameters are their data.
const inline = "inline"

// table is the case's data set, in the rows that its filter lets pass. An inline one is made of the parameter data (columns by
// name) or edges (pairs).
func (p published) table(t *testing.T) *Table {
	t.Helper()
	table, err := p.whole(t).Where(p.text("filter"))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func (p published) whole(t *testing.T) *Table {
	t.Helper()
	if p.dataset == inline {
		table := &Table{}
		if edges, ok := p.Params["edges"].([]any); ok {
			table.names = []string{"from", "to"}
			for _, e := range edges {
				row := []string{}
				for _, node := range e.([]any) {
					row = append(row, fmt.Sprint(node))
				}
				table.rows = append(table.rows, row[:2])
			}
			return table
		}
		data, _ := p.Params["data"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(data)) {
			table.names = append(table.names, name)
			for i, v := range data[name].([]any) {
				if i == len(table.rows) {
					table.rows = append(table.rows, nil)
				}
				if v == nil {
					v = ""
				}
				table.rows[i] = append(table.rows[i], fmt.Sprint(v))
			}
		}
		return table
	}
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

// text is a parameter, or nothing.
func (p published) text(name string) string {
	s, _ := p.Params[name].(string)
	return s
}

// words are a parameter that is a list of words, or one.
func (p published) words(name string) []string {
	list, ok := p.Params[name].([]any)
	if !ok && p.Params[name] != nil {
		list = []any{p.Params[name]}
	}
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprint(v))
	}
	return words
}

func (p published) number(name string) float64 {
	x, _ := p.Params[name].(float64)
	return x
}

// numbers are a list, NaN where it has null.
func (p published) numbers(name string) []float64 {
	list, _ := p.Params[name].([]any)
	var x []float64
	for _, v := range list {
		f, ok := v.(float64)
		if !ok {
			f = math.NaN()
		}
		x = append(x, f)
	}
	return x
}

func (p published) level() level { return level(p.number("level")) }

// unbound ends a case whose parameters nothing here understands.
func (p published) unbound(t *testing.T, parameter string) {
	t.Helper()
	t.Fatalf("%s has no binding for these parameters: %s is %v", p.method, parameter, p.Params[parameter])
}

// scan reads a parameter that is written for people, such as "t<=70".
func (p published) scan(t *testing.T, name, format string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscanf(p.text(name), format, into...); err != nil {
		p.unbound(t, name)
	}
}

// bindings say, by key of a method, how its cases are run: mostly from their parameters, by name of the case where these are
// prose. Each method's test adds its own.
var bindings = map[string]func(*testing.T, published) (Method, *Table){}

// loose are tolerances by "method/case/path" (or a beginning of it, * for any case) where figures ask for another one than the
// case's, or else 1e-6.
var loose = map[string]float64{}

// uncovered says why a figure, or all below a path, is not reproduced; here too * is any case.
var uncovered = map[string]string{}

// begins tells whether a path begins as a key does.
func begins(path, key string) bool {
	if method, rest, ok := strings.Cut(key, "/*"); ok {
		at, below, _ := strings.Cut(path, "/")
		if _, below, _ = strings.Cut(below, "/"); rest != "" {
			below = "/" + below
		}
		return at == method && strings.HasPrefix(below, rest)
	}
	return strings.HasPrefix(path, key)
}

var aNumber = regexp.MustCompile(`\d+(\.\d+)?([eE][-+]?\d+)?`)

// tolerance is the case's own, or else the usual one.
func (p published) tolerance() float64 {
	if x, err := strconv.ParseFloat(aNumber.FindString(fmt.Sprint(p.Tolerance)), 64); err == nil && x > 0 && x < 1 {
		return x
	}
	return 1e-6
}

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
	unused, there := maps.Clone(uncovered), map[string]bool{}
	figures, missing := 0, 0
	for _, method := range slices.Sorted(maps.Keys(file.Methods)) {
		for _, dataset := range slices.Sorted(maps.Keys(file.Methods[method])) {
			for _, name := range slices.Sorted(maps.Keys(file.Methods[method][dataset])) {
				c := file.Methods[method][dataset][name]
				c.dir, c.method, c.dataset, c.name = dir, method, dataset, name
				there[method+"/"+name] = true
				t.Run(method+"/"+name, func(t *testing.T) {
					t.Cleanup(func() {
						if t.Failed() {
							t.Logf("the parameters of %s, %s: %v", dataset, name, c.Params)
						}
					})
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
					compare(t, method+"/"+name, c.Expected, map[string]any(got), c.tolerance(), func(path string) (string, bool) {
						for key, why := range uncovered {
							if begins(path+"/", key+"/") {
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
		method, figure, _ := strings.Cut(key, "/")
		if name, _, _ := strings.Cut(figure, "/"); there[method+"/"+name] { // other files have other cases
			t.Errorf("%s is said to be not covered, and the file has no such figure", key)
		}
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
func compare(t *testing.T, path string, want, got any, usual float64, skip func(string) (string, bool), figures, missing *int) {
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
			compare(t, at, want[key], value, usual, skip, figures, missing)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
			return
		}
		for i := range want {
			compare(t, fmt.Sprintf("%s/%d", path, i), want[i], g[i], usual, skip, figures, missing)
		}
	case float64:
		*figures++
		tolerance := usual
		longest := 0
		for key, x := range loose {
			if len(key) > longest && begins(path, key) {
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
