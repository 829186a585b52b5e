package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/collectors"
	"presencia/pipeline"
)

// rows is a table, row by row.
type rows interface {
	// next is the next row and the line where it begins; the row stands until the next call. The error is io.EOF at the
	// end, or a rowError for a row that cannot be read while those after it can.
	next() (row []string, line int, err error)
	// serial reads a date that a sheet holds as a number.
	serial(float64) (time.Time, bool)
}

// rowError says why one row cannot be read.
type rowError string

func (e rowError) Error() string { return string(e) }

// mappedField is a field that a column may hold.
type mappedField struct {
	name  string // as a mapping calls it
	gives []pipeline.Field
}

// mapped are the fields that a mapping may name.
var mapped = []mappedField{
	{name: "id"},
	{name: "created"},
	{name: "text", gives: []pipeline.Field{pipeline.FieldText, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions}},
	{name: "url"},
	{name: "likes", gives: []pipeline.Field{pipeline.FieldLikes}},
	{name: "replies", gives: []pipeline.Field{pipeline.FieldReplies}},
	{name: "reposts", gives: []pipeline.Field{pipeline.FieldReposts}},
	{name: "views", gives: []pipeline.Field{pipeline.FieldViews}},
	{name: "reach", gives: []pipeline.Field{pipeline.FieldReach}},
	{name: "saves", gives: []pipeline.Field{pipeline.FieldSaves}},
	{name: "language", gives: []pipeline.Field{pipeline.FieldPostLanguage}},
	{name: "kind", gives: []pipeline.Field{pipeline.FieldKind}},
	{name: "followers"},
}

