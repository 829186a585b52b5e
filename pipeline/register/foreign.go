package register

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
)

// Entry is an account as another list names it, to be taken into a register with [Add].
type Entry struct {
	File string // where it was found: a file, or an address
	Line int    // in that file; 0 where there are no lines
	// Account is what is known of it. ID and Department may be empty.
	Account pipeline.Account
	// Department is the responsible unit as it is called there, by name or by id; empty where none is named.
	Department string
	Group      pipeline.Group // of the department; empty: not said
}

// Foreign reads a list of accounts in another form than this register's: the form of congress-legislators (a YAML list whose
// entries have social:), or CSV with a row for each account, or for each department with a column for each network. The second
// result is what could not be read, by line; the rest is good.
func Foreign(name string, b []byte) ([]Entry, Errors) {
	f := &foreign{file: name}
	switch {
	case len(b) > maxSize:
		f.bad(1, "", "the file has %d bytes, a list of accounts has at most %d", len(b), maxSize)
	case regexp.MustCompile(`(?i)\.(ya?ml|json)$`).MatchString(name):
		f.yaml(b)
	default:
		f.table(b)
	}
	return f.entries, f.errs
}

type foreign struct {
	file    string
	entries []Entry
	errs    Errors
}

func (f *foreign) bad(line int, field, format string, args ...any) {
	f.errs = append(f.errs, Error{f.file, line, field, fmt.Sprintf(format, args...)})
}

// add takes an account that a file calls so, by handle or by address.
func (f *foreign) add(e Entry, field, called string) {
	a, err := Called(e.Account.Platform, called)
	if err != nil {
		f.bad(e.Line, field, "%v", err)
		return
	}
	e.Account.Platform, e.Account.Handle = a.Platform, a.Handle
	e.Account.StableID, e.Account.Server = cmp.Or(e.Account.StableID, a.StableID), cmp.Or(e.Account.Server, a.Server)
	e.File = f.file
	f.entries = append(f.entries, e)
}

// Called is the account of a platform that a person calls so: by its handle, with or without @, or by the address of its
// profile, from which the platform may be told. The platform may be empty before an address.
func Called(p pipeline.Platform, called string) (pipeline.Account, error) {
	called = strings.TrimSpace(called)
	address := called
	if !strings.Contains(called, "://") && strings.Contains(called, "/") {
		address = "https://" + called
	}
	a, found := pipeline.AccountAt(address)
	if u, err := url.Parse(address); !found && err == nil && strings.Contains(address, "://") && u.Hostname() != "" && u.User == nil {
		switch p {
		case pipeline.Feed:
			a, found = pipeline.FeedAt(u), true
		case pipeline.WordPress:
			a, found = pipeline.FeedAt(u), true
			a.Platform = p
		}
	}
	if found && a.Platform == pipeline.Feed && p == pipeline.WordPress {
		a.Platform = p
	}
	switch {
	case called == "":
		return a, errors.New("there is neither a handle nor an address")
	case found && p != "" && a.Platform != p:
		return a, fmt.Errorf("%q is the address of an account of %s, not of %s; correct one of them", called, a.Platform, p)
	case found:
		return a, nil
	case strings.Contains(address, "://"):
		return a, fmt.Errorf("%q is not the address of a profile; write that, or the handle", called)
	case p == "":
		return a, fmt.Errorf("%q does not say on which network it is; write the address of the profile, or the network beside it", called)
	case p == pipeline.Feed || p == pipeline.WordPress:
		return a, fmt.Errorf("%q is not an address; write that of the %s, for example https://town.example/feed/", called, p)
	case strings.ContainsFunc(called, unicode.IsSpace) || pipeline.CanonicalHandle(called) == "":
		return a, fmt.Errorf("%q is not a handle; write the name alone, for example @office", called)
	}
	a = pipeline.Account{Platform: p, Handle: called}
	if slices.Contains([]pipeline.Platform{pipeline.X, pipeline.Instagram, pipeline.Threads, pipeline.TikTok, pipeline.Telegram, pipeline.Mastodon, pipeline.Bluesky}, p) &&
		!strings.HasPrefix(called, "did:") {
		a.Handle = "@" + strings.TrimPrefix(called, "@")
	}
	if p == pipeline.Mastodon && strings.Count(a.Handle, "@") != 2 {
		return a, fmt.Errorf("%q does not say on which server it is; write @%s@social.example", called, pipeline.CanonicalHandle(called))
	}
	return a, nil
}

