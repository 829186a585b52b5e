package method

import "errors"

// PairedBeforeAfter is paired_before_after.
type PairedBeforeAfter struct{}

// Help implements Method.
func (PairedBeforeAfter) Help() string { return "" }

// Compute implements Method.
func (PairedBeforeAfter) Compute(*Table) (Result, error) { return nil, errors.New("paired_before_after is not written yet") }
