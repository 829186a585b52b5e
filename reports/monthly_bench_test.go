package reports

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/store"
)

// BenchmarkMonthlyReport writes the report of the last of 36 months as page and workbook, of 60 and of 1,000 accounts that post
// twenty times a month, are read by the week and judged under thirty rules. It tells the process' highest resident memory as well,
// 300 MB of which are the engine before it is asked anything.
func BenchmarkMonthlyReport(b *testing.B) {
	for _, accounts := range []int{60, 1000} {
		b.Run(fmt.Sprintf("%d accounts", accounts), func(b *testing.B) {
			db, r := years(b, accounts)
			in := Input{Querier: db, Register: r, Rules: rules, Language: "es", Program: "test", GuideVersion: "g"}
			month := pipeline.Month(2022, time.December, r.Institution.Location())
			forget()
			for b.Loop() {
				d, err := Monthly(b.Context(), in, month)
				if err != nil {
					b.Fatal(err)
				}
				if err := WriteXLSX(io.Discard, d); err != nil {
					b.Fatal(err)
				}
				if err := WriteHTML(io.Discard, d); err != nil && !errors.Is(err, ErrNoECharts) {
					b.Fatal(err)
				}
			}
			if mb, ok := peak(); ok {
				b.ReportMetric(mb, "MB-peak")
			}
		})
	}
}

