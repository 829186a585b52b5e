package reports

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// taggedPost is an own post with tags, or of which nobody can know them.
type taggedPost struct {
	Account      string    `ch:"account"`
	Created      time.Time `ch:"created"`
	Hashtags     []string  `ch:"hashtags"`
	Text         string    `ch:"text"`
	URL          string    `ch:"url"`
	Blind        bool      `ch:"blind"`
	Gone         bool      `ch:"gone"`
	Likes        *uint64   `ch:"likes"`
	Replies      *uint64   `ch:"replies"`
	Reposts      *uint64   `ch:"reposts"`
	Reach        *uint64   `ch:"reach"`
	Interactions *uint64   `ch:"interactions"` // at the newest reading
	At7Days      *uint64   `ch:"at_7_days"`
	Settled      *uint64   `ch:"settled"`
}

// carries tells whether a post has one of the tags, which are in lower case.
func (p taggedPost) carries(tags []string) bool {
	return slices.ContainsFunc(p.Hashtags, func(t string) bool { return slices.Contains(tags, tagKey(t)) })
}

// tagKey is what all ways of writing a tag have in common: networks do not tell capitals apart.
func tagKey(tag string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(tag), "#"))
}

// within are the posts of a window, of those in order of time.
func within(posts []taggedPost, w pipeline.Window) []taggedPost {
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(posts, t, func(p taggedPost, t time.Time) int { return p.Created.Compare(t) })
		return i
	}
	from, to := at(w.From), at(w.To)
	return posts[from:max(from, to)]
}

// yield is what posts have brought.
type yield struct {
	posts    int
	accounts map[string]bool
	summed   int // posts whose interactions are known, and may be put together with other networks'
	sum      float64
	compared int // the same at the age at which posts are compared
	level    float64
	reached  int
	reach    float64
}

// perPost is a sum by posts, unknown where there are none.
func perPost(sum float64, posts int) Number {
	if posts == 0 {
		return Number{}
	}
	return known(sum / float64(posts))
}

// sumOf is a sum over posts, unknown where it is of none.
func sumOf(sum float64, posts int) Number { return Number{sum, posts > 0} }

// yielded puts posts together. Networks whose figures must stand alone keep theirs.
func (m *monthly) yielded(posts []taggedPost) yield {
	y := yield{accounts: map[string]bool{}}
	for _, p := range posts {
		y.add(m, p)
	}
	return y
}

func (y *yield) add(m *monthly, p taggedPost) {
	y.posts++
	y.accounts[p.Account] = true
	if m.alone(p.Account) {
		return
	}
	at := p.Interactions
	switch m.class {
	case indicator.At7Days:
		at = p.At7Days
	case indicator.Settled:
		at = p.Settled
	}
	for _, x := range []struct {
		n     *uint64
		posts *int
		sum   *float64
	}{{p.Interactions, &y.summed, &y.sum}, {at, &y.compared, &y.level}, {p.Reach, &y.reached, &y.reach}} {
		if x.n != nil {
			*x.posts++
			*x.sum += float64(*x.n)
		}
	}
}

// alone tells whether an account's network allows no figure that is mixed with others'.
func (m *monthly) alone(account string) bool {
	a, ok := m.Register.Account(pipeline.AccountID(account))
	return ok && slices.Contains(m.definition("interactions_per_post").Alone, a.Platform)
}

// edition is a campaign in the stretch of it that is told.
type edition struct {
	pipeline.Campaign
	tags []string        // in lower case
	told pipeline.Window // from its first day to its end, or to where the report ends
	over bool            // it has ended by then
}

// campaigns are those that fall into the month, with what they brought, and the month's tags.
func (m *monthly) campaigns(ctx context.Context) (Section, error) {
	s := Section{ID: "campaigns", Title: m.say("campaigns.title")}
	now, then := m.editions()
	windows := []pipeline.Window{m.before, m.month}
	for i := range now {
		windows = append(windows, m.around(now[i]))
		if then[i] != nil {
			windows = append(windows, m.around(*then[i]))
		}
	}
	var posts []taggedPost
	if err := m.query(ctx, &posts, "tagged", windows...); err != nil {
		return s, err
	}
	blind := 0
	for _, p := range within(posts, m.month) {
		if p.Blind {
			blind++
		}
	}
	posts = slices.DeleteFunc(posts, func(p taggedPost) bool { return len(p.Hashtags) == 0 })
	for i, e := range now {
		s.Blocks = append(s.Blocks, m.campaign(i+1, e, then[i], posts)...)
	}
	s.Blocks = append(s.Blocks, m.tags(posts)...)
	if len(s.Blocks) == 0 {
		return s, nil
	}
	if blind > 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("campaigns.blind", "n", blind)})
	}
	if slices.ContainsFunc(posts, func(p taggedPost) bool { return m.alone(p.Account) }) {
		s.Blocks = append(s.Blocks, Note{Text: m.say("campaigns.alone")})
	}
	return s, nil
}

