package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/plan"
	"presencia/pipeline/sheet"
)

type planCmd struct {
	Show     planShowCmd     `cmd:"" default:"withargs" help:"How the plan of a month was kept."`
	Template planTemplateCmd `cmd:"" help:"Write a workbook to plan a month in."`
	Import   planImportCmd   `cmd:"" help:"Import a plan from a workbook or a table."`
}

type planTemplateCmd struct {
	Month    string `help:"The month to plan; by default the next one." placeholder:"YYYY-MM"`
	Language string `help:"Language of the workbook: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
	Out      string `help:"The file to write; one that is there is left alone." required:"" type:"path" placeholder:"FILE.xlsx"`
}

// Help tells what the one line of the overview leaves out.
func (planTemplateCmd) Help() string {
	return `The workbook explains itself, brings the month's working days with the register's holidays, events and campaigns, and
offers its accounts and departments. Columns may be renamed, moved, left out and added.

  presencia plan template --out plan.xlsx
  presencia plan template --month 2026-12 --language ca-ES-valencia --out desembre.xlsx`
}

func (cmd *planTemplateCmd) Run(p *program, c *cli) error {
	r, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	zone := r.Institution.Location()
	now := p.now().In(zone)
	month := pipeline.Month(now.Year(), now.Month()+1, zone)
	if cmd.Month != "" {
		if month, err = pipeline.ParseMonth(cmd.Month, zone); err != nil {
			return withCode(exitUsage, err)
		}
	}
	if !strings.EqualFold(filepath.Ext(cmd.Out), ".xlsx") {
		return withCode(exitUsage, fmt.Errorf("--out %s: the plan is written as a workbook, name it with .xlsx at its end", cmd.Out))
	}
	if _, err := os.Stat(cmd.Out); err == nil { // it may hold somebody's work
		return withCode(exitUsage, fmt.Errorf("there is a file %s already: name another with --out", cmd.Out))
	}
	t := plan.Template{Register: r, Month: month, Language: cmd.Language, File: filepath.Base(cmd.Out)}
	if err := replaceFile(cmd.Out, t.Write); err != nil {
		return fmt.Errorf("write %s: %w", cmd.Out, err)
	}
	_, err = fmt.Fprintln(p.stdout, "wrote", cmd.Out)
	return err
}

type planImportCmd struct {
	Map  map[string]string `help:"Title of a renamed column, by field; once for each of date, time, department, account, topic, format, language, text, link, hashtags, campaign, responsible, state, tolerance, id." mapsep:"none" placeholder:"FIELD=TITLE"`
	File string            `arg:"" help:"The plan, as XLSX or CSV." type:"existingfile"`
}

// Help tells what the one line of the overview leaves out.
func (planImportCmd) Help() string {
	return `Columns are known by their titles in Spanish, Valencian or English, in any order; further ones are kept as notes. Every
mistake is named by its cell, and with one of them nothing is imported. Nothing is computed: of a formula the saved value
counts. The plan takes the place of that of the same departments and months, which is kept as history; the same plan again
changes nothing.

  presencia plan import plan.xlsx
  presencia plan import --map topic=Asunto plan.csv`
}

func (cmd *planImportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	content, err := readBounded(cmd.File)
	if err != nil {
		return withCode(exitConfig, err)
	}
	r, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	items, err := plan.Reader{Register: r, Columns: cmd.Map}.Read(cmd.File, content)
	var cells sheet.CellErrors
	if errors.As(err, &cells) {
		err = fmt.Errorf("nothing was imported of %s, %s to put right first:\n%w", filepath.Base(cmd.File), plural(len(cells), "cell"), err)
	}
	if err != nil {
		return withCode(exitConfig, err)
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	parts, err := s.db.SavePlan(ctx, items, s.zone, s.now())
	if err != nil {
		return err
	}
	for _, part := range parts {
		said := fmt.Sprintf("%d new, %d changed, %d no longer there", part.Added, part.Changed, part.Removed)
		if part.Added+part.Changed+part.Removed == 0 {
			said = "nothing changed"
		}
		fmt.Fprintf(s.stdout, "%s, %s: %s; %s\n", part.Department, part.Month.String()[:7], plural(len(part.Items), "item"), said)
	}
	return nil
}

// readBounded reads a workbook or table, no larger than one can be.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, sheet.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return content, nil
}

type planShowCmd struct {
	Month  string `help:"The month; by default the present one." placeholder:"YYYY-MM"`
	Format string `help:"table, json, or csv with a row for each item and each unplanned post." enum:"table,json,csv" default:"table"`
}

// Help tells what the one line of the overview leaves out.
func (planShowCmd) Help() string {
	return `An item is on time where it was published up to an hour before or after, unless the plan gives it another tolerance. A
post is taken for an item's by its link, text, tags or topic, or as the only one about that time. Replies and reposts are
not unplanned. What was not read is not judged, and what is to come is neither.

  presencia plan
  presencia plan --month 2026-11 --format csv > plan.csv`
}

func (cmd *planShowCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	now := s.now().In(s.zone)
	month := pipeline.Month(now.Year(), now.Month(), s.zone)
	if cmd.Month != "" {
		if month, err = pipeline.ParseMonth(cmd.Month, s.zone); err != nil {
			return withCode(exitUsage, err)
		}
	}
	a, err := s.db.Adherence(ctx, s.register, month)
	if err != nil {
		return err
	}
	shown := newShownPlan(s, a)
	switch cmd.Format {
	case "json":
		e := json.NewEncoder(s.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(shown)
	case "csv":
		return shown.csv(s.stdout)
	}
	if len(a.Items) == 0 {
		fmt.Fprintf(s.stdout, "Nothing is planned for %s. A workbook to plan in: presencia plan template --month %[1]s --out plan.xlsx\n", shown.Month)
		return nil
	}
	return shown.table(s.stdout)
}

// shownPlan is a month's plan as it is printed.
type shownPlan struct {
	Month     string      `json:"month"`
	Zone      string      `json:"time_zone"`
	Weeks     []shownWeek `json:"weeks"`
	Items     []shownItem `json:"items"`
	Unplanned []shownItem `json:"unplanned"`
	Total     plan.Tally  `json:"total"`
	Unread    []string    `json:"unread"` // accounts of the plan
}

// shownWeek is a department's week.
type shownWeek struct {
	Department string        `json:"department"`
	Week       pipeline.Date `json:"week"` // its Monday
	plan.Tally
}

// shownItem is an item, or a post that was not planned.
type shownItem struct {
	Department string `json:"department"`
	Account    string `json:"account,omitempty"`
	ID         string `json:"id,omitempty"`
	Planned    string `json:"planned,omitempty"`
	Published  string `json:"published,omitempty"`
	Outcome    string `json:"outcome"`
	Evidence   string `json:"evidence,omitempty"`
	Minutes    *int   `json:"minutes_off,omitempty"` // later than planned
	Name       string `json:"name"`
	Post       string `json:"post,omitempty"`
	URL        string `json:"url,omitempty"`
}

func newShownPlan(s *site, a plan.Adherence) shownPlan {
	local := func(t time.Time) string { return t.In(s.zone).Format("2006-01-02 15:04") }
	shown := shownPlan{
		Month: a.Window.From.In(s.zone).Format("2006-01"), Zone: s.zone.String(), Weeks: []shownWeek{}, Items: []shownItem{}, Unplanned: []shownItem{}, Unread: []string{},
		Total: a.Tally(func(string, pipeline.AccountID, time.Time) bool { return true }),
	}
	for _, d := range s.register.Departments {
		for _, week := range a.Weeks(s.zone) {
			t := a.Tally(func(department string, _ pipeline.AccountID, at time.Time) bool {
				return department == d.ID && (at.IsZero() || plan.Week(at, s.zone) == week)
			})
			if n, _ := t.Unplanned.Get(); t.Planned+int(n) > 0 {
				shown.Weeks = append(shown.Weeks, shownWeek{d.ID, week, t})
			}
		}
	}
	for _, j := range a.Items {
		i := shownItem{Department: j.Department, Account: string(j.Account), ID: j.ID, Planned: local(j.At), Outcome: string(j.Outcome), Evidence: string(j.Evidence), Name: j.Name()}
		if j.Evidence != "" {
			minutes := int(j.Off().Round(time.Minute).Minutes())
			i.Account, i.Published, i.Minutes, i.Post, i.URL = string(j.By), local(j.Post.CreatedAt), &minutes, j.Post.ID, j.Post.URL
		}
		shown.Items = append(shown.Items, i)
	}
	for _, u := range a.Unplanned {
		name := plan.Item{Text: strings.Join(strings.Fields(u.Post.Text), " "), ID: u.Post.ID}.Name()
		shown.Unplanned = append(shown.Unplanned, shownItem{Department: u.Department, Account: string(u.Account), Published: local(u.Post.CreatedAt), Outcome: "unplanned", Name: name, Post: u.Post.ID, URL: u.Post.URL})
	}
	for _, u := range a.Unread {
		shown.Unread = append(shown.Unread, string(u.ID))
	}
	return shown
}

func (s shownPlan) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "department\tweek of\tplanned\ton time\tearly\tlate\tmissing\topen\tunplanned\t")
	line := func(department, week string, t plan.Tally) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t\n", department, week, t.Planned, t.OnTime, t.Early, t.Late, t.Missing, t.Open, t.Unplanned)
	}
	for _, k := range s.Weeks {
		line(k.Department, k.Week.String(), k.Tally)
	}
	line("all", "", s.Total)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nTimes of %s.\n", s.Zone)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, i := range slices.Concat(s.Items, s.Unplanned) {
		off := ""
		if i.Minutes != nil && i.Outcome != string(plan.OnTime) {
			off = fmt.Sprintf(" (%+d min)", *i.Minutes)
		}
		at := i.Planned
		if at == "" {
			at = i.Published
		}
		fmt.Fprintf(w, "%s\t%s\t%s%s\t%s\t%s\n", at, orDash(i.Account), i.Outcome, off, strings.Join(strings.Fields(i.Name), " "), i.URL)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(s.Unread) > 0 {
		fmt.Fprintf(out, "Not read in this month, and therefore not judged: %s.\n", strings.Join(s.Unread, ", "))
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func (s shownPlan) csv(out io.Writer) error {
	w := csv.NewWriter(out)
	rows := [][]string{{"department", "account", "id", "planned", "published", "outcome", "evidence", "minutes_off", "name", "post", "url"}}
	for _, i := range slices.Concat(s.Items, s.Unplanned) {
		minutes := ""
		if i.Minutes != nil {
			minutes = fmt.Sprint(*i.Minutes)
		}
		rows = append(rows, []string{i.Department, i.Account, i.ID, i.Planned, i.Published, i.Outcome, i.Evidence, minutes, i.Name, i.Post, i.URL})
	}
	for _, r := range rows {
		for k := range r {
			if k != 7 && r[k] != "" && strings.ContainsRune("=+-@\t\r", rune(r[k][0])) { // no spreadsheet shall compute it
				r[k] = "'" + r[k]
			}
		}
	}
	return w.WriteAll(rows)
}
