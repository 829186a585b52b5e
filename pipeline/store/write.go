package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/sourcegraph/conc/pool"

	"presencia/pipeline"
)

// A block is sent when it has this many rows or about this many bytes of text; both bound what a run keeps in memory.
const (
	blockRows  = 50_000
	blockBytes = 16 << 20
)

// Begin opens a run. What an attempt of the same id left that was never completed is removed first.
func (db *DB) Begin(ctx context.Context, info pipeline.RunInfo) (pipeline.Run, error) {
	return db.begin(ctx, info)
}

func (db *DB) begin(ctx context.Context, info pipeline.RunInfo) (*run, error) {
	r := newRun(db, info)
	stored, err := r.stored(ctx)
	switch {
	case err != nil:
		return nil, err
	case stored["runs"] > 0:
		return nil, pipeline.ErrRunExists
	}
	for table, n := range stored {
		if n > 0 {
			err := db.conn.Exec(ctx, "ALTER TABLE "+table+" DELETE WHERE run = {run:String} SETTINGS mutations_sync = 2",
				clickhouse.Named("run", info.ID))
			if err != nil {
				return nil, fmt.Errorf("remove what an earlier attempt left in %s: %w", table, err)
			}
		}
	}
	if info.Kind != "check" {
		// Read while the first accounts are being collected; every Save waits for it, also when the run is being stopped.
		r.reading = make(chan struct{})
		db.reading.Go(r.recall)
	}
	return r, nil
}

// recall reads what a batch is compared with, for as long as the store is open.
func (r *run) recall() {
	defer close(r.reading)
	ctx, cancel := context.WithTimeout(r.db.life, recentTimeout)
	defer cancel()
	r.lately, r.unread = r.db.remember(ctx, "", time.Time{}, recentRecords)
}

// run collects rows by table and sends them in blocks. Callers take turns: while a block is being sent the others
// wait, so a slow store slows the readers down instead of filling the memory.
type run struct {
	db      *DB
	info    pipeline.RunInfo
	attempt string // tells this attempt's blocks from those of an earlier one
	turn    chan struct{}
	broken  atomic.Bool // something was not saved; the run can no longer be completed

	seen   map[pipeline.AccountID]bool
	failed int

	reading chan struct{} // closed when that is done
	lately  *memory       // of all accounts
	unread  error         // why it could not be read

	outcomes  table[outcomeRow]
	profiles  table[profileRow]
	posts     table[postRow]
	figures   table[figuresRow]
	deletions table[deletionRow]
	changes   table[changeRow]
	parked    table[parkedRow]
	messages  table[messageRow]
	verdicts  table[verdictsRow]
	evidence  table[evidenceRow]
}

func newRun(db *DB, info pipeline.RunInfo) *run {
	return &run{
		db: db, info: info, attempt: rand.Text(), turn: make(chan struct{}, 1), seen: map[pipeline.AccountID]bool{},
		outcomes: table[outcomeRow]{name: "outcomes"}, profiles: table[profileRow]{name: "profiles"},
		posts: table[postRow]{name: "posts"}, figures: table[figuresRow]{name: "figures"},
		deletions: table[deletionRow]{name: "deletions"},
		changes:   table[changeRow]{name: "changes"}, parked: table[parkedRow]{name: "parked"}, messages: table[messageRow]{name: "messages"},
		verdicts: table[verdictsRow]{name: "verdicts"}, evidence: table[evidenceRow]{name: "evidence"},
	}
}

// tables are those that carry a run's rows.
func (r *run) tables() []sender {
	return []sender{&r.outcomes, &r.profiles, &r.posts, &r.figures, &r.deletions, &r.changes, &r.parked, &r.messages, &r.verdicts, &r.evidence}
}

