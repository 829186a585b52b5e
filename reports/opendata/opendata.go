// Package opendata writes the figures behind the reports as open data: one row for each value of an indicator, as CSV, JSON
// and Parquet, with the tables that explain the rows and the metadata that portals read: CSVW of the tables and DCAT-AP-ES of
// the whole. It knows no language: the texts come with the [Dataset].
package opendata

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// Texts are one text by language (BCP 47).
type Texts map[string]string

// Dataset is what is published, but for the rows.
type Dataset struct {
	Title, Description Texts
	Keywords           map[string][]string // by language
	Publisher          string              // the institution's name
	DIR3               string              // its code in the directory of public bodies; empty: not declared
	License            string              // address of the licence; empty: not declared
	Address            string              // of the folder where the files will be published, ending with a slash; empty: not declared
	Homepage           string              // of the institution
	Contact            string              // a mailbox or an address
	Languages          []string            // of the institution
	From, To           pipeline.Date       // first and last day
	Issued, Modified   pipeline.Date       // of the first and of the newest data
	Location           *time.Location      // decides on which day a row begins and ends
	Definitions        []indicator.Indicator
	Units              []Unit
	// Columns are the columns' descriptions: of the rows by their names, of the other tables by table.column.
	Columns map[string]Texts
	// Tables are the titles of the three tables, by their file's name without its ending.
	Tables map[string]Texts
}

// Unit is what a value can be of.
type Unit struct {
	Level      indicator.Level
	ID         string // empty for the institution
	Name       string
	Platform   string // of accounts
	Department string // of accounts: an id
	Group      string // of departments: how they stand to the course
}

// File is a file that was written.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hexadecimal
}

// The names of the files.
const (
	rowsCSV         = "indicators.csv"
	rowsJSON        = "indicators.json"
	rowsParquet     = "indicators.parquet"
	definitionsCSV  = "definitions.csv"
	unitsCSV        = "units.csv"
	tablesMetadata  = "csv-metadata.json" // where CSVW looks for it beside any CSV file
	catalogMetadata = "catalog.ttl"
)

// Write writes a dataset into a folder, each file whole or none of them. Rows are read once and held no longer than they are
// written, however many they are. The same rows give the same bytes.
func Write(dir string, d Dataset, rows iter.Seq2[indicator.Value, error]) (written []File, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the open data: %w", err)
	}
	var files []*file
	defer func() {
		for _, f := range files {
			f.discard()
		}
	}()
	create := func(name string) (*file, error) {
		f, err := newFile(dir, name)
		if err == nil {
			files = append(files, f)
		}
		return f, err
	}
	if err := writeRows(create, d, rows); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{definitionsCSV, d.writeDefinitions}, {unitsCSV, d.writeUnits}, {tablesMetadata, d.writeTables},
		{catalogMetadata, func(w io.Writer) error { return d.writeCatalog(w, written) }}, // which names the files before it
	} {
		f, err := create(part.name)
		if err != nil {
			return nil, err
		}
		written = nil
		for _, done := range files[:len(files)-1] {
			if err := done.finish(); err != nil {
				return nil, err
			}
			written = append(written, done.about())
		}
		if err := part.write(f); err != nil {
			return nil, fmt.Errorf("write %s: %w", part.name, err)
		}
	}
	written = nil
	for _, f := range files {
		if err := f.finish(); err != nil {
			return nil, err
		}
		written = append(written, f.about())
	}
	for _, f := range files {
		if err := os.Rename(f.temp.Name(), filepath.Join(dir, f.name)); err != nil {
			return nil, fmt.Errorf("put %s into its place: %w", f.name, err)
		}
	}
	return written, nil
}

// writeRows writes the three forms of the rows at once.
func writeRows(create func(string) (*file, error), d Dataset, rows iter.Seq2[indicator.Value, error]) (err error) {
	var forms []rowWriter
	for _, form := range []struct {
		name string
		open func(io.Writer) rowWriter
	}{{rowsCSV, newCSV}, {rowsJSON, newJSON}, {rowsParquet, newParquet}} {
		f, err := create(form.name)
		if err != nil {
			return err
		}
		forms = append(forms, form.open(f))
	}
	for v, err := range rows {
		if err != nil {
			return err
		}
		r := rowOf(v, d.Location)
		for _, f := range forms {
			if err := f.write(r); err != nil {
				return err
			}
		}
	}
	for _, f := range forms {
		err = errors.Join(err, f.close())
	}
	return err
}

// file is one that is being written beside its place.
type file struct {
	name string
	temp *os.File
	buf  *bufio.Writer
	sum  hash.Hash
	size int64
	done bool
}

func newFile(dir, name string) (*file, error) {
	temp, err := os.CreateTemp(dir, "."+name+".*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return &file{name: name, temp: temp, buf: bufio.NewWriterSize(temp, 1<<16), sum: sha256.New()}, nil
}

func (f *file) Write(b []byte) (int, error) {
	n, err := f.buf.Write(b)
	f.sum.Write(b[:n])
	f.size += int64(n)
	return n, err
}

// finish brings everything to the disk; doing it again does nothing.
func (f *file) finish() error {
	if f.done {
		return nil
	}
	f.done = true
	if err := errors.Join(f.buf.Flush(), f.temp.Chmod(0o644), f.temp.Sync(), f.temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

// discard removes what has not been put into its place.
func (f *file) discard() {
	_ = f.temp.Close()
	_ = os.Remove(f.temp.Name())
}

func (f *file) about() File {
	return File{Name: f.name, Size: f.size, SHA256: hex.EncodeToString(f.sum.Sum(nil))}
}
