package collectors

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	images "image"
	_ "image/gif" // the forms of images of profiles
	_ "image/jpeg"
	_ "image/png"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/sourcegraph/conc/pool"
	_ "golang.org/x/image/webp"

	"presencia/pipeline"
)

// LookMost is how many web addresses are looked at in one run.
const LookMost = 200

const (
	lookTime   = 5 * time.Minute  // for all of them
	lookEach   = 20 * time.Second // for one, its redirects included
	lookHosts  = 8                // servers that are asked at the same time, each for one address after the other
	lookSilent = 2                // addresses in a row at which a server does not answer; then it is left alone

	imageLimit  = 8 << 20    // bytes of an image
	imagePoints = 25_000_000 // of an image; one with more is not unpacked

	titleLength   = 300  // characters that are kept of a title
	textLength    = 2000 // of what a page says
	linksLength   = 300  // links
	addressLength = 2000 // bytes of an address that is kept
)

// Look looks at web addresses and answers what it found there, in their order, and how many requests that took. Now dates
// it; allowHTTP permits plain HTTP, to this machine only.
//
// Nothing is answered of addresses beyond [LookMost] or the time of a run, and of those whose failure may be one of the
// network at this moment: they are to be looked at another time. [pipeline.Page] says how a dead address is told from
// one of which it is not known.
func Look(ctx context.Context, o Options, addresses []string, now time.Time, allowHTTP bool) (pages []pipeline.Page, calls int) {
	addresses = Distinct(addresses)
	addresses = addresses[:min(len(addresses), LookMost)]
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	l := &look{fetch: newFetcher(withDefaults(o)), now: now, allowHTTP: allowHTTP}
	defer l.fetch.forget()
	found := make([]*pipeline.Page, len(addresses))
	var servers [][]int // the places of each server's addresses
	place := map[string]int{}
	for i, a := range addresses {
		u, err := l.address(a)
		if err != nil {
			found[i] = &pipeline.Page{URL: a, At: now, Failure: err.Error()}
			continue
		}
		n, ok := place[u.Host]
		if !ok {
			n = len(servers)
			place[u.Host], servers = n, append(servers, nil)
		}
		servers[n] = append(servers[n], i)
	}
	asked := make([]int, len(servers))
	p := pool.New().WithMaxGoroutines(lookHosts)
	for n, places := range servers {
		p.Go(func() {
			v, err := l.fetch.visit(pipeline.Request{Account: pipeline.Account{AllowHTTP: allowHTTP}})
			if err != nil {
				return
			}
			for silent := 0; len(places) > 0 && silent < lookSilent && ctx.Err() == nil; places = places[1:] {
				if i := places[0]; l.at(ctx, v, addresses[i], &found[i]) {
					silent = 0
				} else {
					silent++
				}
			}
			asked[n] = v.calls
		})
	}
	p.Wait()
	for _, f := range found {
		if f != nil {
			pages = append(pages, *f)
		}
	}
	for _, n := range asked {
		calls += n
	}
	return pages, calls
}

// forget closes the connections that are kept for another request.
func (f *fetcher) forget() {
	for _, t := range []http.RoundTripper{f.public, f.loopback} {
		if c, ok := t.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

// look is one run over web addresses.
type look struct {
	fetch     *fetcher
	now       time.Time
	allowHTTP bool
	unpacking sync.Mutex // an image unpacked may be a hundred times its size, so one at a time
}

var (
	errNoHTTPS  = errors.New("it is not read: only https is")
	errNoPublic = errors.New("it leads to no public address")
)

// address is one that can be asked for.
func (l *look) address(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil:
		return nil, errors.New("it is no address of the web")
	case u.Scheme == "http" && !l.allowHTTP:
		return nil, errNoHTTPS
	}
	u.Host, u.Fragment = strings.ToLower(u.Host), ""
	return u, nil
}

// at looks at one address. It is false, and nothing is found, where another moment may show something else.
func (l *look) at(ctx context.Context, v *visit, address string, found **pipeline.Page) bool {
	u, err := l.address(address)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lookEach)
	defer cancel()
	refused := errors.New("a status of failure")
	var answer *response
	r, err := v.get(ctx, request{
		url: u, accept: "text/html, application/xhtml+xml;q=0.9, image/webp, image/png, image/jpeg, image/gif, */*;q=0.1", limit: pageLimit, useful: useful,
		judge: func(r *response) (time.Duration, error) {
			if r.status < 400 {
				return 0, nil
			}
			answer = r
			return 0, refused // which is not tried again
		},
	})
	p := &pipeline.Page{URL: address, At: l.now}
	switch {
	case err == nil:
		p.Status, p.Final = r.status, final(r.url)
		l.read(p, r)
	case errors.Is(err, refused):
		p.Status, p.Final = answer.status, final(answer.url)
		if p.Status != http.StatusNotFound && p.Status != http.StatusGone {
			p.Failure = "it is not known what it shows to people: to a program it says " + statusText(p.Status)
		}
	default:
		if p.Failure = dead(u, err); p.Failure == "" {
			return false
		}
	}
	*found = p
	return true
}

