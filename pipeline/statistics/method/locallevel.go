package method

import "errors"

// LocalLevel is local_level_kalman.
type LocalLevel struct{}

// Help implements Method.
func (LocalLevel) Help() string { return "" }

// Compute implements Method.
func (LocalLevel) Compute(*Table) (Result, error) { return nil, errors.New("local_level_kalman is not written yet") }

// LocalLevelRegression is local_level_regression_ml.
type LocalLevelRegression struct{}

// Help implements Method.
func (LocalLevelRegression) Help() string { return "" }

// Compute implements Method.
func (LocalLevelRegression) Compute(*Table) (Result, error) { return nil, errors.New("local_level_regression_ml is not written yet") }
