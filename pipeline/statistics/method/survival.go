package method

import "errors"

// KaplanMeier is kaplan_meier_logrank.
type KaplanMeier struct{}

// Help implements Method.
func (KaplanMeier) Help() string { return "" }

// Compute implements Method.
func (KaplanMeier) Compute(*Table) (Result, error) { return nil, errors.New("kaplan_meier_logrank is not written yet") }