// platformNames are what people call the platforms, folded.
var platformNames = map[string]pipeline.Platform{
	"twitter": pipeline.X, "xtwitter": pipeline.X, "twitterx": pipeline.X, "fb": pipeline.Facebook, "ig": pipeline.Instagram, "insta": pipeline.Instagram,
	"yt": pipeline.YouTube, "canaldeyoutube": pipeline.YouTube, "fediverso": pipeline.Mastodon, "fedivers": pipeline.Mastodon, "fediverse": pipeline.Mastodon,
	"bsky": pipeline.Bluesky, "rss": pipeline.Feed, "atom": pipeline.Feed, "canalrss": pipeline.Feed, "blog": pipeline.Feed, "canaldetelegram": pipeline.Telegram,
}

// platformCalled finds a platform by what people call it.
func platformCalled(s string) (pipeline.Platform, bool) {
	name := fold(s)
	if p, ok := platformNames[name]; ok {
		return p, true
	}
	i := slices.IndexFunc(pipeline.Platforms, func(p pipeline.Platform) bool { return string(p) == name })
	if i < 0 {
		return "", false
	}
	return pipeline.Platforms[i], true
}

// fold leaves letters and digits, in lower case and without accents.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

// yaml reads the form of congress-legislators.
func (f *foreign) yaml(b []byte) {
	c := &checker{file: f.file, lines: map[string]int{}, merging: map[*yaml.Node]bool{}}
	root := c.document(b)
	f.errs = append(f.errs, c.errs...)
	switch {
	case root == nil:
		return
	case root.Kind == yaml.MappingNode && child(root, "accounts") != nil:
		f.bad(root.Line, "", "this is a register of presencia already; name it with --register")
		return
	case root.Kind != yaml.SequenceNode:
		f.bad(root.Line, "", "%s where a list is expected, each of whose entries has social: with an account for each network", kindName(root))
		return
	}
	for _, n := range root.Content {
		social := child(n, "social")
		if social == nil || social.Kind != yaml.MappingNode {
			f.bad(n.Line, "", "the entry has no social: with its accounts")
			continue
		}
		f.legislator(n, social)
	}
}

// legislator reads one entry: its social has a handle for each network, and beside some of them NETWORK_id.
func (f *foreign) legislator(n, social *yaml.Node) {
	department := scalarIn(child(n, "name"), "official_full", "full", "name")
	if department == "" {
		department = scalarIn(child(n, "id"), "bioguide", "id")
	}
	ids := map[pipeline.Platform]string{}
	handled := map[pipeline.Platform]bool{}
	for i := 0; i+1 < len(social.Content); i += 2 {
		key, value := social.Content[i].Value, strings.TrimSpace(social.Content[i+1].Value)
		name, isID := strings.CutSuffix(key, "_id")
		if p, ok := platformCalled(name); ok && value != "" {
			ids[p] = cmp.Or(ids[p], map[bool]string{true: value}[isID])
			handled[p] = handled[p] || !isID
		}
	}
	for i := 0; i+1 < len(social.Content); i += 2 {
		k, v := social.Content[i], social.Content[i+1]
		name, isID := strings.CutSuffix(k.Value, "_id")
		p, ok := platformCalled(name)
		switch {
		case !ok:
			f.bad(k.Line, k.Value, "%q is not a network that presencia knows; it has %s", k.Value, strings.Join(texts(pipeline.Platforms), ", "))
		case v.Kind != yaml.ScalarNode:
			f.bad(v.Line, k.Value, "%s where a handle is expected", kindName(v))
		case v.ShortTag() == "!!null" || v.Value == "" || isID && handled[p]:
		default:
			f.add(Entry{Line: k.Line, Department: department, Account: pipeline.Account{Platform: p, StableID: ids[p]}}, k.Value, v.Value)
		}
	}
}

