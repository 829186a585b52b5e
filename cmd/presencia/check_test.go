package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
	"presencia/pipeline/check"
)

// written are posts such as institutions write; {n} makes each one different.
var written = []pipeline.Post{
	{Text: "Abierta hasta el viernes {n} la inscripción en el curso de primeros auxilios, en la Casa de Cultura. https://www.dip.example/cursos/{n}", Links: []string{"https://www.dip.example/cursos/1234"}},
	{Text: "Este domingo, visita guiada número {n} al castillo. La entrada es gratuita y no hace falta reserva. #CulturaEnVivo #Alicante", Hashtags: []string{"CulturaEnVivo", "Alicante"}},
	{Text: "Aquest cap de setmana, ruta {n} de senderisme per la serra de Mariola: eixida a les 9.00 h des de la plaça. Porteu aigua i calçat còmode."},
	{Text: "El MARQ presenta su exposición {n}, con piezas de seis museos 🏛️. Consulta los horarios en la web o en el 965 14 90 00.", Media: []pipeline.Media{{Kind: "image", Alt: "Vasija ibérica decorada con un ave"}}},
	{Text: "Mañana se reparten {n} ayudas a los ayuntamientos para mejorar caminos rurales. Más información: https://www.dip.example/ayudas/{n} @turismo", Links: []string{"https://www.dip.example/ayudas"}, Mentions: []string{"@turismo@social.example"}},
	{Text: "RT: el tiempo para hoy, aviso {n} por lluvias en la comarca", Kind: pipeline.Repost, RepostOf: "x"},
}

