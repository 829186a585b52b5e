// Package statistics holds the statistics of the evaluation, functions of plain numbers that know of no course and no
// network. Each names its source and is held against published figures; package method offers them under the names of those.
//
// Linear algebra, distributions and graphs are gonum's; here is only what no kept library has. Conventions: confidence is 95 %
// and tests are two-sided unless a parameter says otherwise; standard deviations divide by n − 1; what does not exist (a
// median that is not reached, an index of a vector with zeros) is an unknown [Value] or an error, never 0; what is
// drawn depends on a seed alone.
package statistics
