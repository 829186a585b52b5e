package collectors

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func newInstagram() *fakeGraph {
	g := newFakeGraph(slices.Clone(instagramInsights), graphBatch)
	g.add("me", "User", time.Time{}, nil).edges["accounts"] = []string{"77"}
	g.add("77", "Page", time.Time{}, map[string]any{"instagram_business_account": map[string]any{"id": "1784", "username": "office"}})
	return g
}

func instagramAccount(g *fakeGraph, id, name string) *fakeNode {
	n := g.add(id, "IGUser", time.Time{}, map[string]any{
		"username": name, "name": "Oficina " + name, "biography": "Compte oficial\nNormes: https://office.example/normes", "website": "https://office.example",
		"profile_picture_url": "https://scontent.cdninstagram.com/v/1.jpg?oh=1", "followers_count": 310, "follows_count": 12,
	})
	n.edges["media"], n.edges["tags"] = nil, nil
	g.names[name] = id
	return n
}

func instagramPost(g *fakeGraph, id, user string, at time.Time, fields map[string]any, seen int64) *fakeNode {
	n := g.add(id, "IGMedia", at, fields)
	if n.fields["media_type"] == nil {
		n.fields["media_type"], n.fields["media_url"] = "IMAGE", "https://scontent.cdninstagram.com/v/"+id+".jpg?oh=1"
	}
	n.fields["permalink"] = "https://www.instagram.com/p/" + id
	if seen > 0 {
		n.metrics = map[string]int64{"views": 10 * seen, "reach": 7 * seen, "saved": 2, "shares": 1}
	}
	g.link(user, "media", id)
	return n
}

func instagramSays(g *fakeGraph, id, on, edge, name string, at time.Time, text string) {
	n := g.add(id, "IGComment", at, map[string]any{"text": text, "username": name, "from": map[string]any{"id": "x" + name, "username": name}, "like_count": 1})
	n.edges["replies"] = nil
	g.link(on, edge, id)
	if edge == "replies" {
		n.fields["parent_id"] = on
	}
}

// instagramTown is an account of the token's own with everything on it, and one of others.
func instagramTown(t *testing.T) (*fakeGraph, pipeline.Account) {
	t.Helper()
	g := newInstagram()
	instagramAccount(g, "1784", "office")
	instagramAccount(g, "1999", "museu")
	instagramPost(g, "501", "1784", day(11, 1, 9, 0), map[string]any{"caption": "Sense gent", "comments_count": 0}, 0) // likes are hidden
	instagramPost(g, "502", "1784", day(11, 18, 9, 0), map[string]any{"caption": "Fira! #Fira @museu https://office.example/fira", "like_count": 20, "comments_count": 3, "media_type": "CAROUSEL_ALBUM",
		"children": map[string]any{"data": []map[string]any{
			{"media_type": "IMAGE", "media_url": "https://scontent.cdninstagram.com/v/a.jpg?oh=1", "alt_text": "Cartell"},
			{"media_type": "VIDEO", "media_url": "https://scontent.cdninstagram.com/v/b.mp4?oh=1"}}}}, 10)
	g.nodes["502"].edges["children"] = nil
	instagramSays(g, "61", "502", "comments", "veina", day(11, 18, 10, 0), "A quina hora?")
	instagramSays(g, "62", "61", "replies", "office", day(11, 18, 10, 30), "A les 18 h.")
	instagramSays(g, "63", "61", "replies", "vei", day(11, 18, 11, 0), "Gràcies")
	instagramSays(g, "64", "502", "comments", "office", day(11, 18, 12, 0), "Vos esperem")
	g.add("71", "IGMedia", day(11, 19, 9, 0), map[string]any{"caption": "Amb @office", "username": "veina"})
	g.link("1784", "tags", "71")
	instagramPost(g, "801", "1999", day(11, 10, 9, 0), map[string]any{"caption": "Museu", "like_count": 5, "comments_count": 1}, 0)
	instagramPost(g, "802", "1999", day(11, 19, 9, 0), map[string]any{"caption": "Reel", "comments_count": 2, "view_count": 900, "media_type": "VIDEO", "alt_text": "no"}, 0)
	return g, pipeline.Account{ID: "own", Platform: pipeline.Instagram, Handle: "@Office", Credential: "META", Server: g.start(t)}
}

