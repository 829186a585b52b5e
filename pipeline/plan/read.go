package plan

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
)

// Bounds of what is read.
const (
	maxText  = 10_000 // letters of a cell
	headRows = 40     // in which the titles must stand
)

// Reader reads plans of the accounts of a register.
type Reader struct {
	Register *pipeline.Register
	// Columns are the titles of renamed columns by field of the model. Workbooks made by [Template] remember which is which.
	Columns map[string]string
}

// Read reads a plan from a workbook or a table in CSV, told apart by their content. Columns are known by their titles in any
// of the three languages, in any order; of further ones each filled cell becomes a note. Rows that hold no more than a date
// are not items. The error is [sheet.CellErrors] where cells are wrong; then nothing of the file counts.
func (r Reader) Read(name string, content []byte) ([]Item, error) {
	m, err := loadModel()
	if err != nil {
		return nil, err
	}
	for field, title := range r.Columns {
		if !slices.ContainsFunc(m.Columns, func(c column) bool { return c.Field == field }) {
			return nil, fmt.Errorf("the plan has no field %q; it has %s", field, strings.Join(m.fieldNames(), ", "))
		}
		m.fields[sheet.Title(title)] = field
	}
	grids, err := sheet.Read(name, content)
	if err != nil {
		return nil, err
	}
	for _, g := range grids {
		if head, ok := m.head(g); ok {
			x := &reading{Reader: r, model: m, grid: g, head: head, zone: r.Register.Institution.Location(), labels: m.labels(r.Register.Accounts)}
			return x.read()
		}
	}
	return nil, fmt.Errorf("%s has no table with a column for the date (%s) and one for the account or the department (%s): make one with 'presencia plan template'",
		filepath.Base(name), m.titles("date"), m.titles("account")+", "+m.titles("department"))
}

func (m *model) fieldNames() []string {
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Field
	}
	return names
}

// titles are a column's titles in all languages.
func (m *model) titles(field string) string {
	var all []string
	for _, c := range m.Columns {
		if c.Field != field {
			continue
		}
		for _, l := range Languages {
			if !slices.Contains(all, c.Title[l]) {
				all = append(all, c.Title[l])
			}
		}
	}
	return strings.Join(all, ", ")
}

// head is where the titles stand and what they mean.
type head struct {
	row    int
	fields map[int]string // by column
	titles map[int]string // of the columns that the model does not have
	twice  []sheet.CellError
}

// head finds the row with the titles.
func (m *model) head(g sheet.Sheet) (head, bool) {
	for r := 0; r < len(g.Rows) && r < headRows; r++ {
		h := head{row: r, fields: map[int]string{}, titles: map[int]string{}}
		seen := map[string]int{}
		for c, title := range g.Rows[r] {
			title = strings.TrimSpace(title)
			field, known := m.fields[sheet.Title(title)]
			if !known {
				field, known = strings.CutPrefix(g.Named[[2]int{r, c}], namePrefix)
			}
			switch first, again := seen[field]; {
			case title == "":
			case !known:
				h.titles[c] = title
			case again:
				h.twice = append(h.twice, sheet.CellError{Cell: g.Cell(r, c), Reason: fmt.Sprintf("this column is the same as %s: name one of them otherwise", g.Cell(r, first))})
			default:
				seen[field], h.fields[c] = c, field
			}
		}
		_, date := seen["date"]
		_, account := seen["account"]
		_, department := seen["department"]
		if date && (account || department) {
			return h, true
		}
	}
	return head{}, false
}

// reading is one table being read.
type reading struct {
	Reader
	model  *model
	grid   sheet.Sheet
	head   head
	zone   *time.Location
	labels []string

	errs sheet.CellErrors
	row  int
	at   map[string]int // column of a field
}

func (x *reading) read() ([]Item, error) {
	x.errs = append(x.errs, x.head.twice...)
	x.at = map[string]int{}
	for c, f := range x.head.fields {
		x.at[f] = c
	}
	var items []Item
	rows := map[string]int{} // of the items, by department and id
	for x.row = x.head.row + 1; x.row < len(x.grid.Rows); x.row++ {
		if !x.counts() {
			continue
		}
		before := len(x.errs)
		item := x.item()
		if len(x.errs) > before {
			continue
		}
		own := item.ID != ""
		if !own { // the same in later versions, as long as the time stays; two at one time are told apart
			item.ID = cmp.Or(string(item.Account), item.Department) + "-" + item.At.In(x.zone).Format("20060102-1504")
			for n := 2; ; n++ {
				if _, taken := rows[item.Department+"\n"+item.ID]; !taken {
					break
				}
				item.ID = strings.TrimSuffix(item.ID, fmt.Sprintf("-%d", n-1)) + fmt.Sprintf("-%d", n)
			}
		}
		k := item.Department + "\n" + item.ID
		if first, taken := rows[k]; taken {
			x.wrong("id", "the reference %s stands in row %d as well: give each row its own, or leave it empty", item.ID, first+1)
			continue
		}
		rows[k] = x.row
		items = append(items, item)
	}
	if x.grid.Further > 0 {
		x.errs = append(x.errs, sheet.CellError{Cell: x.grid.Cell(x.grid.Further, 0), Reason: fmt.Sprintf("there are more than %d rows: import the plan in parts", sheet.MaxRows)})
	}
	if x.grid.Wide > 0 {
		x.errs = append(x.errs, sheet.CellError{Cell: x.grid.Cell(x.grid.Wide-1, sheet.MaxColumns), Reason: fmt.Sprintf("there are more than %d columns: take out what is no part of the plan", sheet.MaxColumns)})
	}
	switch {
	case len(x.errs) > 0:
		return nil, x.errs
	case len(items) == 0:
		return nil, fmt.Errorf("%s: no row says more than a date: fill in time, account and topic first", x.grid.Name)
	}
	return items, nil
}

