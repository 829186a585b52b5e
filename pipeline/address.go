package pipeline

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// AccountAt reads the address of a profile as the account that it leads to: platform and handle, with server and stable
// id where the address has them. An address of anything else (a post, a share button, a page of the platform itself)
// is none. It asks nobody: on an unknown server /@name is taken for an account of the fediverse.
func AccountAt(address string) (Account, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return Account{}, false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	var path []string
	for _, s := range strings.Split(u.Path, "/") {
		if s = strings.TrimSpace(s); s != "" {
			path = append(path, s)
		}
	}
	for _, n := range networks {
		if !slices.ContainsFunc(n.hosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) }) {
			continue
		}
		if n.platform == "" {
			return Account{}, false
		}
		a := n.account(host, path, u.Query())
		a.Platform = n.platform
		return a, a.Handle != "" && !strings.ContainsFunc(a.Handle, unicode.IsSpace)
	}
	switch {
	case len(path) == 1 && fediverseName.MatchString(path[0]):
		return Account{Platform: Mastodon, Handle: path[0] + "@" + u.Host}, true
	case len(path) == 2 && path[0] == "users" && fediverseName.MatchString("@"+path[1]):
		return Account{Platform: Mastodon, Handle: "@" + path[1] + "@" + u.Host}, true
	case len(path) > 0 && feedFile.MatchString(path[len(path)-1]) && u.Fragment == "":
		return FeedAt(u), true
	}
	return Account{}, false
}

// FeedAt is the account of a feed at an address.
func FeedAt(u *url.URL) Account {
	return Account{Platform: Feed, Handle: strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), Server: u.String()}
}

var (
	fediverseName = regexp.MustCompile(`^@[A-Za-z0-9_]+([.-]*[A-Za-z0-9_]+)*$`)
	feedFile      = regexp.MustCompile(`(?i)^(feed|rss2?|atom|feed\.json|(feed|rss2?|atom|index)\.(xml|rss|rdf|atom)|[^.]+\.(rss|atom))$`)
	plainName     = regexp.MustCompile(`^[\p{L}\p{M}\p{N}._-]+$`)
	channelID     = regexp.MustCompile(`^UC[A-Za-z0-9_-]{22}$`)
	flickrID      = regexp.MustCompile(`^[0-9]+@N[0-9]{2}$`)
	digits        = regexp.MustCompile(`^[0-9]+$`)
	pageID        = regexp.MustCompile(`[0-9]{9,}$`)
)

// network is how a platform writes the addresses of its profiles; one without platform has no accounts for us although
// its addresses look so.
type network struct {
	platform Platform
	hosts    []string
	account  func(host string, path []string, query url.Values) Account
}

var networks = []network{
	{X, []string{"twitter.com", "x.com"}, first("@", `^[A-Za-z0-9_]{1,20}$`, 1,
		"i", "intent", "share", "home", "hashtag", "search", "explore", "login", "logout", "signup", "settings", "messages", "notifications", "compose", "tos", "privacy",
		"about", "account", "jobs", "download", "widgets", "statuses", "who_to_follow")},
	{Facebook, []string{"facebook.com", "fb.com", "fb.me"}, facebookAccount},
	{Instagram, []string{"instagram.com", "instagr.am"}, first("@", `^[A-Za-z0-9_.]{1,30}$`, 1,
		"p", "reel", "reels", "tv", "stories", "explore", "accounts", "direct", "about", "legal", "developer", "web", "share")},
	{Threads, []string{"threads.net", "threads.com"}, first("@", `^@[A-Za-z0-9_.]{1,30}$`, 1)},
	{YouTube, []string{"youtube.com"}, youtubeAccount},
	{LinkedIn, []string{"linkedin.com"}, func(_ string, path []string, _ url.Values) Account {
		if len(path) < 2 || !slices.Contains([]string{"company", "school", "showcase"}, path[0]) || !plainName.MatchString(path[1]) {
			return Account{} // /in/ is a person
		}
		return identified(path[1], digits.FindString(path[1]))
	}},
	{TikTok, []string{"tiktok.com"}, first("@", `^@[A-Za-z0-9_.]{1,24}$`, 1)},
	{Telegram, []string{"t.me", "telegram.me", "telegram.dog"}, func(host string, path []string, query url.Values) Account {
		if len(path) == 2 && path[0] == "s" { // the channel's preview
			path = path[1:]
		}
		return first("@", `^[A-Za-z][A-Za-z0-9_]{3,31}$`, 1,
			"share", "joinchat", "addstickers", "addemoji", "addtheme", "addlist", "setlanguage", "proxy", "socks", "login", "confirmphone", "invoice")(host, path, query)
	}},
	{Bluesky, []string{"bsky.app"}, func(_ string, path []string, _ url.Values) Account {
		switch {
		case len(path) != 2 || path[0] != "profile":
			return Account{}
		case strings.HasPrefix(path[1], "did:"):
			return identified(path[1], path[1])
		case !strings.Contains(path[1], ".") || !plainName.MatchString(path[1]):
			return Account{}
		}
		return Account{Handle: "@" + path[1]}
	}},
	{Flickr, []string{"flickr.com"}, func(_ string, path []string, _ url.Values) Account {
		if len(path) < 2 || len(path) > 3 || path[0] != "photos" && path[0] != "people" || slices.Contains([]string{"tags", "upload", "search"}, path[1]) {
			return Account{}
		}
		if id := flickrID.FindString(path[1]); id != "" {
			return identified(id, id)
		}
		if len(path) == 3 && digits.MatchString(path[2]) || !plainName.MatchString(path[1]) { // a photograph
			return Account{}
		}
		return Account{Handle: path[1]}
	}},
	{WordPress, []string{"wordpress.com"}, func(host string, path []string, _ url.Values) Account {
		name, ok := strings.CutSuffix(host, ".wordpress.com")
		if !ok || strings.Contains(name, ".") || len(path) > 0 || slices.Contains([]string{"www", "public-api", "developer", "s0", "s1", "s2", "en", "es", "ca"}, name) {
			return Account{}
		}
		return Account{Handle: name, Server: "https://" + host + "/"}
	}},
	{"", []string{"medium.com", "youtu.be", "goo.gl", "flic.kr", "pinterest.com", "whatsapp.com", "wa.me", "google.com", "addtoany.com", "addthis.com", "npmjs.com"}, nil},
}

