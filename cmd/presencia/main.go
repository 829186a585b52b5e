// Command presencia measures a public institution's presence on social networks and tells whether training its
// community managers changed anything.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // the institution's zone must be known on every machine

	"golang.org/x/term"
)

// version is set by the build.
var version = "dev"

func main() {
	// Most of the memory is the engine's, which Go does not see: garbage may wait longer than usual.
	debug.SetGCPercent(200)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{
		stdout: os.Stdout, stderr: os.Stderr, env: os.LookupEnv, now: time.Now,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
