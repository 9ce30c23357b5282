// Package mediastore owns the encrypted files that clients and phones of the simulated network
// hand to each other over HTTP, and the profile pictures, which are not encrypted.
package mediastore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// What can be wrong with a file.
var (
	// ErrNotFound: no file is kept under that path; it never was, was deleted, or the path is not one of ours.
	ErrNotFound = errors.New("no such media file")
	// ErrTooLarge: the file alone exceeds Config.MaxFile.
	ErrTooLarge = errors.New("media file too large")
	// ErrFull: with this file the store would exceed Config.MaxTotal.
	ErrFull = errors.New("media store full")
)

const (
	// DefaultMaxFile is what WhatsApp documents as the largest document (2 GB) cut down to what a test needs: 100 MiB, encrypted.
	DefaultMaxFile = 101 << 20
	// DefaultMaxTotal bounds the memory, or the folder, of a network that runs for days.
	DefaultMaxTotal = 1 << 30

	mediaPrefix   = "/v/"
	picturePrefix = "/pps/"
	pathSuffix    = ".enc"
	pictureSuffix = ".jpg"
	// Clients append "&hash=…" to a direct path without looking, so the path has to bring its own '?'.
	pathQuery = "?ccb=11-4"
)

// Config says where files are kept and how large they may be. The zero value keeps them in memory.
type Config struct {
	// Dir is a folder for the files, made if missing; "" keeps them in memory. Files found in it are served again.
	Dir string
	// MaxFile and MaxTotal are bounds in bytes; zero means DefaultMaxFile and DefaultMaxTotal.
	MaxFile, MaxTotal int64
	// Fault, if set, is asked before each HTTP request is served. It may be called at the same time by several.
	Fault func(Request) Fault
}

// Request is one HTTP request as a fault sees it.
type Request struct {
	// Method is POST (upload), GET or HEAD (download), or DELETE.
	Method string
	// Kind is the folder of the address: image, video, audio, document, md-msg-hist…, or "picture".
	Kind string
	// Path is the path of the address, without the query.
	Path string
}

// Fault is what shall go wrong with one request. The zero value: nothing.
type Fault struct {
	// Delay passes before anything is answered; it ends early when the client goes away.
	Delay time.Duration
	// Status, if not zero, is answered instead of doing what was asked.
	Status int
}

// Store keeps files by the SHA-256 of what is stored: the same file sent twice is kept once.
// Its methods may be called from several goroutines.
type Store struct {
	cfg Config

	mu    sync.Mutex
	files map[[sha256.Size]byte]file
	total int64
}

// file is one stored file; data is nil when it lies in the folder.
type file struct {
	size int64
	data []byte
}

// New opens a store. It fails only if the folder cannot be made or read.
func New(cfg Config) (*Store, error) {
	if cfg.MaxFile <= 0 {
		cfg.MaxFile = DefaultMaxFile
	}
	if cfg.MaxTotal <= 0 {
		cfg.MaxTotal = DefaultMaxTotal
	}
	s := &Store{cfg: cfg, files: make(map[[sha256.Size]byte]file)}
	if cfg.Dir == "" {
		return s, nil
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("open media folder: %w", err)
	}
	return s, nil
}

// load takes up what an earlier run left; files whose name is no hash (unfinished writes) are removed.
func (s *Store) load() error {
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		hash, ok := parseHex(entry.Name())
		if !ok {
			if strings.HasPrefix(entry.Name(), tempPrefix) {
				_ = os.Remove(filepath.Join(s.cfg.Dir, entry.Name()))
			}
			continue
		}
		s.files[hash] = file{size: info.Size()}
		s.total += info.Size()
	}
	return nil
}

// Put keeps an encrypted file and returns the direct path that a message carries. kind is the media
// folder a client would use (image, video, audio, document, md-msg-hist, md-app-state).
// Putting the same bytes again returns the same path and costs nothing.
func (s *Store) Put(kind string, blob []byte) (directPath string, err error) {
	hash := sha256.Sum256(blob)
	if err := s.keep(hash, blob); err != nil {
		return "", fmt.Errorf("keep %s of %d bytes: %w", kind, len(blob), err)
	}
	return DirectPath(kind, hash), nil
}

