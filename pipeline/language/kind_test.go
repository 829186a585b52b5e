package language

import (
	"fmt"
	"strings"
	"testing"
)

// message is a labelled message of ours: the text field of the sample begins with its language.
func messages(t testing.TB) (all []sample, spoken []string) {
	t.Helper()
	for _, s := range samples(t, "testdata/kinds.tsv") {
		tag, text, _ := strings.Cut(s.text, "\t")
		s.text = text
		all, spoken = append(all, s), append(spoken, tag)
	}
	return all, spoken
}

// TestKindOnTheLabelledSet prints who is taken for whom and holds what was reached.
func TestKindOnTheLabelledSet(t *testing.T) {
	order := []string{Query, Complaint, Incident, Thanks, Other, ""}
	all, _ := messages(t)
	for _, half := range []string{"tuning", "heldout"} {
		confusion := map[[2]string]int{}
		var total tally
		for _, s := range all {
			if s.half != half {
				continue
			}
			got := Kind(s.text)
			confusion[[2]string{s.want, got}]++
			total.add(got, s.want)
			if got != s.want && half == "tuning" {
				words, shape := read(s.text)
				var score [len(kinds)]float64
				cues().weigh(words, &score)
				shape.weigh(&score)
				t.Logf("%q for %q: %s %v", got, s.want, s.text, score)
			}
		}
		t.Logf("%s half, is \\ told %s", half, fmt.Sprintf("%10q %10q %10q %10q %10q %10q", order[0], order[1], order[2], order[3], order[4], order[5]))
		for _, want := range order {
			line := fmt.Sprintf("%22q", want)
			for _, got := range order {
				line += fmt.Sprintf(" %10d", confusion[[2]string{want, got}])
			}
			t.Log(line)
		}
		accuracy := float64(total.right) / float64(total.all())
		t.Logf("%s: %d messages, %.3f right, %.3f right among %d that were told", half, total.all(), accuracy, total.precision(), total.right+total.wrong)
		if accuracy < 0.80 {
			t.Errorf("%s: %.3f are right; 0.80 was reached", half, accuracy)
		}
	}
}

// TestDetectOnMessages measures the language on the hurried words of the public, which no list was made from.
func TestDetectOnMessages(t *testing.T) {
	all, spoken := messages(t)
	counts := map[string]*tally{"es": {}, "ca": {}, "en": {}}
	for i, s := range all {
		c := counts[spoken[i]]
		if c == nil {
			continue
		}
		got, p := Detect(s.text)
		c.add(got, spoken[i])
		if got != spoken[i] {
			t.Logf("%q (%.2f) for %s: %s", got, p, spoken[i], s.text)
		}
	}
	for _, tag := range tags[:3] {
		c := counts[tag]
		t.Logf("%s: %d right, %d wrong, %d unknown", tag, c.right, c.wrong, c.unknown)
		if c.precision() < 0.95 || c.coverage() < 0.75 {
			t.Errorf("%s: %.3f of the answers are right and %.3f are answered", tag, c.precision(), c.coverage())
		}
	}
}

func BenchmarkKind(b *testing.B) {
	const text = "Hay un socavón enorme en el cruce de la avenida con la calle Colón, muy peligroso para las motos. ¿Cuándo lo van a arreglar?"
	Kind(text)
	b.ReportAllocs()
	for b.Loop() {
		Kind(text)
	}
}