func child(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// scalarIn is a value, or the first of these that a mapping has.
func scalarIn(n *yaml.Node, names ...string) string {
	if n != nil && n.Kind == yaml.ScalarNode {
		return strings.TrimSpace(n.Value)
	}
	for _, name := range names {
		if v := child(n, name); v != nil && v.Kind == yaml.ScalarNode && v.Value != "" {
			return strings.TrimSpace(v.Value)
		}
	}
	return ""
}

// columnNames are what people call the columns of a list of accounts in Spanish, Valencian and English, folded.
var columnNames = map[string][]string{
	"department": {"department", "departamento", "departament", "unidad", "unitat", "unit", "area", "servicio", "servei", "service", "organismo", "organisme", "body", "entidad", "entitat", "entity", "organizacion", "organitzacio", "organization", "delegacion", "delegacio", "concejalia", "regidoria"},
	"platform":   {"platform", "plataforma", "red", "xarxa", "network", "redsocial", "xarxasocial", "socialnetwork", "canal", "channel"},
	"handle":     {"handle", "usuario", "usuari", "user", "username", "nombredeusuario", "nomdusuari", "cuenta", "compte", "account", "perfil", "profile", "alias"},
	"url":        {"url", "enlace", "enllac", "link", "direccion", "adreca", "address", "web", "profileurl", "urldelperfil"},
	"id":         {"id", "accountid", "codigo", "codi", "code", "identificador", "identifier"},
	"stable_id":  {"stableid", "platformid", "idplataforma", "iddelaplataforma", "numericid", "channelid", "pageid"},
	"group":      {"group", "grupo", "grup"},
	"language":   {"language", "languages", "lang", "idioma", "idiomas", "idiomes", "lengua", "lenguas", "llengua", "llengues"},
	"owner":      {"owner", "responsable", "correo", "correoelectronico", "correu", "correuelectronic", "email", "mail", "contacto", "contacte", "contact"},
	"admins":     {"admins", "administradores", "administradors", "administrators", "gestores", "gestors"},
	"opened":     {"opened", "alta", "fechadealta", "datadalta", "fechaalta", "apertura", "fechadeapertura", "obertura", "datadobertura", "creada", "creado", "creat", "created", "since", "desde", "start"},
	"closed":     {"closed", "baja", "fechadebaja", "fechabaja", "baixa", "datadebaixa", "cierre", "fechadecierre", "tancament", "end"},
	"reviewed":   {"reviewed", "revisado", "revisada", "revision", "revisio", "revisat", "lastreview"},
	"server":     {"server", "servidor"},
	"credential": {"credential", "credencial"},
}

// groupNames are what people call the groups, folded.
var groupNames = map[string]pipeline.Group{
	"participant": pipeline.Participant, "participante": pipeline.Participant, "participa": pipeline.Participant,
	"comparison": pipeline.Comparison, "comparacion": pipeline.Comparison, "comparacio": pipeline.Comparison, "control": pipeline.Comparison,
	"other": pipeline.OtherGroup, "otro": pipeline.OtherGroup, "altre": pipeline.OtherGroup,
}

// table reads CSV.
func (f *foreign) table(b []byte) {
	text, comma, err := sheet.Text(b)
	if err != nil {
		f.bad(1, "", "this is not a text file; save the sheet as CSV (UTF-8) and import that")
		return
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comma = -1, true, comma
	header, err := r.Read()
	if err != nil {
		f.bad(1, "", "the file is empty, or its first line cannot be read (%v)", err)
		return
	}
	columns, wide := f.columns(header)
	_, handles := columns["handle"]
	_, addresses := columns["url"]
	if !handles && !addresses && len(wide) == 0 {
		f.bad(1, "", "no column holds handles or addresses; the first line needs a column handle or url (usuario, enlace …), or one for each network, and has %q", header)
		return
	}
	for {
		row, err := r.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &broken):
			f.bad(broken.Line, "", "the quotes of this row cannot be read (%v); what follows is not read", broken.Err)
			return
		case err != nil:
			f.bad(1, "", "%v", err)
			return
		}
		line, _ := r.FieldPos(0)
		f.row(line, columns, wide, row)
	}
}

// columns finds the columns of a table by their names: those of fields, and those that are networks themselves.
func (f *foreign) columns(header []string) (fields map[string]int, wide map[int]pipeline.Platform) {
	fields, wide = map[string]int{}, map[int]pipeline.Platform{}
	for i, title := range header {
		name := fold(title)
		known := false
		for _, field := range keys(columnNames) {
			if slices.Contains(columnNames[field], name) {
				if _, taken := fields[field]; taken {
					f.bad(1, title, "a second column for the same; it is not read")
				} else {
					fields[field] = i
				}
				known = true
			}
		}
		if p, ok := platformCalled(title); ok {
			wide[i], known = p, true
		}
		if !known && name != "" {
			f.bad(1, title, "what this column holds is not known; it is not read")
		}
	}
	return fields, wide
}

