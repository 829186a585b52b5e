package reports

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Look is an institution's corporate look, with what its register says already read: files are bytes here. The zero value
// is presencia's own look. Colours are #rrggbb. What would not be readable on the page is corrected there, and said by
// [Look.Corrections].
type Look struct {
	Logo     []byte // PNG, JPEG or SVG; nil: none
	LogoType string // its media type
	LogoText string // what the picture says, for those who do not see it
	Colour   string // of headings, rules and the actual figures
	Accent   string // of links and what is to be noticed
	Typeface string // a family that readers' machines may have; the page's own follow it
	Font     []byte // the typeface itself as WOFF2; nil: none
}

// textContrast is what WCAG 2.2 asks of text (1.4.3, AA). Graphics need three to one; these colours are used for both.
const textContrast = 4.5

// Correction is a colour of a look that could not be read on the page as it is.
type Correction struct {
	Field    string  // colour or accent
	Given    string  // what the register says
	Used     string  // what stands on the page
	Contrast float64 // of the given one
	Dark     bool    // on the dark page, for readers whose screen is; else on the white one, on paper and in the workbook
}

// Corrections are the colours of the look that were made readable.
func (l Look) Corrections() (list []Correction) {
	for _, dark := range []bool{false, true} {
		for _, field := range []struct{ name, given string }{{"colour", l.Colour}, {"accent", l.Accent}} {
			given, ok := parseColour(field.given)
			if !ok {
				continue
			}
			grounds := grounds(dark)
			used := readable(given, textContrast, grounds...)
			if used != given {
				worst := contrast(given, grounds[0])
				for _, g := range grounds {
					worst = min(worst, contrast(given, g))
				}
				list = append(list, Correction{Field: field.name, Given: given.String(), Used: used.String(), Contrast: worst, Dark: dark})
			}
		}
	}
	return list
}

var (
	schemeBlock = regexp.MustCompile(`:root \{([^}]*)\}`)
	variable    = regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6})`)
)

// palette are the colours of screen.css by their names there, of the light scheme or the dark one. The style sheet is the program's own,
// and the tests read it too, so that it has both.
func palette(dark bool) map[string]string {
	css, _ := assets.ReadFile("assets/screen.css")
	colours := map[string]string{}
	blocks := schemeBlock.FindAllStringSubmatch(string(css), 2)
	for i, b := range blocks {
		if i == 1 && !dark {
			break
		}
		for _, m := range variable.FindAllStringSubmatch(b[1], -1) {
			colours[m[1]] = "#" + m[2]
		}
	}
	return colours
}

// grounds are what text stands on: the paper, and the panels.
func grounds(dark bool) (list []rgb) {
	own := palette(dark)
	for _, name := range []string{"paper", "panel"} {
		c, _ := parseColour(own[name])
		list = append(list, c)
	}
	return list
}

// colours are those that the look sets, by their names in screen.css, readable in the scheme. Page and workbook use them alike.
func (l Look) colours(dark bool) map[string]string {
	set := map[string]string{}
	for _, field := range []struct {
		given string
		names []string
	}{{l.Colour, []string{"heading", "actual", "c0"}}, {l.Accent, []string{"link", "notable"}}} {
		c, ok := parseColour(field.given)
		if !ok {
			continue
		}
		for _, name := range field.names {
			set[name] = readable(c, textContrast, grounds(dark)...).String()
		}
	}
	return set
}

// style is what the look adds to screen.css. Nothing of the register gets into it as it is: colours are read and written again, of
// a typeface's name only letters, digits, blanks and hyphens are kept, and a file is in base 64.
func (l Look) style() template.CSS {
	var b strings.Builder
	for _, dark := range []bool{false, true} {
		set := l.colours(dark)
		if len(set) == 0 {
			continue
		}
		media := "(forced-colors: none)"
		if dark {
			media = "screen and (prefers-color-scheme: dark) and (forced-colors: none)"
		}
		fmt.Fprintf(&b, "@media %s { :root {", media)
		for _, name := range slices.Sorted(maps.Keys(set)) {
			fmt.Fprintf(&b, " --%s: %s;", name, set[name])
		}
		b.WriteString(" } }\n")
	}
	family := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' || r == '-' {
			return r
		}
		return -1
	}, l.Typeface))
	if len(l.Font) > 0 {
		family = cmp.Or(family, "Corporate")
		fmt.Fprintf(&b, "@font-face { font-family: %q; src: url(\"data:font/woff2;base64,%s\") format(\"woff2\"); font-weight: 100 900; }\n", family, base64.StdEncoding.EncodeToString(l.Font))
	}
	if family != "" {
		fmt.Fprintf(&b, ":root { --typeface: %q; }\n", family)
	}
	return ours[template.CSS](b.String())
}

// pictures are the kinds of logo that a page shows; in an <img> none of them can run script or load anything.
var pictures = []string{"image/png", "image/jpeg", "image/svg+xml"}

// logo is the address of the logo, inside the page; empty: there is none.
func (l Look) logo() template.URL {
	if len(l.Logo) == 0 || !slices.Contains(pictures, l.LogoType) {
		return ""
	}
	return ours[template.URL]("data:" + l.LogoType + ";base64," + base64.StdEncoding.EncodeToString(l.Logo))
}