// horizon is the end of what the report tells: the month's, or that of the data.
func (m *monthly) horizon() time.Time {
	if seen := m.state.Observed; seen.Before(m.month.To) {
		return seen
	}
	return m.month.To
}

// editions are the campaigns of the month in the register's order, each with its edition of an earlier year, if it has one.
func (m *monthly) editions() (now []edition, then []*edition) {
	for _, c := range m.Register.Campaigns {
		if c.Start.IsZero() || !c.Start.In(m.zone).Before(m.month.To) || !c.End.IsZero() && !c.End.AddDays(1).In(m.zone).After(m.month.From) {
			continue
		}
		e := m.edition(c, m.horizon())
		now = append(now, e)
		var last *pipeline.Campaign
		for i, o := range m.Register.Campaigns {
			if !o.Start.IsZero() && !o.End.IsZero() && o.Start.Year < c.Start.Year && sameCampaign(o, c) && (last == nil || last.Start.Before(o.Start)) {
				last = &m.Register.Campaigns[i]
			}
		}
		if last == nil {
			then = append(then, nil)
			continue
		}
		until := m.month.From // all of it, where this one is over
		if !e.over {
			until = last.Start.AddDays(days(e.told)).In(m.zone)
		}
		before := m.edition(*last, until)
		then = append(then, &before)
	}
	return now, then
}

// edition is a campaign up to a moment.
func (m *monthly) edition(c pipeline.Campaign, until time.Time) edition {
	e := edition{Campaign: c, told: pipeline.Window{From: c.Start.In(m.zone), To: until}}
	if end := c.End.AddDays(1).In(m.zone); !c.End.IsZero() && !end.After(until) {
		e.told.To, e.over = end, true
	}
	if e.told.To.Before(e.told.From) {
		e.told.To = e.told.From
	}
	for _, t := range c.Hashtags {
		if k := tagKey(t); k != "" {
			e.tags = append(e.tags, k)
		}
	}
	return e
}

// sameCampaign tells editions of a campaign by their names or ids without the year.
func sameCampaign(a, b pipeline.Campaign) bool {
	for _, pair := range [][2]string{{a.ID, b.ID}, {a.Name, b.Name}} {
		if x := withoutYear(pair[0]); x != "" && x == withoutYear(pair[1]) {
			return true
		}
	}
	return false
}

// withoutYear is a name in lower case without its numbers and what is no letter around them.
func withoutYear(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "0123456789") == "" })
	return strings.Join(words, " ")
}

// days is how many days of the calendar a window has begun.
func days(w pipeline.Window) int {
	return int(math.Ceil(w.To.Sub(w.From).Hours()/24 - 0.05)) // the hour of a change of clocks is no day
}

// margin is how many days before and after a campaign its curve shows.
const margin = 7

// around is the stretch that the curve of a campaign shows.
func (m *monthly) around(e edition) pipeline.Window {
	w := pipeline.Window{From: e.Start.AddDays(-margin).In(m.zone), To: e.told.To}
	if e.over {
		w.To = pipeline.DateOf(e.told.To.In(m.zone)).AddDays(margin).In(m.zone)
	}
	if last := m.horizon(); w.To.After(last) {
		w.To = last
	}
	return w
}

