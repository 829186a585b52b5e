package method

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"presencia/pipeline/sheet"
)

// Table holds the columns of a CSV file, as written.
type Table struct {
	names  []string
	rows   [][]string
	commas bool // numbers have decimal commas, and points between thousands
}

// ReadTable reads a CSV file with a head: cells separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Lines must
// be of equal length, and columns without a name are left out. Where commas do not separate cells they may stand in numbers (3,5 and
// 1.234,5); then a point stands between thousands.
func ReadTable(r io.Reader) (*Table, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	content, comma, err := sheet.Text(content)
	if err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	c := csv.NewReader(bytes.NewReader(content))
	c.TrimLeadingSpace, c.Comma, c.FieldsPerRecord = comma != '\t', comma, -1 // of tabs, an empty cell is no leading space
	t := &Table{}
	var columns []int
	for width := 0; ; {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the table: %w", err)
		}
		if width == 0 {
			width = len(cells)
			for j, name := range cells {
				name = strings.TrimSpace(name)
				if slices.Contains(t.names, name) {
					return nil, fmt.Errorf("the table has two columns %q", name)
				}
				if name != "" {
					t.names, columns = append(t.names, name), append(columns, j)
				}
			}
			continue
		}
		if line, _ := c.FieldPos(0); len(cells) != width {
			return nil, fmt.Errorf("line %d of the table has %d cells, and its first line names %d columns", line, len(cells), width)
		}
		row := make([]string, len(columns))
		for i, j := range columns {
			row[i] = strings.TrimSpace(cells[j])
		}
		t.rows = append(t.rows, row)
	}
	if len(t.names) == 0 {
		return nil, errors.New("the table is empty: its first line must name the columns")
	}
	t.commas = t.decimalCommas(comma)
	return t, nil
}

// decimalCommas tells whether the file's numbers have them: it has such numbers and, where commas separate its cells, none that
// could be read otherwise.
func (t *Table) decimalCommas(separator rune) bool {
	found := false
	for _, row := range t.rows {
		for _, s := range row {
			switch {
			case strings.Contains(s, ",") && withComma.MatchString(s):
				if found = true; separator == ',' && grouped.MatchString(s) {
					return false
				}
			case separator == ',' && strings.Contains(s, ".") && withPoint.MatchString(s):
				return false
			}
		}
	}
	return found
}

