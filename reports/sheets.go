package reports

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"presencia/pipeline"
)

// sheet is a tab: a table with its title, and perhaps its chart.
type sheet struct {
	name   string
	named  string // the Excel table on it
	table  Table
	chart  *Chart
	links  []string // names of the sheets that the rows lead to; cover only
	facts  []fact   // what is known of the report; cover only
	stream *stream  // its rows, where they are too many to be held at once
	widths []float64
}

// fact is a line of the cover.
type fact struct{ label, text string }

// stream are rows that are made while they are written.
type stream struct {
	n    int
	each iter.Seq[[]Cell]
}

func (s sheet) count() int {
	if s.stream != nil {
		return s.stream.n
	}
	return len(s.table.Rows)
}

func (s sheet) rows() iter.Seq[[]Cell] {
	if s.stream != nil {
		return s.stream.each
	}
	return slices.Values(s.table.Rows)
}

// sheets lays the document out: cover and notes, the report, then what it rests on and what its words mean.
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
	if t := b.prose(); len(t.Rows) > 0 {
		body = append(body, sheet{name: t.Sheet, table: t})
	}
	if len(b.doc.Values) > 0 {
		body = append(body, b.tidy())
	}
	body = slices.DeleteFunc(body, func(s sheet) bool { return s.count() == 0 }) // no sheet is blank
	notes := b.notes()
	body = append([]sheet{{name: notes.Sheet, table: notes}}, body...)
	used := map[string]bool{}
	cover := sheet{name: sheetName(b.say("sheet.contents"), used), facts: b.facts()}
	for i := range body {
		body[i].name = sheetName(body[i].name, used)
	}
	if t := b.columns(body); len(t.Rows) > 0 {
		body = append(body, sheet{name: sheetName(t.Sheet, used), table: t})
	}
	named := map[string]bool{tableName(tidyID, nil): true} // formulas know that one
	cover.table = Table{ID: "contents", Title: b.doc.Title, Columns: []Column{
		{Title: b.say("sheet.sheet")}, {Title: b.say("sheet.content")}, {Title: b.say("sheet.rows"), Kind: Figures},
	}}
	for i, s := range body {
		cover.table.Rows = append(cover.table.Rows, []Cell{text(s.name), text(s.table.Title), count(s.count())})
		cover.links = append(cover.links, s.name)
		if s.stream != nil && s.table.ID == tidyID {
			body[i].named = tableName(tidyID, nil)
		} else {
			body[i].named = tableName(s.table.ID, named)
		}
		if s.stream == nil {
			body[i].table = b.withReasons(b.withTrends(s.table))
		}
	}
	cover.named = tableName(cover.table.ID, named)
	return append([]sheet{cover}, body...)
}

// facts are what a reader wants to know of a report first. What is not known has no line.
func (b *book) facts() (facts []fact) {
	for _, f := range []fact{
		{b.say("sheet.fact.institution"), b.doc.Institution}, {b.say("sheet.fact.period"), b.doc.Period}, {b.say("sheet.fact.as_of"), b.asOf()},
		{b.say("sheet.fact.contact"), b.doc.Contact}, {b.say("sheet.fact.licence"), b.doc.Licence},
		{b.say("sheet.fact.empty"), b.say("sheet.fact.empty.text", "column", b.say("sheet.why"))},
	} {
		if f.text != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

func (b *book) asOf() string {
	if b.doc.AsOf.IsZero() {
		return ""
	}
	return b.date(pipeline.DateOf(b.doc.AsOf))
}

// notes say how to read the workbook.
func (b *book) notes() Table {
	t := Table{ID: "notes", Sheet: b.say("sheet.notes"), Title: b.say("sheet.notes.title"), Columns: []Column{{Title: b.say("sheet.note.about")}, {Title: b.say("sheet.note")}}}
	why, data, columns := b.say("sheet.why"), b.say("sheet.data"), b.say("sheet.columns")
	for _, n := range []string{"unknown", "numbers", "dates", "formulas", "charts", "signs", "tidy", "dictionary"} {
		t.Rows = append(t.Rows, []Cell{text(b.say("sheet.note." + n + ".about")), text(b.say("sheet.note."+n+".text", "column", why, "data", data, "columns", columns))})
	}
	if zone := b.doc.AsOf.Location().String(); !b.doc.AsOf.IsZero() {
		t.Rows = append(t.Rows, []Cell{text(b.say("sheet.note.zone.about")), text(b.say("sheet.note.zone.text", "zone", zone))})
	}
	return t
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
		value, changes := b.traced(tile)
		row := []Cell{text(tile.Label), figure(tile.Value, tile.Why), text(tile.Unit), text(tile.Detail)}
		row[1].formula = value
		if judged {
			row = append(row, b.judgement(tile.Verdict), text(tile.Usual))
		}
		for i, c := range tile.Changes {
			if len(t.Columns) <= plain+i {
				t.Columns = append(t.Columns, Column{Title: c.Label, Kind: Signed, Decimals: 1})
			}
			cell := figure(c.Value, c.Why)
			cell.formula = changes[i]
			row = append(row, cell)
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