func foreign(a pipeline.Account) pipeline.Account {
	a.ID, a.Handle = "foreign", "@museu"
	return a
}

func TestInstagramReadsAccounts(t *testing.T) {
	g, a := instagramTown(t)
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a}, pipeline.Request{Account: foreign(a)})
	if errs["own"] != nil || errs["foreign"] != nil {
		t.Fatal(errs)
	}
	n, none := pipeline.CountOf, pipeline.NoCount
	own, other := batches["own"], batches["foreign"]
	profile := pipeline.Profile{StableID: "1784", Followers: n(310), Following: n(12), Posts: n(2), Handle: "office", DisplayName: "Oficina office",
		Bio: "Compte oficial\nNormes: https://office.example/normes", Website: "https://office.example", Links: []string{"https://office.example", "https://office.example/normes"},
		Avatar: "https://cdninstagram.com/v/1.jpg", LastPostAt: day(11, 18, 9, 0)}
	want := pipeline.Batch{
		At: visitDay, Gives: instagram().gives, Calls: 5, Next: own.Next, Profile: &profile,
		Posts: []pipeline.Post{
			{ID: "502_62", CreatedAt: day(11, 18, 10, 30), Kind: pipeline.Reply, InReplyTo: "61", Text: "A les 18 h.",
				Figures: pipeline.Figures{Likes: n(1), Reposts: none, Saves: none, Views: none, Reach: none}},
			{ID: "502", CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Text: "Fira! #Fira @museu https://office.example/fira", URL: "https://www.instagram.com/p/502",
				Links: []string{"https://office.example/fira"}, Hashtags: []string{"Fira"}, Mentions: []string{"museu"},
				Media:   []pipeline.Media{{Kind: "image", URL: "https://cdninstagram.com/v/a.jpg", Alt: "Cartell"}, {Kind: "video", URL: "https://cdninstagram.com/v/b.mp4"}},
				Figures: pipeline.Figures{Likes: n(20), Replies: n(3), Reposts: n(1), Views: n(100), Reach: n(70), Saves: n(2)}},
			{ID: "501", CreatedAt: day(11, 1, 9, 0), Kind: pipeline.Own, Text: "Sense gent", URL: "https://www.instagram.com/p/501",
				Media: []pipeline.Media{{Kind: "image", URL: "https://cdninstagram.com/v/501.jpg"}}, Figures: pipeline.Figures{Replies: n(0)}},
		},
		Messages: []pipeline.Message{
			{ID: "61", At: day(11, 18, 10, 0), Author: "veina", InReplyTo: "502", Text: "A quina hora?"},
			{ID: "63", At: day(11, 18, 11, 0), Author: "vei", InReplyTo: "502", Text: "Gràcies"},
			{ID: "71", At: day(11, 19, 9, 0), Author: "veina", Text: "Amb @office"},
		},
	}
	if d := cmp.Diff(want, own); d != "" {
		t.Errorf("own (-want +got)\n%s", d)
	}
	profile.StableID, profile.Handle, profile.DisplayName, profile.LastPostAt = "1999", "museu", "Oficina museu", day(11, 19, 9, 0)
	want = pipeline.Batch{
		At: visitDay, Next: other.Next, Profile: &profile, Calls: 1, Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Gives: slices.DeleteFunc(instagram().gives, func(f pipeline.Field) bool {
			return slices.Contains([]pipeline.Field{pipeline.FieldAlt, pipeline.FieldReach, pipeline.FieldSaves, pipeline.FieldReposts, pipeline.FieldMessages}, f)
		}),
		Posts: []pipeline.Post{
			{ID: "802", CreatedAt: day(11, 19, 9, 0), Kind: pipeline.Own, Text: "Reel", URL: "https://www.instagram.com/p/802", Media: []pipeline.Media{{Kind: "video"}},
				Figures: pipeline.Figures{Replies: n(2), Views: n(900)}}, // its likes are hidden
			{ID: "801", CreatedAt: day(11, 10, 9, 0), Kind: pipeline.Own, Text: "Museu", URL: "https://www.instagram.com/p/801",
				Media: []pipeline.Media{{Kind: "image", URL: "https://cdninstagram.com/v/801.jpg"}}, Figures: pipeline.Figures{Likes: n(5), Replies: n(1)}},
		},
	}
	if d := cmp.Diff(want, other); d != "" {
		t.Errorf("foreign (-want +got)\n%s", d)
	}
	// The next visit knows through whom to ask, and reads what is new.
	later := visitDay.Add(24 * time.Hour)
	instagramPost(g, "503", "1784", later.Add(-time.Hour), map[string]any{"caption": "Nou", "like_count": 1, "comments_count": 0}, 3)
	instagramPost(g, "803", "1999", later.Add(-time.Hour), map[string]any{"caption": "Nou", "like_count": 1, "comments_count": 0}, 0)
	delete(g.nodes, "501")
	g.nodes["1784"].fields["username"] = "oficina"
	g.asked, g.requests = nil, 0
	batches, errs = graphRun(t, Options{},
		pipeline.Request{Account: a, Cursor: own.Next, Now: later, StableID: "1784", Due: []pipeline.DuePost{{ID: "502_62", CreatedAt: day(11, 18, 10, 30)}, {ID: "502", CreatedAt: day(11, 18, 9, 0)}, {ID: "501", CreatedAt: day(11, 1, 9, 0)}}},
		pipeline.Request{Account: foreign(a), Cursor: other.Next, Now: later, StableID: "1999", Due: []pipeline.DuePost{{ID: "801", CreatedAt: day(11, 10, 9, 0)}}})
	own, other = batches["own"], batches["foreign"]
	if errs["own"] != nil || errs["foreign"] != nil || len(own.Gaps)+len(other.Gaps) > 0 {
		t.Fatal(errs, own.Gaps, other.Gaps)
	}
	ids := func(b pipeline.Batch) (all []string) {
		for _, p := range b.Posts {
			all = append(all, p.ID)
		}
		return all
	}
	if d := cmp.Diff([]string{"503", "502_62", "502"}, ids(own)); d != "" || !slices.Equal(own.Gone, []string{"501"}) || own.Profile.Handle != "oficina" {
		t.Errorf("own (-want +got)\n%s gone %v, profile %+v", d, own.Gone, own.Profile)
	}
	if p := own.Posts[1]; p.Kind != pipeline.Reply || p.InReplyTo != "61" || own.Posts[2].Figures.Reach != n(70) {
		t.Errorf("due: %+v %+v", p, own.Posts[2])
	}
	if d := cmp.Diff([]string{"803", "802", "801"}, ids(other)); d != "" || !other.Listed.From.Equal(day(11, 10, 9, 0)) {
		t.Errorf("foreign (-want +got)\n%s listed %v", d, other.Listed)
	}
	if g.count(func(q fakeQuestion) bool {
		return strings.HasPrefix(q.path, "/me") || strings.HasSuffix(q.path, "/comments")
	}) > 0 || own.Calls+other.Calls != len(g.asked) {
		t.Errorf("%d and %d calls for %d questions: %+v", own.Calls, other.Calls, len(g.asked), g.asked)
	}
}

