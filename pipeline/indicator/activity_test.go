package indicator_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/plan"
	"presencia/pipeline/store"
)

// What five accounts published in four weeks of Madrid is counted by plain loops, and must be what the definitions answer: of
// every department, and of the institution. Accounts of department one declare their language, those of two show no images.
func TestDefinitionsAgainstLoops(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	ctx, db, r := t.Context(), open(t), rand.New(rand.NewPCG(1, 2))
	start := time.Date(2014, 3, 17, 0, 0, 0, 0, madrid) // the clocks are put forward on the 30th
	w := pipeline.Window{From: start, To: start.AddDate(0, 0, 28)}
	reg := &pipeline.Register{
		Version:     "v",
		Institution: pipeline.Institution{Name: "Example", TimeZone: "Europe/Madrid", Population: 2000, Languages: []string{"es", "ca-ES-valencia"}},
		Departments: []pipeline.Department{{ID: "one", Name: "One", Group: pipeline.Participant}, {ID: "two", Name: "Two", Group: pipeline.Comparison}},
	}
	gives := map[string][]pipeline.Field{
		"one": {pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostLanguage, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMedia, pipeline.FieldAlt},
		"two": {pipeline.FieldFollowers, pipeline.FieldFollowing, pipeline.FieldPostLinks, pipeline.FieldHashtags},
	}
	type account struct {
		pipeline.Account
		posts                  []pipeline.Post
		before, end, following int64
	}
	var accounts []*account
	for i := range 5 {
		a := &account{before: int64(100 + 50*i), end: int64(130 + 45*i), following: int64(10 + i)}
		a.Account = pipeline.Account{ID: pipeline.AccountID(fmt.Sprint("a", i)), Department: []string{"one", "one", "two", "two", "two"}[i], Platform: pipeline.Mastodon, Handle: fmt.Sprintf("@a%d@x.example", i)}
		if i == 1 {
			a.Languages = []string{"es"}
		}
		for n := range []int{40, 3, 25, 0, 9}[i] {
			p := pipeline.Post{ID: fmt.Sprint("p", i, "-", n), CreatedAt: start.Add(time.Duration(r.Int64N(int64(w.To.Sub(w.From)/time.Second))) * time.Second),
				Kind: []pipeline.PostKind{pipeline.Own, pipeline.Own, pipeline.Own, pipeline.Reply, pipeline.Repost}[r.IntN(5)], Edited: r.IntN(2) == 0}
			if a.Department == "one" {
				p.Language = []string{"es", "ca", "ca-ES-valencia", "en", ""}[r.IntN(5)]
				for range r.IntN(3) {
					p.Media = append(p.Media, pipeline.Media{Kind: []string{"image", "video"}[r.IntN(2)], URL: "u", Alt: []string{"", "a boat"}[r.IntN(2)]})
				}
			}
			if r.IntN(2) == 0 {
				p.Links = []string{"https://x.example/a"}
			}
			p.Hashtags = []string{"a", "b", "c"}[:r.IntN(4)]
			a.posts = append(a.posts, p)
		}
		accounts, reg.Accounts = append(accounts, a), append(reg.Accounts, a.Account)
	}
	if err := db.SaveRegister(ctx, reg, []byte("x"), start); err != nil {
		t.Fatal(err)
	}
	for i, now := range []time.Time{start.Add(-48 * time.Hour), w.To.Add(-time.Hour), w.To.Add(time.Hour)} {
		var batches []*pipeline.Batch
		for _, a := range accounts {
			b := &pipeline.Batch{Account: a.ID, Gives: gives[a.Department], Profile: &pipeline.Profile{Followers: pipeline.CountOf([]int64{a.before, a.end, 9999}[i]), Following: pipeline.CountOf(a.following)}}
			if i > 0 {
				b.Posts = a.posts
			}
			batches = append(batches, b)
		}
		save(t, db, pipeline.RunInfo{ID: fmt.Sprint("run ", i), Kind: "collect", Started: now}, batches)
	}
	// The plan of department one: a slot at the time of each own post of its first account, ten minutes off, the last one an hour.
	var items []plan.Item
	var own []time.Time
	for _, p := range accounts[0].posts {
		if p.Kind == pipeline.Own {
			own = append(own, p.CreatedAt)
		}
	}
	slices.SortFunc(own, time.Time.Compare)
	middle := own[1 : len(own)-1]
	for i, at := range middle {
		items = append(items, plan.Item{ID: fmt.Sprint("i", i), Department: "one", Account: "a0", At: at.Add(10 * time.Minute), Tolerance: 15 * time.Minute, Format: "text", State: plan.Planned})
	}
	items = append(items, plan.Item{ID: "never", Department: "one", Account: "a3", At: middle[0].Add(time.Hour), Tolerance: time.Minute, Format: "text", State: plan.Planned})
	items[len(items)-1].Account = "a1"
	if _, err := db.SavePlan(ctx, items, madrid, start.AddDate(0, 0, -10)); err != nil {
		t.Fatal(err)
	}

	got := map[string]indicator.Value{}
	for _, level := range []indicator.Level{indicator.Department, indicator.Institution} {
		for _, v := range compute(t, db, level, []pipeline.Window{w}, indicator.Options{}) {
			got[v.Indicator+" "+cmp.Or(v.Unit, "all")] = v
		}
	}
	for _, unit := range []string{"one", "two", "all"} {
		var some []*account
		for _, a := range accounts {
			if unit == "all" || a.Department == unit {
				some = append(some, a)
			}
		}
		want := map[string]float64{}
		share := func(id string, of func(pipeline.Post) bool, when func(pipeline.Post) bool) {
			n, k := 0.0, 0.0
			for _, a := range some {
				for _, p := range a.posts {
					if of(p) && (!slices.Contains([]string{"media_share", "alt_text_share", "language_declared_share"}, id) || a.Department == "one") {
						n++
						if when(p) {
							k++
						}
					}
				}
			}
			want[id] = 100 * k / n // NaN: nothing to divide by
		}
		every := func(pipeline.Post) bool { return true }
		kind := func(k pipeline.PostKind) func(pipeline.Post) bool {
			return func(p pipeline.Post) bool { return p.Kind == k }
		}
		base := func(p pipeline.Post) string { return p.Language[:min(2, len(p.Language))] }
		spoken := func(p pipeline.Post) bool { return p.Kind == pipeline.Own && p.Language != "" }
		pictured := func(p pipeline.Post) bool {
			return p.Kind == pipeline.Own && slices.ContainsFunc(p.Media, func(m pipeline.Media) bool { return m.Kind == "image" })
		}
		share("own_share", every, kind(pipeline.Own))
		share("replies_share", every, kind(pipeline.Reply))
		share("reposts_share", every, kind(pipeline.Repost))
		share("weekend_share", every, func(p pipeline.Post) bool {
			d := p.CreatedAt.In(madrid).Weekday()
			return d == time.Saturday || d == time.Sunday
		})
		share("media_share", kind(pipeline.Own), func(p pipeline.Post) bool { return len(p.Media) > 0 })
		share("alt_text_share", pictured, func(p pipeline.Post) bool {
			return !slices.ContainsFunc(p.Media, func(m pipeline.Media) bool { return m.Kind == "image" && m.Alt == "" })
		})
		share("links_share", kind(pipeline.Own), func(p pipeline.Post) bool { return len(p.Links) > 0 })
		share("first_language_share", spoken, func(p pipeline.Post) bool { return base(p) == "es" })
		share("second_language_share", spoken, func(p pipeline.Post) bool { return base(p) == "ca" })
		share("other_language_share", spoken, func(p pipeline.Post) bool { return base(p) == "en" })
		share("language_declared_share", kind(pipeline.Own), func(p pipeline.Post) bool { return p.Language != "" })
		official := func(p pipeline.Post) bool { return spoken(p) && base(p) != "en" }
		share("bilingual_balance", official, func(p pipeline.Post) bool { return base(p) == "es" })
		es := want["bilingual_balance"]
		want["bilingual_balance"] = 2 * min(es, 100-es)

		var days, weeks, active, replies, reposts, posts, tags, silence, gained, bases, ends, following, most float64
		hours := map[int]float64{}
		var followers []float64
		for _, a := range some {
			busy, week := map[int]bool{}, map[int]bool{}
			moments := []time.Time{w.From, w.To}
			for _, p := range a.posts {
				at := p.CreatedAt.In(madrid)
				moments = append(moments, at)
				busy[at.YearDay()] = true
				_, iso := at.ISOWeek()
				week[iso] = true
				switch p.Kind {
				case pipeline.Own:
					posts++
					tags += float64(len(p.Hashtags))
					hours[int(at.Weekday())*24+at.Hour()]++
				case pipeline.Reply:
					replies++
				case pipeline.Repost:
					reposts++
				}
			}
			if len(a.posts) > 0 {
				active++
			}
			slices.SortFunc(moments, time.Time.Compare)
			longest := time.Duration(0)
			for i := range moments[1:] {
				longest = max(longest, moments[i+1].Sub(moments[i]))
			}
			silence += longest.Hours() / 24
			days, weeks = days+float64(len(busy)), weeks+float64(len(week))
			gained, bases, ends, following = gained+float64(a.end-a.before), bases+float64(a.before), ends+float64(a.end), following+float64(a.following)
			most, followers = max(most, float64(a.end)), append(followers, float64(a.end))
		}
		n := float64(len(some))
		entropy := 0.0
		for _, c := range hours {
			entropy -= c / posts * math.Log(c/posts)
		}
		slices.Sort(followers)
		for id, v := range map[string]float64{
			"accounts_open": n, "accounts_active": active, "accounts_quiet": n - active, "accounts_active_share": 100 * active / n, "accounts_read_share": 100, "networks_per_department": 1,
			"own_posts": posts, "replies_sent": replies, "reposts_made": reposts, "posts": posts + replies + reposts, "deleted_posts": 0, "hashtags_per_post": tags / posts,
			"days_with_post": 100 * days / (28 * n), "weeks_with_post": 100 * weeks / (4 * n), "longest_silence": silence / n, "posting_hours": math.Exp(entropy),
			"posts_per_week": posts / (w.To.Sub(w.From).Hours() / 168),
			"followers":      ends, "followers_gained": gained, "follower_growth": 100 * gained / bases, "coverage": ends / 2, "followers_top_share": 100 * most / ends,
			"followers_median": (followers[(len(some)-1)/2] + followers[len(some)/2]) / 2, "following": following, "reciprocity": 100 * following / ends,
		} {
			want[id] = v
		}
		switch unit {
		case "all":
			want["departments_with_presence"], want["plan_coverage"] = 2, 50
			fallthrough
		case "one":
			want["plan_items"], want["plan_slots_kept"] = float64(len(items)), 100*float64(len(middle))/float64(len(items))
		}
		if unit == "one" {
			want["planned_share"] = 0
			for _, a := range some {
				for _, p := range a.posts {
					if p.Kind == pipeline.Own && slices.ContainsFunc(items, func(i plan.Item) bool { return i.Account == a.ID && p.CreatedAt.Sub(i.At).Abs() <= i.Tolerance }) {
						want["planned_share"] += 100 / posts
					}
				}
			}
			var lead []float64
			for _, i := range items {
				lead = append(lead, i.At.Sub(start.AddDate(0, 0, -10)).Hours()/24)
			}
			slices.Sort(lead)
			want["plan_lead"] = (lead[(len(lead)-1)/2] + lead[len(lead)/2]) / 2
		}
		for id, x := range want {
			v := got[id+" "+unit]
			if v.Known == math.IsNaN(x) || v.Known && math.Abs(v.Value-x) > 1e-9*max(1, math.Abs(x)) {
				t.Errorf("%s of %s: %v (known %v, n %d, unknown %d), counted %v", id, unit, v.Value, v.Known, v.N, v.Unknown, x)
			}
		}
	}
	// The first account is to use both languages, the second Spanish alone; a post without a language may be in any.
	var all, decided, open float64
	for i, a := range accounts[:2] {
		used := map[string]bool{}
		for _, p := range a.posts {
			if p.Kind == pipeline.Own {
				used[p.Language[:min(2, len(p.Language))]] = true
			}
		}
		switch {
		case used["es"] && (i == 1 || used["ca"]):
			all, decided = all+1, decided+1
		case used[""]:
			open++
		case len(used) > 0:
			decided++
		}
	}
	if v := got["languages_kept one"]; !v.Known || v.Value != 100*all/decided || v.N != int64(decided) || v.Unknown != int64(open) {
		t.Errorf("languages kept: %+v, counted %v of %v, %v open", v, all, decided, open)
	}
}