// campaign is the box of a campaign, its figures, its curve, who took part, and what the public answered to most.
func (m *monthly) campaign(n int, e edition, then *edition, posts []taggedPost) []Block {
	id := "campaign-" + strconv.Itoa(n)
	box := List{Title: e.Name, Items: []string{m.span(e)}}
	if len(e.tags) > 0 {
		box.Items = append(box.Items, m.say("campaigns.tags", "n", len(e.tags), "tags", m.list(hashed(e.Hashtags))))
	}
	if goal := strings.TrimSpace(e.Goal); goal != "" {
		box.Items = append(box.Items, m.say("campaigns.goal", "goal", goal))
	}
	if len(e.tags) == 0 {
		box.Items = append(box.Items, m.say("campaigns.no_tags"))
		return []Block{box}
	}
	carrying := func(e edition, w pipeline.Window) []taggedPost {
		return slices.DeleteFunc(slices.Clone(within(posts, w)), func(p taggedPost) bool { return !p.carries(e.tags) })
	}
	if then != nil && (len(then.tags) == 0 || then.Start.In(m.zone).Before(m.state.First)) {
		then = nil // nobody can count it
	}
	mine := carrying(e, e.told)
	if !e.over {
		box.Items = append(box.Items, m.say("campaigns.so_far", "date", m.date(pipeline.DateOf(e.told.To.In(m.zone).Add(-time.Second)))))
	}
	var was *yield
	if then != nil {
		y := m.yielded(carrying(*then, then.told))
		was = &y
		key := "campaigns.edition"
		if !e.over {
			key = "campaigns.edition.so_far"
		}
		box.Items = append(box.Items, m.say(key, "from", m.date(then.Start), "to", m.date(then.End)))
	}
	if len(mine) == 0 {
		box.Items = append(box.Items, m.say("campaigns.silent"))
		return []Block{box}
	}
	y := m.yielded(mine)
	blocks := []Block{box, m.campaignTiles(y, was, then)}
	all := m.around(e)
	var previous []taggedPost
	if then != nil {
		previous = carrying(*then, m.around(*then))
	}
	curve := m.curve(id, e, then, carrying(e, all), previous)
	if was != nil {
		curve.Title = m.campaignMessage(e, y.posts, was.posts, then.Start.Year)
	}
	blocks = append(blocks, m.described(curve), m.campaignAccounts(id, e, mine))
	if t := m.campaignPosts(id, e, mine); len(t.Rows) > 0 {
		blocks = append(blocks, t)
	}
	return blocks
}

// span says when a campaign runs.
func (m *monthly) span(e edition) string {
	if e.End.IsZero() {
		return m.say("campaigns.since", "from", m.date(e.Start))
	}
	return m.say("campaigns.span", "from", m.date(e.Start), "to", m.date(e.End), "n", days(pipeline.Window{From: e.Start.In(time.UTC), To: e.End.AddDays(1).In(time.UTC)}))
}

func hashed(tags []string) []string {
	named := make([]string, 0, len(tags))
	for _, t := range tags {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "#"); t != "" {
			named = append(named, "#"+t)
		}
	}
	return named
}

// campaignTiles are what a campaign brought, against its earlier edition.
func (m *monthly) campaignTiles(y yield, was *yield, then *edition) Tiles {
	partly := func(n int) string {
		if n == 0 || n == y.posts {
			return ""
		}
		return m.say("campaigns.of_posts", "n", n)
	}
	tiles := Tiles{
		{Label: m.say("head.posts"), Value: known(y.posts)},
		{Label: m.say("campaigns.tile.accounts"), Value: known(len(y.accounts))},
		m.toldTile("campaigns.head.per_post", perPost(y.level, y.compared), m.className(), "why.nothing"),
		m.toldTile("head.interactions", sumOf(y.sum, y.summed), partly(y.summed), "why.not_given"),
	}
	tiles[2].Decimals = 1
	if y.reached > 0 {
		tiles = append(tiles, m.toldTile("campaigns.head.reach", sumOf(y.reach, y.reached), partly(y.reached), ""))
	}
	if was == nil {
		return tiles
	}
	label := m.say("campaigns.than", "year", strconv.Itoa(then.Start.Year))
	for i, x := range []Number{known(was.posts), known(len(was.accounts)), perPost(was.level, was.compared)} {
		c := Change{Label: label, Value: minus(tiles[i].Value, x)}
		switch {
		case i == 2 && m.class == indicator.Newest: // an edition of another year has had longer
			c.Value, c.Why = Number{}, m.say("why.ages")
		case !c.Value.Known:
			c.Why = m.say("why.no_comparison")
		case c.Value.Value != 0:
			c.Relative = relative(tiles[i].Value, x)
		}
		tiles[i].Changes = []Change{c}
	}
	return tiles
}

// toldTile is a figure with what it is of, or with the reason why there is none.
func (m *monthly) toldTile(label string, value Number, detail, why string) Tile {
	t := Tile{Label: m.say(label), Value: value, Detail: detail}
	if !value.Known {
		t.Detail, t.Why = "", m.say(why)
	}
	return t
}

// campaignMessage holds a campaign against its earlier edition.
func (m *monthly) campaignMessage(e edition, now, then, year int) string {
	key := "same"
	switch {
	case now > then:
		key = "more"
	case now < then:
		key = "fewer"
	}
	if !e.over {
		key += ".so_far"
	}
	return m.say("campaigns.against."+key, "name", e.Name, "n", now, "difference", max(now-then, then-now), "year", strconv.Itoa(year))
}

