package export

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/transform"
)

// Bounds of what is unpacked: an archive may be made to be larger than any disk.
const (
	sniff      = 64 << 10  // how much of a file is looked at before it is read
	maxRecord  = 10 << 20  // one row of a table, one record of a script
	maxInner   = 128 << 20 // a workbook, or an archive within an archive, which have to be in memory
	maxText    = 4 << 30   // a text in an archive
	maxStream  = 256 << 30 // a tar archive with all its pictures and videos
	maxEntries = 2_000_000 // files in an archive or folder
	maxDepth   = 2         // archives within archives
)

// candidate is a file that is to be read.
type candidate struct {
	path, name, inside string // inside its folder
	named              bool   // by the user
	size               int64
	modified           time.Time
}

// candidates are the files of an argument: itself, or what in a folder may be of use, in the order of their names. Links
// are not followed.
func candidates(name string) ([]candidate, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []candidate{{name, name, filepath.Base(name), true, info.Size(), info.ModTime()}}, nil
	}
	var files []candidate
	n := 0
	err = filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n++; n > maxEntries {
			return fmt.Errorf("the folder %s holds more than %d files; name those to import", name, maxEntries)
		}
		inside, err := filepath.Rel(name, p)
		if err != nil || !d.Type().IsRegular() || !useful(p) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files = append(files, candidate{p, p, filepath.ToSlash(inside), false, info.Size(), info.ModTime()})
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("there is no file in the folder %s that presencia knows; %s", name, knownFormats())
	}
	return files, err
}

// useful tells files of which something may be read from pictures, videos and pages.
func useful(name string) bool {
	base := strings.ToLower(path.Base(filepath.ToSlash(name)))
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") {
		return false
	}
	for _, end := range []string{".csv", ".tsv", ".txt", ".js", ".json", ".xls", ".xlsx", ".zip", ".tar.gz", ".tgz", ".tar"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return false
}

// open reads a file, and whatever is in it.
func (x *reading) open(ctx context.Context, c candidate) error {
	f, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer f.Close()
	x.end = x.done + c.size
	if err := x.content(ctx, content{name: c.name, path: c.inside, named: c.named, stream: f, at: f, size: c.size}); err != nil {
		return err
	}
	x.tell(x.end - x.done)
	return nil
}

// content is what is to be found out about: a file, or an entry of an archive.
type content struct {
	name, path string
	named      bool
	stream     io.Reader
	at         io.ReaderAt // nil: only as a stream
	size       int64
	depth      int
}

// content recognises archives and workbooks and opens them; everything else is a text.
func (x *reading) content(ctx context.Context, c content) error {
	raw := bufio.NewReaderSize(&progress{c.stream, x, c.depth == 0}, sniff)
	begin, err := raw.Peek(sniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", c.name, err)
	}
	switch {
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")), bytes.HasPrefix(begin, []byte("PK\x05\x06")):
		return x.inMemory(c, raw, func(at io.ReaderAt, size int64) error { return x.zip(ctx, c, at, size) })
	case bytes.HasPrefix(begin, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return x.inMemory(c, raw, func(at io.ReaderAt, size int64) error { return x.oldWorkbook(ctx, c, at) })
	case bytes.HasPrefix(begin, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return fmt.Errorf("unpack %s: %w", c.name, err)
		}
		return x.tar(ctx, c, z)
	case isTar(begin):
		return x.tar(ctx, c, raw)
	}
	text, err := x.text(c.name, raw, begin)
	if err != nil {
		if !c.named {
			x.report.Ignored++
			return nil
		}
		return err
	}
	limit := &recordLimit{r: text}
	return x.take(ctx, &input{name: c.name, path: c.path, named: c.named, text: bufio.NewReaderSize(limit, sniff), limit: limit})
}

// inMemory gives access to any place of a content.
func (x *reading) inMemory(c content, raw io.Reader, use func(io.ReaderAt, int64) error) error {
	if c.at != nil {
		return use(c.at, c.size)
	}
	b, err := io.ReadAll(io.LimitReader(raw, maxInner+1))
	switch {
	case err != nil:
		return fmt.Errorf("unpack %s: %w", c.name, err)
	case len(b) > maxInner:
		return fmt.Errorf("%s is larger than %d MB; unpack it, and import what it holds", c.name, maxInner>>20)
	}
	return use(bytes.NewReader(b), int64(len(b)))
}

// deeper is the content of an entry of an archive.
func (c content) deeper(entry string, r io.Reader) (content, error) {
	if c.depth >= maxDepth {
		return content{}, fmt.Errorf("%s lies in more than %d archives; unpack them", c.name+": "+entry, maxDepth)
	}
	return content{
		name: c.name + ": " + entry, path: path.Join(c.path, entry), depth: c.depth + 1,
		stream: &bounded{r: r, left: maxText, name: c.name + ": " + entry},
	}, nil
}

// zip looks into a zip archive, or reads it as the workbook that it may be.
func (x *reading) zip(ctx context.Context, c content, at io.ReaderAt, size int64) error {
	z, err := zip.NewReader(at, size)
	if err != nil {
		return fmt.Errorf("open the archive %s: %w; if it was not downloaded to its end, download it again", c.name, err)
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("the archive %s holds more than %d files; unpack it and name those to import", c.name, maxEntries)
	}
	is := func(name string) bool {
		return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	}
	switch {
	case is("xl/workbook.xml"):
		return x.workbook(ctx, c, at, size)
	case is("mimetype") && is("content.xml"):
		return x.unknown(&input{named: c.named}, fmt.Errorf("%s is an OpenDocument file; save it as XLSX or CSV", c.name))
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() || !useful(f.Name) {
			continue
		}
		if f.Flags&1 != 0 {
			return fmt.Errorf("%s is encrypted; unpack it with its password and import the folder", c.name)
		}
		if err := x.entry(ctx, c, f); err != nil {
			return err
		}
		if c.depth == 0 {
			x.tell(int64(min(f.CompressedSize64, uint64(size))))
		}
	}
	return nil
}

func (x *reading) entry(ctx context.Context, c content, f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("unpack %s: %s: %w", c.name, f.Name, err)
	}
	defer r.Close()
	inner, err := c.deeper(f.Name, r)
	if err != nil {
		return err
	}
	return x.content(ctx, inner)
}

