package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

var (
	onX     = pipeline.Account{ID: "town-x", Platform: pipeline.X, Handle: "@town"}
	asOf    = time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC)
	unknown = pipeline.Count{}
)

func collectExport(t testing.TB, e Reader, a pipeline.Account) (pipeline.Batch, Report, error) {
	t.Helper()
	var report Report
	told := 0
	e.Done = func(r Report) { report = r; told++ }
	b, err := e.Read(t.Context(), pipeline.Request{Account: a})
	if told != 1 {
		t.Errorf("Done was called %d times", told)
	}
	return b, report, err
}

func writeExport(t testing.TB, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "history.csv")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestExportOfRealFile reads 3,207 posts that somebody really wrote; the sums are those of the file's own description.
func TestExportOfRealFile(t *testing.T) {
	reference := os.Getenv("PRESENCIA_REFERENCE")
	if reference == "" {
		t.Skip("PRESENCIA_REFERENCE is not set: the real file is not there")
	}
	a := onX
	a.Handle = "@BarackObama"
	b, report, err := collectExport(t, Reader{Files: []string{filepath.Join(reference, "realdata", "twitter-BarackObama.csv")}}, a)
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ Posts, Replies, Retweets, Favorites, December, Undecodable, Entities int64 }
	december := pipeline.Month(2014, time.December, time.UTC)
	got := sums{Undecodable: int64(report.Undecodable), Entities: int64(report.Entities)}
	for _, p := range b.Posts {
		got.Posts++
		got.Replies += p.Figures.Replies.N
		got.Retweets += p.Figures.Reposts.N
		got.Favorites += p.Figures.Likes.N
		if december.Contains(p.CreatedAt) {
			got.December++
		}
		for _, c := range []pipeline.Count{p.Figures.Replies, p.Figures.Reposts, p.Figures.Likes} {
			if c.State != pipeline.Known {
				t.Errorf("post %s: %+v", p.ID, p.Figures)
			}
		}
		if p.Figures.Views != unknown || p.Figures.Reach != unknown {
			t.Errorf("post %s has views or reach that the file does not have", p.ID)
		}
	}
	// Of the 5,201 bytes over 0x7F, 11 happen to be valid UTF-8.
	want := sums{3207, 1_674_570, 14_448_644, 44_275_398, 143, 5190, 22}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(report.Bad) != 0 || report.Rows != 3207 || report.Posts != 3207 {
		t.Errorf("report %+v", report)
	}
}

