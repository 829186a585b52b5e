package reports

// Look is an institution's corporate look, with what its register says already read: files are bytes here. The zero value
// is presencia's own look. Colours are #rrggbb. What would not be readable on the page is corrected there, and said.
type Look struct {
	Logo     []byte // PNG, JPEG or SVG; nil: none
	LogoType string // its media type
	LogoText string // what the picture says, for those who do not see it
	Colour   string // of headings, rules and the actual figures
	Accent   string // of links and what is to be noticed
	Typeface string // a family that readers' machines may have; the page's own follow it
	Font     []byte // the typeface itself as WOFF2; nil: none
}
