package collectors

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

// Export reads an account's history from CSV files that its platform or a tool has exported. It is a reader like those, so
// that history takes the same way through the house as what is read live. Figures in such a file are those of the day
// of the export, never of the day of the post.
type Export struct {
	Files []string
	// Mapping adds to, or takes the place of, what the header tells; its zero value is enough for known files.
	Mapping Mapping
	// Encoding is the name of the files' encoding. Empty: UTF-8, or UTF-16 with a byte order mark; bytes that are not
	// UTF-8 are then read as Windows-1252 and counted.
	Encoding string
	// Zone is that of dates that name none; nil: UTC.
	Zone *time.Location
	// AsOf is when the files were exported. Zero: the newest modification time among them.
	AsOf time.Time
	// SkipBad leaves bad rows out. Without it one bad row refuses everything.
	SkipBad bool
	// Progress is told how many bytes of how many have been read; may be nil.
	Progress func(done, total int64)
	// Done is told what was read, once, at the end of Collect, also when that ends in an error; may be nil.
	Done func(Report)
}

// Mapping says what the columns of a file hold.
type Mapping struct {
	// Columns names the column of each field: id, created, text, url, likes, replies, reposts, views, reach, language,
	// kind. Names are compared exactly first, then without regard to case, spaces and punctuation. Needed are created
	// and one of id, url and text.
	Columns map[string]string
	// Layout is how dates are written, such as DD/MM/YYYY HH:MM, or as a layout of Go's package time.
	Layout string
	// DecimalComma reads 1.234 as a thousand and more, and 1,2K as 1200.
	DecimalComma bool
}

// Report is what an Export has read.
type Report struct {
	Format      string // what the files were recognised as; "mapping" if by that alone
	AsOf        time.Time
	Rows        int // rows with content, the header apart
	Posts       int
	Repeated    int // rows that only repeat another
	Daily       int // rows left out because they hold a part of a post's figures, one day's
	Bad         []BadRow
	Undecodable int // bytes not in the encoding: read as Windows-1252, or as U+FFFD where an encoding was given
	Entities    int // HTML entities decoded
	First, Last time.Time
}

// BadRow is a row that cannot be imported.
type BadRow struct {
	File   string
	Line   int // where the row begins, from 1
	Reason string
}

// BadRows is the error of an export that is refused because of some of its rows. It holds them all and prints twenty.
type BadRows []BadRow

func (rows BadRows) Error() string {
	const most = 20
	var b strings.Builder
	fmt.Fprintf(&b, "nothing was imported; bad rows: %d; correct them, or leave them out with --skip-bad", len(rows))
	for _, r := range rows[:min(len(rows), most)] {
		fmt.Fprintf(&b, "\n%s:%d: %s", r.File, r.Line, r.Reason)
	}
	if n := len(rows) - most; n > 0 {
		fmt.Fprintf(&b, "\nand %d more", n)
	}
	return b.String()
}

var _ pipeline.Reader = (*Export)(nil)

// exportField is a field of a post as an export may have it.
type exportField struct {
	name  string // as a mapping calls it
	gives []pipeline.Field
}

var exportFields = []exportField{
	{name: "id"},
	{name: "created"},
	{name: "text", gives: []pipeline.Field{pipeline.FieldText, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions}},
	{name: "url"},
	{name: "likes", gives: []pipeline.Field{pipeline.FieldLikes}},
	{name: "replies", gives: []pipeline.Field{pipeline.FieldReplies}},
	{name: "reposts", gives: []pipeline.Field{pipeline.FieldReposts}},
	{name: "views", gives: []pipeline.Field{pipeline.FieldViews}},
	{name: "reach", gives: []pipeline.Field{pipeline.FieldReach}},
	{name: "language", gives: []pipeline.Field{pipeline.FieldPostLanguage}},
	{name: "kind", gives: []pipeline.Field{pipeline.FieldKind}},
}

// exportFormat is a file as one source writes it.
type exportFormat struct {
	name      string
	platforms []pipeline.Platform // empty: any
	signature []string            // the columns that no other file has together
	columns   map[string][]string // a field's column; of several, the first that is there
	layouts   []string
	daily     string // the column that says Lifetime in the row with a post's whole figures
}

