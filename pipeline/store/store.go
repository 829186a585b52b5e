// Package store keeps everything that presencia observes and finds, in ClickHouse: embedded in the process by
// default, or a server. It is the only importer of the client and of the engine.
//
// A run's rows are seen through the views once its row in runs, written last, is there; see migrations and views.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"presencia/pipeline"
)

// What can keep a store from being opened or written. Each comes wrapped in a sentence that says what to do.
var (
	// ErrNoEngine: libchdb, the library of the embedded engine, is not where it is looked for.
	ErrNoEngine = errors.New("the embedded ClickHouse engine (libchdb) was not found")
	// ErrLocked: something else holds the folder of the embedded store and does not share it.
	ErrLocked = errors.New("the store is locked")
	// ErrNewerSchema: the store was written by a newer presencia.
	ErrNewerSchema = errors.New("the store is newer than this program")
	// ErrChangedMigration: a migration that was applied is not the one that this program knows.
	ErrChangedMigration = errors.New("the store was made by another history of migrations")
	// ErrFull: the disk of the store has no room left; what was stored before is as it was.
	ErrFull = errors.New("the disk of the store is full")
	// ErrUnreachable: the server of the store does not answer.
	ErrUnreachable = errors.New("the ClickHouse server cannot be reached")
	// ErrDSN: the address of the store cannot be understood.
	ErrDSN = errors.New("this is not the address of a store")
)

// Options are what a store needs to know besides its address. The zero value works, silently.
type Options struct {
	// Libchdb is the path of libchdb.so. Empty: it is looked for beside the program, in /usr/lib/presencia and in the
	// node_modules of the folders above the working directory and the program.
	Libchdb string
	Log     *slog.Logger
	Program string   // version of presencia, kept with each run
	Views   []string // further CREATE OR REPLACE VIEW statements
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	conn     clickhouse.Conn
	embedded *embedded // nil: a server
	log      *slog.Logger
	program  string
	types    map[string]string // of table.column
	options  *clickhouse.Options
	views    []string // the opener's own

	original *DB    // what a past state is of; nil: this is no past state
	database string // of a past state

	reading sync.WaitGroup // what runs read in the background
	close   context.CancelCauseFunc
	life    context.Context //nolint:containedctx // ends with Close, and with it what is read in the background
}

var _ pipeline.Sink = (*DB)(nil)

// Open opens a store and brings its tables and views up to date. The address is chdb:DIR for a folder of this machine,
// made where there is none, or clickhouse://user:password@host:9000/database for a server (http:// and https://
// for its HTTP interface). A process can hold one folder at a time, and any number of processes can open the same.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db := &DB{log: o.Log, program: o.Program, views: o.Views}
	db.life, db.close = context.WithCancelCause(context.WithoutCancel(ctx))
	err := db.connect(ctx, dsn, o)
	if err == nil {
		err = db.migrate(ctx, o.Views)
	}
	if err == nil {
		err = db.describe(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) connect(ctx context.Context, dsn string, o Options) (err error) {
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "chdb":
		if rest == "" {
			return fmt.Errorf("%w: chdb: needs a folder, for example chdb:./data", ErrDSN)
		}
		if db.embedded, err = openEmbedded(ctx, rest, o.Libchdb, o.Log); err != nil {
			return err
		}
		db.options = &clickhouse.Options{
			Protocol: clickhouse.HTTP, Addr: []string{"chdb"}, MaxOpenConns: 8, MaxIdleConns: 8,
			TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return db.embedded, nil },
		}
	case "clickhouse", "http", "https":
		if db.options, err = clickhouse.ParseDSN(dsn); err != nil {
			return fmt.Errorf("%w: write clickhouse://user:password@host:9000/database", ErrDSN) // the cause may hold the password
		}
	default:
		return fmt.Errorf("%w: it must begin with chdb: or clickhouse://", ErrDSN)
	}
	if db.conn, err = clickhouse.Open(db.options); err != nil {
		return err
	}
	if err := db.conn.Ping(ctx); err != nil {
		if db.embedded != nil {
			return err
		}
		return fmt.Errorf("%w at %s as user %q, see that it runs and that the address of the store is right: %w",
			ErrUnreachable, strings.Join(db.options.Addr, ", "), db.options.Auth.Username, err)
	}
	return nil
}

// describe learns the types of all columns.
func (db *DB) describe(ctx context.Context) error {
	var columns []struct {
		Name string `ch:"name"`
		Type string `ch:"type"`
	}
	const query = "SELECT table || '.' || name AS name, type FROM system.columns WHERE database = currentDatabase()"
	if err := db.Select(ctx, &columns, query); err != nil {
		return fmt.Errorf("read the types of the columns: %w", err)
	}
	db.types = make(map[string]string, len(columns))
	for _, c := range columns {
		db.types[c.Name] = c.Type
	}
	return nil
}

// Close ends the connections and gives an embedded store free, after the requests of other processes have been answered.
func (db *DB) Close() error {
	var err error
	db.close(errClosed)
	db.reading.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if db.original != nil {
		return db.closeKnown(ctx)
	}
	if db.conn != nil {
		err = db.conn.Close()
	}
	if db.embedded != nil {
		err = errors.Join(err, db.embedded.close(ctx))
	}
	return err
}

// Select reads rows into *[]struct, whose fields carry the columns' names as `ch:"name"`. Parameters are written
// {name:Type} in the query and given by [Named].
func (db *DB) Select(ctx context.Context, dst any, query string, args ...any) error {
	return db.conn.Select(ctx, dst, query, args...)
}

// Named gives a query's parameter its value.
func Named(name string, v any) any { return clickhouse.Named(name, v) }
