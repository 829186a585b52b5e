package method

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/gonum/mat"

	"presencia/pipeline/statistics"
)

// Model is a regression's columns, read off a table by a formula. The rows in which anything is missing are left out.
type Model struct {
	Response string // as written
	Names    []string
	X        *mat.Dense // rows × columns, the intercept among them
	Y        []float64
	Offset   []float64 // nil: the formula has none
	Rows     []int     // of the table, counted from 0, that are used
}

// Intercept is the name of the column of ones, as R has it.
const Intercept = "(Intercept)"

// formulas is the part of a method's help that says how a formula is written.
const formulas = `A formula is written as in R: 'y ~ a + b'. Arithmetic (and comparisons) stand within a function's parentheses: log(a/b),
I((time-36)*after), I(year>=1899). a:b is an interaction, a*b is a + b + a:b; '- 1' or '0 +' leaves the intercept out.
offset(log(people)) has no coefficient. harmonics(month,12,2) are two pairs of sine and cosine of the period 12, named s1, c1,
s2, c2. A column of text is a factor by itself, a column of numbers by factor(g): treatment coding, whose reference is the first
level or the one named: factor(Sex, F). A name with spaces stands between backquotes. Rows in which a value is missing are
left out.`

// Model reads a formula; how one is written is told by each method's help. Errors name what is not understood, the columns
// that are not there, a factor of one level and a table without complete rows; columns that depend on each other are found by
// the fit (statistics.ErrCollinear).
func (t *Table) Model(formula string) (*Model, error) {
	if t == nil {
		return nil, errors.New("no table was given; name one with --data")
	}
	f, err := parseFormula(formula)
	if err != nil {
		return nil, fmt.Errorf("formula %q: %w", formula, err)
	}
	m, err := t.model(f)
	if err != nil {
		return nil, fmt.Errorf("formula %q: %w", formula, err)
	}
	return m, nil
}

// linear fits the model by least squares.
func (m *Model) linear() (*statistics.Linear, error) {
	y := m.Y
	if m.Offset != nil {
		y = make([]float64, len(m.Y))
		for i := range y {
			y[i] = m.Y[i] - m.Offset[i]
		}
	}
	return statistics.LeastSquares(m.Names, m.X, y)
}

func (t *Table) model(f formula) (*Model, error) {
	y, err := t.Numbers(f.response)
	if err != nil {
		return nil, err
	}
	n := t.Rows()
	complete := make([]bool, n)
	for i := range complete {
		complete[i] = !math.IsNaN(y[i])
	}
	var offset []float64
	for _, o := range f.offsets {
		values, err := t.Numbers(o)
		if err != nil {
			return nil, err
		}
		if offset == nil {
			offset = make([]float64, n)
		}
		for i, v := range values {
			offset[i] += v
			complete[i] = complete[i] && !math.IsNaN(v)
		}
	}
	read := map[string]*variable{}
	for _, term := range f.terms {
		for _, atom := range term {
			if read[atom] != nil {
				continue
			}
			v, err := t.variable(atom)
			if err != nil {
				return nil, err
			}
			read[atom] = v
			for i := range complete {
				complete[i] = complete[i] && !v.missing(i)
			}
		}
	}
	m := &Model{Response: f.response}
	for i, ok := range complete {
		if ok {
			m.Rows = append(m.Rows, i)
			m.Y = append(m.Y, y[i])
			if offset != nil {
				m.Offset = append(m.Offset, offset[i])
			}
		}
	}
	if len(m.Rows) == 0 {
		return nil, fmt.Errorf("none of the %d rows has a value in every column", n)
	}
	for _, atom := range slices.Sorted(maps.Keys(read)) {
		if err := read[atom].settle(m.Rows); err != nil {
			return nil, fmt.Errorf("%s: %w", atom, err)
		}
	}
	return m, m.fill(f, read)
}