// counts tells whether somebody has filled in the row.
func (x *reading) counts() bool {
	for _, f := range []string{"time", "account", "topic", "text", "link", "hashtags"} {
		if x.cell(f) != "" {
			return true
		}
	}
	return false
}

// cell is what stands in a field's cell of the row.
func (x *reading) cell(field string) string {
	c, ok := x.at[field]
	if !ok || c >= len(x.grid.Rows[x.row]) {
		return ""
	}
	return sheet.Clean(x.grid.Rows[x.row][c])
}

func (x *reading) wrong(field, format string, args ...any) {
	where := x.grid.Name + "!" + strconv.Itoa(x.row+1)
	if c, ok := x.at[field]; ok {
		where = x.grid.Cell(x.row, c)
	}
	x.errs = append(x.errs, sheet.CellError{Cell: where, Reason: fmt.Sprintf(format, args...)})
}

func (x *reading) item() Item {
	for c := range x.grid.Rows[x.row] {
		switch v := x.grid.Rows[x.row][c]; {
		case x.head.fields[c] == "" && x.head.titles[c] == "":
		case sheet.FormulaError.MatchString(v):
			x.errs = append(x.errs, sheet.CellError{Cell: x.grid.Cell(x.row, c), Reason: "the formula in this cell gives " + v + ": write the value itself"})
		case len([]rune(v)) > maxText:
			x.errs = append(x.errs, sheet.CellError{Cell: x.grid.Cell(x.row, c), Reason: fmt.Sprintf("this is longer than %d letters", maxText)})
		}
	}
	item := Item{
		ID: x.cell("id"), Topic: x.cell("topic"), Campaign: x.cell("campaign"), Text: x.cell("text"),
		Link: x.link(), Hashtags: hashtags(x.cell("hashtags")), Languages: x.languages(), Responsible: x.cell("responsible"),
		Format: x.cell("format"), State: Planned, Tolerance: x.tolerance(), At: x.instant(),
	}
	item.Department, item.Account = x.channel()
	if w, ok := x.model.word("formats", item.Format); ok {
		item.Format = w
	}
	if s := x.cell("state"); s != "" {
		w, ok := x.model.word("states", s)
		if !ok {
			x.wrong("state", "%q is no state of an item: write one of %s", s, strings.Join(x.model.names("states", "es"), ", "))
		}
		item.State = State(w)
	}
	if strings.Contains(item.Responsible, "@") {
		x.wrong("responsible", "write a role, such as press office, instead of a person's address")
	}
	item.Notes = x.notes()
	return item
}

// notes are the model's further columns and the institution's own.
func (x *reading) notes() map[string]string {
	notes := map[string]string{}
	for c, v := range x.grid.Rows[x.row] {
		if v = sheet.Clean(v); v == "" {
			continue
		}
		if t := x.head.titles[c]; t != "" {
			notes[t] = v
		}
		i := slices.IndexFunc(x.model.Columns, func(col column) bool { return col.Field == x.head.fields[c] })
		if i >= 0 && x.model.Columns[i].Further && x.model.Columns[i].Field != "tolerance" && x.model.Columns[i].Field != "id" {
			if w, ok := x.model.word(x.model.Columns[i].List, v); ok {
				v = w
			}
			notes[x.model.Columns[i].Field] = v
		}
	}
	return notes
}

// instant is when the item is planned.
func (x *reading) instant() time.Time {
	date, clock := x.cell("date"), x.cell("time")
	if date == "" {
		x.wrong("date", "write the date, such as 3/11/2026")
		return time.Time{}
	}
	day, rest, ok := sheet.Date(date, x.grid.Epoch)
	if !ok {
		x.wrong("date", "%q is no date: write it with the day first, such as 3/11/2026, or as 2026-11-03", date)
		return time.Time{}
	}
	minutes, ok := sheet.TimeOfDay(cmp.Or(clock, rest))
	switch {
	case clock == "" && rest == "":
		x.wrong("time", "write the time, such as 10:30")
		return time.Time{}
	case !ok:
		x.wrong("time", "%q is no time of day: write it like 10:30", cmp.Or(clock, rest))
		return time.Time{}
	}
	t := time.Date(day.Year, day.Month, day.Day, minutes/60, minutes%60, 0, 0, x.zone)
	if t.Hour()*60+t.Minute() != minutes {
		x.wrong("time", "the clocks are put forward that night, there is no %02d:%02d on %s", minutes/60, minutes%60, day)
	}
	return t.UTC()
}

