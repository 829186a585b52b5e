package reports

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed assets
var assets embed.FS

// ErrNoECharts says that the program was built without the charting library.
var ErrNoECharts = errors.New("this presencia was built without ECharts and cannot draw charts: run make build, which puts it in")

// WriteHTML writes the document as one file that needs nothing else: no network, no other file. It is readable without
// script, by keyboard and by a screen reader, in light and dark, and prints on A4. A document without charts carries
// no script.
func WriteHTML(w io.Writer, d Document) error { return writeDocument(w, d, nil) }

func writeDocument(w io.Writer, d Document, f *Frame) error {
	say, err := loadWords(d.Language)
	if err != nil {
		return err
	}
	p := &page{Document: d, words: say, Frame: f}
	if err := p.dress("screen.css", "print.css"); err != nil {
		return err
	}
	for _, s := range d.Sections {
		for _, b := range s.Blocks {
			if _, ok := b.(Chart); ok && p.Scripts == nil {
				if p.Scripts, err = scripts(assets); err != nil {
					return err
				}
			}
		}
	}
	p.place()
	t, err := template.New("report.html").Funcs(template.FuncMap{"say": say.say}).ParseFS(assets, "assets/report.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// dress puts style sheets into the page.
func (p *page) dress(names ...string) error {
	if p.Frame != nil {
		names = append(names, "web.css")
	}
	for _, name := range names {
		css, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return err
		}
		p.CSS += ours[template.CSS](string(css))
	}
	p.CSS += p.Look.style()
	p.CSS += ours[template.CSS](fmt.Sprintf("@page { @bottom-center { content: \"%s\"; } }\n", cssText(p.Title)))
	if p.Simulated { // on every page: at its foot where the browser knows margin boxes, and with every heading
		p.CSS += ours[template.CSS](fmt.Sprintf("@page { @bottom-left { content: \"%[1]s\"; } }\n@media print { h2::after { content: \" · %[1]s\"; font-size: 9pt; color: var(--simulated); } }\n", cssText(p.say("simulated.title"))))
	}
	return nil
}

// cssText writes a text for a string of a style sheet: what is not a letter, a digit or a blank stands as its number.
func cssText(s string) string {
	var b strings.Builder
	for _, r := range limit(clean(s), 110) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%x ", r)
		}
	}
	return b.String()
}

// Logo is the address of the institution's logo, inside the page.
func (p *page) Logo() template.URL { return p.Look.logo() }

// Workbook tells whether something is only in the workbook on paper: the data of a chart, a folded table, definitions.
func (p *page) Workbook() bool {
	return slices.ContainsFunc(p.Sections, func(s Section) bool {
		return slices.ContainsFunc(s.Blocks, func(b Block) bool {
			switch b := b.(type) {
			case Chart, Definitions:
				return true
			case Table:
				return b.Folded
			}
			return false
		})
	})
}

// scripts are ECharts with its licence in front, and glue.js.
func scripts(files fs.FS) ([]part, error) {
	echarts, err := fs.ReadFile(files, "assets/vendor/echarts.min.js")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoECharts
	}
	if err != nil {
		return nil, err
	}
	glue, err := fs.ReadFile(files, "assets/glue.js")
	return []part{{Code: ours[template.JS](string(echarts))}, {Code: ours[template.JS](string(glue))}}, err
}

// ours lets text of the program itself into the page as it is. Nothing that comes from data may take this way.
func ours[T template.CSS | template.JS | template.URL](text string) T { return T(text) }

// page is what report.html sees.
type page struct {
	Document
	*words
	CSS     template.CSS
	Scripts []part
	Frame   *Frame // nil: the page is a file
	Sheet   string // address of the style sheet; empty: it is in the page
}

// Policy is the page's Content-Security-Policy: nothing is loaded, only our own script and style run. Style
// attributes are allowed because ECharts positions its tooltip with them.
func (p *page) Policy() string {
	policy := "default-src 'none'; img-src data:; font-src data:; style-src-elem " + hash(string(p.CSS)) + "; style-src-attr 'unsafe-inline'; script-src"
	if len(p.Scripts) == 0 {
		return policy + " 'none'"
	}
	for _, s := range p.Scripts {
		policy += " " + hash(string(s.Code))
	}
	return policy
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Style is how glue.js writes numbers.
func (p *page) Style() style { return p.style }

// Kind names a block for the template.
func (p *page) Kind(b Block) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", b), "reports."))
}

