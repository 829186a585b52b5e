package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// types are the kinds of file that reports are made of; the machine's own list of types may lack or mistake them.
var types = map[string]string{
	".html":    "text/html; charset=utf-8",
	".xlsx":    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".csv":     "text/csv; charset=utf-8",
	".json":    "application/json",
	".jsonld":  "application/ld+json",
	".parquet": "application/vnd.apache.parquet",
	".pdf":     "application/pdf",
	".css":     "text/css; charset=utf-8",
	".js":      "text/javascript; charset=utf-8",
}

// output is an answer: what is shown, or a file to be kept.
type output struct {
	kind   string // its media type
	file   string // its name as a file; empty: it is shown
	body   []byte
	packed []byte // by gzip; nil: not worth it
}

// pageOf is an output of HTML.
func pageOf(write func(io.Writer) error) (output, error) {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return output{}, err
	}
	return output{kind: types[".html"], body: buf.Bytes(), packed: pack(buf.Bytes())}, nil
}

func pack(body []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(body); err != nil || z.Close() != nil { // neither happens in memory
		return nil
	}
	return buf.Bytes()
}

// write sends the output, or says that it is what the reader has.
func (o output) write(w http.ResponseWriter, r *http.Request, status int) {
	head := w.Header()
	head.Set("Content-Type", o.kind)
	if o.file != "" {
		head.Set("Content-Disposition", disposition(o.file))
	}
	body := o.body
	if o.packed != nil {
		head.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			head.Set("Content-Encoding", "gzip")
			body = o.packed
		}
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // an error is a reader who has gone
		}
		return
	}
	sum := sha256.Sum256(o.body)
	head.Set("ETag", `W/"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// assets are the style sheets and scripts of pages, each under an address that is of its content.
type assets struct {
	mu   sync.Mutex
	kept map[string]output
}

// keep makes an asset available and answers its address.
func (a *assets) keep(name string, content []byte) string {
	sum := sha256.Sum256(content)
	id := hex.EncodeToString(sum[:8]) + "/" + name
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, there := a.kept[id]; !there {
		if a.kept == nil {
			a.kept = map[string]output{}
		}
		a.kept[id] = output{kind: types[path.Ext(name)], body: content, packed: pack(content)}
	}
	return "/assets/" + id
}

// asset answers one, for good: another content has another address.
func (h *site) asset(v *visit) error {
	h.assets.mu.Lock()
	o, there := h.assets.kept[v.r.PathValue("hash")+"/"+v.r.PathValue("name")]
	h.assets.mu.Unlock()
	if !there {
		return errMissing
	}
	v.w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	o.write(v.w, v.r, http.StatusOK)
	return nil
}
