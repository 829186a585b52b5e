package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// chdb is libchdb: the C functions that presencia calls. Strings go with their length and may hold anything; what the
// library gives is freed by the method that asked for it, and it keeps nothing of ours.
type chdb struct {
	connect    func(argc int32, argv []*byte) *unsafe.Pointer
	disconnect func(handle *unsafe.Pointer)
	signals    func(enabled int32)
	classify   func(conn unsafe.Pointer, query string, n uintptr, db unsafe.Pointer, dbn uintptr, out *analysis) int32

	query, stream func(conn unsafe.Pointer, query string, n uintptr, format string, fn uintptr,
		names []*byte, namesn []uintptr, values []*byte, valuesn []uintptr, params uintptr) unsafe.Pointer
	fetch  func(conn, stream unsafe.Pointer) unsafe.Pointer
	cancel func(conn, stream unsafe.Pointer)

	insert       func(conn unsafe.Pointer, query string, n uintptr, format string, fn uintptr) unsafe.Pointer
	insertAppend func(stream unsafe.Pointer, data []byte, n uintptr) int32
	insertDone   func(stream unsafe.Pointer) unsafe.Pointer
	insertError  func(stream unsafe.Pointer) string
	insertFree   func(stream unsafe.Pointer)

	resultBuffer  func(result unsafe.Pointer) *byte
	resultLength  func(result unsafe.Pointer) uintptr
	resultError   func(result unsafe.Pointer) string
	resultWritten func(result unsafe.Pointer) uint64
	resultFree    func(result unsafe.Pointer)
}

// analysis is chdb_query_analysis_v1.
type analysis struct{ size, statements, _, class uint32 }

// load opens the library. Loading it again gives the same one: there is one engine in a process.
func load(path string) (*chdb, error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load the engine: %w", err)
	}
	var c chdb
	for name, f := range map[string]any{
		"chdb_connect": &c.connect, "chdb_close_conn": &c.disconnect,
		"chdb_set_signal_handlers_enabled": &c.signals, "chdb_classify_query_n": &c.classify,
		"chdb_query_with_params_n": &c.query, "chdb_stream_query_with_params_n": &c.stream,
		"chdb_stream_fetch_result": &c.fetch, "chdb_stream_cancel_query": &c.cancel,
		"chdb_stream_insert_n": &c.insert, "chdb_stream_append": &c.insertAppend, "chdb_stream_done": &c.insertDone,
		"chdb_stream_insert_error": &c.insertError, "chdb_destroy_insert_stream": &c.insertFree,
		"chdb_result_buffer": &c.resultBuffer, "chdb_result_length": &c.resultLength, "chdb_result_error": &c.resultError,
		"chdb_result_rows_written": &c.resultWritten, "chdb_destroy_query_result": &c.resultFree,
	} {
		symbol, err := purego.Dlsym(lib, name)
		if err != nil {
			return nil, fmt.Errorf("%s is not the engine that presencia needs, install it again with 'npm ci': %w", path, err)
		}
		purego.RegisterFunc(f, symbol)
	}
	c.signals(0) // they are Go's
	return &c, nil
}

// session is one connection to the engine. It runs one statement at a time; opening one takes a fifth of a millisecond,
// so every request has its own and no setting outlives it.
type session struct {
	c      *chdb
	handle *unsafe.Pointer // chdb_connection *
}

// open starts a session, the first one the engine itself. The library tells the reason of a failure on standard error only.
func (c *chdb) open(dir string) (session, bool) {
	argv := []*byte{cString("clickhouse"), cString("--path=" + dir), cString("--session_timezone=UTC")}
	h := c.connect(int32(len(argv)), argv)
	return session{c, h}, h != nil && *h != nil
}

// close ends the session, the last one the engine itself.
func (s session) close() { s.c.disconnect(s.handle) }

// exec runs a statement whose answer is small or none.
func (s session) exec(statement string) (string, error) {
	o, err := s.run(statement, "TSV", nil)
	if err != nil {
		return "", err
	}
	defer o.Close()
	b, err := io.ReadAll(o)
	return strings.TrimSpace(string(b)), err
}

// readsFiles finds the function file in a syntax tree, called or given to another function; nothing else hinders it.
var readsFiles = regexp.MustCompile(`(?im)^ *(function|identifier) file\b`)

// mustOnlyRead refuses everything but a single statement that leaves no trace and looks at nothing outside of the store,
// as far as the setting readonly = 1 does not refuse it.
func (s session) mustOnlyRead(query string) error {
	a := analysis{size: uint32(unsafe.Sizeof(analysis{}))}
	if s.c.classify(*s.handle, query, uintptr(len(query)), nil, 0, &a) != 0 || a.statements != 1 || a.class != 0 {
		return engineError("Code: 164. DB::Exception: only a single statement that reads is allowed here, see also that it is spelt rightly. (READONLY)")
	}
	tree, err := s.exec("EXPLAIN AST " + query)
	hidden := strings.HasPrefix(tree, "Show") && strings.Contains(strings.ToLower(query), "where") // not in the tree
	if err == nil && (hidden || readsFiles.MatchString(tree)) {
		err = engineError("Code: 164. DB::Exception: files cannot be read from here. (READONLY)")
	}
	return err
}

// selects are the statements whose answer the engine gives in pieces. Each piece is a whole text of its format, which
// only in Native makes a whole text together.
var selects = regexp.MustCompile(`(?i)^\s*(select|with)\b`)

