// Package sheet reads tables that people keep: workbooks and CSV files, as they lie there, with the cells' names for messages.
// Dates, times and titles are understood as people write them in Spanish, Valencian and English.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sourcegraph/conc/panics"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Sheet is a table as it lies in a file: nothing in it is computed.
type Sheet struct {
	Name    string // for messages
	Rows    [][]string
	Further int               // the first row that was not read any more, from 0; 0: all were
	Wide    int               // the first row with more columns than are read, from 1; 0: none
	Named   map[[2]int]string // names that the workbook itself gives to cells, by row and column
	Epoch   time.Time         // the day 0 of its dates
}

// Cell names a cell as spreadsheets do; row and column count from 0.
func (g Sheet) Cell(row, column int) string {
	ref, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil {
		ref = fmt.Sprint(row + 1)
	}
	return g.Name + "!" + ref
}

// Read reads all tables of a file: the sheets of a workbook (XLSX), or a CSV file, told apart by their content.
func Read(name string, content []byte) ([]Sheet, error) {
	name = filepath.Base(name)
	switch {
	case len(content) > MaxFile:
		return nil, fmt.Errorf("%s is larger than %d MB", name, MaxFile>>20)
	case bytes.HasPrefix(content, []byte("PK")):
		var found []Sheet
		var err error
		// A broken workbook must not take the program with it.
		if caught := panics.Try(func() { found, err = sheets(content) }); caught != nil {
			err = fmt.Errorf("it is broken (%v)", caught.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("open the workbook %s: %w; save it anew as XLSX, or as CSV", name, err)
		}
		return found, nil
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return nil, fmt.Errorf("open %s: %w", name, errOldWorkbook)
	}
	g, err := table(name, content)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return []Sheet{g}, nil
}

// sheets reads a workbook. Of a formula the value counts that was saved with it.
func sheets(content []byte) ([]Sheet, error) {
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxUnzip})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) // right from March 1900 on
	if props, err := f.GetWorkbookProps(); err != nil {
		return nil, err
	} else if props.Date1904 != nil && *props.Date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	names := map[string]map[[2]int]string{} // by sheet
	for _, n := range f.GetDefinedName() {
		sheet, ref, found := strings.Cut(n.RefersTo, "!")
		column, row, err := excelize.CellNameToCoordinates(strings.ReplaceAll(ref, "$", ""))
		if !found || err != nil {
			continue
		}
		sheet = strings.Trim(sheet, "'")
		if names[sheet] == nil {
			names[sheet] = map[[2]int]string{}
		}
		names[sheet][[2]int{row - 1, column - 1}] = n.Name
	}
	var all []Sheet
	for _, sheet := range f.GetSheetList() {
		g := Sheet{Name: sheet, Named: names[sheet], Epoch: epoch}
		if err := g.fill(f); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", sheet, err)
		}
		all = append(all, g)
	}
	return all, nil
}

func (g *Sheet) fill(f *excelize.File) error {
	rows, err := f.Rows(g.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		if !g.add(n, columns) {
			break
		}
	}
	return rows.Error()
}

// add keeps a row; false: it is one too many.
func (g *Sheet) add(n int, columns []string) bool {
	for len(columns) > 0 && strings.TrimSpace(columns[len(columns)-1]) == "" {
		columns = columns[:len(columns)-1]
	}
	if len(columns) > MaxColumns {
		columns = columns[:MaxColumns]
		if g.Wide == 0 {
			g.Wide = n + 1
		}
	}
	if n >= MaxRows {
		if len(columns) > 0 {
			g.Further = n
		}
		return len(columns) == 0
	}
	g.Rows = append(g.Rows, columns)
	return true
}

// Text is a CSV file in UTF-8 without mark, whatever it was written in (UTF-8, UTF-16 or Windows-1252), and what separates its cells:
// a comma, a semicolon, a tab or a bar.
func Text(content []byte) (text []byte, comma rune, err error) {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(content)
		if err != nil {
			return nil, 0, err
		}
		content = decoded
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(content) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(content)
		if err != nil {
			return nil, 0, err
		}
		content = decoded
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return nil, 0, errors.New("this is neither a workbook nor a table in CSV")
	}
	return content, separator(content), nil
}

// table reads CSV.
func table(name string, content []byte) (Sheet, error) {
	g := Sheet{Name: name, Epoch: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	content, comma, err := Text(content)
	if err != nil {
		return g, err
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, true, comma
	for n, lines := 0, 0; ; n++ {
		columns, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return g, err
		}
		// The reader passes over empty lines, which a spreadsheet counts as rows; a cell of several lines is in one row.
		line, _ := r.FieldPos(0)
		for ; lines+1 < line && len(g.Rows) < MaxRows; lines, n = lines+1, n+1 {
			g.add(n, nil)
		}
		if !g.add(n, columns) {
			return g, nil
		}
		last := len(columns) - 1
		end, _ := r.FieldPos(last)
		lines = end + strings.Count(columns[last], "\n")
	}
}

// separator is what most often stands between the cells of the first line that has any.
func separator(content []byte) rune {
	for line := range bytes.Lines(content) {
		best, most := ',', 0
		for _, c := range []rune{';', '\t', '|', ','} {
			if n := bytes.Count(line, []byte(string(c))); n > most {
				best, most = c, n
			}
		}
		if most > 0 {
			return best
		}
	}
	return ','
}

var errOldWorkbook = errors.New("this is a workbook of an old form: save it as XLSX")

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 16 << 20

// Bounds of what is read.
const (
	MaxRows    = 10_000
	MaxColumns = 200
	maxUnzip   = 64 << 20 // bytes of a workbook, unpacked
	maxListed  = 200      // mistakes named
)
