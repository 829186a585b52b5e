package check

import (
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// hashtagSenses look at tags.
var hashtagSenses = []Sense{
	{"run_together", in(text), cel.DoubleType, func(_ *Guide, a []ref.Val) ref.Val { return types.Double(runTogether(str(a[0]))) }},
}

// runTogether is how likely a hashtag is several words that nothing parts, from 0 to 1: a screen reader says them as
// one. A capital inside, an underscore or a digit parts words; a tag all in capitals parts none. Each part is judged
// and the worst counts.
//
// There is no dictionary behind it. A part is likely several words as far as frequent words of institutional tags
// cover it, at least two of them; and the longer it is, since Spanish and Valencian words of more than 19 letters are rare.
func runTogether(tag string) float64 {
	worst, parts := 0.0, tagParts(tag)
	for _, part := range parts {
		if part = fold(part); len(parts) == 1 || len(part) > 12 { // who parts words has parted the short ones
			worst = max(worst, joined(part))
		}
	}
	return worst
}

// tagParts splits a tag where its writer has marked words.
func tagParts(tag string) []string {
	var parts []string
	for _, piece := range strings.FieldsFunc(tag, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) }) {
		runes := []rune(piece)
		start := 0
		for i := 1; i < len(runes); i++ {
			// A word begins at a capital after a small letter, and at the last capital of a row before a small one
			// (MARQAbierto is MARQ, Abierto).
			begins := unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if begins {
				parts = append(parts, string(runes[start:i]))
				start = i
			}
		}
		parts = append(parts, string(runes[start:]))
	}
	return parts
}

// joined judges one part, in lower case without accents.
func joined(s string) float64 {
	for _, adverb := range []string{"mente", "ment"} {
		s = strings.TrimSuffix(s, adverb)
	}
	n := len(s)
	if n < 5 || oneWord(s) {
		return 0
	}
	byLength := min(max(float64(n-14)/10, 0), 1)
	// best[i] is how many letters of s[:i] lie in frequent words, at most; pieces[i] the fewest words that do it; and
	// ends[i] whether one of them ends there.
	best, pieces, ends := make([]int, n+1), make([]int, n+1), make([]bool, n+1)
	for i := 1; i <= n; i++ {
		best[i], pieces[i] = best[i-1], pieces[i-1]
		for j := max(0, i-longestTagWord); j < i; j++ {
			w := s[j:i]
			if !tagWords[w] || len(w) < 4 && (!ends[j] || i == n) { // de, del, la only after a word and before more
				continue
			}
			if c := best[j] + len(w); c > best[i] || c == best[i] && pieces[j]+1 < pieces[i] {
				best[i], pieces[i], ends[i] = c, pieces[j]+1, true
			}
		}
	}
	switch {
	case pieces[n] > 1:
		return max(float64(best[n])/float64(n), byLength)
	case pieces[n] == 1 && best[n] > 4 && besideAWord(s):
		return max(0.5, byLength)
	}
	return byLength
}

// oneWord tells whether s is a frequent word, by itself or with a prefix or an ending.
func oneWord(s string) bool {
	for i := range s {
		if affixes[s[:i]] && tagWords[s[i:]] || tagWords[s[:i]] && affixes[s[i:]] {
			return true
		}
	}
	return tagWords[s]
}

// besideAWord tells whether a frequent word begins or ends s and leaves enough letters for another.
func besideAWord(s string) bool {
	longest := 0
	for i := 5; i < len(s); i++ {
		if tagWords[s[:i]] || tagWords[s[len(s)-i:]] {
			longest = i
		}
	}
	return longest > 0 && len(s)-longest > 3
}

