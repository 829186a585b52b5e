package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"presencia/collectors/export"
	"presencia/pipeline"
)

type importCmd struct {
	Account      string            `help:"The account whose history it is." required:"" placeholder:"ID"`
	Map          map[string]string `help:"Column of a field, for files that presencia does not know; once for each of id, created, text, url, likes, replies, reposts, views, reach, language, kind." mapsep:"none" placeholder:"FIELD=COLUMN"`
	DateLayout   string            `help:"How dates are written, such as DD/MM/YYYY HH:MM." placeholder:"LAYOUT"`
	Zone         string            `help:"Time zone of dates that name none; by default UTC." default:"UTC" placeholder:"ZONE"`
	Encoding     string            `help:"Encoding of the files; by default UTF-8, and Windows-1252 for bytes that are not." placeholder:"NAME"`
	DecimalComma bool              `help:"Read 1.234 as a thousand and more."`
	AsOf         string            `help:"Day of the export, of which the figures are; by default when the file was last changed." placeholder:"YYYY-MM-DD"`
	SkipBad      bool              `help:"Import a file although some of its rows are bad, without those."`
	Files        []string          `arg:"" name:"file" help:"CSV files." type:"existingfile"`
}

// Help tells what the one line of the overview leaves out.
func (importCmd) Help() string {
	return `Known by their header: tables of tweets (created_at, text, url, replies, retweets, favorites, user), Twitter and X
Analytics, Meta Business Suite. Any other CSV file needs --map. One bad row refuses the whole file and all bad rows
are listed. The same file again changes nothing.

  presencia import --account turismo tweets.csv
  presencia import --account turismo --map created=Fecha --map text=Texto --date-layout "DD/MM/YYYY" otra.csv`
}

func (cmd *importCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	accounts, err := s.choose([]string{cmd.Account})
	if err != nil {
		return withCode(exitUsage, err)
	}
	account := accounts[0]
	bar := s.progress("importing")
	var report export.Report
	reader, err := cmd.reader()
	if err != nil {
		return withCode(exitUsage, err)
	}
	reader.Progress, reader.Done = bar.at, func(r export.Report) { report = r }
	id, err := reader.Fingerprint(account.ID)
	if err != nil {
		return withCode(exitConfig, err)
	}
	runner := s.runner(nil)
	runner.Log = slog.New(slog.DiscardHandler) // a refusal is told once, below
	runner.Collectors = map[pipeline.Platform]pipeline.Collector{account.Platform: pipeline.OneByOne(reader)}
	info := pipeline.RunInfo{ID: "import-" + id, Kind: "import", Started: s.now().UTC(), Register: s.register.Version, Whole: true}
	outcomes, err := runner.Run(ctx, info, accounts, time.Time{})
	bar.done()
	if errors.Is(err, pipeline.ErrRunExists) {
		fmt.Fprintf(s.stdout, "%s was imported before: nothing changed.\n", strings.Join(cmd.Files, ", "))
		return nil
	}
	if len(outcomes) > 0 && outcomes[0].Err != nil {
		return withCode(exitConfig, outcomes[0].Err)
	}
	if err != nil {
		return err
	}
	cmd.tell(s, report)
	return nil
}

func (cmd *importCmd) reader() (*export.Reader, error) {
	zone, err := time.LoadLocation(cmd.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone: there is no time zone %q; write it like Europe/Madrid", cmd.Zone)
	}
	e := &export.Reader{
		Files: cmd.Files, Encoding: cmd.Encoding, Zone: zone, SkipBad: cmd.SkipBad,
		Mapping: export.Mapping{Columns: cmd.Map, Layout: cmd.DateLayout, DecimalComma: cmd.DecimalComma},
	}
	if cmd.AsOf != "" {
		d, err := pipeline.ParseDate(cmd.AsOf)
		if err != nil {
			return nil, fmt.Errorf("--as-of: %w", err)
		}
		e.AsOf = d.In(zone)
	}
	return e, nil
}

// tell says what was read, and of everything that was not read as it stood.
func (cmd *importCmd) tell(s *site, r export.Report) {
	fmt.Fprintf(s.stdout, "Imported %s of %s (%s), from %s to %s, with the figures of %s.\n", plural(r.Posts, "post"), cmd.Account, r.Files[0].Format,
		r.First.In(s.zone).Format(time.DateOnly), r.Last.In(s.zone).Format(time.DateOnly), r.AsOf.In(s.zone).Format(time.DateOnly))
	for _, note := range []struct {
		n    int
		what string
	}{
		{len(r.Bad), "bad rows, left out"},
		{r.Repeated, "rows that only repeat another"},
		{r.Daily, "rows with one day's part of a post's figures, left out"},
		{r.Undecodable, "warning, bytes that are not in the file's encoding, read as Windows-1252"},
		{r.Entities, "HTML entities, decoded"},
	} {
		if note.n > 0 {
			fmt.Fprintf(s.stdout, "  %s: %d\n", note.what, note.n)
		}
	}
	for _, b := range r.Bad {
		fmt.Fprintf(s.stderr, "left out: %s:%d: %s\n", b.File, b.Line, b.Reason)
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
