package language_test

import (
	"fmt"
	"time"

	"presencia/pipeline/language"
)

func ExampleDetect() {
	for _, text := range []string{
		"Abierto el plazo de inscripción en los talleres de verano ☀️ #Cultura",
		"Demà es talla l'aigua al carrer Major, de 9 a 14 h",
		"Ana Belmonte, Sagunt 2027",
	} {
		tag, _ := language.Detect(text)
		fmt.Printf("%q\n", tag)
	}
	// Output:
	// "es"
	// "ca"
	// ""
}

func ExampleSpoken() {
	fmt.Println(language.Spoken("Obrim la inscripció dels tallers d'estiu / Abrimos la inscripción de los talleres de verano"))
	// Output: [ca es]
}

func ExampleReading_Add() {
	var month language.Reading
	for _, post := range []string{
		"Mañana abre la biblioteca nueva. Ven con tus hijos, hay cuentos a las seis.",
		"¿Buscas trabajo? El lunes empieza un curso de cocina. Es gratis y quedan diez plazas.",
		"Se corta la calle Mayor por obras.",
	} {
		month = month.Add(language.Read(post))
	}
	ease, known := month.Szigriszt()
	fmt.Printf("%d words, %.1f (%v): %s\n", month.Words, ease, known, month.INFLESZ())
	// Output: 36 words, 95.3 (true): very_easy
}

func ExampleKind() {
	fmt.Println(language.Kind("¿A qué hora abre mañana la piscina?"))
	fmt.Println(language.Kind("El fanal del carrer Sant Roc està trencat"))
	fmt.Println(language.Kind("Thank you so much for the quick answer"))
	// Output:
	// query
	// incident
	// thanks
}

func ExampleTwins() {
	at := time.Date(2027, 6, 1, 9, 0, 0, 0, time.UTC)
	posts := []language.Post{
		{ID: "1", Account: "ayto", At: at, Text: "Abierto hasta el 30 de junio el plazo de las ayudas al alquiler"},
		{ID: "2", Account: "ayto", At: at.Add(time.Minute), Text: "La piscina abre el 15 de junio"},
		{ID: "3", Account: "ayto", At: at.Add(5 * time.Minute), Text: "Obert fins al 30 de juny el termini de les ajudes al lloguer"},
	}
	for i, m := range language.Twins(posts, language.Options{}) {
		if m.Index > i {
			fmt.Println(posts[i].ID, "is twin of", posts[m.Index].ID)
		}
	}
	// Output: 1 is twin of 3
}
