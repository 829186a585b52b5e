package collectors

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func newThreads() *fakeGraph {
	return newFakeGraph(append(slices.Clone(threadsInsights), "followers_count"), 0)
}

func threadsAccount(g *fakeGraph, id, name string) {
	n := g.add(id, "IGUser", time.Time{}, map[string]any{"username": name, "name": "Oficina", "threads_biography": "Compte oficial https://office.example",
		"threads_profile_picture_url": "https://scontent.cdninstagram.com/v/1.jpg?oh=1", "is_verified": true})
	n.metrics = map[string]int64{"followers_count": 88}
	n.edges["threads"], n.edges["replies"], n.edges["mentions"] = nil, nil, nil
	g.names["me"] = id
}

func threadsSays(g *fakeGraph, id, on, edge, name string, at time.Time, text string, fields map[string]any) *fakeNode {
	n := g.add(id, "IGMedia", at, fields)
	n.fields["username"], n.fields["text"], n.fields["permalink"] = name, text, "https://www.threads.net/@"+name+"/post/"+id
	if n.fields["media_type"] == nil {
		n.fields["media_type"] = "TEXT_POST"
	}
	if edge == "threads" || edge == "replies" {
		n.metrics = map[string]int64{"views": 100, "likes": 9, "replies": 0, "reposts": 2, "quotes": 1, "shares": 3}
	}
	g.link(on, edge, id)
	return n
}

func threadsTown(t *testing.T) (*fakeGraph, pipeline.Account) {
	t.Helper()
	g := newThreads()
	threadsAccount(g, "60", "office")
	threadsSays(g, "1", "60", "threads", "office", day(11, 18, 9, 0), "Fira! #Fira", map[string]any{"media_type": "IMAGE", "media_url": "https://scontent.cdninstagram.com/v/a.jpg?oh=1", "alt_text": "Cartell", "link_attachment_url": "https://office.example/fira"})
	g.nodes["1"].metrics["replies"] = 2
	g.nodes["1"].edges["conversation"] = nil
	threadsSays(g, "31", "1", "conversation", "veina", day(11, 18, 10, 0), "A quina hora?", map[string]any{"replied_to": map[string]any{"id": "1"}})
	threadsSays(g, "21", "60", "replies", "office", day(11, 18, 10, 30), "A les 18 h.", map[string]any{"root_post": map[string]any{"id": "1"}, "replied_to": map[string]any{"id": "31"}})
	g.link("1", "conversation", "21")
	g.nodes["21"].fields["is_reply_owned_by_me"] = true
	threadsSays(g, "2", "60", "threads", "office", day(11, 19, 9, 0), "", map[string]any{"media_type": "REPOST_FACADE", "reposted_post": map[string]any{"id": "999"}}).metrics = nil
	threadsSays(g, "41", "60", "mentions", "vei", day(11, 19, 12, 0), "@office gràcies", nil)
	return g, pipeline.Account{ID: "a", Platform: pipeline.Threads, Handle: "@Office", Credential: "META", Server: g.start(t)}
}

