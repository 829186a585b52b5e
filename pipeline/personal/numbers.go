package personal

import (
	"slices"
	"strings"
)

// number is a row of figures as people group them to read them.
type number struct {
	groups [8]int // figures of each
	ends   [8]int // where each ends in the text
	seps   [8]byte
	n      int
}

// numberAt reads the groups of figures that begin at i, each a single sign apart from the next.
func numberAt(s string, i int) (n number) {
	for n.n < len(n.groups) {
		from := i
		for i < len(s) && isFigure(s[i]) {
			i++
		}
		if i == from {
			break
		}
		n.groups[n.n], n.ends[n.n] = i-from, i
		n.n++
		sep, size := separator(s[i:])
		if size == 0 || i+size >= len(s) || !isFigure(s[i+size]) {
			break
		}
		if n.n < len(n.seps) {
			n.seps[n.n] = sep // before the group to come
		}
		i += size
	}
	return n
}

// separator is what may stand between two groups of one number, and how long it is.
func separator(s string) (byte, int) {
	switch {
	case s == "":
		return 0, 0
	case strings.HasPrefix(s, ") "):
		return ' ', 2
	case strings.HasPrefix(s, "\u00a0"):
		return ' ', 2
	case strings.HasPrefix(s, "\u202f"):
		return ' ', 3
	case strings.IndexByte(" -./", s[0]) >= 0:
		return s[0], 1
	}
	return 0, 0
}

// leads tells whether a number begins with groups of these sizes.
func (n *number) leads(sizes ...int) bool {
	return n.n >= len(sizes) && slices.Equal(n.groups[:len(sizes)], sizes)
}

// dni finds eight figures and their letter, 12345678Z or 12.345.678-Z. A letter after a space is a capital: "12345678 y"
// is a number and a word.
func dni(s string, i int) (int, string, string) {
	if !isFigure(s[i]) {
		return 0, "", ""
	}
	n := numberAt(s, i)
	end := n.ends[0]
	switch {
	case n.groups[0] == 8:
	case n.leads(2, 3, 3) && n.seps[1] == n.seps[2] && n.seps[1] != '/':
		end = n.ends[2]
	default:
		return 0, "", ""
	}
	at, spaced := end, false
	if sep, size := separator(s[at:]); size > 0 {
		if sep == '/' || sep == '.' {
			return 0, "", ""
		}
		at += size
		spaced = sep == ' '
	}
	if at >= len(s) || !isASCIILetter(s[at]) || spaced && !isCapital(s[at]) || !ends(s, at+1) {
		return 0, "", ""
	}
	figures := figuresOf(s[i:end])
	if s[at]&^0x20 != checkLetter(figures) || partBefore(s, i) && before(s, i) != anIdentity {
		return 0, "", ""
	}
	return at + 1, figures + string(s[at]&^0x20), "***" + figures[3:7] + "**" // the form that the data protection agencies ask of publications
}

// nie finds X, Y or Z, seven figures and their letter.
func nie(s string, i int) (int, string, string) {
	first := s[i] &^ 0x20
	if first < 'X' || first > 'Z' || i+8 >= len(s) {
		return 0, "", ""
	}
	at := i + 1
	if s[at] == '-' || s[at] == ' ' {
		at++
	}
	n := numberAt(s, at)
	end := n.ends[0]
	switch {
	case n.n > 0 && n.groups[0] == 7:
	case n.leads(1, 3, 3) && n.seps[1] == '.' && n.seps[2] == '.':
		end = n.ends[2]
	default:
		return 0, "", ""
	}
	figures := figuresOf(s[at:end])
	at = end
	if at < len(s) && (s[at] == '-' || s[at] == ' ' && at+1 < len(s) && isCapital(s[at+1])) {
		at++
	}
	if at >= len(s) || !isASCIILetter(s[at]) || !ends(s, at+1) || s[at]&^0x20 != checkLetter(string(first-'X'+'0')+figures) {
		return 0, "", ""
	}
	return at + 1, string(first) + figures + string(s[at]&^0x20), "****" + figures[3:7] + "*"
}