// manyDays is from how many days on a curve goes by weeks.
const manyDays = 92

// curve is how much was published day by day, beside the earlier edition from its first day on.
func (m *monthly) curve(id string, e edition, then *edition, posts, previous []taggedPost) Chart {
	w := m.around(e)
	n, step := days(w), 1
	if n > manyDays {
		step = 7
	}
	bins := (n + step - 1) / step
	first := pipeline.DateOf(w.From)
	c := Chart{ID: id + "-curve", Sheet: m.say("campaigns.sheet.curve", "name", e.Name), Form: Lines, Head: m.say("head.day"), Unit: m.say("unit.posts")}
	if step > 1 {
		c.Head = m.say("campaigns.head.week")
	}
	for i := range bins {
		c.Categories = append(c.Categories, m.weekName(first.AddDays(i*step)))
	}
	spread := func(posts []taggedPost, from pipeline.Date, until time.Time) []Number {
		values := make([]Number, bins)
		for i := range values {
			if !from.AddDays(i * step).In(m.zone).Before(until) {
				break // nobody knows, or the report does not tell
			}
			values[i] = known(0)
		}
		for _, p := range posts {
			i := int(pipeline.DateOf(p.Created.In(m.zone)).In(time.UTC).Sub(from.In(time.UTC)).Hours()/24) / step
			if i >= 0 && i < bins && values[i].Known {
				values[i].Value++
			}
		}
		return values
	}
	mine := Series{Name: strconv.Itoa(e.Start.Year), Role: Actual, Values: spread(posts, first, w.To), Why: m.say("why.unread")}
	if then != nil {
		c.Series = append(c.Series, Series{Name: strconv.Itoa(then.Start.Year), Role: Previous,
			Values: spread(previous, then.Start.AddDays(-margin), m.around(*then).To), Why: m.say("campaigns.why.edition")})
	}
	c.Series = append(c.Series, mine)
	c.Marks = append(c.Marks, Mark{margin / step, margin / step, m.say("campaigns.first_day")})
	if last := (margin + days(e.told) - 1) / step; e.over && last < bins {
		c.Marks = append(c.Marks, Mark{last, last, m.say("campaigns.last_day")})
	}
	_, _, _, high, _ := extremes(mine.Values)
	key := "campaigns.curve"
	if step > 1 {
		key = "campaigns.curve.weeks"
	}
	c.Title = m.say(key, "name", e.Name, "n", int(mine.Values[high].Value), "day", m.date(first.AddDays(high*step)))
	return c
}

