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
	"presencia/pipeline/store"
)

type importCmd struct {
	Account      string            `help:"The account whose history it is." required:"" placeholder:"ID"`
	Map          map[string]string `help:"Column of a field, for tables that presencia does not know; once for each of id, created, text, url, likes, replies, reposts, views, reach, saves, language, kind, followers." mapsep:"none" placeholder:"FIELD=COLUMN"`
	DateLayout   string            `help:"How dates are written, such as DD/MM/YYYY HH:MM." placeholder:"LAYOUT"`
	Zone         string            `help:"Time zone of dates that name none; by default UTC." default:"UTC" placeholder:"ZONE"`
	Encoding     string            `help:"Encoding of the files; by default UTF-8, and Windows-1252 for bytes that are not." placeholder:"NAME"`
	DecimalComma bool              `help:"Read 1.234 as a thousand and more."`
	AsOf         string            `help:"Day of the export, of which the figures are; by default when the file was last changed." placeholder:"YYYY-MM-DD"`
	Followers    *int64            `help:"Followers at the end of the last day of a file that only tells how many were gained each day; by default as last collected about then." placeholder:"N"`
	Owner        string            `help:"Whose rows to read of a table that holds those of several pages or accounts: a name, user name or id." placeholder:"NAME"`
	SkipBad      bool              `help:"Import a file although some of its rows are bad, without those."`
	Files        []string          `arg:"" name:"file" help:"Files, folders or archives." type:"path"`
}

// Help tells what the one line of the overview leaves out.
func (importCmd) Help() string {
	var known strings.Builder
	seen := map[string]bool{}
	for _, f := range export.Formats() {
		if len(f.Gives) > 0 && !seen[f.Name] {
			seen[f.Name] = true
			var gives []string
			for _, field := range f.Gives {
				_, name, _ := strings.Cut(string(field), ".")
				gives = append(gives, name)
			}
			fmt.Fprintf(&known, "  %s: %s\n", f.Name, strings.Join(gives, ", "))
		}
	}
	return `Known by what is in them, also within folders and archives (zip, tar.gz), as CSV, XLSX, XLS or JSON, with what
they give at best:

` + known.String() + `
Any other table needs --map. One bad row refuses the whole import and all bad rows are listed. The same file again
changes nothing.

  presencia import --account turismo twitter-archive.zip
  presencia import --account turismo --followers 1830 account_overview_analytics.csv
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
	if reader.Seen, err = followersSeen(ctx, s, account.ID); err != nil {
		return err
	}
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
	cmd.tell(s, report, reader.Zone)
	return nil
}

func (cmd *importCmd) reader() (*export.Reader, error) {
	zone, err := time.LoadLocation(cmd.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone: there is no time zone %q; write it like Europe/Madrid", cmd.Zone)
	}
	e := &export.Reader{
		Files: cmd.Files, Encoding: cmd.Encoding, Zone: zone, SkipBad: cmd.SkipBad, Owner: cmd.Owner,
		Mapping: export.Mapping{Columns: cmd.Map, Layout: cmd.DateLayout, DecimalComma: cmd.DecimalComma},
	}
	if cmd.Followers != nil {
		e.Followers = pipeline.CountOf(*cmd.Followers)
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

// followersSeen are the counts of followers in the store, by which daily gains become counts.
func followersSeen(ctx context.Context, s *site, account pipeline.AccountID) ([]pipeline.FollowersAt, error) {
	var rows []struct {
		Observed  time.Time `ch:"observed"`
		Followers *uint64   `ch:"followers"`
	}
	err := s.db.Select(ctx, &rows, `SELECT observed, followers FROM profile_history
		WHERE account = {account:String} AND followers IS NOT NULL ORDER BY observed`, store.Named("account", string(account)))
	if err != nil {
		return nil, fmt.Errorf("read the followers known so far: %w", err)
	}
	seen := make([]pipeline.FollowersAt, len(rows))
	for i, r := range rows {
		seen[i] = pipeline.FollowersAt{At: r.Observed, Followers: int64(*r.Followers)}
	}
	return seen, nil
}

// tell says what was read, and of everything that was not read as it stood.
func (cmd *importCmd) tell(s *site, r export.Report, zone *time.Location) {
	day := func(t time.Time) string { return t.In(s.zone).Format(time.DateOnly) }
	for _, f := range r.Files {
		fmt.Fprintf(s.stdout, "%s: %s, %s\n", f.Name, f.Format, plural(f.Rows, "record"))
	}
	if r.Posts > 0 {
		fmt.Fprintf(s.stdout, "Imported %s of %s, from %s to %s, with the figures of %s.\n", plural(r.Posts, "post"), cmd.Account, day(r.First), day(r.Last), day(r.AsOf))
	}
	if n := len(r.History); n > 0 {
		first, last := r.History[0], r.History[n-1]
		fmt.Fprintf(s.stdout, "Imported the followers of %s on %s, from %d on %s to %d on %s.\n", cmd.Account, plural(n, "day"),
			first.Followers, pipeline.DateOf(first.At.In(zone)), last.Followers, pipeline.DateOf(last.At.In(zone)))
	}
	if r.Posts == 0 && len(r.History) == 0 {
		fmt.Fprintf(s.stdout, "Imported the profile of %s as of %s.\n", cmd.Account, day(r.AsOf))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(s.stdout, "  note: %s\n", n)
	}
	for _, note := range []struct {
		n    int
		what string
	}{
		{len(r.Bad), "bad rows, left out"},
		{r.Repeated, "rows that only repeat another, or hold an older version"},
		{r.Daily, "rows with one day's part of a post's figures, left out"},
		{r.Totals, "rows that add up the others, left out"},
		{r.Others, "rows of other accounts or networks, or not public, left out"},
		{r.Partial, "posts older than the period of the figures, which are left out"},
		{r.Ignored, "other files in folders and archives, left alone"},
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
