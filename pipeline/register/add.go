package register

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

// Blank is a register without departments and accounts, for [Add] to fill. It is not valid before.
func Blank(in pipeline.Institution) []byte {
	languages := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, l := range in.Languages {
		languages.Content = append(languages.Content, word(l))
	}
	line := mapping(yaml.FlowStyle, field{"name", word(in.Name)}, field{"time_zone", word(in.TimeZone)}, field{"languages", languages})
	return fmt.Appendf(nil, "# yaml-language-server: $schema=institution.schema.json\n#\n# Imported; what else may stand here is what 'presencia init' writes.\n\ninstitution: %s\n\n"+
		"departments:\n\naccounts:\n", bytes.TrimSpace(encode(line)))
}

// Addition is what became of the entries that were to be taken into a register.
type Addition struct {
	Text        []byte // the register with them; nothing else in it has changed
	Departments []pipeline.Department
	Accounts    []Added
	Known       []Known
	Refused     Errors // entries, or fields of them, that were left out
}

// Added is an entry with the account that it has become.
type Added struct {
	Entry
	As pipeline.Account
}

// Known is an entry that the register, or an entry before it, has already.
type Known struct {
	Entry
	As pipeline.Account
	// Differs says in what the two do not agree; empty: in nothing that matters.
	Differs string
}

// Defaults are for entries that do not say.
type Defaults struct {
	Department string         // by id or name; where it is empty, the register's if it has only one
	Group      pipeline.Group // of departments that are new; empty: other
}

