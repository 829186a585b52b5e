package opendata

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// row is a value as it is published; it is the row of the workbooks' tidy sheet. Value is nil where it is not known.
type row struct {
	Indicator string   `json:"indicator" parquet:"indicator,dict"`
	Version   int32    `json:"version" parquet:"version"`
	Level     string   `json:"level" parquet:"level,dict"`
	Unit      string   `json:"unit" parquet:"unit,dict"`
	From      day      `json:"from" parquet:"from,date"`
	To        day      `json:"to" parquet:"to,date"`
	Value     *float64 `json:"value" parquet:"value,optional"`
	N         int64    `json:"n" parquet:"n"`
	Unknown   int64    `json:"unknown" parquet:"unknown"`
	AgeClass  string   `json:"age_class" parquet:"age_class,dict"`
	State     string   `json:"state" parquet:"state,dict"`
}

// columns are the row's, in its order.
var columns = []string{"indicator", "version", "level", "unit", "from", "to", "value", "n", "unknown", "age_class", "state"}

// day is a date in days since 1970-01-01, as Parquet keeps it.
type day int32

func dayOf(d pipeline.Date) day { return day(d.In(time.UTC).Unix() / 86400) }

func (d day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// MarshalText writes the date by ISO 8601.
func (d day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// rowOf is the row of a value; the last day is included.
func rowOf(v indicator.Value, zone *time.Location) row {
	r := row{
		Indicator: v.Indicator, Version: int32(v.Version), Level: string(v.Level), Unit: v.Unit,
		From: dayOf(pipeline.DateOf(v.Window.From.In(zone))), To: dayOf(pipeline.DateOf(v.Window.To.In(zone).Add(-time.Nanosecond))),
		N: v.N, Unknown: v.Unknown, AgeClass: v.AgeClass.String(), State: v.State(),
	}
	if v.Known && !math.IsNaN(v.Value) && !math.IsInf(v.Value, 0) {
		r.Value = &v.Value
	}
	return r
}

// rowWriter writes rows in one form.
type rowWriter interface {
	write(row) error
	close() error
}

type csvRows struct{ *csv.Writer }

func newCSV(w io.Writer) rowWriter {
	c := csvRows{csv.NewWriter(w)}
	_ = c.Write(columns) // the writer keeps its error and tells it when it is closed
	return c
}

func (c csvRows) write(r row) error {
	value := ""
	if r.Value != nil {
		value = strconv.FormatFloat(*r.Value, 'g', -1, 64)
	}
	return c.Write([]string{
		r.Indicator, strconv.Itoa(int(r.Version)), r.Level, inert(r.Unit), r.From.String(), r.To.String(),
		value, strconv.FormatInt(r.N, 10), strconv.FormatInt(r.Unknown, 10), r.AgeClass, r.State,
	})
}

func (c csvRows) close() error {
	c.Flush()
	return c.Error()
}

// inert puts an apostrophe before a text that a spreadsheet would take for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// jsonRows is an array with a row a line.
type jsonRows struct {
	w     io.Writer
	begun bool
}

func newJSON(w io.Writer) rowWriter { return &jsonRows{w: w} }

func (j *jsonRows) write(r row) error {
	before := ",\n"
	if !j.begun {
		before, j.begun = "[\n", true
	}
	b, err := json.Marshal(r)
	if err == nil {
		_, err = j.w.Write(append([]byte(before), b...))
	}
	return err
}

func (j *jsonRows) close() error {
	end := "\n]\n"
	if !j.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}

// groupRows bounds how many rows a row group holds, and with it the memory.
const groupRows = 100_000

type parquetRows struct {
	*parquet.GenericWriter[row]
	held []row
}

func newParquet(w io.Writer) rowWriter {
	return &parquetRows{GenericWriter: parquet.NewGenericWriter[row](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows), parquet.CreatedBy("presencia", "", ""))}
}

func (p *parquetRows) write(r row) error {
	if p.held = append(p.held, r); len(p.held) < 1000 {
		return nil
	}
	return p.flush()
}

func (p *parquetRows) flush() error {
	_, err := p.GenericWriter.Write(p.held)
	p.held = p.held[:0]
	return err
}

func (p *parquetRows) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.GenericWriter.Close()
}
