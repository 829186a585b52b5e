package reports

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
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
	colors, err := screenColors()
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	b := &book{File: f, words: say, doc: d, colors: colors, formats: map[string]int{}}
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

// sheet is a tab: a table with its title, and perhaps its chart.
type sheet struct {
	name  string
	table Table
	chart *Chart
	links []string // names of the sheets that the rows lead to; contents only
}

// sheets lays the document out.
func (b *book) sheets() []sheet {
	var body []sheet
	for _, section := range b.doc.Sections {
		for _, block := range section.Blocks {
			switch block := block.(type) {
			case Tiles:
				body = append(body, sheet{name: section.Title, table: b.tiles(section, block)})
			case Table:
				body = append(body, sheet{name: block.Sheet, table: block})
			case Chart:
				body = append(body, sheet{name: block.Sheet, table: block.Table(b.words), chart: &block})
			case Definitions:
				body = append(body, sheet{name: b.say("sheet.indicators"), table: b.definitions(block)})
			}
		}
	}
	for _, t := range []Table{b.prose(), b.tidy()} {
		if len(t.Rows) > 0 {
			body = append(body, sheet{name: t.Sheet, table: t})
		}
	}
	used := map[string]bool{}
	contents := sheet{name: sheetName(b.say("sheet.contents"), used)}
	for i := range body {
		body[i].name = sheetName(body[i].name, used)
	}
	if t := b.columns(body); len(t.Rows) > 0 {
		body = append(body, sheet{name: sheetName(t.Sheet, used), table: t})
	}
	contents.table = Table{ID: "contents", Title: b.doc.Title, Columns: []Column{
		{Title: b.say("sheet.sheet")}, {Title: b.say("sheet.content")}, {Title: b.say("sheet.rows"), Kind: Figures},
	}}
	for _, s := range body {
		contents.table.Rows = append(contents.table.Rows, []Cell{text(s.name), text(s.table.Title), count(len(s.table.Rows))})
		contents.links = append(contents.links, s.name)
	}
	return append([]sheet{contents}, body...)
}

