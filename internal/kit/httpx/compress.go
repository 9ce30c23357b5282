package httpx

import (
	"bufio"
	"compress/gzip"
	"crypto/rand"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compressFrom is the size in bytes from which an answer is compressed: a smaller one is one packet either way.
const compressFrom = 1 << 10

var gzips = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a known one
	return w
}}

// Compress has the JSON of next compressed for clients that take gzip. Streams, files and WebSockets pass as they are.
//
// What is compressed beside text of a stranger's choice tells by its length whether the two are alike (BREACH). Nothing that opens
// anything is told like that: tokens are in cookies, and keys and recovery codes only in answers to a POST that another
// site's page cannot make. Of what is left, such as a preview beside another's message, the length is blurred by padding.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || r.Header.Get("Upgrade") != "" || !AcceptsEncoding(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		c := &compressor{ResponseWriter: w}
		next.ServeHTTP(c, r)
		c.end() // not after a panic: what was held back is then no answer
	})
}

// AcceptsEncoding reads an Accept-Encoding header as far as browsers and tools write it.
func AcceptsEncoding(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q = strings.TrimPrefix(strings.TrimSpace(q), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return q == "" || err == nil && weight > 0
		}
	}
	return false
}

// compressor holds an answer back until it is known to be large enough.
type compressor struct {
	http.ResponseWriter
	status int
	held   []byte
	plain  bool // it is passed on as it is
	gzip   *gzip.Writer
}

func (c *compressor) WriteHeader(status int) {
	if status < http.StatusOK || c.status != 0 {
		c.ResponseWriter.WriteHeader(status)
		return
	}
	c.status = status
	if !compressible(c.Header(), status) {
		c.passOn()
	}
}

func compressible(h http.Header, status int) bool {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return status != http.StatusNoContent && status != http.StatusNotModified && h.Get("Content-Encoding") == "" &&
		(kind == "application/json" || kind == "application/problem+json")
}

func (c *compressor) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.WriteHeader(http.StatusOK)
	}
	switch {
	case c.plain:
		return c.ResponseWriter.Write(b)
	case c.gzip != nil:
		return c.gzip.Write(b)
	}
	c.held = append(c.held, b...)
	if len(c.held) < compressFrom {
		return len(b), nil
	}
	return len(b), c.squeeze()
}

func (c *compressor) squeeze() error {
	h := c.Header()
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	h.Del("Content-Length")
	c.ResponseWriter.WriteHeader(c.status)
	c.gzip = gzips.Get().(*gzip.Writer)
	c.gzip.Reset(c.ResponseWriter)
	c.gzip.Comment = padding()
	_, err := c.gzip.Write(c.held)
	c.held = nil
	return err
}

// padding is of a length that nobody can foresee.
func padding() string {
	var n [1]byte
	_, _ = rand.Read(n[:]) // it never fails
	return strings.Repeat("-", int(n[0]%64))
}

// passOn sends what was held back, and from then on everything, as it is.
func (c *compressor) passOn() {
	c.plain = true
	c.ResponseWriter.WriteHeader(c.status)
	_, _ = c.ResponseWriter.Write(c.held) // the client is gone
	c.held = nil
}

func (c *compressor) end() {
	switch {
	case c.gzip != nil:
		_ = c.gzip.Close() // the client is gone
		gzips.Put(c.gzip)
	case c.status != 0 && !c.plain:
		c.passOn()
	}
}

// Unwrap lets http.ResponseController reach what is underneath.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Flush sends what there is: a stream does not wait until it is large enough.
func (c *compressor) Flush() {
	switch {
	case c.gzip != nil:
		_ = c.gzip.Flush()
	case c.status != 0 && !c.plain:
		c.passOn()
	}
	_ = http.NewResponseController(c.ResponseWriter).Flush()
}

// Hijack passes on for WebSockets.
func (c *compressor) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(c.ResponseWriter).Hijack()
}
