package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// Form is the shape of a chart.
type Form int

// The forms of chart. There are no pies: a length is read better than an angle.
const (
	Lines     Form = iota // over time
	Stacked               // over time, upright, one on the other
	Bars                  // by name, lying, in the order given
	Slopes                // before and after, a line for each name
	Intervals             // by name, a dot with its interval
	Estimates             // over time, a dot with its interval
	Steps                 // over time, each value until the next one
	Network               // names and the ties between them, on a circle
	Columns               // upright bars by class of a quantity, in order: a histogram
	Matrix                // a field of dots whose area is the value: series are rows, categories columns
	Shares                // by name, lying, one part after the other
)

// String names the form for style sheets.
func (f Form) String() string {
	names := [...]string{"lines", "stacked", "bars", "slopes", "intervals", "estimates", "steps", "network", "columns", "matrix", "shares"}
	if f < 0 || int(f) >= len(names) {
		return "chart"
	}
	return names[f]
}

// Role says what a series stands for, and with it how it looks everywhere.
type Role int

// The roles.
const (
	Actual   Role = iota // dark
	Previous             // grey
	Other                // a colour of the palette
	Faint                // one of many, thin
	Notable              // some values of another series, to be noticed
)

// Chart is a picture of numbers, with its description and, by [Chart.Table], the numbers themselves.
type Chart struct {
	ID          string // ASCII, unique in the document
	Sheet       string // a short name for the workbook's tab
	Title       string // the message, where there is one
	Description string // for those who do not see it
	Form        Form
	Unit        string // of the values, for the axis
	Decimals    int
	Head        string   // what the categories are: Month, Department
	Categories  []string // for Slopes: before and after; for Network: the names
	Groups      []string // Network: of each name
	Series      []Series
	Marks       []Mark
	Note        string
}

// Series is a row of values, one for each category; unknown ones are gaps.
type Series struct {
	Name   string
	Panel  string // series of the same panel are drawn together; empty: all in one
	Role   Role
	Values []Number
	Low    []Number // the ends of the interval: of a dot, or of a line's band
	High   []Number
	Ties   []Tie  // Network: values are the share of the ways between others that lead through a name
	Why    string // why values are missing
}

// Tie leads from one category of a network to another.
type Tie struct{ From, To, Weight int }

// Mark shades the categories From to To (included) and names them; where they are the same, over time, it is a line.
type Mark struct {
	From, To int
	Label    string
}

// panels are the names of the panels in order.
func (c Chart) panels() (names []string) {
	for _, s := range c.Series {
		if !slices.Contains(names, s.Panel) {
			names = append(names, s.Panel)
		}
	}
	return names
}

// trimmed is the chart without the categories before the first of which anything is known; two always stay.
func (c Chart) trimmed() Chart {
	first := len(c.Categories)
	for _, s := range c.Series {
		if i := slices.IndexFunc(s.Values, func(n Number) bool { return n.Known }); i >= 0 {
			first = min(first, i)
		}
	}
	first = max(0, min(first, len(c.Categories)-2))
	c.Categories = c.Categories[first:]
	for i := range c.Series {
		c.Series[i].Values = c.Series[i].Values[first:]
	}
	return c
}

