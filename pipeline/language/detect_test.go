package language

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// sample is a labelled text of ours. The tuning half may be looked at to make the lists and weights better; the other half
// only measures.
type sample struct{ half, want, text string }

// samples reads a set: half, label, text, by tabs, under a head.
func samples(t testing.TB, path string) []sample {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) != 3 {
			t.Fatalf("%s: a line without three fields: %q", path, line)
		}
		all = append(all, sample{fields[0], fields[1], strings.ReplaceAll(fields[2], `\n`, "\n")})
	}
	return all[1:]
}

// tally counts answers of one set of texts.
type tally struct{ right, wrong, unknown int }

func (c *tally) add(got, want string) {
	switch got {
	case want:
		c.right++
	case "":
		c.unknown++
	default:
		c.wrong++
	}
}

func (c tally) all() int { return c.right + c.wrong + c.unknown }

// precision is the share of right ones among the answers, coverage the share of texts that got one.
func (c tally) precision() float64 { return float64(c.right) / float64(max(1, c.right+c.wrong)) }
func (c tally) coverage() float64  { return float64(c.right+c.wrong) / float64(max(1, c.all())) }

// TestDetectOnTheLabelledSet holds what the project asks for: 0.95 right among the answers, and an answer for 80 % of the
// texts of 60 characters and more, in each half.
func TestDetectOnTheLabelledSet(t *testing.T) {
	for _, half := range []string{"tuning", "heldout"} {
		counts := map[string]*[2]tally{}
		var all, long tally
		for _, s := range samples(t, "testdata/languages.tsv") {
			if s.half != half {
				continue
			}
			got, p := Detect(s.text)
			if got != s.want && half == "tuning" {
				v := weigh(s.text)
				best, _ := v.best()
				if best < 0 {
					best = 0
				}
				t.Logf("%2s for %2s (%s %.2f): %s", got, s.want, tags[best], p, s.text)
			}
			c := counts[s.want]
			if c == nil {
				c = new([2]tally)
				counts[s.want] = c
			}
			isLong := 0
			if utf8.RuneCountInString(s.text) >= 60 {
				isLong = 1
			}
			c[isLong].add(got, s.want)
			all.add(got, s.want)
			if isLong == 1 && s.want != "" {
				long.add(got, s.want)
			}
		}
		t.Logf("%s half        right wrong unknown | 60 and more: right wrong unknown", half)
		for _, tag := range append(tags[:], "") {
			if c := counts[tag]; c != nil {
				t.Logf("%8q of %3d: %5d %5d %7d | %18d %5d %7d", tag, c[0].all()+c[1].all(),
					c[0].right+c[1].right, c[0].wrong+c[1].wrong, c[0].unknown+c[1].unknown, c[1].right, c[1].wrong, c[1].unknown)
			}
		}
		answered := all.right - counts[""][0].right - counts[""][1].right
		precision := float64(answered) / float64(answered+all.wrong)
		t.Logf("%s: %d texts, %.3f right among %d answers; %.3f of %d long ones answered", half, all.all(), precision, answered+all.wrong, long.coverage(), long.all())
		if precision < 0.95 {
			t.Errorf("%s: %.3f of the answers are right, 0.95 are asked for", half, precision)
		}
		if long.coverage() < 0.80 {
			t.Errorf("%s: %.3f of the long texts are answered, 0.80 are asked for", half, long.coverage())
		}
	}
}

func BenchmarkDetect(b *testing.B) {
	const text = "📢 Abierto el plazo de inscripción para los talleres de la biblioteca municipal. Hasta el 15 de septiembre. #Cultura https://sede.villanube.es/t"
	Detect(text)
	b.ReportAllocs()
	for b.Loop() {
		Detect(text)
	}
}
