package check

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/common/types/ref"
)

// styleSenses look at how a text speaks to its readers.
var styleSenses = []Sense{
	// Acronyms that are neither among those of the list nor spelled out in the text.
	{"acronyms", in(text, texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(acronyms(str(a[0]), strs(a[1]))) }},
	{"first_person", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(firstPerson(str(a[0]))) }},
}

// acronyms lists the words of three letters and more in capitals (a plural s may follow) that a text does not spell out and that are not known. Words
// that are merely shouted are none: three in a row, common words, Roman numbers.
func acronyms(s string, known []string) []string {
	if !capitalsMeet(s) {
		return nil
	}
	words := slices.Collect(plainWords(s))
	if !slices.ContainsFunc(words, func(w string) bool { upper, all := capitals(w); return all > 1 && upper < all }) && len(words) > 1 {
		return nil // all of it is shouted
	}
	var found []string
	for i, w := range words {
		a := acronym(w)
		if a == "" || slices.Contains(known, w) || slices.Contains(known, a) || slices.Contains(found, a) || shouted(words, i) ||
			isRoman(a) || emphasised[fold(a)] || tagWords[fold(a)] || spelledOut(a, words) {
			continue
		}
		found = append(found, a)
	}
	return found
}

// acronym is the word without the article before it (l'OAMI), the number behind it (COVID-19) and a plural s; empty if
// it is not one.
func acronym(w string) string {
	if i := strings.IndexAny(w, "'’"); i >= 0 {
		_, n := utf8.DecodeRuneInString(w[i:])
		w = w[i+n:]
	}
	w, _, _ = strings.Cut(w, "-")
	w = strings.TrimSuffix(w, "s")
	upper, all := capitals(w)
	if all < 3 || upper < all {
		return ""
	}
	return w
}

// shouted tells whether the word at i stands in a row of three and more words in capitals.
func shouted(words []string, i int) bool {
	loud := func(w string) bool {
		upper, all := capitals(w)
		return all > 0 && upper == all
	}
	from, to := i, i
	for from > 0 && loud(words[from-1]) {
		from--
	}
	for to+1 < len(words) && loud(words[to+1]) {
		to++
	}
	return to-from >= 2
}

func isRoman(w string) bool {
	return strings.Trim(w, "IVXLCDM") == "" && len(w) < 9 && w != "MIL" && w != "CID" && w != "DIM"
}

// spelledOut tells whether the initials of words in a row, small ones left out or not, make the acronym.
func spelledOut(a string, words []string) bool {
	letters := []rune(fold(a))
	for from := range words {
		at := 0
		for _, w := range words[from:] {
			w = fold(w)
			if i := strings.IndexAny(w, "'’"); i >= 0 {
				_, n := utf8.DecodeRuneInString(w[i:])
				w = w[i+n:]
			}
			first, n := utf8.DecodeRuneInString(w)
			if len(w) == n && at == 0 || strings.EqualFold(w, a) {
				break
			}
			if at < len(letters) && first == letters[at] {
				at++
				if at == len(letters) {
					return true
				}
			} else if at == 0 || !slices.Contains(small, w) {
				break
			}
		}
	}
	return false
}

