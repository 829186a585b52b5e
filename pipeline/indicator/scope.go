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

// posts is the place of the part that reads the posts.
const posts = 1

// needed are the places of the parts that a query stands on; the first is among them always.
func needed(query string) []int {
	var places []int
	texts := []string{query}
	for k, p := range slices.Backward(scope) {
		if k == 0 || slices.ContainsFunc(texts, p.names.MatchString) {
			places, texts = append(places, k), append(texts, p.text)
		}
	}
	slices.Reverse(places)
	return places
}

// scoped puts before a query what it stands on. To read the whole scope takes the engine longer than most queries do.
func scoped(query string) string {
	var texts []string
	for _, k := range needed(query) {
		texts = append(texts, scope[k].text)
	}
	return strings.Join(texts, ",\n\n") + "\n" + query
}

// onPosts tells whether a query stands on posts.
func onPosts(query string) bool { return slices.Contains(needed(query), posts) }