// Save takes what the reading of one account brought, or how it failed. An account is saved once in a run.
func (r *run) Save(ctx context.Context, b pipeline.Batch, o pipeline.Outcome) (err error) {
	defer func() {
		if err != nil {
			r.broken.Store(true)
		}
	}()
	rows := &accountRows{}
	if o.Err == nil {
		n := len(b.Posts) + len(b.Messages) + len(b.History)
		b.Posts = dated(b.Posts, func(p pipeline.Post) time.Time { return p.CreatedAt })
		b.Messages = dated(b.Messages, func(m pipeline.Message) time.Time { return m.At })
		b.History = dated(b.History, func(h pipeline.FollowersAt) time.Time { return h.At })
		if n -= len(b.Posts) + len(b.Messages) + len(b.History); n > 0 {
			o.Gaps = append(slices.Clone(o.Gaps), pipeline.Gap{Part: "dates", Cause: fmt.Errorf("%d records with an impossible date were left out", n)})
		}
		if rows, err = r.compare(ctx, b); err != nil {
			return err
		}
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for the store: %w", context.Cause(ctx))
	}
	if r.seen[o.Account] {
		return fmt.Errorf("account %s comes twice in a run", o.Account)
	}
	r.seen[o.Account] = true
	if o.Err != nil {
		r.failed++
	}
	r.outcomes.add(0, newOutcomeRow(r.info.ID, b, o))
	r.profiles.add(0, rows.profile...)
	for _, p := range rows.posts {
		r.posts.add(len(p.Text), p)
	}
	r.figures.add(0, rows.figures...)
	r.deletions.add(0, rows.deletions...)
	for _, c := range o.Changes {
		r.changes.add(0, changeRow{string(o.Account), c.At, r.info.ID, string(c.Kind), c.Before, c.After})
	}
	for _, p := range o.Parked {
		r.parked.add(0, parkedRow{string(o.Platform), p.Metric, p.Since, r.info.ID, p.Cause})
	}
	r.messages.add(0, rows.messages...)
	return r.flush(ctx, false)
}

// accountRows is what a batch adds to the store.
type accountRows struct {
	profile   []profileRow
	posts     []postRow
	figures   []figuresRow
	deletions []deletionRow
	messages  []messageRow
}

// compare finds what in a batch is new, changed or gone.
func (r *run) compare(ctx context.Context, b pipeline.Batch) (*accountRows, error) {
	a := &accountRows{}
	if b.Profile != nil {
		a.profile = append(a.profile, newProfileRow(r.info.ID, b))
	}
	for _, h := range b.History {
		past := b
		past.At, past.Profile, past.Gives = h.At, &pipeline.Profile{Followers: pipeline.CountOf(h.Followers)}, followersAlone
		a.profile = append(a.profile, newProfileRow(r.info.ID, past))
	}
	before, err := r.before(ctx, b)
	if err != nil {
		return nil, err
	}
	knownPosts, knownMessages := before.posts[string(b.Account)], before.messages[string(b.Account)]
	for _, p := range lastOfEach(b.Posts, func(p pipeline.Post) string { return p.ID }) {
		a.figures = append(a.figures, newFiguresRow(r.info.ID, b, p))
		row := newPostRow(r.info.ID, b, p)
		if k, ok := knownPosts[p.ID]; !ok || k.Hash != row.ContentHash {
			a.posts = append(a.posts, row)
		}
		delete(knownPosts, p.ID)
	}
	for id, k := range knownPosts {
		if (b.Listed.Contains(k.Created) || slices.Contains(b.Gone, id)) && k.Missed == 0 {
			a.deletions = append(a.deletions, deletionRow{string(b.Account), id, r.info.ID, b.At})
		}
	}
	for _, m := range lastOfEach(b.Messages, func(m pipeline.Message) string { return m.ID }) {
		row := newMessageRow(r.info.ID, b, m)
		if k, ok := knownMessages[m.ID]; !ok || k.Language != row.Language || k.Kind != row.Kind || k.OnPost != row.OnPost {
			a.messages = append(a.messages, row)
		}
	}
	return a, nil
}

// followersAlone is what a row of an account's history gives. The questions about profiles know it by that.
var followersAlone = []pipeline.Field{pipeline.FieldFollowers}

