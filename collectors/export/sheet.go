package export

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// workbook reads the sheets of an XLSX workbook, each as a table of its own. Cells are read as they are stored: what a
// cell shows depends on the country of whoever saved it.
func (x *reading) workbook(ctx context.Context, c content, at io.ReaderAt, size int64) error {
	if size > maxInner {
		return fmt.Errorf("%s is larger than %d MB; save its sheets as CSV", c.name, maxInner>>20)
	}
	f, err := excelize.OpenReader(io.NewSectionReader(at, 0, size), excelize.Options{RawCellValue: true, UnzipSizeLimit: 4 * maxInner, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		return fmt.Errorf("open the workbook %s: %w; save it anew as XLSX, or its sheets as CSV", c.name, err)
	}
	defer f.Close()
	props, err := f.GetWorkbookProps()
	if err != nil {
		return fmt.Errorf("open the workbook %s: %w", c.name, err)
	}
	names := f.GetSheetList()
	read := len(x.report.Files)
	for _, name := range names {
		r, err := f.Rows(name)
		if err != nil {
			return fmt.Errorf("read %s, sheet %s: %w", c.name, name, err)
		}
		s := &sheetRows{Rows: r, epoch: epoch(props.Date1904 != nil && *props.Date1904)}
		err = x.table(ctx, &input{name: c.name + ", sheet " + name, path: c.path, named: c.named && len(names) == 1, sheet: s})
		r.Close()
		if err != nil {
			return err
		}
	}
	return x.someSheet(c, read)
}

// someSheet refuses a workbook that the user has named and of which no sheet was recognised.
func (x *reading) someSheet(c content, filesBefore int) error {
	if c.named && len(x.report.Files) == filesBefore {
		return fmt.Errorf("no sheet of %s has columns that presencia knows; %s", c.name, knownFormats())
	}
	return nil
}

// epoch is the day 0 of a workbook's dates.
func epoch(from1904 bool) time.Time {
	if from1904 {
		return time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) // right from March 1900 on
}

// sheetDate reads the number that a sheet has for a date, where it is one of our times.
func sheetDate(day0 time.Time, n float64) (time.Time, bool) {
	if n < 25_000 || n > 80_000 { // 1968 to 2119
		return time.Time{}, false
	}
	return day0.Add(time.Duration(n * 24 * float64(time.Hour))).Round(time.Second), true
}

// sheetRows is a sheet. Cells at the end of a row may be missing.
type sheetRows struct {
	*excelize.Rows
	epoch time.Time
	line  int
}

func (s *sheetRows) next() ([]string, int, error) {
	if !s.Next() {
		if err := s.Error(); err != nil {
			return nil, 0, err
		}
		return nil, 0, io.EOF
	}
	s.line++
	row, err := s.Columns()
	if err != nil {
		return nil, s.line, err
	}
	return row, s.line, nil
}

func (s *sheetRows) serial(n float64) (time.Time, bool) { return sheetDate(s.epoch, n) }
