package method

import "errors"

// NetworkUndirected is network_undirected.
type NetworkUndirected struct{}

// Help implements Method.
func (NetworkUndirected) Help() string { return "" }

// Compute implements Method.
func (NetworkUndirected) Compute(*Table) (Result, error) { return nil, errors.New("network_undirected is not written yet") }

// NetworkDirected is network_directed.
type NetworkDirected struct{}

// Help implements Method.
func (NetworkDirected) Help() string { return "" }

// Compute implements Method.
func (NetworkDirected) Compute(*Table) (Result, error) { return nil, errors.New("network_directed is not written yet") }
