package simulation

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"presencia/pipeline"
)

// The institution's name and domain say that it does not exist; .test can never be registered.
const (
	name   = "Diputación de Ejemplo (simulada)"
	zone   = "Europe/Madrid"
	domain = "ejemplo.test"
	host   = "social." + domain // where the accounts say they live
	policy = "https://www." + domain + "/normas-de-participacion"
)

// CourseID names the course in the register.
const CourseID = "redes-2014"

// The simulated time: 36 months, and the course in them.
var (
	begin     = pipeline.Date{Year: 2012, Month: time.September, Day: 1}
	end       = pipeline.Date{Year: 2015, Month: time.September, Day: 1} // not included
	courseOn  = pipeline.Date{Year: 2014, Month: time.September, Day: 11}
	courseOff = pipeline.Date{Year: 2014, Month: time.December, Day: 16}
)

// department is a unit with the constants of its behaviour. They are quantiles of a distribution, dealt out in random
// order within each group, so that participants and comparison bodies differ in nothing but the course.
type department struct {
	trade
	group    pipeline.Group
	accounts []*account

	posts    float64 // own posts a week on the social network in an ordinary week
	articles float64 // a week in its blog
	likes    float64 // expected likes of a settled post
	audience float64 // followers at the beginning
	growth   float64 // followers gained a week
	messages float64 // plain mentions by citizens a week
	answers  float64 // probability that a message is answered
	delay    float64 // median of the time to the answer, hours of attention
	care     float64 // how well it keeps the guide, standard normal
}

// account is one presence of a department.
type account struct {
	id, handle, title string
	number            int    // stable, whatever the seed and the address
	format            string // rss, atom or json: a blog; empty: an account of the social network
	dept              *department
	share             float64 // part of the department's activity
	opened, closed    time.Time
	silent            time.Time // no post after it; zero: never
	admins            int
	credential        string
	// The moments from which the profile keeps a rule: the beginning, some day of the course, or never (zero).
	bio, link, policy time.Time

	followers []int // at each Monday
	statuses  []*status
	mentions  []*status // by others, as the account is notified of them
	gone      []*status // those of its statuses that will be deleted
}

func (a *account) social() bool { return a.format == "" }

// open tells whether the account exists at t.
func (a *account) open(t time.Time) bool {
	return !t.Before(a.opened) && (a.closed.IsZero() || t.Before(a.closed))
}

// speaks tells whether the account has not fallen silent by t.
func (a *account) speaks(t time.Time) bool { return a.silent.IsZero() || t.Before(a.silent) }

// mute tells whether the account never said anything.
func (a *account) mute() bool { return a.silent.Equal(a.opened) }

// institution is who exists: departments, accounts, calendar.
type institution struct {
	loc      *time.Location
	depts    []*department
	accounts []*account
	social   []*account // those of the social network
	trained  []*account // those of participants on it
	holidays map[pipeline.Date]string
}

// found draws the institution of a seed.
func found(seed uint64) *institution {
	in := &institution{loc: pipeline.Institution{TimeZone: zone}.Location(), holidays: holidays()}
	r := stream(seed, "institution")
	for _, g := range []struct {
		group  pipeline.Group
		trades []trade
	}{{pipeline.Participant, participants}, {pipeline.Comparison, bodies}} {
		deal := func(center, spread float64) []float64 { // log-normal around center
			z := quantiles(r, len(g.trades))
			for i := range z {
				z[i] = center * math.Exp(spread*z[i])
			}
			return z
		}
		posts, articles, likes := deal(8.6, .3), deal(1.1, .2), deal(7, .35)
		audience, growth, messages := deal(900, .6), deal(6, .3), deal(1.6, .3)
		delay, answers, care := deal(6, .35), quantiles(r, len(g.trades)), quantiles(r, len(g.trades))
		for i, t := range g.trades {
			in.depts = append(in.depts, &department{trade: t, group: g.group, posts: posts[i], articles: articles[i], likes: likes[i],
				audience: audience[i], growth: growth[i], messages: messages[i], delay: delay[i],
				answers: min(max(.64+.09*answers[i], .45), .85), care: care[i]})
		}
	}
	for _, d := range in.depts {
		main := in.add(d, "", d.name+" · Diputación de Ejemplo", "")
		main.share = 1
		if d.second != "" {
			main.share = .7
			second := in.add(d, "_"+d.second, strings.ToUpper(d.second[:1])+d.second[1:]+" de "+d.name, "")
			second.share = .3
		}
		if d.blog != "" {
			in.add(d, "", "Blog de "+d.name, d.blog).share = 1
		}
	}
	in.life()
	in.manners(r)
	return in
}

