package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"presencia/pipeline"
)

// Known says up to when things are known. A run counts once it was finished, everything else once it was saved.
type Known struct {
	At       time.Time            // for every table that Tables does not name; zero: nothing of them
	Tables   map[string]time.Time // by table, runs among them: the last moment that counts; zero: nothing
	Register string               // the version in force; empty: the one of then
}

// Until is the last moment that counts for a table.
func (k Known) Until(table string) time.Time {
	if at, ok := k.Tables[table]; ok {
		return at
	}
	return k.At
}

// ErrNotKnown: nothing was known yet.
var ErrNotKnown = errors.New("nothing was in the store yet")

// The names of the databases in which a past state is shown: this, the moment of their making in milliseconds, and
// something that no other has.
const knownPrefix = "presencia_known_"

// abandonedAfter is when a database of a past state that is still there belongs to nobody.
const abandonedAfter = 24 * time.Hour

// As shows the store as it was known at some moment. What it answers only reads; close it before the store itself.
//
// It is a database of its own on the same engine, dropped when it is closed. There, runs and what people have saved are
// copies without what came later, which is little; what was observed shows through, and is seen by the runs that there are.
func (db *DB) As(ctx context.Context, k Known) (*DB, error) {
	now, err := db.dropAbandoned(ctx)
	if err != nil {
		return nil, err
	}
	register, err := db.RegisterOf(ctx, k)
	if err != nil {
		return nil, err
	}
	past := &DB{
		log: db.log, program: db.program, views: db.views, embedded: db.embedded, original: db,
		database: knownPrefix + strconv.FormatInt(now.UnixMilli(), 10) + "_" + strings.ToLower(rand.Text()),
	}
	past.life, past.close = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := db.conn.Exec(ctx, "CREATE DATABASE "+past.database); err != nil {
		return nil, fmt.Errorf("make a database for what was known, which a user of a server must be allowed to (GRANT CREATE DATABASE, DROP DATABASE, CREATE, SELECT, INSERT ON `%s*`.*): %w", knownPrefix, err)
	}
	options := *db.options
	options.Auth.Database = past.database
	if past.conn, err = clickhouse.Open(&options); err == nil {
		err = past.fill(ctx, k, register)
	}
	if err == nil {
		err = past.describe(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("show what was known: %w", err), past.Close())
	}
	return past, nil
}

