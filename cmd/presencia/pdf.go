package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// browsers are the programs that can print a page, in the order in which they are looked for.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// printLimit is how long the browser may take; one that hangs must not keep a daemon.
const printLimit = 2 * time.Minute

// browser finds the Chromium that prints.
func (p *program) browser() (string, error) {
	if own, ok := p.env("PRESENCIA_CHROMIUM"); ok && own != "" {
		path, err := exec.LookPath(own)
		if err != nil {
			return "", withCode(exitConfig, fmt.Errorf("no PDF was made, because PRESENCIA_CHROMIUM names %s, which cannot be run: correct it", own))
		}
		return path, nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", withCode(exitConfig, fmt.Errorf("no PDF was made, because there is no Chromium here (looked for %s): install one, or name yours in PRESENCIA_CHROMIUM; the other files are complete", strings.Join(browsers, ", ")))
}

// printPDF prints a page on A4 with an installed Chromium, which gets a profile of its own and no network. The file is there
// whole or not at all.
func (p *program) printPDF(ctx context.Context, page, pdf string) (err error) {
	browser, err := p.browser()
	if err != nil {
		return err
	}
	page, err = filepath.Abs(page)
	if err != nil {
		return fmt.Errorf("print %s: %w", pdf, err)
	}
	room, err := os.MkdirTemp("", "presencia-print-")
	if err != nil {
		return fmt.Errorf("print %s: %w", pdf, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	printed := filepath.Join(room, "page.pdf")
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + filepath.Join(room, "profile"),
		"--no-pdf-header-footer", "--export-tagged-pdf", "--generate-pdf-document-outline", "--virtual-time-budget=20000", "--print-to-pdf=" + printed,
	}
	if os.Geteuid() == 0 { // Chromium has no sandbox for root, and the page holds no script but ours
		args = append(args, "--no-sandbox")
	}
	ctx, cancel := context.WithTimeout(ctx, printLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append(args, (&url.URL{Scheme: "file", Path: filepath.ToSlash(page)}).String())...) //nolint:gosec // the user names the browser
	cmd.WaitDelay = 5 * time.Second                                                                                              // its helpers may hold the output open
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Run(); err != nil {
		return withCode(exitConfig, fmt.Errorf("no PDF was made, because %s failed: %w: %s", browser, err, lastLine(log.String())))
	}
	content, err := os.ReadFile(printed)
	if err != nil || !bytes.HasPrefix(content, []byte("%PDF-")) {
		return withCode(exitConfig, fmt.Errorf("no PDF was made, because %s printed nothing: %s", browser, lastLine(log.String())))
	}
	return replaceFile(pdf, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// lastLine is what a program said last.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
