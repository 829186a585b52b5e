package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// flickrTown is Flickr's API, which answers everything with a status of success.
type flickrTown struct {
	mu      sync.Mutex
	members map[string]*flickrMember // by id
	fail    map[string]int           // codes by method
	asked   []string                 // methods
	extras  bool                     // faves and comments come with the list
}

type flickrMember struct {
	id, alias string
	photos    []record // oldest first
	comments  map[string][]record
}

func newFlickrTown(accounts int) fakePlatform { return flickrTownOf(accounts) }

func flickrTownOf(accounts int) *flickrTown {
	f := &flickrTown{members: map[string]*flickrMember{}, fail: map[string]int{}, extras: true}
	for i := range accounts {
		m := &flickrMember{id: fmt.Sprintf("%d@N01", 1000+i), alias: fmt.Sprint("office", i), comments: map[string][]record{}}
		f.members[m.id] = m
	}
	return f
}

func (f *flickrTown) account(i int) pipeline.Account {
	id := fmt.Sprintf("%d@N01", 1000+i)
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.Flickr, Handle: id, StableID: id, Credential: "FLICKR"}
}

func (f *flickrTown) publish(each int, newest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.members {
		for k := range each {
			m.upload(newest.Add(-time.Duration(each-1-k)*time.Minute), "hola")
		}
	}
}

func (m *flickrMember) upload(at time.Time, title string) record {
	id := fmt.Sprintf("%s%05d", m.id[:strings.Index(m.id, "@")], len(m.photos)+1)
	p := record{"id": id, "owner": m.id, "secret": "abc", "server": "65535", "farm": 66, "title": title, "ispublic": 1, "dateupload": strconv.FormatInt(at.Unix(), 10), "lastupdate": strconv.FormatInt(at.Unix(), 10),
		"description": record{"_content": ""}, "tags": "", "media": "photo", "views": "300", "pathalias": m.alias, "count_faves": "5", "count_comments": "0"}
	m.photos = append(m.photos, p)
	return p
}

func (m *flickrMember) comment(photo record, by, text string, at time.Time) {
	id := photo["id"].(string)
	m.comments[id] = append(m.comments[id], record{"id": fmt.Sprint("c", len(m.comments[id])+1, "-", id), "author": by, "authorname": "Veí", "datecreate": strconv.FormatInt(at.Unix(), 10), "_content": text})
	photo["count_comments"] = strconv.Itoa(len(m.comments[id]))
}

func (f *flickrTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	method := q.Get("method")
	f.asked = append(f.asked, method)
	fail := func(code int) {
		_ = json.NewEncoder(w).Encode(record{"stat": "fail", "code": code, "message": "of key " + q.Get("api_key")})
	}
	answer := func(name string, v any) { _ = json.NewEncoder(w).Encode(record{name: v, "stat": "ok"}) }
	m := f.members[q.Get("user_id")]
	switch {
	case r.URL.Path != "/services/rest/" || q.Get("format") != "json" || q.Get("nojsoncallback") != "1" || r.Header.Get("Authorization") != "":
		fail(111)
	case !strings.HasPrefix(q.Get("api_key"), "secret-"):
		fail(100)
	case f.fail[method] != 0:
		fail(f.fail[method])
	case method == "flickr.urls.lookupUser":
		for _, m := range f.members {
			if q.Get("url") == "https://www.flickr.com/photos/"+m.alias+"/" {
				answer("user", record{"id": m.id, "username": record{"_content": m.alias}})
				return
			}
		}
		fail(1)
	case method == "flickr.photos.comments.getList":
		for _, m := range f.members {
			if i := slices.IndexFunc(m.photos, func(p record) bool { return p["id"] == q.Get("photo_id") }); i >= 0 {
				answer("comments", record{"photo_id": q.Get("photo_id"), "comment": m.comments[q.Get("photo_id")]})
				return
			}
		}
		fail(1)
	case m == nil:
		fail(1)
	case method == "flickr.people.getInfo":
		answer("person", record{"id": m.id, "nsid": m.id, "iconserver": "7", "iconfarm": 8, "path_alias": m.alias, "username": record{"_content": "oficina"}, "realname": record{"_content": "Oficina"},
			"description": record{"_content": `Fotos <a href="https://office.example/">oficials</a>`}, "photos": record{"count": record{"_content": len(m.photos)}}})
	case method == "flickr.people.getPublicPhotos":
		per, _ := strconv.Atoi(q.Get("per_page"))
		page, _ := strconv.Atoi(q.Get("page"))
		if per < 1 || per > 500 || page < 1 {
			fail(3)
			return
		}
		extras := strings.Split(q.Get("extras"), ",")
		list := []record{}
		for i := len(m.photos) - 1 - per*(page-1); i >= 0 && len(list) < per; i-- {
			p := record{}
			for name, v := range m.photos[i] {
				extra := map[string]string{"dateupload": "date_upload", "lastupdate": "last_update", "pathalias": "path_alias", "count_faves": "count_faves", "count_comments": "count_comments",
					"description": "description", "tags": "tags", "media": "media", "views": "views"}[name]
				if extra == "" || slices.Contains(extras, extra) && (f.extras || !strings.HasPrefix(name, "count_")) {
					p[name] = v
				}
			}
			list = append(list, p)
		}
		answer("photos", record{"page": page, "pages": pages(len(m.photos), per), "perpage": per, "total": strconv.Itoa(len(m.photos)), "photo": list})
	default:
		fail(112)
	}
}

