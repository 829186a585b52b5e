// Vulncheck looks for known vulnerabilities in a module: vulncheck DIR.
//
// It fails when our calls reach a vulnerable function of a module in go.mod: a commit can mend that. Findings in the
// standard library are printed only: they belong to the Go that happens to be installed, and to mend them is to install
// a newer one. What is required or imported but never called is left out.
//
// The database is the module golang.org/x/vulndb, at its newest, through the module proxy: it needs no other host.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/vuln/scan"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: vulncheck DIR")
		os.Exit(2)
	}
	reached, err := check(context.Background(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "vulncheck:", err)
		os.Exit(2)
	}
	if reached > 0 {
		fmt.Fprintf(os.Stderr, "vulncheck: %d known vulnerabilities are reached in modules of go.mod\n", reached)
		os.Exit(1)
	}
}

// frame is a step of the way to a vulnerable function, the function itself first.
type frame struct {
	Module, Version, Package, Function string
}

// check scans the module in dir and answers how many vulnerabilities of its dependencies are reached.
func check(ctx context.Context, dir string) (reached int, err error) {
	db, err := database(ctx)
	if err != nil {
		return 0, err
	}
	var out bytes.Buffer
	cmd := scan.Command(ctx, "-C", dir, "-db", "file://"+filepath.ToSlash(db), "-format", "json", "./...")
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if err := cmd.Wait(); err != nil {
		return 0, err
	}
	summaries, seen, scanned := make(map[string]string), make(map[string]bool), false
	for dec := json.NewDecoder(&out); ; {
		var m struct {
			SBOM *struct{ Modules []frame } `json:"SBOM"`
			OSV  *struct{ ID, Summary string }
			Find *struct {
				OSV   string
				Fixed string `json:"fixed_version"`
				Trace []frame
			} `json:"finding"`
		}
		switch err := dec.Decode(&m); {
		case errors.Is(err, io.EOF):
			if !scanned {
				return 0, fmt.Errorf("nothing was scanned in %s", dir)
			}
			return reached, nil
		case err != nil:
			return 0, fmt.Errorf("read govulncheck's answer: %w", err)
		}
		scanned = scanned || m.SBOM != nil && len(m.SBOM.Modules) > 0
		if m.OSV != nil {
			summaries[m.OSV.ID] = m.OSV.Summary
		}
		if m.Find == nil || len(m.Find.Trace) == 0 || m.Find.Trace[0].Function == "" || seen[m.Find.OSV] {
			continue
		}
		seen[m.Find.OSV] = true
		at, caller := m.Find.Trace[0], m.Find.Trace[len(m.Find.Trace)-1]
		verdict := "FAIL"
		if at.Module == "stdlib" {
			verdict = "note"
		} else {
			reached++
		}
		fmt.Printf("%s %s %s\n     %s %s, fixed in %s; %s.%s, called from %s.%s\n", verdict, m.Find.OSV, summaries[m.Find.OSV],
			at.Module, at.Version, orNone(m.Find.Fixed), at.Package, at.Function, caller.Package, caller.Function)
	}
}

func orNone(version string) string {
	if version == "" {
		return "no version yet"
	}
	return version
}

// database downloads the newest state of the database and answers its folder of OSV files.
func database(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", "golang.org/x/vulndb@latest").Output()
	var module struct{ Dir, Version, Error string }
	if jsonErr := json.Unmarshal(out, &module); jsonErr != nil || module.Error != "" || err != nil {
		return "", fmt.Errorf("download golang.org/x/vulndb: %s", errors.Join(err, errors.New(module.Error)))
	}
	fmt.Println("database", module.Version)
	return filepath.Join(module.Dir, "data", "osv"), nil
}
