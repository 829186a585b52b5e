package reports

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/plan"
	"presencia/pipeline/statistics"
)

// What a sheet of an account shows: its figures in order of preference, of which the first five that are known are tiles, and what
// else is asked for.
var (
	sheetFigures = []string{"own_posts", "followers", "interactions_per_post", "response_rate", "compliance", "time_to_first_answer"}
	sheetOthers  = []string{"posts", "followers", "messages_received", "first_language_share", "second_language_share", "other_language_share"}
)

const (
	sheetRules  = 5   // rules that failed, on the page; the workbook has all
	stepText    = 140 // letters that the reason of a step has room for
	sheetPosts  = 7   // days that a publication has had before it is told how it did
	comparables = 8   // accounts beside which one is set
	fewestPeers = 3   // fewer say nothing of what is usual
)

// What else than the guide's rules a step weighs, on the scale of [Step.Weight].
const (
	missedWeight = 10 // an item of the plan that was not published: as a rule of medium severity
	emptyWeight  = 5  // an item of the plan of the coming month that nobody has written
)

// accountSheets are the sheets of some accounts in the making: what all of them share is asked once.
type accountSheets struct {
	*monthly
	steps        map[pipeline.AccountID][]Step
	posts        map[string][]sheetPost
	under        map[string][]ruleVerdicts
	plan, coming plan.Adherence
	actions      []pipeline.Action
}

// accountSheet is that of one account.
type accountSheet struct {
	*accountSheets
	a    pipeline.Account
	self string // its id
	near []pipeline.Account
}

// sheetPost is one of the publications that were answered most, or least.
type sheetPost struct {
	Account      string    `ch:"account"`
	Created      time.Time `ch:"created"`
	Text         string    `ch:"text"`
	URL          string    `ch:"url"`
	Likes        *uint64   `ch:"likes"`
	Replies      *uint64   `ch:"replies"`
	Reposts      *uint64   `ch:"reposts"`
	Interactions uint64    `ch:"interactions"`
	Best         bool      `ch:"best"`
	Lowest       uint64    `ch:"lowest"`  // of all of the account's
	Highest      uint64    `ch:"highest"` //
}

// Accounts are the sheets of one month, each for the community manager of an account: its figures, its next three steps, its publications,
// the guide, and how accounts like it fared. Without ids they are those of all accounts that were open in the month. What they have in common is
// asked of the store once, however many they are.
func Accounts(ctx context.Context, in Input, month pipeline.Window, ids ...pipeline.AccountID) ([]Document, error) {
	m, err := newMonth(ctx, in, month)
	if err != nil {
		return nil, err
	}
	of := m.accounts
	if len(ids) > 0 {
		of = nil
	}
	for _, id := range ids {
		a, ok := in.Register.Account(id)
		if !ok {
			return nil, fmt.Errorf("the register has no account %q", id)
		}
		of = append(of, a)
	}
	s := &accountSheets{monthly: m}
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	documents := make([]Document, len(of))
	for i, a := range of {
		documents[i] = s.document(a)
	}
	return documents, nil
}

// ask reads what the sheets need.
func (s *accountSheets) ask(ctx context.Context) (err error) {
	if err := s.chooseClass(ctx); err != nil {
		return err
	}
	if err = s.lookBack(ctx, look{indicator.Account, s.months, everywhere, sheetOthers, &s.account}); err != nil {
		return err
	}
	if err := s.askReadings(ctx); err != nil {
		return err
	}
	if s.comes, err = s.origins(ctx, s.month); err != nil {
		return err
	}
	if err := s.query(ctx, &s.verdicts, "verdicts", s.month); err != nil {
		return err
	}
	s.under = map[string][]ruleVerdicts{}
	for _, v := range s.verdicts {
		s.under[v.Account] = append(s.under[v.Account], v)
	}
	var posts []sheetPost
	if err := s.query(ctx, &posts, "account_posts", s.month); err != nil {
		return err
	}
	s.posts = map[string][]sheetPost{}
	for _, p := range posts {
		s.posts[p.Account] = append(s.posts[p.Account], p)
	}
	if s.steps, err = Next(ctx, s.Input, s.month.To, nextSteps); err != nil {
		return err
	}
	if s.Actions != nil {
		if s.actions, err = s.Actions(ctx); err != nil {
			return err
		}
	}
	if s.Plan == nil {
		return nil
	}
	if s.plan, err = s.Plan(ctx, s.month); err != nil {
		return err
	}
	to := s.month.To.In(s.zone)
	s.coming, err = s.Plan(ctx, pipeline.Month(to.Year(), to.Month(), s.zone))
	return err
}

