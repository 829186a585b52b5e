package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/reports"
	"presencia/reports/opendata"
)

type exportCmd struct {
	Out      string            `help:"Folder of the files." default:"./opendata" placeholder:"FOLDER"`
	From     string            `help:"First month; that of the oldest post if not named." placeholder:"YYYY-MM"`
	To       string            `help:"Last month; the last that is over if not named." placeholder:"YYYY-MM"`
	Levels   []indicator.Level `help:"What the values are of, with commas: institution, group, department, platform, account." default:"institution,department,platform,account" placeholder:"LEVEL"`
	AgeClass string            `help:"Age at which the figures of posts are taken: settled (30 days or more), at_7_days or newest." enum:"settled,at_7_days,newest" default:"settled" placeholder:"CLASS"`
}

// Help tells what the one line of the overview leaves out.
func (exportCmd) Help() string {
	return `Writes every indicator by month, one row a value, as indicators.csv, .json and .parquet: the rows of the workbooks' tidy sheet.
Beside them definitions.csv and units.csv explain the rows, csv-metadata.json describes the tables by CSVW, and catalog.ttl the
whole by DCAT-AP-ES, for the portal that harvests it. What is not known is empty, and never zero; there is nothing about citizens.

The register says under institution.open_data where the files will be published, under which licence, and the body's DIR3 code.

  presencia export
  presencia export --from 2014-01 --to 2014-12 --out public/presence`
}

func (cmd *exportCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, l := range cmd.Levels {
		switch l {
		case indicator.Institution, indicator.Group, indicator.Department, indicator.Platform, indicator.Account:
		default:
			return withCode(exitUsage, fmt.Errorf("there is no level %q: write institution, group, department, platform or account", l))
		}
	}
	to := cmd.To
	if to == "" { // the present month is not over
		to = s.now().In(s.zone).AddDate(0, 0, -s.now().In(s.zone).Day()).Format("2006-01")
	}
	var any []struct {
		Posts uint64 `ch:"posts"`
	}
	if err := s.db.Select(ctx, &any, "SELECT count() AS posts FROM posts WHERE run IN (SELECT run FROM runs)"); err != nil {
		return err
	}
	if len(any) == 0 || any[0].Posts == 0 {
		return reports.ErrNoData
	}
	months, err := s.months(ctx, cmd.From, to)
	if err != nil {
		return err
	}
	o := indicator.Options{AgeClass: indicator.AgeClass(cmd.AgeClass)}
	if cmd.AgeClass == indicator.Newest.String() {
		o.AgeClass = indicator.Newest
	}
	files, err := s.export(ctx, c, cmd.Out, months, cmd.Levels, o)
	if err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintf(s.stdout, "wrote %s/%s (%d bytes)\n", strings.TrimSuffix(cmd.Out, "/"), f.Name, f.Size)
	}
	if lacks := undeclared(s.register.Institution.OpenData); lacks != "" {
		fmt.Fprintf(s.stderr, "The catalogue is not complete for a portal: write %s in the register.\n", lacks)
	}
	return nil
}

// export writes the ledger over some months as open data.
func (s *site) export(ctx context.Context, c *cli, dir string, months []pipeline.Window, levels []indicator.Level, o indicator.Options) ([]opendata.File, error) {
	in, err := s.reportInput(c, reports.Languages[0])
	if err != nil {
		return nil, err
	}
	d, rows, err := reports.OpenData(ctx, in, months, levels, o)
	if err != nil {
		return nil, fmt.Errorf("open data: %w", err)
	}
	return opendata.Write(dir, d, rows)
}

// undeclared names what DCAT-AP-ES wants and the register does not say.
func undeclared(o pipeline.OpenData) string {
	var lacks []string
	for _, x := range []struct{ name, value string }{{"address", o.Address}, {"license", o.License}, {"dir3", o.DIR3}} {
		if x.value == "" {
			lacks = append(lacks, "institution.open_data."+x.name)
		}
	}
	return strings.Join(lacks, ", ")
}
