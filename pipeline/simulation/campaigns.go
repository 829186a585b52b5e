package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"presencia/pipeline"
)

// promoters are the departments that take part in a campaign, by its tag.
var promoters = map[string][]string{
	summer: {"turismo", "cultura", "deportes", "juventud", "medio-ambiente", "museo-arqueologico", "patronato-turismo", "auditorio"},
	fires:  {"medio-ambiente", "bomberos", "municipios"},
}

// The tags of the campaigns.
const (
	summer = "VeranoEnLosPueblos"
	fires  = "BosquesSinFuego"
)

// campaigns are what the register declares: one comes back every summer, another happened once.
func campaigns() (all []pipeline.Campaign) {
	for year := 2013; year <= 2015; year++ {
		all = append(all, pipeline.Campaign{
			ID: fmt.Sprintf("verano-en-los-pueblos-%d", year), Name: fmt.Sprintf("Verano en los pueblos %d", year), Hashtags: []string{summer},
			Start: pipeline.Date{Year: year, Month: time.June, Day: 8}, End: pipeline.Date{Year: year, Month: time.July, Day: 19},
			Goal: "Dar a conocer las actividades de verano en los municipios pequeños",
		})
	}
	return append(all, pipeline.Campaign{
		ID: "bosques-sin-fuego-2015", Name: "Bosques sin fuego", Hashtags: []string{fires},
		Start: pipeline.Date{Year: 2015, Month: time.June, Day: 1}, End: pipeline.Date{Year: 2015, Month: time.June, Day: 21},
		Goal: "Recordar las normas de quema antes del verano",
	})
}

// promotes tells the tag of the campaign that a post belongs to; empty: none. It takes the place of another tag, never of the one
// that a flaw of the post is in, and says nothing of how much is published: the course's truth does not know of campaigns.
func (p process) promotes(r *rand.Rand, s *status) string {
	if s.kind != pipeline.Own || s.account == nil || !s.account.social() {
		return ""
	}
	chance := r.Float64() // drawn for every post, so that campaigns do not depend on each other
	if s.tags == 0 || s.tags == 1 && s.words {
		return ""
	}
	day := pipeline.DateOf(s.created.In(p.loc))
	for _, c := range campaigns() {
		if tag := c.Hashtags[0]; !day.Before(c.Start) && !c.End.Before(day) && slices.Contains(promoters[tag], s.account.dept.id) && chance < .5+.15*float64(c.Start.Year-2014) {
			return tag
		}
	}
	return ""
}

// Actions are what the institution agreed to do, and what became of it, in the order in which it was agreed.
func (w *World) Actions() []pipeline.Action {
	day := func(month time.Month, day int) pipeline.Date {
		return pipeline.Date{Year: 2015, Month: month, Day: day}
	}
	return []pipeline.Action{
		{Text: "Enlazar las normas de participación en el perfil de todas las cuentas", Rule: "account-comment-policy-linked", Owner: "Gabinete de comunicación",
			Agreed: day(time.March, 10), Due: day(time.May, 29)},
		{Text: "Escribir el texto alternativo de los carteles de la agenda", Department: "cultura", Rule: "post-image-alt-text", Owner: "Cultura, programación",
			Agreed: day(time.April, 14), Due: day(time.June, 12), Closed: day(time.June, 9), Note: "Los carteles llevan ya el texto desde la plantilla"},
		{Text: "Nombrar a una segunda persona que administre cada cuenta", Department: "deportes", Rule: "account-two-admins", Owner: "Jefatura de Deportes",
			Agreed: day(time.April, 14), Due: day(time.June, 30)},
		{Text: "Contestar las consultas del fin de semana el lunes antes de las diez", Department: "turismo", Rule: "reply-within-target", Owner: "Oficina de turismo",
			Agreed: day(time.May, 12), Due: day(time.July, 31)},
		{Text: "Abrir una cuenta aparte para cada feria", Department: "turismo", Owner: "Oficina de turismo",
			Agreed: day(time.May, 12), Due: day(time.September, 30), Closed: day(time.June, 16), Dropped: true, Note: "Las ferias se cuentan desde la cuenta de siempre"},
		{Text: "Preparar respuestas frecuentes en las dos lenguas", Department: "bienestar-social", Owner: "Bienestar Social, atención",
			Agreed: day(time.June, 16), Due: day(time.July, 15)},
		{Text: "Decidir si se cierra la cuenta que no publica", Department: "publicaciones", Rule: "account-going-quiet", Owner: "Publicaciones",
			Agreed: day(time.June, 16), Due: day(time.June, 26)},
	}
}
