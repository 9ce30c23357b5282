// Package scratch owns files that bytes only pass through: they have no name while they are used, so that nothing of them is
// left behind, however the program ends.
package scratch

import (
	"errors"
	"fmt"
	"os"
)

// File is open for reading and writing, and is gone once it is closed.
type File struct {
	*os.File

	named bool // on a system that does not let go of an open file's name
}

// New makes an empty one in the system's folder for temporary files.
func New() (*File, error) {
	f, err := os.CreateTemp("", "ping-*")
	if err != nil {
		return nil, fmt.Errorf("make room for a file: %w", err)
	}
	return &File{File: f, named: os.Remove(f.Name()) != nil}, nil
}

// Close ends it. A second time is an error that changes nothing.
func (f *File) Close() error {
	err := f.File.Close()
	if f.named {
		f.named = false
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