// exportFormats lists the files that are known by their header. To add one, add an entry and a test file.
func exportFormats() []exportFormat {
	meta := func(name string, p pipeline.Platform, owner string, likes string) exportFormat {
		return exportFormat{
			name: name, platforms: []pipeline.Platform{p}, signature: []string{"Post ID", owner, "Publish time", "Permalink"},
			columns: map[string][]string{
				"id": {"Post ID"}, "created": {"Publish time"}, "text": {"Description", "Title"}, "url": {"Permalink"}, "likes": {likes},
				"replies": {"Comments"}, "reposts": {"Shares"}, "views": {"Views", "Impressions"}, "reach": {"Reach"},
			},
			layouts: []string{"MM/DD/YYYY HH:MM"}, daily: "Date",
		}
	}
	x := []pipeline.Platform{pipeline.X}
	return []exportFormat{
		{
			name: "table of tweets", platforms: x,
			signature: []string{"created_at", "text", "url", "replies", "retweets", "favorites", "user"},
			columns: map[string][]string{
				"created": {"created_at"}, "text": {"text"}, "url": {"url"}, "likes": {"favorites"}, "replies": {"replies"}, "reposts": {"retweets"},
			},
			layouts: []string{"M/D/YY H:MM"},
		},
		{
			name: "X Analytics content", platforms: x,
			signature: []string{"Post id", "Date", "Post text", "Post Link"},
			columns: map[string][]string{
				"id": {"Post id"}, "created": {"Date"}, "text": {"Post text"}, "url": {"Post Link"}, "likes": {"Likes"}, "replies": {"Replies"},
				"reposts": {"Reposts"}, "views": {"Impressions"},
			},
			layouts: []string{"DDD, MMM D, YYYY", "YYYY-MM-DD"},
		},
		{
			name: "Twitter Analytics", platforms: x,
			signature: []string{"Tweet id", "Tweet permalink", "Tweet text", "time"},
			columns: map[string][]string{
				"id": {"Tweet id"}, "created": {"time"}, "text": {"Tweet text"}, "url": {"Tweet permalink"}, "likes": {"likes", "favorites"},
				"replies": {"replies"}, "reposts": {"retweets"}, "views": {"impressions"},
			},
			layouts: []string{"YYYY-MM-DD HH:MM ZZ"},
		},
		meta("Meta Business Suite content, Facebook", pipeline.Facebook, "Page ID", "Reactions"),
		meta("Meta Business Suite content, Instagram", pipeline.Instagram, "Account ID", "Likes"),
	}
}

// Fingerprint names what this export would store in an account: the same for the same content, mapping and options,
// whatever the files are called. As the id of a run it makes the same import the same run.
func (e *Export) Fingerprint(account pipeline.AccountID) (string, error) {
	sums := make([]string, len(e.Files))
	for i, name := range e.Files {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", fmt.Errorf("read %s: %w", name, err)
		}
		sums[i] = hex.EncodeToString(h.Sum(nil))
	}
	slices.Sort(sums)
	b, err := json.Marshal([]any{"import 1", account, sums, e.Mapping, e.Encoding, e.zone().String(), e.AsOf.UTC(), e.SkipBad})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return "import-" + hex.EncodeToString(sum[:16]), nil
}

func (e *Export) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Read reads the files as the history of the request's account. Bad rows are [BadRows], all of them.
func (e *Export) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	x := &exportReader{Export: e, account: r.Account, seen: map[string]sighting{}}
	err := x.read(ctx)
	slices.SortStableFunc(x.posts, func(a, b pipeline.Post) int { return a.CreatedAt.Compare(b.CreatedAt) })
	if n := len(x.posts); n > 0 {
		x.report.Posts, x.report.First, x.report.Last = n, x.posts[0].CreatedAt, x.posts[n-1].CreatedAt
	}
	switch {
	case err != nil:
	case len(x.report.Bad) > 0 && !e.SkipBad:
		err = BadRows(x.report.Bad)
	case len(x.posts) == 0:
		err = fmt.Errorf("there is no post in %s that could be imported", strings.Join(e.Files, ", "))
	}
	if e.Done != nil {
		e.Done(x.report)
	}
	if err != nil {
		return pipeline.Batch{}, err
	}
	return pipeline.Batch{At: x.report.AsOf, Gives: x.gives(), Posts: x.posts}, nil
}

