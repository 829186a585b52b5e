package collectors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"presencia/pipeline"
)

// Facebook, Instagram and Threads are one API, the Graph API: nodes with fields and edges, errors in the body, limits
// in percent, cursors, and (but for Threads) batches.

const (
	graphBatch    = 50                 // questions in one request, the most that the API takes
	graphTogether = 500                // accounts read as one group, so that what they want beyond their first question fills batches too
	graphMost     = 40                 // of a list, read in one visit
	graphLimit    = 24 << 20           // bytes of an answer: a batch brings many pages of posts
	graphMemory   = 500                // posts of an account whose number of comments is remembered
	graphOverlap  = time.Hour          // what is listed again, as a list may be behind
	graphRefusals = 7 * 24 * time.Hour // after which what a token may not read is tried again

	graphPace   = 75               // percent of a limit from which on requests are spaced
	graphPause  = time.Minute      // between requests when the limit is all but used up
	graphSilent = 30 * time.Minute // after a refusal that names no time: the limits are those of a rolling hour or day
)

var (
	// errToken: the credential's token is refused whatever is asked.
	errToken = errors.New("the token is refused")
	// errPermission: the token is good, but not for this.
	errPermission = errors.New("the token may not read this")
	// errQuestion: the API does not answer this to anybody.
	errQuestion = errors.New("the platform refuses the question")
	// errTooMuch: the same in smaller portions may be had.
	errTooMuch = errors.New("the platform cannot give so much at once")
)

// graph asks one Graph API with one token. It is for one goroutine.
//
// The platform's limits count the questions of a batch one by one, and so does the Meter: a batch that does not fit into
// the budget is not sent.
type graph struct {
	*visit
	base    *url.URL
	most    int // questions in one request; 1: the API has no batches
	queue   []*graphQuestion
	ended   error    // why nothing more is asked
	metrics []string // that insights are asked for
}

// graphAccount is an account while it is read.
type graphAccount struct {
	request pipeline.Request
	batch   pipeline.Batch
	token   pipeline.Secret // of the account itself, where the credential's leads to one
	err     error           // nothing of it is usable
	spent   error           // its own limit is used up
}

func (a *graphAccount) gap(part string, err error) {
	a.batch.Gaps = append(a.batch.Gaps, pipeline.Gap{Part: part, Cause: err})
}

// graphQuestion is one question to the API: a batch holds many.
type graphQuestion struct {
	of    *graphAccount
	path  string
	query url.Values
	token pipeline.Secret // another than the credential's
	then  func(body []byte, err error)
	tried int
}

func openGraph(f *fetcher, r pipeline.Request, base string, most int) (*graph, error) {
	v, err := f.visit(r)
	if err != nil {
		return nil, err
	}
	if v.token == "" {
		return nil, fmt.Errorf("%w: %s gives nothing without a token: give the account a credential NAME in the register, and its secret in PRESENCIA_TOKEN_NAME",
			pipeline.ErrDenied, r.Account.Platform)
	}
	u, err := url.Parse(cmp.Or(r.Account.Server, base))
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("server %q: write it as an address, for example %s", r.Account.Server, base)
	}
	return &graph{visit: v, base: u, most: most}, nil
}

func (g *graph) ask(q *graphQuestion) { g.queue = append(g.queue, q) }

// run asks until no question is left; answers may bring new ones.
func (g *graph) run(ctx context.Context) {
	for len(g.queue) > 0 {
		var round []*graphQuestion
		for len(g.queue) > 0 && len(round) < g.most {
			q := g.queue[0]
			g.queue = g.queue[1:]
			if err := cmp.Or(g.ended, q.of.spent); err != nil {
				q.then(nil, err)
				continue
			}
			round = append(round, q)
		}
		if len(round) > 0 {
			g.round(ctx, round)
		}
	}
}

