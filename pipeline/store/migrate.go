package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

//go:embed views/*.sql
var viewFiles embed.FS

// ledger tells what was done to a store, written after it was done: a migration, or all views together.
const ledger = `CREATE TABLE IF NOT EXISTS migrations (id String, checksum String, applied DateTime64(3, 'UTC'))
ENGINE = ReplacingMergeTree(applied) ORDER BY id`

// The ledger's entries for the views of this package, and for those that the opener brings. Not every opener brings any.
const (
	viewsID   = "views"
	furtherID = "further views"
)

// migrate applies what is new. DDL has no transactions: every statement can be repeated, so a half-done migration is
// done again from its start.
func (db *DB) migrate(ctx context.Context, further []string) error {
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{viewsID: true, furtherID: true}
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		statements, err := readStatements(migrationFiles, name)
		if err != nil {
			return err
		}
		id := strings.TrimSuffix(path.Base(name), ".sql")
		known[id] = true
		switch sum := checksum(statements); applied[id] {
		case sum:
		case "":
			if err := db.apply(ctx, id, sum, statements); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: %s differs; use the presencia that made the store, or a new store", ErrChangedMigration, id)
		}
	}
	for id := range applied {
		if !known[id] {
			return fmt.Errorf("%w: it has %s; install a newer presencia", ErrNewerSchema, id)
		}
	}
	views, err := ownViews()
	if err != nil {
		return err
	}
	for _, set := range []struct {
		id         string
		statements []string
	}{{viewsID, views}, {furtherID, further}} {
		if sum := checksum(set.statements); len(set.statements) > 0 && applied[set.id] != sum {
			if err := db.apply(ctx, set.id, sum, set.statements); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownViews are the statements that make the views of this package.
func ownViews() (views []string, err error) {
	names, err := fs.Glob(viewFiles, "views/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		statements, err := readStatements(viewFiles, name)
		if err != nil {
			return nil, err
		}
		views = append(views, statements...)
	}
	return views, nil
}

func (db *DB) applied(ctx context.Context) (map[string]string, error) {
	if err := db.conn.Exec(ctx, ledger); err != nil {
		return nil, fmt.Errorf("make the ledger of migrations: %w", err)
	}
	var rows []struct {
		ID       string `ch:"id"`
		Checksum string `ch:"checksum"`
	}
	if err := db.Select(ctx, &rows, `SELECT id, checksum FROM migrations FINAL`); err != nil {
		return nil, fmt.Errorf("read the ledger of migrations: %w", err)
	}
	applied := map[string]string{}
	for _, r := range rows {
		applied[r.ID] = r.Checksum
	}
	return applied, nil
}

func (db *DB) apply(ctx context.Context, id, sum string, statements []string) error {
	for i, s := range statements {
		if err := db.conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("apply %s, statement %d: %w", id, i+1, err)
		}
	}
	err := db.conn.Exec(ctx, `INSERT INTO migrations SELECT {id:String}, {sum:String}, now64(3, 'UTC')`,
		clickhouse.Named("id", id), clickhouse.Named("sum", sum))
	if err != nil {
		return fmt.Errorf("note that %s is applied: %w", id, err)
	}
	return nil
}

// readStatements splits a file at the lines that end with a semicolon.
func readStatements(files fs.FS, name string) ([]string, error) {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var statements []string
	for s := range strings.SplitSeq(string(b), ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			statements = append(statements, s)
		}
	}
	return statements, nil
}

func checksum(statements []string) string {
	sum := sha256.Sum256([]byte(strings.Join(statements, ";\n")))
	return hex.EncodeToString(sum[:])
}
