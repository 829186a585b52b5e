package language

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Post is what Twins looks at of a publication.
type Post struct {
	ID, Account string
	At          time.Time
	Text        string
	Language    string // as sensed; empty: Twins senses it
	Links       []string
	Hashtags    []string // without #
	MediaCount  int
	Mentions    []string
}

// Options of Twins. The zero value looks within six hours and within each account.
type Options struct {
	// Within is how far twins may lie apart; 0: six hours.
	Within time.Duration
	// Sisters tells whether two accounts speak for the same unit, each in its language; nil: none do. It must be symmetric.
	Sisters func(a, b string) bool
	// Languages are the two that twins are told in; zero: es and ca.
	Languages [2]string
}

// Match is a post's twin.
type Match struct {
	Index int     // of the twin among the posts; -1: it has none
	Score float64 // how much they share, [Alike] or more
}

// Alike is the score from which two posts are twins.
const Alike = 3.5

// Twins finds, for each post, the one that says the same in the other language: of the same account or a sister, close in
// time and of comparable length, by what translation leaves alone: links, tags, numbers, names, mentions, media, and the
// roots that the two languages share. What many posts of the account have in common says little. A post has one twin at
// most, and is its twin's twin; the best pairs are joined first. The result has an entry for each post, in their order, which
// makes no difference to who is joined. A post that says both languages itself needs no twin: see [Spoken].
func Twins(posts []Post, o Options) []Match {
	if o.Within == 0 {
		o.Within = 6 * time.Hour
	}
	if o.Languages == [2]string{} {
		o.Languages = [2]string{"es", "ca"}
	}
	matches := make([]Match, len(posts))
	var seen []trace
	for i := range posts {
		matches[i].Index = -1
		p := &posts[i]
		tag := p.Language
		if tag == "" {
			tag = likelier(p.Text, o.Languages)
		}
		tag, _, _ = strings.Cut(tag, "-")
		if tag == o.Languages[0] || tag == o.Languages[1] {
			seen = append(seen, traceOf(i, tag, p))
		}
	}
	slices.SortStableFunc(seen, func(a, b trace) int {
		return cmp.Or(a.post.At.Compare(b.post.At), cmp.Compare(a.post.ID, b.post.ID))
	})
	setRarity(seen)

	type pair struct {
		a, b  int // in seen
		score float64
	}
	var pairs []pair
	for i := range seen {
		a := &seen[i]
		for j := i + 1; j < len(seen); j++ {
			b := &seen[j]
			apart := b.post.At.Sub(a.post.At)
			if apart > o.Within {
				break
			}
			if a.tag == b.tag || a.post.Account != b.post.Account && (o.Sisters == nil || !o.Sisters(a.post.Account, b.post.Account)) {
				continue
			}
			if s := compare(a, b, apart, o.Within); s >= Alike {
				pairs = append(pairs, pair{i, j, s})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.score, x.score) })
	for _, p := range pairs {
		a, b := seen[p.a].at, seen[p.b].at
		if matches[a].Index < 0 && matches[b].Index < 0 {
			matches[a], matches[b] = Match{b, p.score}, Match{a, p.score}
		}
	}
	return matches
}

// likelier guesses the language of a post where only two come into question: short posts whose twin tells the rest.
func likelier(text string, among [2]string) string {
	v := weigh(text)
	best, p := v.best()
	if best < 0 || p < 0.4 || tags[best] != among[0] && tags[best] != among[1] {
		return ""
	}
	return tags[best]
}

// trace is what translation leaves of a post: its marks, each with its sort before it.
type trace struct {
	at     int // in the posts
	tag    string
	post   *Post
	marks  []string  // sorted, each once
	rare   []float64 // what each says, 1 at most
	length int       // runes of running text
}

// The sorts of marks. Roots are the beginnings of longer words without accents, which cognates share.
const (
	markLink   = "l:"
	markTag    = "#:"
	markNumber = "n:"
	markName   = "N:"
	markHandle = "@:"
	markDay    = "d:"
	markRoot   = "r:"
)

// days and months are as good as figures: what falls on another day is another thing. The words of a line are one mark.
var days = concepts(`lunes dilluns; martes dimarts; miércoles dimecres; jueves dijous; viernes divendres; sábado dissabte; domingo
	diumenge; enero gener; febrero febrer; marzo març; abril; mayo maig; junio juny; julio juliol; agosto agost; septiembre
	setembre; octubre; noviembre novembre; diciembre desembre; hoy hui avui; mañana demà; ayer ahir`)

