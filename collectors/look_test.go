package collectors

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	images "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"presencia/pipeline"
)

var lookDay = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

// flag is an image of two colours.
func flag(width, height int) images.Image {
	img := images.NewPaletted(images.Rect(0, 0, width, height), color.Palette{color.NRGBA{200, 30, 30, 255}, color.NRGBA{240, 200, 20, 255}})
	for i := len(img.Pix) / 2; i < len(img.Pix); i++ {
		img.Pix[i] = 1
	}
	return img
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpOf writes an image of one colour in WebP's lossless form: codes of one symbol, so that its points take no bits.
func webpOf(c color.NRGBA, width, height int) []byte {
	var bits []byte
	n := 0
	put := func(v, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(0x2f, 8)
	put(width-1, 14)
	put(height-1, 14)
	put(0, 1+3+1+1+1) // alpha, version; no transform, no cache of colours, one group of codes
	for _, symbol := range []byte{c.G, c.R, c.B, c.A, 0} {
		put(1, 1) // a simple code
		put(0, 1) // of one symbol
		put(1, 1) // of eight bits
		put(int(symbol), 8)
	}
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8+len(bits)))
	binary.LittleEndian.PutUint32(out[16:], uint32(len(bits)))
	return append(out, bits...)
}

// pngBomb says that it has very many points; what it holds of them is little.
func pngBomb(t testing.TB, width, height uint32) []byte {
	b := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, images.NewGray(images.Rect(0, 0, 1, 1))) })
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc(b[12:29]))
	return b
}

func crc(b []byte) uint32 {
	c := ^uint32(0)
	for _, x := range b {
		c ^= uint32(x)
		for range 8 {
			c = c>>1 ^ 0xEDB88320&-(c&1)
		}
	}
	return ^c
}

func with(kind string, status int, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

func to(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusFound) }
}

