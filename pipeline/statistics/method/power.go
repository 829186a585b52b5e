package method

import "errors"

// Power is power.
type Power struct{}

// Help implements Method.
func (Power) Help() string { return "" }

// Compute implements Method.
func (Power) Compute(*Table) (Result, error) { return nil, errors.New("power is not written yet") }
