package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner walks over the words of a post without allocating: lower case, composed, plain letters for fancy ones. Links,
// addresses, handles, emoji, signs and whatever has a digit are passed over; hashtags are cut into their words.
type scanner struct {
	text string
	pos  int
	edge int // end of the stretch without blanks that has been looked at

	buf    [64]byte // of the word, after a hyphen
	n      int
	length int // letters

	capital bool // begins with a capital
	upper   bool // is all capitals, two letters or more
	tag     bool // stands in a hashtag
	glued   bool // hangs on the word before by a hyphen: posar-se
	elided  bool // ends with an apostrophe: l'
	foreign int  // letters of other alphabets seen so far
	inTag   bool
	hyphen  bool
}

// word is the current word; it is valid until the next call of next.
func (s *scanner) word() []byte { return s.buf[1:s.n] }

// hung is the current word with the hyphen by which it hangs on the one before.
func (s *scanner) hung() []byte { return s.buf[:s.n] }

// next finds the next word.
func (s *scanner) next() bool {
	for s.pos < len(s.text) {
		if s.pos >= s.edge && !s.enter() {
			continue
		}
		r, size := s.rune()
		switch {
		case r == '@':
			s.passHandle()
		case r == '#' || r == '＃':
			s.pos += size
			s.inTag, s.hyphen = true, false
		case isDigit(r):
			s.passNumber()
		default:
			if letter, _ := fold(r); letter != 0 {
				if s.read() {
					return true
				}
				continue
			}
			if unicode.IsLetter(r) {
				s.foreign++
			}
			s.pos += size
			s.hyphen = false
			if r != '_' {
				s.inTag = false
			}
		}
	}
	return false
}

func (s *scanner) rune() (rune, int) {
	if c := s.text[s.pos]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s.text[s.pos:])
}

// enter looks at the next stretch without blanks and passes over it if it is an address.
func (s *scanner) enter() bool {
	s.inTag, s.hyphen = false, false
	for s.pos < len(s.text) {
		r, size := s.rune()
		if !unicode.IsSpace(r) {
			break
		}
		s.pos += size
	}
	end := s.pos
	address := false
	for end < len(s.text) {
		c := s.text[end]
		if c <= ' ' || c == 0xc2 && end+1 < len(s.text) && s.text[end+1] == 0xa0 {
			break
		}
		switch c {
		case '.':
			address = address || isDot(s.text, end)
		case '@':
			address = address || end > s.pos && isAlnum(s.text[end-1]) && end+1 < len(s.text) && isAlnum(s.text[end+1])
		case ':':
			address = address || strings.HasPrefix(s.text[end:], "://")
		}
		end++
	}
	s.edge = end
	if address {
		s.pos = end
		return false
	}
	return s.pos < len(s.text)
}

// isDot tells the dot of a name on the net, gva.es, from one that ends a sentence and from the l.l of Catalan keyboards.
func isDot(text string, at int) bool {
	if at == 0 || at+2 >= len(text) || !isAlnum(text[at-1]) || !isLower(text[at+1]) || !isLower(text[at+2]) {
		return false
	}
	return text[at-1]|0x20 != 'l' || text[at+1] != 'l'
}