// exportReader is one reading of an Export.
type exportReader struct {
	*Export
	account     pipeline.Account
	fields      []string // of posts that the files have
	posts       []pipeline.Post
	seen        map[string]sighting // by post id
	windows1252 [256]string
	done, total int64
	report      Report
}

// sighting is where a post was met first.
type sighting struct {
	post int
	file string
	line int
}

func (x *exportReader) read(ctx context.Context) error {
	if len(x.Files) == 0 {
		return errors.New("no file to import was named")
	}
	x.report.AsOf = x.AsOf.UTC()
	for _, name := range x.Files {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		x.total += info.Size()
		if x.AsOf.IsZero() && info.ModTime().After(x.report.AsOf) {
			x.report.AsOf = info.ModTime().UTC()
		}
	}
	w, _ := charset.Lookup("windows-1252")
	for b := 128; b < 256; b++ {
		s, err := w.NewDecoder().String(string([]byte{byte(b)}))
		if err != nil {
			return err
		}
		x.windows1252[b] = s
	}
	for _, name := range x.Files {
		if err := x.file(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// file reads one file, row by row.
func (x *exportReader) file(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := x.open(name, f)
	if err != nil {
		return err
	}
	limit := &recordLimit{r: text}
	buffered := bufio.NewReaderSize(limit, sniff)
	rows := csv.NewReader(buffered)
	rows.Comma = delimiter(buffered)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read the columns of %s: %w; a CSV file begins with a line that names its columns", name, err)
	}
	t, err := x.table(name, slices.Clone(header))
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row, err := rows.Read()
		limit.record = rows.InputOffset()
		if errors.Is(err, io.EOF) {
			return nil
		}
		bad := func(line int, format string, args ...any) {
			x.report.Bad = append(x.report.Bad, BadRow{name, line, fmt.Sprintf(format, args...)})
		}
		wrong, ok := errors.AsType[*csv.ParseError](err)
		switch {
		case ok && errors.Is(err, csv.ErrFieldCount):
			x.report.Rows++
			bad(wrong.StartLine, "%d columns where the header has %d; is there a delimiter in a text without quotes?", len(row), len(header))
			continue
		case ok:
			x.report.Rows++
			bad(wrong.StartLine, "a quote is not closed or not doubled; a text with quotes, delimiters or line breaks stands in quotes, and quotes in it are doubled")
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		case strings.TrimSpace(strings.Join(row, "")) == "":
			continue
		}
		x.report.Rows++
		if t.daily >= 0 && row[t.daily] != "" && !strings.EqualFold(row[t.daily], "Lifetime") {
			x.report.Daily++
			continue
		}
		line, _ := rows.FieldPos(0)
		p, err := x.post(t, row)
		if err != nil {
			bad(line, "%v", err)
			continue
		}
		if first, ok := x.seen[p.ID]; !ok {
			x.seen[p.ID] = sighting{len(x.posts), name, line}
			x.posts = append(x.posts, p)
		} else if q := x.posts[first.post]; q.CreatedAt.Equal(p.CreatedAt) && q.Text == p.Text && q.URL == p.URL && q.Kind == p.Kind && q.Language == p.Language && q.Figures == p.Figures {
			x.report.Repeated++
		} else {
			bad(line, "the post %s is on line %d of %s too, with other content; import exports of different days one by one", p.ID, first.line, first.file)
		}
	}
}

// sniff is how much of a file is looked at before it is read.
const sniff = 64 << 10

// maxRecord bounds one row of a file.
const maxRecord = 10 << 20

// open makes text of a file's bytes, where they do not pass for text already.
func (x *exportReader) open(name string, f io.Reader) (io.Reader, error) {
	raw := bufio.NewReaderSize(&progress{f, x}, sniff)
	head, err := raw.Peek(sniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	encoding := x.Encoding
	for _, mark := range []struct{ bytes, encoding string }{{"\xef\xbb\xbf", x.Encoding}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}} {
		if bytes.HasPrefix(head, []byte(mark.bytes)) {
			head = head[len(mark.bytes):]
			if _, err := raw.Discard(len(mark.bytes)); err != nil {
				return nil, err
			}
			encoding = mark.encoding
			break
		}
	}
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return nil, fmt.Errorf("%s is empty", name)
	case encoding != "":
		e, _ := charset.Lookup(encoding)
		if e == nil {
			return nil, fmt.Errorf("%q is not the name of a text encoding; write one such as windows-1252, iso-8859-15 or utf-16le", encoding)
		}
		return transform.NewReader(raw, e.NewDecoder()), nil
	case bytes.IndexByte(head, 0) >= 0:
		return nil, fmt.Errorf("%s is not a text file; export or save it as CSV, in UTF-8", name)
	}
	return raw, nil
}

