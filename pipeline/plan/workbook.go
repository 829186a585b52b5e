package plan

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
)

// Template is a workbook to plan a month in.
type Template struct {
	Register *pipeline.Register
	Month    pipeline.Window // a calendar month in the institution's zone
	Language string          // one of [Languages]
	File     string          // its name, for the instructions
}

// namePrefix marks the cells with titles by their fields, so that a column is known whatever it is called.
const namePrefix = "plan_column_"

const (
	headRow  = 5   // of the sheet with the plan, from 1
	freeRows = 40  // without a date, at the end
	lastRow  = 600 // up to which cells offer lists
)

// locales are how Excel names the languages of dates.
var locales = map[string]string{"es": "[$-C0A]", "ca-ES-valencia": "[$-403]", "en": "[$-809]"}

// template is a workbook in the making.
type template struct {
	Template
	*model
	*excelize.File
	zone   *time.Location
	styles map[string]int
	err    error // the first; later steps do nothing
}

// Write writes the workbook: instructions, the month with its working days, and the lists that its cells offer.
func (t Template) Write(w io.Writer) error {
	m, err := loadModel()
	if err != nil {
		return err
	}
	if !slices.Contains(Languages, t.Language) {
		return fmt.Errorf("there is no workbook in %q; write one of %v", t.Language, Languages)
	}
	b := &template{Template: t, model: m, File: excelize.NewFile(), zone: t.Register.Institution.Location(), styles: map[string]int{}}
	defer b.Close()
	b.paint()
	guide, sheet, lists := b.text("sheet.guide"), b.text("sheet.plan"), b.text("sheet.lists")
	b.do(b.SetSheetName("Sheet1", guide))
	for _, s := range []string{sheet, lists} {
		_, err := b.NewSheet(s)
		b.do(err)
	}
	ranges := b.lists(lists)
	b.guide(guide)
	b.plan(sheet, ranges)
	b.do(b.SetDocProps(&excelize.DocProperties{
		Title: b.text("title") + " " + t.Month.From.In(b.zone).Format("2006-01"), Creator: t.Register.Institution.Name, Description: b.text("note"), Language: t.Language,
		Created: t.Month.From.UTC().Format(time.RFC3339), Modified: t.Month.From.UTC().Format(time.RFC3339),
	}))
	if b.err == nil {
		_, b.err = b.WriteTo(w)
	}
	if b.err != nil {
		return fmt.Errorf("write the workbook of the plan: %w", b.err)
	}
	return nil
}

func (b *template) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

// text is a text in the workbook's language.
func (b *template) text(key string, pairs ...string) string { return b.say(b.Language, key, pairs...) }

// The colours are those of the reports.
const (
	dark  = "1F3A5F"
	ink   = "1B2430"
	soft  = "5B6B7F"
	pale  = "EEF2F7"
	green = "E3F1E5"

	family = "Calibri"
)

func (b *template) paint() {
	line := []excelize.Border{{Type: "bottom", Color: "D5DCE5", Style: 1}}
	font := func(size float64, bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: family, Size: size, Bold: bold, Color: color}
	}
	top, left := &excelize.Alignment{Vertical: "top", WrapText: true}, &excelize.Alignment{Vertical: "center", Horizontal: "left"}
	middle := &excelize.Alignment{Vertical: "center", WrapText: true}
	date, month, clock := locales[b.Language]+"ddd d/mm/yyyy", locales[b.Language]+"mmmm yyyy", "hh:mm"
	for name, s := range map[string]*excelize.Style{
		"title":   {Font: font(18, true, dark)},
		"month":   {Font: font(14, true, soft), CustomNumFmt: &month, Alignment: left},
		"soft":    {Font: font(11, false, soft)},
		"wrapped": {Font: font(11, false, ink), Alignment: top},
		"head":    {Font: font(11, true, "FFFFFF"), Fill: fill(dark), Alignment: middle},
		"further": {Font: font(11, true, "FFFFFF"), Fill: fill(soft), Alignment: middle},
		"heading": {Font: font(13, true, dark)},
		"number":  {Font: font(11, true, dark), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right", Indent: 1}},
		"cell":    {Font: font(11, false, ink), Alignment: middle, Border: line},
		"bold":    {Font: font(11, true, ink), Alignment: middle, Border: line},
		"gray":    {Font: font(10, false, soft), Alignment: middle, Border: line},
		"date":    {Font: font(11, false, ink), Alignment: left, Border: line, CustomNumFmt: &date},
		"time":    {Font: font(11, false, ink), Alignment: left, Border: line, CustomNumFmt: &clock},
	} {
		id, err := b.NewStyle(s)
		b.do(err)
		b.styles[name] = id
	}
}

func fill(color string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
}

