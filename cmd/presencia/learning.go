package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"presencia/collectors"
	"presencia/pipeline"
	"presencia/pipeline/learning"
	"presencia/pipeline/sheet"
	"presencia/pipeline/statistics"
)

type courseImportCmd struct {
	Course     string   `arg:"" help:"The course's id in the register." placeholder:"ID"`
	Attendance []string `help:"A list of attendance, as XLSX or CSV." type:"existingfile" placeholder:"FILE"`
	Survey     []string `help:"The answers to a survey with marks from 1 to 4, as XLSX or CSV." type:"existingfile" placeholder:"FILE"`
	Role       string   `help:"Who answered the survey, where the file does not tell: participants, tutor …" placeholder:"ROLE"`
	Activity   []string `help:"What participants did online, as XLSX or CSV." type:"existingfile" placeholder:"FILE"`
	WordPress  string   `name:"wordpress" help:"The course's website, a WordPress: what participants wrote there since the first day." placeholder:"https://COURSE"`
}

// Help tells what the one line of the overview leaves out.
func (courseImportCmd) Help() string {
	return `Columns are known by their titles in Spanish, Valencian and English, in any order. Names and mailboxes become keyed hashes
before anything is stored; comments are not read. Every mistake is named by its cell, and with one of them nothing is imported.
The same file again changes nothing.

  attendance  person, department, and a column for each session titled by its date (x, yes, hours), or a row for each session
  survey      an export of Google or Microsoft Forms: a column for each question, with marks or words such as "De acuerdo";
              or rows of person, question and mark. What was read as a question is told: a column of years may look like one
  activity    person, date, and kind, count, minutes, department where there are any; Moodle's log as it is
  wordpress   posts and comments by their authors' names, which are those of the list of attendance if they are to count as its people

  presencia course import redes-2014 --attendance lista.xlsx --survey encuesta.csv --role participants`
}

