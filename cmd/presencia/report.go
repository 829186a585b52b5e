package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/plan"
	"presencia/reports"
)

type reportCmd struct {
	Lang    string           `help:"Language of the report: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
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
bytes.

  presencia report monthly --month 2014-12
  presencia report course --course redes-2014 --lang en
  presencia report monthly --month 2014-12 --pdf

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
func (s *site) monthly(ctx context.Context, c *cli, name, lang string) ([]string, error) {
	month, err := pipeline.ParseMonth(name, s.zone)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	d, err := s.monthlyDocument(ctx, c, month, lang)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, c, d)
}

func (s *site) monthlyDocument(ctx context.Context, c *cli, month pipeline.Window, lang string) (reports.Document, error) {
	in, err := s.reportInput(c, lang)
	if err != nil {
		return reports.Document{}, err
	}
	d, err := reports.Monthly(ctx, in, month)
	if err != nil {
		return d, fmt.Errorf("monthly report: %w", err)
	}
	return d, nil
}

// course writes the report of a course and answers its files.
func (s *site) course(ctx context.Context, c *cli, id, lang string) ([]string, error) {
	d, err := s.courseDocument(ctx, c, id, lang)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, c, d)
}

func (s *site) courseDocument(ctx context.Context, c *cli, id, lang string) (d reports.Document, err error) {
	study, err := s.study(ctx, id)
	if err != nil {
		return d, err
	}
	in, err := s.reportInput(c, lang)
	if err != nil {
		return d, err
	}
	in.Record = study.Record
	if in.CoursePlan, err = s.coursePlan(c, id, ""); err != nil {
		return d, err
	}
	if d, err = reports.Course(ctx, in, study.Course); err != nil {
		return d, fmt.Errorf("course report: %w", err)
	}
	return d, nil
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
	in.Look, err = corporate(c.Register, s.register.Institution)
	return in, err
}

// write puts a document into the output folder in every form, each file whole or not at all.
func (s *site) write(ctx context.Context, c *cli, d reports.Document) ([]string, error) {
	if err := os.MkdirAll(c.Output, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the reports: %w", err)
	}
	for _, fault := range d.Look.Corrections() {
		fmt.Fprintln(s.stderr, corrected(fault))
	}
	var paths []string
	for _, form := range []struct {
		ext   string
		write func(io.Writer, reports.Document) error
	}{{".html", reports.WriteHTML}, {".xlsx", reports.WriteXLSX}} {
		path := filepath.Join(c.Output, d.Name+form.ext)
		if err := replaceFile(path, func(w io.Writer) error { return form.write(w, d) }); err != nil {
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
		paths = append(paths, path)
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