// progress counts what is read of a file.
type progress struct {
	r io.Reader
	x *exportReader
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.x.done += int64(n)
	if p.x.Progress != nil {
		p.x.Progress(p.x.done, p.x.total)
	}
	return n, err
}

// recordLimit stops a row without end, such as a quote that is never closed, before it fills the memory.
type recordLimit struct {
	r      io.Reader
	read   int64
	record int64 // where the row that is being read begins
}

func (l *recordLimit) Read(b []byte) (int, error) {
	if l.read-l.record > maxRecord+sniff {
		return 0, fmt.Errorf("a row is longer than %d MB; is a quote not closed?", maxRecord>>20)
	}
	n, err := l.r.Read(b)
	l.read += int64(n)
	return n, err
}

// delimiter finds what separates the columns in the header: a comma, a semicolon or a tab.
func delimiter(r *bufio.Reader) rune {
	head, _ := r.Peek(sniff)
	quoted := false
	counts := map[rune]int{}
	for _, c := range string(head) {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	return slices.MaxFunc([]rune{',', ';', '\t'}, func(a, b rune) int { return cmp.Compare(counts[a], counts[b]) })
}

// table is where a file has what.
type table struct {
	columns map[string]int // by field
	layouts []string
	daily   int // -1: no such column
}

// table finds the fields of posts among a file's columns.
func (x *exportReader) table(name string, header []string) (table, error) {
	for i := range header {
		header[i] = strings.TrimSpace(x.decode(header[i]))
	}
	f, known := recognise(header)
	if known && len(f.platforms) > 0 && !slices.Contains(f.platforms, x.account.Platform) {
		return table{}, fmt.Errorf("%s is a file of %s (%s), and account %s is on %s; name the account it belongs to", name, f.platforms[0], f.name, x.account.ID, x.account.Platform)
	}
	if !known && len(x.Mapping.Columns) == 0 {
		return table{}, unknownColumns(name, header)
	}
	if !known {
		f = exportFormat{name: "mapping", columns: map[string][]string{}, layouts: []string{"YYYY-MM-DD HH:MM:SS", time.RFC3339, "YYYY-MM-DD HH:MM", "YYYY-MM-DD", "YYYY-MM-DD HH:MM ZZ"}}
	}
	for field, column := range x.Mapping.Columns {
		if !slices.ContainsFunc(exportFields, func(f exportField) bool { return f.name == field }) {
			return table{}, fmt.Errorf("the mapping names a field %q; there are %s", field, fieldNames())
		}
		if columnOf(header, column) < 0 {
			return table{}, fmt.Errorf("%s has no column %q, which the mapping names for %s; its columns are %s", name, column, field, quoted(header))
		}
		f.columns[field] = []string{column}
	}
	t := table{columns: map[string]int{}, daily: -1}
	if f.daily != "" {
		t.daily = columnOf(header, f.daily)
	}
	var fields []string
	for _, field := range exportFields {
		for _, column := range f.columns[field.name] {
			if i := columnOf(header, column); i >= 0 {
				t.columns[field.name] = i
				fields = append(fields, field.name)
				break
			}
		}
	}
	if _, ok := t.columns["created"]; !ok {
		return table{}, fmt.Errorf("the mapping does not say which column of %s holds the date of a post; name it for created; its columns are %s", name, quoted(header))
	}
	if !slices.ContainsFunc(fields, func(f string) bool { return f == "id" || f == "url" || f == "text" }) {
		return table{}, fmt.Errorf("the mapping does not say how to tell the posts of %s apart; name a column for id, url or text; its columns are %s", name, quoted(header))
	}
	if x.Mapping.Layout != "" {
		if err := checkLayout(x.Mapping.Layout); err != nil {
			return table{}, err
		}
		f.layouts = []string{x.Mapping.Layout}
	}
	t.layouts = f.layouts
	if x.fields != nil && !slices.Equal(x.fields, fields) {
		return table{}, fmt.Errorf("%s has other columns than %s; import them one by one", name, x.Files[0])
	}
	x.fields, x.report.Format = fields, f.name
	return t, nil
}

// recognise finds the format that a header belongs to: by the exact names first, then by looser ones.
func recognise(header []string) (exportFormat, bool) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, alike} {
		for _, f := range exportFormats() {
			if !slices.ContainsFunc(f.signature, func(c string) bool {
				return !slices.ContainsFunc(header, func(h string) bool { return same(h, c) })
			}) {
				return f, true
			}
		}
	}
	return exportFormat{}, false
}

