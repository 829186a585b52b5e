package learning

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
)

// Reader reads files of a course. Workbooks and CSV are told apart by their content; columns are known by their titles in
// Spanish, Valencian and English, in any order. Errors are [sheet.CellErrors] where cells are wrong; then nothing of the file
// counts.
type Reader struct {
	Course   pipeline.Course
	Register *pipeline.Register
	Key      []byte // of the hashes of people
	Role     string // of a survey's respondents, where the file does not tell
}

// titles are the names of columns by field, as [sheet.Title] compares them.
var titles = map[string][]string{
	"person": {"person", "persona", "participante", "participant", "alumno", "alumna", "alumno/a", "alumnat", "alumne", "nombre", "nombre completo", "nombre y apellidos",
		"apellidos y nombre", "apellidos, nombre", "nom", "nom complet", "nom i cognoms", "cognoms i nom", "cognoms, nom", "name", "full name", "first name",
		"nombre completo del usuario", "nom complet de l'usuari", "user full name", "correo", "correo electronico", "correu", "correu electronic", "email", "e-mail",
		"email address", "direccion de correo", "direccion de correo electronico", "adreca de correu", "adreca de correu electronic", "adreca electronica", "usuario",
		"usuari", "user", "username", "dni", "id"},
	"surname":    {"surname", "last name", "apellidos", "apellido", "cognoms", "cognom"},
	"department": {"department", "departamento", "departament", "area", "servicio", "servei", "unidad", "unitat", "unit"},
	"session":    {"session", "sesion", "sessio", "date", "fecha", "data", "dia", "day"},
	"moment":     {"time", "hora", "fecha y hora", "data i hora"}, // of a platform's log
	"hours":      {"hours", "horas", "hores"},
	"attended":   {"attended", "attendance", "asistencia", "asiste", "asistio", "assistencia", "present", "presente"},
	"role":       {"role", "rol", "perfil", "perfil del encuestado", "profile", "soy", "soc", "i am"},
	"item":       {"item", "question", "pregunta", "cuestion", "questio"},
	"value":      {"value", "valor", "answer", "respuesta", "resposta", "puntuacion", "puntuacio", "nota", "mark"},
	"kind": {"kind", "type", "tipo", "tipus", "actividad", "activitat", "activity", "accion", "accio", "action",
		"event name", "nombre evento", "nombre del evento", "nom de l'esdeveniment"},
	"count":   {"count", "number", "numero", "nombre d'accions", "cantidad", "quantitat", "veces", "vegades", "times"},
	"minutes": {"minutes", "minutos", "minuts"},
	// What forms add by themselves, and what is no mark.
	"aside": {"marca temporal", "marca de temps", "timestamp", "hora de inicio", "hora d'inici", "start time", "hora de finalizacion", "hora de finalitzacio", "completion time",
		"hora de la ultima modificacion", "hora de l'ultima modificacio", "last modified time", "puntuacion total", "total points", "edad", "edat", "age", "comentarios", "comentaris", "comments", "observaciones", "observacions", "sugerencias", "suggeriments", "suggestions", "comentarios y sugerencias", "comentaris i suggeriments",
		"idioma", "llengua", "language"},
}

// given are titles of the column of a first name, beside which stands the surname.
var given = []string{"nombre", "nom", "name", "first name"}

// yes and no are words of a list of attendance. Moodle's letters count only with its points behind them, as in P (2/2): by
// itself an A is an absence to some and means "asiste" to others.
var (
	yes    = []string{"si", "s", "x", "yes", "y", "1", "true", "verdadero", "asiste", "asistio", "assistix", "assisteix", "presente", "present", "✓", "✔", "ok"}
	no     = []string{"no", "n", "0", "false", "falso", "ausente", "absent", "-", "f", "falta", "no asiste", "no asistio", "no assistix", "no assisteix"}
	points = regexp.MustCompile(`^(\pL+) ?\(\d+([.,]\d+)?/\d+([.,]\d+)?\)$`)
	moodle = map[string]bool{"p": true, "r": true, "l": true, "a": false, "f": false, "j": false, "e": false} // present, late; absent, excused
)

