package register

import (
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"presencia/pipeline"
)

// What short values look like. The schema holds the same patterns.
var (
	idPattern         = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]*$`)
	credentialPattern = regexp.MustCompile(`^[A-Z0-9_]+$`)
	agePattern        = regexp.MustCompile(`^[1-9][0-9]{0,3}[hd]$`)
	hourPattern       = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	domainPattern     = regexp.MustCompile(`^([\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}]{2,}$`)
	dir3Pattern       = regexp.MustCompile(`^[A-Z]{1,2}[A-Z0-9]{7,8}$`)
	hashtagPattern    = regexp.MustCompile(`^[\p{L}\p{N}\p{M}_]+$`)
)

var (
	groups   = []pipeline.Group{pipeline.Participant, pipeline.Comparison, pipeline.OtherGroup}
	weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)

// check notes every mistake of meaning. A field that is empty is not looked at: decode has said if it must not be.
func (c *checker) check(r *pipeline.Register) {
	c.institution(r.Institution)
	departments := c.departments(r.Departments)
	accounts := c.accounts(r.Accounts, departments)
	c.courses(r, departments)
	c.peers(r.Peers)

	names := c.names()
	for i, x := range r.Campaigns {
		at := path("campaigns", i)
		names.id(at("id"), x.ID)
		c.order(at("end"), x.Start, x.End, "start")
		c.hashtags(at("hashtags"), x.Hashtags...)
	}
	for i, x := range r.Events {
		at := path("events", i)
		c.order(at("end"), x.Start, x.End, "start")
		for j, p := range x.Platform {
			c.platform(fmt.Sprintf("%s[%d]", at("platforms"), j), p)
		}
		c.hashtags(at("hashtag"), x.Hashtag)
	}
	c.calendar(r.Calendar, accounts)
	c.collection(r.Collection)
}

func (c *checker) institution(in pipeline.Institution) {
	const at = "institution."
	if _, err := time.LoadLocation(in.TimeZone); err != nil || in.TimeZone == "Local" {
		c.bad(at+"time_zone", "%q is not a time zone; write a name of the IANA list, for example Europe/Madrid", in.TimeZone)
	}
	c.languages(at+"languages", in.Languages)
	c.count(at+"population", in.Population)
	for i, d := range in.OfficialDomains {
		if d != "" && !domainPattern.MatchString(d) {
			c.bad(fmt.Sprintf("%sofficial_domains[%d]", at, i), "%q is not a domain; write the name alone, for example town.example", d)
		}
	}
	c.url(at+"website", in.Website)
	c.url(at+"open_data.address", in.OpenData.Address)
	c.url(at+"open_data.license", in.OpenData.License)
	if d := in.OpenData.DIR3; d != "" && !dir3Pattern.MatchString(d) {
		c.bad(at+"open_data.dir3", "%q is not a code of DIR3; write one like L02000003", d)
	}
	c.url(at+"policy_url", in.PolicyURL)
	c.url(at+"directory_url", in.DirectoryURL)
	if strings.Contains(in.Contact, "://") {
		c.url(at+"contact", in.Contact)
	} else {
		c.mail(at+"contact", in.Contact)
	}
	c.look(at+"look.", in.Look)
}

func (c *checker) departments(list []pipeline.Department) map[string]pipeline.Group {
	known := map[string]pipeline.Group{}
	names := c.names()
	for i, d := range list {
		at := path("departments", i)
		names.id(at("id"), d.ID)
		known[d.ID] = d.Group
		if d.Group != "" && !slices.Contains(groups, d.Group) {
			c.bad(at("group"), "%q is not a group; %s", d.Group, write(string(d.Group), texts(groups)))
		}
	}
	return known
}

// department checks a reference to a department, unless the list of them could not be read.
func (c *checker) department(path, id string, known map[string]pipeline.Group) {
	if _, ok := known[id]; !ok && len(known) > 0 {
		c.bad(path, "no department has the id %q; %s, or add it to departments", id, write(id, keys(known)))
	}
}

func (c *checker) accounts(list []pipeline.Account, departments map[string]pipeline.Group) map[string]bool {
	known := map[string]bool{}
	names, handles := c.names(), c.names()
	for i, a := range list {
		at := path("accounts", i)
		names.id(at("id"), string(a.ID))
		known[string(a.ID)] = true
		if a.Department != "" {
			c.department(at("department"), a.Department, departments)
		}
		c.platform(at("platform"), a.Platform)
		c.handle(at, handles, a.Platform, a.Handle, a.Server)
		c.languages(at("languages"), a.Languages)
		c.mail(at("owner"), a.Owner)
		c.count(at("admins"), int64(a.Admins))
		c.order(at("closed"), a.Opened, a.Closed, "opened")
		if a.Platform == pipeline.Feed && a.Server == "" {
			c.bad(at("server"), "a feed needs its address; write server: https://town.example/feed")
		}
		c.server(at, a.Server, a.AllowHTTP)
		if a.Credential != "" && !credentialPattern.MatchString(a.Credential) {
			c.bad(at("credential"), "this is not the name of a credential, which has only A-Z, 0-9 and _; write a name such as OFFICE, and put the secret itself into PRESENCIA_TOKEN_OFFICE")
		}
	}
	return known
}

// handle checks how an account is called at its platform, and that none is there twice.
func (c *checker) handle(at func(string) string, seen names, p pipeline.Platform, handle, server string) {
	if handle == "" {
		return
	}
	if strings.Contains(handle, "://") || strings.ContainsAny(handle, " \t\n") {
		c.bad(at("handle"), "%q is not a handle; write the name alone, for example \"@office\"", handle)
		return
	}
	canonical := pipeline.CanonicalHandle(handle)
	_, host, full := strings.Cut(canonical, "@")
	if p == pipeline.Mastodon && server == "" && (!full || host == "") {
		c.bad(at("handle"), "%q does not say on which server it is; write \"@%s@social.example\", or give server", handle, canonical)
		return
	}
	if !full { // the same name on another server is somebody else
		host = server
	}
	seen.once(at("handle"), string(p)+" "+canonical+" "+host, fmt.Sprintf("the %s account %q", p, handle))
}

// server checks an address to be read: HTTPS, or plain HTTP on this machine if that is allowed.
func (c *checker) server(at func(string) string, server string, allowHTTP bool) {
	u := c.url(at("server"), server)
	switch {
	case u == nil && allowHTTP && server == "":
		c.bad(at("allow_http"), "there is no server for which plain HTTP could be allowed; write server: http://127.0.0.1:8080, or take allow_http out")
	case u == nil:
	case u.Scheme == "http" && !allowHTTP:
		c.bad(at("server"), "%q would be read without encryption; write https://, or allow_http: true for a server on this machine", server)
	case allowHTTP && !loopback(u.Hostname()):
		c.bad(at("allow_http"), "%q is not on this machine (127.0.0.1, ::1, localhost), so plain HTTP cannot be allowed; take allow_http out and write https://", u.Hostname())
	}
}

func loopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

func (c *checker) courses(r *pipeline.Register, departments map[string]pipeline.Group) {
	names := c.names()
	for i, x := range r.Courses {
		at := path("courses", i)
		names.id(at("id"), x.ID)
		c.order(at("end"), x.Start, x.End, "start")
		c.order(at("start"), x.Announced, x.Start, "announced")
		for j, s := range x.Sessions {
			on := path(at("sessions"), j)
			if !s.Date.IsZero() && !x.Start.IsZero() && !x.End.IsZero() && (s.Date.Before(x.Start) || x.End.Before(s.Date)) {
				c.bad(on("date"), "%s is not within the course, which runs from %s to %s; correct one of them", s.Date, x.Start, x.End)
			}
			c.amount(on("hours"), s.Hours)
		}
		c.amount(at("hours_in_person"), x.HoursInPerson)
		c.amount(at("hours_online"), x.HoursOnline)
		c.amount(at("cost"), x.Cost)
		for _, id := range keys(x.Participants) {
			in := at("participants." + id)
			c.count(in, int64(x.Participants[id]))
			c.department(in, id, departments)
			if departments[id] == pipeline.Comparison && x.Participants[id] > 0 {
				c.bad(in, "%q is in group comparison, whose people could not take the course; write group: participant there, or take it out here", id)
			}
		}
		for j, s := range x.Surveys {
			on := path(at("surveys"), j)
			c.amount(on("mean"), s.Mean)
			if s.Mean > s.Max {
				c.bad(on("mean"), "%v is more than max, which is %v; write a mean from 0 to max", s.Mean, s.Max)
			}
			c.count(on("answers"), int64(s.Answers))
			c.count(on("invited"), int64(s.Invited))
			if s.Invited > 0 && s.Answers > s.Invited {
				c.bad(on("answers"), "%d people answered of %d who were asked; correct one of them", s.Answers, s.Invited)
			}
		}
	}
}

func (c *checker) peers(list []pipeline.Peer) {
	names, handles := c.names(), c.names()
	for i, p := range list {
		at := path("peers", i)
		names.id(at("id"), p.ID)
		c.platform(at("platform"), p.Platform)
		c.handle(at, handles, p.Platform, p.Handle, p.Server)
		if u := c.url(at("server"), p.Server); u != nil && u.Scheme == "http" && !loopback(u.Hostname()) {
			c.bad(at("server"), "%q would be read without encryption; write https://", p.Server)
		}
		c.count(at("population"), p.Population)
	}
}

func (c *checker) calendar(cal pipeline.Calendar, accounts map[string]bool) {
	for i, w := range cal.WorkingHours {
		at := path("calendar.working_hours", i)
		for j, d := range w.Days {
			if d != "" && !slices.Contains(weekdays, d) {
				c.bad(fmt.Sprintf("%s[%d]", at("days"), j), "%q is not a day of the week; %s", d, write(d, weekdays))
			}
		}
		from, to := c.hour(at("from"), w.From), c.hour(at("to"), w.To)
		if from && to && w.To <= w.From {
			c.bad(at("to"), "%s is not after from, which is %s; write hours of one day, the night as two entries", w.To, w.From)
		}
	}
	days := c.names()
	for i, h := range cal.Holidays {
		if !h.Date.IsZero() {
			days.once(path("calendar.holidays", i)("date"), h.Date.String(), "the holiday "+h.Date.String())
		}
	}
	for i, e := range cal.Elections {
		c.order(path("calendar.elections", i)("polling"), e.Call, e.Polling, "call")
	}
	for i, x := range cal.Crises {
		at := path("calendar.crises", i)
		c.order(at("end"), x.Start, x.End, "start")
		if x.Lead != "" && !accounts[string(x.Lead)] {
			c.bad(at("lead"), "no account has the id %q; %s", x.Lead, write(string(x.Lead), keys(accounts)))
		}
		for j, p := range x.Pages {
			c.url(fmt.Sprintf("%s[%d]", at("pages"), j), p)
		}
	}
}

func (c *checker) collection(x pipeline.Collection) {
	c.revisit("collection.revisit", x.Revisit)
	for _, p := range keys(x.Platforms) {
		at := "collection.platforms." + p
		c.platform(at, pipeline.Platform(p))
		r := x.Platforms[pipeline.Platform(p)]
		c.revisit(at+".revisit", r.Revisit)
		c.bound(at+".budget.calls", float64(r.Budget.Calls))
		c.bound(at+".budget.euros", r.Budget.Euros)
		c.bound(at+".budget.euros_per_dollar", r.Budget.EurosPerDollar)
	}
}

// revisit checks that ages come the youngest first; those that could not be read are 0 and not looked at.
func (c *checker) revisit(path string, ages []pipeline.Age) {
	for i := 1; i < len(ages); i++ {
		if ages[i] != 0 && ages[i] <= ages[i-1] {
			c.bad(fmt.Sprintf("%s[%d]", path, i), "%s does not come after %s; write the ages from the youngest to the oldest, each once", ages[i], ages[i-1])
		}
	}
}

// bound checks a number that bounds something where it is written: a zero would be taken for "nothing" by whoever wrote
// it and means "no bound" to what reads it.
func (c *checker) bound(path string, x float64) {
	_, written := c.lines[path]
	wrong := slices.ContainsFunc(c.errs, func(e Error) bool { return e.Field == path })
	if written && !wrong && x <= 0 {
		c.bad(path, "%v is not more than zero; write a number that is, or take the line out if there is no bound", x)
	}
}

// names finds what may be there only once.
type names struct {
	c     *checker
	lines map[string]int
}

func (c *checker) names() names { return names{c, map[string]int{}} }

// id checks the form of an identifier and that it is the only one of its list.
func (n names) id(path, id string) {
	if id == "" {
		return
	}
	if !idPattern.MatchString(id) {
		n.c.bad(path, "%q is not an id; write letters, digits, '.', '_' and '-', without spaces", id)
	}
	n.once(path, id, fmt.Sprintf("the id %q", id))
}

func (n names) once(path, key, what string) {
	if first, ok := n.lines[key]; ok {
		n.c.bad(path, "%s is there already, on line %d; write another, or take one out", what, first)
		return
	}
	n.lines[key] = n.c.line(path)
}

func (c *checker) platform(path string, p pipeline.Platform) {
	if p == "" || slices.Contains(pipeline.Platforms, p) {
		return
	}
	was := map[string]string{"twitter": "x", "rss": "feed", "atom": "feed", "blog": "feed"}[strings.ToLower(string(p))]
	if was != "" {
		c.bad(path, "%q is not a platform; write %s", p, was)
		return
	}
	c.bad(path, "%q is not a platform; %s", p, write(string(p), texts(pipeline.Platforms)))
}

func (c *checker) languages(path string, tags []string) {
	for i, t := range tags {
		tag, err := language.Parse(t)
		if t == "" || err == nil && tag != language.Und && !strings.Contains(t, "_") {
			continue
		}
		c.bad(fmt.Sprintf("%s[%d]", path, i), "%q is not a language; write a tag of BCP 47, for example es, ca-ES-valencia or en", t)
	}
}

// order checks that a stretch does not end before it begins.
func (c *checker) order(path string, from, to pipeline.Date, start string) {
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		c.bad(path, "%s is before %s, which is %s; correct one of them", to, start, from)
	}
}

func (c *checker) count(path string, n int64) {
	if n < 0 {
		c.bad(path, "%d is negative; write a number from 0, or take the field out if it is not known", n)
	}
}

func (c *checker) amount(path string, x float64) {
	if x < 0 {
		c.bad(path, "%v is negative; write a number from 0", x)
	}
}

func (c *checker) hour(path, s string) bool {
	if s == "" || hourPattern.MatchString(s) {
		return s != ""
	}
	c.bad(path, "%q is not an hour; write it as HH:MM, for example 08:30", s)
	return false
}

func (c *checker) hashtags(path string, tags ...string) {
	for _, t := range tags {
		if t != "" && !hashtagPattern.MatchString(t) {
			c.bad(path, "%q is not a hashtag; write the word alone, without #, for example %s", t, "Festes2014")
		}
	}
}

func (c *checker) mail(path, s string) {
	if s == "" {
		return
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		c.bad(path, "%q is not a mail address; write it as office@town.example", s)
	}
}

// url checks a web address; nil if there is none or it is wrong.
func (c *checker) url(path, s string) *url.URL {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil && strings.Contains(s, "@") || err == nil && u.User != nil: // never repeat what may be a secret
		c.bad(path, "the address holds a password or a user; take it out, and name a credential instead")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.ContainsAny(s, " \t\n"):
		c.bad(path, "%q is not a web address; write it whole, for example https://www.town.example/", s)
	default:
		return u
	}
	return nil
}

// path makes the paths of the fields of the i-th entry of a list.
func path(list string, i int) func(field string) string {
	return func(field string) string { return fmt.Sprintf("%s[%d].%s", list, i, field) }
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func keys[K ~string, V any](m map[K]V) []string { return texts(slices.Sorted(maps.Keys(m))) }
