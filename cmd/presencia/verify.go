package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"presencia/pipeline/store"
	"presencia/reports"
)

type verifyReportCmd struct {
	File string `arg:"" help:"The report: its page, its workbook, its PDF or its manifest." type:"path" placeholder:"FILE"`
}

// Help tells what the one line of the overview leaves out.
func (verifyReportCmd) Help() string {
	return `The manifest beside a report names everything that it was made from. This looks whether the report's files are still as they
were written, makes the report again from what was in the store then, and compares it byte by byte. Where it differs it says why
that can be and where it begins. The exit code is 0 where the files are what the data say, and 1 where they are not.

  presencia report verify reports/monthly-2014-12.es.html

A PDF is a print of the page and is not compared.`
}

// Run verifies a report.
func (cmd *verifyReportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	m, dir, err := readManifest(cmd.File)
	if err != nil {
		return withCode(exitConfig, err)
	}
	v := &verification{Manifest: m, dir: dir, out: p.stdout}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := v.files(); err != nil {
		return withCode(exitConfig, err)
	}
	then, err := s.at(ctx, c, past{Known: store.Known{Tables: m.Moments(), Register: m.Register}, manifest: &m})
	if err != nil {
		return fmt.Errorf("%s cannot be made again: %w", m.Report.Kind, err)
	}
	defer func() { err = errors.Join(err, then.Close()) }()
	if err := v.again(ctx, c, then); err != nil {
		return err
	}
	if err := v.reasons(c, s, then); err != nil {
		return err
	}
	return v.answer()
}

// readManifest finds the manifest that belongs to a report's file, and its folder.
func readManifest(file string) (reports.Manifest, string, error) {
	base, ok := strings.CutSuffix(file, reports.ManifestExt)
	for _, ext := range []string{".html", ".xlsx", ".pdf"} {
		if !ok {
			base, ok = strings.CutSuffix(file, ext)
		}
	}
	if !ok {
		return reports.Manifest{}, "", fmt.Errorf("%s is not a report: name its page, its workbook, its PDF or its manifest", file)
	}
	f, err := os.Open(base + reports.ManifestExt)
	if errors.Is(err, fs.ErrNotExist) {
		return reports.Manifest{}, "", fmt.Errorf("there is no manifest %s: without it nobody knows what the report was made from; keep it beside the report", base+reports.ManifestExt)
	}
	if err != nil {
		return reports.Manifest{}, "", fmt.Errorf("read the manifest: %w", err)
	}
	defer f.Close()
	m, err := reports.ReadManifest(f)
	if err == nil && (m.TimeZone == "" || len(m.Files) == 0) {
		err = errors.New("the manifest is not whole")
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", f.Name(), err)
	}
	return m, filepath.Dir(base), err
}

// verification is a report that is held against what its data say.
type verification struct {
	reports.Manifest
	dir string
	out io.Writer

	touched []string          // files that are not as they were written
	pages   map[string][]byte // those that are, by name
	differ  []string          // files that came out otherwise
	remade  reports.Manifest
	first   string   // where the page begins to differ
	why     []string // what can have made it differ
}

