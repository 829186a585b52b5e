package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// facebookPages is a fake of Facebook.
type facebookPages struct{ *fakeGraph }

func newFacebook() facebookPages {
	return facebookPages{newFakeGraph(slices.Clone(facebookInsights), graphBatch)}
}

const pageToken = "EAAPtoken0Of1" + graphSecret

// add makes a Page; managed ones are the token's own.
func (f facebookPages) page(id, name string, managed bool) *fakeNode {
	n := f.add(id, "Page", time.Time{}, map[string]any{
		"username": name, "name": "Oficina " + name, "about": "Cuenta oficial.", "description": "Normas: https://office.example/normas",
		"website": "office.example, https://www.office.example/ca", "emails": []any{"info@office.example"}, "followers_count": 1250, "fan_count": 900,
		"verification_status": "blue_verified", "picture": map[string]any{"data": map[string]any{"url": "https://scontent-mad1.xx.fbcdn.net/v/t1/9.jpg?oh=1"}},
		"cover": map[string]any{"source": "https://scontent-mad2.xx.fbcdn.net/v/t1/8.jpg?oh=2"},
	})
	if managed {
		n.token = pageToken
		n.fields["access_token"] = pageToken
	}
	f.names[strings.ToLower(name)] = id
	return n
}

func (f facebookPages) post(id, page string, at time.Time, fields map[string]any, reactions int64) *fakeNode {
	n := f.add(id, "PagePost", at, fields)
	n.fields["permalink_url"] = "https://www.facebook.com/" + id
	n.token = f.nodes[page].token
	n.metrics = map[string]int64{"total_reactions": reactions, "post_media_view": 10 * reactions, "post_total_media_view_unique": 7 * reactions}
	n.edges["reactions"], n.edges["comments"] = nil, nil
	f.link(page, "published_posts", id)
	return n
}

func (f facebookPages) comment(id, post, from, parent string, at time.Time, text string) {
	fields := map[string]any{"message": text, "like_count": 1, "comment_count": 0, "permalink_url": "https://www.facebook.com/c/" + id}
	if from != "" {
		fields["from"] = map[string]any{"id": from, "name": "Anna Soler"}
	}
	if parent != "" {
		fields["parent"] = map[string]any{"id": parent}
	}
	f.add(id, "Comment", at, fields)
	f.link(post, "comments", id)
}

func (f facebookPages) visitor(id, page, edge, from string, at time.Time, text string) {
	f.add(id, "PagePost", at, map[string]any{"message": text, "from": map[string]any{"id": from}})
	f.link(page, edge, id)
}