func TestFlickrReadsAMember(t *testing.T) {
	f := flickrTownOf(1)
	m := f.members["1000@N01"]
	p := m.upload(day(11, 18, 9, 0), "La fira")
	p["description"], p["tags"] = record{"_content": "Més a <a href=\"https://office.example/fira\">la web</a> #Fira"}, "fira plaça"
	m.comment(p, "77@N02", "Quina <b>llum</b>!", day(11, 18, 10, 0))
	m.comment(p, "1000@N01", "Gràcies", day(11, 18, 11, 0))
	m.upload(day(11, 19, 9, 0), "Vídeo")["media"] = "video"
	a := f.account(0)
	a.Handle, a.StableID = "Office0", ""
	b, err := readFake(t, f, pipeline.Request{Account: a})
	if err != nil {
		t.Fatal(err)
	}
	n, at := pipeline.CountOf, "https://www.flickr.com/photos/office0/"
	want := pipeline.Batch{
		At: visitDay, Gives: flickr().gives, Calls: 4, Next: b.Next, Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{StableID: "1000@N01", Posts: n(2), Handle: "office0", DisplayName: "Oficina", Bio: "Fotos oficials", Links: []string{"https://office.example/"},
			Avatar: "https://farm8.staticflickr.com/7/buddyicons/1000@N01.jpg", LastPostAt: day(11, 19, 9, 0)},
		Posts: []pipeline.Post{
			{ID: "100000002", CreatedAt: day(11, 19, 9, 0), Kind: pipeline.Own, Text: "Vídeo", URL: at + "100000002/", Media: []pipeline.Media{{Kind: "video", URL: "https://live.staticflickr.com/65535/100000002_abc_b.jpg"}},
				Figures: pipeline.Figures{Likes: n(5), Replies: n(0), Views: n(300), Reposts: pipeline.NoCount}},
			{ID: "100000001", CreatedAt: day(11, 18, 9, 0), Kind: pipeline.Own, Text: "La fira\nMés a la web #Fira", URL: at + "100000001/", Links: []string{"https://office.example/fira"}, Hashtags: []string{"fira", "plaça", "Fira"},
				Media:   []pipeline.Media{{Kind: "image", URL: "https://live.staticflickr.com/65535/100000001_abc_b.jpg"}},
				Figures: pipeline.Figures{Likes: n(5), Replies: n(2), Views: n(300), Reposts: pipeline.NoCount}},
		},
		Messages: []pipeline.Message{{ID: "c1-100000001", At: day(11, 18, 10, 0), Author: "77@N02", InReplyTo: "100000001", Text: "Quina llum!"}},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// The member has a new name; the id is remembered, and what is known is not read again.
	m.alias, f.asked = "townhall", nil
	b, err = readFake(t, f, pipeline.Request{Account: a, Cursor: b.Next, StableID: "1000@N01", Now: visitDay.Add(24 * time.Hour)})
	if err != nil || b.Calls != 2 || len(b.Posts) > 0 || b.Profile.Handle != "townhall" || slices.Contains(f.asked, "flickr.urls.lookupUser") {
		t.Errorf("%v: %d posts in %d calls, %+v", err, len(b.Posts), b.Calls, b.Profile)
	}
}

func TestFlickrListsDownAndFindsWhatIsDeleted(t *testing.T) {
	f := flickrTownOf(1)
	m := f.members["1000@N01"]
	for i := range 1200 {
		m.upload(visitDay.Add(time.Duration(i-1200)*time.Hour), "x")
	}
	r := pipeline.Request{Account: f.account(0), StableID: "1000@N01", Since: visitDay.Add(-700 * time.Hour)}
	b, err := readFake(t, f, r)
	if err != nil || len(b.Posts) != 700 || b.Calls != 3 || !b.Listed.From.Equal(r.Since) {
		t.Fatalf("%v: %d posts in %d calls, listed %v", err, len(b.Posts), b.Calls, b.Listed)
	}
	r.Cursor, r.Now = b.Next, visitDay.Add(24*time.Hour)
	gone := m.photos[1100]
	r.Due = []pipeline.DuePost{{ID: m.photos[1150]["id"].(string), CreatedAt: visitDay.Add(-50 * time.Hour)}, {ID: gone["id"].(string), CreatedAt: visitDay.Add(-100 * time.Hour)}}
	m.photos = slices.Delete(m.photos, 1100, 1101)
	m.comment(m.photos[1149], "77@N02", "nou", visitDay)
	b, err = readFake(t, f, r)
	if err != nil || len(b.Posts) != 99 || b.Calls != 3 || len(b.Messages) != 1 || !b.Listed.Contains(r.Due[1].CreatedAt) || slices.ContainsFunc(b.Posts, func(p pipeline.Post) bool { return p.ID == gone["id"] }) {
		t.Errorf("%v: %d posts, %d messages in %d calls, listed %v", err, len(b.Posts), len(b.Messages), b.Calls, b.Listed)
	}
	if the(t, b, r.Due[0].ID).Figures.Replies != pipeline.CountOf(1) {
		t.Error("the figures of a due photo")
	}
	// What is deleted while it is listed makes others slip to a page that was read: nothing is taken for deleted.
	moving := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.ServeHTTP(w, r)
		if r.URL.Query().Get("page") == "1" {
			m.photos = m.photos[:len(m.photos)-1]
		}
	})
	if b, err := readFake(t, moving, pipeline.Request{Account: f.account(0), StableID: "1000@N01"}); err != nil || !b.Listed.IsZero() || len(b.Posts) != 1198 {
		t.Errorf("%v: %d posts, listed %v", err, len(b.Posts), b.Listed)
	}
}

