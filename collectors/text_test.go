package collectors

import (
	"html"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

func TestReadHTML(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"paragraphs and breaks", "<p>uno<br>dos<br/>tres</p><p>cuatro</p>", "uno\ndos\ntres\ncuatro"},
		{"an empty line between", "uno<br><br>dos<br><br><br><br>tres", "uno\n\ndos\n\ntres"},
		{"white space is one space", "<p>  uno \n\t dos </p>\n  <p> tres</p>", "uno dos\ntres"},
		{"inline elements join", "pre<b>sen</b><i>cia</i> y<span> más</span>", "presencia y más"},
		{"lists, tables and headings", "<h1>T</h1><ul><li>a</li><li>b</li></ul><table><tr><td>1</td><td>2</td></tr></table>", "T\na\nb\n1 2"},
		{"entities", "Fr&iacute;o &amp; calor &lt;3 &#8217;&nbsp;€", "Frío & calor <3 ’\u00a0€"},
		{"scripts, styles and titles are no text", "a<script>b</script><style>c</style><svg><title>d</title><text>e</text></svg><noscript><img alt=f></noscript>g", "ag"},
		{"text is composed", "cafe\u0301", "café"},
		{"unclosed and unopened", "</p>uno<p>dos<a href=x>tres", "uno\ndostres"},
		{"comments", "uno<!-- dos -->tres", "unotres"},
		{"emoji as pictures", `hola<img class="emoji" alt="👋">`, "hola👋"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readHTML(c.html, nil).text; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLinksInPosts(t *testing.T) {
	m := &mastodonVisit{domain: "social.example"}
	s := &mastodonStatus{Mentions: []mastodonMention{{Acct: "vecina", URL: "https://social.example/@vecina"}}}
	for _, c := range []struct{ name, html, want string }{
		{"shortened for the eye", `<a href="https://example.org/a/b"><span class="invisible">https://</span><span class="ellipsis">example.org/a</span><span class="invisible">/b</span></a>`, "https://example.org/a/b"},
		{"shortened in the text", `<a href="https://example.org/a/b">example.org/a…</a>`, "https://example.org/a/b"},
		{"shortened without its www", `<a href="https://www.example.org/a/b">example.org/a/…</a>`, "https://www.example.org/a/b"},
		{"a word that stands in the address", `<a href="https://example.org/plano">plano</a>`, "plano"},
		{"another address", `<a href="https://example.org/a">other.example/a</a>`, "other.example/a"},
		{"words", `<a href="https://example.org/a/b">el plano</a>`, "el plano"},
		{"hashtag keeps its case", `<a class="mention hashtag" href="https://social.example/tags/feriadellibro">#<span>FeriaDelLibro</span></a>`, "#FeriaDelLibro"},
		{"mention gets its server", `<a class="u-url mention" href="https://social.example/@vecina">@<span>vecina</span></a>`, "@vecina@social.example"},
		{"mention that is not listed", `<a class="u-url mention" href="https://x.example/@otra">@<span>otra</span></a>`, "@otra"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readHTML("véase "+c.html, func(a anchor) string { return m.show(s, a) }).text; got != "véase "+c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzReadHTML holds that text comes out clean, and that text that went in as text comes out as it was.
func FuzzReadHTML(f *testing.F) {
	for _, s := range []string{
		"<p>uno<br>dos</p>", `<a href="https://example.org"><span class="invisible">https://</span>example.org</a>`, "<svg><svg></svg>a</svg>b",
		"<a><p><a>x</a></p>", "a<br> <br>\n<br>b", "<img alt='x' class=emoji> &#0; &nbsp;", "<textarea><b>", "a \u0301",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		m := readHTML(s, func(a anchor) string { return a.text })
		if !utf8.ValidString(m.text) || !norm.NFC.IsNormalString(m.text) || m.text != strings.TrimSpace(m.text) ||
			strings.Contains(m.text, " \n") || strings.Contains(m.text, "\n ") || strings.Contains(m.text, "\n\n\n") {
			t.Errorf("%q became %q", s, m.text)
		}
		words := strings.FieldsFunc(strings.ReplaceAll(s, "\x00", ""), func(r rune) bool { return strings.ContainsRune(" \t\n\r\f", r) })
		plain := strings.TrimSpace(norm.NFC.String(strings.Join(words, " ")))
		if got := readHTML(html.EscapeString(plain), nil).text; got != plain && !slices.Contains(words, "\u0301") {
			t.Errorf("%q became %q", plain, got)
		}
	})
}

func TestInText(t *testing.T) {
	type derived struct{ Links, Hashtags, Mentions []string }
	for text, want := range map[string]derived{
		"#Una #dos,#Tres #Una":                                    {Hashtags: []string{"Una", "dos", "Tres"}},
		"#2014 #FMI2014 #l'Olla C# a#b &#39;":                     {Hashtags: []string{"FMI2014", "l"}},
		"#València#Alcoi":                                         {Hashtags: []string{"València"}},
		"see https://town.example/#top, or (http://a.example/b).": {Links: []string{"https://town.example/#top", "http://a.example/b"}},
		"@one, @two@social.example. mail@town.example .@three @":  {Mentions: []string{"one", "two@social.example", "three"}},
		"@town-hall@social.example y @museo-¡ven! @a.b-c":         {Mentions: []string{"town-hall@social.example", "museo", "a.b"}},
		"RT @one: @one":                                           {Mentions: []string{"one"}},
		"":                                                        {},
	} {
		var got derived
		got.Links, got.Hashtags, got.Mentions = InText(text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}
