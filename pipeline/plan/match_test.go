package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

var madrid = register().Institution.Location()

// at is a time of December 2026 in Madrid, written "3 10:30".
func at(s string) time.Time {
	var d, h, m int
	if _, err := fmt.Sscanf(s, "%d %d:%d", &d, &h, &m); err != nil {
		panic(err)
	}
	return time.Date(2026, time.December, d, h, m, 0, 0, madrid).UTC()
}

func TestMatch(t *testing.T) {
	december := pipeline.Month(2026, time.December, madrid)
	whole := pipeline.Window{From: december.From.AddDate(0, -6, 0), To: december.To.AddDate(0, 1, 0)}
	item := func(id, when string, change func(*Item)) Item {
		i := Item{ID: id, Department: "turismo", Account: "turismo-x", At: at(when), Tolerance: Tolerance, State: Planned}
		if change != nil {
			change(&i)
		}
		return i
	}
	post := func(id, when string, change func(*pipeline.Post)) pipeline.Post {
		p := pipeline.Post{ID: id, CreatedAt: at(when), Kind: pipeline.Own}
		if change != nil {
			change(&p)
		}
		return p
	}
	link := func(s string) func(*Item) { return func(i *Item) { i.Link = s } }
	links := func(s ...string) func(*pipeline.Post) { return func(p *pipeline.Post) { p.Links = s } }
	const page = "https://dip.example/rutas"
	for _, c := range []struct {
		name      string
		items     []Item
		posts     map[string][]pipeline.Post // by account
		known     map[string]pipeline.Window // otherwise everything is
		want      string                     // ID outcome evidence:post …
		unplanned string
		unread    string
	}{
		{name: "on time by its only candidate", items: []Item{item("a", "3 10:30", nil)}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:50", nil)}}, want: "a on_time time:p"},
		{name: "the tolerance belongs to it", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 11:30", links(page))}}, want: "a on_time link:p"},
		{name: "a minute late", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 11:31", links(page))}}, want: "a late link:p"},
		{name: "early", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 08:00", links(page))}}, want: "a early link:p"},
		{name: "its own tolerance", items: []Item{item("a", "3 10:30", func(i *Item) { i.Tolerance, i.Link = 10*time.Minute, page })}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:45", links(page))}}, want: "a late link:p"},
		{name: "nothing but the time, outside of the tolerance", items: []Item{item("a", "3 10:30", nil)}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 12:00", nil)}}, want: "a missing", unplanned: "p"},
		{name: "a day later is another publication", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "4 10:31", links(page))}}, want: "a missing", unplanned: "p"},
		{name: "counters in links do not matter", items: []Item{item("a", "3 10:30", link("https://www.dip.example/rutas/?utm_source=x&b=1"))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 14:30", links("http://dip.example/rutas?b=1#top"))}}, want: "a late link:p"},
		{name: "a link elsewhere speaks against it", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:30", links("https://dip.example/otra"))}}, want: "a missing", unplanned: "p"},
		{name: "a front page is no page of its own", items: []Item{item("a", "3 10:30", link("https://dip.example/"))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 20:30", links("https://dip.example"))}}, want: "a missing", unplanned: "p"},
		{name: "by its text, much later", items: []Item{item("a", "3 10:30", func(i *Item) { i.Text = "Esta semana abrimos tres rutas nuevas en la montaña" })},
			posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 19:00", func(p *pipeline.Post) {
				p.Text = "¡Esta semana abrimos TRES RUTAS nuevas en la montana! https://dip.example"
			})}}, want: "a late text:p"},
		{name: "a tag is known without accents and case, for some hours", items: []Item{item("a", "3 10:30", func(i *Item) { i.Hashtags = []string{"RutasDeOtoño"} }), item("b", "5 10:30", func(i *Item) { i.Hashtags = []string{"RutasDeOtoño"} })},
			posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 13:00", func(p *pipeline.Post) { p.Hashtags = []string{"rutasdeotoño"} }), post("q", "5 14:00", func(p *pipeline.Post) { p.Hashtags = []string{"RUTASDEOTOÑO"} })}},
			want:  "a late hashtag:p b missing", unplanned: "q"},
		{name: "by its topic", items: []Item{item("a", "3 10:30", func(i *Item) { i.Topic = "Rutas de otoño" })}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 12:00", func(p *pipeline.Post) { p.Text = "Vuelven las rutas de otoño" })}}, want: "a late topic:p"},
		{name: "evidence before nearness", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:30", nil), post("q", "3 12:00", links(page))}}, want: "a late link:q", unplanned: "p"},
		{name: "the same every day", items: []Item{item("a", "3 10:00", link(page)), item("b", "4 10:00", link(page)), item("c", "5 10:00", link(page))},
			posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:05", links(page)), post("q", "5 09:55", links(page))}}, want: "a on_time link:p b missing c on_time link:q"},
		{name: "two that only the time speaks for", items: []Item{item("a", "3 10:00", nil)}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:05", nil), post("q", "3 10:15", nil)}}, want: "a missing", unplanned: "p q"},
		{name: "two items for one post", items: []Item{item("a", "3 10:00", nil), item("b", "3 10:30", nil)}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:15", nil)}}, want: "a missing b missing", unplanned: "p"},
		{name: "another account is another publication", items: []Item{item("a", "3 10:30", link(page))}, posts: map[string][]pipeline.Post{"turismo-m": {post("p", "3 10:30", links(page))}}, want: "a missing"},
		{name: "any account of the department", items: []Item{item("a", "3 10:30", func(i *Item) { i.Account, i.Link = "", page })}, posts: map[string][]pipeline.Post{"turismo-m": {post("p", "3 10:30", links(page)), post("q", "3 18:00", nil)}}, want: "a on_time link:p", unplanned: "q"},
		{name: "replies and reposts are no unplanned posts", items: []Item{item("a", "3 10:30", nil)}, posts: map[string][]pipeline.Post{"turismo-x": {
			post("p", "3 10:30", func(p *pipeline.Post) { p.Kind = pipeline.Reply }), post("q", "3 10:31", func(p *pipeline.Post) { p.Kind = pipeline.Repost }), post("r", "3 18:00", func(p *pipeline.Post) { p.Kind = "" })}}, want: "a missing"},
		{name: "a repost where one was planned", items: []Item{item("a", "3 10:30", func(i *Item) { i.Format = "repost" })}, posts: map[string][]pipeline.Post{"turismo-x": {post("q", "3 10:31", func(p *pipeline.Post) { p.Kind = pipeline.Repost })}}, want: "a on_time time:q"},
		{name: "called off", items: []Item{item("a", "3 10:30", func(i *Item) { i.State = Cancelled })}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:30", nil)}}, want: "a cancelled", unplanned: "p"},
		{name: "the account was not read", items: []Item{item("a", "3 10:30", nil)}, known: map[string]pipeline.Window{"turismo-x": {}}, want: "a not_judged", unread: "turismo-x"},
		{name: "the account is only known from later on", items: []Item{item("a", "3 10:30", nil)}, known: map[string]pipeline.Window{"turismo-x": {From: at("5 00:00"), To: whole.To}}, want: "a not_judged"},
		{name: "nothing has been read since", items: []Item{item("a", "3 10:30", nil)}, known: map[string]pipeline.Window{"turismo-x": {From: whole.From, To: at("3 11:00")}, "turismo-m": {}, "turismo-ig": {}, "cultura-ig": {}}, want: "a to_come"},
		{name: "one of the department's accounts was not read", items: []Item{item("a", "3 10:30", func(i *Item) { i.Account = "" })}, known: map[string]pipeline.Window{"turismo-m": {}}, want: "a not_judged", unread: "turismo-m"},
		{name: "an item of last month keeps its post", items: []Item{item("a", "1 00:10", func(i *Item) { i.At, i.Link = i.At.Add(-20*time.Minute), page })}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "1 00:10", links(page))}}, want: ""},
		{name: "accounts without a plan publish as they like", items: []Item{item("a", "3 10:30", nil)}, posts: map[string][]pipeline.Post{"turismo-x": {post("p", "3 10:30", nil)}, "cultura-ig": {post("q", "3 18:00", nil)}}, want: "a on_time time:p"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var accounts []Account
			for _, a := range register().Accounts {
				known, given := c.known[string(a.ID)]
				if !given {
					known = whole
				}
				accounts = append(accounts, Account{Account: a, Posts: c.posts[string(a.ID)], Known: known})
			}
			got := Match(c.items, accounts, december)
			var items, unplanned, unread []string
			for _, j := range got.Items {
				s := j.ID + " " + string(j.Outcome)
				if j.Evidence != "" {
					s += " " + string(j.Evidence) + ":" + j.Post.ID
				}
				items = append(items, s)
			}
			for _, u := range got.Unplanned {
				unplanned = append(unplanned, u.Post.ID)
			}
			for _, a := range got.Unread {
				unread = append(unread, string(a.ID))
			}
			if diff := cmp.Diff([]string{c.want, c.unplanned, c.unread}, []string{strings.Join(items, " "), strings.Join(unplanned, " "), strings.Join(unread, " ")}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTally(t *testing.T) {
	judged := func(o Outcome, department string, account, by pipeline.AccountID) Judged {
		return Judged{Item: Item{Department: department, Account: account, At: at("3 10:30")}, Outcome: o, By: by}
	}
	a := Adherence{
		Items: []Judged{
			judged(OnTime, "turismo", "x", "x"), judged(Early, "turismo", "", "m"), judged(Late, "turismo", "x", "x"), judged(Missing, "turismo", "", ""),
			judged(ToCome, "turismo", "x", ""), judged(NotJudged, "turismo", "x", ""), judged(CalledOff, "turismo", "x", ""), judged(Missing, "cultura", "ig", ""),
		},
		Unplanned: []Unplanned{{Account: "x", Department: "turismo"}},
		Read:      []pipeline.Account{{ID: "x", Department: "turismo"}},
		Unread:    []pipeline.Account{{ID: "ig", Department: "cultura"}, {ID: "m", Department: "turismo"}},
	}
	of := func(department string) Of {
		return func(d string, _ pipeline.AccountID, _ time.Time) bool { return d == department }
	}
	if diff := cmp.Diff(Tally{Planned: 6, OnTime: 1, Early: 1, Late: 1, Missing: 1, Open: 2, Unplanned: pipeline.CountOf(1)}, a.Tally(of("turismo"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Tally{Planned: 1, Missing: 1}, a.Tally(of("cultura"))); diff != "" {
		t.Errorf("where nothing was read, what is unplanned is unknown: %s", diff)
	}
	account := a.Tally(func(_ string, id pipeline.AccountID, _ time.Time) bool { return id == "m" })
	if account.Planned != 1 || account.Early != 1 {
		t.Errorf("what any account might publish is that of the one which did: %+v", account)
	}
}

func TestWeek(t *testing.T) {
	for when, want := range map[time.Time]string{
		at("7 00:00"):                    "2026-12-07",
		at("6 23:59"):                    "2026-11-30",
		at("13 23:59"):                   "2026-12-07",
		at("7 00:00").Add(-time.Minute):  "2026-11-30", // still Sunday in Madrid, and in UTC
		at("13 23:30").Add(-time.Second): "2026-12-07",
	} {
		if got := Week(when, madrid).String(); got != want {
			t.Errorf("the week of %v is %s, want %s", when, got, want)
		}
	}
}
