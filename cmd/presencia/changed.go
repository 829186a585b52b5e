package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

type indicatorsChangedCmd struct {
	Month  string `help:"The month; without it, the last one that is complete." default:"" placeholder:"YYYY-MM"`
	Level  string `help:"Of what: ${enum}." enum:"institution,department,account" default:"institution"`
	Group  string `help:"Only one group: ${indicator_group_names}." enum:",${indicator_groups}" default:"" placeholder:"GROUP"`
	Age    string `help:"Age at which interactions are taken: ${enum}." enum:"at_7_days,settled" default:"at_7_days"`
	All    bool   `help:"Also what did not change, and what cannot be judged."`
	Lang   string `help:"Language of the titles." enum:"es,ca-ES-valencia,en" default:"en"`
	Format string `help:"table, json or csv." enum:"table,json,csv" default:"table"`
}

// Help tells what the one line of the overview leaves out.
func (indicatorsChangedCmd) Help() string {
	return `A month is a change if it leaves the natural limits within which the indicator has moved (an XmR chart), if it is the eighth
in a row on one side of their centre, or the third of four that are nearer to a limit than to the centre. Limits rest on the complete
months with enough data of the last five years; the season is taken off where there is one and two other years know the month.
Audiences, which drag on, are judged by what they gain.

Of a hundred indicators in which nothing happens, one to three are taken for a change. What drifts, as interactions for each follower do
while followers grow, is told as long as it drifts.

  presencia indicators changed
  presencia indicators changed --level department --group conversation --month 2015-05 --format csv`
}

// monthlyVerdict is a verdict as it is printed. Unknown figures are null.
type monthlyVerdict struct {
	Indicator string              `json:"indicator"`
	Title     string              `json:"title"`
	Unit      string              `json:"unit"`
	Of        string              `json:"of"` // department or account; empty: the institution
	Month     string              `json:"month"`
	Verdict   statistics.Movement `json:"verdict"`
	Value     *float64            `json:"value"`
	Centre    *float64            `json:"centre"`
	Low       *float64            `json:"low"`
	High      *float64            `json:"high"`
	Since     string              `json:"since"`
	Why       []string            `json:"why"` // the rules, or what is lacking
	Months    int                 `json:"months"`
	Seasonal  bool                `json:"seasonal"`
}

func (cmd *indicatorsChangedCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	s, err := p.openSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var newest []struct {
		Observed time.Time `ch:"observed"`
	}
	if err := s.db.Select(ctx, &newest, "SELECT max(at) AS observed FROM outcomes WHERE state != 'failed' AND run IN (SELECT run FROM runs)"); err != nil {
		return err
	}
	if len(newest) == 0 || newest[0].Observed.Unix() <= 0 {
		return withCode(exitUsage, errors.New("there are no data yet: run presencia collect, or presencia import, first"))
	}
	observed := newest[0].Observed.In(s.zone)
	month := pipeline.Month(observed.Year(), observed.Month()-1, s.zone)
	if cmd.Month != "" {
		if month, err = pipeline.ParseMonth(cmd.Month, s.zone); err != nil {
			return withCode(exitUsage, err)
		}
	}
	set := slices.DeleteFunc(slices.Clone(s.ledger), func(i indicator.Indicator) bool { return cmd.Group != "" && i.Group != cmd.Group })
	months := indicator.Months(month, s.zone)
	values, err := indicator.Compute(ctx, s.db, set, indicator.Level(cmd.Level), months, indicator.Options{AgeClass: indicator.AgeClass(cmd.Age)})
	if err != nil {
		return err
	}
	changes, judged, lacking := []monthlyVerdict{}, 0, 0
	for _, h := range indicator.Histories(set, values, months, observed) {
		if h.Last().Indicator == "" || s.closed(h, month) {
			continue
		}
		v := h.Movement()
		if v == statistics.TooFew {
			lacking++
		} else {
			judged++
		}
		if cmd.All || v != statistics.Same && v != statistics.TooFew {
			changes = append(changes, cmd.verdict(h, month))
		}
	}
	switch cmd.Format {
	case "json":
		return writeJSON(s.stdout, changes)
	case "csv":
		return writeChanges(s.stdout, changes)
	}
	if err := tableOfChanges(s.stdout, changes); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s, %s: %d series judged, %d with too little data; of so many, chance alone would give %.1f to %.1f changes\n",
		month.From.Format("2006-01"), cmd.Level, judged, lacking, 0.01*float64(judged), 0.025*float64(judged))
	return err
}