// before answers what is to be compared with a batch: what the run has read for all accounts, unless the batch goes
// further back.
func (r *run) before(ctx context.Context, b pipeline.Batch) (*memory, error) {
	<-r.reading
	if r.unread != nil {
		return nil, r.unread
	}
	reaches := r.lately.reaches(string(b.Account))
	from := oldest(b)
	if slices.ContainsFunc(b.Gone, func(id string) bool { _, ok := r.lately.posts[string(b.Account)][id]; return !ok }) {
		from = time.Time{} // only the store knows how old that is
	}
	if from.Before(reaches) {
		return r.db.remember(ctx, string(b.Account), from, math.MaxInt32)
	}
	return r.lately, nil
}

// knownPost is what complete runs know of a post.
type knownPost struct {
	Account string    `ch:"account"`
	Post    string    `ch:"post"`
	Hash    uint64    `ch:"hash"`
	Created time.Time `ch:"created"`
	Missed  uint8     `ch:"missed"` // it was gone when last looked for
}

// memory is what complete runs know of posts and messages since a moment, by account and id.
type memory struct {
	most     int // records of an account; where there are as many, older ones are missing
	posts    map[string]map[string]knownPost
	messages map[string]map[string]messageRow
}

// recentRecords is how many posts and messages of each account a run reads for all accounts at once: more than an
// ordinary visit speaks of.
const recentRecords = 100

const recentTimeout = 2 * time.Minute

// reaches is the moment since which everything of an account is in the memory; zero: since ever.
func (m *memory) reaches(account string) time.Time {
	var posts, messages []time.Time
	for _, p := range m.posts[account] {
		posts = append(posts, p.Created)
	}
	for _, n := range m.messages[account] {
		messages = append(messages, n.Received)
	}
	var since time.Time
	for _, records := range [][]time.Time{posts, messages} {
		if len(records) < m.most {
			continue
		}
		if first := slices.MinFunc(records, time.Time.Compare); first.After(since) {
			since = first
		}
	}
	return since
}

// remember answers what is known since a moment of one account, or of all where none is named, the newest of each.
func (db *DB) remember(ctx context.Context, account string, since time.Time, most int) (*memory, error) {
	m := &memory{most: most, posts: map[string]map[string]knownPost{}, messages: map[string]map[string]messageRow{}}
	args := []any{Named("account", account), Named("since", since.UnixMilli()), Named("most", most)}
	var posts []knownPost
	err := db.Select(ctx, &posts, `
		WITH
			complete AS (SELECT run FROM runs),
			gone AS
			(
				SELECT account, post, max(seen) AS seen FROM deletions
				WHERE ({account:String} = '' OR account = {account:String}) AND run IN complete
				GROUP BY account, post
			)
		SELECT p.account AS account, p.post AS post, p.hash AS hash, p.created AS created, g.seen > f.observed AS missed
		FROM
		(
			SELECT account, post, argMax(content_hash, (q.observed, q.run)) AS hash, any(q.created) AS created
			FROM posts AS q
			WHERE ({account:String} = '' OR account = {account:String}) AND q.created >= fromUnixTimestamp64Milli({since:Int64})
				AND run IN complete
			GROUP BY account, post
			ORDER BY created DESC LIMIT {most:UInt32} BY account
		) AS p
		LEFT JOIN gone AS g ON g.account = p.account AND g.post = p.post
		LEFT JOIN
		(
			SELECT account, post, max(figures.observed) AS observed FROM figures
			WHERE (account, post) IN (SELECT account, post FROM gone) AND run IN complete
			GROUP BY account, post
		) AS f ON f.account = p.account AND f.post = p.post`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the posts known before: %w", err)
	}
	for _, p := range posts {
		put(m.posts, p.Account, p.Post, p)
	}
	var messages []messageRow
	err = db.Select(ctx, &messages, `
		SELECT * FROM
		(
			SELECT * FROM messages
			WHERE ({account:String} = '' OR account = {account:String}) AND received >= fromUnixTimestamp64Milli({since:Int64})
				AND run IN (SELECT run FROM runs)
			ORDER BY observed DESC, run DESC LIMIT 1 BY account, message
		)
		ORDER BY received DESC LIMIT {most:UInt32} BY account`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the messages known before: %w", err)
	}
	for _, n := range messages {
		put(m.messages, n.Account, n.Message, n)
	}
	return m, nil
}

func put[V any](m map[string]map[string]V, account, id string, v V) {
	if m[account] == nil {
		m[account] = map[string]V{}
	}
	m[account][id] = v
}

