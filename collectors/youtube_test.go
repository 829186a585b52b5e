package collectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// youtubeTown is YouTube: channels, their uploads and what is written under them.
type youtubeTown struct {
	mu       sync.Mutex
	channels []*youtubeStation
	byID     map[string]*youtubeStation
	videos   map[string]record
	comments map[string]record // replies by id
	last     int
	retired  map[string]bool // parts
	fault    func(w http.ResponseWriter, r *http.Request) bool
}

type youtubeStation struct {
	record
	uploads []string // video ids, oldest first
	threads []record // oldest first
	mute    bool     // comments are switched off
}

func newYouTubeTown(accounts int) fakePlatform { return youtubeTownOf(accounts) }

func youtubeTownOf(channels int) *youtubeTown {
	f := &youtubeTown{byID: map[string]*youtubeStation{}, videos: map[string]record{}, comments: map[string]record{}, retired: map[string]bool{}}
	for i := range channels {
		f.found(i)
	}
	return f
}

func (f *youtubeTown) found(i int) *youtubeStation {
	id := fmt.Sprintf("UC%022d", i)
	c := &youtubeStation{record: record{
		"kind": "youtube#channel", "etag": "e", "id": id,
		"snippet": record{"title": fmt.Sprint("Office ", i), "description": "Canal oficial", "customUrl": fmt.Sprint("@office", i), "publishedAt": "2013-02-03T04:05:06.5Z",
			"thumbnails": record{"default": record{"url": "https://yt.example/88.jpg", "width": 88, "height": 88}, "high": record{"url": "https://yt.example/800.jpg", "width": 800, "height": 800}}},
		"statistics":       record{"viewCount": "5000", "subscriberCount": "1230", "hiddenSubscriberCount": false, "videoCount": "0"},
		"contentDetails":   record{"relatedPlaylists": record{"likes": "", "uploads": "UU" + id[2:]}},
		"brandingSettings": record{"image": record{"bannerExternalUrl": "https://yt.example/banner"}},
	}}
	f.channels = append(f.channels, c)
	f.byID[id] = c
	return c
}

func (f *youtubeTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.YouTube, Handle: fmt.Sprint("@Office", i), Credential: "TOWN"}
}

func (f *youtubeTown) publish(each int, newest time.Time) {
	for _, c := range f.channels {
		for k := range each {
			f.upload(c, newest.Add(-time.Duration(each-1-k)*time.Minute), "Vídeo", "")
		}
	}
}

func (c *youtubeStation) count() {
	c.record["statistics"].(record)["videoCount"] = strconv.Itoa(len(c.uploads))
}

func rfc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func (f *youtubeTown) upload(c *youtubeStation, at time.Time, title, description string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	id := fmt.Sprintf("v%010d", f.last)
	f.videos[id] = record{
		"kind": "youtube#video", "etag": "e", "id": id,
		"snippet": record{"publishedAt": rfc(at), "channelId": c.record["id"], "title": title, "description": description, "channelTitle": "Office",
			"tags": []any{"oculta"}, "categoryId": "25", "liveBroadcastContent": "none", "defaultAudioLanguage": "es"},
		"contentDetails": record{"duration": "PT1M5S", "dimension": "2d", "definition": "hd", "caption": "false", "licensedContent": false},
		"status":         record{"uploadStatus": "processed", "privacyStatus": "public", "embeddable": true},
		"statistics":     record{"viewCount": "100", "likeCount": "5", "favoriteCount": "0", "commentCount": "2"},
	}
	c.uploads = append(c.uploads, id)
	slices.SortStableFunc(c.uploads, func(a, b string) int { return strings.Compare(f.date(a), f.date(b)) })
	c.count()
	return id
}

func (f *youtubeTown) date(video string) string {
	return f.videos[video]["snippet"].(record)["publishedAt"].(string)
}

func (f *youtubeTown) erase(id string) {
	delete(f.videos, id)
	delete(f.comments, id)
	for _, c := range f.channels {
		c.uploads = slices.DeleteFunc(c.uploads, func(s string) bool { return s == id })
		c.count()
	}
}

// comment writes under a video; by is the id of a channel.
func (f *youtubeTown) comment(c *youtubeStation, video, by, handle string, at time.Time) record {
	f.last++
	id := fmt.Sprintf("Ugz%023d", f.last)
	t := record{"kind": "youtube#commentThread", "etag": "e", "id": id, "snippet": record{"channelId": c.record["id"], "videoId": video, "canReply": true, "isPublic": true, "totalReplyCount": 0,
		"topLevelComment": record{"kind": "youtube#comment", "etag": "e", "id": id, "snippet": record{"channelId": c.record["id"], "videoId": video,
			"textDisplay": "¿Cuándo?", "textOriginal": "¿Cuándo?", "authorDisplayName": handle, "authorChannelId": record{"value": by},
			"likeCount": 1, "publishedAt": rfc(at), "updatedAt": rfc(at)}}}}
	c.threads = append(c.threads, t)
	slices.SortStableFunc(c.threads, func(a, b record) int { return strings.Compare(published(a), published(b)) })
	return t
}

