package reports

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes the document as a workbook: a cover with the contents and notes first, then a sheet for each table and
// chart with its title in A1, the figures behind the report in tidy form, and a dictionary of every column and indicator.
// Figures of a summary are formulas over the tidy sheet, with their values. A number that is unknown is an empty cell, with
// the reason in the last column. Rows are streamed. The same document gives the same bytes.
func WriteXLSX(w io.Writer, d Document) error {
	say, err := loadWords(d.Language)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetDefaultFont(family); err != nil { // it decides how wide columns are
		return err
	}
	b := &book{File: f, words: say, doc: d, colors: screenColors(d.Look), formats: map[string]int{}, sparklines: map[string]string{}}
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
	for i, s := range sheets {
		if err := b.write(i+1, s); err != nil {
			return fmt.Errorf("sheet %q: %w", s.name, err)
		}
	}
	at := d.AsOf.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: clean(d.Title), Subject: clean(d.Subtitle), Creator: "presencia", LastModifiedBy: "presencia", Created: at, Modified: at, Language: d.Language,
		Keywords: b.say("sheet.keywords"), Category: b.say("sheet.category"), Description: clean(b.notes().Title),
	}); err != nil {
		return err
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		return err
	}
	return b.pack(w, buf.Bytes())
}

// book is a workbook that is being written.
type book struct {
	*excelize.File
	*words
	doc        Document
	colors     map[string]string
	formats    map[string]int    // number formats and other styles already made
	sparklines map[string]string // of each sheet's part, which a streamed sheet cannot be given before its end
}

