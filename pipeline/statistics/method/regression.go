package method

import "errors"

// NeweyWest is newey_west.
type NeweyWest struct{}

// Help implements Method.
func (NeweyWest) Help() string { return "" }

// Compute implements Method.
func (NeweyWest) Compute(*Table) (Result, error) { return nil, errors.New("newey_west is not written yet") }