// round sends what goes into one request.
func (g *graph) round(ctx context.Context, round []*graphQuestion) {
	answers, err := g.send(ctx, round)
	if over(err) || g.batched(round) && (errors.Is(err, pipeline.ErrDenied) || errors.Is(err, pipeline.ErrUnavailable)) {
		g.ended = err // the next one would fare no better
	}
	for i, q := range round {
		if err != nil {
			q.then(nil, err)
			continue
		}
		body, err := g.open(q, answers[i])
		switch {
		case errors.Is(err, pipeline.ErrUnavailable) && q.tried < retries:
			q.tried++
			g.ask(q)
			continue
		case errors.Is(err, pipeline.ErrRateLimited):
			q.of.spent = err
		case errors.Is(err, errToken) && q.token == "":
			g.ended = err
		}
		q.then(body, err)
	}
}

// one asks a question by itself and waits for the answer.
func (g *graph) one(ctx context.Context, q *graphQuestion) (body []byte, err error) {
	if err := cmp.Or(g.ended, q.of.spent); err != nil {
		return nil, err
	}
	answers, err := g.send(ctx, []*graphQuestion{q})
	if err != nil {
		return nil, err
	}
	return g.open(q, answers[0])
}

// over tells the failures after which the token gets no answer to anything else.
func over(err error) bool {
	return errors.Is(err, errToken) || errors.Is(err, pipeline.ErrRateLimited) || errors.Is(err, pipeline.ErrBudget)
}

// batched tells whether questions go into a batch: one by itself needs none, but where it has a token of its own.
func (g *graph) batched(round []*graphQuestion) bool {
	return g.most > 1 && (len(round) > 1 || round[0].token != "")
}

// graphAnswer is the answer to one question of a batch; it is null where the server ran out of time.
type graphAnswer struct {
	Code    int `json:"code"`
	Headers []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"headers"`
	Body string `json:"body"`
}

func (g *graph) send(ctx context.Context, round []*graphQuestion) (answers []*graphAnswer, err error) {
	before := g.calls
	defer func() { // each question counts with its account; repetitions and redirects with the first
		booked := g.calls - before
		if booked >= len(round) {
			for _, q := range round[1:] {
				q.of.batch.Calls++
				booked--
			}
		}
		round[0].of.batch.Calls += booked
	}()
	q := request{accept: "application/json", limit: graphLimit}
	if !g.batched(round) {
		q.url = g.base.JoinPath(round[0].path)
		q.url.RawQuery = round[0].query.Encode()
		q.judge = func(r *response) (time.Duration, error) { return g.weigh(r.header, r.body) }
		r, err := g.get(ctx, q)
		if err != nil {
			return nil, err
		}
		return []*graphAnswer{{Code: r.status, Body: string(r.body)}}, nil
	}
	q.calls = len(round)
	q.url, q.method, q.contentType, q.body = g.base.JoinPath("/"), http.MethodPost, "application/x-www-form-urlencoded", g.form(round)
	q.judge = func(r *response) (wait time.Duration, err error) {
		if wait, err = g.weigh(r.header, r.body); err != nil || r.status >= 300 {
			return wait, err
		}
		answers, err = readBatch(r.body, len(round))
		for _, a := range answers { // a limit of the app or of the token's owner strikes the others as well
			if e := a.error(); e != nil && slices.Contains([]int{4, 17, 613}, e.Code) {
				wait = max(wait, graphSilent)
			}
		}
		return wait, err
	}
	if _, err := g.get(ctx, q); err != nil {
		return nil, err
	}
	return answers, nil
}

// form writes questions as the form that the API wants. Tokens of Pages stand in it, and nowhere else.
func (g *graph) form(round []*graphQuestion) []byte {
	type one struct {
		Method string `json:"method"`
		URL    string `json:"relative_url"`
		Token  string `json:"access_token,omitempty"`
	}
	all := make([]one, len(round))
	for i, q := range round {
		all[i] = one{Method: http.MethodGet, URL: strings.TrimPrefix(q.path, "/") + "?" + q.query.Encode(), Token: q.token.Reveal()}
	}
	raw, _ := json.Marshal(all) //nolint:gosec // that is where the API wants the token; strings cannot fail
	return []byte(url.Values{"batch": {string(raw)}}.Encode())
}

func readBatch(body []byte, questions int) ([]*graphAnswer, error) {
	var answers []*graphAnswer
	if err := json.Unmarshal(body, &answers); err != nil {
		return nil, fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err)
	}
	if len(answers) != questions {
		return nil, fmt.Errorf("%w: %d answers to %d questions", pipeline.ErrBadAnswer, len(answers), questions)
	}
	return answers, nil
}

// error is what the answer says went wrong, if anything.
func (a *graphAnswer) error() *graphError {
	if a == nil {
		return nil
	}
	return readGraphError([]byte(a.Body))
}

// open takes the answer out of its envelope.
func (g *graph) open(q *graphQuestion, a *graphAnswer) ([]byte, error) {
	switch e := a.error(); {
	case a == nil:
		return nil, fmt.Errorf("%s: %w: there was no time left in the batch for it", q.path, pipeline.ErrUnavailable)
	case e != nil:
		err := g.fault(e)
		if wait := regain(a); wait > 0 && errors.Is(err, pipeline.ErrRateLimited) {
			err = fmt.Errorf("%w, access comes back in %s", err, wait)
		}
		return nil, fmt.Errorf("%s: %w", q.path, err)
	case a.Code >= 500:
		return nil, fmt.Errorf("%s: %w: %s", q.path, pipeline.ErrUnavailable, statusText(a.Code))
	case a.Code >= 300:
		return nil, fmt.Errorf("%s: %w: %s", q.path, pipeline.ErrBadAnswer, statusText(a.Code))
	}
	if wait := regain(a); wait > 0 { // this answer was the last that the account's limit allowed
		q.of.spent = fmt.Errorf("%w: the limit of this account is used up, access comes back in %s", pipeline.ErrRateLimited, wait)
	}
	return []byte(a.Body), nil
}

// regain is how long the account of an answer is shut out; 0: it is not.
func regain(a *graphAnswer) time.Duration {
	h := http.Header{}
	for _, e := range a.Headers {
		h.Set(e.Name, e.Value)
	}
	percent, wait := graphUsage(h)
	if percent < 100 {
		return 0
	}
	return cmp.Or(wait, graphSilent)
}

// graphError is the API's own word for what went wrong.
type graphError struct {
	Message   string `json:"message"`
	Code      int    `json:"code"`
	Subcode   int    `json:"error_subcode"`
	Transient bool   `json:"is_transient"`
}

func readGraphError(body []byte) *graphError {
	if !bytes.Contains(body, []byte(`"error"`)) {
		return nil
	}
	var answer struct {
		Error *graphError `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil
	}
	return answer.Error
}