// Add takes entries into the text of a register, at the end of its lists; comments and all else stay as they are. What the
// entries leave open is made: departments that the register does not have, and ids, which speak of department and network.
// The result is valid. An error means that the register was not valid before.
func Add(name string, text []byte, entries []Entry, d Defaults) (Addition, error) {
	x := adding{d: d, file: name, text: text, keys: map[string]pipeline.Account{}, stable: map[string]pipeline.Account{}, ids: map[pipeline.AccountID]bool{}}
	before, err := Parse(name, text)
	blank := err != nil && bytes.Equal(bytes.TrimSpace(text), bytes.TrimSpace(Blank(institutionOf(text))))
	if err != nil && !blank {
		return Addition{}, err
	}
	if blank {
		before = &pipeline.Register{}
	}
	x.before = before
	x.departments = slices.Clone(before.Departments)
	for _, a := range before.Accounts {
		x.know(a)
	}
	for _, e := range entries {
		x.take(e)
	}
	if len(x.added) == 0 {
		return Addition{Text: text, Known: x.known, Refused: x.refused}, nil
	}
	after, err := x.write()
	if err != nil {
		return Addition{}, err
	}
	slices.SortStableFunc(x.refused, func(a, b Error) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return Addition{Text: after, Departments: x.news(), Accounts: x.added, Known: x.known, Refused: x.refused}, nil
}

// institutionOf is the institution of a register that may be without accounts.
func institutionOf(text []byte) pipeline.Institution {
	var r struct {
		Institution pipeline.Institution `yaml:"institution"`
	}
	_ = yaml.Unmarshal(text, &r) // a broken one equals no blank one
	return r.Institution
}

type adding struct {
	d           Defaults
	file        string
	text        []byte
	before      *pipeline.Register
	departments []pipeline.Department // those of the register first
	keys        map[string]pipeline.Account
	stable      map[string]pipeline.Account
	ids         map[pipeline.AccountID]bool
	added       []Added
	known       []Known
	refused     Errors
}

// news are the departments that the register did not have.
func (x *adding) news() []pipeline.Department { return x.departments[len(x.before.Departments):] }

func (x *adding) know(a pipeline.Account) {
	x.keys[identity(a)] = a
	if a.StableID != "" {
		x.stable[string(a.Platform)+" "+a.StableID] = a
	}
	x.ids[a.ID] = true
}

// identity tells accounts apart: a feed by its address, any other by platform, handle and server.
func identity(a pipeline.Account) string {
	server := a.Server
	if u, err := url.Parse(a.Server); err == nil && u.Host != "" {
		server = strings.TrimPrefix(strings.ToLower(u.Host), "www.")
		if a.Platform == pipeline.Feed || a.Platform == pipeline.WordPress {
			return string(a.Platform) + " " + server + strings.TrimSuffix(u.Path, "/") + "?" + u.RawQuery
		}
	}
	name, host, full := strings.Cut(pipeline.CanonicalHandle(a.Handle), "@")
	if !full {
		host = server
	}
	return string(a.Platform) + " " + name + " " + host
}

func (x *adding) refuse(e Entry, format string, args ...any) {
	x.refused = append(x.refused, Error{e.File, e.Line, "", fmt.Sprintf(format, args...)})
}

// take decides about one entry.
func (x *adding) take(e Entry) {
	a := e.Account
	if as, ok := x.stable[string(a.Platform)+" "+a.StableID]; ok && a.StableID != "" {
		k := Known{Entry: e, As: as}
		if identity(as) != identity(a) {
			k.Differs = fmt.Sprintf("the same account as %s, whose handle is %q there and %q here; if it was renamed, correct the handle of %[1]s", as.ID, as.Handle, a.Handle)
		}
		x.known = append(x.known, k)
		return
	}
	if as, ok := x.keys[identity(a)]; ok {
		k := Known{Entry: e, As: as}
		switch {
		case as.StableID != "" && a.StableID != "":
			k.Differs = fmt.Sprintf("the handle of %s, with the stable id %s here and %s there: one of them is another account", as.ID, a.StableID, as.StableID)
		case a.StableID != "":
			k.Differs = fmt.Sprintf("write stable_id: %q beside %s, it has none", a.StableID, as.ID)
		case e.Department != "" && !x.called(as.Department, e.Department):
			k.Differs = fmt.Sprintf("it belongs to %q here, and is %s of department %s: an account has one department", e.Department, as.ID, as.Department)
		}
		x.known = append(x.known, k)
		return
	}
	department, ok := x.department(e)
	if !ok {
		return
	}
	a.Department = department
	if a.ID == "" {
		a.ID = x.id(a)
	}
	x.know(a)
	x.added = append(x.added, Added{e, a})
}

// department finds the department of an entry, or makes it.
func (x *adding) department(e Entry) (string, bool) {
	called := cmp.Or(e.Account.Department, e.Department, x.d.Department)
	if called == "" {
		if len(x.departments) == 1 && len(x.before.Departments) == 1 {
			return x.departments[0].ID, true
		}
		x.refuse(e, "%s %s: it is not said which department answers for it; name one with --department", e.Account.Platform, e.Account.Handle)
		return "", false
	}
	for _, d := range x.departments {
		if x.called(d.ID, called) {
			return d.ID, true
		}
	}
	id := slug(called)
	for n := 2; slices.ContainsFunc(x.departments, func(d pipeline.Department) bool { return d.ID == id }); n++ {
		id = slug(called) + "-" + strconv.Itoa(n)
	}
	x.departments = append(x.departments, pipeline.Department{ID: id, Name: called, Group: cmp.Or(e.Group, x.d.Group, pipeline.OtherGroup)})
	return id, true
}

// called tells whether a department is called so, by id or by name.
func (x *adding) called(id, name string) bool {
	return id == name || slices.ContainsFunc(x.departments, func(d pipeline.Department) bool { return d.ID == id && fold(d.Name) == fold(name) })
}

// id is a new account's: department and network, with the handle where that is taken.
func (x *adding) id(a pipeline.Account) pipeline.AccountID {
	base := a.Department + "-" + string(a.Platform)
	id := base
	if x.ids[pipeline.AccountID(id)] {
		id = base + "-" + slug(a.Handle)
	}
	for n := 2; x.ids[pipeline.AccountID(id)]; n++ {
		id = base + "-" + slug(a.Handle) + "-" + strconv.Itoa(n)
	}
	return pipeline.AccountID(id)
}

// slug writes a name as an id: letters without accents, digits and hyphens.
func slug(s string) string {
	const most = 40
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := []rune(b.String())
	if len(id) > most {
		id = id[:most]
	}
	return cmp.Or(strings.Trim(string(id), "-"), "unit")
}

// write makes the new text. The register's own checks judge what was added: what they do not accept is left out and told.
func (x *adding) write() ([]byte, error) {
	for {
		x.dropUnused()
		if len(x.added) == 0 {
			return x.text, nil
		}
		text, err := x.insert()
		if err != nil {
			return nil, err
		}
		after, err := Parse(x.file, text)
		var wrong Errors
		if errors.As(err, &wrong) {
			if !x.drop(wrong) {
				return nil, fmt.Errorf("nothing was added, since the register would not be valid with it: %w", err)
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if !x.kept(after) {
			return nil, errors.New("nothing was added: the lists of this register are written in a way that cannot be added to without changing it; write departments and accounts as lists with a line '- …' for each")
		}
		return text, nil
	}
}

// dropUnused leaves out new departments whose accounts have all been refused.
func (x *adding) dropUnused() {
	old := len(x.before.Departments)
	x.departments = append(x.departments[:old:old], slices.DeleteFunc(slices.Clone(x.departments[old:]), func(d pipeline.Department) bool {
		return !slices.ContainsFunc(x.added, func(a Added) bool { return a.As.Department == d.ID })
	})...)
}

var entryField = regexp.MustCompile(`^accounts\[(\d+)\]\.(\w+)`)

// drop leaves out what is wrong with the accounts that were added, and tells whether that was something.
func (x *adding) drop(wrong Errors) bool {
	gone, cleared := map[int]bool{}, map[string]bool{}
	did := false
	for _, e := range wrong {
		m := entryField.FindStringSubmatch(e.Field)
		if m == nil {
			continue
		}
		i, _ := strconv.Atoi(m[1])
		i -= len(x.before.Accounts)
		if i < 0 || i >= len(x.added) {
			continue
		}
		did = true
		if cleared[m[0]] { // a list may have several mistakes
			continue
		}
		if field := fieldOf(&x.added[i].As, m[2]); field.IsValid() && optional(m[2]) && !field.IsZero() {
			x.refuse(x.added[i].Entry, "%s %s: %s is left out: %s", x.added[i].As.Platform, x.added[i].As.Handle, m[2], e.What)
			field.SetZero()
			cleared[m[0]] = true
			continue
		}
		if !gone[i] {
			x.refuse(x.added[i].Entry, "%s %s: %s: %s", x.added[i].As.Platform, x.added[i].As.Handle, m[2], e.What)
		}
		gone[i] = true
	}
	kept := x.added[:0:0]
	for i, a := range x.added {
		if !gone[i] {
			kept = append(kept, a)
		}
	}
	x.added = kept
	return did
}

// optional are the fields without which an account is as good.
func optional(field string) bool {
	return slices.Contains([]string{"languages", "owner", "admins", "opened", "closed", "reviewed", "credential"}, field)
}

func fieldOf(a *pipeline.Account, name string) reflect.Value {
	v := reflect.ValueOf(a).Elem()
	for i := range v.NumField() {
		if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); tag == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// kept tells whether a register is what it was, with what was added.
func (x *adding) kept(after *pipeline.Register) bool {
	a, d := len(x.before.Accounts), len(x.before.Departments)
	if len(after.Accounts) != a+len(x.added) || len(after.Departments) != len(x.departments) {
		return false
	}
	if x.before.Institution.Name == "" { // there was nothing
		return true
	}
	old := *after
	old.Accounts, old.Departments, old.Version = old.Accounts[:a], old.Departments[:d], x.before.Version
	return reflect.DeepEqual(&old, x.before)
}

// insert puts what is new at the end of both lists.
func (x *adding) insert() ([]byte, error) {
	text := x.text
	var departments, accounts []*yaml.Node
	for _, d := range x.news() {
		departments = append(departments, mapping(0, field{"id", word(d.ID)}, field{"name", word(d.Name)}, field{"group", word(string(d.Group))}))
	}
	for _, a := range x.added {
		accounts = append(accounts, accountNode(a.As))
	}
	var err error
	if text, err = appendTo(text, "accounts", accounts); err != nil {
		return nil, err
	}
	return appendTo(text, "departments", departments)
}

func accountNode(a pipeline.Account) *yaml.Node {
	handle := word(a.Handle)
	handle.Style = yaml.DoubleQuotedStyle
	n := mapping(0, field{"id", word(string(a.ID))}, field{"department", word(a.Department)}, field{"platform", word(string(a.Platform))}, field{"handle", handle})
	put := func(name string, v *yaml.Node) { n.Content = append(n.Content, word(name), v) }
	if a.StableID != "" {
		id := word(a.StableID)
		id.Style = yaml.DoubleQuotedStyle
		put("stable_id", id)
	}
	if len(a.Languages) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, l := range a.Languages {
			list.Content = append(list.Content, word(l))
		}
		put("languages", list)
	}
	if a.Admins > 0 {
		put("admins", &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(a.Admins)})
	}
	for _, f := range []struct{ name, value string }{{"owner", a.Owner}, {"server", a.Server}, {"credential", a.Credential}} {
		if f.value != "" {
			put(f.name, word(f.value))
		}
	}
	for _, f := range []struct {
		name string
		date pipeline.Date
	}{{"opened", a.Opened}, {"closed", a.Closed}, {"reviewed", a.Reviewed}} {
		if !f.date.IsZero() {
			put(f.name, &yaml.Node{Kind: yaml.ScalarNode, Value: f.date.String()})
		}
	}
	if a.AllowHTTP {
		put("allow_http", &yaml.Node{Kind: yaml.ScalarNode, Value: "true"})
	}
	return n
}

// word is a text as a value; it gets quotes where YAML would take it for something else.
func word(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func mapping(style yaml.Style, fields ...field) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: style}
	for _, f := range fields {
		n.Content = append(n.Content, word(f.name), f.value)
	}
	return n
}

type field struct {
	name  string
	value *yaml.Node
}

func encode(n *yaml.Node) []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	_ = e.Encode(n) // of nodes made here, to memory
	_ = e.Close()
	return b.Bytes()
}

