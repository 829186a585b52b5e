package method

import "errors"

// MultipleTesting is multiple_testing.
type MultipleTesting struct{}

// Help implements Method.
func (MultipleTesting) Help() string { return "" }

// Compute implements Method.
func (MultipleTesting) Compute(*Table) (Result, error) { return nil, errors.New("multiple_testing is not written yet") }