// tiles are a summary's figures as a table.
func (b *book) tiles(section Section, tiles Tiles) Table {
	t := Table{ID: section.ID + "-figures", Title: section.Title, Columns: []Column{
		{Title: b.say("sheet.figure")}, {Title: b.say("sheet.value"), Kind: Figures, Decimals: 1}, {Title: b.say("sheet.unit")}, {Title: b.say("sheet.detail")},
	}}
	for _, tile := range tiles {
		figure := func(n Number, why string) Cell {
			return Cell{Number: n, Why: why, Whole: tile.Decimals == 0}
		}
		row := []Cell{text(tile.Label), figure(tile.Value, tile.Why), text(tile.Unit), text(tile.Detail)}
		for i, c := range tile.Changes {
			if len(t.Columns) < 5+i {
				t.Columns = append(t.Columns, Column{Title: c.Label, Kind: Signed, Decimals: 1})
			}
			row = append(row, figure(c.Value, c.Why))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// prose is what the report says in words.
func (b *book) prose() Table {
	t := Table{ID: "text", Sheet: b.say("sheet.text"), Title: b.say("sheet.text.title"), Columns: []Column{{Title: b.say("sheet.section")}, {Title: b.say("sheet.text")}}}
	for _, s := range b.doc.Sections {
		add := func(texts ...string) {
			for _, x := range texts {
				if x == "" {
					continue
				}
				t.Rows = append(t.Rows, []Cell{text(s.Title), text(x)})
			}
		}
		for _, block := range s.Blocks {
			switch block := block.(type) {
			case Text:
				add(string(block))
			case Note:
				add(block.Text)
			case List:
				for _, item := range block.Items {
					if block.Title != "" {
						item = block.Title + ": " + item
					}
					add(item)
				}
			case Chart:
				add(block.Description)
			}
		}
	}
	return t
}

// tidy is one row for each value behind the report.
func (b *book) tidy() Table {
	t := Table{ID: "data", Sheet: b.say("sheet.data"), Title: b.say("sheet.data.title"), Columns: []Column{
		{Title: "indicator"}, {Title: "version", Kind: Figures}, {Title: "level"}, {Title: "unit"}, {Title: "from", Kind: Day}, {Title: "to", Kind: Day},
		{Title: "value", Kind: Figures, Decimals: 4}, {Title: "n", Kind: Figures}, {Title: "unknown", Kind: Figures}, {Title: "state"},
	}}
	for i, c := range t.Columns {
		t.Columns[i].About = b.say("tidy." + c.Title)
	}
	for _, v := range b.doc.Values {
		state, value := "nothing", Number{}
		switch {
		case v.Known:
			state, value = "known", known(v.Value)
		case v.Unknown > 0:
			state = "unknown"
		}
		loc := b.doc.AsOf.Location()
		t.Rows = append(t.Rows, []Cell{
			text(v.Indicator), count(v.Version), text(string(v.Level)), text(v.Unit), day(v.Window.From.In(loc)), day(v.Window.To.In(loc).Add(-time.Nanosecond)),
			number(value, ""), count(v.N), count(v.Unknown), text(state),
		})
	}
	return t
}

// definitions is the dictionary of indicators.
func (b *book) definitions(d Definitions) Table {
	t := Table{ID: "indicators", Title: b.say("sheet.indicators.title"), Columns: []Column{{Title: "indicator"}}}
	for _, c := range []string{"title", "formula", "unit", "direction", "unknowns", "version", "valid_from", "source"} {
		t.Columns = append(t.Columns, Column{Title: b.say("definition." + c)})
	}
	for _, i := range d {
		t.Rows = append(t.Rows, []Cell{
			text(i.ID), text(i.Title[b.language]), text(i.Formula[b.language]), text(i.Unit), text(b.say("direction." + strconv.Itoa(i.Direction))),
			text(i.Unknowns[b.language]), text(strconv.Itoa(i.Version)), text(i.ValidFrom.String()), text(i.Source),
		})
	}
	return t
}

// columns is the dictionary of columns that need explaining.
func (b *book) columns(sheets []sheet) Table {
	t := Table{ID: "columns", Sheet: b.say("sheet.columns"), Title: b.say("sheet.columns.title"), Columns: []Column{
		{Title: b.say("sheet.sheet")}, {Title: b.say("sheet.column")}, {Title: b.say("sheet.about")},
	}}
	for _, s := range sheets {
		for _, c := range s.table.Columns {
			if c.About != "" {
				t.Rows = append(t.Rows, []Cell{text(s.name), text(c.Title), text(c.About)})
			}
		}
	}
	return t
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
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: head, TopLeftCell: "A" + strconv.Itoa(head+1), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, a := range above {
		if err := sw.SetRow(cell(1, i+1), []any{a}); err != nil {
			return err
		}
	}
	header := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = excelize.Cell{Value: c.Title, StyleID: b.header(c.numeric(), c.Shade && heat(t))}
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
		key := strings.ToLower(c.Title)
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

// charts draws a chart natively beside its data, one for each panel.
func (b *book) charts(name string, c Chart, t Table, head int) error {
	anchor := len(t.Columns) + 2
	for i, p := range c.panels() {
		chart := b.native(name, c, p, head)
		if err := b.AddChart(name, cell(anchor, head+i*20), chart); err != nil {
			return fmt.Errorf("chart %s: %w", c.ID, err)
		}
	}
	return nil
}

// native is a panel of a chart as Excel draws it.
func (b *book) native(name string, c Chart, panel string, head int) *excelize.Chart {
	title := c.Title
	if panel != "" {
		title += ": " + panel
	}
	kinds := map[Form]excelize.ChartType{
		Lines: excelize.Line, Slopes: excelize.Line, Columns: excelize.Col, Stacked: excelize.ColStacked, Bars: excelize.Bar, Intervals: excelize.StockHighLowClose,
	}
	chart := &excelize.Chart{
		Type: kinds[c.Form], ShowBlanksAs: "gap", Dimension: excelize.ChartDimension{Width: 720, Height: 380},
		Title:  excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: clean(title), Font: font(12, true, b.colors["ink"])}}},
		Format: excelize.GraphicOptions{AltText: clean(cmp.Or(c.Description, title)), Name: c.ID},
		Legend: excelize.ChartLegend{Position: "none"},
		XAxis:  excelize.ChartAxis{ReverseOrder: c.Form == Bars, Font: *font(9, false, b.colors["soft"])},
		YAxis:  excelize.ChartAxis{MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0.##"}, Font: *font(9, false, b.colors["soft"])},
	}
	if c.Decimals == 0 {
		chart.YAxis.NumFmt.CustomNumFmt = "#,##0"
	}
	if c.Unit != "" {
		chart.YAxis.Title = excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: clean(c.Unit), Font: font(9, false, "")}}}
	}
	if c.legend() {
		chart.Legend.Position = "bottom"
	}
	if c.Form == Slopes {
		low, high := c.bounds()
		chart.YAxis.Minimum, chart.YAxis.Maximum = &low, &high
	}
	if n := len(c.Categories); c.Form != Bars && n > 13 {
		chart.XAxis.TickLabelSkip = n/12 + 1
	}
	at := func(col, row int) string { return reference(name, col, row, col, row) }
	first, last := head+1, head+len(c.Categories)
	column := 2
	for i, s := range c.Series {
		line := excelize.ChartSeries{Line: excelize.LineOptions{Width: 2}, Marker: excelize.ChartMarker{Symbol: "none"}}
		color := b.colors[s.tone(i)]
		line.Fill = excelize.Fill{Type: "pattern", Color: []string{color}, Pattern: 1}
		line.Line.Fill = line.Fill
		switch s.Role {
		case Previous:
			line.Line.Dash = excelize.LineDashDash
		case Faint:
			line.Line.Width = 1
		}
		in := s.Panel == panel
		switch {
		case c.Form == Slopes:
			row := head + 1 + i
			line.Name, line.Categories, line.Values = at(2, row), reference(name, 3, head, 4, head), reference(name, 3, row, 4, row)
			line.Marker.Symbol = "circle"
		case c.Form == Intervals:
			// A stock chart wants high, low and the dot, in this order.
			for _, k := range []int{2, 1, 0} {
				if k == 0 {
					line.Marker = excelize.ChartMarker{Symbol: "circle", Size: 8, Fill: line.Fill}
				} else {
					line.Marker = excelize.ChartMarker{Symbol: "dash", Size: 8, Fill: line.Fill}
				}
				line.Name, line.Categories, line.Values = at(column+k, head), reference(name, 1, first, 1, last), reference(name, column+k, first, column+k, last)
				if in {
					chart.Series = append(chart.Series, line)
				}
			}
			column += 3
			continue
		default:
			line.Name, line.Categories, line.Values = at(column, head), reference(name, 1, first, 1, last), reference(name, column, first, column, last)
			column++
		}
		if in {
			chart.Series = append(chart.Series, line)
		}
	}
	return chart
}

// reference is a range of cells of a sheet.
func reference(name string, col, row, col2, row2 int) string {
	a, _ := excelize.CoordinatesToCellName(col, row, true)
	z, _ := excelize.CoordinatesToCellName(col2, row2, true)
	if a != z {
		a += ":" + z
	}
	return "'" + strings.ReplaceAll(name, "'", "''") + "'!" + a
}

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

// screenColors are the light colours of screen.css by their names there, so that a chart looks the same in both files.
func screenColors() (map[string]string, error) {
	css, err := assets.ReadFile("assets/screen.css")
	if err != nil {
		return nil, err
	}
	colors := map[string]string{}
	root, _, _ := strings.Cut(string(css), "}")
	for _, m := range regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(root, -1) {
		colors[m[1]] = strings.ToUpper(m[2])
	}
	return colors, nil
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
