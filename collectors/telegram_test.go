package collectors

import (
	"encoding/base64"
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

// telegramTown is the preview of channels as t.me shows it.
type telegramTown struct {
	mu       sync.Mutex
	channels map[string]*telegramChannel
	limited  int // requests that are refused
}

type telegramChannel struct {
	id               int64
	name             string
	short, long      string // number of subscribers, as the preview and as the page of the name has it
	extra            string // in the place of subscribers: no channel
	about            string
	closed, nobody   bool
	messages         []telegramMessage // oldest first
	noLinks, noImage bool
}

type telegramMessage struct {
	id      int
	at      time.Time
	content string // of the bubble
	service bool
	footer  string // before the date
	views   string
}

func newTelegramTown(accounts int) fakePlatform { return telegramTownOf(accounts) }

func telegramTownOf(accounts int) *telegramTown {
	f := &telegramTown{channels: map[string]*telegramChannel{}}
	for i := range accounts {
		c := &telegramChannel{id: int64(1000 + i), name: fmt.Sprint("office", i), short: "412", long: "412"}
		f.channels[c.name] = c
	}
	return f
}

func (f *telegramTown) account(i int) pipeline.Account {
	return pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Platform: pipeline.Telegram, Handle: fmt.Sprint("@Office", i)}
}

func (f *telegramTown) publish(each int, newest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.channels {
		for k := range each {
			c.say(newest.Add(-time.Duration(each-1-k)*time.Minute), "<b>hola</b>")
		}
	}
}

// say publishes a message.
func (c *telegramChannel) say(at time.Time, text string) *telegramMessage {
	id := 1
	if n := len(c.messages); n > 0 {
		id = c.messages[n-1].id + 1
	}
	c.messages = append(c.messages, telegramMessage{id: id, at: at, views: "98",
		content: `<div class="tgme_widget_message_text js-message_text" dir="auto">` + text + `</div>`})
	return &c.messages[len(c.messages)-1]
}

func (c *telegramChannel) erase(id int) {
	c.messages = slices.DeleteFunc(c.messages, func(m telegramMessage) bool { return m.id == id })
}

