//go:build linux

package collectors

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// realServer installs what a server of the folder testservers needs and answers where its files are. Without
// PRESENCIA_TEST_SERVERS the test skips; with it, a server that cannot be had fails the test.
func realServer(t *testing.T, name string) (folder string) {
	t.Helper()
	if os.Getenv("PRESENCIA_TEST_SERVERS") == "" {
		t.Skip("real servers are run by 'make test-servers'")
	}
	folder, err := filepath.Abs(filepath.Join("testservers", name))
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if out, err := exec.CommandContext(t.Context(), filepath.Join(folder, "setup.sh")).CombinedOutput(); err != nil {
		t.Fatalf("set up %s: %v\n%s", name, err, out)
	}
	t.Logf("%s is set up after %v", name, time.Since(begun).Round(10*time.Millisecond))
	return folder
}

// run runs a program to its end and answers what it printed.
func run(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			out = append(out, failed.Stderr...)
		}
		t.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, out)
	}
	return out
}

// start runs a program until the test ends, when it and all that it has started are told to stop, and are killed
// if they have not soon. What it prints is shown where the test fails.
func start(t *testing.T, cmd *exec.Cmd) (ended <-chan struct{}) {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), filepath.Base(cmd.Path))
	if err != nil {
		t.Fatal(err)
	}
	if cmd.Stdout == nil {
		cmd.Stdout = log
	}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // the latter where a timeout ends the tests
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		group := -cmd.Process.Pid
		_ = syscall.Kill(group, syscall.SIGTERM)
		patience := time.NewTimer(20 * time.Second)
		defer patience.Stop()
		select {
		case <-done:
		case <-patience.C:
		}
		_ = syscall.Kill(group, syscall.SIGKILL) // those of its own that it has left behind
		<-done
		if t.Failed() {
			printed, _ := os.ReadFile(log.Name())
			t.Logf("%s: %s", filepath.Base(cmd.Path), printed[max(0, len(printed)-4000):])
		}
		log.Close()
	})
	return done
}

// await asks again and again until there is no error, or the program that is waited for has ended.
func await(t *testing.T, ended <-chan struct{}, ask func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-ended:
			t.Fatalf("it ended before it was ready: %v", err)
		case <-ctx.Done():
			t.Fatalf("it is not ready: %v", err)
		}
	}
}

// freePort is one that nobody listens on, for programs that do not choose one themselves.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// listens asks whether somebody does.
func listens(port int) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			c.Close()
		}
		return err
	}
}
