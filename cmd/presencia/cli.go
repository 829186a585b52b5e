package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"presencia/pipeline/indicator"
)

// program is what the operating system gives; no other part of presencia reads it.
type program struct {
	stdout, stderr io.Writer
	env            func(string) (string, bool)
	now            func() time.Time
	terminal       bool // stderr is one
}

// cli is the whole command tree.
type cli struct {
	Register string `help:"The institution's register." default:"institution.yaml" env:"PRESENCIA_REGISTER" placeholder:"FILE"`
	Store    string `help:"Where the data are: chdb:FOLDER for the engine inside the program, or clickhouse://USER@HOST:PORT/DATABASE." default:"chdb:./data" env:"PRESENCIA_STORE" placeholder:"DSN"`
	Output   string `help:"Where reports are written." default:"./reports" env:"PRESENCIA_OUTPUT" placeholder:"FOLDER"`
	Log      string `help:"Form of the log on the error output: text, json or none." enum:"text,json,none" default:"text" env:"PRESENCIA_LOG" placeholder:"FORM"`
	Verbose  bool   `help:"Log every account and request." short:"v"`

	Init       initCmd       `cmd:"" help:"Write a commented register to start from."`
	Doctor     doctorCmd     `cmd:"" help:"Check register, engine, store, credentials and servers, and say what to do."`
	Registered registerCmd   `cmd:"" name:"register" help:"Fill the register from other lists and from the institution's website."`
	Platforms  platformsCmd  `cmd:"" help:"What can be read of each network."`
	Collect    collectCmd    `cmd:"" help:"Read the register's accounts and store what is new."`
	Import     importCmd     `cmd:"" help:"Import the history of an account from exported files."`
	Check      checkCmd      `cmd:"" help:"Hold accounts, posts and answers against the guide."`
	Guide      guideCmd      `cmd:"" help:"The rules of the guide that are in force."`
	Plan       planCmd       `cmd:"" help:"The content plan: a workbook to write it in, and how it was kept."`
	Indicators indicatorsCmd `cmd:"" help:"The ledger of indicators."`
	Course     courseCmd     `cmd:"" help:"The evaluation of a course: its plan, written beforehand, its records, its results."`
	Stats      statsCmd      `cmd:"" help:"One statistic on the columns of a table, as JSON."`
	Report     reportCmd     `cmd:"" help:"Write a report as HTML and as a workbook."`
	Export     exportCmd     `cmd:"" help:"Write the figures as open data: CSV, JSON and Parquet with their metadata."`
	Action     actionCmd     `cmd:"" help:"What was agreed to be done, by whom and until when."`
	SQL        sqlCmd        `cmd:"" name:"sql" help:"Ask the store in SQL, read-only."`
	Serve      serveCmd      `cmd:"" help:"Collect and check at an interval; serve reports, metrics and health."`
	Demo       demoCmd       `cmd:"" help:"Simulate an institution, collect it over HTTP and write its reports."`
	Version    versionCmd    `cmd:"" help:"The version of the program."`
}

const description = `presencia measures a public institution's presence on social networks, holds its accounts
against its guide, and tells whether training its community managers changed anything.

A first look: presencia demo. For your institution: presencia init, then edit
institution.yaml, presencia doctor, presencia collect, presencia check,
presencia report monthly --month 2026-10.`

// exits ends a command that kong wants to end (after --help).
type exits int

// run parses and runs one command line and answers its exit code.
func (p *program) run(ctx context.Context, args []string) (code int) {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("presencia"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(n int) { panic(exits(n)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{"indicator_groups": strings.Join(indicator.Groups, ","), "indicator_group_names": strings.Join(indicator.Groups, ", ")},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p, &c))
	if err != nil {
		panic(err) // the tree itself is broken; the first test sees it
	}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exits:
			code = int(e)
		default:
			fmt.Fprintf(p.stderr, "presencia broke; please report this with what you typed:\n%v\n%s", e, debug.Stack())
			code = exitBug
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return p.fail(withCode(exitUsage, fmt.Errorf("%w; 'presencia %s' tells more", err, strings.TrimSpace(commandOf(args)+" --help"))))
	}
	return p.fail(parsed.Run())
}

func commandOf(args []string) string {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args[0]
	}
	return ""
}

// fail prints an error as one sentence and answers the exit code that it stands for.
func (p *program) fail(err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(p.stderr, "presencia: "+err.Error())
	var coded *codedError
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, context.Canceled):
		return exitStopped
	}
	return exitStore
}

func (p *program) logger(c *cli) *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	switch c.Log {
	case "json":
		return slog.New(slog.NewJSONHandler(p.stderr, o))
	case "none":
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(p.stderr, o))
}

type versionCmd struct{}

func (versionCmd) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, "presencia", version)
	return err
}
