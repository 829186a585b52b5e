package reports

import (
	"cmp"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// A chart takes so many columns and rows of the usual size.
const (
	chartColumns = 12
	chartRows    = 20
)

// drawable: Excel has no network; its table says the same.
func drawable(c Chart) bool { return c.Form != Network && c.Form != Matrix }

// charts draws a chart natively beside its data, one for each panel.
func (b *book) charts(name string, c Chart, t Table, head int) error {
	if !drawable(c) {
		return nil
	}
	anchor := len(t.Columns) + 2
	for i, p := range c.panels() {
		chart := b.native(name, c, p, head)
		if err := b.AddChart(name, cell(anchor, head+i*chartRows), chart); err != nil {
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
		Lines: excelize.Line, Slopes: excelize.Line, Stacked: excelize.ColStacked, Bars: excelize.Bar, Intervals: excelize.StockHighLowClose,
		Estimates: excelize.StockHighLowClose, Steps: excelize.Line,
		Columns: excelize.Col, Shares: excelize.BarStacked,
	}
	chart := &excelize.Chart{
		Type: kinds[c.Form], ShowBlanksAs: "gap", Dimension: excelize.ChartDimension{Width: 720, Height: 380},
		Title:  excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: clean(title), Font: font(12, true, b.colors["ink"])}}},
		Format: excelize.GraphicOptions{AltText: clean(cmp.Or(c.Description, title)), Name: c.ID},
		Legend: excelize.ChartLegend{Position: "none"},
		XAxis:  excelize.ChartAxis{ReverseOrder: c.Form == Bars || c.Form == Shares, Font: *font(9, false, b.colors["soft"])},
		YAxis:  excelize.ChartAxis{MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0.##"}, Font: *font(9, false, b.colors["soft"])},
	}
	if c.Decimals == 0 {
		chart.YAxis.NumFmt.CustomNumFmt = "#,##0"
	}
	if c.Unit != "" {
		chart.YAxis.Title = excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: clean(c.Unit), Font: font(9, false, "")}}}
	}
	if c.Form == Estimates || c.Form == Intervals { // not across the dots, where some lie below zero
		chart.XAxis.TickLabelPosition = excelize.ChartTickLabelLow
	}
	if c.legend() {
		chart.Legend.Position = "bottom"
	}
	if c.Form == Steps && c.Unit == "%" {
		most := 100.0
		chart.YAxis.Maximum = &most
	}
	if c.Form == Slopes {
		low, high := c.bounds()
		chart.YAxis.Minimum, chart.YAxis.Maximum = &low, &high
	}
	if n := len(c.Categories); c.Form != Bars && c.Form != Shares && n > 13 {
		chart.XAxis.TickLabelSkip = n/12 + 1
	}
	at := func(col, row int) string { return reference(name, col, row, col, row) }
	first, last := head+1, head+len(c.Categories)
	column := 2
	for i, s := range c.Series {
		line := excelize.ChartSeries{Line: excelize.LineOptions{Width: 2}, Marker: excelize.ChartMarker{Symbol: "none"}}
		color := b.colors[c.tone(i)]
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
		case c.Form == Intervals || c.Form == Estimates:
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
			for n := 0; s.Low != nil && n < 2; n++ {
				end := line
				end.Line.Dash, end.Line.Width = excelize.LineDashSysDot, 1
				end.Name, end.Values = at(column, head), reference(name, column, first, column, last)
				if column++; in {
					chart.Series = append(chart.Series, end)
				}
			}
		}
		if in {
			chart.Series = append(chart.Series, line)
		}
	}
	return chart
}