// weigh reads an answer's limits and error.
func (g *graph) weigh(h http.Header, body []byte) (time.Duration, error) {
	percent, regain := graphUsage(h)
	var wait time.Duration
	switch {
	case percent >= 100:
		wait = cmp.Or(regain, graphSilent)
	case percent > graphPace: // the nearer the end, the slower
		wait = time.Duration((percent - graphPace) / (100 - graphPace) * float64(graphPause))
	}
	e := readGraphError(body)
	if e == nil {
		return wait, nil
	}
	err := g.fault(e)
	if errors.Is(err, pipeline.ErrRateLimited) {
		wait = cmp.Or(regain, graphSilent)
	}
	return wait, err
}

// graphUsage reads how much of its limits a token has used, in percent, and how long it is shut out. Of several
// businesses the one with the most left counts: the others' questions are refused one by one.
func graphUsage(h http.Header) (percent float64, regain time.Duration) {
	type usage struct {
		Calls  float64 `json:"call_count"`
		Time   float64 `json:"total_time"`
		CPU    float64 `json:"total_cputime"`
		Regain float64 `json:"estimated_time_to_regain_access"` // minutes
	}
	worst := func(u usage) float64 { return max(u.Calls, u.Time, u.CPU) }
	for _, name := range []string{"X-App-Usage", "X-Page-Usage"} {
		var u usage
		if json.Unmarshal([]byte(h.Get(name)), &u) == nil {
			percent = max(percent, worst(u))
		}
	}
	var businesses map[string][]usage
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &businesses) != nil || len(businesses) == 0 {
		return percent, 0
	}
	least, first := usage{}, true
	for _, of := range businesses {
		var most usage // of the kinds of use
		for _, u := range of {
			most = usage{Calls: max(most.Calls, worst(u)), Regain: max(most.Regain, u.Regain)}
		}
		if most.Regain > 0 {
			most.Calls = max(most.Calls, 100)
		}
		if first || most.Calls < least.Calls || most.Calls == least.Calls && most.Regain < least.Regain {
			least, first = most, false
		}
	}
	return max(percent, least.Calls), time.Duration(min(least.Regain, 7*24*60) * float64(time.Minute))
}

