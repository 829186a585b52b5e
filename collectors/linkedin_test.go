package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// linkedinTown is LinkedIn's REST API for pages that the token's member administers.
type linkedinTown struct {
	mu       sync.Mutex
	pages    map[string]*linkedinFirm // by number
	status   map[string]int           // refusals by endpoint
	code     string                   // that they tell
	sunset   string                   // versions up to this one are not served
	lifetime int                      // requests until the day's limit; 0: none
	asked    []string                 // endpoints
	renewed  url.Values
}

type linkedinFirm struct {
	id, name string
	posts    []record // oldest first
	figures  map[string]record
	comments map[string][]record // by what they are under
}

func newLinkedInTown(accounts int) fakePlatform { return linkedinTownOf(accounts) }

func linkedinTownOf(accounts int) *linkedinTown {
	f := &linkedinTown{pages: map[string]*linkedinFirm{}, status: map[string]int{}, sunset: "202509"}
	for i := range accounts {
		p := &linkedinFirm{id: strconv.Itoa(1000 + i), name: fmt.Sprint("office", i), figures: map[string]record{}, comments: map[string][]record{}}
		f.pages[p.id] = p
	}
	return f
}

func (f *linkedinTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.LinkedIn, Handle: fmt.Sprint("office", i), StableID: strconv.Itoa(1000 + i), Credential: "LINKEDIN"}
}

func (f *linkedinTown) publish(each int, newest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.pages {
		for k := range each {
			p.post(newest.Add(-time.Duration(each-1-k)*time.Minute), "hola")
		}
	}
}

func (p *linkedinFirm) post(at time.Time, text string) record {
	urn := fmt.Sprintf("urn:li:share:%s%06d", p.id, len(p.posts)+1)
	n := record{"id": urn, "author": "urn:li:organization:" + p.id, "commentary": text, "createdAt": at.UnixMilli(), "publishedAt": at.UnixMilli(), "lastModifiedAt": at.UnixMilli(),
		"lifecycleState": "PUBLISHED", "visibility": "PUBLIC", "lifecycleStateInfo": record{"isEditedByAuthor": false}}
	p.posts = append(p.posts, n)
	p.figures[urn] = record{"impressionCount": 300, "uniqueImpressionsCount": 200, "likeCount": 5, "commentCount": 0, "shareCount": 1, "clickCount": 9, "engagement": 0.1}
	return n
}

func (p *linkedinFirm) comment(post, under, by, text string, at time.Time) string {
	urn := fmt.Sprintf("urn:li:comment:(%s,%d)", post, len(p.comments[under])+100*len(p.comments)+1)
	p.comments[under] = append(p.comments[under], record{"id": "1", "commentUrn": urn, "actor": by, "object": post, "created": record{"actor": by, "time": at.UnixMilli()}, "message": record{"text": text, "attributes": []any{}},
		"likesSummary": record{"totalLikes": 4}})
	if under == post {
		p.figures[post]["commentCount"] = p.figures[post]["commentCount"].(int) + 1
	} else {
		for _, c := range p.comments[post] {
			if c["commentUrn"] == under {
				c["commentsSummary"] = record{"totalFirstLevelComments": 1, "aggregatedTotalComments": 1}
			}
		}
	}
	return urn
}

var restliItems = regexp.MustCompile(`^List\((.*)\)$`)