// facebookTown is a Page with everything on it, and another.
func facebookTown(t *testing.T) (facebookPages, pipeline.Account) {
	t.Helper()
	f := newFacebook()
	office := f.page("900", "Office", true)
	office.edges["tagged"], office.edges["visitor_posts"] = nil, nil
	f.page("901", "museu", false)
	f.post("900_3", "900", day(8, 1, 9, 0), map[string]any{"parent_id": "777_1",
		"attachments": map[string]any{"data": []map[string]any{{"media_type": "link", "unshimmed_url": "https://www.facebook.com/777/posts/1"}}}}, 2)
	f.post("900_2", "900", day(11, 1, 9, 0), map[string]any{"message": "Corte de la calle Mayor",
		"attachments": map[string]any{"data": []map[string]any{{"media_type": "link", "unshimmed_url": "https://office.example/obras", "media": map[string]any{}}}}}, 3)
	f.post("900_4", "900", day(11, 17, 9, 0), map[string]any{"message": "Gràcies, Anna Soler, i al Museu de la Ciutat!", "shares": map[string]any{"count": 1},
		"message_tags": []map[string]any{{"id": "555", "name": "Anna Soler", "type": "user"}, {"id": "556", "name": " ", "type": "user"}, {"id": "901", "name": "Museu de la Ciutat", "type": "page"}}}, 0)
	photo := func(n string) map[string]any {
		return map[string]any{"media_type": "photo", "media": map[string]any{"image": map[string]any{"src": "https://scontent.xx.fbcdn.net/v/" + n + ".jpg?oh=1"}}}
	}
	f.post("900_1", "900", day(11, 18, 10, 0), map[string]any{"message": "Demà comença: https://office.example/llibre #SetmanaDelLlibre", "shares": map[string]any{"count": 5},
		"attachments": map[string]any{"data": []map[string]any{{"media_type": "album", "media": map[string]any{}, "subattachments": map[string]any{"data": []map[string]any{photo("1"), photo("2")}}}}}}, 11)
	f.comment("1_10", "900_1", "555", "", day(11, 18, 11, 0), "A quina hora?")
	f.comment("1_11", "900_1", "900", "1_10", day(11, 18, 11, 30), "A les 18 h.")
	f.comment("1_12", "900_1", "900", "", day(11, 18, 12, 0), "Programa: https://office.example/programa")
	f.comment("1_13", "900_1", "901", "", day(11, 18, 13, 0), "Allí serem")
	f.visitor("555_1", "900", "tagged", "555", day(11, 19, 9, 0), "Quan obriu?")
	f.comment("1_20", "555_1", "900", "", day(11, 19, 9, 30), "A les 9.")
	f.comment("1_21", "555_1", "556", "", day(11, 19, 9, 40), "Jo també ho vull saber")
	f.visitor("900_50", "900", "visitor_posts", "556", day(11, 19, 10, 0), "Hi ha un fanal trencat")
	return f, pipeline.Account{ID: "page", Platform: pipeline.Facebook, Handle: "@Office", Credential: "META", Server: f.start(t)}
}

func museum(a pipeline.Account) pipeline.Account {
	a.ID, a.Handle = "museu", "@museu"
	return a
}

