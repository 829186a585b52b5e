// Package export reads an account's history from the files that people have: what a platform or a tool has exported.
//
// An argument may be a file, a folder or an archive; folders and archives are looked into ([Reader] hands each thing in
// them that can be recognised to the one [format] that claims it by its content). To add a format that is a table, write
// an entry of a tableFormat in the file of its family; any other is a type of its own. Both are named in formats.
package export

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
)

// Reader reads an account's history from files. It is a reader like those of the platforms, so that history takes the same
// way through the house as what is read live. Figures of posts are those of the day of the export, never of the
// day of the post.
type Reader struct {
	Files []string // files, folders, archives (zip, tar.gz)
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
	// Owner is whose rows are read of a table that holds those of several pages or accounts: a name, user name or id.
	Owner string
	// Followers is how many there were at the end of the last day of a file that gives no more than the gain of each day.
	Followers pipeline.Count
	// Seen are counts of followers that are known already; without Followers, the gains are reckoned from one of them.
	Seen []pipeline.FollowersAt
	// Progress is told how many bytes of how many have been read; may be nil.
	Progress func(done, total int64)
	// Done is told what was read, once, at the end of Read, also when that ends in an error; may be nil.
	Done func(Report)
}

// Mapping says what the columns of a table hold.
type Mapping struct {
	// Columns names the column of each field: id, created, text, url, likes, replies, reposts, views, reach, saves,
	// language, kind, or followers for a table of days. Names are compared exactly first, then without regard to case,
	// spaces and punctuation. Needed are created, and one of id, url, text and followers.
	Columns map[string]string
	// Layout is how dates are written, such as DD/MM/YYYY HH:MM, or as a layout of Go's package time.
	Layout string
	// DecimalComma reads 1.234 as a thousand and more, and 1,2K as 1200.
	DecimalComma bool
}

// Report is what a Reader has read.
type Report struct {
	Files       []File
	Ignored     int // files in folders and archives that hold nothing known
	AsOf        time.Time
	Rows        int // rows or records with content, headers apart
	Posts       int
	Repeated    int // rows that only repeat another, or hold an older version of a post
	Daily       int // rows left out because they hold a part of a post's figures, one day's
	Totals      int // rows left out because they add up the others
	Others      int // rows left out because they are another account's or network's
	Partial     int // posts without figures because those in the file are of a period that began after them
	Bad         []BadRow
	Undecodable int // bytes not in the encoding: read as Windows-1252, or as U+FFFD where an encoding was given
	Entities    int // HTML entities decoded
	First, Last time.Time
	History     []pipeline.FollowersAt // of past days, oldest first
	Notes       []string               // what has to be known of the formats
}

// File is a file that was recognised.
type File struct {
	Name   string // with the folder or archive it is in
	Format string // what it was recognised as; "mapping" if by that alone
	Rows   int
}