func TestFlickrUnknownFigures(t *testing.T) {
	f := flickrTownOf(1)
	f.extras = false
	f.publish(3, visitDay.Add(-time.Hour))
	b, err := readFake(t, f, pipeline.Request{Account: f.account(0), StableID: "1000@N01"})
	if err != nil || slices.Contains(b.Gives, pipeline.FieldLikes) || slices.Contains(b.Gives, pipeline.FieldReplies) || !slices.Contains(b.Gives, pipeline.FieldViews) ||
		b.Posts[0].Figures.Likes.State != pipeline.Unknown || b.Profile.Followers.State != pipeline.Unknown || b.Calls != 2 {
		t.Errorf("%v: %+v", err, b)
	}
}

func TestFlickrRefusals(t *testing.T) {
	f := flickrTownOf(1)
	m := f.members["1000@N01"]
	m.comment(m.upload(visitDay.Add(-time.Hour), "x"), "77@N02", "hola", visitDay)
	r := pipeline.Request{Account: f.account(0), StableID: "1000@N01"}
	for _, c := range []struct {
		method string
		code   int
		want   error
		gap    string
	}{
		{"flickr.people.getInfo", 1, pipeline.ErrGone, ""},
		{"flickr.people.getInfo", 100, pipeline.ErrDenied, ""},
		{"flickr.people.getInfo", 105, pipeline.ErrUnavailable, ""},
		{"flickr.people.getInfo", 112, pipeline.ErrBadAnswer, ""},
		{"flickr.people.getPublicPhotos", 105, pipeline.ErrUnavailable, "posts"},
		{"flickr.photos.comments.getList", 105, pipeline.ErrUnavailable, "messages"},
		{"flickr.photos.comments.getList", 1, nil, ""},
	} {
		f.fail = map[string]int{c.method: c.code}
		b, err := readFake(t, f, r)
		switch {
		case c.gap == "" && !errors.Is(err, c.want), c.gap != "" && (err != nil || len(b.Gaps) != 1 || b.Gaps[0].Part != c.gap || !errors.Is(b.Gaps[0].Cause, c.want)):
			t.Errorf("%s, code %d: %v, gaps %v", c.method, c.code, err, b.Gaps)
		case c.gap == "messages" && slices.Contains(b.Gives, pipeline.FieldMessages):
			t.Errorf("messages that were not read are given")
		}
	}
	f.fail = nil
	a := f.account(0)
	a.Handle, a.StableID = "nobody", ""
	if _, err := readFake(t, f, pipeline.Request{Account: a}); !errors.Is(err, pipeline.ErrGone) {
		t.Errorf("nobody: %v", err)
	}
	a.Credential = ""
	if _, err := readFake(t, f, pipeline.Request{Account: a}); !errors.Is(err, pipeline.ErrDenied) || len(f.asked) == 0 {
		t.Errorf("without a key: %v", err)
	}
}