func (b *template) put(sheet string, column, row int, value any, style string) {
	at := name(column, row)
	b.do(b.SetCellValue(sheet, at, value))
	b.do(b.SetCellStyle(sheet, at, at, b.styles[style]))
}

// name is a cell's name. Ours are always within a sheet.
func name(column, row int) string {
	s, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err)
	}
	return s
}

func (b *template) width(sheet string, column int, width float64) {
	b.do(b.SetColWidth(sheet, letter(column), letter(column), width))
}

// lists writes what cells offer and answers where each list stands.
func (b *template) lists(sheet string) map[string]string {
	var departments, campaigns, tags []string
	for _, d := range b.Register.Departments {
		departments = append(departments, d.Name)
	}
	open := slices.DeleteFunc(slices.Clone(b.Register.Accounts), func(a pipeline.Account) bool {
		return !a.Active(b.Month.From) && !a.Active(b.Month.To.Add(-time.Second))
	})
	for _, c := range b.Register.Campaigns {
		campaigns = append(campaigns, c.Name)
		for _, t := range c.Hashtags {
			tags = append(tags, "#"+t)
		}
	}
	ranges := map[string]string{}
	column := 0
	for _, l := range []struct {
		key    string
		values []string
		width  float64
	}{
		{"departments", departments, 28},
		{"accounts", b.labels(open), 40},
		{"formats", b.names("formats", b.Language), 16},
		{"languages", b.names("languages", b.Language), 16},
		{"states", b.names("states", b.Language), 16},
		{"lines", b.names("lines", b.Language), 32},
		{"campaigns", campaigns, 28},
		{"hashtags", tags, 24},
	} {
		if len(l.values) == 0 {
			continue
		}
		column++
		b.put(sheet, column, 1, b.text(l.key), "head")
		for i, v := range l.values {
			b.put(sheet, column, i+2, v, "cell")
		}
		b.width(sheet, column, l.width)
		ranges[l.key] = absolute(sheet, column, 2, len(l.values)+1)
	}
	var holidays []pipeline.Holiday
	for _, h := range b.Register.Calendar.Holidays {
		if b.Month.Contains(h.Date.In(b.zone)) {
			holidays = append(holidays, h)
		}
	}
	if len(holidays) > 0 {
		column++
		b.put(sheet, column, 1, b.text("holiday"), "head")
		b.put(sheet, column+1, 1, "", "head")
		b.do(b.MergeCell(sheet, name(column, 1), name(column+1, 1)))
		for i, h := range holidays {
			b.put(sheet, column, i+2, h.Date.In(time.UTC), "date")
			b.put(sheet, column+1, i+2, h.Name, "cell")
		}
		b.width(sheet, column, 17)
		b.width(sheet, column+1, 32)
		ranges["holidays"] = absolute(sheet, column, 2, len(holidays)+1)
	}
	b.do(b.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.page(sheet, "landscape")
	return ranges
}

// absolute is a stretch of a column as formulas and lists name it.
func absolute(sheet string, column, from, to int) string {
	return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", sheet, letter(column), from, letter(column), to)
}

func (b *template) page(sheet, orientation string) {
	a4, wide, tall := 9, 1, 0
	fit := true
	b.do(b.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	b.do(b.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &tall}))
	margin := 0.4
	b.do(b.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin}))
	b.do(b.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"}))
	grid := false
	b.do(b.SetSheetView(sheet, 0, &excelize.ViewOptions{ShowGridLines: &grid}))
}

// guide writes what the reader must know.
func (b *template) guide(sheet string) {
	for i, w := range []float64{26, 84, 36} {
		b.width(sheet, i+1, w)
	}
	b.put(sheet, 1, 1, b.text("title"), "title")
	b.month(sheet)
	b.put(sheet, 1, 3, b.Register.Institution.Name, "soft")
	row := 5
	b.put(sheet, 1, row, b.text("steps"), "heading")
	for i := 1; i <= 6; i++ {
		row++
		step := b.text(fmt.Sprintf("step.%d", i), "file", b.Template.File)
		b.put(sheet, 1, row, i, "number")
		b.put(sheet, 2, row, step, "wrapped")
		b.do(b.MergeCell(sheet, name(2, row), name(3, row)))
		b.tall(sheet, row, step, 125)
	}
	row += 2
	b.put(sheet, 1, row, b.text("columns"), "heading")
	row++
	for i, key := range []string{"column", "meaning", "example"} {
		b.put(sheet, i+1, row, b.text(key), "head")
	}
	for _, c := range b.Columns {
		row++
		title := c.Title[b.Language]
		style := "cell"
		if c.Needed {
			title += " (" + b.text("needed") + ")"
			style = "bold"
		}
		b.put(sheet, 1, row, title, style)
		b.put(sheet, 2, row, c.About[b.Language], "cell")
		b.put(sheet, 3, row, c.Example[b.Language], "gray")
		b.tall(sheet, row, c.About[b.Language], 92)
	}
	b.put(sheet, 1, row+2, b.text("note"), "soft")
	b.page(sheet, "portrait")
}

