package takeout

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"

	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// Everything is written in parts, each a small archive of its own: a part that is there need not be written again after
// a kill. In the end they become one archive, without being packed anew.

func (t Takeout) folder() string { return t.WorkspaceID + "/takeouts/" + t.ID }

// key is where the whole lies, partKey where its part n (from 1) does.
func (t Takeout) key() string          { return t.folder() + "/whole" }
func (t Takeout) partKey(n int) string { return t.folder() + "/part-" + strconv.Itoa(n) }

// removeParts removes all bytes of a takeout.
func (s *Service) removeParts(ctx context.Context, t Takeout) error {
	err := s.Blobs.Delete(ctx, t.key())
	for n := 1; n <= t.Parts; n++ {
		err = errors.Join(err, s.Blobs.Delete(ctx, t.partKey(n)))
	}
	return err
}

// step writes some of one thing into a part. It begins behind after (nil: at the beginning) and returns what it wrote
// last, nil when it is at the end, and how many rows or files that were.
type step func(ctx context.Context, p *part, after []any) (last []any, n int64, err error)

// plan is everything that is written, in its order. A new version of the program must keep the order of those before,
// or takeouts that are under way then lack something: therefore it begins anew with another number of steps.
func (s *Service) plan(workspaceID string) []step {
	steps := []step{readme}
	for _, sheet := range s.Sheets {
		steps = append(steps, s.sheet(workspaceID, sheet))
	}
	for _, t := range s.Tables {
		if t.Why == "" {
			steps = append(steps, s.table(workspaceID, t))
		}
	}
	return append(steps, s.files(workspaceID))
}

// write writes the parts that are not written yet, and then the whole.
func (s *Service) write(ctx context.Context, t *Takeout) error {
	if t.Total == 0 {
		total, err := s.count(ctx, t.WorkspaceID)
		if err != nil {
			return err
		}
		t.Total = total
	}
	steps := s.plan(t.WorkspaceID)
	for t.Place.Step < len(steps) {
		next, err := s.writePart(ctx, *t, steps)
		if err != nil {
			return err
		}
		if err := s.save(ctx, next); err != nil {
			return err
		}
		*t = next
	}
	size, err := s.join(ctx, *t)
	if err != nil {
		return err
	}
	t.State, t.Size, t.ExpiresAt, t.Done = Ready, size, s.now()+s.Keep.Milliseconds(), t.Total
	if err := s.save(ctx, *t); err != nil {
		return err
	}
	for n := 1; n <= t.Parts; n++ {
		if err := s.Blobs.Delete(ctx, t.partKey(n)); err != nil {
			return err
		}
	}
	return nil
}

// part is the archive that is being filled. It is full when about PartSize bytes went in.
type part struct {
	zip  *zip.Writer
	left int64
}

func (p *part) full() bool { return p.left <= 0 }

// file begins a file of the part; what is written before ends there.
func (p *part) file(name string, method uint16) (io.Writer, error) {
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", name, err)
	}
	return counting{w, &p.left}, nil
}

// counting takes from left what goes into w.
type counting struct {
	w    io.Writer
	left *int64
}

func (c counting) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	*c.left -= int64(n)
	return n, err
}

// writePart writes the next part and returns the takeout as it is with it. Written again, it replaces itself.
func (s *Service) writePart(ctx context.Context, t Takeout, steps []step) (Takeout, error) {
	err := s.temporary(ctx, t.partKey(t.Parts+1), func(f *os.File) error {
		p := &part{zip: zip.NewWriter(f), left: s.PartSize}
		for t.Place.Step < len(steps) && !p.full() {
			last, n, err := steps[t.Place.Step](withPart(ctx, t.Parts+1), p, t.Place.After)
			if err != nil {
				return err
			}
			t.Done += n
			if t.Place.After = last; last == nil {
				t.Place.Step++
			}
		}
		return p.zip.Close()
	})
	t.Parts++
	return t, err
}

type partNumber struct{}

func withPart(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, partNumber{}, n)
}

// numbered is a file's name in this part: what began in an earlier one goes on in a file of its own.
func numbered(ctx context.Context, name string, after []any) string {
	if after == nil {
		return name
	}
	n, _ := ctx.Value(partNumber{}).(int)
	ext := path.Ext(name)
	return fmt.Sprintf("%s-%04d%s", name[:len(name)-len(ext)], n, ext)
}

// temporary has fill write a file beside, and keeps that under key.
func (s *Service) temporary(ctx context.Context, key string, fill func(*os.File) error) error {
	f, err := scratch.New()
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := fill(f.File); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go to a takeout's begin: %w", err)
	}
	return s.Blobs.PutFrom(ctx, key, f)
}

// join makes one archive of the parts and returns its size in bytes.
func (s *Service) join(ctx context.Context, t Takeout) (size int64, err error) {
	r, w := io.Pipe()
	go func() {
		to := zip.NewWriter(w)
		err := s.copyParts(ctx, t, to)
		w.CloseWithError(errors.Join(err, to.Close()))
	}()
	defer func() { _ = r.Close() }()
	count := &measured{Reader: r}
	err = s.Blobs.PutFrom(ctx, t.key(), count)
	return count.n, err
}

type measured struct {
	io.Reader
	n int64
}

func (m *measured) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b)
	m.n += int64(n)
	return n, err
}

func (s *Service) copyParts(ctx context.Context, t Takeout, to *zip.Writer) error {
	for n := 1; n <= t.Parts; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.copyPart(ctx, t.partKey(n), to); err != nil {
			return fmt.Errorf("take part %d: %w", n, err)
		}
	}
	return nil
}

func (s *Service) copyPart(ctx context.Context, key string, to *zip.Writer) error {
	b, err := s.Blobs.Open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	size, err := b.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	from, err := zip.NewReader(blob.ReaderAt(b), size)
	if err != nil {
		return err
	}
	for _, f := range from.File {
		if err := to.Copy(f); err != nil {
			return err
		}
	}
	return nil
}
