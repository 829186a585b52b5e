package reports

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/store"
)

// told stores one account as a run of a kind brings it.
func told(t *testing.T, db *store.DB, id, kind string, b pipeline.Batch, o pipeline.Outcome) {
	t.Helper()
	run, err := db.Begin(context.Background(), pipeline.RunInfo{ID: id, Kind: kind, Started: b.At, Register: "v"})
	if err != nil {
		t.Fatal(err)
	}
	o.Account, o.Platform, o.At = b.Account, b.Platform, b.At
	b.Gives = []pipeline.Field{pipeline.FieldText, pipeline.FieldFollowers, pipeline.FieldLikes}
	if err := run.Save(context.Background(), b, o); err != nil {
		t.Fatal(err)
	}
	if err := run.Complete(context.Background(), b.At); err != nil {
		t.Fatal(err)
	}
}

// TestCoverage: a reader is told what came by file, what was refused, and what happened to the accounts.
func TestCoverage(t *testing.T) {
	db := openStore(t)
	r := &pipeline.Register{Version: "v", Institution: pipeline.Institution{Name: "P", TimeZone: "Europe/Madrid", Languages: []string{"es"}},
		Departments: []pipeline.Department{{ID: "d", Name: "D", Group: pipeline.OtherGroup}}}
	for _, id := range []string{"live", "file", "both", "history", "never"} {
		r.Accounts = append(r.Accounts, pipeline.Account{ID: pipeline.AccountID(id), Department: "d", Platform: pipeline.X, Handle: "@" + id})
	}
	if err := db.SaveRegister(t.Context(), r, []byte("x"), time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	may := func(day int) time.Time { return time.Date(2015, 5, day, 12, 0, 0, 0, time.UTC) }
	post := func(id string, day int) pipeline.Post {
		return pipeline.Post{ID: id, CreatedAt: may(day), Kind: pipeline.Own, Text: id, Figures: pipeline.Figures{Likes: pipeline.CountOf(1)}}
	}
	batch := func(id pipeline.AccountID, at time.Time, posts ...pipeline.Post) pipeline.Batch {
		return pipeline.Batch{Account: id, Platform: pipeline.X, At: at, Posts: posts, Profile: &pipeline.Profile{Followers: pipeline.CountOf(5), Handle: string(id)}}
	}
	told(t, db, "i1", "import", batch("live", may(2), post("a", 1)), pipeline.Outcome{}) // seen at the network afterwards
	told(t, db, "c1", "collect", batch("live", may(20), post("a", 1), post("b", 10)), pipeline.Outcome{
		Parked:  []pipeline.Parked{{Platform: pipeline.X, Metric: "views", Since: may(20), Cause: "gone"}},
		Changes: []pipeline.Change{{At: may(20), Kind: pipeline.Renamed, Before: "live", After: "live2"}, {At: may(20).AddDate(0, 1, 0), Kind: pipeline.Disappeared}},
	})
	told(t, db, "i2", "import", batch("file", may(25), post("a", 3), post("b", 4)), pipeline.Outcome{})
	told(t, db, "i3", "import", batch("both", may(22), post("a", 3), post("b", 4)), pipeline.Outcome{})
	told(t, db, "c2", "collect", batch("both", may(28), post("b", 4), post("c", 5)), pipeline.Outcome{})
	told(t, db, "i4", "import", batch("history", may(1).AddDate(0, -1, 0), post("a", -60)), pipeline.Outcome{}) // of another month
	told(t, db, "c3", "collect", batch("history", may(28), post("b", 4)), pipeline.Outcome{})
	want := map[string]string{
		"es": `2 cuentas leídas en su red.
Por archivo, no leída en su red: @file (X). Sus cifras son las del día de la exportación, hasta el 25 de mayo de 2015.
En parte por archivo: @both (X). Lo que viene de archivo tiene las cifras del día de la exportación, hasta el 22 de mayo de 2015.
1 cuenta sin leer este mes.
X no da la métrica «views» desde el 20 de mayo de 2015: mientras tanto no se conoce.
@live (X): el 20 de mayo de 2015 se vio que había cambiado de nombre, de live a live2.`,
		"ca-ES-valencia": `2 comptes llegits en la seua xarxa.
Per arxiu, no llegit en la seua xarxa: @file (X). Les seues xifres són les del dia de l’exportació, fins al 25 de maig de 2015.
En part per arxiu: @both (X). El que ve d’arxiu té les xifres del dia de l’exportació, fins al 22 de maig de 2015.
1 compte sense llegir este mes.
X no dona la mètrica «views» des del 20 de maig de 2015: mentrestant no es coneix.
@live (X): el 20 de maig de 2015 es va veure que havia canviat de nom, de live a live2.`,
		"en": `2 accounts read at their networks.
By file, not read at its network: @file (X). Its figures are those of the day of the export, up to 25 May 2015.
Partly by file: @both (X). What came by file has the figures of the day of the export, up to 22 May 2015.
1 account not read this month.
X has refused the metric “views” since 20 May 2015: it is not known meanwhile.
@live (X): on 20 May 2015 it was seen to have changed its name from live to live2.`,
	}
	for _, lang := range Languages {
		b, err := newBuilder(t.Context(), Input{Querier: db, Register: r, Language: lang})
		if err != nil {
			t.Fatal(err)
		}
		m := &monthly{builder: b, month: pipeline.Month(2015, time.May, b.zone), accounts: r.Accounts, readings: map[string]reading{}}
		if m.account, err = m.compute(t.Context(), indicator.Account, []pipeline.Window{m.month}, indicator.Options{}, "posts"); err != nil {
			t.Fatal(err)
		}
		if m.comes, err = m.origins(t.Context(), m.month); err != nil {
			t.Fatal(err)
		}
		l, err := m.coverage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[lang], strings.Join(l.Items, "\n")); diff != "" {
			t.Errorf("%s:\n%s", lang, diff)
		}
		file, both := m.accountState(r.Accounts[1]), m.accountState(r.Accounts[2])
		if !strings.HasSuffix(file, " · "+m.say("account.file")) || !strings.HasSuffix(both, " · "+m.say("account.partly_file")) || !strings.Contains(m.cover(), m.say("cover.file", "n", 2)) {
			t.Errorf("%s: %q, %q, %q", lang, file, both, m.cover())
		}
		for _, kind := range []pipeline.ChangeKind{pipeline.Renamed, pipeline.Taken, pipeline.Disappeared, pipeline.Returned, pipeline.AvatarChanged} {
			if !m.has("coverage." + string(kind)) {
				t.Errorf("%s has no word for %s", lang, kind)
			}
		}
	}
}
