package method

import "errors"

// ITSPoisson is its_poisson.
type ITSPoisson struct{}

// Help implements Method.
func (ITSPoisson) Help() string { return "" }

// Compute implements Method.
func (ITSPoisson) Compute(*Table) (Result, error) { return nil, errors.New("its_poisson is not written yet") }

// ITSLinear is its_linear_hac.
type ITSLinear struct{}

// Help implements Method.
func (ITSLinear) Help() string { return "" }

// Compute implements Method.
func (ITSLinear) Compute(*Table) (Result, error) { return nil, errors.New("its_linear_hac is not written yet") }