// first is the account whose name is the first part of the path, which has at most so many parts, unless the name is
// one that the platform keeps for itself.
func first(before, pattern string, most int, own ...string) func(string, []string, url.Values) Account {
	form := regexp.MustCompile(pattern)
	return func(_ string, path []string, _ url.Values) Account {
		if len(path) == 0 || len(path) > most || !form.MatchString(path[0]) || slices.Contains(own, strings.ToLower(path[0])) {
			return Account{}
		}
		return Account{Handle: before + strings.TrimPrefix(path[0], "@")}
	}
}

func identified(handle, id string) Account { return Account{Handle: handle, StableID: id} }

func facebookAccount(_ string, path []string, query url.Values) Account {
	own := []string{
		"sharer", "sharer.php", "share", "share.php", "dialog", "plugins", "tr", "login", "login.php", "l.php", "flx", "recover", "groups", "events", "hashtag", "watch",
		"photo", "photo.php", "photos", "media", "story.php", "permalink.php", "video.php", "videos", "reel", "stories", "marketplace", "gaming", "policies", "policy.php", "help",
		"privacy", "legal", "terms", "terms.php", "business", "ads", "home.php", "index.php", "search", "notes", "people", "pages", "pg", "p", "v2.0", "embed",
	}
	switch {
	case len(path) == 1 && path[0] == "profile.php" && digits.MatchString(query.Get("id")):
		return identified(query.Get("id"), query.Get("id"))
	case len(path) == 3 && (path[0] == "pages" || path[0] == "people") && digits.MatchString(path[2]):
		return identified(path[2], path[2])
	case len(path) == 2 && (path[0] == "pg" || path[0] == "p"):
		path = path[1:]
	case len(path) == 2 && slices.Contains([]string{"about", "photos", "posts", "videos", "events"}, path[1]): // a part of the profile
		path = path[:1]
	}
	if len(path) != 1 || !plainName.MatchString(path[0]) || slices.Contains(own, strings.ToLower(path[0])) {
		return Account{}
	}
	if strings.Contains(path[0], "-") || digits.MatchString(path[0]) { // Name-of-the-page-100064…
		return identified(path[0], pageID.FindString(path[0]))
	}
	return Account{Handle: path[0]}
}

func youtubeAccount(_ string, path []string, _ url.Values) Account {
	if n := len(path); n > 1 && slices.Contains([]string{"about", "featured", "videos", "streams", "playlists", "community", "shorts"}, path[n-1]) {
		path = path[:n-1]
	}
	switch {
	case len(path) == 1 && strings.HasPrefix(path[0], "@") && plainName.MatchString(path[0][1:]):
		return Account{Handle: path[0]}
	case len(path) == 2 && path[0] == "channel" && channelID.MatchString(path[1]):
		return identified(path[1], path[1])
	case len(path) == 2 && (path[0] == "user" || path[0] == "c") && plainName.MatchString(path[1]):
		return Account{Handle: path[1]}
	}
	return Account{}
}
