package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// formats are those of Query, in the engine's names.
var formats = map[string]string{"table": "PrettyCompactMonoBlock", "tsv": "TSVWithNames", "csv": "CSVWithNames", "json": "JSON"}

// Query writes the answer to a statement that only reads, as table, tsv, csv or json. The engine refuses statements
// that would change anything or touch files.
func (db *DB) Query(ctx context.Context, w io.Writer, sql, format string) error {
	name, ok := formats[format]
	if !ok {
		return fmt.Errorf("%q is not a format: write table, tsv, csv or json", format)
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"readonly":                   2, // 1 would refuse the client's own settings; the embedded engine is stricter anyway
		"output_format_pretty_color": 0, "output_format_pretty_row_numbers": 0, "output_format_pretty_max_rows": 10000,
		"output_format_json_quote_64bit_integers": 0,
	}))
	answer, err := db.conn.QueryFormat(ctx, name, strings.TrimRight(sql, "; \t\r\n"))
	if errors.Is(err, clickhouse.ErrFormatNativeUnsupported) {
		return fmt.Errorf("a server writes formats on its HTTP interface only: give the store as http://user:password@host:8123/database")
	}
	var refused *clickhouse.Exception
	if errors.As(err, &refused) { // without the statement that it repeats, which may be pages long
		reason, _, _ := strings.Cut(refused.Message, ": In scope ")
		return fmt.Errorf("the statement was refused: %s", reason)
	}
	if err != nil {
		return err
	}
	defer answer.Close()
	if _, err := io.Copy(w, answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
