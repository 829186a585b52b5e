package plan

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
)

// Outcome is what became of an item.
type Outcome string

// The outcomes.
const (
	OnTime    Outcome = "on_time"
	Early     Outcome = "early"
	Late      Outcome = "late"
	Missing   Outcome = "missing"    // its accounts were read, and it is not there
	ToCome    Outcome = "to_come"    // nothing has been read of any account since its time
	NotJudged Outcome = "not_judged" // its accounts were not read, or their network gives no posts
	CalledOff Outcome = "cancelled"
)

// Known tells whether it is known what became of the item: only these count.
func (o Outcome) Known() bool { return o == OnTime || o == Early || o == Late || o == Missing }

// Evidence is why a post is taken for an item's.
type Evidence string

// The kinds of evidence, from the strongest.
const (
	ByLink    Evidence = "link"    // the planned page, not merely a website's front page
	ByText    Evidence = "text"    // half of the words of draft and post are the same
	ByHashtag Evidence = "hashtag" // or the front page
	ByTopic   Evidence = "topic"   // the words of the topic stand in the post
	ByTime    Evidence = "time"    // there is no other post, nor another item, that it could be
)

// How far from its time a post may be and still be an item's, by what speaks for it: presencia's proposals. What only the
// time speaks for must be within the item's own tolerance.
const (
	reach      = 24 * time.Hour
	shortReach = 3 * time.Hour
	alike      = 0.5
)

// Reach is how far before and after a window the posts of its items may lie.
const Reach = reach

var strength = map[Evidence]int{ByLink: 5, ByText: 4, ByHashtag: 3, ByTopic: 2, ByTime: 1}

// Account is an account of the register with what it published in a window and [Reach] around it.
type Account struct {
	pipeline.Account
	Posts []pipeline.Post // those known to be gone are left out
	// Known is the stretch of which all posts are known. Zero: it was not read, or its network gives no posts.
	Known pipeline.Window
}

// Judged is an item with what became of it.
type Judged struct {
	Item
	Outcome  Outcome
	Evidence Evidence      // empty where no post is its
	Post     pipeline.Post // zero where there is none
	By       pipeline.AccountID
}

// Off is how much later than planned the post is; less than zero: earlier.
func (j Judged) Off() time.Duration { return j.Post.CreatedAt.Sub(j.At) }

// Unplanned is a post of an account of the plan that no item asked for.
type Unplanned struct {
	Account    pipeline.AccountID
	Department string
	Post       pipeline.Post
}

// Adherence is how a window's plan was kept.
type Adherence struct {
	Window    pipeline.Window
	Items     []Judged    // planned in the window, by time
	Unplanned []Unplanned // published in the window, by time
	// Read are the accounts of the plan of which posts are known in the window, Unread the others: how many unplanned posts
	// those have is not known.
	Read, Unread []pipeline.Account
}

// Match holds a plan against what was published. A post is taken for at most one item and an item for at most one post:
// the strongest evidence first, and of equal evidence the nearest in time. Replies are neither planned nor unplanned, and
// neither are reposts, unless an item has the format repost. Items and posts around the window take part, so that what was
// published for an item of the next day is not taken for one of this; the answer is about the window alone.
func Match(items []Item, accounts []Account, w pipeline.Window) Adherence {
	m := matching{items: slices.Clone(items), accounts: accounts}
	slices.SortFunc(m.items, func(a, b Item) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Department, b.Department), cmp.Compare(a.ID, b.ID))
	})
	m.prepare()
	m.pair()
	return m.answer(w)
}

// publication is a post in a matching.
type publication struct {
	*pipeline.Post
	account *Account
	words   map[string]bool
	links   []string
	tags    map[string]bool
	item    int // whose it is; -1: nobody's yet
}

// matching is a plan and what was published, while one is held against the other.
type matching struct {
	items    []Item
	accounts []Account

	channels [][]*Account  // of each item
	posts    []publication // by time
	of       []int         // the post of each item; -1: none yet
	by       []Evidence
}

func (m *matching) prepare() {
	m.channels, m.of, m.by = make([][]*Account, len(m.items)), make([]int, len(m.items)), make([]Evidence, len(m.items))
	used := map[*Account]bool{}
	for i := range m.items {
		m.of[i] = -1
		for k := range m.accounts {
			if a := &m.accounts[k]; m.items[i].at(a) {
				m.channels[i] = append(m.channels[i], a)
				used[a] = true
			}
		}
	}
	for k := range m.accounts {
		a := &m.accounts[k]
		if !used[a] {
			continue
		}
		for j := range a.Posts {
			if p := &a.Posts[j]; p.Kind != pipeline.Reply {
				m.posts = append(m.posts, publication{Post: p, account: a, words: wordSet(p.Text), links: plainLinks(p.Links), tags: tagSet(p.Hashtags), item: -1})
			}
		}
	}
	slices.SortStableFunc(m.posts, func(a, b publication) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.account.ID, b.account.ID), cmp.Compare(a.ID, b.ID))
	})
}

