package method

import "errors"

// CountModels is count_models.
type CountModels struct{}

// Help implements Method.
func (CountModels) Help() string { return "" }

// Compute implements Method.
func (CountModels) Compute(*Table) (Result, error) { return nil, errors.New("count_models is not written yet") }