// campaignAccounts are those that took part.
func (m *monthly) campaignAccounts(id string, e edition, posts []taggedPost) Table {
	t := Table{ID: id + "-accounts", Sheet: m.say("campaigns.sheet.accounts", "name", e.Name), Title: m.say("campaigns.accounts", "name", e.Name), Columns: []Column{
		{Title: m.say("head.account")}, {Title: m.say("head.department")}, {Title: m.say("head.posts"), Kind: Figures, About: m.say("campaigns.about.posts")},
		{Title: m.say("head.interactions"), Kind: Figures, About: m.say("campaigns.about.interactions")},
	}}
	told := slices.ContainsFunc(posts, func(p taggedPost) bool { return p.Reach != nil })
	if told {
		t.Columns = append(t.Columns, Column{Title: m.say("campaigns.head.reach"), Kind: Figures, About: m.say("campaigns.about.reach")})
	}
	by := map[string][]taggedPost{}
	for _, p := range posts {
		by[p.Account] = append(by[p.Account], p)
	}
	for id, posts := range by {
		name, department := id, ""
		if a, ok := m.Register.Account(pipeline.AccountID(id)); ok {
			name, department = accountName(a), m.departmentName(a.Department)
		}
		interactions, reach, counted, reached := 0.0, 0.0, 0, 0
		for _, p := range posts { // of one account: nothing is mixed
			if p.Interactions != nil {
				interactions, counted = interactions+float64(*p.Interactions), counted+1
			}
			if p.Reach != nil {
				reach, reached = reach+float64(*p.Reach), reached+1
			}
		}
		row := []Cell{text(name), text(department), count(len(posts)), number(sumOf(interactions, counted), m.say("why.not_given"))}
		if told {
			row = append(row, number(sumOf(reach, reached), m.say("why.not_given")))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = m.sorted(t.Rows, 2, true)
	t.Folded = len(t.Rows) > 12
	return t
}

// campaignPosts are the posts with a campaign's tags that the public answered to most, of those that are still there.
func (m *monthly) campaignPosts(id string, e edition, posts []taggedPost) Table {
	const most = 5
	t := Table{ID: id + "-posts", Sheet: m.say("campaigns.sheet.posts", "name", e.Name), Title: m.say("campaigns.posts", "name", e.Name), Columns: []Column{
		{Title: m.say("head.post")}, {Title: m.say("head.account")}, {Title: m.say("head.date"), Kind: Day}, {Title: m.say("head.interactions"), Kind: Figures, About: m.say("about.interactions")},
		{Title: m.say("head.likes"), Kind: Figures, Sheet: true}, {Title: m.say("head.replies"), Kind: Figures, Sheet: true}, {Title: m.say("head.reposts"), Kind: Figures, Sheet: true},
	}}
	posts = slices.DeleteFunc(posts, func(p taggedPost) bool { return p.Gone || p.Interactions == nil })
	slices.SortStableFunc(posts, func(a, b taggedPost) int { return cmp.Compare(*b.Interactions, *a.Interactions) })
	for _, p := range posts[:min(most, len(posts))] {
		name := p.Account
		if a, ok := m.Register.Account(pipeline.AccountID(p.Account)); ok {
			name = accountName(a)
		}
		t.Rows = append(t.Rows, []Cell{{Text: excerpt(p.Text, 110, m.say("content.no_text")), Link: p.URL}, text(name), day(p.Created.In(m.zone)),
			count(*p.Interactions), m.figureOr(p.Likes), m.figureOr(p.Replies), m.figureOr(p.Reposts)})
	}
	return t
}

// tagUse is how a tag was used in a month.
type tagUse struct {
	yield
	written map[string]int // the ways in which it was written
}

// name is the tag as it was written most.
func (u tagUse) name() string {
	best := ""
	for w, n := range u.written {
		if best == "" || n > u.written[best] || n == u.written[best] && w < best {
			best = w
		}
	}
	return "#" + best
}

func (m *monthly) tagsOf(posts []taggedPost) map[string]*tagUse {
	by := map[string]*tagUse{}
	for _, p := range posts {
		var seen []string
		for _, t := range p.Hashtags {
			k := tagKey(t)
			if k == "" || slices.Contains(seen, k) {
				continue
			}
			seen = append(seen, k)
			if by[k] == nil {
				by[k] = &tagUse{yield{accounts: map[string]bool{}}, map[string]int{}}
			}
			by[k].add(m, p)
			by[k].written[strings.TrimPrefix(strings.TrimSpace(t), "#")]++
		}
	}
	return by
}

// mostTags is how many tags of the month are listed.
const mostTags = 15

// tags are the month's most used ones.
func (m *monthly) tags(posts []taggedPost) []Block {
	now, then := m.tagsOf(within(posts, m.month)), m.tagsOf(within(posts, m.before))
	if len(now) == 0 {
		return nil
	}
	keys := make([]string, 0, len(now))
	for k := range now {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(now[b].posts, now[a].posts), cmp.Compare(a, b)) })
	t := Table{ID: "tags", Sheet: m.say("campaigns.sheet.tags"), Title: m.say("campaigns.tags.plain"), Note: m.say("campaigns.tags.note", "class", m.className()), Columns: []Column{
		{Title: m.say("campaigns.head.tag")}, {Title: m.say("head.posts"), Kind: Figures, About: m.say("campaigns.about.tag_posts")},
		{Title: m.say("head.change_month"), Kind: Signed, About: m.say("campaigns.about.change")}, {Title: m.say("campaigns.head.accounts"), Kind: Figures, About: m.say("campaigns.about.accounts")},
		{Title: m.say("campaigns.head.per_post"), Kind: Figures, Decimals: 1, About: m.definition("interactions_per_post").Formula[m.Language]},
	}}
	if len(keys) == 1 || now[keys[0]].posts > now[keys[1]].posts {
		t.Title = m.say("campaigns.tags.most", "tag", now[keys[0]].name(), "n", now[keys[0]].posts)
	}
	for _, k := range keys[:min(mostTags, len(keys))] {
		u, was := now[k], Number{}
		if !m.before.From.Before(m.state.First) {
			was = known(0)
			if b := then[k]; b != nil {
				was = known(b.posts)
			}
		}
		t.Rows = append(t.Rows, []Cell{text(u.name()), count(u.posts), number(minus(known(u.posts), was), m.say("why.no_comparison")), count(len(u.accounts)),
			number(perPost(u.level, u.compared), m.say("why.nothing"))})
	}
	return []Block{t}
}
