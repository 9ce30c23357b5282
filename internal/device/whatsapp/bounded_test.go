package whatsapp

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is larger than it may be ends the download, however it is copied.
func TestABoundedFileTakesNoMore(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	ctx, stop := context.WithCancel(t.Context())
	b := &bounded{File: f, end: 100_000, stop: stop}
	if n, err := io.Copy(b, strings.NewReader(strings.Repeat("x", 60_000))); n != 60_000 || err != nil || ctx.Err() != nil {
		t.Fatalf("what fits: %d, %v", n, err)
	}
	if _, err := io.Copy(b, strings.NewReader(strings.Repeat("x", 60_000))); !errors.Is(err, errTooLarge) || !errors.Is(b.failed, errTooLarge) || ctx.Err() == nil {
		t.Errorf("what does not fit: %v, noted %v; want errTooLarge, and the download stopped", err, b.failed)
	}
	if info, err := f.Stat(); err != nil || info.Size() > b.end {
		t.Errorf("the file has %d bytes, %v; want %d at most", info.Size(), err, b.end)
	}
}
