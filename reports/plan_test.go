package reports

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/plan"
)

// planned is a December of the small institution: three departments plan, one account was not read, one item is to come.
func planned(r *pipeline.Register, w pipeline.Window) plan.Adherence {
	at := func(day, hour, minute int) time.Time {
		return time.Date(2014, 12, day, hour, minute, 0, 0, r.Institution.Location()).UTC()
	}
	var items []plan.Item
	add := func(department string, day int, topic string, change func(*plan.Item)) {
		i := plan.Item{
			ID: fmt.Sprint(department, day), Department: department, Account: pipeline.AccountID(department), At: at(day, 10, 0), Tolerance: time.Hour, State: plan.Planned, Topic: topic,
			Link: fmt.Sprintf("https://dip.example/%s/%d", department, day),
		}
		if change != nil {
			change(&i)
		}
		items = append(items, i)
	}
	for _, day := range []int{1, 3, 9, 10, 16} {
		add("turismo", day, fmt.Sprintf("Ruta %d", day), nil)
	}
	add("turismo", 17, "=Anulada", func(i *plan.Item) { i.State = plan.Cancelled })
	add("cultura", 2, "Concierto <b>", nil)
	add("cultura", 31, "Fin de año", nil)
	add("archivo", 4, "Documento del mes", nil)
	accounts := make([]plan.Account, len(r.Accounts))
	for i, a := range r.Accounts {
		accounts[i] = plan.Account{Account: a, Known: pipeline.Window{From: w.From.AddDate(-1, 0, 0), To: at(30, 0, 0)}}
		if a.ID == "archivo" {
			accounts[i].Known = pipeline.Window{}
		}
	}
	post := func(account int, when time.Time, link, text string) {
		a := &accounts[account]
		p := pipeline.Post{ID: fmt.Sprint(len(a.Posts)), Kind: pipeline.Own, CreatedAt: when, Text: text, URL: fmt.Sprintf("https://social.example/%s/%d", a.ID, len(a.Posts))}
		if link != "" {
			p.Links = []string{"https://dip.example/" + link}
		}
		a.Posts = append(a.Posts, p)
	}
	post(0, at(1, 10, 20), "turismo/1", "")
	post(0, at(3, 14, 30), "turismo/3", "")
	post(0, at(9, 8, 0), "turismo/9", "")
	post(0, at(16, 10, 0), "turismo/16", "")
	post(0, at(18, 10, 0), "", "@improvisada, =1+1")
	post(1, at(2, 11, 0), "cultura/2", "")
	return plan.Match(items, accounts, w)
}

// planDocument is the section as a document of its own.
func planDocument(t *testing.T, language string, how func(context.Context, pipeline.Window) (plan.Adherence, error)) (Document, Section) {
	t.Helper()
	say, err := loadWords(language)
	if err != nil {
		t.Fatal(err)
	}
	r := small()
	zone := r.Institution.Location()
	m := &monthly{builder: &builder{Input: Input{Register: r, Language: language, Plan: how}, words: say, zone: zone}, month: pipeline.Month(2014, time.December, zone)}
	s, err := m.planned(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return Document{Title: s.Title, Language: language, AsOf: m.month.To.In(zone), Sections: []Section{s}}, s
}

func TestContentPlan(t *testing.T) {
	var all strings.Builder
	for _, language := range Languages {
		d, _ := planDocument(t, language, func(_ context.Context, w pipeline.Window) (plan.Adherence, error) { return planned(small(), w), nil })
		all.WriteString(plain(t, d))
		var workbook bytes.Buffer
		if err := WriteXLSX(&workbook, d); err != nil {
			t.Errorf("%s: %v", language, err)
		}
	}
	golden(t, "plan.golden", all.String())
}

func TestContentPlanIsLeftOut(t *testing.T) {
	if _, s := planDocument(t, "es", nil); s.Title != "" || len(s.Blocks) > 0 {
		t.Errorf("nobody asked, and it says %+v", s)
	}
	nothing := func(context.Context, pipeline.Window) (plan.Adherence, error) { return plan.Adherence{}, nil }
	if _, s := planDocument(t, "es", nothing); s.Title == "" || len(s.Blocks) > 0 {
		t.Errorf("without a plan it says %+v", s)
	}
}
