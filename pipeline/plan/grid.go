package plan

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

// grid is a table as it lies in a file: nothing in it is computed.
type grid struct {
	name    string // of the sheet, for messages
	rows    [][]string
	further int               // the first row that was not read any more, from 0; 0: all were
	wide    int               // the first row with more columns than are read, from 1; 0: none
	named   map[[2]int]string // fields that the workbook itself gives to cells, by row and column
	epoch   time.Time         // the day 0 of its dates
}

// cell names a cell as spreadsheets do; row and column count from 0.
func (g grid) cell(row, column int) string {
	ref, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil {
		ref = fmt.Sprint(row + 1)
	}
	return g.name + "!" + ref
}

// grids reads all tables of a file.
func grids(name string, content []byte) ([]grid, error) {
	name = filepath.Base(name)
	switch {
	case len(content) > MaxFile:
		return nil, fmt.Errorf("%s is larger than %d MB, which no plan is", name, MaxFile>>20)
	case bytes.HasPrefix(content, []byte("PK")):
		var found []grid
		var err error
		// A broken workbook must not take the program with it.
		if caught := panics.Try(func() { found, err = sheets(content) }); caught != nil {
			err = fmt.Errorf("it is broken (%v)", caught.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("open the workbook %s: %w; save it anew as XLSX, or its plan as CSV", name, err)
		}
		return found, nil
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return nil, fmt.Errorf("open %s: %w", name, errOldWorkbook)
	}
	g, err := table(name, content)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return []grid{g}, nil
}

// sheets reads a workbook. Of a formula the value counts that was saved with it.
func sheets(content []byte) ([]grid, error) {
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
		field, ours := strings.CutPrefix(n.Name, namePrefix)
		sheet, ref, found := strings.Cut(n.RefersTo, "!")
		column, row, err := excelize.CellNameToCoordinates(strings.ReplaceAll(ref, "$", ""))
		if !ours || !found || err != nil {
			continue
		}
		sheet = strings.Trim(sheet, "'")
		if names[sheet] == nil {
			names[sheet] = map[[2]int]string{}
		}
		names[sheet][[2]int{row - 1, column - 1}] = field
	}
	var all []grid
	for _, sheet := range f.GetSheetList() {
		g := grid{name: sheet, named: names[sheet], epoch: epoch}
		if err := g.fill(f); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", sheet, err)
		}
		all = append(all, g)
	}
	return all, nil
}

func (g *grid) fill(f *excelize.File) error {
	rows, err := f.Rows(g.name)
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
func (g *grid) add(n int, columns []string) bool {
	for len(columns) > 0 && strings.TrimSpace(columns[len(columns)-1]) == "" {
		columns = columns[:len(columns)-1]
	}
	if len(columns) > maxColumns {
		columns = columns[:maxColumns]
		if g.wide == 0 {
			g.wide = n + 1
		}
	}
	if n >= maxRows {
		if len(columns) > 0 {
			g.further = n
		}
		return len(columns) == 0
	}
	g.rows = append(g.rows, columns)
	return true
}

// table reads CSV: with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252.
func table(name string, content []byte) (grid, error) {
	g := grid{name: name, epoch: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(content)
		if err != nil {
			return g, err
		}
		content = decoded
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(content) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(content)
		if err != nil {
			return g, err
		}
		content = decoded
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return g, errors.New("this is neither a workbook nor a table in CSV")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, true, separator(content)
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
		for ; lines+1 < line && len(g.rows) < maxRows; lines, n = lines+1, n+1 {
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
		for _, c := range []rune{';', '\t', ','} {
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