// fill makes the tables and views of a past state.
func (db *DB) fill(ctx context.Context, k Known, register string) error {
	var here []struct {
		Database string `ch:"database"`
	}
	if err := db.Select(ctx, &here, "SELECT currentDatabase() AS database"); err != nil {
		return err
	}
	if here[0].Database != db.database {
		return errors.New("the process that holds the store is an older presencia: end it, and try again")
	}
	tables, err := db.original.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if strings.HasSuffix(t.Name, everSaved) { // shown as the table that it is of
			continue
		}
		from := quoted(t.Database) + "."
		statements := []string{"CREATE TABLE " + t.Name + " AS " + from + t.Name}
		switch {
		case t.Name == "registers":
			statements = append(statements, "INSERT INTO registers SELECT * FROM "+from+"registers FINAL WHERE version = {register:String}")
		case t.Name == "runs":
			statements = append(statements, "INSERT INTO runs SELECT * FROM "+from+"runs FINAL WHERE finished <= fromUnixTimestamp64Milli({at:Int64}, 'UTC')")
		case t.Saved:
			statements = append(statements, "INSERT INTO "+t.Name+" SELECT * FROM "+from+t.history()+" WHERE saved <= fromUnixTimestamp64Milli({at:Int64}, 'UTC')")
		default:
			statements[0] += " ENGINE = Merge(" + literal(t.Database) + ", '^" + t.Name + "$')"
		}
		for _, s := range statements {
			if err := db.conn.Exec(ctx, s, Named("at", k.Until(t.Name).UnixMilli()), Named("register", register)); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
	}
	views, err := ownViews()
	if err != nil {
		return err
	}
	for _, s := range append(views, db.views...) {
		if err := db.conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// knownTable is a table as a past state needs it.
type knownTable struct {
	Database string `ch:"database"`
	Name     string `ch:"name"`
	Saved    bool   `ch:"saved"` // people save it: its rows say when
	Ever     bool   `ch:"ever"`  // there is a table of all rows that it ever had
}

// everSaved ends the name of a table with all that was ever saved into another one, where newer rows replace older ones.
const everSaved = "_saved"

// history is where the rows are that the table has, or had.
func (t knownTable) history() string {
	if t.Ever {
		return t.Name + everSaved
	}
	return t.Name
}

func (db *DB) tables(ctx context.Context) ([]knownTable, error) {
	var tables []knownTable
	err := db.Select(ctx, &tables, `
		SELECT database, name, has(columns, 'saved') AS saved, has(groupArray(name) OVER (), name || {ever:String}) AS ever
		FROM (SELECT database, name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree') AS t
		INNER JOIN (SELECT table, groupArray(name) AS columns FROM system.columns WHERE database = currentDatabase() GROUP BY table) AS c ON c.table = t.name
		ORDER BY name`, Named("ever", everSaved))
	return tables, wrap("which tables there are", err)
}

// RegisterOf is the version of the register that was in force: the newest that was saved or that a run was made under.
func (db *DB) RegisterOf(ctx context.Context, k Known) (string, error) {
	if k.Register != "" {
		return k.Register, nil
	}
	var rows []struct {
		Version string `ch:"version"`
	}
	err := db.Select(ctx, &rows, `
		SELECT version FROM
		(
			SELECT version, saved AS at FROM registers FINAL WHERE saved <= fromUnixTimestamp64Milli({saved:Int64}, 'UTC')
			UNION ALL
			SELECT register, started FROM runs FINAL WHERE finished <= fromUnixTimestamp64Milli({finished:Int64}, 'UTC')
		)
		WHERE version IN (SELECT version FROM registers)
		ORDER BY at DESC, version LIMIT 1`, Named("saved", k.Until("registers").UnixMilli()), Named("finished", k.Until("runs").UnixMilli()))
	if err != nil {
		return "", wrap("which register was in force", err)
	}
	if len(rows) == 0 {
		return "", ErrNotKnown
	}
	return rows[0].Version, nil
}

// RegisterContent is a register file as the store keeps it, without the owners' contacts; nil: it does not know that version.
func (db *DB) RegisterContent(ctx context.Context, version string) ([]byte, error) {
	var rows []struct {
		Content string `ch:"content"`
	}
	err := db.Select(ctx, &rows, "SELECT content FROM registers FINAL WHERE version = {version:String}", Named("version", version))
	if err != nil || len(rows) == 0 || rows[0].Content == "" {
		return nil, wrap("the register", err)
	}
	return []byte(rows[0].Content), nil
}

// State says what the store holds of what reports rest on, so that it can be told later whether that is still there: its
// complete runs by their ids, and the rows of every table that people save.
func (db *DB) State(ctx context.Context) ([]pipeline.Holding, error) {
	tables, err := db.tables(ctx)
	if err != nil {
		return nil, err
	}
	queries := []string{holding("runs", "finished", "run")}
	for _, t := range tables {
		if t.Saved && t.Name != "registers" && !strings.HasSuffix(t.Name, everSaved) {
			queries = append(queries, holding(t.Name, "saved", "toJSONString(tuple(*))"))
		}
	}
	var rows []holdingRow
	if err := db.Select(ctx, &rows, strings.Join(queries, "\nUNION ALL\n")); err != nil {
		return nil, wrap("what the store holds", err)
	}
	slices.SortFunc(rows, func(a, b holdingRow) int { return cmp.Compare(a.Name, b.Name) })
	held := make([]pipeline.Holding, len(rows))
	for i, r := range rows {
		held[i] = pipeline.Holding{Name: r.Name, Count: int(r.Count), SHA256: r.Sum}
		if r.Count > 0 {
			held[i].Newest = r.Newest.UTC()
		}
	}
	return held, nil
}

type holdingRow struct {
	Name   string    `ch:"name"`
	Count  uint64    `ch:"count"`
	Newest time.Time `ch:"newest"`
	Sum    string    `ch:"sum"`
}

// holding counts and sums the rows of a table: one line a row, in order, each with its end.
func holding(table, moment, line string) string {
	return "SELECT " + literal(table) + " AS name, count() AS count, max(" + moment + ") AS newest, " +
		"lower(hex(SHA256(arrayStringConcat(arrayMap(l -> l || '\\n', arraySort(groupArray(" + line + "))))))) AS sum FROM " + table + " FINAL"
}

// dropAbandoned removes the databases of past states that nobody looks at any more, for their process was killed. It answers
// what time it is there.
func (db *DB) dropAbandoned(ctx context.Context) (time.Time, error) {
	var there []struct {
		Now       time.Time `ch:"now"`
		Databases []string  `ch:"databases"`
	}
	err := db.Select(ctx, &there, "SELECT now64(3, 'UTC') AS now, groupArray(name) AS databases FROM system.databases WHERE startsWith(name, {prefix:String})", Named("prefix", knownPrefix))
	if err != nil {
		return time.Time{}, wrap("which databases there are", err)
	}
	for _, name := range there[0].Databases {
		made, _, _ := strings.Cut(strings.TrimPrefix(name, knownPrefix), "_")
		ms, err := strconv.ParseInt(made, 10, 64)
		if err != nil || there[0].Now.Sub(time.UnixMilli(ms)) < abandonedAfter {
			continue
		}
		if err := db.conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted(name)); err != nil {
			db.log.Warn("a database that was left behind stays", "database", name, "error", err)
		}
	}
	return there[0].Now, nil
}

// closeKnown ends a past state.
func (db *DB) closeKnown(ctx context.Context) error {
	var err error
	if db.conn != nil {
		err = db.conn.Close()
	}
	return cmp.Or(db.original.conn.Exec(ctx, "DROP DATABASE IF EXISTS "+db.database+" SYNC"), err)
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "") + "`" }

func literal(s string) string { return "'" + quote.Replace(s) + "'" }
