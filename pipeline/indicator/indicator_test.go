package indicator

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryIndicatorHasHead(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	primary := 0
	for _, i := range all {
		if i.Primary {
			primary++
		}
		for lang, title := range i.Title {
			if strings.HasSuffix(title, ".") {
				t.Errorf("%s: the title in %s ends in a full stop", i.ID, lang)
			}
		}
	}
	for _, group := range Groups {
		if !slices.ContainsFunc(all, func(i Indicator) bool { return i.Group == group }) {
			t.Errorf("there is no indicator of the group %s", group)
		}
	}
	if len(all) < 50 {
		t.Errorf("%d indicators; the ledger promises fifty or more", len(all))
	}
	if primary < 3 || primary > 4 {
		t.Errorf("%d primary indicators; a plan promises three or four", primary)
	}
}

func TestBadHeadsAreRefused(t *testing.T) {
	b, err := files.ReadFile("sql/own_posts.sql")
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	if _, err := parse("own_posts", b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"another id", "id: own_posts", "id: posts", `id: is "posts"`},
		{"unknown key", "-- kind: count", "-- kind: count\n-- colour: red", "colour"},
		{"doubled key", "-- kind: count", "-- kind: count\n-- kind: count", "already defined"},
		{"no version", "version: 1", "version: 0", "version: is 0"},
		{"a day that does not exist", "2026-11-24", "2026-13-24", "is not a date"},
		{"group", "group: activity", "group: fun", `group: is "fun"`},
		{"a change with a sign", "worthwhile: 20", "worthwhile: -20", "worthwhile: is -20"},
		{"a network that does not exist", "-- levels:", "-- alone: [friendster]\n-- terms: so\n-- levels:", `no platform "friendster"`},
		{"apart for no reason", "-- levels:", "-- alone: [youtube]\n-- levels:", "terms: belong to alone"},
		{"nothing on zero denominators", "--   en: There is no division.\n", "", "denominator: write it in en"},
		{"kind", "kind: count", "kind: number", `kind: is "number"`},
		{"spread of nothing", "kind: count", "kind: spread", "of: belongs to a spread"},
		{"scale", "scale: log", "scale: ln", `scale: is "ln"`},
		{"direction", "direction: 1", "direction: 2", "direction: is 2"},
		{"level", "[institution,", "[town,", `no level "town"`},
		{"a missing language", "--   ca-ES-valencia: Publicacions pròpies\n", "", "title: write it in ca-ES-valencia"},
		{"a language too many", "--   en: Own posts\n", "--   en: Own posts\n--   fr: Publications\n", "title: write it in"},
		{"no source", "source: ", "source: #", "source: say where"},
		{"two statements", "SELECT", "SELECT 1; SELECT", "one statement"},
		{"no query", good[strings.Index(good, "SELECT"):], "", "one statement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatal("the case changes nothing")
			}
			if _, err := parse("own_posts", []byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}
