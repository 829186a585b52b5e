package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// The hello is the one answer that is not the engine's own. A client that asks or decodes otherwise breaks here.
func TestHello(t *testing.T) {
	got, err := hello("26.7.2.1")
	if err != nil {
		t.Fatal(err)
	}
	const want = "0100" + "0200000000" + "00" + // block info
		"04" + "01" + // 4 columns, 1 row
		"0d" + "646973706c61794e616d652829" + "06" + "537472696e67" + "00" + "07" + "6c696263686462" +
		"09" + "76657273696f6e2829" + "06" + "537472696e67" + "00" + "08" + "32362e372e322e31" +
		"0a" + "7265766973696f6e2829" + "06" + "55496e743332" + "00" + "00000000" +
		"0a" + "74696d657a6f6e652829" + "06" + "537472696e67" + "00" + "03" + "555443"
	if diff := cmp.Diff(want, hex.EncodeToString(got)); diff != "" {
		t.Error(diff)
	}
	db := open(t, Options{})
	v, err := db.conn.ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if v.Revision != 0 || v.DisplayName != "libchdb" || v.Version.Major < 26 || v.Timezone != time.UTC {
		t.Errorf("the client understood %+v", v)
	}
}

func TestStringsArriveAsTheyAre(t *testing.T) {
	db := open(t, Options{})
	long := strings.Repeat("ñ'\\", 1<<18)
	for name, s := range map[string]string{
		"empty": "", "quotes": `'"\` + "`", "control": "a\tb\nc\rd\x00e\bf", "not UTF-8": "\xff\xfe\xc3(", "a megabyte": long, "looks like NULL": `\N`,
	} {
		t.Run(name, func(t *testing.T) {
			var got []struct {
				S string `ch:"s"`
				L string `ch:"l"`
			}
			literal := "'" + quote.Replace(s) + "'"
			if len(s) > 1<<16 { // the engine's limit for a statement's text is 256 kB
				literal = "''"
			}
			if err := db.Select(t.Context(), &got, "SELECT {s:String} AS s, "+literal+" AS l", Named("s", s)); err != nil {
				t.Fatal(err)
			}
			if got[0].S != s || literal != "''" && got[0].L != s {
				t.Errorf("%q came back as %q and %q", s, got[0].S, got[0].L)
			}
		})
	}
	for name, query := range map[string]string{"NUL": "SELECT 1\x00", "a megabyte": "SELECT '" + long + "'", "not UTF-8": "SELECT \xff"} {
		var refused *clickhouse.Exception
		if err := db.conn.Exec(t.Context(), query); !errors.As(err, &refused) || refused.Code != 62 {
			t.Errorf("a statement with %s: %v", name, err)
		}
	}
	expect(t, db, "SELECT 1 AS x", "1") // and the engine is well
}

func FuzzStatements(f *testing.F) {
	for _, s := range []string{"SELECT 1", "SELECT 'a\x00b'", "\xff", "SELECT {p:String}", "SELECT 1;;", "/* ", "SELECT '\\'"} {
		f.Add(s, "v\x00\xff\\")
	}
	db := open(f, Options{})
	f.Fuzz(func(t *testing.T, s, v string) {
		// Whatever is asked, the answer is an answer or an error of the engine, and the store stands.
		_ = db.Query(t.Context(), io.Discard, s, "tsv")
		var got []struct {
			V string `ch:"v"`
		}
		if err := db.Select(t.Context(), &got, "SELECT {v:String} AS v", Named("v", v)); err != nil || got[0].V != v {
			t.Errorf("%q came back as %q, error %v", v, got, err)
		}
	})
}

func TestErrorsKeepTheirCode(t *testing.T) {
	db := open(t, Options{})
	for name, c := range map[string]struct {
		run  func() error
		code int32
	}{
		"statement": {func() error { return db.conn.Exec(t.Context(), "CREATE TABLE runs (a Int8) ENGINE = Memory") }, 57},
		"query":     {func() error { return db.Select(t.Context(), &[]runRow{}, "SELECT * FROM nothing") }, 60},
		"after the first rows": {func() error {
			var n []struct {
				N uint64 `ch:"n"`
			}
			return db.Select(t.Context(), &n, "SELECT number + throwIf(number = 900000, 'far') AS n FROM numbers(1000000) SETTINGS max_block_size = 1000, max_threads = 1")
		}, 395},
		"setting": {func() error {
			return db.conn.Exec(clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1})), "SELECT 1")
		}, 115},
		"insert": {func() error { return insert(t.Context(), db, "nothing", []deletionRow{{}}) }, 60},
		"time": {func() error {
			ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": "0.1"}))
			return db.Select(ctx, &[]runRow{}, "SELECT sum(sleepEachRow(0.01)) FROM numbers(1000) SETTINGS max_block_size = 1")
		}, 159},
	} {
		var refused *clickhouse.Exception
		if err := c.run(); !errors.As(err, &refused) || refused.Code != c.code {
			t.Errorf("%s: %v, want code %d", name, err, c.code)
		}
	}
	expect(t, db, "SELECT getSetting('max_execution_time') AS t", "0") // no setting outlives its request
}

