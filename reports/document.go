package reports

import (
	"math"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// Document is a report before it has a format: what is said, in the reader's language, with the numbers still numbers.
// The builders ([Monthly], [Course]) know nothing of HTML or Excel, the renderers nothing of indicators.
type Document struct {
	Name      string // of its files, without their ending: monthly-2015-06.es
	Title     string
	Subtitle  string
	Language  string    // one of [Languages]
	Simulated bool      // the institution does not exist; every page and sheet says so
	AsOf      time.Time // the newest observation in the data, in the institution's zone; dates the files as well
	Contact   string    // whom to ask, as the register has it; empty: not declared
	// Institution, Period and Licence are lines of a workbook's cover: whose the report is, what time it is of in the reader's
	// words, and under what licence it may be used. Empty: not known.
	Institution, Period, Licence string

	Look     Look
	OnePage  bool // made to fit one page of A4: set closely, sections that may stand side by side do
	Sections []Section
	Manifest Manifest // what the report was made from

	// Values are the numbers behind the report in tidy form; workbooks carry them.
	Values []indicator.Value
}

// Section is a chapter of a report.
type Section struct {
	ID      string // ASCII, unique in the document
	Title   string
	NewPage bool // on paper it begins a page
	Half    bool // in a document of one page it needs half its width
	Blocks  []Block
}

// Block is one of [Text], [List], [Tasks], [Tiles], [Note], [Table], [Chart], [Definitions].
type Block interface{ block() }

// Text is a paragraph.
type Text string

// List is some sentences, each with a bullet, under an optional heading.
type List struct {
	Title string
	Items []string
}

// Tasks are things to do, in order: the first is the most urgent.
type Tasks []Task

// Task is one of them.
type Task struct {
	Title string
	Text  string // why, and how
	Link  string // an example or the rule; empty: none
	Label string // what the link is called
}

// Note is a remark that must not be missed. Warning makes it louder.
type Note struct {
	Text    string
	Warning bool
}

// Definitions are indicators to be explained.
type Definitions []indicator.Indicator

// Tiles are the figures of a summary.
type Tiles []Tile

// Tile is one figure with its changes.
type Tile struct {
	Label    string
	Value    Number
	Why      string // why there is no value
	Unit     string // as it follows the number: "h", "%"
	Decimals int
	Signed   bool // the value is a change itself
	Detail   string
	Verdict  statistics.Movement // whether it really changed; empty where nobody judges
	Usual    string              // what the verdict rests on
	Source   indicator.Value     // that the value is, where it is one of the document's; a workbook points at it
	Changes  []Change
}

// Change is a difference to another period, in the tile's unit. It judges nothing.
type Change struct {
	Label    string // "que en noviembre de 2014"
	Value    Number
	Relative Number // in per cent of what was there, where that says more
	Why      string
	Source   indicator.Value // that was there, where the change is the tile's source less this
}

// Number is a value that may be unknown. The zero value is unknown, which is not zero.
type Number struct {
	Value float64
	Known bool
}

// known is a known number.
func known[T int | int64 | uint64 | float64](x T) Number { return Number{float64(x), true} }

// get answers the value. What is not finite is not known.
func (n Number) get() (float64, bool) {
	return n.Value, n.Known && !math.IsNaN(n.Value) && !math.IsInf(n.Value, 0)
}

// Kind says what a column holds and so how it is written.
type Kind int

// The kinds of column.
const (
	Words Kind = iota
	Figures
	Signed      // a change, written with its sign
	Probability // a p-value: written as less than 0.001 where it is
	Day
	Trend // a small picture of a row of values; the cell's Text says the same in words
)

// Column is a column of a table.
type Column struct {
	Title    string // unique in its table, with the unit in brackets
	About    string // what it means, for the data dictionary
	Kind     Kind
	Decimals int
	Shade    bool   // figures from 0 to 100 with a background that follows them
	Sheet    bool   // in the workbook only: a page has no room for it
	Group    string // on a page, columns of a group make a table of their own, beside those without one

	drawn        bool // a workbook's sparklines are drawn from it
	from, points int  // of a trend in a workbook: the columns that hold its values
}

func (c Column) numeric() bool { return c.Kind == Figures || c.Kind == Signed || c.Kind == Probability }

// Cell is one value. Which field counts is the column's matter.
type Cell struct {
	Text    string
	Link    string // where the text leads; only http and https are followed
	Number  Number
	Trend   []Number // oldest first; unknown ones are gaps
	Whole   bool     // a count in a column of other figures
	Day     pipeline.Date
	Why     string              // why there is nothing here
	Verdict statistics.Movement // Text is its icon and word

	formula string // in a workbook, what the number comes from
}

// Table is a table. The first column names the row.
type Table struct {
	ID      string // ASCII, unique in the document
	Sheet   string // a short name for the workbook's tab
	Title   string
	Columns []Column
	Rows    [][]Cell
	Note    string
	Folded  bool // shown on demand
	Total   bool // the last row is of all others together

	Workbook bool // in the workbook only: a page has no room for it
}

func (Text) block()        {}
func (List) block()        {}
func (Tasks) block()       {}
func (Note) block()        {}
func (Tiles) block()       {}
func (Table) block()       {}
func (Chart) block()       {}
func (Definitions) block() {}

func text(s string) Cell { return Cell{Text: s} }

func count[T int | int64 | uint64](n T) Cell {
	return Cell{Number: known(n)}
}

// day is the day on which t falls in its zone.
func day(t time.Time) Cell { return Cell{Day: pipeline.DateOf(t)} }

// number is a cell with a number, or with the reason why there is none.
func number(n Number, why string) Cell {
	if n.Known {
		why = ""
	}
	return Cell{Number: n, Why: why}
}
