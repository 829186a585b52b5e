package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"presencia/pipeline"
)

const (
	tiktokServer = "https://open.tiktokapis.com"
	tiktokPage   = 20  // videos of a page, or by id, the most that the API gives
	tiktokPages  = 200 // of the list in one visit

	tiktokVideo = "id,create_time,share_url,title,video_description,like_count,comment_count,share_count,view_count"
)

// tiktokScopes are the parts of the profile, each of which the owner allows by itself.
var tiktokScopes = []struct {
	scope, fields string
	gives         []pipeline.Field
}{
	{"user.info.basic", "open_id,avatar_url,display_name", []pipeline.Field{pipeline.FieldDisplayName, pipeline.FieldAvatar}},
	{"user.info.profile", "username,bio_description,is_verified", []pipeline.Field{pipeline.FieldBio, pipeline.FieldLinks, pipeline.FieldVerified}},
	{"user.info.stats", "follower_count,following_count,video_count", []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount}},
}

func tiktok() source {
	return source{
		platform: pipeline.TikTok,
		gives: []pipeline.Field{
			pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostCount, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldLinks,
			pipeline.FieldAvatar, pipeline.FieldVerified, pipeline.FieldLastPostAt,
			pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
			pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews,
		},
		notApplicable: []pipeline.Field{pipeline.FieldAlt}, // a video has captions in its place, which the API does not tell
		proof:         OwnStub,
		open:          func(f *fetcher, _ Options) pipeline.Collector { return pipeline.OneByOne(tiktokReader{f}) },
		renewal:       &renewal{before: time.Hour, ask: tiktokRenew}, // a token lives for a day
	}
}

// tiktokReader reads the account whose owner has given a token, by TikTok's Display API: its public videos with their figures.
// What is written under them, and accounts of others, are not in it.
//
// A visit asks for the profile and for the newest twenty videos; older ones that are due again are read twenty at once by
// their ids, and those that are missing are deleted or no longer public. The id of the account is one that TikTok made for
// the app: another app knows it by another.
type tiktokReader struct{ fetch *fetcher }

type tiktokCursor struct {
	track
	Refused refusals `json:"refused,omitempty"` // scopes that the owner has not allowed
}

// The parts of the API's records that are read. A number that is missing is unknown.
type (
	tiktokAnswer struct {
		Data  any         `json:"data"`
		Error tiktokFault `json:"error"`
	}
	tiktokFault struct {
		Code string `json:"code"` // "ok" beside an answer
	}
	tiktokUsers struct {
		User *tiktokUser `json:"user"`
	}
	tiktokUser struct {
		OpenID         string `json:"open_id"`
		AvatarURL      string `json:"avatar_url"`
		DisplayName    string `json:"display_name"`
		Username       string `json:"username"`
		BioDescription string `json:"bio_description"`
		IsVerified     bool   `json:"is_verified"`
		FollowerCount  *int64 `json:"follower_count"`
		FollowingCount *int64 `json:"following_count"`
		VideoCount     *int64 `json:"video_count"`
	}
	tiktokVideos struct {
		Videos  []tiktokRecord `json:"videos"`
		Cursor  int64          `json:"cursor"` // milliseconds
		HasMore *bool          `json:"has_more"`
	}
	tiktokRecord struct {
		ID               string `json:"id"`
		CreateTime       int64  `json:"create_time"` // seconds
		ShareURL         string `json:"share_url"`
		Title            string `json:"title"`
		VideoDescription string `json:"video_description"`
		LikeCount        *int64 `json:"like_count"`
		CommentCount     *int64 `json:"comment_count"`
		ShareCount       *int64 `json:"share_count"`
		ViewCount        *int64 `json:"view_count"`
	}
)

type tiktokVisit struct {
	*visit
	base   *url.URL
	cursor tiktokCursor
	user   tiktokUser
	batch  pipeline.Batch
}

