package check

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cel.dev/cel-go/common/types/ref"
	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// custom is a pack of one rule on posts, of which a test writes what matters to it.
func custom(lines string) Pack {
	return Pack{"own.yaml", []byte(`
sources:
  OWN: {name: Guía propia, url: "https://dip.example/guia"}
rules:
  - id: post-own-rule
    version: 1
    scope: post
    severity: low
    title: {es: Prueba}
    explanation: {es: Prueba}
    evidence: '"x"'
` + lines)}
}

func findings(g *Guide, judged []pipeline.Judged) (all []pipeline.Finding) {
	for _, j := range judged {
		all = append(all, g.State().Findings(j)...)
	}
	return all
}

func findingsOf(fs []pipeline.Finding, rule string) []string {
	var got []string
	for _, f := range fs {
		if f.ID == rule {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %v %s", f.Subject, f.Verdict, f.Evidence)))
		}
	}
	return got
}

func TestMistakesAreAllReportedWithFileAndLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		packs []Pack
		want  []string
	}{
		{"unknown keys, both", []Pack{custom("    expr: \"true\"\n    sevrity: low\n    params: {max: {typ: int, value: 1}}\n")},
			[]string{"own.yaml:13: sevrity is not a key of a rule", "own.yaml:14: typ is not a key of a parameter"}},
		{"unknown key of a pack", []Pack{{"p.yaml", []byte("ruls: []\n")}}, []string{"p.yaml:1: ruls is not a key of a pack: those are sources and rules"}},
		{"not YAML", []Pack{{"p.yaml", []byte("rules:\n\t- id: x\n")}}, []string{"p.yaml:2: found character that cannot start any token"}},
		{"empty", []Pack{{"p.yaml", nil}}, []string{"p.yaml: the pack is empty"}},
		{"a key twice", []Pack{custom("    expr: \"true\"\n    expr: \"false\"\n")}, []string{`own.yaml:13: mapping key "expr" already defined at line 12`}},
		{"a number for an id", []Pack{{"p.yaml", []byte("rules:\n  - id: 017\n")}}, []string{"p.yaml:2: write this as text, in quotes"}},
		{"no id", []Pack{{"p.yaml", []byte("rules:\n  - version: 1\n")}}, []string{"p.yaml: a rule has no id"}},
		{"nothing but an id", []Pack{{"p.yaml", []byte("rules:\n  - id: New\n")}}, []string{
			"p.yaml:2: rule New: an id is words in lower case", "version: give it a number", `scope "": write one of [account post reply institution]`, `severity ""`,
			"title: it is missing in Spanish (es)", "explanation: it is missing", "expr: it says when the rule passes", "evidence: it shows",
		}},
		{"values outside their lists", []Pack{custom("    expr: \"true\"\n    window: year\n    platforms: [myspace]\n    kinds: [story]\n    sources: [X]\n")}, []string{
			`window "year": write day or month`, `platforms: "myspace" is none of`, `kinds: "story" is none of`, "sources: X stands in no pack's sources",
		}},
		{"a language", []Pack{custom("    expr: \"true\"\n    title: {es: a, va: b}\n")}, []string{`already defined`}},
		{"the same rule twice", []Pack{{"p.yaml", []byte("rules:\n  - id: post-hashtag-max\n  - id: post-hashtag-max\n")}}, []string{"p.yaml:3: rule post-hashtag-max stands twice"}},
		{"a parameter without type, one of the wrong type, one without origin, one without source", []Pack{custom(`    expr: p.a == 1 && p.b == 2 && p.c == 3 && p.d == 4
    params:
      a: {value: 1, origin: proposed}
      b: {type: int, value: 1.5, origin: proposed}
      c: {type: int, value: 3}
      d: {type: int, value: 4, origin: guide}
      e: {type: duration, value: 2 hours, origin: proposed}
      f: {type: strings, value: [1], origin: proposed}
`)}, []string{
			`own.yaml:14: rule post-own-rule: parameter a: type "": write one of`, "own.yaml:15: rule post-own-rule: parameter b: value: write a whole number",
			`own.yaml:16: rule post-own-rule: parameter c: origin "": write one of [guide law proposed]`, `own.yaml:17: rule post-own-rule: parameter d: source "": a value of origin guide names one`,
			"own.yaml:18: rule post-own-rule: parameter e: value 2 hours: write a time such as 2h", "own.yaml:19: rule post-own-rule: parameter f: value: write a list of texts",
		}},
		{"a value that its guide does not state", []Pack{{"p.yaml", []byte("rules:\n  - id: post-hashtag-max\n    params: {max: {value: 3}}\n")}},
			[]string{"p.yaml:3: rule post-hashtag-max: parameter max gets another value: say where it comes from"}},
		{"syntax", []Pack{custom("    expr: post.hashtags.size( > 2\n")}, []string{"own.yaml:12:31: rule post-own-rule: expr: Syntax error"}},
		{"an unknown field, on the second line of an expression", []Pack{custom("    expr: |\n      1 == 1 &&\n      post.hashtag == 2\n")}, []string{"own.yaml:14:", "undeclared reference to 'post.hashtag' (did you mean 'post.hashtags'?)"}},
		{"an unknown parameter", []Pack{custom("    expr: post.images < p.max\n")}, []string{"undeclared reference to 'p'"}},
		{"a field of another scope", []Pack{custom("    expr: window.own < 3\n")}, []string{"undeclared reference to 'window'"}},
		{"types that do not mix", []Pack{custom("    expr: post.images < 1.5\n")}, []string{"no matching overload"}},
		{"not a verdict", []Pack{custom("    expr: post.images\n")}, []string{"own.yaml:12: rule post-own-rule: expr: it gives int, and must give bool"}},
		{"evidence that is not text", []Pack{{"p.yaml", []byte("rules:\n  - {id: post-hashtag-max, evidence: post.images}\n")}}, []string{"p.yaml:2: rule post-hashtag-max: evidence: it gives int, and must give string"}},
		{"a regular expression", []Pack{custom("    expr: post.text.matches('(')\n")}, []string{"own.yaml:12:", "invalid matches argument"}},
		{`\b`, []Pack{custom(`    expr: post.text.matches(r'\búltima')` + "\n")}, []string{"use has_word"}},
		{"lowerAscii", []Pack{custom("    expr: post.text.lowerAscii() == ''\n")}, []string{"use fold"}},
		{"an endless rule", []Pack{custom("    expr: post.links.all(a, post.links.all(b, post.links.all(c, post.links.all(d, a + b + c + d != ''))))\n")}, []string{"it would take too long"}},
		{"two mistakes in two packs", []Pack{custom("    expr: x\n"), {"p.yaml", []byte("rules:\n  - {id: post-hashtag-max, severity: bad}\n")}}, []string{"own.yaml:12:11: rule post-own-rule: expr: undeclared reference to 'x'", `p.yaml:2: rule post-hashtag-max: severity "bad"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := Load(&pipeline.Register{}, c.packs...)
			if err == nil {
				err = errors.Join(g.Broken...)
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in:\n%v", w, err)
				}
			}
		})
	}
	r := &pipeline.Register{Guide: pipeline.GuideChoice{Off: []string{"post-nothing"}}, Calendar: pipeline.Calendar{WorkingHours: []pipeline.WorkingHours{{Days: []string{"lunes"}, From: "08:00", To: "15:00"}}}}
	if _, err := Load(r); err == nil || !strings.Contains(err.Error(), "guide.off names post-nothing") || !strings.Contains(err.Error(), `day "lunes"`) {
		t.Errorf("error %v", err)
	}
}

// A mistake in a rule costs that rule, in whatever pack it stands; the others judge.
func TestAMistakeCostsThatRuleOnly(t *testing.T) {
	base := must(Load(&pipeline.Register{}))
	for name, mistake := range map[string]string{
		"a key": "    sevrity: low\n    expr: \"true\"\n", "a type": "    expr: post.images\n", "too costly": "    expr: post.links.all(a, post.links.all(b, post.links.all(c, post.links.all(d, a + b + c + d != ''))))\n",
	} {
		t.Run(name, func(t *testing.T) {
			own := custom(mistake)
			own.Content = append(own.Content, "  - {id: post-hashtag-max, severity: high}\n  - {id: post-no-all-caps, severity: bad}\n"...)
			g := must(Load(&pipeline.Register{}, own))
			if len(g.Broken) != 2 || len(g.Rules) != len(base.Rules)-1 {
				t.Errorf("%d rules of %d, %v", len(g.Rules), len(base.Rules), g.Broken)
			}
			for _, r := range g.Rules {
				if r.ID == "post-own-rule" || r.ID == "post-no-all-caps" || r.ID == "post-hashtag-max" && r.Severity != "high" {
					t.Errorf("%s, %s is in force", r.ID, r.Severity)
				}
			}
		})
	}
}

func TestRhythms(t *testing.T) {
	day := func(s string) pipeline.Date { return must(pipeline.ParseDate(s)) }
	for _, c := range []struct {
		rhythm   Rhythm
		on, want string
	}{
		{Monthly, "2015-01-31", "2015-02-28"}, {Monthly, "2014-12-05", "2015-01-05"}, {Quarterly, "2014-11-30", "2015-02-28"}, {Yearly, "2016-02-29", "2017-02-28"},
	} {
		if got := c.rhythm.Due(day(c.on)); got != day(c.want) {
			t.Errorf("%s after %s: %v, want %s", c.rhythm, c.on, got, c.want)
		}
	}
	if got := OnEvent.Due(day("2014-01-01")); !got.IsZero() {
		t.Errorf("on an event: %v", got)
	}
}

func TestTheBasePackIsCompleteAndHonest(t *testing.T) {
	g := must(Load(&pipeline.Register{}))
	for _, err := range g.Broken {
		t.Error(err)
	}
	for _, r := range g.Rules {
		for _, lang := range languages {
			if r.Title[lang] == "" || r.Explanation[lang] == "" {
				t.Errorf("%s has no words in %s", r.ID, lang)
			}
		}
		if len(r.Sources) == 0 && r.ID != "reply-template-overuse" { // presencia's own proposal
			t.Errorf("%s has no source", r.ID)
		}
		for _, s := range r.Sources {
			if s.Name == "" || !strings.HasPrefix(s.URL, "https://") && !strings.HasPrefix(s.URL, "http://") {
				t.Errorf("%s: source %+v", r.ID, s)
			}
		}
	}
	// The values that guides state; every other one is proposed.
	stated := map[string]string{}
	for _, r := range g.Rules {
		for _, p := range r.Params {
			if p.Origin != "proposed" {
				stated[r.ID+"."+p.Name] = fmt.Sprint(p.Value, " ", p.Source.ID)
			}
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(stated)) {
		fmt.Fprintln(&b, name, stated[name])
	}
	const golden = "testdata/stated.golden" // a review looks whether the sources state them
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(must(os.ReadFile(golden))), b.String()); diff != "" {
		t.Errorf("other values are said to be a guide's or a law's; where that is right, run go test ./pipeline/check -run Honest -update (-want +got):\n%s", diff)
	}
}

func TestALaterPackOverrides(t *testing.T) {
	base := must(Load(&pipeline.Register{}))
	own := Pack{"own.yaml", []byte(`
sources:
  OWN: {name: Guía propia, url: "https://dip.example/guia"}
rules:
  - id: post-hashtag-max
    severity: high
    title: {en: At most three}
    params: {max: {value: 3, origin: guide, source: OWN}}
  - {id: post-daily-max, off: true}
`)}
	g := must(Load(&pipeline.Register{Guide: pipeline.GuideChoice{Off: []string{"reply-rate"}}}, own))
	find := func(g *Guide, id string) (Rule, bool) {
		i := slices.IndexFunc(g.Rules, func(r Rule) bool { return r.ID == id })
		if i < 0 {
			return Rule{}, false
		}
		return g.Rules[i], true
	}
	r, _ := find(g, "post-hashtag-max")
	want := []Param{{Name: "max", Type: "int", Value: int64(3), Origin: "guide", Source: Source{"OWN", "Guía propia", "https://dip.example/guia"}}}
	if diff := cmp.Diff(want, r.Params); diff != "" {
		t.Error(diff)
	}
	was, _ := find(base, "post-hashtag-max")
	if r.Severity != "high" || r.Title["en"] != "At most three" || r.Title["es"] != was.Title["es"] || r.Expr != was.Expr {
		t.Errorf("overridden: %+v", r)
	}
	for _, id := range []string{"post-daily-max", "reply-rate"} {
		if _, on := find(g, id); on {
			t.Errorf("%s is still on", id)
		}
	}
	if again := must(Load(&pipeline.Register{Guide: pipeline.GuideChoice{Off: []string{"reply-rate"}}}, own)); g.Version == base.Version || g.Version != again.Version {
		t.Errorf("versions %s, %s, %s", base.Version, g.Version, again.Version)
	}
	tags := pipeline.Observed{Gives: allOf, Post: pipeline.Post{ID: "1", CreatedAt: localTime{}.or("2014-10-03 10:00"), Kind: pipeline.Own, Hashtags: []string{"a", "b", "c"}}}
	s := pipeline.Subject{Account: pipeline.Account{ID: "acc", Platform: pipeline.X}, Window: pipeline.Month(2014, 10, madrid), Posts: []pipeline.Observed{tags}}
	for guide, verdict := range map[*Guide]string{base: "1 fail 3 > 2: #a #b #c", g: "1 pass"} {
		if diff := cmp.Diff([]string{verdict}, findingsOf(findings(guide, guide.Check(s, s.Window.To)), "post-hashtag-max")); diff != "" {
			t.Error(diff)
		}
	}
}

// What is not known decides nothing, and what is known decides as far as it goes.
func TestUnknownIsNeitherEmptyNorZero(t *testing.T) {
	for _, c := range []struct {
		name, expr string
		want       string
	}{
		{"alone", "post.language == 'es'", "1 not_evaluable post.language"},
		{"empty", "post.language == ''", "1 not_evaluable post.language"},
		{"a number", "account.followers >= 0", "1 not_evaluable account.followers"},
		{"not applicable there", "account.following >= 0", "1 not_evaluable account.following"},
		{"in a list", "post.links.all(l, l == '')", "1 not_evaluable post.links"},
		{"through a sense", "graphemes(post.language) == 0", "1 not_evaluable post.language"},
		{"through a condition", "post.language == 'es' ? true : true", "1 not_evaluable post.language"},
		{"decided by the other side", "post.images == 0 || post.language == 'es'", "1 pass"},
		{"decided against", "post.images == 1 && post.language == 'es'", "1 fail x"},
		{"two", "post.language == '' && size(post.links) == 0", "1 not_evaluable post.language, post.links"},
		{"zero is known", "account.posts == 0", "1 pass"},
		{"broken", "1 / post.images == 1", "1 not_evaluable error: division by zero"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := must(Load(&pipeline.Register{}, custom("    expr: >-\n      "+c.expr+"\n")))
			s := pipeline.Subject{
				Account: pipeline.Account{ID: "acc"}, Window: pipeline.Month(2014, 10, madrid), Profile: &pipeline.Profile{Posts: pipeline.CountOf(0), Following: pipeline.NoCount},
				ProfileGives: []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount},
				Posts: []pipeline.Observed{{
					Gives: []pipeline.Field{pipeline.FieldMedia, pipeline.FieldPostLanguage},
					Post:  pipeline.Post{ID: "1", Kind: pipeline.Own, CreatedAt: localTime{}.or("2014-10-03 10:00")},
				}},
			}
			if diff := cmp.Diff([]string{c.want}, findingsOf(findings(g, g.Check(s, s.Window.To)), "post-own-rule")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One post's fields must not answer for the next one's.
func TestValuesAreForgottenBetweenPosts(t *testing.T) {
	g := must(Load(&pipeline.Register{}, custom("    expr: post.text == 'a'\n")))
	at := localTime{}.or("2014-10-03 10:00")
	text := []pipeline.Field{pipeline.FieldText}
	s := pipeline.Subject{Account: pipeline.Account{ID: "acc"}, Window: pipeline.Month(2014, 10, madrid), Posts: []pipeline.Observed{
		{Gives: text, Post: pipeline.Post{ID: "1", Kind: pipeline.Own, CreatedAt: at, Text: "a"}},
		{Gives: text, Post: pipeline.Post{ID: "2", Kind: pipeline.Own, CreatedAt: at, Text: "b"}},
		{Post: pipeline.Post{ID: "3", Kind: pipeline.Own, CreatedAt: at}},
		{Gives: text, Post: pipeline.Post{ID: "4", Kind: pipeline.Own, CreatedAt: at, Text: "a"}},
	}}
	if diff := cmp.Diff([]string{"1 pass", "2 fail x", "3 not_evaluable post.text", "4 pass"}, findingsOf(findings(g, g.Check(s, s.Window.To)), "post-own-rule")); diff != "" {
		t.Error(diff)
	}
}

func TestAPanicInASenseIsThatRulesAlone(t *testing.T) {
	fragile := append(slices.Clone(All), Sense{"fragile", in(text), text, func(_ *Guide, a []ref.Val) ref.Val {
		if str(a[0]) == "bad" {
			panic("boom")
		}
		return a[0]
	}})
	g := must(load(fragile, &pipeline.Register{}, []Pack{custom("    expr: fragile(post.text) != ''\n")}))
	at := localTime{}.or("2014-10-03 10:00")
	s := pipeline.Subject{Account: pipeline.Account{ID: "acc"}, Window: pipeline.Month(2014, 10, madrid), Posts: []pipeline.Observed{
		{Gives: allOf, Post: pipeline.Post{ID: "1", Kind: pipeline.Own, CreatedAt: at, Text: "bad"}},
		{Gives: allOf, Post: pipeline.Post{ID: "2", Kind: pipeline.Own, CreatedAt: at, Text: "good"}},
	}}
	fs := findings(g, g.Check(s, s.Window.To))
	if diff := cmp.Diff([]string{"1 not_evaluable error: internal error: boom", "2 pass"}, findingsOf(fs, "post-own-rule")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1 pass", "2 pass"}, findingsOf(fs, "post-no-all-caps")); diff != "" {
		t.Error(diff)
	}
}

// A day and a month are the institution's, and are judged only where the window covers them.
func TestDaysAndMonths(t *testing.T) {
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{TimeZone: "Europe/Madrid"}}))
	day := func(at string) pipeline.Observed {
		return pipeline.Observed{Gives: allOf, Post: pipeline.Post{ID: at, Kind: pipeline.Own, CreatedAt: localTime{}.or(at)}}
	}
	thread := func(at string) pipeline.Thread {
		return pipeline.Thread{Message: pipeline.Message{At: localTime{}.or(at)}, Answer: &pipeline.Post{CreatedAt: localTime{}.or(at)}}
	}
	s := pipeline.Subject{
		Account: pipeline.Account{ID: "acc", Platform: pipeline.Mastodon}, GivesThreads: true,
		Window: pipeline.Window{From: localTime{}.or("2014-09-15 00:00"), To: localTime{}.or("2014-12-01 00:00")},
		// 23:30 UTC of the 25th is 01:30 of the 26th, the day with 25 hours.
		Posts:   []pipeline.Observed{day("2014-10-26 01:30"), day("2014-10-26 23:59"), day("2014-10-27 00:00")},
		Threads: []pipeline.Thread{thread("2014-09-20 10:00"), thread("2014-10-26 01:30")},
	}
	fs := findings(g, g.Check(s, localTime{}.or("2014-11-20 12:00")))
	if diff := cmp.Diff([]string{"2014-10-26 pass 2", "2014-10-27 pass 1"}, findingsOf(fs, "post-daily-max")); diff != "" {
		t.Error(diff)
	}
	// September is covered in part; October is whole; November is as far as it has gone.
	if diff := cmp.Diff([]string{"pass 1/1", "not_applicable"}, findingsOf(fs, "reply-rate")); diff != "" {
		t.Error(diff)
	}
	for _, f := range fs {
		switch f.ID {
		case "reply-rate":
			if w := pipeline.Month(2014, f.At.In(madrid).Month(), madrid); !f.Window.From.Equal(w.From) || !f.Window.To.Equal(w.To) {
				t.Errorf("window %v, want %v", f.Window, w)
			}
		case "post-daily-max", "post-no-all-caps":
			if d := f.At.In(madrid).Format(time.DateOnly); f.Window.From.In(madrid).Format(time.DateTime) != d+" 00:00:00" {
				t.Errorf("%s at %v has window %v", f.ID, f.At, f.Window)
			}
		}
	}
}

func TestFindingsAreComplete(t *testing.T) {
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{TimeZone: "Europe/Madrid"}}))
	at := localTime{}.or("2014-10-03 10:00")
	s := pipeline.Subject{
		Account: pipeline.Account{ID: "acc", Platform: pipeline.Mastodon}, Window: pipeline.Month(2014, 10, madrid), GivesThreads: true,
		Posts: []pipeline.Observed{{Gives: allOf, Post: pipeline.Post{ID: "7", URL: "https://social.example/7", Kind: pipeline.Own, CreatedAt: at, Text: "DNI 12345678Z"}}},
		Threads: []pipeline.Thread{{
			Message: pipeline.Message{ID: "hash", At: at},
			Answer:  &pipeline.Post{CreatedAt: at.Add(time.Hour), URL: "https://social.example/8"},
		}},
	}
	judged := g.Check(s, s.Window.To)
	fs := findings(g, judged)
	day := pipeline.Window{From: localTime{}.or("2014-10-03 00:00"), To: localTime{}.or("2014-10-04 00:00")}
	for _, want := range []pipeline.Finding{
		{RuleState: pipeline.RuleState{ID: "post-no-personal-data", Version: 1, Scope: "post", Severity: "crit", Params: `{"certain":["dni","nie","iban"],"kinds":["dni","nie","iban","phone","email","plate"],"official_contacts":[]}`}, Account: "acc", Subject: "7", URL: "https://social.example/7", At: at, Window: day, Verdict: pipeline.Fail, Evidence: "dni ***4567**"},
		{RuleState: pipeline.RuleState{ID: "reply-within-target", Version: 1, Scope: "reply", Severity: "high", Params: `{"target":"2h0m0s"}`}, Account: "acc", Subject: "hash", URL: "https://social.example/8", At: at, Window: day, Verdict: pipeline.Pass, Evidence: "1:00 h / 2:00 h (24/7)"},
		{RuleState: pipeline.RuleState{ID: "account-two-admins", Version: 1, Scope: "account", Severity: "high", Params: `{"min":2}`}, Account: "acc", At: s.Window.To.Add(-time.Millisecond), Window: s.Window, Verdict: pipeline.NotEvaluable, Evidence: "register.admins"},
	} {
		i := slices.IndexFunc(fs, func(f pipeline.Finding) bool { return f.ID == want.ID })
		if diff := cmp.Diff(want, fs[i]); diff != "" {
			t.Error(diff)
		}
	}
	for i, j := range judged { // what shares subject and window shares a row, whatever the zone they are told in
		for _, k := range judged[:i] {
			if j.Subject == k.Subject && j.Window.From.Equal(k.Window.From) {
				t.Errorf("%q has two rows in one window", j.Subject)
			}
		}
	}
	if diff := cmp.Diff(judged, g.Check(s, s.Window.To)); diff != "" {
		t.Errorf("the same subject, other findings: %s", diff)
	}
}

func TestTheGuideIsSharedSafely(t *testing.T) {
	g := must(Load(&pipeline.Register{}))
	s := benchmarkSubject(50)
	want := g.Check(s, s.Window.To)
	done := make(chan []pipeline.Judged)
	for range 4 {
		go func() { done <- g.Check(s, s.Window.To) }()
	}
	for range 4 {
		if diff := cmp.Diff(want, <-done); diff != "" {
			t.Error(diff)
		}
	}
}

// benchmarkSubject has posts such as an institution writes: most without media, some with dates, links and tags.
func benchmarkSubject(n int) pipeline.Subject {
	written := []pipeline.Post{
		{Text: "Abierta hasta el viernes 14 de noviembre la inscripción en el curso de primeros auxilios, en la Casa de Cultura. https://www.dip.example/cursos/1234", Links: []string{"https://www.dip.example/cursos/1234"}},
		{Text: "Este domingo, visita guiada al castillo. La entrada es gratuita y no hace falta reserva. #CulturaEnVivo #Alicante", Hashtags: []string{"CulturaEnVivo", "Alicante"}},
		{Text: "Aquest cap de setmana, ruta de senderisme per la serra de Mariola: eixida a les 9.00 h des de la plaça.", Hashtags: nil},
		{Text: "El MARQ presenta su nueva exposición, con piezas de seis museos.", Media: []pipeline.Media{{Kind: "image", Alt: "Vasija ibérica decorada con un ave"}}},
	}
	s := pipeline.Subject{Account: pipeline.Account{ID: "acc", Platform: pipeline.Mastodon}, Window: pipeline.Month(2014, 10, madrid), ProfileGives: allOf}
	for i := range n {
		p := written[i%len(written)]
		p.ID, p.Kind = fmt.Sprint(i), pipeline.Own
		p.CreatedAt = s.Window.From.Add(time.Duration(i) * s.Window.To.Sub(s.Window.From) / time.Duration(n))
		s.Posts = append(s.Posts, pipeline.Observed{Post: p, Gives: slices.Clone(allOf)})
	}
	return s
}

func BenchmarkCheck(b *testing.B) {
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{TimeZone: "Europe/Madrid", OfficialDomains: []string{"dip.example"}}}))
	const n = 1000
	s := benchmarkSubject(n)
	used := func() time.Duration { // of the processor: the clock says more of the machine's other work
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	b.ReportAllocs()
	before := used()
	for b.Loop() {
		g.Check(s, s.Window.To)
	}
	b.ReportMetric(float64(b.N)*n/(used()-before).Seconds(), "posts/cpu-s")
}

func TestThePeopleAndTheInstitution(t *testing.T) {
	pack := Pack{"own.yaml", []byte(`
rules:
  - {id: manual-own-drill, version: 1, scope: institution, manual: yearly, severity: low, title: {es: Simulacro}, explanation: {es: Cada año}}
  - {id: manual-own-access, version: 1, scope: account, manual: quarterly, severity: low, title: {es: Acceso}, explanation: {es: Cada trimestre}}
  - {id: institution-own-size, version: 1, scope: institution, severity: low, title: {es: Cuentas}, explanation: {es: Cuentas}, expr: register.accounts > 1, evidence: string(register.accounts)}
`)}
	account := pipeline.Account{ID: "acc", Platform: pipeline.X}
	g := must(Load(&pipeline.Register{Accounts: []pipeline.Account{account}}, pack))
	w := pipeline.Month(2014, 10, madrid)
	tick := func(rule string, due int, v pipeline.Verdict) pipeline.Tick {
		return pipeline.Tick{Rule: rule, On: pipeline.Date{Year: 2014, Month: 9, Day: 1}, Due: pipeline.Date{Year: 2014, Month: 10, Day: due}, Result: v, Note: "acta 7"}
	}
	for _, c := range []struct {
		rule    string
		subject pipeline.Subject
		want    string
	}{
		{"institution-own-size", pipeline.Subject{Window: w}, "fail 1"},
		{"institution-own-size", pipeline.Subject{Window: w, Account: account}, ""},
		{"manual-own-drill", pipeline.Subject{Window: w}, "not_evaluable not reviewed yet"},
		{"manual-own-drill", pipeline.Subject{Window: w, Ticks: []pipeline.Tick{tick("manual-own-drill", 31, pipeline.Pass)}}, "not_evaluable due since 2014-10-31"},
		{"manual-own-drill", pipeline.Subject{Window: w, Ticks: []pipeline.Tick{{Rule: "other"}, {Rule: "manual-own-drill", Result: pipeline.NotApplies}}}, "not_applicable"},
		{"manual-own-access", pipeline.Subject{Window: w, Account: account, Ticks: []pipeline.Tick{{Rule: "manual-own-access", Result: pipeline.Fail, Note: "acta 7"}}}, "fail acta 7"},
		{"manual-own-access", pipeline.Subject{Window: w}, ""},
	} {
		got := strings.Join(findingsOf(findings(g, g.Check(c.subject, w.To)), c.rule), "; ")
		if got != c.want {
			t.Errorf("%s on %q: %s, want %s", c.rule, c.subject.Account.ID, got, c.want)
		}
	}
}

func TestTheRegisterChoosesRules(t *testing.T) {
	ids := func(choice pipeline.GuideChoice) (ids []string) {
		for _, r := range must(Load(&pipeline.Register{Guide: choice})).Rules {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
		return ids
	}
	if diff := cmp.Diff([]string{"post-hashtag-max"}, ids(pipeline.GuideChoice{Only: []string{"post-hashtag-max", "reply-rate"}, Off: []string{"reply-rate"}})); diff != "" {
		t.Error(diff)
	}
	_, err := Load(&pipeline.Register{Guide: pipeline.GuideChoice{Only: []string{"post-hashtag-mx"}}})
	if err == nil || !strings.Contains(err.Error(), "guide.only names post-hashtag-mx: there is no such rule") {
		t.Errorf("error %v", err)
	}
}

// What the document on guides shows is a pack that can be used as it stands.
func TestTheDocumentsPackIsRight(t *testing.T) {
	text := string(must(os.ReadFile("../../docs/guide.md")))
	var pack strings.Builder
	for i, block := range strings.Split(text, "```") {
		if content, ok := strings.CutPrefix(block, "yaml\n"); ok && i%2 == 1 {
			pack.WriteString(content)
		}
	}
	base := must(Load(&pipeline.Register{}))
	g := must(Load(&pipeline.Register{}, Pack{"our-rules.yaml", []byte(pack.String())}))
	for _, err := range g.Broken {
		t.Error(err)
	}
	want := []Change{
		{"post-hashtag-max", "changed", []string{"severity: high, was med", "params.max: 3 (guide OWN), was 2 (guide MOLE)"}},
		{"post-names-the-office", "added", nil}, {"post-weekend-activity", "off", nil},
	}
	if diff := cmp.Diff(want, Changes(base, g)); diff != "" {
		t.Error(diff)
	}
	if err := validate(t, Pack{"our-rules.yaml", []byte(pack.String())}); err != nil {
		t.Error(err)
	}
}