// run starts a statement and gives its answer as it comes; the caller closes it before the session.
func (s session) run(query, format string, params map[string]string) (*output, error) {
	var names, values []*byte
	var namesn, valuesn []uintptr
	for k, v := range params {
		names, namesn = append(names, cString(k)), append(namesn, uintptr(len(k)))
		values, valuesn = append(values, cString(v)), append(valuesn, uintptr(len(v)))
	}
	call, streaming := s.c.query, format == "Native" && selects.MatchString(query)
	if streaming {
		call = s.c.stream
	}
	r := call(*s.handle, query, uintptr(len(query)), format, uintptr(len(format)), names, namesn, values, valuesn, uintptr(len(names)))
	o := &output{session: s}
	if streaming {
		if o.stream, o.err = r, failure(s.c.resultError(r)); o.err == nil {
			o.next() // most errors show before the first byte
		}
	} else if o.block, o.err = r, failure(s.c.resultError(r)); o.err == nil {
		o.rest, o.err = s.c.bytes(r), io.EOF
	}
	if o.err != nil && !errors.Is(o.err, io.EOF) {
		o.Close()
		return nil, o.err
	}
	return o, nil
}

// output is the answer to a statement, read block by block.
type output struct {
	session
	stream, block unsafe.Pointer
	rest          []byte // of block, in the engine's memory
	err           error
}

func (o *output) next() {
	o.c.resultFree(o.block)
	o.block = o.c.fetch(*o.handle, o.stream)
	if o.err = failure(o.c.resultError(o.block)); o.err == nil {
		if o.rest = o.c.bytes(o.block); len(o.rest) == 0 {
			o.err = io.EOF
		}
	}
}

// Read implements io.Reader.
func (o *output) Read(p []byte) (int, error) {
	if len(o.rest) == 0 && o.err == nil {
		o.next()
	}
	if len(o.rest) == 0 {
		return 0, o.err
	}
	n := copy(p, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// Close ends the statement, finished or not.
func (o *output) Close() error {
	if o.err == nil {
		o.c.cancel(*o.handle, o.stream)
	}
	o.c.resultFree(o.block)
	o.c.resultFree(o.stream)
	return nil
}

// insert streams rows into an INSERT that has no FORMAT clause of its own, and tells how many the engine wrote.
func (s session) insert(query, format string, rows io.Reader) (uint64, error) {
	st := s.c.insert(*s.handle, query, uintptr(len(query)), format, uintptr(len(format)))
	defer s.c.insertFree(st) // takes back what was not done
	if err := failure(s.c.insertError(st)); err != nil {
		return 0, err
	}
	empty := true
	for buf := make([]byte, 1<<18); ; {
		n, err := rows.Read(buf)
		if n > 0 && s.c.insertAppend(st, buf[:n], uintptr(n)) != 0 {
			return 0, failure("the engine stopped taking rows: " + s.c.insertError(st))
		}
		empty = empty && n == 0
		if err == io.EOF {
			break
		} else if err != nil {
			return 0, fmt.Errorf("read the rows to insert: %w", err)
		}
	}
	if empty { // what the client sends when it could not encode its columns
		return 0, failure("Code: 108. DB::Exception: an INSERT came without a row. (NO_DATA_TO_INSERT)")
	}
	r := s.c.insertDone(st)
	defer s.c.resultFree(r)
	return s.c.resultWritten(r), failure(s.c.resultError(r))
}

func (c *chdb) bytes(result unsafe.Pointer) []byte {
	return unsafe.Slice(c.resultBuffer(result), c.resultLength(result))
}

func cString(s string) *byte { return unsafe.SliceData(append([]byte(s), 0)) }

// engineError is a failure in the engine's words.
type engineError string

func (e engineError) Error() string { return string(e) }

var codePattern = regexp.MustCompile(`Code: (\d+)\.`)

// code is ClickHouse's number of the error; 1001 (STD_EXCEPTION) where the engine gave none.
func (e engineError) code() int {
	if m := codePattern.FindStringSubmatch(string(e)); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1001
}

func failure(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return engineError(text)
}

// findEngine answers where libchdb is: where told, or beside the program, in /usr/lib/presencia, or in the node_modules
// of a folder above the working directory or the program.
func findEngine(told string) (string, error) {
	name := "libchdb.so" // on macOS too
	if told != "" {
		if _, err := os.Stat(told); err != nil {
			return "", fmt.Errorf("%w at %s: %w", ErrNoEngine, told, err)
		}
		return told, nil
	}
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	pkg := "lib-" + runtime.GOOS + "-" + arch
	if runtime.GOOS == "linux" {
		pkg += "-gnu"
	}
	places := []string{"/usr/lib/presencia"}
	program, _ := os.Executable()
	if program, err := filepath.EvalSymlinks(program); err == nil {
		places = append([]string{filepath.Dir(program)}, places...)
	}
	wd, _ := os.Getwd()
	for _, dir := range []string{wd, filepath.Dir(program)} {
		for ; filepath.IsAbs(dir); dir = filepath.Dir(dir) {
			places = append(places, filepath.Join(dir, "node_modules", "@chdb", pkg))
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	for _, dir := range places {
		if p := filepath.Join(dir, name); isFile(p) {
			return p, nil
		}
	}
	return "", fmt.Errorf("%w: run 'npm ci' in the folder of presencia, or put %s beside the program or into /usr/lib/presencia, or name it in PRESENCIA_LIBCHDB", ErrNoEngine, name)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
