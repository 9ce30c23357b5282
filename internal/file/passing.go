package file

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Passing serves bytes that are fetched for this one answer and never kept: fetch writes them into an empty file that is
// gone when the answer is over. An error of fetch comes out as it is.
func Passing(mimeType, filename string, fetch func(to *os.File) error) (*Served, error) {
	tmp, err := os.CreateTemp("", "ping-passing-*")
	if err != nil {
		return nil, fmt.Errorf("make room for a file: %w", err)
	}
	p := passing{tmp}
	if err := fetch(tmp); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if _, err := p.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("go to a file's begin: %w", err), p.Close())
	}
	return Serving(p, mimeType, filename, "private, no-store"), nil
}

// passing is a file that is gone once it is closed.
type passing struct{ *os.File }

// Close removes the file, too.
func (p passing) Close() error { return errors.Join(p.File.Close(), os.Remove(p.Name())) }
