package mediastore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/wasim/internal/mediastore"
)

func open(t *testing.T, cfg mediastore.Config) *mediastore.Store {
	t.Helper()
	store, err := mediastore.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return store
}

// call sends one request to the store and returns status and body.
func call(store http.Handler, method, address string, body []byte) (int, string) {
	rec := httptest.NewRecorder()
	store.ServeHTTP(rec, httptest.NewRequest(method, "https://mmg.whatsapp.net"+address, bytes.NewReader(body)))
	return rec.Code, rec.Body.String()
}

func hashOf(blob []byte) string {
	sum := sha256.Sum256(blob)
	return base64.URLEncoding.EncodeToString(sum[:])
}

func uploadAddress(kind string, blob []byte) string {
	return "/mms/" + kind + "/" + hashOf(blob) + "?auth=a&token=" + hashOf(blob)
}

func stores(t *testing.T) map[string]mediastore.Config {
	t.Helper()
	return map[string]mediastore.Config{"memory": {}, "folder": {Dir: filepath.Join(t.TempDir(), "media")}}
}

func TestUploadThenDownload(t *testing.T) {
	t.Parallel()
	for name, cfg := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, cfg)
			blob := bytes.Repeat([]byte("encrypted"), 1000)
			for _, padded := range []string{hashOf(blob), strings.TrimRight(hashOf(blob), "=")} {
				status, body := call(store, http.MethodPost, "/mms/image/"+padded+"?auth=a", blob)
				if status != http.StatusOK {
					t.Fatalf("upload: got status %d (%s), want 200", status, body)
				}
				var answer struct {
					URL        string `json:"url"`
					DirectPath string `json:"direct_path"`
				}
				if err := json.Unmarshal([]byte(body), &answer); err != nil {
					t.Fatalf("upload answer %q: %v", body, err)
				}
				if !strings.HasPrefix(answer.DirectPath, "/") || !strings.Contains(answer.DirectPath, "?") {
					t.Errorf("direct path: got %q, want a rooted path with a query", answer.DirectPath)
				}
				if want := "https://mmg.whatsapp.net" + answer.DirectPath; answer.URL != want {
					t.Errorf("url: got %q, want %q", answer.URL, want)
				}
				status, got := call(store, http.MethodGet, answer.DirectPath+"&hash="+hashOf(blob)+"&mms-type=image&__wa-mms=", nil)
				if status != http.StatusOK || got != string(blob) {
					t.Errorf("download: got status %d and %d bytes, want 200 and %d", status, len(got), len(blob))
				}
			}
			if files, size := store.Size(); files != 1 || size != int64(len(blob)) {
				t.Errorf("Size: got %d files with %d bytes, want 1 with %d", files, size, len(blob))
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	store := open(t, mediastore.Config{MaxFile: 100, MaxTotal: 150})
	kept := bytes.Repeat([]byte("k"), 90)
	path, err := store.Put("image", kept)
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	blob := []byte("twelve bytes")
	big, second := bytes.Repeat([]byte("b"), 101), bytes.Repeat([]byte("s"), 90)
	for _, test := range []struct {
		name, method, address string
		body                  []byte
		want                  int
	}{
		{"another body than the hash says", http.MethodPost, uploadAddress("image", blob), []byte("other bytes!"), 400},
		{"empty body", http.MethodPost, uploadAddress("image", nil), nil, 400},
		{"no auth", http.MethodPost, "/mms/image/" + hashOf(blob), blob, 401},
		{"too large", http.MethodPost, uploadAddress("image", big), big, 413},
		{"store full", http.MethodPost, uploadAddress("image", second), second, 507},
		{"hash too short", http.MethodPost, "/mms/image/QUJD?auth=a", blob, 404},
		{"kind with dots", http.MethodPost, "/mms/../" + hashOf(blob) + "?auth=a", blob, 404},
		{"no kind", http.MethodPost, "/mms/" + hashOf(blob) + "?auth=a", blob, 404},
		{"wrong method", http.MethodPut, uploadAddress("image", blob), blob, 405},
		{"upload to a download path", http.MethodPost, path + "&auth=a", blob, 405},
		{"unknown file", http.MethodGet, "/v/image/" + hashOf(blob) + ".enc?ccb=1", nil, 404},
		{"foreign path", http.MethodGet, "/etc/passwd?x", nil, 404},
		{"another hash than the path's", http.MethodGet, path + "&hash=" + hashOf(blob), nil, 403},
		{"unreadable hash", http.MethodGet, path + "&hash=***", nil, 403},
		{"deleting an image", http.MethodDelete, uploadAddress("image", kept), nil, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := call(store, test.method, test.address, test.body)
			if status != test.want || !strings.Contains(body, `"error"`) {
				t.Errorf("got status %d body %q, want status %d and an error text", status, body, test.want)
			}
		})
	}
	if files, size := store.Size(); files != 1 || size != 90 {
		t.Errorf("after the refusals: got %d files with %d bytes, want the first alone", files, size)
	}
}

