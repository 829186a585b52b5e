// Package delivery brings reports that were written to their readers: by mail, with the summary in its body, or into a folder.
// What is sent is what the file says, which somebody may have read before; nothing is computed again.
package delivery

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// MaxAttached is how much may be attached to a mail, in bytes: many servers take 10 MB, and attaching adds a third.
const MaxAttached = 7 << 20

// Server is a mail server (SMTP). The connection is always encrypted, but to this machine itself.
type Server struct {
	Host     string
	Port     int
	Implicit bool // TLS from the first byte (smtps), not by STARTTLS
	User     string
	Password string
	Roots    *x509.CertPool // whom to trust; nil: whom the machine trusts
	Timeout  time.Duration  // of the whole delivery; 0: a minute
}

// ErrServer says that an address of a server cannot be understood.
var ErrServer = errors.New("write smtp://user@host:587 (STARTTLS) or smtps://user@host:465, the password apart")

// ParseServer reads an address such as smtps://user@mail.example:465. A password in it is refused: addresses end up in logs.
func ParseServer(address string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" {
		return Server{}, ErrServer // the cause would repeat the address
	}
	if _, set := u.User.Password(); set {
		return Server{}, fmt.Errorf("the address of the mail server holds a password: %w", ErrServer)
	}
	s := Server{Host: u.Hostname(), User: u.User.Username(), Implicit: u.Scheme == "smtps", Port: 587}
	if s.Implicit {
		s.Port = 465
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil {
			return Server{}, ErrServer
		}
	}
	return s, nil
}

// Mail is one message to all its readers.
type Mail struct {
	From     string // an address, or Name <address>
	To       []string
	Subject  string
	Summary  Summary
	Files    []string // paths of what is attached
	Link     string   // where the files can be read instead; empty: they are attached
	LinkText string   // what the link is called
	Date     time.Time
}

// Send sends a mail once: its Message-ID comes from what it says and to whom, so that the same mail sent again is known by it.
// Either the server takes it for all readers or for none.
func (s Server) Send(ctx context.Context, m Mail) error {
	msg, err := m.message()
	if err != nil {
		return err
	}
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithHELO("presencia.invalid"), mail.WithTimeout(max(s.Timeout, time.Minute)),
		mail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}),
	}
	ip := net.ParseIP(s.Host)
	local := s.Host == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case s.Implicit:
		options = append(options, mail.WithSSL())
	case local:
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	client, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.Host, err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		var sending *mail.SendError
		if errors.As(err, &sending) && sending.IsTemp() {
			return fmt.Errorf("the mail server %s:%d cannot take the mail now, send it again later: %w", s.Host, s.Port, err)
		}
		return fmt.Errorf("the mail server %s:%d did not take the mail: %w", s.Host, s.Port, err)
	}
	return nil
}

// message is the mail in its form for servers.
func (m Mail) message() (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(m.From); err != nil {
		return nil, fmt.Errorf("the sender %q is not a mail address", m.From)
	}
	if len(m.To) == 0 {
		return nil, errors.New("name at least one reader")
	}
	for _, to := range m.To {
		if err := msg.AddTo(to); err != nil {
			return nil, fmt.Errorf("the reader %q is not a mail address", to)
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n%q\n%q\n%q\n%q\n", m.From, slices.Sorted(slices.Values(m.To)), m.Subject, m.Summary.Text, m.Link)
	text, page := m.Summary.Text, m.Summary.HTML
	if m.Link != "" {
		text += "\n" + m.LinkText + ": " + m.Link + "\n"
		page = strings.Replace(page, "</body>", fmt.Sprintf(`<p><a href=%q>%s</a></p></body>`, escape(m.Link), escape(m.LinkText)), 1)
	} else {
		size := 0
		for _, path := range m.Files {
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("attach a file: %w", err)
			}
			if size += len(content); size > MaxAttached {
				return nil, fmt.Errorf("the files together have more than %d MB, which mail servers refuse: send a link to them instead", MaxAttached>>20)
			}
			fmt.Fprintf(sum, "%q %x\n", filepath.Base(path), sha256.Sum256(content))
			msg.AttachReadSeeker(filepath.Base(path), strings.NewReader(string(content)), mail.WithFileContentType(mail.ContentType(mediaType(path))))
		}
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(hex.EncodeToString(sum.Sum(nil))[:32] + "@presencia.invalid")
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's absence notice answers it
	if m.Summary.Language != "" {
		msg.SetGenHeader("Content-Language", oneLine(m.Summary.Language))
	}
	msg.SetBodyString(mail.TypeTextPlain, text)
	msg.AddAlternativeString(mail.TypeTextHTML, page)
	return msg, nil
}

// oneLine keeps a text from becoming several headers.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func mediaType(path string) string {
	switch filepath.Ext(path) {
	case ".html":
		return "text/html"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".pdf":
		return "application/pdf"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// Drop copies files into a folder, each whole or not at all; the folder must be there, since a share that is not mounted is
// no reason to write somewhere else.
func Drop(dir string, files []string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s: make it, or see that the share is mounted", dir)
	}
	for _, path := range files {
		if err := drop(dir, path); err != nil {
			return fmt.Errorf("put %s into %s: %w", filepath.Base(path), dir, err)
		}
	}
	return nil
}

func drop(dir, path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Chmod(0o644), out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), filepath.Join(dir, filepath.Base(path)))
}