func (in *institution) add(d *department, suffix, title, format string) *account {
	a := &account{id: "mastodon-" + d.id + strings.ReplaceAll(suffix, "_", "-"), handle: strings.ReplaceAll(d.id, "-", "_") + suffix,
		title: title, number: 1000 + len(in.accounts), format: format, dept: d, opened: begin.In(in.loc), admins: 1}
	if a.social() {
		in.social = append(in.social, a)
		if d.group == pipeline.Participant {
			in.trained = append(in.trained, a)
		}
		a.credential = "SIM_" + strings.ToUpper(a.handle)
	} else {
		a.id = "blog-" + d.id
	}
	d.accounts = append(d.accounts, a)
	in.accounts = append(in.accounts, a)
	return a
}

// life gives some accounts a fate: opened late, closed, fallen silent, without a credential. What changes between the
// windows of the evaluation or its placebo balances within the group.
func (in *institution) life() {
	seconds := func(group pipeline.Group) (all []*account) {
		for _, a := range in.social {
			if a.dept.group == group && a.share < .5 {
				all = append(all, a)
			}
		}
		return all
	}
	ours, others := seconds(pipeline.Participant), seconds(pipeline.Comparison)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, in.loc) }
	ours[2].opened = day(2013, time.April, 8)
	others[1].closed = day(2015, time.July, 1)
	ours[5].silent = day(2013, time.May, 20)
	ours[9].silent = begin.In(in.loc) // never posted anything
	others[3].silent = day(2012, time.December, 3)
	ours[7].credential, others[4].credential = "", ""
}

// manners draws which accounts keep the rules on profiles. During the course about half of the participants' failing
// ones are put right.
func (in *institution) manners(r *rand.Rand) {
	keeps := func(d *department, p float64) time.Time {
		first, second := r.Float64(), r.Float64()
		day := courseOn.AddDays(r.IntN(90)).In(in.loc)
		switch {
		case first < p+.1*d.care:
			return begin.In(in.loc)
		case d.group == pipeline.Participant && second < .5:
			return day
		}
		return time.Time{}
	}
	for _, a := range in.accounts {
		a.bio, a.link, a.policy = keeps(a.dept, .65), keeps(a.dept, .75), keeps(a.dept, .3)
		if r.Float64() < .6 {
			a.admins = 2 + r.IntN(2)
		}
	}
}

// kept tells whether a rule on the profile that is kept from a moment on is kept at t.
func kept(from, t time.Time) bool { return !from.IsZero() && !t.Before(from) }

// workday tells whether citizens are attended on the day.
func (in *institution) workday(d pipeline.Date) bool {
	wd := d.In(time.UTC).Weekday()
	return wd != time.Saturday && wd != time.Sunday && in.holidays[d] == ""
}

// Hours of attention, on working days.
const (
	opens  = 8*time.Hour + 30*time.Minute
	closes = 19*time.Hour + 30*time.Minute
)

// attended is the moment when d of attention have passed since t.
func (in *institution) attended(t time.Time, d time.Duration) time.Time {
	for day := pipeline.DateOf(t.In(in.loc)); ; day = day.AddDays(1) {
		if !in.workday(day) {
			continue
		}
		from, to := at(day, opens, in.loc), at(day, closes, in.loc)
		if t.After(from) {
			from = t
		}
		if left := to.Sub(from); left >= d {
			return from.Add(d)
		} else if left > 0 {
			d -= left
		}
	}
}

func at(d pipeline.Date, clock time.Duration, loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, int(clock/time.Second), 0, loc)
}

func holidays() map[pipeline.Date]string {
	days := map[pipeline.Date]string{}
	for y := 2012; y <= 2015; y++ {
		for _, h := range []struct {
			month time.Month
			day   int
			name  string
		}{{1, 1, "Año Nuevo"}, {1, 6, "Epifanía"}, {3, 19, "San José"}, {5, 1, "Fiesta del Trabajo"}, {6, 24, "San Juan"}, {8, 15, "Asunción"},
			{10, 9, "Día de la Comunitat Valenciana"}, {10, 12, "Fiesta Nacional"}, {11, 1, "Todos los Santos"}, {12, 6, "Día de la Constitución"},
			{12, 8, "Inmaculada"}, {12, 25, "Navidad"}} {
			days[pipeline.Date{Year: y, Month: h.month, Day: h.day}] = h.name
		}
	}
	for _, friday := range []pipeline.Date{{Year: 2013, Month: 3, Day: 29}, {Year: 2014, Month: 4, Day: 18}, {Year: 2015, Month: 4, Day: 3}} {
		days[friday] = "Viernes Santo"
		days[friday.AddDays(3)] = "Lunes de Pascua"
	}
	return days
}

// quantiles are the n mid-quantiles of the standard normal distribution in random order.
func quantiles(r *rand.Rand, n int) []float64 {
	z := make([]float64, n)
	for i, j := range r.Perm(n) {
		z[i] = math.Sqrt2 * math.Erfinv(2*(float64(j)+.5)/float64(n)-1)
	}
	return z
}

// stream is an independent source of chance for one purpose.
func stream(seed uint64, purpose string) *rand.Rand {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(purpose) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h))
}
