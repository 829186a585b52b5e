package reports

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes the document as a workbook: a contents sheet first, then a sheet for each table and chart with its
// title in A1, the figures behind the report in tidy form, and a dictionary of every column and indicator. A number
// that is unknown is an empty cell, with the reason in the last column. The same document gives the same bytes.
func WriteXLSX(w io.Writer, d Document) error {
	say, err := loadWords(d.Language)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	b := &book{File: f, words: say, doc: d, colors: screenColors(d.Look), formats: map[string]int{}}
	sheets := b.sheets()
	for i, s := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.name)
		} else {
			_, err = f.NewSheet(s.name)
		}
		if err != nil {
			return fmt.Errorf("sheet %q: %w", s.name, err)
		}
	}
	for _, s := range sheets {
		if err := b.write(s); err != nil {
			return fmt.Errorf("sheet %q: %w", s.name, err)
		}
	}
	at := d.AsOf.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: d.Title, Subject: d.Subtitle, Creator: "presencia", LastModifiedBy: "presencia", Created: at, Modified: at, Language: d.Language,
	}); err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		return err
	}
	return normalize(w, buf.Bytes(), d.AsOf)
}

// book is a workbook that is being written.
type book struct {
	*excelize.File
	*words
	doc     Document
	colors  map[string]string
	formats map[string]int // number formats and other styles already made
}

// write fills a sheet. What a streamed sheet is given after its rows is lost without an error, so the order matters:
// page, chart, formats, widths and panes, then rows, table, links, end.
func (b *book) write(s sheet) error {
	t := b.withReasons(s.table)
	if err := checkHeader(t); err != nil {
		return err
	}
	above := b.above(s)
	head := len(above) + 2 // a row is left free between
	last := head + len(t.Rows)
	if err := b.page(s.name); err != nil {
		return err
	}
	if s.chart != nil {
		if err := b.charts(s.name, *s.chart, t, head); err != nil {
			return err
		}
	}
	if err := b.shade(s.name, t, head+1, last); err != nil {
		return err
	}
	sw, err := b.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	widths := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = b.width(t, i, c)
		if err := sw.SetColWidth(i+1, i+1, widths[i]); err != nil {
			return err
		}
	}
	panes := excelize.Panes{Freeze: true, YSplit: head, TopLeftCell: cell(1, head+1), ActivePane: "bottomLeft"}
	if heat(t) { // it is wider than a screen, and its rows need their names
		panes.XSplit, panes.TopLeftCell, panes.ActivePane = 1, cell(2, head+1), "bottomRight"
	}
	if err := sw.SetPanes(&panes); err != nil {
		return err
	}
	for i, a := range above {
		if err := sw.SetRow(cell(1, i+1), []any{a}); err != nil {
			return err
		}
	}
	if err := b.rows(sw, t, widths, head); err != nil {
		return err
	}
	if len(t.Rows) > 0 {
		if err := sw.AddTable(&excelize.Table{Range: cell(1, head) + ":" + cell(len(t.Columns), last), Name: tableName(s.table.ID), StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	if err := b.links(s, t, head+1); err != nil {
		return err
	}
	return sw.Flush()
}

// rows writes the header and the rows of a table.
func (b *book) rows(sw *excelize.StreamWriter, t Table, widths []float64, head int) error {
	header := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = excelize.Cell{Value: clean(c.Title), StyleID: b.header(c.numeric(), c.Shade && heat(t))}
	}
	if err := sw.SetRow(cell(1, head), header, excelize.RowOpts{Height: headerHeight(t, widths)}); err != nil {
		return err
	}
	for i, row := range t.Rows {
		values, lines := make([]any, len(t.Columns)), 1
		for j, c := range row {
			values[j] = b.value(t.Columns[j], c)
			lines = max(lines, wrapped(c.Text, widths[j]))
		}
		if err := sw.SetRow(cell(1, head+1+i), values, excelize.RowOpts{Height: lineHeight(lines)}); err != nil {
			return err
		}
	}
	return nil
}

// above are the lines over the table: title, notice, where it comes from, remarks.
func (b *book) above(s sheet) []excelize.Cell {
	lines := []excelize.Cell{{Value: clean(s.table.Title), StyleID: b.style("title", excelize.Style{Font: font(14, true, "")})}}
	plain := b.style("plain", excelize.Style{Font: font(10, false, "")})
	if b.doc.Simulated {
		notice := b.style("notice", excelize.Style{Font: font(10, true, b.colors["simulated"])})
		lines = append(lines, excelize.Cell{Value: b.notice(), StyleID: notice})
	}
	source := b.doc.Title + " · " + b.doc.Subtitle
	if s.links != nil {
		source = b.doc.Subtitle
	}
	lines = append(lines, excelize.Cell{Value: clean(source), StyleID: plain})
	if s.table.Note != "" {
		lines = append(lines, excelize.Cell{Value: clean(s.table.Note), StyleID: plain})
	}
	return lines
}

func (b *book) notice() string { return b.say("simulated.title") + " " + b.say("simulated.text") }

// withReasons adds the column that says why cells are empty, where some are.
func (b *book) withReasons(t Table) Table {
	reasons := make([]string, len(t.Rows))
	any := false
	for i, row := range t.Rows {
		var parts []string
		for j, c := range row {
			if c.Why != "" {
				parts = append(parts, t.Columns[j].Title+": "+c.Why)
			}
		}
		reasons[i] = strings.Join(parts, "; ")
		any = any || reasons[i] != ""
	}
	if !any {
		return t
	}
	t.Columns = append(slices.Clip(t.Columns), Column{Title: b.say("sheet.why")})
	rows := make([][]Cell, len(t.Rows))
	for i, row := range t.Rows {
		row = slices.Clone(row)
		for len(row) < len(t.Columns)-1 {
			row = append(row, Cell{})
		}
		rows[i] = append(row, text(reasons[i]))
	}
	t.Rows = rows
	return t
}

// checkHeader: Excel silently renames columns of a table whose titles are empty or repeated.
func checkHeader(t Table) error {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		key := strings.ToLower(strings.TrimSpace(clean(c.Title)))
		if key == "" || seen[key] {
			return fmt.Errorf("table %s: the column title %q is empty or stands twice", t.ID, c.Title)
		}
		seen[key] = true
	}
	return nil
}

