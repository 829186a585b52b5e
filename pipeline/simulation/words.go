package simulation

import (
	"fmt"
	"html"
	"math/rand/v2"
	"strings"

	"presencia/pipeline"
)

// Sentences, in Spanish if true, else in Valencian; {x} is something of the department's, {p} a place.
var (
	news = map[bool][]string{
		true: {
			"Ya está disponible toda la información sobre {x}.",
			"Este fin de semana, {x}. Entrada libre hasta completar el aforo.",
			"Mañana presentamos {x} en {p}.",
			"Abrimos el plazo de inscripción: {x}. Quedan plazas.",
			"Gracias a quienes habéis participado: {x} continúa en {p}.",
			"Hoy te contamos cómo funciona {x}. Pregúntanos tus dudas.",
			"Así avanza {x} en {p}.",
			"Cambio de fecha por la previsión de lluvia: {x} será el jueves.",
		},
		false: {
			"Ja està disponible tota la informació sobre {x}.",
			"Este cap de setmana, {x}. Entrada lliure fins a completar l'aforament.",
			"Demà presentem {x} a {p}.",
			"Obrim el termini d'inscripció: {x}. Queden places.",
			"Gràcies als qui heu participat: {x} continua a {p}.",
			"Hui vos contem com funciona {x}. Pregunteu-nos els dubtes.",
			"Així avança {x} a {p}.",
			"Canvi de data per la previsió de pluja: {x} serà dijous.",
		},
	}
	letters = map[bool]map[string][]string{
		true: {
			"query":     {"¿A qué hora empieza {x}?", "¿Dónde puedo informarme sobre {x}?", "¿Quedan plazas todavía para {x}?"},
			"complaint": {"Llevo dos semanas sin respuesta sobre {x}. Es una vergüenza.", "La página no funciona y no puedo consultar {x}. Muy mal servicio."},
			"thanks":    {"Muchas gracias por {x}, ha sido estupendo.", "Enhorabuena por {x}. ¡Gracias!"},
			"other":     {"Nos vemos este domingo en {p}.", "Yo estuve el año pasado en {p}."},
		},
		false: {
			"query":     {"A quina hora comença {x}?", "On puc informar-me sobre {x}?", "Queden places encara per a {x}?"},
			"complaint": {"Fa dos setmanes que espere resposta sobre {x}. Quina vergonya.", "La pàgina no funciona i no puc consultar {x}. Molt mal servici."},
			"thanks":    {"Moltes gràcies per {x}, ha sigut fantàstic.", "Enhorabona per {x}. Gràcies!"},
			"other":     {"Ens veem este diumenge a {p}.", "Jo vaig estar l'any passat a {p}."},
		},
	}
	answers = map[bool]map[string]string{
		true: {
			"query":     "¡Hola! Tienes todos los detalles sobre {x} en la web.",
			"complaint": "Sentimos lo ocurrido y lo trasladamos al servicio. Sobre {x} te informamos en la web.",
			"thanks":    "Gracias a ti por participar.",
			"other":     "Te esperamos en {p}.",
		},
		false: {
			"query":     "Hola! Tens tots els detalls sobre {x} en la web.",
			"complaint": "Ens sap mal i ho traslladem al servici. Sobre {x} t'informem en la web.",
			"thanks":    "Gràcies a tu per participar.",
			"other":     "T'esperem a {p}.",
		},
	}
	articles = map[bool]string{
		true:  "El equipo explica en esta entrada todo lo que hay que saber sobre {x}. Los ayuntamientos de la comarca han colaborado y habrá una sesión informativa en {p}, abierta a todo el mundo. En las próximas semanas publicaremos más detalles.",
		false: "L'equip explica en esta entrada tot el que cal saber sobre {x}. Els ajuntaments de la comarca han col·laborat i hi haurà una sessió informativa a {p}, oberta a tot el món. En les pròximes setmanes publicarem més detalls.",
	}
	places  = []string{"Villar de Ejemplo", "Puerto Ejemplo", "Vall d'Exemple", "Sant Exemple", "Torre del Ejemplo", "Font d'Exemple"}
	general = []string{"Ejemplo", "Provincia", "Agenda", "Comarca"}
)