// tar looks into a tar archive, whose entries come one after the other.
func (x *reading) tar(ctx context.Context, c content, r io.Reader) error {
	t := tar.NewReader(&bounded{r: r, left: maxStream, name: c.name})
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("open the archive %s: %w; it is no tar archive, or was not downloaded to its end", c.name, err)
		case n > maxEntries:
			return fmt.Errorf("the archive %s holds more than %d files; unpack it and name those to import", c.name, maxEntries)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case h.Typeflag != tar.TypeReg || !useful(h.Name):
			continue
		}
		inner, err := c.deeper(strings.TrimPrefix(h.Name, "./"), t)
		if err != nil {
			return err
		}
		if err := x.content(ctx, inner); err != nil {
			return err
		}
	}
}

// isTar tells a tar archive by the mark in its first header.
func isTar(begin []byte) bool { return len(begin) > 262 && string(begin[257:262]) == "ustar" }

// input is one thing that can be recognised by itself: a text, or a sheet of a workbook.
type input struct {
	name, path string
	named      bool
	text       *bufio.Reader // nil for a sheet
	limit      *recordLimit
	sheet      rows
	header     []string // of a table, once it is found
}

// begin is how a text begins, without white space.
func (in *input) begin() (string, error) {
	b, err := in.text.Peek(sniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w", in.name, err)
	}
	return string(bytes.TrimLeft(b, " \t\r\n")), nil
}

// text makes UTF-8 of a file's bytes, where they do not pass for it already.
func (x *reading) text(name string, raw *bufio.Reader, begin []byte) (io.Reader, error) {
	encoding := x.Encoding
	for _, mark := range []struct{ bytes, encoding string }{{"\xef\xbb\xbf", x.Encoding}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}} {
		if bytes.HasPrefix(begin, []byte(mark.bytes)) {
			begin = begin[len(mark.bytes):]
			if _, err := raw.Discard(len(mark.bytes)); err != nil {
				return nil, err
			}
			encoding = mark.encoding
			break
		}
	}
	switch {
	case len(bytes.TrimSpace(begin)) == 0:
		return nil, fmt.Errorf("%s is empty", name)
	case encoding != "":
		e, _ := charset.Lookup(encoding)
		if e == nil {
			return nil, fmt.Errorf("%q is not the name of a text encoding; write one such as windows-1252, iso-8859-15 or utf-16le", encoding)
		}
		return transform.NewReader(raw, e.NewDecoder()), nil
	case bytes.IndexByte(begin, 0) >= 0:
		return nil, fmt.Errorf("%s is not a text file; export or save it as CSV, in UTF-8", name)
	}
	return raw, nil
}

// progress counts what is read of a file.
type progress struct {
	r     io.Reader
	x     *reading
	outer bool // not an entry of an archive
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if p.outer {
		p.x.tell(int64(n))
	}
	return n, err
}

// bounded ends a stream with an error where it is longer than it may be.
type bounded struct {
	r    io.Reader
	left int64
	name string
}

func (l *bounded) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("%s unpacks to more than presencia reads; unpack it, and import what it holds", l.name)
	}
	n, err := l.r.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}

// recordLimit stops a record without end, such as a quote that is never closed, before it fills the memory.
type recordLimit struct {
	r      io.Reader
	read   int64
	record int64 // where the record that is being read begins
}

func (l *recordLimit) Read(b []byte) (int, error) {
	if l.read-l.record > maxRecord+sniff {
		return 0, fmt.Errorf("a row is longer than %d MB; is a quote not closed?", maxRecord>>20)
	}
	n, err := l.r.Read(b)
	l.read += int64(n)
	return n, err
}