// appendTo puts items at the end of a list of the register. The text around is not touched where the list has a line for
// each item; otherwise the whole document is written anew, with its comments.
func appendTo(text []byte, list string, items []*yaml.Node) ([]byte, error) {
	if len(items) == 0 {
		return text, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the register again: %w", err)
	}
	root := doc.Content[0]
	place, after := -1, -1 // of the list's name in root; the line of the next name
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == list {
			place = i
		} else if place >= 0 {
			after = root.Content[i].Line
			break
		}
	}
	if place < 0 {
		return nil, fmt.Errorf("the register has no %s", list)
	}
	key, value := root.Content[place], root.Content[place+1]
	lines := strings.SplitAfter(string(text), "\n")
	indent, byLine := "  ", value.ShortTag() == "!!null" && value.Value == ""
	flow := byLine
	if value.Kind == yaml.SequenceNode && len(value.Content) > 0 && value.Style&yaml.FlowStyle == 0 {
		first := value.Content[0]
		if m := regexp.MustCompile(`^( *)- `).FindStringSubmatch(lines[value.Line-1]); m != nil && first.Kind == yaml.MappingNode {
			indent, byLine = m[1], true
		}
		last := value.Content[len(value.Content)-1]
		flow = last.Style&yaml.FlowStyle != 0
	}
	if !byLine || root.Style&yaml.FlowStyle != 0 {
		if value.Kind != yaml.SequenceNode {
			return nil, fmt.Errorf("%s is not written as a list", list)
		}
		value.Content = append(value.Content, items...)
		return encode(&doc), nil
	}
	end := len(lines)
	if after > 0 {
		end = after - 1
	} else if i := slices.IndexFunc(lines[key.Line:], func(l string) bool { return strings.TrimRight(l, " \t\r\n") == "..." }); i >= 0 {
		end = key.Line + i
	}
	for end > key.Line && (strings.TrimSpace(lines[end-1]) == "" || strings.HasPrefix(lines[end-1], "#")) { // what stands before the next list is its own
		end--
	}
	newline := "\n"
	if strings.HasSuffix(lines[0], "\r\n") {
		newline = "\r\n"
	}
	var b strings.Builder
	b.WriteString(strings.Join(lines[:end], ""))
	if !strings.HasSuffix(lines[end-1], "\n") {
		b.WriteString(newline)
	}
	for _, item := range items {
		if flow {
			item.Style = yaml.FlowStyle
		}
		for i, l := range strings.Split(strings.TrimRight(string(encode(item)), "\n"), "\n") {
			b.WriteString(indent + map[bool]string{true: "- ", false: "  "}[i == 0] + l + newline)
		}
	}
	b.WriteString(strings.Join(lines[end:], ""))
	return []byte(b.String()), nil
}