// nobody is what forms write for a person who did not have to tell, and blank for an answer that is none.
var (
	nobody = []string{"anonymous", "anonimo", "anonima", "anonim"}
	blank  = []string{"-", "ns/nc", "nsnc", "ns", "nc", "no sabe", "no contesta", "no sabe/no contesta", "no sabe / no contesta", "no ho se", "no ho sap", "n/a", "na",
		"no aplica", "no procede", "don't know", "not applicable"}
)

// marks are answers in words, from the worst to the best of four.
var marks = [4][]string{
	{"muy insatisfecho", "muy insatisfecha", "molt insatisfet", "molt insatisfeta", "very dissatisfied", "nada", "gens", "not at all", "muy malo", "molt mal", "muy mal", "totalmente en desacuerdo",
		"muy en desacuerdo", "nada de acuerdo", "totalment en desacord", "molt en desacord", "gens d'acord", "strongly disagree", "nunca", "mai", "never"},
	{"insatisfecho", "insatisfecha", "insatisfet", "insatisfeta", "dissatisfied", "poco", "poc", "a little", "malo", "mal", "en desacuerdo", "poco de acuerdo", "en desacord",
		"poc d'acord", "disagree", "a veces", "a vegades", "sometimes"},
	{"satisfecho", "satisfecha", "satisfet", "satisfeta", "satisfied", "bastante", "prou", "quite", "bueno", "bien", "be", "de acuerdo", "bastante de acuerdo", "d'acord", "prou d'acord",
		"bastant d'acord", "agree", "casi siempre", "quasi sempre", "often"},
	{"muy satisfecho", "muy satisfecha", "molt satisfet", "molt satisfeta", "very satisfied", "mucho", "molt", "very much", "muy bueno", "muy bien", "molt be", "totalmente de acuerdo",
		"muy de acuerdo", "totalment d'acord", "molt d'acord", "strongly agree", "siempre", "sempre", "always"},
}

// file is one table being read.
type file struct {
	Reader
	sheet.Sheet
	head   int            // row of the titles
	at     map[string]int // column of a field
	errs   sheet.CellErrors
	places map[string]string // ids of departments by name
}