// alike are frequent words of institutions that the two languages write so differently that their beginnings do not tell.
var alike = concepts(`abierto abierta abiertos abiertas abre abrimos obert oberta oberts obertes obri obre obrim; cerrado cerrada cierra
	cerramos cierran tancat tancada tanca tanquem tancament tancaran; plazo termini; calle calles carrer carrers; plaza plazas
	plaça places; alquiler lloguer; vivienda viviendas vivenda vivendes habitatge habitatges; agua aigua; lluvia lluvias pluja
	pluges; fiesta fiestas festa festes; niños niñas niño niña xiquets xiquetes xiquet nens nenes nen; jóvenes joves jóvens joven
	jove; trabajo treball faena feina; empleo ocupació; ayuda ayudas ajuda ajudes ajut ajuts; gracias gràcies; enhorabuena
	felicidades felicitats enhorabona; escuela escuelas escola escoles; colegio col·legi; tarde vesprada tarda; noche nit; mañanas
	matí; llama llamar telefona telefonar truca crida; sede seu; salida eixida sortida; entrada entrades entradas; gratis gratuita
	gratuito gratuïta gratuït franc; libre lliure; calor; incendio incendios foc fuego incendi; playa playas platja platges; coche
	coches cotxe cotxes; perro perros gos gossos; basura fem escombraries; limpieza neteja; obras obres; taller talleres tallers;
	charla xarrada xerrada; encuentro trobada; viaje viatge; mujer mujeres dona dones; hombre hombres home homes; año años any
	anys; semana setmana; día día dies; mes meses mesos; libro libros llibre llibres; cuento conte; niebla boira; viento vent;
	corte corta tall talla; bosque bosc; casa casas cases; ventana finestra; nuevo nueva nuevos nuevas nou nova nous noves; hijo
	hija fill filla; vecinos vecinas veïns veïnes; huelga vaga; bomberos bombers; conoce coneix conéixer conocer; descubre descobrix
	descobreix; queremos volem; ven venid vine veniu; esperamos esperem; apúntate apunta't inscríbete; mejor millor; feliz felices
	feliç bon bona bones; perdido perduts; llaves claus; juguetes joguines; queso formatge; silla cadira; verano estiu; otoño
	tardor; invierno hivern; cuida cuidamos cuidem; suelo sòl; árbol árboles arbre arbres; cartel cartell; barrio barri; pueblo
	poble; ciudad ciutat; seguridad seguretat; salud salut; puente pont; carretera; camino camí; precio preu; sube sube puja`)

// concepts maps the first letters of each word of a line to the line.
func concepts(lists string) map[string]string {
	in := map[string]string{}
	for list := range strings.SplitSeq(lists, ";") {
		words := strings.Fields(list)
		for _, w := range words {
			in[plain([]byte(w))] = plain([]byte(words[0]))
		}
	}
	return in
}

func traceOf(at int, tag string, p *Post) trace {
	t := trace{at: at, tag: tag, post: p}
	for _, l := range p.Links {
		t.marks = append(t.marks, markLink+canonical(l))
	}
	for _, h := range p.Hashtags {
		t.marks = append(t.marks, markTag+plain([]byte(strings.ToLower(h))))
	}
	for _, m := range p.Mentions {
		t.marks = append(t.marks, markHandle+strings.ToLower(strings.TrimPrefix(m, "@")))
	}
	for _, n := range numbers(p.Text) {
		t.marks = append(t.marks, markNumber+n)
	}
	s := scanner{text: p.Text}
	end := 0
	for s.next() {
		if s.tag {
			continue
		}
		w := plain(s.word())
		t.length += s.length + 1
		first := end == 0 || strings.ContainsAny(p.Text[end:s.pos], ".!?\n¿¡:")
		end = s.pos
		if s.capital && !first && s.length > 2 {
			t.marks = append(t.marks, markName+root(w))
		}
		if day, ok := days[w]; ok {
			t.marks = append(t.marks, markDay+day)
		} else if same, ok := alike[w]; ok {
			t.marks = append(t.marks, markRoot+"="+same)
		} else if s.length >= 5 {
			t.marks = append(t.marks, markRoot+root(w))
		}
	}
	slices.Sort(t.marks)
	t.marks = slices.Compact(t.marks)
	return t
}

