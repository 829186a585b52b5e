// Package method offers every statistic of package statistics on the columns of a table, under the names by which the
// reference results of R and statsmodels know them, so that any analyst can check one against the other.
//
// A method is a struct whose fields are its parameters; their tags are read by the command line ('presencia stats METHOD'),
// and Help says what the columns are and which conventions hold. Compute answers names and numbers, where nil is
// "not reached" or "does not exist".
//
// To add one write the struct with its test, and a line in cmd/presencia/stats.go.
package method

// Method computes a result from a table; one whose data are all parameters takes none (nil).
type Method interface {
	Compute(*Table) (Result, error)
	Help() string
}

// Result is a tree of names: float64, int, string, bool, nil, []any, or Result again.
type Result map[string]any
