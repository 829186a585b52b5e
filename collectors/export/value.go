package export

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/unicode/norm"

	"presencia/pipeline"
)

var windows1252 = func() (table [256]string) {
	w, _ := charset.Lookup("windows-1252")
	for b := 128; b < 256; b++ {
		table[b], _ = w.NewDecoder().String(string([]byte{byte(b)})) // every byte has a meaning there
	}
	return table
}()

// decode makes valid UTF-8 of a cell.
func (x *reading) decode(s string) string {
	if x.Encoding != "" {
		x.report.Undecodable += strings.Count(s, "\uFFFD")
		return s
	}
	if utf8.ValidString(s) {
		return strings.Clone(s) // a post must not hold on to its row
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			x.report.Undecodable++
			b.WriteString(windows1252[s[0]])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// entity is an HTML entity with its semicolon: without it, &copy in an address would become a sign.
var entity = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);`)

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// words is what a post says: without entities, with plain line breaks, in Unicode's normal form C.
func (x *reading) words(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = entity.ReplaceAllStringFunc(s, func(e string) string {
			d := html.UnescapeString(e)
			if d != e {
				x.report.Entities++
			}
			return d
		})
	}
	return norm.NFC.String(lineBreaks.Replace(s))
}

var dateWords = strings.NewReplacer(
	"HH:MM:SS", "15:04:05", "H:MM:SS", "15:04:05", "HH:MM", "15:04", "H:MM", "15:04", "hh:MM:SS", "3:04:05", "h:MM:SS", "3:04:05", "hh:MM", "3:04",
	"h:MM", "3:04", "AM", "PM", "YYYY", "2006", "YY", "06", "MMMM", "January", "MMM", "Jan", "MM", "1", "M", "1", "DDD", "Mon", "DD", "2", "D", "2", "ZZ", "-0700")

// goLayout translates a layout such as DD/MM/YYYY HH:MM; one of Go's own stays as it is.
func goLayout(s string) string {
	if strings.Contains(s, "06") {
		return s
	}
	return dateWords.Replace(s)
}

func checkLayout(s string) error {
	day := time.Date(2014, 12, 21, 0, 0, 0, 0, time.UTC)
	l := goLayout(s)
	if got, err := time.Parse(l, day.Format(l)); err != nil || pipeline.DateOf(got) != pipeline.DateOf(day) {
		return fmt.Errorf("%q does not say how year, month and day are written; write it like DD/MM/YYYY HH:MM", s)
	}
	return nil
}

// layout is a way to write dates.
type layout struct {
	written, parsed string
	hour            bool // it has one
}

func layoutsOf(written []string) []layout {
	all := make([]layout, len(written))
	for i, w := range written {
		l := goLayout(w)
		all[i] = layout{w, l, strings.Contains(l, "15") || strings.Contains(l, "3:04")}
	}
	return all
}

// moment is a date as it was read.
type moment struct {
	time.Time
	hour bool // the hour is known too
}

// date reads a moment. What lies after the export, or before there was anything to post to, is a date misread.
func (x *reading) date(s string, layouts []layout, zone *time.Location) (moment, error) {
	if s == "" {
		return moment{}, errors.New("the date is missing")
	}
	for try := range 2 {
		in := s
		if try > 0 {
			in = englishMonths(s)
		}
		for _, l := range layouts {
			if t, err := time.ParseInLocation(l.parsed, in, zone); err == nil {
				return moment{t.UTC(), l.hour}, x.plausible(t, s)
			}
		}
	}
	return moment{}, fmt.Errorf("%q is not a date written as %s", s, layouts[0].written)
}

func (x *reading) plausible(t time.Time, s string) error {
	switch {
	case t.Year() < 1990:
		return fmt.Errorf("%q would be in the year %d", s, t.Year())
	case t.After(x.report.AsOf.Add(24 * time.Hour)): // a file without zone may be a day ahead
		return fmt.Errorf("%q is after the day of the export, %s; give the right day with --as-of", s, pipeline.DateOf(x.report.AsOf))
	}
	return nil
}

// monthNames are the short names of months, where they are not the English ones, in Spanish, Catalan, Portuguese and German.
var monthNames = map[string]string{
	"ene": "Jan", "gen": "Jan", "jän": "Jan", "fev": "Feb", "febr": "Feb", "març": "Mar", "mär": "Mar", "märz": "Mar", "abr": "Apr", "mai": "May", "maig": "May",
	"juny": "Jun", "juni": "Jun", "jul": "Jul", "juli": "Jul", "juliol": "Jul", "ago": "Aug", "ag": "Aug", "set": "Sep", "sept": "Sep", "out": "Oct", "okt": "Oct",
	"dic": "Dec", "des": "Dec", "dez": "Dec",
}

var wordInDate = regexp.MustCompile(`\p{L}+\.?`)

// englishMonths writes the months of a date as Go reads them.
func englishMonths(s string) string {
	return wordInDate.ReplaceAllStringFunc(s, func(w string) string {
		if m, ok := monthNames[strings.ToLower(strings.TrimSuffix(w, "."))]; ok {
			return m
		}
		return w
	})
}

var (
	pointFigure = regexp.MustCompile(`^([0-9]{1,3}(?:[, \x{a0}\x{202f}][0-9]{3})+|[0-9]+)(?:\.([0-9]+))?([KkMm]?)$`)
	commaFigure = regexp.MustCompile(`^([0-9]{1,3}(?:[. \x{a0}\x{202f}][0-9]{3})+|[0-9]+)(?:,([0-9]+))?([KkMm]?)$`)
	notDigit    = regexp.MustCompile(`[^0-9]`)
)

// parseFigure reads a count as files write it: 1203, 1,203, 1203.0, 1.2K. An empty cell or a dash is unknown.
func parseFigure(s string, decimalComma bool) (pipeline.Count, error) {
	if slices.Contains([]string{"", "-", "–", "—", "N/A", "n/a"}, s) {
		return pipeline.Count{}, nil
	}
	if len(s) < 18 && notDigit.FindStringIndex(s) == nil {
		n, err := strconv.ParseInt(s, 10, 64)
		return pipeline.CountOf(n), err
	}
	form, other := pointFigure, commaFigure
	if decimalComma {
		form, other = other, form
	}
	m := form.FindStringSubmatch(s)
	if m == nil {
		if other.MatchString(s) {
			return pipeline.Count{}, fmt.Errorf("%q has its thousands or decimals the other way round; set the mapping's decimal sign", s)
		}
		return pipeline.Count{}, fmt.Errorf("%q is not a number", s)
	}
	zeros := map[string]int{"": 0, "k": 3, "m": 6}[strings.ToLower(m[3])]
	decimals := strings.TrimRight(m[2], "0")
	if len(decimals) > zeros {
		return pipeline.Count{}, fmt.Errorf("%q is not a whole number; if its sign stands for thousands, set the mapping's decimal sign", s)
	}
	n, err := strconv.ParseInt(notDigit.ReplaceAllString(m[1], "")+decimals+strings.Repeat("0", zeros-len(decimals)), 10, 64)
	if err != nil {
		return pipeline.Count{}, fmt.Errorf("%q is too large", s)
	}
	return pipeline.CountOf(n), nil
}

// parseGain reads a count that may be negative.
func parseGain(s string, decimalComma bool) (pipeline.Count, error) {
	rest, minus := strings.CutPrefix(strings.Replace(s, "−", "-", 1), "-")
	if rest == "" {
		minus, rest = false, s
	}
	c, err := parseFigure(rest, decimalComma)
	if minus {
		c.N = -c.N
	}
	return c, err
}