var (
	withPoint = regexp.MustCompile(`^[-+]?\d*\.\d+([eE][-+]?\d+)?$`)
	grouped   = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3})+$`) // 1,234 may be either
	withComma = regexp.MustCompile(`^[-+]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][-+]?\d+)?$`)
	thousands = regexp.MustCompile(`^[-+]?\d{1,3}(\.\d{3})+$`)
)

// Rows is the number of rows.
func (t *Table) Rows() int {
	if t == nil {
		return 0
	}
	return len(t.rows)
}

// Names are the columns' names.
func (t *Table) Names() []string {
	if t == nil {
		return nil
	}
	return slices.Clone(t.names)
}

// Strings is a column as written.
func (t *Table) Strings(column string) ([]string, error) {
	if t == nil {
		return nil, fmt.Errorf("column %q: no table was given; name one with --data FILE.csv", column)
	}
	j := slices.Index(t.names, column)
	if j < 0 {
		return nil, fmt.Errorf("there is no column %q; the table has %s", column, strings.Join(t.names, ", "))
	}
	values := make([]string, len(t.rows))
	for i, r := range t.rows {
		values[i] = r[j]
	}
	return values, nil
}

// Numbers is an expression of columns by row, NaN where a cell it needs is missing: a column's name, or arithmetic
// (+ - * / ^), log, exp, sqrt, abs, sin, cos, pi, and comparisons, which are 1 or 0 (as TRUE and FALSE are). Numbers so large or
// small that their squares could not be added are refused.
func (t *Table) Numbers(expression string) ([]float64, error) {
	x, err := t.numbers(expression)
	for i, v := range x {
		if a := math.Abs(v); a > 1e100 || a > 0 && a < 1e-100 {
			return nil, fmt.Errorf("%s: row %d has %g, which is too far from 1 to count with: choose another unit", expression, i+1, v)
		}
	}
	return x, err
}

func (t *Table) numbers(expression string) ([]float64, error) {
	values, err := t.evaluate(expression)
	if err != nil {
		return nil, err
	}
	numbers := make([]float64, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			numbers[i] = v
		case nil:
			numbers[i] = math.NaN()
		case string:
			if numbers[i], err = boolean(v); err == nil {
				continue
			}
			hint := ""
			if t.commas {
				hint = " (this file's numbers have a decimal comma)"
			}
			return nil, fmt.Errorf("%s: row %d has %q, which is no number%s", expression, i+1, v, hint)
		}
	}
	return numbers, nil
}

// boolean is how R and spreadsheets write what is true.
func boolean(s string) (float64, error) {
	switch s {
	case "TRUE", "True", "true":
		return 1, nil
	case "FALSE", "False", "false":
		return 0, nil
	}
	return 0, strconv.ErrSyntax
}

// Where keeps the rows for which an expression holds, such as Treat==FT or year>=1899 && year<1910. A word that is no column
// is a text.
func (t *Table) Where(expression string) (*Table, error) {
	if expression == "" {
		return t, nil
	}
	values, err := t.evaluate(expression)
	if err != nil {
		return nil, err
	}
	kept := &Table{names: t.names, commas: t.commas}
	for i, v := range values {
		switch v {
		case 1.0:
			kept.rows = append(kept.rows, t.rows[i])
		case 0.0, nil:
		default:
			return nil, fmt.Errorf("%s is %v in row %d: it must be true or false, as a comparison is", expression, v, i+1)
		}
	}
	return kept, nil
}

// Complete keeps the rows in which every one of the expressions has a value.
func (t *Table) Complete(expressions ...string) (*Table, error) {
	kept := t
	for _, e := range expressions {
		values, err := kept.evaluate(e)
		if err != nil {
			return nil, err
		}
		next := &Table{names: kept.names, commas: kept.commas}
		for i, v := range values {
			if v != nil {
				next.rows = append(next.rows, kept.rows[i])
			}
		}
		kept = next
	}
	return kept, nil
}

var single = regexp.MustCompile(`[^=<>!]=[^=]`)

// evaluate answers float64, string, or nil for missing, by row.
func (t *Table) evaluate(expression string) ([]any, error) {
	if t == nil {
		return nil, fmt.Errorf("%s: no table was given; name one with --data FILE.csv", expression)
	}
	if j := slices.Index(t.names, expression); j >= 0 { // whatever its name looks like
		values := make([]any, len(t.rows))
		for i, r := range t.rows {
			values[i] = t.cell(r[j])
		}
		return values, nil
	}
	e, err := parser.ParseExpr(expression)
	if err != nil {
		hint := ""
		if single.MatchString(expression) {
			hint = "; equal is written =="
		}
		return nil, fmt.Errorf("%q is no expression of columns: %w%s", expression, err, hint)
	}
	if name, ok := word(e); ok {
		return nil, fmt.Errorf("there is no column %q; the table has %s", name, strings.Join(t.names, ", "))
	}
	values := make([]any, len(t.rows))
	for i := range t.rows {
		if values[i], err = t.at(e, i); err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", expression, i+1, err)
		}
	}
	return values, nil
}

// missing tells whether nothing is known of a cell.
func missing(s string) bool {
	switch s {
	case "", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL":
		return true
	}
	return false
}

// cell is a number where it reads as one, nil where it is missing.
func (t *Table) cell(s string) any {
	if missing(s) {
		return nil
	}
	plain := s
	if t.commas && strings.ContainsAny(s, ",.") {
		if !withComma.MatchString(s) && !thousands.MatchString(s) {
			return s
		}
		plain = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	}
	if f, err := strconv.ParseFloat(plain, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f
	}
	return s
}

// word is a name, also with a dot in it.
func word(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name, true
	case *ast.SelectorExpr:
		if w, ok := word(e.X); ok {
			return w + "." + e.Sel.Name, true
		}
	}
	return "", false
}

func (t *Table) at(e ast.Expr, row int) (any, error) {
	if w, ok := word(e); ok {
		switch j := slices.Index(t.names, w); {
		case j >= 0:
			return t.cell(t.rows[row][j]), nil
		case w == "pi":
			return math.Pi, nil
		}
		return w, nil
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return t.at(e.X, row)
	case *ast.BasicLit:
		if e.Kind == token.STRING || e.Kind == token.CHAR {
			if j := slices.Index(t.names, strings.Trim(e.Value, "`")); j >= 0 && e.Value[0] == '`' {
				return t.cell(t.rows[row][j]), nil
			}
			return strings.Trim(e.Value, "\"'`"), nil
		}
		f, err := strconv.ParseFloat(e.Value, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is no number", e.Value)
		}
		return f, nil
	case *ast.UnaryExpr:
		v, err := t.at(e.X, row)
		f, ok := v.(float64)
		switch {
		case err != nil || v == nil:
			return nil, err
		case ok && e.Op == token.SUB:
			return -f, nil
		case ok && e.Op == token.NOT:
			return truth(f == 0), nil
		}
		return nil, fmt.Errorf("%s %v is not understood", e.Op, v)
	case *ast.CallExpr:
		return t.call(e, row)
	case *ast.BinaryExpr:
		return t.binary(e, row)
	}
	return nil, fmt.Errorf("%T is not understood", e)
}