func TestFacebookReadsAPageOfItsOwn(t *testing.T) {
	f, a := facebookTown(t)
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a}, pipeline.Request{Account: museum(a)})
	b := batches["page"]
	if errs["page"] != nil || errs["museu"] != nil {
		t.Fatal(errs)
	}
	n := pipeline.CountOf
	want := pipeline.Batch{
		At: visitDay, Gives: facebook().gives, Calls: 5, Next: b.Next,
		Profile: &pipeline.Profile{
			StableID: "900", Followers: n(1250), Handle: "office", DisplayName: "Oficina Office",
			Bio: "Cuenta oficial.\nNormas: https://office.example/normas\ninfo@office.example", Website: "https://office.example",
			Links:  []string{"https://office.example", "https://www.office.example/ca", "https://office.example/normas"},
			Avatar: "https://fbcdn.net/v/t1/9.jpg", Header: "https://fbcdn.net/v/t1/8.jpg", Verified: true, LastPostAt: day(11, 18, 10, 0),
		},
		Posts: []pipeline.Post{
			{ID: "1_20", CreatedAt: day(11, 19, 9, 30), Kind: pipeline.Reply, InReplyTo: "555_1", Text: "A les 9.", URL: "https://www.facebook.com/c/1_20",
				Figures: pipeline.Figures{Likes: n(1), Replies: n(0), Reposts: pipeline.NoCount}},
			{ID: "1_11", CreatedAt: day(11, 18, 11, 30), Kind: pipeline.Reply, InReplyTo: "1_10", Text: "A les 18 h.", URL: "https://www.facebook.com/c/1_11",
				Figures: pipeline.Figures{Likes: n(1), Replies: n(0), Reposts: pipeline.NoCount}},
			{ID: "900_1", CreatedAt: day(11, 18, 10, 0), Kind: pipeline.Own, Text: "Demà comença: https://office.example/llibre #SetmanaDelLlibre",
				URL: "https://www.facebook.com/900_1", Links: []string{"https://office.example/llibre"}, Hashtags: []string{"SetmanaDelLlibre"},
				Media:   []pipeline.Media{{Kind: "image", URL: "https://fbcdn.net/v/1.jpg"}, {Kind: "image", URL: "https://fbcdn.net/v/2.jpg"}},
				Figures: pipeline.Figures{Likes: n(11), Replies: n(4), Reposts: n(5), Views: n(110), Reach: n(77)}},
			{ID: "900_4", CreatedAt: day(11, 17, 9, 0), Kind: pipeline.Own, Text: "Gràcies, @…, i al Museu de la Ciutat!", URL: "https://www.facebook.com/900_4",
				Mentions: []string{"museu"}, Figures: pipeline.Figures{Likes: n(0), Replies: n(0), Reposts: n(1), Views: n(0), Reach: n(0)}},
			{ID: "900_2", CreatedAt: day(11, 1, 9, 0), Kind: pipeline.Own, Text: "Corte de la calle Mayor", URL: "https://www.facebook.com/900_2",
				Links: []string{"https://office.example/obras"}, Figures: pipeline.Figures{Likes: n(3), Replies: n(0), Reposts: n(0), Views: n(30), Reach: n(21)}},
			{ID: "900_3", CreatedAt: day(8, 1, 9, 0), Kind: pipeline.Repost, RepostOf: "https://www.facebook.com/777/posts/1", URL: "https://www.facebook.com/900_3",
				Links: []string{"https://www.facebook.com/777/posts/1"}, Figures: pipeline.Figures{Likes: n(2), Replies: n(0), Reposts: n(0), Views: n(20), Reach: n(14)}},
		},
		Messages: []pipeline.Message{
			{ID: "1_10", At: day(11, 18, 11, 0), Author: "555", InReplyTo: "900_1", Text: "A quina hora?"},
			{ID: "1_13", At: day(11, 18, 13, 0), Author: "museu", InReplyTo: "900_1", Text: "Allí serem"},
			{ID: "555_1", At: day(11, 19, 9, 0), Author: "555", Text: "Quan obriu?"},
			{ID: "900_50", At: day(11, 19, 10, 0), Author: "556", Text: "Hi ha un fanal trencat"},
		},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// The other Page is not the token's: nothing of it that only managers see, and no question for it.
	if m := batches["museu"]; slices.Contains(m.Gives, pipeline.FieldReach) || slices.Contains(m.Gives, pipeline.FieldMessages) || !slices.Contains(m.Gives, pipeline.FieldLikes) ||
		len(m.Gaps) > 0 || m.Calls != 1 || m.Profile.Followers != n(1250) {
		t.Errorf("the Page of others: %+v", m)
	}
	if n := f.count(func(q fakeQuestion) bool { return strings.HasPrefix(q.path, "/901/") }); n != 0 {
		t.Errorf("%d questions for what only managers see", n)
	}
}