func (f *telegramTown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limited > 0 {
		f.limited--
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	name, preview := strings.CutPrefix(strings.Trim(r.URL.Path, "/"), "s/")
	c := f.channels[strings.ToLower(name)]
	switch {
	case c == nil:
		w.WriteHeader(http.StatusNotFound)
	case preview && (c.closed || c.nobody || c.extra != ""):
		http.Redirect(w, r, "/"+name, http.StatusFound)
	case preview:
		fmt.Fprint(w, c.preview(r.FormValue("before")))
	case c.nobody:
		fmt.Fprintf(w, `<html><body><div class="tgme_page"><div class="tgme_page_icon"></div><div class="tgme_page_description">If you have <b>Telegram</b>, you can contact <a>@%s</a> right away.</div></div></body></html>`, name)
	default:
		extra := c.extra
		if extra == "" {
			extra = c.long + " subscribers"
		}
		fmt.Fprintf(w, `<html><body><div class="tgme_page"><a><img class="tgme_page_photo_image" src="https://cdn4.example/file/x.jpg"></a>
			<div class="tgme_page_title" dir="auto"><span dir="auto">Oficina</span></div><div class="tgme_page_extra">%s</div><div class="tgme_page_description">%s</div></div></body></html>`, extra, c.about)
	}
}

// preview is a page of twenty messages.
func (c *telegramChannel) preview(before string) string {
	end := len(c.messages)
	if n, err := strconv.Atoi(before); err == nil {
		end = slices.IndexFunc(c.messages, func(m telegramMessage) bool { return m.id >= n })
		if end < 0 {
			end = len(c.messages)
		}
	}
	from := max(0, end-20)
	var b strings.Builder
	fmt.Fprintf(&b, `<!DOCTYPE html><html><head><title>Oficina – Telegram</title>`)
	if from > 0 && !c.noLinks {
		fmt.Fprintf(&b, `<link rel="prev" href="/s/%s?before=%d">`, c.name, c.messages[from].id)
	}
	image := `<img src="https://cdn4.example/file/1.jpg">`
	if c.noImage {
		image = ""
	}
	fmt.Fprintf(&b, `<link rel="canonical" href="/s/%[1]s"></head><body><main><section><div class="tgme_channel_info"><div class="tgme_channel_info_header">
		<i class="tgme_page_photo_image bgcolor1" data-content="O">%[4]s</i><div class="tgme_channel_info_header_title_wrap"><div class="tgme_channel_info_header_title"><span dir="auto">Oficina</span></div>
		<div class="tgme_channel_info_header_labels"><i class="verified-icon"> ✔</i></div></div><div class="tgme_channel_info_header_username"><a href="https://t.me/%[1]s">@%[1]s</a></div></div>
		<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter"><span class="counter_value">%[2]s</span> <span class="counter_type">subscribers</span></div>
		<div class="tgme_channel_info_counter"><span class="counter_value">7</span> <span class="counter_type">photos</span></div></div><div class="tgme_channel_info_description">%[3]s</div></div></section><section class="tgme_channel_history">`,
		c.name, c.short, c.about, image)
	if from > 0 && !c.noLinks {
		fmt.Fprintf(&b, `<div class="tgme_widget_message_centered js-messages_more_wrap"><a href="/s/%[1]s?before=%[2]d" class="tme_messages_more js-messages_more" data-before="%[2]d"></a></div>`, c.name, c.messages[from].id)
	}
	for _, m := range c.messages[from:end] {
		class := ""
		if m.service {
			class = " service_message"
		}
		view := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"c":-%d,"p":%d,"t":1}`, c.id, m.id))
		fmt.Fprintf(&b, `<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap%s js-widget_message" data-post="%s/%d" data-view="%s">
			<div class="tgme_widget_message_user"><a href="https://t.me/%[2]s"><i class="tgme_widget_message_user_photo"><img src="x"></i></a></div><div class="tgme_widget_message_bubble">
			<div class="tgme_widget_message_author"><a class="tgme_widget_message_owner_name" href="https://t.me/%[2]s"><span dir="auto">Oficina</span></a></div>%[5]s
			<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info"><span class="tgme_widget_message_views">%[6]s</span><span class="copyonly"> views</span>
			<span class="tgme_widget_message_meta">%[7]s<a class="tgme_widget_message_date" href="https://t.me/%[2]s/%[3]d"><time datetime="%[8]s" class="time">10:00</time></a></span></div></div></div></div></div>`,
			class, c.name, m.id, view, m.content, m.views, m.footer, m.at.Format("2006-01-02T15:04:05-07:00"))
	}
	b.WriteString(`</section></main></body></html>`)
	return b.String()
}

func TestTelegramReadsAChannel(t *testing.T) {
	f := telegramTownOf(1)
	c := f.channels["office0"]
	c.short, c.long = "1.13M", "1 128 406"
	c.about = `Canal oficial<br>Web: <a href="https://office.example/" rel="noopener">office.example</a> <a href="https://t.me/altres">@altres</a>`
	c.messages = []telegramMessage{{id: 1, at: day(11, 1, 9, 0), service: true, content: `<div class="tgme_widget_message_text">Channel created</div>`}}
	c.say(day(11, 2, 9, 0), `Hui <tg-emoji emoji-id="1"><i class="emoji" style="background-image:url('//x')"><b>🎉</b></i></tg-emoji> és <a href="?q=%23Fira">#Fira</a> amb <a href="https://t.me/cultura">@cultura</a>.<br/><br/>`+
		`Més: <a href="https://office.example/fira?a=1&amp;b=2">office.example/fira</a>`)
	m := &c.messages[1]
	m.content = `<a class="tgme_widget_message_photo_wrap 1" href="https://t.me/office0/2?single" style="width:1px;background-image:url('https://cdn4.example/file/a.jpg')"></a>
		<a class="tgme_widget_message_video_player"><i class="tgme_widget_message_video_thumb" style="x"></i></a>` + m.content +
		`<a class="tgme_widget_message_link_preview" href="https://diari.example/fira"><div class="link_preview_title">La fira</div></a>
		<div class="tgme_widget_message_reactions js-message_reactions"><span class="tgme_reaction"><i class="emoji"><b>👍</b></i>1.2K</span><span class="tgme_reaction"><i class="emoji"><b>❤</b></i>7</span></div>`
	m.views, m.footer = "12.3K", "edited "
	c.say(day(11, 3, 9, 0), "És a les 18 h")
	c.messages[2].content = `<a class="tgme_widget_message_reply" href="https://t.me/office0/2"><div class="tgme_widget_message_metatext js-message_reply_text">Hui #Altra</div></a>` + c.messages[2].content
	c.say(day(11, 4, 9, 0), "paraules d'altri")
	c.messages[3].content = `<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/cultura/77"><span dir="auto">Cultura</span></a></div>` + c.messages[3].content
	c.say(day(11, 5, 9, 0), "").content = `<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Vindreu?</div></div>`
	b, err := readFake(t, f, pipeline.Request{Account: f.account(0)})
	if err != nil {
		t.Fatal(err)
	}
	n, none := pipeline.CountOf, pipeline.NoCount
	want := pipeline.Batch{
		At: visitDay, Gives: telegram().gives, Calls: 2, Next: b.Next, Listed: pipeline.Window{From: time.Unix(0, 0).UTC(), To: visitDay},
		Profile: &pipeline.Profile{StableID: "1000", Followers: n(1128406), Handle: "office0", DisplayName: "Oficina", Bio: "Canal oficial\nWeb: office.example @altres",
			Links: []string{"https://office.example/"}, Avatar: "https://t.me/i/userpic/320/office0.jpg", Verified: true, LastPostAt: day(11, 5, 9, 0)},
		Posts: []pipeline.Post{
			{ID: "5", CreatedAt: day(11, 5, 9, 0), Kind: pipeline.Own, Text: "Vindreu?", URL: "https://t.me/office0/5", Figures: pipeline.Figures{Likes: n(0), Views: n(98)}},
			{ID: "4", CreatedAt: day(11, 4, 9, 0), Kind: pipeline.Repost, URL: "https://t.me/office0/4", RepostOf: "https://t.me/cultura/77",
				Figures: pipeline.Figures{Likes: none, Replies: none, Reposts: none, Views: none, Reach: none, Saves: none}},
			{ID: "3", CreatedAt: day(11, 3, 9, 0), Kind: pipeline.Own, Text: "És a les 18 h", URL: "https://t.me/office0/3", InReplyTo: "2", SelfReply: true, Figures: pipeline.Figures{Likes: n(0), Views: n(98)}},
			{ID: "2", CreatedAt: day(11, 2, 9, 0), Kind: pipeline.Own, Text: "Hui 🎉 és #Fira amb @cultura.\n\nMés: office.example/fira", URL: "https://t.me/office0/2", Edited: true,
				Links: []string{"https://office.example/fira?a=1&b=2", "https://diari.example/fira"}, Hashtags: []string{"Fira"}, Mentions: []string{"cultura"},
				Media: []pipeline.Media{{Kind: "image", URL: "https://t.me/office0/2?single"}, {Kind: "video", URL: "https://t.me/office0/2"}}, Figures: pipeline.Figures{Likes: n(1207), Views: n(12300)}},
		},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestTelegramPagesDownAndFindsWhatIsDeleted(t *testing.T) {
	f := telegramTownOf(1)
	c := f.channels["office0"]
	for i := range 100 {
		c.say(visitDay.Add(time.Duration(i-100)*time.Hour), fmt.Sprint("n", i))
	}
	r := pipeline.Request{Account: f.account(0), Since: visitDay.Add(-50 * time.Hour)}
	f.limited = 1
	b, err := readFake(t, f, r)
	if err != nil || !slices.Equal(ids(b.Posts), upTo(100, 51)) || b.Calls != 4 || b.Profile.Followers != pipeline.CountOf(412) {
		t.Fatalf("%v: %v in %d calls", err, ids(b.Posts), b.Calls)
	}
	if slices.Contains(b.Gives, pipeline.FieldLikes) || b.Posts[0].Figures.Likes.State != pipeline.Unknown {
		t.Error("a channel without reactions has unknown likes")
	}
	r.Cursor, r.StableID, r.Now = b.Next, b.Profile.StableID, visitDay.Add(24*time.Hour)
	c.say(r.Now.Add(-time.Hour), "nou")
	b, err = readFake(t, f, r)
	if err != nil || !slices.Equal(ids(b.Posts), []int{101, 100}) || b.Calls != 1 { // 100 is of the hour before the visit
		t.Errorf("what is new: %v: %v in %d calls", err, ids(b.Posts), b.Calls)
	}
	c.erase(75)
	r.Cursor, r.Due = b.Next, []pipeline.DuePost{{ID: "75", CreatedAt: visitDay.Add(-26 * time.Hour)}, {ID: "70", CreatedAt: visitDay.Add(-31 * time.Hour)}}
	b, err = readFake(t, f, r)
	if err != nil || slices.Contains(ids(b.Posts), 75) || !slices.Contains(ids(b.Posts), 70) || !b.Listed.Contains(r.Due[0].CreatedAt) || b.Calls != 2 {
		t.Errorf("what is due: %v: %v, listed %v in %d calls", err, ids(b.Posts), b.Listed, b.Calls)
	}
	// The same when the page does not say where older messages are.
	c.noLinks = true
	b, err = readFake(t, f, pipeline.Request{Account: f.account(0)})
	if err != nil || len(b.Posts) != 100 {
		t.Errorf("%v: %d posts", err, len(b.Posts))
	}
}

func TestTelegramChannelsThatAreNotLikeOthers(t *testing.T) {
	f := telegramTownOf(1)
	c := f.channels["office0"]
	c.say(visitDay.Add(-time.Hour), "hola")
	r := pipeline.Request{Account: f.account(0)}

	c.closed, c.long = true, "12 345"
	b, err := readFake(t, f, r)
	if err != nil || len(b.Gaps) != 1 || !errors.Is(b.Gaps[0].Cause, pipeline.ErrDenied) || !strings.Contains(b.Gaps[0].Cause.Error(), "turn it on, or import") ||
		b.Profile.Followers != pipeline.CountOf(12345) || b.Profile.DisplayName != "Oficina" || !b.Listed.IsZero() || slices.Contains(b.Gives, pipeline.FieldText) {
		t.Errorf("without preview: %v, %+v", err, b)
	}
	r.Cursor, c.closed = b.Next, false
	if b, err := readFake(t, f, r); err != nil || len(b.Posts) != 1 {
		t.Errorf("when it is on again: %v, %d posts", err, len(b.Posts))
	}
	r.Cursor = ""
	c.nobody = true
	if _, err := readFake(t, f, r); !errors.Is(err, pipeline.ErrGone) {
		t.Errorf("nobody has the name: %v", err)
	}
	c.nobody = false
	for _, extra := range []string{"1 234 members, 56 online", "@office0", "12 monthly users"} {
		c.extra = extra
		if _, err := readFake(t, f, r); !errors.Is(err, pipeline.ErrDenied) {
			t.Errorf("%s: %v", extra, err)
		}
	}
	c.extra, c.short = "", "12.3K"
	c.long = "some"
	if b, err := readFake(t, f, r); err != nil || b.Profile.Followers != pipeline.CountOf(12300) {
		t.Errorf("the shortened number where there is no other: %v", err)
	}
	c.messages, c.short, c.noImage = nil, "", true
	if b, err := readFake(t, f, r); err != nil || !b.Listed.IsZero() || b.Profile.Followers.State != pipeline.Unknown || b.Profile.Avatar != "" {
		t.Errorf("an empty channel: %v, %+v", err, b)
	}
	r.Account.Handle = "@no/name"
	if _, err := readFake(t, f, r); err == nil || !strings.Contains(err.Error(), "t.me/name") {
		t.Errorf("a name that is none: %v", err)
	}
	// Another channel under the old name has another number, which the run compares; its list begins anew.
	r = pipeline.Request{Account: f.account(0), Cursor: b.Next, StableID: "1000"}
	c.id = 2000
	c.say(visitDay.Add(-time.Hour), "hola")
	if b, err := readFake(t, f, r); err != nil || b.Profile.StableID != "2000" {
		t.Errorf("taken: %v, %+v", err, b.Profile)
	}
}

func TestAbbreviated(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "987": 987, "12 345": 12345, "1 234 567": 1234567, "1,234": 1234, "1.13M": 1130000, "12.3K": 12300, "1K": 1000,
		"2.5B": 2500000000, "👍 7": 7, "5 ": 5, "": -1, "some": -1, "1.5": -1, "K": -1, "99999999999999999999": -1, "9999999999B": -1} {
		n, shortened := abbreviated(s)
		if got, known := n.Get(); known != (want >= 0) || known && got != want || shortened != (known && strings.ContainsAny(s, "KMB")) {
			t.Errorf("%q: %v, shortened %v", s, n, shortened)
		}
	}
}

func FuzzTelegram(f *testing.F) {
	town := telegramTownOf(1)
	c := town.channels["office0"]
	c.say(visitDay, `<tg-spoiler>x</tg-spoiler> <a href="?q=%23a">#a</a>`)
	f.Add(c.preview(""))
	f.Add(`<html><body><div class="tgme_page_title">x</div><div class="tgme_page_extra">1 subscriber</div></body></html>`)
	f.Add(`<div class="tgme_channel_info"><div class="tgme_widget_message" data-post="office0/2"><a class="tgme_widget_message_reply"></a><a class="tgme_widget_message_date"><time datetime="2026-11-20T10:00:00+00:00"></a></html>`)
	f.Fuzz(func(t *testing.T, page string) {
		p, err := readTelegram([]byte(page), "office0")
		if err != nil {
			if !errors.Is(err, pipeline.ErrBadAnswer) {
				t.Errorf("%v is no kind of error", err)
			}
			return
		}
		if n, known := p.subscribers.Get(); known && n < 0 {
			t.Errorf("%d subscribers", n)
		}
		for _, e := range p.entries {
			if n, err := strconv.ParseInt(e.id, 10, 64); err != nil || n <= 0 {
				t.Errorf("a message of id %q", e.id)
			}
			if e.post != nil && (e.post.CreatedAt.IsZero() || e.post.CreatedAt != e.at || e.post.ID != e.id) {
				t.Errorf("a post without a date: %+v", e.post)
			}
		}
		if n, err := strconv.ParseInt(p.before, 10, 64); p.before != "" && (err != nil || n <= 1) {
			t.Errorf("older messages are before %q", p.before)
		}
	})
}