// inhabit opens a site with so many posts, of 51 accounts in 17 departments over the 36 months from January 2013.
func inhabit(tb testing.TB, posts int) (*site, *cli) {
	tb.Helper()
	lib, err := filepath.Glob("../../node_modules/@chdb/lib-*/libchdb.so")
	if err != nil || len(lib) == 0 {
		tb.Skip("the embedded engine is not installed: run 'make setup'")
	}
	const departments, accounts, months = 17, 51, 36
	folder := tb.TempDir()
	now := time.Date(2016, 1, 15, 12, 0, 0, 0, time.UTC)
	env := map[string]string{"PRESENCIA_KEY": "benchmark", "PRESENCIA_LIBCHDB": lib[0]}
	p := &program{stdout: &bytes.Buffer{}, stderr: os.Stderr, now: func() time.Time { return now }, env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	c := &cli{Register: filepath.Join(folder, "institution.yaml"), Store: "chdb:" + filepath.Join(folder, "data"), Log: "text"}
	var register strings.Builder
	register.WriteString("institution: {name: Example, time_zone: Europe/Madrid, languages: [es, ca-ES-valencia], population: 1000, official_domains: [dip.example]}\ndepartments:\n")
	for i := range departments {
		fmt.Fprintf(&register, "  - {id: office%d, name: Office %[1]d, group: other}\n", i)
	}
	register.WriteString("accounts:\n")
	for i := range accounts {
		fmt.Fprintf(&register, "  - {id: acc%d, department: office%d, platform: mastodon, handle: \"@acc%[1]d@social.example\"}\n", i, i%departments)
	}
	if err := os.WriteFile(c.Register, []byte(register.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	s, err := p.openSite(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	run, err := s.db.Begin(tb.Context(), pipeline.RunInfo{ID: "collect", Kind: "collect", Started: now, Register: s.register.Version})
	if err != nil {
		tb.Fatal(err)
	}
	gives := []pipeline.Field{pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia, pipeline.FieldAlt, pipeline.FieldBio, pipeline.FieldFollowers}
	first := time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC)
	each := first.AddDate(0, months, 0).Sub(first) / time.Duration(posts/accounts+1)
	for i, a := range s.register.Accounts {
		batch := pipeline.Batch{Account: a.ID, Platform: a.Platform, At: now, Gives: gives, Profile: &pipeline.Profile{Bio: "Example"}}
		for n := i; n < posts; n += accounts {
			post := written[n/accounts%len(written)]
			post.ID, post.CreatedAt = fmt.Sprint(n), first.Add(time.Duration(n/accounts)*each+time.Duration(i)*97*time.Minute) // not all at once
			post.Text = strings.ReplaceAll(post.Text, "{n}", fmt.Sprint(n))
			if post.Kind == "" {
				post.Kind = pipeline.Own
			}
			batch.Posts = append(batch.Posts, post)
		}
		if err := run.Save(tb.Context(), batch, pipeline.Outcome{Account: a.ID, Platform: a.Platform, At: now}); err != nil {
			tb.Fatal(err)
		}
	}
	if err := run.Complete(tb.Context(), now); err != nil {
		tb.Fatal(err)
	}
	return s, c
}

// BenchmarkCheckStored checks as many posts as it is asked for with every rule, and stores what comes of it:
// go test ./cmd/presencia -run NONE -bench CheckStored -benchtime 1000000x.
func BenchmarkCheckStored(b *testing.B) {
	s, c := inhabit(b, b.N)
	windows, err := s.months(b.Context(), "2013-01", "2015-12")
	if err != nil {
		b.Fatal(err)
	}
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // the highest memory, from here on
	used := cpu(b)
	b.ResetTimer()
	counts, err := s.check(b.Context(), c, windows)
	b.StopTimer()
	if err != nil {
		b.Fatal(err)
	}
	seconds := (cpu(b) - used).Seconds()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	b.ReportMetric(float64(b.N)/seconds, "posts/cpu-s")
	b.ReportMetric(float64(len(counts)), "rules")
	b.ReportMetric(highest(b), "peak-MB")
}

// Accounts are checked side by side and heard of in order; who stops listening stops everything, and nothing of such a
// run is seen.
func TestJudgementsComeInOrderAndStop(t *testing.T) {
	s, c := inhabit(t, 510)
	g, err := s.guide(c, s.register)
	if err != nil {
		t.Fatal(err)
	}
	months, err := s.months(t.Context(), "2013-01", "2013-03")
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		month   int
		account pipeline.AccountID
	}
	var heard []place
	hear := func(month int, j pipeline.Judged) error {
		if p := (place{month, j.Account}); len(heard) == 0 || heard[len(heard)-1] != p {
			heard = append(heard, p)
		}
		return nil
	}
	if err := s.judge(t.Context(), g, months, nil, hear); err != nil {
		t.Fatal(err)
	}
	ids := []pipeline.AccountID{}
	for _, a := range s.register.Accounts {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	var want []place
	for m := range months {
		for _, id := range append(ids, "") { // the institution comes last
			want = append(want, place{m, id})
		}
	}
	if diff := cmp.Diff(want, heard, cmp.AllowUnexported(place{})); diff != "" {
		t.Error(diff)
	}
	enough := errors.New("enough")
	n := 0
	s.now = func() time.Time { return time.Date(2016, 1, 16, 0, 0, 0, 0, time.UTC) }
	err = s.judge(t.Context(), g, months, map[pipeline.AccountID]bool{"acc0": true, "acc1": true}, func(int, pipeline.Judged) error {
		if n++; n == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 2 {
		t.Errorf("heard %d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.now = func() time.Time { return time.Date(2016, 1, 17, 0, 0, 0, 0, time.UTC) }
	if err := s.judge(ctx, g, months, nil, func(int, pipeline.Judged) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var runs []struct {
		N uint64 `ch:"n"`
	}
	if err := s.db.Select(t.Context(), &runs, "SELECT count() AS n FROM runs WHERE kind = 'check'"); err != nil || runs[0].N != 1 {
		t.Errorf("%v runs are complete, %v", runs, err)
	}
}

// cpu is the processor time that this process has used.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// highest is the highest memory of this process, the engine's with it, in megabytes; 0 where the system does not tell.
func highest(tb testing.TB) (megabytes float64) {
	tb.Helper()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kilobytes); err == nil {
			return kilobytes / 1024
		}
	}
	return 0
}

// TestAFormIsReadAsItWasFilledIn fills in a workbook as a person does: a result from its list, and a real day.
func TestAFormIsReadAsItWasFilledIn(t *testing.T) {
	for _, lang := range []string{"es", "ca-ES-valencia", "en"} {
		words := formWords[lang]
		row := make([]string, formFields)
		row[fieldRule], row[fieldAccount], row[fieldQuestion] = "manual-own", "acc", "=cmd()"
		var b bytes.Buffer
		if err := writeFormBook(&b, [][]string{words.heads[:], row}, words.sheet, words.results[:]); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		lists, err := f.GetDataValidations(words.sheet)
		if err != nil || len(lists) != 1 || lists[0].Formula1 != `"`+strings.Join(words.results[:], ",")+`"` || lists[0].Sqref != "F2:F2" {
			t.Errorf("%s: lists %+v, %v", lang, lists, err)
		}
		for cell, value := range map[string]any{"F2": words.results[1], "G2": "TIC", "H2": time.Date(2014, 10, 31, 0, 0, 0, 0, time.UTC)} {
			if err := f.SetCellValue(words.sheet, cell, value); err != nil {
				t.Fatal(err)
			}
		}
		b.Reset()
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := readForm(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		at, err := columns(rows)
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		if got := rows[1][at[fieldQuestion]]; got != "=cmd()" {
			t.Errorf("%s: a text became %q", lang, got)
		}
		if v, ok := resultOf(rows[1][at[fieldResult]]); !ok || v != pipeline.Fail {
			t.Errorf("%s: result %q is %v", lang, rows[1][at[fieldResult]], v)
		}
		if d, err := readDay(rows[1][at[fieldOn]]); err != nil || d != (pipeline.Date{Year: 2014, Month: 10, Day: 31}) {
			t.Errorf("%s: day %q is %v, %v", lang, rows[1][at[fieldOn]], d, err)
		}
	}
}

func FuzzForm(f *testing.F) {
	f.Add([]byte("Regla;Cuenta;Resultado;Quién la revisa\nmanual-own;acc;cumple;TIC\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("a,\"b"))
	v := reviews{register: &pipeline.Register{}, guide: &check.Guide{}}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "form")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = v.load(path)
	})
}
