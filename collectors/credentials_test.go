package collectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"presencia/pipeline"
)

func TestParseCredential(t *testing.T) {
	for _, c := range []struct {
		name, content string
		token         string
		ends          time.Time
		renewable, ok bool
	}{
		{"a bare token", "abc", "abc", time.Time{}, false, true},
		{"nothing", "", "", time.Time{}, false, true},
		{"an object", `{"access_token":"abc","refresh_token":"def","expires":"2026-12-31T00:00:00Z"}`, "abc", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), true, true},
		{"only what renews", ` {"refresh_token":"def","client_id":"id"}`, "", time.Time{}, true, true},
		{"what a platform knows to read", `{"identifier":"a","password":"b"}`, `{"identifier":"a","password":"b"}`, time.Time{}, false, true},
		{"broken", `{"access_token":"hunter2hunter2"`, "", time.Time{}, false, false},
		{"a number for a token", `{"access_token":17}`, "", time.Time{}, false, false},
		{"an end that is no time", `{"access_token":"hunter2hunter2","expires":"hunter2hunter2"}`, "", time.Time{}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseCredential(pipeline.Secret(c.content))
			if (err == nil) != c.ok || got.AccessToken.Reveal() != c.token {
				t.Errorf("got token %q, %v", got.AccessToken.Reveal(), err)
			}
			if strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Errorf("the error holds the secret: %v", err)
			}
			ends, renewable, err := Expiry(pipeline.Secret(c.content))
			if !ends.Equal(c.ends) || renewable != c.renewable || (err == nil) != c.ok {
				t.Errorf("ends %v, renewable %v, %v", ends, renewable, err)
			}
		})
	}
}

func FuzzParseCredential(f *testing.F) {
	for _, s := range []string{"abc", `{"access_token":"abc","refresh_token":"def","expires":"2026-12-31T00:00:00Z","page":{"id":1}}`, "{", "{}", `{"expires":null}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCredential(pipeline.Secret(s))
		if err != nil || c.fields == nil || c.AccessToken.Reveal() == s {
			return
		}
		again, err := ParseCredential(c.Content())
		if err != nil || again.AccessToken != c.AccessToken || again.RefreshToken != c.RefreshToken || !again.Expires.Equal(c.Expires) || again.ClientSecret != c.ClientSecret {
			t.Errorf("%q came back as %q, %v", s, c.Content().Reveal(), err)
		}
		for name, value := range c.fields {
			var a, b any
			if name == strings.ToLower(name) && json.Unmarshal(value, &a) == nil && json.Unmarshal(again.fields[name], &b) != nil && a != nil && a != "" {
				t.Errorf("%q lost %s", s, name)
			}
		}
	})
}

// vault keeps a credential as a file does.
type vault struct {
	mu      sync.Mutex
	content string
	saved   int
	refuse  error
}

func (v *vault) find(string) (pipeline.Secret, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return pipeline.Secret(v.content), nil
}

func (v *vault) save(_ string, s pipeline.Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse != nil {
		return v.refuse
	}
	v.content = s.Reveal()
	v.saved++
	return nil
}

// tokens is a server whose tokens end: it takes the one that it gave last, and each refresh token once.
type tokens struct {
	mu       sync.Mutex
	valid    string
	refresh  string
	given    int
	refusals int
}

func (s *tokens) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(10 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/token" {
		if r.Header.Get("Authorization") != "" || r.FormValue("refresh_token") != s.refresh {
			return reply(400, `{"error":"invalid_grant: `+r.FormValue("refresh_token")+`"}`), nil
		}
		s.given++
		s.valid, s.refresh = fmt.Sprintf("access-token-%d", s.given), fmt.Sprintf("refresh-token-%d", s.given)
		return reply(200, fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"expires_in":3600}`, s.valid, s.refresh)), nil
	}
	if r.Header.Get("Authorization") != "Bearer "+s.valid {
		s.refusals++
		return reply(401, `{"error":"`+r.Header.Get("Authorization")+`"}`), nil
	}
	return reply(200, "{}"), nil
}

// renewAtTokens is the way of that server, as a platform's source would write it.
func renewAtTokens(ctx context.Context, v *visit, c Credential) (Credential, error) {
	if c.RefreshToken == "" {
		return c, errNoRenewal
	}
	u := v.account.Server + "/token?refresh_token=" + c.RefreshToken.Reveal()
	q := request{noToken: true, limit: 1000, method: http.MethodPost, judge: func(r *response) (time.Duration, error) {
		if r.status < 300 {
			return 0, nil
		}
		return 0, fmt.Errorf("%w: %s", pipeline.ErrDenied, r.body)
	}}
	var err error
	if q.url, err = url.Parse(u); err != nil {
		return c, err
	}
	r, err := v.get(ctx, q)
	if err != nil {
		return c, err
	}
	var got struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    int    `json:"expires_in"`
	}
	if err := r.decode(&got); err != nil {
		return c, err
	}
	c.AccessToken, c.RefreshToken = pipeline.Secret(got.AccessToken), pipeline.Secret(got.RefreshToken)
	c.Expires = r.at.Add(time.Duration(got.ExpiresIn) * time.Second)
	return c, nil
}

