package reports

import (
	"context"
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
	line := Chart{ID: "interactions", Sheet: m.say("response.sheet"), Title: m.say("response.line", "class", m.className()), Form: Lines, Head: m.say("head.month"),
		Categories: m.names, Decimals: decimals, Series: []Series{{Name: m.name(id), Role: Actual, Values: series, Why: m.say("why.unread")}},
		Note: m.say("response.note." + m.ageClass())}
	s.Blocks = append(s.Blocks, m.described(line.trimmed()), m.byPlatform(id, "interactions-by-network", m.say("response.sheet.networks"), m.say("response.networks")))
	return s, nil
}

// topPost is one of the publications that the public answered to most.
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
}

// content is the month's most answered content, five a network.
func (m *monthly) content(ctx context.Context) (Section, error) {
	s := Section{ID: "content", Title: m.say("content.title")}
	var posts []topPost
	if err := m.query(ctx, &posts, "top", m.month); err != nil || len(posts) == 0 {
		return s, err
	}
	s.Blocks = append(s.Blocks, Text(m.say("content.text")))
	for i := 0; i < len(posts); {
		p := posts[i].Platform
		t := Table{ID: "top-" + p, Sheet: m.say("content.sheet", "network", m.platformName(p)), Title: m.say("content.network", "network", m.platformName(p)), Columns: []Column{
			{Title: m.say("head.post")}, {Title: m.say("head.account")}, {Title: m.say("head.date"), Kind: Day},
			{Title: m.say("head.likes"), Kind: Figures}, {Title: m.say("head.replies"), Kind: Figures}, {Title: m.say("head.reposts"), Kind: Figures},
			{Title: m.say("head.interactions"), Kind: Figures, About: m.say("about.interactions")}, {Title: m.say("head.age"), Kind: Figures, About: m.say("about.age"), Sheet: true},
		}}
		for ; i < len(posts) && posts[i].Platform == p; i++ {
			x := posts[i]
			name := x.Account
			if a, ok := m.Register.Account(pipeline.AccountID(x.Account)); ok {
				name = accountName(a)
			}
			t.Rows = append(t.Rows, []Cell{
				{Text: excerpt(x.Text, 110, m.say("content.no_text")), Link: x.URL}, text(name), day(x.Created.In(m.zone)),
				m.figureOr(x.Likes), m.figureOr(x.Replies), m.figureOr(x.Reposts), count(x.Interactions), count(int(x.Observed.Sub(x.Created).Hours() / 24)),
			})
		}
		s.Blocks = append(s.Blocks, t)
	}
	return s, nil
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
			return string(line[:cut]) + "…"
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