// write fills a sheet. What a streamed sheet is given after its rows is lost without an error, so the order matters:
// page, chart, formats, widths and panes, then rows, table, links, end.
func (b *book) write(number int, s sheet) error {
	t := s.table
	if err := checkHeader(t); err != nil {
		return err
	}
	above := b.above(s)
	p := placed{head: len(above) + 2, columns: len(t.Columns)} // a row is left free between
	p.last = p.head + s.count()
	p.body = p.last
	if t.Total {
		p.body--
	}
	widths := b.widths(s)
	if err := b.page(s, p, widths, longest(above)); err != nil {
		return err
	}
	if s.chart != nil {
		if err := b.charts(s.name, *s.chart, t, p.head); err != nil {
			return err
		}
	}
	if err := b.shade(s.name, t, p); err != nil {
		return err
	}
	sw, err := b.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	for i := len(widths); i > 0; i-- { // what is set last is written first, and columns belong in order
		if err := sw.SetColWidth(i, i, widths[i-1]); err != nil {
			return err
		}
	}
	panes := excelize.Panes{Freeze: true, YSplit: p.head, TopLeftCell: cell(1, p.head+1), ActivePane: "bottomLeft"}
	if heat(t) { // it is wider than a screen, and its rows need their names
		panes.XSplit, panes.TopLeftCell, panes.ActivePane = 1, cell(2, p.head+1), "bottomRight"
	}
	if s.facts == nil { // a cover is read from its top
		if err := sw.SetPanes(&panes); err != nil {
			return err
		}
	}
	for i, a := range above {
		if err := sw.SetRow(cell(1, i+1), a); err != nil {
			return err
		}
	}
	if err := b.rows(sw, s, widths, p); err != nil {
		return err
	}
	if p.body > p.head {
		if err := sw.AddTable(&excelize.Table{Range: cell(1, p.head) + ":" + cell(p.columns, p.body), Name: s.named, StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	if err := b.links(s, p.head+1); err != nil {
		return err
	}
	b.sparkle(number, s, p)
	return sw.Flush()
}

// placed is where a table stands on its sheet.
type placed struct {
	head    int // the row of the header
	body    int // the last row of the table
	last    int // the last row: of the total, where there is one
	columns int
}

// rows writes the header and the rows of a table.
func (b *book) rows(sw *excelize.StreamWriter, s sheet, widths []float64, p placed) error {
	t := s.table
	header := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = excelize.Cell{Value: clean(c.Title), StyleID: b.header(c.numeric(), c.Shade && heat(t))}
	}
	if err := sw.SetRow(cell(1, p.head), header, excelize.RowOpts{Height: headerHeight(t, widths)}); err != nil {
		return err
	}
	cells, values := make([]excelize.Cell, len(t.Columns)), make([]any, len(t.Columns))
	at := p.head
	for row := range s.rows() {
		at++
		total := t.Total && at == p.last
		lines := 1
		for j := range values {
			values[j] = nil
			if j >= len(row) || !b.fill(&cells[j], t.Columns[j], row[j], total) {
				continue
			}
			values[j] = &cells[j]
			if s.stream == nil {
				lines = max(lines, wrapped(row[j].Text, widths[j]))
			}
			if total && t.sums(j) {
				cells[j].Formula = fmt.Sprintf("SUBTOTAL(109,%s:%s)", cell(j+1, p.head+1), cell(j+1, p.body))
			}
		}
		var height []excelize.RowOpts
		if lines > 1 {
			height = []excelize.RowOpts{{Height: lineHeight(lines)}}
		}
		if err := sw.SetRow(cell(1, at), values, height...); err != nil {
			return err
		}
	}
	return nil
}

// sums tells whether a column's total is the sum of what stands above it.
func (t Table) sums(column int) bool {
	if c := t.Columns[column]; c.Kind != Figures || c.Decimals > 0 {
		return false
	}
	sum, n := 0.0, 0
	for _, row := range t.Rows[:len(t.Rows)-1] {
		if v, ok := row[column].Number.get(); ok {
			sum, n = sum+v, n+1
		}
	}
	total, ok := t.Rows[len(t.Rows)-1][column].Number.get()
	return ok && n > 1 && sum == total
}

// above are the lines over the table: title, notice, where it comes from, remarks; on the cover, what is known of the report.
func (b *book) above(s sheet) (lines [][]any) {
	line := func(style int, texts ...string) {
		row := make([]any, len(texts))
		for i, x := range texts {
			row[i] = excelize.Cell{Value: clean(x), StyleID: style}
		}
		lines = append(lines, row)
	}
	plain := b.style("plain", excelize.Style{Font: font(10, false, "")})
	line(b.style("title", excelize.Style{Font: font(14, true, "")}), s.table.Title)
	if b.doc.Simulated {
		line(b.style("notice", excelize.Style{Font: font(10, true, b.colors["simulated"])}), b.notice())
	}
	switch {
	case s.facts != nil:
		line(plain, b.doc.Subtitle)
		bold := b.style("bold", excelize.Style{Font: font(10, true, ""), Alignment: &excelize.Alignment{Vertical: "top", Indent: 1}})
		lines = append(lines, nil)
		for _, f := range s.facts {
			lines = append(lines, []any{excelize.Cell{Value: clean(f.label), StyleID: bold}, excelize.Cell{Value: clean(f.text), StyleID: plain}})
		}
	default:
		line(plain, b.doc.Title)
		line(plain, b.doc.Subtitle)
	}
	if s.table.Note != "" {
		line(plain, s.table.Note)
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

// A4 at a readable size holds so many characters of ten points across.
const (
	upright = 95.0
	lying   = 140.0
	usual   = 9.0 // a column that nobody set
)

// longest is how many characters the longest line above a table has, the title counting more.
func longest(above [][]any) (most float64) {
	for i, row := range above {
		for _, c := range row {
			n := float64(utf8.RuneCountInString(fmt.Sprint(c.(excelize.Cell).Value)))
			if i == 0 {
				n *= 1.4
			}
			most = max(most, n)
		}
	}
	return most
}

// page sets up printing: as the table is wide, its header on every page, and the notice of simulated data. Charts and what
// sparklines are drawn from stand outside: a chart beside a narrow table is printed with it, beside a wide one on its own page.
func (b *book) page(s sheet, p placed, widths []float64, line float64) error {
	width, columns := 0.0, 0
	for i, c := range s.table.Columns {
		if !c.drawn {
			width, columns = width+widths[i], i+1
		}
	}
	table := width
	for ; width < min(line, lying); columns++ { // what stands over a narrow table is not cut
		if columns >= len(widths) {
			width += usual
		} else {
			width += widths[columns]
		}
	}
	orientation, a4, across, down := "portrait", 9, 1, 0
	area := reference(s.name, 1, 1, columns, p.last)
	if s.chart != nil && drawable(*s.chart) {
		left, rows := p.columns+2, p.head+len(s.chart.panels())*chartRows
		if table < lying/2 {
			area = reference(s.name, 1, 1, left+chartColumns, max(p.last, rows))
		} else {
			area += "," + reference(s.name, left, p.head, left+chartColumns, rows)
		}
		width += lying
	}
	if width > upright {
		orientation = "landscape"
	}
	head := fmt.Sprintf("%s!$%d:$%d", quoted(s.name), p.head, p.head)
	if table > 2*lying { // it would be too small to read: it goes over several pages, each with the names of the rows
		across = int(math.Ceil(table / (1.5 * lying)))
		head = quoted(s.name) + "!$A:$A," + head
	}
	if err := b.SetPageLayout(s.name, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &a4, FitToWidth: &across, FitToHeight: &down}); err != nil {
		return err
	}
	fit := true
	if err := b.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	side, end := 0.5, 0.75
	if err := b.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &end, Bottom: &end}); err != nil {
		return err
	}
	for _, n := range []excelize.DefinedName{{Name: "_xlnm.Print_Area", RefersTo: area, Scope: s.name}, {Name: "_xlnm.Print_Titles", RefersTo: head, Scope: s.name}} {
		if err := b.SetDefinedName(&n); err != nil {
			return err
		}
	}
	footer := "&L" + strings.ReplaceAll(limit(clean(b.doc.Title), 90), "&", "&&") + "&R&A · &P / &N"
	header := ""
	if b.doc.Simulated {
		header = "&C" + b.notice()
	}
	return b.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddHeader: header, OddFooter: footer})
}

