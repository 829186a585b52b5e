package reports

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"presencia/pipeline"
)

// response is how the public took what was published.
func (m *monthly) response(context.Context) (Section, error) {
	const id = "interactions_per_post"
	s := Section{ID: "response", Title: m.say("response.title")}
	series := m.series(id)
	if !series[history-1].Known {
		return s, nil
	}
	_, decimals := m.unit(id)
	line := Chart{ID: "interactions", Sheet: m.say("response.sheet"), Title: m.ruled(m.message(id, m.before), id), Form: Lines, Head: m.say("head.month"), Unit: m.say("unit.interactions"),
		Categories: m.names, Decimals: decimals, Series: []Series{{Name: m.name(id), Role: Actual, Values: series, Why: m.say("why.unread")}},
		Note: m.say("response.note." + m.ageClass())}
	s.Blocks = append(s.Blocks, m.overTime(line, id))
	kinds := Chart{ID: "interest", Sheet: m.say("response.sheet.kinds"), Title: m.message("popularity", m.lastYear, m.before), Form: Lines, Head: m.say("head.month"), Categories: m.names,
		Decimals: decimals, Note: m.say("response.kinds.note")}
	for _, id := range interest {
		if series := m.series(id); series[history-1].Known {
			kinds.Series = append(kinds.Series, Series{Name: m.name(id), Panel: m.name(id), Role: Actual, Values: series, Why: m.say("why.unread")})
		}
	}
	if len(kinds.Series) > 0 {
		s.Blocks = append(s.Blocks, m.overTime(kinds, interest...))
	}
	s.Blocks = append(s.Blocks, m.byPlatform(id, "interactions-by-network", m.say("response.sheet.networks"), m.say("response.networks")), m.rates())
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.byDepartment(id, "interactions-by-department", m.say("response.sheet.departments"), m.say("response.departments")))
	}
	return s, nil
}

// interest are what the public did with posts: reactions, comments, shares, each by a thousand followers.
var interest = []string{"popularity", "commitment", "virality"}

