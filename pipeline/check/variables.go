package check

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"presencia/pipeline"
)

// unit is what a rule judges one of; it decides which variables an expression may name.
type unit uint8

const (
	always    unit = iota // no unit of its own: there for every rule
	anAccount             // there for every rule but the institution's
	aPost
	aThread // a message from the public and its answer
	aSpan   // a day or a month, with its posts and threads
	anInstitution

	units = iota
)

// variable is a name that expressions may use.
type variable struct {
	name string
	typ  *cel.Type
	// field is what the source must give for the variable to be known; empty: it does not come from a source.
	field pipeline.Field
	unit  unit
	get   func(*binding) ref.Val // nil for what is not known
}

var (
	text  = cel.StringType
	texts = cel.ListType(cel.StringType)
)

// variables lists every name: first those for every rule and of the account, whose values stay.
var variables = slices.SortedStableFunc(slices.Values(slices.Concat(commonVariables, webCommonVariables, accountVariables, webAccountVariables, planVariables, postVariables, webPostVariables, aroundVariables,
	threadVariables, spanVariables, institutionVariables)), func(a, b variable) int {
	return cmp.Compare(max(a.unit, anAccount), max(b.unit, anAccount))
})

// binding is the CEL activation of one subject: it answers names, computing each value once. Values of the account
// stay; the others are forgotten when the binding moves to another post, span or thread.
type binding struct {
	*Guide
	s         *pipeline.Subject
	at, now   time.Time
	given     map[pipeline.Field]bool // what the account's source tells
	gives     []pipeline.Field        // what the post's source tells,
	postGiven map[pipeline.Field]bool // and the same as a set

	post    *pipeline.Observed
	span    pipeline.Window
	posts   []pipeline.Observed
	thread  *pipeline.Thread
	threads []pipeline.Thread

	values []ref.Val                   // by variable; nil: not asked for yet
	frame  *interpreter.ExecutionFrame // in which every expression is evaluated; to be closed
	twins  map[string]string           // of the account's posts, by id; nil: not looked for yet
	// tongues are the languages of posts that were looked at.
	tongues map[*pipeline.Observed][]string
}

var _ interpreter.Activation = (*binding)(nil)

func (g *Guide) bind(s *pipeline.Subject, at time.Time) *binding {
	b := &binding{Guide: g, s: s, at: at, now: earlier(s.Window.To, at), given: map[pipeline.Field]bool{}, values: make([]ref.Val, len(variables))}
	if s.Profile != nil {
		b.given = set(s.ProfileGives)
	}
	b.given[pipeline.FieldMessages] = s.GivesThreads
	var err error
	if b.frame, err = interpreter.NewExecutionFrame(b); err != nil {
		panic(err) // b is an activation
	}
	return b
}

// Parent ends the chain of activations.
func (b *binding) Parent() interpreter.Activation { return nil }

// ResolveName answers a variable's value, or CEL's unknown under the name of what is missing.
func (b *binding) ResolveName(name string) (any, bool) {
	i, ok := b.index[name]
	if !ok {
		return nil, false
	}
	if b.values[i] == nil {
		b.values[i] = b.value(i)
	}
	return b.values[i], true
}

func (b *binding) value(i int) ref.Val {
	v, given := &variables[i], b.given
	if v.unit == aPost {
		given = b.postGiven
	}
	if v.field != "" && !given[v.field] {
		return b.unknowns[i].ungiven
	}
	if val := v.get(b); val != nil {
		return val
	}
	return b.unknowns[i].unset
}

// unknown are the two ways in which a variable may be unknown: its source does not give the field, or gives it empty.
// They are CEL's unknowns, made once; their trails carry the names to the findings' evidence.
type unknown struct{ ungiven, unset *types.Unknown }

func unknowns() (all []unknown, names map[*types.Unknown]string) {
	all, names = make([]unknown, len(variables)), map[*types.Unknown]string{}
	of := func(i int, name string) *types.Unknown {
		u := types.NewUnknown(int64(i), types.NewAttributeTrail(name))
		names[u] = name
		return u
	}
	for i, v := range variables {
		all[i] = unknown{ungiven: of(i, string(v.field)), unset: of(i, v.name)}
	}
	return all, names
}

