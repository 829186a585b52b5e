package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

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
		for i, block := range section.Blocks {
			switch block := block.(type) {
			case Tiles:
				body = append(body, sheet{name: section.Title, table: b.tiles(section, block)})
			case Tasks:
				body = append(body, sheet{name: section.Title, table: b.tasks(section, i, block)})
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
	judged := slices.ContainsFunc(tiles, func(t Tile) bool { return t.Verdict != "" })
	if judged {
		t.Columns = append(t.Columns, Column{Title: b.say("head.judgement"), About: b.say("about.judgement")}, Column{Title: b.say("sheet.usual")})
	}
	plain := len(t.Columns)
	for _, tile := range tiles {
		figure := func(n Number, why string) Cell {
			return Cell{Number: n, Why: why, Whole: tile.Decimals == 0}
		}
		row := []Cell{text(tile.Label), figure(tile.Value, tile.Why), text(tile.Unit), text(tile.Detail)}
		if judged {
			row = append(row, b.judgement(tile.Verdict), text(tile.Usual))
		}
		for i, c := range tile.Changes {
			if len(t.Columns) <= plain+i {
				t.Columns = append(t.Columns, Column{Title: c.Label, Kind: Signed, Decimals: 1})
			}
			row = append(row, figure(c.Value, c.Why))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// tasks are what is to be done as a table, in order.
func (b *book) tasks(section Section, block int, tasks Tasks) Table {
	t := Table{ID: fmt.Sprintf("%s-tasks-%d", section.ID, block), Title: section.Title, Columns: []Column{
		{Title: b.say("chart.task")}, {Title: b.say("chart.task_text")}, {Title: b.say("chart.task_link")},
	}}
	for _, task := range tasks {
		t.Rows = append(t.Rows, []Cell{text(task.Title), text(task.Text), {Text: cmp.Or(task.Label, safeLink(task.Link)), Link: task.Link}})
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
		{Title: "value", Kind: Figures, Decimals: 4}, {Title: "n", Kind: Figures}, {Title: "unknown", Kind: Figures}, {Title: "age_class"}, {Title: "state"},
	}}
	for i, c := range t.Columns {
		t.Columns[i].About = b.say("tidy." + c.Title)
	}
	for _, v := range b.doc.Values {
		value := Number{}
		if v.Known {
			value = known(v.Value)
		}
		loc := b.doc.AsOf.Location()
		t.Rows = append(t.Rows, []Cell{
			text(v.Indicator), count(v.Version), text(string(v.Level)), text(v.Unit), day(v.Window.From.In(loc)), day(v.Window.To.In(loc).Add(-time.Nanosecond)),
			number(value, ""), count(v.N), count(v.Unknown), text(v.AgeClass.String()), text(v.State()),
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