// dead says why nobody who follows an address comes to see something; empty: this may have been the network's failure.
// What errors say of the way is left out, for it may hold addresses of this machine and of its network.
func dead(u *url.URL, err error) string {
	var (
		name  *net.DNSError
		host  x509.HostnameError
		cert  x509.CertificateInvalidError
		plain tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, errAddress) && u.Scheme == "http":
		return errNoHTTPS.Error()
	case errors.Is(err, errAddress):
		return errNoPublic.Error()
	case errors.As(err, &name) && name.IsNotFound:
		return "there is no server of this name"
	case errors.As(err, &host):
		return "its certificate is that of another server"
	case errors.As(err, &cert) && cert.Reason == x509.Expired:
		return "its certificate has ended"
	case errors.As(err, &plain):
		return "its server does not speak https"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "its server refuses connections"
	case errors.Is(err, pipeline.ErrBadAnswer): // of the redirects
		_, why, _ := strings.Cut(err.Error(), pipeline.ErrBadAnswer.Error()+": ")
		return why
	}
	return ""
}

// final is where an address has led.
func final(u *url.URL) string {
	if s := u.String(); len(s) <= addressLength {
		return s
	}
	return u.Scheme + "://" + u.Host + "/"
}

// useful is how much of an answer is read: pages, images and what may be one.
func useful(h http.Header) int {
	switch kind := contentType(&response{header: h}); {
	case strings.Contains(kind, "html"):
		return pageLimit
	case kind == "" || kind == "application/octet-stream" || strings.HasPrefix(kind, "image/") && kind != "image/svg+xml":
		return imageLimit
	}
	return 0
}

// read notes what a page says, or what an image looks like.
func (l *look) read(p *pipeline.Page, r *response) {
	switch {
	case strings.Contains(contentType(r), "html"), contentType(r) == "" && strings.HasPrefix(http.DetectContentType(r.body), "text/html"):
		p.Title, p.Text, p.Links = readPage(r.url, r.body, r.header.Get("Content-Type"))
	default:
		l.unpacking.Lock()
		defer l.unpacking.Unlock()
		p.Image, _ = likeness(r.body) // without one it is a file like any other
	}
}

// readPage is a page's title, the beginning of what it says, and where it leads.
func readPage(at *url.URL, body []byte, contentType string) (title, text string, links []string) {
	body = body[:min(len(body), pageLimit)]
	if len(body) == pageLimit { // it may have been cut within a character
		for range utf8.UTFMax - 1 {
			if r, size := utf8.DecodeLastRune(body); r == utf8.RuneError && size == 1 {
				body = body[:len(body)-1]
			}
		}
	}
	m := readHTML(string(toUTF8(body, contentType)), nil)
	base := at
	if u, err := at.Parse(strings.TrimSpace(m.base)); err == nil && web(u.String()) {
		base = u
	}
	var accounts, others []string
	for _, a := range m.anchors {
		to := resolve(base, a.href)
		if len(to) > addressLength {
			continue
		}
		if _, ok := pipeline.AccountAt(to); ok {
			accounts = append(accounts, to)
		} else {
			others = append(others, to)
		}
	}
	links = Distinct(slices.Concat(accounts, others)) // of a long directory its accounts
	return opening(strings.Join(strings.Fields(m.title), " "), titleLength), opening(m.text, textLength), links[:min(len(links), linksLength)]
}

// opening is the first characters of a text.
func opening(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return strings.Clone(s[:i])
		}
	}
	return s
}

// likeness is what an image looks like. Its size is read before it is unpacked.
func likeness(body []byte) (pipeline.Likeness, error) {
	c, kind, err := images.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > imagePoints/c.Height {
		return "", fmt.Errorf("an image in %s of %d × %d points", kind, c.Width, c.Height)
	}
	img, _, err := images.Decode(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	l := pipeline.NewLikeness(img)
	if l == "" { // of a GIF's first frame nothing may be left
		return "", fmt.Errorf("an image in %s without a point", kind)
	}
	return l, nil
}
