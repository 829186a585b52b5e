package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"presencia/pipeline/statistics/method"
)

// statsCmd runs one statistic on a table. The methods are named by the keys of the reference results, so that they are found
// by whoever checks one against the other.
type statsCmd struct {
	Data  string `help:"A CSV file whose first line names the columns." type:"existingfile" placeholder:"FILE.csv"`
	Where string `help:"Only the rows for which this holds, such as Treat==FT or year>=1899." placeholder:"EXPRESSION"`

	PairedBeforeAfter      method.PairedBeforeAfter      `cmd:"" name:"paired_before_after" aliases:"paired" help:"Units before and after: paired t, sign-flip, signed ranks, effect sizes."`
	PairedBinary           method.PairedBinary           `cmd:"" name:"paired_binary" aliases:"paired-binary" help:"Yes and no before and after: McNemar, Newcombe."`
	ProportionCI           method.ProportionCI           `cmd:"" name:"proportion_ci" aliases:"proportion" help:"A proportion with its intervals (Wilson, Clopper–Pearson)."`
	Inequality             method.Inequality             `cmd:"" name:"inequality" help:"How unequal a vector is: Gini, Theil, Atkinson, within and between groups."`
	DispersionChangePaired method.DispersionChangePaired `cmd:"" name:"dispersion_change_paired" aliases:"dispersion" help:"Whether units have become more alike: Pitman–Morgan, swap."`
	MultipleTesting        method.MultipleTesting        `cmd:"" name:"multiple_testing" aliases:"adjust" help:"Adjusted p-values: Holm, Benjamini–Hochberg and others."`
	Power                  method.Power                  `cmd:"" name:"power" help:"Power and smallest detectable effect of t-tests and proportions."`
	SurveyReliability      method.SurveyReliability      `cmd:"" name:"survey_reliability" aliases:"survey-reliability,reliability" help:"Reliability of a scale: alpha with its interval."`
	SurveyScale            method.SurveyScale            `cmd:"" name:"survey_scale_1_4" aliases:"survey" help:"Answers from 1 to 4: mean, top box, GRIM."`
	NeweyWest              method.NeweyWest              `cmd:"" name:"newey_west" aliases:"newey-west" help:"A regression with errors that allow for autocorrelation."`
	ITSPoisson             method.ITSPoisson             `cmd:"" name:"its_poisson" aliases:"its-count,its-poisson" help:"Interrupted time series of counts."`
	ITSLinear              method.ITSLinear              `cmd:"" name:"its_linear_hac" aliases:"its" help:"Interrupted time series with Newey–West errors."`
	CountModels            method.CountModels            `cmd:"" name:"count_models" aliases:"count-models" help:"Poisson and negative binomial regression, zeros."`
	DiD2x2                 method.DiD2x2                 `cmd:"" name:"did_2x2" aliases:"did-2x2" help:"Difference in differences of four means."`
	DiDUnitChange          method.DiDUnitChange          `cmd:"" name:"did_unit_change" aliases:"did" help:"Difference in differences of unit changes: permutation, Welch, ANCOVA."`
	DiDFewTreated          method.DiDFewTreated          `cmd:"" name:"did_few_treated_ri" aliases:"did-few-treated" help:"One or few treated units: the rank among placebos."`
	ClusterRobust          method.ClusterRobust          `cmd:"" name:"cluster_robust_se" aliases:"cluster" help:"A regression with cluster-robust errors (CR0, CR1, CR2, two ways)."`
	WildClusterBootstrap   method.WildClusterBootstrap   `cmd:"" name:"wild_cluster_bootstrap" aliases:"wild" help:"Wild cluster bootstrap of a coefficient."`
	EventStudyCS           method.EventStudyCS           `cmd:"" name:"event_study_cs" aliases:"event-study" help:"Group-time effects of units treated at different times (Callaway and Sant’Anna)."`
	EventStudyTWFE         method.EventStudyTWFE         `cmd:"" name:"event_study_twfe" aliases:"event-study-twfe" help:"Event study by two-way fixed effects, with the pre-trend test."`
	SyntheticControl       method.SyntheticControl       `cmd:"" name:"synthetic_control" aliases:"synthetic-control" help:"Synthetic control and synthetic difference in differences."`
	LocalLevel             method.LocalLevel             `cmd:"" name:"local_level_kalman" aliases:"local-level" help:"Local level model by the Kalman filter."`
	LocalLevelRegression   method.LocalLevelRegression   `cmd:"" name:"local_level_regression_ml" aliases:"local-level-regression" help:"Counterfactual by a local level with a regressor."`
	KaplanMeier            method.KaplanMeier            `cmd:"" name:"kaplan_meier_logrank" aliases:"kaplan-meier" help:"Times to an event: Kaplan–Meier, restricted mean, log-rank."`
	NetworkUndirected      method.NetworkUndirected      `cmd:"" name:"network_undirected" aliases:"network" help:"Figures of a network without directions (or --directed)."`
	NetworkDirected        method.NetworkDirected        `cmd:"" name:"network_directed" aliases:"network-directed" help:"Figures of a directed network."`
}

// Help tells what the one line of the overview leaves out.
func (statsCmd) Help() string {
	return `The statistics of the course report, on any table, so that an analyst can check them: the result is JSON with the names
of the reference results. Each METHOD --help says what its columns, parameters and conventions are.

  presencia stats paired --data sleep.csv --before drug1 --after drug2
  presencia stats adjust --p 0.01,0.02,0.2

A table is a CSV file with commas, semicolons or tabs between its cells, in UTF-8, UTF-16 or Windows-1252; decimal commas are understood.
Missing is an empty cell, NA, N/A, NaN or null. An EXPRESSION is a column, or arithmetic of columns: + - * / ^, log, exp, sqrt, abs,
sin, cos, pi; == != < <= > >= && || and !, which are 1 or 0. A word that is no column is a text, one with spaces or signs stands in
quotes ("New York"), and a column with such a name between backquotes.

The exit code is 0 with a result on the standard output, and 2 with a sentence on the error output where there is none.`
}

// Run computes the method that was named.
func (cmd *statsCmd) Run(p *program, k *kong.Context) error {
	m, ok := k.Selected().Target.Addr().Interface().(method.Method)
	if !ok {
		return fmt.Errorf("%s is no method", k.Selected().Name)
	}
	var table *method.Table
	if cmd.Data != "" {
		f, err := os.Open(cmd.Data)
		if err != nil {
			return withCode(exitUsage, err)
		}
		defer f.Close()
		if table, err = method.ReadTable(f); err != nil {
			return withCode(exitUsage, fmt.Errorf("%s: %w", cmd.Data, err))
		}
		if table, err = table.Where(cmd.Where); err != nil {
			return withCode(exitUsage, fmt.Errorf("--where: %w", err))
		}
	}
	result, err := m.Compute(table)
	if err != nil {
		return withCode(exitUsage, fmt.Errorf("%s: %w; 'presencia stats %s --help' tells more", k.Selected().Name, err, k.Selected().Name))
	}
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	return e.Encode(result)
}