// fault says what an error means to us. Codes are those of the API's guides to errors and limits.
func (g *graph) fault(e *graphError) error {
	text := e.text(g.token)
	lower := strings.ToLower(e.Message)
	switch c := e.Code; {
	case c == 4 || c == 17 || c == 32 || c == 341 || c == 613 || c >= 80000 && c <= 80014:
		return fmt.Errorf("%w: %s", pipeline.ErrRateLimited, text)
	case c == 190 && strings.Contains(lower, "page access token"): // good for other things
		return fmt.Errorf("%w: %w: it has to be the token of the Page itself", pipeline.ErrDenied, errPermission)
	case c == 190 || c == 102: // the message may repeat the token
		return fmt.Errorf("%w: %w (#%d): renew it in PRESENCIA_TOKEN_%s", pipeline.ErrDenied, errToken, c, g.account.Credential)
	case c == 100 && strings.Contains(lower, "metric") && !strings.Contains(lower, "product type"), c == 3001:
		return fmt.Errorf("%w: %s", errBadMetric, text)
	case c == 803 || c == 110 || c == 100 && e.Subcode == 33:
		return fmt.Errorf("%w: %s", pipeline.ErrGone, text)
	case c == 10 && strings.Contains(lower, "not enough"): // too few have seen it
		return fmt.Errorf("%w: %s", pipeline.ErrBadAnswer, text)
	case c == 10 || c == 3 || c >= 200 && c <= 299:
		return fmt.Errorf("%w: %w: %s", pipeline.ErrDenied, errPermission, text)
	case strings.Contains(lower, "reduce the amount of data"):
		return fmt.Errorf("%w: %w: %s", errTooMuch, pipeline.ErrBadAnswer, text)
	case c == 1 || c == 2 || e.Transient:
		return fmt.Errorf("%w: %s", pipeline.ErrUnavailable, text)
	}
	return fmt.Errorf("%w: %w: %s", pipeline.ErrBadAnswer, errQuestion, text)
}

// word is what may be a token when a message repeats one.
var word = regexp.MustCompile(`[A-Za-z0-9_|.%=-]{20,}`)

// text is the error as people may read it, without anything that looks like a token.
func (e *graphError) text(token pipeline.Secret) string {
	message := strings.Join(strings.Fields(e.Message), " ")
	if token != "" {
		message = strings.ReplaceAll(message, token.Reveal(), "…")
	}
	message = word.ReplaceAllStringFunc(message, func(w string) string {
		if strings.ContainsFunc(w, unicode.IsUpper) && strings.ContainsFunc(w, unicode.IsDigit) {
			return "…"
		}
		return w
	})
	if r := []rune(message); len(r) > 200 {
		message = string(r[:200]) + "…"
	}
	if e.Subcode != 0 {
		return fmt.Sprintf("(#%d/%d) %s", e.Code, e.Subcode, message)
	}
	return fmt.Sprintf("(#%d) %s", e.Code, message)
}

// read makes a reader of an answer: a body that cannot be read is an error as well.
func read[T any](then func(*T, error)) func([]byte, error) {
	return func(body []byte, err error) {
		var into T
		if err == nil {
			if err = json.Unmarshal(body, &into); err != nil {
				err = fmt.Errorf("%w: %w", pipeline.ErrBadAnswer, err)
			}
		}
		if err != nil {
			then(nil, err)
			return
		}
		then(&into, nil)
	}
}