// shade shows figures without taking them away: a field of figures from 0 to 100 has a background that follows them, a
// column alone a bar of their length, and verdicts, which are words with their sign, are in bold where something changed.
func (b *book) shade(name string, t Table, p placed) error {
	if p.body <= p.head {
		return nil
	}
	for i, c := range t.Columns {
		var format excelize.ConditionalFormatOptions
		switch {
		case c.Shade && heat(t):
			format = excelize.ConditionalFormatOptions{
				Type: "3_color_scale", Criteria: "=", MinType: "num", MinValue: "0", MidType: "num", MidValue: "50", MaxType: "num", MaxValue: "100",
				MinColor: b.colors["s0"], MidColor: b.colors["s2"], MaxColor: b.colors["s4"],
			}
		case c.Shade:
			format = excelize.ConditionalFormatOptions{Type: "data_bar", Criteria: "=", MinType: "num", MinValue: "0", MaxType: "num", MaxValue: "100", BarColor: b.colors["s2"]}
		case t.judges(i):
			bold, err := b.bold()
			if err != nil {
				return err
			}
			first := cell(i+1, p.head+1)
			var signs []string
			for _, v := range verdictsOfChange {
				signs = append(signs, fmt.Sprintf(`LEFT(%s,1)="%s"`, first, icons[v]))
			}
			format = excelize.ConditionalFormatOptions{Type: "formula", Criteria: "OR(" + strings.Join(signs, ",") + ")", Format: &bold}
		default:
			continue
		}
		if err := b.SetConditionalFormat(name, cell(i+1, p.head+1)+":"+cell(i+1, p.body), []excelize.ConditionalFormatOptions{format}); err != nil {
			return err
		}
	}
	return nil
}

// judges tells whether a column holds verdicts.
func (t Table) judges(column int) bool {
	return slices.ContainsFunc(t.Rows, func(row []Cell) bool { return column < len(row) && row[column].Verdict != "" })
}

// mostLinks is what Excel takes on a sheet.
const mostLinks = 65_530

func (b *book) links(s sheet, first int) error {
	for i, to := range s.links {
		if err := b.SetCellHyperLink(s.name, cell(1, first+i), quoted(to)+"!A1", "Location"); err != nil {
			return err
		}
	}
	n := len(s.links)
	for i, row := range s.table.Rows {
		for j, c := range row {
			link := legalLink(c.Link)
			if link == "" || n == mostLinks {
				continue
			}
			n++
			if err := b.SetCellHyperLink(s.name, cell(j+1, first+i), link, "External"); err != nil {
				return err
			}
		}
	}
	return nil
}