// month writes the month as a date, so that the reader's program spells it.
func (b *template) month(sheet string) {
	b.put(sheet, 1, 2, pipeline.DateOf(b.Month.From.In(b.zone)).In(time.UTC), "month")
	b.do(b.MergeCell(sheet, "A2", "B2"))
	b.do(b.SetRowHeight(sheet, 1, 26))
	b.do(b.SetRowHeight(sheet, 2, 20))
}

// tall makes a row high enough for a text in a width of so many letters.
func (b *template) tall(sheet string, row int, text string, letters int) {
	lines := (utf8.RuneCountInString(text) + letters - 1) / letters
	b.do(b.SetRowHeight(sheet, row, float64(max(lines, 1))*15+3))
}

// plan writes the month.
func (b *template) plan(sheet string, ranges map[string]string) {
	b.put(sheet, 1, 1, b.text("title"), "title")
	b.month(sheet)
	b.put(sheet, 1, 3, b.Register.Institution.Name+" · "+b.text("zone", "zone", b.zone.String()), "soft")
	end, last := b.rows(sheet), len(b.Columns)
	for i, c := range b.Columns {
		style := "head"
		if c.Further {
			style = "further"
		}
		b.put(sheet, i+1, headRow, c.Title[b.Language], style)
		b.width(sheet, i+1, c.Width)
		b.do(b.SetDefinedName(&excelize.DefinedName{Name: namePrefix + c.Field, RefersTo: fmt.Sprintf("'%s'!$%s$%d", sheet, letter(i+1), headRow)}))
		b.validate(sheet, i+1, c, ranges)
	}
	b.do(b.SetRowHeight(sheet, headRow, 24))
	shown, striped := true, false
	b.do(b.AddTable(sheet, &excelize.Table{Range: name(1, headRow) + ":" + name(last, end), Name: "plan", StyleName: "TableStyleLight1", ShowRowStripes: &striped, ShowHeaderRow: &shown}))
	b.do(b.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 3, YSplit: headRow, TopLeftCell: name(4, headRow+1), ActivePane: "bottomRight",
		Selection: []excelize.Selection{{SQRef: name(3, headRow+1), ActiveCell: name(3, headRow+1), Pane: "bottomLeft"}}}))
	b.colours(sheet, last, ranges["holidays"])
	first := slices.IndexFunc(b.Columns, func(c column) bool { return c.Further }) + 1
	b.page(sheet, "landscape")
	b.do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", Scope: sheet, RefersTo: fmt.Sprintf("'%s'!$A$1:$%s$%d", sheet, letter(first-1), end)}))
	b.do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: sheet, RefersTo: fmt.Sprintf("'%s'!$%d:$%d", sheet, headRow, headRow)}))
	for i := first; i <= last; i++ {
		b.do(b.SetColOutlineLevel(sheet, letter(i), 1))
	}
}

func letter(column int) string {
	s, err := excelize.ColumnNumberToName(column)
	if err != nil {
		panic(err)
	}
	return s
}

// rows writes the days and answers the last row.
func (b *template) rows(sheet string) int {
	occasions := b.occasions()
	row := headRow
	style := func() {
		for i, c := range b.Columns {
			name, s := name(i+1, row), "cell"
			switch c.Field {
			case "date", "time":
				s = c.Field
			case "calendar":
				s = "gray"
			}
			b.do(b.SetCellStyle(sheet, name, name, b.styles[s]))
		}
	}
	for d := pipeline.DateOf(b.Month.From.In(b.zone)); d.In(b.zone).Before(b.Month.To); d = d.AddDays(1) {
		day := d.In(time.UTC)
		weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		if weekend && len(occasions[d]) == 0 {
			continue
		}
		row++
		style()
		b.do(b.SetCellValue(sheet, name(1, row), day))
		b.do(b.SetCellStyle(sheet, name(1, row), name(1, row), b.styles["date"]))
		if len(occasions[d]) > 0 {
			b.do(b.SetCellValue(sheet, name(2, row), strings.Join(occasions[d], "; ")))
			b.tall(sheet, row, strings.Join(occasions[d], "; "), 26)
		}
	}
	for range freeRows {
		row++
		style()
	}
	return row
}