// Where the terms of a network do not allow a figure in a sum, its accounts are left out of departments, counted, and kept by themselves.
func TestNetworksThatStandAlone(t *testing.T) {
	db := open(t)
	reg := &pipeline.Register{
		Version: "v", Institution: pipeline.Institution{Name: "Example", TimeZone: "UTC"},
		Departments: []pipeline.Department{{ID: "mixed", Name: "Mixed"}, {ID: "video", Name: "Video"}},
		Accounts: []pipeline.Account{
			{ID: "m", Department: "mixed", Platform: pipeline.Mastodon, Handle: "@m@x.example"}, {ID: "y", Department: "mixed", Platform: pipeline.YouTube, Handle: "@y"},
			{ID: "z", Department: "video", Platform: pipeline.YouTube, Handle: "@z"},
		},
	}
	if err := db.SaveRegister(t.Context(), reg, nil, at(1, "00:00:00")); err != nil {
		t.Fatal(err)
	}
	for i, followers := range []int64{100, 110} {
		var batches []*pipeline.Batch
		for _, a := range reg.Accounts {
			batches = append(batches, &pipeline.Batch{Account: a.ID, Gives: []pipeline.Field{pipeline.FieldFollowers}, Profile: &pipeline.Profile{Followers: pipeline.CountOf(followers)}})
		}
		save(t, db, pipeline.RunInfo{ID: fmt.Sprint("run ", i), Kind: "collect", Started: at(5+3*i, "12:00:00")}, batches)
	}
	for _, c := range []struct {
		level indicator.Level
		unit  string
		known bool
		apart int64
	}{
		{indicator.Institution, "", true, 2}, {indicator.Department, "mixed", true, 1}, {indicator.Department, "video", false, 1},
		{indicator.Account, "m", true, 0}, {indicator.Account, "z", true, 0}, {indicator.Platform, "youtube", true, 0},
	} {
		values := compute(t, db, c.level, weeks[:1], indicator.Options{}, "follower_growth")
		i := slices.IndexFunc(values, func(v indicator.Value) bool { return v.Unit == c.unit })
		if i < 0 {
			t.Errorf("%s %q has no value", c.level, c.unit)
			continue
		}
		if v := values[i]; v.Known != c.known || v.Apart != c.apart || v.Known && math.Abs(v.Value-10) > 1e-9 {
			t.Errorf("%s %q: %+v", c.level, c.unit, v)
		}
	}
}

