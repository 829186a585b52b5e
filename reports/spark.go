package reports

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// A trend becomes three things in a workbook: a sparkline, the words that say the same, and at the right the values that it
// is drawn from, which are not printed. Nothing is hidden.

// withTrends lays the trends of a table out.
func (b *book) withTrends(t Table) Table {
	points := make([]int, len(t.Columns)) // the longest trend of each column
	for _, row := range t.Rows {
		for i, c := range row {
			if t.Columns[i].Kind == Trend {
				points[i] = max(points[i], len(c.Trend))
			}
		}
	}
	var columns, drawn []Column
	for i, c := range t.Columns {
		if c.Kind != Trend {
			columns = append(columns, c)
			continue
		}
		words := Column{Title: b.say("sheet.trend.words", "title", c.Title), About: c.About}
		if points[i] > 0 {
			c.from = len(drawn) // made absolute below
			c.points = points[i]
			columns = append(columns, c)
			for n := range points[i] {
				drawn = append(drawn, Column{Title: b.say("sheet.trend.value", "title", c.Title, "n", n+1, "total", points[i]), Kind: Figures, Decimals: c.Decimals, drawn: true})
			}
		}
		columns = append(columns, words)
	}
	if len(columns) == len(t.Columns) && len(drawn) == 0 {
		return t
	}
	rows := make([][]Cell, len(t.Rows))
	for r, row := range t.Rows {
		var cells, values []Cell
		for i, c := range row {
			if t.Columns[i].Kind != Trend {
				cells = append(cells, c)
				continue
			}
			if points[i] > 0 {
				cells = append(cells, Cell{Trend: c.Trend})
			}
			cells = append(cells, Cell{Text: c.Text, Why: c.Why})
			for n := range points[i] {
				// Trends end with the newest value, so the missing ones of a shorter one are its first.
				if k := n - (points[i] - len(c.Trend)); k >= 0 {
					values = append(values, Cell{Number: c.Trend[k]})
				} else {
					values = append(values, Cell{})
				}
			}
		}
		for len(cells) < len(columns) {
			cells = append(cells, Cell{})
		}
		rows[r] = append(cells, values...)
	}
	for i := range columns {
		if columns[i].points > 0 {
			columns[i].from += len(columns)
		}
	}
	t.Columns, t.Rows = append(columns, drawn...), rows
	return t
}

// sparkle writes the sparklines of a sheet, one for each cell, each column on its own.
func (b *book) sparkle(number int, s sheet, p placed) {
	var groups strings.Builder
	for i, c := range s.table.Columns {
		if c.Kind != Trend || c.points == 0 || len(s.table.Rows) == 0 {
			continue
		}
		fmt.Fprintf(&groups, `<x14:sparklineGroup lineWeight="1.25" displayEmptyCellsAs="gap" last="1"><x14:colorSeries rgb="FF%s"/><x14:colorNegative rgb="FF%[1]s"/>`+
			`<x14:colorAxis rgb="FF000000"/><x14:colorMarkers rgb="FF%[1]s"/><x14:colorFirst rgb="FF%[1]s"/><x14:colorLast rgb="FF%[1]s"/><x14:colorHigh rgb="FF%[1]s"/>`+
			`<x14:colorLow rgb="FF%[1]s"/><x14:sparklines>`, b.colors["actual"])
		for r := range s.table.Rows {
			row := p.head + 1 + r
			values := quoted(s.name) + "!" + cell(c.from+1, row) + ":" + cell(c.from+c.points, row)
			groups.WriteString("<x14:sparkline><xm:f>")
			_ = xml.EscapeText(&groups, []byte(values)) // a builder does not fail
			fmt.Fprintf(&groups, "</xm:f><xm:sqref>%s</xm:sqref></x14:sparkline>", cell(i+1, row))
		}
		groups.WriteString("</x14:sparklines></x14:sparklineGroup>")
	}
	if groups.Len() == 0 {
		return
	}
	b.sparklines[fmt.Sprintf("xl/worksheets/sheet%d.xml", number)] = `<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}">` +
		`<x14:sparklineGroups xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">` + groups.String() + `</x14:sparklineGroups></ext></extLst>`
}