func TestExportReadsKnownFormats(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	at := func(y int, m time.Month, d, h, min int) time.Time { return time.Date(y, m, d, h, min, 0, 0, time.UTC) }
	n := pipeline.CountOf
	text := []pipeline.Field{pipeline.FieldText, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions}
	gives := func(more ...pipeline.Field) []pipeline.Field { return append(text[:len(text):len(text)], more...) }
	for name, c := range map[string]struct {
		export   Reader
		platform pipeline.Platform
		format   string
		gives    []pipeline.Field
		posts    []pipeline.Post
		report   Report // of it, the counts
	}{
		"table of tweets": {
			export: Reader{Files: []string{"tweets.csv"}, Zone: madrid}, platform: pipeline.X, format: "table of tweets",
			gives: gives(pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldKind),
			posts: []pipeline.Post{
				{
					ID: "101", CreatedAt: at(2014, 12, 1, 8, 5), Kind: pipeline.Own, Text: "Bread & salt <today> in #Alcoi, with @museu: https://town.example/a?b=1&copy=2",
					URL: "https://twitter.com/town/status/101", Links: []string{"https://town.example/a?b=1&copy=2"}, Hashtags: []string{"Alcoi"}, Mentions: []string{"museu"},
					Figures: pipeline.Figures{Likes: n(3), Replies: n(0), Reposts: n(2)},
				},
				{
					ID: "102", CreatedAt: at(2014, 12, 1, 22, 59), Kind: pipeline.Repost, Text: "RT @museu: open",
					URL: "https://twitter.com/town/status/102", Mentions: []string{"museu"}, Figures: pipeline.Figures{Likes: n(0), Replies: n(0), Reposts: n(12)},
				},
				{
					ID: "103", CreatedAt: at(2015, 7, 1, 7, 0), Kind: pipeline.Reply, Text: "@neighbour Good morning",
					URL: "https://twitter.com/town/status/103/", Mentions: []string{"neighbour"}, Figures: pipeline.Figures{Likes: unknown, Replies: n(1), Reposts: n(0)},
				},
			},
			report: Report{Rows: 3, Entities: 3},
		},
		"X Analytics": {
			export: Reader{Files: []string{"x-analytics.csv"}}, platform: pipeline.X, format: "X Analytics content",
			gives: gives(pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldSaves, pipeline.FieldKind),
			posts: []pipeline.Post{
				{
					ID: "201", CreatedAt: at(2026, 7, 13, 0, 0), Kind: pipeline.Own, Text: "First line\nsecond line", URL: "https://x.com/town/status/201",
					Figures: pipeline.Figures{Likes: n(1203), Replies: n(4), Reposts: n(1200), Views: n(1_234_567), Saves: n(0)},
				},
				{
					ID: "202", CreatedAt: at(2026, 7, 14, 0, 0), Kind: pipeline.Own, Text: `He said "yes"`, URL: "https://x.com/town/status/202",
					Figures: pipeline.Figures{Likes: n(0), Replies: unknown, Reposts: n(0), Views: n(90), Saves: n(0)},
				},
			},
			report: Report{Rows: 2},
		},
		"Twitter Analytics": {
			export: Reader{Files: []string{"twitter-analytics.csv"}}, platform: pipeline.X, format: "Twitter Analytics",
			gives: gives(pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldKind),
			posts: []pipeline.Post{{
				ID: "301", CreatedAt: at(2015, 2, 10, 17, 0), Kind: pipeline.Own, Text: "Carnival", URL: "https://twitter.com/town/status/301",
				Figures: pipeline.Figures{Likes: n(3), Replies: n(1), Reposts: n(2), Views: n(1000)},
			}},
			report: Report{Rows: 1},
		},
		"Meta, Facebook": {
			export: Reader{Files: []string{"meta-facebook.csv"}, Zone: madrid}, platform: pipeline.Facebook, format: "Meta Business Suite content, Facebook",
			gives: gives(pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldReach),
			posts: []pipeline.Post{
				{
					ID: "7_401", CreatedAt: at(2026, 1, 13, 8, 30), Kind: pipeline.Own, Text: "RT @town: not a repost here", URL: "https://www.facebook.com/town/posts/pfbid401", Mentions: []string{"town"},
					Figures: pipeline.Figures{Likes: n(10), Replies: n(2), Reposts: n(1), Views: n(900), Reach: n(700)},
				},
				{ // its id was rounded by a spreadsheet
					ID: "pfbid402", CreatedAt: at(2026, 1, 14, 8, 30), Kind: pipeline.Own, Text: "Two", URL: "https://www.facebook.com/permalink.php?story_fbid=pfbid402&id=7",
					Figures: pipeline.Figures{Likes: n(0), Replies: n(0), Reposts: n(0), Views: n(5), Reach: unknown},
				},
			},
			report: Report{Rows: 4, Daily: 2},
		},
		"Meta, Instagram": {
			export: Reader{Files: []string{"meta-instagram.csv"}}, platform: pipeline.Instagram, format: "Meta Business Suite content, Instagram",
			gives: gives(pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews, pipeline.FieldReach, pipeline.FieldSaves),
			posts: []pipeline.Post{{
				ID: "501", CreatedAt: at(2026, 3, 2, 18, 0), Kind: pipeline.Own, Text: "A café", URL: "https://www.instagram.com/p/Cabc/", // the accent was a character of its own
				Figures: pipeline.Figures{Likes: n(7), Replies: n(1), Reposts: n(2), Views: n(100), Reach: n(80), Saves: n(3)},
			}},
			report: Report{Rows: 1},
		},
		"a mapping": {
			export: Reader{Files: []string{"mapped.csv"}, Zone: madrid, Mapping: Mapping{
				Columns: map[string]string{"created": "fecha", "text": "Mensaje", "likes": "Me gusta", "views": "Impresiones", "language": "Idioma", "kind": "Tipo"},
				Layout:  "DD/MM/YYYY HH:MM", DecimalComma: true,
			}}, platform: pipeline.LinkedIn, format: "mapping",
			gives: gives(pipeline.FieldLikes, pipeline.FieldViews, pipeline.FieldPostLanguage, pipeline.FieldKind),
			posts: []pipeline.Post{
				{
					ID: "42f1e533e340aa51c6da12ca6cb805dc", CreatedAt: at(2014, 9, 21, 7, 0), Kind: pipeline.Own, Text: "Buenos días", Language: "es",
					Figures: pipeline.Figures{Likes: n(1234), Views: n(1200)},
				},
				{
					ID: "150498a75ed4e11086f524bcdf60ccc1", CreatedAt: at(2014, 9, 22, 7, 0), Kind: pipeline.Repost, Text: "Bon dia", Language: "ca-ES-valencia",
					Figures: pipeline.Figures{Likes: n(2), Views: unknown},
				},
			},
			report: Report{Rows: 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.export
			e.Files = []string{filepath.Join("testdata", e.Files[0])}
			e.AsOf = asOf
			b, report, err := collectExport(t, e, pipeline.Account{ID: "town", Platform: c.platform})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(pipeline.Batch{At: asOf, Gives: c.gives, Posts: c.posts}, b); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			want := c.report
			want.Files = []File{{e.Files[0], c.format, c.report.Rows}}
			want.AsOf, want.Posts, want.First, want.Last = asOf, len(c.posts), c.posts[0].CreatedAt, c.posts[len(c.posts)-1].CreatedAt
			if diff := cmp.Diff(want, report); diff != "" {
				t.Errorf("report: -want +got:\n%s", diff)
			}
		})
	}
}