// Table is the chart's data: categories by series, or for slopes names by before and after.
func (c Chart) Table(w *words) Table {
	t := Table{ID: c.ID + "-data", Sheet: c.Sheet, Title: c.Title, Folded: true, Note: c.Note}
	figures := func(title string) Column {
		return Column{Title: title, Kind: Figures, Decimals: c.Decimals, About: c.Unit}
	}
	switch c.Form {
	case Slopes:
		t.Columns = []Column{{Title: w.say("chart.group")}, {Title: c.Head}}
		for _, cat := range c.Categories {
			t.Columns = append(t.Columns, figures(cat))
		}
		for _, s := range c.Series {
			row := []Cell{text(s.Panel), text(s.Name)}
			for _, v := range s.Values {
				row = append(row, number(v, s.Why))
			}
			t.Rows = append(t.Rows, row)
		}
	case Network:
		t.Columns = []Column{{Title: c.Head}, {Title: w.say("chart.group")}}
		for _, s := range c.Series {
			t.Columns = append(t.Columns, Column{Title: s.Panel + ": " + w.say("chart.out"), Kind: Figures}, Column{Title: s.Panel + ": " + w.say("chart.in"), Kind: Figures},
				figures(s.Panel+": "+w.say("chart.bridge")))
		}
		for i, cat := range c.Categories {
			row := []Cell{text(cat), text(c.Groups[i])}
			for _, s := range c.Series {
				out, in := 0, 0
				for _, tie := range s.Ties {
					if tie.From == i {
						out++
					}
					if tie.To == i {
						in++
					}
				}
				row = append(row, count(out), count(in), number(s.Values[i], s.Why))
			}
			t.Rows = append(t.Rows, row)
		}
	default:
		t.Columns = []Column{{Title: c.Head}}
		bands := 0
		for _, s := range c.Series {
			if s.Low != nil {
				bands++
			}
		}
		for _, s := range c.Series {
			name := s.Name
			if s.Panel != "" && s.Panel != s.Name {
				name = s.Panel + ": " + s.Name
			}
			t.Columns = append(t.Columns, figures(name))
			if s.Low != nil {
				low, high := w.say("chart.low"), w.say("chart.high")
				if bands > 1 {
					low, high = name+": "+lower(low), name+": "+lower(high)
				}
				t.Columns = append(t.Columns, figures(low), figures(high))
			}
		}
		for i, cat := range c.Categories {
			row := []Cell{text(cat)}
			for _, s := range c.Series {
				row = append(row, number(s.Values[i], s.Why))
				if s.Low != nil {
					row = append(row, number(s.Low[i], ""), number(s.High[i], "")) // the value says why
				}
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// The colours are variables of screen.css, which knows light, dark and paper.
const (
	ink  = "var(--ink)"
	soft = "var(--soft)"
	rule = "var(--rule)"
)

// tone is the name of a series' colour in screen.css.
func (s Series) tone(i int) string {
	switch s.Role {
	case Actual:
		return "actual"
	case Previous:
		return "previous"
	case Faint:
		return "faint"
	case Notable:
		return "notable"
	}
	return fmt.Sprintf("c%d", i%6)
}

// tone is the colour of a series; series of one name look alike in every panel.
func (c Chart) tone(i int) string {
	first := slices.IndexFunc(c.Series, func(s Series) bool { return s.Name == c.Series[i].Name })
	return c.Series[i].tone(first)
}

// Sizes of the drawing in CSS pixels; a plot's height includes the labels of its axes.
const (
	plotHeight   = 280
	panelHeight  = 150
	slopeHeight  = 300
	rowHeight    = 24
	matrixHeight = 30 // of a row of dots
	titleHeight  = 32 // the name of an axis, which is a panel's title too
	legendHeight = 28
	labelHeight  = 26 // of the names below an axis
	nameHeight   = 14 // of a mark that is a line
)

// option is the chart as ECharts reads it, made by go-echarts and free of script, and the height that it needs.
func (c Chart) option() (map[string]any, int) {
	if c.Form == Network {
		return c.network()
	}
	base := charts.NewLine()
	base.XAxisList, base.YAxisList, base.GridList = nil, nil, nil
	panels := c.panels()
	named := c.Form == Bars || c.Form == Intervals || c.Form == Shares
	plot := plotHeight
	switch {
	case c.Form == Matrix:
		plot = max(len(c.Series), 2)*matrixHeight + 34
	case named:
		plot = max(len(c.Categories), 2)*rowHeight*c.perCategory() + 34
	case c.Form == Slopes:
		plot = slopeHeight
	case len(panels) > 1:
		plot = panelHeight
	}
	top, title := 0, titleHeight
	if named || c.Form == Matrix { // its axis is named below
		title = 0
	}
	if c.legend() {
		top = legendHeight
	}
	if c.lines() != nil { // their names stand under that of the axis
		title += nameHeight
	}
	height := top
	for i, p := range panels {
		plot := plot
		if c.shared(i) {
			plot -= labelHeight
		}
		grid := opts.Grid{Left: "14", Right: "34", Top: px(top + title), Height: px(plot), ContainLabel: opts.Bool(true)}
		if c.Form == Slopes { // side by side
			share := 100 / len(panels)
			grid.Left, grid.Right = pct(i*share), pct(100-(i+1)*share+2)
		} else {
			top += title + plot
		}
		base.GridList = append(base.GridList, grid)
		x, y := c.axes(i, p)
		base.XAxisList, base.YAxisList = append(base.XAxisList, x), append(base.YAxisList, y)
	}
	height = max(height+title+plot, top) + 6
	if named || c.Form == Matrix { // the name of the axis below
		height += 24
	}
	for i, s := range c.Series {
		base.MultiSeries = append(base.MultiSeries, c.series(i, s, slices.Index(panels, s.Panel))...)
	}
	base.Legend = opts.Legend{Show: opts.Bool(c.legend()), Top: "0", Left: "0", Type: "scroll", TextStyle: &opts.TextStyle{Color: ink}}
	base.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
	if c.Form == Slopes || c.Form == Intervals || c.Form == Estimates || c.Form == Matrix {
		base.Tooltip.Trigger = "item"
	}
	base.Animation = opts.Bool(false)
	base.Aria = &opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Description: c.Description}, Decal: &opts.AriaDecal{Show: opts.Bool(c.decals())}}
	o := base.JSON()
	delete(o, "title") // the page has it
	delete(o, "toolbox")
	return o, height
}

// shared tells whether a panel leaves the names of its axis to the last one: over time, panels stand under each other.
func (c Chart) shared(panel int) bool {
	over := c.Form == Lines || c.Form == Stacked || c.Form == Steps || c.Form == Estimates
	return over && panel < len(c.panels())-1
}

// axes are those of one panel: names below and values at the left, or for bars and intervals the other way round.
func (c Chart) axes(panel int, title string) (opts.XAxis, opts.YAxis) {
	switch {
	case title == "":
		title = c.Unit
	case c.Unit != "":
		title += " (" + c.Unit + ")"
	}
	line := &opts.AxisLine{LineStyle: &opts.LineStyle{Color: soft}}
	split := &opts.SplitLine{LineStyle: &opts.LineStyle{Color: rule}}
	label := &opts.AxisLabel{Color: soft, Show: opts.Bool(true), HideOverlap: opts.Bool(true)}
	whole := 0.0
	if c.Decimals == 0 {
		whole = 1
	}
	if c.Form == Matrix {
		var rows []string
		for _, s := range c.Series {
			rows = append(rows, s.Name)
		}
		none := &opts.AxisTick{Show: opts.Bool(false)}
		return opts.XAxis{
				Type: "category", GridIndex: panel, Data: c.Categories, Name: c.Head, NameLocation: "middle", NameGap: 28, AxisLabel: label, AxisLine: line, AxisTick: none,
			}, opts.YAxis{
				Type: "category", GridIndex: panel, Data: rows, Inverse: opts.Bool(true), AxisLabel: &opts.AxisLabel{Color: ink, Show: opts.Bool(true)}, AxisLine: line,
				SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: rule}},
			}
	}
	if c.Form == Bars || c.Form == Intervals || c.Form == Shares {
		x := opts.XAxis{
			Type: "value", GridIndex: panel, Name: title, NameLocation: "middle", NameGap: 28, AxisLabel: label, SplitLine: split, SplitNumber: 5, MinInterval: whole,
		}
		if c.Form == Shares && c.Unit == "%" {
			x.Max = 100
		}
		return x, opts.YAxis{
			Type: "category", GridIndex: panel, Data: c.Categories, Inverse: opts.Bool(true), AxisLabel: &opts.AxisLabel{Color: ink, Show: opts.Bool(true)}, AxisLine: line,
		}
	}
	y := opts.YAxis{Type: "value", GridIndex: panel, Name: title, AxisLabel: label, SplitLine: split, SplitNumber: 4, MinInterval: whole}
	if c.Form == Lines && slices.ContainsFunc(c.Series, func(s Series) bool { return s.Role == Notable }) { // what stands out is small beside zero
		y.Scale = opts.Bool(true)
	}
	if c.lines() != nil {
		y.NameGap = 15 + nameHeight
	}
	if c.Form == Steps && c.Unit == "%" {
		y.Max = 100
	}
	if c.Form == Slopes { // one scale for all panels, or the slopes would not compare
		y.Min, y.Max = c.bounds()
	}
	names := *label
	if c.shared(panel) {
		names.Show = opts.Bool(false)
	}
	if c.Form == Columns && len(c.Categories) <= 14 { // every class has its name; glue.js breaks long ones
		names.Interval, names.HideOverlap = "0", opts.Bool(false)
	}
	return opts.XAxis{
		Type: "category", GridIndex: panel, Data: c.Categories, BoundaryGap: opts.Bool(c.Form != Lines && c.Form != Steps), AxisLabel: &names, AxisLine: line,
		AxisTick: &opts.AxisTick{Show: opts.Bool(false)},
	}, y
}