// FieldNames lists the fields that a mapping may name.
func FieldNames() string {
	var names []string
	for _, f := range mapped {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// tableFormat is a table as one source writes it: of posts, or of days with followers.
type tableFormat struct {
	name      string
	platforms []pipeline.Platform
	note      string
	// signature are the columns that no other table has together: fields of columns, or names.
	signature []string
	// columns are the names of each field's column; of several, the first that is there. Beside the fields of a mapping
	// there are: period (empty, or a word where the figures are of all time, a date where of one day), owner (whose post
	// it is; owner_name and owner_id tell the same), network, public, gain and loss (of followers on a day).
	columns map[string][]string
	layouts []string
	zone    *time.Location // of its dates, where it is known
	// useless says why nothing in it is kept.
	useless string
	// born tells when a post was made from its id, for files that only tell the day.
	born func(id string) (time.Time, bool)
	// address makes that of a post, for files that have none.
	address func(id string) string
	// joined tells that the platform's own id of a post is that of its page and that of the file.
	joined bool
	// ranged tells that figures are those of the period that the name of the file tells.
	ranged bool
	// explained tells that the row below the header explains the columns.
	explained bool
	// like makes the format of any table with columns of these names, whatever else it has.
	like func(header []string) bool
}

func (f tableFormat) about() Format {
	a := Format{Name: f.name, Platforms: f.platforms, Note: f.note}
	if f.useless != "" {
		return a
	}
	if _, ok := f.columns["followers"]; ok || f.columns["gain"] != nil {
		a.Gives = append(a.Gives, pipeline.FieldFollowers)
	}
	for _, m := range mapped {
		if f.columns[m.name] != nil {
			a.Gives = append(a.Gives, m.gives...)
		}
	}
	return a
}

func (f tableFormat) claims(h head) bool { return h.header != nil && f.fits(h.header, alike) }

// fits tells whether a header is this format's.
func (f tableFormat) fits(header []string, same func(a, b string) bool) bool {
	return len(f.missing(header, same)) == 0 && (f.like == nil || f.like(header))
}

// missing are the columns of the signature that a header lacks.
func (f tableFormat) missing(header []string, same func(a, b string) bool) []string {
	var missing []string
	for _, s := range f.signature {
		names := f.columns[s]
		if names == nil {
			names = []string{s}
		}
		if !slices.ContainsFunc(names, func(n string) bool {
			return slices.ContainsFunc(header, func(h string) bool { return same(h, n) })
		}) {
			missing = append(missing, names[0])
		}
	}
	return missing
}

func exactly(a, b string) bool { return a == b }

var notName = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// alike tells whether two names of columns differ in nothing but case, spaces and punctuation.
func alike(a, b string) bool {
	return strings.EqualFold(notName.ReplaceAllString(a, ""), notName.ReplaceAllString(b, ""))
}

// columnOf is where a column stands in a header, by its exact name before a looser one; -1 if nowhere.
func columnOf(header []string, name string) int {
	if i := slices.Index(header, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(header, func(h string) bool { return alike(h, name) })
}

// headerWithin is how many rows may stand before the one that names the columns.
const headerWithin = 5

// table reads a table with the format whose columns it has, or as the mapping says.
func (x *reading) table(ctx context.Context, in *input) error {
	var first [][]string
	for len(first) < headerWithin {
		row, _, err := in.sheet.next()
		if err != nil {
			if len(first) == 0 {
				return x.unknown(in, fmt.Errorf("read the columns of %s: %w; a CSV file begins with a line that names its columns", in.name, err))
			}
			break
		}
		header := make([]string, len(row))
		for i := range row {
			header[i] = strings.TrimSpace(x.decode(row[i]))
		}
		first = append(first, header)
		in.header = header
		if f, ok := recognise(header); ok && !(f.useless != "" && x.mapsTo(header)) {
			return x.readAs(ctx, in, f)
		}
		if x.mapsTo(header) {
			return x.readAs(ctx, in, tableFormat{
				name: "mapping", columns: map[string][]string{},
				layouts: []string{"YYYY-MM-DD HH:MM:SS", time.RFC3339, "YYYY-MM-DD HH:MM", "YYYY-MM-DD", "YYYY-MM-DD HH:MM ZZ"},
			})
		}
	}
	header := slices.MaxFunc(first, func(a, b []string) int { return filled(a) - filled(b) })
	for field, column := range x.Mapping.Columns {
		if columnOf(header, column) < 0 {
			return x.unknown(in, fmt.Errorf("%s has no column %q, which the mapping names for %s; its columns are %s", in.name, column, field, quoted(header)))
		}
	}
	return x.unknown(in, unknownColumns(in.name, header))
}

func filled(row []string) int {
	n := 0
	for _, c := range row {
		if c != "" {
			n++
		}
	}
	return n
}

// mapsTo tells whether a header has all columns of the mapping.
func (x *reading) mapsTo(header []string) bool {
	for _, column := range x.Mapping.Columns {
		if columnOf(header, column) < 0 {
			return false
		}
	}
	return len(x.Mapping.Columns) > 0
}

// recognise finds the format that a header belongs to: by the exact names first, then by looser ones.
func recognise(header []string) (tableFormat, bool) {
	for _, f := range formats() {
		if t, ok := f.(tableFormat); ok && t.fits(header, exactly) {
			return t, true
		}
	}
	for _, f := range formats() {
		if t, ok := f.(tableFormat); ok && t.claims(head{header: header}) {
			return t, true
		}
	}
	return tableFormat{}, false
}

// unknownColumns says what a file has, what the nearest known one would have, and how to map.
func unknownColumns(name string, header []string) error {
	near := ""
	fewest := 3 // more missing than that is no likeness
	for _, f := range formats() {
		t, ok := f.(tableFormat)
		if !ok || t.like != nil {
			continue
		}
		missing := t.missing(header, alike)
		if len(missing) < fewest && len(missing) < len(t.signature)/2+1 {
			fewest = len(missing)
			near = fmt.Sprintf("; of a file %q it lacks %s", t.name, quoted(missing))
		}
	}
	return fmt.Errorf("%s is none of the files that presencia knows by their columns, which here are %s%s; %s", name, quoted(header), near, knownFormats())
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}

// tableReading is a table under way.
type tableReading struct {
	*reading
	tableFormat
	in      *input
	columns map[string]int // by field
	layouts []layout
	zone    *time.Location
	begins  time.Time // of the period of the figures; zero: of all time
	owner   string    // whose the rows have been so far
	fields  []string  // of posts
}

// read reads the rows below the header.
func (f tableFormat) read(ctx context.Context, x *reading, in *input) error {
	t, err := x.layOut(in, f, in.header)
	if err != nil {
		return err
	}
	if f.useless != "" {
		x.unreadable = append(x.unreadable, fmt.Sprintf("%s is %s, %s", in.name, f.name, f.useless))
		return nil
	}
	header, read := in.header, t.post
	if t.isDays() {
		read = t.day
		x.give(pipeline.FieldFollowers)
	} else if err := x.posting(in, strings.Join(t.fields, ","), t.gives()); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row, line, err := in.sheet.next()
		var wrong rowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong):
			x.report.Rows++
			x.bad(in, line, "%s", string(wrong))
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", in.name, err)
		case blank(row), n == 0 && f.explained && t.cell(padded(row, len(header)), "created") == "":
			continue
		}
		x.report.Rows++
		if _, text := in.sheet.(*csvRows); !text { // a sheet does not keep empty cells at the end
			if row = padded(row, len(header)); blank(row[len(header):]) {
				row = row[:len(header)]
			}
		}
		if len(row) != len(header) {
			x.bad(in, line, "%d columns where the header has %d; is there a delimiter in a text without quotes?", len(row), len(header))
			continue
		}
		if err := t.row(row, line, read); err != nil {
			return err
		}
	}
}