// closed tells whether a history is of an account that was closed in the month, of which it has a part only.
func (s *site) closed(h indicator.History, month pipeline.Window) bool {
	a, ok := s.register.Account(pipeline.AccountID(h.Unit))
	return h.Level == indicator.Account && ok && !a.Closed.IsZero() && month.Contains(a.Closed.In(s.zone))
}

func (cmd *indicatorsChangedCmd) verdict(h indicator.History, month pipeline.Window) monthlyVerdict {
	x := monthlyVerdict{Indicator: h.Indicator.ID, Title: h.Indicator.Title[cmd.Lang], Unit: h.Indicator.Unit, Of: h.Unit, Month: month.From.Format("2006-01"),
		Verdict: h.Movement(), Months: h.Counted(), Seasonal: h.Seasonal, Why: []string{}}
	if v := h.Last(); v.Known {
		x.Value = &v.Value
	}
	if centre, low, high, ok := h.Usual(len(h.Months) - 1); ok {
		x.Centre, x.Low, x.High = &centre, &low, &high
	}
	if i := h.Since(); i >= 0 {
		x.Since = h.Months[i].Window.From.Format("2006-01")
	}
	if why := h.Lack(); why != "" {
		x.Why = append(x.Why, string(why))
	}
	for _, s := range h.Signals() {
		x.Why = append(x.Why, string(s))
	}
	return x
}

// verdicts in the table, each an icon and a word.
var verdicts = map[statistics.Movement]string{
	statistics.Better: "▲ better", statistics.Same: "= no change", statistics.Worse: "▼ worse", statistics.Moved: "◆ changed", statistics.TooFew: "? too little data",
}

func tableOfChanges(w io.Writer, changes []monthlyVerdict) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(w, "Nothing that can be judged has changed.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "of\tindicator\tverdict\tvalue\tusual\tunit\tsince\twhy")
	for _, x := range changes {
		usual := "-"
		if x.Low != nil {
			usual = decimals(x.Low, x.High) + " to " + decimals(x.High, x.High)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", dash(x.Of), x.Indicator, verdicts[x.Verdict], decimals(x.Value, x.High), usual, x.Unit, dash(x.Since), strings.Join(x.Why, ", "))
	}
	return t.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// decimals writes a figure with as many as one of its size needs.
func decimals(x, size *float64) string {
	switch {
	case x == nil:
		return "-"
	case size != nil && math.Abs(*size) < 1:
		return strconv.FormatFloat(*x, 'f', 3, 64)
	case size != nil && math.Abs(*size) < 10:
		return strconv.FormatFloat(*x, 'f', 2, 64)
	}
	return strconv.FormatFloat(*x, 'f', 1, 64)
}

func writeChanges(w io.Writer, changes []monthlyVerdict) error {
	c := csv.NewWriter(w)
	exact := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'g', -1, 64)
	}
	rows := [][]string{{"indicator", "title", "unit", "of", "month", "verdict", "value", "centre", "low", "high", "since", "why", "months", "seasonal"}}
	for _, x := range changes {
		rows = append(rows, []string{x.Indicator, x.Title, x.Unit, x.Of, x.Month, string(x.Verdict), exact(x.Value), exact(x.Centre), exact(x.Low), exact(x.High),
			x.Since, strings.Join(x.Why, " "), strconv.Itoa(x.Months), strconv.FormatBool(x.Seasonal)})
	}
	if err := c.WriteAll(rows); err != nil {
		return err
	}
	return c.Error()
}
