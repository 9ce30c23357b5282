package mediastore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	uploadPrefix = "/mms/"
	// newsletterPrefix is where files of newsletters go, which are not encrypted.
	newsletterPrefix = "/newsletter/"
	// Only what a client has taken over for good may be deleted by it: history, and app-state snapshots.
	kindHistory  = "md-msg-hist"
	kindAppState = "md-app-state"
)

// Handles says whether an address path belongs to the media store rather than to the websocket.
func Handles(path string) bool {
	for _, prefix := range []string{uploadPrefix, newsletterPrefix, mediaPrefix, picturePrefix} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// uploaded is the answer to an upload; clients put url and direct_path into the message.
type uploaded struct {
	URL        string `json:"url"`
	DirectPath string `json:"direct_path"`
	Handle     string `json:"handle"`
}

// ServeHTTP answers uploads (POST /mms/<kind>/<hash>), deletions of history files (DELETE, the same
// address) and downloads (GET or HEAD of a direct path). A file whose hash is not the one in the
// address is refused and not kept.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, hash, ok := parseAddress(r.URL.Path)
	if s.spoilt(w, r, kind) {
		return
	}
	if !ok {
		refuse(w, http.StatusNotFound, "no media address: %q", r.URL.Path)
		return
	}
	upload := strings.HasPrefix(r.URL.Path, uploadPrefix) || strings.HasPrefix(r.URL.Path, newsletterPrefix)
	switch {
	case upload && r.Method == http.MethodPost:
		s.serveUpload(w, r, kind, hash)
	case upload && r.Method == http.MethodDelete:
		s.serveDelete(w, kind, hash)
	case !upload && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		s.serveDownload(w, r, hash)
	default:
		refuse(w, http.StatusMethodNotAllowed, "%s is not possible at %q", r.Method, r.URL.Path)
	}
}

// spoilt lets the configured fault act; true means the answer has been given.
func (s *Store) spoilt(w http.ResponseWriter, r *http.Request, kind string) bool {
	if s.cfg.Fault == nil {
		return false
	}
	fault := s.cfg.Fault(Request{Method: r.Method, Kind: kind, Path: r.URL.Path})
	if !pause(r.Context(), fault.Delay) {
		return true
	}
	if fault.Status == 0 {
		return false
	}
	refuse(w, fault.Status, "scripted fault %d", fault.Status)
	return true
}

// pause waits and says whether the whole time passed.
func pause(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Store) serveUpload(w http.ResponseWriter, r *http.Request, kind string, hash [sha256.Size]byte) {
	if r.URL.Query().Get("auth") == "" {
		refuse(w, http.StatusUnauthorized, "upload without auth: ask for media_conn first")
		return
	}
	blob, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.MaxFile))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, "file larger than %d bytes", s.cfg.MaxFile)
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "upload broke off after %d bytes", len(blob))
		return
	}
	if len(blob) == 0 || sha256.Sum256(blob) != hash {
		refuse(w, http.StatusBadRequest, "the %d bytes received do not have the hash of the address", len(blob))
		return
	}
	directPath, err := s.Put(kind, blob)
	if err != nil {
		refuse(w, statusOf(err), "%v", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := uploaded{URL: "https://" + r.Host + directPath, DirectPath: directPath, Handle: encodeHash(hash)}
	_ = json.NewEncoder(w).Encode(answer) // The client went away; the file is kept and the upload can be repeated.
}

func (s *Store) serveDelete(w http.ResponseWriter, kind string, hash [sha256.Size]byte) {
	if kind != kindHistory && kind != kindAppState {
		refuse(w, http.StatusForbidden, "files of kind %q cannot be deleted by clients", kind)
		return
	}
	if err := s.drop(hash); err != nil {
		refuse(w, http.StatusInternalServerError, "%v", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Store) serveDownload(w http.ResponseWriter, r *http.Request, hash [sha256.Size]byte) {
	if asked := r.URL.Query().Get("hash"); asked != "" {
		if want, ok := parseHash(asked); !ok || want != hash {
			refuse(w, http.StatusForbidden, "the hash asked for is not the file's")
			return
		}
	}
	blob, err := s.read(hash)
	if err != nil {
		refuse(w, statusOf(err), "%v", err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(blob))
}

// parseAddress takes apart the path of an upload, a deletion or a download.
func parseAddress(path string) (kind string, hash [sha256.Size]byte, ok bool) {
	rest, upload := strings.CutPrefix(path, uploadPrefix)
	if !upload {
		rest, upload = strings.CutPrefix(path, newsletterPrefix)
	}
	if !upload {
		return parsePath(path)
	}
	kind, name, found := strings.Cut(rest, "/")
	if !found || !kindValid(kind) {
		return "", hash, false
	}
	hash, ok = parseHash(name)
	return kind, hash, ok
}

// kindValid keeps the kind, which becomes part of a path, to the letters that real kinds have.
func kindValid(kind string) bool {
	if kind == "" || len(kind) > 40 {
		return false
	}
	return strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrFull):
		return http.StatusInsufficientStorage
	default:
		return http.StatusInternalServerError
	}
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": fmt.Sprintf(format, args...)})
}
