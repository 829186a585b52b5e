package method

import "errors"

// EventStudyCS is event_study_cs.
type EventStudyCS struct{}

// Help implements Method.
func (EventStudyCS) Help() string { return "" }

// Compute implements Method.
func (EventStudyCS) Compute(*Table) (Result, error) { return nil, errors.New("event_study_cs is not written yet") }

// EventStudyTWFE is event_study_twfe.
type EventStudyTWFE struct{}

// Help implements Method.
func (EventStudyTWFE) Help() string { return "" }

// Compute implements Method.
func (EventStudyTWFE) Compute(*Table) (Result, error) { return nil, errors.New("event_study_twfe is not written yet") }
