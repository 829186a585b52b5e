// Composecheck loads a compose file as Docker Compose does, against the schema of the Compose specification:
// composecheck FILE.
package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: composecheck FILE")
		os.Exit(2)
	}
	project, err := load(context.Background(), os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "composecheck: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	fmt.Println("composecheck:", os.Args[1], "is valid:", strings.Join(project.ServiceNames(), ", "))
}

// load also holds the file to rules of our own: every image has a version, every service a healthcheck, and what is
// mounted from the repository is there (Docker would silently make an empty folder in its place).
func load(ctx context.Context, file string) (*types.Project, error) {
	required := []string{"CLICKHOUSE_PASSWORD=p", "GRAFANA_PASSWORD=p", "PRESENCIA_KEY=k"}
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(required))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range project.Services {
		if !pinned(s.Image) {
			return nil, fmt.Errorf("service %s: the image %q has no version", s.Name, s.Image)
		}
		if s.HealthCheck == nil {
			return nil, fmt.Errorf("service %s has no healthcheck", s.Name)
		}
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind || v.Bind != nil && !bool(v.Bind.CreateHostPath) {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				return nil, fmt.Errorf("service %s: %w", s.Name, err)
			}
		}
	}
	return project, nil
}

func pinned(image string) bool {
	_, tag, _ := strings.Cut(path.Base(image), ":")
	return tag != "" && tag != "latest"
}
