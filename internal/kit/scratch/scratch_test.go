package scratch_test

import (
	"io"
	"os"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// What is written can be read again, and no part of it would be left if the program died in between.
func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	f, err := scratch.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "sekali lihat"); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("while it is open the folder has %v, %v; want nothing", left, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(f); err != nil || string(data) != "sekali lihat" {
		t.Errorf("read %q, %v", data, err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if _, err := f.Write([]byte("x")); err == nil {
		t.Error("it is not closed")
	}
}
