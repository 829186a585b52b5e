package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"presencia/pipeline"
)

func TestCorporateLook(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "logo.svg"), []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), 0o600); err != nil {
		t.Fatal(err)
	}
	in := pipeline.Institution{Name: "Diputación", Look: pipeline.Look{Logo: "logo.svg", Colour: "#ffcc00"}}
	look, err := corporate(filepath.Join(dir, "institution.yaml"), in)
	if err != nil || look.LogoType != "image/svg+xml" || look.LogoText != "Diputación" || len(look.Logo) == 0 {
		t.Fatalf("look %+v, %v", look, err)
	}
	faults := look.Corrections()
	if len(faults) != 1 {
		t.Fatalf("corrections %+v", faults)
	}
	said := corrected(faults[0])
	for _, want := range []string{"institution.look.colour", "#ffcc00", faults[0].Used, "4.5"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not say %q", said, want)
		}
	}
	in.Look.Font = "none.woff2"
	if _, err := corporate(filepath.Join(dir, "institution.yaml"), in); err == nil || !strings.Contains(err.Error(), "institution.look.font") {
		t.Errorf("a font that is not there: %v", err)
	}
}
