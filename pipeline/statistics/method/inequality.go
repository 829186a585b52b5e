package method

import "errors"

// Inequality is inequality.
type Inequality struct{}

// Help implements Method.
func (Inequality) Help() string { return "" }

// Compute implements Method.
func (Inequality) Compute(*Table) (Result, error) { return nil, errors.New("inequality is not written yet") }