func TestInstagramFindsItsOwnAccounts(t *testing.T) {
	t.Run("a Page's token", func(t *testing.T) {
		g, a := instagramTown(t)
		delete(g.nodes, "me")
		page := g.add("me", "Page", time.Time{}, map[string]any{"instagram_business_account": map[string]any{"id": "1784", "username": "office"}})
		page.kind = "PageItself" // it has no Pages
		b, errs := graphRun(t, Options{}, pipeline.Request{Account: a}, pipeline.Request{Account: foreign(a)})
		if errs["own"] != nil || errs["foreign"] != nil || !slices.Contains(b["own"].Gives, pipeline.FieldReach) || slices.Contains(b["foreign"].Gives, pipeline.FieldReach) {
			t.Errorf("%v %v", errs, b["own"].Gives)
		}
	})
	t.Run("the account's own token", func(t *testing.T) {
		g, a := instagramTown(t)
		g.names["me"] = "1784"
		delete(g.nodes, "me")
		token := Options{Credential: func(string) (pipeline.Secret, error) { return "IGAAx0123456789ABCDEFabcdefSecretToken", nil }}
		b, errs := graphRun(t, token, pipeline.Request{Account: a})
		if own := b["own"]; errs["own"] != nil || len(own.Gaps) > 0 || len(own.Posts) != 3 || len(own.Messages) != 3 || own.Calls != g.requests {
			t.Errorf("%v, gaps %v, %d posts, %d messages", errs, own.Gaps, len(own.Posts), len(own.Messages))
		}
		if _, errs := graphRun(t, token, pipeline.Request{Account: foreign(a)}); !errors.Is(errs["foreign"], pipeline.ErrDenied) || !strings.Contains(fmt.Sprint(errs["foreign"]), "is of @office") {
			t.Errorf("another's: %v", errs["foreign"])
		}
		b, errs = graphRun(t, token, pipeline.Request{Account: a, Cursor: b["own"].Next, StableID: "1784", Now: visitDay.Add(time.Hour), Due: dues(b["own"].Posts)})
		if own := b["own"]; errs["own"] != nil || len(own.Gaps) > 0 || len(own.Posts) != 3 || len(own.Gone) > 0 {
			t.Errorf("due: %v, gaps %v, %d posts, gone %v", errs, own.Gaps, len(own.Posts), own.Gone)
		}
	})
	t.Run("none", func(t *testing.T) {
		g, a := instagramTown(t)
		delete(g.nodes["77"].fields, "instagram_business_account")
		if _, errs := graphRun(t, Options{}, pipeline.Request{Account: a}); !errors.Is(errs["own"], pipeline.ErrDenied) || !strings.Contains(fmt.Sprint(errs["own"]), "connect a professional account") {
			t.Errorf("%v", errs["own"])
		}
	})
	t.Run("the one asked through is gone", func(t *testing.T) {
		g, a := instagramTown(t)
		first, _ := graphRun(t, Options{}, pipeline.Request{Account: foreign(a)})
		delete(g.nodes, "1784")
		instagramAccount(g, "1785", "premsa")
		g.nodes["77"].fields["instagram_business_account"] = map[string]any{"id": "1785", "username": "premsa"}
		b, errs := graphRun(t, Options{}, pipeline.Request{Account: foreign(a), Cursor: first["foreign"].Next, Now: visitDay.Add(time.Hour)})
		if errs["foreign"] != nil || b["foreign"].Profile == nil {
			t.Errorf("%v", errs["foreign"])
		}
	})
	t.Run("nobody has the name", func(t *testing.T) {
		_, a := instagramTown(t)
		a.Handle = "@nobody"
		if _, errs := graphRun(t, Options{}, pipeline.Request{Account: a}); !errors.Is(errs["own"], pipeline.ErrGone) {
			t.Errorf("%v", errs["own"])
		}
	})
}