// at tells whether an account is one that the item may be published by.
func (i Item) at(a *Account) bool {
	if i.Account != "" {
		return i.Account == a.ID
	}
	return i.Department == a.Department && a.Active(i.At)
}

// pairing is a post that could be an item's.
type pairing struct {
	item, post int
	by         Evidence
	off        time.Duration
}

func (m *matching) pair() {
	var pairs []pairing
	alone := map[int][]int{} // items that only the time speaks for, by post
	for i := range m.items {
		item := &m.items[i]
		if item.State == Cancelled {
			continue
		}
		words, link, tags := wordSet(item.Text), plainLink(item.Link), tagSet(item.Hashtags)
		topic := wordSet(item.Topic)
		from, _ := slices.BinarySearchFunc(m.posts, item.At.Add(-reach), func(p publication, t time.Time) int { return p.CreatedAt.Compare(t) })
		for j := from; j < len(m.posts) && !m.posts[j].CreatedAt.After(item.At.Add(reach)); j++ {
			p := &m.posts[j]
			if !slices.Contains(m.channels[i], p.account) || p.Kind == pipeline.Repost && item.Format != "repost" {
				continue
			}
			off := p.CreatedAt.Sub(item.At).Abs()
			by, against := speaks(p, link, words, tags, topic)
			switch {
			case strength[by] >= strength[ByText],
				by != "" && !against && off <= max(shortReach, item.Tolerance):
				pairs = append(pairs, pairing{i, j, by, off})
			case by == "" && !against && off <= item.Tolerance:
				alone[j] = append(alone[j], i)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pairing) int {
		return cmp.Or(cmp.Compare(strength[b.by], strength[a.by]), cmp.Compare(a.off, b.off), cmp.Compare(a.item, b.item), cmp.Compare(a.post, b.post))
	})
	for _, p := range pairs {
		m.take(p.item, p.post, p.by)
	}
	m.takeAlone(alone)
}

// takeAlone gives the posts that are left to the items that are left, where each is the other's only one.
func (m *matching) takeAlone(alone map[int][]int) {
	candidates := map[int][]int{} // posts by item
	for j := range m.posts {
		if m.posts[j].item >= 0 {
			continue
		}
		alone[j] = slices.DeleteFunc(alone[j], func(i int) bool { return m.of[i] >= 0 })
		for _, i := range alone[j] {
			candidates[i] = append(candidates[i], j)
		}
	}
	for i := range m.items {
		if posts := candidates[i]; len(posts) == 1 && len(alone[posts[0]]) == 1 {
			m.take(i, posts[0], ByTime)
		}
	}
}

func (m *matching) take(item, post int, by Evidence) {
	if m.of[item] < 0 && m.posts[post].item < 0 {
		m.of[item], m.posts[post].item, m.by[item] = post, item, by
	}
}

// speaks answers the strongest evidence for a post, and whether its links speak against it: it leads elsewhere.
func speaks(p *publication, link string, words, tags, topic map[string]bool) (by Evidence, against bool) {
	if link != "" {
		found := slices.Contains(p.links, link)
		if page := strings.Contains(link, "/"); found && page {
			return ByLink, false
		} else if page {
			against = len(p.links) > 0
		}
		if found {
			by = ByHashtag
		}
	}
	if len(words) >= 4 && dice(words, p.words) >= alike {
		return ByText, against
	}
	for t := range tags {
		if p.tags[t] {
			return ByHashtag, against
		}
	}
	if by != "" {
		return by, against
	}
	if n := shared(topic, p.words); n > 0 && 3*n >= 2*len(topic) {
		return ByTopic, against
	}
	return "", against
}

// answer says what became of the items of the window.
func (m *matching) answer(w pipeline.Window) Adherence {
	a := Adherence{Window: w}
	var newest time.Time
	for _, account := range m.accounts {
		if account.Known.To.After(newest) {
			newest = account.Known.To
		}
	}
	inPlan := map[*Account]bool{}
	for i := range m.items {
		item := m.items[i]
		if !w.Contains(item.At) {
			continue
		}
		for _, channel := range m.channels[i] {
			inPlan[channel] = true
		}
		j := Judged{Item: item, Outcome: m.outcome(i, newest)}
		if n := m.of[i]; n >= 0 {
			j.Post, j.By, j.Evidence = *m.posts[n].Post, m.posts[n].account.ID, m.by[i]
		}
		a.Items = append(a.Items, j)
	}
	for j := range m.posts {
		if p := &m.posts[j]; p.item < 0 && p.Kind == pipeline.Own && w.Contains(p.CreatedAt) && inPlan[p.account] {
			a.Unplanned = append(a.Unplanned, Unplanned{p.account.ID, p.account.Department, *p.Post})
		}
	}
	for k := range m.accounts {
		switch account := &m.accounts[k]; {
		case !inPlan[account]:
		case account.Known.From.Before(w.To) && account.Known.To.After(w.From):
			a.Read = append(a.Read, account.Account)
		default:
			a.Unread = append(a.Unread, account.Account)
		}
	}
	return a
}

func (m *matching) outcome(i int, newest time.Time) Outcome {
	item := m.items[i]
	if item.State == Cancelled {
		return CalledOff
	}
	if n := m.of[i]; n >= 0 {
		switch off := m.posts[n].CreatedAt.Sub(item.At); {
		case off > item.Tolerance:
			return Late
		case off < -item.Tolerance:
			return Early
		}
		return OnTime
	}
	if item.At.Add(item.Tolerance).After(newest) && !newest.IsZero() {
		return ToCome
	}
	known := len(m.channels[i]) > 0
	for _, a := range m.channels[i] {
		known = known && !a.Known.From.After(item.At.Add(-item.Tolerance)) && !a.Known.To.Before(item.At.Add(item.Tolerance))
	}
	if known {
		return Missing
	}
	return NotJudged
}

// Tally is how many items came to what.
type Tally struct {
	Planned int `json:"planned"` // without those cancelled
	OnTime  int `json:"on_time"`
	Early   int `json:"early"`
	Late    int `json:"late"`
	Missing int `json:"missing"`
	Open    int `json:"open"` // to come, or not judged
	// Unplanned are the posts beside the plan of the accounts that were read; unknown where none was.
	Unplanned pipeline.Count `json:"unplanned"`
}

// Judged is how many items there are of which it is known what became of them.
func (t Tally) Judged() int { return t.OnTime + t.Early + t.Late + t.Missing }

// Of is a part of what was planned and published; [Adherence.Tally] counts it. It is asked for accounts that were not read
// as well, without a time.
type Of func(department string, account pipeline.AccountID, at time.Time) bool

// Tally counts the items and the unplanned posts of a part. An item for any account of its department has none until it is
// published.
func (a Adherence) Tally(of Of) Tally {
	t := Tally{Unplanned: pipeline.CountOf(0)}
	for _, j := range a.Items {
		if !of(j.Department, cmp.Or(j.Account, j.By), j.At) {
			continue
		}
		t.Planned++
		switch j.Outcome {
		case OnTime:
			t.OnTime++
		case Early:
			t.Early++
		case Late:
			t.Late++
		case Missing:
			t.Missing++
		case CalledOff:
			t.Planned--
		default:
			t.Open++
		}
	}
	for _, u := range a.Unplanned {
		if of(u.Department, u.Account, u.Post.CreatedAt) {
			t.Unplanned.N++
		}
	}
	in := func(account pipeline.Account) bool { return of(account.Department, account.ID, time.Time{}) }
	if slices.ContainsFunc(a.Unread, in) && !slices.ContainsFunc(a.Read, in) {
		t.Unplanned = pipeline.Count{}
	}
	return t
}

// Week is the Monday of the week of an instant, in a zone.
func Week(t time.Time, zone *time.Location) pipeline.Date {
	local := t.In(zone)
	return pipeline.DateOf(local).AddDays(-(int(local.Weekday()) + 6) % 7)
}

// Weeks are the Mondays of the window's weeks that something was planned or published in, in order.
func (a Adherence) Weeks(zone *time.Location) []pipeline.Date {
	var weeks []pipeline.Date
	for _, j := range a.Items {
		weeks = append(weeks, Week(j.At, zone))
	}
	for _, u := range a.Unplanned {
		weeks = append(weeks, Week(u.Post.CreatedAt, zone))
	}
	slices.SortFunc(weeks, func(a, b pipeline.Date) int { return a.In(time.UTC).Compare(b.In(time.UTC)) })
	return slices.Compact(weeks)
}

// dice is how alike two sets of words are, from 0 to 1 (Dice, "Measures of the amount of ecologic association between
// species", Ecology 26, 1945).
func dice(a, b map[string]bool) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	return 2 * float64(shared(a, b)) / float64(len(a)+len(b))
}