func TestHistoryIsDeletedOnce(t *testing.T) {
	t.Parallel()
	for name, cfg := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, cfg)
			blob := []byte("history")
			path, err := store.Put("md-msg-hist", blob)
			if err != nil {
				t.Fatalf("Put: %v", err)
			}
			for range 2 {
				if status, body := call(store, http.MethodDelete, uploadAddress("md-msg-hist", blob), nil); status != 204 {
					t.Fatalf("delete: got status %d (%s), want 204", status, body)
				}
			}
			if _, err := store.Get(path); !errors.Is(err, mediastore.ErrNotFound) {
				t.Errorf("Get after delete: got %v, want ErrNotFound", err)
			}
			if files, size := store.Size(); files != 0 || size != 0 {
				t.Errorf("Size after delete: got %d files with %d bytes, want none", files, size)
			}
		})
	}
}

func TestPictureIsFetchedWithoutHash(t *testing.T) {
	t.Parallel()
	store := open(t, mediastore.Config{})
	path, err := store.PutPicture([]byte("jpeg"))
	if err != nil {
		t.Fatalf("PutPicture: %v", err)
	}
	if status, body := call(store, http.MethodGet, path, nil); status != 200 || body != "jpeg" {
		t.Errorf("GET %s: got status %d body %q, want 200 and the picture", path, status, body)
	}
}

func TestFolderSurvivesAndHalfFilesGo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "media")
	first := open(t, mediastore.Config{Dir: dir})
	path, err := first.Put("audio", []byte("voice note"))
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	half := filepath.Join(dir, ".part-123")
	if err := os.WriteFile(half, []byte("voi"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := open(t, mediastore.Config{Dir: dir})
	if got, err := second.Get(path); err != nil || string(got) != "voice note" {
		t.Errorf("Get after reopening: got %q, %v; want the file", got, err)
	}
	if files, size := second.Size(); files != 1 || size != 10 {
		t.Errorf("Size after reopening: got %d files with %d bytes, want 1 with 10", files, size)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished file is still there (%v)", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	var seen []mediastore.Request
	answer := mediastore.Fault{Status: http.StatusGone}
	store := open(t, mediastore.Config{Fault: func(r mediastore.Request) mediastore.Fault {
		seen = append(seen, r)
		return answer
	}})
	path, err := store.Put("video", []byte("film"))
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	if status, _ := call(store, http.MethodGet, path, nil); status != http.StatusGone {
		t.Errorf("download: got status %d, want the scripted 410", status)
	}
	blob := []byte("x")
	if status, _ := call(store, http.MethodPost, uploadAddress("image", blob), blob); status != http.StatusGone {
		t.Errorf("upload: got status %d, want the scripted 410", status)
	}
	if files, _ := store.Size(); files != 1 {
		t.Errorf("got %d files, want the refused upload not to be kept", files)
	}
	bare, _, _ := strings.Cut(path, "?")
	want := mediastore.Request{Method: http.MethodGet, Kind: "video", Path: bare}
	if len(seen) != 2 || seen[0] != want || seen[1].Kind != "image" {
		t.Errorf("the fault saw %+v, want first %+v, then an image", seen, want)
	}

	answer = mediastore.Fault{Delay: time.Hour}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	store.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	if rec.Body.Len() != 0 {
		t.Errorf("a slow answer to a client that left: got %q, want nothing", rec.Body)
	}

	answer = mediastore.Fault{Delay: time.Millisecond}
	if status, body := call(store, http.MethodGet, path, nil); status != 200 || body != "film" {
		t.Errorf("slow download: got status %d body %q, want 200 and the file", status, body)
	}
}

func TestServesOverRealHTTP(t *testing.T) {
	t.Parallel()
	store := open(t, mediastore.Config{})
	server := httptest.NewServer(store)
	defer server.Close()
	path, err := store.Put("image", []byte("0123456789"))
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=2-4")
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusPartialContent || string(body) != "234" {
		t.Errorf("range: got status %d body %q (%v), want 206 and 234", resp.StatusCode, body, err)
	}
}

func TestPutGetAgree(t *testing.T) {
	t.Parallel()
	store := open(t, mediastore.Config{})
	rapid.Check(t, func(t *rapid.T) {
		blob := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "blob")
		kind := rapid.SampledFrom([]string{"image", "video", "audio", "document", "md-msg-hist"}).Draw(t, "kind")
		path, err := store.Put(kind, blob)
		if err != nil {
			t.Fatalf("Put: %v", err)
		}
		got, err := store.Get(path)
		if err != nil || !bytes.Equal(got, blob) {
			t.Fatalf("Get(%q): got %x, %v; want %x", path, got, err, blob)
		}
		if !mediastore.Handles(path) {
			t.Fatalf("Handles(%q) = false", path)
		}
	})
}

func FuzzAddresses(f *testing.F) {
	f.Add("GET", "/v/image/aaaa.enc?x=1")
	f.Add("POST", "/mms/image/47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=?auth=a")
	f.Add("DELETE", "/mms/md-msg-hist/%2e%2e/x")
	f.Add("GET", "/pps/..%2f.jpg")
	f.Fuzz(func(t *testing.T, method, address string) {
		store := open(t, mediastore.Config{})
		req, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1/"+strings.TrimPrefix(address, "/"), strings.NewReader("body"))
		if err != nil {
			t.Skip("not a request that a server would see")
		}
		rec := httptest.NewRecorder()
		store.ServeHTTP(rec, req)
		if rec.Code >= 500 {
			t.Errorf("%s %q: got status %d, want a refusal below 500", method, address, rec.Code)
		}
		if files, _ := store.Size(); files != 0 && rec.Code != http.StatusOK {
			t.Errorf("%s %q: refused with %d but a file is kept", method, address, rec.Code)
		}
	})
}