// Read implements [pipeline.Reader].
func (c tiktokReader) Read(ctx context.Context, r pipeline.Request) (pipeline.Batch, error) {
	v, err := c.fetch.visit(r)
	if err != nil {
		return pipeline.Batch{}, err
	}
	t := &tiktokVisit{visit: v, batch: pipeline.Batch{At: r.Now, Gives: slices.Clone(tiktok().gives)}}
	err = t.read(ctx, r)
	t.batch.Calls = v.calls
	return t.batch, err
}

func (t *tiktokVisit) read(ctx context.Context, r pipeline.Request) error {
	if r.Account.Credential == "" {
		return fmt.Errorf("%w: TikTok tells of an account only what its owner allows: give the account a credential NAME in the register, and its token in PRESENCIA_TOKEN_NAME; or import its export", pipeline.ErrDenied)
	}
	var err error
	if t.base, err = serverOf(r.Account, tiktokServer); err != nil {
		return err
	}
	handle := pipeline.CanonicalHandle(r.Account.Handle)
	of := handle + " " + t.base.Host
	if json.Unmarshal([]byte(r.Cursor), &t.cursor) != nil || !t.cursor.speaksOf(of, r) {
		t.cursor = tiktokCursor{track: track{Of: of, ID: r.StableID, Since: r.Since}}
	}
	if err := t.profile(ctx, r); err != nil {
		return err
	}
	if name := pipeline.CanonicalHandle(t.user.Username); r.StableID == "" && name != "" && name != handle {
		return fmt.Errorf("%w: the token of credential %s is of @%s, not of @%s", pipeline.ErrDenied, r.Account.Credential, name, handle)
	}
	t.cursor.ID = cmp.Or(t.user.OpenID, t.cursor.ID)

	l, err := t.cursor.list(ctx, r, false, tiktokPages, t.listed)
	if err = cmp.Or(err, l.gap); err != nil {
		t.gap("posts", err)
	}
	t.batch.Posts = l.posts
	if len(l.seen) > 0 { // what is withheld is not deleted
		t.batch.Listed = l.window
	}
	if err := t.again(ctx, r, l); err != nil {
		t.gap("figures of older posts", err)
	}
	u := t.user
	bio := plain(u.BioDescription)
	links, _, _ := InText(bio)
	t.batch.Profile = &pipeline.Profile{
		StableID: t.cursor.ID, Followers: count(u.FollowerCount), Following: count(u.FollowingCount), Posts: count(u.VideoCount),
		Handle: cmp.Or(pipeline.CanonicalHandle(u.Username), handle), DisplayName: plain(u.DisplayName), Bio: bio, Links: Distinct(links),
		Avatar: unsigned(u.AvatarURL), Verified: u.IsVerified, LastPostAt: t.cursor.Newest,
	}
	next, err := json.Marshal(t.cursor)
	t.batch.Next = pipeline.Cursor(next)
	return err
}