// series are the drawn series of one of ours: an interval needs two.
func (c Chart) series(i int, s Series, panel int) []charts.SingleSeries {
	color := "var(--" + c.tone(i) + ")"
	one := charts.SingleSeries{Name: s.Name, XAxisIndex: panel, YAxisIndex: panel, Color: color, ItemStyle: &opts.ItemStyle{Color: color}}
	switch c.Form {
	case Matrix:
		one.Type = types.ChartScatter
		one.ItemStyle.Opacity = opts.Float(1)
		one.Data = c.dots(i, s)
		return []charts.SingleSeries{one}
	case Stacked, Bars, Columns, Shares:
		one.Type = types.ChartBar
		one.BarMaxWidth = "40"
		switch c.Form {
		case Stacked, Shares:
			one.Stack = "all"
		case Columns: // classes of one quantity: they touch
			one.BarMaxWidth, one.BarCategoryGap = "", "8%"
		case Bars:
			one.Label = &opts.Label{Show: opts.Bool(true), Position: "right", Color: ink}
		}
		one.Data = points(s.Values, func(_ int, v any) any { return v })
	case Intervals:
		one.Type = types.ChartScatter
		one.ItemStyle.Opacity = opts.Float(1)
		one.SymbolSize = 11
		one.Data = points(s.Values, func(j int, v any) any { return []any{v, c.Categories[j]} })
		return append([]charts.SingleSeries{c.interval(s, panel, color)}, one)
	case Estimates:
		one.Type = types.ChartScatter
		one.SymbolSize = 7
		one.Data = points(s.Values, func(j int, v any) any { return []any{c.Categories[j], v} })
		one.MarkAreas, one.MarkLines = c.areas(), c.lines()
		return append([]charts.SingleSeries{c.interval(s, panel, color)}, one)
	default:
		one.Type = types.ChartLine
		one.Data = points(s.Values, func(_ int, v any) any { return v })
		one.SymbolSize = 5
		one.ShowSymbol = opts.Bool(c.Form == Slopes || alone(s.Values))
		one.ConnectNulls = opts.Bool(false)
		style := &opts.LineStyle{Color: color, Width: 2}
		switch s.Role {
		case Faint:
			style.Width = 1
		case Previous:
			style.Type = "dashed"
		case Actual:
			style.Width = 2.5
		case Notable:
			one.ShowSymbol, one.Symbol, one.SymbolSize = opts.Bool(true), "diamond", 11
		}
		one.LineStyle = style
		if c.Form == Steps {
			one.Step = "end"
		}
	}
	if i == 0 || c.Series[i-1].Panel != s.Panel {
		one.MarkAreas, one.MarkLines = c.areas(), c.lines()
	}
	if s.Low != nil && (c.Form == Lines || c.Form == Steps) {
		return append(c.band(i, s, panel, color), one)
	}
	return []charts.SingleSeries{one}
}