func published(thread record) string {
	return thread["snippet"].(record)["topLevelComment"].(record)["snippet"].(record)["publishedAt"].(string)
}

func (f *youtubeTown) reply(t record, by, handle, text string, at time.Time) string {
	f.last++
	id := fmt.Sprintf("%s.%09d", t["id"], f.last)
	s := t["snippet"].(record)
	s["totalReplyCount"] = s["totalReplyCount"].(int) + 1
	f.comments[id] = record{"kind": "youtube#comment", "etag": "e", "id": id, "snippet": record{"channelId": s["channelId"], "parentId": t["id"],
		"textDisplay": text, "textOriginal": text, "authorDisplayName": handle, "authorChannelId": record{"value": by}, "likeCount": 3, "publishedAt": rfc(at), "updatedAt": rfc(at)}}
	return id
}

func (f *youtubeTown) repliesOf(thread string) []any {
	var all []any
	for _, id := range slices.Sorted(maps.Keys(f.comments)) {
		if strings.HasPrefix(id, thread+".") {
			all = append(all, f.comments[id])
		}
	}
	return all
}

func (f *youtubeTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if f.fault != nil && f.fault(w, r) {
		return
	}
	q := r.URL.Query()
	if !strings.HasPrefix(q.Get("key"), "secret-") && r.Header.Get("Authorization") != "Bearer ya29.secret-OAUTH" {
		youtubeRefuses(w, http.StatusForbidden, "forbidden", "The request is missing a valid API key.", "")
		return
	}
	resource := strings.TrimPrefix(r.URL.Path, "/youtube/v3/")
	parts := strings.Split(q.Get("part"), ",")
	for _, p := range parts {
		if f.retired[resource+".part="+p] {
			youtubeRefuses(w, http.StatusBadRequest, "unknownPart", p, "part")
			return
		}
	}
	pick := func(all record) record {
		out := record{}
		for k, v := range all {
			if k == "kind" || k == "etag" || k == "id" || slices.Contains(parts, k) {
				out[k] = v
			}
		}
		return out
	}
	items := []any{}
	page := func(n, most int) (from, to int) {
		from, _ = strconv.Atoi(q.Get("pageToken"))
		size, err := strconv.Atoi(q.Get("maxResults"))
		if err != nil {
			size = 5
		}
		return min(from, n), min(from+min(size, most), n)
	}
	answer := record{"kind": "youtube#" + strings.TrimSuffix(resource, "s") + "ListResponse", "etag": "e"}
	next := func(to, n int) {
		answer["pageInfo"] = record{"totalResults": n, "resultsPerPage": 50}
		if to < n {
			answer["nextPageToken"] = strconv.Itoa(to)
		}
	}
	byID := func(most int, of func(string) record) bool {
		ids := strings.Split(q.Get("id"), ",")
		if len(ids) > most {
			youtubeRefuses(w, http.StatusBadRequest, "invalidFilters", "too many ids", "id")
			return false
		}
		for _, id := range ids {
			if r := of(id); r != nil {
				items = append(items, pick(r))
			}
		}
		return true
	}
	switch {
	case resource == "channels" && q.Has("forHandle"):
		for _, c := range f.channels {
			if strings.EqualFold(c.record["snippet"].(record)["customUrl"].(string), q.Get("forHandle")) {
				items = append(items, pick(c.record))
			}
		}
	case resource == "channels":
		if !byID(50, func(id string) record {
			if c := f.byID[id]; c != nil {
				return c.record
			}
			return nil
		}) {
			return
		}
	case resource == "videos":
		if !byID(50, func(id string) record { return f.videos[id] }) {
			return
		}
	case resource == "comments" && q.Has("id"):
		if !byID(50, func(id string) record { return f.comments[id] }) {
			return
		}
	case resource == "comments":
		all := f.repliesOf(q.Get("parentId"))
		from, to := page(len(all), 100)
		for _, c := range all[from:to] {
			items = append(items, pick(c.(record)))
		}
		next(to, len(all))
	case resource == "playlistItems":
		c := f.byID["UC"+strings.TrimPrefix(q.Get("playlistId"), "UU")]
		if c == nil || len(c.uploads) == 0 {
			youtubeRefuses(w, http.StatusNotFound, "playlistNotFound", "The playlist cannot be found.", "playlistId")
			return
		}
		from, to := page(len(c.uploads), 50)
		for i := from; i < to; i++ {
			id := c.uploads[len(c.uploads)-1-i]
			details := record{"videoId": id}
			if status, _ := f.videos[id]["status"].(record); status["privacyStatus"] != "private" {
				details["videoPublishedAt"] = f.date(id)
			}
			items = append(items, record{"kind": "youtube#playlistItem", "etag": "e", "id": "item" + id, "contentDetails": details})
		}
		next(to, len(c.uploads))
	case resource == "commentThreads":
		c := f.byID[q.Get("allThreadsRelatedToChannelId")]
		if c.mute {
			youtubeRefuses(w, http.StatusForbidden, "commentsDisabled", "The video identified by the videoId parameter has disabled comments.", "videoId")
			return
		}
		from, to := page(len(c.threads), 100)
		for i := from; i < to; i++ {
			t := maps.Clone(c.threads[len(c.threads)-1-i])
			if all := f.repliesOf(t["id"].(string)); len(all) > 0 {
				t["replies"] = record{"comments": all[:min(5, len(all))]}
			}
			items = append(items, pick(t))
		}
		next(to, len(c.threads))
	default:
		http.NotFound(w, r)
		return
	}
	if len(items) > 0 || resource != "channels" {
		answer["items"] = items
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func youtubeRefuses(w http.ResponseWriter, status int, reason, message, location string) {
	e := record{"message": message, "domain": "youtube", "reason": reason}
	if location != "" {
		e["location"], e["locationType"] = location, "parameter"
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(record{"error": record{"code": status, "message": message, "errors": []any{e}}})
}

// serveYouTube serves the town over HTTP. Where PRESENCIA_EXCHANGES names a folder, what goes over the wire is written there:
// collectors/contract holds it to Google's description and reads it with Google's own client.
func serveYouTube(t *testing.T, f http.Handler) *replayed {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		f.ServeHTTP(rec, r)
		writeExchange(t, "youtube", record{"method": r.Method, "path": r.URL.Path, "query": r.URL.Query(), "status": rec.Code, "answer": json.RawMessage(rec.Body.Bytes())})
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func writeExchange(t *testing.T, name string, v any) {
	t.Helper()
	folder := os.Getenv("PRESENCIA_EXCHANGES")
	if folder == "" {
		return
	}
	line, err := json.Marshal(v)
	if err != nil {
		return // an answer that is no JSON is a fault on purpose
	}
	out, err := os.OpenFile(filepath.Join(folder, name+".jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = out.Write(append(line, '\n'))
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		t.Error(err)
	}
}

// TestYouTubeDecodes tells collectors/contract which fields are decoded.
func TestYouTubeDecodes(t *testing.T) {
	for schema, of := range map[string]any{"Channel": youtubeChannel{}, "PlaylistItem": youtubeItem{}, "Video": youtubeVideo{}, "CommentThread": youtubeThread{}, "Comment": youtubeComment{}} {
		fields := jsonFields(reflect.TypeOf(of), "")
		if len(fields) < 3 {
			t.Errorf("%s is decoded to %v only", schema, fields)
		}
		writeExchange(t, "youtube", record{"schema": schema, "fields": fields})
	}
}

// jsonFields lists the paths that a record is decoded from.
func jsonFields(t reflect.Type, path string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []string{path}
	}
	var all []string
	for f := range t.Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, jsonFields(f.Type, strings.TrimPrefix(path+"."+key, "."))...)
	}
	return all
}

func TestYouTubeReadsChannelVideosAndComments(t *testing.T) {
	f := youtubeTownOf(1)
	c := f.channels[0]
	at := func(minutes int) time.Time {
		return visitDay.Add(-2 * time.Hour).Add(time.Duration(minutes) * time.Minute)
	}
	old := f.upload(c, visitDay.AddDate(0, 0, -40), "Antiguo", "")
	full := f.upload(c, at(0), "Visita al museo #Alacant", "Más en https://museo.example/visita. Con @Museo_Oficial y a@b.example\r\n#museos https://museo.example/#mapa")
	v := f.videos[full]
	v["snippet"].(record)["defaultLanguage"] = "ca"
	v["contentDetails"].(record)["caption"] = "true"
	delete(v["statistics"].(record), "likeCount")    // hidden by the channel
	delete(v["statistics"].(record), "commentCount") // switched off
	hidden := f.upload(c, at(1), "Sin listar", "")
	f.videos[hidden]["status"].(record)["privacyStatus"] = "unlisted"

	question := f.comment(c, old, "UCvecina", "@Vecina", at(10))
	answer := f.reply(question, c.record["id"].(string), "@office0", "El lunes: https://office.example/", at(20))
	f.reply(question, "UCvecino", "@vecino", "gracias", at(25))
	f.comment(c, full, c.record["id"].(string), "@office0", at(11)) // its own
	nameless := f.comment(c, full, "UCotra", "Otra Vecina", at(12))

	s := serveYouTube(t, f)
	batches, errs := collectGroup(t, s, []pipeline.Request{{Account: f.account(0), Since: visitDay.AddDate(0, 0, -30)}})
	if errs["a0"] != nil {
		t.Fatal(errs["a0"])
	}
	b := batches["a0"]
	none := pipeline.NoCount
	want := pipeline.Batch{
		At: visitDay, Gives: youtube().gives, Calls: 4, // channel, list, videos, comments
		Listed: pipeline.Window{From: visitDay.AddDate(0, 0, -30), To: visitDay},
		Profile: &pipeline.Profile{
			StableID: c.record["id"].(string), Followers: pipeline.CountOf(1230), Posts: pipeline.CountOf(3), Handle: "office0", DisplayName: "Office 0", Bio: "Canal oficial",
			Avatar: "https://yt.example/800.jpg", Header: "https://yt.example/banner", CreatedAt: time.Date(2013, 2, 3, 4, 5, 6, 5e8, time.UTC), LastPostAt: at(1),
		},
		Posts: []pipeline.Post{
			{
				ID: full, CreatedAt: at(0), Kind: pipeline.Own, Language: "ca", URL: "https://www.youtube.com/watch?v=" + full,
				Text:  "Visita al museo #Alacant\nMás en https://museo.example/visita. Con @Museo_Oficial y a@b.example\n#museos https://museo.example/#mapa",
				Links: []string{"https://museo.example/visita", "https://museo.example/#mapa"}, Hashtags: []string{"Alacant", "museos"}, Mentions: []string{"Museo_Oficial"},
				Media:   []pipeline.Media{{Kind: "video", URL: "https://www.youtube.com/watch?v=" + full, Captions: true}},
				Figures: pipeline.Figures{Views: pipeline.CountOf(100)},
			},
			{
				ID: answer, CreatedAt: at(20), Kind: pipeline.Reply, InReplyTo: question["id"].(string), Text: "El lunes: https://office.example/",
				URL: "https://www.youtube.com/watch?v=" + old + "&lc=" + answer, Links: []string{"https://office.example/"},
				Figures: pipeline.Figures{Likes: pipeline.CountOf(3), Replies: none, Reposts: none, Views: none, Reach: none, Saves: none},
			},
		},
		Messages: []pipeline.Message{
			{ID: nameless["id"].(string), At: at(12), Author: "UCotra", InReplyTo: full, Text: "¿Cuándo?"},
			{ID: question["id"].(string), At: at(10), Author: "vecina", InReplyTo: old, Text: "¿Cuándo?"},
		},
		Next: b.Next,
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestYouTubeReadsOnlyWhatIsNew(t *testing.T) {
	f := youtubeTownOf(1)
	f.publish(60, visitDay.Add(-time.Minute))
	c := f.channels[0]
	thread := f.comment(c, c.uploads[0], "UCvecina", "@vecina", visitDay.Add(-time.Hour))
	for i := range 6 {
		f.reply(thread, "UCvecina", "@vecina", "y", visitDay.Add(-time.Hour+time.Duration(i)*time.Second))
	}
	s := serveYouTube(t, f)
	r := pipeline.Request{Account: f.account(0)}
	got, errs := collectGroup(t, s, []pipeline.Request{r})
	if b := got["a0"]; errs["a0"] != nil || len(b.Posts) != 60 || len(b.Messages) != 1 || b.Calls != 7 {
		t.Fatalf("%v: %d posts, %d messages in %d calls: %v", errs["a0"], len(b.Posts), len(b.Messages), b.Calls, s.calls)
	}
	r.Now = visitDay
	for _, step := range []struct {
		name                   string
		change                 func(now time.Time)
		after                  time.Duration
		calls, posts, messages int
	}{
		{"nothing: the channel and its comments", func(time.Time) {}, time.Hour, 2, 0, 0},
		{"a video", func(now time.Time) { f.publish(1, now.Add(-time.Minute)) }, time.Hour, 4, 1, 0},
		{"a video that comes to its list later than its date", func(now time.Time) { f.upload(c, now.Add(-70*time.Minute), "Tarde", "") }, time.Hour, 4, 1, 0},
		{"a late answer: the thread is listed, as only five replies come with it", func(now time.Time) {
			f.reply(thread, c.record["id"].(string), "@office0", "sí", now.Add(-time.Minute))
		}, 24 * time.Hour, 3, 1, 0},
		{"a comment", func(now time.Time) { f.comment(c, c.uploads[0], "UCb", "@b", now.Add(-time.Minute)) }, time.Hour, 2, 0, 1},
		{"one deleted and one published: seen by the listing of the week", func(now time.Time) {
			f.erase(c.uploads[0])
			f.publish(1, now.Add(-time.Minute))
		}, time.Hour, 2, 0, 0},
		{"a week", func(time.Time) {}, 8 * 24 * time.Hour, 4, 1, 0},
	} {
		r = again(r, got["a0"], step.after)
		step.change(r.Now)
		s.calls = nil
		got, errs = collectGroup(t, s, []pipeline.Request{r})
		if b := got["a0"]; errs["a0"] != nil || len(b.Gaps) > 0 || b.Calls != step.calls || len(s.calls) != step.calls || len(b.Posts) != step.posts || len(b.Messages) != step.messages {
			t.Errorf("%s: %v, %v: %d calls, %d posts, %d messages; want %d, %d, %d: %v",
				step.name, errs["a0"], b.Gaps, b.Calls, len(b.Posts), len(b.Messages), step.calls, step.posts, step.messages, s.calls)
		}
	}
}

func TestYouTubeDuePostsOfAGroup(t *testing.T) {
	const channels, each = 3, 40
	f := youtubeTownOf(channels)
	f.publish(each, visitDay.Add(-time.Minute))
	c := f.channels[0]
	thread := f.comment(c, c.uploads[0], "UCvecina", "@vecina", visitDay.Add(-time.Hour))
	kept := f.reply(thread, c.record["id"].(string), "@office0", "uno", visitDay.Add(-50*time.Minute))
	lost := f.reply(thread, c.record["id"].(string), "@office0", "dos", visitDay.Add(-40*time.Minute))
	s := serveYouTube(t, f)
	var requests []pipeline.Request
	for i := range channels {
		requests = append(requests, pipeline.Request{Account: f.account(i)})
	}
	first, _ := collectGroup(t, s, slices.Clone(requests))
	deleted, private := f.channels[1].uploads[3], f.channels[2].uploads[3]
	f.erase(deleted)
	f.erase(lost)
	f.videos[private]["status"].(record)["privacyStatus"] = "private"
	f.comments[kept]["snippet"].(record)["likeCount"] = 9
	for i := range requests {
		b := first[requests[i].Account.ID]
		var due []string
		for _, p := range b.Posts {
			due = append(due, p.ID)
		}
		requests[i].Now = visitDay
		requests[i] = again(requests[i], b, 24*time.Hour, due...)
	}
	s.calls = nil
	got, errs := collectGroup(t, s, requests)
	calls, posts := 0, 0
	for id, b := range got {
		if errs[id] != nil || len(b.Gaps) > 0 {
			t.Error(id, errs[id], b.Gaps)
		}
		calls, posts = calls+b.Calls, posts+len(b.Posts)
	}
	// Channels together, the list of the one that has fewer videos, 120 videos in three, answers in one, comments of each.
	if want := 1 + 1 + 3 + 1 + channels; calls != want || len(s.calls) != want {
		t.Errorf("%d calls counted, %d made, want %d: %v", calls, len(s.calls), want, s.calls)
	}
	if want := channels*each - 2 + 1; posts != want {
		t.Errorf("%d posts, want %d", posts, want)
	}
	for id, want := range map[pipeline.AccountID]string{"a0": lost, "a1": deleted, "a2": private} {
		if d := cmp.Diff([]string{want}, got[id].Gone); d != "" {
			t.Errorf("%s: gone (-want +got)\n%s", id, d)
		}
	}
	i := slices.IndexFunc(got["a0"].Posts, func(p pipeline.Post) bool { return p.ID == kept })
	if i < 0 || got["a0"].Posts[i].Figures.Likes != pipeline.CountOf(9) || got["a0"].Posts[i].InReplyTo != thread["id"] {
		t.Errorf("the channel's answer is not read again: %v", got["a0"].Posts)
	}
}

func TestYouTubeChannelsThatAreNotLikeOthers(t *testing.T) {
	f := youtubeTownOf(4)
	f.channels[0].record["statistics"].(record)["hiddenSubscriberCount"] = true
	f.channels[1].mute = true
	f.publish(1, visitDay.Add(-time.Minute))
	f.erase(f.channels[3].uploads[0])
	s := serveYouTube(t, f)
	requests := []pipeline.Request{{Account: f.account(0)}, {Account: f.account(1)}, {Account: f.account(2)}, {Account: f.account(3)}, {Account: f.account(3)}, {Account: f.account(3)}}
	requests[2].Account.Handle = f.channels[2].record["id"].(string)
	requests[4].Account.Handle, requests[4].Account.ID = "@nobody", "nobody"
	requests[5].StableID, requests[5].Account.ID = "UC9", "gone"
	got, errs := collectGroup(t, s, requests)
	for id, want := range map[pipeline.AccountID]error{"a0": nil, "a1": nil, "a2": nil, "a3": nil, "nobody": pipeline.ErrGone, "gone": pipeline.ErrGone} {
		if !errors.Is(errs[id], want) || (errs[id] == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", id, errs[id], want)
		}
	}
	if got["a0"].Profile.Followers.State != pipeline.Unknown {
		t.Errorf("hidden subscribers are %v", got["a0"].Profile.Followers)
	}
	if b := got["a1"]; len(b.Gaps) != 1 || b.Gaps[0].Part != "messages" || !errors.Is(b.Gaps[0].Cause, errNoComments) || slices.Contains(b.Gives, pipeline.FieldMessages) || len(b.Posts) != 1 {
		t.Errorf("without comments: %+v", b)
	}
	if got["a2"].Profile.Handle != "office2" {
		t.Errorf("found by id: %+v", got["a2"].Profile)
	}
	if b := got["a3"]; len(b.Gaps) > 0 || b.Profile.Posts != pipeline.CountOf(0) {
		t.Errorf("without videos: %+v", b)
	}
	f.channels[0].record["snippet"].(record)["customUrl"] = "@newname"
	r := requests[0]
	r.Now = visitDay
	if renamed, errs := collectGroup(t, s, []pipeline.Request{again(r, got["a0"], time.Hour)}); errs["a0"] != nil || renamed["a0"].Profile.Handle != "newname" {
		t.Errorf("renamed: %v, %+v", errs["a0"], renamed["a0"].Profile)
	}
	if _, err := collect(t, Options{}, pipeline.Request{Account: pipeline.Account{ID: "b", Platform: pipeline.YouTube, Handle: "@office0", Server: s.url}}); !errors.Is(err, pipeline.ErrDenied) {
		t.Errorf("without a credential: %v", err)
	}
}

func TestYouTubeStopsWhenItsUnitsAreUsedUp(t *testing.T) {
	f := youtubeTownOf(3)
	f.publish(3, visitDay.Add(-time.Minute))
	var requests []pipeline.Request
	for i := range f.channels {
		requests = append(requests, pipeline.Request{Account: f.account(i), StableID: f.channels[i].record["id"].(string)})
	}
	units := 3 // channels, and two lists
	f.fault = func(w http.ResponseWriter, _ *http.Request) bool {
		units--
		if units < 0 {
			youtubeRefuses(w, http.StatusForbidden, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.", "")
		}
		return units < 0
	}
	s := serveYouTube(t, f)
	got, errs := collectGroup(t, s, slices.Clone(requests))
	for id, b := range got {
		if errs[id] != nil || b.Profile == nil || len(b.Gaps) == 0 || len(b.Posts) > 0 {
			t.Errorf("%s: %v, %+v", id, errs[id], b)
		}
		for _, g := range b.Gaps {
			if !errors.Is(g.Cause, pipeline.ErrRateLimited) || !strings.Contains(g.Cause.Error(), "asked again at") {
				t.Errorf("%s: %v", id, g)
			}
		}
	}
	if len(s.calls) != 4 {
		t.Errorf("%d calls, want none after the first that was refused: %v", len(s.calls), s.calls)
	}
	f.fault = nil
	for i := range requests {
		requests[i].Now = visitDay
		requests[i] = again(requests[i], got[requests[i].Account.ID], 24*time.Hour)
	}
	for id, b := range first(collectGroup(t, s, requests)) {
		if len(b.Posts) != 3 || len(b.Gaps) > 0 {
			t.Errorf("%s on the next day: %d posts, gaps %v", id, len(b.Posts), b.Gaps)
		}
	}

	meter := pipeline.NewMeter(pipeline.YouTube, pipeline.Budget{Calls: 2}, pipeline.Use{}, visitDay)
	for i := range requests {
		requests[i].Meter, requests[i].Cursor = meter, ""
	}
	s.calls = nil
	if got, errs := collectGroup(t, s, requests); len(s.calls) != 2 || errs["a0"] != nil || !errors.Is(got["a2"].Gaps[0].Cause, pipeline.ErrBudget) {
		t.Errorf("of two calls %d are made: %v", len(s.calls), errs)
	}
}

func first[A, B any](a A, _ B) A { return a }

func TestUntilMidnightPacific(t *testing.T) {
	for now, want := range map[string]time.Duration{
		"2026-11-20T12:00:00Z": 20 * time.Hour, "2026-07-01T12:00:00Z": 19 * time.Hour, "2026-11-20T07:59:59Z": time.Second, "2026-11-20T08:00:00Z": 24 * time.Hour,
		"2026-11-01T07:00:00Z": 25 * time.Hour, "2026-03-08T08:00:00Z": 23 * time.Hour, // clocks change
	} {
		at, err := time.Parse(time.RFC3339, now)
		if got := untilMidnightPacific(at); err != nil || got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}

func TestYouTubeErrors(t *testing.T) {
	for _, c := range []struct {
		status int
		reason string
		body   string // instead of the reason
		want   error
		says   string
	}{
		{403, "quotaExceeded", "", pipeline.ErrRateLimited, "asked again at"},
		{403, "rateLimitExceeded", "", pipeline.ErrRateLimited, ""},
		{400, "keyInvalid", "", pipeline.ErrDenied, "PRESENCIA_TOKEN_TOWN"},
		{400, "", `{"error":{"code":400,"message":"API key not valid.","errors":[{"message":"m","domain":"global","reason":"badRequest"}],"status":"INVALID_ARGUMENT",` +
			`"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}`, pipeline.ErrDenied, "not valid"},
		{403, "accessNotConfigured", "", pipeline.ErrDenied, "enable it"},
		{403, "ipRefererBlocked", "", pipeline.ErrDenied, "restrictions"},
		{403, "forbidden", "", pipeline.ErrDenied, "renew it"},
		{401, "authError", "", pipeline.ErrDenied, "renew it"},
		{400, "invalidFilters", "", pipeline.ErrBadAnswer, ""},
		{404, "channelNotFound", "", pipeline.ErrGone, ""},
		{500, "backendError", "", pipeline.ErrUnavailable, ""},
		{200, "", `<html>`, pipeline.ErrBadAnswer, ""},
		{200, "", `{"items":["x"]}`, pipeline.ErrBadAnswer, ""},
		{200, "", `{"items":[{"id":"UC1","statistics":{"videoCount":"many"}}]}`, pipeline.ErrBadAnswer, ""},
		{200, "", `{}`, pipeline.ErrGone, "knows no channel"},
	} {
		t.Run(fmt.Sprint(c.status, c.reason, len(c.body)), func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.body != "" {
					w.WriteHeader(c.status)
					_, _ = w.Write([]byte(c.body))
					return
				}
				youtubeRefuses(w, c.status, c.reason, "message", "")
			})
			var log bytes.Buffer
			all := All(Options{Backoff: time.Millisecond, Credential: func(string) (pipeline.Secret, error) { return "AIzaSecret", nil },
				Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			a := youtubeTownOf(0).account(0)
			a.Server, a.AllowHTTP = s.url, true
			_, err := readOne(t.Context(), all, pipeline.Request{Account: a, Now: visitDay})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v that says %q", err, c.want, c.says)
			}
			if !strings.Contains(s.calls[0], "key=AIzaSecret") || strings.Contains(err.Error()+log.String(), "AIza") || log.Len() == 0 {
				t.Errorf("the key goes to YouTube and nowhere else: %s, %v, %s", s.calls[0], err, log.String())
			}
		})
	}
}

func TestYouTubeTakesATokenOfOAuth(t *testing.T) {
	f := youtubeTownOf(1)
	s := serveYouTube(t, f)
	a := f.account(0)
	a.Server, a.AllowHTTP = s.url, true
	all := All(Options{Credential: func(string) (pipeline.Secret, error) { return "ya29.secret-OAUTH", nil }})
	if _, err := readOne(t.Context(), all, pipeline.Request{Account: a, Now: visitDay}); err != nil || strings.Contains(strings.Join(s.calls, " "), "OAUTH") {
		t.Errorf("%v, %v", err, s.calls)
	}
}

func TestYouTubeParksWhatIsRefused(t *testing.T) {
	f := youtubeTownOf(2)
	f.retired["channels.part=brandingSettings"], f.retired["channels.part=contentDetails"], f.retired["videos.part=statistics"] = true, true, true
	f.publish(2, visitDay.Add(-time.Minute))
	s := serveYouTube(t, f)
	var requests []pipeline.Request
	for i := range f.channels {
		requests = append(requests, pipeline.Request{Account: f.account(i), StableID: f.channels[i].record["id"].(string)})
	}
	got, errs := collectGroup(t, s, requests)
	var parked []pipeline.Parked
	for id, b := range got {
		parked = append(parked, b.Parked...)
		if errs[id] != nil || len(b.Gaps) > 0 || len(b.Posts) != 2 || b.Profile.Header != "" || b.Profile.DisplayName == "" || b.Posts[0].Text == "" {
			t.Errorf("%s: %v, %+v", id, errs[id], b)
		}
		for _, lost := range []pipeline.Field{pipeline.FieldHeader, pipeline.FieldViews, pipeline.FieldLikes} {
			if slices.Contains(b.Gives, lost) {
				t.Errorf("%s is given", lost)
			}
		}
	}
	if len(parked) != 3 {
		t.Errorf("parked: %v", parked)
	}
	s.calls = nil
	for i := range requests {
		requests[i].Parked = parked
	}
	if got, _ := collectGroup(t, s, requests); len(s.calls) != 6 || len(got["a0"].Posts) != 2 {
		t.Errorf("the next run asks for %v", s.calls)
	}
}

// TestYouTubeScheduledVideos: a video that its owner's token sees before the public does hides none that are older, and is
// read when it is public.
func TestYouTubeScheduledVideos(t *testing.T) {
	f := youtubeTownOf(1)
	f.publish(120, visitDay.Add(-time.Hour))
	scheduled := f.channels[0].uploads[119]
	f.videos[scheduled]["status"].(record)["privacyStatus"] = "private"
	s := serveYouTube(t, f)
	r := pipeline.Request{Account: f.account(0), Now: visitDay}
	b := first(collectGroup(t, s, []pipeline.Request{r}))["a0"]
	if len(b.Posts) != 119 || len(b.Gaps) > 0 || slices.ContainsFunc(b.Posts, func(p pipeline.Post) bool { return p.ID == scheduled }) {
		t.Errorf("%d posts, gaps %v", len(b.Posts), b.Gaps)
	}
	f.videos[scheduled]["status"].(record)["privacyStatus"] = "public"
	f.videos[scheduled]["snippet"].(record)["publishedAt"] = visitDay.Add(youtubeRelist).Format(time.RFC3339)
	b = first(collectGroup(t, s, []pipeline.Request{again(r, b, youtubeRelist+time.Hour)}))["a0"]
	if !slices.ContainsFunc(b.Posts, func(p pipeline.Post) bool { return p.ID == scheduled }) || len(b.Gaps) > 0 {
		t.Errorf("when it is public: %d posts, gaps %v", len(b.Posts), b.Gaps)
	}
}

func TestYouTubeListsThatDoNotEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		path  string
		fault func(n int, w http.ResponseWriter, body record) // of the n-th page
		posts int                                             // of the first visit
		gap   error
	}{
		{"the same token for ever", "playlistItems", func(_ int, _ http.ResponseWriter, body record) { body["nextPageToken"] = "50" }, 60, pipeline.ErrBadAnswer},
		{"fresh tokens with nothing new", "playlistItems", func(n int, _ http.ResponseWriter, body record) {
			if n > 1 {
				body["nextPageToken"] = strconv.Itoa(60 + n)
			}
		}, 60, pipeline.ErrBadAnswer},
		{"a page that breaks off", "playlistItems", func(n int, w http.ResponseWriter, _ record) {
			if n > 1 && n < 6 {
				w.Header().Set("Content-Length", "100000")
			}
		}, 50, pipeline.ErrUnavailable},
		{"videos that are not to be had", "videos", func(n int, _ http.ResponseWriter, body record) {
			if n == 2 {
				body["items"] = 1
			}
		}, 50, pipeline.ErrBadAnswer},
		{"comments for ever", "commentThreads", func(_ int, _ http.ResponseWriter, body record) { body["nextPageToken"] = "0" }, 60, pipeline.ErrBadAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := youtubeTownOf(1)
			f.publish(60, visitDay.Add(-time.Minute))
			f.comment(f.channels[0], f.channels[0].uploads[0], "UCb", "@b", visitDay.Add(-time.Hour))
			n, broken := 0, true
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/"+c.path) || !broken {
					f.ServeHTTP(w, r)
					return
				}
				n++
				rec := httptest.NewRecorder()
				f.ServeHTTP(rec, r)
				var body record
				_ = json.Unmarshal(rec.Body.Bytes(), &body)
				c.fault(n, w, body)
				_ = json.NewEncoder(w).Encode(body)
			})
			r := pipeline.Request{Account: f.account(0), Now: visitDay}
			got, errs := collectGroup(t, s, []pipeline.Request{r})
			b := got["a0"]
			if errs["a0"] != nil || len(b.Posts) != c.posts || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, c.gap) || n > 12 {
				t.Errorf("%v: %d posts, gaps %v, %d pages", errs["a0"], len(b.Posts), b.Gaps, n)
			}
			if c.path != "commentThreads" && !b.Listed.IsZero() {
				t.Errorf("listed %v, although the list broke off", b.Listed)
			}
			broken = false
			second := first(collectGroup(t, s, []pipeline.Request{again(r, b, time.Hour)}))["a0"]
			if c.path == "commentThreads" {
				if len(second.Messages) != 1 || len(second.Gaps) > 0 {
					t.Errorf("the next visit: %d messages, gaps %v", len(second.Messages), second.Gaps)
				}
			} else if len(second.Posts) != 60 || len(second.Gaps) > 0 {
				t.Errorf("the next visit: %d posts, gaps %v", len(second.Posts), second.Gaps)
			}
		})
	}
}

