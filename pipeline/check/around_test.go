package check

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// around are posts of one account, at minutes after ten.
func around(account pipeline.Account, texts map[int]string) *pipeline.Subject {
	s := &pipeline.Subject{Account: account, Window: pipeline.Month(2014, 10, madrid)}
	for minute := range 24 * 60 {
		if text, ok := texts[minute]; ok {
			s.Posts = append(s.Posts, pipeline.Observed{Gives: allOf, Post: pipeline.Post{
				ID: text[:1], Kind: pipeline.Own, Text: text, Links: linksIn(text), CreatedAt: time.Date(2014, 10, 3, 10, minute, 0, 0, madrid).UTC(),
			}})
		}
	}
	return s
}

func TestLanguagesNearby(t *testing.T) {
	s := around(pipeline.Account{ID: "acc"}, map[int]string{
		0:  "Esta noche no se acerque a los barrancos ni cruce zonas inundadas.",
		30: "Keep away from the rivers, and do not cross flooded roads. Stay at home.",
		61: "Ne vous approchez pas des rivières et restez à la maison, s'il vous plaît.",
	})
	b := must(Load(&pipeline.Register{})).bind(s, s.Window.To)
	for i, want := range []string{"en es", "en es", "fr"} {
		b.onPost(&s.Posts[i])
		if got := strings.Join(b.languagesNearby(), " "); got != want {
			t.Errorf("%s: %s, want %s", s.Posts[i].Text, got, want)
		}
	}
}

// Of two posts at one instant one is the copy, and not both.
func TestACopyIsTheLaterPost(t *testing.T) {
	x := around(pipeline.Account{ID: "x", Department: "d", Platform: pipeline.X}, map[int]string{0: "a the same words", 20: "b other words"})
	f := around(pipeline.Account{ID: "f", Department: "d", Platform: pipeline.Facebook}, map[int]string{0: "a the same words", 25: "b other words"})
	x.All = []*pipeline.Subject{f, x}
	f.All = x.All
	g := must(Load(&pipeline.Register{}))
	got := map[string][]string{}
	for _, s := range x.All {
		b := g.bind(s, s.Window.To)
		for i := range s.Posts {
			b.onPost(&s.Posts[i])
			if _, of := b.copied(); of != "" {
				got[string(s.Account.ID)] = append(got[string(s.Account.ID)], s.Posts[i].ID)
			}
		}
	}
	if diff := cmp.Diff(map[string][]string{"f": {"b"}, "x": {"a"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPublisher(t *testing.T) {
	known := func(at string) bool {
		return at == "x otra" || at == "bluesky did:plc:abc" || at == "mastodon otra@social.example"
	}
	for address, want := range map[string]string{
		"https://x.com/Otra/status/12":                 "x otra",
		"https://x.com/Otra":                           "x otra",
		"https://x.com/i/web/status/12":                "",
		"https://bsky.app/profile/did:plc:abc/post/3k": "bluesky did:plc:abc",
		"https://social.example/@otra/12":              "mastodon otra@social.example",
		"https://otro.example/@otra/12":                "",
		"https://social.example/@…/12":                 "",
		"https://":                                     "",
		"":                                             "",
		"no address":                                   "",
	} {
		if got := publisher(address, known); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// A day of 25 hours is one day, and a month that has not ended has the days that are over.
func TestDaysOfASpan(t *testing.T) {
	s := around(pipeline.Account{ID: "acc", Opened: pipeline.Date{Year: 2014, Month: 10, Day: 24}}, nil)
	g := must(Load(&pipeline.Register{Institution: pipeline.Institution{TimeZone: "Europe/Madrid"}}))
	for at, want := range map[time.Time]int{
		s.Window.To: 8, // the 26th has 25 hours
		time.Date(2014, 10, 26, 23, 59, 0, 0, madrid): 2,
		time.Date(2014, 10, 27, 0, 0, 0, 0, madrid):   3,
	} {
		b := g.bind(s, at)
		b.onSpan(s.Window)
		if got := len(b.eachDay()); got != want {
			t.Errorf("at %v: %d days, want %d", at, got, want)
		}
	}
}