// dots are a row of a field: at its column each value, and as its share what it is of the greatest, from which glue.js makes an
// area. Nothing is drawn where the value is zero, and a short dash where it is not known.
func (c Chart) dots(row int, s Series) []any {
	greatest := 0.0
	for _, s := range c.Series {
		for _, n := range s.Values {
			if v, ok := n.get(); ok {
				greatest = max(greatest, v)
			}
		}
	}
	dots := make([]any, len(s.Values))
	for j, n := range s.Values {
		v, ok := n.get()
		switch {
		case !ok:
			dots[j] = map[string]any{"value": []any{j, row, nil}, "symbol": "rect", "unknown": true, "itemStyle": map[string]any{"color": soft}}
		case v <= 0:
			dots[j] = map[string]any{"value": []any{j, row, v}, "share": 0}
		default:
			dots[j] = map[string]any{"value": []any{j, row, v}, "share": round(v/greatest, 4)}
		}
	}
	return dots
}

// band fills what lies between low and high: an area that is stacked on an invisible line.
func (c Chart) band(i int, s Series, panel int, color string) []charts.SingleSeries {
	low, span := make([]Number, len(s.Low)), make([]Number, len(s.Low))
	for k := range s.Low {
		if a, b := s.Low[k], s.High[k]; a.Known && b.Known {
			low[k], span[k] = a, known(b.Value-a.Value)
		}
	}
	one := charts.SingleSeries{
		Type: types.ChartLine, XAxisIndex: panel, YAxisIndex: panel, Stack: fmt.Sprintf("band %d", i), Symbol: "none", Color: color, ConnectNulls: opts.Bool(false),
		LineStyle: &opts.LineStyle{Color: color, Width: 1, Opacity: opts.Float(0)},
	}
	if c.Form == Steps {
		one.Step = "end"
	}
	floor, area := one, one
	floor.Data = points(low, func(_ int, v any) any { return v })
	area.Data = points(span, func(_ int, v any) any { return v })
	area.AreaStyle = &opts.AreaStyle{Color: color, Opacity: opts.Float(0.16)}
	return []charts.SingleSeries{floor, area}
}

