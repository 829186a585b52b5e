package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"presencia/pipeline/simulation"
)

// TestServe runs the daemon on a platform of this machine: it collects, answers Prometheus and health checks, shares its
// store with a second process, and stops when told.
func TestServe(t *testing.T) {
	world := simulation.New(1)
	week := world.Weeks()[6]
	world.SetNow(week)
	platform := httptest.NewServer(world.Handler())
	defer platform.Close()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("institution.yaml"), world.Register(platform.URL), 0o644); err != nil {
		t.Fatal(err)
	}

	p, _ := newProgram(t)
	inner := p.env
	p.now = world.Now
	p.env = func(name string) (string, bool) {
		if credential, ok := strings.CutPrefix(name, "PRESENCIA_TOKEN_"); ok {
			return world.Token(credential)
		}
		return inner(name)
	}
	read, write := io.Pipe()
	p.stdout = write
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	flags := []string{"--register", at("institution.yaml"), "--store", "chdb:" + at("data"), "--output", at("reports"), "--log", "none"}
	go func() {
		ended <- p.run(ctx, append(flags, "serve", "--listen", "127.0.0.1:0", "--every", "1h"))
		write.Close()
	}()
	line := make([]byte, 200)
	n, err := read.Read(line)
	if err != nil {
		t.Fatalf("it said nothing: %v, exit code %d", err, <-ended)
	}
	address := regexp.MustCompile(`http://[\d.:]+/`).FindString(string(line[:n]))

	var metrics string
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		metrics = get(t, address+"metrics")
		if strings.Contains(metrics, `presencia_runs_total{kind="collect",result="ok"} 1`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no collection was completed:\n%s", metrics)
		}
	}
	for _, want := range []string{
		`presencia_account_last_success_timestamp_seconds{account="mastodon-turismo",department="turismo",platform="mastodon"} ` +
			strconv.FormatFloat(float64(week.Unix()), 'g', -1, 64),
		`presencia_followers{department="turismo",platform="mastodon"}`, `presencia_posts{department="turismo",platform="feed"}`,
		`presencia_calls_total{outcome="ok",platform="mastodon"}`, `presencia_rows_written_total`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(metrics, "ejemplo.test") {
		t.Error("/metrics names a handle")
	}
	for _, path := range []string{"healthz", "readyz"} {
		if got := get(t, address+path); got != "ok\n" {
			t.Errorf("%s answers %q", path, got)
		}
	}

	// A second process, with nothing configured, on the store that the daemon holds.
	second := exec.CommandContext(t.Context(), os.Args[0], "--store", "chdb:"+at("data"), "sql", "--format", "csv", "SELECT count() > 100 FROM posts_latest")
	second.Args[0] = "presencia"
	out, err := second.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "\n1\n") {
		t.Errorf("the second process: %v\n%s", err, out)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("stopped with exit code %d", code)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
