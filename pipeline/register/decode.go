package register

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

// document parses the text to the tree of its one YAML document; nil after a mistake that leaves nothing to look at.
func (c *checker) document(b []byte) *yaml.Node {
	if len(b) > maxSize {
		c.badAt(1, "", "the file has %d bytes, a register has at most %d; name another file", len(b), maxSize)
		return nil
	}
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		c.badAt(1, "", "the file is UTF-16; save it as UTF-8")
		return nil
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		c.badAt(lineAt(b, i), "", "a NUL byte: this is not a text file, or a damaged one; write the register as plain UTF-8 text")
		return nil
	}
	if i := invalidUTF8(b); i >= 0 {
		c.badAt(lineAt(b, i), "", "the byte 0x%X is not UTF-8; save the file as UTF-8", b[i])
		return nil
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(b))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && doc.Content[0].ShortTag() == "!!null":
		c.badAt(1, "", "the file is empty; 'presencia init' writes one to begin with")
		return nil
	case err != nil:
		b = c.quoteHandles(b)
		if err := yaml.Unmarshal(b, &doc); err != nil {
			c.syntax(b, err)
			return nil
		}
		return doc.Content[0]
	}
	var next yaml.Node
	if err := dec.Decode(&next); err == nil {
		c.badAt(next.Line, "", "a second document begins here; keep one, and no line of --- after the first")
	} else if !errors.Is(err, io.EOF) {
		c.syntax(b, err)
		return nil
	}
	return doc.Content[0]
}

func lineAt(b []byte, offset int) int { return 1 + bytes.Count(b[:offset], []byte("\n")) }

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// unquoted finds a value that begins with @ and stands without quotes.
var unquoted = regexp.MustCompile(`^([^"'#]*?(?:(\w+): +|- +|[\[{,] *))(@[^\s,\]}]*)`)