// interval is a line that goes from low to high of each category and breaks between them.
func (c Chart) interval(s Series, panel int, color string) charts.SingleSeries {
	var data []opts.LineData
	for i, cat := range c.Categories {
		low, ok := s.Low[i].get()
		high, ok2 := s.High[i].get()
		switch {
		case !ok || !ok2:
		case c.Form == Estimates:
			data = append(data, opts.LineData{Value: []any{cat, low}}, opts.LineData{Value: []any{cat, high}}, opts.LineData{Value: []any{cat, nil}})
		default:
			data = append(data, opts.LineData{Value: []any{low, cat}}, opts.LineData{Value: []any{high, cat}}, opts.LineData{Value: []any{nil, nil}})
		}
	}
	ends, width := []int{2, 12}, float32(3)
	if c.Form == Estimates { // many, close together
		ends, width = []int{7, 2}, 1.5
	}
	return charts.SingleSeries{
		Name: s.Name, Type: types.ChartLine, XAxisIndex: panel, YAxisIndex: panel, Data: data, Color: color, Symbol: "rect", SymbolSize: ends,
		LineStyle: &opts.LineStyle{Color: color, Width: width}, ItemStyle: &opts.ItemStyle{Color: color}, ConnectNulls: opts.Bool(false),
	}
}