// missingNames reads back what unknowns wrote.
func missingNames(u *types.Unknown) string {
	var names []string
	ids := u.IDs()
	for _, id := range ids {
		trails, _ := u.GetAttributeTrails(id)
		if len(ids) == 1 && len(trails) == 1 { // mostly
			return trails[0].Variable()
		}
		for _, t := range trails {
			names = append(names, t.Variable())
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// forget drops the values that do not belong to the account.
func (b *binding) forget() { clear(b.values[b.own:]) }

func (b *binding) onPost(p *pipeline.Observed) {
	b.forget()
	b.post = p
	if b.postGiven == nil || !slices.Equal(b.gives, p.Gives) { // rarely changes from one post to the next
		b.gives, b.postGiven = p.Gives, set(p.Gives)
	}
}

func (b *binding) onThread(t *pipeline.Thread) {
	b.forget()
	b.thread = t
}

func (b *binding) onSpan(w pipeline.Window) {
	b.forget()
	b.span = w
	b.posts = within(b.s.Posts, w, func(p *pipeline.Observed) time.Time { return p.CreatedAt })
	b.threads = within(b.s.Threads, w, func(t *pipeline.Thread) time.Time { return t.Message.At })
}

// within is the part of a slice, oldest first, that lies in a window.
func within[T any](s []T, w pipeline.Window, at func(*T) time.Time) []T {
	from := sort.Search(len(s), func(i int) bool { return !at(&s[i]).Before(w.From) })
	to := sort.Search(len(s), func(i int) bool { return !at(&s[i]).Before(w.To) })
	return s[from:to]
}

func (b *binding) media(kind string) []pipeline.Media {
	var found []pipeline.Media
	for _, m := range b.post.Media {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// posted counts the posts of a kind; where the kind of one is not known, neither is the number.
func (b *binding) posted(k pipeline.PostKind) ref.Val {
	var n types.Int
	for _, p := range b.posts {
		switch p.Kind {
		case k:
			n++
		case "":
			return nil
		}
	}
	return n
}

func (b *binding) crisis() bool {
	return slices.ContainsFunc(b.register.Calendar.Crises, func(c pipeline.Crisis) bool {
		last := cmp.Or(c.End, c.Start)
		return c.Start.In(b.zone).Before(b.span.To) && b.span.From.Before(last.AddDays(1).In(b.zone))
	})
}

// answered tells whether the answer was there at the moment of the check.
func (b *binding) answered(t *pipeline.Thread) bool {
	return t.Answer != nil && !t.Answer.CreatedAt.After(b.at)
}

func (b *binding) until(t *pipeline.Thread) time.Time {
	if b.answered(t) {
		return t.Answer.CreatedAt
	}
	return b.at
}

// waits are the times that messages have waited, by the clock.
func (b *binding) waits(answered bool) ref.Val {
	waits := []time.Duration{}
	for i := range b.threads {
		if t := &b.threads[i]; b.answered(t) == answered {
			waits = append(waits, b.until(t).Sub(t.Message.At))
		}
	}
	return list(waits)
}

func list[T any](s []T) ref.Val {
	if s == nil {
		s = []T{}
	}
	return types.DefaultTypeAdapter.NativeToValue(s)
}

func instant(t time.Time) ref.Val {
	if t.IsZero() {
		return nil
	}
	return types.Timestamp{Time: t}
}

func declared(s string) ref.Val {
	if s == "" {
		return nil
	}
	return types.String(s)
}

func declaredAll(s []string) ref.Val {
	if len(s) == 0 {
		return nil
	}
	return list(s)
}

func positive(n int) ref.Val {
	if n <= 0 {
		return nil
	}
	return types.Int(n)
}

func count(c pipeline.Count) ref.Val {
	n, known := c.Get()
	if !known {
		return nil
	}
	return types.Int(n)
}

func set(fields []pipeline.Field) map[pipeline.Field]bool {
	m := make(map[pipeline.Field]bool, len(fields))
	for _, f := range fields {
		m[f] = true
	}
	return m
}