func (cmd *courseImportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	if len(cmd.Attendance)+len(cmd.Survey)+len(cmd.Activity) == 0 && cmd.WordPress == "" {
		return withCode(exitUsage, errors.New("name a file with --attendance, --survey or --activity, or the course's website with --wordpress"))
	}
	register, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	course, err := findCourse(register, cmd.Course)
	if err != nil {
		return err
	}
	key, err := p.hashKey(c)
	if err != nil {
		return err
	}
	r := learning.Reader{Course: course, Register: register, Key: key, Role: cmd.Role}
	record, said, err := cmd.read(r)
	if err != nil {
		return err
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if cmd.WordPress != "" {
		activity, text, err := s.courseSite(ctx, r, cmd.WordPress)
		if err != nil {
			return err
		}
		record.Activity, said = append(record.Activity, activity...), append(said, text)
	}
	if err := s.db.SaveLearning(ctx, record, s.now()); err != nil {
		return err
	}
	for _, line := range said {
		fmt.Fprintln(s.stdout, line)
	}
	return nil
}

// read reads the files, and tells of each what it holds.
func (cmd *courseImportCmd) read(r learning.Reader) (record learning.Record, said []string, err error) {
	for _, kind := range []struct {
		files []string
		read  func(name string, content []byte) error
	}{
		{cmd.Attendance, func(name string, content []byte) error {
			list, err := r.Attendance(name, content)
			record.Attendance = append(record.Attendance, list...)
			said = append(said, fmt.Sprintf("%s: %s of people in sessions", name, plural(len(list), "row")))
			return err
		}},
		{cmd.Survey, func(name string, content []byte) error {
			answers, ignored, err := r.Survey(name, content)
			record.Answers = append(record.Answers, answers...)
			var questions []string
			for _, a := range answers {
				if !slices.Contains(questions, a.Item) {
					questions = append(questions, a.Item)
				}
			}
			text := fmt.Sprintf("%s: %s to %s", name, plural(len(answers), "answer"), strings.Join(questions, ", "))
			if len(ignored) > 0 {
				text += "; these columns are no marks and were not read: " + strings.Join(ignored, ", ")
			}
			said = append(said, text)
			return err
		}},
		{cmd.Activity, func(name string, content []byte) error {
			activity, err := r.Activity(name, content)
			record.Activity = append(record.Activity, activity...)
			said = append(said, fmt.Sprintf("%s: %s of people on days", name, plural(len(activity), "row")))
			return err
		}},
	} {
		for _, path := range kind.files {
			content, err := readBounded(path)
			if err != nil {
				return record, nil, withCode(exitConfig, err)
			}
			name := filepath.Base(path)
			err = kind.read(name, content)
			var cells sheet.CellErrors
			if errors.As(err, &cells) {
				err = fmt.Errorf("nothing was imported of %s, %s to put right first:\n%w", name, plural(len(cells), "cell"), err)
			}
			if err != nil {
				return record, nil, withCode(exitConfig, err)
			}
		}
	}
	return record, said, nil
}

// courseSite reads the course's website by its collector. Nothing of it is stored but counts by hashed person and day.
func (s *site) courseSite(ctx context.Context, r learning.Reader, address string) (activity []learning.Activity, said string, err error) {
	request := pipeline.Request{
		Account: pipeline.Account{ID: pipeline.AccountID("course-" + r.Course.ID), Platform: pipeline.WordPress, Handle: address, Server: address, AllowHTTP: true},
		Since:   r.Course.Start.In(s.zone), Now: s.now().UTC(),
	}
	collectors.All(s.outside())[pipeline.WordPress].Collect(ctx, []pipeline.Request{request}, func(_ pipeline.Request, b pipeline.Batch, failed error) {
		if err = failed; err != nil {
			return
		}
		for _, g := range b.Gaps {
			fmt.Fprintf(s.stderr, "incomplete: %s: %s: %v\n", address, g.Part, g.Cause)
		}
		var unnamed int
		activity, unnamed = r.Site(b)
		said = fmt.Sprintf("%s: %s of people on days", address, plural(len(activity), "row"))
		if unnamed > 0 {
			said += fmt.Sprintf("; %s without the name of an author could not be counted", plural(unnamed, "text"))
		}
	})
	if err != nil {
		return nil, "", fmt.Errorf("read the course's website: %w", err)
	}
	return activity, said, nil
}

// findCourse finds a course of the register, or says which there are.
func findCourse(r *pipeline.Register, id string) (pipeline.Course, error) {
	course, ok := r.Course(id)
	if ok {
		return course, nil
	}
	if len(r.Courses) == 0 {
		return course, withCode(exitUsage, errors.New("the register has no courses: add one under courses, with its dates"))
	}
	ids := make([]string, len(r.Courses))
	for i, k := range r.Courses {
		ids[i] = k.ID
	}
	return course, withCode(exitUsage, fmt.Errorf("the register has no course %q; it has %s", id, strings.Join(ids, ", ")))
}

type courseRecordCmd struct {
	Course string `arg:"" help:"The course's id in the register." placeholder:"ID"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

// Help tells what the one line of the overview leaves out.
func (courseRecordCmd) Help() string {
	return `Sessions and who came, hours by department, the survey with its intervals, and the weeks online. Means lie between 1 and 4;
where everybody who was asked has answered there is no interval, since nobody is left to guess at.
"possible" tells whether the mean that the register states can come of that many whole marks (GRIM).

  presencia course record redes-2014`
}

func (cmd *courseRecordCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	course, err := findCourse(s.register, cmd.Course)
	if err != nil {
		return err
	}
	record, err := s.db.Learning(ctx, course.ID)
	if err != nil {
		return err
	}
	sum := learning.Summarize(course, record)
	if cmd.Format == "json" {
		e := json.NewEncoder(s.stdout)
		e.SetIndent("", "  ")
		return e.Encode(sum)
	}
	return printRecord(s.stdout, course, sum)
}

func printRecord(out io.Writer, course pipeline.Course, sum learning.Summary) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	value := func(v statistics.Value, format string) string {
		if !v.Known {
			return "?"
		}
		return fmt.Sprintf(format, v.Number)
	}
	fmt.Fprintf(out, "%s, %s to %s\n\n", course.Name, course.Start, course.End)
	fmt.Fprintln(w, "session\thours\tlisted\tpresent\t")
	for _, x := range sum.Sessions {
		listed, present := "?", "?"
		if x.Listed > 0 {
			listed, present = fmt.Sprint(x.Listed), fmt.Sprint(x.Present)
		}
		fmt.Fprintf(w, "%s\t%g\t%s\t%s\t\n", x.Date, x.Hours, listed, present)
	}
	if len(sum.Departments) > 0 {
		fmt.Fprintln(w, "\t\t\t\t\ndepartment\tpeople\thours each\tactions online each\t")
		for _, d := range sum.Departments {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t\n", d.Department, d.People, value(d.Hours, "%.1f"), value(d.Online, "%.1f"))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(sum.Surveys) > 0 {
		fmt.Fprintln(out)
		w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "answered by\tquestion\t1\t2\t3\t4\tblank\tmean\t95 %\tof those asked\tstated\tpossible")
		for _, x := range sum.Surveys {
			item, mean, interval, response, possible := x.Item, "?", "", "?", ""
			if item == "" {
				item = "all together"
			}
			if m := x.Marks; m != nil {
				mean = fmt.Sprintf("%.2f", m.Mean)
				switch {
				case m.Response.Known && m.Response.Number >= 1:
					interval = "all of them"
				case m.Low.Known:
					interval = fmt.Sprintf("%.2f to %.2f", max(m.Low.Number, 1), min(m.High.Number, 4))
				}
				response = value(statistics.Value{Known: m.Response.Known, Number: 100 * m.Response.Number}, "%.0f %%")
			}
			if x.Possible != nil {
				possible = map[bool]string{true: "yes", false: "no"}[*x.Possible]
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", x.Role, item, x.Counts[0], x.Counts[1], x.Counts[2], x.Counts[3], x.Blank,
				mean, interval, response, value(x.Declared, "%.2f"), possible)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if len(sum.Online) > 0 {
		fmt.Fprintln(out)
		w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "week online\tpeople\tactions\t")
		for _, x := range sum.Online {
			fmt.Fprintf(w, "%s\t%d\t%d\t\n", x.Monday, x.People, x.Count)
		}
		return w.Flush()
	}
	return nil
}