// files looks whether the files are as they were written.
func (v *verification) files() error {
	v.pages = map[string][]byte{}
	for _, f := range v.Files {
		if f.Name != filepath.Base(f.Name) {
			return fmt.Errorf("the manifest names the file %q, which does not lie beside it", f.Name)
		}
		content, err := os.ReadFile(filepath.Join(v.dir, f.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			v.touched = append(v.touched, f.Name)
			fmt.Fprintf(v.out, "%s is not here.\n", f.Name)
			continue
		case err != nil:
			return fmt.Errorf("read the report: %w", err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 {
			v.touched = append(v.touched, f.Name)
			fmt.Fprintf(v.out, "%s was changed after it was written: its SHA-256 is not the one in the manifest.\n", f.Name)
			continue
		}
		v.pages[f.Name] = content
		fmt.Fprintf(v.out, "%s is as it was written.\n", f.Name)
	}
	return nil
}

// again makes the report again and compares its files with the manifest.
func (v *verification) again(ctx context.Context, c *cli, then *site) error {
	d, err := then.document(ctx, c, v.Report)
	if err != nil {
		return fmt.Errorf("make the report again: %w", err)
	}
	v.remade = d.Manifest
	for _, f := range v.Files {
		i := slices.IndexFunc(forms, func(form form) bool { return d.Name+form.ext == f.Name })
		if i < 0 {
			return withCode(exitConfig, fmt.Errorf("the manifest names the file %q, which this report does not have: was it renamed?", f.Name))
		}
		var content bytes.Buffer
		now, err := forms[i].writeTo(&content, d)
		if err != nil {
			return fmt.Errorf("write the report again: %w", err)
		}
		if now == f {
			continue
		}
		v.differ = append(v.differ, f.Name)
		if before, ok := v.pages[f.Name]; ok && forms[i].ext == ".html" {
			v.first = firstDifference(before, content.Bytes())
		}
	}
	return nil
}

// reasons compares what the report was made from with what it is made from now.
func (v *verification) reasons(c *cli, s, then *site) error {
	g, err := s.guide(c, then.register)
	if err != nil {
		return err
	}
	if v.Program != version {
		v.because("It was made by presencia %s, and this is %s.", v.Program, version)
	}
	if v.Guide != g.Version {
		v.because("The rules of the guide are others: %.12s then, %.12s now.", v.Guide, g.Version)
	}
	ids := slices.Collect(maps.Keys(v.Definitions))
	for id := range v.remade.Definitions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		switch before, now := v.Definitions[id], v.remade.Definitions[id]; {
		case before == 0:
			v.because("The indicator %s was not in it.", id)
		case now == 0:
			v.because("The indicator %s is no longer in it.", id)
		case before != now:
			v.because("The indicator %s was defined by version %d, and is now by version %d.", id, before, now)
		}
	}
	switch before, now := v.Runs, v.remade.Runs; {
	case now.Count < before.Count:
		v.because("Of %d runs %d are no longer in the store.", before.Count, before.Count-now.Count)
	case now.Count > before.Count:
		v.because("%d runs, of the time when it was made or before, came into the store later.", now.Count-before.Count)
	case now.SHA256 != before.SHA256:
		v.because("The runs in the store are others.")
	}
	for _, before := range v.Inputs {
		switch now := v.remade.Input(before.Name); {
		case now.SHA256 == before.SHA256:
		case now.Count < before.Count:
			v.because("Of %s (%d) %d are no longer there.", before.Name, before.Count, before.Count-now.Count)
		default:
			v.because("What was saved as %s is no longer what it was.", before.Name)
		}
	}
	for _, now := range v.remade.Inputs {
		if now.Count > 0 && v.Input(now.Name).SHA256 == "" {
			v.because("There is %s now, which there was not.", now.Name)
		}
	}
	if v.TimeZone != v.remade.TimeZone {
		v.because("Days begin in %s now, and began in %s.", v.remade.TimeZone, v.TimeZone)
	}
	return nil
}

func (v *verification) because(format string, args ...any) {
	v.why = append(v.why, fmt.Sprintf(format, args...))
}

// answer says what came out.
func (v *verification) answer() error {
	if len(v.differ) == 0 {
		fmt.Fprintf(v.out, "Identical: made again from the %d runs of then, the report has the same bytes.\n", v.Runs.Count)
	} else {
		fmt.Fprintf(v.out, "It differs: made again, %s %s not the same bytes.\n", strings.Join(v.differ, " and "), has(len(v.differ)))
		if v.first != "" {
			fmt.Fprintln(v.out, v.first)
		}
	}
	for _, w := range v.why {
		fmt.Fprintln(v.out, "  "+w)
	}
	switch {
	case len(v.differ) > 0 && len(v.why) == 0:
		fmt.Fprintln(v.out, "  Program, register, guide, definitions and data are those of then: the store was changed by hand, or presencia has a mistake.")
		fallthrough
	case len(v.differ) > 0:
		return withCode(exitFindings, errors.New("the report is not what its data say"))
	case len(v.touched) > 0:
		return withCode(exitFindings, fmt.Errorf("what lies there is not the report that was written: %s; 'presencia report %s' writes it again", strings.Join(v.touched, ", "), v.Report.Kind))
	}
	return nil
}

func has(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// firstDifference says in words where two pages begin to differ; empty: readers see the same on both.
func firstDifference(before, now []byte) string {
	a, b := pageTexts(before), pageTexts(now)
	for i := range max(len(a), len(b)) {
		var was, is said
		if i < len(a) {
			was = a[i]
		}
		if i < len(b) {
			is = b[i]
		}
		if was.text != is.text {
			return fmt.Sprintf("The first difference is in “%s”: it said %s, and now says %s.", cmp.Or(was.section, is.section), excerpt(was.text), excerpt(is.text))
		}
	}
	return "Readers see the same on both pages: the first difference is in a chart or in how it looks."
}

func excerpt(s string) string {
	if s == "" {
		return "nothing"
	}
	if r := []rune(s); len(r) > 120 {
		s = string(r[:120]) + "…"
	}
	return "“" + s + "”"
}

// said is a text of a page under its heading.
type said struct{ section, text string }

// pageTexts are the texts of a page in their order.
func pageTexts(page []byte) (all []said) {
	z := html.NewTokenizer(bytes.NewReader(page))
	section, heading, hidden := "", false, 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return all
		case html.StartTagToken:
			switch a := tag(z); a {
			case atom.H1, atom.H2, atom.H3:
				section, heading = "", true
			case atom.Script, atom.Style:
				hidden++
			}
		case html.EndTagToken:
			switch a := tag(z); a {
			case atom.H1, atom.H2, atom.H3:
				heading = false
			case atom.Script, atom.Style:
				hidden--
			}
		case html.TextToken:
			text := strings.Join(strings.Fields(string(z.Text())), " ")
			if text == "" || hidden > 0 {
				continue
			}
			if heading {
				section = strings.TrimSpace(section + " " + text)
			}
			all = append(all, said{section, text})
		}
	}
}

func tag(z *html.Tokenizer) atom.Atom {
	name, _ := z.TagName()
	return atom.Lookup(name)
}
