package language

import (
	"fmt"
	"strings"
	"testing"
)

// messages are the labelled messages of ours and their languages. Those that habit learns from are the tuning half.
func messages(t testing.TB) (all []sample, spoken []string) {
	t.Helper()
	all = samples(t, "testdata/kinds.tsv")
	for line := range strings.Lines(messageList) {
		kind, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, sample{"tuning", kind, text})
	}
	for i, s := range all {
		tag, text, _ := strings.Cut(s.text, "\t")
		all[i].text = text
		spoken = append(spoken, tag)
	}
	return all, spoken
}

// TestKindOnTheLabelledSet prints who is taken for whom and holds what was reached. The tuning half is what cues and habits
// were made from, so its figures say only that they were made well; the other half was written after they were frozen.
func TestKindOnTheLabelledSet(t *testing.T) {
	order := []string{Query, Complaint, Incident, Thanks, Other, ""}
	all, _ := messages(t)
	for _, half := range []string{"tuning", "heldout"} {
		confusion := map[[2]string]int{}
		var told tally
		for _, s := range all {
			if s.half != half || s.want == "kind" {
				continue
			}
			got := Kind(s.text)
			confusion[[2]string{s.want, got}]++
			if s.want != "" {
				told.add(got, s.want)
			}
			if got != s.want && half == "tuning" {
				t.Logf("%q for %q: %s", got, s.want, s.text)
			}
		}
		t.Logf("%-8s is / told %10q %10q %10q %10q %10q %10q", half, order[0], order[1], order[2], order[3], order[4], order[5])
		for _, want := range order {
			line := fmt.Sprintf("%18q", want)
			for _, got := range order {
				line += fmt.Sprintf(" %10d", confusion[[2]string{want, got}])
			}
			t.Log(line)
		}
		t.Logf("%s: %d messages of a kind, %.3f told, %.3f of these right", half, told.all(), told.coverage(), told.precision())
		if told.precision() < 0.88 || told.coverage() < 0.70 {
			t.Errorf("%s: 0.88 right and 0.70 told were reached", half)
		}
		if n := confusion[[2]string{"", ""}]; n == 0 {
			t.Errorf("%s: nothing was left untold", half)
		}
	}
}

// TestDetectOnMessages measures the language on the hurried words of the public, which no list was made from.
func TestDetectOnMessages(t *testing.T) {
	all, spoken := messages(t)
	counts := map[string]*tally{"es": {}, "ca": {}, "en": {}}
	for i, s := range all {
		if c := counts[spoken[i]]; c != nil && len(strings.Fields(s.text)) > 1 {
			got, p := Detect(s.text)
			c.add(got, spoken[i])
			if got != spoken[i] && got != "" {
				t.Logf("%q (%.2f) for %s: %s", got, p, spoken[i], s.text)
			}
		}
	}
	for _, tag := range tags[:3] {
		c := counts[tag]
		t.Logf("%s: %d messages, %d right, %d wrong, %d unknown", tag, c.all(), c.right, c.wrong, c.unknown)
		if c.precision() < 0.95 || c.coverage() < 0.75 {
			t.Errorf("%s: %.3f of the answers are right and %.3f are answered; 0.95 and 0.75 are held", tag, c.precision(), c.coverage())
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
