package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// However an account is written in the register and wherever a link to it stands, both have one name.
func TestLinksAndAccountsHaveOneName(t *testing.T) {
	for _, c := range []struct {
		link    string
		account pipeline.Account
		same    bool
	}{
		{"https://social.example/@Dip", pipeline.Account{Platform: pipeline.Mastodon, Handle: "@dip@social.example"}, true},
		{"https://social.example/users/dip", pipeline.Account{Platform: pipeline.Mastodon, Handle: "dip", Server: "https://social.example/"}, true},
		{"https://other.example/@dip", pipeline.Account{Platform: pipeline.Mastodon, Handle: "@dip@social.example"}, false},
		{"https://bsky.app/profile/dip.example", pipeline.Account{Platform: pipeline.Bluesky, Handle: "@dip.example"}, true},
		{"https://bsky.app/profile/did:plc:abc", pipeline.Account{Platform: pipeline.Bluesky, Handle: "@dip.example", StableID: "did:plc:abc"}, true},
		{"https://mobile.twitter.com/Dip/", pipeline.Account{Platform: pipeline.X, Handle: "@dip"}, true},
		{"https://x.com/dip/status/1", pipeline.Account{Platform: pipeline.X, Handle: "@dip"}, false},
		{"https://x.com/dip", pipeline.Account{Platform: pipeline.Instagram, Handle: "@dip"}, false},
		{"https://www.youtube.com/@Dip", pipeline.Account{Platform: pipeline.YouTube, Handle: "@dip"}, true},
		{"https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv", pipeline.Account{Platform: pipeline.YouTube, Handle: "@dip", StableID: "UCabcdefghijklmnopqrstuv"}, true},
		{"https://dip.wordpress.com/", pipeline.Account{Platform: pipeline.WordPress, Handle: "blog", Server: "https://dip.wordpress.com/wp-json"}, true},
		{"https://dip.example/feed", pipeline.Account{Platform: pipeline.Feed, Handle: "blog", Server: "https://dip.example/feed"}, false},
		{"mailto:dip@dip.example", pipeline.Account{Platform: pipeline.X, Handle: "@dip"}, false},
		{"", pipeline.Account{}, false},
	} {
		if got := len(linked([]pipeline.Account{c.account}, []string{c.link}, true)) == 1; got != c.same {
			t.Errorf("%s and %v: %v; the link leads to %q, the account is %q", c.link, c.account.Asked(), got, accountAt(c.link), addresses(c.account))
		}
	}
}

func TestStrangers(t *testing.T) {
	g := &Guide{register: &pipeline.Register{Accounts: []pipeline.Account{
		{Platform: pipeline.X, Handle: "@dip"}, {Platform: pipeline.Feed, Handle: "blog", Server: "https://dip.example/feed"},
	}}}
	links := []string{"https://x.com/Dip", "https://x.com/other", "https://twitter.com/Other", "https://dip.example/feed", "https://dip.example/contacto", "https://t.me/share/url?url=x"}
	if diff := cmp.Diff([]string{"https://x.com/other"}, g.strangers(links)); diff != "" {
		t.Error(diff)
	}
	if got := g.strangers(nil); got != nil {
		t.Errorf("no link, and strangers %v", got)
	}
}

func TestLacking(t *testing.T) {
	if diff := cmp.Diff([]string{"b", "c"}, lacking([]string{"a", "b", "c"}, []string{"a", "b", "a"}, 2)); diff != "" {
		t.Error(diff)
	}
	if got := lacking([]string{"a"}, nil, 0); len(got) > 0 {
		t.Errorf("nothing is asked for, and %v is lacking", got)
	}
}
