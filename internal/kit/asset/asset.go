// Package asset owns the serving of built pages: pre-compressed files, their caching, and one page for all addresses.
package asset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

const (
	indexName = "index.html"
	// hashed is the folder whose files carry a hash of their content in the name, so that they never change.
	hashed = "assets/"
)

// How long answers may be kept: for ever, or asked about each time.
const (
	keepForever = "public, max-age=31536000, immutable"
	askAgain    = "no-cache"
)

// encodings are the compressed forms that may lie beside a file, the best first.
var encodings = [...]encoding{{"br", ".br"}, {"gzip", ".gz"}}

type encoding struct{ name, suffix string }

// Site is a built site. It may be used by many requests at once.
type Site struct {
	files fs.FS
	known map[string]file
}

type file struct {
	contentType, cache string
	forms              []form // as it is comes last
}

type form struct {
	encoding string // empty: as it is
	name     string
	etag     string
	size     int64
}

// New looks through a build. It does not keep the content.
func New(files fs.FS) (*Site, error) {
	s := &Site{files: files, known: map[string]file{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || compressed(name) {
			return err
		}
		return s.add(name)
	})
	if err != nil {
		return nil, fmt.Errorf("look through the built pages: %w", err)
	}
	return s, nil
}

func compressed(name string) bool {
	return slices.ContainsFunc(encodings[:], func(e encoding) bool { return strings.HasSuffix(name, e.suffix) })
}

func (s *Site) add(name string) error {
	f := file{contentType: contentType(name), cache: askAgain}
	if strings.HasPrefix(name, hashed) {
		f.cache = keepForever
	}
	for _, e := range append(encodings[:], encoding{}) {
		one, err := s.form(name, e)
		if errors.Is(err, fs.ErrNotExist) && e.name != "" {
			continue
		}
		if err != nil {
			return err
		}
		f.forms = append(f.forms, one)
	}
	s.known[name] = f
	return nil
}

func (s *Site) form(name string, e encoding) (form, error) {
	r, err := s.files.Open(name + e.suffix)
	if err != nil {
		return form{}, err
	}
	defer func() { _ = r.Close() }()
	sum := sha256.New()
	size, err := io.Copy(sum, r)
	return form{encoding: e.name, name: name + e.suffix, etag: `"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`, size: size}, err
}

// contentType goes by the name alone: what the machine's own tables say must not matter.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".mp3":
		return "audio/mpeg"
	case ".txt", "":
		return "text/plain; charset=utf-8"
	default:
		return cmp.Or(mime.TypeByExtension(ext), "application/octet-stream")
	}
}

// Built reports whether there is a page at all.
func (s *Site) Built() bool { _, ok := s.known[indexName]; return ok }

// Serve answers with the file at the request's address. Where there is none, it is the first page's, which finds out
// itself what to show there; below /assets/ it is 404, because an old page that asks for a script of an older build must
// not get a page. GET and HEAD only.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	f, ok := s.known[name]
	if !ok && !strings.HasPrefix(name, hashed) {
		f, ok = s.known[indexName]
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.send(w, r, f)
}

func (s *Site) send(w http.ResponseWriter, r *http.Request, f file) {
	one := choose(f, r.Header.Get("Accept-Encoding"))
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", one.etag)
	if len(f.forms) > 1 {
		h.Set("Vary", "Accept-Encoding") // httpx.Compress says so, too
	}
	if same(r.Header.Get("If-None-Match"), one.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if one.encoding != "" {
		h.Set("Content-Encoding", one.encoding)
	}
	h.Set("Content-Length", strconv.FormatInt(one.size, 10))
	if r.Method == http.MethodHead {
		return
	}
	content, err := s.files.Open(one.name)
	if err != nil { // it was there at the start
		http.Error(w, "gone", http.StatusInternalServerError)
		return
	}
	defer func() { _ = content.Close() }()
	_, _ = io.Copy(w, content) // the client is gone
}

// choose is the best form that the client takes.
func choose(f file, accept string) form {
	for _, one := range f.forms {
		if one.encoding == "" || httpx.AcceptsEncoding(accept, one.encoding) {
			return one
		}
	}
	return f.forms[len(f.forms)-1]
}

// same reports whether a client has the form already.
func same(ifNoneMatch, etag string) bool {
	for part := range strings.SplitSeq(ifNoneMatch, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}