func TestSettingsAndLengthsOfAnswers(t *testing.T) {
	db := open(t, Options{})
	ask := func(address, body string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://chdb/?default_format=Native&"+address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := db.embedded.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	if res := ask("", "SELECT * FROM runs"); res.StatusCode != 200 || res.ContentLength != 0 {
		t.Errorf("no rows: %d, length %d; the client reads 0 as no rows", res.StatusCode, res.ContentLength)
	}
	if res := ask("", "SELECT 1"); res.ContentLength == 0 {
		t.Error("a row has the length of none")
	}
	for name, address := range map[string]string{
		"empty insert": "query=INSERT+INTO+runs+(run)+FORMAT+Native", "not an insert": "query=SELECT+1", "no setting": "a%20b=1",
	} {
		if res := ask(address, ""); res.StatusCode != 500 || res.Header.Get("X-ClickHouse-Exception-Code") == "" {
			t.Errorf("%s: %d %v", name, res.StatusCode, res.Header)
		}
	}
	res := ask("query=INSERT+INTO+runs+(run,kind)+FORMAT+TSV", "x\ty\nz\tw\n")
	if got := res.Header.Get("X-ClickHouse-Summary"); got != `{"written_rows":"2"}` {
		t.Errorf("summary %s", got)
	}
}

// What the test binary does when a test starts it as another process.
const childEnv = "PRESENCIA_STORE_CHILD"

func child() int {
	ctx := context.Background()
	db, err := Open(ctx, "chdb:"+os.Args[len(os.Args)-1], Options{Program: "child"})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	defer db.Close()
	in := bufio.NewScanner(os.Stdin)
	fmt.Println("open", db.embedded.engine != nil)
	for in.Scan() {
		switch what, arg, _ := strings.Cut(in.Text(), " "); what {
		case "sql":
			var out strings.Builder
			err = db.Query(ctx, &out, arg, "tsv")
			fmt.Printf("%q %v\n", out.String(), err)
		case "collect":
			err = tryCollect(ctx, db, pipeline.RunInfo{ID: arg, Kind: "collect", Started: day0}, batch("a", days(2), post(arg, hours(2), pipeline.CountOf(2))))
			fmt.Println("collected", err)
		case "known":
			var out strings.Builder
			ms, _ := strconv.ParseInt(arg, 10, 64)
			past, err := db.As(ctx, Known{At: time.UnixMilli(ms)})
			if err == nil {
				err = errors.Join(past.Query(ctx, &out, "SELECT post FROM posts_latest", "tsv"), past.Close())
			}
			fmt.Printf("%q %v\n", out.String(), err)
		case "flood": // until killed
			for i := range 1000 {
				posts := make([]pipeline.Post, 20_000)
				for j := range posts {
					posts[j] = post(fmt.Sprint(i, "-", j), days(-j%1000), pipeline.CountOf(1))
				}
				if err := tryCollect(ctx, db, pipeline.RunInfo{ID: fmt.Sprint("flood", i), Started: day0}, batch("a", days(1), posts...)); err != nil {
					fmt.Println("error:", err)
				}
				fmt.Println("stored", i)
			}
		}
	}
	return 0
}

// process is a child that can be talked to, line by line.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), os.Args[0], dir)}
	p.Env = append(os.Environ(), childEnv+"=1")
	var stderr bytes.Buffer
	p.Stderr = &stderr
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = p.Wait()
		if stderr.Len() > 0 {
			t.Logf("the child's standard error: %s", stderr.String())
		}
	})
	return p
}

func (p *process) says() string {
	p.out.Scan()
	return p.out.Text()
}

func (p *process) ask(line string) string {
	fmt.Fprintln(p.in, line)
	return p.says()
}

func TestAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	db := reopen(t, dir, Options{Program: "holder"})
	collect(t, db, "1", batch("a", days(1), post("p", hours(1), pipeline.CountOf(1))))
	if mode := stat(t, filepath.Join(dir, socketName)).Mode().Perm(); mode != 0o600 {
		t.Errorf("the socket has mode %o", mode)
	}

	other := start(t, dir)
	if got := other.says(); got != "open false" {
		t.Fatalf("the second process says %q", got)
	}
	if got := other.ask("sql SELECT post FROM posts_latest"); got != `"post\np\n" <nil>` {
		t.Errorf("it reads %s", got)
	}
	if got := other.ask("sql SELECT * FROM nothing"); !strings.Contains(got, "UNKNOWN_TABLE") {
		t.Errorf("an error arrives as %s", got)
	}
	if got := other.ask("collect 2"); got != "collected <nil>" {
		t.Errorf("it says %s", got)
	}
	expect(t, db, "SELECT run, program FROM runs ORDER BY run", "1\tholder", "2\tchild")
	expect(t, db, "SELECT post, likes FROM posts_latest ORDER BY post", "2\t2", "p\t1")

	// The holder leaves; the other takes its place at its next request, and serves us.
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := other.ask("collect 3"); got != "collected <nil>" {
		t.Errorf("after the holder has left it says %s", got)
	}
	db = reopen(t, dir, Options{})
	if db.embedded.engine != nil {
		t.Error("two processes hold the store")
	}
	expect(t, db, "SELECT count() FROM posts_latest", "3")
}

func TestAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	reopen(t, dir, Options{}).Close()
	victim := start(t, dir)
	if got := victim.says(); got != "open true" {
		t.Fatal(got)
	}
	if got := victim.ask("flood"); got != "stored 0" {
		t.Fatal(got)
	}
	time.Sleep(70 * time.Millisecond) // amid the next run
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	complete := 1
	for victim.out.Scan() {
		complete++
	}
	_ = victim.Wait()

	db := reopen(t, dir, Options{})
	if db.embedded.engine == nil {
		t.Fatal("the lock of a killed process still holds")
	}
	runs := len(lines(t, db, "SELECT run FROM runs"))
	if runs < complete {
		t.Errorf("%d runs were completed, %d are there", complete, runs)
	}
	expect(t, db, "SELECT count(), uniqExact(post) FROM posts_latest", fmt.Sprintf("%d\t%d", 20_000*runs, 20_000*runs))
	collect(t, db, "after", batch("b", days(1), post("p", hours(1), pipeline.CountOf(1))))
	expect(t, db, "SELECT post FROM posts_latest WHERE account = 'b'", "p")
}

func TestTheSameStoreTwiceInAProcess(t *testing.T) {
	dir := t.TempDir()
	first := reopen(t, dir, Options{})
	second := reopen(t, dir, Options{})
	collect(t, second, "1", batch("a", days(1), post("p", hours(1), pipeline.CountOf(1))))
	expect(t, first, "SELECT post FROM posts_latest", "p")
	if _, err := Open(t.Context(), "chdb:"+t.TempDir(), Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("another store in the same process: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, second, "SELECT post FROM posts_latest", "p")
}

func TestManyStoresOneAfterAnother(t *testing.T) {
	for i := range 10 {
		db := open(t, Options{})
		collect(t, db, "1", batch("a", days(1), post(fmt.Sprint(i), hours(1), pipeline.CountOf(1))))
		expect(t, db, "SELECT post FROM posts_latest", fmt.Sprint(i))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALockWithoutAnAnswer(t *testing.T) {
	dir := t.TempDir()
	lock, err := os.Create(filepath.Join(dir, lockName))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, "chdb:"+dir, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}

func TestAFolderTooDeepForASocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("a-long-name/", 12))
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	db := reopen(t, dir, Options{})
	other := start(t, dir)
	if got := other.says(); got != "open false" {
		t.Fatal(got)
	}
	if got := other.ask("collect 1"); got != "collected <nil>" {
		t.Error(got)
	}
	expect(t, db, "SELECT post FROM posts_latest", "1")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestALinkInPlaceOfTheSocketIsNotFollowed(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	precious := filepath.Join(other, "presencia-x", socketName)
	if err := errors.Join(os.Mkdir(filepath.Dir(precious), 0o700), os.WriteFile(precious, []byte("x"), 0o600), os.Symlink(precious, filepath.Join(dir, socketName))); err != nil {
		t.Fatal(err)
	}
	reopen(t, dir, Options{}).Close()
	stat(t, precious)
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