func (f *linkedinTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	refuse := func(status int, code string) {
		answer(status, record{"status": status, "serviceErrorCode": 100, "code": code, "message": "of " + r.Header.Get("Authorization")})
	}
	if r.URL.Path == "/oauth/v2/accessToken" {
		_ = r.ParseForm()
		f.renewed = r.PostForm
		answer(200, record{"access_token": "secret-new-token", "expires_in": 5184000, "refresh_token": "secret-refresh-2", "refresh_token_expires_in": 525600})
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/rest/"), "/")
	for i := range parts {
		parts[i], _ = url.PathUnescape(parts[i])
	}
	endpoint := parts[0]
	f.asked = append(f.asked, endpoint)
	q, raw := r.URL.Query(), map[string]string{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		raw[name] = value
	}
	items := func(name string) (all []string) {
		m := restliItems.FindStringSubmatch(raw[name])
		if m == nil {
			return nil
		}
		for s := range strings.SplitSeq(m[1], ",") {
			s, _ = url.QueryUnescape(s)
			all = append(all, s)
		}
		return all
	}
	page := func(all []record) {
		start, _ := strconv.Atoi(q.Get("start"))
		n, _ := strconv.Atoi(q.Get("count"))
		if n < 1 || n > 100 {
			refuse(400, "ILLEGAL_ARGUMENT")
			return
		}
		links := []record{}
		if start+n < len(all) {
			links = append(links, record{"rel": "next", "type": "application/json", "href": "/rest/x"})
		}
		answer(200, record{"elements": append([]record{}, all[min(start, len(all)):min(start+n, len(all))]...), "paging": record{"start": start, "count": n, "links": links}})
	}
	if f.lifetime > 0 {
		if f.lifetime--; f.lifetime == 0 {
			f.status["posts"] = 429
		}
	}
	var p *linkedinFirm
	for _, of := range f.pages {
		urn := "urn:li:organization:" + of.id
		if of.name == q.Get("vanityName") || q.Get("author") == urn || q.Get("organizationalEntity") == urn || len(parts) > 1 && (parts[1] == of.id || parts[1] == urn) {
			p = of
		}
	}
	organization := func() record {
		return record{"id": json.Number(p.id), "vanityName": p.name, "localizedName": "Oficina", "localizedDescription": "Pàgina oficial https://office.example/qui", "localizedWebsite": "office.example"}
	}
	version := r.Header.Get("LinkedIn-Version")
	switch {
	case r.Header.Get("X-Restli-Protocol-Version") != "2.0.0" || len(version) != 6:
		refuse(400, "VERSION_MISSING")
	case version <= f.sunset:
		refuse(426, "NONEXISTENT_VERSION")
	case f.status[endpoint] != 0:
		refuse(f.status[endpoint], f.code)
	case endpoint == "organizations" && q.Get("q") == "vanityName":
		found := []record{}
		if p != nil {
			found = append(found, organization())
		}
		answer(200, record{"elements": found})
	case endpoint == "organizations" && p != nil:
		answer(200, organization())
	case endpoint == "networkSizes" && p != nil && q.Get("edgeType") == "COMPANY_FOLLOWED_BY_MEMBER":
		answer(200, record{"firstDegreeSize": 88})
	case endpoint == "posts" && q.Get("q") == "author" && p != nil && r.Header.Get("X-RestLi-Method") == "FINDER" && q.Get("sortBy") == "LAST_MODIFIED":
		all := slices.Clone(p.posts)
		slices.SortFunc(all, func(a, b record) int { return int(b["lastModifiedAt"].(int64) - a["lastModifiedAt"].(int64)) })
		page(all)
	case endpoint == "posts" && r.Header.Get("X-RestLi-Method") == "BATCH_GET" && len(items("ids")) > 0:
		results, errs := record{}, record{}
		for _, id := range items("ids") {
			errs[id] = record{"status": 404, "code": "NOT_FOUND"}
			for _, of := range f.pages {
				if i := slices.IndexFunc(of.posts, func(n record) bool { return n["id"] == id }); i >= 0 {
					results[id] = of.posts[i]
					delete(errs, id)
				}
			}
		}
		answer(200, record{"results": results, "errors": errs, "statuses": record{}})
	case endpoint == "organizationalEntityShareStatistics" && p != nil && q.Get("q") == "organizationalEntity" && len(items("shares"))+len(items("ugcPosts")) > 0:
		found := []record{}
		for _, urn := range append(items("shares"), items("ugcPosts")...) {
			kind := "share"
			if strings.HasPrefix(urn, "urn:li:ugcPost:") {
				kind = "ugcPost"
			}
			if (raw["shares"] != "") != (kind == "share") {
				refuse(400, "ILLEGAL_ARGUMENT")
				return
			}
			if p.figures[urn] != nil {
				found = append(found, record{"organizationalEntity": "urn:li:organization:" + p.id, kind: urn, "totalShareStatistics": p.figures[urn]})
			}
		}
		answer(200, record{"elements": found, "paging": record{"start": 0, "count": 10, "links": []any{}}})
	case endpoint == "socialActions" && len(parts) == 3 && parts[2] == "comments":
		for _, of := range f.pages {
			if of.comments[parts[1]] != nil {
				page(of.comments[parts[1]])
				return
			}
		}
		page(nil)
	default:
		refuse(404, "NOT_FOUND")
	}
}

func linkedinFirst() (*linkedinTown, *linkedinFirm) {
	f := linkedinTownOf(1)
	return f, f.pages["1000"]
}

func TestLinkedInReadsAPage(t *testing.T) {
	f, p := linkedinFirst()
	n := p.post(day(11, 18, 9, 0), `Hui \(dilluns\) {hashtag|\#|Fira} amb @[Cultura](urn:li:organization:77) i @[Maria](urn:li:person:abc): https://office.example/fira`)
	n["content"] = record{"multiImage": record{"images": []record{{"id": "urn:li:image:1", "altText": "Cartell"}, {"id": "urn:li:image:2"}}}}
	post := n["id"].(string)
	other := p.post(day(11, 19, 9, 0), "Enquesta")
	other["id"], other["content"], other["lifecycleStateInfo"] = "urn:li:ugcPost:5", record{"poll": record{"question": "Vindreu?"}, "media": record{"id": "urn:li:video:9"}, "article": record{"source": "https://diari.example/x"}}, record{"isEditedByAuthor": true}
	p.figures["urn:li:ugcPost:5"] = record{"impressionCount": 7, "likeCount": -1}
	p.post(day(11, 19, 10, 0), "")["reshareContext"] = record{"parent": "urn:li:share:9", "root": "urn:li:share:8"}
	p.post(day(11, 19, 11, 0), "esborrany")["lifecycleState"] = "DRAFT"
	citizen := p.comment(post, post, "urn:li:person:veina", "A quina hora?", day(11, 18, 10, 0))
	answered := p.comment(post, citizen, "urn:li:organization:1000", "A les 18 h.", day(11, 18, 11, 0))
	p.comment(post, post, "urn:li:organization:1000", "Us esperem", day(11, 18, 12, 0))
	a := f.account(0)
	a.StableID = ""
	b, err := readFake(t, f, pipeline.Request{Account: a})
	if err != nil {
		t.Fatal(err)
	}
	c, none := pipeline.CountOf, pipeline.NoCount
	at := func(urn string) string { return "https://www.linkedin.com/feed/update/" + urn + "/" }
	want := pipeline.Batch{
		At: visitDay, Gives: linkedin().gives, Calls: 7, Next: b.Next,
		Profile: &pipeline.Profile{StableID: "1000", Followers: c(88), Handle: "office0", DisplayName: "Oficina", Bio: "Pàgina oficial https://office.example/qui", Website: "https://office.example",
			Links: []string{"https://office.example", "https://office.example/qui"}, LastPostAt: day(11, 19, 10, 0)},
		Posts: []pipeline.Post{
			{ID: "urn:li:share:1000000003", CreatedAt: day(11, 19, 10, 0), Kind: pipeline.Repost, RepostOf: at("urn:li:share:9"), URL: at("urn:li:share:1000000003"),
				Figures: pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}},
			{ID: "urn:li:ugcPost:5", CreatedAt: day(11, 19, 9, 0), Kind: pipeline.Own, Text: "Enquesta\nVindreu?", URL: at("urn:li:ugcPost:5"), Links: []string{"https://diari.example/x"}, Edited: true,
				Media: []pipeline.Media{{Kind: "video", URL: at("urn:li:ugcPost:5")}}, Figures: pipeline.Figures{Views: c(7)}},
			{ID: post, CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Text: "Hui (dilluns) #Fira amb Cultura i @…: https://office.example/fira", URL: at(post), Links: []string{"https://office.example/fira"},
				Hashtags: []string{"Fira"}, Mentions: []string{"77"}, Media: []pipeline.Media{{Kind: "image", URL: at(post), Alt: "Cartell"}, {Kind: "image", URL: at(post)}},
				Figures: pipeline.Figures{Likes: c(5), Replies: c(2), Reposts: c(1), Views: c(300), Reach: c(200)}},
			{ID: answered, CreatedAt: day(11, 18, 11, 0), Kind: pipeline.Reply, InReplyTo: citizen, Text: "A les 18 h.", URL: at(answered),
				Figures: pipeline.Figures{Likes: c(4), Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}},
		},
		Messages: []pipeline.Message{{ID: citizen, At: day(11, 18, 10, 0), Author: "urn:li:person:veina", InReplyTo: post, Text: "A quina hora?"}},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// Under another name the page is read by its number; comments are read again when there are more of them.
	p.name = "townhall"
	r := pipeline.Request{Account: a, Cursor: b.Next, StableID: "1000", Now: visitDay.Add(24 * time.Hour), Due: []pipeline.DuePost{{ID: post, CreatedAt: day(11, 18, 9, 0)}}}
	b, err = readFake(t, f, r)
	if err != nil || b.Profile.Handle != "townhall" || b.Calls != 5 || len(b.Messages) > 0 { // page, followers, posts, figures of two kinds
		t.Errorf("%v: %d calls, %d messages, %+v", err, b.Calls, len(b.Messages), b.Profile)
	}
	p.comment(post, post, "urn:li:person:vei", "Gràcies", visitDay)
	r.Cursor = b.Next
	if b, err = readFake(t, f, r); err != nil || b.Calls != 7 || len(b.Messages) != 2 {
		t.Errorf("%v: %d calls, %d messages", err, b.Calls, len(b.Messages))
	}
}

func TestLinkedInListsDownAndFindsWhatIsDeleted(t *testing.T) {
	f, p := linkedinFirst()
	for i := range 250 {
		p.post(visitDay.Add(time.Duration(i-250)*time.Hour), "hola")
	}
	r := pipeline.Request{Account: f.account(0), StableID: "1000", Since: visitDay.Add(-120 * time.Hour)}
	b, err := readFake(t, f, r)
	if err != nil || len(b.Posts) != 120 || b.Calls != 7 || len(b.Gone) > 0 { // page, followers, two pages, three times figures
		t.Fatalf("%v: %d posts in %d calls", err, len(b.Posts), b.Calls)
	}
	r.Cursor, r.Now = b.Next, visitDay.Add(24*time.Hour)
	scheduled := p.post(r.Now.Add(-time.Hour), "escrit fa dies")
	scheduled["createdAt"] = visitDay.Add(-100 * time.Hour).UnixMilli()
	p.posts[240]["lastModifiedAt"], p.posts[240]["commentary"] = r.Now.Add(-2*time.Hour).UnixMilli(), "corregit"
	for _, i := range []int{230, 220, 210} {
		r.Due = append(r.Due, pipeline.DuePost{ID: p.posts[i]["id"].(string), CreatedAt: visitDay.Add(time.Duration(i-250) * time.Hour)})
	}
	r.Due = append(r.Due, pipeline.DuePost{ID: "urn:li:comment:(urn:li:share:1,2)", CreatedAt: visitDay.Add(-40 * time.Hour)})
	p.figures[p.posts[230]["id"].(string)]["likeCount"] = 50
	p.posts = slices.Delete(p.posts, 220, 221)
	b, err = readFake(t, f, r)
	if err != nil || len(b.Gaps) > 0 || !slices.Equal(b.Gone, []string{r.Due[1].ID}) || the(t, b, r.Due[0].ID).Figures.Likes != pipeline.CountOf(50) ||
		the(t, b, scheduled["id"].(string)).Text != "escrit fa dies" || the(t, b, "urn:li:share:1000000241").Text != "corregit" || !b.Listed.IsZero() || b.Calls != 5 {
		t.Errorf("%v, gaps %v: gone %v, %d calls", err, b.Gaps, b.Gone, b.Calls)
	}
	// One that slipped by while it was listed is read by its id.
	slipped := p.posts[215]
	hide := true
	hiding := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := p.posts
		if hide && r.Header.Get("X-RestLi-Method") == "FINDER" {
			p.posts = slices.DeleteFunc(slices.Clone(p.posts), func(n record) bool { return n["id"] == slipped["id"] })
		}
		f.ServeHTTP(w, r)
		p.posts = before
	})
	r.Cursor, r.Due = b.Next, []pipeline.DuePost{{ID: slipped["id"].(string), CreatedAt: time.UnixMilli(slipped["createdAt"].(int64))}}
	if b, err := readFake(t, hiding, r); err != nil || len(b.Gone) > 0 || the(t, b, r.Due[0].ID).Figures.Views != pipeline.CountOf(300) {
		t.Errorf("%v: gone %v", err, b.Gone)
	}
}