// padded makes a row at least n cells long.
func padded(row []string, n int) []string { return append(row, make([]string, max(0, n-len(row)))...) }

func blank(row []string) bool {
	for _, c := range row {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// layOut finds the fields among a table's columns.
func (x *reading) layOut(in *input, f tableFormat, header []string) (*tableReading, error) {
	names := map[string][]string{}
	for field, columns := range f.columns {
		names[field] = columns
	}
	for field, column := range x.Mapping.Columns {
		if columnOf(header, column) < 0 {
			return nil, fmt.Errorf("%s has no column %q, which the mapping names for %s; its columns are %s", in.name, column, field, quoted(header))
		}
		names[field] = []string{column}
	}
	t := &tableReading{reading: x, tableFormat: f, in: in, columns: map[string]int{}, zone: f.zone}
	for field, columns := range names {
		for _, column := range columns {
			if i := columnOf(header, column); i >= 0 {
				t.columns[field] = i
				break
			}
		}
	}
	if t.zone == nil {
		t.zone = x.zone()
	}
	layouts := f.layouts
	if x.Mapping.Layout != "" {
		layouts = []string{x.Mapping.Layout}
	}
	t.layouts = layoutsOf(layouts)
	if f.ranged {
		t.begins = rangeOf(in, t.zone)
	}
	if f.useless != "" {
		return t, nil
	}
	if !t.has("created") && f.born == nil {
		return nil, fmt.Errorf("the mapping does not say which column of %s holds the date of a post; name it for created; its columns are %s", in.name, quoted(header))
	}
	if t.isDays() {
		return t, nil
	}
	for _, m := range mapped {
		if t.has(m.name) {
			t.fields = append(t.fields, m.name)
		}
	}
	if !t.has("id") && !t.has("url") && !t.has("text") {
		return nil, fmt.Errorf("the mapping does not say how to tell the posts of %s apart; name a column for id, url or text; its columns are %s", in.name, quoted(header))
	}
	return t, nil
}

func (t *tableReading) has(field string) bool {
	_, ok := t.columns[field]
	return ok
}

// isDays tells a table of days from one of posts.
func (t *tableReading) isDays() bool { return t.has("followers") || t.has("gain") }

// gives are the fields that the table's columns can tell.
func (t *tableReading) gives() []pipeline.Field {
	var gives []pipeline.Field
	for _, m := range mapped {
		if t.has(m.name) {
			gives = append(gives, m.gives...)
		}
	}
	if t.account.Platform == pipeline.X && t.has("text") && !t.has("kind") {
		gives = append(gives, pipeline.FieldKind)
	}
	return gives
}

// cell is what a row has of a field.
func (t *tableReading) cell(row []string, field string) string {
	i, ok := t.columns[field]
	if !ok {
		return ""
	}
	return strings.TrimSpace(t.decode(row[i]))
}

// total is the word of a row that adds up the others.
var total = regexp.MustCompile(`(?i)^(totals?|totales|totais|gesamt|summe|total general)$`)

// public is the word for what everybody may see.
var public = regexp.MustCompile(`(?i)^(public|público|públic|öffentlich|$)`)

// row reads one row, unless it is none of the account's own.
func (t *tableReading) row(row []string, line int, read func([]string, int) error) error {
	for _, s := range row {
		if strings.IndexByte(s, 0) >= 0 {
			t.bad(t.in, line, "a NUL byte; the file is damaged here")
			return nil
		}
	}
	word := ""
	for _, c := range row {
		if word = strings.TrimSpace(c); word != "" {
			break
		}
	}
	created := t.cell(row, "created")
	period := t.cell(row, "period")
	switch {
	case total.MatchString(word) && (created == "" || created == word):
		t.report.Totals++
		return nil
	case period != "" && period[0] >= '0' && period[0] <= '9': // all else is a word for all time, in any language
		t.report.Daily++
		return nil
	case t.has("public") && !public.MatchString(t.cell(row, "public")):
		t.report.Others++
		return nil
	case t.has("network") && !isNetwork(t.cell(row, "network"), t.account.Platform):
		t.report.Others++
		return nil
	}
	if ok, err := t.owned(row); err != nil || !ok {
		return err
	}
	return read(row, line)
}

// owned tells whether a row is the account's. A table of several accounts is refused unless it is said which.
func (t *tableReading) owned(row []string) (bool, error) {
	if !t.has("owner") && !t.has("owner_name") && !t.has("owner_id") {
		return true, nil
	}
	owner := t.cell(row, "owner")
	others := strings.TrimSpace(owner + " " + t.cell(row, "owner_name") + " " + t.cell(row, "owner_id"))
	if t.Owner != "" {
		ok := false
		for _, field := range []string{"owner", "owner_name", "owner_id"} {
			ok = ok || t.has(field) && strings.EqualFold(strings.TrimPrefix(t.cell(row, field), "@"), strings.TrimPrefix(t.Owner, "@"))
		}
		if !ok {
			t.report.Others++
		}
		return ok, nil
	}
	if t.owner == "" {
		t.owner = others
	}
	if others != t.owner && others != "" {
		return false, fmt.Errorf("%s holds rows of several accounts, among them %q and %q; say which one is %s with --owner NAME", t.in.name, t.owner, others, t.account.ID)
	}
	return true, nil
}

// moment is when a row says that something was, from a date in words or a sheet's number.
func (t *tableReading) moment(row []string) (moment, error) {
	s := t.cell(row, "created")
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if at, ok := t.in.sheet.serial(n); ok {
			y, m, d := at.Date()
			local := time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), 0, t.zone)
			return moment{local.UTC(), at.Hour()+at.Minute()+at.Second() > 0}, t.plausible(local, s)
		}
	}
	return t.date(s, t.layouts, t.zone)
}