// oldest is the earliest moment that a batch speaks of.
func oldest(b pipeline.Batch) time.Time {
	from := b.At
	if !b.Listed.IsZero() { // its beginning may be zero: since ever
		from = b.Listed.From
	}
	for _, p := range b.Posts {
		if p.CreatedAt.Before(from) {
			from = p.CreatedAt
		}
	}
	for _, m := range b.Messages {
		if m.At.Before(from) {
			from = m.At
		}
	}
	return from
}

// lastOfEach keeps the last of those with the same id: the pages of a list overlap when it grows while it is read.
func lastOfEach[T any](in []T, id func(T) string) []T {
	at := make(map[string]int, len(in))
	out := make([]T, 0, len(in))
	for _, v := range in {
		i, again := at[id(v)]
		if again {
			out[i] = v
			continue
		}
		at[id(v)] = len(out)
		out = append(out, v)
	}
	return out
}

// Complete sends what is left, checks that the store holds every row, and makes the run visible.
func (r *run) Complete(ctx context.Context, finished time.Time) error {
	if r.broken.Load() {
		return errors.New("a part of the run could not be saved; it stays invisible, run it again")
	}
	if err := r.flush(ctx, true); err != nil {
		return err
	}
	stored, err := r.stored(ctx)
	if err != nil {
		return err
	}
	total := 0
	for _, t := range r.tables() {
		name, sent := t.state()
		if stored[name] != uint64(sent) {
			return fmt.Errorf("%d rows were sent to %s and %d are there; the run stays invisible, run it again", sent, name, stored[name])
		}
		total += sent
	}
	return send(ctx, r.db, "runs", r.attempt, []runRow{{
		Run: r.info.ID, Kind: r.info.Kind, Started: r.info.Started, Finished: finished, Register: r.info.Register,
		Program: r.db.program, Accounts: uint32(len(r.seen)), Failed: uint32(r.failed), Rows: uint64(total),
	}})
}

// stored counts the run's rows by table, with runs itself.
func (r *run) stored(ctx context.Context) (map[string]uint64, error) {
	names := []string{"runs"}
	for _, t := range r.tables() {
		name, _ := t.state()
		names = append(names, name)
	}
	for i, name := range names {
		names[i] = "SELECT '" + name + "' AS name, count() AS n FROM " + name + " WHERE run = {run:String}"
	}
	var rows []struct {
		Name string `ch:"name"`
		N    uint64 `ch:"n"`
	}
	if err := r.db.Select(ctx, &rows, strings.Join(names, " UNION ALL "), Named("run", r.info.ID)); err != nil {
		return nil, fmt.Errorf("count the rows of the run: %w", err)
	}
	stored := map[string]uint64{}
	for _, row := range rows {
		stored[row.Name] = row.N
	}
	return stored, nil
}

func (r *run) flush(ctx context.Context, all bool) error {
	p := pool.New().WithErrors().WithFirstError() // a full disk is told once
	for _, t := range r.tables() {
		p.Go(func() error { return t.flush(ctx, r, all) })
	}
	return p.Wait()
}

// SaveVerdicts stores what a check found, as a run of its own, and answers how many verdicts there were. An error from
// the sequence leaves the run invisible. finished is asked for the time once all is stored.
func (db *DB) SaveVerdicts(
	ctx context.Context, info pipeline.RunInfo, guide pipeline.GuideState, judged iter.Seq2[pipeline.Judged, error], finished func() time.Time,
) (int, error) {
	var rules []guideRow
	for i, r := range guide.Rules {
		rules = append(rules, guideRow{guide.Version, uint16(i + 1), r.ID, uint16(r.Version), r.Scope, r.Severity, r.Params})
	}
	if len(rules) > 0 {
		if err := send(ctx, db, "guides", guide.Version, rules); err != nil {
			return 0, err
		}
	}
	r, err := db.begin(ctx, info)
	if err != nil {
		return 0, err
	}
	n := 0
	for j, err := range judged {
		if err != nil {
			return 0, err
		}
		if j.At.IsZero() {
			j.At = j.Window.From
		}
		r.seen[j.Account] = true
		r.verdicts.add(0, newVerdictsRow(info.ID, guide.Version, info.Started, j))
		for _, v := range j.Verdicts {
			if v != pipeline.NotJudged {
				n++
			}
		}
		for _, e := range j.Evidence {
			if j.Subject != "" && j.Verdicts[e.Rule] < pipeline.Warn { // there are millions, and nobody reads them
				continue
			}
			r.evidence.add(len(e.Text), evidenceRow{string(j.Account), guide.Rules[e.Rule].ID, j.Subject, j.Window.From, info.ID, j.At, e.Text})
		}
		if err := r.flush(ctx, false); err != nil {
			return 0, err
		}
	}
	return n, r.Complete(ctx, finished())
}

