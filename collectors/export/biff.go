package export

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"
)

// Excel's old workbooks (.xls): a compound file whose stream Workbook is a list of records, BIFF8. LinkedIn still exports
// them. Read are the values of cells, as they are stored; [MS-XLS] has the numbers.
const (
	biffFormula    = 0x0006
	biffEOF        = 0x000a
	biffDate1904   = 0x0022
	biffFilePass   = 0x002f
	biffContinue   = 0x003c
	biffBoundSheet = 0x0085
	biffMulRK      = 0x00bd
	biffRString    = 0x00d6
	biffSST        = 0x00fc
	biffLabelSST   = 0x00fd
	biffNumber     = 0x0203
	biffLabel      = 0x0204
	biffString     = 0x0207
	biffRK         = 0x027e
	biffBOF        = 0x0809
)

const howToConvert = "open it in a spreadsheet and save it as XLSX, or run: soffice --headless --convert-to xlsx FILE.xls"

// oldWorkbook reads the sheets of an XLS workbook, each as a table of its own.
func (x *reading) oldWorkbook(ctx context.Context, c content, at io.ReaderAt) error {
	if c.size > maxInner {
		return fmt.Errorf("%s is larger than %d MB; %s", c.name, maxInner>>20, howToConvert)
	}
	sheets, err := readBIFF(at)
	if err != nil {
		return x.unknown(&input{named: c.named}, fmt.Errorf("open the workbook %s: %w; %s", c.name, err, howToConvert))
	}
	read := len(x.report.Files)
	for _, s := range sheets {
		err := x.table(ctx, &input{name: c.name + ", sheet " + s.name, path: c.path, named: c.named && len(sheets) == 1, sheet: s})
		if err != nil {
			return err
		}
	}
	return x.someSheet(c, read)
}

// biffSheet is a sheet in memory: an old one has 65,536 rows at most.
type biffSheet struct {
	name  string
	from  uint32
	epoch time.Time
	cells map[uint16]map[uint16]string
	order []uint16 // of rows
}

func (s *biffSheet) put(row, column uint16, v string) {
	if column > 255 || v == "" {
		return
	}
	if s.cells[row] == nil {
		s.cells[row] = map[uint16]string{}
		s.order = append(s.order, row)
	}
	s.cells[row][column] = v
}

func (s *biffSheet) next() ([]string, int, error) {
	if len(s.order) == 0 {
		return nil, 0, io.EOF
	}
	n := s.order[0]
	s.order = s.order[1:]
	var row []string
	for column, v := range s.cells[n] {
		for len(row) <= int(column) {
			row = append(row, "")
		}
		row[column] = v
	}
	return row, int(n) + 1, nil
}

func (s *biffSheet) serial(n float64) (time.Time, bool) { return sheetDate(s.epoch, n) }

var errShort = errors.New("a record is shorter than it says; the file is damaged")

