package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"presencia/pipeline/register"
)

type initCmd struct{}

// Help tells what the one line of the overview leaves out.
func (initCmd) Help() string {
	return `Writes institution.yaml with a line of explanation for each entry, and institution.schema.json beside it, by which an
editor completes and checks what you type. It never overwrites.

  presencia init
  presencia init --register town.yaml`
}

func (initCmd) Run(p *program, c *cli) error {
	if err := writeNew(c.Register, register.Starter()); err != nil {
		return withCode(exitConfig, err)
	}
	schema := filepath.Join(filepath.Dir(c.Register), "institution.schema.json")
	if err := os.WriteFile(schema, register.Schema(), 0o644); err != nil {
		return withCode(exitConfig, err)
	}
	_, err := fmt.Fprintf(p.stdout, "Wrote %s and %s. Put your institution's accounts in, then: presencia doctor\n", c.Register, schema)
	return err
}

// writeNew writes a file that must not exist.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already and is left as it is", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