func (c Chart) areas() *opts.MarkAreas {
	m := &opts.MarkAreas{MarkAreaStyle: opts.MarkAreaStyle{
		ItemStyle: &opts.ItemStyle{Color: "var(--mark)"},
		Label:     &opts.Label{Color: soft, Position: "insideTop"},
	}}
	for _, a := range c.Marks {
		if c.line(a) {
			continue
		}
		m.Data = append(m.Data, []any{
			map[string]any{"name": a.Label, "xAxis": c.Categories[a.From]},
			map[string]any{"xAxis": c.Categories[a.To]},
		})
	}
	if len(m.Data) == 0 {
		return nil
	}
	return m
}

// line tells whether a mark is a line: one moment of a chart over time.
func (c Chart) line(m Mark) bool {
	return m.From == m.To && (c.Form == Lines || c.Form == Stacked || c.Form == Steps || c.Form == Estimates)
}

func (c Chart) lines() *opts.MarkLines {
	m := &opts.MarkLines{MarkLineStyle: opts.MarkLineStyle{
		Symbol: []string{"none", "none"}, LineStyle: &opts.LineStyle{Color: soft, Width: 1, Type: "dotted"},
		Label: &opts.Label{Color: soft, Formatter: "{b}", Position: "end"},
	}}
	for _, a := range c.Marks {
		if c.line(a) {
			m.Data = append(m.Data, map[string]any{"name": a.Label, "xAxis": c.Categories[a.From]})
		}
	}
	if len(m.Data) == 0 {
		return nil
	}
	return m
}

// points writes values for ECharts; an unknown one is an item without value, which is drawn as a gap.
func points(values []Number, at func(int, any) any) []opts.LineData {
	data := make([]opts.LineData, len(values))
	for i, n := range values {
		if v, ok := n.get(); ok {
			data[i].Value = at(i, v)
		}
	}
	return data
}

// alone tells whether a value stands between gaps, where a line without symbols would not show it.
func alone(values []Number) bool {
	for i, n := range values {
		if n.Known && (i == 0 || !values[i-1].Known) && (i == len(values)-1 || !values[i+1].Known) {
			return true
		}
	}
	return false
}

// legend: needed where several named series share a panel, and would only repeat names of many thin lines.
func (c Chart) legend() bool {
	if c.Form == Matrix { // rows have their names at the side
		return false
	}
	seen := map[string]int{}
	for _, s := range c.Series {
		if seen[s.Panel]++; s.Role == Faint {
			return false
		}
	}
	for _, n := range seen {
		if n > 1 {
			return true
		}
	}
	return false
}

// decals tell areas of several series apart without colour.
func (c Chart) decals() bool {
	return c.legend() && (c.Form == Stacked || c.Form == Bars || c.Form == Columns || c.Form == Shares)
}

func (c Chart) perCategory() int {
	if c.Form == Intervals || c.Form == Shares {
		return 1
	}
	return len(c.Series) / max(1, len(c.panels()))
}

// bounds are round numbers around all values, from zero where that costs little room.
func (c Chart) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range c.Series {
		for _, n := range s.Values {
			if v, ok := n.get(); ok {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	if low > 0 && low < high/2 {
		low = 0
	}
	step := math.Pow10(int(math.Floor(math.Log10(max((high-low)/2, 1e-9)))))
	for _, f := range []float64{1, 2, 5, 10} {
		if (high-low)/(f*step) <= 6 {
			step *= f
			break
		}
	}
	return math.Floor(low/step) * step, math.Ceil(high/step) * step
}

func px(n int) string  { return fmt.Sprint(n) }
func pct(n int) string { return fmt.Sprint(n) + "%" }
