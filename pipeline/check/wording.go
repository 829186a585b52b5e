package check

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"presencia/pipeline/language"
	"presencia/pipeline/personal"
)

// wordingSenses look at what an institution asks, offers and signs in a few words.
var wordingSenses = []Sense{
	// The words of a text as phrases looks for them: folded, in a row, a blank around each. Of a post it is post.wording.
	{"wording", in(text), text, func(_ *Guide, a []ref.Val) ref.Val { return types.String(wording(str(a[0]))) }},
	{"phrases", in(text, texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(phrases(str(a[0]), strs(a[1]))) }}, // those of the list that stand in a wording
	{"words", in(text), cel.IntType, func(_ *Guide, a []ref.Val) ref.Val { return types.Int(countWords(str(a[0]))) }},        // without links, tags and mentions
	// The first list's tags that the second names, with or without blanks between words; accents, case and # do not matter.
	{"tagged", in(texts, texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(tagged(strs(a[0]), strs(a[1]))) }},
	{"repeated", in(texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(repeatedOf(strs(a[0]))) }}, // what stands in a list more than once
	// The hashtags of a text that have words of their own line behind them.
	{"tags_inside", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(tagsInside(str(a[0]))) }},
	// The sentences that ask for personal data without naming a private way to send them.
	{"asks_for_data", in(text), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(asksForData(str(a[0]))) }},
	{"signed", in(text), text, func(_ *Guide, a []ref.Val) ref.Val { return types.String(signed(str(a[0]))) }}, // the person who signs a text; empty: nobody
	// Whether a text names an account, a telephone, a mail address or a page where one can turn to; whom an answer is
	// addressed to does not count.
	{"has_contact", in(text), cel.BoolType, func(_ *Guide, a []ref.Val) ref.Val { return types.Bool(hasContact(str(a[0]))) }},
	// The texts' whole identity numbers with the name of a person beside them; masked.
	{"named_ids", in(texts), texts, func(_ *Guide, a []ref.Val) ref.Val { return list(namedIDs(strs(a[0]))) }},
}

func wording(s string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for w := range plainWords(fold(s)) {
		b.WriteString(w)
		b.WriteByte(' ')
	}
	return strings.ReplaceAll(b.String(), "’", "'")
}

// phrases finds words, or several in a row; accents and case do not matter. It takes a wording, and not a text, so that
// dozens of lists can be held against one post. They come in the order of the list.
func phrases(wording string, list []string) []string {
	if len(list) == 0 || len(wording) < 2 {
		return nil
	}
	beginnings := indexOf(list)
	var places []int
	for at := 0; ; {
		end := strings.IndexByte(wording[at+1:], ' ')
		if end < 0 {
			break
		}
		for _, p := range beginnings[wording[at+1:at+1+end]] {
			if strings.HasPrefix(wording[at:], p.wording) && !slices.Contains(places, p.place) {
				places = append(places, p.place)
			}
		}
		at += 1 + end
	}
	slices.Sort(places)
	var found []string
	for _, p := range places {
		found = append(found, list[p])
	}
	return found
}

// phrase is an entry of a list with the words that it begins with.
type phrase struct {
	wording string
	place   int
}

// indexes are the lists of packs by their first words, under the address of the list, which they keep from being used
// for another. Lists that are made while a rule is evaluated come and go: the cache is emptied before it grows large.
var (
	indexes    sync.Map // of *string to map[string][]phrase
	indexCount atomic.Int64
)

const maxIndexes = 512

func indexOf(list []string) map[string][]phrase {
	key := &list[0]
	type kept struct {
		list       []string
		beginnings map[string][]phrase
	}
	if v, ok := indexes.Load(key); ok && len(v.(kept).list) == len(list) {
		return v.(kept).beginnings
	}
	beginnings := map[string][]phrase{}
	for i, p := range list {
		w := wording(p)
		if first, _, some := strings.Cut(strings.TrimSpace(w), " "); some || first != "" {
			beginnings[first] = append(beginnings[first], phrase{w, i})
		}
	}
	if len(list) > 3 { // short ones are soon read
		if indexCount.Add(1) > maxIndexes {
			indexes.Clear()
			indexCount.Store(0)
		}
		indexes.Store(key, kept{list, beginnings})
	}
	return beginnings
}

func countWords(s string) int {
	n := 0
	for range plainWords(s) {
		n++
	}
	return n
}

func tagged(tags, names []string) []string {
	if len(tags) == 0 {
		return nil
	}
	plain := func(s string) string { return strings.ReplaceAll(strings.TrimPrefix(fold(s), "#"), " ", "") }
	var found []string
	for _, t := range tags {
		if own := strings.TrimPrefix(fold(t), "#"); slices.ContainsFunc(names, func(n string) bool { return plain(n) == own }) {
			found = append(found, t)
		}
	}
	return found
}

