package simulation

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	"presencia/pipeline"
)

// The files that the course's organisers would have: they go through the same import as anybody's. What a participant
// attended has no part in the process, so that no dose is to be found.
const (
	attending = .92 // probability that a participant comes to a session
	online    = 1.6 // actions online in a week, of an average participant
	questions = 6
)

// sessions are those of institution.yaml.
var sessions = []pipeline.Date{courseOn, {Year: 2014, Month: 10, Day: 7}, {Year: 2014, Month: 11, Day: 4}, courseOff}

// Attendance is the list of the course's sessions, a row for each participant, as CSV.
func (w *World) Attendance() []byte {
	r := stream(w.seed, "attendance")
	rows := [][]string{{"Participante", "Departamento"}}
	for _, d := range sessions {
		rows[0] = append(rows[0], d.String())
	}
	for i, d := range w.participants() {
		row := []string{participant(i), d.name}
		for range sessions {
			row = append(row, map[bool]string{true: "x", false: ""}[r.Float64() < attending])
		}
		rows = append(rows, row)
	}
	return table(rows)
}

// Survey is the export of the form on which the participants gave marks from 1 to 4, as CSV. Whatever the seed, its mean is that
// of the register, 3.77.
func (w *World) Survey() []byte {
	rows := [][]string{{"Marca temporal", "El curso me ha sido útil", "Los contenidos eran claros", "El ritmo era adecuado", "La tutoría me ha ayudado",
		"Aplicaré lo aprendido", "Recomendaría el curso", "Comentarios"}}
	people := len(w.participants())
	marks := make([]string, questions*people)
	total := int(3.77*float64(len(marks)) + .5)
	for i := range marks { // as many of the best mark as the total asks for, the rest one less
		marks[i] = "3"
		if i < total-3*len(marks) {
			marks[i] = "4"
		}
	}
	r := stream(w.seed, "survey")
	r.Shuffle(len(marks), func(i, j int) { marks[i], marks[j] = marks[j], marks[i] })
	for i := range people {
		row := append([]string{fmt.Sprintf("%s %d:%02d:%02d", courseOff.AddDays(1+r.IntN(3)), 9+r.IntN(9), r.IntN(60), r.IntN(60))}, marks[i*questions:(i+1)*questions]...)
		rows = append(rows, append(row, ""))
	}
	return table(rows)
}

// Activity is what the participants did on the course's platform between its first and its last day, as CSV.
func (w *World) Activity() []byte {
	r := stream(w.seed, "activity")
	rows := [][]string{{"Usuario", "Fecha", "Acción", "Número"}}
	for i := range w.participants() {
		zeal := .5 + r.Float64()
		for d := courseOn; d.Before(courseOff); d = d.AddDays(1) {
			for _, kind := range []string{"visita", "comentario"} {
				if n := poisson(r, online/7/2*zeal); n > 0 {
					rows = append(rows, []string{participant(i), d.String(), kind, strconv.Itoa(n)})
				}
			}
		}
	}
	return table(rows)
}

func (w *World) participants() (all []*department) {
	for _, d := range w.depts {
		if d.group == pipeline.Participant {
			all = append(all, d)
		}
	}
	return all
}

func participant(i int) string { return fmt.Sprintf("Participante %02d", i+1) }

func table(rows [][]string) []byte {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	if err := c.WriteAll(rows); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