func TestInstagramReadsLongLists(t *testing.T) {
	g := newInstagram()
	instagramAccount(g, "1784", "office")
	instagramAccount(g, "1999", "museu")
	newest := visitDay.Add(-time.Hour)
	for i := range 130 {
		at := newest.Add(time.Duration(i-129) * 24 * time.Hour)
		instagramPost(g, fmt.Sprint(2000+i), "1999", at, map[string]any{"like_count": 1, "comments_count": 0}, 0)
		instagramPost(g, fmt.Sprint(4000+i), "1784", at, map[string]any{"like_count": 1, "comments_count": 0}, 1)
	}
	a := pipeline.Account{ID: "own", Platform: pipeline.Instagram, Handle: "@Office", Credential: "META", Server: g.start(t)}
	g.largest = 30
	since := newest.Add(-110 * 24 * time.Hour)
	b, errs := graphRun(t, Options{}, pipeline.Request{Account: a, Since: since}, pipeline.Request{Account: foreign(a), Since: since})
	for _, id := range []pipeline.AccountID{"own", "foreign"} {
		if n := len(b[id].Posts); errs[id] != nil || n != 111 || !b[id].Posts[110].CreatedAt.Equal(since) {
			t.Errorf("%s: %d posts, %v, %v", id, n, errs[id], b[id].Gaps)
		}
	}
	// A list that breaks off goes on at the next visit.
	g.largest = 0
	g.fail = func(q fakeQuestion) *graphError {
		if strings.Contains(q.query.Get("fields"), "media.after(QVFI100)") {
			return &graphError{Code: 2500, Message: "no"}
		}
		return nil
	}
	b, _ = graphRun(t, Options{}, pipeline.Request{Account: a}, pipeline.Request{Account: foreign(a)})
	g.fail = nil
	later, _ := graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: b["own"].Next, Now: visitDay.Add(time.Hour)}, pipeline.Request{Account: foreign(a), Cursor: b["foreign"].Next, Now: visitDay.Add(time.Hour)})
	for _, id := range []pipeline.AccountID{"own", "foreign"} {
		seen := map[string]bool{}
		for _, p := range append(b[id].Posts, later[id].Posts...) {
			seen[p.ID] = true
		}
		if len(b[id].Gaps) == 0 || len(seen) != 130 {
			t.Errorf("%s: %d posts, gaps %v, then %v", id, len(seen), b[id].Gaps, later[id].Gaps)
		}
	}
	if l := b["foreign"].Listed; l.From.Before(newest.Add(-100 * 24 * time.Hour)) {
		t.Errorf("listed %v, which was not read", l)
	}
}

