package export

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// TestWorkbooks reads workbooks that Excel's library for Go wrote (XLSX) and LibreOffice made old ones of (XLS): both say
// the same.
func TestWorkbooks(t *testing.T) {
	a := pipeline.Account{ID: "town", Platform: pipeline.LinkedIn}
	long := strings.TrimSpace(strings.Repeat("Año ", 2500)) // longer than a record of an old workbook
	const gives = "gives [post.text post.links post.hashtags post.mentions post.likes post.replies post.reposts post.views]\n"
	for kind, want := range map[string]string{
		"linkedin-content": "file THIS, sheet Metrics: LinkedIn, metrics, 0\nfile THIS, sheet All posts: LinkedIn, all posts, 2\n" +
			"rows 2 posts 2 repeated 0 daily 0 totals 0 others 0 partial 0 ignored 0\n" + gives +
			"post urn:li:activity:7301 2026-03-04T00:00:00Z own \"Oposiciones: plazo abierto, ¿cómo? 😀\" https://www.linkedin.com/feed/update/urn:li:activity:7301 likes 40 replies 3 reposts 2 views 1234567 reach ? saves ?\n" +
			"post urn:li:activity:7302 2026-03-05T00:00:00Z own \"" + long + "\" https://www.linkedin.com/feed/update/urn:li:activity:7302 likes 4 replies 0 reposts 0 views 12 reach ? saves ?\n",
		"linkedin-followers": "file THIS, sheet New followers: LinkedIn, new followers, 2\n" +
			"rows 2 posts 0 repeated 0 daily 0 totals 0 others 0 partial 0 ignored 1\ngives [account.followers]\n" +
			"followers 2026-02-28T23:59:59.999Z 92\nfollowers 2026-03-01T23:59:59.999Z 95\nfollowers 2026-03-02T23:59:59.999Z 100\n",
	} {
		for _, end := range []string{".xlsx", ".xls"} {
			path := filepath.Join("testdata", kind+end)
			e := Reader{Files: []string{path}, AsOf: asOf, Followers: pipeline.CountOf(100)}
			if diff := cmp.Diff(want, readCase(t, e, a, path)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", path, diff)
			}
		}
	}
}

func TestWorkbooksThatCannotBeRead(t *testing.T) {
	whole, err := os.ReadFile("testdata/linkedin-followers.xls")
	if err != nil {
		t.Fatal(err)
	}
	a := pipeline.Account{ID: "town", Platform: pipeline.LinkedIn}
	for name, content := range map[string][]byte{"cut": whole[:len(whole)/2], "only its beginning": whole[:600]} {
		path := filepath.Join(t.TempDir(), "x.xls")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := collectExport(t, Reader{Files: []string{path}, Followers: pipeline.CountOf(100)}, a)
		if err == nil || !strings.Contains(err.Error(), "soffice --headless --convert-to xlsx") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzBIFF(f *testing.F) {
	for _, name := range []string{"testdata/linkedin-content.xls", "testdata/linkedin-followers.xls"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sheets, err := readBIFF(strings.NewReader(string(b)))
		if err != nil {
			return
		}
		for _, s := range sheets {
			for {
				if _, _, err := s.next(); err != nil {
					break
				}
			}
		}
	})
}
