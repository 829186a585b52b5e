package collectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"presencia/pipeline"
)

const (
	graphToken  = "EAAGm0PX4ZCpsBO1qZBsecretOfTheSystemUser9Zx81k" // as long and as mixed as the real ones
	graphSecret = "secretOfThePage"                                // in the token of every Page
)

// fakeGraph is a Graph API with nodes and edges. It answers expanded fields, batches, ids in one question, cursors,
// since and until, and fails as the real one does.
type fakeGraph struct {
	mu        sync.Mutex
	nodes     map[string]*fakeNode
	names     map[string]string // ids by name
	most      int               // questions in a batch; 0: there are no batches
	metrics   []string          // that it knows
	nesting   bool              // gives insights together with posts
	app, page string            // X-App-Usage; X-Business-Use-Case-Usage of each answer
	fail      func(q fakeQuestion) *graphError
	lose      func(q fakeQuestion) bool // a question of a batch for which no time is left
	largest   int                       // items that it can give at once; 0: any
	asked     []fakeQuestion
	requests  int
}

// fakeNode is one object: fields as JSON has them, and edges to others, newest first.
type fakeNode struct {
	kind    string
	at      time.Time
	fields  map[string]any
	edges   map[string][]string
	metrics map[string]int64
	token   string // wanted for what only managers may read; empty: the credential's will do
}

var version = regexp.MustCompile(`^/v[0-9]+\.[0-9]+`)

type fakeQuestion struct {
	path   string
	query  url.Values
	token  string
	method string
	others bool // it is about another's account: no next page is named
}

func newFakeGraph(metrics []string, most int) *fakeGraph {
	return &fakeGraph{nodes: map[string]*fakeNode{}, names: map[string]string{}, metrics: metrics, most: most, nesting: true}
}

func (g *fakeGraph) add(id, kind string, at time.Time, fields map[string]any) *fakeNode {
	if fields == nil {
		fields = map[string]any{}
	}
	fields["id"] = id
	n := &fakeNode{kind: kind, at: at, fields: fields, edges: map[string][]string{}}
	if !at.IsZero() {
		name := "timestamp"
		if kind == "PagePost" || kind == "Comment" {
			name = "created_time"
		}
		fields[name] = at.Format("2006-01-02T15:04:05-0700")
	}
	g.nodes[id] = n
	return n
}

// link puts a node at the head of an edge.
func (g *fakeGraph) link(from, edge, to string) {
	n := g.nodes[from]
	n.edges[edge] = append([]string{to}, n.edges[edge]...)
}

