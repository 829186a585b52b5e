package sheet

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// CellError is a mistake in one cell.
type CellError struct {
	Cell   string // such as Plan!D14
	Reason string // a sentence that says what to write
}

func (e CellError) Error() string { return e.Cell + ": " + e.Reason }

// CellErrors are all mistakes of a file, in its order.
type CellErrors []CellError

func (e CellErrors) Error() string {
	var b strings.Builder
	for i, c := range e {
		if i == maxListed {
			fmt.Fprintf(&b, "\n… and %d more", len(e)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.Error())
	}
	return b.String()
}

// FormulaError matches what a formula leaves that came to nothing.
var FormulaError = regexp.MustCompile(`^(#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)|Err:\d+)$`)

// Clean is a cell's text without what programs put around and between it, and without what would speak to a terminal.
func Clean(s string) string {
	s = strings.NewReplacer("_x000D_", "", "\r\n", "\n", "\r", "\n", "\u00a0", " ").Replace(strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s))
}

// Fold takes case and accents away.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// Title is a column's title as it is compared: without case, accents, and what stands in brackets.
func Title(s string) string {
	s, _, _ = strings.Cut(Fold(s), "(")
	return strings.Join(strings.Fields(strings.Trim(s, " *:")), " ")
}