// post makes a post of a row. What is wrong is said of the field.
func (t *tableReading) post(row []string, line int) error {
	p, err := t.makePost(row)
	if err != nil {
		t.bad(t.in, line, "%v", err)
		return nil
	}
	return t.add(t.in, line, p)
}

func (t *tableReading) makePost(row []string) (pipeline.Post, error) {
	var p pipeline.Post
	var err error
	p.URL = t.cell(row, "url")
	given := t.cell(row, "id")
	at, err := t.moment(row)
	if t.born != nil && (err != nil || !at.hour) {
		if born, ok := t.born(postID(given, p.URL)); ok && (err != nil && t.plausible(born, "") == nil || err == nil && born.Sub(at.Time).Abs() < 48*time.Hour) {
			at, err = moment{born, true}, nil
		}
	}
	if err != nil {
		return p, fmt.Errorf("created: %w", err)
	}
	p.CreatedAt = at.Time
	for _, figure := range []struct {
		field string
		into  *pipeline.Count
	}{
		{"likes", &p.Figures.Likes}, {"replies", &p.Figures.Replies}, {"reposts", &p.Figures.Reposts}, {"views", &p.Figures.Views}, {"reach", &p.Figures.Reach},
		{"saves", &p.Figures.Saves},
	} {
		if *figure.into, err = parseFigure(t.cell(row, figure.field), t.Mapping.DecimalComma); err != nil {
			return p, fmt.Errorf("%s: %w", figure.field, err)
		}
	}
	if p.CreatedAt.Before(t.begins) {
		p.Figures = pipeline.Figures{}
		t.report.Partial++
	}
	if p.URL == "" && t.address != nil && given != "" {
		p.URL = t.address(given)
	}
	if u, err := url.Parse(p.URL); p.URL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return p, fmt.Errorf("url: %q is not a web address", p.URL)
	}
	p.Text = t.words(t.cell(row, "text"))
	p.Language = t.cell(row, "language")
	p.Links, p.Hashtags, p.Mentions = collectors.InText(p.Text)
	if p.Kind, err = t.kind(t.cell(row, "kind"), p.Text); err != nil {
		return p, err
	}
	if page := t.cell(row, "owner_id"); t.joined && digits.MatchString(page) && digits.MatchString(given) {
		given = page + "_" + given
	}
	if p.ID = postID(given, p.URL); p.ID == "" {
		if given != "" {
			return p, fmt.Errorf("id: %s has been rounded by a spreadsheet; export the file anew, or keep its column as text", given)
		}
		p.ID = hashID(t.account.ID, p.CreatedAt, p.Text)
	}
	return p, nil
}