// readBIFF reads all sheets of a workbook.
func readBIFF(at io.ReaderAt) ([]*biffSheet, error) {
	doc, err := mscfb.New(at)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(doc.File, func(f *mscfb.File) bool { return f.Name == "Workbook" })
	if i < 0 {
		return nil, errors.New("it is not a workbook of Excel 97 to 2003")
	}
	b, err := io.ReadAll(io.LimitReader(doc.File[i], maxInner))
	if err != nil {
		return nil, err
	}
	sheets, texts, err := biffGlobals(b)
	if err != nil {
		return nil, err
	}
	for _, s := range sheets {
		if err := s.read(b, texts); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	return sheets, nil
}

// biffRecord takes the next record off a stream.
func biffRecord(b []byte) (kind uint16, data, rest []byte, err error) {
	if len(b) < 4 {
		return 0, nil, nil, errShort
	}
	kind, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
	if len(b) < 4+n {
		return 0, nil, nil, errShort
	}
	return kind, b[4 : 4+n], b[4+n:], nil
}

// biffGlobals reads the first substream: where the sheets are, and the texts that they share.
func biffGlobals(b []byte) (sheets []*biffSheet, texts []string, err error) {
	day0 := epoch(false)
	for rest := b; ; {
		var kind uint16
		var data []byte
		if kind, data, rest, err = biffRecord(rest); err != nil {
			return nil, nil, err
		}
		switch {
		case kind == biffFilePass:
			return nil, nil, errors.New("it is protected by a password")
		case kind == biffBOF && (len(data) < 2 || binary.LittleEndian.Uint16(data) != 0x0600):
			return nil, nil, errors.New("it is older than Excel 97")
		case kind == biffDate1904 && len(data) >= 2:
			day0 = epoch(data[0] == 1)
		case kind == biffBoundSheet && len(data) >= 8 && data[5] == 0: // a sheet with cells, no chart
			name, _ := biffText(data[7:], int(data[6]))
			sheets = append(sheets, &biffSheet{name: name, from: binary.LittleEndian.Uint32(data), cells: map[uint16]map[uint16]string{}})
		case kind == biffSST:
			pieces := [][]byte{data}
			for len(rest) >= 2 && binary.LittleEndian.Uint16(rest) == biffContinue {
				if _, data, rest, err = biffRecord(rest); err != nil {
					return nil, nil, err
				}
				pieces = append(pieces, data)
			}
			if texts, err = sharedTexts(pieces); err != nil {
				return nil, nil, err
			}
		case kind == biffEOF:
			for _, s := range sheets {
				s.epoch = day0
			}
			return sheets, texts, nil
		}
	}
}

// biffText is a text of n characters behind its flag, in one or two bytes each.
func biffText(b []byte, n int) (string, error) {
	if len(b) < 1 {
		return "", errShort
	}
	wide := b[0]&1 != 0
	return biffCharacters(b[1:], n, wide)
}

func biffCharacters(b []byte, n int, wide bool) (string, error) {
	units := make([]uint16, 0, min(n, len(b)))
	for range n {
		if wide && len(b) < 2 || len(b) < 1 {
			return string(utf16.Decode(units)), errShort
		}
		if wide {
			units, b = append(units, binary.LittleEndian.Uint16(b)), b[2:]
		} else {
			units, b = append(units, uint16(b[0])), b[1:]
		}
	}
	return string(utf16.Decode(units)), nil
}

// pieces reads across the records that a long one is cut into.
type pieces struct {
	now  []byte
	rest [][]byte
}

// bytes are the next n, which may lie in several pieces.
func (p *pieces) bytes(n int) ([]byte, error) {
	var out []byte
	for {
		if len(p.now) >= n {
			if out == nil {
				out, p.now = p.now[:n:n], p.now[n:]
				return out, nil
			}
			out, p.now = append(out, p.now[:n]...), p.now[n:]
			return out, nil
		}
		if len(p.rest) == 0 {
			return nil, errShort
		}
		out, n = append(slices.Clip(out), p.now...), n-len(p.now)
		p.now, p.rest = p.rest[0], p.rest[1:]
	}
}

// sharedTexts reads the table of shared texts. A text that is cut says anew behind the cut how wide its characters are.
func sharedTexts(records [][]byte) ([]string, error) {
	p := &pieces{records[0], records[1:]}
	head, err := p.bytes(8)
	if err != nil {
		return nil, err
	}
	var texts []string
	for range binary.LittleEndian.Uint32(head[4:]) {
		head, err := p.bytes(3)
		if err != nil {
			return nil, err
		}
		n, flags := int(binary.LittleEndian.Uint16(head)), head[2]
		after := 0 // what follows the characters: formats of parts, and how it is spoken
		if flags&8 != 0 {
			b, err := p.bytes(2)
			if err != nil {
				return nil, err
			}
			after += 4 * int(binary.LittleEndian.Uint16(b))
		}
		if flags&4 != 0 {
			b, err := p.bytes(4)
			if err != nil {
				return nil, err
			}
			after += int(min(binary.LittleEndian.Uint32(b), maxInner))
		}
		var text strings.Builder
		for wide := flags&1 != 0; n > 0; {
			if len(p.now) == 0 {
				b, err := p.bytes(1)
				if err != nil {
					return nil, err
				}
				wide = b[0]&1 != 0
			}
			size := 1
			if wide {
				size = 2
			}
			here := min(n, len(p.now)/size)
			if here == 0 {
				return nil, errShort
			}
			s, err := biffCharacters(p.now, here, wide)
			if err != nil {
				return nil, err
			}
			text.WriteString(s)
			p.now, n = p.now[here*size:], n-here
		}
		if _, err := p.bytes(after); err != nil {
			return nil, err
		}
		texts = append(texts, text.String())
	}
	return texts, nil
}

// read reads the cells of a sheet.
func (s *biffSheet) read(b []byte, texts []string) error {
	if int64(s.from) > int64(len(b)) {
		return errShort
	}
	var formulaRow, formulaColumn uint16 // whose text comes in the next record
	depth := 0                           // in charts that lie on the sheet
	for rest := b[s.from:]; ; {
		kind, data, after, err := biffRecord(rest)
		if err != nil {
			return err
		}
		rest = after
		switch kind {
		case biffBOF:
			depth++
		case biffEOF:
			if depth--; depth <= 0 {
				slices.Sort(s.order)
				return nil
			}
		}
		if depth != 1 {
			continue
		}
		if kind == biffString {
			if len(data) >= 3 {
				text, _ := biffText(data[2:], int(binary.LittleEndian.Uint16(data)))
				s.put(formulaRow, formulaColumn, text)
			}
			continue
		}
		if len(data) < 6 {
			continue
		}
		row, column, value := binary.LittleEndian.Uint16(data), binary.LittleEndian.Uint16(data[2:]), data[6:]
		switch kind {
		case biffLabelSST:
			if len(value) < 4 || int64(binary.LittleEndian.Uint32(value)) >= int64(len(texts)) {
				return errShort
			}
			s.put(row, column, texts[binary.LittleEndian.Uint32(value)])
		case biffLabel, biffRString:
			if len(value) < 3 {
				return errShort
			}
			text, err := biffText(value[2:], int(binary.LittleEndian.Uint16(value)))
			if err != nil {
				return err
			}
			s.put(row, column, text)
		case biffNumber, biffFormula:
			if len(value) < 8 {
				return errShort
			}
			formulaRow, formulaColumn = row, column
			if kind == biffNumber || !bytes.Equal(value[6:8], []byte{0xff, 0xff}) { // else its value is no number
				s.put(row, column, number(math.Float64frombits(binary.LittleEndian.Uint64(value))))
			}
		case biffRK:
			if len(value) < 4 {
				return errShort
			}
			s.put(row, column, number(rk(binary.LittleEndian.Uint32(value))))
		case biffMulRK:
			for v := data[4:]; len(v) >= 8; v = v[6:] { // each behind its format, and the last column at the end
				s.put(row, column, number(rk(binary.LittleEndian.Uint32(v[2:]))))
				column++
			}
		}
	}
}

// rk is a number in four bytes: a whole one or the upper half of a float, perhaps times 100.
func rk(v uint32) float64 {
	var n float64
	if v&2 != 0 {
		n = float64(int32(v) >> 2)
	} else {
		n = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		n /= 100
	}
	return n
}

func number(n float64) string {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
