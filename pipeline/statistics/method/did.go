package method

import "errors"

// DiD2x2 is did_2x2.
type DiD2x2 struct{}

// Help implements Method.
func (DiD2x2) Help() string { return "" }

// Compute implements Method.
func (DiD2x2) Compute(*Table) (Result, error) { return nil, errors.New("did_2x2 is not written yet") }

// DiDUnitChange is did_unit_change.
type DiDUnitChange struct{}

// Help implements Method.
func (DiDUnitChange) Help() string { return "" }

// Compute implements Method.
func (DiDUnitChange) Compute(*Table) (Result, error) { return nil, errors.New("did_unit_change is not written yet") }

// DiDFewTreated is did_few_treated_ri.
type DiDFewTreated struct{}

// Help implements Method.
func (DiDFewTreated) Help() string { return "" }

// Compute implements Method.
func (DiDFewTreated) Compute(*Table) (Result, error) { return nil, errors.New("did_few_treated_ri is not written yet") }
