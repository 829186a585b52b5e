package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTagsInside(t *testing.T) {
	for s, want := range map[string]string{
		"Abre el museo #MARQ #Alicante":                  "",
		"El #MARQ abre hoy":                              "#MARQ",
		"#Agenda Abre el museo #Alicante":                "#Agenda",
		"Abre el museo (#MARQ).":                         "",
		"Abre #MARQ, #Alicante y más":                    "#MARQ #Alicante",
		"Abrimos el lunes #MARQ\nObrim dilluns #MARQ":    "",
		"Abre el museo #MARQ https://dip.example/marq 🎉": "",
		"Abre el museo #MARQ @museo":                     "",
		"Sin etiquetas":                                  "",
		"Habla de «#MARQ» mañana":                        "#MARQ",
		"El número # 3":                                  "",
	} {
		if diff := cmp.Diff(want, strings.Join(tagsInside(s), " ")); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
}

func TestSigned(t *testing.T) {
	for s, want := range map[string]string{
		"Puede pedirlo en la oficina. Un saludo, María":      "María",
		"El trámite tarda un mes. Saludos, Juan Pérez.":      "Juan Pérez",
		"Gracias por escribir. Atentamente, Ana de la Torre": "Ana de la Torre",
		"Ja està resolt. Salutacions, Empar":                 "Empar",
		"Ya está resuelto. ^MG":                              "MG",
		"It opens on Monday. Regards, John":                  "John",
		"Un saludo":                                          "",
		"Un saludo, Oficina de Turismo":                      "",
		"Saludos cordiales, Diputación de Ejemplo":           "",
		"Una salutació, Equip de Joventut":                   "",
		"Un saludo desde Alicante":                           "",
		"Un saludo. Gracias":                                 "",
		"Pregunte por María en la ventanilla":                "",
		"Abre el MARQ":                                       "",
	} {
		if got := signed(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestHasContact(t *testing.T) {
	for s, want := range map[string]bool{
		"Escriba a turismo@dip.example":                     true,
		"Llame al 012":                                      true,
		"Llame al 965 123 456":                              true,
		"Consúltelo con @turismo":                           true,
		"@… Consúltelo con @…":                              true,
		"Está en https://dip.example/tasas":                 true,
		"Está en dip.example/tasas":                         true,
		"Llame al ⟦phone ******678⟧":                        true,
		"@… Diríjase a la oficina":                          false,
		"@vecina@social.example, diríjase al departamento":  false,
		"Contacte con el ayuntamiento antes del 15.10.2014": false,
		"Consulte el expediente 2014/112/35":                false,
		"":                                                  false,
	} {
		if got := hasContact(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// Answers that ask for data in public, one line each; those that begin with - do not. They were written for this test, the
// last ones of each kind after the sense was, to see what it has not been made for.
const askingLabelled = `
Indíquenos su DNI y lo miramos.
Necesitamos su número de expediente para localizarlo.
¿Nos facilita su teléfono y le llamamos?
Díganos su nombre completo y su fecha de nacimiento.
Envíanos tu DNI por aquí y te lo gestionamos.
Pásanos tu número de teléfono.
¿Cuál es su domicilio?
Deja aquí tu teléfono y te llamamos.
Indique su referencia catastral, por favor.
Escriba aquí su matrícula.
Facilite'ns el seu DNI i ho mirem.
Necessitem el teu número d'expedient.
Digue'ns el teu telèfon i et cridem.
Quin és el seu domicili?
Envia'ns el número de compte.
Please send us your phone number here.
Tell us your full name and address.
What is your passport number?
¿Nos dices tu DNI para comprobarlo?
¿Podría indicarnos la matrícula de su vehículo?
Mándanos una foto de tu tarjeta sanitaria.
Escriu-nos ací el teu telèfon.
Díganos en qué dirección está la farola y su teléfono.
¿Me das tu expediente?
-Envíenos su DNI por mensaje privado.
-Mándanos tu teléfono por DM y te llamamos.
-Envia'ns el teu telèfon per missatge directe.
-Nunca le pediremos su DNI por aquí.
-Por favor, no publique su DNI en los comentarios.
-La dirección de la oficina es calle Mayor, 3.
-Puede consultar su expediente en la sede electrónica.
-El DNI se renueva en la comisaría, con cita previa.
-Llame al teléfono 012.
-El plazo acaba el viernes.
-Gracias por avisar, lo pasamos a mantenimiento.
-Para pedirlo hace falta el DNI y el justificante.
-Indíquenos en qué parada ocurrió.
-Your file is being processed, please wait.
-El vostre expedient està en tràmit.
-Su expediente se resolverá en octubre.
-Consulta el teléfono de tu centro de salud en nuestra web.
-Hemos enviado la resolución a su domicilio.
-Escriba a turismo@dip.example con su DNI.
-Puede llamarnos al teléfono 965 123 456.
-Rellena el formulario con tu DNI.
-Cómo cambiar tu domicilio en el padrón: https://dip.example/padron
`

func TestAsksForDataOnLabelledAnswers(t *testing.T) {
	var right, missed, wrong int
	for line := range strings.Lines(strings.TrimSpace(askingLabelled)) {
		s, not := strings.CutPrefix(strings.TrimSpace(line), "-")
		switch asks := len(asksForData(s)) > 0; {
		case asks && !not, !asks && not:
			right++
		case asks:
			wrong++
			t.Logf("asks for nothing: %s", s)
		default:
			missed++
			t.Logf("asks: %s", s)
		}
	}
	t.Logf("asks_for_data: %d right, %d missed, %d wrong", right, missed, wrong)
	if missed > 2 || wrong > 1 {
		t.Errorf("%d missed, %d wrong", missed, wrong)
	}
}

func TestNamedIDs(t *testing.T) {
	for s, want := range map[string]string{
		"Admitida: María García López, DNI 12345678Z":       "dni ***4567**",
		"GARCÍA LÓPEZ, MARÍA 12345678Z":                     "dni ***4567**",
		"Se cita a Juan de la Torre Ruiz (⟦dni ***4567**⟧)": "dni ***4567**",
		"La persona con DNI 12345678Z":                      "",
		"Diputación de Alicante, DNI 12345678Z":             "",
		"María García López, ***4567**":                     "",
		"María García López ha ganado el premio":            "",
	} {
		if got := strings.Join(namedIDs([]string{s}), ", "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for s, want := range map[string]int{"": 0, "Ven al museo https://dip.example #MARQ @museo": 3, "l'Alacantí, 3 dies": 3} {
		if got := countWords(s); got != want {
			t.Errorf("%q: %d words, want %d", s, got, want)
		}
	}
}

func TestPhrases(t *testing.T) {
	list := []string{"primera piedra", "Inauguración", "hito", "l'obra", ""}
	for s, want := range map[string]string{
		"La PRIMERA PIEDRA del centro":         "primera piedra",
		"La inauguracion, mañana":              "Inauguración",
		"Primera, piedra":                      "primera piedra", // signs between words do not matter
		"Los hitos del año":                    "",
		"El hit o el hito":                     "hito",
		"Inaugurem l’obra: hito":               "hito, l'obra",
		"Inaugurem l'obra":                     "l'obra",
		"https://dip.example/hito #hito @hito": "",
		"":                                     "",
	} {
		if got := strings.Join(phrases(wording(s), list), ", "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestTagged(t *testing.T) {
	got := tagged([]string{"FiraDelLlibre", "PartidoEjemplo", "otra", "Navidad"}, []string{"#firadelllibre", "Partido Ejemplo", "navidád"})
	if diff := cmp.Diff([]string{"FiraDelLlibre", "PartidoEjemplo", "Navidad"}, got); diff != "" {
		t.Error(diff)
	}
	if got := repeatedOf([]string{"a", "b", "a", "a", "c", "b"}); strings.Join(got, "") != "ab" {
		t.Error(got)
	}
}