// emphasised are common words of institutions that are written in capitals to be seen, without accents.
var emphasised = wordSet(`
gratis hoy hui avui manana dema ayer ahir nuevo nueva nou nova nous noves urgente urgent atencion atencio importante important importants aviso avis
ojo alerta ultima ultimo ultimas ultimos darrer darrera darrers ultimes hora no si ya ja solo nomes todo todos tot tots totes toda todas
cancelado cancelada cancellat suspendido suspendida suspes aplazado aplazada ajornat abierto abierta obert oberta cerrado cerrada tancat tancada
inscripciones inscripcions sorteo sorteig concurso concurs gracias gracies enhorabuena enhorabona felicidades felicitats bienvenidos benvinguts
recuerda recorda mira mirad mireu ven venid vine veniu participa apuntate apunta comparte compartix cuidado compte peligro perill
nunca mai siempre sempre muy molt mas mes menos menys dos tres cuatro quatre cinco cinc seis sis siete set ocho huit nueve diez deu
lunes martes miercoles jueves viernes sabado domingo dilluns dimarts dimecres dijous divendres dissabte diumenge
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gener febrer marc maig juny juliol agost setembre novembre desembre
directo directe vivo viu plazas places entradas entrades libre lliure fin fi plazo termini agotadas esgotades completo complet
roja rojo groc groga amarilla amarillo naranja taronja verde verd blava azul rojas via sus tus los las del con por para que una uno uns
news free new open now live sold out oferta ofertas empleo beca becas beques ayudas ajudes video foto fotos podcast web blog app
consulta descubre descobrix conoce coneix visita disfruta gaudix feliz feliç felic navidad nadal pascua pasqua fallas falles fiesta festa
ganadores guanyadors ganador guanyador premio premi resultados resultats vota votad voteu esto esta este aixo aquest aquesta eso ese
confirmado confirmat confirmada falso fals bulo verdadero cierto extra novedad novetat prorroga ampliado ampliat recordatorio recordatori`)

// firstPerson lists the words with which a text speaks of one person as I, in Spanish, Valencian and English. What stands
// in quotation marks is somebody else's.
func firstPerson(s string) []string {
	var found []string
	words := slices.Collect(plainWords(withoutQuotes(s)))
	for i, w := range words {
		if len(w) > longestOfI {
			continue
		}
		low := strings.ToLower(w)
		next := ""
		if i+1 < len(words) {
			next = strings.ToLower(words[i+1])
		}
		capital, _ := utf8.DecodeRuneInString(w)
		switch {
		case saysI[low],
			// Mi Carpeta, MI Provincia are names of services; "en mi opinión" is not.
			mine[low] && next != "" && (!unicode.IsUpper(capital) || i == 0) && !startsUpper(words, i+1),
			w == "I" && englishAfterI[next], strings.HasPrefix(low, "i'") || strings.HasPrefix(low, "i’"),
			(low == "me" || low == "em") && feelings[next]:
			found = append(found, w)
		}
	}
	return found
}

func startsUpper(words []string, i int) bool {
	r, _ := utf8.DecodeRuneInString(words[i])
	return unicode.IsUpper(r)
}

// withoutQuotes leaves out what stands between quotation marks.
func withoutQuotes(s string) string {
	if !strings.Contains(s, `"`) && !strings.Contains(s, "«") && !strings.Contains(s, "“") { // ContainsAny is slow with letters beyond ASCII
		return s
	}
	var b strings.Builder
	quoted := false
	for _, r := range s {
		switch r {
		case '«', '“':
			quoted = true
		case '»', '”':
			quoted = false
		case '"':
			quoted = !quoted
		default:
			if !quoted {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// longestOfI is the length in bytes of the longest word that firstPerson knows.
const longestOfI = 12

var (
	// saysI are pronouns and forms of verbs that only I can say, as they are written.
	saysI = wordSet(`yo jo conmigo mío mía míos mías meu meua meus meues meva meves mine myself
		creo opino pienso considero estoy soy quiero tengo voy digo sé espero siento prefiero supongo deseo propongo puedo debo hago veo
		confieso reconozco agradezco lamento aplaudo celebro recomiendo animo felicito invito prometo garantizo
		crec pense estic sóc vull tinc vaig dic preferisc supose desitge puc faig veig confesse reconec agraïsc agraeixo recomane recomano`)
	mine     = wordSet(`mi mis my`)
	feelings = wordSet(`parece gusta gustaría encanta alegra alegro preocupa duele sembla agrada agradaria encisa alegre preocupa dol
		complace emociona enorgullece apunto quedo uno sumo pregunto comprometo complau emociona quede pregunte compromet`)
	englishAfterI = wordSet(`am have had think believe was will would do did know want hope love like feel can must see agree`)
)
