package reports

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"presencia/pipeline/statistics"
)

// fill writes a cell's content with its style, and tells whether there is any: what is unknown leaves the cell empty.
func (b *book) fill(to *excelize.Cell, col Column, c Cell, total bool) bool {
	*to = excelize.Cell{Formula: c.formula}
	switch col.Kind {
	case Figures, Signed, Probability:
		v, ok := c.Number.get()
		if !ok {
			return false
		}
		decimals := col.Decimals
		if c.Whole {
			decimals = 0
		}
		to.Value, to.StyleID = v, b.formatted(b.excelFormat(v, decimals), total)
		return true
	case Day:
		if c.Day.IsZero() {
			return false
		}
		format := "dd/mm/yyyy"
		if b.language == "en" {
			format = "[$-809]d mmm yyyy" // the month in the report's language, not in that of the reader's machine
		}
		to.Value, to.StyleID = c.Day.In(time.UTC), b.formatted(format, total)
		return true
	}
	if c.Text == "" {
		return false
	}
	to.Value, to.StyleID = clean(c.Text), b.text(total)
	return true
}

const family = "Arial"

// font is the sheets' own, plain or bold.
func font(size float64, bold bool, color string) *excelize.Font {
	return &excelize.Font{Size: size, Bold: bold, Family: family, Color: color}
}

// style makes each style once; a failure leaves the default look and is found by the tests.
func (b *book) style(name string, s excelize.Style) int {
	id, ok := b.formats[name]
	if !ok {
		id, _ = b.NewStyle(&s)
		b.formats[name] = id
	}
	return id
}

// header is the style of a column's title, which stands as its values do.
func (b *book) header(numeric, upright bool) int {
	name, align := "header", &excelize.Alignment{WrapText: true, Vertical: "bottom", Indent: 1}
	switch {
	case upright:
		name, align.TextRotation, align.Indent = "header upright", 90, 0
	case numeric:
		name, align.Horizontal, align.Indent = "header of figures", "right", 0
	}
	return b.style(name, excelize.Style{Font: font(10, true, ""), Alignment: align, Border: []excelize.Border{{Type: "bottom", Color: b.colors["ink"], Style: 1}}})
}

// text is the style of words.
func (b *book) text(total bool) int {
	name := "text"
	if total {
		name = "text of a total"
	}
	if id, ok := b.formats[name]; ok {
		return id
	}
	return b.style(name, b.totalled(excelize.Style{Font: font(10, total, ""), Alignment: &excelize.Alignment{WrapText: true, Vertical: "top", Indent: 1}}, total))
}

// formatted is the style of a number or day.
func (b *book) formatted(format string, total bool) int {
	name := format
	if total {
		name += " of a total"
	}
	if id, ok := b.formats[name]; ok {
		return id
	}
	return b.style(name, b.totalled(excelize.Style{Font: font(10, total, ""), CustomNumFmt: &format, Alignment: &excelize.Alignment{Vertical: "top"}}, total))
}

// totalled draws the line above a total.
func (b *book) totalled(s excelize.Style, total bool) excelize.Style {
	if total {
		s.Border = []excelize.Border{{Type: "top", Color: b.colors["ink"], Style: 1}}
	}
	return s
}

// verdictsOfChange are those that say that something moved.
var verdictsOfChange = []statistics.Movement{statistics.Better, statistics.Worse, statistics.Moved}

// bold is the conditional style of what is to be noticed.
func (b *book) bold() (int, error) {
	const name = "noticed"
	id, ok := b.formats[name]
	if !ok {
		var err error
		if id, err = b.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
			return 0, err
		}
		b.formats[name] = id
	}
	return id, nil
}

// Widths are in characters. Words wrap sooner where a table would not fit across a page.
const (
	narrow = 11.0
	wide   = 70.0
	least  = 28.0 // of a column of words that had to give way
)

// widths follow the longest text of each column, within reason; in a field of figures all are narrow.
func (b *book) widths(s sheet) []float64 {
	t := s.table
	widths := make([]float64, len(t.Columns))
	sum := 0.0
	for i, c := range t.Columns {
		switch {
		case s.stream != nil:
			widths[i] = s.widths[i]
		case c.Kind == Trend:
			widths[i] = 24
		default:
			widths[i] = b.width(t, i, c)
		}
		if !c.drawn {
			sum += widths[i]
		}
	}
	for sum > lying+45 { // the widest column of words gives way, as long as one can
		i, at := -1, least
		for j, c := range t.Columns {
			if !c.numeric() && widths[j] > at {
				i, at = j, widths[j]
			}
		}
		if i < 0 {
			break
		}
		widths[i]--
		sum--
	}
	return widths
}

func (b *book) width(t Table, i int, c Column) float64 {
	if c.Shade && heat(t) {
		return 6
	}
	longest := min(utf8.RuneCountInString(c.Title), 18) // titles wrap
	for word := range strings.FieldsSeq(c.Title) {
		longest = max(longest, min(utf8.RuneCountInString(word), 30))
	}
	for _, row := range t.Rows {
		if i < len(row) {
			n := 0
			for line := range strings.SplitSeq(row[i].Text, "\n") {
				n = max(n, utf8.RuneCountInString(line))
			}
			if v, ok := row[i].Number.get(); ok {
				n = len(b.format(v, c.Decimals))
			}
			longest = max(longest, n)
		}
	}
	return min(max(float64(longest)+3, narrow), wide)
}

