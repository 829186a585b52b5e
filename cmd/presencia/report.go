package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/plan"
	"presencia/reports"
)

type reportCmd struct {
	Lang    string           `help:"Language of the report: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
	AsKnown pipeline.Date    `help:"Make the report from what was known when this day ended: what was read, checked, corrected or registered later does not count." placeholder:"YYYY-MM-DD"`
	PDF     bool             `help:"Print the report as PDF too, with an installed Chromium."`
	Monthly monthlyReportCmd `cmd:"" help:"The presence of one month, for leadership."`
	Course  courseReportCmd  `cmd:"" help:"What a course changed, for training staff."`
	Account accountReportCmd `cmd:"" help:"The sheet of an account for one month, for its community manager."`
	Send    sendReportCmd    `cmd:"" help:"Send a report by mail, or put it into a folder."`
	Verify  verifyReportCmd  `cmd:"" help:"Make a report again from the same data and compare it byte by byte."`
}

// Help tells what the one line of the overview leaves out.
func (reportCmd) Help() string {
	return `A report is one HTML file, which needs no network, and one workbook with the same figures. The same data give the same
bytes. A manifest beside them names everything that they were made from; verify makes them again from it and compares.

  presencia report monthly --month 2014-12
  presencia report course --course redes-2014 --lang en
  presencia report monthly --month 2014-12 --pdf
  presencia report monthly --month 2014-12 --as-known 2015-01-05
  presencia report verify reports/monthly-2014-12.es.html

A PDF is the page as Chromium prints it. One is looked for in the path; PRESENCIA_CHROMIUM names another.`
}

type monthlyReportCmd struct {
	Month string `help:"The month." required:"" placeholder:"YYYY-MM"`
}

func (cmd *monthlyReportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	paths, err := s.monthly(ctx, c, cmd.Month, c.Report.Lang)
	return s.wrote(paths, err)
}

type courseReportCmd struct {
	Course string `help:"The course's id in the register." required:"" placeholder:"ID"`
}

func (cmd *courseReportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	paths, err := s.course(ctx, c, cmd.Course, c.Report.Lang)
	return s.wrote(paths, err)
}

// wrote tells which files were written.
func (s *site) wrote(paths []string, err error) error {
	for _, path := range paths {
		fmt.Fprintln(s.stdout, "wrote", path)
	}
	return err
}

// monthly writes the monthly report and answers its files.
func (s *site) monthly(ctx context.Context, c *cli, month, lang string) ([]string, error) {
	return s.report(ctx, c, reports.Request{Kind: "monthly", Month: month, Language: lang, AsKnown: c.Report.AsKnown})
}

// course writes the report of a course and answers its files.
func (s *site) course(ctx context.Context, c *cli, id, lang string) ([]string, error) {
	return s.report(ctx, c, reports.Request{Kind: "course", Course: id, Language: lang, AsKnown: c.Report.AsKnown})
}

// kinds are the reports that can be asked for, each made from its input.
var kinds = map[string]func(*site, context.Context, *cli, reports.Input, reports.Request) (reports.Document, error){
	"monthly": (*site).monthlyReport,
	"course":  (*site).courseReport,
	"account": (*site).accountReport,
}

func (s *site) monthlyReport(ctx context.Context, _ *cli, in reports.Input, asked reports.Request) (reports.Document, error) {
	month, err := pipeline.ParseMonth(asked.Month, s.zone)
	if err != nil {
		return reports.Document{}, withCode(exitUsage, err)
	}
	return reports.Monthly(ctx, in, month)
}

func (s *site) courseReport(ctx context.Context, c *cli, in reports.Input, asked reports.Request) (reports.Document, error) {
	study, err := s.study(ctx, asked.Course)
	if err != nil {
		return reports.Document{}, err
	}
	in.Record = study.Record
	plan, held, err := s.knownPlan(c, asked.Course)
	if err != nil {
		return reports.Document{}, err
	}
	in.CoursePlan, in.Held = plan, append(in.Held, held...)
	return reports.Course(ctx, in, study.Course)
}

// report makes and writes a report and answers its files.
func (s *site) report(ctx context.Context, c *cli, asked reports.Request) (paths []string, err error) {
	from := s
	if !asked.AsKnown.IsZero() {
		if from, err = s.asKnown(ctx, c, asked.AsKnown); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, from.Close()) }()
	}
	d, err := from.document(ctx, c, asked)
	if err != nil {
		return nil, err
	}
	return from.write(ctx, c, d)
}

// attempts are how often a report is begun where the store does not stay as it is.
const attempts = 5

// document makes a report. Where something is stored meanwhile it begins again, so that all of it, and its manifest, rest on
// one state of the store.
func (s *site) document(ctx context.Context, c *cli, asked reports.Request) (reports.Document, error) {
	build, ok := kinds[asked.Kind]
	if !ok {
		return reports.Document{}, withCode(exitUsage, fmt.Errorf("this presencia knows no report %q", asked.Kind))
	}
	return steadily(ctx, s, c, asked, func(in reports.Input) (reports.Document, error) { return build(s, ctx, c, in, asked) })
}

// steadily builds what is asked for on one state of the store.
func steadily[T any](ctx context.Context, s *site, c *cli, asked reports.Request, build func(reports.Input) (T, error)) (made T, err error) {
	in, err := s.reportInput(c, asked.Language)
	if err != nil {
		return made, err
	}
	in.AsKnown = asked.AsKnown
	for range attempts {
		if in.Held, err = s.db.State(ctx); err != nil {
			return made, err
		}
		if made, err = build(in); err != nil {
			return made, fmt.Errorf("%s report: %w", asked.Kind, err)
		}
		held, err := s.db.State(ctx)
		if err != nil || slices.Equal(held, in.Held) {
			return made, err
		}
	}
	return made, fmt.Errorf("the store changed each time that the %s report was made: try again when the imports have ended", asked.Kind)
}

func (s *site) reportInput(c *cli, lang string) (reports.Input, error) {
	g, err := s.guide(c, s.register)
	if err != nil {
		return reports.Input{}, err
	}
	in := reports.Input{Querier: s.db, Register: s.register, Language: lang, Program: version, GuideVersion: g.Version}
	in.Plan = func(ctx context.Context, w pipeline.Window) (plan.Adherence, error) {
		return s.db.Adherence(ctx, s.register, w)
	}
	in.Actions = func(ctx context.Context) ([]pipeline.Action, error) { return s.db.Actions(ctx, time.Time{}) }
	for _, r := range g.Rules {
		in.Rules = append(in.Rules, reportRule(r))
	}
	if s.past != nil && s.past.manifest != nil { // its bytes name the versions of then; verify tells which are in force
		in.Program, in.GuideVersion = s.past.manifest.Program, s.past.manifest.Guide
	}
	in.Look, err = corporate(c.Register, s.register.Institution)
	return in, err
}

// form is a form that documents are written in.
type form struct {
	ext   string
	write func(io.Writer, reports.Document) error
}

var forms = []form{{".html", reports.WriteHTML}, {".xlsx", reports.WriteXLSX}}

// writeTo writes a document and tells the file.
func (f form) writeTo(w io.Writer, d reports.Document) (reports.File, error) {
	sum := sha256.New()
	n := &counter{}
	err := f.write(io.MultiWriter(w, sum, n), d)
	return reports.File{Name: d.Name + f.ext, Bytes: n.n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// counter counts what is written.
type counter struct{ n int64 }

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// write puts a document into the output folder in every form, with its manifest, each file whole or not at all.
func (s *site) write(ctx context.Context, c *cli, d reports.Document) ([]string, error) {
	if err := os.MkdirAll(c.Output, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the reports: %w", err)
	}
	for _, fault := range d.Look.Corrections() {
		fmt.Fprintln(s.stderr, corrected(fault))
	}
	var paths []string
	put := func(name string, write func(io.Writer) error) error {
		path := filepath.Join(c.Output, name)
		if err := replaceFile(path, write); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		paths = append(paths, path)
		return nil
	}
	for _, form := range forms {
		if err := put(d.Name+form.ext, func(w io.Writer) error {
			file, err := form.writeTo(w, d)
			d.Manifest.Files = append(d.Manifest.Files, file)
			return err
		}); err != nil {
			return nil, err
		}
	}
	if err := put(d.Name+reports.ManifestExt, d.Manifest.Write); err != nil {
		return nil, err
	}
	if c.Report.PDF {
		path := filepath.Join(c.Output, d.Name+".pdf")
		if err := s.printPDF(ctx, filepath.Join(c.Output, d.Name+".html"), path); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// replaceFile writes beside the file and moves the result into its place.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
