package file

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pingcrm/pingcrm/internal/kit/picture"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// Passing serves bytes that are fetched for this one answer and never kept: fetch writes them into an empty file that is
// gone when the answer is over. An error of fetch comes out as it is.
func Passing(mimeType, filename string, fetch func(to *os.File) error) (*Served, error) {
	p, err := scratch.New()
	if err != nil {
		return nil, err
	}
	if err := fetch(p.File); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if _, err := p.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("go to a file's begin: %w", err), p.Close())
	}
	return Serving(p, mimeType, filename, "private, no-store"), nil
}

// PassingShown is Passing for a page that draws the file: of a picture that can't be read, or has too many points, nothing is
// given. ErrNotShown, and an error of fetch.
func PassingShown(mimeType, filename string, fetch func(to *os.File) error) (*Served, error) {
	return Passing(mimeType, filename, func(to *os.File) error {
		if err := fetch(to); err != nil {
			return err
		}
		if _, err := to.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("go to a file's begin: %w", err)
		}
		data, err := io.ReadAll(io.LimitReader(to, MaxShown+1))
		if err != nil {
			return fmt.Errorf("read a picture: %w", err)
		}
		info, err := picture.Look(data)
		if points := int64(info.Width) * int64(info.Height); err != nil || len(data) > MaxShown || points == 0 || points > maxPoints {
			return ErrNotShown
		}
		return nil
	})
}