func (t *Table) binary(e *ast.BinaryExpr, row int) (any, error) {
	if a, ok := word(e.X); ok && !slices.Contains(t.names, a) && a != "pi" {
		if b, ok := word(e.Y); ok && !slices.Contains(t.names, b) && b != "pi" {
			return nil, fmt.Errorf("there is no column %q; the table has %s", a, strings.Join(t.names, ", "))
		}
	}
	x, err := t.at(e.X, row)
	if err != nil {
		return nil, err
	}
	y, err := t.at(e.Y, row)
	if err != nil || x == nil || y == nil {
		return nil, err
	}
	a, isA := x.(float64)
	b, isB := y.(float64)
	switch {
	case e.Op == token.EQL:
		return truth(x == y), nil
	case e.Op == token.NEQ:
		return truth(x != y), nil
	case !isA && !isB && slices.Contains([]token.Token{token.LSS, token.LEQ, token.GTR, token.GEQ}, e.Op): // dates, such as 2024-10
		a, b = float64(strings.Compare(x.(string), y.(string))), 0
	case !isA || !isB:
		return nil, fmt.Errorf("%v %s %v: both must be numbers", x, e.Op, y)
	}
	switch e.Op {
	case token.ADD:
		return finite(a + b), nil
	case token.SUB:
		return finite(a - b), nil
	case token.MUL:
		return finite(a * b), nil
	case token.QUO:
		return finite(a / b), nil
	case token.XOR:
		return finite(math.Pow(a, b)), nil
	case token.LSS:
		return truth(a < b), nil
	case token.LEQ:
		return truth(a <= b), nil
	case token.GTR:
		return truth(a > b), nil
	case token.GEQ:
		return truth(a >= b), nil
	case token.LAND:
		return truth(a != 0 && b != 0), nil
	case token.LOR:
		return truth(a != 0 || b != 0), nil
	}
	return nil, fmt.Errorf("%s is not understood", e.Op)
}

func (t *Table) call(e *ast.CallExpr, row int) (any, error) {
	name, _ := word(e.Fun)
	functions := map[string]func(float64) float64{"log": math.Log, "exp": math.Exp, "sqrt": math.Sqrt, "abs": math.Abs, "sin": math.Sin, "cos": math.Cos}
	f, ok := functions[name]
	if !ok || len(e.Args) != 1 {
		return nil, fmt.Errorf("%s(…) is no function: log, exp, sqrt, abs, sin and cos are, of one argument", name)
	}
	v, err := t.at(e.Args[0], row)
	if err != nil || v == nil {
		return nil, err
	}
	x, ok := v.(float64)
	if !ok {
		return nil, fmt.Errorf("%s of %q, which is no number", name, v)
	}
	return finite(f(x)), nil
}

// finite makes what does not exist (a logarithm of zero) missing.
func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

func truth(b bool) any {
	if b {
		return 1.0
	}
	return 0.0
}
