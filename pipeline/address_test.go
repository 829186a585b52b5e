package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccountAt(t *testing.T) {
	for address, want := range map[string]Account{
		"https://twitter.com/office":                                        {Platform: X, Handle: "@office"},
		"http://www.twitter.com/@office":                                    {},
		"https://mobile.twitter.com/office/":                                {Platform: X, Handle: "@office"},
		"https://x.com/office?s=20":                                         {Platform: X, Handle: "@office"},
		"https://x.com/office/status/123":                                   {},
		"https://x.com/intent/tweet?text=a":                                 {},
		"https://twitter.com/share?url=a":                                   {},
		"https://twitter.com/hashtag/festes":                                {},
		"https://www.facebook.com/office.example/":                          {Platform: Facebook, Handle: "office.example"},
		"https://es-es.facebook.com/office":                                 {Platform: Facebook, Handle: "office"},
		"https://www.facebook.com/profile.php?id=100064":                    {Platform: Facebook, Handle: "100064", StableID: "100064"},
		"https://www.facebook.com/pages/Office/123456789012":                {Platform: Facebook, Handle: "123456789012", StableID: "123456789012"},
		"https://www.facebook.com/Museo-de-la-Villa-123456789012/":          {Platform: Facebook, Handle: "Museo-de-la-Villa-123456789012", StableID: "123456789012"},
		"https://www.facebook.com/sharer/sharer.php?u=https://town.example": {},
		"https://www.facebook.com/sharer.php?u=https://town.example":        {},
		"https://www.facebook.com/dialog/share?app_id=1":                    {},
		"https://www.facebook.com/office/posts/pfbid0abc":                   {},
		"https://www.instagram.com/office_/?hl=es":                          {Platform: Instagram, Handle: "@office_"},
		"https://www.instagram.com/p/CabcDEF/":                              {},
		"https://www.threads.net/@office":                                   {Platform: Threads, Handle: "@office"},
		"https://www.threads.com/@office":                                   {Platform: Threads, Handle: "@office"},
		"https://www.youtube.com/@OfficeTV":                                 {Platform: YouTube, Handle: "@OfficeTV"},
		"https://www.youtube.com/@OfficeTV/videos":                          {Platform: YouTube, Handle: "@OfficeTV"},
		"https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv":          {Platform: YouTube, Handle: "UCabcdefghijklmnopqrstuv", StableID: "UCabcdefghijklmnopqrstuv"},
		"https://www.youtube.com/user/OfficeTV":                             {Platform: YouTube, Handle: "OfficeTV"},
		"https://www.youtube.com/watch?v=abc":                               {},
		"https://youtu.be/@abc":                                             {},
		"https://es.linkedin.com/company/diputaci%C3%B3n-de-ejemplo/":       {Platform: LinkedIn, Handle: "diputación-de-ejemplo"},
		"https://www.linkedin.com/company/12345":                            {Platform: LinkedIn, Handle: "12345", StableID: "12345"},
		"https://www.linkedin.com/in/somebody":                              {},
		"https://www.linkedin.com/shareArticle?mini=true":                   {},
		"https://www.tiktok.com/@office?lang=es":                            {Platform: TikTok, Handle: "@office"},
		"https://www.tiktok.com/@office/video/1":                            {},
		"https://t.me/office_news":                                          {Platform: Telegram, Handle: "@office_news"},
		"https://t.me/s/office_news":                                        {Platform: Telegram, Handle: "@office_news"},
		"https://t.me/share/url?url=a":                                      {},
		"https://t.me/+abcdef":                                              {},
		"https://bsky.app/profile/office.bsky.social":                       {Platform: Bluesky, Handle: "@office.bsky.social"},
		"https://bsky.app/profile/did:plc:abc":                              {Platform: Bluesky, Handle: "did:plc:abc", StableID: "did:plc:abc"},
		"https://bsky.app/profile/office.bsky.social/post/3k":               {},
		"https://bsky.app/intent/compose?text=a":                            {},
		"https://www.flickr.com/photos/office/":                             {Platform: Flickr, Handle: "office"},
		"https://www.flickr.com/people/12345678@N05/":                       {Platform: Flickr, Handle: "12345678@N05", StableID: "12345678@N05"},
		"https://www.flickr.com/photos/office/51234567890":                  {},
		"https://office.wordpress.com/":                                     {Platform: WordPress, Handle: "office", Server: "https://office.wordpress.com/"},
		"https://wordpress.com/tos/":                                        {},
		"https://social.example/@office":                                    {Platform: Mastodon, Handle: "@office@social.example"},
		"https://social.example/users/office":                               {Platform: Mastodon, Handle: "@office@social.example"},
		"https://social.example/@office/112233":                             {},
		"https://medium.com/@office":                                        {},
		"https://www.town.example/feed/":                                    {Platform: Feed, Handle: "town.example", Server: "https://www.town.example/feed/"},
		"https://www.town.example/noticias/rss.xml":                         {Platform: Feed, Handle: "town.example", Server: "https://www.town.example/noticias/rss.xml"},
		"https://www.town.example/":                                         {},
		"https://notfacebook.com/office":                                    {},
		"https://facebook.com.evil.example/office":                          {},
		"https://user:secret@x.com/office":                                  {},
		"javascript:alert(1)":                                               {}, "mailto:a@town.example": {}, "//x.com/office": {}, "": {}, "https://x.com/a%20b": {}, "https://[::1": {},
	} {
		got, ok := AccountAt(address)
		if ok != (want.Handle != "") {
			t.Errorf("%s: got %+v (%v), want %+v", address, got, ok, want)
			continue
		}
		if diff := cmp.Diff(want, got); ok && diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
}

func FuzzAccountAt(f *testing.F) {
	for _, s := range []string{"https://x.com/office", "https://www.facebook.com/pages/a/1", "https://www.youtube.com/channel/UC/videos", "https://a/@b", "https://a/feed", "https://t.me/s/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := AccountAt(s)
		if ok && (a.Platform == "" || a.Handle == "" || strings.ContainsAny(a.Handle, " \t\r\n") || strings.Contains(a.Handle, "://") || CanonicalHandle(a.Handle) == "") {
			t.Errorf("%q: %+v", s, a)
		}
	})
}