// quoteHandles puts quotes where a handle lacks them and notes each as a mistake, so that this most common of
// mistakes, at which a YAML parser stops, does not hide the others.
func (c *checker) quoteHandles(b []byte) []byte {
	lines := strings.Split(string(b), "\n")
	for i, l := range lines {
		if m := unquoted.FindStringSubmatch(l); m != nil {
			c.badAt(i+1, cmp.Or(m[2], "handle"), "a value that begins with @ needs quotes; write %q", m[3])
			lines[i] = m[1] + strconv.Quote(m[3]) + l[len(m[0]):]
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// syntax notes the mistake that stops the parser. The parser itself often names the line where the broken block
// begins, or none; the line after the longest part of the file that can be read is where a person has to look.
func (c *checker) syntax(b []byte, err error) {
	reported := regexp.MustCompile(`line (\d+): `)
	lines := strings.SplitAfter(string(b), "\n")
	readable := func(n int) bool {
		return yaml.Unmarshal([]byte(strings.Join(lines[:n], "")), new(yaml.Node)) == nil
	}
	lo, hi := 0, len(lines) // lines[:lo] can be read and lines[:hi] cannot
	if len(b) > 1<<20 || readable(hi) {
		if m := reported.FindStringSubmatch(err.Error()); m != nil {
			lo, _ = strconv.Atoi(m[1])
			lo = min(lo, hi) - 1
		}
		hi = lo
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; readable(mid) {
			lo = mid
		} else {
			hi = mid
		}
		for n := lo + 2; hi-lo == 1 && n < min(lo+40, len(lines)); n++ {
			if readable(n) { // only a value of several lines was cut
				lo, hi = n, len(lines)
			}
		}
	}
	line := strings.TrimRight(lines[lo], "\r\n")
	what := strings.TrimPrefix(reported.ReplaceAllString(err.Error(), ""), "yaml: ")
	unknown := regexp.MustCompile(`^unknown anchor '(.*)' referenced`).FindStringSubmatch(what)
	switch {
	case strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		what = "a tab at the beginning of the line; indent with spaces"
	case regexp.MustCompile(`[\[,] *#`).MatchString(line):
		what = "a # begins a comment; write a hashtag without it"
	case unknown != nil:
		what = fmt.Sprintf("*%s stands for a value named &%s, and there is none; write the value, in quotes if it begins with *", unknown[1], unknown[1])
	case strings.Contains(what, "control characters"):
		what = "a character that cannot be printed; take it out"
	case strings.Contains(what, "mapping values are not allowed"):
		what = "a colon or an indentation out of place; put a text that has a colon in quotes, and line the fields of a group up"
	case strings.Contains(what, "cannot start any token"):
		what = "a value that begins with @, % or ` needs quotes; put it in quotes"
	case strings.Contains(what, "unexpected end of stream"):
		what = "a quote is opened and not closed; close it"
	default:
		what = fmt.Sprintf("this cannot be read (%s); look at the quotes, brackets, colons and indentation here", what)
	}
	c.badAt(lo+1, "", "%s", what)
}

// maxSteps bounds the values of a register with its aliases followed: a few lines of aliases can stand for billions.
const maxSteps = 200_000

// spend counts one value and answers whether there may be more.
func (c *checker) spend() bool {
	c.steps++
	return c.steps < maxSteps
}

// value fills v from n and tells whether something is written there.
func (c *checker) value(path string, n *yaml.Node, v reflect.Value) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if !c.spend() {
		return true
	}
	c.lines[path] = n.Line
	if n.ShortTag() == "!!null" {
		return false
	}
	want := map[reflect.Kind]yaml.Kind{reflect.Struct: yaml.MappingNode, reflect.Map: yaml.MappingNode, reflect.Slice: yaml.SequenceNode}
	kind := cmp.Or(want[v.Kind()], yaml.ScalarNode)
	date, isDate := v.Addr().Interface().(*pipeline.Date)
	age, isAge := v.Addr().Interface().(*pipeline.Age)
	if isDate {
		kind = yaml.ScalarNode
	}
	if n.Kind != kind {
		c.bad(path, "%s where %s is expected; write %s", kindName(n), expected[kind], example(path, v.Type()))
		return true
	}
	switch {
	case isDate:
		if err := date.UnmarshalText([]byte(n.Value)); err != nil {
			c.bad(path, "%q is not a date; write it as YYYY-MM-DD, for example 2014-09-11", n.Value)
		}
	case isAge:
		if err := age.UnmarshalText([]byte(n.Value)); err != nil || !agePattern.MatchString(n.Value) {
			c.bad(path, "%q is not an age; write whole hours or days, for example 1h or 7d", n.Value)
		}
	case v.Kind() == reflect.String:
		// As it is written, so that the ids 017 and yes stay what they are.
		v.SetString(n.Value)
		return n.Value != ""
	case kind == yaml.ScalarNode:
		c.scalar(path, n, v)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			if !c.value(at, item, v.Index(i)) {
				c.bad(at, "an empty item; write its value or take the line out")
			}
		}
		return len(n.Content) > 0
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, p := range c.pairs(path, n) {
			item := reflect.New(v.Type().Elem()).Elem()
			if !c.value(join(path, p.name), p.value, item) {
				c.bad(join(path, p.name), "nothing is written here; write %s: %s, or take the line out", p.name, example(p.name, item.Type()))
			}
			v.SetMapIndex(reflect.ValueOf(p.name).Convert(v.Type().Key()), item)
		}
		return v.Len() > 0
	default:
		c.fields(path, n, v)
	}
	return true
}

// fields fills a struct: only fields that it has, and all that it must have, which are those without omitempty.
func (c *checker) fields(path string, n *yaml.Node, v reflect.Value) {
	var names, missing []string
	index := map[string]int{}
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		names = append(names, name)
		index[name] = i
		if option != "omitempty" {
			missing = append(missing, name)
		}
	}
	for _, p := range c.pairs(path, n) {
		i, ok := index[p.name]
		if !ok {
			at := join(path, p.name)
			c.lines[at] = p.line
			c.bad(at, "there is no such field; %s", write(p.name, names))
			continue
		}
		if c.value(join(path, p.name), p.value, v.Field(i)) {
			missing = slices.DeleteFunc(missing, func(m string) bool { return m == p.name })
		}
	}
	for _, m := range missing {
		c.bad(join(path, m), "this must be given; write %s: %s", m, example(m, v.Type().Field(index[m]).Type))
	}
}

// pair is one field of a mapping.
type pair struct {
	name  string
	line  int
	value *yaml.Node
}