func TestFacebookReadsOnlyWhatIsNewAndWhatIsDue(t *testing.T) {
	f, a := facebookTown(t)
	first, _ := graphRun(t, Options{}, pipeline.Request{Account: a})
	later := visitDay.Add(24 * time.Hour)
	f.post("900_6", "900", later.Add(-time.Hour), map[string]any{"message": "Nou"}, 4)
	f.nodes["900_2"].metrics["total_reactions"] = 9
	delete(f.nodes, "900_4")
	delete(f.nodes, "1_20")
	f.nodes["900"].fields["username"] = "oficina"
	f.names = map[string]string{"oficina": "900"}
	f.asked, f.requests = nil, 0
	r := pipeline.Request{Account: a, Cursor: first["page"].Next, Now: later, StableID: "900", Due: []pipeline.DuePost{
		{ID: "1_20", CreatedAt: day(11, 19, 9, 30)}, {ID: "1_11", CreatedAt: day(11, 18, 11, 30)}, {ID: "900_4", CreatedAt: day(11, 17, 9, 0)}, {ID: "900_2", CreatedAt: day(11, 1, 9, 0)}}}
	batches, errs := graphRun(t, Options{}, r)
	b := batches["page"]
	if errs["page"] != nil || len(b.Gaps) > 0 {
		t.Fatal(errs, b.Gaps)
	}
	var ids []string
	for _, p := range b.Posts {
		ids = append(ids, p.ID)
	}
	if d := cmp.Diff([]string{"900_6", "1_11", "900_2"}, ids); d != "" {
		t.Errorf("posts (-want +got)\n%s", d)
	}
	slices.Sort(b.Gone)
	if d := cmp.Diff([]string{"1_20", "900_4"}, b.Gone); d != "" {
		t.Errorf("gone (-want +got)\n%s", d)
	}
	if old := b.Posts[2]; old.Figures.Likes != pipeline.CountOf(9) || old.Figures.Views != pipeline.CountOf(30) {
		t.Errorf("figures of the one that is due: %+v", old.Figures)
	}
	if answer := b.Posts[1]; answer.Kind != pipeline.Reply || answer.InReplyTo != "1_10" {
		t.Errorf("the answer that is due: %+v", answer)
	}
	if b.Profile.Handle != "oficina" || b.Profile.StableID != "900" {
		t.Errorf("a Page with another name: %+v", b.Profile)
	}
	if len(b.Messages) != 2 { // those of visitors are looked at again for a week
		t.Errorf("messages %+v", b.Messages)
	}
	if n := f.count(func(q fakeQuestion) bool { return strings.HasSuffix(q.path, "/comments") }); n != 0 {
		t.Errorf("comments were read under %d posts that have no more of them", n)
	}
	if b.Calls != len(f.asked) || f.requests >= b.Calls {
		t.Errorf("%d calls are counted, %d questions came in %d requests", b.Calls, len(f.asked), f.requests)
	}
	// A comment more is read, and only that.
	f.comment("1_31", "900_1", "555", "", later.Add(-time.Hour), "Gràcies")
	r.Due, r.Cursor, f.asked = []pipeline.DuePost{{ID: "900_1", CreatedAt: day(11, 18, 10, 0)}}, b.Next, nil
	r.Now = later.Add(time.Minute)
	batches, _ = graphRun(t, Options{}, r)
	if m := batches["page"].Messages; !slices.ContainsFunc(m, func(m pipeline.Message) bool { return m.ID == "1_31" && m.InReplyTo == "900_1" }) ||
		slices.ContainsFunc(m, func(m pipeline.Message) bool { return m.ID == "1_10" }) {
		t.Errorf("messages %+v", m)
	}
}

func TestFacebookReadsBackToSince(t *testing.T) {
	f := newFacebook()
	f.page("900", "office", false)
	newest := visitDay.Add(-time.Hour)
	for i := range 260 {
		f.post(fmt.Sprintf("900_%d", 1000+i), "900", newest.Add(time.Duration(i-259)*24*time.Hour), map[string]any{"message": "hola"}, 1)
	}
	a := pipeline.Account{ID: "page", Platform: pipeline.Facebook, Handle: "office", Credential: "META", Server: f.start(t)}
	since := newest.Add(-200 * 24 * time.Hour)
	f.largest = 60 // it cannot give the 100 that it promises
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a, Since: since})
	b := batches["page"]
	if errs["page"] != nil || len(b.Posts) != 201 || !b.Posts[200].CreatedAt.Equal(since) || b.Calls != len(f.asked) {
		t.Errorf("%d posts down to %s in %d calls, %v, %v", len(b.Posts), b.Posts[len(b.Posts)-1].CreatedAt, b.Calls, errs, b.Gaps)
	}
	all, _ := graphRun(t, Options{}, pipeline.Request{Account: a})
	if len(all["page"].Posts) != 260 {
		t.Errorf("without since %d posts", len(all["page"].Posts))
	}
	// A failure in the middle keeps what is there; the next visit reads the rest.
	f.fail = func(q fakeQuestion) *graphError {
		if strings.HasSuffix(q.path, "/published_posts") && q.query.Get("after") > "QVFI1" {
			return &graphError{Code: 2500, Message: "no"}
		}
		return nil
	}
	f.largest = 0
	part, _ := graphRun(t, Options{}, pipeline.Request{Account: a})
	f.fail = nil
	p := part["page"]
	rest, _ := graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: p.Next, Now: visitDay.Add(time.Hour)})
	seen := map[string]bool{}
	for _, post := range append(p.Posts, rest["page"].Posts...) {
		seen[post.ID] = true
	}
	if len(p.Gaps) != 1 || len(p.Posts) >= 260 || len(rest["page"].Gaps) > 0 || len(seen) < 259 {
		t.Errorf("%d posts with %v, then %d with %v", len(p.Posts), p.Gaps, len(seen), rest["page"].Gaps)
	}
}

