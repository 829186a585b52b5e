// Package dashboards holds what operations runs beside presencia: a dashboard for Grafana and alert rules for
// Prometheus. The metrics that they read are those of pipeline/daemon; a test keeps the two together.
package dashboards

import "embed"

// Files are grafana/*.json and rules/*.yaml.
//
//go:embed grafana/*.json rules/*.yaml
var Files embed.FS
