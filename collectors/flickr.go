package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
)

const (
	flickrServer   = "https://www.flickr.com"
	flickrAPI      = "https://api.flickr.com"
	flickrPage     = 500 // photos, the most that the API gives at once
	flickrPages    = 40  // of the list in one visit
	flickrComments = 50  // photos whose comments are read in one visit

	flickrExtras = "count_comments,count_faves,date_upload,description,media,path_alias,tags,views"
)

func flickr() source {
	return source{
		platform: pipeline.Flickr,
		gives: []pipeline.Field{
			pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldLinks, pipeline.FieldAvatar, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMedia,
			pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldViews, pipeline.FieldMessages,
		},
		notApplicable: []pipeline.Field{pipeline.FieldReposts},
		proof:         OwnStub,
		open:          func(f *fetcher, o Options) pipeline.Collector { return pipeline.OneByOne(flickrReader{f, o.Refresh}) },
	}
}

// flickrReader reads the public photos of a member by Flickr's API with its key, which is allowed 3,600 requests an hour.
//
// A visit asks for the member and for the newest 500 photos, which come with their figures: down to the visit before, or to
// the oldest photo that is due again. Comments are read under young photos that have more of them than before. Flickr's
// comments answer a photo and not each other: what the member writes under its own photos is left out, as nobody can tell
// whom it answers. The API does not tell followers. A photo that was private first and shown later keeps its old date; it is
// found where the list goes down to it.
type flickrReader struct {
	fetch   *fetcher
	refresh time.Duration
}

type flickrCursor struct {
	track
	Comments map[string]counted `json:"comments,omitempty"` // read under young photos
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	flickrStatus struct {
		Stat string `json:"stat"` // ok, or fail with a code, beside a status of success
		Code int    `json:"code"`
	}
	flickrContent struct {
		Content flickrText `json:"_content"`
	}
	flickrFound struct {
		User flickrUser `json:"user"`
	}
	flickrUser struct {
		ID string `json:"id"`
	}
	flickrInfo struct {
		Person flickrPerson `json:"person"`
	}
	flickrPerson struct {
		NSID        string        `json:"nsid"`
		IconServer  flickrText    `json:"iconserver"`
		IconFarm    flickrText    `json:"iconfarm"`
		PathAlias   string        `json:"path_alias"`
		Username    flickrContent `json:"username"`
		RealName    flickrContent `json:"realname"`
		Description flickrContent `json:"description"`
		Photos      flickrCounts  `json:"photos"`
	}
	flickrCounts struct {
		Count flickrContent `json:"count"`
	}
	flickrList struct {
		Photos *flickrPhotos `json:"photos"`
	}
	flickrPhotos struct {
		Page  int           `json:"page"`
		Pages int           `json:"pages"`
		Total flickrText    `json:"total"`
		Photo []flickrPhoto `json:"photo"`
	}
	flickrPhoto struct {
		ID            string        `json:"id"`
		Secret        string        `json:"secret"` // part of the picture's address
		Server        flickrText    `json:"server"`
		Title         string        `json:"title"`
		Description   flickrContent `json:"description"`
		Tags          string        `json:"tags"`
		Media         string        `json:"media"`
		PathAlias     string        `json:"pathalias"`
		DateUpload    flickrText    `json:"dateupload"` // Unix seconds
		Views         flickrText    `json:"views"`
		CountFaves    flickrText    `json:"count_faves"`
		CountComments flickrText    `json:"count_comments"`
	}
	flickrTalk struct {
		Comments *flickrSaid `json:"comments"`
	}
	flickrSaid struct {
		Comment []flickrComment `json:"comment"`
	}
	flickrComment struct {
		ID         string     `json:"id"`
		Author     string     `json:"author"`
		DateCreate flickrText `json:"datecreate"` // Unix seconds
		Content    string     `json:"_content"`
	}
)

// flickrText is a text or a number, which the API writes both ways.
type flickrText string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *flickrText) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
		if s == "null" || strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
			s = ""
		}
	}
	*t = flickrText(s)
	return nil
}

