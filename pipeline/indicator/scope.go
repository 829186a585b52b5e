package indicator

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// part is a file of sql/scope, without comments.
type part struct {
	text  string
	names *regexp.Regexp // finds a name that it defines
}

var (
	defined = regexp.MustCompile(`(?m)^ {4}(\w+) AS\b`)
	comment = regexp.MustCompile(`\s*--.*`)
)

// scope is what queries stand on: the parts of sql/scope in the order of their names, which stand on those before them.
var scope = func() (parts []part) {
	paths, err := fs.Glob(files, "sql/scope/*.sql")
	if err != nil || len(paths) == 0 {
		panic("the definitions' scope is not in the program") // the pattern and the folder are fixed above
	}
	for _, path := range paths {
		b, err := files.ReadFile(path)
		if err != nil {
			panic(err)
		}
		text := strings.Trim(comment.ReplaceAllString(string(b), ""), "\n")
		var names []string
		for _, m := range defined.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
		parts = append(parts, part{text, regexp.MustCompile(`\b(?:` + strings.Join(names, "|") + `)\b`)})
	}
	return parts
}()

// scoped puts before a query what it stands on. To read the whole scope takes the engine longer than most queries do.
func scoped(query string) string {
	under := []string{query}
	for k, p := range slices.Backward(scope) {
		if k == 0 || slices.ContainsFunc(under, p.names.MatchString) {
			under = append(under, p.text)
		}
	}
	slices.Reverse(under)
	last := len(under) - 1
	return strings.Join(under[:last], ",\n\n") + "\n" + under[last]
}

// family is the last part that a query names. Those of one family have most of what they stand on in common and are asked for
// together; different ones are asked for at the same time.
func family(query string) int {
	for k, p := range slices.Backward(scope) {
		if p.names.MatchString(query) {
			return k
		}
	}
	return 0
}