func FuzzYouTubePost(f *testing.F) {
	f.Add(`{"id":"v","snippet":{"title":"a #b","description":"https://example.org/#c @d","publishedAt":"2026-01-01T00:00:00Z"},"statistics":{"viewCount":"1"}}`, "Ugz.9")
	f.Add(`{"statistics":{"viewCount":"-1","likeCount":"18446744073709551615"}}`, "")
	f.Fuzz(func(t *testing.T, video, comment string) {
		found := map[string]*youtubeVideo{}
		if mergeRecords(found, []json.RawMessage{json.RawMessage(video), json.RawMessage(video)}, func(v *youtubeVideo) string { return v.ID }) != nil {
			return
		}
		for _, v := range found {
			p := v.post()
			for _, l := range p.Links {
				if !web(l) {
					t.Errorf("%q is no link", l)
				}
			}
			if n, known := p.Figures.Views.Get(); known && n < 0 {
				t.Errorf("%d views", n)
			}
		}
		a := &youtubeVisit{channel: &youtubeChannel{}}
		a.put(a.reply(&youtubeComment{ID: comment, Snippet: youtubeCommentSnippet{TextDisplay: video}}, "", ""))
	})
}

// youtubeFloor: channels by fifty, the list of those that published, videos by fifty of a group, comments of all.
func youtubeFloor(n, p, w int) int {
	return pages(n, youtubeBatch) + n*min(1, p) + pages(n*(p+w), youtubeBatch) + n
}