func repeatedOf(s []string) []string {
	var found []string
	for i, x := range s {
		if slices.Contains(s[:i], x) && !slices.Contains(found, x) {
			found = append(found, x)
		}
	}
	return found
}

// tagsInside goes line by line: in a post in two languages each part has its tags at its own end.
func tagsInside(s string) []string {
	if !strings.Contains(s, "#") {
		return nil
	}
	var inside []string
	for line := range strings.Lines(s) {
		var waiting []string
		for word := range strings.FieldsSeq(line) {
			if tag := strings.TrimLeft(word, "([«“\"¡¿"); strings.HasPrefix(tag, "#") && len(tag) > 1 {
				waiting = append(waiting, strings.TrimRightFunc(tag, func(r rune) bool { return !isWordRune(r) }))
				continue
			}
			for range plainWords(word) {
				inside, waiting = append(inside, waiting...), nil
				break
			}
		}
	}
	return inside
}

var (
	// asking are beginnings of words with which one asks somebody to tell something, folded.
	asking = []string{"indica", "indique", "facilit", "envia", "envie", "dinos", "dices", "das", "darn", "darm", "apunt", "diganos", "diga", "digue", "pasanos", "pasenos", "passa", "manda", "mande", "necesitamos",
		"necesitariamos", "necessitem", "deja", "deje", "deixa", "deixe", "escrib", "escriu", "escrigu", "danos", "denos", "doneu", "dona'ns", "dona’ns", "remit", "send", "give",
		"tell", "aport", "compart", "decir", "dir-", "pon", "falta", "reply", "adjunt"}
	askingWords = []string{"cual", "cuales", "quin", "quina", "what", "what's", "dar"} // as they are
	// privately are ways to send what nobody else may read.
	privately = []string{"privado", "privada", "privat", "private", "privately", "dm", "md", "mensaje directo", "missatge directe", "direct message", "mensajes directos", "missatges directes",
		"por correo", "per correu", "por email", "por e-mail", "by email", "formulario", "formulari", "form", "sede electrónica", "seu electrònica", "por teléfono", "per telèfon", "llame", "llámanos",
		"llámenos", "telefone", "telefoneu", "truca", "truque", "call", "al correo", "al correu", "nunca", "mai", "never", "no publique", "no publiques", "no publiqueu", "no escriba", "no escribas", "no escrigues", "no escriga"}
	// personalData are things that nobody should write where everybody reads.
	personalData = []string{"dni", "nie", "nif", "pasaporte", "passaport", "passport", "teléfono", "telèfon", "phone", "móvil", "mòbil", "iban", "número de cuenta", "número de compte", "número de expediente", "número d'expedient",
		"nº de expediente", "nº expediente", "expediente", "expedient", "domicilio", "domicili", "dirección", "adreça", "address", "matrícula", "fecha de nacimiento", "data de naixement", "tarjeta sanitaria", "targeta sanitària",
		"sip", "nombre completo", "nom complet", "nombre y apellidos", "nom i cognoms", "full name", "referencia catastral", "referència cadastral"}
)

func asksForData(s string) []string {
	var found []string
	for _, sentence := range language.Sentences(s) {
		// "Your" data: "consulta la dirección de la oficina" asks nobody for anything.
		if !hasWord(sentence, personalData) || hasWord(sentence, privately) || mailbox.MatchString(sentence) {
			continue
		}
		words := slices.Collect(plainWords(fold(sentence)))
		yours := slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains([]string{"tu", "su", "sus", "tus", "teu", "teua", "vostre", "vostra", "seu", "seua", "your", "nos", "ens", "me"}, w) ||
				strings.HasSuffix(w, "nos") && len(w) > 5 || strings.HasSuffix(w, "'ns") || strings.HasSuffix(w, "’ns") || strings.HasSuffix(w, "-nos") || w == "necesitamos" || w == "necessitem"
		})
		if yours && slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains(askingWords, w) || !strings.HasSuffix(w, "ado") && slices.ContainsFunc(asking, func(a string) bool { return strings.HasPrefix(w, a) })
		}) {
			found = append(found, sentence)
		}
	}
	return found
}