const tweets = "created_at,text,url,replies,retweets,favorites,user\n"

func TestExportReadsWhatFilesLookLike(t *testing.T) {
	row := "12/1/14 9:05,Día de l'Olla,https://x.com/town/status/1,0,2,3,town\n"
	utf16 := func(s string) string {
		var b bytes.Buffer
		b.WriteString("\xff\xfe")
		for _, r := range s {
			b.Write([]byte{byte(r), byte(r >> 8)})
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		content, encoding, text string
		undecodable             int
	}{
		"UTF-8":                    {content: tweets + row},
		"byte order mark":          {content: "\xef\xbb\xbf" + tweets + row},
		"byte order mark, quoted":  {content: "\xef\xbb\xbf\"created_at\"" + tweets[len("created_at"):] + row},
		"lines of Windows":         {content: strings.ReplaceAll(tweets+row, "\n", "\r\n")},
		"no last line break":       {content: strings.TrimSpace(tweets + row)},
		"semicolons":               {content: strings.ReplaceAll(tweets+row, ",", ";")},
		"tabs":                     {content: strings.ReplaceAll(tweets+row, ",", "\t")},
		"rows of a spreadsheet":    {content: tweets + row + ",,,,,,\n\n , ,,,,,\n"},
		"looser header":            {content: "Created At,TEXT, Url ,Replies,Retweets,Favorites,User\n" + row},
		"UTF-16":                   {content: utf16(tweets + row)},
		"Windows-1252":             {content: tweets + strings.Replace(row, "í", "\xed", 1), undecodable: 1},
		"Windows-1252, its quotes": {content: tweets + strings.Replace(row, "Día de l'Olla", "\x93Día\x94 \x80 5", 1), undecodable: 3, text: "“Día” € 5"},
		"an encoding that is said": {content: tweets + strings.Replace(row, "í", "\xed", 1), encoding: "iso-8859-15"},
		"euro of Latin-9":          {content: tweets + strings.Replace(row, "Día de l'Olla", "5 \xa4", 1), encoding: "iso-8859-15", text: "5 €"},
		"not the encoding said":    {content: tweets + strings.Replace(row, "í", "\xed", 1), encoding: "utf-8", text: "D\uFFFDa de l'Olla", undecodable: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, report, err := collectExport(t, Reader{Files: []string{writeExport(t, c.content)}, Encoding: c.encoding}, onX)
			if err != nil {
				t.Fatal(err)
			}
			want := c.text
			if want == "" {
				want = "Día de l'Olla"
			}
			if len(b.Posts) != 1 || b.Posts[0].Text != want || b.Posts[0].ID != "1" || b.Posts[0].Figures.Likes.N != 3 {
				t.Errorf("got %+v", b.Posts)
			}
			if report.Undecodable != c.undecodable || report.Rows != 1 {
				t.Errorf("report %+v, want %d undecodable bytes", report, c.undecodable)
			}
		})
	}
}

