package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// printing is a program whose environment names a browser.
func printing(browser string) *program {
	return &program{env: func(string) (string, bool) { return browser, browser != "" }}
}

func TestPrintPDF(t *testing.T) {
	p := printing("")
	if _, err := p.browser(); err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "informes de prueba #1") // a name that must be escaped in an address
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	page, pdf := filepath.Join(dir, "a.html"), filepath.Join(dir, "a.pdf")
	html := `<!DOCTYPE html><html lang="es"><title>Prueba</title><style>@page { size: A4 }</style><h1>Informe</h1><p>uno<p style="break-before: page">dos`
	if err := os.WriteFile(page, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.printPDF(t.Context(), page, pdf); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`/Type /Page\b[^s]`).FindAll(content, -1)); n != 2 {
		t.Errorf("%d pages, want 2", n)
	}
	for _, want := range []string{"/MarkInfo", "/StructTreeRoot", "/Outlines", "(Prueba)"} {
		if !bytes.Contains(content, []byte(want)) {
			t.Errorf("the file has no %s", want)
		}
	}
	if _, err := exec.LookPath("pdftotext"); err == nil {
		text, err := exec.Command("pdftotext", pdf, "-").Output()
		if err != nil || strings.Join(strings.Fields(string(text)), " ") != "Informe uno dos" {
			t.Errorf("the text is %q, %v", text, err)
		}
	}
}

func TestPrintPDFSaysWhatFailed(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ name, browser, want string }{
		{"not there", filepath.Join(dir, "none"), "PRESENCIA_CHROMIUM"},
		{"fails", script("fails", "echo first >&2; echo no display >&2; exit 1"), "no display"},
		{"prints nothing", script("nothing", "exit 0"), "printed nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pdf := filepath.Join(dir, "a.pdf")
			err := printing(c.browser).printPDF(t.Context(), filepath.Join(dir, "a.html"), pdf)
			var coded *codedError
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &coded) || coded.code != exitConfig {
				t.Errorf("error %v, want one with %q and code %d", err, c.want, exitConfig)
			}
			if _, err := os.Stat(pdf); err == nil {
				t.Error("a file was left")
			}
		})
	}
	t.Setenv("PATH", dir)
	if err := printing("").printPDF(t.Context(), "a.html", "a.pdf"); err == nil || !strings.Contains(err.Error(), "there is no Chromium") {
		t.Errorf("without a browser: %v", err)
	}
}
