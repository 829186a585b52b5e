package personal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands before a number in the same sentence and says what it is: words, and beginnings of words that a star ends; folded.
var (
	phoneCues = cues(`tel tels telf tfno tfnos tlf tlfn tfn llama llamad llamar llame llamando movil* mobil* whats* wasap* truca* truqueu telefon* contact* phone* call crida*
		bizum fijo centralit* fax ☎ 📞 📱 📲`)
	// Files, invoices and other things with numbers.
	referenceCues = cues(`expedient* exp expte ref refs referenc* registr* factur* bdns codigo* codi codis cod contrato* contracte* licitacio* poliza* polissa isbn issn serie
		solicitud* sol·licitud* justificant* anuncio* anunci csv ticket* pedido* comanda lote lot nrc doi sorteo* sorteig decimo boleto edict* resolucio* decret* decreto*
		catastr* cadastr* nss afiliacio* hash version versio cups contador comptador legal recibo rebut id parcela iso modelo* imei numero_de_serie`)
	amountCues   = cues(`importe* import presupuest* pressupost* total suma sumen suman cuantia quantia inversi* poblacio* € $ £ coste cost recauda* asist*`)
	identityCues = cues(`dni nif nie identid* identit* document* titular*`)
	vehicleCues  = cues(`matricula matriculas matricules vehicul* vehicl* coche* cotxe* furgon* moto motos turismo camion* camio placa plate taxi grua aparcad* aparcat*
		citroen seat renault ford bmw audi car`)

	allCues = [][]cue{phoneCues, referenceCues, amountCues, identityCues, vehicleCues}
)

// measures after a number make it an amount.
var measures = cues(`€ $ % ‰ eur euro* hab habitant* m² m2 m3 m³ hm3 hm³ km kg kw kwh mw gw tn tonelad* tones litro* litre* metro* metre* kilometr* visita visitas visites visitant*
	persona* votos vots seguidor* reproducc* passatg* pasajer* usuari* unidad* unitat* ejemplar* exemplar* millon* milio* view* bytes peseta* pessete* pts dolar* dollar*
	impresion* interacc* viajer* viatger* ciudadan* ciutadan* turist* pernoctac* hectar* arbol* arbre* dosis vacun* points punts puntos people espectador* asistent* assistent*`)

// cue is a word, or the beginning of one.
type cue struct {
	text      string
	beginning bool
}

func cues(words string) []cue {
	var all []cue
	for w := range strings.FieldsSeq(words) {
		text, beginning := strings.CutSuffix(w, "*")
		all = append(all, cue{strings.ReplaceAll(text, "_", " "), beginning})
	}
	return all
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

// near tells whether one of the cues stands close before i, in the same sentence, and nearer than what contradicts it:
// "registro telefónico 965…" is a telephone, "teléfono del expediente 965…" is not.
func near(s string, i int, cues []cue) bool {
	before := clause(s, i)
	d := distance(before, cues)
	if d == 0 {
		return false
	}
	for _, other := range allCues {
		if o := distance(before, other); o > 0 && o < d {
			return false
		}
	}
	return true
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

// distance is how far before the end of a clause the nearest of the cues begins, in bytes; 0: there is none.
func distance(clause string, cues []cue) int {
	for at := len(clause) - 1; at >= 0; at-- {
		if !utf8.RuneStart(clause[at]) {
			continue
		}
		if prior, _ := utf8.DecodeLastRuneInString(clause[:at]); at > 0 && unicode.IsLetter(prior) {
			continue
		}
		for _, c := range cues {
			if c.begins(clause[at:]) {
				return len(clause) - at
			}
		}
	}
	return 0
}

// foldASCII writes a text in small letters without the accents of Spanish and Valencian.
func foldASCII(s string) string { return accents.Replace(strings.ToLower(s)) }

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
	return slices.ContainsFunc(measures, func(c cue) bool { return c.begins(rest) })
}