// occasions are what the register says of the days of the month.
func (b *template) occasions() map[pipeline.Date][]string {
	on := map[pipeline.Date][]string{}
	note := func(d pipeline.Date, text string) {
		if !d.IsZero() && b.Month.Contains(d.In(b.zone)) && !slices.Contains(on[d], text) {
			on[d] = append(on[d], text)
		}
	}
	for _, h := range b.Register.Calendar.Holidays {
		note(h.Date, h.Name)
	}
	for _, e := range b.Register.Events {
		if e.End.IsZero() || e.End == e.Start {
			note(e.Start, e.Name)
			continue
		}
		note(e.Start, b.text("until", "name", e.Name, "day", e.End.In(time.UTC).Format("2/1")))
		note(e.End, e.Name)
	}
	for _, c := range b.Register.Campaigns {
		note(c.Start, b.text("begins", "name", c.Name))
		note(c.End, b.text("ends", "name", c.Name))
	}
	for _, e := range b.Register.Calendar.Elections {
		note(e.Call, b.text("election", "name", e.Name))
		note(e.Polling, b.text("polling", "name", e.Name))
	}
	return on
}

// validate says what a column's cells take, and shows what they mean where one is chosen.
func (b *template) validate(sheet string, column int, c column, ranges map[string]string) {
	v := excelize.NewDataValidation(true)
	v.Sqref = name(column, headRow+1) + ":" + name(column, lastRow)
	wrong := ""
	switch list := ranges[c.List]; {
	case c.Field == "date":
		day := pipeline.DateOf(b.Month.From.In(b.zone))
		b.do(v.SetRange(serial(day.AddDays(-366)), serial(day.AddDays(366)), excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween))
		wrong = b.text("date.wrong")
	case c.Field == "time":
		b.do(v.SetRange(0, 0.999988425925926, excelize.DataValidationTypeTime, excelize.DataValidationOperatorBetween))
		wrong = b.text("time.wrong")
	case c.Field == "tolerance":
		b.do(v.SetRange(1, 720, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
		wrong = b.text("tolerance.wrong")
	case list != "":
		v.SetSqrefDropList(list)
		if c.Strict {
			wrong = b.text("list.wrong")
		}
	}
	if wrong != "" {
		v.SetError(excelize.DataValidationErrorStyleStop, c.Title[b.Language], wrong)
	} else {
		v.ShowErrorMessage = false
	}
	v.SetInput(c.Title[b.Language], c.About[b.Language])
	b.do(b.AddDataValidation(sheet, v))
}

// serial is a day as workbooks count it.
func serial(d pipeline.Date) int {
	return int(d.In(time.UTC).Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}

// colours follow what is written: weeks, weekends, holidays, what is done and what was called off.
func (b *template) colours(sheet string, last int, holidays string) {
	state := letter(slices.IndexFunc(b.Columns, func(c column) bool { return c.Field == "state" }) + 1)
	first := headRow + 1
	word := func(w State) string {
		i := slices.IndexFunc(b.Lists["states"], func(e entry) bool { return e.Word == string(w) })
		return b.Lists["states"][i].Names[b.Language]
	}
	type rule struct {
		from    int
		formula string
		style   *excelize.Style
	}
	rules := []rule{
		{first, fmt.Sprintf(`$%s%d="%s"`, state, first, word(Cancelled)), &excelize.Style{Font: &excelize.Font{Strike: true, Color: "8A94A3"}}},
		{first, fmt.Sprintf(`$%s%d="%s"`, state, first, word(Published)), &excelize.Style{Fill: fill(green)}},
	}
	if holidays != "" {
		rules = append(rules, rule{first, fmt.Sprintf(`AND($A%d<>"",COUNTIF(%s,$A%d)>0)`, first, holidays, first), &excelize.Style{Fill: fill("DDE2E9"), Font: &excelize.Font{Color: soft}}})
	}
	rules = append(rules, rule{first, fmt.Sprintf(`AND($A%d<>"",WEEKDAY($A%d,2)>5)`, first, first), &excelize.Style{Fill: fill(pale)}})
	// The week's line comes last: LibreOffice shows one of several. Serial numbers of Mondays leave 2 when divided by 7.
	rules = append(rules, rule{first + 1, fmt.Sprintf(`AND($A%d<>"",$A%d<>"",INT(($A%d-2)/7)<>INT(($A%d-2)/7))`, first+1, first, first+1, first),
		&excelize.Style{Border: []excelize.Border{{Type: "top", Color: dark, Style: 1}}}})
	for _, r := range rules {
		id, err := b.NewConditionalStyle(r.style)
		b.do(err)
		b.do(b.SetConditionalFormat(sheet, name(1, r.from)+":"+name(last, lastRow), []excelize.ConditionalFormatOptions{{Type: "formula", Criteria: r.formula, Format: &id}}))
	}
}
