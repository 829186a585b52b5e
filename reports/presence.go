package reports

import (
	"cmp"
	"context"
	"slices"

	"presencia/pipeline"
)

// presence is which accounts there are, by network and department, and what is the matter with each.
func (m *monthly) presence(ctx context.Context) (Section, error) {
	s := Section{ID: "presence", Title: m.say("presence.title")}
	platforms := m.platformsInUse()
	names := make([]string, len(platforms))
	bars := Chart{ID: "accounts-by-network", Sheet: m.say("presence.sheet.networks"), Form: Bars, Head: m.say("head.network"), Decimals: 0, Unit: m.say("unit.accounts")}
	total := make([]Number, len(platforms))
	for i, p := range platforms {
		names[i] = m.platformName(string(p))
		n := 0
		for _, a := range m.accounts {
			if a.Platform == p {
				n++
			}
		}
		total[i] = known(n)
	}
	published, silent, unread := 0, 0, 0
	for _, a := range m.accounts {
		switch n, ok := m.account.number("posts", string(a.ID), m.month).get(); {
		case !ok:
			unread++
		case n == 0:
			silent++
		default:
			published++
		}
	}
	month := m.words.month(m.month.From.In(m.zone))
	if len(m.accounts) == 0 {
		s.Blocks = append(s.Blocks, Note{Text: m.say("presence.none", "month", month)})
		return s, nil
	}
	s.Blocks = append(s.Blocks, Text(m.say("presence.published", "n", len(m.accounts), "published", published, "silent", silent, "unread", unread, "month", month)))
	if len(platforms) > 1 {
		bars.Title = m.say("presence.networks", "n", len(m.accounts), "networks", len(platforms))
		bars.Categories, bars.Series = names, []Series{{Name: m.say("unit.accounts"), Role: Actual, Values: total}}
		s.Blocks = append(s.Blocks, m.described(bars))
	} else {
		s.Blocks = append(s.Blocks, Text(m.say("presence.one", "n", len(m.accounts), "network", m.list(names))))
	}
	for _, e := range []struct {
		key  string
		date func(pipeline.Account) pipeline.Date
	}{{"presence.opened", func(a pipeline.Account) pipeline.Date { return a.Opened }}, {"presence.closed", func(a pipeline.Account) pipeline.Date { return a.Closed }}} {
		var found []string
		for _, a := range m.Register.Accounts {
			if d := e.date(a); !d.IsZero() && m.month.Contains(d.In(m.zone)) {
				found = append(found, accountName(a))
			}
		}
		if len(found) > 0 {
			s.Blocks = append(s.Blocks, Text(m.say(e.key, "names", m.list(found))))
		}
	}
	coverage, err := m.coverage(ctx)
	if err != nil {
		return s, err
	}
	s.Blocks = append(s.Blocks, coverage)
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.departmentsByNetwork(platforms, names))
	}
	s.Blocks = append(s.Blocks, m.accountTable())
	return s, nil
}

// platformsInUse are those with an account open in the month, in the register's order of platforms.
func (m *monthly) platformsInUse() (used []pipeline.Platform) {
	for _, p := range pipeline.Platforms {
		if slices.ContainsFunc(m.accounts, func(a pipeline.Account) bool { return a.Platform == p }) {
			used = append(used, p)
		}
	}
	return used
}

func (m *monthly) departmentsByNetwork(platforms []pipeline.Platform, names []string) Table {
	t := Table{ID: "departments", Sheet: m.say("presence.sheet.departments"), Title: m.say("presence.departments"), Columns: []Column{{Title: m.say("head.department")}}}
	for _, n := range names {
		t.Columns = append(t.Columns, Column{Title: n, Kind: Figures})
	}
	t.Columns = append(t.Columns, Column{Title: m.say("head.total"), Kind: Figures})
	for _, d := range m.Register.Departments {
		row, sum := []Cell{text(d.Name)}, 0
		for _, p := range platforms {
			n := 0
			for _, a := range m.accounts {
				if a.Department == d.ID && a.Platform == p {
					n++
				}
			}
			row, sum = append(row, count(n)), sum+n
		}
		if sum > 0 {
			t.Rows = append(t.Rows, append(row, count(sum)))
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b []Cell) int { return m.compare(a[0].Text, b[0].Text) })
	return t
}

func (m *monthly) accountTable() Table {
	t := Table{ID: "accounts", Sheet: m.say("presence.sheet.accounts"), Title: m.say("presence.accounts"), Folded: len(m.accounts) > 12, Columns: []Column{
		{Title: m.say("head.account")}, {Title: m.say("head.network")}, {Title: m.say("head.department")},
		{Title: m.say("head.state"), About: m.say("about.state")}, {Title: m.say("head.posts"), Kind: Figures, About: m.definition("posts").Formula[m.Language]},
		m.trendColumn("posts"), {Title: m.say("head.followers"), Kind: Figures, About: m.definition("followers").Formula[m.Language]}, m.trendColumn("followers"),
		{Title: m.say("head.last_reading"), Kind: Day, About: m.say("about.last_reading"), Sheet: true},
	}}
	accounts := slices.Clone(m.accounts)
	slices.SortStableFunc(accounts, func(a, b pipeline.Account) int {
		return cmp.Or(m.compare(m.departmentName(a.Department), m.departmentName(b.Department)), slices.Index(pipeline.Platforms, a.Platform)-slices.Index(pipeline.Platforms, b.Platform),
			m.compare(accountName(a), accountName(b)))
	})
	for _, a := range accounts {
		id := string(a.ID)
		posts, followers, r := m.account.at("posts", id, m.month), m.account.at("followers", id, m.month), m.readings[id]
		row := []Cell{
			text(accountName(a)), text(m.platformName(string(a.Platform))), text(m.departmentName(a.Department)), text(m.accountState(a)),
			number(Number{posts.Value, posts.Known}, m.why(posts)), m.sparkline(m.account, "posts", id),
			number(Number{followers.Value, followers.Known}, m.why(followers)), m.sparkline(m.account, "followers", id), {},
		}
		if !r.Last.IsZero() && r.Last.Unix() > 0 {
			row[8] = day(r.Last.In(m.zone))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// accountState is active, silent or not read, whether its figures came by file, and whether the newest reading failed.
func (m *monthly) accountState(a pipeline.Account) string {
	posts, ok := m.account.number("posts", string(a.ID), m.month).get()
	state := "account.active"
	switch {
	case !ok:
		state = "account.unread"
	case posts == 0:
		state = "account.silent"
	}
	said := m.say(state)
	if some, all := m.comes[string(a.ID)].byFile(); all {
		said += " · " + m.say("account.file")
	} else if some {
		said += " · " + m.say("account.partly_file")
	}
	switch r := m.readings[string(a.ID)]; {
	case r.State == "failed":
		return said + " · " + m.say("account.failing")
	case len(r.Gaps) > 0:
		return said + " · " + m.say("account.gaps")
	}
	return said
}
