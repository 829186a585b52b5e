// Package register reads institution.yaml, the file in which an institution declares itself, its departments, its
// accounts and its courses, and names every mistake in it, all at once.
//
// The file is read as a tree of YAML nodes first, which know their lines, then into the types of package pipeline
// (decode.go), and then its meaning is checked (check.go). Which fields there are, and which must be given, is said
// only once: by the struct tags in pipeline/institution.go. The JSON Schema for editors is generated from them too.
package register

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

// maxSize bounds what is read as a register; one of a thousand accounts has 200 kB.
const maxSize = 4 << 20

//go:embed schema.json
var schema []byte

//go:embed starter.yaml
var starter []byte

// Schema is the JSON Schema of institution.yaml, for editors that complete and underline.
func Schema() []byte { return bytes.Clone(schema) }

// Starter is a commented institution.yaml to begin with. It is valid, and expects [Schema] beside it as
// institution.schema.json.
func Starter() []byte { return bytes.Clone(starter) }

// Load reads a register from a file. Mistakes in it are [Errors].
func Load(path string) (*pipeline.Register, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the register: %w", err)
	}
	return Parse(path, b)
}

// Parse reads a register from b; name is what its mistakes call the file. Mistakes are [Errors].
// Accounts without languages get the institution's.
func Parse(name string, b []byte) (*pipeline.Register, error) {
	c := &checker{file: name, lines: map[string]int{}, merging: map[*yaml.Node]bool{}}
	reg := new(pipeline.Register)
	if root := c.document(b); root != nil {
		c.value("", root, reflect.ValueOf(reg).Elem())
		c.check(reg)
		if c.steps >= maxSteps { // mistakes in endless copies are not worth listing
			c.errs = nil
			c.badAt(1, "", "aliases (*) repeat more than %d values; write the values out", maxSteps)
		}
	}
	if len(c.errs) > 0 {
		slices.SortStableFunc(c.errs, func(a, b Error) int { return cmp.Compare(a.Line, b.Line) })
		return nil, c.errs
	}
	for i := range reg.Accounts {
		if a := &reg.Accounts[i]; len(a.Languages) == 0 {
			a.Languages = slices.Clone(reg.Institution.Languages)
		}
	}
	sum := sha256.Sum256(b)
	reg.Version = hex.EncodeToString(sum[:])
	return reg, nil
}

// Error is one mistake in a register.
type Error struct {
	File  string
	Line  int    // from 1
	Field string // accounts[0].handle; empty when the text itself cannot be read
	What  string // what is wrong; what to write instead
}

// Error is file:line: field: what is wrong; what to write instead.
func (e Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Field, e.What)
}

// Errors are all the mistakes of a register, by line.
type Errors []Error

// Error lists every mistake on a line of its own.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// checker reads one file and collects what is wrong with it.
type checker struct {
	file    string
	lines   map[string]int      // where each field stands, by its path
	merging map[*yaml.Node]bool // groups that << is bringing in
	steps   int                 // values visited; see spend
	errs    Errors
}

// bad notes a mistake at a field.
func (c *checker) bad(path, format string, args ...any) {
	c.badAt(c.line(path), path, format, args...)
}

func (c *checker) badAt(line int, path, format string, args ...any) {
	c.errs = append(c.errs, Error{c.file, line, path, fmt.Sprintf(format, args...)})
}

// line is where a field stands, or the nearest thing around it that is written.
func (c *checker) line(path string) int {
	for {
		if n, ok := c.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return max(1, c.lines[""])
		}
		path = path[:i]
	}
}