func (g *fakeGraph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests++
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if g.app != "" {
		w.Header().Set("X-App-Usage", g.app)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	path := version.ReplaceAllString(r.URL.Path, "")
	if path == "/refresh_access_token" {
		g.asked = append(g.asked, fakeQuestion{path: path, query: r.URL.Query(), token: token})
		w.Header().Set("Date", visitDay.Format(http.TimeFormat))
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":5183944}`, token+"Renewed")
		return
	}
	if r.Method == http.MethodGet {
		q := fakeQuestion{path: path, query: r.URL.Query(), token: token, method: r.Method}
		body, e := g.answer(q)
		if g.page != "" {
			w.Header().Set("X-Business-Use-Case-Usage", g.page)
		}
		if e != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write(body)
		return
	}
	_ = r.ParseForm()
	var batch []struct {
		Method string `json:"method"`
		URL    string `json:"relative_url"`
		Token  string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(r.PostForm.Get("batch")), &batch); err != nil || len(batch) == 0 || len(batch) > g.most {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"Too many requests in batch message. Maximum batch size is %d","code":10000}}`, g.most)
		return
	}
	if g.fail != nil {
		if e := g.fail(fakeQuestion{path: "batch", token: token}); e != nil {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": e})
			return
		}
	}
	answers := make([]any, len(batch))
	for i, b := range batch {
		u, err := url.Parse("/" + b.URL)
		if err != nil {
			continue
		}
		q := fakeQuestion{path: u.Path, query: u.Query(), token: token, method: b.Method}
		if b.Token != "" {
			q.token = b.Token
		}
		if g.lose != nil && g.lose(q) {
			continue // null
		}
		body, e := g.answer(q)
		code := http.StatusOK
		if e != nil {
			code = http.StatusBadRequest
		}
		headers := []map[string]string{{"name": "Content-Type", "value": "application/json"}}
		if g.page != "" {
			headers = append(headers, map[string]string{"name": "X-Business-Use-Case-Usage", "value": g.page})
		}
		answers[i] = map[string]any{"code": code, "headers": headers, "body": string(body)}
	}
	_ = json.NewEncoder(w).Encode(answers)
}

// answer answers one question.
func (g *fakeGraph) answer(q fakeQuestion) ([]byte, *graphError) {
	g.asked = append(g.asked, q)
	value, e := g.resolve(q)
	if e != nil {
		value = map[string]any{"error": map[string]any{"message": e.Message, "code": e.Code, "error_subcode": e.Subcode, "is_transient": e.Transient, "type": "OAuthException"}}
	}
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return body, e
}

func (g *fakeGraph) resolve(q fakeQuestion) (any, *graphError) {
	if g.fail != nil {
		if e := g.fail(q); e != nil {
			return nil, e
		}
	}
	if q.token == "" || q.method != http.MethodGet {
		return nil, &graphError{Code: 104, Message: "An access token is required to request this resource."}
	}
	specs := parseFields(q.query.Get("fields"))
	if ids := q.query.Get("ids"); ids != "" {
		all := map[string]any{}
		var missing []string
		for id := range strings.SplitSeq(ids, ",") {
			if g.nodes[id] == nil {
				missing = append(missing, id)
			}
		}
		if len(missing) > 0 {
			return nil, &graphError{Code: 803, Message: "(#803) Some of the aliases you requested do not exist: " + strings.Join(missing, ",")}
		}
		for id := range strings.SplitSeq(ids, ",") {
			v, e := g.object(q, g.nodes[id], specs)
			if e != nil {
				return nil, e
			}
			all[id] = v
		}
		return all, nil
	}
	id, edge, _ := strings.Cut(strings.Trim(q.path, "/"), "/")
	if name, ok := g.names[id]; ok {
		id = name
	}
	n := g.nodes[id]
	switch {
	case n == nil:
		return nil, &graphError{Code: 100, Subcode: 33, Message: "Unsupported get request. Object with ID '" + id + "' does not exist, cannot be loaded due to missing permissions, or does not support this operation"}
	case edge == "":
		return g.object(q, n, specs)
	case strings.HasSuffix(edge, "insights"):
		return g.insights(q, n, strings.Split(q.query.Get("metric"), ","))
	}
	modifiers := map[string]string{}
	for name := range q.query {
		modifiers[name] = q.query.Get(name)
	}
	return g.list(q, n, edge, fieldSpec{name: edge, modifiers: modifiers, fields: specs})
}

// object answers the fields of a node.
func (g *fakeGraph) object(q fakeQuestion, n *fakeNode, specs []fieldSpec) (any, *graphError) {
	out := map[string]any{"id": n.fields["id"]}
	for _, s := range specs {
		switch value, ok := n.fields[s.name]; {
		case s.name == "insights":
			if !g.nesting {
				return nil, &graphError{Code: 100, Message: "(#100) Tried accessing nonexisting field (insights)"}
			}
			v, e := g.insights(q, n, strings.Split(s.modifiers["metric"], ","))
			if e != nil {
				return nil, e
			}
			out[s.name] = v
		case s.name == "business_discovery":
			other := g.nodes[g.names[s.modifiers["username"]]]
			if other == nil {
				return nil, &graphError{Code: 110, Subcode: 2207013, Message: "Invalid user id"}
			}
			q.others = true
			v, e := g.object(q, other, s.fields)
			if e != nil {
				return nil, e
			}
			out[s.name] = v
		case s.name == "media_count":
			out[s.name] = len(n.edges["media"])
		case ok:
			out[s.name] = project(value, s.fields)
		default:
			if _, ok := n.edges[s.name]; !ok {
				continue // left out where there is nothing
			}
			v, e := g.list(q, n, s.name, s)
			if e != nil {
				return nil, e
			}
			out[s.name] = v
		}
	}
	return out, nil
}

// project leaves of a value the fields that were asked for.
func project(value any, specs []fieldSpec) any {
	if len(specs) == 0 {
		return value
	}
	switch v := value.(type) {
	case []map[string]any:
		all := []any{}
		for _, one := range v {
			all = append(all, project(one, specs))
		}
		return all
	case map[string]any:
		if data, ok := v["data"]; ok {
			return map[string]any{"data": project(data, specs)}
		}
		out := map[string]any{}
		for _, s := range specs {
			if one, ok := v[s.name]; ok {
				out[s.name] = project(one, s.fields)
			}
		}
		return out
	}
	return value
}

var managed = []string{"comments", "tagged", "visitor_posts"}

// list answers an edge page by page.
func (g *fakeGraph) list(q fakeQuestion, n *fakeNode, edge string, s fieldSpec) (any, *graphError) {
	all, ok := n.edges[edge]
	if !ok && n.kind != "PagePost" && n.kind != "Page" && n.kind != "IGMedia" && n.kind != "IGUser" {
		return nil, &graphError{Code: 100, Message: "(#100) Tried accessing nonexisting field (" + edge + ") on node type (" + n.kind + ")"}
	}
	limit, _ := strconv.Atoi(s.modifiers["limit"])
	if slices.Contains(managed, edge) && limit > 0 && n.token != "" && q.token != n.token {
		return nil, &graphError{Code: 190, Message: "This method must be called with a Page Access Token"}
	}
	if g.largest > 0 && limit > g.largest {
		return nil, &graphError{Code: 1, Message: "Please reduce the amount of data you're asking for, then retry your request"}
	}
	out := map[string]any{}
	if _, ok := s.modifiers["summary"]; ok {
		total := int64(len(all))
		if known, ok := n.metrics["total_"+edge]; ok {
			total = known
		}
		out["summary"] = map[string]any{"total_count": total}
	}
	after, _ := strconv.Atoi(strings.TrimPrefix(s.modifiers["after"], "QVFI"))
	data, next := []any{}, 0
	if s.modifiers["order"] == "chronological" {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	since, _ := strconv.ParseInt(s.modifiers["since"], 10, 64)
	until, _ := strconv.ParseInt(s.modifiers["until"], 10, 64)
	for i, id := range all {
		item := g.nodes[id]
		if i < after || item == nil || since > 0 && item.at.Unix() < since && !item.at.IsZero() || until > 0 && item.at.Unix() >= until {
			continue
		}
		if len(data) == limit {
			next = i
			break
		}
		v, e := g.object(q, item, s.fields)
		if e != nil {
			return nil, e
		}
		data = append(data, v)
	}
	out["data"] = data
	if len(data) > 0 {
		end := len(all)
		if next > 0 {
			end = next
		}
		paging := map[string]any{"cursors": map[string]any{"before": "QVFI0", "after": "QVFI" + strconv.Itoa(end)}}
		if next > 0 && !q.others { // with the token in it, as the real one
			paging["next"] = "https://graph.example/v0.0/x/" + edge + "?access_token=" + q.token + "&after=QVFI" + strconv.Itoa(end)
		}
		out["paging"] = paging
	}
	return out, nil
}

func (g *fakeGraph) insights(q fakeQuestion, n *fakeNode, metrics []string) (any, *graphError) {
	if n.token != "" && q.token != n.token {
		return nil, &graphError{Code: 190, Message: "This method must be called with a Page Access Token"}
	}
	data := []any{}
	for _, m := range metrics {
		if !slices.Contains(g.metrics, m) {
			return nil, &graphError{Code: 100, Message: "(#100) The value must be a valid insights metric"}
		}
		if v, ok := n.metrics[m]; ok {
			data = append(data, map[string]any{"name": m, "period": "lifetime", "values": []any{map[string]any{"value": v}}})
		}
	}
	return map[string]any{"data": data}, nil
}

// fieldSpec is one field as a question names it: name.modifier(value){fields}.
type fieldSpec struct {
	name      string
	modifiers map[string]string
	fields    []fieldSpec
}

// parseFields reads what stands in fields=.
func parseFields(s string) []fieldSpec {
	p := &fieldParser{s}
	return p.list()
}

type fieldParser struct{ rest string }

func (p *fieldParser) list() (all []fieldSpec) {
	for p.rest != "" && p.rest[0] != '}' {
		all = append(all, p.one())
		p.rest = strings.TrimPrefix(p.rest, ",")
	}
	return all
}

func (p *fieldParser) word() string {
	i := strings.IndexAny(p.rest, ".,{}()")
	if i < 0 {
		i = len(p.rest)
	}
	w := p.rest[:i]
	p.rest = p.rest[i:]
	return w
}

func (p *fieldParser) one() fieldSpec {
	f := fieldSpec{name: p.word(), modifiers: map[string]string{}}
	for strings.HasPrefix(p.rest, ".") {
		p.rest = p.rest[1:]
		name := p.word()
		end := strings.Index(p.rest, ")")
		f.modifiers[name] = p.rest[1:end]
		p.rest = p.rest[end+1:]
	}
	if strings.HasPrefix(p.rest, "{") {
		p.rest = p.rest[1:]
		f.fields = p.list()
		p.rest = strings.TrimPrefix(p.rest, "}")
	}
	return f
}

// start serves the API for a test.
func (g *fakeGraph) start(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(g)
	t.Cleanup(srv.Close)
	return srv.URL + "/v0.0"
}

// count is how many questions match.
func (g *fakeGraph) count(match func(q fakeQuestion) bool) (n int) {
	for _, q := range g.asked {
		if match(q) {
			n++
		}
	}
	return n
}

// graphRun reads accounts as a run does, and makes sure that no token is in anything that is kept or shown.
func graphRun(t *testing.T, o Options, requests ...pipeline.Request) (map[pipeline.AccountID]pipeline.Batch, map[pipeline.AccountID]error) {
	t.Helper()
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Backoff = time.Millisecond
	if o.Credential == nil {
		o.Credential = func(string) (pipeline.Secret, error) { return graphToken, nil }
	}
	for i := range requests {
		requests[i].Account.AllowHTTP = true
		if requests[i].Now.IsZero() {
			requests[i].Now = visitDay
		}
	}
	batches, errs := map[pipeline.AccountID]pipeline.Batch{}, map[pipeline.AccountID]error{}
	All(o)[requests[0].Account.Platform].Collect(t.Context(), requests, func(r pipeline.Request, b pipeline.Batch, err error) {
		if _, twice := batches[r.Account.ID]; twice {
			t.Errorf("account %s is brought twice", r.Account.ID)
		}
		batches[r.Account.ID], errs[r.Account.ID] = b, err
		covers(t, r.Account.Platform, b)
	})
	if len(batches) != len(requests) {
		t.Errorf("%d of %d accounts are brought", len(batches), len(requests))
	}
	shown := log.String() + fmt.Sprintf("%+v %#v %v", batches, batches, errs)
	for _, b := range batches {
		for _, g := range b.Gaps {
			shown += g.Part + g.Cause.Error()
		}
	}
	for _, secret := range []string{graphToken, graphSecret, "secretOfAnAccount", "access_token="} {
		if i := strings.Index(shown, secret); i >= 0 {
			t.Errorf("%s is shown: …%s…", secret, shown[max(0, i-100):min(len(shown), i+100)])
		}
	}
	return batches, errs
}

func TestGraphErrors(t *testing.T) {
	g := &graph{visit: &visit{account: pipeline.Account{Credential: "META"}, token: graphToken}}
	for _, c := range []struct {
		code, subcode int
		message       string
		transient     bool
		want          error
	}{
		{4, 0, "(#4) Application request limit reached", false, pipeline.ErrRateLimited},
		{17, 0, "(#17) User request limit reached", false, pipeline.ErrRateLimited},
		{32, 0, "(#32) Page request limit reached", false, pipeline.ErrRateLimited},
		{613, 0, "(#613) Calls to this api have exceeded the rate limit.", false, pipeline.ErrRateLimited},
		{80001, 0, "(#80001) There have been too many calls to this Page account.", false, pipeline.ErrRateLimited},
		{80002, 0, "(#80002) There have been too many calls to this Instagram account.", false, pipeline.ErrRateLimited},
		{190, 463, "Error validating access token: Session has expired", false, errToken},
		{190, 0, "This method must be called with a Page Access Token", false, errPermission},
		{102, 0, "Session key invalid or no longer valid", false, errToken},
		{100, 0, "(#100) The value must be a valid insights metric", false, errBadMetric},
		{100, 0, "(#100) The Media Insights API does not support the saved metric for this media product type.", false, pipeline.ErrBadAnswer},
		{100, 33, "Unsupported get request. Object with ID '1' does not exist", false, pipeline.ErrGone},
		{100, 0, "(#100) Tried accessing nonexisting field (x)", false, pipeline.ErrBadAnswer},
		{803, 0, "(#803) Some of the aliases you requested do not exist: a", false, pipeline.ErrGone},
		{110, 2207013, "Invalid user id", false, pipeline.ErrGone},
		{10, 0, "(#10) This endpoint requires the 'pages_read_engagement' permission", false, errPermission},
		{10, 0, "(#10) Not enough viewers for the media to show insights", false, pipeline.ErrBadAnswer},
		{200, 0, "(#200) Requires instagram_manage_insights permission", false, errPermission},
		{283, 0, "Requires pages_read_engagement permission to manage the object", false, errPermission},
		{1, 0, "Please reduce the amount of data you're asking for, then retry your request", false, errTooMuch},
		{1, 0, "An unknown error has occurred", false, pipeline.ErrUnavailable},
		{2, 0, "Service temporarily unavailable", false, pipeline.ErrUnavailable},
		{-1, 0, "Try again", true, pipeline.ErrUnavailable},
		{2500, 0, "Syntax error", false, pipeline.ErrBadAnswer},
	} {
		err := g.fault(&graphError{c.message, c.code, c.subcode, c.transient})
		if !errors.Is(err, c.want) {
			t.Errorf("%d/%d %q: %v, want %v", c.code, c.subcode, c.message, err, c.want)
		}
		if (errors.Is(c.want, errToken) || errors.Is(c.want, errPermission)) && !errors.Is(err, pipeline.ErrDenied) {
			t.Errorf("%d: %v is no denial", c.code, err)
		}
		if errors.Is(c.want, errToken) && !strings.Contains(err.Error(), "renew it in PRESENCIA_TOKEN_META") {
			t.Errorf("%v does not say what to do", err)
		}
	}
	for _, message := range []string{"Malformed access token " + graphToken, "Bad: " + graphToken[:30] + " and EAAB0123456789abcdefABCDEF", strings.Repeat("x y", 500)} {
		if text := g.fault(&graphError{Code: 2500, Message: message}).Error(); strings.Contains(text, "EAA") || len(text) > 400 {
			t.Errorf("%q is shown as %q", message, text)
		}
	}
	if text := g.fault(&graphError{Code: 10, Message: "needs instagram_business_manage_insights"}).Error(); !strings.Contains(text, "instagram_business_manage_insights") {
		t.Errorf("%q hides what to ask for", text)
	}
}

func TestGraphUsage(t *testing.T) {
	g := &graph{visit: &visit{}}
	for _, c := range []struct {
		name, app, business string
		want                time.Duration
	}{
		{"nothing said", "", "", 0},
		{"far from the limit", `{"call_count":40,"total_time":20,"total_cputime":10}`, "", 0},
		{"slower and slower", `{"call_count":10,"total_time":80,"total_cputime":10}`, "", 12 * time.Second},
		{"all but used up", `{"call_count":99,"total_time":0,"total_cputime":0}`, "", 57600 * time.Millisecond},
		{"used up", `{"call_count":100}`, "", graphSilent},
		{"a business says when", "", `{"17":[{"type":"pages","call_count":100,"total_cputime":2,"total_time":3,"estimated_time_to_regain_access":19}]}`, 19 * time.Minute},
		{"shut out below 100", "", `{"17":[{"type":"instagram","call_count":95,"estimated_time_to_regain_access":5}]}`, 5 * time.Minute},
		{"another has some left", "", `{"17":[{"call_count":100,"estimated_time_to_regain_access":19}],"18":[{"call_count":3}]}`, 0},
		{"two kinds of use", "", `{"17":[{"call_count":1},{"call_count":100,"estimated_time_to_regain_access":7}]}`, 7 * time.Minute},
		{"no JSON", "85%", "?", 0},
	} {
		h := http.Header{}
		h.Set("X-App-Usage", c.app)
		h.Set("X-Business-Use-Case-Usage", c.business)
		wait, err := g.weigh(h, []byte(`{}`))
		if wait != c.want || err != nil {
			t.Errorf("%s: wait %s, %v; want %s", c.name, wait, err, c.want)
		}
	}
	h := http.Header{"X-Business-Use-Case-Usage": {`{"17":[{"call_count":100,"estimated_time_to_regain_access":19}]}`}}
	if wait, err := g.weigh(h, []byte(`{"error":{"code":32}}`)); wait != 19*time.Minute || !errors.Is(err, pipeline.ErrRateLimited) {
		t.Errorf("a refusal with a time: %s, %v", wait, err)
	}
	if wait, err := g.weigh(http.Header{}, []byte(`{"error":{"code":4}}`)); wait != graphSilent || !errors.Is(err, pipeline.ErrRateLimited) {
		t.Errorf("a refusal without: %s, %v", wait, err)
	}
}

func TestGraphTakesOnlyTheCursor(t *testing.T) {
	for _, c := range []struct {
		paging string
		want   url.Values
	}{
		{`{}`, nil},
		{`{"cursors":{"before":"A","after":"B"}}`, nil}, // the last page
		{`{"cursors":{"after":"B"},"next":"https://x.example/?access_token=T&after=B"}`, url.Values{"after": {"B"}}},
		{`{"next":"https://x.example/?access_token=T&until=17&__paging_token=enc_1&limit=25"}`, url.Values{"until": {"17"}, "__paging_token": {"enc_1"}}},
		{`{"next":"https://x.example/?access_token=T"}`, nil},
		{`{"next":"::"}`, nil},
	} {
		var p graphPaging
		if err := json.Unmarshal([]byte(c.paging), &p); err != nil {
			t.Fatal(err)
		}
		if got := p.next(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.paging, got, c.want)
		}
	}
}

func TestGraphAddressesOfPicturesAreStill(t *testing.T) {
	for in, want := range map[string]string{
		"https://scontent-mad1-1.xx.fbcdn.net/v/t39.30808-1/1_2_n.jpg?stp=dst&oh=00_A&oe=6": "https://fbcdn.net/v/t39.30808-1/1_2_n.jpg",
		"https://scontent.cdninstagram.com/v/t51/3.jpg?oh=1":                                "https://cdninstagram.com/v/t51/3.jpg",
		"https://office.example/logo.png?v=2":                                               "https://office.example/logo.png?v=2",
		"":                                                                                  "",
	} {
		if got := still(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestGraphNamed(t *testing.T) {
	for _, c := range []struct {
		message, id string
		want        bool
	}{
		{"do not exist: 1_2,1_3", "1_3", true}, {"do not exist: 1_23", "1_2", false}, {"ID '11_2' does", "1_2", false},
		{"1_22 and 1_2", "1_2", true}, {"", "1_2", false}, {"1_2", "1_2", true},
	} {
		if got := named(c.message, c.id); got != c.want {
			t.Errorf("%q in %q: %v", c.id, c.message, got)
		}
	}
}

func TestGraphRenewsTokensThatEnd(t *testing.T) {
	const secret = "0123456789abcDEFsecretOfAnAccount"
	content := func(prefix string, left time.Duration) string {
		return fmt.Sprintf(`{"access_token":%q,"expires":%q}`, prefix+secret, visitDay.Add(left).Format(time.RFC3339))
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		name     string
		platform pipeline.Platform
		content  string
		grant    string // empty: it is not renewed
		fails    bool
	}{
		{"Threads, ends soon", pipeline.Threads, content("TH", 10*day), "th_refresh_token", false},
		{"Threads, lasts", pipeline.Threads, content("TH", 50*day), "", false},
		{"Threads, has ended", pipeline.Threads, content("TH", -day), "", true},
		{"Threads, of which no end is known", pipeline.Threads, "TH" + secret, "", false},
		{"Instagram, its own", pipeline.Instagram, content("IG", 10*day), "ig_refresh_token", false},
		{"Instagram, of a Page", pipeline.Instagram, content("EA", 10*day), "", false},
		{"Facebook", pipeline.Facebook, content("EA", 10*day), "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var g *fakeGraph
			var a pipeline.Account
			switch c.platform {
			case pipeline.Threads:
				g, a = threadsTown(t)
			case pipeline.Instagram:
				g, a = instagramTown(t)
				if strings.Contains(c.content, "IG"+secret) {
					delete(g.nodes, "me")
					g.names["me"] = "1784"
				}
			default:
				f, page := facebookTown(t)
				g, a = f.fakeGraph, page
			}
			var saved string
			_, errs := graphRun(t, Options{
				Now:        func() time.Time { return visitDay },
				Credential: func(string) (pipeline.Secret, error) { return pipeline.Secret(c.content), nil },
				Save: func(_ string, content pipeline.Secret) error {
					saved = content.Reveal()
					return nil
				},
			}, pipeline.Request{Account: a, StableID: map[pipeline.Platform]string{pipeline.Instagram: "1784"}[c.platform]})
			if err := errs[a.ID]; (err != nil) != c.fails || c.fails && (!errors.Is(err, errNoRenewal) || !strings.Contains(err.Error(), "PRESENCIA_TOKEN_META")) {
				t.Errorf("got %v", err)
			}
			renewals := g.count(func(q fakeQuestion) bool {
				return q.path == "/refresh_access_token" && q.query.Encode() == "grant_type="+c.grant && strings.HasSuffix(q.token, secret)
			})
			later := g.count(func(q fakeQuestion) bool { return strings.HasSuffix(q.token, secret+"Renewed") })
			if want := c.grant != ""; (renewals == 1) != want || (later > 0) != want || strings.Contains(saved, secret+"Renewed") != want || want && !strings.Contains(saved, `"2027-01-19`) {
				t.Errorf("%d renewals, %d questions with the new token, stored %q", renewals, later, saved)
			}
			if g.count(func(q fakeQuestion) bool { return q.path == "/refresh_access_token" }) > renewals {
				t.Error("it is renewed without need, or with the token in the address")
			}
		})
	}
}

