package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Register is what the institution declares of itself in institution.yaml. Package register reads and checks it.
type Register struct {
	Institution Institution  `yaml:"institution" json:"institution"`
	Departments []Department `yaml:"departments" json:"departments"`
	Accounts    []Account    `yaml:"accounts" json:"accounts"`
	Courses     []Course     `yaml:"courses,omitempty" json:"courses,omitempty"`
	Peers       []Peer       `yaml:"peers,omitempty" json:"peers,omitempty"`
	Campaigns   []Campaign   `yaml:"campaigns,omitempty" json:"campaigns,omitempty"`
	Events      []Event      `yaml:"events,omitempty" json:"events,omitempty"`
	Calendar    Calendar     `yaml:"calendar,omitempty" json:"calendar,omitempty"`
	Guide       GuideChoice  `yaml:"guide,omitempty" json:"guide,omitempty"`
	Collection  Collection   `yaml:"collection,omitempty" json:"collection,omitzero"`
	// Simulated marks an institution that does not exist; every page and sheet says so.
	Simulated bool `yaml:"simulated,omitempty" json:"simulated,omitempty"`

	// Version is the sha256 of the file, in hexadecimal; it names this state of the register in manifests.
	Version string `yaml:"-" json:"-"`
}

// Institution is the body whose presence is measured.
type Institution struct {
	Name            string   `yaml:"name" json:"name"`                                             // as readers see it
	TimeZone        string   `yaml:"time_zone" json:"time_zone"`                                   // IANA name, such as Europe/Madrid; decides days, weeks, months and working hours
	Languages       []string `yaml:"languages" json:"languages"`                                   // BCP 47, the first is the main one
	Population      int64    `yaml:"population,omitempty" json:"population,omitempty"`             // people served; 0: not declared
	OfficialDomains []string `yaml:"official_domains,omitempty" json:"official_domains,omitempty"` // such as town.example, its subdomains included
	Website         string   `yaml:"website,omitempty" json:"website,omitempty"`                   // address of the main page
	// PolicyURL is the page with the rules of participation; DirectoryURL the public list of accounts.
	PolicyURL    string `yaml:"policy_url,omitempty" json:"policy_url,omitempty"`
	DirectoryURL string `yaml:"directory_url,omitempty" json:"directory_url,omitempty"`
	// Avatars are the addresses of the approved images of accounts; AvatarsWithdrawn those of logos no longer in use.
	Avatars          []string `yaml:"avatars,omitempty" json:"avatars,omitempty"`
	AvatarsWithdrawn []string `yaml:"avatars_withdrawn,omitempty" json:"avatars_withdrawn,omitempty"`
	// Contact is shown to platforms in the User-Agent: an address of a mailbox or a page.
	Contact string `yaml:"contact,omitempty" json:"contact,omitempty"`
	// OfficialContacts are telephones, mailboxes and bank accounts that may be published although they do not lie on the
	// official domains.
	OfficialContacts []string `yaml:"official_contacts,omitempty" json:"official_contacts,omitempty"`
	// Look is how reports look.
	Look Look `yaml:"look,omitempty" json:"look,omitzero"`
	// OpenData is what portals want to know of published figures.
	OpenData OpenData `yaml:"open_data,omitempty" json:"open_data,omitzero"`
}

// OpenData says how the figures are published for others to use.
type OpenData struct {
	Address string `yaml:"address,omitempty" json:"address,omitempty"` // of the folder in which the files are published
	License string `yaml:"license,omitempty" json:"license,omitempty"` // address of the licence
	DIR3    string `yaml:"dir3,omitempty" json:"dir3,omitempty"`       // the institution's code in the directory of public bodies, such as L02000003
}

// Look is the corporate look of reports and pages. Files lie beside the register.
type Look struct {
	Logo     string `yaml:"logo,omitempty" json:"logo,omitempty"`         // file: PNG, JPEG or SVG
	Colour   string `yaml:"colour,omitempty" json:"colour,omitempty"`     // of headings and figures, #rrggbb
	Accent   string `yaml:"accent,omitempty" json:"accent,omitempty"`     // of links, #rrggbb
	Typeface string `yaml:"typeface,omitempty" json:"typeface,omitempty"` // name of a font family
	Font     string `yaml:"font,omitempty" json:"font,omitempty"`         // file with that typeface: WOFF2
}