// Excel fits the height of a row to wrapped text only when somebody edits it, so heights are written.

// wrapped is on how many lines a text stands in a column.
func wrapped(s string, width float64) (lines int) {
	if s == "" {
		return 1
	}
	for line := range strings.SplitSeq(s, "\n") {
		lines += 1 + utf8.RuneCountInString(line)/max(1, int(width*1.12))
	}
	return lines
}

// lineHeight is the height of a row in points; Excel ends at 409.
func lineHeight(lines int) float64 { return min(2+13*float64(lines), 400) }

// headerHeight leaves room for titles, which wrap, or stand upright over a field of figures.
func headerHeight(t Table, widths []float64) float64 {
	height := lineHeight(1)
	for i, c := range t.Columns {
		if c.Shade && heat(t) {
			height = max(height, min(20+5*float64(utf8.RuneCountInString(c.Title)), 240))
		} else {
			height = max(height, lineHeight(wrapped(c.Title, widths[i]-4)))
		}
	}
	return height
}

// cell is the name of a cell.
func cell(col, row int) string {
	name, _ := excelize.CoordinatesToCellName(col, row)
	return name
}

// reference is a range of cells of a sheet.
func reference(name string, col, row, col2, row2 int) string {
	a, _ := excelize.CoordinatesToCellName(col, row, true)
	z, _ := excelize.CoordinatesToCellName(col2, row2, true)
	if a != z {
		a += ":" + z
	}
	return quoted(name) + "!" + a
}

// quoted is a sheet's name in a formula.
func quoted(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

// longestName is how long the name of a tab may be.
const longestName = 31

// sheetName makes a name that Excel takes: at most 31 characters, none of : \ / ? * [ ], no apostrophe at an end,
// and not one that is used already.
func sheetName(s string, used map[string]bool) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' || r == '\u007f' || r == '\ufffe' || r == '\uffff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Trim(withoutMiddle(strings.Fields(s), longestName), "' ")
	if s == "" || strings.EqualFold(s, "history") { // Excel keeps that one for itself
		s += "…"
	}
	name := s
	for n := 2; used[strings.ToLower(name)]; n++ {
		suffix := " " + strconv.Itoa(n)
		name = limit(s, longestName-len(suffix)) + suffix
	}
	used[strings.ToLower(name)] = true
	return name
}

// withoutMiddle leaves out words in the middle, since names that begin alike differ at their end: Cumplimiento… de accesibilidad.
func withoutMiddle(words []string, n int) string {
	whole := strings.Join(words, " ")
	if fits(whole, n) || len(words) < 2 {
		return limit(whole, n)
	}
	front, back := 1, 1
	join := func(front, back int) string {
		return strings.TrimRight(strings.Join(words[:front], " "), ",;:.") + "… " + strings.Join(words[len(words)-back:], " ")
	}
	if !fits(join(front, back), n) {
		return limit(whole, n)
	}
	for grown := true; grown && front+back < len(words)-1; {
		grown = false
		if fits(join(front, back+1), n) {
			back, grown = back+1, true
		}
		if front+back < len(words)-1 && fits(join(front+1, back), n) {
			front, grown = front+1, true
		}
	}
	return join(front, back)
}

func fits(s string, n int) bool { return limit(s, n) == s }

// tableName is the name of an Excel table: letters, digits and underscores, and none that is used, whatever its capitals: Excel
// repairs a file that has one twice.
func tableName(id string, used map[string]bool) string {
	first := "t_" + limit(notWord.ReplaceAllString(id, "_"), 200)
	name := first
	for n := 2; used[strings.ToLower(name)]; n++ {
		name = first + "_" + strconv.Itoa(n)
	}
	if used != nil {
		used[strings.ToLower(name)] = true
	}
	return name
}

var notWord = regexp.MustCompile(`\W`)

// limit cuts a text to n characters as Excel counts them, in UTF-16.
func limit(s string, n int) string {
	for i, r := range s {
		n--
		if r > 0xffff {
			n--
		}
		if n < 0 {
			return s[:i]
		}
	}
	return s
}

// escapes are what Excel would read as a character by its number: _x000D_ in a text would become a line break. An underscore
// that is itself written so stays one.
var escapes = regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`)

// clean keeps a text within what a cell can hold: 32,767 characters and no control characters.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if strings.Contains(s, "_x") {
		s = escapes.ReplaceAllString(s, "_x005F_$1")
	}
	return limit(s, 32767)
}

// legalLink is an address as Excel takes it, or empty: one that it cannot read makes it repair the file.
func legalLink(s string) string {
	if safeLink(s) == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	u.RawQuery, u.RawFragment = escapedPart(u.RawQuery), ""
	if s = u.String(); len(s) > 2000 || slices.ContainsFunc([]byte(s), func(c byte) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return s
}

// escapedPart escapes what may not stand in a query.
func escapedPart(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}'", c) >= 0 {
			b.WriteString("%" + strings.ToUpper(strconv.FormatInt(int64(c)+0x100, 16)[1:]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// screenColors are the light colours of screen.css by their names there, with those of the look, so that a chart looks the same in
// both files.
func screenColors(look Look) map[string]string {
	colors := palette(false)
	maps.Copy(colors, look.colours(false))
	for name, c := range colors {
		colors[name] = strings.ToUpper(strings.TrimPrefix(c, "#"))
	}
	return colors
}
