package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Collection is how the institution reads the networks: how often posts are read again, and what that may use.
type Collection struct {
	// Revisit are the ages at which the figures of a post are read again. Empty: 1 hour, 1, 7 and 30 days.
	Revisit []Age `yaml:"revisit,omitempty" json:"revisit,omitempty"`
	// Platforms holds what differs for one of them.
	Platforms map[Platform]Reading `yaml:"platforms,omitempty" json:"platforms,omitempty"`
}

// Reading is how one platform is read.
type Reading struct {
	Revisit []Age  `yaml:"revisit,omitempty" json:"revisit,omitempty"`
	Budget  Budget `yaml:"budget,omitempty" json:"budget,omitzero"`
}

// Budget bounds what reading a platform may use in a calendar month (UTC). Zero: no bound.
type Budget struct {
	Calls int     `yaml:"calls,omitempty" json:"calls,omitempty"`
	Euros float64 `yaml:"euros,omitempty" json:"euros,omitempty"`
	// EurosPerDollar turns the platforms' prices into euros. 0: 1, which is on the safe side.
	EurosPerDollar float64 `yaml:"euros_per_dollar,omitempty" json:"euros_per_dollar,omitempty"`
}

// Age is how old a post is, written 1h or 7d.
type Age time.Duration

// ParseAge reads a whole number of hours (h) or days (d).
func ParseAge(s string) (Age, error) {
	for unit, of := range map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour} {
		digits, ok := strings.CutSuffix(s, unit)
		if n, err := strconv.ParseUint(digits, 10, 16); ok && err == nil && n > 0 && n <= 10_000 {
			return Age(time.Duration(n) * of), nil
		}
	}
	return 0, fmt.Errorf("%q is not an age: write it in hours or days, for example 1h or 7d", s)
}

// String writes days where they are whole, or hours.
func (a Age) String() string {
	if d := time.Duration(a); d%(24*time.Hour) != 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", time.Duration(a)/(24*time.Hour))
}

// MarshalText writes the age as the register has it.
func (a Age) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Age) UnmarshalText(b []byte) error {
	v, err := ParseAge(string(b))
	if err == nil {
		*a = v
	}
	return err
}

// DefaultRevisit is how often posts are read again where the register says nothing.
var DefaultRevisit = []Age{Age(time.Hour), Age(24 * time.Hour), Age(7 * 24 * time.Hour), Age(30 * 24 * time.Hour)}

// Of is how a platform is read, with the defaults filled in.
func (c Collection) Of(p Platform) Reading {
	r := c.Platforms[p]
	if len(r.Revisit) == 0 {
		r.Revisit = c.Revisit
	}
	if len(r.Revisit) == 0 {
		r.Revisit = DefaultRevisit
	}
	return r
}

// late is how long after the last age of the schedule a post is still read again, when no run came at the right time.
const late = 30 * 24 * time.Hour

// horizon is the age from which on no post is read again.
func (c Collection) horizon() time.Duration {
	longest := slices.Max(c.Of("").Revisit)
	for p := range c.Platforms {
		longest = max(longest, slices.Max(c.Of(p).Revisit))
	}
	return time.Duration(longest) + late
}

// SeenPost is a post that earlier runs have seen, with the moment of its last reading.
type SeenPost struct {
	ID            string
	CreatedAt, At time.Time
}

// due are the posts that have come to an age of the schedule since they were last read.
func (r Reading) due(seen []SeenPost, now time.Time) []DuePost {
	var due []DuePost
	for _, p := range seen {
		for _, age := range r.Revisit {
			if at := p.CreatedAt.Add(time.Duration(age)); !at.After(now) && p.At.Before(at) && now.Sub(at) < late {
				due = append(due, DuePost{p.ID, p.CreatedAt})
				break
			}
		}
	}
	return due
}

// parkedFor is how long a refused metric is left alone before it is asked for again.
const parkedFor = 30 * 24 * time.Hour

// Use is what reading has used.
type Use struct {
	Calls   int // as the platform counts them against its limits: each question of a batch is one, as is each repetition
	Dollars float64
}

// ErrBudget: the register's budget does not allow another request.
var ErrBudget = errors.New("the budget for reading is used up")

// Meter holds a platform to its budget. A nil Meter allows everything. It is safe for concurrent use.
type Meter struct {
	whole    *Meter // that this one is a part of, and that is booked as well; nil: none
	platform Platform
	budget   Budget
	month    time.Time

	mu   sync.Mutex
	used Use
}

// NewMeter goes on from what this month's earlier runs have used.
func NewMeter(p Platform, b Budget, used Use, now time.Time) *Meter {
	y, m, _ := now.UTC().Date()
	return &Meter{platform: p, budget: b, used: used, month: time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)}
}

// part is a meter that books with m, and counts from zero what is booked through it.
func (m *Meter) part() *Meter { return &Meter{whole: m} }

// Used is what is booked, with what the meter began with.
func (m *Meter) Used() Use {
	if m == nil {
		return Use{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// Take books a request before it is sent, which the platform counts as so many calls and which costs at most so many
// dollars; ErrBudget says that it must not be sent, and nothing is booked.
func (m *Meter) Take(calls int, dollars float64) error {
	if m == nil {
		return nil
	}
	if err := m.whole.Take(calls, dollars); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if most := m.budget.Calls; most > 0 && m.used.Calls+calls > most {
		next := ""
		if calls > 1 {
			next = fmt.Sprintf(", and the next request counts as %d", calls)
		}
		return fmt.Errorf("%w: %d of %d calls to %s in %s%s; collection goes on in %s, or raise collection.platforms.%s.budget.calls in the register",
			ErrBudget, m.used.Calls, most, m.platform, m.month.Format("2006-01"), next, m.month.AddDate(0, 1, 0).Format("2006-01"), m.platform)
	}
	if most := m.budget.Euros; most > 0 && m.budget.euros(m.used.Dollars+dollars) > most {
		return fmt.Errorf("%w: %.2f of %.2f euros for %s in %s, and the next request may cost %.3f; collection goes on in %s, or raise collection.platforms.%s.budget.euros in the register",
			ErrBudget, m.budget.euros(m.used.Dollars), most, m.platform, m.month.Format("2006-01"), m.budget.euros(dollars), m.month.AddDate(0, 1, 0).Format("2006-01"), m.platform)
	}
	m.used.Calls += calls
	m.used.Dollars += dollars
	return nil
}

// Refund gives back what a request has cost less than was booked.
func (m *Meter) Refund(dollars float64) {
	if m == nil {
		return
	}
	m.whole.Refund(dollars)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used.Dollars -= dollars
}

func (b Budget) euros(dollars float64) float64 {
	if b.EurosPerDollar > 0 {
		return dollars * b.EurosPerDollar
	}
	return dollars
}