func (t flickrText) count() pipeline.Count {
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		return pipeline.Count{}
	}
	return count(&n)
}

// moment is a date in Unix seconds; zero: none.
func (t flickrText) moment() time.Time {
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

type flickrVisit struct {
	*visit
	base    *url.URL
	refresh time.Duration
	cursor  flickrCursor
	alias   string // name in addresses
	total   string // photos that the pages of the list told of
	moved   bool   // their number changed while they were listed
	batch   pipeline.Batch
}

var flickrID = regexp.MustCompile(`(?i)^[0-9]+@n[0-9]{2}$`)

// Read implements [pipeline.Reader].
func (c flickrReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	f := &flickrVisit{visit: v, refresh: c.refresh, batch: pipeline.Batch{At: r.Now, Gives: slices.Clone(flickr().gives)}}
	err = f.read(ctx, r)
	f.batch.Calls = v.calls
	return f.batch, err
}

func (f *flickrVisit) read(ctx context.Context, r pipeline.Request) error {
	if f.token == "" {
		return fmt.Errorf("%w: Flickr answers with a key only: give the account a credential NAME in the register, and the key of an app in PRESENCIA_TOKEN_NAME", pipeline.ErrDenied)
	}
	var err error
	if f.base, err = serverOf(r.Account, flickrAPI); err != nil {
		return err
	}
	handle := pipeline.CanonicalHandle(r.Account.Handle)
	of := handle + " " + f.base.Host
	if json.Unmarshal([]byte(r.Cursor), &f.cursor) != nil || !f.cursor.speaksOf(of, r) {
		f.cursor = flickrCursor{track: track{Of: of, ID: r.StableID, Since: r.Since}}
	}
	if f.cursor.ID == "" {
		if f.cursor.ID, err = f.lookup(ctx, handle); err != nil {
			return err
		}
	}
	var info flickrInfo
	if err := f.ask(ctx, "flickr.people.getInfo", url.Values{"user_id": {f.cursor.ID}}, &info); err != nil {
		return err
	}
	if info.Person.NSID == "" {
		return fmt.Errorf("the member %s: %w: there is no id in it", f.cursor.ID, pipeline.ErrBadAnswer)
	}
	f.alias = cmp.Or(info.Person.PathAlias, info.Person.NSID)

	f.cursor.Rest = pageBefore(f.cursor.Rest)
	l, err := f.cursor.list(ctx, r, true, flickrPages, f.listed)
	if err = cmp.Or(err, l.gap); err != nil {
		f.gap("posts", err)
	}
	f.batch.Posts = l.posts
	if len(l.seen) > 0 && !f.moved { // what is withheld, or slipped to a page that was read already, is not deleted
		f.batch.Listed = l.window
	}
	if err := f.talk(ctx, r); err != nil {
		f.gap("messages", err)
		f.without(pipeline.FieldMessages)
	}
	for field, of := range map[pipeline.Field]func(pipeline.Figures) pipeline.Count{
		pipeline.FieldLikes:   func(f pipeline.Figures) pipeline.Count { return f.Likes },
		pipeline.FieldReplies: func(f pipeline.Figures) pipeline.Count { return f.Replies },
	} { // Flickr gives them, and does not promise it
		if len(l.posts) > 0 && !slices.ContainsFunc(l.posts, func(p pipeline.Post) bool { return of(p.Figures).State == pipeline.Known }) {
			f.without(field)
		}
	}
	f.batch.Profile = f.profile(&info.Person)
	next, err := json.Marshal(f.cursor)
	f.batch.Next = pipeline.Cursor(next)
	return err
}

// pageBefore goes on a page before the one that an earlier visit did not come to: photos have been added and deleted since.
func pageBefore(page string) string {
	if n, err := strconv.Atoi(page); err == nil && n > 2 {
		return strconv.Itoa(n - 1)
	}
	return page
}

func (f *flickrVisit) gap(part string, err error) {
	f.batch.Gaps = append(f.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

func (f *flickrVisit) without(field pipeline.Field) {
	f.batch.Gives = slices.DeleteFunc(f.batch.Gives, func(g pipeline.Field) bool { return g == field })
}

// lookup finds the id of a member by the name in its address.
func (f *flickrVisit) lookup(ctx context.Context, name string) (string, error) {
	switch {
	case flickrID.MatchString(name):
		return strings.ToUpper(name), nil
	case name == "":
		return "", errors.New("the account has no handle: write the name in its address, flickr.com/photos/name")
	}
	var found flickrFound
	if err := f.ask(ctx, "flickr.urls.lookupUser", url.Values{"url": {flickrServer + "/photos/" + url.PathEscape(name) + "/"}}, &found); err != nil {
		return "", err
	}
	if found.User.ID == "" {
		return "", fmt.Errorf("look up %s: %w: it has no id", name, pipeline.ErrBadAnswer)
	}
	return found.User.ID, nil
}

// ask calls a method of the API. The key goes as a parameter, which no error and no log shows.
func (f *flickrVisit) ask(ctx context.Context, method string, query url.Values, into any) error {
	query.Set("method", method)
	query.Set("format", "json")
	query.Set("nojsoncallback", "1")
	query.Set("api_key", f.token.Reveal())
	u := f.base.JoinPath("services/rest/")
	u.RawQuery = query.Encode()
	r, err := f.get(ctx, request{url: u, accept: "application/json", limit: apiLimit, noToken: true, judge: f.judge})
	if err == nil {
		err = r.decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// judge reads the errors that Flickr tells beside a status of success.
func (f *flickrVisit) judge(r *response) (time.Duration, error) {
	var s flickrStatus
	_ = json.Unmarshal(r.body, &s) // what is no answer of Flickr's has no status
	if s.Stat != "fail" {
		return 0, nil
	}
	kind := pipeline.ErrBadAnswer
	switch s.Code {
	case 1, 2, 5: // not found, unknown, deleted
		kind = pipeline.ErrGone
	case 95, 96, 97, 98, 99:
		kind = pipeline.ErrDenied
	case 100:
		return 0, fmt.Errorf("%w: the key of credential %s is not valid: renew it in PRESENCIA_TOKEN_%[2]s", pipeline.ErrDenied, f.account.Credential)
	case 105, 106:
		kind = pipeline.ErrUnavailable
	}
	return 0, fmt.Errorf("%w: Flickr says %d", kind, s.Code)
}

// listed reads a page of the list of photos, the newest first.
func (f *flickrVisit) listed(ctx context.Context, page string) ([]entry, string, error) {
	page = cmp.Or(page, "1")
	var list flickrList
	err := f.ask(ctx, "flickr.people.getPublicPhotos", url.Values{"user_id": {f.cursor.ID}, "extras": {flickrExtras}, "per_page": {strconv.Itoa(flickrPage)}, "page": {page}}, &list)
	n, numberErr := strconv.Atoi(page)
	switch {
	case err != nil || numberErr != nil:
		return nil, "", cmp.Or(err, numberErr)
	case list.Photos == nil:
		return nil, "", fmt.Errorf("flickr.people.getPublicPhotos: %w: there is no list in it", pipeline.ErrBadAnswer)
	}
	f.moved = f.moved || f.total != "" && f.total != string(list.Photos.Total)
	f.total = string(list.Photos.Total)
	var entries []entry
	for i := range list.Photos.Photo {
		p := f.post(&list.Photos.Photo[i])
		if p.ID != "" && !p.CreatedAt.IsZero() {
			entries = append(entries, entry{p.ID, p.CreatedAt, &p})
		}
	}
	if n >= list.Photos.Pages {
		return entries, "", nil
	}
	return entries, strconv.Itoa(n + 1), nil
}

func (f *flickrVisit) post(n *flickrPhoto) pipeline.Post {
	none := pipeline.NoCount
	p := pipeline.Post{ID: n.ID, CreatedAt: n.DateUpload.moment(), Kind: pipeline.Own, URL: flickrServer + "/photos/" + cmp.Or(n.PathAlias, f.alias) + "/" + n.ID + "/",
		Figures: pipeline.Figures{Likes: n.CountFaves.count(), Replies: n.CountComments.count(), Views: n.Views.count(), Reposts: none}}
	description := readHTML(string(n.Description.Content), nil)
	p.Text = plain(plain(n.Title) + "\n" + description.text)
	links, hashtags, _ := InText(p.Text)
	p.Links, p.Hashtags = Distinct(append(linksOf(description), links...)), Distinct(append(strings.Fields(n.Tags), hashtags...))
	kind := "image"
	if n.Media == "video" {
		kind = "video"
	}
	m := pipeline.Media{Kind: kind}
	if n.Server != "" && n.Secret != "" {
		m.URL = "https://live.staticflickr.com/" + string(n.Server) + "/" + n.ID + "_" + n.Secret + "_b.jpg"
	}
	p.Media = []pipeline.Media{m}
	return p
}

// talk reads the comments under young photos that have more of them than when they were last read.
func (f *flickrVisit) talk(ctx context.Context, r pipeline.Request) error {
	f.cursor.Comments = remembered(f.cursor.Comments, r.Now, f.refresh)
	left, seen := flickrComments, map[string]bool{}
	for _, p := range f.batch.Posts {
		n, known := p.Figures.Replies.Get()
		if !known || n <= f.cursor.Comments[p.ID].N || p.CreatedAt.Before(r.Now.Add(-f.refresh)) {
			continue
		}
		if left == 0 {
			return fmt.Errorf("comments are read under %d photos in one visit, the others follow when theirs are due again", flickrComments)
		}
		left--
		var talk flickrTalk
		err := f.ask(ctx, "flickr.photos.comments.getList", url.Values{"photo_id": {p.ID}}, &talk)
		switch {
		case errors.Is(err, pipeline.ErrGone): // deleted a moment ago
			continue
		case err != nil:
			return err
		case talk.Comments == nil:
			return fmt.Errorf("flickr.photos.comments.getList: %w: there is no list in it", pipeline.ErrBadAnswer)
		}
		for _, c := range talk.Comments.Comment {
			at := c.DateCreate.moment()
			if c.ID == "" || seen[c.ID] || at.IsZero() || at.Before(f.cursor.Since) || strings.EqualFold(c.Author, f.cursor.ID) {
				continue
			}
			seen[c.ID] = true
			f.batch.Messages = append(f.batch.Messages, pipeline.Message{ID: c.ID, At: at, Author: c.Author, InReplyTo: p.ID, Text: readHTML(c.Content, nil).text})
		}
		if f.cursor.Comments == nil {
			f.cursor.Comments = map[string]counted{}
		}
		f.cursor.Comments[p.ID] = counted{n, p.CreatedAt}
	}
	return nil
}

func (f *flickrVisit) profile(n *flickrPerson) *pipeline.Profile {
	about := readHTML(string(n.Description.Content), nil)
	links, _, _ := InText(about.text)
	p := &pipeline.Profile{
		StableID: n.NSID, Posts: n.Photos.Count.Content.count(), Handle: pipeline.CanonicalHandle(cmp.Or(n.PathAlias, n.NSID)),
		DisplayName: plain(cmp.Or(string(n.RealName.Content), string(n.Username.Content))), Bio: about.text, Links: Distinct(append(linksOf(about), links...)),
		LastPostAt: f.cursor.Newest,
	}
	if n.IconServer != "" && n.IconServer != "0" && n.IconFarm != "" { // 0: nobody has chosen a picture
		p.Avatar = "https://farm" + string(n.IconFarm) + ".staticflickr.com/" + string(n.IconServer) + "/buddyicons/" + n.NSID + ".jpg"
	}
	return p
}