// graphSpec is a node as Meta's own description has it.
type graphSpec struct {
	APIs []struct {
		Method, Endpoint, Return string
		Params                   []struct{ Name string }
	}
	Fields []struct{ Name, Type string }
}

func graphSpecs(t *testing.T) map[string]graphSpec {
	t.Helper()
	all := map[string]graphSpec{}
	for _, name := range []string{"Page", "PagePost", "Comment", "IGUser", "IGMedia", "IGComment", "InsightsResult"} {
		raw, err := os.ReadFile(reference(t, "specs/meta/"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var s graphSpec
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		all[name] = s
	}
	return all
}

// undescribed are the names that we send or read, and that the descriptions leave out, with the reason.
var undescribed = map[string]string{
	"Page.picture.url":                    "ProfilePictureSource has no description in the set",
	"Page.cover.source":                   "CoverPhoto has none",
	"PagePost.from.id":                    "an Object of the description",
	"Comment.from.id":                     "an Object of the description",
	"IGComment.from.id":                   "IGCommentFromUser has none",
	"PagePost.shares.count":               "an Object of the description",
	"PagePost.message_tags.id":            "a list of what is not described",
	"PagePost.message_tags.name":          "a list of what is not described",
	"PagePost.message_tags.type":          "a list of what is not described",
	"PagePost.attachments.media_type":     "StoryAttachment has none",
	"PagePost.attachments.unshimmed_url":  "StoryAttachment has none",
	"PagePost.attachments.media":          "StoryAttachment has none",
	"PagePost.attachments.subattachments": "StoryAttachment has none",
	"InsightsResult.values.value":         "InsightsValue has none",
	"InsightsResult.total_value.value":    "as its values",
	"InsightsResult.total_value":          "metrics that are one number; the description has lists of values only",
	"IGUser.business_discovery(username)": "described as a field; fields are modified by username in the guide to business discovery",
	"modifier limit":                      "field expansion and paging, described for the whole API",
	"modifier summary":                    "of edges with a summary, described in the guide to comments and reactions",
	"modifier since":                      "time-based paging, described for the whole API",
	"modifier until":                      "time-based paging, described for the whole API",
	"modifier after":                      "cursors, described for the whole API",
	"modifier fields":                     "described for the whole API",
}

// contract holds questions against the descriptions of the nodes that they walk.
type contract struct {
	t       *testing.T
	specs   map[string]graphSpec
	checked map[string]bool
	used    map[string]bool // exceptions
}

// excepted tells whether a name is one of those that the descriptions leave out.
func (c *contract) excepted(name string) bool {
	c.used[name] = true
	return undescribed[name] != ""
}

func (c *contract) field(kind, name string) (of string, edge bool, ok bool) {
	s := c.specs[kind]
	for _, f := range s.Fields {
		if f.Name == name {
			return strings.TrimSuffix(strings.TrimPrefix(f.Type, "list<"), ">"), false, true
		}
	}
	for _, a := range s.APIs {
		if a.Method == "GET" && a.Endpoint == name {
			return strings.TrimPrefix(a.Return, "Instagram"), true, true // InstagramInsightsResult is not described by itself
		}
	}
	return "", false, name == "id" || name == "data" || name == "paging"
}

// fields checks names that are asked for of a kind of node.
func (c *contract) fields(kind string, specs []fieldSpec) {
	for _, s := range specs {
		of, edge, ok := c.field(kind, s.name)
		c.checked[kind+"."+s.name] = true
		if !ok {
			c.t.Errorf("%s has no field or edge %s", kind, s.name)
			continue
		}
		for m := range s.modifiers {
			c.modifier(kind, s.name, m, edge)
		}
		if _, described := c.specs[of]; described {
			c.fields(of, s.fields)
			continue
		}
		for _, sub := range s.fields {
			if !c.excepted(kind + "." + s.name + "." + sub.name) {
				c.t.Errorf("%s.%s.%s is described nowhere", kind, s.name, sub.name)
			}
		}
	}
}

func (c *contract) modifier(kind, field, name string, edge bool) {
	if edge {
		for _, a := range c.specs[kind].APIs {
			if a.Method == "GET" && a.Endpoint == field && slices.ContainsFunc(a.Params, func(p struct{ Name string }) bool { return p.Name == name }) {
				return
			}
		}
	}
	if !c.excepted("modifier "+name) && !c.excepted(kind+"."+field+"("+name+")") {
		c.t.Errorf("%s.%s has no parameter %s", kind, field, name)
	}
}

// question checks one that was sent.
func (c *contract) question(g *fakeGraph, q fakeQuestion) {
	id, edge, _ := strings.Cut(strings.Trim(q.path, "/"), "/")
	if id == "me" { // a User or a Page: only the Page has a description
		if edge != "" && edge != "accounts" {
			c.t.Errorf("/me/%s is described nowhere", edge)
		}
		c.fields("Page", parseFields(q.query.Get("fields")))
		return
	}
	if ids := q.query.Get("ids"); ids != "" {
		for id := range strings.SplitSeq(ids, ",") {
			if n := g.nodes[id]; n != nil {
				c.fields(n.kind, parseFields(q.query.Get("fields")))
			}
		}
		if len(strings.Split(ids, ",")) > graphBatch {
			c.t.Errorf("%d ids in one question", len(strings.Split(ids, ",")))
		}
		return
	}
	if name, ok := g.names[id]; ok {
		id = name
	}
	n := g.nodes[id]
	if n == nil {
		return
	}
	if edge == "" {
		c.fields(n.kind, parseFields(q.query.Get("fields")))
		return
	}
	of, isEdge, ok := c.field(n.kind, edge)
	if !ok || !isEdge {
		c.t.Errorf("%s has no edge %s", n.kind, edge)
		return
	}
	c.checked[n.kind+"/"+edge] = true
	for m := range q.query {
		c.modifier(n.kind, edge, m, true)
	}
	if limit, _ := strconv.Atoi(q.query.Get("limit")); limit > 100 {
		c.t.Errorf("%s: a limit of %d", q.path, limit)
	}
	c.fields(of, parseFields(q.query.Get("fields")))
}

// tags checks that what is decoded of a kind of node is described, and what is decoded of what it leads to.
func (c *contract) tags(kind string, of reflect.Type) {
	for i := range of.NumField() {
		f := of.Field(i)
		name := f.Tag.Get("json")
		leads, _, ok := c.field(kind, name)
		if !ok && !c.excepted(kind+"."+name) {
			c.t.Errorf("%s reads %s of %s, which has no such field or edge", of, name, kind)
		}
		if key := kind + " " + name; c.checked[key] {
			continue
		} else {
			c.checked[key] = true
		}
		part := listed(f.Type)
		if part.Kind() != reflect.Struct || part == reflect.TypeFor[graphTime]() {
			continue
		}
		if _, described := c.specs[leads]; described && name != "reactions" { // a list of which only the summary is read
			if part != reflect.TypeFor[facebookSummary]() {
				c.tags(leads, part)
			}
			continue
		}
		for k := range part.NumField() {
			if sub := part.Field(k).Tag.Get("json"); sub != "data" && sub != "summary" && !c.excepted(kind+"."+name+"."+sub) {
				c.t.Errorf("%s reads %s.%s of %s, which is described nowhere", of, name, sub, kind)
			}
		}
	}
}

// listed is what a list is of; what is none stays.
func listed(of reflect.Type) reflect.Type {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice && of != reflect.TypeFor[json.RawMessage]() {
		of = of.Elem()
	}
	if of.Kind() == reflect.Struct && of.NumField() > 0 && of.Field(0).Tag.Get("json") == "data" && of.Field(0).Type.Kind() == reflect.Slice {
		return listed(of.Field(0).Type)
	}
	return of
}

// TestGraphQuestionsAreThoseOfTheDescription sends every question there is, and holds them against Meta's descriptions.
func TestGraphQuestionsAreThoseOfTheDescription(t *testing.T) {
	c := &contract{t: t, specs: graphSpecs(t), checked: map[string]bool{}, used: map[string]bool{}}
	pages, pageOf := facebookTown(t)
	first, _ := graphRun(t, Options{}, pipeline.Request{Account: pageOf})
	later := visitDay.Add(24 * time.Hour)
	pages.comment("1_30", "900_1", "555", "", later.Add(-time.Hour), "Gràcies")
	graphRun(t, Options{}, pipeline.Request{Account: pageOf, Now: later, Cursor: first["page"].Next, StableID: "900", Due: dues(first["page"].Posts)})
	users, userOf := instagramTown(t)
	read, _ := graphRun(t, Options{}, pipeline.Request{Account: userOf}, pipeline.Request{Account: foreign(userOf)})
	graphRun(t, Options{}, pipeline.Request{Account: userOf, Now: later, Cursor: read["own"].Next, StableID: "1784", Due: dues(read["own"].Posts)})
	users.nesting = false
	graphRun(t, Options{}, pipeline.Request{Account: userOf})
	many := newFacebook() // more than one page, of which the last does not come
	many.page("900", "office", false)
	for i := range 260 {
		many.post(fmt.Sprintf("900_%d", i), "900", visitDay.Add(time.Duration(i-300)*time.Hour), nil, 1)
	}
	many.fail = func(q fakeQuestion) *graphError {
		if q.query.Get("after") == "QVFI125" {
			return &graphError{Code: 2500, Message: "no"}
		}
		return nil
	}
	manyOf := pipeline.Account{ID: "page", Platform: pipeline.Facebook, Handle: "office", Credential: "META", Server: many.start(t)}
	part, _ := graphRun(t, Options{}, pipeline.Request{Account: manyOf})
	graphRun(t, Options{}, pipeline.Request{Account: manyOf, Now: later, Cursor: part["page"].Next})
	for _, g := range []*fakeGraph{pages.fakeGraph, users, many.fakeGraph} {
		for _, q := range g.asked {
			c.question(g, q)
		}
	}
	c.tags("Page", reflect.TypeFor[facebookNode]())
	c.tags("PagePost", reflect.TypeFor[facebookPostNode]())
	c.tags("PagePost", reflect.TypeFor[facebookTaggedNode]())
	c.tags("Comment", reflect.TypeFor[facebookCommentNode]())
	c.tags("IGUser", reflect.TypeFor[instagramNode]())
	c.tags("IGMedia", reflect.TypeFor[instagramMediaNode]())
	c.tags("IGComment", reflect.TypeFor[instagramCommentNode]())
	c.tags("Page", reflect.TypeFor[instagramOwner]())
	c.tags("InsightsResult", reflect.TypeFor[graphInsight]())
	for _, edge := range []string{
		"PagePost/comments", "Page/tagged", "Page/visitor_posts", "IGUser/tags", "IGMedia/comments", "IGMedia/insights", "Page.published_posts",
		"IGUser.media", "IGUser.business_discovery", "PagePost.insights", "IGMedia.insights", "IGMedia.children", "IGComment.replies",
		"PagePost.attachments", "PagePost.reactions", "Page.instagram_business_account", "IGMedia.alt_text", "InsightsResult.values",
	} {
		if !c.checked[edge] {
			t.Errorf("%s was not asked for", edge)
		}
	}
	for name := range undescribed {
		if !c.used[name] {
			t.Errorf("the exception %s is not needed", name)
		}
	}
	if len(c.checked) < 100 {
		t.Errorf("only %d names were held against the descriptions: %v", len(c.checked), slices.Sorted(maps.Keys(c.checked)))
	}
}

// dues makes all posts due again.
func dues(posts []pipeline.Post) (due []pipeline.DuePost) {
	for _, p := range posts {
		due = append(due, pipeline.DuePost{ID: p.ID, CreatedAt: p.CreatedAt})
	}
	return due
}

// FuzzGraph answers every question of the three collectors with the same bytes.
func FuzzGraph(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","username":"office","followers_count":3,"published_posts":{"data":[{"id":"1_2","created_time":"2026-11-01T10:00:00+0000","message":"hola","comments":{"summary":{"total_count":4}}}],"paging":{"cursors":{"after":"A"},"next":"https://x/?after=A"}}}`,
		`{"data":[{"id":"1","timestamp":"2026-11-01T10:00:00+0000","insights":{"data":[{"name":"views","values":[{"value":1}]}]},"children":{"data":[{}]},"instagram_business_account":{"id":"7","username":"office"}}],"paging":{"next":"https://x/?until=3"}}`,
		`{"error":{"message":"(#100) metric","code":100}}`, `{"error":{"code":803,"message":"1_2"}}`, `{"error":{"code":190}}`, `{"error":null}`, `[]`, `null`, `{"error":{"code":1}}`,
		`{"id":"1","media":{"data":[{"id":"2","timestamp":"2026-11-01T10:00:00+0000","comments_count":3}],"paging":{"cursors":{"after":"A"}}},"business_discovery":{"id":"2","media":{"data":[{"id":"x"}]}}}`,
		`{"id":"1","created_time":"x"}`, `{"message_tags":[{"type":"user","name":"A"}],"id":"1","website":"a, b"}`,
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, first, rest string) {
		asked := 0
		one := func() string {
			asked++
			if asked == 1 {
				return first
			}
			return rest
		}
		answer := transport(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			if r.Method == http.MethodPost {
				_ = r.ParseForm()
				var batch []json.RawMessage
				_ = json.Unmarshal([]byte(r.PostForm.Get("batch")), &batch)
				var answers []map[string]any
				for range batch {
					answers = append(answers, map[string]any{"code": 200, "body": one()})
				}
				_ = json.NewEncoder(w).Encode(answers)
			} else {
				_, _ = w.WriteString(one())
			}
			return w.Result(), nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		all := All(Options{Transport: answer, Backoff: time.Nanosecond, Credential: func(string) (pipeline.Secret, error) { return graphToken, nil }})
		for _, p := range []pipeline.Platform{pipeline.Facebook, pipeline.Instagram, pipeline.Threads} {
			asked = 0
			r := pipeline.Request{Account: pipeline.Account{ID: "a", Platform: p, Handle: "office", Credential: "META", Server: "http://127.0.0.1", AllowHTTP: true}, Now: visitDay,
				Due: []pipeline.DuePost{{ID: "1_2", CreatedAt: visitDay}, {ID: "3", CreatedAt: visitDay}}}
			if b, err := readOne(ctx, all, r); err == nil {
				r.Cursor = b.Next
				asked = 0
				_, _ = readOne(ctx, all, r)
			}
		}
	})
}