// Location is the institution's time zone; it decides days, weeks, months and working hours. An unknown zone, which
// package register refuses, answers UTC. It is read anew at each call: ask once and keep it.
func (i Institution) Location() *time.Location {
	loc, err := time.LoadLocation(i.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Group says how a department stands to the course.
type Group string

// The groups.
const (
	Participant Group = "participant" // took the course
	Comparison  Group = "comparison"  // could not take it: the natural comparison group
	OtherGroup  Group = "other"       // left out of the before/after
)

// Department is a unit of the institution, the unit of evidence of every evaluation.
type Department struct {
	ID    string `yaml:"id" json:"id"`       // never changes
	Name  string `yaml:"name" json:"name"`   // as readers see it
	Group Group  `yaml:"group" json:"group"` // participant, comparison or other: how it stands to the course
}

// Account is one presence on one platform.
type Account struct {
	ID         AccountID `yaml:"id" json:"id"`                 // never changes, whatever happens to the handle
	Department string    `yaml:"department" json:"department"` // id of the department that answers for it
	Platform   Platform  `yaml:"platform" json:"platform"`
	Handle     string    `yaml:"handle" json:"handle"`                           // in quotes: "@office@social.example"
	StableID   string    `yaml:"stable_id,omitempty" json:"stable_id,omitempty"` // the platform's own number; survives a change of handle
	Languages  []string  `yaml:"languages,omitempty" json:"languages,omitempty"` // empty: the institution's
	Owner      string    `yaml:"owner,omitempty" json:"owner,omitempty"`         // contact mailbox of the responsible unit
	Admins     int       `yaml:"admins,omitempty" json:"admins,omitempty"`       // people who can manage it; 0: not declared
	Opened     Date      `yaml:"opened,omitempty" json:"opened,omitzero"`        // first day
	Closed     Date      `yaml:"closed,omitempty" json:"closed,omitzero"`        // the day from which it is closed
	Reviewed   Date      `yaml:"reviewed,omitempty" json:"reviewed,omitzero"`    // last review of this entry
	// Server is the account's home server, feed address or API base.
	Server string `yaml:"server,omitempty" json:"server,omitempty"`
	// AllowHTTP permits plain HTTP, to loopback addresses only.
	AllowHTTP bool `yaml:"allow_http,omitempty" json:"allow_http,omitempty"`
	// Credential names a secret, found in PRESENCIA_TOKEN_<NAME> or the file that PRESENCIA_TOKEN_<NAME>_FILE names.
	Credential string `yaml:"credential,omitempty" json:"credential,omitempty"`
}

// Asked is what the account is asked for by; another one may lead to another account.
func (a Account) Asked() string {
	return strings.TrimSpace(CanonicalHandle(a.Handle) + " " + a.Server)
}

// Active tells whether the register has the account open at t.
func (a Account) Active(t time.Time) bool {
	return (a.Opened.IsZero() || !t.Before(a.Opened.In(time.UTC))) && (a.Closed.IsZero() || t.Before(a.Closed.In(time.UTC)))
}

// Course is a training whose effect is to be measured.
type Course struct {
	ID            string         `yaml:"id" json:"id"`
	Name          string         `yaml:"name" json:"name"`
	Start         Date           `yaml:"start" json:"start"`                            // first day
	End           Date           `yaml:"end" json:"end"`                                // last day
	Announced     Date           `yaml:"announced,omitempty" json:"announced,omitzero"` // when departments first heard of it
	Sessions      []Session      `yaml:"sessions,omitempty" json:"sessions,omitempty"`
	HoursInPerson float64        `yaml:"hours_in_person,omitempty" json:"hours_in_person,omitempty"`
	HoursOnline   float64        `yaml:"hours_online,omitempty" json:"hours_online,omitempty"`
	Eligibility   string         `yaml:"eligibility,omitempty" json:"eligibility,omitempty"`   // who could take it
	Participants  map[string]int `yaml:"participants,omitempty" json:"participants,omitempty"` // people by department
	Surveys       []Survey       `yaml:"surveys,omitempty" json:"surveys,omitempty"`
	Cost          float64        `yaml:"cost,omitempty" json:"cost,omitempty"`               // euros
	Recognition   string         `yaml:"recognition,omitempty" json:"recognition,omitempty"` // what participants get
}

// Session is one meeting of a course.
type Session struct {
	Date  Date    `yaml:"date" json:"date"`
	Hours float64 `yaml:"hours" json:"hours"`
	Title string  `yaml:"title,omitempty" json:"title,omitempty"`
}

// Survey is a satisfaction figure by role.
type Survey struct {
	Role    string  `yaml:"role" json:"role"`                           // participants, tutor …
	Mean    float64 `yaml:"mean" json:"mean"`                           // from 0 to max
	Max     float64 `yaml:"max" json:"max"`                             // the best answer
	Answers int     `yaml:"answers,omitempty" json:"answers,omitempty"` // people who answered
	Invited int     `yaml:"invited,omitempty" json:"invited,omitempty"` // people who were asked
}

// Peer is a comparable account of another institution.
type Peer struct {
	ID         string   `yaml:"id" json:"id"`
	Name       string   `yaml:"name" json:"name"`
	Platform   Platform `yaml:"platform" json:"platform"`
	Handle     string   `yaml:"handle" json:"handle"`
	Server     string   `yaml:"server,omitempty" json:"server,omitempty"`
	Population int64    `yaml:"population,omitempty" json:"population,omitempty"`
}

// Campaign is a planned communication with its tags.
type Campaign struct {
	ID       string   `yaml:"id" json:"id"`
	Name     string   `yaml:"name" json:"name"`
	Start    Date     `yaml:"start" json:"start"`
	End      Date     `yaml:"end" json:"end"`
	Hashtags []string `yaml:"hashtags,omitempty" json:"hashtags,omitempty"` // without #
	Goal     string   `yaml:"goal,omitempty" json:"goal,omitempty"`
}

// Event is something that a reader must know of to read a chart: a platform's change, a change of definition, a visit.
type Event struct {
	Name     string     `yaml:"name" json:"name"`
	Start    Date       `yaml:"start" json:"start"`
	End      Date       `yaml:"end,omitempty" json:"end,omitzero"`
	Platform []Platform `yaml:"platforms,omitempty" json:"platforms,omitempty"`
	Hashtag  string     `yaml:"hashtag,omitempty" json:"hashtag,omitempty"` // without #
	Source   string     `yaml:"source,omitempty" json:"source,omitempty"`   // address where it can be read
}

// Calendar holds the hours in which citizens are attended, and the days that are not like others.
type Calendar struct {
	WorkingHours []WorkingHours `yaml:"working_hours,omitempty" json:"working_hours,omitempty"`
	Holidays     []Holiday      `yaml:"holidays,omitempty" json:"holidays,omitempty"`
	Elections    []Election     `yaml:"elections,omitempty" json:"elections,omitempty"`
	Crises       []Crisis       `yaml:"crises,omitempty" json:"crises,omitempty"`
}

// WorkingHours are the hours of attention on some days of the week.
type WorkingHours struct {
	Days []string `yaml:"days" json:"days"` // mon tue wed thu fri sat sun
	From string   `yaml:"from" json:"from"` // 08:30
	To   string   `yaml:"to" json:"to"`     // 19:30
}

// Holiday is a day without attention.
type Holiday struct {
	Date Date   `yaml:"date" json:"date"`
	Name string `yaml:"name" json:"name"`
}

// Election limits institutional publicity from its call to polling day.
type Election struct {
	Name    string `yaml:"name" json:"name"`
	Call    Date   `yaml:"call" json:"call"`       // the day it is called
	Polling Date   `yaml:"polling" json:"polling"` // the day of the vote
}

// Crisis is a declared emergency, led by one account.
type Crisis struct {
	Name  string    `yaml:"name" json:"name"`
	Start Date      `yaml:"start" json:"start"`
	End   Date      `yaml:"end" json:"end"`
	Lead  AccountID `yaml:"lead,omitempty" json:"lead,omitempty"`   // id of the account that leads
	Pages []string  `yaml:"pages,omitempty" json:"pages,omitempty"` // addresses with the information of reference
}

// GuideChoice says which rule packs hold for the institution and where it departs from them.
type GuideChoice struct {
	// Packs are files beside the register, or the names of packs that come with presencia; the base pack always comes first.
	Packs []string `yaml:"packs,omitempty" json:"packs,omitempty"`
	// Only leaves of all packs' rules those with these ids, for a guide that asks for nothing else. Empty: all.
	Only []string `yaml:"only,omitempty" json:"only,omitempty"`
	// Off switches rules off by id.
	Off []string `yaml:"off,omitempty" json:"off,omitempty"`
}

// Pages are the web addresses that the register names: the main page, the directory, the rules, the images of accounts,
// and those on crises.
func (r *Register) Pages() []string {
	pages := []string{r.Institution.Website, r.Institution.DirectoryURL, r.Institution.PolicyURL}
	pages = append(append(pages, r.Institution.Avatars...), r.Institution.AvatarsWithdrawn...)
	for _, c := range r.Calendar.Crises {
		pages = append(pages, c.Pages...)
	}
	pages = slices.DeleteFunc(pages, func(p string) bool { return p == "" })
	slices.Sort(pages)
	return slices.Compact(pages)
}

// Contacts are the telephones, mailboxes and bank accounts that the register names: they may be published.
func (r *Register) Contacts() []string {
	contacts := append(slices.Clone(r.Institution.OfficialContacts), r.Institution.Contact)
	for _, a := range r.Accounts {
		contacts = append(contacts, a.Owner)
	}
	return contacts
}

// Department finds a department by id.
func (r *Register) Department(id string) (Department, bool) {
	i := slices.IndexFunc(r.Departments, func(d Department) bool { return d.ID == id })
	if i < 0 {
		return Department{}, false
	}
	return r.Departments[i], true
}

// Account finds an account by id.
func (r *Register) Account(id AccountID) (Account, bool) {
	i := slices.IndexFunc(r.Accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return r.Accounts[i], true
}

// Course finds a course by id.
func (r *Register) Course(id string) (Course, bool) {
	i := slices.IndexFunc(r.Courses, func(c Course) bool { return c.ID == id })
	if i < 0 {
		return Course{}, false
	}
	return r.Courses[i], true
}

// Date is a day of the calendar, without zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: write it as YYYY-MM-DD, for example 2014-09-11", s)
	}
	return DateOf(t), nil
}

// DateOf is the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// In is the day's first instant in a zone.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// AddDays is the day n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.In(time.UTC).AddDate(0, 0, n)) }

// Before tells whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.In(time.UTC).Before(e.In(time.UTC)) }

// IsZero tells whether the date is unset.
func (d Date) IsZero() bool { return d == Date{} }

// String writes YYYY-MM-DD, or nothing for an unset date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; empty text is the unset date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Month is the window of a calendar month in a zone.
func Month(year int, month time.Month, loc *time.Location) Window {
	from := time.Date(year, month, 1, 0, 0, 0, 0, loc)
	return Window{From: from, To: from.AddDate(0, 1, 0)}
}

// ParseMonth reads YYYY-MM as the window of that month in a zone.
func ParseMonth(s string, loc *time.Location) (Window, error) {
	t, err := time.Parse("2006-01", strings.TrimSpace(s))
	if err != nil {
		return Window{}, fmt.Errorf("%q is not a month: write it as YYYY-MM, for example 2014-12", s)
	}
	return Month(t.Year(), t.Month(), loc), nil
}