func TestCredentialIsRenewed(t *testing.T) {
	ends := func(d time.Duration) string { return visitDay.Add(d).Format(time.RFC3339) }
	for _, c := range []struct {
		name, content string
		refuse        error
		visits        int // at once
		given, saved  int
		refusals      int
		fails         string
	}{
		{"it lasts", `{"access_token":"access-token-0","refresh_token":"refresh-token-0","expires":"` + ends(time.Hour) + `"}`, nil, 3, 0, 0, 0, ""},
		{"it ends soon", `{"access_token":"access-token-0","refresh_token":"refresh-token-0","expires":"` + ends(time.Minute) + `"}`, nil, 5, 1, 1, 0, ""},
		{"it has ended", `{"access_token":"old-access-token","refresh_token":"refresh-token-0","expires":"` + ends(-time.Minute) + `"}`, nil, 5, 1, 1, 0, ""},
		{"there is none yet", `{"refresh_token":"refresh-token-0","client_id":"app"}`, nil, 1, 1, 1, 0, ""},
		{"it was refused before its time", `{"access_token":"old-access-token","refresh_token":"refresh-token-0","expires":"` + ends(time.Hour) + `"}`, nil, 1, 1, 1, 1, ""},
		{"it cannot be stored", `{"refresh_token":"refresh-token-0"}`, errors.New("read-only file system"), 3, 1, 0, 0, ""},
		{"the refresh token was used before", `{"access_token":"old-access-token","refresh_token":"used-refresh-token"}`, nil, 1, 0, 0, 1, "PRESENCIA_TOKEN_OFFICE"},
		{"nothing to renew it with", "old-access-token", nil, 1, 0, 0, 1, "PRESENCIA_TOKEN_OFFICE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				today()
				v := &vault{content: c.content, refuse: c.refuse}
				server := &tokens{valid: "access-token-0", refresh: "refresh-token-0"}
				var log bytes.Buffer
				f := newFetcher(withDefaults(Options{Transport: server, Credential: v.find, Save: v.save, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}))
				f.renewals[pipeline.TikTok] = renewal{5 * time.Minute, renewAtTokens}
				var all sync.WaitGroup
				said := make([]string, c.visits)
				for i := range c.visits {
					all.Go(func() {
						a := pipeline.Account{Platform: pipeline.TikTok, Credential: "OFFICE", Server: "https://api.example"}
						for range 2 { // visits
							w, err := f.visit(pipeline.Request{Account: a})
							if err == nil {
								_, err = w.get(t.Context(), request{url: address(t, "https://api.example/users"), limit: 1000})
							}
							if (err == nil) != (c.fails == "") || err != nil && (!errors.Is(err, pipeline.ErrDenied) || !strings.Contains(err.Error(), c.fails)) {
								t.Errorf("got %v, want %q", err, c.fails)
							}
							said[i] += fmt.Sprint(err)
							if c.fails != "" {
								return
							}
						}
					})
				}
				all.Wait()
				if server.given != c.given || v.saved != c.saved || server.refusals != c.refusals {
					t.Errorf("%d tokens given, %d stored, %d requests refused; want %d, %d, %d", server.given, v.saved, server.refusals, c.given, c.saved, c.refusals)
				}
				if v.saved > 0 && (!strings.Contains(v.content, "refresh-token-1") || strings.Contains(c.content, "client_id") != strings.Contains(v.content, "client_id")) {
					t.Errorf("stored %s", v.content)
				}
				for _, secret := range []string{"access-token", "refresh-token"} {
					if all := strings.Join(said, "") + log.String(); strings.Contains(all, secret) {
						t.Errorf("%q appears in %s", secret, all)
					}
				}
			})
		})
	}
}

func TestCredentialThatEndsSoonIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		v := &vault{content: `{"access_token":"access-token-0","expires":"2026-11-25T00:00:00Z"}`}
		var log bytes.Buffer
		f := newFetcher(withDefaults(Options{Credential: v.find, Log: slog.New(slog.NewTextHandler(&log, nil))}))
		for range 3 {
			if _, err := f.visit(pipeline.Request{Account: pipeline.Account{Credential: "OFFICE"}}); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(log.String(), "ends soon"); n != 1 || !strings.Contains(log.String(), "OFFICE") || strings.Contains(log.String(), "access-token") {
			t.Errorf("told %d times: %s", n, &log)
		}
	})
}
