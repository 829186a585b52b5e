package export

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"slices"
	"time"
)

// csvRows is a table in a text.
type csvRows struct {
	*csv.Reader
	limit *recordLimit
}

func newCSV(in *input) rows {
	if first, _ := in.text.Peek(6); string(bytes.ToLower(first[:min(4, len(first))])) == "sep=" { // a line for Excel alone
		_, _ = in.text.ReadString('\n') // what is wrong comes up with the next read
	}
	r := &csvRows{csv.NewReader(in.text), in.limit}
	r.Comma = delimiter(in.text)
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	return r
}

func (r *csvRows) next() ([]string, int, error) {
	row, err := r.Read()
	r.limit.record = r.InputOffset()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, wrong.StartLine, rowError("a quote is not closed or not doubled; a text with quotes, delimiters or line breaks stands in quotes, and quotes in it are doubled")
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ := r.FieldPos(0)
	return row, line, nil
}

func (*csvRows) serial(float64) (time.Time, bool) { return time.Time{}, false }

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