func TestThreadsReadsItsOwnAccount(t *testing.T) {
	g, a := threadsTown(t)
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
	b := batches["a"]
	if errs["a"] != nil {
		t.Fatal(errs)
	}
	n, none := pipeline.CountOf, pipeline.NoCount
	figures := func(replies int64) pipeline.Figures {
		return pipeline.Figures{Likes: n(9), Replies: n(replies), Reposts: n(6), Views: n(100)}
	}
	want := pipeline.Batch{
		At: visitDay, Gives: threads().gives, Calls: 6, Next: b.Next, Listed: pipeline.Window{From: threadsFirst, To: visitDay},
		Profile: &pipeline.Profile{StableID: "60", Followers: n(88), Handle: "office", DisplayName: "Oficina", Bio: "Compte oficial https://office.example",
			Links: []string{"https://office.example"}, Avatar: "https://cdninstagram.com/v/1.jpg", Verified: true, LastPostAt: day(11, 19, 9, 0)},
		Posts: []pipeline.Post{
			{ID: "2", CreatedAt: day(11, 19, 9, 0), Kind: pipeline.Repost, RepostOf: "999", URL: "https://www.threads.net/@office/post/2",
				Figures: pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none}},
			{ID: "21", CreatedAt: day(11, 18, 10, 30), Kind: pipeline.Reply, InReplyTo: "31", Text: "A les 18 h.", URL: "https://www.threads.net/@office/post/21", Figures: figures(0)},
			{ID: "1", CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Text: "Fira! #Fira", URL: "https://www.threads.net/@office/post/1",
				Links: []string{"https://office.example/fira"}, Hashtags: []string{"Fira"},
				Media: []pipeline.Media{{Kind: "image", URL: "https://cdninstagram.com/v/a.jpg", Alt: "Cartell"}}, Figures: figures(2)},
		},
		Messages: []pipeline.Message{
			{ID: "31", At: day(11, 18, 10, 0), Author: "veina", InReplyTo: "1", Text: "A quina hora?"},
			{ID: "41", At: day(11, 19, 12, 0), Author: "vei", Text: "@office gràcies"},
		},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// Only what is new, and what is due: the list goes down to it.
	later := visitDay.Add(24 * time.Hour)
	threadsSays(g, "3", "60", "threads", "office", later.Add(-time.Hour), "Nou", nil)
	g.asked = nil
	batches, errs = graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: b.Next, Now: later, StableID: "60"})
	if b := batches["a"]; errs["a"] != nil || len(b.Posts) != 1 || b.Posts[0].ID != "3" || b.Calls != 5 || len(b.Messages) > 0 {
		t.Errorf("%v: %+v", errs, b)
	}
	delete(g.nodes, "2")
	batches, _ = graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: b.Next, Now: later, StableID: "60", Due: dues(b.Posts)})
	if b := batches["a"]; len(b.Posts) != 3 || !b.Listed.From.Equal(day(11, 18, 9, 0)) { // the one that is missing lies in what was listed
		t.Errorf("due: %+v, listed %v", b.Posts, b.Listed)
	}
}

func TestThreadsFallsBackToMetricsOneByOne(t *testing.T) {
	g, a := threadsTown(t)
	g.nesting = false
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
	b := batches["a"]
	if errs["a"] != nil || len(b.Gaps) > 0 || b.Posts[2].Figures.Views != pipeline.CountOf(100) || len(b.Messages) != 2 {
		t.Fatalf("%v, gaps %v, %+v", errs, b.Gaps, b.Posts)
	}
	g.asked = nil
	threadsSays(g, "3", "60", "threads", "office", visitDay.Add(time.Hour), "Nou", nil)
	batches, _ = graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: b.Next, Now: visitDay.Add(2 * time.Hour)})
	if b := batches["a"]; b.Calls != 6 || b.Posts[0].Figures.Views != pipeline.CountOf(100) || g.count(func(q fakeQuestion) bool { return strings.Contains(q.query.Get("fields"), "insights") }) > 0 {
		t.Errorf("%d calls: what does not come with the posts is asked for so again", b.Calls)
	}
}

