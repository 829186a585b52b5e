package method

import "errors"

// SurveyReliability is survey_reliability.
type SurveyReliability struct{}

// Help implements Method.
func (SurveyReliability) Help() string { return "" }

// Compute implements Method.
func (SurveyReliability) Compute(*Table) (Result, error) { return nil, errors.New("survey_reliability is not written yet") }

// SurveyScale is survey_scale_1_4.
type SurveyScale struct{}

// Help implements Method.
func (SurveyScale) Help() string { return "" }

// Compute implements Method.
func (SurveyScale) Compute(*Table) (Result, error) { return nil, errors.New("survey_scale_1_4 is not written yet") }