func TestExportRefusesBadRows(t *testing.T) {
	name := writeExport(t, tweets+
		"12/1/14 9:05,good,https://x.com/town/status/1,0,2,3,town\n"+
		"13/45/14 9:05,month,https://x.com/town/status/2,0,2,3,town\n"+
		"12/1/14 9:05,\"two\nlines\",https://x.com/town/status/3,none,2,3,town\n"+
		"12/1/14 9:05,a, comma,https://x.com/town/status/4,0,2,3,town\n"+
		"12/1/14 9:05,5\" screen,https://x.com/town/status/5,0,2,3,town\n"+
		",no date,https://x.com/town/status/6,0,2,3,town\n"+
		"12/1/14 9:05,address,status/7,0,2,3,town\n"+
		"12/1/14 9:05,negative,https://x.com/town/status/8,-1,2,3,town\n"+
		"12/1/14 9:05,half,https://x.com/town/status/9,1.5,2,3,town\n"+
		"12/1/14 9:05,other,https://x.com/town/status/1,9,2,3,town\n"+
		"12/1/14 9:05,good,https://x.com/town/status/1,0,2,3,town\n"+
		"12/1/27 9:05,future,https://x.com/town/status/10,0,2,3,town\n"+
		"1/1/1970 9:05,past,https://x.com/town/status/11,0,2,3,town\n"+
		"12/1/14 9:05,many,https://x.com/town/status/13,99999999999999999999,2,3,town\n"+
		"12/1/14 9:05,never \"closed,https://x.com/town/status/14,0,2,3,town\n")
	want := BadRows{
		{name, 3, `created: "13/45/14 9:05" is not a date written as M/D/YY H:MM`},
		{name, 4, `replies: "none" is not a number`},
		{name, 6, `8 columns where the header has 7; is there a delimiter in a text without quotes?`},
		{name, 7, `a quote is not closed or not doubled; a text with quotes, delimiters or line breaks stands in quotes, and quotes in it are doubled`},
		{name, 8, `created: the date is missing`},
		{name, 9, `url: "status/7" is not a web address`},
		{name, 10, `replies: "-1" is not a number`},
		{name, 11, `replies: "1.5" is not a whole number; if its sign stands for thousands, set the mapping's decimal sign`},
		{name, 12, `the post 1 is on line 2 of ` + name + ` too, with other content; import exports of different days one by one`},
		{name, 14, `created: "12/1/27 9:05" is after the day of the export, 2026-07-15; give the right day with --as-of`},
		{name, 15, `created: "1/1/1970 9:05" is not a date written as M/D/YY H:MM`},
		{name, 16, `replies: "99999999999999999999" is too large`},
		{name, 17, `a quote is not closed or not doubled; a text with quotes, delimiters or line breaks stands in quotes, and quotes in it are doubled`},
	}
	b, report, err := collectExport(t, Reader{Files: []string{name}, AsOf: asOf}, onX)
	if len(b.Posts) != 0 {
		t.Error("posts came with the refusal")
	}
	var bad BadRows
	if !errors.As(err, &bad) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(want, bad); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if report.Rows != 15 || report.Repeated != 1 || len(report.Bad) != len(want) {
		t.Errorf("report %+v", report)
	}

	t.Run("but not with SkipBad", func(t *testing.T) {
		b, report, err := collectExport(t, Reader{Files: []string{name}, AsOf: asOf, SkipBad: true}, onX)
		if err != nil || len(b.Posts) != 1 || b.Posts[0].ID != "1" || len(report.Bad) != len(want) || report.Posts != 1 {
			t.Errorf("got %d posts, %v, report %+v", len(b.Posts), err, report)
		}
	})
}