func (x *reading) kind(written, text string) (pipeline.PostKind, error) {
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

var digits = regexp.MustCompile(`^[0-9]+$`)

// rounded is an id that went through a spreadsheet and lost its last digits: 1.22158E+17.
var rounded = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+$`)

// postID is the platform's id of a post: as given, or from its address; empty where there is neither.
func postID(given, address string) string {
	if given != "" && !rounded.MatchString(given) {
		return given
	}
	if u, err := url.Parse(address); err == nil && address != "" {
		for _, key := range []string{"story_fbid", "fbid", "v"} { // addresses whose path is the same for all posts
			if id := u.Query().Get(key); id != "" {
				return id
			}
		}
		segments := strings.Split(strings.Trim(u.Path, "/"), "/")
		return segments[len(segments)-1]
	}
	return ""
}

// hashID is the id of a post that its file gives none: a hash of what it says, and when.
func hashID(account pipeline.AccountID, created time.Time, text string) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", account, created.UnixMilli(), text))
	return hex.EncodeToString(h[:16])
}

// rangeInName is how files and archives are named for the days that they cover.
var rangeInName = regexp.MustCompile(`(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})`)

// rangeOf is when the period of a file begins, by its name or that of its folder or archive; zero: not told.
func rangeOf(in *input, zone *time.Location) time.Time {
	if m := rangeInName.FindAllStringSubmatch(in.name, -1); m != nil {
		if t, err := time.ParseInLocation(time.DateOnly, m[len(m)-1][1], zone); err == nil {
			return t
		}
	}
	return time.Time{}
}