func (f *foreign) row(line int, columns map[string]int, wide map[int]pipeline.Platform, row []string) {
	cell := func(field string) string {
		if i, ok := columns[field]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	if !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" }) {
		return
	}
	e := Entry{Line: line, Department: cell("department")}
	e.Account = pipeline.Account{ID: pipeline.AccountID(cell("id")), StableID: cell("stable_id"), Server: cell("server"), Credential: cell("credential"), Owner: cell("owner")}
	if s := cell("group"); s != "" {
		if e.Group = groupNames[fold(s)]; e.Group == "" {
			f.bad(line, "group", "%q is not a group; write participant, comparison or other", s)
		}
	}
	if s := cell("language"); s != "" {
		e.Account.Languages = languages(s)
	}
	if s := cell("admins"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			f.bad(line, "admins", "%q is not a number of people; it is left out", s)
		} else {
			e.Account.Admins = n
		}
	}
	for field, date := range map[string]*pipeline.Date{"opened": &e.Account.Opened, "closed": &e.Account.Closed, "reviewed": &e.Account.Reviewed} {
		if s := cell(field); s != "" {
			var ok bool
			if *date, ok = day(s); !ok {
				f.bad(line, field, "%q is not a date; write it as YYYY-MM-DD or DD/MM/YYYY; it is left out", s)
			}
		}
	}
	found := false
	for _, i := range sortedIndexes(wide) {
		if i >= len(row) || absent(row[i]) {
			continue
		}
		found = true
		one := e
		one.Account.Platform = wide[i]
		if len(wide) > 1 { // these are of one account, and there are several
			one.Account.ID, one.Account.StableID, one.Account.Server, one.Account.Credential = "", "", "", ""
		}
		for _, called := range strings.FieldsFunc(row[i], func(r rune) bool { return r == '\n' || r == ';' || r == ',' || r == ' ' }) {
			f.add(one, string(wide[i]), called)
		}
	}
	called := cmp.Or(cell("url"), cell("handle"))
	if absent(called) {
		if !found {
			f.bad(line, "", "the row has neither a handle nor an address")
		}
		return
	}
	if s := cell("platform"); s != "" {
		var ok bool
		if e.Account.Platform, ok = platformCalled(s); !ok {
			f.bad(line, "platform", "%q is not a network that presencia knows; it has %s", s, strings.Join(texts(pipeline.Platforms), ", "))
			return
		}
	}
	f.add(e, "handle", called)
}

// absent tells whether a cell says that there is nothing.
func absent(s string) bool {
	return slices.Contains([]string{"", "-", "–", "—", "no", "n/a", "na", "none", "ninguno", "ninguna", "cap", "x"}, strings.ToLower(strings.TrimSpace(s)))
}

func sortedIndexes(m map[int]pipeline.Platform) []int {
	var all []int
	for i := range m {
		all = append(all, i)
	}
	slices.Sort(all)
	return all
}

// languageNames are what people call the languages of these institutions, folded; anything else is a tag already.
var languageNames = map[string]string{
	"castellano": "es", "castella": "es", "espanol": "es", "espanyol": "es", "spanish": "es", "cas": "es", "esp": "es",
	"valenciano": "ca-ES-valencia", "valencia": "ca-ES-valencia", "valencian": "ca-ES-valencia", "val": "ca-ES-valencia", "va": "ca-ES-valencia",
	"catalan": "ca", "catala": "ca", "ingles": "en", "angles": "en", "english": "en", "gallego": "gl", "galego": "gl", "euskera": "eu", "vasco": "eu", "basque": "eu",
	"frances": "fr", "french": "fr", "aleman": "de", "alemany": "de", "german": "de",
}

func languages(s string) []string {
	var all []string
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;/|+ ", r) }) {
		if l = cmp.Or(languageNames[fold(l)], l); fold(l) != "y" && fold(l) != "i" && fold(l) != "and" && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// day reads a date as lists have it: by year first, or day before month.
func day(s string) (pipeline.Date, bool) {
	for _, layout := range []string{time.DateOnly, "2006/1/2", "2/1/2006", "2-1-2006", "2.1.2006", time.RFC3339, "2006-01-02 15:04:05", "2/1/2006 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return pipeline.DateOf(t), true
		}
	}
	return pipeline.Date{}, false
}
