package apptest_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/pingcrm/pingcrm/wasim"
)

// bound has the kernel bound what the server may take of a resource; a negative size takes the bound away.
func (s *shop) bound(t *testing.T, resource uintptr, size int64) {
	t.Helper()
	var limit struct{ cur, most uint64 }
	call := func(to, from uintptr) {
		if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.PID()), resource, to, from, 0, 0); errno != 0 {
			t.Fatalf("bound what the server may take: %v", errno)
		}
	}
	call(0, uintptr(unsafe.Pointer(&limit)))
	limit.cur = min(uint64(size), limit.most)
	call(uintptr(unsafe.Pointer(&limit)), 0)
}

// What bound bounds, as prlimit(2) counts them.
const (
	fileSize  = 1 // RLIMIT_FSIZE
	openFiles = 7 // RLIMIT_NOFILE
)

// handles is how many files and sockets the server has open.
func (s *shop) handles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestClientsTakeAllConnections allows the server 256 files and has clients open twice as many connections, some silent,
// some with half a request: the device works on and connects anew, answers go out, who asks something is served, and the
// server says what is wrong.
func TestClientsTakeAllConnections(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	if err := s.Post("/api/v1/rules", object{
		"name": "Tanya dulu", "when": object{"trigger": "keyword", "match": "starts_with", "words": []string{"tanya"}}, "then": []object{{"text": "dijawab"}},
	}, nil); err != nil {
		t.Fatal(err)
	}
	s.bound(t, openFiles, 256)
	address := strings.TrimPrefix(s.URL, "http://")
	for i := range 512 {
		c, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		if i%2 == 1 {
			_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost:")
		}
	}
	s.Await("the server says so", func() bool { return strings.Contains(s.Words(), "turned away") })
	if n := s.handles(t); n > 256*3/4 {
		t.Errorf("the server has %d files open, want a quarter of 256 left", n)
	}
	began := time.Now()
	s.spoil(t, wasim.Fault{Kind: wasim.FaultClose}) // a new socket is needed
	says(t, s.sari, s.number, "tanya dulu")
	awaitOn(t, s.sari, "dijawab")
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("the answer took %v", took)
	}
	s.tell(t, s.device, s.sari.Number(), "tetap dilayani")
	awaitOn(t, s.sari, "tetap dilayani")
	if n := s.health(t); n != http.StatusOK {
		t.Errorf("/healthz says %d", n)
	}
	s.onceStored(t, s.sari, "tanya dulu", "dijawab", "tetap dilayani")
	if strings.Contains(s.Words(), "panic") {
		t.Error("there was a panic")
	}
}
