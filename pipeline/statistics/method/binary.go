package method

import (
	"errors"
	"fmt"

	"presencia/pipeline/statistics"
)

// PairedBinary is paired_binary.
type PairedBinary struct {
	YesYes *int   `name:"yes-yes" help:"Units that said yes both times."`
	YesNo  *int   `name:"yes-no" help:"Units that said yes, then no."`
	NoYes  *int   `name:"no-yes" help:"Units that said no, then yes."`
	NoNo   *int   `name:"no-no" help:"Units that said no both times."`
	Before string `name:"before" help:"Instead of counts: the first answers, 1 or 0, or a comparison." placeholder:"EXPRESSION"`
	After  string `name:"after" help:"The second answers." placeholder:"EXPRESSION"`
	Level  level  `name:"level" help:"Confidence of the interval." default:"0.95"`
}

// Help implements Method.
func (PairedBinary) Help() string {
	return `The same units answer yes or no twice: four counts, or a table with one row a unit, from which rows without both answers are left
out.

  presencia stats paired-binary --yes-yes 794 --yes-no 150 --no-yes 86 --no-no 570
  presencia stats paired-binary --data departments.csv --before "score_2014>=0.8" --after "score_2015>=0.8"

  b, c                              turned from yes to no, from no to yes
  p_first, p_second, diff           shares of yes, and the second less the first
  newcombe10_first_minus_second     the first less the second, newcombe10_lo and _hi its interval (Newcombe 1998, method 10)
  mcnemar_chisq, p                  as many turned one way as the other, chi-square on 1 df
  mcnemar_chisq_cc, p_cc            with the correction for continuity (mcnemar_R: the same, R's default)
  p_exact, p_midp                   binomial, two-sided; what was seen counted in full, by half
  p_smallest                        the smallest p_exact that b + c changes can give: above 0.05 no answer could have been significant
  odds_ratio_discordant             b / c, null where c is 0`
}

// Compute implements Method.
func (m PairedBinary) Compute(t *Table) (Result, error) {
	level, err := m.Level.value()
	if err != nil {
		return nil, err
	}
	c, err := m.counts(t)
	if err != nil {
		return nil, err
	}
	p, err := statistics.McNemar(c, level)
	if err != nil {
		return nil, err
	}
	return Result{
		"n": c.N(), "b": p.TurnedToNo, "c": p.TurnedToYes, "p_first": p.First, "p_second": p.Second, "diff": p.Second - p.First,
		"newcombe10_first_minus_second": p.First - p.Second, "newcombe10_lo": p.Low, "newcombe10_hi": p.High,
		"mcnemar_chisq": number(p.ChiSquare), "p": p.P, "mcnemar_chisq_cc": number(p.Corrected), "p_cc": p.PCorrected, "mcnemar_R": number(p.Corrected),
		"p_exact": p.PExact, "p_midp": p.PMid, "p_smallest": p.Smallest, "odds_ratio_discordant": number(p.OddsRatio),
	}, nil
}

func (m PairedBinary) counts(t *Table) (c statistics.Changed, err error) {
	counts := []*int{m.YesYes, m.YesNo, m.NoYes, m.NoNo}
	given := 0
	for _, n := range counts {
		if n != nil {
			given++
		}
	}
	switch columns := m.Before != "" || m.After != ""; {
	case given == 4 && !columns:
		return statistics.Changed{YesYes: *m.YesYes, YesNo: *m.YesNo, NoYes: *m.NoYes, NoNo: *m.NoNo}, nil
	case given > 0 || m.Before == "" || m.After == "":
		return c, errors.New("say all of --yes-yes, --yes-no, --no-yes and --no-no, or --before and --after of a table")
	}
	x, y, err := both(t, m.Before, m.After)
	if err != nil {
		return c, err
	}
	for i := range x {
		switch [2]float64{x[i], y[i]} {
		case [2]float64{1, 1}:
			c.YesYes++
		case [2]float64{1, 0}:
			c.YesNo++
		case [2]float64{0, 1}:
			c.NoYes++
		case [2]float64{0, 0}:
			c.NoNo++
		default:
			return c, fmt.Errorf("%v and %v: answers must be 1 or 0; write a comparison such as \"%s==2\"", x[i], y[i], m.Before)
		}
	}
	return c, nil
}
