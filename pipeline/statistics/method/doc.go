// Package method offers every statistic of package statistics on the columns of a table, under the names by which the
// reference results of R and statsmodels know them, so that any analyst can check one against the other.
//
// A method is a struct whose fields are its parameters; their tags are read by the command line ('presencia stats METHOD'),
// and Help says what the columns are and which conventions hold. Compute answers names and numbers, where nil is
// "not reached" or "does not exist".
//
// To add one write the struct with its test, and a line in cmd/presencia/stats.go.
package method

import "encoding/json"

// Method computes a result from a table; one whose data are all parameters takes none (nil).
type Method interface {
	Compute(*Table) (Result, error)
	Help() string
}

// Result is a tree of names: float64, int, string, bool, nil, lists, or Result again.
type Result map[string]any

// MarshalJSON writes what is no number as null, since JSON has no other word for it.
func (r Result) MarshalJSON() ([]byte, error) {
	plain := make(map[string]any, len(r))
	for name, value := range r {
		if x, ok := value.(float64); ok {
			value = known(x)
		}
		plain[name] = value
	}
	return json.Marshal(plain)
}