func isAlnum(c byte) bool { return isLower(c|0x20) || '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(r rune) bool { return '0' <= r && r <= '9' || r > 127 && unicode.IsDigit(r) }

func (s *scanner) passHandle() {
	s.pos++
	for s.pos < s.edge && (isAlnum(s.text[s.pos]) || strings.IndexByte("_.-@", s.text[s.pos]) >= 0) {
		s.pos++
	}
	s.hyphen = false
}

// passNumber passes over digits and the letters that hang on them: 12h, 3r, 2026; not over the words of a hashtag.
func (s *scanner) passNumber() {
	s.hyphen = false
	for s.pos < s.edge {
		r, size := s.rune()
		letter, _ := fold(r)
		if !isDigit(r) && (letter == 0 || s.inTag) && !isJoiner(r) {
			return
		}
		s.pos += size
	}
}

func isJoiner(r rune) bool {
	return r == '.' || r == ',' || r == ':' || r == 'º' || r == 'ª' || r == '\'' || r == '’'
}

// read reads the word at pos. It answers false where nothing is left of it.
func (s *scanner) read() bool {
	s.buf[0] = '-'
	s.n, s.length = 1, 0
	s.capital, s.upper, s.tag, s.elided = false, false, s.inTag, false
	s.glued, s.hyphen = s.hyphen, false
	capitals := 0
	for s.pos < s.edge {
		r, size := s.rune()
		letter, upper := fold(r)
		if letter == 0 {
			switch {
			case s.n > 1 && 0x300 <= r && r <= 0x36f:
				s.compose(r)
				s.pos += size
				continue
			case r == 0xfe0f || r == 0x200d || r == 0xad:
				s.pos += size
				continue
			case (r == '·' || r == '•' || r == '‧' || r == '.') && s.buf[s.n-1] == 'l' &&
				s.pos+size < s.edge && s.text[s.pos+size]|0x20 == 'l':
				s.add('·')
				s.pos += size
				continue
			case isApostrophe(r) && !s.inTag:
				s.pos += size
				s.elided = s.pos < s.edge
			case (r == '-' || r == '‑') && !s.inTag && s.pos+size < s.edge:
				s.pos += size
				s.hyphen = true
			case isDigit(r) && !s.inTag: // CV20: not a word
				s.passNumber()
				return false
			}
			break
		}
		if s.inTag && upper && s.length > 0 && capitals < s.length {
			break // the next word of a CamelCase tag
		}
		if upper {
			capitals++
			if s.length == 0 {
				s.capital = true
			}
		}
		s.add(letter)
		s.length++
		s.pos += size
	}
	s.upper = s.length > 1 && capitals == s.length
	if s.elided && s.n < len(s.buf) {
		s.buf[s.n] = '\''
		s.n++
	}
	return s.length > 0
}

// add puts a letter to the word. What goes beyond the buffer is no word of any language.
func (s *scanner) add(letter rune) {
	if s.n+utf8.UTFMax >= len(s.buf) {
		return
	}
	if letter < utf8.RuneSelf {
		s.buf[s.n] = byte(letter)
		s.n++
		return
	}
	s.n += utf8.EncodeRune(s.buf[s.n:], letter)
}

// compose joins a combining mark to the letter before it, as NFC does for the letters that we know.
func (s *scanner) compose(mark rune) {
	base, size := utf8.DecodeLastRune(s.word())
	if whole := composed(base, mark); whole != 0 && s.n-size+utf8.UTFMax < len(s.buf) {
		s.n -= size
		s.n += utf8.EncodeRune(s.buf[s.n:], whole)
	}
}

func composed(base, mark rune) rune {
	row := ""
	switch mark {
	case 0x300:
		row = "aàeèiìoòuù"
	case 0x301:
		row = "aáeéiíoóuú"
	case 0x302:
		row = "aâeêiîoôuû"
	case 0x303:
		row = "aãnñoõ"
	case 0x308:
		row = "aäeëiïoöuü"
	case 0x327:
		row = "cç"
	}
	for i, r := range row {
		if r == base && r < utf8.RuneSelf {
			whole, _ := utf8.DecodeRuneInString(row[i+1:])
			return whole
		}
	}
	return 0
}

func isApostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == '´' || r == '`' || r == 'ʼ'
}

// fold gives a Latin letter in lower case, and whether it was a capital; 0 for everything else. Letters that only look
// different (𝐛𝐨𝐥𝐝, Ⓑ, Ｂ) are the letters that they show.
func fold(r rune) (letter rune, upper bool) {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' {
			return r, false
		}
		if 'A' <= r && r <= 'Z' {
			return r + 32, true
		}
		return 0, false
	case r < 0x250:
		if r == 'ª' || r == 'º' || !unicode.IsLetter(r) {
			return 0, false
		}
		low := unicode.ToLower(r)
		return low, low != r
	case r < 0x1e00:
		return 0, false
	case r <= 0x1eff:
		low := unicode.ToLower(r)
		return low, low != r
	case 0x24b6 <= r && r <= 0x24cf:
		return r - 0x24b6 + 'a', true
	case 0x24d0 <= r && r <= 0x24e9:
		return r - 0x24d0 + 'a', false
	case 0xff21 <= r && r <= 0xff3a:
		return r - 0xff21 + 'a', true
	case 0xff41 <= r && r <= 0xff5a:
		return r - 0xff41 + 'a', false
	case 0x1d400 <= r && r <= 0x1d6a3:
		at := (r - 0x1d400) % 52
		return at%26 + 'a', at < 26
	case 0x1f130 <= r && r <= 0x1f149:
		return r - 0x1f130 + 'a', true
	}
	return 0, false
}