// forget makes Linux measure the highest resident memory anew; elsewhere peak answers nothing.
func forget() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the highest resident memory since.
func peak() (float64, bool) {
	status, err := os.ReadFile("/proc/self/status")
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if err != nil || m == nil {
		return 0, false
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	return kb / 1024, err == nil
}

// years stores an institution with three years of history; the engine makes its data by itself.
func years(b *testing.B, accounts int) (*store.DB, *pipeline.Register) {
	db, err := store.Open(b.Context(), "chdb:"+b.TempDir(), store.Options{Log: slog.New(slog.DiscardHandler), Program: "test"})
	if errors.Is(err, store.ErrNoEngine) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	r := &pipeline.Register{Version: "v", Institution: pipeline.Institution{Name: "Institución", TimeZone: "Europe/Madrid", Population: 2_000_000, Languages: []string{"es", "ca-ES-valencia"}}}
	for d := range accounts / 3 {
		r.Departments = append(r.Departments, pipeline.Department{ID: fmt.Sprintf("d%03d", d), Name: fmt.Sprintf("Departamento %d", d), Group: []pipeline.Group{pipeline.Participant, pipeline.Comparison}[d%2]})
	}
	networks := []pipeline.Platform{pipeline.Mastodon, pipeline.Bluesky, pipeline.Facebook, pipeline.Instagram, pipeline.YouTube}
	for a := range accounts {
		r.Accounts = append(r.Accounts, pipeline.Account{ID: pipeline.AccountID(fmt.Sprintf("a%03d", a)), Department: r.Departments[a%len(r.Departments)].ID,
			Platform: networks[a%5], Handle: fmt.Sprintf("@a%03d@x.example", a), Languages: []string{"es", "ca-ES-valencia"}[:1+a%2]})
	}
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := db.SaveRegister(b.Context(), r, nil, start); err != nil {
		b.Fatal(err)
	}
	posts, messages := accounts*36*20, accounts*36*2
	word := strings.NewReplacer(
		"{accounts}", fmt.Sprint(accounts), "{readings}", fmt.Sprint(accounts*158), "{posts}", fmt.Sprint(posts), "{messages}", fmt.Sprint(messages),
		"{account}", fmt.Sprintf("concat('a', leftPad(toString(number %% %d), 3, '0'))", accounts), "{first}", "toDateTime64('2020-01-01 00:00:00', 3, 'UTC')",
		"{gives}", "['account.followers', 'post.text', 'post.kind', 'post.mentions', 'post.links', 'post.hashtags', 'post.media', 'post.media.alt', 'post.language', 'post.likes', 'post.replies', 'post.reposts', 'messages']")
	for _, statement := range []string{
		`INSERT INTO runs SELECT concat('r', leftPad(toString(number), 3, '0')), 'collect', {first} + toIntervalDay(number * 7), {first} + toIntervalDay(number * 7), 'v', 't', {accounts}, 0, 1 FROM numbers(158)`,
		`INSERT INTO outcomes (account, at, run, platform, state, gives) SELECT {account}, {first} + toIntervalDay(intDiv(number, {accounts}) * 7), concat('r', leftPad(toString(intDiv(number, {accounts})), 3, '0')),
			'mastodon', 'ok', {gives} FROM numbers({readings})`,
		`INSERT INTO profiles (account, observed, run, followers, following, gives) SELECT account, at, run, 100 + cityHash64(account) % 977 + dateDiff('week', {first}, at), 50, gives FROM outcomes`,
		`INSERT INTO posts (account, post, run, observed, created, kind, text, language, in_reply_to, links, hashtags, mentions, media_kind, media_url, media_alt, media_captions, gives)
			SELECT {account}, concat('p', toString(number)), concat('r', leftPad(toString(intDiv(dateDiff('day', toDate('2020-01-01'), created), 7) + 1), 3, '0')), created + toIntervalDay(7),
			{first} + toIntervalSecond(toUInt64(number / {posts} * 1096 * 86400)) AS created, ['own', 'own', 'own', 'own', 'reply', 'repost'][1 + cityHash64(number) % 6] AS k, 'Una publicación como tantas otras',
			['es', 'ca', '', 'en'][1 + cityHash64(number, 3) % 4], if(k = 'reply', concat('m', toString(intDiv(number, 10))), ''), if(number % 2, ['https://x.example/a'], []), if(number % 3 = 0, ['uno', 'dos'], []),
			if(cityHash64(number, 2) % 5 = 0, [concat('a', leftPad(toString(cityHash64(number, 9) % {accounts}), 3, '0'), '@x.example')], []),
			if(number % 2 = 0, ['image'], []), if(number % 2 = 0, ['u'], []), if(number % 2 = 0, [if(number % 4 = 0, 'alt', '')], []), if(number % 2 = 0, [false], []), {gives} FROM numbers({posts})`,
		`INSERT INTO figures (account, post, observed, run, created, likes, replies, reposts, views)
			SELECT account, post, created + toIntervalDay(if(n = 0, 8, 31)), run, created, cityHash64(post) % 50, cityHash64(post, 1) % 5, cityHash64(post, 2) % 9, cityHash64(post, 3) % 900 FROM posts ARRAY JOIN [0, 1] AS n`,
		`INSERT INTO messages (account, message, run, observed, received, author, language, kind) SELECT {account}, concat('m', toString(number)), 'r001', received,
			{first} + toIntervalSecond(toUInt64(number / {messages} * 1096 * 86400)) AS received, toString(cityHash64(number) % 5000), 'es', ['query', 'complaint', 'incident', 'thanks', 'other'][1 + cityHash64(number, 7) % 5] FROM numbers({messages})`,
		`INSERT INTO guides (guide, place, rule, version, scope, severity, params) SELECT 'g', number + 1, if(number < 4, ['post-hashtag-max', 'post-no-personal-data', 'own-hashtags', 'post-video-captions'][number + 1], concat('rule', toString(number))), 1, 'post', 'low', '{}' FROM numbers(30)`,
		`INSERT INTO verdicts (account, subject, window_from, window_to, run, guide, at, checked, letters) SELECT account, post, toStartOfMonth(created), addMonths(toStartOfMonth(created), 1), 'r157', 'g', created,
			toDateTime64('2023-01-01 00:00:00', 3, 'UTC'), arrayStringConcat(arrayMap(i -> ['p', 'p', 'w', 'f', '?', '-'][1 + cityHash64(post, i) % 6], range(30))) FROM posts`,
	} {
		var none []struct{}
		if err := db.Select(b.Context(), &none, word.Replace(statement)); err != nil {
			b.Fatal(err)
		}
	}
	return db, r
}