// The shapes that all nodes share.
type (
	graphList[T any] struct {
		Data   []T         `json:"data"`
		Paging graphPaging `json:"paging"`
	}
	graphPaging struct {
		Cursors struct {
			After string `json:"after"`
		} `json:"cursors"`
		Next string `json:"next"`
	}
	graphID struct {
		ID string `json:"id"`
	}
	graphInsights struct {
		Data []graphInsight `json:"data"`
	}
	graphInsight struct {
		Name   string `json:"name"`
		Values []struct {
			Value json.RawMessage `json:"value"`
		} `json:"values"`
		Total struct {
			Value json.RawMessage `json:"value"`
		} `json:"total_value"`
	}
)

// next is what leads to the next page; nil: this was the last. The address that the API names holds the token: only the
// cursor is taken from it.
func (p graphPaging) next() url.Values {
	if p.Next == "" {
		return nil
	}
	if p.Cursors.After != "" {
		return url.Values{"after": {p.Cursors.After}}
	}
	u, err := url.Parse(p.Next)
	if err != nil {
		return nil
	}
	next := url.Values{}
	for _, name := range []string{"after", "until", "__paging_token", "offset"} {
		if v := u.Query().Get(name); v != "" {
			next.Set(name, v)
		}
	}
	if len(next) == 0 {
		return nil
	}
	return next
}

// count is the value of a metric; unknown where there is none, as for small audiences, or where it is no number.
func (i *graphInsights) count(metric string) pipeline.Count {
	if i == nil {
		return pipeline.Count{}
	}
	for _, m := range i.Data {
		if m.Name != metric {
			continue
		}
		raw := m.Total.Value
		if len(m.Values) > 0 {
			raw = m.Values[len(m.Values)-1].Value
		}
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil && n >= 0 {
			return pipeline.CountOf(n)
		}
	}
	return pipeline.Count{}
}

// graphTime is a moment as the API writes it, with or without a colon in the offset.
type graphTime struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *graphTime) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil || s == "" {
		return err
	}
	var err error
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		if t.Time, err = time.Parse(layout, s); err == nil {
			t.Time = t.UTC()
			return nil
		}
	}
	return err
}

// unparked are the metrics that may be asked for.
func unparked(metrics []string, parked []pipeline.Parked) []string {
	return slices.DeleteFunc(slices.Clone(metrics), func(m string) bool {
		return slices.ContainsFunc(parked, func(p pipeline.Parked) bool { return p.Metric == m })
	})
}

// retire finds which of the metrics that were just refused together is to blame, by asking again with fewer. Those found
// are asked for no more in this group, and parked with the account that they were found with.
func (g *graph) retire(ctx context.Context, a *graphAccount, metrics []string, ask func(metrics []string) *graphQuestion) error {
	if !slices.Equal(g.metrics, metrics) { // found already, with another account
		return nil
	}
	refused, err := askInGroups(ctx, metrics, nil, func(ctx context.Context, some []string) error {
		_, err := g.one(ctx, ask(some))
		return err
	})
	for i := range refused { // a metric is parked for the platform, whatever account it was found with
		refused[i].Platform, refused[i].Since = a.request.Account.Platform, a.request.Now
	}
	a.batch.Parked = append(a.batch.Parked, refused...)
	g.metrics = unparked(g.metrics, refused)
	if err == nil && len(refused) == 0 {
		err = fmt.Errorf("%w: metrics are refused together that are taken one by one", pipeline.ErrBadAnswer)
	}
	return err
}

// counted is how many comments were read under a post.
type counted struct {
	N       int64     `json:"n"`
	Created time.Time `json:"c"`
}

// remembered is what is kept of it for the next visit: young posts, and not without end.
func remembered(all map[string]counted, now time.Time, refresh time.Duration) map[string]counted {
	young := maps.Clone(all)
	maps.DeleteFunc(young, func(_ string, c counted) bool { return c.Created.Before(now.Add(-refresh)) })
	if len(young) > graphMemory {
		ids := slices.SortedFunc(maps.Keys(young), func(a, b string) int { return young[b].Created.Compare(young[a].Created) })
		for _, id := range ids[graphMemory:] {
			delete(young, id)
		}
	}
	return young
}

