package export

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"presencia/pipeline"
)

var update = flag.Bool("update", false, "write what is read into the cases")

// TestCases reads files as their sources write them, made up for this. Each case tells the account in its head, and at its
// end what is read: the same from a folder, a zip archive and a tar.gz archive.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			c, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if last := len(c.Files) - 1; c.Files[last].Name == "want" {
				want = string(c.Files[last].Data)
				c.Files = c.Files[:last]
			}
			e, a := caseOptions(t, string(c.Comment))
			for kind, path := range packed(t, c.Files) {
				e.Files = []string{path}
				got := readCase(t, e, a, path)
				if *update && kind == "folder" {
					want = got
					c.Files = append(c.Files, txtar.File{Name: "want", Data: []byte(got)})
					if err := os.WriteFile(name, txtar.Format(c), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" && !*update {
					t.Errorf("from a %s: -want +got:\n%s", kind, diff)
				}
			}
		})
	}
}

func caseOptions(t *testing.T, head string) (Reader, pipeline.Account) {
	e, a := Reader{AsOf: asOf}, pipeline.Account{ID: "town"}
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "platform":
			a.Platform = pipeline.Platform(value)
		case "handle":
			a.Handle = value
		case "followers":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			e.Followers = pipeline.CountOf(n)
		case "zone":
			zone, err := time.LoadLocation(value)
			if err != nil {
				t.Fatal(err)
			}
			e.Zone = zone
		default:
			t.Fatalf("the head of the case has %q", key)
		}
	}
	return e, a
}

// packed writes files as a folder, a zip archive and a tar.gz archive.
func packed(t testing.TB, files []txtar.File) map[string]string {
	dir := t.TempDir()
	files = slices.SortedFunc(slices.Values(files), func(a, b txtar.File) int { return strings.Compare(a.Name, b.Name) }) // as folders are read
	folder := filepath.Join(dir, "folder")
	var zipped, tarred bytes.Buffer
	z, g := zip.NewWriter(&zipped), gzip.NewWriter(&tarred)
	w := tar.NewWriter(g)
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		entry, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		entry.Write(f.Data)
		w.WriteHeader(&tar.Header{Name: "./" + f.Name, Mode: 0o600, Size: int64(len(f.Data)), Typeflag: tar.TypeReg})
		w.Write(f.Data)
	}
	z.Close()
	w.Close()
	g.Close()
	paths := map[string]string{"folder": folder, "zip": filepath.Join(dir, "archive.zip"), "tar.gz": filepath.Join(dir, "archive.tar.gz")}
	for kind, b := range map[string]*bytes.Buffer{"zip": &zipped, "tar.gz": &tarred} {
		if err := os.WriteFile(paths[kind], b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// readCase writes down what is read, a line for each thing.
func readCase(t *testing.T, e Reader, a pipeline.Account, path string) string {
	batch, r, err := collectExport(t, e, a)
	var b strings.Builder
	name := func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, path+": ", ""), path+"/", ""), path, "THIS")
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "file %s: %s, %d\n", name(f.Name), f.Format, f.Rows)
	}
	if err != nil {
		fmt.Fprintf(&b, "error %s\n", name(err.Error()))
		return b.String()
	}
	fmt.Fprintf(&b, "rows %d posts %d repeated %d daily %d totals %d others %d partial %d ignored %d\ngives %v\n",
		r.Rows, r.Posts, r.Repeated, r.Daily, r.Totals, r.Others, r.Partial, r.Ignored, batch.Gives)
	if p := batch.Profile; p != nil {
		fmt.Fprintf(&b, "profile %s %q %q id %q followers %s following %s since %s web %q links %q\n",
			p.Handle, p.DisplayName, p.Bio, p.StableID, p.Followers, p.Following, p.CreatedAt.Format(time.DateOnly), p.Website, p.Links)
	}
	for _, p := range batch.Posts {
		fmt.Fprintf(&b, "post %s %s %s %q %s likes %s replies %s reposts %s views %s reach %s saves %s", p.ID, p.CreatedAt.Format(time.RFC3339), p.Kind, p.Text, p.URL,
			p.Figures.Likes, p.Figures.Replies, p.Figures.Reposts, p.Figures.Views, p.Figures.Reach, p.Figures.Saves)
		for _, more := range []struct {
			name string
			set  bool
			v    any
		}{
			{"language", p.Language != "", p.Language}, {"links", p.Links != nil, p.Links}, {"tags", p.Hashtags != nil, p.Hashtags}, {"mentions", p.Mentions != nil, p.Mentions},
			{"media", p.Media != nil, p.Media}, {"answers", p.InReplyTo != "", p.InReplyTo}, {"own thread", p.SelfReply, p.SelfReply}, {"edited", p.Edited, p.Edited},
			{"repost of", p.RepostOf != "", p.RepostOf},
		} {
			if more.set {
				fmt.Fprintf(&b, " %s %v", more.name, more.v)
			}
		}
		b.WriteByte('\n')
	}
	for _, h := range batch.History {
		fmt.Fprintf(&b, "followers %s %d\n", h.At.Format(time.RFC3339Nano), h.Followers)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	return b.String()
}
