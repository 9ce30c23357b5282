// Package blob owns bytes under keys.
package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMissing means that nothing is kept under a key.
var ErrMissing = errors.New("no such blob")

// Store keeps bytes. Keys are relative paths of letters, digits, - and _ with / between; they come from us, never from
// outside.
type Store interface {
	// Put keeps data; it is durable when Put returns nil. Putting the same key again replaces it in one step.
	Put(ctx context.Context, key string, data []byte) error
	// PutFrom is Put of everything that r has, which need not fit into memory.
	PutFrom(ctx context.Context, key string, r io.Reader) error
	// Open is Get of what need not fit into memory. The caller closes it.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Get returns what was put, or ErrMissing.
	Get(ctx context.Context, key string) ([]byte, error)
	// Delete removes a key; one that is not there is fine.
	Delete(ctx context.Context, key string) error
	// DeleteAll removes every key that begins with folder and a /; none is fine.
	DeleteAll(ctx context.Context, folder string) error
}

// Dir is a Store in a folder, which is made when first needed.
type Dir string

var _ Store = Dir("")

// Put writes a temporary file beside, syncs it and renames it into place.
func (d Dir) Put(ctx context.Context, key string, data []byte) error {
	return d.PutFrom(ctx, key, bytes.NewReader(data))
}

// PutFrom leaves nothing behind when r fails.
func (d Dir) PutFrom(_ context.Context, key string, r io.Reader) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make a folder for a blob: %w", err)
	}
	var salt [8]byte
	_, _ = rand.Read(salt[:])
	tmp := path + ".tmp" + hex.EncodeToString(salt[:])
	if err := write(tmp, r); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write a blob: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("put a blob in its place: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func write(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open opens the file.
func (d Dir) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	path, err := d.path(key)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Get reads the whole of it.
func (d Dir) Get(_ context.Context, key string) ([]byte, error) {
	path, err := d.path(key)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	return data, err
}

// Delete removes the file; empty folders stay.
func (d Dir) Delete(_ context.Context, key string) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d Dir) path(key string) (string, error) {
	if !filepath.IsLocal(key) {
		return "", fmt.Errorf("blob key %q leaves the folder", key)
	}
	return filepath.Join(string(d), filepath.FromSlash(key)), nil
}

// ReaderAt reads r at any place. It is for one reader at a time.
func ReaderAt(r io.ReadSeeker) io.ReaderAt {
	if at, ok := r.(io.ReaderAt); ok {
		return at
	}
	return seeking{r}
}

type seeking struct{ r io.ReadSeeker }

func (s seeking) ReadAt(b []byte, at int64) (int, error) {
	if _, err := s.r.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.r, b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// DeleteAll removes everything under a key that is a folder, and the folder.
func (d Dir) DeleteAll(_ context.Context, folder string) error {
	path, err := d.path(folder)
	if err != nil {
		return err
	}
	if folder == "." || folder == "" {
		return fmt.Errorf("blob folder %q is everything", folder)
	}
	return os.RemoveAll(path)
}