func TestLinkedInGoesOnWhereItBrokeOff(t *testing.T) {
	f, p := linkedinFirst()
	for i := range 250 {
		p.post(visitDay.Add(time.Duration(i-250)*time.Hour), "hola")
	}
	failing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("start") == "200" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		f.ServeHTTP(w, r)
	})
	r := pipeline.Request{Account: f.account(0), StableID: "1000"}
	b, err := readFake(t, failing, r)
	if err != nil || len(b.Posts) != 200 || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, pipeline.ErrUnavailable) {
		t.Fatalf("%v: %d posts, gaps %v", err, len(b.Posts), b.Gaps)
	}
	seen := map[string]bool{}
	for _, q := range b.Posts {
		seen[q.ID] = true
	}
	p.posts = slices.Delete(p.posts, 180, 190) // the rest has moved up
	r.Cursor, r.Now = b.Next, visitDay.Add(time.Hour)
	b, err = readFake(t, f, r)
	for _, q := range b.Posts {
		seen[q.ID] = true
	}
	if err != nil || len(seen) != 250 || len(b.Gaps) > 0 {
		t.Errorf("%v: %d posts, gaps %v", err, len(seen), b.Gaps)
	}
}

func TestLinkedInRefusals(t *testing.T) {
	f, p := linkedinFirst()
	p.post(visitDay.Add(-time.Hour), "hola")
	r := pipeline.Request{Account: f.account(0), StableID: "1000"}
	for _, c := range []struct {
		endpoint string
		status   int
		code     string
		want     error
		says     string
		gap      string
	}{
		{"organizations", 403, "ACCESS_DENIED", pipeline.ErrDenied, "administrators of the page only", ""},
		{"organizations", 401, "EXPIRED_ACCESS_TOKEN", pipeline.ErrDenied, "PRESENCIA_TOKEN_LINKEDIN", ""},
		{"organizations", 404, "NOT_FOUND", pipeline.ErrGone, "", ""},
		{"organizations", 426, "NONEXISTENT_VERSION", pipeline.ErrBadAnswer, "linkedin_version", ""},
		{"networkSizes", 500, "", pipeline.ErrUnavailable, "", "followers"},
		{"posts", 403, "ACCESS_DENIED", pipeline.ErrDenied, "", "posts"},
		{"organizationalEntityShareStatistics", 500, "", pipeline.ErrUnavailable, "", "figures"},
	} {
		f.status, f.code = map[string]int{c.endpoint: c.status}, c.code
		b, err := readFake(t, f, r)
		said := err
		if c.gap != "" {
			if err != nil || len(b.Gaps) != 1 || b.Gaps[0].Part != c.gap || b.Profile == nil {
				t.Errorf("%s %d: %v, gaps %v", c.endpoint, c.status, err, b.Gaps)
				continue
			}
			said = b.Gaps[0].Cause
		}
		if !errors.Is(said, c.want) || !strings.Contains(said.Error(), c.says) {
			t.Errorf("%s %d: %v", c.endpoint, c.status, said)
		}
		if c.gap == "figures" && b.Posts[0].Figures != (pipeline.Figures{}) {
			t.Errorf("figures that were not read: %+v", b.Posts[0].Figures)
		}
	}
	f.status = nil
	f.sunset = "202612"
	content := `{"access_token":"secret-of-admin","linkedin_version":"202701"}`
	if b, err := readFakeWith(t, f, r, Options{Credential: func(string) (pipeline.Secret, error) { return pipeline.Secret(content), nil }}); err != nil || len(b.Posts) != 1 {
		t.Errorf("a version of the credential's: %v", err)
	}
	f.sunset = ""
	nobody := f.account(0)
	nobody.Handle, nobody.StableID = "nobody", ""
	if _, err := readFake(t, f, pipeline.Request{Account: nobody}); !errors.Is(err, pipeline.ErrGone) {
		t.Errorf("nobody: %v", err)
	}
	nobody.Credential = ""
	if _, err := readFake(t, f, pipeline.Request{Account: nobody}); !errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), "import the page's exports") {
		t.Errorf("without a token: %v", err)
	}
}

func TestLinkedInWaitsUntilMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		f := linkedinTownOf(2)
		f.publish(1, visitDay.Add(-time.Hour))
		f.lifetime = 2
		all := All(Options{Transport: inMemory(f), Credential: func(string) (pipeline.Secret, error) { return "secret-1", nil }})
		r := pipeline.Request{Account: f.account(0), StableID: "1000", Now: visitDay}
		b, err := readOne(t.Context(), all, r)
		if err != nil || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, pipeline.ErrRateLimited) || !strings.Contains(b.Gaps[0].Cause.Error(), "2026-11-21T00:00:00Z") || b.Profile.Followers != pipeline.CountOf(88) {
			t.Fatalf("%v, gaps %v", err, b.Gaps)
		}
		f.asked = nil
		other := pipeline.Request{Account: f.account(1), StableID: "1001", Now: visitDay}
		if b, _ := readOne(t.Context(), all, other); len(b.Gaps) != 1 || slices.Contains(f.asked, "posts") {
			t.Errorf("nothing more is asked of that endpoint: %v", f.asked)
		}
		time.Sleep(12 * time.Hour)
		f.status["posts"], r.Cursor, r.Now = 0, b.Next, time.Now()
		if b, err := readOne(t.Context(), all, r); err != nil || len(b.Posts) != 1 || len(b.Gaps) > 0 {
			t.Errorf("the next day: %v, %d posts, gaps %v", err, len(b.Posts), b.Gaps)
		}
	})
}

func TestLinkedInRenewsItsToken(t *testing.T) {
	f, p := linkedinFirst()
	p.post(visitDay.Add(-time.Hour), "hola")
	stored := pipeline.Secret("")
	o := Options{Now: func() time.Time { return visitDay }, Save: func(_ string, s pipeline.Secret) error { stored = s; return nil }, Credential: func(string) (pipeline.Secret, error) {
		return `{"access_token":"secret-old-token","refresh_token":"secret-refresh-1","client_id":"app","client_secret":"secret-of-app","expires":"2026-11-22T12:00:00Z"}`, nil
	}}
	b, err := readFakeWith(t, f, pipeline.Request{Account: f.account(0), StableID: "1000"}, o)
	c, parseErr := ParseCredential(stored)
	if err != nil || parseErr != nil || len(b.Posts) != 1 || c.AccessToken != "secret-new-token" || c.RefreshToken != "secret-refresh-2" || !c.Expires.Equal(visitDay.Add(60*24*time.Hour)) ||
		f.renewed.Get("client_id") != "app" || f.renewed.Get("refresh_token") != "secret-refresh-1" || f.renewed.Get("grant_type") != "refresh_token" {
		t.Errorf("%v, %v: %v", err, parseErr, f.renewed)
	}
}