// fill makes the columns of every term. A factor is coded by contrasts with its reference where the term without it is in the
// model too, and by all its levels where it is not, as R does: 'y ~ 0 + g' has a mean for each g.
func (m *Model) fill(f formula, read map[string]*variable) error {
	has := func(term []string) bool {
		if len(term) == 0 {
			return f.intercept
		}
		return slices.ContainsFunc(f.terms, func(other []string) bool { return sameTerm(term, other) })
	}
	var columns [][]float64
	add := func(name string, values []float64) error {
		if slices.Contains(m.Names, name) {
			return fmt.Errorf("two columns would be called %s; write one of them within I(…)", name)
		}
		if len(columns) >= len(m.Y) {
			return fmt.Errorf("%d complete rows are too few for that many columns", len(m.Y))
		}
		m.Names, columns = append(m.Names, name), append(columns, values)
		return nil
	}
	if f.intercept {
		ones := make([]float64, len(m.Y))
		for i := range ones {
			ones[i] = 1
		}
		if err := add(Intercept, ones); err != nil {
			return err
		}
	}
	for _, term := range f.terms {
		parts := []column{{}}
		for j, atom := range term {
			next := read[atom].columns(m.Rows, !has(without(term, j)))
			if len(parts)*len(next) > len(m.Y) {
				return fmt.Errorf("%d complete rows are too few for the %d columns of %s", len(m.Y), len(parts)*len(next), strings.Join(term, ":"))
			}
			var crossed []column
			for _, b := range next { // the first factor varies fastest
				for _, a := range parts {
					crossed = append(crossed, a.times(b))
				}
			}
			parts = crossed
		}
		for _, p := range parts {
			if err := add(p.name, p.values); err != nil {
				return err
			}
		}
	}
	if len(columns) == 0 {
		return errors.New("it has neither an intercept nor a term")
	}
	m.X = mat.NewDense(len(m.Y), len(columns), nil)
	for j, c := range columns {
		m.X.SetCol(j, c)
	}
	return nil
}

func without(term []string, j int) []string {
	return append(slices.Clone(term[:j]), term[j+1:]...)
}

// sameTerm does not mind the order, as a:b is b:a.
func sameTerm(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x string) bool { return !slices.Contains(b, x) })
}

type column struct {
	name   string
	values []float64
}

func (c column) times(d column) column {
	if c.values == nil {
		return d
	}
	product := column{c.name + ":" + d.name, make([]float64, len(c.values))}
	for i := range product.values {
		product.values[i] = c.values[i] * d.values[i]
	}
	return product
}

// variable is what one part of a term says of each row of the table.
type variable struct {
	name      string
	numbers   []float64 // nil: a factor
	texts     []string  // of a factor, "" where missing
	levels    []string  // of a factor, the reference first
	reference string    // "": the first level
	period    float64   // of harmonics
	pairs     int       // of sine and cosine; 0: the number itself
}

func (t *Table) variable(atom string) (*variable, error) {
	v := &variable{name: atom}
	expression, isFactor := atom, false
	switch name, arguments := call(atom); name {
	case "I":
		expression = strings.Join(arguments, ",")
	case "factor":
		expression, isFactor = arguments[0], true
		switch len(arguments) {
		case 1:
		case 2:
			v.reference = strings.Trim(arguments[1], "\"'")
			v.name = "factor(" + expression + ")"
		default:
			return nil, fmt.Errorf("%s: factor(column) or factor(column, reference level)", atom)
		}
	case "harmonics":
		if err := v.harmonics(arguments); err != nil {
			return nil, fmt.Errorf("%s: %w", atom, err)
		}
		expression = arguments[0]
	}
	values, err := t.evaluate(expression)
	if err != nil {
		return nil, err
	}
	isNumber := func(x any) bool { _, ok := x.(float64); return ok }
	text := slices.IndexFunc(values, func(x any) bool { _, ok := x.(string); return ok })
	isText := text >= 0
	if isText && !isFactor && v.pairs == 0 && slices.ContainsFunc(values, isNumber) {
		return nil, fmt.Errorf("%s: row %d has %q, and other rows have numbers: correct it, or write factor(%s) if these are names", atom, text+1, values[text], atom)
	}
	if !isFactor && !isText || v.pairs > 0 {
		v.numbers, err = t.Numbers(expression)
		return v, err
	}
	v.texts = make([]string, len(values))
	written, err := t.Strings(expression) // 01 is not 1
	for i, x := range values {
		switch {
		case x == nil:
		case err == nil:
			v.texts[i] = written[i]
		default:
			v.texts[i] = fmt.Sprint(x)
		}
	}
	return v, nil
}

func (v *variable) harmonics(arguments []string) error {
	usage := errors.New("write harmonics(column, period, pairs), such as harmonics(month, 12, 2)")
	if len(arguments) != 3 {
		return usage
	}
	period, err := strconv.ParseFloat(arguments[1], 64)
	if err != nil || !(period > 0) || math.IsInf(period, 0) {
		return usage
	}
	pairs, err := strconv.Atoi(arguments[2])
	if err != nil || pairs < 1 {
		return usage
	}
	if float64(2*pairs) > period || pairs > 1000 {
		return fmt.Errorf("a period of %g holds at most %g pairs", period, math.Floor(math.Min(period/2, 1000)))
	}
	v.period, v.pairs = period, pairs
	return nil
}

