package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types/ref"
)

// personalSenses find personal data.
var personalSenses = []Sense{
	// Personal data of the kinds of the second list, but for the contacts of the third; masked.
	{"personal_data", in(texts, texts, texts), texts, func(g *Guide, a []ref.Val) ref.Val {
		return list(personalData(strs(a[0]), strs(a[1]), strs(a[2]), g.register.Institution.OfficialDomains))
	}},
}

// personalData finds in texts what identifies a person, each written as its kind and a masked value: nothing that
// leaves here identifies anybody. Numbers that carry a check are told from other numbers by it. Mail addresses on an
// official domain, contacts and service numbers (900 …) are nobody's own; links are not looked into. Old provincial
// plates (A-1234-BC) are not sought: names of roads look like them.
func personalData(all, kinds, contacts, domains []string) []string {
	var found []string
	for _, s := range all {
		s = withoutLinks(s)
		digits, at := 0, false
		for i := range len(s) {
			if '0' <= s[i] && s[i] <= '9' {
				digits++
			}
			at = at || s[i] == '@'
		}
		for _, id := range identifiers {
			// Most posts hold too few digits for any pattern to be worth its time.
			if digits < id.digits || id.digits == 0 && !at || !slices.Contains(kinds, id.kind) {
				continue
			}
			for _, at := range id.pattern.FindAllStringIndex(s, -1) {
				if masked := id.check(s, at[0], at[1], contacts, domains); masked != "" {
					found = append(found, id.kind+" "+masked)
				}
			}
		}
	}
	return found
}

// withoutLinks leaves out every word with an address in it.
func withoutLinks(s string) string {
	for {
		i := strings.Index(s, "://")
		if i < 0 {
			i = strings.Index(s, "www.")
		}
		if i < 0 {
			return s
		}
		from, to := strings.LastIndexAny(s[:i], " \n\t")+1, strings.IndexAny(s[i:], " \n\t")
		if to < 0 {
			return s[:from]
		}
		s = s[:from] + s[i+to:]
	}
}

// identifiers are the kinds that personalData knows. digits is how many a text must have to hold one. check gets the text and where the pattern lies in it, and answers
// the masked value, or nothing if it is not one after all.
var identifiers = []struct {
	kind    string
	digits  int
	pattern *regexp.Regexp
	check   func(s string, from, to int, contacts, domains []string) string
}{
	// A letter after a space is a capital: "12345678 y" is a number and a word.
	{"dni", 8, regexp.MustCompile(`\b(?:\d{8}|\d{2}\.\d{3}\.\d{3})(?:[ -]?[A-Z]|-?[a-z])\b`), func(s string, from, to int, _, _ []string) string {
		id := compact(s[from:to])
		if !checkLetter(id) {
			return ""
		}
		return "***" + id[3:7] + "**" // the form that the data protection agencies ask of publications
	}},
	{"nie", 7, regexp.MustCompile(`\b[XYZxyz]-?\d{7}-?[A-Za-z]\b`), func(s string, from, to int, _, _ []string) string {
		id := compact(s[from:to])
		if !checkLetter(string(id[0]-'X'+'0') + id[1:]) {
			return ""
		}
		return "****" + id[4:8] + "*"
	}},
	{"iban", 12, regexp.MustCompile(`\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}`), func(s string, from, to int, _, _ []string) string {
		id := compact(s[from:to])
		n := ibanLength[id[:2]]
		if n == 0 || len(id) < n || ibanRemainder(id[:n]) != 1 {
			return ""
		}
		return id[:2] + "** … " + id[n-4:n]
	}},
	{"phone", 9, regexp.MustCompile(`(?:(?:\+|\b00)34[ .-]?|\b)(?:[6-9]\d{2}[ .-]?\d{3}[ .-]?\d{3}|[6-9]\d{2}(?:[ .-]?\d{2}){3}|[89]\d[ .-]?\d{3}(?:[ .-]?\d{2}){2})\b`), phone},
	{"email", 0, regexp.MustCompile(`[\p{L}\d._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`), func(s string, from, to int, contacts, domains []string) string {
		name, at, _ := strings.Cut(s[from:to], "@")
		switch {
		case from > 0 && s[from-1] == '@', // @office@social.example is a handle
			onDomain(at, domains), slices.ContainsFunc(contacts, func(c string) bool { return strings.EqualFold(c, s[from:to]) }):
			return ""
		}
		return string([]rune(name)[:1]) + "***@" + at
	}},
	{"plate", 4, regexp.MustCompile(`\b\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}\b`), func(s string, from, to int, _, _ []string) string {
		if year := s[from:from+2] == "19" || s[from:from+2] == "20"; year && to-from == 8 { // "2014 BCN"
			return ""
		}
		return "****" + s[to-3:to]
	}},
}

// phone judges nine digits by what stands around them.
func phone(s string, from, to int, contacts, _ []string) string {
	digits := func(s string) string {
		s = strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
		return s[max(0, len(s)-9):]
	}
	number := digits(s[from:to])
	switch {
	case slices.Contains([]string{"800", "900", "901", "902"}, number[:3]),
		from > 0 && strings.IndexByte(".,/-", s[from-1]) >= 0, partOfNumber.MatchString(s[to:]),
		reference.MatchString(s[max(0, from-20):from]),
		slices.ContainsFunc(contacts, func(c string) bool { return digits(c) == number }):
		return ""
	}
	return "******" + number[6:]
}

var (
	// What makes nine digits an amount, or part of a longer number.
	partOfNumber = regexp.MustCompile(`(?i)^(?:[.,/-]?\d|\s?(?:€|%|euro|eur\b|hab|m²|kg|visit|persona))`)
	// What makes them the number of a file.
	reference = regexp.MustCompile(`(?i)(?:expedient|\bexp\.?|\bref\.?|referenci|registr|factura|bdns)[^.;]*$`)
)

// compact drops what people put into numbers to read them.
func compact(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))
}

// checkLetter verifies eight digits and the letter that their remainder by 23 asks for (Real Decreto 1553/2005, art. 11).
func checkLetter(id string) bool {
	var n int
	if _, err := fmt.Sscanf(id[:8], "%d", &n); err != nil {
		return false
	}
	return id[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}

// ibanLength is the length of an IBAN by country, of those that a Spanish public is likely to have.
var ibanLength = map[string]int{
	"AD": 24, "BE": 16, "BG": 22, "CH": 21, "DE": 22, "ES": 24, "FR": 27, "GB": 22, "IE": 22, "IT": 27, "LT": 20,
	"NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24,
}

// ibanRemainder is the number of ISO 13616 modulo 97: the first four signs at the end, letters from A = 10. A valid
// IBAN gives 1.
func ibanRemainder(id string) int {
	n := 0
	for _, r := range id[4:] + id[:4] {
		if r >= 'A' {
			n = n*100 + int(r-'A') + 10
		} else {
			n = n*10 + int(r-'0')
		}
		n %= 97
	}
	return n
}
