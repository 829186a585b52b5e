package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// engine answers ClickHouse's HTTP interface in the process. clickhouse-go takes it for the network; over a unix
// socket it serves other processes by the same code.
type engine struct {
	c      *chdb
	dir    string
	keeper session // the engine lives as long as it has a session
	hello  []byte
	busy   sync.WaitGroup // answers that are not closed yet
}

var (
	_ http.RoundTripper = (*engine)(nil)
	_ http.Handler      = (*engine)(nil)
)

func startEngine(lib, dir string) (*engine, error) {
	c, err := load(lib)
	if err != nil {
		return nil, err
	}
	e := &engine{c: c, dir: dir}
	var ok bool
	if e.keeper, ok = c.open(dir); !ok {
		return nil, fmt.Errorf("%w: the engine does not open %s, its reason stands above on standard error; "+
			"a process can hold one embedded store at a time, and no other program may use the folder", ErrLocked, dir)
	}
	version, err := e.keeper.exec("SELECT version()")
	if err == nil {
		e.hello, err = hello(version)
	}
	if err != nil {
		e.keeper.close()
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	return e, nil
}

// stop waits for the answers that are still being read.
func (e *engine) stop() {
	e.busy.Wait()
	e.keeper.close()
}

// helloQuery is the client's first question on every connection. It decodes the answer at its own protocol revision,
// all later ones at the revision that the answer tells, where 0 is the plain Native format that the engine writes.
const helloQuery = "SELECT displayName(), version(), revision(), timezone()"

func hello(version string) ([]byte, error) {
	var name, ver, zone proto.ColStr
	name.Append("libchdb")
	ver.Append(version)
	zone.Append("UTC")
	var buf proto.Buffer
	err := proto.Block{Columns: 4, Rows: 1}.EncodeBlock(&buf, clickhouse.ClientTCPProtocolVersion, []proto.InputColumn{
		{Name: "displayName()", Data: name},
		{Name: "version()", Data: ver},
		{Name: "revision()", Data: proto.ColUInt32{0}},
		{Name: "timezone()", Data: zone},
	})
	return buf.Buf, err
}

// notSettings are the names in a request's address that are no settings of the engine.
var notSettings = []string{"query", "query_id", "database", "default_format", "client_protocol_version", "quota_key", "readonly"}

var (
	insertPattern  = regexp.MustCompile(`(?is)^\s*(INSERT\s.+?)\s+FORMAT\s+(\w+)\s*;?\s*$`)
	settingPattern = regexp.MustCompile(`^\w+$`)
	quote          = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
)

// RoundTrip implements http.RoundTripper. An error of the engine is an answer, as from a server.
func (e *engine) RoundTrip(r *http.Request) (*http.Response, error) {
	res := &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r,
		ContentLength: -1,
	}
	e.busy.Add(1)
	body, err := e.answer(r, res.Header)
	if r.Body != nil {
		r.Body.Close()
	}
	if err != nil {
		var failed engineError
		if !errors.As(err, &failed) {
			failed = engineError("Code: 1002. presencia: " + err.Error()) // UNKNOWN_EXCEPTION
		}
		res.StatusCode = http.StatusInternalServerError
		res.Header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(failed.code()))
		body = strings.NewReader(string(failed))
	}
	answer, streaming := body.(*answer)
	if !streaming {
		e.busy.Done()
		res.ContentLength = int64(body.(interface{ Len() int }).Len())
		res.Body = io.NopCloser(body)
		return res, nil
	}
	if len(answer.rest) == 0 { // the client takes a length of 0 for "no rows"
		res.ContentLength = 0
	}
	res.Body = answer
	return res, nil
}

// answer runs the request's statement.
func (e *engine) answer(r *http.Request, header http.Header) (io.Reader, error) {
	q := r.URL.Query()
	query, isInsert := q.Get("query"), q.Has("query")
	if !isInsert {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read the statement: %w", err)
		}
		query = string(b)
	}
	if query == helloQuery {
		return strings.NewReader(string(e.hello)), nil
	}
	s, ok := e.c.open(e.dir)
	if !ok {
		return nil, errors.New("the engine takes no further connection")
	}
	if err := s.prepare(q, query); err != nil {
		s.close()
		return nil, err
	}
	if isInsert {
		defer s.close()
		m := insertPattern.FindStringSubmatch(query)
		if m == nil {
			return nil, errors.New("a statement in the address must be an INSERT with its FORMAT")
		}
		n, err := s.insert(m[1], m[2], r.Body)
		header.Set("X-ClickHouse-Summary", fmt.Sprintf(`{"written_rows":"%d"}`, n))
		return strings.NewReader(""), err
	}
	params := map[string]string{}
	for k, v := range q {
		if name, ok := strings.CutPrefix(k, "param_"); ok {
			params[name] = v[0]
		}
	}
	o, err := s.run(query, q.Get("default_format"), params)
	if err != nil {
		s.close()
		return nil, err
	}
	return &answer{output: o, ctx: r.Context(), done: e.busy.Done}, nil
}

// prepare applies the settings of a request to its session.
func (s session) prepare(q url.Values, query string) error {
	if name := q.Get("database"); name != "" && name != "default" {
		if _, err := s.exec("USE " + quoted(name)); err != nil {
			return err
		}
	}
	var set []string
	for k, v := range q {
		if slices.Contains(notSettings, k) || strings.HasPrefix(k, "param_") {
			continue
		}
		if !settingPattern.MatchString(k) {
			return fmt.Errorf("%q is not the name of a setting", k)
		}
		set = append(set, fmt.Sprintf("%s = '%s'", k, quote.Replace(v[0])))
	}
	if readonly := q.Get("readonly"); readonly != "" && readonly != "0" {
		// The setting alone would let INTO OUTFILE write a file, and its softer value 2 would let file() read one.
		if err := s.mustOnlyRead(query); err != nil {
			return err
		}
		set = append(set, "readonly = 1")
	}
	if len(set) == 0 {
		return nil
	}
	_, err := s.exec("SET " + strings.Join(set, ", "))
	return err
}

// answer is the body of a response. A failure after the first bytes stands in the body, marked as ClickHouse does it.
type answer struct {
	*output
	ctx    context.Context //nolint:containedctx // the request's, as in http.Request
	done   func()
	closed bool
	failed *strings.Reader
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	if a.failed != nil {
		return a.failed.Read(p)
	}
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := a.output.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		a.failed = strings.NewReader("\r\n__exception__\r\n" + err.Error() + "\r\n")
		return a.failed.Read(p)
	}
	return n, err
}

// Close ends the statement and its session.
func (a *answer) Close() error {
	if a.closed {
		return nil
	}
	a.closed = true
	defer a.done()
	defer a.session.close()
	return a.output.Close()
}

// ServeHTTP implements http.Handler.
func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, _ := e.RoundTrip(r) // it has no errors of its own
	defer res.Body.Close()
	for k, v := range res.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body) // the client has gone: nobody to tell
}