// affixes make a longer word out of one, not two words.
var affixes = wordSet(`
agro anti auto bio ciber contra electro entre extra foto geo hidro hiper infra inter intra macro micro mini mono multi
nano neuro pluri post poli psico semi sobre socio sub super supra tele termo trans ultra video euro
mente ment idad idades itat itats ismo isme ista istas istes izacion itzacio izar cion ciones cions miento mientos iment
ador adora adores mento aria ario arias arios amente able ables ivo iva ivos ivas ncia ncias ales eria erias es s ense enses ero eros`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// longestTagWord bounds the search.
const longestTagWord = 18

// tagWords are frequent in the tags of institutions, in Spanish, Valencian and English, without accents.
var tagWords = wordSet(`
de del dels la las les el els los al als en con amb per por para the of in for and
abierta abierto abril accesibilidad accesible accessibilitat actividad actividades activitat activitats actos administracion administracio
agenda agosto agua aigua ahora ajuda ajudes alacant alicante alimentacion ambiente ambiental ambient animales aniversari aniversario
antigua antiguo aprende arte artes atencion aula autonomo autonomos ayuda ayudas ayuntamiento ajuntament barrio biblioteca bibliotecas
biblioteques bienestar benestar bona bones buen buena buenas buenos business calidad calle camino campana campanya camp capital caminos
carnaval carrera carretera carreteras casa castillo castell catala catalan centenari centenario centre centro ciencia ciudad ciudadana
ciudadania ciudadano ciutadania ciutat city cine clima climatic climatico cambio canvi colegio colegios comarca comerc comercio
compra compromiso comun comunicacio comunicacion comunidad comunitat concierto concert concurso concurs congreso congres conoce
consejo consell conservatorio consumo convivencia convocatoria convocatories cooperacion cooperacio coronavirus costa blanca
creativa creatiu crisis cultura cultural culturals culturales culture curso cursos day deporte deportes deportiva deportivo derechos
desarrollo dia dias digital digitales dies dinero diputacio diputacion discapacidad discapacitat diversidad diversitat dona dones
donde economia economica economico educacio educacion eficiencia electronica electronico emergencia emergencias emergencies emprende
empleo emprendedor emprendedores empresa empresas empreses empresarial energia energetica energetico entrada escola escolar escuela
espacio espai espana esport esports esportiva estacion estado europa europea europeo evento eventos exposicio exposicion extremadura familia
familias families feliz felic feminista feria festa festes festival festivo fiesta fiestas fira fomento forestal forestales forum formacio
formacion foto fotografia futuro futur genero general gente gobierno govern gratis gratuita gratuito gran grande grup grupo guia
habitatge hacienda historia historica historico hogar hogueras fogueres hombre hospital hora huerta humanos igualdad igualtat imagen
incendio incendios incendis infancia infantil informacion informacio innovacion innovacio inscripcion inscripcions instituto institut
integracion inteligente internacional investigacion invierno ivam jornada jornadas jornades joven jovenes joves juego juegos julio
junio junta junts juntos juventud joventut laboral lectura ley libre libro libros llibre llibres local locales life llengua lengua
lluvia madre mar marca mayo mayores mediterraneo mediterrani medi medio mediacion mejor mercado mercat mercats millor mobilitat
movilidad moderna moros cristianos mujer mujeres mundial mundo municipal municipales municipi municipis municipio municipios museo
museos museu museus musica musical nacional nadal natural naturaleza naturalesa navidad navidades negocio ninos nit noche noticias
novedades nueva nuevo nuestra nuestro obra obras ocio oficina oficial online open orgullo otono pacto pais papel parque parques
parc participa participacion participacio participativos patrimonio patrimoni paz pesca plan planes playa playas platja platges plaza plena pleno poble
pobles poder politica politicas popular portal practica premio premios premi premis presupuesto presupuestos pressupost pressupostos
presencia prevencion prevencio primavera primera primero proceso programa programas proteccion proxima proximo provincia provincial
proyecto projecte publica publico publicas publicos pueblo pueblos que queda quedate rebajas recetas reciclaje reciclatge recursos
red redes regional reino residuos reunion reyes rural ruta rutas rutes sala salud salut sanidad sanitat santa semana seguridad
seguretat senderismo servicio servicios servei serveis setmana siempre silencio sin sociedad social sociales socials sol solidaria
solidario solidaridad solidaritat sostenible sostenibles sostenibilidad sostenibilitat sport taller tallers talleres tarde tarjeta
teatro teatre tecnologia tecnica territorio territori tiempo tierra terra tradicion tradicio trafico transparencia transparente
transporte trabajo treball turismo turisme turistica turistico universidad universitat urbana urbano vacunas vacunacion valencia
valencian valenciana valenciano vega verano verde verd viaje viajes vida vidas viernes violencia virtual visita visitas vive vivienda
viviendas volta voluntariado voluntarios voto vuelta web world year zona
administracions asociacion asociaciones associacions circular ciberseguridad contratacion declaracion gastronomia gastronomica
internacionales medioambiente multidisciplinar participativa participatiu responsabilidad subvencion subvenciones subvencio subvencions
sociocultural telecomunicaciones teleasistencia
san sant esta elche elx castellon benidorm orihuela torrevieja denia alcoi alcoy
cuida cuidamos cuidemos cuidado cuidados cuidar ahorra piensa elige descubre disfruta
interior vivo viva vial encuentro encuentros efectiva juvenil juveniles continua limpia limpio contemporaneo contemporanea
fiscal directo todos todas nuestras nuestros memoria tributos ahorro bosque bosques actualidad arqueologia arqueologico`)