// value is a cell's content with its style; nil leaves it empty.
func (b *book) value(col Column, c Cell) any {
	switch col.Kind {
	case Figures, Signed, Probability:
		v, ok := c.Number.get()
		if !ok {
			return nil
		}
		decimals := col.Decimals
		if c.Whole {
			decimals = 0
		}
		format := b.excelFormat(v, decimals)
		return excelize.Cell{Value: v, StyleID: b.formatted(format)}
	case Day:
		if c.Day.IsZero() {
			return nil
		}
		format := "dd/mm/yyyy"
		if b.language == "en" {
			format = "d mmm yyyy"
		}
		return excelize.Cell{Value: c.Day.In(time.UTC), StyleID: b.formatted(format)}
	}
	if c.Text == "" {
		return nil
	}
	return excelize.Cell{Value: clean(c.Text), StyleID: b.style("text", excelize.Style{Font: font(10, false, ""), Alignment: &excelize.Alignment{WrapText: true, Vertical: "top", Indent: 1}})}
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

// formatted is the style of a number or day.
func (b *book) formatted(format string) int {
	return b.style(format, excelize.Style{Font: font(10, false, ""), CustomNumFmt: &format, Alignment: &excelize.Alignment{Vertical: "top"}})
}

// width follows the longest text of a column, within reason; in a field of figures all are narrow.
func (b *book) width(t Table, i int, c Column) float64 {
	if c.Shade && heat(t) {
		return 6
	}
	longest := min(utf8.RuneCountInString(c.Title), 18) // titles wrap
	for _, row := range t.Rows {
		if i < len(row) {
			n := utf8.RuneCountInString(row[i].Text)
			if v, ok := row[i].Number.get(); ok {
				n = len(b.format(v, c.Decimals))
			}
			longest = max(longest, n)
		}
	}
	return float64(min(max(longest+3, 11), 70))
}

// Excel fits the height of a row to wrapped text only when somebody edits it, so heights are written.

// wrapped is on how many lines a text stands in a column.
func wrapped(s string, width float64) (lines int) {
	for line := range strings.SplitSeq(s, "\n") {
		lines += 1 + utf8.RuneCountInString(line)/max(1, int(width*1.05))
	}
	return lines
}

// lineHeight is the height of a row in points.
func lineHeight(lines int) float64 { return min(2+13*float64(lines), 400) }

// headerHeight leaves room for titles, which wrap, or stand upright over a field of figures.
func headerHeight(t Table, widths []float64) float64 {
	height := 0.0
	for i, c := range t.Columns {
		if c.Shade && heat(t) {
			height = max(height, min(20+5*float64(utf8.RuneCountInString(c.Title)), 240))
		} else {
			height = max(height, lineHeight(wrapped(c.Title, widths[i]-4)))
		}
	}
	return height
}

// page sets up printing, with the notice of simulated data on every page.
func (b *book) page(name string) error {
	landscape, a4, one, zero := "landscape", 9, 1, 0
	if err := b.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &one, FitToHeight: &zero}); err != nil {
		return err
	}
	fit := true
	if err := b.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	footer := "&L" + strings.ReplaceAll(limit(b.doc.Title, 100), "&", "&&") + "&R&P / &N"
	header := ""
	if b.doc.Simulated {
		header = "&C" + b.notice()
	}
	return b.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddHeader: header, OddFooter: footer})
}

