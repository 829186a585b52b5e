package method

import "errors"

// DispersionChangePaired is dispersion_change_paired.
type DispersionChangePaired struct{}

// Help implements Method.
func (DispersionChangePaired) Help() string { return "" }

// Compute implements Method.
func (DispersionChangePaired) Compute(*Table) (Result, error) { return nil, errors.New("dispersion_change_paired is not written yet") }