// write gives a status its words, so that they carry exactly the flaws that were drawn.
func (s *status) write(r *rand.Rand) {
	d := s.dept()
	x := d.es
	if !s.spanish {
		x = d.ca
	}
	fill := strings.NewReplacer("{x}", x[r.IntN(len(x))], "{p}", places[r.IntN(len(places))]).Replace
	switch {
	case s.account == nil:
		choice := letters[s.spanish][s.about]
		s.content = "<p>" + mention(s.to.handle, s.to.url()) + " " + html.EscapeString(fill(choice[r.IntN(len(choice))])) + "</p>"
	case s.kind == pipeline.Reply:
		c := citizen(s.answers.citizen)
		s.content = "<p>" + mention(c.Username, c.URL) + " " + html.EscapeString(fill(answers[s.spanish][s.about])) + "</p>"
	case s.kind == pipeline.Own:
		choice := news[s.spanish]
		text := fill(choice[r.IntN(len(choice))])
		body := fill(articles[s.spanish])
		if s.flaws&shouting != 0 {
			text = strings.ToUpper(text)
		}
		if s.flaws&personalData != 0 {
			dni := r.IntN(1e8)
			id := s.say(" Admitida la solicitud de la persona con DNI ", " Admesa la sol·licitud de la persona amb DNI ") +
				fmt.Sprintf("%08d%c.", dni, "TRWAGMYFPDXBNJZSQVHLCKE"[dni%23])
			text, body = text+id, body+id
		}
		if s.image && s.flaws&noAlt == 0 {
			s.alt = fill(s.say("Cartel con la fecha y el lugar: {x}", "Cartell amb la data i el lloc: {x}"))
		}
		if s.account.social() {
			s.compose(r, text)
		} else {
			s.article(text, body)
		}
	}
}

// say chooses by the status's language.
func (s *status) say(es, ca string) string {
	if s.spanish {
		return es
	}
	return ca
}

// dept is the department that a status is of, or to.
func (s *status) dept() *department {
	if s.account == nil {
		return s.to.dept
	}
	return s.account.dept
}

// compose writes a post of the social network as its server renders it.
func (s *status) compose(r *rand.Rand, text string) {
	var b strings.Builder
	b.WriteString("<p>" + html.EscapeString(text))
	if s.to != nil {
		b.WriteString(s.say(" Con ", " Amb ") + mention(s.to.handle, s.to.url()))
	}
	if s.link {
		path := fmt.Sprintf("%s/%s/%d", domain, s.account.dept.id, 1000+r.IntN(9000))
		fmt.Fprintf(&b, ` <a href="https://www.%s" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span><span class="">%s</span><span class="invisible"></span></a>`, path, path)
	}
	own := s.account.dept.tags
	for i := range s.tags {
		tag := own[1]
		switch {
		case i > 0:
			tag = general[i-1]
		case s.words && s.flaws&flatTag != 0:
			tag = strings.ToLower(own[0])
		case s.words:
			tag = own[0]
		}
		if s.campaign != "" && i == s.tags-1 {
			tag = s.campaign
		}
		s.names = append(s.names, tag)
		fmt.Fprintf(&b, ` <a href="https://%s/tags/%s" class="mention hashtag" rel="tag">#<span>%s</span></a>`, host, strings.ToLower(tag), tag)
	}
	b.WriteString("</p>")
	s.content = b.String()
	if !s.edited.IsZero() {
		s.before = strings.Replace(s.content, ".", " .", 1) // a slip of the keyboard, put right later
	}
}

// article writes an entry of a blog.
func (s *status) article(title, body string) {
	s.title = title
	s.content = "<p>" + html.EscapeString(body) + "</p>"
	if s.image {
		s.content += fmt.Sprintf(`<p><img src="https://blogs.%s/%s/%d.jpg" alt="%s"></p>`, domain, s.account.dept.id, s.id, html.EscapeString(s.alt))
	}
	s.names = s.account.dept.tags[1:]
}

func mention(username, url string) string {
	return `<span class="h-card" translate="no"><a href="` + url + `" class="u-url mention">@<span>` + username + `</span></a></span>`
}
