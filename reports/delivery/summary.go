package delivery

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	page "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Summary is the first page of a report, in the two forms that mails have.
type Summary struct {
	Title    string
	Subject  string // the title, with the period
	Language string // of the report
	Text     string
	HTML     string // a whole page, without script, style sheet or anything from elsewhere
}

// ErrNoSummary says that a file is not a report.
var ErrNoSummary = errors.New("it has no summary: name the HTML file of a report")

// ReadSummary takes the summary out of the HTML file of a report. Of the file's markup only headings, paragraphs and lists
// are taken over, so that nothing in it can act in a mail.
func ReadSummary(r io.Reader) (Summary, error) {
	doc, err := page.Parse(r)
	if err != nil {
		return Summary{}, err
	}
	var s Summary
	root := find(doc, func(n *page.Node) bool { return n.DataAtom == atom.Html })
	s.Language = attribute(root, "lang")
	section := find(doc, func(n *page.Node) bool { return attribute(n, "id") == "summary" })
	if section == nil { // an account's sheet has none: it opens with what matters
		section = find(doc, func(n *page.Node) bool { return n.DataAtom == atom.Section })
	}
	heading := find(doc, func(n *page.Node) bool { return n.DataAtom == atom.H1 })
	if section == nil || heading == nil {
		return Summary{}, ErrNoSummary
	}
	s.Title = words(heading)
	s.Subject = s.Title
	w := &writer{}
	if notice := find(doc, func(n *page.Node) bool { return attribute(n, "class") == "simulated" }); notice != nil {
		w.block("p", words(notice))
	}
	w.block("h1", s.Title)
	if sub := find(doc, func(n *page.Node) bool { return attribute(n, "class") == "subtitle" }); sub != nil {
		line := words(sub)
		period, _, _ := strings.Cut(line, " · ")
		s.Subject += " · " + period
		w.block("p", line)
	}
	w.walk(section)
	s.Text = w.text.String()
	s.HTML = fmt.Sprintf(`<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8"><title>%s</title></head>`+
		`<body style="font-family: sans-serif; font-size: 15px; line-height: 1.5; max-width: 42em">%s</body></html>`, escape(s.Language), escape(s.Title), w.html.String())
	return s, nil
}

// writer writes both forms at once.
type writer struct{ text, html strings.Builder }

// walk writes what a reader sees of a node.
func (w *writer) walk(n *page.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Script, atom.Style, atom.Figure, atom.Details, atom.Svg, atom.Img, atom.Nav, atom.Template:
		case atom.H2, atom.H3, atom.P:
			w.block(c.Data, words(c))
		case atom.Ul, atom.Ol:
			tag := c.Data
			w.html.WriteString("<" + tag + ">")
			for item := c.FirstChild; item != nil; item = item.NextSibling {
				if item.DataAtom == atom.Li {
					w.item(item)
				}
			}
			w.html.WriteString("</" + tag + ">")
			w.text.WriteString("\n")
		case atom.Tr:
			w.block("p", words(c))
		default:
			if c.Type == page.ElementNode {
				w.walk(c)
			}
		}
	}
}

func (w *writer) block(tag, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(&w.html, "<%[1]s>%[2]s</%[1]s>", tag, escape(text))
	w.text.WriteString(text + "\n")
	switch tag {
	case "h1":
		w.text.WriteString(strings.Repeat("=", min(72, len([]rune(text)))) + "\n")
	case "h2":
		w.text.WriteString(strings.Repeat("-", min(72, len([]rune(text)))) + "\n")
	}
	if tag != "h3" {
		w.text.WriteString("\n")
	}
}

// item writes an item of a list; parts that stand on lines of their own on the page are parted by semicolons.
func (w *writer) item(n *page.Node) {
	var parts []string
	rest := ""
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Span {
			parts = append(parts, words(c))
		} else {
			rest += text(c)
		}
	}
	if tidy := strings.Join(strings.Fields(rest), " "); tidy != "" || len(parts) == 0 { // a sentence, with its emphases
		parts = []string{words(n)}
	}
	if len(parts) > 1 { // a figure: what it is, and the figure
		parts = append([]string{parts[0] + ": " + parts[1]}, parts[2:]...)
	}
	first, more := escape(parts[0]), escape(strings.Join(parts[1:], "; "))
	line := strings.Join(parts, "; ")
	if more != "" {
		first, more = "<strong>"+first+"</strong>", "<br>"+more
	}
	w.html.WriteString("<li>" + first + more + "</li>")
	w.text.WriteString("- " + line + "\n")
}

// words is the text of a node on one line.
func words(n *page.Node) string { return strings.Join(strings.Fields(text(n)), " ") }

func text(n *page.Node) string {
	switch {
	case n.Type == page.TextNode:
		return n.Data
	case n.DataAtom == atom.Script, n.DataAtom == atom.Style, n.DataAtom == atom.Svg:
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(text(c))
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th || c.DataAtom == atom.Span || c.DataAtom == atom.Small || c.DataAtom == atom.B {
			b.WriteString(" ")
		}
	}
	return b.String()
}

func find(n *page.Node, is func(*page.Node) bool) *page.Node {
	if n.Type == page.ElementNode && is(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, is); found != nil {
			return found
		}
	}
	return nil
}

func attribute(n *page.Node, name string) string {
	if n != nil {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
	}
	return ""
}

func escape(s string) string { return html.EscapeString(s) }