func TestFacebookParksARetiredMetric(t *testing.T) {
	f, a := facebookTown(t)
	f.metrics = []string{"post_total_media_view_unique"} // views are retired
	other := f.page("902", "turisme", true)
	f.post("902_1", "902", day(11, 19, 9, 0), map[string]any{"message": "hola"}, 5)
	other.edges["tagged"], other.edges["visitor_posts"] = nil, nil
	b := a
	b.ID, b.Handle = "turisme", "turisme"
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a}, pipeline.Request{Account: b})
	var parked []pipeline.Parked
	for _, id := range []pipeline.AccountID{"page", "turisme"} {
		got := batches[id]
		parked = append(parked, got.Parked...)
		if errs[id] != nil || len(got.Gaps) > 0 {
			t.Fatal(errs, got.Gaps)
		}
		i := slices.IndexFunc(got.Posts, func(p pipeline.Post) bool { return p.ID == "900_1" || p.ID == "902_1" })
		if p := got.Posts[i]; p.Figures.Views != (pipeline.Count{}) || p.Figures.Reach.State != pipeline.Known || p.Figures.Likes.State != pipeline.Known {
			t.Errorf("figures without the metric: %+v", p.Figures)
		}
	}
	if len(parked) != 1 || parked[0].Metric != "post_media_view" || parked[0].Cause == "" || !parked[0].Since.Equal(visitDay) || parked[0].Platform != pipeline.Facebook {
		t.Errorf("parked: %+v", parked)
	}
	// It costs no further run: it is not asked for again.
	f.asked = nil
	batches, _ = graphRun(t, Options{}, pipeline.Request{Account: a, Parked: parked})
	if f.count(func(q fakeQuestion) bool { return strings.Contains(q.query.Get("fields"), "post_media_view") }) > 0 || len(batches["page"].Parked) > 0 {
		t.Error("the metric is asked for again")
	}
	// With all of them retired the rest is still read.
	f.metrics = nil
	batches, errs = graphRun(t, Options{}, pipeline.Request{Account: a})
	if p := batches["page"]; errs["page"] != nil || len(p.Gaps) > 0 || len(p.Parked) != 2 || slices.Contains(p.Gives, pipeline.FieldViews) {
		t.Errorf("without metrics: %v %v %v", errs, p.Gaps, p.Parked)
	}
}