// pairs are the fields of a mapping: its own, then those that << brings in and it does not have.
func (c *checker) pairs(path string, n *yaml.Node) []pair {
	var pairs []pair
	var merges []*yaml.Node
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.Kind != yaml.ScalarNode:
			c.badAt(k.Line, path, "%s where a field's name is expected; write name: value", kindName(k))
		case k.ShortTag() == "!!merge":
			merges = append(merges, v)
		case seen[k.Value] > 0:
			c.badAt(k.Line, join(path, k.Value), "written twice, first on line %d; keep one", seen[k.Value])
		default:
			seen[k.Value] = k.Line
			pairs = append(pairs, pair{k.Value, k.Line, v})
		}
	}
	for len(merges) > 0 {
		m := merges[0]
		merges = merges[1:]
		if m.Kind == yaml.AliasNode {
			m = m.Alias
		}
		switch {
		case !c.spend():
			return pairs
		case c.merging[m]:
			c.badAt(m.Line, path, "<< brings a group into itself; write the fields out")
		case m.Kind == yaml.SequenceNode:
			merges = append(slices.Clone(m.Content), merges...)
		case m.Kind != yaml.MappingNode:
			c.badAt(m.Line, path, "%s after <<; write an alias of a group of fields, for example <<: *defaults", kindName(m))
		default:
			c.merging[m] = true
			for _, p := range c.pairs(path, m) {
				if seen[p.name] == 0 {
					seen[p.name] = p.line
					pairs = append(pairs, p)
				}
			}
			delete(c.merging, m)
		}
	}
	return pairs
}

// scalar fills a number or a truth value.
func (c *checker) scalar(path string, n *yaml.Node, v reflect.Value) {
	number := func(kind string) string {
		if s := n.Style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle); s != 0 {
			return fmt.Sprintf("the text %q is not a %s; write it without quotes, for example %s", n.Value, kind, example(path, v.Type()))
		}
		return fmt.Sprintf("%q is not a %s; write digits without separators of thousands, for example %s", n.Value, kind, example(path, v.Type()))
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if err != nil || n.ShortTag() != "!!bool" {
			c.bad(path, "%q is neither true nor false; write true or false, without quotes", n.Value)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 10, 64)
		if err != nil || n.ShortTag() != "!!int" {
			c.bad(path, "%s", number("whole number"))
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
		if t := n.ShortTag(); err != nil || t != "!!int" && t != "!!float" || f-f != 0 {
			c.bad(path, "%s", number("number"))
			return
		}
		v.SetFloat(f)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

var expected = map[yaml.Kind]string{yaml.ScalarNode: "a single value", yaml.SequenceNode: "a list", yaml.MappingNode: "a group of fields"}

func kindName(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return fmt.Sprintf("the single value %q", n.Value)
	}
	return expected[n.Kind]
}

// example is what a field's value looks like.
func example(path string, t reflect.Type) string {
	name := path[strings.LastIndex(path, ".")+1:]
	known := map[string]string{
		"id": "office", "time_zone": "Europe/Madrid", "languages": "[es, ca-ES-valencia]", "platform": "mastodon", "group": "participant",
		"handle": `"@office@social.example"`, "department": "office", "from": `"08:30"`, "to": `"19:30"`, "days": "[mon, tue]",
	}
	switch {
	case known[name] != "":
		return known[name]
	case t == reflect.TypeFor[pipeline.Date]():
		return "2014-09-11"
	case t == reflect.TypeFor[pipeline.Age]():
		return "7d"
	case t == reflect.TypeFor[[]pipeline.Age]():
		return "[1h, 1d, 7d, 30d]"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "1500"
	case t.Kind() == reflect.Float64:
		return "3.77"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return "one line '- {…}' for each"
	case t.Kind() == reflect.Slice:
		return "[one, two]"
	}
	return "{name: value}"
}

// write says what to write for a name that is none of those known: the nearest if one is near, else the choice.
func write(got string, known []string) string {
	if n := nearest(got, known); n != "" {
		return "write " + n
	}
	return "write one of " + strings.Join(known, ", ")
}

// nearest is the known name that a person most likely meant, by edit distance; empty if none is near.
func nearest(got string, known []string) string {
	best, at := "", 1+len([]rune(got))/3
	for _, k := range known {
		if d := distance(strings.ToLower(got), k); d <= at {
			best, at = k, d-1
		}
	}
	return best
}

// distance is Levenshtein's: the least number of letters to insert, take out or change.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range s {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range t {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(t)]
}