// document is the sheet of an account.
func (s *accountSheets) document(a pipeline.Account) Document {
	x := &accountSheet{accountSheets: s, a: a, self: string(a.ID)}
	x.near = x.comparable()
	month := s.month.From.In(s.zone)
	own := *s.builder
	own.request(Request{Kind: "account", Account: x.self, Month: month.Format("2006-01")})
	d := own.document(s.say("account.title", "account", accountName(a), "month", s.words.month(month)), x.cover(), capital(s.words.month(month)))
	d.OnePage = true
	for _, v := range s.values {
		if v.Unit == x.self {
			d.Values = append(d.Values, v)
		}
	}
	for _, part := range []Section{x.figures(), x.todo(), x.beside(), x.years(), x.published(), x.guide(), x.made(d.Values)} {
		if len(part.Blocks) > 0 {
			d.Sections = append(d.Sections, part)
		}
	}
	own.values = d.Values
	d.Manifest = own.record()
	return d
}

// cover is whose account it is.
func (x *accountSheet) cover() string {
	parts := []string{x.say("account.cover", "network", x.platformName(string(x.a.Platform)), "department", x.departmentName(x.a.Department))}
	if x.a.Owner != "" {
		parts = append(parts, x.say("account.owner", "owner", x.a.Owner))
	}
	return strings.Join(append(parts, x.Register.Institution.Name, x.say("cover.cutoff", "date", x.date(pipeline.DateOf(x.state.Observed.In(x.zone))))), " · ")
}

func (x *accountSheet) monthName() string { return x.words.month(x.month.From.In(x.zone)) }

func (x *accountSheet) at(id string, w pipeline.Window) indicator.Value {
	return x.account.at(id, x.self, w)
}

func (x *accountSheet) number(id string, w pipeline.Window) Number {
	return x.account.number(id, x.self, w)
}

// over is an indicator of an account by month.
func (s *accountSheets) over(id, account string) []Number {
	values := make([]Number, len(s.months))
	for i, w := range s.months {
		values[i] = s.account.number(id, account, w)
	}
	return values
}

// history is what judges an indicator of the account.
func (x *accountSheet) history(id string) (indicator.History, bool) {
	i := slices.IndexFunc(x.judged, func(h indicator.History) bool {
		return h.Level == indicator.Account && h.Unit == x.self && h.Indicator.ID == id
	})
	if i < 0 {
		return indicator.History{}, false
	}
	return x.judged[i], true
}

// figures are the month in a word and in tiles; or why there is nothing to tell.
func (x *accountSheet) figures() Section {
	s := Section{ID: "figures", Title: x.say("account.figures")}
	if why := x.nothing(); why != "" {
		s.Blocks = []Block{Note{Text: why, Warning: true}}
		return s
	}
	s.Blocks = append(s.Blocks, Text(x.greeting()+" "+x.covered()))
	var tiles Tiles
	for _, id := range sheetFigures {
		if x.at(id, x.month).Known && len(tiles) < 5 {
			tiles = append(tiles, x.tile(id))
		}
	}
	s.Blocks = append(s.Blocks, tiles)
	return s
}