var (
	// initials at the end, as call centres sign: ^MG, /MG. A place or a tag is none.
	initials = regexp.MustCompile(`(?:\^|—\s?|~)\s?([A-ZÁÉÍÓÚÀÈÒ]{2,3})\s*$`)
	// farewell is a greeting, and behind it a name at the end of the text.
	farewell = regexp.MustCompile(`(?i:(?:un )?saludos?|un abrazo|atentamente|cordialmente|una salutaci[oó]|salutacions|atentament|cordialment|regards|sincerely|best wishes|fdo\.?:?|firmado:?|signat:?)` +
		`(?i: cordial(?:es)?|s cordials)?[\s.,:!–—-]+(\p{Lu}[\p{L}'’-]+(?:\s+(?:(?:de|del|la|i|y)\s+)*\p{Lu}[\p{L}'’.-]*){0,3})[\s.!]*$`)
	// bodies are words that sign for an institution.
	bodies = wordSet(`diputacion diputacio ayuntamiento ajuntament oficina equipo equip servicio servici departamento departament area concejalia regidoria conselleria
		biblioteca museo museu gabinete gabinet atencion atencio consejo consell consorcio consorci generalitat ministerio universidad universitat instituto institut agencia
		turismo turisme cultura deportes esports team office department council`)
)

func signed(s string) string {
	s = strings.TrimSpace(s)
	if m := initials.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	m := farewell.FindStringSubmatch(s)
	if m == nil || slices.ContainsFunc(nameWords(m[1]), func(w string) bool { return bodies[w] }) {
		return ""
	}
	// "Saludos desde Alicante" does not match; "Saludos. Gracias" has no name.
	switch fold(m[1]) {
	case "gracias", "gracies", "feliz", "bon", "buen", "buenos", "hasta", "fins", "thanks", "que", "le", "te":
		return ""
	}
	return strings.TrimRight(m[1], ".")
}

var (
	// addressed are the accounts that an answer begins with.
	addressed = regexp.MustCompile(`^(?:\s*\.?@(?:…|[\pL\pN_][\pL\pN_.@-]*)[,:]?)+`)
	telephone = regexp.MustCompile(`(?:^|[^\d/.,])(?:\+34[ .-]?)?(?:0[0-9]{2}|112|[6-9](?:[ .-]?\d){8})(?:[^\d/]|$)`)
	mailbox   = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+\.[\pL]`)
	bareSite  = regexp.MustCompile(`(?i)(?:^|\s)(?:[a-z0-9-]+\.)+(?:es|org|com|net|eu|gob\.es|cat|example|info)(?:/\S*)?(?:[\s.,;)]|$)`)
)

func hasContact(s string) bool {
	s = addressed.ReplaceAllString(s, " ")
	return mention.MatchString(s) || mailbox.MatchString(s) || telephone.MatchString(s) || len(linksIn(s)) > 0 || bareSite.MatchString(s) ||
		slices.ContainsFunc(personal.Find(s), func(m personal.Match) bool { return m.Kind == "phone" || m.Kind == "email" })
}

var (
	// fullName is two to five words with capitals in a row, de and del between them included.
	fullName = regexp.MustCompile(`\p{Lu}[\p{Ll}'’·-]+\p{L}*(?:\s+(?:(?:de|del|de la|de los|i|y)\s+)?\p{Lu}[\p{Ll}'’·-]+\p{L}*){1,4}`)
	capName  = regexp.MustCompile(`\p{Lu}{2,}(?:,?\s+(?:(?:DE|DEL|DE LA|I|Y)\s+)?\p{Lu}{2,}){1,4}`)
)

// beside is how far a name may stand from the number, in bytes.
const beside = 60

func namedIDs(all []string) []string {
	var found []string
	for _, s := range all {
		for _, m := range personal.Find(s) {
			// Four digits are what administrations may publish; marks of what was hidden stand for whole numbers.
			if m.Kind != "dni" && m.Kind != "nie" {
				continue
			}
			from, to := max(0, m.From-beside), min(len(s), m.To+beside)
			for from > 0 && !utf8.RuneStart(s[from]) {
				from--
			}
			for to < len(s) && !utf8.RuneStart(s[to]) {
				to++
			}
			if namesPerson(s[from:m.From]) || namesPerson(s[m.To:to]) {
				found = append(found, m.String())
			}
		}
	}
	return found
}

// namesPerson tells whether a row of capitals in the text is no body's and no place's name.
func namesPerson(s string) bool {
	for _, re := range []*regexp.Regexp{fullName, capName} {
		for _, name := range re.FindAllString(s, -1) {
			words, shouts := nameWords(name), unicode.IsUpper([]rune(name)[1]) // in capitals a surname looks like any word
			if len(words) < 2 || slices.ContainsFunc(words, func(w string) bool { return bodies[w] || tagWords[w] && !slices.Contains(small, w) && !shouts }) ||
				slices.Contains(words, "dni") || slices.Contains(words, "nie") || slices.Contains(words, "nif") {
				continue
			}
			return true
		}
	}
	return false
}
