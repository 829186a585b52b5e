package delivery_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"presencia/reports/delivery"
)

const report = `<!DOCTYPE html><html lang="es"><head><title>x</title><script>alert(1)</script></head><body>
<p class="simulated"><strong>Datos simulados.</strong> No existe.</p>
<h1>Ejemplo: <b>presencia</b></h1><p class="subtitle">Junio de 2015 · 60 de 60 cuentas leídas</p>
<nav><a href="#summary">Contenido</a></nav>
<section id="summary"><h2>El mes en una página</h2>
<ul class="tiles"><li><span class="label">Publicaciones</span> <span class="value">1.507</span><span class="change"><b>+85</b> que en mayo</span></li></ul>
<script type="application/json">{"a":"</div>"}</script>
<div class="list"><h3>Avisos</h3><ul><li>3 cuentas &lt;img src=x onerror=alert(1)&gt; <a href="javascript:alert(1)">no publicaron</a>.</li></ul></div>
<figure>dibujo</figure><p onclick="alert(1)">Una frase.</p></section>
<section id="presence"><p>Detalle.</p></section></body></html>`

func summary(t *testing.T) delivery.Summary {
	t.Helper()
	s, err := delivery.ReadSummary(strings.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSummaryOfAReport(t *testing.T) {
	s := summary(t)
	const want = `Datos simulados. No existe.

Ejemplo: presencia
==================

Junio de 2015 · 60 de 60 cuentas leídas

El mes en una página
--------------------

- Publicaciones: 1.507; +85 que en mayo

Avisos
- 3 cuentas <img src=x onerror=alert(1)> no publicaron.

Una frase.

`
	if s.Text != want {
		t.Errorf("%s", s.Text)
	}
	if s.Subject != "Ejemplo: presencia · Junio de 2015" || s.Language != "es" {
		t.Errorf("%q, %q", s.Subject, s.Language)
	}
	for _, bad := range []string{"<script", "<img", "onclick", "javascript:", "<a ", "dibujo", "Detalle"} {
		if strings.Contains(s.HTML, bad) {
			t.Errorf("the mail's page holds %s", bad)
		}
	}
	if !strings.Contains(s.HTML, "<strong>Publicaciones: 1.507</strong><br>+85 que en mayo") {
		t.Errorf("%s", s.HTML)
	}
	if _, err := delivery.ReadSummary(strings.NewReader("<p>something else</p>")); err == nil {
		t.Error("a page that is no report has a summary")
	}
}

func TestAddressesOfServers(t *testing.T) {
	for address, want := range map[string]delivery.Server{
		"smtp://user@mail.example":          {Host: "mail.example", Port: 587, User: "user"},
		"smtps://mail.example:4465":         {Host: "mail.example", Port: 4465, Implicit: true},
		"smtp://a%40town.example@[::1]:25/": {Host: "::1", Port: 25, User: "a@town.example"},
	} {
		got, err := delivery.ParseServer(address)
		if err != nil || got.Host != want.Host || got.Port != want.Port || got.User != want.User || got.Implicit != want.Implicit {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	for _, address := range []string{"", "mail.example", "https://mail.example", "smtp://user:secret@mail.example", "smtp://mail.example/path", "smtp://mail.example:x", "smtp://\x00"} {
		if _, err := delivery.ParseServer(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestDropIntoAFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(t.TempDir(), "monthly-2015-06.es.html")
	if err := os.WriteFile(path, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, and it is replaced
		if err := delivery.Drop(dir, []string{path}); err != nil {
			t.Fatal(err)
		}
	}
	entries, _ := os.ReadDir(dir)
	if got, err := os.ReadFile(filepath.Join(dir, "monthly-2015-06.es.html")); err != nil || string(got) != report || len(entries) != 1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if err := delivery.Drop(filepath.Join(dir, "not-mounted"), []string{path}); err == nil || !strings.Contains(err.Error(), "see that the share is mounted") {
		t.Errorf("%v", err)
	}
	if err := delivery.Drop(dir, []string{filepath.Join(dir, "nothing.html")}); err == nil {
		t.Error("a file that is not there was put into the folder")
	}
}

// TestSendToARealServer sends through Exim, which Debian has: by STARTTLS and by TLS from the first byte, with a password.
func TestSendToARealServer(t *testing.T) {
	server := startExim(t)
	attached := filepath.Join(t.TempDir(), "monthly-2015-06.es.html")
	if err := os.WriteFile(attached, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	m := delivery.Mail{
		From: "Ejemplo <redes@town.example>", To: []string{"head@town.example", "press@town.example"}, Subject: "Informe de junio: añadido\r\nBcc: x@evil.example", Summary: summary(t),
		Files: []string{attached}, Date: time.Date(2015, 7, 1, 8, 0, 0, 0, time.UTC),
	}
	s := server.Server
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := server.received(t, "head")
	if subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject")); err != nil || subject != "Informe de junio: añadido Bcc: x@evil.example" {
		t.Errorf("subject %q, %v", subject, err)
	}
	if to := got.Header.Get("To"); !strings.Contains(to, "head@town.example") || !strings.Contains(to, "press@town.example") || got.Header.Get("Bcc") != "" {
		t.Errorf("%v", got.Header)
	}
	id := got.Header.Get("Message-ID")
	parts := decode(t, got.Header.Get("Content-Type"), got.Header.Get("Content-Transfer-Encoding"), got.Body)
	if !strings.Contains(parts["text/plain"], "- Publicaciones: 1.507; +85 que en mayo") || !strings.Contains(parts["text/html"], "<h1>Ejemplo: presencia</h1>") {
		t.Errorf("body: %q", parts)
	}
	if parts["monthly-2015-06.es.html"] != report {
		t.Errorf("the attachment is not the file: %q", parts["monthly-2015-06.es.html"])
	}
	server.received(t, "press")

	// By the other port, linked, and again: the same mail has the same id.
	s.Implicit, s.Port = true, server.implicit
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if again := server.received(t, "head"); again.Header.Get("Message-ID") != id || !strings.HasSuffix(id, "@presencia.invalid>") {
		t.Errorf("ids %s and %s", id, again.Header.Get("Message-ID"))
	}
	m.Link, m.LinkText = "https://reports.town.example/monthly?a=1&b=<2>", "monthly"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	linked := server.received(t, "head")
	parts = decode(t, linked.Header.Get("Content-Type"), linked.Header.Get("Content-Transfer-Encoding"), linked.Body)
	if len(parts) != 2 || !strings.Contains(parts["text/plain"], m.Link) || !strings.Contains(parts["text/html"], `href="https://reports.town.example/monthly?a=1&amp;b=&lt;2&gt;"`) {
		t.Errorf("%q", parts)
	}

	// What goes wrong is told, and nobody gets half of it.
	for name, c := range map[string]struct {
		change func(*delivery.Server, *delivery.Mail)
		want   string
	}{
		"wrong password": {func(s *delivery.Server, _ *delivery.Mail) { s.Password = "wrong" }, "did not take the mail"},
		"unknown reader": {func(_ *delivery.Server, m *delivery.Mail) {
			m.To = []string{"head@town.example", "nobody@town.example"}
		}, "no such reader"},
		"later":         {func(_ *delivery.Server, m *delivery.Mail) { m.To = []string{"later@town.example"} }, "send it again later"},
		"nobody trusts": {func(s *delivery.Server, _ *delivery.Mail) { s.Roots = nil }, "certificate"},
		"not a reader":  {func(_ *delivery.Server, m *delivery.Mail) { m.To = []string{"not an address"} }, "is not a mail address"},
		"no readers":    {func(_ *delivery.Server, m *delivery.Mail) { m.To = nil }, "at least one reader"},
		"no sender":     {func(_ *delivery.Server, m *delivery.Mail) { m.From = "x" }, "the sender"},
		"no file":       {func(_ *delivery.Server, m *delivery.Mail) { m.Link, m.Files = "", []string{"/nowhere"} }, "attach a file"},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := s, m
			c.change(&s, &m)
			err := s.Send(t.Context(), m)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
		})
	}
	if left := server.waiting(t, "head"); left != 0 {
		t.Errorf("%d mails came of those that failed", left)
	}

	big := filepath.Join(t.TempDir(), "big.xlsx")
	if err := os.WriteFile(big, make([]byte, delivery.MaxAttached+1), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Link, m.Files = "", []string{big}
	if err := s.Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "send a link") {
		t.Errorf("%v", err)
	}
}

// TestNothingIsSentInTheOpen: a server beyond this machine that offers no encryption gets nothing.
func TestNothingIsSentInTheOpen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.2:0") // answers as a server without STARTTLS does
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	heard := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(3 * time.Second)) // a client that gives up may leave the line open
		var all bytes.Buffer
		fmt.Fprint(conn, "220 plain ESMTP\r\n")
		buf := make([]byte, 1024)
		for {
			n, err := conn.Read(buf)
			all.Write(buf[:n])
			if err != nil {
				break
			}
			fmt.Fprint(conn, "250 plain\r\n")
		}
		heard <- all.String()
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	n, _ := strconv.Atoi(port)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s := delivery.Server{Host: "plain.localtest.invalid", Port: n, User: "u", Password: "secret"}
	// The name resolves nowhere, so that only the address of the loopback, which may be in the open, is left to be tried by name.
	if err := s.Send(ctx, delivery.Mail{From: "a@town.example", To: []string{"b@town.example"}, Subject: "x", Summary: summary(t)}); err == nil {
		t.Error("it was sent")
	}
	s.Host = "127.0.0.2"
	if err := s.Send(ctx, delivery.Mail{From: "a@town.example", To: []string{"b@town.example"}, Subject: "x", Summary: summary(t)}); err == nil {
		t.Error("a password went out in the open")
	}
	if said := <-heard; strings.Contains(said, "AUTH") || strings.Contains(said, "secret") {
		t.Errorf("the server heard %q", said)
	}
}

// decode answers the parts of a mail by type, attachments by name.
func decode(t *testing.T, contentType, encoding string, body io.Reader) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	if !strings.HasPrefix(kind, "multipart/") {
		switch encoding {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = strings.ReplaceAll(string(b), "\r\n", "\n")
		return parts
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range decode(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p) {
			if name := p.FileName(); name != "" {
				k = name
			}
			parts[k] = v
		}
	}
}

// exim is a running mail server.
type exim struct {
	delivery.Server
	implicit int // port of TLS from the first byte
	mail     string
	seen     map[string]bool
}

func startExim(t *testing.T) *exim {
	t.Helper()
	program, err := exec.LookPath("exim4")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/exim4")
	}
	if err != nil || os.Getuid() != 0 {
		t.Skip("Exim (Debian: exim4-daemon-light) is not installed, or this is not root, whom it wants to be started by")
	}
	owner, err := user.Lookup("Debian-exim")
	if err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "presencia-exim-") //nolint:usetesting // which the server's user can enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	for _, d := range []string{dir, filepath.Join(dir, "spool"), filepath.Join(dir, "log"), filepath.Join(dir, "mail")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(d, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	roots := certificate(t, dir, uid)
	ports := freePorts(t, 2)
	config := fmt.Sprintf(`primary_hostname = localhost
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[2]d : %[3]d
tls_on_connect_ports = %[3]d
tls_advertise_hosts = *
tls_certificate = %[1]s/cert.pem
tls_privatekey = %[1]s/key.pem
acl_smtp_rcpt = readers
acl_smtp_data = everything
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
begin acl
readers:
  deny message = say who you are
       !authenticated = *
  deny message = no such reader
       local_parts = nobody
  defer message = come back later
       local_parts = later
  accept
everything:
  accept
begin routers
all:
  driver = accept
  transport = folder
begin transports
folder:
  driver = appendfile
  directory = %[1]s/mail/${if eq{$local_part}{press}{press}{head}}
  directory_mode = 0755
  maildir_format
  user = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{{eq{$auth2}{redes}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if def:tls_in_cipher}
`, dir, ports[0], ports[1])
	path := filepath.Join(dir, "exim.conf")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-C", path, "-bdf")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log", "mainlog"))
			panics, _ := os.ReadFile(filepath.Join(dir, "log", "paniclog"))
			t.Logf("Exim said: %s\n%s\n%s", said.String(), log, panics)
		}
	})
	e := &exim{delivery.Server{Host: "localhost", Port: ports[0], User: "redes", Password: "secret", Roots: roots}, ports[1], filepath.Join(dir, "mail"), map[string]bool{}}
	for range 100 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports[0])); err == nil {
			conn.Close()
			return e
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("Exim does not listen")
	return nil
}

func (e *exim) files(t *testing.T, reader string) (names []string) {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(e.mail, reader, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(entries, func(n string) bool { return e.seen[n] })
}

// waiting are the mails that nobody has looked at.
func (e *exim) waiting(t *testing.T, reader string) int { return len(e.files(t, reader)) }

// received waits for the next mail of a reader.
func (e *exim) received(t *testing.T, reader string) *mail.Message {
	t.Helper()
	for range 200 {
		if names := e.files(t, reader); len(names) > 0 {
			e.seen[names[0]] = true
			b, err := os.ReadFile(names[0])
			if err != nil {
				t.Fatal(err)
			}
			m, err := mail.ReadMessage(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no mail came to %s", reader)
	return nil
}

// certificate makes one for localhost and answers who trusts it.
func certificate(t *testing.T, dir string, owner int) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	for name, content := range map[string][]byte{"cert.pem": certPEM, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, owner, -1); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return pool
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
