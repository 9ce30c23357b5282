package memory

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOnlyWhatCannotHaveChangedIsLetGoOf(t *testing.T) {
	t.Parallel()
	const maps = `00400000-00402000 r--p 00000000 fe:00 7                                  /opt/ping crm/pingcrm
00402000-02261000 r-xp 00002000 fe:00 7                                  /opt/ping crm/pingcrm
04224000-0448f000 rw-p 03e24000 fe:00 7                                  /opt/ping crm/pingcrm
0448f000-044f1000 rw-p 00000000 00:00 0
c000000000-c000800000 rw-p 00000000 00:00 0                              [anon: Go: heap]
7f0000000000-7f0000001000 r--s 00000000 fe:00 9                          /var/lib/ping.db-shm
7ffd0bd1d000-7ffd0bd3e000 rw-p 00000000 00:00 0                          [stack]
`
	got, err := unwritten(strings.NewReader(maps), "/opt/ping crm/pingcrm")
	if want := []span{{0x400000, 0x402000}, {0x402000, 0x2261000}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
}

func TestWhatWasLetGoOfIsReadAgainWhenTouched(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "program")
	want := bytes.Repeat([]byte("ping"), 1<<18)
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	mapped, err := unix.Mmap(int(f.Fd()), 0, len(want), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mapped) })
	if !bytes.Equal(mapped, want) || resident(t, file) != len(want)>>10 {
		t.Fatalf("%d KiB are in memory, want all %d", resident(t, file), len(want)>>10)
	}
	if err := letGo(file); err != nil {
		t.Fatal(err)
	}
	if got := resident(t, file); got != 0 {
		t.Errorf("%d KiB are still in memory", got)
	}
	if !bytes.Equal(mapped, want) {
		t.Error("what is read again is something else")
	}
	if err := letGoOfFile(); err != nil { // the program runs on
		t.Error(err)
	}
}

// resident is how many KiB of a file's unwritten pages are mapped.
func resident(t *testing.T, file string) (sum int) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(smaps)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			ours = strings.HasSuffix(strings.TrimSpace(line), file) && !strings.Contains(fields[1], "w")
		case ours && fields[0] == "Rss:":
			var kib int
			if _, err := fmt.Sscan(fields[1], &kib); err != nil {
				t.Fatal(err)
			}
			sum += kib
		}
	}
	return sum
}
