package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

// thumbnailSide is how wide or high a small view is at most, in pixels; phones show it until the picture is there.
const thumbnailSide = 96

// Add keeps data under a new id. The bytes are durable before the row that names them. ErrEmpty, ErrTooLarge.
func (s *Service) Add(ctx context.Context, workspaceID, filename string, data []byte) (File, error) {
	return s.AddFrom(ctx, workspaceID, filename, bytes.NewReader(data))
}

// AddFrom is Add of what need not fit into memory. It reads r twice: once to know the bytes, once to keep them.
func (s *Service) AddFrom(ctx context.Context, workspaceID, filename string, r io.ReadSeeker) (File, error) {
	size, err := r.Seek(0, io.SeekEnd)
	switch {
	case err != nil:
		return File{}, fmt.Errorf("measure a file: %w", err)
	case size == 0:
		return File{}, ErrEmpty
	case size > MaxSize:
		return File{}, ErrTooLarge
	}
	f := File{ID: id.New(), WorkspaceID: workspaceID, Size: size, Filename: cleanName(filename), CreatedAt: s.now().UnixMilli()}
	if err := s.know(ctx, &f, filename, r); err != nil {
		return File{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return File{}, fmt.Errorf("go back to a file's begin: %w", err)
	}
	if err := s.keep(ctx, f, r); err != nil {
		return File{}, err
	}
	if err := s.insert(ctx, f); err != nil {
		return f, err
	}
	return f, s.stillKept(ctx, f, r)
}

func (s *Service) keep(ctx context.Context, f File, r io.Reader) error {
	if err := s.blobs.PutFrom(ctx, f.key(), r); err != nil {
		return fmt.Errorf("keep the bytes of a file: %w", err)
	}
	return nil
}

// stillKept keeps the bytes again if they were thrown away as another file's after they were kept and before the row
// named them; from then on they stay.
func (s *Service) stillKept(ctx context.Context, f File, r io.ReadSeeker) error {
	b, err := s.blobs.Open(ctx, f.key())
	if err == nil {
		return b.Close()
	}
	if !errors.Is(err, blob.ErrMissing) {
		return fmt.Errorf("look for the bytes of a file: %w", err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go back to a file's begin: %w", err)
	}
	return s.keep(ctx, f, r)
}

// know finds out what the bytes are.
func (s *Service) know(ctx context.Context, f *File, filename string, r io.ReadSeeker) error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go to a file's begin: %w", err)
	}
	sum, head := sha256.New(), &bytes.Buffer{}
	if _, err := io.CopyN(io.MultiWriter(sum, head), r, min(f.Size, 512)); err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	f.MIME = sniff(head.Bytes(), filename)
	if strings.HasPrefix(f.MIME, "image/") && f.Size <= MaxShown {
		if _, err := io.Copy(head, r); err != nil {
			return fmt.Errorf("read a picture: %w", err)
		}
		sum.Reset()
		sum.Write(head.Bytes())
		s.view(ctx, f, head.Bytes())
	} else if _, err := io.Copy(sum, r); err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// view notes a picture's size and makes a small view of it. One that can't be read is a file all the same.
func (s *Service) view(ctx context.Context, f *File, data []byte) {
	info, err := picture.Look(data)
	if err != nil {
		return
	}
	f.Width, f.Height = info.Width, info.Height
	if small, err := s.pictures.Thumbnail(ctx, data, thumbnailSide); err == nil {
		f.Thumbnail = small
	}
}

// Open returns a file of the workspace and its bytes, which the caller closes. ErrNotFound.
func (s *Service) Open(ctx context.Context, workspaceID, fileID string) (io.ReadSeekCloser, error) {
	f, err := s.Find(ctx, workspaceID, fileID)
	if err != nil {
		return nil, err
	}
	r, err := s.blobs.Open(ctx, f.key())
	if errors.Is(err, blob.ErrMissing) {
		return nil, ErrNotFound.WithCause(err)
	}
	return r, err
}
