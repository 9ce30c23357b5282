package blob_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/blob"
)

func TestDir(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	s := blob.Dir(filepath.Join(dir, "blobs"))
	if _, err := s.Get(ctx, "ws/ab/x"); !errors.Is(err, blob.ErrMissing) {
		t.Fatalf("Get of nothing = %v, want ErrMissing", err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.Put(ctx, "ws/ab/x", []byte("isi")); err != nil {
				t.Errorf("Put: %v", err)
			}
		})
	}
	wg.Wait()
	if got, err := s.Get(ctx, "ws/ab/x"); err != nil || !bytes.Equal(got, []byte("isi")) {
		t.Fatalf("Get = %q, %v; want isi", got, err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "blobs", "ws", "ab"))
	if err != nil || len(left) != 1 {
		t.Fatalf("the folder holds %v, %v; want one file", left, err)
	}
	for range 2 {
		if err := s.Delete(ctx, "ws/ab/x"); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
	if _, err := s.Get(ctx, "ws/ab/x"); !errors.Is(err, blob.ErrMissing) {
		t.Fatalf("Get after Delete = %v, want ErrMissing", err)
	}
}

func TestKeysStayInTheFolder(t *testing.T) {
	t.Parallel()
	s := blob.Dir(t.TempDir())
	for _, key := range []string{"../x", "/etc/x", "a/../../x", ""} {
		if err := s.Put(context.Background(), key, []byte("x")); err == nil {
			t.Errorf("Put(%q) was accepted", key)
		}
	}
}