func shared(a, b map[string]bool) (n int) {
	for w := range a {
		if b[w] {
			n++
		}
	}
	return n
}

// wordSet are the words of a text that say something: four letters or more, without links.
func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, f := range strings.Fields(s) {
		if strings.Contains(f, "://") {
			continue
		}
		for _, w := range strings.FieldsFunc(sheet.Fold(f), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
			if len([]rune(w)) >= 4 {
				set[w] = true
			}
		}
	}
	return set
}

func tagSet(tags []string) map[string]bool {
	set := make(map[string]bool, len(tags))
	for _, t := range tags {
		set[sheet.Fold(t)] = true
	}
	return set
}

func plainLinks(links []string) (plain []string) {
	for _, l := range links {
		if p := plainLink(l); p != "" {
			plain = append(plain, p)
		}
	}
	return plain
}

// plainLink is an address as it is compared: host and path, and the query without what counts visitors. A front page is the
// host alone.
func plainLink(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	query := u.Query()
	for k := range query {
		if l := strings.ToLower(k); strings.HasPrefix(l, "utm_") || l == "fbclid" || l == "gclid" {
			delete(query, k)
		}
	}
	plain := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") + strings.TrimRight(u.Path, "/")
	if q := query.Encode(); q != "" {
		plain += "?" + q
	}
	return plain
}
