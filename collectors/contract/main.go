// Contract holds what collectors ask for and what their fake platforms answer to descriptions of the platforms that come
// inside modules too heavy for the project's own: contract DIR, where DIR is the project.
//
// The tests of presencia/collectors write what goes over the wire to the folder that PRESENCIA_EXCHANGES names.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: contract DIR")
		os.Exit(2)
	}
	if err := hold(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "contract:", err)
		os.Exit(1)
	}
}

// exchange is a request and its answer, or the fields that are decoded of a record.
type exchange struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Query  url.Values      `json:"query"`
	Status int             `json:"status"`
	Answer json.RawMessage `json:"answer"`

	Schema string   `json:"schema"`
	Fields []string `json:"fields"`
}

func hold(ctx context.Context, dir string) error {
	folder, err := os.MkdirTemp("", "presencia-contract-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	test := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", "YouTube|Bluesky", "./collectors")
	test.Dir = dir
	test.Env = append(os.Environ(), "PRESENCIA_EXCHANGES="+folder)
	if out, err := test.CombinedOutput(); err != nil {
		return fmt.Errorf("the tests that are to be recorded: %w\n%s", err, out)
	}
	all, err := read(filepath.Join(folder, "youtube.jsonl"))
	if err != nil {
		return err
	}
	return errors.Join(youTube(ctx, all), bluesky(ctx, filepath.Join(folder, "bluesky.json")))
}

func read(file string) ([]exchange, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var all []exchange
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e exchange
		if err := json.NewDecoder(bytes.NewReader(lines.Bytes())).Decode(&e); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		all = append(all, e)
	}
	return all, lines.Err()
}
