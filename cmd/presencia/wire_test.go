package main

import (
	"os"
	"path/filepath"
	"testing"

	"presencia/pipeline"
)

func TestCredentialIsStoredWhereItCameFrom(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "office.json")
	if err := os.WriteFile(file, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PRESENCIA_TOKEN_OFFICE_FILE": file, "PRESENCIA_TOKEN_PRESS": "variable"}
	p := &program{env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	if err := p.saveCredential("OFFICE", "new-token"); err != nil {
		t.Fatal(err)
	}
	if got, err := p.credential("OFFICE"); err != nil || got != pipeline.Secret("new-token") {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("readable by others: %v, %v", info, err)
	}
	if err := p.saveCredential("PRESS", "new-token"); err == nil {
		t.Error("a variable cannot be stored to")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