// nothing says why there is nothing to tell of the account; empty where there is.
func (x *accountSheet) nothing() string {
	day := func(t time.Time) string { return x.date(pipeline.DateOf(t.In(x.zone))) }
	r := x.readings[x.self]
	switch {
	case !x.month.From.Before(x.state.Observed): // nobody has looked yet, and no publication is not none
		return x.say("account.unknown", "month", x.monthName(), "date", day(x.state.Observed))
	case x.read(x.a):
		return ""
	case !x.a.Closed.IsZero() && !x.a.Closed.In(x.zone).After(x.month.From):
		return x.say("account.closed", "date", x.date(x.a.Closed), "month", x.monthName())
	case !x.a.Opened.IsZero() && !x.a.Opened.In(x.zone).Before(x.month.To):
		return x.say("account.unopened", "date", x.date(x.a.Opened), "month", x.monthName())
	case r.Last.Unix() <= 0:
		return x.say("account.never")
	case r.State == "failed":
		return x.say("account.failed", "date", day(r.Last))
	}
	return x.say("account.unknown", "month", x.monthName(), "date", day(r.Last))
}

// greeting says what really changed.
func (x *accountSheet) greeting() string {
	var better, worse, moved []string
	judged := 0
	for _, id := range everywhere {
		h, ok := x.history(id)
		if !ok || h.Movement() == statistics.TooFew {
			continue
		}
		judged++
		switch h.Movement() {
		case statistics.Better:
			better = append(better, lower(x.name(id)))
		case statistics.Worse:
			worse = append(worse, lower(x.name(id)))
		case statistics.Moved:
			moved = append(moved, lower(x.name(id)))
		}
	}
	var said []string
	for _, part := range []struct {
		key   string
		names []string
	}{{"account.better", better}, {"account.worse", worse}, {"account.moved", moved}} {
		if len(part.names) > 0 {
			said = append(said, x.say(part.key, "names", x.list(part.names)))
		}
	}
	switch {
	case len(said) > 0:
		return strings.Join(said, " ")
	case judged == 0:
		return x.say("account.young", "least", statistics.MinPoints)
	}
	return x.say("account.steady")
}

// covered is what the month's figures rest on.
func (x *accountSheet) covered() string {
	r := x.readings[x.self]
	date := x.date(pipeline.DateOf(r.Last.In(x.zone)))
	some, all := x.comes[x.self].byFile()
	exported := x.date(pipeline.DateOf(x.comes[x.self].Exported.In(x.zone)))
	switch {
	case all:
		return x.say("account.file_all", "date", exported)
	case some:
		return x.say("account.file_some", "date", exported)
	case r.State == "failed":
		return x.say("account.read_failed", "date", date)
	case len(r.Gaps) > 0:
		return x.say("account.read_gaps", "date", date)
	case !x.a.Closed.IsZero() && x.month.Contains(x.a.Closed.In(x.zone)):
		return x.say("account.closing", "date", x.date(x.a.Closed))
	case !x.a.Opened.IsZero() && x.month.Contains(x.a.Opened.In(x.zone)):
		return x.say("account.opening", "date", x.date(x.a.Opened))
	}
	return x.say("account.read")
}

// tile is an indicator with its changes, and what its own past says of it.
func (x *accountSheet) tile(id string) Tile {
	unit, decimals := x.unit(id)
	t := Tile{Label: x.name(id), Value: x.number(id, x.month), Unit: unit, Decimals: decimals}
	if h, ok := x.history(cmp.Or(judgedBy[id], id)); ok {
		switch t.Verdict, t.Usual = h.Movement(), x.usual(h); {
		case t.Verdict == statistics.TooFew:
			t.Usual = x.ruling(h)
		case changed(t.Verdict): // it may lie within what is usual now
			t.Usual = x.say("account.since", "month", x.since(h))
		case judgedBy[id] != "":
			t.Usual = x.say("summary.gained", "value", x.shown(h.Indicator.ID, h.Last().Value), "usual", t.Usual)
		}
	}
	for _, w := range []pipeline.Window{x.before, x.lastYear} {
		then := x.number(id, w)
		c := Change{Label: x.say("change.than", "month", x.monthShort(w.From.In(x.zone))), Value: minus(t.Value, then)}
		switch {
		case !x.monthly.comparable(id):
			c.Value, c.Why = Number{}, x.say("why.ages")
		case !c.Value.Known:
			c.Why = x.say("why.no_comparison")
		case decimals == 0 && c.Value.Value != 0:
			c.Relative = relative(t.Value, then)
		}
		t.Changes = append(t.Changes, c)
	}
	return t
}

