package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/rivo/uniseg"
)

// emojiSenses look at pictures among the letters.
var emojiSenses = []Sense{
	{"emoji", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(emoji(str(a[0]))) }},
	{"emoji_in_text", in(text), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(emojiInText(str(a[0]))) }},
	{"emoticons", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(emoticons(str(a[0]))) }},
	{"fancy", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(fancy(str(a[0]))) }},
}

// emojiPresentation are the characters below U+1F000 that are shown as pictures by themselves (Emoji_Presentation of
// Unicode 16, emoji-data.txt). Others there, such as ©, ☎ and ❤, are signs of writing unless U+FE0F follows.
var emojiPresentation = &unicode.RangeTable{R16: []unicode.Range16{
	{0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x23f0, 0x23f0, 1}, {0x23f3, 0x23f3, 1}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
	{0x2648, 0x2653, 1}, {0x267f, 0x267f, 1}, {0x2693, 0x2693, 1}, {0x26a1, 0x26a1, 1}, {0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1},
	{0x26c4, 0x26c5, 1}, {0x26ce, 0x26ce, 1}, {0x26d4, 0x26d4, 1}, {0x26ea, 0x26ea, 1}, {0x26f2, 0x26f3, 1}, {0x26f5, 0x26f5, 1},
	{0x26fa, 0x26fa, 1}, {0x26fd, 0x26fd, 1}, {0x2705, 0x2705, 1}, {0x270a, 0x270b, 1}, {0x2728, 0x2728, 1}, {0x274c, 0x274c, 1},
	{0x274e, 0x274e, 1}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1}, {0x2795, 0x2797, 1}, {0x27b0, 0x27b0, 1}, {0x27bf, 0x27bf, 1},
	{0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b50, 1}, {0x2b55, 0x2b55, 1},
}}

const (
	asPicture = '\ufe0f' // the character before is shown as a picture
	asText    = '\ufe0e' // or as a sign
	keycap    = '\u20e3'
)

// nextEmoji finds the first emoji of a text: what a reader sees as one picture, skin, family or flag included. from is
// negative if there is none.
func nextEmoji(s string) (from, to int) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		var next rune
		if i+n < len(s) {
			next, _ = utf8.DecodeRuneInString(s[i+n:])
		}
		if isEmoji(r, next) {
			cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(s[i:], -1)
			return i, i + len(cluster)
		}
		i += n
	}
	return -1, -1
}

func isEmoji(r, next rune) bool {
	switch {
	case next == asText:
		return false
	case next == asPicture:
		// ‼ and ™ are there with their selector; a selector after a letter is a mistake of somebody's program.
		return r == '©' || r == '®' || r == '#' || r == '*' || '0' <= r && r <= '9' || r >= 0x203c
	case next == keycap:
		return r == '#' || r == '*' || '0' <= r && r <= '9'
	case r >= 0x1f000:
		return isPictograph(r)
	}
	return r >= 0x231a && unicode.Is(emojiPresentation, r)
}

// isPictograph tells pictures above U+1F000: flags' letters, and all blocks of pictures. Those of them that are signs by
// default (🌶) are shown as pictures by every network.
func isPictograph(r rune) bool {
	switch {
	case r == 0x1f004, r == 0x1f0cf, r == 0x1f18e, 0x1f191 <= r && r <= 0x1f19a, 0x1f1e6 <= r && r <= 0x1f1ff,
		0x1f201 <= r && r <= 0x1f265, 0x1f300 <= r && r <= 0x1f64f, 0x1f680 <= r && r <= 0x1f6ff,
		0x1f7e0 <= r && r <= 0x1f7f0, 0x1f90c <= r && r <= 0x1faff:
		return r < 0x1f3fb || r > 0x1f3ff // a skin by itself is none
	}
	return false
}

// emoji lists the emoji of a text, each as often as it stands there.
func emoji(s string) []string {
	var found []string
	for {
		from, to := nextEmoji(s)
		if from < 0 {
			return found
		}
		found = append(found, s[from:to])
		s = s[to:]
	}
}

// emojiInText tells whether an emoji stands where a word or a bullet would: before the words of a line, or inside a
// sentence, which goes on behind it in small letters or figures. At the end of a sentence or line, or before a link or
// tags, it complements what is written.
func emojiInText(s string) bool {
	for line := range strings.Lines(s) {
		before := ""
		for {
			from, to := nextEmoji(line)
			if from < 0 {
				break
			}
			before += line[:from]
			line = line[to:]
			if rest := strings.TrimLeft(line, " \u00a0\u200d\t"); replacesWords(before, rest) {
				return true
			}
		}
	}
	return false
}

func replacesWords(before, rest string) bool {
	first, _ := utf8.DecodeRuneInString(rest)
	before = strings.TrimRightFunc(before, func(r rune) bool { return unicode.IsSpace(r) || r == asPicture })
	if before == "" { // a bullet, if words follow
		for w := range plainWords(rest) {
			return w != ""
		}
		return false
	}
	if strings.HasPrefix(rest, "http") || strings.HasPrefix(rest, "www.") {
		return false
	}
	return unicode.IsLower(first) || unicode.IsDigit(first)
}

