package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// tidyID is the name of the tidy table's Excel table, to which the formulas of a summary lead.
const tidyID = "data"

// mostValues is how many values a sheet can hold: Excel's rows less those above the table, with some to spare.
const mostValues = excelize.TotalRows - 20

// tidy is one row for each value behind the report, the same as the open data's, made while they are written: there may be a
// million.
func (b *book) tidy() sheet {
	t := Table{ID: tidyID, Sheet: b.say("sheet.data"), Title: b.say("sheet.data.title"), Columns: []Column{
		{Title: "indicator"}, {Title: "version", Kind: Figures}, {Title: "level"}, {Title: "unit"}, {Title: "from", Kind: Day}, {Title: "to", Kind: Day},
		{Title: "value", Kind: Figures, Decimals: 4}, {Title: "n", Kind: Figures}, {Title: "unknown", Kind: Figures}, {Title: "age_class"}, {Title: "state"},
	}}
	for i, c := range t.Columns {
		t.Columns[i].About = b.say("tidy." + c.Title)
	}
	values := b.doc.Values
	if len(values) > mostValues {
		values = values[:mostValues]
		t.Note = b.say("sheet.data.cut", "n", len(values), "total", len(b.doc.Values))
	}
	loc := b.doc.AsOf.Location()
	each := func(yield func([]Cell) bool) {
		row := make([]Cell, len(t.Columns))
		var last pipeline.Window
		for _, v := range values {
			if v.Window != last { // windows repeat, and days cost
				last, row[4], row[5] = v.Window, firstDay(v.Window, loc), lastDay(v.Window, loc)
			}
			row[0].Text, row[1].Number, row[2].Text, row[3].Text = v.Indicator, known(v.Version), string(v.Level), v.Unit
			row[6].Number, row[7].Number, row[8].Number = Number{v.Value, v.Known}, known(v.N), known(v.Unknown)
			row[9].Text, row[10].Text = v.AgeClass.String(), v.State()
			if !yield(row) {
				return
			}
		}
	}
	return sheet{
		name: t.Sheet, table: t, stream: &stream{len(values), each}, widths: []float64{30, narrow, 14, 30, 13, 13, 14, narrow, narrow, 14, 12},
	}
}

func firstDay(w pipeline.Window, loc *time.Location) Cell { return day(w.From.In(loc)) }

func lastDay(w pipeline.Window, loc *time.Location) Cell {
	return day(w.To.In(loc).Add(-time.Nanosecond))
}

// fromTidy is the formula that finds a value in the tidy table, whatever its order: a reader may sort and filter it. It is empty
// where the value is not known, or not there exactly once.
func (b *book) fromTidy(v indicator.Value) string {
	if !v.Known {
		return ""
	}
	n := 0
	for i, o := range b.doc.Values {
		if i < mostValues && o.Indicator == v.Indicator && o.Level == v.Level && o.Unit == v.Unit && o.AgeClass == v.AgeClass && o.Window.From.Equal(v.Window.From) && o.Window.To.Equal(v.Window.To) {
			if n++; o.Value != v.Value || !o.Known {
				return ""
			}
		}
	}
	if n != 1 {
		return ""
	}
	t, loc := tableName(tidyID, nil), b.doc.AsOf.Location()
	is := func(column, criterion string) string { return fmt.Sprintf("%s[%s],%s", t, column, criterion) }
	date := func(c Cell) string { return fmt.Sprintf("DATE(%d,%d,%d)", c.Day.Year, c.Day.Month, c.Day.Day) }
	where := []string{is("indicator", inQuotes(v.Indicator)), is("level", inQuotes(string(v.Level)))}
	if v.Unit != "" {
		where = append(where, is("unit", inQuotes(v.Unit)))
	}
	where = append(where, is("from", date(firstDay(v.Window, loc))), is("to", date(lastDay(v.Window, loc))), is("age_class", inQuotes(v.AgeClass.String())))
	return fmt.Sprintf("SUMIFS(%s[value],%s)", t, strings.Join(where, ","))
}

// inQuotes is a text in a formula. In a criterion ~ takes their meaning from * and ?, and = keeps < and > from having one.
func inQuotes(s string) string {
	if strings.ContainsAny(s, `*?~<>="`) {
		s = "=" + strings.NewReplacer("~", "~~", "*", "~*", "?", "~?", `"`, `""`).Replace(s)
	}
	return `"` + s + `"`
}

// traced gives a tile's figures their formulas, where they are what they say they come from.
func (b *book) traced(tile Tile) (value string, changes []string) {
	changes = make([]string, len(tile.Changes))
	v, ok := tile.Value.get()
	if !ok || tile.Source.Value != v {
		return "", changes
	}
	value = b.fromTidy(tile.Source)
	for i, c := range tile.Changes {
		x, ok := c.Value.get()
		if then := b.fromTidy(c.Source); ok && value != "" && then != "" && x == v-c.Source.Value {
			changes[i] = value + "-" + then
		}
	}
	return value, changes
}
