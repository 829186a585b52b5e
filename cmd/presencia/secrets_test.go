package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"presencia/collectors"
	"presencia/pipeline"
	"presencia/pipeline/store"
)

// TestNoTokenIsStored runs collections over servers that quote the token they were sent wherever they refuse, and looks
// for it in every row of every table.
func TestNoTokenIsStored(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	tokens := map[string]string{
		"TOOT": "toot-0123456789abcdefSECRET", "BIRD": "bird-0123456789abcdefSECRET",
		"OBJECT": `{"access_token":"object-0123456789abcdefSECRET","client_secret":"client-0123456789abcdefSECRET","note":"kept"}`,
	}
	sent := map[string]bool{}
	refuse := true // what comes after the profile
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		sent[token] = true
		answer := func(status int, v any) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(v)
		}
		quote := map[string]any{"error": "no: " + token, "title": token, "detail": "refused was " + token, "errors": []any{map[string]any{"message": token, "parameters": map[string]any{token: []string{token}}}}}
		status := map[string]any{"id": "9", "created_at": "2026-11-19T10:00:00.000Z", "visibility": "public", "content": "<p>hola</p>", "account": map[string]any{"id": "7", "acct": "office"}}
		switch path := r.URL.Path; {
		case strings.Contains(path, "lookup"), path == "/api/v1/accounts/7":
			answer(200, map[string]any{"id": "7", "acct": "office", "followers_count": 3, "avatar": "https://a.example/1.png"})
		case path == "/2/users", path == "/2/users/by":
			answer(200, map[string]any{"data": []any{map[string]any{"id": "17", "username": "office", "name": "Office", "public_metrics": map[string]any{"followers_count": 3, "post_count": 1}}}})
		case refuse || strings.Contains(path, "verify_credentials") || strings.Contains(path, "mentions"):
			answer(403, quote)
		case strings.HasSuffix(path, "/statuses"):
			answer(200, []any{status})
		case strings.HasSuffix(path, "/tweets"):
			answer(200, map[string]any{"data": []any{map[string]any{"id": "2000000000000000001", "text": "hola", "author_id": "17", "created_at": "2026-11-19T10:00:00.000Z"}}, "meta": map[string]any{"result_count": 1}})
		default:
			answer(404, quote)
		}
	}))
	defer platform.Close()
	host := strings.TrimPrefix(platform.URL, "http://")
	accounts := []pipeline.Account{
		{ID: "toot", Platform: pipeline.Mastodon, Handle: "@office@" + host, Credential: "TOOT"},
		{ID: "object", Platform: pipeline.Mastodon, Handle: "@office@" + host, Credential: "OBJECT"},
		{ID: "bird", Platform: pipeline.X, Handle: "@office", Credential: "BIRD"},
		{ID: "lost", Platform: pipeline.X, Handle: "@nobody", Credential: "BIRD"},
	}
	for i := range accounts {
		accounts[i].Server, accounts[i].AllowHTTP = platform.URL, true
	}
	db, err := store.Open(t.Context(), "chdb:"+t.TempDir(), store.Options{Libchdb: engine(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	runner := &pipeline.Runner{
		Collectors: collectors.All(collectors.Options{Log: logger, Credential: func(name string) (pipeline.Secret, error) { return pipeline.Secret(tokens[name]), nil }, Backoff: time.Millisecond}),
		Sink:       db, Privacy: &pipeline.Privacy{Key: []byte("k")}, Now: time.Now, Log: logger, Concurrency: 1,
	}
	said, read := "", 0
	for i := range 2 {
		outcomes, err := runner.Run(t.Context(), pipeline.RunInfo{ID: fmt.Sprint(i), Kind: "collect", Started: now.Add(time.Duration(i) * time.Hour)}, accounts, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			said += fmt.Sprintf("%v %v\n", o.Err, o.Gaps)
			if o.Err == nil {
				read++
			}
		}
		refuse = false
	}
	if len(sent) != 3 || read < 3 || !strings.Contains(said, "***") {
		t.Errorf("the servers saw %d tokens, %d readings went well; a word of a platform that quotes one should come through, masked: %s", len(sent), read, said)
	}
	var tables []struct {
		Name string `ch:"name"`
		Rows uint64 `ch:"rows"`
	}
	if err := db.Select(t.Context(), &tables, "SELECT name, coalesce(total_rows, 0) AS rows FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name"); err != nil {
		t.Fatal(err)
	}
	all := map[string]*bytes.Buffer{"log": &log, "outcomes told": bytes.NewBufferString(said)}
	for _, table := range tables {
		all[table.Name] = &bytes.Buffer{}
		if err := db.Query(t.Context(), all[table.Name], "SELECT * FROM "+table.Name, "json"); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"outcomes", "profiles", "posts", "figures"} {
		if all[name] == nil || !strings.Contains(all[name].String(), `"account": "toot"`) {
			t.Errorf("the table %s was not looked at, or holds nothing", name)
		}
	}
	for name, content := range all {
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.Index(text, []byte("SECRET")); i >= 0 {
			t.Errorf("a token stands in %s: …%s…", name, text[max(0, i-120):min(len(text), i+40)])
		}
	}
}