func TestFacebookKeepsFaultsApart(t *testing.T) {
	f := newFacebook()
	var requests []pipeline.Request
	server := f.start(t)
	for i := range 50 {
		id := fmt.Sprint(900 + i)
		p := f.page(id, fmt.Sprint("office", i), true)
		p.edges["tagged"], p.edges["visitor_posts"] = nil, nil
		f.post(id+"_1", id, day(11, 19, 9, 0), map[string]any{"message": "hola"}, 1)
		requests = append(requests, pipeline.Request{Account: pipeline.Account{ID: pipeline.AccountID(id), Platform: pipeline.Facebook, Handle: fmt.Sprint("office", i), Credential: "META", Server: server}})
	}
	lost := map[string]int{}
	f.lose = func(q fakeQuestion) bool { // there is no time for one, twice
		lost[q.path]++
		return q.path == "/office8" && lost[q.path] <= 2
	}
	f.fail = func(q fakeQuestion) *graphError {
		switch q.path {
		case "/office3":
			return &graphError{Code: 10, Message: "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature"}
		case "/office4":
			return &graphError{Code: 803, Message: "(#803) Some of the aliases you requested do not exist: office4"}
		case "/office5":
			return &graphError{Code: 80001, Message: "(#80001) There have been too many calls to this Page account"}
		case "/906/tagged":
			return &graphError{Code: 200, Message: "(#200) Requires pages_read_user_content permission"}
		case "/907/visitor_posts":
			return &graphError{Code: 2, Message: "Service temporarily unavailable"}
		}
		if q.path == "/" && q.query.Get("ids") == "909_1" && strings.Contains(q.query.Get("fields"), "insights") {
			return &graphError{Code: 200, Message: "(#200) Requires read_insights permission"}
		}
		return nil
	}
	batches, errs := graphRun(t, Options{}, requests...)
	for _, r := range requests {
		id := r.Account.ID
		b, err := batches[id], errs[id]
		gap := func(part string) bool {
			return len(b.Gaps) == 1 && b.Gaps[0].Part == part && err == nil && len(b.Posts) == 1 && b.Next != ""
		}
		var ok bool
		switch id {
		case "903":
			ok = errors.Is(err, pipeline.ErrDenied) && errors.Is(err, errPermission)
		case "904":
			ok = errors.Is(err, pipeline.ErrGone)
		case "905":
			ok = errors.Is(err, pipeline.ErrRateLimited)
		case "906", "907":
			ok = gap(partMessages) && !slices.Contains(b.Gives, pipeline.FieldMessages) && slices.Contains(b.Gives, pipeline.FieldReach)
		case "909":
			ok = gap(partInsights) && !slices.Contains(b.Gives, pipeline.FieldReach) && slices.Contains(b.Gives, pipeline.FieldMessages)
		default:
			ok = err == nil && len(b.Gaps) == 0 && len(b.Posts) == 1 && b.Posts[0].Figures.Reach == pipeline.CountOf(7)
		}
		if !ok {
			t.Errorf("account %s: %v, gaps %v, gives %v", id, err, b.Gaps, b.Gives)
		}
	}
	// What a token may not read is not asked for again every day, but after a week.
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{24 * time.Hour, 0}, {8 * 24 * time.Hour, 1}} {
		f.asked = nil
		again, _ := graphRun(t, Options{}, pipeline.Request{Account: requests[6].Account, Cursor: batches["906"].Next, Now: visitDay.Add(c.after)})
		if n := f.count(func(q fakeQuestion) bool { return q.path == "/906/tagged" }); n != c.want || slices.Contains(again["906"].Gives, pipeline.FieldMessages) {
			t.Errorf("after %s the messages are asked for %d times, want %d", c.after, n, c.want)
		}
	}
}

func TestFacebookStopsWhereTheTokenDoes(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		path string // of the question that is refused; "batch" is all of them
		want error
	}{
		{"the app's limit, in a batch", 4, "/office0", pipeline.ErrRateLimited},
		{"the app's limit, as a whole", 4, "batch", pipeline.ErrRateLimited},
		{"the token, in a batch", 190, "/office0", errToken},
		{"the token, as a whole", 190, "batch", errToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFacebook()
			server := f.start(t)
			var requests []pipeline.Request
			for i := range 120 { // three batches
				f.page(fmt.Sprint(900+i), fmt.Sprint("office", i), false)
				requests = append(requests, pipeline.Request{Account: pipeline.Account{ID: pipeline.AccountID(fmt.Sprint(i)), Platform: pipeline.Facebook, Handle: fmt.Sprint("office", i), Credential: "META", Server: server}})
			}
			f.fail = func(q fakeQuestion) *graphError {
				if q.path == c.path {
					return &graphError{Code: c.code, Message: "Malformed access token " + graphToken}
				}
				return nil
			}
			_, errs := graphRun(t, Options{}, requests...)
			if !errors.Is(errs["0"], c.want) || !errors.Is(errs["119"], c.want) || f.requests != 1 {
				t.Errorf("the first %v, the last %v, after %d requests", errs["0"], errs["119"], f.requests)
			}
		})
	}
}