// drawing is what glue.js needs of a chart.
type drawing struct {
	Option   map[string]any `json:"option"`
	Height   int            `json:"height"`
	Decimals int            `json:"decimals"`
}

// Drawing is a chart for glue.js.
func (p *page) Drawing(c Chart) drawing {
	o, height := c.option()
	return drawing{Option: o, Height: height, Decimals: c.Decimals}
}

// Pair tells whether a block is a list that stands beside the next, a before and after of which it speaks.
func (p *page) Pair(s Section, i int) bool {
	if i < 0 || i+1 >= len(s.Blocks) {
		return false
	}
	_, list := s.Blocks[i].(List)
	chart, ok := s.Blocks[i+1].(Chart)
	return list && ok && chart.Form == Slopes
}

// Before is the place before one.
func (p *page) Before(i int) int { return i - 1 }

// Brief tells whether a chart's description is short enough to stand under it; a long one is unfolded with the data. Who has the page read
// aloud hears either as the picture's name.
func (p *page) Brief(c Chart) bool { return utf8.RuneCountInString(c.Description) <= 220 }

// Data is a chart's table.
func (p *page) Data(c Chart) Table {
	t := c.Table(p.words)
	t.Note = "" // it stands under the chart
	return t
}

// Figure writes a tile's number; its unit follows in small print.
func (p *page) Figure(t Tile) string {
	v, ok := t.Value.get()
	switch {
	case !ok:
		return p.say("unknown.short")
	case t.Signed:
		return p.signed(v, t.Decimals)
	}
	return p.format(v, t.Decimals)
}

// Delta writes a change with sign and unit.
func (p *page) Delta(t Tile, c Change) string {
	v, ok := c.Value.get()
	if !ok {
		return p.say("unknown.short")
	}
	unit := t.Unit
	if unit == "%" { // the difference of two shares is in points, not in per cent
		unit = p.say("unit.points")
	}
	text := p.withUnit(p.signed(v, t.Decimals), unit)
	if r, ok := c.Relative.get(); ok {
		text += " (" + p.withUnit(p.signed(r, 0), "%") + ")"
	}
	return text
}

func (w *words) withUnit(number, unit string) string {
	switch unit {
	case "":
		return number
	case "%":
		return number + w.Percent
	}
	return number + "\u00a0" + unit
}

// Verdict writes a tile's verdict: an icon and a word, never colour alone.
func (p *page) Verdict(t Tile) string { return p.movement(t.Verdict) }

// With is a table together with the page, for the template that writes it.
func (p *page) With(t Table) struct {
	Page  *page
	Table Table
} {
	return struct {
		Page  *page
		Table Table
	}{p, t.onPage()}
}

// onPage is the table without the columns for which a page has no room.
func (t Table) onPage() Table {
	all := t
	t.Columns, t.Rows = nil, make([][]Cell, len(all.Rows))
	for i, c := range all.Columns {
		if c.Sheet {
			continue
		}
		t.Columns = append(t.Columns, c)
		for n, row := range all.Rows {
			t.Rows[n] = append(t.Rows[n], row[i])
		}
	}
	return t
}