// root is the beginning of a word as both languages would write it: informa-ción and informa-ció, pla-za and pla-ça.
func root(w string) string {
	w = spelling.Replace(w)
	return w[:min(4, len(w))]
}

var spelling = strings.NewReplacer("qu", "c", "ch", "x", "ny", "n", "ll", "l", "v", "b", "z", "c", "ss", "s", "ig", "x")

// canonical is a link without what differs between the languages of one page.
func canonical(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" {
		return strings.ToLower(link)
	}
	var path []string
	for part := range strings.SplitSeq(strings.Trim(u.Path, "/"), "/") {
		switch low := strings.ToLower(part); low {
		case "es", "ca", "va", "val", "cas", "cat", "vlc", "es-es", "ca-es", "es_es", "ca_es", "va_es", "castellano", "valencia", "catala", "":
		default:
			path = append(path, low)
		}
	}
	q := u.Query()
	for key := range q {
		switch {
		case strings.HasPrefix(key, "utm_"), key == "lang", key == "idioma", key == "hl", key == "l", key == "locale", key == "language", key == "fbclid":
			q.Del(key)
		}
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	return host + "/" + strings.Join(path, "/") + "?" + q.Encode()
}

// numbers are the figures of a text as both languages have them: 18.30, 18:30 and 18,30 are one; those of links are none.
func numbers(text string) []string {
	var found []string
	for word := range strings.FieldsSeq(text) {
		if strings.Contains(word, "://") || strings.HasPrefix(word, "www.") || strings.ContainsAny(word, "@") {
			continue
		}
		begin := -1
		for i := 0; i <= len(word); i++ {
			digit := i < len(word) && '0' <= word[i] && word[i] <= '9'
			switch {
			case digit && begin < 0:
				begin = i
			case !digit && begin >= 0:
				n := strings.TrimLeft(word[begin:i], "0")
				if n != "" {
					found = append(found, n)
				}
				begin = -1
			}
		}
	}
	return found
}

// setRarity tells how much each mark says: one that only a pair has says most, one of every post hardly anything.
func setRarity(seen []trace) {
	has := map[string]int{}
	for i := range seen {
		for _, m := range seen[i].marks {
			has[m]++
		}
	}
	for i := range seen {
		t := &seen[i]
		t.rare = make([]float64, len(t.marks))
		for k, m := range t.marks {
			t.rare[k] = 1 / (1 + 0.35*math.Log2(max(1, float64(has[m])/2)))
		}
	}
}

// weightOf a mark that both posts have, and that only one has.
func weightOf(mark string) (both, one float64) {
	switch mark[:2] {
	case markLink:
		return 1.5, 0.1 // the page in the other language may have another address
	case markTag:
		return 0.7, 0.15
	case markNumber:
		return 0.9, 0.9
	case markDay:
		return 0.7, 0.5
	case markName:
		return 0.7, 0.2
	case markHandle:
		return 0.8, 0.3
	}
	return 0.5, 0.16
}

// compare is how much two posts share. Whether a share of their marks is alike tells more than how many are.
func compare(a, b *trace, apart, within time.Duration) float64 {
	short, long := float64(min(a.length, b.length)), float64(max(a.length, b.length))
	if short == 0 || long > 2*short+20 {
		return 0
	}
	both, only := 0.0, 0.0
	i, j := 0, 0
	for i < len(a.marks) || j < len(b.marks) {
		order := 0
		switch {
		case i == len(a.marks):
			order = 1
		case j == len(b.marks):
			order = -1
		default:
			order = strings.Compare(a.marks[i], b.marks[j])
		}
		switch {
		case order == 0:
			w, _ := weightOf(a.marks[i])
			both += w * a.rare[i]
			i, j = i+1, j+1
		case order < 0:
			_, w := weightOf(a.marks[i])
			only += w
			i++
		default:
			_, w := weightOf(b.marks[j])
			only += w
			j++
		}
	}
	if both == 0 {
		return 0
	}
	score := 8*both/(both+only) - 2
	score += min(1.5, 0.25*both)
	if a.post.MediaCount == b.post.MediaCount {
		score += 0.3
	} else {
		score -= 0.7
	}
	score += 0.8 * (1 - float64(apart)/float64(within))
	score -= 1.2 * math.Log(long/short)
	return score
}
