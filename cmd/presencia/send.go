package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"presencia/reports/delivery"
)

type sendReportCmd struct {
	File   string   `arg:"" help:"The HTML file of a report; its workbook and its PDF, where there is one, go with it." placeholder:"FILE"`
	To     []string `help:"A reader's mail address; with commas, or several times." placeholder:"ADDRESS"`
	From   string   `help:"The sender; the register's contact if not named." env:"PRESENCIA_SMTP_FROM" placeholder:"ADDRESS"`
	SMTP   string   `help:"The mail server: smtp://user@host:587 (STARTTLS) or smtps://user@host:465. Its password comes from PRESENCIA_SMTP_PASSWORD, or the file that PRESENCIA_SMTP_PASSWORD_FILE names." env:"PRESENCIA_SMTP" placeholder:"URL"`
	Link   string   `help:"Where the files can be read; they are then linked and not attached." placeholder:"URL"`
	Folder string   `help:"Put the files into a folder, such as a share, beside or instead of mailing them." placeholder:"FOLDER"`
}

// Help tells what the one line of the overview leaves out.
func (sendReportCmd) Help() string {
	return `Sends a report that was written, as it is: one mail to all readers, the summary in its body, the files attached, or linked with
--link. The same mail sent again has the same Message-ID. Connections are encrypted, or the mail is not sent.

  presencia report send reports/monthly-2026-10.es.html --to head@town.example,press@town.example
  presencia report send reports/monthly-2026-10.es.html --folder /mnt/share/reports`
}

func (cmd *sendReportCmd) Run(ctx context.Context, p *program, c *cli) error {
	if len(cmd.To) == 0 && cmd.Folder == "" {
		return withCode(exitUsage, errors.New("say where to send it: readers with --to, or a folder with --folder"))
	}
	summary, err := readSummary(cmd.File)
	if err != nil {
		return withCode(exitUsage, fmt.Errorf("%s cannot be sent: %w", cmd.File, err))
	}
	files := companions(cmd.File)
	if cmd.Folder != "" {
		if err := delivery.Drop(cmd.Folder, files); err != nil {
			return withCode(exitConfig, err)
		}
		for _, f := range files {
			fmt.Fprintln(p.stdout, "put", filepath.Join(cmd.Folder, filepath.Base(f)))
		}
	}
	if len(cmd.To) == 0 {
		return nil
	}
	if cmd.SMTP == "" {
		return withCode(exitConfig, errors.New("no mail server is named: set PRESENCIA_SMTP, for example to smtps://user@mail.town.example"))
	}
	server, err := delivery.ParseServer(cmd.SMTP)
	if err != nil {
		return withCode(exitConfig, err)
	}
	if server.Password, err = p.secret("PRESENCIA_SMTP_PASSWORD"); err != nil {
		return withCode(exitConfig, err)
	}
	if server.User != "" && server.Password == "" {
		return withCode(exitConfig, errors.New("the password of the mail server is not set: put it in PRESENCIA_SMTP_PASSWORD, or in a file that PRESENCIA_SMTP_PASSWORD_FILE names"))
	}
	from := cmd.From
	if from == "" {
		r, _, err := p.readRegister(c)
		if err != nil {
			return err
		}
		if from = r.Institution.Contact; !strings.Contains(from, "@") {
			return withCode(exitConfig, errors.New("the mail has no sender: name one with --from, or a mailbox as institution.contact in the register"))
		}
	}
	if cmd.Link != "" && !strings.HasPrefix(cmd.Link, "https://") && !strings.HasPrefix(cmd.Link, "http://") {
		return withCode(exitUsage, fmt.Errorf("--link %s is not an address of the web", cmd.Link))
	}
	mail := delivery.Mail{
		From: from, To: cmd.To, Subject: summary.Subject, Summary: summary, Files: files, Link: cmd.Link, LinkText: filepath.Base(cmd.File), Date: p.now(),
	}
	if err := server.Send(ctx, mail); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "sent %q to %s\n", summary.Subject, strings.Join(cmd.To, ", "))
	return nil
}

func readSummary(path string) (delivery.Summary, error) {
	f, err := os.Open(path)
	if err != nil {
		return delivery.Summary{}, err
	}
	defer f.Close()
	return delivery.ReadSummary(f)
}

// companions are a report's files: the HTML, and what was written beside it.
func companions(path string) []string {
	files := []string{path}
	for _, ext := range []string{".pdf", ".xlsx"} {
		beside := strings.TrimSuffix(path, ".html") + ext
		if _, err := os.Stat(beside); err == nil && beside != path {
			files = append(files, beside)
		}
	}
	return files
}