func TestExportRefusesDamagedRow(t *testing.T) {
	name := writeExport(t, manyTweets(1000)+"12/1/14 9:05,n\x00l,https://x.com/town/status/1,0,2,3,town\n")
	_, _, err := collectExport(t, Reader{Files: []string{name}}, onX)
	if diff := cmp.Diff(BadRows{{name, 1002, "a NUL byte; the file is damaged here"}}, err); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBadRowsPrintsTwenty(t *testing.T) {
	rows := make(BadRows, 23)
	for i := range rows {
		rows[i] = BadRow{"h.csv", i + 2, "wrong"}
	}
	lines := strings.Split(rows.Error(), "\n")
	if want := "nothing was imported; bad rows: 23; correct them, or leave them out with --skip-bad"; lines[0] != want {
		t.Errorf("got %q, want %q", lines[0], want)
	}
	if len(lines) != 22 || lines[20] != "h.csv:21: wrong" || lines[21] != "and 3 more" {
		t.Errorf("got %q", lines[1:])
	}
}

func TestExportRefusesFiles(t *testing.T) {
	row := "12/1/14 9:05,one,https://x.com/town/status/1,0,2,3,town\n"
	for name, c := range map[string]struct {
		content string
		export  Reader
		account pipeline.Account
		want    string
	}{
		"empty":              {content: "", want: "FILE is empty"},
		"only a mark":        {content: "\xef\xbb\xbf\n", want: "FILE is empty"},
		"binary":             {content: "\x7fELF\x02\x01\x01\x00\x00", want: "FILE is not a text file; export or save it as CSV, in UTF-8"},
		"only columns":       {content: tweets, want: "there is no post in FILE that could be imported"},
		"only bad rows":      {content: tweets + ",,x,,,,\n", export: Reader{SkipBad: true}, want: "there is no post in FILE that could be imported"},
		"wrong columns":      {content: "Fecha;Mensaje\n", want: `FILE is none of the files that presencia knows by their columns, which here are "Fecha", "Mensaje"; ` + knownFormats()},
		"a column short":     {content: strings.Replace(tweets, ",user", "", 1), want: `FILE is none of the files that presencia knows by their columns, which here are "created_at", "text", "url", "replies", "retweets", "favorites"; of a file "table of tweets" it lacks "user"; ` + knownFormats()},
		"no such column":     {content: "Fecha;Mensaje\n", export: Reader{Mapping: Mapping{Columns: map[string]string{"created": "Date"}}}, want: `FILE has no column "Date", which the mapping names for created; its columns are "Fecha", "Mensaje"`},
		"no such field":      {content: tweets + row, export: Reader{Mapping: Mapping{Columns: map[string]string{"stars": "favorites"}}}, want: `the mapping names a field "stars"; there are id, created, text, url, likes, replies, reposts, views, reach, saves, language, kind, followers`},
		"mapping, no date":   {content: "Fecha;Mensaje\n", export: Reader{Mapping: Mapping{Columns: map[string]string{"text": "Mensaje"}}}, want: `the mapping does not say which column of FILE holds the date of a post; name it for created; its columns are "Fecha", "Mensaje"`},
		"mapping, no id":     {content: "Fecha;Mensaje\n", export: Reader{Mapping: Mapping{Columns: map[string]string{"created": "Fecha"}}}, want: `the mapping does not say how to tell the posts of FILE apart; name a column for id, url or text; its columns are "Fecha", "Mensaje"`},
		"layout":             {content: tweets + row, export: Reader{Mapping: Mapping{Layout: "MM/YYYY"}}, want: `"MM/YYYY" does not say how year, month and day are written; write it like DD/MM/YYYY HH:MM`},
		"encoding":           {content: tweets + row, export: Reader{Encoding: "latin9x"}, want: `"latin9x" is not the name of a text encoding; write one such as windows-1252, iso-8859-15 or utf-16le`},
		"another platform":   {content: tweets + row, account: pipeline.Account{ID: "town-facebook", Platform: pipeline.Facebook}, want: "FILE is a file of x (table of tweets), and account town-facebook is on facebook; name the account it belongs to"},
		"a row without end":  {content: tweets + `12/1/14 9:05,"` + strings.Repeat("word ", 3<<20), want: "read FILE: a row is longer than 10 MB; is a quote not closed?"},
		"a line without end": {content: strings.Repeat("x", 11<<20), want: "read the columns of FILE: a row is longer than 10 MB; is a quote not closed?; a CSV file begins with a line that names its columns"},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.export
			e.Files = []string{writeExport(t, c.content)}
			a := onX
			if c.account.ID != "" {
				a = c.account
			}
			b, _, err := collectExport(t, e, a)
			if err == nil || len(b.Posts) != 0 {
				t.Fatalf("accepted, with %d posts", len(b.Posts))
			}
			if got := strings.ReplaceAll(err.Error(), e.Files[0], "FILE"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("no file there", func(t *testing.T) {
		e := Reader{Files: []string{filepath.Join(t.TempDir(), "gone.csv")}}
		if _, _, err := collectExport(t, e, onX); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
		if _, err := e.Fingerprint("a"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("other columns in the second file", func(t *testing.T) {
		e := Reader{Files: []string{writeExport(t, tweets+row), filepath.Join("testdata", "x-analytics.csv")}}
		if _, _, err := collectExport(t, e, onX); err == nil || !strings.Contains(err.Error(), "has other columns than") {
			t.Errorf("got %v", err)
		}
	})
}

func TestExportReadsLargeFile(t *testing.T) {
	var b strings.Builder
	b.WriteString(tweets)
	for i := range 3 { // each row is allowed, together they are more than one row may be
		fmt.Fprintf(&b, "12/1/14 9:05,\"%s\",https://x.com/town/status/%d,0,2,3,town\n", strings.Repeat("word ", 1<<20), i)
	}
	batch, _, err := collectExport(t, Reader{Files: []string{writeExport(t, b.String())}}, onX)
	if err != nil || len(batch.Posts) != 3 {
		t.Errorf("got %d posts, %v", len(batch.Posts), err)
	}
}

func TestExportJoinsFiles(t *testing.T) {
	one := "12/1/14 9:05,one,https://x.com/town/status/1,0,2,3,town\n"
	two := "12/2/14 9:05,two,https://x.com/town/status/2,0,2,3,town\n"
	other := "12/2/14 9:05,two,https://x.com/town/status/2,0,2,4,town\n"
	a, b, c := writeExport(t, tweets+two), writeExport(t, tweets+one+two), writeExport(t, tweets+other)
	batch, report, err := collectExport(t, Reader{Files: []string{a, b}}, onX)
	if err != nil || len(batch.Posts) != 2 || batch.Posts[0].ID != "1" || report.Repeated != 1 || report.Rows != 3 {
		t.Errorf("got %+v, %v, report %+v", batch.Posts, err, report)
	}
	if _, _, err := collectExport(t, Reader{Files: []string{a, c}}, onX); err == nil || !strings.Contains(err.Error(), "the post 2 is on line 2 of "+a+" too, with other content") {
		t.Errorf("got %v", err)
	}
}

func TestExportIsDatedByItsFile(t *testing.T) {
	name := writeExport(t, tweets+"12/1/14 9:05,one,https://x.com/town/status/1,0,2,3,town\n")
	day := time.Date(2015, 1, 7, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(name, day, day); err != nil {
		t.Fatal(err)
	}
	b, _, err := collectExport(t, Reader{Files: []string{name}}, onX)
	if err != nil || !b.At.Equal(day) {
		t.Errorf("got %v, %v, want %v", b.At, err, day)
	}
}

func TestFingerprint(t *testing.T) {
	row := "12/1/14 9:05,one,https://x.com/town/status/1,0,2,3,town\n"
	a, b, c := writeExport(t, tweets+row), writeExport(t, tweets+row), writeExport(t, tweets)
	fingerprint := func(account pipeline.AccountID, e Reader) string {
		s, err := e.Fingerprint(account)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := fingerprint("acc", Reader{Files: []string{a, c}})
	if got := fingerprint("acc", Reader{Files: []string{c, b}}); got != first {
		t.Errorf("the same content under other names: %s and %s", got, first)
	}
	if got := fingerprint("acc", Reader{Files: []string{filepath.Dir(a), c}, Seen: []pipeline.FollowersAt{{}}}); got != first {
		t.Errorf("the same content in a folder, with other counts known: %s and %s", got, first)
	}
	seen := map[string]string{first: "first"}
	for name, f := range map[string]string{
		"content":  fingerprint("acc", Reader{Files: []string{a}}),
		"account":  fingerprint("acc2", Reader{Files: []string{a, c}}),
		"mapping":  fingerprint("acc", Reader{Files: []string{a, c}, Mapping: Mapping{Columns: map[string]string{"text": "user"}}}),
		"encoding": fingerprint("acc", Reader{Files: []string{a, c}, Encoding: "utf-8"}),
		"zone":     fingerprint("acc", Reader{Files: []string{a, c}, Zone: time.FixedZone("X", 3600)}),
		"as of":    fingerprint("acc", Reader{Files: []string{a, c}, AsOf: asOf}),
		"owner":    fingerprint("acc", Reader{Files: []string{a, c}, Owner: "town"}),
		"gains":    fingerprint("acc", Reader{Files: []string{a, c}, Followers: pipeline.CountOf(0)}),
		"skip bad": fingerprint("acc", Reader{Files: []string{a, c}, SkipBad: true}),
	} {
		if other, ok := seen[f]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[f] = name
	}
}

func TestExportStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := Reader{Files: []string{writeExport(t, tweets+"12/1/14 9:05,one,https://x.com/town/status/1,0,2,3,town\n")}}
	if _, err := e.Read(ctx, pipeline.Request{Account: onX}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestExportTellsProgress(t *testing.T) {
	a, b := writeExport(t, manyTweets(2000)), writeExport(t, manyTweets(10))
	var last, total int64
	e := Reader{Files: []string{a, b}, Progress: func(done, of int64) {
		if done < last || total != 0 && of != total {
			t.Errorf("%d of %d after %d of %d", done, of, last, total)
		}
		last, total = done, of
	}}
	if _, err := e.Read(t.Context(), pipeline.Request{Account: onX}); err != nil {
		t.Fatal(err)
	}
	if total == 0 || last != total {
		t.Errorf("ended at %d of %d", last, total)
	}
}

func TestParseFigure(t *testing.T) {
	for _, c := range []struct {
		s     string
		comma bool
		want  pipeline.Count
		bad   bool
	}{
		{s: "0", want: pipeline.CountOf(0)},
		{s: "1203", want: pipeline.CountOf(1203)},
		{s: "1,234", want: pipeline.CountOf(1234)},
		{s: "1,234,567", want: pipeline.CountOf(1_234_567)},
		{s: "1 234", want: pipeline.CountOf(1234)},
		{s: "1\u00a0234", want: pipeline.CountOf(1234)},
		{s: "1203.0", want: pipeline.CountOf(1203)},
		{s: "1.2K", want: pipeline.CountOf(1200)},
		{s: "1.13M", want: pipeline.CountOf(1_130_000)},
		{s: "12k", want: pipeline.CountOf(12_000)},
		{s: "1.234", comma: true, want: pipeline.CountOf(1234)},
		{s: "1,2K", comma: true, want: pipeline.CountOf(1200)},
		{s: "1203,0", comma: true, want: pipeline.CountOf(1203)},
		{s: ""},
		{s: "-"},
		{s: "N/A"},
		{s: "1.234", bad: true},
		{s: "1,2K", bad: true},
		{s: "1,23", bad: true},
		{s: "1,234", comma: true, bad: true},
		{s: "1.2345K", bad: true},
		{s: "12,34,567", bad: true},
		{s: "-3", bad: true},
		{s: "3 %", bad: true},
		{s: "many", bad: true},
		{s: "9223372036854775808", bad: true},
		{s: "NaN", bad: true},
		{s: "1e3", bad: true},
	} {
		got, err := parseFigure(c.s, c.comma)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("parseFigure(%q, %v) = %v, %v; want %v, bad %v", c.s, c.comma, got, err, c.want, c.bad)
		}
	}
}

func TestGoLayout(t *testing.T) {
	want := time.Date(2014, 9, 7, 15, 4, 0, 0, time.UTC)
	for layout, s := range map[string]string{
		"DD/MM/YYYY HH:MM":    "07/09/2014 15:04",
		"D/M/YY H:MM":         "7/9/14 15:04",
		"M/D/YYYY h:MM AM":    "9/7/2014 3:04 PM",
		"YYYY-MM-DD HH:MM":    "2014-09-07 15:04",
		"YYYYMMDD HH:MM":      "20140907 15:04",
		"DDD, MMM D, YYYY":    "Sun, Sep 7, 2014",
		"YYYY-MM-DD HH:MM ZZ": "2014-09-07 17:04 +0200",
		"02/01/2006 15:04":    "07/09/2014 15:04",
		time.RFC3339:          "2014-09-07T15:04:00Z",
	} {
		if err := checkLayout(layout); err != nil {
			t.Error(err)
		}
		got, err := time.Parse(goLayout(layout), s)
		if err != nil || !got.Equal(want) && !(strings.HasPrefix(layout, "DDD") && got.Equal(want.Truncate(24*time.Hour))) {
			t.Errorf("%q reads %q as %v, %v", layout, s, got, err)
		}
	}
}

func FuzzExport(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.csv")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, false)
	}
	f.Add([]byte(tweets+"12/1/14 9:05,\"a\nb\",https://x.com/t/status/1,1.2K,\"1,234\",,\n"), true)
	name := filepath.Join(f.TempDir(), "history.csv")
	f.Fuzz(func(t *testing.T, content []byte, skip bool) {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range []pipeline.Platform{pipeline.X, pipeline.Facebook} {
			b, report, err := collectExport(t, Reader{Files: []string{name}, AsOf: asOf, SkipBad: skip}, pipeline.Account{ID: "a", Platform: p})
			if err != nil && len(b.Posts) > 0 || err == nil && len(b.Posts) == 0 {
				t.Fatalf("%d posts with error %v", len(b.Posts), err)
			}
			if err == nil && report.Rows != report.Posts+report.Repeated+report.Daily+len(report.Bad) {
				t.Fatalf("rows are lost: %+v", report)
			}
			for _, post := range b.Posts {
				if post.ID == "" || post.CreatedAt.IsZero() || post.Kind == "" || strings.ToValidUTF8(post.Text, "") != post.Text {
					t.Fatalf("%+v", post)
				}
			}
		}
	})
}

func manyTweets(n int) string {
	var b strings.Builder
	b.WriteString(tweets)
	for i := range n {
		fmt.Fprintf(&b, "%d/%d/14 %d:05,\"Good morning, #town &amp; @museu, have a look https://town.example/%d\",https://x.com/town/status/%d,%d,2,3,town\n", 1+i%12, 1+i%28, i%24, i, n<<20+i, i%7)
	}
	return b.String()
}

func BenchmarkExport(b *testing.B) {
	const rows = 20_000
	name := writeExport(b, manyTweets(rows))
	for b.Loop() {
		e := Reader{Files: []string{name}}
		batch, err := e.Read(b.Context(), pipeline.Request{Account: onX})
		if err != nil || len(batch.Posts) != rows {
			b.Fatal(len(batch.Posts), err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
