package check

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// linkSenses look at web addresses.
var linkSenses = []Sense{
	{"on_domain", in(text, texts), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(onDomain(str(a[0]), strs(a[1]))) }},
	{"same_page", in(text, text), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(samePage(str(a[0]), str(a[1]))) }},
	{"links_in", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(linksIn(str(a[0]))) }},
}

// parseLink reads an address as people write it, with or without its scheme. One with a user in it is refused: it is
// a mail address, or made to look like another site's.
func parseLink(s string) (*url.URL, bool) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	return u, true
}

// domain is a host's name in lower case, without the dot that may end it.
func domain(s string) string { return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ".") }

// onDomain tells whether a link leads to one of the domains or below it: www.dip.example is on dip.example,
// dip.example.org and notdip.example are not.
func onDomain(link string, domains []string) bool {
	u, ok := parseLink(link)
	if !ok {
		return false
	}
	h := domain(u.Hostname())
	return slices.ContainsFunc(domains, func(d string) bool {
		d = domain(d)
		return d != "" && (h == d || strings.HasSuffix(h, "."+d))
	})
}

// samePage tells whether two links lead to one page: scheme, www, a slash at the end, fragment and the parameters of
// campaigns do not matter.
func samePage(a, b string) bool {
	x, okx := parseLink(a)
	y, oky := parseLink(b)
	return okx && oky && page(x) == page(y)
}

func page(u *url.URL) string {
	q := u.Query()
	for k := range q {
		if strings.HasPrefix(k, "utm_") {
			q.Del(k)
		}
	}
	return strings.TrimPrefix(domain(u.Hostname()), "www.") + "/" + strings.Trim(u.EscapedPath(), "/") + "?" + q.Encode()
}

var link = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"]+`)

// linksIn finds the addresses written in a text.
func linksIn(s string) []string {
	found := link.FindAllString(s, -1)
	for i, l := range found {
		found[i] = strings.TrimRight(l, ".,;:!?)»”’'")
	}
	return found
}