// table collects the rows of one table.
type table[T any] struct {
	name   string
	rows   []T
	bytes  int
	blocks int
	sent   int // rows
}

// sender is a table whatever its rows.
type sender interface {
	flush(ctx context.Context, r *run, all bool) error
	state() (name string, sent int)
}

func (t *table[T]) add(bytes int, rows ...T) {
	t.rows = append(t.rows, rows...)
	t.bytes += bytes
}

func (t *table[T]) state() (string, int) { return t.name, t.sent }

// flush sends full blocks, or everything.
func (t *table[T]) flush(ctx context.Context, r *run, all bool) error {
	if !all && len(t.rows) < blockRows && t.bytes < blockBytes {
		return nil
	}
	for block := range slices.Chunk(t.rows, blockRows) {
		t.blocks++
		if err := send(ctx, r.db, t.name, fmt.Sprintf("%s/%s/%d", r.attempt, t.name, t.blocks), block); err != nil {
			return err
		}
		t.sent += len(block)
	}
	clear(t.rows) // gives the texts free, keeps the room
	t.rows, t.bytes = t.rows[:0], 0
	return nil
}

// send inserts a block and tries again where the connection broke: the engine knows the block by its token, and takes
// it once.
func send[T any](ctx context.Context, db *DB, table, token string, rows []T) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token}))
	var err error
	var refused *clickhouse.Exception
	for range 3 {
		if err = insert(ctx, db, table, rows); err == nil || errors.As(err, &refused) || ctx.Err() != nil {
			break
		}
	}
	if errors.As(err, &refused) && refused.Code == notEnoughSpace {
		return fmt.Errorf("%w: free some space and do this again, nothing of it is visible (%w)", ErrFull, err)
	}
	if err != nil {
		return fmt.Errorf("write %d rows to %s: %w", len(rows), table, err)
	}
	return nil
}

// notEnoughSpace is ClickHouse's number of the error that a full disk gives.
const notEnoughSpace = 243

// insert sends rows as columns; the fields of T are the columns, in any order.
func insert[T any](ctx context.Context, db *DB, table string, rows []T) error {
	var names []string
	var columns []clickhouse.ColumnNameAndType // without them the client asks the engine each time
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name := f.Tag.Get("ch")
		names = append(names, name)
		if kind, ok := db.types[table+"."+name]; ok {
			columns = append(columns, clickhouse.ColumnNameAndType{Name: name, Type: kind})
		}
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(columns))
	batch, err := db.conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	defer batch.Close() // gives the connection back where it was not sent
	v := reflect.ValueOf(rows)
	for i, name := range names {
		column := reflect.MakeSlice(reflect.SliceOf(v.Type().Elem().Field(i).Type), len(rows), len(rows))
		for j := range rows {
			column.Index(j).Set(v.Index(j).Field(i))
		}
		if err := batch.Column(i).Append(column.Interface()); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	// The client swallows the error of a ragged block and sends nothing.
	for i, c := range batch.Columns() {
		if c.Rows() != len(rows) {
			return fmt.Errorf("column %s has %d values for %d rows", names[i], c.Rows(), len(rows))
		}
	}
	return batch.Send()
}

// dated leaves out what carries a date that the tables cannot hold, the unset one above all.
func dated[T any](records []T, at func(T) time.Time) []T {
	return slices.DeleteFunc(slices.Clone(records), func(v T) bool { return at(v).Year() < 1970 || at(v).Year() > 2105 })
}
