package reports

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"presencia/pipeline"
)

// kinds are the figures of publications by kind.
var kinds = [...]struct{ id, name string }{{"own_posts", "kind.own"}, {"replies_sent", "kind.reply"}, {"reposts_made", "kind.repost"}}

// activity is what the institution published.
func (m *monthly) activity(ctx context.Context) (Section, error) {
	s := Section{ID: "activity", Title: m.say("activity.title")}
	series := m.series("posts")
	now, ok := series[history-1].get()
	if !ok {
		return s, nil
	}
	columns := Chart{ID: "posts-by-month", Sheet: m.say("activity.sheet.months"), Title: m.activityMessage(), Form: Stacked,
		Head: m.say("head.month"), Categories: m.names, Unit: m.say("unit.posts")}
	var totals [len(kinds)]int64
	for i, k := range kinds {
		values := m.series(k.id)
		totals[i] = int64(values[history-1].Value)
		columns.Series = append(columns.Series, Series{Name: m.say(k.name), Role: Other, Values: values, Why: m.say("why.unread")})
	}
	s.Blocks = append(s.Blocks,
		m.overTime(columns, "own_posts", "replies_sent", "reposts_made"),
		Text(m.say("activity.text", "n", int64(math.Round(now)), "own", totals[0], "replies", totals[1], "reposts", totals[2])))
	if len(m.Register.Departments) > 1 {
		s.Blocks = append(s.Blocks, m.departmentActivity())
	}
	hours, ok, err := m.hours(ctx)
	if ok {
		s.Blocks = append(s.Blocks, hours)
	}
	return s, err
}

// hours is when own posts were published, by weekday and hour of the institution's clock.
func (m *monthly) hours(ctx context.Context) (c Chart, ok bool, err error) {
	var quarters []struct {
		At    uint32 `ch:"at"`
		Posts uint64 `ch:"posts"`
	}
	if err := m.query(ctx, &quarters, "hours", m.month); err != nil {
		return c, false, err
	}
	var of [7][24]int // from Monday on
	var hourly [24]int
	sum, weekend := 0, 0
	for _, q := range quarters {
		at, n := time.Unix(int64(q.At), 0).In(m.zone), int(q.Posts)
		day := (int(at.Weekday()) + 6) % 7
		of[day][at.Hour()] += n
		hourly[at.Hour()] += n
		sum += n
		if day >= 5 {
			weekend += n
		}
	}
	if sum == 0 {
		return c, false, nil
	}
	busiest := slices.Index(hourly[:], slices.Max(hourly[:]))
	c = Chart{ID: "posting-hours", Sheet: m.say("activity.sheet.hours"), Form: Matrix, Head: m.say("head.hour"), Unit: m.say("unit.posts"), Note: m.say("activity.hours.note", "zone", m.zone.String()),
		Title: m.say("activity.hours", "share", m.percent(100*float64(weekend)/float64(sum), 0), "from", strconv.Itoa(busiest)+":00", "to", strconv.Itoa(busiest+1)+":00")}
	for h := range 24 {
		c.Categories = append(c.Categories, strconv.Itoa(h))
	}
	for day, row := range of {
		s := Series{Name: m.say("weekday." + strconv.Itoa((day+1)%7)), Role: Actual}
		for _, n := range row {
			s.Values = append(s.Values, known(n))
		}
		c.Series = append(c.Series, s)
	}
	return m.described(c), true, nil
}

// activityMessage says in which direction the month went, if it went anywhere, and whether that is a change.
func (m *monthly) activityMessage() string {
	than := m.words.month(m.before.From.In(m.zone))
	net, then, _ := m.net("posts", m.before)
	text := m.say("activity.same", "month", than)
	switch change, ok := relative(Number{then.Value + net.Value, net.Known}, then).get(); {
	case !ok:
		return m.say("activity.plain")
	case change >= 0.5:
		text = m.say("activity.more", "share", m.percent(change, 0), "month", than)
	case change <= -0.5:
		text = m.say("activity.less", "share", m.percent(-change, 0), "month", than)
	}
	return m.ruled(text, "posts")
}

func (m *monthly) departmentActivity() Table {
	t := Table{ID: "posts-by-department", Sheet: m.say("activity.sheet.departments"), Title: m.say("activity.departments"), Columns: []Column{
		{Title: m.say("head.department")}, {Title: m.say("kind.own"), Kind: Figures, About: m.definition("own_posts").Formula[m.Language]},
		{Title: m.say("kind.reply"), Kind: Figures, About: m.say("about.reply")}, {Title: m.say("kind.repost"), Kind: Figures, About: m.say("about.repost")},
		{Title: m.say("head.change_month"), Kind: Signed, About: m.say("about.change_own")}, {Title: m.say("head.change_year"), Kind: Signed, About: m.say("about.change_own")},
		m.trendColumn("own_posts"),
	}}
	for _, d := range m.Register.Departments {
		own := m.department.at("own_posts", d.ID, m.month)
		if own.Indicator == "" { // no account open
			continue
		}
		n := Number{own.Value, own.Known}
		row := []Cell{text(d.Name), number(n, m.why(own)), number(m.department.number("replies_sent", d.ID, m.month), m.why(own)), number(m.department.number("reposts_made", d.ID, m.month), m.why(own))}
		for _, w := range []pipeline.Window{m.before, m.lastYear} {
			row = append(row, Cell{Number: minus(n, m.department.number("own_posts", d.ID, w))})
		}
		t.Rows = append(t.Rows, append(row, m.sparkline(m.department, "own_posts", d.ID)))
	}
	t.Rows = m.sorted(t.Rows, 1, true)
	return t
}