// BenchmarkAllIndicators computes the whole ledger for a thousand accounts over sixty months: 1.2 million posts read twice, 120,000
// messages, 1.2 million subjects under thirty rules, and readings by the week. The engine makes the data by itself.
func BenchmarkAllIndicators(b *testing.B) {
	db, months := thousand(b), make([]pipeline.Window, 60)
	for i := range months {
		months[i] = pipeline.Month(2020, time.January+time.Month(i), time.UTC)
	}
	all, err := indicator.All()
	if err != nil {
		b.Fatal(err)
	}
	for _, level := range []indicator.Level{indicator.Department, indicator.Account} {
		b.Run(string(level), func(b *testing.B) {
			for b.Loop() {
				if _, err := indicator.Compute(b.Context(), db, all, level, months, indicator.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		for _, group := range indicator.Groups {
			some := slices.DeleteFunc(slices.Clone(all), func(i indicator.Indicator) bool { return i.Group != group || !i.At(level) })
			if len(some) == 0 {
				continue
			}
			b.Run(string(level)+"/"+group, func(b *testing.B) {
				for b.Loop() {
					if _, err := indicator.Compute(b.Context(), db, some, level, months, indicator.Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// thousand stores a thousand accounts of a hundred departments with five years of history.
func thousand(b *testing.B) *store.DB {
	db := open(b)
	reg := &pipeline.Register{Version: "v", Institution: pipeline.Institution{Name: "x", TimeZone: "Europe/Madrid", Population: 2_000_000, Languages: []string{"es", "ca-ES-valencia"}}}
	for d := range 100 {
		reg.Departments = append(reg.Departments, pipeline.Department{ID: fmt.Sprintf("d%02d", d), Name: "d", Group: []pipeline.Group{pipeline.Participant, pipeline.Comparison}[d/60]})
	}
	networks := []pipeline.Platform{pipeline.Mastodon, pipeline.Bluesky, pipeline.Facebook, pipeline.Instagram, pipeline.YouTube}
	for a := range 1000 {
		reg.Accounts = append(reg.Accounts, pipeline.Account{ID: pipeline.AccountID(fmt.Sprintf("a%03d", a)), Department: fmt.Sprintf("d%02d", a/10),
			Platform: networks[a%5], Handle: fmt.Sprintf("@a%03d@x.example", a), Languages: []string{"es", "ca-ES-valencia"}[:1+a%2]})
	}
	if err := db.SaveRegister(b.Context(), reg, nil, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		b.Fatal(err)
	}
	word := strings.NewReplacer(
		"{account}", "concat('a', leftPad(toString(number % 1000), 3, '0'))", "{week}", "concat('r', leftPad(toString(intDiv(number, 1000)), 3, '0'))",
		"{first}", "toDateTime64('2020-01-01 00:00:00', 3, 'UTC')",
		"{gives}", "['post.text', 'post.kind', 'post.mentions', 'post.links', 'post.hashtags', 'post.media', 'post.media.alt', 'post.language', 'post.likes', 'post.replies', 'post.reposts', 'messages']")
	for _, statement := range []string{
		`INSERT INTO runs SELECT concat('r', leftPad(toString(number), 3, '0')), 'collect', {first} + toIntervalDay(number * 7), {first} + toIntervalDay(number * 7), 'v', 't', 1000, 0, 1 FROM numbers(262)`,
		`INSERT INTO outcomes (account, at, run, platform, state, gives) SELECT {account}, {first} + toIntervalDay(intDiv(number, 1000) * 7), {week}, 'mastodon', 'ok', {gives} FROM numbers(262000)`,
		`INSERT INTO profiles (account, observed, run, followers, following, gives) SELECT {account}, {first} + toIntervalDay(intDiv(number, 1000) * 7), {week}, 100 + number % 977 + intDiv(number, 1000), 50 + number % 1000,
			['account.followers', 'account.following'] FROM numbers(262000)`,
		`INSERT INTO posts (account, post, run, observed, created, kind, text, language, in_reply_to, links, hashtags, mentions, media_kind, media_url, media_alt, media_captions, gives)
			SELECT {account}, concat('p', toString(number)), concat('r', leftPad(toString(intDiv(dateDiff('day', toDate('2020-01-01'), created), 7) + 1), 3, '0')), created + toIntervalDay(7),
			{first} + toIntervalSecond(toUInt64(number / 1200000 * 1827 * 86400)) AS created, ['own', 'own', 'own', 'own', 'reply', 'repost'][1 + cityHash64(number) % 6] AS k, 'Una publicación como tantas otras',
			['es', 'ca', '', 'en'][1 + cityHash64(number, 3) % 4], if(k = 'reply', concat('m', toString(intDiv(number, 10))), ''), if(number % 2, ['https://x.example/a'], []), if(number % 3 = 0, ['uno', 'dos'], []),
			if(cityHash64(number, 2) % 5 = 0, [concat('a', leftPad(toString(cityHash64(number, 9) % 1000), 3, '0'), '@x.example')], []),
			if(number % 2 = 0, ['image'], []), if(number % 2 = 0, ['u'], []), if(number % 2 = 0, [if(number % 4 = 0, 'alt', '')], []), if(number % 2 = 0, [false], []), {gives} FROM numbers(1200000)`,
		`INSERT INTO figures (account, post, observed, run, created, likes, replies, reposts, views)
			SELECT account, post, created + toIntervalDay(if(n = 0, 8, 31)), run, created, cityHash64(post) % 50, cityHash64(post, 1) % 5, cityHash64(post, 2) % 9, cityHash64(post, 3) % 900 FROM posts ARRAY JOIN [0, 1] AS n`,
		`INSERT INTO messages (account, message, run, observed, received, author, language, kind) SELECT {account}, concat('m', toString(number)), 'r001', received,
			{first} + toIntervalSecond(toUInt64(number / 120000 * 1827 * 86400)) AS received, toString(cityHash64(number) % 5000), 'es', ['query', 'complaint', 'incident', 'thanks', 'other'][1 + cityHash64(number, 7) % 5] FROM numbers(120000)`,
		`INSERT INTO guides (guide, place, rule, version, scope, severity, params) SELECT 'g', number + 1, concat('rule', toString(number)), 1, 'post', 'low', '{}' FROM numbers(30)`,
		`INSERT INTO verdicts (account, subject, window_from, window_to, run, guide, at, checked, letters) SELECT account, post, toStartOfMonth(created), addMonths(toStartOfMonth(created), 1), 'r261', 'g', created,
			toDateTime64('2025-01-01 00:00:00', 3, 'UTC'), arrayStringConcat(arrayMap(i -> ['p', 'p', 'w', 'f', '?', '-'][1 + cityHash64(post, i) % 6], range(30))) FROM posts`,
		`INSERT INTO plan_items (department, month, saved, version, item, account, planned, tolerance, languages, format, state) SELECT concat('d', leftPad(toString(number % 100), 2, '0')), toStartOfMonth(planned),
			toStartOfMonth(planned) - 5, 'v', concat('i', toString(number)), if(number % 7 = 0, '', concat('a', leftPad(toString((number % 100) * 10 + number % 10), 3, '0'))),
			{first} + toIntervalSecond(toUInt64(number / 60000 * 1827 * 86400)) AS planned, 3600, ['es'], 'text', 'planned' FROM numbers(60000)`,
	} {
		var none []struct{}
		if err := db.Select(b.Context(), &none, word.Replace(statement)); err != nil {
			b.Fatal(err)
		}
	}
	return db
}
