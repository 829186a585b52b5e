package method

import "errors"

// SyntheticControl is synthetic_control.
type SyntheticControl struct{}

// Help implements Method.
func (SyntheticControl) Help() string { return "" }

// Compute implements Method.
func (SyntheticControl) Compute(*Table) (Result, error) { return nil, errors.New("synthetic_control is not written yet") }