// TestFacebookWaitsBeforeTheLimit runs on a clock of its own.
func TestFacebookWaitsBeforeTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFacebook()
		f.app = `{"call_count":90,"total_time":10,"total_cputime":10}`
		var requests []pipeline.Request
		for i := range 150 {
			f.page(fmt.Sprint(900+i), fmt.Sprint("office", i), false)
			requests = append(requests, pipeline.Request{Account: pipeline.Account{ID: pipeline.AccountID(fmt.Sprint(i)), Platform: pipeline.Facebook, Handle: fmt.Sprint("office", i), Credential: "META"}})
		}
		begun := time.Now()
		_, errs := graphRun(t, Options{Transport: inMemory(f)}, requests...)
		if took := time.Since(begun); took < 70*time.Second || took > 90*time.Second || errs["149"] != nil {
			t.Errorf("three requests at 90 %% took %s, %v: want 36 s between them", took, errs["149"])
		}
	})
}

func TestFacebookKeepsToTheBudget(t *testing.T) {
	f := newFacebook()
	server := f.start(t)
	var requests []pipeline.Request
	meter := pipeline.NewMeter(pipeline.Facebook, pipeline.Budget{Calls: 70}, pipeline.Use{}, visitDay)
	for i := range 100 {
		f.page(fmt.Sprint(900+i), fmt.Sprint("office", i), false)
		requests = append(requests, pipeline.Request{Meter: meter, Account: pipeline.Account{ID: pipeline.AccountID(fmt.Sprint(i)), Platform: pipeline.Facebook, Handle: fmt.Sprint("office", i), Credential: "META", Server: server}})
	}
	_, errs := graphRun(t, Options{}, requests...)
	if errs["49"] != nil || !errors.Is(errs["50"], pipeline.ErrBudget) || f.requests != 1 {
		t.Errorf("the 50th %v, the 51st %v, %d requests; each question of a batch counts", errs["49"], errs["50"], f.requests)
	}
}

func TestFacebookSmallPagesHaveNoInsights(t *testing.T) {
	f, a := facebookTown(t)
	for _, n := range f.nodes {
		delete(n.metrics, "post_media_view")
		delete(n.metrics, "post_total_media_view_unique")
	}
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
	b := batches["page"]
	if errs["page"] != nil || len(b.Gaps) > 0 || len(b.Parked) > 0 {
		t.Fatal(errs, b.Gaps, b.Parked)
	}
	for _, p := range b.Posts {
		if p.Kind == pipeline.Own && (p.Figures.Views != pipeline.Count{} || p.Figures.Reach != pipeline.Count{}) {
			t.Errorf("%s: %+v, want unknown", p.ID, p.Figures)
		}
	}
}

func TestFacebookRefusesBadHandles(t *testing.T) {
	f, a := facebookTown(t)
	for _, handle := range []string{"", "a/b", "a,b", "x{id}", "a b"} {
		a.Handle = handle
		_, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
		if errs["page"] == nil || f.requests > 0 {
			t.Errorf("%q is asked for: %v", handle, errs["page"])
		}
	}
	a.Handle, a.Credential = "office", ""
	if _, errs := graphRun(t, Options{}, pipeline.Request{Account: a}); !errors.Is(errs["page"], pipeline.ErrDenied) || !strings.Contains(fmt.Sprint(errs["page"]), "PRESENCIA_TOKEN_NAME") {
		t.Errorf("without a token: %v", errs["page"])
	}
}

func TestFacebookCursorsHoldNoToken(t *testing.T) {
	_, a := facebookTown(t)
	batches, _ := graphRun(t, Options{}, pipeline.Request{Account: a})
	var c map[string]any
	if err := json.Unmarshal([]byte(batches["page"].Next), &c); err != nil || c["of"] == "" || strings.Contains(string(batches["page"].Next), "EAA") {
		t.Errorf("%s, %v", batches["page"].Next, err)
	}
}

// graphTown is a platform of many accounts, for the floor and for faults.
type graphTown struct {
	*fakeGraph
	platform pipeline.Platform
	n        int
	put      func(i, k int, at time.Time)
	posts    int // of each
}