// checkLetter is the letter that the remainder of eight figures by 23 asks for (Real Decreto 1553/2005, art. 11).
func checkLetter(figures string) byte {
	n := 0
	for i := range len(figures) {
		n = n*10 + int(figures[i]-'0')
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}

// ibanLength is the length of an IBAN by country, of those that a Spanish public is likely to have.
var ibanLength = map[string]int{
	"AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HU": 28,
	"IE": 22, "IT": 27, "LT": 20, "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "GI": 23, "EE": 20, "CY": 28, "HR": 21,
}

// iban finds an account whose sum is right, grouped in any way.
func iban(s string, i int) (int, string, string) {
	if i+14 > len(s) || !isASCIILetter(s[i]) || !isASCIILetter(s[i+1]) {
		return 0, "", ""
	}
	if c := s[i+2]; !isFigure(c) && (c != ' ' && c != '-' || !isFigure(s[i+3])) {
		return 0, "", ""
	}
	want := ibanLength[strings.ToUpper(s[i:i+2])]
	if want == 0 {
		return 0, "", ""
	}
	var id [40]byte
	n, at := 0, i
	for at < len(s) && n < want {
		switch c := s[at]; {
		case isFigure(c), n < 2 && isASCIILetter(c), n >= 4 && isASCIILetter(c):
			if isASCIILetter(c) {
				c &^= 0x20
			}
			id[n] = c
			n++
			at++
			continue
		}
		_, size := separator(s[at:])
		if size == 0 || n == 0 {
			break
		}
		at += size
	}
	if n < want || ibanRemainder(string(id[:n])) != 1 {
		return 0, "", ""
	}
	return at, string(id[:n]), string(id[:2]) + "** … " + string(id[n-4:n])
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

// card finds the number of a bank card: of a brand's length and beginning, with the right check figure (ISO/IEC 7812).
func card(s string, i int) (int, string, string) {
	if !isFigure(s[i]) {
		return 0, "", ""
	}
	n := numberAt(s, i)
	end := 0
	switch {
	case n.groups[0] == 15, n.groups[0] == 16, n.groups[0] == 19:
		end = n.ends[0]
	case n.leads(4, 4, 4, 4) && n.seps[1] == n.seps[2] && n.seps[2] == n.seps[3] && strings.IndexByte(" -.", n.seps[1]) >= 0 && (n.n == 4 || n.groups[4] != 4):
		end = n.ends[3]
	case n.leads(4, 6, 5) && n.seps[1] == n.seps[2]:
		end = n.ends[2]
	default:
		return 0, "", ""
	}
	id := figuresOf(s[i:end])
	if !ends(s, end) || partBefore(s, i) || !ofABrand(id) || !luhn(id) || before(s, i) == aReference {
		return 0, "", ""
	}
	return end, id, "**** **** **** " + id[len(id)-4:]
}

// ofABrand tells Visa, Mastercard, American Express, Maestro and Discover by how their numbers begin.
func ofABrand(id string) bool {
	two, four := id[:2], id[:4]
	switch len(id) {
	case 15:
		return two == "34" || two == "37"
	case 16, 19:
		return id[0] == '4' || len(id) == 16 && ("51" <= two && two <= "55" || "2221" <= four && four <= "2720") ||
			two == "50" || "56" <= two && two <= "58" || two == "67" || two == "65" || four == "6011"
	}
	return false
}

// luhn verifies the last figure of a number (ISO/IEC 7812-1, annex B).
func luhn(id string) bool {
	sum := 0
	for i := range len(id) {
		d := int(id[len(id)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// phone finds nine figures of the Spanish numbering plan, judged by what stands around them.
func phone(s string, i int) (int, string, string) {
	at, abroad := i, false
	for _, country := range []string{"+34", "0034"} {
		if strings.HasPrefix(s[i:], country) {
			at, abroad = i+len(country), true
			for at < len(s) && at < i+len(country)+3 {
				_, size := separator(s[at:])
				if size == 0 && s[at] != ')' && s[at] != '(' {
					break
				}
				at += max(size, 1)
			}
		}
	}
	if at >= len(s) || s[at] < '6' || s[at] > '9' {
		return 0, "", ""
	}
	n := numberAt(s, at)
	groups := 0
	for _, sizes := range phoneGroups {
		if n.leads(sizes...) {
			groups = len(sizes)
			break
		}
	}
	if groups == 0 {
		return 0, "", ""
	}
	end := n.ends[groups-1]
	if !ends(s, end) {
		return 0, "", ""
	}
	id := figuresOf(s[at:end])
	if strings.Count(id, id[:1]) == len(id) { // 666 666 666 is nobody's
		return 0, "", ""
	}
	if service := id[:2]; service == "80" || service == "90" { // 800, 900, 901, 902, 905 …: they cost something or nothing, and are no person's
		return end, id, ""
	}
	if says := before(s, i); !abroad && says != aPhone {
		further := n.n > groups && (n.groups[groups] == 3 || n.seps[groups] != ' ')
		mixed := false
		for g := 2; g < groups; g++ {
			mixed = mixed || n.seps[g] != n.seps[g-1] && g > 2
		}
		if further || mixed || groups == 3 && n.groups[2] == 3 && countsThings(s[end:]) || partBefore(s, i) || partAfter(s, end) || says == aReference || says == anAmount {
			return 0, "", ""
		}
	}
	return end, id, "******" + id[6:]
}

// phoneGroups are the ways in which nine figures are grouped.
var phoneGroups = [][]int{{9}, {3, 3, 3}, {3, 2, 2, 2}, {2, 3, 2, 2}, {3, 6}, {2, 7}, {3, 2, 4}, {3, 4, 2}, {2, 3, 4}, {2, 2, 2, 3}}
