package collectors

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// anchor is a link in a piece of HTML.
type anchor struct{ href, class, text string }

// picture is an image in a piece of HTML.
type picture struct{ src, alt string }

// markup is what a piece of HTML says.
type markup struct {
	text     string // NFC; blocks and <br> are line breaks
	title    string // of a page, its lines as they are
	base     string // what the links of a page are relative to, where it says so
	anchors  []anchor
	pictures []picture
}

// hidden are the elements whose content nobody reads as text; a noscript repeats what a script shows.
var hidden = []string{"script", "style", "template", "iframe", "noembed", "noframes", "noscript", "title", "textarea", "svg", "math"}

// inline are the elements that do not begin a new line.
var inline = []string{"a", "abbr", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "input", "ins", "kbd",
	"label", "mark", "meter", "output", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "small", "source", "span", "strike", "strong", "sub",
	"sup", "td", "th", "time", "tt", "u", "var", "wbr"}

// readHTML turns HTML into text. show says how a link reads; nil: by its own text.
func readHTML(src string, show func(anchor) string) markup {
	var m markup
	var out lines
	var link *anchor
	var begin int // of the open link in out
	closeLink := func() {
		if link == nil {
			return
		}
		begin = min(begin, len(out.b))
		link.text = norm.NFC.String(string(out.b[begin:]))
		if show != nil {
			out.b = append(out.b[:begin], show(*link)...)
		}
		m.anchors = append(m.anchors, *link)
		link = nil
	}
	var skip string // the hidden element that we are in
	depth := 0
	for z := html.NewTokenizer(strings.NewReader(src)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			closeLink()
			m.title = norm.NFC.String(m.title)
			m.text = norm.NFC.String(strings.TrimSpace(string(out.b)))
			return m
		}
		t := z.Token()
		switch {
		case skip != "":
			if t.Data == skip && kind == html.StartTagToken {
				depth++
			} else if t.Data == skip && kind == html.EndTagToken {
				if depth--; depth == 0 {
					skip = ""
				}
			} else if skip == "title" && m.title == "" {
				m.title = t.Data
			}
		case kind == html.TextToken:
			out.write(t.Data)
		case kind == html.CommentToken || kind == html.DoctypeToken:
		case kind == html.StartTagToken && slices.Contains(hidden, t.Data):
			skip, depth = t.Data, 1
		case t.Data == "a":
			closeLink()
			if kind == html.StartTagToken {
				out.flush()
				link, begin = &anchor{href: strings.TrimSpace(attribute(t, "href")), class: attribute(t, "class")}, len(out.b)
			}
		case t.Data == "base":
			m.base = cmp.Or(m.base, attribute(t, "href"))
		case t.Data == "br":
			out.breakLine()
		case t.Data == "img" && kind != html.EndTagToken:
			m.picture(t, &out)
		case t.Data == "td" || t.Data == "th":
			out.write(" ")
		case !slices.Contains(inline, t.Data):
			out.endLine()
		}
	}
}

// picture notes an image, but not those that are characters of the text (WordPress writes emoji so) or that only count readers.
func (m *markup) picture(t html.Token, out *lines) {
	class := strings.Fields(attribute(t, "class"))
	switch {
	case slices.Contains(class, "wp-smiley") || slices.Contains(class, "emoji"):
		out.write(attribute(t, "alt"))
	case attribute(t, "width") == "1" && attribute(t, "height") == "1":
	default:
		m.pictures = append(m.pictures, picture{strings.TrimSpace(attribute(t, "src")), norm.NFC.String(strings.TrimSpace(attribute(t, "alt")))})
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// lines builds text as a browser shows it: white space is one space, and none stands at the end of a line.
type lines struct {
	b     []byte
	space bool // waits for something to stand before
}

func (l *lines) write(s string) {
	for i := range len(s) {
		switch c := s[i]; c {
		case ' ', '\t', '\n', '\r', '\f':
			l.space = true
		default:
			l.flush()
			l.b = append(l.b, c)
		}
	}
}

func (l *lines) flush() {
	if n := len(l.b); l.space && n > 0 && l.b[n-1] != '\n' && l.b[n-1] != ' ' {
		l.b = append(l.b, ' ')
	}
	l.space = false
}

// endLine begins a new line, unless one has begun.
func (l *lines) endLine() {
	l.space = false
	for n := len(l.b); n > 0 && l.b[n-1] == ' '; n-- {
		l.b = l.b[:n-1]
	}
	if n := len(l.b); n > 0 && l.b[n-1] != '\n' {
		l.b = append(l.b, '\n')
	}
}

// breakLine ends the line; a second one leaves an empty line, further ones nothing.
func (l *lines) breakLine() {
	n := len(l.b)
	if n > 0 && l.b[n-1] == '\n' && (n == 1 || l.b[n-2] != '\n') {
		l.b = append(l.b, '\n')
		return
	}
	l.endLine()
}

// Distinct keeps the first of each, in order, and drops empty ones.
func Distinct(all []string) []string {
	var kept []string
	seen := map[string]bool{"": true}
	for _, s := range all {
		if !seen[s] {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// Text is what a piece of HTML says, as the collectors read it, and the addresses it links to but for hashtags and mentions.
func Text(src string) (text string, links []string) {
	m := readHTML(src, func(a anchor) string {
		if strings.Contains(a.text, ".") && strings.HasPrefix(bare(a.href), bare(strings.TrimSuffix(a.text, "…"))) {
			return a.href // Mastodon shortens it for the eye
		}
		return a.text
	})
	for _, a := range m.anchors {
		if !hasClass(a, "hashtag") && !hasClass(a, "mention") && web(a.href) {
			links = append(links, a.href)
		}
	}
	return m.text, Distinct(links)
}

var (
	linkIn    = regexp.MustCompile(`https?://[^\s<>"]+`)
	hashtagIn = regexp.MustCompile(`(?:^|[^\p{L}\p{N}_&/#])#([\p{L}\p{N}\p{M}_]*[\p{L}_][\p{L}\p{N}\p{M}_]*)`)
	// A hyphen is in no name but in those that are followed by their server.
	mentionIn = regexp.MustCompile(`(?:^|[^\p{L}\p{N}_@./-])\.?@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+|[\p{L}\p{N}_](?:[\p{L}\p{N}_.]*[\p{L}\p{N}_])?)`)
)

// InText finds the links, hashtags and mentions in a text, for sources that do not list them.
func InText(text string) (links, hashtags, mentions []string) {
	rest := linkIn.ReplaceAllStringFunc(text, func(l string) string {
		links = append(links, strings.TrimRight(l, ".,;:!?'’”»…)]"))
		return " "
	})
	for _, m := range hashtagIn.FindAllStringSubmatch(rest, -1) {
		hashtags = append(hashtags, m[1])
	}
	for _, m := range mentionIn.FindAllStringSubmatch(rest, -1) {
		mentions = append(mentions, m[1])
	}
	return Distinct(links), Distinct(hashtags), Distinct(mentions)
}

// plain is text as it is stored.
func plain(s string) string {
	return strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n")))
}

// web tells whether an address is one of the Web.
func web(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}
