package reports

import (
	"context"
	"slices"
	"time"

	"presencia/pipeline"
)

// origin is where an account's figures of a window come from.
type origin struct {
	Account   string    `ch:"account"`
	Live      uint64    `ch:"live"`     // posts seen at their network
	File      uint64    `ch:"file"`     // posts known from imported files only
	Exported  time.Time `ch:"exported"` // the newest of those files
	Followers string    `ch:"followers"`
}

// byFile tells whether figures come from imported files, and whether only some of them do.
func (o origin) byFile() (some, all bool) {
	some = o.File > 0 || o.Followers == "import"
	return some, some && o.Live == 0 && o.Followers != "collect"
}

// origins says of each account where its figures of a window come from.
func (b *builder) origins(ctx context.Context, w pipeline.Window) (map[string]origin, error) {
	var rows []origin
	if err := b.query(ctx, &rows, "origins", w); err != nil {
		return nil, err
	}
	of := map[string]origin{}
	for _, o := range rows {
		of[o.Account] = o
	}
	return of, nil
}

// fromFiles are sentences on the accounts whose figures come from imported files, wholly or in part.
func (b *builder) fromFiles(accounts []pipeline.Account, of map[string]origin) []string {
	var whole, part fileAccounts
	for _, a := range accounts {
		o := of[string(a.ID)]
		switch some, all := o.byFile(); {
		case all:
			whole.add(b.nameWithNetwork(a), o.Exported)
		case some:
			part.add(b.nameWithNetwork(a), o.Exported)
		}
	}
	var said []string
	for _, l := range []struct {
		key string
		fileAccounts
	}{{"coverage.file", whole}, {"coverage.partly", part}} {
		if f := l.fileAccounts; len(f.names) > 0 {
			said = append(said, b.say(l.key, "n", len(f.names), "names", b.few(f.names), "date", b.date(pipeline.DateOf(f.newest.In(b.zone)))))
		}
	}
	return said
}

// fileAccounts are accounts of which something came by file, with the newest of the files.
type fileAccounts struct {
	names  []string
	newest time.Time
}

func (f *fileAccounts) add(name string, exported time.Time) {
	f.names = append(f.names, name)
	if exported.After(f.newest) {
		f.newest = exported
	}
}

func (b *builder) nameWithNetwork(a pipeline.Account) string {
	return accountName(a) + " (" + b.platformName(string(a.Platform)) + ")"
}

// few names the first of many, and how many there are besides.
func (b *builder) few(names []string) string {
	const most = 12
	if len(names) > most+1 {
		names = append(slices.Clone(names[:most]), b.say("coverage.more", "n", len(names)-most))
	}
	return b.list(names)
}

// coverage is what the month's figures rest on: what was read at the networks and what came by file, which metrics
// were refused, and what happened to the accounts themselves.
func (m *monthly) coverage(ctx context.Context) (List, error) {
	l := List{Title: m.say("coverage.title")}
	live, unread := 0, 0
	for _, a := range m.accounts {
		switch some, _ := m.comes[string(a.ID)].byFile(); {
		case !m.read(a):
			unread++
		case !some:
			live++
		}
	}
	if live > 0 {
		l.Items = append(l.Items, m.say("coverage.live", "n", live))
	}
	l.Items = append(l.Items, m.fromFiles(m.accounts, m.comes)...)
	if unread > 0 {
		l.Items = append(l.Items, m.say("coverage.unread", "n", unread))
	}
	var refused []struct {
		Platform string    `ch:"platform"`
		Metric   string    `ch:"metric"`
		Since    time.Time `ch:"since"`
	}
	if err := m.query(ctx, &refused, "refused", m.month); err != nil {
		return l, err
	}
	for _, r := range refused {
		l.Items = append(l.Items, m.say("coverage.refused", "network", m.platformName(r.Platform), "metric", r.Metric, "date", m.date(pipeline.DateOf(r.Since.In(m.zone)))))
	}
	var changes []struct {
		Account string    `ch:"account"`
		At      time.Time `ch:"at"`
		Change  string    `ch:"change"`
		Before  string    `ch:"before"`
		After   string    `ch:"after"`
	}
	if err := m.query(ctx, &changes, "changes", m.month); err != nil {
		return l, err
	}
	for _, c := range changes {
		a, ok := m.Register.Account(pipeline.AccountID(c.Account))
		if !ok {
			continue
		}
		l.Items = append(l.Items, m.say("coverage."+c.Change, "account", m.nameWithNetwork(a), "before", c.Before, "after", c.After, "date", m.date(pipeline.DateOf(c.At.In(m.zone)))))
	}
	return l, nil
}