// todo are the account's next three steps: what was agreed and is overdue, then what weighs most of the guide's rules, and of the
// content plan where there is one.
func (x *accountSheet) todo() Section {
	s := Section{ID: "steps", Title: x.say("account.steps")}
	type weighed struct {
		Task
		weight float64
	}
	var all []weighed
	for _, step := range x.steps[x.a.ID] {
		explanation := cmp.Or(step.Rule.Explanation[x.Language], step.Rule.Explanation[Languages[0]])
		t := Task{Title: step.Advice, Text: strings.TrimSpace(sentences(explanation, stepText) + " " + x.often(step)), Link: step.Example}
		if safeLink(step.Example) != "" {
			t.Label = x.say("account.example")
		}
		all = append(all, weighed{t, step.Weight})
	}
	var missed, empty []plan.Judged
	for _, i := range x.plan.Items {
		if i.Account == x.a.ID && i.Outcome == plan.Missing {
			missed = append(missed, i)
		}
	}
	for _, i := range x.coming.Items {
		if i.Account == x.a.ID && i.Text == "" && i.State == plan.Planned {
			empty = append(empty, i)
		}
	}
	if n := len(missed); n > 0 {
		all = append(all, weighed{Task{Title: x.say("account.missed", "n", n), Text: x.say("account.missed.text", "names", x.some(itemNames(missed)))}, missedWeight * float64(n)})
	}
	if n := len(empty); n > 0 {
		first := pipeline.DateOf(empty[0].At.In(x.zone))
		all = append(all, weighed{Task{Title: x.say("account.empty", "n", n, "month", x.words.month(x.month.To.In(x.zone))),
			Text: x.say("account.empty.text", "name", empty[0].Name(), "date", x.dateWithDay(first))}, emptyWeight * float64(n)})
	}
	last := pipeline.DateOf(x.month.To.In(x.zone).Add(-time.Second))
	for _, a := range x.actions {
		if a.Account == x.a.ID && a.On(last) == pipeline.ActionOverdue {
			all = append(all, weighed{Task{Title: x.say("account.overdue", "text", a.Text), Text: x.say("account.overdue.text", "id", a.ID, "owner", a.Owner, "date", x.date(a.Due))}, math.Inf(1)}) // what was promised comes first
		}
	}
	slices.SortStableFunc(all, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	var tasks Tasks
	for _, t := range all[:min(len(all), nextSteps)] {
		tasks = append(tasks, t.Task)
	}
	switch checked := slices.ContainsFunc(x.under[x.self], func(v ruleVerdicts) bool { return v.Evaluable > 0 }); {
	case len(tasks) > 0:
		s.Blocks = []Block{tasks}
	case checked:
		s.Blocks = []Block{Text(x.say("account.steps.none"))}
	case x.nothing() == "":
		s.Blocks = []Block{Text(x.say("account.unchecked"))}
	}
	return s
}

func itemNames(items []plan.Judged) (names []string) {
	for _, i := range items {
		names = append(names, i.Name())
	}
	return names
}

// sentences are as many whole sentences from the beginning of a text as have room, one at least.
func sentences(text string, most int) string {
	text = strings.TrimSpace(text)
	end := len(text)
	for i := 0; i+2 < len(text); i++ {
		if strings.ContainsRune(".!?", rune(text[i])) && text[i+1] == ' ' {
			if i >= most {
				return text[:min(end, i+1)]
			}
			end = i + 1
		}
	}
	if len(text) <= most || end == len(text) {
		return text
	}
	return text[:end]
}

// often says how often a rule was failed.
func (x *accountSheet) often(step Step) string {
	switch {
	case step.Rule.Scope == "account" && step.Rule.Window == "":
		return x.say("account.step.profile")
	case step.Failed > 0:
		return x.say("account.step.failed", "n", step.Failed, "days", stepDays)
	}
	return x.say("account.step.warned", "n", step.Warned, "days", stepDays)
}

// comparable are the institution's accounts on the same network with an audience of the nearest size, or that publish as much where
// the network tells no audience. They are never of another network: their figures mean other things, and some terms do not allow it.
func (x *accountSheet) comparable() []pipeline.Account {
	type peer struct {
		pipeline.Account
		far float64
	}
	var peers []peer
	for _, a := range x.accounts {
		if a.ID == x.a.ID || a.Platform != x.a.Platform || !x.read(a) {
			continue
		}
		p := peer{a, math.Inf(1)}
		for _, id := range []string{"followers", "own_posts"} {
			mine, ok := x.number(id, x.month).get()
			other, ok2 := x.account.number(id, string(a.ID), x.month).get()
			if ok && ok2 {
				p.far = math.Abs(math.Log1p(max(mine, 0)) - math.Log1p(max(other, 0)))
				break
			}
		}
		peers = append(peers, p)
	}
	if len(peers) < fewestPeers || !x.read(x.a) {
		return nil
	}
	slices.SortFunc(peers, func(a, b peer) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.ID, b.ID)) })
	var near []pipeline.Account
	for _, p := range peers[:min(len(peers), comparables)] {
		near = append(near, p.Account)
	}
	slices.SortFunc(near, func(a, b pipeline.Account) int { return cmp.Compare(a.ID, b.ID) }) // nobody is first
	return near
}

