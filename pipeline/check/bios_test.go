package check

import (
	"os"
	"strings"
	"testing"

	"presencia/pipeline"
)

// What a bio tells is found by its form: how well stands here, on bios that were written for it.
func TestBiosLabelled(t *testing.T) {
	hours, contact := map[string]*outcome{"first": {}, "second": {}}, map[string]*outcome{"first": {}, "second": {}}
	r := &pipeline.Register{
		Guide:    pipeline.GuideChoice{Only: []string{"account-bio-attention-hours", "account-bio-contact"}},
		Calendar: pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: []string{"mon"}, From: "09:00", To: "14:00"}}},
	}
	g := must(Load(r))
	for line := range strings.Lines(string(must(os.ReadFile("testdata/bios.tsv")))) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(f) != 4 {
			continue
		}
		s := pipeline.Subject{
			Account: pipeline.Account{ID: "acc", Platform: pipeline.X}, Window: pipeline.Month(2014, 10, madrid),
			Profile: &pipeline.Profile{Bio: f[3]}, ProfileGives: allOf,
		}
		found := map[string]bool{}
		for _, x := range findings(g, g.Check(s, s.Window.To)) {
			found[x.ID] = x.Verdict == pipeline.Pass
		}
		hours[f[0]].add(t, "hours", f[3], f[1] == "yes", found["account-bio-attention-hours"])
		contact[f[0]].add(t, "contact", f[3], f[2] == "yes", found["account-bio-contact"])
	}
	for _, x := range []struct {
		what string
		*outcome
		precision, recall float64
	}{
		{"hours of attention, first half", hours["first"], 1, 0.9}, {"hours of attention, second half", hours["second"], 1, 0.9},
		{"another way of contact, first half", contact["first"], 1, 0.9}, {"another way of contact, second half", contact["second"], 0.9, 0.9},
	} {
		precision, recall := float64(x.right)/float64(x.right+x.wrong), float64(x.right)/float64(x.right+x.missed)
		t.Logf("%s in %d bios: precision %.3f, recall %.3f", x.what, x.all, precision, recall)
		if precision < x.precision || recall < x.recall {
			t.Errorf("%s: precision %.3f, want %.3f; recall %.3f, want %.3f", x.what, precision, x.precision, recall, x.recall)
		}
	}
}

// outcome counts what was found of what was there.
type outcome struct{ all, right, wrong, missed int }

func (o *outcome) add(t *testing.T, what, text string, there, found bool) {
	o.all++
	switch {
	case there && found:
		o.right++
	case there:
		o.missed++
		t.Logf("%s missed in %q", what, text)
	case found:
		o.wrong++
		t.Logf("%s wrongly found in %q", what, text)
	}
}
