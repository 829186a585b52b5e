package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
	"presencia/pipeline/check"
)

type checkTickCmd struct {
	Rule     string `arg:"" optional:"" help:"The rule that was reviewed."`
	Account  string `help:"The account that was reviewed; none where the rule is on the institution." placeholder:"ID"`
	Result   string `help:"What the review found: pass, fail, warn, or na where the rule does not apply." enum:"pass,fail,warn,na," default:""`
	By       string `help:"Who reviewed it; a role or a file number will do." placeholder:"NAME"`
	Note     string `help:"What else there is to say."`
	Evidence string `help:"An address or a file number where it can be looked up."`
	On       string `help:"The day of the review; by default today." placeholder:"YYYY-MM-DD"`

	List     bool   `help:"List what is to be reviewed, and when." xor:"what"`
	Form     string `help:"Write a form of everything that is due, as .xlsx or .csv." xor:"what" placeholder:"FILE"`
	Import   string `help:"Read a form that was filled in." xor:"what" placeholder:"FILE" type:"existingfile"`
	Language string `help:"Language of the form: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
}

// Help tells what the one line of the overview leaves out.
func (checkTickCmd) Help() string {
	return `Some rules no machine can judge: a person reviews them and says what was found. A review holds until the rule's rhythm
asks for the next one; after that the rule is not evaluable until somebody looks again. Checks take a review into account
from the day on which it was made. The same rule, account and day again replaces what was said.

  presencia check tick --list
  presencia check tick manual-two-factor --account turismo --result pass --by "Seguridad TIC"
  presencia check tick --form revisiones.xlsx
  presencia check tick --import revisiones.xlsx

Of a form, rows without a result are left for later. Nothing of it is stored while a cell of it is wrong.`
}

func (cmd *checkTickCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	if cmd.Form != "" && formWriter(cmd.Form) == nil {
		return withCode(exitUsage, fmt.Errorf("--form %s: the form is written as .xlsx or .csv", cmd.Form))
	}
	other := cmd.List || cmd.Form != "" || cmd.Import != ""
	if !other && (cmd.Rule == "" || cmd.Result == "" || cmd.By == "") {
		return withCode(exitUsage, errors.New("name the rule, --result and --by; or use --list, --form FILE or --import FILE"))
	}
	r, _, err := p.readRegister(c)
	if err != nil {
		return err
	}
	g, err := p.guide(c, r)
	if err != nil {
		return err
	}
	v := reviews{register: r, guide: g, today: pipeline.DateOf(p.now().In(r.Institution.Location()))}
	var ticks []pipeline.Tick
	switch {
	case cmd.Import != "":
		ticks, err = v.load(cmd.Import)
	case !other:
		ticks, err = v.one(given{cmd.Rule, cmd.Account, cmd.Result, cmd.By, cmd.Note, cmd.Evidence, cmd.On})
	}
	if err != nil {
		return err
	}
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if cmd.Import != "" || !other {
		return s.saveTicks(ctx, ticks)
	}
	if err := v.pending(ctx, s); err != nil {
		return err
	}
	if cmd.List {
		return v.list(p.stdout)
	}
	n, err := v.form(cmd.Form, cmd.Language)
	if err == nil {
		fmt.Fprintf(p.stdout, "wrote %s with %s. Fill in result and name, and read it with: presencia check tick --import %[1]s\n", cmd.Form, plural(n, "review"))
	}
	return err
}

// reviews are the rules that people answer.
type reviews struct {
	register *pipeline.Register
	guide    *check.Guide
	today    pipeline.Date
	asked    []review
}

// review is one rule on one account, or on the institution, with the newest answer.
type review struct {
	rule    check.Rule
	account pipeline.Account // without id: the institution
	last    *pipeline.Tick   // nil: never
}

// due tells whether the answer is to be given now. What is reviewed when something happens never is.
func (r review) due(today pipeline.Date) bool {
	switch {
	case r.last == nil:
		return r.rule.Manual != check.OnEvent
	case r.last.Due.IsZero():
		return false
	}
	return !today.In(time.UTC).Before(r.last.Due.In(time.UTC))
}

// when is the day of the next review in words.
func (r review) when(today pipeline.Date) string {
	switch {
	case r.due(today) && r.last == nil:
		return "now, never reviewed"
	case r.due(today):
		return "since " + r.last.Due.String()
	case r.rule.Manual == check.OnEvent:
		return "when it happens"
	}
	return r.last.Due.String()
}

// pending finds what people are asked, the institution first and then account by account.
func (v *reviews) pending(ctx context.Context, s *site) error {
	ticks, err := s.db.Ticks(ctx)
	if err != nil {
		return err
	}
	accounts := []pipeline.Account{{}}
	for _, a := range v.register.Accounts {
		if a.Active(s.now()) {
			accounts = append(accounts, a)
		}
	}
	for _, a := range accounts {
		for _, r := range v.guide.Rules {
			if r.Manual == "" || (r.Scope == check.Institution) != (a.ID == "") || len(r.Platforms) > 0 && !slices.Contains(r.Platforms, a.Platform) {
				continue
			}
			q := review{rule: r, account: a}
			if i := slices.IndexFunc(ticks, func(t pipeline.Tick) bool { return t.Rule == r.ID && t.Account == a.ID }); i >= 0 {
				q.last = &ticks[i]
			}
			v.asked = append(v.asked, q)
		}
	}
	return nil
}

func (v *reviews) list(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "due\taccount\trule\trhythm\tlast\tresult\tby")
	due := 0
	sorted := slices.Clone(v.asked)
	slices.SortStableFunc(sorted, func(a, b review) int {
		order := func(r review) string { // due ones first, then by day, then what has none
			switch {
			case r.due(v.today) && r.last == nil:
				return "0"
			case r.last != nil && !r.last.Due.IsZero():
				return "1" + r.last.Due.String()
			}
			return "2"
		}
		return cmp.Compare(order(a), order(b))
	})
	for _, r := range sorted {
		if r.due(v.today) {
			due++
		}
		last, result, by := "", "", ""
		if r.last != nil {
			last, result, by = r.last.On.String(), r.last.Result.String(), r.last.By
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.when(v.today), cmp.Or(string(r.account.ID), "the institution"), r.rule.ID, r.rule.Manual, last, result, by)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s of %d due. A form to fill in: presencia check tick --form FILE.xlsx\n", plural(due, "review"), len(sorted))
	return err
}

// given is a review as somebody has written it.
type given struct{ rule, account, result, by, note, evidence, on string }

// fault is what is wrong with one of its fields.
type fault struct {
	field int // its place in formFields
	error
}

// one is a single review from the command line.
func (v *reviews) one(in given) ([]pipeline.Tick, error) {
	t, err := v.tick(in)
	return []pipeline.Tick{t}, withCode(exitUsage, err)
}

// tick understands a review.
func (v *reviews) tick(in given) (pipeline.Tick, error) {
	t := pipeline.Tick{Rule: in.rule, Account: pipeline.AccountID(in.account), On: v.today, By: in.by, Note: in.note, Evidence: in.evidence}
	wrong := func(field int, format string, args ...any) (pipeline.Tick, error) {
		return pipeline.Tick{}, fault{field, fmt.Errorf(format, args...)}
	}
	i := slices.IndexFunc(v.guide.Rules, func(r check.Rule) bool { return r.ID == in.rule })
	if i < 0 {
		return wrong(fieldRule, "there is no rule %q in force; 'presencia check tick --list' lists those that people answer", in.rule)
	}
	r := v.guide.Rules[i]
	a, known := v.register.Account(t.Account)
	switch {
	case r.Manual == "":
		return wrong(fieldRule, "the rule %s is judged by 'presencia check', not by a person", r.ID)
	case r.Scope == check.Institution && in.account != "":
		return wrong(fieldAccount, "the rule %s is on the institution: leave the account out", r.ID)
	case r.Scope != check.Institution && in.account == "":
		return wrong(fieldAccount, "the rule %s is on an account: say which", r.ID)
	case in.account != "" && !known:
		return wrong(fieldAccount, "the register has no account %q", in.account)
	case in.account != "" && len(r.Platforms) > 0 && !slices.Contains(r.Platforms, a.Platform):
		return wrong(fieldAccount, "the rule %s does not hold on %s", r.ID, a.Platform)
	case in.by == "":
		return wrong(fieldBy, "say who has reviewed it")
	}
	verdict, ok := resultOf(in.result)
	if !ok {
		return wrong(fieldResult, "result %q: write pass, fail, warn or na", in.result)
	}
	t.Result = verdict
	if in.on != "" {
		day, err := readDay(in.on)
		if err != nil {
			return wrong(fieldOn, "%q is no day: write it as 2014-10-31", in.on)
		}
		t.On = day
	}
	if v.today.In(time.UTC).Before(t.On.In(time.UTC)) {
		return wrong(fieldOn, "the review is dated %s, and today is %s", t.On, v.today)
	}
	t.Due = r.Manual.Due(t.On)
	return t, nil
}

// readDay reads days as people and spreadsheets write them.
func readDay(s string) (pipeline.Date, error) {
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return pipeline.DateOf(t), nil
		}
	}
	return pipeline.ParseDate(s)
}

func (s *site) saveTicks(ctx context.Context, ticks []pipeline.Tick) error {
	if len(ticks) == 0 {
		_, err := fmt.Fprintln(s.stdout, "No row of the form has a result; nothing was stored.")
		return err
	}
	if err := s.db.SaveTicks(ctx, ticks, s.now()); err != nil {
		return err
	}
	for _, t := range ticks {
		next := "it is not asked again until something happens"
		if !t.Due.IsZero() {
			next = "next due on " + t.Due.String()
		}
		fmt.Fprintf(s.stdout, "%s, %s: %s on %s, %s\n", t.Rule, cmp.Or(string(t.Account), "the institution"), t.Result, t.On, next)
	}
	return nil
}

// The columns of a form.
const (
	fieldRule = iota
	fieldQuestion
	fieldWhy
	fieldAccount
	fieldLast
	fieldResult
	fieldBy
	fieldOn
	fieldNote
	fieldEvidence
	formFields
)

// formWords are the heads of the columns and then the results, by language. A form is read in any of them.
var formWords = map[string]struct {
	heads   [formFields]string
	results [4]string // in the order of formResults
	sheet   string
}{
	"es": {[formFields]string{"Regla", "Qué se pide", "Cómo se mira", "Cuenta", "Última revisión", "Resultado", "Quién la revisa", "Fecha", "Nota", "Prueba"},
		[4]string{"cumple", "no cumple", "aviso", "no procede"}, "Revisiones"},
	"ca-ES-valencia": {[formFields]string{"Regla", "Què es demana", "Com es mira", "Compte", "Última revisió", "Resultat", "Qui la revisa", "Data", "Nota", "Prova"},
		[4]string{"complix", "no complix", "avís", "no és procedent"}, "Revisions"},
	"en": {[formFields]string{"Rule", "What is asked", "How to look", "Account", "Last review", "Result", "Reviewed by", "Date", "Note", "Evidence"},
		[4]string{"pass", "fail", "warn", "na"}, "Reviews"},
}

var formResults = [4]pipeline.Verdict{pipeline.Pass, pipeline.Fail, pipeline.Warn, pipeline.NotApplies}

// resultOf understands a result in any of the languages.
func resultOf(s string) (pipeline.Verdict, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, words := range formWords {
		if i := slices.Index(words.results[:], s); i >= 0 {
			return formResults[i], true
		}
	}
	return 0, false
}

// form writes what is due, and answers how many reviews that is.
func (v *reviews) form(path, language string) (int, error) {
	words := formWords[language]
	rows := [][]string{words.heads[:]}
	for _, r := range v.asked {
		if !r.due(v.today) {
			continue
		}
		last := ""
		if r.last != nil {
			last = r.last.On.String()
			for i, verdict := range formResults {
				if verdict == r.last.Result {
					last += ", " + words.results[i]
				}
			}
		}
		in := func(texts map[string]string) string { return strings.TrimSpace(cmp.Or(texts[language], texts["es"])) }
		row := make([]string, formFields)
		row[fieldRule], row[fieldAccount], row[fieldLast] = r.rule.ID, string(r.account.ID), last
		row[fieldQuestion], row[fieldWhy] = in(r.rule.Title), cmp.Or(in(r.rule.Remedy), in(r.rule.Explanation))
		rows = append(rows, row)
	}
	write := formWriter(path)
	if err := replaceFile(path, func(w io.Writer) error { return write(w, rows, words.sheet, words.results[:]) }); err != nil {
		return 0, fmt.Errorf("write the form: %w", err)
	}
	return len(rows) - 1, nil
}

// formWriter chooses a form by the file's name; nil: there is none.
func formWriter(path string) func(w io.Writer, rows [][]string, sheet string, results []string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return func(w io.Writer, rows [][]string, _ string, _ []string) error {
			return csv.NewWriter(w).WriteAll(rows)
		}
	case ".xlsx":
		return writeFormBook
	}
	return nil
}

// writeFormBook is a workbook in which the result is chosen from a list.
func writeFormBook(w io.Writer, rows [][]string, sheet string, results []string) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	b := formBook{f, sheet}
	steps := []func() error{
		func() error { return f.SetSheetName("Sheet1", sheet) },
		func() error { return b.fill(rows) },
		func() error {
			return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
		},
		func() error { return b.choices(max(len(rows), 2), results) },
		func() error { return f.Write(w) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type formBook struct {
	*excelize.File
	sheet string
}

func (b formBook) fill(rows [][]string) error {
	head, err := b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"16335B"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	body, err := b.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	format := "yyyy-mm-dd"
	day, err := b.NewStyle(&excelize.Style{CustomNumFmt: &format, Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return err
	}
	open, err := b.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF4E0"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	for i, width := range []float64{28, 36, 44, 18, 18, 15, 20, 13, 30, 30} {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := b.SetColWidth(b.sheet, name, name, width); err != nil {
			return err
		}
	}
	for n, row := range rows {
		for i, text := range row {
			at, err := excelize.CoordinatesToCellName(i+1, n+1)
			if err != nil {
				return err
			}
			style := body
			switch {
			case n == 0:
				style = head
			case i == fieldOn:
				style = day
			case i >= fieldResult:
				style = open
			}
			if err := errors.Join(b.SetCellStr(b.sheet, at, text), b.SetCellStyle(b.sheet, at, at, style)); err != nil {
				return err
			}
			if text == "" && n > 0 { // an empty text is not an empty cell: a person who types a day gets a day
				if err := b.SetCellValue(b.sheet, at, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// choices are the lists from which results are chosen.
func (b formBook) choices(last int, results []string) error {
	column, err := excelize.ColumnNumberToName(fieldResult + 1)
	if err != nil {
		return err
	}
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s2:%[1]s%d", column, last)
	if err := v.SetDropList(results); err != nil {
		return err
	}
	v.SetError(excelize.DataValidationErrorStyleStop, b.sheet, strings.Join(results, ", "))
	return b.AddDataValidation(b.sheet, v)
}

// load reads a form that was filled in, if nothing in it is wrong.
func (v *reviews) load(path string) ([]pipeline.Tick, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, withCode(exitConfig, fmt.Errorf("read the form: %w", err))
	}
	rows, err := readForm(content)
	if err != nil {
		return nil, withCode(exitConfig, fmt.Errorf("read the form %s: it is neither a workbook nor CSV: %w", path, err))
	}
	at, err := columns(rows)
	if err != nil {
		return nil, withCode(exitConfig, fmt.Errorf("%s: %w", path, err))
	}
	var ticks []pipeline.Tick
	var mistakes []error
	seen := map[[2]string]int{}
	for n, row := range rows[1:] {
		cell := func(field int) string {
			if i := at[field]; i >= 0 && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		if cell(fieldResult) == "" {
			continue
		}
		wrong := func(field int, err error) {
			name, nameErr := excelize.CoordinatesToCellName(max(at[field], 0)+1, n+2)
			mistakes = append(mistakes, errors.Join(fmt.Errorf("%s:%s: %w", filepath.Base(path), name, err), nameErr))
		}
		t, err := v.tick(given{cell(fieldRule), cell(fieldAccount), cell(fieldResult), cell(fieldBy), cell(fieldNote), cell(fieldEvidence), cell(fieldOn)})
		var f fault
		if errors.As(err, &f) {
			wrong(f.field, f.error)
			continue
		}
		key := [2]string{t.Rule, string(t.Account)}
		if first := seen[key]; first > 0 {
			wrong(fieldRule, fmt.Errorf("the same rule and account stand in row %d", first))
			continue
		}
		seen[key] = n + 2
		ticks = append(ticks, t)
	}
	if len(mistakes) > 0 {
		return nil, withCode(exitConfig, fmt.Errorf("nothing was stored, since %s wrong:\n%w", are(len(mistakes), "cell"), errors.Join(mistakes...)))
	}
	return ticks, nil
}

func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return plural(n, noun) + " are"
}

// readForm reads the first sheet of a workbook, or CSV with commas or semicolons.
func readForm(content []byte) ([][]string, error) {
	if bytes.HasPrefix(content, []byte("PK")) {
		f, err := excelize.OpenReader(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		rows, err := f.GetRows(f.GetSheetName(0))
		return rows, errors.Join(err, f.Close())
	}
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	head, _, _ := bytes.Cut(content, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(content))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	return r.ReadAll()
}

// columns finds the columns of a form by their heads, in any language.
func columns(rows [][]string) (at [formFields]int, err error) {
	if len(rows) == 0 {
		return at, errors.New("the form is empty")
	}
	for field := range at {
		at[field] = slices.IndexFunc(rows[0], func(head string) bool {
			for _, words := range formWords {
				if strings.EqualFold(strings.TrimSpace(head), words.heads[field]) {
					return true
				}
			}
			return false
		})
	}
	for _, field := range []int{fieldRule, fieldAccount, fieldResult, fieldBy} {
		if at[field] < 0 {
			return at, fmt.Errorf("the column %q is missing: leave the first row of the form as it is", formWords["es"].heads[field])
		}
	}
	return at, nil
}