// BadRow is a row that cannot be imported.
type BadRow struct {
	File   string
	Line   int // where the row begins, or the number of the record in a file that is no table; from 1
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

var _ pipeline.Reader = (*Reader)(nil)

// Fingerprint names what this export would store in an account: the same for the same content, mapping and options,
// whatever the files are called. As the id of a run it makes the same import the same run.
func (e *Reader) Fingerprint(account pipeline.AccountID) (string, error) {
	var sums []string
	for _, name := range e.Files {
		files, err := candidates(name)
		if err != nil {
			return "", err
		}
		for _, f := range files {
			sum, err := fileSum(f.path)
			if err != nil {
				return "", err
			}
			sums = append(sums, sum)
		}
	}
	slices.Sort(sums)
	b, err := json.Marshal([]any{"import 2", account, sums, e.Mapping, e.Encoding, e.zone().String(), e.AsOf.UTC(), e.SkipBad, e.Owner, e.Followers})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return "import-" + hex.EncodeToString(sum[:16]), nil
}

func fileSum(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (e *Reader) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Read reads the files as the history of the request's account. Bad rows are [BadRows], all of them.
func (e *Reader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	x := &reading{Reader: e, account: r.Account, seen: map[string]sighting{}, days: map[pipeline.Date]day{}}
	err := x.read(ctx)
	if err == nil {
		err = x.history()
	}
	x.finish()
	switch {
	case err != nil:
	case len(x.report.Bad) > 0 && !e.SkipBad:
		err = BadRows(x.report.Bad)
	case len(x.posts)+len(x.report.History) == 0 && x.profile == nil:
		err = x.nothing()
	}
	if e.Done != nil {
		e.Done(x.report)
	}
	if err != nil {
		return pipeline.Batch{}, err
	}
	return pipeline.Batch{At: x.report.AsOf, Gives: x.gives, Profile: x.profile, History: x.report.History, Posts: x.posts}, nil
}

// maxPosts bounds what one import keeps in memory; no account has as many.
const maxPosts = 2_000_000

// reading is one reading of an export.
type reading struct {
	*Reader
	account    pipeline.Account
	from       string           // the file that brought the first post
	shape      string           // what posts are read from: all files of an import have the same
	gives      []pipeline.Field // of what was read
	posts      []pipeline.Post
	seen       map[string]sighting // by post id
	profile    *pipeline.Profile
	days       map[pipeline.Date]day
	daysFile   string
	done       int64 // bytes
	end        int64 // of the file that is being read
	total      int64
	report     Report
	unreadable []string // why the files that were recognised hold nothing to import
}

// sighting is where a post was met first.
type sighting struct {
	post int
	file string
	line int
}

func (x *reading) read(ctx context.Context) error {
	if len(x.Files) == 0 {
		return errors.New("no file to import was named")
	}
	if x.Mapping.Layout != "" {
		if err := checkLayout(x.Mapping.Layout); err != nil {
			return err
		}
	}
	for field := range x.Mapping.Columns {
		if !slices.ContainsFunc(mapped, func(f mappedField) bool { return f.name == field }) {
			return fmt.Errorf("the mapping names a field %q; there are %s", field, FieldNames())
		}
	}
	x.report.AsOf = x.AsOf.UTC()
	var all []candidate
	for _, name := range x.Files {
		files, err := candidates(name)
		if err != nil {
			return err
		}
		for _, f := range files {
			x.total += f.size
			if x.AsOf.IsZero() && f.modified.After(x.report.AsOf) {
				x.report.AsOf = f.modified.UTC()
			}
		}
		all = append(all, files...)
	}
	for _, f := range all {
		if err := x.open(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// tell counts bytes as read.
func (x *reading) tell(n int64) {
	x.done = min(x.done+n, x.end)
	if x.Progress != nil {
		x.Progress(x.done, x.total)
	}
}

// bad notes a row that cannot be imported.
func (x *reading) bad(in *input, line int, format string, args ...any) {
	x.report.Bad = append(x.report.Bad, BadRow{in.name, line, fmt.Sprintf(format, args...)})
}

// note keeps what has to be known of a format, once.
func (x *reading) note(s string) {
	if s != "" && !slices.Contains(x.report.Notes, s) {
		x.report.Notes = append(x.report.Notes, s)
	}
}

// give adds fields to what the batch gives.
func (x *reading) give(fields ...pipeline.Field) {
	for _, f := range fields {
		if !slices.Contains(x.gives, f) {
			x.gives = append(x.gives, f)
		}
	}
}

// posting begins a file of posts. All of an import give the same, as a batch says but once what it gives.
func (x *reading) posting(in *input, shape string, gives []pipeline.Field) error {
	if x.from != "" && x.shape != shape {
		return fmt.Errorf("%s has other columns than %s; import them one by one", in.name, x.from)
	}
	if x.from == "" {
		x.from, x.shape = in.name, shape
		x.give(gives...)
	}
	return nil
}

// add takes a post, unless it is there already.
func (x *reading) add(in *input, line int, p pipeline.Post) error {
	first, ok := x.seen[p.ID]
	switch {
	case !ok && len(x.posts) >= maxPosts:
		return fmt.Errorf("%s holds more than %d posts; import it in parts", in.name, maxPosts)
	case !ok:
		x.seen[p.ID] = sighting{len(x.posts), in.name, line}
		x.posts = append(x.posts, p)
	case same(x.posts[first.post], p):
		x.report.Repeated++
	default:
		x.bad(in, line, "the post %s is on line %d of %s too, with other content; import exports of different days one by one", p.ID, first.line, first.file)
	}
	return nil
}

func same(a, b pipeline.Post) bool {
	return a.CreatedAt.Equal(b.CreatedAt) && a.Text == b.Text && a.URL == b.URL && a.Kind == b.Kind && a.Language == b.Language && a.Figures == b.Figures
}

// finish orders what was read.
func (x *reading) finish() {
	for i := range x.posts { // a thread of one's own is known once all is read
		p := &x.posts[i]
		if _, own := x.seen[p.InReplyTo]; own && p.InReplyTo != "" {
			p.SelfReply, p.Kind = true, pipeline.Own
		}
	}
	slices.SortStableFunc(x.posts, func(a, b pipeline.Post) int { return a.CreatedAt.Compare(b.CreatedAt) })
	if n := len(x.posts); n > 0 {
		x.report.Posts, x.report.First, x.report.Last = n, x.posts[0].CreatedAt, x.posts[n-1].CreatedAt
	}
}

// nothing says why there is nothing to import.
func (x *reading) nothing() error {
	names := strings.Join(x.Files, ", ")
	switch {
	case len(x.report.Files) == 0:
		return fmt.Errorf("there is no file in %s that presencia knows; %s", names, knownFormats())
	case len(x.unreadable) > 0:
		return fmt.Errorf("there is nothing in %s that could be imported: %s", names, strings.Join(x.unreadable, "; "))
	}
	return fmt.Errorf("there is no post in %s that could be imported", names)
}

// rightAccount refuses what belongs to another account than it is imported for.
func (x *reading) rightAccount(in *input, handle, id string) error {
	own := pipeline.CanonicalHandle(x.account.Handle)
	local, _, _ := strings.Cut(own, "@")
	h := pipeline.CanonicalHandle(handle)
	hLocal, _, full := strings.Cut(h, "@")
	if h == "" || own == "" || h == own || local == hLocal && (!full || local == own) || id != "" && id == x.account.StableID {
		return nil
	}
	return fmt.Errorf("%s belongs to %s, and account %s is %s; name the account it belongs to, or if it was renamed write stable_id: %q beside its handle in the register",
		in.name, handle, x.account.ID, x.account.Handle, cmp.Or(id, handle))
}