// emoticons lists the smileys that are typed with signs: :-) ;) :'( xD <3 ^_^. A bracket that closes one which was
// opened before is none.
func emoticons(s string) []string {
	if !strings.ContainsAny(s, ":;=xX<^-_8") {
		return nil
	}
	var found []string
	open := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			open++
		case ')':
			open = max(open-1, 0)
		}
		if i > 0 && (s[i-1] >= '0' && s[i-1] <= '9' || strings.IndexByte(":;=/<^_-", s[i-1]) >= 0) {
			continue
		}
		glued := i > 0 && !isBlank(s[i-1])
		if n := emoticonAt(s[i:], glued, open); n > 0 {
			found = append(found, s[i:i+n])
			i += n - 1
		}
	}
	return found
}

func isBlank(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// whole are smileys without eyes and mouth; they stand by themselves.
var whole = []string{"<3", "</3", "^_^", "^^", "^.^", "-_-", "-.-", "o_O", "O_o", "o_o", "u_u", "T_T", "¯\\_(ツ)_/¯"}

// measures after a figure make <3 "less than three".
var measures = []string{"anos", "anys", "ano", "any", "mes", "meses", "mesos", "h", "horas", "hores", "dias", "dies", "km", "m", "cm", "mm", "kg", "g", "eur", "euros", "c", "years", "puntos", "punts"}

// emoticonAt is the length of the smiley that s begins with, 0 if it does not; glued: it follows a sign without a blank.
func emoticonAt(s string, glued bool, open int) int {
	if !glued {
		for _, w := range whole {
			if !strings.HasPrefix(s, w) || !endsThere(s[len(w):]) {
				continue
			}
			if rest := strings.TrimLeft(s[len(w):], " "); w == "<3" && (strings.HasPrefix(rest, "%") || strings.HasPrefix(rest, "€") || strings.HasPrefix(rest, "º") || strings.HasPrefix(rest, "°") || startsWithUnit(rest)) {
				continue
			}
			return len(w)
		}
	}
	if len(s) < 2 {
		return 0
	}
	i := 1
	switch s[0] {
	case ':', ';', '=':
		if strings.IndexByte("-'o^", s[i]) >= 0 && i+1 < len(s) { // nose or tear
			i++
		}
		if i == 2 && s[1] == '\'' && i+1 < len(s) && s[i] == '-' {
			i++
		}
	case '8':
		if s[1] != '-' || len(s) < 3 || glued {
			return 0
		}
		i = 2
	case 'x', 'X':
		if glued || s[1] != 'D' && s[:2] != "xd" {
			return 0
		}
		n := 1
		for n < len(s) && s[n] == s[1] {
			n++
		}
		if endsThere(s[n:]) {
			return n
		}
		return 0
	default:
		return 0
	}
	mouth := s[i]
	switch {
	case mouth == ')' && open > 0, mouth == '(' && i == 1 && (glued || !endsThere(s[2:])):
		// The end of a bracket, or a list's beginning: "ver anexo:)" in brackets, "horario: (de lunes".
		return 0
	case strings.IndexByte(")(]", mouth) >= 0:
		if s[0] == ';' && glued && i == 1 && mouth != ')' {
			return 0
		}
		for i < len(s) && s[i] == mouth {
			i++
		}
		return i
	case strings.IndexByte("DPpO3*|/\\$S", mouth) >= 0 && !glued:
		if (mouth == '/' || mouth == '3' || mouth == '\\' || mouth == '$' || mouth == 'S' || mouth == '*') && (s[0] != ':' || !endsThere(s[i+1:])) {
			return 0
		}
		for i < len(s) && s[i] == mouth {
			i++
		}
		if endsThere(s[i:]) {
			return i
		}
	}
	return 0
}

// endsThere tells whether no letter or figure follows.
func endsThere(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n == 0 || !isWordRune(r) && r != '/'
}

func startsWithUnit(s string) bool {
	s = fold(s[:min(len(s), 12)])
	for _, u := range measures {
		if strings.HasPrefix(s, u) && endsThere(s[len(u):]) {
			return true
		}
	}
	return false
}

// fancy lists the words of styled letters, which screen readers spell out as mathematics or leave out: 𝐛𝐨𝐥𝐝, ⓒⓘⓡⓒⓛⓔⓢ,
// ｗｉｄｅ, sᴍᴀʟʟ, letters struck out by combining signs. One such letter alone may be a formula's or a brand's.
func fancy(s string) []string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return nil
	}
	var found []string
	for word := range strings.FieldsSeq(s) {
		styled := 0
		var before rune
		for _, r := range word {
			if isStyled(r) || isStrike(r) && unicode.IsLetter(before) {
				styled++
			}
			before = r
		}
		if styled > 1 {
			found = append(found, strings.TrimFunc(word, func(r rune) bool { return unicode.IsPunct(r) && !isStyled(r) }))
		}
	}
	return found
}

func isStyled(r rune) bool {
	switch {
	case r < 0x1d00:
		return false
	case r <= 0x1d2b, // small capitals
		0x1d2c <= r && r <= 0x1d6a,                             // raised letters
		0x2090 <= r && r <= 0x209c,                             // lowered ones
		0x249c <= r && r <= 0x24e9,                             // in brackets and circles
		0xff21 <= r && r <= 0xff3a, 0xff41 <= r && r <= 0xff5a, // wide
		0x1d400 <= r && r <= 0x1d7ff,                                                                                           // mathematical
		0x1f110 <= r && r <= 0x1f12f, 0x1f130 <= r && r <= 0x1f149, 0x1f150 <= r && r <= 0x1f169, 0x1f172 <= r && r <= 0x1f17d: // in squares and discs
		return true
	}
	return false
}

// isStrike tells lines through and under a letter.
func isStrike(r rune) bool { return 0x0332 <= r && r <= 0x0338 && r != 0x0334 }
