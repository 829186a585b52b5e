package method

import "errors"

// PairedBinary is paired_binary.
type PairedBinary struct{}

// Help implements Method.
func (PairedBinary) Help() string { return "" }

// Compute implements Method.
func (PairedBinary) Compute(*Table) (Result, error) { return nil, errors.New("paired_binary is not written yet") }
