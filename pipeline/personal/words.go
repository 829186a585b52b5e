package personal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// email finds a mail address of a person: one of an office, such as info@, is official wherever it is.
func email(s string, i int) (int, string, string) {
	at := i
	for at < len(s) {
		r, n := utf8.DecodeRuneInString(s[at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._%+-", r) {
			break
		}
		at += n
	}
	if at == i || at >= len(s) || s[at] != '@' || i > 0 && s[i-1] == '@' { // @office@social.example is a handle
		return 0, "", ""
	}
	end, dot := at+1, 0
	for end < len(s) && (isASCIILetter(s[end]) || isFigure(s[end]) || s[end] == '-' || s[end] == '.' && end > at+1 && s[end-1] != '.') {
		if s[end] == '.' {
			dot = end
		}
		end++
	}
	for end > at && (s[end-1] == '.' || s[end-1] == '-') { // of the sentence
		if end--; end == dot {
			dot = at + 1 + strings.LastIndexByte(s[at+1:end], '.')
		}
	}
	if dot <= at+1 || end-dot < 3 || strings.ContainsAny(s[dot:end], "0123456789-") {
		return 0, "", ""
	}
	name, host := s[i:at], strings.ToLower(s[at+1:end])
	first, n := utf8.DecodeRuneInString(name)
	masked := string(first) + "***@" + host
	if n == len(name) {
		masked = "***@" + host
	}
	if isOffice(name) {
		masked = ""
	}
	return end, strings.ToLower(name) + "@" + host, masked
}

// offices are the names of mailboxes that nobody has alone, folded.
var offices = wordSet(`info informacion informacio information contacto contacte contact contactar admin administracion administracio atencion atencio ayuda ajuda
	soporte suport support oficina secretaria registro registre prensa premsa press comunicacion comunicacio reservas reserves booking inscripciones inscripcions
	turismo turisme cultura deportes esports juventud joventut empleo ocupacion biblioteca museo museu teatro teatre ayuntamiento ajuntament alcaldia
	noreply no-reply dpd dpo privacidad privacitat rgpd lopd transparencia webmaster web hola hello taquilla tienda botiga formacion formacio educacion
	participacion participacio correo correu mail buzon bustia eventos esdeveniments rrhh ventas vendes gerencia direccion direccio congreso congres jornadas jornades
	archivo arxiu tributos hacienda policia bomberos bombers urbanismo urbanisme medioambiente igualdad igualtat mayores consumo omic oac citaprevia cita sede seu
	quejas queixes sugerencias suggeriments incidencias incidencies concurso concurs premios premis becas beques voluntariado voluntariat asociacion associacio club fundacion fundacio festival feria fira
	bienestar serveissocials serviciossociales subvenciones subvencions contratacion contractacio recepcion recepcio marketing redaccion redaccio`)

func isOffice(name string) bool {
	name = foldASCII(name)
	if offices[name] {
		return true
	}
	word, _, _ := strings.Cut(strings.ReplaceAll(name, "_", "."), ".")
	word = strings.TrimRight(word, "0123456789")
	return offices[word]
}

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// plate finds 1234 BCD (Real Decreto 2822/1998, anexo XVIII) and, of before September 2000, A-1234-BC.
func plate(s string, i int) (int, string, string) {
	if isFigure(s[i]) {
		return currentPlate(s, i)
	}
	return provincialPlate(s, i)
}

func currentPlate(s string, i int) (int, string, string) {
	n := numberAt(s, i)
	if n.groups[0] != 4 {
		return 0, "", ""
	}
	at := n.ends[0]
	spaced := at < len(s) && (s[at] == ' ' || s[at] == '-')
	if spaced {
		at++
	}
	if at+3 > len(s) || !ends(s, at+3) {
		return 0, "", ""
	}
	letters := s[at : at+3]
	if strings.Trim(letters, "BCDFGHJKLMNPRSTVWXYZ") != "" && (spaced || strings.Trim(letters, "bcdfghjklmnprstvwxyz") != "") {
		return 0, "", ""
	}
	if says := before(s, i); says != aVehicle {
		if spaced || notPlates[strings.ToUpper(letters)] || partBefore(s, i) || says == aReference ||
			at+3 < len(s)-1 && strings.IndexByte("-/.", s[at+3]) >= 0 && !ends(s, at+4) {
			return 0, "", ""
		}
	}
	return at + 3, s[i:i+4] + strings.ToUpper(letters), "****" + strings.ToUpper(letters)
}

// notPlates are what follows four figures at once and is written like the letters of a plate.
var notPlates = wordSet(`RPM KWH PTS MTS PCR SMS KMH KGS GRS HRS BTC FPS DPI LTS MWH GWH GHZ MHZ KHZ BTS CCM TDT PVP RGB HDR SMD LGTB CNT CMS TWH KLM MSNM VTC XXL BCN VLC KMS MLS HZ LPM PPM PDF CSS XML PHP CPD DVD WWW`)

// provinces are the letters of plates before 2000.
var provinces = wordSet(`A AB AL AV B BA BI BU C CA CC CE CO CR CS CU GC GE GI GR GU H HU IB J L LE LO LU M MA ML MU NA O OR OU P PM PO S SA SE SG SO SS T TE TF TO V VA VI Z ZA`)

func provincialPlate(s string, i int) (int, string, string) {
	at := i
	for at < len(s) && at < i+3 && isCapital(s[at]) {
		at++
	}
	if at == i || at+6 > len(s) || s[at] != '-' && s[at] != ' ' || !isFigure(s[at+1]) || !provinces[s[i:at]] {
		return 0, "", ""
	}
	province, sep := s[i:at], s[at]
	n := numberAt(s, at+1)
	says := before(s, i)
	cue := says == aVehicle
	switch {
	case n.groups[0] == 4:
		at = n.ends[0]
		if at < len(s) && s[at] == sep {
			at++
		}
		from := at
		for at < len(s) && isCapital(s[at]) {
			at++
		}
		if series := at - from; series < 1 || series > 2 || series == 1 && !cue || !ends(s, at) || sep == ' ' && !cue || !cue && (says == aReference || partBefore(s, i)) ||
			at+1 < len(s) && strings.IndexByte("-/", s[at]) >= 0 && !ends(s, at+1) {
			return 0, "", ""
		}
		return at, compact(s[i:at]), province + "-****-" + s[from:at]
	case cue && 5 <= n.groups[0] && n.groups[0] <= 6 && ends(s, n.ends[0]): // without letters, of before 1971
		return n.ends[0], compact(s[i:n.ends[0]]), province + "-****" + s[n.ends[0]-2:n.ends[0]]
	}
	return 0, "", ""
}
