package personal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// topic is what the words before a number say that it is.
type topic uint8

const (
	nothing topic = iota
	aPhone
	aReference // files, invoices and other things with numbers
	anAmount
	anIdentity
	aVehicle
	aCard
)

// cues are the words that stand before numbers in the same sentence, by their first byte, and beginnings of words, which a
// star ends; folded.
var cues = indexed(map[topic]string{
	aPhone: `tel tels telf tfno tfnos tlf tlfn tfn llama llamad llamar llame llamando movil* mobil* whats* wasap* truca* truqueu telefon* contact* phone* call crida*
		bizum fijo centralit* fax ☎ 📞 📱 📲`,
	aReference: `expedient* exp expte ref refs referenc* registr* factur* bdns codigo* codi codis cod contrato* contracte* licitacio* poliza* polissa isbn issn serie
		solicitud* sol·licitud* justificant* anuncio* anunci csv ticket* pedido* comanda lote lot nrc doi sorteo* sorteig decimo boleto edict* resolucio* decret*
		catastr* cadastr* nss afiliacio* hash version versio cups contador comptador legal recibo rebut id parcela iso modelo* imei nº n.º num remesa* certificad* certificat*`,
	anAmount:   `importe* import presupuest* pressupost* total suma sumen suman cuantia quantia inversi* poblacio* € $ £ coste cost recauda* asist*`,
	aCard:      `tarjeta* targeta* visa mastercard amex card`,
	anIdentity: `dni nif nie identid* identit* document* titular*`,
	aVehicle: `matricula matriculas matricules vehicul* vehicl* coche* cotxe* furgon* moto motos turismo camion* camio placa plate taxi grua aparcad* aparcat* dueno duena propietari* conductor* ambulanci* tractor* caravana remolque remolc clio
		citroen seat renault ford bmw audi car`,
})

// measures after a number make it an amount.
var measures = indexed(map[topic]string{anAmount: `€ $ % ‰ eur euro* hab habitant* m² m2 m3 m³ hm3 hm³ km kg kw kwh mw gw tn tonelad* tones litro* litre* metro* metre* kilometr* visita visitas visites visitant*
	persona* votos vots seguidor* reproducc* passatg* pasajer* usuari* unidad* unitat* ejemplar* exemplar* millon* milio* view* bytes peseta* pessete* pts dolar* dollar*
	impresion* interacc* viajer* viatger* ciudadan* ciutadan* turist* pernoctac* hectar* arbol* arbre* dosis vacun* points punts puntos people pagin* fich* fitx* imagen* imatge* espectador* asistent* assistent*`})

// cue is a word, or the beginning of one.
type cue struct {
	text      string
	beginning bool
	says      topic
}

func indexed(lists map[topic]string) (index [256][]cue) {
	for says, words := range lists {
		for w := range strings.FieldsSeq(words) {
			text, beginning := strings.CutSuffix(w, "*")
			index[text[0]] = append(index[text[0]], cue{text, beginning, says})
		}
	}
	return index
}

// begins tells whether the cue stands at the beginning of a folded text.
func (c cue) begins(s string) bool {
	if !strings.HasPrefix(s, c.text) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(c.text)
	next, _ := utf8.DecodeRuneInString(s[len(c.text):])
	return c.beginning || !unicode.IsLetter(last) || !unicode.IsLetter(next)
}

// reach is how far before a number a cue is looked for, in bytes.
const reach = 28

// before is what the nearest cue close before i says, in the same sentence: "registro telefónico 965…" is a telephone,
// "teléfono del expediente 965…" is not.
func before(s string, i int) topic {
	c := clause(s, i)
	for at := len(c) - 1; at >= 0; at-- {
		if !utf8.RuneStart(c[at]) || len(cues[c[at]]) == 0 {
			continue
		}
		if prior, _ := utf8.DecodeLastRuneInString(c[:at]); at > 0 && unicode.IsLetter(prior) {
			continue
		}
		for _, cue := range cues[c[at]] {
			if cue.begins(c[at:]) {
				return cue.says
			}
		}
	}
	return nothing
}

// clause is what stands close before i in its sentence, folded. "Tel. 965" and "exp. 965" go on.
func clause(s string, i int) string {
	from := max(0, i-reach)
	for from < i && from > 0 && isWordAt(s, from) { // not in the middle of a word
		from++
	}
	before := s[from:i]
	for at := len(before) - 1; at >= 0; at-- {
		c := before[at]
		if c == '\n' || c == ';' || c == '!' || c == '?' || c == '.' && at+2 < len(before) && before[at+1] == ' ' && isCapital(before[at+2]) {
			before = before[at+1:]
			break
		}
	}
	return foldASCII(before)
}

// isWordAt tells whether the sign at i goes on with a word that began before.
func isWordAt(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return !utf8.RuneStart(s[i]) || isWord(r)
}

// foldASCII writes a text in small letters without the accents of Spanish and Valencian.
func foldASCII(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return accents.Replace(strings.ToLower(s))
		}
	}
	return strings.ToLower(s)
}

var accents = strings.NewReplacer("á", "a", "à", "a", "é", "e", "è", "e", "í", "i", "ï", "i", "ó", "o", "ò", "o", "ú", "u", "ü", "u", "ñ", "n", "ç", "c")

// partBefore tells whether the number at i goes on from something before it: 2014/123, EXP-123, 3,123.
func partBefore(s string, i int) bool {
	if i == 0 {
		return false
	}
	switch s[i-1] {
	case '#', '=', '$', '_', '&':
		return true
	case '.', ',', '/', '-', ':':
		if i == 1 {
			return false
		}
		b := s[i-2]
		return isFigure(b) || (s[i-1] == '/' || s[i-1] == '-') && (isCapital(b) || isASCIILetter(b) && s[i-1] == '/')
	}
	before := strings.TrimRight(s[:i], " ")
	return strings.HasSuffix(before, "€") || strings.HasSuffix(before, "£") || strings.HasSuffix(before, "$")
}

// partAfter tells whether the number that ends at i goes on or is an amount of something.
func partAfter(s string, i int) bool {
	rest := s[i:]
	if len(rest) > 1 && strings.IndexByte(".,/-:", rest[0]) >= 0 && (isFigure(rest[1]) || rest[0] == '/' && isASCIILetter(rest[1]) || rest[0] == '-' && isASCIILetter(rest[1])) {
		return true
	}
	rest = strings.TrimLeft(rest, " \u00a0")
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "de "), "d'")
	rest = foldASCII(rest[:min(len(rest), 16)])
	return rest != "" && slices.ContainsFunc(measures[rest[0]], func(c cue) bool { return c.begins(rest) })
}

// countsThings tells whether a noun in the plural follows, as after an amount: "698 712 345 granos de arroz". The parts of
// the week in which somebody answers are none.
func countsThings(rest string) bool {
	if len(rest) < 5 || rest[0] != ' ' {
		return false
	}
	word := rest[1:]
	if end := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 {
		word = word[:end]
	}
	first, _ := utf8.DecodeRuneInString(word)
	return len(word) > 3 && unicode.IsLower(first) && strings.HasSuffix(word, "s") && !week[foldASCII(word)]
}

var week = wordSet(`tardes mananas noches vesprades matins nits lunes martes miercoles jueves viernes dilluns dimarts dimecres dijous divendres laborables feiners gracias gracies horas hores`)
