package apptest_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// room bounds how long the server's files may get, which needs no rights and no file system of its own: writing past
// it fails in the kernel (EFBIG) as it does on a full disk (ENOSPC), in the middle of whatever is being written.
// A negative size takes the bound away.
func (s *shop) room(t *testing.T, size int64) {
	t.Helper()
	s.bound(t, fileSize, size)
}

// size of a file in the server's folder, 0 when it is not there.
func (s *shop) size(name string) int64 {
	info, err := os.Stat(filepath.Join(s.Data, name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// TestTheDiskIsFull leaves the database no room while messages go both ways: writing is refused in words, reading goes
// on, nothing is confirmed that is not stored, and with room again all goes on without a restart.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	f := s.traffic(t)
	s.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 5 && accepted > 5 })
	s.room(t, 64<<10) // less than both files of the database are long
	if wal := s.size("ping.db-wal"); wal < 64<<10 {
		t.Fatalf("the log of the database has %d bytes: there is room in it", wal)
	}
	s.Await("somebody is told", func() bool { _, _, refused, _ := f.counts(); return refused > 0 })
	s.Await("/healthz says so", func() bool { return s.health(t) == http.StatusServiceUnavailable })
	before, _, _, _ := f.counts()
	kept := s.queued(t)
	<-time.After(3 * time.Second)
	now, _, _, _ := f.counts()
	if n := s.queued(t); n < kept+now-before-2 {
		t.Errorf("%d messages came to the %d that the network kept for us, and it keeps %d now: some are confirmed", now-before, kept, n)
	}
	for _, path := range []string{"/api/v1/devices/" + s.device, "/api/v1/chats", "/api/v1/contacts"} {
		if err := s.Get(path, &object{}); err != nil {
			t.Errorf("reading %s: %v", path, err)
		}
	}
	pid := s.PID()
	s.room(t, -1)
	f.end(t)
	if s.PID() != pid || strings.Contains(s.Words(), "panic") {
		t.Error("it took a restart, or there was a panic")
	}
}

// TestThereIsNoRoomForFiles leaves room for the database and none for large files: text goes on, an upload is refused in
// words, and a file that a customer sends can be had once there is room.
func TestThereIsNoRoomForFiles(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	big := append([]byte(mp4Film), bytes.Repeat([]byte("film"), 5<<20)...)
	s.room(t, 16<<20)
	if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Media: &wasim.Media{Type: "document", Data: big, Caption: "ini"}}); err != nil {
		t.Fatal(err)
	}
	in := s.awaitIn(t, s.device, s.sari.Number(), textIs("ini"))
	if err := s.Get("/api/v1/messages/"+in.ID+"/media", nil); err == nil || !strings.Contains(err.Error(), "storage_full") {
		t.Errorf("a received file that there is no room for: %v, want storage_full", err)
	}
	body, contentType := form(t, "film.mp4", big)
	err := s.Send(http.MethodPost, "/api/v1/files", body, http.Header{"Content-Type": {contentType}}, nil)
	if err == nil || !strings.Contains(err.Error(), "507") || !strings.Contains(err.Error(), "storage_full") {
		t.Errorf("an upload that there is no room for: %v, want 507 storage_full", err)
	}
	s.talks(t, s.device, s.number, s.sari, "teks tetap jalan")
	if left := s.leftovers(t); len(left) != 0 {
		t.Errorf("parts of files are left behind: %q", left)
	}
	s.room(t, -1)
	s.upload(t, "film.mp4", big)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/messages/"+in.ID+"/media", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || resp.ContentLength != int64(len(big)) {
		t.Errorf("with room again the file comes as %s, %d bytes; want %d", resp.Status, resp.ContentLength, len(big))
	}
}

// leftovers are the temporary files among the server's.
func (s *shop) leftovers(t *testing.T) (list []string) {
	t.Helper()
	err := filepath.Walk(filepath.Join(s.Data, "files"), func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && strings.Contains(info.Name(), ".tmp") {
			list = append(list, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestNobodyReadsTheLog stops reading what the server logs, more than its pipe holds: messages go on.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	s := newShop(t, "--log-level", "debug")
	s.talks(t, s.device, s.number, s.sari, "awal")
	hear := s.Deafen()
	defer hear()
	for i := range 40 {
		text := fmt.Sprint("tanpa pendengar ", i)
		s.tell(t, s.device, s.sari.Number(), text)
		awaitOn(t, s.sari, text)
		for range 20 { // each is a line, too
			_ = s.Get("/api/v1/chats?limit=1", &object{})
		}
	}
	if _, err := s.sari.Send(context.Background(), s.number, wasim.Content{Text: "masih ada?"}); err != nil {
		t.Fatal(err)
	}
	s.awaitIn(t, s.device, s.sari.Number(), textIs("masih ada?"))
	if !apptest.Eventually(time.Second, func() bool { return s.Blocked() }) {
		t.Error("the pipe never was full: nothing was tried")
	}
}
