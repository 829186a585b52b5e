package method

import "errors"

// ProportionCI is proportion_ci.
type ProportionCI struct{}

// Help implements Method.
func (ProportionCI) Help() string { return "" }

// Compute implements Method.
func (ProportionCI) Compute(*Table) (Result, error) { return nil, errors.New("proportion_ci is not written yet") }