// open finds the first table with the needed columns.
func (r Reader) open(name string, content []byte, needed ...[]string) (*file, error) {
	sheets, err := sheet.Read(name, content)
	if err != nil {
		return nil, err
	}
	for _, s := range sheets {
		for row := 0; row < len(s.Rows) && row < 40; row++ {
			f := &file{Reader: r, Sheet: s, head: row, at: map[string]int{}, places: map[string]string{}}
			for c, title := range s.Rows[row] {
				for field, names := range titles {
					if _, taken := f.at[field]; !taken && slices.Contains(names, sheet.Title(title)) {
						f.at[field] = c
					}
				}
			}
			found := len(s.Rows[row]) > 1
			for _, either := range needed {
				found = found && slices.ContainsFunc(either, func(field string) bool { _, ok := f.at[field]; return ok })
			}
			if !found {
				continue
			}
			if s.Further > 0 || s.Wide > 0 {
				return nil, fmt.Errorf("%s has more than %d rows or %d columns: import it in parts", filepath.Base(name), sheet.MaxRows, sheet.MaxColumns)
			}
			for _, d := range r.Register.Departments {
				f.places[sheet.Fold(d.ID)], f.places[sheet.Fold(d.Name)] = d.ID, d.ID
			}
			return f, nil
		}
	}
	wanted := make([]string, len(needed))
	for i, either := range needed {
		var names []string
		for _, field := range either {
			names = append(names, titles[field][:min(3, len(titles[field]))]...)
		}
		wanted[i] = "one of " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("%s has no row with the titles of its columns (%s): write them in the first row", filepath.Base(name), strings.Join(wanted, "; "))
}

func (f *file) cell(row int, field string) string {
	c, ok := f.at[field]
	if !ok {
		return ""
	}
	return f.text(row, c)
}

func (f *file) text(row, column int) string {
	if column >= len(f.Rows[row]) {
		return ""
	}
	s := sheet.Clean(f.Rows[row][column])
	if sheet.FormulaError.MatchString(s) {
		f.wrong(row, column, "the formula in this cell gives %s: write the value itself", s)
		return ""
	}
	return s
}

func (f *file) wrong(row, column int, format string, args ...any) {
	f.errs = append(f.errs, sheet.CellError{Cell: f.Cell(row, column), Reason: fmt.Sprintf(format, args...)})
}

func (f *file) blank(row int) bool {
	return !slices.ContainsFunc(f.Rows[row], func(s string) bool { return sheet.Clean(s) != "" })
}

// pseudonym is a person's keyed hash within a course: it cannot be followed into another.
func (r Reader) pseudonym(of ...string) string {
	h := hmac.New(sha256.New, r.Key)
	for _, s := range append([]string{"learning", r.Course.ID}, of...) {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// called is a person's name as it is hashed: Pérez, Ana is Ana Pérez.
func called(name string) string {
	if last, first, ok := strings.Cut(name, ","); ok && !strings.Contains(first, ",") {
		name = first + " " + last
	}
	return strings.Join(strings.Fields(sheet.Fold(name)), " ")
}

// name is who stands in a row; empty where the file does not tell.
func (f *file) name(row int) string {
	name := f.cell(row, "person")
	if _, ok := f.at["surname"]; ok && slices.Contains(given, sheet.Title(f.text(f.head, f.at["person"]))) {
		name += " " + f.cell(row, "surname")
	}
	if name = called(name); slices.Contains(nobody, name) {
		return ""
	}
	return name
}

// person is the pseudonym of who stands in a row.
func (f *file) person(row int) string {
	name := f.name(row)
	if name == "" {
		f.wrong(row, f.at["person"], "write who it is: a name, a mailbox or a number; only a hash of it is kept")
		return ""
	}
	return f.pseudonym("person", name)
}

// department is the id of the department in a row; empty where the row does not tell.
func (f *file) department(row int) string {
	name := f.cell(row, "department")
	id := f.places[sheet.Fold(name)]
	if name != "" && id == "" {
		f.wrong(row, f.at["department"], "the register has no department %q; write its name or its id", name)
	}
	return id
}

// number reads a count or hours, with a comma or a point; false: it is none.
func number(s string) (float64, bool) {
	x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return x, err == nil && !math.IsNaN(x) && x >= 0 && x < 1e6
}

// session finds the session of the course that a cell names: by date, or by title.
func (f *file) session(s string) (pipeline.Session, bool) {
	if day, _, ok := sheet.Date(s, f.Epoch); ok {
		for _, x := range f.Course.Sessions {
			if x.Date == day {
				return x, true
			}
		}
		return pipeline.Session{}, false
	}
	for i, x := range f.Course.Sessions {
		key := sheet.Title(s)
		if x.Title != "" && key == sheet.Title(x.Title) || slices.Contains([]string{fmt.Sprint("sesion ", i+1), fmt.Sprint("sessio ", i+1), fmt.Sprint("session ", i+1)}, key) {
			return x, true
		}
	}
	return pipeline.Session{}, false
}

// presence reads a cell of a list of attendance as hours of the session.
func presence(s string, x pipeline.Session) (float64, bool) {
	key := sheet.Fold(s)
	if m := points.FindStringSubmatch(key); m != nil {
		if there, ok := moodle[m[1]]; ok {
			key = map[bool]string{true: "yes", false: "no"}[there]
		}
	}
	switch {
	case s == "" || slices.Contains(no, key):
		return 0, true
	case slices.Contains(yes, key):
		return x.Hours, true
	}
	hours, ok := number(s)
	return hours, ok && hours <= 24
}

// Attendance reads a list of attendance: a row for each person and session (person, department, session, and hours or
// attended), or a row for each person and a column for each session, titled by its date, its title or its number. In the cells
// stand x, yes or hours; an empty one, or no, is an absence.
func (r Reader) Attendance(name string, content []byte) ([]Attendance, error) {
	if len(r.Course.Sessions) == 0 {
		return nil, fmt.Errorf("course %s has no sessions in the register: write them there, with date and hours", r.Course.ID)
	}
	f, err := r.open(name, content, []string{"person"}, []string{"department"})
	if err != nil {
		return nil, err
	}
	columns := map[int]pipeline.Session{}
	_, long := f.at["session"]
	if !long {
		for c := range f.Rows[f.head] {
			title := f.text(f.head, c)
			x, ok := f.session(title)
			if _, _, dated := sheet.Date(title, f.Epoch); dated && !ok {
				f.wrong(f.head, c, "course %s has no session on this day in the register", f.Course.ID)
			}
			if ok {
				columns[c] = x
			}
		}
		if len(columns) == 0 && len(f.errs) == 0 {
			return nil, fmt.Errorf("%s has neither a column for the session (date, fecha, sesión) nor one for each session, titled by its date such as %s", filepath.Base(name), r.Course.Sessions[0].Date)
		}
	}
	var all []Attendance
	type key struct {
		person  string
		session pipeline.Date
	}
	seen := map[key]int{}
	add := func(row, column int, x pipeline.Session, cell string, a Attendance) {
		hours, ok := presence(cell, x)
		if !ok {
			f.wrong(row, column, "%q is neither yes, no, nor hours", cell)
			return
		}
		a.Session, a.Hours = x.Date, hours
		k := key{a.Person, a.Session}
		if first, twice := seen[k]; twice {
			f.wrong(row, column, "this person and session stand in row %d as well", first+1)
			return
		}
		seen[k] = row
		all = append(all, a)
	}
	for row := f.head + 1; row < len(f.Rows); row++ {
		if f.blank(row) {
			continue
		}
		a := Attendance{Course: r.Course.ID, Person: f.person(row), Department: f.department(row)}
		if f.cell(row, "department") == "" {
			f.wrong(row, f.at["department"], "write the department, by its name or id in the register")
		}
		if !long {
			for c := range f.Rows[f.head] {
				if x, ok := columns[c]; ok {
					add(row, c, x, f.text(row, c), a)
				}
			}
			continue
		}
		x, ok := f.session(f.cell(row, "session"))
		if !ok {
			f.wrong(row, f.at["session"], "course %s has no session %q in the register: write its date", f.Course.ID, f.cell(row, "session"))
			continue
		}
		field := "hours"
		if _, ok := f.at[field]; !ok {
			field = "attended"
		}
		cell := "x" // whoever is listed was there
		if _, ok := f.at[field]; ok {
			cell = f.cell(row, field)
		}
		add(row, f.at[field], x, cell, a)
	}
	return all, f.done(name, len(all))
}

// Survey reads the answers to a survey: an export of a form, with a row for each respondent and a column for each question, or
// rows of respondent, question and mark. A column is a question if all that stands in it are marks from 1 to 4, as numbers
// or in words; others (comments) are never read, and answered as ignored. Nobody answers twice.
func (r Reader) Survey(name string, content []byte) (answers []Answer, ignored []string, err error) {
	f, err := r.open(name, content)
	if err != nil {
		return nil, nil, err
	}
	type row struct {
		respondent, role string
		n                int
	}
	var rows []row
	copies := map[string]int{}
	_, long := f.at["item"]
	type key struct{ respondent, role, item string }
	seen := map[key]int{}
	for n := f.head + 1; n < len(f.Rows); n++ {
		if f.blank(n) {
			continue
		}
		x := row{n: n, role: role(cmp.Or(f.cell(n, "role"), r.Role))}
		if _, ok := f.at["person"]; ok && f.name(n) != "" {
			x.respondent = f.person(n)
		} else { // anonymous: the row itself, and how many like it came before
			content := strings.Join(f.Rows[n], "\x00")
			copies[content]++
			x.respondent = r.pseudonym("row", content, strconv.Itoa(copies[content]))
		}
		if x.role == "" {
			return nil, nil, fmt.Errorf("%s does not tell who answered: name them with --role, such as participants or tutor", filepath.Base(name))
		}
		k := key{x.respondent, x.role, ""}
		if long {
			k.item = f.cell(n, "item")
		}
		if first, twice := seen[k]; twice {
			f.wrong(n, f.at["person"], "this person has answered in row %d as well: keep one of the two", first+1)
		}
		seen[k] = n
		rows = append(rows, x)
	}
	if long {
		if _, ok := f.at["value"]; !ok {
			return nil, nil, fmt.Errorf("%s has a column for the question but none for the mark (value, valor)", filepath.Base(name))
		}
		for _, x := range rows {
			value, ok := mark(f.cell(x.n, "value"))
			if !ok {
				f.wrong(x.n, f.at["value"], "%q is no mark from 1 to 4", f.cell(x.n, "value"))
			}
			answers = append(answers, Answer{Course: r.Course.ID, Respondent: x.respondent, Role: x.role, Item: f.cell(x.n, "item"), Value: value})
		}
		return answers, nil, f.done(name, len(answers))
	}
	known := map[int]bool{}
	for _, field := range []string{"person", "surname", "department", "role", "session", "moment", "aside"} {
		if c, ok := f.at[field]; ok {
			known[c] = true
		}
	}
	for c := range f.Rows[f.head] {
		title := f.text(f.head, c)
		if known[c] || title == "" || slices.Contains(titles["aside"], sheet.Title(title)) || slices.Contains(titles["person"], sheet.Title(title)) ||
			slices.Contains(titles["surname"], sheet.Title(title)) {
			continue
		}
		filled, marked := 0, 0
		for _, x := range rows {
			s := f.text(x.n, c)
			if s == "" {
				continue
			}
			value, ok := mark(s)
			if ok && value == 0 {
				continue
			}
			filled++
			if ok {
				marked++
			}
		}
		switch {
		case marked == 0 || marked*10 < filled*9:
			ignored = append(ignored, title)
			continue
		case marked < filled:
			for _, x := range rows {
				if s := f.text(x.n, c); s != "" {
					if _, ok := mark(s); !ok {
						f.wrong(x.n, c, "all others of this column are marks from 1 to 4, and this is %q", s)
					}
				}
			}
		}
		for _, x := range rows {
			value, _ := mark(f.text(x.n, c))
			answers = append(answers, Answer{Course: r.Course.ID, Respondent: x.respondent, Role: x.role, Item: title, Value: value})
		}
	}
	if len(answers) == 0 && len(ignored) > 0 && len(f.errs) == 0 {
		return nil, ignored, fmt.Errorf("%s: in no column stand marks from 1 to 4 only, as numbers or in words such as %q and %q: %s", filepath.Base(name),
			"De acuerdo", "Muy satisfecho", strings.Join(ignored, ", "))
	}
	return answers, ignored, f.done(name, len(answers))
}

// role is the register's word for who answers.
func role(s string) string {
	switch key := sheet.Fold(s); key {
	case "participante", "participantes", "participant", "participants", "alumno", "alumna", "alumnado", "alumnat", "student", "asistente":
		return "participants"
	case "tutor", "tutora", "docente", "docent", "profesor", "profesora", "formador", "formadora", "teacher", "trainer":
		return "tutor"
	default:
		return key
	}
}

// mark reads an answer: 1 to 4, also as "4 - Muy satisfecho" or 4/4, or in words.
func mark(s string) (int, bool) {
	key := strings.ReplaceAll(sheet.Fold(s), "’", "'")
	if s == "" || slices.Contains(blank, key) {
		return 0, true
	}
	for i, words := range marks {
		if slices.Contains(words, key) {
			return i + 1, true
		}
	}
	digits, rest := s, ""
	if i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits, rest = s[:i], strings.TrimLeft(s[i:], "0,.")
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > 4 || rest != "" && !strings.ContainsAny(rest[:1], " -/:)(") {
		return 0, false
	}
	if x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64); err == nil && x != float64(n) {
		return 0, false // 3.5 is no mark
	}
	return n, true
}

// Activity reads what people did online, as the course's platform counts it: person and day, and kind, count, minutes and
// department where it has them.
func (r Reader) Activity(name string, content []byte) ([]Activity, error) {
	f, err := r.open(name, content, []string{"person"}, []string{"session", "moment"})
	if err != nil {
		return nil, err
	}
	type key struct {
		person, kind string
		day          pipeline.Date
	}
	when := "session"
	if _, ok := f.at[when]; !ok {
		when = "moment"
	}
	at := map[key]int{}
	var all []Activity
	for row := f.head + 1; row < len(f.Rows); row++ {
		if f.blank(row) {
			continue
		}
		day, _, ok := sheet.Date(f.cell(row, when), f.Epoch)
		if !ok {
			f.wrong(row, f.at[when], "%q is no date: write it with the day first, or as 2014-11-03", f.cell(row, when))
			continue
		}
		a := Activity{Course: r.Course.ID, Person: f.person(row), Department: f.department(row), Day: day, Kind: cmp.Or(sheet.Fold(f.cell(row, "kind")), "activity"), Count: 1}
		if s := f.cell(row, "count"); s != "" {
			n, ok := number(s)
			if !ok || n != math.Trunc(n) {
				f.wrong(row, f.at["count"], "%q is no count", s)
			}
			a.Count = int(n)
		}
		if s := f.cell(row, "minutes"); s != "" {
			n, ok := number(s)
			if !ok || n > 24*60 {
				f.wrong(row, f.at["minutes"], "%q are no minutes of a day", s)
			}
			a.Minutes = n
		}
		k := key{a.Person, a.Kind, a.Day}
		if i, again := at[k]; again { // a platform may list each action by itself
			all[i].Count += a.Count
			all[i].Minutes += a.Minutes
			continue
		}
		at[k] = len(all)
		all = append(all, a)
	}
	return all, f.done(name, len(all))
}

// Site counts what people wrote on the course's own website, as a collector read it before anything was taken out; unnamed is how
// many posts and comments do not tell their author.
func (r Reader) Site(b pipeline.Batch) (all []Activity, unnamed int) {
	zone := r.Register.Institution.Location()
	type key struct {
		person, kind string
		day          pipeline.Date
	}
	at := map[key]int{}
	add := func(author, kind string, written time.Time) {
		name := called(sheet.Clean(author))
		if name == "" {
			unnamed++
			return
		}
		k := key{r.pseudonym("person", name), kind, pipeline.DateOf(written.In(zone))}
		i, again := at[k]
		if !again {
			i = len(all)
			at[k] = i
			all = append(all, Activity{Course: r.Course.ID, Person: k.person, Day: k.day, Kind: kind})
		}
		all[i].Count++
	}
	for _, p := range b.Posts {
		kind := "post"
		if p.Kind == pipeline.Reply {
			kind = "comment"
		}
		add(p.Author, kind, p.CreatedAt)
	}
	for _, m := range b.Messages {
		add(m.Author, "comment", m.At)
	}
	return all, unnamed
}

// done is the error of a file, if there is one.
func (f *file) done(name string, rows int) error {
	switch {
	case len(f.errs) > 0:
		return f.errs
	case rows == 0:
		return fmt.Errorf("%s: there is nothing below the titles of %s that could be read", filepath.Base(name), f.Name)
	}
	return nil
}

// week is the Monday of a day's week.
func week(d pipeline.Date) pipeline.Date {
	return d.AddDays(-(int(d.In(time.UTC).Weekday()) + 6) % 7)
}