// Parts are the tables that a table makes on a page: one, or one for each group of its columns, without the rows of which
// the group has nothing to say.
func (p *page) Parts(t Table) (parts []Table) {
	t = t.onPage()
	var groups []string
	for _, c := range t.Columns {
		if c.Group != "" && !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
	}
	if len(groups) == 0 {
		return []Table{t}
	}
	for i, group := range groups {
		part := t
		part.ID, part.Title, part.Note = fmt.Sprintf("%s-%d", t.ID, i+1), t.Title+": "+lower(group), ""
		if i == len(groups)-1 {
			part.Note = t.Note
		}
		part.Columns, part.Rows = nil, nil
		for _, c := range t.Columns {
			if c.Group == "" || c.Group == group {
				part.Columns = append(part.Columns, c)
			}
		}
		for _, row := range t.Rows {
			var cells []Cell
			some := false
			for n, c := range t.Columns {
				if c.Group == "" || c.Group == group {
					cells = append(cells, row[n])
					some = some || c.Group == group && (row[n].Number.Known || row[n].Text != "" || row[n].Why != "")
				}
			}
			if some {
				part.Rows = append(part.Rows, cells)
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// entry is a cell as the template writes it.
type entry struct {
	Text, Link, Why, Class, Datetime string
	Numeric                          bool
	Trend                            *spark
}

// spark is a row of values as a small picture: its line, and its last point, which is hollow where newer ones are not known.
type spark struct {
	Path   string
	X, Y   string
	Hollow bool
}

// Sizes of a small picture, as in report.html; its line keeps away from the edges by half of the last point.
const (
	sparkWidth, sparkHeight, sparkEdge = 96, 22, 3
)

// sparkOf draws values in their own range; unknown ones are gaps. Nil: nothing is known.
func sparkOf(values []Number) *spark {
	_, last, low, high, ok := extremes(values)
	if !ok {
		return nil
	}
	least, span := values[low].Value, values[high].Value-values[low].Value
	at := func(i int) (x, y string) {
		level, along := 0.5, 1.0
		if span > 0 && !math.IsInf(span, 0) {
			level = (values[i].Value - least) / span
		}
		if len(values) > 1 {
			along = float64(i) / float64(len(values)-1)
		}
		place := func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
		return place(sparkEdge + along*(sparkWidth-2*sparkEdge)), place(sparkHeight - sparkEdge - level*(sparkHeight-2*sparkEdge))
	}
	s := &spark{Hollow: last < len(values)-1}
	s.X, s.Y = at(last)
	var path strings.Builder
	drawn := false
	for i, n := range values {
		if _, ok := n.get(); !ok {
			drawn = false
			continue
		}
		x, y := at(i)
		if drawn {
			path.WriteString("L" + x + " " + y)
		} else {
			path.WriteString("M" + x + " " + y + "h0") // a value between gaps is a point
		}
		drawn = true
	}
	s.Path = path.String()
	return s
}

// Entry writes a cell.
func (p *page) Entry(t Table, column int, c Cell) entry {
	col := t.Columns[column]
	e := entry{Text: c.Text, Link: safeLink(c.Link), Why: c.Why, Numeric: col.numeric()}
	v, ok := c.Number.get()
	switch {
	case col.Kind == Trend:
		if e.Trend = sparkOf(c.Trend); e.Trend != nil {
			e.Class = "trend"
			return e
		}
	case col.Kind == Day && !c.Day.IsZero():
		e.Text, e.Datetime = c.Day.In(time.UTC).Format(p.dayLayout()), c.Day.String()
		return e
	case e.Numeric && ok:
		if c.Whole {
			col.Decimals = 0
		}
		e.Text = p.figure(col, v)
		if col.Shade {
			e.Class = fmt.Sprintf("s%d", int(math.Min(4, math.Max(0, v)/20)))
		}
		return e
	case col.Kind == Words && c.Text != "":
		switch {
		case c.Verdict != "":
			e.Class = "verdict " + string(c.Verdict)
		case len(c.Text) > 60:
			e.Class = "long"
		}
		return e
	}
	if e.Class = "unknown"; col.Kind == Trend && c.Text != "" {
		return e
	}
	if e.Text = ""; c.Why != "" {
		e.Text = p.say("unknown.short")
	}
	return e
}

func (w *words) figure(col Column, v float64) string {
	switch {
	case col.Kind == Signed:
		return w.signed(v, col.Decimals)
	case col.Kind == Probability && v < 0.001:
		return "<\u00a0" + w.format(0.001, 3)
	}
	return w.format(v, col.Decimals)
}

func (w *words) dayLayout() string {
	if w.language == "en" {
		return "2 Jan 2006"
	}
	return "02/01/2006"
}

// Numeric tells whether a column is aligned to the right.
func (p *page) Numeric(c Column) bool { return c.numeric() }

// Heat tells whether a table is a field of shaded figures, whose many titles stand upright.
func (p *page) Heat(t Table) bool { return heat(t) }

func heat(t Table) bool {
	n := 0
	for _, c := range t.Columns {
		if c.Group != "" {
			return true
		}
		if c.Shade {
			n++
		}
	}
	return n > 4
}

// Sum tells whether a row is the total.
func (p *page) Sum(t Table, row int) bool { return t.Total && row == len(t.Rows)-1 }

// Reasons are the distinct reasons for what is missing from a table.
func (p *page) Reasons(t Table) (reasons []string) {
	seen := map[string]bool{}
	for _, row := range t.Rows {
		for _, c := range row {
			if c.Why != "" && !seen[c.Why] {
				seen[c.Why] = true
				reasons = append(reasons, c.Why)
			}
		}
	}
	return reasons
}

// Link lets only web addresses through.
func (p *page) Link(s string) string { return safeLink(s) }

// safeLink lets only web addresses through.
func safeLink(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}
