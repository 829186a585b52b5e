package export

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"presencia/pipeline"
)

func writeNamed(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const tweet = "12/1/14 9:05,one,https://x.com/town/status/1,0,2,3,town\n"

func zipOf(t testing.TB, names []string, content func(w io.Writer, name string)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		content(w, n)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchivesThatAreRefused(t *testing.T) {
	plain := func(w io.Writer, _ string) { io.WriteString(w, tweets+tweet) }
	encrypted := zipOf(t, []string{"tweets.csv"}, plain)
	for _, mark := range []string{"PK\x03\x04", "PK\x01\x02"} { // the flag of the entry and that of the directory
		i := bytes.Index(encrypted, []byte(mark))
		at := i + 6
		if mark == "PK\x01\x02" {
			at = i + 8
		}
		binary.LittleEndian.PutUint16(encrypted[at:], binary.LittleEndian.Uint16(encrypted[at:])|1)
	}
	nested := []byte(tweets + tweet)
	name := "tweets.csv"
	for range maxDepth + 1 {
		inner := nested
		nested = zipOf(t, []string{name}, func(w io.Writer, _ string) { w.Write(inner) })
		name = "more.zip"
	}
	deep := strings.Repeat(`{"a":`, 20_000)
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"encrypted":         {"a.zip", encrypted, "is encrypted; unpack it with its password"},
		"archives in it":    {"a.zip", nested, "in more than 2 archives; unpack them"},
		"cut":               {"a.zip", zipOf(t, []string{"tweets.csv"}, plain)[:60], "if it was not downloaded to its end"},
		"of pictures alone": {"a.zip", zipOf(t, []string{"1.jpg", "2.mp4"}, plain), "there is no file in FILE that presencia knows; the files it knows are: X archive; table of tweets"},
		"of other files":    {"a.zip", zipOf(t, []string{"x.csv"}, func(w io.Writer, _ string) { io.WriteString(w, "a,b\n1,2\n") }), "there is no file in FILE that presencia knows"},
		"no tar in it": {"a.tgz", func() []byte {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write([]byte("x"))
			z.Close()
			return b.Bytes()
		}(), "it is no tar archive"},
		"other JSON":       {"a.json", []byte(`{"a": 1}`), "FILE is none of the files that presencia knows"},
		"nested JSON":      {"tweets.js", []byte("window.YTD.tweets.part0 = [" + deep), "exceeded max depth"},
		"JSON without end": {"tweets.js", []byte(`window.YTD.tweets.part0 = [{"tweet":{"id_str":"` + strings.Repeat("1", 12<<20)), "a row is longer than 10 MB"},
		"half of a script": {"tweets.js", []byte(`window.YTD.tweets.part0 = [{"tweet":{"id_str":"1"`), "if it was not downloaded or unpacked to its end"},
		"other's archive":  {"account.js", []byte(`window.YTD.account.part0 = [{"account":{"accountId":"9","username":"other"}}]`), `FILE belongs to @other, and account town-x is @town; name the account it belongs to, or if it was renamed write stable_id: "9" beside its handle`},
		"sums of days":     {"o.csv", []byte("Date,Impressions,New follows,Unfollows,Create Post\n2026-07-01,1,2,0,0\n"), "say with --followers N how many there were at the end of 2026-07-01"},
		"two kinds of post": {"a.zip", zipOf(t, []string{"a.csv", "b.csv"}, func(w io.Writer, n string) {
			if n == "a.csv" {
				io.WriteString(w, tweets+tweet)
			} else {
				io.WriteString(w, "Post id,Date,Post text,Post Link\n5,2026-01-01,x,https://x.com/a/status/5\n")
			}
		}), "b.csv has other columns than"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeNamed(t, c.file, c.content)
			b, _, err := collectExport(t, Reader{Files: []string{path}, AsOf: asOf}, onX)
			if err == nil || len(b.Posts) > 0 || !strings.Contains(strings.ReplaceAll(err.Error(), path, "FILE"), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// endless gives the same line for ever.
type endless struct{ line string }

func (e endless) Read(b []byte) (int, error) {
	n := 0
	for n+len(e.line) <= len(b) {
		n += copy(b[n:], e.line)
	}
	if n == 0 {
		n = copy(b, e.line)
	}
	return n, nil
}

func TestUnpackingIsBounded(t *testing.T) {
	r := &bounded{r: endless{"x\n"}, left: 1 << 20, name: "bomb.zip: x.csv"}
	n, err := io.Copy(io.Discard, r)
	if n != 1<<20 || err == nil || !strings.Contains(err.Error(), "bomb.zip: x.csv unpacks to more than presencia reads") {
		t.Errorf("got %d, %v", n, err)
	}
	// A bomb of zeros within an archive: it is told apart after its first bytes.
	bomb := zipOf(t, []string{"x.csv", "tweets.csv"}, func(w io.Writer, n string) {
		if n == "tweets.csv" {
			io.WriteString(w, tweets+tweet)
			return
		}
		zeros := make([]byte, 1<<20)
		for range 64 {
			w.Write(zeros)
		}
	})
	b, report, err := collectExport(t, Reader{Files: []string{writeNamed(t, "a.zip", bomb)}, AsOf: asOf}, onX)
	if err != nil || len(b.Posts) != 1 || report.Ignored != 1 {
		t.Errorf("got %d posts, %v, %+v", len(b.Posts), err, report)
	}
}

func TestArchiveInArchive(t *testing.T) {
	inner := zipOf(t, []string{"Content 2026/Table data.csv", "picture.jpg"}, func(w io.Writer, _ string) { io.WriteString(w, tweets+tweet) })
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: "media/1.jpg", Size: 3, Typeflag: tar.TypeReg})
	w.Write([]byte("jpg"))
	w.WriteHeader(&tar.Header{Name: "take/inner.zip", Size: int64(len(inner)), Typeflag: tar.TypeReg})
	w.Write(inner)
	w.Close()
	batch, report, err := collectExport(t, Reader{Files: []string{writeNamed(t, "all.tar", b.Bytes())}, AsOf: asOf}, onX)
	if err != nil || len(batch.Posts) != 1 || !strings.HasSuffix(report.Files[0].Name, "all.tar: take/inner.zip: Content 2026/Table data.csv") {
		t.Errorf("got %v, %+v", err, report)
	}
}

func TestSeveralOwners(t *testing.T) {
	const table = "Post ID,Page ID,Page name,Publish time,Permalink,Description,Reactions\n" +
		"1,7,Town,01/13/2026 09:30,https://www.facebook.com/town/posts/1,one,1\n" +
		"2,8,Museum,01/13/2026 09:30,https://www.facebook.com/museum/posts/2,two,1\n"
	path := writeNamed(t, "f.csv", []byte(table))
	a := pipeline.Account{ID: "town", Platform: pipeline.Facebook}
	_, _, err := collectExport(t, Reader{Files: []string{path}, AsOf: asOf}, a)
	if err == nil || !strings.Contains(err.Error(), `holds rows of several accounts, among them "Town 7" and "Museum 8"; say which one is town with --owner NAME`) {
		t.Errorf("got %v", err)
	}
	for _, owner := range []string{"museum", "8"} {
		b, report, err := collectExport(t, Reader{Files: []string{path}, AsOf: asOf, Owner: owner}, a)
		if err != nil || len(b.Posts) != 1 || b.Posts[0].ID != "8_2" || report.Others != 1 {
			t.Errorf("%s: got %+v, %v, %+v", owner, b.Posts, err, report)
		}
	}
}

func TestFollowersFromGains(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 7, day+1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond) }
	const header = "Date,Impressions,New follows,Unfollows,Create Post\n"
	days := header + "2026-07-03,1,10,2,0\n2026-07-02,1,0,3,0\n2026-07-01,1,4,0,0\n"
	want := []pipeline.FollowersAt{{At: at(0), Followers: 91}, {At: at(1), Followers: 95}, {At: at(2), Followers: 92}, {At: at(3), Followers: 100}}
	for name, c := range map[string]struct {
		table string
		e     Reader
		want  []pipeline.FollowersAt
		bad   string
	}{
		"as said":            {table: days, e: Reader{Followers: pipeline.CountOf(100)}, want: want},
		"collected then":     {table: days, e: Reader{Seen: []pipeline.FollowersAt{{At: at(3).Add(9 * time.Hour), Followers: 100}}}, want: want},
		"collected within":   {table: days, e: Reader{Seen: []pipeline.FollowersAt{{At: at(1).Add(time.Hour), Followers: 95}, {At: at(-9), Followers: 1}}}, want: want},
		"the day after":      {table: days, e: Reader{Seen: []pipeline.FollowersAt{{At: at(4), Followers: 100}}}, want: want},
		"exact before near":  {table: days, e: Reader{Seen: []pipeline.FollowersAt{{At: at(3), Followers: 100}, {At: at(4), Followers: 107}}}, want: want},
		"of the file before": {table: days, e: Reader{Seen: []pipeline.FollowersAt{{At: at(0), Followers: 91}}}, want: want},
		"collected too late": {table: days, e: Reader{Seen: []pipeline.FollowersAt{{At: at(8), Followers: 100}}}, bad: "say with --followers N how many there were at the end of 2026-07-03"},
		"too few":            {table: days, e: Reader{Followers: pipeline.CountOf(5)}, bad: "there would be -"},
		"a day is missing": {
			table: header + "2026-07-03,1,10,2,0\n2026-07-01,1,4,0,0\n", e: Reader{Followers: pipeline.CountOf(100)},
			want: []pipeline.FollowersAt{{At: at(2), Followers: 92}, {At: at(3), Followers: 100}},
		},
		"a day is unknown": {
			table: header + "2026-07-03,1,10,2,0\n2026-07-02,1,-,2,0\n", e: Reader{Followers: pipeline.CountOf(100)},
			want: []pipeline.FollowersAt{{At: at(2), Followers: 92}, {At: at(3), Followers: 100}},
		},
		"a day twice":  {table: days + "2026-07-01,1,9,0,0\n", e: Reader{Followers: pipeline.CountOf(100)}, bad: "2026-07-01 was there with another number"},
		"stock mapped": {table: "Día,Gente\n01/07/2026,1.200\n", e: Reader{Mapping: Mapping{Columns: map[string]string{"created": "Día", "followers": "Gente"}, Layout: "DD/MM/YYYY", DecimalComma: true}}, want: []pipeline.FollowersAt{{At: at(1), Followers: 1200}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.e.Files, c.e.AsOf = []string{writeNamed(t, "o.csv", []byte(c.table))}, asOf
			b, _, err := collectExport(t, c.e, onX)
			if c.bad != "" {
				if err == nil || !strings.Contains(err.Error(), c.bad) {
					t.Errorf("got %v, want %q", err, c.bad)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, b.History); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMonthsInOtherLanguages(t *testing.T) {
	x := &reading{Reader: &Reader{}}
	x.report.AsOf = asOf
	layouts := layoutsOf([]string{"D MMM YYYY"})
	for s, want := range map[string]string{
		"3 jun 2026": "2026-06-03", "3 ene. 2026": "2026-01-03", "3 gen 2026": "2026-01-03", "31 dic 2025": "2025-12-31", "1 Okt 2025": "2025-10-01", "2 set 2025": "2025-09-02",
	} {
		if got, err := x.date(s, layouts, time.UTC); err != nil || got.Format(time.DateOnly) != want {
			t.Errorf("%q: got %v, %v, want %s", s, got, err, want)
		}
	}
}

// TestEveryFormatIsTold holds the list that readers see to what can be said of it.
func TestEveryFormatIsTold(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "" || len(f.Platforms) != 1 && f.Name != "Meta Business Suite chart" && !strings.HasPrefix(f.Name, "Metricool") {
			t.Errorf("%+v", f)
		}
	}
	for _, f := range formats() {
		if s, ok := f.(tableFormat); ok && (len(s.signature) == 0 || s.useless == "" && len(s.layouts) == 0) {
			t.Errorf("%s cannot be recognised or dated", s.name)
		}
	}
}

// TestReadmeListsFormats holds the README to the code.
func TestReadmeListsFormats(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Formats() {
		family, kind, _ := strings.Cut(f.Name, ", ")
		if len(f.Gives) > 0 && (!strings.Contains(string(b), family) || !strings.Contains(string(b), kind)) {
			t.Errorf("the README does not list %q", f.Name)
		}
	}
}

func fuzzArchive(f *testing.F, file string, p pipeline.Platform) {
	cases, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, name := range cases {
		c, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, in := range c.Files {
			if filepath.Ext(in.Name) == filepath.Ext(file) {
				f.Add(in.Data)
			}
		}
	}
	path := filepath.Join(f.TempDir(), file)
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		e := Reader{Files: []string{path}, AsOf: asOf, Followers: pipeline.CountOf(1000), SkipBad: true}
		b, _, err := collectExport(t, e, pipeline.Account{ID: "a", Platform: p})
		if err != nil && (len(b.Posts) > 0 || len(b.History) > 0) {
			t.Fatalf("%d posts with error %v", len(b.Posts), err)
		}
		for _, post := range b.Posts {
			if post.ID == "" || post.CreatedAt.IsZero() || post.Kind == "" || strings.ToValidUTF8(post.Text, "") != post.Text {
				t.Fatalf("%+v", post)
			}
		}
		for _, h := range b.History {
			if h.Followers < 0 || h.At.IsZero() {
				t.Fatalf("%+v", h)
			}
		}
	})
}

func FuzzXArchive(f *testing.F)  { fuzzArchive(f, "x.js", pipeline.X) }
func FuzzMastodon(f *testing.F)  { fuzzArchive(f, "x.json", pipeline.Mastodon) }
func FuzzInstagram(f *testing.F) { fuzzArchive(f, "x.json", pipeline.Instagram) }
func FuzzTakeout(f *testing.F)   { fuzzArchive(f, "x.json", pipeline.YouTube) }
func FuzzDays(f *testing.F)      { fuzzArchive(f, "x.csv", pipeline.X) }

func FuzzZip(f *testing.F) {
	f.Add(zipOf(f, []string{"a/tweets.csv", "b.zip"}, func(w io.Writer, _ string) { io.WriteString(w, tweets+tweet) }))
	path := filepath.Join(f.TempDir(), "a.zip")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if b, _, err := collectExport(t, Reader{Files: []string{path}, AsOf: asOf}, onX); err == nil && len(b.Posts) == 0 && b.Profile == nil && len(b.History) == 0 || errors.Is(err, os.ErrNotExist) {
			t.Fatalf("no posts, and %v", err)
		}
	})
}