// refusals are the parts that a token may not read, and since when. They are not asked for again at once.
type refusals map[string]time.Time

func (r refusals) may(part string, now time.Time) bool { return now.Sub(r[part]) >= graphRefusals }

// refuse notes that a part could not be read.
func (a *graphAccount) refuse(r *refusals, part string, err error) {
	if errors.Is(err, errPermission) {
		if *r == nil {
			*r = refusals{}
		}
		(*r)[part] = a.request.Now
	}
	if !slices.ContainsFunc(a.batch.Gaps, func(g pipeline.Gap) bool { return g.Part == part }) {
		a.gap(part, err)
	}
}

// The parts of an account that a token may not read although it may read the rest.
const (
	partInsights = "views and reach"
	partMessages = "messages"
)

// withInsights adds to fields the metrics of each post.
func withInsights(fields string, metrics []string) string {
	if len(metrics) == 0 {
		return fields
	}
	return fields + ",insights.metric(" + strings.Join(metrics, ",") + "){name,values}"
}

// several asks for nodes by their ids, as many in one question as it takes. Ids that no longer exist make the whole
// question fail: they are told, and the others asked for again.
func several[T any](g *graph, of *graphAccount, token pipeline.Secret, fields string, ids []string, gone func(id string), then func(ids []string, found map[string]*T, err error)) {
	if g.most == 1 { // what has no batches has no questions for several nodes either
		for _, id := range ids {
			g.ask(&graphQuestion{of: of, token: token, path: "/" + id, query: url.Values{"fields": {fields}}, then: read(func(found *T, err error) {
				switch {
				case errors.Is(err, pipeline.ErrGone):
					gone(id)
				case err != nil:
					then([]string{id}, nil, err)
				default:
					then([]string{id}, map[string]*T{id: found}, nil)
				}
			})})
		}
		return
	}
	for some := range slices.Chunk(ids, graphBatch) {
		g.ask(&graphQuestion{of: of, token: token, path: "/", query: url.Values{"ids": {strings.Join(some, ",")}, "fields": {fields}},
			then: read(func(found *map[string]*T, err error) {
				if !errors.Is(err, pipeline.ErrGone) {
					if err != nil {
						then(some, nil, err)
						return
					}
					then(some, *found, nil)
					return
				}
				if len(some) == 1 {
					gone(some[0])
					return
				}
				rest := slices.DeleteFunc(slices.Clone(some), func(id string) bool { return named(err.Error(), id) })
				if len(rest) == len(some) { // it does not say which
					several(g, of, token, fields, some[:len(some)/2], gone, then)
					several(g, of, token, fields, some[len(some)/2:], gone, then)
					return
				}
				for _, id := range some {
					if !slices.Contains(rest, id) {
						gone(id)
					}
				}
				if len(rest) > 0 {
					several(g, of, token, fields, rest, gone, then)
				}
			})})
	}
}

// graphPages reads a list page by page.
type graphPages[T any] struct {
	*graph
	of    *graphAccount
	token pipeline.Secret
	path  string
	query url.Values
	left  int                                    // pages that may still be read
	take  func(page []T) (more bool)             // more: older ones are wanted
	mend  func(query url.Values, err error) bool // changes a question that failed, if another one may do better; may be nil
	then  func(err error)                        // at the end; the error says why it came too early
}

func (l *graphPages[T]) next() {
	l.ask(&graphQuestion{of: l.of, token: l.token, path: l.path, query: l.query, then: read(func(page *graphList[T], err error) {
		if err == nil && page.Data == nil {
			err = fmt.Errorf("%s: %w: there is no list in it", l.path, pipeline.ErrBadAnswer)
		}
		switch {
		case err == nil:
			l.page(*page)
		case fewer(l.query, err) || l.mend != nil && l.mend(l.query, err):
			l.next()
		default:
			l.then(err)
		}
	})})
}

