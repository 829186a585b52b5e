package pipeline

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Privacy takes citizens out of a batch before anything is stored: authors and message ids become keyed hashes, texts
// of messages are dropped, and handles that the register does not know are masked in the institution's own posts.
type Privacy struct {
	// Key is the secret of the hashes. Without it they cannot be matched with a person; losing it breaks the link
	// between new answers and old messages, nothing else.
	Key []byte
	// Handles are the accounts that may be named: the institution's own and its peers', in the form of [CanonicalHandle].
	Handles map[string]bool
	// Own are the institution's accounts alone; what they write to each other is no message from the public.
	Own map[string]bool
	// Language and Kind tell of a message what its text says before it is dropped, as [Message] has them; nil: nothing.
	Language, Kind func(text string) string
	// Redact hides personal data in the institution's own posts; nil: they stay as they are.
	Redact func(text string) string
}

// NewPrivacy knows the handles of a register.
func NewPrivacy(key []byte, r *Register) *Privacy {
	p := &Privacy{Key: key, Handles: map[string]bool{}, Own: map[string]bool{}}
	know := func(h string) {
		h = CanonicalHandle(h)
		local, _, _ := strings.Cut(h, "@") // posts write @office for @office@social.example
		p.Handles[h], p.Handles[local] = true, true
	}
	for _, a := range r.Accounts {
		know(a.Handle)
		p.Own[CanonicalHandle(a.Handle)] = true
	}
	for _, a := range r.Peers {
		know(a.Handle)
	}
	return p
}

// CanonicalHandle is a handle without @ at its start, in lower case: office@social.example.
func CanonicalHandle(h string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(h), "@"))
}

// handle finds @name and @name@host in text and in addresses of profiles, but not the second half of a mail address.
var handle = regexp.MustCompile(`(^|[^\p{L}\p{N}_@%+])@([\p{L}\p{N}_][\p{L}\p{N}_.-]*(?:@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)?)`)

// Mask is what stands where a citizen's handle stood.
const Mask = "@…"

// Apply rewrites the batch in place.
func (p *Privacy) Apply(b *Batch) {
	for i := range b.Posts {
		post := &b.Posts[i]
		post.Author = ""
		post.Text = p.maskHandles(post.Text)
		if p.Redact != nil {
			post.Text = p.Redact(post.Text)
			post.Media = slices.Clone(post.Media)
			for j := range post.Media {
				post.Media[j].Alt = p.Redact(post.Media[j].Alt)
			}
		}
		post.RepostOf = p.maskHandles(post.RepostOf)
		post.Links = slices.Clone(post.Links)
		for j, l := range post.Links {
			post.Links[j] = p.maskHandles(l)
		}
		post.Mentions = slices.DeleteFunc(slices.Clone(post.Mentions), func(m string) bool { return !p.known(m) })
		for j, m := range post.Mentions {
			post.Mentions[j] = CanonicalHandle(m)
		}
		if post.InReplyTo != "" && !post.SelfReply {
			post.InReplyTo = p.hash("message", string(b.Platform), post.InReplyTo)
		}
	}
	b.Messages = slices.DeleteFunc(slices.Clone(b.Messages), func(m Message) bool { return p.Own[CanonicalHandle(m.Author)] })
	for i := range b.Messages {
		m := &b.Messages[i]
		if p.Language != nil { // what the text shows goes before what the app of its author declares
			m.Language = cmp.Or(p.Language(m.Text), m.Language)
		}
		if m.Kind == "" && p.Kind != nil {
			m.Kind = p.Kind(m.Text)
		}
		m.ID = p.hash("message", string(b.Platform), m.ID)
		if m.Author != "" {
			// The author's hash changes with the quarter, so that nobody can be followed for longer.
			m.Author = p.hash("author", string(b.Platform), quarter(m.At), m.Author)
		}
		m.Text = ""
	}
}

func (p *Privacy) known(h string) bool { return p.Handles[CanonicalHandle(h)] }

func (p *Privacy) maskHandles(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return handle.ReplaceAllStringFunc(text, func(s string) string {
		i := strings.Index(s, "@")
		name := strings.TrimRight(s[i+1:], ".-")
		tail := s[i+1+len(name):]
		if p.known(name) {
			return s
		}
		return s[:i] + Mask + tail
	})
}

func (p *Privacy) hash(parts ...string) string {
	h := hmac.New(sha256.New, p.Key)
	for _, s := range parts {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func quarter(t time.Time) string { return fmt.Sprintf("%dQ%d", t.Year(), (int(t.Month())-1)/3+1) }