func TestInstagramInsights(t *testing.T) {
	views := func(b pipeline.Batch) (all []string) {
		for _, p := range b.Posts {
			if p.Kind == pipeline.Own {
				all = append(all, p.Figures.Views.String())
			}
		}
		return all
	}
	t.Run("a retired metric", func(t *testing.T) {
		g, a := instagramTown(t)
		g.metrics = []string{"reach", "saved", "shares"}
		b, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
		own := b["own"]
		if errs["own"] != nil || len(own.Gaps) > 0 || len(own.Parked) != 1 || own.Parked[0].Metric != "views" || own.Posts[1].Figures.Reach != pipeline.CountOf(70) || own.Posts[1].Figures.Views.State == pipeline.Known {
			t.Errorf("%v, gaps %v, parked %v, %+v", errs, own.Gaps, own.Parked, own.Posts[1].Figures)
		}
	})
	t.Run("one medium without metrics spoils the list", func(t *testing.T) {
		g, a := instagramTown(t)
		bad := &graphError{Code: 100, Subcode: 2108006, Message: "Invalid parameter"} // from before the account was professional
		g.fail = func(q fakeQuestion) *graphError {
			if strings.Contains(q.query.Get("fields"), "insights") || q.path == "/501/insights" {
				return bad
			}
			return nil
		}
		b, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
		if errs["own"] != nil || len(b["own"].Gaps) > 0 || !slices.Equal(views(b["own"]), []string{"100", "?"}) || !slices.Contains(b["own"].Gives, pipeline.FieldViews) {
			t.Errorf("%v, gaps %v, views %v", errs, b["own"].Gaps, views(b["own"]))
		}
		// So do those that are due.
		b, errs = graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: b["own"].Next, Now: visitDay.Add(48 * time.Hour), Due: dues(b["own"].Posts)})
		if errs["own"] != nil || len(b["own"].Gaps) > 0 || !slices.Equal(views(b["own"]), []string{"100", "?"}) {
			t.Errorf("due: %v, gaps %v, views %v", errs, b["own"].Gaps, views(b["own"]))
		}
	})
	t.Run("not permitted", func(t *testing.T) {
		g, a := instagramTown(t)
		g.fail = func(q fakeQuestion) *graphError {
			if strings.Contains(q.query.Get("fields"), "insights") || strings.HasSuffix(q.path, "/insights") {
				return &graphError{Code: 10, Message: "(#10) Application does not have permission for this action"}
			}
			return nil
		}
		b, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
		own := b["own"]
		if errs["own"] != nil || len(own.Gaps) != 1 || own.Gaps[0].Part != partInsights || len(own.Posts) != 3 || slices.Contains(own.Gives, pipeline.FieldReach) || !slices.Contains(own.Gives, pipeline.FieldMessages) {
			t.Errorf("%v, gaps %v, gives %v", errs, own.Gaps, own.Gives)
		}
		if n := g.count(func(q fakeQuestion) bool { return strings.HasSuffix(q.path, "/insights") }); n != 0 {
			t.Errorf("%d further questions for what is refused", n)
		}
	})
}

func newInstagramTown(accounts int) fakePlatform {
	g := newInstagram()
	instagramAccount(g, "1784", "premsa") // through which all are asked for
	for i := range accounts {
		instagramAccount(g, fmt.Sprint(9000+i), fmt.Sprint("office", i))
	}
	return &graphTown{fakeGraph: g, platform: pipeline.Instagram, n: accounts, put: func(i, k int, at time.Time) {
		user := fmt.Sprint(9000 + i)
		instagramPost(g, fmt.Sprintf("%s%04d", user, k), user, at, map[string]any{"caption": "hola", "like_count": 3, "comments_count": 0}, 0)
	}}
}