// page takes one page, and asks for the next.
func (l *graphPages[T]) page(page graphList[T]) {
	l.left--
	more, next := l.take(page.Data), page.Paging.next()
	switch {
	case !more || next == nil:
		l.then(nil)
	case l.left <= 0:
		l.then(fmt.Errorf("%d pages are read in one visit", graphMost))
	default:
		before := l.query
		l.query = maps.Clone(l.query)
		for _, name := range []string{"after", "until", "__paging_token", "offset"} {
			if v := next.Get(name); v != "" {
				l.query.Set(name, v)
			}
		}
		if maps.EqualFunc(before, l.query, slices.Equal[[]string]) {
			l.then(fmt.Errorf("%s: %w: it names itself as the next page", l.path, pipeline.ErrBadAnswer))
			return
		}
		l.next()
	}
}

// fewer halves the page of a question that asked for more than the API can give at once.
func fewer(query url.Values, err error) bool {
	limit, _ := strconv.Atoi(query.Get("limit"))
	if !errors.Is(err, errTooMuch) || limit < 10 {
		return false
	}
	query.Set("limit", strconv.Itoa(limit/2))
	return true
}

// named tells whether a message names an id, and not a longer one that it is part of.
func named(message, id string) bool {
	for {
		i := strings.Index(message, id)
		if i < 0 {
			return false
		}
		edge := func(s string) bool { return s == "" || !strings.ContainsAny(s, "0123456789_") }
		before, after := message[:i], message[i+len(id):]
		if edge(before[max(0, len(before)-1):]) && edge(after[:min(1, len(after))]) {
			return true
		}
		message = after
	}
}

// still is the address of a picture without what the platform's servers change in it with every answer: the host that is
// near, and the signature. It names the picture; to see it, follow the post.
func still(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	for _, cdn := range []string{"fbcdn.net", "cdninstagram.com"} {
		if strings.HasSuffix(u.Host, "."+cdn) {
			return "https://" + cdn + u.EscapedPath()
		}
	}
	return address
}

// since is the modifier of an expanded edge, or nothing where all is wanted.
func since(t time.Time) string {
	if t.Unix() <= 0 {
		return ""
	}
	return ".since(" + unix(t) + ")"
}

// unix writes a moment as the API's since and until want it.
func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// graphRenewed is how long before its end a token is renewed: it lasts for 60 days, and an ended one cannot be renewed.
const graphRenewed = 30 * 24 * time.Hour

// graphRenewal renews the long-lived tokens of Instagram's and Threads' own accounts, which begin with a prefix. The
// credential has to name their end, to be known for one that ends soon: {"access_token": "…", "expires": "…"}. Tokens of
// Pages and of system users do not end.
func graphRenewal(base, grant, prefix string) *renewal {
	return &renewal{before: graphRenewed, ask: func(ctx context.Context, v *visit, c Credential) (Credential, error) {
		left := c.Expires.Sub(v.now())
		if !strings.HasPrefix(c.AccessToken.Reveal(), prefix) || c.Expires.IsZero() || left <= 0 || left > graphRenewed {
			return c, errNoRenewal
		}
		u, err := url.Parse(cmp.Or(v.account.Server, base))
		if err != nil {
			return c, errNoRenewal
		}
		u = u.ResolveReference(&url.URL{Path: "/refresh_access_token", RawQuery: url.Values{"grant_type": {grant}}.Encode()})
		g := &graph{visit: v}
		r, err := v.get(ctx, request{
			url: u, accept: "application/json", limit: apiLimit, noToken: true, header: http.Header{"Authorization": {"Bearer " + c.AccessToken.Reveal()}},
			judge: func(r *response) (time.Duration, error) { return g.weigh(r.header, r.body) },
		})
		if err != nil {
			return c, err
		}
		var got struct {
			Token   string `json:"access_token"`
			Seconds int64  `json:"expires_in"`
		}
		if err := r.decode(&got); err != nil {
			return c, err
		}
		if got.Token == "" || got.Seconds <= 0 || got.Seconds > 366*24*60*60 {
			return c, fmt.Errorf("%w: it holds no token, or no end of it", pipeline.ErrBadAnswer)
		}
		c.AccessToken, c.Expires = pipeline.Secret(got.Token), r.at.Add(time.Duration(got.Seconds)*time.Second)
		return c, nil
	}}
}
