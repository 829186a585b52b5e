package method

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"presencia/pipeline/statistics"
)

// SurveyReliability is survey_reliability.
type SurveyReliability struct {
	Items []string `name:"items" help:"The items' columns; without it all columns." placeholder:"COLUMN"`
	Level level    `name:"level" help:"Confidence of the interval." default:"0.95"`
}

// Help implements Method.
func (SurveyReliability) Help() string {
	return `One row is one respondent, one column one item, all worded the same way round; rows with a missing answer are left out.

  presencia stats survey_reliability --data attitude.csv
  presencia stats survey_reliability --data survey.csv --items clear,useful,pace

  n, k                   respondents, items
  raw_alpha, std_alpha   Cronbach's alpha of covariances, of correlations
  average_r              mean correlation between items
  feldt_lo, feldt_hi     interval of raw_alpha by the F distribution (Feldt 1965)
  alpha_if_dropped       raw_alpha without each item; null where two are all there are`
}

// Compute implements Method.
func (m SurveyReliability) Compute(t *Table) (Result, error) {
	level, err := m.Level.value()
	if err != nil {
		return nil, err
	}
	names := m.Items
	if len(names) == 0 {
		names = t.Names()
	}
	if t, err = t.Complete(names...); err != nil {
		return nil, err
	}
	items := make([][]float64, len(names))
	for i, name := range names {
		if items[i], err = t.Numbers(name); err != nil {
			return nil, err
		}
	}
	r, err := statistics.Cronbach(items, level)
	if err != nil {
		return nil, err
	}
	dropped := Result{}
	for i, name := range names {
		dropped[name] = number(r.Dropped[i])
	}
	return Result{
		"n": r.N, "k": r.K, "raw_alpha": r.Alpha, "std_alpha": known(r.Standardised), "average_r": r.Correlation,
		"feldt_lo": known(r.Low), "feldt_hi": known(r.High), "alpha_if_dropped": dropped,
	}, nil
}

// SurveyScale is survey_scale_1_4.
type SurveyScale struct {
	Counts []int  `name:"counts" help:"How many gave 1, 2, 3, 4, as in 0,1,5,24." placeholder:"N"`
	Column string `name:"column" help:"Instead of counts: a column of answers." placeholder:"EXPRESSION"`
	Marks  int    `name:"marks" help:"The highest mark of --column." default:"4"`
	Asked  int    `name:"asked" help:"How many were asked: for the response rate, the bounds of silence, and errors of a finite population."`
	Level  level  `name:"level" help:"Confidence of the intervals." default:"0.95"`
	Mean   string `name:"grim" help:"A reported mean to check as printed; without it the one found, to two decimals." placeholder:"3.77"`
	Upto   int    `name:"grim-upto" help:"Up to how many answers the reported mean is checked." default:"60"`
	Items  int    `name:"grim-items" help:"How many whole answers go into each respondent's mark." default:"1"`
}

// Help implements Method.
func (SurveyScale) Help() string {
	return `Answers from 1 to 4 (or to --marks) to one question.

  presencia stats survey --counts 0,1,5,24
  presencia stats survey --data survey.csv --column satisfaction --asked 34
  presencia stats survey --counts 0,1,5,24 --grim 3.77

  n, mean, sd, t_lo, t_hi            mean with Student's interval
  share_of_max                       where the mean lies between the lowest mark (0) and the highest (1)
  topbox, top2box                    p, lo, hi: share that gave the highest, the two highest marks, by Wilson
  grim_ok_n_for_3_77_upto_60         numbers of answers that can have 3.77 as mean (GRIM); another n is an error of whoever reported it
  missing                            empty cells of --column

With --asked errors shrink by the part that did not answer (a finite population), and there are response_rate and, had all that kept
silent given the lowest or the highest mark, mean_worst, mean_best, topbox_worst, topbox_best.`
}

// Compute implements Method.
func (m SurveyScale) Compute(t *Table) (Result, error) {
	level, err := m.Level.value()
	if err != nil {
		return nil, err
	}
	answers, missing, err := m.answers(t)
	if err != nil {
		return nil, err
	}
	s, err := answers.Describe(level)
	if err != nil {
		return nil, err
	}
	share := func(p statistics.Proportion) Result { return Result{"p": p.P, "lo": p.Low, "hi": p.High} }
	r := Result{
		"n": s.N, "mean": s.Mean, "sd": number(s.SD), "t_lo": number(s.Low), "t_hi": number(s.High), "share_of_max": s.ShareOfMax,
		"topbox": share(s.Top), "top2box": share(s.TopTwo),
	}
	if m.Column != "" {
		r["missing"] = missing
	}
	if m.Asked > 0 {
		r["response_rate"], r["mean_worst"], r["mean_best"] = number(s.Response), number(s.Worst), number(s.Best)
		r["topbox_worst"], r["topbox_best"] = number(s.TopWorst), number(s.TopBest)
	}
	reported, upto := m.Mean, m.Upto
	if reported == "" {
		reported = strconv.FormatFloat(s.Mean, 'f', 2, 64)
	}
	if upto == 0 {
		upto = 60
	}
	if upto < 0 || upto > 100_000 {
		return nil, fmt.Errorf("--grim-upto %d: it must lie between 1 and 100000", upto)
	}
	possible := []any{}
	for n := 1; n <= upto; n++ {
		ok, err := statistics.GRIM(reported, n, max(1, m.Items))
		if err != nil {
			return nil, err
		}
		if ok {
			possible = append(possible, n)
		}
	}
	r[fmt.Sprintf("grim_ok_n_for_%s_upto_%d", strings.ReplaceAll(reported, ".", "_"), upto)] = possible
	return r, nil
}

func (m SurveyScale) answers(t *Table) (a statistics.Answers, missing int, err error) {
	if m.Asked < 0 {
		return a, 0, fmt.Errorf("--asked %d: nobody can be asked less than no one", m.Asked)
	}
	a = statistics.Answers{Counts: m.Counts, Asked: m.Asked}
	switch {
	case (m.Column == "") == (m.Counts == nil):
		return a, 0, errors.New("say --counts, or --column of a table")
	case m.Counts != nil:
		return a, 0, nil
	}
	marks := m.Marks
	if marks == 0 {
		marks = 4
	}
	if marks < 2 || marks > 100 {
		return a, 0, fmt.Errorf("--marks %d: a scale has 2 to 100", marks)
	}
	values, err := t.Numbers(m.Column)
	if err != nil {
		return a, 0, err
	}
	a.Counts = make([]int, marks)
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			missing++
		case v != math.Trunc(v) || v < 1 || v > float64(marks):
			return a, 0, fmt.Errorf("row %d: %v is no mark from 1 to %d", i+1, v, marks)
		default:
			a.Counts[int(v)-1]++
		}
	}
	return a, missing, nil
}
