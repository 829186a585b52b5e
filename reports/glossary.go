package reports

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// terms are the words that the glossary can explain.
var terms = []string{
	"account", "presence", "audience", "own", "shared", "interaction", "popularity", "commitment", "virality", "reach", "answered", "median",
	"percentile", "usual", "points", "unknown", "not_evaluable", "rule", "official", "bilingual", "hashtag", "campaign", "plan", "action",
	"peer",
}

// glossary explains the sector's words, those that the sections before it use and no others. How figures are computed stands in the
// definitions.
func (m *monthly) glossary(sections []Section) Section {
	s := Section{ID: "glossary", Title: m.say("glossary.title")}
	t := Table{ID: "glossary", Sheet: m.say("glossary.sheet"), Title: m.say("glossary.table"), Columns: []Column{{Title: m.say("glossary.head.term")}, {Title: m.say("glossary.head.meaning")}}}
	said := wording(m.words, sections)
	for _, k := range terms {
		if slices.ContainsFunc(strings.Split(m.say("glossary.found."+k), "|"), func(form string) bool { return uses(said, form) }) {
			t.Rows = append(t.Rows, []Cell{text(m.say("glossary.term." + k)), text(m.say("glossary.means." + k))})
		}
	}
	slices.SortFunc(t.Rows, func(a, b []Cell) int { return m.compare(a[0].Text, b[0].Text) })
	if len(t.Rows) > 0 {
		s.Blocks = []Block{t}
	}
	return s
}

// uses tells whether a text, in lower case, has a term as words of their own.
func uses(said, term string) bool {
	for at := 0; ; {
		i := strings.Index(said[at:], term)
		if i < 0 {
			return false
		}
		begin, end := at+i, at+i+len(term)
		before, _ := utf8.DecodeLastRuneInString(said[:begin])
		after, _ := utf8.DecodeRuneInString(said[end:])
		if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return true
		}
		at = end
	}
}

// wording is what readers see of sections in words of ours, in lower case: titles, texts, heads of columns, and whether something is
// not known. Names and posts are not among it.
func wording(w *words, sections []Section) string {
	var b strings.Builder
	add := func(texts ...string) {
		for _, t := range texts {
			b.WriteString(strings.ToLower(t))
			b.WriteByte('\n')
		}
	}
	unknown := func(n Number, why string) {
		if !n.Known && why != "" {
			add(w.say("unknown.short"), why)
		}
	}
	for _, s := range sections {
		add(s.Title)
		for _, block := range s.Blocks {
			switch x := block.(type) {
			case Text:
				add(string(x))
			case Note:
				add(x.Text)
			case List:
				add(x.Title)
				add(x.Items...)
			case Tiles:
				for _, t := range x {
					add(t.Label, t.Unit, t.Detail, t.Usual)
					unknown(t.Value, t.Why)
					for _, c := range t.Changes {
						add(c.Label)
						unknown(c.Value, c.Why)
					}
				}
			case Chart:
				add(x.Title, x.Unit, x.Note, x.Head)
				for _, one := range x.Series {
					add(one.Name, one.Panel)
				}
			case Table:
				if x.Workbook {
					continue
				}
				add(x.Title, x.Note)
				for i, c := range x.Columns {
					if c.Sheet {
						continue
					}
					add(c.Title)
					for _, row := range x.Rows {
						unknown(row[i].Number, row[i].Why)
					}
				}
			}
		}
	}
	return b.String()
}
