package collectors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"presencia/pipeline"
)

// Credential is what stands behind the name of a credential: a bare token, or a JSON object
//
//	{"access_token": "…", "refresh_token": "…", "expires": "2026-12-31T00:00:00Z", "client_id": "…", "client_secret": "…"}
//
// of which only the fields that the platform wants need to be there. Further fields are kept.
type Credential struct {
	AccessToken  pipeline.Secret
	RefreshToken pipeline.Secret
	Expires      time.Time // of the access token; zero: not known, or never
	ClientID     string
	ClientSecret pipeline.Secret

	content pipeline.Secret
	fields  map[string]json.RawMessage // of the JSON object; nil: a bare token
}

// credentialFields are the fields of the JSON object that are known here.
type credentialFields struct {
	AccessToken  string    `json:"access_token,omitempty"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expires      time.Time `json:"expires,omitzero"`
	ClientID     string    `json:"client_id,omitempty"`
	ClientSecret string    `json:"client_secret,omitempty"`
}

// ParseCredential reads the content of a credential. An object without any token is taken whole as the access token:
// what it means is the platform's business.
func ParseCredential(content pipeline.Secret) (Credential, error) {
	c := Credential{AccessToken: content, content: content}
	if !strings.HasPrefix(strings.TrimSpace(content.Reveal()), "{") {
		return c, nil
	}
	var f credentialFields
	err := errors.Join(json.Unmarshal([]byte(content), &c.fields), json.Unmarshal([]byte(content), &f))
	if err != nil { // which may quote what it could not read
		return Credential{}, errors.New("its content begins like JSON and is none that can be read: write a bare token, or an object with access_token, refresh_token, expires (as 2026-12-31T00:00:00Z), client_id and client_secret")
	}
	if f.AccessToken+f.RefreshToken != "" {
		c.AccessToken = pipeline.Secret(f.AccessToken)
	}
	c.RefreshToken, c.Expires, c.ClientID, c.ClientSecret = pipeline.Secret(f.RefreshToken), f.Expires, f.ClientID, pipeline.Secret(f.ClientSecret)
	return c, nil
}

// Content is the credential as it is stored: always an object, with the fields that were read and are not known here.
func (c Credential) Content() pipeline.Secret {
	all := map[string]any{}
	for name, value := range c.fields {
		all[name] = value
	}
	set := func(name string, value any, known bool) {
		if delete(all, name); known {
			all[name] = value
		}
	}
	set("access_token", c.AccessToken.Reveal(), c.AccessToken != "")
	set("refresh_token", c.RefreshToken.Reveal(), c.RefreshToken != "")
	set("expires", c.Expires.UTC(), !c.Expires.IsZero())
	set("client_id", c.ClientID, c.ClientID != "")
	set("client_secret", c.ClientSecret.Reveal(), c.ClientSecret != "")
	b, err := json.Marshal(all)
	if err != nil { // of strings and of what was JSON before
		return c.content
	}
	return pipeline.Secret(b)
}

// Text is a further field of the object that is a string; empty where there is none.
func (c Credential) Text(field string) string {
	var s string
	if json.Unmarshal(c.fields[field], &s) != nil {
		return ""
	}
	return s
}

// secrets are the words that nobody may see.
func (c Credential) secrets() []string {
	all := []string{c.content.Reveal(), c.AccessToken.Reveal(), c.RefreshToken.Reveal(), c.ClientSecret.Reveal()}
	for name := range c.fields {
		if name != "client_id" && name != "expires" {
			all = append(all, c.Text(name))
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < 8 }) // shorter ones are in every other word
}

// ExpirySoon is how long before its end a credential is warned of.
const ExpirySoon = 14 * 24 * time.Hour

// Expiry tells when the access token of a credential's content ends (zero: not known, or never), and whether it can be
// renewed without anybody's doing where its platform allows that.
func Expiry(content pipeline.Secret) (ends time.Time, renewable bool, err error) {
	c, err := ParseCredential(content)
	return c.Expires, c.RefreshToken != "", err
}

// renewal asks a platform for a new access token in the place of one that ends.
type renewal struct {
	before time.Duration // the end of the old one
	// ask makes the request, with noToken, and answers the credential with what is new in it. errNoRenewal says that
	// this credential holds nothing to do it with.
	ask func(ctx context.Context, v *visit, c Credential) (Credential, error)
}

var errNoRenewal = errors.New("it holds nothing to renew it with")

// holder keeps a credential while visits use it, and renews it once for all of them.
type holder struct {
	turn chan struct{} // taken by who renews

	mu      sync.Mutex
	content pipeline.Secret // as it was last found
	now     Credential      // as it is now
	warned  bool
}

func (h *holder) current() Credential {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// become takes what a credential was renewed to; stored is its content where it was stored.
func (h *holder) become(c Credential, stored pipeline.Secret) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = c
	if stored != "" {
		h.content = stored
	}
}

// hold finds the credential of an account.
func (f *fetcher) hold(name string) (*holder, Credential, error) {
	if f.credential == nil {
		return nil, Credential{}, fmt.Errorf("credential %s: %w: no credentials are available here", name, pipeline.ErrDenied)
	}
	content, err := f.credential(name)
	var c Credential
	if err == nil {
		c, err = ParseCredential(content)
	}
	if err != nil {
		return nil, Credential{}, fmt.Errorf("credential %s: %w: %w", name, pipeline.ErrDenied, err)
	}
	f.mu.Lock()
	h, ok := f.holders[name]
	if !ok {
		h = &holder{turn: make(chan struct{}, 1)}
		f.holders[name] = h
	}
	f.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !ok || h.content != content { // somebody has put another one there
		h.content, h.now = content, c
	}
	if left := h.now.Expires.Sub(f.now()); !h.now.Expires.IsZero() && left < ExpirySoon && h.now.RefreshToken == "" && !h.warned {
		h.warned = true
		f.log.Warn("a credential ends soon: renew it", "credential", name, "ends", h.now.Expires.UTC())
	}
	return h, h.now, nil
}

// fresh renews the token of the visit where its platform has a way to and it ends soon. get does it by itself unless the
// request has noToken.
func (v *visit) fresh(ctx context.Context) error {
	_, err := v.renew(ctx, false)
	return err
}

// renew asks for a new token where the one at hand ends soon, or was refused. It tells whether there is another one now.
func (v *visit) renew(ctx context.Context, refused bool) (bool, error) {
	way, ok := v.renewals[v.account.Platform]
	if !ok || v.holder == nil {
		return false, nil
	}
	select {
	case v.holder.turn <- struct{}{}:
		defer func() { <-v.holder.turn }()
	case <-ctx.Done():
		return false, stopped(ctx)
	}
	c := v.holder.current()
	if c.AccessToken != v.token && c.AccessToken != "" { // another visit has done it
		v.take(c)
		return true, nil
	}
	over := c.AccessToken == "" || !c.Expires.IsZero() && !v.now().Before(c.Expires)
	if !refused && !over && (c.Expires.IsZero() || c.Expires.Sub(v.now()) > way.before) {
		return false, nil
	}
	renewed, err := way.ask(ctx, v, c)
	name := v.account.Credential
	switch {
	case err != nil && !over && !refused: // it still serves
		v.log.WarnContext(ctx, "a credential could not be renewed yet", "credential", name, "ends", c.Expires.UTC(), "error", v.hide(err))
		return false, nil
	case err != nil && refused && errors.Is(err, errNoRenewal):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("renew the credential %s: %w; where it does not pass, put a new one into PRESENCIA_TOKEN_%[1]s", name, v.hide(err))
	}
	v.take(renewed)
	stored := pipeline.Secret("")
	if v.save != nil {
		stored = renewed.Content()
		if err := v.save(name, stored); err != nil {
			stored = ""
			v.log.WarnContext(ctx, "a renewed credential could not be stored, the old one may not serve another time", "credential", name, "error", v.hide(err))
		}
	}
	v.holder.become(renewed, stored)
	return true, nil
}

// take makes a credential the visit's.
func (v *visit) take(c Credential) {
	v.token = c.AccessToken
	v.secrets = append(v.secrets, c.secrets()...)
}

// redacted is an error without the secrets that its text quotes; what it is stays the same.
type redacted struct {
	text string
	err  error
}

func (r redacted) Error() string { return r.text }

func (r redacted) Unwrap() error { return r.err }

func (v *visit) hide(err error) error {
	text := err.Error()
	if clean := v.clean(text); clean != text {
		return redacted{clean, err}
	}
	return err
}

// clean is a text without secrets.
func (v *visit) clean(s string) string {
	for _, secret := range v.secrets {
		s = strings.ReplaceAll(s, secret, "***")
	}
	return s
}