func (g *graphTown) account(i int) pipeline.Account {
	a := pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: g.platform, Handle: fmt.Sprint("@office", i), Credential: "TOWN"}
	if g.platform == pipeline.Threads { // a token of its own for each
		a.Credential = fmt.Sprint("T", i)
	}
	return a
}

func (g *graphTown) publish(each int, newest time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.n {
		for k := range each {
			g.put(i, g.posts+k, newest.Add(-time.Duration(each-1-k)*time.Minute))
		}
	}
	g.posts += each
}

func (g *graphTown) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.fakeGraph.ServeHTTP(w, r) }

func newFacebookTown(accounts int) fakePlatform {
	f := newFacebook()
	for i := range accounts {
		f.page(fmt.Sprint(9000+i), fmt.Sprint("office", i), false)
	}
	return &graphTown{fakeGraph: f.fakeGraph, platform: pipeline.Facebook, n: accounts, put: func(i, k int, at time.Time) {
		page := fmt.Sprint(9000 + i)
		f.post(fmt.Sprintf("%s_%d", page, k), page, at, map[string]any{"message": "hola", "attachments": map[string]any{"data": []map[string]any{}}}, 3)
	}}
}

func TestFacebookAsksForManyDuePostsTogether(t *testing.T) {
	f := newFacebook()
	server := f.start(t)
	var requests []pipeline.Request
	for i := range 100 {
		page := fmt.Sprint(9000 + i)
		f.page(page, fmt.Sprint("office", i), false)
		r := pipeline.Request{Account: pipeline.Account{ID: pipeline.AccountID(page), Platform: pipeline.Facebook, Handle: fmt.Sprint("office", i), Credential: "META", Server: server},
			Cursor: pipeline.Cursor(fmt.Sprintf(`{"of":"office%d %s","at":"2026-11-19T12:00:00Z"}`, i, strings.TrimSuffix(strings.TrimPrefix(server, "http://"), "/v0.0")))}
		for k := range 10 {
			id := fmt.Sprintf("%s_%d", page, k)
			f.post(id, page, day(10, 20, 9, k), map[string]any{"message": "hola"}, int64(k))
			r.Due = append(r.Due, pipeline.DuePost{ID: id, CreatedAt: day(10, 20, 9, k)})
		}
		requests = append(requests, r)
	}
	delete(f.nodes, "9042_7")
	batches, errs := graphRun(t, Options{}, requests...)
	for id, b := range batches {
		want, gone := 10, 0
		if id == "9042" {
			want, gone = 9, 1
		}
		if errs[id] != nil || len(b.Posts) != want || len(b.Gone) != gone || len(b.Gaps) > 0 {
			t.Errorf("%s: %v, %d posts, gone %v, gaps %v", id, errs[id], len(b.Posts), b.Gone, b.Gaps)
		}
	}
	// Two for the Pages, one for their 1,000 posts, one for those that were asked for together with the one that is gone.
	if f.requests != 4 {
		t.Errorf("%d requests, want 4", f.requests)
	}
}

func TestFacebookLeavesAPageAloneWhoseLimitIsUsedUp(t *testing.T) {
	f := newFacebook()
	f.fakeGraph.page = `{"900":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]}` // with the answers in batches
	f.page("900", "office", false)
	f.page("901", "museu", false)
	for i := range 60 {
		f.post(fmt.Sprintf("900_%d", i), "900", visitDay.Add(time.Duration(i-100)*time.Hour), nil, 1)
	}
	a := pipeline.Account{ID: "page", Platform: pipeline.Facebook, Handle: "office", Credential: "META", Server: f.start(t)}
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a}, pipeline.Request{Account: museum(a)})
	if b := batches["page"]; errs["page"] != nil || f.requests != 1 || len(b.Posts) != 25 || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, pipeline.ErrRateLimited) {
		t.Errorf("%v, %d requests, %d posts, gaps %v", errs, f.requests, len(b.Posts), b.Gaps)
	}
}