func (v *variable) missing(row int) bool {
	if v.numbers != nil {
		return math.IsNaN(v.numbers[row])
	}
	return v.texts[row] == ""
}

// settle finds a factor's levels among the rows that are used: in numeric order if all are numbers, otherwise by letter.
func (v *variable) settle(rows []int) error {
	if v.numbers != nil {
		return nil
	}
	numeric := true
	for _, i := range rows {
		if !slices.Contains(v.levels, v.texts[i]) {
			v.levels = append(v.levels, v.texts[i])
			_, err := strconv.ParseFloat(v.texts[i], 64)
			numeric = numeric && err == nil
		}
	}
	slices.SortFunc(v.levels, func(a, b string) int {
		if numeric {
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
		}
		return cmp.Compare(a, b)
	})
	if len(v.levels) < 2 {
		return fmt.Errorf("all rows that are used have the same value, %s", v.levels[0])
	}
	if v.reference != "" {
		j := slices.Index(v.levels, v.reference)
		if j < 0 {
			return fmt.Errorf("there is no level %q; there are %s", v.reference, strings.Join(v.levels, ", "))
		}
		v.levels = slices.Insert(slices.Delete(v.levels, j, j+1), 0, v.reference)
	}
	return nil
}

func (v *variable) columns(rows []int, allLevels bool) []column {
	at := func(name string, f func(row int) float64) column {
		c := column{name, make([]float64, len(rows))}
		for i, row := range rows {
			c.values[i] = f(row)
		}
		return c
	}
	var all []column
	switch {
	case v.pairs > 0:
		for k := 1; k <= v.pairs; k++ {
			turn := 2 * math.Pi * float64(k) / v.period
			if float64(2*k) < v.period { // the sine of half a turn is always zero
				all = append(all, at("s"+strconv.Itoa(k), func(row int) float64 { return math.Sin(turn * v.numbers[row]) }))
			}
			all = append(all, at("c"+strconv.Itoa(k), func(row int) float64 { return math.Cos(turn * v.numbers[row]) }))
		}
	case v.numbers != nil:
		all = append(all, at(v.name, func(row int) float64 { return v.numbers[row] }))
	default:
		levels := v.levels
		if !allLevels {
			levels = levels[1:]
		}
		for _, level := range levels {
			all = append(all, at(v.name+level, func(row int) float64 {
				if v.texts[row] == level {
					return 1
				}
				return 0
			}))
		}
	}
	return all
}

// formula is one that has been read: its terms are products of parts, those of few parts first.
type formula struct {
	response  string
	intercept bool
	terms     [][]string
	offsets   []string
}

// maxTerms keeps a*b*c*… from growing without bound, and maxFormula the recursion of the parser.
const (
	maxTerms   = 500
	maxFormula = 10_000
)

func parseFormula(text string) (formula, error) {
	if len(text) > maxFormula {
		return formula{}, fmt.Errorf("it is longer than %d characters", maxFormula)
	}
	left, right, found := strings.Cut(text, "~")
	left, right = strings.TrimSpace(left), strings.TrimSpace(right)
	switch {
	case !found:
		return formula{}, errors.New("it has no '~'; write 'y ~ x'")
	case left == "":
		return formula{}, errors.New("nothing stands before '~'")
	case right == "":
		return formula{}, errors.New("nothing stands after '~'; 'y ~ 1' is the mean alone")
	}
	p := formulaParser{rest: right}
	terms, err := p.sum()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q is not understood; arithmetic and comparisons stand within I(…)", p.rest)
	}
	if err != nil {
		return formula{}, err
	}
	f := formula{response: strings.Trim(left, "`"), intercept: true}
	for _, s := range terms {
		name, arguments := "", []string(nil)
		if len(s.parts) == 1 {
			name, arguments = call(s.parts[0])
		}
		switch {
		case len(s.parts) == 0:
			f.intercept = s.keep
		case name == "offset" && !s.keep:
			return formula{}, fmt.Errorf("%s cannot be taken away; leave it out", s.parts[0])
		case name == "offset":
			f.offsets = append(f.offsets, strings.Join(arguments, ","))
		case s.keep && !slices.ContainsFunc(f.terms, func(t []string) bool { return sameTerm(t, s.parts) }):
			f.terms = append(f.terms, s.parts)
		case !s.keep:
			f.terms = slices.DeleteFunc(f.terms, func(t []string) bool { return sameTerm(t, s.parts) })
		}
	}
	slices.SortStableFunc(f.terms, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	return f, nil
}

