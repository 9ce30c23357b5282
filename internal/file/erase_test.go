package file_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func TestBytesGoWithTheirLastFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), newService(t, d)
		one, same, theirs := add(t, s, "w", "a.txt", "isi"), add(t, s, "w", "b.txt", "isi"), add(t, s, "other", "c.txt", "isi")
		later := time.Now().Add(time.Hour)
		sweep := func(now time.Time) {
			t.Helper()
			if err := s.Sweep(ctx, now); err != nil {
				t.Fatal(err)
			}
		}
		erase := func(workspaceID string, ids ...string) {
			t.Helper()
			if err := s.Erase(ctx, workspaceID, ids...); err != nil {
				t.Fatal(err)
			}
		}
		erase("other", one.ID) // not theirs
		erase("w", one.ID, one.ID, "missing")
		sweep(later)
		if _, err := s.Find(ctx, "w", one.ID); !errors.Is(err, file.ErrNotFound) {
			t.Errorf("the file that was erased: %v, want ErrNotFound", err)
		}
		for _, f := range []file.File{same, theirs} {
			if data, err := s.Get(ctx, f.WorkspaceID, f.ID); err != nil || string(data) != "isi" {
				t.Errorf("a file of the same bytes: %q, %v", data, err)
			}
		}
		erase("w", same.ID)
		again := add(t, s, "w", "d.txt", "isi") // before the bytes went
		sweep(later)
		if data, err := s.Get(ctx, "w", again.ID); err != nil || string(data) != "isi" {
			t.Errorf("a file that came back: %q, %v", data, err)
		}
		if list, err := s.After(ctx, "w", "", 10); err != nil || len(list) != 1 || list[0].ID != again.ID {
			t.Errorf("the files are %v, %v, want the last", list, err)
		}
		erase("w", again.ID)
		sweep(time.Now()) // too early
		fresh := add(t, s, "w", "e.txt", "isi")
		erase("w", fresh.ID)
		sweep(later)
		if err := s.EraseWorkspace(ctx, "w"); err != nil {
			t.Fatal(err)
		}
		if data, err := s.Get(ctx, "other", theirs.ID); err != nil || string(data) != "isi" {
			t.Errorf("another workspace's file: %q, %v", data, err)
		}
	})
}

// However adding, erasing and sweeping fall together, a file that was added and not erased has its bytes.
func TestNoFileLosesItsBytes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), newService(t, d)
		var all sync.WaitGroup
		stop := make(chan struct{})
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := s.Sweep(ctx, time.Now().Add(time.Hour)); err != nil {
						t.Errorf("Sweep: %v", err)
						return
					}
				}
			}
		})
		var adding sync.WaitGroup
		for range 3 {
			adding.Go(func() {
				for range 25 {
					f, err := s.Add(ctx, "w", "a.txt", []byte("sama"))
					if err != nil {
						t.Errorf("Add: %v", err)
						return
					}
					if data, err := s.Get(ctx, "w", f.ID); err != nil || string(data) != "sama" {
						t.Errorf("a file just added: %q, %v", data, err)
					}
					if err := s.Erase(ctx, "w", f.ID); err != nil {
						t.Errorf("Erase: %v", err)
					}
				}
			})
		}
		adding.Wait()
		close(stop)
		all.Wait()
	})
}