// middle is the median of the comparable accounts in a month, and between which their middle half lies.
func (x *accountSheet) middle(id string, w pipeline.Window) (median, low, high Number) {
	var values []float64
	for _, a := range x.near {
		if v, ok := x.account.number(id, string(a.ID), w).get(); ok {
			values = append(values, v)
		}
	}
	if len(values) < fewestPeers {
		return Number{}, Number{}, Number{}
	}
	slices.Sort(values)
	return known(statistics.Quantile(.5, values)), known(statistics.Quantile(.25, values)), known(statistics.Quantile(.75, values))
}

// beside draws the account among those like it.
func (x *accountSheet) beside() Section {
	s := Section{ID: "beside", Title: x.say("account.beside"), Half: true}
	id := "interactions_per_post"
	if !x.at(id, x.month).Known || !x.monthly.comparable(id) {
		id = "own_posts"
	}
	median, _, _ := x.middle(id, x.month)
	own, ok := x.number(id, x.month).get()
	if !median.Known || !ok {
		if x.read(x.a) && len(x.near) == 0 {
			s.Blocks = []Block{Text(x.say("account.alone", "network", x.platformName(string(x.a.Platform)), "least", fewestPeers))}
		}
		return s
	}
	_, decimals := x.unit(id)
	c := Chart{ID: "beside", Sheet: x.say("account.sheet.beside"), Form: Lines, Head: x.say("head.month"), Categories: x.names, Decimals: decimals, Unit: x.unitWord(id),
		Title: x.say("account.beside.chart", "name", x.name(id), "own", x.shown(id, own), "median", x.shown(id, median.Value))}
	var names []string
	for _, a := range x.near {
		names = append(names, brief(accountName(a)))
		c.Series = append(c.Series, Series{Name: accountName(a), Role: Faint, Values: x.over(id, string(a.ID)), Why: x.say("why.unread")})
	}
	c.Series = append(c.Series, Series{Name: accountName(x.a), Role: Actual, Values: x.over(id, x.self), Why: x.say("why.unread")})
	c = c.trimmed()
	c.Description = x.say("account.beside.describe", "from", c.Categories[0], "to", c.Categories[len(c.Categories)-1], "n", len(names), "names", x.list(names))
	s.Blocks = []Block{c}
	return s
}

