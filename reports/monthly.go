package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
)

// history is how many months a monthly report looks back, its own included: two years, so that the same month of the
// last one is in it.
const history = 24

// monthly is a monthly report in the making.
type monthly struct {
	*builder
	month, before, lastYear pipeline.Window
	months                  []pipeline.Window  // history, ending with the month
	names                   []string           // of the months, for axes
	accounts                []pipeline.Account // of the register, open in the month

	institution, department, platform, account values
	judged                                     []indicator.History

	readings map[string]reading
	comes    map[string]origin // of the month's figures
	verdicts []ruleVerdicts
}

// Monthly is the report on one month of an institution's presence, for leadership: coverage, one page of summary, then
// the detail. A section for which there are no data is left out and named at the end. ErrNoData says that nothing has
// been collected yet.
func Monthly(ctx context.Context, in Input, month pipeline.Window) (Document, error) {
	m, err := newMonth(ctx, in, month)
	if err != nil {
		return Document{}, err
	}
	b := m.builder
	b.request(Request{Kind: "monthly", Month: m.month.From.In(m.zone).Format("2006-01")})
	if err := m.ask(ctx); err != nil {
		return Document{}, err
	}
	d := b.document(b.say("monthly.title", "institution", in.Register.Institution.Name), m.cover(), capital(b.month(m.month.From.In(b.zone))))
	var absent []string // why
	sections := []Section{m.summary(), m.changes()}
	built, err := m.build(ctx,
		m.presence, m.audience, m.activity, m.response, m.attention, m.content, m.compliance, m.languages, m.campaigns, m.planned, m.agreed, m.unification)
	if err != nil {
		return Document{}, err
	}
	for _, s := range built {
		switch {
		case s.Title == "": // nobody asked for it
		case len(s.Blocks) == 0:
			absent = append(absent, m.absence(s))
		default:
			sections = append(sections, s)
		}
	}
	d.Sections = append(sections, m.glossary(sections), m.method(absent))
	d.Values, d.Manifest = b.values, b.record()
	return d, nil
}

// build makes sections at the same time, since most of each is waiting for its questions. What they share was asked before; they
// change nothing of it.
func (m *monthly) build(ctx context.Context, builders ...func(context.Context) (Section, error)) ([]Section, error) {
	built := make([]Section, len(builders))
	sections := pool.New().WithMaxGoroutines(4).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i, build := range builders {
		sections.Go(func(ctx context.Context) (err error) {
			if built[i], err = build(ctx); err != nil {
				return fmt.Errorf("section %s: %w", built[i].ID, err)
			}
			return nil
		})
	}
	return built, sections.Wait()
}

// absence says that a section was left out, and why: what its source of data is and how it gets here.
func (m *monthly) absence(s Section) string {
	why := m.say("absent.other")
	if k := "absent." + s.ID; m.has(k) {
		why = m.say(k)
	}
	return m.say("absent.section", "section", s.Title, "why", why)
}

// newMonth is a month with its history and the accounts that were open in it, before anything is asked.
func newMonth(ctx context.Context, in Input, month pipeline.Window) (*monthly, error) {
	b, err := newBuilder(ctx, in)
	if err != nil {
		return nil, err
	}
	first := month.From.In(b.zone)
	m := &monthly{builder: b}
	for i := history - 1; i >= 0; i-- {
		w := pipeline.Month(first.Year(), first.Month()-time.Month(i), b.zone)
		m.months, m.names = append(m.months, w), append(m.names, b.monthShort(w.From))
	}
	m.month, m.before, m.lastYear = m.months[history-1], m.months[history-2], m.months[history-13]
	for _, a := range in.Register.Accounts {
		if open(a, m.month) {
			m.accounts = append(m.accounts, a)
		}
	}
	return m, nil
}

// open tells whether the register has an account open in some part of a window.
func open(a pipeline.Account, w pipeline.Window) bool {
	return (a.Opened.IsZero() || a.Opened.In(time.UTC).Before(w.To)) && (a.Closed.IsZero() || a.Closed.In(time.UTC).After(w.From))
}

// ask reads what several sections share.
func (m *monthly) ask(ctx context.Context) error {
	asked := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	asked.Go(func(ctx context.Context) error {
		if err := m.chooseClass(ctx); err != nil {
			return err
		}
		shown := []string{"replies_sent", "reposts_made", "messages_received", "time_to_first_answer_p90"}
		few := []pipeline.Window{m.lastYear, m.before, m.month}
		return m.lookBack(ctx,
			look{indicator.Platform, few, nil, []string{"posts", "followers", "interactions_per_post", "popularity", "commitment", "virality"}, &m.platform},
			look{indicator.Institution, m.months, watched, slices.Concat(shown, interest, languageIndicators, []string{"followers"}), &m.institution},
			look{indicator.Department, few, everywhere, slices.Concat(shown, []string{"posts", "followers"}), &m.department},
			look{indicator.Account, few, everywhere, []string{"accounts_active", "posts", "followers"}, &m.account})
	})
	asked.Go(func(ctx context.Context) (err error) {
		if err := m.askReadings(ctx); err != nil {
			return err
		}
		if m.comes, err = m.origins(ctx, m.month); err != nil {
			return err
		}
		return m.query(ctx, &m.verdicts, "verdicts", m.month)
	})
	return asked.Wait()
}

