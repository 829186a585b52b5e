package indicator_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/store"
)

// ledger stores an institution in which each definition of effectiveness, conversation, compliance, unification and cohesion
// has a value that can be worked out by hand, in the week from 6 January 2014. All are read on 5 and 15 January and 10 February.
//
//	a  a1: ten posts with thirty interactions and 200 followers, ten messages; a2: a video channel, whose figures stand alone;
//	   a3: says nothing and is mentioned
//	b  b1: two posts, of one the replies are not known; its followers are not known before the 15th; closed on the 12th
//	c  c1: passes on a post of a1; a message is not yet a week old when messages are read for the last time
//	d  d1: opened on the 10th and was never read
//	e  e1: five messages; passes on posts of b1, by the id, and of c1, as old archives write it
//	f  f1: says nothing to nobody
func ledger(t *testing.T) *store.DB {
	t.Helper()
	db := open(t)
	day := func(d int) pipeline.Date { return pipeline.Date{Year: 2014, Month: time.January, Day: d} }
	reg := &pipeline.Register{
		Version: "v1", Institution: pipeline.Institution{Name: "Example", TimeZone: "UTC"},
		Departments: []pipeline.Department{
			{ID: "a", Name: "A", Group: pipeline.Participant}, {ID: "b", Name: "B", Group: pipeline.Participant}, {ID: "c", Name: "C", Group: pipeline.Comparison},
			{ID: "d", Name: "D", Group: pipeline.Comparison}, {ID: "e", Name: "E", Group: pipeline.Comparison}, {ID: "f", Name: "F", Group: pipeline.OtherGroup},
		},
	}
	for _, id := range []string{"a1", "a2", "a3", "b1", "c1", "d1", "e1", "f1"} {
		a := pipeline.Account{ID: pipeline.AccountID(id), Department: id[:1], Platform: pipeline.Mastodon, Handle: "@" + id + "@x.example"}
		switch id {
		case "a2":
			a.Platform, a.Handle = pipeline.YouTube, "@a2"
		case "b1":
			a.Closed = day(12)
		case "d1":
			a.Opened = day(10)
		}
		reg.Accounts = append(reg.Accounts, a)
	}
	if err := db.SaveRegister(t.Context(), reg, nil, at(1, "00:00:00")); err != nil {
		t.Fatal(err)
	}

	figures := []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldText, pipeline.FieldKind, pipeline.FieldLikes, pipeline.FieldReplies, pipeline.FieldReposts, pipeline.FieldViews}
	mentions := append([]pipeline.Field{pipeline.FieldMentions}, figures...)
	messages := append([]pipeline.Field{pipeline.FieldMessages}, mentions...)
	post := func(id string, kind pipeline.PostKind, when time.Time, f ...any) pipeline.Post {
		p := pipeline.Post{ID: id, Kind: kind, CreatedAt: when, Text: id}
		if len(f) > 0 {
			p.Figures = pipeline.Figures{Likes: count(f[0]), Replies: count(f[1]), Reposts: count(f[2])}
		}
		return p
	}
	sent := at(7, "10:00:00")
	var heard [2][]pipeline.Message // of a1 and e1
	var said [2][]pipeline.Post
	for i, m := range []struct {
		account int
		id      string
		kind    string
		hours   float64 // 0: nobody answers
	}{
		{0, "q1", "query", 5}, {0, "q2", "query", 30}, {0, "k1", "complaint", 0}, {0, "t1", "thanks", 10}, {0, "u1", "", 0},
		{0, "i1", "incident", 1}, {0, "i2", "incident", 2}, {0, "i3", "incident", 3}, {0, "i4", "incident", 4}, {0, "i5", "incident", 0},
		{1, "j1", "incident", 10}, {1, "j2", "incident", 0}, {1, "j3", "incident", 0}, {1, "j4", "incident", 169}, {1, "j5", "incident", 0},
	} {
		heard[m.account] = append(heard[m.account], pipeline.Message{ID: m.id, At: sent, Kind: m.kind})
		if m.hours > 0 {
			p := post(fmt.Sprintf("answer %d", i), pipeline.Reply, sent.Add(time.Duration(m.hours*float64(time.Hour))))
			p.InReplyTo = m.id
			said[m.account] = append(said[m.account], p)
		}
	}
	own := func(first int) []pipeline.Post {
		var posts []pipeline.Post
		for i, f := range [][3]int{{first, 2, 3}, {5, 0, 1}, {4, 1, 0}, {2, 0, 0}, {1, 0, 0}, {1, 0, 0}, {}, {}, {}, {}} {
			posts = append(posts, post(fmt.Sprintf("p%d", i+1), pipeline.Own, at(6, "00:00:00").Add(time.Duration(i)*time.Hour), f[0], f[1], f[2]))
		}
		posts[0].Mentions, posts[0].Figures.Views = []string{"b1@x.example", "b1", "a3@x.example"}, count(100)
		return posts
	}
	answer := post("b answers", pipeline.Reply, at(8, "00:00:00"))
	answer.InReplyTo, answer.Mentions = "hash", []string{"a1@x.example"}
	byName, byID, old := post("c shares", pipeline.Repost, at(9, "00:00:00")), post("e shares", pipeline.Repost, at(9, "00:00:00")), post("e passes on", pipeline.Repost, at(9, "00:00:00"))
	byName.RepostOf, byID.RepostOf = "https://x.example/@A1/1", "https://x.example/i/web/status/123456789012"
	old.Text, old.Mentions = "RT @c1@x.example: hola", []string{"c1@x.example"}

	batch := func(id pipeline.AccountID, gives []pipeline.Field, followers any, posts []pipeline.Post, messages ...pipeline.Message) *pipeline.Batch {
		return &pipeline.Batch{Account: id, Gives: gives, Profile: &pipeline.Profile{Followers: count(followers)}, Posts: posts, Messages: messages}
	}
	type posts = []pipeline.Post
	save(t, db, pipeline.RunInfo{ID: "1", Kind: "collect", Started: at(5, "12:00:00"), Register: "v1"}, []*pipeline.Batch{
		batch("a1", messages, 200, nil), batch("a2", figures, 5, nil), batch("a3", mentions, 1, nil), batch("b1", mentions, nil, nil),
		batch("c1", messages, 10, nil), batch("e1", messages, 10, nil), batch("f1", mentions, 10, nil),
	}, "d1")
	save(t, db, pipeline.RunInfo{ID: "2", Kind: "collect", Started: at(15, "12:00:00"), Register: "v1"}, []*pipeline.Batch{
		batch("a1", messages, 200, append(own(6), said[0]...), heard[0]...),
		batch("a2", figures, 5, posts{post("y1", pipeline.Own, at(8, "00:00:00"), 1000, 0, 0)}), batch("a3", mentions, 1, nil),
		batch("b1", mentions, 50, posts{post("123456789012", pipeline.Own, at(7, "00:00:00"), 4, nil, 0), post("q", pipeline.Own, at(8, "00:00:00"), 0, 0, 0), answer}),
		batch("c1", messages, 10, posts{byName}, pipeline.Message{ID: "late", At: at(12, "00:00:00"), Kind: "query"}),
		batch("e1", messages, 10, append(posts{byID, old}, said[1]...), heard[1]...), batch("f1", mentions, 10, nil),
	}, "d1")
	save(t, db, pipeline.RunInfo{ID: "3", Kind: "collect", Started: at(41, "12:00:00"), Register: "v1"}, []*pipeline.Batch{
		batch("a1", messages, 400, own(10)), batch("a2", figures, 5, nil), batch("a3", mentions, 1, nil), batch("b1", mentions, 50, nil),
		batch("c1", mentions, 10, nil), batch("e1", messages, 10, nil), batch("f1", mentions, 10, nil),
	}, "d1")

	guide := pipeline.GuideState{Version: "g", Rules: []pipeline.RuleState{
		{ID: "account-display-name-official", Version: 1, Scope: "account", Severity: "high"}, {ID: "post-image-alt-text", Version: 1, Scope: "post", Severity: "high"},
		{ID: "post-no-personal-data", Version: 1, Scope: "post", Severity: "crit"}, {ID: "post-language-allowed", Version: 1, Scope: "post", Severity: "med"},
		{ID: "post-daily-max", Version: 1, Scope: "post", Severity: "low"}, {ID: "reply-within-target", Version: 1, Scope: "reply", Severity: "high"},
		{ID: "reply-same-language", Version: 1, Scope: "reply", Severity: "crit"}, {ID: "account-inactive", Version: 1, Scope: "account", Severity: "med"},
	}}
	// Letters as the store has them, one for each of the rules above.
	letters := map[rune]pipeline.Verdict{' ': pipeline.NotJudged, '?': pipeline.NotEvaluable, '-': pipeline.NotApplies, 'p': pipeline.Pass, 'w': pipeline.Warn, 'f': pipeline.Fail}
	_, err := db.SaveVerdicts(t.Context(), pipeline.RunInfo{ID: "check", Kind: "check", Started: at(50, "00:00:00"), Register: "v1"}, guide, func(yield func(pipeline.Judged, error) bool) {
		for _, j := range [][3]string{
			{"a1", "", "p      f"}, {"a1", "p1", " ppp    "}, {"a1", "p2", " ffw    "}, {"a1", "p3", " ???    "}, {"a1", "2014-01-06", "    f   "},
			{"a1", "i1", "     pp "}, {"a1", "i2", "     pp "}, {"a1", "i3", "     pp "}, {"a1", "i4", "     fp "}, {"a1", "i5", "     ?f "},
			{"e1", "", "p      p"}, {"e1", "j1", "     -p "}, {"e1", "j2", "     -f "}, {"e1", "j3", "     -f "}, {"e1", "j4", "     -f "}, {"e1", "j5", "     -f "},
			{"c1", "", "p      p"},
		} {
			var v []pipeline.Verdict
			for _, l := range j[2] {
				v = append(v, letters[l])
			}
			if !yield(pipeline.Judged{Account: pipeline.AccountID(j[0]), Subject: j[1], At: at(8, "00:00:00"), Window: weeks[0], Verdicts: v}, nil) {
				return
			}
		}
	}, func() time.Time { return at(50, "00:00:00") })
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// entries writes a line for each value: indicator, value or ?, n, unknown, and the accounts that stand apart, if any.
func entries(values []indicator.Value) string {
	var b strings.Builder
	for _, v := range values {
		number := "?"
		if v.Known {
			number = fmt.Sprint(math.Round(v.Value*1e4) / 1e4)
		}
		fmt.Fprintf(&b, "%s %s %d %d", v.Indicator, number, v.N, v.Unknown)
		if v.Apart > 0 {
			fmt.Fprintf(&b, " apart %d", v.Apart)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestLedger(t *testing.T) {
	db := ledger(t)
	t.Run("values", func(t *testing.T) { testLedger(t, db) })
	t.Run("waits", func(t *testing.T) { testWaits(t, db) })
	t.Run("arcs", func(t *testing.T) { testArcs(t, db) })
}

// Every value was worked out by hand from the fixture.
func testLedger(t *testing.T, db *store.DB) {
	for _, c := range []struct {
		name  string
		level indicator.Level
		unit  string
		week  int
		age   indicator.AgeClass
		want  string
	}{
		// Fanpage Karma's published example: 30 interactions, 10 posts, 200 followers are 1.5 %. The tenth with the most has 15.
		{"effectiveness of a known account", indicator.Department, "a", 0, indicator.Newest, `
comments_per_post 0.3 10 0 apart 1
commitment 1.5 10 0 apart 1
commitment_share 20 10 0 apart 1
engagement 15 10 0 apart 1
interaction_concentration 50 10 0 apart 1
interaction_rate 1.5 10 0 apart 1
interaction_rate_by_reach ? 0 0 apart 1
interaction_rate_by_views 15 1 9 apart 1
interactions_per_post 3 10 0 apart 1
likes_per_post 2.3 10 0 apart 1
popularity 11.5 10 0 apart 1
popularity_share 60 10 0 apart 1
posts_without_interaction 40 10 0 apart 1
shares_per_post 0.4 10 0 apart 1
virality 2 10 0 apart 1
virality_share 20 10 0 apart 1`},
		// b1 lacks the replies of one post and any number of followers; a post without replies known still has its likes.
		{"effectiveness with unknowns", indicator.Department, "b", 0, indicator.Newest, `
comments_per_post 0 1 1
commitment ? 0 2
commitment_share 0 1 1
engagement ? 0 2
interaction_concentration ? 1 1
interaction_rate ? 0 2
interaction_rate_by_views ? 0 2
interactions_per_post 0 1 1
likes_per_post 2 2 0
popularity ? 0 2
popularity_share 50 2 0
posts_without_interaction 100 1 1
shares_per_post 0 2 0
virality ? 0 2
virality_share 0 2 0`},
		{"at seven days the first post had 11", indicator.Department, "a", 0, indicator.At7Days, "\ninteraction_rate 1.3 10 0 apart 1\ninteractions_per_post 2.6 10 0 apart 1\npopularity 9.5 10 0 apart 1"},
		{"settled", indicator.Department, "a", 0, indicator.Settled, "\ninteraction_rate 1.5 10 0 apart 1\ninteractions_per_post 3 10 0 apart 1"},
		{"settled, where nobody read again", indicator.Department, "b", 0, indicator.Settled, "\ninteraction_rate ? 0 2\ninteractions_per_post ? 0 2\nlikes_per_post ? 0 2"},
		{"a network whose terms forbid a sum has its own", indicator.Platform, "youtube", 0, indicator.Newest, "\ninteractions_per_post 1000 1 0\ninteraction_rate 20000 1 0"},
		{"effectiveness of all", indicator.Institution, "", 0, indicator.Newest, "\npopularity 11.5 10 3 apart 1\npopularity_share 58.3333 12 1 apart 1\ninteractions_per_post 2.7273 11 2 apart 1"},
		{"never read", indicator.Department, "d", 0, indicator.Newest, `
popularity_share ? 0 1
messages_received ? 0 1
answered_within_24h ? 0 1
queries_answered ? 0 1
compliance_must ? 0 1
compliance_coverage ? 0 1
posts_without_failure ? 0 1
personal_data_incidents ? 0 1
ties ? 0 1
ties_reciprocated ? 0 1
isolated_accounts ? 0 1`},

		{"conversation", indicator.Department, "a", 0, indicator.Newest, `
answered_within_24h 60 10 0
answered_within_promise 75 4 3
complaints_answered 0 1 0
complaints_received 1 1 0
incidents_answered 80 5 0
incidents_received 5 1 0
messages_answered 7 1 0
messages_received 10 1 0
messages_told 90 10 0
messages_unanswered 3 1 0
queries_answered 100 2 0
queries_received 2 1 0
response_rate 70 10 0
same_language_answers 80 5 2
thanks_received 1 1 0
time_to_first_answer 7.5 10 0
time_to_first_answer_p90 168 10 0`},
		{"a message that is not a week old", indicator.Department, "c", 0, indicator.Newest, `
answered_within_24h ? 0 1
messages_answered 0 1 0
messages_received 1 1 0
messages_told 100 1 0
messages_unanswered 0 1 0
queries_answered ? 0 1
queries_received 1 1 0
time_to_first_answer_p90 ? 0 1`},
		{"an answer after the week is none", indicator.Department, "e", 0, indicator.Newest, "\nanswered_within_24h 20 5 0\nmessages_answered 1 1 0\nresponse_rate 20 5 0\ntime_to_first_answer_p90 168 5 0"},
		{"a source without messages", indicator.Department, "b", 0, indicator.Newest, "\nanswered_within_24h ? 0 0\nmessages_received ? 0 0\nqueries_received ? 0 0"},

		// 100, 50, 50, 50, 0, 75, 80 and 0; a2 and a3 were not checked.
		{"compliance", indicator.Department, "a", 0, indicator.Newest, `
accessibility_compliance 50 2 3
compliance 50.625 18 6
compliance_coverage 81.8182 22 2
compliance_must 71 14 5
compliance_should 16.6667 4 3
conduct_compliance 43.5714 17 6
language_compliance 65 7 3
personal_data_incidents 1 1 2
posts_without_failure 50 2 3
profile_compliance 100 1 2
rules_met_everywhere 12.5 8 0`},
		{"compliance, all", indicator.Institution, "", 0, indicator.Newest, "\ncompliance_range 49.375 3 3\ndepartments_above_90 33.3333 3 3\nrules_met_everywhere 12.5 8 0\npersonal_data_incidents 1 3 5"},

		{"unification", indicator.Institution, "", 0, indicator.Newest, `
activity_between_groups 77.6442 5 1
activity_theil 1.1801 5 1
posts_per_week_spread 4.7668 5 1
response_rate_spread 35.3553 2 2
response_rate_spread_within_kinds 42.4264 10 4
response_time_spread_within_kinds 116.6726 10 4
same_language_spread_within_kinds 42.4264 10 0`},

		{"cohesion", indicator.Institution, "", 0, indicator.Newest, `
departments_connected 80 5 1
isolated_accounts 16.6667 6 1
mention_density 10 30 1
ties 6 6 1
ties_across_departments 83.3333 6 1
ties_reciprocated 33.3333 6 1`},
		{"cohesion of a department", indicator.Department, "a", 0, indicator.Newest, "\nisolated_accounts 0 2 0\nmention_density 20 10 0\nties 2 2 0\nties_across_departments 50 2 0\nties_reciprocated 50 2 0"},

		// In the second week nothing happened: no value, and nothing unknown but the account that was never read. Counts are zero.
		{"nothing to divide by", indicator.Institution, "", 1, indicator.Newest, `
activity_between_groups ? 4 1
activity_theil ? 4 1
answered_within_24h ? 0 1
compliance_coverage ? 0 7
compliance_must ? 0 7
compliance_range ? 0 5
departments_above_90 ? 0 5
engagement ? 0 1 apart 1
interaction_concentration ? 0 1 apart 1
interaction_rate ? 0 1 apart 1
messages_received 0 3 1
messages_told ? 0 1
personal_data_incidents ? 0 7
popularity_share ? 0 1 apart 1
posts_per_week_spread 0 4 1
posts_without_failure ? 0 7
queries_answered ? 0 1
response_rate_spread ? 0 1
response_rate_spread_within_kinds ? 0 0
response_time_spread_within_kinds ? 0 0
rules_met_everywhere ? 0 0
same_language_spread_within_kinds ? 0 0
ties 0 5 1
ties_across_departments ? 0 1
ties_reciprocated ? 0 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.TrimPrefix(c.want, "\n") + "\n"
			var ids []string
			for line := range strings.Lines(want) {
				ids = append(ids, strings.Fields(line)[0])
			}
			got := map[string]indicator.Value{}
			for _, v := range compute(t, db, c.level, weeks[c.week:c.week+1], indicator.Options{AgeClass: c.age}, ids...) {
				if v.Unit == c.unit {
					got[v.Indicator] = v
				}
			}
			var ordered []indicator.Value
			for _, id := range ids {
				ordered = append(ordered, got[id])
			}
			if diff := cmp.Diff(want, entries(ordered)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Windows overlap: each has its own answers, in the order in which they were asked for.
func testWaits(t *testing.T, db *store.DB) {
	fortnight := pipeline.Window{From: weeks[0].From, To: weeks[1].To}
	got, err := indicator.Waits(t.Context(), db, []pipeline.Window{weeks[1], fortnight, weeks[0]})
	if err != nil {
		t.Fatal(err)
	}
	var want []indicator.Wait
	for _, w := range []pipeline.Window{fortnight, weeks[0]} {
		for _, x := range []struct {
			account, kind string
			hours         float64
			answered      bool
			count         int64
		}{
			{"a1", "", 168, false, 1}, {"a1", "complaint", 168, false, 1}, {"a1", "incident", 1, true, 1}, {"a1", "incident", 2, true, 1}, {"a1", "incident", 3, true, 1},
			{"a1", "incident", 4, true, 1}, {"a1", "incident", 168, false, 1}, {"a1", "query", 5, true, 1}, {"a1", "query", 30, true, 1}, {"a1", "thanks", 10, true, 1},
			{"e1", "incident", 10, true, 1}, {"e1", "incident", 168, false, 4}, // one was answered, too late
		} {
			want = append(want, indicator.Wait{Account: pipeline.AccountID(x.account), Department: x.account[:1], Window: w, Kind: x.kind, Hours: x.hours, Answered: x.answered, Count: x.count})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func testArcs(t *testing.T, db *store.DB) {
	fortnight := pipeline.Window{From: weeks[0].From, To: weeks[1].To}
	got, err := indicator.Arcs(t.Context(), db, []pipeline.Window{fortnight, weeks[0], weeks[1]})
	if err != nil {
		t.Fatal(err)
	}
	var want []indicator.Arc
	for _, w := range []pipeline.Window{fortnight, weeks[0]} {
		want = append(want,
			indicator.Arc{From: "a1", To: "a3", Window: w, Kind: "mention", Count: 1},
			indicator.Arc{From: "a1", To: "b1", Window: w, Kind: "mention", Count: 1}, // written twice in one post
			indicator.Arc{From: "b1", To: "a1", Window: w, Kind: "reply", Count: 1},
			indicator.Arc{From: "c1", To: "a1", Window: w, Kind: "share", Count: 1},
			indicator.Arc{From: "e1", To: "b1", Window: w, Kind: "share", Count: 1},
			indicator.Arc{From: "e1", To: "c1", Window: w, Kind: "share", Count: 1})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := indicator.Arcs(t.Context(), nil, []pipeline.Window{{}}); err == nil {
		t.Error("an empty window was not refused")
	}
}