// PutPicture keeps a profile picture (any bytes; clients expect a JPEG) and returns its direct path.
func (s *Store) PutPicture(jpeg []byte) (directPath string, err error) {
	hash := sha256.Sum256(jpeg)
	if err := s.keep(hash, jpeg); err != nil {
		return "", fmt.Errorf("keep picture of %d bytes: %w", len(jpeg), err)
	}
	return picturePrefix + encodeHash(hash) + pictureSuffix + pathQuery, nil
}

// Get returns the bytes behind a direct path (a query is ignored); the caller must not change them.
func (s *Store) Get(directPath string) ([]byte, error) {
	path, _, _ := strings.Cut(directPath, "?")
	_, hash, ok := parsePath(path)
	if !ok {
		return nil, fmt.Errorf("%q: %w", directPath, ErrNotFound)
	}
	return s.read(hash)
}

// Size returns how many files are kept and how many bytes they have together.
func (s *Store) Size() (files int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files), s.total
}

func (s *Store) keep(hash [sha256.Size]byte, blob []byte) error {
	size := int64(len(blob))
	if size > s.cfg.MaxFile {
		return ErrTooLarge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.files[hash]; known {
		return nil
	}
	if s.total+size > s.cfg.MaxTotal {
		return ErrFull
	}
	kept := file{size: size}
	if s.cfg.Dir == "" {
		kept.data = append([]byte{}, blob...)
	} else if err := writeFile(s.cfg.Dir, hex.EncodeToString(hash[:]), blob); err != nil {
		return err
	}
	s.files[hash] = kept
	s.total += size
	return nil
}

func (s *Store) read(hash [sha256.Size]byte) ([]byte, error) {
	s.mu.Lock()
	kept, known := s.files[hash]
	s.mu.Unlock()
	switch {
	case !known:
		return nil, ErrNotFound
	case s.cfg.Dir == "":
		return kept.data, nil
	}
	blob, err := os.ReadFile(filepath.Join(s.cfg.Dir, hex.EncodeToString(hash[:])))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return blob, err
}

// drop forgets a file; a file that is not there is no error.
func (s *Store) drop(hash [sha256.Size]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, known := s.files[hash]
	if !known {
		return nil
	}
	if s.cfg.Dir != "" {
		err := os.Remove(filepath.Join(s.cfg.Dir, hex.EncodeToString(hash[:])))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	delete(s.files, hash)
	s.total -= kept.size
	return nil
}

const tempPrefix = ".part-"

// writeFile makes the file appear whole or not at all, so that a kill leaves no half file under a hash.
func writeFile(dir, name string, blob []byte) error {
	temp, err := os.CreateTemp(dir, tempPrefix)
	if err != nil {
		return err
	}
	_, err = temp.Write(blob)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// DirectPath is the path under which a file with that hash is fetched.
func DirectPath(kind string, hash [sha256.Size]byte) string {
	return mediaPrefix + kind + "/" + encodeHash(hash) + pathSuffix + pathQuery
}

// parsePath takes the path of a download apart; kind is "picture" for profile pictures.
func parsePath(path string) (kind string, hash [sha256.Size]byte, ok bool) {
	if rest, found := strings.CutPrefix(path, picturePrefix); found {
		name, found := strings.CutSuffix(rest, pictureSuffix)
		if !found {
			return "", hash, false
		}
		hash, ok = parseHash(name)
		return "picture", hash, ok
	}
	rest, found := strings.CutPrefix(path, mediaPrefix)
	if !found {
		return "", hash, false
	}
	kind, name, found := strings.Cut(rest, "/")
	if !found || kind == "" {
		return "", hash, false
	}
	name, found = strings.CutSuffix(name, pathSuffix)
	if !found {
		return "", hash, false
	}
	hash, ok = parseHash(name)
	return kind, hash, ok
}

func encodeHash(hash [sha256.Size]byte) string {
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// parseHash reads a hash in URL-safe base64: whatsmeow pads it, Baileys does not.
func parseHash(text string) (hash [sha256.Size]byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(raw) != len(hash) {
		return hash, false
	}
	return [sha256.Size]byte(raw), true
}

func parseHex(text string) (hash [sha256.Size]byte, ok bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(hash) {
		return hash, false
	}
	return [sha256.Size]byte(raw), true
}