// chooseClass takes interactions at the first age class that knows most of the month: fresh collections have readings
// at seven days, imported history only settled ones. One class holds for the whole report.
func (m *monthly) chooseClass(ctx context.Context) error {
	set := m.set("interactions_per_post")
	for _, m.class = range []indicator.AgeClass{indicator.At7Days, indicator.Settled, indicator.Newest} {
		found, err := indicator.Compute(ctx, m.Querier, set, indicator.Institution, []pipeline.Window{m.month}, indicator.Options{AgeClass: m.class})
		if err != nil {
			return err
		}
		if x := index(found).at(set[0].ID, "", m.month); x.Known && x.Coverage() >= 0.8 {
			break
		}
	}
	return nil
}

// reading is how the newest reading of an account went.
type reading struct {
	Account string    `ch:"account"`
	Last    time.Time `ch:"last"`
	State   string    `ch:"state"` // ok, partial, failed
	Gaps    []string  `ch:"gaps"`
}

func (m *monthly) askReadings(ctx context.Context) error {
	var readings []reading
	if err := m.query(ctx, &readings, "readings"); err != nil {
		return err
	}
	m.readings = map[string]reading{}
	for _, r := range readings {
		m.readings[r.Account] = r
	}
	return nil
}

// read tells whether an account's publications of the month are known.
func (m *monthly) read(a pipeline.Account) bool {
	return m.account.at("posts", string(a.ID), m.month).Known
}

// covered counts the accounts whose publications are known, and those whose newest reading has gaps.
func (m *monthly) covered() (read, gaps int) {
	for _, a := range m.accounts {
		if m.read(a) {
			read++
		}
		if len(m.readings[string(a.ID)].Gaps) > 0 {
			gaps++
		}
	}
	return read, gaps
}

// cover is the line under the title: what the report rests on comes first.
func (m *monthly) cover() string {
	read, gaps := m.covered()
	files := 0
	for _, a := range m.accounts {
		if some, _ := m.comes[string(a.ID)].byFile(); some {
			files++
		}
	}
	parts := []string{capital(m.words.month(m.month.From.In(m.zone))), m.say("cover.read", "n", len(m.accounts), "read", read)}
	if files > 0 {
		parts = append(parts, m.say("cover.file", "n", files))
	}
	if gaps > 0 {
		parts = append(parts, m.say("cover.gaps", "n", gaps))
	}
	return strings.Join(append(parts, m.dated()...), " · ")
}

// definition finds an indicator.
func (b *builder) definition(id string) indicator.Indicator {
	i := slices.IndexFunc(b.indicators, func(i indicator.Indicator) bool { return i.ID == id })
	if i < 0 {
		return indicator.Indicator{ID: id}
	}
	return b.indicators[i]
}

// name is an indicator's title.
func (b *builder) name(id string) string { return b.definition(id).Title[b.Language] }

// unit is how an indicator's unit follows a number, and with how many decimals the number is written.
func (b *builder) unit(id string) (string, int) {
	switch u := b.definition(id).Unit; u {
	case "percent":
		return "%", 1
	case "hours":
		return "h", 1
	case "points":
		return b.say("unit.points"), 1
	case "interactions", "per thousand followers":
		return "", 1
	}
	return "", 0
}

// shown is a number with an indicator's unit.
func (b *builder) shown(id string, v float64) string {
	unit, decimals := b.unit(id)
	return b.withUnit(b.format(v, decimals), unit)
}

// why says why a value is not known.
func (b *builder) why(v indicator.Value) string {
	switch {
	case v.Known:
		return ""
	case v.Unknown > 0:
		return b.say("why.unread")
	case v.Indicator == "":
		return b.say("why.none")
	case v.Indicator == "response_rate" || v.Indicator == "time_to_first_answer": // nobody wrote, or nobody could look
		return b.say("why.no_messages")
	}
	return b.say("why.nothing")
}

// series is an indicator over the months.
func (m *monthly) series(id string) []Number {
	s := make([]Number, len(m.months))
	for i, w := range m.months {
		s[i] = m.institution.number(id, "", w)
	}
	return s
}

// departmentName is the name that readers know.
func (b *builder) departmentName(id string) string {
	if d, ok := b.Register.Department(id); ok {
		return d.Name
	}
	return id
}

// platformName is a platform as it writes itself.
func (b *builder) platformName(p string) string {
	if k := "platform." + p; b.has(k) {
		return b.say(k)
	}
	return p
}

// accountName is a handle, or the id where there is none.
func accountName(a pipeline.Account) string {
	if a.Handle != "" {
		return a.Handle
	}
	return string(a.ID)
}

// minus is a difference of two values of the same unit, unknown where one is.
func minus(a, b Number) Number {
	if !a.Known || !b.Known {
		return Number{}
	}
	return known(a.Value - b.Value)
}

// relative is a change in per cent of what was there.
func relative(now, before Number) Number {
	if !now.Known || !before.Known || before.Value == 0 {
		return Number{}
	}
	return known(100 * (now.Value - before.Value) / before.Value)
}

func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