// rates are what each network's public did, and on how many posts that rests.
func (m *monthly) rates() Table {
	t := Table{ID: "rates-by-network", Sheet: m.say("response.sheet.rates"), Title: m.say("response.rates"), Note: m.say("response.rates.note"), Columns: []Column{
		{Title: m.say("head.network")}, {Title: m.say("head.with_figures"), Kind: Figures, About: m.say("about.with_figures")},
		{Title: m.say("head.without_figures"), Kind: Figures, About: m.say("about.without_figures")},
	}}
	for _, id := range interest {
		_, decimals := m.unit(id)
		t.Columns = append(t.Columns, Column{Title: m.name(id), Kind: Figures, Decimals: decimals, About: m.definition(id).Formula[m.Language]})
	}
	for _, p := range m.platformsInUse() {
		v := m.platform.at("interactions_per_post", string(p), m.month)
		if v.N+v.Unknown == 0 { // a blog has none
			continue
		}
		row := []Cell{text(m.platformName(string(p))), count(v.N), count(v.Unknown)}
		for _, id := range interest {
			row = append(row, number(m.platform.number(id, string(p), m.month), m.why(m.platform.at(id, string(p), m.month))))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = m.sorted(t.Rows, 1, true)
	return t
}

// topPost is one of the publications to which the public answered most, or least, for how many follow the account.
type topPost struct {
	Account      string    `ch:"account"`
	Platform     string    `ch:"platform"`
	Created      time.Time `ch:"created"`
	Text         string    `ch:"text"`
	URL          string    `ch:"url"`
	Likes        *uint64   `ch:"likes"`
	Replies      *uint64   `ch:"replies"`
	Reposts      *uint64   `ch:"reposts"`
	Observed     time.Time `ch:"observed"`
	Interactions uint64    `ch:"interactions"`
	Rate         *float64  `ch:"rate"`
	Best         uint64    `ch:"best"` // its place, from 1
	Last         uint64    `ch:"last"` // its place from the end; 0: it is not among the last
}

// mostBest is how many of the best posts of a network are shown; the query asks for as many.
const mostBest = 5

// content is what the public answered most and least, by network.
func (m *monthly) content(ctx context.Context) (Section, error) {
	s := Section{ID: "content", Title: m.say("content.title")}
	var posts []topPost
	if err := m.queryAt(ctx, &posts, "top", m.class, m.month); err != nil || len(posts) == 0 {
		return s, err
	}
	s.Blocks = append(s.Blocks, Text(m.say("content.text", "class", m.className())))
	for _, p := range m.platformsInUse() {
		var best, last []topPost
		for _, x := range posts {
			if x.Platform != string(p) {
				continue
			}
			if x.Best <= mostBest {
				best = append(best, x)
			}
			if x.Last > 0 {
				last = append(last, x)
			}
		}
		slices.SortFunc(last, func(a, b topPost) int { return cmp.Compare(a.Last, b.Last) })
		if name := m.platformName(string(p)); len(best) > 0 {
			t := m.posts("top-"+string(p), best)
			t.Sheet, t.Title = m.say("content.sheet", "network", name), m.say("content.network", "network", name)
			if most := best[0]; most.Rate != nil {
				t.Title = m.say("content.most", "network", name, "account", m.nameOf(most.Account), "rate", m.format(*most.Rate, 1))
			}
			s.Blocks = append(s.Blocks, t)
		}
		if name := m.platformName(string(p)); len(last) > 0 {
			t := m.posts("last-"+string(p), last)
			t.Sheet, t.Title, t.Note = m.say("content.sheet.last", "network", name), m.say("content.last", "network", name), m.say("content.last.note")
			s.Blocks = append(s.Blocks, t)
		}
	}
	return s, nil
}

// nameOf is an account's name by its id.
func (m *monthly) nameOf(id string) string {
	if a, ok := m.Register.Account(pipeline.AccountID(id)); ok {
		return accountName(a)
	}
	return id
}

// posts is a table of publications with their figures.
func (m *monthly) posts(id string, posts []topPost) Table {
	t := Table{ID: id, Columns: []Column{
		{Title: m.say("head.post")}, {Title: m.say("head.account")}, {Title: m.say("head.date"), Kind: Day},
		{Title: m.say("head.likes"), Kind: Figures}, {Title: m.say("head.replies"), Kind: Figures}, {Title: m.say("head.reposts"), Kind: Figures},
		{Title: m.say("head.interactions"), Kind: Figures, About: m.say("about.interactions")}, {Title: m.say("head.post_rate"), Kind: Figures, Decimals: 1, About: m.say("about.post_rate")},
		{Title: m.say("head.age"), Kind: Figures, About: m.say("about.age"), Sheet: true},
	}}
	for _, x := range posts {
		rate := Cell{Why: m.say("why.no_followers")}
		if x.Rate != nil {
			rate = Cell{Number: known(*x.Rate)}
		}
		t.Rows = append(t.Rows, []Cell{
			{Text: excerpt(x.Text, 110, m.say("content.no_text")), Link: x.URL}, text(m.nameOf(x.Account)), day(x.Created.In(m.zone)),
			m.figureOr(x.Likes), m.figureOr(x.Replies), m.figureOr(x.Reposts), count(x.Interactions), rate, count(int(x.Observed.Sub(x.Created).Hours() / 24)),
		})
	}
	return t
}

func (m *monthly) figureOr(n *uint64) Cell {
	if n == nil {
		return Cell{Why: m.say("why.not_given")}
	}
	return count(*n)
}

// excerpt is the beginning of a text, cut at a word.
func excerpt(s string, most int, empty string) string {
	line := make([]rune, 0, most)
	cut, space := -1, true
	for _, r := range s {
		if r == '\n' || r == '\t' || r == ' ' {
			if space {
				continue
			}
			r, space, cut = ' ', true, len(line)
		} else {
			space = false
		}
		if line = append(line, r); len(line) > most {
			if cut < most/2 {
				cut = most
			}
			return strings.TrimRight(string(line[:cut]), ".,;:… ") + "…"
		}
	}
	if len(line) > 0 && line[len(line)-1] == ' ' {
		line = line[:len(line)-1]
	}
	if len(line) == 0 || !utf8.ValidString(string(line)) {
		return empty
	}
	return string(line)
}
