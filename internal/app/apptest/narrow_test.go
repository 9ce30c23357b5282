package apptest_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestLittleMemory gives the program 256 MiB with many devices (PING_TEST_SMALL_DEVICES, 12 if nothing is said) of which each is
// written to by several people at once: it never takes more, and all is there once.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	const most = 256 << 10 // KiB
	s := newShopWith(t, []string{fmt.Sprintf("GOMEMLIMIT=%dKiB", most*7/10)})
	_, numbers := s.linkMany(t, number(t, "PING_TEST_SMALL_DEVICES", 12))
	_, from := history(t, s.Server, 0, "")
	var texts []string
	var wg sync.WaitGroup
	for i, to := range numbers {
		for j := range 8 {
			text, p := fmt.Sprintf("ramai %d-%d", i, j), s.net.Phone(fmt.Sprint("Pembeli ", j))
			texts = append(texts, text)
			wg.Go(func() {
				if _, err := p.Send(t.Context(), to, wasim.Content{Text: text}); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			})
		}
		wg.Go(func() {
			picture := wasim.Content{Media: &wasim.Media{Type: "document", MIME: "application/pdf", Filename: "katalog.pdf", Data: make([]byte, 4<<20)}}
			if _, err := s.sari.Send(t.Context(), to, picture); err != nil {
				t.Errorf("a large file: %v", err)
			}
		})
	}
	wg.Wait()
	s.hearsOnce(t, from, texts)
	s.talks(t, s.device, s.number, s.sari, "sesudahnya")
	peak := s.memory(t, "VmHWM")
	t.Logf("%d devices took %d MiB at most", len(numbers), peak>>10)
	if peak > most {
		t.Errorf("the program took %d MiB, want %d at most", peak>>10, most>>10)
	}
}

// TestManyUploadsAtOnce has many clients upload a megabyte each in the same moment (PING_TEST_UPLOADS, 80 if nothing is said), of whom
// every fourth hangs up just before the end: the program's memory grows by a small part of that, whoever stayed has their
// file, messages go on meanwhile, and of the others nothing is left.
func TestManyUploadsAtOnce(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	tmp := t.TempDir()
	s := newShopWith(t, []string{"TMPDIR=" + tmp})
	s.talks(t, s.device, s.number, s.sari, "awal")
	stored := files(t, filepath.Join(s.Data, "files"))
	s.forgetPeak(t)
	rest := s.memory(t, "VmRSS")
	n := number(t, "PING_TEST_UPLOADS", 80)
	var wg sync.WaitGroup
	var kept, refused atomic.Int64
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			head := fmt.Sprintf("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n\r\n%d", i) // no two are the same
			body := io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, size), strings.NewReader("\r\n--x--\r\n"))
			if i%4 == 3 {
				body = io.MultiReader(io.LimitReader(body, size*99/100), broken{})
			}
			switch status := s.send(t, body, i%4 != 3); {
			case i%4 == 3: // nobody is there to hear
			case status == http.StatusCreated:
				kept.Add(1)
			case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
				refused.Add(1)
			default:
				t.Errorf("upload %d: %d", i, status)
			}
		})
	}
	close(start)
	began := time.Now()
	s.talks(t, s.device, s.number, s.sari, "di tengah")
	meanwhile := time.Since(began)
	wg.Wait()
	peak := s.memory(t, "VmHWM")
	t.Logf("%d uploads in %v, %d refused; a message each way took %v meanwhile; memory %d MiB before, %d at most",
		kept.Load(), time.Since(began).Round(time.Millisecond), refused.Load(), meanwhile.Round(time.Millisecond), rest>>10, peak>>10)
	if grown := peak - rest; grown > 64<<10+n*64 {
		t.Errorf("memory grew by %d MiB", grown>>10)
	}
	s.Await("nothing is left on the way", func() bool { return files(t, tmp) == 0 })
	if got := files(t, filepath.Join(s.Data, "files")) - stored; int64(got) != kept.Load() {
		t.Errorf("%d files are kept, want %d", got, kept.Load())
	}
}

// send uploads a form and returns what comes of it, 0 when nothing does, which is a failure where it is to end.
func (s *shop) send(t *testing.T, body io.Reader, ends bool) int {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/files", body)
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if ends {
			t.Error(err)
		}
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// broken is a client that hangs up.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