// shade gives columns from 0 to 100 a background that follows the figure, beside the figure itself.
func (b *book) shade(name string, t Table, first, last int) error {
	for i, c := range t.Columns {
		if !c.Shade || len(t.Rows) == 0 {
			continue
		}
		if err := b.SetConditionalFormat(name, cell(i+1, first)+":"+cell(i+1, last), []excelize.ConditionalFormatOptions{{
			Type: "3_color_scale", Criteria: "=", MinType: "num", MinValue: "0", MidType: "num", MidValue: "50", MaxType: "num", MaxValue: "100",
			MinColor: b.colors["s0"], MidColor: b.colors["s2"], MaxColor: b.colors["s4"],
		}}); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) links(s sheet, t Table, first int) error {
	for i, to := range s.links {
		if err := b.SetCellHyperLink(s.name, cell(1, first+i), "'"+strings.ReplaceAll(to, "'", "''")+"'!A1", "Location"); err != nil {
			return err
		}
	}
	for i, row := range t.Rows {
		for j, c := range row {
			if link := safeLink(c.Link); link != "" && len(link) < 2000 {
				if err := b.SetCellHyperLink(s.name, cell(j+1, first+i), link, "External"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// cell is the name of a cell.
func cell(col, row int) string {
	name, _ := excelize.CoordinatesToCellName(col, row)
	return name
}

// sheetName makes a name that Excel takes: at most 31 characters, none of : \ / ? * [ ], no apostrophe at an end,
// and not one that is used already.
func sheetName(s string, used map[string]bool) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' {
			return ' '
		}
		return r
	}, s)
	s = strings.Trim(limit(strings.Join(strings.Fields(s), " "), 31), "' ")
	if s == "" {
		s = "…"
	}
	name := s
	for n := 2; used[strings.ToLower(name)]; n++ {
		suffix := " " + strconv.Itoa(n)
		name = limit(s, 31-len(suffix)) + suffix
	}
	used[strings.ToLower(name)] = true
	return name
}

// tableName is the name of an Excel table: letters, digits and underscores.
func tableName(id string) string {
	return "t_" + regexp.MustCompile(`\W`).ReplaceAllString(id, "_")
}

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

// clean keeps a text within what a cell can hold: 32,767 characters and no control characters.
func clean(s string) string {
	return limit(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")), 32767)
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

// normalize writes the workbook's parts in a fixed order with a fixed time: excelize takes some from maps.
func normalize(w io.Writer, workbook []byte, at time.Time) error {
	r, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		return err
	}
	slices.SortFunc(r.File, func(a, b *zip.File) int {
		return cmp.Or(-cmp.Compare(rank(a.Name), rank(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	zw := zip.NewWriter(w)
	for _, part := range r.File {
		in, err := part.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			return err
		}
		if part.Name == "[Content_Types].xml" {
			content = sortElements(content)
		}
		out, err := zw.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate, Modified: at.UTC()})
		if err != nil {
			return err
		}
		if _, err := out.Write(content); err != nil {
			return err
		}
	}
	return zw.Close()
}

// rank puts the parts first that readers expect first.
func rank(name string) int {
	return slices.Index([]string{"xl/workbook.xml", "_rels/.rels", "[Content_Types].xml"}, name)
}

// sortElements sorts the children of the list of content types.
func sortElements(content []byte) []byte {
	child := regexp.MustCompile(`<(?:Default|Override) [^>]*?(?:/>|></(?:Default|Override)>)`)
	found := child.FindAll(content, -1)
	slices.SortFunc(found, bytes.Compare)
	i := 0
	return child.ReplaceAllFunc(content, func([]byte) []byte { i++; return found[i-1] })
}
