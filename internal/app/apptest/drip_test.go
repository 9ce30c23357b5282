package apptest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// dial opens a connection to the server and sends what a request begins with.
func (s *shop) dial(t *testing.T, begin string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, begin); err != nil {
		t.Fatal(err)
	}
	return c
}

// request is the head of a request with the demo's key, and with a body that is to have so many bytes.
func (s *shop) request(path, kind string, size int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		path, strings.TrimPrefix(s.URL, "http://"), s.Demo.APIKey, kind, size)
}

const formHead = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n\r\n"

// TestSlowAndBrokenRequests has clients send a byte now and then, in the head of a request and in each kind of body: they
// are cut off, with 408 where a request was understood; and others hang up amid an upload: of none a file is left.
func TestSlowAndBrokenRequests(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	s := newShopWith(t, []string{"TMPDIR=" + tmp})
	s.Await("what was made for the start is gone", func() bool { return files(t, tmp) == 0 })
	stored := files(t, filepath.Join(s.Data, "files"))
	var slow sync.WaitGroup
	for what, begin := range map[string]string{
		"a head":        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"a JSON body":   s.request("/api/v1/messages", "application/json", 1000) + `{"text":"`,
		"the contract":  s.request("/api-app/whatsapp/send-message", "application/json", 1000) + `{"text":"`,
		"an upload":     s.request("/api/v1/files", "multipart/form-data; boundary=x", 1<<20) + formHead,
		"a form's head": s.request("/api/v1/files", "multipart/form-data; boundary=x", 2000) + "--x\r\nX-Slow: ",
	} {
		c := s.dial(t, begin)
		slow.Go(func() {
			status, cut := drip(c)
			if !cut || what != "a head" && status != http.StatusRequestTimeout {
				t.Errorf("%s: status %d, cut off %v; want 408 and the end", what, status, cut)
			}
		})
	}
	for range 3 {
		c := s.dial(t, s.request("/api/v1/files", "multipart/form-data; boundary=x", 80<<20)+formHead)
		if _, err := io.Copy(c, io.LimitReader(zeros{}, 40<<20)); err != nil { // more than stays in memory
			t.Errorf("half an upload: %v", err)
		}
		s.Await("a part of the upload is on disk", func() bool { return files(t, tmp) > 0 })
		_ = c.Close()
		s.Await("nothing is left of an upload that broke off", func() bool { return files(t, tmp) == 0 })
	}
	slow.Wait()
	if n := files(t, tmp); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
	if n := files(t, filepath.Join(s.Data, "files")); n != stored {
		t.Errorf("%d files are stored, want %d", n, stored)
	}
	if s.upload(t, "a.txt", []byte("halo")) == "" {
		t.Error("a good upload after that was refused")
	}
}

// drip sends a byte every 200 ms until the server has had enough; cut is false when it never has.
func drip(c net.Conn) (status int, cut bool) {
	answered := make(chan int, 1)
	go func() {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	cut = apptest.Eventually(2*time.Minute, func() bool {
		_, _ = io.WriteString(c, "a") // an answer may be there when this fails
		select {
		case status = <-answered:
			return true
		case <-time.After(200 * time.Millisecond):
			return false
		}
	})
	return status, cut
}

// files is how many files are in a folder.
func files(t *testing.T, dir string) (n int) {
	t.Helper()
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n++
		}
		return nil
	})
	return n
}