func (t *tiktokVisit) gap(part string, err error) {
	t.batch.Gaps = append(t.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// profile asks for all that the owner may have allowed; where TikTok refuses it so, for each part by itself. What is
// refused is not asked for again for a while.
func (t *tiktokVisit) profile(ctx context.Context, r pipeline.Request) error {
	var fields []string
	for _, s := range tiktokScopes {
		if t.cursor.Refused.may(s.scope, r.Now) {
			fields = append(fields, s.fields)
		} else {
			t.without(s.gives)
		}
	}
	err := t.about(ctx, fields)
	if !errors.Is(err, errPermission) {
		return err
	}
	for _, s := range tiktokScopes {
		if !slices.Contains(fields, s.fields) {
			continue
		}
		switch err := t.about(ctx, []string{s.fields}); {
		case errors.Is(err, errPermission) && s.scope != tiktokScopes[0].scope:
			if t.cursor.Refused == nil {
				t.cursor.Refused = refusals{}
			}
			t.cursor.Refused[s.scope] = r.Now
			t.without(s.gives)
			t.gap("profile", fmt.Errorf("%w: let the owner of the account allow %s", err, s.scope))
		case err != nil:
			return err
		}
	}
	return nil
}

func (t *tiktokVisit) without(fields []pipeline.Field) {
	t.batch.Gives = slices.DeleteFunc(t.batch.Gives, func(f pipeline.Field) bool { return slices.Contains(fields, f) })
}

func (t *tiktokVisit) about(ctx context.Context, fields []string) error {
	u := t.base.JoinPath("v2/user/info/")
	u.RawQuery = url.Values{"fields": {strings.Join(fields, ",")}}.Encode()
	answer := tiktokUsers{&t.user} // which keeps what it was told before
	if err := t.ask(ctx, request{url: u, bucket: "user/info"}, &answer); err != nil {
		return err
	}
	if answer.User == nil || t.user == (tiktokUser{}) {
		return failure(u, fmt.Errorf("%w: there is no user in it", pipeline.ErrBadAnswer))
	}
	return nil
}

// listed reads a page of the list: the newest videos, or those from before a moment.
func (t *tiktokVisit) listed(ctx context.Context, page string) ([]entry, string, error) {
	body := map[string]int64{"max_count": tiktokPage}
	if page != "" {
		at, err := strconv.ParseInt(page, 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("cursor: %w", err)
		}
		body["cursor"] = at
	}
	answer, err := t.videos(ctx, "list", body)
	if err != nil {
		return nil, "", err
	}
	var entries []entry
	for i := range answer.Videos {
		p := answer.Videos[i].post()
		if p.ID != "" && !p.CreatedAt.IsZero() {
			entries = append(entries, entry{p.ID, p.CreatedAt, &p})
		}
	}
	next := ""
	if answer.HasMore != nil && *answer.HasMore {
		next = strconv.FormatInt(answer.Cursor, 10)
	}
	return entries, next, nil
}

// again reads the videos that are due and were not listed.
func (t *tiktokVisit) again(ctx context.Context, r pipeline.Request, l *postList) error {
	var ids []string
	for _, p := range r.Due {
		if !l.seen[p.ID] {
			ids = append(ids, p.ID)
		}
	}
	for chunk := range slices.Chunk(ids, tiktokPage) {
		answer, err := t.videos(ctx, "query", map[string]any{"filters": map[string]any{"video_ids": chunk}})
		if err != nil {
			return err
		}
		found := map[string]bool{}
		for i := range answer.Videos {
			p := answer.Videos[i].post()
			if !found[p.ID] && slices.Contains(chunk, p.ID) {
				found[p.ID] = true
				t.batch.Posts = append(t.batch.Posts, p)
			}
		}
		for _, id := range chunk {
			if !found[id] { // deleted, or hidden from the public
				t.batch.Gone = append(t.batch.Gone, id)
			}
		}
	}
	return nil
}

func (t *tiktokVisit) videos(ctx context.Context, what string, body any) (*tiktokVideos, error) {
	u := t.base.JoinPath("v2/video", what, "/")
	u.RawQuery = url.Values{"fields": {tiktokVideo}}.Encode()
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var answer tiktokVideos
	err = t.ask(ctx, request{url: u, method: http.MethodPost, body: b, contentType: "application/json", bucket: "video/" + what}, &answer)
	if err == nil && answer.Videos == nil && answer.HasMore == nil { // which an account without any would have
		err = failure(u, fmt.Errorf("%w: there are no videos in it", pipeline.ErrBadAnswer))
	}
	return &answer, err
}

func (t *tiktokVisit) ask(ctx context.Context, q request, into any) error {
	q.accept, q.limit, q.judge = "application/json", apiLimit, t.judge
	r, err := t.get(ctx, q)
	if err != nil {
		return err
	}
	return r.decode(&tiktokAnswer{Data: into})
}

// judge reads the errors that TikTok tells in the body, whatever the status.
func (t *tiktokVisit) judge(r *response) (time.Duration, error) {
	var e tiktokAnswer
	_ = json.Unmarshal(r.body, &e) // what is no answer of TikTok's has no code
	switch code := e.Error.Code; code {
	case "rate_limit_exceeded": // 600 in a minute of each endpoint
		return time.Minute, pipeline.ErrRateLimited
	case "access_token_invalid":
		return 0, fmt.Errorf("%w: the token of credential %s is refused: renew it in PRESENCIA_TOKEN_%[2]s", pipeline.ErrDenied, t.account.Credential)
	case "scope_not_authorized", "scope_permission_missed":
		return 0, fmt.Errorf("%w: TikTok says %s", errPermission, code)
	case "invalid_params":
		return 0, fmt.Errorf("%w: TikTok says %s", pipeline.ErrBadAnswer, code)
	case "internal_error":
		return 0, fmt.Errorf("%w: TikTok says %s", pipeline.ErrUnavailable, code)
	}
	return 0, nil
}

func (v *tiktokRecord) post() pipeline.Post {
	p := pipeline.Post{ID: v.ID, Kind: pipeline.Own, Text: plain(cmp.Or(v.VideoDescription, v.Title)), URL: unsigned(v.ShareURL),
		Figures: pipeline.Figures{Likes: count(v.LikeCount), Replies: count(v.CommentCount), Reposts: count(v.ShareCount), Views: count(v.ViewCount)}}
	if v.CreateTime > 0 {
		p.CreatedAt = time.Unix(v.CreateTime, 0).UTC()
	}
	if title := plain(v.Title); !strings.Contains(p.Text, title) {
		p.Text = title + "\n" + p.Text
	}
	p.Links, p.Hashtags, p.Mentions = InText(p.Text)
	p.Links, p.Hashtags, p.Mentions = Distinct(p.Links), Distinct(p.Hashtags), Distinct(p.Mentions)
	p.Media = []pipeline.Media{{Kind: "video", URL: p.URL}} // that of its cover lasts for six hours
	return p
}

// unsigned is an address without what TikTok changes in it with every answer: the host of a picture that is near, the
// signature, and who shared it.
func unsigned(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	u.RawQuery, u.Fragment = "", ""
	if strings.Contains(u.Host, "tiktokcdn") {
		u.Host = "tiktokcdn.com"
	}
	return u.String()
}

// tiktokRenew asks for a new token with the one that is for that. TikTok calls the app's id its key.
func tiktokRenew(ctx context.Context, v *visit, c Credential) (Credential, error) {
	base, err := serverOf(v.account, tiktokServer)
	if err != nil {
		return c, err
	}
	return renewByForm(ctx, v, c, base.JoinPath("v2/oauth/token/"), "client_key")
}

// renewByForm renews a token as OAuth 2 describes it (RFC 6749, 6). id is how the platform calls the app's id.
func renewByForm(ctx context.Context, v *visit, c Credential, u *url.URL, id string) (Credential, error) {
	client := cmp.Or(c.ClientID, c.Text(id))
	if c.RefreshToken == "" || client == "" || c.ClientSecret == "" {
		return c, fmt.Errorf("%w: it needs refresh_token, client_id and client_secret", errNoRenewal)
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.RefreshToken.Reveal()}, id: {client}, "client_secret": {c.ClientSecret.Reveal()}}
	r, err := v.get(ctx, request{url: u, method: http.MethodPost, body: []byte(form.Encode()), contentType: "application/x-www-form-urlencoded",
		accept: "application/json", limit: apiLimit, noToken: true, bucket: "oauth"})
	if err != nil {
		return c, err
	}
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    int64  `json:"expires_in"` // seconds
		Error        string `json:"error"`
	}
	switch err := r.decode(&answer); {
	case err != nil:
		return c, err
	case answer.AccessToken == "": // TikTok tells its refusals so, with a status of success
		return c, failure(u, fmt.Errorf("%w: it says %q: let the owner of the account allow the app once more", pipeline.ErrDenied, answer.Error))
	}
	c.AccessToken, c.Expires = pipeline.Secret(answer.AccessToken), time.Time{}
	if answer.RefreshToken != "" {
		c.RefreshToken = pipeline.Secret(answer.RefreshToken)
	}
	if answer.ExpiresIn > 0 {
		c.Expires = v.now().Add(time.Duration(answer.ExpiresIn) * time.Second)
	}
	return c, nil
}