// signed is a term that is put in or taken away; the one without parts is the intercept.
type signed struct {
	parts []string
	keep  bool
}

// formulaParser reads by descent: sums of crossings (*) of interactions (:) of parts.
type formulaParser struct{ rest string }

func (p *formulaParser) accept(sign string) bool {
	p.rest = strings.TrimSpace(p.rest)
	rest, ok := strings.CutPrefix(p.rest, sign)
	if ok {
		p.rest = strings.TrimSpace(rest)
	}
	return ok
}

func (p *formulaParser) sum() ([]signed, error) {
	var all []signed
	keep := !p.accept("-")
	for {
		terms, err := p.crossing()
		if err != nil {
			return nil, err
		}
		for _, s := range terms {
			all = append(all, signed{s.parts, s.keep == keep})
		}
		if len(all) > maxTerms {
			return nil, fmt.Errorf("it has more than %d terms", maxTerms)
		}
		switch {
		case p.accept("+"):
			keep = true
		case p.accept("-"):
			keep = false
		default:
			return all, nil
		}
	}
}

func (p *formulaParser) crossing() ([]signed, error) {
	left, err := p.interaction()
	for err == nil && p.accept("*") {
		var right, both []signed
		if right, err = p.interaction(); err == nil {
			if both, err = interact(left, right); err == nil {
				left = slices.Concat(left, right, both)
			}
		}
	}
	return left, err
}

func (p *formulaParser) interaction() ([]signed, error) {
	left, err := p.part()
	for err == nil && p.accept(":") {
		var right []signed
		if right, err = p.part(); err == nil {
			left, err = interact(left, right)
		}
	}
	return left, err
}

func interact(left, right []signed) ([]signed, error) {
	if len(left)*len(right) > maxTerms {
		return nil, fmt.Errorf("it has more than %d terms", maxTerms)
	}
	var all []signed
	for _, a := range left {
		for _, b := range right {
			if !a.keep || !b.keep || len(a.parts) == 0 || len(b.parts) == 0 {
				return nil, errors.New("only columns have interactions, not numbers or what is taken away")
			}
			both := slices.Clone(a.parts)
			for _, part := range b.parts {
				if !slices.Contains(both, part) { // a:a is a
					both = append(both, part)
				}
			}
			all = append(all, signed{both, true})
		}
	}
	return all, nil
}

func (p *formulaParser) part() ([]signed, error) {
	if p.accept("(") {
		terms, err := p.sum()
		if err == nil && !p.accept(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return terms, err
	}
	if p.accept("`") {
		name, rest, found := strings.Cut(p.rest, "`")
		if !found || name == "" {
			return nil, errors.New("a backquote is not closed")
		}
		p.rest = rest
		return []signed{{[]string{name}, true}}, nil
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' })
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	switch name {
	case "":
		if p.rest == "" {
			return nil, errors.New("it ends too early")
		}
		return nil, fmt.Errorf("%q is not understood", p.rest)
	case "0", "1":
		return []signed{{nil, name == "1"}}, nil
	}
	if !p.accept("(") {
		if _, err := strconv.ParseFloat(name, 64); err == nil && name[0] <= '9' {
			return nil, fmt.Errorf("the number %s is no term; arithmetic stands within I(…)", name)
		}
		return []signed{{[]string{name}, true}}, nil
	}
	length, err := closing(p.rest)
	if err != nil {
		return nil, err
	}
	inside := strings.TrimSpace(p.rest[:length])
	p.rest = strings.TrimSpace(p.rest[length+1:])
	if inside == "" {
		return nil, fmt.Errorf("%s() has nothing in its parentheses", name)
	}
	return []signed{{[]string{name + "(" + inside + ")"}, true}}, nil
}

// closing is where the parenthesis before s is closed.
func closing(s string) (int, error) {
	depth, quote := 1, rune(0)
	for i, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case r == '(':
			depth++
		case r == ')':
			if depth--; depth == 0 {
				return i, nil
			}
		}
	}
	return 0, errors.New("a parenthesis or a quotation mark is not closed")
}

// call takes f(a, b) apart; a part that is no call has no name.
func call(part string) (name string, arguments []string) {
	name, inside, found := strings.Cut(part, "(")
	inside, closed := strings.CutSuffix(inside, ")")
	if !found || !closed || strings.ContainsAny(name, " \t") {
		return "", nil
	}
	depth, start, quote := 0, 0, rune(0)
	for i, r := range inside {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			arguments = append(arguments, strings.TrimSpace(inside[start:i]))
			start = i + 1
		}
	}
	return name, append(arguments, strings.TrimSpace(inside[start:]))
}