// columnOf is where a column stands in a header, by its exact name before a looser one; -1 if nowhere.
func columnOf(header []string, name string) int {
	if i := slices.Index(header, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(header, func(h string) bool { return alike(h, name) })
}

var notName = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// alike tells whether two names of columns differ in nothing but case, spaces and punctuation.
func alike(a, b string) bool {
	return strings.EqualFold(notName.ReplaceAllString(a, ""), notName.ReplaceAllString(b, ""))
}

// unknownColumns says what a file has, what the nearest known one would have, and how to map.
func unknownColumns(name string, header []string) error {
	near := ""
	fewest := 3 // more missing than that is no likeness
	for _, f := range exportFormats() {
		missing := slices.DeleteFunc(slices.Clone(f.signature), func(c string) bool { return columnOf(header, c) >= 0 })
		if len(missing) < fewest && len(missing) < len(f.signature)/2+1 {
			fewest = len(missing)
			near = fmt.Sprintf("; of a file %q it lacks %s", f.name, quoted(missing))
		}
	}
	return fmt.Errorf("%s is none of the files that presencia knows by their columns, which here are %s%s; say which column holds what, at least created and one of id, url, text, for example --map created=Date --map text=Message", name, quoted(header), near)
}

func fieldNames() string {
	var names []string
	for _, f := range exportFields {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}

// gives are the fields that the files' columns can tell.
func (x *exportReader) gives() []pipeline.Field {
	var gives []pipeline.Field
	for _, f := range exportFields {
		if slices.Contains(x.fields, f.name) {
			gives = append(gives, f.gives...)
		}
	}
	if x.account.Platform == pipeline.X && slices.Contains(x.fields, "text") && !slices.Contains(x.fields, "kind") {
		gives = append(gives, pipeline.FieldKind)
	}
	return gives
}

// post makes a post of a row. Its errors say what is wrong with which field.
func (x *exportReader) post(t table, row []string) (pipeline.Post, error) {
	var p pipeline.Post
	cell := func(field string) string {
		i, ok := t.columns[field]
		if !ok {
			return ""
		}
		return strings.TrimSpace(x.decode(row[i]))
	}
	for _, s := range row {
		if strings.IndexByte(s, 0) >= 0 {
			return p, errors.New("a NUL byte; the file is damaged here")
		}
	}
	var err error
	if p.CreatedAt, err = x.date(cell("created"), t.layouts); err != nil {
		return p, fmt.Errorf("created: %w", err)
	}
	for _, figure := range []struct {
		field string
		into  *pipeline.Count
	}{{"likes", &p.Figures.Likes}, {"replies", &p.Figures.Replies}, {"reposts", &p.Figures.Reposts}, {"views", &p.Figures.Views}, {"reach", &p.Figures.Reach}} {
		if *figure.into, err = parseFigure(cell(figure.field), x.Mapping.DecimalComma); err != nil {
			return p, fmt.Errorf("%s: %w", figure.field, err)
		}
	}
	p.URL = cell("url")
	if p.URL != "" && !web(p.URL) {
		return p, fmt.Errorf("url: %q is not a web address", p.URL)
	}
	p.Text = x.text(cell("text"))
	p.Language = cell("language")
	p.Links, p.Hashtags, p.Mentions = derive(p.Text)
	if p.Kind, err = x.kind(cell("kind"), p.Text); err != nil {
		return p, err
	}
	p.ID, err = x.id(cell("id"), p)
	return p, err
}

func (x *exportReader) kind(written, text string) (pipeline.PostKind, error) {
	switch k := pipeline.PostKind(strings.ToLower(written)); {
	case k == pipeline.Own || k == pipeline.Reply || k == pipeline.Repost:
		return k, nil
	case k != "":
		return "", fmt.Errorf("kind: %q is not one of own, reply, repost", written)
	case x.account.Platform == pipeline.X && strings.HasPrefix(text, "RT @"):
		return pipeline.Repost, nil
	case x.account.Platform == pipeline.X && strings.HasPrefix(text, "@"):
		return pipeline.Reply, nil
	}
	return pipeline.Own, nil
}

// rounded is an id that went through a spreadsheet and lost its last digits: 1.22158E+17.
var rounded = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+$`)

// id is the platform's id of a post: as given, or from its address; where there is neither, a hash of what it says.
func (x *exportReader) id(given string, p pipeline.Post) (string, error) {
	if given != "" && !rounded.MatchString(given) {
		return given, nil
	}
	if u, err := url.Parse(p.URL); err == nil && p.URL != "" {
		for _, key := range []string{"story_fbid", "fbid", "v"} { // addresses whose path is the same for all posts
			if id := u.Query().Get(key); id != "" {
				return id, nil
			}
		}
		segments := strings.Split(strings.Trim(u.Path, "/"), "/")
		if last := segments[len(segments)-1]; last != "" {
			return last, nil
		}
	}
	if given != "" {
		return "", fmt.Errorf("id: %s has been rounded by a spreadsheet; export the file anew, or keep its column as text", given)
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", x.account.ID, p.CreatedAt.UnixMilli(), p.Text))
	return hex.EncodeToString(h[:16]), nil
}

// decode makes valid UTF-8 of a cell.
func (x *exportReader) decode(s string) string {
	if x.Encoding != "" {
		x.report.Undecodable += strings.Count(s, "\uFFFD")
		return s
	}
	if utf8.ValidString(s) {
		return strings.Clone(s) // a post must not hold on to its row
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			x.report.Undecodable++
			b.WriteString(x.windows1252[s[0]])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// entity is an HTML entity with its semicolon: without it, &copy in an address would become a sign.
var entity = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);`)

// text is what a post says: without entities, with plain line breaks, in Unicode's normal form C.
func (x *exportReader) text(s string) string {
	s = entity.ReplaceAllStringFunc(s, func(e string) string {
		d := html.UnescapeString(e)
		if d != e {
			x.report.Entities++
		}
		return d
	})
	return norm.NFC.String(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
}

var (
	linkInText    = regexp.MustCompile(`https?://[^\s<>"]+`)
	hashtagInText = regexp.MustCompile(`(?:^|[^\p{L}\p{N}_&/#])#([\p{L}\p{N}\p{M}_]*[\p{L}_][\p{L}\p{N}\p{M}_]*)`)
	mentionInText = regexp.MustCompile(`(?:^|[^\p{L}\p{N}_@./-])\.?@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?(?:@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)?)`)
)

// derive finds the links, hashtags and mentions in a text, as a file does not list them.
func derive(text string) (links, hashtags, mentions []string) {
	rest := linkInText.ReplaceAllStringFunc(text, func(l string) string {
		kept := strings.TrimRight(l, ".,;:!?'’”»…)]")
		links = append(links, kept)
		return " "
	})
	for _, m := range hashtagInText.FindAllStringSubmatch(rest, -1) {
		hashtags = append(hashtags, m[1])
	}
	for _, m := range mentionInText.FindAllStringSubmatch(rest, -1) {
		mentions = append(mentions, m[1])
	}
	return distinct(links), distinct(hashtags), distinct(mentions)
}

var dateWords = strings.NewReplacer(
	"HH:MM:SS", "15:04:05", "H:MM:SS", "15:04:05", "HH:MM", "15:04", "H:MM", "15:04", "hh:MM", "3:04", "h:MM", "3:04", "AM", "PM",
	"YYYY", "2006", "YY", "06", "MMM", "Jan", "MM", "1", "M", "1", "DDD", "Mon", "DD", "2", "D", "2", "ZZ", "-0700")

// goLayout translates a layout such as DD/MM/YYYY HH:MM; one of Go's own stays as it is.
func goLayout(s string) string {
	if strings.Contains(s, "06") {
		return s
	}
	return dateWords.Replace(s)
}

func checkLayout(s string) error {
	day := time.Date(2014, 12, 21, 0, 0, 0, 0, time.UTC)
	l := goLayout(s)
	if got, err := time.Parse(l, day.Format(l)); err != nil || pipeline.DateOf(got) != pipeline.DateOf(day) {
		return fmt.Errorf("%q does not say how year, month and day are written; write it like DD/MM/YYYY HH:MM", s)
	}
	return nil
}

// date reads a moment. What lies after the export, or before there was anything to post to, is a date misread.
func (x *exportReader) date(s string, layouts []string) (time.Time, error) {
	if s == "" {
		return time.Time{}, errors.New("the date is missing")
	}
	for _, l := range layouts {
		t, err := time.ParseInLocation(goLayout(l), s, x.zone())
		switch {
		case err != nil:
			continue
		case t.Year() < 1990:
			return time.Time{}, fmt.Errorf("%q would be in the year %d", s, t.Year())
		case t.After(x.report.AsOf.Add(24 * time.Hour)): // a file without zone may be a day ahead
			return time.Time{}, fmt.Errorf("%q is after the day of the export, %s; give the right day with --as-of", s, pipeline.DateOf(x.report.AsOf))
		}
		return t.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date written as %s", s, layouts[0])
}

var (
	pointFigure = regexp.MustCompile(`^([0-9]{1,3}(?:[, \x{a0}\x{202f}][0-9]{3})+|[0-9]+)(?:\.([0-9]+))?([KkMm]?)$`)
	commaFigure = regexp.MustCompile(`^([0-9]{1,3}(?:[. \x{a0}\x{202f}][0-9]{3})+|[0-9]+)(?:,([0-9]+))?([KkMm]?)$`)
	notDigit    = regexp.MustCompile(`[^0-9]`)
)

// parseFigure reads a count as files write it: 1203, 1,203, 1203.0, 1.2K. An empty cell or a dash is unknown.
func parseFigure(s string, decimalComma bool) (pipeline.Count, error) {
	if slices.Contains([]string{"", "-", "–", "—", "N/A", "n/a"}, s) {
		return pipeline.Count{}, nil
	}
	form, other := pointFigure, commaFigure
	if decimalComma {
		form, other = other, form
	}
	m := form.FindStringSubmatch(s)
	if m == nil {
		if other.MatchString(s) {
			return pipeline.Count{}, fmt.Errorf("%q has its thousands or decimals the other way round; set the mapping's decimal sign", s)
		}
		return pipeline.Count{}, fmt.Errorf("%q is not a number", s)
	}
	zeros := map[string]int{"": 0, "k": 3, "m": 6}[strings.ToLower(m[3])]
	decimals := strings.TrimRight(m[2], "0")
	if len(decimals) > zeros {
		return pipeline.Count{}, fmt.Errorf("%q is not a whole number; if its sign stands for thousands, set the mapping's decimal sign", s)
	}
	n, err := strconv.ParseInt(notDigit.ReplaceAllString(m[1], "")+decimals+strings.Repeat("0", zeros-len(decimals)), 10, 64)
	if err != nil {
		return pipeline.Count{}, fmt.Errorf("%q is too large", s)
	}
	return pipeline.CountOf(n), nil
}
