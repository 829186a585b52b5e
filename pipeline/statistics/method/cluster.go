package method

import "errors"

// ClusterRobust is cluster_robust_se.
type ClusterRobust struct{}

// Help implements Method.
func (ClusterRobust) Help() string { return "" }

// Compute implements Method.
func (ClusterRobust) Compute(*Table) (Result, error) { return nil, errors.New("cluster_robust_se is not written yet") }

// WildClusterBootstrap is wild_cluster_bootstrap.
type WildClusterBootstrap struct{}

// Help implements Method.
func (WildClusterBootstrap) Help() string { return "" }

// Compute implements Method.
func (WildClusterBootstrap) Compute(*Table) (Result, error) { return nil, errors.New("wild_cluster_bootstrap is not written yet") }
