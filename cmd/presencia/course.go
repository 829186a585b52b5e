package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"presencia/pipeline/impact"
	"presencia/reports"
)

type courseCmd struct {
	Plan     coursePlanCmd     `cmd:"" help:"Write the plan of an evaluation, before the data are looked at."`
	Import   courseImportCmd   `cmd:"" help:"Import attendance, surveys and online activity."`
	Record   courseRecordCmd   `cmd:"" help:"What the record of a course comes to."`
	Evaluate courseEvaluateCmd `cmd:"" help:"Evaluate a course by its plan: verdicts, figures, and where it departs from the plan."`
}

type coursePlanCmd struct {
	Course  string             `arg:"" help:"The course's id in the register." placeholder:"ID"`
	Out     string             `help:"The file; by default course-ID.plan.yaml beside the register." type:"path" placeholder:"FILE"`
	Primary []string           `help:"The outcomes that the course is judged by, four at most; by default those that the ledger names." placeholder:"ID"`
	Minimum map[string]float64 `help:"Smallest effect worth having: percent where ratios are compared, otherwise in the indicator's unit." placeholder:"ID=NUMBER"`
	Placebo string             `help:"An outcome that the course could not move, or none; by default the ledger's best." placeholder:"ID"`
	Again   bool               `help:"Write a new plan although there is one, which is kept under the date of its writing."`
}

// Help tells what the one line of the overview leaves out.
func (coursePlanCmd) Help() string {
	return `The plan says what will be compared with what, which outcomes count, how small an effect is not worth having, how it is tested
and what the verdicts mean. Write it before the weeks after the course are in the store: it says whether they were, and an
evaluation without such a plan is exploratory. Nothing of after the course is read for it.

  presencia course plan redes-2014
  presencia course plan redes-2014 --primary compliance,response_rate --minimum compliance=5 --minimum response_rate=10`
}

// Run writes the plan.
func (cmd *coursePlanCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	study, err := s.study(ctx, cmd.Course)
	if err != nil {
		return err
	}
	path := cmd.Out
	if path == "" {
		path = planPath(c, cmd.Course)
	}
	old, err := s.readPlan(path)
	switch {
	case err == nil && !cmd.Again:
		return withCode(exitUsage, fmt.Errorf("there is a plan in %s already, of %s: keep to it, or write a new one beside it with --again", path, old.Written.In(s.zone).Format("2006-01-02 15:04")))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return withCode(exitUsage, fmt.Errorf("%w; nothing is written over it: name another file with --out", err))
	}
	plan, err := study.Plan(ctx, impact.Choices{Now: s.now().Truncate(time.Second), Program: version, Primary: cmd.Primary, Minimum: cmd.Minimum, Placebo: cmd.Placebo})
	if err != nil {
		return withCode(exitUsage, err)
	}
	if old != nil {
		if err := keepPlan(path, old); err != nil {
			return err
		}
	}
	if err := s.writePlan(path, plan); err != nil {
		return err
	}
	if plan.AfterDataSeen {
		fmt.Fprintln(p.stderr, "The store already holds data of after the course: somebody could have looked, so all results will be exploratory.")
	}
	_, err = fmt.Fprintln(p.stdout, "wrote", path)
	return err
}

// writePlan writes a plan into a file that is not there yet.
func (s *site) writePlan(path string, plan impact.Plan) error {
	titles := map[string]string{}
	for _, i := range s.ledger {
		titles[i.ID] = i.Title["en"]
	}
	if err := createFile(path, func(w io.Writer) error { return plan.Write(w, s.zone, titles) }); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// planPath is where a course's plan lies if nobody says otherwise.
func planPath(c *cli, course string) string {
	return filepath.Join(filepath.Dir(c.Register), "course-"+course+".plan.yaml")
}

// readPlan reads a plan's file.
func (s *site) readPlan(path string) (*impact.Plan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, impact.MaxPlan+1))
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	plan, err := impact.ReadPlan(content, s.zone)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &plan, nil
}

// coursePlan is the plan of a course; nil: nobody wrote one. A file that is named must be there.
func (s *site) coursePlan(c *cli, course, named string) (*impact.Plan, error) {
	path := named
	if path == "" {
		path = planPath(c, course)
	}
	plan, err := s.readPlan(path)
	if named == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withCode(exitConfig, fmt.Errorf("there is no plan in %s: 'presencia course plan %s' writes one, beside the register", named, course))
	}
	return plan, withCode(exitConfig, err)
}

// keepPlan moves a plan out of the way of a new one; a date belongs to one plan only.
func keepPlan(path string, plan *impact.Plan) error {
	kept := strings.TrimSuffix(path, ".yaml") + "-" + plan.Written.UTC().Format("20060102T150405Z") + ".yaml"
	if err := os.Link(path, kept); err != nil { // unlike a renaming, it never replaces a file
		return fmt.Errorf("keep the earlier plan as %s: %w", kept, err)
	}
	return os.Remove(path)
}

// createFile writes a file that is not there yet, whole or not at all.
func createFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	return errors.Join(write(f), f.Sync(), f.Close())
}

// study is a course of the register with all that it is judged by.
func (s *site) study(ctx context.Context, id string) (impact.Study, error) {
	course, err := findCourse(s.register, id)
	if err != nil {
		return impact.Study{}, err
	}
	record, err := s.db.Learning(ctx, id)
	if err != nil {
		return impact.Study{}, err
	}
	return impact.Study{Querier: s.db, Register: s.register, Ledger: s.ledger, Course: course, Record: record}, nil
}

type courseEvaluateCmd struct {
	Course string `arg:"" help:"The course's id in the register." placeholder:"ID"`
	Plan   string `help:"The plan; by default course-ID.plan.yaml beside the register, if it is there." type:"path" placeholder:"FILE"`
	Format string `help:"text: a sentence for each result and what led to its verdict; json: everything." enum:"text,json" default:"text"`
	Lang   string `help:"Language of the text: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
}

// Help tells what the one line of the overview leaves out.
func (courseEvaluateCmd) Help() string {
	return `Follows the plan of 'presencia course plan'. Without one, or where the data, the register or the definitions are no longer
what it said, the results are exploratory, and it says why. 'presencia report course' tells the same in full.

  presencia course evaluate redes-2014
  presencia course evaluate redes-2014 --format json > redes-2014.json`
}

// Run evaluates the course.
func (cmd *courseEvaluateCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	study, err := s.study(ctx, cmd.Course)
	if err != nil {
		return err
	}
	plan, err := s.coursePlan(c, cmd.Course, cmd.Plan)
	if err != nil {
		return err
	}
	e, err := study.Evaluate(ctx, plan)
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		return out.Encode(e)
	}
	return reports.WriteEvaluation(p.stdout, reports.Input{Register: s.register, Language: cmd.Lang}, e)
}