// channel is whose item it is.
func (x *reading) channel() (department string, account pipeline.AccountID) {
	if name := x.cell("department"); name != "" {
		for _, d := range x.Register.Departments {
			if sheet.Fold(name) == sheet.Fold(d.ID) || sheet.Fold(name) == sheet.Fold(d.Name) {
				department = d.ID
			}
		}
		if department == "" {
			x.wrong("department", "the register has no department %q; write its name or its id", name)
			return "", ""
		}
	}
	name := x.cell("account")
	if name == "" && department == "" {
		x.wrong(x.present("account", "department"), "write the account, or at least the department")
		return "", ""
	}
	var own []pipeline.Account
	if name != "" {
		own = x.accounts(name, department)
		switch {
		case len(own) == 0:
			x.wrong("account", "the register has no account %q; write its id, or network and handle", name)
			return department, ""
		case len(own) > 1:
			ids := make([]string, len(own))
			for i, a := range own {
				ids[i] = string(a.ID)
			}
			x.wrong("account", "%q may be %s: write which", name, strings.Join(ids, " or "))
			return department, ""
		case department != "" && own[0].Department != department:
			x.wrong("account", "the account %s belongs to %s, not to %s", own[0].ID, own[0].Department, department)
			return department, ""
		}
		return own[0].Department, own[0].ID
	}
	for _, a := range x.Register.Accounts {
		if a.Department == department {
			own = append(own, a)
		}
	}
	switch len(own) {
	case 0:
		x.wrong("department", "the register has no account of %s", department)
	case 1: // there is no choice
		account = own[0].ID
	}
	return department, account
}

// present is the first of some fields that has a column.
func (x *reading) present(fields ...string) string {
	for _, f := range fields {
		if _, ok := x.at[f]; ok {
			return f
		}
	}
	return ""
}

// accounts are those that a name may mean: the best way of naming that finds any counts.
func (x *reading) accounts(name, department string) []pipeline.Account {
	key, handle := sheet.Fold(name), pipeline.CanonicalHandle(name)
	at, isAddress := pipeline.AccountAt(name)
	ways := []func(int, pipeline.Account) bool{
		func(_ int, a pipeline.Account) bool { return name == string(a.ID) },
		func(i int, _ pipeline.Account) bool { return key == sheet.Fold(x.labels[i]) },
		func(_ int, a pipeline.Account) bool {
			return key == sheet.Fold(string(a.Platform)+" "+a.Handle) || key == sheet.Fold(x.model.Platforms[a.Platform]+" "+a.Handle)
		},
		func(_ int, a pipeline.Account) bool {
			return isAddress && at.Platform == a.Platform && pipeline.CanonicalHandle(at.Handle) == pipeline.CanonicalHandle(a.Handle)
		},
		func(_ int, a pipeline.Account) bool {
			return handle == pipeline.CanonicalHandle(a.Handle) && (department == "" || a.Department == department)
		},
		func(_ int, a pipeline.Account) bool { return handle == pipeline.CanonicalHandle(a.Handle) },
	}
	for _, way := range ways {
		var found []pipeline.Account
		for i, a := range x.Register.Accounts {
			if way(i, a) {
				found = append(found, a)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func (x *reading) languages() (tags []string) {
	for _, name := range strings.FieldsFunc(strings.NewReplacer(" y ", ",", " i ", ",", " and ", ",").Replace(x.cell("language")), func(r rune) bool { return strings.ContainsRune(",;/+&\n", r) }) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		tag, ok := x.model.word("languages", name)
		if !ok && languageTag.MatchString(name) {
			tag, ok = name, true
		}
		if !ok {
			x.wrong("language", "%q is no language: write castellano, valencià, or a tag such as es, with commas between several", name)
			continue
		}
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (x *reading) link() string {
	s := x.cell("link")
	if s == "" {
		return ""
	}
	if strings.HasPrefix(strings.ToLower(s), "www.") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(s, " \n\t") {
		x.wrong("link", "write one whole address, with https:// in front")
		return ""
	}
	return s
}

func (x *reading) tolerance() time.Duration {
	s := x.cell("tolerance")
	if s == "" {
		return Tolerance
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(sheet.Fold(s), " min"), 64)
	if err != nil || n != math.Trunc(n) || n < 1 || n > 720 {
		x.wrong("tolerance", "write minutes, from 1 to 720")
	}
	return time.Duration(n) * time.Minute
}

func hashtags(s string) (tags []string) {
	for _, t := range strings.FieldsFunc(strings.ReplaceAll(s, "#", " "), func(r rune) bool { return strings.ContainsRune(" ,;\n\t\u00a0", r) }) {
		if !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags
}