// years are the main indicators over two years, beside the middle of the accounts like it.
func (x *accountSheet) years() Section {
	s := Section{ID: "years", Title: x.say("account.years"), Half: true}
	t := Table{ID: "indicators", Sheet: x.say("account.sheet.years"), Title: x.say("account.years.table"), Columns: []Column{
		{Title: x.say("head.indicator")}, {Title: x.monthShort(x.month.From.In(x.zone)), Kind: Figures, Decimals: 1}, {Title: x.say("account.head.trend"), Kind: Trend, About: x.say("account.about.trend")},
		{Title: x.say("account.head.usual"), About: x.say("account.about.usual"), Sheet: true}, {Title: x.say("head.judgement"), About: x.say("about.judgement")},
	}}
	peers := len(x.near) > 0
	if peers {
		t.Columns = append(t.Columns, Column{Title: x.say("account.head.middle"), Kind: Figures, Decimals: 1, About: x.say("account.about.middle")},
			Column{Title: x.say("account.head.low"), Kind: Figures, Decimals: 1, About: x.say("account.about.middle"), Sheet: true}, Column{Title: x.say("account.head.high"), Kind: Figures, Decimals: 1, About: x.say("account.about.middle"), Sheet: true})
		t.Note = x.say("account.years.note", "n", len(x.near), "network", x.platformName(string(x.a.Platform)))
	}
	for _, id := range sheetFigures {
		v, values := x.at(id, x.month), x.over(id, x.self)
		if missing(values) == len(values) {
			continue
		}
		unit, decimals := x.unit(id)
		if unit != "" {
			unit = " (" + unit + ")"
		}
		whole := func(n Number, why string) Cell {
			c := number(n, why)
			c.Whole = decimals == 0
			return c
		}
		row := []Cell{text(x.name(id) + unit), whole(Number{v.Value, v.Known}, x.why(v)), {Trend: values, Text: x.trend(id, values)}, {}, {}}
		if h, ok := x.history(cmp.Or(judgedBy[id], id)); ok {
			row[4] = x.judgement(h.Movement())
			key := "account.usual"
			if judgedBy[id] != "" {
				key = "account.gained"
			}
			if low, high, ok := x.usually(h); ok {
				row[3] = text(x.say(key, "low", low, "high", high))
			}
		}
		if peers {
			for i, n := range func() [3]Number { a, b, c := x.middle(id, x.month); return [3]Number{a, b, c} }() {
				if i > 0 || decimals > 0 {
					row = append(row, whole(n, x.say("account.few_peers")))
					continue
				}
				row = append(row, number(n, x.say("account.few_peers"))) // the median of whole numbers may be a half
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) > 0 {
		s.Blocks = []Block{t}
	}
	return s
}

// trend says in words what a small picture shows.
func (x *accountSheet) trend(id string, values []Number) string {
	first := slices.IndexFunc(values, func(n Number) bool { return n.Known })
	last := len(values) - 1
	for last > first && !values[last].Known {
		last--
	}
	return x.say("account.trend", "first", x.shown(id, values[first].Value), "from", x.names[first], "last", x.shown(id, values[last].Value), "to", x.names[last])
}

// published is what the public answered to most and least.
func (x *accountSheet) published() Section {
	s := Section{ID: "posts", Title: x.say("account.posts"), Half: true}
	posts := x.posts[x.self]
	switch {
	case x.nothing() != "":
		return s
	case len(posts) == 0:
		key := "account.posts.none"
		if n, ok := x.number("own_posts", x.month).get(); ok && n == 0 {
			key = "account.posts.silent"
		}
		s.Blocks = []Block{Text(x.say(key, "days", sheetPosts, "month", x.monthName()))}
		return s
	case posts[0].Lowest == posts[0].Highest:
		s.Blocks = []Block{Text(x.say("account.posts.alike", "n", int(posts[0].Highest)))}
		return s
	}
	t := Table{ID: "account-posts", Sheet: x.say("account.sheet.posts"), Title: x.say("account.posts.table"), Note: x.say("account.posts.note", "days", sheetPosts), Columns: []Column{
		{Title: x.say("head.post")}, {Title: x.say("account.head.which")}, {Title: x.say("head.date"), Kind: Day}, {Title: x.say("head.interactions"), Kind: Figures, About: x.say("about.interactions")},
		{Title: x.say("head.likes"), Kind: Figures, Sheet: true}, {Title: x.say("head.replies"), Kind: Figures, Sheet: true}, {Title: x.say("head.reposts"), Kind: Figures, Sheet: true},
	}}
	for _, p := range posts {
		which := "account.most"
		if !p.Best {
			which = "account.least"
		}
		t.Rows = append(t.Rows, []Cell{{Text: excerpt(p.Text, 48, x.say("content.no_text")), Link: p.URL}, text(x.say(which)), day(p.Created.In(x.zone)), count(p.Interactions),
			x.figureOr(p.Likes), x.figureOr(p.Replies), x.figureOr(p.Reposts)})
	}
	s.Blocks = []Block{t}
	return s
}

// guide is what of the guide failed in the month, and what is kept.
func (x *accountSheet) guide() Section {
	s := Section{ID: "guide", Title: x.say("account.guide"), Half: true}
	var all []outcome
	for _, r := range x.Rules {
		i := slices.IndexFunc(x.under[x.self], func(v ruleVerdicts) bool { return v.Rule == r.ID })
		if i >= 0 && r.Scope != "institution" {
			all = append(all, outcome{Rule: r, all: x.under[x.self][i]})
		}
	}
	slices.SortStableFunc(all, func(a, b outcome) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(severityWeight[b.Severity], severityWeight[a.Severity]))
	})
	failing := Table{ID: "account-failing", Sheet: x.say("account.sheet.failing"), Title: x.say("account.rules_failed"), Columns: []Column{
		{Title: x.say("head.rule")}, {Title: x.say("head.severity")}, {Title: x.say("head.failed"), Kind: Figures}, {Title: x.say("head.warned"), Kind: Figures, About: x.say("about.warned")},
	}}
	every := Table{ID: "account-rules", Sheet: x.say("account.sheet.rules"), Title: x.say("account.rules"), Workbook: true, Columns: []Column{
		{Title: x.say("head.rule")}, {Title: x.say("head.looks_at")}, {Title: x.say("head.severity")}, {Title: x.say("head.state")},
		{Title: x.say("head.passed"), Kind: Figures, Decimals: 1, Shade: true, About: x.say("about.passed")}, {Title: x.say("head.evaluable"), Kind: Figures, About: x.say("about.evaluable")},
		{Title: x.say("head.failed"), Kind: Figures}, {Title: x.say("head.warned"), Kind: Figures, About: x.say("about.warned")}, {Title: x.say("head.not_evaluable"), Kind: Figures, About: x.say("about.not_evaluable")},
		{Title: x.say("head.origin"), About: x.say("about.origin")}, {Title: x.say("head.advice")}, {Title: x.say("head.example")},
	}}
	example := func(url string) Cell {
		if safeLink(url) == "" {
			return Cell{}
		}
		return Cell{Text: x.say("compliance.example"), Link: url}
	}
	failed, blind := 0, 0
	var kept []string
	for _, o := range all {
		switch o.fate() {
		case "failing":
			if failed++; failed <= sheetRules {
				failing.Rows = append(failing.Rows, []Cell{{Text: x.ruleTitle(o.Rule), Link: o.all.Example}, text(x.say("severity." + o.Severity)), count(o.all.failed()), count(o.all.Warned)})
			}
		case "kept":
			kept = append(kept, x.ruleTitle(o.Rule))
		case "blind":
			blind++
		}
		every.Rows = append(every.Rows, []Cell{text(x.ruleTitle(o.Rule)), text(x.say("compliance.scope." + o.Scope)), text(x.say("severity." + o.Severity)), text(x.say("fate." + o.fate())),
			number(o.all.share(), x.say("why.nothing_evaluable")), count(o.all.Evaluable), count(o.all.failed()), count(o.all.Warned), count(o.all.NotEvaluable), text(x.origin(o.Rule)),
			text(cmp.Or(o.Remedy[x.Language], o.Remedy[Languages[0]])), example(o.all.Example)})
	}
	var said []string
	if n := len(kept); n > 0 {
		said = append(said, x.say("account.kept", "n", n, "of", n+failed), x.say("account.kept.names", "names", x.list(quotedTitles(x.words, kept[:min(n, 2)]))))
	}
	if failed > sheetRules {
		said = append(said, x.say("account.rules_failed.more", "n", failed-sheetRules))
	}
	if blind > 0 {
		said = append(said, x.say("account.blind", "n", blind))
	}
	if failed > 0 {
		s.Blocks = append(s.Blocks, failing)
	}
	if len(said) > 0 {
		s.Blocks = append(s.Blocks, Text(strings.Join(said, " ")))
	}
	if l := x.heard(); len(l.Items) > 0 {
		s.Blocks = append(s.Blocks, l)
	}
	if len(all) > 0 {
		s.Blocks = append(s.Blocks, every)
	}
	return s
}

