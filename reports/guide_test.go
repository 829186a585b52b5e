package reports

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"presencia/pipeline"
	"presencia/pipeline/check"
)

// TestGuideAtFullSize is the section on compliance with the whole base pack and sixty accounts.
func TestGuideAtFullSize(t *testing.T) {
	db, r := openStore(t), &pipeline.Register{
		Version: "v", Institution: pipeline.Institution{Name: "Diputación de Prueba", TimeZone: "Europe/Madrid", Languages: []string{"es"}},
		Departments: []pipeline.Department{{ID: "a", Name: "A", Group: pipeline.Participant}, {ID: "b", Name: "B", Group: pipeline.Comparison}},
	}
	for i := range 60 {
		id := fmt.Sprintf("cuenta-%02d", i)
		r.Accounts = append(r.Accounts, pipeline.Account{ID: pipeline.AccountID(id), Department: []string{"a", "b"}[i%2], Platform: pipeline.Mastodon, Handle: "@" + id + "@social.example"})
	}
	g, err := check.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Rules) < 80 {
		t.Fatalf("the base pack has only %d rules", len(g.Rules))
	}
	in := Input{Querier: db, Register: r, Language: "es", Program: "test", GuideVersion: g.Version}
	for _, x := range g.Rules {
		in.Rules = append(in.Rules, Rule{ID: x.ID, Scope: string(x.Scope), Rhythm: string(x.Manual), Severity: x.Severity, Title: x.Title, Remedy: x.Remedy})
	}
	month := pipeline.Month(2015, time.May, r.Institution.Location())
	at := month.To.Add(24 * time.Hour)
	if err := db.SaveRegister(t.Context(), r, nil, at); err != nil {
		t.Fatal(err)
	}
	run, err := db.Begin(t.Context(), pipeline.RunInfo{ID: "collect", Kind: "collect", Started: at})
	if err != nil {
		t.Fatal(err)
	}
	b := pipeline.Batch{Account: r.Accounts[0].ID, Platform: pipeline.Mastodon, At: at, Gives: []pipeline.Field{pipeline.FieldText}}
	b.Posts = []pipeline.Post{{ID: "1", Kind: pipeline.Own, CreatedAt: month.From, Text: "Hola."}}
	if err := run.Save(t.Context(), b, pipeline.Outcome{Account: b.Account, Platform: b.Platform, At: at}); err != nil {
		t.Fatal(err)
	}
	if err := run.Complete(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	// Of each scope every third rule fails on some accounts, every third is kept, and every third cannot be evaluated. Nobody
	// has reviewed anything.
	verdict := func(k, account int) pipeline.Verdict {
		switch x := g.Rules[k]; {
		case x.Manual != "" || k%3 == 2:
			return pipeline.NotEvaluable
		case k%3 == 0 && account%4 == 0:
			return pipeline.Fail
		case k%3 == 0 && account%4 == 1:
			return pipeline.Warn
		}
		return pipeline.Pass
	}
	var judged iter.Seq2[pipeline.Judged, error] = func(yield func(pipeline.Judged, error) bool) {
		for i := -1; i < len(r.Accounts); i++ { // the institution first
			for _, subject := range []string{"", "post"} {
				j := pipeline.Judged{Subject: subject, At: month.To.Add(-time.Millisecond), Window: month}
				if i >= 0 {
					j.Account = r.Accounts[i].ID
				} else if subject != "" {
					continue
				}
				if subject != "" {
					j.URL = "https://social.example/" + string(j.Account)
				}
				for k, x := range g.Rules {
					v := pipeline.NotJudged
					if (x.Scope == check.Institution) == (i < 0) && (x.Scope == check.Post) == (subject != "") {
						v = verdict(k, max(i, 0))
					}
					if j.Verdicts = append(j.Verdicts, v); v == pipeline.NotEvaluable && subject == "" {
						j.Evidence = append(j.Evidence, pipeline.Evidence{Rule: k, Text: "account.bio, p.words"})
					}
				}
				if !yield(j, nil) {
					return
				}
			}
		}
	}
	if _, err := db.SaveVerdicts(t.Context(), pipeline.RunInfo{ID: "check", Kind: "check", Started: at}, g.State(), judged, func() time.Time { return at }); err != nil {
		t.Fatal(err)
	}
	d, err := Monthly(t.Context(), in, month)
	if err != nil {
		t.Fatal(err)
	}
	section := d.Sections[slices.IndexFunc(d.Sections, func(s Section) bool { return s.ID == "compliance" })]
	tables := map[string]Table{}
	for _, block := range section.Blocks {
		switch x := block.(type) {
		case Tiles:
			sum := 0.0
			for _, tile := range x {
				sum += tile.Value.Value
			}
			if int(sum) != len(g.Rules) {
				t.Errorf("the tiles count %v rules of %d", sum, len(g.Rules))
			}
		case Table:
			tables[x.ID] = x
		}
	}
	count := func(is func(x check.Rule, k int) bool) (n int) {
		for k, x := range g.Rules {
			if is(x, k) {
				n++
			}
		}
		return n
	}
	ofAccounts := count(func(x check.Rule, _ int) bool { return x.Scope != check.Institution })
	failing := count(func(x check.Rule, k int) bool {
		return x.Scope != check.Institution && x.Manual == "" && k%3 == 0
	})
	map60 := tables["compliance-of-accounts"]
	if len(map60.Columns) != 2+ofAccounts || len(map60.Rows) != 60 {
		t.Errorf("the workbook's map has %d columns and %d rows, want %d and 60", len(map60.Columns), len(map60.Rows), 2+ofAccounts)
	}
	say, err := loadWords("es")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, part := range (&page{Document: d, words: say}).Parts(map60) {
		shown += len(part.Columns) - 2
		if len(part.Columns) > 2+heatWidth || len(part.Rows) != 60 {
			t.Errorf("%s has %d columns and %d rows", part.Title, len(part.Columns), len(part.Rows))
		}
	}
	if shown != failing {
		t.Errorf("the page's maps show %d rules, and %d fail", shown, failing)
	}
	if n := len(tables["rules-failing"].Rows); n != mostFailing {
		t.Errorf("%d rules are shown as the worst", n)
	}
	if got, want := len(tables["rules-institution"].Rows), count(func(x check.Rule, _ int) bool { return x.Scope == check.Institution && x.Manual == "" }); got != want {
		t.Errorf("%d rules on the institution, want %d", got, want)
	}
	for _, row := range tables["rules-failing"].Rows {
		if row[2].Text == say.say("compliance.scope.institution") {
			t.Errorf("%s is the institution's, among those of accounts", row[0].Text)
		}
	}
	if got, want := len(tables["rules-to-review"].Rows), count(func(x check.Rule, _ int) bool { return x.Manual != "" && x.Manual != check.OnEvent }); got != want {
		t.Errorf("%d rules to be reviewed, want %d", got, want)
	}
	steps := tables["next-steps"]
	if !steps.Folded || len(steps.Rows) != 30*nextSteps {
		t.Errorf("%d steps, folded %v, want three for each account that fails or is warned", len(steps.Rows), steps.Folded)
	}
	var unrecorded, told uint64
	for _, row := range tables["not-evaluable"].Rows {
		switch n := uint64(row[1].Number.Value); {
		case row[0].Text == say.say("missing.unrecorded"):
			unrecorded += n
		case strings.HasPrefix(row[0].Text, "La descripción del perfil y el valor «words» de la regla "):
			told += n
		default:
			t.Errorf("what is missing: %s", row[0].Text)
		}
	}
	for scope, got := range map[bool]uint64{true: unrecorded, false: told} {
		if want := 60 * count(func(x check.Rule, k int) bool {
			return x.Scope != check.Institution && x.Manual == "" && k%3 == 2 && (x.Scope == check.Post) == scope
		}); got != uint64(want) {
			t.Errorf("of posts %v: %d checks that could not be evaluated, want %d", scope, got, want)
		}
	}
	var sheets bytes.Buffer
	if err := WriteXLSX(&sheets, d); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&sheets)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if panes, err := f.GetPanes(map60.Sheet); err != nil || !panes.Freeze || panes.XSplit != 1 || panes.YSplit < 2 {
		t.Errorf("the map's names and titles do not stay in sight: %+v, %v", panes, err)
	}
}