// TestLook looks at a real site on this machine.
func TestLook(t *testing.T) {
	logo := flag(64, 64)
	asPNG := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, logo) })
	asJPEG := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, logo, nil) })
	asGIF := encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, logo, nil) })
	plain := color.NRGBA{10, 100, 200, 255}
	pdf := new(atomic.Int64)
	const html = "text/html; charset=utf-8"
	page := `<!DOCTYPE html><html><head><title> Red   social &amp;
más</title><base href="/base/"><style>x</style></head><body><nav><a href="x">X</a></nav><p>Bienvenida a la&nbsp;provincia<script>var no;</script>
<a href="//social.example/@town#top">Mastodon</a> <a href="mailto:a@town.example">m</a><a href="javascript:x()">j</a><a href="/a?b=c">A</a><a href="/a?b=c">A</a></body></html>`
	long := `<title>Long</title>` + strings.Repeat("<p>ñandú ", 3000) + strings.Repeat(`<a href="https://x.com/town">X</a>`, 2) + strings.Repeat("x", 6<<20) + `<a href="/beyond">B</a>`
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, `<a href="/%d">n</a>`, i)
	}
	many.WriteString(`<a href="https://www.instagram.com/town_example/">Instagram</a><a href="/` + strings.Repeat("x", 3000) + `">long</a>`)

	site, asked := hostile(t, map[string]http.HandlerFunc{
		"/page": with(html, 200, []byte(page)), "/moved": to("/moved2"), "/moved2": to("/page?token=1"),
		"/latin": with("text/html; charset=iso-8859-1", 200, []byte("<title>Alacant \xe9s \xe0mplia</title>")),
		"/long":  with(html, 200, []byte(long)), "/many": with(html, 200, []byte(many.String())), "/empty": with("", 204, nil),
		"/gone": with(html, 410, nil), "/challenge": with(html, 403, []byte("<title>Just a moment…</title>")), "/login": with(html, 401, nil), "/limit": with(html, 429, nil),
		"/trouble": with(html, 503, nil), "/broken": with(html, 500, nil), "/odd": with(html, 999, nil), "/bad": with(html, 400, nil),
		"/loop": to("/loop"), "/nowhere": with(html, 302, nil), "/file": to("file:///etc/passwd"), "/cloud": to("http://169.254.169.254/latest"), "/inner": to("http://10.0.0.1/"),
		"/logo.png": with("image/png", 200, asPNG), "/logo.jpg": with("image/jpeg", 200, asJPEG), "/logo.gif": with("image/gif", 200, asGIF),
		"/logo.webp": with("image/webp", 200, webpOf(plain, 40, 40)), "/unsaid": with("application/octet-stream", 200, asPNG),
		"/bomb.png": with("image/png", 200, pngBomb(t, 50_000, 50_000)), "/bomb.webp": with("image/webp", 200, webpOf(plain, 16_000, 16_000)),
		"/broken.png": with("image/png", 200, asPNG[:60]), "/logo.svg": with("image/svg+xml", 200, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><title>Logo</title></svg>`)),
		"/report.pdf": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/pdf")
			for block := make([]byte, 1<<16); pdf.Load() < 1<<30; pdf.Add(int64(len(block))) {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
	})
	refused := func(status string) string {
		return "it is not known what it shows to people: to a program it says " + status
	}
	likenessOf := func(img images.Image) pipeline.Likeness { return pipeline.NewLikeness(img) }
	solid := images.NewNRGBA(images.Rect(0, 0, 40, 40))
	for i := range solid.Pix {
		solid.Pix[i] = []byte{plain.R, plain.G, plain.B, 255}[i%4]
	}
	read := pipeline.Page{
		Status: 200, Title: "Red social & más", Text: "X\nBienvenida a la\u00a0provincia Mastodon mjAA",
		Links: []string{"http://social.example/@town#top", site + "/base/x", site + "/a?b=c"},
	}
	type want = pipeline.Page
	cases := []struct {
		address string // of the site where it begins with a slash
		want    want   // without address and moment; Final as a path, empty: the address
	}{
		{"/page", read},
		{"/moved", func() want { p := read; p.Final = "/page?token=1"; return p }()},
		{"/page#part", func() want { p := read; p.Final = "/page"; return p }()},
		{"/latin", want{Status: 200, Title: "Alacant és àmplia"}},
		{"/empty", want{Status: 204}},
		{"/missing", want{Status: 404}},
		{"/gone", want{Status: 410}},
		{"/challenge", want{Status: 403, Failure: refused("403 Forbidden")}},
		{"/login", want{Status: 401, Failure: refused("401 Unauthorized")}},
		{"/limit", want{Status: 429, Failure: refused("429 Too Many Requests")}},
		{"/trouble", want{Status: 503, Failure: refused("503 Service Unavailable")}},
		{"/broken", want{Status: 500, Failure: refused("500 Internal Server Error")}},
		{"/odd", want{Status: 999, Failure: refused("999")}},
		{"/bad", want{Status: 400, Failure: refused("400 Bad Request")}},
		{"/loop", want{Failure: "it redirects more than 5 times"}},
		{"/nowhere", want{Failure: "302 Found"}},
		{"/file", want{Failure: "it redirects from http to file"}},
		{"/cloud", want{Failure: "it is not read: only https is"}},
		{"/inner", want{Failure: "it is not read: only https is"}},
		{"/logo.png", want{Status: 200, Image: likenessOf(logo)}},
		{"/unsaid", want{Status: 200, Image: likenessOf(logo)}},
		{"/logo.gif", want{Status: 200, Image: likenessOf(logo)}},
		{"/logo.webp", want{Status: 200, Image: likenessOf(solid)}},
		{"/bomb.png", want{Status: 200}},
		{"/bomb.webp", want{Status: 200}},
		{"/broken.png", want{Status: 200}},
		{"/logo.svg", want{Status: 200}},
		{"/report.pdf", want{Status: 200}},
		{"http://203.0.113.7/", want{Failure: "it is not read: only https is"}},
		{"mailto:office@town.example", want{Failure: "it is no address of the web"}},
		{"https://user:word@town.example/", want{Failure: "it is no address of the web"}},
		{"town.example", want{Failure: "it is no address of the web"}},
		{"https://[", want{Failure: "it is no address of the web"}},
	}
	addresses := make([]string, len(cases))
	for i, c := range cases {
		addresses[i] = c.address
		if strings.HasPrefix(c.address, "/") {
			addresses[i] = site + c.address
		}
	}
	extra := []string{site + "/long", site + "/many", site + "/logo.jpg"}
	pages, calls := Look(t.Context(), Options{}, append(append(addresses, extra...), addresses[0], ""), lookDay, true)
	if len(pages) != len(cases)+len(extra) {
		t.Fatalf("%d pages of %d addresses", len(pages), len(cases)+len(extra))
	}
	for i, c := range cases {
		w := c.want
		w.URL, w.At = addresses[i], lookDay
		if strings.HasPrefix(w.Final, "/") {
			w.Final = site + w.Final
		} else if w.Status > 0 {
			w.Final = addresses[i]
		}
		if diff := cmp.Diff(w, pages[i]); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.address, diff)
		}
	}
	if p := pages[len(cases)]; p.Status != 200 || p.Title != "Long" || utf8.RuneCountInString(p.Text) != textLength || !strings.HasSuffix(p.Text, "andú") && !utf8.ValidString(p.Text) ||
		!cmp.Equal(p.Links, []string{"https://x.com/town"}) {
		t.Errorf("a page of 6 MB: %d, %q, %d characters, links %v", p.Status, p.Title, utf8.RuneCountInString(p.Text), p.Links)
	}
	if p := pages[len(cases)+1]; len(p.Links) != linksLength || p.Links[0] != "https://www.instagram.com/town_example/" {
		t.Errorf("of a page of 2000 links %d were kept, %v first", len(p.Links), p.Links[:1])
	}
	if a := pipeline.Alike(pages[len(cases)+2].Image, likenessOf(logo)); a < 0.98 {
		t.Errorf("the logo as JPEG is alike by %.3f", a)
	}
	if pdf.Load() > 32<<20 {
		t.Errorf("%d MB of a report were sent, of which nothing is read", pdf.Load()>>20)
	}
	if int64(calls) < asked.Load() || asked.Load() != 34+4 { // one each, the redirects, and no refusal again
		t.Errorf("%d requests told, %d seen", calls, asked.Load())
	}
}

// TestLookIsGuarded: no name, no redirect and no change of a name's address leads to this machine or its network.
func TestLookIsGuarded(t *testing.T) {
	var reached atomic.Int64
	inner := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	inner.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			reached.Add(1)
		}
	}
	inner.StartTLS()
	defer inner.Close()
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][][4]byte{
		"loopback.example.": {{127, 0, 0, 1}}, "private.example.": {{10, 0, 0, 1}}, "cloud.example.": {{169, 254, 169, 254}}, "office.example.": {{192, 168, 1, 1}},
		"any.example.": {{0, 0, 0, 0}}, "several.example.": {{172, 16, 0, 1}, {127, 0, 0, 1}},
		"rebinds.example.": {{192, 0, 2, 1}, {127, 0, 0, 1}}, // turn by turn
	}
	asked := resolve127(t, names)
	addresses := []string{inner.URL + "/", "https://localhost:" + port + "/", "https://[::1]:" + port + "/", "https://[::ffff:127.0.0.1]:" + port + "/", "https://2130706433:" + port + "/"}
	for name := range names {
		addresses = append(addresses, "https://"+strings.TrimSuffix(name, ".")+":"+port+"/")
	}
	for round := range 2 {
		pages, _ := Look(t.Context(), Options{Backoff: time.Millisecond}, addresses, lookDay, true)
		if len(pages) != len(addresses) {
			t.Errorf("round %d: %d pages of %d addresses", round, len(pages), len(addresses))
		}
		for _, p := range pages {
			if p.Status != 0 || p.Failure != errNoPublic.Error() && !strings.Contains(p.URL, "2130706433") {
				t.Errorf("round %d: %s: %d %q", round, p.URL, p.Status, p.Failure)
			}
		}
	}
	if pages, calls := Look(t.Context(), Options{}, []string{"http://127.0.0.1:" + port + "/"}, lookDay, false); calls != 0 || len(pages) != 1 || pages[0].Failure != errNoHTTPS.Error() {
		t.Errorf("plain HTTP without permission: %d requests, %+v", calls, pages)
	}
	if asked.Load() == 0 {
		t.Error("the names were not asked for: the test shows nothing")
	}
	if reached.Load() != 0 {
		t.Errorf("the inner server was reached %d times", reached.Load())
	}
}

// resolve127 answers names from a server of names on this machine, until the test ends. Of several addresses of a name
// that rebinds it answers one at a time.
func resolve127(t *testing.T, names map[string][][4]byte) (asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		turns := map[string]int{}
		for b := make([]byte, 1500); ; {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return // closed
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			name := strings.ToLower(q.Name.String())
			all, known := names[name]
			m.Response, m.Additionals = true, nil
			if !known {
				m.RCode = dnsmessage.RCodeNameError
			} else if q.Type == dnsmessage.TypeA {
				asked.Add(1)
				if strings.HasPrefix(name, "rebinds") {
					all = all[turns[name]%len(all):][:1]
					turns[name]++
				}
				for _, a := range all {
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: a}})
				}
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(answer, from)
			}
		}
	}()
	r := net.DefaultResolver
	before, dial := r.PreferGo, r.Dial
	r.PreferGo, r.Dial = true, func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}
	t.Cleanup(func() {
		r.PreferGo, r.Dial = before, dial
		server.Close()
		<-ended
	})
	return asked
}

func TestLookTellsWhatIsDeadFromWhatMayPass(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string // empty: may pass
	}{
		"no such name":       {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "gone.example", Server: "10.0.0.53:53", IsNotFound: true}}, "there is no server of this name"},
		"no server of names": {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", Name: "town.example", Server: "10.0.0.53:53", IsTimeout: true, IsTemporary: true}}, ""},
		"connection lost":    {errors.New("connection reset by peer"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Backoff: time.Millisecond, Transport: transport(func(*http.Request) (*http.Response, error) { return nil, c.err })}
			pages, _ := Look(t.Context(), o, []string{"https://town.example/"}, lookDay, false)
			if c.want == "" && len(pages) != 0 || c.want != "" && (len(pages) != 1 || pages[0].Failure != c.want || pages[0].Status != 0) {
				t.Errorf("got %+v, want %q", pages, c.want)
			}
		})
	}
	t.Run("certificates", func(t *testing.T) { // of a server whose issuer is not known here; browsers may know it
		secure := httptest.NewUnstartedServer(http.NotFoundHandler())
		secure.Config.ErrorLog = log.New(io.Discard, "", 0)
		secure.StartTLS()
		defer secure.Close()
		o := Options{Backoff: time.Millisecond, Transport: newTransport(func(netip.Addr) bool { return true })}
		if pages, _ := Look(t.Context(), o, []string{secure.URL}, lookDay, false); len(pages) != 0 {
			t.Errorf("got %+v", pages)
		}
		plain := httptest.NewServer(http.NotFoundHandler())
		address := strings.Replace(plain.URL, "http:", "https:", 1)
		if pages, _ := Look(t.Context(), o, []string{address}, lookDay, false); len(pages) != 1 || pages[0].Failure != "its server does not speak https" {
			t.Errorf("got %+v", pages)
		}
		plain.Close()
		if pages, _ := Look(t.Context(), o, []string{address}, lookDay, false); len(pages) != 1 || pages[0].Failure != "its server refuses connections" {
			t.Errorf("got %+v", pages)
		}
	})
}

// TestLookLeavesAServerAlone: one that hangs takes the time of two addresses, and one that sets a limit is not asked again;
// neither holds up another.
func TestLookLeavesAServerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hung, limited atomic.Int64
		o := Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Host {
			case "hangs.example":
				hung.Add(1)
				<-r.Context().Done()
				return nil, r.Context().Err()
			case "limits.example":
				limited.Add(1)
				return reply(429, "", "Retry-After", "3600"), nil
			}
			return reply(200, "<title>T</title>", "Content-Type", "text/html"), nil
		})}
		var addresses []string
		for i := range 90 {
			for _, host := range []string{"hangs", "limits", "town"} {
				addresses = append(addresses, fmt.Sprintf("https://%s.example/%d", host, i))
			}
		}
		begun := time.Now()
		pages, calls := Look(t.Context(), o, addresses, lookDay, false)
		status := map[int]int{}
		for _, p := range pages {
			status[p.Status]++
		}
		// Of the first 200 addresses 66 are the town's.
		if diff := cmp.Diff(map[int]int{200: 66, 429: 1}, status); diff != "" {
			t.Error(diff)
		}
		if hung.Load() != lookSilent || limited.Load() != 1 || calls != 66+1+lookSilent || time.Since(begun) > lookSilent*lookEach {
			t.Errorf("the one that hangs was asked %d times, the one with a limit %d times, %d requests in all, in %v", hung.Load(), limited.Load(), calls, time.Since(begun))
		}
	})
}

func TestLookStopsWhenToldOrOutOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		o := Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/3" {
				stop()
			}
			select {
			case <-time.After(7 * time.Second):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			return reply(200, "x"), nil
		})}
		var addresses []string
		for i := range 100 {
			addresses = append(addresses, fmt.Sprintf("https://town.example/%d", i))
		}
		if pages, calls := Look(ctx, o, addresses, lookDay, false); len(pages) != 3 || calls != 4 {
			t.Errorf("told to stop at the fourth: %d pages, %d requests", len(pages), calls)
		}
		addresses[3] = "https://town.example/100"
		begun := time.Now()
		if pages, _ := Look(t.Context(), o, addresses, lookDay, false); time.Since(begun) != lookTime || len(pages) != int(lookTime/(7*time.Second)) {
			t.Errorf("at 7 s each: %d pages in %v", len(pages), time.Since(begun))
		}
	})
}

func FuzzReadPage(f *testing.F) {
	f.Add([]byte("<title>T</title><base href=//x.example><a href=/a>b</a>"), "text/html; charset=utf-8")
	f.Add([]byte("\xff\xfe<\x00t\x00"), "text/html")
	f.Add([]byte("<title><b>x</title><a href='https://x.com/town'><base href='javascript:'>"), "text/html; charset=gbk")
	at := &url.URL{Scheme: "https", Host: "www.town.example", Path: "/page"}
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		title, text, links := readPage(at, body, kind)
		if utf8.RuneCountInString(title) > titleLength || utf8.RuneCountInString(text) > textLength || len(links) > linksLength {
			t.Errorf("title %d, text %d, %d links", len(title), len(text), len(links))
		}
		if !utf8.ValidString(title) || !utf8.ValidString(text) {
			t.Errorf("not UTF-8: %q %q", title, text)
		}
		for _, l := range links {
			if !web(l) || len(l) > addressLength {
				t.Errorf("%q is no absolute address of the web", l)
			}
		}
	})
}

func FuzzLikeness(f *testing.F) {
	img := flag(24, 24)
	f.Add(encoded(f, func(b *bytes.Buffer) error { return png.Encode(b, img) }))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) }))
	f.Add(webpOf(color.NRGBA{1, 2, 3, 4}, 20, 30))
	f.Add(pngBomb(f, 50_000, 50_000))
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := likeness(body)
		if (l == "") != (err != nil) {
			t.Errorf("a likeness %q and the error %v", l, err)
		}
		if c, _, e := images.DecodeConfig(bytes.NewReader(body)); e == nil && l != "" && c.Width*c.Height > imagePoints {
			t.Errorf("%d × %d points were unpacked", c.Width, c.Height)
		}
		if l != "" && pipeline.Alike(l, l) != 1 {
			t.Error("an image is not like itself")
		}
	})
}
