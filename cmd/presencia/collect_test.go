package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// home is an institution on this machine: a register, a store, and the time that it is.
type home struct {
	dir string
	now time.Time
	env map[string]string
}

func newHome(t *testing.T, register string) *home {
	t.Helper()
	h := &home{dir: t.TempDir(), now: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), env: map[string]string{"PRESENCIA_LIBCHDB": engine(t)}}
	h.write(t, register)
	return h
}

func (h *home) write(t *testing.T, register string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "institution.yaml"), []byte(register), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (h *home) run(t *testing.T, args ...string) (int, string) {
	t.Helper()
	out := &bytes.Buffer{}
	p := &program{stdout: out, stderr: out, now: func() time.Time { return h.now }, env: func(name string) (string, bool) { v, ok := h.env[name]; return v, ok }}
	flags := []string{"--register", filepath.Join(h.dir, "institution.yaml"), "--store", "chdb:" + filepath.Join(h.dir, "data"), "--log", "none"}
	code := p.run(t.Context(), append(flags, args...))
	return code, out.String()
}

// TestCollectTellsWhatHappenedToAnAccount: an account of a real HTTP server gets another handle and image, goes and comes
// back; collecting tells it once, and the doctor as long as the register does not know.
func TestCollectTellsWhatHappenedToAnAccount(t *testing.T) {
	var acct, avatar atomic.Value
	acct.Store("office")
	avatar.Store("a.png")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		name := acct.Load().(string)
		switch {
		case name == "":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/api/v1/accounts/lookup" && r.URL.Query().Get("acct") == name, r.URL.Path == "/api/v1/accounts/77":
			fmt.Fprintf(w, `{"id":"77","username":%q,"acct":%q,"display_name":"Office","avatar":"https://media.example/%s","followers_count":5,"statuses_count":0,"created_at":"2020-01-01T00:00:00.000Z","fields":[]}`,
				name, name, avatar.Load())
		case strings.HasSuffix(r.URL.Path, "/statuses"):
			fmt.Fprint(w, `[]`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	text := "institution: {name: Town, time_zone: Europe/Madrid, languages: [es]}\ndepartments:\n  - {id: press, name: Press, group: other}\naccounts:\n" +
		"  - {id: main, department: press, platform: mastodon, handle: \"@office\", server: \"" + server.URL + "\", allow_http: true}\n"
	h := newHome(t, text)
	step := func(want int, says ...string) {
		t.Helper()
		h.now = h.now.Add(24 * time.Hour)
		code, out := h.run(t, "collect", "--no-web")
		if code != want {
			t.Errorf("exit code %d, want %d:\n%s", code, want, out)
		}
		for _, s := range says {
			if !strings.Contains(out, s) {
				t.Errorf("%q is not said:\n%s", s, out)
			}
		}
		if len(says) == 0 && strings.Contains(out, "changed:") { // a handle that the register has changed is no change
			t.Errorf("nothing has changed:\n%s", out)
		}
	}
	doctor := func(want string) {
		t.Helper()
		if _, out := h.run(t, "doctor"); !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	step(exitOK)
	acct.Store("townhall")
	avatar.Store("b.png")
	step(exitOK, "changed: main (mastodon): ", "is called ", "townhall", "another image: https://media.example/b.png")
	doctor("FAULT   account main: @office is called ")
	acct.Store("")
	step(exitAllFailed, "changed: main (mastodon): it does not exist any more", "not read: main")
	acct.Store("townhall")
	h.write(t, strings.Replace(text, `"@office"`, `"@townhall"`, 1))
	step(exitOK)
	doctor(`advice  account main: write stable_id: "77" beside it in the register`)
}

func TestDoctorOfIdentities(t *testing.T) {
	day := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	a := pipeline.Account{ID: "a", Platform: pipeline.Mastodon, Handle: "@office@social.example"}
	seen := pipeline.Identity{Asked: a.Asked(), StableID: "77", Handle: "office"}
	renamed := []change{{Account: "a", At: day, Before: "office", After: "townhall"}}
	for _, c := range []struct {
		name    string
		account func(*pipeline.Account)
		seen    func(*pipeline.Identity)
		renamed []change
		want    string
	}{
		{"no stable id", nil, nil, nil, `advice write stable_id: "77" beside it`},
		{"with it", func(a *pipeline.Account) { a.StableID = "77" }, nil, nil, ""},
		{"another", func(a *pipeline.Account) { a.StableID = "78" }, nil, nil, "its stable_id is 78 in the register and 77 on mastodon"},
		{"none anywhere", nil, func(i *pipeline.Identity) { i.StableID = "" }, nil, ""},
		{"renamed", nil, nil, renamed, "@office@social.example is called townhall since 2026-11-16"},
		{"renamed, and the register knows", func(a *pipeline.Account) { a.Handle, a.StableID = "@townhall@social.example", "77" }, func(i *pipeline.Identity) { i.Asked = "townhall@social.example" }, renamed, ""},
		{"the register has just been corrected", func(a *pipeline.Account) { a.Handle = "@townhall@social.example" }, nil, renamed, ""},
		{"gone", nil, func(i *pipeline.Identity) { i.Gone = true }, nil, "does not exist on mastodon any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, seen := a, seen
			if c.account != nil {
				c.account(&a)
			}
			if c.seen != nil {
				c.seen(&seen)
			}
			var got string
			for _, d := range identities(&pipeline.Register{Accounts: []pipeline.Account{a, {ID: "never read"}}}, map[pipeline.AccountID]pipeline.Identity{"a": seen}, c.renamed) {
				got += d.fault
				if d.advice != "" {
					got += "advice " + d.advice
				}
			}
			if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestCollectStopsAtTheBudget: the third request of a month that allows two is not sent.
func TestCollectStopsAtTheBudget(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>T</title><link>http://%s/</link></channel></rss>`, r.Host)
	}))
	defer server.Close()
	text := "institution: {name: Town, time_zone: Europe/Madrid, languages: [es]}\ndepartments:\n  - {id: press, name: Press, group: other}\naccounts:\n"
	for _, id := range []string{"a", "b", "c"} {
		text += "  - {id: " + id + ", department: press, platform: feed, handle: " + id + ", server: \"" + server.URL + "/" + id + "\", allow_http: true}\n"
	}
	h := newHome(t, text+"collection: {platforms: {feed: {budget: {calls: 2}}}}\n")
	code, out := h.run(t, "collect", "--no-web")
	if code != exitSomeFailed || asked.Load() != 2 || !strings.Contains(out, "(feed): the budget is used up\n") ||
		!strings.Contains(out, "budget: feed: the budget for reading is used up: 2 of 2 calls to feed in 2026-11; collection goes on in 2026-12, or raise collection.platforms.feed.budget.calls") {
		t.Errorf("exit code %d, %d requests:\n%s", code, asked.Load(), out)
	}
	h.now = h.now.Add(time.Hour)
	if code, out := h.run(t, "collect", "--no-web"); code != exitAllFailed || asked.Load() != 2 || strings.Count(out, "budget: feed:") != 1 {
		t.Errorf("again: exit code %d, %d requests:\n%s", code, asked.Load(), out)
	}
	if _, out := h.run(t, "doctor"); !strings.Contains(out, "FAULT   use of feed: in 2026-11 2 of 2 calls used, 4 by its end at this pace; at this pace the budget is used up and reading stops until 2026-12-01") {
		t.Errorf("the doctor:\n%s", out)
	}
}

func TestTell(t *testing.T) {
	out := &bytes.Buffer{}
	r := &pipeline.Register{Accounts: []pipeline.Account{{ID: "a", Handle: "@a", Platform: pipeline.X}},
		Collection: pipeline.Collection{Platforms: map[pipeline.Platform]pipeline.Reading{pipeline.X: {Budget: pipeline.Budget{EurosPerDollar: 0.5}}}}}
	s := &site{program: &program{stdout: out, stderr: out}, register: r, zone: time.UTC}
	since := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	parked := []pipeline.Parked{{Platform: pipeline.X, Metric: "views", Since: since, Cause: "deprecated"}}
	err := s.tell([]pipeline.Outcome{
		{Account: "a", Platform: pipeline.X, Posts: 3, Calls: 2, Cost: 1, Parked: parked},
		{Account: "b", Platform: pipeline.X, Posts: 1, Calls: 1, Cost: 0.5, Parked: parked},
		{Account: "a", Platform: pipeline.X, Calls: 1, Err: pipeline.ErrTaken, Changes: []pipeline.Change{{Kind: pipeline.Taken, Before: "1", After: "2"}}},
	})
	if err == nil {
		t.Error("a handle that somebody else has is no success")
	}
	want := `set aside: the metric views of x since 2026-11-02, it is refused (deprecated); it stays unknown and is asked for again in 30 days
changed: a (x): the handle @a was of the account 1 and is of 2 now
not read: a (x): the handle belongs to another account now
2 of 3 accounts read: 4 posts and 0 messages seen, 4 requests, 0.75 euros.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestBudgetsForecast(t *testing.T) {
	r := &pipeline.Register{Collection: pipeline.Collection{Platforms: map[pipeline.Platform]pipeline.Reading{
		pipeline.X:       {Budget: pipeline.Budget{Calls: 5000, Euros: 40, EurosPerDollar: 0.5}},
		pipeline.YouTube: {Budget: pipeline.Budget{Calls: 100}},
	}}}
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name string
		at   time.Time
		used map[pipeline.Platform]pipeline.Use
		want []string
	}{
		{"nothing used", at(16), nil, []string{
			"use of x: in 2026-11 0 of 5000 calls used, 0 by its end at this pace; 0.00 of 40.00 euros used, 0.00 by its end at this pace",
			"use of youtube: in 2026-11 0 of 100 calls used, 0 by its end at this pace",
		}},
		{"within, and one without a budget", at(16), map[pipeline.Platform]pipeline.Use{pipeline.X: {Calls: 1000, Dollars: 30}, pipeline.Mastodon: {Calls: 700}, pipeline.YouTube: {Calls: 50}}, []string{
			"use of mastodon: in 2026-11 700 calls used, 1400 by its end at this pace",
			"use of x: in 2026-11 1000 of 5000 calls used, 2000 by its end at this pace; 15.00 of 40.00 euros used, 30.00 by its end at this pace",
			"use of youtube: in 2026-11 50 of 100 calls used, 100 by its end at this pace",
		}},
		{"beyond in euros", at(16), map[pipeline.Platform]pipeline.Use{pipeline.X: {Calls: 1000, Dollars: 60}, pipeline.YouTube: {}}, []string{
			"FAULT use of x: in 2026-11 1000 of 5000 calls used, 2000 by its end at this pace; 30.00 of 40.00 euros used, 60.00 by its end at this pace; at this pace the budget is used up on 2026-11-21 and reading stops until 2026-12-01: read less often (collection.platforms.x.revisit, serve --every), or raise collection.platforms.x.budget",
			"use of youtube: in 2026-11 0 of 100 calls used, 0 by its end at this pace",
		}},
		{"too early", at(1).Add(time.Hour), map[pipeline.Platform]pipeline.Use{pipeline.YouTube: {Calls: 90}}, []string{
			"use of x: in 2026-11 0 of 5000 calls used, too early for a forecast; 0.00 of 40.00 euros used, too early for a forecast",
			"use of youtube: in 2026-11 90 of 100 calls used, too early for a forecast",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range budgets(r, c.used, c.at) {
				if d.fault != "" {
					got = append(got, "FAULT "+d.subject+": "+d.fault)
				} else {
					got = append(got, d.subject+": "+d.state)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDoctorWarnsOfCredentialsThatEnd(t *testing.T) {
	now := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	env := map[string]string{
		"PRESENCIA_TOKEN_BARE": "abc", "PRESENCIA_TOKEN_SOON": `{"access_token":"very-secret","expires":"2026-11-20T00:00:00Z"}`, "PRESENCIA_TOKEN_ENDED": `{"access_token":"very-secret","expires":"2026-11-10T00:00:00Z"}`,
		"PRESENCIA_TOKEN_LONG": `{"access_token":"very-secret","expires":"2027-11-10T00:00:00Z"}`, "PRESENCIA_TOKEN_RENEWED": `{"access_token":"very-secret","refresh_token":"very-secret","expires":"2026-11-17T00:00:00Z"}`,
		"PRESENCIA_TOKEN_BROKEN": `{"access_token": very-secret`,
	}
	p := &program{now: func() time.Time { return now }, env: func(n string) (string, bool) { v, ok := env[n]; return v, ok }}
	r := &pipeline.Register{}
	for _, name := range []string{"BARE", "SOON", "ENDED", "LONG", "RENEWED", "BROKEN", "MISSING"} {
		r.Accounts = append(r.Accounts, pipeline.Account{Credential: name})
	}
	var got strings.Builder
	for _, d := range p.credentials(r) {
		fmt.Fprintf(&got, "%s: %s%s\n", d.subject, d.state, map[bool]string{true: "; FAULT " + d.fault}[d.fault != ""])
	}
	for _, want := range []string{
		"credential BARE: set\n", "FAULT its token ended on 2026-11-10: make a new one at the network and put it in PRESENCIA_TOKEN_ENDED", "credential LONG: set, ends on 2027-11-10\n",
		"FAULT its token ends on 2026-11-20, in 4 days", "credential RENEWED: set, ends on 2026-11-17 and is renewed before", "credential BROKEN: set; FAULT its content begins like JSON", "credential MISSING: set; FAULT the credential MISSING is not set",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%q is not said", want)
		}
	}
	if strings.Contains(got.String(), "very-secret") {
		t.Error("a secret is told")
	}
	if t.Failed() {
		t.Log(got.String())
	}
}

func TestAnAccountNamedTwiceIsReadOnce(t *testing.T) {
	s := &site{register: &pipeline.Register{Accounts: []pipeline.Account{{ID: "a"}, {ID: "b"}}}}
	chosen, err := s.choose([]string{"b", "a", "b"})
	if err != nil || len(chosen) != 2 || chosen[0].ID != "b" || chosen[1].ID != "a" {
		t.Errorf("%v, %v", chosen, err)
	}
}
