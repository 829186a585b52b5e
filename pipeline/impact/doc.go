// Package impact answers whether a course changed an indicator, for whom, and how sure that is.
//
// The unit of evidence is the department, not the week and not the post: every department is reduced to one value before
// and one after, over the same calendar weeks of different years, and the changes of those that took part are compared with
// the changes of those that could not. Tests on weekly values take autocorrelation and the ups and downs that all
// accounts share for effects (Turner et al. 2021, BMC Med. Res. Methodol. 21:181); this one keeps its level, which a test holds.
//
//	NewPlan         which weeks are compared, before any value is seen
//	Study.Plan      the plan that is written down and sealed: outcomes, groups, power from before the course
//	Study.Evaluate  follows it, says where it could not, and puts together an Evaluation
//	Measures        the departments' values, from package indicator
//	Evaluate        the change of each group, their difference, its checks and a verdict
//
// Its statistics are those of package statistics. Words are the reports'; results carry codes.
package impact