func TestThreadsParts(t *testing.T) {
	g, a := threadsTown(t)
	g.metrics = slices.DeleteFunc(g.metrics, func(m string) bool { return m == "shares" })
	g.fail = func(q fakeQuestion) *graphError {
		if q.path == "/me/mentions" {
			return &graphError{Code: 10, Message: "(#10) Application does not have permission for this action (threads_manage_mentions)"}
		}
		return nil
	}
	batches, errs := graphRun(t, Options{}, pipeline.Request{Account: a})
	b := batches["a"]
	if errs["a"] != nil || len(b.Parked) != 1 || b.Parked[0].Metric != "shares" || len(b.Gaps) != 1 || b.Gaps[0].Part != partMessages {
		t.Fatalf("%v, parked %v, gaps %v", errs, b.Parked, b.Gaps)
	}
	if f := b.Posts[2].Figures; f.Likes != pipeline.CountOf(9) || f.Reposts.State == pipeline.Known {
		t.Errorf("a sum of which a part is not known: %+v", f)
	}
	for _, c := range []struct {
		code int
		want error
	}{{190, errToken}, {4, pipeline.ErrRateLimited}, {17, pipeline.ErrRateLimited}, {10, errPermission}} {
		g.fail = func(fakeQuestion) *graphError { return &graphError{Code: c.code, Message: "Bad token " + graphToken} }
		g.requests = 0
		if _, errs := graphRun(t, Options{}, pipeline.Request{Account: a}); !errors.Is(errs["a"], c.want) || g.requests != 1 {
			t.Errorf("code %d: %v after %d requests", c.code, errs["a"], g.requests)
		}
	}
	g.fail = nil
	a.Handle = "@another"
	if _, errs := graphRun(t, Options{}, pipeline.Request{Account: a}); !errors.Is(errs["a"], pipeline.ErrDenied) {
		t.Errorf("the token of another account: %v", errs["a"])
	}
	if b, errs := graphRun(t, Options{}, pipeline.Request{Account: a, StableID: "60"}); errs["a"] != nil || b["a"].Profile.Handle != "office" {
		t.Errorf("a new name: %v", errs["a"])
	}
}

func TestThreadsReadsLongLists(t *testing.T) {
	g := newThreads()
	threadsAccount(g, "60", "office")
	newest := visitDay.Add(-time.Hour)
	for i := range 230 {
		threadsSays(g, fmt.Sprint(1000+i), "60", "threads", "office", newest.Add(time.Duration(i-229)*24*time.Hour), "hola", nil)
	}
	a := pipeline.Account{ID: "a", Platform: pipeline.Threads, Handle: "office", Credential: "META", Server: g.start(t)}
	since := newest.Add(-150 * 24 * time.Hour)
	b, errs := graphRun(t, Options{}, pipeline.Request{Account: a, Since: since})
	if n := len(b["a"].Posts); errs["a"] != nil || n != 151 || !b["a"].Posts[150].CreatedAt.Equal(since) {
		t.Errorf("%d posts, %v", n, errs)
	}
	g.fail = func(q fakeQuestion) *graphError {
		if q.query.Get("after") == "QVFI200" {
			return &graphError{Code: 2500, Message: "no"}
		}
		return nil
	}
	b, _ = graphRun(t, Options{}, pipeline.Request{Account: a})
	g.fail = nil
	later, _ := graphRun(t, Options{}, pipeline.Request{Account: a, Cursor: b["a"].Next, Now: visitDay.Add(time.Hour)})
	seen := map[string]bool{}
	for _, p := range append(b["a"].Posts, later["a"].Posts...) {
		seen[p.ID] = true
	}
	if len(b["a"].Gaps) != 1 || !b["a"].Listed.IsZero() || len(seen) < 229 || len(later["a"].Gaps) > 0 {
		t.Errorf("%d posts, gaps %v, listed %v", len(seen), b["a"].Gaps, b["a"].Listed)
	}
}

// threadsTowns are many accounts, each with a token of its own.
type threadsTowns struct {
	mu   sync.Mutex
	each []*fakeGraph
	n    int
}

func newThreadsTown(accounts int) fakePlatform {
	t := &threadsTowns{each: make([]*fakeGraph, accounts)}
	for i := range t.each {
		t.each[i] = newThreads()
		threadsAccount(t.each[i], fmt.Sprint(60+i), fmt.Sprint("office", i))
	}
	return t
}

func (t *threadsTowns) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.Threads, Handle: fmt.Sprint("@office", i), Credential: fmt.Sprint(i)}
}

func (t *threadsTowns) publish(each int, newest time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, g := range t.each {
		for k := range each {
			threadsSays(g, fmt.Sprintf("%d%04d", i, t.n+k), fmt.Sprint(60+i), "threads", fmt.Sprint("office", i), newest.Add(-time.Duration(each-1-k)*time.Minute), "hola", nil)
		}
	}
	t.n += each
}

func (t *threadsTowns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := 0 // any other token is the first account's
	_, _ = fmt.Sscanf(r.Header.Get("Authorization"), "Bearer secret-%d", &i)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.each[i].ServeHTTP(w, r)
}