// quotedTitles puts titles into the language's quotation marks.
func quotedTitles(w *words, titles []string) []string {
	q := make([]string, len(titles))
	for i, t := range titles {
		q[i] = w.say("quoted", "text", t)
	}
	return q
}

// heard is in which languages the account speaks, and how it attends who writes.
func (x *accountSheet) heard() List {
	l := List{Title: x.say("account.heard")}
	if x.nothing() != "" {
		return l
	}
	if text := x.languages(); text != "" {
		l.Items = append(l.Items, text)
	}
	if n, ok := x.number("messages_received", x.month).get(); ok {
		said := []string{x.say("account.received", "n", int64(math.Round(n)))}
		if rate := x.at("response_rate", x.month); rate.Known {
			said = append(said, x.say("account.answered", "rate", x.percent(rate.Value, 0)))
		}
		if hours := x.at("time_to_first_answer", x.month); hours.Known {
			said = append(said, x.say("account.wait", "hours", x.shown("time_to_first_answer", hours.Value)))
		}
		l.Items = append(l.Items, strings.Join(said, " "))
	}
	return l
}

// languages tells the shares of the languages that the publications say they are in; empty where none says.
func (x *accountSheet) languages() string {
	official := x.Register.Institution.Languages
	var parts []string
	for i, id := range []string{"first_language_share", "second_language_share"} {
		if v, ok := x.number(id, x.month).get(); ok && i < len(official) {
			name := official[i]
			if k := "account.language." + name; x.has(k) {
				name = x.say(k)
			}
			parts = append(parts, x.say("account.language", "share", x.percent(v, 0), "language", name))
		}
	}
	if v, ok := x.number("other_language_share", x.month).get(); ok && v > 0 {
		parts = append(parts, x.say("account.language.other", "share", x.percent(v, 0)))
	}
	if len(parts) == 0 {
		return ""
	}
	return x.say("account.languages", "shares", x.list(parts))
}

// made is what the sheet was made from.
func (x *accountSheet) made(values []indicator.Value) Section {
	b := *x.builder
	b.values = values
	s := Section{ID: "method", Title: x.say("account.method"), Blocks: []Block{
		Text(x.say("account.made", "program", x.Program, "register", short(x.Register.Version), "guide", short(x.GuideVersion))),
	}}
	if used := b.used(); len(used) > 0 {
		s.Blocks = append(s.Blocks, Definitions(used))
	}
	return s
}
